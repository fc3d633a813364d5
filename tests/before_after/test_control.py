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


# -- against published charts -------------------------------------------------------------------------

# NIST/SEMATECH e-Handbook of Statistical Methods, sections 6.3.2.2 (flow rates), 6.3.3.1 (defects on wafers)
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
WAFERS = [16, 14, 28, 16, 12, 20, 10, 12, 10, 17, 19, 17, 14, 16, 15, 13, 14, 16, 11, 20, 11, 19, 16, 31, 13]


def test_single_values_have_the_limits_of_the_nist_handbook() -> None:
    found = control(FLOW, 10)
    assert (found.mean, found.low, found.high) == pytest.approx((50.81, 45.8159, 55.8041), abs=2e-3)


def test_counts_have_the_limits_and_the_signals_of_the_nist_handbook() -> None:
    found = control(WAFERS, 25, kind="counts")
    assert (found.mean, found.low, found.high) == pytest.approx((16, 4, 28))
    assert [s.first for s in found.signals if s.rule == "outside"] == [23]


def test_rates_and_proportions_are_counts_by_their_sizes() -> None:
    sizes = np.linspace(50, 400, 25)
    rates = control(np.array(WAFERS) / sizes, 25, kind="rates", sizes=sizes)
    assert rates.mean == pytest.approx(400 / sizes.sum())
    assert rates.limits[:, 1] == pytest.approx(rates.mean + 3 * np.sqrt(rates.mean / sizes))
    shares = control(np.array(WAFERS) / 50, 25, kind="proportions", sizes=np.full(25, 50.0))
    mean = 400 / 25 / 50
    assert shares.low == pytest.approx(mean - 3 * np.sqrt(mean * (1 - mean) / 50))
    rare = control(np.array([1, 0, 2, 0, 1, 1, 0, 0, 1]), 9, kind="counts")
    assert rare.limits.min() == 0


def test_rules_by_their_publishers() -> None:
    """Western Electric's and Nelson's, on steps of one standard deviation about a mean of 0."""
    steady = [1, -1] * 10  # the mean moving range is 2, so a standard deviation is 2 / 1.128
    sd = 2 / 1.128

    def named(after: list[float], whose: str) -> set[str]:
        return {s.rule for s in control([*steady, *(sd * np.array(after))], 20, rules=whose).after}

    assert named([0.5] * 8, "Western Electric") == {"run of eight"}
    assert "run of nine" not in named([0.5] * 8 + [-0.5], "Nelson")
    assert "run of nine" in named([0.5] * 9, "Nelson")
    assert "middle" in named([1.2, 1.2, 0.2, 1.2, 1.2], "Western Electric")
    assert "trend of six" in named([-0.9, -0.6, -0.3, 0, 0.3, 0.6], "Nelson")
    assert "to and fro" in named([0.9, -0.9] * 7, "Nelson")
    assert "apart" in named([1.5, 1.5, -1.5, -1.5, 1.5, -1.5, 1.5, -1.5], "Nelson")
    assert "apart" not in named([1.5] * 8, "Nelson")


def test_false_signals_are_as_rare_as_published() -> None:
    """Champ and Woodall (1987): one point outside in 370, and all four of Western Electric's within 92 on average."""
    rng = np.random.default_rng(5)
    lengths = []
    for _ in range(300):
        y = rng.standard_normal(400)
        chart = control(
            np.concatenate([[1, -1] * 200 * np.array(1.128 / 2), y]), 400, rules="Western Electric"
        )
        ends = [s.last - 399 for s in chart.after if s.first >= 400]
        lengths.append(min(ends, default=400))
    assert np.mean(lengths) == pytest.approx(91.75, abs=4 * np.std(lengths) / np.sqrt(300))


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"kind": "shares"}, "proportions"),
        ({"kind": "rates"}, "of how many"),
        ({"kind": "proportions", "sizes": np.ones(10)}, "between 0 and 1"),
        ({"rules": "nelson"}, "did you mean 'Nelson'"),
    ],
)
def test_what_no_chart_can_be_made_of_is_refused(asked: dict[str, object], text: str) -> None:
    with pytest.raises(ModelError, match=text):
        control(BEFORE, 10, **asked)
    with pytest.raises(ModelError, match="whole"):
        control(np.array(BEFORE) / 3, 10, kind="counts")
