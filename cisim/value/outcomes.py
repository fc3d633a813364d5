"""Health, people and planet: what of a run an outcome counts, and its lines in the ledger.

An outcome counts something that adds up over patients and days (patients who wait longer than six hours,
overtime hours, bed-days, readmissions) in run C and in run A; so many more a year times what one more is worth
is its line. Below zero less of it came to pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.errors import ModelError
from cisim.measures import Measure, lengths_of_stay, measure, spells, visits
from cisim.spec import COUNTS, labels
from cisim.units import DAY, HOUR, YEAR
from cisim.value.book import CASH, NON_CASH, SOCIETAL, UNMONETISED, Line
from cisim.value.carbon import CARBON_VALUES, at_prices_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cisim.eventlog import EventLog
    from cisim.spec import Counted, Outcome, Value
    from cisim.value.basis import Basis, Physical

__all__ = ["CARBON", "CROWDING", "DEATH", "Count", "Crowding", "counted", "outcome_counts", "outcome_lines"]

Floats = NDArray[np.float64]
CARBON, DEATH = "kgCO2e", "death"
"""Units of lines: carbon by the kilogram, and deaths, which have no price."""
_QUEUES = ("activity", "stay", "round", "batch")
_UNITS = {"patients": "patient", "times": "time", "openings": "opening", "d": "bed-day"}


class Crowding(NamedTuple):
    """One death more for so many patients admitted who were delayed within a band of hours.

    >>> round(sum(n / band.patients_a_death for n, band in zip((820, 720), CROWDING)), 1)
    20.0
    """

    above: str
    below: str
    patients_a_death: float
    source: str


_JONES = "Jones and others (2022), Emergency Medicine Journal: an association in English data, not shown to be cause"
CROWDING = (Crowding("6 h", "8 h", 82.0, _JONES), Crowding("8 h", "12 h", 72.0, _JONES))
"""Deaths associated with waiting for a ward bed, counted from the arrival at the emergency department."""


class Count(NamedTuple):
    """How many of an outcome a year there are in one run, or how many more: its unit, and where."""

    label: str
    pool: str
    pathway: str
    owner: str
    number: float
    unit: str


def outcome_counts(a: EventLog, c: EventLog, value: Value, start: int, end: int) -> Iterator[Count]:
    """Yield how many more of each outcome there are in run C than in run A, a year.

    Raises
    ------
    ModelError
        Where neither run has anything that could be counted so.
    """
    if not value.outcomes:
        return
    logs = [_Reading(log, start, end) for log in (a, c)]
    for number, (label, outcome) in enumerate(zip(labels(value.outcomes), value.outcomes, strict=True)):
        of = outcome.counts
        before, after = (log.count(of) for log in logs)
        if before is None and after is None:
            text = f"got {_place(of)} by {of.measure}, of which neither run has anything to count"
            raise ModelError(f"outcomes.{number}.counts", text)
        known = before or after
        assert known is not None  # noqa: S101 - one of the two is
        more = (after[0] if after else 0.0) - (before[0] if before else 0.0)
        a_year = more * YEAR / (end - start)
        yield Count(label, of.pool or "", of.pathway or "", outcome.owner, a_year, known[1])


def counted(log: EventLog, of: Counted, start: int, end: int) -> float:
    """Return how many there are in [start, end) of what an outcome counts.

    Parameters
    ----------
    log : EventLog
    of : Counted
    start, end : int
        Window (ms), half-open.

    Raises
    ------
    ModelError
        Where the log has nothing that could be counted so.
    """
    found = _Reading(log, start, end).count(of)
    if found is None:
        raise ModelError("counts", f"got {_place(of)} by {of.measure}, of which the run has nothing to count")
    return found[0]


def _place(of: Counted) -> str:
    return of.pool or "/".join(n for n in (of.pathway, of.step) if n) or "the whole model"


@dataclass(slots=True)
class _Reading:
    """A log and its window, measured at most once however many outcomes ask."""

    log: EventLog
    start: int
    end: int
    rows: list[Measure] | None = None

    def count(self, of: Counted) -> tuple[float, str] | None:
        """Return how many there are and in which unit; None where there is no such thing to count."""
        banded = of.above is not None or of.below is not None
        if of.measure == "wait" and of.statistic in (None, "total"):
            return self._waited(of, banded=banded)
        if of.measure == "length_of_stay":
            return self._stayed(of, banded=banded)
        if self.rows is None:
            self.rows = measure(self.log, self.start, self.end, weekly=False)
        return _summed(self.rows, of)

    def _waited(self, of: Counted, *, banded: bool) -> tuple[float, str] | None:
        """Count the hours waited in the window by all; or who asked in it and waited so long.

        Served or not: who waits still has waited until the log's end.
        """
        table = visits(self.log)
        came = spells(self.log).arrive if of.since == "arriving" else None
        total, found = 0, False
        for code, step in enumerate(self.log.steps):
            if of.pathway not in (None, step.pathway) or of.step not in (None, step.name):
                continue
            found = found or step.kind in _QUEUES
            mine = table.of(code)
            until = np.minimum(mine.queue_end, self.log.end)
            if banded:
                chosen = (mine.ask >= self.start) & (mine.ask < self.end)
                since = mine.ask if came is None else came[mine.spell]
                total += _within(of, (until - since)[chosen])
            else:
                inside = np.clip(until, self.start, self.end) - np.clip(mine.ask, self.start, self.end)
                total += int(inside.sum())
        if not found:
            return None
        return (float(total), "patient") if banded else (total / HOUR, "hour")

    def _stayed(self, of: Counted, *, banded: bool) -> tuple[float, str] | None:
        """Count the days stayed by all who were treated and left in the window; or who stayed so long."""
        total, found = 0, False
        for pathway in self.log.pathways:
            steps = {s.name for s in self.log.steps if s.pathway == pathway}
            if of.pathway in (None, pathway) and (of.step is None or of.step in steps):
                stays = lengths_of_stay(self.log, pathway, self.start, self.end, step=of.step or "")
                total += _within(of, stays) if banded else int(stays.sum())
                found = True
        if not found:
            return None
        return (float(total), "patient") if banded else (total / DAY, "bed-day" if of.step else "day")


def _within(of: Counted, times: NDArray[np.int64]) -> int:
    low = -np.inf if of.above is None else of.above
    high = np.inf if of.below is None else of.below
    return int(((times > low) & (times <= high)).sum())


def _summed(rows: list[Measure], of: Counted) -> tuple[float, str] | None:
    """Return the sum of a measure over its places; of turned away over pathways, unless a step is named."""
    statistic = of.statistic or COUNTS[of.measure][0]
    whole = of.measure == "turned_away" and of.step is None
    mine = [
        row
        for row in rows
        if (row.measure, row.statistic) == (of.measure, statistic)
        and of.pathway in (None, row.pathway)
        and of.pool in (None, row.pool)
        and (not row.step if whole else of.step in (None, row.step))
    ]
    if not mine:
        return None
    unit = mine[0].unit
    return float(sum(row.value for row in mine)), _UNITS.get(unit, unit)


# In the ledger


def outcome_lines(basis: Basis) -> Iterator[Line]:
    """Yield the lines of every outcome: what was counted, and what it is worth in money, health and carbon.

    What was counted and deaths have no price. Carbon stands in kilograms with the pounds a kilogram of its
    year, as society's own cost, whatever kind the outcome is: a perspective that counts no such cost leaves
    it out. Money is cash only from the day of the action that makes it so.
    """
    items = basis.value.outcomes
    for label, outcome in zip(labels(items), items, strict=True):
        of = outcome.counts
        count = basis.physical[(f"outcome:{label}", of.pool or "", of.pathway or "")]
        common = Line(
            "outcome",
            outcome.owner,
            count.amount,
            count.unit,
            item=label,
            pool=of.pool or "",
            category=outcome.category,
            source="simulation",
        )
        yield common
        yield from _worth(basis, outcome, replace(common, source=outcome.source), count)


def _worth(basis: Basis, outcome: Outcome, common: Line, count: Physical) -> Iterator[Line]:
    path, each = f"outcomes.{common.item}.each", outcome.each
    numbers = basis.numbers
    if each.money is not None and outcome.kind != UNMONETISED:
        line = _stated(common, each.money.source)
        if outcome.kind == CASH:
            share = _from_date(outcome, basis.value)
            line = replace(line, quantity=count.amount * share, budget_line=_held(outcome))
        yield replace(line, unit_value=numbers[f"{path}.money"], kind=outcome.kind, currency="GBP")
    if each.qalys is not None and outcome.kind != UNMONETISED:
        kind = NON_CASH if outcome.kind == CASH else outcome.kind
        line = _stated(common, each.qalys.source)
        yield replace(line, unit_value=numbers[f"{path}.qalys"], kind=kind, currency="QALY")
    if each.deaths is not None:
        line = _stated(common, each.deaths.source)
        yield replace(line, quantity=count.amount * numbers[f"{path}.deaths"], unit=DEATH)
    if each.carbon is not None:
        owner = outcome.owner if "owner" in outcome.model_fields_set else "everybody"
        line = replace(_stated(common, each.carbon.source), owner=owner, unit=CARBON)
        line = replace(line, quantity=count.amount * numbers[f"{path}.carbon"], category="sustainability")
        yield line if outcome.kind == UNMONETISED else _priced(line, basis.value)


def _priced(line: Line, value: Value) -> Line:
    """Return a line of carbon with the pounds that a kilogram less is worth, in the file's prices."""
    rate, year = at_prices_of(1.0, CARBON_VALUES.price_year, value.price_year)
    a_kilogram = -rate * CARBON_VALUES.each_year(value.first_year, value.years)[None, :] / 1000
    told = f"{line.source}; {CARBON_VALUES.source}; here in {year} prices"
    return replace(line, unit_value=a_kilogram, kind=SOCIETAL, currency="GBP", source=told)


def _stated(line: Line, own: str) -> Line:
    return replace(line, source=own or line.source, evidence="simulated; source named")


def _held(outcome: Outcome) -> str:
    return f"{outcome.budget_line}, held by {outcome.holder}, from {outcome.date}"


def _from_date(outcome: Outcome, value: Value) -> Floats:
    """Return for each year the share of it from the action's date on, shape (1, years)."""
    begins = outcome.date or date(value.first_year, 1, 1)
    length = (date(begins.year + 1, 1, 1) - date(begins.year, 1, 1)).days
    late = begins.year - value.first_year + (begins - date(begins.year, 1, 1)).days / length
    return np.asarray(1.0 - np.clip(late - np.arange(value.years), 0.0, 1.0))[None, :]
