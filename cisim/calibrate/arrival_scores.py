"""How well fitted arrivals foretell counts that they have not seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.calibrate.arrivals import ArrivalFit, checked_counts, predict_arrivals
from cisim.calibrate.day_counts import MOST_SPREAD, day_log_likelihood
from cisim.errors import ModelError

__all__ = ["HeldOut", "block_interval", "score_arrivals"]

Floats = NDArray[np.float64]


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
    day_range : ndarray, shape (days, 2)
        The chance of a total below each day's, and of one not above it.
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
    day_range: Floats
    covered: dict[float, float]
    hours_covered: dict[float, float]
    mean_error: float
    gain: float
    gain_interval: tuple[float, float]

    def inside(self, level: float) -> NDArray[np.bool_]:
        """Return whether each day's total lay inside its interval, shape (days,)."""
        return _inside(self.day_range[:, 0], self.day_range[:, 1], level)

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
    y = checked_counts(counts, fit.shape)
    if np.isnan(y).any():
        raise ModelError("counts", "got hours that were not recorded, want all of them")
    rng = np.random.Generator(np.random.Philox(seed))
    weekday = (start.weekday() + np.arange(len(y))) % 7
    mean = np.asarray(plain, float)[weekday]
    poisson = (y * np.log(mean) - mean - special.gammaln(y + 1)).sum(axis=1)
    phi = fit.cv**2
    mu = predict_arrivals(fit, start, len(y))
    score = day_log_likelihood(y, mu, np.ones(y.shape, bool), phi)
    day_low, day_pit, day_high = _places(fit, y, start, draws, rng)
    levels = (0.5, 0.9, 0.95)
    covered = {q: float(_inside(day_low, day_high, q).mean()) for q in levels}
    hours = _hour_coverage(y, mu, phi, levels)
    gain = (score - poisson) / 24
    return HeldOut(
        score, poisson, day_pit, np.stack([day_low, day_high], axis=1), covered, hours,
        float(y.sum() / mu.sum() - 1), float(gain.mean()), block_interval(gain, 14, rng),
    )  # fmt: skip


def _places(
    fit: ArrivalFit, y: Floats, start: date, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Return, of each day's total, the chance of less, a place at random within its step, and the chance of no more."""
    design = fit.design([start + timedelta(days=i) for i in range(len(y))])
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
    return {q: float(_inside(below, until, q).mean()) for q in levels}


def _inside(below: Floats, until: Floats, level: float) -> NDArray[np.bool_]:
    """Return whether whole numbers lie inside the central interval: neither more than so unlikely in its tails."""
    return np.asarray((below <= (1 + level) / 2) & (until >= (1 - level) / 2))


def block_interval(
    values: Floats, block: int, rng: np.random.Generator, times: int = 2000
) -> tuple[float, float]:
    """Return the 95% interval of the mean of a series whose neighbours resemble each other, by resampling blocks."""
    n = len(values)
    blocks = -(-n // block)
    first = rng.integers(0, n, size=(times, blocks))
    at = (first[:, :, None] + np.arange(block)) % n
    means = values[at.reshape(times, -1)[:, :n]].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
