"""What an outcome can be counted by: the measures that add up over patients and time, and what is wrong with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.errors import nearest
from cisim.spec.plain import Finding
from cisim.spec.worth_checks import MEASURES, named
from cisim.units import duration_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cisim.spec.value import Counted, Outcome
    from cisim.spec.yamltree import Trail

__all__ = [
    "BED_DAYS",
    "COUNTS",
    "OF_A_POOL",
    "PATIENTS",
    "bands_overlap",
    "counted_findings",
    "outcome_worth",
]

COUNTS: dict[str, tuple[str, ...]] = {
    "wait": ("total", "gave_up"),
    "length_of_stay": ("total",),
    "throughput": ("patients",),
    "arrivals": ("patients",),
    "readmissions": ("patients",),
    "turned_away": ("patients",),
    "outcomes": (),
    "seen": ("patients",),
    "openings": ("count",),
    "blocked": ("total",),
    "interrupted": ("times",),
    "held_time": ("total",),
    "turning_time": ("total",),
    "capacity_time": ("total",),
    "idle_time": ("total",),
    "overrun_time": ("total",),
}
"""The measures that add up, each with what of it is counted: the first where no statistic is given.

``total`` of a wait is the hours that all waited, of a length of stay the days that all stayed. The statistic of
``outcomes`` is the outcome, and must be given.
"""
OF_A_POOL = ("held_time", "turning_time", "capacity_time", "idle_time", "overrun_time")
"""Those that are of a pool; the others are of a pathway, or of a step of it."""
BED_DAYS = ("held_time", "turning_time", "capacity_time", "idle_time", "length_of_stay", "blocked")
"""Those that count time in a bed, or in another place."""
PATIENTS = ("throughput", "arrivals", "readmissions", "outcomes", "seen")
"""Those that count patients who come, go or are seen."""
_BANDED = ("wait", "length_of_stay")


def counted_findings(counted: Counted, trail: Trail) -> Iterator[Finding]:
    """Yield what is wrong with what an outcome is counted by."""
    measure = counted.measure
    yield from named("measure", measure, MEASURES, (*trail, "measure"))
    if measure not in MEASURES:
        return
    yield from _band(counted, trail)
    if measure not in COUNTS:
        text = (
            f"got '{measure}', which does not add up over patients or days, want one of {', '.join(COUNTS)}"
        )
        yield Finding((*trail, "measure"), text)
        return
    yield from _statistic(counted, trail)
    if measure in OF_A_POOL and counted.pool is None:
        yield Finding(trail, f"missing 'pool', want the pool whose {measure} is counted", key=True)
    strange = ("pathway", "step") if measure in OF_A_POOL else ("pool",)
    for name in strange:
        if getattr(counted, name) is not None:
            text = (
                f"'{name}' is no place of {measure}, which is of a {'pool' if name != 'pool' else 'pathway'}"
            )
            yield Finding((*trail, name), text, key=True)


def _band(counted: Counted, trail: Trail) -> Iterator[Finding]:
    ends = [n for n in ("above", "below") if getattr(counted, n) is not None]
    for name in ends:
        if counted.measure not in _BANDED:
            text = f"'{name}' is of a time, and {counted.measure} is none: leave it out"
            yield Finding((*trail, name), text, key=True)
        elif counted.statistic is not None:
            text = f"'statistic' stands beside '{name}', which counts patients: leave one of them out"
            yield Finding((*trail, "statistic"), text, key=True)
            break
    if counted.above is not None and counted.below is not None and counted.below <= counted.above:
        text = f"got {duration_text(counted.below)}, want more than 'above', {duration_text(counted.above)}"
        yield Finding((*trail, "below"), text)
    if counted.since != "asking" and not (counted.measure == "wait" and ends):
        text = "got 'arriving', want it beside 'above' or 'below' of a wait alone"
        yield Finding((*trail, "since"), text)


def _statistic(counted: Counted, trail: Trail) -> Iterator[Finding]:
    known = COUNTS[counted.measure]
    if counted.statistic is None:
        if not known:
            yield Finding(
                trail, "missing 'statistic', want the outcome that is counted, such as died", key=True
            )
    elif known and counted.statistic not in known:
        text = f"got {counted.statistic!r}, which does not add up, want {' or '.join(known)}"
        if counted.measure in _BANDED:
            text += "; patients of whom it is longer are counted by 'above'"
        yield Finding((*trail, "statistic"), text + nearest(counted.statistic, known))


def bands_overlap(one: Counted, other: Counted) -> bool:
    """Say whether two bands of a time have a patient in common.

    >>> from cisim.spec.value import Counted
    >>> early, late = (
    ...     Counted(measure="wait", above=a, below=b) for a, b in (("6 h", "8 h"), ("8 h", "12 h"))
    ... )
    >>> bands_overlap(early, late), bands_overlap(early, Counted(measure="wait", above="7 h"))
    (False, True)
    """
    low = max(one.above or 0.0, other.above or 0.0)
    ends = [c.below for c in (one, other) if c.below is not None]
    return not ends or low < min(ends)


def outcome_worth(outcome: Outcome, here: Trail) -> Iterator[Finding]:
    """Yield what is wrong with the worth of one more of an outcome."""
    each = outcome.each
    worth = (each.money, each.qalys, each.carbon, each.deaths)
    if outcome.kind != "unmonetised" and all(one is None for one in worth):
        yield Finding((*here, "each"), "got no worth, want 'money', 'qalys', 'deaths' or 'carbon'")
    if outcome.of == "deaths associated with crowding":
        for name in ("money", "qalys"):
            amount = getattr(each, name)
            if amount is not None and amount.distribution().mean() > 0:
                text = "got a gain, but one more patient who waits so long is a loss: want an amount below 0"
                yield Finding((*here, "each", name), text)
