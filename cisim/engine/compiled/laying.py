"""From a network and its draws to the memory of the compiled engine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.engine.compiled import kernel as k
from cisim.engine.compiled.memory import Memory
from cisim.engine.replay import Replay
from cisim.eventlog import Event
from cisim.network import Draws, Kind, Network

__all__ = ["Book", "lay_out"]

Ints = NDArray[np.int64]
Tables = dict[str, ArrayLike]
FIRST_TOKENS = 1024
_MOST_MOVES = 10_000  # of one patient at one instant, before a loop without time is assumed
_SAID = (
    *(Event.ASK, Event.BEGIN, Event.END, Event.READY, Event.GIVE_UP),
    *(Event.TURN_AWAY, Event.SWAP, Event.INTERRUPT, Event.RESUME, Event.MOVE),
)
_COLUMNS = (
    "kind", "step", "next", "aside", "queue", "calendar", "number", "at_most", "then", "duration", "patience", "way",
    "attribute", "first_way", "ways", "body", "priority_first", "priority_attribute", "ageing_first", "ageing_count",
    "limit", "turned", "reserve", "preempts", "restart", "home", "after_hold", "by_arrival", "turn_first", "turn_count",
    "priority_value", "ageing_after", "ageing_to", "turn_pool", "turn_stream", "way_node", "entry",
    "queue_first", "queue_count", "alternative_after", "alternative_first", "alternative_count",
    "need_pool", "need_units",
)  # fmt: skip


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


def _codes(net: Network, book: Book) -> Tables:
    """Return the codes of the rows that each node may write."""
    code, need_code, way_code = [], [], []
    for node in range(len(net.kind)):
        kind, step = Kind(int(net.kind[node])), int(net.step[node])
        code.append(len(book.rows))
        for event in _SAID:
            book.add(event, step)
        queue = int(net.queue[node])
        first = int(net.alternative_first[net.queue_first[queue]]) if queue >= 0 else 0
        need_code.append(len(book.rows) - 3 * first)
        if queue >= 0:
            last = int(net.queue_first[queue] + net.queue_count[queue]) - 1
            for need in range(first, int(net.alternative_first[last] + net.alternative_count[last])):
                for event in (Event.TAKE, Event.GIVE, Event.FREE):
                    book.add(event, step, int(net.need_pool[need]), int(net.need_units[need]))
        way_code.append(len(book.rows))
        if kind in (Kind.BRANCH, Kind.ALL_OF):
            first_way = int(net.first_way[node])
            for way in range(first_way, first_way + int(net.ways[node])):
                book.add(
                    Event.WAY if kind is Kind.BRANCH else Event.END, step, detail=int(net.way_detail[way])
                )
        elif kind in (Kind.LEAVE, Kind.RETURN):
            book.add(Event.LEAVE, step, detail=int(net.outcome[node]))
    arrive = book.add(Event.ARRIVE)
    return {
        "CODE": code,
        "CODE_NEED": need_code,
        "CODE_WAY": way_code,
        "CODE_ARRIVE": np.full(len(net.pathways), arrive),
    }


def _slices(lists: list[list[int]], name: str, of: str) -> Tables:
    """Return lists as one table, with the first entry and the length of each."""
    counts = np.array([len(x) for x in lists], np.int64)
    return {
        f"{name}_FIRST": np.cumsum(counts) - counts,
        f"{name}_COUNT": counts,
        of: [x for found in lists for x in found],
    }


def _queues_of_pools(net: Network) -> Tables:
    using: list[list[int]] = [[] for _ in net.pools]
    own: list[list[int]] = [[] for _ in net.pools]
    for queue in range(len(net.queue_first)):
        options = range(int(net.queue_first[queue]), int(net.queue_first[queue] + net.queue_count[queue]))
        needs = [
            net.need_pool[
                net.alternative_first[a] : net.alternative_first[a] + net.alternative_count[a]
            ].tolist()
            for a in options
        ]
        for pool in dict.fromkeys(p for option in needs for p in option):
            using[pool].append(queue)
        for pool in dict.fromkeys(needs[0]):
            own[pool].append(queue)
    return {**_slices(using, "POOL", "POOL_QUEUE"), **_slices(own, "OWN", "OWN_QUEUE")}


def _levels(net: Network, node: int) -> set[int]:
    """Return every priority that a request of a node may have."""
    first = int(net.priority_first[node])
    if first < 0:
        return {0}
    attribute = int(net.priority_attribute[node])
    count = 1 if attribute < 0 else len(net.attributes[attribute][2].values)  # type: ignore[attr-defined]
    ageing = int(net.ageing_first[node])
    to = net.ageing_to[ageing : ageing + max(0, int(net.ageing_count[node]))].tolist() if ageing >= 0 else []
    return {*net.priority_value[first : first + count].tolist(), *to}


def _lines(net: Network) -> Tables:
    """Return the lines in which people stand: one for each priority of a queue or a round, one for each batch."""
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

    def lines(levels: set[int]) -> int:
        first = len(priorities)
        priorities.extend(sorted(levels))
        return first

    queue_line, round_line = [lines(x) for x in queues], [lines(x) for x in rounds]
    batch_line = [lines({0}) if kind == Kind.BATCH else -1 for kind in net.kind]
    nobody = np.full(len(priorities), -1)
    return {
        "QUEUE_LINE": queue_line,
        "QUEUE_CLASSES": [len(x) for x in queues],
        "ROUND_LINE": round_line,
        "ROUND_CLASSES": [len(x) for x in rounds],
        "BATCH_LINE": batch_line,
        "LINE_PRIORITY": priorities,
        "LINE_HEAD": nobody,
        "LINE_TAIL": nobody,
        "LINE_COUNT": np.zeros(len(priorities)),
    }


def _local(net: Network) -> tuple[Tables, int, int]:
    """Return each node's place among the steps and repeats of its pathway, and how many there are at most."""
    place: dict[int, int] = {}
    count: dict[str, int] = {}
    for code, step in enumerate(net.steps):
        place[code] = count.get(step.pathway, 0)
        count[step.pathway] = place[code] + 1
    repeats = np.flatnonzero(net.kind == Kind.REPEAT)
    repeat_place = np.full(len(net.kind), -1)
    used: dict[str, int] = {}
    for node in repeats:
        pathway = net.steps[net.step[node]].pathway
        repeat_place[node] = used.get(pathway, 0)
        used[pathway] = int(repeat_place[node]) + 1
    steps = [place.get(int(code), -1) for code in net.step]
    tables: Tables = {"LOCAL_STEP": steps, "LOCAL_REPEAT": repeat_place}
    return tables, max(count.values(), default=0), max(used.values(), default=0)


