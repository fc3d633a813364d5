"""What released capacity became: closed, redeployed, reinvested, absorbed or idle, from three event logs.

A is the counterfactual, B the scenario serving only the patients that A served, C the scenario as decided,
with its queue open. In every pool, in whole milliseconds and so exactly,

    release = occupied(A) - occupied(B) = closed + redeployed + reinvested + absorbed + (idle(C) - idle(A))

closed and redeployed together are capacity(A) - capacity(C), below 0 where capacity was added; redeployed is what
an option moved to another service. Reinvested and absorbed together are
occupied(C) - occupied(B). That difference is the time that the extra patients themselves took, less what
patients lost would have taken, plus the congestion that the extra patients cause for everyone else.
It is split by the extra patients' own time: reinvested is the share of those named, absorbed the rest.

A pool without a limit (or without a known number) has no idle time and nothing to close. By convention its
capacity is what A occupied: idle(A) is 0, and idle(C) is occupied(A) - occupied(C), below 0 where C needs
more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.errors import DataError, ModelError, nearest
from cisim.eventlog import Event, EventLog, Pool
from cisim.spec import Redeploy, labels
from cisim.units import DAY, HOUR, YEAR
from cisim.value.outcomes import outcome_counts
from cisim.value.patients import Extras, Option, Table, split, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cisim.spec import RunningItem, Value

__all__ = ["CAPACITY_USES", "OPEN", "PoolTime", "Quantity", "pool_times", "quantities"]

Ints = NDArray[np.int64]
OPEN = "open queue"
CAPACITY_USES = (
    "release",
    "occupied_A",
    "occupied_B",
    "occupied_C",
    "idle_A",
    "idle_C",
    "closed",
    "redeployed",
    "reinvested",
    "absorbed",
    "idle_change",
)
PATIENT_USES = ("patients_reinvested", "patients_absorbed", "patients_lost")


class Quantity(NamedTuple):
    """One physical quantity a year (365.25 days); `pool` and `pathway` are '' where they say nothing."""

    option: str
    use: str
    pool: str
    pathway: str
    owner: str
    quantity: float
    unit: str


@dataclass(frozen=True, slots=True)
class PoolTime:
    """Place-milliseconds of one pool in the window, by run.

    Attributes
    ----------
    pool, owner, unit : str
        Unit is bed-day for beds and slots, hour for others.
    held_a, held_b, held_c : int
    capacity_a, capacity_c : int or None
        None where the pool has no limit, or nobody said its number.
    named, others : int
        held(C) - held(B) of the named and the other extra patients.
    moved : int
        What of the capacity taken out went to another service.
    """

    pool: str
    owner: str
    unit: str
    held_a: int
    held_b: int
    held_c: int
    capacity_a: int | None
    capacity_c: int | None
    named: int
    others: int
    moved: int = 0

    def uses(self) -> dict[str, int]:
        """Return the place-milliseconds of every use; the identity holds exactly."""
        capacity_a = self.held_a if self.capacity_a is None else self.capacity_a
        capacity_c = self.held_a if self.capacity_c is None else self.capacity_c
        more = self.held_c - self.held_b
        mine, theirs = max(self.named, 0), max(self.others, 0)
        # what the extra patients take, less whom they crowd out, is split by whether they were named
        reinvested = more * mine // (mine + theirs) if mine else 0
        idle_a, idle_c = capacity_a - self.held_a, capacity_c - self.held_c
        return {
            "release": self.held_a - self.held_b,
            "occupied_A": self.held_a,
            "occupied_B": self.held_b,
            "occupied_C": self.held_c,
            "idle_A": idle_a,
            "idle_C": idle_c,
            "closed": capacity_a - capacity_c - self.moved,
            "redeployed": self.moved,
            "reinvested": reinvested,
            "absorbed": more - reinvested,
            "idle_change": idle_c - idle_a,
        }


def quantities(
    a: EventLog,
    b: EventLog,
    c: EventLog,
    option: Option | None,
    value: Value,
    start: int,
    end: int,
    known: dict[int, Table] | None = None,
) -> list[Quantity]:
    """Return what one replication of an option released, and what became of it, a year.

    Parameters
    ----------
    a, b, c : EventLog
        The counterfactual; the scenario for the patients that A served; the scenario as decided.
    option : Option or None
        None for the scenario with its queue open and nothing decided; its rows are named ``OPEN``.
    value : Value
        Says which openings, patients or hours the new way of working is charged for.
    start, end : int
        Window (ms), half-open.
    known : dict, optional
        Keeps what is worked out of a log by its `id`, for calls with the same logs while they live.

    Returns
    -------
    list of Quantity
        For each pool the uses of ``CAPACITY_USES`` (bed-day or hour); for each pathway patients_reinvested,
        patients_absorbed and patients_lost (patient); for each running item ``running:<item>`` and for each
        outcome ``outcome:<name>``, C less A.
        The rows and their order depend on the model, the option and the value file alone.

    Raises
    ------
    DataError
        Where the logs do not cover the window, or do not start on one day.
    ModelError
        Where a running item or an outcome is counted on what neither run has.
    """
    name = OPEN if option is None else option.name
    _same_ground((a, b, c), start, end)
    kept = {} if known is None else known
    for log in (a, b, c):
        if id(log) not in kept:
            kept[id(log)] = table(log)
    tables = (kept[id(a)], kept[id(b)], kept[id(c)])
    inside, before = split(tables[0], tables[2], option, [(start, end), (0, start)])
    out: list[Quantity] = []
    per_year = YEAR / (end - start)
    for pool in _pool_times((a, b, c), tables, (inside, before), option, start, end):
        size = DAY if pool.unit == "bed-day" else HOUR
        out += [
            Quantity(name, use, pool.pool, "", pool.owner, spent / size * per_year, pool.unit)
            for use, spent in pool.uses().items()
        ]
    owners = _owners(a, c, start, end)
    for use, those in zip(PATIENT_USES, (inside.named, inside.absorbed, inside.lost), strict=True):
        count = dict.fromkeys(owners, 0)
        for patient in those:
            count[patient.pathway] += 1
        out += [Quantity(name, use, "", p, owners[p], n * per_year, "patient") for p, n in count.items()]
    out += _running(a, c, name, value, (start, end))
    for more in outcome_counts(a, c, value, start, end):
        out.append(Quantity(name, f"outcome:{more.label}", *more[1:]))
    return out


def pool_times(
    a: EventLog, b: EventLog, c: EventLog, option: Option | None, start: int, end: int
) -> list[PoolTime]:
    """Return the place-milliseconds of every pool, in the order of A's pools; see `quantities`."""
    _same_ground((a, b, c), start, end)
    tables = (table(a), table(b), table(c))
    inside, before = split(tables[0], tables[2], option, [(start, end), (0, start)])
    return list(_pool_times((a, b, c), tables, (inside, before), option, start, end))


