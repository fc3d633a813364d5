"""Nurse visits: every queue of the source beside Erlang C, and the published waits told apart from the exact ones."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cisim import simulate
from cisim.eventlog import same_log
from cisim.measures import audit, capacity_time, held_time, waits
from cisim.spec import read_question
from cisim.units import DAY, MINUTE

FOLDER = Path(__file__).parents[2] / "experiments" / "nurse-visits"


def _module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compare = _module("nurse_compare", FOLDER / "compare.py")
comparing = sys.modules["comparing"]


@pytest.fixture(scope="module")
def models():
    return compare.models(read_question(FOLDER / "experiment.yaml"))


# The files and the formula


def test_every_scenario_is_the_source_s(models):
    """The exact values as they stand in the literature, and those worked out from each scenario's own file."""
    rows = pd.read_csv(FOLDER / "published.csv")
    assert set(rows["scenario"]) == set(models)
    for row in rows.itertuples():
        found = compare.exact(models[row.scenario])[row.quantity]
        assert found == pytest.approx(row.exact, rel=2e-3, abs=5e-5), (row.scenario, row.quantity)


def test_erlang_c_of_one_nurse_is_her_use():
    assert compare.erlang_c(1, 0.75) == pytest.approx(0.75)
    assert compare.erlang_c(5, 2.5) == pytest.approx(0.13037, abs=5e-6)


# The stored runs


def test_every_stored_figure_is_within_three_standard_errors():
    table = comparing.stored(FOLDER)
    assert len(table) == len(pd.read_csv(FOLDER / "published.csv"))
    assert comparing.away(table).abs().max() <= comparing.LIMIT
    assert 0.5 < np.sqrt((comparing.away(table) ** 2).mean()) < 1.5  # errors neither too wide nor too narrow


def test_the_stored_errors_are_small_enough_to_mean_something():
    table = comparing.stored(FOLDER)
    table = table[table["expected"] > 1e-9]
    relative = 3 * table["se"] / table["expected"]
    assert relative.max() < 0.035
    assert relative.median() < 0.015
    assert relative[table["figure"].str.startswith("baseline")].max() < 0.01


def test_the_published_waits_are_told_apart():
    table = comparing.stored(FOLDER).dropna(subset="wrong")
    assert len(table) == 10
    assert comparing.wrong_by(table).abs().min() > comparing.LIMIT


def test_the_readme_shows_the_stored_table():
    assert comparing.shown(FOLDER) == comparing.markdown(comparing.stored(FOLDER), "published")


# Here and now


@pytest.mark.parametrize("scenario", ["baseline", "2 nurses, visits of 4 min, 6 min between patients"])
def test_a_small_run_agrees_with_erlang_c(models, scenario):
    table = compare.compare(scenario, models[scenario], replications=20, seed=3000)
    assert comparing.away(table).abs().max() <= comparing.LIMIT
    published = table.dropna(subset="wrong")
    assert (comparing.wrong_by(published).abs() > comparing.LIMIT).all()


def test_the_figures_are_the_measures_of_the_project(models):
    log = simulate(models["baseline"], 60 * DAY, seed=1, engine="compiled")
    found = compare.figures(log, 5)
    waited = waits(log, "visits", "visit", compare.WARM_UP, log.end).waited
    held, rostered = (f(log, "nurses", compare.WARM_UP, log.end) for f in (held_time, capacity_time))
    assert found["wait, min"] == pytest.approx(waited.mean() / MINUTE, rel=1e-3)
    assert found["share who wait"] == pytest.approx(np.mean(waited > 0), rel=1e-3)
    assert found["use"] == pytest.approx(held / rostered, rel=1e-9)


def test_both_engines_tell_the_same_and_the_audit_holds(models):
    one, other = (simulate(models["4 nurses"], 2 * DAY, seed=4, engine=e) for e in ("compiled", "simpy"))
    assert same_log(one, other)
    assert all(check.passed for check in audit(one))
