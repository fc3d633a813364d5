"""Sheets that each add the ledger up in one way: by owner, category, year, payment, and what capacity becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cisim.report.accounts import ACCOUNTS, HEALTH, SOCIETY, UNPRICED
from cisim.report.cells import Live, Paper, Range, Sheet, at
from cisim.report.ledger_sheet import RATES, YEARS_ROW, over_years
from cisim.value import CASH, cash_by_year
from cisim.value.book import DISPOSITIONS, NON_CASH, SOCIETAL
from cisim.value.returns import payback

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from cisim.report.ledger_sheet import Valued

__all__ = ["Check", "Years", "by_year", "capacity", "sums_by", "who_pays"]

MEASURES = {
    "Cash, £": ("GBP", CASH, "£"),
    "Other money, no cash, £": ("GBP", NON_CASH, "£"),
    "Societal, no cash, £": ("GBP", SOCIETAL, "£"),
    "Health, QALYs": ("QALY", "", "QALY"),
}
"""Sorts of amounts, which are never added to each other: their currency, their kind, and their unit."""


_AFTER_CASH = 8
"""Rows from an option's net cash to the next option."""


class Check(NamedTuple):
    """Something that must be zero: what, and the formula that says it."""

    words: str
    formula: str


class Years(NamedTuple):
    """What the sheet 'By year' holds that the summary wants.

    Attributes
    ----------
    present : dict of str to dict of str to str
        By option and account, the cell of its present value added up over the years.
    payback : dict of str to Live
        By option, the year in which cash is paid back.
    cash : dict of str to int
        By option, the row of its net cash.
    """

    present: dict[str, dict[str, str]]
    payback: dict[str, Live]
    cash: dict[str, int]


def _measures(frame: pd.DataFrame) -> dict[str, tuple[str, str, str]]:
    """Return the sorts of amounts that a ledger has; cash always."""
    out = {}
    for name, (currency, kind, unit) in MEASURES.items():
        some = (frame["currency"] == currency) & ((frame["kind"] == kind) | (not kind))
        if bool(some.any()) or kind == CASH:
            out[name] = (currency, kind, unit)
    return out


def _where(currency: str, kind: str) -> list[tuple[str, str, object]]:
    out: list[tuple[str, str, object]] = [("currency", f'"{currency}"', currency)]
    return [*out, ("kind", f'"{kind}"', kind)] if kind else out


def sums_by(paper: Paper, told: Valued, rows: Range, name: str, column: str) -> list[Check]:
    """Write the amounts of each option split by a column, undiscounted, and return that they add up."""
    found = _measures(told.frame)
    sheet = paper.sheet(name, (8, 40, 26, *(18 for _ in found)), tall=True)
    years = f"{told.value.years} year{'s' * (told.value.years != 1)} from {told.value.first_year}"
    sheet.title(
        f"{name}: what each option comes to",
        f"Sums over the ledger, everybody's, over {years}, not discounted, pounds of {told.value.price_year}. Gains"
        " stand above 0, payments below. Columns are different things and are never added to each other.",
        2 + len(found),
    )
    sheet.heads(3, ("Option", "Name", column.capitalize(), *found), range(3, 3 + len(found)))
    sheet.made.freeze_panes(4, 3)
    sheet.made.repeat_rows(3)
    row, checks = 4, []
    priced = told.frame[told.frame["account"] != UNPRICED]
    for option, words in told.options.items():
        first = row
        for part in dict.fromkeys(priced.loc[priced["option"] == option, column]):
            sheet.words(row, 0, option)
            sheet.words(row, 1, words)
            sheet.words(row, 2, part)
            mine = [("option", at(row, 0), option), (column, at(row, 2), part)]
            for i, (currency, kind, unit) in enumerate(found.values()):
                sheet.live(row, 3 + i, rows.total("amount", [*mine, *_where(currency, kind)]), unit)
            row += 1
        checks += _totals(sheet, rows, (option, words), (first, row), found)
        row += 3
    return checks


