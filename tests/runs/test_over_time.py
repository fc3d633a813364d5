"""A run whose effect comes and goes: what is simulated of it, and what the ledger makes of that."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cisim.errors import FileProblems, ModelError
from cisim.runs import run
from cisim.runs.tables import read_table
from cisim.value import Book, checks

EFFECT = """
effect:
  adoption: [50%, 100%]
  decay: {keeps: 50%, a_year: 30%}
  grid: {reach: [0%, 50%, 100%], years: [1, 2]}
absorbed:"""
GROWING = ("rate: 3 per day", "rate: 3 per day, growth: 20%")


def release(table, option):
    rows = table[(table.scenario == option) & (table.use == "release") & (table.pool == "ward")]
    return rows.pivot_table(index="draw", columns="year", values="quantity", observed=True).to_numpy()


@pytest.fixture
def growing(written):
    written.change(GROWING, of="model")
    written.change(("absorbed:", EFFECT), of="value")
    return written


def test_every_share_and_year_is_run_once_and_the_ledger_lies_between(growing):
    results = run(growing.path, growing.run)
    parts = sorted(p.name for p in (growing.run / "parts").iterdir() if "reach" in p.name)
    assert len(parts) == 5 * 4  # three shares by two years, but the whole effect in year 1; four replications
    table = results.ledger
    assert all(check.passed for check in checks(Book.of(table)))
    got = release(table, "keep it open")
    over_time = pd.concat(read_table(path) for path in (growing.run / "parts").glob("*/over_time.parquet"))
    mine = over_time[
        (over_time.option == "keep it open") & (over_time.use == "release") & (over_time.pool == "ward")
    ]
    # year 1: half the wards, fading from the first day on: 0.5 (0.5 + 0.5 (1 - exp(-0.3)) / 0.3)
    share = 0.5 * (0.5 + 0.5 * -np.expm1(-0.3) / 0.3)
    low = mine[(mine.reach == 0.0) & (mine.year == 1)].sort_values("replication").quantity.to_numpy()
    half = mine[(mine.reach == 0.5) & (mine.year == 1)].sort_values("replication").quantity.to_numpy()
    assert (low == 0).all()
    assert share < 0.5
    want = low + (half - low) * share / 0.5
    assert got[:4, 0] == pytest.approx(want)
    assert set(table[table.use == "release"].evidence.astype(str)) == {
        "simulated at 0%, 50%, 100% of the effect and the demand of years 1, 2, interpolated between"
    }


def test_what_stays_closed_is_closed_without_the_effect_too(growing):
    results = run(growing.path, growing.run)
    rows = results.ledger[(results.ledger.scenario == "two beds") & (results.ledger.use == "closed")]
    assert rows[rows.year == 2026].quantity.to_numpy() == pytest.approx(2 * 365.25)


def test_a_run_that_was_broken_off_gives_the_same(growing):
    whole = run(growing.path, growing.run)
    part = next(p for p in (growing.run / "parts").iterdir() if "reach0.5" in p.name)
    for file in part.iterdir():
        file.unlink()
    part.rmdir()
    again = run(growing.path, growing.run)
    pd.testing.assert_frame_equal(whole.ledger, again.ledger)


def test_a_change_for_everybody_cannot_be_half_there(growing):
    growing.change(("      - {unbatch", "      - {number: ward, by: -1}\n      - {unbatch"))
    with pytest.raises((ModelError, FileProblems), match=r"everybody or not at all.*reach: \[0%, 100%\]"):
        run(growing.path, growing.run)


SERVICE = """
service:
  measures:
    - {measure: turned_away, statistic: share, pathway: emergency, margin: 0.1%}
    - {measure: wait, statistic: mean, pathway: emergency, step: bed, margin: 1 min}
effect:"""


def test_service_is_judged_at_each_year_s_own_effect_and_demand(growing):
    growing.change(("    date: 2025-06-01", "    date: 2025-06-01\n    reopening: £50k"), of="value")
    growing.change(("effect:", SERVICE), of="value")
    results = run(growing.path, growing.run)
    later = pd.concat(read_table(p) for p in (growing.run / "parts").glob("*/service_over_time.parquet"))
    first = results.service.assign(reach=1.0, year=1)
    rows = pd.concat([later, first])
    rows = rows[rows.option == "two beds"]
    # adoption 50% then 100%, each fading from its own first day: the mean of g over its first and second year
    one, two = (0.5 * t + 0.5 * -np.expm1(-0.3 * t) / 0.3 for t in (1.0, 2.0))
    reach = 0.5 * one, 0.5 * (two - one) + 0.5 * one
    want = np.zeros((4, 2), bool)
    for (_, number, _, _), mine in rows.groupby(["year", "replication", "measure", "statistic"]):
        at = mine.sort_values("reach")
        year = at.year.iloc[0] - 1
        by = np.interp(reach[year], at.reach, at.worsening)
        want[number, year] |= by > at.margin.iloc[0]
    assert 0 < want.sum() < want.size, "the toy must have both"
    table = results.ledger[results.ledger.scenario == "two beds"]
    told = table[table.use == "not_kept"].pivot_table(index="draw", columns="year", values="quantity")
    got = told.to_numpy()
    assert (got == want[np.arange(20) % 4]).all()
    again = table[table.item == "two beds: reopening"].groupby("draw").amount.sum().to_numpy()
    assert (again == np.where(got.any(axis=1), -50_000.0, 0.0)).all(), (
        "opened again once, however long it fails"
    )
