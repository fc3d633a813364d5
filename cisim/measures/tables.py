"""The log as two tables: one row a patient's spell, and one row a passage of a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.errors import ModelError, nearest
from cisim.eventlog import Coded, Event, EventLog, StepName
from cisim.eventlog.coded import Column, Ints
from cisim.measures.scan import (
    NEVER,
    Book,
    Rows,
    interruptions,
    passages,
    sizes,
    spell_times,
    turnings,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CARE",
    "QUEUES",
    "Coding",
    "Interruptions",
    "Spells",
    "Turnings",
    "Visits",
    "book_of",
    "check_window",
    "coding",
    "interrupted",
    "pathway_code",
    "pool_code",
    "rows_of",
    "spells",
    "step_code",
    "turned_round",
    "visits",
    "visits_by_step",
]

QUEUES = ("activity", "stay", "round", "batch")
CARE = ("activity", "stay")
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Spells:
    """One row a spell: a patient's passage of a pathway. A time that has not come is ``NEVER``.

    Attributes
    ----------
    pathway, patient, spell : ndarray, shape (n,)
        As in the log.
    arrive, leave : ndarray of int64, shape (n,)
        Milliseconds.
    gave_up : ndarray of int64, shape (n,)
        When a queue was first given up, or the patient first turned away.
    outcome : ndarray of int64, shape (n,)
        Code of the outcome in the log's details; -1 where none is named.
    treated : ndarray of bool, shape (n,)
        Whether an activity or a stay was begun, no queue given up, and nowhere turned away.
    """

    pathway: Column
    patient: Column
    spell: Column
    arrive: Ints
    leave: Ints
    gave_up: Ints
    outcome: Ints
    treated: Mask


@dataclass(frozen=True, slots=True)
class Visits:
    """One row a passage of a step by a spell. A time that has not come is ``NEVER``.

    Attributes
    ----------
    spell : ndarray of int64, shape (n,)
        Row in `Spells`.
    step : ndarray of int64, shape (n,)
        Code of the step in the log.
    part : ndarray of int64, shape (n,)
        Code, in the log's details, of what the end of the step names: of several things at once the last.
    ask, begin, end, ready, give, gave_up, turned : ndarray of int64, shape (n,)
        Milliseconds, each the first time; but `give` is when nothing was held any more, and `turned` is when the
        patient was turned away.
    """

    spell: Ints
    step: Ints
    part: Ints
    ask: Ints
    begin: Ints
    end: Ints
    ready: Ints
    give: Ints
    gave_up: Ints
    turned: Ints

    @property
    def away(self) -> Ints:
        """When the queue was left unserved."""
        return np.minimum(self.gave_up, self.turned)

    @property
    def queue_end(self) -> Ints:
        """When the queue was left, served or not."""
        return np.minimum(self.begin, self.away)

    def of(self, step: int) -> Visits:
        """Return the passages of one step."""
        mine = np.flatnonzero(self.step == step)
        return Visits(*(getattr(self, f)[mine] for f in self.__slots__))


@dataclass(frozen=True, slots=True)
class Interruptions:
    """One row a time that an activity was interrupted.

    Attributes
    ----------
    spell, step : ndarray of int64, shape (n,)
        As of `Visits`.
    since, until : ndarray of int64, shape (n,)
        When it was interrupted and when it went on; ``NEVER`` where it has not.
    unmatched : int
        How often something went on that had not been interrupted.
    """

    spell: Ints
    step: Ints
    since: Ints
    until: Ints
    unmatched: int


@dataclass(frozen=True, slots=True)
class Turnings:
    """One row a place or places that were turned round and are free.

    Attributes
    ----------
    pool, units : ndarray of int64, shape (n,)
    since, until : ndarray of int64, shape (n,)
        When they were given back (``NEVER``: they had not been) and when they were free.
    """

    pool: Ints
    units: Ints
    since: Ints
    until: Ints


class Coding(NamedTuple):
    """A log as it is kept, and as compiled readers want it: rows, book, and how many rows have each code."""

    kept: Coded
    rows: Rows
    book: Book
    sizes: Ints

    def number(self, *events: Event) -> int:
        """Return how many rows are of these events."""
        return int(self.sizes[np.isin(self.book.event, events)].sum())


def coding(log: EventLog) -> Coding:
    """Return a log as compiled readers want it; the rows of a coded log are not copied."""
    kept = log.as_coded()
    book = book_of(kept.book, log.steps)
    rows = rows_of(kept.first_row, kept.pathway_of, kept.time, kept.code, kept.visit)
    return Coding(kept, rows, book, sizes(rows.code, len(book.event)))


def rows_of(first_row: Column, pathway_of: Column, time: Column, code: Column, visit: Column) -> Rows:
    """Return rows side by side in memory."""
    return Rows(*(np.ascontiguousarray(a) for a in (first_row, pathway_of, time, code, visit)))


def book_of(book: Sequence[Column], steps: Sequence[StepName]) -> Book:
    """Return the book, with which steps are queues and which are care."""
    event, step, pool, units, detail = (np.ascontiguousarray(a, np.int64) for a in book)
    queue = np.array([s.kind in QUEUES for s in steps], bool)
    return Book(event, step, pool, units, detail, queue, np.array([s.kind in CARE for s in steps], bool))


def spells(log: EventLog, coded: Coding | None = None) -> Spells:
    """Return the spells of a log, in its order."""
    read = coded or coding(log)
    times, outcome, begun = spell_times(read.rows, read.book)
    return Spells(
        pathway=read.kept.pathway_of,
        patient=read.kept.patient_of,
        spell=read.kept.spell_of,
        arrive=times[0],
        leave=times[1],
        gave_up=times[2],
        outcome=outcome,
        treated=begun & (times[2] == NEVER),
    )


def visits(log: EventLog, coded: Coding | None = None) -> Visits:
    """Return the passages of steps in a log: by spell, and in a spell by their first rows."""
    return _passages(coded or coding(log), np.zeros(len(log.steps), np.int64))[0]


def visits_by_step(log: EventLog, coded: Coding | None = None) -> list[Visits]:
    """Return the passages of each step in a log, by spell."""
    return _passages(coded or coding(log), np.arange(len(log.steps)))


def _passages(read: Coding, lane: Ints) -> list[Visits]:
    """Return the passages in a log, lane by lane; `lane` is each step's."""
    # A passage begins with asking, or where nobody asks with its beginning: if others do not, it is read again.
    event, step = read.book.event, read.book.step
    asks = event == Event.ASK
    begins = asks | ((event == Event.BEGIN) & ~np.isin(step, step[asks]))
    room = np.zeros(int(lane.max(initial=0)) + 1, np.int64)
    known = begins & (step >= 0)
    np.add.at(room, lane[step[known]], read.sizes[known])
    found, of, times = passages(read.rows, read.book, lane, np.append(0, np.cumsum(room)))
    if (found > room).any():
        room = found
        found, of, times = passages(read.rows, read.book, lane, np.append(0, np.cumsum(room)))
    first = (np.cumsum(room) - room).tolist()
    return [
        Visits(*of[:, a : a + n], *times[:, a : a + n]) for a, n in zip(first, found.tolist(), strict=True)
    ]


