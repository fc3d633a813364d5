"""What makes a reader stop is found on bad pages, and not on good ones."""

# ruff: noqa: RUF001 - a true minus sign is meant
from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from cisim.report.digits import adding_up, place, sure, told
from cisim.report.stoppers import passages, stops

PAGE = "<main><section class='sheet'><h2>{heading}</h2>{body}</section></main>"


def page(body, heading="What it does"):
    return PAGE.format(heading=heading, body=body)


def table(head, cell, small=""):
    small = f"<span class='small'>{small}</span>" if small else ""
    return f"<table><thead><tr><th>{head}</th></tr></thead><tbody><tr><td>{cell}{small}</td></tr></tbody></table>"


BAD = [
    ("freed hours stand among savings", page("<p>3,000 hours are freed.</p>", "Savings")),
    ("freed hours stand among savings", page("<p>This saves 1,921 bed-days a year.</p>")),
    ("freed hours stand among savings", page(table("savings", "3,000 hours"))),
    ("more digits than the evidence carries", page("<p>£178,432 (£90k to £270k) a year</p>")),
    ("more digits than the evidence carries", page("<p>stay of 8.912 days (8.1 to 9.7 days)</p>")),
    ("more digits than the evidence carries", page("<p>41.37% (39% to 44%)</p>")),
    ("more digits than the evidence carries", page(table("worth", "£811,887", "£59k to £1.7m"))),
    ("health stands among cash", page("<p>4.8 QALYs, £96k</p>", "Cash benefits")),
    ("health stands among cash", page(table("cash", "£300k of health gain"))),
    ("health stands among cash", page("<p>Cash of £1m includes QALYs at £20,000.</p>")),
    ("who loses is not named", page("<p>Gains: provider and patients.</p>")),
    ("letters that stand for words", page("<p>The NPV is above zero.</p>")),
    ("letters that stand for words", page("<p>P10 is −£1m.</p>")),
    ("room is called cash, or priced", page("<p>It releases £1.2m of capacity.</p>")),
    ("room is called cash, or priced", page("<p>2,042 bed-days (£827k) are freed.</p>")),
    ("room is called cash, or priced", page("<p>The freed beds are worth £827k.</p>")),
    ("room is called cash, or priced", page("<p>Cash from freed capacity: £1m.</p>")),
]
GOOD = [
    page("<p>Loses: commissioner. 5.6 beds are freed; what is freed is room, not cash.</p>"),
    page("<p>Loses: commissioner (£130k).</p><p>£180k (£90k to £270k) a year leaves the budget.</p>"),
    page("<p>Loses: commissioner.</p><p>The NHS keeps 1,921 bed-days a year; nothing is saved.</p>"),
    page(
        f"<p>Loses: commissioner.</p>{table('health', '4.8 years')}{table('cash', '£1m', '£0.4m to £1.6m')}"
    ),
]


@pytest.mark.parametrize(("why", "bad"), BAD, ids=[f"{w}-{i}" for i, (w, _) in enumerate(BAD)])
def test_a_bad_page_stops_a_reader(why, bad):
    assert why in [s.why for s in stops(bad, ["commissioner"])]


@pytest.mark.parametrize("good", GOOD)
def test_a_good_page_stops_nobody(good):
    assert stops(good, ["commissioner"]) == []


def test_letters_may_stand_on_the_second_sheet():
    second = page("<p>Words.</p>") + page("<p>QALYs and P10</p>")
    assert stops(second) == []


def test_every_passage_is_read_with_its_heading_and_the_column_over_it():
    found = passages(page(f"<p>One <b>two</b>.</p>{table('cash', '£3', '£2 to £4')}", "Money"))
    assert [(p.heading, p.over, p.words) for p in found] == [
        ("Money", "", "Money"),
        ("Money", "", "One two."),
        ("Money", "", "cash"),
        ("Money", "cash", "£3 (£2 to £4)"),
    ]
    assert {p.sheet for p in found} == {1}


amounts = st.floats(-1e8, 1e8, allow_nan=False).map(lambda v: round(v, 4))


@given(amounts, st.floats(1e-3, 1e8), st.sampled_from(["£", "", "bed-day", "d"]))
def test_what_is_told_never_stops_anybody(value, half, unit):
    low, high = value - half, value + half
    words = f"<p>{told(value, low, high, unit)} ({sure(low, high, unit)}).</p>"
    assert [s for s in stops(page(words)) if s.why.startswith("more digits")] == []


@given(amounts, st.floats(1e-3, 1e8))
def test_rounding_costs_no_more_than_a_fifth_of_the_interval(value, half):
    where = place(value - half, value + half)
    assert 10.0**where / 2 <= 0.2 * half * (1 + 1e-6)


@given(st.lists(st.floats(-500, 500, allow_nan=False), min_size=1, max_size=6), st.integers(-2, 2))
def test_rounded_parts_add_up_to_the_rounded_whole(parts, where):
    rounded, whole = adding_up(parts, sum(parts), where)
    assert sum(rounded) == pytest.approx(whole, abs=1e-6)
    assert whole == pytest.approx(sum(parts), abs=0.5001 * 10.0**where)
    assert all(abs(r - p) <= 1.0001 * 10.0**where for r, p in zip(rounded, parts, strict=True))
