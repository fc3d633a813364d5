"""Indices and many draws by an emulator: against closed forms, with its own uncertainty, and said so."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.analysis import emulate, emulated_sobol, predicted, replicated, sample
from cisim.distributions import Normal, Uniform
from cisim.errors import ModelError

ANGLES = {f"x{j}": Uniform(-np.pi, np.pi) for j in (1, 2, 3)}
FIRST = {"x1": 0.3139051911, "x2": 0.4424111448, "x3": 0.0}
TOTAL = {"x1": 0.5575888552, "x2": 0.4424111448, "x3": 0.2436836641}
SECOND = {("x1", "x2"): 0.0, ("x1", "x3"): 0.2436836641, ("x2", "x3"): 0.0}


def ishigami(x):
    return np.sin(x["x1"]) + 7 * np.sin(x["x2"]) ** 2 + 0.1 * x["x3"] ** 4 * np.sin(x["x1"])


def simulated(n, seed, luck=0.0, replications=4):
    x = sample(ANGLES, n, seed=seed)
    rng = np.random.default_rng(seed)
    means, noise = replicated(ishigami(x)[:, None] + luck * rng.normal(size=(n, replications)))
    return emulate(x, means, noise=noise)


class TestSobol:
    def test_intervals_hold_the_closed_form_of_ishigami(self):
        """Sobol indices of the Ishigami function (Ishigami, Homma 1990), from 250 noisy points each: no interval may
        rest on the emulator's mean alone."""
        inside = []
        for seed in range(3):
            shares = emulated_sobol(simulated(250, seed, luck=1.0), ANGLES, n=512, seed=seed)
            for estimates, truth in ((shares.first, FIRST), (shares.total, TOTAL), (shares.second, SECOND)):
                inside += [one.low <= truth[name] <= one.high for name, one in estimates.items()]
                assert all(one.half_width < 0.4 for one in estimates.values())  # and say something
        assert np.mean(inside) >= 0.9

    def test_fewer_points_give_wider_intervals(self):
        few, many = (emulated_sobol(simulated(n, 1), ANGLES, n=256) for n in (130, 350))
        for name in ANGLES:
            assert few.total[name].half_width > many.total[name].half_width

    def test_what_the_surface_misses_widens_every_interval_by_as_much(self):
        """A sum of three steps of four: 250 points of a stair, with a smooth input beside it."""
        inputs = {"stair": Uniform(0, 1), "slope": Uniform(0, 1)}
        x = sample(inputs, 250, seed=1)
        rough = np.random.default_rng(1).normal(size=250)  # nobody's: no smooth surface follows it
        emulator = emulate(x, 3 * x["slope"] + x["stair"] + 0.25 * rough, noise=np.zeros(250))
        share = emulator.missed
        assert share == pytest.approx(0.25**2 / (10 / 12 + 0.25**2), rel=0.3)
        shares = emulated_sobol(emulator, inputs, n=256)
        for one in shares.first.values():
            assert one.high - one.low > share

    def test_it_is_said_on_the_result(self):
        shares = emulated_sobol(simulated(250, 1), ANGLES, n=128, second_order=False)
        assert shares.second == {}
        assert shares.told()[-1].startswith("rests on an emulator of 250 simulated points (leave-one-out: ")
        assert "one replication" not in " ".join(shares.told())

    def test_rows_beyond_the_points_are_told(self):
        x = sample({"a": Uniform(0, 1), "b": Uniform(0, 1)}, 60)
        emulator = emulate(x, x["a"] + x["b"], noise=np.zeros(60))
        wide = {"a": Uniform(0, 4), "b": Uniform(0, 1)}
        assert "of the rows lie beyond its points" in emulated_sobol(emulator, wide, n=128).rests_on

    def test_an_emulator_that_is_not_good_enough_gives_no_indices(self):
        with pytest.raises(ModelError, match="too little of the output is predicted"):
            emulated_sobol(simulated(40, 1), ANGLES)


INPUTS = {"effect": Normal(5.0, 2.0), "price": Normal(300.0, 100.0), "fixed": Uniform(10, 20)}


def net(x):
    return x["effect"] * x["price"] - 1500 + 10 * np.sin(x["fixed"])


class TestManyDraws:
    def test_a_few_hundred_noisy_points_give_the_decision_that_thousands_would(self):
        """EVPI and EVPPI by 5,000 emulated draws, beside the same draws run without luck."""
        from cisim.decision import evpi, evppi

        ran = sample(INPUTS, 200, seed=3)
        rng = np.random.default_rng(1)
        noisy = net(ran)[:, None] + 400 * rng.normal(size=(200, 10))
        wanted = sample(INPUTS, 5000, seed=4)
        got = predicted(ran, {"close": noisy, "nothing": np.zeros((200, 10))}, wanted)
        assert (got.values["nothing"] == 0).all()
        assert (got.sd["nothing"] == 0).all()
        assert "rests on an emulator of 200 simulated points" in got.rests_on
        truth = net(wanted)
        assert np.corrcoef(truth, got.values["close"])[0, 1] > 0.995
        exact, emulated = (np.column_stack([np.zeros(5000), y]) for y in (truth, got.values["close"]))
        assert evpi(emulated).value == pytest.approx(evpi(exact).value, rel=0.06)
        assert evppi(emulated, wanted["effect"]).value == pytest.approx(
            evppi(exact, wanted["effect"]).value, rel=0.1
        )

    def test_a_path_that_did_not_move_is_no_input(self):
        ran = {**sample(INPUTS, 60), "same": np.ones(60)}
        wanted = {**sample(INPUTS, 10, seed=2), "same": np.ones(10)}
        got = predicted(ran, {"close": net(ran)}, wanted, noise={"close": np.zeros(60)})
        assert got.emulators["close"].names == ("effect", "price", "fixed")

    def test_the_output_that_cannot_be_emulated_is_named(self):
        ran = sample(INPUTS, 60)
        luck = np.random.default_rng(1).normal(size=(60, 5))
        with pytest.raises(ModelError, match="redeploy: emulator: the points are mostly luck"):
            predicted(ran, {"close": net(ran), "redeploy": luck}, ran)
