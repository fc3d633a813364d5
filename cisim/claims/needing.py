"""What so much recurrent cash needs: whole steps closed, a shorter stay at the same patients, and a date.

Closing n steps of k beds leaves c - nk of c beds. Service is as it was if as many patients as before find all beds
full, which Erlang's loss formula B says: the mean number in bed must fall from a to the a' at which B(c - nk, a') is
B(c, a). At the same number of patients the mean stay falls in the same proportion, a'/a.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from cisim.claims.beds import chance_full, most_offered
from cisim.errors import ModelError, nearest
from cisim.spec import mean_number, offered_load, parse_figure, stays_begun
from cisim.units import DAY, DAYS_PER_YEAR, YEAR

if TYPE_CHECKING:
    from cisim.spec import Close, Model

__all__ = [
    "Closing",
    "Need",
    "Sum",
    "Ward",
    "Year",
    "closing_of",
    "needed",
    "parse_sum",
    "parse_year",
    "steps_supported",
    "ward_of",
]

_MOST_STEPS = 1_000
_TENTH = np.array([0.1])


@dataclass(frozen=True, slots=True)
class Year:
    """A year in which money must land: its first day, the first after it, and its name."""

    begins: date
    ends: date
    name: str


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum a year, in pounds; with the year in which the whole of it must land, where one is said."""

    pounds: float
    year: Year | None = None


