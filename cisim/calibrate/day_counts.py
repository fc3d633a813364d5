"""The likelihood of hourly counts whose days are good and bad, and how it is made most likely.

The rate of an hour is log-linear; each day's rates share one gamma factor of mean one, so that the counts of a day are
negative binomial together. Penalties on rough profiles are chosen by restricted marginal likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cisim.errors import ModelError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
YEAR_DAYS = 365.25
HOURS = {"hour": 24, "hour of the week": 168}
LEAST_SPREAD, MOST_SPREAD = 1e-4, 2.0
"""Of the day factor's coefficient of variation; at the least it changes nothing that can be seen."""
HALF_90 = 2.705543454095404 / 2  # half the 90% point of chi-squared with one degree of freedom


@dataclass(frozen=True, slots=True)
class Design:
    """Columns of the log rate: hour weights, then months, then growth, then bank holidays.

    Attributes
    ----------
    cells : ndarray, shape (days, 24, k)
        Which columns are 1 in each hour, by number.
    slopes : ndarray, shape (s, days, 24)
        Values of the last `s` columns: years from the first day, and 1 on bank holidays; each only where it is fitted.
    columns : int
    """

    cells: Ints
    slopes: Floats
    columns: int

    def log_rates(self, beta: Floats) -> Floats:
        """Return the log of the expected number in each hour, shape (days, 24)."""
        last = beta[self.columns - len(self.slopes) :]
        return np.asarray(beta[self.cells].sum(axis=-1) + np.tensordot(last, self.slopes, axes=1))

    def sums(self, weights: Floats) -> Floats:
        """Return each day's weighted sum of the columns, shape (days, columns)."""
        days = len(weights)
        out = np.zeros((days, self.columns))
        rows = np.arange(days)[:, None]
        for k in range(self.cells.shape[-1]):
            np.add.at(out, (rows, self.cells[:, :, k]), weights)
        for column, value in enumerate(self.slopes, start=self.columns - len(self.slopes)):
            out[:, column] += (weights * value).sum(axis=1)
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
        first = p - len(self.slopes)
        values = self.slopes.reshape(len(self.slopes), flat.size)
        for column, value in enumerate(values, start=first):
            for one in parts:
                cross = np.bincount(one, weights=flat * value, minlength=p)
                out[column] += cross
                out[:, column] += cross
        out[first:, first:] += (values * flat) @ values.T
        return out


class Special(NamedTuple):
    """Bank holidays: their dates, and the weekday whose hours hold then; that of the date itself, if None."""

    dates: Collection[date]
    like: int | None

    def weekday(self, day: date) -> int:
        """Return the weekday whose hours hold on a date."""
        return day.weekday() if self.like is None or day not in self.dates else self.like


def design_of(
    days: list[date],
    start: date,
    shape: str,
    *,
    season: bool,
    growth: bool,
    off: Special | None = None,
) -> Design:
    """Return the columns of some days; growth counts from `start`."""
    weekday = np.array([off.weekday(d) if off else d.weekday() for d in days])
    month = np.array([d.month for d in days]) - 1
    hour = np.arange(24)
    parts = [weekday[:, None] * 24 + hour if shape == "hour of the week" else np.tile(hour, (len(days), 1))]
    columns = HOURS[shape]
    if season:
        parts.append(columns + month[:, None] + 0 * hour)
    since = np.array([(d - start).days for d in days], float)
    slopes = [(since[:, None] + (hour + 0.5) / 24) / YEAR_DAYS] if growth else []
    if off is not None:
        slopes.append(np.array([d in off.dates for d in days])[:, None] + 0.0 * hour)
    columns += 12 * season + len(slopes)
    return Design(np.stack(parts, axis=-1), np.array(slopes).reshape(-1, len(days), 24), columns)


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts (0 where not recorded), whether they were recorded, and the columns; all of shape (days, 24)."""

    design: Design
    y: Floats
    seen: NDArray[np.bool_]

    def means(self, beta: Floats) -> Floats:
        """Return the expected number in each recorded hour, 0 in others."""
        return np.asarray(np.exp(self.design.log_rates(beta)) * self.seen)


@dataclass(frozen=True, slots=True)
class Spread:
    """What does not change as the variance of the day factor does.

    Attributes
    ----------
    data : Counts
    mu : ndarray, shape (days, 24)
    sums : ndarray, shape (days, columns)
    squares : ndarray, shape (columns, columns)
        Penalty included.
    """

    data: Counts
    mu: Floats
    sums: Floats
    squares: Floats

    @classmethod
    def of(cls, data: Counts, beta: Floats, penalty: Floats) -> Spread:
        """Return it at some coefficients."""
        mu = data.means(beta)
        return cls(data, mu, data.design.sums(mu), data.design.squares(mu) + penalty)

    def information(self, phi: float) -> Floats:
        """Return the expected information of the coefficients, penalty included."""
        return np.asarray(self.squares - (self.sums.T / (1 / phi + self.mu.sum(axis=1))) @ self.sums)

    def adjusted(self, log_cv: float) -> float:
        """Return the adjusted profile log likelihood of the day factor's spread."""
        phi = math.exp(2 * log_cv)
        _, log_determinant = np.linalg.slogdet(self.information(phi))
        likely = day_log_likelihood(self.data.y, self.mu, self.data.seen, phi).sum()
        return float(likely) - float(log_determinant) / 2


