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

__all__ = ["Rows", "row_counts", "runs_placed"]

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
_MARGIN = 1.25  # room for so many times the rows that are expected: what is never written to costs nothing


class Rows:
    """The rows of a run: being written, put aside, and in their place.

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
        Earlier pieces, their rows not in their place yet.
    """

    def __init__(self, pairs: int) -> None:
        self.now = np.empty(2 * pairs, np.int64)
        self.who = np.zeros(1024 * k.SPELL_WIDTH, np.int64)
        self.aside: list[Ints] = []
        self._columns = _columns(0)
        self._used = self._spells = 0
        self._first_rows: list[Ints] = []
        self._whose: list[Ints] = []

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

    def place(self, used: int, spells: int, order: Ints, people: int) -> tuple[Ints, int]:
        """Put the rows of some spells in their place, behind those placed before, and forget them here.

        Parameters
        ----------
        used, spells : int
            How many pairs and spells there are.
        order : ndarray of int64
            The spells, as they follow each other in the log.
        people : int
            How many spells are expected in all, at least.

        Returns
        -------
        tuple of ndarray, int
            The new number of each spell that stays, -1 of others; and how many pairs stay.
        """
        self.aside.append(self.now[: 2 * used])
        counts = row_counts(self.aside, spells)
        rows = int(counts[order].sum())
        self._spells += len(order)
        self._fit(self._used + rows, max(people / max(self._spells, 1), 1.0) * _MARGIN)
        first_row, new, kept = runs_placed(self.aside, counts, order, self._columns, self._used)
        self._used += rows
        self._first_rows.append(first_row[:-1])
        self._whose.append(self.spells(spells)[order])
        self.renumber(new)
        return new, kept

    def renumber(self, new: Ints) -> None:
        """Forget the spells whose new number is -1."""
        stay = self.spells(len(new))[new >= 0]
        self.who[: stay.size] = stay.reshape(-1)

    def _fit(self, rows: int, share: float) -> None:
        """Make room for so many rows in their place, and for as many times more as are expected."""
        if rows > len(self._columns[0]):
            old, self._columns = self._columns, _columns(int(rows * share))
            for i in range(len(old)):
                self._columns[i][: self._used] = old[i][: self._used]

    def log(self) -> tuple[Ints, list[Ints], tuple[Ints, Shorts, Shorts]]:
        """Return where each spell's rows begin, with their end; whose spells they are; and time, code and visit."""
        time, code, visit = self._columns
        n = self._used
        return np.concatenate([*self._first_rows, [n]]), self._whose, (time[:n], code[:n], visit[:n])


def _columns(rows: int) -> tuple[Ints, Shorts, Shorts]:
    """Return empty columns of time, code and visit."""
    return _fresh(rows, np.int64), _fresh(rows, np.int32), _fresh(rows, np.int32)


def _fresh(length: int, kind: type) -> NDArray[Any]:
    """Return an array that takes memory a small page at a time, as it is written to.

    For its own large arrays NumPy asks for huge pages, and a virtual machine may wait for each of them longer than it
    takes to fill it.
    """
    size = length * np.dtype(kind).itemsize
    if not size:
        return np.empty(0, kind)
    private = getattr(mmap, "MAP_PRIVATE", 0) | getattr(mmap, "MAP_ANONYMOUS", 0)
    memory = mmap.mmap(-1, size, flags=private) if private else mmap.mmap(-1, size)
    return np.frombuffer(memory, kind)


def row_counts(pieces: list[Ints], spells: int) -> Ints:
    """Return how many rows each spell has."""
    counts = np.zeros(spells, np.int64)
    for piece in pieces:
        k.count_rows(piece, counts)
    return counts


def runs_placed(
    pieces: list[Ints], counts: Ints, order: Ints, columns: tuple[Ints, Shorts, Shorts], begin: int
) -> tuple[Ints, Ints, int]:
    """Put the rows of some spells into columns, from `begin` on, and move the others to the front of their piece.

    The list is emptied on the way, so that few rows are in memory twice.

    Returns
    -------
    tuple of ndarray, ndarray, int
        Where each spell's rows begin, and the end of all; the new number of each spell that stays, -1 of others; how
        many pairs stay, of the last piece.
    """
    first_row = begin + np.concatenate(([0], np.cumsum(counts[order])))
    at, new = np.full(len(counts), -1), np.full(len(counts), -1)
    at[order] = first_row[:-1]
    stay = at < 0
    new[stay] = np.arange(np.count_nonzero(stay))
    kept = 0
    while pieces:
        kept = k.place_rows(pieces.pop(0), at, new, *columns)
    return first_row, new, kept
