"""Rounds and batches found in time stamps: the hours and weekdays at which things happen more often than chance allows.

A round sees everybody who waits at one time, so that stamps pile up in some half-hours of the week far above the
half-hours around them. A batch lets several go at one moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.errors import ModelError
from cisim.units import HOUR, MINUTE, WEEK, WEEKDAYS

__all__ = ["Batches", "Opening", "Rounds", "find_batches", "find_rounds"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
AROUND = 6
"""Slots on each side with which a slot is compared, its own neighbours left out."""


WRITTEN_TO_THE_HOUR = 0.9


@dataclass(frozen=True, slots=True)
class Opening:
    """A time of the week at which things happen together.

    Attributes
    ----------
    day : int
        Monday 0.
    minute : int
        Of the day, at which it begins.
    lasts : int
        Minutes until it is over.
    seen : int
        How many things happened then.
    expected : float
        How many would have, had it been as the time around it.
    """

    day: int
    minute: int
    lasts: int
    seen: int
    expected: float

    def text(self) -> str:
        """Return it as a model file takes it: ``Mon 09:00``."""
        return f"{WEEKDAYS[self.day]} {self.minute // 60:02d}:{self.minute % 60:02d}"


@dataclass(frozen=True, slots=True)
class Rounds:
    """What was found.

    Attributes
    ----------
    openings : tuple of Opening
        In the order of the week.
    events : int
    weeks : float
    share : float
        Of all that happened, the share at the openings beyond what would have happened then anyway.
    alarm : float
        The chance that records without rounds give any opening at all, at most.
    """

    openings: tuple[Opening, ...]
    events: int
    weeks: float
    share: float
    alarm: float

    def words(self) -> dict[str, Any]:
        """Return a calendar as a model file takes it, under `calendars:`; empty without openings."""
        return {"openings": [o.text() for o in self.openings]} if self.openings else {}

    def told(self) -> str:
        """Return what was found, in words, with the chance of a false alarm."""
        over = f"{self.events:,} things in {self.weeks:,.1f} weeks"
        if not self.openings:
            return f"{over}: no time of the week stands out from the time around it."
        listed = ", ".join(
            f"{o.text()} ({o.seen:,} where {o.expected:,.0f} would be chance)" for o in self.openings
        )
        return (
            f"{over}: {len(self.openings)} openings a week hold {self.share:.0%} of them: {listed}. Records without "
            f"any round give one or more of these in at most {self.alarm:.0%} of cases."
        )


def find_rounds(
    times: ArrayLike,
    start_day: int = 0,
    *,
    joined: ArrayLike | None = None,
    slot: int = 30,
    least: float = 2.0,
    alarm: float = 0.01,
) -> Rounds:
    """Return the times of the week at which things happen far more often than around them.

    Parameters
    ----------
    times : array_like of int, shape (n,)
        When each thing happened: milliseconds since a midnight.
    start_day : int
        The weekday of that midnight, Monday 0.
    joined : array_like of int, optional
        When those concerned joined or arrived: a time at which many come explains that much is done. Without it, the
        time around is all there is to compare with.
    slot : int
        Minutes; the day must be so many whole slots. Where stamps are written to the hour it is an hour at least.
    least : float
        How many times as often as expected it must be, to count as a round and not as a busy hour (an assumption).
    alarm : float
        The chance that records without rounds give any opening.

    Raises
    ------
    ModelError
        For less than four weeks or fewer than 50 things, or slots that do not fill the day.

    Notes
    -----
    Of what happened in a slot and in those around it, the slot's number is binomial where there are no rounds; counts
    are first divided by their variance over their mean from week to week, where that is above one, because things that
    come in clusters prove less. All slots of the week are tried, and the test is so much stricter (Bonferroni). What is
    found is left out of the time around the others, until nothing more is found.
    """
    at = np.sort(np.asarray(times, np.int64))
    if len(at) < 50 or at[-1] - at[0] < 4 * WEEK:
        raise ModelError("rounds", f"got {len(at)} things, want 50 or more over four weeks or longer")
    if slot < 1 or 1440 % slot:
        raise ModelError("slot", f"got {slot} minutes, want some that fill the day, such as 30")
    if slot < 60 and np.mean(at % HOUR == 0) > WRITTEN_TO_THE_HOUR:
        slot = 60  # stamps to the hour leave every other half-hour empty, and the hours themselves would stand out
    weeks = (int(at[-1]) - int(at[0])) / WEEK
    shift = start_day * 1440 * MINUTE
    place = ((at + shift) % WEEK) // (slot * MINUTE)
    count = np.bincount(place, minlength=7 * 1440 // slot).astype(float)
    likely: Floats = np.ones(len(count))
    if joined is not None:
        came = ((np.asarray(joined, np.int64) + shift) % WEEK) // (slot * MINUTE)
        each = np.bincount(came, minlength=len(count)) + 0.5
        likely = np.maximum(each, np.roll(each, 1))  # who comes late in one slot is seen in the next
    clumped = _clumping(at, place, len(count), weeks)
    found: set[int] = set()
    while True:
        more, expected = _standing_out(count, likely, found, clumped, (least, alarm))
        if more <= found:
            break
        found |= more
    openings = tuple(_openings(sorted(found), at + shift, place, expected, slot))
    beyond = sum(o.seen - o.expected for o in openings)
    return Rounds(openings, len(at), weeks, beyond / len(at), alarm)


def _clumping(at: Ints, place: Ints, slots: int, weeks: float) -> float:
    """Return the variance over the mean of a slot's count from week to week, 1 at least; the middle slots decide."""
    week = (at - at[0]) // WEEK
    whole = int(weeks)
    inside = week < whole
    table = np.zeros((whole, slots))
    np.add.at(table, (week[inside], place[inside]), 1)
    mean, variance = table.mean(axis=0), table.var(axis=0, ddof=1)
    usual = mean <= np.quantile(mean[mean > 0], 0.75)
    return max(1.0, float(variance[usual].sum() / mean[usual].sum()))


