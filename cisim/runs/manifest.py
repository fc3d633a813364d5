"""What a run was made of and by: files, versions, machine, time; and the copy of the question beside it."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from cisim.errors import StoreError
from cisim.spec import read_question

if TYPE_CHECKING:
    from cisim.spec import Question

__all__ = ["QUESTION", "file_digest", "keep_question", "libraries", "machine", "stored_question"]

QUESTION = "question"
LIBRARIES = ("duckdb", "holidays", "numba", "numpy", "pandas", "pydantic", "ruamel.yaml", "scipy", "simpy")


def libraries() -> dict[str, str]:
    """Return the versions that a result can depend on, by name."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def machine() -> dict[str, str | int]:
    """Return what the run was done on; no name of a computer or person."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "processor": platform.machine(),
        "processors": os.cpu_count() or 1,
        "python": sys.implementation.name,
    }


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def keep_question(question: Question, folder: Path) -> str:
    """Copy the files of a question into a run folder, and return where its experiment file then stands.

    A run can so be read when the files it was made of have moved on. A question built in Python has no files:
    nothing is copied and '' is returned.
    """
    experiment = question.path.resolve()
    inside = [name for name in question.files if experiment.as_posix().endswith(f"/{name}")]
    if not inside:
        return ""
    place = max(inside, key=len)
    root = experiment.parents[len(Path(place).parts) - 1]
    if not all((root / name).is_file() for name in question.files):
        return ""
    # A project's root is known by its folder of scenarios; without one, the copy would look above itself.
    (folder / QUESTION / "scenarios").mkdir(parents=True, exist_ok=True)
    for name in question.files:
        target = folder / QUESTION / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)
    return f"{QUESTION}/{place}"


def stored_question(folder: Path, place: str) -> Question:
    """Return the question of a run folder, read from the copy of its files.

    Raises
    ------
    StoreError
        Where the run was made from a question built in Python, or its copy is gone.
    """
    path = folder / place
    if not place or not path.is_file():
        msg = f"{folder}: has no copy of its question's files, and cannot be read without them; run it again"
        raise StoreError(msg)
    return read_question(path)
