"""The ledger as a finance director reads it: lines with ids, the account of each, and what a figure is the sum of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from cisim.analysis.board import line_ids
from cisim.value.book import CASH, COST_USES, SOCIETAL, UNMONETISED, Book, Line

if TYPE_CHECKING:
    from cisim.value import Perspective

__all__ = ["ACCOUNTS", "FIGURES", "USES", "Sum", "account", "counts", "joined", "line_years"]

CASH_BENEFIT, CASH_COST, OTHER, SOCIETY = "cash benefit", "cash cost", "other benefit", "societal benefit"
INDIRECT, HEALTH, UNPRICED = "indirect cost", "health", "not priced"
ACCOUNTS = {
    CASH_BENEFIT: "money that leaves a named budget line, less what does not go away with it",
    CASH_COST: "money paid for the programme, for running the new way and for the action",
    OTHER: "worth in pounds that is no cash: income less the cost of extra patients, and costs avoided",
    SOCIETY: "worth in pounds to society, in no organisation's budget",
    INDIRECT: "the time of staff already employed: no payment",
    HEALTH: "health in QALYs, never added to pounds before it is valued",
    UNPRICED: "counted in its own unit and given no amount",
}
"""Accounts that lines stand under, and what each holds; every line stands under one."""
USES = {
    "programme": "making and keeping the change",
    "running": "the new way of working, counted from the simulated days",
    "one_off": "the action itself, once",
    "sunk": "spent already, whatever is decided: listed, and in no sum",
    "optimism": "what such costs turn out above plan",
    "release": "capacity that the change frees",
    "closed": "of it, taken out",
    "redeployed": "of it, moved to another service",
    "reinvested": "of it, used for named extra patients; or those patients, counted",
    "absorbed": "of it, used by patients who came because there was room; or those patients, counted",
    "idle_change": "of it, left open and idle",
    "lost": "patients who were not treated any more, and what they would have brought",
    "reinvest": "what the named extra patients cost, bring in and gain",
    "absorb": "what patients who came because there was room cost, bring in and gain",
    "close": "full cost of what is taken out",
    "stranded": "what of that cost does not go away",
    "redeploy": "what capacity moved elsewhere saves or relieves there",
    "avoid": "a cost not yet incurred that now will not come",
    "outcome": "health, people and planet",
    "direct": "costs that no capacity is part of",
}
"""What the uses of a ledger mean."""


class Sum(NamedTuple):
    """A headline figure as signed accounts.

    Attributes
    ----------
    words : str
    accounts : dict of str to int
        Sign of each account. Health counts at the perspective's pounds a QALY, but alone in its own unit.
    """

    words: str
    accounts: dict[str, int]


FIGURES = {
    "cash_benefit": Sum("Cash that leaves budgets", {CASH_BENEFIT: 1}),
    "cash_cost": Sum("Cash cost", {CASH_COST: -1}),
    "net_cash": Sum("Net cash", {CASH_BENEFIT: 1, CASH_COST: 1}),
    "other_benefit": Sum("Other benefit in pounds, no cash", {OTHER: 1}),
    "societal_benefit": Sum("Societal benefit in pounds, no cash", {SOCIETY: 1}),
    "indirect_cost": Sum("Indirect cost: time of staff already employed", {INDIRECT: -1}),
    "qalys": Sum("Health gained", {HEALTH: 1}),
    "service_benefit": Sum("All service benefit", {CASH_BENEFIT: 1, OTHER: 1, SOCIETY: 1, HEALTH: 1}),
    "npv": Sum(
        "Net present value",
        {CASH_BENEFIT: 1, CASH_COST: 1, OTHER: 1, SOCIETY: 1, INDIRECT: 1, HEALTH: 1},
    ),
}
"""Figures by name. Costs stand below 0 in the ledger, so that a sum of accounts takes them off."""


def account(line: Line) -> str:
    """Return the account of a line.

    >>> account(Line("running", "provider", 1.0, "opening", -100.0, kind="cash-releasing", currency="GBP"))
    'cash cost'
    """
    if line.kind == UNMONETISED or line.currency not in ("GBP", "QALY"):
        return UNPRICED
    if line.currency == "QALY":
        return HEALTH
    if line.use in COST_USES:
        return CASH_COST if line.kind == CASH else INDIRECT
    return CASH_BENEFIT if line.kind == CASH else SOCIETY if line.kind == SOCIETAL else OTHER


def counts(line: Line, perspective: Perspective) -> bool:
    """Return whether a perspective counts a line: health always, money of its owners, society's where it says so."""
    if line.currency == "QALY":
        return True
    if line.kind == SOCIETAL and not perspective.societal:
        return False
    return perspective.owners is None or line.owner in perspective.owners


def line_years(book: Book) -> pd.DataFrame:
    """Return the lines year by year, as means over the draws.

    Returns
    -------
    DataFrame
        A row for each line and year: line (its id), number (its place in the book), year, quantity, unit_value
        (missing where there is no price), product (mean quantity x mean unit value), amount (mean over draws of
        quantity x unit value: what counts), p10 and p90 of the amount; the last four missing where nothing is
        priced. A line that comes once has its year alone.
    """
    rows = []
    for number, (key, line) in enumerate(zip(line_ids(book), book.lines, strict=True)):
        quantity = np.asarray(line.quantity).mean(axis=0)
        price = np.asarray(line.unit_value).mean(axis=0)
        amount = line.amount()
        mean, ends = amount.mean(axis=0), np.percentile(amount, [10, 90], axis=0)
        priced = account(line) != UNPRICED
        for y in range(book.years) if line.year is None else (line.year,):
            product = 0.0 if quantity[y] == 0 else quantity[y] * price[y]
            told = (product, mean[y], ends[0, y], ends[1, y]) if priced else (np.nan,) * 4
            rows.append((key, number, book.first_year + y, quantity[y], price[y], *told))
    columns = ["line", "number", "year", "quantity", "unit_value", "product", "amount", "p10", "p90"]
    return pd.DataFrame(rows, columns=columns)


def joined(ids: list[str]) -> str:
    """Return ids in words, neighbours drawn together.

    >>> joined(["A1", "A6", "A7", "A8", "B2"])
    'A1, A6 to A8, B2'
    """
    runs: list[list[tuple[str, int]]] = []
    for one in ids:
        head = one.rstrip("0123456789")
        number = int(one.removeprefix(head))
        if runs and runs[-1][-1] == (head, number - 1):
            runs[-1].append((head, number))
        else:
            runs.append([(head, number)])
    told = []
    for run in runs:
        names = [f"{head}{number}" for head, number in run]
        told += [f"{names[0]} to {names[-1]}"] if len(names) > 2 else names
    return ", ".join(told)
