"""Tables on disk: Parquet, written and read by one thread, so that the same rows give the same bytes."""

from __future__ import annotations

import atexit
import os
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = [
    "COLUMNS",
    "DRAWN",
    "ask",
    "flush",
    "gather",
    "read_table",
    "readable",
    "rows_frame",
    "write_frame",
    "write_text",
]

_TEXT, _REAL, _INT, _BOOL = "VARCHAR", "DOUBLE", "BIGINT", "BOOLEAN"
COLUMNS: dict[str, dict[str, str]] = {
    "measures": {
        "case": _TEXT,
        "scenario": _TEXT,
        "replication": _INT,
        "measure": _TEXT,
        "statistic": _TEXT,
        "pathway": _TEXT,
        "step": _TEXT,
        "pool": _TEXT,
        "week": _INT,
        "value": _REAL,
        "unit": _TEXT,
        "n": _INT,
    },
    "quantities": {
        "option": _TEXT,
        "replication": _INT,
        "use": _TEXT,
        "pool": _TEXT,
        "pathway": _TEXT,
        "owner": _TEXT,
        "quantity": _REAL,
        "unit": _TEXT,
        "steps": _INT,
        "extra": _INT,
    },
    "over_time": {},
    "service_over_time": {},
    "service": {
        "option": _TEXT,
        "steps": _INT,
        "extra": _INT,
        "replication": _INT,
        "measure": _TEXT,
        "statistic": _TEXT,
        "pathway": _TEXT,
        "step": _TEXT,
        "pool": _TEXT,
        "group": _TEXT,
        "unit": _TEXT,
        "value_a": _REAL,
        "value_c": _REAL,
        "worsening": _REAL,
        "margin": _REAL,
    },
    "audit": {
        "case": _TEXT,
        "scenario": _TEXT,
        "replication": _INT,
        "check": _TEXT,
        "where": _TEXT,
        "got": _REAL,
        "want": _REAL,
        "passed": _BOOL,
        "text": _TEXT,
    },
    "warnings": {"case": _TEXT, "replication": _INT, "text": _TEXT},
}
COLUMNS["over_time"] = {"reach": _REAL, "year": _INT, **COLUMNS["quantities"]}
COLUMNS["service_over_time"] = {"reach": _REAL, "year": _INT, **COLUMNS["service"]}
"""The tables of a part, their columns and the types that these are stored as."""

DRAWN: dict[str, dict[str, str]] = {
    "quantities": {"draw": _INT, **COLUMNS["over_time"]},
    "service": {"draw": _INT, **COLUMNS["service_over_time"]},
    "measures": {
        "draw": _INT,
        "scenario": _TEXT,
        "replication": _INT,
        "measure": _TEXT,
        "statistic": _TEXT,
        "pathway": _TEXT,
        "step": _TEXT,
        "pool": _TEXT,
        "value": _REAL,
        "unit": _TEXT,
        "n": _INT,
    },
    "notes": {"draw": _INT, "replication": _INT, "kind": _TEXT, "text": _TEXT},
}
"""The tables of a part that is a draw: no more than the ledger, service and the headline need; few files."""

_DTYPES = {_TEXT: "object", _REAL: "float64", _INT: "int64", _BOOL: "bool"}


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """Return this process's own database: it holds nothing between calls, but takes a while to open."""
    connection = duckdb.connect(":memory:")
    # One thread: several would add floating-point numbers in an order of their own.
    connection.execute("SET threads = 1")
    connection.execute("SET preserve_insertion_order = true")
    # Let go before Python ends, or DuckDB complains on the terminal of what was left open.
    atexit.register(_database.cache_clear)
    return connection


def _connect() -> duckdb.DuckDBPyConnection:
    return _database().cursor()


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _listed(paths: Iterable[Path]) -> str:
    return "[" + ", ".join(_quoted(path) for path in paths) + "]"


