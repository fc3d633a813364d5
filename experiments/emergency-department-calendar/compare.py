"""The emergency department beside what was published, and beside what the published program should have found.

    python experiments/emergency-department-calendar/compare.py

runs 4,000 weeks, writes expected.csv and the table of README.md (two minutes of one core);
`--keep` shows the stored figures.

The right numbers of places held and times in the areas are exact but for the few who wait, worked out from the
model's file. The other right values are those of a program written anew from the published one's logic. The published
one averages the places held from the first to the last event at each area, not over the week; `held` does the same with
our logs, to see that it is this that sets the two apart.
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
from scipy.signal import fftconvolve  # noqa: E402

from cisim import read_model, simulate  # noqa: E402
from cisim.eventlog import Event, EventLog  # noqa: E402
from cisim.measures import spells, visits  # noqa: E402
from cisim.spec import Model  # noqa: E402
from cisim.units import HOUR  # noqa: E402

PUBLISHED = HERE / "published.csv"
WEEK = 168 * HOUR
WEEKS, SEED = 4000, 612


def exact(model: Model) -> dict[str, float]:
    """Return the mean places held over the week that begins empty, and the mean times of stays ended in it.

    As if nobody ever waited.

    Who comes to an area at time t and stays S holds a place until the week's end at the latest: the places held are
    the integral of arrivals times the mean of min(S, end - t), and those who go on come when they are done. Worked
    out on a grid of 18 seconds; patients from yellow to examination and back go round thirty times at most.
    """
    a_hour = 200
    grid = np.arange(168 * a_hour + 1) / a_hour
    care = {
        stay.name: stay.steps[0].duration.distribution() for p in model.pathways.values() for stay in p.steps
    }

    def share_done(area: str, later: float = 0.0) -> NDArray[np.float64]:
        return care[area].cdf((grid - later) * HOUR)

    def done(coming: NDArray[np.float64], area: str) -> NDArray[np.float64]:
        return fftconvolve(coming, np.diff(share_done(area)))[: len(coming)]

    found = {}

    def note(coming: NDArray[np.float64], area: str, pool: str, admitted: float) -> None:
        there = 1 - (1 - admitted) * share_done(area) - admitted * share_done(area, 0.5)
        until_end = np.concatenate([[0.0], np.cumsum((there[1:] + there[:-1]) / 2)])[:0:-1] / a_hour
        still = there[:0:-1]
        ended = until_end - grid[:0:-1] * still  # of stays that end within the week: E[S; S < end - t]
        found[f"occupancy of {pool}"] = float(np.dot(coming, until_end) / a_hour / 168)
        found[f"time in {area}"] = float(np.dot(coming, ended) / np.dot(coming, 1 - still))

    hour = ((np.arange(168 * a_hour) + 0.5) / a_hour).astype(int) % 24
    rate = {}
    for name, pathway in model.pathways.items():
        shape = np.array(pathway.arrivals.profile)
        rate[name] = (shape / shape.mean() * (pathway.arrivals.rate or 0.0) * HOUR)[hour]
    intensive = 0.975 * done(rate["shock"], "shock room")
    first = rate["urgent"] + 0.5 * done(rate["observed"], "observation")
    seen = 0.1 * done(intensive, "intensive treatment")
    yellow, examination = first, seen
    for _ in range(30):
        examination = seen + 0.3 * done(yellow, "yellow")
        yellow = first + 0.5 * done(examination, "examination")
    green = rate["minor"] + 0.1 * done(examination, "examination")
    note(rate["shock"], "shock room", "shock places", 0.0)
    note(intensive, "intensive treatment", "intensive places", 0.8)
    note(rate["observed"], "observation", "observation places", 0.25)
    note(yellow, "yellow", "yellow places", 0.0)
    note(green, "green", "green places", 0.3)
    note(examination, "examination", "examination places", 0.2)
    return found


def figures(log: EventLog) -> dict[str, float]:
    """Return the source's figures of a week, and the places held as the published program averages them."""
    people, passed = spells(log), visits(log)
    rejected = people.gave_up < log.end
    left = (people.leave < log.end) & ~rejected
    found = {
        "rejected an hour": float(rejected.sum()) / (log.end / HOUR),
        "total time": float((people.leave - people.arrive)[left].mean()) / HOUR,
    }
    for name in sorted({step.name for step in log.steps if step.kind == "stay"}):
        codes = [code for code, step in enumerate(log.steps) if step.name == name]
        mine = np.isin(passed.step, codes)
        ended = mine & (passed.give < log.end)
        stay = (passed.give - passed.begin)[ended]
        found[f"time in {name}"] = float(stay.mean()) / HOUR if len(stay) else np.nan
        waited = np.minimum(passed.queue_end, log.end) - np.minimum(passed.ask, log.end)
        found[f"waiting for {name}"] = float(waited[mine].sum()) / log.end
    for code, pool in enumerate(log.pools):
        moved = (log.pool == code) & np.isin(log.event, (Event.TAKE, Event.GIVE))
        found |= held(log, moved, pool.name)
    return found


