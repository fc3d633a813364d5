r"""History matching: what hidden numbers can be ruled out, in waves of simulated points.

After each wave every target has an emulator :math:`m(u) \pm s(u)`, and numbers u are ruled out where

.. math:: I(u) = \max_j \frac{|m_j(u) - z_j|}{\sqrt{s_j(u)^2 + v_j}} > 3

with :math:`v_j` the variance of the target's error, the discrepancy of a right model and the luck of the records. By
Pukelsheim's rule any one-humped error lies within three standard deviations 19 times in 20. The next wave is simulated
among what is left, where the emulators are then better.

References
----------
Vernon, Goldstein, Bower (2010), Bayesian Analysis 5(4), 619-669. Andrianakis and others (2015), PLoS Comput. Biol.
11(1), e1003968 (an epidemic model of 22 inputs). Pukelsheim (1994), Am. Stat. 48(2), 88-91. Au and Beck (2001),
Probabilistic Engineering Mechanics 16(4), 263-277 (subset simulation).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from cisim.analysis import emulate
from cisim.calibrate.aims import scaled
from cisim.errors import ModelError
from cisim.streams import address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cisim.analysis import Emulator
    from cisim.calibrate.aims import Aims, Floats

__all__ = ["CUTOFF", "Emulated", "Left", "Surfaces", "left_over", "ruled", "spread_out", "surfaces"]

CUTOFF = 3.0
LEAST_COVERAGE = 0.85  # of intervals that should hold 95%, below which an emulator rules nothing out
POPULATION = 1000
_KEPT = 0.2  # of the population at each level
_MOVES = 5
_LEVELS = 40


@dataclass(frozen=True, slots=True)
class Surfaces:
    """The emulators of one wave.

    Attributes
    ----------
    aims : Aims
        The targets that have one; others say nothing here.
    emulators : tuple of Emulator
        In the order of `aims`.
    width : ndarray of float, shape (targets,)
        Of the scale that they answer on.
    luck : ndarray of float, shape (targets,)
        Variance of the luck of the records, in the targets' own units; 0 where it is stated or there is none.
    dropped : dict of str to str
        Targets without one, and why.
    """

    aims: Aims
    emulators: tuple[Emulator, ...]
    width: Floats
    luck: Floats
    dropped: dict[str, str] = field(default_factory=dict)

    def at(self, u: Floats) -> tuple[Floats, Floats]:
        """Return what points give on the scale, and the emulators' standard deviation, both (n, targets)."""
        inputs = {name: u[:, i] for i, name in enumerate(_names(u.shape[1]))}
        both = [one.predict({name: inputs[name] for name in one.names}) for one in self.emulators]
        return np.column_stack([m for m, _ in both]), np.column_stack([s for _, s in both])

    @property
    def variance(self) -> Floats:
        """Variance of each target about what a right model gives, on the scale, shape (targets,)."""
        return np.asarray((self.aims.error**2 + self.luck) / self.width**2)


class Emulated(Protocol):
    """What answers as `Surfaces` does."""

    @property
    def aims(self) -> Aims:
        """The targets."""

    @property
    def width(self) -> Floats:
        """Width of the scale of each."""

    @property
    def variance(self) -> Floats:
        """Variance of each about what a right model gives, on the scale."""

    def at(self, u: Floats) -> tuple[Floats, Floats]:
        """Return what points give on the scale, and the standard deviations of the emulators."""


def _names(p: int) -> list[str]:
    return [f"u{i}" for i in range(p)]


def surfaces(u: Floats, outputs: Floats, aims: Aims, luck: Floats, *, seed: int) -> Surfaces:
    """Return an emulator of each target over simulated points.

    Parameters
    ----------
    u : ndarray of float, shape (n, p)
        Where the points lie, as quantiles of the priors.
    outputs : ndarray of float, shape (n, replications, targets)
    aims : Aims
    luck : ndarray of float, shape (targets,)
        Variance of the luck of the records.
    seed : int

    Raises
    ------
    ModelError
        Where no target can be emulated.
    """
    width = aims.width(luck)
    there = np.isfinite(outputs).all(axis=(1, 2))
    means, noise = scaled(outputs[there], aims, width)
    made: list[Emulator] = []
    dropped: dict[str, str] = {}
    kept = np.zeros(len(aims.names), bool)
    inputs = {name: u[there, i] for i, name in enumerate(_names(u.shape[1]))}
    moving = {name: column for name, column in inputs.items() if np.ptp(column) > 0}
    for j, name in enumerate(aims.names):
        try:
            one = emulate(moving, means[:, j], noise=noise[:, j], seed=seed)
        except ModelError as error:
            dropped[name] = error.text
            continue
        if one.check.coverage < LEAST_COVERAGE:
            dropped[name] = one.check.words
            continue
        kept[j] = True
        made.append(one)
    if not made:
        raise ModelError(
            "targets", "none can be emulated: " + "; ".join(f"{k}: {v}" for k, v in dropped.items())
        )
    return Surfaces(aims.part(kept), tuple(made), width[kept], luck[kept], dropped)


