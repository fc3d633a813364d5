"""What editors are told of numbers that are not known: wherever a number may be uncertain, ``uncertain:`` may stand."""

from __future__ import annotations

from typing import Any

__all__ = ["FORMS", "with_unknowns"]

Json = dict[str, Any]

_AMOUNT: Json = {"type": ["string", "number"], "description": "An amount, as it would stand here alone."}
_SHARE: Json = {"type": ["string", "number"], "description": "A share.", "examples": ["95%", 0.95]}
_WORDS: Json = {"type": "string"}


def _object(words: str, properties: Json, required: tuple[str, ...] = ()) -> Json:
    return {
        "type": "object",
        "description": words,
        "properties": {
            k: {**v, "description": v.get("description", "Part of the form.")} for k, v in properties.items()
        },
        "required": list(required),
        "additionalProperties": False,
    }


def _parts(*names: str) -> Json:
    return {name: dict(_AMOUNT) for name in names}


_FAMILIES: Json = {
    "gamma": _object("Gamma: not below zero, with a long right tail.", _parts("mean", "sd"), ("mean", "sd")),
    "lognormal": _object("Lognormal: as gamma, with a longer tail.", _parts("mean", "sd"), ("mean", "sd")),
    "beta": _object("Beta: between 0 and 100%.", _parts("mean", "sd"), ("mean", "sd")),
    "normal": _object("Normal: on either side of zero.", _parts("mean", "sd"), ("mean", "sd")),
    "uniform": _object("Any value between two ends alike.", _parts("low", "high"), ("low", "high")),
    "triangular": _object(
        "Lowest, most likely and highest.", _parts("low", "mode", "high"), ("low", "mode", "high")
    ),
    "exponential": _object("Exponential.", _parts("mean"), ("mean",)),
    "weibull": _object("Weibull.", _parts("shape", "mean"), ("shape", "mean")),
    "choice": _object(
        "One of several values, each with its share.",
        {
            "values": {"type": "array", "items": dict(_AMOUNT)},
            "shares": {"type": "array", "items": dict(_SHARE)},
        },
        ("values", "shares"),
    ),
}
_FITTED: Json = {
    "mean": {**_AMOUNT, "description": "The best estimate."},
    "interval": {
        "type": "array",
        "items": dict(_AMOUNT),
        "minItems": 2,
        "maxItems": 2,
        "description": "The interval of the mean: its lower and its upper end.",
    },
    "level": {**_SHARE, "description": "The level of the interval; 95%, if left out."},
    "se": {**_AMOUNT, "description": "The standard error of the mean."},
    "quantiles": {
        "type": "object",
        "additionalProperties": dict(_AMOUNT),
        "minProperties": 2,
        "description": "An expert's values by their chance: {5%: .., 50%: .., 95%: ..}.",
    },
    "family": {
        "enum": ["beta", "gamma", "lognormal", "normal"],
        "description": "The family that is fitted; left out, it follows from what the number can be.",
    },
}
_BESIDE: Json = {
    "source": {**_WORDS, "description": "Where it is from."},
    "note": {**_WORDS, "description": "What a reader should know."},
}
_DIRICHLET: Json = {
    "dirichlet": {
        "type": "object",
        "additionalProperties": dict(_SHARE),
        "minProperties": 2,
        "description": "Patients counted on each; or shares, with a 'size'.",
    },
    "size": {
        "type": "number",
        "exclusiveMinimum": 0,
        "description": "As many patients as the shares are as sure as.",
    },
}
FORMS: Json = {
    "NotKnown": _object(
        "A number that is not known: its distribution.",
        {
            "uncertain": {
                "$ref": "#/$defs/NotKnownForm",
                "description": "One of the forms.",
            },
            **_BESIDE,
        },
        ("uncertain",),
    ),
    "NotKnownForm": _object("One of the forms of what is not known.", {**_FITTED, **_FAMILIES}),
    "NotKnownShares": _object("Shares that sum to one, drawn together.", _DIRICHLET, ("dirichlet",)),
    "NotKnownBare": _object("A mean with its interval or error, or quantiles.", {**_FITTED, **_BESIDE}),
}
"""The definitions that `with_unknowns` refers to."""

