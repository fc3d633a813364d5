"""One unit of work: all the runs of one case and one replication, measured and audited."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from cisim.analysis import number_inside
from cisim.engine import Replay, simulate
from cisim.errors import CisimWarning, RunError
from cisim.measures import Measure, audit, measure
from cisim.runs.plan import (
    BASELINE,
    Level,
    arm_of,
    model_at,
    models_at,
    same_patients,
    searched_for,
    searched_option,
    tried_name,
)
from cisim.runs.serving import Figures, served, worse
from cisim.spec import Close, Redeploy, SpendInstead
from cisim.value import quantities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cisim.eventlog import EventLog
    from cisim.runs.drawn import DrawRows
    from cisim.runs.plan import Case, Plan, Unit
    from cisim.runs.store import Store
    from cisim.spec import Model, Option

__all__ = ["UnitRows", "do_pilot", "do_unit", "finish"]

Rows = list[tuple[object, ...]]
NOTHING = Level(0, 0)


@dataclass(slots=True)
class UnitRows:
    """The rows of one unit, for the tables of the same names."""

    measures: Rows = field(default_factory=list)
    quantities: Rows = field(default_factory=list)
    over_time: Rows = field(default_factory=list)
    service_over_time: Rows = field(default_factory=list)
    service: Rows = field(default_factory=list)
    audit: Rows = field(default_factory=list)
    warnings: Rows = field(default_factory=list)

    def judge(self, unit: Unit, found: Rows) -> None:
        """Add rows of service: those of a part of the effect, or of a later year, to a table of their own."""
        if unit.point is None:
            self.service += found
        else:
            self.service_over_time += [(*unit.point[:2], *row) for row in found]


class Run(NamedTuple):
    """One run of a unit.

    Attributes
    ----------
    scenario : str
    log : EventLog
    model : Model
    kept : bool
        Whether its measures and checks are kept: those of the baseline are, once a replication.
    judged : tuple of (str, Level)
        The options, and their levels, whose service it is.
    """

    scenario: str
    log: EventLog
    model: Model
    kept: bool = True
    judged: tuple[tuple[str, Level], ...] = ()


def do_unit(plan: Plan, unit: Unit) -> UnitRows:
    """Return the rows of one unit: baseline, arms and, where something is valued, what the options need.

    All runs of a unit have the same draws. An option without changes of its own is the valued arm, told again
    under the option's name. A unit of a search has the levels that it tries, set beside a baseline run anew.

    Raises
    ------
    RunError
        Where a run cannot go on.
    """
    rows = UnitRows()
    case = plan.cases[unit.case]
    before: Figures = {}
    measured: list[Measure] = []
    last: EventLog | None = None
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", CisimWarning)
        if unit.point is not None:
            runs = _at_point(plan, unit, rows)
        elif unit.search is not None:
            runs = _searched(plan, case, unit, rows)
        else:
            runs = _runs(plan, case, unit, rows)
        for run in runs:
            if run.log is not last:
                weekly = plan.weekly and unit.search is None and unit.point is None
                measured, last = measure(run.log, plan.start, plan.end, weekly=weekly), run.log
            if run.kept:
                rows.measures += [(case.name, run.scenario, unit.replication, *row) for row in measured]
                # A run for the baseline's patients alone leaves others out: their number is not the model's.
                checks = audit(run.log, everyone=run.scenario != same_patients(plan.valued))
                rows.audit += [(case.name, run.scenario, unit.replication, *row) for row in checks]
            if case.options and (run.scenario == BASELINE or run.judged):
                found = served(run.log, measured, run.model, plan.service, (plan.start, plan.end))
                before = found if run.scenario == BASELINE else before
                compared = list(worse(plan.service, before, found))
                for name, level in run.judged:
                    rows.judge(unit, [(name, *level, unit.replication, *row) for row in compared])
    for one in heard:
        if issubclass(one.category, CisimWarning):
            rows.warnings.append((case.name, unit.replication, str(one.message)))
        else:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    return rows


def _simulated(plan: Plan, unit: Unit, model: Model, replay: Replay | None = None) -> EventLog:
    return simulate(
        model, plan.end, seed=plan.seed, replication=unit.replication, engine=plan.engine, replay=replay
    )


def _runs(plan: Plan, case: Case, unit: Unit, rows: UnitRows) -> Iterator[Run]:
    """Yield each run of a unit, with its log; what the options release goes to `rows`."""
    a = _simulated(plan, unit, case.baseline)
    yield Run(BASELINE, a, case.baseline)
    open_queue = None
    for name, model in case.arms:
        log = _simulated(plan, unit, model)
        yield Run(name, log, model)
        if name == plan.valued:
            open_queue = log
    if plan.value is None or not case.options or open_queue is None:
        return
    arm = arm_of(plan, -1)
    b = _simulated(plan, unit, arm, Replay.of(a))
    yield Run(same_patients(plan.valued), b, arm)
    # What the arm does with nothing decided comes first: a closure that is still to come begins from it.
    decisions: list[tuple[Option | None, Model | None]] = [(None, None), *case.options]
    for option, decided in decisions:
        c = open_queue if decided is None else _simulated(plan, unit, decided)
        level = _level(option)
        same = _same_patients(plan, unit, option, decided, a, b)
        found = quantities(a, same, c, option, plan.value, plan.start, plan.end)
        rows.quantities += [(row[0], unit.replication, *row[1:], *level) for row in found]
        if option is not None:
            yield Run(option.name, c, decided or arm, judged=((option.name, level),))


def _same_patients(
    plan: Plan, unit: Unit, option: Option | None, decided: Model | None, a: EventLog, b: EventLog
) -> EventLog:
    """Return the run for the baseline's patients alone: the arm's, or its own where the arm is not run at all."""
    if isinstance(option, SpendInstead) and decided is not None:
        return _simulated(plan, unit, decided, Replay.of(a))
    return b


def _level(option: Option | None) -> Level:
    """Return the level of an option in the plan: a search begins with nothing closed and nobody sent."""
    if isinstance(option, (Close, Redeploy)) and not searched_for(option):
        return Level(int(option.steps), 0)
    return NOTHING


def _searched(plan: Plan, case: Case, unit: Unit, rows: UnitRows) -> Iterator[Run]:
    """Yield the run of each level that a search tries, beside a baseline that is not kept twice."""
    search, value = unit.search, plan.value
    if search is None or value is None:
        return
    a = _simulated(plan, unit, case.baseline)
    yield Run(BASELINE, a, case.baseline, kept=False)
    arm = arm_of(plan, search.arm)
    b = _simulated(plan, unit, arm, Replay.of(a))
    for level in search.levels:
        option = searched_option(plan, search, level)
        model = model_at(plan, search, level) or arm
        c = _simulated(plan, unit, model)
        found = quantities(a, b, c, option, value, plan.start, plan.end)
        rows.quantities += [(row[0], unit.replication, *row[1:], *level) for row in found]
        yield Run(tried_name(plan, search, level), c, model, judged=((option.name, level),))


def _at_point(plan: Plan, unit: Unit, rows: UnitRows) -> Iterator[Run]:
    """Yield the runs of a part of the effect, or of a later year's demand: judged, and their measures not kept.

    Quantities and service go to tables of their own, so that those of the whole effect stay what they are.
    """
    point, value = unit.point, plan.value
    if point is None or value is None:
        return
    baseline, arm, made = models_at(plan, point)
    a = _simulated(plan, unit, baseline)
    yield Run(BASELINE, a, baseline, kept=False)
    b = _simulated(plan, unit, arm, Replay.of(a))
    nothing_decided = _simulated(plan, unit, arm)
    options = [option for option, _ in plan.cases[unit.case].options]
    decisions = [(None, None, NOTHING), *zip(options, made, point.levels, strict=True)]
    for option, decided, level in decisions:
        c = nothing_decided if decided is None else _simulated(plan, unit, decided)
        same = _same_patients(plan, unit, option, decided, a, b)
        found = quantities(a, same, c, option, value, plan.start, plan.end)
        rows.over_time += [
            (point.reach, point.year, row[0], unit.replication, *row[1:], *level) for row in found
        ]
        if option is not None:
            yield Run(option.name, c, decided or arm, kept=False, judged=((option.name, level),))


def do_pilot(plan: Plan, unit: Unit) -> list[float]:
    """Return the number of patients inside a case's baseline on each day of [0, plan.end)."""
    model = plan.cases[unit.case].baseline
    log = simulate(model, plan.end, seed=plan.seed, replication=unit.replication, engine=plan.engine)
    return [float(number) for number in number_inside(log)]


def finish(do: Callable[[Plan, Unit], UnitRows | DrawRows], plan: Plan, store: Store, unit: Unit) -> None:
    """Do a unit and store it, unless it is stored.

    Raises
    ------
    RunError
        Where it could not be done; names the unit.
    """
    if store.has(unit):
        return
    try:
        rows = do(plan, unit)
    except RunError as error:
        msg = f"{plan.name(unit)}: {error}\nWhat was finished is kept in {store.folder}"
        raise RunError(msg) from error
    store.put(unit, rows)
