"""Measures that equal service is judged by, beside the others: by month, waits above a limit, and outliers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.eventlog import Event
from cisim.measures.patients import patient_measures
from cisim.measures.queues import queue_measures
from cisim.measures.rows import Measure, Windows
from cisim.measures.tables import (
    check_window,
    coding,
    interrupted,
    spells,
    step_code,
    visits,
    visits_by_step,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.eventlog import EventLog

__all__ = ["monthly", "outliers", "waited_above"]


def monthly(log: EventLog, edges: Sequence[int], *, queues: bool = True) -> list[Measure]:
    """Return the measures of patients and queues in each of several windows that follow one another.

    Parameters
    ----------
    log : EventLog
    edges : sequence of int
        Where each window begins, and where the last ends (ms), such as first days of months.
    queues : bool
        Whether queues are measured too; those of patients take half the time.

    Returns
    -------
    list of Measure
        Their `week` is the number of the window, from 0.
    """
    check_window(log, edges[0], edges[-1])
    times = np.asarray(edges, np.int64)
    windows = Windows(
        starts=np.append(times[0], times[:-1]),
        ends=np.append(times[-1], times[1:]),
        weeks=np.arange(-1, len(times) - 1, dtype=np.int64),
    )
    read = coding(log)
    passages = visits_by_step(log, read)
    found = list(patient_measures(log, spells(log, read), passages, windows))
    if queues:
        found += queue_measures(log, passages, interrupted(log, read), windows)
    return [one for one in found if one.week >= 0]


def waited_above(
    log: EventLog, pathway: str, step: str, limit: int, windows: Sequence[tuple[int, int]]
) -> list[tuple[float, int]]:
    """Return, for each window, the share of those who asked who waited longer than `limit` ms, and how many asked.

    Who gave up sooner did not, nor who waits still and has not waited as long; not a number where nobody asked.
    """
    mine = visits(log).of(step_code(log, pathway, step))
    waited = np.minimum(mine.queue_end, log.end) - mine.ask
    return [_share(waited > limit, mine.ask, window) for window in windows]


def outliers(
    log: EventLog, pathway: str, step: str, own: str, windows: Sequence[tuple[int, int]]
) -> list[tuple[float, int]]:
    """Return, for each window, the share of beds granted in it that were not of the own pool, and how many were."""
    code = step_code(log, pathway, step)
    read = coding(log)
    taken = np.flatnonzero(((read.book.step == code) & (read.book.event == Event.TAKE))[read.rows.code])
    names = [pool.name for pool in log.pools]
    away = read.book.pool[read.rows.code[taken]] != (names.index(own) if own in names else -1)
    return [_share(away, read.rows.time[taken], window) for window in windows]


def _share(
    flags: np.ndarray[tuple[int], np.dtype[np.bool_]],
    times: np.ndarray[tuple[int], np.dtype[np.int64]],
    window: tuple[int, int],
) -> tuple[float, int]:
    inside = (times >= window[0]) & (times < window[1])
    n = int(inside.sum())
    return (float(flags[inside].mean()) if n else float("nan")), n
