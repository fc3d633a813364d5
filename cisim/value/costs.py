"""What a change costs: the programme, holding it up, the new way of working, and what plans leave out.

Money that is paid is cash; the time of staff already employed is not. A cost that is sunk, spent whatever is
decided, is listed and counted nowhere. Optimism bias is a line of its own, so that every figure can be told with it
and without it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cisim.spec import labels
from cisim.value.basis import stated
from cisim.value.book import CASH, COST_USES, NON_CASH, UNMONETISED, Book, Line
from cisim.value.effect import with_optimism_bias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cisim.spec import ProgrammeItem
    from cisim.value.basis import Basis

__all__ = ["OPTIMISM", "programme", "running", "with_optimism", "without_optimism"]

OPTIMISM = "optimism"
PAID, TIME = "cost reduction", "productivity and efficiency"
"""The categories that costs stand in, below zero: money that is paid, and time of staff already employed."""


def programme(basis: Basis) -> Iterator[Line]:
    """Yield what making and keeping the change costs."""
    items = basis.value.programme
    for label, item in zip(labels(items), items, strict=True):
        for line in _item(basis, label, item):
            yield _sunk(line) if item.sunk else line
    effect = basis.value.effect
    if effect is not None and effect.sustaining is not None:
        cost = -basis.numbers["effect.sustaining"]
        line = Line(
            "programme", "provider", 1.0, "year", cost, "sustaining the effect",
            category=PAID, kind=CASH, currency="GBP",
        )  # fmt: skip
        yield stated(line, effect.sustaining, effect.source)


def _item(basis: Basis, label: str, item: ProgrammeItem) -> Iterator[Line]:
    path, direct = f"programme.{label}", item.kind == "direct"
    year = None if item.year == "each" else item.year - 1
    common = Line(
        "programme",
        item.owner,
        1.0,
        "programme",
        item=label,
        category=PAID if direct else TIME,
        kind=CASH if direct else NON_CASH,
        currency="GBP",
    )
    if item.once is not None:
        cost = -basis.numbers[f"{path}.once"]
        yield stated(replace(common, unit_value=cost, recurrent=False, year=year), item.once, item.source)
    if item.each_year is not None:
        cost = -basis.numbers[f"{path}.each_year"]
        yield stated(replace(common, unit_value=cost, unit="year"), item.each_year, item.source)
    if item.people is not None and item.hours is not None and item.an_hour is not None:
        hours = basis.numbers[f"{path}.people"] * basis.numbers[f"{path}.hours"]
        line = replace(
            common,
            quantity=hours,
            unit="hour",
            unit_value=-basis.numbers[f"{path}.an_hour"],
            recurrent=year is None,
            year=year,
        )
        known = stated(line, item.an_hour, item.source)
        yield replace(known, evidence=f"{known.evidence}; hours valued at {item.valued_at}")


def _sunk(line: Line) -> Line:
    told = f"{line.evidence}; sunk: spent already, whatever is decided"
    return replace(line, use="sunk", kind=UNMONETISED, currency="", evidence=told)


def running(basis: Basis) -> Iterator[Line]:
    """Yield what the new way of working costs, counted from the event logs."""
    items = basis.value.running
    for label, item in zip(labels(items), items, strict=True):
        pool, pathway = ("", item.of.partition("/")[0]) if "/" in item.of else (item.of, "")
        count = basis.physical[(f"running:{label}", pool, pathway)]
        line = Line(
            "running",
            item.owner,
            count.amount,
            count.unit,
            -basis.numbers[f"running.{label}.cost"],
            item=label,
            pool=pool,
            category=PAID if item.cash else TIME,
            kind=CASH if item.cash else NON_CASH,
            currency="GBP",
        )
        yield stated(line, item.cost, item.source)


def with_optimism(basis: Basis, lines: Sequence[Line]) -> Iterator[Line]:
    """Yield, beside each cost, what such costs turn out above plan."""
    effect = basis.value.effect
    if effect is None or effect.optimism is None or effect.optimism.cost is None:
        return
    path = "effect.optimism"
    uplift, mitigation = basis.numbers[f"{path}.cost"], basis.numbers.get(f"{path}.mitigation", 0.0)
    for line in lines:
        if line.use in COST_USES:
            more = with_optimism_bias(line.unit_value, uplift=uplift, mitigation=mitigation) - line.unit_value
            beside = replace(line, use=OPTIMISM, unit_value=more, item=line.item or line.use)
            yield stated(beside, effect.optimism.cost, effect.source)


def without_optimism(book: Book) -> Book:
    """Return a ledger as the plan had it, without what is added because plans are hopeful."""
    return book.where(lambda line: line.use != OPTIMISM)
