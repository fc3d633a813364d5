"""Running the kernel: giving it what it wants until it is done, and making a log of what it wrote."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisim.engine.compiled import kernel as k
from cisim.engine.compiled.compiling import compile_once
from cisim.engine.compiled.laying import lay_out, set_capacities
from cisim.engine.keeping import kept
from cisim.engine.knots import first_cycle, knotted
from cisim.engine.replay import Replay
from cisim.engine.writing import QUEUES, held_openings
from cisim.errors import ModelError, RunError
from cisim.eventlog import EventLog, Integrals
from cisim.network import Draws, Kind, Network
from cisim.units import clock

__all__ = ["run_compiled"]

Ints = NDArray[np.int64]
_Chunk = tuple[Ints, NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]
_CHUNK = 1 << 20  # rows written before they are set aside
_FIRST_CHUNK = 1 << 14


class _Values:
    """The random numbers drawn so far, in one array that grows."""

    def __init__(self, network: Network, draws: Draws) -> None:
        parts = [draws.attribute(code) for code in range(len(network.attributes))]
        self.attribute_at = np.cumsum([0, *(len(p) for p in parts)])[:-1].tolist()
        self.used = sum(len(p) for p in parts)
        self.array = np.zeros(max(1 << 14, 2 * self.used), np.int64)
        self.array[: self.used] = np.concatenate([np.zeros(0, np.int64), *parts])

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


class _Rows:
    """The rows written so far: whole chunks set aside, and the one being written."""

    def __init__(self) -> None:
        self.chunks: list[_Chunk] = []
        self.who = np.zeros(2 * 1024, np.int64)
        self.open(_FIRST_CHUNK)

    def open(self, length: int) -> None:
        """Begin a chunk."""
        code, visit, spell = (np.empty(length, np.int32) for _ in range(3))
        self.now = (np.empty(length, np.int64), code, visit, spell)

    def set_aside(self, used: int) -> None:
        """Keep what is written of the present chunk."""
        time, code, visit, spell = self.now
        self.chunks.append((time[:used], code[:used], visit[:used], spell[:used]))


class _Run:
    """One run of the kernel."""

    def __init__(self, network: Network, draws: Draws, replay: Replay | None, keep: float) -> None:
        self.net, self.draws, self.keep = network, draws, keep
        self.values = _Values(network, draws)
        self.memory, self.book = lay_out(network, draws, replay, self.keeps, self.values.attribute_at)
        self.rows = _Rows()
        coming = np.arange(len(draws.time))
        if replay is not None and replay.skip:
            skip = {(network.pathways.index(p), n) for p, n in replay.skip if p in network.pathways}
            who = zip(draws.pathway.tolist(), draws.patient.tolist(), strict=True)
            coming = np.flatnonzero([pair not in skip for pair in who])
        self.arrivals = np.ascontiguousarray(draws.time[coming])
        self.slots = draws.pathway[coming] << 40 | draws.slot[coming]
        self.kept = self.keeps(draws.pathway[coming], draws.patient[coming])
        self.memory["ARRIVAL_N"] = len(coming)
        self.fit_rows()

    def keeps(self, pathway: Ints, patient: Ints) -> Ints:
        """Return whether the rows of patients are kept."""
        return kept(self.net, pathway, patient, self.keep)

    def fit_rows(self) -> None:
        """Say how much room there is for rows and spells."""
        self.memory["LOG_CAP"] = len(self.rows.now[0])
        self.memory["SPELL_CAP"] = len(self.rows.who) // 2

    def run(self) -> None:
        """Run to the end."""
        wants = {k.DRAWS: self.draw, k.SPACE: self.grow, k.KNOT: self.untie, k.LOOP: self.loop}
        while True:
            k.run(
                self.memory.m, self.values.array, self.arrivals, self.slots, self.kept, *self.rows.now, self.rows.who
            )  # fmt: skip
            status = self.memory.number("STATUS")
            if status == k.DONE:
                self.rows.set_aside(self.memory.number("LOG_N"))
                return
            wants[status]()

    # -- what the kernel may want -------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the block of numbers that is wanted."""
        stream, visit, block = (self.memory.number(f"WANT_{x}") for x in ("STREAM", "VISIT", "BLOCK"))
        if visit >= self.memory["STREAM_VISITS"][stream]:
            self.more_visits(stream, visit)
        at = self.values.add(self.draws.block(stream, visit, block))
        place = self.memory["STREAM_BASE"][stream] + visit * self.memory["STREAM_BLOCKS"][stream] + block
        self.memory["BLOCK_AT"][place] = at

    def more_visits(self, stream: int, visit: int) -> None:
        """Make room in the table of blocks for later passages of a step."""
        visits, blocks = self.memory["STREAM_VISITS"].copy(), self.memory["STREAM_BLOCKS"].copy()
        base, table = self.memory["STREAM_BASE"].copy(), self.memory["BLOCK_AT"]
        more = max(visit + 1, 2 * int(visits[stream]))
        end = base[stream] + visits[stream] * blocks[stream]
        added = np.full((more - visits[stream]) * blocks[stream], -1, np.int64)
        later = base > base[stream]
        base[later] += len(added)
        visits[stream] = more
        longer = np.concatenate([table[:end], added, table[end:]])
        self.memory.replace({"BLOCK_AT": longer, "STREAM_BASE": base, "STREAM_VISITS": visits})

    def grow(self) -> None:
        """Give more room wherever there is little."""
        number, memory = self.memory.number, self.memory
        room, rows = number("ROOM"), number("WANT_ROWS")
        if number("LOG_CAP") - number("LOG_N") <= rows:
            self.rows.set_aside(number("LOG_N"))
            self.rows.open(max(min(_CHUNK, 2 * len(self.rows.now[0])), 2 * rows))
            memory["LOG_N"] = 0
        if number("SPELL_CAP") - number("SPELL_N") <= room:
            self.rows.who = np.concatenate([self.rows.who, np.zeros_like(self.rows.who)])
        longer: dict[str, int] = {}
        if number("TOKEN_CAP") - number("TOKEN_N") <= room:
            longer |= {
                n: 2 * len(memory[n])
                for n in ("READY", "READY_NEXT", "MARKED", "CYCLE", "TOKENS", "EXPIRING")
            }
        if number("EXPIRING_CAP") - number("EXPIRING_N") <= room:
            longer["EXPIRING"] = 2 * len(memory["EXPIRING"])
        if number("PATIENT_CAP") - number("PATIENT_N") <= room:
            longer["PATIENTS"] = 2 * len(memory["PATIENTS"])
        if number("HEAP_CAP") - number("HEAP_N") <= room:
            longer |= {n: 2 * len(memory[n]) for n in ("HEAP_TIME", "HEAP_WHAT")}
        memory.replace({name: memory.lengthen(name, length) for name, length in longer.items()})
        set_capacities(memory)
        self.fit_rows()

    def token(self, number: int) -> Ints:
        """Return one token's entries."""
        return self.memory["TOKENS"][number * k.TOKEN_WIDTH : (number + 1) * k.TOKEN_WIDTH]

    def beds(self, token: Ints) -> list[tuple[int, bool]]:
        """Return the pools of the beds of a token's patient, and whether the stay in each is over."""
        width = self.memory.number("WIDTH")
        patient = self.memory["PATIENTS"][token[k.T_PATIENT] * width :][:width]
        rows = patient[k.PATIENT_FIXED :][: patient[k.P_BEDS] * k.BED_WIDTH].reshape(-1, k.BED_WIDTH)
        return [(int(self.net.need_pool[row[k.B_NEED]]), bool(row[k.B_OVER] >= 0)) for row in rows]

    def blocked(self) -> list[int]:
        """Return the tokens that wait for a bed, in service order."""
        table = self.memory["TOKENS"].reshape(-1, k.TOKEN_WIDTH)[: self.memory.number("TOKEN_N")]
        stays = self.net.kind[table[:, k.T_NODE]] == Kind.STAY
        waits = (table[:, k.T_WAITS] == 1) & (table[:, k.T_LINE] >= 0) & (table[:, k.T_HOME] == 0)
        found = np.flatnonzero(stays & waits & (table[:, k.T_TRACK] == 0)).tolist()

        def key(tok: int) -> tuple[int, ...]:
            t = table[tok]
            pathway, slot = self.who(t)
            since = (int(t[k.T_PRIORITY]), int(t[k.T_SINCE]))
            return (*since, pathway, slot, int(t[k.T_VISIT]), int(self.net.step[t[k.T_NODE]]))

        return sorted(found, key=key)

    def who(self, token: Ints) -> tuple[int, int]:
        """Return the pathway and slot of a token's patient."""
        at = token[k.T_PATIENT] * self.memory.number("WIDTH")
        patient = self.memory["PATIENTS"][at : at + k.PATIENT_FIXED]
        return int(patient[k.P_PATHWAY]), int(patient[k.P_SLOT])

    def untie(self) -> None:
        """Choose the cycle in which beds are exchanged, as the reference engine does."""
        net, now, memory = self.net, self.memory.number("NOW"), self.memory
        blocked = self.blocked()
        tokens = [self.token(b) for b in blocked]
        wants = []
        for t in tokens:
            first = net.queue_first[net.queue[t[k.T_NODE]]]
            options = range(first, first + net.queue_count[net.queue[t[k.T_NODE]]])
            pools = [int(net.need_pool[net.alternative_first[a]]) for a in options]
            opened = [bool(now - t[k.T_ASKED] >= net.alternative_after[a]) for a in options]
            wants.append(list(zip(pools, opened, strict=True)))
        holds = [[pool for pool, _ in self.beds(t)] for t in tokens]
        gives = [[pool for pool, over in self.beds(t) if over] for t in tokens]
        held, roster = memory["HELD"], memory["ROSTER"]
        full = {
            code: int(held[code])
            for code in range(len(net.pools))
            if not net.pools[code].unlimited
            and memory["TURNING"][code] == 0
            and held[code] + 1 > roster[code]
        }
        stuck = knotted(wants, holds, full)
        cycle = first_cycle(wants, gives, stuck)
        if not net.swap and (cycle or knotted(wants, holds, {p: n for p, n in full.items() if n})):
            names = ", ".join(
                f"patient {self.number(tokens[i])} waiting for {self.name(int(tokens[i][k.T_NODE]))}"
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
        queue = self.net.queue[token[k.T_NODE]]
        first = self.net.queue_first[queue]
        needs = self.net.alternative_first[first : first + self.net.queue_count[queue]]
        return next(int(need) for need in needs if self.net.need_pool[need] == pool)

    def loop(self) -> None:
        """Tell of a loop in which no time passes."""
        token = self.token(self.memory.number("WHO"))
        pathway, _ = self.who(token)
        most = self.memory.number("MOST_MOVES")
        raise RunError(
            f"{self.when()}: patient {self.number(token)} of {self.net.pathways[pathway]} made {most:,} "
            f"moves without any time passing, the last at {self.name(int(token[k.T_NODE]))}; "
            "give a step of that loop a duration"
        )

    def number(self, token: Ints) -> int:
        """Return the number of a token's patient."""
        pathway, slot = self.who(token)
        return int(_patients(self.net, self.draws)[pathway][slot])

    def name(self, node: int) -> str:
        """Return a node's step as people know it."""
        if self.net.step[node] < 0:
            return "a go_to"
        step = self.net.steps[self.net.step[node]]
        return f"'{step.pathway}/{step.name}'"

    def when(self) -> str:
        """Return the moment of the run."""
        return f"{clock(self.net.start, self.memory.number('NOW')):%a %d %b %Y %H:%M}"


def _patients(net: Network, draws: Draws) -> list[Ints]:
    """Return the patient numbers of each pathway, by slot."""
    out = [np.zeros(draws.slots(code), np.int64) for code in range(len(net.pathways))]
    for code in range(len(net.pathways)):
        mine, there = draws.pathway == code, draws.start_pathway == code
        out[code][draws.slot[mine]] = draws.patient[mine]
        out[code][draws.start_slot[there]] = draws.start_patient[there]
    return out


def _event_log(run: _Run) -> EventLog:
    """Put the rows in the order of a log, a chunk at a time so that few are in memory twice."""
    net, rows, memory = run.net, run.rows, run.memory
    spells = memory.number("SPELL_N")
    who = rows.who[: 2 * spells].reshape(-1, 2)
    counts = np.zeros(spells, np.int64)
    for chunk in rows.chunks:
        k.count_rows(chunk[3], counts)
    pathway, slot = who[:, 0] >> 40, who[:, 0] & ((1 << 40) - 1)
    order = np.lexsort((who[:, 1], who[:, 0]))
    first_row = np.concatenate(([0], np.cumsum(counts[order])))
    at = np.empty(spells, np.int64)
    at[order] = first_row[:-1]
    total = int(first_row[-1])
    time, code, visit = np.empty(total, np.int64), np.empty(total, np.int32), np.empty(total, np.int32)
    del rows.now
    while rows.chunks:
        k.place_rows(*rows.chunks.pop(0), at, time, code, visit)
    numbers = _patients(net, run.draws)
    patient = np.zeros(spells, np.int64)
    for path, mine in enumerate(numbers):
        here = pathway == path
        patient[here] = mine[slot[here]]
    return EventLog.coded(
        start=net.start,
        end=net.end,
        pathways=net.pathways,
        steps=net.steps,
        pools=net.pools,
        details=net.details,
        book=run.book.columns(),
        first_row=first_row,
        pathway_of=pathway[order],
        patient_of=patient[order],
        spell_of=who[order, 1],
        time=time,
        code=code,
        visit=visit,
        openings=held_openings(net),
        integrals=_integrals(run),
    )


def _integrals(run: _Run) -> Integrals:
    net, draws, memory = run.net, run.draws, run.memory
    end = net.end

    def totals(name: str) -> list[int]:
        level, since, total = (memory[name + x] for x in ("", "_SINCE", "_SUM"))
        done: list[int] = (total + level * (end - since)).tolist()
        return done

    pools = [pool.name for pool in net.pools]
    waiting = zip(net.steps, totals("WAITING"), strict=True)
    limited = [not pool.unlimited for pool in net.pools]

    def by_pathway(name: str) -> dict[str, int]:
        return dict(zip(net.pathways, memory[name].tolist(), strict=True))

    return Integrals(
        held=dict(zip(pools, totals("HELD"), strict=True)),
        capacity={p: n for p, n, has in zip(pools, totals("ROSTER"), limited, strict=True) if has},
        queue={(s.pathway, s.name): n for s, n in waiting if s.kind in QUEUES},
        inside=dict(zip(net.pathways, totals("INSIDE"), strict=True)),
        arrived=by_pathway("ARRIVED"),
        left=by_pathway("LEFT"),
        expected=dict(zip(net.pathways, draws.expected.tolist(), strict=True)),
        variance=dict(zip(net.pathways, draws.variance.tolist(), strict=True)),
        returned=by_pathway("RETURNED"),
        present=by_pathway("PRESENT"),
        turning=dict(zip(pools, totals("TURNING"), strict=True)),
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
    own = np.flatnonzero(network.kind == Kind.OWN)
    if len(own):
        step = network.steps[network.step[own[0]]]
        raise ModelError(
            f"{step.pathway}/{step.name}",
            "this step is written in Python, which the compiled engine cannot run: use engine='simpy' (--engine simpy)",
        )
    compile_once()
    run = _Run(network, draws, replay, keep)
    run.run()
    return _event_log(run)
