"""Running the kernel: giving it what it wants until it is done, and making a log of what it wrote."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cisim.engine.compiled import kernel as k
from cisim.engine.compiled.compiling import compile_once
from cisim.engine.compiled.laying import coming, lay_out, set_capacities
from cisim.engine.compiled.rows import Placed, Rows
from cisim.engine.keeping import kept
from cisim.engine.knots import first_cycle, knotted
from cisim.engine.replay import Replay
from cisim.engine.writing import QUEUES, held_openings
from cisim.errors import ModelError, RunError
from cisim.eventlog import EventLog, Integrals
from cisim.network import NOBODY, Arrivals, Draws, Kind, Network
from cisim.units import clock

__all__ = ["run_compiled", "run_in_parts"]

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Take = Callable[[Ints, Ints, Ints, Shorts, Shorts], None]
_FIRST_CHUNK, _CHUNK, _LAST_CHUNK = 1 << 14, 1 << 18, 1 << 20
"""Pairs of words written before they are put in order: at first, as a rule, and where few can be before the end."""
_FEW_NUMBERS = 1 << 18  # random numbers that need not be forgotten


class _Values:
    """The random numbers drawn so far, in one array that grows."""

    def __init__(self, network: Network, draws: Draws) -> None:
        parts = [draws.attribute(code) for code in range(len(network.attributes))]
        self.attribute_at = np.cumsum([0, *(len(p) for p in parts)])[:-1].tolist()
        self.used = self.attributes = sum(len(p) for p in parts)
        self.array = np.zeros(max(1 << 14, 2 * self.used), np.int64)
        self.array[: self.used] = np.concatenate([np.zeros(0, np.int64), *parts])

    def forget(self, keep: Ints, lengths: Ints) -> Ints:
        """Forget all blocks but those that begin at `keep`; return where these begin now. Attributes stay."""
        kept = [self.array[at : at + n] for at, n in zip(keep.tolist(), lengths.tolist(), strict=True)]
        begin: Ints = self.attributes + np.cumsum(lengths) - lengths
        self.array[self.attributes : self.attributes + int(lengths.sum())] = np.concatenate(
            [self.array[:0], *kept]
        )
        self.used = self.attributes + int(lengths.sum())
        return begin

    def add(self, block: Ints) -> int:
        """Keep a block and return where it begins."""
        at = self.used
        self.used += len(block)
        if self.used > len(self.array):
            longer = np.zeros(max(self.used, len(self.array) * 3 // 2), np.int64)
            longer[:at] = self.array[:at]
            self.array = longer
        self.array[at : self.used] = block
        return at


class _Run:
    """One run of the kernel."""

    def __init__(
        self,
        network: Network,
        draws: Draws,
        replay: Replay | None = None,
        keep: float = 1.0,
        begin: Callable[[list[Ints]], Take] | None = None,
    ) -> None:
        self.net, self.draws, self.keep = network, draws, keep
        self.values = _Values(network, draws)
        self.memory, self.book, self.pathways, self.params = lay_out(
            network, draws, replay, self.keeps, self.values.attribute_at
        )
        self.take = take = begin and begin(self.book.columns())
        self.rows, self.in_order, self.few = Rows(_FIRST_CHUNK), take is None, _FEW_NUMBERS
        self.next = draws.arrivals() if take is not None else iter(())
        self.memory["MORE_COME"] = take is not None
        everybody = draws.everybody if take is None else NOBODY
        if replay is not None and replay.skip:
            come = coming(network, everybody.pathway, everybody.patient, replay)
            everybody = Arrivals(*(column[come] for column in everybody))
        self.come(everybody)
        self.least = _least(self.slots)
        self.placed = Placed(len(self.arrivals) + self.memory.number("START_N"))
        self.fit_rows()

    def come(self, who: Arrivals) -> None:
        """Tell who arrives next."""
        self.arrivals, self.persons = who.time, who.patient
        self.slots = self.pathways[who.pathway] << 40 | who.slot
        self.kept = self.keeps(who.pathway, who.patient)
        self.memory["ARRIVAL_I"], self.memory["ARRIVAL_N"] = 0, len(who.time)

    def more_come(self) -> None:
        """Tell who arrives next, or that nobody does any more."""
        told = next(self.next, None)
        self.memory["MORE_COME"] = told is not None
        self.come(told or NOBODY)

    def keeps(self, pathway: Ints, patient: Ints) -> Ints:
        """Return whether the rows of patients are kept."""
        return kept(self.net, pathway, patient, self.keep)

    def fit_rows(self) -> None:
        """Say how much room there is for rows and spells."""
        self.memory["LOG_CAP"] = len(self.rows.now) // 2
        self.memory["SPELL_CAP"] = len(self.rows.who) // k.SPELL_WIDTH

    def run(self) -> None:
        """Run to the end."""
        wants = {
            k.DRAWS: self.draw, k.SPACE: self.grow, k.KNOT: self.untie, k.LOOP: self.loop, k.ARRIVALS: self.more_come,
        }  # fmt: skip
        while True:
            k.run(
                self.memory.m,
                self.values.array,
                self.params,
                self.arrivals,
                self.slots,
                self.persons,
                self.kept,
                self.rows.now,
                self.rows.who,
            )
            status = self.memory.number("STATUS")
            if status == k.DONE:
                self.last_rows()
                return
            wants[status]()

    # -- what the kernel may want -------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the block of numbers that is wanted."""
        place, visit, block = (self.memory.number(f"WANT_{x}") for x in ("STREAM", "VISIT", "BLOCK"))
        stream = self.memory.index("stream", place)
        if visit >= self.memory.rows("stream")[stream, k.STREAM_VISITS]:
            self.more_visits(stream, visit)
        row = self.memory.rows("stream")[stream]
        at = self.values.add(self.draws.block(stream, visit, block))
        self.memory["BLOCK_AT"][row[k.STREAM_BASE] + visit * row[k.STREAM_BLOCKS] + block] = at

    def more_visits(self, stream: int, visit: int) -> None:
        """Make room in the table of blocks for later passages of a step."""
        rows, table = self.memory.rows("stream"), self.memory["BLOCK_AT"]
        base, visits, blocks = (
            int(rows[stream, c]) for c in (k.STREAM_BASE, k.STREAM_VISITS, k.STREAM_BLOCKS)
        )
        more = max(visit + 1, 2 * visits)
        end = base + visits * blocks
        added = np.full((more - visits) * blocks, -1, np.int64)
        rows[rows[:, k.STREAM_BASE] > base, k.STREAM_BASE] += len(added)
        rows[stream, k.STREAM_VISITS] = more
        self.memory.replace({"BLOCK_AT": np.concatenate([table[:end], added, table[end:]])})

    def grow(self) -> None:
        """Give more room wherever there is little."""
        number, memory = self.memory.number, self.memory
        rows, room = number("WANT_ROWS"), 3 * number("ROOM")
        if number("LOG_CAP") - number("LOG_N") <= rows + room:
            self.put_rows(2 * (rows + room))
        if number("SPELL_CAP") - number("SPELL_N") <= room:
            self.rows.more_spells(room)
        longer: dict[str, int] = {}
        if number("TOKEN_CAP") - number("TOKEN_N") <= room:
            for name in ("READY", "READY_NEXT", "MARKED", "CYCLE", "TOKENS", "EXPIRING"):
                longer[name] = len(memory[name]) // number("TOKEN_CAP") * (2 * number("TOKEN_CAP") + room)
        if number("EXPIRING_CAP") - number("EXPIRING_N") <= room:
            longer["EXPIRING"] = 2 * len(memory["EXPIRING"]) + room
        if number("PATIENT_CAP") - number("PATIENT_N") <= room:
            longer["PATIENTS"] = (2 * number("PATIENT_CAP") + room) * number("WIDTH")
        if number("HEAP_CAP") - number("HEAP_N") <= room:
            longer["HEAP"] = 2 * (2 * number("HEAP_CAP") + room + k.BEHIND)
        if longer:
            fill = {"HEAP": k.NEVER}
            memory.replace({name: memory.lengthen(name, n, fill.get(name, 0)) for name, n in longer.items()})
            set_capacities(memory)
        self.fit_rows()

    def put_rows(self, needed: int) -> None:
        """Hand rows over, or put them in their place, or aside, so that there is room for at least `needed` pairs."""
        memory, written = self.memory, self.memory.number("LOG_N")
        length = len(self.rows.now) // 2
        kept = 0
        if self.take is not None:
            kept = self.hand_over(self.take, self.over())
        elif self.in_order:
            kept = self.place(self.settled(), self.placed)
            self.in_order = 2 * kept <= written or length < _LAST_CHUNK
        else:
            self.rows.set_aside(written)
        if self.in_order or self.take is not None:
            more = 2 * length if length < _CHUNK or 2 * kept > written else length
        else:
            more = _LAST_CHUNK
        if self.rows.aside or more > length or length - kept < needed:
            self.rows.begin(max(more - kept, needed), kept)
        memory["LOG_N"] = kept
        if self.values.used > self.few:
            self.forget_numbers()
            self.few = 2 * self.values.used + _FEW_NUMBERS

    def last_rows(self) -> None:
        """Let the log have all rows, those that patients still have with them as well."""
        memory, written = self.memory, self.memory.number("LOG_N")
        spells = memory.number("SPELL_N")
        self.rows.begin(memory.number("PATIENT_N") * k.RUN, written)
        k.hand_in_all(memory.m, self.rows.now)
        if self.take is not None:
            self.hand_over(self.take, np.arange(spells))
        else:
            self.values.array = np.empty(0, np.int64)  # room for rows
            self.place(self.sorted(np.arange(spells)), self.placed)

    def place(self, order: Ints, where: Placed) -> int:
        """Put the rows of spells, in this order, in their place, and forget them; return how many pairs stay."""
        memory = self.memory
        numbers = memory.number("LOG_N"), memory.number("SPELL_N")
        new, kept = self.rows.place(where, *numbers, order, self.pathways)
        people, mine = self.people(), self.with_rows()
        people[mine, k.P_SPELL] = new[people[mine, k.P_SPELL]]
        memory["SPELL_N"] = int(np.count_nonzero(new >= 0))
        return kept

    def hand_over(self, take: Take, order: Ints) -> int:
        """Give the rows of spells away, and forget them; return how many pairs stay."""
        given = Placed()
        kept = self.place(order, given)
        columns = given.columns()
        take(*(columns[name] for name in ("first_row", "pathway_of", "time", "code", "visit")))
        return kept

    def over(self) -> Ints:
        """Return the spells that are over: no more rows will come."""
        over = np.ones(self.memory.number("SPELL_N"), bool)
        over[self.people()[self.with_rows(), k.P_SPELL]] = False
        return np.flatnonzero(over)

    def settled(self) -> Ints:
        """Return the spells, in the order of the log, before which nobody's rows can come who is there or will be."""
        memory = self.memory
        if memory.number("START_I") < memory.number("START_N"):
            return np.zeros(0, np.int64)
        arrived, order = memory.number("ARRIVAL_I"), np.empty(memory.number("SPELL_N"), np.int64)
        first = int(self.least[arrived]) if arrived < len(self.least) else k.NEVER
        count = k.settled(memory.m, self.rows.who, first, order)
        return order[:count] if count >= 0 else self.sorted(order[: -1 - count])

    def sorted(self, spells: Ints) -> Ints:
        """Return spells in the order of the log: by pathway, patient and number."""
        mine = self.rows.spells(self.memory.number("SPELL_N"))[spells]
        where, number = mine[:, k.S_WHERE], mine[:, k.S_NUMBER]
        return spells if np.all(where[1:] > where[:-1]) else spells[np.lexsort((number, where))]

    def people(self) -> Ints:
        """Return the records of patients, as a view."""
        width, count = self.memory.number("WIDTH"), self.memory.number("PATIENT_N")
        return self.memory["PATIENTS"].reshape(-1, width)[:count]

    def there(self) -> NDArray[np.bool_]:
        """Return whether each record is of somebody who is there, or may come back."""
        people = self.people()
        there: NDArray[np.bool_] = (people[:, k.P_GONE] == 0) | (people[:, k.P_PENDING] > 0)
        return there

    def with_rows(self) -> NDArray[np.bool_]:
        """Return whether each record is of somebody who is there and whose rows are kept."""
        kept: NDArray[np.bool_] = self.people()[:, k.P_KEEP] == 1
        return self.there() & kept

    def forget_numbers(self) -> None:
        """Forget the blocks of random numbers in which nobody is who is still there; drawn anew, they are the same."""
        people = self.people()[self.there()]
        memory, size = self.memory, self.draws.block_size
        there = {
            (int(p), int(b))
            for p, b in np.unique(
                np.stack((people[:, k.P_PATHWAY], people[:, k.P_SLOT] // size), axis=1), axis=0
            )
        }
        table = memory["BLOCK_AT"]
        keep = np.zeros(len(table), bool)
        lengths = np.zeros(len(table), np.int64)
        for stream, row in enumerate(memory.rows("stream")):
            code = self.net.pathways.index(self.net.streams[stream].names[0])
            blocks, visits = int(row[k.STREAM_BLOCKS]), int(row[k.STREAM_VISITS])
            wanted = [(int(self.pathways[code]), b) in there for b in range(blocks)]
            base = int(row[k.STREAM_BASE])
            keep[base : base + visits * blocks] = np.tile(wanted, visits) if blocks else False
            full = np.minimum(size, self.draws.slots(code) - size * np.arange(blocks))
            lengths[base : base + visits * blocks] = np.tile(full, visits) if blocks else 0
        keep &= table >= 0
        begin = self.values.forget(table[keep], lengths[keep])
        table[:] = -1
        table[keep] = begin

    def token(self, number: int) -> Ints:
        """Return one token's entries."""
        return self.memory["TOKENS"][number * k.TOKEN_WIDTH : (number + 1) * k.TOKEN_WIDTH]

    def beds(self, token: Ints) -> list[tuple[int, bool]]:
        """Return the pools of the beds of a token's patient, and whether the stay in each is over."""
        width = self.memory.number("WIDTH")
        patient = self.memory["PATIENTS"][token[k.T_PATIENT] * width :][:width]
        rows = patient[k.PATIENT_FIXED :][: patient[k.P_BEDS] * k.BED_WIDTH].reshape(-1, k.BED_WIDTH)
        pools = [int(self.net.need_pool[self.memory.index("need", row[k.B_NEED])]) for row in rows]
        return [(pool, bool(row[k.B_OVER] >= 0)) for pool, row in zip(pools, rows, strict=True)]

    def blocked(self) -> list[int]:
        """Return the tokens that wait for a bed, in service order."""
        table = self.memory["TOKENS"].reshape(-1, k.TOKEN_WIDTH)[: self.memory.number("TOKEN_N")]
        waits = (table[:, k.T_WAITS] == 1) & (table[:, k.T_LINE] >= 0) & (table[:, k.T_HOME] == 0)
        mine = np.flatnonzero(waits & (table[:, k.T_TRACK] == 0)).tolist()
        found = [tok for tok in mine if self.net.kind[self.node(table[tok])] == Kind.STAY]

        def key(tok: int) -> tuple[int, ...]:
            t = table[tok]
            since = (int(t[k.T_PRIORITY]), int(t[k.T_SINCE]))
            return (*since, *self.who(t), int(t[k.T_VISIT]), int(self.net.step[self.node(t)]))

        return sorted(found, key=key)

    def node(self, token: Ints) -> int:
        """Return the node at which a token is."""
        return self.memory.index("node", token[k.T_NODE])

    def who(self, token: Ints) -> tuple[int, int]:
        """Return the pathway and slot of a token's patient."""
        at = token[k.T_PATIENT] * self.memory.number("WIDTH")
        patient = self.memory["PATIENTS"][at : at + k.PATIENT_FIXED]
        return self.memory.index("pathway", patient[k.P_PATHWAY]), int(patient[k.P_SLOT])

    def untie(self) -> None:
        """Choose the cycle in which beds are exchanged, as the reference engine does."""
        net, now, memory = self.net, self.memory.number("NOW"), self.memory
        blocked = self.blocked()
        tokens = [self.token(b) for b in blocked]
        wants = []
        for t in tokens:
            queue = net.queue[self.node(t)]
            options = range(net.queue_first[queue], net.queue_first[queue] + net.queue_count[queue])
            pools = [int(net.need_pool[net.alternative_first[a]]) for a in options]
            opened = [bool(now - t[k.T_ASKED] >= net.alternative_after[a]) for a in options]
            wants.append(list(zip(pools, opened, strict=True)))
        holds = [[pool for pool, _ in self.beds(t)] for t in tokens]
        gives = [[pool for pool, over in self.beds(t) if over] for t in tokens]
        held, turning, roster = (memory.rows("pool")[:, c] for c in (k.HELD, k.TURNING, k.ROSTER))
        full = {
            code: int(held[code])
            for code in range(len(net.pools))
            if not net.pools[code].unlimited and turning[code] == 0 and held[code] + 1 > roster[code]
        }
        stuck = knotted(wants, holds, full)
        cycle = first_cycle(wants, gives, stuck)
        if not net.swap and (cycle or knotted(wants, holds, {p: n for p, n in full.items() if n})):
            names = ", ".join(
                f"patient {self.number(tokens[i])} waiting for {self.name(self.node(tokens[i]))}"
                for i in stuck
                if holds[i]
            )
            raise RunError(
                f"{self.when()}: patients wait for each other's beds and none can move ({names}); "
                "add a bed, free beds with 'then: release', or allow 'swap: first cycle'"
            )
        if cycle:
            pairs = [(blocked[i], self.need(tokens[i], pool)) for i, pool in cycle]
            memory["CYCLE"][: 2 * len(pairs)] = np.array(pairs).reshape(-1)
            memory["CYCLE_N"] = len(pairs)
            memory["KNOT_CHECK"] = 1

    def need(self, token: Ints, pool: int) -> int:
        """Return the need of a token's queue that is a place of a pool."""
        net, queue = self.net, self.net.queue[self.node(token)]
        first = net.queue_first[queue]
        needs = net.alternative_first[first : first + net.queue_count[queue]]
        found = next(int(need) for need in needs if net.need_pool[need] == pool)
        return self.memory.place("need", found)

    def loop(self) -> None:
        """Tell of a loop in which no time passes."""
        token = self.token(self.memory.number("WHO"))
        pathway, _ = self.who(token)
        most = self.memory.number("MOST_MOVES")
        raise RunError(
            f"{self.when()}: patient {self.number(token)} of {self.net.pathways[pathway]} made {most:,} "
            f"moves without any time passing, the last at {self.name(self.node(token))}; "
            "give a step of that loop a duration"
        )

    def number(self, token: Ints) -> int:
        """Return the number of a token's patient."""
        return int(self.memory["PATIENTS"][token[k.T_PATIENT] * self.memory.number("WIDTH") + k.P_PERSON])

    def name(self, node: int) -> str:
        """Return a node's step as people know it."""
        if self.net.step[node] < 0:
            return "a go_to"
        step = self.net.steps[self.net.step[node]]
        return f"'{step.pathway}/{step.name}'"

    def when(self) -> str:
        """Return the moment of the run."""
        return f"{clock(self.net.start, self.memory.number('NOW')):%a %d %b %Y %H:%M}"


def _least(slots: Ints) -> Ints:
    """Return the least of all from each on."""
    in_order = bool(np.all(slots[1:] >= slots[:-1]))
    return slots if in_order else np.minimum.accumulate(slots[::-1])[::-1]


def _event_log(run: _Run) -> EventLog:
    """Return the log of a run that is over."""
    net = run.net
    return EventLog.coded(
        start=net.start,
        end=net.end,
        pathways=net.pathways,
        steps=net.steps,
        pools=net.pools,
        details=net.details,
        book=run.book.columns(),
        **run.placed.columns(),
        openings=held_openings(net),
        integrals=_integrals(run),
    )


def _integrals(run: _Run) -> Integrals:
    net, draws, memory = run.net, run.draws, run.memory
    end = net.end

    def totals(table: str, column: int) -> list[int]:
        level, less = memory.rows(table)[:, column : column + 2].T
        done: list[int] = (level * end + less).tolist()
        return done

    pools = [pool.name for pool in net.pools]
    waiting = zip(net.steps, totals("step", k.WAITING), strict=True)
    limited = [not pool.unlimited for pool in net.pools]

    def by_pathway(column: int) -> dict[str, int]:
        return dict(zip(net.pathways, memory.rows("pathway")[:, column].tolist(), strict=True))

    return Integrals(
        held=dict(zip(pools, totals("pool", k.HELD), strict=True)),
        capacity={p: n for p, n, has in zip(pools, totals("pool", k.ROSTER), limited, strict=True) if has},
        queue={(s.pathway, s.name): n for s, n in waiting if s.kind in QUEUES},
        inside=dict(zip(net.pathways, totals("pathway", k.INSIDE), strict=True)),
        arrived=by_pathway(k.ARRIVED),
        left=by_pathway(k.LEFT),
        expected=dict(zip(net.pathways, draws.expected.tolist(), strict=True)),
        variance=dict(zip(net.pathways, draws.variance.tolist(), strict=True)),
        returned=by_pathway(k.RETURNED),
        present=by_pathway(k.PRESENT),
        turning=dict(zip(pools, totals("pool", k.TURNING), strict=True)),
    )


def run_compiled(network: Network, draws: Draws, replay: Replay | None = None, keep: float = 1.0) -> EventLog:
    """Return the event log of a network and its draws, by the compiled loop.

    Parameters
    ----------
    network, draws, replay
        What to run.
    keep : float
        Share of the patients whose rows are kept; 0 for none.

    Raises
    ------
    ModelError
        Where a step is written in Python, which the reference engine alone can run.
    RunError
        Where a run cannot go on.
    """
    _refuse_own_steps(network)
    compile_once()
    run = _Run(network, draws, replay, keep)
    run.run()
    return _event_log(run)


def run_in_parts(network: Network, draws: Draws, begin: Callable[[list[Ints]], Take]) -> Integrals:
    """Run, and hand the rows of spells over as they end instead of keeping them, so that memory stays flat.

    Parameters
    ----------
    network, draws
        What to run.
    begin : callable
        Gets the book (event, step, pool, units and detail by code) and returns what takes the spells: called with
        `first_row`, `pathway_of`, `time`, `code`, `visit` as of `EventLog.coded`, whole spells in any order.

    Returns
    -------
    Integrals
        The engine's own.

    Raises
    ------
    ModelError, RunError
        As `run_compiled`.
    """
    _refuse_own_steps(network)
    compile_once()
    run = _Run(network, draws, begin=begin)
    run.run()
    return _integrals(run)


def _refuse_own_steps(network: Network) -> None:
    own = np.flatnonzero(network.kind == Kind.OWN)
    if len(own):
        step = network.steps[network.step[own[0]]]
        raise ModelError(
            f"{step.pathway}/{step.name}",
            "this step is written in Python, which the compiled engine cannot run: use engine='simpy' (--engine simpy)",
        )
