"""The worth of an option: its headline figures under one perspective, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cisim.errors import ModelError
from cisim.value.book import Book, book_of
from cisim.value.outcomes import CARBON, DEATH
from cisim.value.returns import (
    Figure,
    Spread,
    by_draw,
    cash_by_draw,
    cash_by_year,
    payback,
    ratio_of_means,
    split_spread,
)

if TYPE_CHECKING:
    import pandas as pd

    from cisim.value.perspectives import Perspective

__all__ = ["Worth", "pounds", "worth"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Worth:
    """What one option is worth under one perspective.

    Attributes
    ----------
    option : str
    perspective : Perspective
    years : int
        The horizon.
    figures : dict of str to Figure
        npv, npv_high (where a QALY has two values), cash_benefit, cash_cost, service_benefit, direct_cost,
        indirect_cost, qalys, net_monetary_benefit (where health is priced), cash_return,
        service_return_direct, service_return_all, payback, probability_npv_positive, and probability_target
        where there is a target; carbon (tonnes) and deaths where outcomes hold them.
    spread : Spread
        Of the net present value.
    draws : DataFrame
        From `by_draw`.
    cash : DataFrame
        From `cash_by_year`.
    words : str
    """

    option: str
    perspective: Perspective
    years: int
    figures: dict[str, Figure]
    spread: Spread
    draws: pd.DataFrame
    cash: pd.DataFrame
    words: str


def worth(
    ledger: Book | pd.DataFrame,
    option: str,
    perspective: Perspective,
    *,
    level: float = 0.95,
    cash_target: float | None = None,
) -> Worth:
    """Return what `option` is worth under `perspective`.

    Parameters
    ----------
    ledger : Book or DataFrame
        From `ledger`.
    option : str
    perspective : Perspective
    level : float
        Share of the draws inside each interval, such as 0.95.
    cash_target : float, optional
        A savings target for the whole horizon (£); reached where undiscounted cash, costs taken off, is not
        below it.

    Raises
    ------
    ModelError
        Where the ledger has no such option, or the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ModelError("level", f"got {level:g}, want a share between 0 and 1")
    ledger = book_of(ledger)
    draws = by_draw(ledger, option, perspective)
    cash = cash_by_year(ledger, option, perspective)
    said = _Said(option, perspective, len(cash), level)
    figures = {
        **_amounts(draws, said),
        **_returns(draws, said),
        "payback": _payback(cash_by_draw(ledger, option, perspective), said),
        **_chances(draws, said),
    }
    if cash_target is not None:
        figures["probability_target"] = _target(ledger, option, perspective, cash_target, said)
    figures |= _counted(ledger, option, said)
    spread = split_spread(_column(draws, "npv"), draws["replication"].to_numpy())
    luck = spread.told[0].upper() + spread.told[1:] + "."
    said_first = f"{figures['npv'].words} {figures['probability_npv_positive'].words} {luck}"
    words = " ".join([said_first, *_unpriced(ledger, option)])
    return Worth(option, perspective, len(cash), figures, spread, draws, cash, words)


def _unpriced(ledger: Book, option: str) -> list[str]:
    """Return a sentence for each pathway whose extra or lost patients have no worth in the value file."""
    lines = [line for line in ledger.of_option(option) if line.unit == "patient"]
    priced = {line.item for line in lines if line.currency}
    who = {"absorbed": "who came because there was room", "lost": "who were not treated any more"}
    out = []
    for use, told in who.items():
        counted = [line for line in lines if line.use == use and not line.currency]
        for item in dict.fromkeys(line.item for line in counted if line.item not in priced):
            number = float(np.mean([np.mean(line.quantity) for line in counted if line.item == item]))
            out.append(f"Not priced, for want of a worth: {number:,.1f} patients a year of {item} {told}.")
    return out


def _counted(ledger: Book, option: str, said: _Said) -> dict[str, Figure]:
    """Return carbon (tonnes) and deaths over the horizon, where there are outcomes that hold them; undiscounted."""
    out: dict[str, Figure] = {}
    told = (
        ("carbon", CARBON, 1000.0, "tCO2e", "tonnes of carbon dioxide"),
        ("deaths", DEATH, 1.0, "death", "deaths"),
    )
    tail = (1 - said.level) / 2
    for name, unit, size, wanted, label in told:
        lines = [line for line in ledger.of_option(option) if line.use == "outcome" and line.unit == unit]
        if lines:
            totals = (
                sum((np.asarray(line.quantity).sum(axis=1) for line in lines), np.zeros(ledger.draws)) / size
            )
            mean, low, high = float(totals.mean()), *(float(v) for v in np.quantile(totals, [tail, 1 - tail]))
            span = f"{said.level:.0%} of draws: {low:+,.1f} to {high:+,.1f}"
            words = f"{said.option}: {mean:+,.1f} {label} over {said.years} years ({span}; not discounted)."
            out[name] = Figure(mean, low, high, said.level, wanted, len(totals), words)
    return out


@dataclass(frozen=True, slots=True)
class _Said:
    """What every sentence says beside its figure."""

    option: str
    perspective: Perspective
    years: int
    level: float

    @property
    def terms(self) -> str:
        p, span = self.perspective, f"{self.years} year" + "s" * (self.years != 1)
        health = f", health at {p.health.name}" if p.pounds_per_qaly else ""
        return f"{p.name} perspective, {span}, money discounted at {p.money.name}{health}"


