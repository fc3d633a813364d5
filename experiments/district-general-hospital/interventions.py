"""What each intervention beside the hospital does to it, by itself.

    python experiments/district-general-hospital/interventions.py

Nothing here is held to a publication. Writes interventions.csv and prints the table of README.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from effects import FILES
from figures import DAYS, emergency_figures, operations, trust_figures

from cisim import apply, read_model, simulate
from cisim.spec import read_scenario
from cisim.units import WEEK

HERE = Path(__file__).parent
KEPT = HERE / "interventions.csv"
WARM, LENGTH, REPLICATIONS, SEED = 26 * WEEK, 52 * WEEK, 3, 602
BEDS = 600
SCENARIOS = (
    "continuous-laboratory",
    "seven-day-review",
    "discharge-to-assess",
    "same-day-care-by-default",
    "minor-injuries-stream",
    "minor-injuries-helping-stream",
    "parallel-induction",
    "therapy-at-weekends",
    "frailty-unit",
)
COLUMNS = {  # figure: (heading, decimals)
    "beds": ("beds held at eight", 1),
    "weekend to weekday discharges": ("weekend to weekday discharges", 3),
    "mean stay of those admitted, h": ("emergency department, admitted, h", 2),
    "mean stay of those who go home, h": ("going home, h", 2),
    "left without being seen": ("left unseen", 4),
    "operations a year": ("planned operations a year", 0),
}


def one_year(name: str, replication: int) -> dict[str, float]:
    """Return the figures of one replication of the model, or of a scenario."""
    model = read_model(FILES / "model.yaml")
    if name != "model":
        model = apply(model, read_scenario(FILES / f"{name}.yaml"))
    end = WARM + LENGTH
    log = simulate(model, end, seed=SEED, replication=replication)
    found = trust_figures(log, WARM, end) | emergency_figures(log, WARM, end)
    found["beds"] = BEDS * float(np.mean([found[f"occupancy {d}"] for d in DAYS]))
    found["operations a year"] = operations(log, WARM, end)
    return found


def interventions(replications: int = REPLICATIONS) -> pd.DataFrame:
    """Return each figure of the model, and of each scenario its change and the change's standard error."""
    base = [one_year("model", r) for r in range(replications)]
    rows = [("model", f, float(np.mean([b[f] for b in base])), np.nan) for f in COLUMNS]
    for name in SCENARIOS:
        mine = [one_year(name, r) for r in range(replications)]
        for figure in COLUMNS:
            change = np.array([m[figure] - b[figure] for m, b in zip(mine, base, strict=True)])
            error = change.std(ddof=1) / np.sqrt(len(change))
            rows.append((name, figure, float(change.mean()), float(error)))
    return pd.DataFrame(rows, columns=["scenario", "figure", "value", "error"])


def markdown(kept: pd.DataFrame) -> str:
    """Return the table of the README: the model, then changes with their standard errors."""
    heads = " | ".join(h for h, _ in COLUMNS.values())
    lines = [f"| scenario | {heads} |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name, rows in kept.groupby("scenario", sort=False):
        cells = []
        for figure, (_, digits) in COLUMNS.items():
            row = rows[rows["figure"] == figure].iloc[0]
            told = f"{row['value']:.{digits}f}" if name == "model" else f"{row['value']:+.{digits}f}"
            cells.append(told if name == "model" else f"{told} ({row['error']:.{digits}f})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    if "--keep" not in sys.argv:
        interventions().to_csv(KEPT, index=False, float_format="%.6g", lineterminator="\n")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print(markdown(pd.read_csv(KEPT)))
