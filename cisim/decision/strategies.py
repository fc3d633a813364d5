r"""Which of several strategies is worth its money: tables and curves over draws of what is not known.

Everything is a plain function of arrays, so any probabilistic analysis will do, from this program or another.
`cost` and `effect` have one row for each draw and one column for each strategy; `benefit` is net benefit of
the same shape, in money: effect times the threshold, less cost.

**Ties.** One strategy is better than another in a draw only where its net benefit is *above* the other's, so
two that are the same are never better than each other. Of several that are best together the first named
counts, so that the chances of all add up to one; the share of draws in which that happened is told beside
them. Of two strategies with the same mean cost and effect the first named stands on the frontier.

**Ratios.** A cost-effectiveness ratio is the ratio of mean differences, never the mean of ratios: a draw
whose difference in effect is near zero has a ratio near infinity, and no mean.

References
----------
Briggs, Claxton, Sculpher (2006), Decision Modelling for Health Economic Evaluation. Fenwick, Claxton,
Sculpher (2001), Health Economics 10:779 (acceptability and its frontier). Alarid-Escudero and others (2019),
Value in Health 22:611 (expected loss). Rockafellar, Uryasev (2000), Journal of Risk 2:21 (conditional value
at risk).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.errors import ModelError

__all__ = [
    "DOMINATED",
    "EXTENDED",
    "FRONTIER",
    "Curves",
    "Downside",
    "Incremental",
    "Plane",
    "better",
    "curves",
    "dominates",
    "downside",
    "incremental",
    "net_benefit",
    "plane",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FRONTIER, DOMINATED, EXTENDED = "on the frontier", "dominated", "dominated by a mixture"
_ROUNDING = 1e-12  # of sums over draws, relative


@dataclass(frozen=True, slots=True)
class Incremental:
    """One strategy of an incremental analysis.

    Attributes
    ----------
    name : str
    cost, effect : float
        Means over draws.
    status : str
        `FRONTIER`, `DOMINATED` (another costs no more and does no less) or `EXTENDED` (a mixture of two
        others costs less and does as much).
    extra_cost, extra_effect, ratio : float
        Against the next cheaper strategy on the frontier; NaN for the cheapest and for those that are
        dominated.
    by : tuple of str
        Who dominates it: one strategy, or the two of the mixture.
    """

    name: str
    cost: float
    effect: float
    status: str
    extra_cost: float = math.nan
    extra_effect: float = math.nan
    ratio: float = math.nan
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Curves:
    """What the draws say at each threshold; k thresholds, s strategies.

    Attributes
    ----------
    thresholds : ndarray of float, shape (k,)
    mean : ndarray of float, shape (k, s)
        Expected net benefit.
    best : ndarray of int, shape (k,)
        The strategy with the highest mean: the one to choose.
    probability : ndarray of float, shape (k, s)
        Acceptability: the share of draws in which each strategy is best. Rows add up to 1.
    frontier : ndarray of float, shape (k,)
        The acceptability of the strategy to choose. It need not be the highest of its row: what does best on
        average may seldom be best.
    loss : ndarray of float, shape (k, s)
        Expected loss: what choosing each strategy costs on average, compared with choosing rightly in every
        draw.
    information : ndarray of float, shape (k,)
        Expected value of perfect information: the loss of the strategy to choose.
    tied : ndarray of float, shape (k,)
        The share of draws in which several are best together.
    """

    thresholds: Floats
    mean: Floats
    best: Ints
    probability: Floats
    frontier: Floats
    loss: Floats
    information: Floats
    tied: Floats


class Plane(NamedTuple):
    """The cost-effectiveness plane against one strategy: differences by draw and where their cloud lies.

    Attributes
    ----------
    cost, effect : ndarray of float, shape (n, s)
        Each strategy less the reference, draw by draw.
    shares : ndarray of float, shape (4, s)
        Draws that do more for more, do more for less or the same, do less or the same for less or the same,
        do less or the same for more; columns add up to 1.
    """

    cost: Floats
    effect: Floats
    shares: Floats


class Downside(NamedTuple):
    """How badly a sum may turn out.

    Attributes
    ----------
    missing : float
        The probability that it falls below the target.
    shortfall : float
        By how much it falls short on average, counting 0 where it does not.
    at_risk : float
        Value at risk: the quantile below which the worst `tail` of the draws lie.
    tail_mean : float
        Conditional value at risk: the mean of the worst `tail` of the draws.
    tail : float
    """

    missing: float
    shortfall: float
    at_risk: float
    tail_mean: float
    tail: float


def draws_of(values: ArrayLike, where: str) -> Floats:
    """Return numbers of shape (n, s), all finite.

    Raises
    ------
    ModelError
        For another shape or for values that are no number, with the row and column of the first of them.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 2 or not numbers.size:
        raise ModelError(
            where,
            f"got an array of shape {numbers.shape}, want a row for each draw and a column for each strategy",
        )
    wrong = np.argwhere(~np.isfinite(numbers))
    if len(wrong):
        row, column = wrong[0]
        got = (
            f"got {numbers[row, column]} in row {row}, column {column} (from 0), and {len(wrong)} such in all"
        )
        raise ModelError(where, f"{got}; want numbers")
    return numbers


