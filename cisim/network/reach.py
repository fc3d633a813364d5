"""Whether blocked patients could come to wait for each other's beds in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cisim.network.flat import Kind, Then

__all__ = ["can_knot"]

# before these a bed kept until the next bed is freed
_FREEING = frozenset((Kind.ACTIVITY, Kind.ROUND, Kind.BATCH, Kind.DELAY))
_ENDS = frozenset((Kind.LEAVE, Kind.RETURN))  # every bed is given back
_Columns = Mapping[str, Sequence[int]]


def can_knot(columns: _Columns, way_node: Sequence[int], wanted: Sequence[frozenset[int]]) -> bool:
    """Return whether pools of beds can be waited for in a circle.

    Parameters
    ----------
    columns : mapping of str to sequence of int
        The network's columns by node.
    way_node : sequence of int
    wanted : sequence of frozenset of int
        The pools of each queue's alternatives.
    """
    edges = _edges(columns, way_node, wanted)
    return any(_reaches(edges, pool, pool) for pool in edges)


def _edges(
    columns: _Columns, way_node: Sequence[int], wanted: Sequence[frozenset[int]]
) -> dict[int, set[int]]:
    """Return, for each pool, the pools that its holder may wait for while keeping the bed."""
    edges: dict[int, set[int]] = {}
    graph = _Graph(columns, way_node)
    pools = {n: wanted[columns["queue"][n]] for n, kind in enumerate(columns["kind"]) if kind == Kind.STAY}
    beside = graph.stays_beside()
    for stay, mine in pools.items():
        ends = graph.ready_of.get(stay, [])
        asked = set(beside.get(stay, ()))
        asked |= graph.stays_met(columns["next"][stay], set(ends), into=True)  # stays inside this one
        for ready in ends:
            then = Then(columns["then"][ready])
            if then is not Then.RELEASE:
                stop = _FREEING if then is Then.UNTIL_NEXT_BED else frozenset[Kind]()
                asked |= graph.stays_met(columns["next"][ready], set(), stop)
        for pool in mine:
            for other in asked:
                edges.setdefault(pool, set()).update(pools[other])
    return edges


class _Graph:
    """Where one can go from each node."""

    def __init__(self, columns: _Columns, way_node: Sequence[int]) -> None:
        self.columns = columns
        self.way_node = way_node
        self.ready_of: dict[int, list[int]] = {}
        self.joins_of: dict[int, set[int]] = {}
        for node, (kind, body) in enumerate(zip(columns["kind"], columns["body"], strict=True)):
            if kind == Kind.READY:
                self.ready_of.setdefault(body, []).append(node)
            elif kind == Kind.JOIN:
                self.joins_of.setdefault(body, set()).add(node)

    def ways(self, node: int) -> Sequence[int]:
        first = self.columns["first_way"][node]
        return self.way_node[first : first + self.columns["ways"][node]] if first >= 0 else ()

    def stays_beside(self) -> dict[int, set[int]]:
        """Return, for each stay in a part of an `all_of`, the stays in its other parts, asked for meanwhile."""
        beside: dict[int, set[int]] = {}
        for fork, joins in self.joins_of.items():
            parts = [self.stays_met(way, joins, into=True) for way in self.ways(fork)]
            for i, part in enumerate(parts):
                others = set[int]().union(*(other for j, other in enumerate(parts) if j != i))
                for stay in part:
                    beside.setdefault(stay, set()).update(others)
        return beside

    def stays_met(
        self, start: int, ends: set[int], stop: frozenset[Kind] = frozenset(), *, into: bool = False
    ) -> set[int]:
        """Return the STAY nodes met from `start`, going past neither `ends` nor `stop`, nor (unless `into`) a stay."""
        met: set[int] = set()
        seen = {-1, *ends}
        todo = [start]
        while todo:
            node = todo.pop()
            if node in seen:
                continue
            seen.add(node)
            kind = self.columns["kind"][node]
            if kind == Kind.STAY:
                met.add(node)
            todo += (self.columns["aside"][node], self.columns["turned"][node])
            if kind not in stop and kind not in _ENDS and (into or kind != Kind.STAY):
                todo += (self.columns["next"][node], *self.ways(node))
        return met


def _reaches(edges: dict[int, set[int]], start: int, goal: int) -> bool:
    return goal in set(_from(edges, start))


def _from(edges: dict[int, set[int]], start: int) -> Iterator[int]:
    seen: set[int] = set()
    todo = list(edges.get(start, ()))
    while todo:
        pool = todo.pop()
        yield pool
        if pool not in seen:
            seen.add(pool)
            todo += edges.get(pool, ())
