"""Who arrives, and when: points of a unit Poisson process in (time, rate) that lie under a rate.

Band b holds the rates [b, b + 1) times the band's width; within it, points come at that width in time, each at a height
of its own. A higher rate takes in more points and moves none. Of a band is kept which of its points are patients, one
bit each; the times are made again whenever they are wanted, so that memory does not grow with those who come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.streams import BAND_BITS, uniforms
from cisim.units import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["NOBODY", "Arrivals", "Run", "Timing", "band_of", "in_order"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_CHUNK = 1 << 14  # points made at once, so that they stay in the cache
_GROUP = 256  # points whose patients are counted together; a chunk is so many groups


class Arrivals(NamedTuple):
    """Some who arrive, by time, then pathway, then patient number; all are arrays of int64 of one length.

    Attributes
    ----------
    time : ndarray
        Milliseconds.
    pathway, patient, slot : ndarray
        Slots are places among a pathway's patients, by number.
    """

    time: Ints
    pathway: Ints
    patient: Ints
    slot: Ints


NOBODY = Arrivals(*(np.empty(0, np.int64) for _ in range(4)))


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Which points of a band are patients.

    Attributes
    ----------
    bits : ndarray of uint8
        One bit a point, in whole groups.
    before : ndarray of int64, shape (groups + 1,)
        How many patients there are before each group, and in all.
    """

    bits: NDArray[np.uint8]
    before: Ints

    def places(self, low: int, high: int) -> Ints:
        """Return the places in the band of its patients from the `low`-th up to the `high`-th."""
        first = int(np.searchsorted(self.before, low, side="right")) - 1
        last = int(np.searchsorted(self.before, high, side="left"))
        bits = np.unpackbits(self.bits[first * _GROUP // 8 : last * _GROUP // 8])
        skipped = int(self.before[first])
        return np.flatnonzero(bits)[low - skipped : high - skipped] + first * _GROUP

    def among(self, first: int, count: int) -> NDArray[np.bool_]:
        """Return whether each of `count` points from `first` on is a patient."""
        bits = np.unpackbits(self.bits[first // 8 : -(-(first + count) // 8)])
        return bits[first % 8 : first % 8 + count].astype(np.bool_)


@dataclass(frozen=True, slots=True)
class Timing:
    """When the points of a band come: listed, or at gaps drawn from a stream.

    Attributes
    ----------
    listed : ndarray of int64 or None
        The times (ms), rising.
    key : int
        Of the stream of gaps.
    width : float
        Points per ms.
    points : int
        How many there are.
    """

    listed: Ints | None
    key: int = 0
    width: float = 1.0
    points: int = 0

    def until(self, band: int, ends: Sequence[int]) -> Iterator[tuple[int, Ints]]:
        """Yield, for each of `ends`, rising, the first point not told before, and the times of all before that end."""
        first, at, last = 0, 0, 0
        left = np.empty(0, np.int64)
        for end in ends:
            if self.listed is not None:
                at = int(np.searchsorted(self.listed, end))
                yield first, self.listed[first:at].copy()
                first = at
                continue
            made = [left]
            while last < end and at < self.points:
                wanted = min(_wanted(end - last, self.width), self.points - at)
                made.append(_gaps(self.key, band, self.width, at, wanted) + last)
                at, last = at + wanted, int(made[-1][-1])
            times = np.concatenate(made)
            cut = int(np.searchsorted(times, end))
            yield first, times[:cut]
            first, left = first + cut, times[cut:]


@dataclass(frozen=True, slots=True)
class Run:
    """Patients of one band in the order of their numbers: a stretch of a pathway's slots.

    Attributes
    ----------
    band, first, count : int
        The band, the slot of the first, and how many.
    chosen : _Chosen or None
        Which points of the band they are; none where they are all.
    timing : Timing or None
        When the points come; none of those who are there at the beginning.
    """

    band: int
    first: int
    count: int
    chosen: _Chosen | None = None
    timing: Timing | None = None

    def uniforms(self, key: int, low: int, high: int, visit: int) -> Floats:
        """Return the uniform numbers of those whose slots are in [low, high)."""
        low, high = max(low - self.first, 0), min(high - self.first, self.count)
        if self.chosen is None:
            return uniforms(key, low, high - low, visit=visit, band=self.band)
        index = self.chosen.places(low, high)
        first = int(index[0])
        all_between = uniforms(key, first, int(index[-1]) - first + 1, visit=visit, band=self.band)
        return all_between if len(all_between) == len(index) else all_between[index - first]

    def until(self, pathway: int, ends: Sequence[int]) -> Iterator[Arrivals]:
        """Yield those who come before each of `ends`, rising, and were not told before."""
        slot = self.first
        for first, times in self.timing.until(self.band, ends) if self.timing is not None else ():
            index = np.arange(first, first + len(times), dtype=np.int64)
            if self.chosen is not None:
                mine = self.chosen.among(first, len(times))
                index, times = index[mine], times[mine]  # noqa: PLW2901 - those who are patients
            slots = np.arange(slot, slot + len(times), dtype=np.int64)
            slot += len(times)
            yield Arrivals(times, np.full(len(times), pathway), index + (self.band << BAND_BITS), slots)


def band_of(keys: tuple[int, int], width: float, band: int, first: int, rate: Floats, end: int) -> Run:
    """Return the patients of a band.

    Parameters
    ----------
    keys : (int, int)
        Of the streams of gaps and of heights.
    width : float
        Points per ms.
    band, first : int
        The band, and the slot of its first patient.
    rate : ndarray of float, shape (hours,)
        Per ms.
    end : int
        Patients come in [0, end).
    """
    gaps, heights = keys
    everybody = not band and rate.min(initial=width) >= width
    points, last = 0, 0
    under: list[NDArray[np.bool_]] = [np.empty(0, np.bool_)]
    while last < end:
        times = _gaps(gaps, band, width, points, _wanted(end - last, width)) + last
        last = int(times[-1])
        times = times[: np.searchsorted(times, end)]
        if not everybody:
            height = uniforms(heights, points, len(times), band=band)
            height += band
            height *= width
            under.append(height < rate[times // HOUR])
        points += len(times)
    timing = Timing(None, gaps, width, points)
    if everybody:
        return Run(band, first, points, None, timing)
    chosen = _packed(under)
    return Run(band, first, int(chosen.before[-1]), chosen, timing)


def in_order(parts: Sequence[Arrivals]) -> Arrivals:
    """Return arrivals of several runs together, by time; those of one time in the order of the parts."""
    if len(parts) == 1:
        return parts[0]
    whole = Arrivals(
        *(np.concatenate([np.empty(0, np.int64), *column]) for column in zip(*parts, strict=True))
    )
    order = np.argsort(whole.time, kind="stable")
    return Arrivals(*(column[order] for column in whole))


def _wanted(span: int, width: float) -> int:
    """Return how many points to make, in whole groups: a few more than will be needed."""
    return min(-(-(int(span * width * 1.01) + 64) // _GROUP) * _GROUP, _CHUNK)


def _gaps(key: int, band: int, width: float, first: int, count: int) -> Ints:
    """Return the times of `count` points from `first` on, since the point before them."""
    gap = uniforms(key, first, count, band=band)
    np.log1p(np.negative(gap, out=gap), out=gap)
    gap /= -width
    np.cumsum(np.rint(gap, out=gap), out=gap)  # exact: whole numbers far below 2^53
    return gap.astype(np.int64)


def _packed(under: list[NDArray[np.bool_]]) -> _Chosen:
    """Return points of which it is known whether they are patients, all but the last list in whole groups."""
    bits = [np.packbits(part) for part in under]
    count = [
        np.add.reduceat(part, np.arange(0, len(part), _GROUP), dtype=np.int64) for part in under if len(part)
    ]
    groups = np.concatenate([np.zeros(1, np.int64), *count])
    filled = np.zeros((len(groups) - 1) * _GROUP // 8, np.uint8)
    told = np.concatenate(bits)
    filled[: len(told)] = told
    return _Chosen(filled, np.cumsum(groups))
