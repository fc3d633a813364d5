"""Durations: against SciPy's censored fits, known families found again, and bias where censoring is forgotten."""

import json
import math

import numpy as np
import pytest
from scipy import stats

from cisim import read_model
from cisim.calibrate import fit_duration, product_limit, stays
from cisim.distributions import Empirical, Gamma, Lognormal, Mixture, Weibull
from cisim.errors import ModelError

RNG = np.random.default_rng(20)


def watched(true, window=30.0, n=1500):
    """Stays of which some begin before a window opens and some end after it closes; who left before is never seen."""
    begin = RNG.uniform(-60, window, n)
    end = begin + true
    known = end > 0
    begin, end = begin[known], end[known]
    return np.minimum(end, window) - begin, end <= window, np.maximum(-begin, 0.0)


@pytest.mark.parametrize("family", ["weibull", "lognormal", "gamma", "exponential"])
def test_censored_fits_are_those_of_scipy(family):
    """scipy.stats fits right-censored data by itself: the same likelihood, the same top."""
    true = RNG.weibull(1.4, 400) * 10
    until = RNG.uniform(2, 30, 400)
    value, seen = np.minimum(true, until), true <= until
    fit = fit_duration(value, seen, families=[family])
    data = stats.CensoredData.right_censored(value, ~seen)
    theirs = {
        "weibull": lambda: stats.weibull_min(*stats.weibull_min.fit(data, floc=0)),
        "lognormal": lambda: stats.lognorm(*stats.lognorm.fit(data, floc=0)),
        "gamma": lambda: stats.gamma(*stats.gamma.fit(data, floc=0)),
        "exponential": lambda: stats.expon(*stats.expon.fit(data, floc=0)),
    }[family]()
    assert fit.best.mean() == pytest.approx(theirs.mean(), rel=2e-3)
    assert fit.best.sd() == pytest.approx(theirs.std(), rel=4e-3)


@pytest.mark.parametrize(
    "true", [Lognormal(7.0, 9.0), Gamma(7.0, 4.0), Weibull(2.5, 7.0)], ids=["lognormal", "gamma", "weibull"]
)
def test_a_window_of_records_gives_back_the_family_and_its_numbers(true):
    """Left truncation and right censoring at once; who forgets the one stays longer, the other shorter."""
    value, seen, entered = watched(true.ppf(RNG.random(6000)), n=6000)
    fit = fit_duration(
        value, seen, entered, families=["exponential", "lognormal", "gamma", "weibull"], folds=5
    )
    assert fit.family == type(true).__name__.lower()
    for name, number in fit.numbers().items():
        truth = {"mean": true.mean(), "sd": true.sd(), "shape": getattr(true, "shape", 0.0)}[name]
        assert abs(math.log(number.value / truth)) < 4 * number.se
        assert number.se < 0.1
    se = fit.numbers()["mean"].se
    late_forgotten = fit_duration(value, seen, families=[fit.family])
    assert math.log(late_forgotten.best.mean() / fit.best.mean()) > 3 * se
    unseen_forgotten = fit_duration(value[seen], entered=entered[seen], families=[fit.family])
    assert math.log(unseen_forgotten.best.mean() / fit.best.mean()) < -3 * se
    assert all(q.inside for q in fit.quantiles)


def test_a_long_tail_of_another_kind_needs_a_mixture():
    true = Mixture((0.8, 0.2), (3.0, 30.0), (1.5, 15.0))
    fit = fit_duration(true.ppf(RNG.random(1500)), folds=5)
    assert fit.family == "mixture"
    assert fit.numbers()["shares.2"].value == pytest.approx(0.2, abs=0.05)
    assert fit.behind["lognormal"][0] > 3 * fit.behind["lognormal"][1]
    q = np.array([0.1, 0.5, 0.9])
    spread = np.array([d.ppf(q) for d in fit.draws(200, RNG)])
    assert (np.abs(spread.mean(axis=0) - true.ppf(q)) < 4 * spread.std(axis=0)).all()


