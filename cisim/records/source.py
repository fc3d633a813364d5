"""A file of records as rows of text: CSV in any encoding, Excel or Parquet, one row at a time."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cisim.errors import DataError, nearest
from cisim.records.packed import UNPACKING, no_table, packing, unpacked
from cisim.records.rows import EXCEL_ENDS, Numbered, Source, plain_cell
from cisim.records.workbook import excel_source
from cisim.records.xes import is_xes, xes_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cisim.spec.records import Layout

__all__ = ["ONE_COLUMN", "open_source"]

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", "^": "carets"}
ONE_COLUMN = (
    "it seems to have one column; say what stands between cells by file: {separator: ...}. A table whose columns stand "
    "at fixed places must be saved as CSV first"
)
_HEAD = 1 << 16
_LOOKED_AT = 25
"""Rows among which the header is looked for."""
csv.field_size_limit(1 << 20)


def open_source(path: str | Path, layout: Layout, wanted: Sequence[str] = ()) -> Source:
    """Open a file of records and find its columns.

    Parameters
    ----------
    path : str or Path
        A CSV (packed or not), an Excel workbook (.xlsx), a Parquet file or an event log in XES.
    layout : Layout
        What the mapping says of how it is written; the rest is found out.
    wanted : sequence of str, optional
        Columns that must be there: the header is the first row that has them all.

    Raises
    ------
    DataError
        Where the file is empty, is no table, or lacks a wanted column; the nearest name is told.
    """
    place = Path(path)
    try:
        with place.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        reason = "it is a folder" if place.is_dir() else (error.strerror or "no reason given").lower()
        raise DataError(f"{path}: cannot be read: {reason}") from None
    if not head:
        raise DataError(f"{path}: got an empty file, want records with a row of column names")
    packed = packing(place, head)
    if head.startswith(b"PAR1"):
        return _parquet(place, wanted)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataError(
            f"{path}: got an Excel file of the old kind (.xls), or one with a password; save it as .xlsx or CSV"
        )
    if head.startswith(b"PK\x03\x04") and not packed:
        return _headed(excel_source(place, layout, wanted), layout, wanted)
    first = _head(place, packed)
    if is_xes(first):
        found = xes_source(place, packed)
        _missing(found, wanted)
        return found
    return _headed(_text(place, layout, first, packed), layout, wanted)


def _head(path: Path, packed: str) -> bytes:
    try:
        with unpacked(path, packed) as (file, _):
            return file.read(_HEAD)
    except UNPACKING as error:
        raise DataError(f"{path}: cannot be unpacked: {error}; was it copied whole?") from None


# -- CSV ------------------------------------------------------------------------------------------------


def _encoding(path: Path, head: bytes, packed: str) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    even, odd = head[0:400:2], head[1:400:2]
    if len(odd) > 4 and odd.count(0) > 0.4 * len(odd):
        return "utf-16-le"
    if len(even) > 4 and even.count(0) > 0.4 * len(even):
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with unpacked(path, packed) as (file, _):
            while block := file.read(1 << 22):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    except UNPACKING as error:
        raise DataError(f"{path}: cannot be unpacked: {error}; was it copied whole?") from None
    return "utf-8"


def _separator(text: str) -> str:
    """Return what stands between cells: what parts most rows into the same number of cells, more than one."""
    best, found = (0.0, 0), ","
    for sign in SEPARATORS:
        try:
            rows = [r for r in csv.reader(io.StringIO(text, newline=""), delimiter=sign) if r][:200]
        except csv.Error:
            continue
        if not rows:
            continue
        number, times = Counter(len(r) for r in rows).most_common(1)[0]
        if number > 1 and (times / len(rows), number) > best:
            best, found = (times / len(rows), number), sign
    return found


def _text(path: Path, layout: Layout, head: bytes, packed: str) -> Source:
    if not head.strip(b"\0 \r\n\t"):
        raise DataError(f"{path}: got an empty file, want records with a row of column names")
    no_table(path, head)
    encoding = layout.encoding or _encoding(path, head, packed)
    try:
        text = head.decode(encoding, errors="replace")
    except LookupError:
        raise DataError(
            f"{path}: file.encoding: got '{layout.encoding}', want utf-8, cp1252 or utf-16"
        ) from None
    said = {"tab": "\t"}.get(layout.separator or "", layout.separator)
    separator = said or _separator(text.replace("\0", "").rpartition("\n")[0] or text)
    if len(separator) != 1:
        raise DataError(f"{path}: file.separator: got {separator!r}, want one sign: ',', ';', 'tab' or '|'")
    source = Source(path, (), 0, {})
    source.told = {
        "kind": "CSV" + (f", {packed}" if packed else ""),
        "encoding": {"utf-8-sig": "utf-8 with a mark at its beginning"}.get(encoding, encoding),
        "separator": SEPARATORS.get(separator, repr(separator)),
    }
    if encoding == "cp1252" and layout.encoding is None:
        source.notes.append(
            "The file is not UTF-8: it was read as cp1252 (Windows, western Europe). If letters look wrong, "
            "say file: {encoding: ...}."
        )
    source.rows = lambda: _csv_rows(source, encoding, separator, packed)
    return source


def _csv_rows(source: Source, encoding: str, separator: str, packed: str) -> Iterator[Numbered]:
    # cp1252 leaves five bytes without a letter
    errors = "replace" if encoding in ("cp1252", "utf-8", "utf-8-sig") else "strict"
    path, nulls, number = source.path, 0, 0
    with unpacked(path, packed) as (file, far):
        source.progress = far
        lines = io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="")

        def clean() -> Iterator[str]:
            nonlocal nulls
            for line in lines:
                if "\0" in line:
                    nulls += 1
                    yield line.replace("\0", "")
                else:
                    yield line

        try:
            for number, cells in enumerate(csv.reader(clean(), delimiter=separator), 1):
                yield number, cells
        except csv.Error as error:
            why = ": a quotation mark is opened and never closed" if "limit" in str(error) else ""
            raise DataError(f"{path}: row {number + 1}: cannot be read: {error}{why}") from None
        except (*UNPACKING, UnicodeError) as error:
            raise DataError(
                f"{path}: after row {number}: cannot be read: {error}; was it copied whole?"
            ) from None
        finally:
            lines.detach()  # whoever stops early must be able to close the file beneath
    if nulls:
        source.notes.append(f"NUL bytes stood in {nulls:,} lines: taken out.")
    if number in EXCEL_ENDS:
        source.notes.append(
            f"The file has exactly {number:,} rows, as many as Excel can hold: it was probably cut."
        )


# -- Parquet --------------------------------------------------------------------------------------------


def _parquet(path: Path, wanted: Sequence[str]) -> Source:
    import duckdb  # noqa: PLC0415

    literal = str(path).replace("'", "''")
    con = duckdb.connect()
    try:
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET threads = 1")
        found = con.execute(f"DESCRIBE SELECT * FROM read_parquet('{literal}')").fetchall()
        total = con.execute(f"SELECT count(*) FROM read_parquet('{literal}')").fetchone()
    except duckdb.Error as error:
        raise DataError(
            f"{path}: got a Parquet file that cannot be read: {str(error).splitlines()[0]}"
        ) from None
    names = [str(row[0]) for row in found]
    source = Source(path, tuple(names), 0, {"kind": "Parquet"})
    _missing(source, wanted)
    done = 0
    size = max(total[0] if total else 0, 1)
    # a moment with a zone is written as one that names its distance from UTC
    casts = [f'CAST("{n.replace(chr(34), chr(34) * 2)}" AS VARCHAR)' for n in names]

    def rows() -> Iterator[Numbered]:
        nonlocal done
        query = con.execute(f"SELECT {', '.join(casts)} FROM read_parquet('{literal}')")
        while block := query.fetchmany(4096):
            for number, cells in enumerate(block, done + 1):
                yield number, ["" if c is None else c for c in cells]
            done += len(block)
        done = 0

    source.rows = rows
    source.progress = lambda: done / size
    return source


# -- The header -----------------------------------------------------------------------------------------


def _headed(source: Source, layout: Layout, wanted: Sequence[str]) -> Source:
    """Find the row of column names, and let the rows begin after it."""
    every, before = source.rows, list(source.notes)
    first = list(islice(every(), _LOOKED_AT))
    source.notes[:] = before  # what is told at the end of a short file is told again
    if not any(any(c.strip() for c in cells) for _, cells in first):
        raise DataError(f"{source.path}: got an empty file, want records with a row of column names")
    at = layout.header_row
    if at == 0:
        width = max(len(cells) for _, cells in first)
        source.columns = tuple(f"column {i + 1}" for i in range(width))
    elif at is not None:
        if at > len(first):
            raise DataError(
                f"{source.path}: file.header_row: got {at}, want a row from 1 to {len(first)}, or 0"
            )
        above = [plain_cell(c) for c in first[at - 2][1]] if at > 1 else []
        here = [plain_cell(c) for c in first[at - 1][1]]
        choices = [_once(here), _once(_grouped(above, here))]
        source.columns = max(choices, key=lambda names: len(_folded(wanted) & _folded(names)))
        source.header_row = at
    else:
        _find_header(source, first, wanted)
    _missing(source, wanted)
    if source.header_row > 1:
        passed = f"The {source.header_row - 1} rows" if source.header_row > 2 else "The row"
        were = "were" if source.header_row > 2 else "was"
        source.notes.append(f"{passed} above the names of the columns {were} passed over.")
    twice = [n for n in source.columns if n.endswith(" (2)")]
    if twice:
        source.notes.append(
            "Columns of one name were numbered: " + ", ".join(f"'{n}'" for n in twice[:5]) + " and so on."
        )
    begin = source.header_row
    source.rows = lambda: ((number, cells) for number, cells in every() if number > begin)
    return source


def _folded(names: Sequence[str]) -> set[str]:
    return {plain_cell(n).casefold() for n in names}


def _find_header(source: Source, first: list[Numbered], wanted: Sequence[str]) -> None:
    """Take the first row with every wanted column; else the first that looks like names."""
    need = _folded(wanted)
    above: list[str] = []
    best: tuple[int, tuple[str, ...], int] = (-1, (), 0)
    looks: tuple[tuple[str, ...], int] | None = None
    for number, cells in first:
        here = [plain_cell(c) for c in cells]
        for names in (_once(here), _once(_grouped(above, here))):
            score = len(need & _folded(names))
            if score > best[0]:
                best = (score, names, number)
        if looks is None and _like_names(here, first):
            merged = here.count("") > 0 or len(set(here)) < len(here)
            looks = (_once(_grouped(above, here) if merged and any(above) else here), number)
        above = here
    if need and best[0] == len(need):
        _, source.columns, source.header_row = best
    elif looks is not None:
        source.columns, source.header_row = looks
    elif need and any(n.startswith("column ") for n in need):
        source.columns = tuple(f"column {i + 1}" for i in range(max(len(c) for _, c in first)))
    else:
        _, source.columns, source.header_row = best


def _like_names(cells: list[str], first: list[Numbered]) -> bool:
    """Say whether a row may be the names: as wide as the widest rows, words, and none that is a number or a date."""
    said = [c for c in cells if c]
    widest = max(sum(1 for c in row if c.strip()) for _, row in first)
    words = [c for c in said if not any(ch.isdigit() for ch in c[:2]) and len(c) <= 80]
    return len(said) > 1 and len(said) >= 0.6 * widest and len(words) == len(said)


def _grouped(above: list[str], names: list[str]) -> list[str]:
    """Put the merged headings of the row above before the names below them."""
    out, group = [], ""
    for i, name in enumerate(names):
        group = (above[i] if i < len(above) else "") or group
        out.append(plain_cell(f"{group} {name}") if group and group != name else name)
    return out


def _once(names: list[str]) -> tuple[str, ...]:
    """Return names each once; a nameless column has its number, and nameless ones at the end are none.

    >>> _once(["Date", "", "Date", ""])
    ('Date', 'column 2', 'Date (2)')
    """
    while names and not names[-1]:
        names = names[:-1]
    seen: Counter[str] = Counter()
    out = []
    for i, name in enumerate(names, 1):
        seen[name.casefold()] += 1
        times = seen[name.casefold()]
        out.append((f"{name} ({times})" if times > 1 else name) if name else f"column {i}")
    return tuple(out)


def _missing(source: Source, wanted: Sequence[str]) -> None:
    there = _folded(source.columns)
    lost = [n for n in wanted if plain_cell(n).casefold() not in there]
    if lost:
        lines = [
            f"{source.path}: got no column '{n}', want it, as the mapping names it{nearest(n, source.columns)}"
            for n in lost
        ]
        shown = ", ".join(f"'{c}'" for c in source.columns[:40])
        if len(source.columns) == 1:
            lines.append(f"{source.path}: {ONE_COLUMN}")
        raise DataError("\n".join([*lines, f"{source.path}: its columns are {shown}"]))
