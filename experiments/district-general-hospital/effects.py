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
from figures import attendances, bed_spells, emergency_figures, step_code

from cisim import apply, read_model, simulate
from cisim.eventlog import Event
from cisim.spec import read_scenario
from cisim.units import DAY, HOUR, WEEK

HERE = Path(__file__).parent
FILES = HERE.parents[1] / "scenarios" / "district-general-hospital"
PUBLISHED, EFFECTS = HERE / "published.csv", HERE / "effects.csv"
WARM, LENGTH, REPLICATIONS, SEED = 26 * WEEK, 52 * WEEK, 5, 601
BOARDING = 2 * HOUR

Pairs = dict[tuple[int, int], tuple[float, float]]


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


def admitted(log) -> Pairs:
    """Return, for each patient admitted through the emergency department, hours there and hours waiting for a bed."""
    first, attendance = attendances(log)
    spells = bed_spells(log, attendance)
    came = np.full(len(first), -1)
    asked = np.full(len(first), -1)
    done = np.full(len(first), -1)
    for event, step, out in ((Event.ASK, "triage", came), (Event.ASK, "emergency department", asked)):
        rows = (log.event == event) & (log.step == step_code(log, step))
        out[attendance[rows]] = log.time[rows]
    rows = (log.event == Event.READY) & (log.step == step_code(log, "emergency department"))
    done[attendance[rows]] = log.time[rows]
    out: Pairs = {}
    for begin, visit in zip(spells.begin.tolist(), spells.visit.tolist(), strict=True):
        if came[visit] >= WARM and done[visit] >= 0 and begin >= done[visit]:
            who = (int(log.patient[first[visit]]), int(log.spell[first[visit]]))
            out.setdefault(who, ((begin - came[visit]) / HOUR, (begin - done[visit]) / HOUR))
    return out


def boarders(before, after) -> tuple[float, float, float]:
    """Return the mean stay before and after of those who waited long for a bed in one run or other, and their share.

    Who boards is told by both runs alike, so that the choice itself makes no difference between them.
    """
    one, other = admitted(before), admitted(after)
    both = [(one[k], other[k]) for k in one.keys() & other.keys()]
    long = [(a[0], b[0]) for a, b in both if max(a[1], b[1]) * HOUR >= BOARDING]
    stays = np.array(long)
    return float(stays[:, 0].mean()), float(stays[:, 1].mean()), len(long) / len(both)


def one_pair(replication: int) -> dict[str, tuple[float, float]]:
    """Return every measured effect of one replication: before, after."""
    end = WARM + LENGTH
    base = log_of("model", replication)
    calm = emergency_figures(base, WARM, end)
    out: dict[str, tuple[float, float]] = {}
    stream = emergency_figures(log_of("minor-injuries-stream", replication), WARM, end)
    for name in calm:
        out[f"stream: {name}"] = (calm[name], stream[name])
    bedside = log_of("point-of-care-tests", replication)
    quick = emergency_figures(bedside, WARM, end)
    for name in calm:
        out[f"bedside: {name}"] = (calm[name], quick[name])
    before, after, share = boarders(base, bedside)
    out["bedside: mean stay of those who board, h"] = (before, after)
    out["bedside: share who board"] = (share, share)
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
        "| row | published | change | model | change (standard error) | verdict |",
        "|---|---|---|---|---|---|",
    ]
    for _, row in pd.read_csv(PUBLISHED).iterrows():
        mine = table.loc[row["effect"]]
        published = 100 * (row["after"] / row["before"] - 1)
        lines.append(
            f"| {row['row']}, {row['metric']} | {row['before']:g} to {row['after']:g} {row['unit']} "
            f"| {published:+.0f}% "
            f"| {mine['before']:.2f} to {mine['after']:.2f} | {mine['change']:+.0f}% ({mine['error']:.0f}) "
            f"| {verdict(published, mine['change'])} |"
        )
    return "\n".join(lines)


def verdict(published: float, model: float) -> str:
    """Say whether the model's change has the published sign and half to twice its size."""
    ratio = model / published
    if ratio <= 0:
        return "wrong sign"
    return "within a factor of two" if 0.5 <= ratio <= 2 else f"{ratio:.1f} times the published"


if __name__ == "__main__":
    if "--keep" not in sys.argv:
        effects().to_csv(EFFECTS, index=False, float_format="%.6g", lineterminator="\n")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print(markdown(pd.read_csv(EFFECTS)))
