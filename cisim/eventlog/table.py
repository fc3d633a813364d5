"""A log as a CSV file: records of real patients in, any log out."""

from __future__ import annotations

import csv
import gzip
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from cisim.errors import DataError
from cisim.eventlog.log import STARTING_BAND, Event, EventLog, Pool, StepName, patient_text
from cisim.eventlog.parse import Mistakes, Row, moment, parse_row, read_columns
from cisim.eventlog.pools import read_pools
from cisim.eventlog.spells import Placed, place
from cisim.units import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["open_text", "read_log", "write_log"]

_COLUMNS = (
    "pathway",
    "patient",
    "spell",
    "time",
    "event",
    "step",
    "visit",
    "kind",
    "pool",
    "units",
    "detail",
)
_REQUIRED = ("patient", "time", "event")


def read_log(
    path: str | Path,
    *,
    start: date | None = None,
    end: date | datetime | None = None,
    pools: str | Path | Sequence[Pool] | None = None,
) -> EventLog:
    """Return the event log in a CSV of real patients.

    Parameters
    ----------
    path : str or Path
        A row an event, with the columns ``patient``, ``time`` (``2024-01-02T09:30``, on the local clock) and
        ``event`` (the names of `Event`, such as ``arrive``), and where they apply ``pathway`` (``all``
        unless said), ``step``, ``kind`` (of the step: stay, activity, round...), ``pool``, ``units`` (1
        unless said), ``detail`` (the outcome or way), ``spell`` and ``visit``. May be gzipped (``.gz``).
    start : date, optional
        The day whose midnight is time 0; the day of the first stamp, unless said. Only those whom an engine numbers
        as there at the start may have rows before it.
    end : date or datetime, optional
        Nothing is known from here on; the midnight after the last stamp, unless said.
    pools : path or sequence of Pool, optional
        Kinds, owners and rostered numbers; see `read_pools`. Pools not named there are beds without a number.

    Returns
    -------
    EventLog
        Patients by name, numbered in natural order. Rows may stand in any order: those of a patient are
        sorted by time, and by their order in the file where times are equal; a CisimWarning says how many
        moved. A patient who arrives again after leaving begins a new spell. A step without a kind is a stay
        where somebody is made ready or moved, or takes something without an end; a delay where nobody asks or takes;
        and else an activity.

    Raises
    ------
    DataError
        With every mistake (fifty, if there are more) as ``file:line: column: got X, want Y``; a row is either
        read or complained of, never dropped.
    """
    source = Path(path)
    mistakes = Mistakes(str(path))
    rows = [
        row
        for line, cells in read_columns(source, _REQUIRED, _COLUMNS, mistakes)
        if (row := parse_row(line, cells, mistakes)) is not None
    ]
    came = [r.time for r in rows if not _there_before(r)] or [r.time for r in rows]
    first = start or (min(came).date() if came else None)
    mistakes.stop()
    if first is None:
        raise DataError(f"{path}: got no rows, want at least one, or the day of the start")
    limit = _limit(rows, first, end)
    _inside(rows, first, limit, mistakes)
    placed = place(rows, mistakes)
    mistakes.stop()
    return _columns(placed, first, _milliseconds(first, limit), _stated(pools, first))


def write_log(log: EventLog, path: str | Path) -> None:
    """Write a log as a CSV that `read_log` reads back to the same, by names.

    Times are ISO text to the millisecond on the local clock. The books' unused names, the rotas, the
    openings of rounds and the engine's integrals are not in a table of events; give `read_log` the start, end
    and pools.
    """
    with open_text(Path(path), "wt") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(_COLUMNS)
        out.writerows(_lines(log))


def open_text(path: Path, mode: str) -> IO[str]:
    """Open a text file, gzipped where its name ends in .gz."""
    if path.suffix == ".gz":
        return gzip.open(path, mode, encoding="utf-8", newline="")  # type: ignore[return-value]
    return path.open(mode, encoding="utf-8", newline="")


def _lines(log: EventLog) -> Iterator[tuple[str, ...]]:
    for i in range(len(log)):
        code, pool, number, detail = (int(c[i]) for c in (log.step, log.pool, log.patient, log.detail))
        step = log.steps[code] if code >= 0 else StepName("", "", "")
        yield (
            log.pathways[log.pathway[i]],
            log.patients[number] if log.patients else patient_text(number),
            str(log.spell[i]),
            clock(log.start, int(log.time[i])).isoformat(timespec="milliseconds"),
            Event(int(log.event[i])).name.lower(),
            step.name,
            str(log.visit[i]) if log.visit[i] >= 0 else "",
            step.kind,
            log.pools[pool].name if pool >= 0 else "",
            str(log.units[i]) if log.units[i] else "",
            log.details[detail] if detail >= 0 else "",
        )


