"""From a network and its draws to the memory of the compiled engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.engine.compiled import kernel as k
from cisim.engine.compiled.memory import HEADER, Memory
from cisim.engine.replay import Replay
from cisim.eventlog import Event
from cisim.network import Draws, Kind, Network

__all__ = ["Book", "coming", "lay_out", "set_capacities"]

Ints = NDArray[np.int64]
FIRST_TOKENS = 1024
_NO_VISIT, _WORD, _FEW = 1 << 40, (1 << 64) - 1, 8
_MOST_MOVES = 10_000  # of one patient at one instant, before a loop without time is assumed
_SAID = (
    *(Event.ASK, Event.BEGIN, Event.END, Event.READY, Event.GIVE_UP),
    *(Event.TURN_AWAY, Event.SWAP, Event.INTERRUPT, Event.RESUME, Event.MOVE),
)
_AS_THEY_ARE = (
    *("kind", "number", "at_most", "then", "ways", "limit", "reserve", "preempts", "restart", "by_arrival"),
)
_STREAMS = ("duration", "patience", "way", "after_hold")


class Book:
    """What each code of a row says: (event, step, pool, units, detail)."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, int, int]] = []

    def add(self, event: Event, step: int = -1, pool: int = -1, units: int = 0, detail: int = -1) -> int:
        """Return the code of a new entry."""
        self.rows.append((int(event), step, pool, units, detail))
        return len(self.rows) - 1

    def columns(self) -> list[Ints]:
        """Return event, step, pool, units and detail by code."""
        return list(np.array(self.rows, np.int64).reshape(-1, 5).T)


