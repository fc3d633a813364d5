"""``cisim new`` and ``cisim schema``: what an empty folder and an editor need."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from typing import TYPE_CHECKING

from cisim.cli.say import good, say
from cisim.errors import CisimError, ModelError, nearest
from cisim.spec import lay_down, schemas

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["start", "write_schemas"]


def _quoted(path: Path) -> str:
    """Return a path as it can be pasted into a command."""
    return subprocess.list2cmdline([str(path)]) if os.name == "nt" else shlex.quote(str(path))


def start(folder: Path) -> None:
    """Write a project to begin with, and say what to do next."""
    written = lay_down(folder)
    for path in written:
        if path.suffix != ".json":
            say(f"  {path}")
    experiment = next((p for p in written if p.name == "experiment.yaml"), folder)
    good(f"Written to {folder}. The numbers in it are only an example: put in your own.")
    say("Next:")
    say(f"  cisim check {_quoted(experiment)}")
    say(f"  cisim run {_quoted(experiment.parent)}")


def write_schemas(folder: Path | None, kind: str | None) -> None:
    """Write the schema of every kind of file, or of one; print them where no folder is named."""
    known = schemas()
    if kind is not None and kind not in known:
        raise ModelError("--kind", f"got {kind!r}, want a kind of file{nearest(kind, known)}")
    wanted = {kind: known[kind]} if kind is not None else known
    if folder is None:
        say(json.dumps(wanted[kind] if kind is not None else wanted, indent=2, ensure_ascii=True))
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in wanted.items():
            path = folder / f"{name}.schema.json"
            path.write_text(
                json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
            )
            say(f"  {path}")
    except OSError as problem:
        msg = f"{folder}: the schemas cannot be written: {problem.strerror}"
        raise CisimError(msg) from problem
    say("Put this on the first line of a model file, and an editor knows it:")
    say(f"  # yaml-language-server: $schema={(folder / 'model.schema.json').as_posix()}")
