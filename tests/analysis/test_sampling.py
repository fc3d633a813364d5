"""Draws by path: even, reproducible, in the open interval, and correlated as asked."""

import math
import re

import numpy as np
import pytest
from scipy import stats

from cisim.analysis import copula_correlation, sample
from cisim.distributions import Choice, Constant, Gamma, Lognormal, Normal, Uniform
from cisim.errors import ModelError
from cisim.streams import address, uniforms

THREE = {"beds": Uniform(0, 1), "days": Lognormal(5, 2), "cost": Gamma(345, 69)}
METHODS = ("latin", "sobol", "random")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", [0, 5])
def test_the_same_seed_gives_the_same_draws_and_another_does_not(method, seed):
    first, again = (sample(THREE, 64, method=method, seed=seed) for _ in range(2))
    other = sample(THREE, 64, method=method, seed=seed + 1)
    assert list(first) == list(THREE)
    for path in THREE:
        assert (first[path] == again[path]).all()
        assert (first[path] != other[path]).any()


def test_every_latin_number_has_one_point_in_each_part_even_when_correlated():
    draws = sample(THREE, 100, correlations={("days", "cost"): 0.7, ("beds", "cost"): -0.5})
    for path, one in THREE.items():
        assert sorted(np.floor(one.cdf(draws[path]) * 100 + 1e-9)) == list(range(100)), path


def test_sobol_points_are_even_in_two_directions_at_once():
    draws = sample({"x": Uniform(0, 1), "y": Uniform(0, 1)}, 64, method="sobol")
    squares = {(int(x * 8), int(y * 8)) for x, y in zip(draws["x"], draws["y"], strict=True)}
    assert len(squares) == 64


@pytest.mark.parametrize("method", ["latin", "random"])
def test_adding_a_path_moves_no_other(method):
    few = sample(THREE, 50, method=method, correlations={("beds", "days"): 0.4})
    more = sample(
        {"new": Normal(0, 1), **THREE, "last": Normal(0, 1)},
        50,
        method=method,
        correlations={("beds", "days"): 0.4, ("new", "last"): 0.6},
    )
    assert all((few[path] == more[path]).all() for path in THREE)


def test_random_draws_are_those_of_a_value_file_and_more_of_them_move_none():
    few, more = (sample(THREE, n, method="random", seed=3) for n in (10, 30))
    assert (few["cost"] == more["cost"][:10]).all()
    assert (few["beds"] == uniforms(address(3, "value", "beds"), 0, 10)).all()


def test_means_are_known_better_than_by_independent_draws():
    truth = sum(one.mean() for one in THREE.values())
    errors = {
        method: np.std([sum(x.mean() for x in sample(THREE, 64, method=method, seed=s).values()) - truth
                        for s in range(40)])
        for method in METHODS
    }  # fmt: skip
    assert errors["latin"] < errors["random"] / 4
    assert errors["sobol"] < errors["random"] / 4


def test_points_lie_strictly_inside_and_values_are_finite():
    for method in METHODS:
        for x in sample({"z": Normal(0, 1), "y": Normal(0, 1)}, 4096, method=method,
                        correlations={("z", "y"): 0.999}).values():  # fmt: skip
            assert np.isfinite(x).all()


def test_numbers_that_do_not_vary_or_are_whole_may_stand_among_them():
    draws = sample({"one": Constant(3.0), "way": Choice((1.0, 2.0), (0.25, 0.75))}, 100)
    assert set(draws["one"]) == {3.0}
    assert (draws["way"] == 1.0).sum() == 25
    assert sample({}, 5) == {}


# -- correlation --------------------------------------------------------------------------------------


