"""What happened to whom, when: the hinge between engines, hospital records and measures.

A log is flat columns, one row an event, sorted by (pathway, patient, spell, sequence). Engines write it,
`read_log` makes it from a CSV of real patients, and measures read it without knowing which it was.

========  ====================================================================================
event     meaning
========  ====================================================================================
arrive    the patient comes to the door of the pathway
ask       joins the queue for an activity, a stay, a round or a batch
begin     is served: activity and delay start, bed granted, seen on the round, batch released
end       the activity or delay is over
ready     the stay inside the bed is over; until ``give`` the bed is blocked
take      holds `units` of `pool` from now
give      gives back `units` of `pool`
way       takes a way at a branch (`detail` names it)
give_up   leaves the queue unserved: the stated patience has run out
swap      beds were exchanged along a cycle of blocked patients
leave     leaves the pathway (`detail` names the outcome)
interrupt a more urgent patient takes what the activity held; this one stands in its queue again
resume    an interrupted activity goes on
turn_away leaves the queue unserved: more waited than the step allows
move      moves to another pool within the stay: to the own ward
free      `units` of `pool` given back earlier are turned round, and may be taken from now
========  ====================================================================================

A wait is therefore always the first ``ask`` to ``begin``, blocked time always ``ready`` to ``give``, and what a
pool holds is the running sum of ``take`` less ``give``; it is being turned round from such a ``give`` to ``free``.

Patients who were there when the log begins have rows before time 0. A patient who comes back arrives again in a
new spell. Where several things must be done at once (the step's kind is ``all_of``), ``begin`` and ``end`` are of
the whole, and the `detail` of ``end`` names the part that was last.

Engines write millions of rows in few combinations of event, step, pool, units and detail. `EventLog.coded` keeps
a row as its time, the number of its combination in a book, and its visit; columns are decoded when asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.eventlog.coded import BOOK, SPELL, Coded, Column, Ints, encode, narrow
from cisim.units import clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

__all__ = [
    "BAND_BITS",
    "COLUMNS",
    "STARTING_BAND",
    "Event",
    "EventLog",
    "Integrals",
    "Pool",
    "StepName",
    "patient_text",
    "same_log",
]


class Event(IntEnum):
    """Kinds of row."""

    ARRIVE = 0
    ASK = 1
    BEGIN = 2
    END = 3
    READY = 4
    TAKE = 5
    GIVE = 6
    WAY = 7
    GIVE_UP = 8
    SWAP = 9
    LEAVE = 10
    INTERRUPT = 11
    RESUME = 12
    TURN_AWAY = 13
    MOVE = 14
    FREE = 15


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool as a log knows it.

    Attributes
    ----------
    name, kind, owner : str
        Kind is beds, staff, room, equipment or slots.
    times, numbers : ndarray of int
        The rostered number from each time (ms) on; empty where nobody said it (a hospital's own log) and
        where the pool is unlimited.
    unlimited : bool
        Whether the pool has no limit.
    """

    name: str
    kind: str = "beds"
    owner: str = ""
    times: Ints | tuple[()] = ()
    numbers: Ints | tuple[()] = ()
    unlimited: bool = False

    @property
    def rostered(self) -> bool:
        """Whether a number is known at every time."""
        return len(self.times) > 0

    def capacity_time(self, start: int, end: int) -> int:
        """Return place-milliseconds rostered in [start, end); 0 where no number is known."""
        if not self.rostered:
            return 0
        edges = np.clip(np.append(np.asarray(self.times, np.int64), end), start, end)
        edges[0] = start
        return int(np.dot(np.diff(np.maximum.accumulate(edges)), np.asarray(self.numbers, np.int64)))


