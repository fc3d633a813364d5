"""The workbook's sheet of what society gains, the rate that cash earns, and the cost for a patient, all live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.analysis import per_patient
from cisim.errors import ModelError
from cisim.report.accounts import HEALTH
from cisim.report.answer import case_names
from cisim.report.cells import Live, at
from cisim.value import CASH, internal_rate, perspective

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cisim.analysis import PerPatient
    from cisim.report.cells import Range, Sheet
    from cisim.report.ledger_sheet import Valued

__all__ = ["society", "society_widths"]

_YEARS, _MONEY, _HEALTH, _WORTH = 3, 5, 7, 8
"""Rows of the years, of the two discount factors, and of what a QALY is worth."""
_FIRST = 11
_GAINS = ("cash benefit", "other benefit", "societal benefit")
_COSTS = ("cash cost", "indirect cost")
_NO_COST, _NO_RATE = "no cost", "none"
_NOBODY = "patients were not measured"


def society_widths(years: int) -> tuple[int, ...]:
    """Return the widths of the sheet's columns."""
    return (8, 62, *(14 for _ in range(years)), 18, 18)


def society(sheet: Sheet, told: Valued, rows: Range, cash: Mapping[str, int]) -> None:
    """Write each option's net present social value, benefit-cost ratio, internal rate and cost for a patient.

    Parameters
    ----------
    sheet : Sheet
    told : Valued
    rows : Range
        Of the ledger.
    cash : mapping of option to int
        Row of its net cash in the sheet 'By year', as the value file's own perspective counts it.
    """
    green = perspective("Green Book")
    count = told.book.years
    sheet.title(
        "Society, rate and patients",
        f"Seen by society as a whole ({green.name}: {green.words}); nothing here is added to a figure of another"
        " sheet. Money of every owner counts, staff time too. The internal rate is that of the value file's own cash."
        " Change a blue number and all follows.",
        min(8, 3 + count),
    )
    heads = (
        "",
        "",
        *(str(told.book.first_year + y) for y in range(count)),
        "Sum, not discounted",
        "Present value",
    )
    sheet.heads(_YEARS, heads, range(2, 4 + count))
    _factors(sheet, told)
    assert green.pounds_per_qaly is not None  # noqa: S101 - it values health
    sheet.words(_WORTH, 1, "pounds for a QALY")
    sheet.number(_WORTH, 2, green.pounds_per_qaly[0], "£")
    sheet.made.freeze_panes(_YEARS + 1, 2)
    row = _FIRST
    for option in told.options:
        row = _option(sheet, told, rows, option, row, cash[option])


def _factors(sheet: Sheet, told: Valued) -> None:
    """Write years, rates and factors; a rate is put in, a factor follows."""
    green, years = perspective("Green Book"), np.arange(told.book.years)
    for row, schedule, what in ((_MONEY, green.money, "money"), (_HEALTH, green.health, "health")):
        sheet.words(row - 1, 1, f"discount rate of the year, {what} ({schedule.name})")
        sheet.words(row, 1, f"discount factor, {what}")
        factors = schedule.factor(years)
        for y in range(told.book.years):
            column = 2 + y
            rate = 0.0 if y == 0 else round(float(factors[y - 1] / factors[y] - 1), 12)
            sheet.number(row - 1, column, rate, "share")
            formula = f"={at(row, column - 1)}/(1+{at(row - 1, column)})" if y else "=1"
            sheet.live(row, column, Live(formula, float(factors[y])), "factor")
    for y in range(told.book.years):
        sheet.number(_YEARS, 2 + y, told.book.first_year + y, "year", "head right")


