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
from scipy import special

from cisim.calibrate.estimates import Estimate
from cisim.errors import ModelError, nearest
from cisim.units import DAY, HOUR, WEEKDAYS

__all__ = ["ArrivalFit", "HeldOut", "fit_arrivals", "hourly_counts", "predict_arrivals", "score_arrivals"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shape = Literal["hour", "hour of the week"]
SHAPES = ("hour", "hour of the week")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS_OF_MONTHS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
YEAR_DAYS = 365.25
HOURS = {"hour": 24, "hour of the week": 168}
LEAST_SPREAD, MOST_SPREAD = 1e-4, 2.0
"""Of the day factor's coefficient of variation; at the least it changes nothing that can be seen."""
HALF_90 = 2.705543454095404 / 2  # the 90% point of chi-squared with one degree of freedom


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
class _Design:
    """Columns of the log rate: hour weights, then months, then growth.

    Attributes
    ----------
    cells : ndarray, shape (days, 24, k)
        Which columns are 1 in each hour, by number.
    years : ndarray, shape (days, 24)
        Years from the first day; empty where there is no growth.
    columns : int
    """

    cells: Ints
    years: Floats
    columns: int

    def log_rates(self, beta: Floats) -> Floats:
        """Return the log of the expected number in each hour, shape (days, 24)."""
        out = beta[self.cells].sum(axis=-1)
        return out + self.years * beta[-1] if self.years.size else out

    def sums(self, weights: Floats) -> Floats:
        """Return each day's weighted sum of the columns, shape (days, columns)."""
        days = len(weights)
        out = np.zeros((days, self.columns))
        rows = np.arange(days)[:, None]
        for k in range(self.cells.shape[-1]):
            np.add.at(out, (rows, self.cells[:, :, k]), weights)
        if self.years.size:
            out[:, -1] += (weights * self.years).sum(axis=1)
        return out

    def squares(self, weights: Floats) -> Floats:
        """Return the weighted sum of the columns' products, shape (columns, columns)."""
        p = self.columns
        out = np.zeros((p, p))
        flat = weights.ravel()
        parts = [self.cells[:, :, k].ravel() for k in range(self.cells.shape[-1])]
        for one in parts:
            for other in parts:
                out += np.bincount(one * p + other, weights=flat, minlength=p * p).reshape(p, p)
        if self.years.size:
            t = self.years.ravel()
            for one in parts:
                cross = np.bincount(one, weights=flat * t, minlength=p)
                out[-1] += cross
                out[:, -1] += cross
            out[-1, -1] += flat @ (t * t)
        return out


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
            path: number.words(source) if uncertain else number.written()
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
            high, low = max(factors, key=factors.__getitem__), min(factors, key=factors.__getitem__)
            lines.append(f"Season: from {factors[low]:.2f} in {low} to {factors[high]:.2f} in {high}.")
        if self.growing:
            low, high = numbers["growth"].interval()
            lines.append(f"Growth: {numbers['growth'].value:+.1%} a year ({low:+.1%} to {high:+.1%}).")
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
    y = _checked(counts, shape)
    seen = ~np.isnan(y)
    days = [start + timedelta(days=i) for i in range(len(y))]
    months = {d.month for d, any_hour in zip(days, seen.any(axis=1), strict=True) if any_hour}
    with_season = len(months) == 12 if season is None else season
    if with_season and len(months) < 12:
        missing = [MONTHS[m - 1] for m in range(1, 13) if m not in months]
        raise ModelError(
            "season", f"got no counts of {', '.join(missing)}, want every month, or season=False"
        )
    with_growth = len(y) >= 2 * YEAR_DAYS - 1 if growth is None else growth
    design = _design(days, start, shape, season=with_season, growth=with_growth)
    data = _Data(design, np.where(seen, y, 0.0), seen)
    _refuse_empty_hours(data, shape)
    penalties = _penalties(design, shape, season=with_season)
    beta, phi = _start(data, shape), 0.01
    penalty = sum(penalties, start=np.zeros((design.columns, design.columns)))
    for _ in range(3):
        beta = _mean_at(data, beta, phi, penalty)
        penalty = _penalty_at(data, beta, phi, penalties, penalty)
        beta = _mean_at(data, beta, phi, penalty)
        phi = _spread_at(_Spread.of(data, beta, penalty))
    beta = _mean_at(data, beta, phi, penalty)
    spread = _Spread.of(data, beta, penalty)
    low, high, se = _spread_interval(spread, phi)
    y, mu = data.y, spread.mu
    kept = seen.any(axis=1)
    pairs = kept[1:] & kept[:-1]
    raw = (y.sum(axis=1) - mu.sum(axis=1)) / np.sqrt(np.maximum(mu.sum(axis=1), 1e-12))
    follows = float(np.corrcoef(raw[:-1][pairs], raw[1:][pairs])[0, 1])
    return ArrivalFit(
        start, int(kept.sum()), int(y.sum()), shape, with_season, with_growth, beta,
        np.linalg.inv(spread.information(phi)), math.sqrt(phi), (low, high), se,
        float(_day_log_likelihood(y, mu, seen, phi).sum()), follows, 1 / math.sqrt(max(int(pairs.sum()), 1)),
    )  # fmt: skip


def _checked(counts: ArrayLike, shape: str) -> Floats:
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


def _design(days: list[date], start: date, shape: str, *, season: bool, growth: bool) -> _Design:
    weekday = np.array([d.weekday() for d in days])
    month = np.array([d.month for d in days]) - 1
    hour = np.arange(24)
    parts = [weekday[:, None] * 24 + hour if shape == "hour of the week" else np.tile(hour, (len(days), 1))]
    columns = HOURS[shape]
    if season:
        parts.append(columns + month[:, None] + 0 * hour)
    since = np.array([(d - start).days for d in days], float)
    years = (since[:, None] + (hour + 0.5) / 24) / YEAR_DAYS if growth else np.empty((0, 24))
    return _Design(np.stack(parts, axis=-1), years, columns + 12 * season + growth)


@dataclass(frozen=True, slots=True)
class _Data:
    """Counts (0 where not recorded), whether they were recorded, and the columns; all of shape (days, 24)."""

    design: _Design
    y: Floats
    seen: NDArray[np.bool_]

    def means(self, beta: Floats) -> Floats:
        """Return the expected number in each recorded hour, 0 in others."""
        return np.asarray(np.exp(self.design.log_rates(beta)) * self.seen)


@dataclass(frozen=True, slots=True)
class _Spread:
    """What does not change as the variance of the day factor does.

    Attributes
    ----------
    data : _Data
    mu : ndarray, shape (days, 24)
    sums : ndarray, shape (days, columns)
    squares : ndarray, shape (columns, columns)
        Penalty included.
    """

    data: _Data
    mu: Floats
    sums: Floats
    squares: Floats

    @classmethod
    def of(cls, data: _Data, beta: Floats, penalty: Floats) -> _Spread:
        """Return it at some coefficients."""
        mu = data.means(beta)
        return cls(data, mu, data.design.sums(mu), data.design.squares(mu) + penalty)

    def information(self, phi: float) -> Floats:
        """Return the expected information of the coefficients, penalty included."""
        return self.squares - (self.sums.T / (1 / phi + self.mu.sum(axis=1))) @ self.sums

    def adjusted(self, log_cv: float) -> float:
        """Return the adjusted profile log likelihood of the day factor's spread."""
        phi = math.exp(2 * log_cv)
        _, log_determinant = np.linalg.slogdet(self.information(phi))
        likely = _day_log_likelihood(self.data.y, self.mu, self.data.seen, phi).sum()
        return float(likely) - float(log_determinant) / 2


def _refuse_empty_hours(data: _Data, shape: str) -> None:
    empty = np.flatnonzero(data.design.sums(data.y)[:, : HOURS[shape]].sum(axis=0) == 0)
    if len(empty):
        first = int(empty[0])
        name = f"{WEEKDAYS[first // 24]} {first % 24:02d}:00" if shape != "hour" else f"{first:02d}:00"
        raise ModelError(
            "counts",
            f"got {len(empty)} hours of the profile in which nobody came, such as {name}, want some in each",
        )


def _start(data: _Data, shape: str) -> Floats:
    hours = HOURS[shape]
    beta = np.zeros(data.design.columns)
    came = data.design.sums(data.y).sum(axis=0)[:hours]
    there = data.design.sums(data.seen.astype(float)).sum(axis=0)[:hours]
    beta[:hours] = np.log(came / there)
    return beta


def _penalties(design: _Design, shape: str, *, season: bool) -> list[Floats]:
    """Return what is charged for rough profiles, for days that differ from each other, and for months that differ."""
    hours, p = HOURS[shape], design.columns
    out = []
    second = np.eye(hours) * 2 - np.roll(np.eye(hours), 1, axis=0) - np.roll(np.eye(hours), -1, axis=0)
    rough = np.zeros((p, p))
    rough[:hours, :hours] = second.T @ second
    out.append(rough)
    if shape == "hour of the week":
        apart = np.zeros((p, p))
        centred = [np.eye(n) - np.full((n, n), 1 / n) for n in (7, 24)]
        apart[:hours, :hours] = np.kron(*centred)
        out.append(apart)
    if season:
        months = np.zeros((p, p))
        at = slice(hours, hours + 12)
        months[at, at] = np.eye(12)
        out.append(months)
    return out


def _penalty_at(data: _Data, beta: Floats, phi: float, penalties: list[Floats], now: Floats) -> Floats:
    """Return the weighted sum of the penalties whose weights have the highest restricted marginal likelihood.

    The log likelihood is taken as quadratic about the present coefficients, which so many counts allow.
    """
    from scipy import optimize  # noqa: PLC0415 - slow to load

    bare = _Spread.of(data, beta, 0.0 * now)
    information = bare.information(phi)
    weight = (1 / phi + data.y.sum(axis=1)) / (1 / phi + bare.mu.sum(axis=1))
    score = data.design.sums(data.y - weight[:, None] * bare.mu).sum(axis=0)
    target = information @ beta + score
    values, vectors = np.linalg.eigh(sum(penalties, start=np.zeros_like(now)))
    reached = vectors[:, values > 1e-9 * values[-1]]
    inside = [reached.T @ k @ reached for k in penalties]

    def cost(log_weights: Floats) -> float:
        weights = np.exp(np.clip(log_weights, -5, 20))
        whole = information + sum(w * k for w, k in zip(weights, penalties, strict=True))
        root = np.linalg.cholesky(whole)
        half = np.linalg.solve(root, target)
        _, priced = np.linalg.slogdet(sum(w * k for w, k in zip(weights, inside, strict=True)))
        return float(-half @ half / 2 + np.log(np.diag(root)).sum() - priced / 2)

    best = optimize.minimize(
        cost,
        np.full(len(penalties), 4.0),
        method="Nelder-Mead",
        options={"xatol": 0.05, "fatol": 1e-3, "maxfev": 200},
    )
    weights = np.exp(np.clip(best.x, -5, 20))
    return np.asarray(sum(w * k for w, k in zip(weights, penalties, strict=True)))


def _mean_at(data: _Data, beta: Floats, phi: float, penalty: Floats) -> Floats:
    """Return the coefficients that are best where the day factor has variance `phi`: Fisher's scoring."""
    k = 1 / phi
    for _ in range(50):
        at = _Spread.of(data, beta, penalty)
        weight = (k + data.y.sum(axis=1)) / (k + at.mu.sum(axis=1))
        score = data.design.sums(data.y - weight[:, None] * at.mu).sum(axis=0) - penalty @ beta
        step = np.linalg.solve(at.information(phi), score)
        beta = beta + step * min(1.0, 1.0 / float(np.abs(step).max() + 1e-300))
        if float(np.abs(step).max()) < 1e-7:
            return beta
    raise ModelError(
        "arrivals", "got no coefficients that are best in 50 steps, want counts of a longer time"
    )


def _day_log_likelihood(y: Floats, mu: Floats, seen: NDArray[np.bool_], phi: float) -> Floats:
    """Return the log probability of each day's counts together, shape (days,)."""
    k = 1 / phi
    total, mean = y.sum(axis=1), mu.sum(axis=1)
    hours = np.where(seen, y * np.log(np.where(mu > 0, mu, 1.0)) - special.gammaln(y + 1), 0.0).sum(axis=1)
    mixed = (
        special.gammaln(k + total) - special.gammaln(k) - total * np.log(k + mean) - k * np.log1p(mean / k)
    )
    return np.asarray(hours + mixed)


def _spread_at(spread: _Spread) -> float:
    from scipy import optimize  # noqa: PLC0415

    best = optimize.minimize_scalar(
        lambda log_cv: -spread.adjusted(log_cv),
        bounds=(math.log(LEAST_SPREAD), math.log(MOST_SPREAD)),
        method="bounded",
        options={"xatol": 1e-4},
    )
    flat = spread.adjusted(math.log(LEAST_SPREAD))
    return math.exp(2 * float(best.x)) if -float(best.fun) > flat + 1e-6 else LEAST_SPREAD**2


def _spread_interval(spread: _Spread, phi: float) -> tuple[float, float, float]:
    """Return the 90% interval of the day factor's coefficient of variation, and the standard error of its logarithm."""
    from scipy import optimize  # noqa: PLC0415

    best = math.log(phi) / 2
    top = spread.adjusted(best)

    def short(log_cv: float) -> float:
        return spread.adjusted(log_cv) - top + HALF_90

    least, most = math.log(LEAST_SPREAD), math.log(MOST_SPREAD)
    known = short(least) < 0 < short(best)
    low = optimize.brentq(short, least, best, xtol=1e-5) if known else least
    high = optimize.brentq(short, best, most, xtol=1e-5) if short(most) < 0 else most
    return (
        math.exp(low) if known else 0.0,
        math.exp(high),
        (high - low) / (2 * float(special.ndtri(0.95))) if known else math.inf,
    )


def predict_arrivals(fit: ArrivalFit, start: date, days: int) -> Floats:
    """Return the expected number in each hour of later days, shape (days, 24)."""
    listed = [start + timedelta(days=i) for i in range(days)]
    design = _design(listed, fit.start, fit.shape, season=fit.season, growth=fit.growing)
    return np.asarray(np.exp(design.log_rates(fit.beta)))


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How well fitted arrivals foretold counts that they had not seen.

    Attributes
    ----------
    score, plain : ndarray, shape (days,)
        Log probability of each day's 24 counts together: of the fit, and of a plain Poisson by hour of the week.
    day_pit : ndarray, shape (days,)
        Place of each day's total in its predictive distribution, between 0 and 1; spread evenly at random within the
        step of a whole number.
    covered : dict of float to float
        Share of the days whose total lay inside the interval of each level.
    hours_covered : dict of float to float
        The same of the hours.
    mean_error : float
        All who came, over all who were expected, less 1.
    gain : float
        Mean gain in log score over the plain Poisson, an hour.
    gain_interval : (float, float)
        Its 95% interval, by resampling blocks of days.
    """

    score: Floats
    plain: Floats
    day_pit: Floats
    covered: dict[float, float]
    hours_covered: dict[float, float]
    mean_error: float
    gain: float
    gain_interval: tuple[float, float]

    def told(self) -> str:
        """Return the scores in sentences."""
        low, high = self.gain_interval
        days = ", ".join(f"{got:.1%} of the {level:.0%} intervals" for level, got in self.covered.items())
        hours = ", ".join(
            f"{got:.1%} of the {level:.0%} intervals" for level, got in self.hours_covered.items()
        )
        beats = "beats" if low > 0 else ("loses to" if high < 0 else "cannot be told from")
        return (
            f"Held-out log score an hour {self.score.mean() / 24:.4f}, plain Poisson by hour of the week "
            f"{self.plain.mean() / 24:.4f}: {beats} it by {self.gain:.4f} (95% interval {low:.4f} to {high:.4f}). "
            f"Daily totals lay inside {days}; hourly counts inside {hours}. "
            f"{self.mean_error:+.1%} came against what was expected."
        )


def score_arrivals(
    fit: ArrivalFit, counts: ArrayLike, start: date, plain: ArrayLike, *, seed: int = 1, draws: int = 400
) -> HeldOut:
    """Return how well a fit foretells later counts, beside a plain Poisson by hour of the week.

    Parameters
    ----------
    fit : ArrivalFit
    counts : array_like, shape (days, 24)
        The counts that were held out, all recorded.
    start : date
        Of their first day.
    plain : array_like, shape (7, 24)
        The plain Poisson's mean number in each hour of the week, Monday first.
    seed : int
        Of the draws of parameters, of the resampling, and of the place within a step.
    draws : int
        How many draws of the parameters make the predictive distribution.

    Raises
    ------
    ModelError
        For fewer than 28 days, or an hour that was not recorded.

    Notes
    -----
    Blocks are of 14 days, drawn 2,000 times: neighbouring days resemble each other (Kuensch 1989).
    """
    y = _checked(counts, fit.shape)
    if np.isnan(y).any():
        raise ModelError("counts", "got hours that were not recorded, want all of them")
    rng = np.random.Generator(np.random.Philox(seed))
    weekday = (start.weekday() + np.arange(len(y))) % 7
    mean = np.asarray(plain, float)[weekday]
    poisson = (y * np.log(mean) - mean - special.gammaln(y + 1)).sum(axis=1)
    phi = fit.cv**2
    mu = predict_arrivals(fit, start, len(y))
    score = _day_log_likelihood(y, mu, np.ones(y.shape, bool), phi)
    day_low, day_pit, day_high = _places(fit, y, start, draws, rng)
    levels = (0.5, 0.9, 0.95)
    covered = {q: float(((day_low <= (1 + q) / 2) & (day_high >= (1 - q) / 2)).mean()) for q in levels}
    hours = _hour_coverage(y, mu, phi, levels)
    gain = (score - poisson) / 24
    return HeldOut(
        score, poisson, day_pit, covered, hours, float(y.sum() / mu.sum() - 1), float(gain.mean()),
        _block_interval(gain, 14, rng),
    )  # fmt: skip


def _places(
    fit: ArrivalFit, y: Floats, start: date, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Return, of each day's total, the chance of less, a place at random within its step, and the chance of no more."""
    listed = [start + timedelta(days=i) for i in range(len(y))]
    design = _design(listed, fit.start, fit.shape, season=fit.season, growth=fit.growing)
    root = np.linalg.cholesky(fit.covariance)
    total = y.sum(axis=1)
    below, until = np.zeros(len(y)), np.zeros(len(y))
    spread = fit.cv_se if math.isfinite(fit.cv_se) else 0.0
    for _ in range(draws):
        mean = np.exp(design.log_rates(fit.beta + root @ rng.standard_normal(len(root)))).sum(axis=1)
        k = 1 / min(fit.cv * math.exp(spread * rng.standard_normal()), MOST_SPREAD) ** 2
        below += _nb_cdf(total - 1, k, mean)
        until += _nb_cdf(total, k, mean)
    below, until = below / draws, until / draws
    return below, below + rng.random(len(y)) * (until - below), until


def _nb_cdf(x: Floats, k: float, mean: Floats) -> Floats:
    """Return the chance of at most `x`, negative binomial with shape `k`."""
    return np.where(x >= 0, special.betainc(k, np.maximum(x, 0) + 1, k / (k + mean)), 0.0)


def _hour_coverage(y: Floats, mu: Floats, phi: float, levels: tuple[float, ...]) -> dict[float, float]:
    below, until = _nb_cdf(y - 1, 1 / phi, mu), _nb_cdf(y, 1 / phi, mu)
    return {q: float(((below <= (1 + q) / 2) & (until >= (1 - q) / 2)).mean()) for q in levels}


def _block_interval(
    values: Floats, block: int, rng: np.random.Generator, times: int = 2000
) -> tuple[float, float]:
    n = len(values)
    blocks = -(-n // block)
    first = rng.integers(0, n, size=(times, blocks))
    at = (first[:, :, None] + np.arange(block)) % n
    means = values[at.reshape(times, -1)[:, :n]].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
