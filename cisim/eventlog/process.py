"""A log for tools that read event logs: process mining and animation.

They want a row for each change in the life of a piece of work: whose (the case), what (the activity), which change
(the lifecycle), when, and who or what did it (the resource). Columns are named as XES, the standard of such logs
(IEEE 1849), names them, so PM4Py, ProM, Disco, bupaR and Celonis find them by themselves.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cisim.eventlog.log import Event, EventLog, patient_text
from cisim.eventlog.table import open_text
from cisim.units import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PROCESS_COLUMNS", "process_rows", "write_process_log"]

PROCESS_COLUMNS = (
    "case:concept:name",
    "case:pathway",
    "case:patient",
    "case:spell",
    "concept:name",
    "concept:instance",
    "lifecycle:transition",
    "time:timestamp",
    "org:resource",
    "detail",
)
_TRANSITIONS = {
    Event.ASK: "schedule",
    Event.BEGIN: "start",
    Event.END: "complete",
    Event.INTERRUPT: "suspend",
    Event.RESUME: "resume",
    Event.GIVE_UP: "withdraw",
    Event.TURN_AWAY: "withdraw",
    Event.WAY: "complete",
    Event.ARRIVE: "complete",
    Event.LEAVE: "complete",
}


@dataclass(slots=True)
class _Spell:
    """What a spell holds while its rows are read: pools by (step, visit), and the stays that are moving."""

    pools: dict[tuple[int, int], dict[str, int]] = field(default_factory=dict)
    moving: set[tuple[int, int]] = field(default_factory=set)

    def resource(self, work: tuple[int, int]) -> str:
        held = self.pools.get(work, {})
        return "+".join(f"{name} x{units}" if units > 1 else name for name, units in held.items())


def process_rows(log: EventLog) -> Iterator[tuple[str, ...]]:
    """Yield the rows of `write_process_log`, in the log's order, one spell after the other."""
    ended = {int(step) for step in set(log.step[log.event == Event.END].tolist())}
    columns = (log.pathway, log.patient, log.spell, log.time, log.event, log.step, log.visit, log.pool)
    more = (log.units, log.detail)
    last, spell = (-1, -1, -1), _Spell()
    for pathway, patient, number, time, event, step, visit, pool, units, detail in zip(
        *(c.tolist() for c in (*columns, *more)), strict=True
    ):
        if (pathway, patient, number) != last:
            last, spell = (pathway, patient, number), _Spell()
        who = log.patients[patient] if log.patients else patient_text(patient)
        name = log.pathways[pathway]
        case = f"{name}/{who}" if number == 0 else f"{name}/{who}/{number}"
        stamp = clock(log.start, time).isoformat(timespec="milliseconds")
        text = log.details[detail] if detail >= 0 else ""
        work = (step, visit)
        place = (log.pools[pool].name, units) if pool >= 0 else ("", 0)
        for what, change in _changes(log, spell, Event(event), work, place, ended):
            instance = str(visit) if visit >= 0 else ""
            resource = spell.resource(work)
            yield (case, name, who, str(number), what, instance, change, stamp, resource, text)
        if event == Event.GIVE and spell.pools.get(work):
            _give_back(spell, work, place)


def _changes(
    log: EventLog, spell: _Spell, event: Event, work: tuple[int, int], place: tuple[str, int], ended: set[int]
) -> Iterable[tuple[str, str]]:
    """Return what a row of the log is called, and which change it is; none, one or two of them."""
    step = log.steps[work[0]] if work[0] >= 0 else None
    what = step.name if step else ""
    stay = step is not None and step.kind == "stay"
    match event:
        case Event.TAKE:
            held = spell.pools.setdefault(work, {})
            held[place[0]] = held.get(place[0], 0) + place[1]
            if work in spell.moving:
                spell.moving.discard(work)
                return [(what, "reassign")]
        case Event.GIVE if stay and work not in spell.moving:
            return [(what, "complete")]
        case Event.MOVE:
            spell.moving.add(work)
        case Event.READY:
            return [(f"{what}: ready", "complete")]
        case Event.ARRIVE | Event.LEAVE:
            return [(event.name.lower(), "complete")]
        case Event.BEGIN if step is not None and step.kind in {"round", "batch"} and work[0] not in ended:
            return [(what, "complete")]  # seen, or released: over as soon as it begins
        case _ if event in _TRANSITIONS:
            return [(what, _TRANSITIONS[event])]
    return []


def _give_back(spell: _Spell, work: tuple[int, int], place: tuple[str, int]) -> None:
    held = spell.pools[work]
    held[place[0]] = held.get(place[0], 0) - place[1]
    if held[place[0]] <= 0:
        del held[place[0]]


def write_process_log(log: EventLog, path: str | Path) -> None:
    """Write a log as a CSV that process-mining and animation tools read.

    Parameters
    ----------
    log : EventLog
        A simulated log or a hospital's own.
    path : str or Path
        Ending in ``.csv`` or ``.csv.gz``.

    Notes
    -----
    A case is a spell. An activity is a step, with ``arrive`` and ``leave`` at its ends; its instance is the patient's
    visit. Lifecycle: ``schedule`` (asked), ``start``, ``complete``, ``suspend`` and ``resume`` (interrupted),
    ``withdraw`` (gave up, or was turned away) and ``reassign`` (moved to another bed). A stay is complete when its
    bed is given back, and ``STAY: ready`` says when the patient was ready; a round is complete when the patient is seen.
    """
    with open_text(Path(path), "wt") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(PROCESS_COLUMNS)
        out.writerows(process_rows(log))
