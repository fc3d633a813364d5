"""The sequential rule looks after whole blocks, stops where it should, and covers nearly as it says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cisim.analysis import interval, replications_needed
from cisim.errors import ModelError


def test_says_how_many_to_have_before_the_first_look():
    found = replications_needed([0.0, 1.0], within=1.0, at_most=50, first=10)
    assert (found.replications, found.decided, found.half_width) == (10, False, math.inf)
    assert replications_needed([], within=1.0, at_most=50, first=2).replications == 5
    assert replications_needed([], within=1.0, at_most=3).replications == 3


def test_answer_does_not_depend_on_how_many_happen_to_be_there():
    differences = np.random.default_rng(1).normal(2, 1, 200)
    answer = replications_needed(differences, within=0.4, at_most=200)
    assert answer.decided
    assert answer.reached
    assert answer.replications % 5 == 0
    for n in range(answer.replications, 200):
        assert replications_needed(differences[:n], within=0.4, at_most=200) == answer
    for n in range(answer.replications):
        earlier = replications_needed(differences[:n], within=0.4, at_most=200)
        assert not earlier.decided
        assert n < earlier.replications <= answer.replications


def test_stops_at_the_first_look_that_is_narrow_enough():
    differences = np.random.default_rng(2).normal(0, 1, 200)
    answer = replications_needed(differences, within=0.5, at_most=200)
    widths = {n: interval(differences[:n]).half_width for n in range(5, 201, 5)}
    assert answer.replications == min(n for n, w in widths.items() if w <= 0.5)
    assert answer.half_width == pytest.approx(widths[answer.replications])


def test_gives_up_at_the_most():
    answer = replications_needed(np.random.default_rng(3).normal(0, 1, 60), within=0.01, at_most=23)
    assert (answer.replications, answer.decided, answer.reached) == (23, True, False)


def test_all_columns_must_be_narrow_and_gaps_are_left_out():
    rng = np.random.default_rng(4)
    two = np.column_stack([rng.normal(0, 0.1, 100), rng.normal(0, 1, 100)])
    both = replications_needed(two, within=0.3, at_most=100)
    wide = replications_needed(two[:, 1], within=0.3, at_most=100)
    assert both == wide
    gaps = np.array([1.0, math.nan, 1.1, math.nan, 0.9])
    assert replications_needed(gaps, within=9, at_most=9).half_width == pytest.approx(
        interval([1.0, 1.1, 0.9]).half_width
    )
    assert math.isinf(replications_needed([math.nan] * 5, within=9, at_most=9).half_width)


def test_interval_after_stopping_covers_nearly_as_often_as_it_says():
    rng, trials, covered = np.random.default_rng(5), 1000, 0
    for differences in rng.normal(1.0, 1.0, (trials, 200)):
        n = replications_needed(differences, within=0.4, at_most=200).replications
        estimate = interval(differences[:n])
        covered += estimate.low <= 1.0 <= estimate.high
    # Known loss of sequential stopping: a few points at most, so 90% stands well inside.
    assert covered / trials > 0.90 - 4 * math.sqrt(0.09 / trials)


@pytest.mark.parametrize(("within", "at_most"), [(0.0, 10), (1.0, 1)])
def test_what_cannot_be_is_refused(within, at_most):
    with pytest.raises(ModelError, match="want"):
        replications_needed([1.0], within=within, at_most=at_most)
