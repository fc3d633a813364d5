r"""Interrupted time series: what a change did, beside what the trend and the season would have done without it.

.. math:: y_t = \beta_0 + \beta_1 t + \text{season}_t + D_t\,(\beta_2 + \beta_3 (t - t_c)) + e_t, \qquad
          \operatorname{cor}(e_s, e_t) = \rho^{|t - s|}

:math:`D_t` is 1 from the change on. How much a period is like the one before it (:math:`\rho`) is not known, and a
short series says little of it: rather than to put one value in its place, the estimate is averaged over all of them,
each by how likely it makes what was seen (the restricted likelihood, flat in :math:`\rho`). Given :math:`\rho` an
effect has Student's t; its interval is that of the mixture. With one value put in, intervals are too narrow.

Where it is said how many patients a period's number is of, small periods count for less: the variance of a period is
partly the same for all and partly in inverse proportion to its patients, and how much is which is averaged over too.

References
----------
Wagner, Soumerai, Zhang, Ross-Degnan (2002), J. Clin. Pharm. Ther. 27(4), 299-309 (segmented regression). Turner and
others (2021), BMC Med. Res. Methodol. 21, 181 (how badly the usual intervals cover). Zellner, Tiao (1964), J. Am. Stat.
Assoc. 59(307), 763-778 (the mixture over the autocorrelation).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from cisim.analysis import Estimate
from cisim.errors import ModelError

__all__ = ["LEAST_PERIODS", "Interrupted", "interrupted"]

Floats = NDArray[np.float64]
LEAST_PERIODS = 8
"""Periods with a value on each side of the change: an assumption, as is usually advised for segmented regression."""
_RHO = np.linspace(-0.95, 0.95, 77)
_PATIENTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of the variance that are the luck of single patients, where their numbers are said."""
_LEAST_CYCLES = 2.0  # whole seasons seen, before a season can be told from the change
_TREND, _SEASON, _CHANGE, _SLOPE = "trend", "season", "change", "slope"


@dataclass(frozen=True, slots=True)
class Interrupted:
    """What a change did.

    Attributes
    ----------
    effect : Estimate
        The mean over the periods after the change, against what would have been: a difference, or a factor.
    at_once : Estimate
        The same at the moment of the change; equal to `effect` where no new slope was asked for.
    trend : Estimate or None
        What each period brought before the change (a factor where `ratio`); None where none was fitted.
    slope : Estimate or None
        What each period brings more since the change, likewise.
    plain : float
        The plain comparison: mean after less mean before, or the ratio of geometric means.
    parts : dict of str to float
        What the plain comparison is made of: ``change``, ``trend``, ``season`` and ``luck``; they add up to it, or
        where `ratio` multiply to it.
    correlation : float
        Of a period with the next, beyond trend, season and change.
    fitted, without : ndarray of float, shape (n,)
        The series as fitted, and as it would have been without the change.
    low, high : ndarray of float, shape (n,)
        The interval of `without`: of its mean, without the luck of a single period.
    changed : int
        The first period after the change.
    ratio : bool
    """

    effect: Estimate
    at_once: Estimate
    trend: Estimate | None
    slope: Estimate | None
    plain: float
    parts: dict[str, float]
    correlation: float
    fitted: Floats
    without: Floats
    low: Floats
    high: Floats
    changed: int
    ratio: bool

    @property
    def told_from_none(self) -> bool:
        """Whether the interval of the effect leaves out that there was none."""
        none = 1.0 if self.ratio else 0.0
        return not self.effect.low <= none <= self.effect.high


