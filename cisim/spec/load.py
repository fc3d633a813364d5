"""What each pool would have to hold if nobody waited for beds or staff: the offered load, before any run.

Held time is what is taken for the work itself, and what is added to it: a batch's porter once for all, what is
kept after the end, and the turn-round before anybody else may have the place. A calendar with a stated number of
places is asked for patients a week: a waiting list that grows faster than its lists is told here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import product
from math import erf, exp, pi, sqrt
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.optimize import linprog
from scipy.stats import poisson

from cisim.errors import ModelError
from cisim.spec.model import Activity, AllOf, Batch, ComesBack, Delay, Round, Stay
from cisim.spec.tree import walk
from cisim.spec.unfolding import Chain, Unfolding, kinds, read_by
from cisim.spec.week import gaps, mean_number, mean_season, mean_wait, places_of_week
from cisim.units import WEEK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from cisim.spec.fields import Duration
    from cisim.spec.model import Calendar, Model, Part, Pathway, Pool, Step
    from cisim.spec.unfolding import Kind, Met

    Floats = NDArray[np.float64]

__all__ = ["Load", "mean_rate", "offered_load", "stays_begun"]


@dataclass(frozen=True, slots=True)
class Load:
    """The offered load of one pool, or of a calendar with so many places.

    Attributes
    ----------
    pool : str
        Its name, or the calendar's.
    offered : float
        Mean places held if nobody waited for beds or staff, all demand going to first choices; of a calendar,
        patients a week. Of listed arrivals it is the mean up to the last of them.
    capacity : float or None
        Mean number of places over an ordinary week; None if unlimited. Of a calendar, places a week.
    shared : bool
        Whether those who may stand in for it can do what it cannot.
    what : str
        ``pool`` or ``calendar``.
    bounded : bool
        Whether no queue for it can grow without end: whoever asks for it gives up, is turned away, or is listed,
        and lists end.
    listed : bool
        Whether somebody who asks for it at first comes from a list of arrivals.
    """

    pool: str
    offered: float
    capacity: float | None
    shared: bool = False
    what: Literal["pool", "calendar"] = "pool"
    bounded: bool = False
    listed: bool = False

    @property
    def keeps_up(self) -> bool:
        """Whether less is asked than there is; a pool that nobody asks for keeps up even at none."""
        return self.capacity is None or self.offered == 0 or self.offered < self.capacity or self.shared

    @property
    def unit(self) -> str:
        """What is counted: places, or places a week."""
        return "places a week" if self.what == "calendar" else "places"

    def words(self) -> str:
        """Return the load in one line.

        >>> Load("beds", 9.0, 12.0).words()
        'beds: 9.00 of 12 places wanted on average (75%)'
        >>> Load("beds", 13.0, 12.0).words()
        'beds: 13.00 of 12 places wanted on average (108%): it cannot keep up, its queue grows without end'
        >>> Load("beds", 13.0, 12.0, bounded=True, listed=True).words()
        'beds: 13.00 of 12 places wanted on average (108%): it cannot keep up, until the last of those listed has come'
        """
        if self.capacity is None:
            return f"{self.pool}: {self.offered:.2f} {self.unit} wanted on average, of an unlimited number"
        share = f" ({self.offered / self.capacity:.0%})" if self.capacity else ""
        end = ""
        if self.shared:
            end = ": others who may stand in for it can do the rest"
        elif not self.keeps_up:
            end = f": it cannot keep up, {self._what_then()}"
        elif self.offered == 0 and self.listed:
            end = ": whoever is listed comes at the start, of which there is no mean"
        words = f"{self.offered:.2f} of {self.capacity:.4g} {self.unit} wanted on average"
        return f"{self.pool}: {words}{share}{end}"

    def _what_then(self) -> str:
        if not self.bounded:
            return "its queue grows without end"
        if self.listed:
            return "until the last of those listed has come"
        return "some must give up or be turned away"


def mean_rate(pathway: Pathway) -> float:
    """Return the mean arrivals a millisecond, over a year; for listed arrivals, up to the last of them."""
    arrivals = pathway.arrivals
    if arrivals.rate is not None:
        return arrivals.rate * mean_season(arrivals)
    times = arrivals.listed or ()
    return len(times) / max(times) if times and max(times) > 0 else 0.0


def offered_load(model: Model) -> tuple[Load, ...]:
    """Return the offered load of every pool, in the model's order, then of every calendar with limited places.

    Rounds are met at random moments of the week, so a stay holds their mean wait, sum of gap squared over
    twice the week; a round met again at once, as in a repeat, holds a whole gap. Parts that go on at once take
    the mean of the longest, by Clark's approximation. Readmitted patients count as often as they come back,
    unless they come back for ever: then their first spell alone. Dated exceptions, growth, patience, limits and
    outlier pools are left out: those are what the run is for.

    Raises
    ------
    ModelError
        Where patients could go round a loop for ever.
    """
    loads = _loads(model)
    lists = {name: pathway for name, pathway in model.pathways.items() if pathway.arrivals.listed is not None}
    lasting = {name: pathway for name, pathway in model.pathways.items() if name not in lists}
    endless = {one for way in lasting.values() if mean_rate(way) for one in _asked(way, patiently=True)}
    if lists:  # what goes on after the lists must be too much by itself
        rest = _loads(model.model_copy(update={"pathways": lasting}))
        endless.intersection_update([(one.what, one.pool) for one in rest if not one.keeps_up])
    listed = {one for way in lists.values() if way.arrivals.listed for one in _asked(way, patiently=False)}
    return tuple(
        replace(
            one,
            bounded=one.offered > 0 and (one.what, one.pool) not in endless,
            listed=(one.what, one.pool) in listed,
        )
        for one in loads
    )


def _loads(model: Model) -> list[Load]:
    """Return the loads, not yet whether their queues grow without end."""
    work = _Work(model)
    for name, pathway in model.pathways.items():
        rate = mean_rate(pathway)
        if rate:
            _Survey(f"pathways.{name}", model, pathway, rate).add_to(work)
    held = work.first_choices()
    capacity = {name: mean_number(pool) for name, pool in model.pools.items()}
    loads = [Load(name, held[name], capacity[name]) for name in model.pools]
    if any(not load.keeps_up for load in loads) and any(len(ways) > 1 for ways in work.tasks):
        short = work.short(capacity)
        loads = [one if one.keeps_up else replace(one, shared=one.pool not in short) for one in loads]
    for name, calendar in model.calendars.items():
        places = places_of_week(calendar)
        if places is not None:
            loads.append(Load(name, work.seen[name] * WEEK, places, what="calendar"))
    return loads


def stays_begun(model: Model) -> dict[str, float]:
    """Return how often each pool is asked for as the first choice of a stay, a millisecond, as `offered_load` counts.

    Raises
    ------
    ModelError
        Where patients could go round a loop for ever.
    """
    begun: dict[str, float] = defaultdict(float)
    for name, pathway in model.pathways.items():
        rate = mean_rate(pathway)
        if rate:
            for step, count in _Survey(f"pathways.{name}", model, pathway, rate).passed():
                if isinstance(step, Stay):
                    begun[_first_choice(step)] += count
    return dict(begun)


def _asked(pathway: Pathway, *, patiently: bool) -> Iterator[tuple[str, str]]:
    """Yield what patients ask for at first; `patiently`: where they neither give up nor are ever turned away."""
    for step in walk(pathway.steps):
        if isinstance(step, Batch) and step.together is not None:
            yield from (("pool", pool) for pool in step.together.needs)
        if not isinstance(step, (Activity, Stay, Round)) or (patiently and step.gives_up is not None):
            continue
        if isinstance(step, Round):
            yield "calendar", step.calendar
        elif not (patiently and step.limit is not None):
            pools = step.needs if isinstance(step, Activity) else (step.beds[0].pool,)
            yield from (("pool", pool) for pool in pools)


_Held = dict[str, float]  # places held on average, by pool


class _Work:
    """All that is asked of the pools: what can only be done so, and tasks that may be done in several ways."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.fixed: _Held = defaultdict(float)
        self.tasks: list[list[_Held]] = []
        self.seen: dict[str, float] = defaultdict(float)  # patients a millisecond, by calendar

    def add(self, ways: list[_Held]) -> None:
        if len(ways) > 1:
            self.tasks.append(ways)
        else:
            for pool, places in ways[0].items():
                self.fixed[pool] += places

    def first_choices(self) -> _Held:
        held = defaultdict(float, self.fixed)
        for ways in self.tasks:
            for pool, places in ways[0].items():
                held[pool] += places
        return held

    def short(self, capacity: Mapping[str, float | None]) -> set[str]:
        """Return the pools that cannot keep up however the tasks are shared out.

        The tasks are shared so that as little as can be is left undone; a pool is short if more of it would leave
        less undone, which is what its price in that linear programme says.
        """
        limited = [name for name, number in capacity.items() if number is not None]
        row = {name: i for i, name in enumerate(limited)}
        ways = [(t, way) for t, task in enumerate(self.tasks) for way in task]
        taken = np.zeros((len(limited), len(ways) + len(limited)))
        shared = np.zeros((len(self.tasks), len(ways) + len(limited)))
        for column, (task, way) in enumerate(ways):
            shared[task, column] = 1.0
            for pool, places in way.items():
                if pool in row:
                    taken[row[pool], column] = places
        taken[:, len(ways) :] = -np.eye(len(limited))  # what is left undone
        room = [(capacity[name] or 0.0) * (1 - 1e-9) - self.fixed[name] for name in limited]
        undone = np.concatenate([np.zeros(len(ways)), np.ones(len(limited))])
        best = linprog(undone, A_ub=taken, b_ub=room, A_eq=shared, b_eq=np.ones(len(self.tasks)))
        return {name for name, price in zip(limited, best.ineqlin.marginals, strict=True) if price < -1e-9}


