"""Who was treated in one run and not in another: extra patients, named or not, and patients lost.

A patient is known by pathway, number and spell, which are the same in every run of one replication. They
are *treated* if they began at least one activity or stay, gave up none and were nowhere turned away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.eventlog import Event, EventLog
from cisim.spec import Option, Reinvest
from cisim.units import YEAR

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Extras", "Option", "Patient", "Table", "extra_patients", "split", "table"]

Ints = NDArray[np.int64]


class Patient(NamedTuple):
    """One patient of one pathway; `arrived` is in milliseconds from the model's start."""

    pathway: str
    number: int | str
    spell: int
    arrived: int


@dataclass(frozen=True, slots=True)
class Extras:
    """Patients by what the option did to them, each in the order of arrival.

    Attributes
    ----------
    named : tuple of Patient
        Treated in C and not in A, on the pathway that the option names, up to the length of its list.
    absorbed : tuple of Patient
        All others treated in C and not in A: they came because there was room.
    lost : tuple of Patient
        Treated in A and not in C.
    """

    named: tuple[Patient, ...]
    absorbed: tuple[Patient, ...]
    lost: tuple[Patient, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The patients of a log.

    Attributes
    ----------
    patients : list of Patient
    row : ndarray of int, shape (rows of the log,)
        The patient of each row, as an index into `patients`.
    treated : ndarray of bool, shape (patients,)
    """

    patients: list[Patient]
    row: Ints
    treated: NDArray[np.bool_]

    def members(self, *groups: Iterable[Patient]) -> Ints:
        """Return for each row of the log which of `groups` its patient is in, counted from 1; 0 for none."""
        group = {p[:3]: g for g, those in enumerate(groups, 1) for p in those}
        of = np.fromiter((group.get(p[:3], 0) for p in self.patients), np.int64, len(self.patients))
        return of[self.row] if len(of) else self.row


def table(log: EventLog) -> Table:
    """Return the patients of `log`, which is sorted by pathway, patient and spell."""
    rows = len(log)
    if not rows:
        return Table([], np.zeros(0, np.int64), np.zeros(0, bool))
    new = np.ones(rows, bool)
    new[1:] = (np.diff(log.pathway) != 0) | (np.diff(log.patient) != 0) | (np.diff(log.spell) != 0)
    first = np.flatnonzero(new)
    row = np.cumsum(new, dtype=np.int64) - 1
    served = np.array([s.kind in {"activity", "stay"} for s in log.steps] + [False])
    began = np.zeros(len(first), bool)
    began[row[(log.event == Event.BEGIN) & served[log.step]]] = True
    gave_up = np.zeros(len(first), bool)
    gave_up[row[np.isin(log.event, (Event.GIVE_UP, Event.TURN_AWAY))]] = True
    names: list[int | str] = [log.patients[n] if log.patients else int(n) for n in log.patient[first]]
    codes, spells, times = log.pathway[first].tolist(), log.spell[first].tolist(), log.time[first].tolist()
    patients = [
        Patient(log.pathways[code], name, spell, time)
        for code, name, spell, time in zip(codes, names, spells, times, strict=True)
    ]
    return Table(patients, row, began & ~gave_up)


def split(a: Table, c: Table, option: Option | None, start: int, end: int) -> Extras:
    """Return the extra and lost patients among those who arrived in [start, end); see `extra_patients`."""
    treated_a = {p[:3] for p, yes in zip(a.patients, a.treated, strict=True) if yes}
    treated_c = {p[:3] for p, yes in zip(c.patients, c.treated, strict=True) if yes}

    def only(
        those: Table, here: set[tuple[str, int | str, int]], there: set[tuple[str, int | str, int]]
    ) -> list[Patient]:
        found = [
            p for p in those.patients if p[:3] in here and p[:3] not in there and start <= p.arrived < end
        ]
        return sorted(found, key=lambda p: (p.arrived, p.pathway))

    extra = only(c, treated_c, treated_a)
    on_list: list[Patient] = []
    if isinstance(option, Reinvest):
        mine = [p for p in extra if p.pathway == option.pathway]
        # 'most': the list is as long as service allows, so all who fit are on it
        length = len(mine) if option.patients == "most" else round(option.patients * (end - start) / YEAR)
        on_list = mine[:length]
    named = set(on_list)
    absorbed = tuple(p for p in extra if p not in named)
    return Extras(tuple(on_list), absorbed, tuple(only(a, treated_a, treated_c)))


def extra_patients(a: EventLog, c: EventLog, option: Option | None, start: int, end: int) -> Extras:
    """Return who is treated in run C and not in run A, named or not, and who is lost.

    Parameters
    ----------
    a, c : EventLog
        The counterfactual and the scenario as decided, of one replication.
    option : Option or None
        Only an option that names patients has named ones: the first of its pathway by arrival, up to the
        length of its list for the time from start to end.
    start, end : int
        Window of arrival (ms), half-open.
    """
    return split(table(a), table(c), option, start, end)
