"""How many come, and when: the arrivals of a model fitted to hourly counts by maximum likelihood.

The model is cisim's own: the rate of an hour is a mean rate times the weight of its hour of the week, the factor of its
month and compound growth; each day's rates are multiplied by a gamma factor of mean one. The counts of a day are then
negative binomial together, and the likelihood is exact.

Single weights of 168 hours would be mostly noise, so neighbouring hours, the same hour of different days, and months
are drawn towards each other, by as much as the counts themselves say: penalties are chosen by restricted marginal
likelihood, as in Wood (2017), Generalized Additive Models, chapter 6. The spread of the day factor is fitted by the
adjusted profile likelihood of Cox and Reid (1987); otherwise the profile would take some of the spread for its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.calibrate.day_counts import (
    HOURS,
    LEAST_SPREAD,
    YEAR_DAYS,
    Counts,
    Spread,
    day_log_likelihood,
    design_of,
    mean_at,
    penalties_of,
    penalty_at,
    spread_at,
    spread_interval,
    start_at,
)
from cisim.calibrate.estimates import Estimate
from cisim.errors import ModelError, nearest
from cisim.units import DAY, HOUR, WEEKDAYS

__all__ = ["ArrivalFit", "checked_counts", "fit_arrivals", "hourly_counts", "predict_arrivals"]

Floats = NDArray[np.float64]
Shape = Literal["hour", "hour of the week"]
SHAPES = ("hour", "hour of the week")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS_OF_MONTHS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def hourly_counts(times: ArrayLike, days: int) -> Floats:
    """Return how many came in each hour, shape (days, 24).

    Parameters
    ----------
    times : array_like of int, shape (n,)
        Milliseconds from midnight of the first day; others than those of the days are left out.
    days : int

    Examples
    --------
    >>> hourly_counts([0, 3_600_000, 3_600_001], days=1)[0, :3].tolist()
    [1.0, 2.0, 0.0]
    """
    at = np.asarray(times, np.int64)
    at = at[(at >= 0) & (at < days * DAY)]
    return np.bincount(at // HOUR, minlength=days * 24).astype(float).reshape(days, 24)


@dataclass(frozen=True, slots=True)
class ArrivalFit:
    """Fitted arrivals.

    Attributes
    ----------
    start : date
        The first day that was fitted; growth begins there.
    days : int
        Days with any hour recorded.
    patients : int
    shape : str
        What the hours' weights may differ by.
    season, growing : bool
        Whether months and growth were fitted.
    beta, covariance : ndarray, shapes (p,) and (p, p)
        Coefficients of the log rate: hours of the profile, months, growth (a year, in logarithms).
    cv : float
        Coefficient of variation of the day factor.
    cv_interval : (float, float)
        Its 90% interval, by the adjusted profile likelihood.
    cv_se : float
        Standard error of its logarithm; infinite where the interval reaches down to nothing.
    log_likelihood : float
        Of all counts.
    follows : float
        Correlation of the day factor from one day to the next.
    follows_se : float
        What that correlation would be by luck: one standard error.
    """

    start: date
    days: int
    patients: int
    shape: Shape
    season: bool
    growing: bool
    beta: Floats
    covariance: Floats
    cv: float
    cv_interval: tuple[float, float]
    cv_se: float
    log_likelihood: float
    follows: float
    follows_se: float

    def _hours(self, beta: Floats) -> Floats:
        """Return the expected number of each hour of the week in a month of factor one, shape (168,)."""
        log = np.tile(beta[:24], 7) if self.shape == "hour" else beta[:168]
        return np.asarray(np.exp(log))

    def _months(self, beta: Floats) -> Floats:
        if not self.season:
            return np.ones(12)
        first = HOURS[self.shape]
        return np.asarray(np.exp(beta[first : first + 12]))

    def _known(self, beta: Floats) -> Floats:
        """Return log rate a day, log month factors (12), log share of each hour of the week (168), growth."""
        hours, months = self._hours(beta), self._months(beta)
        mean = float(months @ DAYS_OF_MONTHS) / float(DAYS_OF_MONTHS.sum())
        rate = hours.sum() / 7 * mean
        growth = beta[-1] if self.growing else 0.0
        return np.concatenate([[np.log(rate)], np.log(months / mean), np.log(hours / hours.sum()), [growth]])

    def _estimates(self) -> tuple[Floats, Floats]:
        best = self._known(self.beta)
        step = 1e-5
        slope = np.empty((len(best), len(self.beta)))
        for i in range(len(self.beta)):
            up, down = self.beta.copy(), self.beta.copy()
            up[i] += step
            down[i] -= step
            slope[:, i] = (self._known(up) - self._known(down)) / (2 * step)
        variance = np.einsum("ij,jk,ik->i", slope, self.covariance, slope)
        return best, np.sqrt(np.maximum(variance, 0.0))

    def numbers(self) -> dict[str, Estimate]:
        """Return every number by the path that it has under `arrivals:` of a model file.

        'rate' is the mean a day over a whole year at the start; 'season.Jan' and others have a mean of one over the
        year; 'growth' is a share a year; 'day_effect.cv' is the spread of good and bad days.
        """
        best, se = self._estimates()
        out = {"rate": Estimate(float(np.exp(best[0])), float(se[0]), "log", "per day")}
        if self.season:
            for i, month in enumerate(MONTHS, start=1):
                out[f"season.{month}"] = Estimate(float(np.exp(best[i])), float(se[i]), "log")
        if self.growing:
            factor = float(np.exp(best[-1]))
            out["growth"] = Estimate(factor - 1, float(se[-1]) * factor, "plain", "share")
        out["day_effect.cv"] = Estimate(self.cv, self.cv_se, "log")
        return out

    def profile(self) -> tuple[Floats, Floats]:
        """Return the share of the week's patients of each hour, shape (7, 24), Monday first, and its relative se."""
        best, se = self._estimates()
        return np.exp(best[13:181]).reshape(7, 24), se[13:181].reshape(7, 24)

    def words(self, source: str, *, uncertain: bool = True) -> dict[str, Any]:
        """Return the mapping that stands under `arrivals:` in a model file.

        Parameters
        ----------
        source : str
        uncertain : bool
            Whether each number stands as `uncertain`, or at its best value.

        Notes
        -----
        The weights of the hours stand as their best values: they are many, each matters little, and together they make
        up the rate, whose uncertainty is written.
        """
        written = {
            path: number.words(source) if uncertain and 0 < number.se < math.inf else number.written()
            for path, number in self.numbers().items()
        }
        shares, _ = self.profile()
        weights = np.round(shares / shares.mean(), 3).tolist()
        out: dict[str, Any] = {"rate": written["rate"]}
        out["profile"] = weights[0] if self.shape == "hour" else dict(zip(WEEKDAYS, weights, strict=True))
        if self.cv > 2 * LEAST_SPREAD:
            out["day_effect"] = {"cv": written["day_effect.cv"]}
        if self.season:
            out["season"] = {m: written[f"season.{m}"] for m in MONTHS}
        if self.growing:
            out["growth"] = written["growth"]
        return out if uncertain else out | {"source": source}

    def told(self) -> str:
        """Return what was found, in sentences."""
        numbers = self.numbers()
        lines = [
            f"{self.patients:,} patients on {self.days:,} days from {self.start:%d %B %Y}.",
            f"Rate: {numbers['rate'].told()}.",
        ]
        if self.season:
            factors = {m: numbers[f"season.{m}"].value for m in MONTHS}
            best, worst = max(factors, key=factors.__getitem__), min(factors, key=factors.__getitem__)
            lines.append(f"Season: from {factors[worst]:.2f} in {worst} to {factors[best]:.2f} in {best}.")
        if self.growing:
            least, most = numbers["growth"].interval()
            lines.append(f"Growth: {numbers['growth'].value:+.1%} a year ({least:+.1%} to {most:+.1%}).")
        low, high = self.cv_interval
        lines.append(
            f"Good and bad days: coefficient of variation {self.cv:.3f} (90% interval {low:.3f} to {high:.3f})."
            if self.cv > 2 * LEAST_SPREAD
            else f"No good and bad days are seen beyond luck (their coefficient of variation is below {high:.3f})."
        )
        if abs(self.follows) > 3 * self.follows_se:
            lines.append(
                f"A good day follows a good day (correlation {self.follows:.2f}): weeks differ more than independent "
                "days would, and a model whose days are independent shows too little of that."
            )
        return " ".join(lines)


