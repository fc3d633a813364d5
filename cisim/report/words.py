"""Numbers and intervals as people say them: few digits, thousands as k and m, a true minus sign.

>>> money(1234567), money(-45678), money(320), number(1921.4), number(0.01234)
('£1.23m', '−£45.7k', '£320', '1,920', '0.0123')
"""

# ruff: noqa: RUF001, RUF002 - a true minus sign is meant
from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MISSING",
    "USES",
    "between",
    "chance",
    "day_text",
    "interval",
    "join",
    "measure_name",
    "money",
    "number",
    "patients_words",
    "percent",
    "places_words",
    "quantity",
    "share",
    "slug",
    "times",
    "unit_name",
]

MISSING = "n/a"

USES: Mapping[str, str] = {
    "release": "released",
    "closed": "closed",
    "redeployed": "moved elsewhere",
    "reinvested": "used for named extra patients",
    "absorbed": "filled by others who came",
    "idle_change": "left free",
}
"""What became of what was released, in the words of the report."""

_MEASURES = {
    "length_of_stay": "length of stay",
    "wait": "wait",
    "occupancy": "occupancy",
    "census_midnight": "patients at midnight",
    "throughput": "patients treated",
    "arrivals": "patients arriving",
    "turned_away": "turned away",
    "outcomes": "patients by outcome",
    "blocked": "time in a bed while waiting for the next",
    "held_time": "time in use",
    "capacity_time": "time available",
    "idle_time": "time free",
    "overrun_time": "time beyond the rota",
    "openings": "times held",
    "seen": "patients seen",
    "used_share": "share of rostered time in use",
}
_STATISTICS = {
    "mean": "mean",
    "completed_mean": "mean of those who were served",
    "sd": "standard deviation",
    "p50": "half within",
    "p90": "nine in ten within",
    "p95": "95 in 100 within",
    "max": "highest",
    "share": "share",
    "total": "in all",
    "patients": "patients",
    "per_year": "per year",
    "mean_per_stay": "mean per stay",
    "served_share": "share served",
    "still_waiting": "still waiting at the end",
    "gave_up": "gave up",
    "count": "number",
}
_SHARES = ("share", "probability", "%")
_UNITS = {
    "d": ("day", "days"),
    "h": ("hour", "hours"),
    "hour": ("hour", "hours"),
    "bed-day": ("bed-day", "bed-days"),
    "slot-day": ("slot-day", "slot-days"),
    "patient": ("patient", "patients"),
    "patients": ("patient", "patients"),
    "places": ("place", "places"),
    "yr": ("year", "years"),
    "year": ("year", "years"),
    "QALY": ("QALY", "QALYs"),
    "opening": ("opening", "openings"),
    "points": ("point", "points"),
}


def _missing(value: float | None) -> bool:
    return value is None or not math.isfinite(value)


def _places(value: float, digits: int) -> int:
    """Return how many decimal places so many significant digits are."""
    return digits - 1 - math.floor(math.log10(abs(value))) if value else digits


def number(value: float | None, digits: int = 3, *, sign: bool = False) -> str:
    """Return a number with so many significant digits, thousands marked, whole where it is large.

    >>> number(0), number(-7.4), number(2.0), number(123456), number(3.5, sign=True)
    ('0', '−7.4', '2', '123,000', '+3.5')
    """
    if value is None or _missing(value):
        return MISSING
    if value == 0:
        return "0"
    places = _places(value, digits)
    rounded = round(value, places)
    if abs(rounded) >= 1e15:
        return f"{value:.2e}"
    text = f"{abs(rounded):,.{max(places, 0)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return ("−" if rounded < 0 else "+" if sign else "") + text


def money(value: float | None, digits: int = 3, *, sign: bool = False) -> str:
    """Return pounds: £320, £45.7k, £1.23m."""
    if value is None or _missing(value):
        return MISSING
    size = abs(value)
    for scale, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if float(f"{size:.{digits}g}") >= scale:
            text = number(size / scale, digits) + letter
            break
    else:
        text = f"{size:.0f}"
    # Nothing and a rounding error are both written as nothing, without a sign.
    mark = "" if text == "0" else "−" if value < 0 else "+" if sign else ""
    return f"{mark}£{text}"