def _same_ground(logs: tuple[EventLog, EventLog, EventLog], start: int, end: int) -> None:
    if not 0 <= start < end or any(log.end < end for log in logs):
        got = f"got a window from {start} to {end} ms"
        known = min(log.end for log in logs)
        raise DataError(f"value: {got}, want one inside the time that all three runs cover (0 to {known} ms)")
    if len({log.start for log in logs}) != 1:
        days = ", ".join(str(log.start) for log in logs)
        raise DataError(f"value: got runs that start on {days}, want one day")


def _pool_times(
    logs: tuple[EventLog, EventLog, EventLog],
    tables: tuple[Table, Table, Table],
    extras: tuple[Extras, Extras],
    option: Option | None,
    start: int,
    end: int,
) -> Iterator[PoolTime]:
    a, b, c = logs
    # Patients who came before the window may still take room in it, so they are told apart as well.
    groups = tuple((*getattr(extras[0], g), *getattr(extras[1], g)) for g in ("named", "absorbed"))
    held = []
    for log, patients in zip(logs, tables, strict=True):
        by_group = _held(log, patients.members(*groups), 3, start, end)
        held.append({pool.name: by_group[i] for i, pool in enumerate(log.pools)})
    nobody = np.zeros(3, np.int64)
    for name, pool in _pools(a, c, b).items():
        at_a, at_b, at_c = (times.get(name, nobody) for times in held)
        known = [_capacity(log, name, start, end) for log in (a, c)]
        if None in known:
            known = [None, None]
        more = at_c - at_b
        yield PoolTime(
            name,
            pool.owner,
            "bed-day" if pool.kind in {"beds", "slots"} else "hour",
            int(at_a.sum()),
            int(at_b.sum()),
            int(at_c.sum()),
            known[0],
            known[1],
            int(more[1]),
            int(more[2]),
            _moved(option, name, known, end - start),
        )


