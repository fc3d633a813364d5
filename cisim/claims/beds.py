"""Beds that patients need: Erlang's loss formula, forwards and backwards.

With patients who come by chance, a of them in bed on average if there were always room, the chance that c beds are
all full is B(c, a) = (a^c / c!) / sum of a^k / k!, whatever the spread of their stays (Erlang 1917).
"""

from __future__ import annotations

from cisim.errors import ModelError

__all__ = ["chance_full", "most_offered", "required_beds"]

_MOST = 100_000


def chance_full(beds: int, offered: float) -> float:
    """Return the chance that all beds are full, by the stable recursion.

    >>> round(chance_full(10, 8.0), 4)  # as in the README
    0.1217
    """
    chance = 1.0
    for c in range(1, beds + 1):
        chance = offered * chance / (c + offered * chance)
    return chance if offered > 0 else float(beds == 0)


def required_beds(offered: float, short: float) -> int:
    """Return the fewest beds with which at most a share `short` of patients finds all of them full.

    >>> required_beds(8.0, 0.05)
    13
    """
    if not 0 < short <= 1:
        raise ModelError("short", f"got {short:g}, want a share above 0% and up to 100%")
    chance, beds = 1.0, 0
    while chance > short:
        beds += 1
        chance = offered * chance / (beds + offered * chance)
        if beds > _MOST:
            raise ModelError("beds", f"got more than {_MOST:,}, want a smaller ward")
    return beds


def most_offered(beds: int, short: float) -> float:
    """Return the largest mean number in bed that so many beds can take with `short` of patients finding none.

    >>> round(most_offered(10, chance_full(10, 8.0)), 6)
    8.0
    """
    if beds <= 0 or short <= 0:
        return 0.0
    low, high = 0.0, 1.0
    while chance_full(beds, high) < short and high < _MOST:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if chance_full(beds, middle) <= short else (low, middle)
    return low
