"""Walking and rewriting the steps of a pathway, wherever they stand: in stays, ways, parts, limits, patience."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from cisim.spec.model import (
    Activity,
    AllOf,
    Branch,
    GivesUp,
    Limit,
    Part,
    Partial,
    Repeat,
    Round,
    Stay,
    Step,
    Way,
    step_kind,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cisim.spec.yamltree import Trail

__all__ = ["inner_lists", "kind_of", "named", "rewrite", "walk"]

Steps = tuple[Step, ...]
Edit = Callable[[Step], Step | tuple[Step, ...]]


def kind_of(step: Step) -> str:
    """Return the kind of a step as a planner writes it, such as ``go_to``."""
    return (step_kind(step) or "").removeprefix("step:")


def inner_lists(step: Step) -> Iterator[tuple[Sequence[Step], Trail]]:
    """Yield the lists of steps inside a step, each with the trail from the step to it."""
    if isinstance(step, (Stay, Repeat)):
        yield step.steps, ("steps",)
    elif isinstance(step, Branch):
        for i, way in enumerate(step.ways):
            yield way.steps, ("ways", i, "steps")
    elif isinstance(step, AllOf):
        for i, part in enumerate(step.parts):
            yield part.steps, ("parts", i, "steps")
    elif isinstance(step, Partial):
        yield step.changed, ("changed",)
        yield step.original, ("original",)
    if isinstance(step, (Activity, Stay)) and step.limit is not None:
        yield step.limit.steps, ("limit", "steps")
    if isinstance(step, (Activity, Stay, Round)) and step.gives_up is not None:
        yield step.gives_up.steps, ("gives_up", "steps")


def walk(steps: Sequence[Step]) -> Iterator[Step]:
    """Yield every step, each before those inside it, in the written order."""
    for step in steps:
        yield step
        for inner, _ in inner_lists(step):
            yield from walk(inner)


def named(steps: Steps, name: str) -> tuple[Step, ...]:
    """Return the steps of that name; more than one only where a partial change made copies."""
    return tuple(s for s in walk(steps) if not isinstance(s, Partial) and s.name == name)


def rewrite(steps: Steps, edit: Edit) -> Steps:
    """Return the steps with `edit` made to each, inner ones first; what is not edited stays itself.

    `edit` may give several steps in the place of one, or none.
    """
    new: list[Step] = []
    for step in steps:
        made = edit(_rewrite_inside(step, edit))
        new.extend(made if isinstance(made, tuple) else (made,))
    same = len(new) == len(steps) and all(a is b for a, b in zip(new, steps, strict=True))
    return steps if same else tuple(new)


H = TypeVar("H", GivesUp, Limit, Way, Part)


def _rewrite_held(holder: H, edit: Edit) -> H:
    """Return what holds a list of steps, with the list rewritten; itself, if nothing is edited."""
    steps = rewrite(holder.steps, edit)
    return holder if steps is holder.steps else holder.model_copy(update={"steps": steps})


def _rewrite_each(holders: tuple[H, ...], edit: Edit) -> tuple[H, ...]:
    new = tuple(_rewrite_held(holder, edit) for holder in holders)
    return holders if all(a is b for a, b in zip(new, holders, strict=True)) else new


def _rewrite_inside(step: Step, edit: Edit) -> Step:
    update: dict[str, object] = {}
    if isinstance(step, (Stay, Repeat)):
        update["steps"] = rewrite(step.steps, edit)
    if isinstance(step, (Activity, Stay, Round)) and step.gives_up is not None:
        update["gives_up"] = _rewrite_held(step.gives_up, edit)
    if isinstance(step, (Activity, Stay)) and step.limit is not None:
        update["limit"] = _rewrite_held(step.limit, edit)
    if isinstance(step, Branch):
        update["ways"] = _rewrite_each(step.ways, edit)
    if isinstance(step, AllOf):
        update["parts"] = _rewrite_each(step.parts, edit)
    if isinstance(step, Partial):
        update = {"changed": rewrite(step.changed, edit), "original": rewrite(step.original, edit)}
    update = {k: v for k, v in update.items() if v is not getattr(step, k)}
    return step.model_copy(update=update) if update else step
