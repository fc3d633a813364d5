"""Where the empty start stops mattering: MSER-5 on the number of patients inside."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cisim.errors import ModelError
from cisim.eventlog import Event, EventLog
from cisim.units import DAY, duration_text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Truncation", "WarmUp", "mser5", "number_inside", "warm_up_from"]

BATCH = 5
LEAST_BATCHES = 10
DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Truncation:
    """Where to cut a series.

    Attributes
    ----------
    observations : int
        Number of first observations to leave out.
    settled : bool
        False where the smallest error lies at the edge of the allowed half: the series was still moving.
    error : float
        The smallest value of the MSER statistic.
    """

    observations: int
    settled: bool
    error: float


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How long a model runs before anything is counted.

    Attributes
    ----------
    days : int
        In whole weeks, so that the window starts on the weekday of the model's start.
    settled : bool
        False where the number inside was still moving at half of the series.
    series : ndarray of float, shape (days,)
        Mean number inside, day by day, over the replications.
    words : str
        The same in a sentence.
    """

    days: int
    settled: bool
    series: NDArray[np.float64]
    words: str


def mser5(series: ArrayLike) -> Truncation:
    r"""Return where the initial transient ends, by MSER-5.

    Means of batches of five, :math:`z_1 \dots z_m` (left-over observations at the end are dropped), are cut
    at the :math:`d` that makes the marginal standard error of what remains smallest:

    .. math:: d^* = \arg\min_{0 \le d \le m/2} \frac{1}{(m-d)^2} \sum_{i=d+1}^{m} (z_i - \bar z_{m,d})^2

    Only cuts in the first half are allowed: later ones rest on too little. A smallest error in the last tenth
    of that half means that the series did not settle: it trends, or it is too short.

    Parameters
    ----------
    series : array_like of float, shape (n,)
        Equally spaced in time, with n at least 50.

    Raises
    ------
    ModelError
        Where the series is shorter than 50 or holds what is no number.

    References
    ----------
    White (1997), Simulation 69(6), 323-334; Hoad, Robinson and Davies (2010), J. Oper. Res. Soc. 61(9),
    1389-1403.

    Examples
    --------
    >>> mser5([0] * 5 + [4] * 95)
    Truncation(observations=5, settled=True, error=0.0)
    """
    numbers = np.asarray(series, dtype=np.float64)
    if numbers.ndim != 1 or len(numbers) < BATCH * LEAST_BATCHES:
        raise ModelError(
            "series", f"got shape {numbers.shape}, want at least {BATCH * LEAST_BATCHES} observations"
        )
    if not np.isfinite(numbers).all():
        raise ModelError("series", "got values that are no number, want none")
    batches = len(numbers) // BATCH
    means = numbers[: batches * BATCH].reshape(batches, BATCH).mean(axis=1)
    half = batches // 2
    # Each cut is summed anew: running sums of squares would lose the small differences that decide.
    errors = [
        float(((means[d:] - means[d:].mean()) ** 2).sum()) / (batches - d) ** 2 for d in range(half + 1)
    ]
    best = int(np.argmin(errors))
    edge = half - max(1, half // 10)
    return Truncation(best * BATCH, best <= edge, errors[best])


def number_inside(log: EventLog, step: int = DAY) -> NDArray[np.float64]:
    """Return the time-weighted mean number of patients inside, over each whole `step` from the log's start.

    Parameters
    ----------
    log : EventLog
        Patients are inside from ``arrive`` to ``leave``, waiting or not.
    step : int
        Milliseconds; a day, unless said.

    Returns
    -------
    ndarray of float, shape (log.end // step,)
        Patients.
    """
    came, left = log.time[log.event == Event.ARRIVE], log.time[log.event == Event.LEAVE]
    edges = np.arange(log.end // step + 1, dtype=np.int64) * step
    return np.diff(_time_since(came, edges) - _time_since(left, edges)) / step


def _time_since(times: NDArray[np.int64], edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return, at each edge, the sum over earlier times of the time since."""
    ordered = np.sort(times)
    before = np.searchsorted(ordered, edges)
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(ordered)])
    since: NDArray[np.int64] = before * edges - total[before]
    return since


def warm_up_from(series: ArrayLike) -> WarmUp:
    """Return the warm-up in whole weeks, at least one (models start empty), by MSER-5 on the mean series.

    Parameters
    ----------
    series : array_like of float, shape (replications, days)
        Mean number inside on each day of each replication, as `number_inside` gives it. Taking the mean over
        replications first lets the transient stand out from the luck of one year.

    Raises
    ------
    ModelError
        Where there are fewer than 50 days.

    References
    ----------
    Hoad, Robinson and Davies (2010), J. Oper. Res. Soc. 61(9), 1389-1403.
    """
    numbers = np.atleast_2d(np.asarray(series, dtype=np.float64))
    mean = numbers.mean(axis=0)
    cut = mser5(mean)
    days = DAYS_A_WEEK * max(1, math.ceil(cut.observations / DAYS_A_WEEK))
    length = duration_text(len(mean) * DAY)
    basis = f"MSER-5 on the number inside each day, {len(numbers)} replications of {length}"
    if cut.settled:
        words = f"the number of patients inside settles within {days} days ({basis})"
    else:
        words = (
            f"the number of patients inside had not settled after half of the pilot runs ({basis}): it may be"
            " growing without end, and results then depend on how long the model runs"
        )
    return WarmUp(days, cut.settled, mean, words)
