"""A log that is too long for memory: spells, passages and rows in a database on disk, read in parts."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from cisim.errors import DataError
from cisim.eventlog import Event, EventLog, Pool, StepName
from cisim.measures import Fold, Measure
from cisim.records.identifiers import pseudonym
from cisim.records.shaping import Books

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cisim.measures.curves import Ints

__all__ = ["Store", "open_log", "scratch", "store_of"]

MEMORY = "700MB"
"""What the database may take before it writes to disk."""
_SPELLS = 400_000
"""Spells of which the rows are read at once."""
Part = "tuple[Ints, Ints, Ints, Ints, Ints]"


@contextmanager
def scratch(memory: str = MEMORY) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Give a database on disk in a folder that goes when it is done with, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="cisim-records-") as folder:
        con = duckdb.connect(str(Path(folder) / "records.duckdb"))
        try:
            con.execute(f"SET memory_limit = '{memory}'")
            con.execute("SET threads = 2")
            con.execute(f"SET temp_directory = '{folder.replace(chr(39), chr(39) * 2)}/spill'")
            con.execute("SET TimeZone = 'UTC'")
            con.execute("SET enable_progress_bar = false")
            yield con, Path(folder)
        except RuntimeError as stopped:  # a key was pressed while the database was at work
            if "interrupted" in str(stopped).lower():
                raise KeyboardInterrupt from None
            raise
        finally:
            con.close()


@dataclass(frozen=True, slots=True)
class Store:
    """A log in a database: tables `patients`, `spells`, `passages` and `moves`.

    Attributes
    ----------
    con : DuckDBPyConnection
    books : Books
    start : date
        The day whose midnight is time 0.
    end : int
        The horizon (ms).
    window : (int, int)
        What the records cover (ms): measures are taken of it.
    named : bool
        Whether patients have hashed names; else they are numbered.
    pool_books : tuple of Pool
        The pools of a log that was there before, with their numbers.
    """

    con: duckdb.DuckDBPyConnection
    books: Books
    start: date
    end: int
    window: tuple[int, int]
    named: bool
    pool_books: tuple[Pool, ...] = ()

    @property
    def pools(self) -> tuple[Pool, ...]:
        """The pools, with their rostered numbers where these are known."""
        return self.pool_books or tuple(Pool(p) for p in self.books.pools)

    def count(self, table: str) -> int:
        """Return the rows of a table."""
        found = self.con.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(found[0]) if found else 0

    def parts(self) -> Iterator[tuple[Ints, Ints, Ints, Ints, Ints]]:
        """Yield spells in parts: where each one's rows begin, its pathway; and of the rows time, code and visit."""
        for begin in range(0, self.count("spells"), _SPELLS):
            limit = f"spell_no >= {begin} AND spell_no < {begin + _SPELLS}"
            rows = self.con.execute(
                f"SELECT spell_no, time, code, visit FROM moves WHERE {limit} ORDER BY rowid"
            ).fetchnumpy()
            of = self.con.execute(f"SELECT pathway FROM spells WHERE {limit} ORDER BY spell_no").fetchnumpy()
            pathway = np.asarray(of["pathway"], np.int64)
            spell = np.asarray(rows["spell_no"], np.int64) - begin
            first = np.searchsorted(spell, np.arange(len(pathway) + 1)).astype(np.int64)
            there = first[1:] > first[:-1]  # who came after the horizon has no rows
            edges = np.append(first[:-1][there], len(spell))
            yield (
                edges,
                pathway[there],
                np.asarray(rows["time"], np.int64),
                np.asarray(rows["code"], np.int32),
                np.asarray(rows["visit"], np.int32),
            )

    def measures(self) -> list[Measure]:
        """Return the standard measures of what the records cover, as of a simulated run; memory stays as it is."""
        books = self.books
        fold = Fold(
            pathways=books.pathways,
            steps=books.steps,
            pools=self.pools,
            book=tuple(np.asarray(c, np.int64) for c in books.book()),
            start=self.window[0],
            end=self.window[1],
            until=self.end,
        )
        for part in self.parts():
            fold.add(*part)
        return fold.measures()

    def log(self) -> EventLog:
        """Return the log, in memory: sixteen bytes a row."""
        found = list(self.parts())
        shift = np.cumsum([0, *(len(p[2]) for p in found)])
        first = np.concatenate([*(p[0][:-1] + s for p, s in zip(found, shift, strict=False)), shift[-1:]])
        who = self.con.execute(
            "SELECT pathway, patient, spell FROM spells s WHERE EXISTS "
            "(SELECT 1 FROM moves m WHERE m.spell_no = s.spell_no) ORDER BY spell_no"
        ).fetchnumpy()
        books = self.books
        made = EventLog.coded(
            start=self.start,
            end=self.end,
            pathways=books.pathways,
            steps=books.steps,
            pools=self.pools,
            details=books.outcomes,
            book=books.book(),
            first_row=first.astype(np.int64),
            pathway_of=who["pathway"],
            patient_of=who["patient"],
            spell_of=who["spell"],
            time=np.concatenate([p[2] for p in found]),
            code=np.concatenate([p[3] for p in found]),
            visit=np.concatenate([p[4] for p in found]),
        )
        if self.named:
            made.__dict__["patients"] = self._names()
        return made

    def _names(self) -> tuple[str, ...]:
        rows = self.con.execute("SELECT who FROM patients ORDER BY patient").fetchnumpy()["who"]
        return tuple(pseudonym(int(n)) for n in rows)

    def write(self, path: Path) -> None:
        """Write the log as a Parquet file with the columns of a log in CSV; `row` says their order in the log."""
        con, books = self.con, self.books
        con.execute(
            "CREATE OR REPLACE TEMP TABLE book (code INTEGER, event VARCHAR, step VARCHAR, kind VARCHAR, pool VARCHAR, "
            "units INTEGER, detail VARCHAR)"
        )
        con.executemany("INSERT INTO book VALUES (?, ?, ?, ?, ?, ?, ?)", _book_rows(books))
        con.execute("CREATE OR REPLACE TEMP TABLE paths (code INTEGER, name VARCHAR)")
        con.executemany("INSERT INTO paths VALUES (?, ?)", list(enumerate(books.pathways)))
        name, named = "CAST(s.patient AS VARCHAR)", ""
        if self.named:
            name = "translate(lpad(lower(to_hex(w.who)), 16, '0'), '0123456789abcdef', 'abcdefghijklmnop')"
            named = "JOIN patients w ON w.patient = s.patient"
        # what is the same in all rows of a spell is put together once
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE of_spell AS SELECT s.spell_no, p.name AS pathway, {name} AS patient, "
            f"s.spell FROM spells s JOIN paths p ON p.code = s.pathway {named}"
        )
        con.execute(
            f"""COPY (SELECT m.rowid AS row, s.pathway, s.patient, s.spell,
            TIMESTAMP '{self.start.isoformat()}' + to_milliseconds(m.time) AS time, b.event, b.step,
            CASE WHEN m.visit >= 0 THEN m.visit END AS visit, b.kind, b.pool, b.units, b.detail
            FROM moves m JOIN of_spell s ON s.spell_no = m.spell_no JOIN book b ON b.code = m.code)
            TO '{str(path).replace("'", "''")}' (FORMAT parquet, COMPRESSION zstd)"""
        )
        con.execute("DROP TABLE of_spell")


