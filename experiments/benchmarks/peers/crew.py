"""So many replications of the three-stage pathway, measured, by one worker or two: cisim's own crew.

Before the timed list the crew does a few small tasks, so that every worker has started and has loaded its code; what
starting costs is in the time of the whole process.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from common import Stopwatch, arguments, tell

from cisim import read_model, simulate
from cisim.engine.simulating import ENGINES
from cisim.eventlog import Event
from cisim.measures import measure
from cisim.runs.workers import Crew

FIRST = 8  # small tasks, enough for two workers to have had one


def replication(number: int, *, model: Path, end: int, engine: str) -> tuple[int, int]:
    """Return the activities and the measures of one replication."""
    log = simulate(read_model(model), end, seed=1, replication=number, engine=engine)
    return int((log.event == Event.BEGIN).sum()), len(measure(log, 0, log.end))


def nothing(_: tuple[int, int]) -> None:
    """Do nothing more with a result."""


def work(options: argparse.Namespace, watch: Stopwatch) -> list[tuple[int, int]]:
    """Return the results of all replications."""
    small = partial(replication, model=options.model, end=options.end // 10, engine=options.engine)
    task = partial(replication, model=options.model, end=options.end, engine=options.engine)
    with Crew(options.workers) as crew:
        watch.time("start", lambda: crew.work(small, range(FIRST), nothing))
        return watch.time("run", lambda: crew.work(task, range(options.tasks), nothing))


def main() -> None:
    """Do all replications."""
    parser = arguments(__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--engine", default="compiled", choices=sorted(ENGINES))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--tasks", type=int, default=8)
    options = parser.parse_args()
    watch = Stopwatch()
    done = work(options, watch)
    tell(watch.seconds, sum(activities for activities, _ in done), 0)


if __name__ == "__main__":
    main()
