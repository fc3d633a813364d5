"""Checks pass what is right at the stated rate, catch each way of being wrong, and a model is never fit unchecked."""

import math

import numpy as np
import pytest

from cisim.calibrate import (
    Validation,
    census_age_check,
    coverage_check,
    days_check,
    little_check,
    pit_check,
    predicted_check,
)
from cisim.errors import ModelError

RNG = np.random.default_rng(7)


def test_the_even_places_are_refused_once_in_a_hundred_times():
    refused = sum(not pit_check("days", "arrivals", RNG.random(200)).passed for _ in range(2000))
    assert abs(refused - 20) < 4 * math.sqrt(20) + 5  # Kolmogorov's limit errs a little to the safe side


@pytest.mark.parametrize(
    ("places", "words"),
    [
        (RNG.beta(2, 1, 400), "more came than"),
        (RNG.beta(1, 2, 400), "less came than"),
        (RNG.beta(0.5, 0.5, 400), "too narrow"),
        (RNG.beta(3, 3, 400), "too wide"),
    ],
)
def test_each_way_of_being_wrong_is_told(places, words):
    check = pit_check("days", "arrivals", places)
    assert not check.passed
    assert words in check.words
    assert pit_check("days", "arrivals", places[:20], block=7).words.count("p =") == 1


def test_intervals_that_hold_less_often_than_they_say_fail():
    assert coverage_check("days", "arrivals", RNG.random(500) < 0.95, 0.95).passed
    assert not coverage_check("days", "arrivals", np.arange(500) % 10 != 0, 0.95).passed
    assert "wider" in coverage_check("days", "arrivals", np.ones(500, bool), 0.95).words
    assert not coverage_check("days", "arrivals", np.ones(500, bool), 0.5).passed


def test_held_numbers_from_the_same_source_pass_99_times_in_a_hundred():
    def numbers():
        return dict(zip("abcd", RNG.normal(10, 2, 4), strict=True))

    failed = sum(
        not predicted_check("stay", "stay", numbers(), [numbers() for _ in range(25)]).passed
        for _ in range(1000)
    )
    assert abs(failed - 10) < 4 * math.sqrt(10)
    assert not predicted_check("stay", "stay", {"a": 25.0}, [numbers() for _ in range(25)]).passed
    with pytest.raises(ModelError, match="20 or more"):
        predicted_check("stay", "stay", {"a": 25.0}, [numbers() for _ in range(5)])
    with pytest.raises(ModelError, match="without z"):
        predicted_check("stay", "stay", {"z": 25.0}, [numbers() for _ in range(25)])


def in_bed(stay, rate=20.0, days=400):
    """Admissions at a rate, and the elapsed stays of those found in bed at midnights of the second half."""
    begin = np.sort(RNG.uniform(0, days, int(rate * days)))
    end = begin + stay(len(begin))
    ages = [(d - begin)[(begin <= d) & (end > d)] for d in range(days // 2, days)]
    return begin, end, ages


@pytest.mark.parametrize("stay", [lambda n: RNG.exponential(5, n), lambda n: RNG.lognormal(1, 1, n)])
def test_what_must_hold_of_any_records_holds_and_what_cannot_be_is_caught(stay):
    begin, end, ages = in_bed(stay)
    census = np.mean([len(a) for a in ages])
    assert little_check(census, 20.0, (end - begin).mean(), tolerance=0.06).passed
    assert census_age_check(np.concatenate(ages), end - begin).passed
    assert not little_check(census, 20.0, (end - begin).mean() * 1.3).passed
    short = np.minimum(end - begin, 4.0)  # stays cut off at four days, the census not
    assert not census_age_check(np.concatenate(ages), short).passed


def test_a_model_is_calibrated_only_by_what_it_has_not_seen():
    good = pit_check("days", "arrivals", RNG.random(300))
    bad = pit_check("hours", "hours", RNG.beta(0.3, 0.3, 300))
    true_anyhow = little_check(100.0, 20.0, 5.0)
    assert Validation("ward", "2015", "2016", (good, true_anyhow)).calibrated
    assert Validation("ward", "2015", "2016", (true_anyhow,)).reasons() == (
        "nothing was held out: a model is judged by what it has not seen",
    )
    refused = Validation("ward", "2015", "2016", (good, bad))
    with pytest.raises(ModelError, match="too narrow"):
        refused.require()
    by_name = {p.name: p for p in refused.purposes()}
    assert by_name["How many patients come on a day, and how far that can be from the mean"].fit
    assert not by_name["When in the day patients come, leave or wait"].fit
    assert "not checked" in by_name["How long patients stay, the longest stays included"].why
    broken = Validation("ward", "2015", "2016", (good, little_check(150.0, 20.0, 5.0)))
    assert not any(p.fit for p in broken.purposes())
    assert "NOT calibrated" in broken.told()


def foretold_days(rng, alike):
    """Return 84 days that share what is not known of their mean, each like the one before it or not."""
    mean, wave = 20 * math.exp(0.05 * rng.normal()), np.zeros(84)
    for i in range(1, 84):
        wave[i] = alike * wave[i - 1] + math.sqrt(1 - alike**2) * rng.normal()
    return np.rint(mean + 4 * wave).tolist()


@pytest.mark.parametrize("alike", [0.0, 0.8])
def test_days_as_they_were_foretold_pass_however_alike_they_are(alike):
    rng = np.random.default_rng(5)
    failed = sum(
        not days_check(
            "days", "arrivals", foretold_days(rng, alike), [foretold_days(rng, alike) for _ in range(30)]
        ).passed
        for _ in range(100)
    )
    assert failed <= 5  # of 100 that fail once in a hundred times: more than 5 once in two thousand


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda days: [x + 8 for x in days], "more than was foretold"),
        (lambda days: [x - 8 for x in days], "fewer than was foretold"),
        (lambda days: [20 + 3 * (x - np.mean(days)) for x in days], "too narrow a forecast"),
        (lambda days: [20.0 for _ in days], "too wide a forecast"),
    ],
)
def test_days_that_were_not_foretold_fail_and_say_how(wrong, words):
    rng = np.random.default_rng(6)
    check = days_check(
        "days", "arrivals", wrong(foretold_days(rng, 0)), [foretold_days(rng, 0) for _ in range(30)]
    )
    assert not check.passed
    assert words in check.words
    assert len(check.places) == 84
    with pytest.raises(ModelError, match="got 5 simulations"):
        days_check("days", "arrivals", [1.0], [[1.0]] * 5)
