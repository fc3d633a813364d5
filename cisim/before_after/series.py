"""A series to look for a change in: one number for each day, week or month, from a CSV file or from an event log."""

from __future__ import annotations

import contextlib
import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisim.errors import FileProblems, ModelError, Problem, nearest
from cisim.eventlog import EventLog
from cisim.measures import measure
from cisim.units import WEEK

__all__ = ["SEASONS", "Series", "read_series", "series_of", "together"]

Floats = NDArray[np.float64]
SEASONS = {"day": 365.25, "week": 365.25 / 7, "month": 12.0}
"""Periods in a year."""
_TOLD = 50
_Wrong = Callable[[int, str, str], None]


@dataclass(frozen=True, slots=True)
class Series:
    """One number for each period.

    Attributes
    ----------
    name, unit : str
    every : str
        'day', 'week' or 'month'.
    starts : tuple of date
        The first day of each period, none left out.
    values : ndarray of float, shape (n,)
        Not a number where it is not known.
    sizes : ndarray of float, shape (n,), or None
        Of how many patients each number is; each period counts alike, if None.
    """

    name: str
    unit: str
    every: str
    starts: tuple[date, ...]
    values: Floats
    sizes: Floats | None = None

    @property
    def days(self) -> NDArray[np.datetime64]:
        """The first days as an array, shape (n,)."""
        return np.array(self.starts, dtype="datetime64[D]")

    def place(self, day: date) -> int:
        """Return the first period that begins on a day or later.

        Raises
        ------
        ModelError
            Where the day lies outside of the series.
        """
        if not self.starts[0] < day <= self.starts[-1]:
            text = f"got {day}, want a day after {self.starts[0]} and no later than {self.starts[-1]}"
            raise ModelError("the date of the change", text)
        return next(i for i, start in enumerate(self.starts) if start >= day)


def read_series(path: str | Path, *, unit: str = "") -> dict[str, Series]:
    """Return the series of a CSV file, by the names of its columns.

    Parameters
    ----------
    path : str or Path
        A column ``from`` with the first day of each period (2024-01-29), and a column of numbers for each ward; an
        empty cell is not known. Periods are days, weeks or months, in order.
    unit : str
        Of the numbers.

    Raises
    ------
    FileProblems
        With every mistake: a date or a number that is none, periods out of order, twice, or of changing length.
    """
    told: list[Problem] = []

    def wrong(line: int, where: str, text: str) -> None:
        told.append(Problem(str(path), line, 1, where, text))

    lines = list(_rows(Path(path), wrong))
    if not lines and not told:
        wrong(1, "", "is empty, want a head and a row for each period")
    _stop(told)
    head = [name.strip() for name in lines[0][1]]
    for name in {n for n in head if head.count(n) > 1 or not n}:
        wrong(1, name, "got a column without a name, or a name twice, want each once")
    if "from" not in head:
        wrong(1, "from", f"got no such column, want the first day of each period{nearest('from', head)}")
    _stop(told)
    starts, table = [], np.full((len(lines) - 1, len(head)), math.nan)
    for r, (line, cells) in enumerate(lines[1:]):
        if len(cells) != len(head):
            wrong(line, "", f"got {len(cells)} cells, want {len(head)}, one under each name")
            continue
        for i, (name, cell) in enumerate(zip(head, cells, strict=True)):
            text = cell.strip()
            if name == "from":
                starts.append((line, _day(text, line, wrong)))
            elif text:
                table[r, i] = _number(text, line, name, wrong)
    _stop(told)
    days = [day for _, day in starts if day is not None]
    every = _every(days, [line for line, _ in starts], wrong)
    _stop(told)
    return {
        name: Series(name, unit, every, tuple(days), table[:, i])
        for i, name in enumerate(head)
        if name != "from"
    }


def _stop(told: list[Problem]) -> None:
    if told:
        raise FileProblems(told[:_TOLD])


def _rows(path: Path, wrong: _Wrong) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield reader.line_num, row
    except OSError as problem:
        wrong(0, "", f"cannot be read: {problem.strerror or problem}")
    except UnicodeDecodeError:
        wrong(0, "", "is no text in UTF-8; save it as CSV UTF-8")
    except csv.Error as problem:
        wrong(0, "", f"is no CSV: {problem}")


def _day(text: str, line: int, wrong: _Wrong) -> date | None:
    with contextlib.suppress(ValueError):
        if len(text) == len("2024-01-29"):  # weeks and days of a year are dates to Python too
            return date.fromisoformat(text)
    wrong(line, "from", f"got {text!r}, want a day such as 2024-01-29")
    return None


def _number(text: str, line: int, name: str, wrong: _Wrong) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.inf
    if not math.isfinite(number):
        wrong(line, name, f"got {text!r}, want a number, or nothing where it is not known")
    return number


