"""Changes made to a model: a new model, the old one untouched, each change checked against what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.errors import ModelError, nearest
from cisim.spec.digest import digest
from cisim.spec.merging import merge_pools
from cisim.spec.model import (
    Activity,
    AllOf,
    Batch,
    Calendar,
    ComesBack,
    GoTo,
    Leave,
    Model,
    Partial,
    Pathway,
    Repeat,
    Round,
    Stay,
    Step,
)
from cisim.spec.pool_changes import set_number, set_rota, set_turn_round
from cisim.spec.scenario import (
    AddStep,
    Change,
    Cut,
    Demand,
    Divert,
    Merge,
    MoveOut,
    RemoveStep,
    Route,
    Scenario,
    SetNumber,
    SetPatience,
    SetPriority,
    SetRota,
    SetStep,
    SetTurnRound,
    Unbatch,
    change_kind,
)
from cisim.spec.step_changes import (
    ChangeRefusedError,
    add_steps,
    cut_step,
    move_out,
    remove_step,
    route_branch,
    set_patience,
    set_priority,
    set_step,
    unbatch_step,
)
from cisim.spec.tree import named, rewrite, walk
from cisim.spec.week import highest_rate, hourly_rates
from cisim.units import HOUR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["apply", "check_base"]

Steps = tuple[Step, ...]


def apply(model: Model, changes: Scenario | Sequence[Change]) -> Model:
    """Return the model with the changes made, in order, each upon those before it.

    Before the first change every pathway's band of arrival rates is fixed at the base model's highest rate,
    so that more demand adds patients and moves none. `apply(model, ())` does that and nothing else.

    Parameters
    ----------
    model : Model
        The base; it is not altered.
    changes : Scenario or sequence of Change
        A scenario's `base_digest`, if stated, must be that of `model`.

    Raises
    ------
    ModelError
        ``changes.<i>.<kind> <target>: ...``, counted from 0, where what a change names is not there, is of
        another kind, or cannot be changed so.
    """
    if isinstance(changes, Scenario):
        check_base(model, changes)
        changes = changes.changes
    model = _fix_bands(model)
    for i, change in enumerate(changes):
        where = f"changes.{i}.{(change_kind(change) or '').removeprefix('change:')} {change.target}"
        try:
            model = _one(model, change)
        except ChangeRefusedError as refusal:
            raise ModelError(where, str(refusal)) from None
    return model


def check_base(model: Model, scenario: Scenario) -> None:
    """Refuse a model that is not the one the scenario states, by at least the first 12 digits of its digest.

    Raises
    ------
    ModelError
        Where the digests differ.
    """
    wanted, got = scenario.base_digest, digest(model)
    if wanted is not None and not (len(wanted) >= 12 and got.startswith(wanted.lower())):
        text = (
            f"scenario '{scenario.scenario}' was written for a model with digest {wanted}, but "
            f"model '{model.model}' has {got[: max(12, len(wanted))]}: see whether the changes still fit"
        )
        raise ModelError("base_digest", text)


def _fix_bands(model: Model) -> Model:
    pathways = {}
    for name, pathway in model.pathways.items():
        arrivals = pathway.arrivals
        if arrivals.band is None and arrivals.rate is not None:
            arrivals = arrivals.model_copy(update={"band": highest_rate(arrivals)})
            pathway = pathway.model_copy(update={"arrivals": arrivals})  # noqa: PLW2901 - the changed copy
        pathways[name] = pathway
    return model.model_copy(update={"pathways": pathways})


_StepChange = Unbatch | Cut | SetStep | SetPriority | SetPatience | Route | AddStep | RemoveStep | MoveOut


def _one(model: Model, change: Change) -> Model:
    if isinstance(change, (Demand, Divert)):
        return _demand(model, change) if isinstance(change, Demand) else _divert(model, change)
    if isinstance(change, Merge):
        return merge_pools(model, change)
    if isinstance(change, SetTurnRound):
        return set_turn_round(model, change)
    if isinstance(change, (SetNumber, SetRota)):
        return set_number(model, change) if isinstance(change, SetNumber) else set_rota(model, change)
    return _change_step(model, change)


def _pathway(model: Model, name: str) -> Pathway:
    if name not in model.pathways:
        raise ChangeRefusedError(f"there is no pathway '{name}'{nearest(name, model.pathways)}")
    return model.pathways[name]


# Steps


def _partial_name(steps: Steps, wanted: str) -> str:
    """Return a name for a partial change that no earlier one in the pathway has: it has its own draws."""
    taken = {s.change for s in walk(steps) if isinstance(s, Partial)}
    name, i = wanted, 2
    while name in taken:
        name, i = f"{wanted} ({i})", i + 1
    return name


def _change_step(model: Model, change: _StepChange) -> Model:
    pathway_name, _, name = change.target.partition("/")
    if not name:
        raise ChangeRefusedError(
            f"got '{change.target}', want pathway/step, such as '{next(iter(model.pathways))}/...'"
        )
    pathway = _pathway(model, pathway_name)
    if not named(pathway.steps, name):
        known = [s.name for s in walk(pathway.steps) if not isinstance(s, Partial)]
        raise ChangeRefusedError(
            f"there is no step '{name}' in pathway '{pathway_name}'{nearest(name, known)}"
        )
    if isinstance(change, (Route, AddStep, SetPatience)):
        _check_new_steps(model, pathway, change.steps or ())
    calendars = dict(model.calendars)
    reach = getattr(change, "reach", 1.0)
    label = f"{(change_kind(change) or '').removeprefix('change:')} {change.target}"
    label = _partial_name(pathway.steps, label)

    def make(step: Step) -> Step | Steps:
        return _reached(step, _edit(step, change, calendars), reach, label)

    target = _around(pathway, name) if isinstance(change, MoveOut) else name
    steps = _edit_named(pathway.steps, target, make)
    changed = pathway.model_copy(update={"steps": steps})
    _check_left(changed, change, name)
    pathways = {**model.pathways, pathway_name: changed}
    return model.model_copy(update={"pathways": pathways, "calendars": calendars})


def _edit(step: Step, change: _StepChange, calendars: dict[str, Calendar]) -> Step | Steps:
    if isinstance(change, Unbatch):
        return unbatch_step(step, change, calendars)
    if isinstance(change, AddStep):
        return add_steps(step, change)
    if isinstance(change, RemoveStep):
        return remove_step(step)
    if isinstance(change, MoveOut):
        return move_out(step, change.target.partition("/")[2])
    return _edit_itself(step, change)


def _edit_itself(step: Step, change: Cut | SetStep | SetPriority | SetPatience | Route) -> Step:
    if isinstance(change, Cut):
        return cut_step(step, change)
    if isinstance(change, SetPriority):
        return set_priority(step, change)
    if isinstance(change, SetPatience):
        return set_patience(step, change)
    return set_step(step, change) if isinstance(change, SetStep) else route_branch(step, change)


def _reached(old: Step, new: Step | Steps, reach: float, label: str) -> Step | Steps:
    if reach >= 1:
        return new
    changed = new if isinstance(new, tuple) else (new,)
    return Partial(change=label, share=reach, changed=changed, original=(old,)) if reach > 0 else old


def _around(pathway: Pathway, name: str) -> str:
    """Return the stay in whose own list a step stands."""
    stays = [s for s in walk(pathway.steps) if isinstance(s, Stay) and any(i.name == name for i in s.steps)]
    if not stays:
        raise ChangeRefusedError(
            f"'{name}' does not stand directly in a stay, so it cannot be moved out of one"
        )
    return stays[0].name


def _check_left(pathway: Pathway, change: _StepChange, name: str) -> None:
    """Refuse what leaves nothing inside a step, or takes away a step that others go on at."""
    for step in walk(pathway.steps):
        lists = [step.steps] if isinstance(step, (Stay, Repeat)) else []
        lists += [part.steps for part in step.parts] if isinstance(step, AllOf) else []
        if any(not steps for steps in lists):
            raise ChangeRefusedError(f"nothing would be left inside '{step.name}'; remove that instead")
    if not isinstance(change, RemoveStep) or change.reach < 1:
        return
    for step in walk(pathway.steps):
        at = step.name if isinstance(step, GoTo) else step.at if isinstance(step, ComesBack) else None
        if at == name:
            verb = "goes on" if isinstance(step, GoTo) else "comes back"
            raise ChangeRefusedError(f"a patient {verb} at '{name}', so it cannot be removed")
    if any(one.at == name for one in pathway.starting):
        raise ChangeRefusedError(f"patients are at '{name}' when the model starts, so it cannot be removed")


def _edit_named(steps: Steps, name: str, make: Callable[[Step], Step | Steps]) -> Steps:
    """Return the steps with every copy of the named one changed.

    A partial change leaves two copies, of which one may be past changing (a round that is no round any more):
    it is left as it is, and the change is refused only where no copy can take it.
    """
    refused: list[ChangeRefusedError] = []
    made: list[Step | Steps] = []

    def edit(step: Step) -> Step | Steps:
        if isinstance(step, Partial) or step.name != name:
            return step
        try:
            made.append(make(step))
        except ChangeRefusedError as refusal:
            refused.append(refusal)
            return step
        return made[-1]

    new = rewrite(steps, edit)
    if not made:
        raise refused[0]
    return new


def _check_new_steps(model: Model, pathway: Pathway, steps: Steps) -> None:
    """Refuse new steps that name what is not there, or take a name that is in use."""
    here = {s.name for s in walk(pathway.steps) if not isinstance(s, (Partial, GoTo, Leave))}
    new = [s for s in walk(steps) if not isinstance(s, Partial)]
    names = [s.name for s in new if not isinstance(s, (GoTo, Leave))]
    for step in new:
        if isinstance(step, GoTo):
            if step.name not in here and step.name not in names:
                raise ChangeRefusedError(
                    f"go_to '{step.name}': there is no such step{nearest(step.name, here)}"
                )
        elif not isinstance(step, Leave) and (step.name in here or names.count(step.name) > 1):
            raise ChangeRefusedError(
                f"there is a step '{step.name}' in the pathway already; give the new one another name"
            )
        for pool in _pools(step):
            if pool not in model.pools:
                raise ChangeRefusedError(
                    f"'{step.name}' asks for pool '{pool}', which is not there{nearest(pool, model.pools)}"
                )
        if isinstance(step, Round) and step.calendar not in model.calendars:
            known = nearest(step.calendar, model.calendars)
            raise ChangeRefusedError(
                f"'{step.name}' waits for calendar '{step.calendar}', which is not there{known}"
            )


def _pools(step: Step) -> list[str]:
    if isinstance(step, Activity):
        return [*step.needs, *(pool for other in step.instead for pool in other.needs)]
    if isinstance(step, Stay):
        return [bed.pool for bed in step.beds]
    return list(step.together.needs) if isinstance(step, Batch) and step.together is not None else []


# Demand


_NOBODY = dict.fromkeys(("rate", "profile", "day_effect", "band"))


def _demand(model: Model, change: Demand) -> Model:
    pathway = _pathway(model, change.target)
    arrivals = pathway.arrivals
    if arrivals.rate is None:
        raise ChangeRefusedError(
            f"the arrivals of '{change.target}' are listed one by one; give them a rate to change it"
        )
    rate = change.to if change.to is not None else arrivals.rate * (1 + (change.by or 0.0))
    if rate < 0:
        raise ChangeRefusedError(f"got {change.by:+.0%}, want demand that does not fall below 0 (-100%)")
    # Nobody comes: a list with nobody in it, as a rate is always above 0.
    update: dict[str, object] = {"rate": rate} if rate > 0 else {**_NOBODY, "listed": ()}
    arrivals = arrivals.model_copy(update=update)
    changed = pathway.model_copy(update={"arrivals": arrivals})
    return model.model_copy(update={"pathways": {**model.pathways, change.target: changed}})


def _divert(model: Model, change: Divert) -> Model:
    """Return the model with a share of a pathway's arrivals taken off its rate, and put on another's.

    Those who still come are a part of those who came. The other pathway's hours become those of both together.
    """
    arrivals = _pathway(model, change.target).arrivals
    if arrivals.rate is None:
        raise ChangeRefusedError(
            f"the arrivals of '{change.target}' are listed one by one; give them a rate to divert a share"
        )
    less = _demand(model, Demand(target=change.target, by=-change.share))
    if change.to is None:
        return less
    if change.to == change.target:
        raise ChangeRefusedError(f"`to` is '{change.to}' itself, want another pathway")
    pathway = _pathway(model, change.to)
    theirs = pathway.arrivals
    if theirs.rate is None:
        raise ChangeRefusedError(f"the arrivals of '{change.to}' are listed one by one; give them a rate")
    for name, words in (
        ("season", "seasons"),
        ("growth", "growth"),
        ("bank_holidays", "bank holidays"),
        ("bank_holiday_factor", "bank holidays"),
    ):
        if getattr(theirs, name) != getattr(arrivals, name):
            raise ChangeRefusedError(
                f"'{change.target}' and '{change.to}' have other {words}, so their arrivals cannot be put together"
            )
    both = zip(hourly_rates(theirs), hourly_rates(arrivals), strict=True)
    hours = tuple(a + change.share * b for a, b in both)
    update = {"rate": sum(hours) / len(hours), "profile": tuple(h * HOUR for h in hours)}
    more = pathway.model_copy(update={"arrivals": theirs.model_copy(update=update)})
    return less.model_copy(update={"pathways": {**less.pathways, change.to: more}})
