"""The headline numbers of a run, by name, each with its interval: the same run gives the same text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from cisim.analysis import Estimate, interval
from cisim.runs.plan import BASELINE
from cisim.runs.tables import ask
from cisim.value import OPEN, perspective, worth

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from cisim.measures import Measure
    from cisim.runs.plan import Plan
    from cisim.spec import Value
    from cisim.value import Book

__all__ = ["USES", "is_told", "measured", "released", "summary_of", "valued"]

Headline = dict[str, object]
LEVEL = 0.95
TOLD = {
    "length_of_stay": ("mean", "p90"),
    "wait": ("mean", "p95"),
    "throughput": ("per_year",),
    "turned_away": ("share",),
    "occupancy": ("mean", "share"),
    "overrun_time": ("total",),
}
"""Measures and statistics that are always told; the question's own headline is told in all its statistics."""

USES = ("closed", "redeployed", "reinvested", "absorbed", "idle_change")


class Place(NamedTuple):
    """What a number is of."""

    measure: str
    statistic: str
    place: str
    unit: str


def summary_of(estimate: Estimate, words: str) -> Headline:
    """Return a headline; an end that nothing bounds is null."""
    return {
        "value": _finite(estimate.value),
        "low": _finite(estimate.low),
        "high": _finite(estimate.high),
        "level": estimate.level,
        "unit": estimate.unit,
        "n": estimate.n,
        "words": words,
    }


def _finite(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None


def is_told(one: Measure, headline: str) -> bool:
    """Return whether a measure of the whole window is among those that are always told."""
    if one.week != -1:
        return False
    return one.measure == headline or one.statistic in TOLD.get(one.measure, ())


def measured(plan: Plan, parts: Sequence[Path], headline: str) -> dict[str, Headline]:
    """Return the level of each told measure by scenario, and its paired difference from the baseline.

    Keys are ``level:`` or ``difference:`` and ``<measure>:<statistic>:<place>:<scenario>``, with ``:<case>``
    after them in cases other than the main one; a place is a pathway, pathway/step or pool. Replications in
    which nobody was counted are left out; where a percentile of a wait was never reached in one, the number
    cannot be said, and its value is null.
    """
    out: dict[str, Headline] = {}
    main = plan.cases[plan.main].name
    found = _by_place(parts, headline)
    for (case, place, scenario), values in found.items():
        ending = ":".join([*place[:3], scenario, *([case] if case != main else [])])
        told = f"{place.measure} ({place.statistic}){f' of {place.place}' if place.place else ''}, {scenario}"
        told += f", case {case}" if case != main else ""
        if values:
            out[f"level:{ending}"] = _headline(told, place.unit, list(values.values()))
        base = found.get((case, place, BASELINE), {})
        both = [number for number in values if number in base]
        if scenario != BASELINE and both:
            differences = [values[number] - base[number] for number in both]
            out[f"difference:{ending}"] = _headline(f"{told}, less baseline", place.unit, differences)
    return out


def _by_place(parts: Sequence[Path], headline: str) -> dict[tuple[str, Place, str], dict[int, float]]:
    """Return the told measures of whole windows: (case, place, scenario) -> replication -> value."""
    told = [(m, s) for m, statistics in TOLD.items() if m != headline for s in statistics]
    condition = " OR ".join(["measure = ?", *["(measure = ? AND statistic = ?)"] * len(told)])
    values = [headline, *[word for pair in told for word in pair]]
    columns = ["case", "scenario", "replication", "measure", "statistic", "pathway", "step", "pool"]
    columns += ["value", "unit", "n"]
    found: dict[tuple[str, Place, str], dict[int, float]] = {}
    for row in ask(parts, f"week = -1 AND ({condition})", values, columns):
        case, scenario, replication, measure, statistic, pathway, step, pool, value, unit, n = row
        place = Place(measure, statistic, pool or (f"{pathway}/{step}" if step else pathway), unit)
        known = found.setdefault((case, place, scenario), {})
        if value is not None and math.isfinite(value):
            known[replication] = value
        elif n:
            known[replication] = math.nan
    return found


def _headline(told: str, unit: str, values: list[float]) -> Headline:
    missing = sum(not math.isfinite(v) for v in values)
    if missing:
        # The mean of those that are a number would leave out the worst.
        words = f"{told}: cannot be said, in {missing} of {len(values)} replications too few were ever served"
        return summary_of(Estimate(math.nan, math.nan, math.nan, LEVEL, len(values), unit), words)
    estimate = interval(values, LEVEL, unit)
    return summary_of(estimate, _words(told, estimate))


def _words(told: str, estimate: Estimate) -> str:
    unit = f" {estimate.unit}" if estimate.unit else ""
    value = f"{told}: {estimate.value:.4g}{unit}"
    if not math.isfinite(estimate.half_width):
        return f"{value} (one replication: no interval)"
    return (
        f"{value} ({estimate.level:.0%} interval {estimate.low:.4g} to {estimate.high:.4g},"
        f" {estimate.n} replications)"
    )


def released(parts: Sequence[Path]) -> dict[str, Headline]:
    """Return what each pool released a year, and what became of it under each option.

    Keys are ``release:<pool>`` and ``<use>:<pool>:<option>``.
    """
    values: dict[tuple[str, str, str, str], list[float]] = {}
    columns = ("option", "use", "pool", "quantity", "unit")
    for option, use, pool, quantity, unit in ask(parts, "pool <> ''", [], columns):
        if use in USES or (use == "release" and option == OPEN):
            values.setdefault((option, use, pool, unit), []).append(quantity)
    out: dict[str, Headline] = {}
    for (option, use, pool, unit), numbers in values.items():
        if use == "redeployed" and not any(numbers):
            continue  # most options move nothing anywhere
        estimate = interval(numbers, unit=f"{unit} a year")
        if use == "release":
            out[f"release:{pool}"] = summary_of(estimate, _words(f"released in {pool}", estimate))
        else:
            told = f"{use.replace('_', ' ')} in {pool}, {option}"
            out[f"{use}:{pool}:{option}"] = summary_of(estimate, _words(told, estimate))
    return out


def valued(value: Value, ledger: Book | pd.DataFrame) -> dict[str, Headline]:
    """Return what each option is worth from the value file's own perspective; keys ``<figure>:<option>``."""
    view = perspective(value.perspective, organisation=value.organisation)
    out: dict[str, Headline] = {}
    for option in value.options:
        found = worth(ledger, option.name, view, cash_target=value.cash_target)
        for name, figure in found.figures.items():
            estimate = Estimate(figure.value, figure.low, figure.high, figure.level, figure.n, figure.unit)
            out[f"{name}:{option.name}"] = summary_of(estimate, figure.words)
    return out
