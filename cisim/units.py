"""One unit each for time, rates, shares and money, and how people write them.

Inside, time is whole milliseconds since the model's start; outside, every duration carries its unit.
A day has 24 hours (a local clock without daylight saving) and a year 365.25 days; a month has no fixed
length and is refused.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

__all__ = [
    "DAY",
    "DAYS_PER_YEAR",
    "HOUR",
    "MINUTE",
    "SECOND",
    "WEEK",
    "WEEKDAYS",
    "YEAR",
    "clock",
    "duration_text",
    "duration_unit",
    "parse_clock",
    "parse_duration",
    "parse_money",
    "parse_rate",
    "parse_share",
    "parse_weekdays",
]

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
DAYS_PER_YEAR = 365.25
YEAR = round(DAYS_PER_YEAR * DAY)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_UNITS = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), SECOND),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), HOUR),
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("wk", "wks", "week", "weeks"), WEEK),
    **dict.fromkeys(("yr", "yrs", "year", "years"), YEAR),
}
_WANTED = "a number with its unit: s, min, h, d, wk or yr, such as '35 min' or '2.5 d'"
_THOUSANDS = r"[1-9]\d{0,2}(?:,\d{3})+"
_NUMBER = rf"((?:{_THOUSANDS}|\d+)(?:\.\d+)?|\.\d+)"


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _commas(text: object) -> None:
    """Refuse a comma within a number that is not between thousands: 1,2 may be meant as 1.2."""
    for number in re.findall(r"\d[\d,]*,\d+", str(text)):
        if not re.fullmatch(_THOUSANDS, number):
            msg = f"got {text!r}, but a comma only stands between thousands; write 1.2 with a point"
            raise ValueError(msg)


def parse_duration(text: object) -> float:
    """Return the milliseconds in a duration such as ``'1 d 4 h'``; not negative, not yet rounded.

    Raises
    ------
    ValueError
        With the words of what was wanted.

    >>> parse_duration("35 min") == 35 * MINUTE
    True
    >>> parse_duration("1 d 12 h") == 36 * HOUR
    True
    """
    if not isinstance(text, str):
        msg = f"got {text!r} without a unit, want {_WANTED}"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reads ValueError
    _commas(text)
    parts = re.findall(rf"{_NUMBER}\s*([A-Za-z]+)", text)
    rest = re.sub(rf"{_NUMBER}\s*[A-Za-z]+", "", text).replace("and", "").replace(",", "").strip()
    if not parts or rest:
        msg = f"got {text!r}, want {_WANTED}"
        raise ValueError(msg)
    total = 0.0
    for number, unit in parts:
        if unit.lower() in ("mo", "month", "months"):
            msg = f"got {text!r}, but a month has no fixed length: write weeks or days"
            raise ValueError(msg)
        if unit.lower() not in _UNITS:
            msg = f"got unit {unit!r} in {text!r}, want {_WANTED}"
            raise ValueError(msg)
        total += _number(number) * _UNITS[unit.lower()]
    return total


def duration_unit(text: object) -> tuple[str, int]:
    """Return the unit in which a duration or rate is written, by its short name, and its milliseconds.

    >>> duration_unit("5 hours"), duration_unit("2.7 per day"), duration_unit("1 d 4 h")
    (('h', 3600000), ('d', 86400000), ('d', 86400000))
    """
    words = re.findall(r"[A-Za-z]+", str(text))
    size = next((_UNITS[word.lower()] for word in words if word.lower() in _UNITS), DAY)
    return next(name for name, one in _UNITS.items() if one == size), size


def parse_rate(text: object) -> float:
    """Return the events per millisecond in a rate such as ``'2.7 per day'`` or ``'739 a year'``.

    >>> round(parse_rate("24 per day") * HOUR, 9)
    1.0
    """
    _commas(text)
    match = re.fullmatch(
        rf"\s*{_NUMBER}\s*(?:patients?|arrivals?)?\s*(?:per|a|an|/)\s*([A-Za-z]+)\s*", str(text)
    )
    if match is None or match[2].lower() not in _UNITS:
        msg = f"got {text!r}, want a rate such as '2.7 per day' or '739 per year'"
        raise ValueError(msg)
    return _number(match[1]) / _UNITS[match[2].lower()]


def parse_share(text: object) -> float:
    """Return the share in ``'24%'`` or ``0.24``; the sign is kept.

    >>> parse_share("24%"), parse_share(0.24), parse_share("-5%")
    (0.24, 0.24, -0.05)
    """
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return float(text)
    _commas(text)
    match = re.fullmatch(rf"\s*([+-]?)\s*{_NUMBER}\s*(%?)\s*", str(text))
    if match is None or isinstance(text, bool):
        msg = f"got {text!r}, want a share such as 24% or 0.24"
        raise ValueError(msg)
    value = _number(match[2]) / (100 if match[3] else 1)
    return -value if match[1] == "-" else value


def parse_money(text: object) -> float:
    """Return the pounds in ``'£1,200'``, ``'£52k'``, ``'£1.2m'`` or ``'-£300'``.

    >>> parse_money("£1,200"), parse_money("£52k"), parse_money("-£1.2m")
    (1200.0, 52000.0, -1200000.0)
    """
    _commas(text)
    match = re.fullmatch(rf"\s*([+-]?)\s*(?:£|GBP)\s*{_NUMBER}\s*([kKmM]?)\s*", str(text))
    if match is None:
        msg = f"got {text!r}, want pounds such as '£1,200' or '£52k'"
        raise ValueError(msg)
    value = _number(match[2]) * {"": 1, "k": 1e3, "m": 1e6}[match[3].lower()]
    return -value if match[1] == "-" else value


def parse_weekdays(text: object) -> tuple[int, ...]:
    """Return the weekdays (Monday 0) in ``'Mon-Fri'``, ``'Sat Sun'``, ``'daily'`` or ``'weekdays'``.

    >>> parse_weekdays("Mon-Wed, Sat")
    (0, 1, 2, 5)
    """
    names = {n.lower(): i for i, n in enumerate(WEEKDAYS)}
    days: set[int] = set()
    for word in re.sub(r"\s*-\s*", "-", str(text)).replace(",", " ").split():
        low = word.lower()
        if low in ("daily", "all", "every"):
            days |= set(range(7))
        elif low in ("weekdays", "weekday"):
            days |= set(range(5))
        elif low in ("weekend", "weekends"):
            days |= {5, 6}
        else:
            ends = [names.get(p[:3]) if len(p) >= 3 else None for p in low.split("-")]
            if None in ends or len(ends) > 2:
                msg = f"got day {word!r} in {text!r}, want days such as 'Mon-Fri', 'Sat Sun' or 'daily'"
                raise ValueError(msg)
            first, last = ends[0] or 0, ends[-1] or 0
            days |= {(first + i) % 7 for i in range((last - first) % 7 + 1)}
    if not days:
        msg = f"got {text!r}, want days such as 'Mon-Fri', 'Sat Sun' or 'daily'"
        raise ValueError(msg)
    return tuple(sorted(days))


def parse_clock(text: object) -> int:
    """Return the milliseconds after midnight in ``'09:30'``; ``'24:00'`` is the day's end.

    >>> parse_clock("09:30") == 9 * HOUR + 30 * MINUTE
    True
    """
    match = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*", str(text))
    if match is None or int(match[2]) > 59 or int(match[1]) * 60 + int(match[2]) > 1440:
        msg = f"got {text!r}, want a time of day such as '09:30'"
        raise ValueError(msg)
    return int(match[1]) * HOUR + int(match[2]) * MINUTE


def clock(start: date, time: int) -> datetime:
    """Return the calendar moment `time` milliseconds after midnight of `start`.

    >>> clock(date(2024, 1, 1), 36 * HOUR)
    datetime.datetime(2024, 1, 2, 12, 0)
    """
    return datetime(start.year, start.month, start.day) + timedelta(milliseconds=int(time))  # noqa: DTZ001 - a local clock


def duration_text(milliseconds: float) -> str:
    """Return a duration as people say it, in the largest unit that keeps it at or above one.

    >>> duration_text(90 * MINUTE), duration_text(11.5 * DAY), duration_text(0)
    ('1.5 h', '11.5 d', '0 min')
    """
    for unit, size in (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", SECOND)):
        if milliseconds >= size:
            return f"{milliseconds / size:.4g} {unit}"
    return f"{milliseconds:g} ms" if milliseconds else "0 min"