def _pair(cost: ArrayLike, effect: ArrayLike) -> tuple[Floats, Floats]:
    costs, effects = draws_of(np.atleast_2d(cost), "cost"), draws_of(np.atleast_2d(effect), "effect")
    if costs.shape != effects.shape:
        raise ModelError("effect", f"got shape {effects.shape}, want that of cost, {costs.shape}")
    return costs, effects


def net_benefit(cost: ArrayLike, effect: ArrayLike, threshold: float) -> Floats:
    """Return effect times `threshold`, less cost.

    Parameters
    ----------
    cost, effect : array_like of float, shape (n, s) or (s,)
    threshold : float
        Pounds for one unit of effect.

    Returns
    -------
    ndarray of float, shape (n, s)

    >>> net_benefit([[0, 100], [0, 10]], [[0, 1], [0, -2]], 5).tolist()
    [[0.0, -95.0], [0.0, -20.0]]
    """
    costs, effects = _pair(cost, effect)
    return np.asarray(threshold * effects - costs)


def incremental(names: Sequence[str], cost: ArrayLike, effect: ArrayLike) -> list[Incremental]:
    """Return the incremental analysis: strategies on the frontier by rising cost, then the others as named.

    Strategies that another beats are left out first; of the rest, those above a line between two others, as a
    lower convex hull finds them. (Leaving out by one pass over neighbours misses some.) A strategy *on* such
    a line stays.

    Parameters
    ----------
    names : sequence of str, length s
    cost, effect : array_like of float, shape (n, s) or (s,)
        Draws, or their means.

    Raises
    ------
    ModelError
        Where names and columns do not agree, or values are no number.

    >>> for one in incremental(["usual", "new", "dear"], [100, 300, 400], [1.0, 2.0, 2.0]):
    ...     print(one.name, one.status, one.ratio)
    usual on the frontier nan
    new on the frontier 200.0
    dear dominated nan
    """
    costs, effects = (means.mean(axis=0) for means in _pair(cost, effect))
    if len(names) != len(costs) or len(set(names)) != len(names):
        raise ModelError("names", f"got {list(names)}, want {len(costs)} different names")
    # By cost, then the more effective first, then as named: the running best effect tells who is dominated.
    order = np.lexsort((np.arange(len(costs)), -effects, costs))
    kept: list[int] = []
    by: dict[int, tuple[int, ...]] = {}
    for i in order:
        if kept and effects[i] <= effects[kept[-1]]:
            by[int(i)] = (kept[-1],)
        else:
            kept.append(int(i))

    def slope(a: int, b: int) -> float:
        return float((costs[b] - costs[a]) / (effects[b] - effects[a]))

    hull: list[int] = []
    for i in kept:
        while len(hull) > 1 and slope(hull[-2], hull[-1]) > slope(hull[-1], i):
            hull.pop()
        hull.append(i)
    for i in set(kept) - set(hull):
        after = next(k for k, h in enumerate(hull) if effects[h] > effects[i])
        by[i] = (hull[after - 1], hull[after])

    out = [Incremental(names[hull[0]], float(costs[hull[0]]), float(effects[hull[0]]), FRONTIER)]
    for a, b in pairwise(hull):
        more, gain = float(costs[b] - costs[a]), float(effects[b] - effects[a])
        out.append(
            Incremental(names[b], float(costs[b]), float(effects[b]), FRONTIER, more, gain, more / gain)
        )
    for i in sorted(by):
        status = DOMINATED if len(by[i]) == 1 else EXTENDED
        who = tuple(names[j] for j in by[i])
        out.append(Incremental(names[i], float(costs[i]), float(effects[i]), status, by=who))
    return out


def plane(cost: ArrayLike, effect: ArrayLike, reference: int = 0) -> Plane:
    """Return the differences of every strategy from one of them, and the share of draws in each quarter.

    A draw on an axis counts with "no more" and "no better": only more effect and only more cost count as
    more.

    >>> plane([[0, 5], [0, -1]], [[0, 1], [0, 2]]).shares[:, 1].tolist()
    [0.5, 0.5, 0.0, 0.0]
    """
    costs, effects = _pair(cost, effect)
    more = costs - costs[:, [reference]]
    gain = effects - effects[:, [reference]]
    dear, good = more > 0, gain > 0
    quarters = [good & dear, good & ~dear, ~good & ~dear, ~good & dear]
    return Plane(more, gain, np.array([q.mean(axis=0) for q in quarters]))


