"""What a question asks to be run: cases, the models of each, and what makes two runs the same run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cisim import __version__
from cisim.engine import DEFAULT_ENGINE
from cisim.errors import ModelError, nearest
from cisim.runs.serving import Named, named
from cisim.spec import (
    Close,
    Demand,
    Grid,
    Model,
    Redeploy,
    Reinvest,
    SetNumber,
    SpendInstead,
    apply,
    at_reach,
    in_year,
    least,
    mean_rate,
)
from cisim.units import YEAR
from cisim.value import subsets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.spec import Change, Option, Question, Strict, Value

__all__ = [
    "BASELINE",
    "Case",
    "Draw",
    "Level",
    "Plan",
    "Point",
    "Search",
    "Unit",
    "arm_of",
    "identity",
    "model_at",
    "models_at",
    "most_steps",
    "plan_of",
    "same_patients",
    "searched_for",
    "searched_option",
    "tried_name",
    "yearly",
]

BASELINE = "baseline"


class Level(NamedTuple):
    """One thing to try: so many steps closed, and so many extra patients a year sent to the pathway."""

    steps: int
    extra: int


class Search(NamedTuple):
    """What a unit tries beyond the plan: some levels of a closure, of a list of extra patients, or of both.

    Attributes
    ----------
    arm : int
        Which of the case's joint arms; -1 for the valued arm.
    close, reinvest : int
        Which options; -1 for none.
    levels : tuple of Level
    """

    arm: int
    close: int
    reinvest: int
    levels: tuple[Level, ...]


class Point(NamedTuple):
    """A share of the effect with the demand of a year (1 is the first), and each option's level as decided.

    `growth` is the share by which demand grows a year, beside what the model says.
    """

    reach: float
    year: int
    levels: tuple[Level, ...] = ()
    growth: float = 0.0


class Draw(NamedTuple):
    """A draw of what is not known, with several replications in one unit of work.

    Attributes
    ----------
    number : int
        Counted from 0.
    digest : str
        Of the numbers drawn for the model and its scenarios: with others it is another unit.
    past : int
        Replications from the unit's own up to this one, which is left out.
    levels : tuple of Level
        Of each option, as decided; empty in a search.
    """

    number: int
    digest: str
    past: int
    levels: tuple[Level, ...] = ()


class Unit(NamedTuple):
    """One unit of work: every run of one case and one replication, or what a search, a point or a draw needs.

    `case` counts from 0.
    """

    case: int
    replication: int
    search: Search | None = None
    point: Point | None = None
    draw: Draw | None = None

    @property
    def folder(self) -> str:
        """Name of the folder of its part."""
        if self.draw is not None:
            return self._drawn_folder(self.draw)
        name = f"case{self.case}-replication{self.replication:05d}"
        if self.point is not None:
            at = "_".join(f"{level.steps}x{level.extra}" for level in self.point.levels)
            grown = f"-growth{self.point.growth!r}" if self.point.growth else ""
            return f"{name}-reach{self.point.reach!r}-year{self.point.year}-{at}{grown}"
        if self.search is None:
            return name
        return f"{name}-{self._search_folder(self.search)}"

    @staticmethod
    def _search_folder(search: Search) -> str:
        arm, close, reinvest, levels = search
        tried = "_".join(f"{level.steps}x{level.extra}" for level in levels)
        return f"search{arm}.{close}.{reinvest}-{tried}"

    def _drawn_folder(self, draw: Draw) -> str:
        name = f"draw{draw.number:05d}-{draw.digest}-replications{self.replication}-{draw.past}"
        if self.search is not None:
            return f"{name}-{self._search_folder(self.search)}"
        return f"{name}-" + "_".join(f"{level.steps}x{level.extra}" for level in draw.levels)


@dataclass(frozen=True, slots=True)
class Case:
    """The models that are run under one set of assumptions, changes made.

    Attributes
    ----------
    name : str
        '' where the question has no cases.
    baseline : Model
    arms : tuple of (str, Model)
    options : tuple of (Option, Model or None)
        What could be done with what is released: None where the valued arm is run as it is. Empty in every
        case but the main one, and where nothing is valued. An option whose number is searched for is run
        with nothing closed and nobody sent, which is where its search begins.
    joint : tuple of (str, Model)
        Several projects together, by every subset that credit is shared by, the valued arm left out.
    """

    name: str
    baseline: Model
    arms: tuple[tuple[str, Model], ...]
    options: tuple[tuple[Option, Model | None], ...] = ()
    joint: tuple[tuple[str, Model], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a worker needs to know.

    Attributes
    ----------
    cases : tuple of Case
    main : int
        The case that is valued.
    valued : str
        The arm that is valued.
    value : Value or None
    seed : int
    start, end : int
        The window that is measured (ms); before it the model warms up.
    weekly : bool
        Whether each week of the window is measured too.
    service : tuple of Named
        What must not get worse.
    grid : tuple of Point
        What is simulated of the effect over time beside the whole effect in the first year; without levels.
    changes : tuple of Change
        Of the valued arm.
    engine : str
        What runs it; every engine gives the same logs, so it is no part of what a question is.
    headline : str
        The measure that the question is about.
    """

    cases: tuple[Case, ...]
    main: int
    valued: str
    value: Value | None
    seed: int
    start: int
    end: int
    weekly: bool = True
    service: tuple[Named, ...] = ()
    grid: tuple[Point, ...] = ()
    changes: tuple[Change, ...] = ()
    engine: str = DEFAULT_ENGINE
    headline: str = "length_of_stay"

    def units(self, replications: int) -> list[Unit]:
        """Return the units of the first so many replications, case by case: the order of all tables."""
        return [Unit(case, number) for case in range(len(self.cases)) for number in range(replications)]

    def name(self, unit: Unit) -> str:
        """Return a unit's name as people read it."""
        case = self.cases[unit.case].name
        search = unit.search
        tried = f" up to {unit.draw.past - 1} of draw {unit.draw.number}" if unit.draw is not None else ""
        if unit.point is not None:
            tried += f", {unit.point.reach:.0%} of the effect in year {unit.point.year}"
        if search is not None:
            tried += ", " + " and ".join(tried_name(self, search, level) for level in search.levels)
        return f"{f'case {case!r}, ' if case else ''}replication {unit.replication}{tried}"


