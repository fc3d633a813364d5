"""Distributions by inversion: a uniform number in, a value out.

Every family states its mean, standard deviation and support, and is held to them by one test. Families
are given by their mean and standard deviation where the literature allows, because that is what people
have. Units are the caller's: durations in milliseconds, money in pounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cisim.errors import ModelError

__all__ = [
    "Beta",
    "Choice",
    "Constant",
    "Distribution",
    "Empirical",
    "Exponential",
    "Gamma",
    "Lognormal",
    "Mixture",
    "Normal",
    "Scaled",
    "Triangular",
    "Uniform",
    "Weibull",
    "longer",
]

Floats = NDArray[np.float64]
_ROOT_2PI = math.sqrt(2 * math.pi)
_MOST_STEPS, _NEAR = 100, 1e-14


@runtime_checkable
class Distribution(Protocol):
    """A value's distribution, drawn by inversion."""

    def ppf(self, u: Floats) -> Floats:
        """Return the quantiles at `u`, numbers strictly between 0 and 1, in any shape."""
        ...

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`, in any shape."""
        ...

    def mean(self) -> float:
        """Return the expected value."""
        ...

    def sd(self) -> float:
        """Return the standard deviation."""
        ...

    def support(self) -> tuple[float, float]:
        """Return the lowest and the highest value possible."""
        ...


def _refuse(family: str, text: str) -> ModelError:
    return ModelError(family, text)


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same value."""

    value: float

    def ppf(self, u: Floats) -> Floats:
        """Return the value, in the shape of `u`."""
        return np.full(np.shape(u), float(self.value))

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`."""
        return np.where(np.asarray(x) >= self.value, 1.0, 0.0)

    def mean(self) -> float:
        """Return the value."""
        return float(self.value)

    def sd(self) -> float:
        """Return zero."""
        return 0.0

    def support(self) -> tuple[float, float]:
        """Return the value twice."""
        return (self.value, self.value)


@dataclass(frozen=True, slots=True)
class Exponential:
    """Exponential with a mean: the waiting time of a Poisson process."""

    average: float

    def __post_init__(self) -> None:
        if not self.average > 0:
            raise _refuse("exponential", f"got mean {self.average:g}, want more than 0")

    def ppf(self, u: Floats) -> Floats:
        """Return the quantiles at `u`."""
        return np.asarray(-self.average * np.log1p(-np.asarray(u)))

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`."""
        return np.asarray(-np.expm1(-np.maximum(x, 0.0) / self.average))

    def mean(self) -> float:
        """Return the mean."""
        return self.average

    def sd(self) -> float:
        """Return the standard deviation, equal to the mean."""
        return self.average

    def support(self) -> tuple[float, float]:
        """Return 0 and infinity."""
        return (0.0, math.inf)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Lognormal with the mean and standard deviation of the variable itself.

    >>> round(float(Lognormal(7.4, 8.61).ppf(np.array(0.5))), 3)
    4.823
    """

    average: float
    spread: float

    def __post_init__(self) -> None:
        if not (self.average > 0 and self.spread > 0):
            raise _refuse("lognormal", f"got mean {self.average:g} and sd {self.spread:g}, want both above 0")

    def log_parameters(self) -> tuple[float, float]:
        """Return the mean and standard deviation of the logarithm."""
        sigma2 = math.log1p((self.spread / self.average) ** 2)
        return math.log(self.average) - sigma2 / 2, math.sqrt(sigma2)

    def ppf(self, u: Floats) -> Floats:
        """Return the quantiles at `u`."""
        mu, sigma = self.log_parameters()
        return np.asarray(np.exp(mu + sigma * special.ndtri(u)))

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`."""
        mu, sigma = self.log_parameters()
        with np.errstate(divide="ignore"):
            return np.asarray(special.ndtr((np.log(np.maximum(x, 0.0)) - mu) / sigma))

    def mean(self) -> float:
        """Return the mean."""
        return self.average

    def sd(self) -> float:
        """Return the standard deviation."""
        return self.spread

    def support(self) -> tuple[float, float]:
        """Return 0 and infinity."""
        return (0.0, math.inf)


