"""Patients: who came, who was treated, how long they stayed, and how they left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.measures.curves import NEVER, Floats, Ints
from cisim.measures.rows import Measure, Windows, emit, rank_of, ratio
from cisim.measures.tables import (
    QUEUES,
    Spells,
    Visits,
    check_window,
    pathway_code,
    spells,
    step_code,
    visits,
)
from cisim.units import DAY, HOUR, YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cisim.eventlog import EventLog

__all__ = ["arrivals", "lengths_of_stay", "patient_measures", "percentiles", "throughput", "turned_away"]

_SHARES = (0.5, 0.9, 0.95)
_NAMES = ("p50", "p90", "p95")


def lengths_of_stay(log: EventLog, pathway: str, start: int, end: int, *, step: str = "") -> Ints:
    """Return how long each patient stayed, in milliseconds.

    Parameters
    ----------
    log : EventLog
    pathway : str
    start, end : int
        The window [start, end) in milliseconds.
    step : str
        A stay: its bed times, from granted to given back, of stays that ended in the window. Left out: from
        arrival to leaving, of treated patients who left in the window.

    Returns
    -------
    ndarray of int64, shape (patients,)
        In the order of leaving.
    """
    check_window(log, start, end)
    if step:
        times, values = _bed_times(visits(log).of(step_code(log, pathway, step)))
    else:
        times, values = _stays(spells(log), pathway_code(log, pathway))
    mine = (times >= start) & (times < end)
    return values[mine][np.argsort(times[mine], kind="stable")]


def throughput(log: EventLog, pathway: str, start: int, end: int) -> int:
    """Return how many treated patients left the pathway in [start, end)."""
    return len(lengths_of_stay(log, pathway, start, end))


def arrivals(log: EventLog, pathway: str, start: int, end: int) -> int:
    """Return how many patients arrived on the pathway in [start, end)."""
    check_window(log, start, end)
    table = spells(log)
    times = table.arrive[table.pathway == pathway_code(log, pathway)]
    return int(np.count_nonzero((times >= start) & (times < end)))


def turned_away(log: EventLog, pathway: str, start: int, end: int, *, step: str = "") -> int:
    """Return how many gave up or were turned away in [start, end): at `step`, or anywhere, once a patient."""
    check_window(log, start, end)
    if step:
        times = visits(log).of(step_code(log, pathway, step)).away
    else:
        table = spells(log)
        times = table.gave_up[table.pathway == pathway_code(log, pathway)]
    return int(np.count_nonzero((times >= start) & (times < end)))


def percentiles(values: Ints | Floats) -> Floats:
    """Return the 50th, 90th and 95th percentile: the least value that so large a share does not exceed.

    >>> percentiles(np.arange(1, 101))
    array([50., 90., 95.])
    """
    if len(values) == 0:
        return np.full(len(_SHARES), np.nan)
    ranks = rank_of(np.array(_SHARES), len(values))
    return np.partition(values, np.unique(ranks))[ranks].astype(np.float64)


def _stays(table: Spells, pathway: int) -> tuple[Ints, Ints]:
    """Return when treated patients left, and how long they had been there."""
    mine = (table.pathway == pathway) & table.treated & (table.leave < NEVER)
    return table.leave[mine], table.leave[mine] - table.arrive[mine]


def _bed_times(table: Visits) -> tuple[Ints, Ints]:
    """Return when beds were given back, and how long they had been held."""
    mine = (table.give < NEVER) & (table.begin < NEVER)
    return table.give[mine], table.give[mine] - table.begin[mine]


def _stay_rows(owner: tuple[str, str, str], windows: Windows, times: Ints, values: Ints) -> Iterator[Measure]:
    groups = windows.groups(times, values)
    n = [len(g) for g in groups]
    # Whole milliseconds are summed: the sum does not depend on the order.
    mean = ratio([g.sum() for g in groups], n) / DAY
    spread = [(g / DAY).std(ddof=1) if len(g) > 1 else np.nan for g in groups]
    yield from emit(("length_of_stay", "mean"), owner, "d", windows, mean, n)
    yield from emit(("length_of_stay", "sd"), owner, "d", windows, spread, n)
    ranks = np.array([percentiles(g) for g in groups]) / DAY
    for column, name in enumerate(_NAMES):
        yield from emit(("length_of_stay", name), owner, "d", windows, ranks[:, column], n)


def _pathway_rows(log: EventLog, table: Spells, code: int, windows: Windows) -> Iterator[Measure]:
    owner = (log.pathways[code], "", "")
    mine = table.pathway == code
    times, values = _stays(table, code)
    yield from _stay_rows(owner, windows, times, values)
    came, left = windows.count(table.arrive[mine]), windows.count(times)
    years = windows.lengths / YEAR
    for name, count in (("throughput", left), ("arrivals", came)):
        yield from emit((name, "patients"), owner, "patients", windows, count, count)
        yield from emit((name, "per_year"), owner, "patients per year", windows, ratio(count, years), count)
    again = windows.count(table.arrive[mine & (table.spell > 0)])
    yield from emit(("readmissions", "patients"), owner, "patients", windows, again, came)
    yield from emit(("readmissions", "share"), owner, "share", windows, ratio(again, came), came)
    away = windows.count(table.gave_up[mine])
    yield from emit(("turned_away", "patients"), owner, "patients", windows, away, came)
    yield from emit(("turned_away", "share"), owner, "share", windows, ratio(away, came), came)
    yield from _outcome_rows(log, table, code, windows)


def _outcome_rows(log: EventLog, table: Spells, code: int, windows: Windows) -> Iterator[Measure]:
    """Yield the patients of each outcome: those that the pathway can have, whether anybody had it or not."""
    gone = (table.pathway == code) & (table.leave < NEVER)
    names = [s.name for s in log.steps if s.kind == "leave" and s.pathway == log.pathways[code]]
    names += [log.details[d] for d in _codes(table.outcome[gone])]
    left = windows.count(table.leave[gone])
    for name in dict.fromkeys(names):
        number = log.details.index(name) if name in log.details else -2
        count = windows.count(table.leave[gone & (table.outcome == number)])
        yield from emit(("outcomes", name), (log.pathways[code], "", ""), "patients", windows, count, left)
    unnamed = table.leave[gone & (table.outcome == -1)]
    if len(unnamed):
        owner = (log.pathways[code], "", "")
        yield from emit(("outcomes", "not named"), owner, "patients", windows, windows.count(unnamed), left)


def _codes(values: Ints) -> list[int]:
    """Return which codes there are, but for -1."""
    return np.flatnonzero(np.bincount(values[values >= 0])).tolist()


def _part_rows(log: EventLog, code: int, table: Visits, windows: Windows) -> Iterator[Measure]:
    """Yield how long all parts took that began together, and which was the last."""
    owner = (log.steps[code].pathway, log.steps[code].name, "")
    done = (table.begin < NEVER) & (table.end < NEVER)
    took, part = (table.end - table.begin)[done], table.part[done]
    groups = windows.groups(table.end[done], took)
    n = [len(g) for g in groups]
    yield from emit(("all_parts", "mean"), owner, "h", windows, ratio([g.sum() for g in groups], n) / HOUR, n)
    ranks = np.array([percentiles(g) for g in groups]) / HOUR
    for column, name in enumerate(_NAMES):
        yield from emit(("all_parts", name), owner, "h", windows, ranks[:, column], n)
    for last in [*([-1] if (part < 0).any() else []), *_codes(part)]:
        name = log.details[last] if last >= 0 else "not named"
        mine = windows.groups(table.end[done][part == last], took[part == last])
        times = [len(g) for g in mine]
        yield from emit(("last_part", name), owner, "share", windows, ratio(times, n), n)
        mean = ratio([g.sum() for g in mine], times) / HOUR
        yield from emit(("last_part_time", name), owner, "h", windows, mean, times)


def patient_measures(
    log: EventLog, table: Spells, passages: list[Visits], windows: Windows
) -> Iterator[Measure]:
    """Yield lengths of stay, throughput, arrivals, turned away, outcomes, seen, last parts and openings."""
    for code in range(len(log.pathways)):
        yield from _pathway_rows(log, table, code, windows)
    for code, step in enumerate(log.steps):
        owner, mine = (step.pathway, step.name, ""), passages[code]
        seen = windows.count(mine.begin)
        if step.kind in (*QUEUES, "delay"):
            yield from emit(("seen", "patients"), owner, "patients", windows, seen, seen)
        if step.kind == "all_of":
            yield from _part_rows(log, code, mine, windows)
        if step.kind == "stay":
            yield from _stay_rows(owner, windows, *_bed_times(mine))
        if step.kind in ("activity", "stay"):
            asked, away = windows.count(mine.ask), windows.count(mine.away)
            yield from emit(("turned_away", "patients"), owner, "patients", windows, away, asked)
            yield from emit(("turned_away", "share"), owner, "share", windows, ratio(away, asked), asked)
    for code, times in log.openings:
        owner, held = (log.steps[code].pathway, log.steps[code].name, ""), windows.count(times)
        yield from emit(("openings", "count"), owner, "openings", windows, held, held)
