"""A log as process-mining and animation tools read it.

A case is a spell: one patient's passage of a pathway. An activity instance is one passage of a step, with the
transitions of the standard lifecycle:

============  ==================================================================================
transition    when
============  ==================================================================================
schedule      asked for
start         begun (a bed granted, seen on the round)
reassign      moved to another pool, within the stay
suspend       interrupted
resume        gone on
withdraw      given up, or turned away
complete      ended; of a stay, given back; at once, of what takes no time
============  ==================================================================================

``arrive`` and ``leave (outcome)`` are activities that are complete at once. What was still going on when the log ended
has no ``complete``.
"""

from __future__ import annotations

import csv
import heapq
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import quoteattr

import numpy as np

from cisim.errors import ModelError, nearest
from cisim.eventlog.log import Event, EventLog, patient_text
from cisim.eventlog.table import open_text
from cisim.units import MINUTE, clock

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["STYLES", "export"]

_BUPAR = (
    "case_id",
    "activity_id",
    "activity_instance_id",
    "lifecycle_id",
    "timestamp",
    "resource_id",
    "pathway",
)
_VIDIGI = ("entity_id", "pathway", "event", "event_type", "time", "resource_id")
_EXTENSIONS = (
    ("Concept", "concept"),
    ("Lifecycle", "lifecycle"),
    ("Organizational", "org"),
    ("Time", "time"),
)
_AT_ONCE = ("round", "batch")
_MARKS = {
    Event.ASK: "schedule",
    Event.BEGIN: "start",
    Event.INTERRUPT: "suspend",
    Event.RESUME: "resume",
    Event.GIVE_UP: "withdraw",
    Event.TURN_AWAY: "withdraw",
}


class _Told(NamedTuple):
    """One transition, or ``arrive`` or ``leave``; `instance` counts passages through the log, `pools` are held then."""

    case: int
    name: str
    pathway: str
    activity: str
    instance: int
    transition: str
    time: int
    pools: tuple[str, ...]

    @property
    def lifecycle(self) -> str:
        """The transition of the standard lifecycle."""
        return "complete" if self.transition in ("arrive", "leave") else self.transition


def export(log: EventLog, path: str | Path, style: str = "bupar") -> None:
    """Write a log for a process-mining or animation tool; the module's text says what becomes what.

    Parameters
    ----------
    log : EventLog
    path : str or Path
        Where to; gzipped where it ends in ``.gz``.
    style : str
        ``"bupar"``: a CSV with the columns of bupaR's event log, and the pathway. ``"xes"``: an XES file (IEEE 1849).
        ``"vidigi"``: a CSV with the columns of vidigi, times in minutes since the start; who uses which place of a
        pool is made up: the lowest number that is free.

    Raises
    ------
    ModelError
        Where there is no such style.
    """
    if style not in STYLES:
        raise ModelError("style", f"got {style!r}, want one of {', '.join(STYLES)}{nearest(style, STYLES)}")
    with open_text(Path(path), "wt") as file:
        if style == "xes":
            file.writelines(_xes(log))
            return
        out = csv.writer(file, lineterminator="\n")
        out.writerow(_BUPAR if style == "bupar" else _VIDIGI)
        out.writerows(_bupar(log) if style == "bupar" else _vidigi(log))


STYLES = ("bupar", "xes", "vidigi")


# -- transitions --------------------------------------------------------------------------------------


def _told(log: EventLog) -> Iterator[_Told]:
    """Yield every transition, case by case."""
    kept = log.as_coded()
    passages = 0
    there = np.bincount(kept.code, minlength=len(kept.book[0])) > 0
    lasting = {int(s) for e, s, seen in zip(*kept.book[:2], there, strict=True) if seen and e == Event.END}
    for case, (first, last) in enumerate(
        zip(kept.first_row[:-1].tolist(), kept.first_row[1:].tolist(), strict=True)
    ):
        number, spell = int(kept.patient_of[case]), int(kept.spell_of[case])
        pathway = log.pathways[int(kept.pathway_of[case])]
        patient = log.patients[number] if log.patients else patient_text(number)
        name = f"{pathway} {patient}" + (f" ({spell + 1})" if spell else "")
        journey = _Journey(log, lasting, passages)
        for row in range(first, last):
            event, step, pool, units, detail = (int(b[kept.code[row]]) for b in kept.book)
            key, time = (step, int(kept.visit[row])), int(kept.time[row])
            for activity, instance, mark, pools in journey.row(Event(event), key, pool, units, detail):
                yield _Told(case, name, pathway, activity, instance, mark, time, pools)
        passages = journey.passages


