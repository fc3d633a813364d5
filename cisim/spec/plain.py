"""What is wrong in a file, in plain words: the checker's own messages are never shown.

A `Finding` is a mistake with the trail to it; `findings` makes them from what pydantic says, one for each
place, and `where` writes a trail as people read it, with the names of steps in place of their numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from cisim.errors import ModelError, nearest
from cisim.spec.claims import CLAIM_KINDS, Claim
from cisim.spec.fields import FAMILIES, Strict
from cisim.spec.model import STEP_KINDS, Step
from cisim.spec.scenario import CHANGE_KINDS, Change
from cisim.spec.value import OPTION_KINDS, Option
from cisim.spec.wants import WANTS, want_of

if TYPE_CHECKING:
    from pydantic import ValidationError

    from cisim.spec.yamltree import Trail

__all__ = ["TAGS", "Finding", "findings", "got", "where"]

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake: the trail to it, what is wrong, whether the key is meant or its value, what it is about.

    `about` is ``unknown`` or ``missing`` (setting `name`), ``kind`` or ``flow``. `other` is the trail to another
    place that the mistake is about too: it is named, with its line, after the text.
    """

    trail: Trail
    text: str
    key: bool = False
    about: str = ""
    name: str = ""
    other: Trail = ()


_NAMED_LISTS = (
    "steps", "ways", "parts", "starting", "options", "scenarios", "cases", "alternatives", "facts", "programme",
    "running", "stated", "outcomes", "absorbed", "payment",
)  # fmt: skip
_NAMING = (
    *STEP_KINDS,
    "step",
    "way",
    "part",
    *OPTION_KINDS,
    "claim",
    "name",
    "item",
    "at",
    "outcome",
    "pathway",
)


def _label(entry: object, under: str) -> str | None:
    """Return the name by which a planner knows an entry of the list `under`, if it has one."""
    if not isinstance(entry, dict):
        return None
    if under == "changes":
        kind = next((k for k in CHANGE_KINDS if isinstance(entry.get(k), str)), None)
        return f"{kind} {entry[kind]}" if kind else None
    for kind in _NAMING:
        if isinstance(entry.get(kind), (str, int)) and under in _NAMED_LISTS:
            return f"{kind} {entry[kind]}" if kind in ("go_to", "leave") else str(entry[kind])
    return None


def where(data: Any, trail: Trail) -> str:
    """Return a trail as people read it: steps by name, other entries of lists counted from 1.

    >>> where({"steps": [{"stay": "ward stay", "beds": []}]}, ("steps", 0, "beds"))
    'steps.ward stay.beds'
    """
    words: list[str] = []
    under = ""
    for part in trail:
        if isinstance(part, int):
            if not (isinstance(data, list) and part < len(data)):
                break  # what a short form stands for is not written, and not named
            data = data[part]
            words.append((_label(data, under) or str(part + 1))[:60])
        else:
            if not (isinstance(data, dict) and part in data):
                break
            data = data[part]
            words.append(part[:60])
            under = part
    return ".".join(words)


def got(raw: object) -> str:
    """Return what was written, short enough for a message.

    >>> got(None), got(-3), got("x"), got({"a": 1, "b": 2})
    ('nothing', '-3', "'x'", "the settings 'a', 'b'")
    """
    if raw is None or raw in ({}, []):
        return "nothing"
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, dict):
        names = ", ".join(f"'{k}'" for k in list(raw)[:6])
        return f"the settings {names}"
    if isinstance(raw, list):
        return f"a list of {len(raw)}"
    text = repr(raw)
    return text if len(text) <= 62 else text[:58] + "...'"


def _follow(data: Any, loc: Sequence[str | int]) -> tuple[Trail, object]:
    """Return the part of `loc` that is written in the file, and its value.

    Parts that are not written are the checker's own: a choice's branches, or what a short form stands for.
    """
    trail: list[str | int] = []
    for part in loc:
        if isinstance(data, dict):
            inside = part in data
        else:
            inside = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if inside:
            data = data[part]
            trail.append(part)
    return tuple(trail), data


