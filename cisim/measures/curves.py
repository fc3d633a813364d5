"""Step functions of time: what a pool holds, what its rota says, how long a queue is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisim.measures.scan import NEVER
from cisim.measures.stretches import by_time, excess, settled, spent_at

__all__ = [
    "NEVER",
    "Curve",
    "Floats",
    "Ints",
    "counting",
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
        return _picked(self.values, index)

    def integral_to(self, moments: Ints) -> Ints:
        """Return the integral from the beginning to each of `moments`, in value-milliseconds."""
        moments = np.asarray(moments, np.int64)
        index = np.searchsorted(self.times, moments, side="right") - 1
        times, values, area = (_picked(a, index) for a in (self.times, self.values, self.area))
        return area + values * (moments - times)

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
        before = int(self.at(np.array([start]))[0])
        low, spent = spent_at(self.times[first:last], self.values[first:last], before, start, end)
        held = np.flatnonzero(spent)
        return held + low, spent[held]

    def above(self, other: Curve, edges: Ints) -> Ints:
        """Return the integral of this curve less `other`, where it is above it, between each edge and the next."""
        return excess((self.times, self.values), (other.times, other.values), edges)


def _picked(values: Ints, index: Ints) -> Ints:
    """Return `values` at `index`, and 0 where that is before the first."""
    found = values[np.maximum(index, 0)] if len(values) else np.zeros_like(index)
    return np.where(index >= 0, found, 0)


def distinct(values: Ints) -> Ints:
    """Return the different values, rising; by sorting, which for many is far quicker than `numpy.unique`."""
    rising = np.sort(values)
    return rising[np.append(rising[1:] != rising[:-1], len(rising) > 0)] if len(rising) else rising


def from_changes(times: Ints, changes: Ints) -> Curve:
    """Return the running sum of `changes` made at `times` (ms, in any order)."""
    return Curve(*settled(*_by_time(np.asarray(times, np.int64), np.asarray(changes, np.int64))))


def _by_time(times: Ints, changes: Ints) -> tuple[Ints, Ints]:
    """Sort changes by time; where times are crowded, packed into one number each if they fit."""
    sorted_so, moments, moved = by_time(times, changes)
    if sorted_so:
        return moments, moved
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


def from_levels(times: Ints, values: Ints) -> Curve:
    """Return the curve that has `values` from `times` on; the first value holds from 0 on."""
    times = np.array(times, np.int64)
    if len(times):
        times[0] = min(int(times[0]), 0)
    levels = np.append(0, np.asarray(values, np.int64))
    return Curve(*settled(times, levels[1:] - levels[:-1]))
