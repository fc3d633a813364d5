"""What the answer rests on, one or two numbers at a time: tornado, two-way grid, switching values.

The answer is any function of a mapping from paths to numbers: a formula, the mean of some runs, an emulator.
A noisy answer must be asked with the same luck each time (common random numbers), or its differences are luck.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.errors import ModelError, nearest

if TYPE_CHECKING:
    from cisim.distributions import Distribution

__all__ = ["Answer", "Bar", "Switch", "Tornado", "ranges", "switching", "tornado", "two_way"]

Floats = NDArray[np.float64]
Answer = Callable[[Mapping[str, float]], float]
"""The headline number as a function of the inputs by path."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One input taken to its two ends, the others as they are.

    Attributes
    ----------
    path : str
    low, high : float
        The ends of the input.
    at_low, at_base, at_high : float
        The answer there.
    """

    path: str
    low: float
    high: float
    at_low: float
    at_base: float
    at_high: float

    @property
    def swing(self) -> float:
        """Largest less least of the three answers: for an answer that only rises or falls, end to end."""
        three = (self.at_low, self.at_base, self.at_high)
        return max(three) - min(three)

    @property
    def turns(self) -> bool:
        """Whether both ends lie on the same side of the base, so that the answer turns in between."""
        return (self.at_low - self.at_base) * (self.at_high - self.at_base) > 0


@dataclass(frozen=True, slots=True)
class Tornado:
    """One-way sensitivity.

    Attributes
    ----------
    base : float
        The answer with every input as it is.
    bars : tuple of Bar
        The widest swing first; equal swings in their written order.
    """

    base: float
    bars: tuple[Bar, ...]


def ranges(distributions: Mapping[str, Distribution], level: float = 0.95) -> dict[str, tuple[float, float]]:
    """Return the central interval of each distribution by path: the ends for a tornado.

    Ends at equal chance make bars comparable; ends of "plus or minus 20%" do not, for no number is known equally well.

    >>> from cisim.distributions import Uniform
    >>> ranges({"beds": Uniform(0.0, 40.0)})["beds"]
    (1.0, 39.0)
    """
    if not 0 < level < 1:
        raise ModelError("level", f"got {level:g}, want a share between 0 and 1, such as 0.95")
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    ends = {path: one.ppf(tails) for path, one in distributions.items()}
    return {path: (round(float(low), 12), round(float(high), 12)) for path, (low, high) in ends.items()}


def _known(path: str, base: Mapping[str, float]) -> None:
    if path not in base:
        raise ModelError(path, f"got a name that the base case does not have{nearest(path, base)}")


def _ask(answer: Answer, base: Mapping[str, float], other: Mapping[str, float]) -> float:
    value = float(answer({**base, **other}))
    if not math.isfinite(value):
        at = ", ".join(f"{path} = {x:g}" for path, x in other.items()) or "the base case"
        raise ModelError("answer", f"got {value} at {at}, want a finite number")
    return value


def tornado(answer: Answer, base: Mapping[str, float], ends: Mapping[str, tuple[float, float]]) -> Tornado:
    """Return how far the answer moves as each input alone goes to its two ends.

    Parameters
    ----------
    answer : callable
        From inputs by path to one number; asked 1 + 2 times the number of `ends`.
    base : mapping of str to float
        Every input as it is.
    ends : mapping of str to (float, float)
        Low and high of the inputs to be moved, as from `ranges`.

    Raises
    ------
    ModelError
        For a name that is not in the base case, low above high, or an answer that is no number.

    Notes
    -----
    It sees no interactions, and between the ends it looks at the base alone: see `switching` and `sobol`.

    Examples
    --------
    >>> told = tornado(lambda x: 10 * x["a"] + x["b"], {"a": 1, "b": 2}, {"b": (0, 5), "a": (0, 2)})
    >>> [(bar.path, bar.swing) for bar in told.bars]
    [('a', 20.0), ('b', 5.0)]
    """
    middle = _ask(answer, base, {})
    bars = []
    for path, (low, high) in ends.items():
        _known(path, base)
        if not low <= high:
            raise ModelError(path, f"got ends {low:g} and {high:g}, want the lower first")
        at = [_ask(answer, base, {path: end}) for end in (low, high)]
        bars.append(Bar(path, low, high, at[0], middle, at[1]))
    return Tornado(middle, tuple(sorted(bars, key=lambda bar: -bar.swing)))


def two_way(answer: Answer, base: Mapping[str, float], over: Mapping[str, ArrayLike]) -> Floats:
    """Return the answer over every pair of values of two inputs, shape (first's values, second's values).

    Parameters
    ----------
    answer : callable
    base : mapping of str to float
    over : mapping of str to array_like of float
        Exactly two paths, each with its values.

    Raises
    ------
    ModelError
        For another number of paths, a name that is not in the base case, or an answer that is no number.

    Examples
    --------
    >>> two_way(lambda x: x["a"] * x["b"], {"a": 1, "b": 1}, {"a": [1, 2], "b": [3, 4, 5]})
    array([[ 3.,  4.,  5.],
           [ 6.,  8., 10.]])
    """
    if len(over) != 2:
        raise ModelError("over", f"got {len(over)} inputs, want exactly two")
    for path in over:
        _known(path, base)
    (one, first), (other, second) = ((p, np.asarray(v, float).ravel()) for p, v in over.items())
    return np.array([[_ask(answer, base, {one: float(x), other: float(y)}) for y in second] for x in first])


@dataclass(frozen=True, slots=True)
class Switch:
    """Where the answer crosses its target as one input moves.

    Attributes
    ----------
    path : str
    low, high : float
        The range that was looked at.
    target : float
    values : tuple of float
        The crossings, rising; empty where there is none.
    good_at_low : bool
        Whether the answer is at or above the target at `low`; it changes at each of `values`.
    """

    path: str
    low: float
    high: float
    target: float
    values: tuple[float, ...]
    good_at_low: bool

    def told(self, unit: str = "", *, good: str = "pays back", bad: str = "does not pay back") -> str:
        """Return the crossings in plain words, to two significant digits.

        >>> Switch("beds", 0.0, 20.0, 0.0, (7.33855,), good_at_low=False).told("beds")
        'does not pay back below 7.3 beds'
        """
        unit = f" {unit}" if unit else ""

        def said(value: float) -> str:
            return f"{_short(value)}{unit}"

        if not self.values:
            every = good if self.good_at_low else bad
            return f"{every} anywhere from {_short(self.low)} to {said(self.high)}"
        edges = [self.low, *self.values, self.high]
        failing = range(int(self.good_at_low), len(edges) - 1, 2)
        parts = []
        for i in failing:
            if i == 0:
                parts.append(f"below {said(edges[1])}")
            elif i == len(edges) - 2:
                parts.append(f"above {said(edges[i])}")
            else:
                parts.append(f"between {_short(edges[i])} and {said(edges[i + 1])}")
        return f"{bad} {' or '.join(parts)}"


def _short(value: float) -> str:
    """Return a number to two significant digits, written out: 7.3, 0.85, 12,000."""
    if value == 0:
        return "0"
    places = 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, places):,.{max(places, 0)}f}"


def switching(
    answer: Answer,
    base: Mapping[str, float],
    path: str,
    within: tuple[float, float],
    *,
    target: float = 0.0,
    looks: int = 17,
) -> Switch:
    """Return the values of one input at which the answer crosses `target`, the other inputs as they are.

    The range is looked at in `looks` places evenly spread; wherever the answer is at or above the target at one
    and below it at the next, the crossing is found by Brent's method. Two crossings between neighbouring looks
    are not seen. An answer that goes in steps (whole bays) crosses at the step.

    Parameters
    ----------
    answer : callable
    base : mapping of str to float
    path : str
        The input to move.
    within : (float, float)
        From where to where.
    target : float
        Zero for paying back.
    looks : int
        At least two.

    Raises
    ------
    ModelError
        For an unknown name, an empty range, fewer than two looks, or an answer that is no number.

    References
    ----------
    Brent (1973), Algorithms for Minimization without Derivatives, chapter 4.

    Examples
    --------
    >>> found = switching(lambda x: 100 * x["beds"] - 734, {"beds": 12}, "beds", (0, 20))
    >>> found.told("beds")
    'does not pay back below 7.3 beds'
    """
    _known(path, base)
    low, high = within
    if not low < high:
        raise ModelError(path, f"got {low:g} to {high:g}, want the lower first")
    if looks < 2:
        raise ModelError("looks", f"got {looks}, want 2 or more")

    def above(x: float) -> float:
        return _ask(answer, base, {path: x}) - target

    places = [float(x) for x in np.linspace(low, high, looks)]
    heights = [above(x) for x in places]
    found = [
        _crossing(above, (a, b), (up, down))
        for a, b, up, down in zip(places, places[1:], heights, heights[1:], strict=False)
        if (up >= 0) != (down >= 0)
    ]
    return Switch(path, float(low), float(high), target, tuple(found), good_at_low=heights[0] >= 0)


def _crossing(
    above: Callable[[float], float], ends: tuple[float, float], heights: tuple[float, float]
) -> float:
    from scipy import optimize  # noqa: PLC0415 - slow to load

    a, b = ends
    if 0 not in heights:
        return float(optimize.brentq(above, a, b, xtol=1e-12 * max(1.0, abs(a), abs(b))))
    good = heights[0] >= 0  # exactly at the target at one look: where that ends, by halving
    for _ in range(60):
        middle = (a + b) / 2
        a, b = (middle, b) if (above(middle) >= 0) == good else (a, middle)
    return (a + b) / 2