def _totals(
    sheet: Sheet,
    rows: Range,
    option: tuple[str, str],
    span: tuple[int, int],
    found: dict[str, tuple[str, str, str]],
) -> list[Check]:
    """Write the totals of one option's rows, and below them what they differ by from the ledger's own."""
    first, row = span
    checks = []
    for i, words in enumerate((*option, "all")):
        sheet.words(row, i, words, "total")
    sheet.words(row + 1, 2, "less the ledger's total, must be 0", "note")
    for i, (measure, (currency, kind, unit)) in enumerate(found.items(), 3):
        whole = rows.total("amount", [("option", at(row, 0), option[0]), *_where(currency, kind)])
        parts = f"=SUM({at(first, i)}:{at(row - 1, i)})" if row > first else "=0"
        sheet.live(row, i, Live(parts, whole.value), unit, "total")
        sheet.live(row + 1, i, Live(f"={at(row, i)}-{whole.formula[1:]}", 0.0), unit, "note")
        words = f"{sheet.name}, option {option[0]}, {measure}: the parts less the ledger's total"
        checks.append(Check(words, f"={at(row + 1, i, sheet.name)}"))
    return checks


def by_year(paper: Paper, told: Valued, rows: Range) -> Years:
    """Write discount factors and the accounts of each option by year, in the perspective."""
    count, first = told.book.years, told.book.first_year
    sheet = paper.sheet("By year", (8, 44, *(14 for _ in range(count)), 16, 16))
    sheet.title(
        "By year: the accounts of each option, and what a later year counts",
        f"Means over the draws, pounds of {told.value.price_year}, as the {told.view.name} perspective counts"
        " them: only rows of the ledger that are counted in it. Costs stand below 0. The present value is the sum of"
        " each year times its factor. Change a rate or a ledger number, and all follows.",
        min(8, 3 + count),
    )
    numbers = list(range(2, 4 + count))
    heads = ("", "", *(str(first + y) for y in range(count)), "Sum, not discounted", "Present value")
    sheet.heads(YEARS_ROW, heads, numbers)
    for y in range(count):
        sheet.number(YEARS_ROW, 2 + y, first + y, "year", "head right")
    _factors(sheet, told)
    sheet.made.freeze_panes(YEARS_ROW + 1, 2)
    sheet.made.repeat_rows(YEARS_ROW)
    present: dict[str, dict[str, str]] = {}
    paid: dict[str, Live] = {}
    cash: dict[str, int] = {}
    row = RATES["QALY"] + 2
    for option in told.options:
        present[option], paid[option], row = _option_years(sheet, told, rows, option, row)
        cash[option] = row - _AFTER_CASH
    return Years(present, paid, cash)


def _factors(sheet: Sheet, told: Valued) -> None:
    years = np.arange(told.book.years)
    sheet.words(YEARS_ROW + 1, 1, "years after the first")
    for y in years:
        sheet.number(YEARS_ROW + 1, 2 + int(y), float(y), "year")
    for currency, schedule in (("GBP", told.view.money), ("QALY", told.view.health)):
        row = RATES[currency]
        what = "money" if currency == "GBP" else "health"
        sheet.words(row - 1, 1, f"discount rate of the year, {what} ({schedule.name})")
        sheet.words(row, 1, f"discount factor, {what}")
        factors = schedule.factor(years)
        for y in years:
            column = 2 + int(y)
            rate = 0.0 if y == 0 else round(float(factors[y - 1] / factors[y] - 1), 12)
            sheet.number(row - 1, column, rate, "share")
            before = f"{at(row, column - 1, fixed=False)}/(1+{at(row - 1, column, fixed=False)})"
            sheet.live(row, column, Live(f"={before}" if y else "=1", float(factors[y])), "factor")


def _option_years(
    sheet: Sheet, told: Valued, rows: Range, option: str, row: int
) -> tuple[dict[str, str], Live, int]:
    count, name = told.book.years, told.options[option]
    for column in range(4 + count):
        sheet.words(row, column, {0: option, 1: name}.get(column, ""), "band")
    present: dict[str, str] = {}
    some = set(told.frame["account"])
    at_row = {}
    for account in ACCOUNTS:
        if account == UNPRICED or (account == SOCIETY and account not in some):
            continue
        row += 1
        at_row[account] = row
        unit = "QALY" if account == HEALTH else "£"
        sheet.words(row, 0, option)
        sheet.words(row, 1, account if unit == "£" else "health, QALYs")
        values = []
        for y in range(count):
            where = [
                ("option", at(row, 0), option),
                ("account", f'"{account}"', account),
                ("year", at(YEARS_ROW, 2 + y), told.book.first_year + y),
                ("counted", "1", 1),
            ]
            cell = rows.total("amount", where)
            values.append(float(cell.value))
            sheet.live(row, 2 + y, cell, unit)
        present[account] = at(row, 3 + count, "By year")
        _sums(sheet, told, row, values, unit)
    cash = _cash_years(sheet, told, option, row + 1, (at_row["cash benefit"], at_row["cash cost"]))
    return present, cash, row + 1 + _AFTER_CASH


