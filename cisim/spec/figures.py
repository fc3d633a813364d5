"""Published figures as they are written, with what their rounding allows: ``15.41`` is 15.405 to 15.415.

A figure is as exact as its last digit says. A word before it says more: "about £500,000" is rounded to its first
digit, "over £14.2m" was rounded down, "nearly" and "up to" were rounded up, "exactly 5" was not rounded, and
"between 2 and 3" says its own ends. A `Move` is a before and an after, or their ratio: ``-21%``, ``5.5 d to 1.2 d``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import product
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema

from cisim.units import DAY, parse_duration

__all__ = [
    "CountFigure",
    "DurationFigure",
    "Figure",
    "Move",
    "MoveField",
    "NumberFigure",
    "PoundsFigure",
    "ShareFigure",
    "combined",
    "exactly",
    "parse_figure",
    "parse_move",
]

Unit = Literal["", "£", "%", "d"]
_MOST = 1e15


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the ends between which it lies, for all that was written.

    Attributes
    ----------
    value, low, high : float
        In the field's own unit: plain numbers, pounds, shares or days. `low` <= `value` <= `high`.
    """

    value: float
    low: float
    high: float

    def holds(self, number: float) -> bool:
        """Whether a number would have been written as this figure, but for the last bits of the arithmetic."""
        slack = 1e-9 * max(abs(self.low), abs(self.high), abs(number))
        return self.low - slack <= number <= self.high + slack

    def meets(self, other: Figure) -> bool:
        """Whether some number lies within both."""
        return self.holds(other.low) or self.holds(other.high) or other.holds(self.low)


@dataclass(frozen=True, slots=True)
class Move:
    """A before and an after, or only by how much it moved.

    Attributes
    ----------
    ratio : Figure
        After over before.
    before, after : Figure or None
        None where only the ratio was written.
    unit : str
        ``£``, ``d``, ``%`` or nothing.
    """

    ratio: Figure
    before: Figure | None = None
    after: Figure | None = None
    unit: Unit = ""


def exactly(value: float) -> Figure:
    """Return a number that nobody rounded."""
    return Figure(value, value, value)


def combined(function: Callable[..., float], *figures: Figure) -> Figure:
    """Return a function of figures, with the ends that all their roundings together allow.

    The function must rise, or fall, with each argument over the whole of its rounding: then its ends lie at
    corners, and no other reading of the same figures lies outside of them.

    >>> cost = combined(lambda benefit, a_pound: benefit / a_pound, parse_figure(14.2), parse_figure(15.41))
    >>> round(cost.value, 3), round(cost.low, 3), round(cost.high, 3)
    (0.921, 0.918, 0.925)
    """
    corners = [function(*ends) for ends in product(*((f.low, f.high) for f in figures))]
    value = function(*(f.value for f in figures))
    return Figure(value, min(value, *corners), max(value, *corners))


_WORDS = {
    "": ("",),
    "about": ("about", "around", "approximately", "approx", "approx.", "roughly", "some", "circa", "c.", "ca.", "~"),
    "over": ("over", "more than", "at least", "above", ">", ">="),
    "under": ("under", "less than", "nearly", "almost", "up to", "at most", "below", "<", "<="),
    "exactly": ("exactly",),
}  # fmt: skip
_ROUNDED = {word: how for how, words in _WORDS.items() for word in words}
_BEFORE = "|".join(sorted((re.escape(w) for w in _ROUNDED if w), key=len, reverse=True))
_NUMBER = r"(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"
_SCALES = {
    **dict.fromkeys(("k", "thousand"), 1_000),
    **dict.fromkeys(("m", "mn", "million"), 1_000_000),
    **dict.fromkeys(("bn", "billion"), 1_000_000_000),
}
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_TAILS: dict[str, str] = {
    "": r"(?:(?:a|per|/|for\s+each|for\s+every)\s*£\s*1?)?",
    "£": r"(?:(?:a|per|each|/)\s*[A-Za-z]+|recurrent(?:ly)?)?",
    "%": "%?",
    "d": r"(?P<unit>[A-Za-z]+)",
    "n": r"(?!.*\b(?:day|week|month|quarter)s?\b)[A-Za-z -]*?(?:(?:a|per|each|/)\s*(?:year|yr|annum))?",
}
_WANTS = {
    "": "a number such as 15.41 or 'about 5'",
    "£": "pounds such as '£14.2m', '£807.70' or 'about £1m'",
    "%": "a share such as 30% or 'about 30%'",
    "d": "a number with its unit: min, h, d, wk or yr, such as '5.5 d' or '3,000 h'",
    "n": "a number, such as 1,000 or 'about 1,000 a year'",
}


