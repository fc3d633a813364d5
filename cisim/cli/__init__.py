"""The terminal's door: a command for each thing that can be asked; `cisim --help` lists them.

Each command is one call of the library and some words. A mistake of the user's is told without a traceback
and with the exit code of `cisim.errors`; stopping with Ctrl-C exits with 130 and says how to go on; anything
else is our fault, is said to be, and exits with 70.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from cisim.errors import CisimError, FileProblems

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

NOT_TOLD = 1
STOPPED = 130
OUR_FAULT = 70


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``cisim``; those of the process, if left out.

    Returns
    -------
    int
        0 done; 1 what was to be written found no reader or no space;
        2 a mistake in a file or a command; 3 a replication stopped; 4 a run contradicts itself;
        5 a run folder that belongs to something else; 70 our fault; 130 stopped by the user.
    """
    # A console that cannot show a sign shows a question mark rather than stopping a long run.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = _command(arguments)
        # What is still held back must be told here: as Python ends, it is too late to say what went wrong.
        sys.stdout.flush()
    except OSError as lost:
        if lost.errno not in (errno.EPIPE, errno.ENOSPC):
            return _unforeseen(lost)
        return _not_told(full=lost.errno == errno.ENOSPC)
    return code


def _not_told(*, full: bool) -> int:
    """Give up a standard output whose reader went away or whose disk is full; only the latter is news."""
    from cisim.cli.say import error  # noqa: PLC0415

    with contextlib.suppress(OSError, ValueError):  # some outputs are no file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    if full:
        with contextlib.suppress(OSError):  # standard error may be full too
            error("There is no space left to write to. Free some, and give the same command again.")
    return NOT_TOLD


def _command(arguments: Sequence[str] | None) -> int:
    import typer  # noqa: PLC0415

    from cisim.cli.app import app  # noqa: PLC0415
    from cisim.cli.say import error, problems  # noqa: PLC0415

    try:
        code = app(
            args=None if arguments is None else list(arguments), prog_name="cisim", standalone_mode=False
        )
    except FileProblems as mistakes:
        problems(mistakes.problems)
        return mistakes.exit_code
    except CisimError as mistake:
        error(str(mistake))
        return mistake.exit_code
    except (typer.Abort, KeyboardInterrupt):
        error("Stopped. Give the same command again to go on: what was finished is kept.")
        return STOPPED
    except OSError:
        raise
    except Exception as unknown:  # noqa: BLE001 - the one place that may meet anything
        return _unforeseen(unknown)
    return code if isinstance(code, int) else 0


def _unforeseen(unknown: Exception) -> int:
    """Say a wrong command in the parser's own words; own up to everything else."""
    show, code = getattr(unknown, "show", None), getattr(unknown, "exit_code", None)
    if callable(show) and isinstance(code, int):
        show()
        return code
    from cisim.cli.say import error  # noqa: PLC0415

    error(f"This is our fault, not yours: {type(unknown).__name__}: {unknown}")
    with tempfile.NamedTemporaryFile(
        "w", prefix="cisim-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as written:
        written.write("".join(traceback.format_exception(unknown)))
    error(f"What the program was doing is written in {Path(written.name)}.")
    error("Please report it with that file and with what `cisim environment` prints.")
    return OUR_FAULT
