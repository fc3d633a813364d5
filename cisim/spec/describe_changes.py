"""A change as a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cisim.spec.amounts import count, duration_words, openings_text, rota_text, share_text
from cisim.spec.describe_service import priority_words
from cisim.spec.scenario import (
    AddStep,
    Cut,
    Demand,
    Divert,
    Merge,
    MoveOut,
    RemoveStep,
    Route,
    SetNumber,
    SetPatience,
    SetPriority,
    SetRota,
    SetStep,
    SetTurnRound,
    Unbatch,
)
from cisim.units import DAY, duration_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from cisim.spec.scenario import Change

__all__ = ["change_words"]


def change_words(change: Change) -> str:
    """Return one change as a sentence.

    >>> change_words(Cut(target="emergency/assessment", by="50%", reach="30%"))
    "For 30% of patients 'emergency/assessment' is cut by 50%."
    """
    reach = getattr(change, "reach", 1.0)
    what = f"'{change.target}' {_WORDS[type(change)](change)}."
    return what if reach >= 1 else f"For {share_text(reach)} of patients {what}"


def _unbatch(change: Unbatch) -> str:
    if change.to == "continuous":
        return "no longer makes anyone wait for others or for an opening"
    return f"is held {openings_text(change.to)}"


def _cut(change: Cut) -> str:
    if change.times is not None:
        return f"takes {change.times:.3g} times as long"
    if change.to is None:
        return f"is cut by {share_text(change.by or 0.0)}"
    return f"is cut to {duration_text(change.to)} on average, every patient's in the same proportion"


def _demand(change: Demand) -> str:
    if change.to is not None:
        return f"has {change.to * DAY:.2f} patients a day"
    return f"has {share_text(abs(change.by or 0.0))} {'fewer' if (change.by or 0.0) < 0 else 'more'} patients"


def _rota(change: SetRota) -> str:
    return f"has the rota {rota_text(change.to, change.otherwise)}"


def _set(change: SetStep) -> str:
    if change.duration is not None:
        return f"takes {duration_words(change.duration)}"
    if change.after_hold is not None:
        return f"keeps what it used {duration_words(change.after_hold)} longer"
    if isinstance(change.times, dict):
        return "is done " + ", ".join(
            f"{count(n, 'time', 'times')} for {share_text(s)} of patients" for n, s in change.times.items()
        )
    return f"is done {count(change.times or 0, 'time', 'times')}"


def _number(change: SetNumber) -> str:
    when = f" from {change.from_.when:%Y-%m-%d %H:%M} on" if change.from_ is not None else ""
    if change.by is not None:
        closing = ", closing as they empty" if change.by < 0 else ""
        return f"has {abs(change.by)} {'fewer' if change.by < 0 else 'more'} places{when}{closing}"
    return f"has {change.to} places{when}"


def _route(change: Route) -> str:
    way = f"way '{change.to}'" if change.steps is None else f"a new way '{change.to}'"
    return f"sends {share_text(change.move)} of those on way '{change.from_}' by {way} instead"


def _priority(change: SetPriority) -> str:
    ages = "".join(f", at most {a.to} after {duration_text(a.after)}" for a in change.ages or ())
    interrupts = {True: ", and interrupts others", False: ", and interrupts nobody", None: ""}
    return f"has priority {priority_words(change.to)}{ages}{interrupts[change.pre_empts]}"


def _patience(change: SetPatience) -> str:
    what = ", and then:" if change.steps else ""
    if change.by is not None:
        return f"has a patience {share_text(abs(change.by))} {'shorter' if change.by < 0 else 'longer'}{what}"
    if change.to is None or change.to == "endless":
        return "is never given up"
    return f"is given up after {duration_words(change.to)}{what}"


def _add(change: AddStep) -> str:
    names = " and ".join(f"'{step.name}'" for step in change.steps)
    return f"has {names} {change.place} it"


def _merge(change: Merge) -> str:
    names = " and ".join(f"'{name}'" for name in change.with_)
    return f"takes in {names}, as one pool"


def _turn_round(change: SetTurnRound) -> str:
    if change.to is not None:
        return f"is made ready after each use in {duration_words(change.to)}"
    return f"is made ready {share_text(change.by or 0.0)} sooner after each use"


def _divert(change: Divert) -> str:
    where = f"to '{change.to}'" if change.to is not None else "elsewhere"
    return f"sends {share_text(change.share)} of its arrivals {where}"


_WORDS: dict[type, Callable[[Any], str]] = {
    Unbatch: _unbatch,
    Cut: _cut,
    SetNumber: _number,
    SetRota: _rota,
    Demand: _demand,
    Route: _route,
    SetStep: _set,
    SetPriority: _priority,
    SetPatience: _patience,
    AddStep: _add,
    RemoveStep: lambda _: "is taken away",
    MoveOut: lambda _: "is done after the stay, without its bed",
    Merge: _merge,
    SetTurnRound: _turn_round,
    Divert: _divert,
}
