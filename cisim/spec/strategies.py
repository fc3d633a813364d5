"""One closure at several numbers of steps: as many strategies, with the same numbers that are not known."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

from cisim.spec.yamltree import Tree

__all__ = ["each_number_of_steps"]


def each_number_of_steps(tree: Tree) -> Tree:
    """Return a value file's tree in which a closure of ``steps: [1, 2, 3]`` stands as three options.

    The first keeps its place and, where it is one step, its name; the others follow at the end, each at the lines of
    the one that was written, and say by `same_as` that their uncertain numbers are the same.
    """
    options = tree.data.get("options") if isinstance(tree.data, dict) else None
    if not isinstance(options, list) or not any(map(_several, options)):
        return tree
    made: list[Any] = []
    keys, values = dict(tree.keys), dict(tree.values)
    more: list[tuple[int, dict[str, Any]]] = []
    for i, option in enumerate(options):
        if not _several(option):
            made.append(option)
            continue
        first, *others = option["steps"]
        made.append(_at(option, first))
        more += [(i, _at(option, steps) | {"same_as": made[-1]["close"]}) for steps in others]
    for at, (i, option) in enumerate(more, len(options)):
        made.append(option)
        for places in (keys, values):
            old = ("options", i)
            places |= {
                ("options", at, *trail[2:]): p for trail, p in tuple(places.items()) if trail[:2] == old
            }
    return replace(tree, data={**tree.data, "options": made}, keys=keys, values=values)


def _several(option: object) -> bool:
    """Return whether an option is a closure at several numbers of steps; other lists are refused as they stand."""
    if not isinstance(option, dict) or not isinstance(option.get("close"), str):
        return False
    steps = option.get("steps")
    if not isinstance(steps, list) or not steps or any(type(n) is not int or n < 1 for n in steps):
        return False
    return steps == sorted(set(steps))


def _at(option: dict[str, Any], steps: int) -> dict[str, Any]:
    made = deepcopy(option) | {"steps": steps}
    if steps > 1:
        made["close"] = f"{option['close']}, {steps} steps"
    dates = made.get("dates")
    if isinstance(dates, list) and len(dates) == option["steps"][-1]:
        made["dates"] = dates[:steps]
    return made
