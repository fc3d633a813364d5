"""The rows of a log in 16 bytes each.

A log of millions of rows has few combinations of event, step, pool, units and detail: a few hundred. They stand in
a book, and a row is its time, the number of its combination, and its visit. Pathway, patient and spell are the same
through all rows of a spell, and are kept once; a row's sequence is its place in the spell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BOOK", "SPELL", "Coded", "Column", "Ints", "encode", "narrow"]

Ints = NDArray[np.int64]
Column = NDArray[Any]
"""Whole numbers, as narrow as they fit: sums and products of them are made in 64 bits."""

SPELL = ("pathway", "patient", "spell")
BOOK = ("event", "step", "pool", "units", "detail")
_WIDE = 1 << 31
_DENSE = 1 << 22
_TYPES: dict[str, tuple[type[np.signedinteger[Any]], ...]] = {
    **dict.fromkeys(("pathway", "spell", "step", "pool", "detail"), (np.int16, np.int32, np.int64)),
    **dict.fromkeys(("sequence", "visit", "units"), (np.int32, np.int64)),
    **dict.fromkeys(("time", "patient"), (np.int64,)),
    "event": (np.int8,),
}


def narrow(name: str, values: ArrayLike) -> Column:
    """Return a column in the first of its types that holds it."""
    wide = np.asarray(values)
    for kind in _TYPES[name]:
        if wide.dtype == kind:
            return wide
        limits = np.iinfo(kind)
        if not wide.size or (wide.min() >= limits.min and wide.max() <= limits.max):
            break
    return wide.astype(kind)


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """The rows of a log in 16 bytes each, patients' spells one after the other.

    Attributes
    ----------
    book : tuple of ndarray
        Event, step, pool, units and detail, by code.
    first_row : ndarray of int64, shape (spells + 1,)
        Where each spell's rows begin; the last is the number of rows.
    pathway_of, patient_of, spell_of : ndarray, shape (spells,)
    time, code, visit : ndarray of int64, int32 and int32, shape (rows,)
    """

    book: tuple[Column, Column, Column, Column, Column]
    first_row: Ints
    pathway_of: Column
    patient_of: Column
    spell_of: Column
    time: Ints
    code: NDArray[np.int32]
    visit: NDArray[np.int32]

    def column(self, name: str, rows: Column | None = None) -> Column:
        """Return a column of the log, of all rows or of those chosen."""
        if name in BOOK:
            code = self.code if rows is None else self.code[rows]
            out: Column = np.take(self.book[BOOK.index(name)], code)
            return out
        if name in ("time", "visit"):
            whole: Column = getattr(self, name)
            return whole if rows is None else whole[rows]
        if rows is not None:
            rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else np.arange(len(self.time))[rows]
            spell = np.searchsorted(self.first_row, rows, side="right") - 1
            return rows - self.first_row[spell] if name == "sequence" else getattr(self, f"{name}_of")[spell]
        lengths = np.diff(self.first_row)
        if name == "sequence":
            row = np.int32 if len(self.time) < _WIDE else np.int64
            number: Column = np.arange(len(self.time), dtype=row)
            number -= np.repeat(self.first_row[:-1].astype(row), lengths)
            return number
        each: Column = np.repeat(getattr(self, f"{name}_of"), lengths)
        return each


def encode(columns: Mapping[str, Column]) -> Coded:
    """Return full columns, coded; rows that stand together and agree in pathway, patient and spell are a spell."""
    rows = len(columns["time"])
    new = np.ones(rows, bool)
    new[1:] = np.logical_or.reduce([columns[k][1:] != columns[k][:-1] for k in SPELL])
    first = np.flatnonzero(new)
    # Each column's few values, numbered from 0; together they number the combination.
    code, size, parts = np.zeros(rows, np.int64), 1, []
    for name in BOOK:
        values, number = _numbered(columns[name])
        code *= max(len(values), 1)
        code += number
        size *= max(len(values), 1)
        parts.append(values)
    found, code = _numbered(code)
    book = []
    for values in reversed(parts):
        found, at = np.divmod(found, max(len(values), 1))
        book.append(values[at])
    event, step, pool, units, detail = reversed(book)
    return Coded(
        book=(event, step, pool, units, detail),
        first_row=np.append(first, rows),
        pathway_of=columns["pathway"][first],
        patient_of=columns["patient"][first],
        spell_of=columns["spell"][first],
        time=columns["time"].astype(np.int64, copy=False),
        code=code.astype(np.int32),
        visit=narrow("visit", columns["visit"]),
    )


def _numbered(values: Column) -> tuple[Column, Column]:
    """Return the different values, rising, and the number of each row's value among them."""
    if not len(values):
        return values, values
    least, most = int(values.min()), int(values.max())
    if most - least >= _DENSE:
        found, number = np.unique(values, return_inverse=True)
        return found, number
    shifted = values.astype(np.int64) - least
    there = np.zeros(most - least + 1, bool)
    there[shifted] = True
    found = np.flatnonzero(there)
    place = np.cumsum(there) - 1
    return (found + least).astype(values.dtype), place[shifted]
