"""What the lines of one option are made of: the value file, its draws, and the physical quantities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cisim.spec import Close

if TYPE_CHECKING:
    from cisim.spec import Option, Uncertain, Value
    from cisim.value.book import Line

__all__ = ["Basis", "Physical", "stated"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Physical:
    """A physical quantity a year: its owner, its unit, and its amount, broadcastable to (draws, years)."""

    owner: str
    unit: str
    amount: Floats


@dataclass(frozen=True, slots=True)
class Basis:
    """What the lines of one option are made of.

    Attributes
    ----------
    value : Value
    option : Option
    numbers : dict of str to ndarray, shape (draws, 1)
        Draws by path.
    physical : dict of (use, pool, pathway) to Physical
    taken_out : bool
        Whether the run of the option really took capacity out of the pool that it is about.
    """

    value: Value
    option: Option
    numbers: dict[str, Floats]
    physical: dict[tuple[str, str, str], Physical]
    taken_out: bool

    def owner_of(self, pool: str) -> str:
        """Return who owns a pool: the provider where it is not told."""
        owners = (p.owner for (use, name, _), p in self.physical.items() if use == "closed" and name == pool)
        return next(owners, "provider") or "provider"

    def simulated(self, *, chosen: bool = True) -> str:
        """Return how a simulated quantity is known."""
        between = isinstance(self.option, Close) and len(set(self.option.dates)) > 1
        words = "simulated; between none and all of the steps interpolated" if between else "simulated"
        return words if chosen else f"{words}; not chosen"


def stated(line: Line, number: Uncertain[Any] | None, source: str) -> Line:
    """Return the line with the source of its number (its own before its item's) and how good that is."""
    known = (number.source if number is not None else "") or source
    return replace(line, source=known, evidence="source named" if known else "no source named")
