"""JSON Schemas of the seven kinds of file, so that an editor completes keys, explains them and marks mistakes.

Made from the classes that read the files, so the two cannot drift apart. An editor's schema knows less than
`cisim check`: it sees the shape of a file, not whether the pools and steps that it names are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cisim.spec.claims import Claims
from cisim.spec.experiment import Experiment
from cisim.spec.hover import HOVER
from cisim.spec.model import Model
from cisim.spec.records import Records
from cisim.spec.scenario import Scenario
from cisim.spec.schema_forms import with_unknowns
from cisim.spec.study import Study
from cisim.spec.value import Value

if TYPE_CHECKING:
    from cisim.spec.fields import Strict

__all__ = ["schemas"]

Json = dict[str, Any]

_KINDS: dict[str, type[Strict]] = {
    "model": Model,
    "scenario": Scenario,
    "value": Value,
    "experiment": Experiment,
    "claims": Claims,
    "records": Records,
    "study": Study,
}

# What may be written as text in place of a mapping, by the name of its definition.
_AS_TEXT: dict[str, Json] = {
    "OpeningLine": {
        "type": "string",
        "description": "Days and a time of day.",
        "examples": ["Mon-Fri 09:00", "Sat Sun 11:30"],
    },
    "Label": {"type": "string", "description": "The name of a column."},
    "BedChoice": {"type": "string", "description": "The name of a pool of beds."},
    "Cover": {"type": "string", "description": "The name of a pool."},
    "Moment": {
        "type": "string",
        "description": "A date, or a date and a time of day.",
        "examples": ["2025-12-25", "2025-12-24 18:00"],
    },
}
# The uncertain numbers by what their scalars are; see fields.py.
_UNCERTAIN = {
    "A duration with its unit.": "Duration",
    "Pounds.": "Money",
    "A share.": "UncertainShare",
    "A share that may exceed 100%.": "UncertainRate",
    "": "UncertainNumber",
}


def schemas() -> dict[str, Json]:
    """Return the JSON Schema (draft 2020-12) of each kind of file, by its name.

    >>> sorted(schemas())
    ['claims', 'experiment', 'model', 'records', 'scenario', 'study', 'value']
    """
    return {kind: with_unknowns(kind, _schema(kind, cls)) for kind, cls in _KINDS.items()}


def _schema(kind: str, cls: type[Strict]) -> Json:
    raw = cls.model_json_schema(by_alias=True)
    definitions: Json = raw.pop("$defs", {})
    definitions.pop("Partial", None)  # made by apply, never written
    for name, definition in (*definitions.items(), (cls.__name__, raw)):
        _describe(name, definition)
    inlined = {
        name: d for name, d in definitions.items() if "Annotated_" in name and "Uncertain_" not in name
    }
    renamed = {name: _uncertain_name(d) for name, d in definitions.items() if "Uncertain_" in name}
    final: Json = {}
    for name, definition in definitions.items():
        if name not in inlined:
            final[renamed.get(name, name)] = _tidied(definition, inlined, renamed)
    for name in {*_AS_TEXT, *renamed.values()} & set(final):
        final[name] = _or_text(name, final[name])
    tidy = _tidied(raw, inlined, renamed)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"cisim {kind} file"}
    return {**head, **{k: v for k, v in tidy.items() if k != "title"}, "$defs": dict(sorted(final.items()))}


def _describe(name: str, definition: Json) -> None:
    """Put the words that an editor shows on each key; those written beside a field itself stand."""
    for key, field in definition.get("properties", {}).items():
        if f"{name}.{key}" in HOVER:
            field["description"] = HOVER[f"{name}.{key}"]
        elif "description" not in field and key in HOVER:
            field["description"] = HOVER[key]


def _uncertain_name(definition: Json) -> str:
    scalar = _without_null(definition["properties"]["constant"])
    words = scalar.get("anyOf", [scalar])[0].get("description", "")
    return _UNCERTAIN[words if words in _UNCERTAIN else ""]


def _or_text(name: str, definition: Json) -> Json:
    """Return a definition that may also be written as a single text or number."""
    if name == "Moment":
        return _AS_TEXT[name]
    if name in _AS_TEXT:
        return {"anyOf": [_AS_TEXT[name], definition]}
    constant = definition["properties"]["constant"]
    constant.setdefault("description", "A number.")
    scalar = dict(constant)
    one = [key for key in definition["properties"] if key not in ("source", "note")]
    definition["oneOf"] = [{"required": [key]} for key in one]
    return {"anyOf": [scalar, definition]}


def _without_null(field: Json) -> Json:
    """Return a field without the null that stands for "left out": in a file, that is leaving it out."""
    ways = [w for w in field.get("anyOf", []) if w != {"type": "null"}]
    if len(ways) == len(field.get("anyOf", [])):
        return field
    rest = {k: v for k, v in field.items() if k not in ("anyOf", "default")}
    return {**ways[0], **rest} if len(ways) == 1 else {**rest, "anyOf": ways}


def _tidied(part: Any, inlined: Json, renamed: dict[str, str]) -> Any:
    """Return a part of a schema as an editor should see it, all the way down."""
    if isinstance(part, list):
        return [_tidied(p, inlined, renamed) for p in part if p != {"$ref": "#/$defs/Partial"}]
    if not isinstance(part, dict):
        return part
    part = _without_null(part)
    reference = part.get("$ref", "").removeprefix("#/$defs/")
    if reference in inlined:
        here = {k: v for k, v in part.items() if k != "$ref"}
        return _tidied({**inlined[reference], **here}, inlined, renamed)
    new = {k: _tidied(v, inlined, renamed) for k, v in part.items()}
    if reference in renamed:
        new["$ref"] = f"#/$defs/{renamed[reference]}"
    if "oneOf" in new:
        new["anyOf"] = new.pop("oneOf")
    if "ge" in new:
        new["minimum"] = new.pop("ge")
    if new.get("default") in ("", [], {}) or (
        new.get("type") == "string" and isinstance(new.get("default"), (int, float))
    ):
        new.pop("default")  # nothing said, or said in milliseconds
    title = new.get("title")
    if isinstance(title, str) and ("properties" not in new or "Annotated[" in title):
        new.pop("title")
    return new
