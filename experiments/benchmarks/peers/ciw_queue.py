"""The three-stage pathway in Ciw, as its documentation writes a network of queues in a row.

Ciw draws its own numbers and always keeps a record of every service; asking for the records is in the time of the
run, turning them into rows of the common log is not.
"""

from __future__ import annotations

from typing import Any

import ciw
from common import Rows, Stopwatch, arguments, coded, tell

STAGES = (("triage", 4, 10.2), ("doctor", 6, 15.3), ("ward", 40, 102.0))  # places, mean minutes
PER_MINUTE = 480 / 1440
MINUTE = 60_000


def network() -> Any:
    """Return the network, in minutes."""
    names = [name for name, _, _ in STAGES]
    follows = [[float(to == here + 1) for to in range(len(STAGES))] for here in range(len(STAGES))]
    return ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=PER_MINUTE), *[None] * (len(names) - 1)],
        service_distributions=[ciw.dists.Exponential(rate=1 / mean) for _, _, mean in STAGES],
        number_of_servers=[number for _, number, _ in STAGES],
        routing=follows,
    )


def run(end: int, seed: int) -> list[Any]:
    """Return Ciw's records of one run, those not yet served to the end among them."""
    ciw.seed(seed)
    simulation = ciw.Simulation(network())
    simulation.simulate_until_max_time(end / MINUTE)
    records: list[Any] = simulation.get_all_records()
    return records


def rows(records: list[Any]) -> Rows:
    """Return the common log of Ciw's records of services that ended."""
    log: Rows = []
    for record in sorted(records, key=lambda r: (r.id_number, r.arrival_date)):
        number, step = record.id_number - 1, STAGES[record.node - 1][0]
        asked, began, ended = (
            round(t * MINUTE)
            for t in (record.arrival_date, record.service_start_date, record.service_end_date)
        )
        if record.node == 1:
            log.append((number, asked, "arrive", ""))
        log += [(number, asked, "ask", step), (number, began, "begin", step), (number, ended, "end", step)]
        if record.node == len(STAGES):
            log.append((number, ended, "leave", ""))
    return log


def main() -> None:
    """Run once."""
    options = arguments(__doc__).parse_args()
    watch = Stopwatch()
    records = watch.time("run", lambda: run(options.end, options.seed))
    log = watch.time("rows", lambda: rows(records))
    tell(watch.seconds, len(records), len(log))
    if options.log:
        coded(log, "three_stage").tofile(options.log)


if __name__ == "__main__":
    main()
