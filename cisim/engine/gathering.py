"""Rounds, which come at their openings, and batches, which gather."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any

import simpy

from cisim.engine.agenda import BATCH, CLOCK, OPEN
from cisim.engine.patients import Request
from cisim.eventlog import Event

if TYPE_CHECKING:
    from cisim.engine.simpy_engine import Hospital

__all__ = ["Batches", "Rounds"]


class Rounds:
    """Those who wait for the openings of calendars."""

    def __init__(self, hospital: Hospital) -> None:
        self.h = hospital
        self.lines: list[list[Request]] = [[] for _ in hospital.net.calendars]

    def join(self, request: Request) -> None:
        """Wait for the next opening."""
        self.lines[self.h.plan.calendar[request.node]].append(request)

    def openings(self) -> Generator[simpy.Event, Any, None]:
        """Hold all rounds of an instant at once: who joins because of one waits for the next of any other."""
        net, env = self.h.net, self.h.env
        times: dict[int, list[tuple[int, int]]] = {}
        for calendar, (first, count) in enumerate(zip(net.opening_first, net.opening_count, strict=True)):
            for opening in range(first, first + count):
                places = int(net.opening_places[opening])
                times.setdefault(int(net.opening_time[opening]), []).append((calendar, places))
        for time in sorted(times):
            if time > self.h.now:
                yield env.timeout(time - self.h.now)
            self.h.agenda.at(OPEN, partial(self.hold, times[time]))

    def hold(self, openings: list[tuple[int, int]], _: object) -> None:
        """See the first of each line; unused places lapse."""
        for calendar, places in openings:
            line = [r for r in self.lines[calendar] if r.waiting]
            for request in line:
                self.h.ageing.age(request)
            line.sort(key=lambda r: r.key)
            seen = line if places < 0 else line[:places]
            self.lines[calendar] = line[len(seen) :]
            for request in seen:
                self.h.see(request)


class Batches:
    """Those who gather."""

    def __init__(self, hospital: Hospital) -> None:
        self.h = hospital
        self.lines: dict[int, list[Request]] = {}
        self.due: dict[tuple[int, int], set[int]] = {}  # batches to look at, by phase and time

    def join(self, request: Request) -> None:
        """Gather; whether the batch is full is settled when everybody of this instant has joined."""
        node = request.node
        self.lines.setdefault(node, []).append(request)
        self.look_at(BATCH, node, 0)
        at_most = self.h.plan.at_most[node]
        if at_most >= 0:
            self.look_at(CLOCK, node, self.h.until(request.asked + at_most))

    def look_at(self, phase: int, node: int, delay: int) -> None:
        """Look at a batch in a phase; all batches of one phase of an instant are released at once."""
        when = (phase, self.h.now + delay)
        if when not in self.due:
            self.due[when] = set()
            self.h.agenda.at(phase, partial(self.release_all, when), delay)
        self.due[when].add(node)

    def release_all(self, when: tuple[int, int], _: object) -> None:
        """Release what is due in a phase, in the order of the steps."""
        for node in sorted(self.due.pop(when), key=lambda n: (self.h.plan.step[n], n)):
            self.release(node, by_clock=when[0] == CLOCK)

    def release(self, node: int, *, by_clock: bool) -> None:
        """Release whole batches, the oldest first; by the clock, all, if the oldest has waited long enough."""
        number, at_most = self.h.plan.number[node], self.h.plan.at_most[node]
        line = sorted(self.lines[node], key=lambda r: r.key[1:])
        full = len(line) // number * number
        if by_clock and full < len(line) and self.h.now - line[full].asked >= at_most:
            full = len(line)
        self.lines[node] = line[full:]
        for first in range(0, full, number):
            self.let_go(line[first : min(first + number, full)])

    def let_go(self, group: list[Request]) -> None:
        """Let a batch go on; one that is served together stands in its queue, as its oldest."""
        oldest = group[0]
        if oldest.queue >= 0:
            oldest.members = tuple(group[1:])
            self.h.service.stand(oldest)
        else:
            for request in group:
                self.h.see(request)

    def end(self, request: Request) -> None:
        """End the service of a batch for one of them; with the oldest it ends for all."""
        h = self.h
        if request.taken >= 0:
            h.service.end(request)
            for member in request.members:
                h.go_on(member)
        else:
            h.write(request.patient, Event.END, request.node, visit=request.visit)
