"""Ways at a branch, moves between wards and coming back, with what is not known of their shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.errors import ModelError

__all__ = ["Transfers", "Ways", "fit_ways", "transfers"]

Floats = NDArray[np.float64]
JEFFREYS = 0.5
"""What is added to each count: Jeffreys' prior, whose intervals keep their coverage where counts are small
(Brown, Cai and DasGupta 2001, Statistical Science 16)."""
OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Ways:
    """The shares of the ways at a branch: a Dirichlet distribution.

    Attributes
    ----------
    names : tuple of str
    counts : tuple of int
        Patients seen on each way.
    prior : float
        What was added to each count.
    """

    names: tuple[str, ...]
    counts: tuple[int, ...]
    prior: float = JEFFREYS

    def parameters(self) -> Floats:
        """Return the Dirichlet's parameters, shape (ways,)."""
        return np.asarray(self.counts, float) + self.prior

    def shares(self) -> Floats:
        """Return the mean share of each way, shape (ways,); they sum to 1."""
        a = self.parameters()
        return np.asarray(a / a.sum())

    def interval(self, level: float = 0.95) -> Floats:
        """Return both ends of the interval of each share, shape (ways, 2): each alone is a beta distribution."""
        a = self.parameters()
        if len(a) == 1:
            return np.ones((1, 2))  # the only way there is
        tail = (1 - level) / 2
        ends = [special.betaincinv(a, a.sum() - a, p) for p in (tail, 1 - tail)]
        return np.asarray(np.stack(ends, axis=1))

    def draws(self, u: ArrayLike) -> Floats:
        """Return draws of all the shares from uniform numbers, both of shape (n, ways); rows sum to 1."""
        gammas = np.asarray(special.gammaincinv(self.parameters(), np.asarray(u, float)))
        return np.asarray(gammas / gammas.sum(axis=1, keepdims=True))

    def words(self, source: str) -> dict[str, Any]:
        """Return what stands at a branch of a model file beside its ways: `uncertain`, the patients of each way."""
        counted = {n: float(a) for n, a in zip(self.names, self.parameters(), strict=True)}
        return {"uncertain": {"dirichlet": counted}, "source": source}

    def told(self) -> str:
        """Return each share with its 95% interval, in words."""
        ends = self.interval()
        if len(self.names) == 1:
            return f"of {sum(self.counts):,} patients: all {self.names[0]}, the only way that was seen"
        parts = [
            f"{name} {share:.1%} ({low:.1%} to {high:.1%})"
            for name, share, (low, high) in zip(self.names, self.shares(), ends, strict=True)
        ]
        return f"of {sum(self.counts):,} patients: " + ", ".join(parts)


def fit_ways(ways: Sequence[str], names: Sequence[str] | None = None, prior: float = JEFFREYS) -> Ways:
    """Return the shares of the ways that patients took.

    Parameters
    ----------
    ways : sequence of str
        The way of each patient.
    names : sequence of str, optional
        All the ways that there are, in their order; those seen, sorted, if left out.
    prior : float
        Added to each way's count.

    Raises
    ------
    ModelError
        For nobody at all, a prior that is not above 0, or a way that is not among the names.

    Examples
    --------
    >>> print(fit_ways(["home"] * 60 + ["ward"] * 40).told())
    of 100 patients: home 59.9% (50.2% to 69.2%), ward 40.1% (30.8% to 49.8%)
    """
    seen, counts = np.unique(np.asarray(ways, str), return_counts=True)
    found = dict(zip(seen.tolist(), counts.tolist(), strict=True))
    listed = tuple(found) if names is None else tuple(names)
    strange = [w for w in found if w not in listed]
    if strange or not listed or not sum(found.values()):
        raise ModelError(
            "ways", f"got {', '.join(strange) or 'nobody'}, want patients on: {', '.join(listed)}"
        )
    if not prior > 0:
        raise ModelError("prior", f"got {prior:g}, want more than 0")
    return Ways(listed, tuple(found.get(n, 0) for n in listed), prior)


@dataclass(frozen=True, slots=True)
class Transfers:
    """Who moves from where to where.

    Attributes
    ----------
    places : tuple of str
        Wards (pools of beds); the last is 'outside'.
    counts : ndarray of int, shape (places, places)
        Moves from the row's place to the column's; the last row holds first beds, the last column those who left.
    """

    places: tuple[str, ...]
    counts: NDArray[np.int64]

    def ways(self, place: str) -> Ways:
        """Return where patients go from a place, as shares with their uncertainty; only to places where anybody went.

        Raises
        ------
        ModelError
            For a place that is not there, or that nobody left.
        """
        if place not in self.places:
            raise ModelError("place", f"got {place!r}, want one of: {', '.join(self.places)}")
        row = self.counts[self.places.index(place)]
        there = np.flatnonzero(row)
        if not len(there):
            raise ModelError(place, "got nobody who left it, want one patient at least")
        return Ways(tuple(self.places[i] for i in there), tuple(int(row[i]) for i in there))

    def told(self) -> str:
        """Return one line a place: where its patients go."""
        lines = []
        for place, row in zip(self.places, self.counts, strict=True):
            if row.sum():
                name = "first beds" if place == OUTSIDE else f"from {place}"
                lines.append(f"{name}: {self.ways(place).told()}")
        return "\n".join(lines)


def transfers(patient: ArrayLike, start: ArrayLike, place: Sequence[str], left: ArrayLike) -> Transfers:
    """Return the transfer matrix of stays in wards.

    Parameters
    ----------
    patient : array_like of int, shape (n,)
        Who: one number for each admission.
    start : array_like, shape (n,)
        When the stay in this place began; its order alone matters.
    place : sequence of str, shape (n,)
        The ward.
    left : array_like of bool, shape (n,)
        Whether the end of this stay was seen; of who is still there nothing is counted after it.

    Raises
    ------
    ModelError
        For lengths that differ, no stays, a beginning that is missing, or a ward named as the outside is.

    Examples
    --------
    >>> t = transfers([1, 1, 2], [0, 5, 3], ["ward", "intensive care", "ward"], [True, True, True])
    >>> t.counts[t.places.index("ward")].tolist()
    [1, 0, 1]
    >>> t.places
    ('intensive care', 'ward', 'outside')
    """
    who, when, there = np.asarray(patient), np.asarray(start), np.asarray(place, str)
    ended = np.asarray(left, bool)
    if not len(who) or not len(who) == len(when) == len(there) == len(ended):
        raise ModelError(
            "stays", f"got {len(who)}, {len(when)}, {len(there)} and {len(ended)}, want as many of each"
        )
    if OUTSIDE in there or any(not name for name in there.tolist()):
        raise ModelError(
            "stays", f"got a place named {OUTSIDE!r} or nothing, want the name of a ward for each"
        )
    if when.dtype.kind == "f" and np.isnan(when).any():
        raise ModelError("stays", "got one without its beginning, want when each began")
    order = np.lexsort((when, who))
    names, code = np.unique(there[order], return_inverse=True)
    who, ended = who[order], ended[order]
    first = np.append(True, who[1:] != who[:-1])
    last = np.append(first[1:], True)
    outside = len(names)
    counts = np.zeros((outside + 1, outside + 1), np.int64)
    np.add.at(counts, (np.full(first.sum(), outside), code[first]), 1)
    inside = ~last[:-1]
    np.add.at(counts, (code[:-1][inside], code[1:][inside]), 1)
    np.add.at(counts, (code[last & ended], np.full((last & ended).sum(), outside)), 1)
    return Transfers((*names.tolist(), OUTSIDE), counts)
