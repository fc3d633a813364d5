"""The reference engine: SimPy processes, written to be read.

A patient is one process that goes from node to node of the network; what happens at each is in
`cisim.engine.steps`. Here is the state that they share: pools, queues, rounds, batches and knots.

The rules of an instant are SimPy priorities: everything that ends, arrives, opens or is routed comes first
(`FLOW`), then batches, openings of rounds, service, exchange of beds, and last the patience that has run out.
An event of a lower phase that a higher one causes is handled before the next of the higher phase, so phases
repeat until nothing moves, as the design says.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from cisim.engine.knots import first_cycle, knotted
from cisim.engine.pools import PoolState, Tally
from cisim.engine.replay import Replay
from cisim.engine.steps import PASSING, WAITING
from cisim.engine.writing import QUEUES, event_log
from cisim.errors import RunError
from cisim.eventlog import Event, EventLog
from cisim.network import Draws, Kind, Network, Then
from cisim.units import clock

__all__ = ["run_simpy"]

# FLOW is SimPy's own priority for timeouts; a batch is released by count before clock
FLOW, BATCH, CLOCK, OPEN, SERVE, SWAP, GIVE_UP = 1, 2, 3, 4, 5, 6, 7
MOST_MOVES = 10_000  # of one patient at one instant, before a loop without time is assumed


@dataclass(slots=True, eq=False)
class Patient:
    """One patient on the way through."""

    pathway: int
    number: int
    slot: int
    sequence: int = 0
    visits: dict[int, int] = field(default_factory=dict)  # passages by step
    left_to_do: dict[int, int] = field(default_factory=dict)  # repeats still to do, by node
    stays: dict[int, tuple[int, int]] = field(
        default_factory=dict
    )  # pool and visit of each bed held, by node
    over: dict[int, Then] = field(default_factory=dict)  # stays that are over, their bed not given back
    moved_at: int = -1
    moves: int = 0


@dataclass(slots=True, eq=False)
class Request:
    """One patient's wait in a queue."""

    patient: Patient
    node: int
    queue: int
    asked: int
    visit: int
    granted: simpy.Event
    key: tuple[
        int, int, int, int
    ]  # service order: first come first served, ties by pathway, patient and visit
    refused: bool = False  # turned away again by a replay, so not in the queue
    keeps_bed: bool = False  # holds a bed while waiting, so may be part of a knot
    waiting: bool = True
    taken: int = -1  # the alternative granted


def _at(env: simpy.Environment, priority: int, act: Callable[[Any], None], delay: int = 0) -> None:
    """Do something in a phase of an instant."""
    event = simpy.Event(env)
    event._ok, event._value = True, None  # noqa: SLF001 - a triggered event, as simpy.Timeout makes itself
    event.callbacks = [act]
    env.schedule(event, priority, delay)  # type: ignore[arg-type]


