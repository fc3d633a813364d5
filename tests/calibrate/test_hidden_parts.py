"""The parts of a calibration by simulation against closed forms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from cisim.calibrate import Aims, Density, adjusted, correlation, left_over, posterior, rank_correlations
from cisim.calibrate.knowing import ridges, what_is_known
from cisim.distributions import Uniform
from cisim.errors import ModelError
from cisim.spec import HiddenNumber, Place


@dataclass(frozen=True)
class Straight:
    """An emulator that is a straight line and knows it."""

    slope: np.ndarray
    at_zero: np.ndarray
    sd: float
    aims: Aims

    @property
    def width(self):
        return np.ones(len(self.at_zero))

    @property
    def variance(self):
        return self.aims.error**2

    def at(self, u):
        m = u @ self.slope.T + self.at_zero
        return m, np.full(m.shape, self.sd)


def aims(*error):
    names = tuple(f"t{i}" for i in range(len(error)))
    return Aims(names, np.zeros(len(error)), np.array(error), np.zeros(len(error)))


def hidden(name, low=1.0, high=4.0, unit="number"):
    return HiddenNumber(name, (Place(name, (name,), unit, low, ""),), Uniform(low, high), "")


def test_the_share_that_is_left_is_the_volume_and_points_are_spread_evenly_over_it():
    # A ball of radius .15 in four dimensions: pi^2 / 2 * r^4.
    found = [
        left_over(lambda u, _: 20 * np.sqrt(((u - 0.5) ** 2).sum(axis=1)), 4, seed=s) for s in range(1, 7)
    ]
    want = np.pi**2 / 2 * 0.15**4
    logs = np.log([one.share for one in found])
    assert abs(logs.mean() - np.log(want)) < 4 * logs.std(ddof=1) / np.sqrt(len(logs)) + 0.05
    r = np.concatenate([np.sqrt(((one.points - 0.5) ** 2).sum(axis=1)) for one in found]) / 0.15
    assert r.max() <= 1
    assert abs((r**4).mean() - 0.5) < 0.05  # r^4 is uniform


def test_where_everything_is_ruled_out_nothing_is_left_and_the_nearest_is_told():
    found = left_over(lambda u, _: 5 + u[:, 0], 2, seed=1)
    assert (len(found.points), found.share) == (0, 0.0)
    assert 5 <= found.nearest < 5.1


def test_the_density_is_the_multivariate_normals():
    rng = np.random.default_rng(3)
    straight = Straight(rng.normal(size=(3, 2)), rng.normal(size=3), 0.3, aims(0.5, 1.0, 2.0))
    u, luck, target = (
        rng.random((50, 2)),
        np.array([[1.0, 0.4, 0.1], [0.4, 2.0, -0.3], [0.1, -0.3, 0.5]]),
        rng.normal(size=3),
    )
    got = Density.of(straight, u, luck).at(target)
    cov = luck + np.diag(np.array([0.5, 1.0, 2.0]) ** 2 + 0.3**2)
    want = np.array([stats.multivariate_normal(m, cov).logpdf(target) for m in straight.at(u)[0]])
    assert got - want == pytest.approx(np.full(50, (got - want)[0]), abs=1e-9)


def test_draws_from_a_straight_model_have_the_moments_of_the_conjugate_normal():
    slope = np.array([[1.0, 0.0], [1.0, 1.0]])
    straight = Straight(slope, -slope @ np.array([0.45, 0.5]), 0.02, aims(0.03, 0.05))
    luck = np.array([[1e-4, 5e-5], [5e-5, 2e-4]])
    rng = np.random.default_rng(1)
    draws = posterior([straight], rng.random((3000, 2)), luck, seed=2)
    cov = luck + np.diag([0.03**2 + 0.02**2, 0.05**2 + 0.02**2])
    want = np.linalg.inv(slope.T @ np.linalg.inv(cov) @ slope)
    sd = np.sqrt(np.diag(want))
    # Draws of a sequential sampler hang together: about one in five counts.
    assert np.abs(draws.mean(axis=0) - [0.45, 0.5]).max() < 4 * sd.max() / np.sqrt(600)
    assert draws.std(axis=0) / sd == pytest.approx([1, 1], abs=4 / np.sqrt(2 * 600))
    assert np.corrcoef(draws.T)[0, 1] == pytest.approx(want[0, 1] / sd.prod(), abs=0.1)


def test_draws_do_not_go_where_an_earlier_wave_ruled_out():
    free = Straight(np.array([[1.0]]), np.array([-0.5]), 1.0, aims(1.0))
    earlier = Straight(np.array([[1.0]]), np.array([-0.2]), 0.0, aims(0.02))
    draws = posterior([earlier, free], np.full((400, 1), 0.2), np.zeros((1, 1)), seed=1)
    assert draws.max() <= 0.2 + 4.5 * 0.02
    assert draws.min() >= 0.2 - 4.5 * 0.02


def test_regression_adjustment_gives_the_conjugate_posterior():
    rng = np.random.default_rng(5)
    u = rng.random((20_000, 2))
    seen = u @ np.array([[1.0, 1.0], [0.0, 1.0]]) + rng.normal(size=(20_000, 2)) * [0.05, 0.04]
    draws, weights = adjusted(u, seen, np.array([0.5, 1.1]))
    slope = np.array([[1.0, 0.0], [1.0, 1.0]])
    cov = np.linalg.inv(slope.T @ np.diag([0.05**-2, 0.04**-2]) @ slope)
    mean = weights @ draws
    assert mean == pytest.approx([0.5, 0.6], abs=0.01)
    assert np.sqrt(weights @ (draws - mean) ** 2) == pytest.approx(np.sqrt(np.diag(cov)), rel=0.1)
    with pytest.raises(ModelError, match="want 12 or more"):
        adjusted(u[:50], seen[:50], np.array([0.5, 1.1]))


def test_luck_that_hangs_together_is_seen():
    rng = np.random.default_rng(2)
    common = rng.normal(size=(200, 6, 1))
    outputs = np.concatenate(
        [common, common + 0.5 * rng.normal(size=(200, 6, 1)), rng.normal(size=(200, 6, 1))], axis=2
    )
    found = correlation(outputs * [1, 10, 0.1])
    assert found[0, 1] == pytest.approx(
        0.9 / np.sqrt(1.25), abs=0.05
    )  # a tenth is left out; few replications make it smaller yet
    assert abs(found[0, 2]) < 0.1
    assert np.diag(found).tolist() == [1, 1, 1]


def test_a_product_that_is_known_is_named_and_its_members_are_not_called_found():
    rng = np.random.default_rng(1)
    a = rng.uniform(1.2, 3.8, 2000)
    b = 5 / a * np.exp(0.01 * rng.normal(size=2000))
    c = rng.uniform(1, 4, 2000)
    values = np.column_stack([a, b, c])
    u = (values - 1) / 3
    one, *others = ridges((hidden("doctors"), hidden("minutes"), hidden("beds")), values)
    assert not others
    assert set(one.names) == {"doctors", "minutes"}
    assert " / " not in one.formula
    assert one.together == pytest.approx(0.0166, abs=0.003)  # 1.645 * .01
    assert min(one.alone) > 0.3
    known = what_is_known((hidden("doctors"), hidden("minutes"), hidden("beds")), u, values)
    assert known[2].verdict == "not identified"
    assert known[0].verdict != "found"


def test_a_ridge_of_several_is_told_once_for_each_that_hangs_on_it():
    rng = np.random.default_rng(2)
    minutes = rng.uniform(1.3, 3.9, 3000)
    four = [minutes * f * np.exp(0.02 * rng.normal(size=3000)) for f in (0.9, 1.0, 1.0, 1.02)]
    values = np.column_stack([minutes, *four])
    found = ridges(tuple(hidden(f"n{i}") for i in range(5)), values)
    assert len(found) == 4
    assert {name for one in found for name in one.names} == {f"n{i}" for i in range(5)}
    assert all(" / " in one.formula for one in found)


def test_three_that_are_known_together_are_named_where_no_two_are():
    rng = np.random.default_rng(3)
    a, b = rng.uniform(1, 4, (2, 4000))
    values = np.column_stack([a, b, 8 / (a * b) * np.exp(0.01 * rng.normal(size=4000))])
    (one,) = ridges((hidden("a"), hidden("b"), hidden("c", 0.5, 8.0)), values)
    assert set(one.names) == {"a", "b", "c"}
    assert one.together < 0.03


def test_numbers_found_by_themselves_make_no_ridge():
    rng = np.random.default_rng(1)
    values = 2 + 0.05 * rng.normal(size=(2000, 2))
    assert ridges((hidden("a"), hidden("b")), values) == []
    known = what_is_known((hidden("a"), hidden("b")), (values - 1) / 3, values)
    assert [k.verdict for k in known] == ["found", "found"]
    assert known[0].after[1] == pytest.approx(2, abs=0.01)


def test_a_posterior_at_the_end_of_its_prior_is_told():
    u = np.random.default_rng(1).beta(0.3, 8, (2000, 1))
    assert what_is_known((hidden("a"),), u, 1 + 3 * u)[0].at_edge


def test_rank_correlation_is_spearmans():
    x = np.random.default_rng(4).normal(size=(100, 3))
    x[:, 1] += x[:, 0] ** 3
    assert rank_correlations(x) == pytest.approx(stats.spearmanr(x).statistic)