class _Passage:
    """A visit of a step: its number, what it holds, and whether it moves to another pool."""

    def __init__(self, instance: int) -> None:
        self.instance = instance
        self.pools: list[int] = []
        self.moving = False
        self.on = False


class _Journey:
    """The passages of one spell, as its rows are read."""

    def __init__(self, log: EventLog, lasting: set[int], passages: int) -> None:
        self.log = log
        self.lasting = lasting
        self.passages = passages
        self.open: dict[tuple[int, int], _Passage] = {}

    def row(
        self, event: Event, key: tuple[int, int], pool: int, units: int, detail: int
    ) -> Iterator[tuple[str, int, str, tuple[str, ...]]]:
        """Yield what a row tells: activity, instance, transition and pools."""
        if event in (Event.ARRIVE, Event.LEAVE):
            outcome = f" ({self.log.details[detail]})" if detail >= 0 else ""
            self.passages += 1
            yield f"{event.name.lower()}{outcome}", self.passages, event.name.lower(), ()
            return
        if key[0] < 0 or event in (Event.WAY, Event.SWAP, Event.FREE, Event.READY):
            return
        if key not in self.open:
            self.passages += 1
            self.open[key] = _Passage(self.passages)
        passage, step = self.open[key], self.log.steps[key[0]]
        for mark, pools in self._marks(event, passage, pool, units, lasts=self._lasts(key[0])):
            yield (
                step.name,
                passage.instance,
                mark,
                tuple(dict.fromkeys(self.log.pools[p].name for p in pools)),
            )

    def _lasts(self, step: int) -> bool:
        return self.log.steps[step].kind not in _AT_ONCE or step in self.lasting

    def _marks(
        self, event: Event, passage: _Passage, pool: int, units: int, *, lasts: bool
    ) -> Iterator[tuple[str, list[int]]]:
        before = list(passage.pools)
        if event is Event.TAKE:
            passage.pools += [pool] * units
            if passage.moving:
                passage.moving = False
                yield "reassign", passage.pools
        elif event is Event.GIVE:
            for _ in range(min(units, before.count(pool))):
                passage.pools.remove(pool)
            if passage.on and not passage.pools and not passage.moving:
                # The end of a stay; that of all else is told by its own row.
                passage.on = False
                yield "complete", before
        elif event is Event.MOVE:
            passage.moving = True
        elif event is Event.END:
            passage.on = False
            yield "complete", before
        else:
            passage.on = event in (Event.BEGIN, Event.RESUME)
            yield _MARKS[event], before
            if event is Event.BEGIN and not lasts:
                passage.on = False
                yield "complete", before


# -- styles -------------------------------------------------------------------------------------------


def _bupar(log: EventLog) -> Iterator[tuple[str, ...]]:
    for one in _told(log):
        stamp = clock(log.start, one.time).isoformat(sep=" ", timespec="milliseconds")
        pools = ", ".join(one.pools)
        yield one.name, one.activity, str(one.instance), one.lifecycle, stamp, pools, one.pathway


def _xes(log: EventLog) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">\n'
    for name, prefix in _EXTENSIONS:
        yield f'  <extension name="{name}" prefix="{prefix}" uri="http://www.xes-standard.org/{prefix}.xesext"/>\n'
    yield '  <global scope="trace">\n    <string key="concept:name" value=""/>\n  </global>\n'
    yield '  <global scope="event">\n    <string key="concept:name" value=""/>\n'
    yield '    <string key="lifecycle:transition" value="complete"/>\n  </global>\n'
    yield '  <classifier name="Activity" keys="concept:name"/>\n'
    for _, events in groupby(_told(log), key=lambda one: one.case):
        yield from _trace(log, list(events))
    yield "</log>\n"


