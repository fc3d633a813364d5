"""``cisim before-after``: what a change did, from records of the time before and after it."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from cisim.before_after import Series, before_after, read_series, series_of
from cisim.cli.say import bad, say, title
from cisim.errors import ModelError, nearest
from cisim.eventlog import EventLog, read_log
from cisim.records import open_log
from cisim.report import before_after_answer, write_before_after

__all__ = ["Asked", "Which", "tell_before_after"]


class Which(NamedTuple):
    """Which series: names of columns of a CSV, or of a pathway, step or pool of a log, and the measure of a log."""

    of: str = ""
    beside: str = ""
    measure: str = "length_of_stay"
    statistic: str = "mean"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says beside the file and the date."""

    which: Which
    settling: int = 0
    slope: bool = False
    difference: bool = False
    cut: str = ""
    out: Path | None = None


def tell_before_after(path: Path, changed: str, asked: Asked) -> None:
    """Tell what a change did, and write its page.

    Raises
    ------
    FileProblems, DataError
        With every mistake of the file.
    ModelError
        For a date, a name or a setting that cannot be, or a series that is too short.
    """
    day = _day(changed)
    series, other = _series(path, asked.which)
    found = before_after(
        series, day, other=other, ratio=not asked.difference, slope=asked.slope, settling=asked.settling
    )
    answer = before_after_answer(found)
    title(f"What did the change of {day} do to {series.name}?")
    say(" ".join(answer.sentences))
    for caution in found.cautions:
        bad(caution)
    page = write_before_after(
        found, asked.out or (path if path.is_dir() else path.parent) / "before-after.html", asked.cut
    )
    say(f"Page: {page}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ModelError("--changed", f"got {text!r}, want a day such as 2024-05-06") from None


def _series(path: Path, which: Which) -> tuple[Series, Series | None]:
    if path.is_dir() or _is_log(path):
        log, (start, end) = open_log(path) if path.is_dir() else _whole(read_log(path))
        names = [which.of, which.beside] if which.beside else [which.of]
        pathways, steps, pools = log.pathways, [s.name for s in log.steps], [p.name for p in log.pools]
        found = []
        for name in names:
            kind = next(
                (
                    k
                    for k, known in (("pathway", pathways), ("step", steps), ("pool", pools))
                    if name in known
                ),
                "",
            )
            if name and not kind:
                every = [*pathways, *steps, *pools]
                raise ModelError(
                    "--of", f"got {name!r}, want a pathway, step or pool of the log{nearest(name, every)}"
                )
            found.append(
                series_of(
                    log,
                    which.measure,
                    which.statistic,
                    of={kind: name} if kind else None,
                    start=start,
                    end=end,
                )
            )
    else:
        every_series = read_series(path, unit=which.unit)
        name = which.of or (next(iter(every_series)) if len(every_series) == 1 else "")
        for one in (name, *([which.beside] if which.beside else [])):
            if one not in every_series:
                known = ", ".join(every_series)
                raise ModelError("--of", f"got {one!r}, want one of: {known}{nearest(one, every_series)}")
        found = [every_series[name], *([every_series[which.beside]] if which.beside else [])]
    return found[0], found[1] if len(found) > 1 else None


def _whole(log: EventLog) -> tuple[EventLog, tuple[int, int]]:
    return log, (0, log.end)


def _is_log(path: Path) -> bool:
    """Return whether a CSV has a row an event, as an event log has."""
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8-sig")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8-sig") as file
        ):
            head = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, EOFError):
        return False
    return {"patient", "event"} <= {name.strip() for name in head}
