"""Amounts in words: shares, times of day, days, durations, openings and rotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.distributions import Constant
from cisim.units import HOUR, WEEKDAYS, duration_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.spec.fields import Duration
    from cisim.spec.model import OpeningLine, RotaLine

__all__ = ["clock_text", "count", "days_text", "duration_words", "openings_text", "rota_text", "share_text"]


def share_text(share: float) -> str:
    """Return a share as a percentage.

    >>> share_text(0.24), share_text(0.125), share_text(-0.05)
    ('24%', '12.5%', '-5%')
    """
    return f"{share * 100:.4g}%"


def clock_text(time: int) -> str:
    """Return a time of day.

    >>> clock_text(9 * 3_600_000)
    '09:00'
    """
    return f"{time // HOUR:02d}:{time % HOUR // 60_000:02d}"


def days_text(days: Sequence[int]) -> str:
    """Return days of the week, runs of three or more from end to end.

    >>> days_text((0, 1, 2, 3, 4)), days_text(range(7)), days_text((0, 3)), days_text((0, 1, 2, 5, 6))
    ('Mon-Fri', 'daily', 'Mon Thu', 'Mon-Wed Sat Sun')
    """
    if len(days) == 7:
        return "daily"
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    words = []
    for run in runs:
        names = [WEEKDAYS[d] for d in run]
        words.append(f"{names[0]}-{names[-1]}" if len(run) > 2 else " ".join(names))
    return " ".join(words)


def duration_words(duration: Duration) -> str:
    """Return a duration's mean and spread.

    >>> from cisim.spec.fields import Duration
    >>> (
    ...     duration_words(Duration(lognormal={"mean": "2 d", "sd": "3 d"})),
    ...     duration_words(Duration(constant="35 min")),
    ... )
    ('2 d on average (sd 3 d, lognormal)', '35 min')
    """
    distribution = duration.distribution()
    if isinstance(distribution, Constant):
        return duration_text(distribution.value) if distribution.value else "no time"
    family = type(distribution).__name__.lower()
    return (
        f"{duration_text(distribution.mean())} on average (sd {duration_text(distribution.sd())}, {family})"
    )


def openings_text(lines: Sequence[OpeningLine]) -> str:
    """Return when a calendar opens.

    >>> from cisim.spec.model import Calendar
    >>> openings_text(Calendar(openings=("Mon-Fri 09:00", "Sat 11:00")).openings)
    'Mon-Fri 09:00, Sat 11:00'
    """
    words = []
    for line in lines:
        places = f" ({count(line.places, 'place', 'places')})" if line.places is not None else ""
        words.append(f"{days_text(line.days)} {' and '.join(clock_text(t) for t in line.at)}{places}")
    return ", ".join(words)


def rota_text(lines: Sequence[RotaLine], otherwise: int) -> str:
    """Return a weekly rota.

    >>> from cisim.spec.model import Pool
    >>> line = {"days": "Mon-Fri", "from": "08:00", "to": "18:00", "number": 3}
    >>> rota_text(Pool(rota=(line,)).rota, 1)
    '3 Mon-Fri 08:00-18:00, otherwise 1'
    """
    words = [f"{r.number} {days_text(r.days)} {clock_text(r.from_)}-{clock_text(r.to)}" for r in lines]
    return ", ".join([*words, f"otherwise {otherwise}"])


def count(number: int, one: str, many: str) -> str:
    """Return a number of things.

    >>> count(1, "time", "times"), count(0, "time", "times")
    ('1 time', '0 times')
    """
    return f"{number} {one if number == 1 else many}"
