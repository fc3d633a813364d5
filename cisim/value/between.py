"""Between what was simulated: a quantity in every draw and year, from runs at a few shares and years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["between", "simulated_years"]

Floats = NDArray[np.float64]


def _place(grid: Floats, at: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return for each of `at` the grid point below it, and how far it lies towards the next; ends hold."""
    if len(grid) == 1:
        return np.zeros(at.shape, np.intp), np.zeros(at.shape)
    below = np.clip(np.searchsorted(grid, at, side="right") - 1, 0, len(grid) - 2)
    return below, np.clip((at - grid[below]) / (grid[below + 1] - grid[below]), 0.0, 1.0)


def between(
    found: Mapping[tuple[float, int], Floats], reach: Floats, replication: NDArray[np.int64]
) -> Floats:
    """Return a quantity by draw and year, linear between the shares and years that were simulated.

    What is a sum of quantities at every simulated point is that sum between them too, so that an identity
    that holds there holds everywhere.

    Parameters
    ----------
    found : mapping of (share, year) to ndarray of shape (replications,)
        Every share with every year; years count from 1.
    reach : ndarray of float, shape (draws, years)
        Share of the full effect in each draw and year; beyond the shares simulated, the nearest holds.
    replication : ndarray of int, shape (draws,)
        The replication that each draw is made of.

    Returns
    -------
    ndarray of float, shape (draws, years)

    Raises
    ------
    ModelError
        Where a share was not simulated in every year.

    >>> runs = {(0.0, 1): np.array([0.0]), (1.0, 1): np.array([8.0])}
    >>> between(runs, np.array([[0.25, 1.0]]), np.array([0])).tolist()
    [[2.0, 8.0]]
    """
    shares, years = (np.array(sorted({point[i] for point in found}), float) for i in (0, 1))
    missing = [(s, int(y)) for s in shares for y in years if (s, int(y)) not in found]
    if missing:
        raise ModelError("effect.grid", f"got no run at {missing[0][0]:.0%} in year {missing[0][1]}")
    values = np.array([[found[s, int(y)] for y in years] for s in shares])
    row, along = _place(shares, reach)
    column, later = _place(years, np.arange(1.0, reach.shape[1] + 1))
    which = replication[:, None]

    def at(i: NDArray[np.intp], j: NDArray[np.intp]) -> Floats:
        return np.asarray(
            values[np.minimum(i, len(shares) - 1), np.minimum(j, len(years) - 1)[None, :], which]
        )

    now = (1 - along) * at(row, column) + along * at(row + 1, column)
    then = (1 - along) * at(row, column + 1) + along * at(row + 1, column + 1)
    return np.asarray((1 - later) * now + later * then)


def simulated_years(found: Mapping[tuple[float, int], Floats], years: int) -> list[str]:
    """Return how each year's figure came about, in words for the ledger's evidence column.

    >>> simulated_years({(1.0, 1): np.zeros(1), (1.0, 3): np.zeros(1)}, 4)
    ['simulated', 'interpolated', 'simulated', 'as in year 3']
    """
    known = sorted({year for _, year in found})
    if len(known) == 1:
        return ["simulated"] * years
    out = []
    for year in range(1, years + 1):
        if year in known:
            out.append("simulated")
        else:
            out.append(
                "interpolated"
                if known[0] < year < known[-1]
                else f"as in year {min(known[-1], max(known[0], year))}"
            )
    return out
