"""How often intervals of before-and-after effects hold the truth, by length of the series and likeness of periods.

24 to 104 periods, half of them before the change; a correlation of a period with the next of 0 to 0.7; with and without
a trend. Run with ``python``, this file wrote the table `before_after_grid.csv` beside it, in a minute and a half.
"""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path

import numpy as np
from scipy import special, stats

from cisim.before_after import interrupted
from cisim.streams import address, uniforms

SETS, LEVEL, BAND = 200, 0.9, 0.99
FIRST = 5
PERIODS, ALIKE = (24, 52, 104), (0.0, 0.3, 0.5, 0.7)
EFFECT, SPREAD, TREND = math.log(0.85), 0.08, -0.002
TABLE = Path(__file__).with_name("before_after_grid.csv")


def holds(periods: int, alike: float, trend: bool, number: int) -> bool:  # noqa: FBT001 - a setting of the grid
    """Whether the interval of one series holds the true effect."""
    z = special.ndtri(uniforms(address("grid", periods, f"{alike}", number), 0, periods))
    luck = z.copy()
    for i in range(1, periods):
        luck[i] = alike * luck[i - 1] + math.sqrt(1 - alike**2) * z[i]
    t = np.arange(periods)
    seen = EFFECT * (t >= periods // 2) + SPREAD * luck + (TREND * t if trend else 0.0)
    found = interrupted(np.exp(seen), periods // 2, trend=trend, ratio=True, level=LEVEL).effect
    return found.low <= math.exp(EFFECT) <= found.high


def band() -> tuple[float, float]:
    """Return the coverage that exact intervals would have with 99% probability, for all series at once."""
    tail = (1 - BAND) / (2 * len(PERIODS) * len(ALIKE)) / 2
    return float(stats.binom.ppf(tail, SETS, LEVEL)) / SETS, float(stats.binom.isf(tail, SETS, LEVEL)) / SETS


def main() -> int:
    """Write the table, and say whether every coverage lies in its band."""
    low, high = band()
    rows = []
    for periods in PERIODS:
        for alike in ALIKE:
            for trend in (False, True):
                held = [holds(periods, alike, trend, number) for number in range(SETS)]
                rows.append(
                    (periods, alike, int(trend), SETS, sum(held) / SETS, low, high, sum(held[:FIRST]))
                )
                print(*rows[-1], flush=True)
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(
            ["periods", "alike", "trend", "sets", "coverage", "low", "high", f"held of the first {FIRST}"]
        )
        out.writerows(rows)
    return 0 if all(low <= row[4] <= high for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
