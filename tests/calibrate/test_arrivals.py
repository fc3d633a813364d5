"""Arrivals: known rates are found again, cisim sends what is written, and the score tells good from bad."""

import json
import math
from datetime import date, timedelta

import numpy as np
import pytest

from cisim import read_model, simulate
from cisim.calibrate import fit_arrivals, hourly_counts, predict_arrivals, score_arrivals
from cisim.errors import ModelError
from cisim.spec import bank_holidays
from cisim.units import DAY

START = date(2023, 1, 2)  # a Monday
HOUR_WEIGHTS = 1 + 0.6 * np.sin((np.arange(24) - 9) / 24 * 2 * np.pi)
WEEK = np.array([1.15, 1.0, 0.98, 0.98, 1.0, 0.95, 0.94])[:, None] * HOUR_WEIGHTS


def made_up(days, *, rate=100.0, cv=0.12, growth=0.0, seed=1):
    rng = np.random.default_rng(seed)
    weekday = np.arange(days) % 7
    mean = WEEK[weekday] / WEEK.mean() * rate / 24 * (1 + growth) ** (np.arange(days) / 365.25)[:, None]
    good = rng.gamma(1 / cv**2, cv**2, size=(days, 1)) if cv else 1.0
    return rng.poisson(mean * good)


def test_a_year_of_counts_gives_back_what_made_it():
    fit = fit_arrivals(made_up(364), START, season=False)
    rate, cv = fit.numbers()["rate"], fit.numbers()["day_effect.cv"]
    assert abs(math.log(rate.value / 100)) < 4 * rate.se
    assert (
        0.5 < rate.se / math.sqrt((1 / 100 + 0.12**2) / 364) < 2
    )  # the luck of 364 days, each over-dispersed
    assert fit.cv_interval[0] < 0.12 * 1.2
    assert fit.cv_interval[1] > 0.12 / 1.2
    assert abs(math.log(cv.value / 0.12)) < 4 * cv.se
    shares, se = fit.profile()
    z = np.log(shares / (WEEK / WEEK.sum())) / se
    assert shares.sum() == pytest.approx(1)
    assert (z**2).mean() < 2  # drawn towards each other, and still not further off than they say


def test_a_plain_poisson_has_no_good_and_bad_days():
    fit = fit_arrivals(made_up(364, cv=0), START, season=False)
    assert fit.cv_interval[0] == 0
    assert fit.cv_interval[1] < 0.1
    assert "luck" in fit.told() or fit.cv < 0.08


def test_growth_is_found_where_two_years_are_seen_and_not_asked_for_with_less():
    fit = fit_arrivals(made_up(3 * 365, growth=0.08), START, "hour", season=False)
    growth = fit.numbers()["growth"]
    assert abs(growth.value - 0.08) < 4 * growth.se
    assert growth.se < 0.01
    assert not fit_arrivals(made_up(400), START, "hour").growing


def holidays_made_up(factor, like, *, seed=1, days=1096, cv=0.12):
    rng = np.random.default_rng([seed, 7])
    dates = [START + timedelta(days=i) for i in range(days)]
    off = {day for year in {d.year for d in dates} for day in bank_holidays(year)}
    weekday = [like if d in off and like is not None else d.weekday() for d in dates]
    level = np.array([factor if d in off else 1.0 for d in dates])[:, None]
    good = rng.gamma(1 / cv**2, cv**2, size=(days, 1))
    return rng.poisson(WEEK[weekday] / WEEK.mean() * 100 / 24 * level * good)


def test_bank_holidays_are_found_foretold_and_written(tmp_path):
    """A Sunday's hours, a fifth fewer: found by hours and by number, and cisim sends as many on each of the days."""
    fit = fit_arrivals(holidays_made_up(0.8, 6), START, season=False, growth=False, bank_holidays="England")
    found = fit.numbers()["bank_holiday_factor"]
    assert abs(math.log(found.value / 0.8)) < 4 * found.se
    assert found.se < 0.05
    words = fit.words("made up", uncertain=False)
    assert words["bank_holidays"] == "Sun"
    assert "like Sun" in fit.told()
    words["rate"] = fit.words("made up")["rate"]["uncertain"]["lognormal"]["mean"]
    model = {
        "cisim": 1, "model": "fitted", "start": "2024-12-23",
        "pathways": {"emergency": {"arrivals": words, "steps": [{"leave": "home"}]}},
    }  # fmt: skip
    (tmp_path / "model.yaml").write_text(json.dumps(model))
    written = read_model(tmp_path / "model.yaml")
    mean = predict_arrivals(fit, date(2024, 12, 23), 5).sum(axis=1)
    sent = [simulate(written, d * DAY, seed=1).integrals.expected["emergency"] for d in range(1, 6)]
    assert np.diff([0, *sent]) == pytest.approx(mean, rel=3e-3)
    assert mean[2] < 0.9 * mean[1]  # Christmas Day


