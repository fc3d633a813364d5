"""The rules of docs/design.md read a second time: slow, without SimPy, straight from the written steps.

`PlainEngine` shares with `cisim.engine` the arrivals and the random numbers, and nothing else: it knows no
network of nodes, keeps no clever queue, and goes through the phases of an instant one by one. It knows rotas
that change on the half hour, and no replay.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count

import numpy as np

from cisim.eventlog import patient_text
from cisim.network import Draws, build_network
from cisim.spec import Model
from cisim.spec.model import (
    Activity,
    Batch,
    Branch,
    Delay,
    GoTo,
    Leave,
    Partial,
    Pool,
    Repeat,
    Round,
    Stay,
    Step,
)
from cisim.streams import address, uniforms_of
from cisim.units import DAY, HOUR

Journey = Generator[None, bool, None]
Needs = list[tuple[str, int]]


class Left(Exception):
    """The patient has left the pathway."""


class GoneTo(Exception):
    """The patient goes on at a named step."""


@dataclass(eq=False)
class Patient:
    """One patient: how often they passed each step, the beds they hold, and what happened to them."""

    pathway: str
    order: int  # of the pathway in the file
    number: int
    journey: Journey | None = None
    visits: Counter = field(default_factory=Counter)
    beds: dict[str, str] = field(default_factory=dict)  # pool held, by the stay that took it
    over: dict[str, str] = field(
        default_factory=dict
    )  # stays that are over with the bed still held: their `then`
    rows: list[tuple] = field(default_factory=list)

    def write(
        self, time: int, event: str, step: str = "", pool: str = "", units: int = 0, detail: str = ""
    ) -> None:
        """Write a row, as `EventLog.rows` tells it."""
        name = patient_text(self.number)
        self.rows.append((self.pathway, name, time, event, step, pool, units, detail))


@dataclass(eq=False)
class Wait:
    """One patient's wait at one step."""

    patient: Patient
    step: Step
    asked: int
    visit: int
    choices: list[tuple[int, Needs]] = field(default_factory=list)  # each from so long after asking
    until: int | None = None  # when patience runs out

    @property
    def key(self) -> tuple[int, int, int, int]:
        """Order of service."""
        return (self.asked, self.patient.order, self.patient.number, self.visit)

    @property
    def for_bed(self) -> bool:
        """Whether the patient waits for a bed."""
        return isinstance(self.step, Stay)

    def wants_first(self, pool: str) -> bool:
        """Whether the pool is among what was asked for in the first place."""
        return any(name == pool for name, _ in self.choices[0][1])

    def gives(self) -> list[str]:
        """Pools of the beds that a grant of the next bed would free."""
        return [self.patient.beds[stay] for stay in self.patient.over]


