"""Views of a ledger: who pays and who gains, and the same amounts by category, lens, kind, year, and more.

A view is a sum of lines. It adds nothing and loses nothing: over its parts it is the ledger's own total, except for
the lenses, which overlap: a lens is a way of looking, so one line may stand under two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisim.errors import ModelError, nearest
from cisim.value.book import CASH, CATEGORIES, KINDS, SOCIETAL, UNMONETISED, Book, Line, book_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cisim.value.perspectives import Perspective

__all__ = ["LENSES", "OWNERS", "Lens", "view", "who_gains"]

Floats = NDArray[np.float64]
OWNERS = ("provider", "commissioner", "local authority", "patients", "patients and families", "Treasury")
"""Owners in the order in which they are told; any other name comes after them."""
_PEOPLE = {"outcomes and experience", "staff experience", "sustainability"}
_BY = ("owner", "category", "kind", "lens", "year", "use", "item", "pool", "project", "recurrent", "status")


class Lens(NamedTuple):
    """One way of looking at a ledger, and which of its lines it sees."""

    words: str
    sees: Callable[[Line, str], bool]


LENSES = {
    "social": Lens(
        "what it does for patients, families, staff and the planet, in amounts where there are any",
        lambda line, _: line.category in _PEOPLE or line.kind == SOCIETAL,
    ),
    "business": Lens(
        "what it does for the organisation: its own money and time, income from others included",
        lambda line, organisation: line.owner == organisation,
    ),
    "economic": Lens(
        "everybody's resources and health; payments between owners make nobody better off and are left out",
        lambda line, _: line.currency != "" and not line.transfer,
    ),
}
_MEASURES = ("cash", "other_money", "societal", "qalys")


def view(
    ledger: Book | pd.DataFrame,
    by: Sequence[str] = ("owner",),
    *,
    perspective: Perspective | None = None,
    organisation: str = "provider",
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the amounts of each option, split by what is asked.

    Parameters
    ----------
    ledger : Book or DataFrame
    by : sequence of str
        Any of owner, category, kind, lens, year, use, item, pool, project, recurrent and status.
    perspective : Perspective, optional
        Discounts at its rates, and counts only the money of its owners, and society's where it says so;
        undiscounted and everybody's, if left out.
    organisation : str
        Whose business the business lens looks at.
    level : float
        Share of the draws between low and high.

    Returns
    -------
    DataFrame
        Columns scenario, those of `by`, and for each of cash (cash-releasing, pounds), other_money
        (non-cash-releasing, pounds), societal (pounds) and qalys: its mean over the draws, and ``_low`` and ``_high``.
        The sorts of money stand apart and are never added. Options stand in the ledger's order, owners, categories
        and kinds in their own.

    Raises
    ------
    ModelError
        Where `by` names something else.
    """
    for name in by:
        if name not in _BY:
            raise ModelError("by", f"got {name!r}, want {', '.join(_BY)}{nearest(name, _BY)}")
    book = book_of(ledger)
    found: dict[tuple[object, ...], dict[str, Floats]] = {}
    for line in book.lines:
        measure = _measure(line)
        if measure is None or not _counts(line, perspective):
            continue
        for years, amount in _amounts(book, line, perspective, split="year" in by):
            for key in _keys(line, by, years, organisation):
                row = found.setdefault(key, {m: np.zeros(book.draws) for m in _MEASURES})
                row[measure] += amount
    rows = [(*key, *_told(row, level)) for key, row in sorted(found.items(), key=_order(book, by))]
    ends = [f"{m}{end}" for m in _MEASURES for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["scenario", *by, *ends])


def _measure(line: Line) -> str | None:
    if line.kind == UNMONETISED:
        return None
    if line.currency == "QALY":
        return "qalys"
    return "cash" if line.kind == CASH else "societal" if line.kind == SOCIETAL else "other_money"


def _counts(line: Line, perspective: Perspective | None) -> bool:
    if perspective is None or line.currency == "QALY":
        return True
    if line.kind == SOCIETAL and not perspective.societal:
        return False
    return perspective.owners is None or line.owner in perspective.owners


