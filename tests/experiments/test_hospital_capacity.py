"""Bays of the hospital: the page shows what was kept, and the question can be asked."""

import importlib.util
import re
from pathlib import Path

import pandas as pd

from cisim.runs.plan import plan_of
from cisim.runs.uncertain import simulated_numbers
from cisim.spec import question_at, read_question
from cisim.units import HOUR

HERE = Path(__file__).parents[2] / "experiments" / "hospital-capacity"
EXPECTED = pd.read_csv(HERE / "expected.csv")


def test_the_page_shows_the_figures_that_were_kept():
    loaded = importlib.util.spec_from_file_location("hospital_capacity_tables", HERE / "tables.py")
    tables = importlib.util.module_from_spec(loaded)
    loaded.loader.exec_module(tables)
    page = (HERE / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- table -->\n(.*?)\n<!-- end table -->", page, re.DOTALL)[1]
    assert shown == tables.markdown(EXPECTED)


def test_the_page_says_how_many_bays_the_figures_allow():
    """With four replications nine in ten means all four."""
    kept = EXPECTED[EXPECTED["kept in"] == EXPECTED["replications"]].groupby("scenario")["bays closed"].max()
    assert kept.to_dict() == {"both together": 2, "discharge to assess": 2, "seven-day review": 0}


def test_each_project_and_both_together_are_run():
    plan = plan_of(read_question(HERE), 0)
    assert plan.valued == "discharge to assess + seven-day review"
    assert [name for name, _ in plan.cases[0].joint] == ["discharge to assess", "seven-day review"]


def test_what_is_drawn_of_the_hospital_is_of_the_model_and_of_both_projects():
    """The scenario that is valued is both projects together: a number of one of them is one of its own."""
    question = read_question(HERE)
    drawn = simulated_numbers(question, plan_of(question, 0))
    assert [path.split(".")[0] for path in drawn] == ["model"] * 4 + ["discharge to assess"]
    later = question_at(question, {drawn[-1]: 18.0})
    (cut,) = (
        one for one in dict(later.scenarios)["discharge to assess"] if getattr(one, "to", None) == 18 * HOUR
    )
    assert cut.target == "emergency/referral to the council"
    changed = plan_of(later, 0)
    assert changed.valued == "discharge to assess + seven-day review"
    assert changed.cases[0].arms != plan_of(question, 0).cases[0].arms
