"""One unit of work: all the runs of one case and one replication, measured and audited."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cisim.analysis import number_inside
from cisim.engine import Replay, simulate
from cisim.errors import CisimWarning, RunError
from cisim.measures import audit, measure
from cisim.runs.plan import BASELINE, same_patients
from cisim.value import quantities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cisim.eventlog import EventLog
    from cisim.runs.plan import Case, Plan, Unit
    from cisim.runs.store import Store
    from cisim.spec import Model, Option

__all__ = ["UnitRows", "do_pilot", "do_unit", "finish"]

Rows = list[tuple[object, ...]]


@dataclass(slots=True)
class UnitRows:
    """The rows of one unit, for the tables of the same names."""

    measures: Rows = field(default_factory=list)
    quantities: Rows = field(default_factory=list)
    audit: Rows = field(default_factory=list)
    warnings: Rows = field(default_factory=list)


def do_unit(plan: Plan, unit: Unit) -> UnitRows:
    """Return the rows of one unit: baseline, arms and, where something is valued, what the options need.

    All runs of a unit have the same draws. An option without changes of its own is the valued arm, told again
    under the option's name.

    Raises
    ------
    RunError
        Where a run cannot go on.
    """
    rows = UnitRows()
    case = plan.cases[unit.case]
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", CisimWarning)
        for scenario, log in _runs(plan, case, unit, rows):
            measured = measure(log, plan.start, plan.end, weekly=plan.weekly)
            rows.measures += [(case.name, scenario, unit.replication, *row) for row in measured]
            # A run for the baseline's patients alone leaves others out: their number is not the model's.
            checks = audit(log, everyone=scenario != same_patients(plan.valued))
            rows.audit += [(case.name, scenario, unit.replication, *row) for row in checks]
    for one in heard:
        if issubclass(one.category, CisimWarning):
            rows.warnings.append((case.name, unit.replication, str(one.message)))
        else:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    return rows


def _runs(plan: Plan, case: Case, unit: Unit, rows: UnitRows) -> Iterator[tuple[str, EventLog]]:
    """Yield each run of a unit by name, with its log; what the options release goes to `rows`."""

    def simulated(model: Model, replay: Replay | None = None) -> EventLog:
        return simulate(
            model, plan.end, seed=plan.seed, replication=unit.replication, engine=plan.engine, replay=replay
        )

    a = simulated(case.baseline)
    yield BASELINE, a
    open_queue = None
    for name, model in case.arms:
        log = simulated(model)
        yield name, log
        if name == plan.valued:
            open_queue = log
    if plan.value is None or not case.options or open_queue is None:
        return
    b = simulated(dict(case.arms)[plan.valued], Replay.of(a))
    yield same_patients(plan.valued), b
    # What the arm does with nothing decided comes first: a closure that is still to come begins from it.
    decisions: list[tuple[Option | None, Model | None]] = [(None, None), *case.options]
    for option, decided in decisions:
        c = open_queue if decided is None else simulated(decided)
        found = quantities(a, b, c, option, plan.value, plan.start, plan.end)
        rows.quantities += [(row[0], unit.replication, *row[1:]) for row in found]
        if option is not None:
            yield option.name, c


def do_pilot(plan: Plan, unit: Unit) -> list[float]:
    """Return the number of patients inside a case's baseline on each day of [0, plan.end)."""
    model = plan.cases[unit.case].baseline
    log = simulate(model, plan.end, seed=plan.seed, replication=unit.replication, engine=plan.engine)
    return [float(number) for number in number_inside(log)]


def finish(do: Callable[[Plan, Unit], UnitRows], plan: Plan, store: Store, unit: Unit) -> None:
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
