"""How the fitted numbers of the gastroenterology ward were found.

For each number of senior decisions, medical need is set so that the mean stay is 11.5 days, and demand so that 739
patients a year are admitted to 26 beds, both under two rounds a week. Need is split into equal parts, one before the
first treatment and one before each decision. Prints the changes that stand in experiment.yaml.

With two rounds a week a second decision comes 3.5 days after the first on average, so four decisions take at least
1.8 + 3 x 3.5 = 12.3 days: more than the published stay.

Of two decisions, the main case, it then prints how well one published year tells need and demand: one year's mean stay
and number of patients are themselves lucky or unlucky, and how much one part of need differs between patients is an
assumption. What is believed of need and demand, given the two figures, is what model.yaml says of them.

    python experiments/daily-ward-round/fit.py
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from cisim import apply, read_model, simulate
from cisim.analysis import sample
from cisim.distributions import Gamma, Uniform
from cisim.eventlog import Event
from cisim.spec import Model
from cisim.spec.scenario import Scenario
from cisim.units import DAY, DAYS_PER_YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STAY, PATIENTS = 11.5, 739
WARM, LENGTH, REPLICATIONS, SEED = 140, 728, 24, 2009
LEAST = (
    0.02  # days: with four decisions the waits alone exceed the published stay, and no need is left to fit
)
MODEL = Path(__file__).parents[2] / "scenarios" / "gastroenterology-ward" / "model.yaml"


BEFORE = {"part": Uniform(1.6, 3.6), "demand": Uniform(900.0, 1700.0), "spread": Gamma(2.583, 0.9)}
"""What is believed before the figures are looked at: nothing of need and demand; how far patients differ, assumed."""
POINTS, YEARS, LUCKY = 240, 20, 400


def case_changes(
    decisions: int, part: float, per_year: float, spread: float | None = None
) -> list[dict[str, object]]:
    """Return the changes of a case: how many decisions, the days of each part of need, and demand.

    One part differs between patients by as much as its mean, if no spread (days) is given.
    """
    duration = {"lognormal": {"mean": f"{part:.3f} d", "sd": f"{spread or part:.3f} d"}}
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


def years(model: Model, part: float, demand: float, spread: float, replication: int, many: int) -> Floats:
    """Return the mean stay (days) and the number of patients of each of many years, shape (many, 2)."""
    changes = {"cisim": 1, "scenario": "point", "changes": case_changes(2, part, demand, spread)}
    year = round(DAYS_PER_YEAR * DAY)
    end = WARM * DAY + many * year
    made = apply(model, Scenario.model_validate(changes))
    log = simulate(made, end, seed=SEED, replication=replication)
    took, gave = log.event == Event.TAKE, log.event == Event.GIVE
    who, order = log.patient[took], np.argsort(log.patient[took])
    begun = log.time[took][order[np.searchsorted(who, log.patient[gave], sorter=order)]]
    left = log.time[gave]
    here = (left >= WARM * DAY) & (left < end)
    stays = (left - begun)[here] / DAY
    number = (left[here] - WARM * DAY) // year
    count = np.bincount(number, minlength=many)
    return np.column_stack([np.bincount(number, weights=stays, minlength=many) / count, count])


def bends(at: dict[str, Floats]) -> Floats:
    """Return the terms of a quadratic surface over need, demand and the logarithm of the spread."""
    x, y, z = at["part"] - 2.6, at["demand"] / 1250 - 1, np.log(at["spread"] / 2.6)
    return np.column_stack([x**0, x, y, z, x * x, y * y, z * z, x * y, x * z, y * z])


def believed(model: Model, part: float, demand: float) -> dict[str, Floats]:
    """Return draws of need, demand and spread as believed after the published year: weighed by its likelihood.

    What the ward shows on average is a quadratic surface over many simulated points; by how much one year departs
    from that, and that longer stays leave room for fewer patients, comes from simulated years at the best fit.
    """
    points = sample(BEFORE, POINTS, seed=SEED)
    shown = [
        years(model, *at, i, YEARS).mean(axis=0) for i, at in enumerate(zip(*points.values(), strict=True))
    ]
    surface, *_ = np.linalg.lstsq(bends(points), np.array(shown), rcond=None)
    missed = np.std(np.array(shown) - bends(points) @ surface, axis=0)
    luck = np.cov(years(model, part, demand, part, POINTS, LUCKY).T)
    print(
        f"  surface off by {missed[0]:.3f} d and {missed[1]:.1f} patients; luck of a year {luck[0, 0] ** 0.5:.3f} d"
        f" and {luck[1, 1] ** 0.5:.1f} patients, correlation {luck[0, 1] / np.sqrt(luck[0, 0] * luck[1, 1]):.2f}"
    )
    drawn = sample(BEFORE, 400_000, seed=SEED + 1)
    likely = stats.multivariate_normal([STAY, PATIENTS], luck).pdf(bends(drawn) @ surface)
    kept = np.random.default_rng(SEED).choice(len(likely), 20_000, p=likely / likely.sum())
    print(f"  {likely.sum() ** 2 / (likely**2).sum():,.0f} of {len(likely):,} draws count")
    return {name: column[kept] for name, column in drawn.items()}


def tell(drawn: dict[str, Floats]) -> None:
    """Print what model.yaml and experiment.yaml say of the three numbers."""
    for name, column in drawn.items():
        low, high = np.quantile(column, [0.025, 0.975])
        print(f"  {name}: mean {column.mean():.3f}, sd {column.std():.3f}, 95% {low:.3f} to {high:.3f}")
    for one, other in (("part", "demand"), ("part", "spread"), ("demand", "spread")):
        rank = stats.spearmanr(drawn[one], drawn[other]).statistic
        print(f"  rank correlation of {one} and {other}: {rank:.2f}")


if __name__ == "__main__":
    base = read_model(MODEL)
    for number in range(5):
        days, demand = fit(base, number)
        print(f"{number} decisions:")
        for change in case_changes(number, days, demand):
            print("  -", change)
        if number == 2:
            print("as far as one published year tells, with two decisions:")
            tell(believed(base, days, demand))
