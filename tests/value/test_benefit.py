"""Net benefit and cost per QALY against worked cases, and what ties them together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from cisim.errors import ModelError
from cisim.value import (
    CASH,
    Book,
    Line,
    cost_per_patient,
    cost_per_qaly,
    net_benefits,
    perspective,
    ratio_of_means,
)

NICE = perspective("NICE")


def book(money: np.ndarray | list[float], qalys: np.ndarray | list[float]) -> Book:
    """Return a ledger of one year with these amounts by draw."""
    cost, gain = (np.asarray(x, float)[:, None] for x in (money, qalys))
    lines = (
        Line("running", "provider", 1.0, "year", cost, kind=CASH, currency="GBP", option="it"),
        Line(
            "absorb",
            "patients",
            1.0,
            "patient",
            gain,
            kind="non-cash-releasing",
            currency="QALY",
            option="it",
        ),
    )
    n = len(cost)
    return Book(tuple(line.over(n, 1) for line in lines), n, 2025, 1, np.zeros(n, np.int64))


@pytest.mark.parametrize(
    ("worth", "want"),
    [
        (8_000, 0.75),
        (12_936, 5.0427),
        (15_000, 6),
        (20_000, 7.5),
        (25_000, 8.4),
        (30_000, 9),
        (35_000, 9.4286),
        (70_000, 10.7143),
    ],
)
def test_twelve_qalys_for_ninety_thousand_pounds(worth: float, want: float) -> None:
    found = net_benefits(book([-90_000], [12]), "it", NICE, pounds_per_qaly=[worth]).loc[worth]
    assert found["health"] == pytest.approx(want, abs=5e-5)
    assert found["money"] == pytest.approx(worth * found["health"])
    assert found["probability"] == 1


def test_chance_of_being_worth_it_for_normal_costs_and_effects() -> None:
    mean, sd, rho = (0.05, 600.0), (0.04, 500.0), -0.3
    n = 2**15
    points = stats.qmc.MultivariateNormalQMC(
        mean, [[sd[0] ** 2, rho * sd[0] * sd[1]], [rho * sd[0] * sd[1], sd[1] ** 2]], rng=7
    ).random(n)
    worth = [10_000, 15_000, 20_000, 30_000]
    found = net_benefits(book(-points[:, 1], points[:, 0]), "it", NICE, pounds_per_qaly=worth)
    want = [0.44537290, 0.56700854, 0.64664873, 0.73519035]
    # points of low discrepancy: far closer than four standard errors of plain draws
    limit = 4 * np.sqrt(0.25 / n)
    assert found["probability"].to_numpy() == pytest.approx(want, abs=limit)
    icer = cost_per_qaly(book(-points[:, 1], points[:, 0]), "it", NICE)
    assert icer.value == pytest.approx(12_000, rel=0.01)
    assert math.isnan(icer.low)  # some draws lose health: their ratios mean something else


amounts = st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(-5, 5)), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(amounts)
def test_both_net_benefits_are_one_thing(draws: list[tuple[float, float]]) -> None:
    money, qalys = zip(*draws, strict=True)
    found = net_benefits(book(list(money), list(qalys)), "it", NICE)
    worth = found.index.to_numpy()
    assert found["money"].to_numpy() == pytest.approx(worth * found["health"].to_numpy(), abs=1e-6)
    # net monetary benefit is straight in the value of a QALY, its slope the health gained
    slope = np.diff(found["money"].to_numpy()) / np.diff(worth)
    assert slope == pytest.approx(np.full(len(slope), np.mean(qalys)), abs=1e-6)


@pytest.mark.parametrize(
    ("money", "qalys", "told"),
    [
        (100.0, 1.0, "saves money"),
        (-100.0, -1.0, "no price"),
        (-100.0, 0.0, "no change in health"),
        (100.0, -2.0, "£50 saved for each QALY lost"),
        (-100.0, 2.0, "£50 for each QALY gained"),
    ],
)
def test_every_quarter_of_the_plane_is_told_apart(money: float, qalys: float, told: str) -> None:
    found = cost_per_qaly(book([money], [qalys]), "it", NICE)
    assert told in found.words
    assert math.isnan(found.value) == ("£50" not in told)


def test_cost_per_qaly_is_no_mean_of_ratios() -> None:
    found = cost_per_qaly(book([-100.0, -300.0], [1.0, 10.0]), "it", NICE)
    assert found.value == pytest.approx(400 / 11)
    assert found.value != pytest.approx((100 + 30) / 2)


def test_ratios_of_lognormal_benefit_and_cost() -> None:

    points = stats.norm.ppf(stats.qmc.Sobol(2, rng=11).random_base2(17))
    benefit, cost = np.exp(np.log(1.5) + 0.5 * points[:, 0]), np.exp(0.3 * points[:, 1])
    found = ratio_of_means(benefit, cost, level=0.9)
    assert found.value == pytest.approx(1.624931, rel=2e-3)
    assert (benefit / cost).mean() == pytest.approx(1.777957, rel=2e-3)
    assert (found.low, found.high) == pytest.approx((0.574853, 3.914045), rel=5e-3)
    assert (benefit > cost).mean() == pytest.approx(0.75658731, abs=4e-3)
    assert (benefit > 2 * cost).mean() == pytest.approx(0.31087535, abs=4e-3)


def test_a_patient_can_cost_less_while_more_is_spent() -> None:
    # unit cost 0.79 of what it was, 1.30 times the patients: 2.7% more is spent in all
    found = cost_per_patient(100_000, 100, 100_000 * (0.79 * 1.30 - 1), 30)
    assert found["a_patient"] == pytest.approx(-0.21)
    assert found["in_all"] == pytest.approx(0.027)
    with pytest.raises(ModelError, match="patients"):
        cost_per_patient(100, 0, 0, 0)


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(ModelError, match="above 0"):
        net_benefits(book([1.0], [1.0]), "it", NICE, pounds_per_qaly=[0])
    with pytest.raises(ModelError, match="level"):
        cost_per_qaly(book([1.0], [1.0]), "it", NICE, level=1)
