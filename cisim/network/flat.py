"""The arrays of a network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from cisim.distributions import Distribution
from cisim.eventlog import Pool, StepName

__all__ = ["ArrivalProcess", "Kind", "Network", "Stream", "Then"]

Ints = NDArray[np.int64]


class Kind(IntEnum):
    """What happens at a node."""

    ACTIVITY = 0
    STAY = 1
    READY = 2  # the end of a stay
    ROUND = 3
    BATCH = 4
    DELAY = 5
    BRANCH = 6
    REPEAT = 7
    AGAIN = 8  # the end of a repeat's body
    LEAVE = 9
    PARTIAL = 10  # a scenario's change that reaches a share of patients; leaves no trace in the log
    PASS = 11  # goes on elsewhere (go_to); leaves no trace in the log


class Then(IntEnum):
    """What becomes of a bed when its stay is over."""

    UNTIL_NEXT_BED = 0
    RELEASE = 1
    HOLD = 2


@dataclass(frozen=True, slots=True)
class Stream:
    """Where a node's numbers come from: an address without seed and replication, and a distribution.

    Attributes
    ----------
    names : tuple of str
        Pathway, step and purpose; or pathway, change and ``reach``.
    distribution : Distribution
        Its quantile, rounded to a whole number, is what the engine gets: milliseconds, a count or a way.
    per_visit : bool
        Whether each passage draws anew (false: once a patient).
    """

    names: tuple[str, ...]
    distribution: Distribution
    per_visit: bool = True


@dataclass(frozen=True, slots=True)
class ArrivalProcess:
    """How patients come to one pathway.

    Attributes
    ----------
    listed : ndarray of int
        Times (ms), sorted; empty where a rate is given.
    hourly : ndarray of float, shape (168,)
        Rate per ms in each hour from Monday 00:00; zeros where times are listed.
    band : float
        Width of the bands of rate (per ms).
    day_cv : float
        Coefficient of variation of the day effect; 0 for none.
    day_group : str
        Pathways of one group share their day effects.
    """

    listed: Ints
    hourly: NDArray[np.float64]
    band: float
    day_cv: float
    day_group: str


@dataclass(frozen=True, slots=True)
class Network:
    """One model over one horizon.

    Nodes are numbered; a patient goes from node to node. Every array of the first group has one entry a
    node, -1 where it does not apply.

    Attributes
    ----------
    kind : ndarray
        `Kind` of each node.
    step : ndarray
        Code of the step's name in `steps`; the copies of a partly changed step share one.
    next : ndarray
        Where to go when the node is done. REPEAT: into the body. AGAIN: out of the repeat.
    aside : ndarray
        ACTIVITY, STAY: where to go on giving up. REPEAT: out, when there is nothing to repeat.
        AGAIN: the first node of the body.
    queue : ndarray
        ACTIVITY, STAY: the queue joined; requests with identical needs share one.
    calendar, number, at_most, then, outcome : ndarray
        ROUND; BATCH (and ms, -1 for none); READY (`Then`); LEAVE (code in `details`).
    duration, patience, way : ndarray
        Streams: of a duration; of a patience; of a way, a number of times or a reach.
    attribute : ndarray
        BRANCH: the attribute that decides, -1 for chance.
    first_way, ways : ndarray
        BRANCH, PARTIAL: slice of `way_node` and `way_detail`.
    body : ndarray
        READY: its STAY. AGAIN: its REPEAT.
    entry : ndarray, shape (pathways,)
        First node of each pathway.
    queue_first, queue_count : ndarray
        Slices of the alternatives of each queue, in written order.
    alternative_after, alternative_first, alternative_count : ndarray
        Stated wait (ms) and slice of needs.
    need_pool, need_units : ndarray
    opening_first, opening_count, opening_time, places : ndarray
        Openings of each calendar, and places at each (-1: no limit).
    can_knot : bool
        Whether blocked patients could wait for each other's beds in a circle.
    """

    start: date
    end: int
    pathways: tuple[str, ...]
    steps: tuple[StepName, ...]
    pools: tuple[Pool, ...]
    details: tuple[str, ...]
    calendars: tuple[str, ...]
    arrivals: tuple[ArrivalProcess, ...]
    streams: tuple[Stream, ...]
    attributes: tuple[tuple[int, str, Distribution], ...]

    kind: Ints
    step: Ints
    next: Ints
    aside: Ints
    queue: Ints
    calendar: Ints
    number: Ints
    at_most: Ints
    then: Ints
    outcome: Ints
    duration: Ints
    patience: Ints
    way: Ints
    attribute: Ints
    first_way: Ints
    ways: Ints
    body: Ints

    entry: Ints
    way_node: Ints
    way_detail: Ints
    queue_first: Ints
    queue_count: Ints
    alternative_after: Ints
    alternative_first: Ints
    alternative_count: Ints
    need_pool: Ints
    need_units: Ints
    opening_first: Ints
    opening_count: Ints
    opening_time: Ints
    places: Ints
    can_knot: bool
    swap: bool
