"""Stroke beds: the model's file against the published parameters, and its delays against Erlang B."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cisim import apply, simulate
from cisim.measures import occupancy_distribution
from cisim.spec import offered_load, read_question
from cisim.spec.scenario import Demand, SetNumber
from cisim.units import DAY

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "experiments" / "stroke-beds"
ACUTE, REHABILITATION = "acute stroke beds", "rehabilitation beds"
REPRODUCTION, PAPER = "the reproduction's stays", "the paper's stays"
YEAR = 365 * DAY


def _module(name):
    spec = importlib.util.spec_from_file_location(f"stroke_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tables, who_gains = _module("tables"), _module("who_gains")


@pytest.fixture(scope="module")
def question():
    return read_question(FOLDER / "experiment.yaml")


@pytest.fixture(scope="module")
def stored():
    return tables.stored()


# The files


def test_both_questions_can_be_read(question):
    beds = read_question(FOLDER / "early-supported-discharge.yaml")
    assert beds.model == question.model
    assert {pool: beds.model.pools[pool].number for pool in (ACUTE, REHABILITATION)} == {
        ACUTE: 10,
        REHABILITATION: 12,
    }
    assert [option.pool for option in beds.value.options if hasattr(option, "pool")] == [REHABILITATION]


# Days between patients, chances of the three ways (rehabilitation, team, elsewhere), mean acute stay before
# each, and mean rehabilitation stay, as published (see the model's source).
PUBLISHED = {
    "stroke": (1.2, (0.24, 0.13, 0.63), (7.4, 4.6, 7.0), 0.40 * 30.3 + 0.60 * 28.4),
    "transient ischaemic attack": (9.3, (0.01, 0.01, 0.98), (1.8, 1.8, 1.8), 18.7),
    "complex neurological": (3.6, (0.11, 0.05, 0.84), (4.0, 4.0, 4.0), 27.6),
    "other": (3.2, (0.05, 0.10, 0.85), (3.8, 3.8, 3.8), 16.1),
    "stroke, straight to rehabilitation": (21.8, (1.0, 0.0, 0.0), (0.0, 0.0, 0.0), 0.40 * 30.3 + 0.60 * 28.4),
    "complex neurological, straight to rehabilitation": (31.7, (1.0, 0.0, 0.0), (0.0, 0.0, 0.0), 27.6),
    "other, straight to rehabilitation": (28.6, (1.0, 0.0, 0.0), (0.0, 0.0, 0.0), 16.1),
}


@pytest.mark.parametrize("pathway", PUBLISHED)
def test_each_pathway_wants_the_beds_that_its_published_parameters_say(question, pathway):
    gap, ways, stays, later = PUBLISHED[pathway]
    others = [Demand(target=name, by=-1.0) for name in question.model.pathways if name != pathway]
    load = {one.pool: one.offered for one in offered_load(apply(question.model, others))}
    assert set(question.model.pathways) == set(PUBLISHED)
    mean_stay = sum(share * stay for share, stay in zip(ways, stays, strict=True))
    assert load[ACUTE] == pytest.approx(mean_stay / gap, rel=1e-6)
    assert load[REHABILITATION] == pytest.approx(ways[0] * later / gap, rel=1e-6)


@pytest.mark.parametrize(
    ("stays", "demand", "acute", "rehabilitation"),
    [
        (REPRODUCTION, "baseline", 8.1455, 9.7182),
        (REPRODUCTION, "5% shorter gaps", 8.5742, 10.2297),
        (REPRODUCTION, "5% more patients", 8.5528, 10.2041),
        (REPRODUCTION, "without complex neurological patients", 7.0344, 8.0042),
        (PAPER, "baseline", 8.3555, 9.7182),
        (PAPER, "5% shorter gaps", 8.7953, 10.2297),
        (PAPER, "5% more patients", 8.7733, 10.2041),
        (PAPER, "without complex neurological patients", 7.2444, 8.0042),
        # 0.24 x 30% of a stroke patient every 1.2 d, less 29.16 d each
        (REPRODUCTION, "more early supported discharge", 8.1455, 9.7182 - 1.7496),
    ],
)
def test_exact_loads(question, stays, demand, acute, rehabilitation):
    loads = tables.exact_loads(question)
    assert loads[ACUTE, stays, demand] == pytest.approx(acute, abs=6e-5)
    assert loads[REHABILITATION, stays, demand] == pytest.approx(rehabilitation, abs=1.1e-4)


# The arithmetic of the tables


@pytest.mark.parametrize("load", [0.5, 8.1455, 9.7182])
@pytest.mark.parametrize("beds", [1, 10, 16])
def test_erlang_b_is_the_share_of_a_poisson_number(load, beds):
    terms = [load**n / math.factorial(n) for n in range(beds + 1)]
    assert tables.erlang_b(beds, load) == pytest.approx(terms[-1] / sum(terms), rel=1e-12)


def test_the_estimate_is_a_ratio_of_means_with_its_error():
    rng = np.random.default_rng(5)
    shares = pd.DataFrame(rng.dirichlet((4, 3, 2, 1), size=400), columns=[0, 1, 2, 3])
    found, error = tables.estimate(shares, 2)
    assert found == pytest.approx(shares[2].mean() / shares[[0, 1, 2]].sum(axis=1).mean())
    again = [tables.estimate(shares.sample(frac=1, replace=True, random_state=i), 2)[0] for i in range(300)]
    assert error == pytest.approx(np.std(again), rel=0.15)  # 300 bootstraps know a spread to about 4%
    assert tables.estimate(shares, 4)[0] == 0.0  # a number that was never held


# What the whole experiment found, as it is stored


def test_every_stored_comparison_is_within_three_standard_errors(stored):
    assert len(stored) == 2 * 4 * 7 + 5 * 7
    z = (stored["simulated"] - stored["erlang_b"]) / stored["standard_error"]
    assert np.allclose(z, stored["z"], atol=0.02 + 0.02 * z.abs())
    assert stored["z"].abs().max() <= 3


def test_the_errors_are_small_enough_to_mean_something(stored):
    often = stored[stored["erlang_b"] >= 0.05]
    relative = often["standard_error"] / often["erlang_b"]
    assert relative[often["unit"] == ACUTE].max() < 0.025
    assert relative[often["unit"] == REHABILITATION].max() < 0.045
    # z of about 1 on the whole: errors neither far too wide nor far too narrow
    assert 0.4 < (stored["z"] ** 2).mean() ** 0.5 < 1.6


def test_the_stored_loads_are_those_of_the_model(question, stored):
    loads = tables.exact_loads(question)
    for row in stored.itertuples():
        assert row.load == pytest.approx(loads[row.unit, row.stays, row.demand], abs=2e-6)
        assert row.erlang_b == pytest.approx(tables.erlang_b(row.beds, row.load), abs=2e-6)


def test_the_readme_shows_the_stored_tables(stored):
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    shown = text.partition(tables.BEGIN)[2].partition(tables.END)[0]
    assert shown.strip() == tables.tables(stored).strip()


@pytest.mark.parametrize(("right", "wrong"), [(REPRODUCTION, PAPER), (PAPER, REPRODUCTION)])
def test_the_other_reading_of_the_stays_is_told_apart(question, stored, right, wrong):
    loads = tables.exact_loads(question)
    mine = stored[(stored["unit"] == ACUTE) & (stored["stays"] == right)]
    other = [tables.erlang_b(row.beds, loads[ACUTE, wrong, row.demand]) for row in mine.itertuples()]
    off = ((mine["simulated"] - other) / mine["standard_error"]).abs()
    assert off.max() > 5
    assert (off > 3).mean() > 0.5


def test_the_paper_is_nearer_to_its_own_reading_of_the_stays(question):
    loads = tables.exact_loads(question)
    found = pd.read_csv(FOLDER / "published.csv")
    paper = found[(found["source"] == "paper") & (found["unit"] == ACUTE)]
    apart = {
        stays: sum(
            math.log(row.one_in * tables.erlang_b(row.beds, loads[ACUTE, stays, row.demand])) ** 2
            for row in paper.itertuples()
        )
        for stays in (PAPER, REPRODUCTION)
    }
    assert apart[PAPER] < apart[REPRODUCTION] / 4


def test_the_readme_shows_who_gains_and_it_adds_up():
    found = who_gains.stored()
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    shown = text.partition(who_gains.BEGIN)[2].partition(who_gains.END)[0]
    assert shown.strip() == who_gains.tables(found).strip()
    capacity = found[found["table"] == "capacity"].pivot_table(index="row", columns="column", values="value")
    became = capacity[["closed", "reinvested", "absorbed", "idle_change"]].sum(axis=1)
    assert np.allclose(became, capacity["release"], atol=0.001)


def test_the_release_is_that_of_the_beds_wanted(question):
    """Everybody gets a bed in the long run, so real beds release what unlimited ones do, in rehabilitation."""
    loads = tables.exact_loads(question)
    freed = [loads[REHABILITATION, REPRODUCTION, d] for d in ("baseline", "more early supported discharge")]
    exact = (freed[0] - freed[1]) * 365.25
    found = who_gains.stored()
    row = found[found["row"].str.endswith(f": {REHABILITATION}") & (found["column"] == "release")].iloc[0]
    assert exact == pytest.approx(639, abs=0.5)
    assert abs(row["value"] - exact) <= row["give_or_take"] / 1.96 * 3


# A small run here and now


def _yearly(question, case, replications, years):
    """Return the share of time of each number of beds, a row for each unit and year (MultiIndex)."""
    model = apply(question.model, next(c.changes for c in question.experiment.cases if c.name == case))
    rows = {}
    for replication in range(replications):
        log = simulate(model, (years + 1) * YEAR, seed=530, replication=replication)
        for unit in (ACUTE, REHABILITATION):
            for year in range(1, years + 1):
                shares = occupancy_distribution(log, unit, year * YEAR, (year + 1) * YEAR)
                rows[unit, replication, year] = shares
    return pd.DataFrame.from_dict(rows, orient="index").fillna(0.0)


@pytest.mark.parametrize(
    ("stays", "compared"),
    [
        (REPRODUCTION, {ACUTE: (9, 10, 11, 12), REHABILITATION: (12, 13)}),
        (PAPER, {ACUTE: (9, 10, 11, 12)}),
    ],
)
def test_a_small_run_agrees_with_erlang_b(question, stays, compared):
    """Six runs of nine years after one of warm-up, year by year: 54 years, nearly independent.

    Stays are about 7 and 29 days, so a year says little of the next. With 53 degrees of freedom a true value
    lies beyond three standard errors once in 240; for all ten comparisons of both tests together the chance
    that any does is at most 10/240, or 4%. The seed was chosen beforehand.
    """
    loads = tables.exact_loads(question)
    found = _yearly(question, stays, replications=6, years=9)
    for unit, numbers in compared.items():
        for beds in numbers:
            share, error = tables.estimate(found.loc[unit], beds)
            exact = tables.erlang_b(beds, loads[unit, stays, "baseline"])
            assert error < 0.12 * exact, (unit, beds)
            assert abs(share - exact) <= 3 * error, (unit, beds, share, exact, error)


def test_patients_taken_away_move_nobody_else(question):
    beds = question.experiment.cases[0].changes
    neither = dict(question.scenarios)["without complex neurological patients"]
    whole = simulate(apply(question.model, beds), YEAR, seed=3)
    without = simulate(apply(apply(question.model, beds), neither), YEAR, seed=3)
    gone = ["complex neurological", "complex neurological, straight to rehabilitation"]

    def told(log):
        names = np.array(log.pathways)[log.pathway]
        kept = ~np.isin(names, gone)
        return kept.sum(), list(
            zip(names[kept], log.patient[kept], log.time[kept], log.event[kept], strict=True)
        )

    assert told(without)[0] == len(without.time)
    assert told(without) == told(whole)
    assert len(whole.time) > len(without.time)


def test_with_real_beds_patients_wait_longer_than_the_share_delayed_alone_says(question):
    """With beds that are full, those who wait fill the gaps: more are delayed than Erlang B says."""
    beds = [SetNumber(target=ACUTE, to=10), SetNumber(target=REHABILITATION, to="unlimited")]
    log = simulate(apply(question.model, beds), 6 * YEAR, seed=530)
    full = occupancy_distribution(log, ACUTE, YEAR, 6 * YEAR)[10]
    assert full > 1.5 * tables.erlang_b(10, 8.1455)  # Erlang C for exponential stays: 0.44, against 0.13
