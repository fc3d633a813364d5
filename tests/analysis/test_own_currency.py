"""Headlines in beds, waits and patients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cisim.analysis import NOT_COUNTED, own_currency
from cisim.errors import ModelError
from cisim.value import Book, Line

DAYS = 365.25


def book(closed: float = 6 * DAYS) -> Book:
    parts = {"release": 8 * DAYS, "closed": closed, "idle_change": 8 * DAYS - closed}
    spread = np.array([[0.9], [1.0], [1.1]])
    lines = [
        Line(use, "provider", number * spread, "bed-day", pool="ward", option="bay").over(3, 2)
        for use, number in parts.items()
    ]
    hours = Line("release", "provider", 99.0, "hour", pool="nurses", option="bay").over(3, 2)
    return Book((*lines, hours), 3, 2025, 2, np.arange(3))


def measures() -> pd.DataFrame:
    rows = [
        ("", scenario, r, "wait", "p95", "emergency", "ward", "", -1, hours + r, "h", 50)
        for scenario, hours in (("baseline", 5.0), ("bay", 7.0), ("other", 1.0))
        for r in range(4)
    ]
    rows += [
        ("", s, r, "turned_away", "patients", "emergency", "", "", -1, 0.0, "", 0)
        for s in ("baseline", "bay")
        for r in range(4)
    ]
    columns = "case scenario replication measure statistic pathway step pool week value unit n"
    return pd.DataFrame(rows, columns=columns.split())


def test_beds_are_bed_days_over_a_year_and_service_is_paired() -> None:
    found = {(one.what, one.where): one for one in own_currency(measures(), book(), "bay")}
    assert list(found) == [
        ("beds freed", "ward"),
        ("beds closed", "ward"),
        ("beds left free", "ward"),
        ("wait that 95 in 100 do not exceed", "emergency/ward"),
    ]
    freed = found["beds freed", "ward"].change
    assert (freed.value, freed.n, freed.unit) == (pytest.approx(8.0), 3, "beds")
    assert 7.2 <= freed.low < 8 < freed.high <= 8.8
    parts = [found[w, "ward"].change.value for w in ("beds closed", "beds left free")]
    assert sum(parts) == pytest.approx(freed.value)
    wait = found["wait that 95 in 100 do not exceed", "emergency/ward"]
    assert wait.now is not None
    assert (wait.now.value, wait.change.value) == (6.5, 2.0)


def test_what_took_no_bed_is_left_out_and_what_cannot_be_told_says_why() -> None:
    told = [one.what for one in own_currency(measures(), book(closed=0.0), "bay")]
    assert "beds closed" not in told
    assert all(NOT_COUNTED.values())
    with pytest.raises(ModelError, match="did you mean 'bay'"):
        own_currency(measures(), book(), "bey")


def test_breaches_and_long_stays_are_told_where_they_are_counted() -> None:
    rows = {
        "option": "bay",
        "steps": 1,
        "extra": 0,
        "replication": range(4),
        "measure": "wait",
        "group": "",
        "pool": "",
    }
    rows |= {
        "statistic": "above 4 h",
        "pathway": "emergency",
        "step": "ward",
        "value_a": [0.1, 0.2, 0.2, 0.1],
    }
    service = pd.DataFrame(rows | {"worsening": [-0.05, -0.1, -0.1, -0.05]})
    counts = Line("outcome", "patients", np.array([[-8.0], [-10.0], [-12.0]]), "patient", item="stays above 21 d",
                  option="bay")  # fmt: skip
    whole = Book((*book().lines, counts.over(3, 2)), 3, 2025, 2, np.arange(3))
    found = {(one.what, one.where): one for one in own_currency(measures(), whole, "bay", service=service)}
    breach = found["breaches of a waiting standard (above 4 h)", "emergency/ward"]
    assert breach.now is not None
    assert (breach.now.value, breach.change.value) == (pytest.approx(0.15), pytest.approx(-0.075))
    stays = found["stays above 21 d", ""].change
    assert (stays.value, stays.unit) == (pytest.approx(-10.0), "patient a year")
