"""Aggregates of a run's tables that people read: each a pure function of tables, none of them formatted.

Everything here rests on replications: means with Student's interval, and paired differences where two
scenarios share their luck.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.analysis.intervals import Estimate, interval, paired_difference
from cisim.units import DAY, HOUR, parse_duration, parse_share
from cisim.value import CASH, COST_USES, book_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from typing import Any

    import pandas as pd

    from cisim.spec import Fact
    from cisim.value import Book, Perspective

__all__ = [
    "Against",
    "Audited",
    "Compared",
    "Disposition",
    "against_facts",
    "audited",
    "compared",
    "costs",
    "dispositions",
    "not_cash",
    "patients_by_option",
]

Floats = NDArray[np.float64]
PARTS = ("closed", "redeployed", "reinvested", "absorbed", "idle_change")
PLACE = ["measure", "statistic", "pathway", "step", "pool", "unit"]


@dataclass(frozen=True, slots=True)
class Disposition:
    """What one pool released a year, and where it went under one option.

    Attributes
    ----------
    option, pool, owner, unit : str
    release : Estimate
    parts : dict of str to Estimate
        closed, redeployed, reinvested, absorbed and idle_change: their values add up to the release.
    """

    option: str
    pool: str
    owner: str
    unit: str
    release: Estimate
    parts: dict[str, Estimate]

    @property
    def gap(self) -> float:
        """Release less the sum of the parts: zero but for rounding."""
        return self.release.value - sum(part.value for part in self.parts.values())


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure in a base and another scenario, and their paired difference."""

    measure: str
    statistic: str
    pathway: str
    step: str
    pool: str
    unit: str
    scenario: str
    base: Estimate
    level: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True)
class Against:
    """A fact beside the model's own figure.

    Attributes
    ----------
    fact : Fact
    want : float
        The fact, in the measure's unit.
    got : Estimate or None
        None where the run has no such measure.
    within : bool
        Whether the estimate lies within the stated tolerance of the fact.
    """

    fact: Fact
    want: float
    got: Estimate | None
    within: bool


@dataclass(frozen=True, slots=True)
class Audited:
    """One check over all runs: how many there were, how many passed, and the widest gap."""

    check: str
    count: int
    passed: int
    worst: float
    where: str
    text: str


def dispositions(
    quantities: pd.DataFrame, level: float = 0.95, over_draws: pd.DataFrame | None = None
) -> list[Disposition]:
    """Return, for each option and pool, the release a year and its parts, as means over replications.

    Parameters
    ----------
    quantities : DataFrame
        Columns option, replication, use, pool, owner, quantity, unit.
    level : float
    over_draws : DataFrame, optional
        What a run says of the same over draws of what is not known: where it has any, it stands instead, and its ends
        hold 95% of draws and replications.
    """
    uses = ["release", *PARTS]
    if over_draws is not None and len(over_draws):
        return _dispositions_over_draws(over_draws)
    rows = quantities[quantities["use"].isin(uses) & (quantities["pool"] != "")]
    out = []
    for key, group in rows.groupby(["option", "pool", "owner", "unit"], sort=False):
        option, pool, owner, unit = (str(k) for k in key)
        wide = group.pivot_table(index="replication", columns="use", values="quantity", aggfunc="sum")
        wide = wide.reindex(columns=uses, fill_value=0.0).fillna(0.0)
        found = {use: interval(wide[use].to_numpy(), level, unit) for use in uses}
        out.append(Disposition(option, pool, owner, unit, found.pop("release"), found))
    return out


def _dispositions_over_draws(found: pd.DataFrame) -> list[Disposition]:
    out = []
    rows = found[found["pool"] != ""]
    for key, group in rows.groupby(["option", "pool", "owner", "unit"], sort=False):
        option, pool, owner, unit = (str(k) for k in key)
        told = {str(row["use"]): _drawn_estimate(row, unit) for row in group.to_dict("records")}
        none = Estimate(0.0, 0.0, 0.0, 0.95, 0, unit)
        parts = {use: told.get(use, none) for use in PARTS}
        out.append(Disposition(option, pool, owner, unit, told.get("release", none), parts))
    return out


def _drawn_estimate(row: Mapping[Hashable, Any], unit: str) -> Estimate:
    n = int(row["draws"]) * int(row["replications"])
    return Estimate(float(row["mean"]), float(row["low"]), float(row["high"]), 0.95, n, unit)


def patients_by_option(
    quantities: pd.DataFrame, level: float = 0.95, over_draws: pd.DataFrame | None = None
) -> dict[tuple[str, str, str], Estimate]:
    """Return (option, pathway, reinvested|absorbed|lost) -> extra patients a year; over draws where a run has them."""
    if over_draws is not None and len(over_draws):
        return {
            (str(row["option"]), str(row["pathway"]), str(row["use"]).removeprefix("patients_")): (
                _drawn_estimate(row, "patients")
            )
            for row in over_draws.to_dict("records")
            if str(row["use"]).startswith("patients_")
        }
    rows = quantities[quantities["use"].str.startswith("patients_")]
    return {
        (str(o), str(p), str(u).removeprefix("patients_")): interval(
            g["quantity"].to_numpy(), level, "patients"
        )
        for (o, p, u), g in rows.groupby(["option", "pathway", "use"], sort=False)
    }


