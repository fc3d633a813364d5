"""No more digits than the evidence carries: a figure is rounded where its interval stops saying anything.

The rule is the Particle Data Group's for errors (Review of Particle Physics, Introduction, "Rounding"), taken
for half the width of the interval: of its three leading digits, 100 to 354 keep two digits, 355 to 949 keep
one, 950 to 999 round up and keep two. The figure and both ends of its interval end at that digit.
"""

# ruff: noqa: RUF002 - a true minus sign is meant
from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cisim.report.words import MISSING, quantity, unit_name

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["adding_up", "bare", "place", "sure", "told"]

PLAIN_DIGITS = 2
"""Digits of a figure without an interval."""
_SHARES = ("share", "probability")


def place(low: float | None, high: float | None) -> int | None:
    """Return the decimal place of the last digit that an interval carries; None where nothing bounds the figure.

    >>> place(90e3, 270e3), place(5.52, 5.66), place(0, 97), place(3, 3)
    (4, -2, 1, None)
    """
    if low is None or high is None or not math.isfinite(low + high) or high <= low:
        return None
    half = (high - low) / 2
    at = math.floor(math.log10(half))
    # What is left of a number after its own scale is taken off can miss by a rounding error.
    leading = round(half / 10.0**at * 100, 6)
    return at - 1 if leading < 355 else at


def _at(value: float, where: int) -> float:
    return round(value, -where) + 0.0


def _say(value: float, where: int, unit: str, *, sign: bool) -> str:
    """Return a value rounded to a place; a share's place is that of its percents."""
    rounded = _at(value, where)
    digits = max(1, math.floor(math.log10(abs(rounded))) - where + 1) if rounded else 1
    if unit in _SHARES:
        text = quantity(100 * rounded, "", max(digits, 1), sign=sign)
        return text + (" points" if sign else "%")
    return quantity(rounded, unit, digits, sign=sign)


def told(
    value: float | None,
    low: float | None,
    high: float | None,
    unit: str,
    *,
    sign: bool = False,
    finest: int | None = None,
) -> str:
    """Return a figure with its unit and the digits that its interval carries, and no finer than `finest`.

    >>> (
    ...     told(178432.17, 90e3, 270e3, "£"),
    ...     told(5.589, 5.52, 5.66, "", finest=-1),
    ...     told(0.2412, 0.22, 0.262, "share"),
    ... )
    ('£180k', '5.6', '24.1%')
    >>> told(1973.1, None, None, "bed-day"), told(None, 0.0, 1.0, "£")
    ('2,000 bed-days', 'n/a')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    where = place(low, high)
    if where is None:
        where = math.floor(math.log10(abs(value))) - PLAIN_DIGITS + 1 if value else 0
    return _say(value, where if finest is None else max(where, finest), unit, sign=sign)


def sure(
    low: float | None, high: float | None, unit: str, *, sign: bool = False, finest: int | None = None
) -> str:
    """Return an interval with the digits that it carries; nothing where nothing bounds the figure.

    >>> sure(90321.0, 269999.0, "£"), sure(-5.0, 5.0, "patients"), sure(2, 2, "d")
    ('£90k to £270k', '−5 to 5 patients', '')
    """
    where = place(low, high)
    if where is None or low is None or high is None:
        return ""
    where = where if finest is None else max(where, finest)
    one, two = (_say(end, where, unit, sign=sign) for end in (low, high))
    if one == two:
        return ""
    # The unit is said once, after the second.
    name = " points" if sign and unit in _SHARES else f" {unit_name(unit, _at(low, where))}"
    return f"{one.removesuffix(name) if unit else one} to {two}"


def bare(unit: str) -> tuple[str, str]:
    """Return the unit that stands with each number, and the one that stands once beside the name.

    >>> bare("d"), bare("share"), bare("£")
    (('', 'days'), ('share', ''), ('£', ''))
    """
    if unit in _SHARES or unit.startswith(("£", "GBP")):
        return unit, ""
    return "", unit_name(unit)


def adding_up(parts: Sequence[float], whole: float, where: int) -> tuple[list[float], float]:
    """Return parts and whole rounded to one place so that the rounded parts still add up to the rounded whole.

    Each part is at most one unit of the last place from its own rounding (largest remainders). The parts add
    up to the whole before they are rounded.

    >>> adding_up([2.4, 2.4, 2.4], 7.2, 0)
    ([3.0, 2.0, 2.0], 7.0)
    """
    size = 10.0**where
    exact = np.asarray(parts, float) / size
    total = round(whole / size)
    floors = np.floor(exact)
    short = int(total - floors.sum())
    order: Any = np.argsort(-(exact - floors), kind="stable")
    floors[order[: max(short, 0)]] += 1
    return [_at(float(f * size), where) for f in floors], _at(total * size, where)
