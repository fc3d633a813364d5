"""What a measure is, and the windows that it is taken over."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cisim.measures.stretches import counts, overlaps, parted, sums
from cisim.units import WEEK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from cisim.measures.curves import Floats, Ints

__all__ = ["ROUNDING", "Measure", "Windows", "emit", "rank_of", "ratio"]

ROUNDING = 1e-12
"""How far a share may be from the one asked for and be it."""


class Measure(NamedTuple):
    """One number about a window.

    Attributes
    ----------
    measure, statistic : str
        Such as ``wait`` and ``p95``.
    pathway, step, pool : str
        What it is about; empty where it does not apply.
    week : int
        -1 for the whole window, else 0, 1, 2... weeks since its start; the last may be a part of a week.
    value : float
        Not a number where it rests on nothing (`n` is 0), or where a percentile is never reached.
    unit : str
    n : int
        How many patients, stays, midnights... the value rests on.
    """

    measure: str
    statistic: str
    pathway: str
    step: str
    pool: str
    week: int
    value: float
    unit: str
    n: int


@dataclass(frozen=True, slots=True)
class Windows:
    """Half-open windows [start, end): the whole first, then its weeks.

    Attributes
    ----------
    starts, ends : ndarray of int64, shape (w,)
        Milliseconds.
    weeks : ndarray of int64, shape (w,)
        -1, 0, 1, 2...
    """

    starts: Ints
    ends: Ints
    weeks: Ints

    @classmethod
    def of(cls, start: int, end: int, *, weekly: bool) -> Windows:
        """Return the window, and its weeks where they are wanted.

        >>> Windows.of(0, 10 * 86_400_000, weekly=True).weeks.tolist()
        [-1, 0, 1]
        """
        edges = np.arange(start, end, WEEK, dtype=np.int64) if weekly else np.zeros(0, np.int64)
        return cls(
            starts=np.append([start], edges).astype(np.int64),
            ends=np.append([end], np.minimum(edges + WEEK, end)).astype(np.int64),
            weeks=np.arange(-1, len(edges), dtype=np.int64),
        )

    @property
    def lengths(self) -> Ints:
        """Milliseconds of each window."""
        return self.ends - self.starts

    @property
    def edges(self) -> Ints:
        """Where the weeks begin, or the window where there are none, and the end."""
        return np.append(self.starts[1:] if len(self.starts) > 1 else self.starts, self.ends[0])

    def with_whole(self, each: Ints) -> Ints:
        """Return a number of each week with their sum, that of the whole, before them."""
        return np.append(each.sum(keepdims=True), each) if len(self.starts) > 1 else each

    def count(self, times: Ints) -> Ints:
        """Return how many of `times` fall in each window."""
        return self.with_whole(counts(times, self.edges))

    def before_end(self, times: Ints) -> Ints:
        """Return how many of `times` lie before the end of each window."""
        inside = counts(times, self.edges)
        weeks = np.count_nonzero(times < self.edges[0]) + np.cumsum(inside)
        return np.append(weeks[-1:], weeks) if len(self.starts) > 1 else weeks

    def sum(self, times: Ints, values: Ints) -> Ints:
        """Return the sum of the `values` whose time falls in each window."""
        return self.with_whole(sums(times, values, self.edges))

    def overlap(self, entries: Ints, exits: Ints) -> Ints:
        """Return the milliseconds between entry and exit, of all together, that fall in each window."""
        return self.with_whole(overlaps(entries, exits, self.edges))

    def groups(self, times: Ints, values: Ints) -> list[Ints]:
        """Return, for each window, the `values` whose time falls in it, in no order that matters."""
        found, first = parted(times, values, self.edges)
        weeks = [found[a:b] for a, b in pairwise(first.tolist())]
        return [found, *weeks] if len(self.starts) > 1 else weeks


def rank_of(shares: Floats, number: int) -> Ints:
    """Return, counted from 0, which of `number` values, rising, is the least that each share does not exceed.

    >>> rank_of(np.array([0.05, 0.5, 0.95]), 20)
    array([ 0,  9, 18])
    """
    rank = np.ceil((shares - ROUNDING) * number).astype(np.int64) - 1
    return np.clip(rank, 0, number - 1)


def ratio(above: ArrayLike, below: ArrayLike) -> Floats:
    """Divide; not a number where there is nothing to divide by.

    >>> ratio([1, 2], [2, 0])
    array([0.5, nan])
    """
    top, bottom = np.asarray(above, np.float64), np.asarray(below, np.float64)
    out: Floats = np.full(np.broadcast(top, bottom).shape, np.nan)
    np.divide(top, bottom, out=out, where=bottom != 0)
    return out


def emit(
    name: tuple[str, str],
    owner: tuple[str, str, str],
    unit: str,
    windows: Windows,
    values: ArrayLike,
    n: ArrayLike,
) -> Iterator[Measure]:
    """Yield one measure a window: `name` is (measure, statistic), `owner` is (pathway, step, pool)."""
    numbers = np.broadcast_to(np.asarray(values, np.float64), windows.weeks.shape)
    counts = np.broadcast_to(np.asarray(n, np.int64), windows.weeks.shape)
    for week, value, count in zip(windows.weeks.tolist(), numbers.tolist(), counts.tolist(), strict=True):
        yield Measure(*name, *owner, week, value, unit, count)
