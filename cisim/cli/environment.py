"""What a bug report needs to say about the machine and the versions on it."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

import cisim

__all__ = ["environment"]

PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "simpy",
    "pydantic",
    "ruamel.yaml",
    "duckdb",
    "holidays",
    "numba",
    "matplotlib",
    "jinja2",
    "typer",
    "rich",
)


def environment() -> list[tuple[str, str]]:
    """Return names and versions: cisim, Python, the system, and each package that a run rests on."""
    rows = [
        ("cisim", cisim.__version__),
        ("python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("system", f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("output", f"{sys.stdout.encoding or 'unknown'}"),
    ]
    for name in PACKAGES:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = "not installed"
        rows.append((name, version))
    return rows
