"""Set what can close on each side, from a finished run, and write expected.csv.

    cisim run experiments/hospital-capacity --workers 2
    python experiments/hospital-capacity/tables.py runs/hospital-capacity

Prints the table of README.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from cisim import read_run

EXPECTED = Path(__file__).with_name("expected.csv")
OPTION = "Close bays of six on the older people's ward"


def expected(folder: Path) -> pd.DataFrame:
    """Return, by scenario and bays closed, in how many replications service is kept, and what fails most often."""
    results = read_run(folder)
    service = results.service[results.service["option"].str.startswith(OPTION)]
    rows = []
    for (option, steps), here in service.groupby(["option", "steps"], sort=False, observed=True):
        scenario = option.removeprefix(OPTION).strip(" ()") or "both together"
        fails = here[here["worsening"] > here["margin"]]
        runs = here["replication"].nunique()
        kept = runs - fails["replication"].nunique()
        place = fails["measure"] + " " + fails["statistic"] + " of " + fails["pathway"] + "/" + fails["step"]
        worst = place.value_counts().index[0] if len(fails) else ""
        rows.append((scenario, int(steps), kept, runs, worst.rstrip("/")))
    columns = ["scenario", "bays closed", "kept in", "replications", "fails most often"]
    return pd.DataFrame(rows, columns=columns).sort_values(["scenario", "bays closed"])


def markdown(table: pd.DataFrame) -> str:
    """Return the table of the README."""
    lines = [
        "| scenario | bays of six closed | service kept in | what fails most often |",
        "|---|---|---|---|",
    ]
    for _, row in table.iterrows():
        worst = row["fails most often"] if isinstance(row["fails most often"], str) else ""
        lines.append(
            f"| {row['scenario']} | {row['bays closed']} | {row['kept in']} of {row['replications']} | {worst} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    made = expected(Path(sys.argv[1]))
    made.to_csv(EXPECTED, index=False, lineterminator="\n")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print(markdown(pd.read_csv(EXPECTED)))
