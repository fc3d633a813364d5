"""The steps of the reference engine: a function each, returning the node that comes next.

A step where time may pass is a generator that yields the SimPy event it waits for (`WAITING`); one where none can
is a plain function (`PASSING`). This is where a step is added; a step for one study alone need not stand here:
`cisim.engine.own_step` registers it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import simpy

from cisim.engine.agenda import Turn
from cisim.engine.own import OWN_STEPS
from cisim.engine.patients import Parts, Patient
from cisim.eventlog import Event
from cisim.network import Kind, Then

if TYPE_CHECKING:
    from cisim.engine.simpy_engine import Hospital

__all__ = ["PASSING", "WAITING"]

Steps = Generator[simpy.Event, Any, int]


def activity(h: Hospital, patient: Patient, node: int) -> Steps:
    """Ask for everything at once, hold it for the drawn time."""
    h.beds.free(patient, also_held=False)
    request = h.ask(patient, node)
    h.join(request)
    yield request.over
    if request.taken >= 0:
        h.service.end(request)
    return request.then


def stay(h: Hospital, patient: Patient, node: int) -> Steps:
    """Ask for a bed, keeping the one from before; the steps inside follow, then READY."""
    request = h.ask(patient, node)
    h.join(request)
    yield request.over
    return request.then


def ready(h: Hospital, patient: Patient, node: int) -> int:
    """End a stay: from now on its bed is blocked, until it is given back."""
    h.beds.ready(patient, h.plan.body[node], Then(h.plan.then[node]))
    return h.plan.next[node]


def round_(h: Hospital, patient: Patient, node: int) -> Steps:
    """Wait for the next opening of the calendar."""
    h.beds.free(patient, also_held=False)
    request = h.ask(patient, node)
    h.patience.start(request)
    if not request.outside:
        h.rounds.join(request)
    yield request.over
    return request.then


def batch(h: Hospital, patient: Patient, node: int) -> Steps:
    """Wait until enough are gathered, or long enough has passed; be served together, where the batch says so."""
    h.beds.free(patient, also_held=False)
    request = h.ask(patient, node)
    h.batches.join(request)
    yield request.over
    if request.queue >= 0:
        h.batches.end(request)
    return request.then


def delay(h: Hospital, patient: Patient, node: int) -> Steps:
    """Let time pass."""
    h.beds.free(patient, also_held=False)
    visit = h.pass_by(patient, node)
    h.write(patient, Event.BEGIN, node, visit=visit)
    end = h.moment + h.draws.number(h.plan.duration[node], patient.slot, visit)
    yield h.wait(patient, h.until(end))
    h.write(patient, Event.END, node, visit=visit)
    return h.plan.next[node]


def own(h: Hospital, patient: Patient, node: int) -> Steps:
    """Do what a researcher has registered."""
    h.beds.free(patient, also_held=False)
    visit = h.pass_by(patient, node)
    h.write(patient, Event.BEGIN, node, visit=visit)
    yield from OWN_STEPS[h.net.details[h.plan.outcome[node]]](h, patient, node)
    h.write(patient, Event.END, node, visit=visit)
    return h.plan.next[node]


def all_of(h: Hospital, patient: Patient, node: int) -> Steps:
    """Do all parts at once; go on when the last is done."""
    plan = h.plan
    visit = h.pass_by(patient, node)
    h.write(patient, Event.BEGIN, node, visit=visit)
    first, count = plan.first_way[node], plan.ways[node]
    parts = Parts(patient, count, visit, Turn(h.env))
    h.parts[patient.pathway, patient.number, node] = parts
    for track, entry in enumerate(plan.way_node[first : first + count], start=1):
        h.set_out(patient.part(track), entry)
    yield parts.done
    return plan.next[node]


def join(h: Hospital, patient: Patient, node: int) -> int:
    """End a part; if it is the last, the patient goes on."""
    plan = h.plan
    whole = plan.body[node]
    key = (patient.pathway, patient.number, whole)
    parts = h.parts[key]
    parts.left -= 1
    if not parts.left:
        del h.parts[key]
        name = plan.way_detail[plan.first_way[whole] + plan.number[node]]
        h.write(patient, Event.END, whole, visit=parts.visit, detail=name)
        h.agenda.flow(h.now, parts.whole.order, parts.done.come)
    return -1


def branch(h: Hospital, patient: Patient, node: int) -> int:
    """Take a way, by chance or by an attribute."""
    visit = h.pass_by(patient, node)
    attribute = h.plan.attribute[node]
    if attribute >= 0:
        way = h.attributes[attribute][patient.slot]
    else:
        way = h.draws.number(h.plan.way[node], patient.slot, visit)
    way += h.plan.first_way[node]
    h.write(patient, Event.WAY, node, visit=visit, detail=h.plan.way_detail[way])
    return h.plan.way_node[way]


def partial(h: Hospital, patient: Patient, node: int) -> int:
    """Go the changed or the original way, as the patient is reached by the change or not."""
    return h.plan.way_node[h.plan.first_way[node] + h.draws.number(h.plan.way[node], patient.slot, 0)]


def pass_on(h: Hospital, _patient: Patient, node: int) -> int:
    """Go on elsewhere."""
    return h.plan.next[node]


def repeat(h: Hospital, patient: Patient, node: int) -> int:
    """Draw how often, and go into the body if at least once."""
    visit = h.pass_by(patient, node)
    patient.left_to_do[node] = h.draws.number(h.plan.way[node], patient.slot, visit)
    return h.plan.next[node] if patient.left_to_do[node] > 0 else h.plan.aside[node]


def again(h: Hospital, patient: Patient, node: int) -> int:
    """Do the body again, or go on."""
    begin = h.plan.body[node]
    patient.left_to_do[begin] -= 1
    return h.plan.aside[node] if patient.left_to_do[begin] > 0 else h.plan.next[node]


def leave(h: Hospital, patient: Patient, node: int) -> int:
    """Give everything back and go."""
    h.leave(patient, node)
    return -1


def comes_back(h: Hospital, patient: Patient, node: int) -> Steps:
    """Leave, and arrive again after a time, as a new spell."""
    visit = h.pass_by(patient, node)
    h.leave(patient, node)
    yield h.wait(patient, h.draws.number(h.plan.duration[node], patient.slot, visit))
    h.come_back(patient)
    return h.plan.next[node]


WAITING: dict[int, Callable[[Hospital, Patient, int], Steps]] = {
    Kind.ACTIVITY: activity,
    Kind.STAY: stay,
    Kind.ROUND: round_,
    Kind.BATCH: batch,
    Kind.DELAY: delay,
    Kind.ALL_OF: all_of,
    Kind.RETURN: comes_back,
    Kind.OWN: own,
}
PASSING: dict[int, Callable[[Hospital, Patient, int], int]] = {
    Kind.READY: ready,
    Kind.BRANCH: branch,
    Kind.REPEAT: repeat,
    Kind.AGAIN: again,
    Kind.LEAVE: leave,
    Kind.PARTIAL: partial,
    Kind.PASS: pass_on,
    Kind.JOIN: join,
}
