"""What is true of every ledger, on every draw and year; and that each check sees a ledger of which it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from cisim.spec.value import Value
from cisim.value import (
    CATEGORIES,
    KINDS,
    PERSPECTIVES,
    Book,
    Line,
    Perspective,
    Quantity,
    Schedule,
    by_draw,
    cash_by_draw,
    checks,
    ledger,
    view,
    who_gains,
)

NAMES = {"close": "close bays", "redeploy": "move", "avoid": "avoid", "reinvest": "treat", "hold": "wait"}
NAMED = {"budget_line": "ward", "holder": "matron", "date": "2026-04-01"}
SOME = {"gamma": {"mean": "£3,000", "sd": "£900"}}
ROUND = {"item": "round", "for_each": "opening", "of": "hips/round", "cost": SOME}
EACH = {"marginal_cost": SOME, "qalys": {"normal": {"mean": 0.2, "sd": 0.1}}}
OPTIONS: dict[str, dict[str, Any]] = {
    "close": {
        "close": "close bays", "pool": "ward", "step": 6, "steps": 2, "saves": SOME,
        "stranded": {"beta": {"mean": "30%", "sd": "10%"}}, "one_off": SOME, **NAMED,
    },
    "redeploy": {
        "redeploy": "move", "pool": "ward", "step": 2, "to": "home team", "owner": "community", **NAMED,
        "relief": {"pathway": "visits", "patients": 30, "each": {**EACH, "income": "£90"}},
    },
    "avoid": {"avoid": "avoid", "cost": SOME, "from": "2026-07-01", "in_run_rate": False},
    "reinvest": {"reinvest": "treat", "pathway": "hips", "patients": 100, "each": EACH},
    "hold": {"hold": "wait"},
}  # fmt: skip
RULES = (
    None,
    {"rule": "block"},
    {"rule": "activity", "price": SOME},
    {"rule": "capped", "price": SOME, "cap": {"uniform": {"low": 0, "high": 90}}},
    {"rule": "blended", "price": SOME, "share": {"uniform": {"low": 0, "high": 1}}},
)
ZERO = Schedule("0%", (0.0,))
DRAWS, YEARS = 6, 3
amount = st.floats(-500, 500)
count = st.floats(0, 200)


@st.composite
def runs(draw: st.DrawFn, name: str, kind: str) -> list[Quantity]:
    """Return the quantities of one replication: release and what became of it, drawn at random."""
    parts = {use: draw(amount) for use in ("reinvested", "absorbed", "idle_change")}
    parts["closed"] = draw(count) if kind == "close" else 0.0
    parts["redeployed"] = draw(count) if kind == "redeploy" else 0.0
    split = {"release": sum(parts.values()), **parts}
    rows = [Quantity(name, use, "ward", "", "provider", q, "bed-day") for use, q in split.items()]
    named = draw(count) if kind == "reinvest" else 0.0
    people = zip(("reinvested", "absorbed", "lost"), (named, draw(count), draw(count)), strict=True)
    rows += [Quantity(name, f"patients_{u}", "", "hips", "provider", n, "patient") for u, n in people]
    return [*rows, Quantity(name, "running:round", "", "hips", "provider", draw(amount), "opening")]


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Return the ledger of some options, with costs, payment and optimism, of two replications."""
    kinds = draw(st.lists(st.sampled_from(list(OPTIONS)), min_size=1, max_size=3, unique=True))
    rule = draw(st.sampled_from(RULES))
    value = Value(
        cisim=1, value="v", price_year=2025, first_year=2025, years=YEARS,
        programme=(
            {"item": "coach", "kind": "direct", "once": SOME, "owner": draw(st.sampled_from(("provider", "Treasury")))},
            {"item": "time", "kind": "indirect", "people": 4, "hours": 8, "an_hour": "£50", "year": "each"},
            {"item": "pilot", "kind": "direct", "once": "£9,000", "sunk": True},
        ),
        running=({**ROUND, "cash": draw(st.booleans())},),
        payment=() if rule is None else ({"pathway": "hips", **rule},),
        effect=draw(st.sampled_from((None, {"sustaining": "£90", "optimism": {"cost": "41%", "mitigation": "50%"}}))),
        options=tuple(OPTIONS[kind] for kind in kinds),
        absorbed=({"pathway": "hips", "each": EACH},),
    )  # fmt: skip
    found = {NAMES[k]: [draw(runs(NAMES[k], k)) for _ in range(2)] for k in kinds}
    waiting = [draw(runs("open queue", "hold")) for _ in range(2)] if draw(st.booleans()) else None
    return ledger(value, found, draws=DRAWS, open_queue=waiting)


