"""Rotas, calendars and arrival rates laid out over a horizon of real dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cisim.spec import Arrivals, Calendar, Pool, bank_holidays, hourly_rates
from cisim.units import DAY, HOUR, YEAR

__all__ = ["hourly_over", "opening_times", "rota_steps"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_CLOSED = -1
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_Pieces = tuple[tuple[int, int, int], ...]  # from, to (ms from midnight, perhaps past the next) and number


@lru_cache(maxsize=256)
def _weekdays(start: date, first: int, stop: int, other: int | str | None, of: str) -> tuple[int, ...]:
    """Return the weekday by which each day goes, `first` days from the start up to `stop`.

    On bank holidays of a country it is another, or `_CLOSED`.
    """
    days = [(start.weekday() + day) % 7 for day in range(first, stop)]
    if other is not None and days:
        last = (start + timedelta(days=stop)).year
        for year in range((start + timedelta(days=first)).year, last + 1):
            for on in bank_holidays(year, of):
                if first <= (day := (on - start).days) < stop:
                    days[day - first] = _CLOSED if isinstance(other, str) else other
    return tuple(days)


@lru_cache(maxsize=16)
def _months(start: date, days: int) -> tuple[int, ...]:
    """Return the month of each day, January 0."""
    return tuple((start + timedelta(days=day)).month - 1 for day in range(days))


# -- rotas --------------------------------------------------------------------------------------------


def _length(from_: int, to: int) -> int:
    return to - from_ if to > from_ else to - from_ + DAY


def _by_day(lines: Iterable[tuple[tuple[int, ...], int, int, int]]) -> list[_Pieces]:
    """Return the pieces that begin on each weekday, of lines of (days, from, to, number)."""
    lines = list(lines)
    return [
        tuple((from_, from_ + _length(from_, to), n) for days, from_, to, n in lines if weekday in days)
        for weekday in range(7)
    ]


def _weekly(
    start: date, end: int, pieces: list[_Pieces], special: tuple[int | None, str], base: int | None
) -> tuple[Ints, Ints]:
    """Return the steps of a weekly pattern: pieces painted over `base`, or, where that is none, added up.

    A piece belongs to the day on which it begins; today's are painted over what lasts from yesterday. `special` is the
    day whose pieces hold on bank holidays, and whose bank holidays these are.
    """
    days = -(-end // DAY)
    kinds = _weekdays(start, -1, days, *special)
    drawn: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
    times: list[int] = []
    numbers: list[int] = []
    for day, pair in enumerate(pairwise(kinds)):
        if pair not in drawn:
            late = [(a - DAY, b - DAY, n) for a, b, n in pieces[pair[0]] if b > DAY]
            drawn[pair] = _day(late + list(pieces[pair[1]]), base)
        edges, values = drawn[pair]
        midnight = day * DAY
        times += [midnight + edge for edge in edges]
        numbers += values
    at = np.array(times, dtype=np.int64)
    return _plain(at[at < end], np.array(numbers, dtype=np.int64)[at < end])


def _day(pieces: list[tuple[int, int, int]], base: int | None) -> tuple[list[int], list[int]]:
    """Return one day's edges and numbers."""
    edges = sorted({0, *(t for a, b, _ in pieces for t in (a, b) if 0 < t < DAY)})
    values = []
    for edge in edges:
        here = [n for a, b, n in pieces if a <= edge < b]
        values.append(sum(here) if base is None else here[-1] if here else base)
    return edges, values


def _plain(times: Ints, numbers: Ints) -> tuple[Ints, Ints]:
    """Leave out the steps at which nothing changes."""
    keep = np.append(True, np.diff(numbers) != 0)
    return times[keep], numbers[keep]


def _painted(times: Ints, numbers: Ints, opens: int, closes: int, number: int, end: int) -> tuple[Ints, Ints]:
    """Return the steps with another number from `opens` until `closes`."""
    opens, closes = max(opens, 0), min(closes, end)
    if opens >= closes:
        return times, numbers
    low, high = np.searchsorted(times, (opens, closes))
    back = closes < end and closes not in times[high : high + 1]  # to the number that was in force
    after = numbers[high - 1 : high] if back else numbers[:0]
    return (
        np.concatenate((times[:low], [opens], [closes] * back, times[high:])).astype(np.int64),
        np.concatenate((numbers[:low], [number], after, numbers[high:])).astype(np.int64),
    )


