"""What a report is made of: sections, each of paragraphs, tables and pictures, in order."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cisim.report.words import MISSING, interval as interval_words, quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Bullets", "Cell", "Note", "Part", "Picture", "Section", "Table", "Text", "measured", "text"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what is read, a second line in small type, and what the CSV holds."""

    text: str
    small: str = ""
    raw: tuple[float | str, ...] = ()
    mark: str = ""


def text(words: str, mark: str = "") -> Cell:
    """Return a cell of words."""
    return Cell(words, raw=(words,), mark=mark)


def measured(
    value: float | None,
    low: float | None,
    high: float | None,
    unit: str,
    *,
    sign: bool = False,
    bare: bool = False,
) -> Cell:
    """Return a cell of a number with its interval below it; the CSV holds all three, unrounded.

    With `sign` it is a change. With `bare` the unit stands in the column's or row's name and is not said again.
    """
    shown = "" if bare and unit not in ("£", "GBP", "share") else unit
    ends = (
        ""
        if low is None or high is None or not math.isfinite(low + high)
        else interval_words(low, high, shown, change=sign)
    )
    if (
        low is not None
        and high is not None
        and quantity(low, shown, sign=sign) == quantity(high, shown, sign=sign)
    ):
        # Ends that read the same are no range.
        ends = ""
    raw = tuple("" if v is None or not math.isfinite(v) else v for v in (value, low, high))
    return Cell(quantity(value, shown, sign=sign), "" if ends == MISSING else ends, raw)


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and the CSV of the same name.

    Attributes
    ----------
    name : str
        File name without its ending.
    caption : str
        What to see in it.
    columns : tuple of str
    rows : tuple of tuples of Cell
        A row of one cell is a heading across the table.
    right : tuple of int
        Columns of numbers.
    measured : tuple of int
        Columns whose CSV has three: value, low and high.
    wide : bool
        Whether the table is set in smaller type.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    right: tuple[int, ...] = ()
    measured: tuple[int, ...] = ()
    wide: bool = False
    kind: str = field(default="table", init=False)

    def csv(self) -> str:
        """Return the table with unrounded numbers; headings inside it stand in a first column."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        grouped = any(len(row) == 1 for row in self.rows)
        head: list[str] = ["group"] if grouped else []
        for i, name in enumerate(self.columns):
            head += [name, f"{name} (low)", f"{name} (high)"] if i in self.measured else [name]
        writer.writerow(head)
        group = ""
        for row in self.rows:
            if len(row) == 1:
                group = row[0].text
                continue
            line: list[float | str] = [group] if grouped else []
            for i, cell in enumerate(row):
                values = list(cell.raw) or [cell.text]
                if i in self.measured:
                    line += values if len(values) == 3 else [values[0], "", ""]
                else:
                    line.append(values[0])
            writer.writerow([repr(v) if isinstance(v, float) else v for v in line])
        return out.getvalue()


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure: the text of an SVG file, and what to see in it."""

    name: str
    caption: str
    svg: str
    kind: str = field(default="picture", init=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    words: str
    mark: str = ""
    kind: str = field(default="text", init=False)


@dataclass(frozen=True, slots=True)
class Note:
    """A remark that a reader must not miss."""

    words: str
    kind: str = field(default="note", init=False)


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, or terms with what they mean."""

    items: tuple[tuple[str, str], ...]
    code: bool = False
    kind: str = field(default="bullets", init=False)


Part = Table | Picture | Text | Note | Bullets


@dataclass(frozen=True, slots=True)
class Section:
    """A section: an anchor, a heading and its parts."""

    anchor: str
    title: str
    parts: Sequence[Part]
