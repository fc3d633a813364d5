"""What each pool would have to hold if nobody waited for beds or staff: the offered load, before any run.

A pathway is unfolded into single passages (a repeat of three is three of them), each with the chance of
every way on from it; expected visits are the solution of one sparse linear system for each kind of patient:
those with the same values of the attributes that branches read, reached by the same partial changes. Loops
are fine so long as each can end.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_array, eye_array
from scipy.sparse.linalg import splu

from cisim.errors import ModelError
from cisim.spec.model import Activity, Batch, Branch, Delay, GoTo, Leave, Partial, Repeat, Round, Stay
from cisim.spec.tree import walk
from cisim.spec.week import gaps, mean_number, mean_wait

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cisim.spec.model import Calendar, Model, Pathway, Step

    Floats = NDArray[np.float64]
    Steps = tuple[Step, ...]

__all__ = ["Load", "mean_rate", "offered_load"]


@dataclass(frozen=True, slots=True)
class Load:
    """The offered load of one pool.

    Attributes
    ----------
    pool : str
        Its name.
    offered : float
        Mean places held if nobody waited for beds or staff, all demand going to first-choice pools.
    capacity : float or None
        Mean number of places over an ordinary week; None if unlimited.
    """

    pool: str
    offered: float
    capacity: float | None

    @property
    def keeps_up(self) -> bool:
        """Whether less is asked than there is; a pool that nobody asks for keeps up even at none."""
        return self.capacity is None or self.offered == 0 or self.offered < self.capacity

    def words(self) -> str:
        """Return the load in one line.

        >>> Load("beds", 9.0, 12.0).words()
        'beds: 9.00 of 12 places wanted on average (75%)'
        >>> Load("beds", 13.0, 12.0).words()
        'beds: 13.00 of 12 places wanted on average (108%): it cannot keep up, its queue grows without end'
        """
        if self.capacity is None:
            return f"{self.pool}: {self.offered:.2f} places wanted on average, of an unlimited number"
        share = f" ({self.offered / self.capacity:.0%})" if self.capacity else ""
        end = "" if self.keeps_up else ": it cannot keep up, its queue grows without end"
        return f"{self.pool}: {self.offered:.2f} of {self.capacity:.4g} places wanted on average{share}{end}"


def mean_rate(pathway: Pathway) -> float:
    """Return the mean arrivals a millisecond; for listed arrivals, from the start to the last of them."""
    arrivals = pathway.arrivals
    if arrivals.rate is not None:
        return arrivals.rate
    times = arrivals.listed or ()
    return len(times) / max(times) if times and max(times) > 0 else 0.0


def offered_load(model: Model) -> tuple[Load, ...]:
    """Return the offered load of every pool, in the model's order.

    Rounds are met at random moments of the week, so a stay holds their mean wait, sum of gap squared over
    twice the week; a round met again at once, as in a repeat, holds a whole gap. Places at an opening, dated
    exceptions, patience and outlier pools are left out: those are what the run is for.

    Raises
    ------
    ModelError
        Where patients could go round a loop for ever.
    """
    held: dict[str, float] = defaultdict(float)
    for name, pathway in model.pathways.items():
        rate = mean_rate(pathway)
        if rate:
            for pool, time in _held_times(name, pathway, model.calendars, rate).items():
                held[pool] += rate * time
    return tuple(Load(name, held.get(name, 0.0), mean_number(pool)) for name, pool in model.pools.items())


@dataclass(slots=True)
class _Passage:
    """One passage of one step: the stays that it lies within, and the chance of each passage after it."""

    stays: tuple[int, ...]
    step: Step | None = None
    ways: list[tuple[float, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Patients alike: the values of their attributes, and which partial changes reach them (1.0 or 0.0)."""

    attributes: dict[str, str]
    reached: dict[str, float]


