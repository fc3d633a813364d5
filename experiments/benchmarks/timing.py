"""Run programs against each other, turn and turn about, and keep every time.

Each timing is a process of its own, so that no peer works in the memory another has left. In every round each
entrant runs once: whatever else the machine does in that round falls on all, and ratios are taken within rounds.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Entrant:
    """One program with its options.

    Attributes
    ----------
    name : str
    command : tuple of str
    patients : int
        How many are expected: the size.
    copies : int
        So many are started at the same moment, and all are waited for; the slowest's times count.
    environment : dict
        Variables of its own.
    """

    name: str
    command: tuple[str, ...]
    patients: int = 0
    copies: int = 1
    environment: dict[str, str] = field(default_factory=dict)


def once(entrant: Entrant) -> dict[str, Any]:
    """Run an entrant once; return what it told, with the wall clock's seconds of the whole process."""
    environment = {**os.environ, **entrant.environment}
    begin = time.perf_counter()
    running = [
        subprocess.Popen(entrant.command, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603 - ours
        for _ in range(entrant.copies)
    ]
    told = [process.communicate()[0] for process in running]
    wall = time.perf_counter() - begin
    for process in running:
        if process.returncode:
            raise SystemExit(
                f"{entrant.name} stopped with code {process.returncode}: {' '.join(entrant.command)}"
            )
    lines = [json.loads(text.splitlines()[-1]) for text in told]
    line: dict[str, Any] = lines[0]
    line["seconds"] = {phase: max(one["seconds"][phase] for one in lines) for phase in line["seconds"]}
    line["seconds"]["process"] = wall
    return line


def interleaved(
    entrants: Sequence[Entrant], rounds: int, say: Callable[[str], None]
) -> dict[str, list[dict[str, Any]]]:
    """Return what every entrant told in every round: A B C, A B C, and so on."""
    told: dict[str, list[dict[str, Any]]] = {entrant.name: [] for entrant in entrants}
    for number in range(rounds):
        for entrant in entrants:
            told[entrant.name].append(once(entrant))
            seconds = told[entrant.name][-1]["seconds"]
            say(f"  {number + 1}/{rounds} {entrant.name}: {seconds.get('run', seconds['process']):.3f} s")
    return told


def kept(entrant: Entrant, told: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is kept of an entrant: every time, and the medians."""
    phases = list(told[0]["seconds"])
    seconds = {phase: [round(one["seconds"][phase], 6) for one in told] for phase in phases}
    last = told[-1]
    others = {k: v for k, v in last.items() if k not in ("seconds", "peak_mb", "before_mb", "run_mb")}
    memory = {k: [round(one[k], 1) for one in told] for k in ("peak_mb", "before_mb", "run_mb") if k in last}
    return {
        "patients": entrant.patients,
        **others,
        "seconds": seconds,
        "median": {phase: statistics.median(times) for phase, times in seconds.items()},
        **memory,
    }


def ratio(
    one: dict[str, Any], other: dict[str, Any], phases: Sequence[str], wanted: str, *, per: str = "activities"
) -> dict[str, Any]:
    """Return how many times as fast one is as the other, each by its own amount of work, as the median of rounds."""

    def cost(of: dict[str, Any], number: int) -> float:
        return sum(float(of["seconds"][p][number]) for p in phases if p in of["seconds"]) / max(of[per], 1)

    rounds = len(one["seconds"]["process"])
    each = [cost(other, number) / cost(one, number) for number in range(rounds)]
    return verdict(each, wanted)


def verdict(each: Sequence[float], wanted: str) -> dict[str, Any]:
    """Return a median with every round's value, and whether it is what is wanted ('>= 50', '<= 2', '' for nothing)."""
    value = statistics.median(each)
    found: dict[str, Any] = {"median": value, "each": [round(x, 4) for x in each], "wanted": wanted}
    if wanted:
        sign, limit = wanted.split()
        found["met"] = value >= float(limit) if sign == ">=" else value <= float(limit)
    return found


def say(text: str) -> None:
    """Tell how far it is, beside the table."""
    sys.stderr.write(text + "\n")
