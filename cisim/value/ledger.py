"""The ledger: every option, draw and year in one tidy table, of which everything anyone reads is a view.

=========== =====================================================================================
use         rows
=========== =====================================================================================
programme   cost of making and keeping the change: direct is cash, indirect is staff time, not cash
running     cost of the new way of working, counted from the event logs (scenario less baseline)
release, closed, reinvested, absorbed, idle_change   bed-days and hours; never a price
reinvested, absorbed, lost   (unit patient) extra patients by whose doing they came, and patients lost
reinvest, absorb, lost       (GBP, QALY) what those patients cost, bring in and gain; lost is below 0
close       full cost of the steps taken out, from the day of the action on
stranded    what of that does not go away
one_off     cost of the action
=========== =====================================================================================

Money of kind ``cash-releasing`` is paid in cash: what is spent stands below 0. Draw d is made of draw d of
every uncertain number and of replication d modulo their number, so both kinds of chance are in the table and
can be told apart again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.errors import AuditError, ModelError, nearest
from cisim.spec import Close, Hold, Value
from cisim.value.book import Book, Line
from cisim.value.checks import checks
from cisim.value.disposition import Quantity
from cisim.value.draws import draw_numbers
from cisim.value.lines import Basis, Physical, lines, share_decided

if TYPE_CHECKING:
    from cisim.value.patients import Option

__all__ = ["ledger"]

Floats = NDArray[np.float64]
Replications = Sequence[Sequence[Quantity]]


def ledger(
    value: Value,
    quantities: Mapping[str, Replications],
    *,
    draws: int = 1000,
    seed: int = 1,
    project: str = "",
    open_queue: Replications | None = None,
) -> Book:
    """Return the ledger of every option in `quantities`.

    Parameters
    ----------
    value : Value
    quantities : mapping of option name to one list of Quantity per replication
        As `quantities` makes them, a year; the closures in them closed from the first day on.
    draws : int
        Draws of what is not known.
    seed : int
    project : str
        Name of the project, for tables that hold several.
    open_queue : one list of Quantity per replication, optional
        The scenario with nothing decided, in force until a closure's delay has passed. Left out, the first
        hold option without changes stands in; where there is none, the closure's own run counts from the
        first day, its harms too, and only its cash waits.

    Returns
    -------
    Book
        ``Book.table()`` spells it out: columns as in ``COLUMNS``; amount is quantity x unit value on priced
        rows and 0 on unmonetised ones; unit_value is missing where there is no price.

    Raises
    ------
    ModelError
        Where an option is not in the value file, has no replications, or not as many as the others.
    AuditError
        Where the table contradicts itself.
    """
    numbers = {path: drawn[:, None] for path, drawn in draw_numbers(value, draws, seed).items()}
    known = {o.name: o for o in value.options}
    if len(known) < len(value.options):
        raise ModelError("options", "got two options of one name, want each name once")
    waiting = open_queue if open_queue is not None else _held_open(value, quantities)
    found: list[Line] = []
    counts = {len(replications) for replications in quantities.values()}
    if len(counts) > 1:
        raise ModelError("quantities", f"got {sorted(counts)} replications, want as many for each option")
    for name, replications in quantities.items():
        if name not in known:
            raise ModelError("options", f"got {name!r}, want an option{nearest(name, known)}")
        basis = _basis(value, known[name], numbers, (replications, waiting), draws)
        found += [replace(line, option=name, project=project) for line in lines(basis)]
    spread = tuple(line.over(draws, value.years) for line in found)
    book = Book(spread, draws, value.first_year, value.years, np.arange(draws) % max(counts, default=1))
    failed = [c for c in checks(book) if not c.passed]
    if failed:
        raise AuditError("the ledger contradicts itself: " + "; ".join(c.text for c in failed))
    return book


def _held_open(value: Value, quantities: Mapping[str, Replications]) -> Replications | None:
    for option in value.options:
        if isinstance(option, Hold) and not option.changes and option.name in quantities:
            return quantities[option.name]
    return None


def _basis(
    value: Value,
    option: Option,
    numbers: dict[str, Floats],
    runs: tuple[Replications, Replications | None],
    draws: int,
) -> Basis:
    """Bring an option's quantities to (draws, years): the open queue until it is in force, then its own."""
    replications, waiting = runs
    if not replications:
        raise ModelError(f"options.{option.name}", "got no replications, want at least 1")
    decided = share_decided(option, value.first_year, value.years)[None, :]
    own, first = _columns(replications)
    before = _columns(waiting)[0] if waiting else own
    physical = {}
    for key, amount in own.items():
        spread, earlier = _by_draw(amount, draws), _by_draw(before.get(key, np.zeros(1)), draws)
        if not (spread == earlier).all():  # else the same in every year, and left so
            spread = spread * decided + earlier * (1.0 - decided)
        physical[key] = Physical(first[key].owner, first[key].unit, spread)
    taken_out = True
    if isinstance(option, Close):
        key = ("closed", option.pool, "")
        less = before.get(key, np.zeros(1)).mean() if waiting else 0.0
        taken_out = key in own and bool(own[key].mean() > less)
    return Basis(value, option, numbers, physical, taken_out)


def _columns(
    replications: Replications,
) -> tuple[dict[tuple[str, str, str], Floats], dict[tuple[str, str, str], Quantity]]:
    first = {(q.use, q.pool, q.pathway): q for q in replications[0]}
    found: dict[tuple[str, str, str], list[float]] = {key: [] for key in first}
    for rows in replications:
        if len(rows) != len(first):
            raise ModelError(
                "quantities", f"got {len(rows)} and {len(first)} rows, want the same in each replication"
            )
        for q in rows:
            found[(q.use, q.pool, q.pathway)].append(q.quantity)
    return {key: np.array(values) for key, values in found.items()}, first


def _by_draw(amount: Floats, draws: int) -> Floats:
    return amount[np.arange(draws) % len(amount)][:, None]
