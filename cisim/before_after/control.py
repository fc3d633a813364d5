"""Statistical process control: which points are signals, by limits that only the time before the change sets.

Four charts. Of single values (XmR): the mean of the periods before, and limits at 2.66 mean moving ranges, which is
three standard deviations of independent normal numbers. Of counts (c), of rates (u) and of proportions (p): limits at
three standard deviations of Poisson or binomial numbers, wider where there are fewer patients. Three sets of rules: the
five of NHS England's Making Data Count, the four of Western Electric, the eight of Nelson. Successive periods that are
alike make limits too narrow and runs longer: how much so is told.

References
----------
Wheeler (2000), Understanding Variation. Provost, Murray (2011), The Health Care Data Guide. NHS England, Making Data
Count: strengthening your decisions (2019). Western Electric (1956), Statistical Quality Control Handbook. Nelson
(1984), The Shewhart control chart: tests for special causes, Journal of Quality Technology 16(4), 237-239.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.errors import ModelError, nearest

__all__ = ["RULES", "SETS", "Control", "Signal", "control"]

Floats = NDArray[np.float64]
Kind = Literal["values", "counts", "rates", "proportions"]
LEAST_BEFORE = 8
_MOVING = 2.66  # 3 / 1.128: three standard deviations, from the mean range of two numbers
RULES = {
    "outside": "a point outside the limits",
    "run": "seven points in a row on one side of the mean",
    "run of eight": "eight points in a row on one side of the mean",
    "run of nine": "nine points in a row on one side of the mean",
    "trend": "seven points in a row, each above the one before, or each below",
    "trend of six": "six points in a row, each above the one before, or each below",
    "near": "two of three points in the outer third, on one side",
    "middle": "four of five points beyond the inner third, on one side",
    "close": "fifteen points in a row in the inner third",
    "apart": "eight points in a row on both sides, none in the inner third",
    "to and fro": "fourteen points in a row, up and down in turn",
}
"""The rules by name, in words."""
SETS = {
    "NHS": ("outside", "run", "trend", "near", "close"),
    "Western Electric": ("outside", "near", "middle", "run of eight"),
    "Nelson": ("outside", "run of nine", "trend of six", "to and fro", "near", "middle", "close", "apart"),
}
"""The rules that are used together, by whose they are."""
_LENGTH = {
    "run": 7,
    "run of eight": 8,
    "run of nine": 9,
    "trend": 7,
    "trend of six": 6,
    "close": 15,
    "apart": 8,
}
_TURNS = 14


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
    """A control chart.

    Attributes
    ----------
    mean, low, high : float
        The mean of the periods before the change, and the limits: where they differ, those of the usual size.
    signals : tuple of Signal
        In the order of their first periods.
    likeness : float
        Correlation of a period with the next, before the change.
    changed : int
    limits : ndarray of float, shape (n, 2)
        The limits of each period.
    """

    mean: float
    low: float
    high: float
    signals: tuple[Signal, ...]
    likeness: float
    changed: int
    limits: Floats

    @property
    def after(self) -> tuple[Signal, ...]:
        """The signals that end after the change."""
        return tuple(s for s in self.signals if s.last >= self.changed)

    @property
    def before(self) -> tuple[Signal, ...]:
        """The signals that ended before the change: the process was not steady even then."""
        return tuple(s for s in self.signals if s.last < self.changed)


def control(
    values: ArrayLike,
    changed: int,
    *,
    kind: Kind = "values",
    sizes: ArrayLike | None = None,
    rules: str = "NHS",
) -> Control:
    """Return the chart of a series, its limits set by the periods before `changed`.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Not a number where a period is not known: it breaks no run, and is in none.
    changed : int
        The first period after the change, counted from 0.
    kind : 'values', 'counts', 'rates' or 'proportions'
        XmR, c, u or p chart.
    sizes : array_like of float, shape (n,), optional
        Of rates and proportions: of how many each is (bed-days, patients).
    rules : str
        'NHS', 'Western Electric' or 'Nelson'.

    Raises
    ------
    ModelError
        With fewer than eight known periods before the change, a kind or rules that are not known, numbers that cannot
        be of this kind, or no sizes where they are wanted.

    Examples
    --------
    >>> found = control([10, 12, 11, 9, 10, 11, 10, 11, 6, 7, 6, 7, 6, 7, 6], 8)
    >>> round(found.mean, 2), round(found.low, 2), sorted({s.rule for s in found.after})
    (10.5, 7.08, ['near', 'outside', 'run'])
    """
    y = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(y)
    first = known & (np.arange(len(y)) < changed)
    if first.sum() < LEAST_BEFORE:
        raise ModelError(
            "values", f"got {int(first.sum())} known periods before the change, want {LEAST_BEFORE} or more"
        )
    if rules not in SETS:
        raise ModelError("rules", f"got {rules!r}, want one of: {', '.join(SETS)}{nearest(rules, SETS)}")
    size = _checked(y[known], kind, sizes, known)
    mean = float(np.average(y[first], weights=size[first]))
    half = np.full(len(y), _MOVING * float(np.abs(np.diff(y[first])).mean()))
    if kind != "values":
        variance = mean * (1 - mean) if kind == "proportions" else mean
        half = 3 * np.sqrt(variance / size)
    at = np.flatnonzero(known)
    with np.errstate(divide="ignore", invalid="ignore"):
        thirds = np.nan_to_num((y[at] - mean) / (half[at] / 3), nan=0.0)
    found = sorted(_signals(y[at], thirds, at, SETS[rules]), key=lambda s: (s.first, s.last, s.rule))
    left = y[first] - mean
    square = float(left @ left)
    likeness = float(left[1:] @ left[:-1]) / square if square else 0.0
    limits = np.stack([mean - half, mean + half], axis=1)
    if kind != "values":
        limits = np.clip(limits, 0.0, 1.0 if kind == "proportions" else None)
    low, high = (float(x) for x in np.median(limits[first], axis=0))
    return Control(mean, low, high, tuple(found), likeness, changed, limits)


def _checked(y: Floats, kind: str, sizes: ArrayLike | None, known: NDArray[np.bool_]) -> Floats:
    """Return of how many each period is, 1 where it is not asked, or raise `ModelError`."""
    kinds = ("values", "counts", "rates", "proportions")
    if kind not in kinds:
        raise ModelError("kind", f"got {kind!r}, want one of: {', '.join(kinds)}{nearest(kind, kinds)}")
    if kind != "values" and (y < 0).any():
        raise ModelError("values", f"got {y.min():g}, want none below 0 on a chart of {kind}")
    if kind == "counts" and (y % 1 != 0).any():
        raise ModelError("values", "got broken numbers, want whole ones on a chart of counts")
    if kind == "proportions" and (y > 1).any():
        raise ModelError("values", f"got {y.max():g}, want shares between 0 and 1 on a chart of proportions")
    if kind in ("values", "counts"):
        return np.ones(len(known))
    size = np.ones(len(known)) * np.nan if sizes is None else np.asarray(sizes, dtype=np.float64)
    if size.shape != known.shape or not (size[known] > 0).all():
        raise ModelError("sizes", f"want of how many each of the {kind} is, above 0")
    return size


def _signals(y: Floats, off: Floats, at: NDArray[np.intp], rules: tuple[str, ...]) -> list[Signal]:
    """Return the signals of deviations from the mean, in standard deviations; each longest stretch once."""
    found: list[Signal] = []
    for up, z, rising in ((True, off, y), (False, -off, -y)):
        steps = np.concatenate([[False], np.diff(rising) > 0])
        whole = {
            "outside": [(int(i), int(i)) for i in np.flatnonzero(z > 3)],
            "near": _of(z > 2, 2, 3),
            "middle": _of(z > 1, 4, 5),
            **{r: _long(z > 0, _LENGTH[r]) for r in ("run", "run of eight", "run of nine")},
            **{
                r: [(a - 1, b) for a, b in _runs(steps) if b - a + 2 >= _LENGTH[r]]
                for r in ("trend", "trend of six")
            },
        }
        found += [Signal(r, int(at[a]), int(at[b]), up) for r in rules for a, b in whole.get(r, ())]
    turns = np.concatenate([[False, False], np.diff(y)[1:] * np.diff(y)[:-1] < 0])
    both = {
        "close": _long(np.abs(off) < 1, _LENGTH["close"]),
        "apart": [
            (a, b) for a, b in _long(np.abs(off) > 1, _LENGTH["apart"]) if np.ptp(np.sign(off[a : b + 1])) > 0
        ],
        "to and fro": [(a - 2, b) for a, b in _runs(turns) if b - a + 3 >= _TURNS],
    }
    return found + [Signal(r, int(at[a]), int(at[b]), up=True) for r in rules for a, b in both.get(r, ())]


def _of(holds: NDArray[np.bool_], least: int, among: int) -> list[tuple[int, int]]:
    """Return each stretch of so many points that ends with one that holds, and has at least so many of these."""
    return [
        (i - among + 1, i)
        for i in range(among - 1, len(holds))
        if holds[i] and holds[i - among + 1 : i + 1].sum() >= least
    ]


def _long(holds: NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    return [(a, b) for a, b in _runs(holds) if b - a + 1 >= least]


def _runs(holds: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first and last place of each unbroken stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(np.int8), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]
