"""Where the records are that a study keeps out, and whether they are such."""

from __future__ import annotations

import hashlib
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from cisim.spec.plain import Finding

if TYPE_CHECKING:
    from cisim.spec.study import KeptOut

__all__ = ["find_records"]

_IMPORTED = ("log.parquet", "quality.json")


def find_records(folder: Path, kept: KeptOut | None) -> tuple[Path | None, dict[str, str], list[Finding]]:
    """Return the place of the records that a study keeps out, the sha256 of its files, and what is wrong with it.

    Parameters
    ----------
    folder : Path
        Of the study: records may lie outside of the project, because no row of them belongs into it.
    kept : KeptOut or None
    """
    if kept is None:
        return None, {}, []
    place = (folder / Path(kept.records).expanduser()).resolve()
    refusal = ""
    if not place.exists():
        close = []
        if place.parent.is_dir():
            close = get_close_matches(
                place.name, sorted(p.name for p in place.parent.iterdir()), n=1, cutoff=0.5
            )
        hint = f"; did you mean '{Path(kept.records).with_name(close[0])}'?" if close else ""
        refusal = f"got {kept.records!r}, but there is no such file or folder{hint}"
    elif place.is_dir() and not all((place / name).is_file() for name in _IMPORTED):
        refusal = f"got {kept.records!r}, want the folder of a `cisim import`, with {' and '.join(_IMPORTED)}"
    elif place.is_file() and not place.name.endswith((".csv", ".csv.gz")):
        refusal = f"got {kept.records!r}, want a log as CSV, or the folder of a `cisim import`"
    if refusal:
        return None, {}, [Finding(("held_out", "records"), refusal)]
    files = [place / name for name in _IMPORTED] if place.is_dir() else [place]
    digests = {f"held out: {file.name}": _digest(file) for file in files}
    return place, digests, []


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
