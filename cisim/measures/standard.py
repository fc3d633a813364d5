"""The standard measures of a window, at one reading of the log: for the largest runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cisim.eventlog import Event
from cisim.measures.patients import percentiles
from cisim.measures.pools import SHARES, least_reached, rostered
from cisim.measures.queues import wait_percentiles
from cisim.measures.rows import Measure, ratio
from cisim.measures.scan import Book, Rows, Spread, levels, sizes, tally
from cisim.measures.tables import book_of, check_window, rows_of
from cisim.units import DAY, HOUR, YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cisim.eventlog import EventLog, Pool, StepName
    from cisim.measures.curves import Floats, Ints

__all__ = ["Changes", "Tallied", "pathway_rows", "pool_rows", "read_window", "standard", "step_rows"]

_RANKS = ("p50", "p90", "p95")


@dataclass(frozen=True, slots=True)
class Changes:
    """How changes of what is held are packed: moments, and in the lowest bits the place in `values`.

    Attributes
    ----------
    values : ndarray of int64
        The different changes.
    place : ndarray of int64, shape (codes,)
        Which each code makes.
    bits : int
    """

    values: Ints
    place: Ints
    bits: int

    @classmethod
    def of(cls, book: Book) -> Changes:
        """Return how the changes of a book are packed."""
        moved = np.where(book.event == Event.TAKE, book.units, 0)
        moved -= np.where(book.event == Event.GIVE, book.units, 0)
        values, place = np.unique(moved, return_inverse=True)
        return cls(values, place.astype(np.int64), max(len(values) - 1, 1).bit_length())


@dataclass(frozen=True, slots=True)
class Tallied:
    """What one reading of some rows tells of a window.

    Attributes
    ----------
    queue, pathway, pool : ndarray of int64
        Sums, as `cisim.measures.scan.Spread` has them.
    waits, stays, changes : list of ndarray of int64
        Values of each step, pathway and pool, in no order.
    """

    queue: Ints
    pathway: Ints
    pool: Ints
    waits: list[Ints]
    stays: list[Ints]
    changes: list[Ints]


def read_window(
    rows: Rows, book: Book, changes: Changes, kinds: tuple[int, int], window: tuple[int, int, int]
) -> Tallied:
    """Read rows once.

    Parameters
    ----------
    rows, book, changes
    kinds : (int, int)
        How many pathways and pools there are.
    window : (int, int, int)
        Its start and end, and the end of the log.
    """
    count = sizes(rows.code, len(book.event))
    steps, (pathways, pools) = len(book.queue), kinds

    def places(event: tuple[Event, ...], of: Ints, size: int) -> Ints:
        chosen = np.isin(book.event, event) & (of >= 0)
        out = np.zeros(size + 1, np.int64)
        np.add.at(out, of[chosen] + 1, count[chosen])
        return np.cumsum(out)

    asks, moves = places((Event.ASK,), book.step, steps), places((Event.TAKE, Event.GIVE), book.pool, pools)
    inside = np.append(0, np.cumsum(np.bincount(rows.pathway_of, minlength=pathways)))
    queue, pathway, pool = (np.zeros((n, m), np.int64) for n, m in ((4, steps), (3, pathways), (5, pools)))
    queue[3], pathway[2], pool[4] = asks[:-1], inside[:-1], moves[:-1]
    waits, stays, moved = (np.empty(int(n[-1]), np.int64) for n in (asks, inside, moves))
    tally(rows, book, changes.place, changes.bits, window, Spread(queue, waits, pathway, stays, pool, moved))

    def part(values: Ints, first: Ints, number: Ints) -> list[Ints]:
        return [values[a : a + n] for a, n in zip(first.tolist(), number.tolist(), strict=True)]

    return Tallied(
        queue,
        pathway,
        pool,
        waits=part(waits, queue[3], queue[0]),
        stays=part(stays, pathway[2], pathway[1]),
        changes=part(moved, pool[4], pool[3]),
    )


def standard(log: EventLog, start: int, end: int) -> list[Measure]:
    """Return the standard measures of [start, end): what `measure` says, and much sooner.

    Of each pathway throughput, and mean and percentiles of the length of stay; of each queue mean and percentiles of
    the wait (their `n` is how many asked); of each pool what was held by mean, percentiles and at most, and its share.

    Parameters
    ----------
    log : EventLog
        Quickest where it is kept coded, as a compiled engine's is: 17 million rows take a third of a second.
    start, end : int
        Milliseconds since the log's start, within [0, log.end].

    Raises
    ------
    ModelError
        Where the window does not lie within the log.
    """
    check_window(log, start, end)
    kept = log.as_coded()
    book = book_of(kept.book, log.steps)
    rows = rows_of(kept.first_row, kept.pathway_of, kept.time, kept.code, kept.visit)
    changes = Changes.of(book)
    found = read_window(rows, book, changes, (len(log.pathways), len(log.pools)), (start, end, log.end))
    out: list[Measure] = []
    for code, name in enumerate(log.pathways):
        stays = found.stays[code]
        out += pathway_rows(name, len(stays), int(stays.sum()), percentiles(stays), end - start)
    for code, step in enumerate(log.steps):
        if book.queue[code]:
            ranks = wait_percentiles(found.waits[code], unserved=bool(found.queue[1, code]))
            out += step_rows(step, found.queue[:, code], ranks)
    for code, pool in enumerate(log.pools):
        before = int(found.pool[0, code])
        found.changes[code].sort()
        low, spent = levels(found.changes[code], changes.values, changes.bits, before, end - start)
        held = np.flatnonzero(spent)
        ranks = least_reached(held + low, spent[held]).astype(np.float64)
        out += pool_rows(pool, found.pool[:, code], ranks, (start, end))
    return out


def pathway_rows(name: str, number: int, total: int, ranks: Floats, length: int) -> Iterator[Measure]:
    """Yield the standard measures of a pathway.

    Parameters
    ----------
    name : str
    number, total : int
        How many left treated, and the milliseconds that they stayed.
    ranks : ndarray of float
        Percentiles of them.
    length : int
        Of the window, in milliseconds.
    """
    owner = (name, "", "")
    yield Measure("throughput", "patients", *owner, -1, float(number), "patients", number)
    years = length / YEAR
    yield Measure(
        "throughput", "per_year", *owner, -1, float(ratio(number, years)), "patients per year", number
    )
    mean = float(ratio(total, number)) / DAY
    for statistic, value in zip(("mean", *_RANKS), (mean, *(ranks / DAY).tolist()), strict=True):
        yield Measure("length_of_stay", statistic, *owner, -1, value, "d", number)


def step_rows(step: StepName, sums: Ints, ranks: Floats) -> Iterator[Measure]:
    """Yield the standard measures of a queue: `sums` as `Tallied` has them, `ranks` its percentiles."""
    asked = int(sums[0])
    mean = float(ratio(sums[2], asked)) / HOUR
    for statistic, value in zip(("mean", *_RANKS), (mean, *(ranks / HOUR).tolist()), strict=True):
        yield Measure("wait", statistic, step.pathway, step.name, "", -1, value, "h", asked)


def pool_rows(pool: Pool, sums: Ints, ranks: Floats, window: tuple[int, int]) -> Iterator[Measure]:
    """Yield the standard measures of a pool: `sums` as `Tallied` has them, `ranks` in the order of `SHARES`."""
    start, end = window
    n, owner = int(sums[0] + sums[2]), ("", "", pool.name)
    yield Measure("occupancy", "mean", *owner, -1, float(ratio(sums[1], end - start)), "places", n)
    if pool.rostered:
        share = float(ratio(sums[1], rostered(pool).integral(start, end)))
        yield Measure("occupancy", "share", *owner, -1, share, "share", n)
        if pool.kind in ("staff", "room", "equipment"):
            yield Measure("used_share", "share", *owner, -1, share, "share", n)
    for (statistic, _), value in zip(SHARES, ranks.tolist(), strict=True):
        known = value if end > start else float("nan")
        yield Measure("occupancy", statistic, *owner, -1, known, "places", n)