def share(value: float | None) -> str:
    """Return a share as a percentage.

    >>> share(0.953), share(0.0041), share(1.0)
    ('95%', '0.41%', '100%')
    """
    if value is None or _missing(value):
        return MISSING
    percent = 100 * value
    few = abs(percent) < 10 and percent != 0
    return (number(percent, 2) if few else f"{percent:.0f}".replace("-", "−")) + "%"


def chance(probability: float | None) -> str:
    """Return a probability as people weigh it.

    >>> chance(0.953), chance(0.9999), chance(0.0), chance(0.5)
    ('95 in 100', 'more than 99 in 100', 'less than 1 in 100', '50 in 100')
    """
    if probability is None or _missing(probability):
        return MISSING
    if probability > 0.995:
        return "more than 99 in 100"
    if probability < 0.005:
        return "less than 1 in 100"
    return f"{100 * probability:.0f} in 100"


def percent(share: float) -> str:
    """Return a share of a spread as people say it.

    >>> percent(0.997), percent(0.42), percent(0.001)
    ('almost all', '42%', 'almost none')
    """
    return "almost all" if share > 0.99 else "almost none" if share < 0.01 else f"{100 * share:.0f}%"


def unit_name(unit: str, value: float = 2.0) -> str:
    """Return the unit's name after a value: 'days', 'bed-days a year'."""
    base, _, per = unit.partition(" per ")
    single, plural = _UNITS.get(base, (base, base))
    name = single if value == 1 else plural
    return f"{name} a {per}" if per else name


def quantity(value: float | None, unit: str, digits: int = 3, *, sign: bool = False) -> str:
    """Return a value with its unit, whatever the unit is; with `sign` it is a change, and one of a share is in points.

    >>> (
    ...     quantity(7.4, "d"),
    ...     quantity(0.42, "share"),
    ...     quantity(-0.18, "share", sign=True),
    ...     quantity(-5e4, "GBP"),
    ...     quantity(2.3, "ratio"),
    ...     quantity(1, "d"),
    ... )
    ('7.4 days', '42%', '−18 points', '−£50k', '2.3', '1 day')
    """
    if value is None or _missing(value):
        return MISSING
    if unit in ("GBP", "£"):
        return money(value, digits, sign=sign)
    if unit.startswith(("GBP per ", "£ per ")):
        return f"{money(value, digits, sign=sign)} a {unit.rpartition(' per ')[2]}"
    if unit in _SHARES:
        return quantity(100 * value, "points", digits, sign=True) if sign else share(value)
    if unit in ("", "ratio", "£ per £", "GBP/GBP"):
        return number(value, digits, sign=sign)
    return f"{number(value, digits, sign=sign)} {unit_name(unit, value)}"


def interval(
    low: float | None, high: float | None, unit: str, digits: int = 3, *, change: bool = False
) -> str:
    """Return an interval, the unit said once: '6.9 to 7.8 days'; that of a share's change is in points.

    >>> interval(6.9, 7.8, "d"), interval(-5e4, 2e5, "GBP"), interval(0.1, 0.2, "share")
    ('6.9 to 7.8 days', '−£50k to £200k', '10% to 20%')
    >>> interval(-1.6, -1.39, "d"), interval(0, 0.25, "h")
    ('−1.60 to −1.39 days', '0 to 0.25 hours')
    >>> interval(-0.01, 0.02, "share", change=True)
    '−1 to 2 points'
    """
    if low is None or high is None or _missing(low) or _missing(high):
        return MISSING
    if change and unit in _SHARES:
        low, high, unit = 100 * low, 100 * high, "points"
    if high > low:
        # Digits finer than a hundredth of the interval say nothing.
        places = 1 - math.floor(math.log10(high - low))
        # A number is rounded once: 18.348 must not become 18.35 and then 18.4.
        low, high = (round(end, places) if _places(end, digits) > places else end for end in (low, high))
    one, two = _alike(quantity(low, unit, digits), quantity(high, unit, digits))
    return " to ".join(_once(low, high, unit, one, two))


