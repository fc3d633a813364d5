"""How much of what the hospital says of leaving unseen hangs on how long minor injuries are willing to wait.

    python experiments/district-general-hospital/patience.py

The stream that helps, as in effects.py, under two kinds of patience: the model's own, and one without memory, of which
whoever has waited is as likely to leave in the next minute as whoever has just come. Both are set to the share that
leaves unseen in 118 English trusts; how long those who leave have waited tells them apart. Added after the effects had
been run, and held to no effect. Writes patience.csv and prints the table of README.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from effects import FILES, LENGTH, REPLICATIONS, SEED, WARM
from figures import attendances, emergency_figures, times_of

from cisim import apply, read_model, simulate
from cisim.eventlog import Event
from cisim.spec import Scenario, read_scenario
from cisim.units import HOUR

HERE = Path(__file__).parent
KEPT = HERE / "patience.csv"
NEVER = np.iinfo(np.int64).max
MEMORYLESS = "16 h"
SEEN = {"before": "minor injury seen", "after": "seen in the stream"}
COLUMNS = {
    "left without being seen": "left unseen",
    "hours waited by those who left": "hours waited by those who left",
    "mean wait for a doctor, h": "mean wait for a doctor, h",
}


def hospital(kind: str, moment: str):
    """Return the hospital before or after the stream, with one kind of patience."""
    model = read_model(FILES / "model.yaml")
    if moment == "after":
        model = apply(model, read_scenario(FILES / "minor-injuries-helping-stream.yaml"))
    if kind == "without memory":
        change = {"patience": f"emergency/{SEEN[moment]}", "to": {"exponential": {"mean": MEMORYLESS}}}
        model = apply(
            model, Scenario.model_validate({"cisim": 1, "scenario": "Without memory", "changes": [change]})
        )
    return model


def one_year(kind: str, moment: str, replication: int) -> dict[str, float]:
    """Return the figures of one replication."""
    end = WARM + LENGTH
    log = simulate(hospital(kind, moment), end, seed=SEED, replication=replication)
    _, attendance = attendances(log)
    came = times_of(log, attendance, Event.ASK, "triage")
    gone = times_of(log, attendance, Event.GIVE_UP, SEEN[moment])
    left = (came >= WARM) & (came < end) & (gone < NEVER)
    waited = {"hours waited by those who left": float((gone - came)[left].mean() / HOUR)}
    return emergency_figures(log, WARM, end) | waited


def patience(replications: int = REPLICATIONS) -> pd.DataFrame:
    """Return each figure before and after, its change in per cent and the standard error, by patience."""
    rows = []
    for kind in ("the model's", "without memory"):
        before, after = (
            pd.DataFrame([one_year(kind, m, r) for r in range(replications)])[list(COLUMNS)] for m in SEEN
        )
        change = 100 * (after / before - 1)
        error = change.std(ddof=1) / np.sqrt(replications)
        rows += [(kind, f, before[f].mean(), after[f].mean(), change[f].mean(), error[f]) for f in COLUMNS]
    return pd.DataFrame(rows, columns=["patience", "figure", "before", "after", "change", "error"])


def markdown(kept: pd.DataFrame) -> str:
    """Return the table of the README: before, after and the change with its standard error."""
    lines = ["| patience | figure | before | after | change (standard error) |", "|---" * 5 + "|"]
    for _, row in kept.iterrows():
        lines.append(
            f"| {row['patience']} | {COLUMNS[row['figure']]} | {row['before']:.3g} | {row['after']:.3g} "
            f"| {row['change']:+.0f}% ({row['error']:.1f}) |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    if "--keep" not in sys.argv:
        patience().to_csv(KEPT, index=False, float_format="%.6g", lineterminator="\n")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print(markdown(pd.read_csv(KEPT)))