def _sums(sheet: Sheet, told: Valued, row: int, values: Sequence[float], unit: str, kind: str = "") -> float:
    """Write a row's plain sum and its present value, and return the latter."""
    count = told.book.years
    mine = f"{at(row, 2)}:{at(row, 1 + count)}"
    currency = "QALY" if unit == "QALY" else "GBP"
    schedule = told.view.health if unit == "QALY" else told.view.money
    worth = float(np.dot(values, schedule.factor(np.arange(count))))
    factors = over_years(RATES[currency], count).removeprefix("'By year'!")
    sheet.live(row, 2 + count, Live(f"=SUM({mine})", float(np.sum(values))), unit, kind)
    sheet.live(row, 3 + count, Live(f"=SUMPRODUCT({mine},{factors})", worth), unit, kind)
    return worth


def _cash_years(sheet: Sheet, told: Valued, option: str, row: int, of: tuple[int, int]) -> Live:
    """Write net cash, summed from the start and from year to year, and return the year of payback."""
    count, name = told.book.years, told.options[option]
    found = cash_by_year(told.book, name, told.view)
    mean, summed = found["mean"].to_numpy(float), found["cumulative"].to_numpy(float)
    words = (
        "net cash",
        "net cash, summed from the first year on",
        "1 where it stays at or above 0 from here on",
    )
    for i, told_words in enumerate((*words, "net cash, P10", "net cash, P50", "net cash, P90")):
        sheet.words(row + i, 0, option)
        sheet.words(row + i, 1, told_words, "total" if i == 0 else "")
    sheet.words(row, 0, option, "total")
    for y in range(count):
        column = 2 + y
        both = f"={at(of[0], column, fixed=False)}+{at(of[1], column, fixed=False)}"
        sheet.live(row, column, Live(both, float(mean[y])), "£", "total")
        so_far = f"=SUM({at(row, 2)}:{at(row, column)})"
        sheet.live(row + 1, column, Live(so_far, float(summed[y])), "£")
        stays = f"=IF(MIN({at(row + 1, column)}:{at(row + 1, 1 + count)})>=0,1,0)"
        sheet.live(row + 2, column, Live(stays, float(summed[y:].min() >= 0)), "year")
        for i, share in enumerate(("p10", "p50", "p90")):
            sheet.number(row + 3 + i, column, float(found[share].iloc[y]), "£")
    _sums(sheet, told, row, [float(v) for v in mean], "£", "total")
    net, stay = (f"'By year'!{at(row + i, 2)}:{at(row + i, 1 + count)}" for i in (0, 2))
    never = "not within the horizon"
    formula = f'=IF(MIN({net})>=0,"nothing to pay back",IF(SUM({stay})=0,"{never}",{count + 1}-SUM({stay})))'
    when = float(payback(mean))
    value: float | str = when if np.isfinite(when) else never
    return Live(formula, "nothing to pay back" if mean.min() >= 0 else value)


def who_pays(paper: Paper, told: Valued, rows: Range) -> list[Check]:
    """Write what each owner gains and pays, and the payments between owners, which must sum to zero."""
    sheet = paper.sheet("Who pays, who gains", (8, 40, 26, 16, 16, 16, 16, 16, 16))
    sheet.title(
        "Who pays, who gains",
        "Sums over the ledger, not discounted. Above: what each owner gains (above 0) and pays (below 0), by account."
        " Below: payments between owners; what one is paid another pays, so that each row sums to zero.",
        8,
    )
    some = set(told.frame["account"])
    found = [a for a in ACCOUNTS if a != UNPRICED and (a != SOCIETY or a in some)]
    heads = [f"{a.capitalize()}, {'QALYs' if a == HEALTH else '£'}" for a in found]
    sheet.heads(3, ("Option", "Name", "Owner", *heads), range(3, 3 + len(heads)))
    sheet.made.set_row(3, 32)
    row = 4
    priced = told.frame[told.frame["account"] != UNPRICED]
    for option, words in told.options.items():
        for owner in dict.fromkeys(priced.loc[priced["option"] == option, "owner"]):
            for i, text in enumerate((option, words, owner)):
                sheet.words(row, i, text)
            for i, account in enumerate(found, 3):
                where: list[tuple[str, str, object]] = [
                    ("option", at(row, 0), option),
                    ("owner", at(row, 2), owner),
                    ("account", f'"{account}"', account),
                ]
                sheet.live(row, i, rows.total("amount", where), "QALY" if account == HEALTH else "£")
            row += 1
    return _transfers(sheet, told, rows, row + 2)