def _calendar(net: Network) -> Tables:
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
        "OPEN_CALENDAR": opening[order],
        "OPEN_PLACES": net.opening_places[order],
        "ROTA_TIME": rota[:, 0],
        "ROTA_POOL": rota[:, 1],
        "ROTA_NUMBER": rota[:, 2],
    }


def _state(net: Network) -> Tables:
    nodes, steps, pools, paths = len(net.kind), len(net.steps), len(net.pools), len(net.pathways)
    queues = len(net.queue_first)
    sizes: dict[str, int] = {
        **dict.fromkeys(("HELD", "HELD_SINCE", "HELD_SUM", "ROSTER_SINCE", "ROSTER_SUM"), pools),
        **dict.fromkeys(("TURNING", "TURNING_SINCE", "TURNING_SUM", "SET_ASIDE"), pools),
        **dict.fromkeys(("KNOT_FULL", "KNOT_COUNT", "SHORT"), pools),
        **dict.fromkeys(("WAITING", "WAITING_SINCE", "WAITING_SUM", "STANDING", "OVER_FLAG", "OVER"), steps),
        **dict.fromkeys(("INSIDE", "INSIDE_SINCE", "INSIDE_SUM"), paths),
        **dict.fromkeys(("ARRIVED", "RETURNED", "PRESENT", "LEFT"), paths),
        **dict.fromkeys(("Q_TOUCHED", "TOUCHED", "HEADS"), queues),
        **dict.fromkeys(("BATCH_FLAG", "BATCH_DUE", "CLOCK_FLAG", "CLOCK_DUE"), nodes),
    }
    limits = np.full(steps, -1)
    for node in np.flatnonzero(net.limit >= 0):
        known = limits[net.step[node]]
        limits[net.step[node]] = net.limit[node] if known < 0 else min(known, net.limit[node])
    stays = np.zeros(queues)
    stays[net.queue[net.kind == Kind.STAY]] = 1
    return {
        **{name: np.zeros(size) for name, size in sizes.items()},
        "UNLIMITED": [pool.unlimited for pool in net.pools],
        "ROSTER": [0 if pool.unlimited else int(np.asarray(pool.numbers)[0]) for pool in net.pools],
        "STEP_LIMIT": limits,
        "QUEUE_STAY": stays,
    }