class _Unfolding:
    """A pathway as passages, for patients of one kind; passage 0 is the end."""

    def __init__(self, pathway: Pathway, kind: _Kind) -> None:
        self.kind = kind
        self.passages = [_Passage(())]
        self.first = self._list(pathway.steps, 0, {}, ())

    def _list(self, steps: Steps, then: int, scope: dict[str, int], stays: tuple[int, ...]) -> int:
        """Return the first passage of a list of steps that leads on to `then`."""
        starts = range(len(self.passages), len(self.passages) + len(steps))
        self.passages.extend(_Passage(stays) for _ in steps)
        named = [
            (step, here)
            for step, here in zip(steps, starts, strict=True)
            if not isinstance(step, GoTo | Leave)
        ]
        inner = {**scope, **{step.name: here for step, here in named}}
        for step, here, following in zip(steps, starts, (*starts[1:], then), strict=False):
            self.passages[here].step = step
            self.passages[here].ways = self._ways(step, here, following, inner)
        return starts[0] if steps else then

    def _ways(self, step: Step, here: int, then: int, scope: dict[str, int]) -> list[tuple[float, int]]:
        stays = self.passages[here].stays
        if isinstance(step, Repeat):
            times = step.times if isinstance(step.times, dict) else {step.times: 1.0}
            return [(share, self._repeated(step, n, then, scope, stays)) for n, share in times.items()]
        if isinstance(step, (Branch, Partial)):
            return [(share, self._list(inner, then, scope, stays)) for share, inner in self._choices(step)]
        if isinstance(step, Stay):
            return [(1.0, self._list(step.steps, then, scope, (*stays, here)))]
        if isinstance(step, GoTo):
            return [(1.0, scope[step.name])]
        return [(1.0, 0 if isinstance(step, Leave) else then)]

    def _repeated(
        self, step: Repeat, times: int, then: int, scope: dict[str, int], stays: tuple[int, ...]
    ) -> int:
        for _ in range(times):
            then = self._list(step.steps, then, scope, stays)
        return then

    def _choices(self, step: Branch | Partial) -> list[tuple[float, Steps]]:
        if isinstance(step, Partial):
            share = self.kind.reached.get(step.change, step.share)
            return [(share, step.changed), (1 - share, step.original)]
        if step.by is None:
            return [(way.share or 0.0, way.steps) for way in step.ways]
        value = self.kind.attributes[step.by]
        match = [way for way in step.ways if way.when == value]
        match = match or [way for way in step.ways if way.when is None]
        return [(1.0, match[0].steps)] if match else [(1.0, ())]


_Round = tuple[str, int]  # a calendar, and how many of its openings were passed one after another


