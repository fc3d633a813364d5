"""The urgent care centre beside what was published, and beside what the published program should have found.

    python experiments/urgent-care-centre/compare.py

runs 2,000 days of the baseline and 500 of each scenario, writes expected.csv and the table of README.md (two minutes of
one core); `--keep` shows the stored figures.

The right values are those of a program written anew from the published one's logic, with its arrivals put right. The
published program lets the hour of the last arrival decide when the next one comes; `as_coded` does the same, to see
whether so small a mistake is told apart.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from comparing import compared, estimate, finish, store  # noqa: E402

from cisim import apply, simulate  # noqa: E402
from cisim.eventlog import EventLog  # noqa: E402
from cisim.measures import spells, visits  # noqa: E402
from cisim.spec import Model, Question, read_question  # noqa: E402
from cisim.spec.model import Arrivals  # noqa: E402
from cisim.streams import address, uniforms  # noqa: E402
from cisim.units import HOUR, MINUTE  # noqa: E402

PUBLISHED = HERE / "published.csv"
CLOSES = 19 * HOUR
STEPS = {
    "triage": "triage bay",
    "registration": "registration clerk",
    "examination": "examination rooms",
    "treatment": "treatment cubicle",
    "stabilisation": "trauma bays",
    "trauma treatment": "trauma cubicle",
}
BASELINE_DAYS, SCENARIO_DAYS = 2000, 500
WRONG_DAYS = 1000


def figures(log: EventLog, model: Model) -> dict[str, float]:
    """Return the source's figures of a day: waits of those served before the centre closes, and so on.

    Parameters
    ----------
    log : EventLog
        To the closing or beyond. Use counts the whole of every service begun before closing, as the source does, so it
        is told only of logs that go on until those have ended.
    model : Model
    """
    people, passed = spells(log), visits(log)
    codes = {step.name: code for code, step in enumerate(log.steps)}
    left = people.leave < CLOSES
    time = (people.leave - people.arrive) / MINUTE
    trauma = people.outcome == log.details.index("home after trauma")
    found = {
        "arrivals": float(np.sum(people.arrive < CLOSES)),
        "throughput": float(left.sum()),
        "time of others": time[left & ~trauma].mean(),
        "time of trauma": time[left & trauma].mean() if (left & trauma).any() else np.nan,
    }
    for step, pool in STEPS.items():
        mine = passed.of(codes[step])
        begun = mine.begin < CLOSES
        waited = (mine.begin - mine.ask)[begun]
        found[f"{step} wait"] = waited.mean() / MINUTE if len(waited) else np.nan
        if log.end > CLOSES:
            served = (np.minimum(mine.end, log.end) - mine.begin)[begun].sum()
            found[f"{step} use"] = float(served) / CLOSES / model.pools[pool].number
    return found


def run(model: Model, days: int, seed: int, *, until: int = CLOSES) -> pd.DataFrame:
    """Return the figures of so many days, a row each."""
    return pd.DataFrame(
        [
            figures(simulate(model, until, seed=seed, replication=day, engine="compiled"), model)
            for day in range(days)
        ]
    )


def as_coded(model: Model, seed: int, day: int) -> Model:
    """Return the model with one day's arrivals as the published program makes them.

    The gap to the next patient is drawn at the rate of the hour in which the last one came, however long it is.
    """
    rates = np.array(model.pathways["patient"].arrivals.profile[:18]) / HOUR
    gaps = -np.log1p(-uniforms(address(seed, day, "patient", "gap as coded"), 0, 2000))
    times, now = [], 0.0
    for gap in gaps:
        now += float(gap) / rates[int(now // HOUR) % 18]
        if now >= CLOSES:
            break
        times.append(float(round(now)))
    changed = model.pathways["patient"].model_copy(
        update={"arrivals": Arrivals.model_construct(listed=tuple(times))}
    )
    return model.model_copy(update={"pathways": {"patient": changed}})


def run_as_coded(model: Model, days: int, seed: int) -> pd.DataFrame:
    """Return the figures of so many days with arrivals as the published program makes them."""
    rows = []
    for day in range(days):
        made = as_coded(model, seed, day)
        rows.append(figures(simulate(made, CLOSES, seed=seed, replication=day, engine="compiled"), made))
    return pd.DataFrame(rows)


def models(question: Question) -> dict[str, Model]:
    """Return the models by the scenario's name."""
    return {name: apply(question.model, changes) for name, changes in (("baseline", ()), *question.scenarios)}


def target(row: object, ours: float) -> tuple[float, float]:
    """Return the right value and its standard error.

    Where none is told, as many days were run as here, so it is taken to be ours, and the rounding of the figure.
    """
    half = 0.0005 if row.quantity.endswith("use") else 0.005
    return row.right, row.right_se if not np.isnan(row.right_se) else float(np.hypot(ours, half / np.sqrt(3)))


def compare(scenario: str, found: pd.DataFrame, coded: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the table of one scenario; beside it, the figures as coded where they are given."""
    rows = pd.read_csv(PUBLISHED)
    rows = rows[rows["scenario"] == scenario]
    expected, got, wrong = {}, {}, {}
    for row in rows.itertuples():
        figure = f"{scenario}: {row.quantity}"
        got[figure] = estimate(found[row.quantity])
        expected[figure] = target(row, got[figure][1])
        if coded is not None and row.quantity in ("arrivals", "throughput"):
            wrong[figure] = estimate(coded[row.quantity])
    return compared(expected, got, wrong)


def main() -> None:
    """Run everything, or show what is stored."""
    if "--keep" not in sys.argv:
        made = models(read_question(HERE / "experiment.yaml"))
        base = made.pop("baseline")
        coded = run_as_coded(base, WRONG_DAYS, seed=1300)
        tables = [compare("baseline", run(base, BASELINE_DAYS, 1301, until=CLOSES + 12 * HOUR), coded)]
        for seed, (scenario, model) in enumerate(made.items(), start=1302):
            tables.append(compare(scenario, run(model, SCENARIO_DAYS, seed)))
        store(HERE, tables)
    finish(HERE, "as coded")


if __name__ == "__main__":
    main()
