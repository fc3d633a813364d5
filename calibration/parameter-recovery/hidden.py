"""Recovery of hidden numbers over many simulated data sets: python calibration/parameter-recovery/hidden.py [SETS].

The design is simulated once; every data set is then judged under the same emulators. Writes hidden.csv beside it.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
from scipy import special, stats

from cisim.analysis import emulate, sample
from cisim.calibrate import Aims, Density, Task, adjusted, correlation, simulate_point, surfaces, values_of
from cisim.distributions import Uniform
from cisim.spec import read_study
from cisim.streams import address

HERE = Path(__file__).parent
DESIGN, SETS, GRID = 300, 200, 1 << 16
LEVEL = 0.9


def simulated(calibration, u, first):
    """Return what points give, shape (points, replications, targets)."""
    r = calibration.study.run.replications
    tasks = [Task("", tuple(row), first + i * r) for i, row in enumerate(values_of(calibration, u).tolist())]
    fitted = [t.role == "fitted" for t in calibration.study.targets]
    return np.array([simulate_point(calibration, task) for task in tasks])[:, :, fitted]


def band(sets, parameters):
    """Return the 99% binomial band of a coverage, by Bonferroni over parameters."""
    tail = 0.01 / parameters / 2
    return stats.binom.ppf([tail, 1 - tail], sets, LEVEL) / sets


def ends(draws, weight):
    """Return the 5% and 95% of weighted draws."""
    order = np.argsort(draws, kind="stable")
    return np.interp(
        [(1 - LEVEL) / 2, (1 + LEVEL) / 2], np.cumsum(weight[order]) - weight[order] / 2, draws[order]
    )


def main(sets=SETS, design=DESIGN):
    """Simulate the design and the data sets, and return the rows of the table."""
    calibration = read_study(HERE)
    names = [h.name for h in calibration.hidden]
    latin = sample({n: Uniform(0.0, 1.0) for n in names}, design, seed=1)
    u = np.column_stack([latin[n] for n in names])
    outputs = simulated(calibration, u, 0)
    rng = np.random.default_rng(address(1, "recovery", "truth"))
    truths = rng.random((sets, len(names)))
    r = calibration.study.run.replications
    data = simulated(calibration, truths, design * r)[:, 0]

    aims = Aims(
        tuple(t.name for t in calibration.study.targets if t.role == "fitted"), np.median(outputs, axis=(0, 1)),
        np.zeros(outputs.shape[2]), np.zeros(outputs.shape[2]),
    )  # fmt: skip
    own = outputs.var(axis=1, ddof=1)
    made = surfaces(u, outputs, aims, np.median(own, axis=0), seed=1)
    scaled = np.arcsinh((outputs - aims.values) / made.width)
    target = np.arcsinh((data - aims.values) / made.width)

    # Luck differs from point to point: where the registrar is busiest, waits are luck above all.
    inputs = {f"u{i}": u[:, i] for i in range(u.shape[1])}
    logs = np.log(scaled.var(axis=1, ddof=1))
    bias = special.digamma((r - 1) / 2) - np.log((r - 1) / 2)  # of the logarithm of a sample variance
    lucks = [emulate(inputs, logs[:, j] - bias) for j in range(logs.shape[1])]
    grid = stats.qmc.Sobol(len(names), rng=np.random.default_rng(address(1, "recovery", "grid"))).random(GRID)
    asked = {f"u{i}": grid[:, i] for i in range(grid.shape[1])}
    sd = np.column_stack([np.exp(one.predict(asked)[0] / 2) for one in lucks])
    luck = correlation(scaled) * sd[:, :, None] * sd[:, None, :]
    density = Density.of(made, grid, luck)

    one_each = np.concatenate([scaled[:, k] for k in range(r)])
    repeated = np.tile(u, (r, 1))
    held = np.zeros((2, sets, len(names)), bool)
    width = np.zeros((2, sets, len(names)))
    for i in range(sets):
        log = density.at(target[i])
        weight = np.exp(log - log.max())
        draws, weights = adjusted(repeated, one_each, target[i], keep=0.15)
        for way, (points, mass) in enumerate(((grid, weight / weight.sum()), (draws, weights))):
            for j in range(len(names)):
                low, high = ends(points[:, j], mass)
                held[way, i, j] = low <= truths[i, j] <= high
                width[way, i, j] = high - low
    low, high = band(sets, len(names))
    rows = []
    for way, label in enumerate(("emulator", "rejection and regression")):
        for j, name in enumerate(names):
            covered = held[way, :, j].mean()
            rows.append([
                label, name, sets, f"{covered:.4f}", f"{low:.4f}", f"{high:.4f}",
                "yes" if low <= covered <= high else "no", f"{np.median(width[way, :, j]) / LEVEL:.4f}",
            ])  # fmt: skip
    return rows


if __name__ == "__main__":
    found = main(int(sys.argv[1]) if len(sys.argv) > 1 else SETS)
    with (HERE / "hidden.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["method", "number", "data sets", "coverage", "band low", "band high", "inside", "width"]
        )
        writer.writerows(found)
    for row in found:
        print(*row)
