"""What must be true of every ledger, counted again from its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.value.book import CASH, DISPOSITIONS, UNMONETISED, Book, book_of

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
    - named: whatever is booked as cash from a closure names its budget line, holder and date.
    """
    book = book_of(ledger)
    if not book.lines:
        return []
    return [_transfers(book), _disposition(book), _no_price(book), _named(book)]


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
            signed = np.asarray(line.quantity) * (1.0 if line.use == "release" else -1.0)
            sums[key] = sums[key] + signed if key in sums else signed
            size = max(size, float(np.abs(signed).max(initial=0.0)))
    text = "release is closed, redeployed, reinvested, absorbed or idle in every draw, year, pool and owner"
    return _check("disposition", _worst(sums.values()), 1e-9 * size, text)


def _no_price(book: Book) -> LedgerCheck:
    rows = [line for line in book.lines if line.use in DISPOSITIONS]
    priced = sum(line.kind != UNMONETISED or not np.isnan(line.unit_value).all() for line in rows)
    return _check("no price", float(priced), 0.0, "no bed-day and no hour has a price")


def _named(book: Book) -> LedgerCheck:
    booked = [line for line in book.lines if line.use in ("close", "stranded") and line.kind == CASH]
    unnamed = sum(not line.budget_line for line in booked)
    text = "cash from a closure names its budget line, holder and date"
    return _check("named", float(unnamed), 0.0, text)
