"""How a step is served, and what a pool does besides, in plain English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.spec.amounts import clock_text, days_text, duration_words, share_text
from cisim.spec.model import Activity, PriorityBy, Round, Stay
from cisim.units import WEEKDAYS, duration_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cisim.spec.model import Arrivals, Pool, Priority, Starting, Together

__all__ = [
    "needs_words",
    "pool_words",
    "priority_words",
    "service_words",
    "starting_words",
    "together_words",
    "year_words",
]


def _units(needs: Mapping[str, int]) -> str:
    return " and ".join(f"{number} of {pool}" for pool, number in needs.items()) or "nothing"


def needs_words(step: Activity) -> str:
    """Return what an activity takes, and what will do instead."""
    words = [_units(step.needs)]
    for other in step.instead:
        wait = f" (after waiting {duration_text(other.after)})" if other.after else ""
        words.append(f"else {_units(other.needs)}{wait}")
    return ", ".join(words)


def priority_words(priority: Priority) -> str:
    """Return a priority in words.

    >>> priority_words(2), priority_words(PriorityBy(by="acuity", is_={"red": 1, "green": 3}))
    ('2', 'red 1, green 3 by acuity')
    """
    if isinstance(priority, PriorityBy):
        return ", ".join(f"{value} {number}" for value, number in priority.is_.items()) + f" by {priority.by}"
    return str(priority)


def service_words(step: Activity | Stay | Round) -> list[str]:
    """Return a sentence for everything about a step's service that is not as usual."""
    lines = []
    if step.priority != 0:
        lines.append(f"Priority {priority_words(step.priority)} (lower is served first).")
    lines += [f"Who has waited {duration_text(a.after)} has at most priority {a.to}." for a in step.ages]
    if isinstance(step, Round):
        return [*lines, "Who arrived first is seen first."] if step.order == "arrival" else lines
    if step.reserve:
        lines.append("What it needs is set aside while it cannot have all.")
    if isinstance(step, Activity):
        if step.pre_empts:
            lines.append("Interrupts activities of a higher priority number.")
        if step.when_interrupted == "restart":
            lines.append("Begins again when it was interrupted.")
    elif step.repatriate:
        lines.append(f"Who lies elsewhere moves to {step.beds[0].pool} once it has room.")
    if step.after_hold is not None:
        lines.append(f"What was used is kept {duration_words(step.after_hold)} longer.")
    return lines


def together_words(together: Together) -> list[str]:
    """Return what a released batch takes once for all."""
    lines = [f"Together they take {_units(together.needs)} for {duration_words(together.duration)}."]
    if together.priority != 0:
        lines.append(f"Priority {priority_words(together.priority)} (lower is served first).")
    if together.after_hold is not None:
        lines.append(f"What was used is kept {duration_words(together.after_hold)} longer.")
    return lines


def pool_words(pool: Pool) -> str:
    """Return breaks, bank holidays, turn-round and cover of a pool, each after a semicolon."""
    words = [
        f"{b.number} fewer {days_text(b.days)} {clock_text(b.from_)}-{clock_text(b.to)}" for b in pool.breaks
    ]
    if pool.bank_holidays is not None:
        words.append(f"on bank holidays as on {WEEKDAYS[pool.bank_holidays]}")
    if pool.turn_round is not None:
        words.append(f"made ready after each use in {duration_words(pool.turn_round)}")
    if pool.covered_by:
        covers = [
            f"{c.pool} (after waiting {duration_text(c.after)})" if c.after else c.pool
            for c in pool.covered_by
        ]
        words.append(f"covered by {', then '.join(covers)}")
    return "".join(f"; {word}" for word in words)


def starting_words(starting: Starting) -> str:
    """Return who is there at the start, as a sentence."""
    each = starting.elapsed_each
    number = starting.number if each is None else len(each)
    if each is not None:
        time = ", ".join(duration_text(t) for t in each[:8]) + (", ..." if len(each) > 8 else "")
    else:
        time = duration_words(starting.elapsed) if starting.elapsed is not None else "no time"
    bed = f" in a bed of {starting.bed}" if starting.bed is not None else ""
    return f"At the start {number or 0} {'is' if number == 1 else 'are'} at {starting.at}{bed}, for {time}."


def year_words(arrivals: Arrivals) -> list[str]:
    """Return a sentence each for seasons, growth and bank holidays."""
    lines = []
    if arrivals.season:
        factors = ", ".join(f"{month} {factor:g}" for month, factor in arrivals.season.items())
        lines.append(f"By season, times {factors}; other months as stated.")
    if arrivals.growth:
        more = "more" if arrivals.growth > 0 else "fewer"
        lines.append(f"Each year {share_text(abs(arrivals.growth))} {more} than the year before.")
    if arrivals.bank_holidays is not None:
        lines.append(f"On bank holidays as on {WEEKDAYS[arrivals.bank_holidays]}.")
    if arrivals.bank_holiday_factor != 1:
        lines.append(f"On bank holidays times {arrivals.bank_holiday_factor:g}.")
    return lines
