"""Patients who wait for each other's beds exchange them, when nothing else can move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.engine.agenda import SWAP
from cisim.engine.knots import first_cycle, knotted
from cisim.engine.patients import Request
from cisim.errors import RunError
from cisim.eventlog import Event

if TYPE_CHECKING:
    from cisim.engine.simpy_engine import Hospital

__all__ = ["Swaps"]


class Swaps:
    """The look for knots, last but for those who leave a queue unserved."""

    def __init__(self, hospital: Hospital) -> None:
        self.h = hospital
        self.called = False
        self.keeping_beds = 0  # requests for a bed of patients who hold one while they wait

    def start(self, request: Request) -> None:
        """Note that somebody in a bed asks for another; a part of an `all_of` is never in a knot."""
        patient = request.patient
        if patient.stays and not patient.track and self.h.plan.is_stay(request.node):
            request.keeps_bed = True
            self.keeping_beds += 1
            self.call()

    def call(self) -> None:
        """Look for a knot when nobody can be served."""
        if self.keeping_beds and not self.called:
            self.called = True
            self.h.agenda.at(SWAP, self.untie)

    def blocked(self) -> list[Request]:
        """Return who waits for a bed, in the order of service."""
        lines = self.h.service.lines
        waiting = [
            r
            for line in lines
            for key, _, r in line
            if r.waiting
            and key is r.key
            and self.h.plan.is_stay(r.node)
            and not r.homeward
            and not r.patient.track
        ]
        return sorted(waiting, key=lambda r: r.key)

    def untie(self, _: object) -> None:
        """When every place of some pools is held by patients who wait only for those pools, exchange beds."""
        h = self.h
        self.called = False
        blocked = self.blocked()
        wants = [
            [
                (pool, h.now - r.asked >= after)
                for after, needs in h.plan.alternatives[r.queue]
                for pool, _ in needs
            ]
            for r in blocked
        ]
        holds = [[pool for pool, _ in r.patient.stays.values()] for r in blocked]
        gives = [[r.patient.stays[node][0] for node in r.patient.over] for r in blocked]
        full = {code: pool.held for code, pool in enumerate(h.pools) if pool.full}
        stuck = knotted(wants, holds, full)
        cycle = first_cycle(wants, gives, stuck)
        # a pool that is shut may open again, so waiting for it alone is no knot
        for_ever = cycle or knotted(wants, holds, {pool: held for pool, held in full.items() if held})
        if not h.net.swap and for_ever:
            names = ", ".join(
                f"patient {blocked[i].patient.number} waiting for {h.name(blocked[i].node)}"
                for i in stuck
                if holds[i]
            )
            raise RunError(
                f"{h.when()}: patients wait for each other's beds and none can move ({names}); "
                "add a bed, free beds with 'then: release', or allow 'swap: first cycle'"
            )
        if cycle:
            self.exchange([(blocked[i], pool) for i, pool in cycle])
            self.call()

    def exchange(self, cycle: list[tuple[Request, int]]) -> None:
        """Let each take a place from the next; what is exchanged is not turned round."""
        h = self.h
        for (request, _), (_, wanted) in zip(cycle, cycle[-1:] + cycle[:-1], strict=True):
            patient = request.patient
            h.stop_waiting(request)
            h.write(patient, Event.SWAP, request.node, visit=request.visit)
            exchanged = next(
                node for node, (pool, _) in patient.stays.items() if node in patient.over and pool == wanted
            )
            for node in list(patient.over):
                h.beds.give(patient, node, turned=node != exchanged)
        for request, pool in cycle:
            request.taken = 0
            h.beds.lie(request.patient, request.node, request.visit, pool)
            h.write(request.patient, Event.BEGIN, request.node, visit=request.visit)
            h.go_on(request)