class _Layer:
    """Lays the fixed tables out: knows where each row will stand, and fills it."""

    def __init__(self, net: Network, attribute_at: list[int]) -> None:
        self.net, self.attribute_at = net, attribute_at
        self.priorities, self.line_of = _lines(net)
        self.rows = {
            "node": np.full((len(net.kind), k.NODE_WIDTH), -1, np.int64),
            "step": np.zeros((len(net.steps), k.STEP_WIDTH), np.int64),
            "pool": np.zeros((len(net.pools), k.POOL_WIDTH), np.int64),
            "queue": np.zeros((len(net.queue_first), k.QUEUE_WIDTH), np.int64),
            "alternative": np.zeros((len(net.alternative_after), k.ALTERNATIVE_WIDTH), np.int64),
            "need": np.zeros((len(net.need_pool), k.NEED_WIDTH), np.int64),
            "line": np.zeros((len(self.priorities), k.LINE_WIDTH), np.int64),
            "round": np.zeros((len(net.calendars), k.ROUND_WIDTH), np.int64),
            "stream": np.zeros((len(net.streams), k.STREAM_WIDTH), np.int64),
            "pathway": np.zeros((len(net.pathways), k.PATHWAY_WIDTH), np.int64),
        }
        self.place: dict[str, int] = {}
        at = HEADER
        for name, rows in self.rows.items():
            self.place[name] = at
            at += rows.size
        self.lists_at = at
        self.lists: list[int] = []

    def at(self, name: str, index: ArrayLike) -> Ints:
        """Return where rows stand; -1 stays -1."""
        index = np.asarray(index, np.int64)
        out: Ints = np.where(index >= 0, self.place[name] + index * self.rows[name].shape[1], -1)
        return out

    def list(self, values: Iterable[int]) -> tuple[int, int]:
        """Lay a list of numbers down and return where it begins and ends."""
        first = self.lists_at + len(self.lists)
        self.lists.extend(int(v) for v in values)
        return first, self.lists_at + len(self.lists)

    def fixed(self) -> dict[str, Ints]:
        """Return all fixed tables, filled."""
        self.nodes()
        self.steps_and_pathways()
        self.queues()
        self.pools()
        return {**self.rows, "lists": np.array(self.lists, np.int64).reshape(-1, 1)}

    def nodes(self) -> None:
        """Fill the nodes."""
        net, rows = self.net, self.rows["node"]
        for name in _AS_THEY_ARE:
            rows[:, getattr(k, name.upper())] = getattr(net, name)
        for column, of in (("next", "node"), ("aside", "node"), ("turned", "node"), ("body", "node")):
            rows[:, getattr(k, column.upper())] = self.at(of, getattr(net, column))
        for name in _STREAMS:
            rows[:, getattr(k, name.upper())] = self.at("stream", getattr(net, name))
        rows[:, k.STEP] = self.at("step", net.step)
        rows[:, k.QUEUE], rows[:, k.HOME] = self.at("queue", net.queue), self.at("queue", net.home)
        rows[:, k.CALENDAR] = self.at("round", net.calendar)
        rows[:, k.LOCAL_STEP], rows[:, k.LOCAL_REPEAT] = _local(net)
        rows[:, k.BATCH_FLAG] = rows[:, k.CLOCK_FLAG] = 0
        for node in range(len(rows)):
            self.node(node, rows[node])

    def node(self, node: int, row: Ints) -> None:
        """Fill what one node has of its own: its ways, priority, ageing, numbers to be drawn."""
        net = self.net
        for column, name in ((k.ATTRIBUTE, "attribute"), (k.PRIORITY_ATTRIBUTE, "priority_attribute")):
            attribute = int(getattr(net, name)[node])
            row[column] = self.attribute_at[attribute] if attribute >= 0 else -1
        if (first := int(net.first_way[node])) >= 0:
            ways = net.way_node[first : first + int(net.ways[node])]
            row[k.FIRST_WAY], _ = self.list(self.at("node", ways))
        if (first := int(net.priority_first[node])) >= 0:
            row[k.PRIORITY], _ = self.list(net.priority_value[first : first + _values(net, node)])
        after, to = _slice(net.ageing_after, net, "ageing", node), _slice(net.ageing_to, net, "ageing", node)
        row[k.AGEING_FIRST], row[k.AGEING_LAST] = self.list(np.stack((after, to), axis=1).reshape(-1))
        turned = self.at("pool", _slice(net.turn_pool, net, "turn", node))
        streams = self.at("stream", _slice(net.turn_stream, net, "turn", node))
        row[k.TURN_FIRST], row[k.TURN_LAST] = self.list(np.stack((turned, streams), axis=1).reshape(-1))
        drawn = [int(row[getattr(k, name.upper())]) for name in _STREAMS]
        row[k.DRAW_FIRST], row[k.DRAW_LAST] = self.list([x for x in (*drawn, *streams.tolist()) if x >= 0])
        if net.kind[node] == Kind.BATCH:
            row[k.BATCH_LINE] = self.at("line", self.line_of["batch", node])

    def steps_and_pathways(self) -> None:
        """Fill steps, streams, rounds and pathways."""
        net, steps = self.net, self.rows["step"]
        steps[:, k.STEP_LIMIT] = -1
        for node in np.flatnonzero(net.limit >= 0):
            row = steps[net.step[node]]
            known = row[k.STEP_LIMIT]
            row[k.STEP_LIMIT] = net.limit[node] if known < 0 else min(known, net.limit[node])
        steps[:, k.STEP_CODE] = np.arange(len(steps))
        self.rows["pathway"][:, k.ENTRY] = self.at("node", net.entry)
        for calendar in range(len(net.calendars)):
            first = int(self.at("line", self.line_of["round", calendar]))
            count = self.line_of["rounds", calendar]
            self.rows["round"][calendar] = first, first + count * k.LINE_WIDTH
        self.rows["line"][:, k.LINE_PRIORITY] = self.priorities
        self.rows["line"][:, [k.LINE_HEAD, k.LINE_TAIL]] = -1

    def queues(self) -> None:
        """Fill queues, their alternatives and needs."""
        net = self.net
        needs = self.rows["need"]
        needs[:, k.NEED_POOL], needs[:, k.NEED_UNITS] = self.at("pool", net.need_pool), net.need_units
        first = self.at("need", net.alternative_first)
        self.rows["alternative"][:] = np.stack(
            (net.alternative_after, first, first + net.alternative_count * k.NEED_WIDTH), axis=1
        )
        stays = set(net.queue[net.kind == Kind.STAY].tolist())
        for queue, row in enumerate(self.rows["queue"]):
            row[k.QUEUE_FIRST] = self.at("alternative", net.queue_first[queue])
            row[k.QUEUE_LAST] = row[k.QUEUE_FIRST] + net.queue_count[queue] * k.ALTERNATIVE_WIDTH
            row[k.QUEUE_LINE] = self.at("line", self.line_of["queue", queue])
            row[k.QUEUE_LINES] = row[k.QUEUE_LINE] + self.line_of["queues", queue] * k.LINE_WIDTH
            row[k.QUEUE_STAY] = queue in stays
            low, high = _needs(net, queue)
            needs[low:high, k.NEED_CODE] = 3 * np.arange(high - low)

    def pools(self) -> None:
        """Fill pools, and which queues may use each."""
        net = self.net
        using: list[list[int]] = [[] for _ in net.pools]
        own: list[list[int]] = [[] for _ in net.pools]
        for queue in range(len(net.queue_first)):
            low, high = _needs(net, queue)
            first = int(net.queue_first[queue])
            for pool in dict.fromkeys(net.need_pool[low:high].tolist()):
                using[pool].append(queue)
            for pool in dict.fromkeys(net.need_pool[low : low + int(net.alternative_count[first])].tolist()):
                own[pool].append(queue)
        for code, row in enumerate(self.rows["pool"]):
            pool = net.pools[code]
            row[k.UNLIMITED] = pool.unlimited
            row[k.ROSTER] = 0 if pool.unlimited else int(np.asarray(pool.numbers)[0])
            row[k.USED_FIRST], row[k.USED_LAST] = self.list(self.at("queue", using[code]))
            row[k.OWN_FIRST], row[k.OWN_LAST] = self.list(self.at("queue", own[code]))

    def plain(self) -> None:
        """Mark the activities that the kernel can do in the short way: one line, one need, and nothing else about them.

        All of a line are of this kind and nobody else uses their pool, so that who comes first is served first.
        """
        net, rows = self.net, self.rows
        nodes = rows["node"]
        if np.any(net.reserve == 1) or np.any(net.preempts == 1):
            return
        simple = (net.kind == Kind.ACTIVITY) & (net.by_arrival == 0) & (net.limit < 0) & (net.patience < 0)
        simple &= (net.after_hold < 0) & (net.turn_count <= 0) & (net.ageing_count <= 0) & (net.duration >= 0)
        for queue, row in enumerate(rows["queue"]):
            mine = np.flatnonzero((net.queue == queue) | (net.home == queue))
            (low, high), first = _needs(net, queue), int(net.queue_first[queue])
            pool = rows["pool"][int(net.need_pool[low])]
            if (
                np.all(simple[mine])
                and np.all(rows["step"][net.step[mine], k.STEP_LIMIT] < 0)
                and self.line_of["queues", queue] == 1
                and (int(net.queue_count[queue]), high - low) == (1, 1)
                and net.alternative_after[first] == 0
                and pool[k.USED_LAST] - pool[k.USED_FIRST] == 1
            ):
                nodes[mine, k.PLAIN_LINE] = row[k.QUEUE_LINE]
                nodes[mine, k.PLAIN_ALTERNATIVE] = row[k.QUEUE_FIRST]
                nodes[mine, k.PLAIN_POOL], nodes[mine, k.PLAIN_UNITS] = (
                    self.at("pool", net.need_pool[low]),
                    net.need_units[low],
                )
                nodes[mine, k.PLAIN_CODE] = nodes[mine, k.CODE_NEED]

    def codes(self, book: Book) -> None:
        """Write the codes of the rows that each node may write."""
        net = self.net
        for node, row in enumerate(self.rows["node"]):
            kind, step = Kind(int(net.kind[node])), int(net.step[node])
            row[k.CODE] = len(book.rows)
            for event in _SAID:
                book.add(event, step)
            row[k.CODE_NEED] = len(book.rows)
            if net.queue[node] >= 0:
                for need in range(*_needs(net, int(net.queue[node]))):
                    for event in (Event.TAKE, Event.GIVE, Event.FREE):
                        book.add(event, step, int(net.need_pool[need]), int(net.need_units[need]))
            row[k.CODE_WAY] = len(book.rows)
            if kind in (Kind.BRANCH, Kind.ALL_OF):
                first = int(net.first_way[node])
                for way in net.way_detail[first : first + int(net.ways[node])].tolist():
                    book.add(Event.WAY if kind is Kind.BRANCH else Event.END, step, detail=way)
            elif kind in (Kind.LEAVE, Kind.RETURN):
                book.add(Event.LEAVE, step, detail=int(net.outcome[node]))
        self.rows["pathway"][:, k.CODE_ARRIVE] = book.add(Event.ARRIVE)


