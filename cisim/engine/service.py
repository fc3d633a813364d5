"""Queues and service: who is served next, and what with.

Requests with the same needs, in the same alternatives, form one queue. The heads of the queues are looked at in
the order of service; the first that can have everything takes it, and looking starts again. Who cannot holds
nothing and delays nobody, unless the step says `reserve`: then its needs are set aside from those looked at later.
"""

from __future__ import annotations

import heapq
import itertools
from functools import partial
from typing import TYPE_CHECKING

from cisim.engine.agenda import FLOW, SERVE
from cisim.engine.patients import Key, Request
from cisim.engine.preempting import victims
from cisim.eventlog import Event
from cisim.network import Kind

if TYPE_CHECKING:
    from cisim.engine.simpy_engine import Hospital

__all__ = ["Service"]


class Service:
    """The queues of a run, and who is being served."""

    def __init__(self, hospital: Hospital) -> None:
        self.h = hospital
        plan = hospital.plan
        self.plan = plan
        self.alternatives = plan.alternatives
        # heaps; the count settles what has no order: entries that are no longer true and that nobody took away
        self.lines: list[list[tuple[Key, int, Request]]] = [[] for _ in self.alternatives]
        self.count = itertools.count()
        self.queues_of_pool: list[list[int]] = [[] for _ in hospital.pools]
        self.own_queues: list[list[int]] = [[] for _ in hospital.pools]  # whose first choice needs the pool
        for queue, options in enumerate(self.alternatives):
            for pool in dict.fromkeys(p for _, needs in options for p, _ in needs):
                self.queues_of_pool[pool].append(queue)
            for pool, _ in options[0][1]:
                self.own_queues[pool].append(queue)
        self.touched: set[int] = set()  # queues whose head may have become servable
        self.called = False
        self.thorough, self.interrupts = plan.thorough, plan.interrupts
        self.running: dict[Request, None] = {}  # activities that somebody could interrupt

    # -- who stands where ---------------------------------------------------------------------------

    def stand(self, request: Request) -> None:
        """Put a request in its queue; later alternatives are looked at when their time has come."""
        self.move_up(request)
        if self.plan.later[request.queue] and request.begun < 0:
            for after in self.plan.later[request.queue]:
                self.h.agenda.at(FLOW, partial(self.look_again, request), self.h.until(request.asked + after))

    def move_up(self, request: Request) -> None:
        """Put a request where its key says; an earlier entry of it counts no longer."""
        heapq.heappush(self.lines[request.queue], (request.key, next(self.count), request))
        self.look_at(request.queue)

    def look_again(self, request: Request, _: object) -> None:
        """Look at a queue again: an alternative has come open to somebody in it."""
        if request.waiting:
            self.look_at(request.queue)

    def look_at(self, queue: int) -> None:
        """Look at a queue when service comes: its head may have become servable."""
        self.touched.add(queue)
        if not self.called:
            self.called = True
            self.h.agenda.at(SERVE, self.serve)

    def touch(self, pool: int) -> None:
        """Look at the queues that could use a pool: it may have room."""
        for queue in self.queues_of_pool[pool]:
            if self.lines[queue]:
                self.look_at(queue)

    def head(self, queue: int) -> Request | None:
        """Return the first of a queue, dropping those who wait no longer or with another priority."""
        line = self.lines[queue]
        while line and not (line[0][2].waiting and line[0][0] is line[0][2].key):
            heapq.heappop(line)
        return line[0][2] if line else None

    # -- service ------------------------------------------------------------------------------------

    def serve(self, _: object) -> None:
        """Serve one after the other until nobody can be."""
        while self.serve_one():
            pass
        self.touched.clear()
        self.called = False  # only now: what the loop itself touches, it looks at again
        self.h.swaps.call()

    def serve_one(self) -> bool:
        """Look at the heads of queues in order of service; the first that can have everything takes it."""
        queues = range(len(self.lines)) if self.thorough else self.touched
        heads = [r for r in map(self.head, queues) if r]
        if len(heads) > 1:
            heads.sort(key=lambda r: r.key)
        aside: dict[int, int] = {}  # units set aside, by pool, for those looked at before
        for request in heads:
            if self.grant_if_possible(request, aside):
                return True
            if self.plan.reserve[request.node] == 1 and not request.homeward:
                for pool, units in self.alternatives[request.queue][0][1]:
                    aside[pool] = aside.get(pool, 0) + units
        return False

    def grant_if_possible(self, request: Request, aside: dict[int, int]) -> bool:
        """Grant the first alternative that is open and has room, else one that may be made room for."""
        for choice, (after, needs) in enumerate(self.alternatives[request.queue]):
            if after and self.h.now - request.asked < after:
                continue
            for pool, units in needs:
                if not self.has_room(pool, units, aside) or (choice and self.own_patient_comes_first(pool)):
                    break
            else:
                self.grant(request, choice)
                return True
        if self.interrupts and self.plan.preempts[request.node] == 1 and not request.homeward:
            return self.make_room(request, aside)
        return False

    def has_room(self, pool: int, units: int, aside: dict[int, int]) -> bool:
        """Return whether so many more may be held, what is set aside counted as held."""
        return self.h.pools[pool].has_room(units + aside.get(pool, 0) if aside else units)

    def own_patient_comes_first(self, pool: int) -> bool:
        """Return whether somebody whose first choice needs the pool could have everything now."""
        for queue in self.own_queues[pool]:
            needs = self.alternatives[queue][0][1]
            if self.head(queue) is not None and all(self.h.pools[p].has_room(units) for p, units in needs):
                return True
        return False

    def grant(self, request: Request, choice: int) -> None:
        """Hand over everything at once."""
        h, patient, node = self.h, request.patient, request.node
        needs = self.alternatives[request.queue][choice][1]
        if request.homeward:
            h.beds.bring_home(request, needs[0][0])
            return
        h.stop_waiting(request)
        request.taken = choice
        if self.plan.kind[node] == Kind.STAY:
            h.beds.free(patient, also_held=True)
            h.beds.lie(patient, node, request.visit, needs[0][0])
            h.write(patient, Event.BEGIN, node, visit=request.visit)
            h.go_on(request)
            return
        for pool, units in needs:
            h.take(patient, node, request.visit, pool, units)
        h.write(patient, Event.BEGIN if request.begun < 0 else Event.RESUME, node, visit=request.visit)
        for member in request.members:
            h.stop_waiting(member)
            h.write(member.patient, Event.BEGIN, node, visit=member.visit)
        self.run(request)

    # -- what is being served -----------------------------------------------------------------------

    def run(self, request: Request) -> None:
        """Let the time of an activity, or of a batch that is served together, pass."""
        h, now = self.h, self.h.now
        if request.begun < 0:
            request.whole = request.left = h.drawn(self.plan.duration[request.node], request)
        request.begun = now
        request.ends = now + request.left
        act = request.over.come
        if self.interrupts and self.plan.kind[request.node] == Kind.ACTIVITY:
            self.running[request] = None
            act = partial(self.time_is_over, request, request.run)
        h.agenda.flow(request.ends, request.patient.order, act)

    def time_is_over(self, request: Request, run: int, _: object) -> None:
        """End what could have been interrupted, unless it has been."""
        if request.run == run:
            del self.running[request]
            request.over.come()

    def end(self, request: Request) -> None:
        """Write the end of what was served, and give everything back."""
        h, patient, node = self.h, request.patient, request.node
        h.write(patient, Event.END, node, visit=request.visit)
        for pool, units in self.alternatives[request.queue][request.taken][1]:
            h.give(patient, node, request.visit, pool, units)

    # -- interruption -------------------------------------------------------------------------------

    def make_room(self, request: Request, aside: dict[int, int]) -> bool:
        """Interrupt less urgent activities, if that makes room for one of the open alternatives."""
        for choice, (after, needs) in enumerate(self.alternatives[request.queue]):
            if after and self.h.now - request.asked < after:
                continue
            if choice and any(self.own_patient_comes_first(pool) for pool, _ in needs):
                continue
            found = victims(request, needs, aside, self)
            if found:
                for victim in found:
                    self.interrupt(victim)
                self.grant(request, choice)
                return True
        return False

    def holds(self, request: Request) -> list[tuple[int, int]]:
        """Return what somebody who is being served holds: pools and units."""
        return self.alternatives[request.queue][request.taken][1]

    def interrupt(self, request: Request) -> None:
        """Take everything back; the patient stands in the queue again, at the old place."""
        h = self.h
        del self.running[request]
        h.write(request.patient, Event.INTERRUPT, request.node, visit=request.visit)
        for pool, units in self.holds(request):
            h.give(request.patient, request.node, request.visit, pool, units, turned=False)
        request.left = request.whole if self.plan.restart[request.node] == 1 else request.ends - h.now
        request.run += 1
        request.waiting = True
        h.waiting[request.step].change(h.now, +1)
        self.stand(request)
