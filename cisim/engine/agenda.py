"""What is due when: the phases of an instant, and the rounds of its first phase.

Everything that ends, arrives, opens, is routed or goes on after being served is `FLOW`. All of it that is due at
one moment is a round: it is sorted by pathway, patient, track and so on, and done one after the other; what it
sets off at the same moment is the next round. So the rows of one patient have one order, whatever the engine.
A later phase is a SimPy priority: what a later phase causes in an earlier one is handled before the next of the
later phase, and the phases repeat until nothing moves.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import simpy

__all__ = [
    "BATCH", "CLOCK", "FLOW", "GIVE_UP", "OPEN", "SERVE", "SWAP", "TURN_AWAY", "Act", "Agenda", "Order", "Turn",
]  # fmt: skip

# FLOW is SimPy's own priority for timeouts; a batch is released by count before clock
FLOW, BATCH, CLOCK, OPEN, SERVE, SWAP, TURN_AWAY, GIVE_UP = range(1, 9)

Act = Callable[[Any], Any]
Order = tuple[int, int, int, int, int, int]
"""Pathway, patient, track, step, visit, pool."""


class Turn(simpy.Event):
    """What the process of a patient waits for, until it is their turn to go on."""

    def come(self, _: object = None) -> None:
        """Let whoever waits for it go on at once, as SimPy would once it came to this event."""
        waiting, self.callbacks = self.callbacks, None  # type: ignore[assignment]  # None: it has happened
        self._ok, self._value = True, None
        for go_on in waiting:
            go_on(self)


class Due(simpy.Event):
    """Something to be done in a phase of an instant: an event that will happen, like SimPy's own timeout."""

    def __init__(self, env: simpy.Environment, phase: int, act: Act, delay: int) -> None:
        self.env = env
        self.callbacks = [act]
        self._ok, self._value = True, None
        env.schedule(self, phase, delay)  # type: ignore[arg-type]  # SimPy knows two of our phases by name


class Agenda:
    """What is to be done, by time and phase."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.rounds: dict[int, list[tuple[Order, Act]]] = {}

    def at(self, phase: int, act: Act, delay: int = 0) -> None:
        """Do something in a phase of an instant."""
        Due(self.env, phase, act, delay)

    def flow(self, time: int, order: Order, act: Act) -> None:
        """Do something in the round of a time: the next round, where the time is now."""
        line = self.rounds.get(time)
        if line is None:
            self.rounds[time] = line = []
            Due(self.env, FLOW, self.hold_round, time - self.env.now)  # type: ignore[arg-type]  # whole ms
        line.append((order, act))

    def hold_round(self, _: object) -> None:
        """Do all that is due now in its order; a process that one of them starts runs before the next."""
        line = self.rounds.pop(self.env.now)  # type: ignore[arg-type]
        if len(line) == 1:
            line[0][1](None)
            return
        line.sort(key=itemgetter(0))
        for _order, act in line:
            self.at(FLOW, act)
