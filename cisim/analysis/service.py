r"""How many steps can close while service stays as good: judged on every named measure, in every future.

A *future* is one draw of what is not known with its own luck: service in it is run C with so many steps closed
beside run A, the same patients with the same luck. *Worsening* is C less A, above 0 where service is worse. So
many steps keep service where both are true:

- on average: for every named measure the upper confidence limit of the mean worsening is at most its margin.
  All must pass, so no test needs a correction for the number of measures (Berger 1982, intersection-union);
- and mostly: the share of futures in which *all* measures stay within their margins together is at least the
  stated probability. Five independent measures that each keep in 90 of 100 futures keep together in 59.

The commitment is made before the future is known: the largest number of steps such that it, and every smaller
number, keeps service. The monotone rule means that luck at a larger number repairs nothing. Its cash is booked
in every future; where service then fails, so is the cost of reopening. The best number future by future is what
perfect information would allow, and is never a plan: its mean is above what can be committed, and the mean
release over the size of a step is neither. (The floor of a mean is not the mean of floors.)

Occupancy is no criterion: a measure with an infinite margin is told and not judged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.analysis.chances import split
from cisim.analysis.intervals import Estimate
from cisim.errors import ModelError

__all__ = [
    "Booked",
    "Commitment",
    "Information",
    "Judged",
    "booked",
    "chance",
    "committed",
    "erlang_b",
    "judged",
    "perfect_information",
    "required_places",
    "upper_limit",
    "worsening",
]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Judged:
    """How service stands with so many steps closed, beside service as it was; m measures in n futures.

    Attributes
    ----------
    steps : int
    mean, upper : ndarray of float, shape (m,)
        Mean worsening, and its upper confidence limit; infinite where nothing bounds it.
    margins : ndarray of float, shape (m,)
    each : ndarray of float, shape (m,)
        Share of futures in which each measure stays within its margin.
    kept : ndarray of bool, shape (n,)
        Futures in which all stay within their margins together.
    chance : Estimate
        Their share, with its exact interval.
    keeps : bool
        Whether so many steps keep service, on average and mostly.
    """

    steps: int
    mean: Floats
    upper: Floats
    margins: Floats
    each: Floats
    kept: Bools
    chance: Estimate
    keeps: bool

    @property
    def within(self) -> Bools:
        """Measures whose upper limit is at most their margin, shape (m,)."""
        return self.upper <= self.margins


@dataclass(frozen=True, slots=True)
class Commitment:
    """What is committed before the future is known.

    Attributes
    ----------
    steps : int
        The largest number that, with every smaller one, keeps service; 0 where none does.
    judged : tuple of Judged
        For 0, 1, 2... steps, as many as were tried.
    fails : ndarray of bool, shape (n,)
        Futures in which service is not kept with that many steps closed.
    best : ndarray of int64, shape (n,)
        The number that each future would have allowed, had it been known: for the value of perfect
        information alone.
    """

    steps: int
    judged: tuple[Judged, ...]
    fails: Bools
    best: Ints

    @property
    def bounded(self) -> bool:
        """Whether a number was tried that does not keep service: otherwise more might."""
        return any(not one.keeps for one in self.judged)


class Booked(NamedTuple):
    """What a commitment brings by draw: cash on every draw, and the cost where service fails; shape (draws,)."""

    cash: Floats
    failing: Floats


class Information(NamedTuple):
    """What knowing the future first would add.

    Attributes
    ----------
    best : float
        Mean number of steps that each future would have allowed.
    steps : int
        The number committed.
    worth : float
        Mean yearly gain, in the unit of `saves`: below 0 where to close, and reopen when service fails, is
        cheaper than to know and not close.
    """

    best: float
    steps: int
    worth: float


def worsening(a: ArrayLike, c: ArrayLike, *, more_is_better: bool = False) -> Floats:
    """Return by how much C is worse than A, future by future; above 0 is worse.

    Parameters
    ----------
    a, c : array_like of float, shape (n,)
        A value is infinite where a percentile of a wait is never reached, and not a number where nobody was
        counted. Nothing is worse than never: from never the worsening is 0, to never it is infinite. Where
        nobody was counted there is nothing to be worse: 0.
    more_is_better : bool
        Such as for patients treated.

    Examples
    --------
    >>> worsening([3, 3, np.inf], [4, np.inf, np.inf])
    array([ 1., inf,  0.])
    >>> worsening([100, 100], [90, 120], more_is_better=True)
    array([ 10., -20.])
    """
    before, after = np.asarray(a, np.float64), np.asarray(c, np.float64)
    first, second = (after, before) if more_is_better else (before, after)
    never = ~np.isfinite(first) & ~np.isnan(first)
    with np.errstate(invalid="ignore"):
        out = second - first
    return np.where(never | np.isnan(out), 0.0, out)


def upper_limit(values: ArrayLike, confidence: float = 0.95) -> Floats:
    r"""Return the one-sided upper confidence limit of the mean of independent futures, measure by measure.

    .. math:: \bar w + t_{n-1,\text{confidence}}\; s / \sqrt n

    Parameters
    ----------
    values : array_like of float, shape (n, ...)
    confidence : float

    Returns
    -------
    ndarray of float
        Infinite with one future, which says nothing of its luck, and where a value is.

    Examples
    --------
    >>> upper_limit([[1.0], [2.0], [3.0]]).round(3)
    array([3.686])
    """
    if not 0 < confidence < 1:
        raise ModelError("confidence", f"got {confidence:g}, want a share between 0 and 1, such as 0.95")
    numbers = np.asarray(values, np.float64)
    n = len(numbers)
    never = np.isposinf(numbers).any(axis=0)
    if n < 2:
        return np.full(numbers.shape[1:], math.inf)
    known = np.where(np.isfinite(numbers), numbers, 0.0)
    spread = known.std(axis=0, ddof=1)
    limit = known.mean(axis=0) + special.stdtrit(n - 1, confidence) * spread / math.sqrt(n)
    return np.asarray(np.where(never, math.inf, limit), np.float64)


def _crossed_limit(worse: Floats, confidence: float) -> Floats:
    """Return the upper limit of each mean over draws by replications, shape (m,)."""
    if min(worse.shape[:2]) < 2:
        return upper_limit(worse.reshape(-1, worse.shape[-1]), confidence)
    never = np.isposinf(worse).any(axis=(0, 1))
    out = np.full(worse.shape[-1], math.inf)
    for i in np.flatnonzero(~never):
        found = split(np.where(np.isfinite(worse[..., i]), worse[..., i], 0.0))
        freedom = min(found.freedom, 1e9)
        out[i] = found.mean + float(special.stdtrit(freedom, confidence)) * found.standard_error
    return out


def _crossed_chance(kept: Bools, draws: int) -> Estimate:
    """Return the share of futures that keep, with the interval that as many independent futures as draws would give."""
    whole = round(float(kept.mean()) * draws)
    spread = chance(np.arange(draws) < whole)
    value = float(kept.mean())
    return Estimate(value, min(spread.low, value), max(spread.high, value), spread.level, len(kept), "share")


def chance(kept: ArrayLike, level: float = 0.95) -> Estimate:
    """Return the share of futures that keep, with its exact interval (Clopper and Pearson 1934).

    Examples
    --------
    >>> print(chance([True] * 9 + [False]))
    0.9 share (0.555 to 0.9975)
    """
    flags = np.asarray(kept, bool)
    n, k = len(flags), int(flags.sum())
    tail = (1 - level) / 2
    low = float(special.betaincinv(k, n - k + 1, tail)) if k else 0.0
    high = float(special.betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
    return Estimate(k / n, low, high, level, n, "share")


def judged(
    worse: ArrayLike,
    margins: ArrayLike,
    *,
    steps: int = 0,
    probability: float = 0.9,
    confidence: float = 0.95,
    together: bool = False,
) -> Judged:
    """Return how service stands with so many steps closed.

    Parameters
    ----------
    worse : array_like of float, shape (n, m) or (draws, replications, m)
        Worsening of m measures in n futures. With several replications a draw, service on a draw is its mean
        over them: luck is then averaged out, and the futures are the draws.
    margins : array_like of float, shape (m,)
        The most that each may worsen; infinite where it is told and not judged.
    steps : int
    probability : float
        Least share of futures in which all must keep together.
    confidence : float
        Of the upper limit of each mean.
    together : bool
        Whether each replication of each draw is a future of its own instead: luck counts too, and the limit of a
        mean is that over both kinds of chance.

    Raises
    ------
    ModelError
        Where there is no future or no measure to judge by, or a margin is no number.

    Examples
    --------
    >>> found = judged([[0.0], [1.0], [2.0], [1.0]], [3.0], steps=1)
    >>> found.keeps, found.chance.value, found.upper.round(2).tolist()
    (True, 1.0, [1.96])
    """
    numbers = np.asarray(worse, np.float64)
    crossed = numbers if numbers.ndim == 3 and together else None
    if crossed is not None:
        numbers = crossed.reshape(-1, crossed.shape[-1])
    elif numbers.ndim == 3:
        numbers = numbers.mean(axis=1)
    limits = np.asarray(margins, np.float64)
    _check(numbers, limits, probability)
    inside = numbers <= limits
    kept: Bools = np.asarray(inside.all(axis=1), np.bool_)
    upper = upper_limit(numbers, confidence) if crossed is None else _crossed_limit(crossed, confidence)
    share = chance(kept) if crossed is None else _crossed_chance(kept, len(crossed))
    keeps = bool((upper <= limits).all()) and share.value >= probability - 1e-12
    return Judged(steps, numbers.mean(axis=0), upper, limits, inside.mean(axis=0), kept, share, keeps)


def _check(numbers: Floats, limits: Floats, probability: float) -> None:
    if not 0 < probability <= 1:
        raise ModelError("probability", f"got {probability:g}, want a share above 0 and up to 1, such as 0.9")
    if numbers.ndim != 2 or not numbers.size or limits.shape != numbers.shape[1:]:
        text = f"got worsening of shape {numbers.shape} and margins of shape {limits.shape}"
        raise ModelError("service", f"{text}, want futures by measures, and a margin for each measure")
    if np.isnan(limits).any() or np.isnan(numbers).any():
        raise ModelError("service", "got a worsening or a margin that is no number, want none")


def committed(
    worse: Sequence[ArrayLike],
    margins: ArrayLike,
    *,
    probability: float = 0.9,
    confidence: float = 0.95,
    together: bool = False,
) -> Commitment:
    """Return the largest number of steps that keeps every named measure with the stated probability.

    Parameters
    ----------
    worse : sequence of array_like
        Worsening with 0, 1, 2... steps closed, each as `judged` takes it, of the same futures.
    margins, probability, confidence, together
        As of `judged`.

    Examples
    --------
    >>> luck = np.linspace(-1, 1, 21)[:, None]  # a step adds 1 to a wait that may grow by 2.5
    >>> found = committed([luck, luck + 1, luck + 2, luck + 3], [2.5])
    >>> found.steps, found.judged[1].chance.value, round(found.judged[2].chance.value, 2)
    (1, 1.0, 0.76)
    >>> int(found.best.min()), int(found.best.max()), int(found.fails.sum())
    (1, 3, 0)
    """
    if not len(worse):
        raise ModelError("service", "got no run, want at least that with nothing closed")
    tried = tuple(
        judged(each, margins, steps=k, probability=probability, confidence=confidence, together=together)
        for k, each in enumerate(worse)
    )
    if len({len(one.kept) for one in tried}) > 1:
        raise ModelError(
            "service", "got different numbers of futures, want the same with every number closed"
        )
    steps = 0
    for one in tried[1:] if tried[0].keeps else ():
        if not one.keeps:
            break
        steps = one.steps
    leading = np.cumprod(np.array([one.kept for one in tried]), axis=0).sum(axis=0)
    return Commitment(steps, tried, ~tried[steps].kept, np.maximum(leading - 1, 0).astype(np.int64))


def booked(found: Commitment, saves: ArrayLike, reopening: ArrayLike = 0.0) -> Booked:
    """Return what the commitment brings by draw: draw d is lived in future d modulo their number.

    Parameters
    ----------
    found : Commitment
    saves : array_like of float, shape (draws,)
        What one step brings.
    reopening : array_like of float, shape (draws,) or ()
        What it costs to have closed one step where service then fails: harm, or opening it again.

    Examples
    --------
    >>> luck = np.array([[0.0], [0.0], [9.0], [0.0]])
    >>> one = committed([luck * 0, luck], [10.0])
    >>> one = Commitment(1, one.judged, np.array([False, False, True, False]), one.best)
    >>> booked(one, [100.0] * 4, 30.0)
    Booked(cash=array([100., 100., 100., 100.]), failing=array([ 0.,  0., 30.,  0.]))
    """
    cash = found.steps * np.asarray(saves, np.float64)
    fails = found.fails[np.arange(len(cash)) % len(found.fails)]
    return Booked(cash, np.where(fails, found.steps * np.asarray(reopening, np.float64), 0.0))


def perfect_information(found: Commitment, saves: ArrayLike, reopening: ArrayLike = 0.0) -> Information:
    """Return what knowing each future first would add; parameters as of `booked`.

    Known first, each future closes what it allows and nothing is ever reopened.
    """
    each = np.asarray(saves, np.float64)
    best = found.best[np.arange(len(each)) % len(found.best)]
    now = booked(found, each, reopening)
    return Information(
        float(found.best.mean()), found.steps, float((best * each - now.cash + now.failing).mean())
    )


def erlang_b(places: int, load: float) -> float:
    """Return the share turned away by so many places under an offered load, where nobody waits (Erlang 1917).

    Examples
    --------
    >>> erlang_b(2, 1.0)
    0.2
    """
    lost = 1.0
    for n in range(1, places + 1):
        lost = load * lost / (n + load * lost)
    return lost


def required_places(load: float, turned_away: float) -> int:
    """Return the fewest places that turn away no more than a share: the number by formula, to check runs by.

    Parameters
    ----------
    load : float
        Mean number of patients who would be there if all were taken in: arrivals a day x mean stay in days.
    turned_away : float

    Examples
    --------
    >>> required_places(1.0, 0.2), required_places(1.0, 0.19), required_places(20.0, 0.01)
    (2, 3, 30)
    """
    if not (load >= 0 and 0 < turned_away <= 1):
        raise ModelError(
            "required_places", f"got a load of {load:g} and a share of {turned_away:g}, want both above 0"
        )
    lost, places = 1.0, 0
    while lost > turned_away:
        places += 1
        lost = load * lost / (places + load * lost)
    return places
