"""One fitted number with its uncertainty, and how it is written into a model file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from scipy import special

from cisim.distributions import Beta, Distribution, Lognormal, Normal
from cisim.errors import ModelError

__all__ = ["Estimate"]

Scale = Literal["log", "logit", "plain"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A fitted number: its best value, and a standard error on the scale on which it is nearly normal.

    Attributes
    ----------
    value : float
        In the unit of the number itself.
    se : float
        On the scale; 0 where the number is known, infinity where the data say nothing of it.
    scale : 'log', 'logit' or 'plain'
        'log' for what is above 0, 'logit' for shares.
    unit : str
        'd', 'per day', 'share'; '' for a plain number.

    Examples
    --------
    >>> stay = Estimate(5.0, 0.1, "log", "d")
    >>> [round(x, 2) for x in stay.interval(0.95)]
    [4.11, 6.08]
    >>> stay.words(source="stays of 2015")["uncertain"]
    {'lognormal': {'mean': '5.025 d', 'sd': '0.5038 d'}}
    """

    value: float
    se: float
    scale: Scale = "plain"
    unit: str = ""

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the ends of the interval that holds the true number with this confidence."""
        reach = float(special.ndtri((1 + level) / 2)) * self.se
        if self.scale == "log":
            return self.value * math.exp(-reach), self.value * math.exp(reach)
        if self.scale == "logit":
            middle = float(special.logit(self.value))
            return float(special.expit(middle - reach)), float(special.expit(middle + reach))
        return self.value - reach, self.value + reach

    def distribution(self) -> Distribution:
        """Return what is not known of it as a distribution: lognormal, beta or normal.

        Raises
        ------
        ModelError
            Where the standard error is 0 or infinite: nothing is unknown, or everything.
        """
        if not 0 < self.se < math.inf:
            raise ModelError("estimate", f"got standard error {self.se:g}, want one above 0 and finite")
        if self.scale == "log":
            mean = self.value * math.exp(self.se**2 / 2)
            return Lognormal(mean, mean * math.sqrt(math.expm1(self.se**2)))
        if self.scale == "logit":
            spread = min(self.se, 5.0) * self.value * (1 - self.value)
            return Beta(self.value, min(spread, 0.99 * math.sqrt(self.value * (1 - self.value))))
        return Normal(self.value, self.se)

    def words(self, source: str, note: str = "") -> dict[str, Any]:
        """Return the number as it is written in a model file: `uncertain`, with its source.

        A number that is known, or of which the data say nothing, stands as it is.
        """
        beside = {"source": source} | ({"note": note} if note else {})
        if not 0 < self.se < math.inf:
            return {"constant": self.written(), **beside}
        made = self.distribution()
        family = {"log": "lognormal", "logit": "beta", "plain": "normal"}[self.scale]
        return {
            "uncertain": {family: {"mean": self._written(made.mean()), "sd": self._written(made.sd())}},
            **beside,
        }

    def told(self, level: float = 0.95) -> str:
        """Return the number with its interval in words."""
        unit = f" {self.unit}" if self.unit and self.unit != "share" else ""
        if not self.se < math.inf:
            return f"{self.value:.4g}{unit} (the data do not say how sure)"
        low, high = self.interval(level)
        return f"{self.value:.4g}{unit} ({level:.0%} interval {low:.4g} to {high:.4g})"

    def written(self) -> str | float:
        """Return the best value as it is written in a file, with its unit."""
        return self._written(self.value)

    def _written(self, value: float) -> str | float:
        number = float(f"{value:.4g}")
        return number if self.unit in ("", "share") else f"{number:g} {self.unit}"
