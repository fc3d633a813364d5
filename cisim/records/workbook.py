"""An Excel workbook as rows: the sheet that holds the records, and of a formula what Excel last made of it."""

from __future__ import annotations

import warnings
import zipfile
from contextlib import closing
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim.errors import DataError, nearest
from cisim.records.rows import EXCEL_ENDS, Numbered, Source, plain_cell
from cisim.records.stamps import text_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cisim.spec.records import Layout

__all__ = ["excel_source"]

_LOOKED_AT = 100


def excel_source(path: Path, layout: Layout, wanted: Sequence[str]) -> Source:
    """Open a workbook's sheet of records: the one that the mapping names, else the first with every wanted column.

    Without wanted columns it is the visible sheet that holds most, and moments.

    Raises
    ------
    DataError
        Where it is no workbook, or there is no such sheet.
    """
    with closing(_workbook(path)) as book:
        names = [n for n in book.sheetnames if hasattr(book[n], "iter_rows")]
        name = layout.sheet or (names[0] if names else "")
        if name not in names:
            if name in book.sheetnames or not name:
                raise DataError(f"{path}: file.sheet: '{name}' is a chart, want a sheet of rows")
            raise DataError(
                f"{path}: file.sheet: got '{name}', want a sheet of the file{nearest(name, names)}"
            )
        seen = [n for n in names if book[n].sheet_state == "visible"] or names
        first = {n: _first(book[n]) for n in seen} if layout.sheet is None and len(names) > 1 else {}
    if first:
        name = max(seen, key=lambda n: _fitness(first[n], wanted))
    source = Source(path, (), 0, {"kind": "Excel", "sheet": name})
    _tell_others(source, name, names, first)
    formulas = _has_formulas(path)
    source.rows = lambda: _rows(source, name, formulas=formulas)
    return source


def _first(sheet: Any) -> list[list[str]]:
    sheet.reset_dimensions()
    rows = islice(sheet.iter_rows(values_only=True), _LOOKED_AT)
    return [[plain_cell(_cell(c)) for c in row] for row in rows]


def _fitness(rows: list[list[str]], wanted: Sequence[str]) -> tuple[int, bool, int]:
    """Return how many wanted names a sheet has in a row, whether it has moments, and how much it holds."""
    need = {plain_cell(n).casefold() for n in wanted}
    named = max((len(need & {c.casefold() for c in row}) for row in rows), default=0)
    pattern = text_pattern()
    moments = sum(1 for row in rows for c in row if c and pattern.match(c))
    return named, moments > 1, sum(1 for row in rows for c in row if c)


def _tell_others(source: Source, name: str, names: list[str], first: dict[str, list[list[str]]]) -> None:
    if not first:
        return
    mine = next((row for row in first[name] if sum(map(bool, row)) > 1), [])
    alike = [n for n in first if n != name and mine in first[n]]
    others = ", ".join(f"'{n}'" for n in names if n != name)
    which = "first sheet" if name == names[0] else "sheet"
    source.notes.append(f"Only the {which}, '{name}', was read; there are others too: {others}.")
    if alike:
        listed = ", ".join(f"'{n}'" for n in alike)
        source.notes.append(
            f"The same columns stand in {listed}, of which no row was read: put all under each other in one sheet, "
            "or import each by file: {sheet: ...}."
        )


def _has_formulas(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    with archive.open(name) as file:
                        while block := file.read(1 << 20):
                            if b"<f>" in block or b"<f " in block:
                                return True
    except (zipfile.BadZipFile, OSError):
        return False
    return False


def _rows(source: Source, name: str, *, formulas: bool) -> Iterator[Numbered]:
    number = unknown = 0
    # Opened anew for each reading, and closed: a file left open cannot be moved on Windows.
    with closing(_workbook(source.path)) as book, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = _sheet_rows(book[name])
        if not formulas:
            for number, cells in enumerate(made, 1):
                yield number, [_cell(c) for c in cells]
        else:
            with closing(_workbook(source.path, results=False)) as other:
                for number, (cells, said) in enumerate(zip(made, _sheet_rows(other[name]), strict=False), 1):
                    unknown += sum(
                        1 for c, f in zip(cells, said, strict=False) if c is None and f is not None
                    )
                    yield number, [_cell(f if c is None else c) for c, f in zip(cells, said, strict=False)]
    if unknown:
        source.notes.append(
            f"{unknown:,} cells hold a formula whose result the file does not keep, and were read as its text: open it "
            "in Excel, save it, and import it again."
        )
    if number in EXCEL_ENDS:
        source.notes.append("The sheet is as long as Excel allows: it was probably cut.")


def _sheet_rows(sheet: Any) -> Iterator[tuple[object, ...]]:
    sheet.reset_dimensions()
    found: Iterator[tuple[object, ...]] = sheet.iter_rows(values_only=True)
    return found


def _workbook(path: Path, *, results: bool = True) -> Any:
    from openpyxl import load_workbook  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_workbook(path, read_only=True, data_only=results)
    except (InvalidFileException, KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: got a packed file that is no Excel workbook: {error}") from None


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        # Excel keeps a moment as a share of a day, which is a few microseconds off
        return (value.replace(microsecond=0) if value.microsecond < 1000 else value).isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