def _transfers(sheet: Sheet, told: Valued, rows: Range, row: int) -> list[Check]:
    paid = told.frame[told.frame["transfer"] != ""]
    if paid.empty:
        sheet.words(row, 1, "No option has a payment between owners.", "note")
        return []
    names = list(dict.fromkeys(paid["owner"]))
    sheet.heads(row, ("Option", "Name", "Payment", *names, "Sum, must be 0"), range(3, 4 + len(names)))
    head, checks = row, []
    for option, transfer in dict.fromkeys(zip(paid["option"], paid["transfer"], strict=True)):
        row += 1
        for i, text in enumerate((option, told.options[option], transfer)):
            sheet.words(row, i, text)
        for i, owner in enumerate(names):
            where = [
                ("option", at(row, 0), option),
                ("transfer", at(row, 2), transfer),
                ("owner", at(head, 3 + i), owner),
            ]
            sheet.live(row, 3 + i, rows.total("amount", where), "£")
        last = 3 + len(names)
        sheet.live(row, last, Live(f"=SUM({at(row, 3)}:{at(row, last - 1)})", 0.0), "£", "total")
        checks.append(Check(f"Payment {transfer}, {option}: sums to zero", f"={at(row, last, sheet.name)}"))
    return checks


def capacity(paper: Paper, told: Valued, rows: Range) -> list[Check]:
    """Write what is freed and what becomes of it, by pool and year; release must be the sum of the rest."""
    f = told.frame
    if "pool" not in f.columns or not (f["use"] == "release").any():
        return []
    count, first = told.book.years, told.book.first_year
    sheet = paper.sheet("Capacity", (8, 40, 18, 14, 26, *(14 for _ in range(count))))
    sheet.title(
        "Capacity: what is freed, and what becomes of it",
        "Means over the draws, a year. It has no price: it is worth what is done with it. Release = closed"
        " + moved elsewhere + used for named patients + used by those who came + change of idle time.",
        min(8, 4 + count),
    )
    heads = ("Option", "Name", "Pool", "Unit", "Use", *(str(first + y) for y in range(count)))
    sheet.heads(3, heads, range(5, 5 + count))
    for y in range(count):
        sheet.number(3, 5 + y, first + y, "year", "head right")
    sheet.made.freeze_panes(4, 5)
    row, checks = 4, []
    freed = f[f["use"] == "release"]
    for option, pool, unit in dict.fromkeys(zip(freed["option"], freed["pool"], freed["unit"], strict=True)):
        start = row
        mine = f[(f["option"] == option) & (f["pool"] == pool) & (f["unit"] == unit)]
        for use in (u for u in DISPOSITIONS if (mine["use"] == u).any()):
            for i, text in enumerate((option, told.options[option], pool, unit, use)):
                sheet.words(row, i, text)
            for y in range(count):
                where = [
                    ("option", at(row, 0), option),
                    ("pool", at(row, 2), pool),
                    ("unit", at(row, 3), unit),
                    ("use", at(row, 4), use),
                    ("year", at(3, 5 + y), first + y),
                ]
                sheet.live(row, 5 + y, rows.total("quantity", where), "number")
            row += 1
        sheet.words(row, 4, "release less the rest, must be 0", "total")
        for y in range(count):
            column = 5 + y
            rest = f"SUM({at(start + 1, column)}:{at(row - 1, column)})" if row > start + 1 else "0"
            sheet.live(row, column, Live(f"={at(start, column)}-{rest}", 0.0), "number", "total")
        ends = (at(row, 5, "Capacity"), at(row, 4 + count))
        words = f"Capacity of {pool}, {option}: what is freed is what becomes of it"
        checks.append(Check(words, f"=SUMPRODUCT(ABS({ends[0]}:{ends[1]}))"))
        row += 2
    return checks
