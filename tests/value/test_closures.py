"""A closure as it is written: how many places it may take out, and how its date is told."""

from __future__ import annotations

import pytest

from cisim.spec import Close, describe_value
from cisim.spec.model import Model
from cisim.spec.value_checks import value_findings, value_in_models

BAY = {"close": "a bay", "pool": "ward", "step": 6, "saves": "£1", "stranded": 0}
WARD = Model(
    cisim=1,
    model="m",
    start="2025-01-01",
    pools={"ward": {"kind": "beds", "number": 12}},
    pathways={
        "all": {
            "arrivals": {"rate": "1 per day"},
            "steps": [{"stay": "s", "beds": ["ward"], "steps": [{"delay": "d", "duration": "1 d"}]}],
        }
    },
)


@pytest.mark.parametrize(("steps", "wrong"), [(1, []), (2, []), (3, ["takes out 18 places"])])
def test_every_place_may_be_taken_out_but_no_more(make_value, steps, wrong):
    value = make_value({**BAY, "steps": steps})
    found = value_in_models(value, [WARD], WARD)
    assert [f.text.split(",")[0] for f in found] == wrong


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"date": "2025-04-01"}, "close 6 places of ward, from 2025-04-01 on; one step"),
        ({"after": "10 d"}, "close 6 places of ward, 10 d after the first year begins; one step"),
        ({}, "close 6 places of ward; one step"),
    ],
)
def test_when_it_acts_is_told(make_value, given, words):
    assert words in describe_value(make_value({**BAY, **given}))


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"after": "26 wk", "date": "2025-07-01"}, 0),
        ({"after": "26 wk", "date": "2025-08-02"}, 0),
        ({"after": "26 wk", "date": "2025-08-03"}, 1),
        ({"after": "0 d", "date": "2024-12-31"}, 1),
        ({"after": "5 yr", "date": "2029-12-31"}, 1),
        ({"date": "2025-01-01"}, 0),
        ({"date": "2027-12-31"}, 0),
        ({"date": "2028-01-01"}, 1),
    ],
)
def test_a_date_agrees_with_its_delay_and_lies_in_the_years_counted(make_value, given, wrong):
    assert Close(**BAY, **given).name == "a bay"
    assert [f.trail for f in value_findings(make_value({**BAY, **given}))] == [("options", 0, "date")] * wrong
