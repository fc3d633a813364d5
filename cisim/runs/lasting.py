"""Whether service lasts: how far each named measure lies beyond its margin, at every share and year simulated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cisim.runs.commitments import units_of
from cisim.runs.plan import Level, searched_for
from cisim.runs.searching import KEY
from cisim.runs.tables import ask
from cisim.spec import Close, Redeploy
from cisim.value import BEYOND, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cisim.runs.plan import Unit
    from cisim.runs.simulating import Simulated
    from cisim.runs.store import Store
    from cisim.spec import Option

__all__ = ["FAR", "beyond", "beyond_margins"]

Replications = list[list[Quantity]]
FAR = 1e12
"""In place of infinitely far, so that what lies between can be interpolated: a wait that is never reached."""


def beyond_margins(done: Simulated, store: Store) -> dict[tuple[float, int], dict[str, Replications]]:
    """Return how far each measure is beyond its margin, by share and year, option and replication.

    The whole effect in the first year is ``(1.0, 1)``. A margin that is a share of what was before is the mean
    over the replications; what is told only is left out.
    """
    columns = ("replication", *KEY, "worsening", "margin")
    out: dict[tuple[float, int], dict[str, Replications]] = {(1.0, 1): {}}
    for option, _ in done.plan.cases[done.plan.main].options:
        level, units = _decided(done, option)
        rows = ask(
            store.paths(units, "service"),
            "option = ? AND steps = ? AND extra = ?",
            [option.name, *level],
            columns,
        )
        out[1.0, 1][option.name] = beyond(option.name, rows)
    paths = store.paths(list(done.over_time), "service_over_time")
    later = ask(paths, "TRUE", [], ("reach", "year", "option", *columns)) if paths else []
    found: dict[tuple[float, int], dict[str, list[tuple[Any, ...]]]] = {}
    for reach, year, option_name, *rest in later:
        found.setdefault((reach, year), {}).setdefault(option_name, []).append(tuple(rest))
    for point, options in found.items():
        out[point] = {name: beyond(name, rows) for name, rows in options.items()}
    return out


def _decided(done: Simulated, option: Option) -> tuple[Level, list[Unit]]:
    """Return the level that an option is decided at, and the units that it was run in."""
    one = done.found.of(option.name) if searched_for(option) else None
    if one is not None:
        return one.level, units_of(done, one, one.level)
    steps = int(option.steps) if isinstance(option, (Close, Redeploy)) else 0
    return Level(steps, 0), [unit for unit in done.units if unit.case == done.plan.main]


def beyond(option: str, rows: Iterable[tuple[Any, ...]]) -> Replications:
    """Return the quantities of one option, replication by replication, the same measures in each.

    Rows begin with what tells one replication from another, and go on with measure to unit, worsening and margin.
    """
    worse: dict[tuple[Any, ...], dict[object, float]] = {}
    margins: dict[tuple[Any, ...], list[float]] = {}
    numbers: dict[object, None] = {}
    for number, *rest in rows:
        key, by, may = tuple(rest[:-2]), rest[-2], rest[-1]
        numbers[number] = None
        worse.setdefault(key, {})[number] = by
        if may is not None and not math.isnan(may):
            margins.setdefault(key, []).append(may)
    judged = {key: sum(those) / len(those) for key, those in margins.items()}
    judged = {key: may for key, may in judged.items() if math.isfinite(may)}
    return [
        [
            Quantity(option, BEYOND, "", " ".join(filter(None, key[:-1])), "", _far(by, may), str(key[-1]))
            for key, may in judged.items()
            for by in [worse[key].get(number)]
        ]
        for number in numbers
    ]


def _far(by: float | None, may: float) -> float:
    """Return how far beyond; a measure of which nobody was counted has not worsened."""
    if by is None or math.isnan(by):
        return -may
    return max(-FAR, min(FAR, by - may))