# Examples by which a scalar of a file is known to be a number with a unit.
_NUMBERS = {"35 min", "2.7 per day", "24%", "+5%", "41%", "£1,200"}
_VALUED = ("Money", "UncertainShare", "UncertainRate", "UncertainNumber", "Duration")
_DECIDED = {"Arm", "Case", "Precision", "RunPlan", "Fact", "Correlated", "Same", "Moment"}
_OF_VALUE = {
    "Absorbed", "Avoid", "Close", "Counted", "Decay", "Decide", "Effect", "EqualService", "Finance", "Grid", "Hold",
    "Optimism", "Outcome", "OutcomeWorth", "PatientWorth", "Payment", "ProgrammeItem", "Redeploy", "Reinvest", "Relief",
    "RunningItem", "ServiceMeasure", "Team", "Agreed", "BudgetLine", "Measured", "Pilot", "PilotCosts", "SpendInstead",
}  # fmt: skip


def with_unknowns(kind: str, schema: Json) -> Json:
    """Return the schema of a kind of file in which uncertain numbers may stand where its reader takes them."""
    if kind == "claims":
        return schema
    definitions: Json = {}
    for name, one in schema["$defs"].items():
        if kind == "value" and name in _VALUED:
            ways = one.get("anyOf", [one])
            definitions[name] = {
                **{k: v for k, v in one.items() if k == "description"},
                "anyOf": [*ways, {"$ref": "#/$defs/NotKnown"}, {"$ref": "#/$defs/NotKnownBare"}],
            }
        elif name in _DECIDED or (kind == "value" and name in _OF_VALUE):
            definitions[name] = one
        else:
            definitions[name] = _opened(one)
            if name == "Branch":
                definitions[name]["properties"]["uncertain"] = {
                    "$ref": "#/$defs/NotKnownShares",
                    "description": "The shares of all its ways, drawn together, in place of a share at each.",
                }
                definitions[name]["properties"]["source"] = _BESIDE["source"]
    top = {k: v for k, v in schema.items() if k != "$defs"}
    top = _opened(top) if kind == "model" else top
    used = _references([top, *definitions.values()])
    used |= _references([FORMS[name] for name in used if name in FORMS])
    return {
        **top,
        "$defs": dict(sorted({**definitions, **{n: FORMS[n] for n in used if n in FORMS}}.items())),
    }


def _references(part: Any) -> set[str]:
    if isinstance(part, list):
        return {name for one in part for name in _references(one)}
    if not isinstance(part, dict):
        return set()
    own = {part["$ref"].rpartition("/")[2]} if isinstance(part.get("$ref"), str) else set()
    return own | {name for one in part.values() for name in _references(one)}


def _is_number(part: Any) -> bool:
    if not isinstance(part, dict) or "const" in part or "enum" in part:
        return False
    return part.get("type") in ("integer", "number") or part.get("examples", [None])[0] in _NUMBERS


def _opened(part: Any) -> Any:
    """Return a part of a schema in which ``uncertain:`` may stand for every number, all the way down."""
    if isinstance(part, list):
        return [_opened(one) for one in part]
    if not isinstance(part, dict):
        return part
    if _is_number(part):
        words = {k: part[k] for k in ("description", "default") if k in part}
        return {**words, "anyOf": [part, {"$ref": "#/$defs/NotKnown"}]}
    new = {k: _opened(v) for k, v in part.items()}
    each = part.get("additionalProperties")
    if isinstance(each, dict) and each.get("examples", [""])[0] == "24%":
        words = {k: part[k] for k in ("description",) if k in part}
        form = {"$ref": "#/$defs/NotKnownShares", "description": "Counts, or shares and a size."}
        together = _object(
            "Shares that sum to one, drawn together.", {"uncertain": form, **_BESIDE}, ("uncertain",)
        )
        return {**words, "anyOf": [new, together]}
    return new
