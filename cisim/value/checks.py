"""What must be true of every ledger, counted again from its rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cisim.value.lines import CASH, DISPOSITIONS, UNMONETISED

__all__ = ["LedgerCheck", "checks"]

_PENNY = 0.005


class LedgerCheck(NamedTuple):
    """One check: what was counted, what it should be, and whether it is."""

    check: str
    where: str
    got: float
    want: float
    passed: bool
    text: str


def checks(ledger: pd.DataFrame) -> list[LedgerCheck]:
    """Return the checks of a ledger; `got` is the largest departure in any draw, year, pool or transfer.

    - transfers: what one owner is paid another pays, in every draw and year;
    - disposition: release = closed + reinvested + absorbed + idle change, in every draw, pool and year, so
      that no bed-day is counted twice;
    - no price: no bed-day and no hour has a price, so that capacity is worth what is done with it, once;
    - named: whatever is booked as cash from a closure names its budget line, holder and date.
    """
    if ledger.empty:
        return []
    return [_transfers(ledger), _disposition(ledger), _no_price(ledger), _named(ledger)]


def _check(name: str, got: float, limit: float, text: str) -> LedgerCheck:
    passed = bool(got <= limit)
    return LedgerCheck(name, "ledger", got, 0.0, passed, text if passed else f"{text}: off by {got:.6g}")


def _transfers(ledger: pd.DataFrame) -> LedgerCheck:
    paid = ledger[ledger["transfer"] != ""]
    sums = paid.groupby(["scenario", "transfer", "draw", "year"], observed=True)["amount"].sum()
    worst = float(sums.abs().max()) if len(sums) else 0.0
    return _check("transfers", worst, _PENNY, "transfers between owners sum to zero in every draw and year")


def _disposition(ledger: pd.DataFrame) -> LedgerCheck:
    rows = ledger[ledger["use"].isin(DISPOSITIONS) & (ledger["pool"] != "")]
    signed = rows["quantity"].to_numpy() * np.where(rows["use"] == "release", 1.0, -1.0)
    keys = [rows[c] for c in ("scenario", "pool", "draw", "year")]
    sums = pd.Series(signed, index=rows.index).groupby(keys, observed=True).sum()
    worst = float(sums.abs().max()) if len(sums) else 0.0
    size = float(rows["quantity"].abs().max()) if len(rows) else 0.0
    text = "release is closed, reinvested, absorbed or idle in every draw, pool and year"
    return _check("disposition", worst, 1e-9 * max(size, 1.0), text)


def _no_price(ledger: pd.DataFrame) -> LedgerCheck:
    rows = ledger["use"].isin(DISPOSITIONS)
    priced = rows & ((ledger["amount"] != 0) | ledger["unit_value"].notna() | (ledger["kind"] != UNMONETISED))
    return _check("no price", float(priced.sum()), 0.0, "no bed-day and no hour has a price")


def _named(ledger: pd.DataFrame) -> LedgerCheck:
    booked = ledger["use"].isin(("close", "stranded")) & (ledger["kind"] == CASH)
    unnamed = booked & (ledger["budget_line"] == "")
    return _check(
        "named", float(unnamed.sum()), 0.0, "cash from a closure names its budget line, holder and date"
    )