def _moved(option: Option | None, pool: str, capacity: Sequence[int | None], length: int) -> int:
    """Return the place-milliseconds that an option moves out of a pool: its steps, or as much as went."""
    a, c = capacity
    if not isinstance(option, Redeploy) or option.pool != pool or a is None or c is None:
        return 0
    return max(0, min(a - c, option.step * option.steps * length))


def _pools(*logs: EventLog) -> dict[str, Pool]:
    found: dict[str, Pool] = {}
    for log in logs:
        for pool in log.pools:
            found.setdefault(pool.name, pool)
    return found


def _capacity(log: EventLog, name: str, start: int, end: int) -> int | None:
    """Return rostered place-milliseconds: 0 where the run has no such pool, None where it has no number."""
    for pool in log.pools:
        if pool.name == name:
            return None if pool.unlimited or not pool.rostered else pool.capacity_time(start, end)
    return 0


def _held(log: EventLog, member: Ints, groups: int, start: int, end: int) -> Ints:
    """Return place-milliseconds held in [start, end), shape (pools, groups).

    A place taken at t counts until the end of the window, and given back takes the rest off again.
    """
    moves = np.flatnonzero((log.event == Event.TAKE) | (log.event == Event.GIVE))
    sign = np.where(log.event[moves] == Event.TAKE, 1, -1)
    left = end - np.clip(log.time[moves], start, end)
    out = np.zeros((len(log.pools), groups), np.int64)
    np.add.at(out, (log.pool[moves], member[moves]), sign * log.units[moves] * left)
    return out


def _owners(a: EventLog, c: EventLog, start: int, end: int) -> dict[str, str]:
    """Return who pays for each pathway: the owner of the beds (else the pool) that it holds longest."""
    pools = _pools(a, c)
    spent: dict[str, dict[str, int]] = {name: {} for log in (a, c) for name in log.pathways}
    for log in (a, c):
        held = _held(log, log.pathway, len(log.pathways), start, end)
        for i, pool in enumerate(log.pools):
            for j, pathway in enumerate(log.pathways):
                spent[pathway][pool.name] = spent[pathway].get(pool.name, 0) + int(held[i, j])
    owners = {}
    for pathway, of in spent.items():
        order = sorted(of, key=lambda p: (of[p] > 0, pools[p].kind == "beds", of[p]), reverse=True)
        owners[pathway] = pools[order[0]].owner if order and pools[order[0]].owner else "provider"
    return owners


def _running(
    a: EventLog, c: EventLog, name: str, value: Value, window: tuple[int, int]
) -> Iterator[Quantity]:
    """Yield what the new way of working is charged for, C less A, a year."""
    start, end = window
    for number, (label, item) in enumerate(zip(labels(value.running), value.running, strict=True)):
        _known(a, c, item, number)
        more = (_count(c, item, start, end) - _count(a, item, start, end)) * YEAR / (end - start)
        pool, pathway = ("", item.of.partition("/")[0]) if "/" in item.of else (item.of, "")
        yield Quantity(name, f"running:{label}", pool, pathway, item.owner, more, item.for_each)


def _count(log: EventLog, item: RunningItem, start: int, end: int) -> float:
    """Return how many openings, patients seen, hours or bed-days the run had in the window."""
    if item.for_each in {"hour held", "bed-day held"}:
        held = _held(log, np.zeros(len(log), np.int64), 1, start, end)[:, 0]
        size = HOUR if item.for_each == "hour held" else DAY
        return sum(int(h) for h, pool in zip(held, log.pools, strict=True) if pool.name == item.of) / size
    steps = [i for i, s in enumerate(log.steps) if f"{s.pathway}/{s.name}" == item.of]
    if item.for_each == "opening":
        return sum(int(((t >= start) & (t < end)).sum()) for step, t in log.openings if step in steps)
    inside = (log.time >= start) & (log.time < end) & (log.event == Event.BEGIN)
    return int((inside & np.isin(log.step, steps)).sum())


def _known(a: EventLog, c: EventLog, item: RunningItem, number: int) -> None:
    if item.for_each in {"hour held", "bed-day held"}:
        known, wanted = set(_pools(a, c)), "the name of a pool"
    else:
        known, wanted = {f"{s.pathway}/{s.name}" for log in (a, c) for s in log.steps}, "pathway/step"
    if item.of not in known:
        hint = nearest(item.of, known)
        raise ModelError(f"running.{number}.of", f"got {item.of!r}, want {wanted}{hint}")
