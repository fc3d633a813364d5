"""Who is inside: patients by hour of the day, and how much of the time in bed is spent by those long there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.measures.curves import NEVER
from cisim.measures.stretches import overlaps
from cisim.measures.tables import check_window, pathway_code, spells, step_code, visits
from cisim.units import HOUR

if TYPE_CHECKING:
    from cisim.eventlog import EventLog
    from cisim.measures.curves import Floats

__all__ = ["inside_by_hour", "stayed_over"]


def inside_by_hour(log: EventLog, start: int, end: int, *, pathway: str = "") -> Floats:
    """Return the mean number of patients inside in each hour of the day, from arrival to leaving.

    Parameters
    ----------
    log : EventLog
    start, end : int
        Milliseconds since the log's start; what does not fill an hour at the ends is left out.
    pathway : str
        All pathways together, if left out.

    Returns
    -------
    ndarray of float, shape (24,)
        From midnight to one o'clock first; not a number for an hour that the window does not have.

    Raises
    ------
    ModelError
        Where the window does not lie within the log, or there is no such pathway.
    """
    check_window(log, start, end)
    table = spells(log)
    mine = table.pathway == pathway_code(log, pathway) if pathway else np.ones(len(table.arrive), bool)
    edges = np.arange(-(-start // HOUR), end // HOUR + 1, dtype=np.int64) * HOUR
    out = np.full(24, np.nan)
    if len(edges) < 2:
        return out
    spent = overlaps(table.arrive[mine], np.minimum(table.leave[mine], edges[-1]), edges)
    hour = (edges[:-1] // HOUR) % 24
    times = np.bincount(hour, minlength=24)
    total = np.bincount(hour, weights=spent.astype(np.float64), minlength=24)
    there = times > 0
    out[there] = total[there] / times[there] / HOUR
    return out


def stayed_over(log: EventLog, pathway: str, step: str, limit: int, start: int, end: int) -> float:
    """Return the share of the bed time of [start, end) that is spent after `limit` ms in the same stay.

    That is what a daily count of long-stay patients over occupied beds comes to on average.

    Raises
    ------
    ModelError
        Where the window does not lie within the log, or there is no such pathway or step.
    """
    check_window(log, start, end)
    mine = visits(log).of(step_code(log, pathway, step))
    began = mine.begin < NEVER
    since, until = mine.begin[began], np.minimum(mine.give[began], end)
    edges = np.array([start, end], np.int64)
    whole = int(overlaps(since, until, edges)[0])
    long = since + limit < until
    late = int(overlaps(since[long] + limit, until[long], edges)[0])
    return late / whole if whole else float("nan")
