"""Cost for a patient and a patient week, on numbers to check by hand; and the trap that more can be spent in all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cisim.analysis import per_patient
from cisim.errors import ModelError
from cisim.value import Book, Line

LINES = (
    Line("running", "provider", 100.0, "opening", -30.0, kind="cash-releasing", currency="GBP", option="more"),
    Line("close", "provider", 1.0, "step", 300.0, kind="cash-releasing", currency="GBP", option="more"),
    Line("programme", "provider", 1.0, "programme", -999.0, kind="non-cash-releasing", currency="GBP", option="more"),
)  # fmt: skip


def measures(**scenarios):
    rows = []
    for name, (patients, stay) in scenarios.items():
        for number, luck in enumerate((-1.0, 1.0)):
            what = (("throughput", "per_year", patients + luck), ("length_of_stay", "mean", stay))
            rows += [("", name, number, m, s, "p", "", "", -1, v, "", 9) for m, s, v in what]
    who = ["case", "scenario", "replication", "measure", "statistic"]
    columns = [*who, "pathway", "step", "pool", "week", "value", "unit", "n"]
    return pd.DataFrame(rows, columns=columns)


def book():
    return Book(tuple(line.over(4, 2) for line in LINES), 4, 2025, 2, np.zeros(4, np.int64))


def test_a_patient_can_cost_less_while_more_is_spent():
    """The change costs £3,000 a year and saves £300: £2,700 more over 130 patients instead of 100."""
    found = per_patient(measures(baseline=(100, 7.0), more=(130, 3.5)), book(), "more", spent=100_000)
    assert (found.patients, found.patients_then) == (100, 130)
    assert (found.weeks, found.weeks_then) == (100, 65)
    assert found.each == pytest.approx(3000 / 130)
    assert found.each_week == pytest.approx(3000 / 65)
    assert found.spent["a_patient"] == pytest.approx(102_700 / 130 / 1000 - 1)
    assert found.spent["a_patient"] < 0 < found.spent["in_all"] == pytest.approx(0.027)


def test_what_is_spent_now_may_be_unknown_and_nobody_treated_is_refused():
    assert per_patient(measures(baseline=(9, 7.0), more=(9, 7.0)), book(), "more").spent == {}
    with pytest.raises(ModelError, match="nobody treated under 'more'"):
        per_patient(measures(baseline=(9, 7.0)), book(), "more")
