"""Numbers of a model file by their path: where they stand, what unit they have, and the model with others there.

A path is the keys from the top of the file with points between them, a step, way or other named entry of a list by its
name or its number from 0: ``pathways.emergency.steps.triage.duration.lognormal.mean``. Names may have points in them.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from cisim.errors import ModelError, nearest
from cisim.spec.yamltree import Trail
from cisim.units import DAY, HOUR, MINUTE, WEEK, parse_duration, parse_rate, parse_share

__all__ = ["Place", "fill_up", "find_place", "read_number", "set_numbers", "whole_of"]

_UNITS = {"duration": "d", "rate": "per day", "share": "share", "count": "", "number": ""}
_TIMES = {"min": MINUTE, "h": HOUR, "d": DAY, "wk": WEEK}


@dataclass(frozen=True, slots=True)
class Place:
    """A number's place in a file.

    Attributes
    ----------
    path : str
        As it was written.
    trail : tuple of str and int
    kind : str
        ``duration`` (ms), ``rate`` (per ms), ``share``, ``count`` (whole) or ``number``.
    value : float
        What stands there, in that unit.
    unit : str
        The unit in which people are told it: of a duration the one that was written, where it is one.
    """

    path: str
    trail: Trail
    kind: str
    value: float
    unit: str

    @property
    def scale(self) -> float:
        """How many of the file's own units are one of the told."""
        if self.kind == "duration":
            return float(_TIMES[self.unit])
        return 1 / DAY if self.kind == "rate" else 1.0

    def written(self, value: float) -> str | float | int:
        """Return a value as it is written in a file."""
        if self.kind == "duration":
            return f"{value / MINUTE:.9f} min"
        if self.kind == "rate":
            return f"{value * DAY:.12f} per day"
        return round(value) if self.kind == "count" else float(value)


def find_place(data: Any, path: str) -> Place:
    """Return the place of a number in a file's plain data.

    Raises
    ------
    ModelError
        Where the path leads nowhere, with the nearest right name, or to what is no number.
    """
    trail: list[str | int] = []
    at, rest = data, path.removeprefix("model.")
    while rest:
        key, inner, known = _next(at, rest)
        if key is None:
            done = path[: len(path) - len(rest)] or "the file"
            word = rest.split(".")[0]
            raise ModelError(
                "", f"got {path!r}, but {done.rstrip('.')} has no {word!r}{nearest(word, known)}"
            )
        trail.append(key)
        at, rest = at[key], inner
    kind, value = read_number(at, path)
    word = str(at).split()[-1] if kind == "duration" else ""
    return Place(path, tuple(trail), kind, value, word if word in _TIMES else _UNITS[kind])


def _next(at: Any, rest: str) -> tuple[str | int | None, str, list[str]]:
    """Return the key that the path goes on with, what is left of the path, and the keys that there are."""
    names: dict[str, str | int] = {}
    if isinstance(at, dict):
        names = {str(k): k for k in at}
    elif isinstance(at, list):
        names = {str(i): i for i in range(len(at))}
        for i, entry in enumerate(at):
            label = next(iter(entry.values()), None) if isinstance(entry, dict) else None
            if isinstance(label, str):
                names[label] = i
    for name in sorted(names, key=len, reverse=True):
        if rest == name or rest.startswith(name + "."):
            return names[name], rest[len(name) + 1 :], []
    return None, rest, [n for n in names if not n.isdecimal()] or list(names)


def read_number(raw: Any, path: str) -> tuple[str, float]:
    """Return the kind of a number as it is written, and its value in the file's own unit.

    Raises
    ------
    ModelError
        Where it is none; `path` says what is meant.
    """
    if isinstance(raw, int) and not isinstance(raw, bool):
        return "count", float(raw)
    if isinstance(raw, float):
        return "number", raw
    if isinstance(raw, str):
        for kind, parse in (("duration", parse_duration), ("share", parse_share), ("rate", parse_rate)):
            try:
                return kind, parse(raw)
            except ValueError:
                continue
    what = f"{raw!r}" if not isinstance(raw, (dict, list)) else "several settings"
    keys = "; it has: " + ", ".join(map(str, raw)) if isinstance(raw, dict) and len(raw) <= 8 else ""
    raise ModelError("", f"got {path!r}, where {what} stands, want the path of one number{keys}")


def set_numbers(data: Any, numbers: Mapping[Place, float]) -> Any:
    """Return a file's plain data with other numbers; other shares of the same whole keep their proportions.

    >>> ways = {"ways": [{"way": "home", "share": "50%"}, {"way": "ward", "share": "50%"}]}
    >>> set_numbers(ways, {find_place(ways, "ways.home.share"): 0.2})["ways"][1]["share"]
    0.8
    """
    new = deepcopy(data)
    for place, value in numbers.items():
        holder = _at(new, place.trail[:-1])
        holder[place.trail[-1]] = place.written(value)
    for trail in {trail for place in numbers if (trail := whole_of(place.trail)) is not None}:
        fill_up(new, trail, {p.trail for p in numbers})
    return new


def _at(data: Any, trail: Trail) -> Any:
    for part in trail:
        data = data[part]
    return data


def whole_of(trail: Trail) -> Trail | None:
    """Return the trail to the list or mapping whose shares sum to one, of which that at a trail is one."""
    if len(trail) > 2 and trail[-3:-2] == ("ways",) and trail[-1] == "share":
        return trail[:-2]
    return trail[:-1] if len(trail) > 1 and trail[-2] in ("times", "shares") else None


def fill_up(data: Any, trail: Trail, given: Container[Trail]) -> None:
    """Set the other shares of a whole, in place, so that all sum to one and the others keep their proportions.

    Raises
    ------
    ModelError
        Where those given sum to more than one.
    """
    whole = _at(data, trail)
    keys = list(whole) if isinstance(whole, dict) else list(range(len(whole)))
    ways = trail[-1] == "ways"
    places = [((*trail, k, "share") if ways else (*trail, k)) for k in keys]
    shares = [parse_share(_at(data, p)) for p in places]
    set_ = sum(s for p, s in zip(places, shares, strict=True) if p in given)
    free = [(p, s) for p, s in zip(places, shares, strict=True) if p not in given]
    left, base = 1.0 - set_, sum(s for _, s in free)
    if not free and abs(left) < 1e-6:
        return
    if left < -1e-9 or (left > 1e-9 and not free):
        raise ModelError(".".join(map(str, trail)), f"got shares that sum to {set_:.3g}, want at most 100%")
    for p, s in free:
        _at(data, p[:-1])[p[-1]] = max(left, 0.0) * (s / base if base > 0 else 1 / len(free))
