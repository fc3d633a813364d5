"""Rotas and calendars laid out over a horizon."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from cisim.spec import Calendar, Pool
from cisim.units import DAY, WEEK

__all__ = ["opening_times", "rota_steps"]

Ints = NDArray[np.int64]


def _since(start: date, day: date) -> int:
    return (day - start).days * DAY


def _pieces(pool: Pool, start: date, end: int) -> list[tuple[int, int, int]]:
    """Return (from, to, number) in the order in which they paint over each other."""
    monday = -start.weekday() * DAY
    pieces = [(0, end, pool.otherwise if pool.rota else int(pool.number or 0))]
    for week in range(monday - WEEK, end, WEEK):
        for line in pool.rota:
            length = line.to - line.from_ if line.to > line.from_ else line.to - line.from_ + DAY
            pieces += [
                (week + day * DAY + line.from_, week + day * DAY + line.from_ + length, line.number)
                for day in line.days
            ]
    for other in pool.exceptions:
        if other.date is not None:
            opens = _since(start, other.date)
            pieces.append((opens, opens + DAY, other.number))
        else:
            opens = other.from_.since(start) if other.from_ else 0
            pieces.append((opens, other.to.since(start) if other.to else end, other.number))
    return [(max(a, 0), min(b, end), n) for a, b, n in pieces if b > 0 and a < end]


def rota_steps(pool: Pool, start: date, end: int) -> tuple[Ints, Ints]:
    """Return the times (ms, from 0) at which a pool's number changes, and the number from each on.

    A line whose end is not after its beginning runs past midnight; exceptions paint over the weekly rota,
    later ones over earlier ones.
    """
    pieces = _pieces(pool, start, end)
    times = np.unique(np.array([t for a, b, _ in pieces for t in (a, b) if t < end], dtype=np.int64))
    numbers = np.zeros(len(times), dtype=np.int64)
    for opens, closes, number in pieces:
        numbers[np.searchsorted(times, opens) : np.searchsorted(times, closes)] = number
    keep = np.append(True, np.diff(numbers) != 0)
    return times[keep], numbers[keep]


def opening_times(calendar: Calendar, start: date, end: int) -> Ints:
    """Return the openings (ms) in [0, end), in order; a dated exception replaces that day's openings."""
    replaced = {_since(start, other.date): other.openings for other in calendar.exceptions}
    times: set[int] = set()
    for day in range(0, end, DAY):
        weekday = (start.weekday() + day // DAY) % 7
        clocks = replaced.get(day)
        if clocks is None:
            clocks = tuple(at for line in calendar.openings if weekday in line.days for at in line.at)
        times.update(day + at for at in clocks if day + at < end)
    return np.array(sorted(times), dtype=np.int64)