def _column(draws: pd.DataFrame, name: str) -> Floats:
    return np.asarray(draws[name].to_numpy(), float)


def _mean(values: Floats, unit: str, label: str, said: _Said) -> Figure:
    tail = (1 - said.level) / 2
    low, high = (float(v) for v in np.quantile(values, [tail, 1 - tail]))
    mean = float(values.mean())
    text = [pounds(v) if unit == "£" else f"{v:,.1f} {unit}" for v in (mean, low, high)]
    span = f"{said.level:.0%} of draws: {text[1]} to {text[2]}"
    words = f"{said.option}: {label} is {text[0]} ({span}; {said.terms})."
    return Figure(mean, low, high, said.level, unit, len(values), words)


def _amounts(draws: pd.DataFrame, said: _Said) -> dict[str, Figure]:
    named = {
        "npv": "net present value",
        "cash_benefit": "cash that escapes",
        "cash_cost": "cash cost",
        "service_benefit": "all service benefit",
        "direct_cost": "direct cost",
        "indirect_cost": "indirect cost, in staff time,",
    }
    out = {name: _mean(_column(draws, name), "£", label, said) for name, label in named.items()}
    out["qalys"] = _mean(_column(draws, "qalys"), "QALY", "health gained", said)
    worth = said.perspective.pounds_per_qaly
    if worth:
        label = f"net monetary benefit at {pounds(worth[0])} a QALY"
        out["net_monetary_benefit"] = _mean(_column(draws, "npv"), "£", label, said)
        if worth[1] > worth[0]:
            label = f"net present value at {pounds(worth[1])} a QALY"
            out["npv_high"] = _mean(_column(draws, "npv_high"), "£", label, said)
    return out


def _returns(draws: pd.DataFrame, said: _Said) -> dict[str, Figure]:
    benefit, direct = _column(draws, "service_benefit"), _column(draws, "direct_cost")
    parts = {
        "cash_return": (_column(draws, "cash_benefit"), _column(draws, "cash_cost"), "cash", "of cash cost"),
        "service_return_direct": (benefit, direct, "service benefit", "of direct cost"),
        "service_return_all": (
            benefit,
            direct + _column(draws, "indirect_cost"),
            "service benefit",
            "of direct and indirect cost",
        ),
    }
    out = {}
    for name, (gain, cost, what, over) in parts.items():
        found = ratio_of_means(gain, cost, level=said.level)
        if np.isnan(found.value):
            words = f"{said.option}: there is no cost to set the {what} against ({said.terms})."
        else:
            amount = f"{'-' if found.value < 0 else ''}£{abs(found.value):,.2f}"
            words = f"{said.option}: {amount} of {what} for each £1 {over} ({said.terms})."
        out[name] = found._replace(words=words)
    return out


def _payback(cash: Floats, said: _Said) -> Figure:
    """Return the first year from which mean cash, summed, stays at or above zero.

    The interval and the share are those of the draws on which there is something to pay back.
    """
    mean = cash.mean(axis=0)
    if not (mean < 0).any():
        nan = float("nan")
        words = f"{said.option}: in cash there is nothing to pay back."
        return Figure(nan, nan, nan, said.level, "years", len(cash), words)
    value = float(payback(mean))
    owed = cash[(cash < 0).any(axis=1)]
    never = np.nan_to_num(payback(owed), nan=np.inf)
    tail = (1 - said.level) / 2
    ends = np.quantile(never, [tail, 1 - tail], method="inverted_cdf")
    low, high = (float(v) if np.isfinite(v) else float("nan") for v in ends)
    share = float(np.isfinite(never).mean())
    late = f"is not paid back within {said.years} years"
    when = late if np.isnan(value) else f"is paid back in year {value:.0f}"
    words = f"{said.option}: cash {when}; within the horizon it is on {share:.0%} of draws."
    return Figure(value, low, high, said.level, "years", len(owed), words)


def _chance(hit: NDArray[np.bool_], words: str, said: _Said) -> Figure:
    """Return a share of draws, with the Wilson interval of its counting error."""
    n, share = len(hit), float(hit.mean())
    z = float(special.ndtri(0.5 + said.level / 2))
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    told = f"{said.option}: {words} on {share:.0%} of draws."
    return Figure(
        share, float(max(0.0, centre - half)), float(min(1.0, centre + half)), said.level, "share", n, told
    )


def _chances(draws: pd.DataFrame, said: _Said) -> dict[str, Figure]:
    positive = _column(draws, "npv") > 0
    return {"probability_npv_positive": _chance(positive, "the net present value is above zero", said)}


def _target(
    ledger: Book | pd.DataFrame, option: str, perspective: Perspective, target: float, said: _Said
) -> Figure:
    total = cash_by_draw(ledger, option, perspective).sum(axis=1)
    return _chance(total >= target, f"cash over the horizon reaches {pounds(target)}", said)


def pounds(amount: float) -> str:
    """Return an amount as people read it.

    >>> pounds(-1234567.8), pounds(950)
    ('-£1,234,568', '£950')
    """
    whole = round(amount)
    return f"{'-' if whole < 0 else ''}£{abs(whole):,}"
