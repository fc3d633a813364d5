"""How the terminal speaks: in colour, plainly in a pipe, and of mistakes with the line they stand on."""

# ruff: noqa: RUF001, RUF002 - a true minus sign is meant
from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cisim.errors import Problem

__all__ = ["bad", "error", "good", "plain", "problems", "say", "table", "title"]

_ASCII = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "×": "x", "→": "->", "≤": "<=", "≥": ">=", "’": "'", "\u2009": " "}
)


def plain(text: str, stream: TextIO | None = None) -> str:
    """Return `text` in the signs that the stream can show.

    >>> import io
    >>> plain("£1–2", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    'GBP 1-2'
    >>> plain("£1–2", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    '£1–2'
    """
    encoding = getattr(stream or sys.stdout, "encoding", None) or "ascii"
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        text = text.translate(_ASCII)
        try:
            text.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            text = text.replace("£", "GBP ")
    return text


def _console(stream: TextIO | None = None) -> Console:
    # Made anew each time: tests and pipes change where standard output goes.
    return Console(file=stream or sys.stdout, highlight=False, soft_wrap=True, emoji=False)


def say(text: str = "", style: str = "") -> None:
    """Print one line or paragraph; the style is dropped in a pipe or under NO_COLOR."""
    _console().print(Text(plain(text), style=style))


def title(text: str) -> None:
    """Print a heading with an empty line before it."""
    say()
    say(text, "bold")


def good(text: str) -> None:
    """Print what is well."""
    say(text, "green")


def bad(text: str) -> None:
    """Print what a planner must look at, on standard output."""
    say(text, "bold yellow")


def error(text: str) -> None:
    """Print what stopped the command, on standard error."""
    _console(sys.stderr).print(Text(plain(text, sys.stderr), style="red"))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print a small table; the columns in `right` are set to the right."""
    box = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for i, name in enumerate(columns):
        box.add_column(plain(name), justify="right" if i in right else "left", overflow="fold")
    for row in rows:
        box.add_row(*(Text(plain(cell)) for cell in row))
    console = Console(file=sys.stdout, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 160
    console.print(box)


def _context(problem: Problem) -> list[str]:
    """Return the line that a problem stands on and a caret under its column, where the file can be read."""
    if not problem.line:
        return []
    try:
        text = Path(problem.file).read_text(encoding="utf-8", errors="replace")
        line = text.splitlines()[problem.line - 1]
    except (OSError, IndexError):
        return []
    if "\0" in text[:2000]:  # a workbook, or letters of two bytes: no line to show
        return []
    # Tabs would move the caret; control signs could move the cursor.
    shown = "".join(c if c.isprintable() else " " for c in line)
    at = max(problem.column - 1, 0)
    first = at - 100 if at > 150 else 0  # of a long line, the part around the caret
    return [f"   | {shown[first:]}"[:160], "   | " + " " * (at - first) + "^"]


def problems(found: Sequence[Problem]) -> None:
    """Print every mistake on standard error, each with its line and a caret."""
    for problem in found:
        error(str(problem))
        for line in _context(problem):
            _console(sys.stderr).print(Text(plain(line, sys.stderr), style="dim"))
    count = len(found)
    error(f"{count} mistake{'s' if count != 1 else ''}; nothing was run.")
