"""The same ledger by hand, as a loop over draws: a list of rows for each draw, and sums over the rows.

    python ledger_loop.py --draws 10000 --projects 5

Prints one line of JSON, as the other peers do: `run` goes from the drawn numbers to every option's present values.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from ledger_case import PATHWAY, RELEASE, REPLICATIONS as MANY, ROUNDS, RUNS, YEARS, luck, numbers, value

RATE = 0.035
POUNDS_PER_QALY = 20_000.0


class Row(NamedTuple):
    """A row of the ledger; columns whose text is the same on every draw are left out."""

    use: str
    owner: str
    kind: str
    currency: str
    transfer: str
    year: int
    quantity: float
    unit_value: float
    amount: float


CASH, OTHER, NONE = "cash-releasing", "non-cash-releasing", "unmonetised"
COSTS = ("programme", "running", "one_off")


def rows_of(option: str, n: dict[str, float], times: float, began: float) -> list[Row]:
    """Return the ledger of one option on one draw."""
    rows: list[Row] = []

    def add(
        use: str,
        owner: str,
        kind: str,
        currency: str,
        year: int,
        quantity: float,
        price: float,
        transfer: str = "",
    ) -> None:
        amount = 0.0 if kind == NONE else quantity * price
        rows.append(Row(use, owner, kind, currency, transfer, year, quantity, price, amount))

    coach, support, training = (f"programme.{name}" for name in PROGRAMME)
    add("programme", "provider", CASH, "GBP", 0, 1.0, -n[f"{coach}.once"])
    add("programme", "provider", OTHER, "GBP", 0, 1.0, -n[f"{training}.once"])
    close = option == CLOSE
    own, waiting = RUNS[option], RUNS[HOLD]
    for year in range(YEARS):
        share = min(max(1.0 - (began - year), 0.0), 1.0) if close else 1.0
        mix = [a * share + b * (1.0 - share) for a, b in zip(own[0], waiting[0], strict=True)]
        came = [times * (a * share + b * (1.0 - share)) for a, b in zip(own[1], waiting[1], strict=True)]
        add("programme", "provider", CASH, "GBP", year, 1.0, -n[f"{support}.each_year"])
        add("running", "provider", CASH, "GBP", year, ROUNDS, -n[f"running.{RUNNING[0]}.cost"])
        add("running", "provider", OTHER, "GBP", year, ROUNDS, -n[f"running.{RUNNING[1]}.cost"])
        closed, reinvested, absorbed = mix[0], mix[1] * times, mix[2] * times
        released = RELEASE * times
        idle = released - closed - reinvested - absorbed
        uses = ("release", "closed", "reinvested", "absorbed", "idle_change")
        for use, days in zip(uses, (released, closed, reinvested, absorbed, idle), strict=True):
            add(use, "provider", NONE, "", year, days, 0.0)
        for use, count, path in (
            ("reinvest", came[0], f"options.{REINVEST}.each"),
            ("absorb", came[1], f"absorbed.{PATHWAY}.each"),
            ("lost", -came[2], f"absorbed.{PATHWAY}.each"),
        ):
            if count:
                add(use, "patients", NONE, "", year, abs(count), 0.0)
                add(use, "provider", OTHER, "GBP", year, count, -n[f"{path}.marginal_cost"])
                add(use, "provider", OTHER, "GBP", year, count, n[f"{path}.income"], use)
                add(use, "commissioner", OTHER, "GBP", year, count, -n[f"{path}.income"], use)
                add(use, "patients", OTHER, "QALY", year, count, n[f"{path}.qalys"])
        if close:
            saves, stranded = n[f"options.{CLOSE}.saves"], n[f"options.{CLOSE}.stranded"]
            add("close", "provider", CASH, "GBP", year, share, saves)
            add("stranded", "provider", CASH, "GBP", year, share, -saves * stranded)
    if close:
        add("one_off", "provider", CASH, "GBP", int(began), 1.0, -n[f"options.{CLOSE}.one_off"])
    return rows


def check(rows: list[Row]) -> None:
    """Stop where release is not what became of it, or a transfer does not sum to zero, in any year."""
    left: dict[tuple[str, int], float] = {}
    for row in rows:
        if row.kind == NONE and row.owner == "provider":
            key = ("release", row.year)
            left[key] = left.get(key, 0.0) + (row.quantity if row.use == "release" else -row.quantity)
        if row.transfer:
            key = (row.transfer, row.year)
            left[key] = left.get(key, 0.0) + row.amount
    for (name, year), rest in left.items():
        if abs(rest) > 0.005:
            raise ValueError(f"{name} of year {year} is off by {rest}")


def present(rows: list[Row]) -> list[float]:
    """Return the present values of one option on one draw, in the order of `COLUMNS` of ledger_arrays.py."""
    gained = paid = worked = other = qalys = 0.0
    cash = [0.0] * YEARS
    for row in rows:
        today = row.amount / (1.0 + RATE) ** row.year
        if row.currency == "QALY":
            qalys += today
        elif row.currency == "GBP":
            cost = row.use in COSTS
            if row.kind == CASH:
                cash[row.year] += row.amount
                if cost:
                    paid -= today
                else:
                    gained += today
            elif cost:
                worked -= today
            else:
                other += today
    money = gained + other - paid - worked
    return [gained, paid, paid, worked, money, qalys, money + POUNDS_PER_QALY * qalys, payback(cash)]


def payback(cash: list[float]) -> float:
    """Return the first year from which summed cash stays at or above 0."""
    if min(cash) >= 0:
        return float("nan")
    total, first = 0.0, float("nan")
    for year, amount in enumerate(cash):
        total += amount
        if total < 0:
            first = float("nan")
        elif math.isnan(first):
            first = year + 1.0
    return first


def worth(draws: int, projects: int) -> tuple[np.ndarray, int]:
    """Return present values, shape (projects, options, columns, draws), and how many rows the ledgers have."""
    found, rows = [], 0
    for project in range(projects):
        columns = DRAWN[project]
        by_option: dict[str, list[list[float]]] = {name: [] for name in RUNS}
        for draw in range(draws):
            n = {path: column[draw] for path, column in columns.items()}
            for name, values in by_option.items():
                ledger = rows_of(name, n, luck(draw % MANY), BEGAN)
                rows += len(ledger)
                check(ledger)
                values.append(present(ledger))
        found.append([np.array(values).T for values in by_option.values()])
    return np.array(found), rows


def options(words: str | None) -> argparse.Namespace:
    """Return what was asked."""
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--projects", type=int, default=5)
    parser.add_argument("--out", type=Path, help="keep the present values here, outside the time")
    return parser.parse_args()


def tell(work: Callable[[], tuple[np.ndarray, int]], out: Path | None) -> None:
    """Time the work and print what it did."""
    begin = time.perf_counter()
    found, rows = work()
    seconds: dict[str, Any] = {"run": time.perf_counter() - begin}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "activities": rows, "rows": rows, "peak_mb": round(peak, 3)}))
    if out:
        np.save(out, found)


CLOSE, REINVEST, HOLD = RUNS
PROGRAMME = (
    "improvement coach, one day a week for a year",
    "measurement and support",
    "training for forty staff, four hours each",
)
RUNNING = ("consultant time for more rounds", "nurse and therapist at the daily meeting")
DRAWN: list[dict[str, list[float]]] = []
BEGAN = 26 * 7 / 365.25  # years until the bay is closed, as the value file says

if __name__ == "__main__":
    asked = options(__doc__)
    case = value()
    DRAWN[:] = [
        {path: column.tolist() for path, column in numbers(case, asked.draws, project).items()}
        for project in range(asked.projects)
    ]
    tell(lambda: worth(asked.draws, asked.projects), asked.out)
