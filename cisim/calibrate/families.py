"""Families of durations: their likelihood with ends unseen, late entry and rounding, and the most likely member.

Every family is a smooth function of a few free numbers, so that one optimiser and one rule for the uncertainty serve
all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cisim.calibrate.product_limit import Stays
from cisim.distributions import Distribution, Exponential, Gamma, Lognormal, Mixture, Weibull
from cisim.errors import ModelError

Floats = NDArray[np.float64]
HALF_LOG_2PI = 0.9189385332046727


@dataclass(frozen=True, slots=True)
class Family:
    """A family of durations in free numbers.

    Attributes
    ----------
    names : tuple of str
        Its numbers as cisim writes them.
    scales : tuple of 'log' or 'logit'
        On which each is nearly normal.
    start : callable
        From logarithms of durations to free numbers to begin with.
    log_density, log_longer : callable
        Of (free numbers, durations).
    numbers : callable
        From free numbers to those that cisim writes.
    make : callable
        From the numbers that cisim writes to the distribution.
    """

    names: tuple[str, ...]
    scales: tuple[str, ...]
    start: Callable[[Floats], list[float]]
    log_density: Callable[[Floats, Floats], Floats]
    log_longer: Callable[[Floats, Floats], Floats]
    numbers: Callable[[Floats], list[float]]
    make: Callable[[list[float]], Distribution]

    def distribution(self, free: Floats) -> Distribution:
        """Return the member at these free numbers."""
        return self.make(self.numbers(free))


def _log(x: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(x, 1e-300)))


def _exponential() -> Family:
    return Family(
        ("mean",),
        ("log",),
        lambda logs: [float(np.log(np.exp(logs).mean()))],
        lambda f, x: -f[0] - x * np.exp(-f[0]),
        lambda f, x: -x * np.exp(-f[0]),
        lambda f: [math.exp(f[0])],
        lambda n: Exponential(n[0]),
    )


def _weibull() -> Family:
    """Free: log shape, log scale."""

    def density(f: Floats, x: Floats) -> Floats:
        shape = math.exp(f[0])
        z = shape * (_log(x) - f[1])
        return np.asarray(f[0] + z - _log(x) - np.exp(np.minimum(z, 300)))

    def longer(f: Floats, x: Floats) -> Floats:
        return np.asarray(-np.exp(np.minimum(math.exp(f[0]) * (_log(x) - f[1]), 300)))

    def numbers(f: Floats) -> list[float]:
        shape = math.exp(f[0])
        return [shape, math.exp(f[1] + math.lgamma(1 + 1 / shape))]

    return Family(
        ("shape", "mean"),
        ("log", "log"),
        lambda logs: [math.log(1.28 / max(float(logs.std()), 0.05)), float(logs.mean()) + 0.5],
        density,
        longer,
        numbers,
        lambda n: Weibull(n[0], n[1]),
    )


def _gamma() -> Family:
    """Free: log mean, log coefficient of variation."""

    def density(f: Floats, x: Floats) -> Floats:
        k = math.exp(-2 * f[1])
        z = x * math.exp(-f[0]) * k
        return np.asarray(k * _log(z) - z - special.gammaln(k) - _log(x))

    def longer(f: Floats, x: Floats) -> Floats:
        k = math.exp(-2 * f[1])
        return _log(np.asarray(special.gammaincc(k, x * math.exp(-f[0]) * k), float))

    return Family(
        ("mean", "sd"),
        ("log", "log"),
        lambda logs: [float(np.log(np.exp(logs).mean())), math.log(max(float(logs.std()), 0.05)) * 0.7],
        density,
        longer,
        lambda f: [math.exp(f[0]), math.exp(f[0] + f[1])],
        lambda n: Gamma(n[0], n[1]),
    )


def _inverse(log_sigma: float) -> float:
    return math.exp(min(-log_sigma, 300.0))


def _normal_density(mu: float, log_sigma: float, x: Floats) -> Floats:
    z = (_log(x) - mu) * _inverse(log_sigma)
    return np.asarray(-z * z / 2 - HALF_LOG_2PI - log_sigma - _log(x))


def _normal_longer(mu: float, log_sigma: float, x: Floats) -> Floats:
    return np.asarray(special.log_ndtr((mu - _log(x)) * _inverse(log_sigma)))


def _mean_sd(mu: float, log_sigma: float) -> tuple[float, float]:
    variance = math.exp(2 * log_sigma)
    mean = math.exp(mu + variance / 2)
    return mean, mean * math.sqrt(math.expm1(variance))


def _lognormal() -> Family:
    """Free: mean and log standard deviation of the logarithm."""
    return Family(
        ("mean", "sd"),
        ("log", "log"),
        lambda logs: [float(logs.mean()), math.log(max(float(logs.std()), 0.05))],
        lambda f, x: _normal_density(f[0], f[1], x),
        lambda f, x: _normal_longer(f[0], f[1], x),
        lambda f: list(_mean_sd(f[0], f[1])),
        lambda n: Lognormal(n[0], n[1]),
    )


def _mixture() -> Family:
    """Free: logit of the second share; mean and log sd of the logarithm of the first; the same of the second."""

    def both(part: Callable[[float, float, Floats], Floats], f: Floats, x: Floats) -> Floats:
        one = -np.logaddexp(0, f[0]) + part(f[1], f[2], x)
        other = -np.logaddexp(0, -f[0]) + part(f[3], f[4], x)
        return np.asarray(np.logaddexp(one, other))

    def start(logs: Floats) -> list[float]:
        cut = np.quantile(logs, 0.7)
        low, high = logs[logs <= cut], logs[logs > cut]
        if not len(high):  # heavy ties: the upper three tenths are one value
            low, high = logs, logs[logs == cut]
        spread = [math.log(max(float(part.std()), 0.1)) for part in (low, high)]
        return [math.log(3 / 7), float(low.mean()), spread[0], float(high.mean()), spread[1]]

    def numbers(f: Floats) -> list[float]:
        share = float(special.expit(f[0]))
        (m1, s1), (m2, s2) = _mean_sd(f[1], f[2]), _mean_sd(f[3], f[4])
        return [share, m1, s1, m2, s2]

    return Family(
        ("shares.2", "means.1", "sds.1", "means.2", "sds.2"),
        ("logit", "log", "log", "log", "log"),
        start,
        lambda f, x: both(_normal_density, f, x),
        lambda f, x: both(_normal_longer, f, x),
        numbers,
        lambda n: Mixture((1 - n[0], n[0]), (n[1], n[3]), (n[2], n[4])),
    )


FAMILIES: dict[str, Family] = {
    "exponential": _exponential(),
    "lognormal": _lognormal(),
    "gamma": _gamma(),
    "weibull": _weibull(),
    "mixture": _mixture(),
}
"""In the order of their number of parameters: of those that do as well, the first is taken."""
SMALLEST_SIGMA = math.log(0.05)
"""A part of a mixture may not be narrower: its likelihood has no bound as it closes in on one duration."""


def log_scores(family: Family, free: Floats, data: Stays, resolution: float) -> Floats:
    """Return the log likelihood of each duration, shape (n,)."""
    if resolution > 0:
        low = np.maximum(data.value - resolution / 2, 0.0)
        upper = family.log_longer(free, data.value + resolution / 2)
        lower = np.where(low > 0, family.log_longer(free, np.maximum(low, 1e-12)), 0.0)
        ended = lower + np.log(-np.expm1(np.minimum(upper - lower, -1e-300)))
    else:
        ended = family.log_density(free, data.value)
    out = np.where(data.seen, ended, family.log_longer(free, np.maximum(data.value, 1e-12)))
    late = data.entered > 0
    if late.any():
        out = out - np.where(late, family.log_longer(free, np.where(late, data.entered, 1.0)), 0.0)
    return np.asarray(out)


def most_likely(family: Family, data: Stays, resolution: float, start: Floats | None = None) -> Floats:
    """Return the free numbers that make the durations most likely.

    Raises
    ------
    ModelError
        Where there are none: durations all alike.
    """
    from scipy import optimize  # noqa: PLC0415 - slow to load

    logs = np.log(np.maximum(data.value, max(resolution / 2, 1e-12)))
    begin = np.asarray(family.start(logs)) if start is None else start
    scale = 1 / len(data)

    def cost(free: Floats) -> float:
        try:
            with np.errstate(all="ignore"):
                total = -float(log_scores(family, free, data, resolution).sum()) * scale
        except OverflowError:  # an optimiser may ask for anything
            return 1e10
        narrow = 0.0
        if len(free) == 5:
            narrow = max(0.0, SMALLEST_SIGMA - free[2]) + max(0.0, SMALLEST_SIGMA - free[4])
        return total + 10 * narrow if math.isfinite(total) else 1e10

    best = optimize.minimize(cost, begin, method="BFGS", options={"gtol": 1e-6})
    if not best.success and len(begin) > 1:
        best = optimize.minimize(
            cost, best.x, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-10, "maxiter": 4000}
        )
    if not np.isfinite(best.x).all() or best.fun >= 1e10:
        raise ModelError(
            "durations", "got durations of which no family is most likely, want some that differ"
        )
    found = np.asarray(best.x, float)
    if len(found) == 5 and _mean_sd(found[1], 0.0)[0] > _mean_sd(found[3], 0.0)[0]:
        found = np.array([-found[0], found[3], found[4], found[1], found[2]])
    return found


def covariance(family: Family, free: Floats, data: Stays, resolution: float) -> Floats:
    """Return the covariance of the free numbers: the inverse of the observed information, by central differences."""
    k = len(free)
    step = 1e-4

    def total(shift: Floats) -> float:
        return float(log_scores(family, free + shift, data, resolution).sum())

    information = np.zeros((k, k))
    unit = np.eye(k) * step
    for i in range(k):
        for j in range(i, k):
            value = (
                total(unit[i] + unit[j])
                - total(unit[i] - unit[j])
                - total(unit[j] - unit[i])
                + total(-unit[i] - unit[j])
            ) / (4 * step * step)
            information[i, j] = information[j, i] = -value
    values, vectors = np.linalg.eigh(information)
    if values[0] <= 1e-8 * max(values[-1], 1.0):
        raise ModelError(
            "durations", "got too few or too equal durations to say how sure the fit is, want more"
        )
    return np.asarray((vectors / values) @ vectors.T)