def test_of_bank_holidays_like_other_days_nothing_is_claimed():
    counts = holidays_made_up(1.0, None, days=731)
    fit = fit_arrivals(counts, START, season=False, growth=False, bank_holidays="England")
    assert fit.holidays.factor is None
    assert "no difference" in fit.told()
    assert "bank_holiday_factor" not in fit.words("made up")
    plain = fit_arrivals(counts, START, season=False, growth=False)
    assert fit.beta.tolist() == plain.beta.tolist()
    few = fit_arrivals(counts[:60], START, season=False, growth=False, bank_holidays="SE")
    assert "too few" in few.told()


def test_hours_in_which_nobody_comes_are_fitted_as_such_and_told():
    counts = made_up(364)
    counts[:, :7] = 0
    fit = fit_arrivals(counts, START, season=False)
    assert fit.profile()[0][:, :6].sum() < 1e-3
    assert "in which nobody came: 49" in fit.told()
    assert fit.numbers()["rate"].value == pytest.approx(counts.sum() / 364, rel=0.01)


def test_days_that_speak_against_the_model_are_told():
    gap = made_up(364)
    gap[100:110] = 0  # not recorded, and written as nobody
    assert "10 days have nobody at all" in fit_arrivals(gap, START, "hour", season=False).told()
    alike = np.full((100, 24), 3) + np.eye(24)[np.arange(100) % 24]
    assert "more alike than chance" in fit_arrivals(alike, START, "hour").told()
    assert not fit_arrivals(made_up(364), START, "hour", season=False).doubts


def test_hours_that_were_not_recorded_are_left_out_and_pull_nothing():
    counts = made_up(364).astype(float)
    whole = fit_arrivals(counts, START, "hour", season=False)
    counts[100:120, 5:17] = np.nan
    holed = fit_arrivals(counts, START, "hour", season=False)
    rate = whole.numbers()["rate"]
    assert abs(math.log(holed.numbers()["rate"].value / rate.value)) < 2 * rate.se


def test_what_is_written_is_what_cisim_sends(tmp_path):
    """The expectation of the model that was written is that of the fit, month by month, to the digits written."""
    fit = fit_arrivals(made_up(800, growth=0.05), START, season=True)
    model = {
        "cisim": 1,
        "model": "fitted",
        "start": START.isoformat(),
        "pathways": {
            "emergency": {"arrivals": fit.words("made up", uncertain=False), "steps": [{"leave": "home"}]}
        },
    }
    (tmp_path / "model.yaml").write_text(json.dumps(model))
    written = read_model(tmp_path / "model.yaml")
    for days in (31, 90, 400):
        expected = simulate(written, days * DAY, seed=1).integrals.expected["emergency"]
        assert expected == pytest.approx(predict_arrivals(fit, START, days).sum(), rel=2e-3)
    log = simulate(written, 400 * DAY, seed=1)
    counts = hourly_counts(log.time[log.event == 0], 400)
    again = fit_arrivals(counts, START, season=True)
    assert again.cv_interval[0] * 0.9 < fit.cv < again.cv_interval[1] * 1.1


def test_the_score_prefers_the_truth_to_a_plain_poisson_of_another_level():
    fit = fit_arrivals(made_up(364), START, season=False)
    later = made_up(182, seed=2)
    held = score_arrivals(fit, later, START, WEEK / WEEK.mean() * 100 / 24)
    assert held.gain_interval[0] > 0  # the good and bad days alone
    assert abs(held.covered[0.9] - 0.9) < 4 * math.sqrt(0.09 / 182)
    assert abs(np.mean(held.day_pit) - 0.5) < 4 / math.sqrt(12 * 182)
    worse = score_arrivals(fit, made_up(182, rate=125, seed=3), START, WEEK / WEEK.mean() * 125 / 24)
    assert worse.gain_interval[1] < 0
    assert worse.mean_error == pytest.approx(0.25, abs=0.05)
    assert worse.covered[0.9] < 0.75


@pytest.mark.parametrize(
    ("counts", "shape", "season", "text"),
    [
        (np.ones((10, 24)), "hour", None, "28 days"),
        (np.ones((40, 24)) * 0.5, "hour", None, "whole numbers"),
        (np.ones((40, 24)) * -1, "hour", None, "whole numbers"),
        (np.ones((40, 24)), "hours", None, "did you mean"),
        (np.ones((40, 24)), "hour", True, "no counts of Mar"),
        (np.ones((40, 24)), "hour", "England", "Mondays"),
        (np.ones((40, 24)), "hour of the week", "Sweeden", "Northern Ireland"),
        (np.ones((40, 24)), "hour of the week", "US-ZZ", "US-IA"),
    ],
)
def test_what_cannot_be_fitted_is_refused(counts, shape, season, text):
    asked = {"bank_holidays": season} if isinstance(season, str) else {"season": season}
    with pytest.raises(ModelError, match=text):
        fit_arrivals(counts, START, shape, **asked)