def fit_arrivals(
    counts: ArrayLike,
    start: date,
    shape: Shape = "hour of the week",
    *,
    season: bool | None = None,
    growth: bool | None = None,
) -> ArrivalFit:
    """Return the arrivals that make the counts most likely, with their uncertainty.

    Parameters
    ----------
    counts : array_like, shape (days, 24)
        How many came in each hour; nan where it was not recorded.
    start : date
        Of the first row.
    shape : 'hour' or 'hour of the week'
        What the weights of the hours may differ by: 24 numbers or 168.
    season : bool, optional
        Whether months differ; where every month is seen, if left out.
    growth : bool, optional
        Whether the rate grows; where two years are seen, if left out: with less, growth and season are one.

    Raises
    ------
    ModelError
        For counts that are no whole numbers of 0 or more, less than four weeks, hours of the profile in which nobody
        ever came, or a season of which a month is not seen.

    References
    ----------
    Cox and Reid (1987), Parameter orthogonality and approximate conditional inference, JRSS B 49.
    """
    y = checked_counts(counts, shape)
    seen = np.logical_not(np.isnan(y))
    days = [start + timedelta(days=i) for i in range(len(y))]
    months = {days[i].month for i in np.unique(np.nonzero(seen)[0])}
    with_season = len(months) == 12 if season is None else season
    if with_season and len(months) < 12:
        missing = [MONTHS[m - 1] for m in range(1, 13) if m not in months]
        raise ModelError(
            "season", f"got no counts of {', '.join(missing)}, want every month, or season=False"
        )
    with_growth = len(y) >= 2 * YEAR_DAYS - 1 if growth is None else growth
    design = design_of(days, start, shape, season=with_season, growth=with_growth)
    data = Counts(design, np.where(seen, y, 0.0), seen)
    _refuse_empty_hours(data, shape)
    penalties = penalties_of(design, shape, season=with_season)
    beta, phi = start_at(data, shape), 0.01
    penalty = sum(penalties, start=np.zeros((design.columns, design.columns)))
    for _ in range(3):
        beta = mean_at(data, beta, phi, penalty)
        penalty = penalty_at(data, beta, phi, penalties, penalty)
        beta = mean_at(data, beta, phi, penalty)
        phi = spread_at(Spread.of(data, beta, penalty))
    beta = mean_at(data, beta, phi, penalty)
    spread = Spread.of(data, beta, penalty)
    low, high, se = spread_interval(spread, phi)
    y, mu = data.y, spread.mu
    kept = np.asarray(seen.any(axis=1))
    pairs = kept[1:] & kept[:-1]
    raw = (y.sum(axis=1) - mu.sum(axis=1)) / np.sqrt(np.maximum(mu.sum(axis=1), 1e-12))
    follows = float(np.corrcoef(raw[:-1][pairs], raw[1:][pairs])[0, 1])
    return ArrivalFit(
        start, int(kept.sum()), int(y.sum()), shape, with_season, with_growth, beta,
        np.asarray(np.linalg.inv(spread.information(phi)), float), math.sqrt(phi), (low, high), se,
        float(day_log_likelihood(y, mu, seen, phi).sum()), follows, 1 / math.sqrt(max(int(pairs.sum()), 1)),
    )  # fmt: skip


