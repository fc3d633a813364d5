"""What a question asks to be run: cases, the models of each, and what makes two runs the same run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cisim import __version__
from cisim.engine import DEFAULT_ENGINE
from cisim.errors import ModelError, nearest
from cisim.spec import Close, Model, Redeploy, SetNumber, apply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.spec import Change, Option, Question, Strict, Value

__all__ = ["BASELINE", "Case", "Plan", "Unit", "identity", "plan_of", "same_patients"]

BASELINE = "baseline"


class Unit(NamedTuple):
    """One unit of work: every run of one case and one replication; `case` counts from 0."""

    case: int
    replication: int

    @property
    def folder(self) -> str:
        """Name of the folder of its part."""
        return f"case{self.case}-replication{self.replication:05d}"


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
        case but the main one, and where nothing is valued.
    """

    name: str
    baseline: Model
    arms: tuple[tuple[str, Model], ...]
    options: tuple[tuple[Option, Model | None], ...] = ()


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
    engine : str
        What runs it; every engine gives the same logs, so it is no part of what a question is.
    """

    cases: tuple[Case, ...]
    main: int
    valued: str
    value: Value | None
    seed: int
    start: int
    end: int
    weekly: bool = True
    engine: str = DEFAULT_ENGINE

    def units(self, replications: int) -> list[Unit]:
        """Return the units of the first so many replications, case by case: the order of all tables."""
        return [Unit(case, number) for case in range(len(self.cases)) for number in range(replications)]

    def name(self, unit: Unit) -> str:
        """Return a unit's name as people read it."""
        case = self.cases[unit.case].name
        return f"{f'case {case!r}, ' if case else ''}replication {unit.replication}"


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
    return Plan(
        tuple(cases), main, valued, question.value, asked.run.seed, start, end, weekly=asked.run.weekly
    )


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
        (option, _changed(decided, more) if (more := _decision(option)) else None) for option in options
    )
    return Case(name, baseline, arms, made)


def _changed(model: Model, changes: Sequence[Change]) -> Model:
    return apply(model, tuple(changes)) if changes else model


def _decision(option: Option) -> tuple[Change, ...]:
    """Return the changes that an option makes to the valued arm."""
    if isinstance(option, Close) and option.steps == "most":
        raise ModelError(f"option {option.name!r}", "got steps: most, which is not computed yet")
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
        "options and running items": _digest(None if value is None else _physical(value)),
    }


def _physical(value: Value) -> list[object]:
    """Return what a value file says of patients, beds and openings, without any price."""
    options = [
        [option.name, type(option).__name__, [_plain(c) for c in option.changes]]
        + [getattr(option, field, None) for field in ("pool", "step", "steps", "pathway", "patients")]
        for option in value.options
    ]
    running = [[item.item, item.owner, item.for_each, item.of] for item in value.running]
    return [options, running]


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
