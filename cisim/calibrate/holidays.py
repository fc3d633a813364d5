"""Whether bank holidays differ from other days, and how: the evidence, and what is said of it.

The days that are no bank holidays are fitted alone, so that the bank holidays are foretold and not fitted. A bank
holiday may have the hours of its own weekday or of another, and any factor beside. The chance of what came, averaged
over all these, is divided by its chance were bank holidays days like others: a ratio that exceeds 20 in at most one in
20 of records in which they are (Ville; Gruenwald, de Heide and Koolen 2024, Safe testing, JRSS B 86).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cisim.calibrate.day_counts import Special, day_log_likelihood
from cisim.calibrate.estimates import Estimate
from cisim.errors import ModelError
from cisim.spec import bank_holidays
from cisim.units import WEEKDAYS

__all__ = ["Evidence", "HolidayFit", "evidence_of", "scatter", "special_of"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LEAST_HOLIDAYS = 4
"""With fewer nothing is said of them: an assumption, half a year of England's."""
ENOUGH = 20.0
"""The ratio from which bank holidays are said to differ: one in 20 records without a difference, at most, give it."""
FACTORS = np.linspace(-1.5, 1.5, 121)
PRIOR_SD = 0.25
"""Of the logarithm of the factor, before anything is seen: an assumption; most hospitals have 0.6 to 1.6."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What bank holidays say before they are fitted.

    Attributes
    ----------
    seen : int
        Bank holidays with any hour recorded.
    like : int or None
        The weekday whose hours foretell them best; None for that of the date itself.
    ratio : float
        How much likelier a difference makes them.
    """

    seen: int
    like: int | None
    ratio: float

    @property
    def shown(self) -> bool:
        """Whether they differ, beyond luck."""
        return self.seen >= LEAST_HOLIDAYS and self.ratio >= ENOUGH


@dataclass(frozen=True, slots=True)
class HolidayFit:
    """Bank holidays as they were fitted.

    Attributes
    ----------
    of : str
        Whose bank holidays: a calendar's name.
    evidence : Evidence
    factor : Estimate or None
        On the rate of the weekday whose hours hold; None where no difference is shown.
    scatter : float
        Variance of single bank holidays over that of days; the factor's standard error allows for it where above 1.
    named : dict of str to float
        Of each bank holiday that came more than once, by name: how many came over how many were expected.
    """

    of: str
    evidence: Evidence
    factor: Estimate | None
    scatter: float
    named: Mapping[str, float]

    def told(self) -> str:
        """Return what was found, in a sentence or two."""
        found = self.evidence
        what = f"Bank holidays of {self.of}: {found.seen} seen"
        if found.seen < LEAST_HOLIDAYS:
            return f"{what}, too few to say anything of them; none is written."
        if self.factor is None:
            return (
                f"{what}; no difference from other days is shown (a difference makes them {found.ratio:.2g} times as "
                f"likely, and {ENOUGH:g} is asked for), and none is written."
            )
        low, high = self.factor.interval(0.9)
        hours = "their own weekday" if found.like is None else WEEKDAYS[found.like]
        told = (
            f"{what}; like {hours}, times {self.factor.value:.2f} (90% interval {low:.2f} to {high:.2f}); a difference "
            f"makes them {_times(found.ratio)} as likely."
        )
        if self.scatter > 2 and len(self.named) > 1:
            least, most = (pick(self.named, key=self.named.__getitem__) for pick in (min, max))
            told += (
                f" They differ from each other more than days do: from {least} ({self.named[least]:.2f} of what is "
                f"expected) to {most} ({self.named[most]:.2f}); one factor for all of them is a rough one."
            )
        return told


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} times" if ratio < 1e6 else "more than a million times"


def special_of(of: str, like: int | None, first: date, last: date) -> Special:
    """Return the bank holidays of a calendar in the years of some days.

    Raises
    ------
    ModelError
        For a calendar that is not known.
    """
    try:
        listed = [day for year in range(first.year, last.year + 1) for day in bank_holidays(year, of)]
    except ValueError as error:
        raise ModelError("bank_holidays", str(error)) from None
    return Special(frozenset(listed), like)


def evidence_of(y: Floats, seen: Bools, means: Mapping[int | None, Floats], phi: float) -> Evidence:
    """Return what bank holidays say, of a fit to all the other days.

    Parameters
    ----------
    y, seen : ndarray, shape (holidays, 24)
        Their counts, and which were recorded.
    means : mapping of int or None to ndarray, shape (holidays, 24)
        What was expected then, had they the hours of each weekday, or of their own (None).
    phi : float
        Variance of the day factor.
    """
    if len(y) < LEAST_HOLIDAYS:
        return Evidence(len(y), None, 1.0)
    prior = -(FACTORS**2) / (2 * PRIOR_SD**2)
    prior -= special.logsumexp(prior)
    likely = {
        like: np.array([day_log_likelihood(y, mu * math.exp(g), seen, phi).sum() for g in FACTORS])
        for like, mu in means.items()
    }
    plain = float(likely[None][len(FACTORS) // 2])
    ways = {like: float(special.logsumexp(each + prior)) for like, each in likely.items()}
    ratio = float(special.logsumexp(list(ways.values()))) - math.log(len(ways)) - plain
    return Evidence(len(y), max(ways, key=ways.__getitem__), math.exp(min(ratio, 300.0)))


def scatter(y: Floats, mu: Floats, phi: float) -> float:
    """Return the variance of some days' totals over what days have, by Pearson's statistic; one number was fitted."""
    total, mean = y.sum(axis=1), mu.sum(axis=1)
    return float(((total - mean) ** 2 / (mean + phi * mean**2)).sum() / max(len(total) - 1, 1))
