"""Set the hospital beside the published figures of English trusts.

    python experiments/district-general-hospital/check.py

Runs the model of scenarios/district-general-hospital, writes expected.csv and prints the table of that folder's README.
`--keep` leaves expected.csv as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from figures import DAYS, emergency_figures, house_figures, trust_figures

from cisim import read_model, simulate
from cisim.units import WEEK

HERE = Path(__file__).parent
MODEL = HERE.parents[1] / "scenarios" / "district-general-hospital" / "model.yaml"
EXPECTED = HERE / "expected.csv"
WARM, LENGTH, REPLICATIONS, SEED = 26 * WEEK, 52 * WEEK, 5, 600

SITREP = "daily situation reports, winters 2017/18 to 2019/20"
ED = "118 trusts, 2012/13 (EMJ)"
FIGURES: tuple[tuple[str, float, float, str, str], ...] = (
    ("occupancy", 0.94, 0.01, "fitted", SITREP),
    ("over 7 days", 0.47, 0.03, "fitted", SITREP),
    ("over 21 days", 0.17, 0.03, "fitted", SITREP),
    ("weekend to weekday discharges", 0.62, 0.05, "fitted", "English trusts; no publication at hand"),
    ("admitted share", 0.28, 0.02, "fitted", "type 1 attendances; 29% in 2017/18 (Health Foundation)"),
    ("Monday's occupancy less the next highest day's", 0.0, np.inf, "told", f"Monday highest: {SITREP}"),
    ("highest less lowest day's occupancy", 0.021, np.nan, "told", "2019/20: Monday .953, Saturday .932"),
    ("support at home, days from end of acute care", 5.5, np.nan, "fitted", "Sheffield (Offord 2017)"),
    ("mean stay, older people, d", 18.8, np.nan, "fitted", "Bolton, geriatric wards with a frailty unit"),
    ("mean stay, gastroenterology, d", 8.9, np.nan, "fitted", "Bolton, daily rounds"),
    ("mean stay, general medicine, d", 8.6, np.nan, "fitted", "Bolton, other wards"),
    ("mean stay, stroke, d", 12.6, np.nan, "fitted", "England, spells (BMC Health Serv Res 2017)"),
    ("mean stay, general surgery, d", 6.3, np.nan, "fitted", "SAFER in digestive surgery"),
    ("mean stay, elective, d", 3.0, np.nan, "fitted", "hips and knees, UK pilot of 100 pairs"),
    ("discharged before noon", 0.176, np.nan, "told", "88 acute trusts 2014/15, .104 to .262"),
    (
        "cancelled on the day for want of a bed",
        0.011,
        np.nan,
        "told",
        "1.1% of elective activity, all reasons not clinical",
    ),
    ("left without being seen", 0.028, np.nan, "fitted", ED),
    ("median wait for a doctor, h", 0.98, np.nan, "fitted", ED),
    (
        "95th percentile of the wait for a doctor, h",
        3.25,
        np.nan,
        "told",
        "England, May 2011 (A&E quality indicators)",
    ),
    ("median stay of those who go home, h", 2.4, np.nan, "told", f"all who attend: {ED}"),
    (
        "within 4 hours",
        0.771,
        np.nan,
        "told",
        "hospital departments, winter 2017/18 (House of Commons Library 8210)",
    ),
)


def one_year(replication: int) -> dict[str, float]:
    """Return the figures of one replication."""
    log = simulate(read_model(MODEL), WARM + LENGTH, seed=SEED, replication=replication)
    end = WARM + LENGTH
    found = trust_figures(log, WARM, end) | emergency_figures(log, WARM, end) | house_figures(log, WARM, end)
    days = sorted(((found[f"occupancy {d}"], d) for d in DAYS), reverse=True)
    first = days[0] if days[0][1] == "Mon" else (found["occupancy Mon"], "Mon")
    rest = max(v for v, d in days if d != "Mon")
    found["Monday's occupancy less the next highest day's"] = first[0] - rest
    found["highest less lowest day's occupancy"] = days[0][0] - days[-1][0]
    return found


def figures(replications: int = REPLICATIONS) -> pd.DataFrame:
    """Return the table of figures: what is published, what the model gives, and its standard error."""
    years = pd.DataFrame([one_year(r) for r in range(replications)])
    rows = []
    for name, target, tolerance, role, source in FIGURES:
        got = years[name]
        error = float(got.std(ddof=1) / np.sqrt(len(got)))
        rows.append((name, target, tolerance, float(got.mean()), error, role, source))
    return pd.DataFrame(
        rows, columns=["figure", "published", "tolerance", "model", "error", "role", "source"]
    )


def within(row: pd.Series) -> str:
    """Return whether a figure is within its tolerance; nothing where it has none."""
    if np.isnan(row["tolerance"]):
        return ""
    if np.isinf(row["tolerance"]):  # Monday is the highest: above nought
        return "yes" if row["model"] > 0 else "no"
    return "yes" if abs(row["model"] - row["published"]) <= row["tolerance"] else "no"


def markdown(table: pd.DataFrame) -> str:
    """Return the table of the README."""
    lines = [
        "| figure | published | tolerance | model (standard error) | within | role | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for _, row in table.iterrows():
        limited = np.isfinite(row["tolerance"])
        published = "above 0" if np.isinf(row["tolerance"]) else f"{row['published']:.3g}"
        lines.append(
            f"| {row['figure']} | {published} | {row['tolerance'] if limited else ''} "
            f"| {row['model']:.3f} ({row['error']:.3f}) | {within(row)} | {row['role']} | {row['source']} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    if "--keep" not in sys.argv:
        figures().to_csv(EXPECTED, index=False, float_format="%.6g", lineterminator="\n")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print(markdown(pd.read_csv(EXPECTED)))
