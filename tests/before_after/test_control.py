"""The control chart's limits and its five rules, each by a series made for it."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.before_after import control
from cisim.errors import ModelError

BEFORE = [10, 12, 9, 11, 10, 8, 10, 12, 9, 9]  # mean 10, mean moving range 2
HALF = 2.66 * (2 + 3 + 2 + 1 + 2 + 2 + 2 + 3 + 0) / 9


def rules(after: list[float]) -> list[tuple[str, int, int, bool]]:
    return [(s.rule, s.first - 10, s.last - 10, s.up) for s in control([*BEFORE, *after], 10).after]


def test_limits_are_those_of_the_time_before() -> None:
    found = control([*BEFORE, 500, 600, 700], 10)
    assert (found.mean, found.low, found.high) == pytest.approx((10, 10 - HALF, 10 + HALF))


@pytest.mark.parametrize(
    ("after", "rule"),
    [
        ([10.5, 9.5, 10 + HALF + 0.1, 9.5], ("outside", 2, 2, True)),
        ([10.5, 9.5, 10 - HALF - 0.1, 10.5], ("outside", 2, 2, False)),
        ([11, 9, 8, 9, 8, 9, 8, 9, 11], ("run", 1, 7, False)),
        ([9.5, 8.5, 9, 9.5, 10.2, 10.6, 11, 11.4, 9], ("trend", 1, 7, True)),
        ([9.5, 10 + 0.8 * HALF, 9.5, 10 + 0.7 * HALF, 9], ("near", 1, 3, True)),
        ([10.1, 9.9] * 8, ("close", -2, 15, True)),
    ],
)
def test_each_rule_finds_what_it_is_for(after: list[float], rule: tuple[str, int, int, bool]) -> None:
    assert rule in rules(after)


@pytest.mark.parametrize(
    "after",
    [
        [10 + HALF - 0.1, 9.5, 10.5],  # just inside
        [11, 9, 8, 9, 8, 9, 8, 11, 9],  # six in a row
        [9.5, 8.5, 9, 9.5, 10.2, 10.6, 11, 9],  # six in a row rising
    ],
)
def test_what_only_looks_like_a_signal_is_none(after: list[float]) -> None:
    assert rules(after) == []


def test_an_unknown_period_breaks_no_run() -> None:
    assert ("run", 1, 8, False) in rules([11, 9, 8, 9, float("nan"), 9, 8, 9, 8, 11])


def test_signals_before_the_change_say_that_it_was_not_steady() -> None:
    drifting = np.concatenate([np.linspace(20, 10, 12), [10, 12, 9, 11]])
    assert control(drifting, 12).before


def test_likeness_is_the_usual_autocorrelation() -> None:
    y = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
    d = y - y.mean()
    assert control(y, 8).likeness == pytest.approx((d[1:] * d[:-1]).sum() / (d**2).sum())


def test_too_short_a_time_before_is_refused() -> None:
    with pytest.raises(ModelError, match="7 known periods before"):
        control(np.arange(20.0), 7)
