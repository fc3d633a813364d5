"""Sheets of a workbook: cells of words, of numbers and of live formulas with their values, and sums over a ledger."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

__all__ = ["Live", "Paper", "Range", "Sheet", "at", "safe_names"]

NUMBERS = {
    "£": "£#,##0;[Red]-£#,##0;£0",
    "£ each": "£#,##0.00;[Red]-£#,##0.00",
    "QALY each": "#,##0.0000;[Red]-#,##0.0000",
    "QALY": "#,##0.00;[Red]-#,##0.00",
    "number": "#,##0.0;[Red]-#,##0.0",
    "share": "0.0%",
    "factor": "0.0000",
    "year": "0",
    "words": "@",
}
"""Formats of numbers, by what is counted."""
INPUT, PLAIN, RULE, SHADE, HEAD = "#1F4FBF", "#000000", "#9AA5B1", "#EEF2F6", "#1F3A4D"
LONGEST = 32_000
"""Letters that a cell may hold, with room to spare."""
LONGEST_NAME = 200
_LINE, _WIDER = 15.0, 1.12
"""Height of a line in points, and how much wider a bold letter may be than the width of a column counts one."""
MADE = datetime(2000, 1, 1, tzinfo=UTC)
"""When every workbook says that it was made, so that the same run gives the same bytes."""


class Live(NamedTuple):
    """A formula, and the value that it has."""

    formula: str
    value: float | str


def at(row: int, column: int, sheet: str = "", *, fixed: bool = True) -> str:
    """Return the address of a cell, both counted from 0.

    >>> at(4, 2), at(0, 0, "By year"), at(1, 1, fixed=False)
    ('$C$5', "'By year'!$A$1", 'B2')
    """
    cell = str(xl_rowcol_to_cell(row, column, row_abs=fixed, col_abs=fixed))
    return f"'{sheet}'!{cell}" if sheet else cell


def safe_names(names: Iterable[str]) -> dict[str, str]:
    """Return for each name what a sum may safely look for: a spreadsheet reads *, ? and < in a name as a rule.

    Two names that differ by their case alone are one to a spreadsheet, so that the second gets a number.

    >>> safe_names(["Trust", "trust", "<18s", "a*", ""])
    {'Trust': 'Trust', 'trust': 'trust (2)', '<18s': '· <18s', 'a*': 'a+', '': '(none)'}
    """
    out: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        shown = name.translate({ord("*"): "+", ord("?"): "¿", ord("~"): "-"}).strip()[:LONGEST_NAME]
        shown = f"· {shown}" if shown.startswith(("=", "<", ">")) else shown or "(none)"
        number, once = 2, shown
        while once.casefold() in taken:
            once, number = f"{shown} ({number})", number + 1
        taken.add(once.casefold())
        out[name] = once
    return out


@dataclass(frozen=True, slots=True)
class Range:
    """The rows of a table that stands in a sheet: its frame, and where its columns are.

    Attributes
    ----------
    sheet : str
    frame : DataFrame
    first : int
        The first row, counted from 0.
    """

    sheet: str
    frame: pd.DataFrame
    first: int

    def column(self, name: str) -> str:
        """Return the address of a whole column."""
        letter = xl_col_to_name(self.frame.columns.get_loc(name), col_abs=True)
        return f"'{self.sheet}'!{letter}${self.first + 1}:{letter}${self.first + len(self.frame)}"

    def total(self, what: str, where: Sequence[tuple[str, str, object]], sign: int = 1) -> Live:
        """Return the sum of a column over the rows that meet conditions, live and with its value.

        Parameters
        ----------
        what : str
        where : sequence of (column, how the formula says it, the value it means)
        sign : int
            -1 for the negative of the sum.
        """
        keep = [True] * len(self.frame)
        parts = [self.column(what)]
        for name, said, value in where:
            column = self.frame[name]
            keep = [a and bool(b) for a, b in zip(keep, column == value, strict=True)]
            parts += [self.column(name), said]
        value = sign * float(self.frame.loc[keep, what].sum()) + 0.0
        return Live(f"={'-' if sign < 0 else ''}SUMIFS({','.join(parts)})", value)


@dataclass(slots=True)
class Paper:
    """A workbook that is being written: the same look everywhere, and the same bytes for the same words."""

    path: Path
    file: xlsxwriter.Workbook = field(init=False)
    looks: dict[tuple[object, ...], xlsxwriter.format.Format] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.file = xlsxwriter.Workbook(
            str(self.path), {"strings_to_formulas": False, "strings_to_urls": False}
        )
        self.file.set_calc_mode("auto")

    def look(
        self, unit: str, *, live: bool = False, bold: bool = False, kind: str = ""
    ) -> xlsxwriter.format.Format:
        """Return a format: black what is worked out here, blue what was put in from the run."""
        key = (unit, live, bold, kind)
        if key not in self.looks:
            words = unit == "words"
            known = {
                "font_name": "Calibri",
                "font_size": 11,
                "valign": "top",
                "num_format": NUMBERS[unit] if not words else "General",
                "font_color": PLAIN if live or words else INPUT,
                "bold": bold,
                "text_wrap": words and kind != "title",
            }
            extra = {
                "title": {"font_size": 15, "bold": True, "font_color": HEAD},
                "band": {"bold": True, "bg_color": SHADE, "top": 1, "top_color": RULE},
                "head": {"bold": True, "bottom": 1, "font_color": HEAD, "bg_color": SHADE, "align": "left"},
                "head right": {
                    "bold": True,
                    "bottom": 1,
                    "font_color": HEAD,
                    "bg_color": SHADE,
                    "align": "right",
                },
                "total": {"bold": True, "top": 1, "top_color": RULE},
                "note": {"italic": True, "font_color": "#44505C"},
                "link": {"font_color": "#0B5CAD", "underline": 1},
                "": {},
            }[kind]
            self.looks[key] = self.file.add_format({**known, **extra})
        return self.looks[key]

    def sheet(self, name: str, widths: Sequence[float], *, tall: bool = False) -> Sheet:
        """Return a new sheet, set up to be printed on A4 as wide as one page."""
        made = self.file.add_worksheet(name)
        for i, width in enumerate(widths):
            made.set_column(i, i, width)
        made.set_paper(9)
        made.fit_to_pages(1, 0)
        made.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        made.set_footer("&L&F, &A&RPage &P of &N")
        made.hide_gridlines(2)
        if not tall:
            made.set_landscape()
        return Sheet(self, made, name)

    def close(self) -> None:
        """Write the file."""
        self.file.set_properties({"created": MADE.replace(tzinfo=None)})
        self.file.close()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; rows and columns count from 0."""

    paper: Paper
    made: xlsxwriter.worksheet.Worksheet
    name: str

    def words(self, row: int, column: int, text: str, kind: str = "") -> None:
        """Write words, never read as a formula or a link."""
        look = self.paper.look("words", kind=kind)
        self.made.write_string(row, column, text[:LONGEST], look)

    def across(self, row: int, column: int, last: int, text: str, kind: str = "") -> None:
        """Write words over several columns of a row."""
        self.made.merge_range(row, column, row, last, text[:LONGEST], self.paper.look("words", kind=kind))

    def number(self, row: int, column: int, value: float, unit: str, kind: str = "") -> None:
        """Write a number that comes from the run; nothing where it is missing."""
        look = self.paper.look(unit, kind=kind)
        if math.isfinite(value):
            self.made.write_number(row, column, value, look)
        else:
            self.made.write_blank(row, column, None, look)

    def live(self, row: int, column: int, cell: Live, unit: str, kind: str = "") -> None:
        """Write a formula and the value that it has."""
        look = self.paper.look(unit, live=True, kind=kind)
        self.made.write_formula(row, column, cell.formula, look, cell.value)

    def link(self, row: int, column: int, target: str, text: str) -> None:
        """Write words that lead to a cell of this workbook."""
        look = self.paper.look("words", kind="link")
        self.made.write_url(row, column, f"internal:{target}", look, text)

    def tall(self, row: int, texts: Iterable[tuple[str, float]]) -> None:
        """Make a row as high as the longest of its texts needs in a column of its width: not every viewer does."""
        lines = max(math.ceil(_WIDER * len(text) / width) for text, width in texts)
        if lines > 1:
            self.made.set_row(row, _LINE * lines)

    def heads(self, row: int, names: Sequence[str], right: Iterable[int] = ()) -> None:
        """Write a row of column heads, repeated on every printed page and left standing when rows move."""
        for i, name in enumerate(names):
            self.words(row, i, name, "head right" if i in set(right) else "head")

    def title(self, words: str, note: str, across: int = 6) -> None:
        """Write the title in the first row and what to know in the second."""
        self.words(0, 0, words, "title")
        self.across(1, 0, across, note, "note")
        lines = math.ceil(len(note) / 95)
        self.made.set_row(1, 15.5 * max(1, lines))
