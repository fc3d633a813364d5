"""A small project to begin with: commented files that run as they are, and schemas for the editor."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from cisim.errors import CisimError
from cisim.spec.schema import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

__all__ = ["lay_down"]


def _template(folder: Traversable, inside: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and text of every file of the template."""
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        path = f"{inside}{entry.name}"
        if entry.is_dir():
            yield from _template(entry, f"{path}/")
        elif entry.name.endswith((".yaml", ".md")):
            yield path, entry.read_text(encoding="utf-8")


def lay_down(folder: str | Path) -> tuple[Path, ...]:
    """Write a small project into a folder that is new or empty.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there; nothing is ever written over.

    Returns
    -------
    tuple of Path
        The files written, in the order of their paths.

    Raises
    ------
    CisimError
        Where the folder is not empty, is a file, or cannot be written.
    """
    folder = Path(folder)
    texts = dict(_template(files("cisim.spec") / "template"))
    for kind, schema in schemas().items():
        texts[f".cisim/{kind}.schema.json"] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    try:
        if folder.exists() and not folder.is_dir():
            raise CisimError(f"{folder}: got a file, want the name of a new or an empty folder")
        if folder.is_dir() and any(folder.iterdir()):
            raise CisimError(f"{folder}: got a folder with files in it, want a new or an empty one")
        for path, text in sorted(texts.items()):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise CisimError(f"{folder}: the project cannot be written: {error.strerror}") from error
    return tuple(folder / path for path in sorted(texts))