def _trace(log: EventLog, events: list[_Told]) -> Iterator[str]:
    yield f'  <trace>\n    <string key="concept:name" value={quoteattr(events[0].name)}/>\n'
    yield f'    <string key="pathway" value={quoteattr(events[0].pathway)}/>\n'
    for one in events:
        stamp = clock(log.start, one.time).isoformat(timespec="milliseconds")
        yield "    <event>\n"
        yield f'      <string key="concept:name" value={quoteattr(one.activity)}/>\n'
        yield f'      <string key="concept:instance" value="{one.instance}"/>\n'
        yield f'      <string key="lifecycle:transition" value="{one.lifecycle}"/>\n'
        # The local clock, written as if it were universal: readers want a zone.
        yield f'      <date key="time:timestamp" value="{stamp}+00:00"/>\n'
        if one.pools:
            yield f'      <string key="org:resource" value={quoteattr(", ".join(one.pools))}/>\n'
        yield "    </event>\n"
    yield "  </trace>\n"


class _Shown(NamedTuple):
    """A row of an animation before its place is known: `use` is +1 from when a place is used, and -1 from when not."""

    case: int
    pathway: str
    event: str
    kind: str
    time: int
    instance: int
    pool: str
    use: int


def _shown(one: _Told) -> Iterator[_Shown]:
    pool = one.pools[0] if one.pools else ""
    whose = (one.case, one.pathway)
    rest = (one.time, one.instance)
    use = _Shown(
        *whose, f"{one.activity}_begins", "resource_use" if pool else "queue", *rest, pool, 1 if pool else 0
    )
    over = _Shown(*whose, f"{one.activity}_ends", "resource_use_end", *rest, pool, -1)
    waits = _Shown(*whose, f"{one.activity}_wait_begins", "queue", *rest, "", 0)
    if one.transition in ("arrive", "leave"):
        word = "arrival" if one.transition == "arrive" else "depart"
        yield _Shown(*whose, word, "arrival_departure", *rest, "", 0)
    elif one.transition == "schedule":
        yield waits
    elif one.transition in ("start", "resume"):
        yield use
    elif one.transition == "reassign":
        yield over
        yield use
    elif one.transition == "suspend":
        yield over
        yield waits
    elif one.transition == "complete" and pool:
        yield over


def _vidigi(log: EventLog) -> Iterator[tuple[object, ...]]:
    """Yield rows case by case, their places numbered as time goes on: of one moment, those that end come first."""
    rows = [shown for one in _told(log) for shown in _shown(one)]
    places = _Places()
    number: dict[int, int] = {}
    order = sorted((i for i, row in enumerate(rows) if row.use), key=lambda i: rows[i].time)
    for _, together in groupby(order, key=lambda i: rows[i].time):
        later = []
        for i in together:
            if rows[i].use < 0 and places.uses(rows[i]):
                number[i] = places.give(rows[i])
            else:
                later.append(i)
        for i in later:
            number[i] = places.take(rows[i]) if rows[i].use > 0 else places.give(rows[i])
    for i, row in enumerate(rows):
        yield row.case, row.pathway, row.event, row.kind, row.time / MINUTE, number.get(i, "")


class _Places:
    """Who uses which place of a pool: the lowest number that is free."""

    def __init__(self) -> None:
        self._used: dict[int, tuple[str, int]] = {}
        self._free: dict[str, list[int]] = {}
        self._most: dict[str, int] = {}

    def uses(self, row: _Shown) -> bool:
        """Return whether the passage of a row uses a place."""
        return row.instance in self._used

    def take(self, row: _Shown) -> int:
        """Return the place that a passage uses from now."""
        free = self._free.setdefault(row.pool, [])
        if free:
            number = heapq.heappop(free)
        else:
            number = self._most[row.pool] = self._most.get(row.pool, 0) + 1
        self._used[row.instance] = (row.pool, number)
        return number

    def give(self, row: _Shown) -> int:
        """Return the place that it used until now."""
        pool, number = self._used.pop(row.instance)
        heapq.heappush(self._free[pool], number)
        return number
