"""Do the intervals of direct fits hold as often as they say? `python calibration/parameter-recovery/direct.py`.

Makes data sets from known parameters, fits each, and counts how often the 90% interval holds the truth; writes
`direct.csv` beside this file. With so many intervals a parameter's share should lie inside its own 99% binomial band,
Bonferroni over the parameters.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
from scipy import stats

from cisim.calibrate import fit_arrivals, fit_duration, fit_return, fit_ways
from cisim.distributions import Distribution, Exponential, Gamma, Lognormal, Mixture, Weibull

HERE = Path(__file__).parent
SETS = 200
LEVEL = 0.9
START = date(2023, 1, 2)
Interval = tuple[float, float, float]  # truth, low, high
Made = Iterator[tuple[str, Interval]]


def arrivals(rng: np.random.Generator) -> Made:
    """Two years with growth and season: a hospital's admissions."""
    days, rate, growth, cv = 731, 60.0, 0.06, 0.15
    hours = np.exp(0.5 * np.sin((np.arange(24) - 9) / 24 * 2 * np.pi))
    months = np.array(
        [(np.datetime64("2023-01-02") + d).astype("datetime64[M]").astype(int) % 12 for d in range(days)]
    )
    factor = 1 + 0.1 * np.cos(np.arange(12) / 12 * 2 * np.pi)
    lengths = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    factor = factor / (factor @ lengths / lengths.sum())
    years = (np.arange(days)[:, None] + (np.arange(24) + 0.5) / 24) / 365.25
    mean = rate * hours / hours.sum() * factor[months][:, None] * (1 + growth) ** years
    counts = rng.poisson(mean * rng.gamma(1 / cv**2, cv**2, size=(days, 1)))
    fit = fit_arrivals(counts, START, "hour")
    numbers = fit.numbers()
    yield "arrivals: rate", (rate, *numbers["rate"].interval(LEVEL))
    yield "arrivals: growth", (growth, *numbers["growth"].interval(LEVEL))
    yield "arrivals: January", (factor[0], *numbers["season.Jan"].interval(LEVEL))
    yield "arrivals: day effect", (cv, *fit.cv_interval)


def watched(true: Distribution, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stays seen through a window of 40 days: some begun before it, some not over when it closes."""
    longest = float(true.ppf(np.array(0.9999)))
    begin = rng.uniform(-longest, 40, int(12 * (longest + 40)))
    end = begin + true.ppf(rng.random(len(begin)))
    here = end > 0
    begin, end = begin[here], end[here]
    return np.minimum(end, 40) - begin, end <= 40, np.maximum(-begin, 0.0)


def durations(
    name: str, true: Distribution, truths: dict[str, float]
) -> Callable[[np.random.Generator], Made]:
    """Stays of a known family through a window of records."""

    def made(rng: np.random.Generator) -> Made:
        fit = fit_duration(*watched(true, rng), families=[name])
        for number, estimate in fit.numbers().items():
            yield f"{name}: {number}", (truths[number], *estimate.interval(LEVEL))

    return made


def mixture(rng: np.random.Generator) -> Made:
    """Two kinds of stay, all seen to end."""
    true = Mixture((0.75, 0.25), (3.0, 25.0), (1.5, 12.0))
    fit = fit_duration(true.ppf(rng.random(1500)), families=["mixture"])
    truths = {"shares.2": 0.25, "means.1": 3.0, "sds.1": 1.5, "means.2": 25.0, "sds.2": 12.0}
    for number, estimate in fit.numbers().items():
        yield f"mixture: {number}", (truths[number], *estimate.interval(LEVEL))


def ways(rng: np.random.Generator) -> Made:
    """Take one of three ways, the last a rare one."""
    shares = {"home": 0.7, "ward": 0.25, "other hospital": 0.05}
    fit = fit_ways(rng.choice(list(shares), 300, p=list(shares.values())).tolist(), tuple(shares))
    for (name, share), (low, high) in zip(shares.items(), fit.interval(LEVEL), strict=True):
        yield f"branch: {name}", (share, low, high)


def returning(rng: np.random.Generator) -> Made:
    """One in five comes back; half were followed for 60 days only."""
    true = np.where(rng.random(1500) < 0.2, rng.gamma(1.5, 12, 1500), np.inf)
    followed = np.where(rng.random(1500) < 0.5, 60.0, 365.0)
    fit = fit_return(np.minimum(true, followed), true <= followed, family="gamma")
    yield "coming back: share", (0.2, *fit.share.interval(LEVEL))
    yield "coming back: mean", (18.0, *fit.numbers["mean"].interval(LEVEL))


STUDIES: dict[str, Callable[[np.random.Generator], Made]] = {
    "arrivals": arrivals,
    "exponential": durations("exponential", Exponential(6.0), {"mean": 6.0}),
    "lognormal": durations("lognormal", Lognormal(6.0, 6.0), {"mean": 6.0, "sd": 6.0}),
    "gamma": durations("gamma", Gamma(6.0, 4.0), {"mean": 6.0, "sd": 4.0}),
    "weibull": durations("weibull", Weibull(1.5, 6.0), {"shape": 1.5, "mean": 6.0}),
    "mixture": mixture,
    "branch": ways,
    "coming back": returning,
}


def recover(study: str, sets: range) -> dict[str, list[Interval]]:
    """Return the truth and the interval of every parameter, for each of some data sets."""
    out: dict[str, list[Interval]] = {}
    for i in sets:
        rng = np.random.Generator(np.random.Philox([list(STUDIES).index(study), i]))
        for name, interval in STUDIES[study](rng):
            out.setdefault(name, []).append(interval)
    return out


def band(sets: int, parameters: int) -> tuple[int, int]:
    """Return the fewest and the most intervals of so many that may hold: 99%, Bonferroni over the parameters."""
    tail = 0.01 / 2 / parameters
    return int(stats.binom.ppf(tail, sets, LEVEL)), int(stats.binom.ppf(1 - tail, sets, LEVEL))


def main() -> int:
    """Make, fit and count; write the table."""
    found = {name: values for study in STUDIES for name, values in recover(study, range(SETS)).items()}
    low, high = band(SETS, len(found))
    with (HERE / "direct.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("parameter", "truth", "sets", "held", "least", "most", "mean width"))
        for name, values in found.items():
            held = sum(a <= truth <= b for truth, a, b in values)
            width = np.mean([b - a for _, a, b in values])
            writer.writerow((name, f"{values[0][0]:.6g}", len(values), held, low, high, f"{width:.4g}"))
            print(
                f"{name}: {held} of {len(values)} ({low} to {high}) {'' if low <= held <= high else 'OUTSIDE'}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