class PlainEngine:
    """One run of a model over [0, end); `run` gives its rows, `seen` counts what was rare enough to ask about."""

    def __init__(self, model: Model, end: int, *, seed: int, replication: int = 0) -> None:
        self.model = model
        self.end = end
        self.root = (seed, replication)
        self.now = 0
        self.seen: Counter[str] = Counter()
        self.patients: list[Patient] = []
        self.held = dict.fromkeys(model.pools, 0)
        self.number: dict[str, float] = {}  # rostered at this instant
        self.waiting: list[Wait] = []
        self.rounds: dict[str, list[Wait]] = {name: [] for name in model.calendars}
        self.batches: dict[tuple[str, str], list[Wait]] = {}
        self.joined: list[tuple[str, str]] = []  # batches joined at this instant and not looked at since
        self.time_up: list[tuple[str, str]] = []  # batches in which somebody has waited long enough
        self.opened: set[str] = set()  # calendars that open at this instant
        self.agenda: list[tuple[int, int, Callable[[], None]]] = []
        self.count = count()
        self.ways_of_doing = {
            Activity: self.activity,
            Stay: self.stay,
            Round: self.round,
            Batch: self.batch,
            Delay: self.delay,
            Branch: self.branch,
            Repeat: self.repeat,
            Partial: self.partly_changed,
            GoTo: self.go_to,
            Leave: self.leave,
        }
        self.plan_arrivals()
        self.plan_openings()
        for time in range(0, end, HOUR // 2):
            self.wake(time)

    # What is known before the run

    def plan(self, time: int, act: Callable[[], None]) -> None:
        """Do something at a time."""
        heapq.heappush(self.agenda, (time, next(self.count), act))

    def wake(self, time: int) -> None:
        """Look at every phase at a time, though nothing may happen."""
        self.plan(time, lambda: None)

    def plan_arrivals(self) -> None:
        """Let everybody arrive when the draws say."""
        draws = Draws(build_network(self.model, self.end), *self.root)
        names = list(self.model.pathways)
        drawn = zip(draws.pathway.tolist(), draws.patient.tolist(), draws.time.tolist(), strict=True)
        for order, number, time in drawn:
            patient = Patient(names[order], order, number)
            self.patients.append(patient)
            self.plan(time, partial(self.arrive, patient))

    def plan_openings(self) -> None:
        """Open each calendar at the times of each date."""
        for name, calendar in self.model.calendars.items():
            other = {exception.date: exception.openings for exception in calendar.exceptions}
            for day in range(self.end // DAY + 1):
                date = self.model.start + timedelta(days=day)
                weekly = [at for line in calendar.openings if date.weekday() in line.days for at in line.at]
                for at in other.get(date, weekly):
                    self.plan(day * DAY + at, partial(self.opened.add, name))

    def rostered(self, pool: Pool) -> float:
        """Return the number of a pool at this instant."""
        if pool.number == "unlimited":
            return float("inf")
        midnight = datetime.combine(self.model.start, datetime.min.time())
        when = midnight + timedelta(milliseconds=self.now)
        number = pool.otherwise if pool.rota else pool.number
        for line in pool.rota:
            until = line.to if line.to > line.from_ else line.to + DAY
            for days_ago in (0, 1):  # a line of yesterday may last past midnight
                since_midnight = self.now % DAY + days_ago * DAY
                weekday = (when - timedelta(days=days_ago)).weekday()
                if weekday in line.days and line.from_ <= since_midnight < until:
                    number = line.number
        for exception in pool.exceptions:
            if exception.date is not None:
                holds = when.date() == exception.date
            else:
                begun = exception.from_ is None or exception.from_.when <= when
                holds = begun and (exception.to is None or when < exception.to.when)
            if holds:
                number = exception.number
        return number

    # Random numbers

    def uniform(self, patient: Patient, step: str, purpose: str, visit: int) -> float:
        """Return a patient's uniform number for a purpose."""
        key = address(*self.root, patient.pathway, step, purpose)
        return float(uniforms_of(key, np.array([patient.number]), visit=visit)[0])

    def time_drawn(self, patient: Patient, step: Step, purpose: str, visit: int) -> int:
        """Return a duration or a patience, in whole milliseconds."""
        drawn = step.gives_up.after if purpose == "patience" else step.duration
        u = self.uniform(patient, step.name, purpose, visit)
        return int(np.rint(drawn.distribution().ppf(np.array(u))))

    @staticmethod
    def chosen(options: list, shares: list[float], u: float) -> object:
        """Return the option in whose part of [0, 1) the uniform number lies."""
        reached = 0.0
        for option, share in zip(options, shares, strict=True):
            reached += share
            if u < reached:
                return option
        return options[-1]

    # The phases of an instant

    def run(self) -> list[tuple]:
        """Return every row, in the order of a log."""
        while self.agenda and self.agenda[0][0] < self.end:
            self.now = self.agenda[0][0]
            self.number = {name: self.rostered(pool) for name, pool in self.model.pools.items()}
            phases = (
                self.happen,
                self.release_batches,
                self.hold_rounds,
                self.serve,
                self.swap,
                self.give_up,
            )
            while any(phase() for phase in phases):
                pass  # a phase in which something moved sends everybody back to the first
        ordered = sorted(self.patients, key=lambda patient: (patient.order, patient.number))
        return [row for patient in ordered for row in patient.rows]

    def happen(self) -> bool:
        """Let all happen that is due: ends, arrivals, openings, and the next step of whoever was served."""
        while self.agenda and self.agenda[0][0] == self.now:
            _, _, act = heapq.heappop(self.agenda)
            act()
        return False  # what has moved is what the later phases look at

    def release_batches(self) -> bool:
        """Release the whole batches of all lines by count; where there are none, all lines whose time is up."""
        moved = False
        for place in dict.fromkeys(self.joined):
            line = sorted(self.batches[place], key=lambda wait: wait.key)
            if line and len(line) >= line[0].step.number:
                whole = len(line) // line[0].step.number * line[0].step.number
                self.release_batch(place, line[:whole], line[whole:], "batch by count")
                moved = True
        self.joined.clear()
        if moved:
            return True
        for place in dict.fromkeys(self.time_up):
            line = sorted(self.batches[place], key=lambda wait: wait.key)
            if line and self.now - line[0].asked >= round(line[0].step.at_most):
                self.release_batch(place, line, [], "batch by clock")
                moved = True
        self.time_up.clear()
        return moved

    def release_batch(self, place: tuple[str, str], go: list[Wait], stay: list[Wait], why: str) -> None:
        """Let some of a line go on; the others stay in it."""
        self.batches[place] = stay
        self.seen[why] += len(go)
        for wait in go:
            self.begin(wait)

    def hold_rounds(self) -> bool:
        """See the first of each line whose calendar opens; unused places lapse."""
        seen: list[Wait] = []
        for name in sorted(self.opened):
            line = sorted(self.rounds[name], key=lambda wait: wait.key)
            places = self.model.calendars[name].places or len(line)
            seen += line[:places]
            self.rounds[name] = line[places:]
        self.opened.clear()
        self.seen["round"] += len(seen)
        for wait in seen:
            self.begin(wait)
        return bool(seen)

    def serve(self) -> bool:
        """Serve the first in order who can have everything, and look again, until nobody can."""
        served = False
        while (found := self.first_who_can()) is not None:
            wait, choice = found
            if wait.for_bed and not wait.wants_first(choice[0][0]):
                self.seen["outlier"] += 1
            if wait.for_bed:
                self.free_beds(wait.patient, tuple(wait.patient.over))
            self.grant(wait, choice)
            served = True
        return served

    def first_who_can(self) -> tuple[Wait, Needs] | None:
        """Return the first in order of service for whom there is room, and what they may have."""
        for wait in sorted(self.waiting, key=lambda wait: wait.key):
            for place, (after, needs) in enumerate(wait.choices):
                too_early = self.now - wait.asked < after
                others = [other for other in self.waiting if other is not wait]
                wanted = place > 0 and any(other.wants_first(pool) for other in others for pool, _ in needs)
                if not too_early and not wanted and all(self.has_room(*need) for need in needs):
                    return wait, needs
        return None

    def has_room(self, pool: str, units: int) -> bool:
        """Whether so many more may be held."""
        return self.held[pool] + units <= self.number[pool]

    def swap(self) -> bool:
        """Let the first cycle of patients who wait for each other's beds exchange them."""
        stuck = self.knotted()
        givers = [wait for wait in stuck if wait.gives()]
        for first in givers:
            cycle = self.cycle_from([first], [], givers)
            if cycle:
                for wait, _ in cycle:
                    wait.patient.write(self.now, "swap", wait.step.name)
                    self.free_beds(wait.patient, tuple(wait.patient.over))
                for wait, pool in cycle:
                    self.grant(wait, [(pool, 1)])
                self.seen["swap"] += 1
                return True
        return False

    def knotted(self) -> list[Wait]:
        """Return, in order of service, who waits only for beds all of which such patients hold themselves."""
        line = sorted((wait for wait in self.waiting if wait.for_bed), key=lambda wait: wait.key)
        full = {pool for pool in self.held if not self.has_room(pool, 1)}
        while True:
            stuck = [w for w in line if all(pool in full for _, needs in w.choices for pool, _ in needs)]
            theirs = Counter(pool for wait in stuck for pool in wait.patient.beds.values())
            kept = {pool for pool in full if theirs[pool] == self.held[pool]}
            if kept == full:
                return stuck
            full = kept

    def cycle_from(self, path: list[Wait], pools: list[str], givers: list[Wait]) -> list[tuple[Wait, str]]:
        """Return the first cycle that a path of patients leads into: each with the pool they get from the next."""
        wait = path[-1]
        for after, needs in wait.choices:
            pool = needs[0][0]
            if self.now - wait.asked < after:
                continue
            for holder in givers:
                if pool not in holder.gives():
                    continue
                if holder in path:
                    pairs = list(zip(path, [*pools, pool], strict=True))
                    return pairs[path.index(holder) :]
                cycle = self.cycle_from([*path, holder], [*pools, pool], givers)
                if cycle:
                    return cycle
        return []

    def give_up(self) -> bool:
        """Let all leave their queue whose patience has run out."""
        tired = [wait for wait in self.waiting if wait.until is not None and wait.until <= self.now]
        for wait in tired:
            self.waiting.remove(wait)
            wait.patient.write(self.now, "give_up", wait.step.name)
            self.plan(self.now, partial(self.go_on, wait.patient, granted=False))
        self.seen["give up"] += len(tired)
        return bool(tired)

    # What happens to one patient

    def arrive(self, patient: Patient) -> None:
        """Start a journey."""
        patient.write(self.now, "arrive")
        patient.journey = self.whole_journey(patient)
        next(patient.journey, None)

    def go_on(self, patient: Patient, *, granted: bool = True) -> None:
        """Take up a journey where it waits, telling it whether it was granted what it waited for."""
        try:
            patient.journey.send(granted)
        except StopIteration:
            patient.journey = None

    def whole_journey(self, patient: Patient) -> Journey:
        """Go through the steps of the pathway until the patient leaves."""
        try:
            yield from self.walk(patient, self.model.pathways[patient.pathway].steps)
        except Left:
            return

    def begin(self, wait: Wait) -> None:
        """Write that a wait is over, and let the patient go on."""
        wait.patient.write(self.now, "begin", wait.step.name)
        self.plan(self.now, partial(self.go_on, wait.patient))

    def grant(self, wait: Wait, needs: Needs) -> None:
        """Hand over what was waited for."""
        self.waiting.remove(wait)
        for pool, units in needs:
            self.held[pool] += units
            wait.patient.write(self.now, "take", wait.step.name, pool, units)
            if wait.for_bed:
                wait.patient.beds[wait.step.name] = pool
        self.begin(wait)

    def free_beds(self, patient: Patient, stays: tuple[str, ...]) -> None:
        """Give back the beds of some stays."""
        for stay in stays:
            patient.over.pop(stay, None)
            pool = patient.beds.pop(stay)
            self.held[pool] -= 1
            patient.write(self.now, "give", stay, pool, 1)

    def free_before(self, patient: Patient) -> None:
        """Give back, before a step that is no stay, the beds that were kept until a next bed only."""
        self.free_beds(patient, tuple(s for s, then in patient.over.items() if then == "until next bed"))

    @staticmethod
    def visit(patient: Patient, step: Step) -> int:
        """Return how often the patient passed a step before, and count this passage."""
        patient.visits[step.name] += 1
        return patient.visits[step.name] - 1

    def queue(self, patient: Patient, step: Step, visit: int, choices: list) -> Generator[None, bool, bool]:
        """Join the queue of an activity or a stay; return whether it was granted before patience ran out."""
        patient.write(self.now, "ask", step.name)
        wait = Wait(patient, step, self.now, visit, choices)
        if step.gives_up is not None:
            wait.until = self.now + self.time_drawn(patient, step, "patience", visit)
            self.wake(wait.until)
        for after, _ in choices:
            self.wake(self.now + after)
        self.waiting.append(wait)
        granted = yield
        return granted

    # One method a kind of step

    def walk(self, patient: Patient, steps: tuple[Step, ...]) -> Journey:
        """Do a list of steps, going on at a named one where a step inside says so."""
        names = ["" if isinstance(step, (GoTo, Leave)) else step.name for step in steps]
        place = 0
        while place < len(steps):
            step = steps[place]
            try:
                yield from self.ways_of_doing[type(step)](patient, step)
            except GoneTo as gone:
                target = str(gone)
                if target not in names:
                    raise  # it stands in a list around this one
                self.seen["go_to"] += 1
                place = names.index(target)
            else:
                place += 1

    def activity(self, patient: Patient, step: Activity) -> Journey:
        """Ask for all it needs at once, hold it for a drawn time, give it back."""
        self.free_before(patient)
        visit = self.visit(patient, step)
        needs = [(pool, step.needs[pool]) for pool in self.model.pools if pool in step.needs]
        granted = yield from self.queue(patient, step, visit, [(0, needs)])
        if not granted:
            yield from self.walk(patient, step.gives_up.steps)
            return
        self.plan(self.now + self.time_drawn(patient, step, "duration", visit), partial(self.go_on, patient))
        yield
        patient.write(self.now, "end", step.name)
        for pool, units in needs:
            self.held[pool] -= units
            patient.write(self.now, "give", step.name, pool, units)

    def stay(self, patient: Patient, step: Stay) -> Journey:
        """Hold a bed through the steps inside, and after them as long as `then` says."""
        choices = [(round(bed.after), [(bed.pool, 1)]) for bed in step.beds]
        granted = yield from self.queue(patient, step, self.visit(patient, step), choices)
        if not granted:
            yield from self.walk(patient, step.gives_up.steps)
            return
        try:
            yield from self.walk(patient, step.steps)
        except GoneTo:
            self.stay_over(patient, step)
            raise
        self.stay_over(patient, step)

    def stay_over(self, patient: Patient, step: Stay) -> None:
        """Be ready to leave the bed."""
        patient.write(self.now, "ready", step.name)
        if step.then == "release":
            self.free_beds(patient, (step.name,))
        else:
            patient.over[step.name] = step.then

    def round(self, patient: Patient, step: Round) -> Journey:
        """Wait for an opening of the calendar."""
        self.free_before(patient)
        patient.write(self.now, "ask", step.name)
        self.rounds[step.calendar].append(Wait(patient, step, self.now, self.visit(patient, step)))
        yield

    def batch(self, patient: Patient, step: Batch) -> Journey:
        """Wait until enough are there, or the oldest has waited long enough."""
        self.free_before(patient)
        patient.write(self.now, "ask", step.name)
        place = (patient.pathway, step.name)
        line = self.batches.setdefault(place, [])
        line.append(Wait(patient, step, self.now, self.visit(patient, step)))
        self.joined.append(place)
        if step.at_most is not None:
            self.plan(self.now + round(step.at_most), partial(self.time_up.append, place))
        yield

    def delay(self, patient: Patient, step: Delay) -> Journey:
        """Let time pass."""
        self.free_before(patient)
        visit = self.visit(patient, step)
        patient.write(self.now, "begin", step.name)
        self.plan(self.now + self.time_drawn(patient, step, "duration", visit), partial(self.go_on, patient))
        yield
        patient.write(self.now, "end", step.name)

    def branch(self, patient: Patient, step: Branch) -> Journey:
        """Take a way, by the patient's attribute or by chance."""
        visit = self.visit(patient, step)
        if step.by is not None:
            shares = self.model.pathways[patient.pathway].attributes[step.by]
            u = self.uniform(patient, step.by, "attribute", 0)
            value = self.chosen(list(shares), list(shares.values()), u)
            way = next(way for way in step.ways if way.when == value)
        else:
            u = self.uniform(patient, step.name, "way", visit)
            way = self.chosen(list(step.ways), [way.share for way in step.ways], u)
        patient.write(self.now, "way", step.name, detail=way.name)
        yield from self.walk(patient, way.steps)

    def repeat(self, patient: Patient, step: Repeat) -> Journey:
        """Do the steps so many times."""
        visit = self.visit(patient, step)
        shares = step.times if isinstance(step.times, dict) else {step.times: 1.0}
        u = self.uniform(patient, step.name, "times", visit)
        for _ in range(self.chosen(list(shares), list(shares.values()), u)):
            yield from self.walk(patient, step.steps)

    def partly_changed(self, patient: Patient, step: Partial) -> Journey:
        """Do the changed steps or the original ones: the same at every passage."""
        reached = self.uniform(patient, step.change, "reach", 0) < step.share
        self.seen["reached by a partial change" if reached else "missed by a partial change"] += 1
        yield from self.walk(patient, step.changed if reached else step.original)

    def go_to(self, _: Patient, step: GoTo) -> Journey:
        """Go on elsewhere."""
        raise GoneTo(step.name)

    def leave(self, patient: Patient, step: Leave) -> Journey:
        """Give back every bed and go."""
        self.free_beds(patient, tuple(patient.beds))
        patient.write(self.now, "leave", step.name, detail=step.name)
        raise Left
