"""Numbers that are not known: found by path, drawn, and put in."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.analysis import draw_unknowns
from cisim.errors import ModelError
from cisim.spec import question_at, read_question, uncertain_numbers, unknowns, value_numbers

WARD = "experiments/daily-ward-round"


@pytest.fixture(scope="module")
def ward():
    return read_question(WARD)


def test_the_unknowns_of_a_value_file_are_those_with_a_spread_by_path_and_in_their_unit(ward):
    found = unknowns(ward)
    assert list(found) == [
        f"value.{path}" for path, one in uncertain_numbers(ward.value).items() if one.distribution().sd() > 0
    ]
    first = found["value.programme.improvement coach, one day a week for a year.once"]
    assert (first.best, first.unit, first.group) == (25_000, "£", "")
    assert first.distribution.sd() == 5_000


def test_a_question_at_no_numbers_has_its_best_estimates_and_nothing_left_unknown(ward):
    settled = question_at(ward, {})
    assert unknowns(settled) == {}
    assert settled.model == ward.model
    means = {path: one.distribution().mean() for path, one in uncertain_numbers(ward.value).items()}
    assert {p: one.distribution().mean() for p, one in uncertain_numbers(settled.value).items()} == means


def test_a_question_at_a_number_has_that_number_and_the_rest_at_best(ward):
    path = next(iter(unknowns(ward)))
    settled = question_at(ward, {path: 31_000.0})
    numbers = value_numbers(settled, {})
    assert numbers.pop(path.removeprefix("value.")) == 31_000
    best = value_numbers(ward, {})
    assert numbers == {p: x for p, x in best.items() if p != path.removeprefix("value.")}


def test_a_path_that_is_not_there_is_refused_with_the_nearest(ward):
    path = next(iter(unknowns(ward)))
    with pytest.raises(ModelError, match="did you mean"):
        question_at(ward, {path + "s": 1.0})


def test_draws_are_one_column_a_path_and_have_the_mean_of_their_distribution(ward):
    drawn = draw_unknowns(ward, 400, seed=3)
    found = unknowns(ward)
    assert list(drawn) == list(found)
    for path, column in drawn.items():
        assert column.shape == (400,)
        # A Latin hypercube's mean is nearer than that of independent draws.
        assert abs(column.mean() - found[path].best) < 4 * found[path].distribution.sd() / np.sqrt(400)