def rota_steps(pool: Pool, start: date, end: int, of: str = "England") -> tuple[Ints, Ints]:
    """Return the times (ms, from 0) at which a pool's number changes, and the number from each on.

    A line whose end is not after its beginning runs past midnight. On a bank holiday another weekday's lines and
    breaks begin. Exceptions paint over the weekly rota, later ones over earlier ones; breaks are taken off last.
    """
    if end <= 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    base = pool.otherwise if pool.rota else int(pool.number or 0)
    times, numbers = np.zeros(1, np.int64), np.array([base], dtype=np.int64)
    if pool.rota:
        lines = _by_day((line.days, line.from_, line.to, line.number) for line in pool.rota)
        times, numbers = _weekly(start, end, lines, (pool.bank_holidays, of), base)
    for other in pool.exceptions:
        if other.date is not None:
            opens = (other.date - start).days * DAY
            closes = opens + DAY
        else:
            opens = other.from_.since(start) if other.from_ else 0
            closes = other.to.since(start) if other.to else end
        times, numbers = _painted(times, numbers, opens, closes, other.number, end)
    if pool.breaks:
        lines = _by_day((line.days, line.from_, line.to, line.number) for line in pool.breaks)
        away_times, away = _weekly(start, end, lines, (pool.bank_holidays, of), None)
        edges = np.union1d(times, away_times)
        there = numbers[np.searchsorted(times, edges, side="right") - 1]
        times, numbers = edges, there - away[np.searchsorted(away_times, edges, side="right") - 1]
        numbers = np.maximum(numbers, 0)
    return _plain(times, numbers)


# -- calendars ----------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def opening_times(calendar: Calendar, start: date, end: int, of: str = "England") -> tuple[Ints, Ints]:
    """Return the openings (ms) in [0, end), in order, and the places at each (-1: no limit).

    A dated exception replaces that day's openings, with the calendar's places; on a bank holiday another weekday's
    openings hold, or none. Where two lines open at one time, the later one says the places.
    """
    usual = -1 if calendar.places is None else calendar.places
    week: list[dict[int, int]] = [{} for _ in range(7)]
    for line in calendar.openings:
        for day in line.days:
            week[day].update(dict.fromkeys(line.at, usual if line.places is None else line.places))
    replaced = {
        (other.date - start).days: dict.fromkeys(other.openings, usual) for other in calendar.exceptions
    }
    found: dict[int, int] = {}
    weekdays = _weekdays(start, -1, -(-end // DAY), calendar.bank_holidays, of)
    for day, weekday in enumerate(weekdays, -1):  # an opening at 24:00 is of the day before
        clocks = replaced.get(day, {} if weekday == _CLOSED else week[weekday])
        found.update((day * DAY + at, places) for at, places in clocks.items())
    times = sorted(time for time in found if 0 <= time < end)
    out = np.array(times, dtype=np.int64), np.array([found[time] for time in times], dtype=np.int64)
    for numbers in out:  # the same arrays are given to whoever asks again
        numbers.flags.writeable = False
    return out


# -- arrivals -----------------------------------------------------------------------------------------


def hourly_over(arrivals: Arrivals, start: date, end: int, of: str = "England") -> Floats:
    """Return the rate (per ms) of every hour of [0, end): the week's, times season and growth.

    On a bank holiday another weekday's hours hold, times its factor. Growth compounds from hour to hour, from the start
    on.
    """
    hours, days = -(-end // HOUR), -(-end // DAY)
    if arrivals.rate is None:
        return np.zeros(hours)
    week = np.array(hourly_rates(arrivals)).reshape(7, 24)
    rate = week[list(_weekdays(start, 0, days, arrivals.bank_holidays, of))].reshape(-1)[:hours]
    if arrivals.season:
        factors = np.array([arrivals.season.get(month, 1.0) for month in _MONTHS])
        rate = rate * np.repeat(factors[list(_months(start, days))], 24)[:hours]
    if arrivals.bank_holiday_factor != 1:
        special = np.array(_weekdays(start, 0, days, "closed", of)) == _CLOSED
        rate = rate * np.repeat(np.where(special, arrivals.bank_holiday_factor, 1.0), 24)[:hours]
    if arrivals.growth:
        rate = rate * (1.0 + arrivals.growth) ** (np.arange(hours) * HOUR / YEAR)
    return rate