def better(benefit: ArrayLike, other: ArrayLike) -> float:
    """Return the share of draws in which `benefit` is above `other`; draws in which they are equal do not count.

    >>> better([1, 2, 3], [1, 1, 4]), better([1, 2], [1, 2])
    (0.3333333333333333, 0.0)
    """
    return float(np.mean(np.asarray(benefit, float) > np.asarray(other, float)))


def curves(cost: ArrayLike, effect: ArrayLike, thresholds: ArrayLike) -> Curves:
    """Return acceptability with its frontier, expected loss and perfect information at each threshold.

    Parameters
    ----------
    cost, effect : array_like of float, shape (n, s)
    thresholds : array_like of float, shape (k,)

    >>> found = curves([[0, 0], [0, 0], [0, 0]], [[0, -1], [0, -1], [0, 5]], [1.0])
    >>> found.best.tolist(), found.probability.round(2).tolist(), found.frontier.round(2).tolist()
    ([1], [[0.67, 0.33]], [0.33])
    """
    costs, effects = _pair(cost, effect)
    points = np.atleast_1d(np.asarray(thresholds, float))
    count = costs.shape[1]
    shape = (len(points), count)
    mean, probability, loss = np.empty(shape), np.empty(shape), np.empty(shape)
    tied = np.empty(len(points))
    for k, threshold in enumerate(points):
        benefit = threshold * effects - costs
        top = benefit.max(axis=1)
        mean[k] = benefit.mean(axis=0)
        loss[k] = (top[:, None] - benefit).mean(axis=0)
        probability[k] = np.bincount(benefit.argmax(axis=1), minlength=count) / len(benefit)
        tied[k] = float(((benefit == top[:, None]).sum(axis=1) > 1).mean())
    best = mean.argmax(axis=1)
    here = np.arange(len(points))
    return Curves(points, mean, best, probability, probability[here, best], loss, loss[here, best], tied)


def dominates(values: ArrayLike, other: ArrayLike, order: int = 1) -> bool:
    """Return whether one sum is stochastically better than another, whatever anyone's taste.

    Of the first order: at every level it is as likely to be above, and at some more likely; everyone who
    likes more prefers it. Of the second: the mean of its worst share is as high for every share, and for some
    higher; everyone who dislikes risk prefers it.

    Parameters
    ----------
    values, other : array_like of float, shape (n,)
        Draws; they need not be paired.
    order : int
        1 or 2.

    Raises
    ------
    ModelError
        For another order, or for unequal numbers of draws.

    >>> dominates([2, 4], [1, 4]), dominates([2, 2], [1, 4]), dominates([2, 3], [1, 4], order=2)
    (True, False, True)
    """
    first, second = np.sort(np.asarray(values, float)), np.sort(np.asarray(other, float))
    if order not in (1, 2):
        raise ModelError("order", f"got {order}, want 1 or 2")
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise ModelError("other", f"got shape {second.shape}, want as many draws as values, {first.shape}")
    room = 0.0
    if order == 2:
        room = _ROUNDING * float(np.abs(first).sum() + np.abs(second).sum())
        first, second = np.cumsum(first), np.cumsum(second)
    gap = first - second
    return bool((gap >= -room).all() and (gap > room).any())


def downside(values: ArrayLike, target: float, tail: float = 0.05) -> Downside:
    """Return the probability of missing a target, and how bad the worst of the draws are.

    The worst share may end inside a draw, which then counts with the part of it that is within.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Draws of a saving or a net benefit: more is better.
    target : float
    tail : float
        The share of the draws that are called the worst, above 0 and up to 1.

    Raises
    ------
    ModelError
        Without draws or for a share that is none.

    >>> downside([10, 20, 30, 40], target=20, tail=0.375)
    Downside(missing=0.25, shortfall=2.5, at_risk=20.0, tail_mean=13.333333333333334, tail=0.375)
    """
    numbers = np.sort(draws_of(np.reshape(values, (-1, 1)), "values")[:, 0])
    if not 0 < tail <= 1:
        raise ModelError("tail", f"got {tail:g}, want a share above 0 and up to 1, such as 0.05")
    worst = tail * len(numbers)
    weight = np.clip(worst - np.arange(len(numbers)), 0.0, 1.0)
    last = min(max(math.ceil(worst - _ROUNDING * len(numbers)), 1), len(numbers)) - 1
    return Downside(
        float((numbers < target).mean()),
        float(np.maximum(target - numbers, 0.0).mean()),
        float(numbers[last]),
        float(weight @ numbers / worst),
        tail,
    )
