"""Headlines in the service's own currency: beds, waits and patients, before anything is in pounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.analysis.intervals import Estimate, interval
from cisim.analysis.summaries import PARTS, compared
from cisim.value import UNMONETISED, book_of

if TYPE_CHECKING:
    import pandas as pd

    from cisim.value import Book, Line

__all__ = ["NOT_COUNTED", "OwnFigure", "own_currency"]

Floats = NDArray[np.float64]
YEAR_DAYS = 365.25
NOT_OWN = ("kgCO2e", "death")
"""Units of outcomes that are told elsewhere: carbon and deaths."""
BEDS = {
    "release": "beds freed",
    "closed": "beds closed",
    "redeployed": "beds moved elsewhere",
    "reinvested": "beds used for named patients",
    "absorbed": "beds used by others who came",
    "idle_change": "beds left free",
}
SERVICE = {
    ("wait", "p95"): "wait that 95 in 100 do not exceed",
    ("wait", "still_waiting"): "still waiting at the end",
    ("wait", "gave_up"): "gave up waiting",
    ("turned_away", "patients"): "turned away",
    ("occupancy", "share"): "share of beds held",
    ("throughput", "per_year"): "patients treated a year",
}
NOT_COUNTED = {
    "breaches of a waiting standard": "not asked: a wait above a standard, named under `service`, is counted",
    "stays of 21 days and more": "not asked: an outcome that counts stays above 21 days has them",
    "agency share of pay": "cannot be told: a model has staff and no payroll",
    "cost for each weighted activity": "cannot be told: what everything costs, and the weights, are in no file",
}
"""What boards ask for too, and why it is not told of a run that does not count it."""
BREACHES = "breaches of a waiting standard"


class OwnFigure(NamedTuple):
    """One headline of an option: what it is, where, as it is now (None where that is no figure), and the change."""

    what: str
    where: str
    now: Estimate | None
    change: Estimate


def own_currency(
    measures: pd.DataFrame,
    ledger: Book | pd.DataFrame,
    option: str,
    *,
    case: str = "",
    service: pd.DataFrame | None = None,
    level: float = 0.95,
) -> list[OwnFigure]:
    """Return what an option changes in beds, waits and patients.

    Beds are bed-days over the days of a year, the mean over the horizon, with the interval of the draws, and so is what
    the value file's outcomes count (such as stays above 21 days); waits, breaches and patients are paired differences
    from the baseline over the replications.

    Parameters
    ----------
    measures : DataFrame
        As in a run's results.
    ledger : Book or DataFrame
    option : str
    case : str
        The case that is valued.
    service : DataFrame, optional
        As in a run's results: shares who wait above a standard are the breaches.
    level : float

    Raises
    ------
    ModelError
        Where the ledger has no such option.
    """
    book = book_of(ledger)
    lines = [line for line in book.of_option(option) if line.unit == "bed-day" and line.pool]
    out = []
    for pool in dict.fromkeys(line.pool for line in lines):
        for use in ("release", *PARTS):
            days = [np.asarray(x.quantity).mean(axis=1) for x in lines if (x.pool, x.use) == (pool, use)]
            beds = sum(days, np.zeros(book.draws)) / YEAR_DAYS
            if use == "release" or beds.any():
                out.append(OwnFigure(BEDS[use], pool, None, _over_draws(beds, level)))
    out += [
        OwnFigure(line.item, line.pool, None, _over_draws(_a_year(line), level, f"{line.unit} a year"))
        for line in book.of_option(option)
        if line.use == "outcome" and line.kind == UNMONETISED and line.unit not in NOT_OWN
    ]
    if service is not None:
        out += _breaches(service, option, level)
    for one in compared(measures, list(SERVICE), case=case, level=level):
        if one.scenario == option and (one.base.value or one.level.value):
            where = one.pool or "/".join(name for name in (one.pathway, one.step) if name)
            out.append(OwnFigure(SERVICE[one.measure, one.statistic], where, one.base, one.difference))
    return out


def _breaches(service: pd.DataFrame, option: str, level: float) -> list[OwnFigure]:
    """Return the share who wait above each standard that is named, where an option was judged at one level."""
    rows = service[
        (service["option"] == option)
        & service["statistic"].str.startswith("above")
        & (service["group"] == "")
    ]
    if rows.empty or len(rows[["steps", "extra"]].drop_duplicates()) > 1:
        return []
    out = []
    for (statistic, pathway, step), mine in rows.groupby(["statistic", "pathway", "step"], sort=False):
        now, change = (interval(mine[c].to_numpy(), level, "share") for c in ("value_a", "worsening"))
        out.append(OwnFigure(f"{BREACHES} ({statistic})", f"{pathway}/{step}", now, change))
    return out


def _a_year(line: Line) -> Floats:
    return np.asarray(np.asarray(line.quantity).mean(axis=1), float)


def _over_draws(values: Floats, level: float, unit: str = "beds") -> Estimate:
    tail = (1 - level) / 2
    low, high = (float(v) for v in np.quantile(values, [tail, 1 - tail]))
    return Estimate(float(values.mean()), low, high, level, len(values), unit)
