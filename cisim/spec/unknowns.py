"""What is not known: every uncertain number of a question by its path, and the question at chosen numbers.

A path is the way to the number, with names where a file has lists, behind what it belongs to: ``model``, ``value``,
the name of a scenario, or ``case`` and its name.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cisim import fitting
from cisim.distributions import Distribution, Scaled
from cisim.errors import ModelError, nearest
from cisim.spec.amounts import share_text
from cisim.spec.fields import Milliseconds, Pounds, Rate, Share, Strict, Uncertain
from cisim.spec.plain import Finding
from cisim.spec.value import Close
from cisim.units import DAY, parse_duration, parse_rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cisim.spec.reading import Question
    from cisim.spec.slots import Slot
    from cisim.spec.value import Value
    from cisim.spec.yamltree import Trail, Tree

__all__ = [
    "Unknown",
    "amount",
    "correlations",
    "followers",
    "from_slot",
    "labels",
    "related_findings",
    "uncertain_numbers",
    "unit_size",
    "unknown_words",
    "unknowns",
    "value_numbers",
    "written",
]

VALUE = "value."
CASE = "case "


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
    note: str = ""
    whole: bool = False
    place: str = ""
    misfit: str = ""


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


def _walk(path: str, node: Strict, source: str = "") -> Iterator[tuple[str, Uncertain[Any], str]]:
    """Yield each number with its path and its source: its own, or that of what it belongs to."""
    source = getattr(node, "source", "") or source
    for name in type(node).model_fields:
        child = getattr(node, name)
        here = f"{path}.{name}" if path else name
        if name == "changes" or child is None:
            continue
        if isinstance(child, Uncertain):
            yield here, child, child.source or source
        elif isinstance(child, Strict):
            yield from _walk(here, child, source)
        elif isinstance(child, tuple):
            yield from _walk_list(here, child, source)


def _walk_list(
    here: str, items: tuple[object, ...], source: str
) -> Iterator[tuple[str, Uncertain[Any], str]]:
    """Yield the numbers of a list: its entries by name, numbers by where they stand, counted from 1."""
    entries = [i for i in items if isinstance(i, Strict) and not isinstance(i, Uncertain)]
    for label, item in zip(labels(entries), entries, strict=True):
        yield from _walk(f"{here}.{label}", item, source)
    for number, one in enumerate(items, 1):
        if isinstance(one, Uncertain):
            yield f"{here}.{number}", one, one.source or source


_UNITS = {
    Uncertain[Milliseconds]: "d",
    Uncertain[Pounds]: "£",
    Uncertain[Share]: "share",
    Uncertain[Rate]: "share",
}


def _unit(number: Uncertain[Any]) -> str:
    return _UNITS.get(type(number), "")


def unknowns(question: Question) -> dict[str, Unknown]:
    """Return every number of a question that is not known, by its path: model, scenarios, value file, cases.

    A number without a spread is known, and left out. The order is that of the files.
    """
    same = followers(question)
    return {path: one for path, one in _all(question).items() if path not in same}


def _all(question: Question) -> dict[str, Unknown]:
    found = [*(one for one, _, _ in written(question)), *_of_value(question)]
    return {one.path: one for one in sorted(found, key=lambda one: _stage(one.path))}


def followers(question: Question) -> dict[str, str]:
    """Return the numbers that are one and the same with another, each with the path of the one that is drawn."""
    said = {path: one.numbers[0] for one in question.experiment.same for path in one.numbers[1:]}
    closures = _same_closures(question)
    if closures and question.value is not None:
        paths = {*_all(question), *(VALUE + path for path, _, _ in _walk("", question.value))}
        for option, first in closures.items():
            begins, instead = f"{VALUE}options.{option}.", f"{VALUE}options.{first}."
            for path in sorted(paths):
                if path.startswith(begins):
                    of = instead + path.removeprefix(begins)
                    said[path] = said.get(of, of)
    return said


def _same_closures(question: Question) -> dict[str, str]:
    """Return each closure whose uncertain numbers are another's, with that other."""
    options = question.value.options if question.value is not None else ()
    return {one.name: one.same_as for one in options if isinstance(one, Close) and one.same_as is not None}


