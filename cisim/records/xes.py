"""An event log in XES (IEEE 1849) as rows: a row an event, with what its trace says in columns named ``case:``."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError, iterparse

from cisim.errors import DataError
from cisim.records.packed import UNPACKING, unpacked
from cisim.records.rows import Numbered, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_xes", "xes_source"]

_CASE = "case:concept:name"
_FIRST = (_CASE, "concept:name", "time:timestamp", "lifecycle:transition")


def is_xes(head: bytes) -> bool:
    """Say whether a file's first bytes are those of an event log in XES.

    >>> is_xes(b'<?xml version="1.0"?><log xes.version="1.0">'), is_xes(b"patient,ward")
    (True, False)
    """
    return b"<log" in head and (b"xes" in head.lower() or b"<trace" in head)


def xes_source(path: Path, packed: str) -> Source:
    """Open an event log; rows are numbered by events, the first is 1.

    Raises
    ------
    DataError
        Where it is no whole XML.
    """
    found: dict[str, None] = {}
    events = 0
    with unpacked(path, packed) as (file, _):
        for row in _events(path, file):
            found |= dict.fromkeys(row)
            events += 1
    names = [n for n in _FIRST if n in found] + [n for n in found if n not in _FIRST]
    source = Source(
        path, tuple(names), 0, {"kind": "XES" + (f", {packed}" if packed else ""), "events": f"{events:,}"}
    )

    def rows() -> Iterator[Numbered]:
        with unpacked(path, packed) as (file, far):
            source.progress = far
            for number, row in enumerate(_events(path, file), 1):
                yield number, [row.get(n, "") for n in names]

    source.rows = rows
    return source


def _events(path: Path, file: IO[bytes]) -> Iterator[dict[str, str]]:
    trace: dict[str, str] = {}
    number = depth = 0
    inside = False
    try:
        for what, node in iterparse(file, events=("start", "end")):  # noqa: S314 - expat refuses entities that swell
            tag = node.tag.rpartition("}")[2]
            depth += 1 if what == "start" else -1
            if what == "start":
                if tag == "trace":
                    number, inside = number + 1, True
                    trace = {_CASE: f"trace {number}"}
                continue
            if tag == "event":
                yield {**trace, **_attributes(node)}
                node.clear()
            elif tag == "trace":
                inside = False
                node.clear()
            elif inside and depth == 2:  # an attribute of the trace: they stand before its events
                trace |= {f"case:{k}": v for k, v in _attribute(node)}
    except ParseError as error:
        raise DataError(f"{path}: cannot be read as XML: {error}; was it copied whole?") from None
    except UNPACKING as error:
        raise DataError(f"{path}: cannot be unpacked: {error}; was it copied whole?") from None


def _attributes(node: Element) -> dict[str, str]:
    return dict(pair for child in node for pair in _attribute(child))


def _attribute(node: Element) -> Iterator[tuple[str, str]]:
    key, value = node.get("key"), node.get("value")
    if key and value is not None:
        yield key, value
