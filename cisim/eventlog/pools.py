"""A CSV of pools: what they are, whose, and their rostered numbers."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from cisim.errors import nearest
from cisim.eventlog.log import Pool
from cisim.eventlog.parse import Mistakes, moment, parse_time, parse_whole, read_columns

__all__ = ["read_pools"]

_KINDS = ("beds", "staff", "room", "equipment", "slots")
_COLUMNS = ("pool", "kind", "owner", "time", "number")


def read_pools(path: str | Path, start: date) -> tuple[Pool, ...]:
    """Return the pools in a CSV.

    Parameters
    ----------
    path : str or Path
        A row a pool, or a row each time that its number changes: ``pool``; ``kind`` (beds, unless said);
        ``owner``; ``number`` (a whole number, ``unlimited``, or nothing where it is not known) from ``time``
        on (from the start, unless said).
    start : date
        The day whose midnight is time 0.

    Raises
    ------
    DataError
        With every mistake as ``file:line: column: got X, want Y``.
    """
    mistakes = Mistakes(str(path))
    numbers: dict[str, dict[int, int]] = {}
    said: dict[str, tuple[str, str]] = {}
    unlimited: set[str] = set()
    for line, cells in read_columns(Path(path), ("pool",), _COLUMNS, mistakes):
        name, number = cells["pool"], cells.get("number", "")
        kind, owner = cells.get("kind", "") or "beds", cells.get("owner", "")
        if not name:
            mistakes.add(line, "pool", "got nothing, want its name")
        if kind not in _KINDS:
            mistakes.add(line, "kind", f"got '{kind}', want {', '.join(_KINDS)}{nearest(kind, _KINDS)}")
        if said.setdefault(name, (kind, owner)) != (kind, owner):
            want = "the kind and owner that it has above"
            mistakes.add(line, "pool", f"got '{name}' as {kind} of '{owner}', want {want}")
        time = _from(line, cells.get("time", ""), start, mistakes)
        times = numbers.setdefault(name, {})
        if number == "unlimited":
            unlimited.add(name)
        elif number:
            if time in times:
                mistakes.add(line, "time", f"got a second number of '{name}' from the same time, want one")
            times[time] = parse_whole(line, "number", number, 0, mistakes)
        if name in unlimited and times:
            mistakes.add(line, "number", f"got '{name}' as unlimited and with a number, want one of the two")
    mistakes.stop()
    return tuple(_pool(name, said[name], numbers[name], unlimited=name in unlimited) for name in said)


def _pool(name: str, said: tuple[str, str], numbers: dict[int, int], *, unlimited: bool) -> Pool:
    if not numbers:
        return Pool(name, *said, unlimited=unlimited)
    times = sorted(numbers)
    levels = np.array([numbers[t] for t in times], np.int64)
    return Pool(name, *said, times=np.array(times, np.int64), numbers=levels)


def _from(line: int, text: str, start: date, mistakes: Mistakes) -> int:
    time = parse_time(line, text, mistakes) if text else moment(start)
    since = (time - moment(start)) // timedelta(milliseconds=1) if time else 0
    if since < 0:
        mistakes.add(line, "time", f"got {text}, want no earlier than the start, {start}")
    return since