def _last_digit(text: str, how: str, scale: float) -> float:
    """Return what one in the last digit that counts is worth."""
    whole, _, decimals = text.replace(",", "").partition(".")
    if decimals:
        return scale * 10.0 ** -len(decimals)
    # Zeros at the end of a whole number are digits, unless a word says that it was rounded.
    zeros = (
        len(whole) - len(whole.rstrip("0")) if how in ("about", "over", "under") and whole.strip("0") else 0
    )
    return scale * 10.0**zeros


def _scaled(number: str, scale: float) -> float:
    return float(Decimal(number.replace(",", "")) * Decimal(str(scale)))


def parse_figure(raw: object, unit: str = "") -> Figure:
    """Return a published figure and its ends; `unit` is nothing, ``£``, ``%``, ``d`` (days) or ``n`` (a count).

    Raises
    ------
    ValueError
        With the words of what was wanted.

    >>> parse_figure("£14.2m", "£")
    Figure(value=14200000.0, low=14150000.0, high=14250000.0)
    >>> parse_figure("about 5")
    Figure(value=5.0, low=4.5, high=5.5)
    >>> parse_figure("over £14.2m", "£").low, round(parse_figure("nearly 30%", "%").low, 9)
    (14200000.0, 0.2)
    """
    if isinstance(raw, Figure):
        return raw
    want = f"got {raw!r}, want {_WANTS[unit]}"
    bare = unit in ("£", "d")  # a number alone would not say of what
    if isinstance(raw, bool) or not isinstance(raw, str if bare else (int, float, str)):
        raise ValueError(want)  # noqa: TRY004 - pydantic reads ValueError
    text = _tidy(raw)
    ends = re.fullmatch(r"between\s+(.+?)\s+and\s+(.+)", text, re.IGNORECASE)
    if ends is None:
        return _rounded(text, unit, want)
    low, high = (_rounded(f"exactly {_with_unit(end, text, unit)}", unit, want) for end in ends.groups())
    if not low.value <= high.value:
        msg = f"got {raw!r}, want the lower end first, such as 'between 2 and 3'"
        raise ValueError(msg)
    return Figure((low.value + high.value) / 2, low.value, high.value)


def _rounded(text: str, unit: str, want: str) -> Figure:
    """Return one number with the ends that its digits, and a word before it, say."""
    money = "£" if unit == "£" else ""
    words = rf"(?P<how>{_BEFORE})?\s*{money}\s*(?P<number>{_NUMBER})\s*(?:(?P<scale>{_SCALE})\b)?"
    found = re.fullmatch(rf"{words}\s*{_TAILS[unit]}", text, re.IGNORECASE)
    if found is None:
        comma = re.search(r"\d,\d{1,2}(?!\d)", text)
        raise ValueError(f"{want}; a comma only stands between thousands" if comma else want)
    how = _ROUNDED[(found["how"] or "").lower()]
    scale = float(_SCALES.get((found["scale"] or "").lower(), 1))
    if text.endswith("%"):
        scale /= 100
    if unit == "d":
        scale *= parse_duration(f"1 {found['unit']}") / DAY
    value, one = _scaled(found["number"], scale), _last_digit(found["number"], how, scale)
    if value > _MOST:
        raise ValueError(want)
    ends = {"exactly": (0.0, 0.0), "over": (0.0, one), "under": (one, 0.0)}
    below, above = ends.get(how, (one / 2, one / 2))
    return Figure(value, max(value - below, 0.0), value + above)  # nothing counted or paid is below none


def _tidy(raw: object) -> str:
    text = re.sub(r"\bGBP\s*", "£", str(raw).strip().replace("\u2212", "-").replace("\u00a0", " "))
    return format(Decimal(text), "f") if re.fullmatch(r"\d+(\.\d+)?e[+-]?\d{1,2}", text) else text


def _with_unit(text: str, whole: str, unit: str) -> str:
    """Return one end with the unit that is written only once: '£1m and 2m', '5.5 and 6 d'."""
    if unit == "£" and "£" not in text and "£" in whole:
        return f"£{text}"
    if unit in ("%", "d") and not re.search(r"[A-Za-z%]", text):
        return text + (re.search(r"\s*[A-Za-z%]+$", whole) or [""])[0]
    return text


