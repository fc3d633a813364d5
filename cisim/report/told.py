"""What the pages for a board and a ward team are told from: one option of a run, and all that hangs on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.analysis import Compared, Disposition, compared, dispositions
from cisim.analysis.board import BudgetCash, Keeping, budget_cash, ledger_lines
from cisim.report.answer import case_names, released_pools, valued_name
from cisim.report.content import Part
from cisim.report.digits import adding_up, place
from cisim.report.frames import Frame, frame
from cisim.report.kept import keeping_of, refused
from cisim.report.money import valuations
from cisim.report.words import unit_name
from cisim.spec import Hold
from cisim.units import DAYS_PER_YEAR
from cisim.value import OPEN, book_of, cash_by_draw

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    import pandas as pd

    from cisim.runs import Results
    from cisim.spec import Option, Value
    from cisim.value import Book, Worth

__all__ = ["Block", "Page", "Row", "Told", "first_date", "page_of", "per_year", "refused", "told_of"]

SERVICE = (
    ("length_of_stay", "mean"),
    ("wait", "mean"),
    ("wait", "p95"),
    ("turned_away", "share"),
    ("throughput", "per_year"),
    ("occupancy", "mean"),
    ("used_share", "share"),
    ("overrun_time", "total"),
)
"""What of service the pages tell."""
USES = ("closed", "redeployed", "reinvested", "idle_change", "absorbed")
"""What became of a release, in the order that the pages tell it."""
BEDS_FINEST = -1
"""No finer than a tenth of a bed: nobody can picture less."""
WEEKS_PER_YEAR = DAYS_PER_YEAR / 7


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a printed page: an anchor, a heading and its parts."""

    anchor: str
    title: str
    parts: tuple[Part, ...]
    mark: str = ""


Row = tuple[tuple[Block, ...], ...]
"""Columns beside each other, each of blocks from above to below."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page to print: sheets of A4, each of rows of columns of blocks.

    Attributes
    ----------
    name : str
        File name without its ending.
    title, kicker, question : str
    sheets : tuple of tuples of Row
    foot : str
        Stands at the foot of the first sheet.
    """

    name: str
    title: str
    kicker: str
    question: str
    sheets: tuple[tuple[Row, ...], ...]
    foot: str

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Every block, in reading order."""
        return tuple(b for sheet in self.sheets for row in sheet for column in row for b in column)


@dataclass(frozen=True, slots=True)
class Told:
    """What a page is made of.

    Attributes
    ----------
    results : Results
    value : Value
    frame : Frame
    worths : tuple of Worth
        Of every option, in the order of the file.
    chosen : Worth
        Of the option that is put to the board.
    asked : bool
        Whether the file names that option; otherwise it is the one worth most on average of those that keep
        service, where any does.
    keeping : mapping of str to Keeping
        Whether each option keeps service.
    found : tuple of Disposition
        Of every option and pool.
    pools : tuple of str
        Where anything was released, beds first.
    book : Book
        The ledger.
    budgets : tuple of BudgetCash
        Cash of the chosen option.
    measured : tuple of Compared
        The measures of service of every option, beside how it is now.
    lines : DataFrame
        From `cisim.analysis.board.ledger_lines`.
    """

    results: Results
    value: Value
    frame: Frame
    worths: tuple[Worth, ...]
    chosen: Worth
    asked: bool
    keeping: Mapping[str, Keeping]
    found: tuple[Disposition, ...]
    pools: tuple[str, ...]
    book: Book = field(repr=False)
    budgets: tuple[BudgetCash, ...]
    measured: tuple[Compared, ...]
    lines: pd.DataFrame = field(repr=False)

    @property
    def option(self) -> Option:
        """The option that is put to the board."""
        return self.option_named(self.chosen.option)

    def option_named(self, name: str) -> Option:
        """Return an option by its name."""
        return next(o for o in self.value.options if o.name == name)

    def went(self, option: str, pool: str) -> Disposition | None:
        """Return what a pool released and where it went under an option."""
        found = [d for d in self.found if d.pool == pool]
        return next((d for n in (option, OPEN) for d in found if d.option == n), None)

    @property
    def leaves_budgets(self) -> bool:
        """Whether cash of the option put to the board leaves any named budget line."""
        return any(b.budget_line and b.recurrent.value > 0 for b in self.budgets)

    def chance_back(self, option: str) -> float:
        """Return the share of the draws in which undiscounted cash, summed over the horizon, is not below zero."""
        return float(np.mean(self.cash(option).sum(axis=1) >= 0.0))

    def cash(self, option: str) -> NDArray[np.float64]:
        """Return the undiscounted cash of an option by draw and year, as the file's perspective counts it."""
        return cash_by_draw(self.book, option, self.chosen.perspective)

    def service(self, *measures: str) -> list[Compared]:
        """Return measures of whole pathways and pools under the option put to the board, beside how it is now."""
        mine = [c for c in self.measured if c.scenario == self.option.name and not c.step]
        return [c for c in mine if c.measure in measures]

    def uses(self, pool: str) -> tuple[str, ...]:
        """Return the uses to show of a pool: what was moved only where some option moved something."""
        mine = [d.parts.get("redeployed") for d in self.found if d.pool == pool]
        moved = any(e is not None and abs(e.value) > 1e-9 for e in mine)
        return tuple(u for u in USES if u != "redeployed" or moved)

    def unit(self, pool: str) -> str:
        """Return the unit of a pool's release: bed-day, hour."""
        return next((d.unit for d in self.found if d.pool == pool), "bed-day")

    def parts(self, option: str, pool: str) -> list[float]:
        """Return a pool's release and its uses in beds (or hours a week), rounded so that they still add up."""
        uses, went = self.uses(pool), self.went(option, pool)
        if went is None:
            return [0.0] * (len(uses) + 1)
        size = per_year(went.unit)[0]
        ends = [place(e.low / size, e.high / size) for e in (went.release, *went.parts.values())]
        where = max([BEDS_FINEST, *(p for p in ends if p is not None)])
        exact = [went.parts[u].value / size if u in went.parts else 0.0 for u in uses]
        rounded, whole = adding_up(exact, sum(exact), where)
        return [whole, *rounded]

    @property
    def years(self) -> str:
        """The horizon in words."""
        return f"{self.value.years} year{'s' * (self.value.years != 1)}"

    @property
    def scenario(self) -> str:
        """The change whose release is decided on."""
        return valued_name(self.results)


