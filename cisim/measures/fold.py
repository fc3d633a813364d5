"""Measures of a run whose rows are not kept: memory is the same however many patients come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.measures.pools import least_reached
from cisim.measures.rows import ROUNDING, Measure
from cisim.measures.scan import BINS, WHOLE, fold_changes, fold_values
from cisim.measures.standard import Changes, pathway_rows, pool_rows, read_window, step_rows
from cisim.measures.tables import book_of, rows_of
from cisim.units import MINUTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.eventlog import Pool, StepName
    from cisim.eventlog.coded import Column
    from cisim.measures.curves import Floats, Ints

__all__ = ["Fold"]

_SHARES = np.array([0.5, 0.9, 0.95])
_CELLS = 1 << 22
"""Moments times pools for which what is held is kept: 16 megabytes."""


class Fold:
    """The standard measures of a window, from spells that come in parts and are forgotten.

    Numbers, sums and means are exact. Percentiles of waits and stays are right within 1% of themselves: they are kept
    as counts in classes, each half a per cent to either side. What is held is kept minute by minute, or in longer
    steps of whole minutes where that would be more than four million numbers: its mean is exact, its percentiles and
    its most are of what is held at the end of each step.

    Parameters
    ----------
    pathways, steps, pools
        Books of the log.
    book : sequence of array_like
        Event, step, pool, units and detail by code, as `EventLog.coded` wants it.
    start, end : int
        The window (ms).
    until : int, optional
        The end of the run, up to which a wait is followed; the window's, unless said.
    """

    def __init__(
        self,
        *,
        pathways: Sequence[str],
        steps: Sequence[StepName],
        pools: Sequence[Pool],
        book: Sequence[Column],
        start: int,
        end: int,
        until: int | None = None,
    ) -> None:
        self.pathways, self.steps, self.pools = tuple(pathways), tuple(steps), tuple(pools)
        self.window = (start, end, end if until is None else until)
        self._book = book_of(book, self.steps)
        self._changes = Changes.of(self._book)
        minutes = -(-(end - start) // MINUTE)
        self.every = MINUTE * max(1, -(-minutes * len(self.pools) // _CELLS))
        cells = -(-(end - start) // self.every)
        self._queue, self._pathway, self._pool = (
            np.zeros((n, m), np.int64) for n, m in ((3, len(steps)), (2, len(pathways)), (3, len(pools)))
        )
        self._waits = np.zeros((len(steps), 2, BINS), np.int64)
        self._stays = np.zeros((len(pathways), 2, BINS), np.int64)
        self._total = np.zeros(len(pathways), np.int64)
        self._held = np.zeros((len(pools), cells), np.int32)

    def add(self, first_row: Column, pathway_of: Column, time: Column, code: Column, visit: Column) -> None:
        """Add spells, each with all of its rows, in any order of spells.

        Parameters
        ----------
        first_row : array_like of int, shape (spells + 1,)
            Where each spell's rows begin, and the number of rows.
        pathway_of : array_like of int, shape (spells,)
        time, code, visit : array_like of int, shape (rows,)
            As of `EventLog.coded`.
        """
        rows = rows_of(first_row, pathway_of, time, code, visit)
        kinds = (len(self.pathways), len(self.pools))
        found = read_window(rows, self._book, self._changes, kinds, self.window)
        self._queue += found.queue[:3]
        self._pathway += found.pathway[:2]
        self._pool += found.pool[:3]
        for one, counts in zip(found.waits, self._waits, strict=True):
            fold_values(one, counts)
        for at, (one, counts) in enumerate(zip(found.stays, self._stays, strict=True)):
            self._total[at] += one.sum()
            fold_values(one << 1, counts)
        for one, held in zip(found.changes, self._held, strict=True):
            fold_changes(one, self._changes.values, self._changes.bits, self.every, held)

    def measures(self) -> list[Measure]:
        """Return the standard measures of all that was added, as `standard` does of a log."""
        start, end, _ = self.window
        out: list[Measure] = []
        for code, name in enumerate(self.pathways):
            ranks, left = _ranks(self._stays[code]), int(self._pathway[1, code])
            out += pathway_rows(name, left, int(self._total[code]), ranks, end - start)
        for code, step in enumerate(self.steps):
            if self._book.queue[code]:
                out += step_rows(step, self._queue[:, code], _ranks(self._waits[code]))
        for code, pool in enumerate(self.pools):
            ranks = self._held_ranks(code, end - start)
            out += pool_rows(pool, self._pool[:, code], ranks, (start, end))
        return out

    def _held_ranks(self, code: int, length: int) -> Floats:
        held = self._pool[0, code] + np.cumsum(self._held[code], dtype=np.int64)
        values, at = np.unique(held, return_inverse=True)
        spent = np.bincount(at, minlength=len(values)).astype(np.int64) * self.every
        if len(held):
            spent[at[-1]] -= len(held) * self.every - length
        return least_reached(values, spent).astype(np.float64)


def _ranks(counts: Ints) -> Floats:
    """Return the percentiles of served (first row) and unserved times, counted by class, by the product limit."""
    served, unserved = counts
    there = np.flatnonzero(served + unserved)
    out = np.full(len(_SHARES), np.nan)
    if not len(there):
        return out
    here = (served + unserved)[there]
    risk = here[::-1].cumsum()[::-1]
    left = np.cumprod(1.0 - served[there] / risk)
    power, rest = np.divmod(there - WHOLE, WHOLE // 2)
    wide = np.ldexp(rest + WHOLE // 2 + 0.5, np.maximum(power + 1, 0))
    middle = np.where(there < WHOLE, there, wide)
    for i, share in enumerate(_SHARES):
        reached = np.flatnonzero((left <= 1.0 - share + ROUNDING) & (served[there] > 0))
        if len(reached):
            out[i] = middle[reached[0]]
    return out