@dataclass(slots=True)
class _Chain:
    """The states (passage, rounds just passed) that a patient can be in, as an absorbing Markov chain."""

    unfolding: _Unfolding
    calendars: Mapping[str, Calendar]
    states: list[tuple[int, _Round | None]] = field(default_factory=list)
    moves: list[tuple[int, int, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.unfolding.first:  # else there are no steps
            self.states.append((self.unfolding.first, None))
        index = {state: i for i, state in enumerate(self.states)}
        for here, state in enumerate(self.states):  # grows as states are found
            after = self._passed(state)
            for chance, there in self.unfolding.passages[state[0]].ways:
                if there == 0 or chance <= 0:
                    continue
                following = (there, after)
                if following not in index:
                    index[following] = len(self.states)
                    self.states.append(following)
                self.moves.append((here, index[following], chance))

    def step(self, state: int) -> Step | None:
        return self.unfolding.passages[self.states[state][0]].step

    def stays(self, state: int) -> tuple[int, ...]:
        return self.unfolding.passages[self.states[state][0]].stays

    def _passed(self, state: tuple[int, _Round | None]) -> _Round | None:
        """Return the rounds just passed when the step of a state is done: none where time has gone by."""
        step, before = self.unfolding.passages[state[0]].step, state[1]
        if isinstance(step, Round):
            k = before[1] + 1 if before and before[0] == step.calendar else 1
            openings = len(gaps(self.calendars[step.calendar]))
            return step.calendar, (k - 1) % openings + 1  # the same opening again after a whole week
        timed = isinstance(step, (Delay, Activity)) and step.duration.distribution().mean() > 0
        return None if timed or isinstance(step, Batch) else before

    def visits(self, where: str) -> Floats:
        """Return the expected visits to each state."""
        begin = np.zeros(len(self.states))
        begin[0] = 1.0
        return self._solve(begin, where, transposed=True)

    def until_next_bed(self, times: Floats, where: str) -> Floats:
        """Return the expected time from entering each state until a stay begins or the pathway ends."""
        stay = np.array([isinstance(self.step(i), Stay) for i in range(len(self.states))])
        return self._solve(np.where(stay, 0.0, times), where, transposed=False, stopped=stay)

    def _solve(
        self, right: Floats, where: str, *, transposed: bool, stopped: NDArray[np.bool_] | None = None
    ) -> Floats:
        n = len(self.states)
        moves = [m for m in self.moves if stopped is None or not stopped[m[0]]]
        rows, columns = [m[0] for m in moves], [m[1] for m in moves]
        chances = csc_array(([m[2] for m in moves], (rows, columns)), shape=(n, n))
        matrix = csc_array(eye_array(n) - (chances.T if transposed else chances))
        try:
            answer = np.asarray(splu(matrix).solve(right), dtype=float)
        except RuntimeError:  # the matrix is singular
            answer = np.full(n, np.inf)
        if not np.all(np.isfinite(answer)) or np.max(np.abs(answer), initial=0.0) > 1e15:
            raise ModelError(where, "patients can go round for ever: give each loop a way out")
        return answer


def _wait(step: Round, before: _Round | None, calendars: Mapping[str, Calendar]) -> float:
    """Return the mean wait for a round: from a random moment, or from the opening before."""
    calendar = calendars[step.calendar]
    if before is None or before[0] != step.calendar:
        return mean_wait(calendar)
    between = gaps(calendar)
    turned = (*between[before[1] % len(between) :], *between[: before[1] % len(between)])
    return sum(a * b for a, b in zip(between, turned, strict=True)) / sum(between)


_MOST_CHANGES = 8  # partial changes told apart; those beyond are drawn afresh at each passage


def _kinds(pathway: Pathway) -> list[tuple[float, _Kind]]:
    """Return the kinds of patient that a pathway treats differently, each with its share."""
    steps = tuple(walk(pathway.steps))
    read = {s.by for s in steps if isinstance(s, Branch)}
    drawn = {a: list(values.items()) for a, values in pathway.attributes.items() if a in read}
    changes = {s.change: s.share for s in steps if isinstance(s, Partial)}
    reach = [[(c, 1.0, share), (c, 0.0, 1 - share)] for c, share in list(changes.items())[:_MOST_CHANGES]]
    kinds = []
    for values in product(*drawn.values()):
        for reached in product(*reach):
            kind = _Kind(
                dict(zip(drawn, (value for value, _ in values), strict=True)), {c: r for c, r, _ in reached}
            )
            kinds.append((prod(share for _, share in values) * prod(share for _, _, share in reached), kind))
    return kinds


def _held_times(
    name: str, pathway: Pathway, calendars: Mapping[str, Calendar], rate: float
) -> dict[str, float]:
    """Return the mean time in milliseconds for which a patient of a pathway holds places of each pool."""
    where = f"pathways.{name}"
    chains = [(share, _Chain(_Unfolding(pathway, kind), calendars)) for share, kind in _kinds(pathway)]
    chains = [(share, chain) for share, chain in chains if share > 0 and chain.states]
    visited = [(share * chain.visits(where), chain) for share, chain in chains]
    gathered: dict[str, float] = defaultdict(float)  # patients a millisecond who join each batch
    for visits, chain in visited:
        for i, count in enumerate(visits):
            step = chain.step(i)
            if isinstance(step, Batch):
                gathered[step.name] += float(count) * rate
    held: dict[str, float] = defaultdict(float)
    for visits, chain in visited:
        times = np.array(
            [_time(chain.step(i), s[1], calendars, gathered) for i, s in enumerate(chain.states)]
        )
        _add_held(held, chain, visits, times, where)
    return held


def _time(
    step: Step | None, before: _Round | None, calendars: Mapping[str, Calendar], gathered: Mapping[str, float]
) -> float:
    """Return the mean time that a step takes by itself, nobody waiting for beds or staff."""
    if isinstance(step, (Delay, Activity)):
        return step.duration.distribution().mean()
    if isinstance(step, Round):
        return _wait(step, before, calendars)
    if isinstance(step, Batch) and step.number > 1:
        gather = (step.number - 1) / (2 * gathered[step.name]) if gathered[step.name] else 0.0
        return min(gather, step.at_most) if step.at_most is not None else gather
    return 0.0


def _add_held(held: dict[str, float], chain: _Chain, visits: Floats, times: Floats, where: str) -> None:
    """Add the times for which a chain's patients hold places to `held`."""
    passages = chain.unfolding.passages
    for i, (count, time) in enumerate(zip(visits.tolist(), times.tolist(), strict=True)):
        step = chain.step(i)
        if isinstance(step, Activity):
            for pool, number in step.needs.items():
                held[pool] += count * time * number
        for stay in chain.stays(i):
            held[_first_choice(passages[stay].step)] += count * time
    keeping = {
        p
        for p, passage in enumerate(passages)
        if isinstance(passage.step, Stay) and passage.step.then == "hold"
    }
    if not keeping:
        return
    longer = chain.until_next_bed(times, where)
    for here, there, chance in chain.moves:
        for stay in keeping.intersection(chain.stays(here)).difference(chain.stays(there)):
            held[_first_choice(passages[stay].step)] += float(visits[here] * chance * longer[there])


def _first_choice(step: Step | None) -> str:
    assert isinstance(step, Stay)  # noqa: S101 - only stays are in the lists of stays
    return step.beds[0].pool
