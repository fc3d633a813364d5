"""The Dutch sepsis pathway as a cisim model: fitted to half of the cases, foretelling the other half.

`python calibration/sepsis-pathway/study.py` reads the sepsis cases (4TU 915d2bfb, hospital in the Netherlands, 2013-15)
in place from the folder that CISIM_DATA names, and writes `model.json`, `results.csv`, `splits.csv` and the page
`fitness.html` beside this file. Without the data it says so and stops.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from cisim import read_model, simulate
from cisim.calibrate import (
    DurationFit,
    Returning,
    Validation,
    ValidationCheck,
    Ways,
    fit_duration,
    fit_return,
    fit_ways,
    predicted_check,
    product_limit,
    stays,
)
from cisim.distributions import Distribution, Empirical, Exponential, Gamma, Lognormal, Mixture, Weibull
from cisim.eventlog import Event, EventLog
from cisim.report import write_fitness
from cisim.units import DAY, HOUR

HERE = Path(__file__).parent
FILE = Path("sepsis") / "sepsis.csv.gz"
SOURCE = "Sepsis cases of a Dutch hospital, 2013-15 (4TU 915d2bfb), half of the cases"
WAYS = ("ward", "intensive care", "not admitted")
QUANTILES = (0.25, 0.5, 0.75, 0.9)
SIMULATIONS, OTHER_SPLITS = 200, 10
AT_ONCE = 0.05
GIVEN = ("in the department", "at admission", "none")
DAYS = 800


@dataclass(frozen=True)
class Case:
    """One case; times in hours, nan where there was none.

    Attributes
    ----------
    triage : from registration to the sepsis triage
    antibiotic : from the sepsis triage to the first intravenous antibiotic
    bed : from the sepsis triage to the first bed
    stay, seen : from the first bed to the release, or to the last stamp where no release was seen
    care : in intensive care
    way : where the patient went
    back : from the release to the return to the emergency department
    """

    triage: float
    antibiotic: float
    bed: float
    stay: float
    seen: bool
    care: float
    way: str
    back: float

    @property
    def given(self) -> str:
        """Where the antibiotic was given: stamps within three minutes of the bed's, or after, are its admission's."""
        if np.isnan(self.antibiotic):
            return "none"
        return (
            "in the department"
            if np.isnan(self.bed) or self.bed - self.antibiotic > AT_ONCE
            else "at admission"
        )


def read(path: Path) -> dict[str, Case]:
    """Return every case by its name."""
    stamps: dict[str, list[tuple[datetime, str]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            when = datetime.strptime(row["Complete Timestamp"], "%Y/%m/%d %H:%M:%S.%f")  # noqa: DTZ007
            stamps.setdefault(row["Case ID"], []).append((when, row["Activity"]))
    return {name: _case(sorted(rows)) for name, rows in stamps.items()}


def _case(rows: list[tuple[datetime, str]]) -> Case:
    def first(*wanted: str) -> datetime | None:
        return next((t for t, a in rows if a in wanted), None)

    def hours(start: datetime | None, end: datetime | None) -> float:
        return (end - start).total_seconds() / 3600 if start and end else np.nan

    released = next((t for t, a in rows if a.startswith("Release")), None)
    triaged, bed, again = first("ER Sepsis Triage"), first("Admission NC", "Admission IC"), first("Return ER")
    ended = released or max(t for t, a in rows if a != "Return ER")
    moves = [(t, a) for t, a in rows if a.startswith("Admission")] + [(ended, "end")]
    care = sum(hours(t, u) for (t, a), (u, _) in pairwise(moves) if a == "Admission IC")
    way = "not admitted" if bed is None else ("intensive care" if care > 0 else "ward")
    return Case(
        hours(first("ER Registration"), triaged), hours(triaged, first("IV Antibiotics")), hours(triaged, bed),
        hours(bed, ended), released is not None, care, way, hours(released, again),
    )  # fmt: skip


def halves(cases: Mapping[str, Case], split: int = 1) -> tuple[list[Case], list[Case]]:
    """Return the cases that are fitted and those that are held out, by the hash of their names."""
    first = {n: hashlib.sha256(f"cisim sepsis {split}:{n}".encode()).digest()[0] % 2 == 0 for n in cases}
    return [c for n, c in cases.items() if first[n]], [c for n, c in cases.items() if not first[n]]


@dataclass(frozen=True)
class Fits:
    """What was fitted: durations by name, ways by name, and coming back."""

    durations: Mapping[str, DurationFit]
    ways: Mapping[str, Ways]
    back: Returning


def fit(cases: list[Case]) -> Fits:
    """Return the fits of some cases."""

    def of(values: list[float], unit: str, scale: float, seen: list[bool] | None = None) -> DurationFit:
        x = np.maximum(np.array(values) * scale, 0.0)
        resolution = 1.0 if unit == "min" else (0.1 if unit == "h" else 1 / 1440)
        return fit_duration(x, seen, unit=unit, resolution=resolution)

    def among(way: str) -> list[Case]:
        return [c for c in cases if c.way == way]

    admitted = [c for c in cases if c.way != "not admitted"]
    treated = [c for c in cases if not np.isnan(c.antibiotic)]
    durations = {
        "triage": of([c.triage for c in cases], "min", 60),
        "antibiotic": of([c.antibiotic for c in treated if c.given == "in the department"], "min", 60),
        "bed after antibiotic": of(
            [c.bed - c.antibiotic for c in admitted if c.given == "in the department"], "h", 1
        ),
        "bed with antibiotic": of([c.bed for c in admitted if c.given == "at admission"], "h", 1),
        "bed without antibiotic": of([c.bed for c in admitted if c.given == "none"], "h", 1),
        "ward": of([c.stay for c in among("ward")], "d", 1 / 24, [c.seen for c in among("ward")]),
        "intensive care": of([c.care for c in among("intensive care")], "d", 1 / 24),
        "ward after intensive care": of(
            [c.stay - c.care for c in among("intensive care") if c.stay > c.care], "d", 1 / 24,
            [c.seen for c in among("intensive care") if c.stay > c.care],
        ),
    }  # fmt: skip
    given = {f"given, {way}": fit_ways([c.given for c in among(way)], GIVEN) for way in WAYS[:2]}
    given["given, not admitted"] = fit_ways([c.given for c in among(WAYS[2])], (GIVEN[0], GIVEN[2]))
    ways = {"admission": fit_ways([c.way for c in cases], WAYS), **given}
    released = [c for c in admitted if c.seen]
    after = np.array([c.back / 24 if c.back > 0 else np.inf for c in released])
    return Fits(durations, ways, fit_return(after, np.isfinite(after), family="gamma"))


def written(made: Distribution, unit: str) -> dict[str, Any]:
    """Return a distribution as a model file takes it."""

    def t(value: float) -> str:
        return f"{value:.9g} {unit}"

    match made:
        case Exponential():
            return {"exponential": {"mean": t(made.average)}}
        case Lognormal():
            return {"lognormal": {"mean": t(made.average), "sd": t(made.spread)}}
        case Gamma():
            return {"gamma": {"mean": t(made.average), "sd": t(made.spread)}}
        case Weibull():
            return {"weibull": {"shape": made.shape, "mean": t(made.average)}}
        case Mixture():
            inside = {"means": [t(m) for m in made.averages], "sds": [t(s) for s in made.spreads]}
            return {"mixture": {"shares": list(made.shares), **inside}}
        case Empirical():
            values = [t(v) for v in made.values]
            return {"empirical": {"values": values, "chances": list(made.chances), "scale": t(made.scale),
                                  "shape": made.shape}}  # fmt: skip
    raise TypeError(made)


def model(durations: Mapping[str, dict[str, Any]], ways: Mapping[str, dict[str, float]], back: dict[str, Any],
          patients: int) -> dict[str, Any]:  # fmt: skip
    """Return the model file: a patient an hour, because the calendar of the records is not real."""

    def antibiotic(way: str) -> list[dict[str, Any]]:
        bed = way != "not admitted"

        def delay(name: str) -> dict[str, Any]:
            return {"delay": f"{name}, {way}", "duration": durations[name]}

        inside = {
            "in the department": [delay("antibiotic"), *([delay("bed after antibiotic")] if bed else [])],
            "at admission": [delay("bed with antibiotic")],
            "none": [delay("bed without antibiotic")] if bed else [],
        }
        shares = ways[f"given, {way}"]
        return [
            {
                "branch": f"given, {way}",
                "ways": [{"way": g, "share": s, "steps": inside[g]} for g, s in shares.items()],
            }
        ]

    def stay(name: str, pool: str) -> dict[str, Any]:
        return {
            "stay": f"stay {name}",
            "beds": [pool],
            "steps": [{"delay": name, "duration": durations[name]}],
        }

    returning = {
        "branch": "afterwards",
        "ways": [
            {"way": "comes back", "share": back["share"],
             "steps": [{"comes_back": "return", "after": back["after"], "at": "seen again", "outcome": "home"}]},
            {"way": "does not", "share": 1 - back["share"], "steps": [{"leave": "home"}]},
        ],
    }  # fmt: skip
    admission = ways["admission"]
    care = [*antibiotic("intensive care"), stay("intensive care", "intensive care"),
            stay("ward after intensive care", "ward")]  # fmt: skip
    return {
        "cisim": 1,
        "model": "sepsis pathway",
        "start": "2014-01-06",
        "pools": {p: {"kind": "beds", "number": "unlimited"} for p in ("ward", "intensive care")},
        "pathways": {
            "sepsis": {
                "arrivals": {"listed": [f"{i} h" for i in range(patients)]},
                "steps": [
                    {"delay": "triage", "duration": durations["triage"]},
                    {
                        "branch": "admission",
                        "ways": [
                            {"way": "ward", "share": admission["ward"],
                             "steps": [*antibiotic("ward"), stay("ward", "ward")]},
                            {"way": "intensive care", "share": admission["intensive care"], "steps": care},
                            {"way": "not admitted", "share": admission["not admitted"],
                             "steps": [*antibiotic("not admitted"), {"leave": "not admitted"}]},
                        ],
                    },
                    returning,
                    {"delay": "seen again", "duration": "1 min"},
                    {"leave": "seen again"},
                ],
            }
        },
    }  # fmt: skip


def drawn(fits: Fits, patients: int, rng: np.random.Generator) -> dict[str, Any]:
    """Return the model at one draw of everything that is not known."""
    durations = {n: written(f.draws(1, rng)[0], f.unit) for n, f in fits.durations.items()}
    ways = {}
    for name, way in fits.ways.items():
        shares = way.draws(rng.random((1, len(way.names))))[0]
        shares[-1] = 1 - shares[:-1].sum()
        ways[name] = dict(zip(way.names, shares.tolist(), strict=True))
    share, after = fits.back.draws(1, rng)[0]
    return model(durations, ways, {"share": share, "after": written(after, fits.back.unit)}, patients)


def best(fits: Fits, patients: int) -> dict[str, Any]:
    """Return the model at the best values."""
    durations = {n: f.words(SOURCE, uncertain=False) for n, f in fits.durations.items()}
    ways = {}
    for name, way in fits.ways.items():
        shares = np.round(way.shares(), 4)
        shares[-1] = round(1 - shares[:-1].sum(), 4)
        ways[name] = dict(zip(way.names, shares.tolist(), strict=True))
    back = fits.back.words(SOURCE, uncertain=False)
    return model(durations, ways, back, patients)


def of_log(log: EventLog) -> list[Case]:
    """Return the cases of a simulated log."""
    steps = {s.name: i for i, s in enumerate(log.steps)}

    def times(event: Event, *names: str, spell: int = 0) -> dict[int, int]:
        rows = (log.event == event) & (log.spell == spell)
        if names:
            rows &= np.isin(log.step, [steps[n] for n in names])
        return dict(zip(log.patient[rows].tolist(), log.time[rows].tolist(), strict=True))

    arrive, leave = times(Event.ARRIVE), times(Event.LEAVE)
    again = times(Event.ARRIVE, spell=1)
    triaged = times(Event.END, "triage")
    given = times(Event.END, *(f"antibiotic, {w}" for w in WAYS))
    given |= times(Event.END, *(f"bed with antibiotic, {w}" for w in WAYS[:2]))
    direct, care = times(Event.BEGIN, "stay ward"), times(Event.BEGIN, "stay intensive care")
    after = times(Event.END, "intensive care")
    none = float("nan")
    out = []
    for p, t in arrive.items():
        bed = direct.get(p, care.get(p))
        way = "ward" if p in direct else ("intensive care" if p in care else "not admitted")
        in_bed = bed is not None
        out.append(
            Case(
                triage=(triaged[p] - t) / HOUR,
                antibiotic=(given[p] - triaged[p]) / HOUR if p in given else none,
                bed=(bed - triaged[p]) / HOUR if in_bed else none,
                stay=(leave.get(p, log.end) - bed) / HOUR if in_bed else none,
                seen=True,
                care=(after[p] - care[p]) / HOUR if p in care else 0.0,
                way=way,
                back=(again[p] - leave[p]) / HOUR if p in again else none,
            )
        )
    return out


def numbers(cases: list[Case]) -> dict[str, dict[str, float]]:
    """Return the numbers that are compared, by check."""
    admitted = [c for c in cases if c.way != "not admitted"]
    curve = product_limit(stays([max(c.stay, 1e-3) / 24 for c in admitted], [c.seen for c in admitted]))
    antibiotic = np.array([c.antibiotic for c in cases])
    given = antibiotic[~np.isnan(antibiotic)]
    bed = np.array([c.bed for c in admitted])
    released = [c for c in admitted if c.seen]
    back = np.array([c.back / 24 for c in released if c.back > 0])
    q = {f"{p:.0%}": p for p in QUANTILES}
    return {
        "Stay from the first bed to release, days": {k: curve.quantile(p) for k, p in q.items()},
        "Sepsis triage to antibiotic, hours": {k: float(np.quantile(given, p)) for k, p in q.items()},
        "Antibiotic within an hour of the sepsis triage": {"share of those given": float((given <= 1).mean()),
                                                           "share of all": float((given <= 1).sum() / len(cases))},
        "Sepsis triage to the first bed, hours": {k: float(np.quantile(bed, p)) for k, p in q.items()},
        "Where patients go": {w: sum(c.way == w for c in cases) / len(cases) for w in WAYS},
        "Given an antibiotic": {"share": len(given) / len(cases)},
        "Back at the emergency department": {"share of those released": len(back) / len(released),
                                             "half of them by, days": float(np.median(back))},
    }  # fmt: skip


SUBJECTS = ("stay", "waits", "waits", "waits", "outcomes", "outcomes", "outcomes")


def foretell(fits: Fits, held: list[Case], times: int) -> tuple[ValidationCheck, ...]:
    """Return the checks of the held half against as many simulated cases, each time with its own draw."""
    rng = np.random.Generator(np.random.Philox(7))
    simulated = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.yaml"
        for i in range(times):
            path.write_text(json.dumps(drawn(fits, len(held), rng)), encoding="utf-8")
            simulated.append(numbers(of_log(simulate(read_model(path), DAYS * DAY, seed=i))))
    seen = numbers(held)
    bounds = (0.0, np.inf)
    return tuple(
        predicted_check(name, about, seen[name], [s[name] for s in simulated], bounds=bounds)
        for name, about in zip(seen, SUBJECTS, strict=True)
    )


def _other_splits(cases: Mapping[str, Case]) -> None:
    """Write how often each number lay inside its interval over other random halves, lest the first was luck."""
    inside: dict[tuple[str, str], int] = {}
    passed: dict[str, int] = {}
    for split in range(2, 2 + OTHER_SPLITS):
        fitted, held = halves(cases, split)
        for check in foretell(fit(fitted), held, SIMULATIONS // 5):
            passed[check.name] = passed.get(check.name, 0) + check.passed
            for c in check.compared:
                inside[check.name, c.name] = inside.get((check.name, c.name), 0) + c.inside
    with (HERE / "splits.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("check", "number", "splits", "inside", "check passed"))
        writer.writerows(
            (name, number, OTHER_SPLITS, k, passed[name]) for (name, number), k in inside.items()
        )


def main() -> int:
    """Fit one half, foretell the other, and write what was found."""
    data = os.environ.get("CISIM_DATA", "")
    path = Path(data) / FILE
    if not data or not path.is_file():
        print(f"Skipped: CISIM_DATA names no folder with {FILE}.")
        return 0
    cases = read(path)
    fitted, held = halves(cases)
    fits = fit(fitted)
    for name, found in fits.durations.items():
        print(f"{name}: {found.told()}")
    for name, way in fits.ways.items():
        print(f"{name}: {way.told()}")
    print(f"back: {fits.back.told()}")
    checks = foretell(fits, held, SIMULATIONS)
    told = Validation("The Dutch sepsis pathway", f"{len(fitted)} cases", f"{len(held)} cases", checks)
    print(told.told())
    write_fitness(told, HERE / "fitness.html")
    with (HERE / "results.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("check", "number", "held", "foretold", "low", "high", "inside"))
        for check in checks:
            for c in check.compared:
                row = (f"{x:.4g}" for x in (c.held, c.predicted, c.low, c.high))
                writer.writerow((check.name, c.name, *row, int(c.inside)))
    _other_splits(cases)
    (HERE / "model.json").write_text(json.dumps(best(fits, len(held)), indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
