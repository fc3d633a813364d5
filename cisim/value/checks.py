"""What must be true of every ledger, counted again from its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.value.book import (
    CASH,
    CATEGORIES,
    COST_USES,
    DISPOSITIONS,
    KINDS,
    STATUSES,
    UNMONETISED,
    Book,
    book_of,
    compact,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from cisim.value.book import Line

__all__ = ["LedgerCheck", "checks"]

Floats = NDArray[np.float64]
_PENNY = 0.005


class LedgerCheck(NamedTuple):
    """One check: what was counted, what it should be, and whether it is."""

    check: str
    where: str
    got: float
    want: float
    passed: bool
    text: str


def checks(ledger: Book | pd.DataFrame) -> list[LedgerCheck]:
    """Return the checks of a ledger; `got` is the largest departure in any draw, year, pool or transfer.

    - transfers: what one owner is paid another pays, in every draw and year;
    - disposition: release = closed + redeployed + reinvested + absorbed + idle change, in every draw, year, pool and
      owner, so that no bed-day is counted twice;
    - no price: no bed-day and no hour has a price, so that capacity is worth what is done with it, once;
    - named: whatever is booked as cash that is no cost names its budget line, holder and date;
    - told: every line has an owner, one of the seven categories, a kind and a status, health is no cash, and
      every number that is priced is a number, so that each amount stands in every view, once;
    - views: by owner, by category and by kind, the amounts sum to the ledger's total on every draw and year.
    """
    book = book_of(ledger)
    if not book.lines:
        return []
    with np.errstate(invalid="ignore"):  # what is no number is told of, not warned of
        return [
            _transfers(book),
            _disposition(book),
            _no_price(book),
            _named(book),
            _told(book),
            _views(book),
        ]


def _check(name: str, got: float, limit: float, text: str) -> LedgerCheck:
    passed = bool(got <= limit)
    return LedgerCheck(name, "ledger", got, 0.0, passed, text if passed else f"{text}: off by {got:.6g}")


def _worst(sums: Iterable[Floats]) -> float:
    return max((float(np.abs(s).max(initial=0.0)) for s in sums), default=0.0)


def _transfers(book: Book) -> LedgerCheck:
    paid: dict[tuple[str, ...], list[Line]] = {}
    for line in book.lines:
        if line.transfer:
            paid.setdefault((line.project, line.option, line.transfer), []).append(line)
    worst = _worst(book.by_year(those) for those in paid.values())
    return _check("transfers", worst, _PENNY, "transfers between owners sum to zero in every draw and year")


def _disposition(book: Book) -> LedgerCheck:
    sums: dict[tuple[str, ...], Floats] = {}
    size = 1.0
    for line in book.lines:
        if line.use in DISPOSITIONS and line.pool:
            key = (line.project, line.option, line.pool, line.owner)
            quantity = compact(np.asarray(line.quantity))
            signed = quantity if line.use == "release" else -quantity
            sums[key] = sums[key] + signed if key in sums else signed
            size = max(size, float(quantity.max(initial=0.0)), -float(quantity.min(initial=0.0)))
    text = "release is closed, redeployed, reinvested, absorbed or idle in every draw, year, pool and owner"
    return _check("disposition", _worst(sums.values()), 1e-9 * size, text)


def _no_price(book: Book) -> LedgerCheck:
    rows = [line for line in book.lines if line.use in DISPOSITIONS]
    priced = sum(
        line.kind != UNMONETISED or not np.isnan(compact(np.asarray(line.unit_value))).all() for line in rows
    )
    return _check("no price", float(priced), 0.0, "no bed-day and no hour has a price")


def _named(book: Book) -> LedgerCheck:
    booked = [line for line in book.lines if line.kind == CASH and line.use not in COST_USES]
    unnamed = sum(not line.budget_line for line in booked)
    text = "cash that is no cost names its budget line, holder and date"
    return _check("named", float(unnamed), 0.0, text)


def _told(book: Book) -> LedgerCheck:
    wrong = 0
    for line in book.lines:
        named = line.owner and line.category in CATEGORIES and line.kind in KINDS and line.status in STATUSES
        cash = line.kind != CASH or line.currency == "GBP"
        numbers = _finite(line) and (line.kind == UNMONETISED) == (line.currency == "")
        wrong += not (named and cash and numbers)
    return _check("told", float(wrong), 0.0, "every line has its owner, category, kind, currency and status")


def _finite(line: Line) -> bool:
    """Return whether every number that is priced is a number."""
    priced = (line.quantity, line.unit_value) if line.kind != UNMONETISED else ()
    return all(bool(np.isfinite(compact(np.asarray(number))).all()) for number in priced)


def _views(book: Book) -> LedgerCheck:
    """Sum up what each view leaves out, by option and currency: what it tells is the total less that.

    A view splits the lines by one of their columns, so that no line stands in it twice.
    """
    worst, size = 0.0, 1.0
    for option in book.options:
        lines = book.of_option(option)
        for currency in sorted({line.currency for line in lines if line.currency}):
            priced = [line for line in lines if line.currency == currency]
            for view, names in (
                ("category", CATEGORIES),
                ("kind", KINDS),
            ):  # every owner has a place in its view
                left = [x for x in priced if getattr(x, view) not in names]
                if left:
                    size = max(size, *(float(np.abs(line.summed()).max(initial=0.0)) for line in priced))
                    worst = max(worst, _worst([book.by_year(left)]))
    text = "by owner, category and kind the amounts sum to the ledger's total on every draw and year"
    return _check("views", worst, 1e-9 * size, text)
