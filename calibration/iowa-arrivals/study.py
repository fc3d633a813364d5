"""Fit the arrivals of one year, foretell the next: `python calibration/iowa-arrivals/study.py`.

Reads hourly arrivals at the emergency department of the University of Iowa Hospitals (R package fastTS, GPL-3) in
place, from the folder that CISIM_DATA names, and writes `results.csv` beside this file. Says so and stops where they
are absent.
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
from datetime import date
from pathlib import Path

import numpy as np

from cisim.calibrate import (
    ArrivalFit,
    HeldOut,
    Validation,
    coverage_check,
    fit_arrivals,
    pit_check,
    predict_arrivals,
    predicted_check,
    score_arrivals,
)
from cisim.report import write_fitness

HERE = Path(__file__).parent
FILE = Path("ed_iowa") / "hourly_2013_2016.csv.gz"
YEAR, NEXT = 2015, 2016
SOURCE = "University of Iowa Hospitals emergency department, hourly arrivals 2015 (R package fastTS 1.0)"


def read(path: Path) -> tuple[date, np.ndarray]:
    """Return the first day and the counts of each hour, shape (days, 24); nan where an hour is missing."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [
            (date.fromisoformat(r["Date"]), int(r["Hour"]), float(r["Arrivals"]))
            for r in csv.DictReader(lines)
        ]
    first = min(day for day, _, _ in rows)
    counts = np.full(((max(day for day, _, _ in rows) - first).days + 1, 24), np.nan)
    for day, hour, came in rows:
        counts[(day - first).days, hour] = came
    return first, counts


def years(first: date, counts: np.ndarray, low: int, high: int) -> tuple[date, np.ndarray]:
    """Return the first day and the counts of the years from `low` to `high`, both included."""
    begin, end = date(low, 1, 1), date(high + 1, 1, 1)
    return begin, counts[(begin - first).days : (end - first).days]


def plain(start: date, counts: np.ndarray) -> np.ndarray:
    """Return the mean number of each hour of the week, shape (7, 24): a Poisson process by hour of the week."""
    weekday = (start.weekday() + np.arange(len(counts))) % 7
    return np.array([counts[weekday == d].mean(axis=0) for d in range(7)])


def validation(fit: ArrivalFit, held: HeldOut, counts: np.ndarray, start: date) -> Validation:
    """Return the checks of 2016: totals of days, hours of the day, days of the week."""
    rng = np.random.default_rng(1)
    mean = predict_arrivals(fit, start, len(counts))
    weekday = (start.weekday() + np.arange(len(counts))) % 7

    def shares(y: np.ndarray, *, by_hour: bool) -> dict[str, float]:
        if by_hour:
            return {f"{h:02d}:00": float(s) for h, s in enumerate(y.sum(axis=0) / y.sum())}
        names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
        return {n: float(y[weekday == d].sum() / y.sum()) for d, n in enumerate(names)}

    drawn = []
    for _ in range(200):
        good = rng.gamma(1 / fit.cv**2, fit.cv**2, size=(len(counts), 1))
        _, se = fit.profile()
        wobble = np.exp(se * rng.standard_normal(se.shape))[weekday]
        drawn.append(rng.poisson(mean * good * wobble))
    return Validation(
        "Arrivals at an emergency department in Iowa",
        f"{fit.start.year}" if fit.start.year == YEAR else f"{fit.start.year} to {YEAR}",
        "2016",
        (
            pit_check("Daily totals in their forecast", "arrivals", held.day_pit, block=2),
            coverage_check("Intervals of daily totals", "arrivals", held.inside(0.9), 0.9, block=2),
            predicted_check("Shares of the hours of the day", "hours", shares(counts, by_hour=True),
                            [shares(d, by_hour=True) for d in drawn]),
            predicted_check("Shares of the days of the week", "weekdays", shares(counts, by_hour=False),
                            [shares(d, by_hour=False) for d in drawn]),
        ),
    )  # fmt: skip


def main() -> int:
    """Fit, foretell, and write what was found."""
    data = os.environ.get("CISIM_DATA", "")
    path = Path(data) / FILE
    if not data or not path.is_file():
        print(f"Skipped: CISIM_DATA names no folder with {FILE}.")
        return 0
    first, counts = read(path)
    start, seen = years(first, counts, YEAR, YEAR)
    later, unseen = years(first, counts, NEXT, NEXT)
    weekly = plain(start, seen)
    fits = {
        "2015: profile, season, day effect": fit_arrivals(seen, start),
        "2015: profile, day effect": fit_arrivals(seen, start, season=False),
        "2014-15: profile, season, growth, day effect": fit_arrivals(
            years(first, counts, 2014, 2015)[1], date(2014, 1, 1)
        ),
    }
    rows: list[tuple[str, str, float, float, float]] = []
    for name, fit in fits.items():
        held = score_arrivals(fit, unseen, later, weekly)
        print(f"{name}\n  {fit.told()}\n  {held.told()}")
        for path_, number in fit.numbers().items():
            low, high = fit.cv_interval if path_ == "day_effect.cv" else number.interval(0.9)
            rows.append((name, path_, number.value, low, high))
        rows += [
            (name, "log score an hour", held.score.mean() / 24, np.nan, np.nan),
            (name, "log score an hour, plain Poisson", held.plain.mean() / 24, np.nan, np.nan),
            (name, "gain an hour over plain Poisson", held.gain, *held.gain_interval),
            (name, "came over expected, less 1", held.mean_error, np.nan, np.nan),
            (name, "days follow each other, correlation", fit.follows, np.nan, np.nan),
        ]
        rows += [(name, f"days inside {q:.0%}", c, np.nan, np.nan) for q, c in held.covered.items()]
        rows += [(name, f"hours inside {q:.0%}", c, np.nan, np.nan) for q, c in held.hours_covered.items()]
        checked = validation(fit, held, unseen, later)
        print(checked.told())
        if name == "2015: profile, season, day effect":
            write_fitness(checked, HERE / "fitness.html")
        rows += [(name, f"passed: {c.name}", float(c.passed), np.nan, np.nan) for c in checked.checks]
    with (HERE / "results.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("fit", "number", "value", "low", "high"))
        writer.writerows((f, n, *("" if np.isnan(x) else f"{x:.5g}" for x in v)) for f, n, *v in rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
