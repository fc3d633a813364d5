"""Families by inversion: the chance is the quantile's inverse, and what has lasted goes on as it would have."""

import numpy as np
import pytest

from cisim.distributions import (
    Beta,
    Choice,
    Constant,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Mixture,
    Normal,
    Scaled,
    Triangular,
    Uniform,
    Weibull,
    longer,
)

SMOOTH = [
    Exponential(5.0),
    Lognormal(7.4, 8.61),
    Gamma(4.0, 3.0),
    Weibull(1.7, 6.0),
    Normal(3.0, 2.0),
    Beta(0.3, 0.1),
    Uniform(2.0, 9.0),
    Triangular(1.0, 4.0, 9.0),
    Triangular(1.0, 1.0, 9.0),
    Triangular(1.0, 9.0, 9.0),
    Scaled(Lognormal(7.4, 8.61), 0.5),
    Mixture((0.8, 0.2), (3.0, 20.0), (2.0, 15.0)),
    Mixture((0.5, 0.5), (1.0, 500.0), (0.1, 20.0)),
    Empirical((0.5, 2.0, 6.0), (0.0, 0.5, 0.9), 4.0, 0.2),
    Empirical((0.0, 2.0, 6.0), (0.0, 0.5, 0.9), 4.0),
]
U = (np.arange(2_000) + 0.5) / 2_000


@pytest.mark.parametrize("family", SMOOTH, ids=str)
def test_the_chance_at_a_quantile_is_its_place(family):
    assert np.allclose(family.cdf(family.ppf(U)), U, atol=1e-9)
    low, high = family.support()
    if np.isfinite(low):
        assert family.cdf(np.array([low - 1.0]))[0] == 0
    if np.isfinite(high):
        assert family.cdf(np.array([high + 1.0]))[0] == 1


@pytest.mark.parametrize("family", SMOOTH, ids=str)
def test_who_has_been_there_for_long_has_the_tail(family):
    than = np.full(len(U), float(family.ppf(np.array([0.6]))[0]))
    given = longer(family, than, U)
    assert (given >= than).all()
    everybody = family.ppf((np.arange(200_000) + 0.5) / 200_000)
    tail = everybody[everybody > than[0]]
    assert np.isclose(given.mean(), tail.mean(), rtol=3e-3)
    assert np.allclose(np.quantile(given, [0.1, 0.5, 0.9]), np.quantile(tail, [0.1, 0.5, 0.9]), rtol=2e-3)


def test_an_exponential_forgets():
    more = longer(Exponential(5.0), np.full(len(U), 12.0), U) - 12.0
    assert np.allclose(more, Exponential(5.0).ppf(U))


def test_a_choice_is_among_what_is_longer_in_the_written_order():
    family = Choice((9.0, 2.0, 5.0, 1.0), (0.2, 0.3, 0.1, 0.4))
    assert np.allclose(family.cdf(np.array([0.5, 1.0, 2.0, 4.9, 5.0, 9.0])), [0, 0.4, 0.7, 0.7, 0.8, 1])
    than = np.full(len(U), 2.0)
    given = longer(family, than, U)
    assert set(given) == {9.0, 5.0}
    assert np.isclose((given == 9.0).mean(), 2 / 3, atol=1e-3)
    assert (np.diff(given) <= 0).all()  # 9 is written first
    assert (longer(Scaled(family, 2.0), 2 * than, U) == 2 * given).all()


def test_where_nothing_is_longer_it_stays_at_what_has_passed():
    half = np.array([0.5])
    for family in (
        Constant(3.0),
        Choice((1.0, 3.0), (0.5, 0.5)),
        Uniform(1.0, 3.0),
        Scaled(Exponential(5.0), 0.0),
    ):
        assert longer(family, np.array([3.0]), half) == [3.0]
    assert longer(Constant(3.0), np.array([2.0]), half) == [3.0]
    assert longer(Exponential(1.0), np.array([1e6]), half) == [1e6]


@pytest.mark.parametrize("family", SMOOTH, ids=str)
def test_mean_and_spread_are_those_of_its_quantiles(family):
    """An integral over the quantiles: the tails' last millionth is what a few per cent allow for."""
    edges = 1 - np.geomspace(1, 1e-12, 20_001)
    u, weight = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    x = family.ppf(u)
    mean = x @ weight
    assert np.isclose(mean, family.mean(), rtol=2e-3)
    assert np.isclose(np.sqrt((x - mean) ** 2 @ weight), family.sd(), rtol=2e-2)


def test_a_quantile_does_not_depend_on_what_is_drawn_with_it():
    u = np.random.default_rng(1).random(1_001)
    for family in SMOOTH[-4:]:
        alone = np.array([family.ppf(u[i : i + 1])[0] for i in range(0, 1_001, 50)])
        assert (family.ppf(u)[::50] == alone).all()
