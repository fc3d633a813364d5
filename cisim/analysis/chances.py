"""Two kinds of chance apart: what is not known (draws) and the luck of one run (replications)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.analysis.intervals import Estimate
from cisim.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Look", "Sizes", "Split", "next_sizes", "precise_enough", "split"]

Floats = NDArray[np.float64]
ROUNDING = 1e-12
LEAST_DRAWS, LEAST_REPLICATIONS = 20, 2
MOST_DRAWS, MOST_REPLICATIONS = 1_000_000, 1000


class Component(NamedTuple):
    """A variance with the ends of its interval; the estimate is unbiased, and so may come out below 0."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Split:
    """How the variance of one outcome divides, and how well its mean is known.

    Attributes
    ----------
    draws, replications : int
        Size of the table.
    mean : float
    of_draws, of_luck, of_both : Component
        Variance between draws (what is not known), between replications (luck that is the same on every draw), and of
        their interaction (luck that falls otherwise on each draw).
    unknown, luck : float
        Shares of the variance of one outcome: between draws, and the other two together; NaN where there is no spread.
    standard_error : float
        Of the mean, over both kinds of chance.
    freedom : float
        Degrees of freedom of that error, by Satterthwaite.
    level : float
        Of the intervals.
    told : str
        The same in words.
    """

    draws: int
    replications: int
    mean: float
    of_draws: Component
    of_luck: Component
    of_both: Component
    unknown: float
    luck: float
    standard_error: float
    freedom: float
    level: float
    told: str

    @property
    def draws_var(self) -> float:
        """Variance between draws, not below 0."""
        return max(self.of_draws.value, 0.0)

    @property
    def luck_var(self) -> float:
        """Variance between replications that is the same on every draw, not below 0."""
        return max(self.of_luck.value, 0.0)

    @property
    def interaction_var(self) -> float:
        """Variance of luck that falls otherwise on each draw, not below 0."""
        return max(self.of_both.value, 0.0)

    @property
    def half_width(self) -> float:
        """Half the interval of the mean."""
        return _half(self.standard_error, self.freedom, self.level)

    def interval(self, unit: str = "") -> Estimate:
        """Return the mean with its interval over both kinds of chance; `n` counts the draws."""
        half = self.half_width
        return Estimate(self.mean, self.mean - half, self.mean + half, self.level, self.draws, unit)


def split(values: ArrayLike, *, level: float = 0.95) -> Split:
    r"""Return how the variance of an outcome divides between what is not known and luck.

    Two-way random effects without a repeat in a cell, :math:`y_{dr} = \mu + a_d + b_r + c_{dr}`, by the method of
    moments, which is unbiased whatever the distributions. Under common random numbers the same replication has the same
    luck on every draw: :math:`b_r` does not go away with more draws, and :math:`a_d` not with more replications:

    .. math:: \operatorname{var}(\bar y) = \sigma_a^2 / D + \sigma_b^2 / R + \sigma_c^2 / (D R)

    Parameters
    ----------
    values : array_like of float, shape (draws, replications)
        One outcome (0 or 1 for a probability) of each draw in each replication.
    level : float
        Of the intervals.

    Raises
    ------
    ModelError
        For fewer than two draws or replications, or a value that is no number (says of which draw and replication).

    Notes
    -----
    Intervals of the variances are those of Ting et al. for a difference of mean squares (exact for the interaction), of
    the mean Student's with Satterthwaite's degrees of freedom. Both take the draws to be independent: draws by Latin
    hypercube are more even than that, so that the interval of the mean is too wide rather than too narrow.

    References
    ----------
    Searle, Casella, McCulloch (1992), Variance Components, chapter 4; Ting, Burdick, Graybill, Jeyaratnam, Lu (1990),
    J. Stat. Comput. Simul. 35, 135-143; Satterthwaite (1946), Biometrics Bulletin 2(6), 110-114.

    Examples
    --------
    >>> found = split([[1.0, 3.0], [5.0, 7.0], [3.0, 5.0]])  # rows 4 apart at most, columns always 2
    >>> found.draws_var, found.luck_var, found.interaction_var
    (4.0, 2.0, 0.0)
    >>> found.told
    '67% of the variance is what is not known, 33% the luck of one run'
    """
    y = _table(values)
    if not 0 < level < 1:
        raise ModelError("level", f"got {level:g}, want a share between 0 and 1, such as 0.95")
    draws, replications = y.shape
    mean = float(y.mean())
    rows, columns = y.mean(axis=1) - mean, y.mean(axis=0) - mean
    rest = y - mean - rows[:, None] - columns
    a, b = draws - 1, replications - 1
    squares = (
        replications * float(rows @ rows) / a,
        draws * float(columns @ columns) / b,
        float(np.square(rest).sum()) / (a * b),
    )
    # What is left by rounding is no spread.
    floor = (ROUNDING * float(np.abs(y).max())) ** 2
    of_draws, of_luck, of_both = (0.0 if one <= floor else one for one in squares)
    tail = (1 - level) / 2
    components = (
        _difference(of_draws, of_both, a, a * b, replications, tail),
        _difference(of_luck, of_both, b, a * b, draws, tail),
        _alone(of_both, a * b, tail),
    )
    error, freedom = _error(of_draws, of_luck, of_both, draws, replications)
    unknown, luck, told = _shares(*(max(one.value, 0.0) for one in components))
    return Split(draws, replications, mean, *components, unknown, luck, error, freedom, level, told)


