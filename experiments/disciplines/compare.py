"""Disciplines: priority, interruption, several servers and limits beside their exact values.

    python experiments/disciplines/compare.py

runs the models that have chance in them, writes expected.csv and the table of README.md (two minutes of one core);
`--keep` shows the stored figures. The models that go by the clock are compared in the tests, figure by figure.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from comparing import compared, estimate, finish, store  # noqa: E402

from cisim import apply, read_model, simulate  # noqa: E402
from cisim.eventlog import EventLog  # noqa: E402
from cisim.measures import spells, visits  # noqa: E402
from cisim.spec import Model, read_scenario  # noqa: E402
from cisim.units import DAY, HOUR, MINUTE  # noqa: E402

WARM_UP = 100 * DAY


def model_of(file: str, scenario: str | None = None) -> Model:
    """Return a model of this folder, as it is or as a scenario of this folder changes it."""
    base = read_model(HERE / f"{file}.yaml")
    return base if scenario is None else apply(base, read_scenario(HERE / f"{scenario}.yaml"))


def times(log: EventLog) -> dict[str, float]:
    """Return the mean time from arrival to leaving of each pathway (h), of those who came after the warm-up."""
    people = spells(log)
    mine = (people.arrive >= WARM_UP) & (people.leave < log.end)
    time = people.leave - people.arrive
    return {
        f"time of {name}, h": float(time[mine & (people.pathway == code)].mean()) / HOUR
        for code, name in enumerate(log.pathways)
    }


def waits(log: EventLog) -> dict[str, float]:
    """Return the mean wait (min) of those who asked after the warm-up."""
    table = visits(log)
    mine = (table.ask >= WARM_UP) & (table.begin < log.end)
    return {"wait, min": float((table.begin - table.ask)[mine].mean()) / MINUTE}


def numbers(log: EventLog) -> dict[str, float]:
    """Return the shares of the time with 0, 1, 2 and 3 there, the mean number, and the share turned away."""
    people = spells(log)
    away = people.gave_up <= people.arrive
    came, went = people.arrive[~away], np.minimum(people.leave[~away], log.end)
    time = np.concatenate([came, went])
    order = np.argsort(time, kind="stable")
    there = np.concatenate([[0], np.cumsum(np.repeat([1, -1], len(came))[order])])
    edges = np.concatenate([[0], time[order], [log.end]]).clip(min=WARM_UP)
    shares = np.bincount(there, weights=np.diff(edges)) / (log.end - WARM_UP)
    late = people.arrive >= WARM_UP
    found = {f"share of the time with {n} there": float(shares[n]) for n in range(4)}
    return found | {
        "number there": float(np.dot(np.arange(len(shares)), shares)),
        "share turned away": float(away[late].mean()),
    }


def cobham(rates: tuple[float, ...]) -> list[float]:
    """Return the waits by class, most urgent first, with one server and times of mean one (Cobham 1954)."""
    above = np.concatenate([[0.0], np.cumsum(rates)])
    return [sum(rates) / ((1 - a) * (1 - b)) for a, b in pairwise(above)]


def interrupting(rates: tuple[float, ...]) -> list[float]:
    """Return the times there by class where the more urgent interrupt, who then go on where they stopped."""
    above = np.concatenate([[0.0], np.cumsum(rates)])
    return [1 / (1 - a) + b / ((1 - a) * (1 - b)) for a, b in pairwise(above)]


def states(load: float, servers: int, places: int) -> list[float]:
    """Return the chances of 0, 1, ... there in the queue M/M/servers/places."""
    terms = [
        load**n / (math.factorial(min(n, servers)) * servers ** max(0, n - servers))
        for n in range(places + 1)
    ]
    return [term / sum(terms) for term in terms]


RATES = (0.2, 0.6)
URGENT, ROUTINE = "time of urgent, h", "time of routine, h"
_FIRST = [w + 1 for w in cobham(RATES)]
_BREAKING = interrupting(RATES)
_STATES = states(0.75, 2, 3)
_NO_CHAIR = states(0.75, 2, 2)
CASES: dict[
    str, tuple[tuple[str, str | None], int, int, Callable[[EventLog], dict[str, float]], dict, dict]
] = {
    # model and scenario, days, runs, measured, right, wrong
    "urgent first": (
        ("priority", None),
        5000,
        60,
        times,
        {URGENT: _FIRST[0], ROUTINE: _FIRST[1]},
        {URGENT: 5.0, ROUTINE: 5.0},  # first come, first served
    ),
    "urgent interrupt": (
        ("priority", "interrupting"),
        5000,
        60,
        times,
        {URGENT: _BREAKING[0], ROUTINE: _BREAKING[1]},
        {URGENT: _FIRST[0], ROUTINE: _FIRST[1]},  # without interrupting
    ),
    "first come, first served": (
        ("priority", "no-priority"),
        5000,
        60,
        times,
        {URGENT: 5.0, ROUTINE: 5.0},
        {URGENT: _FIRST[0], ROUTINE: _FIRST[1]},  # urgent first
    ),
    "three doctors": (
        ("three-servers", None),
        600,
        50,
        waits,
        {"wait, min": 40 / 9},
        {"wait, min": 20.0},  # a queue for each doctor
    ),
    "two doctors and one chair": (
        ("two-servers-one-chair", None),
        1100,
        50,
        numbers,
        {
            **{f"share of the time with {n} there": share for n, share in enumerate(_STATES)},
            "number there": float(np.dot(range(4), _STATES)),
            "share turned away": _STATES[3],
        },
        {
            **{f"share of the time with {n} there": share for n, share in enumerate(_NO_CHAIR)},
            "number there": float(np.dot(range(3), _NO_CHAIR)),
            "share turned away": _NO_CHAIR[2],  # no chair
        },
    ),
}


def compare(case: str, seed: int, runs: int | None = None) -> pd.DataFrame:
    """Return the table of one case."""
    which, days, planned, measured, right, wrong = CASES[case]
    model = model_of(*which)
    found = pd.DataFrame(
        [
            measured(simulate(model, days * DAY, seed=seed, replication=r, engine="compiled"))
            for r in range(runs or planned)
        ]
    )
    return compared(
        {f"{case}: {q}": (value, 0.0) for q, value in right.items()},
        {f"{case}: {q}": estimate(found[q]) for q in right},
        {f"{case}: {q}": (value, 0.0) for q, value in wrong.items()},
    )


def main() -> None:
    """Run everything, or show what is stored."""
    if "--keep" not in sys.argv:
        store(HERE, [compare(case, seed) for seed, case in enumerate(CASES, start=1000)])
    finish(HERE, "by another rule")


if __name__ == "__main__":
    main()
