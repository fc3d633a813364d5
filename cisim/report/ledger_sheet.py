"""The ledger's own sheet of the workbook, and what every other sheet adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cisim.report.accounts import UNPRICED, account, counts, joined, line_years
from cisim.report.cells import Live, Paper, Range, Sheet, at, safe_names
from cisim.value import book_of, perspective
from cisim.value.book import SOCIETAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cisim.runs import Results
    from cisim.spec import Value
    from cisim.value import Book, Perspective

__all__ = [
    "EVERYBODY",
    "OWNERS_AT",
    "RATES",
    "SOCIETY_AT",
    "SOURCES_FIRST",
    "YEARS_ROW",
    "Valued",
    "ledger_sheet",
    "over_years",
    "valued",
]

HEADS = {
    "line": ("Line", 7),
    "option": ("Option", 8),
    "name": ("Name of the option", 26),
    "year": ("Year", 7),
    "use": ("Use", 12),
    "item": ("Item", 28),
    "project": ("Project", 16),
    "pool": ("Pool", 16),
    "owner": ("Owner", 14),
    "category": ("Category", 18),
    "kind": ("Kind", 18),
    "account": ("Account", 15),
    "budget_line": ("Budget line", 24),
    "transfer": ("Transfer", 20),
    "quantity": ("Quantity, mean", 12),
    "unit": ("Unit", 12),
    "unit_value": ("Value of one, mean", 13),
    "together": ("Mean of products less product of means", 15),
    "amount": ("Amount, mean", 14),
    "p10": ("Amount, P10", 14),
    "p90": ("Amount, P90", 14),
    "currency": ("Currency", 10),
    "counted": ("Counted in this perspective", 12),
    "factor": ("Discount factor", 10),
    "present": ("Present value", 14),
    "recurrent": ("Every year or once", 12),
    "status": ("Status", 14),
}
"""Columns of the sheet: their heads and widths."""
SAFE = ("owner", "category", "pool", "transfer", "unit")
"""Columns of free text that sums look for."""
LIVE = ("amount", "counted", "factor", "present")
MEASURED = ("quantity", "unit_value", "together", "p10", "p90", *LIVE)
FIRST = 4
"""The first row of lines; rows count from 0."""
RATES = {"GBP": 6, "QALY": 8}
"""Rows of the discount factors in the sheet 'By year', whose years begin in the third column of row 3."""
YEARS_ROW = 3
OWNERS_AT = (3, 2, 5)
"""Row, first and last column in the sheet 'Summary' of the owners whose money counts."""
SOCIETY_AT = (7, 2)
"""The cell of the sheet 'Summary' that says whether worth to society counts."""
EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Valued:
    """A run that valued something, its book under one perspective, and the rows of the ledger sheet."""

    results: Results
    value: Value
    book: Book
    view: Perspective
    frame: pd.DataFrame

    @property
    def options(self) -> dict[str, str]:
        """The letter of each option, and its name."""
        return dict(zip(self.frame["option"], self.frame["name"], strict=True))

    def made_of(self, option: str, accounts: Iterable[str]) -> str:
        """Return the ids of the lines of some accounts that the perspective counts."""
        f = self.frame
        mine = f[(f["option"] == option) & f["account"].isin(tuple(accounts)) & (f["counted"] == 1)]
        return joined(list(dict.fromkeys(mine["line"]))) or "none"


def over_years(row: int, years: int) -> str:
    """Return the address of a row of the sheet 'By year' over its years.

    >>> over_years(6, 5)
    "'By year'!$C$7:$G$7"
    """
    return f"'By year'!{at(row, 2)}:{at(row, 1 + years)}"


def valued(results: Results) -> Valued | None:
    """Return what a workbook is made of; None where nothing was valued."""
    value = results.question.value
    if value is None or results.ledger.empty:
        return None
    book = book_of(results.ledger)
    view = perspective(value.perspective, organisation=value.organisation)
    return Valued(results, value, book, view, _frame(book, view))


def _frame(book: Book, view: Perspective) -> pd.DataFrame:
    """Return the rows of the sheet with their columns in order; columns of no words are left out."""
    found = line_years(book)
    lines = [book.lines[n] for n in found["number"]]
    out = pd.DataFrame({"line": found["line"], "option": found["line"].str.rstrip("0123456789")})
    out["name"], out["year"] = [x.option for x in lines], found["year"]
    for name in ("use", "item", "project", "kind", "budget_line", "status"):
        out[name] = [getattr(x, name) for x in lines]
    for name in SAFE:
        known = safe_names(getattr(x, name) for x in book.lines)
        out[name] = [known[getattr(x, name)] for x in lines]
    for name in ("pool", "transfer"):
        out[name] = np.where([bool(getattr(x, name)) for x in lines], out[name], "")
    out["account"] = [account(x) for x in lines]
    priced = out["account"] != UNPRICED
    out["quantity"], out["unit_value"] = found["quantity"], found["unit_value"]
    apart = found["amount"] - found["product"]
    rounding = 1e-12 * np.maximum(found["amount"].abs(), found["product"].abs())
    out["together"] = apart.where(apart.abs() > rounding, 0.0).where(priced)
    out["amount"], out["p10"], out["p90"] = found["amount"], found["p10"], found["p90"]
    out["currency"] = [x.currency if p else "" for x, p in zip(lines, priced, strict=True)]
    out["counted"] = np.where(priced, [float(counts(x, view)) for x in lines], np.nan)
    years = np.arange(book.years)
    factors = {
        "GBP": view.money.factor(years),
        "QALY": view.health.factor(years),
        "": np.full(len(years), np.nan),
    }
    at_year = out["year"] - book.first_year
    out["factor"] = [float(factors[c][y]) for c, y in zip(out["currency"], at_year, strict=True)]
    out["present"] = out["amount"] * out["factor"] * out["counted"]
    out["recurrent"] = ["every year" if x.recurrent else "once" for x in lines]
    empty = [n for n in ("project", "budget_line", "pool") if not out[n].astype(bool).any()]
    return out[[name for name in HEADS if name not in empty]]


def ledger_sheet(paper: Paper, told: Valued) -> Range:
    """Write the ledger, and return where it stands."""
    frame = told.frame
    names = list(frame.columns)
    place = {name: i for i, name in enumerate(names)}
    sheet = paper.sheet("Ledger", [HEADS[n][1] for n in names])
    sheet.title(
        "Ledger: every line, year by year",
        "Means over the draws; what is paid stands below 0. Amount = quantity x value of one + what the draws of both"
        " do together, because the mean of a product is not the product of the means. P10 and P90 are of one row"
        f" alone and do not add up. Pounds of {told.value.price_year}. A line's id leads to its source.",
        min(11, len(names) - 1),
    )
    sheet.heads(FIRST - 1, [HEADS[n][0] for n in names], [place[n] for n in MEASURED])
    sheet.made.set_row(FIRST - 1, 62)
    order = {line: i for i, line in enumerate(dict.fromkeys(frame["line"]))}
    for i, row in enumerate(frame.to_dict("records")):
        _row(
            sheet, FIRST + i, place, {str(k): v for k, v in row.items()}, order[row["line"]], told.book.years
        )
    sheet.made.freeze_panes(FIRST, place["item"])
    sheet.made.repeat_rows(FIRST - 1)
    sheet.made.autofilter(FIRST - 1, 0, FIRST - 1 + len(frame), len(names) - 1)
    return Range("Ledger", frame, FIRST)


def _row(sheet: Sheet, y: int, place: dict[str, int], row: dict[str, Any], order: int, years: int) -> None:
    cell = {name: at(y, column, fixed=False) for name, column in place.items()}
    sheet.link(y, 0, f"'Sources'!A{order + SOURCES_FIRST + 1}", row["line"])
    for name, column in place.items():
        if name not in (*MEASURED, "line", "year"):
            sheet.words(y, column, row[name])
    sheet.number(y, place["year"], row["year"], "year")
    sheet.number(y, place["quantity"], row["quantity"], "number")
    health = row["currency"] == "QALY"
    unit = "QALY" if health else "£"
    sheet.number(y, place["unit_value"], row["unit_value"], "QALY each" if health else "£ each")
    for name in ("together", "p10", "p90"):
        sheet.number(y, place[name], row[name], unit)
    if row["account"] == UNPRICED:
        return
    top, left, right = OWNERS_AT
    whose = f"Summary!{at(top, left)}:{at(top, right)}"
    mine = f'OR(Summary!{at(top, left)}="{EVERYBODY}",COUNTIF({whose},{cell["owner"]})>0)'
    unseen = f'AND({cell["kind"]}="{SOCIETAL}",Summary!{at(*SOCIETY_AT)}=0)'
    factors = over_years(RATES[row["currency"]], years)
    formulas = {
        "amount": (f"={cell['quantity']}*{cell['unit_value']}+{cell['together']}", unit),
        "counted": (f'=IF({cell["currency"]}="QALY",1,IF({unseen},0,IF({mine},1,0)))', "year"),
        "factor": (f"=INDEX({factors},{cell['year']}-'By year'!{at(YEARS_ROW, 2)}+1)", "factor"),
        "present": (f"={cell['amount']}*{cell['factor']}*{cell['counted']}", unit),
    }
    for name in LIVE:
        formula, of = formulas[name]
        sheet.live(y, place[name], Live(formula, row[name]), of)


SOURCES_FIRST = 4
"""The first row of the sheet 'Sources'."""
