"""What a tonne of carbon dioxide is said to be worth, year by year, and pounds of one year in those of another.

Data with their sources: another series is another record.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CARBON_VALUES", "GDP_DEFLATOR", "CarbonValues", "at_prices_of"]

Floats = NDArray[np.float64]
GDP_DEFLATOR: dict[int, float] = {
    2015: 75.1536,
    2016: 76.4554,
    2017: 77.6367,
    2018: 79.1606,
    2019: 81.1085,
    2020: 85.2137,
    2021: 85.6358,
    2022: 90.5005,
    2023: 96.2507,
    2024: 100.0,
}
"""HM Treasury's GDP deflator by calendar year, 2024 = 100."""


def at_prices_of(amount: float, year: int, wanted: int) -> tuple[float, int]:
    """Return an amount of the prices of `year` in those of `wanted`, or of the nearest year that is known.

    Returns
    -------
    (float, int)
        The amount, and the year of its prices.

    >>> at_prices_of(345, 2020, 2024)
    (404.86..., 2024)
    >>> at_prices_of(345, 2020, 2031)
    (404.86..., 2024)
    """
    first, last = (min(max(y, min(GDP_DEFLATOR)), max(GDP_DEFLATOR)) for y in (year, wanted))
    return amount * GDP_DEFLATOR[last] / GDP_DEFLATOR[first], last


@dataclass(frozen=True, slots=True)
class CarbonValues:
    """Pounds a tonne of carbon dioxide equivalent by calendar year.

    Attributes
    ----------
    name : str
    first_year : int
    pounds : tuple of float
        One a year from the first on, in prices of `price_year`.
    growth : float
        By how much a year it rises before the first and after the last of them.
    price_year : int
    source : str
    """

    name: str
    first_year: int
    pounds: tuple[float, ...]
    growth: float
    price_year: int
    source: str

    def each_year(self, first_year: int, years: int) -> Floats:
        """Return pounds a tonne in each of `years` years, in prices of `price_year`, shape (years,).

        >>> CARBON_VALUES.each_year(2029, 3).round(2).tolist()
        [290.08, 294.5, 298.92]
        """
        asked = np.arange(first_year, first_year + years)
        place = asked - self.first_year
        known = np.asarray(self.pounds)[np.clip(place, 0, len(self.pounds) - 1)]
        beyond = np.where(place < 0, place, np.maximum(place - (len(self.pounds) - 1), 0))
        return np.asarray(known * (1.0 + self.growth) ** beyond)


CARBON_VALUES = CarbonValues(
    "central",
    2025,
    (273.06, 277.22, 281.44, 285.73, 290.08, 294.50),
    0.015,
    2022,
    "Department for Energy Security and Net Zero, values of carbon for appraisal, central, 2022 prices (low is half, "
    "high is half as much again); 1.5% more a year beyond 2030 is an assumption",
)
"""Central values of the Department for Energy Security and Net Zero."""
