"""Discounting against the published factors of the Green Book and worked cases."""

from __future__ import annotations

import math

import pytest

from cisim.errors import ModelError
from cisim.value import (
    GREEN_BOOK_HEALTH,
    GREEN_BOOK_MONEY,
    NICE_RATE,
    PERSPECTIVES,
    Schedule,
    annuity,
    equivalent_annual,
    internal_rate,
    net_health_benefit,
    net_monetary_benefit,
    perspective,
    present_value,
)

MONEY = {
    0: 1.0,
    1: 0.9661835749,
    2: 0.9335107004,
    5: 0.8419731669,
    10: 0.7089188137,
    20: 0.5025658844,
    30: 0.3562784106,
    31: 0.3459013695,
    60: 0.1467819879,
    75: 0.0942137726,
    76: 0.0919158757,
    125: 0.0274107630,
}
HEALTH = {
    0: 1.0,
    1: 0.9852216749,
    5: 0.9282603254,
    10: 0.8616672317,
    30: 0.6397624299,
    31: 0.6316146015,
    75: 0.3593544536,
    76: 0.3555500678,
}


@pytest.mark.parametrize(("schedule", "table"), [(GREEN_BOOK_MONEY, MONEY), (GREEN_BOOK_HEALTH, HEALTH)])
def test_factors_are_the_green_books(schedule: Schedule, table: dict[int, float]) -> None:
    got = schedule.factor(list(table))
    assert got == pytest.approx(list(table.values()), abs=1e-10)


@pytest.mark.parametrize(
    ("schedule", "first", "want"),
    [
        (GREEN_BOOK_MONEY, 0.0, 8.6076865089),
        (GREEN_BOOK_HEALTH, 0.0, 9.3605173201),
        (GREEN_BOOK_MONEY, 1.0, 8.3166053226),
        (GREEN_BOOK_HEALTH, 1.0, 9.2221845519),
    ],
)
def test_annuities(schedule: Schedule, first: float, want: float) -> None:
    assert annuity(10, schedule, first=first) == pytest.approx(want, abs=1e-9)


def test_last_bands_go_on_for_ever() -> None:
    for schedule, rate in ((GREEN_BOOK_MONEY, 0.01), (GREEN_BOOK_HEALTH, 0.0043)):
        later = schedule.factor([300, 301, 1000, 1001])
        assert later[0] / later[1] == pytest.approx(1 + rate, abs=1e-12)
        assert later[2] / later[3] == pytest.approx(1 + rate, abs=1e-12)


def test_net_present_value_and_equal_yearly_amount() -> None:
    flows = [-100.0] + [30.0] * 5
    value = present_value(flows, GREEN_BOOK_MONEY)
    assert value == pytest.approx(35.4515712641, abs=1e-9)
    assert equivalent_annual(value, 5, GREEN_BOOK_MONEY) == pytest.approx(7.8518626842, abs=1e-9)
    middle = -100 + present_value([30.0] * 5, GREEN_BOOK_MONEY, first=0.5)
    assert middle == pytest.approx(37.8015879569, abs=1e-9)
    at_its_own_rate = present_value(flows, Schedule("internal rate of return", (0.1523823712,)))
    assert at_its_own_rate == pytest.approx(0, abs=1e-6)


def test_internal_rate() -> None:
    assert internal_rate([-100.0] + [30.0] * 5) == pytest.approx(0.1523823712, abs=1e-10)
    assert internal_rate([-100.0, 0.0, 121.0]) == pytest.approx(0.1, abs=1e-12)
    assert internal_rate([-100.0, 50.0]) == pytest.approx(-0.5, abs=1e-12)
    # worth nothing at 25% and at 400%: neither is told
    assert math.isnan(internal_rate([-4_000.0, 25_000.0, -25_000.0]))
    assert math.isnan(internal_rate([10.0, 10.0]))


def test_carbon_at_the_value_of_each_year() -> None:
    tonnes = 4_380 * 45 / 1000
    values = [tonnes * v for v in (273.06, 277.22, 281.44, 285.73, 290.08)]
    assert tonnes == pytest.approx(197.1)
    assert sum(values) == pytest.approx(277_424.1630, abs=1e-3)
    assert present_value(values, GREEN_BOOK_MONEY) == pytest.approx(259_015.5577, abs=1e-3)


def test_health_and_money_have_their_own_rates() -> None:
    money = present_value([150_000.0] * 10, GREEN_BOOK_MONEY, first=1)
    health = present_value([10 * 70_000.0] * 10, GREEN_BOOK_HEALTH, first=1)
    assert money == pytest.approx(1_247_490.80, abs=0.005)
    assert health == pytest.approx(6_455_529.19, abs=0.005)
    assert money + health - 1e6 == pytest.approx(6_703_019.98, abs=0.005)
    assert (money + health) / 1e6 == pytest.approx(7.703020, abs=5e-7)
    wrong = present_value([10 * 70_000.0] * 10, GREEN_BOOK_MONEY, first=1)
    assert wrong == pytest.approx(5_821_623.73, abs=0.005)
    assert abs(wrong - health) > 600_000


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
def test_net_health_benefit(worth: float, want: float) -> None:
    got = net_health_benefit(12, -90_000, worth)
    assert got == pytest.approx(want, abs=5e-5)
    assert net_monetary_benefit(12, -90_000, worth) == pytest.approx(got * worth, abs=1e-6)


def test_a_schedule_that_cannot_be_is_refused() -> None:
    with pytest.raises(ModelError, match="one end fewer"):
        Schedule("odd", (0.03,), (30.0,))
    with pytest.raises(ModelError, match="rise"):
        Schedule("odd", (0.03, 0.02, 0.01), (30.0, 20.0))
    with pytest.raises(ModelError, match="0 or later"):
        GREEN_BOOK_MONEY.factor([-1])


def test_each_perspective_is_one_record_with_a_source() -> None:
    want = {
        "provider": (None, GREEN_BOOK_MONEY, GREEN_BOOK_HEALTH),
        "NICE": ((20_000, 30_000), NICE_RATE, NICE_RATE),
        "health department": ((15_000, 15_000), GREEN_BOOK_MONEY, GREEN_BOOK_HEALTH),
        "Green Book": ((70_000, 70_000), GREEN_BOOK_MONEY, GREEN_BOOK_HEALTH),
    }
    got = {p.name: (p.pounds_per_qaly, p.money, p.health) for p in PERSPECTIVES.values()}
    assert got == want
    assert all(p.source and p.words for p in PERSPECTIVES.values())
    assert [p.name for p in PERSPECTIVES.values() if p.owners is not None] == ["provider"]


def test_an_unknown_perspective_names_the_nearest() -> None:
    with pytest.raises(ModelError, match="Green Book"):
        perspective("Greenbook")
