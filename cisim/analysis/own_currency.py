"""Headlines in the service's own currency: beds, waits and patients, before anything is in pounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cisim.analysis.intervals import Estimate
from cisim.analysis.summaries import PARTS, compared
from cisim.value import book_of

if TYPE_CHECKING:
    import pandas as pd

    from cisim.value import Book

__all__ = ["NOT_COUNTED", "OwnFigure", "own_currency"]

YEAR_DAYS = 365.25
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
    "breaches of a waiting standard": "no measure counts waits beyond a standard",
    "stays of 21 days and more": "no measure counts stays beyond a length",
    "agency share of pay": "a model has staff and no payroll",
    "cost for each weighted activity": "what everything costs, and the weights, are in no file",
}
"""What boards ask for too, and why it cannot be told from a run."""


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
    level: float = 0.95,
) -> list[OwnFigure]:
    """Return what an option changes in beds, waits and patients.

    Beds are bed-days over the days of a year, the mean over the horizon, with the interval of the draws; waits and
    patients are paired differences from the baseline over the replications.

    Parameters
    ----------
    measures : DataFrame
        As in a run's results.
    ledger : Book or DataFrame
    option : str
    case : str
        The case that is valued.
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
    for one in compared(measures, list(SERVICE), case=case, level=level):
        if one.scenario == option and (one.base.value or one.level.value):
            where = one.pool or "/".join(name for name in (one.pathway, one.step) if name)
            out.append(OwnFigure(SERVICE[one.measure, one.statistic], where, one.base, one.difference))
    return out


def _over_draws(values: np.ndarray[tuple[int], np.dtype[np.float64]], level: float) -> Estimate:
    tail = (1 - level) / 2
    low, high = (float(v) for v in np.quantile(values, [tail, 1 - tail]))
    return Estimate(float(values.mean()), low, high, level, len(values), "beds")
