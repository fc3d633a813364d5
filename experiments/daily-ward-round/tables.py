"""Set the stays and patients of every case beside the published ones, from a finished run.

    cisim run experiments/daily-ward-round --workers 2
    python experiments/daily-ward-round/tables.py runs/daily-ward-round

Writes expected.csv and prints the table of README.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from cisim import read_run
from cisim.analysis import interval

EXPECTED = Path(__file__).with_name("expected.csv")
FIGURES = {"stay (days)": ("length_of_stay", "mean", ""), "patients a year": ("throughput", "per_year", "")}
PUBLISHED = {"before": ("11.5", "739"), "after": ("8.9", "1,010")}


def expected(folder: Path) -> pd.DataFrame:
    """Return the mean and 95% interval of each figure, by case and scenario."""
    measures = read_run(folder).measures
    whole = measures[(measures["week"] == -1) & (measures["pathway"] == "gastroenterology")]
    rows = []
    for (case, scenario), here in whole.groupby(["case", "scenario"], sort=True, observed=True):
        if scenario not in ("baseline", "daily round", "weekday round"):
            continue
        row: dict[str, object] = {"case": case, "scenario": scenario}
        for name, (measure, statistic, step) in FIGURES.items():
            mine = here[
                (here["measure"] == measure) & (here["statistic"] == statistic) & (here["step"] == step)
            ]
            found = interval(mine["value"].to_numpy())
            row |= {name: found.value, f"{name}, low": found.low, f"{name}, high": found.high}
        rows.append(row)
    return pd.DataFrame(rows)


def markdown(table: pd.DataFrame) -> str:
    """Return the table of the README."""
    figures = "mean stay, days (95% interval) | published | patients a year (95% interval) | published"
    lines = [f"| senior decisions | rounds | {figures} |", "|---|---|---|---|---|---|"]
    for _, row in table.iterrows():
        before = row["scenario"] == "baseline"
        stay, patients = PUBLISHED["before" if before else "after"]
        lines.append(
            f"| {str(row['case']).split()[0]} | {'two a week (before)' if before else row['scenario']} "
            f"| {row['stay (days)']:.2f} ({row['stay (days), low']:.2f} to {row['stay (days), high']:.2f}) | {stay} "
            f"| {row['patients a year']:,.0f} "
            f"({row['patients a year, low']:,.0f} to {row['patients a year, high']:,.0f}) | {patients} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    made = expected(Path(sys.argv[1]))
    made.to_csv(EXPECTED, index=False, float_format="%.6g", lineterminator="\n")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print(markdown(pd.read_csv(EXPECTED)))
