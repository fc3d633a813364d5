"""How the fitted numbers of the gastroenterology ward were found.

For each number of senior decisions, medical need is set so that the mean stay is 11.5 days, and demand so that 739
patients a year are admitted to 26 beds, both under two rounds a week. Need is split into equal parts, one before the
first treatment and one before each decision. Prints the changes that stand in experiment.yaml.

With two rounds a week a second decision comes 3.5 days after the first on average, so four decisions take at least
1.8 + 3 x 3.5 = 12.3 days: more than the published stay.

    python experiments/daily-ward-round/fit.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cisim import apply, read_model, simulate
from cisim.eventlog import Event
from cisim.spec import Model
from cisim.spec.scenario import Scenario
from cisim.units import DAY, DAYS_PER_YEAR

STAY, PATIENTS = 11.5, 739
WARM, LENGTH, REPLICATIONS, SEED = 140, 728, 24, 2009
LEAST = (
    0.02  # days: with four decisions the waits alone exceed the published stay, and no need is left to fit
)
MODEL = Path(__file__).parents[2] / "scenarios" / "gastroenterology-ward" / "model.yaml"


def case_changes(decisions: int, part: float, per_year: float) -> list[dict[str, object]]:
    """Return the changes of a case: how many decisions, the days of each part of need, and demand."""
    duration = {"lognormal": {"mean": f"{part:.3f} d", "sd": f"{part:.3f} d"}}
    return [
        {"set": "gastroenterology/senior decisions", "times": decisions},
        {"set": "gastroenterology/medical need", "duration": duration},
        {"set": "gastroenterology/treatment until the next decision", "duration": duration},
        {"demand": "gastroenterology", "to": f"{per_year:.0f} per year"},
    ]


def figures(model: Model) -> tuple[float, float]:
    """Return the mean stay (days) and the patients a year of a model, over all replications."""
    stays, patients = [], []
    for replication in range(REPLICATIONS):
        log = simulate(model, (WARM + LENGTH) * DAY, seed=SEED, replication=replication)
        took, gave = log.event == Event.TAKE, log.event == Event.GIVE
        begun = dict(zip(log.patient[took].tolist(), log.time[took].tolist(), strict=True))
        ended = zip(log.patient[gave].tolist(), log.time[gave].tolist(), strict=True)
        here = [(t - begun[p]) / DAY for p, t in ended if t >= WARM * DAY]
        stays.append(np.mean(here))
        patients.append(len(here) / LENGTH * DAYS_PER_YEAR)
    return float(np.mean(stays)), float(np.mean(patients))


def fit(model: Model, decisions: int) -> tuple[float, float]:
    """Return the part of need (days) and the demand a year that reproduce the figures before."""
    part, per_year, slope = (STAY - 1.8 * decisions) / (decisions + 1), 1300.0 if decisions else 930.0, 0.3
    last: tuple[float, float] | None = None
    for _ in range(7):
        changes = {"cisim": 1, "scenario": "case", "changes": case_changes(decisions, part, per_year)}
        stay, patients = figures(apply(model, Scenario.model_validate(changes)))
        print(f"  part {part:.3f} d, demand {per_year:.0f}: stay {stay:.3f} d, {patients:.1f} patients")
        if abs(stay - STAY) < 0.01 and abs(patients - PATIENTS) < 1:
            break
        # admissions answer demand the less, the fuller the ward: measure how much, as we go
        if last and abs(per_year - last[0]) > 1:
            slope = min(0.9, max(0.08, (patients - last[1]) / (per_year - last[0])))
        last = (per_year, patients)
        part = max(LEAST, part + 0.9 * (STAY - stay) / (decisions + 1))
        per_year += (PATIENTS - patients) / slope
    return part, per_year


if __name__ == "__main__":
    base = read_model(MODEL)
    for number in range(5):
        days, demand = fit(base, number)
        print(f"{number} decisions:")
        for change in case_changes(number, days, demand):
            print("  -", change)
