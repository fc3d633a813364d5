"""Draw a model's numbers as cisim draws them, and keep them for the peers that read them.

One row a patient, by arrival: the time, then the duration of each step, all in whole milliseconds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from common import STEPS, arguments, tell

from cisim import read_model
from cisim.network import Draws, Network, build_network

TIMED = {"three_stage": STEPS["three_stage"][1:], "ward_rounds": ("treatment", "rehabilitation")}


def columns(network: Network, draws: Draws, steps: tuple[str, ...]) -> np.ndarray:
    """Return arrival times and durations of the only pathway's patients."""
    places = {
        names[1]: code
        for code, names in enumerate(s.names for s in network.streams)
        if names[2] == "duration"
    }
    slots = draws.slot.tolist()
    drawn = [[draws.number(places[step], slot, 0) for slot in slots] for step in steps]
    return np.column_stack([draws.time, *drawn]).astype(np.int64)


def main() -> None:
    """Write one model's numbers."""
    parser = arguments(__doc__)
    parser.add_argument("--model", type=Path, required=True)
    options = parser.parse_args()
    network = build_network(read_model(options.model), options.end)
    table = columns(network, Draws(network, options.seed, 0), TIMED[options.model.stem])
    table.tofile(options.numbers)
    tell({}, 0, len(table))


if __name__ == "__main__":
    main()
