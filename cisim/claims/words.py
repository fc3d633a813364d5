"""Figures as people read them: three digits, and the ends where rounding makes them differ."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cisim.claims.implied import Unit
    from cisim.spec import Figure

__all__ = ["number_words", "words", "words_with_ends"]

_SCALES = ((1e9, "bn"), (1e6, "m"), (1e4, "k"))


def _places(value: float) -> int:
    """Return how many decimals show three digits."""
    return max(2 - floor(log10(abs(value))), 0) if value else 0


def _plain(value: float, places: int) -> str:
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _money(value: float) -> tuple[str, float]:
    """Return pounds in words, and what one in the last digit shown is worth."""
    size, letter = next(((s, x) for s, x in _SCALES if abs(value) >= 0.9995 * s), (1.0, ""))
    if letter == "k":
        size = 1e3
    places = _places(value / size) if letter else 0
    if not letter and abs(value) < 1000:
        places = 2 if round(value, 2) % 1 else 0
        text = f"{abs(value):.{places}f}"
    else:
        text = _plain(abs(value) / size, places)
    return f"{'-' if value < 0 else ''}£{text}{letter}", size * 10.0**-places


def _shown(value: float, unit: Unit) -> tuple[str, float]:
    """Return a number in words, and what one in the last digit shown is worth."""
    if unit == "£":
        return _money(value)
    if unit in ("%", "+%"):
        text = f"{100 * value:{'+' if unit == '+%' else ''}.1f}".removesuffix(".0")
        return f"{text}%", 0.001
    places = _places(value)
    return _plain(value, places) + (" days" if unit == "d" else ""), 10.0**-places


def number_words(value: float, unit: Unit) -> str:
    """Return one number with its unit.

    >>> number_words(921_480.0, "£"), number_words(807.7, "£"), number_words(2600.0, "£")
    ('£921k', '£807.70', '£2,600')
    >>> number_words(-0.0922, "+%"), number_words(0.3, "%"), number_words(14.2e6, "£"), number_words(5.5, "d")
    ('-9.2%', '30%', '£14.2m', '5.5 days')
    """
    return _shown(value, unit)[0]


def words(figure: Figure, unit: Unit) -> str:
    """Return a figure without its ends."""
    return number_words(figure.value, unit)


def words_with_ends(figure: Figure, unit: Unit) -> str:
    """Return a figure, with its ends where they lie further apart than one in the last digit shown.

    >>> from cisim.spec import parse_figure, Figure
    >>> (
    ...     words_with_ends(Figure(921_480.0, 917_937.0, 925_024.0), "£"),
    ...     words_with_ends(parse_figure("25.9%", "%"), "%"),
    ... )
    ('£921k (£918k to £925k)', '25.9%')
    """
    middle, last = _shown(figure.value, unit)
    if figure.high - figure.low <= 1.001 * last:
        return middle
    return f"{middle} ({number_words(figure.low, unit)} to {number_words(figure.high, unit)})"