def _table(values: ArrayLike) -> Floats:
    y = np.asarray(values, np.float64)
    if y.ndim != 2 or min(y.shape) < 2:
        raise ModelError(
            "values", f"got an array of shape {y.shape}, want draws by replications, two of each at least"
        )
    wrong = np.argwhere(~np.isfinite(y))
    if len(wrong):
        draw, replication = (int(i) for i in wrong[0])
        text = f"got {y[draw, replication]} on draw {draw} in replication {replication}"
        raise ModelError("values", f"{text} ({len(wrong)} such values in all), want finite numbers")
    return y


def _quantile(tail: float, freedom: float) -> float:
    """Return chi-square over its degrees of freedom, exceeded with probability `tail`."""
    return float(special.chdtri(freedom, tail)) / freedom


def _alone(square: float, freedom: int, tail: float) -> Component:
    return Component(square, square / _quantile(tail, freedom), square / _quantile(1 - tail, freedom))


def _difference(one: float, other: float, n: int, m: int, of: int, tail: float) -> Component:
    """Return (one - other) / of with the interval of Ting et al., of mean squares of n and m degrees of freedom."""
    g_one, g_other = (1 - 1 / _quantile(tail, f) for f in (n, m))
    h_one, h_other = (1 / _quantile(1 - tail, f) - 1 for f in (n, m))
    upper = float(special.fdtri(n, m, 1 - tail))
    lower = float(special.fdtri(n, m, tail))
    g_mixed = ((upper - 1) ** 2 - (g_one * upper) ** 2 - h_other**2) / upper
    h_mixed = ((1 - lower) ** 2 - (h_one * lower) ** 2 - g_other**2) / lower
    below = (g_one * one) ** 2 + (h_other * other) ** 2 + g_mixed * one * other
    above = (h_one * one) ** 2 + (g_other * other) ** 2 + h_mixed * one * other
    found = one - other
    low, high = found - math.sqrt(max(below, 0.0)), found + math.sqrt(max(above, 0.0))
    return Component(found / of, max(low, 0.0) / of, max(high, 0.0) / of)


def _error(
    of_draws: float, of_luck: float, of_both: float, draws: int, replications: int
) -> tuple[float, float]:
    """Return the standard error of the mean and its degrees of freedom, from the mean squares."""
    a, b = draws - 1, replications - 1
    total = of_draws + of_luck - of_both
    # Where chance makes it too small the largest mean square bounds what the mean can be known to.
    total = max(total, of_draws, of_luck, 0.0)
    if total == 0:
        return 0.0, math.inf
    spread = of_draws**2 / a + of_luck**2 / b + of_both**2 / (a * b)
    return math.sqrt(total / (draws * replications)), total**2 / spread


def _half(error: float, freedom: float, level: float) -> float:
    if error == 0:
        return 0.0
    return float(special.stdtrit(min(freedom, 1e9), (1 + level) / 2)) * error


