"""The log as two tables: one row a patient's spell, and one row a passage of a step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisim.errors import ModelError, nearest
from cisim.eventlog import Event, EventLog
from cisim.measures.curves import NEVER, Ints

__all__ = [
    "QUEUES",
    "Spells",
    "Visits",
    "check_window",
    "pathway_code",
    "pool_code",
    "spells",
    "step_code",
    "visits",
]

QUEUES = ("activity", "stay", "round", "batch")
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Spells:
    """One row a spell: a patient's passage of a pathway. A time that has not come is ``NEVER``.

    Attributes
    ----------
    pathway, patient, spell : ndarray of int64, shape (n,)
        As in the log.
    arrive, leave : ndarray of int64, shape (n,)
        Milliseconds.
    gave_up : ndarray of int64, shape (n,)
        When a queue was first given up.
    outcome : ndarray of int64, shape (n,)
        Code of the outcome in the log's details; -1 where none is named.
    treated : ndarray of bool, shape (n,)
        Whether an activity or a stay was begun and no queue given up.
    """

    pathway: Ints
    patient: Ints
    spell: Ints
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
    ask, begin, end, ready, give, gave_up : ndarray of int64, shape (n,)
        Milliseconds; `give` is the last thing given back.
    """

    spell: Ints
    step: Ints
    ask: Ints
    begin: Ints
    end: Ints
    ready: Ints
    give: Ints
    gave_up: Ints

    @property
    def queue_end(self) -> Ints:
        """When the queue was left, served or given up."""
        return np.minimum(self.begin, self.gave_up)

    def of(self, step: int) -> Visits:
        """Return the passages of one step."""
        return Visits(*(getattr(self, f)[self.step == step] for f in self.__slots__))


def _spell_rows(log: EventLog) -> tuple[Ints, Ints]:
    """Return the first row of each spell, and the number of the spell of each row."""
    keys = np.stack((log.pathway, log.patient, log.spell))
    new = np.ones(len(log), bool)
    new[1:] = np.any(keys[:, 1:] != keys[:, :-1], axis=0)
    return np.flatnonzero(new), np.cumsum(new) - 1


def _times(log: EventLog, event: Event, index: Ints, size: int) -> Ints:
    """Return the first time of `event` for each of `size` things that the rows belong to; -1: to none."""
    out = np.full(size, NEVER, np.int64)
    rows = (log.event == event) & (index >= 0)
    np.minimum.at(out, index[rows], log.time[rows])
    return out


def spells(log: EventLog) -> Spells:
    """Return the spells of a log, in its order."""
    first, index = _spell_rows(log)
    size = len(first)
    outcome = np.full(size, -1, np.int64)
    leaving = log.event == Event.LEAVE
    outcome[index[leaving]] = log.detail[leaving]
    care = np.array([s.kind in ("activity", "stay") for s in log.steps] + [False])
    begun = np.zeros(size, bool)
    begun[index[(log.event == Event.BEGIN) & care[log.step]]] = True
    gave_up = _times(log, Event.GIVE_UP, index, size)
    return Spells(
        pathway=log.pathway[first],
        patient=log.patient[first],
        spell=log.spell[first],
        arrive=_times(log, Event.ARRIVE, index, size),
        leave=_times(log, Event.LEAVE, index, size),
        gave_up=gave_up,
        outcome=outcome,
        treated=begun & (gave_up == NEVER),
    )


def visits(log: EventLog) -> Visits:
    """Return the passages of steps in a log, by spell, step and visit."""
    _, row_spell = _spell_rows(log)
    wanted = (Event.ASK, Event.BEGIN, Event.END, Event.READY, Event.GIVE, Event.GIVE_UP)
    rows = np.isin(log.event, wanted) & (log.step >= 0)
    steps, most = len(log.steps) + 1, int(log.visit.max(initial=0)) + 2
    key = (row_spell * steps + log.step) * most + log.visit + 1
    found, inverse = np.unique(key[rows], return_inverse=True)
    index = np.full(len(log), -1, np.int64)
    index[rows] = inverse
    size = len(found)
    give = np.full(size, -1, np.int64)
    giving = (log.event == Event.GIVE) & (index >= 0)
    np.maximum.at(give, index[giving], log.time[giving])
    return Visits(
        spell=found // most // steps,
        step=found // most % steps,
        ask=_times(log, Event.ASK, index, size),
        begin=_times(log, Event.BEGIN, index, size),
        end=_times(log, Event.END, index, size),
        ready=_times(log, Event.READY, index, size),
        give=np.where(give < 0, NEVER, give),
        gave_up=_times(log, Event.GIVE_UP, index, size),
    )


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