def checked_counts(counts: ArrayLike, shape: str) -> Floats:
    """Return counts that can be fitted, shape (days, 24), or raise `ModelError`."""
    y = np.asarray(counts, float)
    if shape not in SHAPES:
        raise ModelError("shape", f"got {shape!r}, want one of: {', '.join(SHAPES)}{nearest(shape, SHAPES)}")
    if y.ndim != 2 or y.shape[1] != 24 or len(y) < 28:
        raise ModelError("counts", f"got shape {y.shape}, want (days, 24) of 28 days or more")
    known = y[~np.isnan(y)]
    if (known < 0).any() or (known % 1 != 0).any() or not known.sum():
        raise ModelError(
            "counts", "got numbers below 0 or broken, or nobody, want whole numbers of 0 or more"
        )
    return y


def _refuse_empty_hours(data: Counts, shape: str) -> None:
    empty = np.flatnonzero(data.design.sums(data.y)[:, : HOURS[shape]].sum(axis=0) == 0)
    if len(empty):
        first = int(empty[0])
        name = f"{WEEKDAYS[first // 24]} {first % 24:02d}:00" if shape != "hour" else f"{first:02d}:00"
        raise ModelError(
            "counts",
            f"got {len(empty)} hours of the profile in which nobody came, such as {name}, want some in each",
        )


def predict_arrivals(fit: ArrivalFit, start: date, days: int) -> Floats:
    """Return the expected number in each hour of later days, shape (days, 24)."""
    listed = [start + timedelta(days=i) for i in range(days)]
    design = design_of(listed, fit.start, fit.shape, season=fit.season, growth=fit.growing)
    return np.asarray(np.exp(design.log_rates(fit.beta)))
