"""An extract to practise on: a ward that cisim made up, written as a hospital would send it, with known dirt."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cisim.engine import simulate
from cisim.eventlog import Event, EventLog
from cisim.spec import Model
from cisim.streams import address, uniforms
from cisim.units import DAY, clock

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["write_practice"]

_SINCE, _UNTIL = date(2024, 3, 4), date(2025, 3, 3)
_COLUMNS = ("Patient", "Ward", "Start", "Medically Fit", "End", "Destination", "Comment")


def write_practice(path: str | Path, *, seed: int = 1) -> dict[str, int]:
    """Write the ward stays of a made-up ward for 52 weeks as a CSV, and return how many rows of it are dirty, by kind.

    Two patients a day, fewer at night; treated for four days on average (sd three, gamma); then a consultant round on
    Mondays and Thursdays at 10:00; then twenty minutes on average until they are gone. Thirty beds.

    Parameters
    ----------
    path : str or Path
    seed : int
    """
    log = simulate(_ward(), (_UNTIL - date(2024, 1, 1)).days * DAY + DAY, seed=seed)
    luck_of = uniforms(address(seed, "practice extract"), 0, len(log)).tolist()
    dirt = dict.fromkeys(("swapped", "twice", "backwards", "unreadable", "total"), 0)
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(_COLUMNS)
        for cells, luck in zip(_stays(log), luck_of, strict=False):
            row = [*cells, ""]
            day, month = (int(row[4][:2]), int(row[4][3:5])) if row[4] else (31, 0)
            if luck < 0.1 and day < month and day <= 12:
                row[4] = f"{row[4][3:5]}/{row[4][:2]}{row[4][5:]}"
                dirt["swapped"] += 1
            elif 0.1 <= luck < 0.11:
                out.writerow(row)
                dirt["twice"] += 1
            elif 0.11 <= luck < 0.115 and row[4]:
                row[2], row[4] = row[4], row[2]
                dirt["backwards"] += 1
            elif 0.115 <= luck < 0.12:
                row[2] = "see notes"
                dirt["unreadable"] += 1
            elif luck > 0.995:
                row[6] = "daughter rang, NHS 943 476 5919"
            out.writerow(row)
        out.writerow(["Total", "", "", "", "", "", ""])
        dirt["total"] = 1
    return dirt


def _ward() -> Model:
    return Model.model_validate(
        {
            "cisim": 1,
            "model": "a made-up ward",
            "start": "2024-01-01",
            "pools": {"beds": {"number": 30}},
            "calendars": {"round": {"openings": ["Mon 10:00", "Thu 10:00"]}},
            "pathways": {
                "medicine": {
                    "arrivals": {"rate": "2 per day", "profile": [1] * 8 + [3] * 14 + [1] * 2},
                    "steps": [
                        {
                            "stay": "ward",
                            "beds": ["beds"],
                            "steps": [
                                {"delay": "treatment", "duration": {"gamma": {"mean": "4 d", "sd": "3 d"}}},
                                {"round": "decision", "calendar": "round"},
                                {"delay": "going", "duration": {"gamma": {"mean": "20 min", "sd": "10 min"}}},
                            ],
                        },
                        {"leave": "home"},
                    ],
                }
            },
        }
    )


def _stays(log: EventLog) -> Iterator[list[str]]:
    """Yield patient, ward, start, fit, end and destination of whoever was there in the year."""
    begin, end = ((d - log.start) // timedelta(milliseconds=1) for d in (_SINCE, _UNTIL))
    names = [s.name for s in log.steps]
    found: dict[int, dict[str, int]] = {}
    for patient, event, step, time in zip(
        log.patient.tolist(), log.event.tolist(), log.step.tolist(), log.time.tolist(), strict=True
    ):
        name = names[step] if step >= 0 else ""
        key = {(Event.BEGIN, "ward"): "start", (Event.END, "treatment"): "fit", (Event.GIVE, "ward"): "end"}
        if (event, name) in key:
            found.setdefault(patient, {})[key[event, name]] = time
    for patient, at in sorted(found.items(), key=lambda kv: kv[1].get("start", 0)):
        if "start" not in at or at["start"] >= end or at.get("end", end) < begin:
            continue
        words = [_written(log, at[k]) if at.get(k, end) < end else "" for k in ("start", "fit", "end")]
        yield [f"{7_000_000 + patient}", "W7", *words, "home" if words[2] else ""]


def _written(log: EventLog, time: int) -> str:
    moment: datetime = clock(log.start, time)
    return f"{moment:%d/%m/%Y %H:%M}"
