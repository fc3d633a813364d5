"""Discounting: what a pound, or a year in good health, of a later year is worth today.

A schedule is data: yearly rates in bands of years. The first year is not discounted: year 0 counts 1, year 1
is divided by one plus the first rate, and so on, each further year by the rate of its own band.

References
----------
HM Treasury, The Green Book (2022; kept in 2026), supplementary guidance on discounting: social time
preference 3.5% falling to 1%, and for health 1.5% falling to 0.43%.
NICE health technology evaluations: the manual (PMG36): 3.5% for costs and for health.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from cisim.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "GREEN_BOOK_HEALTH",
    "GREEN_BOOK_MONEY",
    "NICE_RATE",
    "Schedule",
    "annuity",
    "equivalent_annual",
    "internal_rate",
    "net_health_benefit",
    "net_monetary_benefit",
    "present_value",
]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Yearly discount rates in bands of years.

    Attributes
    ----------
    name : str
    rates : tuple of float
        Rate a year in each band, such as 0.035.
    until : tuple of float
        The year at which each band but the last ends; one shorter than `rates`, rising.
    source : str

    >>> GREEN_BOOK_MONEY.factor([0, 1, 30, 31]).round(6).tolist()
    [1.0, 0.966184, 0.356278, 0.345901]
    """

    name: str
    rates: tuple[float, ...]
    until: tuple[float, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        if len(self.until) != len(self.rates) - 1:
            got = f"got {len(self.rates)} rates and {len(self.until)} band ends"
            raise ModelError(f"discount schedule {self.name!r}", f"{got}, want one end fewer than rates")
        if list(self.until) != sorted(set(self.until)) or min(self.rates) <= -1:
            raise ModelError(
                f"discount schedule {self.name!r}", "want band ends that rise and rates above -100%"
            )

    def factor(self, years: ArrayLike) -> NDArray[np.float64]:
        """Return what 1 of each of `years` (0 is the first; halves allowed) is worth in year 0.

        Parameters
        ----------
        years : array of float, any shape
            Years since the first, not below 0.

        Returns
        -------
        ndarray of float, same shape

        Raises
        ------
        ModelError
            For a year below 0.
        """
        time = np.asarray(years, float)
        if time.size and float(time.min()) < 0:
            raise ModelError("discounting", f"got year {float(time.min()):g}, want 0 or later")
        log = np.zeros_like(time)
        for rate, start, end in zip(self.rates, (0.0, *self.until), (*self.until, math.inf), strict=True):
            log += np.clip(time - start, 0.0, end - start) * math.log1p(rate)
        return np.asarray(np.exp(-log))


GREEN_BOOK_MONEY = Schedule(
    "3.5% falling to 1%",
    (0.035, 0.03, 0.025, 0.02, 0.015, 0.01),
    (30.0, 75.0, 125.0, 200.0, 300.0),
    "HM Treasury Green Book, standard schedule",
)
GREEN_BOOK_HEALTH = Schedule(
    "1.5% falling to 0.43%",
    (0.015, 0.0129, 0.0107, 0.0086, 0.0064, 0.0043),
    (30.0, 75.0, 125.0, 200.0, 300.0),
    "HM Treasury Green Book, health schedule",
)
NICE_RATE = Schedule("3.5%", (0.035,), (), "NICE health technology evaluations: the manual (PMG36)")


def present_value(
    flows: Sequence[float] | NDArray[np.float64], schedule: Schedule, *, first: float = 0.0
) -> float:
    """Return the worth in year 0 of one flow a year, the first of them in year `first`.

    Parameters
    ----------
    flows : array of float, shape (years,)
    schedule : Schedule
    first : float
        0 for flows that start undiscounted, 1 for flows in arrears, 0.5 for the middle of the first year.

    >>> round(present_value([-100, 30, 30, 30, 30, 30], Schedule("flat", (0.035,))), 10)
    35.4515712641
    """
    values = np.asarray(flows, float)
    return float(np.dot(values, schedule.factor(first + np.arange(len(values)))))


def annuity(years: int, schedule: Schedule, *, first: float = 0.0) -> float:
    """Return the worth in year 0 of 1 a year for `years` years, the first in year `first`.

    >>> round(annuity(10, GREEN_BOOK_MONEY), 10)
    8.6076865089
    """
    return present_value(np.ones(years), schedule, first=first)


def equivalent_annual(value: float, years: int, schedule: Schedule) -> float:
    """Return the equal amount, paid at the end of each of `years` years, that is worth `value` in year 0."""
    return value / annuity(years, schedule, first=1.0)


def internal_rate(flows: Sequence[float] | NDArray[np.float64]) -> float:
    """Return the one yearly rate at which flows are worth nothing, the first of them undiscounted.

    Returns
    -------
    float
        NaN where there is none, or where flows turn more than once between paying and being paid: there may
        then be several, and none of them means anything.

    >>> round(internal_rate([-100, 30, 30, 30, 30, 30]), 10)
    0.1523823712
    """
    values = np.asarray(flows, float)
    signs = np.sign(values[values != 0])
    if len(signs) < 2 or int((np.diff(signs) != 0).sum()) != 1:
        return float("nan")
    steps = np.arange(len(values))
    # In the log of the factor, so that rates from nearly -100% to any height lie in one finite range.
    root = optimize.brentq(
        lambda x: float(values @ np.exp(-x * (steps - steps[-1] / 2))), -50.0, 50.0, xtol=1e-14
    )
    return float(np.expm1(root))


def net_monetary_benefit(qalys: float, money: float, pounds_per_qaly: float) -> float:
    """Return health in pounds plus money, where money spent is below 0.

    >>> net_monetary_benefit(12, -90_000, 20_000)
    150000
    """
    return qalys * pounds_per_qaly + money


def net_health_benefit(qalys: float, money: float, pounds_per_qaly: float) -> float:
    """Return health less what the money would have bought elsewhere; money spent is below 0.

    >>> net_health_benefit(12, -90_000, 20_000)
    7.5
    """
    return qalys + money / pounds_per_qaly
