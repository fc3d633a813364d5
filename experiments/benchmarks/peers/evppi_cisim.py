"""cisim's worth of knowing one parameter, for each in turn, with its standard error and its own checks.

Prints one line of JSON, as the other peers do: `run` goes from the draws to the worths.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from common import Stopwatch, tell
from psa_case import STRATEGIES

from cisim.decision import evppi

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, required=True)
    parser.add_argument("--numbers", type=Path, required=True)
    asked = parser.parse_args()
    watch = Stopwatch()
    table = watch.time("draw", lambda: np.fromfile(asked.numbers, "<f8").reshape(-1, asked.draws).T)
    benefit, parameters = table[:, -STRATEGIES:], table[:, :-STRATEGIES]
    evppi(benefit[:200], parameters[:200, 0])  # what is loaded once
    worths = watch.time("run", lambda: [evppi(benefit, column).value for column in parameters.T])
    tell(watch.seconds, parameters.shape[1], asked.draws, more={"worth": [round(x, 4) for x in worths]})
