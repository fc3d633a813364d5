"""What a year of the hospital looks like, in the figures that English trusts publish.

Everything is read from the event log. A spell in hospital begins when the first general or acute bed is taken and ends
when the last is given back; moves between wards, and exchanges of beds, do not end it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cisim.eventlog import Event
from cisim.units import DAY, HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cisim.eventlog import EventLog

    Ints = NDArray[np.int64]

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
CENSUS_HOUR = 8  # the daily situation report tells beds at eight in the morning


@dataclass(frozen=True, slots=True)
class Spells:
    """Spells in general and acute beds; an end that has not come is past the horizon."""

    begin: Ints
    end: Ints
    visit: Ints  # which attendance (a row of `attendances`) it belongs to


def wards(log: EventLog) -> list[int]:
    """Return the codes of the general and acute beds: those of the hospital itself."""
    return [i for i, p in enumerate(log.pools) if p.kind == "beds" and p.owner == "provider"]


def attendances(log: EventLog) -> tuple[Ints, Ints]:
    """Return the first row of each attendance (a patient's spell in the log), and each row's attendance."""
    new = np.ones(len(log.time), bool)
    new[1:] = (
        (np.diff(log.pathway) != 0) | (np.diff(log.patient.astype(np.int64)) != 0) | (np.diff(log.spell) != 0)
    )
    return np.flatnonzero(new), np.cumsum(new) - 1


def bed_spells(log: EventLog, attendance: Ints) -> Spells:
    """Return the spells in general and acute beds."""
    rows = np.flatnonzero(
        np.isin(log.event, (Event.TAKE, Event.GIVE)) & np.isin(log.pool, np.array(wards(log)))
    )
    change = np.where(log.event[rows] == Event.TAKE, 1, -1)
    who, when = attendance[rows], log.time[rows]
    held = np.cumsum(change)  # back to nothing at each patient's end, so one sum serves all ...
    still = np.zeros(len(rows), np.int64)
    last = np.flatnonzero(np.append(np.diff(who) != 0, True))
    still[last[:-1] + 1] = np.diff(np.append(0, held[last]))[:-1]  # ... but for those still in bed
    held = held - np.cumsum(still)
    first = np.flatnonzero((change == 1) & (held == 1))
    begin, owner = when[first], who[first]
    end = np.full(len(first), log.end + DAY, np.int64)
    out = np.flatnonzero((change == -1) & (held == 0))
    end[np.searchsorted(first, out) - 1] = when[out]
    joined = (owner[1:] == owner[:-1]) & (begin[1:] == end[:-1])  # a move, not a discharge
    keep_begin, keep_end = np.append(True, ~joined), np.append(~joined, True)
    return Spells(begin[keep_begin], end[keep_end], owner[keep_begin])


def census(spells: Spells, moments: Ints, elapsed: int = 0) -> Ints:
    """Return how many are in bed at each moment who have been there for longer than `elapsed`."""
    long = spells.end - spells.begin > elapsed
    begin, end = np.sort(spells.begin[long] + elapsed), np.sort(spells.end[long])
    return np.searchsorted(begin, moments, side="left") - np.searchsorted(end, moments, side="right")


def weekday(log: EventLog, times: Ints) -> Ints:
    """Return the day of the week of each time, Monday 0."""
    return (times // DAY + log.start.weekday()) % 7


def trust_figures(log: EventLog, start: int, end: int) -> dict[str, float]:
    """Return the figures that the model is held to, and how many beds are held by day of the week."""
    _, attendance = attendances(log)
    spells = bed_spells(log, attendance)
    moments = np.arange(start, end, DAY) + CENSUS_HOUR * HOUR
    days = weekday(log, moments)
    beds = sum(log.pools[i].capacity_time(start, end) for i in wards(log)) / (end - start)
    here = census(spells, moments)
    left = spells.end[(spells.end >= start) & (spells.end < end)]
    leaving = np.bincount(weekday(log, left), minlength=7) / np.bincount(
        weekday(log, np.arange(start, end, DAY)), minlength=7
    )
    out = {
        "occupancy": here.mean() / beds,
        "over 7 days": census(spells, moments, 7 * DAY).sum() / here.sum(),
        "over 21 days": census(spells, moments, 21 * DAY).sum() / here.sum(),
        "weekend to weekday discharges": leaving[5:].mean() / leaving[:5].mean(),
        "admitted share": admitted_share(log, attendance, spells, start, end),
    }
    by_day = {f"occupancy {d}": here[days == i].mean() / beds for i, d in enumerate(DAYS)}
    return {k: float(v) for k, v in (out | by_day).items()}


def step_code(log: EventLog, name: str) -> int:
    """Return the code of a step by its name, which no other pathway shares."""
    return next(i for i, s in enumerate(log.steps) if s.name == name)


def times_of(log: EventLog, attendance: Ints, event: Event, name: str) -> Ints:
    """Return, for each attendance, when it first had that event at that step; the largest whole number: never."""
    out = np.full(attendance[-1] + 1, np.iinfo(np.int64).max)
    rows = (log.event == event) & (log.step == step_code(log, name))
    np.minimum.at(out, attendance[rows], log.time[rows])
    return out


def admitted_share(log: EventLog, attendance: Ints, spells: Spells, start: int, end: int) -> float:
    """Return the share of attendances at the emergency department that were given a bed of a ward."""
    came = times_of(log, attendance, Event.ASK, "triage")
    there = (came >= start) & (came < end)
    bed = np.zeros(len(came), bool)
    bed[spells.visit] = True
    return float((there & bed).sum() / there.sum())


def emergency_figures(log: EventLog, start: int, end: int) -> dict[str, float]:
    """Return waits and times in the emergency department (hours) and who left without being seen."""
    _, attendance = attendances(log)
    never = np.iinfo(np.int64).max
    came = times_of(log, attendance, Event.ASK, "triage")
    there = (came >= start) & (came < end)
    spells = bed_spells(log, attendance)
    bed = np.full(len(came), never)
    np.minimum.at(bed, spells.visit, spells.begin)
    seen = [
        times_of(log, attendance, Event.BEGIN, s)
        for s in ("minor injury seen", "seen in the stream", "resuscitation", "seen by a doctor")
        if any(k.name == s for k in log.steps)
    ]
    doctor = np.minimum.reduce(seen)
    leave = np.full(len(came), never)
    rows = log.event == Event.LEAVE
    leave[attendance[rows]] = log.time[rows]
    unseen = np.zeros(len(came), bool)
    lost = [i for i, d in enumerate(log.details) if d == "left without being seen"]
    unseen[attendance[rows & np.isin(log.detail, np.array(lost))]] = True
    out = np.minimum(np.minimum(bed, leave), times_of(log, attendance, Event.BEGIN, "same-day care"))
    minor = np.minimum.reduce(seen[:-2]) < never
    home = there & ~unseen & (bed == never) & (out < never)
    admitted = there & (bed < never)
    wait = (doctor - came) / HOUR
    stay = (out - came) / HOUR
    served = there & (doctor < never)
    return {
        "left without being seen": float((there & unseen).sum() / there.sum()),
        "mean wait for a doctor, h": float(wait[served].mean()),
        "median wait for a doctor, h": float(np.median(wait[served])),
        "95th percentile of the wait for a doctor, h": float(np.percentile(wait[served], 95)),
        "mean wait for a doctor, minor, h": float(wait[served & minor].mean()),
        "mean wait for a doctor, others, h": float(wait[served & ~minor].mean()),
        "median stay of those who go home, h": float(np.median(stay[home])),
        "mean stay of those who go home, h": float(stay[home].mean()),
        "median stay of those admitted, h": float(np.median(stay[admitted])),
        "mean stay of those admitted, h": float(stay[admitted].mean()),
        "within 4 hours": float((stay[there & (out < never)] <= 4).mean()),
    }


SPECIALTIES = {  # as the README calls them: the name of the stay
    "older people": "older people stay",
    "gastroenterology": "gastroenterology stay",
    "general medicine": "general medicine stay",
    "stroke": "stroke stay",
    "general surgery": "general surgery stay",
    "elective": "elective stay",
}


def durations(log: EventLog, name: str, start: int, end: int) -> Ints:
    """Return how long each passage of a step took, from begin to end, of those that ended in the window."""
    rows = np.isin(log.event, (Event.BEGIN, Event.END)) & (log.step == step_code(log, name))
    time, event = log.time[rows], log.event[rows]
    ends = np.flatnonzero((event[1:] == Event.END) & (event[:-1] == Event.BEGIN)) + 1
    ends = ends[(time[ends] >= start) & (time[ends] < end)]
    return time[ends] - time[ends - 1]


def house_figures(log: EventLog, start: int, end: int) -> dict[str, float]:
    """Return stays by specialty (days), when patients leave, delays for support, and cancellations."""
    _, attendance = attendances(log)
    spells = bed_spells(log, attendance)
    ended = (spells.end >= start) & (spells.end < end)
    out = {"discharged before noon": float((spells.end[ended] % DAY < 12 * HOUR).mean())}
    size = attendance[-1] + 1
    for name, stay in SPECIALTIES.items():
        there = np.zeros(size, bool)
        rows = (log.event == Event.BEGIN) & (log.step == step_code(log, stay))
        there[attendance[rows]] = True
        mine = ended & there[spells.visit]
        out[f"mean stay, {name}, d"] = float((spells.end - spells.begin)[mine].mean() / DAY)
    support = durations(log, "discharge with support", start, end)
    out["support at home, days from end of acute care"] = float(support.mean() / DAY)
    asked, gone = (_count(log, e, "elective stay", start, end) for e in (Event.ASK, Event.GIVE_UP))
    out["cancelled on the day for want of a bed"] = gone / asked
    return out


def _count(log: EventLog, event: Event, name: str, start: int, end: int) -> int:
    rows = (log.event == event) & (log.step == step_code(log, name))
    return int((rows & (log.time >= start) & (log.time < end)).sum())


def operations(log: EventLog, start: int, end: int) -> float:
    """Return how many planned operations of inpatients are begun, a year of 52 weeks."""
    return _count(log, Event.BEGIN, "elective operation", start, end) * 364 * DAY / (end - start)