def ruled(waves: Sequence[Emulated], u: Floats, limit: float = np.inf) -> Floats:
    """Return the implausibility of points by all waves, shape (n,): above 3, they are ruled out.

    The last wave is asked first, and those before it only about points that are not above the limit yet.
    """
    out = np.zeros(len(u))
    for wave in reversed(waves):
        here = np.flatnonzero(out <= limit)
        if len(here):
            m, s = wave.at(u[here])
            out[here] = np.maximum(out[here], (np.abs(m) / np.sqrt(s**2 + wave.variance)).max(axis=1))
    return out


@dataclass(frozen=True, slots=True)
class Left:
    """What is not ruled out.

    Attributes
    ----------
    points : ndarray of float, shape (n, p)
        Spread over it as the prior is.
    share : float
        Its share of the prior; 0 where nothing is left.
    nearest : float
        The least implausibility that was found.
    """

    points: Floats
    share: float
    nearest: float


def left_over(
    judge: Callable[[Floats, float], Floats],
    p: int,
    *,
    seed: int,
    cutoff: float = CUTOFF,
    n: int = POPULATION,
) -> Left:
    """Return points spread over what is not ruled out, and its share of the prior, by subset simulation.

    Parameters
    ----------
    judge : callable
        Implausibility, shape (m,), of points of shape (m, p); above the limit, its second argument, anything above it.
    p : int
        How many hidden numbers there are.
    seed : int
    cutoff : float
    n : int
        How many points.

    Examples
    --------
    >>> import numpy as np
    >>> left = left_over(lambda u, _: 30 * np.abs(u).max(axis=1), 2, seed=1)  # a corner of 1% of the square
    >>> bool(0.007 < left.share < 0.013), bool(left.points.max() <= 0.1)
    (True, True)
    """
    rng = np.random.default_rng(address(seed, "calibrate", "left"))
    u = rng.random((n, p))
    found = judge(u, np.inf)
    share, nearest = 1.0, float(found.min())
    for _ in range(_LEVELS):
        level = max(cutoff, float(np.quantile(found, _KEPT)))
        inside = found <= level
        share *= float(inside.mean())
        if not inside.any():
            return Left(u[:0], 0.0, nearest)
        picked = rng.choice(np.flatnonzero(inside), n)
        u, found = _moved(judge, u[picked], found[picked], level, rng)
        nearest = min(nearest, float(found.min()))
        if level <= cutoff:
            return Left(u, share, nearest)
        if share < 1e-12:
            break
    return Left(u[:0], 0.0, nearest)


def _moved(
    judge: Callable[[Floats, float], Floats], u: Floats, found: Floats, level: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return points moved about without leaving what lies within the level."""
    step = 1.0
    for _ in range(_MOVES):
        trial = reflected(u + step * walk(u, rng))
        judged = judge(trial, level)
        taken = judged <= level
        u, found = np.where(taken[:, None], trial, u), np.where(taken, judged, found)
        step *= 1.5 if taken.mean() > 0.35 else 0.6 if taken.mean() < 0.15 else 1.0
    return u, found


def walk(u: Floats, rng: np.random.Generator) -> Floats:
    """Return a random step for each point, shaped as the cloud of points is."""
    p = u.shape[1]
    cloud = np.atleast_2d(np.cov(u.T)) + 1e-10 * np.eye(p)
    return np.asarray(rng.standard_normal(u.shape) @ np.linalg.cholesky(cloud).T * 2.38 / np.sqrt(p) / 2)


def reflected(u: Floats) -> Floats:
    """Return points folded back into the unit cube at its walls.

    >>> reflected(np.array([-0.1, 0.4, 1.2])).round(10).tolist()
    [0.1, 0.4, 0.8]
    """
    turned = np.abs(u) % 2.0
    return np.where(turned > 1.0, 2.0 - turned, turned)


def spread_out(points: Floats, n: int, taken: Floats) -> NDArray[np.int64]:
    """Return the indices of `n` points, each the farthest from those before it and from those taken already."""
    scale = np.maximum(points.std(axis=0), 1e-9)
    far = np.full(len(points), np.inf)
    for one in taken:
        far = np.minimum(far, (((points - one) / scale) ** 2).sum(axis=1))
    out = []
    for _ in range(min(n, len(points))):
        best = int(far.argmax()) if np.isfinite(far).all() else 0
        out.append(best)
        far = np.minimum(far, (((points - points[best]) / scale) ** 2).sum(axis=1))
    return np.array(out, np.int64)