def _most_units(net: Network) -> int:
    """Return the most places that one request may need, and so the most activities that it may interrupt."""
    ends = zip(net.alternative_first.tolist(), net.alternative_count.tolist(), strict=True)
    return max((int(net.need_units[first : first + count].sum()) for first, count in ends), default=1)


def _needs(net: Network, queue: int) -> tuple[int, int]:
    """Return the slice of needs of all alternatives of a queue."""
    first, last = int(net.queue_first[queue]), int(net.queue_first[queue] + net.queue_count[queue]) - 1
    return int(net.alternative_first[first]), int(net.alternative_first[last] + net.alternative_count[last])


def _slice(values: Ints, net: Network, name: str, node: int) -> Ints:
    first, count = int(getattr(net, f"{name}_first")[node]), int(getattr(net, f"{name}_count")[node])
    return values[first : first + count] if count > 0 else values[:0]


def _values(net: Network, node: int) -> int:
    """Return how many priorities a node's attribute decides between."""
    attribute = int(net.priority_attribute[node])
    return 1 if attribute < 0 else len(net.attributes[attribute][2].values)  # type: ignore[attr-defined]


def _levels(net: Network, node: int) -> set[int]:
    """Return every priority that a request of a node may have."""
    first = int(net.priority_first[node])
    if first < 0:
        return {0}
    own = net.priority_value[first : first + _values(net, node)].tolist()
    return {*own, *_slice(net.ageing_to, net, "ageing", node).tolist()}


