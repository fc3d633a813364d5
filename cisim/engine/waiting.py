"""What happens to those who wait: their patience ends, their priority ages, too many of them are turned away."""

from __future__ import annotations

from bisect import insort
from functools import partial
from typing import TYPE_CHECKING

from cisim.engine.agenda import FLOW, GIVE_UP, TURN_AWAY
from cisim.engine.patients import Request
from cisim.eventlog import Event

if TYPE_CHECKING:
    from cisim.engine.simpy_engine import Hospital

__all__ = ["Ageing", "Limits", "Patience"]

_GONE = 32  # so many who are gone may stand in a line before it is made anew


class Patience:
    """Those who will give up, by the time at which they do."""

    def __init__(self, hospital: Hospital) -> None:
        self.h = hospital
        self.ends: dict[int, list[Request]] = {}

    def start(self, request: Request) -> None:
        """Say until when somebody waits."""
        stream = self.h.plan.patience[request.node]
        if stream < 0:
            return
        delay = self.h.until(request.asked + self.h.drawn(stream, request))
        line = self.ends.get(self.h.now + delay)
        if line is None:
            self.ends[self.h.now + delay] = line = []
            self.h.agenda.at(GIVE_UP, self.give_up, delay)
        line.append(request)

    def give_up(self, _: object) -> None:
        """Let all leave their queue whose patience ends now, and who were never served."""
        h = self.h
        tired = [r for r in self.ends.pop(h.now) if r.waiting and r.begun < 0]
        for request in sorted(tired, key=lambda r: (r.patient.order, r.step)):
            h.stop_waiting(request)
            h.write(request.patient, Event.GIVE_UP, request.node, visit=request.visit)
            request.then = h.plan.aside[request.node]
            h.go_on(request)


class Ageing:
    """Priorities that get better with waiting."""

    def __init__(self, hospital: Hospital) -> None:
        self.h = hospital

    def age(self, request: Request) -> bool:
        """Give a request the priority that its wait so far has earned; return whether that is a better one."""
        since = request.key[1]
        steps = self.h.plan.ageing.get(request.node, ())
        best = min((to for after, to in steps if self.h.now >= since + after), default=request.key[0])
        if best >= request.key[0]:
            return False
        request.key = (best, *request.key[1:])
        return True

    def start(self, request: Request) -> None:
        """Age what is due, and look again whenever more is."""
        self.age(request)
        for after, _ in self.h.plan.ageing[request.node]:
            if request.asked + after > self.h.now:
                self.h.agenda.at(FLOW, partial(self.look, request), request.asked + after - self.h.now)

    def look(self, request: Request, _: object) -> None:
        """Stand at another place of the queue, if still waiting and never served."""
        if request.waiting and request.begun < 0 and self.age(request):
            self.h.service.move_up(request)


class Limits:
    """Steps at which only so many may wait."""

    def __init__(self, hospital: Hospital) -> None:
        self.h = hospital
        plan = hospital.plan
        self.lines: dict[int, list[Request]] = {
            step: [] for step in plan.limited
        }  # in order, some of them gone
        self.standing = dict.fromkeys(plan.limited, 0)  # how many are not
        limits = [(s, limit) for s, limit in zip(plan.step, plan.limit, strict=True) if limit >= 0]
        self.least = {step: min(limit for s, limit in limits if s == step) for step in plan.limited}
        self.look_at: set[int] = set()
        self.again: list[Request] = []  # whom a replay turns away again
        self.called = False

    def call(self) -> None:
        """Turn away when nobody can be served any more."""
        if not self.called:
            self.called = True
            self.h.agenda.at(TURN_AWAY, self.turn_away)

    def start(self, request: Request) -> None:
        """Count somebody who has joined."""
        request.counted = True
        line = self.lines[request.step]
        insort(line, request, key=_asked)
        self.standing[request.step] += 1
        if len(line) > 2 * self.standing[request.step] + _GONE:
            self.lines[request.step] = [r for r in line if r.counted]
        self.look_at.add(request.step)
        self.call()

    def stop(self, request: Request) -> None:
        """Count somebody no longer, who is served or has given up."""
        request.counted = False
        self.standing[request.step] -= 1

    def turn_away_again(self, request: Request) -> None:
        """Turn away whom the run that is replayed turned away, where the step still can."""
        if self.h.plan.turned[request.node] >= 0:
            self.again.append(request)
            self.call()

    def turn_away(self, _: object) -> None:
        """Turn away, at all steps at once, those who are one too many: who asked last goes."""
        h, plan = self.h, self.h.plan
        self.called = False
        going, self.again = self.again, []
        for step in self.look_at:
            last, line = self.standing[step] - 1, self.lines[step]
            while line and not line[-1].counted:
                line.pop()
            standing = (r for r in reversed(line) if r.counted)
            going += [
                r
                for place, r in zip(range(last, self.least[step] - 1, -1), standing, strict=False)
                if 0 <= plan.limit[r.node] <= place
            ]
        self.look_at.clear()
        for request in sorted(going, key=lambda r: (r.patient.order, r.step)):
            h.stop_waiting(request)
            h.write(request.patient, Event.TURN_AWAY, request.node, visit=request.visit)
            request.then = plan.turned[request.node]
            h.go_on(request)


def _asked(request: Request) -> tuple[int, int, int, int]:
    """Return the place in the order of asking, which urgency does not change."""
    return request.asked, request.patient.pathway, request.patient.number, request.visit
