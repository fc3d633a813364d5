"""What a model must reach, and how near: the scale on which points are compared with targets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["NORMAL", "Aims"]

Floats = NDArray[np.float64]
NORMAL = float(special.ndtri(0.975))
_WIDE = 6.0  # standard errors of a target within which the scale is straight
_SHRUNK = 0.1  # of the correlation of luck that is left out: it comes from few replications
_WEIGHT = 4.0  # replications that the pooled luck counts for beside a point's own


@dataclass(frozen=True, slots=True)
class Aims:
    """Targets as numbers.

    A figure is looked at as ``asinh((figure - value) / width)``: straight near the target, and a logarithm far from
    it, so that a point where a queue grows without end does not drown what happens near the target.

    Attributes
    ----------
    names : tuple of str
    values, se, discrepancy : ndarray of float, shape (targets,)
        The figure, its standard error, and the standard deviation by which a right model may miss it.
    """

    names: tuple[str, ...]
    values: Floats
    se: Floats
    discrepancy: Floats

    @property
    def error(self) -> Floats:
        """Standard deviation of a target about what a right model gives, without the luck of its records."""
        return np.sqrt(self.se**2 + self.discrepancy**2)

    def width(self, luck: Floats) -> Floats:
        """Return the width of the scale, shape (targets,), where records have this much luck (variances)."""
        error = np.sqrt(self.error**2 + luck)
        return np.asarray(np.maximum(_WIDE * error, 0.25 * np.abs(self.values)))

    def part(self, chosen: NDArray[np.bool_]) -> Aims:
        """Return some of the targets."""
        names = tuple(n for n, c in zip(self.names, chosen, strict=True) if c)
        return Aims(names, self.values[chosen], self.se[chosen], self.discrepancy[chosen])


def scaled(outputs: Floats, aims: Aims, width: Floats) -> tuple[Floats, Floats]:
    """Return the mean of each point on the scale of its target, and the variance of the luck left in it.

    Parameters
    ----------
    outputs : ndarray of float, shape (n, replications, targets)
        No two points share their luck.
    aims : Aims
    width : ndarray of float, shape (targets,)

    Returns
    -------
    means, noise : ndarray of float, shape (n, targets)
        A point's own variance from few replications is itself mostly luck, so it is drawn towards that of all the
        points, which counts for four replications: an assumption.
    """
    r = outputs.shape[1]
    off = (outputs.mean(axis=1) - aims.values) / width
    slope = 1 / np.sqrt(1 + off**2) / width
    own = outputs.var(axis=1, ddof=1) * slope**2
    noise = (_WEIGHT * np.median(own, axis=0) + (r - 1) * own) / (_WEIGHT + r - 1) / r
    return np.arcsinh(off), noise


def correlation(outputs: Floats) -> Floats:
    """Return how the luck of targets hangs together, pooled over points, shape (targets, targets).

    Parameters
    ----------
    outputs : ndarray of float, shape (n, replications, targets)
    """
    left = outputs - outputs.mean(axis=1, keepdims=True)
    sd = np.sqrt((left**2).mean(axis=1, keepdims=True))
    units = (left / np.where(sd > 0, sd, 1.0)).reshape(-1, outputs.shape[2])
    both = units.T @ units / max(len(units), 1)
    size = np.sqrt(np.maximum(np.diag(both), 1e-12))
    out = (1 - _SHRUNK) * both / size / size[:, None]
    np.fill_diagonal(out, 1.0)
    return np.asarray(out)
