"""How often intervals of before-and-after effects hold the truth.

Series of known effect, each period like the one before it, with and without trend and season; 90% intervals. Run with
``python``, this file wrote the table `before_after.csv` beside it, in about a minute of one core.
"""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from cisim.before_after import beside, interrupted
from cisim.streams import address, uniforms

SETS = 400
FIRST = 10
"""Sets whose share is told apart too, so that a test may run them again."""
LEVEL = 0.9
BAND = 0.99
TABLE = Path(__file__).with_name("before_after.csv")
EFFECT = math.log(0.85)  # 15% less


class Design(NamedTuple):
    """A kind of series, and what is asked of it.

    Attributes
    ----------
    name : str
    before, after : int
        Periods.
    likeness : float
        Correlation of a period with the next.
    year : float
        Periods in a year; 0 without a season.
    trend : float
        Of the logarithm, a period; nothing is fitted where it is 0.
    grows : bool
        Whether the effect comes in a straight line: then its mean over the time after is asked for.
    other : bool
        Whether there is a comparison ward.
    """

    name: str
    before: int
    after: int
    likeness: float
    year: float = 0.0
    trend: float = 0.0
    grows: bool = False
    other: bool = False


DESIGNS = (
    Design("weeks, independent", 52, 52, 0.0),
    Design("weeks, alike, with a trend", 52, 52, 0.3, trend=-0.001),
    Design("weeks, alike, with trend and season", 104, 52, 0.3, 52.18, -0.001),
    Design("weeks, very alike, with trend and season", 104, 52, 0.6, 52.18, -0.001),
    Design("weeks, alike, an effect that grows", 104, 52, 0.3, 52.18, -0.001, grows=True),
    Design("months, alike, with season", 36, 24, 0.3, 12.0, 0.0),
    Design("few weeks, alike", 16, 16, 0.3),
    Design("beside another ward, alike", 52, 52, 0.4, other=True),
)
SPREAD = (
    0.08  # standard deviation of the logarithm of a period: that of a weekly mean stay of some 30 patients
)


def luck(n: int, likeness: float, *name: str | int) -> np.ndarray:
    """Return normal numbers of one standard deviation, each like the one before it, shape (n,)."""
    z = special.ndtri(uniforms(address("recovery", *name), 0, n))
    out = np.empty(n)
    out[0] = z[0]
    for i in range(1, n):
        out[i] = likeness * out[i - 1] + math.sqrt(1 - likeness**2) * z[i]
    return out


def holds(design: Design, number: int) -> bool:
    """Whether the interval of one set holds the true effect."""
    n = design.before + design.after
    t = np.arange(n, dtype=float)
    since = t - design.before
    came = np.where(since >= 0, since / since[-1] if design.grows else 1.0, 0.0)
    season = 0.06 * np.cos(2 * math.pi * t / design.year) if design.year else 0.0
    shared = season + design.trend * t
    seen = shared + EFFECT * came + SPREAD * luck(n, design.likeness, design.name, number)
    if design.other:
        wave = 0.1 * luck(n, 0.9, design.name, number, "both")  # what both wards share
        theirs = shared + wave + SPREAD * luck(n, design.likeness, design.name, number, "other")
        found = beside(np.exp(seen + wave), np.exp(theirs), design.before, ratio=True, level=LEVEL).effect
    else:
        found = interrupted(
            np.exp(seen), design.before, season=design.year, trend=bool(design.trend), slope=design.grows,
            ratio=True, level=LEVEL,
        )  # fmt: skip
    true = math.exp(EFFECT * came[since >= 0].mean())
    return found.effect.low <= true <= found.effect.high


def band(sets: int, designs: int) -> tuple[float, float]:
    """Return the coverage that exact intervals would have with 99% probability, for all designs at once."""
    tail = (1 - BAND) / designs / 2
    return float(stats.binom.ppf(tail, sets, LEVEL)) / sets, float(stats.binom.isf(tail, sets, LEVEL)) / sets


def rows() -> Iterator[tuple[str, int, float, float, float, int]]:
    """Yield each design: name, sets, coverage, its band, and how many of the first sets held."""
    low, high = band(SETS, len(DESIGNS))
    for design in DESIGNS:
        held = [holds(design, number) for number in range(SETS)]
        yield design.name, SETS, sum(held) / SETS, low, high, sum(held[:FIRST])


def main() -> int:
    """Write the table, and say whether every coverage lies in its band."""
    done = []
    for row in rows():
        done.append(row)
        print(f"{row[0]}: {row[2]:.3f} of {row[1]}, want {row[3]:.3f} to {row[4]:.3f}", flush=True)
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["series", "sets", "coverage", "low", "high", f"held of the first {FIRST}"])
        out.writerows(done)
    return 0 if all(low <= share <= high for _, _, share, low, high, _ in done) else 1


if __name__ == "__main__":
    sys.exit(main())
