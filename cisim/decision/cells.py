"""A table as text cells, however a spreadsheet or a statistics program saved it: CSV of any kind, or Excel."""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.errors import FileProblems, Problem

__all__ = ["Cells", "Mistakes", "cells_of", "number_of", "numbers_of"]

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
NOTHING = {
    "",
    "na",
    "n/a",
    "#n/a",
    "nan",
    "null",
    "none",
    "inf",
    "-inf",
    "+inf",
    "infinity",
    "-infinity",
    ".",
}
"""What programs write where there is no number."""
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
_TOLD = 20  # mistakes of a file that are told one by one


class Cells(NamedTuple):
    """The cells of a table.

    Attributes
    ----------
    head : list of str
        Names, without white space around them.
    head_line : int
    rows : list of (int, list of str)
        The line of each row, and its cells.
    comma : bool
        Whether decimals follow a comma.
    told : str
        How it was read, where that is not the plain way.
    """

    head: list[str]
    head_line: int
    rows: list[tuple[int, list[str]]]
    comma: bool
    told: str


class Mistakes:
    """The mistakes of one file, gathered."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.problems: list[Problem] = []

    def wrong(self, line: int, column: int, where: str, text: str) -> None:
        """Note a mistake."""
        self.problems.append(Problem(self.path, line, column, where, text))

    def stop(self) -> None:
        """Raise all mistakes so far, if there are any; of many, the first and how many more."""
        if not self.problems:
            return
        more = len(self.problems) - _TOLD
        if more > 0:
            self.problems = sorted(self.problems, key=lambda p: (p.line, p.column))[:_TOLD]
            self.wrong(self.problems[-1].line + 1, 0, "", f"and {more:,} more such mistakes")
        raise FileProblems(self.problems)


def cells_of(path: Path, told: Mistakes) -> Cells:
    """Return the cells of a file; lines before the head that begin with # are comments.

    Raises
    ------
    FileProblems
        For a file that cannot be read, is empty or is no table.
    """
    lines: list[tuple[int, list[str]]] = []
    words: list[str] = []
    separator = ","
    try:
        raw = path.read_bytes()
        if raw.startswith(b"PK\x03\x04"):
            lines, sheet = _sheet(path, told)
            words.append(f"sheet '{sheet}'")
        elif raw.startswith((b"\xd0\xcf\x11\xe0", b"PAR1", b"\x1f\x8b")):
            told.wrong(0, 0, "", "is of a kind that is not read here; save it as CSV UTF-8 or .xlsx")
        else:
            text, encoding = _text(raw)
            words += [encoding] if encoding else []
            separator = _separator(text)
            words += [SEPARATORS[separator]] if separator != "," else []
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
            lines = [(reader.line_num, row) for row in reader if row]
    except OSError as problem:
        told.wrong(0, 0, "", f"cannot be read: {problem.strerror or problem}")
    except csv.Error as problem:
        told.wrong(0, 0, "", f"is no CSV: {problem}")
    while lines and lines[0][1][0].lstrip().startswith("#"):
        lines.pop(0)
    while lines and not any(cell.strip() for cell in lines[-1][1]):
        lines.pop()  # what a spreadsheet leaves below its last row
    if not lines and not told.problems:
        told.wrong(0, 0, "", "is empty, want a head of names and a row for each draw")
    told.stop()
    (head_line, head), *rows = lines
    comma = separator != "," and _decimal_comma(rows)
    words += ["decimal commas"] if comma else []
    how = f"Read with {', '.join(words)}." if words else ""
    return Cells([name.strip() for name in head], head_line, rows, comma, how)


def _text(raw: bytes) -> tuple[str, str]:
    """Return the text of a file, and how its letters were read where that was not as UTF-8."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace"), "UTF-16"
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError:  # as Excel on Windows saves a plain CSV
        return raw.decode("cp1252", errors="replace"), "letters of Windows, for it is not UTF-8"


def _separator(text: str) -> str:
    """Return what stands between the names of the head; commas unless others part it into more."""
    head = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    return max(SEPARATORS, key=lambda sign: len(next(csv.reader([head], delimiter=sign), [])))


def _decimal_comma(rows: Sequence[tuple[int, Sequence[str]]]) -> bool:
    """Return whether decimals follow a comma: some do, and no number of the file has a point."""
    found = False
    for _, cells in rows:
        for cell in cells:
            if "," in cell and _DECIMAL_COMMA.fullmatch(cell.strip()):
                found = True
            elif "." in cell and math.isfinite(number_of(cell)):
                return False
    return found


def _sheet(path: Path, told: Mistakes) -> tuple[list[tuple[int, list[str]]], str]:
    """Return the rows of the first sheet of a workbook, values and not formulas, and its name."""
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to load
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, OSError) as problem:
        told.wrong(0, 0, "", f"is no Excel workbook: {problem}")
        return [], ""
    try:
        name = book.sheetnames[0]
        rows = enumerate(book[name].iter_rows(values_only=True), 1)
        found = [(i, ["" if c is None else str(c) for c in cells]) for i, cells in rows]
    finally:
        book.close()
    return [(i, cells) for i, cells in found if any(cells)], name


def number_of(text: str, *, comma: bool = False) -> float:
    """Return a cell as a number, or NaN.

    >>> number_of("1.5"), number_of("1,5", comma=True), number_of("1,5")
    (1.5, 1.5, nan)
    """
    try:
        return float(text.replace(",", ".") if comma else text) if "_" not in text else math.nan
    except ValueError:
        return math.nan


def numbers_of(column: Sequence[str], *, comma: bool = False) -> NDArray[np.float64]:
    """Return a column as numbers, NaN where a cell is none; fast where all are."""
    try:
        return np.array([cell.replace(",", ".") for cell in column] if comma else column).astype(np.float64)
    except ValueError:
        return np.array([number_of(cell, comma=comma) for cell in column])
