"""What the hospital says of changes whose effects are published, beside the published effects.

    python experiments/district-general-hospital/effects.py

The rows of published.csv were chosen before any of these runs. Baseline and scenario have the same patients with
the same luck; the standard error is that of the differences, replication by replication. Writes effects.csv and
prints the table of README.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from figures import attendances, bed_spells, emergency_figures, step_code, times_of

from cisim import apply, read_model, simulate
from cisim.eventlog import Event
from cisim.spec import read_scenario
from cisim.units import DAY, HOUR, WEEK

HERE = Path(__file__).parent
FILES = HERE.parents[1] / "scenarios" / "district-general-hospital"
PUBLISHED, EFFECTS = HERE / "published.csv", HERE / "effects.csv"
WARM, LENGTH, REPLICATIONS, SEED = 26 * WEEK, 52 * WEEK, 3, 601
BOARDING = 2 * HOUR
NOTHING = 5  # per cent: so small a change of a stay is none

NEVER = np.iinfo(np.int64).max
CHANGES = {
    "stream": "minor-injuries-stream",
    "helping stream": "minor-injuries-helping-stream",
    "bedside": "point-of-care-tests",
}


def log_of(name: str, replication: int):
    """Return the log of a scenario beside the model, or of the model itself."""
    model = read_model(FILES / "model.yaml")
    if name != "model":
        model = apply(model, read_scenario(FILES / f"{name}.yaml"))
    return simulate(model, WARM + LENGTH, seed=SEED, replication=replication)


def specialty_stay(log, stay: str) -> float:
    """Return the mean days from the first bed of a specialty to the end of the spell in hospital."""
    _, attendance = attendances(log)
    spells = bed_spells(log, attendance)
    begun = np.full(attendance[-1] + 1, -1)
    rows = (log.event == Event.BEGIN) & (log.step == step_code(log, stay))
    begun[attendance[rows]] = log.time[rows]
    since = begun[spells.visit]
    mine = (
        (since >= spells.begin) & (since <= spells.end) & (spells.end >= WARM) & (spells.end < WARM + LENGTH)
    )
    return float((spells.end - since)[mine].mean() / DAY)


def trial(log) -> dict[str, tuple[float, float]]:
    """Return what a trial finds: patients with a laboratory test beside those with one at the bedside, of the same run.

    Boarders are those admitted who came in an hour of the year in which both groups together waited two hours or more
    for a bed, on average: the choice of hours favours neither group.
    """
    first, attendance = attendances(log)
    spells = bed_spells(log, attendance)
    came = times_of(log, attendance, Event.ASK, "triage")
    done = times_of(log, attendance, Event.READY, "emergency department")
    bedside = times_of(log, attendance, Event.BEGIN, "bedside test") < NEVER
    tested = bedside | (times_of(log, attendance, Event.BEGIN, "sample taken and sent") < NEVER)
    left = np.full(len(first), NEVER)
    rows = log.event == Event.LEAVE
    left[attendance[rows]] = log.time[rows]
    bed = np.full(len(first), NEVER)
    np.minimum.at(bed, spells.visit, spells.begin)
    there = tested & (came >= WARM) & (came < WARM + LENGTH)
    home = there & (bed == NEVER) & (left < NEVER) & (left - done < HOUR)
    admitted = there & (bed < NEVER) & (bed >= done) & (bed - came < 7 * DAY)
    hour = came // HOUR
    waited = np.bincount(hour[admitted], (bed - done)[admitted]) / np.maximum(np.bincount(hour[admitted]), 1)
    boards = admitted.copy()
    boards[admitted] = waited[hour[admitted]] >= BOARDING

    def both(who, end) -> tuple[float, float]:
        stay = (end - came) / HOUR
        return float(np.median(stay[who & ~bedside])), float(np.median(stay[who & bedside]))

    return {
        "trial: median stay of those who go home, h": both(home, left),
        "trial: median stay of those admitted, h": both(admitted, bed),
        "trial: median stay of those who board, h": both(boards, bed),
        "trial: share of those admitted who board": (float(boards.sum() / admitted.sum()),) * 2,
    }


def one_pair(replication: int) -> dict[str, tuple[float, float]]:
    """Return every measured effect of one replication: before, after."""
    end = WARM + LENGTH
    calm = emergency_figures(log_of("model", replication), WARM, end)
    out: dict[str, tuple[float, float]] = {}
    for name, scenario in CHANGES.items():
        found = emergency_figures(log_of(scenario, replication), WARM, end)
        out |= {f"{name}: {figure}": (calm[figure], found[figure]) for figure in calm}
    out |= trial(log_of("point-of-care-trial", replication))
    names = ("gastroenterology-two-rounds-a-week", "gastroenterology-daily-rounds")
    twice, daily = (specialty_stay(log_of(n, replication), "gastroenterology stay") for n in names)
    out["rounds: mean stay in gastroenterology, d"] = (twice, daily)
    return out


def effects(replications: int = REPLICATIONS) -> pd.DataFrame:
    """Return every effect: before, after, change in per cent and its standard error."""
    pairs = [one_pair(r) for r in range(replications)]
    rows = []
    for name in pairs[0]:
        both = np.array([p[name] for p in pairs])
        change = both[:, 1] / both[:, 0] - 1
        error = change.std(ddof=1) / np.sqrt(len(change))
        rows.append((name, both[:, 0].mean(), both[:, 1].mean(), 100 * change.mean(), 100 * error))
    return pd.DataFrame(rows, columns=["effect", "before", "after", "change", "error"])


def markdown(found: pd.DataFrame) -> str:
    """Return the table of the README: published rows, and the model's change."""
    table = found.set_index("effect")
    lines = [
        "| row | published | change | model | change (standard error) | verdict | named |",
        "|---|---|---|---|---|---|---|",
    ]
    for _, row in pd.read_csv(PUBLISHED).iterrows():
        mine = table.loc[row["effect"]]
        published = 100 * (row["after"] / row["before"] - 1)
        what = row["effect"].split(": ")[0]
        lines.append(
            f"| {row['row']}, {row['metric']} | {row['before']:g} to {row['after']:g} {row['unit']} "
            f"| {published:+.0f}% "
            f"| {what}: {mine['before']:.3g} to {mine['after']:.3g} | {mine['change']:+.0f}% ({mine['error']:.1f}) "
            f"| {verdict(published, mine['change'])} | {row['named']} |"
        )
    return "\n".join(lines)


def verdict(published: float, model: float) -> str:
    """Say whether the model's change has the published sign and half to twice its size."""
    if published == 0:
        return "no effect" if abs(model) < NOTHING else "an effect"
    ratio = model / published
    if ratio <= 0:
        return "wrong sign"
    return "within a factor of two" if 0.5 <= ratio <= 2 else f"{ratio:.1f} times the published"


if __name__ == "__main__":
    if "--keep" not in sys.argv:
        effects().to_csv(EFFECTS, index=False, float_format="%.6g", lineterminator="\n")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print(markdown(pd.read_csv(EFFECTS)))
