"""Whether every patient of a pathway can come to a `leave`: the steps as a graph, followed from the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.errors import nearest
from cisim.spec.model import AllOf, Branch, ComesBack, GoTo, Leave, Partial, Repeat, Stay
from cisim.spec.plain import Finding
from cisim.spec.tree import inner_lists, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cisim.spec.model import Pathway, Step
    from cisim.spec.yamltree import Trail

__all__ = ["flow_findings"]

_OFF: Trail = ("off the end",)
_END = "end"


class _Flow:
    """The steps of one pathway as nodes, named by their trails."""

    def __init__(self, pathway: Pathway, trail: Trail) -> None:
        self.pathway = pathway
        self.steps: dict[Trail, Step] = {}
        self.edges: dict[Trail, list[Trail]] = {_OFF: []}
        self.never: set[tuple[Trail, Trail]] = set()
        self.exits: set[Trail] = {_OFF}
        self.lost: list[Finding] = []
        self.parts: dict[Trail, str] = {}
        self.names = {s.name for s in walk(pathway.steps) if not isinstance(s, (Partial, GoTo, Leave))}
        self.own: dict[str, Trail] = {}
        for i, step in enumerate(pathway.steps):
            if not isinstance(step, (GoTo, Leave)):
                self.own.setdefault(step.name, (*trail, "steps", i))
        self.start = self.lay(pathway.steps, (*trail, "steps"), _OFF, ())

    def lay(
        self, steps: Sequence[Step], trail: Trail, after: Trail, around: tuple[dict[str, Trail], ...]
    ) -> Trail:
        """Lay a list of steps, and return where it begins (`after`, if it is empty)."""
        here = {s.name: (*trail, i) for i, s in enumerate(steps) if not isinstance(s, (Partial, GoTo, Leave))}
        for i, s in enumerate(steps):
            for one in (*s.changed, *s.original) if isinstance(s, Partial) else ():
                if not isinstance(one, Partial):
                    here.setdefault(one.name, (*trail, i))
        scopes = (*around, here)
        for i, step in enumerate(steps):
            node = (*trail, i)
            self.steps[node] = step
            self.edges[node] = []
            self.lay_step(step, node, (*trail, i + 1) if i + 1 < len(steps) else after, scopes)
        return (*trail, 0) if steps else after

    def lay_step(
        self, step: Step, node: Trail, following: Trail, scopes: tuple[dict[str, Trail], ...]
    ) -> None:
        edges = self.edges[node]
        if isinstance(step, (Leave, ComesBack)):
            self.leave(step, node)
        elif isinstance(step, GoTo):
            self.jump(step, node, scopes)
        elif isinstance(step, AllOf):
            edges.append(following)
            self.parts_of(step, node)
        elif isinstance(step, (Stay, Repeat)):
            end = (*node, _END)
            self.edges[end] = [following]
            begin = self.lay(step.steps, (*node, "steps"), end, scopes)
            edges.append(begin)
            if isinstance(step, Repeat):
                self.repeat(step, node, begin, end, following)
        elif isinstance(step, (Branch, Partial)):
            self.ways(step, node, following, scopes)
        else:
            edges.append(following)
        for inner, part in inner_lists(step):
            if part[0] in ("limit", "gives_up"):  # those turned away, and those who gave up
                edges.append(self.lay(inner, (*node, *part), following, scopes))

    def ways(
        self, step: Branch | Partial, node: Trail, following: Trail, scopes: tuple[dict[str, Trail], ...]
    ) -> None:
        for inner, part in inner_lists(step):
            begin = self.lay(inner, (*node, *part), following, scopes)
            self.edges[node].append(begin)
            if isinstance(step, Branch) and step.ways[int(part[1])].share == 0:
                self.never.add((node, begin))

    def leave(self, step: Leave | ComesBack, node: Trail) -> None:
        self.exits.add(node)
        if isinstance(step, ComesBack):  # the next spell begins at a step of the pathway's own list
            target = step.at if step.at is not None else next(iter(self.own), "")
            self.edges[node] += [self.own[target]] if target in self.own else []

    def parts_of(self, step: AllOf, node: Trail) -> None:
        for i, part in enumerate(step.parts):
            end = (*node, "parts", i, _END)
            self.edges[end] = []
            self.exits.add(end)
            self.parts[*node, "parts", i] = part.name
            # No scope around it: nothing goes out of a part.
            self.edges[node].append(self.lay(part.steps, (*node, "parts", i, "steps"), end, ()))

    def repeat(self, step: Repeat, node: Trail, begin: Trail, end: Trail, following: Trail) -> None:
        times = step.times if isinstance(step.times, dict) else {step.times: 1.0}
        if 0 in times:
            self.edges[node].append(following)
        if max(times, default=0) > 1:
            self.edges[end].append(begin)

    def jump(self, step: GoTo, node: Trail, scopes: tuple[dict[str, Trail], ...]) -> None:
        for scope in reversed(scopes):
            if step.name in scope:
                self.edges[node].append(scope[step.name])
                return
        self.exits.add(node)  # unknown, and told as such: nothing more is made of it
        known = {name for scope in scopes for name in scope}
        part = next((name for place, name in self.parts.items() if node[: len(place)] == place), None)
        why = f", which stands outside of the part '{part}'" if part and step.name in self.names else ""
        text = (
            f"got {step.name!r}{why}, want a step of this list or of one around it{nearest(step.name, known)}"
        )
        self.lost.append(Finding((*node, "go_to"), text, about="flow"))

    def reached(self) -> set[Trail]:
        """Return the nodes that can be come to from the start."""
        there = {one.at for one in self.pathway.starting}  # who is there at the start comes from nowhere
        left = [self.start, *(n for n, s in self.steps.items() if there and s.name in there)]
        seen = set(left)
        while left:
            for other in self.edges[left.pop()]:
                if other not in seen:
                    seen.add(other)
                    left.append(other)
        return seen

    def ending(self) -> set[Trail]:
        """Return the nodes from which an end can be come to."""
        before: dict[Trail, list[Trail]] = {}
        for node, others in self.edges.items():
            for other in others:
                if (node, other) not in self.never:
                    before.setdefault(other, []).append(node)
        seen, left = set(self.exits), list(self.exits)
        while left:
            for other in before.get(left.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    left.append(other)
        return seen

    def name(self, node: Trail) -> str:
        step = self.steps[node]
        if isinstance(step, (Leave, GoTo)):
            return f"{'leave' if isinstance(step, Leave) else 'go_to'}: {step.name}"
        return "a changed step" if isinstance(step, Partial) else step.name


def _never_ending(flow: _Flow, stuck: list[Trail]) -> Iterator[Finding]:
    """Name the steps that go round for ever: those that can come back to themselves."""

    def comes_back(node: Trail) -> bool:
        seen: set[Trail] = set()
        left = list(flow.edges[node])
        while left:
            other = left.pop()
            if other == node:
                return True
            if other not in seen:
                seen.add(other)
                left += flow.edges[other]
        return False

    circle = [n for n in stuck[:200] if comes_back(n)] or stuck
    names = [f"'{flow.name(n)}'" for n in circle if not isinstance(flow.steps[n], GoTo)] or [
        f"'{flow.name(n)}'" for n in circle
    ]
    listed = ", ".join(names[:8])
    text = f"patients go round {listed} for ever, want a way out that comes to a 'leave'"
    yield Finding(circle[0], text, about="flow")


def _unreached(flow: _Flow, reached: set[Trail]) -> Iterator[Finding]:
    """Tell the first unreached step of each list whose other steps, or owner, are reached."""
    told: set[Trail] = set()
    for node in flow.steps:
        inside = any(node[:n] in flow.steps and node[:n] not in reached for n in range(len(node)))
        if node in reached or inside or node[:-1] in told:
            continue
        told.add(node[:-1])
        place = node[-1]
        before = (*node[:-1], place - 1) if isinstance(place, int) and place > 0 else None
        why = f" after '{flow.name(before)}'" if before in flow.steps and before else ""
        text = f"'{flow.name(node)}' is never reached{why}, want it taken away or moved before it"
        yield Finding(node, text, about="flow")


def flow_findings(pathway: Pathway, trail: Trail) -> Iterator[Finding]:
    """Yield where patients cannot come to a `leave`, run off the end, or never come at all."""
    flow = _Flow(pathway, trail)
    yield from flow.lost
    reached, ending = flow.reached(), flow.ending()
    stuck = [n for n in flow.steps if n in reached and n not in ending]
    if stuck:
        yield from _never_ending(flow, stuck)
    for node in sorted((n for n in reached if _OFF in flow.edges[n]), key=str):
        owner = node[:-1] if node[-1] == _END else node
        text = f"patients run off the end of the pathway after '{flow.name(owner)}'"
        yield Finding(owner, f"{text}, want a 'leave' there, such as 'leave: home'", about="flow")
    yield from _unreached(flow, reached)
