"""Emulated draws as weighted sums of simulated ones: what adds up does, errors and luck are in them, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.analysis import emulate, filling, sample
from cisim.distributions import Uniform
from cisim.errors import ModelError

INPUTS = {f"x{j}": Uniform(0, 1) for j in range(4)}
R = 6


def bends(x):
    return 100 * x["x0"] ** 2 + 60 * x["x1"] * x["x2"]


def falls(x):
    return -50 * x["x0"] + 40 * np.sin(3 * x["x3"])


def simulated(n, seed, luck=12.0):
    x = sample(INPUTS, n, seed=seed)
    rng = np.random.default_rng(seed)
    common = 20 * rng.normal(size=(1, R))
    one, two = (f(x)[:, None] + common + luck * rng.normal(size=(n, R)) for f in (bends, falls))
    return x, {"one": one, "two": two}, common.mean()


@pytest.fixture(scope="module")
def filled():
    x, outcomes, common = simulated(80, 1)
    at = sample(INPUTS, 1500, seed=2)
    return filling(x, outcomes, at), outcomes, at, common


def test_what_adds_up_in_every_simulated_draw_adds_up_in_every_emulated_one(filled):
    found, outcomes, _, _ = filled
    parts = np.stack([outcomes["one"], outcomes["two"], outcomes["one"] - 3 * outcomes["two"] + 7.0], axis=-1)
    out = found.fill(parts)
    assert out.shape == (1500, R, 3)
    assert out[..., 2] == pytest.approx(out[..., 0] - 3 * out[..., 1] + 7.0, abs=1e-9)


def test_what_never_moves_does_not_move_to_the_last_bit(filled):
    found, _, _, _ = filled
    assert (found.fill(np.full((80, R), 0.1)) == 0.1).all()


def test_means_and_spread_are_those_of_the_truth_within_the_error_that_is_stated(filled):
    """The spread of emulated draws is that of the truth: prediction and error of the emulator together, not the
    prediction alone, which is too narrow."""
    found, outcomes, at, common = filled
    for name, truth in (("one", bends(at)), ("two", falls(at))):
        mean = found.fill(outcomes[name]).mean(axis=1) - common
        # 80 points with luck 12 / sqrt(6) each, beside which the mean of a Latin hypercube is exact
        assert mean.mean() == pytest.approx(truth.mean(), abs=4 * 12 / np.sqrt(6 * 80))
        assert mean.std() == pytest.approx(truth.std(), rel=0.1)
        stated = found.error(outcomes[name])
        off = (
            mean - truth
        )  # the error of the prediction, and that which was put in: twice the variance stated
        assert np.sqrt(np.mean(off**2) / 2) == pytest.approx(np.sqrt(np.mean(stated**2)), rel=0.35)


def test_each_replication_has_its_own_luck_and_the_same_on_every_draw_where_it_was(filled):
    found, outcomes, _, _ = filled
    before, after = outcomes["one"], found.fill(outcomes["one"])
    common = before.mean(axis=0) - before.mean()
    assert after.mean(axis=0) - after.mean() == pytest.approx(common, abs=4 * 12 / np.sqrt(80))
    left = after - after.mean(axis=1, keepdims=True) - (after.mean(axis=0) - after.mean())
    assert left.std() * np.sqrt(R / (R - 1)) == pytest.approx(12, rel=0.1)


def test_weights_predict_as_the_emulator_does():
    x, outcomes, _ = simulated(60, 3, luck=0.0)
    emulator = emulate(x, outcomes["one"].mean(axis=1), noise=np.zeros(60))
    at = sample(INPUTS, 50, seed=4)
    weights, sd = emulator.weights(at)
    mean, spread = emulator.predict(at)
    y = outcomes["one"].mean(axis=1)
    assert weights @ y == pytest.approx(mean, rel=1e-4)
    assert sd * y.std() == pytest.approx(spread)
    assert weights.sum(axis=1) == pytest.approx(1)


def test_left_out_is_what_a_second_fit_without_the_point_gives():
    x, outcomes, _ = simulated(40, 5)
    y = outcomes["two"].mean(axis=1)
    emulator = emulate(x, y, noise=np.full(40, 24.0))
    error, size = emulator.left_out()
    off = error @ y
    assert error.sum(axis=1) == pytest.approx(0, abs=1e-9)
    assert 1 - np.square(off).sum() / (40 * y.var()) == pytest.approx(emulator.check.q2)
    assert (np.abs(off / y.std()) <= 1.96 * size).mean() == pytest.approx(emulator.check.coverage, abs=1e-9)


def test_a_bad_emulator_is_refused_by_the_outcome():
    x, outcomes, _ = simulated(60, 6)
    outcomes["jumps"] = np.where(np.sin(60 * x["x1"] + 40 * x["x2"]) > 0, 100.0, 0.0)[:, None] + np.zeros(
        (1, R)
    )
    with pytest.raises(ModelError, match="too little of the output is predicted") as wrong:
        filling(x, outcomes, sample(INPUTS, 10, seed=1))
    assert wrong.value.where == "jumps"


def test_what_is_simulated_need_not_be_predicted_where_it_hardly_moves_the_answer():
    x, outcomes, _ = simulated(60, 7)
    rng = np.random.default_rng(7)
    outcomes["luck"] = rng.normal(size=(60, R))
    at = sample(INPUTS, 10, seed=1)
    with pytest.raises(ModelError, match="mostly luck"):
        filling(x, outcomes, at)
    assert filling(x, outcomes, at, spread={"luck": 100.0}).fill(outcomes["luck"]).shape == (10, R)


def test_nothing_that_moves_needs_no_emulator():
    x = sample(INPUTS, 30, seed=1)
    still = np.zeros((30, R)) + np.arange(R)
    found = filling(x, {"still": still}, sample(INPUTS, 5, seed=2))
    assert found.emulator is None
    assert found.fill(still) == pytest.approx(np.zeros((5, R)) + np.arange(R))
    assert found.error(still).tolist() == [0.0] * 5


def test_paths_that_do_not_fit_are_told():
    x, outcomes, _ = simulated(30, 1)
    with pytest.raises(ModelError, match="want each path, all as long"):
        filling(x, outcomes, {"x0": [0.5]})
