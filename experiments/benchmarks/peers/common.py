"""What every peer written in Python shares: its numbers, its stopwatch, and how it tells what it did."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

EVENTS = ("arrive", "ask", "begin", "end", "ready", "leave")
STEPS = {
    "three_stage": ("", "triage", "doctor", "ward"),
    "ward_rounds": ("", "ward stay", "treatment", "consultant round", "community stay", "rehabilitation"),
}

Rows = list[tuple[int, int, str, str]]  # patient, time in whole milliseconds, event, step


class Stopwatch:
    """Seconds of each phase of a peer's work."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, phase: str, work: Callable[[], Any]) -> Any:
        """Do some work, write down how long it took, and return what it gave."""
        begin = time.perf_counter()
        result = work()
        self.seconds[phase] = time.perf_counter() - begin
        return result


def arguments(description: str) -> argparse.ArgumentParser:
    """Return the options that every peer has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--end", type=int, required=True, help="the horizon, in whole milliseconds")
    parser.add_argument("--numbers", type=Path, help="arrival times and durations, one row a patient")
    parser.add_argument("--log", type=Path, help="keep the rows here, outside the time")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def read_numbers(path: Path, columns: int) -> list[list[int]]:
    """Return the drawn numbers as plain lists: each patient's arrival, then each step's duration, in milliseconds."""
    return np.fromfile(path, dtype=np.int64).reshape(-1, columns).tolist()


def coded(rows: Rows, model: str) -> np.ndarray:
    """Return rows as whole numbers (patient, time, event, step), patient by patient, each in its own order."""
    event = {name: code for code, name in enumerate(EVENTS)}
    step = {name: code for code, name in enumerate(STEPS[model])}
    out = np.array([(p, t, event[e], step[s]) for p, t, e, s in rows], dtype=np.int64).reshape(-1, 4)
    return out[np.argsort(out[:, 0], kind="stable")]


def tell(
    seconds: dict[str, float], activities: int, rows: int, *, more: dict[str, Any] | None = None
) -> None:
    """Print what a peer did, as one line of JSON: the suite reads it."""
    line = {"seconds": seconds, "activities": activities, "rows": rows, "peak_mb": peak_mb(), **(more or {})}
    sys.stdout.write(json.dumps(line) + "\n")


def peak_mb() -> float:
    """Return the most memory that this process has held, in megabytes.

    On Linux from the process's own status, since what getrusage tells is never less than the parent held when it
    started this process.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next((n for n in status.read_text().splitlines() if n.startswith("VmHWM")), "")
        if line:
            return int(line.split()[1]) / 1024
    import resource  # noqa: PLC0415 - not there on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def count(rows: Sequence[tuple[int, int, str, str]]) -> int:
    """Return the activities in a log: everything that began."""
    return sum(row[2] == "begin" for row in rows)
