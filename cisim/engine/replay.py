"""Serving only those whom another run served: the run B of the release identity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cisim.eventlog import Event, EventLog

__all__ = ["Replay"]


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
    """

    skip: frozenset[tuple[str, int]]
    refuse: frozenset[tuple[str, str, int, int]]

    @staticmethod
    def of(log: EventLog) -> Replay:
        """Return the replay of a run: whom it never served, and whom it turned away."""
        waits = np.array([s.kind in ("activity", "stay") for s in log.steps] + [False])
        served = (log.event == Event.BEGIN) & waits[log.step]
        gave_up = log.event == Event.GIVE_UP
        serving = np.isin(
            np.arange(len(log.pathways)),
            [log.pathways.index(s.pathway) for s in log.steps if s.kind in ("activity", "stay")],
        )
        arrived = (log.event == Event.ARRIVE) & serving[log.pathway]
        left = log.event == Event.LEAVE

        def people(mask: np.ndarray) -> set[tuple[int, int]]:
            return set(zip(log.pathway[mask].tolist(), log.patient[mask].tolist(), strict=True))

        never = people(arrived) - people(served) - people(left)
        refuse = zip(
            log.pathway[gave_up].tolist(),
            log.step[gave_up].tolist(),
            log.patient[gave_up].tolist(),
            log.visit[gave_up].tolist(),
            strict=True,
        )
        return Replay(
            frozenset((log.pathways[p], n) for p, n in never),
            frozenset((log.pathways[p], log.steps[s].name, n, v) for p, s, n, v in refuse),
        )