def _every(days: Sequence[date], lines: Sequence[int], wrong: _Wrong) -> str:
    """Return how long the periods are; they must follow each other without a gap."""
    if len(days) < 2:
        wrong(1, "from", f"got {len(days)} periods, want many")
        return ""
    gap = (days[1] - days[0]).days
    every = {1: "day", 7: "week"}.get(gap, "month" if 28 <= gap <= 31 else "")
    if not every:
        text = f"got {days[0]} and then {days[1]}, want days, weeks or months, in order"
        wrong(lines[1], "from", text)
        return ""
    for (one, two), line in zip(pairwise(days), lines[1:], strict=True):
        want = _next(one, every)
        if two != want:
            wrong(
                line,
                "from",
                f"got {two} after {one}, want {want}: a row for each {every}, empty where not known",
            )
    return every


def _next(day: date, every: str) -> date:
    if every != "month":
        return day + timedelta(days=7 if every == "week" else 1)
    return date(day.year + day.month // 12, day.month % 12 + 1, day.day)


def series_of(
    log: EventLog,
    name: str,
    statistic: str = "mean",
    *,
    of: Mapping[str, str] | None = None,
    start: int = 0,
    end: int | None = None,
) -> Series:
    """Return a measure of an event log, week by week.

    Parameters
    ----------
    log : EventLog
        Of a hospital's own records, or of a run.
    name, statistic : str
        As `cisim.measures` names them: ``length_of_stay`` and ``mean``.
    of : mapping of str to str, optional
        Which pathway, step or pool, where the log has several: ``{"pathway": "emergency"}``.
    start, end : int
        The window, in milliseconds since the log's start: whole weeks are taken from `start` on.

    Raises
    ------
    ModelError
        Where the log has no such measure, or several, by name; or less than two whole weeks.
    """
    last = log.end if end is None else end
    weeks = (last - start) // WEEK
    if weeks < 2:
        raise ModelError("log", f"got {weeks} whole weeks, want many")
    rows = [r for r in measure(log, start, start + weeks * WEEK) if r.week >= 0]
    known = sorted({f"{r.measure} {r.statistic}" for r in rows})
    rows = [r for r in rows if (r.measure, r.statistic) == (name, statistic)]
    if not rows:
        asked = f"{name} {statistic}"
        raise ModelError(
            "measure", f"got {asked!r}, want one that the log has week by week{nearest(asked, known)}"
        )
    rows = [r for r in rows if all(getattr(r, k) == v for k, v in (of or {}).items())]
    places = sorted({(r.pathway, r.step, r.pool) for r in rows})
    if len(places) != 1:
        told = "; ".join(
            " ".join(f"{k} {v!r}" for k, v in zip(("pathway", "step", "pool"), p, strict=True) if v)
            for p in places
        )
        raise ModelError("measure", f"got {len(places)} places ({told or 'none of that name'}), want one")
    by_week, patients = {r.week: r.value for r in rows}, {r.week: float(r.n) for r in rows}
    first = log.start + timedelta(milliseconds=start)
    starts = tuple((first + timedelta(weeks=w)) for w in range(weeks))
    values = np.array([by_week.get(w, math.nan) for w in range(weeks)])
    where = next(p for p in places[0] if p) if any(places[0]) else ""
    sizes = np.array([patients.get(w, 0.0) for w in range(weeks)])
    usable = bool((sizes[~np.isnan(values)] > 0).all())
    return Series(where or name, rows[0].unit, "week", starts, values, sizes if usable else None)


def together(series: Sequence[Series], *, ratio: bool = True) -> Series:
    """Return several wards as one to compare with: their mean, or geometric mean, each about its own level.

    Parameters
    ----------
    series : sequence of Series
        For the same periods. A ward that is not known in some period is left out of that period, and the others'
        mean is not moved by its level.
    ratio : bool
        Whether changes are by a factor.

    Raises
    ------
    ModelError
        For none, other periods, or values at or below 0 where changes are by a factor.

    Examples
    --------
    >>> starts = (date(2024, 1, 1), date(2024, 1, 8))
    >>> one = Series("ward 1", "d", "week", starts, np.array([4.0, 4.0]))
    >>> two = Series("ward 2", "d", "week", starts, np.array([9.0, 36.0]))
    >>> both = together([one, two])
    >>> both.name, both.values.round(6).tolist()
    ('ward 1 and ward 2', [6.0, 12.0])
    """
    if not series or any(one.starts != series[0].starts for one in series):
        raise ModelError("comparison", "want one ward or more, all with the same periods")
    if len(series) == 1:
        return series[0]
    table = np.array([one.values for one in series])
    if ratio:
        if np.nanmin(table) <= 0:
            raise ModelError(
                "comparison", "got a value at or below 0, want all above 0 for a change by a factor"
            )
        table = np.log(table)
    levels = np.nanmean(table, axis=1)
    known = ~np.isnan(table)
    off = np.where(known, table - levels[:, None], 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    mean = np.where(known.any(axis=0), levels.mean() + off, np.nan)
    names = [one.name for one in series]
    sizes = [one.sizes for one in series]
    return Series(
        ", ".join(names[:-1]) + " and " + names[-1], series[0].unit, series[0].every, series[0].starts,
        np.exp(mean) if ratio else mean,
        np.sum([s for s in sizes if s is not None], axis=0) if all(s is not None for s in sizes) else None,
    )  # fmt: skip
