"""The store of finished units: each is a folder that appears whole, under its own name, or not at all.

::

    RUN/parts/identity.json                      what the parts were made for
    RUN/parts/case0-replication00003/*.parquet   the tables of one unit
    RUN/parts/draw00012-.../*.parquet            those of a draw of what is not known, with its replications

A folder under another name (it starts with a dot) is a unit that somebody was writing when the run ended; it
is never read, and is cleared away by the next run.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cisim.errors import StoreError
from cisim.runs.tables import COLUMNS, DRAWN, readable, rows_frame, write_frame, write_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cisim.runs.drawn import DrawRows
    from cisim.runs.plan import Unit
    from cisim.runs.unit import UnitRows

__all__ = ["Store", "damaged_words", "open_store"]

IDENTITY = "identity.json"
SHOWN = 5
"""Damaged parts that a warning names."""


@dataclass(frozen=True, slots=True)
class Store:
    """The finished units of one run folder.

    Attributes
    ----------
    folder : Path
        The run folder.
    damaged : tuple of str
        Parts that could not be read when the store was opened; they are gone, and so not finished.
    """

    folder: Path
    damaged: tuple[str, ...] = ()

    @property
    def parts(self) -> Path:
        """The folder of the parts."""
        return self.folder / "parts"

    def has(self, unit: Unit) -> bool:
        """Return whether a unit is finished."""
        return (self.parts / unit.folder).is_dir()

    def paths(self, units: list[Unit], table: str) -> list[Path]:
        """Return the files of one table of finished units, in the units' order."""
        return [self.parts / unit.folder / f"{table}.parquet" for unit in units]

    def put(self, unit: Unit, rows: UnitRows | DrawRows) -> None:
        """Store a finished unit; where it is stored already (another worker was sooner) nothing changes."""
        temporary = self.parts / f".{unit.folder}.{os.getpid()}"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        for table, kinds in (COLUMNS if unit.draw is None else DRAWN).items():
            frame = rows_frame(kinds, getattr(rows, table))
            write_frame(frame, temporary / f"{table}.parquet", kinds)
        try:
            temporary.rename(self.parts / unit.folder)
        except OSError:
            if not self.has(unit):
                raise
            shutil.rmtree(temporary)

    def note(self, key: str) -> object:
        """Return what was noted under a key beside the identity, or None."""
        return _read(self.parts / IDENTITY).get(key)

    def write_note(self, key: str, what: object) -> None:
        """Note something beside the identity, such as the warm-up found."""
        path = self.parts / IDENTITY
        write_text(path, json.dumps({**_read(path), key: what}, indent=1, ensure_ascii=False) + "\n")


def _read(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def open_store(folder: Path, identity: dict[str, str]) -> Store:
    """Return the store of a run folder, made or opened again.

    Parameters
    ----------
    folder : Path
    identity : dict of str to str
        What must be the same for stored units to be used again.

    Raises
    ------
    StoreError
        Where the folder belongs to another question or version (says what differs, and the cure), or is no
        run folder and not empty.
    """
    store = Store(folder)
    found = store.note("identity")
    if isinstance(found, dict):
        differs = [name for name in identity if found.get(name) != identity[name]]
        differs += [name for name in found if name not in identity]
        if differs:
            words = "; ".join(_difference(name, found.get(name), identity.get(name)) for name in differs)
            msg = (
                f"{folder}: holds a run of another question: {words}. To keep it, name another folder; to go"
                " on with it, put back what was changed; to start anew, delete it"
            )
            raise StoreError(msg)
        _clear(store.parts)
        return replace(store, damaged=_without_damaged(store.parts))
    if folder.exists() and (not folder.is_dir() or any(p.name != "parts" for p in folder.iterdir())):
        msg = f"{folder}: is not a run folder and not empty; name a new folder, or an empty one"
        raise StoreError(msg)
    try:
        store.parts.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{folder}: cannot be made: {error.strerror}"
        raise StoreError(msg) from None
    store.write_note("identity", identity)
    return store


def _difference(name: str, was: object, now: object) -> str:
    if any(isinstance(v, str) and len(v) == 64 for v in (was, now)):
        return f"the {name} changed"
    return f"the {name} was {was}, now {now}"


def _clear(parts: Path) -> None:
    """Clear away what runs left half written, unless they are still at it."""
    for path in [*parts.glob(".case*"), *parts.glob(".draw*")]:
        process = path.suffix[1:]
        if not (process.isdigit() and _alive(int(process))):
            shutil.rmtree(path, ignore_errors=True)


def damaged_words(damaged: Sequence[str]) -> str:
    """Return what to say of parts that were damaged."""
    more = f" and {len(damaged) - SHOWN} more" if len(damaged) > SHOWN else ""
    return (
        "stored parts were damaged and cleared away; what is needed of them has been run again:"
        f" {', '.join(damaged[:SHOWN])}{more}"
    )


def _without_damaged(parts: Path) -> tuple[str, ...]:
    """Remove every part with a missing or unreadable file, and return their names."""
    damaged: list[Path] = []
    for kind, tables in (("case", COLUMNS), ("draw", DRAWN)):
        found = sorted(path for path in parts.glob(f"{kind}*") if path.is_dir())
        if not all(_whole(found, tables)):
            damaged += [path for path in found if not all(_whole([path], tables))]
    for path in damaged:
        try:
            shutil.rmtree(path)
        except OSError as error:
            msg = f"{path}: is damaged and cannot be removed ({error.strerror}); delete it and run again"
            raise StoreError(msg) from None
    return tuple(path.name for path in damaged)


def _whole(found: list[Path], tables: dict[str, dict[str, str]]) -> Iterator[bool]:
    """Yield whether all parts have each of their tables, whole."""
    return (readable([path / f"{table}.parquet" for path in found], of) for table, of in tables.items())


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
