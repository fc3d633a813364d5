"""Who was treated in one run and not in another: extra patients, named or not, and patients lost.

A patient is known by pathway, number and spell, which are the same in every run of one replication. They
are *treated* if they began at least one activity or stay, gave up none and were nowhere turned away.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.eventlog import Event, EventLog
from cisim.spec import Option, Reinvest
from cisim.units import YEAR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    place : dict of (pathway, number, spell) to int
        Where each patient stands, in the order of the log.
    row : ndarray of int, shape (rows of the log,)
        The patient of each row, by place.
    arrived : ndarray of int, shape (patients,)
        Milliseconds.
    treated : frozenset of (pathway, number, spell)
    """

    place: dict[tuple[str, int | str, int], int]
    row: Ints
    arrived: Ints
    treated: frozenset[tuple[str, int | str, int]]

    def members(self, *groups: Iterable[Patient]) -> Ints:
        """Return for each row of the log which of `groups` its patient is in, counted from 1; 0 for none."""
        of = np.zeros(len(self.place), np.int64)
        for g, those in enumerate(groups, 1):
            known = [self.place.get(p[:3], -1) for p in those]
            of[[i for i in known if i >= 0]] = g
        return of[self.row] if len(of) else self.row

    def only(self, other: Table) -> list[Patient]:
        """Return who is treated here and not in `other`, by arrival and pathway."""
        places = sorted(self.place[key] for key in self.treated - other.treated)
        arrived, keys = self.arrived[places].tolist(), list(self.place)
        found = [Patient(*keys[i], when) for i, when in zip(places, arrived, strict=True)]
        return sorted(found, key=lambda p: (p.arrived, p.pathway))


def table(log: EventLog) -> Table:
    """Return the patients of `log`, which is sorted by pathway, patient and spell."""
    rows = len(log)
    if not rows:
        return Table({}, np.zeros(0, np.int64), np.zeros(0, np.int64), frozenset())
    new = np.ones(rows, bool)
    new[1:] = (np.diff(log.pathway) != 0) | (np.diff(log.patient) != 0) | (np.diff(log.spell) != 0)
    first = np.flatnonzero(new)
    row = np.cumsum(new, dtype=np.int64) - 1
    served = np.array([s.kind in {"activity", "stay"} for s in log.steps] + [False])
    began = np.zeros(len(first), bool)
    began[row[(log.event == Event.BEGIN) & served[log.step]]] = True
    gave_up = np.zeros(len(first), bool)
    gave_up[row[(log.event == Event.GIVE_UP) | (log.event == Event.TURN_AWAY)]] = True
    numbers = log.patient[first].tolist()
    names: list[int | str] = [log.patients[n] for n in numbers] if log.patients else numbers
    pathways = [log.pathways[code] for code in log.pathway[first].tolist()]
    keys = zip(pathways, names, log.spell[first].tolist(), strict=True)
    place = {key: i for i, key in enumerate(keys)}
    treated = frozenset(compress(place, (began & ~gave_up).tolist()))
    return Table(place, row, log.time[first], treated)


def split(
    a: Table, c: Table, option: Option | None, windows: Sequence[tuple[int, int]]
) -> tuple[Extras, ...]:
    """Return the extra and lost patients of those who arrived in each window; see `extra_patients`."""
    extra, fewer = c.only(a), a.only(c)
    return tuple(
        _named(
            [p for p in extra if start <= p.arrived < end],
            [p for p in fewer if start <= p.arrived < end],
            option,
            end - start,
        )
        for start, end in windows
    )


def _named(extra: list[Patient], lost: list[Patient], option: Option | None, time: int) -> Extras:
    on_list: list[Patient] = []
    if isinstance(option, Reinvest):
        mine = [p for p in extra if p.pathway == option.pathway]
        # 'most': the list is as long as service allows, so all who fit are on it
        length = len(mine) if option.patients == "most" else round(option.patients * time / YEAR)
        on_list = mine[:length]
    named = set(on_list)
    return Extras(tuple(on_list), tuple(p for p in extra if p not in named), tuple(lost))


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
    return split(table(a), table(c), option, [(start, end)])[0]
