r"""Regression that finds the mean of something at given parameters, with how wrong that mean may be.

A *basis* turns parameters into two blocks of columns, F and Z. The fit is free on F (a constant, each
parameter in a straight line, levels) and held back on Z (what bends) by a ridge penalty,

.. math:: \hat y = F\alpha + Z\beta,\qquad \min \lVert y - \hat y\rVert^2 + \lambda\lVert\beta\rVert^2

with :math:`\lambda` by generalised cross-validation. So what is straight is found without loss, and what
bends as far as the draws show. After one decomposition every :math:`\lambda` costs next to nothing. The
errors are those of the Bayesian reading, in which the penalty is a prior: they hold the error of being held
back too.

References
----------
Craven, Wahba (1979), Numerische Mathematik 31:377 (generalised cross-validation). Nychka (1988), JASA 83:1134
(Bayesian intervals). Rasmussen, Williams (2006), Gaussian Processes for Machine Learning, section 8.3.4
(projected process).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.interpolate import BSpline

from cisim.errors import ModelError
from cisim.streams import address, uniforms

__all__ = ["Basis", "Smooth", "gaussian_process", "smooth", "splines"]

Floats = NDArray[np.float64]
LEVELS = 12  # a parameter with no more different values is taken value by value
KNOTS = 10  # spans between quantiles; the penalty decides how much of their freedom is used
_SEEN, _INDUCING = 300, 200  # draws that a Gaussian process learns its lengths from, and that it rests on
_PENALTIES = np.geomspace(1e-9, 1e7, 49)


@dataclass(frozen=True, slots=True)
class Basis:
    """Parameters as columns.

    Attributes
    ----------
    name : str
    columns : function of ndarray of float, shape (n, p)
        Returns F and Z, shapes (n, f) and (n, z).
    lattice : bool
        Whether it knows only the values that it was made of.
    """

    name: str
    columns: Callable[[Floats], tuple[Floats, Floats]]
    lattice: bool = False


@dataclass(frozen=True, slots=True)
class Smooth:
    """A fit of d outputs to n draws.

    Attributes
    ----------
    basis : Basis
    fitted, residuals : ndarray of float, shape (n, d)
    freedom : ndarray of float, shape (d,)
        Effective degrees of freedom.
    noise : ndarray of float, shape (d, d)
        Covariance of the residuals.
    seen : (ndarray of float, shape (n, f); ndarray of float, shape (n, z))
        As from `features`, at the draws that it is fitted to.
    """

    basis: Basis
    fitted: Floats
    residuals: Floats
    freedom: Floats
    noise: Floats
    seen: tuple[Floats, Floats]
    _turn: tuple[Floats, Floats, Floats]
    _coefficients: tuple[Floats, Floats]
    _spread: Floats  # standard deviation of each held coefficient in units of the noise, shape (z, d)

    def features(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the columns at other parameters, turned so that their coefficients are independent."""
        free, held = self.basis.columns(values)
        straighten, explain, turn = self._turn
        return free @ straighten, (held - free @ explain) @ turn

    def at(self, features: tuple[Floats, Floats]) -> Floats:
        """Return the fit at such features, shape (n, d)."""
        return np.asarray(features[0] @ self._coefficients[0] + features[1] @ self._coefficients[1])

    def variance(self, features: tuple[Floats, Floats], weights: Floats) -> float:
        """Return the variance of the sum of weights times the fit, by the errors of the coefficients.

        Parameters
        ----------
        features : as from `features`
        weights : ndarray of float, shape (n, d)
        """
        free, held = features[0].T @ weights, (features[1].T @ weights) * self._spread
        return float((self.noise * (free.T @ free + held.T @ held)).sum())


def smooth(basis: Basis, values: Floats, outputs: Floats) -> Smooth:
    """Return the fit of `outputs`, shape (n, d), to parameters, shape (n, p).

    Raises
    ------
    ModelError
        Where there are not at least twice as many draws as columns.
    """
    free, held = basis.columns(values)
    count = len(outputs)
    if count < 2 * (free.shape[1] + held.shape[1]):
        least = 2 * (free.shape[1] + held.shape[1])
        text = f"got {count} draws, want at least {least} for {values.shape[1]} parameters"
        raise ModelError("regression", text)
    left, sizes, right = np.linalg.svd(free, full_matrices=False)
    real = sizes > sizes[0] * 1e-10
    left, straighten = left[:, real], right[real].T / sizes[real]
    explain = straighten @ (left.T @ held)
    rest = held - free @ explain
    power, turn = linalg.eigh(rest.T @ rest) if held.shape[1] else (np.empty(0), np.empty((0, 0)))
    power = np.maximum(power, 0.0)
    level = left.T @ outputs
    pull = turn.T @ (rest.T @ outputs)
    total = (outputs**2).sum(axis=0) - (level**2).sum(axis=0)
    penalties = _PENALTIES * (power.mean() if len(power) else 1.0) + 1e-300
    shrunk = 1 / (power[:, None] + penalties)  # (z, number of penalties)
    freedom = left.shape[1] + (power[:, None] * shrunk).sum(axis=0)
    squares = total[:, None] - (pull**2).T @ (2 * shrunk - power[:, None] * shrunk**2)
    best = (np.maximum(squares, 0.0) / (count - freedom) ** 2).argmin(axis=1)
    chosen = shrunk[:, best]  # (z, d)
    bent = chosen * pull
    turned = rest @ turn
    fitted = left @ level + turned @ bent
    residuals = outputs - fitted
    degrees = freedom[best]
    scale = np.sqrt(count - degrees)
    noise = (residuals / scale).T @ (residuals / scale)
    return Smooth(
        basis,
        fitted,
        residuals,
        degrees,
        noise,
        (left, turned),
        (straighten, explain, turn),
        (level, bent),
        np.sqrt(chosen),
    )


