"""What is not known: every number of a value file by its path, and its draws.

A path is the way to the number in the file, with names where the file has lists:
``options.Close one bay.saves``, ``programme.Coaching.once``, ``absorbed.hips.each.marginal_cost``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cisim.errors import ModelError
from cisim.spec import Strict, Uncertain
from cisim.streams import address, uniforms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cisim.spec import Value

__all__ = ["draw_numbers", "labels", "uncertain_numbers"]

Floats = NDArray[np.float64]


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
    """Return every number that may be uncertain by its path, in the order of the file.

    Numbers inside an option's changes belong to the model, which draws them for itself, and are left out.
    """
    return dict(_walk("", value))


def _walk(path: str, node: Strict) -> Iterator[tuple[str, Uncertain[Any]]]:
    for field in type(node).model_fields:
        child = getattr(node, field)
        here = f"{path}.{field}" if path else field
        if field == "changes" or child is None:
            continue
        if isinstance(child, Uncertain):
            yield here, child
        elif isinstance(child, Strict):
            yield from _walk(here, child)
        elif isinstance(child, tuple):
            yield from _walk_list(here, child)


def _walk_list(here: str, items: tuple[object, ...]) -> Iterator[tuple[str, Uncertain[Any]]]:
    """Yield the numbers of a list: its entries by name, numbers by where they stand, counted from 1."""
    entries = [i for i in items if isinstance(i, Strict) and not isinstance(i, Uncertain)]
    for label, item in zip(labels(entries), entries, strict=True):
        yield from _walk(f"{here}.{label}", item)
    for number, one in enumerate(items, 1):
        if isinstance(one, Uncertain):
            yield f"{here}.{number}", one


def draw_numbers(value: Value, draws: int, seed: int) -> dict[str, Floats]:
    """Return the draws of every number, by path, each of shape (draws,).

    A draw depends on the seed, the path and its own number alone: not on the other numbers, not on how many
    draws are made. A number without a distribution is the same on every draw.

    Raises
    ------
    ModelError
        For fewer than one draw.
    """
    if draws < 1:
        raise ModelError("draws", f"got {draws}, want 1 or more")
    out = {}
    for path, number in uncertain_numbers(value).items():
        u = uniforms(address(seed, "value", path), 0, draws)
        out[path] = np.broadcast_to(np.asarray(number.distribution().ppf(u), float), (draws,))
    return out
