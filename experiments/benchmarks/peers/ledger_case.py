"""The ledger that is timed: a daily ward round's value file over ten years, for several projects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cisim.spec import read_value
from cisim.spec.value import Value
from cisim.value import OPEN, Quantity, draw_numbers

VALUE = Path(__file__).parents[2] / "daily-ward-round" / "value.yaml"
YEARS, REPLICATIONS = 10, 10
POOL, PATHWAY = "gastro beds", "gastroenterology"
# bed-days a year closed, reinvested and absorbed; patients reinvested, absorbed and lost: near the experiment's own
RUNS = {
    "Close a bay of six beds": ((2190.0, 0.0, 266.0), (0.0, 44.0, 11.0)),
    "Treat gastroenterology patients now sent to other wards": ((0.0, 1710.0, 273.0), (200.0, 36.0, 9.0)),
    "Decide nothing and keep the beds open": ((0.0, 0.0, 1990.0), (0.0, 236.0, 9.0)),
}
ROUNDS = 261.0
RELEASE = 2040.0


def value() -> Value:
    """Return the value file over ten years, each with the whole effect: the loop knows no other."""
    return read_value(VALUE).model_copy(update={"years": YEARS, "effect": None})


def numbers(of: Value, draws: int, project: int) -> dict[str, np.ndarray]:
    """Return the draws of a project, by path."""
    return draw_numbers(of, draws, seed=1 + project)


def luck(replication: int) -> float:
    """Return by how much one year's luck changes what is released."""
    return 1.0 + 0.01 * (replication - (REPLICATIONS - 1) / 2)


def quantities(of: Value) -> dict[str, list[list[Quantity]]]:
    """Return what each option released and what became of it, by replication; nothing decided is among them."""
    out = {name: [_one(of, name, luck(r)) for r in range(REPLICATIONS)] for name in RUNS}
    out[OPEN] = out[list(RUNS)[-1]]
    return out


def _one(of: Value, name: str, times: float) -> list[Quantity]:
    (closed, reinvested, absorbed), patients = RUNS[name]
    released = RELEASE * times
    uses: dict[str, Any] = {
        "release": released,
        "closed": closed,
        "reinvested": reinvested * times,
        "absorbed": absorbed * times,
    }
    uses["idle_change"] = released - closed - (reinvested + absorbed) * times
    out = [Quantity(name, use, POOL, "", "provider", days, "bed-day") for use, days in uses.items()]
    for use, count in zip(("reinvested", "absorbed", "lost"), patients, strict=True):
        out.append(Quantity(name, f"patients_{use}", "", PATHWAY, "provider", count * times, "patient"))
    running = [f"running:{item.item}" for item in of.running]
    return out + [Quantity(name, use, "", PATHWAY, "provider", ROUNDS, "opening") for use in running]
