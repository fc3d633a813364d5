"""How many replications: as many as are asked for, or until the difference is known well enough."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from cisim.analysis import Stopping, replications_needed
from cisim.errors import ModelError, nearest
from cisim.runs.plan import BASELINE
from cisim.runs.tables import ask
from cisim.units import DAY, HOUR, MINUTE, parse_duration

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cisim.runs.plan import Plan, Unit
    from cisim.runs.store import Store
    from cisim.spec import Precision, RunPlan

__all__ = ["decision", "decision_words", "first_look"]

WHERE = "run.precision"
TIMES = {"d": DAY, "h": HOUR, "min": MINUTE}
BLOCK = 5


def first_look(asked: RunPlan) -> int:
    """Return how many replications to have before anything is decided."""
    if asked.precision is None or asked.precision.within is None:
        return asked.replications
    return _rule(np.zeros((0, 1)), 1.0, asked, asked.precision).replications


def _rule(differences: NDArray[np.float64], within: float, asked: RunPlan, precision: Precision) -> Stopping:
    return replications_needed(differences, within, precision.at_most, first=asked.replications, block=BLOCK)


def decision(asked: RunPlan, plan: Plan, store: Store, replications: int) -> tuple[Stopping, str]:
    """Return what the rule says of the first so many stored replications, and the unit of its half-width.

    The paired difference is that of the valued arm from the baseline, in the main case, for every pathway
    (step, pool) that the measure is taken of, unless a pathway is named.

    Raises
    ------
    ModelError
        Where the measure or pathway is not there, or the precision has no unit that fits.
    """
    precision = asked.precision
    if precision is None or precision.within is None:
        return Stopping(replications, decided=True, reached=True, half_width=float("inf")), ""
    units = [unit for unit in plan.units(replications) if unit.case == plan.main]
    differences, unit = _differences(precision, plan, store.paths(units, "measures"), units)
    within = _within(precision.within, unit)
    return _rule(differences, within, asked, precision), unit


def decision_words(asked: RunPlan, found: Stopping, unit: str) -> str:
    """Return why there are as many replications as there are, in a sentence."""
    if asked.precision is None or asked.precision.within is None:
        return f"{found.replications} replications, as asked"
    reached = "stopped" if found.reached else "stopped at the most that may be run,"
    return (
        f"{reached} after {found.replications} replications: the 95% interval of the difference in"
        f" {asked.precision.measure} reaches {found.half_width:.3g} {unit} to either side"
        f" ({asked.precision.within} was asked for)"
    )


def _differences(
    precision: Precision, plan: Plan, parts: list[Path], units: list[Unit]
) -> tuple[NDArray[np.float64], str]:
    """Return the paired differences, shape (replications, places), and their unit."""
    columns = ("scenario", "replication", "pathway", "step", "pool", "value", "unit")
    condition = "measure = ? AND statistic = 'mean' AND week = -1 AND scenario IN (?, ?)"
    rows = ask(parts, condition, [precision.measure, BASELINE, plan.valued], columns)
    if not rows:
        known = {str(row[0]) for row in ask(parts, "statistic = 'mean' AND week = -1", [], ["measure"])}
        text = f"got {precision.measure!r}, want a measure that has a mean{nearest(precision.measure, known)}"
        raise ModelError(f"{WHERE}.measure", text)
    if precision.pathway is not None:
        pathways = {row[2] for row in rows}
        if precision.pathway not in pathways:
            hint = nearest(precision.pathway, pathways)
            raise ModelError(f"{WHERE}.pathway", f"got {precision.pathway!r}, which it is not taken of{hint}")
        rows = [row for row in rows if row[2] == precision.pathway]
    # A measure of whole pathways and of their steps is asked of the pathways.
    whole = [row for row in rows if not row[3]]
    rows = whole or rows
    values: dict[str, dict[tuple[str, ...], dict[int, float]]] = {BASELINE: {}, plan.valued: {}}
    for scenario, replication, pathway, step, pool, value, _ in rows:
        here = values[scenario].setdefault((pathway, step, pool), {})
        if value is not None:
            here[replication] = value
    places = [place for place in values[BASELINE] if place in values[plan.valued]]
    table = np.full((len(units), len(places)), np.nan)
    for column, place in enumerate(places):
        before, after = values[BASELINE][place], values[plan.valued][place]
        for row, unit in enumerate(units):
            if unit.replication in before and unit.replication in after:
                table[row, column] = after[unit.replication] - before[unit.replication]
    return table, str(rows[0][6])


def _within(text: str, unit: str) -> float:
    """Return the half-width asked for, in the measure's unit."""
    if unit in TIMES:
        try:
            return parse_duration(text) / TIMES[unit]
        except ValueError as error:
            raise ModelError(f"{WHERE}.within", str(error)) from None
    number = re.match(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)", text)
    if number is None:
        raise ModelError(f"{WHERE}.within", f"got {text!r}, want a number of {unit}, such as '0.5 {unit}'")
    return float(number[1]) / (100 if number[2] else 1)
