"""A file's bytes, unpacked where it is packed, and told apart from what is no table at all."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from cisim.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["UNPACKING", "no_table", "packing", "unpacked"]

UNPACKING = (EOFError, OSError, lzma.LZMAError, zipfile.BadZipFile)
"""What is raised where a packed file is cut or spoilt."""
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}
_SAVE = "save it as .xlsx or CSV"
_NO_TABLES: tuple[tuple[str, str], ...] = (
    (r"%PDF", "a PDF, want the table that it was printed from"),
    (r"SQLite format 3|\x00\x01\x00\x00Standard", "a database, want one table of it saved as CSV or Parquet"),
    (r"7z\xbc\xaf|Rar!|\x28\xb5\x2f\xfd", "a packed file of a kind that is not read: unpack it first"),
    (
        r"\s*<(!doctype html|html|table|meta|style)",
        f"a web page, whatever its ending says: open it in Excel and {_SAVE}",
    ),
    (
        r"\s*<\?xml.{0,300}<(Workbook|\w+:Workbook)",
        f"a workbook of an old kind, in XML: open it in Excel and {_SAVE}",
    ),
    (r"\s*<\?xml|\s*<\w+[ >]", "an XML file that is no event log (XES), want a table: CSV, .xlsx or Parquet"),
    (r'\s*(\[\s*)?\{\s*"', "JSON, want a table: CSV, .xlsx or Parquet"),
    (r"\{\\rtf", f"a document, want a table: {_SAVE}"),
)


def packing(path: Path, head: bytes) -> str:
    """Return how a file is packed by its first bytes: ``gzip``, ``bzip2``, ``xz``, ``zip``, or nothing.

    A workbook is a packed file too, and is none here.

    Raises
    ------
    DataError
        Where a zip holds several files, or one that is no text.
    """
    for mark, name in _PACKED.items():
        if head.startswith(mark):
            return name
    if not head.startswith(b"PK\x03\x04"):
        return ""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return ""
    if "[Content_Types].xml" in names:
        return ""
    if "content.xml" in names:
        raise DataError(f"{path}: got a spreadsheet of LibreOffice (.ods); {_SAVE}")
    files = _members(names)
    if len(files) != 1 or files[0].lower().endswith((".xlsx", ".xls", ".parquet", ".zip")):
        shown = ", ".join(f"'{n}'" for n in files[:5]) or "nothing"
        raise DataError(
            f"{path}: got an archive of {shown}, want one CSV in it; unpack it and import one file"
        )
    return "zip"


def _members(names: list[str]) -> list[str]:
    return [n for n in names if not n.endswith("/") and not n.startswith("__MACOSX") and "/." not in f"/{n}"]


@contextmanager
def unpacked(path: Path, packed: str) -> Iterator[tuple[IO[bytes], Callable[[], float]]]:
    """Give a file's bytes, unpacked, and how far it has been read.

    Raises
    ------
    DataError
        Where an archive is locked.
    """
    size = max(path.stat().st_size, 1)
    with path.open("rb") as raw:

        def far() -> float:
            return raw.tell() / size

        with _opened(path, raw, packed) as file:
            yield file, far


def _opened(path: Path, raw: IO[bytes], packed: str) -> IO[bytes]:
    if packed == "gzip":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    if packed == "bzip2":
        return bz2.BZ2File(raw)
    if packed == "xz":
        return lzma.LZMAFile(raw)
    if packed == "zip":
        archive = zipfile.ZipFile(raw)
        try:
            return archive.open(_members(archive.namelist())[0])
        except RuntimeError:
            raise DataError(f"{path}: got an archive with a password; unpack it first") from None
    return raw


def no_table(path: Path, head: bytes) -> None:
    """Refuse what is no text in rows.

    Raises
    ------
    DataError
        With what it seems to be, and what to do.
    """
    start = head[:2048].removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    for pattern, words in _NO_TABLES:
        if re.match(pattern, start, re.IGNORECASE | re.DOTALL):
            raise DataError(f"{path}: got {words}")
    control = sum(1 for b in head if b < 9 or 13 < b < 32) - head.count(0)
    if control > 0.01 * len(head) and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{path}: got a file that is no text, want records as CSV, .xlsx, Parquet or XES")
