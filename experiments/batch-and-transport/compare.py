"""Batch and transport: the time from door to door for every size of batch and way, beside the published times.

    python experiments/batch-and-transport/compare.py

runs ten days of each (half a minute), writes expected.csv and the table of README.md; `--keep` shows the stored
figures.

The example's forms come at gaps of 1 to 2 s, all equally likely, so each run of the model lists such times. The times
from door to door hardly vary, and are compared to 0.02 s as well as in standard errors.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from comparing import compared, estimate, finish, store  # noqa: E402

from cisim import read_model, simulate  # noqa: E402
from cisim.eventlog import EventLog  # noqa: E402
from cisim.measures import spells, visits  # noqa: E402
from cisim.spec import Model  # noqa: E402
from cisim.spec.fields import Duration  # noqa: E402
from cisim.spec.model import Arrivals, Batch  # noqa: E402
from cisim.streams import address, uniforms  # noqa: E402
from cisim.units import DAY, SECOND  # noqa: E402

PUBLISHED = HERE / "published.csv"
WITHIN = 0.02  # seconds, or three standard errors
SEED, REPLICATIONS = 1200, 10


def gaps(seed: int, replication: int, horizon: int = DAY) -> tuple[float, ...]:
    """Return times of arrival whose gaps are 1 to 2 s, all equally likely, up to the horizon (ms)."""
    u = uniforms(address(seed, replication, "form", "gap"), 0, horizon // SECOND)
    times = np.cumsum(np.rint((1.0 + u) * SECOND))
    return tuple(times[times < horizon].tolist())


def model_of(base: Model, number: int, there: float, back: float, arrivals: tuple[float, ...]) -> Model:
    """Return the model with batches of `number`, `there` seconds to the next desk and `back` seconds back."""
    pathway = base.pathways["form"]
    go, come = Duration(constant=f"{there:g} s"), Duration(constant=f"{back:g} s")
    steps = [
        step.model_copy(
            update={
                "number": number,
                "together": step.together.model_copy(update={"duration": go, "after_hold": come}),
            }
        )
        if isinstance(step, Batch)
        else step
        for step in pathway.steps
    ]
    changed = pathway.model_copy(
        update={"steps": tuple(steps), "arrivals": Arrivals.model_construct(listed=arrivals)}
    )
    return base.model_copy(update={"pathways": {"form": changed}})


def times(log: EventLog) -> NDArray[np.float64]:
    """Return the times from door to door of all who left (s)."""
    table = spells(log)
    left = table.leave < log.end
    return (table.leave[left] - table.arrive[left]) / SECOND


def carried(log: EventLog) -> float:
    """Return the time that a form was on the way between desks, on average (s)."""
    table = visits(log)
    kind = np.array([step.kind == "batch" for step in log.steps])
    way = kind[table.step] & (table.end < log.end)
    return float((table.end[way] - table.begin[way]).mean() * 3) / SECOND


def one_run(
    number: int,
    way: float,
    replication: int,
    *,
    back: float | None = None,
    horizon: int = DAY,
    engine: str = "compiled",
) -> EventLog:
    """Return the log of one day; `back` is as long as the way there, unless said."""
    arrivals = gaps(SEED, replication, horizon)
    made = model_of(read_model(HERE / "model.yaml"), number, way, way if back is None else back, arrivals)
    return simulate(made, horizon, seed=SEED, replication=replication, engine=engine)


def compare(replications: int = REPLICATIONS) -> pd.DataFrame:
    """Return the table: published, ours, and what comes out if the clerk is back at once, which is another model."""
    rows = pd.read_csv(PUBLISHED)
    expected, got, wrong = {}, {}, {}
    for row in rows.itertuples():
        figure = f"{row.way:g} s, {row.number} at a time"
        days = [one_run(row.number, row.way, r) for r in range(replications)]
        expected[figure] = (row.published, 0.005 / np.sqrt(3))  # printed to two digits
        got[figure] = estimate([times(log).mean() for log in days])
        if (
            row.number + 2 * row.way > 1.35 * row.number
        ):  # in larger batches the clerk is back in time either way
            wrong[figure] = (float(times(one_run(row.number, row.way, 0, back=0)).mean()), 0.0)
    return compared(expected, got, wrong)


def main() -> None:
    """Run everything, or show what is stored."""
    if "--keep" not in sys.argv:
        store(HERE, [compare()])
    finish(HERE, "if the clerk is back at once")


if __name__ == "__main__":
    main()