def test_the_correlation_of_normals_for_a_rank_correlation():
    assert copula_correlation(0.5) == pytest.approx(0.5176380902, abs=1e-10)
    for rho, spearman in [(0.3, 0.2875642186), (0.5, 0.4825837395), (0.8, 0.7859392826)]:
        assert copula_correlation(spearman) == pytest.approx(rho, abs=1e-9)
        assert copula_correlation(-spearman) == pytest.approx(-rho, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("spearman", "kendall"),
    [(0.2875642186, 0.1939733680), (0.4825837395, 1 / 3), (0.7859392826, 0.5903344706)],
)
def test_rank_correlations_are_those_asked_for(method, spearman, kendall):
    n = 4096
    draws = sample(THREE, n, method=method, correlations={("cost", "beds"): spearman})
    error = 1 / math.sqrt(n)  # of a rank correlation, at most
    assert stats.spearmanr(draws["beds"], draws["cost"])[0] == pytest.approx(spearman, abs=4 * error)
    assert stats.kendalltau(draws["beds"], draws["cost"])[0] == pytest.approx(kendall, abs=4 * error)
    assert stats.spearmanr(draws["beds"], draws["days"])[0] == pytest.approx(0, abs=4 * error)


def test_the_plain_correlation_of_two_lognormals_is_the_copulas():
    inputs = {"a": lognormal_of(0.5), "b": lognormal_of(0.8)}
    found = [
        np.corrcoef(
            *sample(inputs, 4096, correlations={("a", "b"): 6 / math.pi * math.asin(0.3)}, seed=s).values()
        )[0, 1]
        for s in range(20)
    ]
    assert np.mean(found) == pytest.approx(
        0.5375504974, abs=4 * np.std(found, ddof=1) / math.sqrt(20) + 0.003
    )


def lognormal_of(sigma):
    mean = math.exp(sigma**2 / 2)
    return Lognormal(mean, mean * math.sqrt(math.expm1(sigma**2)))


def test_three_correlated_at_once():
    wanted = {("beds", "days"): 0.6, ("days", "cost"): -0.3, ("beds", "cost"): 0.2}
    draws = sample(THREE, 4096, correlations=wanted)
    for (one, other), rank in wanted.items():
        assert stats.spearmanr(draws[one], draws[other])[0] == pytest.approx(rank, abs=4 / 64)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sample(THREE, 0), "n: got 0"),
        (lambda: sample(THREE, 100, method="sobol"), "n: got 100, want a power of two .* such as 128"),
        (lambda: sample(THREE, 10, method="latim"), "method: got 'latim'.*did you mean 'latin'"),
        (lambda: sample(THREE, 10, correlations={("bed", "cost"): 0.1}), "got 'bed', .*did you mean 'beds'"),
        (lambda: sample(THREE, 10, correlations={("beds", "beds"): 0.1}), "beds and beds: got a pair of the same"),
        (lambda: sample(THREE, 10, correlations={("beds", "cost"): 0.1, ("cost", "beds"): 0.1}), "given twice"),
        (lambda: sample(THREE, 10, correlations={("beds", "cost"): 1.0}), "beds and cost: got 1, want between"),
        (lambda: copula_correlation(-1.0), "correlation: got -1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_reason(call, words):
    with pytest.raises(ModelError, match=words):
        call()


def test_correlations_that_cannot_be_together_are_refused_with_the_pair_that_takes_least_to_mend():
    wanted = {("beds", "days"): 0.9, ("days", "cost"): 0.9, ("beds", "cost"): 0.2}
    said = (
        r"correlations: beds and days: got 0\.9, want (-?0\.\d\d) to (0\.\d\d) beside the other correlations"
    )
    with pytest.raises(ModelError, match=said) as told:
        sample(THREE, 10, correlations=wanted)
    ends = [float(x) for x in re.fullmatch(said, str(told.value)).groups()]
    for end, outside in zip(ends, (-0.02, 0.02), strict=True):
        sample(THREE, 10, correlations={**wanted, ("beds", "days"): end})  # what it says can be, can be
        with pytest.raises(ModelError, match="beside the other"):
            sample(THREE, 10, correlations={**wanted, ("beds", "days"): end + outside})


def test_where_no_one_pair_mends_it_a_pair_is_named_all_the_same():
    five = {name: Uniform(0, 1) for name in "abcde"}
    every = {(a, b): -0.9 for a in "abcde" for b in "abcde" if a < b}
    with pytest.raises(
        ModelError, match=r"correlations: . and ., and others: no numbers can have all of these"
    ):
        sample(five, 10, correlations=every)
