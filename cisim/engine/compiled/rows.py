"""Rows on their way from the kernel to the log: written in runs of one spell each, put in order while the run goes on.

Memory is dear: to touch a page for the first time may take longer than to fill it. So the kernel writes into a piece
that stays the same and near, and rows before which nobody's can come any more go from there to their place at once.
"""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisim.engine.compiled import kernel as k

__all__ = ["Placed", "Rows"]

Ints = NDArray[np.int64]
_MARGIN = 1.25  # room for so many times the rows that are expected: what is never written to costs nothing
_BY_ROW = (np.int64, np.int32, np.int32)
_BY_SPELL = (np.int64, np.int32, np.int64, np.int32)


class Placed:
    """Rows in the order of a log, in columns that grow.

    Parameters
    ----------
    expected : int
        How many spells there will be, at least.

    Attributes
    ----------
    rows, spells : int
        How many are in their place.
    """

    def __init__(self, expected: int = 0) -> None:
        self.rows = self.spells = 0
        self._expected = expected
        self._by_row = [_fresh(0, kind) for kind in _BY_ROW]
        self._by_spell = [_fresh(1, kind) for kind in _BY_SPELL]

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns, as `cisim.eventlog.EventLog.coded` calls them."""
        first_row, *whose = self._by_spell
        by_spell = (first_row[: self.spells + 1], *(column[: self.spells] for column in whose))
        names = ("first_row", "pathway_of", "patient_of", "spell_of", "time", "code", "visit")
        return dict(zip(names, (*by_spell, *(c[: self.rows] for c in self._by_row)), strict=True))

    def add(
        self, pieces: list[Ints], who: Ints, spells: int, order: Ints, pathways: Ints
    ) -> tuple[Ints, int]:
        """Put the rows of some spells behind those placed before, and those of others to the front of their piece.

        Parameters
        ----------
        pieces : list of ndarray of int64
            The runs written; emptied on the way, so that few rows are in memory twice.
        who, spells
            Whose the spells are, and how many.
        order : ndarray of int64
            The spells to be placed, as they follow each other.
        pathways : ndarray of int64
            Where pathways stand in the kernel's memory.

        Returns
        -------
        tuple of ndarray, int
            The new number of each spell that stays, -1 of others; and how many pairs stay, of the last piece.
        """
        at, new = np.zeros(spells, np.int64), np.zeros(spells, np.int64)
        for piece in pieces:
            k.count_rows(piece, at)
        end = self.spells + len(order)
        share = max(self._expected / max(end, 1), 1.0) * _MARGIN
        self._by_spell = _fitting(self._by_spell, self.spells + 1, end + 1, share)
        mine = [column[self.spells : end + 1] for column in self._by_spell]
        rows = k.find_places(who, order, pathways, self.rows, at, new, *mine)
        self._by_row = _fitting(self._by_row, self.rows, rows, share)
        self.rows, self.spells = rows, end
        kept = 0
        while pieces:
            kept = k.place_rows(pieces.pop(0), at, new, *self._by_row)
        return new, kept


class Rows:
    """The rows of a run that are not in their place yet.

    Parameters
    ----------
    pairs : int
        Room to begin with, in pairs of words: a row takes one, and so does the head of a run.

    Attributes
    ----------
    now : ndarray of int64
        What the kernel writes into: runs of rows, as `cisim.engine.compiled.kernel.run` has them.
    who : ndarray of int64
        Whose the spells are that have rows in `now` or aside, as the kernel has them.
    aside : list of ndarray of int64
        Earlier pieces.
    """

    def __init__(self, pairs: int) -> None:
        self.now = np.empty(2 * pairs, np.int64)
        self.who = np.zeros(1024 * k.SPELL_WIDTH, np.int64)
        self.aside: list[Ints] = []

    def begin(self, pairs: int, kept: int = 0) -> None:
        """Let the kernel write into a new piece, with room for so many pairs after those kept of the present one."""
        fresh = np.empty(2 * (kept + pairs), np.int64)
        fresh[: 2 * kept] = self.now[: 2 * kept]
        self.now = fresh

    def set_aside(self, used: int) -> None:
        """Leave the pairs written so far where they are, until the end."""
        self.aside.append(self.now[: 2 * used])

    def spells(self, count: int) -> Ints:
        """Return whose the first spells are, shape (count, width), as a view."""
        return self.who[: count * k.SPELL_WIDTH].reshape(-1, k.SPELL_WIDTH)

    def more_spells(self, count: int) -> None:
        """Make room for more spells."""
        self.who = np.concatenate([self.who, np.zeros(len(self.who) + count * k.SPELL_WIDTH, np.int64)])

    def place(self, where: Placed, used: int, spells: int, order: Ints, pathways: Ints) -> tuple[Ints, int]:
        """Put the rows of some spells in their place and forget them; `used` pairs and `spells` there are."""
        self.set_aside(used)
        new, kept = where.add(self.aside, self.who, spells, order, pathways)
        stay = self.spells(spells)[new >= 0]
        self.who[: stay.size] = stay.reshape(-1)
        return new, kept


def _fitting(columns: list[NDArray[Any]], used: int, wanted: int, share: float) -> list[NDArray[Any]]:
    """Return columns that are long enough, and where they must be longer, for as many times more as are expected."""
    if wanted <= len(columns[0]):
        return columns
    longer = [_fresh(int(wanted * share), column.dtype) for column in columns]
    for old, column in zip(columns, longer, strict=True):
        column[:used] = old[:used]
    return longer


def _fresh(length: int, kind: Any) -> NDArray[Any]:
    """Return an array of zeros that takes memory a small page at a time, as it is written to.

    For its own large arrays NumPy asks for huge pages, and a virtual machine may wait for each of them longer than it
    takes to fill it.
    """
    size = length * np.dtype(kind).itemsize
    if not size:
        return np.empty(0, kind)
    private = getattr(mmap, "MAP_PRIVATE", 0) | getattr(mmap, "MAP_ANONYMOUS", 0)
    memory = mmap.mmap(-1, size, flags=private) if private else mmap.mmap(-1, size)
    return np.frombuffer(memory, kind)
