"""The gastroenterology ward: figures before reproduced, figures after as told, the page as the figures."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cisim import apply, simulate
from cisim.measures import measure
from cisim.spec import read_question
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
