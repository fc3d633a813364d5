"""Comparing what engines and the second reading tell."""

from collections.abc import Iterator
from dataclasses import fields

import numpy as np

from cisim.eventlog import EventLog, Integrals
from cisim.eventlog.log import COLUMNS

BOOKS = ("start", "end", "pathways", "steps", "details")
ROW = ("pathway", "patient", "spell", "time", "event", "step", "visit", "pool", "units", "detail")


def rows_of(log: EventLog) -> list[tuple]:
    """Return a log's rows in names, with spell and visit, as `PlainEngine` tells them."""
    spells, visits = log.spell.tolist(), log.visit.tolist()
    return [
        (pathway, patient, spell, time, event, step, visit, pool, units, detail)
        for (pathway, patient, time, event, step, pool, units, detail), spell, visit in zip(
            log.rows(), spells, visits, strict=True
        )
    ]


def difference(one: list[tuple], other: list[tuple], around: int = 3) -> str:
    """Return the first row that differs, with those before it; empty where nothing does."""
    for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            before = "\n".join(f"    {row}" for row in one[max(0, place - around) : place])
            return f"row {place}:\n{before}\n  - {mine}\n  + {theirs}"
    if len(one) != len(other):
        longer, sign = (one, "-") if len(one) > len(other) else (other, "+")
        return f"{len(one)} and {len(other)} rows, the first left over:\n  {sign} {longer[min(len(one), len(other))]}"
    return ""


def integrals_of(log: EventLog) -> dict[str, dict]:
    """Return an engine's own integrals that a second reading keeps too, without the zeros."""
    names = ("held", "turning", "queue", "inside", "arrived", "returned", "present", "left")
    told = {name: getattr(log.integrals, name) for name in names}
    return {name: {key: int(n) for key, n in numbers.items() if n} for name, numbers in told.items()}


def unequal(one: EventLog, other: EventLog) -> str:
    """Return what two logs differ in, array by array, bit by bit; empty where they are equal."""
    return (
        "".join(f"{name} differ; " for name in BOOKS if getattr(one, name) != getattr(other, name))
        or difference(rows_of(one), rows_of(other))
        or "".join(told for name in COLUMNS for told in _column(name, one, other))
        or "".join(told for told in _openings(one, other))
        or "".join(told for field in fields(Integrals) for told in _integral(field.name, one, other))
    )


def _column(name: str, one: EventLog, other: EventLog) -> Iterator[str]:
    mine, theirs = getattr(one, name), getattr(other, name)
    if mine.dtype != theirs.dtype:
        yield f"column {name} is of {mine.dtype} and {theirs.dtype}; "
    elif not np.array_equal(mine, theirs):
        place = int(np.flatnonzero(mine != theirs)[0])
        yield f"column {name} differs first at row {place}: {mine[place]} and {theirs[place]}; "


def _openings(one: EventLog, other: EventLog) -> Iterator[str]:
    mine, theirs = ([(code, times.tolist()) for code, times in log.openings] for log in (one, other))
    if mine != theirs:
        yield f"openings: {mine} and {theirs}; "


def _integral(name: str, one: EventLog, other: EventLog) -> Iterator[str]:
    mine, theirs = getattr(one.integrals, name), getattr(other.integrals, name)
    if mine != theirs:
        yield f"integral {name}: {mine} and {theirs}; "
