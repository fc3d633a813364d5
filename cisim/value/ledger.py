"""The ledger: every option, draw and year in one tidy table, of which everything anyone reads is a view.

=========== =====================================================================================
use         rows
=========== =====================================================================================
programme   cost of making and keeping the change: direct is cash, indirect is staff time, not cash
sunk        what is spent already, whatever is decided: listed, and in no sum
running     cost of the new way of working, counted from the event logs (scenario less baseline)
optimism    what such costs turn out above plan, beside each of them; a cost too
release, closed, redeployed, reinvested, absorbed, idle_change   bed-days and hours; never a price
reinvested, absorbed, lost   (unit patient) extra patients by whose doing they came, and patients lost
not_kept    (unit year) years in which service is not kept: a measure beyond its margin, at that year's effect
redeployed  (unit patient) patients whom another service can treat with what was moved to it
reinvest, absorb, lost       (GBP, QALY) what those patients cost, bring in and gain; lost is below 0
close       full cost of the steps taken out, from the day of the action on
stranded    what of that does not go away
redeploy    what the service to which steps were moved saves, or its patients cost, bring in and gain
avoid       a cost that now will not come: worth having, no cash
one_off     cost of the action
outcome     health, people and planet: what was counted (below 0: less of it), deaths, and what that is worth
            in money and QALYs; carbon in kilograms, with the pounds a kilogram of its year
=========== =====================================================================================

Money of kind ``cash-releasing`` is paid in cash: what is spent stands below 0. Draw d is made of draw d of
every uncertain number and of replication d modulo their number, so both kinds of chance are in the table and
can be told apart again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.errors import AuditError, ModelError, nearest
from cisim.spec import Close, Hold, Redeploy, SpendInstead, Value, uncertain_numbers
from cisim.value.basis import Basis, Physical
from cisim.value.between import between
from cisim.value.book import Book, Line
from cisim.value.checks import checks
from cisim.value.counts import Counts, Key, Replications, counts_of, key_of
from cisim.value.decisions import share_decided
from cisim.value.disposition import OPEN
from cisim.value.draws import draw_numbers
from cisim.value.effect import reached
from cisim.value.lines import lines

if TYPE_CHECKING:
    from cisim.value.disposition import Quantity
    from cisim.value.patients import Option

__all__ = ["ledger"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Columns = Mapping[Key, Floats]
Table = Replications | Counts
Points = Mapping[tuple[float, int], Mapping[str, Table]]


def ledger(
    value: Value,
    quantities: Mapping[str, Table],
    *,
    draws: int = 1000,
    seed: int = 1,
    project: str = "",
    open_queue: Table | None = None,
    points: Points | None = None,
    numbers: Mapping[str, Floats] | None = None,
) -> Book:
    """Return the ledger of every option in `quantities`.

    Parameters
    ----------
    value : Value
    quantities : mapping of option name to one list of Quantity per replication, or to Counts
        As `quantities` makes them, a year; the closures in them closed from the first day on.
    draws : int
        Draws of what is not known.
    seed : int
    project : str
        Name of the project, for tables that hold several.
    open_queue : one list of Quantity per replication, or Counts, optional
        The scenario with nothing decided, in force until a closure's delay has passed. Left out, the first
        hold option without changes stands in; where there is none, the closure's own run counts from the
        first day, its harms too, and only its cash waits.
    points : mapping of (share, year) to quantities by option name, optional
        Runs with less than the full effect, and with the demand of later years (the first is 1): wanted
        where the value file has an `effect`; `quantities` are the full effect in year 1. The scenario with
        nothing decided stands there under ``OPEN``. Between points quantities are interpolated, and marked so.
    numbers : mapping of path to ndarray of float, shape (draws,), optional
        Draws of every number of the value file, in place of those that `draw_numbers` makes of the seed.

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
    drawn = draw_numbers(value, draws, seed) if numbers is None else numbers
    if missing := [path for path in uncertain_numbers(value) if path not in drawn]:
        raise ModelError("numbers", f"missing {missing[0]!r}, want draws of every number of the value file")
    columns = {path: np.broadcast_to(column, (draws,))[:, None] for path, column in drawn.items()}
    known = {o.name: o for o in value.options}
    if len(known) < len(value.options):
        raise ModelError("options", "got two options of one name, want each name once")
    counts = {len(replications) for replications in quantities.values()}
    if len(counts) > 1:
        raise ModelError("quantities", f"got {sorted(counts)} replications, want as many for each option")
    replication = np.arange(draws) % max([1, *counts])
    waiting = open_queue if open_queue is not None else _held_open(value, quantities)
    whole = {name: counts_of(one) for name, one in quantities.items()}
    whole |= {OPEN: counts_of(waiting)} if waiting is not None and len(waiting) else {}
    course = _course(value, whole, points, columns, replication)
    found: list[Line] = []
    for name in quantities:
        if name not in known:
            raise ModelError("options", f"got {name!r}, want an option{nearest(name, known)}")
        made = lines(_basis(value, known[name], columns, course))
        found += [replace(line, option=name, project=project, evidence=course.told(line)) for line in made]
    spread = tuple(line.over(draws, value.years) for line in found)
    book = Book(spread, draws, value.first_year, value.years, replication)
    failed = [c for c in checks(book) if not c.passed]
    if failed:
        raise AuditError("the ledger contradicts itself: " + "; ".join(c.text for c in failed))
    return book


