"""``cisim import`` and ``cisim describe``: a hospital's own records read, judged and described."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cisim.cli.say import bad, error, good, say, table, title
from cisim.errors import DataError
from cisim.eventlog import read_log, write_log
from cisim.records import Quality, Store, describe, draft, importing, open_log, read_salt, scratch, store_of
from cisim.report import write_described, write_quality
from cisim.spec import read_mapping

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["describe_any", "guess", "import_records", "mapping_wanted"]


def guess(records: Path, mapping: Path | None) -> None:
    """Draft a mapping: printed, or written to a file that is not there yet."""
    text = draft(records)
    if mapping is None:
        sys.stdout.write(text)
        return
    if mapping.exists():
        raise DataError(f"{mapping}: is there already, and is not written over; name another file with --map")
    mapping.parent.mkdir(parents=True, exist_ok=True)
    mapping.write_text(text, encoding="utf-8", newline="\n")
    read_mapping(mapping)
    good(f"{mapping}: a first mapping. Read every line of it, then: cisim import {records} --map {mapping}")


def import_records(records: Path, mapping: Path, out: Path | None, salt: Path | None, *, csv: bool) -> None:
    """Read records into a folder: the log, the quality of the records, and what they say."""
    folder = out or Path("records") / records.name.split(".")[0]
    try:
        pages = _imported(records, mapping, folder, salt, csv=csv)
    except KeyboardInterrupt:
        error(f"Stopped. Nothing was written: {folder} is as it was. The same command begins anew.")
        raise typer.Exit(130) from None
    say()
    good(f"{folder / 'log.parquet'}: the log" + (", and as a table in log.csv.gz" if csv else ""))
    for page in pages:
        good(f"{page}")


def _imported(records: Path, mapping: Path, folder: Path, salt: Path | None, *, csv: bool) -> list[Path]:
    with importing(records, mapping, salt=read_salt(salt), told=_progress()) as (store, quality):
        _tell_quality(quality)
        more = {"start": store.start.isoformat(), "end": store.end, "window": list(store.window)}
        told = _progress()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-") as unfinished:
            place = Path(unfinished)
            told("writing the log", 0.0)
            store.write(place / "log.parquet")
            if csv:
                write_log(store.log(), place / "log.csv.gz")
            told("describing", 0.6)
            pages = [write_quality(quality, place, more), _describe(store, quality.records, place)]
            told("describing", 1.0)
            _put(place, folder)
    return [folder / page.name for page in pages]


def _put(unfinished: Path, folder: Path) -> None:
    """Put finished files in their place, so that whoever breaks off an import still has the one before it whole."""
    (folder / "log.csv.gz").unlink(missing_ok=True)  # it would be of another import than log.parquet
    for path in sorted(unfinished.iterdir()):
        path.replace(folder / path.name)


def describe_any(records: Path, mapping: Path | None, out: Path | None, salt: Path | None) -> None:
    """Describe records by a mapping, the folder of an import, or a log in CSV."""
    if mapping is not None:
        folder = out or Path("records") / records.name.split(".")[0]
        with importing(records, mapping, salt=read_salt(salt), told=_progress()) as (store, quality):
            _tell_quality(quality)
            page = _describe(store, quality.records, folder)
    else:
        if records.is_dir():
            log, window = open_log(records)
            folder, name = out or records, records.name
        else:
            try:
                log = read_log(records)
            except DataError as mistake:
                hint = "if it is no log of cisim but records of your own, give --map; cisim import --guess drafts it"
                raise DataError(f"{mistake}\n{records}: {hint}") from None
            window = (0, log.end)
            folder, name = out or records.parent, records.name.split(".")[0]
        with scratch() as (con, _):
            page = _describe(store_of(con, log, window), name, folder)
    good(f"{page}")


def _describe(store: Store, name: str, folder: Path) -> Path:
    return write_described(describe(store, name), folder)


def _progress() -> Callable[[str, float], None]:
    """Return what tells how far the reading is: over one line in a terminal, else at every fifth."""
    shown = sys.stderr.isatty()
    last = ["", -1]

    def told(words: str, share: float) -> None:
        step = int(share * 5)
        if shown:
            sys.stderr.write(f"\r{words}: {share:.0%}".ljust(60))
            if share >= 1:
                sys.stderr.write("\r" + " " * 60 + "\r")
            sys.stderr.flush()
        elif 0 < share < 1 and [words, step] != last:
            error(f"{words}: {share:.0%}")
            last[:] = [words, step]

    return told


def _tell_quality(quality: Quality) -> None:
    left = quality.rows - quality.used
    say(
        f"{quality.records}: {quality.used:,} of {quality.rows:,} rows used, {quality.patients:,} patients, "
        f"{quality.spells:,} spells, {quality.since} to {quality.until}.",
        "bold",
    )
    if left:
        say(
            "Left out: "
            + ", ".join(f"{n:,} {k.replace('_', ' ')}" for k, n in quality.left_out.items())
            + "."
        )
    if quality.doubts:
        title("What was found")
        table(
            ("what", "rows", "done", "such as rows"),
            [
                (d.kind.replace("_", " "), f"{d.rows:,}", d.done, ", ".join(str(r) for r in d.examples[:3]))
                for d in quality.doubts
            ],
            right=(1,),
        )
    for column, what in quality.naming.items():
        bad(f"The column '{column}' seems to hold {what}. It was not carried over.")
    for gap in quality.gaps[:3]:
        bad(f"Nobody came from {gap.since} to {gap.until}, where {gap.expected:.0f} were to be expected.")
    say(quality.identifiers)
    for note in quality.notes:
        say(note)


def mapping_wanted(records: Path) -> DataError:
    """Return what is said where neither a mapping nor --guess is given."""
    return DataError(
        f"{records}: want --map MAP.yaml, which says which column is what; "
        f"`cisim import {records} --guess` drafts one from the columns"
    )
