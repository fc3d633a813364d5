"""From rows in any order to the log's order, each patient's story checked on the way."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cisim.errors import CisimWarning
from cisim.eventlog.log import Event

if TYPE_CHECKING:
    from cisim.eventlog.parse import Mistakes, Row

__all__ = ["Placed", "natural", "place"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A row with its place in the log, as codes."""

    row: Row
    pathway: int
    patient: int
    spell: int
    sequence: int
    visit: int


def natural(name: str) -> tuple[int, int, int, str]:
    """Return a key that sorts numbers as numbers (``2`` before ``10``, ``1.7`` after both), then other names.

    >>> sorted(["b", "10", "1.7", "2", "a"], key=natural)
    ['2', '10', '1.7', 'a', 'b']
    """
    match = re.fullmatch(r"(?:(\d+)\.)?(\d+)", name, flags=re.ASCII)
    return (0, int(match[1] or 0), int(match[2]), name) if match else (1, 0, 0, name)


def place(rows: list[Row], mistakes: Mistakes) -> list[Placed]:
    """Return the rows in the log's order: by pathway, patient, spell and time, and else as they stood.

    Warns
    -----
    CisimWarning
        Where rows of a patient stood out of the order of time, with their number.
    """
    pathways = {name: i for i, name in enumerate(dict.fromkeys(r.pathway for r in rows))}
    patients = {name: i for i, name in enumerate(sorted({r.patient for r in rows}, key=natural))}
    stories: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in rows:
        stories[pathways[row.pathway], patients[row.patient]].append(row)
    _same_kinds(rows, mistakes)
    out: list[Placed] = []
    moved = 0
    for (pathway, patient), story in sorted(stories.items()):
        moved += sum(b.time < a.time and b.spell == a.spell for a, b in pairwise(story))
        for spell, part in _spells(sorted(story, key=lambda r: r.time), mistakes):
            _check(part, mistakes)
            visits = _visits(part)
            out += [Placed(r, pathway, patient, spell, i, visits[i]) for i, r in enumerate(part)]
    if moved:
        message = (
            f"{mistakes.file}: {moved} rows stood before an earlier row of their patient: sorted by time"
        )
        warnings.warn(message, CisimWarning, stacklevel=3)
    return out


def _same_kinds(rows: list[Row], mistakes: Mistakes) -> None:
    kinds: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row.step and row.kind:
            first = kinds.setdefault((row.pathway, row.step), row)
            if first.kind != row.kind:
                want = f"'{first.kind}', as '{row.step}' has in line {first.line}"
                mistakes.add(row.line, "kind", f"got '{row.kind}', want {want}")


def _spells(story: list[Row], mistakes: Mistakes) -> list[tuple[int, list[Row]]]:
    """Part a patient's rows into spells: as numbered, else a new one at each arrival."""
    numbered = [r for r in story if r.spell >= 0]
    if len(numbered) not in (0, len(story)):
        row = next(r for r in story if r.spell < 0)
        mistakes.add(row.line, "spell", f"got nothing, want a number: other rows of '{row.patient}' have one")
        return []
    parts: dict[int, list[Row]] = {}
    spell = -1
    for row in story:
        spell = row.spell if row.spell >= 0 else max(spell + (row.event == Event.ARRIVE), 0)
        parts.setdefault(spell, []).append(row)
    return sorted(parts.items())


def _check(part: list[Row], mistakes: Mistakes) -> None:
    """Complain of what cannot be, in one spell."""
    first, who = part[0], f"of '{part[0].patient}'"
    if first.event != Event.ARRIVE:
        mistakes.add(first.line, "event", f"got {_name(first)} as the first {who}, want arrive")
    taken: dict[str, int] = {}
    done: set[tuple[str, Event]] = set()
    left = 0
    for row in part:
        if row.event == Event.ARRIVE and row is not first:
            mistakes.add(row.line, "event", f"got a second arrive {who}, want leave before it")
        if left and row.event not in (Event.ARRIVE, Event.FREE):
            mistakes.add(row.line, "event", f"got {_name(row)} {who}, want nothing after leave (line {left})")
        _needs(row, done, mistakes)
        _move(row, taken, mistakes)
        if row.event == Event.LEAVE:
            left = row.line
            for pool in (p for p, n in taken.items() if n > 0):
                mistakes.add(
                    row.line, "pool", f"got leave with '{pool}' still taken {who}, want give before it"
                )


_BEFORE = {
    **dict.fromkeys((Event.END, Event.READY, Event.INTERRUPT, Event.MOVE), Event.BEGIN),
    **dict.fromkeys((Event.GIVE_UP, Event.TURN_AWAY), Event.ASK),
    Event.RESUME: Event.INTERRUPT,
    Event.FREE: Event.GIVE,
}


def _needs(row: Row, done: set[tuple[str, Event]], mistakes: Mistakes) -> None:
    """Complain of an end without its beginning at the same step."""
    before = _BEFORE.get(row.event)
    if before is not None and (row.step, before) not in done:
        want = f"{before.name.lower()} before it"
        mistakes.add(row.line, "event", f"got {_name(row)} at '{row.step}' of '{row.patient}', want {want}")
    done.add((row.step, row.event))


def _move(row: Row, taken: dict[str, int], mistakes: Mistakes) -> None:
    """Keep what the patient holds, and complain of giving more than was taken."""
    if row.event == Event.TAKE:
        taken[row.pool] = taken.get(row.pool, 0) + row.units
    if row.event == Event.GIVE:
        had = taken.get(row.pool, 0)
        if row.units > had:
            want = f"no more than the {had} taken before"
            mistakes.add(
                row.line, "units", f"got give of {row.units} '{row.pool}' by '{row.patient}', want {want}"
            )
        taken[row.pool] = max(had - row.units, 0)


def _visits(part: list[Row]) -> list[int]:
    """Return the passage of its step each row is of: a new one at an ask, and at a further begin unasked.

    What is taken just before such a begin is of its passage.
    """
    count: dict[str, int] = {}
    begun: set[str] = set()
    out = []
    for row, ahead in zip(part, _ahead(part), strict=True):
        again = row.step in begun and Event.BEGIN in (row.event, ahead if row.event == Event.TAKE else None)
        if row.event == Event.ASK or again or row.step not in count:
            count[row.step] = count.get(row.step, -1) + 1
            begun.discard(row.step)
        if row.event == Event.BEGIN:
            begun.add(row.step)
        numbered = row.visit if row.visit >= 0 else count[row.step]
        out.append(numbered if row.step else -1)
    return out


def _ahead(part: list[Row]) -> list[Event | None]:
    """Return, for each row, what comes next of its step: an ask, a begin or a giving back."""
    coming: dict[str, Event] = {}
    out: list[Event | None] = []
    for row in reversed(part):
        out.append(coming.get(row.step))
        if row.event in (Event.ASK, Event.BEGIN, Event.GIVE):
            coming[row.step] = row.event
    return out[::-1]


def _name(row: Row) -> str:
    return row.event.name.lower()