def interrupted(
    values: ArrayLike,
    changed: int,
    *,
    season: float = 0,
    trend: bool = True,
    slope: bool = False,
    ratio: bool = False,
    level: float = 0.95,
    sizes: ArrayLike | None = None,
) -> Interrupted:
    """Return what a change did to a series.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        One number for each period, evenly spaced; not a number where a period is not known or is left out, as while the
        change was being made. Its place in time counts all the same.
    changed : int
        The first period after the change, counted from 0.
    season : float
        Periods in a year: 52.18 for weeks, 12 for months; 0 fits no season. A year is two waves (sine and cosine).
    trend : bool
        Whether there was a straight trend already, which would have gone on.
    slope : bool
        Whether the trend is another one since.
    ratio : bool
        Whether the change is by a factor: the logarithms are fitted.
    level : float
        Of the intervals.
    sizes : array_like of float, shape (n,), optional
        Of how many patients each period's number is; each counts alike, if left out.

    Raises
    ------
    ModelError
        With fewer than eight known periods on a side, less than two seasons where one is asked for, values below or at
        zero where `ratio`, sizes that are not above 0 where there is a value, or a series that does not vary.

    Examples
    --------
    >>> week = [7.0, 7.4, 6.8, 7.1, 7.3, 6.9, 7.2, 7.0, 6.1, 6.0, 6.3, 5.8, 6.1, 6.2, 5.9, 6.0]
    >>> found = interrupted(week, 8, trend=False)
    >>> round(found.effect.value, 2), found.told_from_none
    (-1.05, True)
    """
    y = np.asarray(values, dtype=np.float64)
    known = _checked(y, changed, season, level, ratio=ratio)
    t = np.arange(len(y), dtype=np.float64)
    columns, names = _columns(t, changed, season, trend=trend, slope=slope)
    size = _sizes(sizes, known)
    fit = _Fit.of(np.log(y[known]) if ratio else y[known], columns[known], t[known], size[known], level)
    after = known & (t >= changed)
    of = {name: np.array([n == name for n in names]) for name in dict.fromkeys(names)}
    at_once = np.where(of[_CHANGE], 1.0, 0.0)
    change = at_once.copy()
    if slope:
        change[of[_SLOPE]] = np.average(t[after] - changed, weights=size[after])
    without = columns.copy()
    without[:, of[_CHANGE] | of.get(_SLOPE, of[_CHANGE])] = 0.0
    middle, low, high = fit.means(without)
    scale = np.exp if ratio else np.asarray
    return Interrupted(
        fit.estimate(change, ratio=ratio),
        fit.estimate(at_once, ratio=ratio),
        fit.estimate(np.where(of[_TREND], 1.0, 0.0), ratio=ratio) if trend else None,
        fit.estimate(np.where(of[_SLOPE], 1.0, 0.0), ratio=ratio) if slope else None,
        *_parts(y, (known, after, size), (columns, fit.beta, of), ratio=ratio),
        fit.correlation,
        scale(columns @ fit.beta),
        scale(middle),
        scale(low),
        scale(high),
        changed,
        ratio,
    )


def _checked(y: Floats, changed: int, season: float, level: float, *, ratio: bool) -> NDArray[np.bool_]:
    """Return which periods are known, of a series that can be fitted."""
    if y.ndim != 1 or np.isinf(y).any():
        raise ModelError("values", "got no list of numbers, want one for each period")
    known = ~np.isnan(y)
    if not 0 < level < 1:
        raise ModelError("level", f"got {level:g}, want a share between 0 and 1")
    before, after = int(known[: max(changed, 0)].sum()), int(known[max(changed, 0) :].sum())
    if min(before, after) < LEAST_PERIODS:
        text = f"got {before} known periods before the change and {after} after it"
        raise ModelError("values", f"{text}, want {LEAST_PERIODS} or more on each side")
    if season < 0 or (season and len(y) < _LEAST_CYCLES * season):
        text = f"got {len(y)} periods for a season of {season:g}, want two whole seasons"
        raise ModelError("season", f"{text}: with less a season cannot be told from the change")
    if ratio and (y[known] <= 0).any():
        raise ModelError("values", f"got {np.nanmin(y):g}, want all above 0 where the change is a factor")
    if np.ptp(y[known]) == 0:
        raise ModelError("values", "got the same value in every period, want some that differ")
    return known


def _sizes(sizes: ArrayLike | None, known: NDArray[np.bool_]) -> Floats:
    """Return of how many patients each period is, their mean 1."""
    if sizes is None:
        return np.ones(len(known))
    size = np.asarray(sizes, dtype=np.float64)
    if size.shape != known.shape or not (size[known] > 0).all() or not np.isfinite(size[known]).all():
        raise ModelError("sizes", "want a number above 0 for each period that has a value")
    return np.asarray(np.where(known, size, np.nan) / size[known].mean())


def _columns(t: Floats, changed: int, season: float, *, trend: bool, slope: bool) -> tuple[Floats, list[str]]:
    """Return the columns of the regression and what each is; times count from the change, in periods."""
    since = t - changed
    after = np.where(since >= 0, 1.0, 0.0)
    columns, names = [np.ones_like(t), after], ["level", _CHANGE]
    if trend:
        columns.append(since)
        names.append(_TREND)
    if slope:
        columns.append(since * after)
        names.append(_SLOPE)
    for wave in (1, 2) if season else ():
        turn = 2 * math.pi * wave * t / season
        columns += [np.sin(turn), np.cos(turn)]
        names += [_SEASON, _SEASON]
    return np.column_stack(columns), names


def _parts(
    y: Floats,
    which: tuple[NDArray[np.bool_], NDArray[np.bool_], Floats],
    fit: tuple[Floats, Floats, dict[str, NDArray[np.bool_]]],
    *,
    ratio: bool,
) -> tuple[float, dict[str, float]]:
    """Return the plain comparison, and its parts; `which` are known, after the change, and of how many patients."""
    known, after, size = which
    columns, beta, of = fit
    before = known & ~after
    seen = np.log(np.where(known, y, 1.0)) if ratio else y

    def moved(x: Floats) -> float:
        then, now = (np.average(x[part], weights=size[part]) for part in (before, after))
        return float(now - then)

    plain = moved(seen)
    parts = {
        _CHANGE: sum(moved(columns[:, of[k]] @ beta[of[k]]) for k in (_CHANGE, _SLOPE) if k in of),
        **{k: moved(columns[:, of[k]] @ beta[of[k]]) for k in (_TREND, _SEASON) if k in of},
    }
    parts["luck"] = plain - sum(parts.values())
    if ratio:
        return math.exp(plain), {k: math.exp(v) for k, v in parts.items()}
    return plain, parts


