"""What a sum needs: whole steps, equal service by Erlang's formula, and dates, each against a plain reckoning."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import ceil

import pytest
from hypothesis import assume, given, strategies as st

from cisim.claims import (
    Closing,
    Sum,
    Ward,
    chance_full,
    needed,
    parse_sum,
    parse_year,
    steps_supported,
    ward_of,
)
from cisim.errors import ModelError
from cisim.spec import Model
from cisim.textbook import loss_ward, mmc

BAY = Closing("a bay", 6, 890e3, 0.6)
WARD = Ward("beds", 60, 54.0, 3000.0)


def erlang(beds, offered):
    """The formula itself, by its terms."""
    terms = [1.0]
    for k in range(1, beds + 1):
        terms.append(terms[-1] * offered / k)
    return terms[-1] / sum(terms)


@pytest.mark.parametrize(
    ("text", "pounds", "year"),
    [
        ("1m recurrent", 1e6, None),
        ("£1m a year", 1e6, None),
        ("£250k", 250e3, None),
        ("£1,200,000 each year in 2026/27", 1.2e6, "2026/27"),
        ("£1m in 2026", 1e6, "2026"),
        ("GBP 500 thousand p.a.", 500e3, None),
    ],
)
def test_a_sum_as_a_board_says_it(text, pounds, year):
    made = parse_sum(text)
    assert made.pounds == pounds
    assert (made.year.name if made.year else None) == year


@pytest.mark.parametrize(
    "text", ["tuppence", "", "£0", "-£1m", "£1m in 2026/28", "£1m in next year", "1m beds", "£1m in 202"]
)
def test_a_sum_that_is_none(text):
    with pytest.raises(ModelError, match="AMOUNT: got"):
        parse_sum(text)


def test_years_are_calendar_or_financial():
    assert parse_year("2026").begins == date(2026, 1, 1)
    assert (parse_year("2026/27").begins, parse_year("2026-27").ends) == (date(2026, 4, 1), date(2027, 4, 1))


sums = st.integers(1, 60).map(lambda n: 50_000.0 * n)
wards = st.builds(
    lambda beds, share, patients: Ward("w", beds, beds * share / 100, 50.0 * patients),
    st.integers(20, 90), st.integers(50, 140), st.integers(10, 200),
)  # fmt: skip
bays = st.builds(
    lambda step, saves, stays: Closing("c", step, 1e5 * saves, stays / 100),
    st.integers(1, 8), st.integers(1, 15), st.integers(0, 90),
)  # fmt: skip


@given(sums, bays, wards)
def test_the_fewest_whole_steps_at_as_good_a_service(pounds, closing, ward):
    steps = ceil(pounds / closing.cash - 1e-9)
    assume(steps <= closing.most_steps(ward))
    need = needed(Sum(pounds), closing, ward)
    left = ward.beds - need.beds
    assert need.steps == steps
    assert need.cash >= pounds * (1 - 1e-9)
    assert (need.steps - 1) * closing.cash < pounds
    # As many find all beds full, and one in a thousand more patients would be too many.
    assert erlang(left, need.offered) == pytest.approx(erlang(ward.beds, ward.offered), rel=1e-6)
    # The same patients, each as much shorter: release = patients served x days less
    assert need.bed_days == pytest.approx(ward.patients * (1 - ward.full) * (ward.stay - need.stay), rel=1e-6)
    assert need.stay < ward.stay
    # Fewer beds are never as full at the same service.
    assert need.occupancy < ward.occupancy


@given(sums, bays, wards, st.floats(0.1, 10))
def test_money_is_only_a_scale(pounds, closing, ward, scale):
    assume(ceil(pounds / closing.cash - 1e-6) == ceil(pounds / closing.cash + 1e-6))
    assume(ceil(pounds / closing.cash) <= closing.most_steps(ward))
    one = needed(Sum(pounds), closing, ward)
    other = needed(Sum(pounds * scale), replace(closing, saves=closing.saves * scale), ward)
    assert (one.steps, one.stay, one.occupancy) == (other.steps, other.stay, other.occupancy)


@given(bays, wards)
def test_the_stay_that_is_needed_is_the_stay_that_supports_it(closing, ward):
    assume(closing.most_steps(ward) >= 1)
    need = needed(Sum(closing.cash), closing, ward)
    assert steps_supported(closing, ward, need.offered * 0.999) >= 1
    assert steps_supported(closing, ward, need.offered * 1.001) == 0
    assert steps_supported(closing, ward, ward.offered) == 0


@given(st.integers(1, 40), st.floats(0, 2))
def test_the_whole_sum_lands_in_the_year_on_the_last_day_and_not_a_day_later(sum_in_ten_thousands, after):
    wanted = Sum(10_000.0 * sum_in_ten_thousands, parse_year("2026/27"))
    need = needed(wanted, replace(BAY, after=after), WARD)
    landed = need.cash * (wanted.year.ends - need.closed_by).days / 365
    assert landed >= wanted.pounds * (1 - 1e-9)
    assert need.cash * ((wanted.year.ends - need.closed_by).days - 1) / 365 < wanted.pounds
    assert need.closed_by - need.decided_by >= timedelta(days=after * 365.25 - 1)
    assert need.lands == (need.decided_by >= date(2026, 4, 1))


def test_more_steps_may_close_later():
    wanted = parse_sum("£300k in 2026")
    few, more = (needed(wanted, replace(BAY, after=0.5), WARD, more=n) for n in (0, 1))
    assert not few.lands
    assert more.lands
    assert more.closed_by > few.closed_by


@pytest.mark.parametrize(
    ("closing", "pounds", "words"),
    [
        (BAY, 30e6, "want at most"),
        (replace(BAY, most=1), 500e3, "1 such steps may close"),
        (replace(BAY, stay=55), 300e3, "0 such steps may close"),
        (replace(BAY, stranded=1.0), 300e3, "want less of it stranded"),
        (replace(BAY, saves=1.0), 300e3, "is the amount in pounds"),
    ],
)
def test_what_the_ward_cannot_give(closing, pounds, words):
    with pytest.raises(ModelError, match=words):
        needed(Sum(pounds), closing, WARD)


def test_a_ward_is_read_from_its_model():
    ward = ward_of(
        loss_ward(arrivals_per_hour=1.6, stay={"lognormal": {"mean": "5 h", "sd": "10 h"}}, beds=10), "bed"
    )
    assert (ward.beds, ward.offered) == (10, pytest.approx(8.0))
    assert ward.stay == pytest.approx(5 / 24)
    assert ward.patients == pytest.approx(1.6 * 24 * 365.25)
    assert ward.full == pytest.approx(chance_full(10, 8.0))


def test_pools_that_are_no_ward_are_refused():
    with pytest.raises(ModelError, match="want a pool of the model"):
        ward_of(loss_ward(arrivals_per_hour=1, stay="5 h", beds=10), "beds of iron")
    with pytest.raises(ModelError, match="want a pool of beds"):
        ward_of(mmc(arrivals_per_hour=1, service="5 min", servers=2), "server")
    nobody = {
        "cisim": 1, "model": "m", "start": "2024-01-01",
        "pools": {"ward": {"number": 3}, "all": {"number": "unlimited"}},
        "pathways": {"p": {"arrivals": {"rate": "1 per day"}, "steps": [{"leave": "home"}]}},
    }  # fmt: skip
    model = Model.model_validate(nobody)
    with pytest.raises(ModelError, match="nobody asks"):
        ward_of(model, "ward")
    with pytest.raises(ModelError, match="unlimited"):
        ward_of(model, "all")
