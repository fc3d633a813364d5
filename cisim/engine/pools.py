"""Pools while a run goes on, and the engine's own integrals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from cisim.eventlog import Pool

__all__ = ["PoolState", "Tally"]


@dataclass(slots=True)
class Tally:
    """A level that changes in time, and its integral so far, in whole milliseconds.

    >>> t = Tally()
    >>> t.change(10, +2)
    >>> t.change(15, -1)
    >>> t.total(20)
    15
    """

    level: int = 0
    since: int = 0
    integral: int = 0

    def change(self, now: int, by: int) -> None:
        """Let the level rise or fall."""
        self.integral += self.level * (now - self.since)
        self.since = now
        self.level += by

    def total(self, end: int) -> int:
        """Return the integral over [0, end)."""
        return self.integral + self.level * (end - self.since)


@dataclass(slots=True)
class PoolState:
    """How many of a pool are held or being turned round, and how many there should be."""

    pool: Pool
    held_tally: Tally = field(default_factory=Tally)
    turning_tally: Tally = field(default_factory=Tally)
    number_tally: Tally = field(default_factory=Tally)
    unlimited: bool = False

    def __post_init__(self) -> None:
        self.unlimited = self.pool.unlimited
        if not self.unlimited:
            self.number_tally.level = int(np.asarray(self.pool.numbers)[0])

    @property
    def held(self) -> int:
        """Units held now."""
        return self.held_tally.level

    @property
    def number(self) -> int:
        """Units rostered now."""
        return self.number_tally.level

    @property
    def changing(self) -> bool:
        """Whether the number ever changes."""
        return not self.unlimited and len(self.pool.times) > 1

    def changes(self) -> Iterator[tuple[int, int]]:
        """Yield (time, number) of every change after time 0."""
        pairs = zip(self.pool.times, self.pool.numbers, strict=True)
        yield from ((int(t), int(n)) for t, n in list(pairs)[1:])

    def set_number(self, now: int, number: int) -> None:
        """Follow the rota; work in hand is finished."""
        self.number_tally.change(now, number - self.number_tally.level)

    def has_room(self, units: int) -> bool:
        """Whether `units` more may be held: they must fit under the number rostered now."""
        held = self.held_tally.level + self.turning_tally.level
        return self.unlimited or held + units <= self.number_tally.level

    def over_by(self, units: int) -> int:
        """Return by how many `units` more would exceed the number rostered now."""
        return self.held_tally.level + self.turning_tally.level + units - self.number_tally.level

    @property
    def full(self) -> bool:
        """Whether there is no room, and none will come of places that are being turned round."""
        return not self.has_room(1) and not self.turning_tally.level

    def take(self, now: int, units: int) -> None:
        """Hold more."""
        self.held_tally.change(now, units)

    def give(self, now: int, units: int) -> None:
        """Hold fewer."""
        self.held_tally.change(now, -units)

    def turn(self, now: int, units: int) -> None:
        """Turn more round, or fewer."""
        self.turning_tally.change(now, units)
