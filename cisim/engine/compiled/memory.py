"""The memory of the compiled engine: every table of a network and of the state, end to end in one array."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.engine.compiled import kernel as k

__all__ = ["HEADER", "Memory"]

Ints = NDArray[np.int64]
HEADER = k.TOKENS + 1


class Memory:
    """A header, the fixed rows, then the tables that may grow.

    Parameters
    ----------
    fixed : mapping of str to ndarray of int64, shape (n, width)
        Tables whose rows are pointed to by their place in the memory, so they never move.
    tables : mapping of str to array
        Tables whose beginnings stand in the header, under the names of `cisim.engine.compiled.kernel`.

    Attributes
    ----------
    m : ndarray of int64
        What the kernel gets.
    """

    def __init__(self, fixed: Mapping[str, Ints], tables: Mapping[str, ArrayLike]) -> None:
        arrays = {name: np.asarray(values, np.int64).reshape(-1) for name, values in tables.items()}
        wanted = HEADER - k.FIRST_TABLE
        if len(arrays) != wanted:
            raise AssertionError(f"{len(arrays)} tables, where the kernel knows {wanted}")
        self._fixed: dict[str, tuple[int, tuple[int, ...]]] = {}
        at = HEADER
        for name, rows in fixed.items():
            self._fixed[name] = (at, rows.shape)
            at += rows.size
        self._tables_at = at
        self._length = {name: len(values) for name, values in arrays.items()}
        self.m = np.concatenate([np.zeros(HEADER, np.int64), *(rows.reshape(-1) for rows in fixed.values())])
        self._lay(arrays)

    def _lay(self, arrays: Mapping[str, Ints]) -> None:
        at = self._tables_at
        begin = {}
        for name, values in arrays.items():
            begin[name] = at
            at += len(values)
        self.m = np.concatenate([self.m[: self._tables_at], *arrays.values()])
        for name, place in begin.items():
            self.m[getattr(k, name)] = place

    def rows(self, name: str) -> Ints:
        """Return a fixed table, shape (n, width), as a view."""
        at, shape = self._fixed[name]
        return self.m[at : at + shape[0] * shape[1]].reshape(shape)

    def index(self, name: str, place: int) -> int:
        """Return which row of a fixed table stands at a place of the memory."""
        at, shape = self._fixed[name]
        return (int(place) - at) // shape[1]

    def place(self, name: str, index: int) -> int:
        """Return where a row of a fixed table stands."""
        at, shape = self._fixed[name]
        return at + index * shape[1]

    def __getitem__(self, name: str) -> Ints:
        """Return a table, as a view."""
        at = self.m[getattr(k, name)]
        return self.m[at : at + self._length[name]]

    def __setitem__(self, number: str, value: int) -> None:
        """Set a number of the header."""
        self.m[getattr(k, number)] = value

    def number(self, name: str) -> int:
        """Return a number of the header."""
        return int(self.m[getattr(k, name)])

    def replace(self, tables: Mapping[str, ArrayLike]) -> None:
        """Put other tables in the place of some, of any length; all others stay as they are."""
        new = {name: np.asarray(values, np.int64).reshape(-1) for name, values in tables.items()}
        arrays = {name: new.get(name, self[name]) for name in self._length}
        self._length = {name: len(values) for name, values in arrays.items()}
        self._lay(arrays)

    def lengthen(self, name: str, length: int, fill: int = 0) -> Ints:
        """Return a table with room for more, to be put in its place by `replace`."""
        out = np.full(length, fill, np.int64)
        out[: self._length[name]] = self[name]
        return out
