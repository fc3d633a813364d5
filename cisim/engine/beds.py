"""Beds: kept until the next one is granted, given back, and changed for one on the own ward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.engine.agenda import Turn
from cisim.engine.patients import Patient, Request
from cisim.eventlog import Event
from cisim.network import Then

if TYPE_CHECKING:
    from cisim.engine.simpy_engine import Hospital

__all__ = ["Beds"]


class Beds:
    """Who lies where, and until when."""

    def __init__(self, hospital: Hospital) -> None:
        self.h = hospital
        self.homeward: dict[tuple[int, int, int], Request] = {}  # by pathway, patient and node

    def lie(self, patient: Patient, node: int, visit: int, pool: int) -> None:
        """Take a bed; in one that is not the first choice, wait for that from now, where the stay says so."""
        h = self.h
        h.take(patient, node, visit, pool, 1)
        patient.stays[node] = (pool, visit)
        home = h.plan.home[node]
        if home >= 0 and pool != h.plan.alternatives[home][0][1][0][0]:
            step, now = h.plan.step[node], h.moment
            key = (h.priority(patient, node), now, patient.pathway, patient.number, visit, step)
            request = Request(patient, node, home, now, visit, key, Turn(h.env), then=-1)
            request.homeward = True
            self.homeward[patient.pathway, patient.number, node] = request
            h.service.stand(request)

    def bring_home(self, request: Request, pool: int) -> None:
        """Move to the first choice, within the stay."""
        h, patient, node = self.h, request.patient, request.node
        self.stop_waiting_for_home(patient, node)
        old, visit = patient.stays[node]
        h.write(patient, Event.MOVE, node, visit=visit)
        h.give(patient, node, visit, old, 1)
        h.take(patient, node, visit, pool, 1)
        patient.stays[node] = (pool, visit)

    def stop_waiting_for_home(self, patient: Patient, node: int) -> None:
        """Leave the queue for the first choice: the stay is over, or the patient is there."""
        request = self.homeward.pop((patient.pathway, patient.number, node), None)
        if request is not None:
            request.waiting = False
            self.h.service.look_at(request.queue)

    def ready(self, patient: Patient, node: int, then: Then) -> None:
        """End a stay: its bed is blocked from now on, unless it is released."""
        if self.homeward:
            self.stop_waiting_for_home(patient, node)
        self.h.write(patient, Event.READY, node, visit=patient.stays[node][1])
        if then is Then.RELEASE:
            self.give(patient, node)
        else:
            patient.over[node] = then

    def free(self, patient: Patient, *, also_held: bool) -> None:
        """Give back the beds whose stay is over; at the next bed or on leaving, those kept with `hold` too."""
        if patient.over:
            for node, then in list(patient.over.items()):
                if also_held or then is Then.UNTIL_NEXT_BED:
                    self.give(patient, node)

    def give(self, patient: Patient, node: int, *, turned: bool = True) -> None:
        """Give a bed back; it is turned round, unless it is exchanged for another."""
        if self.homeward:
            self.stop_waiting_for_home(patient, node)
        patient.over.pop(node, None)
        pool, visit = patient.stays.pop(node)
        self.h.give(patient, node, visit, pool, 1, turned=turned)

    def give_all(self, patient: Patient) -> None:
        """Give everything back, on leaving."""
        for node in list(patient.stays):
            self.give(patient, node)
