"""Intervals cover the truth as often as they say, and refuse what cannot be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from cisim.analysis import interval, paired_difference, ratio
from cisim.errors import ModelError


def _covers(share: float, level: float, trials: int) -> bool:
    """Whether a share of intervals that cover is within four standard errors of the level."""
    return abs(share - level) < 4 * math.sqrt(level * (1 - level) / trials)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_interval_covers_at_its_level(level):
    rng, trials = np.random.default_rng(20240101), 4000
    found = [interval(x, level) for x in rng.normal(7.0, 3.0, (trials, 6))]
    assert _covers(np.mean([e.low <= 7.0 <= e.high for e in found]), level, trials)


def test_interval_is_the_one_of_scipy():
    values = np.array([11.2, 10.1, 12.9, 11.7, 10.8])
    low, high = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
    found = interval(values, unit="d")
    assert (found.low, found.high, found.n, found.unit) == (pytest.approx(low), pytest.approx(high), 5, "d")
    assert found.half_width == pytest.approx((high - low) / 2)


def test_one_replication_bounds_nothing():
    found = interval([3.0])
    assert found.value == 3.0
    assert (found.low, found.high) == (-math.inf, math.inf)


def test_pairing_takes_the_shared_luck_out():
    rng, trials = np.random.default_rng(5), 2000
    shared = rng.normal(100, 20, (trials, 8))
    base, other = shared + rng.normal(0, 1, shared.shape), shared - 2 + rng.normal(0, 1, shared.shape)
    found = [paired_difference(b, o) for b, o in zip(base, other, strict=True)]
    assert _covers(np.mean([e.low <= -2 <= e.high for e in found]), 0.95, trials)
    # Unpaired, the half-width would be near 2.1 * 20 * sqrt(2 / 8) = 21; paired, near 2.4 * sqrt(2 / 8).
    assert np.mean([e.half_width for e in found]) < 2


def test_fieller_covers_at_its_level():
    rng, trials = np.random.default_rng(11), 4000
    x = rng.normal(4.0, 1.5, (trials, 10))
    y = 3.0 * x + rng.normal(0.0, 2.0, x.shape)
    found = [ratio(b, a) for a, b in zip(x, y, strict=True)]
    assert _covers(np.mean([e.low <= 3.0 <= e.high for e in found]), 0.95, trials)


def test_ratio_over_what_may_be_zero_is_unbounded():
    found = ratio([1.0, 2.0, 3.0], [-1.0, 0.5, 1.0])
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert math.isinf(ratio([1.0], [2.0]).high)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: interval([]), "one number for each replication"),
        (lambda: interval([1.0, math.nan]), "no number"),
        (lambda: interval([1.0, 2.0], level=95), "such as 0.95"),
        (lambda: paired_difference([1, 2], [1, 2, 3]), "got 3 replications, want the 2"),
        (lambda: ratio([1, 2], [1, 2, 3]), "got 3 replications, want the 2"),
        (lambda: ratio([1, 2], [-1, 1]), "nothing can be divided"),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(ModelError, match=words):
        call()
