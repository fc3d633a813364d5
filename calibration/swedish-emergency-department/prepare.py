"""Figures of the records, and the files that rest on them: CISIM_DATA=... python calibration/.../prepare.py.

Writes model.yaml and study.yaml beside it. The first 26 weeks are fitted, the 26 after them are kept back.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
START, MIDDLE, END = (pd.Timestamp(day) for day in ("2017-01-02", "2017-07-03", "2018-01-01"))
WEEKS = 26
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
GROUPS = {"priority 1": (1,), "priority 2": (2,), "priority 3": (3,), "priority 4 and 5": (4, 5)}
SHOWN = range(1, 24, 2)
SHIFTS = ((8, 11), (11, 15), (15, 20), (20, 24))  # of doctors by day; one number for the night before 8
MEAN = "measure: {}, statistic: mean, "
INSIDE = "measure: inside_by_hour, statistic: {}, "
SOURCE = "Skåne Emergency Medicine cohort, Malmö 2017, synthesised (TriEff, sem_synth)"


def visits():
    """Return the visits, with their times in minutes."""
    path = Path(os.environ["CISIM_DATA"]) / "ed_malmo" / "visits.csv.gz"
    stamps = ["arrival_at_hospital", "arrival", "resolve", "exit_ed"]
    table = pd.read_csv(path, usecols=["priority", *stamps], parse_dates=stamps)
    for name, since, until in (("triage", 0, 1), ("wait", 1, 2), ("rest", 2, 3), ("stay", 0, 3)):
        table[name] = (table[stamps[until]] - table[stamps[since]]).dt.total_seconds() / 60
    return table


def weeks(table, start, end):
    """Return the mean number of patients inside in each hour of the day, shape (weeks, 24)."""
    edges = pd.date_range(start, end, freq="1min").to_numpy()
    came, left = np.sort(table.arrival_at_hospital.to_numpy()), np.sort(table.exit_ed.to_numpy())
    inside = np.searchsorted(came, edges[:-1], "right") - np.searchsorted(left, edges[:-1], "right")
    return inside.reshape(-1, 7, 24, 60).mean(axis=(1, 3))


def by_hour(table, start, end):
    """Return the mean number of patients inside in each hour of the day."""
    return weeks(table, start, end).mean(axis=0)


def error_by_hour(table, start, end):
    """Return the standard errors of these means, from their weeks."""
    each = weeks(table, start, end)
    return each.std(axis=0, ddof=1) / np.sqrt(len(each))


def drawn_again(table, start, end, draws=4000):
    """Return how often each hour is the peak, and the trough, of weeks drawn again (bootstrap), shape (2, 24)."""
    each, rng = weeks(table, start, end), np.random.default_rng(1)
    again = each[rng.integers(0, len(each), (draws, len(each)))].mean(axis=1)
    return [np.bincount(find(axis=1), minlength=24) / draws for find in (again.argmax, again.argmin)]


def model(fit):
    """Return the model file: what the records show of the first half is fed, the rest is a first guess."""
    came = fit.arrival_at_hospital.dt
    hours = np.bincount(came.hour, minlength=24) / len(fit)
    days = np.bincount(came.day_of_week, minlength=7) / len(fit) * 7
    out = [
        "# An emergency department whose records show arrivals, waits and stays, and not its doctors.",
        "# Written by prepare.py: what is fed was taken from the first 26 weeks; README.md says what is hidden.",
        "cisim: 1",
        "model: Swedish emergency department",
        "start: 2017-01-02 # a Monday",
        f"source: {SOURCE}; doctors and their minutes are not in it",
        "pools:",
        "  doctors:",
        "    kind: staff",
        "    rota:",
        *(f'      - {{days: daily, from: "{a:02}:00", to: "{b:02}:00", number: 8}}' for a, b in SHIFTS),
        "    otherwise: 4",
        "pathways:",
    ]
    for number, (name, codes) in enumerate(GROUPS.items(), 1):
        mine = fit[fit.priority.isin(codes)]
        out += [
            f"  {name}:",
            "    arrivals:",
            f"      rate: {len(mine) / WEEKS / 7:.3f} per day",
            "      profile:",
        ]
        out += [
            f"        {d}: [{', '.join(f'{100 * f * h:.3f}' for h in hours)}]"
            for d, f in zip(DAYS, days, strict=True)
        ]
        out += ["    steps:", f"      - {{delay: triage, duration: {{lognormal: {spread(mine.triage)}}}}}"]
        seen = (
            "{activity: doctor, needs: {doctors: 1}, duration: 1 min, after_hold: {exponential: {mean: 20 min}}, "
            f"priority: {min(number, 3)}}}"
        )
        if number == 1:
            out += [f"      - {seen}"]
        else:
            until = "{delay: until ready, duration: {exponential: {mean: 30 min}}}"
            whole = [
                "      - all_of: until the doctor",
                "        parts:",
                "          - part: waiting",
                "            steps:",
            ]
            if number == 4:
                whole += [
                    "              - branch: who is seen",
                    "                ways:",
                    "                  - way: by a doctor",
                    "                    share: 60%",
                    f"                    steps: [{until}, {seen}]",
                    "                  - {way: without waiting, share: 40%}",
                ]
            else:
                whole += [f"              - {until}", f"              - {seen}"]
            out += [*whole, "          - {part: here, steps: [{delay: nothing, duration: 0 min}]}"]
        out += [
            f"      - {{delay: care after the doctor has begun, duration: {{lognormal: {spread(mine.rest)}}}}}",
            "      - {leave: gone}",
        ]
    return "\n".join(out) + "\n"


def spread(minutes):
    """Return mean and standard deviation as a family has them."""
    return f"{{mean: {minutes.mean():.1f} min, sd: {minutes.std():.1f} min}}"


def study(fit, held):
    """Return the study file."""
    out = [
        "# Written by prepare.py from the records; README.md says why these figures.",
        "cisim: 1",
        "study: Swedish emergency department",
        "question: How many doctors were at work, hour by hour, in a department that does not say?",
        "model: model.yaml",
        "hidden:",
        *hidden(),
        "targets:",
        *fitted(fit, f"{SOURCE}, 2 January to 2 July"),
        *kept_back(held, f"{SOURCE}, 3 July to 31 December"),
        "run: {seed: 1, warm_up: 7 d, length: 70 d, replications: 2}",
        "method: {waves: 4, draws: 1000, checked: 16}",
        "notes:",
        "  - The records are synthesised from real ones; waits differ somewhat from those of the real department.",
    ]
    return "\n".join(out) + "\n"


def hidden():
    """Yield the lines of the numbers that no record shows."""
    pathways = [f"pathways.{name}.steps" for name in GROUPS]
    part = "until the doctor.parts.waiting.steps"
    last = f"{pathways[3]}.{part}.who is seen.ways.by a doctor"
    doctor = [
        f"{pathways[0]}.doctor",
        f"{pathways[1]}.{part}.doctor",
        f"{pathways[2]}.{part}.doctor",
        f"{last}.steps.doctor",
    ]
    ready = [d.removesuffix("doctor") + "until ready" for d in doctor[1:]]
    rows = [
        (f"doctors from {a} to {b}", f"[pools.doctors.rota.{i}.number]", "{low: 1.5, high: 14.5}")
        for i, (a, b) in enumerate(SHIFTS)
    ]
    rows.append(("doctors at night", "[pools.doctors.otherwise]", "{low: 0.5, high: 8.5}"))
    each = ", ".join(f"{d}.after_hold.exponential.mean" for d in doctor)
    rows.append(("minutes of a doctor for a patient", f"[{each}]", "{low: 10 min, high: 60 min}"))
    rows += [
        (f"time until ready, {who}", f"[{r}.duration.exponential.mean]", "{low: 5 min, high: 100 min}")
        for who, r in zip(list(GROUPS)[1:], ready, strict=True)
    ]
    rows.append(("share of priority 4 and 5 who wait", f"[{last}.share]", "{low: 10%, high: 95%}"))
    for name, at, prior in rows:
        yield f"  - name: {name}"
        yield f"    at: {at}"
        yield f"    prior: {{uniform: {prior}}}"
        yield "    source: assumption"


def fitted(fit, source):
    """Yield the lines of what must be reached: waits, and patients inside by hour, of the first half."""
    for name, codes in GROUPS.items():
        mine = fit[fit.priority.isin(codes)]
        if name == "priority 1":
            what, value, tolerance = (
                f"{MEAN.format('wait')}pathway: {name}, step: doctor, ",
                mine.wait.mean(),
                "60%",
            )
        else:  # the minute of the doctor's own is within `all_parts`
            what = f"{MEAN.format('all_parts')}pathway: {name}, step: until the doctor, "
            value, tolerance = mine.wait.mean() + 1, "10%"
        yield target(f"wait, {name}", what, f"{value:.1f} min", tolerance, "fitted", source)
    census, luck = by_hour(fit, START, MIDDLE), error_by_hour(fit, START, MIDDLE)
    for hour in SHOWN:
        name, value = (
            f"inside from {hour} to {(hour + 1) % 24} h",
            f"{census[hour]:.2f}, se: {luck[hour]:.2f}",
        )
        yield target(name, INSIDE.format(f'"{hour}"'), value, "3%", "fitted", source)


def kept_back(held, source):
    """Yield the lines of what must be foretold: the same of the second half, and when most and fewest are inside."""
    later = by_hour(held, MIDDLE, END)
    for name, what, value, tolerance in (
        ("mean number inside", "mean", f"{later.mean():.2f}", "5%"),
        ("hour of the peak", "peak", f"{later.argmax()}", "7%"),
        ("hour of the trough", "trough", f"{later.argmin()}", "17%"),
        *((f"inside from {h} to {h + 1} h", f'"{h}"', f"{later[h]:.2f}", "10%") for h in (5, 9, 13, 17, 21)),
    ):
        yield target(f"{name}, second half", INSIDE.format(what), value, tolerance, "predicted", source)
    for name, codes in list(GROUPS.items())[1:3]:
        value = f"{held[held.priority.isin(codes)].wait.mean() + 1:.1f} min"
        what = f"{MEAN.format('all_parts')}pathway: {name}, step: until the doctor, "
        yield target(f"wait, {name}, second half", what, value, "15%", "predicted", source)


def target(name, what, value, tolerance, role, source):
    """Return one line of targets."""
    figure = f"value: {value}, tolerance: {tolerance}, role: {role}"
    return f'  - {{name: "{name}", {what}{figure}, source: "{source}"}}'


def files():
    """Return the texts of both files by name."""
    table = visits()
    fit = table[(table.arrival_at_hospital >= START) & (table.arrival_at_hospital < MIDDLE)]
    held = table[(table.arrival_at_hospital >= MIDDLE) & (table.arrival_at_hospital < END)]
    return {"model.yaml": model(fit), "study.yaml": study(fit, held)}


if __name__ == "__main__":
    for name, text in files().items():
        (HERE / name).write_text(text, encoding="utf-8")