def _shares(of_draws: float, of_luck: float, of_both: float) -> tuple[float, float, str]:
    total = of_draws + of_luck + of_both
    if total <= 0:
        return math.nan, math.nan, "there is no spread"
    unknown = of_draws / total
    text = f"{unknown:.0%} of the variance is what is not known, {1 - unknown:.0%} the luck of one run"
    if of_both > 0.05 * total:
        text += f" ({of_both / total:.0%} because the same luck falls otherwise on each draw)"
    return unknown, 1 - unknown, text


class Sizes(NamedTuple):
    """How many draws and replications to have next.

    Attributes
    ----------
    draws, replications : int
        In all, those that are there included.
    half_width : float
        Of the mean, as these sizes should make it.
    cost : float
        Of what is to be added, in the unit of the costs given.
    reached : bool
        Whether the precision asked for is to be had within the most that may be run.
    told : str
        The same in words.
    """

    draws: int
    replications: int
    half_width: float
    cost: float
    reached: bool
    told: str


def next_sizes(
    found: Split,
    within: float,
    *,
    cost_draw: float = 0.0,
    cost_replication: float = 1.0,
    most_draws: int = MOST_DRAWS,
    most_replications: int = MOST_REPLICATIONS,
) -> Sizes:
    """Return the cheapest table of draws by replications whose mean is known to `within` on either side.

    Nothing that is there is thrown away: both numbers stay or grow, and every draw has every replication.

    Parameters
    ----------
    found : Split
        Of what is there already.
    within : float
        Half-width wanted, in the unit of the values.
    cost_draw, cost_replication : float
        Of beginning a draw, and of one replication of one draw, in any unit, such as seconds.
    most_draws, most_replications : int

    Raises
    ------
    ModelError
        Where `within` or the cost of a replication is not above zero, or the most is less than what is there.

    Examples
    --------
    >>> found = split([[1.0, 3.0], [5.0, 7.0], [3.0, 5.0], [3.0, 5.1]])
    >>> sizes = next_sizes(found, within=0.5, cost_draw=10)
    >>> sizes.replications, sizes.reached
    (66, True)
    """
    if not within > 0 or not cost_replication > 0 or cost_draw < 0:
        text = f"got within {within:g}, a draw at {cost_draw:g} and a replication at {cost_replication:g}"
        raise ModelError("within", f"{text}, want more than 0 (a draw may cost nothing)")
    if most_draws < found.draws or most_replications < found.replications:
        raise ModelError("most", "got fewer draws or replications than there are already, want as many")
    have = found.draws * found.replications
    best: Sizes | None = None
    for replications in _growing(found.replications, most_replications):
        draws = _draws_for(found, within, replications, most_draws)
        if draws is None:
            continue
        cost = cost_draw * (draws - found.draws) + cost_replication * (draws * replications - have)
        if best is None or cost < best.cost:
            half = expected_half_width(found, draws, replications)
            best = Sizes(draws, replications, half, cost, reached=True, told="")
    if best is None:
        half = expected_half_width(found, most_draws, most_replications)
        most = cost_draw * (most_draws - found.draws)
        most += cost_replication * (most_draws * most_replications - have)
        best = Sizes(most_draws, most_replications, half, most, reached=False, told="")
    return best._replace(told=_next_words(found, best, within))


