"""From what an engine wrote down, row by row, to an event log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.eventlog import EventLog, Integrals
from cisim.network import Kind, Network

if TYPE_CHECKING:
    from cisim.engine.simpy_engine import Hospital

__all__ = ["QUEUES", "event_log"]

QUEUES = ("activity", "stay", "round", "batch")  # kinds of step that have a queue


def event_log(network: Network, hospital: Hospital) -> EventLog:
    """Return the log of a run that is over, with the engine's own integrals."""
    rows = np.array(hospital.rows, dtype=np.int64).reshape(-1, 10)
    rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    pathway, patient, sequence, time, event, step, visit, pool, units, detail = np.ascontiguousarray(rows.T)
    rounds = np.flatnonzero(network.kind == Kind.ROUND)
    held: dict[int, set[int]] = {}
    for node in rounds:
        first, count = (
            network.opening_first[network.calendar[node]],
            network.opening_count[network.calendar[node]],
        )
        held.setdefault(int(network.step[node]), set()).update(
            network.opening_time[first : first + count].tolist()
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
        spell=np.zeros(len(rows), dtype=np.int64),
        sequence=sequence,
        time=time,
        event=event,
        step=step,
        visit=visit,
        pool=pool,
        units=units,
        detail=detail,
        openings=tuple(
            (code, np.array(sorted(times), dtype=np.int64)) for code, times in sorted(held.items())
        ),
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
        expected=dict(zip(network.pathways, hospital.draws.expected.tolist(), strict=True)),
        variance=dict(zip(network.pathways, hospital.draws.variance.tolist(), strict=True)),
    )
