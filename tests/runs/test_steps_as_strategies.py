"""`steps: [1, 2, 3]`: as many strategies as numbers of steps, which are one closure at the same uncertain numbers."""

from __future__ import annotations

import warnings

import pytest

from cisim.errors import CisimWarning, FileProblems
from cisim.runs import choice_of, run
from cisim.spec import read_question, unknowns, value_numbers

SEVERAL = (
    ("step: 2\n", "step: 2\n    steps: [1, 2, 3]\n    one_off: {gamma: {mean: £20k, sd: £5k}}\n"),
    ("saves: £200k", "saves: {gamma: {mean: £100k, sd: £30k}}"),
)
NAMES = ("keep it open", "two beds", "two beds, 2 steps", "two beds, 3 steps")


@pytest.fixture
def several(written):
    written.change(*SEVERAL, of="value")
    written.change(("draws: 20", "draws: 120"))
    return written


def test_each_number_of_steps_is_an_option_and_the_uncertain_numbers_are_drawn_once(several):
    question = read_question(several.path)
    options = question.value.options
    assert tuple(one.name for one in options) == NAMES
    assert [one.steps for one in options[1:]] == [1, 2, 3]
    first = "value.options.two beds."
    mine = {path for path in unknowns(question) if path.startswith("value.options.")}
    assert mine == {f"{first}saves", f"{first}stranded", f"{first}one_off"}
    numbers = value_numbers(question, {f"{first}saves": 123_000.0})
    assert {numbers[f"options.{name}.saves"] for name in NAMES[1:]} == {123_000.0}


def test_strategies_stand_beside_each_other_in_the_same_draws_and_the_ledger_holds(several):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisimWarning)
        results = run(several.path, several.run)
    choice = choice_of(results)
    assert choice.strategies[1:] == NAMES
    assert list(choice.values) == [path for path in unknowns(results.question) if path in choice.values]
    table = results.ledger
    closed = table[(table["use"] == "close") & table["recurrent"]]
    # Two steps save twice what one saves, at the same price and the same share that stays, in every draw.
    of = closed.groupby(["scenario", "draw"], observed=True)["amount"].sum().unstack("scenario")
    assert of["two beds"].std() > 10_000
    for n, name in enumerate(NAMES[1:], 1):
        assert of[name].to_numpy() == pytest.approx(n * of["two beds"].to_numpy())
    audit = results.audit
    assert audit["passed"].all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("steps: [1, 2, 3]", "steps: [2, 1]"), "steps"),
        (("steps: [1, 2, 3]", "steps: [1, 9]"), "takes out 18 places"),
        (("steps: [1, 2, 3]", "steps: 1\n    same_as: too beds"), "want another closure"),
    ],
)
def test_steps_that_cannot_be_are_refused_at_their_line(several, change, words):
    several.change(change, of="value")
    with pytest.raises(FileProblems, match=words):
        read_question(several.path)


def test_with_draws_of_the_model_the_numbers_are_one_too(several):
    several.change(("draws: 120", "model_draws: 3"), ("replications: 4", "replications: 2"))
    several.change(("mean: 2 d", "mean: {uncertain: {mean: 2 d, se: 0.3 d}, source: a guess}"), of="model")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisimWarning)
        table = run(several.path, several.run).ledger
    closed = table[(table["use"] == "close") & table["recurrent"]]
    of = closed.groupby(["scenario", "draw"], observed=True)["amount"].sum().unstack("scenario")
    assert of[NAMES[3]].to_numpy() == pytest.approx(3 * of["two beds"].to_numpy())