def _stated(pools: str | Path | Sequence[Pool] | None, start: date) -> tuple[Pool, ...]:
    if pools is None:
        return ()
    return read_pools(pools, start=start) if isinstance(pools, (str, Path)) else tuple(pools)


def _limit(rows: list[Row], first: date, end: date | datetime | None) -> datetime:
    if isinstance(end, datetime):
        return end
    if end is not None:
        return moment(end)
    last = max((r.time.date() for r in rows), default=first)
    return moment(last) + timedelta(days=1)


def _inside(rows: list[Row], first: date, limit: datetime, mistakes: Mistakes) -> None:
    """Complain of rows out of [first, limit), but for those before it of whom an engine says were there at it."""
    begin = moment(first)
    for row in rows:
        if row.time >= limit or (row.time < begin and not _there_before(row)):
            got, want = row.time.isoformat(sep=" "), f"from {begin} to before {limit}"
            mistakes.add(row.line, "time", f"got {got}, want a time {want}")


def _there_before(row: Row) -> bool:
    return row.patient.startswith(f"{STARTING_BAND}.")


def _milliseconds(first: date, time: datetime) -> int:
    return (time - moment(first)) // timedelta(milliseconds=1)


def _columns(placed: list[Placed], first: date, end: int, stated: tuple[Pool, ...]) -> EventLog:
    """Turn placed rows, in the log's order, into codes and books."""
    rows = [p.row for p in placed]
    names = {p.name: i for i, p in enumerate(stated)}
    pools = [*stated]
    for row in rows:
        if row.pool and row.pool not in names:
            names[row.pool] = len(pools)
            pools.append(Pool(row.pool))
    pathways = {p.row.pathway: p.pathway for p in placed}
    steps = {key: i for i, key in enumerate(dict.fromkeys((r.pathway, r.step) for r in rows if r.step))}
    kinds = _kinds(rows)
    details = {d: i for i, d in enumerate(dict.fromkeys(r.detail for r in rows if r.detail))}
    patients = {r.patient: p.patient for r, p in zip(rows, placed, strict=True)}
    return EventLog(
        start=first,
        end=end,
        pathways=tuple(sorted(pathways, key=pathways.__getitem__)),
        steps=tuple(StepName(p, s, kinds[p, s]) for p, s in steps),
        pools=tuple(pools),
        details=tuple(details),
        pathway=np.array([p.pathway for p in placed], np.int64),
        patient=np.array([p.patient for p in placed], np.int64),
        spell=np.array([p.spell for p in placed], np.int64),
        sequence=np.array([p.sequence for p in placed], np.int64),
        time=np.array([_milliseconds(first, r.time) for r in rows], np.int64),
        event=np.array([r.event for r in rows], np.int64),
        step=np.array([steps.get((r.pathway, r.step), -1) for r in rows], np.int64),
        visit=np.array([p.visit for p in placed], np.int64),
        pool=np.array([names.get(r.pool, -1) for r in rows], np.int64),
        units=np.array([r.units for r in rows], np.int64),
        detail=np.array([details.get(r.detail, -1) for r in rows], np.int64),
        patients=tuple(sorted(patients, key=patients.__getitem__)),
    )


def _kinds(rows: list[Row]) -> dict[tuple[str, str], str]:
    """Return each step's kind: as written, else as what happens there tells."""
    seen: dict[tuple[str, str], set[Event]] = {}
    written: dict[tuple[str, str], str] = {}
    for row in rows:
        if row.step:
            seen.setdefault((row.pathway, row.step), set()).add(row.event)
            if row.kind:
                written[row.pathway, row.step] = row.kind
    return {key: written.get(key) or _kind(events) for key, events in seen.items()}


def _kind(events: set[Event]) -> str:
    if Event.LEAVE in events:
        return "leave"
    if Event.WAY in events:
        return "branch"
    if {Event.READY, Event.MOVE} & events or (Event.TAKE in events and Event.END not in events):
        return "stay"
    if Event.ASK not in events and Event.TAKE not in events:
        return "delay"
    return "activity"
