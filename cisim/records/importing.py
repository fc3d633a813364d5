"""From a hospital's file and a mapping to a log and the quality of its records."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim.errors import AuditError
from cisim.records.identifiers import keyed
from cisim.records.judging import judge, read_labels, read_rows
from cisim.records.loading import load, plan_of
from cisim.records.quality import Quality, found_quality
from cisim.records.shaping import lay_moves, rows_told, shape
from cisim.records.source import open_source
from cisim.records.store import MEMORY, Store, scratch
from cisim.spec import Records, read_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cisim.eventlog import EventLog

__all__ = ["Imported", "importing", "read_records"]


def _silent(words: str, share: float) -> None:
    """Tell nothing."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Records that were read.

    Attributes
    ----------
    log : EventLog
    quality : Quality
    window : (int, int)
        What the records cover, in milliseconds since the log's start: measures are taken of it.
    """

    log: EventLog
    quality: Quality
    window: tuple[int, int]


def read_records(
    path: str | os.PathLike[str], mapping: str | os.PathLike[str] | Records, *, salt: bytes | None = None
) -> Imported:
    """Return the log in a hospital's records, and what was found in them.

    Parameters
    ----------
    path : path
        A CSV (packed or not), Excel (.xlsx), Parquet or XES file of visits, ward stays or events.
    mapping : path or Records
        Which column is what.
    salt : bytes, optional
        By which patients' numbers are hashed; without it they are left out and patients are numbered.

    Returns
    -------
    Imported
        The log in memory, 16 bytes a row. Files too large for that are read by `importing`.

    Raises
    ------
    FileProblems
        With every mistake of the mapping.
    DataError
        Where the file cannot be read, lacks a column, or has not one row that can be used.
    """
    with importing(path, mapping, salt=salt) as (store, quality):
        return Imported(store.log(), quality, store.window)


@contextmanager
def importing(
    path: str | os.PathLike[str],
    mapping: str | os.PathLike[str] | Records,
    *,
    salt: bytes | None = None,
    told: Callable[[str, float], None] = _silent,
    memory: str = MEMORY,
) -> Iterator[tuple[Store, Quality]]:
    """Give the log in a hospital's records in a database on disk, and what was found in them.

    Memory is bounded however many rows there are; the database goes when the block ends.

    Parameters
    ----------
    path, mapping, salt
        As of `read_records`.
    told : callable
        Called with words and a share as the reading goes on.
    memory : str
        What the database may take, such as ``700MB``.
    """
    said = mapping if isinstance(mapping, Records) else read_mapping(mapping)
    hashed = said.patient is not None and (
        said.identifiers == "hashed" or (said.identifiers is None and salt is not None)
    )
    if hashed and salt is None:
        from cisim.errors import DataError  # noqa: PLC0415
        from cisim.records.identifiers import SALT_VARIABLE  # noqa: PLC0415

        text = f"'identifiers: hashed' wants a salt: a file by --salt, or {SALT_VARIABLE} in the environment"
        raise DataError(f"{path}: {text}")
    plan = plan_of(said)
    source = open_source(Path(path), said.file, plan.columns)
    with scratch(memory) as (con, folder):
        passed = load(con, source, plan, keyed(salt), folder, told)
        told("reading the stamps", 0.0)
        names = read_labels(con, plan, passed)
        read_rows(con, plan, said)
        told("judging rows", 0.2)
        period = judge(con, plan, said)
        told("putting spells together", 0.5)
        books, start = shape(con, plan, said, names, period, hashed=hashed)
        quality = found_quality(con, source, plan, said, period, passed, _identifiers(said, hashed=hashed))
        con.execute("DROP TABLE judged")
        _nothing_lost(path, quality, rows_told(con, said))
        since, until, end = (_ms(moment.date(), start) for moment in (period.since, period.until, period.end))
        told("sorting the log", 0.7)
        lay_moves(con, books, end, said)
        store = Store(con, books, start, end, (max(since, 0), until), named=hashed)
        told("sorting the log", 1.0)
        counted = replace(quality, patients=store.count("patients"), spells=store.count("spells"))
        yield store, counted


def _nothing_lost(path: str | os.PathLike[str], quality: Quality, told: int) -> None:
    """Check that each row of the file stands in the log or among those left out, by counting the log.

    Raises
    ------
    AuditError
        Where a row is nowhere: a mistake of cisim, and no log is better than one that has lost it.
    """
    left = sum(quality.left_out.values())
    if quality.rows != told + left:
        raise AuditError(
            f"{path}: {quality.rows:,} rows were read, {told:,} stand in the log and {left:,} were left out for a "
            "reason: some are nowhere, which is a mistake of cisim; please report it with the mapping"
        )


def _ms(day: Any, start: Any) -> int:
    return int((day - start) / timedelta(milliseconds=1))


def _identifiers(mapping: Records, *, hashed: bool) -> str:
    if mapping.patient is None:
        return "No column of patients was read: each row is a patient."
    if hashed:
        return (
            f"'{mapping.patient}' was hashed with the salt (BLAKE2b, keyed, 64 bits); neither the salt nor the numbers "
            "were written anywhere."
        )
    return f"'{mapping.patient}' was left out: patients are numbered in the order in which they came."
