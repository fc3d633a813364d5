"""What an option is worth under one perspective, on every draw: present values, returns and payback.

======================= ==============================================================================
cash benefit            what escapes of the cost of the steps taken out (close less stranded), and what a
                        service saves to which steps were moved
cash cost, direct cost  money paid for the programme, for running the new way and for the action, with what
                        such costs turn out above plan (optimism)
indirect cost           the same in the time of staff already employed
service benefit         cash benefit, plus costs avoided, plus income less marginal cost of extra (less lost)
                        patients, plus their health at the perspective's pounds a QALY; outcomes of every
                        kind, those of society (carbon) where the perspective counts them
net present value       service benefit - direct cost - indirect cost (not the last where the perspective
                        counts payments alone)
cash return             cash benefit / cash cost
service return, direct  service benefit / direct cost
service return, all     service benefit / (direct cost + indirect cost)
======================= ==============================================================================

All are present values at the perspective's rates, the first year undiscounted; payback alone is counted in
undiscounted cash. A cash figure holds cash-releasing rows and no others. Over the draws a return is the ratio
of the means, never the mean of the ratios, which one draw of low cost can carry anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisim.value.book import CASH, COST_USES, SOCIETAL, Book, Line, book_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cisim.value.perspectives import Perspective

__all__ = [
    "FORMULAE",
    "Figure",
    "Spread",
    "by_draw",
    "cash_by_draw",
    "cash_by_year",
    "payback",
    "ratio_of_means",
    "split_spread",
]

Floats = NDArray[np.float64]
FORMULAE: Mapping[str, str] = {
    "npv": "service benefit - direct cost - indirect cost (the last where the perspective counts staff time)",
    "cash_return": "cash benefit / cash cost",
    "service_return_direct": "all service benefit / direct cost",
    "service_return_all": "all service benefit / (direct cost + indirect cost)",
    "payback": "first year from which undiscounted cash, summed from the first year on, stays at or above zero; "
    "nothing to pay back where no year's cash is below zero",
    "net_monetary_benefit": "QALYs x pounds a QALY + money, each discounted at its own rate",
}


class Figure(NamedTuple):
    """One headline number.

    Attributes
    ----------
    value, low, high : float
        The figure, and the ends of its interval; missing (NaN) where it cannot be said.
    level : float
        Share of the draws between low and high.
    unit : str
    n : int
        Draws that it rests on.
    words : str
    """

    value: float
    low: float
    high: float
    level: float
    unit: str
    n: int
    words: str


@dataclass(frozen=True, slots=True)
class Spread:
    """How much of a variance is the luck of one year, and how much is what is not known.

    Attributes
    ----------
    luck : float
        Share between replications, of the two together; NaN where it cannot be told apart.
    unknown : float
        Share between draws within replications.
    told : str
        The same in words.
    """

    luck: float
    unknown: float
    told: str


def by_draw(ledger: Book | pd.DataFrame, option: str, perspective: Perspective) -> pd.DataFrame:
    """Return the present values of one option on every draw.

    Parameters
    ----------
    ledger : Book or DataFrame
        From `ledger`, of one project.
    option : str
    perspective : Perspective

    Returns
    -------
    DataFrame
        Index draw; columns replication, cash_benefit, cash_cost, service_benefit, direct_cost, indirect_cost,
        money (pounds, staff time included where the perspective counts it), qalys, npv, npv_high (at the
        perspective's high value of a QALY) and payback (years; NaN for never in the horizon,
        and where there is nothing to pay back).

    Raises
    ------
    ModelError
        Where the ledger has no such option.
    """
    book = book_of(ledger)
    lines = book.of_option(option)
    years = np.arange(book.years)
    money, health = perspective.money.factor(years), perspective.health.factor(years)
    pounds = [line for line in lines if line.currency == "GBP" and _mine(line, perspective)]

    def total(*, cash: bool, cost: bool) -> Floats:
        those = (x for x in pounds if (x.kind == CASH) == cash and (x.use in COST_USES) == cost)
        return book.total(those, money)

    benefit, patients = total(cash=True, cost=False), total(cash=False, cost=False)
    direct, indirect = 0.0 - total(cash=True, cost=True), 0.0 - total(cash=False, cost=True)
    qalys = book.total((line for line in lines if line.currency == "QALY"), health)
    worth = perspective.pounds_per_qaly
    low, high = (
        (worth[0] * qalys, worth[1] * qalys) if worth else (np.zeros(book.draws), np.zeros(book.draws))
    )
    counted = benefit + patients - direct - (indirect if perspective.staff_time else 0.0)
    out = {
        "replication": book.replication,
        "cash_benefit": benefit,
        "cash_cost": direct,
        "service_benefit": benefit + patients + low,
        "direct_cost": direct,
        "indirect_cost": indirect,
        "money": counted,
        "qalys": qalys,
        "npv": counted + low,
        "npv_high": counted + high,
        "payback": payback(cash_by_draw(book, option, perspective)),
    }
    return pd.DataFrame(out, index=pd.RangeIndex(book.draws, name="draw"))


def cash_by_draw(ledger: Book | pd.DataFrame, option: str, perspective: Perspective) -> Floats:
    """Return undiscounted cash by draw and year, shape (draws, years): cash-releasing rows alone."""
    book = book_of(ledger)
    return book.by_year(
        line
        for line in book.of_option(option)
        if line.currency == "GBP" and line.kind == CASH and _mine(line, perspective)
    )


def cash_by_year(ledger: Book | pd.DataFrame, option: str, perspective: Perspective) -> pd.DataFrame:
    """Return undiscounted cash by year: columns mean, p10, p50, p90, and the mean summed (cumulative)."""
    book = book_of(ledger)
    cash = cash_by_draw(book, option, perspective)
    tenth, middle, ninth = np.percentile(cash, [10, 50, 90], axis=0)
    mean = cash.mean(axis=0)
    out = {"mean": mean, "p10": tenth, "p50": middle, "p90": ninth, "cumulative": np.cumsum(mean)}
    return pd.DataFrame(out, index=pd.RangeIndex(book.first_year, book.first_year + book.years, name="year"))


def ratio_of_means(benefit: Floats, cost: Floats, *, level: float = 0.95, words: str = "") -> Figure:
    """Return mean benefit over mean cost, with the interval of the ratio over the draws.

    Parameters
    ----------
    benefit, cost : ndarray of float, shape (draws,)
    level : float
        Share of the draws' ratios between low and high.

    Returns
    -------
    Figure
        NaN where the mean cost is not above 0; low and high NaN where any draw's cost is not.

    >>> ratio_of_means(np.array([1.0, 3.0]), np.array([1.0, 1.0])).value
    2.0
    """
    mean = float(np.mean(cost))
    value = float(np.mean(benefit)) / mean if mean > 0 else float("nan")
    low, high = float("nan"), float("nan")
    if bool((cost > 0).all()):
        low, high = _interval(benefit / cost, level)
    return Figure(value, low, high, level, "£ a £", len(benefit), words)


def split_spread(values: Floats, replication: NDArray[np.int64]) -> Spread:
    """Return how much of the variance of `values` is between replications and how much within them.

    One-way random effects by the method of moments: within is the mean square within replications; between is
    the mean square between them less that, over the mean number of draws in one. A between below 0 is 0.

    Parameters
    ----------
    values : ndarray of float, shape (draws,)
    replication : ndarray of int, shape (draws,)

    References
    ----------
    S. R. Searle, G. Casella, C. E. McCulloch (1992). Variance Components, chapter 3.
    """
    names, group = np.unique(replication, return_inverse=True)
    size = np.bincount(group)
    n, k = len(values), len(names)
    if k < 2 or n <= k:
        return Spread(
            float("nan"), float("nan"), "too few replications or draws to tell luck from what is not known"
        )
    means = np.bincount(group, values) / size
    within = float(np.square(values - means[group]).sum()) / (n - k)
    between = float((size * np.square(means - values.mean())).sum()) / (k - 1)
    each = (n - float(np.square(size).sum()) / n) / (k - 1)
    luck = max(0.0, (between - within) / each)
    # What is left by rounding is no spread.
    if luck + within <= (1e-12 * float(np.abs(values).max())) ** 2:
        return Spread(0.0, 0.0, "there is no spread")
    share = luck / (luck + within)
    told = f"{share:.0%} of the variance is the luck of one run, {1 - share:.0%} is what is not known"
    return Spread(share, 1 - share, told)


def _mine(line: Line, perspective: Perspective) -> bool:
    if line.kind == SOCIETAL and not perspective.societal:
        return False
    return perspective.owners is None or line.owner in perspective.owners


def payback(cash: Floats) -> Floats:
    """Return the first year, counted from 1, from which summed cash stays at or above 0; NaN for never.

    Where no year's cash is below 0 there is nothing to pay back: NaN too.

    >>> payback(np.array([[-60.0, 240.0, 240.0], [10.0, -30.0, -30.0], [0.0, 0.0, 5.0]]))
    array([ 2., nan, nan])
    """
    back = np.logical_and.accumulate((np.cumsum(cash, axis=-1) >= 0)[..., ::-1], axis=-1)[..., ::-1]
    paid = back.any(axis=-1) & (cash < 0).any(axis=-1)
    return np.where(paid, back.argmax(axis=-1) + 1.0, np.nan)


def _interval(values: Floats, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
