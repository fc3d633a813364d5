"""What every kind of file of records is read into: the names of its columns, and its rows as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["EXCEL_ENDS", "Numbered", "Source", "plain_cell"]

Numbered = tuple[int, list[str]]
"""A row's number, as a spreadsheet shows it (the first row of the file is 1), and its cells."""
EXCEL_ENDS = (65_536, 1_048_576)
"""Rows that an Excel sheet can have: a file of exactly so many was probably cut."""


@dataclass(slots=True)
class Source:
    """An opened file: what its columns are called, and its rows.

    Attributes
    ----------
    path : Path
    columns : tuple of str
        Their names, each once: a name that comes again has its number behind it.
    header_row : int
        The row that they stand in; 0 where none does.
    told : dict of str to str
        What was found out of how the file is written, in words.
    notes : list of str
        What a reader should know of it.
    """

    path: Path
    columns: tuple[str, ...]
    header_row: int
    told: dict[str, str]
    notes: list[str] = field(default_factory=list)
    rows: Callable[[], Iterator[Numbered]] = field(default=lambda: iter(()), repr=False)
    progress: Callable[[], float] = field(default=lambda: 0.0, repr=False)

    def place(self, name: str) -> int:
        """Return which column has a name.

        Raises
        ------
        KeyError
            Where none has.
        """
        wanted = plain_cell(name).casefold()
        for at, column in enumerate(self.columns):
            if column.casefold() == wanted:
                return at
        raise KeyError(name)


def plain_cell(text: str) -> str:
    """Return a cell without white space at its ends, and with single spaces inside.

    >>> plain_cell("  Arrival   Date ")
    'Arrival Date'
    """
    return " ".join(text.replace("\0", "").split())