@dataclass(frozen=True, slots=True)
class Ward:
    """A pool of beds as its model has it.

    Attributes
    ----------
    pool : str
    beds : int
    offered : float
        Mean number in bed, if there were always room.
    patients : float
        Who ask for a bed in a year.
    """

    pool: str
    beds: int
    offered: float
    patients: float

    @property
    def stay(self) -> float:
        """Mean stay, in days."""
        return self.offered * DAYS_PER_YEAR / self.patients

    @property
    def full(self) -> float:
        """Share of patients who find all beds full, by Erlang's loss formula."""
        return chance_full(self.beds, self.offered)

    @property
    def occupancy(self) -> float:
        """Share of the beds that are held."""
        return self.offered * (1 - self.full) / self.beds


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing one whole step takes out of budgets.

    Attributes
    ----------
    name : str
    step : int
        Beds in one step.
    saves, one_off : float
        Pounds: the full yearly cost of a step, and what closing it costs once.
    stranded : float
        Share of the yearly cost that stays.
    cautious : float
        Pounds a year that leave at the cautious tenth: `saves` at its lowest tenth, `stranded` at its highest.
    after : float
        Years from the decision to the beds being closed.
    named : bool
        Whether a budget line, its holder and a date are named.
    most : int or None
        The most steps that may close, where the value file says one.
    stay : int
        Beds that must stay, whatever closes.
    """

    name: str
    step: int
    saves: float
    stranded: float = 0.0
    one_off: float = 0.0
    cautious: float | None = None
    after: float = 0.0
    named: bool = False
    most: int | None = None
    stay: int = 1

    def most_steps(self, ward: Ward) -> int:
        """Return how many whole steps a ward could close at most, service aside."""
        fit = max(ward.beds - max(self.stay, 1), 0) // self.step
        return fit if self.most is None else min(fit, self.most)

    @property
    def cash(self) -> float:
        """Pounds a year that leave budgets with one step."""
        return self.saves * (1 - self.stranded)


@dataclass(frozen=True, slots=True)
class Need:
    """What must hold if so many steps are to close at equal service.

    Attributes
    ----------
    steps, beds : int
        Whole steps, and the beds in them.
    cash : float
        Pounds a year.
    offered, stay, occupancy : float
        What the ward may be asked for then, the mean stay in days that makes it so, and how full it then is.
    bed_days : float
        Bed-days a year that the same patients must need less.
    closed_by, decided_by : date or None
        The last days on which the whole sum still lands in the year; None where no year is said.
    lands : bool or None
        Whether that can be: the decision does not lie before the year. None where no year is said.
    """

    steps: int
    beds: int
    cash: float
    offered: float
    stay: float
    occupancy: float
    bed_days: float
    closed_by: date | None
    decided_by: date | None
    lands: bool | None


_YEAR = re.compile(r"(?P<year>(?:19|20|21)\d\d)(?:\s*[/-]\s*(?P<next>(?:\d\d)?\d\d))?")


def parse_year(text: str) -> Year:
    """Return a calendar year, ``2026``, or a financial one from 1 April, ``2026/27``.

    Raises
    ------
    ValueError
        With the words of what was wanted.

    >>> parse_year("2026/27").begins, parse_year("2026").ends
    (datetime.date(2026, 4, 1), datetime.date(2027, 1, 1))
    """
    want = f"got {text!r}, want a year: 2026, or 2026/27 for April to March"
    found = _YEAR.fullmatch(text.strip())
    if found is None:
        raise ValueError(want)
    year = int(found["year"])
    if found["next"] is None:
        return Year(date(year, 1, 1), date(year + 1, 1, 1), str(year))
    if int(found["next"]) % 100 != (year + 1) % 100:
        raise ValueError(want)
    return Year(date(year, 4, 1), date(year + 1, 4, 1), f"{year}/{(year + 1) % 100:02d}")


_SUM = re.compile(
    r"(?P<pounds>.+?)\s*(?:(?:recurrent(?:ly)?|recurring|(?:a|per|each|every)\s+year|p\.?a\.?)\s*)?"
    r"(?:(?:in|from|by|within)\s+(?P<year>\d.*))?",
    re.IGNORECASE,
)


def parse_sum(text: str) -> Sum:
    """Return a sum of money a year: ``1m recurrent``, ``£250k a year``, ``£1m in 2026/27``.

    Raises
    ------
    ModelError
        With the words of what was wanted.

    >>> parse_sum("1m recurrent").pounds, parse_sum("£250k a year in 2026/27").year.name
    (1000000.0, '2026/27')
    """
    found = _SUM.fullmatch(text.strip())
    want = f"got {text!r}, want a sum a year, such as '£1m recurrent', '£250k a year' or '£1m in 2026/27'"
    if found is None:
        raise ModelError("AMOUNT", want)
    pounds = found["pounds"]
    try:
        figure = parse_figure(pounds if "£" in pounds or "GBP" in pounds else f"£{pounds}", "£")
    except ValueError:
        raise ModelError("AMOUNT", want) from None
    if not 0 < figure.value < 1e12:
        raise ModelError("AMOUNT", want)
    try:
        return Sum(figure.value, parse_year(found["year"]) if found["year"] else None)
    except ValueError as error:
        raise ModelError("AMOUNT", str(error)) from None


def ward_of(model: Model, pool: str) -> Ward:
    """Return a pool of beds with what its model asks of it.

    Raises
    ------
    ModelError
        If there is no such pool, or it has no beds, no limit, or nobody who asks for one.
    """
    if pool not in model.pools:
        raise ModelError("pool", f"got {pool!r}, want a pool of the model{nearest(pool, model.pools)}")
    if model.pools[pool].kind != "beds":
        kind = model.pools[pool].kind
        raise ModelError("pool", f"'{pool}' is {kind}, want a pool of beds: for {kind}, ask by `cisim run`")
    number = mean_number(model.pools[pool])
    if number is None:
        raise ModelError(
            "pool", f"'{pool}' is unlimited, want a pool with a number of beds: nothing there can close"
        )
    offered = next(load.offered for load in offered_load(model) if load.pool == pool)
    patients = stays_begun(model).get(pool, 0.0) * YEAR
    if not (offered > 0 and patients > 0 and number >= 1):
        raise ModelError("pool", f"nobody asks '{pool}' for a bed first, want a pool that patients ask for")
    return Ward(pool, round(number), offered, patients)


def closing_of(option: Close) -> Closing:
    """Return what a value file says of closing one step, at its means, and at the cautious tenth."""
    saves, stranded = option.saves.distribution(), option.stranded.distribution()
    low, high = float(saves.ppf(_TENTH)[0]), float(stranded.ppf(1 - _TENTH)[0])
    return Closing(
        option.name,
        option.step,
        saves.mean(),
        stranded.mean(),
        option.one_off.distribution().mean() if option.one_off is not None else 0.0,
        low * (1 - high),
        (option.after or 0.0) / YEAR,
        bool(option.budget_line and option.holder and (option.date or option.dates)),
        option.at_most,
        option.minimum_safe if isinstance(option.minimum_safe, int) else 1,
    )


def needed(wanted: Sum, closing: Closing, ward: Ward, *, more: int = 0) -> Need:
    """Return what must hold for a sum to leave budgets by closing whole steps of a ward at equal service.

    Parameters
    ----------
    wanted : Sum
    closing : Closing
    ward : Ward
    more : int
        Steps beyond the fewest that make the sum: they let it land from a later date.

    Raises
    ------
    ModelError
        If the ward has not so many beds: then with what all its whole steps would give.

    >>> need = needed(Sum(1e6), Closing("a bay", 6, 890e3, 0.6), Ward("beds", 60, 54.0, 3000.0))
    >>> need.steps, need.beds, round(need.cash), round(need.stay, 2)
    (3, 18, 1068000, 4.4)
    """
    steps = _fewest(wanted.pounds, closing.cash) + more
    beds = steps * closing.step
    most = closing.most_steps(ward)
    if steps > most:
        text = (
            f"got £{wanted.pounds:,.0f} a year, which takes {steps:,} steps of {closing.step} beds, and of the "
            f"{ward.beds} beds of '{ward.pool}' {most} such steps may close; want at most £{most * closing.cash:,.0f}"
        )
        raise ModelError("AMOUNT", text)
    left = ward.beds - beds
    offered = min(most_offered(left, ward.full), ward.offered)
    served = 1 - ward.full
    closed_by, decided_by, lands = _dates(wanted, steps * closing.cash, closing.after)
    return Need(
        steps,
        beds,
        steps * closing.cash,
        offered,
        ward.stay * offered / ward.offered,
        offered * (1 - chance_full(left, offered)) / left,
        (ward.offered - offered) * served * DAYS_PER_YEAR,
        closed_by,
        decided_by,
        lands,
    )


def _fewest(pounds: float, cash: float) -> int:
    if not cash > 0:
        raise ModelError("saves", "got nothing that leaves budgets with a step, want less of it stranded")
    steps = ceil(pounds / cash - 1e-9)
    if steps > _MOST_STEPS:
        raise ModelError(
            "AMOUNT", f"got {steps:,} steps, want at most {_MOST_STEPS:,}: is the amount in pounds?"
        )
    return max(steps, 1)


def _dates(wanted: Sum, cash: float, after: float) -> tuple[date | None, date | None, bool | None]:
    """Return the last days of closing and of deciding with which the whole sum lands in the year, and if it can."""
    if wanted.year is None:
        return None, None, None
    year = wanted.year
    length = (year.ends - year.begins).days
    in_force = ceil(length * min(wanted.pounds / cash, 1.0) - 1e-9)
    closed = year.ends - timedelta(days=in_force)
    decided = closed - timedelta(days=ceil(after * YEAR / DAY - 1e-9))
    return closed, decided, decided >= year.begins


def steps_supported(closing: Closing, ward: Ward, offered: float) -> int:
    """Return how many steps could close at equal service if the ward were asked for `offered` beds instead.

    >>> ward = Ward("beds", 60, 54.0, 3000.0)
    >>> (
    ...     steps_supported(Closing("a bay", 6, 890e3), ward, 54.0),
    ...     steps_supported(Closing("a bay", 6, 890e3), ward, 40.0),
    ... )
    (0, 2)
    """
    steps, most = 0, closing.most_steps(ward)
    while steps < most and chance_full(ward.beds - (steps + 1) * closing.step, offered) <= ward.full * (
        1 + 1e-9
    ):
        steps += 1
    return steps
