"""Every error that cisim raises on purpose.

::

    CisimError                 exit code 2 unless said otherwise
    |-- FileProblems           mistakes in one file, all at once: file:line:column: where: got X, want Y
    |-- ModelError             a model or change built in Python cannot be: where: got X, want Y
    |-- DataError              a log read from outside is unusable
    |-- RunError               a replication stopped (a loop without end, a knot of beds)    exit 3
    |-- AuditError             a run contradicts itself: our fault, never the planner's      exit 4
    `-- StoreError             a run folder belongs to another experiment or version         exit 5

    CisimWarning               the run went on, but the planner should know
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "AuditError",
    "CisimError",
    "CisimWarning",
    "DataError",
    "FileProblems",
    "ModelError",
    "Problem",
    "RunError",
    "StoreError",
    "nearest",
]


class CisimError(Exception):
    """Something a user can mend; the message says what and how."""

    exit_code = 2


class CisimWarning(UserWarning):
    """Something a planner should know about a run that went on."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file.

    Attributes
    ----------
    file : str
        Path as the user wrote it.
    line, column : int
        Counted from 1; 0 where the file as a whole is meant.
    where : str
        Path inside the file, such as ``pathways.emergency.steps.2.needs``.
    text : str
        What was got and what was wanted, with the nearest right name.
    """

    file: str
    line: int
    column: int
    where: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.where}: {self.text}" if self.where else f"{place}: {self.text}"


class FileProblems(CisimError):
    """All the mistakes of one or more files, in the order of their lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column)))
        super().__init__("\n".join(str(p) for p in self.problems))


class ModelError(CisimError, ValueError):
    """A model, scenario or change that cannot be: ``where: got X, want Y``."""

    def __init__(self, where: str, text: str) -> None:
        self.where = where
        self.text = text
        super().__init__(f"{where}: {text}" if where else text)


class DataError(CisimError):
    """A log read from outside is unusable."""


class RunError(CisimError):
    """A replication stopped: says which, at what time, and how to run it again."""

    exit_code = 3


class AuditError(CisimError):
    """A run contradicts itself."""

    exit_code = 4


class StoreError(CisimError):
    """A run folder belongs to another experiment or version."""

    exit_code = 5


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint naming the nearest of `known`, or the list of them if it is short, else nothing.

    >>> nearest("theater", ["theatre", "ward"])
    "; did you mean 'theatre'?"
    >>> nearest("x", ["theatre", "ward"])
    "; known: 'theatre', 'ward'"
    """
    names = sorted(set(known))
    lowered = {n.lower(): n for n in names}
    close = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{lowered[close[0]]}'?"
    if 0 < len(names) <= 8:
        return "; known: " + ", ".join(f"'{n}'" for n in names)
    return ""
