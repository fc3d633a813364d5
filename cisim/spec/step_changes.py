"""What each change makes of one step; `changes` finds the step and puts the new one in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.errors import nearest
from cisim.spec.fields import Duration
from cisim.spec.model import (
    Activity,
    AllOf,
    Batch,
    Branch,
    Calendar,
    Delay,
    GivesUp,
    GoTo,
    Leave,
    Repeat,
    Round,
    Stay,
    Step,
    Way,
)
from cisim.spec.tree import kind_of
from cisim.units import duration_text

if TYPE_CHECKING:
    from cisim.spec.scenario import AddStep, Cut, Route, SetPatience, SetPriority, SetStep, Unbatch

__all__ = [
    "ChangeRefusedError",
    "add_steps",
    "cut_step",
    "move_out",
    "remove_step",
    "route_branch",
    "scale_duration",
    "set_patience",
    "set_priority",
    "set_step",
    "unbatch_step",
]

Steps = tuple[Step, ...]


class ChangeRefusedError(ValueError):
    """A change that cannot be, in words; `apply` adds where it stands."""


_SCALED: dict[str, tuple[str, ...]] = {
    "constant": (),
    "exponential": ("mean",),
    "lognormal": ("mean", "sd"),
    "gamma": ("mean", "sd"),
    "normal": ("mean", "sd"),
    "weibull": ("mean",),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "choice": ("values",),
    "mixture": ("means", "sds"),
    "empirical": ("values", "scale"),
}
"""The families that keep their shape when multiplied, and what is then multiplied in each."""


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _wrong_kind(step: Step, wanted: str) -> ChangeRefusedError:
    name = getattr(step, "name", "")
    return ChangeRefusedError(f"'{name}' is {_article(kind_of(step).replace('_', ' '))}, want {wanted}")


def no_duration() -> Duration:
    """Return the duration that is always zero."""
    return Duration(constant="0 ms")


def scale_duration(duration: Duration, factor: float) -> Duration:
    """Return the duration with every draw multiplied by `factor`: the longer ones stay the longer ones.

    Raises
    ------
    ChangeRefusedError
        Where the family cannot be multiplied (beta).

    >>> half = scale_duration(Duration(lognormal={"mean": "2 d", "sd": "4 d"}), 0.5)
    >>> half.distribution().mean() / 86_400_000, half.distribution().sd() / 86_400_000
    (1.0, 2.0)
    """
    family = next((f for f in _SCALED if getattr(duration, f) is not None), None)
    if family is None:
        raise ChangeRefusedError("its duration is a beta, which cannot be cut; give it another family")
    value = getattr(duration, family)
    keep = {"source": duration.source, "note": duration.note}
    if factor == 0:
        return no_duration().model_copy(update=keep)
    if family == "constant":
        return duration.model_copy(update={"constant": value * factor})
    new = {}
    for part in _SCALED[family]:
        old = getattr(value, part)
        new[part] = tuple(v * factor for v in old) if isinstance(old, tuple) else old * factor
    return duration.model_copy(update={family: value.model_copy(update=new)})


def unbatch_step(step: Step, change: Unbatch, calendars: dict[str, Calendar]) -> Step:
    """Return the round or batch unbatched; a calendar that this needs is put into `calendars`.

    A round without waiting becomes a delay of no time under the same name, so that it can still be named.

    Raises
    ------
    ChangeRefusedError
        Where the step is neither, or a batch is given openings.
    """
    if isinstance(step, Batch):
        if change.to != "continuous":
            raise ChangeRefusedError(f"'{step.name}' is a batch and has no openings; write 'to: continuous'")
        return step.model_copy(update={"number": 1, "at_most": None})
    if not isinstance(step, Round):
        raise _wrong_kind(step, "a round or a batch")
    if change.to == "continuous":
        return Batch(name=step.name, number=1, note=step.note)  # a step that is asked for and passed at once
    old = calendars[step.calendar]
    note = change.note or f"in place of {step.calendar}"
    new = Calendar.model_construct(openings=change.to, places=old.places, exceptions=(), source="", note=note)
    name, i = f"{step.calendar}, changed", 2
    while name in calendars and calendars[name] != new:
        name, i = f"{step.calendar}, changed ({i})", i + 1
    calendars[name] = new
    return step.model_copy(update={"calendar": name})


def _timed(step: Step, wanted: str) -> Duration:
    """Return the duration of a step; of a batch, that of what it takes together."""
    if isinstance(step, (Delay, Activity)):
        return step.duration
    if isinstance(step, Batch) and step.together is not None:
        return step.together.duration
    inside = (
        "; name the delay or activity inside it" if isinstance(step, (Stay, Branch, Repeat, AllOf)) else ""
    )
    raise _wrong_kind(step, f"{wanted}{inside}")


def _with(step: Step, update: dict[str, object]) -> Step:
    """Return a step with other settings; those of a batch are of what it takes together."""
    if isinstance(step, Batch) and step.together is not None:
        return step.model_copy(update={"together": step.together.model_copy(update=update)})
    return step.model_copy(update=update)


def cut_step(step: Step, change: Cut) -> Step:
    """Return the delay, activity or batch served together with its duration cut.

    Raises
    ------
    ChangeRefusedError
        Where the step is none of them, or `to` is above its present mean.
    """
    duration = _timed(step, "a delay or an activity")
    mean = duration.distribution().mean()
    if change.times is not None:
        factor = change.times
    elif change.to is None:
        factor = 1.0 - (change.by or 0.0)
    elif change.to > mean:
        text = (
            f"'{step.name}' takes {duration_text(mean)} on average, so {duration_text(change.to)} is no cut"
        )
        raise ChangeRefusedError(f"{text}; to lengthen it, write 'set' with a duration")
    else:
        factor = change.to / mean if mean else 0.0
    return _with(step, {"duration": scale_duration(duration, factor)})


def set_step(step: Step, change: SetStep) -> Step:
    """Return the repeat with another number of times, or a step with another duration or after-hold.

    Raises
    ------
    ChangeRefusedError
        Where the step has no such number.
    """
    if change.times is not None:
        if not isinstance(step, Repeat):
            raise _wrong_kind(step, "a repeat, as `times` is given")
        return step.model_copy(update={"times": change.times})
    if change.after_hold is not None:
        if not (
            isinstance(step, (Activity, Stay)) or (isinstance(step, Batch) and step.together is not None)
        ):
            raise _wrong_kind(step, "an activity or a stay, as `after_hold` is given")
        return _with(step, {"after_hold": change.after_hold})
    _timed(step, "a delay or an activity, as `duration` is given")
    return _with(step, {"duration": change.duration})


def set_priority(step: Step, change: SetPriority) -> Step:
    """Return the step with another priority, and another ageing or pre-emption where they are given.

    Raises
    ------
    ChangeRefusedError
        Where nobody is served at the step, or it cannot interrupt.
    """
    together = isinstance(step, Batch) and step.together is not None
    if not (isinstance(step, (Activity, Stay, Round)) or together):
        raise _wrong_kind(step, "an activity, a stay or a round")
    update: dict[str, object] = {"priority": change.to}
    if change.ages is not None:
        if together:
            raise ChangeRefusedError(f"'{step.name}' is a batch, which has no ageing; leave out `ages`")
        update["ages"] = change.ages
    if change.pre_empts is not None:
        if not isinstance(step, Activity):
            raise _wrong_kind(step, "an activity, as `pre_empts` is given")
        update["pre_empts"] = change.pre_empts
    return _with(step, update)


def set_patience(step: Step, change: SetPatience) -> Step:
    """Return the step with another patience.

    Raises
    ------
    ChangeRefusedError
        Where nobody can give up at the step, or there is no patience to make longer or shorter.
    """
    if not isinstance(step, (Activity, Stay, Round)):
        raise _wrong_kind(step, "an activity, a stay or a round")
    old = step.gives_up
    if change.to == "endless":
        if change.steps is not None:
            raise ChangeRefusedError("nobody gives up where patience is endless; leave out `steps`")
        return step.model_copy(update={"gives_up": None})
    if change.to is not None:
        if old is None and change.steps is None:
            raise ChangeRefusedError(
                f"nobody gives up at '{step.name}' now; write `steps` with what those who give up do"
            )
        after: Duration = change.to
    else:
        if old is None:
            raise ChangeRefusedError(f"nobody gives up at '{step.name}' now; write `to` with a duration")
        after = scale_duration(old.after, max(0.0, 1.0 + (change.by or 0.0)))
    steps = change.steps if change.steps is not None else old.steps if old is not None else ()
    return step.model_copy(update={"gives_up": GivesUp(after=after, steps=steps)})


def add_steps(step: Step, change: AddStep) -> Steps:
    """Return the step with new ones before or after it.

    Raises
    ------
    ChangeRefusedError
        Where nobody comes after the step.
    """
    if change.place == "before":
        return (*change.steps, step)
    if isinstance(step, (Leave, GoTo)):
        raise ChangeRefusedError(f"nobody comes after '{step.name}'; write 'place: before'")
    return (step, *change.steps)


def remove_step(step: Step) -> Steps:
    """Return nothing in the place of a step.

    Raises
    ------
    ChangeRefusedError
        Where the step is the end of the pathway, or a jump.
    """
    if isinstance(step, (Leave, GoTo)):
        raise _wrong_kind(step, "a step that can be taken away")
    return ()


def move_out(step: Step, name: str) -> Steps:
    """Return a stay without the named step of its own list, and that step after it.

    Raises
    ------
    ChangeRefusedError
        Where the step is not there.
    """
    inside = [s for s in step.steps if s.name == name] if isinstance(step, Stay) else []
    if not isinstance(step, Stay) or not inside:
        raise ChangeRefusedError(f"'{name}' does not stand in '{step.name}'")
    kept = tuple(s for s in step.steps if s.name != name)
    return (step.model_copy(update={"steps": kept}), *inside)


def _new_way(branch: Branch, change: Route) -> Way:
    """Return the way gone to, with no share yet."""
    there = next((w for w in branch.ways if w.name == change.to), None)
    if there is not None and change.steps is not None:
        raise ChangeRefusedError(
            f"'{branch.name}' has a way '{change.to}' already; leave out its steps or give a new name"
        )
    if there is not None:
        return there
    if change.steps is None:
        known = nearest(change.to, [w.name for w in branch.ways])
        raise ChangeRefusedError(
            f"'{branch.name}' has no way '{change.to}'; for a new way give its steps{known}"
        )
    return Way(name=change.to, steps=change.steps, share=0)


def route_branch(step: Step, change: Route) -> Step:
    """Return the branch with a share of those on one way moved to another.

    The way gone to stands once more directly after the way left and so takes the upper end of its interval:
    those who are not moved go where they went.

    Raises
    ------
    ChangeRefusedError
        Where the step is no branch by shares, or a way is not there.
    """
    if not isinstance(step, Branch):
        raise _wrong_kind(step, "a branch")
    if step.by is not None:
        raise ChangeRefusedError(
            f"'{step.name}' goes by the attribute '{step.by}'; only a branch by shares can be moved"
        )
    names = [w.name for w in step.ways]
    if change.from_ not in names:
        raise ChangeRefusedError(f"'{step.name}' has no way '{change.from_}'{nearest(change.from_, names)}")
    if change.from_ == change.to:
        raise ChangeRefusedError(f"`from` and `to` are both '{change.to}', want two ways")
    target = _new_way(step, change)
    ways: list[Way] = []
    for way in step.ways:
        if way.name != change.from_:
            ways.append(way)
            continue
        share = way.share or 0.0
        moved = share * change.move
        ways.append(way.model_copy(update={"share": share - moved}))
        ways.append(target.model_copy(update={"share": moved}))
    return step.model_copy(update={"ways": tuple(ways)})
