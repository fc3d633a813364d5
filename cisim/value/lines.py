"""Lines of the ledger: what one option costs, brings in and yields, before they are written out year by year.

A line is one owner's amount for one reason; it holds its quantity by draw and year and its value a unit by
draw. On every priced row amount = quantity x unit value, and the value carries the sign: what the owner
gains is above 0, what it pays below.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cisim.errors import ModelError
from cisim.spec import Close, PatientWorth, Reinvest, Value
from cisim.units import YEAR
from cisim.value.book import CASH, DISPOSITIONS, NON_CASH, UNMONETISED, Line
from cisim.value.draws import labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cisim.spec import Uncertain
    from cisim.value.patients import Option

__all__ = [
    "Basis",
    "Physical",
    "lines",
    "share_decided",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Physical:
    """A physical quantity a year: its owner, its unit, and its amount, of shape (draws, years)."""

    owner: str
    unit: str
    amount: Floats


@dataclass(frozen=True, slots=True)
class Basis:
    """What the lines of one option are made of.

    Attributes
    ----------
    value : Value
    option : Option
    numbers : dict of str to ndarray, shape (draws, 1)
        Draws by path.
    physical : dict of (use, pool, pathway) to Physical
    taken_out : bool
        Whether the run of the option really took capacity out of the pool that it closes.
    """

    value: Value
    option: Option
    numbers: dict[str, Floats]
    physical: dict[tuple[str, str, str], Physical]
    taken_out: bool


def share_decided(option: Option, first_year: int, years: int) -> Floats:
    """Return for each year the share of it for which the option is in force, shape (years,).

    A closure is in force once its delay has passed, from its date on where no delay is given; the other
    options are from the first day on, 1 January of the first year.

    >>> from cisim.spec import Close
    >>> bay = {"close": "a bay", "pool": "ward", "step": 6, "saves": "£1", "stranded": 0, "after": "1.5 yr"}
    >>> share_decided(Close(**bay), 2025, 3).tolist()
    [0.0, 0.5, 1.0]
    """
    delay = _delay(option, first_year) if isinstance(option, Close) else 0.0
    return np.asarray(1.0 - np.clip(delay - np.arange(years), 0.0, 1.0))


def _delay(option: Close, first_year: int) -> float:
    """Return the years from 1 January of the first year until the places are taken out."""
    if option.after is not None:
        return option.after / YEAR
    if option.date is None:
        return 0.0
    begins = date(option.date.year, 1, 1)
    length = (date(option.date.year + 1, 1, 1) - begins).days
    return max(0.0, option.date.year - first_year + (option.date - begins).days / length)


def lines(basis: Basis) -> list[Line]:
    """Return every line of one option, in a fixed order."""
    out = [*_programme(basis), *_running(basis), *_capacity(basis), *_patients(basis)]
    if isinstance(basis.option, Close):
        out += _closure(basis, basis.option)
    # An option that changes nothing still has its row a year, so that it can be asked about.
    return out or [Line("release", "provider", 0.0, "bed-day", source="simulation")]


def _programme(basis: Basis) -> Iterator[Line]:
    items = basis.value.programme
    for label, item in zip(labels(items), items, strict=True):
        path = f"programme.{label}"
        common = Line(
            "programme",
            item.owner,
            1.0,
            "programme",
            item=label,
            kind=CASH if item.kind == "direct" else NON_CASH,
            currency="GBP",
        )
        if item.once is not None:
            cost = -basis.numbers[f"{path}.once"]
            yield _stated(replace(common, unit_value=cost, recurrent=False, year=0), item.once, item.source)
        if item.each_year is not None:
            cost = -basis.numbers[f"{path}.each_year"]
            yield _stated(replace(common, unit_value=cost, unit="year"), item.each_year, item.source)


def _running(basis: Basis) -> Iterator[Line]:
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
            kind=CASH if item.cash else NON_CASH,
            currency="GBP",
        )
        yield _stated(line, item.cost, item.source)


def _capacity(basis: Basis) -> Iterator[Line]:
    """Yield bed-days and hours by use: without a price, here so that they can be counted on every draw."""
    changed = {
        pool
        for (use, pool, _), spent in basis.physical.items()
        if use in DISPOSITIONS and bool(np.any(spent.amount != 0))
    }
    for (use, pool, _), spent in basis.physical.items():
        if use in DISPOSITIONS and pool in changed:
            yield Line(
                use,
                spent.owner,
                spent.amount,
                spent.unit,
                pool=pool,
                category="productivity and efficiency",
                source="simulation",
                evidence="simulated; not chosen" if use in {"absorbed", "idle_change"} else "simulated",
            )


def _patients(basis: Basis) -> Iterator[Line]:
    items = basis.value.absorbed
    absorbed = {
        a.pathway: (f"absorbed.{label}.each", a.each) for label, a in zip(labels(items), items, strict=True)
    }
    for (use, _, pathway), count in basis.physical.items():
        if not use.startswith("patients_") or not np.any(count.amount != 0):
            continue
        done = use.removeprefix("patients_")
        chosen = "" if done == "reinvested" else "; not chosen"
        yield Line(
            done,
            "patients",
            count.amount,
            count.unit,
            item=pathway,
            category="outcomes and experience",
            source="simulation",
            evidence="simulated" + chosen,
        )
        if done == "reinvested" and isinstance(basis.option, Reinvest):
            path = f"options.{basis.option.name}.each"
            yield from _worth(basis, "reinvest", (path, basis.option.each), pathway, count)
        elif done == "absorbed" and pathway in absorbed:
            yield from _worth(basis, "absorb", absorbed[pathway], pathway, count)
        elif done == "lost" and pathway in absorbed:
            fewer = replace(count, amount=-count.amount)
            yield from _worth(basis, "lost", absorbed[pathway], pathway, fewer)


def _worth(
    basis: Basis, use: str, worth: tuple[str, PatientWorth], pathway: str, count: Physical
) -> Iterator[Line]:
    """Yield what so many more patients cost, bring in and gain; with a count below 0, what is forgone."""
    path, each = worth
    common = Line(use, count.owner, count.amount, count.unit, item=pathway, kind=NON_CASH, currency="GBP")

    def stated(line: Line, number: Uncertain[Any]) -> Line:
        line = _stated(line, number, each.source)
        return line if use == "reinvest" else replace(line, evidence=f"{line.evidence}; not chosen")

    cost = basis.numbers[f"{path}.marginal_cost"]
    treated = replace(common, unit_value=-cost, category="productivity and efficiency")
    yield stated(treated, each.marginal_cost)
    if each.income is not None:
        income = basis.numbers[f"{path}.income"]
        paid = replace(common, category="income", transfer=f"{use} {pathway} income")
        yield stated(replace(paid, unit_value=income), each.income)
        yield stated(replace(paid, unit_value=-income, owner=each.payer), each.income)
    if each.qalys is not None:
        gain = basis.numbers[f"{path}.qalys"]
        health = replace(common, owner="patients", currency="QALY", category="outcomes and experience")
        yield stated(replace(health, unit_value=gain), each.qalys)


def _closure(basis: Basis, option: Close) -> Iterator[Line]:
    """Yield the full cost of the steps and, apart, what of it does not go away: their sum is what escapes.

    It is cash only where a budget line, its holder and a dated action are named, and where the run really
    took the places out; otherwise it stands as capacity, no cash.
    """
    path = f"options.{option.name}"
    first_year, years = basis.value.first_year, basis.value.years
    share = share_decided(option, first_year, years)[None, :]
    owner = next(
        (p.owner for (use, pool, _), p in basis.physical.items() if use == "closed" and pool == option.pool),
        "provider",
    )
    named = bool(option.budget_line and option.holder and option.date)
    if option.steps == "most":
        raise ModelError(f"{path}.steps", "got 'most', want the number that was committed to")
    saves, stranded = basis.numbers[f"{path}.saves"], basis.numbers[f"{path}.stranded"]
    common = Line(
        "close",
        owner,
        option.steps * share,
        "step",
        item=option.name,
        pool=option.pool,
        category="cost reduction",
        kind=CASH if named and basis.taken_out else UNMONETISED,
        currency="GBP" if named and basis.taken_out else "",
        budget_line=f"{option.budget_line}, held by {option.holder}, from {option.date}" if named else "",
        status=_standing(named=named, taken_out=basis.taken_out),
    )
    yield _stated(replace(common, unit_value=saves), option.saves, option.source)
    stays = replace(common, use="stranded", unit_value=-saves * stranded)
    yield _stated(stays, option.stranded, option.source)
    acted = int(_delay(option, first_year))
    if option.one_off is not None and acted < years:
        line = Line(
            "one_off",
            owner,
            1.0,
            "action",
            -basis.numbers[f"{path}.one_off"],
            item=option.name,
            pool=option.pool,
            kind=CASH,
            currency="GBP",
            recurrent=False,
            year=acted,
        )
        yield _stated(line, option.one_off, option.source)


def _standing(*, named: bool, taken_out: bool) -> str:
    if not taken_out:
        return "capacity, no cash: the run did not take the places out"
    return "forecast" if named else "capacity, no cash"


def _stated(line: Line, number: Uncertain[Any], source: str) -> Line:
    """Return the line with the source of its number (its own before its item's) and how good that is."""
    known = number.source or source
    return replace(line, source=known, evidence="source named" if known else "no source named")
