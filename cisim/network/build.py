"""From a model to its network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisim import spec
from cisim.distributions import Choice, Distribution
from cisim.errors import ModelError, nearest
from cisim.eventlog import Pool, StepName
from cisim.network.calendar import opening_times, rota_steps
from cisim.network.flat import ArrivalProcess, Kind, Network, Stream, Then
from cisim.units import HOUR

__all__ = ["build_network"]

_COLUMNS = (
    "kind", "step", "next", "aside", "queue", "calendar", "number", "at_most", "then", "outcome",
    "duration", "patience", "way", "attribute", "first_way", "ways", "body",
    "priority_first", "priority_attribute", "ageing_first", "ageing_count", "limit", "turned", "reserve",
    "preempts", "restart", "by_arrival", "home", "after_hold", "turn_first", "turn_count",
)  # fmt: skip
_ZERO = ("ageing_count", "reserve", "preempts", "restart", "by_arrival", "turn_count")  # not -1 by default
_THEN = {"until next bed": Then.UNTIL_NEXT_BED, "release": Then.RELEASE, "hold": Then.HOLD}
STEP_WORDS: dict[type, str] = {
    spec.Activity: "activity",
    spec.Stay: "stay",
    spec.Round: "round",
    spec.Batch: "batch",
    spec.Delay: "delay",
    spec.Branch: "branch",
    spec.Repeat: "repeat",
    spec.Leave: "leave",
}
_END = -1
_WAITING_STEPS = (
    Kind.ACTIVITY,
    Kind.ROUND,
    Kind.BATCH,
    Kind.DELAY,
    Kind.LEAVE,
)  # before these a bed is freed
_Columns = dict[str, NDArray[np.int64]]


class _Book:
    """Codes for names, in the order of their first use."""

    def __init__(self) -> None:
        self.codes: dict[Any, int] = {}

    def code(self, key: Any) -> int:
        return self.codes.setdefault(key, len(self.codes))


class _Builder:
    """Collects nodes and side tables while walking the pathways."""

    def __init__(self, model: spec.Model) -> None:
        self.model = model
        self.nodes: list[dict[str, int]] = []
        self.steps = _Book()
        self.kinds: dict[tuple[str, str, bool], str] = {}
        self.details = _Book()
        self.streams = _Book()
        self.stream_list: list[Stream] = []
        self.queues = _Book()
        self.pools = {name: i for i, name in enumerate(model.pools)}
        self.calendars = {name: i for i, name in enumerate(model.calendars)}
        self.way_node: list[int] = []
        self.way_detail: list[int] = []
        self.pathway = ""
        self.attributes: list[tuple[int, str, Distribution]] = []
        self.attribute_codes: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
        self.labels: dict[tuple[str, int], int] = {}
        self.jumps: list[tuple[int, str, tuple[int, ...]]] = []
        self.scopes: dict[str, list[tuple[int, tuple[int, ...]]]] = {}

    # -- small makers -------------------------------------------------------------------------------

    def node(self, kind: Kind, step: str, step_kind: str) -> int:
        row = dict.fromkeys(_COLUMNS, -1)
        row.update(dict.fromkeys(_ZERO, 0))
        row["kind"] = kind
        if kind in (Kind.ACTIVITY, Kind.STAY, Kind.ROUND):
            row["priority_first"] = 0
        row["step"] = self.step_code(step, step_kind)
        self.nodes.append(row)
        return len(self.nodes) - 1

    def step_code(self, step: str, kind: str) -> int:
        """Return a step's code, -1 for what leaves no trace.

        The copies of a partly changed step are one step, of the kind first written; an outcome is told apart from
        a step of its name.
        """
        if kind in ("go_to", "partial"):
            return -1
        key = (self.pathway, step, kind == "leave")
        self.kinds.setdefault(key, kind)
        return self.steps.code(key)

    def stream(self, step: str, purpose: str, distribution: Distribution, *, per_visit: bool = True) -> int:
        names = (self.pathway, step, purpose)
        known = len(self.stream_list)
        code = self.streams.code((names, distribution, per_visit))
        if code == known:
            self.stream_list.append(Stream(names, distribution, per_visit))
        return code

    def pool(self, name: str, where: str) -> int:
        if name not in self.pools:
            raise ModelError(
                where, f"got pool '{name}', which the model does not have{nearest(name, self.pools)}"
            )
        return self.pools[name]

    def queue(self, alternatives: Sequence[tuple[int, tuple[tuple[int, int], ...]]]) -> int:
        return self.queues.code(tuple(alternatives))

    # -- the walk -----------------------------------------------------------------------------------

    def walk(self, steps: Sequence[spec.Step], after: int, stays: tuple[int, ...]) -> int:
        """Lay out a list of steps that goes on at node `after`; return its first node.

        `stays` are the READY nodes of the stays around this list, the outermost first. Steps are laid out from
        the last to the first, so that each knows where it goes on.
        """
        for step in reversed(steps):
            after = self.lay(step, after, stays)
        return after

    def lay(self, step: spec.Step, after: int, stays: tuple[int, ...]) -> int:
        if isinstance(step, spec.GoTo):
            return self.go_to(step, stays)
        if isinstance(step, spec.Partial):
            first = self.partial(step, after, stays)
            self.label(step.original[0].name, first, stays)
            return first
        first = self.maker(step)(step, after, stays)
        self.label(step.name, first, stays)
        return first

    def maker(self, step: spec.Step) -> Callable[[Any, int, tuple[int, ...]], int]:
        makers: dict[type, Callable[[Any, int, tuple[int, ...]], int]] = {
            spec.Activity: self.activity,
            spec.Stay: self.stay,
            spec.Round: self.round,
            spec.Batch: self.batch,
            spec.Delay: self.delay,
            spec.Branch: self.branch,
            spec.Repeat: self.repeat,
            spec.Leave: self.leave,
        }
        return makers[type(step)]

    def label(self, name: str, node: int, stays: tuple[int, ...]) -> None:
        self.scopes.setdefault(name, []).append((node, stays))

    def go_to(self, step: spec.GoTo, stays: tuple[int, ...]) -> int:
        """Make a node that control passes through; where to is known when the whole pathway is laid out."""
        node = self.node(Kind.PASS, step.name, "go_to")
        self.jumps.append((node, step.name, stays))
        return node

    def give_up(self, node: int, step: spec.Activity | spec.Stay, after: int, stays: tuple[int, ...]) -> None:
        if step.gives_up is not None:
            patience = step.gives_up.after.distribution()
            self.nodes[node]["patience"] = self.stream(step.name, "patience", patience)
            self.nodes[node]["aside"] = self.walk(step.gives_up.steps, after, stays)

    def activity(self, step: spec.Activity, after: int, stays: tuple[int, ...]) -> int:
        node = self.node(Kind.ACTIVITY, step.name, "activity")
        needs = tuple(sorted((self.pool(p, f"{self.pathway}/{step.name}"), n) for p, n in step.needs.items()))
        row = self.nodes[node]
        row["queue"] = self.queue([(0, needs)])
        row["duration"] = self.stream(step.name, "duration", step.duration.distribution())
        row["next"] = after
        self.give_up(node, step, after, stays)
        return node

    def stay(self, step: spec.Stay, after: int, stays: tuple[int, ...]) -> int:
        node = self.node(Kind.STAY, step.name, "stay")
        ready = self.node(Kind.READY, step.name, "stay")
        where = f"{self.pathway}/{step.name}"
        beds = [(round(bed.after), ((self.pool(bed.pool, where), 1),)) for bed in step.beds]
        self.nodes[node]["queue"] = self.queue(beds)
        self.nodes[ready].update(then=_THEN[step.then], next=after, body=node)
        self.nodes[node]["next"] = self.walk(step.steps, ready, (*stays, ready))
        self.give_up(node, step, after, stays)
        return node

    def round(self, step: spec.Round, after: int, _stays: tuple[int, ...]) -> int:
        if step.calendar not in self.calendars:
            hint = nearest(step.calendar, self.calendars)
            raise ModelError(
                f"{self.pathway}/{step.name}",
                f"got calendar '{step.calendar}', which the model does not have{hint}",
            )
        node = self.node(Kind.ROUND, step.name, "round")
        self.nodes[node].update(calendar=self.calendars[step.calendar], next=after)
        return node

    def batch(self, step: spec.Batch, after: int, _stays: tuple[int, ...]) -> int:
        node = self.node(Kind.BATCH, step.name, "batch")
        at_most = -1 if step.at_most is None else round(step.at_most)
        self.nodes[node].update(number=step.number, at_most=at_most, next=after)
        return node

    def delay(self, step: spec.Delay, after: int, _stays: tuple[int, ...]) -> int:
        node = self.node(Kind.DELAY, step.name, "delay")
        self.nodes[node]["duration"] = self.stream(step.name, "duration", step.duration.distribution())
        self.nodes[node]["next"] = after
        return node

    def leave(self, step: spec.Leave, _after: int, _stays: tuple[int, ...]) -> int:
        node = self.node(Kind.LEAVE, step.name, "leave")
        self.nodes[node]["outcome"] = self.details.code(step.name)
        return node

    def branch(self, step: spec.Branch, after: int, stays: tuple[int, ...]) -> int:
        node = self.node(Kind.BRANCH, step.name, "branch")
        laid: dict[str, int] = {}
        for way in reversed(step.ways):
            if way.name not in laid:
                laid[way.name] = self.walk(way.steps, after, stays)
        row = self.nodes[node]
        row["first_way"], row["ways"] = len(self.way_node), len(step.ways)
        if step.by is None:
            shares = tuple(way.share or 0.0 for way in step.ways)
            choice = Choice(tuple(float(i) for i in range(len(shares))), shares)
            row["way"] = self.stream(step.name, "way", choice)
            ordered: Sequence[spec.Way] = step.ways
        else:
            code, values = self.attribute_codes[self.pathway, step.by]
            row["attribute"] = code
            by_value = {way.when: way for way in step.ways}
            ordered = [by_value[value] for value in values]
        self.way_node += [laid[way.name] for way in ordered]
        self.way_detail += [self.details.code(way.name) for way in ordered]
        return node

    def partial(self, step: spec.Partial, after: int, stays: tuple[int, ...]) -> int:
        changed = self.walk(step.changed, after, stays)
        original = self.walk(step.original, after, stays)
        node = self.node(Kind.PARTIAL, step.change, "partial")
        reach = Choice((0.0, 1.0), (step.share, 1.0 - step.share))
        row = self.nodes[node]
        row["way"] = self.stream(step.change, "reach", reach, per_visit=False)
        row["first_way"], row["ways"] = len(self.way_node), 2
        self.way_node += [changed, original]
        self.way_detail += [-1, -1]
        return node

    def repeat(self, step: spec.Repeat, after: int, stays: tuple[int, ...]) -> int:
        node = self.node(Kind.REPEAT, step.name, "repeat")
        again = self.node(Kind.AGAIN, step.name, "repeat")
        body = self.walk(step.steps, again, stays)
        times = step.times if isinstance(step.times, dict) else {step.times: 1.0}
        choice = Choice(tuple(float(n) for n in times), tuple(times.values()))
        self.nodes[node].update(way=self.stream(step.name, "times", choice), next=body, aside=after)
        self.nodes[again].update(next=after, aside=body, body=node)
        return node

    # -- the pathways -------------------------------------------------------------------------------

    def name_steps(self, steps: Sequence[spec.Step]) -> None:
        """Give the steps their codes in the order in which they are written, for tables that read like the file."""
        for step in steps:
            if isinstance(step, spec.Partial):
                self.name_steps(step.original)
                continue
            kind = STEP_WORDS.get(type(step))
            if kind is not None:
                self.step_code(step.name, kind)
            gives_up = step.gives_up if isinstance(step, (spec.Activity, spec.Stay)) else None
            self.name_steps(gives_up.steps if gives_up else ())
            self.name_steps(step.steps if isinstance(step, (spec.Stay, spec.Repeat)) else ())
            for way in step.ways if isinstance(step, spec.Branch) else ():
                self.name_steps(way.steps)

    def lay_pathway(self, code: int, name: str, pathway: spec.Pathway) -> int:
        self.pathway = name
        self.scopes, self.jumps = {}, []
        self.name_steps(pathway.steps)
        for attribute, shares in pathway.attributes.items():
            self.attribute_codes[name, attribute] = (len(self.attributes), tuple(shares))
            choice = Choice(tuple(float(i) for i in range(len(shares))), tuple(shares.values()))
            self.attributes.append((code, attribute, choice))
        entry = self.walk(pathway.steps, _END, ())
        self.land_jumps()
        return entry

    def land_jumps(self) -> None:
        """Point each jump at its step, giving up the beds of the stays that it leaves on the way."""
        for node, name, stays in self.jumps:
            fits = [(n, s) for n, s in self.scopes.get(name, []) if stays[: len(s)] == s]
            if not fits:
                raise ModelError(
                    f"{self.pathway}/go_to {name}",
                    f"there is no step '{name}' in this list or one around it{nearest(name, self.scopes)}",
                )
            # steps are laid out from the last to the first and copies before the choice between them, so the last is it
            target, around = max(reversed(fits), key=lambda fit: len(fit[1]))
            for ready in stays[len(around) :]:  # the outermost first: each copy goes on at the next one out
                row = dict(self.nodes[ready])
                row["next"] = target
                self.nodes.append(row)
                target = len(self.nodes) - 1
            self.nodes[node]["next"] = target


def _arrivals(arrivals: spec.Arrivals) -> ArrivalProcess:
    listed = np.sort(np.rint(np.array(arrivals.listed or (), dtype=float)).astype(np.int64))
    hourly = np.zeros(168) if arrivals.rate is None else np.array(spec.hourly_rates(arrivals))
    band = arrivals.band or (float(hourly.max()) if arrivals.rate is not None else 1.0 / HOUR)
    effect = arrivals.day_effect
    return ArrivalProcess(listed, hourly, band, effect.cv if effect else 0.0, effect.group if effect else "")


def _edges(columns: _Columns, tables: _Columns, wanted: dict[int, set[int]]) -> dict[int, set[int]]:
    """Return, for each pool, the pools that its holder may wait for while keeping the bed."""
    edges: dict[int, set[int]] = {}
    pools = {int(n): wanted[int(columns["queue"][n])] for n in np.flatnonzero(columns["kind"] == Kind.STAY)}
    ready_of: dict[int, list[int]] = {}
    for node in np.flatnonzero(columns["kind"] == Kind.READY):
        ready_of.setdefault(int(columns["body"][node]), []).append(int(node))
    for stay, mine in pools.items():
        ends = set(ready_of[stay])
        asked = _stays_met(
            columns, tables, int(columns["next"][stay]), ends, into=True
        )  # stays inside this one
        for ready in ready_of[stay]:
            then = Then(int(columns["then"][ready]))
            if then is not Then.RELEASE:
                stop = _WAITING_STEPS if then is Then.UNTIL_NEXT_BED else ()
                asked |= _stays_met(columns, tables, int(columns["next"][ready]), set(), stop)
        for pool in mine:
            for other in asked:
                edges.setdefault(pool, set()).update(pools[other])
    return edges


def _stays_met(
    columns: _Columns,
    tables: _Columns,
    start: int,
    ends: set[int],
    stop: tuple[Kind, ...] = (),
    *,
    into: bool = False,
) -> set[int]:
    """Return the STAY nodes met from `start`, going past neither `ends` nor `stop`, nor (unless `into`) a stay."""
    met: set[int] = set()
    seen: set[int] = set()
    todo = [start]
    while todo:
        node = todo.pop()
        if node < 0 or node in seen or node in ends:
            continue
        seen.add(node)
        kind = Kind(int(columns["kind"][node]))
        todo.append(int(columns["aside"][node]))
        if kind is Kind.STAY:
            met.add(node)
        if kind not in stop and (into or kind is not Kind.STAY):
            first, count = int(columns["first_way"][node]), max(0, int(columns["ways"][node]))
            todo += [int(columns["next"][node]), *tables["way_node"][first : first + count].tolist()]
    return met


def _reaches(edges: dict[int, set[int]], start: int, goal: int) -> bool:
    seen: set[int] = set()
    todo = list(edges.get(start, ()))
    while todo:
        pool = todo.pop()
        if pool == goal:
            return True
        if pool not in seen:
            seen.add(pool)
            todo += edges.get(pool, ())
    return False


def _log_pool(name: str, pool: spec.Pool, model: spec.Model, end: int) -> Pool:
    if pool.number == "unlimited":
        return Pool(name, pool.kind, pool.owner, unlimited=True)
    times, numbers = rota_steps(pool, model.start, end)
    return Pool(name, pool.kind, pool.owner, times, numbers)


def _queue_tables(builder: _Builder) -> tuple[dict[str, NDArray[np.int64]], dict[int, set[int]]]:
    lists: dict[str, list[int]] = {
        name: []
        for name in (
            "queue_first", "queue_count", "alternative_after", "alternative_first", "alternative_count",
            "need_pool", "need_units",
        )
    }  # fmt: skip
    wanted: dict[int, set[int]] = {}
    for alternatives, code in builder.queues.codes.items():
        lists["queue_first"].append(len(lists["alternative_after"]))
        lists["queue_count"].append(len(alternatives))
        wanted[code] = set()
        for after, needs in alternatives:
            lists["alternative_after"].append(after)
            lists["alternative_first"].append(len(lists["need_pool"]))
            lists["alternative_count"].append(len(needs))
            for pool, units in needs:
                lists["need_pool"].append(pool)
                lists["need_units"].append(units)
                wanted[code].add(pool)
    return {name: np.array(values, dtype=np.int64) for name, values in lists.items()}, wanted


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
    builder = _Builder(model)
    entry = [
        builder.lay_pathway(i, name, pathway) for i, (name, pathway) in enumerate(model.pathways.items())
    ]
    columns = {c: np.array([row[c] for row in builder.nodes], dtype=np.int64) for c in _COLUMNS}
    tables, wanted = _queue_tables(builder)
    tables["way_node"] = np.array(builder.way_node, dtype=np.int64)
    tables["way_detail"] = np.array(builder.way_detail, dtype=np.int64)
    edges = _edges(columns, tables, wanted)
    openings = [opening_times(calendar, model.start, end) for calendar in model.calendars.values()]
    counts = np.array([len(times) for times in openings], dtype=np.int64)
    return Network(
        start=model.start,
        end=end,
        pathways=tuple(model.pathways),
        steps=tuple(StepName(key[0], key[1], builder.kinds[key]) for key in builder.steps.codes),
        pools=tuple(_log_pool(name, pool, model, end) for name, pool in model.pools.items()),
        details=tuple(str(name) for name in builder.details.codes),
        calendars=tuple(model.calendars),
        arrivals=tuple(_arrivals(pathway.arrivals) for pathway in model.pathways.values()),
        streams=tuple(builder.stream_list),
        attributes=tuple(builder.attributes),
        **columns,  # the columns are the fields of the same name
        **tables,
        entry=np.array(entry, dtype=np.int64),
        opening_first=np.cumsum(counts) - counts,
        opening_count=counts,
        opening_time=np.concatenate(openings) if openings else np.array([], dtype=np.int64),
        opening_places=np.repeat(
            np.array(
                [-1 if c.places is None else c.places for c in model.calendars.values()], dtype=np.int64
            ),
            counts,
        ),
        priority_value=np.zeros(1, dtype=np.int64),
        ageing_after=np.zeros(0, dtype=np.int64),
        ageing_to=np.zeros(0, dtype=np.int64),
        turn_pool=np.zeros(0, dtype=np.int64),
        turn_stream=np.zeros(0, dtype=np.int64),
        starting=(),
        can_knot=any(_reaches(edges, pool, pool) for pool in edges),
        swap=model.swap == "first cycle",
    )