def _amounts(
    book: Book, line: Line, perspective: Perspective | None, *, split: bool
) -> Iterator[tuple[int, Floats]]:
    """Yield a calendar year and a line's amount in it, by draw; all in one (year 0) unless they are split."""
    years = np.arange(book.years)
    factor = np.ones(book.years)
    if perspective is not None:
        schedule = perspective.health if line.currency == "QALY" else perspective.money
        factor = schedule.factor(years)
    if not split:
        yield 0, line.summed(factor)
        return
    amount = line.amount() * factor
    yield from ((book.first_year + int(y), amount[:, y]) for y in years)


def _keys(line: Line, by: Sequence[str], year: int, organisation: str) -> list[tuple[object, ...]]:
    keys: list[tuple[object, ...]] = [(line.option,)]
    for name in by:
        if name == "lens":
            parts: list[object] = [n for n, lens in LENSES.items() if lens.sees(line, organisation)]
        else:
            parts = [year if name == "year" else getattr(line, name)]
        keys = [(*key, part) for key in keys for part in parts]
    return keys


def _order(
    book: Book, by: Sequence[str]
) -> Callable[[tuple[tuple[object, ...], object]], tuple[object, ...]]:
    """Return the sort key of rows: options as in the ledger, known names as they are told, others as they come."""
    known = {"owner": OWNERS, "category": CATEGORIES, "kind": KINDS, "lens": tuple(LENSES)}
    places = {option: i for i, option in enumerate(book.options)}

    def order(row: tuple[tuple[object, ...], object]) -> tuple[object, ...]:
        option, *parts = row[0]
        out: list[object] = [places[str(option)]]
        for name, part in zip(by, parts, strict=True):
            names = known.get(name, ())
            out.append((names.index(str(part)) if part in names else len(names), part))
        return tuple(out)

    return order


def _told(row: dict[str, Floats], level: float) -> Iterator[float]:
    tail = (1 - level) / 2
    for amount in row.values():
        mean = float(amount.mean())
        yield mean
        same = not np.ptp(amount)  # most are all zero, and quantiles are dear
        yield from (mean, mean) if same else (float(v) for v in np.quantile(amount, [tail, 1 - tail]))


def who_gains(ledger: Book | pd.DataFrame) -> pd.DataFrame:
    """Return what each owner gains or pays over the horizon, undiscounted, as the mean over the draws.

    Returns
    -------
    DataFrame
        Columns scenario, owner, cash (cash-releasing, £), other_money (non-cash-releasing, £; transfers included),
        transfers (£; they sum to zero over the owners), qalys, societal (worth to society, £, that nobody is paid),
        and what the two sorts of money are made of: cash_gained, cash_paid,
        other_gained and other_paid (paid is above 0). Cash and other money are never added together.
    """
    book = book_of(ledger)
    out: dict[tuple[str, str], dict[str, float]] = {}
    for line in book.lines:
        if line.currency not in ("GBP", "QALY") or line.kind == UNMONETISED:
            continue
        row = out.setdefault((line.option, line.owner), dict.fromkeys(_GAINS, 0.0))
        mean = float(line.summed().mean())
        if line.currency == "QALY":
            row["qalys"] += mean
            continue
        sort = {CASH: "cash", SOCIETAL: "societal"}.get(line.kind, "other")
        row["other_money" if sort == "other" else sort] += mean
        if sort != "societal":
            row[f"{sort}_{'gained' if mean > 0 else 'paid'}"] += abs(mean)
        row["transfers"] += mean if line.transfer else 0.0
    rows = [(*key, *row.values()) for key, row in out.items()]
    return pd.DataFrame(rows, columns=["scenario", "owner", *_GAINS])


_GAINS = (
    "cash",
    "other_money",
    "transfers",
    "qalys",
    "societal",
    "cash_gained",
    "cash_paid",
    "other_gained",
    "other_paid",
)