def _alike(one: str, two: str) -> tuple[str, str]:
    """Return two numbers in words with as many decimals each: 1.6 beside 1.39 would look less well known."""
    parts = [re.fullmatch(r"(\D*[\d,]+)(?:\.(\d+))?(\D*)", text) for text in (one, two)]
    first, second = parts
    if (
        not (first and second)
        or first[3] != second[3]
        or any(re.match(r"£?0(?![.\d])", t) for t in (one, two))
    ):
        return one, two
    places = max(len(part[2] or "") for part in (first, second))
    if not places:
        return one, two
    one, two = (f"{part[1]}.{(part[2] or '').ljust(places, '0')}{part[3]}" for part in (first, second))
    return one, two


def _once(first: float, second: float, unit: str, one: str, two: str) -> tuple[str, str]:
    """Return two quantities in words without the first one's unit, where the second's says it."""
    name = " " + unit_name(unit, first)
    if one.endswith(name) and two.endswith(unit_name(unit, second)):
        one = one.removesuffix(name)
    return one, two


def between(changes: list[float], unit: str) -> str:
    """Return the range that changes lie in, the smaller one first; or the one that they all are.

    >>> between([-2.76, 0.0, -9.37], "d"), between([0.5, -0.25], "share"), between([2.0, 2.0], "d")
    ('between 0 and −9.4 days', 'between −25 and +50 points', '+2 days')
    """
    if unit in _SHARES:
        changes, unit = [100 * c for c in changes], "points"
    ends = sorted((min(changes), max(changes)), key=abs if min(changes) * max(changes) >= 0 else None)
    one, two = (quantity(end, unit, 2, sign=True) for end in ends)
    return one if one == two else "between " + " and ".join(_once(ends[0], ends[1], unit, one, two))


def times(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> times(1, "draw"), times(2000, "draw")
    ('1 draw', '2,000 draws')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def join(parts: list[str]) -> str:
    """Return a list as a sentence has it.

    >>> join(["a", "b", "c"])
    'a, b and c'
    """
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""


def measure_name(measure: str, statistic: str = "") -> str:
    """Return a measure and its statistic in plain words.

    >>> measure_name("wait", "p95"), measure_name("length_of_stay", "mean")
    ('wait, 95 in 100 within', 'length of stay, mean')
    """
    name = _MEASURES.get(measure, measure.replace("_", " "))
    if not statistic:
        return name
    return f"{name}, {_STATISTICS.get(statistic, statistic.replace('_', ' '))}"


def places_words(step: int, steps: int | str) -> str:
    """Return how many places so many steps are; a number that is searched for is told as such.

    >>> places_words(6, 2), places_words(6, "most")
    ('12 places', 'as many times 6 places as service allows')
    """
    return (
        f"{step * steps} places"
        if isinstance(steps, int)
        else f"as many times {step} places as service allows"
    )


def patients_words(patients: int | str) -> str:
    """Return how many patients are on a list; a number that is searched for is told as such.

    >>> patients_words(1200), patients_words("most")
    ('1,200', 'as many as service allows')
    """
    return f"{patients:,}" if isinstance(patients, int) else "as many as service allows"


def day_text(date: Any) -> str:
    """Return a date as people write it: 1 April 2025."""
    return f"{date.day} {date:%B %Y}" if date is not None else ""


def slug(text: str) -> str:
    """Return a name fit for a file and an anchor.

    >>> slug("Close: a bay (6 beds)")
    'close-a-bay-6-beds'
    """
    words = "".join(c if c.isalnum() else " " for c in text.lower()).split()
    return "-".join(words) or "x"
