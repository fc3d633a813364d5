"""The walk through the pathways that lays their steps out as nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

from cisim import spec
from cisim.distributions import Choice, Constant, Distribution
from cisim.errors import ModelError, nearest
from cisim.network.flat import Kind, Starting, Stream, Then

__all__ = ["COLUMNS", "Layout", "Needs"]

COLUMNS = (
    "kind", "step", "next", "aside", "queue", "calendar", "number", "at_most", "then", "outcome",
    "duration", "patience", "way", "attribute", "first_way", "ways", "body",
    "priority_first", "priority_attribute", "ageing_first", "ageing_count", "limit", "turned", "reserve",
    "preempts", "restart", "by_arrival", "home", "after_hold", "turn_first", "turn_count",
)  # fmt: skip
_BLANK = dict.fromkeys(COLUMNS, -1) | dict.fromkeys(
    ("ageing_count", "reserve", "preempts", "restart", "by_arrival", "turn_count"), 0
)
_THEN = {"until next bed": Then.UNTIL_NEXT_BED, "release": Then.RELEASE, "hold": Then.HOLD}
_STEP_WORDS: dict[type, str] = {
    spec.Activity: "activity",
    spec.Stay: "stay",
    spec.Round: "round",
    spec.Batch: "batch",
    spec.Delay: "delay",
    spec.Branch: "branch",
    spec.Repeat: "repeat",
    spec.AllOf: "all_of",
    spec.Leave: "leave",
    spec.ComesBack: "comes_back",
    spec.Own: "own",
}
_END = -1
_MOST_ALTERNATIVES = 1_000
Needs = tuple[tuple[int, int], ...]
"""Pools by code, each with its units."""
_Alternatives = tuple[tuple[int, Needs], ...]
_Served = spec.Activity | spec.Stay | spec.Round | spec.Together


class _Book:
    """Codes for names, in the order of their first use."""

    def __init__(self) -> None:
        self.codes: dict[Any, int] = {}

    def code(self, key: Any) -> int:
        return self.codes.setdefault(key, len(self.codes))


class _Slices:
    """Runs of rows in a side table; equal runs are one."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, ...]] = []
        self.first: dict[tuple[tuple[int, ...], ...], int] = {}

    def place(self, rows: tuple[tuple[int, ...], ...]) -> int:
        if rows not in self.first:
            self.first[rows] = len(self.rows)
            self.rows += rows
        return self.first[rows]


