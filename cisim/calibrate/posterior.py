r"""What hidden numbers may be, given the targets: draws from the posterior, and what they leave unknown.

Draws start spread over what history matching did not rule out, and are moved towards the likelihood of the emulators

.. math:: m(u) \sim N\bigl(z,\; S(u)^2 + D^2 + L\bigr)

(S the emulators' standard deviations, D the discrepancy of a right model, L the covariance of the luck in the records)
in steps small enough to keep half of the draws alive at each: sequential Monte Carlo. The simulator is not asked again.

References
----------
Del Moral, Doucet, Jasra (2006), J. R. Stat. Soc. B 68(3), 411-436. Price and others (2018), J. Comput. Graph. Stat.
27(1), 1-11 (a normal likelihood of summaries whose covariance is simulated).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cisim.calibrate.matching import CUTOFF, reflected, ruled, walk
from cisim.streams import address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cisim.calibrate.aims import Floats
    from cisim.calibrate.matching import Emulated

__all__ = ["Density", "posterior"]

_ALIVE = 0.5
_MOVES = 6
_STEPS = 60
_BEYOND = 1.5  # cutoffs: farther from the targets by earlier waves nothing is drawn


@dataclass(frozen=True, slots=True)
class Density:
    """The likelihood at fixed points, for any data set: the emulators are asked once.

    Attributes
    ----------
    mean : ndarray of float, shape (n, targets)
        On the scale of the targets.
    root : ndarray of float, shape (n, targets, targets)
        Cholesky root of the covariance of emulators, discrepancy and luck.
    """

    mean: Floats
    root: Floats

    @classmethod
    def of(cls, last: Emulated, u: Floats, luck: Floats) -> Density:
        """Return the likelihood at points.

        Parameters
        ----------
        last : Surfaces
        u : ndarray of float, shape (n, p)
        luck : ndarray of float, shape (targets, targets) or (n, targets, targets)
            Covariance of the luck of the records, on the scale.
        """
        m, s = last.at(u)
        size = m.shape[1]
        own = (last.aims.error / last.width) ** 2 + 1e-12
        cov = luck + np.einsum("ij,jk->ijk", s**2 + own, np.eye(size))
        return cls(m, np.linalg.cholesky(cov))

    def at(self, target: Floats | float = 0.0) -> Floats:
        """Return the logarithm of the likelihood, but for a constant, where the targets lie there on the scale."""
        left = np.linalg.solve(self.root, (self.mean - target)[:, :, None])[:, :, 0]
        size = np.log(np.diagonal(self.root, axis1=1, axis2=2)).sum(axis=1)
        return np.asarray(-0.5 * (left**2).sum(axis=1) - size)


def posterior(
    waves: Sequence[Emulated], start: Floats, luck: Floats, *, seed: int, target: Floats | float = 0.0
) -> Floats:
    """Return as many draws from the posterior as `start` has, as quantiles of the priors, shape (n, p).

    Parameters
    ----------
    waves : sequence of Surfaces
        The last gives the likelihood; the others only rule out.
    start : ndarray of float, shape (n, p)
        Spread over what is not ruled out.
    luck : ndarray of float, shape (targets, targets)
        Covariance of the luck of the records, on the scale.
    target : ndarray of float, shape (targets,), or float
        Where the targets lie on the scale, if not at 0: another data set under the same emulators.
    seed : int
    """
    rng = np.random.default_rng(address(seed, "calibrate", "posterior"))
    last, before = waves[-1], waves[:-1]

    def told(u: Floats) -> Floats:
        out = Density.of(last, u, luck).at(target)
        out[ruled(before, u) > _BEYOND * CUTOFF] = -np.inf
        return out

    u, power = start.copy(), 0.0
    found = told(u)
    for _ in range(_STEPS):
        power, more = _next_power(found, power)
        weight = np.exp(more * (found - found.max()))
        picked = _resampled(weight / weight.sum(), rng)
        u, found = u[picked], found[picked]
        u, found = _moved(told, u, found, power, rng)
        if power >= 1:
            break
    return u


def _next_power(found: Floats, power: float) -> tuple[float, float]:
    """Return the next power of the likelihood, so that half of the draws stay alive, and the step to it."""
    off = found - found.max()

    def alive(step: float) -> float:
        weight = np.exp(step * off)
        return float(weight.sum() ** 2 / (weight**2).sum() / len(off))

    left = 1.0 - power
    if alive(left) >= _ALIVE:
        return 1.0, left
    low, high = 0.0, left
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if alive(middle) >= _ALIVE else (low, middle)
    return power + max(low, 1e-6), max(low, 1e-6)


def _resampled(share: Floats, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return indices by systematic resampling."""
    at = (rng.random() + np.arange(len(share))) / len(share)
    return np.minimum(np.searchsorted(np.cumsum(share), at), len(share) - 1)


def _moved(
    told: Callable[[Floats], Floats], u: Floats, found: Floats, power: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return draws moved by random walks that keep the likelihood to that power."""
    step = 1.0
    for _ in range(_MOVES):
        trial = reflected(u + step * walk(u, rng))
        judged = told(trial)
        with np.errstate(invalid="ignore"):
            taken = np.log(rng.random(len(u))) < power * (judged - found)
        u, found = np.where(taken[:, None], trial, u), np.where(taken, judged, found)
        accepted = float(taken.mean())
        step *= 1.4 if accepted > 0.35 else 0.6 if accepted < 0.15 else 1.0
    return u, found
