"""The reference engine: SimPy processes, written to be read.

A patient is one process that goes from node to node of the network; what happens at each is in
`cisim.engine.steps`. What they share is here, and in the rooms beside it: what is due when (`agenda`), queues and
service (`service`, `preempting`), giving up, ageing and limits (`waiting`), rounds and batches (`gathering`), beds
(`beds`) and their exchange (`swapping`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

import simpy

from cisim.engine.agenda import Agenda, Turn
from cisim.engine.beds import Beds
from cisim.engine.gathering import Batches, Rounds
from cisim.engine.layout import Layout
from cisim.engine.own import check_own_steps
from cisim.engine.patients import FREED, Parts, Patient, Request, Spell
from cisim.engine.pools import PoolState, Tally
from cisim.engine.replay import Replay
from cisim.engine.service import Service
from cisim.engine.steps import PASSING, WAITING
from cisim.engine.swapping import Swaps
from cisim.engine.waiting import Ageing, Limits, Patience
from cisim.engine.writing import QUEUES, event_log
from cisim.errors import RunError
from cisim.eventlog import Event, EventLog
from cisim.network import Draws, Kind, Network
from cisim.units import clock

__all__ = ["Hospital", "run_simpy"]

MOST_MOVES = 10_000  # of one patient at one instant, before a loop without time is assumed
_BEGUN_BEFORE = (Kind.ACTIVITY, Kind.STAY, Kind.ROUND, Kind.BATCH, Kind.DELAY)  # may begin before time 0
Passages = frozenset[tuple[int, int, int]]


class Hospital:
    """The state of one run."""

    def __init__(self, network: Network, draws: Draws, replay: Replay | None) -> None:
        check_own_steps(network)
        self.net = network
        self.draws = draws
        self.plan = Layout(network)
        self.env = simpy.Environment()
        self.agenda = Agenda(self.env)
        self.rows: list[int] = []  # eleven numbers a row: a million tuples are slow to keep
        self.past = 0  # how long before now patients who are there at the start do what they do
        self.pools = [PoolState(pool) for pool in network.pools]
        self.inside = [Tally() for _ in network.pathways]
        self.waiting = [Tally() for _ in network.steps]
        self.left = [0] * len(network.pathways)
        self.arrived = [0] * len(network.pathways)
        self.returned = [0] * len(network.pathways)
        self.present = [0] * len(network.pathways)
        self.attributes: list[list[int]] = [
            draws.attribute(code).tolist() for code in range(len(network.attributes))
        ]
        self.service = Service(self)
        self.patience = Patience(self)
        self.ageing = Ageing(self)
        self.limits = Limits(self)
        self.rounds = Rounds(self)
        self.batches = Batches(self)
        self.beds = Beds(self)
        self.swaps = Swaps(self)
        self.coming = self.arrivals()
        self.entry: list[int] = network.entry.tolist()
        self.parts: dict[tuple[int, int, int], Parts] = {}  # by pathway, patient and node
        self._replay(replay)

    def _replay(self, replay: Replay | None) -> None:
        """Note whom a replay leaves out, and whom it turns away again."""
        self.replaying = replay is not None
        self.skip: set[tuple[int, int]] = set()
        self.refuse: Passages = frozenset()
        self.turned: Passages = frozenset()
        if replay is not None:
            names = {(s.pathway, s.name): code for code, s in enumerate(self.net.steps) if s.kind in QUEUES}
            self.skip = {(self.net.pathways.index(p), n) for p, n in replay.skip}
            self.refuse, self.turned = (
                frozenset((names[p, s], n, v) for p, s, n, v in passages if (p, s) in names)
                for passages in (replay.refuse, replay.turned)
            )

    # -- time and the log ---------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """Return the time of the run (ms)."""
        return self.env.now  # type: ignore[return-value]  # whole milliseconds: every delay is an int

    @property
    def moment(self) -> int:
        """Return the time that rows are given: now, or earlier while those enter who are there at the start."""
        return self.env.now + self.past  # type: ignore[return-value]

    def until(self, time: int) -> int:
        """Return how long it is until a time; what would lie before the start happens at the start."""
        return max(0, time - self.now)

    def write(
        self, patient: Patient, event: Event, node: int = -1, *, visit: int = -1, pool: int = -1, units: int = 0,
        detail: int = -1, spell: Spell | None = None,
    ) -> None:  # fmt: skip
        """Write a row."""
        of = patient.spell if spell is None else spell
        time = self.env.now + self.past
        step = self.plan.step[node] if node >= 0 else -1
        pathway, number = patient.pathway, patient.number
        self.rows += (pathway, number, of.number, of.rows, time, event, step, visit, pool, units, detail)  # type: ignore[arg-type]
        of.rows += 1

    def drawn(self, stream: int, request: Request) -> int:
        """Return a number drawn for one passage of a step."""
        return self.draws.number(stream, request.patient.slot, request.visit)

    # -- pools --------------------------------------------------------------------------------------

    def take(self, patient: Patient, node: int, visit: int, pool: int, units: int) -> None:
        """Hold so much of a pool."""
        self.pools[pool].take(self.now, units)
        self.write(patient, Event.TAKE, node, visit=visit, pool=pool, units=units)

    def give(
        self, patient: Patient, node: int, visit: int, pool: int, units: int, *, turned: bool = True
    ) -> None:
        """Give it back; what is turned round is nobody's until then."""
        self.pools[pool].give(self.now, units)
        self.write(patient, Event.GIVE, node, visit=visit, pool=pool, units=units)
        time = self.time_to_turn(patient, node, visit, pool) if turned and node in self.plan.turning else 0
        if time:
            self.pools[pool].turn(self.now, units)
            order = (patient.pathway, patient.number, FREED, self.plan.step[node], visit, pool)
            act = partial(self.set_free, patient, patient.spell, node, visit, pool, units)
            self.agenda.flow(self.now + time, order, act)
        else:
            self.service.touch(pool)

    def time_to_turn(self, patient: Patient, node: int, visit: int, pool: int) -> int:
        """Return for how long nobody may have what is given: after the use by this step, and for this pool."""
        time = 0
        if self.plan.after_hold[node] >= 0:
            time += self.draws.number(self.plan.after_hold[node], patient.slot, visit)
        if pool in self.plan.turns.get(node, ()):
            time += self.draws.number(self.plan.turns[node][pool], patient.slot, visit)
        return time

    def set_free(
        self, patient: Patient, spell: Spell, node: int, visit: int, pool: int, units: int, _: object
    ) -> None:
        """End the turning round of what was given; the row is the giver's, though they may have left."""
        self.pools[pool].turn(self.now, -units)
        self.write(patient, Event.FREE, node, visit=visit, pool=pool, units=units, spell=spell)
        self.service.touch(pool)

    def rota(self, code: int) -> Generator[simpy.Event, Any, None]:
        """Follow the number of a pool."""
        pool = self.pools[code]
        for time, number in pool.changes():
            if time > self.now:
                yield self.env.timeout(time - self.now)
            pool.set_number(self.now, number)
            self.service.touch(code)
            self.swaps.call()

    # -- waiting ------------------------------------------------------------------------------------

    def pass_by(self, patient: Patient, node: int) -> int:
        """Return how often a patient has passed a step before, and count this time."""
        step = self.plan.step[node]
        visit = patient.visits.get(step, 0)
        patient.visits[step] = visit + 1
        return visit

    def priority(self, patient: Patient, node: int) -> int:
        """Return a patient's own priority at a step."""
        if node in self.plan.priority_by:
            attribute, first = self.plan.priority_by[node]
            return self.plan.priorities[first + self.attributes[attribute][patient.slot]]
        return self.plan.priority[node]

    def ask(self, patient: Patient, node: int) -> Request:
        """Begin to wait."""
        plan = self.plan
        step, visit, now = plan.step[node], self.pass_by(patient, node), self.moment
        since = patient.spell.began if plan.by_arrival[node] == 1 else now
        key = (self.priority(patient, node), since, patient.pathway, patient.number, visit, step)
        request = Request(patient, node, plan.queue[node], now, visit, key, Turn(self.env), plan.next[node])
        if self.replaying:
            passage = (step, patient.number, visit)
            request.turned = passage in self.turned
            request.outside = request.turned or passage in self.refuse
        self.write(patient, Event.ASK, node, visit=visit)
        self.waiting[step].change(self.now, +1)
        return request

    def join(self, request: Request) -> None:
        """Stand in the queue for what a step needs, and say until when."""
        self.patience.start(request)
        if request.turned:
            self.limits.turn_away_again(request)
        if request.outside:
            return
        if request.node in self.plan.ageing:
            self.ageing.start(request)
        self.service.stand(request)
        if self.net.can_knot:
            self.swaps.start(request)
        if request.step in self.plan.limited and not self.replaying:
            self.limits.start(request)

    def stop_waiting(self, request: Request) -> None:
        """End a wait, whatever comes of it."""
        request.waiting = False
        if request.counted:
            self.limits.stop(request)
        self.waiting[request.step].change(self.now, -1)
        if request.keeps_bed:
            self.swaps.keeping_beds -= 1
        if request.queue >= 0 and not request.outside:
            self.service.look_at(request.queue)

    def see(self, request: Request) -> None:
        """Begin what takes no time: a round, a batch that is not served together."""
        self.stop_waiting(request)
        self.write(request.patient, Event.BEGIN, request.node, visit=request.visit)
        self.go_on(request)

    def go_on(self, request: Request) -> None:
        """Let a patient go on in the next round of this instant."""
        self.agenda.flow(self.now, request.patient.order, request.over.come)

    def wait(self, patient: Patient, delay: int) -> Turn:
        """Return what to yield, for a patient to go on after a time."""
        turn = Turn(self.env)
        self.agenda.flow(self.now + delay, patient.order, turn.come)
        return turn

    def uniform(self, patient: Patient, node: int, purpose: str = "own") -> float:
        """Return a number strictly between 0 and 1 for this passage of a step: what an own step draws from.

        The same patient has the same number in every scenario, whatever else is in the model.
        """
        step = self.net.steps[self.plan.step[node]]
        visit = patient.visits[self.plan.step[node]] - 1
        return self.draws.uniform((step.pathway, step.name, purpose), patient.number, visit)

    # -- patients -----------------------------------------------------------------------------------

    def arrivals(self) -> Iterator[list[Patient]]:
        """Yield those who come at one time, and then at the next."""
        draws = self.draws
        columns = (draws.time, draws.pathway, draws.patient, draws.slot)
        everybody = zip(*(c.tolist() for c in columns), strict=True)
        for time, group in groupby(everybody, key=itemgetter(0)):
            come = [Patient(p, n, slot, Spell(0, time)) for _, p, n, slot in group if (p, n) not in self.skip]
            if come:
                yield come

    def expect(self) -> None:
        """Let the next come in the round of their time, and the first of them say that the next are expected."""
        for place, patient in enumerate(next(self.coming, [])):
            act = partial(self.admit, patient, first=place == 0)
            self.agenda.flow(patient.spell.began, patient.order, act)

    def admit(self, patient: Patient, _: object, *, first: bool) -> None:
        """Start the journey of a patient who comes for the first time."""
        if first:
            self.expect()
        self.arrived[patient.pathway] += 1
        self.arrive(patient)
        self.env.process(self.journey(patient, self.entry[patient.pathway]))

    def arrive(self, patient: Patient) -> None:
        """Begin a spell."""
        self.inside[patient.pathway].change(self.now, +1)
        self.write(patient, Event.ARRIVE)

    def come_back(self, patient: Patient) -> None:
        """Begin another spell of the same patient."""
        patient.spell = Spell(patient.spell.number + 1, self.now)
        self.returned[patient.pathway] += 1
        self.arrive(patient)

    def leave(self, patient: Patient, node: int) -> None:
        """Give everything back, and end the spell."""
        self.beds.give_all(patient)
        self.write(patient, Event.LEAVE, node, detail=self.plan.outcome[node])
        self.inside[patient.pathway].change(self.now, -1)
        self.left[patient.pathway] += 1

    def set_out(self, patient: Patient, node: int) -> None:
        """Let a patient, or a part of one, start at a node in the next round."""
        self.agenda.flow(self.now, patient.order, lambda _: self.env.process(self.journey(patient, node)))

    def journey(self, patient: Patient, node: int) -> Generator[simpy.Event, Any, None]:
        """Take one patient from node to node until they leave; a part of one, until it is done."""
        kinds = self.plan.kind
        while node >= 0:
            self.count_move(patient, node)
            kind = kinds[node]
            if kind in PASSING:
                node = PASSING[kind](self, patient, node)
            else:
                node = yield from WAITING[kind](self, patient, node)

    def count_move(self, patient: Patient, node: int) -> None:
        """Stop the run where a patient goes round and round without any time passing."""
        now = self.now
        if patient.moved_at != now:
            patient.moved_at, patient.moves = now, 0
        patient.moves += 1
        if patient.moves > MOST_MOVES:
            raise RunError(
                f"{self.when()}: patient {patient.number} of {self.net.pathways[patient.pathway]} made {MOST_MOVES:,} "
                f"moves without any time passing, the last at {self.name(node)}; give a step of that loop a duration"
            )

    # -- who is there at the start ------------------------------------------------------------------

    def starters(self) -> None:
        """Let everybody enter who is there at the start, in the order in which they are written."""
        draws = self.draws
        columns = (draws.start_pathway, draws.start_patient, draws.start_slot, draws.start_since)
        places = (draws.start_node, draws.start_stay, draws.start_pool)
        for pathway, number, slot, since, *place in zip(*(c.tolist() for c in columns + places), strict=True):
            if (pathway, number) not in self.skip:
                patient = Patient(pathway, number, slot, Spell(0, since))
                self.env.process(self.enter(patient, *place))

    def enter(self, patient: Patient, node: int, stay: int, pool: int) -> Generator[simpy.Event, Any, None]:
        """Do before time 0 what a patient has done by then, and go on from there."""
        self.past = patient.spell.began
        self.present[patient.pathway] += 1
        self.arrive(patient)
        if stay >= 0:
            visit = self.pass_by(patient, stay)
            self.write(patient, Event.ASK, stay, visit=visit)
            self.beds.lie(patient, stay, visit, pool)
            self.write(patient, Event.BEGIN, stay, visit=visit)
        if self.plan.kind[node] in _BEGUN_BEFORE:
            step = WAITING[self.plan.kind[node]](self, patient, node)
            turn = next(step)
            self.past = 0
            yield turn
            node = yield from step
        else:
            self.past = 0
            yield self.wait(patient, 0)
        yield from self.journey(patient, node)

    # -- the run ------------------------------------------------------------------------------------

    def name(self, node: int) -> str:
        """Return a step's name for people."""
        if self.plan.step[node] < 0:
            return "a go_to"
        step = self.net.steps[self.plan.step[node]]
        return f"'{step.pathway}/{step.name}'"

    def when(self) -> str:
        """Return the moment for people."""
        return f"{clock(self.net.start, self.now):%a %d %b %Y %H:%M}"

    def run(self) -> None:
        """Run to the horizon."""
        self.starters()
        for code, pool in enumerate(self.pools):
            if pool.changing:
                self.env.process(self.rota(code))
        self.env.process(self.rounds.openings())
        self.expect()
        if self.net.end > 0:
            self.env.run(until=self.net.end)


def run_simpy(network: Network, draws: Draws, replay: Replay | None = None, keep: float = 1.0) -> EventLog:
    """Return the event log of a network and its draws, by SimPy; `keep` is the share of patients whose rows stay."""
    hospital = Hospital(network, draws, replay)
    hospital.run()
    return event_log(network, hospital, keep)