def _lines(net: Network) -> tuple[list[int], dict[tuple[str, int], int]]:
    """Return the priority of each line in which people stand, and where those of queues, rounds and batches begin."""
    queues: list[set[int]] = [set() for _ in net.queue_first]
    rounds: list[set[int]] = [set() for _ in net.calendars]
    for node in range(len(net.kind)):
        levels = _levels(net, node)
        if net.queue[node] >= 0:
            queues[int(net.queue[node])] |= levels
        if net.home[node] >= 0:
            queues[int(net.home[node])] |= levels
        if net.kind[node] == Kind.ROUND:
            rounds[int(net.calendar[node])] |= levels
    priorities: list[int] = []
    begin: dict[tuple[str, int], int] = {}

    def add(what: str, index: int, levels: set[int]) -> None:
        begin[what, index] = len(priorities)
        begin[what + "s", index] = len(levels)
        priorities.extend(sorted(levels))

    for index, levels in enumerate(queues):
        add("queue", index, levels)
    for index, levels in enumerate(rounds):
        add("round", index, levels)
    for node in np.flatnonzero(net.kind == Kind.BATCH):  # type: ignore[assignment]
        add("batch", int(node), {0})
    return priorities, begin


def _local(net: Network) -> tuple[Ints, Ints]:
    """Return each node's place among the steps and among the repeats of its pathway."""
    count: dict[str, int] = {}
    place = [-1] * len(net.steps)
    for code, step in enumerate(net.steps):
        place[code] = count.get(step.pathway, 0)
        count[step.pathway] = place[code] + 1
    repeats = np.full(len(net.kind), -1)
    used: dict[str, int] = {}
    for node in np.flatnonzero(net.kind == Kind.REPEAT):
        pathway = net.steps[net.step[node]].pathway
        repeats[node] = used.get(pathway, 0)
        used[pathway] = int(repeats[node]) + 1
    return np.array([place[code] if code >= 0 else -1 for code in net.step.tolist()], np.int64), repeats


def _calendar(net: Network, layer: _Layer) -> dict[str, ArrayLike]:
    opening = np.repeat(np.arange(len(net.calendars)), net.opening_count)
    order = np.lexsort((opening, net.opening_time))
    changes = [
        (int(t), code, int(n))
        for code, pool in enumerate(net.pools)
        if not pool.unlimited
        for t, n in list(zip(pool.times, pool.numbers, strict=True))[1:]
    ]
    rota = np.array(sorted(changes), np.int64).reshape(-1, 3)
    return {
        "OPEN_TIME": net.opening_time[order],
        "OPEN_CALENDAR": layer.at("round", opening[order]),
        "OPEN_PLACES": net.opening_places[order],
        "ROTA_TIME": rota[:, 0],
        "ROTA_POOL": layer.at("pool", rota[:, 1]),
        "ROTA_NUMBER": rota[:, 2],
    }