def _standard(values: Floats) -> tuple[Floats, Floats]:
    spread = values.std(axis=0)
    return values.mean(axis=0), np.where(spread > 0, spread, 1.0)


def _levels(values: Floats) -> Callable[[Floats], Floats]:
    """Return a function that marks which of the rows of `values` each row is."""
    known = np.unique(values, axis=0)

    def mark(rows: Floats) -> Floats:
        return np.asarray((rows[:, None, :] == known[None, :, :]).all(axis=2), dtype=np.float64)

    return mark


def _bends(column: Floats) -> Callable[[Floats], Floats]:
    """Return a function that gives cubic B-splines between quantiles of `column`."""
    knots = np.unique(np.quantile(column, np.linspace(0, 1, KNOTS + 1)))
    padded = np.r_[[knots[0]] * 3, knots, [knots[-1]] * 3]

    def bend(x: Floats) -> Floats:
        inside = np.clip(x, knots[0], knots[-1])
        return np.asarray(BSpline.design_matrix(inside, padded, 3).toarray())

    return bend


def splines(values: Floats) -> Basis:
    """Return additive cubic splines: each parameter bends on its own, and none acts through another.

    A parameter of at most `LEVELS` different values is taken value by value; where all are such and their
    combinations are few, combination by combination, which is exact.

    Parameters
    ----------
    values : ndarray of float, shape (n, p)
    """
    few = np.array([len(np.unique(column)) <= LEVELS for column in values.T])
    if few.all() and len(np.unique(values, axis=0)) <= max(LEVELS, len(values) // 50):
        mark = _levels(values)
        return Basis("levels", lambda rows: (mark(rows), np.empty((len(rows), 0))), lattice=True)
    middle, spread = _standard(values)
    marks = {j: _levels(values[:, [j]]) for j in np.flatnonzero(few)}
    bends = {j: _bends(values[:, j]) for j in np.flatnonzero(~few)}

    def columns(rows: Floats) -> tuple[Floats, Floats]:
        straight = ((rows - middle) / spread)[:, ~few]
        free = [np.ones((len(rows), 1)), straight, *(mark(rows[:, [j]]) for j, mark in marks.items())]
        return np.hstack(free), np.hstack([bend(rows[:, j]) for j, bend in bends.items()])

    return Basis("splines", columns, lattice=bool(few.any()))


def gaussian_process(values: Floats, outputs: Floats) -> Basis:
    """Return a Gaussian process: a few parameters together, however they act through each other.

    Its lengths, one for each parameter, are the likeliest for the main direction of the outputs in some of
    the draws; it then rests on as many points as a projected process and is fitted to all draws.

    Parameters
    ----------
    values : ndarray of float, shape (n, p)
    outputs : ndarray of float, shape (n, d)
    """
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 - costs a second or two
    from sklearn.gaussian_process import GaussianProcessRegressor  # noqa: PLC0415
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel  # noqa: PLC0415

    middle, spread = _standard(values)
    scaled = (values - middle) / spread
    some = np.argsort(uniforms(address("gaussian process"), 0, len(values)))
    centred = outputs - outputs.mean(axis=0)
    main = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    seen = some[:_SEEN]
    kernel = ConstantKernel(1.0, (1e-3, 1e3)) * RBF(np.full(values.shape[1], 2.0), (0.1, 100.0))
    learner = GaussianProcessRegressor(kernel + WhiteKernel(0.5, (1e-6, 10.0)), normalize_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # of a parameter without effect: a length at its bound
        learner.fit(scaled[seen], main[seen])
    lengths = np.exp(learner.kernel_.theta[1:-1])
    points = np.unique(scaled[some[:_INDUCING]], axis=0) / lengths

    def near(rows: Floats) -> Floats:
        gap = (rows**2).sum(axis=1)[:, None] + (points**2).sum(axis=1) - 2 * rows @ points.T
        return np.asarray(np.exp(-0.5 * np.maximum(gap, 0.0)))

    root = np.linalg.cholesky(near(points) + 1e-8 * np.eye(len(points)))

    def columns(rows: Floats) -> tuple[Floats, Floats]:
        here = (rows - middle) / spread
        bent = linalg.solve_triangular(root, near(here / lengths).T, lower=True).T
        return np.hstack([np.ones((len(rows), 1)), here]), bent

    return Basis("gaussian process", columns)
