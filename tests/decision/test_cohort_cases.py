"""Two published cohort models through the incremental analysis; the small cohorts here only make the inputs."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.decision import DOMINATED, FRONTIER, incremental


def cohort(steps):
    """Return the shares by cycle of a cohort that begins in the first state, shape (cycles + 1, states)."""
    shares = [np.eye(len(steps[0]))[0]]
    for step in steps:
        shares.append(shares[-1] @ step)
    return np.array(shares)


def hiv(faster):
    away = np.array([
        [0, 350 / 1734, 116 / 1734, 17 / 1734],
        [0, 0, 512 / 1258, 15 / 1258],
        [0, 0, 0, 437 / 1749],
        [0, 0, 0, 0],
    ])  # fmt: skip
    away = away * faster
    return away + np.diag(1 - away.sum(axis=1))


def test_two_drugs_for_hiv():
    # Briggs, Claxton, Sculpher; heemod's test. Rewards at the end of each cycle.
    time = np.arange(1, 21)
    cost, years = [], []
    for second in (0.0, 2086.5):
        steps = [hiv(0.509 if second and t <= 2 else 1.0) for t in time]
        shares = cohort(steps)[1:]
        alive = shares[:, :3].sum(axis=1)
        spent = shares[:, :3] @ [2756, 3052, 9007] + alive * 2278 + alive * second * (time <= 2)
        cost.append((spent / 1.06**time).sum())
        years.append(alive.sum())
    assert cost == pytest.approx([44663.4535637, 50601.6513312], rel=1e-11)
    assert years == pytest.approx([7.9912066, 8.9373889], abs=5e-8)  # printed to seven decimals
    assert incremental(["one", "both"], cost, years)[1].ratio == pytest.approx(6275.95560, abs=5e-6)


def simpson(*, shifted):
    """Return weights of 76 points; `shifted` as the published code has them, which add up to 74.67."""
    time = np.arange(76)
    high = time % 2 == (0 if shifted else 1)
    weights = np.where(high, 4 / 3, 2 / 3)
    weights[[0, -1]] = 1 / 3
    return weights


def halves():
    weights = np.ones(76)
    weights[[0, -1]] = 0.5
    return weights


def sick_sicker(weights):
    """Return cost and effect of SoC, A, B and AB."""
    out = []
    for a, b in ((0, 0), (1, 0), (0, 1), (1, 1)):
        dies = 1 - np.exp(-0.002 * np.array([1, 3, 10]))
        move = 1 - np.exp(-np.array([0.15, 0.5, 0.105 * (0.6 if b else 1)]))
        stays = 1 - dies
        step = np.array([
            [stays[0] * (1 - move[0]), stays[0] * move[0], 0, dies[0]],
            [stays[1] * move[1], stays[1] * (1 - move[1] - move[2]), stays[1] * move[2], dies[1]],
            [0, 0, stays[2], dies[2]],
            [0, 0, 0, 1],
        ])  # fmt: skip
        extra = 12000 * a + 13000 * b
        discounted = weights / 1.03 ** np.arange(76)
        shares = cohort([step] * 75)
        out.append((
            discounted @ (shares @ [2000, 4000 + extra, 15000 + extra, 0]),
            discounted @ (shares @ [1, 0.95 if a else 0.75, 0.5, 0]),
        ))  # fmt: skip
    return np.array(out).T


NAMES = ["SoC", "A", "B", "AB"]


def test_sick_sicker_as_published():
    # DARTH's tutorial, whose code puts 2/3 and not 4/3 on the first cycle
    cost, effect = sick_sicker(simpson(shifted=True))
    assert cost == pytest.approx([151579.866, 284804.5134, 259100.4106, 378875.1984], abs=5e-4)
    assert effect == pytest.approx([20.71133146, 21.49866281, 22.18446514, 23.13684414], abs=5e-9)
    found = incremental(NAMES, cost, effect)
    assert [(one.name, one.status) for one in found] == [
        ("SoC", FRONTIER), ("B", FRONTIER), ("AB", FRONTIER), ("A", DOMINATED),
    ]  # fmt: skip
    assert [one.ratio for one in found[1:3]] == pytest.approx([72987.636, 125763.785], abs=1e-3)


def test_sick_sicker_by_the_textbook():
    cost, effect = sick_sicker(simpson(shifted=False))
    assert (cost[0], effect[0]) == (
        pytest.approx(152091.9673, abs=5e-5),
        pytest.approx(21.02074659, abs=5e-9),
    )


def test_sick_sicker_by_half_cycles():
    cost, effect = sick_sicker(halves())
    assert cost == pytest.approx([152262.2907, 285676.9230, 259991.5153, 379955.4473], abs=5e-5)
    assert effect == pytest.approx([21.03815092, 21.82883641, 22.51119814, 23.46684559], abs=5e-9)