def correlations(question: Question) -> dict[tuple[str, str], float]:
    """Return the rank correlation of each pair of paths for which the experiment file states one.

    A pair of which one is no longer unknown, as in an alternative that is seen at its best estimates, is left out.
    """
    known = unknowns(question)
    return {
        one.between: one.rank for one in question.experiment.correlations if known.keys() >= set(one.between)
    }


def related_findings(question: Question) -> list[Finding]:
    """Return what is wrong with the correlations of an experiment, and with numbers said to be the same."""
    every = _all(question)
    found: list[Finding] = []
    for i, one in enumerate(question.experiment.same):
        trail = ("same", i, "numbers")
        for j, path in enumerate(one.numbers):
            found += _unknown_path((*trail, j), path, every)
        if not found:
            found += _not_the_same(trail, [every[path] for path in one.numbers])
    found += _other_closures(question, every)
    if found:
        return found
    apart = unknowns(question)
    for i, pair in enumerate(question.experiment.correlations):
        for j, path in enumerate(pair.between):
            here = ("correlations", i, "between", j)
            found += _unknown_path(here, path, apart)
            if path in apart and apart[path].group:
                words = f"got {path!r}, a share that is drawn with others already, want a number by itself"
                found.append(Finding(here, words))
    if found or not question.experiment.correlations:
        return found
    try:
        fitting.correlated(list(apart), correlations(question))
    except ModelError as error:
        found.append(Finding(("correlations",), error.text if error.where == "correlations" else str(error)))
    return found


def _unknown_path(trail: Trail, path: str, known: Mapping[str, Unknown]) -> list[Finding]:
    if path in known:
        return []
    hint = nearest(path, known) if known else "; nothing of this question is uncertain"
    return [Finding(trail, f"got {path!r}, want the path of an uncertain number{hint}")]


def _other_closures(question: Question, every: dict[str, Unknown]) -> list[Finding]:
    """Return what is wrong with closures that are said to share the numbers of another."""
    found: list[Finding] = []
    options = question.value.options if question.value is not None else ()
    closures = {one.name: one for one in options if isinstance(one, Close)}
    for one in closures.values():
        if one.same_as is None:
            continue
        other = closures.get(one.same_as)
        if other is None or other is one or other.same_as is not None:
            known = [name for name in closures if name != one.name]
            hint = nearest(one.same_as, known)
            words = f"got {one.same_as!r} as the same as {one.name!r}, want another closure{hint}"
            return [Finding(("value",), words)]
        for name in ("saves", "stranded", "one_off", "reopening"):
            of, first = (every.get(f"{VALUE}options.{n}.{name}") for n in (one.name, one.same_as))
            if of is not None and first is not None:
                found += _not_the_same(("value",), [first, of])
            elif (of is None) != (first is None):
                words = f"got '{one.name}' with another {name!r} than '{one.same_as}', want the same in both"
                found.append(Finding(("value",), words))
    return found


def _not_the_same(trail: Trail, ones: list[Unknown]) -> list[Finding]:
    """Return a finding where numbers said to be one differ in what is said of them."""
    first = ones[0]
    for j, one in enumerate(ones[1:], 1):
        if one.group or first.group:
            return [
                Finding((*trail, j), f"got {one.path!r}, want no share that is drawn together with others")
            ]
        size, other = unit_size(first.unit), unit_size(one.unit)
        alike = all(
            math.isclose(a * size, b * other, rel_tol=1e-6)
            for a, b in ((first.best, one.best), (first.distribution.sd(), one.distribution.sd()))
        )
        if not alike or (size == 1) != (other == 1) or one.whole != first.whole:
            said = f"{amount(first.best, first.unit)} and {amount(one.best, one.unit)}"
            words = f"got {said}, want one and the same number, with the same spread, in each place"
            return [Finding((*trail, j), words)]
    return []


