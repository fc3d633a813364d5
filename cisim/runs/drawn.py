"""One draw of what is not known: all its replications, run with the numbers of the draw."""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cisim.engine import Replay, simulate
from cisim.errors import CisimError, CisimWarning, RunError
from cisim.measures import audit, measure
from cisim.runs.plan import BASELINE, Draw, Plan, Point, arm_of, model_at, models_at, plan_of, searched_option
from cisim.runs.serving import served, worse
from cisim.runs.summary import is_told
from cisim.spec import SpendInstead, question_at
from cisim.value import quantities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from cisim.eventlog import EventLog
    from cisim.measures import Measure
    from cisim.runs.plan import Level, Search, Unit
    from cisim.runs.serving import Figures
    from cisim.spec import Model, Option, Question, Value

    Floats = NDArray[np.float64]

__all__ = ["AUDIT", "WARNING", "DrawRows", "Drawing"]

Rows = list[tuple[object, ...]]
AUDIT, WARNING = "audit", "warning"
"""Kinds of note."""


@dataclass(slots=True)
class DrawRows:
    """The rows of one draw, for the tables of the same names."""

    quantities: Rows = field(default_factory=list)
    service: Rows = field(default_factory=list)
    measures: Rows = field(default_factory=list)
    notes: Rows = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn of a question, and how one draw is run.

    Attributes
    ----------
    question : Question
    numbers : dict of path to ndarray of float, shape (draws,)
        Of the model and the scenario that are run, as `cisim.spec.unknowns` names them.
    """

    question: Question
    numbers: Mapping[str, Floats]

    def digest(self, number: int) -> str:
        """Return what the numbers of a draw are known by: only these decide what is simulated."""
        told = {path: repr(float(column[number])) for path, column in sorted(self.numbers.items())}
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]

    def plan(self, plan: Plan, number: int) -> Plan:
        """Return a plan with the numbers of a draw in its models.

        Raises
        ------
        RunError
            Where the model cannot be with these numbers.
        """
        numbers = {path: float(column[number]) for path, column in self.numbers.items()}
        try:
            made = plan_of(question_at(self.question, numbers), 0)
        except CisimError as error:
            msg = f"draw {number} of what is not known gives a model that cannot be: {error}"
            raise RunError(msg) from error
        return replace(made, start=plan.start, end=plan.end, engine=plan.engine, weekly=False)

    def __call__(self, plan: Plan, unit: Unit) -> DrawRows:
        """Return the rows of one unit: every replication of a draw, or what a search tries of them."""
        rows = DrawRows()
        draw = unit.draw
        if draw is None:
            return rows
        made = self.plan(plan, draw.number)
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always", CisimWarning)
            searching = unit.search is not None
            todo = _searching(made, unit, unit.search) if unit.search else _all_points(made, unit, draw)
            for runs in todo:
                for number in range(unit.replication, draw.past):
                    runs.one(made, number, rows, audited=number == unit.replication and not searching)
        for one in heard:
            if issubclass(one.category, CisimWarning):
                rows.notes.append((unit.replication, WARNING, str(one.message)))
            else:
                warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
        for table in ("quantities", "service", "measures", "notes"):
            setattr(rows, table, [(draw.number, *row) for row in getattr(rows, table)])
        return rows


@dataclass(frozen=True, slots=True)
class _Decision:
    """One option of a draw, or one level of it that a search tries.

    Attributes
    ----------
    name : str
        That its rows carry.
    option : Option
    model : Model or None
        None for the arm as it is.
    level : Level
    """

    name: str
    option: Option
    model: Model | None
    level: Level


@dataclass(frozen=True, slots=True)
class _Runs:
    """What is run of a draw in each replication.

    Attributes
    ----------
    point : Point
    baseline, arm : Model
    decisions : tuple of _Decision
    counted : bool
        Whether what is released is counted, for the ledger; otherwise service alone is judged.
    told : bool
        Whether the measures that are always told are kept.
    """

    point: Point
    baseline: Model
    arm: Model
    decisions: tuple[_Decision, ...]
    counted: bool
    told: bool

    def one(self, plan: Plan, number: int, rows: DrawRows, *, audited: bool) -> None:
        """Run one replication, and add its rows."""
        at = self.point[:2]
        a = self._simulated(plan, self.baseline, number)
        before = self._served(plan, number, rows, BASELINE, a, self.baseline)
        # a search needs the arm as it is only where that is one of its levels
        open_queue = self._simulated(plan, self.arm, number) if self.counted else None
        tables: dict[int, Any] = {}
        b = self._simulated(plan, self.arm, number, Replay.of(a)) if self.counted else a
        if open_queue is not None:
            found = quantities(a, b, open_queue, None, _value(plan), plan.start, plan.end, tables)
            rows.quantities += [(*at, row[0], number, *row[1:], 0, 0) for row in found]
        # what is run twice under two names is run once
        done: list[tuple[Model, EventLog, Figures]] = []
        if open_queue is not None:
            as_it_is = self._served(plan, number, rows, plan.valued, open_queue, self.arm)
            done.append((self.arm, open_queue, as_it_is))
        for one in self.decisions:
            model = one.model or self.arm
            known = next(((log, found) for made, log, found in done if made == model), None)
            if known is None:
                c = self._simulated(plan, model, number)
                known = c, self._served(plan, number, rows, "", c, model)
                done.append((model, *known))
            c, after = known
            compared = worse(plan.service, before, after)
            rows.service += [(*at, one.name, *one.level, number, *row) for row in compared]
            if self.counted:
                same = b
                if isinstance(one.option, SpendInstead) and one.model is not None:
                    same = self._simulated(plan, model, number, Replay.of(a))
                found = quantities(a, same, c, one.option, _value(plan), plan.start, plan.end, tables)
                rows.quantities += [(*at, row[0], number, *row[1:], *one.level) for row in found]
        if audited and open_queue is not None:
            for name, log in ((BASELINE, a), (plan.valued, open_queue)):
                failed = [check for check in audit(log) if not check.passed]
                rows.notes += [(number, AUDIT, f"{name}: {c.check} of {c.where}: {c.text}") for c in failed]

    @staticmethod
    def _simulated(plan: Plan, model: Model, number: int, replay: Replay | None = None) -> EventLog:
        return simulate(
            model, plan.end, seed=plan.seed, replication=number, engine=plan.engine, replay=replay
        )

    def _served(
        self, plan: Plan, number: int, rows: DrawRows, scenario: str, log: EventLog, model: Model
    ) -> Figures:
        """Return the service of a run; its measures are kept where it has a name, and they are told."""
        measured = measure(log, plan.start, plan.end, weekly=False)
        if scenario and self.told:
            rows.measures += [
                (scenario, number, *_without_week(one)) for one in measured if is_told(one, plan.headline)
            ]
        return served(log, measured, model, plan.service, (plan.start, plan.end))


def _without_week(one: Measure) -> tuple[object, ...]:
    return (one.measure, one.statistic, one.pathway, one.step, one.pool, one.value, one.unit, one.n)


def _value(plan: Plan) -> Value:
    assert plan.value is not None  # noqa: S101 - only what is valued is drawn
    return plan.value


def _all_points(plan: Plan, unit: Unit, draw: Draw) -> Iterator[_Runs]:
    """Yield what is run of a draw: the whole effect, and the parts and years of the effect over time."""
    options = [option for option, _ in plan.cases[unit.case].options]
    for at in (Point(1.0, 1), *plan.grid):
        baseline, arm, made = models_at(plan, at._replace(levels=draw.levels))
        decisions = tuple(
            _Decision(option.name, option, model, level)
            for option, model, level in zip(options, made, draw.levels, strict=True)
        )
        yield _Runs(at, baseline, arm, decisions, counted=True, told=at[:2] == (1.0, 1))


def _searching(plan: Plan, unit: Unit, search: Search) -> Iterator[_Runs]:
    """Yield what a search tries of a draw: levels of one option."""
    decisions = []
    for level in search.levels:
        option = searched_option(plan, search, level)
        decisions.append(_Decision(option.name, option, model_at(plan, search, level), level))
    baseline, arm = plan.cases[unit.case].baseline, arm_of(plan, search.arm)
    yield _Runs(Point(1.0, 1), baseline, arm, tuple(decisions), counted=False, told=False)
