"""Quantities of one option over many futures as one table: a column for each quantity, a row for each future."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.errors import ModelError

if TYPE_CHECKING:
    from cisim.value.disposition import Quantity

__all__ = ["Counts", "Replications", "counts_of", "key_of"]

Floats = NDArray[np.float64]
Key = tuple[str, str, str]
"""Use, pool and pathway of a quantity."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The same quantities in every future: a replication, or a draw of what is not known in a replication.

    Attributes
    ----------
    rows : tuple of Quantity
        What was counted, as it was in the first future.
    amounts : ndarray of float, shape (futures, rows)
    """

    rows: tuple[Quantity, ...]
    amounts: Floats = field(repr=False)

    def __len__(self) -> int:
        """Return how many futures there are."""
        return len(self.amounts)

    def pick(self, futures: Sequence[int] | NDArray[np.int64]) -> Counts:
        """Return some of the futures, in the order asked for."""
        return Counts(self.rows, self.amounts[np.asarray(futures, np.int64)])

    def columns(self) -> dict[Key, Floats]:
        """Return each quantity over the futures."""
        return {key_of(one): self.amounts[:, i] for i, one in enumerate(self.rows)}


Replications = Sequence[Sequence["Quantity"]]


def key_of(one: Quantity) -> Key:
    """Return what a quantity is told from others by."""
    return one.use, one.pool, one.pathway


def counts_of(replications: Replications | Counts) -> Counts:
    """Return quantities, future by future, as one table.

    Raises
    ------
    ModelError
        Where not every future has the same rows.
    """
    if isinstance(replications, Counts):
        return replications
    first = tuple(replications[0]) if replications else ()
    place = {key_of(one): i for i, one in enumerate(first)}
    amounts = np.empty((len(replications), len(first)))
    for number, rows in enumerate(replications):
        if len(rows) != len(place):
            text = f"got {len(rows)} and {len(place)} rows, want the same in each replication"
            raise ModelError("quantities", text)
        for one in rows:
            amounts[number, place[key_of(one)]] = one.quantity
    return Counts(first, amounts)
