"""Steps that close one by one, steps that are moved to another service, and costs that do not come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cisim.spec.value import Redeploy, Value
from cisim.value import Book, Quantity, ledger, perspective, pool_times, worth
from cisim.value.disposition import PoolTime

MakeValue = Callable[..., Value]
MakeQuantities = Callable[..., list[Quantity]]
DAYS = 365.25
BAYS: dict[str, Any] = {
    "close": "bays",
    "pool": "ward",
    "step": 6,
    "steps": 2,
    "saves": "£300,000",
    "stranded": "25%",
    "one_off": "£40,000",
    "budget_line": "ward 7 nursing",
    "holder": "head of nursing",
    "dates": ["2025-07-02", "2027-01-01"],
}
MOVED: dict[str, Any] = {
    "redeploy": "to the community",
    "pool": "ward",
    "step": 2,
    "steps": 3,
    "to": "community nursing",
    "owner": "community provider",
    "saves_there": "£50,000",
    "budget_line": "agency",
    "holder": "head of community",
    "date": "2026-01-01",
}
RELIEF = {
    "pathway": "visits",
    "patients": 100,
    "each": {"marginal_cost": "£40", "income": "£60", "qalys": 0.01},
}


def amounts(book: Book, use: str, **those: str) -> list[float]:
    lines = [x for x in book.lines if x.use == use and all(getattr(x, k) == v for k, v in those.items())]
    return book.by_year(lines)[0].tolist()


def quantity(book: Book, use: str) -> list[float]:
    return sum(np.asarray(x.quantity) for x in book.lines if x.use == use and x.pool)[0].tolist()


def test_steps_close_one_by_one_and_capacity_with_them(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    rows = make_quantities("bays", closed=12 * DAYS)
    book = ledger(make_value(BAYS), {"bays": [rows]}, draws=1, open_queue=[make_quantities("open queue")])
    half = 183 / 365
    assert amounts(book, "close") == pytest.approx([half * 300_000, 300_000, 600_000])
    assert amounts(book, "stranded") == pytest.approx([-half * 75_000, -75_000, -150_000])
    assert amounts(book, "one_off") == pytest.approx([-20_000, 0, -20_000])
    assert quantity(book, "closed") == pytest.approx([half * 6 * DAYS, 6 * DAYS, 12 * DAYS])
    [line] = [x for x in book.lines if x.use == "close"]
    assert line.budget_line.endswith("from 2025-07-02, 2027-01-01")
    closed = next(x for x in book.lines if x.use == "closed")
    assert closed.evidence == "simulated; between none and all of the steps interpolated"


def test_safe_staffing_in_words_is_told_beside_the_saving(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    bay = {k: v for k, v in BAYS.items() if k != "dates"}
    value = make_value({**bay, "date": "2025-01-01", "minimum_safe": "2 nurses a shift"})
    book = ledger(value, {"bays": [make_quantities("bays", closed=12 * DAYS)]}, draws=1)
    line = next(x for x in book.lines if x.use == "close")
    assert line.evidence.endswith("safe staffing stated, in no run: 2 nurses a shift")


def moved(make_quantities: MakeQuantities, number: float = 6 * DAYS) -> list[Quantity]:
    rows = make_quantities("to the community", closed=number)
    more = next(q for q in rows if q.use == "closed")
    rest = [q._replace(quantity=0.0) if q.use == "closed" else q for q in rows]
    return [*rest, more._replace(use="redeployed")]


def test_what_steps_save_counts_where_they_land(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    waiting = [[*make_quantities("open queue"), moved(make_quantities, 0.0)[-1]]]
    book = ledger(
        make_value(MOVED), {"to the community": [moved(make_quantities)]}, draws=1, open_queue=waiting
    )
    assert amounts(book, "redeploy") == [0, 150_000, 150_000]
    [line] = [x for x in book.lines if x.use == "redeploy"]
    assert (line.owner, line.kind, line.category) == (
        "community provider",
        "cash-releasing",
        "cost reduction",
    )
    assert quantity(book, "redeployed") == pytest.approx([0, 6 * DAYS, 6 * DAYS])
    assert quantity(book, "closed") == [0, 0, 0]
    here = worth(book, "to the community", perspective("provider"))
    there = worth(book, "to the community", perspective("provider", organisation="community provider"))
    assert here.figures["cash_benefit"].value == 0
    assert there.figures["cash_benefit"].value > 250_000


def test_without_a_budget_line_or_where_nothing_left_it_is_no_cash(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    unnamed = {k: v for k, v in MOVED.items() if k != "holder"}
    for option, number, why in (
        (unnamed, 6 * DAYS, "capacity, no cash: no budget line"),
        (MOVED, 0.0, "capacity, no cash: the run did not take the places out"),
    ):
        found = {"to the community": [moved(make_quantities, number)]}
        book = ledger(make_value(option), found, draws=1)
        [line] = [x for x in book.lines if x.use == "redeploy"]
        assert line.kind == "unmonetised"
        assert line.evidence.startswith(why)
        assert not line.amount().any()


def test_relief_is_patients_of_the_other_service_stated_and_not_simulated(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    option = {k: v for k, v in MOVED.items() if k != "saves_there"} | {"relief": RELIEF}
    found = {"to the community": [moved(make_quantities)]}
    waiting = [[*make_quantities("open queue"), moved(make_quantities, 0.0)[-1]]]
    book = ledger(make_value(option), found, draws=1, open_queue=waiting)
    pounds = {"owner": "community provider", "currency": "GBP"}
    assert amounts(book, "redeploy", **pounds) == pytest.approx([0, 300 * 20, 300 * 20])
    assert amounts(book, "redeploy", owner="patients") == pytest.approx([0, 3, 3])
    counted = next(x for x in book.lines if x.use == "redeployed" and x.unit == "patient")
    assert np.asarray(counted.quantity)[0].tolist() == [0, 300, 300]
    assert {x.kind for x in book.lines if x.use == "redeploy"} == {"non-cash-releasing"}
    assert all("stated, in no run" in x.evidence for x in book.lines if x.use == "redeploy")
    none = {"to the community": [moved(make_quantities, 0.0)]}
    assert not [x for x in ledger(make_value(option), none, draws=1).lines if x.use == "redeploy"]


def test_a_cost_that_does_not_come_is_worth_having_and_no_cash(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    avoid = {"avoid": "no new ward", "cost": "£900,000", "from": "2026-07-02", "in_run_rate": False}
    book = ledger(make_value(avoid), {"no new ward": [make_quantities("no new ward")]}, draws=1)
    assert amounts(book, "avoid") == pytest.approx([0, 900_000 * 183 / 365, 900_000])
    [line] = [x for x in book.lines if x.use == "avoid"]
    assert (line.kind, line.category) == ("non-cash-releasing", "cost avoidance")
    found = worth(book, "no new ward", perspective("provider"))
    assert found.figures["cash_benefit"].value == 0
    assert found.figures["service_benefit"].value > 1_000_000


def test_what_was_taken_out_is_redeployed_up_to_the_steps() -> None:
    option = Redeploy(**MOVED)
    base = PoolTime("ward", "provider", "bed-day", 700, 500, 500, 1000, 800, 0, 0)
    for moved_time, closed in ((0, 200), (150, 50), (200, 0)):
        uses = replace(base, moved=moved_time).uses()
        assert (uses["redeployed"], uses["closed"]) == (moved_time, closed)
        parts = ("closed", "redeployed", "reinvested", "absorbed", "idle_change")
        assert uses["release"] == sum(uses[p] for p in parts)
    assert option.named
    assert not option.model_copy(update={"date": None}).named
    assert pool_times.__doc__
