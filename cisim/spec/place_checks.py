"""Where steps may stand and what they may name: parts that go on at once, coming back, who is there at the start.

Every check yields `Finding` with the trail of the place that it is about; nothing here raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.spec.model import Activity, AllOf, Batch, ComesBack, GoTo, Leave, Partial, Repeat, Round, Stay
from cisim.spec.plain import Finding
from cisim.spec.service_checks import duration_findings, hint
from cisim.spec.tree import inner_lists, kind_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cisim.spec.model import Pathway, Starting, Step
    from cisim.spec.yamltree import Trail

__all__ = ["all_of_findings", "comes_back_findings", "starting_findings"]


def all_of_findings(step: AllOf, trail: Trail) -> Iterator[Finding]:
    """Yield what cannot stand in a part, and parts of one name."""
    names: set[str] = set()
    for i, part in enumerate(step.parts):
        here = (*trail, "parts", i)
        if part.name in names:
            text = f"'{part.name}' names a part of '{step.name}' already, want another name"
            yield Finding((*here, "part"), text)
        names.add(part.name)
        yield from _in_part(part.steps, (*here, "steps"), part.name)


def _in_part(steps: Sequence[Step], trail: Trail, part: str) -> Iterator[Finding]:
    for i, step in enumerate(steps):
        here = (*trail, i)
        if isinstance(step, (Leave, ComesBack)):
            text = f"the part '{part}' cannot end the spell while others go on, want it after the parts"
            yield Finding((*here, kind_of(step)), text, key=True)
        elif isinstance(step, AllOf):
            text = f"stands inside the part '{part}', want no parts within parts: write them side by side"
            yield Finding((*here, "all_of"), text, key=True)
            continue  # what is wrong inside is told by its own check
        for inner, path in inner_lists(step):
            yield from _in_part(inner, (*here, *path), part)


def comes_back_findings(pathway: Pathway, step: ComesBack, trail: Trail) -> Iterator[Finding]:
    """Yield a finding if the step to come back at is no step of the pathway's own list."""
    yield from duration_findings(step.after, (*trail, "after"))
    top = {s.name: None for s in pathway.steps if not isinstance(s, (GoTo, Leave, ComesBack))}
    if step.at is None or step.at in top:
        return
    inside = any(s.name == step.at for s in walk(pathway.steps) if not isinstance(s, (Partial, GoTo, Leave)))
    why = ", which stands inside another step" if inside else ""
    text = f"got {step.at!r}{why}, want a step of the pathway's own list{hint(step.at, top)}"
    yield Finding((*trail, "at"), text)


# Who is there when the model starts


def starting_findings(pathway: Pathway, trail: Trail) -> Iterator[Finding]:
    """Yield the mistakes in who is there at the start."""
    places = {step.name: (step, around) for step, around in _around(pathway.steps, ())}
    for i, starting in enumerate(pathway.starting):
        here = (*trail, "starting", i)
        yield from _number(starting, here)
        if starting.elapsed is not None:
            yield from duration_findings(starting.elapsed, (*here, "elapsed"))
        if starting.at not in places:
            waiting = {n: s for n, (s, _) in places.items() if isinstance(s, (Activity, Stay, Round, Batch))}
            text = f"got {starting.at!r}, want a step of this pathway{hint(starting.at, waiting)}"
            yield Finding((*here, "at"), text)
            continue
        yield from _place(starting, *places[starting.at], here)


def _around(steps: Sequence[Step], around: tuple[Step, ...]) -> Iterator[tuple[Step, tuple[Step, ...]]]:
    """Yield each named step with those that it stands inside, the outermost first."""
    for step in steps:
        if not isinstance(step, (Partial, GoTo, Leave)):
            yield step, around
        for inner, path in inner_lists(step):
            # Who was turned away or gave up stands no longer inside the step that they waited for.
            within = path == ("steps",) or path[0] == "parts"
            yield from _around(inner, (*around, step) if within else around)


def _number(starting: Starting, here: Trail) -> Iterator[Finding]:
    if starting.elapsed_each is not None:
        each = len(starting.elapsed_each)
        if starting.elapsed is not None:
            text = "got both 'elapsed' and 'elapsed_each', want one of them"
            yield Finding((*here, "elapsed_each"), text, key=True)
        elif starting.number is not None and starting.number != each:
            text = f"got {starting.number}, but 'elapsed_each' has {each}, want the same number, or none here"
            yield Finding((*here, "number"), text)
    else:
        if starting.number is None:
            yield Finding(here, "missing 'number', want how many are there", key=True)
        if starting.elapsed is None:
            text = "missing 'elapsed', want how long they have been there, such as 3 d, or 'elapsed_each'"
            yield Finding(here, text, key=True)


def _place(starting: Starting, step: Step, around: tuple[Step, ...], here: Trail) -> Iterator[Finding]:
    if not isinstance(step, (Activity, Stay, Round, Batch)):
        text = f"got '{step.name}', where nobody lies or waits, want a stay, activity, round or batch"
        yield Finding((*here, "at"), text)
        return
    for outer in around:
        if isinstance(outer, Stay):
            text = f"'{step.name}' stands inside the stay '{outer.name}', want 'at: {outer.name}'"
            yield Finding((*here, "at"), f"{text}: they are in its bed, at its first step")
            return
        if isinstance(outer, (Repeat, AllOf)):
            word = "repeat" if isinstance(outer, Repeat) else "parts"
            text = f"'{step.name}' stands inside the {word} '{outer.name}', want a step outside of it"
            yield Finding((*here, "at"), text)
            return
    if starting.bed is None:
        return
    if not isinstance(step, Stay):
        text = f"'{step.name}' is no stay and has no beds, want 'bed' taken away"
        yield Finding((*here, "bed"), text, key=True)
    elif starting.bed not in {b.pool for b in step.beds}:
        known = hint(starting.bed, {b.pool: None for b in step.beds})
        yield Finding((*here, "bed"), f"got {starting.bed!r}, want one of the beds of '{step.name}'{known}")