def _blocks(net: Network, draws: Draws, layer: _Layer) -> tuple[dict[str, ArrayLike], NDArray[np.float64]]:
    """Return the table of blocks of random numbers, none drawn yet, and the parameters of those made one by one."""
    rows = layer.rows["stream"]
    owners = [draws.slots(net.pathways.index(stream.names[0])) for stream in net.streams]
    blocks = -(-np.array(owners, np.int64) // draws.block_size)
    rows[:, k.STREAM_BASE] = np.cumsum(blocks) - blocks
    rows[:, k.STREAM_VISITS], rows[:, k.STREAM_BLOCKS] = 1, blocks
    rows[:, k.STREAM_ONCE] = [not stream.per_visit for stream in net.streams]
    params: list[float] = []
    crowd = Counter(stream.names[0] for stream in net.streams)
    for code, stream in enumerate(net.streams):
        found = draws.parameters(code)
        row = rows[code]
        row[k.STREAM_SINGLE] = _NO_VISIT
        if found is not None:
            key = draws.key(code)
            # all patients ask a pathway's few streams; of many, most are asked by few
            row[k.STREAM_SINGLE] = 0 if crowd[stream.names[0]] > _FEW else 1
            row[k.STREAM_PARAMS] = len(params)
            row[[k.STREAM_LOW, k.STREAM_HIGH]] = np.array([key & _WORD, key >> 64], np.uint64).view(np.int64)
            params += found
    return {"BLOCK_AT": np.full(int(blocks.sum()), -1)}, np.array([*params, 0.0])


def coming(net: Network, pathway: Ints, patient: Ints, replay: Replay | None) -> NDArray[np.bool_]:
    """Return whether each patient comes: a replay leaves out those whom the first run never served."""
    if replay is None or not replay.skip:
        return np.ones(len(pathway), np.bool_)
    skip = {(net.pathways.index(p), n) for p, n in replay.skip if p in net.pathways}
    who = zip(pathway.tolist(), patient.tolist(), strict=True)
    return np.array([pair not in skip for pair in who], np.bool_)


def _start(
    net: Network, draws: Draws, layer: _Layer, keeps: Callable[[Ints, Ints], Ints], replay: Replay | None
) -> dict[str, ArrayLike]:
    here = coming(net, draws.start_pathway, draws.start_patient, replay)
    pathway, patient, stays = draws.start_pathway[here], draws.start_patient[here], draws.start_stay[here]
    needs = []
    for stay, pool in zip(stays.tolist(), draws.start_pool[here].tolist(), strict=True):
        low, high = _needs(net, int(net.queue[stay])) if stay >= 0 else (0, 0)
        needs.append(next((n for n in range(low, high) if net.need_pool[n] == pool), -1))
    return {
        "START_PATHWAY": layer.at("pathway", pathway),
        "START_SLOT": draws.start_slot[here],
        "START_NODE": layer.at("node", draws.start_node[here]),
        "START_STAY": layer.at("node", stays),
        "START_NEED": layer.at("need", needs),
        "START_SINCE": draws.start_since[here],
        "START_KEEP": keeps(pathway, patient),
        "START_PERSON": patient,
    }


def _passages(
    net: Network, draws: Draws, passages: frozenset[tuple[str, str, int, int]], visits: int, slots: int
) -> list[int]:
    """Return sorted keys of passages of steps: step, visit (of so many) and slot (of so many)."""
    if not passages:
        return []
    steps = {(s.pathway, s.name): code for code, s in enumerate(net.steps) if s.kind != "leave"}
    columns = (draws.pathway, draws.patient, draws.slot)
    there = (draws.start_pathway, draws.start_patient, draws.start_slot)
    of = {
        (net.pathways[p], n): s
        for found in (columns, there)
        for p, n, s in zip(*(c.tolist() for c in found), strict=True)
    }
    return sorted(
        (steps[p, s] * visits + v) * slots + of[p, n]
        for p, s, n, v in passages
        if (p, s) in steps and (p, n) in of
    )


def lay_out(
    net: Network,
    draws: Draws,
    replay: Replay | None,
    keeps: Callable[[Ints, Ints], Ints],
    attribute_at: list[int],
) -> tuple[Memory, Book, Ints, NDArray[np.float64]]:
    """Return the memory of a run at its beginning, what its codes say, where pathways stand, and streams' parameters.

    Parameters
    ----------
    net, draws, replay
        What to run.
    keeps : callable
        Whether the rows of patients (pathways, numbers) are kept.
    attribute_at : list of int
        Where the values of each attribute begin among the draws.
    """
    layer, book = _Layer(net, attribute_at), Book()
    fixed = layer.fixed()
    layer.codes(book)
    if replay is None:
        layer.plain()
    blocks, params = _blocks(net, draws, layer)
    nodes = layer.rows["node"]
    visits = int(nodes[:, k.LOCAL_STEP].max(initial=-1)) + 1
    repeats = int(nodes[:, k.LOCAL_REPEAT].max(initial=-1)) + 1
    beds = max(1, int(np.count_nonzero(net.kind == Kind.STAY)))
    width = k.PATIENT_FIXED + k.BED_WIDTH * beds + visits + repeats
    tokens = max(FIRST_TOKENS, 2 * len(draws.start_slot))
    listed = (replay.refuse, replay.turned) if replay else (frozenset(), frozenset())
    most_visits = 1 + max((v for passages in listed for *_, v in passages), default=0)
    most_slots = max(map(draws.slots, range(len(net.pathways))), default=0)
    refused, turned = (_passages(net, draws, passages, most_visits, most_slots) for passages in listed)
    sizes = {
        "TOUCHED": len(net.queue_first), "BATCH_DUE": len(net.kind), "CLOCK_DUE": len(net.kind), "OVER": len(net.steps),
        "HEADS": len(net.queue_first), "CYCLE": 2 * tokens, "READY": tokens, "READY_NEXT": tokens,
        "EXPIRING": 4 * tokens, "MARKED": tokens, "PATIENTS": tokens * width, "TOKENS": tokens * k.TOKEN_WIDTH,
    }  # fmt: skip
    memory = Memory(
        fixed,
        {
            **_calendar(net, layer), **_start(net, draws, layer, keeps, replay),
            "REFUSED": refused, "TURNED_KEY": turned, **blocks,
            **{name: np.zeros(size, np.int64) for name, size in sizes.items()}, "HEAP": np.full(4 * tokens, k.NEVER),
        },
    )  # fmt: skip
    urgent = bool(np.any(net.preempts == 1))
    plain = not urgent and not np.any(net.reserve == 1) and not np.any(net.queue_count > 1)
    room = 32 + 6 * beds + int(net.ways.max(initial=0)) + int(net.queue_count.max(initial=0))
    room += int(net.ageing_count.max(initial=0))
    room += 4 * int(net.alternative_count.max(initial=1)) * (1 + int(urgent) * _most_units(net))
    numbers = {
        "END": net.end, "ROTA_N": len(memory["ROTA_TIME"]), "OPEN_N": len(memory["OPEN_TIME"]),
        "START_N": len(memory["START_SLOT"]), "TOKEN_FREE": -1, "PATIENT_FREE": -1,
        "SHIFT": draws.block_size.bit_length() - 1, "ANY_RESERVE": int(np.any(net.reserve == 1)),
        "ANY_PREEMPT": int(urgent),
        "ONE_CHOICE": int(plain), "EXAMINE_ALL": int(np.any(net.reserve == 1)), "WIDTH": width,
        "VISITS_AT": width - repeats - visits, "REPEATS_AT": width - repeats, "REFUSED_N": len(refused),
        "TURNED_N": len(turned), "LISTED_VISITS": most_visits, "LISTED_SLOTS": most_slots,
        "REPLAYING": int(replay is not None), "MOST_MOVES": _MOST_MOVES,
        "ROOM": room,
        "POOLS": layer.place["pool"], "POOLS_END": layer.place["queue"],
        "QUEUES": layer.place["queue"], "QUEUES_END": layer.place["alternative"],
    }  # fmt: skip
    for name, value in numbers.items():
        memory[name] = value
    set_capacities(memory)
    return memory, book, layer.at("pathway", np.arange(len(net.pathways))), params


def set_capacities(memory: Memory) -> None:
    """Say in the header how long the tables are that may grow."""
    memory["TOKEN_CAP"] = len(memory["READY"])
    memory["PATIENT_CAP"] = len(memory["PATIENTS"]) // memory.number("WIDTH")
    memory["HEAP_CAP"] = len(memory["HEAP"]) // 2 - k.BEHIND
    memory["EXPIRING_CAP"] = len(memory["EXPIRING"])