def unknown_words(one: Unknown) -> str:
    """Return what is said of an unknown: best estimate, where it lies nine times in ten, its family and source."""
    low, high = (float(one.distribution.ppf(np.array(p))) for p in (0.05, 0.95))
    if one.whole:
        low, high = round(low), round(high)
    ends = " to ".join(amount(float(f"{end:.3g}"), one.unit) for end in (low, high))
    of = one.distribution.of if isinstance(one.distribution, Scaled) else one.distribution
    family = type(of).__name__.lower() if not one.group else "drawn with the other shares"
    whole = ", rounded to whole numbers" if one.whole else ""
    fitted = f"; {one.misfit}" if one.misfit else ""
    source = one.source or "no source is given"
    return f"{amount(one.best, one.unit)}; {ends} nine times in ten ({family}{whole}{fitted}). {source}"


def unit_size(unit: str) -> float:
    """Return a unit in milliseconds, or per millisecond; 1 for what is neither a time nor a rate.

    >>> unit_size("h"), unit_size("£")
    (3600000.0, 1.0)
    """
    if unit in ("", "£", "share"):
        return 1.0
    return parse_rate(f"1 {unit}") if unit.startswith("per ") else parse_duration(f"1 {unit}")


def _stage(path: str) -> int:
    return (
        0 if path.startswith("model.") else 2 if path.startswith(VALUE) else 3 if path.startswith(CASE) else 1
    )


def _of_value(question: Question) -> Iterator[Unknown]:
    if question.value is None:
        return
    for path, number, source in _walk("", question.value):
        unit = _unit(number)
        made = number.distribution()
        if made.sd() > 0:
            scaled = Scaled(made, 1 / DAY) if unit == "d" else made
            yield Unknown(VALUE + path, scaled, scaled.mean(), unit, source, note=number.note)


def written(question: Question) -> Iterator[tuple[Unknown, int, Slot]]:
    """Yield what was taken out of the files, with the number of the file and the place."""
    arms = {arm.file: arm.name for arm in reversed(question.experiment.scenarios)}
    seen: dict[str, int] = {}

    def unique(path: str) -> str:
        seen[path] = seen.get(path, 0) + 1
        return path if seen[path] == 1 else f"{path} ({seen[path]})"

    for i, file in enumerate(question.written):
        kind = file.kind.__name__
        before = {"Model": "model.", "Value": VALUE}.get(kind, f"{arms.get(file.name, '')}.")
        for slot in file.slots:
            # In an experiment file the names of its scenarios and cases begin a path: its lists are left out.
            lists = 1 if kind == "Experiment" else 0
            if lists:
                before = CASE if slot.trail[0] == "cases" else ""
            one = from_slot(slot, file.tree, before, lists)
            yield dataclasses.replace(one, path=unique(one.path)), i, slot


def from_slot(slot: Slot, tree: Tree, before: str = "", leave_out: int = 0) -> Unknown:
    """Return a number that was taken out of a file, its path begun by `before` without so many of its first parts."""

    def named(where: str) -> str:
        return before + where.split(".", leave_out)[-1] if where else ""

    return Unknown(
        named(slot.where),
        slot.distribution,
        slot.best,
        slot.unit,
        slot.source,
        named(slot.group),
        slot.note,
        slot.kind.whole,
        f"{tree.file}:{tree.at(slot.trail)[0]}",
        slot.misfit,
    )


def amount(number: float, unit: str) -> str:
    """Return a number in its unit, in words.

    >>> amount(0.243, "share"), amount(25000, "£"), amount(5.25, "h"), amount(7, "")
    ('24.3%', '£25,000', '5.25 h', '7')
    """
    if unit == "share":
        return share_text(number)
    if unit == "£":
        digits = f"{abs(number):,.0f}" if abs(number) >= 100 else f"{abs(number):.3g}"
        return f"{'-' if number < 0 else ''}£{digits}"
    return f"{number:.4g} {unit}".strip()


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
        same, every = followers(question), _all(question)
        for path, number, _ in _walk("", question.value):
            drawn = same.get(VALUE + path, VALUE + path)
            given = numbers.get(drawn)
            if given is None:
                out[path] = number.distribution().mean()
            else:
                size = unit_size(every[drawn].unit) if drawn in every else DAY
                out[path] = given * size if _unit(number) == "d" else given
    return out
