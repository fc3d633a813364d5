"""The steps of the reference engine: a function each, returning the node that comes next.

A step where time may pass is a generator that yields the SimPy event it waits for (`WAITING`); one where none can
is a plain function (`PASSING`). This is where a researcher adds a step.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import simpy

from cisim.eventlog import Event
from cisim.network import Kind, Then

if TYPE_CHECKING:
    from cisim.engine.simpy_engine import Hospital, Patient

__all__ = ["PASSING", "WAITING"]

Steps = Generator[simpy.Event, Any, int]


def activity(h: Hospital, patient: Patient, node: int) -> Steps:
    """Ask for everything at once, hold it for the drawn time."""
    h.free_beds(patient, also_held=False)
    request = h.ask(patient, node)
    h.join(request)
    yield request.granted
    if request.taken < 0:
        return h.aside[node]
    yield h.env.timeout(h.draws.number(h.duration[node], patient.slot, request.visit))
    h.write(patient, Event.END, node, visit=request.visit)
    for pool, units in h.alternatives[request.queue][request.taken][1]:
        h.give(patient, node, request.visit, pool, units)
    return h.next[node]


def stay(h: Hospital, patient: Patient, node: int) -> Steps:
    """Ask for a bed, keeping the one from before; the steps inside follow, then READY."""
    request = h.ask(patient, node)
    h.join(request)
    yield request.granted
    if request.taken < 0:
        return h.aside[node]
    return h.next[node]


def ready(h: Hospital, patient: Patient, node: int) -> int:
    """End a stay: from now on its bed is blocked, until it is given back."""
    bed = h.body[node]
    then = Then(int(h.net.then[node]))
    h.write(patient, Event.READY, bed, visit=patient.stays[bed][1])
    if then is Then.RELEASE:
        h.give_bed(patient, bed)
    else:
        patient.over[bed] = then
    return h.next[node]


def round_(h: Hospital, patient: Patient, node: int) -> Steps:
    """Wait for the next opening of the calendar."""
    h.free_beds(patient, also_held=False)
    request = h.ask(patient, node)
    h.rounds[int(h.net.calendar[node])].append(request)
    yield request.granted
    return h.next[node]


def batch(h: Hospital, patient: Patient, node: int) -> Steps:
    """Wait until enough are gathered, or long enough has passed."""
    h.free_beds(patient, also_held=False)
    request = h.ask(patient, node)
    h.gather(request)
    yield request.granted
    return h.next[node]


def delay(h: Hospital, patient: Patient, node: int) -> Steps:
    """Let time pass."""
    h.free_beds(patient, also_held=False)
    step = h.step[node]
    visit = patient.visits.get(step, 0)
    patient.visits[step] = visit + 1
    h.write(patient, Event.BEGIN, node, visit=visit)
    yield h.env.timeout(h.draws.number(h.duration[node], patient.slot, visit))
    h.write(patient, Event.END, node, visit=visit)
    return h.next[node]


def branch(h: Hospital, patient: Patient, node: int) -> int:
    """Take a way, by chance or by an attribute."""
    step = h.step[node]
    visit = patient.visits.get(step, 0)
    patient.visits[step] = visit + 1
    attribute = int(h.net.attribute[node])
    if attribute >= 0:
        way = int(h.attributes[attribute][patient.slot])
    else:
        way = h.draws.number(h.way[node], patient.slot, visit)
    way += h.first_way[node]
    h.write(patient, Event.WAY, node, visit=visit, detail=h.way_detail[way])
    return h.way_node[way]


def partial(h: Hospital, patient: Patient, node: int) -> int:
    """Go the changed or the original way, as the patient is reached by the change or not."""
    return h.way_node[h.first_way[node] + h.draws.number(h.way[node], patient.slot, 0)]


def pass_on(h: Hospital, _patient: Patient, node: int) -> int:
    """Go on elsewhere."""
    return h.next[node]


def repeat(h: Hospital, patient: Patient, node: int) -> int:
    """Draw how often, and go into the body if at least once."""
    step = h.step[node]
    visit = patient.visits.get(step, 0)
    patient.visits[step] = visit + 1
    patient.left_to_do[node] = h.draws.number(h.way[node], patient.slot, visit)
    return h.next[node] if patient.left_to_do[node] > 0 else h.aside[node]


def again(h: Hospital, patient: Patient, node: int) -> int:
    """Do the body again, or go on."""
    begin = h.body[node]
    patient.left_to_do[begin] -= 1
    return h.aside[node] if patient.left_to_do[begin] > 0 else h.next[node]


def leave(h: Hospital, patient: Patient, node: int) -> int:
    """Give everything back and go."""
    for held in list(patient.stays):
        h.give_bed(patient, held)
    h.write(patient, Event.LEAVE, node, detail=int(h.net.outcome[node]))
    return -1


WAITING: dict[int, Callable[[Hospital, Patient, int], Steps]] = {
    Kind.ACTIVITY: activity,
    Kind.STAY: stay,
    Kind.ROUND: round_,
    Kind.BATCH: batch,
    Kind.DELAY: delay,
}
PASSING: dict[int, Callable[[Hospital, Patient, int], int]] = {
    Kind.READY: ready,
    Kind.BRANCH: branch,
    Kind.REPEAT: repeat,
    Kind.AGAIN: again,
    Kind.LEAVE: leave,
    Kind.PARTIAL: partial,
    Kind.PASS: pass_on,
}