@dataclass(frozen=True, slots=True)
class _Fit:
    """The regression under each autocorrelation (and share of luck by patient) of the grid, and how likely each is."""

    weights: Floats  # shape (g,), sum 1
    betas: Floats  # shape (g, p)
    roots: Floats  # (R^-1 times the standard deviation) of each, shape (g, p, p)
    periods: int
    freedom: int
    level: float

    rhos: Floats  # shape (g,)

    @classmethod
    def of(cls, y: Floats, x: Floats, t: Floats, size: Floats, level: float) -> _Fit:
        n, p = x.shape
        if n <= p + 1:
            raise ModelError("values", f"got {n} known periods, want more than {p + 1} for what is fitted")
        alike = bool(np.ptp(size) < 1e-9)
        spreads = [np.sqrt(1 - part + part / size) for part in ((0.0,) if alike else _PATIENTS)]
        found = [(rho, *_one(y / s, x / s[:, None], t, rho)) for s in spreads for rho in _RHO]
        likely = np.array([one[1] for one in found]) - np.repeat(
            [np.log(s).sum() for s in spreads], len(_RHO)
        )
        weights = np.exp(likely - likely.max())
        return cls(
            weights / weights.sum(), np.array([one[2] for one in found]), np.array([one[3] for one in found]),
            n, n - p, level, np.array([one[0] for one in found]),
        )  # fmt: skip

    @property
    def beta(self) -> Floats:
        """Mean coefficients."""
        return np.asarray(self.weights @ self.betas)

    @property
    def correlation(self) -> float:
        return float(self.weights @ self.rhos)

    def estimate(self, contrast: Floats, *, ratio: bool) -> Estimate:
        """Return a contrast of the coefficients, with the interval of the mixture."""
        middles = self.betas @ contrast
        spreads = np.linalg.norm(np.einsum("j,gji->gi", contrast, self.roots), axis=1)
        value = float(self.weights @ middles)
        low, high = (
            _quantile(q, self.weights, middles, spreads, self.freedom)
            for q in ((1 - self.level) / 2, (1 + self.level) / 2)
        )
        if ratio:
            value, low, high = math.exp(value), math.exp(low), math.exp(high)
        return Estimate(value, low, high, self.level, self.periods)

    def means(self, rows: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the fitted means of rows of columns, with the ends of their intervals, by the mixture's variance."""
        middles = rows @ self.betas.T
        spreads = np.linalg.norm(np.einsum("nj,gji->ngi", rows, self.roots), axis=2)
        middle = middles @ self.weights
        variance = (spreads**2 + (middles - middle[:, None]) ** 2) @ self.weights
        half = special.stdtrit(self.freedom, (1 + self.level) / 2) * np.sqrt(variance)
        return middle, middle - half, middle + half


def _one(y: Floats, x: Floats, t: Floats, rho: float) -> tuple[float, Floats, Floats]:
    """Return how likely an autocorrelation is, the coefficients, and the root of their covariance."""
    n, p = x.shape
    back = rho ** np.diff(t)
    spread = np.sqrt(1 - back**2)
    wx = np.vstack([x[:1], (x[1:] - back[:, None] * x[:-1]) / spread[:, None]])
    wy = np.concatenate([y[:1], (y[1:] - back * y[:-1]) / spread])
    q, r = np.linalg.qr(wx)
    diagonal = np.abs(np.diag(r))
    if diagonal.min() < 1e-10 * diagonal.max():
        raise ModelError("values", "trend, season and change cannot be told apart in these periods")
    beta = np.linalg.solve(r, q.T @ wy)
    rest = float(((wy - wx @ beta) ** 2).sum())
    likely = -np.log(spread).sum() - np.log(diagonal).sum() - (n - p) / 2 * math.log(max(rest, 1e-300))
    return float(likely), beta, np.linalg.inv(r) * math.sqrt(rest / (n - p))


def _quantile(q: float, weights: Floats, middles: Floats, spreads: Floats, freedom: int) -> float:
    """Return a quantile of a mixture of Student's t."""

    def short(x: float) -> float:
        return float(weights @ special.stdtr(freedom, (x - middles) / spreads)) - q

    reach = float(special.stdtrit(freedom, 1 - min(q, 1 - q) / len(weights)))
    ends: Sequence[float] = (
        float((middles - reach * spreads).min()),
        float((middles + reach * spreads).max()),
    )
    return float(optimize.brentq(short, ends[0] - 1e-12, ends[1] + 1e-12))