def spread(rows: list[Line], *, signed: bool = False) -> np.ndarray:
    signs = [1.0 if not signed or x.use == "release" else -1.0 for x in rows]
    return sum(
        (np.asarray(x.quantity) * s for x, s in zip(rows, signs, strict=True)), np.zeros((DRAWS, YEARS))
    )


slow = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PARTS = ("release", "closed", "redeployed", "reinvested", "absorbed", "idle_change")


@slow
@given(book=books())
def test_release_is_what_it_became_on_every_draw_and_year(book: Book) -> None:
    for option in book.options:
        rows = [x for x in book.of_option(option) if x.use in PARTS and x.pool]
        assert np.abs(spread(rows, signed=True)).max() < 1e-9


@slow
@given(book=books())
def test_one_owners_loss_is_anothers_gain_where_it_is_a_transfer(book: Book) -> None:
    for option in book.options:
        moved = [x for x in book.of_option(option) if x.transfer]
        theirs = book.by_year(x for x in moved if x.owner == "commissioner")
        ours = book.by_year(x for x in moved if x.owner != "commissioner")
        np.testing.assert_allclose(ours, -theirs, atol=1e-6)
    assert who_gains(book).groupby("scenario")["transfers"].sum().abs().max() < 1e-6


@settings(slow, max_examples=12)
@given(book=books())
def test_every_view_sums_to_the_ledgers_total(book: Book) -> None:
    table = book.table()
    for currency, columns in (("GBP", ["cash", "other_money", "societal"]), ("QALY", ["qalys"])):
        rows = table[(table["currency"] == currency)]
        want = rows.groupby("scenario", observed=True)["amount"].sum() / DRAWS
        for by in (["owner"], ["category", "kind"], ["year"], ["item", "pool"], ["use", "year"]):
            found = view(book, by).groupby("scenario")[columns].sum().sum(axis=1)
            for option in book.options:
                assert found[option] == pytest.approx(float(want.get(option, 0.0)), abs=1e-6)
    gains, owners = (
        who_gains(book).set_index(["scenario", "owner"]),
        view(book).set_index(["scenario", "owner"]),
    )
    assert set(gains.index) == set(owners.index)
    for name in ("cash", "other_money", "societal", "qalys"):
        np.testing.assert_allclose(gains[name], owners[name].reindex(gains.index), atol=1e-6)
    np.testing.assert_allclose(gains["cash"], gains["cash_gained"] - gains["cash_paid"], atol=1e-6)
    np.testing.assert_allclose(gains["other_money"], gains["other_gained"] - gains["other_paid"], atol=1e-6)


@slow
@given(book=books())
def test_at_zero_rates_discounting_is_the_plain_sum(book: Book) -> None:
    view_of_all = PERSPECTIVES["Green Book"]
    flat = replace(view_of_all, money=ZERO, health=ZERO)
    for option in book.options:
        lines = book.of_option(option)
        pounds = book.by_year(x for x in lines if x.currency == "GBP").sum(axis=1)
        qalys = book.by_year(x for x in lines if x.currency == "QALY").sum(axis=1)
        found = by_draw(book, option, flat)
        np.testing.assert_allclose(found["qalys"], qalys, atol=1e-9)
        np.testing.assert_allclose(found["npv"], pounds + 70_000 * qalys, atol=1e-5)
        everybody: Perspective = replace(flat, pounds_per_qaly=None)
        np.testing.assert_allclose(by_draw(book, option, everybody)["npv"], pounds, atol=1e-5)
        cash = cash_by_draw(book, option, flat).sum(axis=1)
        np.testing.assert_allclose(cash, found["cash_benefit"] - found["cash_cost"], atol=1e-6)