def _option(sheet: Sheet, told: Valued, rows: Range, option: str, row: int, cash: int) -> int:
    """Write one option's block; return the next free row."""
    count = told.book.years
    for column in range(4 + count):
        sheet.words(row, column, {0: option, 1: told.options[option]}.get(column, ""), "band")
    gains = _by_year(sheet, told, rows, option, row + 1, "benefit in pounds, every owner's", _GAINS)
    costs = _by_year(sheet, told, rows, option, row + 2, "cost in pounds, staff time included", _COSTS)
    health = _by_year(sheet, told, rows, option, row + 3, "health, QALYs", (HEALTH,))
    there = 3 + count
    money, paid, qalys = (at(row + i, there) for i in (1, 2, 3))
    each = at(_WORTH, 2)
    pounds = perspective("Green Book").pounds_per_qaly
    worth = pounds[0] if pounds else 0.0
    gain = gains + worth * health
    line = row + 4
    npsv = Live(f"={money}+{paid}+{qalys}*{each}", gain + costs)
    _figure(sheet, option, line, "net present social value", npsv, "£")
    ratio: float | str = gain / -costs if costs < 0 else _NO_COST
    formula = f'=IF({paid}<0,({money}+{qalys}*{each})/-{paid},"{_NO_COST}")'
    _figure(sheet, option, line + 1, "benefit-cost ratio, of the means", Live(formula, ratio), "£ each")
    _rate(sheet, told, rows, option, line + 2, cash)
    return _patients(sheet, told, rows, option, line + 4)


def _figure(sheet: Sheet, option: str, row: int, words: str, cell: Live, unit: str) -> None:
    sheet.words(row, 0, option, "total")
    sheet.words(row, 1, words, "total")
    sheet.live(row, 2, cell, unit, "total")


def _by_year(
    sheet: Sheet, told: Valued, rows: Range, option: str, row: int, words: str, accounts: Sequence[str]
) -> float:
    """Write accounts together by year, their sum and their present value; return the latter."""
    count, unit = told.book.years, "QALY" if HEALTH in accounts else "£"
    sheet.words(row, 0, option)
    sheet.words(row, 1, words)
    values = []
    for y in range(count):
        parts = [
            rows.total(
                "amount",
                [
                    ("option", at(row, 0), option),
                    ("account", f'"{one}"', one),
                    ("year", at(_YEARS, 2 + y), told.book.first_year + y),
                ],
            )
            for one in accounts
        ]
        values.append(sum(float(p.value) for p in parts))
        sheet.live(row, 2 + y, Live("=" + "+".join(p.formula[1:] for p in parts), values[-1]), unit)
    green = perspective("Green Book")
    schedule, at_row = (green.health, _HEALTH) if unit == "QALY" else (green.money, _MONEY)
    mine = f"{at(row, 2)}:{at(row, 1 + count)}"
    factors = f"{at(at_row, 2)}:{at(at_row, 1 + count)}"
    present = float(np.dot(values, schedule.factor(np.arange(count))))
    sheet.live(row, 2 + count, Live(f"=SUM({mine})", float(np.sum(values))), unit)
    sheet.live(row, 3 + count, Live(f"=SUMPRODUCT({mine},{factors})", present), unit)
    return present


def _rate(sheet: Sheet, told: Valued, rows: Range, option: str, row: int, cash: int) -> None:
    """Write the internal rate of net cash, where cash turns once from going out to coming in, and the signs below."""
    count = told.book.years
    flows = [_cash_of(told, rows, option, y) for y in range(count)]
    sheet.words(row + 1, 0, option)
    sheet.words(row + 1, 1, "sign of net cash, the last that is not 0: it must turn once", "note")
    sign = 0.0
    for y, flow in enumerate(flows):
        here = at(cash, 2 + y, "By year")
        before = at(row + 1, 1 + y) if y else "0"
        sign = float(np.sign(flow)) if flow else sign
        sheet.live(row + 1, 2 + y, Live(f"=IF({here}=0,{before},SIGN({here}))", sign), "year", "note")
    found = internal_rate(flows)
    value: float | str = found if np.isfinite(found) else _NO_RATE
    formula = f'="{_NO_RATE}"'
    if count > 1:
        first, last = f"{at(row + 1, 2)}:{at(row + 1, count)}", f"{at(row + 1, 3)}:{at(row + 1, 1 + count)}"
        turns = f"SUMPRODUCT(({first}*{last}<0)*1)"
        all_cash = f"{at(cash, 2, 'By year')}:{at(cash, 1 + count)}"
        guess = round(float(found), 2) if np.isfinite(found) else 0.1
        formula = f'=IF({turns}=1,IRR({all_cash},{guess}),"{_NO_RATE}")'
    words = f"internal rate of net cash, as {told.view.name} counts it"
    _figure(sheet, option, row, words, Live(formula, value), "share")