def told_of(results: Results, words: str | None = None) -> Told | None:
    """Return what the pages are made of; None where nothing was valued.

    Parameters
    ----------
    results : Results
    words : str, optional
        Name of a frame, in place of the value file's own.
    """
    value = results.question.value
    if value is None or results.ledger.empty:
        return None
    book = book_of(results.ledger)
    worths = valuations(results, book)
    decide = value.decide
    asked = decide.option if decide is not None else None
    kept = {w.option: keeping_of(results, book, w.option) for w in worths}
    chosen = next((w for w in worths if w.option == asked), None) or _best(results, worths, kept)
    found = dispositions(results.quantities, over_draws=results.over_draws)
    return Told(
        results=results,
        value=value,
        frame=frame(words or str(getattr(value, "frame", "value"))),
        worths=tuple(worths),
        chosen=chosen,
        asked=asked is not None,
        keeping=kept,
        found=tuple(found),
        pools=tuple(released_pools(found)),
        book=book,
        budgets=tuple(budget_cash(book, chosen.option)),
        measured=tuple(compared(results.measures, SERVICE, case=case_names(results)[0])),
        lines=ledger_lines(book),
    )


def page_of(results: Results, words: str | None, make: Callable[[Told], Page]) -> Page | None:
    """Return a page of a run, made of what it is told from; None where nothing was valued."""
    one = told_of(results, words)
    return None if one is None else make(one)


def _best(results: Results, worths: list[Worth], kept: Mapping[str, Keeping]) -> Worth:
    """Return the option worth most of those that keep service and do something; of all, where none does."""
    able = [w for w in worths if kept[w.option].keeps is not False and not refused(results, w.option)]
    if not able:
        able = [w for w in worths if _is_hold(results, w.option)] or worths
    return max(able, key=lambda w: w.figures["npv"].value)


def _is_hold(results: Results, option: str) -> bool:
    value = results.question.value
    return value is not None and any(isinstance(o, Hold) for o in value.options if o.name == option)


def per_year(unit: str) -> tuple[float, str]:
    """Return what to divide a yearly quantity by so that people can picture it, and its name.

    >>> per_year("bed-day")[1], per_year("hour")[1], per_year("slot-day")[1]
    ('beds', 'hours a week', 'slot-days a year')
    """
    if unit == "bed-day":
        return DAYS_PER_YEAR, "beds"
    if unit == "hour":
        return WEEKS_PER_YEAR, "hours a week"
    return 1.0, f"{unit_name(unit)} a year"


def first_date(option: Option) -> date | None:
    """Return the first dated action of an option; None where nothing is dated."""
    named = (getattr(option, "date", None), getattr(option, "begins", None), *getattr(option, "dates", ()))
    dates = [d for d in named if d is not None]
    return min(dates, default=None)
