"""Pools that are asked for more than they can give: told with the answer, for their queues never settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.errors import ModelError
from cisim.runs.plan import BASELINE
from cisim.spec import Activity, Batch, Round, Stay, mean_rate, offered_load, walk

if TYPE_CHECKING:
    from cisim.runs.plan import Case
    from cisim.spec import Load, Model

__all__ = ["overloads"]


def overloads(case: Case) -> tuple[str, ...]:
    """Return a sentence for each pool of the baseline and each arm whose queue would grow without end.

    Listed arrivals come to an end and are left out. Nothing is said of a pool whose every user gives up: its
    queue is bounded, and how many are turned away is measured.
    """
    models = ((BASELINE, case.baseline), *case.arms)
    return tuple(text for name, model in models for text in _overloaded(name, model))


def _overloaded(scenario: str, model: Model) -> list[str]:
    lasting = {name: pathway for name, pathway in model.pathways.items() if pathway.arrivals.rate is not None}
    steady = model.model_copy(update={"pathways": lasting})
    try:
        loads = offered_load(steady)
    except ModelError:  # a loop without a way out: the run itself says so
        return []
    out = []
    for load in loads:
        if load.keeps_up or load.capacity is None or load.bounded:
            continue
        users = _users(steady, load)
        unless = []
        if any(not isinstance(step, Batch) and step.gives_up is not None for step in users):
            unless.append("enough patients give up")
        if any(isinstance(step, (Activity, Stay)) and step.limit is not None for step in users):
            unless.append("enough patients are turned away")
        if any(isinstance(step, Stay) and len(step.beds) > 1 for step in users):
            unless.append("enough patients take a bed of another choice")
        covered = load.pool in steady.pools and steady.pools[load.pool].covered_by
        if covered or any(isinstance(step, Activity) and step.instead for step in users):
            unless.append("enough is done by others instead")
        asked, has = _number(load.offered), _number(load.capacity)
        out.append(
            f"In '{scenario}' more is asked of '{load.pool}' than it can give:"
            f" {f'at least {asked}' if asked == has else asked} {load.unit} of {has};"
            f" queues grow for as long as the run lasts{', unless ' + ' or '.join(unless) if unless else ''}."
        )
    return out


def _users(model: Model, load: Load) -> list[Activity | Stay | Round | Batch]:
    """Return the steps that ask for a pool first, or wait for a calendar."""
    return [
        step
        for pathway in model.pathways.values()
        if mean_rate(pathway)
        for step in walk(pathway.steps)
        if isinstance(step, (Activity, Stay, Round, Batch)) and _asks(step, load)
    ]


def _asks(step: Activity | Stay | Round | Batch, load: Load) -> bool:
    if isinstance(step, Round):
        return load.what == "calendar" and step.calendar == load.pool
    if load.what == "calendar":
        return False
    if isinstance(step, Activity):
        return load.pool in step.needs
    if isinstance(step, Stay):
        return step.beds[0].pool == load.pool
    return step.together is not None and load.pool in step.together.needs


def _number(places: float) -> str:
    return f"{places:.1f}".removesuffix(".0") if places >= 1 else f"{places:.2g}"
