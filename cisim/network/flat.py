"""The arrays of a network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from cisim.distributions import Distribution
from cisim.eventlog import Pool, StepName

__all__ = ["STARTER_BAND", "ArrivalProcess", "Kind", "Network", "Starting", "Stream", "Then"]

Ints = NDArray[np.int64]
STARTER_BAND = 1 << 20  # patients who are there at the beginning are numbered in a band of their own


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
    ALL_OF = 12  # several lists of steps at once
    JOIN = 13  # the end of one of them
    RETURN = 14  # leaves, and comes back after a while
    OWN = 15  # a researcher's own step; the reference engine alone knows it


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
        Pathway, step and purpose (duration, patience, way, times, after-hold, return); or pathway, step,
        ``turn-round`` and pool; or pathway, change and ``reach``.
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
    hourly : ndarray of float, shape (hours,)
        Rate per ms in each hour of the horizon, with season, growth and bank holidays; zeros where times are listed.
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
class Starting:
    """Patients who are there at the beginning, at one step of one pathway.

    Attributes
    ----------
    pathway : int
    node : int
        The queueing step at which they wait, or the first node inside the stay whose bed they hold.
    stay, pool : int
        The STAY whose bed they hold and the pool of that bed; -1 for none.
    number : int
        How many.
    elapsed : Distribution or tuple of int
        For how long they have been there (ms): drawn for each, or listed.
    step : str
        The step's name, a part of the address of what is drawn.
    """

    pathway: int
    node: int
    stay: int
    pool: int
    number: int
    elapsed: Distribution | tuple[int, ...]
    step: str


@dataclass(frozen=True, slots=True)
class Network:
    """One model over one horizon.

    Nodes are numbered; a patient goes from node to node. Every array of the first group has one entry a
    node, -1 where it does not apply. Streams are indices into `streams`.

    Attributes
    ----------
    kind : ndarray
        `Kind` of each node.
    step : ndarray
        Code of the step's name in `steps`; the copies of a partly changed step share one.
    next : ndarray
        Where to go when the node is done. REPEAT: into the body. AGAIN: out of the repeat. ALL_OF and its JOINs:
        where the patient goes on. RETURN: where the next spell begins.
    aside : ndarray
        ACTIVITY, STAY, ROUND: where to go on giving up. REPEAT: out, when there is nothing to repeat.
        AGAIN: the first node of the body.
    queue : ndarray
        ACTIVITY, STAY, and a BATCH whose members are served together: the queue joined; requests with identical
        alternatives share one.
    calendar, number, at_most, then, outcome : ndarray
        ROUND; BATCH (and ms, -1 for none); READY (`Then`); LEAVE and RETURN (code in `details`).
        JOIN: `number` is the part's place, from 0. OWN: `outcome` is the code in `details` of what it does.
    duration, patience, way : ndarray
        Streams: of a duration (RETURN: of the time away); of a patience; of a way, a number of times or a reach.
    attribute : ndarray
        BRANCH: the attribute that decides, -1 for chance.
    first_way, ways : ndarray
        BRANCH, PARTIAL, ALL_OF (its parts): slice of `way_node` and `way_detail`.
    body : ndarray
        READY: its STAY. AGAIN: its REPEAT. JOIN: its ALL_OF.
    priority_first, priority_attribute : ndarray
        ACTIVITY, STAY, ROUND, and BATCH with `queue`: the priority is ``priority_value[priority_first]``, or, where an
        attribute decides, ``priority_value[priority_first + value]``.
    ageing_first, ageing_count : ndarray
        Slice of `ageing_after` (ms waited) and `ageing_to` (priority then, if lower); the count is 0 for none.
    limit, turned : ndarray
        ACTIVITY, STAY: how many may wait, and where those turned away go on.
    reserve, preempts, restart, by_arrival : ndarray
        0 or 1. ROUND: `by_arrival` says that `since` is the time of arrival.
    home : ndarray
        STAY: the queue of its first choice alone, where patients are brought home from outlier beds.
    after_hold : ndarray
        Stream of the time for which what was held is kept after its end.
    turn_first, turn_count : ndarray
        Slice of `turn_pool` and `turn_stream`: pools of this node's alternatives that are turned round (0: none).
    entry : ndarray, shape (pathways,)
        First node of each pathway.
    queue_first, queue_count : ndarray
        Slices of the alternatives of each queue, in written order.
    alternative_after, alternative_first, alternative_count : ndarray
        Stated wait (ms) and slice of needs.
    need_pool, need_units : ndarray
    opening_first, opening_count : ndarray
        Slice of `opening_time` of each calendar.
    opening_time, opening_places : ndarray
        Openings, and places at each (-1: no limit).
    starting : tuple of Starting
        Who is there at the beginning, in the order in which they are written.
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
    priority_first: Ints
    priority_attribute: Ints
    ageing_first: Ints
    ageing_count: Ints
    limit: Ints
    turned: Ints
    reserve: Ints
    preempts: Ints
    restart: Ints
    by_arrival: Ints
    home: Ints
    after_hold: Ints
    turn_first: Ints
    turn_count: Ints

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
    opening_places: Ints
    priority_value: Ints
    ageing_after: Ints
    ageing_to: Ints
    turn_pool: Ints
    turn_stream: Ints
    starting: tuple[Starting, ...]
    can_knot: bool
    swap: bool
