r"""A stand-in for the simulator: what it would answer, on average, at inputs that it was never run at.

A Gaussian process over a few hundred points, each the mean of some replications, answers at thousands of others in no
time, and says how far off it may be. It is refused where it would mislead: `Emulator.trusted` raises with the reason.

.. math:: y_i = \beta_0 + \beta^\mathsf{T} x_i + g(x_i) + d_i + e_i, \qquad
          \operatorname{cov}(g, g') = \sigma^2 \bigl(1 + \sqrt5\, r + \tfrac53 r^2\bigr) e^{-\sqrt5\, r},
          \quad r^2 = \sum_j \bigl(x_j - x'_j\bigr)^2 / \ell_j^2

:math:`e_i` is the luck left in the mean of point i, of the variance that its replications show; :math:`d_i` is what a
smooth surface misses (beds are whole). scikit-learn finds the lengths :math:`\ell`, :math:`\sigma` and the variance of
d by likelihood; the straight part is then found without loss (universal kriging), and every point is left out once in
closed form.

References
----------
Rasmussen, Williams (2006), Gaussian Processes for Machine Learning, chapters 2 and 5. Ankenman, Nelson, Staum (2010),
Operations Research 58(2), 371-382 (replications as a nugget). Dubrule (1983), Mathematical Geology 15(6), 687-699
(leave-one-out without refits). Loeppky, Sacks, Welch (2009), Technometrics 51(4), 366-376 (ten points an input).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, optimize, special

from cisim.errors import ModelError, nearest
from cisim.streams import address, uniforms

__all__ = ["Checked", "Emulator", "emulate", "replicated"]

Floats = NDArray[np.float64]
ENOUGH = 0.8  # of the variance that can be predicted at all
LEAST_SIGNAL = 0.3  # of the variance of the points: below it they are mostly luck
LEAST_COVERAGE = 0.85  # of intervals that should hold 95%: even 20 points go below in 1 sample of 60
FARTHEST = 6.0  # standard deviations: a jump, not an accident
UNEVEN = 0.6  # of the squared error at a twentieth of the points, where luck alone would leave 0.28
MOST_POINTS = 4000  # one matrix of them has to be solved
_SEEN = 300  # points that the lengths are learned from
_USUAL = (
    (1.0, 2.0, 1e-2),
    (1.0, 8.0, 1e-4),
    (0.1, 4.0, 1e-3),
)  # where that search may begin: size, lengths, missed
_TURNED = 5  # other places, by the seed
_REFINED = 2  # of all these, the likeliest
_STEPS = 40
_WAVES = 1000  # of a surface of the prior
_WEIGHT = 4.0  # replications that the pooled luck counts for beside a point's own
_BLOCK = 2000  # rows predicted at once
_LENGTHS = (0.1, 50.0)  # in standard deviations of an input
_MISSED = (1e-7, 1.0)  # of the variance of the output
_TREND = 100.0  # prior variance of the straight part while lengths are learned: next to free


@dataclass(frozen=True, slots=True)
class Checked:
    """How well an emulator says what it was not shown: each point predicted from all the others.

    Attributes
    ----------
    q2 : float
        Predictive coefficient: the share of the variance of the points that is predicted; below 0 worse than their
        mean.
    reachable : float
        The share that is not luck by the replications' own account, and so the most that any emulator could reach;
        1 where nothing is said of luck.
    coverage : float
        Share of the points inside their 95% intervals.
    worst : float
        The farthest point from its prediction, in standard deviations.
    good : bool
    words : str
        All that in a sentence, and where it is not good why, and what may help.
    """

    q2: float
    reachable: float
    coverage: float
    worst: float
    good: bool
    words: str


@dataclass(frozen=True, slots=True)
class _Surface:
    """The process given its points, all in standard units."""

    points: Floats  # inputs by their lengths, shape (n, p)
    straight: Floats  # columns of the trend, shape (n, p + 1)
    lengths: Floats  # shape (p,)
    size: float  # variance of what bends
    missed: float  # variance of what no smooth surface follows
    noise: Floats  # variances of luck, shape (n,)
    root: Floats  # Cholesky root of the covariance of the points, lower
    seen: Floats  # root^-1 straight, shape (n, p + 1)
    turn: tuple[Floats, Floats]  # its Q and R

    def between(self, scaled: Floats) -> Floats:
        """Return the covariance of rows and points, shape (m, n)."""
        return _matern(scaled / self.lengths, self.points, self.size)

    def solve(self, y: Floats) -> tuple[Floats, Floats]:
        """Return the trend and the weights of the points for outputs of shape (n,) or (n, k)."""
        seen = linalg.solve_triangular(self.root, y, lower=True)
        beta = linalg.solve_triangular(self.turn[1], self.turn[0].T @ seen)
        return beta, linalg.solve_triangular(self.root, seen - self.seen @ beta, lower=True, trans="T")


@dataclass(frozen=True, slots=True)
class Emulator:
    """What the simulator would answer on average, and how well that is known; made by `emulate`.

    Attributes
    ----------
    names : tuple of str
        Its inputs, by path.
    low, high : dict of str to float
        The range that its points cover: outside it guesses.
    check : Checked
        Leave-one-out.
    """

    names: tuple[str, ...]
    low: dict[str, float]
    high: dict[str, float]
    check: Checked
    _surface: _Surface
    _scale: tuple[Floats, Floats, float, float]  # middles and spreads of the inputs, of the output
    _solved: tuple[Floats, Floats]
    _output: Floats

    @property
    def points(self) -> int:
        """How many points it rests on."""
        return len(self._output)

    @property
    def missed(self) -> float:
        """Share of the variance of its points that no smooth surface follows, nor luck explains."""
        return self._surface.missed

    def trusted(self) -> Emulator:
        """Return it, where it is good enough.

        Raises
        ------
        ModelError
            Where leave-one-out says that it is not: why, and what may help.
        """
        if not self.check.good:
            raise ModelError("emulator", self.check.words)
        return self

    def told(self, at: Mapping[str, ArrayLike] | None = None, check: Checked | None = None) -> str:
        """Return what must stand beside every number and figure that rests on it.

        Parameters
        ----------
        at : as of `predict`, optional
            Where it was asked: a row that lies beyond its points by more than half a standard deviation is told.
        check : Checked, optional
            Of another output that its weights predict.
        """
        found = check or self.check
        words = (
            f"rests on an emulator of {self.points} simulated points (leave-one-out: {_percent(found.q2)} of the "
            f"variance predicted, {found.coverage:.0%} of the points inside their 95% intervals)"
        )
        beyond = self._beyond(at) if at else 0.0
        return f"{words}; {_percent(beyond)} of the rows lie beyond its points" if beyond else words

    def _beyond(self, at: Mapping[str, ArrayLike]) -> float:
        rows = self._scaled(at)
        low, high = (
            (np.array([*ends.values()]) - self._scale[0]) / self._scale[1] for ends in (self.low, self.high)
        )
        return float(((rows < low - 0.5) | (rows > high + 0.5)).any(axis=1).mean())

    def predict(self, inputs: Mapping[str, ArrayLike]) -> tuple[Floats, Floats]:
        """Return the expected output at other inputs, and its standard deviation.

        Parameters
        ----------
        inputs : mapping of str to array_like of float, shape (m,)
            Every input of the emulator, and no other.

        Returns
        -------
        mean, sd : ndarray of float, shape (m,)
            `sd` is about the *expected* output: luck is not in it, and what a smooth surface misses is.

        Raises
        ------
        ModelError
            For inputs that are missing, unknown, of different lengths or no numbers.
        """
        scaled = self._scaled(inputs)
        s, (beta, weights), spread = self._surface, self._solved, self._scale[3]
        mean, variance = np.empty(len(scaled)), np.empty(len(scaled))
        for first in range(0, len(scaled), _BLOCK):
            block = slice(first, first + _BLOCK)
            near, straight = s.between(scaled[block]), _straight(scaled[block])
            mean[block] = straight @ beta + near @ weights
            seen = linalg.solve_triangular(s.root, near.T, lower=True)
            bent = linalg.solve_triangular(s.turn[1], straight.T - s.seen.T @ seen, trans="T")
            variance[block] = s.size - (seen**2).sum(axis=0) + (bent**2).sum(axis=0) + s.missed
        return self._scale[2] + spread * mean, spread * np.sqrt(np.maximum(variance, 0.0))

    def weights(self, inputs: Mapping[str, ArrayLike]) -> tuple[Floats, Floats]:
        """Return what each point counts for in each prediction: they predict any output of the points as they do this.

        Parameters
        ----------
        inputs : as of `predict`

        Returns
        -------
        weights : ndarray of float, shape (m, points)
            Each row sums to one.
        sd : ndarray of float, shape (m,)
            As of `predict`, in standard deviations of the output over the points.

        Raises
        ------
        ModelError
            As `predict`.
        """
        scaled, s = self._scaled(inputs), self._surface
        beta, bent = s.solve(np.eye(self.points))
        found = np.empty((len(scaled), self.points))
        for first in range(0, len(scaled), _BLOCK):
            block = slice(first, first + _BLOCK)
            found[block] = _straight(scaled[block]) @ beta + s.between(scaled[block]) @ bent
        return found, self.predict(inputs)[1] / self._scale[3]

    def left_out(self) -> tuple[Floats, Floats]:
        """Return what predicting each point from all the others is off by, for any output of the points.

        Returns
        -------
        errors : ndarray of float, shape (points, points)
            ``errors @ output`` is the output less its prediction; each row sums to zero.
        size : ndarray of float, shape (points,)
            How large each error should be, its luck included, in standard deviations of the output.
        """
        whole = _precision_root(self._surface)
        precision = (whole**2).sum(axis=0)
        return whole.T @ whole / precision[:, None], 1 / np.sqrt(precision)

    def checked(self, output: ArrayLike, noise: ArrayLike | None = None) -> Checked:
        """Return how well the weights of this emulator predict another output of the same points.

        Parameters
        ----------
        output, noise : as of `emulate`

        Notes
        -----
        Intervals are widened by as much as the errors are larger than they should be on average, so that `coverage` and
        `worst` tell of single points alone.
        """
        y, n = _column(output, "output"), self.points
        if len(y) != n or np.ptp(y) <= 0:
            raise ModelError(
                "output", f"got {len(y)} values, want one for each of {n} points, not all the same"
            )
        scaled = (y - y.mean()) / y.std()
        luck = None if noise is None else _luck(noise, n) / y.var()
        return _left_out(self._surface, scaled, luck, widened=True)

    def draw(self, inputs: Mapping[str, ArrayLike], k: int, *, seed: int = 1) -> Floats:
        """Return `k` surfaces that the points leave possible, at other inputs.

        Unlike `predict`, whose sd is each row's own, a surface is one and the same over all the rows: what is worked
        out on each of `k` surfaces (a share of variance, a best option) has the spread that the emulator leaves it.
        What a smooth surface misses is not in them.

        Parameters
        ----------
        inputs : as of `predict`
        k : int
        seed : int

        Returns
        -------
        ndarray of float, shape (k, m)

        Raises
        ------
        ModelError
            As `predict`.

        Notes
        -----
        A surface of the prior, from 1,000 random waves of the kernel's spectrum, is corrected by what it is off at
        the points: Wilson and others (2020), Proc. ICML 119, 10292-10302.
        """
        if k < 1:
            raise ModelError("k", f"got {k}, want 1 or more")
        scaled, s = self._scaled(inputs), self._surface
        waves = _Waves(len(self.names), k, seed)
        luck = _normals(address(seed, "emulator", "luck"), self.points * k).reshape(self.points, k)
        off = self._output[:, None] - np.sqrt(s.size) * waves.at(s.points)
        beta, weights = s.solve(off - np.sqrt(s.noise + s.missed)[:, None] * luck)
        out = np.empty((k, len(scaled)))
        for first in range(0, len(scaled), _BLOCK):
            rows = scaled[first : first + _BLOCK]
            prior = np.sqrt(s.size) * waves.at(rows / s.lengths)
            out[:, first : first + _BLOCK] = (prior + _straight(rows) @ beta + s.between(rows) @ weights).T
        return self._scale[2] + self._scale[3] * out

    def _scaled(self, inputs: Mapping[str, ArrayLike]) -> Floats:
        for name in self.names:
            if name not in inputs:
                raise ModelError("inputs", f"got no {name!r}, want every input of the emulator")
        for name in inputs:
            if name not in self.names:
                text = f"got {name!r}, want an input of the emulator{nearest(name, self.names)}"
                raise ModelError("inputs", text)
        values = _columns({name: inputs[name] for name in self.names})
        return np.asarray((values - self._scale[0]) / self._scale[1])


def replicated(outputs: ArrayLike) -> tuple[Floats, Floats]:
    """Return the mean of each point, and the variance of the luck left in it, from replications.

    Luck that a replication brings to every point alike (common random numbers) moves no point against another: it is
    left out, as the level of all points is no surface. A point's own variance from few replications is itself mostly
    luck, so it is drawn towards that of all the points, which counts for four replications: an assumption.

    Parameters
    ----------
    outputs : array_like of float, shape (n, replications)
        A column is the same luck at every point.

    Returns
    -------
    means, noise : ndarray of float, shape (n,)

    Raises
    ------
    ModelError
        For fewer than two points or replications, or a value that is no number, by its row.

    Examples
    --------
    >>> means, noise = replicated([[1.0, 2.0], [2.0, 3.0], [5.0, 6.0]])
    >>> means.tolist(), noise.tolist()
    ([1.5, 2.5, 5.5], [0.0, 0.0, 0.0])
    """
    y = np.asarray(outputs, dtype=np.float64)
    if y.ndim != 2 or min(y.shape) < 2:
        raise ModelError(
            "outputs", f"got an array of shape {y.shape}, want two points or more by two replications or more"
        )
    bad = np.argwhere(~np.isfinite(y))
    if len(bad):
        row, column = bad[0].tolist()
        text = (
            f"got {y[row, column]} in row {row}, replication {column} (counted from 0), want finite numbers"
        )
        raise ModelError("outputs", text)
    n, r = y.shape
    mean = y.mean(axis=1)
    left = y - mean[:, None] - y.mean(axis=0) + y.mean()
    own = (left**2).sum(axis=1) / ((r - 1) * (1 - 1 / n))
    return mean, np.asarray((_WEIGHT * own.mean() + (r - 1) * own) / (_WEIGHT + r - 1) / r)


def emulate(
    inputs: Mapping[str, ArrayLike], output: ArrayLike, *, noise: ArrayLike | None = None, seed: int = 1
) -> Emulator:
    """Return an emulator of one output over the inputs that it was simulated at.

    Parameters
    ----------
    inputs : mapping of str to array_like of float, shape (n,)
        By path; ten points an input is the usual advice, spread evenly (`sample`).
    output : array_like of float, shape (n,)
        The mean of the replications at each point.
    noise : array_like of float, shape (n,), optional
        The variance of the luck left in each mean, from `replicated`; zeros where there is none. Not given, it is
        learned, and what a smooth surface misses is taken for luck.
    seed : int
        Of the places where the search for the lengths begins: the same seed gives the same emulator.

    Returns
    -------
    Emulator
        Checked, and not yet trusted.

    Raises
    ------
    ModelError
        For arrays that do not fit together, values that are no numbers (by row), an input or output that is the same
        at every point, fewer points than twice the coefficients of a straight line, or more than 4,000.

    Examples
    --------
    >>> import numpy as np
    >>> x = {"beds": np.linspace(10, 20, 30), "days": np.tile([1.0, 2.0, 3.0], 10)}
    >>> emulator = emulate(x, x["beds"] ** 2 + x["days"], noise=np.zeros(30)).trusted()
    >>> mean, sd = emulator.predict({"beds": [15.1], "days": [2.5]})
    >>> bool(abs(mean[0] - (15.1**2 + 2.5)) < 0.1)
    True
    """
    names = tuple(inputs)
    if not names:
        raise ModelError("inputs", "got no inputs, want at least one")
    values, y = _columns(inputs), _column(output, "output")
    n, p = values.shape
    if len(y) != n:
        raise ModelError("output", f"got {len(y)} values, want one for each of {n} points")
    least = max(10, 2 * (p + 1))
    if not least <= n <= MOST_POINTS:
        text = f"got {n} points for {p} inputs, want {least} to {MOST_POINTS:,}; {10 * p} is the usual advice"
        raise ModelError("emulator", text)
    middle, spread = values.mean(axis=0), values.std(axis=0)
    for name, column in zip((*names, "output"), (*values.T, y), strict=True):
        if np.ptp(column) <= 1e-12 * float(np.abs(column).max()):
            raise ModelError(
                name, "got the same number at every point: there is nothing to learn, leave it out"
            )
    level, size = float(y.mean()), float(y.std())
    luck = np.zeros(n) if noise is None else _luck(noise, n) / size**2
    scaled, output_ = (values - middle) / spread, (y - level) / size
    learned = _learn(scaled, output_, luck, seed)
    surface = _surface(scaled, luck, learned)
    check = _left_out(surface, output_, None if noise is None else luck)
    if noise is None:  # what is missed is luck
        surface = replace(surface, noise=luck + surface.missed, missed=0.0)
    return Emulator(
        names,
        dict(zip(names, values.min(axis=0).tolist(), strict=True)),
        dict(zip(names, values.max(axis=0).tolist(), strict=True)),
        check,
        surface,
        (middle, spread, level, size),
        surface.solve(output_),
        output_,
    )


# -- the process --------------------------------------------------------------------------------------


def _straight(scaled: Floats) -> Floats:
    return np.hstack([np.ones((len(scaled), 1)), scaled])


def _matern(rows: Floats, points: Floats, size: float) -> Floats:
    """Return the covariance of rows and points whose inputs are in units of their lengths."""
    squares = (rows**2).sum(axis=1)[:, None] + (points**2).sum(axis=1) - 2 * rows @ points.T
    r = np.sqrt(5 * np.maximum(squares, 0.0))
    return np.asarray(size * (1 + r + r**2 / 3) * np.exp(-r))


def _learn(scaled: Floats, y: Floats, luck: Floats, seed: int) -> tuple[Floats, float, float]:
    """Return the likeliest lengths, variance of what bends and variance of what is missed."""
    from sklearn.gaussian_process import GaussianProcessRegressor  # noqa: PLC0415 - costs a second or two
    from sklearn.gaussian_process.kernels import (  # noqa: PLC0415
        ConstantKernel,
        DotProduct,
        Matern,
        WhiteKernel,
    )
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    n, p = scaled.shape
    seen = np.argsort(uniforms(address(seed, "emulator", "seen"), 0, n))[:_SEEN]
    bends = ConstantKernel(1.0, (1e-5, 1e3)) * Matern(np.full(p, 2.0), _LENGTHS, nu=2.5)
    trend = ConstantKernel(_TREND, "fixed") * DotProduct(1.0, "fixed")

    def best(objective: Any, _: Floats, bounds: Any) -> tuple[Floats, float]:
        starts = sorted(_starts(p, seed), key=lambda start: float(objective(start, eval_gradient=False)))
        found = [
            optimize.minimize(
                objective, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": _STEPS}
            )
            for start in starts[:_REFINED]
        ]
        likeliest = min(found, key=lambda one: float(one.fun))
        return likeliest.x, float(likeliest.fun)

    process = GaussianProcessRegressor(
        bends + WhiteKernel(1e-2, _MISSED) + trend, alpha=luck[seen] + 1e-10, optimizer=best
    )
    with warnings.catch_warnings(), threadpool_limits(1, "blas"):  # small matrices: threads would only wait
        warnings.simplefilter("ignore")  # of an input without effect: a length at its bound
        process.fit(scaled[seen], y[seen])
    theta = np.exp(process.kernel_.theta)
    return theta[1 : p + 1], float(theta[0]), float(theta[p + 1])


def _starts(inputs: int, seed: int) -> list[Floats]:
    """Return where the search begins, as logarithms: size, lengths, missed."""
    usual = np.array([[size, *[length] * inputs, missed] for size, length, missed in _USUAL])
    turned = uniforms(address(seed, "emulator", "starts"), 0, _TURNED * inputs).reshape(_TURNED, inputs)
    others = np.column_stack([np.ones(_TURNED), 0.5 * 40.0**turned, np.full(_TURNED, 1e-3)])
    return [*np.log(usual), *np.log(others)]


def _surface(scaled: Floats, luck: Floats, learned: tuple[Floats, float, float]) -> _Surface:
    lengths, size, missed = learned
    points, straight = scaled / lengths, _straight(scaled)
    covariance = _matern(points, points, size)
    covariance[np.diag_indices_from(covariance)] += luck + missed + 1e-10
    root = linalg.cholesky(covariance, lower=True)
    seen = linalg.solve_triangular(root, straight, lower=True)
    turn, upper = linalg.qr(seen, mode="economic")
    if np.abs(np.diag(upper)).min() <= 1e-10 * np.abs(np.diag(upper)).max():
        raise ModelError("inputs", "got inputs of which one is a sum of others, want inputs that move apart")
    return _Surface(
        points, straight, lengths, size, missed, luck, root, seen, (np.asarray(turn), np.asarray(upper))
    )


class _Waves:
    """Surfaces of the prior, of variance one: sums of waves of the kernel's spectrum, a Student's t."""

    def __init__(self, inputs: int, surfaces: int, seed: int) -> None:
        normal = _normals(address(seed, "emulator", "waves"), inputs * _WAVES).reshape(inputs, _WAVES)
        spread = special.gammaincinv(2.5, uniforms(address(seed, "emulator", "spectrum"), 0, _WAVES)) / 2.5
        self.turns = normal / np.sqrt(spread)
        self.phases = 2 * np.pi * uniforms(address(seed, "emulator", "phases"), 0, _WAVES)
        self.heights = _normals(address(seed, "emulator", "heights"), _WAVES * surfaces).reshape(_WAVES, -1)

    def at(self, rows: Floats) -> Floats:
        """Return the surfaces at rows in units of their lengths, shape (m, surfaces)."""
        return np.asarray(np.sqrt(2 / _WAVES) * np.cos(rows @ self.turns + self.phases) @ self.heights)


def _normals(key: int, count: int) -> Floats:
    return np.asarray(special.ndtri(uniforms(key, 0, count)))


# -- leave-one-out ------------------------------------------------------------------------------------


def _precision_root(s: _Surface) -> Floats:
    """Return W of the precision matrix W'W of the points once the straight part is taken off."""
    whole = linalg.solve_triangular(s.root, np.eye(len(s.noise)), lower=True)
    return np.asarray(whole - s.turn[0] @ (s.turn[0].T @ whole))