def test_what_no_family_has_is_taken_as_seen_with_a_smooth_tail():
    """Three humps; the tail is exponential with mean 10, so its shape is near 0 and its scale near 10."""
    u = RNG.random(4000)
    x = np.where(u < 0.4, RNG.normal(2, 0.1, 4000), np.where(u < 0.8, RNG.normal(6, 0.1, 4000), 20))
    x = np.where(x == 20, 20 + RNG.exponential(10, 4000), x)
    fit = fit_duration(x, folds=4)
    assert fit.family == "empirical"
    assert isinstance(fit.best, Empirical)
    assert fit.best.mean() == pytest.approx(x.mean(), rel=0.03)
    assert fit.best.ppf(np.array([0.99]))[0] == pytest.approx(20 + 10 * math.log(20), rel=0.1)
    assert len(fit.draws(3, RNG)) == 3


def test_whole_days_are_fitted_as_rounded_and_may_be_0():
    true = Lognormal(3.0, 4.0).ppf(RNG.random(3000))
    fit = fit_duration(np.round(true), families=["lognormal"], resolution=1.0)
    mean = fit.numbers()["mean"]
    assert abs(math.log(mean.value / 3.0)) < 4 * mean.se
    with pytest.raises(ModelError, match="resolution"):
        fit_duration(np.round(true))


def test_the_product_limit_is_that_of_scipy_and_knows_late_entry():
    true = RNG.exponential(5, 300)
    until = RNG.uniform(0, 12, 300)
    value, seen = np.minimum(true, until), true <= until
    ours = product_limit(stays(value, seen))
    theirs = stats.ecdf(stats.CensoredData.right_censored(value, ~seen)).sf
    assert np.allclose(ours.longer, theirs.evaluate(ours.time))
    value, seen, entered = watched(RNG.exponential(5, 8000), n=8000)
    assert product_limit(stays(value, seen, entered)).quantile(0.5) == pytest.approx(
        5 * math.log(2), rel=0.08
    )
    low, high = ours.band(0.5)
    assert low < ours.quantile(0.5) < high
    at_once = product_limit(stays([0.0] * 10 + [1.0] * 30, zero=True))
    assert at_once.longer[0] == pytest.approx(0.75)


@pytest.mark.parametrize("family", ["exponential", "lognormal", "gamma", "weibull", "mixture", "empirical"])
def test_what_is_written_is_read_as_the_same_duration(family, tmp_path):
    x = Mixture((0.7, 0.3), (2.0, 15.0), (1.0, 9.0)).ppf(RNG.random(600))
    fit = fit_duration(x, families=[family])
    step = {"delay": "care", "duration": fit.words("made up", uncertain=False)}
    model = {
        "cisim": 1,
        "model": "fitted",
        "start": "2024-01-01",
        "pathways": {"in": {"arrivals": {"rate": "1 per day"}, "steps": [step, {"leave": "home"}]}},
    }
    (tmp_path / "model.yaml").write_text(json.dumps(model))
    read = read_model(tmp_path / "model.yaml").pathways["in"].steps[0].duration.distribution()
    assert read.mean() / 86_400_000 == pytest.approx(fit.best.mean(), rel=1e-3)
    assert read.sd() / 86_400_000 == pytest.approx(fit.best.sd(), rel=2e-3)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (([1.0] * 5,), "10 or more"),
        (([],), "10 or more"),
        ((["a", "b"],), "numbers"),
        (([3.0] * 50,), "3 each time"),
        (([3.0] * 50, [False] * 50), "0 ends seen"),
        (([1.0, -2.0] * 20,), "above 0"),
        (([1.0, 2.0] * 20, [True] * 3), "as many of each"),
        (([1.0, 2.0] * 20, None, [3.0] * 40), "not below the duration"),
    ],
)
def test_what_are_no_durations_is_refused(arguments, text):
    with pytest.raises(ModelError, match=text):
        fit_duration(*arguments)


def test_durations_that_look_rounded_are_told():
    hours = np.ceil(np.random.default_rng(1).exponential(5, 500))
    assert "rounded" in fit_duration(hours, families=["exponential", "lognormal"]).told()
    told = fit_duration(hours, resolution=1, families=["exponential", "lognormal"]).told()
    assert "rounded" not in told
    assert "rounded" not in fit_duration(RNG.exponential(5, 500), families=["exponential", "gamma"]).told()


def test_an_unknown_family_is_refused_with_the_nearest():
    with pytest.raises(ModelError, match="did you mean 'weibull'"):
        fit_duration(np.arange(1.0, 40), families=["weibul"])
    with pytest.raises(ModelError, match="each time"):
        fit_duration(np.full(300, 2.0), families=["empirical"])
