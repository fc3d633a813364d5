"""Who gains, by how well off they are: equally distributed equivalents and weights.

An equally distributed equivalent is the level that, given to everybody, would be judged as good as the unequal
levels are. Its distance from the mean is what inequality costs. None of this is in a total: it is set beside
the net benefit, which treats everybody alike.

References
----------
R. Cookson, S. Griffin, O. F. Norheim, A. J. Culyer (2021). Distributional Cost-Effectiveness Analysis.
M. Robson, M. Asaria, R. Cookson, A. Tsuchiya, S. Ali (2017). Health Economics 26:1328 (Atkinson 10.95, Kolm 0.15).
HM Treasury, The Green Book (2022), annex 3: income weights with an elasticity of 1.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["atkinson_equivalent", "atkinson_weights", "income_weights", "kolm_equivalent"]

Floats = NDArray[np.float64]


def _groups(levels: ArrayLike, shares: ArrayLike | None) -> tuple[Floats, Floats]:
    values = np.asarray(levels, float)
    if values.ndim != 1 or not values.size:
        raise ModelError("levels", "got none, want one level for each group")
    parts = np.full(len(values), 1 / len(values)) if shares is None else np.asarray(shares, float)
    if parts.shape != values.shape or parts.min() < 0 or not np.isclose(parts.sum(), 1.0):
        raise ModelError("shares", "want one share for each group, together 1")
    return values, parts


def atkinson_equivalent(levels: ArrayLike, aversion: float, shares: ArrayLike | None = None) -> float:
    """Return the equally distributed equivalent under relative aversion to inequality.

    Parameters
    ----------
    levels : array of float, shape (groups,)
        Such as healthy life years expected, all above 0.
    aversion : float
        0 for none; the higher, the more weight the worst off have.
    shares : array of float, shape (groups,), optional
        Of the population; equal where left out.

    >>> round(atkinson_equivalent([62, 66, 69, 72, 75], 10.95), 6)
    67.156476
    """
    values, parts = _groups(levels, shares)
    if values.min() <= 0:
        raise ModelError("levels", f"got {values.min():g}, want levels above 0")
    if aversion == 1:
        return float(np.exp(parts @ np.log(values)))
    top, power = values.max(), 1 - aversion
    # expm1 and log1p keep their digits where the aversion is close to 1
    return float(top * np.exp(np.log1p(parts @ np.expm1(power * np.log(values / top))) / power))


def kolm_equivalent(levels: ArrayLike, aversion: float, shares: ArrayLike | None = None) -> float:
    """Return the equally distributed equivalent under absolute aversion to inequality.

    >>> round(kolm_equivalent([62, 66, 69, 72, 75], 0.15), 6)
    67.281579
    """
    values, parts = _groups(levels, shares)
    if aversion == 0:
        return float(parts @ values)
    low = values.min()
    return float(low - np.log1p(parts @ np.expm1(-aversion * (values - low))) / aversion)


def atkinson_weights(levels: ArrayLike, aversion: float) -> Floats:
    """Return what a small gain counts in each group, against the same gain in the best-off group.

    >>> atkinson_weights([62, 66, 69, 72, 75], 10.95).round(5).tolist()
    [8.03955, 4.05429, 2.49186, 1.56362, 1.0]
    """
    values, _ = _groups(levels, None)
    return np.asarray((values.max() / values) ** aversion)


def income_weights(incomes: ArrayLike, reference: float, elasticity: float = 1.3) -> Floats:
    """Return what a pound counts at each income, against a pound at the reference income.

    >>> income_weights([15_000, 25_000, 50_000], 35_000).round(6).tolist()
    [3.008637, 1.548697, 0.628966]
    """
    values = np.asarray(incomes, float)
    if values.size and values.min() <= 0:
        raise ModelError("incomes", f"got {values.min():g}, want incomes above 0")
    return np.asarray((reference / values) ** elasticity)
