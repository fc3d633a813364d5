"""A log that was held out beside logs that a fitted model gives for the same days: all checks of a pathway at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisim.calibrate.product_limit import Stays, product_limit
from cisim.calibrate.validate import (
    Subject,
    ValidationCheck,
    census_age_check,
    days_check,
    little_check,
    predicted_check,
)
from cisim.errors import ModelError
from cisim.eventlog import EventLog
from cisim.measures import spells
from cisim.units import DAY, HOUR, WEEKDAYS

__all__ = ["Foretold", "check_foretold", "check_log", "check_records", "foretold"]

Ints = NDArray[np.int64]
BLOCK = 3
"""Hours of the day that are told together."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a log says of one pathway, for the checks: numbers only, nobody's row.

    Attributes
    ----------
    figures : dict of str to dict of str to float
        By the check, then by the number's name.
    series : dict of str to tuple of float
        What is told day by day.
    """

    figures: dict[str, dict[str, float]]
    series: dict[str, tuple[float, ...]]


_ABOUT: dict[str, Subject] = {
    "Patients a day": "arrivals",
    "Stay, days": "stay",
    "In the pathway at midnight": "census",
    "Share who come, by time of day": "hours",
    "Share who leave, by time of day": "hours",
    "Share who come, by weekday": "weekdays",
    "Share who leave, by weekday": "weekdays",
    "Patients, day by day": "arrivals",
    "In the pathway, midnight by midnight": "census",
}


def check_log(
    held: EventLog, simulated: Sequence[EventLog], pathway: str, start: int, end: int
) -> tuple[ValidationCheck, ...]:
    """Return the checks of one pathway: arrivals, stay, census, hours, weekdays, and whether the records add up.

    Parameters
    ----------
    held : EventLog
        Records of days that the model was not fitted to.
    simulated : sequence of EventLog
        The model's logs of such days, 20 or more, each with its own luck and its own draw of what is not known. Their
        first day is the same day of the week.
    pathway : str
    start, end : int
        The days that are compared, in milliseconds of every log; whole days, four weeks or longer.

    Raises
    ------
    ModelError
        For a pathway that is not in a log, too short a time, or too few simulations.
    """
    one = foretold(held, pathway, start, end)
    checks = check_foretold(one, [foretold(log, pathway, start, end) for log in simulated])
    return (*checks, *check_records(held, pathway, start, end))


def check_foretold(held: Foretold, simulated: Sequence[Foretold]) -> tuple[ValidationCheck, ...]:
    """Return the checks of what was held out against what was foretold; `check_log`, from its numbers.

    Raises
    ------
    ModelError
        For too few simulations.
    """
    whole = [
        predicted_check(
            name, _ABOUT[name], figures, [m.figures[name] for m in simulated], bounds=(0.0, float("inf"))
        )
        for name, figures in held.figures.items()
    ]
    daily = [
        days_check(name, _ABOUT[name], series, [m.series[name] for m in simulated])
        for name, series in held.series.items()
    ]
    return (*whole, *daily)


def foretold(log: EventLog, pathway: str, start: int, end: int) -> Foretold:
    """Return what a log says of one pathway in [start, end), for the checks.

    Raises
    ------
    ModelError
        For a pathway that is not in the log, or too short a time.
    """
    if end - start < 28 * DAY or start % DAY or end % DAY:
        raise ModelError("days", f"got {(end - start) / DAY:g} days, want 28 or more whole ones")
    return _numbers(log, pathway, start, end)


def _times(log: EventLog, pathway: str) -> tuple[Ints, Ints]:
    """Return when each spell began, and when it ended or the log did."""
    if pathway not in log.pathways:
        raise ModelError("pathway", f"got {pathway!r}, want one of: {', '.join(log.pathways)}")
    table = spells(log)
    mine = np.asarray(table.pathway) == log.pathways.index(pathway)
    return table.arrive[mine], table.leave[mine]


def _census(arrive: Ints, leave: Ints, start: int, end: int) -> Ints:
    at = np.arange(start, end, DAY)
    return np.searchsorted(np.sort(arrive), at, side="right") - np.searchsorted(
        np.sort(leave), at, side="right"
    )


def _stays(arrive: Ints, leave: Ints, log_end: int, which: NDArray[np.bool_]) -> Stays:
    seen = leave[which] < log_end
    value = np.maximum(np.minimum(leave[which], log_end) - arrive[which], 1) / DAY
    return Stays(value, np.asarray(seen), np.zeros(len(value)))


def _numbers(log: EventLog, pathway: str, start: int, end: int) -> Foretold:
    arrive, leave = _times(log, pathway)
    came = (arrive >= start) & (arrive < end)
    left = (leave >= start) & (leave < end)
    daily = np.bincount((arrive[came] - start) // DAY, minlength=(end - start) // DAY)
    curve = product_limit(_stays(arrive, leave, log.end, came))
    census = _census(arrive, leave, start, end)
    first = log.start.weekday()
    hours = [f"{h:02d}:00 to {h + BLOCK:02d}:00" for h in range(0, 24, BLOCK)]

    def shares(times: Ints, names: Sequence[str], *, weekly: bool) -> dict[str, float]:
        place = (times // DAY + first) % 7 if weekly else (times % DAY) // (BLOCK * HOUR)
        count = np.bincount(place, minlength=len(names))
        return dict(zip(names, (count / count.sum()).tolist(), strict=True))

    figures = {
        "Patients a day": {"mean": float(daily.mean()), "standard deviation": float(daily.std(ddof=1))},
        "Stay, days": {f"{p:.0%}": curve.quantile(p) for p in (0.25, 0.5, 0.75, 0.9)},
        "In the pathway at midnight": {
            "mean": float(census.mean()),
            "10%": float(np.quantile(census, 0.1)),
            "90%": float(np.quantile(census, 0.9)),
        },
        "Share who come, by time of day": shares(arrive[came], hours, weekly=False),
        "Share who leave, by time of day": shares(leave[left], hours, weekly=False),
        "Share who come, by weekday": shares(arrive[came], WEEKDAYS, weekly=True),
        "Share who leave, by weekday": shares(leave[left], WEEKDAYS, weekly=True),
    }
    series = {
        "Patients, day by day": tuple(map(float, daily.tolist())),
        "In the pathway, midnight by midnight": tuple(map(float, census.tolist())),
    }
    return Foretold(figures, series)


def check_records(
    log: EventLog, pathway: str, start: int, end: int
) -> tuple[ValidationCheck, ValidationCheck]:
    """Return whether records add up: census against arrivals and stays, and against elapsed stays."""
    arrive, leave = _times(log, pathway)
    came = (arrive >= start) & (arrive < end)
    found = _stays(arrive, leave, log.end, came)
    curve = product_limit(found)
    mean = float(np.diff(np.append(0.0, curve.time)) @ np.append(1.0, curve.longer)[:-1])
    days = (end - start) / DAY
    inside = np.minimum(leave, end) - np.maximum(arrive, start)
    census = float(np.maximum(inside, 0).sum() / (end - start))
    at = np.arange(start + (end - start) // 2, end, DAY)
    ages = np.concatenate([(t - arrive[(arrive <= t) & (leave > t)]) / DAY for t in at])
    return (
        little_check(census, came.sum() / days, mean, tolerance=0.1),
        census_age_check(ages, found.value, found.seen),
    )