def searched_option(plan: Plan, search: Search, level: Level) -> Option:
    """Return the option that a level is an instance of, under the name that its rows carry.

    A mix carries both names; whoever is extra on its pathway is named, however many they are ('most').
    """
    case = plan.cases[plan.main]
    close, reinvest = (case.options[i][0] if i >= 0 else None for i in (search.close, search.reinvest))
    arm = f" ({case.joint[search.arm][0]})" if search.arm >= 0 else ""
    if reinvest is None:
        assert close is not None  # noqa: S101 - a search has one or the other
        return close.model_copy(update={"name": f"{close.name}{arm}", "steps": level.steps})
    mixed = f", and {close.name}" if close is not None and level.steps else ""
    return reinvest.model_copy(update={"name": f"{reinvest.name}{mixed}{arm}"})


def tried_name(plan: Plan, search: Search, level: Level) -> str:
    """Return the name of one level as people read it."""
    name = searched_option(plan, search, level).name
    words = [f"{level.steps} step{'' if level.steps == 1 else 's'} closed"] if search.close >= 0 else []
    words += [f"{level.extra} more patients a year"] if search.reinvest >= 0 else []
    return f"{name}: {', '.join(words)}"


def model_at(plan: Plan, search: Search, level: Level) -> Model | None:
    """Return the model of one level of a search; None where it is the arm as it is."""
    case = plan.cases[plan.main]
    arm = arm_of(plan, search.arm)
    changes: list[Change] = []
    if level.steps:
        changes += _decision_at(case.options[search.close][0], Level(level.steps, 0), arm)
    if level.extra:
        changes += _decision_at(case.options[search.reinvest][0], Level(0, level.extra), arm)
    return apply(arm, tuple(changes)) if changes else None


def arm_of(plan: Plan, arm: int) -> Model:
    """Return the model of an arm as a search counts them: -1 is the valued one."""
    case = plan.cases[plan.main]
    return dict(case.arms)[plan.valued] if arm < 0 else case.joint[arm][1]


