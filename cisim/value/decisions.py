"""What is decided with whole steps of capacity, and with costs still to come: close, redeploy, avoid.

The full cost of a step and, apart, what of it does not go away: their sum is what escapes. It is cash only where a
budget line, its holder and a dated action are named, and where the run really took the places out; otherwise it
stands in the ledger as capacity, no cash.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.errors import ModelError
from cisim.spec import Avoid, Close, Redeploy, SpendInstead
from cisim.units import YEAR
from cisim.value.basis import Physical, stated
from cisim.value.book import CASH, NON_CASH, UNMONETISED, Line
from cisim.value.treated import Group, worth_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cisim.spec import Option
    from cisim.value.basis import Basis

__all__ = ["avoidance", "begins", "closure", "redeployment", "replacement", "share_decided"]

Floats = NDArray[np.float64]
NO_CASH = "capacity, no cash"


def share_decided(option: Option, first_year: int, years: int) -> Floats:
    """Return for each year the share of it for which the option is in force, shape (years,).

    A step taken out is in force once its delay has passed, from its date on where no delay is given; of several
    steps with their own dates, the share is the mean. A cost is avoided from the day on which it would have begun.
    The other options are in force from the first day on, 1 January of the first year.

    >>> from cisim.spec import Close
    >>> bay = {"close": "a bay", "pool": "ward", "step": 6, "saves": "£1", "stranded": 0}
    >>> share_decided(Close(**bay, after="1.5 yr"), 2025, 3).tolist()
    [0.0, 0.5, 1.0]
    >>> two = Close(**bay, steps=2, dates=["2025-01-01", "2027-01-01"])
    >>> share_decided(two, 2025, 3).tolist()
    [0.5, 0.5, 1.0]
    """
    delays = np.array(_delays(option, first_year))
    return np.asarray(np.mean(1.0 - np.clip(delays[:, None] - np.arange(years), 0.0, 1.0), axis=0))


def begins(option: Option, first_year: int) -> int:
    """Return the year, 0 the first, in which the last step of an option is taken."""
    return int(max(_delays(option, first_year)))


def _delays(option: Option, first_year: int) -> list[float]:
    """Return the years from 1 January of the first year until each step is taken, or the cost would have begun."""
    if isinstance(option, Avoid):
        return [_years_until(option.begins, first_year)]
    if isinstance(option, Close) and option.dates:
        return [_years_until(day, first_year) for day in option.dates]
    if isinstance(option, (Close, Redeploy, SpendInstead)):
        if option.after is not None:
            return [option.after / YEAR]
        if not isinstance(option, SpendInstead) and option.date is not None:
            return [_years_until(option.date, first_year)]
    return [0.0]


def _years_until(day: date, first_year: int) -> float:
    begins = date(day.year, 1, 1)
    length = (date(day.year + 1, 1, 1) - begins).days
    return max(0.0, day.year - first_year + (day - begins).days / length)


def closure(basis: Basis, option: Close, not_kept: Floats) -> Iterator[Line]:
    """Yield the full cost of the steps taken out, what of it stays, the action, and reopening where service fails.

    `not_kept` is 1 where service is not kept, shape (draws or 1, years).
    """
    path = f"options.{option.name}"
    if option.steps == "most":
        raise ModelError(f"{path}.steps", "got 'most', want the number that was committed to")
    if not option.steps:
        return  # nothing can close: nothing is saved, and nothing is paid for
    saves, stranded = basis.numbers[f"{path}.saves"], basis.numbers[f"{path}.stranded"]
    line = _steps_line(basis, option, "close", option.steps, basis.owner_of(option.pool))
    yield _known(basis, option, stated(replace(line, unit_value=saves), option.saves, option.source))
    stays = replace(line, use="stranded", unit_value=-saves * stranded)
    yield _known(basis, option, stated(stays, option.stranded, option.source))
    yield from _one_off(basis, option)
    yield from _reopening(basis, option, option.steps * not_kept)


def _reopening(basis: Basis, option: Close, steps: Floats) -> Iterator[Line]:
    """Yield the cost of opening the steps again, once, in the first year of a draw in which service is not kept.

    The cash of closing stays booked.
    """
    if option.reopening is None or not steps.any():
        return
    again = np.where(np.cumsum(steps > 0, axis=1) == 1, steps, 0.0)
    line = Line(
        "one_off", basis.owner_of(option.pool), again, "step opened again",
        -basis.numbers[f"options.{option.name}.reopening"], f"{option.name}: reopening", option.pool,
        category="cost reduction", kind=CASH, currency="GBP", recurrent=False,
    )  # fmt: skip
    yield stated(line, option.reopening, option.source)


def redeployment(basis: Basis, option: Redeploy) -> Iterator[Line]:
    """Yield what the steps do for the service that they are moved to: counted where it lands, and once."""
    path = f"options.{option.name}"
    line = _steps_line(basis, option, "redeploy", option.steps, option.owner)
    if option.saves_there is not None:
        gain = replace(line, unit_value=basis.numbers[f"{path}.saves_there"])
        yield _known(basis, option, stated(gain, option.saves_there, option.source))
    relief = option.relief
    if relief is not None and basis.taken_out:
        number = np.asarray(line.quantity) * basis.numbers[f"{path}.relief.patients"]
        there = Physical(option.owner, "patient", number)
        counted = Line(
            "redeployed",
            "patients",
            number,
            "patient",
            item=relief.pathway,
            category="outcomes and experience",
        )
        known = stated(counted, relief.patients, option.source)
        yield replace(known, evidence=f"{known.evidence}; {_STATED}")
        yield from worth_of(
            basis,
            Group("redeploy", relief.pathway, f"{path}.relief.each", relief.each, there, f"; {_STATED}"),
        )
    yield from _one_off(basis, option)


_STATED = "stated, in no run"


def replacement(basis: Basis, option: SpendInstead) -> Iterator[Line]:
    """Yield what it costs to spend the money on something else, from the day on which that is there."""
    path = f"options.{option.name}"
    share = share_decided(option, basis.value.first_year, basis.value.years)[None, :]
    line = Line(
        "programme", option.owner, 1.0, "action", item=option.name,
        category="cost reduction" if option.cash else "productivity and efficiency",
        kind=CASH if option.cash else NON_CASH, currency="GBP",
    )  # fmt: skip
    year = int(_delays(option, basis.value.first_year)[0])
    if option.once is not None and year < basis.value.years:
        once = replace(line, unit_value=-basis.numbers[f"{path}.once"], recurrent=False, year=year)
        yield stated(once, option.once, option.source)
    if option.each_year is not None:
        cost = -basis.numbers[f"{path}.each_year"]
        yield stated(
            replace(line, quantity=share, unit="year", unit_value=cost), option.each_year, option.source
        )


def avoidance(basis: Basis, option: Avoid) -> Iterator[Line]:
    """Yield a cost that now will not come: worth having, and no cash, since no budget falls."""
    share = share_decided(option, basis.value.first_year, basis.value.years)[None, :]
    cost = basis.numbers[f"options.{option.name}.cost"]
    line = Line(
        "avoid", option.owner, share, "year", cost, option.name,
        category="cost avoidance", kind=NON_CASH, currency="GBP",
    )  # fmt: skip
    yield stated(line, option.cost, option.source)


def _steps_line(basis: Basis, option: Close | Redeploy, use: str, steps: int, owner: str) -> Line:
    cash = option.named and basis.taken_out
    share = share_decided(option, basis.value.first_year, basis.value.years)[None, :]
    when = option.date or ", ".join(str(day) for day in getattr(option, "dates", ()))
    return Line(
        use,
        owner,
        steps * share,
        "step",
        item=option.name,
        pool=option.pool,
        category="cost reduction",
        kind=CASH if cash else UNMONETISED,
        currency="GBP" if cash else "",
        budget_line=f"{option.budget_line}, held by {option.holder}, from {when}" if option.named else "",
    )


def _known(basis: Basis, option: Close | Redeploy, line: Line) -> Line:
    """Return a line of steps with the reason why it is no cash, and with what was only stated."""
    told = [line.evidence]
    if not basis.taken_out:
        told.insert(0, f"{NO_CASH}: the run did not take the places out")
    elif not option.named:
        told.insert(0, f"{NO_CASH}: no budget line, holder and date are all named")
    if isinstance(option.minimum_safe, str):
        told.append(f"safe staffing stated, in no run: {option.minimum_safe}")
    return replace(line, evidence="; ".join(told))


def _one_off(basis: Basis, option: Close | Redeploy) -> Iterator[Line]:
    """Yield the cost of the action in the year of each step; what falls after the last year is not counted."""
    if option.one_off is None:
        return
    acted = [int(delay) for delay in _delays(option, basis.value.first_year)]
    for year in sorted({year for year in acted if year < basis.value.years}):
        line = Line(
            "one_off",
            basis.owner_of(option.pool),
            acted.count(year) / len(acted),
            "action",
            -basis.numbers[f"options.{option.name}.one_off"],
            item=option.name,
            pool=option.pool,
            category="cost reduction",
            kind=CASH,
            currency="GBP",
            recurrent=False,
            year=year,
        )
        yield stated(line, option.one_off, option.source)
