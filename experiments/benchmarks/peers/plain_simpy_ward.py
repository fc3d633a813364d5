"""The ward with rounds and blocking by hand, in plain SimPy."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy
from common import Rows, Stopwatch, arguments, coded, count, read_numbers, tell

WARD_BEDS, COMMUNITY_BEDS = 46, 29
HOUR = 3_600_000
ROUND_AT, PLACES = 9 * HOUR, 14


class Ward:
    """The beds, and who waits for the round."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.log: Rows = []
        self.beds = simpy.Resource(env, WARD_BEDS)
        self.community = simpy.Resource(env, COMMUNITY_BEDS)
        self.for_the_round: list[tuple[int, simpy.Event]] = []

    def patient(self, number: int, treatment: int, rehabilitation: int) -> Generator[simpy.Event, Any, None]:
        """Keep the ward bed until there is a bed in the community."""
        env, log = self.env, self.log
        log.append((number, env.now, "arrive", ""))
        log.append((number, env.now, "ask", "ward stay"))
        bed = self.beds.request()
        yield bed
        log.append((number, env.now, "begin", "ward stay"))
        log.append((number, env.now, "begin", "treatment"))
        yield env.timeout(treatment)
        log.append((number, env.now, "end", "treatment"))
        log.append((number, env.now, "ask", "consultant round"))
        seen = env.event()
        self.for_the_round.append((number, seen))
        yield seen
        log.append((number, env.now, "begin", "consultant round"))
        log.append((number, env.now, "ready", "ward stay"))
        log.append((number, env.now, "ask", "community stay"))
        place = self.community.request()
        yield place
        self.beds.release(bed)
        log.append((number, env.now, "begin", "community stay"))
        log.append((number, env.now, "begin", "rehabilitation"))
        yield env.timeout(rehabilitation)
        log.append((number, env.now, "end", "rehabilitation"))
        log.append((number, env.now, "ready", "community stay"))
        self.community.release(place)
        log.append((number, env.now, "leave", ""))

    def rounds(self) -> Generator[simpy.Event, Any, None]:
        """See those who have waited longest, every morning; they go on in the order in which they came to the ward."""
        yield self.env.timeout(ROUND_AT)
        while True:
            seen, self.for_the_round = self.for_the_round[:PLACES], self.for_the_round[PLACES:]
            for _, event in sorted(seen, key=lambda waiting: waiting[0]):
                event.succeed()
            yield self.env.timeout(24 * HOUR)

    def arrivals(self, numbers: list[list[int]]) -> Generator[simpy.Event, Any, None]:
        """Start a process for each patient, when they come."""
        for number, (time, treatment, rehabilitation) in enumerate(numbers):
            yield self.env.timeout(time - self.env.now)
            self.env.process(self.patient(number, treatment, rehabilitation))


def run(numbers: list[list[int]], end: int) -> Rows:
    """Return the log of one run."""
    env = simpy.Environment()
    ward = Ward(env)
    env.process(ward.arrivals(numbers))
    env.process(ward.rounds())
    env.run(until=end)
    return ward.log


def main() -> None:
    """Run once."""
    options = arguments(__doc__).parse_args()
    watch = Stopwatch()
    numbers = watch.time("draw", lambda: read_numbers(options.numbers, 3))
    log = watch.time("run", lambda: run(numbers, options.end))
    tell(watch.seconds, count(log), len(log))
    if options.log:
        coded(log, "ward_rounds").tofile(options.log)


if __name__ == "__main__":
    main()
