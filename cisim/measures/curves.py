"""Step functions of time: what a pool holds, what its rota says, how long a queue is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisim.measures.scan import NEVER, spent_at

__all__ = [
    "NEVER",
    "Curve",
    "Floats",
    "Ints",
    "counting",
    "difference",
    "distinct",
    "from_changes",
    "from_levels",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """A whole number that changes at moments: `values[i]` from `times[i]` on, and 0 before the first.

    The value at a moment is the settled one: everything that happens at that millisecond has happened.

    Attributes
    ----------
    times : ndarray of int64, shape (n,)
        Milliseconds, rising strictly.
    values : ndarray of int64, shape (n,)
    area : ndarray of int64, shape (n,)
        The integral up to each time.

    Examples
    --------
    >>> curve = from_changes(np.array([0, 10, 10, 30]), np.array([1, 1, -1, -1]))
    >>> curve.integral(0, 40), curve.integral(20, 25)
    (30, 5)
    """

    times: Ints
    values: Ints
    area: Ints

    def at(self, moments: Ints) -> Ints:
        """Return the value at each of `moments` (ms)."""
        index = np.searchsorted(self.times, moments, side="right") - 1
        return np.where(index >= 0, np.append(self.values, 0)[index], 0)

    def integral_to(self, moments: Ints) -> Ints:
        """Return the integral from the beginning to each of `moments`, in value-milliseconds."""
        moments = np.asarray(moments, np.int64)
        index = np.searchsorted(self.times, moments, side="right") - 1
        times, values, area = (np.append(a, 0) for a in (self.times, self.values, self.area))
        return np.where(index >= 0, area[index] + values[index] * (moments - times[index]), 0)

    def integrals(self, starts: Ints, ends: Ints) -> Ints:
        """Return the integral over each window [start, end), in value-milliseconds."""
        return self.integral_to(ends) - self.integral_to(starts)

    def integral(self, start: int, end: int) -> int:
        """Return the integral over [start, end), in value-milliseconds."""
        first, last = self.integral_to(np.array([start, end]))
        return int(last - first)

    def distribution(self, start: int, end: int) -> tuple[Ints, Ints]:
        """Return the values taken in [start, end), rising, and the milliseconds spent at each.

        A value passed through within one millisecond takes no time and is not among them.
        """
        first, last = np.searchsorted(self.times, [start, end], side="left")
        edges = np.concatenate(([start], self.times[first:last], [end])).astype(np.int64)
        values = np.concatenate((self.at(np.array([start])), self.values[first:last]))
        lengths = np.diff(edges)
        low = int(values.min())
        spent = spent_at(values, lengths, low, int(values.max()) - low + 1)
        held = np.flatnonzero(spent)
        return held + low, spent[held]


def distinct(values: Ints) -> Ints:
    """Return the different values, rising; by sorting, which for many is far quicker than `numpy.unique`."""
    rising = np.sort(values)
    return rising[np.append(rising[1:] != rising[:-1], len(rising) > 0)] if len(rising) else rising


def from_changes(times: Ints, changes: Ints) -> Curve:
    """Return the running sum of `changes` made at `times` (ms, in any order)."""
    moments, steps = _by_time(np.asarray(times, np.int64), np.asarray(changes, np.int64))
    last = np.flatnonzero(np.append(moments[1:] != moments[:-1], len(moments) > 0))
    return _curve(moments[last], np.cumsum(steps)[last])


def _by_time(times: Ints, changes: Ints) -> tuple[Ints, Ints]:
    """Sort changes by time: packed into one number each where they fit, which is many times faster."""
    if not len(times):
        return times, changes
    first, least = int(times.min()), int(changes.min())
    bits = (int(changes.max()) - least).bit_length()
    if (int(times.max()) - first).bit_length() + bits > 62:
        order = np.argsort(times, kind="stable")
        return times[order], changes[order]
    keys = ((times - first) << bits) | (changes - least)
    keys.sort()
    return (keys >> bits) + first, (keys & ((1 << bits) - 1)) + least


def counting(entries: Ints, exits: Ints) -> Curve:
    """Return how many are between entry and exit; an exit of NEVER is one that has not happened."""
    gone = exits[exits < NEVER]
    return from_changes(
        np.concatenate((entries, gone)), np.concatenate((np.ones_like(entries), -np.ones_like(gone)))
    )


def difference(one: Curve, other: Curve, *, positive: bool = False) -> Curve:
    """Return `one` less `other`, or only where that is above zero."""
    times = distinct(np.concatenate((one.times, other.times)))
    values = one.at(times) - other.at(times)
    return _curve(times, np.maximum(values, 0) if positive else values)


def from_levels(times: Ints, values: Ints) -> Curve:
    """Return the curve that has `values` from `times` on; the first value holds from 0 on."""
    times = np.array(times, np.int64)
    if len(times):
        times[0] = min(int(times[0]), 0)
    return _curve(times, np.asarray(values, np.int64))


def _curve(times: Ints, values: Ints) -> Curve:
    area = np.concatenate(([0], np.cumsum(values[:-1] * np.diff(times)))) if len(times) else np.zeros(0)
    return Curve(times, values, area.astype(np.int64))
