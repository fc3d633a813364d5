"""A file with its broken settings replaced by harmless ones, so that the rest of it can still be checked.

A planner should hear of all mistakes at once: the sums, names and ways of a file are looked at even where
some setting of it cannot be read. Nothing that is told of a replaced setting, or of what holds it, is shown.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from cisim.spec.plain import Finding, findings
from cisim.spec.wants import FILLERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.spec.fields import Strict
    from cisim.spec.yamltree import Trail

__all__ = ["repaired", "untouched"]

S = TypeVar("S", bound="Strict")
_MOST_REPAIRS = 30
_ROUNDS = 3


def _holder(data: Any, trail: Trail) -> Any:
    for part in trail[:-1]:
        data = data[part]
    return data


def _place(one: Finding) -> Trail:
    return (*one.trail, one.name) if one.about == "missing" else one.trail


def _complaints(root: type[Strict], data: Any) -> set[tuple[Trail, str]]:
    try:
        root.model_validate(data)
    except ValidationError as error:
        return {(_place(f), f.about) for f in findings(error, data, root)}
    return set()


def _mend(root: type[Strict], data: Any, one: Finding, number: int) -> None:
    """Put something that can be read where `one` was found; `data` is changed."""
    trail = _place(one)
    if not trail:
        return
    holder = _holder(data, trail)
    last = trail[-1]
    if one.about == "unknown":
        holder.pop(last, None)
        return
    if one.about == "kind":
        holder[last] = {"delay": f"repaired {number}", "duration": "1 d"}
        return
    for filler in FILLERS:
        holder[last] = copy.deepcopy(filler)
        # Mended when nothing is complained of at this place or inside it.
        if all(t[: len(trail)] != trail for t, _ in _complaints(root, data)):
            return


def repaired(root: type[S], data: Any, found: Sequence[Finding]) -> S | None:
    """Return what a file would say with every place in `found` mended, or None if that cannot be had."""
    if len(found) > _MOST_REPAIRS:
        return None
    data = copy.deepcopy(data)
    left = list(found)
    for _ in range(_ROUNDS):
        try:
            for i, one in enumerate(left):
                _mend(root, data, one, i)
            return root.model_validate(data)
        except ValidationError as error:
            left = findings(error, data, root)
        except (KeyError, IndexError, TypeError):
            return None
    return None


def untouched(later: Sequence[Finding], broken: Sequence[Finding]) -> list[Finding]:
    """Return those of `later` that have nothing to do with a broken place.

    >>> broken = [Finding(("pools", "ward", "number"), "got -3")]
    >>> untouched([Finding(("pools", "ward"), "no number"), Finding(("pools", "icu"), "no number")], broken)
    [Finding(trail=('pools', 'icu'), text='no number', key=False, about='', name='', other=())]
    """
    places = [_place(b) for b in broken]
    # Where a step could not be read, where its pathway leads is not known either.
    dark = {b.trail[:2] for b in broken if "steps" in b.trail}

    def apart(one: Finding) -> bool:
        if one.about == "flow" and one.trail[:2] in dark:
            return False
        return all(one.trail != p[: len(one.trail)] and p != one.trail[: len(p)] for p in places)

    return [one for one in later if apart(one)]
