"""A network as plain lists: reading an array item by item is slow in Python."""

from __future__ import annotations

from cisim.network import Kind, Network

__all__ = ["Layout"]

Needs = list[tuple[int, int]]


class Layout:
    """What the reference engine reads of a network in its inner loop.

    Attributes
    ----------
    kind, step, next, ... : list of int
        The network's columns of the same name, one entry a node.
    alternatives : list of list of (int, list of (int, int))
        Of each queue: the stated wait of each alternative, and its needs (pool, units).
    later : list of list of int
        Of each queue: the stated waits that are not 0.
    priority, priority_by : list of int; dict of int to (int, int)
        Of each node: one number, or an attribute and where in `priorities` the number of its first value stands.
    ageing : dict of int to list of (int, int)
        Of nodes where priorities age: the wait and the priority from then on.
    turns : dict of int to dict of int to int
        Of nodes whose places are turned round: the stream of each pool.
    turning : frozenset of int
        Nodes after which places are turned round, or kept for a while.
    limited : frozenset of int
        Steps at which only so many may wait.
    """

    def __init__(self, net: Network) -> None:
        self.kind: list[int] = net.kind.tolist()
        self.step: list[int] = net.step.tolist()
        self.next: list[int] = net.next.tolist()
        self.aside: list[int] = net.aside.tolist()
        self.queue: list[int] = net.queue.tolist()
        self.calendar: list[int] = net.calendar.tolist()
        self.number: list[int] = net.number.tolist()
        self.at_most: list[int] = net.at_most.tolist()
        self.then: list[int] = net.then.tolist()
        self.outcome: list[int] = net.outcome.tolist()
        self.duration: list[int] = net.duration.tolist()
        self.patience: list[int] = net.patience.tolist()
        self.way: list[int] = net.way.tolist()
        self.attribute: list[int] = net.attribute.tolist()
        self.first_way: list[int] = net.first_way.tolist()
        self.ways: list[int] = net.ways.tolist()
        self.body: list[int] = net.body.tolist()
        self.limit: list[int] = net.limit.tolist()
        self.turned: list[int] = net.turned.tolist()
        self.reserve: list[int] = net.reserve.tolist()
        self.preempts: list[int] = net.preempts.tolist()
        self.restart: list[int] = net.restart.tolist()
        self.by_arrival: list[int] = net.by_arrival.tolist()
        self.home: list[int] = net.home.tolist()
        self.after_hold: list[int] = net.after_hold.tolist()
        self.way_node: list[int] = net.way_node.tolist()
        self.way_detail: list[int] = net.way_detail.tolist()
        self._queues(net)
        self._priorities(net)
        self.turns = {
            node: dict(zip(net.turn_pool[of].tolist(), net.turn_stream[of].tolist(), strict=True))
            for node, of in _slices(net.turn_first.tolist(), net.turn_count.tolist())
        }
        held = enumerate(self.after_hold)
        self.turning = frozenset(self.turns) | {node for node, stream in held if stream >= 0}
        self.limited = frozenset(s for s, limit in zip(self.step, self.limit, strict=True) if limit >= 0)

    def _queues(self, net: Network) -> None:
        needs = list(zip(net.need_pool.tolist(), net.need_units.tolist(), strict=True))
        firsts, counts = net.alternative_first.tolist(), net.alternative_count.tolist()
        each: list[tuple[int, Needs]] = [
            (after, needs[first : first + count])
            for after, first, count in zip(net.alternative_after.tolist(), firsts, counts, strict=True)
        ]
        queues = zip(net.queue_first.tolist(), net.queue_count.tolist(), strict=True)
        self.alternatives = [each[first : first + count] for first, count in queues]
        self.later = [[after for after, _ in options if after] for options in self.alternatives]

    def _priorities(self, net: Network) -> None:
        self.priorities: list[int] = net.priority_value.tolist()
        self.priority = [0] * len(self.kind)
        self.priority_by: dict[int, tuple[int, int]] = {}
        by = net.priority_attribute.tolist()
        for node, first in enumerate(net.priority_first.tolist()):
            if first >= 0 and by[node] >= 0:
                self.priority_by[node] = (by[node], first)
            elif first >= 0:
                self.priority[node] = self.priorities[first]
        steps = list(zip(net.ageing_after.tolist(), net.ageing_to.tolist(), strict=True))
        self.ageing = {
            node: steps[of] for node, of in _slices(net.ageing_first.tolist(), net.ageing_count.tolist())
        }

    @property
    def thorough(self) -> bool:
        """Whether a queue may have to be looked at again though none of its own pools has changed."""
        return any(flag == 1 for flag in self.reserve) or self.interrupts

    @property
    def interrupts(self) -> bool:
        """Whether anything may interrupt an activity."""
        return any(flag == 1 for flag in self.preempts)

    def is_stay(self, node: int) -> bool:
        """Return whether a node is a stay's."""
        return self.kind[node] == Kind.STAY


def _slices(firsts: list[int], counts: list[int]) -> list[tuple[int, slice]]:
    """Return nodes and where their entries of a side table stand, of nodes that have any."""
    both = enumerate(zip(firsts, counts, strict=True))
    return [(node, slice(first, first + count)) for node, (first, count) in both if count > 0]
