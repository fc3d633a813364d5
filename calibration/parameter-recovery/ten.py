"""Ten hidden numbers at once, found by `calibrate`: python calibration/parameter-recovery/ten.py [SETS [WORKERS]].

Each data set is half a year of ten/model.yaml at a truth of its own; another half-year of the same truth is kept back.
Writes ten.csv beside it: a row for each number of each set. A set takes about four minutes on two idle cores.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from cisim.calibrate import Task, calibrate, simulate_point, values_of
from cisim.spec import read_study
from cisim.streams import address

HERE = Path(__file__).parent
SETS, LEVEL = 3, 0.9
FAR = 10_000_000  # replications of the data, which no point of a calibration uses
INSIDE = (0.1, 0.9)  # truths are drawn from the middle of the priors


def set_of(number):
    """Return a study whose figures were simulated, and the truth behind them in the files' own units."""
    calibration = read_study(HERE / "ten")
    rng = np.random.default_rng(address(number, "recovery", "ten"))
    u = rng.uniform(*INSIDE, (1, len(calibration.hidden)))
    truth = values_of(calibration, u)[0]
    first = FAR + number * calibration.study.run.replications
    fitted, kept = simulate_point(calibration, Task("", tuple(truth.tolist()), first))[:2]
    figures = tuple(
        (one if target.role == "fitted" else other, 0.0)
        for target, one, other in zip(calibration.study.targets, fitted, kept, strict=True)
    )
    return replace(calibration, figures=figures), truth


def recover(number, workers):
    """Return a row for each hidden number of one data set: truth, interval, whether it holds, what is left."""
    calibration, truth = set_of(number)
    with tempfile.TemporaryDirectory() as folder:
        found = calibrate(calibration, Path(folder) / "run", workers=workers)
    tail = (1 - LEVEL) / 2
    rows = []
    for j, (hidden, known) in enumerate(zip(calibration.hidden, found.known, strict=True)):
        low, high = np.quantile(found.draws[:, j], [tail, 1 - tail])
        told = (f"{hidden.told(x):.4g}" for x in (truth[j], low, high))
        holds = "yes" if low <= truth[j] <= high else "no"
        rows.append([number, hidden.name, hidden.unit, *told, holds, f"{known.left:.2f}"])
    failed = [one.check for one in found.judgements if not one.passed]
    return rows, failed


if __name__ == "__main__":
    sets, workers = (int(one) for one in (sys.argv[1:] + [str(SETS), "2"][len(sys.argv) - 1 :])[:2])
    with (HERE / "ten.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["set", "number", "unit", "truth", "low", "high", "held", "spread left"])
        for number in range(sets):
            rows, failed = recover(number, workers)
            writer.writerows(rows)
            file.flush()
            hold = sum(row[6] == "yes" for row in rows)
            print(f"set {number}: {hold} of {len(rows)} hold; failed: {failed or 'nothing'}", flush=True)
