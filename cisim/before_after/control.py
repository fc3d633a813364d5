"""Statistical process control: which points are signals, by limits that only the time before the change sets.

An XmR chart: the mean of the periods before, and limits at 2.66 mean moving ranges, which is three standard deviations
of independent normal numbers. Five rules, those of NHS England's Making Data Count. Successive periods that are alike
make the limits too narrow and runs longer: how much so is told.

References
----------
Wheeler (2000), Understanding Variation. Provost, Murray (2011), The Health Care Data Guide. NHS England, Making Data
Count: strengthening your decisions (2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.errors import ModelError

__all__ = ["RULES", "Control", "Signal", "control"]

Floats = NDArray[np.float64]
LEAST_BEFORE = 8
_MOVING = 2.66  # 3 / 1.128: three standard deviations, from the mean range of two numbers
_RUN = 7
RULES = {
    "outside": "a point outside the limits",
    "run": "seven points in a row on one side of the mean",
    "trend": "seven points in a row, each above the one before, or each below",
    "near": "two of three points in the outer third, on one side",
    "close": "fifteen points in a row in the inner third",
}
"""The rules by name, in words."""


class Signal(NamedTuple):
    """Periods that luck alone seldom gives.

    Attributes
    ----------
    rule : str
        One of `RULES`.
    first, last : int
        The periods, counted from 0.
    up : bool
        Whether above the mean, or rising.
    """

    rule: str
    first: int
    last: int
    up: bool


@dataclass(frozen=True, slots=True)
class Control:
    """An XmR chart.

    Attributes
    ----------
    mean, low, high : float
        The mean of the periods before the change, and the limits.
    signals : tuple of Signal
        In the order of their first periods.
    likeness : float
        Correlation of a period with the next, before the change.
    changed : int
    """

    mean: float
    low: float
    high: float
    signals: tuple[Signal, ...]
    likeness: float
    changed: int

    @property
    def after(self) -> tuple[Signal, ...]:
        """The signals that end after the change."""
        return tuple(s for s in self.signals if s.last >= self.changed)

    @property
    def before(self) -> tuple[Signal, ...]:
        """The signals that ended before the change: the process was not steady even then."""
        return tuple(s for s in self.signals if s.last < self.changed)


def control(values: ArrayLike, changed: int) -> Control:
    """Return the chart of a series, its limits set by the periods before `changed`.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Not a number where a period is not known: it breaks no run, and is in none.
    changed : int
        The first period after the change, counted from 0.

    Raises
    ------
    ModelError
        With fewer than eight known periods before the change.

    Examples
    --------
    >>> found = control([10, 12, 11, 9, 10, 11, 10, 11, 6, 7, 6, 7, 6, 7, 6], 8)
    >>> round(found.mean, 2), round(found.low, 2), sorted({s.rule for s in found.after})
    (10.5, 7.08, ['near', 'outside', 'run'])
    """
    y = np.asarray(values, dtype=np.float64)
    before = y[: max(changed, 0)]
    before = before[~np.isnan(before)]
    if len(before) < LEAST_BEFORE:
        raise ModelError(
            "values", f"got {len(before)} known periods before the change, want {LEAST_BEFORE} or more"
        )
    mean, half = float(before.mean()), _MOVING * float(np.abs(np.diff(before)).mean())
    at = np.flatnonzero(~np.isnan(y))
    found = sorted(_signals(y[at] - mean, half, at), key=lambda s: (s.first, s.last, s.rule))
    left = before - mean
    square = float(left @ left)
    likeness = float(left[1:] @ left[:-1]) / square if square else 0.0
    return Control(mean, mean - half, mean + half, tuple(found), likeness, changed)


def _signals(off: Floats, half: float, at: NDArray[np.intp]) -> list[Signal]:
    """Return the signals of deviations from the mean; each longest stretch once."""
    third = half / 3
    sides = [(True, off), (False, -off)]
    found: list[Signal] = []
    for up, z in sides:
        found += [Signal("outside", int(at[i]), int(at[i]), up) for i in np.flatnonzero(z > half)]
        found += _stretches("run", z > 0, _RUN, at, up=up)
        rising = np.concatenate([[False], np.diff(z) > 0])
        found += [
            Signal("trend", int(at[a - 1]), int(at[b]), up) for a, b in _runs(rising) if b - a + 2 >= _RUN
        ]
        outer = z > 2 * third
        pairs = [i for i in range(2, len(z)) if outer[i - 2 : i + 1].sum() >= 2 and outer[i]]
        found += [Signal("near", int(at[i - 2]), int(at[i]), up) for i in pairs]
    found += [
        Signal("close", int(at[a]), int(at[b]), up=True) for a, b in _runs(np.abs(off) < third) if b - a >= 14
    ]
    return found


def _stretches(
    rule: str, holds: NDArray[np.bool_], least: int, at: NDArray[np.intp], *, up: bool
) -> list[Signal]:
    return [Signal(rule, int(at[a]), int(at[b]), up) for a, b in _runs(holds) if b - a + 1 >= least]


def _runs(holds: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first and last place of each unbroken stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(np.int8), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]
