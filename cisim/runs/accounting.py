"""From what was simulated to all that a ledger is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cisim.analysis import draw_unknowns
from cisim.runs.commitments import decided_rows, decided_value, named_patients
from cisim.runs.lasting import beyond_margins
from cisim.runs.psa import Accounts
from cisim.runs.tables import COLUMNS, ask
from cisim.runs.uncertain import accounts_of_draws
from cisim.spec import followers, value_numbers
from cisim.value import Quantity, counts_of, draw_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cisim.runs.simulating import Simulated
    from cisim.runs.store import Store
    from cisim.spec import Question, Value

__all__ = ["FULL", "accounts_of", "decided_quantities"]

FULL = (1.0, 1)
"""The whole effect, in the first year."""


def decided_quantities(done: Simulated, store: Store) -> list[tuple[Any, ...]]:
    """Return the quantities of each option of the main case at the level decided, as rows of their table."""
    main = [unit for unit in done.all_units if unit.case == done.plan.main]
    return ask(
        store.paths(main, "quantities"), *decided_rows(done.plan, done.found), list(COLUMNS["quantities"])
    )


def accounts_of(
    question: Question, done: Simulated, store: Store, rows: Sequence[tuple[Any, ...]]
) -> Accounts:
    """Return what the ledger of a question that is valued is made of, from `decided_quantities`."""
    assert question.value is not None  # noqa: S101 - the caller's own
    if done.drawn is not None:
        return accounts_of_draws(question, done.plan, store, done.found, done.drawn)
    options = _by_option(row[:-2] for row in rows)
    points = {FULL: options, **_points(store.paths(list(done.over_time), "over_time"))}
    for point, service in beyond_margins(done, store).items():
        for name, beyond in service.items():
            both = zip(points[point][name], beyond, strict=True)
            points[point][name] = [[*own, *judged] for own, judged in both]
    tables = {point: {name: counts_of(one) for name, one in found.items()} for point, found in points.items()}
    whole = tables.pop(FULL)
    value = decided_value(question.value, done.found, named_patients(whole))
    return Accounts(value, done.plan.valued, whole, tables, _drawn(question, value), done.replications)


def _drawn(question: Question, value: Value) -> dict[str, NDArray[np.float64]]:
    """Return the draws of the value file alone; where the experiment says so, correlated, or one for several places."""
    asked = question.experiment
    if not (asked.correlations or followers(question)):
        return draw_numbers(value, asked.run.draws, asked.run.seed)
    drawn = draw_unknowns(question, asked.run.draws, method="random", seed=asked.run.seed)
    return {
        path: np.broadcast_to(np.asarray(column, float), (asked.run.draws,))
        for path, column in value_numbers(replace(question, value=value), drawn).items()
    }


def _points(paths: Sequence[Path]) -> dict[tuple[float, int], dict[str, list[list[Quantity]]]]:
    """Return the quantities of every part of the effect and year that was simulated."""
    found: dict[tuple[float, int], list[tuple[Any, ...]]] = {}
    rows = ask(paths, "TRUE", [], list(COLUMNS["over_time"])[:-2]) if paths else []
    for reach, year, *rest in rows:
        found.setdefault((reach, year), []).append(tuple(rest))
    return {point: _by_option(those) for point, those in found.items()}


def _by_option(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[list[Quantity]]]:
    out: dict[str, dict[int, list[Quantity]]] = {}
    for option, replication, *rest in rows:
        out.setdefault(option, {}).setdefault(replication, []).append(Quantity(option, *rest))
    return {option: list(by_replication.values()) for option, by_replication in out.items()}
