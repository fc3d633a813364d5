"""Draws that an emulator made beside draws that were really simulated, as `compare.py` stored them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cisim.spec import read_question

HERE = Path(__file__).resolve().parents[2] / "experiments" / "emulated-draws"
REST = 1940
"""Simulated draws that were not learnt from."""


@pytest.fixture(scope="module")
def found():
    return pd.read_csv(HERE / "expected.csv")


def test_the_question_asks_for_emulated_draws():
    plan = read_question(HERE / "experiment.yaml").experiment.run
    assert (plan.model_draws, plan.emulated_draws) == (60, 1500)


def test_no_set_was_refused_and_stated_errors_hold(found):
    told = found.set_index(["learnt_from", "figure"])
    for size in (60, 120):
        assert told.loc[(size, "sets refused"), "emulated"] == 0
        assert told.loc[(size, "draws inside their stated error (want 0.95)"), "emulated"] > 0.9


@pytest.mark.parametrize("size", [60, 120])
def test_worth_of_knowing_and_chances_are_off_by_less_than_the_draws_themselves_know_them(found, size):
    """Standard errors of 1,940 simulated draws: £640 of the worth of knowing everything (as `cisim.decision.evpi` gives
    it), of a chance p by its binomial, of a mean by its spread."""
    told = found[found["learnt_from"] == size].set_index("figure")
    whole = told.loc["worth of knowing everything (£)"]
    assert whole["off_in_one_set"] < 640
    for name in ("keep it open", "two beds", "forty more patients"):
        spread = told.loc[f"{name}: spread (£)"]
        assert told.loc[f"{name}: mean (£)", "off_in_one_set"] < spread["simulated"] / REST**0.5
        assert spread["off_in_one_set"] < 0.05 * spread["simulated"]
        for what in ("above zero", "is the best"):
            chance = told.loc[f"{name}: {what}"]
            error = (chance["simulated"] * (1 - chance["simulated"]) / REST) ** 0.5
            assert chance["off_in_one_set"] < error
    for figure in found["figure"][found["figure"].str.startswith("worth of knowing value")]:
        assert told.loc[figure, "off_in_one_set"] < 0.15 * told.loc[figure, "simulated"]


def test_the_readme_says_what_the_table_holds(found):
    told = found.set_index(["learnt_from", "figure"])
    words = (HERE / "README.md").read_text(encoding="utf-8")
    whole = told.loc[(60, "worth of knowing everything (£)")]
    assert f"£{-whole['off_on_average']:.0f} too low" in words
    assert f"£{round(whole['simulated'], -2):,.0f}" in words
    assert f"£{round(whole['off_in_one_set'], -1):.0f} in one set" in words.replace("\n", " ")
