"""From the cells of a CSV to typed rows, with every mistake told at once."""

from __future__ import annotations

import csv
import gzip
import io
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from cisim.errors import DataError, nearest
from cisim.eventlog.log import Event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["KINDS", "Mistakes", "Row", "moment", "parse_row", "parse_time", "parse_whole", "read_columns"]

KINDS = (
    *("activity", "stay", "round", "batch", "delay", "branch", "repeat", "leave", "go_to", "partial"),
    *("all_of", "comes_back", "own"),
)
_EVENTS = {e.name.lower(): e for e in Event}
_MOST = 50
_STEPPED = {
    *(Event.ASK, Event.BEGIN, Event.END, Event.READY, Event.GIVE_UP),
    *(Event.INTERRUPT, Event.RESUME, Event.TURN_AWAY, Event.MOVE),
}
_POOLED = {Event.TAKE, Event.GIVE, Event.FREE}
_WANTED = "a date and a time on the local clock such as 2024-01-02T09:30"
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?")


class Mistakes:
    """The mistakes of a file, kept until they can be told together."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[tuple[int, str]] = []

    def add(self, line: int, column: str, text: str) -> None:
        """Note a mistake; line 0 is the file as a whole."""
        place = f"{self.file}:{line}" if line else self.file
        self.found.append((line, f"{place}: {column}: {text}" if column else f"{place}: {text}"))

    def stop(self) -> None:
        """Raise DataError if there are any, in the order of their lines."""
        if self.found:
            told = [text for _, text in sorted(self.found)]
            more = len(told) - _MOST
            raise DataError("\n".join(told[:_MOST] + ([f"... and {more} more"] if more > 0 else [])))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file, each cell checked by itself; an empty cell is '' (spell and visit: -1)."""

    line: int
    patient: str
    time: datetime
    event: Event
    pathway: str
    step: str
    kind: str
    pool: str
    units: int
    detail: str
    spell: int
    visit: int


def moment(day: date) -> datetime:
    """Return midnight of a day."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a local clock


def read_columns(
    path: Path, required: Sequence[str], known: Sequence[str], mistakes: Mistakes
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, cells by column) of a CSV; empty lines are passed over.

    Raises
    ------
    DataError
        Where the file cannot be read at all, or its columns are not those wanted.
    """
    try:
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        lines = io.StringIO(text.decode("utf-8-sig"), newline="")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    reader = csv.reader(lines)
    header = [name.strip() for name in next(reader, [])]
    for name in sorted(set(required) - set(header)):
        mistakes.add(1, name, f"got no such column, want one{nearest(name, header)}")
    for name in header:
        if name not in known:
            mistakes.add(1, name, f"got a column '{name}', want {', '.join(known)}{nearest(name, known)}")
        elif header.count(name) > 1:
            mistakes.add(1, name, "got the column more than once, want it once")
    mistakes.stop()
    for cells in reader:
        if len(cells) == len(header):
            yield reader.line_num, {n: c.strip() for n, c in zip(header, cells, strict=True)}
        elif any(c.strip() for c in cells):
            mistakes.add(reader.line_num, "", f"got {len(cells)} cells, want {len(header)}")


def parse_row(line: int, cells: dict[str, str], mistakes: Mistakes) -> Row | None:
    """Return the row, or None where a cell is wrong; the mistakes then say how."""
    before = len(mistakes.found)
    patient = cells["patient"]
    if not patient:
        mistakes.add(line, "patient", "got nothing, want who it was")
    time = parse_time(line, cells["time"], mistakes)
    event = _EVENTS.get(cells["event"].lower())
    if event is None:
        got = cells["event"]
        hint = nearest(got, _EVENTS) or f"; known: {', '.join(_EVENTS)}"
        mistakes.add(line, "event", f"got '{got}', want the name of an event{hint}")
    kind = cells.get("kind", "")
    if kind and kind not in KINDS:
        mistakes.add(line, "kind", f"got '{kind}', want {', '.join(KINDS)}{nearest(kind, KINDS)}")
    units = _units(line, cells.get("units", ""), event, mistakes)
    for column in ("step", "pool"):
        if event in (_STEPPED if column == "step" else _POOLED) and not cells.get(column, ""):
            mistakes.add(line, column, f"got nothing, want the {column} of {cells['event']}")
    spell, visit = (parse_whole(line, c, cells.get(c, ""), 0, mistakes) for c in ("spell", "visit"))
    if len(mistakes.found) > before or time is None or event is None:
        return None
    names = {c: cells.get(c, "") for c in ("step", "kind", "pool", "detail")}
    pathway = cells.get("pathway", "") or "all"
    return Row(line, patient, time, event, pathway, **names, units=units, spell=spell, visit=visit)


def parse_time(line: int, text: str, mistakes: Mistakes) -> datetime | None:
    """Return an ISO date and time, to the nearest millisecond; a zone or a date alone is a mistake."""
    try:
        time = datetime.fromisoformat(text) if _ISO.fullmatch(text) else None
    except ValueError:
        time = None
    if time is None:
        mistakes.add(line, "time", f"got '{text}', want {_WANTED}")
        return None
    spare = time.microsecond % 1000
    return time + timedelta(microseconds=1000 - spare if spare >= 500 else -spare)


def parse_whole(line: int, column: str, text: str, least: int, mistakes: Mistakes) -> int:
    """Return a whole number from `least` on; -1 where the cell is empty or wrong."""
    if not text:
        return -1
    if not re.fullmatch(r"\d{1,15}", text) or int(text) < least:
        mistakes.add(line, column, f"got '{text}', want a whole number from {least} on")
        return -1
    return int(text)


def _units(line: int, text: str, event: Event | None, mistakes: Mistakes) -> int:
    if event in _POOLED:
        found = parse_whole(line, "units", text, 1, mistakes)
        return 1 if found < 0 else found
    if text not in ("", "0"):
        mistakes.add(line, "units", f"got '{text}', want nothing: only take, give and free have units")
    return 0