def _standing_out(
    count: Floats, likely: Floats, found: set[int], clumped: float, rule: tuple[float, float]
) -> tuple[set[int], Floats]:
    """Return the slots that stand out, and how many things each would have had."""
    n = len(count)
    least, alarm = rule
    expected, out = np.empty(n), set()
    for s in range(n):
        around = [
            (s + d) % n for d in range(-AROUND - 1, AROUND + 2) if abs(d) > 1 and (s + d) % n not in found
        ]
        seen, base = count[around].sum(), likely[around].sum()
        share = likely[s] / (likely[s] + base)
        expected[s] = (seen + 0.5) * likely[s] / base
        here, rest = count[s] / clumped, seen / clumped
        p = special.betainc(here, rest + 1, share) if here > 0 else 1.0
        if p < alarm / n and count[s] >= least * expected[s]:
            out.add(s)
    return out, expected


def _openings(found: list[int], at: Ints, place: Ints, expected: Floats, slot: int) -> Sequence[Opening]:
    groups: list[list[int]] = []
    for s in found:
        if groups and s == groups[-1][-1] + 1 and s % (1440 // slot):
            groups[-1].append(s)
        else:
            groups.append([s])
    made = []
    for group in groups:
        inside = np.isin(place, group)
        minute = ((at[inside] % WEEK) // MINUTE).astype(int)
        begin = int(np.quantile(minute, 0.02)) // 5 * 5
        end = max(begin + 5, -(-int(np.quantile(minute, 0.98)) // 5) * 5)
        made.append(
            Opening(begin // 1440, begin % 1440, end - begin, int(inside.sum()), float(expected[group].sum()))
        )
    return made


@dataclass(frozen=True, slots=True)
class Batches:
    """Things that happen at one moment.

    Attributes
    ----------
    share : float
        Of all that happened, the share in groups of two or more.
    by_chance : float
        What that share would be, were each on its own.
    sizes : dict of int to int
        How many groups there are of each size, 1 included.
    together : int
        Milliseconds within which things count as one moment.
    """

    share: float
    by_chance: float
    sizes: dict[int, int]
    together: int

    @property
    def batched(self) -> bool:
        """Whether things are released together: at least twice as often as by chance, and a tenth of all at least."""
        return self.share > max(2 * self.by_chance, 0.1)

    @property
    def size(self) -> int:
        """The usual size: of the groups of two or more, the one with most of the things."""
        larger = {k: n for k, n in self.sizes.items() if k > 1}
        return max(larger, key=lambda k: k * larger[k], default=1)

    def told(self) -> str:
        """Return what was found, in words."""
        if not self.batched:
            return f"{self.share:.0%} happen at one moment with another, {self.by_chance:.0%} by chance: no batches."
        return (
            f"{self.share:.0%} happen at one moment with another, where {self.by_chance:.0%} would by chance: batches, "
            f"most often of {self.size}."
        )


def find_batches(times: ArrayLike, *, together: int = MINUTE) -> Batches:
    """Return how often things happen at one moment.

    Parameters
    ----------
    times : array_like of int, shape (n,)
        Milliseconds.
    together : int
        A thing belongs to the group of the one before it, if no later than so many milliseconds after it. Records that
        are written to the minute need a minute.

    Raises
    ------
    ModelError
        For fewer than 20 things.

    Notes
    -----
    By chance is what things on their own would give, at the rate of each hour of the records: one has another within
    the time on either side with a chance of 1 - exp(-2 rate time). Rounds are batches by this rule too; look for them
    first (`find_rounds`).

    Examples
    --------
    >>> walks = np.repeat(np.arange(100) * 3_600_000, 4)
    >>> find_batches(walks).size
    4
    """
    at = np.sort(np.asarray(times, np.int64))
    if len(at) < 20:
        raise ModelError("batches", f"got {len(at)} things, want 20 or more")
    new = np.append(True, np.diff(at) > together)
    size = np.bincount(np.cumsum(new) - 1)
    share = float(size[size > 1].sum() / len(at))
    hour = at // 3_600_000
    _, place, count = np.unique(hour, return_inverse=True, return_counts=True)
    rate = (count[place] - 1) / 3_600_000
    by_chance = float((-np.expm1(-2 * rate * together)).mean())
    kinds, many = np.unique(size, return_counts=True)
    return Batches(share, by_chance, dict(zip(kinds.tolist(), many.tolist(), strict=True)), together)
