"""cisim, with either engine, in the phases that the other peers have: draw, run, measure.

The first, tiny run is not timed: it loads the compiled engine's code, which is on disk after the first use ever
(the suite times that first use apart).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from common import EVENTS, STEPS, Stopwatch, arguments, peak_mb, tell

from cisim import fold, read_model, simulate
from cisim.engine.simulating import ENGINES
from cisim.eventlog import Event, EventLog
from cisim.measures import measure
from cisim.network import Draws, Network, build_network
from cisim.units import DAY


class Ahead(Draws):
    """Draws whose numbers of first passages are made before the run: the peers have theirs in hand, too."""

    def __init__(self, network: Network, seed: int) -> None:
        super().__init__(network, seed, 0)
        self.everybody  # noqa: B018 - made now, once
        self._made: dict[tuple[int, int], np.ndarray] = {}
        for code, stream in enumerate(network.streams):
            slots = self.slots(network.pathways.index(stream.names[0]))
            for number in range(-(-slots // self.block_size)):
                self._made[code, number] = super().block(code, 0, number)

    def block(self, stream: int, visit: int, block: int) -> np.ndarray:
        """Return a block of numbers: one made before, or a new one."""
        made = self._made.get((stream, block)) if visit == 0 else None
        return super().block(stream, visit, block) if made is None else made


def common_rows(log: EventLog, model: str) -> np.ndarray:
    """Return the rows that the peers write too: patient by patient, numbered as they came."""
    event = {Event[name.upper()]: code for code, name in enumerate(EVENTS)}
    step = {name: code for code, name in enumerate(STEPS[model])}
    events = np.array([event.get(kind, -1) for kind in Event])
    steps = np.array([step.get(s.name, 0) for s in log.steps] + [0])
    kept = events[log.event] >= 0
    order = np.cumsum(np.append(True, np.diff(log.patient) != 0)) - 1
    table = np.column_stack([order, log.time, events[log.event], steps[log.step]])
    return table[kept].astype(np.int64)


def work(options: argparse.Namespace, watch: Stopwatch) -> EventLog:
    """Return the log of one run."""
    model = read_model(options.model)
    if options.parts == "all":
        if options.keep == 0:  # folded: rows are measured as patients leave, and then forgotten
            watch.time("run", lambda: fold(model, options.end, seed=options.seed))
            options.folded_mb = peak_mb()  # the run below only counts who came
            return simulate(model, options.end, seed=options.seed, engine=options.engine, keep=0)

        def whole() -> EventLog:
            return simulate(model, options.end, seed=options.seed, engine=options.engine, keep=options.keep)

        return watch.time("run", whole)
    network = build_network(model, options.end)
    draws = watch.time("draw", lambda: Ahead(network, options.seed))
    return watch.time("run", lambda: ENGINES[options.engine](network, draws, None, 1.0))


def activities(log: EventLog) -> int:
    """Return how many activities began; of the three-stage pathway folded away, three for everybody who came."""
    if len(log) or log.integrals is None:
        return int(np.count_nonzero(log.event == Event.BEGIN))
    return 3 * sum(log.integrals.arrived.values())


def main() -> None:
    """Run once, after a tiny run that is not timed."""
    parser = arguments(__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--engine", default="compiled", choices=sorted(ENGINES))
    parser.add_argument(
        "--parts", default="apart", choices=["apart", "all"], help="draws apart from the run, or in it"
    )
    parser.add_argument("--keep", type=float, default=1.0, help="share of patients whose rows are kept")
    parser.add_argument("--measure", action="store_true", help="the standard measures too")
    parser.add_argument("--cold", action="store_true", help="no tiny run before: first use")
    options = parser.parse_args()
    if not options.cold:
        tiny = simulate(read_model(options.model), DAY, seed=2, engine=options.engine)
        measure(tiny, 0, tiny.end)
    watch, memory = Stopwatch(), {"before_mb": peak_mb()}
    log = work(options, watch)
    memory["run_mb"] = getattr(options, "folded_mb", peak_mb())
    taken = watch.time("measure", lambda: measure(log, 0, log.end)) if options.measure else []
    watch.time("columns", lambda: (log.patient, log.time, log.event, log.step))
    tell(watch.seconds, activities(log), len(log), more={"measures": len(taken), **memory})
    if options.log:
        common_rows(log, options.model.stem).tofile(options.log)


if __name__ == "__main__":
    main()
