"""Whatever is done to a good file, it is read or refused in words: nothing else is ever raised."""

from __future__ import annotations

import copy
import importlib.util
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from ruamel.yaml import YAML

from cisim.errors import FileProblems
from cisim.spec import read

_spec = importlib.util.spec_from_file_location(
    "malformed_test", Path(__file__).with_name("test_malformed.py")
)
assert _spec is not None
assert _spec.loader is not None
helpers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(helpers)
PROJECT = helpers.malformed.PROJECT
_yaml = YAML(typ="safe", pure=True)
_yaml.default_flow_style = False
DATA = {name: _yaml.load(text) for name, text in PROJECT.items()}

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from(
        [
            "x",
            "",
            "1 d",
            "0 d",
            "-1 d",
            "1e400 d",
            "50%",
            "300%",
            "£1",
            "Mon-Fri 09:00",
            "2025-01-01",
            "24:00",
            "ward",
            "emergency",
            "emergency/decision",
            "unlimited",
            "continuous",
            "auto",
            "../..",
            "a/b",
            "home",
            "ward stay",
        ]
    ),
    st.text(max_size=8),
)
FORMS = st.dictionaries(
    st.sampled_from(
        ["mean", "se", "interval", "level", "quantiles", "family", "dirichlet", "size", "gamma", "normal"]
    ),
    st.one_of(
        SCALARS,
        st.lists(SCALARS, max_size=3),
        st.dictionaries(
            st.sampled_from(["mean", "sd", "5%", "95%", "high", "low", "1"]), SCALARS, max_size=3
        ),
    ),
    max_size=4,
)
VALUES = st.one_of(
    SCALARS,
    FORMS.map(lambda form: {"uncertain": form}),
    FORMS,
    st.lists(SCALARS, max_size=3),
    st.dictionaries(
        st.sampled_from(["mean", "sd", "normal", "to", "1", "x", "leave", "when"]), SCALARS, max_size=3
    ),
    st.just({"lognormal": {"mean": "1e300 d", "sd": "1 s"}}),
)


def places(node, trail=()):
    """Return the trail to every node under a node."""
    found = []
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        found.append((*trail, key))
        found += places(child, (*trail, key))
    return found


def mutate(data, action, at, value):
    trails = places(data)
    if not trails:
        return
    trail = trails[at % len(trails)]
    holder = data
    for part in trail[:-1]:
        holder = holder[part]
    last = trail[-1]
    if action == "delete":
        del holder[last]
    elif action == "replace":
        holder[last] = copy.deepcopy(value)
    elif action == "rename" and isinstance(holder, dict):
        holder[str(last) + "s"] = holder.pop(last)
    elif action == "repeat" and isinstance(holder, list):
        holder.insert(last, copy.deepcopy(holder[last]))
    else:  # move: what stands here is put somewhere else
        trail = trails[(at // len(trails)) % len(trails)]
        other = data
        for part in trail[:-1]:
            other = other[part]
        other[trail[-1]] = copy.deepcopy(holder[last])


STEPS = st.tuples(
    st.sampled_from(["delete", "replace", "rename", "repeat", "move"]), st.integers(0, 10**6), VALUES
)


@pytest.mark.parametrize("file", list(PROJECT))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=st.lists(STEPS, min_size=1, max_size=4))
def test_nothing_but_file_problems(file, changes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = copy.deepcopy(DATA[file])
    for change in changes:
        mutate(data, *change)
    text = io.StringIO()
    _yaml.dump(data, text)
    helpers.write(tmp_path, {**PROJECT, file: text.getvalue()})
    try:
        read(file)
        read("experiments/experiment.yaml")
    except FileProblems as error:
        helpers.in_plain_words(error)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10**6), length=st.integers(0, 30), put=st.text(max_size=6))
def test_torn_text_is_refused_in_words(at, length, put, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = PROJECT["scenarios/model.yaml"]
    at %= len(text)
    torn = text[:at] + put + text[at + length :]
    Path("torn.yaml").write_bytes(torn.encode("utf-8", "surrogatepass"))
    try:
        read("torn.yaml")
    except FileProblems as error:
        helpers.in_plain_words(error)
