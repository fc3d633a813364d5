"""Walking and rewriting the steps of a pathway, wherever they stand: in stays, ways, repeats and patience."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.spec.model import Activity, Branch, GivesUp, Partial, Repeat, Stay, Step, step_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["kind_of", "named", "rewrite", "walk"]

Steps = tuple[Step, ...]


def kind_of(step: Step) -> str:
    """Return the kind of a step as a planner writes it, such as ``go_to``."""
    return (step_kind(step) or "").removeprefix("step:")


def _inside(step: Step) -> tuple[Steps, ...]:
    """Return the lists of steps that stand inside a step."""
    lists: list[Steps] = []
    if isinstance(step, (Stay, Repeat)):
        lists.append(step.steps)
    if isinstance(step, Branch):
        lists.extend(way.steps for way in step.ways)
    if isinstance(step, Partial):
        lists.extend((step.changed, step.original))
    if isinstance(step, (Activity, Stay)) and step.gives_up is not None:
        lists.append(step.gives_up.steps)
    return tuple(lists)


def walk(steps: Steps) -> Iterator[Step]:
    """Yield every step, each before those inside it, in the written order."""
    for step in steps:
        yield step
        for inner in _inside(step):
            yield from walk(inner)


def named(steps: Steps, name: str) -> tuple[Step, ...]:
    """Return the steps of that name; more than one only where a partial change made copies."""
    return tuple(s for s in walk(steps) if not isinstance(s, Partial) and s.name == name)


def rewrite(steps: Steps, edit: Callable[[Step], Step]) -> Steps:
    """Return the steps with `edit` made to each, inner ones first; what is not edited stays itself."""
    new = tuple(edit(_rewrite_inside(step, edit)) for step in steps)
    return new if any(a is not b for a, b in zip(new, steps, strict=True)) else steps


def _rewrite_patience(gives_up: GivesUp | None, edit: Callable[[Step], Step]) -> GivesUp | None:
    if gives_up is None:
        return None
    steps = rewrite(gives_up.steps, edit)
    return gives_up if steps is gives_up.steps else gives_up.model_copy(update={"steps": steps})


def _rewrite_inside(step: Step, edit: Callable[[Step], Step]) -> Step:
    update: dict[str, object] = {}
    if isinstance(step, (Stay, Repeat)):
        update["steps"] = rewrite(step.steps, edit)
    if isinstance(step, (Activity, Stay)):
        update["gives_up"] = _rewrite_patience(step.gives_up, edit)
    if isinstance(step, Branch):
        ways = []
        for way in step.ways:
            inner = rewrite(way.steps, edit)
            ways.append(way if inner is way.steps else way.model_copy(update={"steps": inner}))
        same = all(a is b for a, b in zip(ways, step.ways, strict=True))
        update["ways"] = step.ways if same else tuple(ways)
    if isinstance(step, Partial):
        update = {"changed": rewrite(step.changed, edit), "original": rewrite(step.original, edit)}
    update = {k: v for k, v in update.items() if v is not getattr(step, k)}
    return step.model_copy(update=update) if update else step
