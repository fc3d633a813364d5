"""Patients on their way, and their waits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cisim.engine.agenda import Order, Turn
from cisim.network import Then

__all__ = ["FREED", "Key", "Parts", "Patient", "Request", "Spell"]

FREED = 1_000_000  # the track of places that become free again: after every part of a patient
Key = tuple[int, int, int, int, int, int]
"""Order of service: priority, since when, pathway, patient, visit, step."""


@dataclass(slots=True, eq=False)
class Spell:
    """One stay of a patient in the pathway: another begins when they come back."""

    number: int
    began: int
    rows: int = 0  # written so far


@dataclass(slots=True, eq=False)
class Patient:
    """One patient on the way through; what is in dicts is shared by the parts of an `all_of`.

    Attributes
    ----------
    track : int
        0 for the patient, 1, 2... for the parts of an `all_of`, which go on at the same time.
    visits : dict of int to int
        Passages so far, by step.
    left_to_do : dict of int to int
        Repeats still to do, by node.
    stays : dict of int to (int, int)
        Pool and visit of each bed held, by node, the one held longest first.
    over : dict of int to Then
        Stays that are over, their bed not given back, by node.
    """

    pathway: int
    number: int
    slot: int
    spell: Spell
    track: int = 0
    visits: dict[int, int] = field(default_factory=dict)
    left_to_do: dict[int, int] = field(default_factory=dict)
    stays: dict[int, tuple[int, int]] = field(default_factory=dict)
    over: dict[int, Then] = field(default_factory=dict)
    moved_at: int = -1
    moves: int = 0
    order: Order = field(init=False)  # in a round of FLOW

    def __post_init__(self) -> None:
        self.order = (self.pathway, self.number, self.track, -1, -1, -1)

    def part(self, track: int) -> Patient:
        """Return the patient again, to go through a part of an `all_of`: beds and visits are shared."""
        return replace(self, track=track, moved_at=-1)


@dataclass(slots=True, eq=False)
class Parts:
    """Those of an `all_of` that are not done yet."""

    whole: Patient
    left: int
    visit: int
    done: Turn


class Request:
    """One patient's wait in a queue, and the service that follows.

    Attributes
    ----------
    then : int
        The node at which the patient goes on.
    over : Turn
        When they do: after an activity's time, else once the wait is over.
    outside : bool
        Not in the queue, because a replay turns them away again.
    turned : bool
        Of these, turned away at once, because more waited than the step allowed.
    counted : bool
        Waits, never served, at a step where only so many may.
    homeward : bool
        Lies in another bed already: no wait, but a place in the queue for the first choice.
    taken : int
        The alternative granted.
    begun, ends, whole, left : int
        When service began or went on last (-1: never yet), when it ends, how long it is in all, and how long from
        `begun` on.
    run : int
        How often the service was interrupted; what was due in an earlier run is so no longer.
    members : tuple of Request
        The others of a batch that is served together, in their order; this is the oldest's.
    """

    waiting = True
    outside = False
    turned = False
    counted = False
    homeward = False
    keeps_bed = False  # holds a bed while waiting for another, so may be part of a knot
    taken = -1
    begun = ends = whole = left = -1
    run = 0
    members: tuple[Request, ...] = ()

    def __init__(
        self, patient: Patient, node: int, queue: int, asked: int, visit: int, key: Key, over: Turn, then: int
    ) -> None:
        self.patient = patient
        self.node = node
        self.step = key[5]
        self.queue = queue
        self.asked = asked
        self.visit = visit
        self.key = key
        self.over = over
        self.then = then