def rows_frame(columns: dict[str, str], rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    """Return rows of a table as a frame, in their order; its columns with their SQL types."""
    data = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return pd.DataFrame(
        {
            name: pd.Series(list(values), dtype=_DTYPES[kind])
            for (name, kind), values in zip(columns.items(), data, strict=True)
        }
    )


def write_frame(frame: pd.DataFrame, path: Path, kinds: dict[str, str] | None = None) -> None:
    """Write a frame as Parquet: whole, or not at all.

    Parameters
    ----------
    frame : DataFrame
    path : Path
    kinds : dict of str to str, optional
        SQL types by column; by the frame's own types, unless said.
    """
    if kinds is None:
        kinds = {name: _kind(frame[name]) for name in frame.columns}
    columns = [(name.replace('"', '""'), kind) for name, kind in kinds.items()]
    picked = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in columns)
    with _connect() as connection:
        connection.register("frame", frame)
        _copy(connection, f"SELECT {picked} FROM frame", path)  # noqa: S608 - our own columns, quoted


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return _BOOL
    if pd.api.types.is_integer_dtype(column):
        return _INT
    return _REAL if pd.api.types.is_float_dtype(column) else _TEXT


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    connection.execute(f"COPY ({query}) TO {_quoted(temporary)} (FORMAT parquet, COMPRESSION zstd)")
    flush(temporary)
    temporary.replace(path)


def gather(parts: Sequence[Path], path: Path) -> None:
    """Write the rows of several Parquet files to one, in the order given."""
    with _connect() as connection:
        _copy(connection, f"SELECT * FROM read_parquet({_listed(parts)})", path)  # noqa: S608 - our own paths, quoted


def read_table(path: Path, *, categories: bool = False) -> pd.DataFrame:
    """Return a Parquet file as a frame; its text as categories, in the order of their first rows, if wanted."""
    source = f"read_parquet({_quoted(path)}, file_row_number = true)"
    with _connect() as connection:
        known = connection.execute(f"DESCRIBE SELECT * EXCLUDE file_row_number FROM {source}").fetchall()  # noqa: S608
        picked = []
        for name, kind, *_ in known:
            column = '"' + name.replace('"', '""') + '"'
            if categories and kind == _TEXT:
                first = f"SELECT {column} FROM {source} GROUP BY ALL ORDER BY min(file_row_number)"  # noqa: S608
                book = ", ".join(_quoted(text) for (text,) in connection.execute(first).fetchall())
                column = f"CAST({column} AS ENUM({book})) AS {column}" if book else column
            picked.append(column)
        return connection.execute(f"SELECT {', '.join(picked)} FROM {source}").df()  # noqa: S608 - our own


def readable(paths: Sequence[Path], columns: Iterable[str]) -> bool:
    """Return whether files of one table can be read to their ends."""
    if not paths:
        return True
    # Every value is hashed: a file's end alone, with its numbers of rows and largest values, may be whole.
    seen = ", ".join(f'bit_xor(hash("{column}"))' for column in columns)
    try:
        with _connect() as connection:
            connection.execute(f"SELECT {seen} FROM read_parquet({_listed(paths)})").fetchall()  # noqa: S608 - our own
    except duckdb.Error:
        return False
    return True


def ask(
    parts: Sequence[Path], condition: str, values: Sequence[object], columns: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Return the given columns of the rows that meet a condition, from several files in their order.

    A column that is a number stands for itself.
    """
    picked = ", ".join(column if column.isdigit() else f'"{column}"' for column in columns)
    query = f"SELECT {picked} FROM read_parquet({_listed(parts)}) WHERE {condition}"  # noqa: S608 - values are bound
    with _connect() as connection:
        return list(connection.execute(query, list(values)).fetchall())


def flush(path: Path) -> None:
    """Make sure that a file is on the disk before it is given its name."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def write_text(path: Path, text: str) -> None:
    """Write a text file: whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    flush(temporary)
    temporary.replace(path)