@dataclass(frozen=True, slots=True)
class StepName:
    """A step as a log knows it: its pathway, name and kind (activity, stay, round, batch...)."""

    pathway: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Integrals:
    """What an engine kept for itself, over [0, end), in whole milliseconds; the audit's second witness.

    Attributes
    ----------
    held, capacity : dict of str to int
        Place-milliseconds held and rostered, by pool.
    queue : dict of (pathway, step) to int
        Patient-milliseconds spent waiting.
    inside : dict of str to int
        Patient-milliseconds in the pathway.
    arrived, left : dict of str to int
        Patients who came for the first time, in [0, end), and times that one left, by pathway.
    expected, variance : dict of str to float
        Mean and variance of the number of arrivals by the model, day effects included.
    returned, present : dict of str to int
        Times that a patient came back, and patients who were there at the start, by pathway.
    turning : dict of str to int
        Place-milliseconds for which given places were being turned round, by pool.
    """

    held: dict[str, int]
    capacity: dict[str, int]
    queue: dict[tuple[str, str], int]
    inside: dict[str, int]
    arrived: dict[str, int]
    left: dict[str, int]
    expected: dict[str, float]
    variance: dict[str, float]
    returned: dict[str, int] = field(default_factory=dict)
    present: dict[str, int] = field(default_factory=dict)
    turning: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class EventLog:
    """Columns of one replication, or of a hospital's records.

    Attributes
    ----------
    start : date
        Time 0 is midnight of this day, on a local clock.
    end : int
        The horizon (ms): nothing is known from here on; who is still inside is censored.
    pathways, details : tuple of str
        Code books; `details` holds outcomes and ways.
    steps : tuple of StepName
    pools : tuple of Pool
    pathway, patient, spell, sequence, time, event, step, visit, pool, units, detail : ndarray of int64
        Shape (n,). Codes into the books; -1 where a column says nothing, and 0 units where none are moved.
    patients : tuple of str
        Names of patients where `patient` is a code (records from outside); empty where it is a number.
    openings : tuple of (int, ndarray)
        For each round, the code of its step and the times (ms) at which it was held, seen anybody or not.
    integrals : Integrals or None
        Only where an engine wrote the log.
    """

    start: date
    end: int
    pathways: tuple[str, ...]
    steps: tuple[StepName, ...]
    pools: tuple[Pool, ...]
    details: tuple[str, ...]
    pathway: Column
    patient: Column
    spell: Column
    sequence: Column
    time: Column
    event: Column
    step: Column
    visit: Column
    pool: Column
    units: Column
    detail: Column
    patients: tuple[str, ...] = ()
    openings: tuple[tuple[int, Ints], ...] = ()
    integrals: Integrals | None = None

    def __post_init__(self) -> None:
        for name in COLUMNS:
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.int64))

    @classmethod
    def coded(  # noqa: PLR0913 - the fields of a log
        cls,
        *,
        start: date,
        end: int,
        pathways: tuple[str, ...],
        steps: tuple[StepName, ...],
        pools: tuple[Pool, ...],
        details: tuple[str, ...],
        book: Sequence[ArrayLike],
        first_row: Ints,
        pathway_of: ArrayLike,
        patient_of: ArrayLike,
        spell_of: ArrayLike,
        time: Ints,
        code: Column,
        visit: Column,
        openings: tuple[tuple[int, Ints], ...] = (),
        integrals: Integrals | None = None,
    ) -> EventLog:
        """Return a log that keeps 16 bytes a row.

        Parameters
        ----------
        start, end, pathways, steps, pools, details, openings, integrals
            As of a log.
        book, first_row, pathway_of, patient_of, spell_of, time, code, visit
            As of `Coded`. Rows stand in the log's order: spells by pathway, patient and spell, each spell's rows by
            their sequence. The arrays are kept, not copied.
        """
        self = object.__new__(cls)
        event, step, pool, units, detail = (narrow(n, a) for n, a in zip(BOOK, book, strict=True))
        first = np.asarray(first_row, np.int64)
        there = np.append(first[1:] > first[:-1], True)  # spells that have rows
        whose = (
            narrow(n, a)[there[:-1]] for n, a in zip(SPELL, (pathway_of, patient_of, spell_of), strict=True)
        )
        pathways_of, patients_of, spells_of = whose
        rows = Coded(
            book=(event, step, pool, units, detail),
            first_row=first[there],
            pathway_of=pathways_of,
            patient_of=patients_of,
            spell_of=spells_of,
            time=narrow("time", time),
            code=np.asarray(code, np.int32),
            visit=narrow("visit", visit),
        )
        said = (start, end, pathways, steps, pools, details, (), openings, integrals)
        self.__dict__.update(zip(_SAID, said, strict=True), _rows=rows)
        return self

    @property
    def coded_rows(self) -> Coded | None:
        """The rows as they are kept, where they are kept coded."""
        rows: Coded | None = self.__dict__.get("_rows")
        return rows

    def as_coded(self) -> Coded:
        """Return the rows coded: as they are kept, or made of full columns."""
        rows = self.coded_rows
        return encode({c: getattr(self, c) for c in COLUMNS}) if rows is None else rows

    if not TYPE_CHECKING:  # for a type checker every column is there

        def __getattr__(self, name: str) -> Column:
            """Decode a column of a coded log, once."""
            rows = self.__dict__.get("_rows")
            if rows is None or name not in COLUMNS:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            found = rows.column(name).astype(
                np.int64, copy=False
            )  # so that sums and products of codes are safe
            self.__dict__[name] = found
            return found

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what can be decoded again."""
        rows = "_rows" in self.__dict__
        return {n: v for n, v in self.__dict__.items() if not (rows and n in COLUMNS)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __len__(self) -> int:
        rows = self.coded_rows
        return len(self.time if rows is None else rows.time)

    def select(self, mask: NDArray[np.bool_] | Ints) -> EventLog:
        """Return the log with only the rows of `mask`, the books and horizon kept, the integrals dropped."""
        rows, said = self.coded_rows, {n: getattr(self, n) for n in _SAID}
        columns = {
            c: getattr(self, c)[mask] if rows is None else rows.column(c, np.asarray(mask)) for c in COLUMNS
        }
        return EventLog(**{**said, **columns, "integrals": None})

    def rows(self) -> list[tuple[str, str, int, str, str, str, int, str]]:
        """Return (pathway, patient, time, event, step, pool, units, detail) in names, in the log's order.

        Comparing two logs by names, not codes, means comparing these.
        """

        def name(book: tuple[str, ...], code: int) -> str:
            return book[code] if code >= 0 else ""

        out = []
        for i in range(len(self)):
            step, pool = int(self.step[i]), int(self.pool[i])
            number = int(self.patient[i])
            out.append(
                (
                    self.pathways[self.pathway[i]],
                    self.patients[number] if self.patients else patient_text(number),
                    int(self.time[i]),
                    Event(int(self.event[i])).name.lower(),
                    self.steps[step].name if step >= 0 else "",
                    self.pools[pool].name if pool >= 0 else "",
                    int(self.units[i]),
                    name(self.details, int(self.detail[i])),
                )
            )
        return out

    def moments(self) -> list[str]:
        """Return the calendar moment of every row as text, such as ``'2024-01-02 12:00:00'``."""
        return [clock(self.start, int(t)).isoformat(sep=" ") for t in self.time]


COLUMNS = (
    *("pathway", "patient", "spell", "sequence", "time", "event"),
    *("step", "visit", "pool", "units", "detail"),
)
_SAID = ("start", "end", "pathways", "steps", "pools", "details", "patients", "openings", "integrals")
BAND_BITS = 32
"""A patient's number is a band of the arrival rate, and in these lowest bits an index."""
STARTING_BAND = 1 << 20
"""The band of those who were there at the start."""


def patient_text(number: int) -> str:
    """Return a patient's number as people read it: the index, with its band of rate where that is not 0.

    >>> patient_text(7), patient_text((2 << 32) + 7)
    ('7', '2.7')
    """
    band, index = number >> BAND_BITS, number & ((1 << BAND_BITS) - 1)
    return f"{band}.{index}" if band else str(index)


def same_log(one: EventLog, other: EventLog, *, pathways: tuple[str, ...] | None = None) -> bool:
    """Return whether two logs tell the same, by names, of the given pathways (all, unless said)."""
    first, second = one.rows(), other.rows()
    if pathways is not None:
        first = [r for r in first if r[0] in pathways]
        second = [r for r in second if r[0] in pathways]
    return first == second