def compared(
    measures: pd.DataFrame,
    wanted: Sequence[tuple[str, str]],
    *,
    case: str,
    base: str = "baseline",
    level: float = 0.95,
) -> list[Compared]:
    """Return the wanted (measure, statistic) pairs of the whole window, in every scenario beside the base.

    Replications in which nobody was counted, in one or the other, are left out of that comparison.
    """
    rows = measures[(measures["case"] == case) & (measures["week"] == -1)]
    order = {pair: i for i, pair in enumerate(wanted)}
    rows = rows[[pair in order for pair in zip(rows["measure"], rows["statistic"], strict=True)]]
    out = []
    for key, group in rows.groupby(PLACE, sort=False):
        wide = group.pivot_table(index="replication", columns="scenario", values="value", sort=False)
        if base not in wide.columns:
            continue
        names = list(dict.fromkeys(group["scenario"]))
        for scenario in (n for n in names if n in wide.columns and n != base):
            both = wide[[base, scenario]].dropna()
            if both.empty:
                continue
            first, second = both[base].to_numpy(), both[scenario].to_numpy()
            place = [str(k) for k in key]
            out.append(
                Compared(
                    place[0], place[1], place[2], place[3], place[4], place[5], scenario,
                    interval(first, level), interval(second, level), paired_difference(first, second, level),
                )
            )  # fmt: skip
    return sorted(out, key=lambda c: order[(c.measure, c.statistic)])


def _in_unit(value: str | float, unit: str) -> float:
    """Return a fact's value in a measure's unit.

    >>> _in_unit("12 h", "d"), _in_unit("24%", "share"), _in_unit(20, "places")
    (0.5, 0.24, 20.0)
    """
    if isinstance(value, str) and unit in ("d", "h"):
        return parse_duration(value) / (DAY if unit == "d" else HOUR)
    return parse_share(value)


def against_facts(
    measures: pd.DataFrame, facts: Sequence[Fact], *, main_case: str, level: float = 0.95
) -> list[Against]:
    """Return each fact beside the mean of the model's own figure over the replications."""
    window = measures[measures["week"] == -1]
    out = []
    for fact in facts:
        case = main_case if fact.case is None else fact.case
        rows = window[
            (window["measure"] == fact.measure)
            & (window["statistic"] == fact.statistic)
            & (window["scenario"] == fact.scenario)
            & (window["case"] == case)
            & (window["step"] == (fact.step or ""))
            & (window["pool"] == (fact.pool or ""))
            & ((window["pathway"] == fact.pathway) if fact.pathway else True)
        ]
        values = rows.groupby("replication")["value"].mean().dropna()
        unit = str(rows["unit"].iloc[0]) if len(rows) else ("d" if fact.measure == "length_of_stay" else "")
        try:
            want = _in_unit(fact.value, unit)
        except ValueError:
            want = math.nan
        got = interval(values.to_numpy(), level, unit) if len(values) else None
        within = got is not None and abs(got.value - want) <= fact.tolerance * abs(want) + 1e-12
        out.append(Against(fact, want, got, within))
    return out


def audited(audit: pd.DataFrame) -> list[Audited]:
    """Return each check with how often it was made and passed, and the widest gap between got and want."""
    out = []
    for check, group in audit.groupby("check", sort=False):
        gap = (group["got"] - group["want"]).abs()
        # A failed check is worse than any passed one, however wide the gap.
        worst = group.iloc[int(gap.where(group["passed"], gap + 1e300).fillna(0.0).to_numpy().argmax())]
        out.append(
            Audited(
                str(check), len(group), int(group["passed"].sum()), float(abs(worst["got"] - worst["want"])),
                str(worst["where"]), str(worst["text"]),
            )
        )  # fmt: skip
    return out


def not_cash(draws: pd.DataFrame) -> Floats:
    """Return, by draw, worth in money that is neither cash nor health: income less cost of extra patients."""
    health = draws["npv"] - draws["money"]
    return np.asarray(draws["service_benefit"] - draws["cash_benefit"] - health, float)


def costs(
    ledger: Book | pd.DataFrame, option: str, perspective: Perspective
) -> dict[tuple[str, bool], Floats]:
    """Return (use, paid in cash?) -> present value of the cost by draw, shape (draws,).

    Uses are programme, running, one_off and optimism; costs are above zero. Staff time is told whether or not the
    perspective counts it.
    """
    book = book_of(ledger)
    factor = perspective.money.factor(np.arange(book.years))
    owners = perspective.owners
    mine = [line for line in book.of_option(option) if owners is None or line.owner in owners]

    def paid(use: str, *, cash: bool) -> Floats:
        those = (x for x in mine if x.use == use and x.currency == "GBP" and (x.kind == CASH) == cash)
        return 0.0 - book.total(those, factor)

    return {(use, cash): paid(use, cash=cash) for use in COST_USES for cash in (True, False)}
