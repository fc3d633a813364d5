"""Other ways to see the same question: each is a question of its own, with another case, changes, or entries of value.

What an alternative sets otherwise in the value file is named by its path, as uncertain numbers are
(``payment.planned.rule``, ``options.Close one bay.stranded``): names where the file has lists.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from cisim.errors import nearest
from cisim.spec.experiment import Alternative, Case
from cisim.spec.plain import Finding, findings, where
from cisim.spec.slots import take_out
from cisim.spec.value import OPTION_KINDS, Value
from cisim.spec.value_checks import value_findings, value_in_models
from cisim.spec.worth_checks import applied

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cisim.spec.model import Model
    from cisim.spec.reading import Question
    from cisim.spec.scenario import Change
    from cisim.spec.yamltree import Trail, Tree

__all__ = ["alternative_question", "value_otherwise"]

_NAMED_BY = ("name", "item", *OPTION_KINDS, "outcome", "measure", "pathway")


def alternative_question(
    question: Question, one: Alternative, written: Tree | None
) -> tuple[Question | None, list[Finding]]:
    """Return the question that an alternative is, and what is wrong with it: trails are from the alternative.

    Parameters
    ----------
    question : Question
        As it is asked, its projects made one already.
    one : Alternative
    written : Tree or None
        The value file as it is written; None where the experiment names none.
    """
    if one.value and (question.value is None or written is None):
        return None, [Finding(("value",), "got entries of a value file, but the experiment has no 'value'")]
    seen = _Seen(question.value, {}, {}, [])
    if one.value and written is not None:
        seen = value_otherwise(written, one.value)
    value = seen.value
    asked = question.experiment
    case = next((c for c in asked.cases if c.name == (one.case or asked.main_case or c.name)), None)
    scenario = asked.valued or question.scenarios[0][0]
    changes = dict(question.scenarios)[scenario]
    if not one.changes and one.case is None:
        asked = asked.model_copy(update={"alternatives": (), "facts": ()})
        other = dataclasses.replace(question, experiment=asked, value=value)
    else:
        made = (*(case.changes if case is not None else ()), *one.changes)
        asked = asked.model_copy(
            update={
                "alternatives": (),
                "facts": (),
                "cases": (Case(name=one.name, changes=made),),
                "main_case": one.name,
                "valued": scenario,
                "projects": (),
                "together": (),
            }
        )
        other = dataclasses.replace(question, experiment=asked, value=value, scenarios=((scenario, changes),))
    found = seen.found or _in_models(other, case, one, changes, seen)
    return (None if found else other), found


class _Seen(NamedTuple):
    """A value file with some entries otherwise: what it says, as it is written, where these stand, what is wrong."""

    value: Value | None
    data: Mapping[str, Any]
    trails: Mapping[str, Trail]
    found: list[Finding]


def _in_models(
    other: Question, case: Case | None, one: Alternative, changes: Sequence[Change], seen: _Seen
) -> list[Finding]:
    """Return what cannot be made of the models of an alternative, or is not in them."""
    base, found = applied(other.model, case.changes if case is not None else (), ())
    base, found = applied(base, one.changes, ("changes",))
    if found:
        return found
    valued, found = applied(base, changes, ())
    if found:
        return [Finding(("changes",), f"with this alternative the scenario cannot be made: {found[0].text}")]
    if other.value is None:
        return []
    models: list[Model] = [other.model, base, valued]
    return [
        _mapped(f, seen.data, seen.trails)
        for f in value_in_models(other.value, models, valued, tuple(changes))
    ]


def value_otherwise(written: Tree, entries: Mapping[str, Any]) -> _Seen:
    """Return a value file with some entries set otherwise, and what is wrong: trails are ``("value", path)``.

    Parameters
    ----------
    written : Tree
        The value file as it is written.
    entries : mapping of str to anything
        What stands at each path, as it would stand in the file.
    """
    data = copy.deepcopy(dict(written.data))
    found: list[Finding] = []
    trails: dict[str, Trail] = {}
    for path, entry in entries.items():
        trail, wrong = _trail(data, path)
        if wrong:
            found.append(Finding(("value", path), wrong, key=True))
            continue
        trails[path] = trail
        node: Any = data
        for key in trail[:-1]:
            node = node[key]
        node[trail[-1]] = entry
    if found:
        return _Seen(None, data, trails, found)
    tree, _, found = take_out(dataclasses.replace(written, data=data), Value)
    if found:
        return _Seen(None, data, trails, [_mapped(f, data, trails) for f in found])
    try:
        value = Value.model_validate(tree.data)
    except ValidationError as error:
        return _Seen(None, data, trails, [_mapped(f, data, trails) for f in findings(error, data, Value)])
    return _Seen(value, data, trails, [_mapped(f, data, trails) for f in value_findings(value)])


def _mapped(finding: Finding, data: Mapping[str, Any], trails: Mapping[str, Trail]) -> Finding:
    """Return a finding about the value file at the entry of the alternative that it is about."""
    for path, trail in trails.items():
        if finding.trail[: len(trail)] == trail:
            inside = where(data, finding.trail) if len(finding.trail) > len(trail) else ""
            text = f"{inside}: {finding.text}" if inside else finding.text
            return Finding(("value", path), text, key=finding.key and not inside)
    place = where(data, finding.trail) if data else ".".join(str(part) for part in finding.trail)
    return Finding((), f"with this alternative, in the value file: {place}: {finding.text}")


def _trail(data: Any, path: str) -> tuple[Trail, str]:
    """Return the keys and numbers that lead to a path, and what is wrong with it."""
    trail: list[str | int] = []
    node, rest = data, path
    while True:
        known: dict[str, str | int]
        if isinstance(node, dict):
            known = {key: key for key in node}
        elif isinstance(node, list):
            known = dict(zip(_labels(node), range(len(node)), strict=True))
        else:
            return (
                (),
                f"got {path!r}, want a path of the value file; {'.'.join(map(str, trail))} ends in a number",
            )
        name = max((k for k in known if rest == k or rest.startswith(f"{k}.")), key=len, default=None)
        if name is None:
            if isinstance(node, dict) and "." not in rest:
                return (*trail, rest), ""  # a setting that the file leaves out
            first = rest.split(".", maxsplit=1)[0]
            return (), f"got {path!r}, want a path of the value file; no {first!r}{nearest(first, known)}"
        trail.append(known[name])
        if rest == name:
            return tuple(trail), ""
        node, rest = node[known[name]], rest[len(name) + 1 :]


def _labels(entries: Sequence[Any]) -> list[str]:
    """Return the name of each entry of a list; a name that comes again is numbered: 'Training (2)'."""
    seen: dict[str, int] = {}
    out = []
    for number, entry in enumerate(entries, 1):
        keys = [k for k in _NAMED_BY if isinstance(entry, dict) and isinstance(entry.get(k), str)]
        name = str(entry[keys[0]]) if keys else str(number)
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return out