def _book_rows(books: Books) -> list[tuple[int, str, str, str, str, int, str]]:
    out = []
    for code, (event, step, pool, units, detail) in enumerate(zip(*books.book(), strict=True)):
        named = books.steps[step] if step >= 0 else StepName("", "", "")
        out.append(
            (
                code,
                Event(event).name.lower(),
                named.name,
                named.kind,
                books.pools[pool] if pool >= 0 else "",
                units,
                books.outcomes[detail] if detail >= 0 else "",
            )
        )
    return out


def store_of(con: duckdb.DuckDBPyConnection, log: EventLog, window: tuple[int, int]) -> Store:
    """Put a log, simulated or real, into a database, so that it is described as imported records are.

    Who was there before the log begins has come before time 0.
    """
    rows = log.as_coded()
    lengths = np.diff(rows.first_row)
    spell = np.repeat(np.arange(len(lengths)), lengths)
    _put(con, "moves", {"spell_no": spell, "time": rows.time, "code": rows.code, "visit": rows.visit})
    event, step, pool, _, detail = (np.asarray(c, np.int64) for c in rows.book)
    book = {"code": np.arange(len(event)), "event": event, "step": step, "pool": pool, "detail": detail}
    _put(con, "codes", book)
    whose = {"pathway": rows.pathway_of, "patient": rows.patient_of, "spell": rows.spell_of}
    _put(con, "whose", {"spell_no": np.arange(len(lengths)), **whose})
    con.execute(
        f"""CREATE TABLE spells AS SELECT w.spell_no, w.spell_no AS id, w.pathway, w.patient, w.spell,
        m.arrive, m.leave, coalesce(m.outcome, -1) AS outcome FROM whose w JOIN (SELECT spell_no,
        min(time) FILTER (event = {int(Event.ARRIVE)}) AS arrive,
        max(time) FILTER (event = {int(Event.LEAVE)}) AS leave,
        max(detail) FILTER (event = {int(Event.LEAVE)}) AS outcome
        FROM moves m JOIN codes c ON c.code = m.code GROUP BY spell_no) m ON m.spell_no = w.spell_no
        ORDER BY w.spell_no"""
    )
    con.execute(
        f"""CREATE TABLE passages AS SELECT m.spell_no, c.step, m.visit, row_number() OVER (PARTITION BY m.spell_no
        ORDER BY min(m.time), min(m.rowid)) AS place, min(m.time) FILTER (event = {int(Event.ASK)}) AS asked,
        min(m.time) FILTER (event = {int(Event.BEGIN)}) AS began,
        min(m.time) FILTER (event = {int(Event.READY)}) AS ready,
        max(m.time) FILTER (event IN ({int(Event.END)}, {int(Event.GIVE)})) AS ended FROM moves m
        JOIN codes c ON c.code = m.code WHERE c.step >= 0 GROUP BY m.spell_no, c.step, m.visit"""
    )
    con.execute("CREATE TABLE patients AS SELECT DISTINCT patient FROM whose")
    pools = {int(s): int(p) for s, p in zip(step, pool, strict=True) if s >= 0 and p >= 0}
    books = Books(
        log.pathways,
        log.steps,
        tuple(p.name for p in log.pools),
        tuple(pools.get(i, -1) for i in range(len(log.steps))),
        log.details,
        own=tuple(tuple(int(v) for v in column) for column in rows.book),
    )
    return Store(con, books, log.start, log.end, window, named=False, pool_books=log.pools)


