"""Making a made-up model smaller while it still shows what is wrong: so that a failure can be read."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from cisim.errors import CisimError
from cisim.spec import Model
from cisim.spec.checks import model_findings

NEEDED = {
    "cisim",
    "model",
    "start",
    "leave",
    "arrivals",
    "steps",
    "duration",
    "needs",
    "beds",
    "number",
    "calendar",
}


def smaller(words: Any, path: tuple = ()) -> Iterator[tuple]:
    """Yield the path of everything that could be left out, the larger things first."""
    inside = words.items() if isinstance(words, dict) else enumerate(words) if isinstance(words, list) else ()
    here = [(*path, key) for key, _ in inside if key not in NEEDED]
    yield from here
    for key, value in words.items() if isinstance(words, dict) else enumerate(words):
        if isinstance(value, (dict, list)):
            yield from smaller(value, (*path, key))


def without(words: dict, path: tuple) -> dict:
    """Return the words without what is at a path."""
    copy = deepcopy(words)
    holder = copy
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return copy


def legal(words: dict) -> Model | None:
    """Return the model of some words, or None."""
    try:
        model = Model.model_validate(words)
    except (ValueError, CisimError):
        return None
    return None if model_findings(model) else model


def shrunk(words: dict, wrong: Callable[[Model], bool], most: int = 400) -> dict:
    """Return smaller words whose model is still wrong, after at most so many runs."""
    tried, again = 0, True
    while again and tried < most:
        again = False
        for path in list(smaller(words)):
            try:
                other = without(words, path)
            except (KeyError, IndexError, TypeError):
                continue  # what stood around it has gone
            model = legal(other)
            if model is None:
                continue
            tried += 1
            if wrong(model):
                words, again = other, True
            if tried >= most:
                break
    return words
