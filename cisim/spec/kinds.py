"""What sort of number may stand at a place of a file, found from the classes that read it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

import numpy as np

from cisim.spec.fields import (
    Count,
    Milliseconds,
    Number,
    Pounds,
    Rate,
    RatePerMs,
    Share,
    SignedShare,
    Strict,
    Uncertain,
    Whole,
)
from cisim.spec.model import step_kind
from cisim.spec.plain import TAGS
from cisim.spec.scenario import change_kind
from cisim.spec.value import option_kind
from cisim.units import duration_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Kind", "Place", "into", "places_of"]


_WORDS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "yr": "year"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of number: how it is read and written, and between which ends it must lie.

    Attributes
    ----------
    name : str
        duration, rate, share, change, multiple (a share that may exceed 100%), money, number, whole or count.
    parse : callable
        From what is written to the number, in milliseconds, per millisecond, pounds or a fraction.
    low, high : float
    """

    name: str
    parse: Callable[[object], float]
    low: float = -math.inf
    high: float = math.inf

    @property
    def whole(self) -> bool:
        """Whether only whole numbers can stand there."""
        return self.name in ("whole", "count")

    def unit(self, raw: object) -> tuple[str, float]:
        """Return the unit in which `raw` is written, and by what a number in it is multiplied when it is read."""
        if self.name == "duration":
            return duration_unit(raw)
        if self.name == "rate":
            name, size = duration_unit(raw)
            return f"per {_WORDS.get(name, name)}", 1 / size
        if self.name in ("share", "change", "multiple"):
            return "share", 1.0
        return ("£" if self.name == "money" else ""), 1.0

    def write(self, number: float, unit: str) -> str | float:
        """Return a number in its unit as a planner would write it, to the last digit."""
        if self.whole:
            return round(number)
        if self.name not in ("duration", "rate", "money"):
            return float(number)
        digits = np.format_float_positional(abs(number), trim="-")
        if self.name == "money":
            return f"{'-' if number < 0 else ''}£{digits}"
        return f"{digits} {unit}"


def _reader(alias: Any) -> Any:
    return get_args(alias)[1].func


def _ends(alias: Any) -> Any:
    return get_args(alias)[2].func


_BY_READER = {
    _reader(Milliseconds): Kind("duration", _reader(Milliseconds), 0.0),
    _reader(RatePerMs): Kind("rate", _reader(RatePerMs), 0.0),
    _reader(SignedShare): Kind("change", _reader(SignedShare)),
    _reader(Pounds): Kind("money", _reader(Pounds)),
    _reader(Number): Kind("number", _reader(Number)),
    _reader(Whole): Kind("whole", _reader(Number)),
    _reader(Count): Kind("count", _reader(Number), 0.0),
}
_BY_ENDS = {
    _ends(Share): Kind("share", _reader(Share), 0.0, 1.0),
    _ends(Rate): Kind("multiple", _reader(Rate), 0.0),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One thing that may stand at a place: a class, a list, a mapping of names, or a number of a kind."""

    type: Any
    kind: Kind | None = None

    @property
    def shares(self) -> bool:
        """Whether it is a mapping of names to shares."""
        return get_origin(self.type) is dict and any(
            p.kind is not None and p.kind.name == "share" for p in _places(get_args(self.type)[1], ())
        )

    def number(self) -> Kind | None:
        """Return the kind of number that may stand here, plain or as a distribution."""
        if isinstance(self.type, type) and issubclass(self.type, Uncertain):
            constant = self.type.model_fields["constant"]
            return next(p.kind for p in _places(constant.annotation, constant.metadata) if p.kind is not None)
        return self.kind


def places_of(root: type[Strict]) -> list[Place]:
    """Return what stands at the top of a file."""
    return [Place(root)]


def _places(annotation: Any, metadata: Sequence[Any]) -> Iterator[Place]:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        yield from _places(inner, (*more, *metadata))
    elif origin is Union or type(annotation).__name__ == "UnionType":
        for one in get_args(annotation):
            yield from _places(one, ())
    else:
        functions = [f for m in metadata if (f := getattr(m, "func", None)) is not None]
        kind = next((_BY_ENDS[f] for f in functions if f in _BY_ENDS), None)
        kind = kind or next((_BY_READER[f] for f in functions if f in _BY_READER), None)
        yield Place(annotation, kind)


def _told_apart(places: Sequence[Place], data: Any) -> Sequence[Place]:
    """Return the one class among several that the settings in `data` begin, where they tell."""
    if not isinstance(data, dict) or len(places) < 2:
        return places
    for tag in (step_kind(data), change_kind(data), option_kind(data)):
        chosen = [p for p in places if tag is not None and p.type is TAGS.get(tag)]
        if chosen:
            return chosen
    return places


def into(places: Sequence[Place], part: str | int, data: Any) -> list[Place]:
    """Return what may stand at a part of `data`, which stands at `places`."""
    found: list[Place] = []
    for place in _told_apart(places, data):
        kind, origin = place.type, get_origin(place.type)
        if isinstance(kind, type) and issubclass(kind, Strict):
            for name, field in kind.model_fields.items():
                if part in (field.alias, name):
                    found += _places(field.annotation, field.metadata)
        elif origin is tuple and isinstance(part, int):
            found += _places(get_args(kind)[0], ())
        elif origin is dict and isinstance(part, str):
            found += _places(get_args(kind)[1], ())
    return found
