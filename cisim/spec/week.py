"""A week as numbers: the hours of an arrival rate, the openings of a calendar, the mean number of a pool."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cisim.errors import ModelError
from cisim.spec.fields import MONTHS
from cisim.spec.model import Break
from cisim.units import DAY, WEEK, WEEKDAYS, parse_weekdays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.spec.model import Arrivals, Calendar, OpeningLine, Pool, RotaLine

__all__ = [
    "highest_rate",
    "hourly_rates",
    "mean_number",
    "mean_season",
    "mean_wait",
    "numbers_of_week",
    "openings_of_week",
    "places_of_week",
]


def _weights(arrivals: Arrivals) -> tuple[float, ...]:
    profile = arrivals.profile
    if profile is None:
        return (1.0,) * 168
    if not isinstance(profile, dict):
        return tuple(profile) * 7 if len(profile) == 24 else tuple(profile)
    days: dict[int, tuple[float, ...]] = {}
    for words, hours in profile.items():
        days.update(dict.fromkeys(parse_weekdays(words), hours))
    missing = [WEEKDAYS[d] for d in range(7) if d not in days]
    if missing:
        raise ModelError("profile", f"got no hours for {', '.join(missing)}, want all seven days")
    return tuple(w for d in range(7) for w in days[d])


def hourly_rates(arrivals: Arrivals) -> tuple[float, ...]:
    """Return the rate, in patients a millisecond, in each of the week's 168 hours from Monday 00:00.

    Raises
    ------
    ModelError
        Where there is no rate (the arrivals are listed) or the profile is no week.
    """
    if arrivals.rate is None:
        raise ModelError("arrivals", "got listed times, want a rate")
    weights = _weights(arrivals)
    if len(weights) != 168 or min(weights) < 0 or not sum(weights) > 0:
        raise ModelError("profile", "want 24 weights, or 24 for each day, none below 0 and not all 0")
    mean = sum(weights) / 168
    return tuple(arrivals.rate * w / mean for w in weights)


def highest_rate(arrivals: Arrivals) -> float:
    """Return the highest of the week's hourly rates, in patients a millisecond: the width of the bands.

    >>> from cisim.spec.model import Arrivals
    >>> round(highest_rate(Arrivals(rate="24 per day")) * 3_600_000, 9)
    1.0
    """
    return max(hourly_rates(arrivals))


def openings_of_week(lines: Sequence[OpeningLine]) -> tuple[int, ...]:
    """Return the times of a week's openings, in milliseconds from Monday 00:00, sorted, each once."""
    return tuple(sorted({(day * DAY + at) % WEEK for line in lines for day in line.days for at in line.at}))


def gaps(calendar: Calendar) -> tuple[int, ...]:
    """Return the times from each opening to the next, in milliseconds; exceptions are left out."""
    times = openings_of_week(calendar.openings)
    return tuple((b - a) % WEEK or WEEK for a, b in zip(times, (*times[1:], times[0]), strict=True))


def mean_wait(calendar: Calendar) -> float:
    """Return the mean wait, in milliseconds, of a patient who joins at a random moment.

    The waiting-time paradox: sum of gap squared over twice the week, so long gaps count twice over.

    >>> from cisim.spec.model import Calendar
    >>> daily = Calendar(openings=("daily 09:00",))
    >>> mean_wait(daily) / DAY
    0.5
    """
    return sum(g * g for g in gaps(calendar)) / (2 * WEEK)


def places_of_week(calendar: Calendar) -> float | None:
    """Return the places of a week's openings; None if some opening has no limit. Exceptions are left out.

    >>> from cisim.spec.model import Calendar
    >>> places_of_week(
    ...     Calendar(openings=("Mon-Thu 09:00", {"days": "Fri", "at": ["09:00"], "places": 2}), places=4)
    ... )
    18.0
    """
    places: dict[int, int | None] = {}
    for line in calendar.openings:  # where two lines open at one time, the later one says the places
        number = line.places if line.places is not None else calendar.places
        places.update({(day * DAY + at) % WEEK: number for day in line.days for at in line.at})
    return None if None in places.values() else float(sum(n or 0 for n in places.values()))


def mean_season(arrivals: Arrivals) -> float:
    """Return the mean of the factors of the months over a year, by their lengths.

    >>> from cisim.spec.model import Arrivals
    >>> round(mean_season(Arrivals(rate="1 per day", season={"Jan": 2.0})), 4)
    1.0849
    """
    lengths = (31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    factors = [arrivals.season.get(month, 1.0) for month in MONTHS]
    return sum(n * f for n, f in zip(lengths, factors, strict=True)) / sum(lengths)


def _length(line: RotaLine | Break) -> int:
    return line.to - line.from_ if line.to > line.from_ else line.to - line.from_ + DAY


def numbers_of_week(pool: Pool) -> list[tuple[int, int, int]]:
    """Return a pool's number through the week, as (begin, end, number) in milliseconds, breaks taken off."""
    base = pool.otherwise if pool.rota else int(pool.number or 0)
    written: list[RotaLine | Break] = [*pool.rota, *pool.breaks]
    lines = [
        (d * DAY + line.from_, d * DAY + line.from_ + _length(line), line.number, isinstance(line, Break))
        for line in written
        for d in line.days
    ]
    edges = sorted({0, WEEK, *(t % WEEK for begin, end, _, _ in lines for t in (begin, end))})
    out = []
    for begin, end in pairwise(edges):
        here = [(n, away) for a, b, n, away in lines if a <= begin < b or a <= begin + WEEK < b]
        there = next((n for n, away in here if not away), base)
        out.append((begin, end, max(0, there - sum(n for n, away in here if away))))
    return out


def mean_number(pool: Pool) -> float | None:
    """Return a pool's mean number of places over an ordinary week; None if unlimited.

    Dated exceptions are left out, save one that holds from then on: that is the number in the long run.
    """
    lasting = [e for e in pool.exceptions if e.from_ is not None and e.to is None]
    if lasting:
        return float(lasting[-1].number)
    if pool.number == "unlimited":
        return None
    return sum((end - begin) * number for begin, end, number in numbers_of_week(pool)) / WEEK
