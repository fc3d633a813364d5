"""What is not known: every uncertain number of a question by its path, and the question at chosen numbers.

A path is the way to the number, with names where a file has lists, behind what it belongs to: ``model``, ``value``,
the name of a scenario, or ``case`` and its name.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from cisim.distributions import Distribution, Scaled
from cisim.errors import ModelError, nearest
from cisim.spec.fields import FAMILIES, Milliseconds, Pounds, Rate, Share, Strict, Uncertain
from cisim.units import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from cisim.spec.reading import Question
    from cisim.spec.value import Value

    Floats = NDArray[np.float64]

__all__ = ["Unknown", "labels", "question_at", "uncertain_numbers", "unknowns", "value_numbers"]

S = TypeVar("S", bound=Strict)
VALUE = "value."


@dataclass(frozen=True, slots=True)
class Unknown:
    """One number that is not known.

    Attributes
    ----------
    path : str
        ``value.options.Close one bay.saves``.
    distribution : Distribution
        Of the number in its `unit`.
    best : float
        What stands in its place when nothing is drawn: the mean.
    unit : str
        ``£``, ``d`` and other units of time, ``share``, ``per day``, or '' for a plain number.
    source : str
    group : str
        Numbers of one group are drawn together and sum to one; '' for a number by itself.
    """

    path: str
    distribution: Distribution
    best: float
    unit: str
    source: str
    group: str = ""


def labels(items: Iterable[Strict]) -> list[str]:
    """Return the name of each entry of a list; a name that comes again is numbered: 'Training (2)'."""
    seen: dict[str, int] = {}
    out = []
    for item in items:
        name = next(
            (str(getattr(item, f)) for f in ("name", "item", "pathway", "outcome") if hasattr(item, f)), ""
        )
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return out


def uncertain_numbers(value: Value) -> dict[str, Uncertain[Any]]:
    """Return every number of a value file that may be uncertain by its path, in the order of the file.

    Numbers inside an option's changes belong to the model, which draws them for itself, and are left out.
    """
    return {path: number for path, number, _ in _walk("", value)}


def _walk(path: str, node: Strict) -> Iterator[tuple[str, Uncertain[Any], str]]:
    """Yield each number with its path and its unit."""
    for name in type(node).model_fields:
        child = getattr(node, name)
        here = f"{path}.{name}" if path else name
        if name == "changes" or child is None:
            continue
        if isinstance(child, Uncertain):
            yield here, child, _unit(child)
        elif isinstance(child, Strict):
            yield from _walk(here, child)
        elif isinstance(child, tuple):
            yield from _walk_list(here, child)


def _walk_list(here: str, items: tuple[object, ...]) -> Iterator[tuple[str, Uncertain[Any], str]]:
    """Yield the numbers of a list: its entries by name, numbers by where they stand, counted from 1."""
    entries = [i for i in items if isinstance(i, Strict) and not isinstance(i, Uncertain)]
    for label, item in zip(labels(entries), entries, strict=True):
        yield from _walk(f"{here}.{label}", item)
    for number, one in enumerate(items, 1):
        if isinstance(one, Uncertain):
            yield f"{here}.{number}", one, _unit(one)


_UNITS = {
    Uncertain[Milliseconds]: "d",
    Uncertain[Pounds]: "£",
    Uncertain[Share]: "share",
    Uncertain[Rate]: "share",
}


def _unit(number: Uncertain[Any]) -> str:
    return _UNITS.get(type(number), "")


def unknowns(question: Question) -> dict[str, Unknown]:
    """Return every number of a question that is not known, by its path, in the order of the files.

    A number without a spread is known, and left out.
    """
    found: dict[str, Unknown] = {}
    if question.value is not None:
        for path, number, unit in _walk("", question.value):
            made = number.distribution()
            if made.sd() > 0:
                scaled = Scaled(made, 1 / DAY) if unit == "d" else made
                here = VALUE + path
                found[here] = Unknown(here, scaled, scaled.mean(), unit, number.source)
    return found


def question_at(question: Question, numbers: Mapping[str, float]) -> Question:
    """Return the question with nothing unknown left: the numbers given by path, and the best estimate of the others.

    Raises
    ------
    ModelError
        For a path that is not of an unknown.
    """
    known = unknowns(question)
    for path in numbers:
        if path not in known:
            raise ModelError(
                "numbers", f"got {path!r}, want the path of an uncertain number{nearest(path, known)}"
            )
    if question.value is None:
        return question
    settled = {path: float(x) for path, x in value_numbers(question, numbers).items()}
    return dataclasses.replace(question, value=_settled(question.value, "", settled))


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


def value_numbers(question: Question, numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Return every number of the value file, as `cisim.value.ledger` takes them: those given, else the best estimate.

    Parameters
    ----------
    question : Question
    numbers : mapping of str to float or ndarray of shape (n,)
        By path, in the units of `unknowns`; paths outside of the value file are passed over.

    Returns
    -------
    dict of str to float or ndarray
        By the path inside the value file, durations in milliseconds.
    """
    out: dict[str, Any] = {}
    if question.value is not None:
        for path, number, unit in _walk("", question.value):
            given = numbers.get(VALUE + path)
            out[path] = number.distribution().mean() if given is None else given * (DAY if unit == "d" else 1)
    return out
