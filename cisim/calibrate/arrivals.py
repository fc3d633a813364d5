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
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.calibrate.day_counts import (
    HOURS,
    LEAST_SPREAD,
    YEAR_DAYS,
    Counts,
    Design,
    Special,
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
from cisim.calibrate.holidays import (
    LEAST_HOLIDAYS,
    Evidence,
    HolidayFit,
    evidence_of,
    scatter,
    special_of,
)
from cisim.calibrate.written import correlated
from cisim.errors import ModelError, nearest
from cisim.spec import bank_holidays as bank_holidays_of
from cisim.units import DAY, HOUR, WEEKDAYS

__all__ = ["ArrivalFit", "checked_counts", "fit_arrivals", "hourly_counts", "predict_arrivals"]

Floats = NDArray[np.float64]
Shape = Literal["hour", "hour of the week"]
LEAST_CHANCE = 1e-6
"""What is so unlikely is told as a doubt: a false one in a million days."""
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
    doubts : tuple of str
        What in the counts speaks against the model, in sentences.
    holidays : HolidayFit or None
        What was found of bank holidays, where they were asked for.
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
    doubts: tuple[str, ...] = ()
    holidays: HolidayFit | None = None

    @property
    def _special(self) -> bool:
        return self.holidays is not None and self.holidays.factor is not None

    def design(self, days: list[date]) -> Design:
        """Return the columns of some days: their hours, months, growth and bank holidays."""
        off = None
        if self._special:
            assert self.holidays is not None  # noqa: S101 - for the type checker
            off = special_of(self.holidays.of, self.holidays.evidence.like, min(days), max(days))
        return design_of(days, self.start, self.shape, season=self.season, growth=self.growing, off=off)

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
        growth = beta[-1 - self._special] if self.growing else 0.0
        return np.concatenate([[np.log(rate)], np.log(months / mean), np.log(hours / hours.sum()), [growth]])

    def _slopes(self) -> tuple[Floats, Floats]:
        """Return what is known at the best coefficients, and how it changes with each."""
        best = self._known(self.beta)
        step = 1e-5
        slope = np.empty((len(best), len(self.beta)))
        for i in range(len(self.beta)):
            up, down = self.beta.copy(), self.beta.copy()
            up[i] += step
            down[i] -= step
            slope[:, i] = (self._known(up) - self._known(down)) / (2 * step)
        return best, slope

    def _estimates(self) -> tuple[Floats, Floats]:
        best, slope = self._slopes()
        variance = np.einsum("ij,jk,ik->i", slope, self.covariance, slope)
        return best, np.sqrt(np.maximum(variance, 0.0))

    def numbers(self) -> dict[str, Estimate]:
        """Return every number by the path that it has under `arrivals:` of a model file.

        'rate' is the mean a day over a whole year at the start; 'season.Jan' and others have a mean of one over the
        year; 'growth' is a share a year; 'day_effect.cv' is the spread of good and bad days; 'bank_holiday_factor' is
        there where bank holidays were asked for and differ.
        """
        best, se = self._estimates()
        out = {"rate": Estimate(float(np.exp(best[0])), float(se[0]), "log", "per day")}
        if self.season:
            for i, month in enumerate(MONTHS, start=1):
                out[f"season.{month}"] = Estimate(float(np.exp(best[i])), float(se[i]), "log")
        if self.growing:
            factor = float(np.exp(best[-1]))
            out["growth"] = Estimate(factor - 1, float(se[-1]) * factor, "plain", "share")
        if self.holidays is not None and self.holidays.factor is not None:
            out["bank_holiday_factor"] = self.holidays.factor
        out["day_effect.cv"] = Estimate(self.cv, self.cv_se, "log")
        return out

    def correlated(self, path: str, source: str) -> list[dict[str, Any]]:
        """Return what belongs under `correlations:` of an experiment file: with growth, a low start goes up faster.

        Parameters
        ----------
        path : str
            Of the arrivals, as `cisim check` tells it after ``model.``: ``pathways.emergency.arrivals``.
        source : str
        """
        names = ["rate", *(f"season.{m}" for m in MONTHS)]
        at = list(range(13)) if self.season else [0]
        if self.growing:
            at, names = [*at, 181], [*names, "growth"]
        _, slope = self._slopes()
        joint = slope[at] @ self.covariance @ slope[at].T
        d = np.sqrt(np.maximum(np.diag(joint), 1e-300))
        written = [n for n in names if self.season or not n.startswith("season")]
        return correlated([f"model.{path}.{n}" for n in written], joint / np.outer(d, d), source)

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
        up the rate, whose uncertainty is written. The note says how unsure they are. Rate, season and growth err
        together: `correlated` has what belongs into the experiment file.
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
        if self.holidays is not None and self.holidays.factor is not None:
            if self.holidays.evidence.like is not None:
                out["bank_holidays"] = WEEKDAYS[self.holidays.evidence.like]
            out["bank_holiday_factor"] = written["bank_holiday_factor"]
        if not uncertain:
            return out | {"source": source}
        _, se = self.profile()
        note = f"the hours' weights stand at their best values; they are known to {np.median(se):.1%} or so each (se)"
        return out | {"note": note}

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
        if self.holidays is not None:
            lines.append(self.holidays.told())
        if abs(self.follows) > 3 * self.follows_se:
            lines.append(
                f"A good day follows a good day (correlation {self.follows:.2f}): weeks differ more than independent "
                "days would, and a model whose days are independent shows too little of that."
            )
        return " ".join([*lines, *self.doubts])


def _doubts(spread: Spread, kept: NDArray[np.bool_]) -> Iterator[str]:
    """Yield what in the counts speaks against the model."""
    came, mean = spread.data.y.sum(axis=1)[kept], spread.mu.sum(axis=1)[kept]
    nobody = int(((came == 0) & (np.exp(-mean) < LEAST_CHANCE)).sum())
    if nobody:
        days = "1 day has" if nobody == 1 else f"{nobody:,} days have"
        yield (
            f"{days} nobody at all, where {np.median(mean):,.0f} would be usual: if they were not recorded, they must "
            "be nan, and not 0; as they are they make the rate too low and the days too unlike."
        )
    free = len(came) - 1
    ratio = float(((came - mean) ** 2 / mean).sum()) / free
    if ratio < float(special.chdtri(free, 1 - LEAST_CHANCE)) / free:
        yield (
            f"Days are more alike than chance makes them (variance over mean {ratio:.2f}): these may be planned, or "
            "limited in number, and no arrivals at random."
        )
    design = spread.data.design
    hours = np.unique(design.cells[:, :, 0])
    silent = int((design.sums(spread.data.y).sum(axis=0)[hours] == 0).sum())
    if silent:
        yield f"Hours of the profile in which nobody came: {silent}. Their weights follow from the hours around them."


def fit_arrivals(
    counts: ArrayLike,
    start: date,
    shape: Shape = "hour of the week",
    *,
    season: bool | None = None,
    growth: bool | None = None,
    bank_holidays: str | None = None,
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
    bank_holidays : str, optional
        A calendar whose bank holidays may differ: England, Wales, Scotland, Northern Ireland, or such as SE or US-IA.
        Whether they do is found out, and nothing is written where it is not shown. A model file names another calendar
        than England's under `bank_holidays_of`.

    Raises
    ------
    ModelError
        For counts that are no whole numbers of 0 or more, less than four weeks, a season of which a month is not seen,
        a calendar that is not known, or bank holidays asked for where weekdays are not told apart.

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
    plan = _Plan(days, shape, with_season, with_growth)
    off = special_of(bank_holidays, None, days[0], days[-1]) if bank_holidays is not None else None
    if off is not None and shape == "hour":
        text = "most bank holidays are Mondays: want the shape 'hour of the week', which knows what Mondays are like"
        raise ModelError("bank_holidays", text)
    found = None
    if off is not None:
        found = _evidence(plan, y, off)
        off = Special(off.dates, found.like) if found.shown else None
    beta, phi, spread = plan.fitted(y, off)
    low, high, se = spread_interval(spread, phi)
    covariance = np.asarray(np.linalg.inv(spread.information(phi)), float)
    told = None
    if found is not None and bank_holidays is not None:
        told = _holidays(
            bank_holidays, found, plan, (spread, phi), (float(beta[-1]), float(covariance[-1, -1]))
        )
        if told.factor is not None:
            wider = told.factor.se / math.sqrt(float(covariance[-1, -1]))
            covariance[-1] *= wider
            covariance[:, -1] *= wider
    kept = np.asarray(seen.any(axis=1))
    pairs = kept[1:] & kept[:-1]
    came, mu = spread.data.y, spread.mu
    raw = (came.sum(axis=1) - mu.sum(axis=1)) / np.sqrt(np.maximum(mu.sum(axis=1), 1e-12))
    one, two = raw[:-1][pairs], raw[1:][pairs]
    follows = float(np.corrcoef(one, two)[0, 1]) if min(np.ptp(one), np.ptp(two)) > 0 else 0.0
    return ArrivalFit(
        start, int(kept.sum()), int(came.sum()), shape, with_season, with_growth, beta, covariance,
        math.sqrt(phi), (low, high), se, float(day_log_likelihood(came, mu, seen, phi).sum()),
        follows, 1 / math.sqrt(max(int(pairs.sum()), 1)), tuple(_doubts(spread, kept)), told,
    )  # fmt: skip


class _Plan(NamedTuple):
    """What is fitted to some days."""

    days: list[date]
    shape: Shape
    season: bool
    growing: bool

    def design(self, off: Special | None) -> Design:
        return design_of(
            self.days, self.days[0], self.shape, season=self.season, growth=self.growing, off=off
        )

    def fitted(self, y: Floats, off: Special | None) -> tuple[Floats, float, Spread]:
        """Return the coefficients, the variance of the day factor, and what follows from them."""
        seen = np.logical_not(np.isnan(y))
        design = self.design(off)
        data = Counts(design, np.where(seen, y, 0.0), seen)
        penalties = penalties_of(design, self.shape, season=self.season)
        beta, phi = start_at(data, self.shape), 0.01
        penalty = sum(penalties, start=np.zeros((design.columns, design.columns)))
        for _ in range(3):
            beta = mean_at(data, beta, phi, penalty)
            penalty = penalty_at(data, beta, phi, penalties, penalty)
            beta = mean_at(data, beta, phi, penalty)
            phi = spread_at(Spread.of(data, beta, penalty))
        beta = mean_at(data, beta, phi, penalty)
        return beta, phi, Spread.of(data, beta, penalty)


def _evidence(plan: _Plan, y: Floats, off: Special) -> Evidence:
    """Return what the bank holidays say: foretold by a fit to all other days."""
    at = np.array([i for i, d in enumerate(plan.days) if d in off.dates and not np.isnan(y[i]).all()], int)
    if len(at) < LEAST_HOLIDAYS:
        return Evidence(len(at), None, 1.0)
    others = y.copy()
    others[at] = np.nan
    beta, phi, _ = plan.fitted(others, None)
    seen = ~np.isnan(y[at])
    ways: tuple[int | None, ...] = (None, *range(7))
    means = {
        like: np.exp(plan.design(Special(off.dates, like)).log_rates(np.append(beta, 0.0)))[at] * seen
        for like in ways
    }
    return evidence_of(np.where(seen, y[at], 0.0), seen, means, phi)


def _holidays(
    of: str, found: Evidence, plan: _Plan, fit: tuple[Spread, float], last: tuple[float, float]
) -> HolidayFit:
    """Return what was found of bank holidays, of the whole fit and its last coefficient with its variance."""
    if not found.shown:
        return HolidayFit(of, found, None, 1.0, {})
    spread, phi = fit
    names = {d: n for year in {d.year for d in plan.days} for d, n in bank_holidays_of(year, of).items()}
    at = [i for i, d in enumerate(plan.days) if d in names and spread.data.seen[i].any()]
    y, mu = spread.data.y[at], spread.mu[at]
    wider = scatter(y, mu, phi)
    factor = Estimate(math.exp(last[0]), math.sqrt(last[1] * max(wider, 1.0)), "log")
    totals: dict[str, list[float]] = {}
    for i, came, mean in zip(at, y.sum(axis=1), mu.sum(axis=1), strict=True):
        one = totals.setdefault(names[plan.days[i]], [0.0, 0.0, 0.0])
        for k, value in enumerate((came, mean, 1.0)):
            one[k] += value
    named = {name: came / mean for name, (came, mean, times) in totals.items() if times > 1}
    return HolidayFit(of, found, factor, wider, named)


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


def predict_arrivals(fit: ArrivalFit, start: date, days: int) -> Floats:
    """Return the expected number in each hour of later days, shape (days, 24)."""
    design = fit.design([start + timedelta(days=i) for i in range(days)])
    return np.asarray(np.exp(design.log_rates(fit.beta)))