def _mean(duration: Duration | None) -> float:
    return duration.distribution().mean() if duration is not None else 0.0


def _ways(model: Model, step: Activity) -> Iterator[dict[str, int]]:
    """Yield the needs with which an activity can be done: as written, then with cover."""
    written = (step.needs, *(other.needs for other in step.instead))
    yield from written
    for needs in written:
        options = [(pool, *(c.pool for c in model.pools[pool].covered_by)) for pool in needs]
        for chosen in list(product(*options))[1:]:
            units: dict[str, int] = defaultdict(int)
            for pool, number in zip(chosen, needs.values(), strict=True):
                units[pool] += number
            yield units


@dataclass(slots=True)
class _Tour:
    """A chain and how often each of its states is visited, a millisecond; and the parts that start in some."""

    chain: Chain
    visits: Floats
    parts: dict[int, list[Chain]] = field(default_factory=dict)


class _Survey:
    """What the patients of one pathway ask for."""

    def __init__(self, where: str, model: Model, pathway: Pathway, rate: float) -> None:
        self.where = where
        self.model = model
        self.tours: list[_Tour] = []
        self.gathered: dict[str, float] = defaultdict(float)  # patients a millisecond who join each batch
        self.parts: dict[int, dict[int, list[Chain]]] = {}
        self.made: dict[object, tuple[Chain, Floats]] = {}
        self.timed: dict[int, tuple[Floats, Floats]] = {}
        for share, kind in kinds(pathway):
            if share > 0:
                self._visit(self._chain(pathway, kind, rate * share))
        for step, count in self.passed():
            if isinstance(step, Batch):
                self.gathered[step.name] += count

    def _chain(self, pathway: Pathway, kind: Kind, rate: float) -> _Tour | None:
        """Return a kind's chain with its visits; who comes back for ever is followed through one spell."""
        for returns in (True, False):
            chain = Chain(Unfolding(pathway.steps, kind, returns=returns), self.model.calendars)
            if not chain.states:
                return None
            try:
                return _Tour(chain, rate * chain.visits(self.where))
            except ModelError:
                coming_back = any(isinstance(chain.step(i), ComesBack) for i in range(len(chain.states)))
                if not (returns and coming_back):
                    raise
        return None

    def _visit(self, tour: _Tour | None) -> None:
        if tour is None:
            return
        self.tours.append(tour)
        kind = tour.chain.unfolding.kind
        for i, count in enumerate(tour.visits.tolist()):
            step = tour.chain.step(i)
            if isinstance(step, AllOf):
                made = [self._part(part, kind) for part in step.parts]
                tour.parts[i] = [chain for chain, _ in made]
                for chain, visits in made:
                    self._visit(_Tour(chain, count * visits))
        self.parts[id(tour.chain)] = tour.parts

    def _part(self, part: Part, kind: Kind) -> tuple[Chain, Floats]:
        """Return the chain of a part and its visits, once for all kinds of patient that it treats alike."""
        key = (id(part), read_by(part.steps, kind))
        if key not in self.made:
            chain = Chain(Unfolding(part.steps, kind, returns=False), self.model.calendars)
            self.made[key] = (chain, chain.visits(self.where))
        return self.made[key]

    def passed(self) -> list[tuple[Step, float]]:
        """Return each step with how often it is passed, a millisecond."""
        counts: dict[int, float] = defaultdict(float)
        steps: dict[int, Step] = {}
        for tour in self.tours:
            for i, count in enumerate(tour.visits.tolist()):
                step = tour.chain.step(i)
                if step is not None:
                    counts[id(step)] += count
                    steps[id(step)] = step
        return [(step, counts[key]) for key, step in steps.items()]

    def add_to(self, work: _Work) -> None:
        for step, count in self.passed():
            if isinstance(step, Activity):
                busy = step.duration.distribution().mean() + _mean(step.after_hold)
                work.add([self._held(needs, busy, count) for needs in _ways(self.model, step)])
            elif isinstance(step, Batch) and step.together is not None:
                busy = step.together.duration.distribution().mean() + _mean(step.together.after_hold)
                releases = count / self._size(step)
                work.add([self._held(step.together.needs, busy, releases)])
            elif isinstance(step, Round):
                work.seen[step.calendar] += count
            elif isinstance(step, Stay):
                work.add([self._held({step.beds[0].pool: 1}, _mean(step.after_hold), count)])
        for tour in self.tours:
            _add_stays(work.fixed, tour, self._times(tour.chain)[0], self.where)

    def _held(self, needs: Mapping[str, int], busy: float, count: float) -> _Held:
        pools: Mapping[str, Pool] = self.model.pools
        return {pool: count * units * (busy + _mean(pools[pool].turn_round)) for pool, units in needs.items()}

    def _size(self, step: Batch) -> float:
        """Return how many leave together on average: fewer than the number, where the clock may be first."""
        if step.at_most is None:
            return float(step.number)
        expected = self.gathered[step.name] * step.at_most
        return 1.0 + float(np.sum(poisson.sf(np.arange(step.number - 1), expected)))

    def _times(self, chain: Chain) -> tuple[Floats, Floats]:
        """Return the mean and the variance of the time in each state, nobody waiting for beds or staff."""
        if id(chain) not in self.timed:
            moments = [self._time(chain, i) for i in range(len(chain.states))]
            self.timed[id(chain)] = np.array([m for m, _ in moments]), np.array([v for _, v in moments])
        return self.timed[id(chain)]

    def _time(self, chain: Chain, state: int) -> tuple[float, float]:
        step, before = chain.step(state), chain.states[state][1]
        if isinstance(step, (Delay, Activity)):
            distribution = step.duration.distribution()
            return distribution.mean(), distribution.sd() ** 2
        if isinstance(step, Round):
            return _wait(step, before, self.model.calendars)
        if isinstance(step, Batch):
            together = _mean(step.together.duration) if step.together is not None else 0.0
            return self._gathering(step) + together, 0.0
        if isinstance(step, AllOf):
            parts = [(part, *self._times(part)) for part in self.parts[id(chain)][state]]
            return _longest([part.moments(means, spread, self.where) for part, means, spread in parts])
        return 0.0, 0.0

    def _gathering(self, step: Batch) -> float:
        gathered = self.gathered[step.name]
        gather = (step.number - 1) / (2 * gathered) if gathered else 0.0
        return min(gather, step.at_most) if step.at_most is not None else gather