def start_at(data: Counts, shape: str) -> Floats:
    """Return coefficients to begin with: each hour's mean."""
    hours = HOURS[shape]
    beta = np.zeros(data.design.columns)
    came = data.design.sums(data.y).sum(axis=0)[:hours]
    there = data.design.sums(data.seen.astype(float)).sum(axis=0)[:hours]
    beta[:hours] = np.log((came + 0.5) / (there + 0.5))  # nobody may have come in some
    return beta


def penalties_of(design: Design, shape: str, *, season: bool) -> list[Floats]:
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


def penalty_at(data: Counts, beta: Floats, phi: float, penalties: list[Floats], now: Floats) -> Floats:
    """Return the weighted sum of the penalties whose weights have the highest restricted marginal likelihood.

    The log likelihood is taken as quadratic about the present coefficients, which so many counts allow.
    """
    from scipy import optimize  # noqa: PLC0415 - slow to load

    bare = Spread.of(data, beta, 0.0 * now)
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


def mean_at(data: Counts, beta: Floats, phi: float, penalty: Floats) -> Floats:
    """Return the coefficients that are best where the day factor has variance `phi`: Fisher's scoring."""
    k = 1 / phi
    for _ in range(50):
        at = Spread.of(data, beta, penalty)
        weight = (k + data.y.sum(axis=1)) / (k + at.mu.sum(axis=1))
        score = data.design.sums(data.y - weight[:, None] * at.mu).sum(axis=0) - penalty @ beta
        step = np.linalg.solve(at.information(phi), score)
        beta = beta + step * min(1.0, 1.0 / float(np.abs(step).max() + 1e-300))
        # where nobody comes in some hours, coefficients move on by no more than rounding, and the likelihood by nothing
        if float(np.abs(step).max()) < 1e-7 or float(step @ score) < 1e-9:
            return beta
    raise ModelError(
        "arrivals", "got no coefficients that are best in 50 steps, want counts of a longer time"
    )


def day_log_likelihood(y: Floats, mu: Floats, seen: NDArray[np.bool_], phi: float) -> Floats:
    """Return the log probability of each day's counts together, shape (days,)."""
    k = 1 / phi
    total, mean = y.sum(axis=1), mu.sum(axis=1)
    hours = np.where(seen, y * np.log(np.where(mu > 0, mu, 1.0)) - special.gammaln(y + 1), 0.0).sum(axis=1)
    mixed = (
        special.gammaln(k + total) - special.gammaln(k) - total * np.log(k + mean) - k * np.log1p(mean / k)
    )
    return np.asarray(hours + mixed)


def spread_at(spread: Spread) -> float:
    """Return the variance of the day factor that is best by the adjusted profile likelihood."""
    from scipy import optimize  # noqa: PLC0415

    best = optimize.minimize_scalar(
        lambda log_cv: -spread.adjusted(log_cv),
        bounds=(math.log(LEAST_SPREAD), math.log(MOST_SPREAD)),
        method="bounded",
        options={"xatol": 1e-4},
    )
    flat = spread.adjusted(math.log(LEAST_SPREAD))
    return math.exp(2 * float(best.x)) if -float(best.fun) > flat + 1e-6 else LEAST_SPREAD**2


def spread_interval(spread: Spread, phi: float) -> tuple[float, float, float]:
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
