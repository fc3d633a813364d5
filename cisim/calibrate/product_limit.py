"""How long things last, with no family assumed: the product-limit curve, for ends unseen and for late entry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisim.errors import ModelError

__all__ = ["Lasting", "Stays", "product_limit", "stays"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Stays:
    """Durations as records have them; arrays of one length, in one unit.

    Attributes
    ----------
    value : ndarray of float
        How long it had lasted when it ended, or when it was last seen.
    seen : ndarray of bool
        Whether its end was seen; where not, it lasted longer (right-censored).
    entered : ndarray of float
        How long it had lasted when the records begin (left truncation): 0 but for who was there before. Who had left by
        then was never recorded, so that those who were there had stayed long.
    """

    value: Floats
    seen: Bools
    entered: Floats

    def __len__(self) -> int:
        return len(self.value)

    def part(self, which: NDArray[np.int64] | Bools) -> Stays:
        """Return some of them."""
        return Stays(self.value[which], self.seen[which], self.entered[which])


def stays(value: object, seen: object = None, entered: object = None, *, zero: bool = False) -> Stays:
    """Return durations that can be fitted.

    Parameters
    ----------
    value, seen, entered : array_like, shape (n,)
        See `Stays`; `seen` all and `entered` 0, where left out.
    zero : bool
        Whether durations of 0 are allowed.

    Raises
    ------
    ModelError
        For lengths that differ, fewer than 10 ends seen, ends all at one value, or values that are no durations.
    """
    try:
        x = np.asarray(value, float)
    except (TypeError, ValueError):
        raise ModelError("durations", "got something else than numbers, want one number for each") from None
    ended = np.ones(len(x), bool) if seen is None else np.asarray(seen, bool)
    late = np.zeros(len(x)) if entered is None else np.asarray(entered, float)
    if not len(x) == len(ended) == len(late):
        raise ModelError("durations", f"got {len(x)}, {len(ended)} and {len(late)}, want as many of each")
    least = float(x.min()) if len(x) else 0.0
    if x.ndim != 1 or not len(x):
        raise ModelError("durations", "got none, want 10 or more, in one list")
    if not np.isfinite(x).all() or least < 0 or (least == 0 and not zero):
        raise ModelError(
            "durations", f"got one of {least:g}, want all above 0; of 0 only where a resolution is said"
        )
    if (late < 0).any() or (late >= np.where(x > 0, x, 1.0)).any():
        raise ModelError("entered", "got an elapsed time below 0 or not below the duration, want it below")
    if ended.sum() < 10:
        raise ModelError("durations", f"got {int(ended.sum())} ends seen, want 10 or more")
    if np.ptp(x[ended]) == 0:
        text = f"got {x[ended][0]:g} each time, want some that differ; a duration that is fixed needs no fit"
        raise ModelError("durations", text)
    return Stays(x, ended, late)


@dataclass(frozen=True, slots=True)
class Lasting:
    """The product-limit curve.

    Attributes
    ----------
    time : ndarray, shape (k,)
        Times at which an end was seen, rising.
    longer : ndarray, shape (k,)
        The share that lasts longer than each.
    error : ndarray, shape (k,)
        Standard error of the log of minus the log of that share, by Greenwood; infinite at the ends of the curve.
    """

    time: Floats
    longer: Floats
    error: Floats

    def quantile(self, p: float) -> float:
        """Return the time by which a share `p` has ended; nan where the curve does not go so far."""
        reached = np.flatnonzero(1 - self.longer >= p - 1e-12)
        return float(self.time[reached[0]]) if len(reached) else float("nan")

    def band(self, p: float) -> tuple[float, float]:
        """Return the 95% interval of that time (Brookmeyer and Crowley 1982); nan where it has no upper end."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (np.log(-np.log(self.longer)) - np.log(-np.log(1 - p))) / self.error
        inside = np.flatnonzero(np.abs(z) <= 1.959963984540054)
        if not len(inside):
            middle = self.quantile(p)
            return middle, middle
        above = np.flatnonzero(z > 1.959963984540054)
        high = float(self.time[above[0]]) if len(above) else float("nan")
        return float(self.time[inside[0]]), high


def product_limit(data: Stays) -> Lasting:
    """Return the product-limit curve of durations with ends unseen and late entry (Kaplan and Meier 1958).

    >>> curve = product_limit(Stays(np.array([1.0, 2.0, 3.0]), np.array([True, False, True]), np.zeros(3)))
    >>> curve.longer.round(3).tolist()
    [0.667, 0.0]
    """
    time, deaths = np.unique(data.value[data.seen], return_counts=True)
    left = np.sort(data.value)
    came = np.sort(np.where(data.entered > 0, data.entered, -1.0))  # seen from the first moment on: at 0 too
    risk = np.searchsorted(came, time, side="left") - np.searchsorted(left, time, side="left")
    risk = np.maximum(risk, deaths)
    longer = np.cumprod(1 - deaths / risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(deaths / (risk * (risk - deaths)))
        error = np.sqrt(greenwood) / np.abs(np.log(longer))
    return Lasting(time, longer, np.where(np.isfinite(error), error, np.inf))