@slow
@given(book=books())
def test_a_book_goes_to_a_table_and_back(book: Book) -> None:
    again = Book.of(book.table())
    assert (again.draws, again.years, again.first_year) == (book.draws, book.years, book.first_year)
    for one, other in zip(again.lines, book.lines, strict=True):
        assert replace(one, quantity=0.0, unit_value=0.0) == replace(other, quantity=0.0, unit_value=0.0)
        np.testing.assert_array_equal(one.amount(), other.amount())


@slow
@given(book=books())
def test_every_check_passes_and_every_line_says_what_it_is(book: Book) -> None:
    assert [c.check for c in checks(book) if not c.passed] == []
    for line in book.lines:
        assert line.category in CATEGORIES
        assert line.kind in KINDS
        assert line.status == "forecast"


def changed(book: Book, use: str, **fields: Any) -> Book:
    """Return a book with the first line of a use changed."""
    place = next(i for i, x in enumerate(book.lines) if x.use == use)
    line = replace(book.lines[place], **fields).over(book.draws, book.years)
    return replace(book, lines=(*book.lines[:place], line, *book.lines[place + 1 :]))


MUTATIONS: dict[str, Callable[[Book], Book]] = {
    "transfers": lambda b: b.where(lambda x: not (x.transfer and x.owner == "commissioner")),
    "disposition": lambda b: changed(b, "absorbed", quantity=7.0),
    "no price": lambda b: changed(b, "closed", unit_value=345.0),
    "named": lambda b: changed(b, "close", budget_line=""),
    "told": lambda b: changed(b, "programme", owner=""),
    "views": lambda b: changed(b, "programme", category="sundry"),
}


@pytest.fixture(scope="module")
def whole() -> Book:
    rows = [
        Quantity("close bays", u, "ward", "", "provider", q, "bed-day")
        for u, q in (
            ("release", 9.0),
            ("closed", 6.0),
            ("reinvested", 0.0),
            ("absorbed", 3.0),
            ("idle_change", 0.0),
        )
    ]
    rows += [Quantity("close bays", "patients_absorbed", "", "hips", "provider", 30.0, "patient")]
    value = Value(
        cisim=1, value="v", price_year=2025, first_year=2025, years=YEARS, options=(OPTIONS["close"],),
        absorbed=({"pathway": "hips", "each": EACH},), payment=({"pathway": "hips", **RULES[2]},),  # type: ignore[dict-item]
        programme=({"item": "coach", "kind": "direct", "once": SOME},),
    )  # fmt: skip
    return ledger(value, {"close bays": [rows]}, draws=DRAWS)


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_check_sees_a_ledger_of_which_it_is_not_true(whole: Book, name: str) -> None:
    assert all(c.passed for c in checks(whole))
    failed = [c.check for c in checks(MUTATIONS[name](whole)) if not c.passed]
    assert name in failed
    assert set(failed) <= {name, "told"}  # a line without a category is told of twice


@pytest.mark.parametrize(
    "fields",
    [
        {"category": "sundry"},
        {"kind": "cash"},
        {"status": "maybe"},
        {"currency": "QALY"},
        {"currency": ""},
        {"unit_value": float("nan")},
        {"unit_value": float("inf")},
    ],
)
def test_a_line_that_does_not_say_what_it_is_is_told_of(whole: Book, fields: dict[str, Any]) -> None:
    assert "told" in [c.check for c in checks(changed(whole, "programme", **fields)) if not c.passed]
