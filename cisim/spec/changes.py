"""Changes made to a model: a new model, the old one untouched, each change checked against what is there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cisim.errors import ModelError, nearest
from cisim.spec.digest import digest
from cisim.spec.fields import Moment
from cisim.spec.model import (
    Activity,
    Calendar,
    GoTo,
    Leave,
    Model,
    Partial,
    Pathway,
    Pool,
    RotaException,
    Round,
    Stay,
    Step,
)
from cisim.spec.scenario import (
    Change,
    Cut,
    Demand,
    Route,
    Scenario,
    SetNumber,
    SetRota,
    SetStep,
    Unbatch,
    change_kind,
)
from cisim.spec.step_changes import ChangeRefusedError, cut_step, route_branch, set_step, unbatch_step
from cisim.spec.tree import named, rewrite, walk
from cisim.spec.week import highest_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["apply", "check_base"]


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


def _one(model: Model, change: Change) -> Model:
    if isinstance(change, (Unbatch, Cut, SetStep, Route)):
        return _change_step(model, change)
    if isinstance(change, Demand):
        return _demand(model, change)
    return _number(model, change) if isinstance(change, SetNumber) else _rota(model, change)


def _pathway(model: Model, name: str) -> Pathway:
    if name not in model.pathways:
        raise ChangeRefusedError(f"there is no pathway '{name}'{nearest(name, model.pathways)}")
    return model.pathways[name]


def _pool(model: Model, name: str) -> Pool:
    if name not in model.pools:
        raise ChangeRefusedError(f"there is no pool '{name}'{nearest(name, model.pools)}")
    return model.pools[name]


def _with_pool(model: Model, name: str, update: dict[str, object]) -> Model:
    return model.model_copy(
        update={"pools": {**model.pools, name: model.pools[name].model_copy(update=update)}}
    )


# Steps


def _partial_name(steps: tuple[Step, ...], wanted: str) -> str:
    """Return a name for a partial change that no earlier one in the pathway has: it has its own draws."""
    taken = {s.change for s in walk(steps) if isinstance(s, Partial)}
    name, i = wanted, 2
    while name in taken:
        name, i = f"{wanted} ({i})", i + 1
    return name


def _change_step(model: Model, change: Unbatch | Cut | SetStep | Route) -> Model:
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
    if isinstance(change, Route):
        _check_new_steps(model, pathway, change)
    calendars = dict(model.calendars)
    reach = change.reach if isinstance(change, (Unbatch, Cut)) else 1.0
    label = f"{(change_kind(change) or '').removeprefix('change:')} {change.target}"
    label = _partial_name(pathway.steps, label)

    def make(step: Step) -> Step:
        return _reached(step, _edit(step, change, calendars), reach, label)

    steps = _edit_named(pathway.steps, name, make)
    pathways = {**model.pathways, pathway_name: pathway.model_copy(update={"steps": steps})}
    return model.model_copy(update={"pathways": pathways, "calendars": calendars})


def _edit(step: Step, change: Unbatch | Cut | SetStep | Route, calendars: dict[str, Calendar]) -> Step:
    if isinstance(change, Unbatch):
        return unbatch_step(step, change, calendars)
    if isinstance(change, Cut):
        return cut_step(step, change)
    return set_step(step, change) if isinstance(change, SetStep) else route_branch(step, change)


def _reached(old: Step, new: Step, reach: float, label: str) -> Step:
    if reach >= 1:
        return new
    return Partial(change=label, share=reach, changed=(new,), original=(old,)) if reach > 0 else old


def _edit_named(steps: tuple[Step, ...], name: str, make: Callable[[Step], Step]) -> tuple[Step, ...]:
    """Return the steps with every copy of the named one changed.

    A partial change leaves two copies, of which one may be past changing (a round that is no round any more):
    it is left as it is, and the change is refused only where no copy can take it.
    """
    refused: list[ChangeRefusedError] = []
    made: list[Step] = []

    def edit(step: Step) -> Step:
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


def _check_new_steps(model: Model, pathway: Pathway, change: Route) -> None:
    """Refuse new steps that name what is not there, or take a name that is in use."""
    here = {s.name for s in walk(pathway.steps) if not isinstance(s, (Partial, GoTo, Leave))}
    new = [s for s in walk(change.steps or ()) if not isinstance(s, Partial)]
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
        pools = list(step.needs) if isinstance(step, Activity) else []
        pools += [bed.pool for bed in step.beds] if isinstance(step, Stay) else []
        for pool in pools:
            if pool not in model.pools:
                raise ChangeRefusedError(
                    f"'{step.name}' asks for pool '{pool}', which is not there{nearest(pool, model.pools)}"
                )
        if isinstance(step, Round) and step.calendar not in model.calendars:
            known = nearest(step.calendar, model.calendars)
            raise ChangeRefusedError(
                f"'{step.name}' waits for calendar '{step.calendar}', which is not there{known}"
            )


# Pools and demand


def _shifted(what: str, number: int, by: int) -> int:
    if number + by < 0:
        raise ChangeRefusedError(
            f"{what} is {number}, and {number} {'-' if by < 0 else '+'} {abs(by)} is below 0"
        )
    return number + by


def _shifted_in_hours(what: str, number: int, by: int) -> int:
    """Return a rota's number, shifted; hours and dates on which nobody is there stay so."""
    return _shifted(what, number, by) if number else 0


