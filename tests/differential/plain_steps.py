"""What happens to one patient: arriving, going from step to step, drawing times, leaving and coming back."""

from collections import Counter
from collections.abc import Callable, Generator
from functools import partial
from itertools import product

import numpy as np
from plain_parts import (
    GAVE_UP,
    GRANTED,
    TURNED_AWAY,
    Choices,
    ComingBack,
    GoneTo,
    Journey,
    Left,
    Patient,
    Strand,
    Wait,
)

from cisim.spec.fields import Duration
from cisim.spec.model import (
    Activity,
    AllOf,
    Batch,
    Branch,
    ComesBack,
    Delay,
    GoTo,
    Leave,
    Part,
    Partial,
    PriorityBy,
    Repeat,
    Round,
    Stay,
    Step,
)
from cisim.streams import address, uniforms_of


class PlainSteps:
    """The steps of `PlainEngine`."""

    # Arriving

    def let_starters_in(self) -> None:
        """Before anything else at time 0, let those enter who were there before, at their times."""
        draws, names = self.draws, list(self.model.pathways)
        listed = {
            name: [
                one
                for one in way.starting
                for _ in range(len(one.elapsed_each) if one.elapsed_each is not None else one.number)
            ]
            for name, way in self.model.pathways.items()
        }
        columns = (draws.start_pathway, draws.start_patient, draws.start_since)
        for order, number, since in zip(*(column.tolist() for column in columns), strict=True):
            patient = Patient(names[order], order, number, since=since, arrived=since)
            self.patients.append(patient)
            strand = Strand(patient)
            self.now = since
            patient.write(self.now, "arrive")
            self.inside[patient.pathway] += 1
            self.integrals["present"][patient.pathway] += 1
            self.seen["starting"] += 1
            start = listed[patient.pathway].pop(0)
            strand.journey = self.whole_journey(strand, start.at, start)
            next(strand.journey, None)
        self.now = 0

    def arrive(self, strand: Strand) -> None:
        """Start a journey."""
        patient = strand.patient
        patient.arrived = self.now
        patient.write(self.now, "arrive")
        self.inside[patient.pathway] += 1
        self.integrals["arrived"][patient.pathway] += 1
        self.start(strand, self.whole_journey(strand))

    def start(self, strand: Strand, journey: Journey) -> None:
        """Take the first part of a journey, up to where it waits."""
        strand.journey = journey
        next(journey, None)

    def go_on(self, strand: Strand, answer: str = GRANTED) -> None:
        """Take up a journey where it waits, telling it what became of what it waited for."""
        try:
            strand.journey.send(answer)
        except StopIteration:
            strand.journey = None

    def later(self, strand: Strand, after: int) -> None:
        """Go on after a time; at once means in the next round."""
        self.plan(self.now + after, strand.rank, partial(self.go_on, strand))

    def whole_journey(self, strand: Strand, at: str | None = None, start: object = None) -> Journey:
        """Go through the steps of the pathway until the patient leaves for good."""
        patient = strand.patient
        steps = self.model.pathways[patient.pathway].steps
        while True:
            try:
                yield from self.walk(strand, steps, at, start)
            except ComingBack as back:
                self.go_out(patient)
                yield
                patient.spells.append([])
                patient.arrived = self.now
                patient.write(self.now, "arrive")
                self.inside[patient.pathway] += 1
                self.integrals["returned"][patient.pathway] += 1
                self.seen["return"] += 1
                (at,), start = back.args, None
            except Left:
                self.go_out(patient)
                return

    def go_out(self, patient: Patient) -> None:
        """Count a patient as gone."""
        self.inside[patient.pathway] -= 1
        self.integrals["left"][patient.pathway] += 1

    # Random numbers

    def uniform(self, patient: Patient, visit: int, *names: str) -> float:
        """Return a patient's uniform number for a step and a purpose."""
        key = address(*self.root, patient.pathway, *names)
        return float(uniforms_of(key, np.array([patient.number]), visit=visit)[0])

    def drawn(self, patient: Patient, duration: Duration, visit: int, *names: str) -> int:
        """Return a time in whole milliseconds; of what had begun before 0, given that it has lasted till 0."""
        if names == patient.begun_before and visit == 0:
            asked = ((patient.pathway, *names), duration.distribution())  # copies of a step share their names
            stream = next(
                i for i, one in enumerate(self.network.streams) if (one.names, one.distribution) == asked
            )
            mine = (self.draws.start_pathway == patient.order) & (self.draws.start_patient == patient.number)
            return self.draws.number(stream, int(self.draws.start_slot[mine][0]), 0)
        u = self.uniform(patient, visit, *names)
        return int(np.rint(duration.distribution().ppf(np.array(u))))

    def time_of(self, wait: Wait) -> int:
        """Return how long an activity lasts, or what a batch does together."""
        does = wait.step.together if wait.group else wait.step
        return self.drawn(wait.patient, does.duration, wait.visit, wait.step.name, "duration")

    def turning_time(self, patient: Patient, step: str, visit: int, pool: str) -> int:
        """Return how long a place given back is not free: the step's after-hold and the pool's turn-round."""
        time = 0
        does = patient.steps[step]
        after_hold = does.together.after_hold if isinstance(does, Batch) else does.after_hold
        if after_hold is not None:
            time += self.drawn(patient, after_hold, visit, step, "after-hold")
        turn_round = self.model.pools[pool].turn_round
        if turn_round is not None:
            time += self.drawn(patient, turn_round, visit, step, "turn-round", pool)
        return time

    @staticmethod
    def chosen(options: list, shares: list[float], u: float) -> object:
        """Return the option in whose part of [0, 1) the uniform number lies."""
        reached = 0.0
        for option, share in zip(options, shares, strict=True):
            reached += share
            if u < reached:
                return option
        return options[-1]

    def attribute(self, patient: Patient, name: str) -> str:
        """Return the value of an attribute."""
        shares = self.model.pathways[patient.pathway].attributes[name]
        return self.chosen(list(shares), list(shares.values()), self.uniform(patient, 0, name, "attribute"))

    def priority_of(self, patient: Patient, priority: int | PriorityBy) -> int:
        """Return a priority as written, for this patient."""
        if isinstance(priority, PriorityBy):
            return priority.is_[self.attribute(patient, priority.by)]
        return priority

    # Waiting

    def visit(self, patient: Patient, step: Step) -> int:
        """Return how often the patient passed a step before, and count this passage."""
        patient.visits[step.name] += 1
        return patient.visits[step.name] - 1

    def free_before(self, strand: Strand) -> None:
        """Give back, before a step that is no stay, the beds that were kept until a next bed only."""
        patient = strand.patient
        kept = tuple(s for s, then in patient.over.items() if then == "until next bed")
        self.free_beds(patient, kept)

    def ask(self, strand: Strand, step: Step) -> Wait:
        """Write that a patient waits from now on, and say until when."""
        patient = strand.patient
        visit = self.visit(patient, step)
        patient.write(self.now, "ask", step.name, visit)
        patient.steps[step.name] = step
        code = self.codes[patient.pathway, step.name]
        wait = Wait(strand, step, code, visit, self.now, self.now)
        if not isinstance(step, Batch):
            wait.own = self.priority_of(patient, step.priority)
            wait.ages = tuple((round(one.after), one.to) for one in step.ages)
        if isinstance(step, Round) and step.order == "arrival":
            wait.since = patient.arrived
        for after, _ in wait.ages:
            self.wake(wait.since + after)
        if not isinstance(step, Batch) and step.gives_up is not None:
            wait.until = self.now + self.drawn(patient, step.gives_up.after, visit, step.name, "patience")
            self.wake(wait.until)
        return wait

    def queue(
        self, strand: Strand, step: Activity | Stay, choices: tuple
    ) -> Generator[None, str, Wait | None]:
        """Join the queue of an activity or a stay; return the wait if it was granted, or else go the other way."""
        wait = self.ask(strand, step)
        wait.choices = choices
        for after, _ in choices:
            self.wake(self.now + after)
        self.waiting.append(wait)
        answer = yield
        if answer == TURNED_AWAY:
            yield from self.walk(strand, step.limit.steps)
        elif answer == GAVE_UP:
            yield from self.walk(strand, step.gives_up.steps)
        return wait if answer == GRANTED else None

    def in_pool_order(self, needs: dict[str, int]) -> tuple[tuple[str, int], ...]:
        """Return needs in the order of the pools in the file."""
        return tuple((pool, needs[pool]) for pool in self.model.pools if pool in needs)

    def alternatives(self, step: Activity) -> Choices:
        """Return the needs as written, those instead, and then those in which a pool is covered by another."""
        written = [(0, self.in_pool_order(step.needs))]
        written += [(round(one.after), self.in_pool_order(one.needs)) for one in step.instead]
        found = list(written)
        for after, needs in written:
            ways = [
                [(pool, 0), *((one.pool, round(one.after)) for one in self.model.pools[pool].covered_by)]
                for pool, _ in needs
            ]
            for way in list(product(*ways))[1:]:
                mixed: Counter[str] = Counter()
                for (pool, _), (_, units) in zip(way, needs, strict=True):
                    mixed[pool] += units
                found.append((max(after, *(late for _, late in way)), self.in_pool_order(mixed)))
        return tuple(found)

    def ask_together(self, group: list[Wait]) -> Wait:
        """Return the one wait of a batch for what it needs together, in the place of its oldest."""
        leader = group[0]
        together = leader.step.together
        wait = Wait(leader.strand, leader.step, leader.code, leader.visit, leader.asked, leader.asked)
        wait.own = self.priority_of(leader.patient, together.priority)
        wait.choices = ((0, self.in_pool_order(together.needs)),)
        wait.group = group
        for one in group:
            one.group = group
        return wait

    # One method a kind of step

    def walk(
        self, strand: Strand, steps: tuple[Step, ...], at: str | None = None, start: object = None
    ) -> Journey:
        """Do a list of steps, going on at a named one where a step inside says so."""
        names = ["" if isinstance(step, (GoTo, Leave)) else step.name for step in steps]
        place = 0 if at is None else names.index(at)
        while place < len(steps):
            step = steps[place]
            try:
                if start is None:
                    yield from self.do(strand, step)
                else:
                    starting, start = start, None
                    yield from self.do_since(strand, step, starting)
            except GoneTo as gone:
                target = str(gone)
                if target not in names:
                    raise  # it stands in a list around this one
                self.seen["go_to"] += 1
                place = names.index(target)
            else:
                place += 1

    def do(self, strand: Strand, step: Step) -> Journey:
        """Do one step."""
        ways_of_doing = {
            Activity: self.activity,
            Stay: self.stay,
            Round: self.round,
            Batch: self.batch,
            Delay: self.delay,
            Branch: self.branch,
            Repeat: self.repeat,
            AllOf: self.all_of,
            Partial: self.partly_changed,
            GoTo: self.go_to,
            Leave: self.leave,
            ComesBack: self.comes_back,
        }
        return ways_of_doing[type(step)](strand, step)

    def do_since(self, strand: Strand, step: Step, starting: object) -> Journey:
        """Be at a step since a time before 0: in its bed and at its first inner step, or waiting for it."""
        patient = strand.patient
        if isinstance(step, Partial):  # those who are there already are not reached by a change
            yield from self.walk(strand, step.original, step.name, starting)
            return
        if not isinstance(step, Stay):
            patient.begun_before = (step.name, "patience")
            yield from self.do(strand, step)
            return
        wait = self.ask(strand, step)
        wait.until = None
        wait.choices = self.choices_of(step)
        self.take(wait, ((starting.bed or step.beds[0].pool, 1),))
        patient.write(self.now, "begin", step.name, wait.visit)
        while isinstance(step.steps[0], Partial):
            step = step.model_copy(update={"steps": (*step.steps[0].original, *step.steps[1:])})
        inner = step.steps[0]
        kind = "duration" if isinstance(inner, Delay) else "patience"
        patient.begun_before = (inner.name, kind)
        if not isinstance(inner, (Delay, Round, Batch, Activity, Stay)):
            self.plan(0, strand.rank, partial(self.go_on, strand))
            yield
        yield from self.in_bed(strand, step)

    def activity(self, strand: Strand, step: Activity) -> Journey:
        """Ask for all it needs at once, hold it for a drawn time, give it back."""
        self.free_before(strand)
        wait = yield from self.queue(strand, step, self.alternatives(step))
        if wait is not None:
            strand.patient.write(self.now, "end", step.name, wait.visit)
            self.give(strand.patient, step.name, wait.visit, wait.needs)

    def choices_of(self, step: Stay) -> Choices:
        """Return the beds that a stay may have."""
        return tuple((round(bed.after), ((bed.pool, 1),)) for bed in step.beds)

    def stay(self, strand: Strand, step: Stay) -> Journey:
        """Hold a bed through the steps inside, and after them as long as `then` says."""
        wait = yield from self.queue(strand, step, self.choices_of(step))
        if wait is not None:
            yield from self.in_bed(strand, step)

    def in_bed(self, strand: Strand, step: Stay) -> Journey:
        """Do the steps inside a stay."""
        try:
            yield from self.walk(strand, step.steps)
        except GoneTo:
            self.stay_over(strand.patient, step)
            raise
        self.stay_over(strand.patient, step)

    def stay_over(self, patient: Patient, step: Stay) -> None:
        """Be ready to leave the bed."""
        patient.write(self.now, "ready", step.name, patient.bed_visits[step.name])
        self.stay_where_they_are(patient, step.name)
        if step.then == "release":
            self.free_beds(patient, (step.name,))
        else:
            patient.over[step.name] = step.then

    def round(self, strand: Strand, step: Round) -> Journey:
        """Wait for an opening of the calendar."""
        self.free_before(strand)
        self.rounds[step.calendar].append(self.ask(strand, step))
        answer = yield
        if answer == GAVE_UP:
            yield from self.walk(strand, step.gives_up.steps)

    def batch(self, strand: Strand, step: Batch) -> Journey:
        """Wait until enough are there, or the oldest has waited long enough; do together what is to be done."""
        self.free_before(strand)
        wait = self.ask(strand, step)
        place = (strand.patient.pathway, step.name)
        self.batches.setdefault(place, []).append(wait)
        self.joined.append(place)
        if step.at_most is not None:
            self.plan(self.now + round(step.at_most), (-1,), partial(self.time_up.append, place))
        yield
        if step.together is None:
            return
        strand.patient.write(self.now, "end", step.name, wait.visit)
        if wait is wait.group[0]:
            needs = self.in_pool_order(step.together.needs)
            self.give(strand.patient, step.name, wait.visit, needs)
            for other in wait.group[1:]:
                self.later(other.strand, 0)

    def delay(self, strand: Strand, step: Delay) -> Journey:
        """Let time pass."""
        self.free_before(strand)
        patient = strand.patient
        visit = self.visit(patient, step)
        patient.write(self.now, "begin", step.name, visit)
        self.later(strand, self.drawn(patient, step.duration, visit, step.name, "duration"))
        yield
        patient.write(self.now, "end", step.name, visit)

    def branch(self, strand: Strand, step: Branch) -> Journey:
        """Take a way, by the patient's attribute or by chance."""
        patient = strand.patient
        visit = self.visit(patient, step)
        if step.by is not None:
            value = self.attribute(patient, step.by)
            way = next(way for way in step.ways if way.when == value)
        else:
            u = self.uniform(patient, visit, step.name, "way")
            way = self.chosen(list(step.ways), [way.share for way in step.ways], u)
        patient.write(self.now, "way", step.name, visit, detail=way.name)
        yield from self.walk(strand, way.steps)

    def repeat(self, strand: Strand, step: Repeat) -> Journey:
        """Do the steps so many times."""
        visit = self.visit(strand.patient, step)
        shares = step.times if isinstance(step.times, dict) else {step.times: 1.0}
        u = self.uniform(strand.patient, visit, step.name, "times")
        for _ in range(self.chosen(list(shares), list(shares.values()), u)):
            yield from self.walk(strand, step.steps)

    def all_of(self, strand: Strand, step: AllOf) -> Journey:
        """Do all parts at once; go on when the last is done."""
        patient = strand.patient
        visit = self.visit(patient, step)
        patient.write(self.now, "begin", step.name, visit)
        undone = [part.name for part in step.parts]
        for track, part in enumerate(step.parts, start=1):
            own = Strand(patient, track)
            journey = self.part(own, part, undone, partial(self.parts_done, strand, step, visit))
            self.plan(self.now, own.rank, partial(self.start, own, journey))
        yield

    def part(self, own: Strand, part: Part, undone: list[str], all_done: Callable[[str], None]) -> Journey:
        """Do one part, and say so if it was the last."""
        yield from self.walk(own, part.steps)
        undone.remove(part.name)
        if not undone:
            all_done(part.name)

    def parts_done(self, strand: Strand, step: AllOf, visit: int, last: str) -> None:
        """End an `all_of`, and let the patient go on."""
        self.seen["all of"] += 1
        strand.patient.write(self.now, "end", step.name, visit, detail=last)
        self.later(strand, 0)

    def partly_changed(self, strand: Strand, step: Partial) -> Journey:
        """Do the changed steps or the original ones: the same at every passage."""
        reached = self.uniform(strand.patient, 0, step.change, "reach") < step.share
        self.seen["reached by a partial change" if reached else "missed by a partial change"] += 1
        yield from self.walk(strand, step.changed if reached else step.original)

    def go_to(self, _: Strand, step: GoTo) -> Journey:
        """Go on elsewhere."""
        raise GoneTo(step.name)

    def leave(self, strand: Strand, step: Leave) -> Journey:
        """Give back every bed and go."""
        self.free_beds(strand.patient, tuple(strand.patient.beds))
        strand.patient.write(self.now, "leave", step.name, detail=step.name)
        raise Left

    def comes_back(self, strand: Strand, step: ComesBack) -> Journey:
        """Give back every bed, go, and arrive again after a time."""
        patient = strand.patient
        visit = self.visit(patient, step)
        self.free_beds(patient, tuple(patient.beds))
        patient.write(self.now, "leave", step.name, detail=step.outcome)
        self.later(strand, self.drawn(patient, step.after, visit, step.name, "return"))
        raise ComingBack(step.at)
