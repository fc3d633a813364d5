"""The memory of the compiled engine: every table of a network and every table of the state, end to end in one array."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.engine.compiled import kernel as k

__all__ = ["Memory"]

Ints = NDArray[np.int64]


class Memory:
    """Tables by name, laid end to end, with a header that says where each begins.

    Attributes
    ----------
    m : ndarray of int64
        What the kernel gets. Its header's names are those of `cisim.engine.compiled.kernel`.
    """

    def __init__(self, tables: Mapping[str, ArrayLike]) -> None:
        arrays = {name: np.asarray(values, np.int64).reshape(-1) for name, values in tables.items()}
        wanted = k.PATIENTS + 1 - k.KIND
        if len(arrays) != wanted:
            raise AssertionError(f"{len(arrays)} tables, where the kernel knows {wanted}")
        self._length = {name: len(values) for name, values in arrays.items()}
        self.m = np.zeros(k.PATIENTS + 1, np.int64)
        self._lay(arrays)

    def _lay(self, arrays: Mapping[str, Ints]) -> None:
        header = self.m[: k.PATIENTS + 1].copy()
        at = len(header)
        for name, values in arrays.items():
            header[getattr(k, name)] = at
            at += len(values)
        self.m = np.concatenate([header, *arrays.values()])

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

    def lengthen(self, name: str, length: int) -> Ints:
        """Return a table with room for more, to be put in its place by `replace`."""
        out = np.zeros(length, np.int64)
        out[: self._length[name]] = self[name]
        return out
