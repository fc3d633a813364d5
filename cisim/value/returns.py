"""What an option is worth under one perspective, on every draw: present values, returns and payback.

======================= ==============================================================================
cash benefit            what escapes of the cost of the steps taken out (close less stranded)
cash cost, direct cost  money paid for the programme, for running the new way and for the action
indirect cost           the same in the time of staff already employed
service benefit         cash benefit, plus income less marginal cost of extra (less lost) patients, plus
                        their health at the perspective's pounds a QALY
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

from cisim.errors import ModelError, nearest
from cisim.value.lines import CASH, COST_USES

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
    "who_gains",
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


def by_draw(ledger: pd.DataFrame, option: str, perspective: Perspective) -> pd.DataFrame:
    """Return the present values of one option on every draw.

    Parameters
    ----------
    ledger : DataFrame
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
    rows = _of(ledger, option)
    year = rows["year"].to_numpy()
    first = int(ledger["year"].min())
    pounds = (rows["currency"] == "GBP").to_numpy() & _mine(rows, perspective)
    cost = rows["use"].isin(COST_USES).to_numpy()
    cash = (rows["kind"] == CASH).to_numpy()
    amount, draw = rows["amount"].to_numpy(), rows["draw"].to_numpy()
    draws = int(draw.max()) + 1

    def total(mask: NDArray[np.bool_], factors: Floats) -> Floats:
        return np.bincount(draw[mask], amount[mask] * factors[mask], draws).astype(np.float64)

    money = perspective.money.factor(np.arange(year.max() - first + 1))[year - first]
    health = perspective.health.factor(np.arange(year.max() - first + 1))[year - first]
    benefit = total(pounds & cash & ~cost, money)
    direct = 0.0 - total(pounds & cash & cost, money)
    indirect = 0.0 - total(pounds & ~cash & cost, money)
    patients = total(pounds & ~cash & ~cost, money)
    worth = perspective.pounds_per_qaly
    qalys = total((rows["currency"] == "QALY").to_numpy(), health)
    low, high = (worth[0] * qalys, worth[1] * qalys) if worth else (np.zeros(draws), np.zeros(draws))
    counted = benefit + patients - direct - (indirect if perspective.staff_time else 0.0)
    out = {
        "replication": _replications(rows, draws),
        "cash_benefit": benefit,
        "cash_cost": direct,
        "service_benefit": benefit + patients + low,
        "direct_cost": direct,
        "indirect_cost": indirect,
        "money": counted,
        "qalys": qalys,
        "npv": counted + low,
        "npv_high": counted + high,
        "payback": payback(_cash(rows, perspective, first)),
    }
    return pd.DataFrame(out, index=pd.RangeIndex(draws, name="draw"))


def cash_by_draw(ledger: pd.DataFrame, option: str, perspective: Perspective) -> Floats:
    """Return undiscounted cash by draw and year, shape (draws, years): cash-releasing rows alone."""
    return _cash(_of(ledger, option), perspective, int(ledger["year"].min()))


def cash_by_year(ledger: pd.DataFrame, option: str, perspective: Perspective) -> pd.DataFrame:
    """Return undiscounted cash by year: columns mean, p10, p50, p90, and the mean summed (cumulative)."""
    first = int(ledger["year"].min())
    cash = cash_by_draw(ledger, option, perspective)
    tenth, middle, ninth = np.percentile(cash, [10, 50, 90], axis=0)
    mean = cash.mean(axis=0)
    out = {"mean": mean, "p10": tenth, "p50": middle, "p90": ninth, "cumulative": np.cumsum(mean)}
    return pd.DataFrame(out, index=pd.RangeIndex(first, first + len(mean), name="year"))


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


def who_gains(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return what each owner gains or pays over the horizon, undiscounted, as the mean over the draws.

    Returns
    -------
    DataFrame
        Columns scenario, owner, cash (cash-releasing, £), other_money (£; transfers included), transfers (£;
        they sum to zero over the owners) and qalys. Cash and other money are never added together.
    """
    rows = ledger[ledger["currency"].isin(("GBP", "QALY"))]
    draws = int(ledger["draw"].max()) + 1 if len(ledger) else 1
    pounds, cash = rows["currency"] == "GBP", rows["kind"] == CASH
    parts = {
        "cash": pounds & cash,
        "other_money": pounds & ~cash,
        "transfers": pounds & (rows["transfer"] != ""),
        "qalys": rows["currency"] == "QALY",
    }
    frame = pd.DataFrame(
        {
            "scenario": rows["scenario"].astype(str),
            "owner": rows["owner"].astype(str),
            **{name: rows["amount"].where(mask, 0.0) / draws for name, mask in parts.items()},
        }
    )
    return frame.groupby(["scenario", "owner"], as_index=False, sort=False).sum()


def _of(ledger: pd.DataFrame, option: str) -> pd.DataFrame:
    rows = ledger[ledger["scenario"] == option]
    if rows.empty:
        hint = nearest(option, [str(s) for s in ledger["scenario"].unique()])
        raise ModelError("option", f"got {option!r}, want one of the ledger{hint}")
    return rows


def _mine(rows: pd.DataFrame, perspective: Perspective) -> NDArray[np.bool_]:
    if perspective.owners is None:
        return np.ones(len(rows), bool)
    return rows["owner"].isin(perspective.owners).to_numpy()


def _replications(rows: pd.DataFrame, draws: int) -> NDArray[np.int64]:
    out = np.zeros(draws, np.int64)
    out[rows["draw"].to_numpy()] = rows["replication"].to_numpy()
    return out


def _cash(rows: pd.DataFrame, perspective: Perspective, first: int) -> Floats:
    """Return undiscounted cash, shape (draws, years)."""
    draw, year = rows["draw"].to_numpy(), rows["year"].to_numpy() - first
    shape = (int(draw.max()) + 1, int(year.max()) + 1)
    mask = ((rows["currency"] == "GBP") & (rows["kind"] == CASH)).to_numpy() & _mine(rows, perspective)
    where = draw[mask] * shape[1] + year[mask]
    flat = np.bincount(where, rows["amount"].to_numpy()[mask], shape[0] * shape[1])
    return flat.astype(np.float64).reshape(shape)


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