class Hospital:
    """The state of one run."""

    def __init__(self, network: Network, draws: Draws, replay: Replay | None) -> None:
        self.net = network
        self.draws = draws
        self.env = simpy.Environment()
        self.rows: list[tuple[int, ...]] = []
        self.pools = [PoolState(pool) for pool in network.pools]
        self.inside = [Tally() for _ in network.pathways]
        self.waiting = [Tally() for _ in network.steps]
        self.left = [0] * len(network.pathways)
        self.arrived = [0] * len(network.pathways)
        self.attributes = [draws.attribute(code) for code in range(len(network.attributes))]
        names = {(s.pathway, s.name): code for code, s in enumerate(network.steps) if s.kind in QUEUES}
        self.refuse = (
            {(names[p, s], n, v) for p, s, n, v in replay.refuse if (p, s) in names} if replay else set()
        )
        self.skip = {(network.pathways.index(p), n) for p, n in replay.skip} if replay else set()
        self._lay_out()

    def _lay_out(self) -> None:
        """Plain lists for the inner loop: reading an array item by item is slow in Python."""
        net = self.net
        for column in (
            "kind",
            "step",
            "next",
            "aside",
            "queue",
            "duration",
            "patience",
            "way",
            "first_way",
            "body",
        ):
            setattr(self, column, getattr(net, column).tolist())
        self.kind: list[int]
        self.step: list[int]
        self.next: list[int]
        self.aside: list[int]
        self.queue: list[int]
        self.duration: list[int]
        self.patience: list[int]
        self.way: list[int]
        self.first_way: list[int]
        self.body: list[int]
        self.way_node: list[int] = net.way_node.tolist()
        self.way_detail: list[int] = net.way_detail.tolist()
        self.alternatives = [
            [
                (
                    int(net.alternative_after[a]),
                    [
                        (int(net.need_pool[n]), int(net.need_units[n]))
                        for n in range(
                            net.alternative_first[a], net.alternative_first[a] + net.alternative_count[a]
                        )
                    ],
                )
                for a in range(net.queue_first[q], net.queue_first[q] + net.queue_count[q])
            ]
            for q in range(len(net.queue_first))
        ]
        # the count settles what has no order: a stale entry of a patient who gave up and asks anew at that instant
        self.queues: list[list[tuple[tuple[int, int, int, int], int, Request]]] = [
            [] for _ in self.alternatives
        ]
        self.count = itertools.count()
        self.queues_of_pool: list[list[int]] = [[] for _ in net.pools]
        for queue, options in enumerate(self.alternatives):
            for pool in dict.fromkeys(p for _, needs in options for p, _ in needs):
                self.queues_of_pool[pool].append(queue)
        self.own_queues: list[list[int]] = [[] for _ in net.pools]  # queues whose first choice needs the pool
        for queue, options in enumerate(self.alternatives):
            for pool, _ in options[0][1]:
                self.own_queues[pool].append(queue)
        self.touched: set[int] = set()  # queues whose head may have become servable
        self.serving = False
        self.knot_check = False
        self.keeping_beds = 0  # requests of patients who hold a bed while they wait
        self.rounds: list[list[Request]] = [[] for _ in net.calendars]
        self.batches: dict[int, list[Request]] = {}
        self.due: dict[tuple[int, int], dict[int, None]] = {}  # batches to look at, by phase and time
        self.expiring: dict[int, list[Request]] = {}

    # -- the log ------------------------------------------------------------------------------------

    def write(
        self, patient: Patient, event: Event, node: int = -1, *, visit: int = -1, pool: int = -1, units: int = 0,
        detail: int = -1,
    ) -> None:  # fmt: skip
        step = self.step[node] if node >= 0 else -1
        row = (
            patient.pathway,
            patient.number,
            patient.sequence,
            self.env.now,
            event,
            step,
            visit,
            pool,
            units,
            detail,
        )
        self.rows.append(row)  # type: ignore[arg-type]
        patient.sequence += 1

    # -- pools --------------------------------------------------------------------------------------

    def take(self, patient: Patient, node: int, visit: int, pool: int, units: int) -> None:
        self.pools[pool].take(self.now, units)
        self.write(patient, Event.TAKE, node, visit=visit, pool=pool, units=units)

    def give(self, patient: Patient, node: int, visit: int, pool: int, units: int) -> None:
        self.pools[pool].give(self.now, units)
        self.write(patient, Event.GIVE, node, visit=visit, pool=pool, units=units)
        self.touch(pool)

    def touch(self, pool: int) -> None:
        """Look again at the queues that could use a pool: it may have room."""
        for queue in self.queues_of_pool[pool]:
            if self.queues[queue]:
                self.touched.add(queue)
                self.call_service()

    @property
    def now(self) -> int:
        return self.env.now  # type: ignore[return-value]  # whole milliseconds: every delay is an int

    def free_beds(self, patient: Patient, *, also_held: bool) -> None:
        """Give back the beds whose stay is over; at the next bed or on leaving, those kept with `hold` too."""
        for node, then in list(patient.over.items()):
            if also_held or then is Then.UNTIL_NEXT_BED:
                self.give_bed(patient, node)

    def give_bed(self, patient: Patient, node: int) -> None:
        patient.over.pop(node, None)
        pool, visit = patient.stays.pop(node)
        self.give(patient, node, visit, pool, 1)

    # -- queues and service -------------------------------------------------------------------------

    def ask(self, patient: Patient, node: int) -> Request:
        step = self.step[node]
        visit = patient.visits.get(step, 0)
        patient.visits[step] = visit + 1
        now = self.now
        key = (now, patient.pathway, patient.number, visit)
        request = Request(patient, node, self.queue[node], now, visit, simpy.Event(self.env), key)
        if self.refuse:
            request.refused = (step, patient.number, visit) in self.refuse
        self.write(patient, Event.ASK, node, visit=visit)
        self.waiting[step].change(now, +1)
        return request

    def join(self, request: Request) -> None:
        """Stand in the queue, and say until when."""
        if self.patience[request.node] >= 0:
            wait = self.draws.number(self.patience[request.node], request.patient.slot, request.visit)
            expires = self.now + wait
            if expires not in self.expiring:
                self.expiring[expires] = []
                _at(self.env, GIVE_UP, lambda _: self.give_up_at(expires), wait)
            self.expiring[expires].append(request)
        if request.refused:
            return
        heapq.heappush(self.queues[request.queue], (request.key, next(self.count), request))
        for after, _ in self.alternatives[request.queue]:
            if after:
                _at(self.env, FLOW, lambda _: self.look_again(request), after)
        self.touched.add(request.queue)
        self.call_service()
        if self.net.can_knot and request.patient.stays:
            request.keeps_bed = True
            self.keeping_beds += 1
            self.call_knot_check()

    def look_again(self, request: Request) -> None:
        if request.waiting:
            self.touched.add(request.queue)
            self.call_service()

    def call_service(self) -> None:
        if not self.serving:
            self.serving = True
            _at(self.env, SERVE, lambda _: self.serve())

    def head(self, queue: int) -> Request | None:
        line = self.queues[queue]
        while line and not line[0][2].waiting:
            heapq.heappop(line)
        return line[0][2] if line else None

    def serve(self) -> None:
        """Examine the heads of queues in service order; the first that can have everything takes it; start again."""
        granted = True
        while granted:
            granted = False
            heads = [r for r in map(self.head, self.touched) if r is not None]
            if len(heads) > 1:
                heads.sort(key=lambda r: r.key)
            for request in heads:
                if self.grant_if_possible(request):
                    granted = True
                    break
        self.touched.clear()
        self.serving = False  # only now: what the loop itself touches, it looks at again
        self.call_knot_check()

    def grant_if_possible(self, request: Request) -> bool:
        for choice, (after, needs) in enumerate(self.alternatives[request.queue]):
            if after and self.now - request.asked < after:
                continue
            for pool, units in needs:
                if not self.pools[pool].has_room(units) or (choice and self.own_patient_comes_first(pool)):
                    break
            else:
                self.grant(request, choice)
                return True
        return False

    def own_patient_comes_first(self, pool: int) -> bool:
        """Return whether somebody whose first choice needs the pool could have everything now."""
        for queue in self.own_queues[pool]:
            needs = self.alternatives[queue][0][1]
            if self.head(queue) is not None and all(self.pools[p].has_room(units) for p, units in needs):
                return True
        return False

    def grant(self, request: Request, choice: int) -> None:
        self.stop_waiting(request)
        request.taken = choice
        patient, node = request.patient, request.node
        stay = self.kind[node] == Kind.STAY
        if stay:
            self.free_beds(patient, also_held=True)
        for pool, units in self.alternatives[request.queue][choice][1]:
            self.take(patient, node, request.visit, pool, units)
            if stay:
                patient.stays[node] = (pool, request.visit)
        self.write(patient, Event.BEGIN, node, visit=request.visit)
        request.granted.succeed()

    def stop_waiting(self, request: Request) -> None:
        request.waiting = False
        self.keeping_beds -= request.keeps_bed
        self.waiting[self.step[request.node]].change(self.now, -1)
        if request.queue >= 0 and not request.refused:
            self.touched.add(request.queue)
            self.call_service()

    def give_up_at(self, time: int) -> None:
        for request in self.expiring.pop(time):
            if request.waiting:
                self.stop_waiting(request)
                self.write(request.patient, Event.GIVE_UP, request.node, visit=request.visit)
                request.granted.succeed()

    # -- rotas, rounds and batches ------------------------------------------------------------------

    def rota(self, code: int) -> Generator[simpy.Event, Any, None]:
        pool = self.pools[code]
        for time, number in pool.changes():
            if time > self.now:
                yield self.env.timeout(time - self.now)
            pool.set_number(self.now, number)
            self.touch(code)
            self.call_knot_check()

    def openings(self) -> Generator[simpy.Event, Any, None]:
        """Hold all rounds of an instant at once: who joins because of one waits for the next of any other."""
        net = self.net
        times: dict[int, list[tuple[int, int]]] = {}
        for calendar, (first, count) in enumerate(zip(net.opening_first, net.opening_count, strict=True)):
            for opening in range(first, first + count):
                places = int(net.opening_places[opening])
                times.setdefault(int(net.opening_time[opening]), []).append((calendar, places))
        for time in sorted(times):
            if time > self.now:
                yield self.env.timeout(time - self.now)
            calendars = times[time]
            _at(self.env, OPEN, lambda _, held=calendars: self.hold_rounds(held))  # type: ignore[misc]

    def hold_rounds(self, calendars: list[tuple[int, int]]) -> None:
        for calendar, places in calendars:
            line = sorted(self.rounds[calendar], key=lambda r: r.key)
            seen = line if places < 0 else line[:places]
            self.rounds[calendar] = line[len(seen) :]
            for request in seen:
                self.see(request)

    def see(self, request: Request) -> None:
        self.stop_waiting(request)
        self.write(request.patient, Event.BEGIN, request.node, visit=request.visit)
        request.granted.succeed()

    def gather(self, request: Request) -> None:
        """Join a batch; whether it is full is settled when everybody of this instant has joined."""
        line = self.batches.setdefault(request.node, [])
        line.append(request)
        self.release_at(BATCH, request.node, 0)
        if (at_most := int(self.net.at_most[request.node])) >= 0:
            self.release_at(CLOCK, request.node, at_most)

    def release_at(self, phase: int, node: int, delay: int) -> None:
        """Look at a batch in a phase; all batches of one phase of an instant are released at once."""
        when = (phase, self.now + delay)
        if when not in self.due:
            self.due[when] = {}

            def act(_: object) -> None:
                for batch in self.due.pop(when):
                    self.release(batch, by_clock=phase == CLOCK)

            _at(self.env, phase, act, delay)
        self.due[when][node] = None

    def release(self, node: int, *, by_clock: bool) -> None:
        """Release whole batches, the oldest first; by the clock, all, if the oldest has waited long enough."""
        line = sorted(self.batches[node], key=lambda r: r.key)
        full = len(line) // int(self.net.number[node]) * int(self.net.number[node])
        left = line[full:]
        if by_clock and left and self.now - left[0].asked >= int(self.net.at_most[node]):
            full = len(line)
        self.batches[node] = line[full:]
        for request in line[:full]:
            self.see(request)

    # -- knots --------------------------------------------------------------------------------------

    def call_knot_check(self) -> None:
        if self.keeping_beds and not self.knot_check:
            self.knot_check = True
            _at(self.env, SWAP, lambda _: self.untie())

    def untie(self) -> None:
        """When every place of some pools is held by patients who wait only for those pools, exchange beds."""
        self.knot_check = False
        blocked = sorted(
            (r for line in self.queues for *_, r in line if r.waiting and self.kind[r.node] == Kind.STAY),
            key=lambda r: r.key,
        )
        wants = [
            [
                (pool, self.now - r.asked >= after)
                for after, needs in self.alternatives[r.queue]
                for pool, _ in needs
            ]
            for r in blocked
        ]
        holds = [[pool for pool, _ in r.patient.stays.values()] for r in blocked]
        gives = [[r.patient.stays[node][0] for node in r.patient.over] for r in blocked]
        full = {code: pool.held for code, pool in enumerate(self.pools) if not pool.has_room(1)}
        stuck = knotted(wants, holds, full)
        cycle = first_cycle(wants, gives, stuck)
        # a pool that is shut may open again, so waiting for it alone is no knot
        for_ever = cycle or knotted(wants, holds, {pool: held for pool, held in full.items() if held})
        if not self.net.swap and for_ever:
            names = ", ".join(
                f"patient {blocked[i].patient.number} waiting for {self.name(blocked[i].node)}"
                for i in stuck
                if holds[i]
            )
            raise RunError(
                f"{self.when()}: patients wait for each other's beds and none can move ({names}); "
                "add a bed, free beds with 'then: release', or allow 'swap: first cycle'"
            )
        if cycle:
            self.exchange([(blocked[i], pool) for i, pool in cycle])
            self.call_knot_check()

    def exchange(self, cycle: list[tuple[Request, int]]) -> None:
        for request, _ in cycle:
            self.stop_waiting(request)
            self.write(request.patient, Event.SWAP, request.node, visit=request.visit)
            self.free_beds(request.patient, also_held=True)
        for request, pool in cycle:
            self.take(request.patient, request.node, request.visit, pool, 1)
            request.taken = 0
            request.patient.stays[request.node] = (pool, request.visit)
            self.write(request.patient, Event.BEGIN, request.node, visit=request.visit)
            request.granted.succeed()

    # -- patients -----------------------------------------------------------------------------------

    def arrivals(self) -> Generator[simpy.Event, Any, None]:
        draws = self.draws
        columns = (draws.pathway, draws.patient, draws.time, draws.slot)
        for pathway, number, time, slot in zip(*(c.tolist() for c in columns), strict=True):
            if (pathway, number) in self.skip:
                continue
            if time > self.now:
                yield self.env.timeout(time - self.now)
            self.env.process(self.journey(Patient(pathway, number, slot)))

    def journey(self, patient: Patient) -> Generator[simpy.Event, Any, None]:
        """Take one patient from node to node until they leave."""
        self.arrived[patient.pathway] += 1
        self.inside[patient.pathway].change(self.now, +1)
        self.write(patient, Event.ARRIVE)
        node = int(self.net.entry[patient.pathway])
        while node >= 0:
            self.count_move(patient, node)
            kind = self.kind[node]
            if kind in PASSING:
                node = PASSING[kind](self, patient, node)
            else:
                node = yield from WAITING[kind](self, patient, node)
        self.inside[patient.pathway].change(self.now, -1)
        self.left[patient.pathway] += 1

    def count_move(self, patient: Patient, node: int) -> None:
        if patient.moved_at != self.now:
            patient.moved_at, patient.moves = self.now, 0
        patient.moves += 1
        if patient.moves > MOST_MOVES:
            raise RunError(
                f"{self.when()}: patient {patient.number} of {self.net.pathways[patient.pathway]} made {MOST_MOVES:,} "
                f"moves without any time passing, the last at {self.name(node)}; give a step of that loop a duration"
            )

    def name(self, node: int) -> str:
        if self.step[node] < 0:
            return "a go_to"
        step = self.net.steps[self.step[node]]
        return f"'{step.pathway}/{step.name}'"

    def when(self) -> str:
        return f"{clock(self.net.start, self.now):%a %d %b %Y %H:%M}"

    def run(self) -> None:
        for code, pool in enumerate(self.pools):
            if pool.changing:
                self.env.process(self.rota(code))
        self.env.process(self.openings())
        self.env.process(self.arrivals())
        if self.net.end > 0:
            self.env.run(until=self.net.end)


def run_simpy(network: Network, draws: Draws, replay: Replay | None = None) -> EventLog:
    """Return the event log of a network and its draws, by SimPy."""
    hospital = Hospital(network, draws, replay)
    hospital.run()
    return event_log(network, hospital)
