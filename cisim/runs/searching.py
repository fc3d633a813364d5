"""Searching for how many steps can close, and how many extra patients can be treated instead, at equal service.

A closure's search goes up, two steps at a time, until service is kept in no replication or there is nothing more
to take out. A list's search narrows the extra demand on its pathway down to 1 part in 64 of what comes now, three
levels at a time: more demand adds patients and moves none, so the levels are nested. Then, for each number of
steps that can close, it is searched how many patients still fit beside it. What is tried next depends on what is
stored alone, so that a run that was broken off goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.analysis import Commitment, Judged, committed, judged
from cisim.errors import ModelError
from cisim.runs.plan import (
    Draw,
    Level,
    Plan,
    Search,
    Unit,
    arm_of,
    most_steps,
    searched_for,
    searched_option,
    yearly,
)
from cisim.runs.store import Store
from cisim.runs.tables import ask
from cisim.spec import Close, Reinvest

__all__ = [
    "PARTS_OF_DEMAND",
    "Found",
    "Searched",
    "searches",
    "searches_over_draws",
    "service_at",
    "unit_futures",
]

Floats = NDArray[np.float64]
Replicate = Callable[[list[Unit]], None]
PARTS_OF_DEMAND = 64
"""Extra demand is searched for in so many parts of what comes now; up to as much again is tried."""
BLOCK = 2
PROBABILITY = 0.9
"""Share of replications in which all measures must keep together where a value file does not say: an assumption."""
RUNS = "simulated runs"
FUTURES = f"{RUNS}, over what is not known and luck together,"
"""What the shares of a search are of, on the best estimates and over draws."""
KEY = ("measure", "statistic", "pathway", "step", "pool", "group", "unit")


class Kept(NamedTuple):
    """Service at one level: names of the measures, worsening, and margins.

    Worsening has the shape (replications, measures), or (draws, replications, measures).
    """

    names: tuple[tuple[str, ...], ...]
    worse: Floats
    margins: Floats


@dataclass(frozen=True, slots=True)
class Searched:
    """What one search found.

    Attributes
    ----------
    search : Search
        Without levels.
    option : str
        The name that its rows carry, at the level decided.
    level : Level
        What is decided: the most that keeps service.
    tried : dict of Level to Judged
        In the order of the levels.
    names : tuple of tuple of str
        What was judged, measure by measure.
    commitment : Commitment or None
        Of a closure.
    bounded : bool
        Whether the next level up was tried and does not keep service.
    units : tuple of Unit
        That it was tried in.
    futures : str
        What the shares are of.
    draws : int
        That it was judged on; 0 on the best estimates.
    """

    search: Search
    option: str
    level: Level
    tried: dict[Level, Judged]
    names: tuple[tuple[str, ...], ...]
    commitment: Commitment | None
    bounded: bool
    units: tuple[Unit, ...]
    futures: str = RUNS
    draws: int = 0


@dataclass(slots=True)
class Found:
    """All searches of a run, those of the valued arm first."""

    searches: list[Searched] = field(default_factory=list)

    @property
    def units(self) -> list[Unit]:
        """Every unit that was tried."""
        return [unit for one in self.searches for unit in one.units]

    def of(self, option: str) -> Searched | None:
        """Return the search of an option of the valued arm."""
        return next((one for one in self.searches if one.search.arm < 0 and one.option == option), None)


def service_at(store: Store, units: Sequence[Unit], option: str, level: Level) -> Kept:
    """Return the service of one level from what is stored, replication by replication; of draws, draw by draw too."""
    condition = "option = ? AND steps = ? AND extra = ?"
    drawn = units[0].draw is not None
    columns = ("draw" if drawn else "0", "replication", *KEY, "worsening", "margin")
    rows = ask(store.paths(list(units), "service"), condition, [option, *level], columns)
    numbers = {future: i for i, future in enumerate(unit_futures(units))}
    names = tuple(dict.fromkeys(tuple(row[2:-2]) for row in rows))
    if not names:
        text = "got no measure that is taken both before and after, want one by which service can be judged"
        raise ModelError("service.measures", text)
    worse, margins = np.zeros((len(numbers), len(names))), np.full((len(numbers), len(names)), np.nan)
    place = {name: i for i, name in enumerate(names)}
    for row in rows:
        at = numbers[row[0], row[1]], place[tuple(row[2:-2])]
        worse[at], margins[at] = row[-2], row[-1]
    # A margin that is a share of what was before differs by replication; where nobody came it says nothing.
    known = np.where(np.isnan(margins), 0.0, margins).sum(axis=0) / np.maximum(
        (~np.isnan(margins)).sum(axis=0), 1
    )
    return Kept(names, worse.reshape(len(units), -1, len(names)) if drawn else worse, known)


def unit_futures(units: Sequence[Unit]) -> list[tuple[int, int]]:
    """Return the draw (0 where nothing is drawn) and replication of each future of some units, in their order."""
    return [
        (0 if unit.draw is None else unit.draw.number, number)
        for unit in units
        for number in range(unit.replication, unit.replication + 1 if unit.draw is None else unit.draw.past)
    ]


@dataclass(slots=True)
class _Trial:
    """One search under way."""

    plan: Plan
    store: Store
    replicate: Replicate
    replications: int
    search: Search
    probability: float
    draws: tuple[Draw, ...] = ()
    tried: dict[Level, Kept] = field(default_factory=dict)
    units: list[Unit] = field(default_factory=list)

    def begin(self) -> None:
        """Read the level at which nothing is closed and nobody sent, of a search on the valued arm alone."""
        level = Level(0, 0)
        if not self.draws and self.search.arm < 0 and (self.search.close < 0 or self.search.reinvest < 0):
            units = [Unit(self.plan.main, number) for number in range(self.replications)]
            self._read(units, [level])
        else:
            self.run([level])

    def run(self, levels: Sequence[Level]) -> None:
        """Simulate levels in every replication, unless they are stored, and read their service."""
        levels = [level for level in dict.fromkeys(levels) if level not in self.tried]
        if not levels:
            return
        search = self.search._replace(levels=tuple(levels))
        if self.draws:
            units = [Unit(self.plan.main, 0, search, draw=draw) for draw in self.draws]
        else:
            units = [Unit(self.plan.main, number, search) for number in range(self.replications)]
        self.replicate(units)
        self.units += units
        self._read(units, levels)

    def _read(self, units: Sequence[Unit], levels: Sequence[Level]) -> None:
        for level in levels:
            name = searched_option(self.plan, self.search, level).name
            self.tried[level] = service_at(self.store, units, name, level)

    def judged(self, level: Level) -> Judged:
        """Return whether a level keeps service."""
        kept = self.tried[level]
        return judged(
            kept.worse,
            kept.margins,
            steps=level.steps,
            probability=self.probability,
            together=bool(self.draws),
        )

    def found(self, level: Level, commitment: Commitment | None, *, bounded: bool) -> Searched:
        """Return what was found, with all that was tried."""
        return Searched(
            self.search,
            searched_option(self.plan, self.search, level).name,
            level,
            {one: self.judged(one) for one in sorted(self.tried)},
            self.tried[level].names,
            commitment,
            bounded,
            tuple(self.units),
            FUTURES if self.draws else RUNS,
            len(self.draws),
        )


def searches(plan: Plan, store: Store, replicate: Replicate, replications: int) -> Found:
    """Search for every number that the options leave open; nothing, where there is none.

    Parameters
    ----------
    plan : Plan
        With its window.
    store : Store
    replicate : callable
        Does and stores units.
    replications : int
        That are stored already.
    """
    found = Found()
    value = plan.value
    if value is None:
        return found
    sure = value.service.probability if value.service is not None else PROBABILITY
    options = [option for option, _ in plan.cases[plan.main].options]
    closing = [i for i, o in enumerate(options) if isinstance(o, Close) and searched_for(o)]
    lists = [i for i, o in enumerate(options) if isinstance(o, Reinvest) and searched_for(o)]

    def trial(arm: int, close: int, reinvest: int) -> _Trial:
        search = Search(arm, close, reinvest, ())
        return _Trial(plan, store, replicate, replications, search, sure)

    found.searches += [_close(trial(-1, i, -1)) for i in closing]
    found.searches += [_reinvest(trial(-1, -1, i), 0) for i in lists]
    if closing and lists:
        for steps in range(1, found.searches[0].level.steps + 1):
            found.searches.append(_reinvest(trial(-1, closing[0], lists[0]), steps))
    if closing:
        found.searches += [
            _close(trial(arm, closing[0], -1)) for arm in range(len(plan.cases[plan.main].joint))
        ]
    return found


def searches_over_draws(
    found: Found,
    plan: Plan,
    store: Store,
    replicate: tuple[Replicate, Replicate],
    replications: int,
    draws: tuple[Draw, ...],
) -> Found:
    """Return what is decided before the truth is known: judged over draws and replications together.

    Parameters
    ----------
    found : Found
        On the best estimates.
    plan, store, replications
        As `searches` takes them.
    replicate : (callable, callable)
        Do and store units: on the best estimates, and of draws.
    draws : tuple of Draw
        That are judged by.

    Returns
    -------
    Found
        The same searches; those of a closure or list by itself have the level decided, with what it was judged by.
        Every level that was tried is run on the best estimates too.
    """
    out = Found()
    sure = PROBABILITY
    if plan.value is not None and plan.value.service is not None:
        sure = plan.value.service.probability
    for one in found.searches:
        if one.search.arm >= 0 or (one.search.close >= 0 and one.search.reinvest >= 0):
            out.searches.append(one)
            continue
        trial = _Trial(plan, store, replicate[1], replications, one.search, sure, draws)
        drawn = _close(trial) if one.search.close >= 0 else _reinvest(trial, 0)
        best = _Trial(plan, store, replicate[0], replications, one.search, sure)
        best.run([level for level in drawn.tried if level not in one.tried])
        tried = {**one.tried, **drawn.tried}
        out.searches.append(replace(drawn, tried=tried, units=(*one.units, *best.units)))
    return out


def _close(trial: _Trial) -> Searched:
    """Go up until service is kept in no replication, or there is nothing more to take out."""
    close = trial.plan.cases[trial.plan.main].options[trial.search.close][0]
    most = most_steps(trial.plan, trial.search.arm, close) if isinstance(close, Close) else 0
    trial.begin()
    steps = 0
    while steps < most and trial.judged(Level(steps, 0)).kept.any():
        levels = [Level(k, 0) for k in range(steps + 1, min(steps + BLOCK, most) + 1)]
        trial.run(levels)
        steps = levels[-1].steps
    kept = [trial.tried[Level(k, 0)] for k in range(steps + 1)]
    names = kept[0].names
    same = [_in_order(one, names) for one in kept]
    worse = [one.worse for one in same]
    together = bool(trial.draws)
    found = committed(worse, same[0].margins, probability=trial.probability, together=together)
    return trial.found(Level(found.steps, 0), found, bounded=found.bounded)


def _in_order(kept: Kept, names: tuple[tuple[str, ...], ...]) -> Kept:
    """Return the measures in the order of `names`; one that was not counted has not worsened."""
    place = {name: i for i, name in enumerate(kept.names)}
    worse, margins = np.zeros((*kept.worse.shape[:-1], len(names))), np.full(len(names), np.inf)
    for i, name in enumerate(names):
        if name in place:
            worse[..., i], margins[i] = kept.worse[..., place[name]], kept.margins[place[name]]
    return Kept(names, worse, margins)


def _reinvest(trial: _Trial, steps: int) -> Searched:
    """Narrow down the first part of the demand that does not keep service, with so many steps closed.

    As much again as comes now is taken to fail without being tried.
    """
    reinvest = trial.plan.cases[trial.plan.main].options[trial.search.reinvest][0]
    arm = arm_of(trial.plan, trial.search.arm)
    demand = yearly(arm, reinvest.pathway) if isinstance(reinvest, Reinvest) else 0.0

    def level(part: int) -> Level:
        return Level(steps, round(demand * part / PARTS_OF_DEMAND))

    if steps:
        trial.run([level(0)])
    else:
        trial.begin()
    low, high, failed = 0, PARTS_OF_DEMAND, False
    while trial.judged(level(0)).keeps and high - low > 1:
        gap = high - low
        parts = sorted({low + gap * i // 4 for i in (1, 2, 3)} - {low, high})
        trial.run([level(part) for part in parts])
        failing = [part for part in parts if not trial.judged(level(part)).keeps]
        failed = failed or bool(failing)
        high = min(failing, default=high)
        low = max([part for part in parts if part < high], default=low)
    return trial.found(level(low), None, bounded=failed or not trial.judged(level(0)).keeps)