_DOWN = "less|lower|fewer|down|decrease|reduction|fall|shorter|cheaper"
_UP = "more|higher|up|increase|rise|longer|growth"
_MOVED = re.compile(
    rf"(?:(?P<sign>[+-])|(?P<verb>down|fell|less|up|rose|more)(?:\s+by)?\s)?\s*(?P<share>[^+-].*?%)\s*(?P<word>{_DOWN}|{_UP})?",
    re.IGNORECASE,
)
_MOVE_WANTS = {
    "": "how it moved, such as -21%, +30% or '739 to 1010'",
    "£": "how it moved, such as -21% or '£807.70 to £631.50'",
    "d": "how it moved, such as '5.5 d to 1.2 d' or -21%",
}


def parse_move(raw: object, unit: Unit = "") -> Move:
    """Return a before and an after, in `unit`, or by how much something moved.

    Raises
    ------
    ValueError
        With the words of what was wanted.

    >>> move = parse_move("£807.70 to £631.50", "£")
    >>> round(move.ratio.value - 1, 3), parse_move("-21%").ratio.value, parse_move("30% more").ratio.value
    (-0.218, 0.79, 1.3)
    """
    if isinstance(raw, Move):
        return raw
    want = f"got {raw!r}, want {_MOVE_WANTS[unit]}"
    if not isinstance(raw, str):
        raise ValueError(want)  # noqa: TRY004 - pydantic reads ValueError
    text = re.sub(r"^from\s+", "", _tidy(raw))
    ends = re.fullmatch(r"(.*?\d.*?)\s*(?:\bto\b|->|\u2192)\s*(.+)", text)
    if ends is None:
        moved = _MOVED.fullmatch(text)
        if moved is None:
            raise ValueError(want)
        return Move(_moved(raw, moved))
    written: Unit = "%" if text.endswith("%") else unit
    kind = written or "n"
    before, after = (parse_figure(_with_unit(end.strip(), text, kind), kind) for end in ends.groups())
    if not before.low > 0:
        msg = f"got {raw!r}, want a first number above 0"
        raise ValueError(msg)
    return Move(combined(lambda b, a: a / b, before, after), before, after, written)


def _moved(raw: object, moved: re.Match[str]) -> Figure:
    share = parse_figure(moved["share"], "%")
    words = {(moved["verb"] or "").lower(), (moved["word"] or "").lower()} - {""}
    down = moved["sign"] == "-" or bool(words & {"fell", *_DOWN.split("|")})
    up = moved["sign"] == "+" or bool(words & {"rose", *_UP.split("|")})
    if down == up:
        signs = "one sign" if down else "its sign: + for more, - for less"
        msg = f"got {raw!r}, want {signs}, such as -21%"
        raise ValueError(msg)
    if down and share.value > 1:
        msg = f"got {raw!r}, want a fall of at most 100%: nothing falls below none"
        raise ValueError(msg)
    return combined(lambda s: max(1 - s, 0.0) if down else 1 + s, share)


def _above_none(figure: Figure, raw: object, want: str) -> Figure:
    if not figure.value > 0 or not figure.low > 0:
        msg = f"got {raw!r}, want {want} above 0, even when it was rounded"
        raise ValueError(msg)
    return figure


def _field(unit: str, what: str, raw: object) -> Figure:
    return _above_none(parse_figure(raw, unit), raw, what)


def _share(raw: object) -> Figure:
    figure = parse_figure(raw, "%")
    if figure.value > 1:
        msg = f"got {raw!r}, want a share of at most 100%"
        raise ValueError(msg)
    return Figure(figure.value, figure.low, min(figure.high, 1.0))


def _json(kinds: list[str], words: str, examples: list[Any]) -> WithJsonSchema:
    return WithJsonSchema({"type": kinds, "description": words, "examples": examples})


NumberFigure = Annotated[
    Figure,
    BeforeValidator(partial(_field, "", "a number")),
    _json(["string", "number"], "A published number.", [15.41, "about 5"]),
]
CountFigure = Annotated[
    Figure,
    BeforeValidator(partial(_field, "n", "a number")),
    _json(["string", "number"], "A published count.", [1000, "about 1,000 a year"]),
]
PoundsFigure = Annotated[
    Figure,
    BeforeValidator(partial(_field, "£", "pounds")),
    _json(["string"], "Published pounds.", ["£14.2m", "about £1m"]),
]
ShareFigure = Annotated[
    Figure,
    BeforeValidator(_share),
    _json(["string", "number"], "A published share.", ["30%", "about 30%"]),
]
DurationFigure = Annotated[
    Figure,
    BeforeValidator(partial(_field, "d", "a duration")),
    _json(["string"], "A published duration.", ["3,000 h", "5.5 d"]),
]
MoveField = Annotated[
    Move,
    BeforeValidator(parse_move),
    _json(["string"], "How something moved.", ["-21%", "739 to 1010"]),
]