def _cash_of(told: Valued, rows: Range, option: str, year: int) -> float:
    f = rows.frame
    mine = f[(f["option"] == option) & (f["year"] == told.book.first_year + year) & (f["counted"] == 1)]
    return float(mine.loc[mine["account"].isin(("cash benefit", "cash cost")), "amount"].sum())


def _patients(sheet: Sheet, told: Valued, rows: Range, option: str, row: int) -> int:
    """Write what the change costs for each patient and patient week; return the next free row."""
    value = told.value
    budget = value.finance.lines if value.finance is not None else ()
    spent = sum(one.a_year for one in budget) if budget else None
    try:
        found = per_patient(
            told.results.measures, told.book, told.options[option], case=case_names(told.results)[0], spent=spent,
            pathways=value.team.pathways if value.team is not None else (),
        )  # fmt: skip
    except ModelError:
        sheet.words(row, 0, option)
        sheet.words(row, 1, f"cost for a patient: {_NOBODY}", "note")
        return row + 2
    numbers = (
        ("patients treated a year, now", found.patients),
        ("patients treated a year, then", found.patients_then),
        ("patient weeks a year, then", found.weeks_then),
    )
    for i, (words, number) in enumerate(numbers):
        sheet.words(row + i, 0, option)
        sheet.words(row + i, 1, words)
        sheet.number(row + i, 2, number, "number")
    years = told.book.years
    cost = rows.total("amount", [("option", at(row, 0), option), ("account", '"cash cost"', "cash cost")], -1)
    paid = f"({cost.formula[1:]})/{years}"
    for i, (words, over, number) in enumerate(
        (
            ("cash cost of the change and the action, a patient", row + 1, found.each),
            ("cash cost of the change and the action, a patient week", row + 2, found.each_week),
        ),
        start=len(numbers),
    ):
        _figure(sheet, option, row + i, words, Live(f"={paid}/{at(over, 2)}", number), "£ each")
    row += 5
    return _budget(sheet, rows, (option, row, years), found, spent) + 2


def _budget(
    sheet: Sheet, rows: Range, here: tuple[str, int, int], found: PerPatient, spent: float | None
) -> int:
    """Write what the named budget lines come to for each patient, before and after, and in all."""
    option, row, years = here
    if spent is None or not found.spent:
        return row
    sheet.words(row, 0, option)
    sheet.words(row, 1, "spent on them in a year now: the budget lines of the value file")
    sheet.number(row, 2, spent, "£")
    cash = rows.total(
        "amount", [("option", at(row, 0), option), ("currency", '"GBP"', "GBP"), ("kind", f'"{CASH}"', CASH)]
    )
    now, then = at(row - 5, 2), at(row - 4, 2)
    after = f"({at(row, 2)}-{cash.formula[1:]}/{years})"
    told = (
        ("budget lines, a patient now", f"={at(row, 2)}/{now}", found.spent["before"], "£ each"),
        (
            "budget lines with the option's cash, a patient then",
            f"={after}/{then}",
            found.spent["after"],
            "£ each",
        ),
        ("spent in all, change", f"={after}/{at(row, 2)}-1", found.spent["in_all"], "share"),
    )
    for i, (words, formula, value, unit) in enumerate(told, start=1):
        _figure(sheet, option, row + i, words, Live(formula, value), unit)
    return row + 1 + len(told)
