"""Distributions from moments, intervals, quantiles and shares, against published values."""

import math

import numpy as np
import pytest

from cisim.distributions import Beta, Gamma, Lognormal, Normal
from cisim.errors import ModelError
from cisim.fitting import dirichlet, dirichlet_draws, from_quantiles, from_ratio
from cisim.streams import address, uniforms


def test_moments_give_the_published_parameters():
    for (mean, sd), want in {
        (0.5, 0.2): (2.625, 2.625),
        (0.1, 0.05): (3.5, 31.5),
        (0.02, 0.02): (0.96, 47.04),
    }.items():
        assert Beta(mean, sd).parameters() == pytest.approx(want, abs=1e-9)
    for (mean, sd), want in {
        (1, 3): (-1.1512925465, 1.5174271294),
        (1000, 250): (6.8774429681, 0.2462206771),
    }.items():
        assert Lognormal(mean, sd).log_parameters() == pytest.approx(want, abs=1e-9)
    for (mean, sd), (shape, scale) in {(100, 1): (10_000, 0.01), (345, 69): (25, 13.8)}.items():
        from scipy import stats

        u = np.array([0.1, 0.5, 0.9])
        assert Gamma(mean, sd).ppf(u) == pytest.approx(stats.gamma(shape, scale=scale).ppf(u), rel=1e-9)


@pytest.mark.parametrize("sd", [0.5, 0.6])
def test_a_share_too_wide_is_refused_with_the_reason(sd):
    with pytest.raises(ModelError, match=r"sd below sqrt\(mean \* \(1 - mean\)\)"):
        Beta(0.5, sd)


def test_a_relative_risk_has_its_point_as_median_and_a_higher_mean():
    risk = from_ratio(0.80, 0.65, 0.98)
    assert risk.log_parameters() == pytest.approx((-0.2231435513, 0.1047417738), abs=1e-9)
    assert risk.mean() == pytest.approx(0.8044003936, abs=1e-9)
    assert float(risk.ppf(np.array(0.5))) == pytest.approx(0.8, abs=1e-12)


@pytest.mark.parametrize(
    "true", [Beta(0.3, 0.1), Beta(0.02, 0.02), Gamma(345, 69), Lognormal(5, 8), Normal(-3, 2)]
)
def test_quantiles_of_a_member_give_it_back(true):
    family = type(true).__name__.lower()
    told = from_quantiles(family, {p: float(true.ppf(np.array(p))) for p in (0.05, 0.25, 0.5, 0.95)})
    assert told.misfit < 1e-6
    assert (told.distribution.mean(), told.distribution.sd()) == pytest.approx(
        (true.mean(), true.sd()), rel=1e-4
    )
    pair = {p: float(true.ppf(np.array(p))) for p in (0.025, 0.975)}
    assert from_quantiles(family, pair, mean=true.mean()).distribution.sd() == pytest.approx(
        true.sd(), rel=1e-4
    )


def test_what_no_member_can_have_is_fitted_as_near_as_can_be_and_the_misfit_is_told():
    told = from_quantiles(
        "normal", {0.1: 1.0, 0.5: 2.0, 0.9: 9.0}
    )  # skewed: the best line through three points
    z = 1.2815515655446004
    assert told.distribution.mean() == pytest.approx(4.0, abs=1e-6)
    assert told.distribution.sd() == pytest.approx(8 / (2 * z), abs=1e-6)
    assert told.misfit == pytest.approx(2 / 8, abs=1e-6)
    assert told.told() == "off by at most 25.0% of the range that was said: 4 where 2 was said at 0.5"


def test_the_rules_for_a_dirichlet_are_told_apart():
    means, errors = (0.5, 0.15, 0.35), (0.035, 0.025, 0.034)
    wants = {
        "first": (101.5408163, 30.4622449, 71.0785714),
        "arithmetic": (100.3134901, 30.0940470, 70.2194431),
        "geometric": (100.2988491, 30.0896547, 70.2091944),
    }
    for rule, want in wants.items():
        assert dirichlet(means, errors, rule) == pytest.approx(want, abs=1e-6)
    assert dirichlet(means, errors) == dirichlet(means, errors, "geometric")


def test_draws_of_shares_sum_to_one_and_have_their_means_and_errors():
    alpha = np.array(dirichlet((0.5, 0.15, 0.35), (0.035, 0.025, 0.034)))
    u = np.column_stack([uniforms(address(1, "branch", j), 0, 20_000) for j in range(3)])
    draws = dirichlet_draws(tuple(alpha), u)
    assert draws.sum(axis=1) == pytest.approx(1)
    sd = np.sqrt(alpha * (alpha.sum() - alpha) / alpha.sum() ** 2 / (alpha.sum() + 1))
    assert (np.abs(draws.mean(axis=0) - alpha / alpha.sum()) < 4 * sd / math.sqrt(20_000)).all()
    assert draws.std(axis=0) == pytest.approx(sd, rel=0.03)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: from_quantiles("gama", {0.1: 1, 0.9: 2}), "family: got 'gama'.*did you mean 'gamma'"),
        (lambda: from_quantiles("gamma", {0.1: 1}), "gamma: got 1 quantiles"),
        (
            lambda: from_quantiles("gamma", {0.1: 2, 0.9: 1}),
            "gamma: got 2 at 0.1, 1 at 0.9, want values that rise",
        ),
        (lambda: from_quantiles("gamma", {0.0: 1, 0.9: 2}), "want values that rise with probabilities"),
        (
            lambda: from_quantiles("beta", {0.1: 0.5, 0.9: 1.2}),
            "beta: got values from 0.5 to 1.2, want .* 0 and 1",
        ),
        (lambda: from_quantiles("beta", {0.1: 0.5, 0.9: 0.9}, mean=1.5), "beta: got mean 1.5"),
        (lambda: from_ratio(0.8, 0.9, 1.1), "ratio: got 0.8"),
        (lambda: dirichlet((0.5, 0.6), (0.1, 0.1)), "dirichlet: got shares"),
        (lambda: dirichlet((0.5, 0.5), (0.1, 0.5)), "beta: got mean 0.5 and sd 0.5"),
        (lambda: dirichlet((0.5, 0.5), (0.1, 0.1), "last"), "rule: got 'last'"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(call, words):
    with pytest.raises(ModelError, match=words):
        call()
