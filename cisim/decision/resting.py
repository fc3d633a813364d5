"""What an answer rests on, from draws alone: how its mean moves with one number, and where the choice turns.

The mean given a number is found by regression on it, so no run is made again. Where numbers were drawn apart
from each other, that is what moving one of them alone does to the mean, whatever the others turn out to be;
where they were drawn together, the others move along as they did in the draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.decision.information import gains_after
from cisim.decision.pilots import Chosen, stretches
from cisim.decision.strategies import draws_of
from cisim.errors import ModelError

__all__ = ["Swing", "swings", "turns"]

Floats = NDArray[np.float64]


class Swing(NamedTuple):
    """How far the mean of an answer moves as one number goes from one end of what is not known to the other.

    Attributes
    ----------
    parameter : str
    low, high : float
        The ends of the number, at equal chance.
    at_low, at_high : float
        The mean of the answer there.
    """

    parameter: str
    low: float
    high: float
    at_low: float
    at_high: float

    @property
    def size(self) -> float:
        """From one end to the other."""
        return abs(self.at_high - self.at_low)


def swings(values: ArrayLike, parameters: Mapping[str, ArrayLike], level: float = 0.95) -> tuple[Swing, ...]:
    """Return how far the mean of an answer moves with each number, the widest first; a tornado from draws.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        The answer by draw, such as the net benefit of one strategy less that of another.
    parameters : mapping of name to array_like of float, shape (n,)
    level : float
        Share of the draws of a number between its two ends.

    Raises
    ------
    ModelError
        For a level that is no share, unequal rows, or values that are no number.

    >>> rng = np.random.default_rng(1)
    >>> beds, price = rng.normal(10, 1, 4000), rng.normal(5, 1, 4000)
    >>> [(s.parameter, round(s.size)) for s in swings(3 * beds + price, {"price": price, "beds": beds})]
    [('beds', 12), ('price', 4)]
    """
    if not 0 < level < 1:
        raise ModelError("level", f"got {level:g}, want a share between 0 and 1, such as 0.95")
    answer = draws_of(np.reshape(values, (-1, 1)), "values")[:, 0]
    out = []
    for name, column in parameters.items():
        numbers = np.asarray(column, float)
        if not np.ptp(numbers):
            continue
        found = _course(answer, numbers)
        ends = np.quantile(numbers, [(1 - level) / 2, (1 + level) / 2])
        order = np.argsort(numbers, kind="stable")
        at = np.interp(ends, numbers[order], found[order])
        out.append(Swing(name, float(ends[0]), float(ends[1]), float(at[0]), float(at[1])))
    return tuple(sorted(out, key=lambda one: -one.size))


def _course(answer: Floats, numbers: Floats) -> Floats:
    """Return the mean of the answer given the number, by draw."""
    if not np.ptp(answer):
        return answer
    gains = gains_after(np.c_[np.zeros(len(answer)), answer], numbers)
    return gains[:, 1] if answer.mean() <= 0 else -gains[:, 0]


def turns(benefit: ArrayLike, parameter: ArrayLike) -> tuple[Chosen, ...]:
    """Return which strategy would be chosen for which values of one number, if that were known and nothing else.

    Parameters
    ----------
    benefit : array_like of float, shape (n, s)
    parameter : array_like of float, shape (n,)

    Returns
    -------
    tuple of Chosen
        Stretches of the number, the most likely first; one alone where the choice never turns.

    >>> x = np.linspace(-1, 1, 2001)
    >>> [(one.strategy, round(one.found[0][0], 1)) for one in turns(np.c_[0 * x, x + 0.5], x)]
    [(1, -0.5), (0, -inf)]
    """
    numbers = np.asarray(parameter, float)
    return stretches(gains_after(benefit, numbers).argmax(axis=1), numbers)