@dataclass(frozen=True, slots=True)
class Gamma:
    """Gamma with a mean and standard deviation."""

    average: float
    spread: float

    def __post_init__(self) -> None:
        if not (self.average > 0 and self.spread > 0):
            raise _refuse("gamma", f"got mean {self.average:g} and sd {self.spread:g}, want both above 0")

    def ppf(self, u: Floats) -> Floats:
        """Return the quantiles at `u`."""
        shape = (self.average / self.spread) ** 2
        return np.asarray(special.gammaincinv(shape, u) * self.spread**2 / self.average)

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`."""
        shape = (self.average / self.spread) ** 2
        return np.asarray(special.gammainc(shape, np.maximum(x, 0.0) * self.average / self.spread**2))

    def mean(self) -> float:
        """Return the mean."""
        return self.average

    def sd(self) -> float:
        """Return the standard deviation."""
        return self.spread

    def support(self) -> tuple[float, float]:
        """Return 0 and infinity."""
        return (0.0, math.inf)


@dataclass(frozen=True, slots=True)
class Weibull:
    """Weibull with a shape and a mean."""

    shape: float
    average: float

    def __post_init__(self) -> None:
        if not (self.average > 0 and self.shape > 0):
            raise _refuse("weibull", f"got shape {self.shape:g} and mean {self.average:g}, want both above 0")

    def ppf(self, u: Floats) -> Floats:
        """Return the quantiles at `u`."""
        scale = self.average / math.gamma(1 + 1 / self.shape)
        return np.asarray(scale * (-np.log1p(-np.asarray(u))) ** (1 / self.shape))

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`."""
        scale = self.average / math.gamma(1 + 1 / self.shape)
        return np.asarray(-np.expm1(-((np.maximum(x, 0.0) / scale) ** self.shape)))

    def mean(self) -> float:
        """Return the mean."""
        return self.average

    def sd(self) -> float:
        """Return the standard deviation."""
        first, second = math.gamma(1 + 1 / self.shape), math.gamma(1 + 2 / self.shape)
        return self.average * math.sqrt(second / first**2 - 1)

    def support(self) -> tuple[float, float]:
        """Return 0 and infinity."""
        return (0.0, math.inf)


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal with a mean and standard deviation: for value files, not for durations."""

    average: float
    spread: float

    def __post_init__(self) -> None:
        if not self.spread > 0:
            raise _refuse("normal", f"got sd {self.spread:g}, want more than 0")

    def ppf(self, u: Floats) -> Floats:
        """Return the quantiles at `u`."""
        return np.asarray(self.average + self.spread * special.ndtri(u))

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`."""
        return np.asarray(special.ndtr((np.asarray(x) - self.average) / self.spread))

    def mean(self) -> float:
        """Return the mean."""
        return self.average

    def sd(self) -> float:
        """Return the standard deviation."""
        return self.spread

    def support(self) -> tuple[float, float]:
        """Return minus and plus infinity."""
        return (-math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Beta:
    """Beta with a mean and standard deviation: for shares.

    >>> Beta(0.5, 0.2).parameters()
    (2.625, 2.625)
    """

    average: float
    spread: float

    def __post_init__(self) -> None:
        m, s = self.average, self.spread
        if not (0 < m < 1 and s > 0 and s**2 < m * (1 - m)):
            raise _refuse(
                "beta",
                f"got mean {m:g} and sd {s:g}, want a mean between 0 and 1 and sd below sqrt(mean * (1 - mean))",
            )

    def parameters(self) -> tuple[float, float]:
        """Return the two shape parameters, by the method of moments."""
        total = self.average * (1 - self.average) / self.spread**2 - 1
        return round(self.average * total, 12), round((1 - self.average) * total, 12)

    def ppf(self, u: Floats) -> Floats:
        """Return the quantiles at `u`."""
        return np.asarray(special.betaincinv(*self.parameters(), u))

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`."""
        return np.asarray(special.betainc(*self.parameters(), np.clip(x, 0.0, 1.0)))

    def mean(self) -> float:
        """Return the mean."""
        return self.average

    def sd(self) -> float:
        """Return the standard deviation."""
        return self.spread

    def support(self) -> tuple[float, float]:
        """Return 0 and 1."""
        return (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Every value between two ends alike."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise _refuse("uniform", f"got low {self.low:g} and high {self.high:g}, want low below high")

    def ppf(self, u: Floats) -> Floats:
        """Return the quantiles at `u`."""
        return np.asarray(self.low + (self.high - self.low) * np.asarray(u))

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`."""
        return np.clip((np.asarray(x) - self.low) / (self.high - self.low), 0.0, 1.0)

    def mean(self) -> float:
        """Return the midpoint."""
        return (self.low + self.high) / 2

    def sd(self) -> float:
        """Return the standard deviation."""
        return (self.high - self.low) / math.sqrt(12)

    def support(self) -> tuple[float, float]:
        """Return the two ends."""
        return (self.low, self.high)


