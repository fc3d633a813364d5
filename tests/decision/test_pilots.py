"""Pilots against closed forms: what a study of each size is worth, what it could change, and what waiting costs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cisim.decision import Observed, Study, affected, evsi, findings, prior_size, still_to_come, weigh
from cisim.errors import ModelError
from cisim.value import NICE_RATE

DRAWS = 8_000
RNG = np.random.default_rng(5)


def unit_loss(mean, spread):
    """Return E max(0, X) - max(0, mean) of a normal."""
    z = abs(mean) / spread
    return spread * stats.norm.pdf(z) - abs(mean) * stats.norm.sf(z)


def close(weighed, wanted, sigmas=4.0):
    for worth, want in zip(weighed.worth, wanted, strict=True):
        assert abs(worth.value - want) < sigmas * worth.se + 1e-12, (worth, want)


@pytest.fixture(scope="module")
def normal():
    """Reference case N7: p1 normal (1, 1), p2 normal (0, 2), net benefits 0 and p1 - p2."""
    values = {"p1": RNG.normal(1, 1, DRAWS), "p2": RNG.normal(0, 2, DRAWS)}
    return np.c_[np.zeros(DRAWS), values["p1"] - values["p2"]], values


def test_a_mean_agrees_with_the_closed_form_at_every_size_and_with_the_conjugate_check(normal):
    benefit, values = normal
    sizes = (1, 10, 100)
    found = weigh(benefit, values, Study("p1", (Observed("p1", sd=1.0),), sizes))
    wanted = [unit_loss(1, np.sqrt(n / (n + 1))) for n in sizes]
    assert wanted == pytest.approx([0.0251272708, 0.0723251203, 0.0821176056], abs=1e-9)
    close(found, wanted)
    for worth, check, want in zip(found.worth, found.check, wanted, strict=True):
        assert abs(check.value - want) < 4 * check.se
        assert abs(check.value - worth.value) < 4 * (check.se + worth.se)
    assert found.worth[0].value < found.worth[1].value < found.worth[2].value


def test_two_numbers_at_once_and_observations_by_the_dozen(normal):
    benefit, values = normal
    both = Study("both", (Observed("p1", sd=1.0, each=12), Observed("p2", sd=3.0)), (5,))
    moved = np.sqrt(60 / 61 * 1 + 4 * 5 / (5 + 9 / 4))
    close(weigh(benefit, values, both), [unit_loss(1, moved)])


def test_a_share_agrees_with_the_beta_binomial():
    a, b, pounds, cost = 3.0, 5.0, 100.0, 40.0
    share = RNG.beta(a, b, DRAWS)
    benefit = np.c_[np.zeros(DRAWS), pounds * share - cost]
    sizes = (5, 40)
    found = weigh(benefit, {"share": share}, Study("notes", (Observed("share", "share"),), sizes))
    now = max(0.0, pounds * a / (a + b) - cost)
    wanted = []
    for n in sizes:
        k = np.arange(n + 1)
        then = np.maximum(pounds * (a + k) / (a + b + n) - cost, 0.0)
        wanted.append(float(stats.betabinom.pmf(k, n, a, b) @ then) - now)
    close(found, wanted)
    assert prior_size(Observed("share", "share"), share) == pytest.approx(a + b, rel=0.1)


def test_a_rate_agrees_with_the_negative_binomial():
    shape, rate, pounds, cost = 4.0, 2.0, 10.0, 22.0
    events = RNG.gamma(shape, 1 / rate, DRAWS)
    benefit = np.c_[np.zeros(DRAWS), pounds * events - cost]
    study = Study("count", (Observed("events", "rate", each=0.5),), (2, 20))
    wanted = []
    for n in study.sizes:
        time = 0.5 * n
        k = np.arange(400)
        then = np.maximum(pounds * (shape + k) / (rate + time) - cost, 0.0)
        wanted.append(float(stats.nbinom.pmf(k, shape, rate / (rate + time)) @ then))
    close(weigh(benefit, {"events": events}, study), wanted)
    assert prior_size(study.measures[0], events) == pytest.approx(rate / 0.5, rel=0.1)


def test_what_would_be_chosen_turns_where_the_posterior_mean_does(normal):
    benefit, values = normal
    found = weigh(benefit, values, Study("p1", (Observed("p1", sd=2.0),), (4,)))
    # four observations of variance 4 weigh as much as what is known: the mean after them is half way
    turning = -1.0
    likely, seldom = found.chosen
    assert (likely.strategy, seldom.strategy) == (1, 0)
    assert likely.found[0][0] == pytest.approx(turning, abs=0.15) == seldom.found[0][1]
    assert seldom.chance == pytest.approx(stats.norm.cdf((turning - 1) / np.sqrt(2)), abs=0.02)
    assert sum(one.chance for one in found.chosen) == pytest.approx(1)


def test_what_changes_nothing_is_not_worth_running_and_it_says_so(normal):
    benefit, values = normal
    values = {**values, "colour": RNG.normal(0, 1, DRAWS)}
    found = weigh(benefit, values, Study("colour", (Observed("colour", sd=1.0),), (10, 1000), fixed=0.05))
    assert found.verdict == "do not run"
    assert found.sampling.best is None
    # and what would pay is said to be worth running, with its best size inside the sizes tried
    sizes = (1, 5, 10, 20, 50, 200)
    good = weigh(
        benefit, values, Study("p1", (Observed("p1", sd=1.0),), sizes, fixed=1, each=0.1), people=1000
    )
    exact = [1000 * unit_loss(1, np.sqrt(n / (n + 1))) - 1 - 0.1 * n for n in sizes]
    assert good.verdict == "run"
    assert sizes[good.place] in {20, 50}
    assert int(np.argmax(exact)) in {3, 4}
    assert good.sure > 0.99


def test_waiting_and_people_are_discounted_year_by_year(normal):
    benefit, values = normal
    # reference case N22: a hundred a year for ten years, discrete annuity-due
    people = affected(100, 10, NICE_RATE)
    assert people == pytest.approx(860.7686508868, abs=1e-9)
    left = still_to_come(0.25, 10, NICE_RATE)
    assert left == pytest.approx(1 - 25 / people, abs=1e-12)
    assert still_to_come(1.5, 10, NICE_RATE) == pytest.approx(1 - (100 + 50 / 1.035) / people, abs=1e-12)
    study = Study("p1", (Observed("p1", sd=1.0),), (10,), fixed=7, each=0.5, delay=0.25, serves=2)
    found = weigh(benefit, values, study, people=people, left=left, nothing=0)
    gain = float(benefit[:, 1].mean())
    assert found.lost == pytest.approx(people * gain * (1 - left))
    assert found.sampling.net[0] == pytest.approx(
        2 * left * people * found.worth[0].value - 7 - 5 - found.lost, rel=1e-12
    )
    stated = weigh(benefit, values, Study("p1", study.measures, (10,), meanwhile=3.0), left=left, nothing=0)
    assert stated.lost == 3.0


def test_where_there_is_nothing_to_choose_nothing_is_worth_running(normal):
    benefit, values = normal
    found = weigh(benefit[:, :1], values, Study("p1", (Observed("p1", sd=1.0),), (1, 10), fixed=1))
    assert found.verdict == "do not run"
    assert found.sampling.net.tolist() == [-1, -1]
    assert [one.strategy for one in found.chosen] == [0]


def test_luck_is_the_same_at_every_size(normal):
    _, values = normal
    study = Study("p1", (Observed("p1", sd=1.0),), (4, 16))
    small, large = (findings(study, values, size)[:, 0] - values["p1"] for size in study.sizes)
    assert small == pytest.approx(2 * large)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Observed("p", "guess"), "want one of mean, share, rate"),
        (lambda: Observed("p"), "how much one observation varies"),
        (lambda: Observed("p", "share", each=0), "want more than 0"),
        (lambda: Study("s", (), (1,)), "want what the study would measure"),
        (lambda: Study("s", (Observed("p", "share"),), (5, 5)), "rising"),
        (lambda: Study("s", (Observed("p", "share"),), (5,), fixed=-1), "below 0"),
        (
            lambda: findings(Study("s", (Observed("pq", "share"),), (5,)), {"pp": [0.5]}, 5),
            "known: 'pp'",
        ),
        (lambda: findings(Study("s", (Observed("p", "share"),), (5,)), {"p": [1.5]}, 5), "want a share"),
        (lambda: findings(Study("s", (Observed("p", "rate"),), (5,)), {"p": [-1.0]}, 5), "want a rate"),
        (lambda: still_to_come(10, 10, NICE_RATE), "within the 10 years"),
    ],
)
def test_what_cannot_be_is_refused(make, text):
    with pytest.raises(ModelError, match=text):
        make()


def conjugate(by, rng, n=4000):
    """Return a number known as its conjugate family has it, a study of it, and what the study is worth exactly."""
    size = float(rng.choice([5, 20, 100]))
    even = (np.arange(4000) + 0.5) / 4000
    if by == "share":
        a, b = rng.uniform(1, 20, 2)
        truth, mean = rng.beta(a, b, n), a / (a + b)
        seen = np.arange(size + 1)
        chance, after = stats.betabinom.pmf(seen, size, a, b), (a + seen) / (a + b + size)
    elif by == "rate":
        a, b = rng.uniform(2, 40), rng.uniform(0.5, 20)
        truth, mean = rng.gamma(a, 1 / b, n), a / b
        seen = stats.nbinom.ppf(even, a, b / (b + size))
        chance, after = np.full(len(even), 1 / len(even)), (a + seen) / (b + size)
    else:
        a, b = rng.uniform(4, 40), rng.uniform(10, 100)
        truth, mean = b / rng.gamma(a, 1, n), b / (a - 1)
        seen = b * stats.betaprime.ppf(even, size, a)
        chance, after = np.full(len(even), 1 / len(even)), (b + seen) / (a + size - 1)
    spread = float(truth.std())
    break_even = mean + rng.uniform(-1, 1) * spread
    benefit = np.c_[np.zeros(n), truth - break_even + rng.normal(0, spread * rng.uniform(0, 1), n)]
    exact = float(chance @ np.maximum(after - break_even, 0.0)) - max(mean - break_even, 0.0)
    return benefit, truth, Study("s", (Observed("p", by),), (size,)), exact


@pytest.mark.parametrize("by", ["share", "rate", "time"])
def test_counts_and_times_are_worth_what_their_conjugate_families_say(by):
    """Sixty generated problems of each kind: estimates within three of their own standard errors in 95 of 100."""
    rng = np.random.default_rng(20 + len(by))
    errors = []
    for _ in range(60):
        benefit, truth, study, exact = conjugate(by, rng)
        found = evsi(benefit, findings(study, {"p": truth}, study.sizes[0]))
        errors.append((found.value - exact) / max(found.se, 1e-12))
    assert (np.abs(errors) < 3).mean() >= 0.95
    assert abs(np.mean(errors)) < 4 / np.sqrt(
        60
    )  # of 1,500 draws the bias of a highest mean shows; it falls as 1/n
