"""Numbers as people say them."""

# ruff: noqa: RUF001 - a true minus sign is meant
from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from cisim.report.words import between, chance, interval, money, number, quantity, share, slug


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0, "£0"),
        (-0.2, "£0"),
        (999.6, "£1k"),
        (999_600, "£1m"),
        (12_345_678, "£12.3m"),
        (-950, "−£950"),
        (2e9, "£2bn"),
    ],
)
def test_money(amount, said):
    assert money(amount) == said


@given(st.floats(-1e12, 1e12).filter(lambda x: abs(x) > 1e-9))
def test_a_number_keeps_three_digits(value):
    said = float(number(value).replace(",", "").replace("−", "-"))
    assert math.isclose(said, value, rel_tol=0.0051)


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_cannot_be_said_is_said_to_be_missing(value):
    assert number(value) == money(value) == share(value) == chance(value) == "n/a"


def test_an_interval_says_no_more_digits_than_it_knows():
    assert interval(195.87, 545.33, "bed-day") == "200 to 550 bed-days"
    assert interval(-0.6195, -0.0927, "d") == "−0.62 to −0.09 days"


def test_a_share_changes_by_points():
    assert quantity(-0.1801, "share", sign=True) == "−18 points"
    assert quantity(0.021, "share", sign=True) == "+2.1 points"
    assert quantity(-0.1801, "share") == "−18%"
    assert interval(-0.18348, -0.17675, "share", change=True) == "−18.3 to −17.7 points"


def test_a_range_of_changes_begins_with_the_smaller():
    assert between([-2.757, 0.0, -1.33, -9.367], "d") == "between 0 and −9.4 days"
    assert between([-3.0, 1.5], "d") == "between −3 and +1.5 days"
    assert between([4.0], "d") == "+4 days"


def test_slug_is_never_empty():
    assert slug("!!") == "x"