def _growing(start: int, most: int) -> Sequence[int]:
    """Return every number up to a hundred above `start`, and then each tenth part more: enough to find the cheapest."""
    numbers = list(range(start, min(start + 100, most) + 1))
    while numbers[-1] < most:
        numbers.append(min(numbers[-1] + max(numbers[-1] // 10, 1), most))
    return numbers


def expected_half_width(found: Split, draws: int, replications: int) -> float:
    """Return the half-width that the mean of a table of such a size should have, if the variances are as found."""
    a, b, c = found.draws_var, found.luck_var, found.interaction_var
    squares = (replications * a + c, draws * b + c, c)
    return _half(*_error(*squares, draws, replications), found.level)


def _draws_for(found: Split, within: float, replications: int, most: int) -> int | None:
    """Return the fewest draws, none taken away, that are enough with so many replications; None for none."""
    low, high = found.draws, most
    if expected_half_width(found, high, replications) > within:
        return None
    while low < high:
        middle = (low + high) // 2
        if expected_half_width(found, middle, replications) <= within:
            high = middle
        else:
            low = middle + 1
    return low


def _next_words(found: Split, best: Sizes, within: float) -> str:
    if not best.reached:
        return (
            f"the mean cannot be known to {within:.3g} on either side with at most {best.draws:,} draws by"
            f" {best.replications:,} replications: that should give {best.half_width:.3g}"
        )
    if (best.draws, best.replications) == (found.draws, found.replications):
        return f"nothing more is needed: the mean is known to {best.half_width:.3g} on either side"
    return (
        f"{best.draws - found.draws:,} more draws and {best.replications - found.replications:,} more replications"
        f" ({best.draws:,} by {best.replications:,} in all) should bring the mean from"
        f" {found.half_width:.3g} to {best.half_width:.3g} on either side"
    )


class Look(NamedTuple):
    """What the sequential rule says so far.

    Attributes
    ----------
    draws, replications : int
        Once decided, how many to use (the first so many of each); until then, how many to have before the next look.
    decided, reached : bool
        Whether the rule has come to an end, and whether the precision was reached.
    half_widths : dict of str to float
        Of each mean at the last look; empty before the first.
    """

    draws: int
    replications: int
    decided: bool
    reached: bool
    half_widths: dict[str, float]


def precise_enough(
    tables: Mapping[str, ArrayLike],
    within: Mapping[str, float],
    *,
    first: tuple[int, int],
    at_most: tuple[int, int],
    level: float = 0.95,
) -> Look:
    """Return whether every mean is known to its half-width, and what to add where one is not.

    Looks are taken at the `first` draws by replications, and then as they lead: where luck that is the same on every
    draw is most of the worst error (its half-width over the one wanted), replications double, else as many
    draws as at first are added. A look sees its own first draws and replications alone, so that the answer does not
    depend on how many happen to be there.

    Parameters
    ----------
    tables : mapping of str to array_like of float, shape (draws, replications)
        An outcome each: an expected value, or 0 and 1 for a probability.
    within : mapping of str to float
        Half-width wanted of some of them.
    first, at_most : (int, int)
        Draws and replications; at least 20 and 2, and never beyond `at_most`.
    level : float

    Raises
    ------
    ModelError
        Where `within` is not above zero or names no table, or `at_most` is less than two of each.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> table = rng.normal(0, 1, (400, 1)) + rng.normal(0, 0.1, (1, 8))
    >>> look = precise_enough({"npv": table}, {"npv": 0.15}, first=(50, 8), at_most=(400, 8))
    >>> look.draws, look.reached
    (250, True)
    """
    for name, half in within.items():
        if name not in tables or not half > 0:
            raise ModelError(f"within.{name}", f"got {half:g}, want more than 0, of a table that is there")
    if not within or min(at_most) < 2:
        raise ModelError("at_most", f"got {at_most}, want a precision to reach, and at least 2 of each")
    block = min(max(first[0], LEAST_DRAWS), at_most[0])
    draws, replications = block, min(max(first[1], LEAST_REPLICATIONS), at_most[1])
    found = {name: np.asarray(tables[name], np.float64) for name in within}
    halves: dict[str, float] = {}
    while all(len(one) >= draws and one[:1].size >= replications for one in found.values()):
        splits = {name: split(one[:draws, :replications], level=level) for name, one in found.items()}
        halves = {name: one.half_width for name, one in splits.items()}
        if all(halves[name] <= within[name] for name in within):
            return Look(draws, replications, decided=True, reached=True, half_widths=halves)
        worst = splits[max(within, key=lambda name: halves[name] / within[name])]
        by_luck = worst.luck_var / replications > worst.draws_var / draws
        more = draws + block <= at_most[0], replications < at_most[1]
        if not any(more):
            return Look(draws, replications, decided=True, reached=False, half_widths=halves)
        if (by_luck and more[1]) or not more[0]:
            replications = min(2 * replications, at_most[1])
        else:
            draws += block
    return Look(draws, replications, decided=False, reached=False, half_widths=halves)
