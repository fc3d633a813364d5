"""The rules of docs/design.md read a second time: slow, without SimPy, straight from the written steps.

`PlainEngine` shares with `cisim.engine` the arrivals and the random numbers, and nothing else: it knows no
network of nodes, keeps no clever queue, and goes through the phases of an instant one by one. It knows rotas
that change on the half hour, and no replay. What is done at a step stands in `plain_steps`, who is served in
`plain_service`; each rule about who comes first is a method of its own, so that a test may bend it.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count

from plain_calendar import openings, rostered
from plain_parts import GAVE_UP, GRANTED, TURNED_AWAY, Patient, Strand, Wait
from plain_service import PlainService
from plain_steps import PlainSteps

from cisim.network import Draws, build_network
from cisim.spec import Model
from cisim.units import DAY, HOUR

NO_ORDER = (-1,)


class PlainEngine(PlainService, PlainSteps):
    """One run of a model over [0, end); `run` gives its rows, `seen` counts what was rare enough to ask about."""

    def __init__(self, model: Model, end: int, *, seed: int, replication: int = 0) -> None:
        self.model = model
        self.end = end
        self.root = (seed, replication)
        self.now = 0
        self.network = build_network(model, end)
        self.draws = Draws(self.network, *self.root)
        self.codes = {(s.pathway, s.name): c for c, s in enumerate(self.network.steps) if s.kind != "leave"}
        self.pool_codes = {name: code for code, name in enumerate(model.pools)}
        self.seen: Counter[str] = Counter()
        self.integrals: dict[str, Counter] = {
            name: Counter()
            for name in ("held", "turning", "queue", "inside", "arrived", "returned", "present", "left")
        }
        self.integrated = 0
        self.inside: Counter[str] = Counter()
        self.patients: list[Patient] = []
        self.held = dict.fromkeys(model.pools, 0)
        self.turning = dict.fromkeys(model.pools, 0)
        self.number: dict[str, float] = {}  # rostered at this instant
        self.waiting: list[Wait] = []
        self.running: list[Wait] = []  # activities
        self.rounds: dict[str, list[Wait]] = {name: [] for name in model.calendars}
        self.batches: dict[tuple[str, str], list[Wait]] = {}
        self.joined: list[tuple[str, str]] = []  # batches joined at this instant and not looked at since
        self.time_up: list[tuple[str, str]] = []  # batches in which somebody has waited long enough
        self.opened: dict[str, int | None] = {}  # calendars that open at this instant, and the places
        self.agenda: list[tuple[int, int, tuple[int, ...], Callable[[], None]]] = []
        self.count = count()
        self.plan_arrivals()
        self.plan_openings()
        self.plan_rotas()

    # What is known before the run

    def plan(self, time: int, rank: tuple[int, ...], act: Callable[[], None]) -> None:
        """Do something at a time, in its place among what happens in one round of it; at once, if that is past."""
        heapq.heappush(self.agenda, (max(0, self.now, time), next(self.count), rank, act))

    def wake(self, time: int) -> None:
        """Look at every phase at a time, though nothing may happen."""
        self.plan(time, NO_ORDER, lambda: None)

    def plan_arrivals(self) -> None:
        """Let everybody arrive when the draws say."""
        names, draws = list(self.model.pathways), self.draws
        drawn = zip(draws.pathway.tolist(), draws.patient.tolist(), draws.time.tolist(), strict=True)
        for order, number, time in drawn:
            patient = Patient(names[order], order, number)
            self.patients.append(patient)
            strand = Strand(patient)
            self.plan(time, strand.rank, partial(self.arrive, strand))

    def plan_openings(self) -> None:
        """Open each calendar at the times of each date."""
        for name, calendar in self.model.calendars.items():
            for day in range(-1, self.end // DAY + 1):
                for at, places in openings(calendar, self.model.start + timedelta(days=day)):
                    if day * DAY + at >= 0:  # 24:00 of the day before is one
                        self.plan(day * DAY + at, NO_ORDER, partial(self.opened.__setitem__, name, places))

    def plan_rotas(self) -> None:
        """Change the numbers of the pools at the half hours at which they are others than before."""
        before: dict[str, float] = {}
        for time in range(0, self.end, HOUR // 2):
            numbers = {name: rostered(pool, self.model, time) for name, pool in self.model.pools.items()}
            if numbers != before:
                self.plan(time, NO_ORDER, partial(self.follow_rotas, numbers))
            before = numbers

    # The phases of an instant

    def run(self) -> list[tuple]:
        """Return every row in the order of a log; what each holds is in `reading.ROW`."""
        self.let_starters_in()
        phases = (
            self.happen,
            self.release_by_count,
            self.release_by_clock,
            self.hold_rounds,
            self.serve,
            self.swap,
            self.turn_away,
            self.give_up,
        )
        while self.agenda and self.agenda[0][0] < self.end:
            self.now = self.agenda[0][0]
            self.integrate(self.now)
            while any(phase() for phase in phases):
                pass  # a phase in which something moved sends everybody back to the first
            self.joined.clear()
            self.time_up.clear()
            self.seen["blocking"] += any(wait.for_bed and wait.patient.over for wait in self.waiting)
        self.integrate(self.end)
        ordered = sorted(self.patients, key=lambda patient: (patient.order, patient.number))
        return [row for patient in ordered for spell in patient.spells for row in spell]

    def integrate(self, until: int) -> None:
        """Add up what is held, being turned round, waited and inside, to a time, and go there."""
        span = until - self.integrated
        if not span:
            return
        for name in self.held:
            self.integrals["held"][name] += self.held[name] * span
            self.integrals["turning"][name] += self.turning[name] * span
        for line in (self.waiting, *self.rounds.values(), *self.batches.values()):
            for wait in line:
                for one in wait.people:
                    self.integrals["queue"][one.patient.pathway, one.step.name] += span
        for name, number in self.inside.items():
            self.integrals["inside"][name] += number * span
        self.integrated = until

    def follow_rotas(self, numbers: dict[str, float]) -> None:
        """Set every pool to its number; work in hand is finished, whatever the number."""
        self.seen["rota fall"] += sum(
            number < self.number.get(name, 0) and self.held[name] > number for name, number in numbers.items()
        )
        self.number = numbers

    def happen(self) -> bool:
        """Do all that is due, round by round: what a round sets off at this instant is the next round."""
        while self.agenda and self.agenda[0][0] == self.now:
            due = []
            while self.agenda and self.agenda[0][0] == self.now:
                due.append(heapq.heappop(self.agenda)[1:])
            for _, _, act in self.in_round(due):
                act()
        return False  # what has moved is what the later phases look at

    def in_round(self, due: list[tuple]) -> list[tuple]:
        """Put one round of what happens in order."""
        return sorted(due, key=lambda one: one[1])

    def release_by_count(self) -> bool:
        """Release the whole batches of all lines that somebody joined."""
        released = False
        for place in self.in_step_order(self.joined):
            line = self.oldest_first(self.batches[place])
            number = line[0].step.number if line else 1
            whole = len(line) // number * number
            for first in range(0, whole, number):
                self.release(line[first : first + number], "batch by count")
                released = True
            self.batches[place] = line[whole:]
        self.joined.clear()
        return released

    def release_by_clock(self) -> bool:
        """Release all who are left of each line whose oldest has waited long enough."""
        released = False
        for place in self.in_step_order(self.time_up):
            line = self.oldest_first(self.batches[place])
            if line and self.now - line[0].asked >= round(line[0].step.at_most):
                self.batches[place] = []
                self.release(line, "batch by clock")
                released = True
        self.time_up.clear()
        return released

    def in_step_order(self, places: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Each place once, in the order of the file."""
        return sorted(set(places), key=lambda place: self.codes[place])

    def oldest_first(self, line: list[Wait]) -> list[Wait]:
        """Put a batch's line in order."""
        return sorted(line, key=lambda wait: (wait.asked, *wait.place))

    def release(self, group: list[Wait], why: str) -> None:
        """Let a batch go on, or ask for what it needs together."""
        self.seen[why] += 1
        if group[0].step.together is not None:
            self.waiting.append(self.ask_together(group))
            return
        for wait in group:
            self.begin(wait)

    def hold_rounds(self) -> bool:
        """See the first of each line whose calendar opens; unused places lapse."""
        called: list[Wait] = []
        for name in (name for name in self.model.calendars if name in self.opened):
            line = sorted(self.rounds[name], key=self.service_key)
            places = self.opened[name] or len(line)
            called += line[:places]
            self.rounds[name] = line[places:]
            self.seen["round without a place for all"] += bool(line[places:])
        self.opened.clear()
        self.seen["round"] += len(called)
        for wait in called:
            self.begin(wait)
        return bool(called)

    def turn_away(self) -> bool:
        """Turn away those who are too many at a step with a limit."""
        lines: dict[int, list[Wait]] = {}
        for wait in self.waiting:
            if self.counts(wait):
                lines.setdefault(wait.code, []).append(wait)
        gone = [
            wait
            for _, line in sorted(lines.items())
            for before, wait in enumerate(sorted(line, key=self.limit_key))
            if wait.step.limit is not None and before >= wait.step.limit.waiting
        ]
        for wait in gone:
            self.dismiss(wait, "turn_away", TURNED_AWAY)
        return bool(gone)

    def counts(self, wait: Wait) -> bool:
        """Whether a wait counts under a limit."""
        return not (wait.homewards or wait.group or wait.interrupted)

    def limit_key(self, wait: Wait) -> tuple:
        """Order in which places under a limit are given out."""
        return (wait.asked, *wait.place)

    def give_up(self) -> bool:
        """Let all leave their queue whose patience has run out."""
        lines = (self.waiting, *self.rounds.values())
        tired = [w for line in lines for w in line if w.until is not None and w.until <= self.now]
        for wait in sorted(tired, key=lambda wait: (*wait.strand.rank, wait.code)):
            self.dismiss(wait, "give_up", GAVE_UP)
        return bool(tired)

    def dismiss(self, wait: Wait, event: str, answer: str) -> None:
        """Let a wait end unserved."""
        self.seen[event] += 1
        line = self.waiting if wait in self.waiting else self.rounds[wait.step.calendar]
        line.remove(wait)
        wait.patient.write(self.now, event, wait.step.name, wait.visit)
        self.plan(self.now, wait.strand.rank, partial(self.go_on, wait.strand, answer))

    def begin(self, wait: Wait) -> None:
        """Write that a wait is over, and let the patient go on."""
        wait.patient.write(self.now, "begin", wait.step.name, wait.visit)
        self.plan(self.now, wait.strand.rank, partial(self.go_on, wait.strand, GRANTED))
