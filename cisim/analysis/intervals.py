"""Intervals over replications."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.errors import ModelError

__all__ = ["Estimate", "interval", "paired_difference", "ratio", "student"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval.

    Attributes
    ----------
    value, low, high : float
        The estimate and the ends of its interval; infinite ends where the data bound nothing.
    level : float
        The share of such intervals that cover the truth, such as 0.95.
    n : int
        Number of replications it rests on.
    unit : str
    """

    value: float
    low: float
    high: float
    level: float
    n: int
    unit: str = ""

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.high - self.low) / 2

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.value:.4g}{unit} ({self.low:.4g} to {self.high:.4g})"


def _numbers(values: ArrayLike, where: str) -> Floats:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not len(numbers):
        raise ModelError(
            where, f"got an array of shape {numbers.shape}, want one number for each replication"
        )
    if not np.isfinite(numbers).all():
        raise ModelError(
            where, f"got {int((~np.isfinite(numbers)).sum())} values that are no number, want none"
        )
    return numbers


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ModelError("level", f"got {level:g}, want a share between 0 and 1, such as 0.95")


def student(n: int, level: float) -> float:
    """Two-sided quantile of Student's t with `n` - 1 degrees of freedom; infinite for one value."""
    return float(special.stdtrit(n - 1, (1 + level) / 2)) if n > 1 else math.inf


def interval(values: ArrayLike, level: float = 0.95, unit: str = "") -> Estimate:
    r"""Return the mean of independent replications with its interval.

    .. math:: \bar x \pm t_{n-1,(1+\text{level})/2}\; s / \sqrt n

    Parameters
    ----------
    values : array_like of float, shape (n,)
        One number for each replication.
    level : float
    unit : str

    Returns
    -------
    Estimate
        With one replication the ends are infinite: a single run says nothing of its own luck.

    Raises
    ------
    ModelError
        Without values, with values that are no number, or with a level outside (0, 1).

    References
    ----------
    Law (2015), Simulation Modeling and Analysis, 5th ed., section 9.4.1.

    Examples
    --------
    >>> print(interval([11.0, 12.0, 13.0], unit="d"))
    12 d (9.516 to 14.48)
    """
    _check_level(level)
    numbers = _numbers(values, "values")
    n = len(numbers)
    mean = float(numbers.mean())
    half = student(n, level) * float(numbers.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf
    return Estimate(mean, mean - half, mean + half, level, n, unit)


def paired_difference(base: ArrayLike, other: ArrayLike, level: float = 0.95, unit: str = "") -> Estimate:
    r"""Return `other` less `base`, replication by replication: the interval of the mean :math:`y_i - x_i`.

    Under common random numbers the two runs of a replication share their luck, so that the differences vary
    far less than either run.

    Parameters
    ----------
    base, other : array_like of float, shape (n,)
        The same replications in the same order.
    level : float
    unit : str

    Raises
    ------
    ModelError
        Where the two are not the same replications, and as `interval`.

    References
    ----------
    Law (2015), Simulation Modeling and Analysis, 5th ed., sections 10.2.1 and 11.2.

    Examples
    --------
    >>> print(paired_difference([10, 12, 14], [9, 11, 13]))
    -1 (-1 to -1)
    """
    first, second = _numbers(base, "base"), _numbers(other, "other")
    if len(first) != len(second):
        raise ModelError("other", f"got {len(second)} replications, want the {len(first)} of the base")
    return interval(second - first, level, unit)


def ratio(numerator: ArrayLike, denominator: ArrayLike, level: float = 0.95, unit: str = "") -> Estimate:
    r"""Return the ratio of two means over the same replications, by Fieller's theorem.

    The interval is the set of :math:`R` for which :math:`y_i - R x_i` has a mean that Student's test cannot
    tell from zero:

    .. math:: (\bar y - R \bar x)^2 \le t^2 \,(s_{yy} - 2 R s_{xy} + R^2 s_{xx}) / n

    Parameters
    ----------
    numerator, denominator : array_like of float, shape (n,)
        The same replications in the same order.
    level : float
    unit : str

    Returns
    -------
    Estimate
        The ends are infinite where the mean of the denominator cannot be told from zero.

    Raises
    ------
    ModelError
        Where the two are not the same replications, where the denominator's mean is zero, and as `interval`.

    References
    ----------
    Fieller (1954), J. R. Stat. Soc. B 16(2), 175-185.

    Examples
    --------
    >>> print(ratio([18, 20, 22], [9, 10, 11]))
    2 (2 to 2)
    """
    _check_level(level)
    y, x = _numbers(numerator, "numerator"), _numbers(denominator, "denominator")
    if len(x) != len(y):
        raise ModelError("denominator", f"got {len(x)} replications, want the {len(y)} of the numerator")
    n, my, mx = len(y), float(y.mean()), float(x.mean())
    if mx == 0:
        raise ModelError("denominator", "got a mean of 0, want another: nothing can be divided by it")
    if n == 1:
        return Estimate(my / mx, -math.inf, math.inf, level, n, unit)
    square = student(n, level) ** 2 / n
    (syy, sxy), (_, sxx) = np.cov(y, x)
    a, b, c = mx**2 - square * sxx, mx * my - square * sxy, my**2 - square * syy
    if a <= 0:
        return Estimate(my / mx, -math.inf, math.inf, level, n, unit)
    root = math.sqrt(max(b * b - a * c, 0.0))
    return Estimate(my / mx, float((b - root) / a), float((b + root) / a), level, n, unit)
