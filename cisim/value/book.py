"""The ledger itself: lines of arrays over draws and years, of which every figure is a sum.

A line is one owner's amount for one reason. It holds its quantity and its value a unit over draws and years,
so ten thousand draws of ten years are one multiplication; nothing is written out row by row until somebody
asks for the tidy table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisim.errors import AuditError, ModelError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "CASH",
    "CATEGORIES",
    "COLUMNS",
    "COST_USES",
    "DISPOSITIONS",
    "KINDS",
    "NON_CASH",
    "SOCIETAL",
    "STATUSES",
    "TEXTS",
    "UNMONETISED",
    "Book",
    "Line",
    "book_of",
    "compact",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CASH, NON_CASH, SOCIETAL, UNMONETISED = "cash-releasing", "non-cash-releasing", "societal", "unmonetised"
KINDS = (CASH, NON_CASH, SOCIETAL, UNMONETISED)
CATEGORIES = (
    "outcomes and experience",
    "staff experience",
    "productivity and efficiency",
    "cost avoidance",
    "cost reduction",
    "income",
    "sustainability",
)
"""The six categories of the return on investment of improvement at East London, and sustainability."""
STATUSES = ("forecast", "realised", "banked")
DISPOSITIONS = ("release", "closed", "redeployed", "reinvested", "absorbed", "idle_change")
"""Uses of capacity: release, and all that it can become; none has a price."""
COST_USES = ("programme", "running", "one_off", "optimism")
NO_PRICE = float("nan")
TEXTS = (
    "use",
    "item",
    "pool",
    "owner",
    "category",
    "kind",
    "budget_line",
    "transfer",
    "unit",
    "currency",
    "source",
    "evidence",
    "status",
)
"""What a line says of itself in words."""
COLUMNS = (
    "scenario",
    "project",
    "draw",
    "replication",
    "year",
    "use",
    "item",
    "pool",
    "owner",
    "category",
    "kind",
    "budget_line",
    "transfer",
    "recurrent",
    "quantity",
    "unit",
    "unit_value",
    "amount",
    "currency",
    "source",
    "evidence",
    "status",
)
_NUMBERS = ("quantity", "unit_value", "amount")
_MANY = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """One owner's amount for one reason.

    Attributes
    ----------
    use, owner : str
    quantity : ndarray of float, shape broadcastable to (draws, years)
        How many, a year.
    unit : str
    unit_value : ndarray of float, shape broadcastable to (draws, years)
        Worth of one: what the owner gains is above 0, what it pays below; NaN where there is no price.
    item, pool, category, kind, currency, budget_line, transfer : str
        Currency is GBP, QALY, or '' where nothing is priced; lines of one transfer sum to zero.
    recurrent : bool
    year : int or None
        The one year of a cost that comes once, the first being 0; None for every year.
    source, evidence, status : str
    option, project : str
    """

    use: str
    owner: str
    quantity: Floats | float
    unit: str
    unit_value: Floats | float = NO_PRICE
    item: str = ""
    pool: str = ""
    category: str = ""
    kind: str = UNMONETISED
    currency: str = ""
    budget_line: str = ""
    transfer: str = ""
    recurrent: bool = True
    year: int | None = None
    source: str = ""
    evidence: str = "simulated"
    status: str = "forecast"
    option: str = ""
    project: str = ""

    def over(self, draws: int, years: int) -> Line:
        """Return the line with its numbers spread over draws and years, as views that copy nothing."""
        quantity = np.asarray(self.quantity, float)
        if self.year is not None:
            quantity = np.where(np.arange(years) == self.year, quantity, 0.0)
        shape = (draws, years)
        price = np.asarray(self.unit_value, float)
        return replace(
            self, quantity=np.broadcast_to(quantity, shape), unit_value=np.broadcast_to(price, shape)
        )

    def amount(self) -> Floats:
        """Return quantity x unit value, shape (draws, years); 0 where the line is unmonetised."""
        if self.kind == UNMONETISED:
            return np.zeros(np.shape(self.quantity))
        return np.asarray(np.asarray(self.quantity) * np.asarray(self.unit_value), float)

    def summed(self, factor: Floats | None = None) -> Floats:
        """Return the amount summed over the years, each times its factor (1 if left out), shape (draws,).

        Numbers that are the same in every year or on every draw are multiplied once.
        """
        quantity, price = np.asarray(self.quantity), np.asarray(self.unit_value)
        draws, years = quantity.shape
        if self.kind == UNMONETISED:
            return np.zeros(draws)
        weights = np.ones(years) if factor is None else factor
        few, many = compact(quantity), compact(price)
        if many.shape[1] == 1:
            total = few[:, 0] * weights.sum() if few.shape[1] == 1 else few @ weights
            return np.broadcast_to(total * many[:, 0], (draws,))
        return np.broadcast_to((few * many) @ weights, (draws,))


def compact(numbers: Floats) -> Floats:
    """Return an array with each axis along which nothing varies cut to one, by its strides."""
    rows = slice(1) if numbers.strides[0] == 0 else slice(None)
    columns = slice(1) if numbers.strides[1] == 0 else slice(None)
    return numbers[rows, columns]


@dataclass(frozen=True, slots=True)
class Book:
    """A ledger: every line of every option, and what all lines share.

    Attributes
    ----------
    lines : tuple of Line
        In order; each spread over draws and years by `Line.over`.
    draws : int
    first_year, years : int
    replication : ndarray of int, shape (draws,)
        Which replication each draw is made of.
    """

    lines: tuple[Line, ...]
    draws: int
    first_year: int
    years: int
    replication: Ints

    def __post_init__(self) -> None:
        for line in self.lines:
            shapes = np.shape(line.quantity), np.shape(line.unit_value)
            if shapes != ((self.draws, self.years),) * 2:
                got = f"got shapes {shapes[0]} and {shapes[1]}, want {(self.draws, self.years)} for both"
                raise ModelError(f"ledger line {line.use!r}", got)

    @property
    def options(self) -> tuple[str, ...]:
        """The options, in the order of their first lines."""
        return tuple(dict.fromkeys(line.option for line in self.lines))

    def of_option(self, option: str) -> tuple[Line, ...]:
        """Return the lines of one option.

        Raises
        ------
        ModelError
            Where there is no such option.
        """
        found = tuple(line for line in self.lines if line.option == option)
        if not found:
            raise ModelError(
                "option", f"got {option!r}, want one of the ledger{nearest(option, self.options)}"
            )
        return found

    def where(self, keep: Callable[[Line], bool]) -> Book:
        """Return the book of those lines for which `keep` is true."""
        return replace(self, lines=tuple(line for line in self.lines if keep(line)))

    def total(self, lines: Iterable[Line], factor: Floats | None = None) -> Floats:
        """Return the sum of the amounts of `lines` over the years, each times its factor, shape (draws,)."""
        out = np.zeros(self.draws)
        for line in lines:
            out += line.summed(factor)
        return out

    def by_year(self, lines: Iterable[Line]) -> Floats:
        """Return the sum of the amounts of `lines`, shape (draws, years)."""
        out = np.zeros((self.draws, self.years))
        by_draw, by_years = [], []
        for line in lines:
            if line.kind == UNMONETISED:
                continue
            few, many = compact(np.asarray(line.quantity)), compact(np.asarray(line.unit_value))
            if min(few.shape) == 1 and min(many.shape) == 1:
                # The amount is something by draw times something by year: all such lines are one product of matrices.
                of = [part for part in (few, many) if part.shape[1] == 1]
                by_draw.append(
                    np.broadcast_to(
                        np.prod(np.broadcast_arrays(*of), axis=0)[:, 0] if of else 1.0, self.draws
                    )
                )
                of = [part for part in (few, many) if part.shape[1] > 1]
                by_years.append(np.broadcast_to(np.prod(of, axis=0)[0] if of else 1.0, self.years))
            else:
                out += few * many
        if by_draw:
            out += np.stack(by_draw, axis=1) @ np.stack(by_years)
        return out

    def table(self) -> pd.DataFrame:
        """Return the tidy table: a row for each line, draw and year; columns as in ``COLUMNS``.

        Text is categories. A line that comes once has rows of its year alone.
        """
        if not self.lines:
            return pd.DataFrame(columns=list(COLUMNS))
        every = np.arange(self.years)
        when = [every if line.year is None else np.array([line.year]) for line in self.lines]
        lengths = [self.draws * len(years) for years in when]
        draw = np.arange(self.draws)
        columns: dict[str, object] = {
            "draw": np.concatenate([np.repeat(draw, len(y)) for y in when]),
            "replication": np.concatenate([np.repeat(self.replication, len(y)) for y in when]),
            "year": np.concatenate([np.tile(self.first_year + y, self.draws) for y in when]),
            "recurrent": np.repeat([line.recurrent for line in self.lines], lengths),
        }
        numbers = [
            (np.asarray(line.quantity), np.asarray(line.unit_value), line.amount()) for line in self.lines
        ]
        for i, name in enumerate(_NUMBERS):
            blocks = [found[i][:, years].ravel() for found, years in zip(numbers, when, strict=True)]
            columns[name] = np.concatenate(blocks)
        for name in TEXTS:
            columns[name] = _text([getattr(line, name) for line in self.lines], lengths)
        columns["scenario"] = _text([line.option for line in self.lines], lengths)
        columns["project"] = _text([line.project for line in self.lines], lengths)
        return pd.DataFrame({name: columns[name] for name in COLUMNS})

    @staticmethod
    def of(table: pd.DataFrame) -> Book:
        """Return the book of a tidy table: the inverse of `table`.

        Rows of one line stand together, by draw and year; where they do not, they are sorted so first. Draws and years
        that have no row count as none.

        Raises
        ------
        AuditError
            Where an amount is not quantity x unit value.
        """
        if table.empty:
            return Book((), 0, 0, 0, np.zeros(0, np.int64))
        _check_amounts(table)
        keys = ["scenario", "project", *TEXTS, "recurrent"]
        codes = np.column_stack([pd.factorize(table[name])[0] for name in keys])
        draw, year = table["draw"].to_numpy(), table["year"].to_numpy()
        starts = _starts(codes, draw, year)
        if len(starts) > _MANY:
            order = np.lexsort((year, draw, *codes.T[::-1]))
            return Book.of(table.iloc[order]) if not (np.diff(order) == 1).all() else _read(table, starts)
        return _read(table, starts)


def _check_amounts(table: pd.DataFrame) -> None:
    amount, quantity, price = (table[name].to_numpy(float) for name in ("amount", "quantity", "unit_value"))
    want = np.where((table["kind"] == UNMONETISED).to_numpy(), 0.0, quantity * price)
    wrong = np.flatnonzero(~np.isclose(amount, want, rtol=1e-9, atol=1e-6))
    if len(wrong):
        row = int(wrong[0])
        msg = (
            f"row {row} of the ledger: got amount {amount[row]:g}, want {want[row]:g}: quantity x unit value"
        )
        raise AuditError(msg)


def _starts(codes: Ints, draw: Ints, year: Ints) -> Ints:
    """Return the first row of each line: where a text changes, or draws and years begin again."""
    new = np.ones(len(draw), bool)
    later = (np.diff(draw) > 0) | ((np.diff(draw) == 0) & (np.diff(year) > 0))
    new[1:] = (codes[1:] != codes[:-1]).any(axis=1) | ~later
    return np.flatnonzero(new)


def _read(table: pd.DataFrame, starts: Ints) -> Book:
    draw, year = table["draw"].to_numpy(), table["year"].to_numpy()
    draws, first = int(draw.max()) + 1, int(year.min())
    years = int(year.max()) - first + 1
    replication = np.zeros(draws, np.int64)
    replication[draw] = table["replication"].to_numpy()
    texts = {name: table[name].astype(object).to_numpy() for name in ("scenario", "project", *TEXTS)}
    recurrent = table["recurrent"].to_numpy()
    columns = [table[name].to_numpy(float) for name in _NUMBERS[:2]]
    lines = []
    for begin, end in zip(starts, [*starts[1:], len(table)], strict=True):
        rows = slice(begin, end)
        here = year[rows] - first
        filled = [np.zeros((draws, years)), np.full((draws, years), NO_PRICE)]
        for block, column in zip(filled, columns, strict=True):
            block[draw[rows], here] = column[rows]
        once = not recurrent[begin] and years > 1 and bool((here == here[0]).all())
        # A draw or a year without a row has no quantity; any price of it is as good as none.
        price = np.where(np.isnan(filled[1]) & ~np.isnan(columns[1][begin]), 0.0, filled[1])
        told = {name: str(texts[name][begin]) for name in TEXTS}
        lines.append(
            Line(
                quantity=filled[0],
                unit_value=price,
                recurrent=bool(recurrent[begin]),
                year=int(here[0]) if once else None,
                option=str(texts["scenario"][begin]),
                project=str(texts["project"][begin]),
                **told,
            )
        )
    return Book(tuple(lines), draws, first, years, replication)


def _text(values: Sequence[str], lengths: Sequence[int]) -> pd.Series:
    book = list(dict.fromkeys(values))
    place = {name: code for code, name in enumerate(book)}
    codes = np.array([place[v] for v in values], np.int64)
    return pd.Series(pd.Categorical.from_codes(np.repeat(codes, lengths), categories=pd.Index(book)))


def book_of(ledger: Book | pd.DataFrame) -> Book:
    """Return a ledger as a book, be it one already or a tidy table."""
    return ledger if isinstance(ledger, Book) else Book.of(ledger)