def models_at(plan: Plan, point: Point) -> tuple[Model, Model, list[Model | None]]:
    """Return the baseline, the valued arm and each option's model at a point; None where it is the arm as it is."""
    case = plan.cases[plan.main]
    baseline = in_year(case.baseline, point.year, point.growth)
    arm = _changed(baseline, at_reach(plan.changes, point.reach))
    made: list[Model | None] = []
    for (option, _), level in zip(case.options, point.levels, strict=True):
        changes = _decision_at(option, level, arm) if searched_for(option) else _decision(option)
        made.append(_changed(_begins_from(option, baseline, arm), changes) if changes else None)
    return baseline, arm, made


def _begins_from(option: Option, baseline: Model, arm: Model) -> Model:
    """Return the model that an option's changes are made to: the baseline where its money is spent instead."""
    return baseline if isinstance(option, SpendInstead) else arm


def _decision_at(option: Option, level: Level, arm: Model) -> tuple[Change, ...]:
    """Return the changes that an option whose number was searched for makes to an arm."""
    if isinstance(option, Close) and level.steps:
        return (SetNumber(target=option.pool, by=-option.step * level.steps), *option.changes)
    if isinstance(option, Reinvest) and level.extra:
        more = level.extra / yearly(arm, option.pathway)
        return (Demand(target=option.pathway, by=more), *option.changes)
    return ()


def yearly(model: Model, pathway: str) -> float:
    """Return the patients a year who come to a pathway."""
    return mean_rate(model.pathways[pathway]) * YEAR


