"""The three-stage pathway in salabim, with what salabim would keep for its own statistics switched off.

Written with generators (`yieldless=False`), which need no other package and are salabim's quicker way.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import salabim as sim
from common import Rows, Stopwatch, arguments, coded, count, tell

STAGES = (("triage", 4, 10.2), ("doctor", 6, 15.3), ("ward", 40, 102.0))  # places, mean minutes
PER_MINUTE = 480 / 1440
MINUTE = 60_000


class Patient(sim.Component):  # type: ignore[misc]
    """Somebody who goes through the stages."""

    def setup(self, number: int, stages: list[tuple[str, Any, Any]], log: Rows) -> None:
        """Know the way."""
        self.number, self.stages, self.log = number, stages, log

    def write(self, event: str, step: str = "") -> None:
        """Write a row."""
        self.log.append((self.number, round(self.env.now() * MINUTE), event, step))

    def process(self) -> Generator[Any, Any, None]:
        """Go through the stages, one after the other."""
        self.write("arrive")
        for step, staff, duration in self.stages:
            self.write("ask", step)
            yield self.request(staff)
            self.write("begin", step)
            yield self.hold(duration.sample())
            self.write("end", step)
            self.release(staff)
        self.write("leave")


class Arrivals(sim.Component):  # type: ignore[misc]
    """The door."""

    def setup(self, stages: list[tuple[str, Any, Any]], log: Rows) -> None:
        """Know what is behind it."""
        self.stages, self.log = stages, log

    def process(self) -> Generator[Any, Any, None]:
        """Start a patient at each arrival."""
        gap, number = sim.Exponential(1 / PER_MINUTE), 0
        while True:
            yield self.hold(gap.sample())
            Patient(number=number, stages=self.stages, log=self.log)
            number += 1


def run(end: int, seed: int) -> Rows:
    """Return the log of one run."""
    sim.yieldless(False)  # noqa: FBT003 - salabim's own word
    env = sim.Environment(random_seed=seed, trace=False)
    log: Rows = []
    stages = [
        (step, sim.Resource(step, number, monitor=False), sim.Exponential(mean))
        for step, number, mean in STAGES
    ]
    Arrivals(stages=stages, log=log)
    env.run(till=end / MINUTE)
    return log


def main() -> None:
    """Run once."""
    options = arguments(__doc__).parse_args()
    watch = Stopwatch()
    log = watch.time("run", lambda: run(options.end, options.seed))
    tell(watch.seconds, count(log), len(log))
    if options.log:
        coded(log, "three_stage").tofile(options.log)


if __name__ == "__main__":
    main()