def interrupted(log: EventLog, coded: Coding | None = None) -> Interruptions:
    """Return the interruptions in a log, in its order."""
    read = coded or coding(log)
    size = read.number(Event.INTERRUPT)
    unmatched = read.number(Event.RESUME)
    if not size:
        none = np.zeros(0, np.int64)
        return Interruptions(none, none, none, none, unmatched)
    unmatched, table = interruptions(read.rows, read.book, size)
    return Interruptions(table[0], table[1], table[2], table[3], unmatched)


def turned_round(log: EventLog, coded: Coding | None = None) -> Turnings:
    """Return what was turned round in a log, in its order."""
    read = coded or coding(log)
    size = read.number(Event.FREE)
    return Turnings(*(turnings(read.rows, read.book, size) if size else np.zeros((4, 0), np.int64)))


def check_window(log: EventLog, start: int, end: int) -> None:
    """Raise where [start, end) is no window of the log.

    Raises
    ------
    ModelError
        Where the window is empty backwards or reaches out of [0, log.end).
    """
    if not 0 <= start <= end <= log.end:
        raise ModelError("window", f"got [{start}, {end}) ms, want one within [0, {log.end})")


def _code(what: str, name: str, known: tuple[str, ...]) -> int:
    if name not in known:
        raise ModelError(what, f"got {name!r}, want one of the log{nearest(name, known)}")
    return known.index(name)


def pathway_code(log: EventLog, name: str) -> int:
    """Return the code of a pathway; raises ModelError with the nearest name where it is not there."""
    return _code("pathway", name, log.pathways)


def pool_code(log: EventLog, name: str) -> int:
    """Return the code of a pool; raises ModelError with the nearest name where it is not there."""
    return _code("pool", name, tuple(p.name for p in log.pools))


def step_code(log: EventLog, pathway: str, name: str) -> int:
    """Return the code of a step; raises ModelError with the nearest name where it is not there."""
    pathway_code(log, pathway)
    _code("step", name, tuple(s.name for s in log.steps if s.pathway == pathway))
    return next(i for i, s in enumerate(log.steps) if (s.pathway, s.name) == (pathway, name))
