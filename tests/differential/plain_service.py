"""Who is served: order, room, what is set aside, interruption, own wards, knots of blocked patients."""

from collections import Counter
from functools import partial

from plain_parts import FREES, GRANTED, Needs, Patient, Wait

from cisim.spec.model import Activity


class PlainService:
    """The rules of service of `PlainEngine`."""

    # Order

    def priority(self, wait: Wait) -> int:
        """Return the priority now; lower is served first."""
        if wait.at_grant is not None:  # an interrupted activity keeps what it had
            return wait.at_grant
        if not wait.ages:
            return wait.own
        return min([wait.own, *(to for after, to in wait.ages if self.now - wait.since >= after)])

    def service_key(self, wait: Wait) -> tuple[int, ...]:
        """Order of service."""
        return (self.priority(wait), wait.since, *wait.place)

    def heads(self) -> list[Wait]:
        """Return the first of each queue, in order of service; a queue is one list of alternatives."""
        first: dict[tuple, Wait] = {}
        for wait in sorted(self.waiting, key=self.service_key):
            first.setdefault(wait.choices, wait)
        return list(first.values())

    # Room

    def has_room(self, pool: str, units: int, aside: Counter | None = None) -> bool:
        """Whether so many more may be held, beside what is set aside."""
        return self.missing(pool, units, aside) <= 0

    def missing(self, pool: str, units: int, aside: Counter | None = None) -> float:
        """Return how many units too few a pool has for so many more."""
        kept = aside[pool] if aside else 0
        return self.held[pool] + self.turning[pool] + kept + units - self.number[pool]

    def own_first(self, needs: Needs) -> bool:
        """Whether somebody whose first choice needs one of the pools could have all of it."""
        pools = {pool for pool, _ in needs}
        return any(
            pools & {pool for pool, _ in head.choices[0][1]}
            and all(self.has_room(*need) for need in head.choices[0][1])
            for head in self.heads()
        )

    # Service

    def serve(self) -> bool:
        """Serve the first in order who can have everything, and look again, until nobody can."""
        served = False
        while self.serve_one():
            served = True
        return served

    def serve_one(self) -> bool:
        """Go through the heads once, up to a grant; who reserves and cannot be served keeps others from its needs."""
        aside = self.aside = Counter()
        heads = self.heads()
        for wait in heads:
            if self.try_to_serve(wait, aside):
                self.count_ties(heads)
                return True
            if self.reserves(wait):
                self.set_aside(wait, aside)
        return False

    def count_ties(self, heads: list[Wait]) -> None:
        """Count service with two before it of the same time and priority."""
        keys = [self.service_key(wait)[:2] for wait in heads]
        self.seen["tie"] += len(set(keys)) < len(keys)

    def reserves(self, wait: Wait) -> bool:
        """Whether a head that cannot be served sets its first needs aside."""
        return not wait.homewards and not wait.group and wait.step.reserve

    def set_aside(self, wait: Wait, aside: Counter) -> None:
        """Keep later heads of this scan from what a head needs."""
        self.seen["reserve"] += 1
        for pool, units in wait.choices[0][1]:
            aside[pool] += units

    def open_choices(self, wait: Wait) -> list[tuple[int, Needs]]:
        """Return the alternatives that may be asked already, in written order, each with its place."""
        return [
            (place, needs)
            for place, (after, needs) in enumerate(wait.choices)
            if self.now - wait.asked >= after
        ]

    def try_to_serve(self, wait: Wait, aside: Counter) -> bool:
        """Grant a head the first alternative that there is room for, or that it may interrupt others for."""
        for place, needs in self.open_choices(wait):
            if all(self.has_room(*need, aside) for need in needs) and not (place and self.own_first(needs)):
                self.grant(wait, needs, place)
                return True
        if isinstance(wait.step, Activity) and wait.step.pre_empts:
            for place, needs in self.open_choices(wait):
                if place and self.own_first(needs):
                    continue
                victims = self.victims(wait, needs, aside)
                if victims:
                    for victim in victims:
                        self.interrupt(victim)
                    self.grant(wait, needs, place)
                    return True
        return False

    # Interruption

    def victims(self, wait: Wait, needs: Needs, aside: Counter) -> list[Wait]:
        """Return whom to interrupt so that there is room; nobody, if that would not do."""
        short = {pool: self.missing(pool, units, aside) for pool, units in needs}
        marked = []
        for one in sorted(self.running, key=self.victim_key, reverse=True):
            if not self.may_be_interrupted(one, wait) or all(
                short.get(pool, 0) <= 0 for pool, _ in one.needs
            ):
                continue
            marked.append(one)
            for pool, units in one.needs:
                short[pool] = short.get(pool, 0) - units
        return marked if all(short[pool] <= 0 for pool, _ in needs) else []

    def may_be_interrupted(self, one: Wait, by: Wait) -> bool:
        """Whether an activity is less urgent than who would interrupt it."""
        return one.at_grant > self.priority(by)

    def victim_key(self, wait: Wait) -> tuple[int, ...]:
        """Order of interruption, the last first: least urgent, begun latest."""
        return (wait.at_grant, wait.begun, *wait.place)

    def interrupt(self, wait: Wait) -> None:
        """Take from a running activity all that it holds, and let it wait in its old place."""
        self.seen["interrupt"] += 1
        self.running.remove(wait)
        wait.patient.write(self.now, "interrupt", wait.step.name, wait.visit)
        self.give(wait.patient, wait.step.name, wait.visit, wait.needs, turns=False)
        wait.left = (
            wait.left - (self.now - wait.begun) if wait.step.when_interrupted == "resume" else wait.whole
        )
        wait.turn += 1
        wait.interrupted = True
        wait.until = None
        self.waiting.append(wait)

    # Grants

    def grant(self, wait: Wait, needs: Needs, place: int = 0) -> None:
        """Hand over what was waited for."""
        self.waiting.remove(wait)
        self.seen["alternative"] += place > 0 and not wait.for_bed
        if wait.homewards:
            self.repatriate(wait, needs[0][0])
            return
        if wait.for_bed:
            self.seen["outlier"] += place > 0
            self.free_beds(wait.patient, tuple(wait.patient.over))
        if wait.at_grant is None:
            wait.at_grant = self.priority(wait)
        self.take(wait, needs)
        self.start_work(wait)

    def take(self, wait: Wait, needs: Needs) -> None:
        """Hold what was granted."""
        wait.needs = needs
        for pool, units in needs:
            self.held[pool] += units
            wait.patient.write(self.now, "take", wait.step.name, wait.visit, pool=pool, units=units)
            if wait.for_bed:
                wait.patient.beds[wait.step.name] = pool
                wait.patient.bed_visits[wait.step.name] = wait.visit
                self.go_home_from(wait, pool)

    def start_work(self, wait: Wait) -> None:
        """Begin, or go on with, what was waited for; the end of an activity is due after its time."""
        if not (wait.group or isinstance(wait.step, Activity)):
            self.begin(wait)
            return
        for one in wait.group or [wait]:
            one.patient.write(self.now, "resume" if wait.interrupted else "begin", one.step.name, one.visit)
        if wait.turn == 0:
            wait.whole = wait.left = self.time_of(wait)
        self.seen["resume"] += wait.interrupted
        self.seen["together"] += bool(wait.group)
        wait.interrupted = False
        wait.begun = self.now
        wait.turn += 1
        if not wait.group:
            self.running.append(wait)
        self.plan(self.now + wait.left, wait.strand.rank, partial(self.work_over, wait, wait.turn))

    def work_over(self, wait: Wait, turn: int) -> None:
        """End an activity, unless it was interrupted meanwhile."""
        if wait.turn == turn:
            if not wait.group:
                self.running.remove(wait)
            self.go_on(wait.strand, GRANTED)

    # Giving back

    def give(self, patient: Patient, step: str, visit: int, needs: Needs, *, turns: bool = True) -> None:
        """Give back; what must be turned round first is free only after that."""
        for pool, units in needs:
            self.held[pool] -= units
            patient.write(self.now, "give", step, visit, pool=pool, units=units)
            time = self.turning_time(patient, step, visit, pool) if turns else 0
            if time > 0:
                self.turning[pool] += units
                rank = (
                    patient.order,
                    patient.number,
                    FREES,
                    self.codes[patient.pathway, step],
                    visit,
                    self.pool_codes[pool],
                )
                spell = len(patient.spells) - 1
                self.plan(self.now + time, rank, partial(self.free, patient, step, visit, pool, units, spell))

    def free(self, patient: Patient, step: str, visit: int, pool: str, units: int, spell: int) -> None:
        """End the turning round of a place."""
        self.seen["turned round"] += 1
        self.turning[pool] -= units
        patient.write(self.now, "free", step, visit, pool=pool, units=units, spell=spell)

    def free_beds(self, patient: Patient, stays: tuple[str, ...], exchanged: str = "") -> None:
        """Give back the beds of some stays; one that is exchanged is not turned round."""
        for stay in stays:
            patient.over.pop(stay, None)
            pool = patient.beds.pop(stay)
            self.stay_where_they_are(patient, stay)
            self.give(patient, stay, patient.bed_visits[stay], ((pool, 1),), turns=stay != exchanged)

    # Repatriation

    def go_home_from(self, wait: Wait, pool: str) -> None:
        """Let who lies elsewhere wait for the first choice, if the stay says so."""
        home = wait.step.beds[0].pool  # asked for at once, whatever wait the first choice states
        if wait.step.repatriate and pool != home:
            going = Wait(wait.strand, wait.step, wait.code, wait.visit, self.now, self.now, own=wait.own)
            going.choices = ((0, ((home, 1),)),)
            going.homewards = True
            wait.patient.going_home[wait.step.name] = going
            self.waiting.append(going)

    def stay_where_they_are(self, patient: Patient, stay: str) -> None:
        """Wait no longer for the first choice."""
        going = patient.going_home.pop(stay, None)
        if going is not None:
            self.waiting.remove(going)

    def repatriate(self, wait: Wait, home: str) -> None:
        """Move a patient to the first choice."""
        self.seen["move"] += 1
        patient, stay = wait.patient, wait.step.name
        del patient.going_home[stay]
        patient.write(self.now, "move", stay, wait.visit)
        self.give(patient, stay, wait.visit, ((patient.beds[stay], 1),))
        self.held[home] += 1
        patient.write(self.now, "take", stay, wait.visit, pool=home, units=1)
        patient.beds[stay] = home

    # Knots

    def swap(self) -> bool:
        """Let the first cycle of patients who wait for each other's beds exchange them."""
        stuck = self.knotted()
        givers = [wait for wait in stuck if wait.gives()]
        for first in givers:
            cycle = self.cycle_from([first], [], givers)
            if cycle:
                self.exchange(cycle)
                return True
        return False

    def exchange(self, cycle: list[tuple[Wait, str]]) -> None:
        """Let each of a cycle give up its bed for that of the next."""
        self.seen["swap"] += 1
        for place, (wait, _) in enumerate(cycle):
            self.waiting.remove(wait)
            wanted = cycle[place - 1][1]  # by the one before, the last being before the first
            patient = wait.patient
            given = [stay for stay in patient.beds if stay in patient.over and patient.beds[stay] == wanted]
            patient.write(self.now, "swap", wait.step.name, wait.visit)
            self.free_beds(patient, tuple(patient.over), exchanged=given[0])
        for wait, pool in cycle:
            self.take(wait, ((pool, 1),))
            self.begin(wait)

    def knotted(self) -> list[Wait]:
        """Return, in order of service, who waits only for beds all of which such patients hold themselves."""
        mine = [wait for wait in self.waiting if wait.for_bed and wait.strand.track == 0]
        if not any(wait.patient.beds for wait in mine):
            return []
        line = sorted(mine, key=self.service_key)
        full = {pool for pool in self.held if self.is_full(pool)}
        while True:
            stuck = [w for w in line if all(pool in full for _, needs in w.choices for pool, _ in needs)]
            theirs = Counter(pool for wait in stuck for pool in wait.patient.beds.values())
            kept = {pool for pool in full if theirs[pool] == self.held[pool]}
            if kept == full:
                return stuck
            full = kept

    def is_full(self, pool: str) -> bool:
        """Whether a pool can have room only when a patient leaves a place of it."""
        return not self.has_room(pool, 1) and not self.turning[pool]

    def cycle_from(self, path: list[Wait], pools: list[str], givers: list[Wait]) -> list[tuple[Wait, str]]:
        """Return the first cycle that a path of patients leads into: each with the pool they get from the next."""
        wait = path[-1]
        for _, needs in self.open_choices(wait):
            pool = needs[0][0]
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
