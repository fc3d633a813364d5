"""The three-stage pathway by hand, in plain SimPy, as a modeller who knows SimPy writes it.

The log is a list of tuples. Numbers come drawn, so that the rows can be held to cisim's; reading them costs less
than drawing them one by one would.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy
from common import Rows, Stopwatch, arguments, coded, count, read_numbers, tell

STAGES = (("triage", 4), ("doctor", 6), ("ward", 40))


def patient(
    env: simpy.Environment,
    number: int,
    stages: list[tuple[str, simpy.Resource]],
    durations: list[int],
    log: Rows,
) -> Generator[simpy.Event, Any, None]:
    """Go through the stages, one after the other."""
    log.append((number, env.now, "arrive", ""))
    for (step, staff), duration in zip(stages, durations, strict=True):
        log.append((number, env.now, "ask", step))
        with staff.request() as place:
            yield place
            log.append((number, env.now, "begin", step))
            yield env.timeout(duration)
            log.append((number, env.now, "end", step))
    log.append((number, env.now, "leave", ""))


def arrivals(
    env: simpy.Environment, stages: list[tuple[str, simpy.Resource]], numbers: list[list[int]], log: Rows
) -> Generator[simpy.Event, Any, None]:
    """Start a process for each patient, when they come."""
    for number, (time, *durations) in enumerate(numbers):
        yield env.timeout(time - env.now)
        env.process(patient(env, number, stages, durations, log))


def run(numbers: list[list[int]], end: int) -> Rows:
    """Return the log of one run."""
    env = simpy.Environment()
    log: Rows = []
    stages = [(step, simpy.Resource(env, capacity)) for step, capacity in STAGES]
    env.process(arrivals(env, stages, numbers, log))
    env.run(until=end)
    return log


def main() -> None:
    """Run, and measure if asked."""
    parser = arguments(__doc__)
    parser.add_argument("--measure", action="store_true", help="the standard measures too, in pandas")
    options = parser.parse_args()
    watch = Stopwatch()
    numbers = watch.time("draw", lambda: read_numbers(options.numbers, 1 + len(STAGES)))
    log = watch.time("run", lambda: run(numbers, options.end))
    if options.measure:
        from pandas_measures import measure  # noqa: PLC0415 - who only runs has no need of pandas

        found = watch.time("measure", lambda: measure(log, dict(STAGES), options.end))
        tell(watch.seconds, count(log), len(log), more={"measures": len(found)})
    else:
        tell(watch.seconds, count(log), len(log))
    if options.log:
        coded(log, "three_stage").tofile(options.log)


if __name__ == "__main__":
    main()