class Layout:
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
        self.priorities = _Slices()
        self.ageings = _Slices()
        self.turns = _Slices()
        self.pools = {name: i for i, name in enumerate(model.pools)}
        self.calendars = {name: i for i, name in enumerate(model.calendars)}
        self.way_node: list[int] = []
        self.way_detail: list[int] = []
        self.attributes: list[tuple[int, str, Distribution]] = []
        self.attribute_codes: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
        self.entry: list[int] = []
        self.starting: list[Starting] = []
        self.pathway = ""
        # of the pathway being laid out
        self.jumps: list[tuple[int, str, tuple[int, ...]]] = []
        self.scopes: dict[str, list[tuple[int, tuple[int, ...]]]] = {}
        self.returns: list[tuple[int, spec.ComesBack]] = []
        self.queueing: dict[str, int] = {}  # nodes at which patients may be at the beginning, by name
        self.makers: dict[type, Callable[[Any, int, tuple[int, ...]], int]] = {
            spec.Activity: self.activity,
            spec.Stay: self.stay,
            spec.Round: self.round,
            spec.Batch: self.batch,
            spec.Delay: self.delay,
            spec.Branch: self.branch,
            spec.Repeat: self.repeat,
            spec.AllOf: self.all_of,
            spec.Leave: self.leave,
            spec.ComesBack: self.comes_back,
            spec.Own: self.own,
        }
        for code, (name, pathway) in enumerate(model.pathways.items()):
            self.lay_pathway(code, name, pathway)

    # -- small makers -------------------------------------------------------------------------------

    def node(self, kind: Kind, step: str, step_kind: str) -> int:
        """Add a node with nothing set but its kind and its step."""
        row = dict(_BLANK)
        row["kind"] = kind
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

    def stream(
        self, step: str, purpose: str, distribution: Distribution, *more: str, per_visit: bool = True
    ) -> int:
        """Return the code of a stream; the same address with the same distribution is one stream."""
        names = (self.pathway, step, purpose, *more)
        known = len(self.stream_list)
        code = self.streams.code((names, distribution, per_visit))
        if code == known:
            self.stream_list.append(Stream(names, distribution, per_visit))
        return code

    def pool(self, name: str, where: str) -> int:
        """Return a pool's code."""
        if name not in self.pools:
            raise ModelError(
                where, f"got pool '{name}', which the model does not have{nearest(name, self.pools)}"
            )
        return self.pools[name]

    def attribute(self, name: str, step: str) -> tuple[int, tuple[str, ...]]:
        """Return an attribute's code and its values."""
        if (self.pathway, name) not in self.attribute_codes:
            raise ModelError(
                f"{self.pathway}/{step}", f"got attribute '{name}', which the pathway does not have"
            )
        return self.attribute_codes[self.pathway, name]

    # -- what several kinds of step have ------------------------------------------------------------

    def needs(self, needs: Mapping[str, int], step: str) -> Needs:
        """Return needs by pool code, in the order of the codes."""
        where = f"{self.pathway}/{step}"
        units: dict[int, int] = {}
        for name, n in needs.items():
            pool = self.pool(name, where)
            units[pool] = units.get(pool, 0) + n
        return tuple(sorted(units.items()))

    def alternatives(self, step: spec.Activity) -> _Alternatives:
        """Return the written needs in their order, then with each pool's cover in the place of the pool."""
        written = [(0, step.needs), *((round(other.after), other.needs) for other in step.instead)]
        out = [(after, self.needs(needs, step.name)) for after, needs in written]
        for after, needs in written:
            out += self.covered(after, needs, step.name)
        if len(out) > _MOST_ALTERNATIVES:
            text = f"got {len(out):,} ways to cover its needs, want at most {_MOST_ALTERNATIVES:,}"
            raise ModelError(f"{self.pathway}/{step.name}", text)
        return tuple(out)

    def covered(self, after: int, needs: Mapping[str, int], step: str) -> list[tuple[int, Needs]]:
        """Return the needs with one pool or more covered; an alternative waits for the slowest of its parts."""
        options = []
        for name in (
            name for name in self.pools if name in needs
        ):  # in one order, so that same needs are one queue
            units, cover = needs[name], self.model.pools[name].covered_by
            options.append([(0, name, units), *((round(c.after), c.pool, units) for c in cover)])
        out: list[tuple[int, Needs]] = []
        if all(len(option) == 1 for option in options):
            return out
        for chosen in list(product(*options))[1:]:
            pools: dict[str, int] = {}
            for _, name, units in chosen:
                pools[name] = pools.get(name, 0) + units
            out.append((max(after, *(wait for wait, _, _ in chosen)), self.needs(pools, step)))
        return out

    def queue(self, node: int, step: str, alternatives: _Alternatives) -> None:
        """Set the queue that a node's patients join, and which of its pools are turned round after use."""
        row = self.nodes[node]
        row["queue"] = self.queues.code(alternatives)
        names = tuple(self.model.pools)
        turns = []
        for pool in sorted({pool for _, needs in alternatives for pool, _ in needs}):
            time = self.model.pools[names[pool]].turn_round
            if time is not None:
                turns.append((pool, self.stream(step, "turn-round", time.distribution(), names[pool])))
        if turns:
            row["turn_first"], row["turn_count"] = self.turns.place(tuple(turns)), len(turns)

    def order(self, node: int, name: str, step: _Served) -> None:
        """Set the priority of those who wait, and how it ages."""
        row = self.nodes[node]
        if isinstance(step.priority, int):
            row["priority_first"] = self.priorities.place(((step.priority,),))
        else:
            code, values = self.attribute(step.priority.by, name)
            row["priority_attribute"] = code
            row["priority_first"] = self.priorities.place(tuple((step.priority.is_[v],) for v in values))
        ages = () if isinstance(step, spec.Together) else step.ages
        if ages:
            row["ageing_first"] = self.ageings.place(tuple((round(age.after), age.to) for age in ages))
            row["ageing_count"] = len(ages)

    def after_hold(self, node: int, name: str, step: spec.Activity | spec.Stay | spec.Together) -> None:
        """Set for how long what was held is kept after its end."""
        if step.after_hold is not None:
            self.nodes[node]["after_hold"] = self.stream(name, "after-hold", step.after_hold.distribution())

    def give_up(
        self, node: int, step: spec.Activity | spec.Stay | spec.Round, after: int, stays: tuple[int, ...]
    ) -> None:
        """Set the patience, and lay out the way of those who lose it."""
        if step.gives_up is not None:
            patience = step.gives_up.after.distribution()
            self.nodes[node]["patience"] = self.stream(step.name, "patience", patience)
            self.nodes[node]["aside"] = self.walk(step.gives_up.steps, after, stays)

    def limit(self, node: int, step: spec.Activity | spec.Stay, after: int, stays: tuple[int, ...]) -> None:
        """Set how many may wait, and lay out the way of those turned away."""
        if step.limit is not None:
            self.nodes[node]["limit"] = step.limit.waiting
            self.nodes[node]["turned"] = self.walk(step.limit.steps, after, stays)

    # -- the walk -----------------------------------------------------------------------------------

    def walk(self, steps: Sequence[spec.Step], after: int, stays: tuple[int, ...]) -> int:
        """Lay out a list of steps that goes on at node `after`; return its first node.

        `stays` are the READY nodes of the stays and the JOIN nodes of the parts around this list, the outermost
        first. Steps are laid out from the last to the first, so that each knows where it goes on.
        """
        for step in reversed(steps):
            after = self.lay(step, after, stays)
        return after

    def lay(self, step: spec.Step, after: int, stays: tuple[int, ...]) -> int:
        """Lay out one step; return its first node."""
        if isinstance(step, spec.GoTo):
            return self.go_to(step, stays)
        if isinstance(step, spec.Partial):
            first = self.partial(step, after, stays)
            self.label(step.original[0].name, first, stays)
            return first
        first = self.makers[type(step)](step, after, stays)
        self.label(step.name, first, stays)
        return first

    def label(self, name: str, node: int, stays: tuple[int, ...]) -> None:
        """Make a node known by its name to those who jump."""
        self.scopes.setdefault(name, []).append((node, stays))

    def go_to(self, step: spec.GoTo, stays: tuple[int, ...]) -> int:
        """Make a node that control passes through; where to is known when the whole pathway is laid out."""
        node = self.node(Kind.PASS, step.name, "go_to")
        self.jumps.append((node, step.name, stays))
        return node

    def activity(self, step: spec.Activity, after: int, stays: tuple[int, ...]) -> int:
        """Lay out an activity."""
        node = self.node(Kind.ACTIVITY, step.name, "activity")
        self.queue(node, step.name, self.alternatives(step))
        self.order(node, step.name, step)
        self.nodes[node].update(
            duration=self.stream(step.name, "duration", step.duration.distribution()),
            next=after,
            reserve=int(step.reserve),
            preempts=int(step.pre_empts),
            restart=int(step.when_interrupted == "restart"),
        )
        self.after_hold(node, step.name, step)
        self.limit(node, step, after, stays)
        self.give_up(node, step, after, stays)
        self.queueing[step.name] = node
        return node

    def stay(self, step: spec.Stay, after: int, stays: tuple[int, ...]) -> int:
        """Lay out a stay: the wait for its bed, the steps inside, and its end."""
        node = self.node(Kind.STAY, step.name, "stay")
        ready = self.node(Kind.READY, step.name, "stay")
        beds = tuple((round(bed.after), self.needs({bed.pool: 1}, step.name)) for bed in step.beds)
        self.queue(node, step.name, beds)
        self.order(node, step.name, step)
        self.nodes[ready].update(then=_THEN[step.then], next=after, body=node)
        self.nodes[node].update(next=self.walk(step.steps, ready, (*stays, ready)), reserve=int(step.reserve))
        if step.repatriate and len(beds) > 1:
            self.nodes[node]["home"] = self.queues.code(((0, beds[0][1]),))
        self.after_hold(node, step.name, step)
        self.limit(node, step, after, stays)
        self.give_up(node, step, after, stays)
        self.queueing[step.name] = node
        return node

    def round(self, step: spec.Round, after: int, stays: tuple[int, ...]) -> int:
        """Lay out a round."""
        if step.calendar not in self.calendars:
            hint = nearest(step.calendar, self.calendars)
            raise ModelError(
                f"{self.pathway}/{step.name}",
                f"got calendar '{step.calendar}', which the model does not have{hint}",
            )
        node = self.node(Kind.ROUND, step.name, "round")
        self.nodes[node].update(
            calendar=self.calendars[step.calendar], next=after, by_arrival=int(step.order == "arrival")
        )
        self.order(node, step.name, step)
        self.give_up(node, step, after, stays)
        self.queueing[step.name] = node
        return node

    def batch(self, step: spec.Batch, after: int, _stays: tuple[int, ...]) -> int:
        """Lay out a batch."""
        node = self.node(Kind.BATCH, step.name, "batch")
        at_most = -1 if step.at_most is None else round(step.at_most)
        self.nodes[node].update(number=step.number, at_most=at_most, next=after)
        if step.together is not None:
            self.queue(node, step.name, ((0, self.needs(step.together.needs, step.name)),))
            self.order(node, step.name, step.together)
            duration = step.together.duration.distribution()
            self.nodes[node]["duration"] = self.stream(step.name, "duration", duration)
            self.after_hold(node, step.name, step.together)
        self.queueing[step.name] = node
        return node

    def delay(self, step: spec.Delay, after: int, _stays: tuple[int, ...]) -> int:
        """Lay out a delay."""
        node = self.node(Kind.DELAY, step.name, "delay")
        self.nodes[node]["duration"] = self.stream(step.name, "duration", step.duration.distribution())
        self.nodes[node]["next"] = after
        return node

    def leave(self, step: spec.Leave, _after: int, _stays: tuple[int, ...]) -> int:
        """Lay out the end of a pathway."""
        node = self.node(Kind.LEAVE, step.name, "leave")
        self.nodes[node]["outcome"] = self.details.code(step.name)
        return node

    def comes_back(self, step: spec.ComesBack, _after: int, _stays: tuple[int, ...]) -> int:
        """Lay out a leave with a return; where to is known when the whole pathway is laid out."""
        node = self.node(Kind.RETURN, step.name, "comes_back")
        self.step_code(step.outcome, "leave")  # an outcome of this pathway, though no step may leave with it
        self.nodes[node].update(
            outcome=self.details.code(step.outcome),
            duration=self.stream(step.name, "return", step.after.distribution()),
        )
        self.returns.append((node, step))
        return node

    def own(self, step: spec.Own, after: int, _stays: tuple[int, ...]) -> int:
        """Lay out a researcher's own step."""
        node = self.node(Kind.OWN, step.name, "own")
        self.nodes[node].update(outcome=self.details.code(step.does), next=after)
        return node

    def all_of(self, step: spec.AllOf, after: int, stays: tuple[int, ...]) -> int:
        """Lay out steps that are done at the same time: a fork, and the end of each part."""
        node = self.node(Kind.ALL_OF, step.name, "all_of")
        first = []
        for place, part in enumerate(step.parts):
            join = self.node(Kind.JOIN, step.name, "all_of")
            self.nodes[join].update(body=node, number=place, next=after)
            first.append(self.walk(part.steps, join, (*stays, join)))
        self.nodes[node].update(first_way=len(self.way_node), ways=len(first), next=after)
        self.way_node += first
        self.way_detail += [self.details.code(part.name) for part in step.parts]
        return node

    def branch(self, step: spec.Branch, after: int, stays: tuple[int, ...]) -> int:
        """Lay out a branch and its ways."""
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
            code, values = self.attribute(step.by, step.name)
            row["attribute"] = code
            by_value = {way.when: way for way in step.ways}
            ordered = [by_value[value] for value in values]
        self.way_node += [laid[way.name] for way in ordered]
        self.way_detail += [self.details.code(way.name) for way in ordered]
        return node

    def partial(self, step: spec.Partial, after: int, stays: tuple[int, ...]) -> int:
        """Lay out a partly changed step: both copies, and the choice between them."""
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
        """Lay out a repeat: its beginning, its body and its end."""
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
            kind = _STEP_WORDS.get(type(step))
            if kind is not None:
                self.step_code(step.name, kind)
            for inner in _inner(step):
                self.name_steps(inner)

    def lay_pathway(self, code: int, name: str, pathway: spec.Pathway) -> None:
        """Lay out a pathway, and place those who are in it at the beginning."""
        self.pathway = name
        self.scopes, self.jumps, self.returns, self.queueing = {}, [], [], {}
        self.name_steps(pathway.steps)
        for attribute, shares in pathway.attributes.items():
            self.attribute_codes[name, attribute] = (len(self.attributes), tuple(shares))
            choice = Choice(tuple(float(i) for i in range(len(shares))), tuple(shares.values()))
            self.attributes.append((code, attribute, choice))
        first: dict[str, int] = {}  # the first node of each step of the pathway's own list
        entry = _END
        for step in reversed(pathway.steps):
            entry = self.lay(step, entry, ())
            if not isinstance(
                step, spec.GoTo | spec.Leave
            ):  # they are called by another step's name, or an outcome
                first[step.name] = entry
        self.entry.append(entry)
        self.land_jumps()
        for node, back in self.returns:
            if back.at is not None and back.at not in first:
                raise ModelError(
                    f"{name}/{back.name}",
                    f"got at '{back.at}', want a step of the pathway's own list{nearest(back.at, first)}",
                )
            self.nodes[node]["next"] = entry if back.at is None else first[back.at]
        self.starting += [self.start(code, group) for group in pathway.starting]

    def land_jumps(self) -> None:
        """Point each jump at its step, giving up the beds of the stays that it leaves on the way."""
        for node, name, stays in self.jumps:
            part = max((i for i, n in enumerate(stays) if self.nodes[n]["kind"] == Kind.JOIN), default=-1)
            fits = [
                (n, s) for n, s in self.scopes.get(name, []) if stays[: len(s)] == s and len(s) > part
            ]  # nobody jumps out of a part: the others would wait for ever
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

    def start(self, code: int, group: spec.Starting) -> Starting:
        """Place those who are there at the beginning; a changed step's copies leave them with the original."""
        where = f"{self.pathway}/starting {group.at}"
        node = self.queueing.get(group.at, -1)
        if node < 0:
            hint = nearest(group.at, self.queueing)
            raise ModelError(where, f"got '{group.at}', want a stay, or a step with a queue{hint}")
        stay = pool = -1
        if self.nodes[node]["kind"] == Kind.STAY:
            stay, node = node, self.nodes[node]["next"]
            while self.nodes[node]["kind"] == Kind.PARTIAL:  # the second way is the original
                node = self.way_node[self.nodes[node]["first_way"] + 1]
            beds: _Alternatives = list(self.queues.codes)[self.nodes[stay]["queue"]]
            pool = beds[0][1][0][0] if group.bed is None else self.pool(group.bed, where)
        elapsed: Distribution | tuple[int, ...] = Constant(0.0)
        if group.elapsed_each is not None:
            elapsed = tuple(round(time) for time in group.elapsed_each)
        elif group.elapsed is not None:
            elapsed = group.elapsed.distribution()
        number = len(elapsed) if isinstance(elapsed, tuple) else group.number or 0
        return Starting(code, node, stay, pool, number, elapsed, group.at)


def _inner(step: spec.Step) -> list[Sequence[spec.Step]]:
    """Return the lists inside a step in the order in which its name is given codes: patience and limits first."""
    lists: list[Sequence[spec.Step]] = []
    if isinstance(step, (spec.Activity, spec.Stay, spec.Round)) and step.gives_up is not None:
        lists.append(step.gives_up.steps)
    if isinstance(step, (spec.Activity, spec.Stay)) and step.limit is not None:
        lists.append(step.limit.steps)
    if isinstance(step, (spec.Stay, spec.Repeat)):
        lists.append(step.steps)
    elif isinstance(step, spec.Branch):
        lists += [way.steps for way in step.ways]
    elif isinstance(step, spec.AllOf):
        lists += [part.steps for part in step.parts]
    return lists
