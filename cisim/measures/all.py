"""Every measure of a window at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.measures.patients import patient_measures
from cisim.measures.pools import pool_measures
from cisim.measures.queues import queue_measures
from cisim.measures.rows import Measure, Windows
from cisim.measures.tables import check_window, coding, interrupted, spells, visits_by_step

if TYPE_CHECKING:
    from cisim.eventlog import EventLog

__all__ = ["measure"]


def measure(log: EventLog, start: int, end: int, *, weekly: bool = True) -> list[Measure]:
    """Return every measure of [start, end), and of each week of it.

    Parameters
    ----------
    log : EventLog
        From an engine or of real patients.
    start, end : int
        Milliseconds since the log's start, within [0, log.end].
    weekly : bool
        Whether the weeks since `start` are measured too (all but the distribution of occupancy).

    Returns
    -------
    list of Measure
        The room's docstring says what each means.

    Raises
    ------
    ModelError
        Where the window does not lie within the log.
    """
    check_window(log, start, end)
    windows = Windows.of(start, end, weekly=weekly)
    read = coding(log)
    passages = visits_by_step(log, read)
    return [
        *patient_measures(log, spells(log, read), passages, windows),
        *queue_measures(log, passages, interrupted(log, read), windows),
        *pool_measures(log, read, windows),
    ]