def held(log: EventLog, moved: np.ndarray, pool: str) -> dict[str, float]:
    """Return the mean number held over the week, and from the first to the last event."""
    time = log.time[moved]
    change = np.where(log.event[moved] == Event.TAKE, 1, -1) * log.units[moved]
    if not len(time):
        return {f"occupancy of {pool}": 0.0, f"between events, {pool}": np.nan}
    order = np.argsort(time, kind="stable")
    time, number = time[order], np.cumsum(change[order])
    between = float(np.dot(np.diff(time), number[:-1]))
    whole = between + float((log.end - time[-1]) * number[-1])
    length = float(time[-1] - time[0])
    return {
        f"occupancy of {pool}": whole / log.end,
        f"between events, {pool}": between / length if length else np.nan,
    }


def run(weeks: int, seed: int = SEED) -> pd.DataFrame:
    """Return the figures of so many weeks, a row each."""
    model = read_model(HERE / "model.yaml")
    return pd.DataFrame(
        [figures(simulate(model, WEEK, seed=seed, replication=r, engine="compiled")) for r in range(weeks)]
    )


def compare(found: pd.DataFrame) -> pd.DataFrame:
    """Return the table: right, ours, and published where it is not right."""
    expected, got, wrong = {}, {}, {}
    truth = exact(read_model(HERE / "model.yaml"))
    for row in pd.read_csv(PUBLISHED).itertuples():
        got[row.quantity] = estimate(found[row.quantity])
        if row.quantity in truth:
            expected[row.quantity] = truth[row.quantity], 0.0
        elif np.isnan(row.right_se):  # 500 weeks were run for it
            per_week = got[row.quantity][1] * np.sqrt(len(found))
            printed = {"rejected an hour": 5e-6, "waiting for green": 5e-5, "waiting for yellow": 5e-5}
            rounding = printed.get(row.quantity, 5e-4) / np.sqrt(3)
            expected[row.quantity] = row.right, float(np.hypot(per_week / np.sqrt(500), rounding))
        else:
            expected[row.quantity] = row.right, row.right_se
        if not np.isnan(row.published):
            pool = row.quantity.removeprefix("occupancy of ")
            per_week = found[f"between events, {pool}"].std(ddof=1)
            wrong[row.quantity] = row.published, float(per_week / np.sqrt(100))  # 100 weeks were published
    return compared(expected, got, wrong)


def main() -> None:
    """Run everything, or show what is stored."""
    if "--keep" not in sys.argv:
        found = run(WEEKS)
        store(HERE, [compare(found)])
        between = {name: estimate(found[name]) for name in found if name.startswith("between")}
        pd.DataFrame(between, index=["got", "se"]).T.round(6).to_csv(
            HERE / "between-events.csv", index_label="places"
        )
    finish(HERE, "published")


if __name__ == "__main__":
    main()
