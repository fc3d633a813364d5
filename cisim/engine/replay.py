"""Serving only those whom another run served: the run B of the release identity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cisim.eventlog import Event, EventLog

__all__ = ["Replay"]

Passage = tuple[str, str, int, int]
"""Pathway, step, patient, visit."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Whom to leave out and whom to turn away again.

    Attributes
    ----------
    skip : frozenset of (pathway, patient)
        Came to a pathway with something to be served by, and neither were served nor had left by the end: left
        out.
    refuse : frozenset of (pathway, step, patient, visit)
        Gave up waiting: turned away again at the same passage, without standing in the queue.
    turned : frozenset of (pathway, step, patient, visit)
        Turned away because too many waited: turned away again at once at the same passage, and nobody else is.
    """

    skip: frozenset[tuple[str, int]]
    refuse: frozenset[Passage]
    turned: frozenset[Passage] = frozenset()

    @staticmethod
    def of(log: EventLog) -> Replay:
        """Return the replay of a run: whom it never served, and whom it turned away."""
        took = set(
            np.unique(log.step[log.event == Event.TAKE]).tolist()
        )  # as batches do that are served together
        serves = [
            s.kind in ("activity", "stay") or (s.kind == "batch" and n in took)
            for n, s in enumerate(log.steps)
        ]
        served = (log.event == Event.BEGIN) & np.array([*serves, False])[log.step]
        serving = np.isin(
            np.arange(len(log.pathways)),
            [log.pathways.index(s.pathway) for s, does in zip(log.steps, serves, strict=True) if does],
        )
        arrived = (log.event == Event.ARRIVE) & serving[log.pathway]
        left = log.event == Event.LEAVE

        def people(mask: np.ndarray) -> set[tuple[int, int]]:
            return set(zip(log.pathway[mask].tolist(), log.patient[mask].tolist(), strict=True))

        never = people(arrived) - people(served) - people(left)

        def passages(event: Event) -> frozenset[Passage]:
            rows = log.event == event
            columns = (log.pathway[rows], log.step[rows], log.patient[rows], log.visit[rows])
            return frozenset(
                (log.pathways[p], log.steps[s].name, n, v)
                for p, s, n, v in zip(*(c.tolist() for c in columns), strict=True)
            )

        return Replay(
            frozenset((log.pathways[p], n) for p, n in never),
            passages(Event.GIVE_UP),
            passages(Event.TURN_AWAY),
        )