def _wait(step: Round, before: Met | None, calendars: Mapping[str, Calendar]) -> tuple[float, float]:
    """Return the mean wait for a round and its variance: from a random moment, or from the opening before."""
    calendar = calendars[step.calendar]
    between = gaps(calendar)
    if before is None or before[0] != step.calendar:
        mean = mean_wait(calendar)
        return mean, max(0.0, sum(g**3 for g in between) / (3 * WEEK) - mean**2)
    k = before[1] % len(between)
    turned = (*between[k:], *between[:k])
    mean = sum(a * b for a, b in zip(between, turned, strict=True)) / WEEK
    return mean, max(0.0, sum(a * b * b for a, b in zip(between, turned, strict=True)) / WEEK - mean**2)


def _longest(parts: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the mean and the variance of the longest of independent times (Clark 1961, as if they were normal).

    >>> mean, variance = _longest([(1.0, 1.0), (1.0, 1.0)])
    >>> round(mean, 4)  # 1.5 for two exponential times
    1.5642
    >>> _longest([(3.0, 0.0), (2.0, 0.0)])
    (3.0, 0.0)
    """
    mean, variance = parts[0]
    for other, spread in parts[1:]:
        both = sqrt(variance + spread)
        if both == 0:
            mean = max(mean, other)
            continue
        apart = (mean - other) / both
        density, below = exp(-(apart**2) / 2) / sqrt(2 * pi), (1 + erf(apart / sqrt(2))) / 2
        first = mean * below + other * (1 - below) + both * density
        second = (mean**2 + variance) * below + (other**2 + spread) * (1 - below)
        second += (mean + other) * both * density
        mean, variance = first, max(0.0, second - first**2)
    return mean, variance


def _add_stays(held: _Held, tour: _Tour, times: Floats, where: str) -> None:
    """Add the times for which patients are in beds to `held`."""
    chain = tour.chain
    passages = chain.unfolding.passages
    for i, (count, time) in enumerate(zip(tour.visits.tolist(), times.tolist(), strict=True)):
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
        if isinstance(chain.step(here), ComesBack):  # who leaves keeps no bed
            continue
        for stay in keeping.intersection(chain.stays(here)).difference(chain.stays(there)):
            held[_first_choice(passages[stay].step)] += float(tour.visits[here] * chance * longer[there])


def _first_choice(step: Step | None) -> str:
    assert isinstance(step, Stay)  # noqa: S101 - only stays are in the lists of stays
    return step.beds[0].pool
