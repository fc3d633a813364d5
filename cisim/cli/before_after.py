"""``cisim before-after``: what a change did, from records of the time before and after it."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from cisim.before_after import Series, before_after, read_series, series_of, together
from cisim.cli.say import bad, say, title
from cisim.errors import ModelError, nearest
from cisim.eventlog import EventLog, read_log
from cisim.records import open_log
from cisim.report import before_after_answer, write_before_after

__all__ = ["Asked", "Which", "tell_before_after"]


class Which(NamedTuple):
    """Which series: names of columns of a CSV, or of a pathway, step or pool of a log, and the measure of a log.

    Attributes
    ----------
    of, beside, sizes : str
        A name; of `beside` and `sizes` several, with commas between them.
    measure, statistic, unit : str
    """

    of: str = ""
    beside: str = ""
    measure: str = "length_of_stay"
    statistic: str = "mean"
    unit: str = ""
    sizes: str = ""


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
    series, others = _series(path, asked.which)
    other = together(others, ratio=not asked.difference) if others else None
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


def _series(path: Path, which: Which) -> tuple[Series, list[Series]]:
    if path.is_dir() or _is_log(path):
        log, (start, end) = open_log(path) if path.is_dir() else _whole(read_log(path))
        names = [which.of, *_names(which.beside)]
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
        sizes = _names(which.sizes)
        for one in (name, *_names(which.beside), *sizes):
            if one not in every_series:
                known = ", ".join(every_series)
                raise ModelError("--of", f"got {one!r}, want one of: {known}{nearest(one, every_series)}")
        found = [every_series[one] for one in (name, *_names(which.beside))]
        if sizes and len(sizes) != len(found):
            text = f"got {len(sizes)} columns of sizes, want {len(found)}: of the ward, and of each beside it"
            raise ModelError("--sizes", text)
        found = [
            replace(one, sizes=every_series[size].values)
            for one, size in zip(found, sizes or [""] * len(found), strict=True)
            if size
        ] or found
    return found[0], found[1:]


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


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
