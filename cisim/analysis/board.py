"""What a board asks of a ledger: cash by budget, the lines behind a figure, and what the answer hangs on.

Pure functions of tables and draws; nothing is formatted here. Money is undiscounted pounds of the ledger's
price year, unless a function says that it is a present value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisim.analysis.intervals import Estimate
from cisim.analysis.service import judged
from cisim.value import CASH, COST_USES, NOT_KEPT, SOCIETAL, TEXTS, Book, book_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cisim.value import Line

__all__ = [
    "BudgetCash",
    "Hinge",
    "Keeping",
    "budget_cash",
    "by_owner_and_category",
    "hinges",
    "keeping",
    "ledger_lines",
    "line_ids",
    "over_draws",
    "shortfall",
    "weakest",
]

Floats = NDArray[np.float64]
LINE = ("project", *TEXTS, "recurrent")
"""What a line says of itself, beside its option and its numbers."""
PLACE = ["measure", "statistic", "pathway", "step", "pool", "group"]


@dataclass(frozen=True, slots=True)
class BudgetCash:
    """Cash of one owner, leaving one budget line or, without one, paid in or out.

    Attributes
    ----------
    owner, budget_line : str
        The line is '' for what no line is named for: the programme, running the new way, the action.
    years : tuple of int
    by_year : ndarray of float, shape (draws, years)
        Above 0 leaves the budget for good; below 0 is paid.
    """

    owner: str
    budget_line: str
    years: tuple[int, ...]
    by_year: Floats

    @property
    def first(self) -> Estimate:
        """Cash of the first year."""
        return over_draws(self.by_year[:, 0], "£")

    @property
    def recurrent(self) -> Estimate:
        """Cash of the last year, when every decision is in force and nothing is paid once."""
        return over_draws(self.by_year[:, -1], "£")


class Hinge(NamedTuple):
    """One number that is not known, and what hangs on it.

    Attributes
    ----------
    path : str
        The way to the number in the value file.
    share : float
        Of the variance of the outcome, what goes with this number alone (its squared correlation).
    mean : float
        The number's own mean.
    turns : float
        Where the number would have to be for the mean outcome to be 0; NaN where it has no sway.
    reached : float
        Share of the draws at or beyond that point; NaN where there is none.
    """

    path: str
    share: float
    mean: float
    turns: float
    reached: float


class Keeping(NamedTuple):
    """Whether service is kept under an option.

    Attributes
    ----------
    keeps : bool or None
        Whether it is, with the whole effect and in every year; None where it was not judged.
    share : float
        Of the runs with the whole effect, those in which every measure stays within its margin.
    runs : int
        How many those are.
    asked : float
        The share that is asked for.
    year : int or None
        The year in which it is kept in the fewest draws, at that year's own effect and demand.
    in_year : float
        Share of the draws in which it is kept in that year.
    """

    keeps: bool | None
    share: float
    runs: int
    asked: float
    year: int | None = None
    in_year: float = math.nan


def over_draws(values: Floats, unit: str, level: float = 0.95) -> Estimate:
    """Return the mean over draws with the range that holds `level` of them.

    >>> print(over_draws(np.arange(101.0), "£", 0.8))
    50 £ (10 to 90)
    """
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(values.mean()), float(low), float(high), level, len(values), unit)


def shortfall(values: Floats, share: float = 0.1) -> float:
    """Return the mean of the worst share of the draws (expected shortfall).

    >>> shortfall(np.arange(-10.0, 90.0), 0.1)
    -5.5
    """
    count = max(1, math.ceil(share * len(values)))
    return float(np.sort(values)[:count].mean())


def keeping(
    service: pd.DataFrame,
    ledger: Book | pd.DataFrame,
    option: str,
    *,
    level: tuple[int, int] | None = None,
    probability: float = 0.9,
) -> Keeping:
    """Return whether service is kept under an option, with the whole effect and in the worst year of the ledger.

    Parameters
    ----------
    service : DataFrame
        As in a run's results.
    ledger : Book or DataFrame
    option : str
    level : (int, int), optional
        Steps closed and patients sent, where the option was judged at several levels.
    probability : float
        Share of the runs, and of the draws of each year, in which all measures must keep together.

    >>> rows = {"option": "a", "steps": 1, "extra": 0, "replication": [0, 1, 2, 3], "measure": "wait"}
    >>> rows |= {"statistic": "mean", "pathway": "p", "step": "", "pool": "", "group": ""}
    >>> table = pd.DataFrame(rows | {"worsening": [0.0, 0.1, 2.0, 0.2], "margin": 1.0})
    >>> none = Book((), 1, 2025, 1, np.zeros(1, int))
    >>> found = keeping(table, none, "a", probability=0.7)
    >>> found.share, found.keeps, keeping(table, table.iloc[:0], "b").keeps
    (0.75, False, None)
    """
    mine = service[service["option"] == option]
    if level is not None:
        mine = mine[(mine["steps"] == level[0]) & (mine["extra"] == level[1])]
    if mine.empty:
        return Keeping(None, math.nan, 0, probability)
    worse = mine.set_index(["replication", *PLACE])["worsening"].unstack(PLACE)
    margins = mine.groupby(PLACE, sort=False)["margin"].mean().reindex(worse.columns)
    known = margins.notna().to_numpy()
    found = judged(worse.fillna(0.0).to_numpy()[:, known], margins[known], steps=0, probability=probability)
    book = book_of(ledger)
    fails = [np.asarray(x.quantity) for x in book.lines if (x.option, x.use) == (option, NOT_KEPT)]
    kept = 1.0 - np.clip(sum(fails, np.zeros((1, 1))), 0.0, 1.0).mean(axis=0)
    worst = int(np.argmin(kept))
    lasts = bool(kept[worst] >= probability - 1e-12)
    return Keeping(
        found.keeps and lasts,
        found.chance.value,
        len(worse),
        probability,
        book.first_year + worst,
        float(kept[worst]),
    )


def budget_cash(ledger: Book | pd.DataFrame, option: str) -> list[BudgetCash]:
    """Return the cash of one option by owner and budget line, those that leave a named line first.

    Parameters
    ----------
    ledger : Book or DataFrame
        As `cisim.value.ledger` makes it.
    option : str
    """
    book = book_of(ledger)
    years = tuple(range(book.first_year, book.first_year + book.years))
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in book.of_option(option):
        if line.kind == CASH and line.currency == "GBP":
            groups.setdefault((line.owner, line.budget_line), []).append(line)
    out = [BudgetCash(owner, name, years, book.by_year(lines)) for (owner, name), lines in groups.items()]
    return sorted(out, key=lambda b: not b.budget_line)


def ledger_lines(ledger: Book | pd.DataFrame) -> pd.DataFrame:
    """Return the lines of a ledger, one row each, with an id to point at: a letter for the option, and a number.

    Returns
    -------
    DataFrame
        Columns line, scenario, the columns of ``LINE``, quantity (mean a year), unit_value (mean; missing
        where there is no price) and amount (mean over the draws, summed over the years, undiscounted), in the
        order of the ledger. The same ledger gives the same ids.
    """
    book = book_of(ledger)
    rows = []
    for key, line in zip(line_ids(book), book.lines, strict=True):
        when = slice(None) if line.year is None else slice(line.year, line.year + 1)
        rows.append(
            {
                "line": key,
                "scenario": line.option,
                **{name: getattr(line, name) for name in LINE},
                "quantity": float(np.asarray(line.quantity)[:, when].mean()),
                "unit_value": float(np.asarray(line.unit_value)[:, when].mean()),
                "amount": float(line.summed().mean()),
            }
        )
    return pd.DataFrame(rows, columns=["line", "scenario", *LINE, "quantity", "unit_value", "amount"])


def line_ids(book: Book) -> list[str]:
    """Return an id for each line of a ledger: a letter for its option, and its number in it, as A1."""
    letters = {name: _letters(i) for i, name in enumerate(book.options)}
    count: dict[str, int] = {}
    out = []
    for line in book.lines:
        count[line.option] = count.get(line.option, 0) + 1
        out.append(f"{letters[line.option]}{count[line.option]}")
    return out


def _letters(number: int) -> str:
    """Return A, B ... Z, AA, AB ... as a spreadsheet counts.

    >>> [_letters(n) for n in (0, 25, 26)]
    ['A', 'Z', 'AA']
    """
    out = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        out = chr(ord("A") + rest) + out
    return out


def by_owner_and_category(lines: pd.DataFrame, option: str) -> pd.DataFrame:
    """Return what each owner gains or pays in each category over the horizon, with the lines it is the sum of.

    What the change costs (the programme, running the new way, the action) stands apart from what it brings.

    Parameters
    ----------
    lines : DataFrame
        From `ledger_lines`.
    option : str

    Returns
    -------
    DataFrame
        Columns owner, category, cost (whether it is what the change costs), cash (£), societal (£), other_money (£,
        transfers included), qalys and lines (their ids).
        Cash and other money are never added together. Their sums over the rows are the ledger's own totals.
    """
    mine = lines[(lines["scenario"] == option) & lines["currency"].isin(("GBP", "QALY"))]
    rows = []
    mine = mine.assign(cost=mine["use"].isin(COST_USES))
    for (owner, category, cost), group in mine.groupby(["owner", "category", "cost"], sort=False):
        pounds, cash, social = (
            group["currency"] == "GBP", group["kind"] == CASH, group["kind"] == SOCIETAL,
        )  # fmt: skip
        rows.append(
            {
                "owner": owner,
                "category": category,
                "cost": bool(cost),
                "cash": float(group.loc[pounds & cash, "amount"].sum()),
                "other_money": float(group.loc[pounds & ~cash & ~social, "amount"].sum()),
                "societal": float(group.loc[pounds & social, "amount"].sum()),
                "qalys": float(group.loc[~pounds, "amount"].sum()),
                "lines": tuple(group["line"]),
            }
        )
    columns = ["owner", "category", "cost", "cash", "other_money", "societal", "qalys", "lines"]
    return pd.DataFrame(rows, columns=columns)


def hinges(numbers: Mapping[str, Floats], outcome: Floats) -> list[Hinge]:
    """Return what an outcome hangs on, the number with the greatest sway first.

    The numbers are drawn independently of each other, and an outcome that is linear in each of them (as a
    ledger's is) has a conditional mean that is a straight line: its slope says where the answer turns.

    Parameters
    ----------
    numbers : mapping of path to ndarray of float, shape (draws,)
        As `cisim.value.draw_numbers` gives them; those that never change are left out.
    outcome : ndarray of float, shape (draws,)
        Such as the net present value.

    Examples
    --------
    >>> x, y = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0, 1.0])
    >>> [(h.path, round(h.share, 2), round(h.turns, 2)) for h in hinges({"y": y, "x": x}, 3 * x + y - 1)]
    [('x', 0.9, 0.17), ('y', 0.1, -0.5)]
    """
    out = []
    spread = float(outcome.std())
    for path, values in numbers.items():
        own = float(values.std())
        if own <= 1e-12 * max(1.0, float(np.abs(values).max())):
            continue
        mean = float(values.mean())
        covariance = float(((values - mean) * (outcome - outcome.mean())).mean())
        correlation = covariance / (own * spread) if spread else 0.0
        slope = covariance / own**2
        turns = mean - float(outcome.mean()) / slope if abs(correlation) > 1e-9 else math.nan
        reached = math.nan
        if math.isfinite(turns):
            reached = float(np.mean(values >= turns) if turns > mean else np.mean(values <= turns))
        out.append(Hinge(path, correlation**2, mean, turns, reached))
    return sorted(out, key=lambda h: -h.share)


def weakest(found: Sequence[Hinge], assumed: Sequence[str]) -> Hinge | None:
    """Return the number with the greatest sway of those that are assumptions, else of all; None without any.

    >>> sourced, guess = Hinge("a", 0.8, 1, 0, 0), Hinge("b", 0.1, 1, 0, 0)
    >>> weakest([sourced, guess], ["b"]).path, weakest([sourced], []).path
    ('b', 'a')
    """
    guessed = [h for h in found if h.path in assumed]
    return next(iter(guessed or found), None)