def _held_open(value: Value, quantities: Mapping[str, Table]) -> Table | None:
    for option in value.options:
        if isinstance(option, Hold) and not option.changes and option.name in quantities:
            return quantities[option.name]
    return None


@dataclass(frozen=True, slots=True)
class _Course:
    """How quantities go over draws and years.

    Attributes
    ----------
    runs : mapping of option name to mapping of (share, year) to columns
        The scenario with nothing decided stands under ``OPEN``, where it is known.
    first : mapping of option name to mapping of key to Quantity
        Whose each quantity is, and its unit.
    reach : ndarray of float, shape (draws, years), or None
        Share of the full effect; None where every year has all of it, and the first year's demand.
    replication : ndarray of int, shape (draws,)
    evidence : str
        What stands in the ledger in place of 'simulated'.
    instead : frozenset of str
        Options of which the scenario is no part, so that what comes before them is the baseline.
    """

    runs: Mapping[str, Mapping[tuple[float, int], Columns]]
    first: Mapping[str, Mapping[Key, Quantity]]
    reach: Floats | None
    replication: Ints
    evidence: str = "simulated"
    instead: frozenset[str] = frozenset()

    def over(self, option: str, key: Key, decided: Floats) -> Floats:
        """Return a quantity of an option over the years: the open queue's until it is in force, then its own.

        Parameters
        ----------
        option : str
        key : Key
        decided : ndarray of float, shape (1, years)
            Share of each year in which the option is in force.

        Returns
        -------
        ndarray of float, shape (draws, years), or (draws, 1) where every year is alike
        """
        own = self._before_decided(option, key)
        if option in self.instead:
            earlier = np.zeros_like(own)  # nothing differs from the baseline before it is there
        else:
            earlier = self._before_decided(OPEN, key) if OPEN in self.runs else own
        mixed = own if (own == earlier).all() else own * decided + earlier * (1.0 - decided)
        # without an effect over time the draws of one replication are alike, and are only now told apart
        if self.reach is not None:
            return mixed
        return mixed[:1] if (mixed == mixed[:1]).all() else np.take(mixed, self.replication, axis=0)

    def _before_decided(self, option: str, key: Key) -> Floats:
        """Return a quantity of a run: by replication where every year is alike, else by draw and year."""
        # what is known of the whole effect alone, such as whether service fails, is taken to be so everywhere
        whole = self.runs[option][FULL].get(key, np.zeros(1))
        found = {point: columns.get(key, whole) for point, columns in self.runs[option].items()}
        many = int(self.replication.max()) + 1
        wide = {point: amount[np.arange(many) % len(amount)] for point, amount in found.items()}
        return wide[FULL][:, None] if self.reach is None else between(wide, self.reach, self.replication)

    def told(self, line: Line) -> str:
        """Return how good a line's evidence is."""
        return line.evidence.replace("simulated", self.evidence, 1)


FULL = (1.0, 1)


def _course(
    value: Value,
    whole: Mapping[str, Counts],
    points: Points | None,
    numbers: dict[str, Floats],
    replication: Ints,
) -> _Course:
    for name, counts in whole.items():
        if not len(counts):
            raise ModelError(f"options.{name}", "got no replications, want at least 1")
    first = {name: {key_of(q): q for q in one.rows} for name, one in whole.items()}
    apart = frozenset(option.name for option in value.options if isinstance(option, SpendInstead))
    if value.effect is None or not value.effect.over_time:
        if points:
            raise ModelError("points", "got runs of a part of the effect, want an 'effect' in the value file")
        once = {name: {FULL: one.columns()} for name, one in whole.items()}
        return _Course(once, first, None, replication, instead=apart)
    every: dict[tuple[float, int], Mapping[str, Table]] = {FULL: whole, **(points or {})}
    if not any(share == 0 for share, _ in every):
        raise ModelError("points", "got no runs with nothing of the effect, want those at reach 0% too")
    runs: dict[str, dict[tuple[float, int], Columns]] = {name: {} for name in whole}
    for (share, year), options in every.items():
        for name in whole:
            if name not in options:
                raise ModelError("points", f"got no run of {name!r} at {share:.0%} in year {year}")
            runs[name][share, year] = counts_of(options[name]).columns()
    reach = reached(value.effect, numbers, value.years)
    shape = (len(replication), value.years)
    shares = ", ".join(f"{share:.0%}" for share in sorted({share for share, _ in every}))
    years = sorted({year for _, year in every})
    of = f" and the demand of years {', '.join(map(str, years))}" if len(years) > 1 else ""
    evidence = f"simulated at {shares} of the effect{of}, interpolated between"
    return _Course(runs, first, np.broadcast_to(reach, shape), replication, evidence, apart)


def _basis(value: Value, option: Option, numbers: dict[str, Floats], course: _Course) -> Basis:
    """Bring an option's quantities to (draws, years): the open queue until it is in force, then its own."""
    decided = share_decided(option, value.first_year, value.years)[None, :]
    physical = {
        key: Physical(q.owner, q.unit, course.over(option.name, key, decided))
        for key, q in course.first[option.name].items()
    }
    taken_out = True
    if isinstance(option, (Close, Redeploy)):
        key = ("closed" if isinstance(option, Close) else "redeployed", option.pool, "")
        own, before = (course.runs[name][FULL] if name in course.runs else {} for name in (option.name, OPEN))
        less = before.get(key, np.zeros(1)).mean()
        taken_out = key in own and bool(own[key].mean() > less)
    return Basis(value, option, numbers, physical, taken_out)
