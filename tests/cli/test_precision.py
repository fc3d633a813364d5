"""`cisim run --precision`: what is typed, what is run, and what cannot be."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from cisim.cli import main
from cisim.cli.precision import with_precision
from cisim.errors import ModelError
from cisim.spec import read_question

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("tiny_for_cli", ROOT / "tests" / "runs" / "conftest.py")
tiny = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tiny)


@pytest.fixture
def written(tmp_path):
    return tiny.Written(tmp_path)


@pytest.fixture
def drawn(written):
    written.change(("mean: 2 d", "mean: {uncertain: {mean: 2 d, se: 0.3 d}, source: a guess}"), of="model")
    return written


def _plan(written, text, most=None):
    question = read_question(written.path)
    return with_precision(question, question.experiment.run, text, most)


def test_pounds_are_what_options_are_worth_and_begin_with_fifty_draws(drawn):
    plan = _plan(drawn, "£50k")
    assert (plan.precision.worth, plan.precision.chance, plan.precision.within) == (50_000, None, None)
    assert (plan.model_draws, plan.precision.draws_at_most) == (50, 1000)
    assert _plan(drawn, "£50k", 400).precision.draws_at_most == 400


def test_a_share_is_the_chance_that_it_pays_and_the_plans_own_draws_stay(drawn):
    drawn.change(("draws: 20", "draws: 20\n  model_draws: 30"))
    plan = _plan(drawn, "5%")
    assert (plan.precision.worth, plan.precision.chance, plan.model_draws) == (None, 0.05, 30)


def test_a_time_is_the_change_in_the_headline(written):
    plan = _plan(written, "0.5 d", 25)
    assert (plan.precision.within, plan.precision.measure, plan.precision.at_most) == (
        "0.5 d",
        "length_of_stay",
        25,
    )
    assert plan.model_draws == 0


@pytest.mark.parametrize(
    ("text", "most", "told"),
    [
        ("fifty", None, r"--precision: got 'fifty', want pounds \('£50k'\), a chance \('5%'\) or a time"),
        ("50", None, "want pounds"),
        ("£", None, "want pounds"),
        ("£0", None, "want more than 0"),
        ("-£5k", None, "want"),
        ("0%", None, "want more than 0"),
        ("£5k", 20, "--at-most: got 20 draws, want at least the 50 that it begins with"),
        ("1 d", 3, "--at-most: got 3 replications, want at least the 4"),
    ],
)
def test_what_cannot_be_is_told(drawn, text, most, told):
    with pytest.raises(ModelError, match=told):
        _plan(drawn, text, most)


def test_where_nothing_simulated_is_uncertain_pounds_are_refused(written):
    with pytest.raises(ModelError, match="no number of the model or of a scenario is uncertain"):
        _plan(written, "£5k")


def test_a_headline_that_is_no_time_has_no_time(drawn):
    drawn.change(("run:\n", "headline: throughput\nrun:\n"))
    with pytest.raises(ModelError, match="the headline is throughput, which is no time"):
        _plan(drawn, "1 d")


def test_it_runs_on_and_says_why_it_stopped(drawn, capsys):
    drawn.change(
        (
            "draws: 20",
            "draws: 20\n  model_draws: 20\n  precision: {worth: £1m, at_most: 2}",
        ),
        ("replications: 4", "replications: 2"),
        ("length: 2 wk", "length: 1 wk"),
    )
    out = drawn.folder / "run"
    words = ["run", str(drawn.path), "--out", str(out)]
    assert main([*words, "--precision", "£1", "--at-most", "40"]) == 0
    summary = json.loads((out / "summary.json").read_text())["draws"]
    assert summary["value"] == 40
    assert "(£1 was asked for)" in summary["words"]
    assert "stopped at the most that may be run" in capsys.readouterr().out


def test_mistakes_end_with_two_and_no_traceback(drawn, capsys):
    assert main(["run", str(drawn.path), "--precision", "much"]) == 2
    assert main(["run", str(drawn.path), "--at-most", "60"]) == 2
    told = capsys.readouterr()
    both = told.out + told.err
    assert "got 'much'" in both
    assert "got no --precision beside it" in both
    assert "Traceback" not in both
