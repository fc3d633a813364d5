"""Figures of the winter situation reports, and the study that rests on them.

CISIM_DATA=... python calibration/winter-sitreps/prepare.py writes study.yaml and next_winter.csv beside it.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
FIT, HELD = ("1718", "1819"), "1920"
SOURCE = "NHS England, daily winter situation reports (Open Government Licence)"
LOST = 14  # days of a winter that a trust may miss
NORMAL = 1.96


def reports():
    """Return one row a trust and day: beds open and occupied, and the shares of them over 7 and 21 days."""
    table = pd.read_csv(Path(os.environ["CISIM_DATA"]) / "nhs_winter" / "trust_days.csv.gz", low_memory=False)
    table.columns = [name.strip() for name in table.columns]
    long = "No. beds occupied by long-stay patients (> {} days)"
    names = {
        "open": "G&A Beds Open",
        "occupied": "G&A beds occ'd",
        "over 7": long.format(7),
        "over 21": long.format(21),
    }
    out = table[["Code", "Name", "Date"]].assign(winter=table.winter.astype(str))
    for short, name in names.items():
        out[short] = pd.to_numeric(table[name], errors="coerce")  # numbers are sometimes stored as text
    out["over 7"] /= out.occupied
    out["over 21"] /= out.occupied
    return out[(out.Code != "-") & out.winter.isin([*FIT, HELD])]


def by_winter(table):
    """Return the means of each trust and winter, of trusts that reported in all three (first level: the figure)."""
    figures = ["open", "occupied", "over 7", "over 21"]
    means = table.groupby(["Code", "winter"])[figures].mean().unstack("winter")
    days = table.groupby(["Code", "winter"]).occupied.count().unstack("winter")
    whole = (days >= days.median() - LOST).all(axis=1)
    means = means[whole.reindex(means.index) & means.notna().all(axis=1)]
    # Nobody over 21 days in a hospital of hundreds of beds is a figure that was not filled in.
    return means[(means["over 7"].min(axis=1) > 0.2) & (means["over 21"].min(axis=1) > 0.03)]


def chosen(means):
    """Return the trust whose number of open beds is nearest to the median of all: a rule that looks at nothing else."""
    size = means["open"].mean(axis=1)
    return (size - size.median()).abs().idxmin()


def changes(means, before, after):
    """Return the standard deviation, over trusts, of the change from one winter to the next, by figure."""
    return {
        name: float(np.log(means[name][after] / means[name][before]).std())
        for name in ("occupied", "over 7", "over 21")
    }


def error(column):
    """Return the standard error of a mean of days, from the means of its weeks."""
    weeks = column.groupby(np.arange(len(column)) // 7).mean()
    return float(weeks.std(ddof=1) / np.sqrt(len(weeks)))


def study(table, means, code):
    """Return the study file."""
    mine = table[(table.Code == code) & table.winter.isin(FIT)].sort_values("Date")
    held = means.loc[code].xs(HELD, level="winter")
    moved = changes(means, *FIT)
    name = mine.Name.iloc[0]
    out = [
        "# Written by prepare.py from the situation reports; README.md says why these figures.",
        "cisim: 1",
        "study: Winter situation reports",
        f"question: What do daily counts of beds say of admissions and stays at {name}, and of its next winter?",
        "model: model.yaml",
        "hidden:",
    ]
    ward = "pathways.patients.steps.stay.steps.how long.ways"
    for label, at, prior in (
        ("admissions", "pathways.patients.arrivals.rate", "{low: 40 per day, high: 220 per day}"),
        (
            "mean of short stays",
            f"{ward}.short.steps.short stay.duration.exponential.mean",
            "{low: 0.5 d, high: 4 d}",
        ),
        ("share of long stays", f"{ward}.long.share", "{low: 5%, high: 70%}"),
        (
            "mean of long stays",
            f"{ward}.long.steps.long stay.duration.exponential.mean",
            "{low: 6 d, high: 40 d}",
        ),
    ):
        out += [
            f"  - name: {label}",
            f"    at: {at}",
            f"    prior: {{uniform: {prior}}}",
            "    source: assumption",
        ]
    out.append("targets:")
    rows = (
        ("occupied beds", "occupied", "measure: occupancy, statistic: mean, pool: beds", "2%"),
        (
            "share of beds over 7 days",
            "over 7",
            'measure: stayed_over, statistic: "7 d", pathway: patients, step: stay',
            "3%",
        ),
        (
            "share of beds over 21 days",
            "over 21",
            'measure: stayed_over, statistic: "21 d", pathway: patients, step: stay',
            "5%",
        ),
    )
    for label, figure, what, tolerance in rows:
        value, se = mine[figure].mean(), error(mine[figure])
        out.append(
            f"  - {{name: {label}, {what}, value: {value:.4g}, se: {se:.2g}, tolerance: {tolerance}, "
            f'source: "{SOURCE}, {name}, winters 2017/18 and 2018/19"}}'
        )
    for label, figure, what, _ in rows:
        out.append(
            f'  - {{name: "{label}, next winter", {what}, value: {held[figure]:.4g}, '
            f"tolerance: {NORMAL * moved[figure]:.1%}, role: predicted, "
            f'source: "{SOURCE}, {name}, winter 2019/20; tolerance: 1.96 standard deviations of the change from '
            f'2017/18 to 2018/19 over {len(means)} trusts"}}'
        )
    out += [
        "run: {seed: 1, warm_up: 120 d, length: 196 d, replications: 2}",
        "notes:",
        "  - The reports count beds, not patients who come and go; what they cannot say is named above.",
    ]
    return "\n".join(out) + "\n"


def next_winter(means):
    """Return how the same forecast does at every trust: rows of figure, trusts, share inside, errors."""
    moved = changes(means, *FIT)
    rows = []
    for name, sd in moved.items():
        base = means[name][list(FIT)].mean(axis=1)
        both = np.log(means[name][HELD] / base)
        last = np.log(means[name][HELD] / means[name][FIT[1]])
        rows.append([
            name, len(means), f"{sd:.4f}", f"{float((both.abs() <= NORMAL * sd).mean()):.4f}",
            f"{float(both.abs().median()):.4f}", f"{float(last.abs().median()):.4f}",
        ])  # fmt: skip
    return rows


HEADS = [
    "figure", "trusts", "sd of a change between winters", "share inside the interval", "median error, two winters",
    "median error, last winter",
]  # fmt: skip


def files():
    """Return the text of the study, and the rows of next_winter.csv."""
    table = reports()
    means = by_winter(table)
    return study(table, means, chosen(means)), next_winter(means)


if __name__ == "__main__":
    text, rows = files()
    (HERE / "study.yaml").write_text(text, encoding="utf-8")
    with (HERE / "next_winter.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADS)
        writer.writerows(rows)