def most_steps(plan: Plan, arm: int, close: Close) -> int:
    """Return the most steps that may be taken out: what must stay, or one place, stays, and no more than asked."""
    pool = arm_of(plan, arm).pools[close.pool]
    stays = close.minimum_safe if isinstance(close.minimum_safe, int) else 0
    steps = int((least(pool) - stays) // close.step)
    return max(steps if close.at_most is None else min(steps, close.at_most), 0)


def searched_for(option: Option) -> bool:
    """Return whether the number of an option is searched for."""
    return (isinstance(option, Close) and option.steps == "most") or (
        isinstance(option, Reinvest) and option.patients == "most"
    )


def same_patients(arm: str) -> str:
    """Return the name under which an arm run for the baseline's patients alone is stored."""
    return f"{arm}, same patients"


def plan_of(question: Question, warm_up: int) -> Plan:
    """Return the plan of a question, every change made already: a wrong one shows before anything runs.

    Parameters
    ----------
    question : Question
    warm_up : int
        Milliseconds.

    Raises
    ------
    ModelError
        Where a change cannot be made, or `valued` or `main_case` names nothing.
    """
    asked = question.experiment
    arms = [name for name, _ in question.scenarios]
    valued = _known("valued", asked.valued, arms)
    names = [case.name for case in asked.cases] or [""]
    main = names.index(_known("main_case", asked.main_case, names))
    changes = [case.changes for case in asked.cases] or [()]
    cases = []
    for number, (name, made) in enumerate(zip(names, changes, strict=True)):
        options = question.value.options if question.value is not None and number == main else ()
        cases.append(_case(question, name, made, valued, options))
    start = int(warm_up)
    length = round(asked.run.length)
    end = start + length
    service: tuple[Named, ...] = ()
    if question.value is not None:
        service = named(question.value, (cases[main].baseline, dict(cases[main].arms)[valued]))
    plan = Plan(
        tuple(cases),
        main,
        valued,
        question.value,
        asked.run.seed,
        start,
        end,
        weekly=asked.run.weekly,
        service=service,
        grid=_grid(question.value),
        changes=tuple(dict(question.scenarios)[valued]),
        headline=asked.headline,
    )
    for point in plan.grid:  # what cannot be made shows before anything runs
        baseline = in_year(plan.cases[main].baseline, point.year, point.growth)
        _changed(baseline, at_reach(plan.changes, point.reach))
    return plan


def _grid(value: Value | None) -> tuple[Point, ...]:
    """Return the points of a value file's effect over time, the whole effect in the first year left out."""
    if value is None or value.effect is None:
        return ()
    grid = value.effect.grid or Grid()
    years, shares = sorted(set(grid.years)), sorted(set(grid.reach))
    points = [
        Point(reach, year, growth=grid.growth if year > 1 else 0.0) for year in years for reach in shares
    ]
    return tuple(point for point in points if (point.reach, point.year) != (1.0, 1))


def _known(where: str, name: str | None, names: list[str]) -> str:
    if name is None:
        return names[0]
    if name not in names:
        raise ModelError(where, f"got {name!r}, want one of the names above{nearest(name, names)}")
    return name


def _case(
    question: Question, name: str, changes: Sequence[Change], valued: str, options: Sequence[Option]
) -> Case:
    baseline = _changed(question.model, changes)
    arms = tuple((arm, _changed(baseline, made)) for arm, made in question.scenarios)
    decided = dict(arms)[valued]
    names = [BASELINE, *dict(arms), same_patients(valued), *(option.name for option in options)]
    for one in names:
        if names.count(one) > 1:
            raise ModelError(f"option {one!r}", "got a name that a scenario has too, want another")
    made = tuple(
        (
            option,
            _changed(_begins_from(option, baseline, decided), more) if (more := _decision(option)) else None,
        )
        for option in options
    )
    return Case(name, baseline, arms, made, _joint(question, baseline, valued) if options else ())


def joint_name(projects: Sequence[str]) -> str:
    """Return the name of several projects together."""
    return " + ".join(projects)


def _joint(question: Question, baseline: Model, valued: str) -> tuple[tuple[str, Model], ...]:
    """Return the projects together, by every subset that is asked for; the valued one is run as it is."""
    asked = question.experiment
    changes = dict(question.scenarios)
    wanted = [frozenset(some) for some in asked.together] or subsets(asked.projects)
    out = []
    for subset in wanted:
        members = [name for name in asked.projects if name in subset]
        name = joint_name(members)
        if members and name != valued:
            out.append((name, _changed(baseline, [c for member in members for c in changes[member]])))
    return tuple(out)


def _changed(model: Model, changes: Sequence[Change]) -> Model:
    return apply(model, tuple(changes)) if changes else model


def _decision(option: Option) -> tuple[Change, ...]:
    """Return the changes that an option makes to the valued arm."""
    if searched_for(option):
        return ()
    if isinstance(option, (Close, Redeploy)):
        return (SetNumber(target=option.pool, by=-option.step * int(option.steps)), *option.changes)
    return option.changes


def identity(question: Question) -> dict[str, str]:
    """Return what must be the same for stored replications to be used again, by the name of each thing.

    Prices, discount rates, draws, notes, workers and the number of replications are not among it: none of
    them changes what is simulated.
    """
    asked = question.experiment
    warm_up = asked.run.warm_up
    value = question.value
    return {
        "version of cisim": __version__,
        "seed": str(asked.run.seed),
        "length of a run": f"{asked.run.length:.0f} ms",
        "weeks measured": "yes" if asked.run.weekly else "no",
        "warm-up": warm_up if isinstance(warm_up, str) else f"{warm_up:.0f} ms",
        "model": _digest([_plain(question.model)]),
        "scenarios": _digest([[name, [_plain(c) for c in changes]] for name, changes in question.scenarios]),
        "cases": _digest([[case.name, [_plain(c) for c in case.changes]] for case in asked.cases]),
        "valued scenario and main case": _digest([asked.valued, asked.main_case]),
        "projects": _digest([list(asked.projects), [list(some) for some in asked.together]]),
        "options and running items": _digest(None if value is None else _physical(value)),
    }


def _physical(value: Value) -> list[object]:
    """Return what a value file says of patients, beds and openings, without any price."""
    options = [
        [option.name, type(option).__name__, [_plain(c) for c in option.changes]]
        + [getattr(option, field, None) for field in PHYSICAL]
        for option in value.options
    ]
    running = [[item.item, item.owner, item.for_each, item.of] for item in value.running]
    service = None if value.service is None else [_plain(one) for one in value.service.measures]
    counts = [[item.outcome, item.owner, _plain(item.counts)] for item in value.outcomes]
    return [options, running, service, *([counts] if counts else [])]


PHYSICAL = ("pool", "step", "steps", "pathway", "patients", "to")
"""Fields of an option that say what is simulated; how far a search may go is no part of what is stored."""


def _plain(of: Strict) -> object:
    return _without_notes(of.model_dump(mode="json", by_alias=True))


def _without_notes(plain: object) -> object:
    if isinstance(plain, dict):
        said = {k: v for k, v in plain.items() if not (k in ("note", "source") and isinstance(v, str))}
        return {k: _without_notes(v) for k, v in said.items()}
    if isinstance(plain, list):
        return [_without_notes(v) for v in plain]
    return plain


def _digest(plain: object) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