def _streams(net: Network, draws: Draws) -> Tables:
    """Return where the blocks of each stream are to be found: none is drawn yet."""
    blocks = [
        -(-draws.slots(net.pathways.index(stream.names[0])) // draws.block_size) for stream in net.streams
    ]
    return {
        "STREAM_BASE": np.cumsum([0, *blocks])[:-1],
        "STREAM_VISITS": np.ones(len(blocks)),
        "STREAM_BLOCKS": blocks,
        "STREAM_ONCE": [not stream.per_visit for stream in net.streams],
        "BLOCK_AT": np.full(sum(blocks), -1),
    }


def _start(net: Network, draws: Draws, keeps: Callable[[Ints, Ints], Ints]) -> Tables:
    needs = []
    for stay, pool in zip(draws.start_stay.tolist(), draws.start_pool.tolist(), strict=True):
        need = -1
        if stay >= 0:
            queue = net.queue[stay]
            options = range(net.queue_first[queue], net.queue_first[queue] + net.queue_count[queue])
            need = next(
                int(net.alternative_first[a])
                for a in options
                if net.need_pool[net.alternative_first[a]] == pool
            )
        needs.append(need)
    return {
        "START_PATHWAY": draws.start_pathway,
        "START_SLOT": draws.start_slot,
        "START_NODE": draws.start_node,
        "START_STAY": draws.start_stay,
        "START_NEED": needs,
        "START_SINCE": draws.start_since,
        "START_KEEP": keeps(draws.start_pathway, draws.start_patient),
    }


def _passages(net: Network, draws: Draws, passages: frozenset[tuple[str, str, int, int]]) -> list[int]:
    """Return sorted keys of passages of steps: step, visit and patient."""
    steps = {(s.pathway, s.name): code for code, s in enumerate(net.steps) if s.kind != "leave"}
    slots = {
        (net.pathways[p], n): s
        for p, n, s in (
            *zip(draws.pathway.tolist(), draws.patient.tolist(), draws.slot.tolist(), strict=True),
            *zip(draws.start_pathway.tolist(), draws.start_patient.tolist(), draws.start_slot.tolist(), strict=True),
        )
    } if passages else {}  # fmt: skip
    return sorted(
        (steps[p, s] << 15 | v) << 32 | slots[p, n]
        for p, s, n, v in passages
        if (p, s) in steps and (p, n) in slots and v < 1 << 15
    )


def lay_out(
    net: Network,
    draws: Draws,
    replay: Replay | None,
    keeps: Callable[[Ints, Ints], Ints],
    attribute_at: list[int],
) -> tuple[Memory, Book]:
    """Return the memory of a run at its beginning, and what the codes of its rows say.

    Parameters
    ----------
    net, draws, replay
        What to run.
    keeps : callable
        Whether the rows of patients (pathways, numbers) are kept.
    attribute_at : list of int
        Where the values of each attribute begin among the draws.
    """
    book = Book()
    local, visits, repeats = _local(net)
    beds = max(1, int(np.count_nonzero(net.kind == Kind.STAY)))
    width = k.PATIENT_FIXED + k.BED_WIDTH * beds + visits + repeats
    tokens = max(FIRST_TOKENS, 2 * len(draws.start_slot))
    refused = _passages(net, draws, replay.refuse) if replay else []
    turned = _passages(net, draws, replay.turned) if replay else []
    tables: Tables = {
        **{name.upper(): getattr(net, name) for name in _COLUMNS},
        **_codes(net, book), **_queues_of_pools(net), **_lines(net), **local, **_calendar(net), **_state(net),
        **_streams(net, draws), **_start(net, draws, keeps),
        "ATTRIBUTE_AT": attribute_at, "REFUSED": refused, "TURNED_KEY": turned,
        "HEAP_TIME": np.zeros(2 * tokens), "HEAP_WHAT": np.zeros(2 * tokens),
        "READY": np.zeros(tokens), "READY_NEXT": np.zeros(tokens), "EXPIRING": np.zeros(4 * tokens),
        "MARKED": np.zeros(tokens), "CYCLE": np.zeros(2 * tokens),
        "TOKENS": np.zeros(tokens * k.TOKEN_WIDTH), "PATIENTS": np.zeros(tokens * width),
    }  # fmt: skip
    memory = Memory(tables)
    most_needs = int(net.alternative_count.max(initial=1))
    numbers = {
        "END": net.end, "ARRIVAL_N": 0, "ROTA_N": len(memory["ROTA_TIME"]), "OPEN_N": len(memory["OPEN_TIME"]),
        "START_N": len(draws.start_slot), "TOKEN_FREE": -1, "PATIENT_FREE": -1,
        "SHIFT": draws.block_size.bit_length() - 1,
        "ANY_RESERVE": int(np.any(net.reserve == 1)), "ANY_PREEMPT": int(np.any(net.preempts == 1)),
        "EXAMINE_ALL": int(np.any(net.reserve == 1) or np.any(net.preempts == 1)),
        "N_NODES": len(net.kind), "N_POOLS": len(net.pools), "N_QUEUES": len(net.queue_first), "N_BEDS": beds,
        "N_VISITS": visits, "WIDTH": width, "VISITS_AT": width - repeats - visits, "REPEATS_AT": width - repeats,
        "REFUSED_N": len(refused), "TURNED_N": len(turned), "REPLAYING": int(replay is not None),
        "MOST_MOVES": _MOST_MOVES,
        "ROOM": 32 + 6 * beds + 4 * most_needs + int(net.ways.max(initial=0))
        + int(net.queue_count.max(initial=0)) + int(net.ageing_count.max(initial=0)),
    }  # fmt: skip
    for name, value in numbers.items():
        memory[name] = value
    set_capacities(memory)
    return memory, book


def set_capacities(memory: Memory) -> None:
    """Say in the header how long the tables are that may grow."""
    memory["TOKEN_CAP"] = len(memory["READY"])
    memory["PATIENT_CAP"] = len(memory["PATIENTS"]) // memory.number("WIDTH")
    memory["HEAP_CAP"] = len(memory["HEAP_TIME"])
    memory["EXPIRING_CAP"] = len(memory["EXPIRING"])
