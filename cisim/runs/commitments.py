"""What a run's searches decided: the value file with its numbers, and the tables and words that tell them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisim.analysis import FRONTIER_COLUMNS, Estimate, Tried, frontier, interval
from cisim.runs.plan import Level, joint_name, searched_for, searched_option
from cisim.runs.searching import Searched
from cisim.runs.tables import ask
from cisim.spec import Close, Reinvest
from cisim.value import OPEN, shapley, subsets

if TYPE_CHECKING:
    from cisim.runs.plan import Plan, Unit
    from cisim.runs.searching import Found
    from cisim.runs.simulating import Simulated
    from cisim.runs.store import Store
    from cisim.spec import Option, Question, Value
    from cisim.value import Counts

__all__ = [
    "CREDIT_KINDS",
    "FRONTIER_KINDS",
    "STEPS_OF",
    "credit_table",
    "decided_rows",
    "decided_value",
    "frontier_table",
    "name_at",
    "named_patients",
    "patients_at",
    "units_of",
]

_TEXT, _REAL, _INT, _BOOL = "VARCHAR", "DOUBLE", "BIGINT", "BOOLEAN"
CREDIT_KINDS = {
    "project": _TEXT,
    "of": _TEXT,
    "pool": _TEXT,
    "unit": _TEXT,
    "alone": _REAL,
    "credit": _REAL,
    "low": _REAL,
    "high": _REAL,
    "together": _REAL,
}
FRONTIER_KINDS = dict(
    zip(
        FRONTIER_COLUMNS,
        (_INT, _INT, _INT, _REAL, _REAL, _REAL, _REAL, _BOOL, _TEXT, _BOOL, _BOOL),
        strict=True,
    )
)
"""Columns of the tables of credit and of the frontier, and the types that these are stored as."""
STEPS_OF = "steps closed"


def decided_value(value: Value, found: Found, patients: dict[str, float]) -> Value:
    """Return the value file with the numbers that were searched for.

    Parameters
    ----------
    value : Value
    found : Found
    patients : dict of str to float
        Mean number of named extra patients a year by option.
    """
    options: list[Option] = []
    for option in value.options:
        decided = found.of(option.name) if searched_for(option) else None
        if decided is None:
            options.append(option)
        elif isinstance(option, Close):
            options.append(option.model_copy(update={"steps": decided.level.steps}))
        else:
            options.append(option.model_copy(update={"patients": round(patients.get(option.name, 0.0))}))
    return value.model_copy(update={"options": tuple(options)})


def decided_rows(plan: Plan, found: Found) -> tuple[str, list[object]]:
    """Return the condition of the rows of what is decided, and its values: one level of each option, no other."""
    parts: list[str] = ["option = ?"]
    values: list[object] = [OPEN]
    for option, _ in plan.cases[plan.main].options:
        decided = found.of(option.name) if searched_for(option) else None
        parts.append("option = ?" + (" AND steps = ? AND extra = ?" if decided is not None else ""))
        values += [option.name, *(decided.level if decided is not None else ())]
    return " OR ".join(f"({part})" for part in parts), values


def named_patients(options: dict[str, Counts]) -> dict[str, float]:
    """Return the mean number of named extra patients a year, by option."""
    named = {
        name: np.array([one.use == "patients_reinvested" for one in counts.rows])
        for name, counts in options.items()
    }
    return {
        name: float(counts.amounts[:, named[name]].sum(axis=1).mean()) for name, counts in options.items()
    }


def units_of(done: Simulated, one: Searched, level: Level) -> list[Unit]:
    """Return the units in which a level was run, by replication."""
    tried = [unit for unit in one.units if unit.search is not None and level in unit.search.levels]
    return tried or [unit for unit in done.units if unit.case == done.plan.main]


def patients_at(store: Store, units: Sequence[Unit], option: str, level: Level, pathway: str) -> list[float]:
    """Return the extra patients treated a year, less those lost, by replication; of all pathways if '' is asked."""
    condition = "option = ? AND steps = ? AND extra = ? AND starts_with(use, 'patients_')"
    columns = ("replication", "use", "pathway", "quantity")
    found = {unit.replication: 0.0 for unit in units}
    for number, use, where, count in ask(
        store.paths(list(units), "quantities"), condition, [option, *level], columns
    ):
        if pathway in ("", where):
            found[number] += -count if use == "patients_lost" else count
    return list(found.values())


def frontier_table(done: Simulated, store: Store) -> pd.DataFrame:
    """Return close, reinvest, hold and their mixes, as `cisim.analysis.frontier`; empty where nothing is searched for.

    Chosen is what is decided for the first option whose number is searched for.
    """
    plan, found = done.plan, done.found
    options = [option for option, _ in plan.cases[plan.main].options]
    mine = [one for one in found.searches if one.search.arm < 0]
    if not mine:
        return pd.DataFrame(columns=list(FRONTIER_COLUMNS))
    close = next((one.search.close for one in mine if one.search.close >= 0), -1)
    reinvest = next((one.search.reinvest for one in mine if one.search.reinvest >= 0), -1)
    list_option, closure = (options[i] if i >= 0 else None for i in (reinvest, close))
    pathway = list_option.pathway if isinstance(list_option, Reinvest) else ""
    points: dict[Level, Tried] = {}
    for one in mine:
        if one.search.close not in (-1, close) or one.search.reinvest not in (-1, reinvest):
            continue
        for level, judged in one.tried.items():
            if level not in points:
                name = name_at(plan, one, level)
                patients = interval(patients_at(store, units_of(done, one, level), name, level, pathway))
                points[level] = Tried(*level, patients, judged.chance.value, judged.keeps)
    first = min(mine, key=lambda one: max(one.search.close, one.search.reinvest))
    step = closure.step if isinstance(closure, Close) else 0
    return frontier(points.values(), step, chosen=(first.level.steps, first.level.extra))


def name_at(plan: Plan, one: Searched, level: Level) -> str:
    """Return the name that the rows of one level of a search carry."""
    return searched_option(plan, one.search, level).name


def credit_table(question: Question, done: Simulated, store: Store) -> pd.DataFrame:
    """Return what each project adds, by Shapley value: steps that can close, and what each pool releases a year.

    Columns ``CREDIT_KINDS``: alone, the share of the credit with its interval over replications, and what all do
    together. Where only some subsets were asked for, there is a row for each, without credit.
    """
    asked, plan = question.experiment, done.plan
    joint = plan.cases[plan.main].joint
    closing = [one for one in done.found.searches if one.search.close >= 0 and one.search.reinvest < 0]
    if not asked.projects or not closing:
        return pd.DataFrame(columns=list(CREDIT_KINDS))
    by_arm = {
        plan.valued: closing[0],
        **{joint[one.search.arm][0]: one for one in closing if one.search.arm >= 0},
    }
    accounts: dict[tuple[str, str, str], dict[frozenset[str], NDArray[np.float64]]] = {}
    for subset in [frozenset(some) for some in asked.together] or subsets(asked.projects)[1:]:
        one = by_arm[joint_name([name for name in asked.projects if name in subset])]
        accounts.setdefault((STEPS_OF, "", "step"), {})[subset] = np.array([float(one.level.steps)])
        for (pool, unit), released in _released(done, store, one).items():
            accounts.setdefault(("release", pool, f"{unit} a year"), {})[subset] = released
    rows: list[tuple[object, ...]] = []
    for (of, pool, unit), worth in accounts.items():
        if asked.together:
            rows += [
                (_joined(asked.projects, some), of, pool, unit, value.mean(), *[math.nan] * 4)
                for some, value in worth.items()
            ]
            continue
        together = float(worth[frozenset(asked.projects)].mean())
        for name, share in shapley(asked.projects, worth).items():
            alone = float(worth[frozenset([name])].mean())
            estimate = (
                interval(share) if len(share) > 1 else Estimate(float(share[0]), math.nan, math.nan, 0.95, 1)
            )
            rows.append((name, of, pool, unit, alone, estimate.value, estimate.low, estimate.high, together))
    return pd.DataFrame(rows, columns=list(CREDIT_KINDS))


def _joined(projects: Sequence[str], some: frozenset[str]) -> str:
    return joint_name([name for name in projects if name in some])


def _released(done: Simulated, store: Store, one: Searched) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Return what each pool releases a year with nothing closed, by pool and unit, by replication."""
    level = Level(0, 0)
    units = units_of(done, one, level)
    name = name_at(done.plan, one, level)
    condition = "option = ? AND steps = 0 AND extra = 0 AND use = 'release'"
    rows = ask(store.paths(units, "quantities"), condition, [name], ("pool", "unit", "quantity"))
    found: dict[tuple[str, str], list[float]] = {}
    for pool, unit, quantity in rows:
        found.setdefault((pool, unit), []).append(quantity)
    return {key: np.array(values) for key, values in found.items()}
