"""The gastroenterology ward: figures before reproduced, figures after as told, the page as the figures."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cisim import apply, simulate
from cisim.analysis import draw_unknowns
from cisim.measures import measure
from cisim.runs.plan import plan_of
from cisim.runs.uncertain import simulated_numbers
from cisim.spec import question_at, read_question, unknowns
from cisim.units import DAY

HERE = Path(__file__).parents[2] / "experiments" / "daily-ward-round"
EXPECTED = pd.read_csv(HERE / "expected.csv")
WARM, END = 140 * DAY, (140 + 728) * DAY


def rows(scenario):
    return EXPECTED[EXPECTED["scenario"] == scenario].set_index("case")


def test_the_figures_before_are_reproduced_where_they_can_be():
    before = rows("baseline").drop("4 decisions")
    assert len(before) == 4
    assert (np.abs(before["stay (days)"] / 11.5 - 1) <= 0.02).all()
    assert (np.abs(before["patients a year"] / 739 - 1) <= 0.02).all()


def test_four_decisions_contradict_the_stay_before():
    assert rows("baseline").loc["4 decisions", "stay (days), low"] > 12.3


def test_the_number_of_decisions_called_fitted_is_the_nearest():
    gap = np.abs(rows("daily round")["stay (days)"] - 8.9)
    assert gap.idxmin() == read_question(HERE).experiment.main_case == "2 decisions"


def test_the_page_shows_the_figures_that_were_kept():
    loaded = importlib.util.spec_from_file_location("ward_tables", HERE / "tables.py")
    tables = importlib.util.module_from_spec(loaded)
    loaded.loader.exec_module(tables)
    page = (HERE / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- table -->\n(.*?)\n<!-- end table -->", page, re.DOTALL)[1]
    assert shown == tables.markdown(EXPECTED)


@pytest.mark.parametrize("scenario", ["baseline", "daily round"])
def test_other_luck_gives_the_same_answer(scenario):
    """Eight runs of the main case with another seed lie within four standard errors of the figures kept."""
    question = read_question(HERE)
    case = next(c for c in question.experiment.cases if c.name == question.experiment.main_case)
    model = apply(question.model, case.changes)
    if scenario != "baseline":
        model = apply(model, dict(question.scenarios)[scenario])
    found = {"length_of_stay": [], "throughput": []}
    for replication in range(8):
        log = simulate(model, END, seed=1066, replication=replication)
        for m in measure(log, WARM, END, weekly=False):
            if m.measure in found and m.statistic in ("mean", "per_year") and not m.step:
                found[m.measure].append(m.value)
    kept = rows(scenario).loc["2 decisions"]
    for name, values in (("stay (days)", found["length_of_stay"]), ("patients a year", found["throughput"])):
        assert len(values) == 8
        ours = np.std(values, ddof=1) / np.sqrt(8)
        theirs = (kept[f"{name}, high"] - kept[f"{name}, low"]) / 2 / 2.262  # Student's t of nine degrees
        assert abs(np.mean(values) - kept[name]) <= 4 * np.hypot(ours, theirs)


def fit():
    """The study's own way of fitting."""
    loaded = importlib.util.spec_from_file_location("ward_fit", HERE / "fit.py")
    made = importlib.util.module_from_spec(loaded)
    loaded.loader.exec_module(made)
    return made


STAY = "model.pathways.gastroenterology.steps.ward stay.steps."
NEED = f"{STAY}medical need.duration.lognormal.mean"
SPREAD = f"{STAY}medical need.duration.lognormal.sd"
DEMAND = "model.pathways.gastroenterology.arrivals.rate"


def test_what_is_drawn_of_the_ward_are_need_its_spread_and_demand_each_once():
    question = read_question(HERE)
    assert set(simulated_numbers(question, plan_of(question, 0))) == {NEED, SPREAD, DEMAND}
    at = question_at(question, {NEED: 2.4, SPREAD: 3.0})
    stay = at.model.pathways["gastroenterology"].steps[0]
    parts = [stay.steps[0].duration, stay.steps[1].steps[0].duration]
    assert [(part.lognormal.mean, part.lognormal.sd) for part in parts] == [(2.4 * DAY, 3.0 * DAY)] * 2


def test_each_draw_of_the_ward_could_have_given_the_published_year():
    """What the files say of need, spread and demand is the belief that fit.py finds: drawn, it gives the figures back.

    A draw shows on average a stay and a number of patients that differ from the published ones by no more than the
    luck of a year: over draws their spread is that luck, since a year was all that was known.
    """
    question, ours = read_question(HERE), fit()
    drawn = draw_unknowns(question, 60, seed=11)
    numbers = zip(drawn[NEED], drawn[DEMAND], drawn[SPREAD], strict=True)
    shown = np.array([ours.years(question.model, *at, i, 10).mean(axis=0) for i, at in enumerate(numbers)])
    luck = ours.years(question.model, 2.583, 1265, 2.583, 99, 200).std(axis=0, ddof=1)
    for figure, published in enumerate((ours.STAY, ours.PATIENTS)):
        mean, spread = shown[:, figure].mean(), shown[:, figure].std(ddof=1)
        assert abs(mean - published) < 4 * spread / np.sqrt(60)
        # a year's luck, and what ten simulated years leave; the copula and the families are not the belief itself
        assert 0.6 < spread / (luck[figure] * np.sqrt(1.1)) < 1.6


def test_other_ways_to_see_the_ward_can_be_drawn_although_its_correlated_numbers_stand_still():
    for _, seen in read_question(HERE).alternatives:
        assert list(draw_unknowns(seen, 4, seed=1)) == [p for p in unknowns(seen) if p.startswith("value.")]


def test_what_the_fourth_pilot_and_the_two_wards_measure_is_of_the_model():
    pilots = read_question(HERE).value.pilots
    assert len(pilots) >= 3
    measured = {one.number for pilot in pilots for one in pilot.measures}
    assert {NEED, DEMAND, "value.effect.fidelity"} <= measured
