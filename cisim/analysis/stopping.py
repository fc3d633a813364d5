"""When there are enough replications."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cisim.analysis.intervals import student
from cisim.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Stopping", "replications_needed"]

LEAST = 5


@dataclass(frozen=True, slots=True)
class Stopping:
    """What the sequential rule says so far.

    Attributes
    ----------
    replications : int
        Once decided, how many to use (the first so many); until then, how many to have before the next look.
    decided : bool
        Whether the rule has come to an end, one way or the other.
    reached : bool
        Whether the precision was reached.
    half_width : float
        At the last look; infinite before the first.
    """

    replications: int
    decided: bool
    reached: bool
    half_width: float


def replications_needed(
    differences: ArrayLike,
    within: float,
    at_most: int,
    *,
    first: int = LEAST,
    block: int = LEAST,
    level: float = 0.95,
) -> Stopping:
    r"""Return whether the mean of `differences` is known to `within` on either side, after whole blocks.

    Looks are taken at `first`, then after every further `block`, and at `at_most`; the rule stops at the
    first look :math:`n` at which

    .. math:: t_{n-1,(1+\text{level})/2}\; s_n / \sqrt n \le \text{within}

    Because looks are taken at fixed numbers, the answer does not depend on how many replications happen to be
    there, nor on the order in which workers finish. Stopping when the interval is narrow makes it cover
    slightly less often than it says; five replications at least keep that small.

    Parameters
    ----------
    differences : array_like of float, shape (n,) or (n, k)
        One paired difference for each replication; with k columns all must be narrow. What is no number
        (nobody was counted in that replication) is left out.
    within : float
        Half-width asked for, in the unit of the differences.
    at_most : int
    first, block : int
        `first` is raised to five, and neither goes beyond `at_most`.
    level : float

    Raises
    ------
    ModelError
        Where `within` is not above zero, or a number of replications is below its least.

    References
    ----------
    Chow and Robbins (1965), Ann. Math. Statist. 36(2), 457-462; Law (2015), 5th ed., section 9.4.1.

    Examples
    --------
    >>> replications_needed([1.0, 1.1, 0.9, 1.0, 1.0], within=0.1, at_most=50).replications
    5
    """
    if not within > 0:
        raise ModelError("within", f"got {within:g}, want more than 0")
    if at_most < 2 or block < 1:
        raise ModelError(
            "at_most", f"got at most {at_most} in blocks of {block}, want at least 2, and blocks of 1"
        )
    numbers = np.asarray(differences, dtype=np.float64)
    columns = numbers.reshape(len(numbers), -1 if len(numbers) else 1)
    look, half = min(max(first, LEAST), at_most), math.inf
    while look <= len(columns):
        half = max((_half_width(c[:look], level) for c in columns.T), default=math.inf)
        if half <= within:
            return Stopping(look, decided=True, reached=True, half_width=half)
        if look == at_most:
            return Stopping(look, decided=True, reached=False, half_width=half)
        look = min(look + block, at_most)
    return Stopping(look, decided=False, reached=False, half_width=half)


def _half_width(values: NDArray[np.float64], level: float) -> float:
    known = values[np.isfinite(values)]
    if len(known) < 2:
        return math.inf
    return student(len(known), level) * float(known.std(ddof=1)) / math.sqrt(len(known))
