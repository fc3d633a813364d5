"""Service in one run beside service in another: the named measures, place by place, and by how much each worsens.

Every measure is judged at every place that it is taken of: each pathway is a group of patients, each step a
queue of its own. With ``group: month`` the worst month of C is set beside the worst month of A too.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from cisim.analysis import worsening
from cisim.errors import ModelError
from cisim.measures import Measure, monthly, outliers, waited_above
from cisim.spec import Activity, Close, Redeploy, Reinvest, ServiceMeasure, Stay, walk
from cisim.units import DAY, HOUR, MINUTE, parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cisim.eventlog import EventLog
    from cisim.spec import Model, Option, Value

__all__ = [
    "MORE_IS_BETTER",
    "TOLD_ONLY",
    "WORST_MONTH",
    "Figures",
    "Named",
    "Place",
    "allowed",
    "default_service",
    "named",
    "served",
    "worse",
]

WORST_MONTH = "worst month"
MORE_IS_BETTER = ("throughput", "seen", "openings")
TOLD_ONLY = ("occupancy", "occupancy_distribution", "census_midnight", "used_share", "held_time", "idle_time")
"""Measures of how full a place is: reported, and no criterion of service."""
OF_PATHWAYS = ("length_of_stay", "turned_away", "throughput", "arrivals", "readmissions", "outcomes")
"""Measures that are taken of whole pathways, unless a step or a pool is named."""
UNITS = {"h": HOUR, "d": DAY, "min": MINUTE}
WAIT_MARGIN, TURNED_AWAY_MARGIN = "1 h", "1%"
"""What may worsen and still count as equal where a value file does not say: assumptions."""


class Place(NamedTuple):
    """What a figure is of."""

    measure: str
    statistic: str
    pathway: str
    step: str
    pool: str
    group: str


class Figure(NamedTuple):
    """A figure; infinite where a percentile of a wait is never reached, not a number where nobody was counted."""

    value: float
    unit: str


Figures = dict[Place, Figure]


@dataclass(frozen=True, slots=True)
class Named:
    """One named measure, and where it is taken.

    Attributes
    ----------
    asked : ServiceMeasure
    steps : frozenset of (str, str) or None
        The pathway and step of those that ask for its pool; None where no pool is named.
    """

    asked: ServiceMeasure
    steps: frozenset[tuple[str, str]] | None

    def takes(self, one: Measure | Place) -> bool:
        """Return whether a figure is one of this measure."""
        asked = self.asked
        if (one.measure, one.statistic) != (asked.measure, _statistic(asked)):
            return False
        if asked.pathway not in (None, one.pathway) or asked.step not in (None, one.step):
            return False
        if asked.step is None and asked.pool is None and asked.measure in OF_PATHWAYS and one.step:
            return False
        if asked.pool is None:
            return True
        return one.pool == asked.pool or (self.steps is not None and (one.pathway, one.step) in self.steps)


def _statistic(asked: ServiceMeasure) -> str:
    return f"above {asked.above / HOUR:g} h" if asked.above is not None else asked.statistic


def asking(models: Iterable[Model], pool: str) -> frozenset[tuple[str, str]]:
    """Return the steps that ask for a pool, in any of its choices."""
    found = set()
    for model in models:
        for name, pathway in model.pathways.items():
            for step in walk(pathway.steps):
                beds = [bed.pool for bed in step.beds] if isinstance(step, Stay) else []
                needs = list(step.needs) if isinstance(step, Activity) else []
                if pool in (*beds, *needs):
                    found.add((name, str(step.name)))
    return frozenset(found)


def default_service(options: Sequence[Option], models: Sequence[Model]) -> tuple[ServiceMeasure, ...]:
    """Return what must not get worse where a value file does not say: an assumption, told with the answer.

    The 95th percentile of the wait, and the share turned away or giving up, at every step that asks for a bed
    or for staff on the pathways that use the pools of the options.
    """
    pools = [o.pool for o in options if isinstance(o, (Close, Redeploy))]
    pathways = {o.pathway: None for o in options if isinstance(o, Reinvest)}
    pathways |= {pathway: None for pool in pools for pathway, _ in sorted(asking(models, pool))}
    note = "assumption: what counts as equal where the value file has no 'service'"
    out = []
    for pathway in pathways or {name: None for model in models for name in model.pathways}:
        steps = {
            str(step.name): None
            for model in models
            if pathway in model.pathways
            for step in walk(model.pathways[pathway].steps)
            if isinstance(step, (Activity, Stay))
        }
        for step in steps:
            at = {"pathway": pathway, "step": step, "note": note}
            out.append(ServiceMeasure(measure="wait", statistic="p95", margin=WAIT_MARGIN, **at))
            out.append(
                ServiceMeasure(measure="turned_away", statistic="share", margin=TURNED_AWAY_MARGIN, **at)
            )
    return tuple(out)


def named(value: Value, models: Sequence[Model]) -> tuple[Named, ...]:
    """Return the named measures of a value file, or the default ones, for the baseline and the valued model."""
    asked = value.service.measures if value.service is not None else default_service(value.options, models)
    return tuple(Named(one, asking(models, one.pool) if one.pool is not None else None) for one in asked)


def served(
    log: EventLog, measured: Iterable[Measure], model: Model, wanted: Sequence[Named], window: tuple[int, int]
) -> Figures:
    """Return every figure of the named measures in one run.

    Parameters
    ----------
    log : EventLog
    measured : iterable of Measure
        Of the whole window; others are left out.
    model : Model
        That was run.
    wanted : sequence of Named
    window : (int, int)
        Milliseconds.
    """
    out: Figures = {}
    for one in measured:
        if one.week == -1 and any(name.takes(one) for name in wanted):
            out[_place(one)] = _figure(one)
    by_month = [name for name in wanted if name.asked.group == "month"]
    edges = months(log.start, *window) if by_month else []
    if edges:
        worst: dict[Place, list[Figure]] = {}
        whole = all(n.asked.measure in OF_PATHWAYS and n.asked.pool is None for n in by_month)
        for one in monthly(log, edges, queues=not whole):
            if any(name.takes(one) for name in by_month):
                worst.setdefault(_place(one, WORST_MONTH), []).append(_figure(one))
        out |= {place: _worst(place, figures) for place, figures in worst.items()}
    for name in wanted:
        out |= dict(_own(log, model, name, window, edges))
    return out


def _place(one: Measure, group: str = "") -> Place:
    return Place(one.measure, one.statistic, one.pathway, one.step, one.pool, group)


def _figure(one: Measure) -> Figure:
    never = one.measure == "wait" and one.statistic.startswith("p") and one.n and math.isnan(one.value)
    return Figure(math.inf if never else one.value, one.unit)


def _better_more(place: Place) -> bool:
    return place.measure in MORE_IS_BETTER or place.statistic == "served_share"


def _worst(place: Place, figures: Sequence[Figure]) -> Figure:
    known = [f.value for f in figures if not math.isnan(f.value)]
    if not known:
        return figures[0]
    return Figure(min(known) if _better_more(place) else max(known), figures[0].unit)


def _own(
    log: EventLog, model: Model, name: Named, window: tuple[int, int], edges: Sequence[int]
) -> Iterator[tuple[Place, Figure]]:
    """Yield what is counted for service alone: waits above a limit, and outliers."""
    asked = name.asked
    if asked.above is None and asked.measure != "outliers":
        return
    kinds = {(s.pathway, s.name): s.kind for s in log.steps}
    for pathway, of in model.pathways.items():
        for step in walk(of.steps):
            place = Place(asked.measure, _statistic(asked), pathway, str(step.name), "", "")
            kind = kinds.get((pathway, place.step), "")
            if not name.takes(place):
                continue
            windows = [window, *pairwise(edges)]
            if asked.above is not None and kind in ("activity", "stay", "round", "batch"):
                found = waited_above(log, pathway, place.step, round(asked.above), windows)
            elif asked.above is None and isinstance(step, Stay) and kind:
                found = outliers(log, pathway, place.step, step.beds[0].pool, windows)
            else:
                continue
            figures = [Figure(share, "share") for share, _ in found]
            yield place, figures[0]
            if asked.group == "month" and figures[1:]:
                monthly_place = place._replace(group=WORST_MONTH)
                yield monthly_place, _worst(monthly_place, figures[1:])


def months(first: date, start: int, end: int) -> list[int]:
    """Return where the whole calendar months of [start, end) begin and end (ms); fewer than two: none is whole.

    >>> [edge // DAY for edge in months(date(2025, 1, 15), 0, 90 * DAY)]
    [17, 45, 76]
    """
    edges = []
    day = (first + timedelta(days=-(-start // DAY))).replace(day=1)
    while (at := (day - first).days * DAY) <= end:
        if at >= start:
            edges.append(at)
        day = (day + timedelta(days=32)).replace(day=1)
    return edges if len(edges) > 1 else []


def margin(asked: ServiceMeasure, unit: str, before: float) -> float:
    """Return how much worse still counts as equal, in the figure's unit; infinite where it is told only.

    A percentage of anything but a share is of what it was before.
    """
    if asked.measure in TOLD_ONLY:
        return math.inf
    if not isinstance(asked.margin, str):
        return float(asked.margin)
    if unit in UNITS:
        try:
            return parse_duration(asked.margin) / UNITS[unit]
        except ValueError as error:
            raise ModelError("service.measures.margin", str(error)) from None
    number = re.fullmatch(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*", asked.margin)
    if number is None:
        raise ModelError("service.measures.margin", f"got {asked.margin!r}, want a plain number or a share")
    if not number[2]:
        return float(number[1])
    share = float(number[1]) / 100
    return share if unit == "share" or not math.isfinite(before) else share * before


def worse(wanted: Sequence[Named], a: Figures, c: Figures) -> Iterator[tuple[object, ...]]:
    """Yield measure, statistic, pathway, step, pool, group, unit, value in A and in C, worsening and margin.

    Only what both runs have can be compared.
    """
    for place, before in a.items():
        if place not in c:
            continue
        after = c[place].value
        by = worsening([before.value], [after], more_is_better=_better_more(place))
        may = allowed(wanted, place, before.unit, before.value)
        yield (*place, before.unit, before.value, after, float(by[0]), may)


def allowed(wanted: Sequence[Named], place: Place, unit: str, before: float) -> float:
    """Return by how much a figure may worsen: the least that a measure of its place says."""
    return min(margin(one.asked, unit, before) for one in wanted if one.takes(place))
