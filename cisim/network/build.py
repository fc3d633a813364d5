"""From a model to its network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisim import spec
from cisim.eventlog import Pool, StepName
from cisim.network.calendar import hourly_over, opening_times, rota_steps
from cisim.network.flat import ArrivalProcess, Network
from cisim.network.laying import COLUMNS, Layout
from cisim.network.reach import can_knot
from cisim.units import HOUR

__all__ = ["build_network"]

Ints = NDArray[np.int64]


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _arrivals(model: spec.Model, arrivals: spec.Arrivals, end: int) -> ArrivalProcess:
    listed = np.sort(np.rint(np.array(arrivals.listed or (), dtype=float)).astype(np.int64))
    hourly = hourly_over(arrivals, model.start, end, model.bank_holidays_of)
    # the week's highest rate, whatever season and growth make of it: these add bands and move nobody
    band = arrivals.band or (spec.highest_rate(arrivals) if arrivals.rate is not None else 1.0 / HOUR)
    effect = arrivals.day_effect
    return ArrivalProcess(listed, hourly, band, effect.cv if effect else 0.0, effect.group if effect else "")


def _log_pool(name: str, pool: spec.Pool, model: spec.Model, end: int) -> Pool:
    if pool.number == "unlimited":
        return Pool(name, pool.kind, pool.owner, unlimited=True)
    times, numbers = rota_steps(pool, model.start, end, model.bank_holidays_of)
    return Pool(name, pool.kind, pool.owner, times, numbers)


def _queue_tables(layout: Layout) -> dict[str, list[int]]:
    lists: dict[str, list[int]] = {
        name: []
        for name in (
            "queue_first", "queue_count", "alternative_after", "alternative_first", "alternative_count",
            "need_pool", "need_units",
        )
    }  # fmt: skip
    for alternatives in layout.queues.codes:
        lists["queue_first"].append(len(lists["alternative_after"]))
        lists["queue_count"].append(len(alternatives))
        for after, needs in alternatives:
            lists["alternative_after"].append(after)
            lists["alternative_first"].append(len(lists["need_pool"]))
            lists["alternative_count"].append(len(needs))
            lists["need_pool"] += [pool for pool, _ in needs]
            lists["need_units"] += [units for _, units in needs]
    return lists


def _tables(layout: Layout) -> dict[str, list[int]]:
    """Return the tables that nodes point into."""
    return {
        **_queue_tables(layout),
        "entry": layout.entry,
        "way_node": layout.way_node,
        "way_detail": layout.way_detail,
        "priority_value": [value for (value,) in layout.priorities.rows],
        "ageing_after": [after for after, _ in layout.ageings.rows],
        "ageing_to": [to for _, to in layout.ageings.rows],
        "turn_pool": [pool for pool, _ in layout.turns.rows],
        "turn_stream": [stream for _, stream in layout.turns.rows],
    }


def _openings(model: spec.Model, end: int) -> dict[str, Ints]:
    """Return the openings of all calendars, one after the other."""
    none = (_ints([]), _ints([]))
    found = [
        opening_times(calendar, model.start, end, model.bank_holidays_of)
        for calendar in model.calendars.values()
    ]
    counts = _ints([len(times) for times, _ in found])
    return {
        "opening_first": np.cumsum(counts) - counts,
        "opening_count": counts,
        "opening_time": np.concatenate([none[0], *(times for times, _ in found)]),
        "opening_places": np.concatenate([none[1], *(places for _, places in found)]),
    }


def build_network(model: spec.Model, end: int) -> Network:
    """Lay a model out over [0, end).

    Parameters
    ----------
    model : Model
        As read, or as changed by a scenario.
    end : int
        Horizon in ms.

    Raises
    ------
    ModelError
        Where a step names a pool, calendar or step that is not there.
    """
    layout = Layout(model)
    columns = {name: [row[name] for row in layout.nodes] for name in COLUMNS}
    tables = _tables(layout)
    wanted = [frozenset(pool for _, needs in queue for pool, _ in needs) for queue in layout.queues.codes]
    arrays = {name: _ints(values) for name, values in (columns | tables).items()} | _openings(model, end)
    return Network(
        start=model.start,
        end=end,
        pathways=tuple(model.pathways),
        steps=tuple(StepName(key[0], key[1], layout.kinds[key]) for key in layout.steps.codes),
        pools=tuple(_log_pool(name, pool, model, end) for name, pool in model.pools.items()),
        details=tuple(str(name) for name in layout.details.codes),
        calendars=tuple(model.calendars),
        arrivals=tuple(_arrivals(model, pathway.arrivals, end) for pathway in model.pathways.values()),
        streams=tuple(layout.stream_list),
        attributes=tuple(layout.attributes),
        starting=tuple(layout.starting),
        can_knot=can_knot(columns, layout.way_node, wanted),
        swap=model.swap == "first cycle",
        **arrays,  # the arrays are the fields of the same name
    )