def _number(model: Model, change: SetNumber) -> Model:
    pool = _pool(model, change.target)
    if change.from_ is not None:
        return _with_pool(model, change.target, {"exceptions": _from_then_on(pool, change)})
    dated = tuple(e for e in pool.exceptions if not _lasting(e))
    if change.by is None:
        if change.to == "unlimited":
            dated = ()
        said = {"kind": pool.kind, "owner": pool.owner, "source": pool.source, "note": pool.note}
        made = Pool(number=change.to, exceptions=dated, **said)
        return model.model_copy(update={"pools": {**model.pools, change.target: made}})
    if pool.number == "unlimited":
        raise ChangeRefusedError(f"pool '{change.target}' is unlimited; write 'to' with a number")
    exceptions = tuple(_shift(e, change.by) for e in pool.exceptions)
    if pool.rota:
        lines = tuple(
            line.model_copy(
                update={"number": _shifted_in_hours("a line of its rota", line.number, change.by)}
            )
            for line in pool.rota
        )
        otherwise = _shifted_in_hours("the number outside its rota", pool.otherwise, change.by)
        return _with_pool(
            model, change.target, {"rota": lines, "otherwise": otherwise, "exceptions": exceptions}
        )
    number = _shifted("its number", pool.number or 0, change.by)
    return _with_pool(model, change.target, {"number": number, "exceptions": exceptions})


def _lasting(exception: RotaException) -> bool:
    return exception.date is None and exception.to is None


def _shift(exception: RotaException, by: int) -> RotaException:
    number = _shifted_in_hours("the number of an exception", exception.number, by)
    return exception.model_copy(update={"number": number})


def _from_then_on(pool: Pool, change: SetNumber) -> tuple[RotaException, ...]:
    """Return the exceptions with another number from a moment on; they never overlap.

    What is dated keeps its time, a bank holiday's number too, shifted where the change is `by`; a number that
    held from then on is shifted by `by` and replaced by `to`.
    """
    if pool.rota:
        raise ChangeRefusedError(
            f"pool '{change.target}' follows a rota, which cannot change part-way; leave out `from`, "
            "or write a 'rota' change with dated exceptions"
        )
    if change.from_ is None or not isinstance(pool.number, int) or change.to == "unlimited":
        raise ChangeRefusedError("unlimited cannot begin or end part-way; leave out `from`, or write numbers")
    when = change.from_.when
    before = [e for old in pool.exceptions for e in _clipped(old, datetime.min, when)]  # noqa: DTZ901 - local
    after = [e for old in pool.exceptions for e in _clipped(old, when, _EVER)]
    by = change.by
    after = [e for e in after if not _lasting(e)] if by is None else [_shift(e, by) for e in after]
    new: list[RotaException] = []
    begin = when
    for start, end in [*sorted(_span(e) for e in after), (_EVER, _EVER)]:
        if begin < start:
            number = change.to if by is None else _shifted("its number then", pool.number, by)
            to = None if start == _EVER else Moment(when=start)
            new.append(RotaException(from_=Moment(when=begin), to=to, number=number, note=change.note))
        begin = end
    return tuple(sorted([*before, *new, *after], key=_span))


_EVER = datetime.max  # noqa: DTZ901 - a local clock


def _span(exception: RotaException) -> tuple[datetime, datetime]:
    """Return when an exception begins and ends; what holds from then on ends never."""
    if exception.date is not None:
        begin = datetime.combine(exception.date, datetime.min.time())
        return begin, begin + timedelta(days=1)
    begin = exception.from_.when if exception.from_ is not None else datetime.min  # noqa: DTZ901 - local
    return begin, exception.to.when if exception.to is not None else _EVER


def _clipped(exception: RotaException, low: datetime, high: datetime) -> tuple[RotaException, ...]:
    """Return what of an exception lies from `low` to `high`: itself, a part of it, or nothing."""
    begin, end = _span(exception)
    start, stop = max(begin, low), min(end, high)
    if start >= stop:
        return ()
    if (start, stop) == (begin, end):
        return (exception,)
    to = None if stop == _EVER else Moment(when=stop)
    return (exception.model_copy(update={"date": None, "from_": Moment(when=start), "to": to}),)


def _rota(model: Model, change: SetRota) -> Model:
    _pool(model, change.target)
    return _with_pool(
        model,
        change.target,
        {"number": None, "rota": change.to, "otherwise": change.otherwise, "exceptions": change.exceptions},
    )


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
