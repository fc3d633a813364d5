"""From what an engine wrote down, row by row, to an event log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.engine.keeping import kept
from cisim.eventlog import EventLog, Integrals
from cisim.network import Kind, Network

if TYPE_CHECKING:
    from cisim.engine.simpy_engine import Hospital

__all__ = ["QUEUES", "event_log", "held_openings"]

QUEUES = ("activity", "stay", "round", "batch")  # kinds of step that have a queue


def held_openings(network: Network) -> tuple[tuple[int, NDArray[np.int64]], ...]:
    """Return, for each step that is a round, its code and the times at which it is held."""
    held: dict[int, set[int]] = {}
    for node in np.flatnonzero(network.kind == Kind.ROUND):
        first = network.opening_first[network.calendar[node]]
        times = network.opening_time[first : first + network.opening_count[network.calendar[node]]]
        held.setdefault(int(network.step[node]), set()).update(times.tolist())
    return tuple((code, np.array(sorted(times), dtype=np.int64)) for code, times in sorted(held.items()))


def event_log(network: Network, hospital: Hospital, keep: float = 1.0) -> EventLog:
    """Return the log of a run that is over, with the engine's own integrals."""
    rows = np.array(hospital.rows, dtype=np.int64).reshape(-1, 11)
    if keep < 1:
        rows = rows[kept(network, rows[:, 0], rows[:, 1], keep) == 1]
    rows = rows[np.lexsort((rows[:, 3], rows[:, 2], rows[:, 1], rows[:, 0]))]
    pathway, patient, spell, sequence, time, event, step, visit, pool, units, detail = np.ascontiguousarray(
        rows.T
    )
    return EventLog(
        start=network.start,
        end=network.end,
        pathways=network.pathways,
        steps=network.steps,
        pools=network.pools,
        details=network.details,
        pathway=pathway,
        patient=patient,
        spell=spell,
        sequence=sequence,
        time=time,
        event=event,
        step=step,
        visit=visit,
        pool=pool,
        units=units,
        detail=detail,
        openings=held_openings(network),
        integrals=_integrals(network, hospital),
    )


def _integrals(network: Network, hospital: Hospital) -> Integrals:
    end = network.end
    limited = [(pool.name, state) for pool, state in zip(network.pools, hospital.pools, strict=True)]
    return Integrals(
        held={name: state.held_tally.total(end) for name, state in limited},
        capacity={name: state.number_tally.total(end) for name, state in limited if not state.unlimited},
        queue={
            (s.pathway, s.name): t.total(end)
            for s, t in zip(network.steps, hospital.waiting, strict=True)
            if s.kind in QUEUES
        },
        inside={name: t.total(end) for name, t in zip(network.pathways, hospital.inside, strict=True)},
        arrived=dict(zip(network.pathways, hospital.arrived, strict=True)),
        left=dict(zip(network.pathways, hospital.left, strict=True)),
        returned=dict(zip(network.pathways, hospital.returned, strict=True)),
        present=dict(zip(network.pathways, hospital.present, strict=True)),
        turning={name: state.turning_tally.total(end) for name, state in limited},
        expected=dict(zip(network.pathways, hospital.draws.expected.tolist(), strict=True)),
        variance=dict(zip(network.pathways, hospital.draws.variance.tolist(), strict=True)),
    )