@dataclass(frozen=True, slots=True)
class Triangular:
    """Triangular with its lowest, most likely and highest value."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        if not (self.low <= self.mode <= self.high and self.low < self.high):
            raise _refuse(
                "triangular",
                f"got {self.low:g}, {self.mode:g}, {self.high:g}, want low <= mode <= high and low < high",
            )

    def ppf(self, u: Floats) -> Floats:
        """Return the quantiles at `u`."""
        u = np.asarray(u)
        width, rise, fall = self.high - self.low, self.mode - self.low, self.high - self.mode
        below = self.low + np.sqrt(u * width * rise)
        above = self.high - np.sqrt((1 - u) * width * fall)
        return np.where(u * width < rise, below, above)

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`."""
        x = np.clip(x, self.low, self.high)
        width, rise, fall = self.high - self.low, self.mode - self.low, self.high - self.mode
        below = (x - self.low) ** 2 / (width * rise) if rise else np.zeros(np.shape(x))
        above = 1.0 - (self.high - x) ** 2 / (width * fall) if fall else np.ones(np.shape(x))
        return np.where(x < self.mode, below, above)

    def mean(self) -> float:
        """Return the mean."""
        return (self.low + self.mode + self.high) / 3

    def sd(self) -> float:
        """Return the standard deviation."""
        a, c, b = self.low, self.mode, self.high
        return math.sqrt((a * a + b * b + c * c - a * b - a * c - b * c) / 18)

    def support(self) -> tuple[float, float]:
        """Return the two ends."""
        return (self.low, self.high)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, each with its share."""

    values: tuple[float, ...]
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.values) != len(self.shares) or not self.values:
            raise _refuse("choice", "want as many shares as values, and at least one")
        if min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-9:
            raise _refuse(
                "choice", f"got shares that sum to {sum(self.shares):.6g}, want none below 0 and a sum of 1"
            )

    def ppf(self, u: Floats) -> Floats:
        """Return the value whose interval holds `u`, in the written order."""
        cuts = np.cumsum(self.shares)[:-1]
        return np.asarray(self.values, float)[np.searchsorted(cuts, u, side="right")]

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`."""
        low = np.asarray(x)[..., None] >= np.asarray(self.values, float)
        return np.asarray(np.minimum(low @ np.asarray(self.shares, float), 1.0))

    def mean(self) -> float:
        """Return the mean."""
        return float(np.dot(self.values, self.shares))

    def sd(self) -> float:
        """Return the standard deviation."""
        squares = np.dot(np.square(self.values), self.shares)
        return math.sqrt(max(0.0, float(squares) - self.mean() ** 2))

    def support(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        return (min(self.values), max(self.values))


@dataclass(frozen=True, slots=True)
class Mixture:
    """Lognormals mixed: most patients of one kind, some of another, such as a long tail of stays.

    The quantile has no formula; it is found in the logarithm by Newton's steps, and by halving where these would leave
    the interval. Each number's search stops by itself, so that it depends on that number alone.

    >>> two = Mixture((0.8, 0.2), (3.0, 20.0), (2.0, 15.0))
    >>> round(two.mean(), 2)
    6.4
    >>> bool(np.isclose(two.cdf(two.ppf(np.array([0.9]))), 0.9)[0])
    True
    """

    shares: tuple[float, ...]
    averages: tuple[float, ...]
    spreads: tuple[float, ...]

    def __post_init__(self) -> None:
        if not (len(self.shares) == len(self.averages) == len(self.spreads) >= 2):
            raise _refuse("mixture", "want as many shares as means and sds, and at least two")
        if min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-9:
            raise _refuse(
                "mixture", f"got shares that sum to {sum(self.shares):.6g}, want none below 0 and a sum of 1"
            )
        self.parts()

    def parts(self) -> tuple[Lognormal, ...]:
        """Return the lognormals."""
        return tuple(Lognormal(m, s) for m, s in zip(self.averages, self.spreads, strict=True))

    def ppf(self, u: Floats) -> Floats:
        """Return the quantiles at `u`."""
        wanted = np.asarray(u, float).ravel()
        parts = [
            (share, *part.log_parameters()) for share, part in zip(self.shares, self.parts(), strict=True)
        ]
        with np.errstate(divide="ignore"):
            each = np.log(np.stack([part.ppf(wanted) for part in self.parts()]))
        low, high = each.min(axis=0), each.max(axis=0)
        at = (low + high) / 2
        left = np.flatnonzero(high > low)
        for _ in range(_MOST_STEPS):
            if not len(left):
                break
            x, over, slope = at[left], -wanted[left], np.full(len(left), 1e-300)
            for share, mu, sigma in parts:
                z = (x - mu) / sigma
                over += share * special.ndtr(z)
                slope += share / (sigma * _ROOT_2PI) * np.exp(-z * z / 2)
            low[left] = np.where(over < 0, x, low[left])
            high[left] = np.where(over < 0, high[left], x)
            new = x - over / slope
            new = np.where((new > low[left]) & (new < high[left]), new, (low[left] + high[left]) / 2)
            at[left] = new
            left = left[np.abs(new - x) > _NEAR * np.maximum(np.abs(x), 1.0)]  # each stops by itself
        return np.asarray(np.exp(at).reshape(np.shape(u)))

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`."""
        total = np.zeros(np.shape(x))
        for share, part in zip(self.shares, self.parts(), strict=True):
            total = total + share * part.cdf(x)
        return np.minimum(total, 1.0)

    def mean(self) -> float:
        """Return the mean."""
        return float(np.dot(self.shares, self.averages))

    def sd(self) -> float:
        """Return the standard deviation."""
        squares = np.dot(self.shares, np.square(self.averages) + np.square(self.spreads))
        return math.sqrt(max(0.0, float(squares) - self.mean() ** 2))

    def support(self) -> tuple[float, float]:
        """Return 0 and infinity."""
        return (0.0, math.inf)


@dataclass(frozen=True, slots=True)
class Empirical:
    """What was seen, straight from quantile to quantile, and beyond the last one a smooth tail.

    The tail is a generalised Pareto distribution (Pickands 1975): `shape` 0 is exponential, above 0 longer than that.

    >>> seen = Empirical((0.0, 2.0, 6.0), (0.0, 0.5, 0.9), 4.0, 0.2)
    >>> seen.ppf(np.array([0.25, 0.7])).round(9).tolist()
    [1.0, 4.0]
    """

    values: tuple[float, ...]
    chances: tuple[float, ...]
    scale: float
    shape: float = 0.0

    def __post_init__(self) -> None:
        x, p = np.asarray(self.values, float), np.asarray(self.chances, float)
        if x.shape != p.shape or len(x) < 2 or not ((np.diff(x) > 0).all() and (np.diff(p) > 0).all()):
            raise _refuse("empirical", "want two or more values, rising, each with its chance, rising")
        if not (x[0] >= 0 and p[0] == 0 and p[-1] < 1):
            raise _refuse(
                "empirical",
                f"got {x[0]:g} first at chance {p[0]:g}, and {p[-1]:g} last, want 0 or more at 0, and below 1",
            )
        if not (self.scale > 0 and 0 <= self.shape < 0.5):
            raise _refuse(
                "empirical",
                f"got tail scale {self.scale:g} and shape {self.shape:g}, want above 0, and from 0 to below 0.5",
            )

    def ppf(self, u: Floats) -> Floats:
        """Return the quantiles at `u`."""
        u = np.asarray(u, float)
        last = self.chances[-1]
        rest = -np.log1p(-np.maximum((u - last) / (1 - last), 0.0))
        tail = self.scale * (np.expm1(self.shape * rest) / self.shape if self.shape else rest)
        return np.where(u > last, self.values[-1] + tail, np.interp(u, self.chances, self.values))

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`."""
        x = np.asarray(x, float)
        over = np.maximum(x - self.values[-1], 0.0) / self.scale
        rest = np.log1p(self.shape * over) / self.shape if self.shape else over
        last = self.chances[-1]
        body = np.interp(x, self.values, self.chances)
        return np.where(x > self.values[-1], last - (1 - last) * np.expm1(-rest), body)

    def mean(self) -> float:
        """Return the mean."""
        return self._moments()[0]

    def sd(self) -> float:
        """Return the standard deviation."""
        mean, square = self._moments()
        return math.sqrt(max(0.0, square - mean**2))

    def _moments(self) -> tuple[float, float]:
        x, p = np.asarray(self.values, float), np.diff(self.chances)
        low, high, last = x[:-1], x[1:], x[-1]
        above = self.scale / (1 - self.shape)
        above_square = 2 * self.scale**2 / ((1 - self.shape) * (1 - 2 * self.shape))
        tail = 1 - self.chances[-1]
        mean = p @ (low + high) / 2 + tail * (last + above)
        square = p @ (low**2 + low * high + high**2) / 3 + tail * (last**2 + 2 * last * above + above_square)
        return float(mean), float(square)

    def support(self) -> tuple[float, float]:
        """Return the first value and infinity."""
        return (self.values[0], math.inf)


@dataclass(frozen=True, slots=True)
class Scaled:
    """Another distribution times a factor: the same patient, a shorter wait."""

    of: Distribution
    factor: float

    def __post_init__(self) -> None:
        if self.factor < 0:
            raise _refuse("scaled", f"got factor {self.factor:g}, want 0 or more")

    def ppf(self, u: Floats) -> Floats:
        """Return the quantiles at `u`."""
        return np.asarray(self.of.ppf(u) * self.factor)

    def cdf(self, x: Floats) -> Floats:
        """Return the chance of a value at or below `x`."""
        x = np.asarray(x, float)
        return self.of.cdf(x / self.factor) if self.factor else np.where(x >= 0, 1.0, 0.0)

    def mean(self) -> float:
        """Return the mean."""
        return self.of.mean() * self.factor

    def sd(self) -> float:
        """Return the standard deviation."""
        return self.of.sd() * self.factor

    def support(self) -> tuple[float, float]:
        """Return the scaled ends."""
        low, high = self.of.support()
        return (low * self.factor, high * self.factor if self.factor else 0.0)


_BELOW_ONE = np.nextafter(1.0, 0.0)


def longer(of: Distribution, than: Floats, u: Floats) -> Floats:
    """Return the quantiles at `u` of a distribution's values given that they lie above `than`.

    By inversion: the quantile at F + u (1 - F), where F is the chance of a value at or below `than`. Where no
    value lies above, `than` itself.

    Parameters
    ----------
    of : Distribution
    than : ndarray of float
        What is known to have been exceeded, one for each of `u`.
    u : ndarray of float
        Numbers strictly between 0 and 1.

    >>> two_more = longer(Exponential(5.0), np.array([3.0]), np.array([0.5])) - 3.0
    >>> bool(np.isclose(two_more, Exponential(5.0).ppf(np.array([0.5])))[0])
    True
    """
    than, u = np.asarray(than, float), np.asarray(u, float)
    if isinstance(of, Scaled):
        return longer(of.of, than / of.factor, u) * of.factor if of.factor else than
    if isinstance(of, Choice):  # its values need not be written in their order
        return _longer_choice(of, than, u)
    below = of.cdf(than)
    value = of.ppf(np.minimum(below + u * (1.0 - below), _BELOW_ONE))
    return np.where(below < 1.0, np.maximum(value, than), than)


def _longer_choice(of: Choice, than: Floats, u: Floats) -> Floats:
    values = np.asarray(of.values, float)
    shares = np.where(values > than[..., None], np.asarray(of.shares, float), 0.0)
    total = shares.sum(axis=-1)
    reached = np.cumsum(shares, axis=-1) > (u * total)[..., None]
    return np.where(total > 0, values[np.argmax(reached, axis=-1)], than)
