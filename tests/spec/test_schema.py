"""The schemas that editors use: whole, explained, and agreeing with what the readers take."""

from __future__ import annotations

import copy
import datetime as dt
import importlib.util
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from cisim.spec.schema import schemas

ROOT = Path(__file__).parents[2]
SCHEMAS = schemas()
KINDS = tuple(SCHEMAS)
FILES = sorted(
    path
    for folder in ("scenarios", "experiments", "calibration", "cisim/spec/template")
    for path in (ROOT / folder).rglob("*.yaml")
    if path.name != "posterior.yaml"  # what a calibration leaves, to be copied from
)


def plain(data):
    if isinstance(data, dict):
        return {str(k): plain(v) for k, v in data.items()}
    if isinstance(data, list):
        return [plain(v) for v in data]
    return data.isoformat() if isinstance(data, dt.date) else data


def parts(part):
    if isinstance(part, dict):
        yield part
        for inner in part.values():
            yield from parts(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from parts(inner)


def errors(kind: str, data) -> list[str]:
    validator = jsonschema.Draft202012Validator(SCHEMAS[kind])
    return [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(plain(data))]


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_a_schema(kind):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[kind])
    references = {p["$ref"] for p in parts(SCHEMAS[kind]) if "$ref" in p}
    assert references == {f"#/$defs/{name}" for name in SCHEMAS[kind]["$defs"]}


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_explained(kind):
    keys = [
        (key, field)
        for p in parts(SCHEMAS[kind])
        if isinstance(p.get("properties"), dict) and p.get("type") == "object"
        for key, field in p["properties"].items()
    ]
    assert len(keys) > 50
    assert [key for key, field in keys if not field.get("description")] == []


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_internal_shows(kind):
    text = str(SCHEMAS[kind])
    for word in ("Partial", "Annotated", "86400000", "'null'", "BeforeValidator"):
        assert word not in text


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_files_that_come_with_cisim_agree_with_their_schema(path):
    data = YAML(typ="safe").load(path)
    kinds = ("experiment", "study", "scenario", "value", "model", "claims", "records")
    kind = next(k for k in kinds if k in data)
    assert errors(kind, data) == []


def test_a_model_of_every_word_agrees_with_the_schema():
    good = importlib.util.spec_from_file_location("good_files", ROOT / "tests" / "files" / "good.py")
    assert good is not None
    assert good.loader is not None
    files = importlib.util.module_from_spec(good)
    good.loader.exec_module(files)
    assert errors("model", YAML(typ="safe").load(files.FULL)) == []


MODEL = {
    "cisim": 1,
    "model": "m",
    "start": "2024-01-01",
    "pools": {"beds": {"number": 3}, "chairs": {"number": "unlimited"}},
    "calendars": {"c": {"openings": ["Mon 09:00", {"days": "Tue", "at": ["09:00", "14:00"]}]}},
    "pathways": {
        "p": {
            "arrivals": {"rate": "2 per day"},
            "steps": [
                {
                    "stay": "s",
                    "beds": ["beds", {"pool": "chairs", "after": "4 h"}],
                    "steps": [
                        {"delay": "d", "duration": "2 d"},
                        {
                            "delay": "e",
                            "duration": {"lognormal": {"mean": "2 d", "sd": "3 d"}, "source": "assumption"},
                        },
                        {
                            "repeat": "r",
                            "times": {1: "60%", 2: 0.4},
                            "steps": [{"round": "x", "calendar": "c"}],
                        },
                    ],
                }
            ],
        }
    },
}


def test_every_way_of_writing_is_allowed():
    assert errors("model", MODEL) == []


def test_changes_are_allowed():
    changes = [
        {"unbatch": "p/x", "to": ["daily 09:00"], "reach": "30%"},
        {"unbatch": "p/x", "to": "continuous"},
        {"number": "beds", "by": -1, "from": "2024-12-24 18:00"},
        {"cut": "p/d", "to": "3 h"},
        {"demand": "p", "by": "+5%"},
        {"set": "p/r", "times": 2},
    ]
    assert errors("scenario", {"cisim": 1, "scenario": "s", "changes": changes}) == []


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        (("pools", "beds", "number"), "three"),
        (("pools", "beds", "nmber"), 3),
        (("pathways", "p", "arrivals", "rate"), 2.7),
        (("pathways", "p", "steps", 0, "steps", 0, "duration"), 2),
        (("pathways", "p", "steps", 0, "steps", 1, "duration"), {"lognormal": {"mean": "2 d"}}),
        (("pathways", "p", "steps", 0, "steps", 1, "duration", "gamma"), {"mean": "2 d", "sd": "1 d"}),
        (("pathways", "p", "steps", 0, "beds"), []),
        (("pathways", "p", "steps", 0, "steps", 2, "calender"), "c"),
    ],
)
def test_mistakes_are_marked(where, wrong):
    data = copy.deepcopy(MODEL)
    place = data
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = wrong
    assert errors("model", data) != []


DELAYS = ("pathways", "p", "steps", 0, "steps")
RANGE = {"mean": "2 per day", "interval": ["1 per day", "3 per day"]}


@pytest.mark.parametrize(
    ("where", "form"),
    [
        (("pools", "beds", "number"), {"uncertain": {"mean": 3, "se": 1}, "source": "census"}),
        (("pathways", "p", "arrivals", "rate"), {"uncertain": RANGE}),
        ((*DELAYS, 0, "duration"), {"uncertain": {"quantiles": {"5%": "1 d", "95%": "3 d"}}}),
        (
            (*DELAYS, 1, "duration", "lognormal", "mean"),
            {"uncertain": {"gamma": {"mean": "2 d", "sd": "1 d"}}},
        ),
        ((*DELAYS, 2, "times"), {"uncertain": {"dirichlet": {"1": 30, "2": 20}}}),
    ],
)
def test_a_number_that_is_not_known_is_allowed_and_a_misspelt_form_is_marked(where, form):
    data = copy.deepcopy(MODEL)
    place = data
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = form
    assert errors("model", data) == []
    place[where[-1]] = {**form, "sourse": "x"}
    assert errors("model", data) != []
    place[where[-1]] = {"uncertain": {**form["uncertain"], "intervall": 1}}
    assert errors("model", data) != []
