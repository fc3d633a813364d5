"""The emulator against functions that are known: what it predicts, how far off it says it is, and where it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.analysis import emulate, replicated
from cisim.errors import ModelError


def points(n, inputs, seed):
    values = np.random.default_rng(seed).random((n, inputs))
    return {f"x{j}": values[:, j] for j in range(inputs)}


def simulated(function, n, inputs, *, luck, replications=10, seed=1, common=0.0):
    """Return inputs, means and noise of a noisy simulator; `common` is luck that all points share."""
    rng = np.random.default_rng(seed + 100)
    x = points(n, inputs, seed)
    shared = common * rng.normal(size=(1, replications))
    y = function(x)[:, None] + luck * rng.normal(size=(n, replications)) + shared
    return x, *replicated(y)


def line(x):
    return sum((j + 1) * column for j, column in enumerate(x.values()))


def bent(x):
    return np.sin(2 * np.pi * x["x0"]) + 3 * x["x1"] ** 2 + x["x0"] * x["x2"]


def step(x):
    return np.where(x["x0"] > 0.5, 1.0, 0.0)


class TestWhatItPredicts:
    def test_a_straight_line_without_luck_is_found_without_loss_and_beyond_its_points(self):
        x = points(60, 4, 1)
        emulator = emulate(x, line(x), noise=np.zeros(60)).trusted()
        far = {name: 3 * column for name, column in points(50, 4, 2).items()}
        mean, _ = emulator.predict(far)
        assert mean == pytest.approx(line(far), abs=1e-3)
        assert emulator.check.q2 == pytest.approx(1.0, abs=1e-5)

    @pytest.mark.parametrize("function", [line, bent])
    def test_where_its_points_are_noisy_the_truth_lies_inside_its_intervals(self, function):
        x, means, noise = simulated(function, 120, 3, luck=0.6)
        emulator = emulate(x, means, noise=noise).trusted()
        elsewhere = points(1000, 3, 5)
        mean, sd = emulator.predict(elsewhere)
        truth = function(elsewhere)
        assert (
            np.abs(mean - truth) < 1.96 * sd
        ).mean() >= 0.85  # one sample of points: rows are not independent
        assert np.square(mean - truth).mean() < 0.05 * truth.var()
        assert sd.mean() < 0.6 / np.sqrt(10)  # of the expected output: less than the luck of one point

    def test_intervals_hold_what_they_say_over_many_samples(self):
        inside = []
        for seed in range(16):
            x, means, noise = simulated(bent, 60, 3, luck=0.5, seed=seed)
            elsewhere = points(40, 3, 1000 + seed)
            mean, sd = emulate(x, means, noise=noise).predict(elsewhere)
            inside.append((np.abs(mean - bent(elsewhere)) < 1.96 * sd).mean())
        error = np.std(inside, ddof=1) / np.sqrt(len(inside))
        assert 0.90 - 3 * error < np.mean(inside) < 0.98 + 3 * error

    def test_the_same_seed_gives_the_same_emulator_and_the_order_of_points_does_not_matter(self):
        x, means, noise = simulated(bent, 60, 3, luck=0.5)
        elsewhere = points(20, 3, 9)
        first, again = (emulate(x, means, noise=noise, seed=4).predict(elsewhere)[0] for _ in range(2))
        assert (first == again).all()
        turned = {name: column[::-1] for name, column in x.items()}
        other = emulate(turned, means[::-1], noise=noise[::-1], seed=4).predict(elsewhere)[0]
        assert other == pytest.approx(first, abs=1e-3)

    def test_units_do_not_matter(self):
        x, means, noise = simulated(bent, 60, 3, luck=0.5)
        plain = emulate(x, means, noise=noise)
        in_pounds = emulate(
            {name: 1e4 * c - 7 for name, c in x.items()}, 5e6 + 1e5 * means, noise=1e10 * noise
        )
        elsewhere = points(20, 3, 9)
        mean, sd = in_pounds.predict({name: 1e4 * c - 7 for name, c in elsewhere.items()})
        mean_, sd_ = plain.predict(elsewhere)
        assert (mean - 5e6) / 1e5 == pytest.approx(mean_, abs=1e-4)
        assert sd / 1e5 == pytest.approx(sd_, rel=1e-3)
        assert in_pounds.check.q2 == pytest.approx(plain.check.q2, abs=1e-4)

    def test_possible_surfaces_have_the_mean_and_the_spread_that_it_predicts(self):
        x, means, noise = simulated(bent, 60, 3, luck=0.8)
        emulator = emulate(x, means, noise=noise)
        elsewhere = points(30, 3, 9)
        mean, sd = emulator.predict(elsewhere)
        surfaces = emulator.draw(elsewhere, 400)
        smooth = np.sqrt(sd**2 - emulator.missed * means.var())
        assert surfaces.shape == (400, 30)
        # 400 surfaces: a mean within 5 standard errors; a spread within a fifth, as 1,000 waves are no process yet
        assert np.abs((surfaces.mean(axis=0) - mean) / smooth).max() < 5 / np.sqrt(400) + 0.05
        assert np.median(surfaces.std(axis=0) / smooth) == pytest.approx(1.0, abs=0.2)


class TestLeaveOneOut:
    def test_it_is_what_leaving_each_point_out_gives_without_another_fit(self):
        """The closed form against its meaning: the same lengths, one point fewer."""
        from cisim.analysis import emulator as room

        x, means, noise = simulated(bent, 25, 3, luck=0.3)
        values = np.column_stack(list(x.values()))
        scaled = (values - values.mean(axis=0)) / values.std(axis=0)
        y = (means - means.mean()) / means.std()
        luck = noise / means.var()
        learned = np.array([1.0, 2.0, 3.0]), 0.7, 0.01
        errors, inside = [], []
        for i in range(25):
            others = np.arange(25) != i
            surface = room._surface(scaled[others], luck[others], learned)
            beta, weights = surface.solve(y[others])
            row = scaled[[i]]
            guess = room._straight(row) @ beta + surface.between(row) @ weights
            seen = np.linalg.solve(surface.root, surface.between(row).T)
            rest = np.linalg.solve(surface.turn[1].T, room._straight(row).T - surface.seen.T @ seen)
            variance = 0.7 - (seen**2).sum() + (rest**2).sum() + 0.01 + luck[i]
            errors.append(y[i] - guess[0])
            inside.append(abs(errors[-1]) < 1.959964 * np.sqrt(variance))
        check = room._left_out(room._surface(scaled, luck, learned), y, luck)
        assert check.q2 == pytest.approx(1 - np.square(errors).mean(), abs=1e-9)
        assert check.coverage == np.mean(inside)

    def test_what_luck_leaves_to_be_predicted_is_told_and_judged_by(self):
        x, means, noise = simulated(line, 150, 3, luck=3.0)  # half of the variance of the means is luck
        check = emulate(x, means, noise=noise).check
        assert 0.35 < check.reachable < 0.85
        assert check.q2 < 0.8
        assert check.good
        assert "that is not luck" in check.words

    def test_where_nothing_is_said_of_luck_what_is_missed_counts_in_full(self):
        x, means, _ = simulated(line, 150, 3, luck=3.0)
        check = emulate(x, means).check
        assert check.reachable == 1.0
        assert not check.good

    def test_what_stands_beside_a_result_that_rests_on_it(self):
        x = points(40, 2, 1)
        told = emulate(x, line(x), noise=np.zeros(40)).told()
        assert told.startswith(
            "rests on an emulator of 40 simulated points (leave-one-out: 100% of the variance"
        )


class TestRefusals:
    @pytest.mark.parametrize("known", [True, False])
    def test_pure_luck(self, known):
        x, means, noise = simulated(lambda x: 0 * x["x0"], 80, 3, luck=1.0)
        emulator = emulate(x, means, noise=noise if known else None)
        with pytest.raises(
            ModelError, match="mostly luck" if known else "too little of the output is predicted"
        ):
            emulator.trusted()

    def test_too_few_points_for_what_bends(self):
        x = points(20, 3, 1)
        wild = np.sin(12 * x["x0"]) * np.sin(9 * x["x1"]) + np.sin(11 * x["x2"])
        with pytest.raises(ModelError, match="too little of the output is predicted"):
            emulate(x, wild, noise=np.zeros(20)).trusted()

    def test_too_few_points_at_all(self):
        x = points(12, 9, 1)
        with pytest.raises(ModelError, match="got 12 points for 9 inputs, want 20 to 4,000; 90 is the usual"):
            emulate(x, line(x))

    def test_a_jump_is_refused_or_told_and_what_only_bends_is_not(self):
        for inputs, luck in ((1, 0.0), (1, 0.02), (3, 0.05)):
            x, means, noise = simulated(step, 80, inputs, luck=luck)
            assert "the output may jump there" in emulate(x, means, noise=noise).check.words
            x, means, noise = simulated(line if inputs == 1 else bent, 80, inputs, luck=luck)
            check = emulate(x, means, noise=noise).check
            assert check.good
            assert "jump" not in check.words

    def test_a_jump_where_all_else_is_flat_is_refused(self):
        x = {"x0": np.linspace(0, 1, 200)}
        y = 1e-3 * np.sin(9 * x["x0"]) + (x["x0"] > 0.5)
        with pytest.raises(ModelError, match="the output jumps, and no smooth surface follows"):
            emulate(x, y, noise=np.full(200, 1e-8)).trusted()

    def test_what_cannot_be_an_input(self):
        x = points(30, 2, 1)
        y = line(x)
        wrong = {**x, "x1": np.where(np.arange(30) == 7, np.nan, x["x1"])}
        with pytest.raises(ModelError, match=r"x1: got nan in row 7 \(counted from 0\)"):
            emulate(wrong, y)
        with pytest.raises(ModelError, match="x2: got the same number at every point"):
            emulate({**x, "x2": np.ones(30)}, y)
        with pytest.raises(ModelError, match="one is a sum of others"):
            emulate({**x, "x2": x["x0"] + x["x1"]}, y)
        with pytest.raises(ModelError, match="want one for each of 30 points"):
            emulate(x, y[:20])
        with pytest.raises(ModelError, match="noise: want a variance of 0 or more"):
            emulate(x, y, noise=np.full(30, -1.0))
        emulator = emulate(x, y)
        with pytest.raises(ModelError, match="got no 'x1'"):
            emulator.predict({"x0": [0.5]})
        with pytest.raises(ModelError, match="got 'x01', want an input of the emulator"):
            emulator.predict({"x0": [0.5], "x1": [0.5], "x01": [0.5]})


class TestReplicated:
    def test_luck_that_all_points_share_is_no_noise_between_them(self):
        _, means, noise = simulated(line, 200, 2, luck=0.5, common=10.0)
        assert noise.mean() == pytest.approx(0.5**2 / 10, rel=0.1)
        assert isinstance(means, np.ndarray)

    def test_the_variance_of_a_point_is_its_own_where_there_are_many_replications(self):
        rng = np.random.default_rng(3)
        scale = np.where(np.arange(40) < 20, 1.0, 3.0)
        _, noise = replicated(scale[:, None] * rng.normal(size=(40, 400)))
        assert noise[:20].mean() * 400 == pytest.approx(1.0, rel=0.15)
        assert noise[20:].mean() * 400 == pytest.approx(9.0, rel=0.1)

    def test_a_missing_answer_is_refused_by_row_and_replication(self):
        y = np.ones((4, 3))
        y[2, 1] = np.inf
        with pytest.raises(ModelError, match="got inf in row 2, replication 1"):
            replicated(y)
        with pytest.raises(ModelError, match="two replications or more"):
            replicated(np.ones((4, 1)))