def _left_out(s: _Surface, y: Floats, luck: Floats | None, *, widened: bool = False) -> Checked:
    """Return how well each point is predicted from all the others, without another fit."""
    whole = _precision_root(s)
    precision = (whole**2).sum(axis=0)
    errors = whole.T @ (whole @ y) / precision
    q2 = 1 - float(np.square(errors).sum()) / len(y)  # the output has variance one
    reachable = 1.0 if luck is None else max(1 - float(luck.mean()), 0.0)
    far = np.abs(errors) * np.sqrt(precision)
    far = far / max(1.0, float(np.sqrt(np.square(far).mean()))) if widened else far
    coverage, worst = float((far <= special.ndtri(0.975)).mean()), float(far.max())
    squares = np.sort(errors**2)
    uneven = float(squares[-max(1, len(y) // 20) :].sum() / max(squares.sum(), 1e-300))
    words = (
        f"leave-one-out over {len(y)} points: {_percent(q2)} of their variance predicted"
        + (f" of the {_percent(reachable)} that is not luck" if luck is not None else "")
        + f", {coverage:.0%} of them inside their 95% intervals, the farthest {worst:.1f} standard deviations off"
    )
    if uneven > UNEVEN:
        words += f"; {uneven:.0%} of the squared error lies at a twentieth of the points: the output may jump there"
    wrong = _wrong(q2, reachable, coverage, worst)
    return Checked(q2, reachable, coverage, worst, not wrong, f"{wrong}; {words}" if wrong else words)


def _wrong(q2: float, reachable: float, coverage: float, worst: float) -> str:
    """Return why an emulator is not good enough, or nothing."""
    if reachable < LEAST_SIGNAL:
        return f"the points are mostly luck ({_percent(1 - reachable)} of their variance): more replications a point"
    if q2 < ENOUGH * reachable:
        want = _percent(ENOUGH * reachable)
        return f"too little of the output is predicted (want {want}): more points, or fewer inputs"
    if worst > FARTHEST:
        return (
            "a point lies where it cannot: the output jumps, and no smooth surface follows; run the simulator"
        )
    if coverage < LEAST_COVERAGE:
        return f"its intervals are too narrow (want {LEAST_COVERAGE:.0%} of the points or more inside): more points"
    return ""


def _percent(share: float) -> str:
    """Return a share in percent, and not 100% where it is less."""
    return f"{share:.1%}" if 0.99 <= share < 0.9995 else f"{share:.0%}"


# -- what is given ------------------------------------------------------------------------------------


def _column(values: ArrayLike, where: str) -> Floats:
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1 or not len(column):
        raise ModelError(where, f"got an array of shape {column.shape}, want one number for each point")
    bad = np.flatnonzero(~np.isfinite(column))
    if len(bad):
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        text = f"got {column[bad[0]]} in row {bad[0]} (counted from 0){more}, want finite numbers"
        raise ModelError(where, text)
    return column


def _columns(inputs: Mapping[str, ArrayLike]) -> Floats:
    columns = {name: _column(values, name) for name, values in inputs.items()}
    rows = {len(column) for column in columns.values()}
    if len(rows) > 1:
        told = ", ".join(f"{name} {len(column)}" for name, column in columns.items())
        raise ModelError("inputs", f"got different numbers of rows ({told}), want the same of each")
    return np.column_stack(list(columns.values()))


def _luck(noise: ArrayLike, points: int) -> Floats:
    luck = _column(noise, "noise")
    if len(luck) != points or (luck < 0).any():
        raise ModelError("noise", f"want a variance of 0 or more for each of {points} points")
    return luck
