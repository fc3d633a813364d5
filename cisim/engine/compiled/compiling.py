"""Compiling the kernel: once on a machine, and told."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from numba import types

from cisim.engine.compiled import kernel as k

__all__ = ["compile_once"]

_LONG = types.Array(types.int64, 1, "C")
_ARRAYS = (_LONG, _LONG, types.Array(types.float64, 1, "C"), *(_LONG,) * 6)
_TOLD = "cisim compiles its engine: once on this machine, about a minute. Later runs begin at once.\n"


@cache
def compile_once() -> None:
    """Compile the kernel, or load it from disk where that was done before; say so where it takes its time."""
    if not _on_disk():
        sys.stderr.write(_TOLD)
        sys.stderr.flush()
    k.run.compile(_ARRAYS)


def _on_disk() -> bool:
    """Return whether the kernel was compiled before; where Numba keeps that elsewhere than today, it seems not."""
    run: Any = k.run
    try:
        kept = run._cache  # noqa: SLF001 - Numba has no other way to ask
        key = kept._index_key(_ARRAYS, run.targetctx.codegen())  # noqa: SLF001
        return key in kept._cache_file._load_index()  # noqa: SLF001
    except AttributeError:
        return False
