"""Step functions and windows of time: everything here is compiled, and calls nothing outside this module.

What is kept on disk of a compiled function does not see that another file has changed.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "by_time",
    "counts",
    "excess",
    "overlaps",
    "parted",
    "settled",
    "spent_at",
    "sums",
]

Ints = NDArray[np.int64]


@njit(cache=True, inline="always")
def _gap(edges: Ints, time: int, guess: int) -> int:
    """Return the gap between edges that a time within them falls in; a good guess is soon found right."""
    if edges[guess] <= time < edges[guess + 1]:
        return guess
    low, high = 0, len(edges) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if edges[middle] <= time:
            low = middle
        else:
            high = middle
    return low


@njit(cache=True)
def spent_at(times: Ints, values: Ints, before: int, start: int, end: int) -> tuple[int, Ints]:
    """Return the least value of a step function over [start, end), and the time spent at it and at each above.

    It has the value `before` at `start`, and each of `values` from its time, in that window, on.
    """
    low, high = before, before
    for value in values:
        low, high = min(low, value), max(high, value)
    out = np.zeros(high - low + 1, np.int64)
    value, since = before, start
    for i in range(len(times)):
        out[value - low] += times[i] - since
        value, since = values[i], times[i]
    out[value - low] += end - since
    return low, out


_CROWD = 64


@njit(cache=True)
def by_time(times: Ints, changes: Ints) -> tuple[bool, Ints, Ints]:
    """Return whether this way of sorting was worth while, and the times, rising, with their changes.

    They are put into equal stretches of time, a few in each, and every stretch is sorted by insertion: a log tells of
    its times nearly in order. Not worth while where a stretch is crowded.
    """
    moments, moved = np.empty_like(times), np.empty_like(changes)
    if len(times) == 0:
        return True, moments, moved
    low, high = times.min(), times.max()
    shift = 0
    while (high - low) >> shift > len(times) // 8:
        shift += 1
    first = np.zeros(((high - low) >> shift) + 2, np.int64)
    for t in times:
        first[((t - low) >> shift) + 1] += 1
    if first.max() > _CROWD:
        return False, moments, moved
    first = np.cumsum(first)
    filled = first[:-1].copy()
    for i in range(len(times)):
        stretch = (times[i] - low) >> shift
        at = filled[stretch]
        filled[stretch] += 1
        while at > first[stretch] and moments[at - 1] > times[i]:
            moments[at], moved[at] = moments[at - 1], moved[at - 1]
            at -= 1
        moments[at], moved[at] = times[i], changes[i]
    return True, moments, moved


@njit(cache=True)
def settled(times: Ints, changes: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the different `times`, which rise, the sum of `changes` from each on, and its integral up to each."""
    out, values, area = np.empty_like(times), np.empty_like(times), np.empty_like(times)
    count, level, total = 0, 0, 0
    for i in range(len(times)):
        if count == 0 or times[i] != out[count - 1]:
            if count > 0:
                total += level * (times[i] - out[count - 1])
            out[count], area[count] = times[i], total
            count += 1
        level += changes[i]
        values[count - 1] = level
    return out[:count], values[:count], area[:count]


@njit(cache=True)
def excess(one: tuple[Ints, Ints], other: tuple[Ints, Ints], edges: Ints) -> Ints:
    """Return the integral, between one edge and the next, of one step function where it is above another.

    Each is its times, rising, and its values from then on; before its first time it is 0.
    """
    (times, values), (moments, limits) = one, other
    out = np.zeros(len(edges) - 1, np.int64)
    i, j, value, limit = 0, 0, 0, 0
    for gap in range(len(out)):
        now = edges[gap]
        while now < edges[gap + 1]:
            while i < len(times) and times[i] <= now:
                value = values[i]
                i += 1
            while j < len(moments) and moments[j] <= now:
                limit = limits[j]
                j += 1
            then = edges[gap + 1]
            if i < len(times):
                then = min(then, times[i])
            if j < len(moments):
                then = min(then, moments[j])
            out[gap] += max(value - limit, 0) * (then - now)
            now = then
    return out


@njit(cache=True)
def counts(times: Ints, edges: Ints) -> Ints:
    """Return how many of `times` fall between one edge and the next."""
    out, at = np.zeros(len(edges) - 1, np.int64), 0
    for t in times:
        if edges[0] <= t < edges[-1]:
            at = _gap(edges, t, at)
            out[at] += 1
    return out


@njit(cache=True)
def sums(times: Ints, values: Ints, edges: Ints) -> Ints:
    """Return the sum of the `values` whose times fall between one edge and the next."""
    out, at = np.zeros(len(edges) - 1, np.int64), 0
    for i in range(len(times)):
        if edges[0] <= times[i] < edges[-1]:
            at = _gap(edges, times[i], at)
            out[at] += values[i]
    return out


@njit(cache=True)
def overlaps(entries: Ints, exits: Ints, edges: Ints) -> Ints:
    """Return the time between entry and exit that falls between one edge and the next, of all together."""
    out, first = np.zeros(len(edges) - 1, np.int64), 0
    for i in range(len(entries)):
        begin, end = max(entries[i], edges[0]), min(exits[i], edges[-1])
        if begin < end:
            at = first = _gap(edges, begin, first)
            while begin < end:
                step = min(end, edges[at + 1])
                out[at] += step - begin
                begin = step
                at += 1
    return out


@njit(cache=True)
def parted(times: Ints, values: Ints, edges: Ints) -> tuple[Ints, Ints]:
    """Return the `values` whose times lie between the edges, by gap, and where each gap's values begin."""
    size = counts(times, edges)
    first = np.zeros(len(edges), np.int64)
    for i in range(len(size)):
        first[i + 1] = first[i] + size[i]
    out, place, at = np.empty(first[-1], np.int64), first[:-1].copy(), 0
    for i in range(len(times)):
        if edges[0] <= times[i] < edges[-1]:
            at = _gap(edges, times[i], at)
            out[place[at]] = values[i]
            place[at] += 1
    return out, first