def _flat(annotation: object) -> Iterator[object]:
    """Yield what an annotation may be, without its wrapping."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _flat(get_args(annotation)[0])
    elif origin is Union or type(annotation).__name__ == "UnionType":
        for one in get_args(annotation):
            yield from _flat(one)
    else:
        yield annotation


def _tags() -> dict[str, type[Strict]]:
    found: dict[str, type[Strict]] = {}
    for union in (Step, Change, Option, Claim):
        for one in get_args(get_args(union)[0]):
            kind, tag = get_args(one)
            found[tag.tag] = kind
    return found


TAGS = _tags()
"""The class of each step, change, option and claim, by its tag."""


def _into(kinds: Sequence[object], part: str | int) -> list[object]:
    inner: list[object] = []
    for kind in kinds:
        origin = get_origin(kind)
        if isinstance(kind, type) and issubclass(kind, Strict):
            inner += [f.annotation for n, f in kind.model_fields.items() if part in (f.alias, n)]
        elif origin is tuple and isinstance(part, int):
            inner.append(get_args(kind)[0])
        elif origin is dict and isinstance(part, str):
            inner.append(get_args(kind)[1])
    return [flat for one in inner for flat in _flat(one)]


def known_names(root: type[Strict], loc: Sequence[str | int]) -> list[str]:
    """Return the settings that may be written at a place."""
    kinds: list[object] = [root]
    for part in loc:
        tagged = TAGS.get(str(part))
        kinds = [tagged] if tagged else (_into(kinds, part) or kinds)
    classes = [k for k in kinds if isinstance(k, type) and issubclass(k, Strict)]
    return [f.alias or n for c in classes for n, f in c.model_fields.items()]


def _unknown(root: type[Strict], loc: Sequence[str | int]) -> tuple[str, str]:
    """Return what to say of an unknown setting, and the name that was probably meant."""
    name, known = str(loc[-1]), known_names(root, loc[:-1])
    hint = nearest(name, known)
    meant = hint.split("'")[1] if "did you mean" in hint else ""
    if not hint and known:
        hint = "; known: " + ", ".join(k for k in known if k not in ("source", "note"))
    return f"'{name[:60]}' is not a known setting here{hint}", meant


_KINDS = {
    "step_kind()": ("step", STEP_KINDS, "leave: home"),
    "change_kind()": ("change", CHANGE_KINDS, "cut: pathway/step"),
    "option_kind()": ("option", OPTION_KINDS, "hold: keep the room open"),
    "claim_kind()": ("claim", CLAIM_KINDS, "return: 15.41"),
}


def _untold_kind(raw: object, discriminator: str) -> str:
    word, kinds, example = _KINDS.get(discriminator, ("entry", (), ""))
    if not isinstance(raw, dict) or not raw:
        return f"got {got(raw)}, want a {word} with its settings, such as '{example}'"
    listed = ", ".join(kinds)
    found = [k for k in kinds if k in raw]
    if found:
        both = " and ".join(f"'{k}'" for k in found)
        return f"got {both} in one {word}, want exactly one of {listed}; begin each {word} with '- '"
    hints = [h for h in (nearest(str(k), kinds) for k in raw) if "did you mean" in h]
    names = ", ".join(f"'{k}'" for k in list(raw)[:6])
    keys = "key" if len(raw) == 1 else "keys"
    return f"got {word} with {keys} {names}, want exactly one of {listed}{hints[0] if hints else ''}"


def _from_value_error(error: Mapping[str, Any], raw: object) -> tuple[str | None, str]:
    """Return what a validator of ours got (None: what was written) and wanted."""
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, ModelError):
        family = next((f for f in FAMILIES if isinstance(raw, dict) and f in raw), None)
        numbers = raw[family] if family and isinstance(raw, dict) else raw
        if isinstance(numbers, dict):
            told = " and ".join(f"{k} {_short(v)}" for k, v in numbers.items())
        else:
            told = got(numbers)
        return told, cause.text.partition("want ")[2]
    message = str(cause) if cause else str(error["msg"]).removeprefix("Value error, ")
    had, comma, wanted = message.partition(", want ")
    if not comma:
        had, comma, wanted = message.partition(", but ")
        return had.removeprefix("got "), "but " + wanted if comma else message
    had = had.removeprefix("got ")
    # What the validator got may be an inner form; the file's own words are shown, unless it says more.
    own = raw is None or (not isinstance(raw, (dict, list)) and repr(raw) not in had)
    inner = isinstance(raw, (dict, list)) and ("{" in had or "[" in had)
    return (None if own or inner else had), wanted


def _short(raw: object) -> str:
    if isinstance(raw, list):
        return "[" + ", ".join(_short(v) for v in raw[:8]) + "]"
    return str(raw) if isinstance(raw, (str, int, float)) else got(raw)


def _text(errors: Sequence[tuple[Mapping[str, Any], object]]) -> str:
    """Return one message for all that is said of one place."""
    wants: list[str] = []
    had: str | None = None
    raw = errors[0][1]
    hint = ""
    for error, _ in errors:
        if error["type"] == "value_error":
            told, wanted = _from_value_error(error, raw)
            had = had or told
        else:
            wanted = want_of(error, raw)
        if error["type"] == "literal_error" and isinstance(raw, str):
            hint = nearest(raw, [w for w in str(error["ctx"]["expected"]).split("'") if w.strip(" ,or")])
        if wanted not in wants:
            wants.append(wanted)
    if wants[0].startswith("but "):
        return f"got {had}, {wants[0]}"
    told = had or got(raw)
    if all(w == "" for w in wants):
        return told
    return f"got {told}, want {', or '.join(w for w in wants if w)}{hint if 'did you mean' in hint else ''}"


def findings(error: ValidationError, data: Any, root: type[Strict]) -> list[Finding]:
    """Return what pydantic found in `data`, one finding for each place, in a planner's words."""
    placed: dict[Trail, list[tuple[Mapping[str, Any], object]]] = {}
    found: list[Finding] = []
    missing: list[tuple[Trail, str]] = []
    meant: set[tuple[Trail, str]] = set()
    for one in error.errors(include_url=False):
        loc, kind = one["loc"], one["type"]
        if kind == "extra_forbidden":
            trail, _ = _follow(data, loc)
            text, name = _unknown(root, loc)
            meant.add((trail[:-1], name))
            found.append(Finding(trail, text, key=True, about="unknown"))
        elif kind == "missing":
            trail, _ = _follow(data, loc[:-1])
            missing.append((trail, str(loc[-1])))
        elif kind in ("union_tag_not_found", "union_tag_invalid"):
            trail, raw = _follow(data, loc)
            told = _untold_kind(raw, str(one["ctx"]["discriminator"]))
            found.append(Finding(trail, told, about="kind"))
        elif loc and loc[-1] == "[key]":
            trail, _ = _follow(data, loc[:-1])
            wanted = _from_value_error(one, None)[1] if kind == "value_error" else want_of(one, None)
            found.append(
                Finding(trail, f"got the name {loc[-2]!r}, want {wanted}", key=True, about="unknown")
            )
        else:
            trail, raw = _follow(data, loc)
            placed.setdefault(trail, []).append((one, raw))
    for trail, name in missing:
        if (trail, name) not in meant:  # a misspelt name is told once
            found.append(
                Finding(trail, f"missing '{name}', want {WANTS.get(name, 'it to be stated')}", key=True)
            )
    deeper = {f.trail[:n] for f in found for n in range(len(f.trail))}
    deeper |= {t[:n] for t in placed for n in range(len(t))}
    # A choice whose one branch has been followed further down is not also told at its top.
    found += [Finding(t, _text(errors)) for t, errors in placed.items() if t not in deeper]
    return found
