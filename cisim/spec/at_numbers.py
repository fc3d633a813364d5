"""A question with nothing unknown left in it: every uncertain number at a chosen value."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, TypeVar

from cisim.errors import FileProblems, ModelError, nearest
from cisim.spec.fields import FAMILIES, Strict, Uncertain
from cisim.spec.reading import read_slots, remade
from cisim.spec.unknowns import (
    Unknown,
    amount,
    followers,
    from_slot,
    labels,
    unit_size,
    unknowns,
    value_numbers,
    written,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from cisim.spec.reading import Question
    from cisim.spec.yamltree import Trail

__all__ = ["question_at", "unknowns_in", "with_shares"]

S = TypeVar("S", bound=Strict)


def question_at(question: Question, numbers: Mapping[str, float]) -> Question:
    """Return the question with nothing unknown left: the numbers given by path, and the best estimate of the others.

    What can only be whole is rounded. Of shares that sum to one, those that are not given divide what is left as they
    do in the best estimate. The run plan stays; what else was changed in Python since the reading is lost.

    Parameters
    ----------
    question : Question
    numbers : mapping of str to float
        By path, in the unit of each.

    Raises
    ------
    ModelError
        For a path that is not of an unknown, a number that is not finite, or shares that sum to more than one.
    FileProblems
        Where the model, a scenario or the value file cannot be with these numbers: by path, file, line and value.
    """
    known = unknowns(question)
    for path, number in numbers.items():
        if path not in known:
            raise ModelError(
                "numbers", f"got {path!r}, want the path of an uncertain number{nearest(path, known)}"
            )
        if not math.isfinite(number):
            raise ModelError("numbers", f"{path}: got {number}, want a finite number")
    made = _remade(question, with_shares(known, numbers))
    if made.value is not None:
        settled = {path: float(x) for path, x in value_numbers(question, numbers).items()}
        made = dataclasses.replace(made, value=_settled(made.value, "", settled))
    return dataclasses.replace(made, written=())


def unknowns_in(path: str | os.PathLike[str]) -> dict[str, Unknown]:
    """Return the numbers that are not known in one file read by itself, by their place in it.

    Raises
    ------
    FileProblems
        With every mistake of the file.
    """
    tree, slots = read_slots(path)
    found = [from_slot(slot, tree) for slot in slots]
    return {one.path: one for one in found}


def with_shares(known: Mapping[str, Unknown], numbers: Mapping[str, float]) -> dict[str, float]:
    """Return the numbers, with the other shares of each group of which some are given."""
    out = dict(numbers)
    for group in {known[path].group for path in numbers if known[path].group}:
        members = [one for one in known.values() if one.group == group]
        given = math.fsum(numbers[one.path] for one in members if one.path in numbers)
        others = {one.path: one.best for one in members if one.path not in numbers}
        if given > 1 + 1e-9 or min(numbers.get(one.path, 0.0) for one in members) < 0:
            raise ModelError(
                "numbers", f"{group}: got shares that sum to {given:.6g}, want none below 0 and at most 1"
            )
        if not others and abs(given - 1) > 1e-6:
            raise ModelError("numbers", f"{group}: got shares that sum to {given:.6g}, want a sum of 1")
        left = max(0.0, 1 - given) / math.fsum(others.values()) if others else 0.0
        out |= {path: best * left for path, best in others.items()}
    return out


def _remade(question: Question, numbers: Mapping[str, float]) -> Question:
    """Return the question with these numbers in the places that were taken out of its files."""
    put: list[dict[Trail, str | float]] = [{} for _ in question.written]
    drawn: list[tuple[Unknown, float]] = []
    known, same = unknowns(question), followers(question)
    for one, i, slot in written(question):
        path = same.get(one.path, one.path)
        if path in numbers:
            number = numbers[path] * unit_size(known[path].unit) / unit_size(one.unit)
            put[i][slot.trail] = slot.kind.write(number, slot.unit)
            drawn.append((one, number))
    if not any(put):
        return question
    try:
        return remade(question, put)
    except FileProblems as error:
        told = "; ".join(f"{one.path} ({one.place}) at {amount(x, one.unit)}" for one, x in drawn)
        raise FileProblems(
            [dataclasses.replace(p, text=f"{p.text}; with {told}") for p in error.problems]
        ) from None


def _settled(node: S, path: str, numbers: Mapping[str, float]) -> S:
    """Return the part of a value file at `path` with its numbers as constants."""
    update: dict[str, object] = {}
    for name in type(node).model_fields:
        child = getattr(node, name)
        here = f"{path}.{name}" if path else name
        if name == "changes":
            continue
        if isinstance(child, Uncertain):
            update[name] = _constant(child, here, numbers)
        elif isinstance(child, Strict):
            update[name] = _settled(child, here, numbers)
        elif isinstance(child, tuple):
            entries = [i for i in child if isinstance(i, Strict) and not isinstance(i, Uncertain)]
            named = iter(labels(entries))
            update[name] = tuple(
                _constant(one, f"{here}.{i}", numbers)
                if isinstance(one, Uncertain)
                else _settled(one, f"{here}.{next(named)}", numbers)
                if isinstance(one, Strict)
                else one
                for i, one in enumerate(child, 1)
            )
    return node.model_copy(update=update)


def _constant(number: Uncertain[Any], path: str, numbers: Mapping[str, float]) -> Uncertain[Any]:
    if path not in numbers:
        return number
    return number.model_copy(update={**dict.fromkeys(FAMILIES), "constant": numbers[path]})