def _put(con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, Any]) -> None:
    given = {name: np.ascontiguousarray(values, np.int64) for name, values in columns.items()}
    con.execute(f"CREATE TABLE {table} AS SELECT * FROM given")
    del given


def open_log(folder: str | Path) -> tuple[EventLog, tuple[int, int]]:
    """Return the log that `cisim import` left in a folder, and the window that its records cover (ms).

    Raises
    ------
    DataError
        Where the folder is none of an import.
    """
    place = Path(folder)
    try:
        said = json.loads((place / "quality.json").read_text(encoding="utf-8"))
        start, window, end = date.fromisoformat(said["start"]), said["window"], said["end"]
    except (OSError, ValueError, KeyError):
        raise DataError(
            f"{folder}: got no folder of an import, want one with log.parquet and quality.json"
        ) from None
    if not (place / "log.parquet").is_file():
        raise DataError(f"{folder}: its log.parquet is gone; import the records again")
    with scratch() as (con, _):
        con.execute("CREATE TABLE rows AS SELECT * FROM read_parquet(?)", [str(place / "log.parquet")])
        log = _read_back(con, start, int(end))
    return log, (int(window[0]), int(window[1]))


def _read_back(con: duckdb.DuckDBPyConnection, start: date, end: int) -> EventLog:
    def names(column: str) -> tuple[str, ...]:
        query = f"SELECT {column} FROM rows WHERE {column} <> '' GROUP BY {column} ORDER BY min(row)"
        return tuple(str(r[0]) for r in con.execute(query).fetchall())

    steps = con.execute(
        "SELECT pathway, step, kind FROM rows WHERE step <> '' GROUP BY ALL ORDER BY min(row)"
    ).fetchall()
    pathways, pools, details = names("pathway"), names("pool"), names("detail")
    patients = tuple(
        str(r[0])
        for r in con.execute("SELECT patient FROM rows GROUP BY patient ORDER BY min(row)").fetchall()
    )
    books: dict[str, Any] = {"pathway": pathways, "pool": pools, "detail": details, "patient": patients}
    books["event"] = tuple(e.name.lower() for e in Event)
    for name, book in books.items():
        con.execute(f"CREATE TABLE b_{name} (name VARCHAR, code INTEGER)")
        if book:
            named = {"name": np.array(book, dtype=object), "code": np.arange(len(book))}
            con.execute(f"INSERT INTO b_{name} SELECT * FROM named")
            del named
    con.execute("CREATE TABLE b_step (pathway VARCHAR, name VARCHAR, code INTEGER)")
    if steps:
        con.executemany(
            "INSERT INTO b_step VALUES (?, ?, ?)", [(p, s, i) for i, (p, s, _) in enumerate(steps)]
        )
    joins = " ".join(f"LEFT JOIN b_{n} ON b_{n}.name = r.{n}" for n in books)
    codes = ", ".join(f"coalesce(b_{n}.code, -1) AS {n}" for n in books)
    read = con.execute(
        f"SELECT date_diff('millisecond', TIMESTAMP '{start.isoformat()}', r.time) AS time, r.spell, r.units, "
        f"coalesce(r.visit, -1) AS visit, coalesce(b_step.code, -1) AS step, {codes} FROM rows r {joins} "
        "LEFT JOIN b_step ON b_step.name = r.step AND b_step.pathway = r.pathway ORDER BY r.row"
    ).fetchnumpy()
    found = {name: np.asarray(values, np.int64) for name, values in read.items()}
    spell = np.stack([found["pathway"], found["patient"], found["spell"]])
    new = np.append(True, (spell[:, 1:] != spell[:, :-1]).any(axis=0))
    first = np.flatnonzero(new)
    found["sequence"] = np.arange(len(new)) - np.repeat(first, np.diff(np.append(first, len(new))))
    return EventLog(
        start=start,
        end=end,
        pathways=pathways,
        steps=tuple(StepName(p, s, k) for p, s, k in steps),
        pools=tuple(Pool(p) for p in pools),
        details=details,
        patients=patients,
        pathway=found["pathway"],
        patient=found["patient"],
        spell=found["spell"],
        sequence=found["sequence"],
        time=found["time"],
        event=found["event"],
        step=found["step"],
        visit=found["visit"],
        pool=found["pool"],
        units=found["units"],
        detail=found["detail"],
    )
