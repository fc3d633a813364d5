"""Rounds that are in a simulated log are found at their times and no others; records without any raise no alarm."""

import numpy as np
import pytest

from cisim import simulate, textbook
from cisim.calibrate import find_batches, find_rounds, fit_return
from cisim.errors import ModelError
from cisim.eventlog import Event
from cisim.units import DAY, HOUR, MINUTE

RNG = np.random.default_rng(11)
SHAPE = 1 + 0.8 * np.sin((np.arange(24) - 9) / 24 * 2 * np.pi)


def daily(days, rate, shape=SHAPE, cv=0.0):
    """Times of things that come by an hourly profile, with good and bad days."""
    mean = np.repeat([shape / shape.mean() * rate / 24], days, axis=0)
    if cv:
        mean = mean * RNG.gamma(1 / cv**2, cv**2, size=(days, 1))
    number = RNG.poisson(mean).ravel()
    return np.repeat(np.arange(days * 24), number) * HOUR + RNG.integers(0, HOUR, number.sum())


def test_the_rounds_of_a_simulated_ward_are_found_and_no_others():
    """The model starts on a Monday; its patients are seen Monday and Thursday at nine."""
    model = textbook.round_wait(arrivals_per_hour=0.5, openings=["Mon 09:00", "Thu 09:00"])
    log = simulate(model, 40 * 7 * DAY, seed=2)
    seen = log.time[log.event == Event.BEGIN]
    came = log.time[log.event == Event.ARRIVE]
    rounds = find_rounds(seen, model.start.weekday(), joined=came)
    assert rounds.words() == {"openings": ["Mon 09:00", "Thu 09:00"]}
    assert rounds.share > 0.9
    assert "Records without any round" in rounds.told()


def test_a_round_of_an_hour_among_things_at_all_hours_is_found():
    """A third of the things happen on weekdays between ten and eleven, the rest by a profile of the day."""
    days = 26 * 7
    usual = daily(days, 8)
    weekdays = np.flatnonzero(np.arange(days) % 7 < 5)
    rounds = np.concatenate([d * DAY + 10 * HOUR + RNG.integers(0, HOUR, RNG.poisson(6)) for d in weekdays])
    found = find_rounds(np.concatenate([usual, rounds]), 0)
    assert [o.day for o in found.openings] == [0, 1, 2, 3, 4]
    assert all(abs(o.minute - 600) <= 10 and 45 <= o.lasts <= 75 for o in found.openings)
    assert found.share == pytest.approx(len(rounds) / (len(rounds) + len(usual)), abs=0.08)


@pytest.mark.parametrize("cv", [0.0, 0.4])
def test_records_without_rounds_raise_no_alarm_more_often_than_said(cv):
    """At 10% the alarm is to be rare, whatever the profile and the days: exact tests are on the safe side."""
    alarms = sum(
        bool(find_rounds(daily(12 * 7, 20, cv=cv), alarm=0.1, least=1.0).openings) for _ in range(60)
    )
    assert alarms <= 13  # the 99% point of a binomial with 60 tries at 10%


def noisy_round(seed, *, minutes=1, missed=0.0, weeks=26):
    """Twice a week about six are seen within 90 minutes, early or late; 30% of all stamps are of other things."""
    rng = np.random.default_rng(seed)
    out = []
    for start in (7 * DAY * w + at for w in range(weeks) for at in (9 * HOUR, 3 * DAY + 14 * HOUR)):
        if rng.random() >= missed:
            late = rng.normal(0, 10)
            out += (start + (late + rng.uniform(0, 90, rng.poisson(6))) * MINUTE).tolist()
    others = int(len(out) * 0.3 / 0.7)
    hours = rng.choice(24, others, p=SHAPE / SHAPE.sum()) * HOUR
    out += (rng.integers(0, weeks * 7, others) * DAY + hours + rng.integers(0, HOUR, others)).tolist()
    step = minutes * MINUTE
    return np.floor(np.maximum(out, 0) / step).astype(np.int64) * step


@pytest.mark.parametrize(("minutes", "missed"), [(1, 0.0), (15, 0.0), (15, 0.2), (60, 0.2)])
def test_rounds_twice_a_week_are_found_in_noisy_stamps(minutes, missed):
    for seed in range(4):
        found = find_rounds(noisy_round(seed, minutes=minutes, missed=missed))
        assert [o.day for o in found.openings] == [0, 3]
        assert all(
            abs(o.minute - at * 60) <= max(45, minutes) for o, at in zip(found.openings, (9, 14), strict=True)
        )
        assert 0.4 < found.share < 0.75


def test_stamps_written_to_the_hour_are_no_rounds():
    for seed in range(5):
        stamps = daily(52 * 7, 4 + seed) // HOUR * HOUR
        assert not find_rounds(stamps).openings


def test_what_arrivals_explain_is_no_round():
    """Clinics at nine bring many at nine, who are seen when they come."""
    clinics = np.concatenate(
        [d * DAY + 9 * HOUR + RNG.integers(0, 30 * MINUTE, 12) for d in range(0, 26 * 7, 7)]
    )
    came = np.concatenate([daily(26 * 7, 6), clinics])
    seen = came + RNG.integers(0, 5 * MINUTE, len(came))
    assert find_rounds(seen).openings
    assert not find_rounds(seen, joined=came).openings


def test_batches_of_four_are_told_from_things_on_their_own():
    walks = np.repeat(np.sort(RNG.integers(0, 60 * DAY, 200)), 4) + RNG.integers(0, 20_000, 800)
    found = find_batches(walks)
    assert found.batched
    assert found.size == 4
    alone = find_batches(daily(60, 40))
    assert not alone.batched
    assert abs(alone.share - alone.by_chance) < 0.02
    assert "no batches" in alone.told()


def test_who_comes_back_is_found_though_half_were_followed_for_a_month_only():
    back = RNG.random(6000) < 0.25
    true = np.where(back, RNG.gamma(1.5, 20, 6000), np.inf)
    followed = np.where(RNG.random(6000) < 0.5, 30.0, 400.0)
    fit = fit_return(np.minimum(true, followed), true <= followed, family="gamma")
    low, high = fit.share.interval(0.999)
    assert low < 0.25 < high
    assert fit.interval.mean() == pytest.approx(30, rel=0.15)
    assert (true <= followed).mean() < 0.22
    assert fit.within(30) == pytest.approx((true <= 30).mean(), abs=0.02)
    drawn = [share for share, _ in fit.draws(300, RNG)]
    assert np.std(drawn) == pytest.approx(fit.share.se * 0.25 * 0.75, rel=0.3)


def test_too_little_is_refused():
    with pytest.raises(ModelError, match="four weeks"):
        find_rounds(np.arange(100) * HOUR)
    with pytest.raises(ModelError, match="fill the day"):
        find_rounds(daily(60, 20), slot=37)
    with pytest.raises(ModelError, match="20 or more"):
        find_batches([1, 2, 3])
    with pytest.raises(ModelError, match="10 or more"):
        fit_return([1.0] * 20, [True] * 20)
