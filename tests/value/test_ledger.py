"""The ledger: its rows, its clock, and what must be true of it on every draw."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from cisim.errors import AuditError, ModelError
from cisim.spec.value import Value
from cisim.value import (
    COLUMNS,
    PERSPECTIVES,
    Book,
    Line,
    Quantity,
    by_draw,
    checks,
    draw_numbers,
    ledger,
    uncertain_numbers,
)

if TYPE_CHECKING:
    import pandas as pd

MakeValue = Callable[..., Value]
MakeQuantities = Callable[..., list[Quantity]]
BAY_DAYS = 12 * 365.25
UNCERTAIN = {"gamma": {"mean": "£300,000", "sd": "£60,000"}}
BAY: dict[str, Any] = {
    "close": "Close one bay",
    "pool": "ward",
    "step": 6,
    "steps": 2,
    "saves": "£300,000",
    "stranded": "25%",
    "one_off": "£40,000",
    "budget_line": "ward 7 nursing",
    "holder": "head of nursing",
    "date": "2025-01-01",
}
HIPS: dict[str, Any] = {
    "reinvest": "More hips",
    "pathway": "hips",
    "patients": 100,
    "each": {"marginal_cost": "£3,500", "income": "£6,000", "qalys": 0.8},
}
ABSORBED = {"pathway": "hips", "each": {"marginal_cost": "£1,000", "income": "£1,500", "qalys": 0.1}}


def tidy(*given: Any, **fields: Any) -> pd.DataFrame:
    return ledger(*given, **fields).table()


def yearly(table: pd.DataFrame, use: str, column: str = "amount") -> list[float]:
    rows = table[(table["use"] == use) & (table["draw"] == 0)]
    return rows.groupby("year", observed=True)[column].sum().tolist()


def closure(make_quantities: MakeQuantities, **over: Any) -> list[Quantity]:
    given: dict[str, Any] = {"closed": BAY_DAYS, "patients": (0, 0, 10), "absorbed": -80.0}
    return make_quantities("Close one bay", **{**given, **over})


def test_columns_and_years_are_the_contract(make_value: MakeValue, make_quantities: MakeQuantities) -> None:
    table = tidy(make_value(BAY), {"Close one bay": [closure(make_quantities)]}, draws=4, project="flow")
    assert tuple(table.columns) == COLUMNS
    assert sorted(table["year"].unique()) == [2025, 2026, 2027]
    assert set(table["draw"]) == {0, 1, 2, 3}
    assert set(table["project"]) == {"flow"}


def test_a_closure_is_cash_only_with_budget_line_holder_and_date(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    found = {"Close one bay": [closure(make_quantities)]}
    table = tidy(make_value(BAY), found, draws=1)
    assert yearly(table, "close") == [600_000] * 3
    assert yearly(table, "stranded") == [-150_000] * 3
    assert yearly(table, "one_off") == [-40_000]
    for missing in ("budget_line", "holder", "date"):
        bay = {k: v for k, v in BAY.items() if k != missing}
        table = tidy(make_value(bay), found, draws=1)
        rows = table[table["use"].isin(["close", "stranded"])]
        assert set(rows["kind"]) == {"unmonetised"}
        assert set(rows["status"]) == {"forecast"}
        assert rows["evidence"].str.startswith("capacity, no cash: no budget line, holder and date").all()
        assert (rows["amount"] == 0).all()
        assert (rows["quantity"] * rows["unit_value"]).sum() == pytest.approx(3 * 450_000)
        assert yearly(table, "one_off") == [-40_000]


def test_cash_waits_for_the_action_and_the_queue_is_open_until_then(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    value = make_value({**BAY, "after": "1.25 yr"})
    waiting = [make_quantities("open queue", absorbed=1000.0, patients=(0, 40, 0))]
    found = {"Close one bay": [closure(make_quantities)]}
    table = tidy(value, found, draws=1, open_queue=waiting)
    assert yearly(table, "close") == pytest.approx([0, 0.75 * 600_000, 600_000])
    assert table.loc[table["use"] == "one_off", "year"].tolist() == [2026]
    assert yearly(table, "closed", "quantity") == pytest.approx([0, 0.75 * BAY_DAYS, BAY_DAYS])
    days = table[(table["use"] == "absorbed") & (table["unit"] == "bed-day")]["quantity"]
    assert days.tolist() == pytest.approx([1000, 0.25 * 1000 - 0.75 * 80, -80])
    assert all(c.passed for c in checks(table))
    alone = tidy(value, found, draws=1)
    assert yearly(alone, "close") == pytest.approx([0, 0.75 * 600_000, 600_000])
    assert yearly(alone, "lost", "quantity") == pytest.approx([10, 10, 10])


def test_cash_counts_from_the_date_where_no_delay_is_given(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    found = {"Close one bay": [closure(make_quantities)]}
    for given, want, acted in (
        ({"date": "2025-04-01"}, [275 / 365 * 600_000, 600_000, 600_000], 2025),
        ({"date": "2026-01-01"}, [0, 600_000, 600_000], 2026),
        ({"date": "2026-07-02"}, [0, 183 / 365 * 600_000, 600_000], 2026),
        ({"date": "2025-12-31", "after": "1 yr"}, [0, 600_000, 600_000], 2026),
        ({"date": None}, [600_000] * 3, 2025),
    ):
        table = tidy(make_value({**BAY, **given}), found, draws=1)
        rows = table[table["use"] == "close"]
        assert (rows["quantity"] * rows["unit_value"]).tolist() == pytest.approx(want)
        assert table.loc[table["use"] == "one_off", "year"].tolist() == [acted]


def test_an_action_after_the_horizon_brings_nothing(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    value = make_value({**BAY, "after": "3 yr"}, {"hold": "Wait"})
    found = {"Close one bay": [closure(make_quantities)], "Wait": [make_quantities("Wait")]}
    table = tidy(value, found, draws=2)
    mine = table[table["scenario"] == "Close one bay"]
    assert yearly(mine, "close") == [0, 0, 0]
    assert "one_off" not in set(mine["use"])
    assert yearly(mine, "idle_change", "quantity") == pytest.approx([4380] * 3)


def test_no_cash_for_places_that_the_run_kept_open(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    kept = {"Close one bay": [closure(make_quantities, closed=0.0)]}
    table = tidy(make_value(BAY), kept, draws=1)
    rows = table[table["use"].isin(["close", "stranded"])]
    assert (rows["amount"] == 0).all()
    assert rows["evidence"].str.startswith("capacity, no cash: the run did not take the places out").all()
    # The scenario itself took them out, with nothing decided: that is not this closure's doing.
    own = {"Close one bay": [closure(make_quantities)]}
    waiting = [make_quantities("open queue", closed=BAY_DAYS)]
    table = tidy(make_value(BAY), own, draws=1, open_queue=waiting)
    assert yearly(table, "close") == [0, 0, 0]


def test_extra_hips_reconcile_between_owners(make_value: MakeValue, make_quantities: MakeQuantities) -> None:
    found = {"More hips": [make_quantities("More hips", reinvested=500.0, patients=(100, 0, 0))]}
    table = tidy(make_value(HIPS), found, draws=1)
    rows = table[(table["year"] == 2025) & (table["use"] == "reinvest")]
    paid = rows[rows["currency"] == "GBP"].groupby("owner", observed=True)["amount"].sum()
    assert paid.to_dict() == {"provider": 250_000, "commissioner": -600_000}
    assert paid.sum() == -350_000
    health = rows[rows["currency"] == "QALY"]
    assert (health["owner"].tolist(), health["amount"].tolist()) == (["patients"], [80.0])
    assert rows[rows["transfer"] != ""]["amount"].sum() == 0
    assert set(rows["kind"]) == {"non-cash-releasing"}


def test_a_block_contract_pays_nothing(make_value: MakeValue, make_quantities: MakeQuantities) -> None:
    block = {**HIPS, "each": {"marginal_cost": "£3,500", "qalys": 0.8}}
    found = {"More hips": [make_quantities("More hips", reinvested=500.0, patients=(100, 0, 0))]}
    table = tidy(make_value(block), found, draws=1)
    rows = table[(table["year"] == 2025) & (table["currency"] == "GBP")]
    assert rows.groupby("owner", observed=True)["amount"].sum().to_dict() == {"provider": -350_000}


def test_absorbed_and_lost_patients_are_worth_the_same_and_are_not_chosen(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    value = make_value({"hold": "Wait"}, absorbed=(ABSORBED,))
    table = tidy(value, {"Wait": [make_quantities("Wait", absorbed=200.0, patients=(0, 30, 10))]}, draws=1)
    rows = table[table["year"] == 2025]
    assert rows[rows["use"] == "absorb"]["amount"].tolist() == pytest.approx([-30e3, 45e3, -45e3, 3.0])
    assert rows[rows["use"] == "lost"]["amount"].tolist() == pytest.approx([0, 10e3, -15e3, 15e3, -1.0])
    assert all("not chosen" in e for e in rows[rows["use"].isin(["absorb", "lost"])]["evidence"])
    counted = rows[(rows["unit"] == "patient") & (rows["kind"] == "unmonetised")]
    assert dict(zip(counted["use"], counted["quantity"], strict=True)) == {"absorbed": 30, "lost": 10}
    unpriced = tidy(make_value({"hold": "Wait"}), {"Wait": [make_quantities("Wait", patients=(0, 30, 10))]})
    assert (unpriced["amount"] == 0).all()
    assert {"absorbed", "lost"} <= set(unpriced["use"])


def test_programme_and_running_costs(make_value: MakeValue, make_quantities: MakeQuantities) -> None:
    value = make_value(
        {"hold": "Wait"},
        programme=(
            {"item": "Coaching", "kind": "direct", "once": "£50,000", "each_year": "£10,000"},
            {"item": "Staff time", "kind": "indirect", "owner": "council", "once": "£20,000"},
        ),
        running=(
            {
                "item": "round",
                "for_each": "opening",
                "of": "emergency/review",
                "cost": "£100",
                "cash": False,
                "source": "rota",
            },
        ),
    )
    table = tidy(value, {"Wait": [make_quantities("Wait", running={"round": 104.0})]}, draws=1)
    assert yearly(table, "programme") == [-80_000, -10_000, -10_000]
    assert yearly(table, "running") == pytest.approx([-10_400] * 3)
    first = table[(table["year"] == 2025) & (table["amount"] != 0)]
    assert first["kind"].tolist() == [
        "cash-releasing",
        "cash-releasing",
        "non-cash-releasing",
        "non-cash-releasing",
    ]
    assert first["owner"].tolist() == ["provider", "provider", "council", "provider"]
    assert first["recurrent"].tolist() == [False, True, False, True]
    assert first["evidence"].tolist()[-1] == "source named"
    assert first["evidence"].tolist()[0] == "no source named"


def full(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> tuple[Value, dict[str, list[list[Quantity]]]]:
    rng = np.random.default_rng(5)
    bay = {**BAY, "saves": UNCERTAIN, "stranded": {"beta": {"mean": 0.25, "sd": 0.1}}}
    value = make_value(
        {**bay, "after": "180 d"},
        HIPS,
        {"hold": "Wait"},
        absorbed=(ABSORBED,),
        programme=(
            {"item": "Coaching", "kind": "direct", "once": {"normal": {"mean": "£50k", "sd": "£9k"}}},
        ),
    )

    def some(option: str, closed: float, named: float) -> list[list[Quantity]]:
        return [
            make_quantities(
                option,
                release=4380 + rng.normal() * 300,
                closed=closed,
                reinvested=named * 5,
                absorbed=rng.normal() * 200,
                patients=(named, rng.integers(0, 50), rng.integers(0, 5)),
            )
            for _ in range(7)
        ]

    found = {"Close one bay": some("Close one bay", BAY_DAYS, 0), "More hips": some("More hips", 0, 90)}
    return value, {**found, "Wait": some("Wait", 0, 0)}


def test_checks_pass_on_every_draw_and_see_what_is_wrong(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    table = tidy(*full(make_value, make_quantities), draws=50)
    assert [c.passed for c in checks(table)] == [True] * 6
    kinds = table.astype({"kind": str, "budget_line": str})
    broken = {
        "transfers": lambda t: t[t["owner"] != "commissioner"],
        "disposition": lambda t: t.assign(quantity=t["quantity"].where(t["use"] != "closed", 1.0)),
        "no price": lambda t: t.assign(unit_value=t["unit_value"].where(t["use"] != "closed", 345.0)),
        "named": lambda t: t.assign(budget_line=""),
    }
    for name, breaks in broken.items():
        assert [c.check for c in checks(breaks(kinds)) if not c.passed] == [name]
    with pytest.raises(AuditError, match="quantity x unit value"):
        checks(kinds.assign(amount=kinds["amount"] + 1.0))


def test_a_double_count_stops_the_ledger(make_value: MakeValue, make_quantities: MakeQuantities) -> None:
    rows = closure(make_quantities)
    twice = [q._replace(quantity=q.quantity + 100) if q.use == "reinvested" else q for q in rows]
    with pytest.raises(AuditError, match="release is closed"):
        tidy(make_value(BAY), {"Close one bay": [twice]}, draws=1)


def test_draws_pair_with_replications_and_priced_rows_multiply(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    value, found = full(make_value, make_quantities)
    table = tidy(value, found, draws=20)
    assert (table["replication"] == table["draw"] % 7).all()
    released = table[(table["use"] == "release") & (table["scenario"] == "Wait") & (table["year"] == 2025)]
    want = [found["Wait"][d % 7][0].quantity for d in range(20)]
    assert released["quantity"].tolist() == pytest.approx(want)
    priced = table[table["currency"] != ""]
    assert priced["amount"].to_numpy() == pytest.approx(
        (priced["quantity"] * priced["unit_value"]).to_numpy()
    )
    assert (table.loc[table["currency"] == "", "amount"] == 0).all()


def test_the_same_question_gets_the_same_ledger_and_more_draws_move_none(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    value, found = full(make_value, make_quantities)
    one, again, more = (tidy(value, found, draws=n, seed=3) for n in (30, 30, 60))
    assert_frame_equal(one, again)
    assert_frame_equal(one, more[more["draw"] < 30].reset_index(drop=True))
    other = tidy(value, found, draws=30, seed=4)
    assert not np.allclose(other["amount"], one["amount"])


def test_uncertain_numbers_are_named_by_their_path(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    value, _ = full(make_value, make_quantities)
    assert list(uncertain_numbers(value)) == [
        "programme.Coaching.once",
        "options.Close one bay.saves",
        "options.Close one bay.stranded",
        "options.Close one bay.one_off",
        "options.More hips.each.marginal_cost",
        "options.More hips.each.income",
        "options.More hips.each.qalys",
        "absorbed.hips.each.marginal_cost",
        "absorbed.hips.each.income",
        "absorbed.hips.each.qalys",
    ]
    drawn = draw_numbers(value, 4000, 1)
    saves, stranded = drawn["options.Close one bay.saves"], drawn["options.Close one bay.stranded"]
    assert saves.mean() == pytest.approx(300_000, abs=4 * 60_000 / np.sqrt(4000))
    assert stranded.mean() == pytest.approx(0.25, abs=4 * 0.1 / np.sqrt(4000))
    assert abs(np.corrcoef(saves, stranded)[0, 1]) < 4 / np.sqrt(4000)
    assert set(drawn["options.More hips.each.qalys"]) == {0.8}


def test_another_number_moves_no_draw(make_value: MakeValue) -> None:
    short = draw_numbers(make_value({**BAY, "saves": UNCERTAIN}), 10, 1)
    more = make_value(
        {**BAY, "saves": UNCERTAIN, "stranded": {"uniform": {"low": 0, "high": 1}}},
        programme=({"item": "x", "kind": "direct", "once": "£1"},) * 2,
    )
    longer = draw_numbers(more, 20, 1)
    path = "options.Close one bay.saves"
    assert longer[path][:10].tolist() == short[path].tolist()
    assert {"programme.x.once", "programme.x (2).once"} <= set(longer)


def test_an_option_or_a_number_of_draws_that_cannot_be(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    value = make_value(BAY)
    with pytest.raises(ModelError, match="did you mean 'Close one bay'"):
        tidy(value, {"Close on bay": [closure(make_quantities)]})
    with pytest.raises(ModelError, match="no replications"):
        tidy(value, {"Close one bay": []})
    with pytest.raises(ModelError, match="want 1 or more"):
        tidy(value, {"Close one bay": [closure(make_quantities)]}, draws=0)
    with pytest.raises(ModelError, match="each name once"):
        tidy(make_value(BAY, BAY), {"Close one bay": [closure(make_quantities)]})


def test_a_table_is_read_back_as_the_book_it_was(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    value, found = full(make_value, make_quantities)
    book = ledger(value, found, draws=30)
    table = book.table()
    again = Book.of(table)
    assert (again.draws, again.first_year, again.years) == (30, 2025, 3)
    assert again.replication.tolist() == book.replication.tolist()
    assert [(x.option, x.use, x.owner, x.year) for x in again.lines] == [
        (x.option, x.use, x.owner, x.year) for x in book.lines
    ]
    for one, other in zip(again.lines, book.lines, strict=True):
        np.testing.assert_array_equal(one.quantity, other.quantity)
        np.testing.assert_array_equal(one.amount(), other.amount())
    assert_frame_equal(again.table(), table)
    some = table[table["draw"] % 2 == 0]
    assert Book.of(some).by_year(Book.of(some).lines).sum() == pytest.approx(some["amount"].sum())


def test_the_sum_of_a_line_is_the_sum_of_its_amounts() -> None:
    rng = np.random.default_rng(2)
    weights = rng.random(4)
    shapes = [(), (1, 1), (5, 1), (1, 4), (5, 4)]
    for few in shapes:
        for many in shapes:
            for year in (None, 2):
                line = Line("x", "o", rng.random(few), "u", rng.random(many), kind="societal", year=year)
                spread = line.over(5, 4)
                want = np.asarray(line.quantity) * np.asarray(line.unit_value) * np.ones((5, 4))
                want = want if year is None else want * (np.arange(4) == year)
                np.testing.assert_allclose(spread.amount(), want)
                np.testing.assert_allclose(spread.summed(), want.sum(axis=1))
                np.testing.assert_allclose(spread.summed(weights), want @ weights)
    assert not replace(line, kind="unmonetised").over(5, 4).amount().any()
    with pytest.raises(ModelError, match=r"want \(2, 3\) for both"):
        Book((Line("x", "o", 1.0, "u"),), 2, 2025, 3, np.zeros(2, np.int64))


def test_a_large_ledger_is_made_at_once(make_value: MakeValue, make_quantities: MakeQuantities) -> None:
    value, found = full(make_value, make_quantities)
    value = value.model_copy(update={"years": 10})
    began = time.perf_counter()
    for project in "abcde":
        book = ledger(value, found, draws=10_000, project=project)
        for option in book.options:
            by_draw(book, option, PERSPECTIVES["Green Book"])
    assert time.perf_counter() - began < 5  # about one, on a machine with nothing else to do


def test_a_large_ledger_is_written_in_seconds(make_value: MakeValue, make_quantities: MakeQuantities) -> None:
    value, found = full(make_value, make_quantities)
    value = value.model_copy(update={"years": 20})
    began = time.perf_counter()
    table = tidy(value, found, draws=1000)
    assert len(table) > 400_000
    assert time.perf_counter() - began < 5


def test_numbers_may_be_drawn_elsewhere(make_value: MakeValue, make_quantities: MakeQuantities) -> None:
    value = make_value(HIPS)
    runs = {"More hips": [make_quantities("More hips", reinvested=4380.0, patients=(100, 0, 0))]}
    mine = {path: np.arange(3.0) for path in uncertain_numbers(value)}
    book = ledger(value, runs, draws=3, numbers=mine)
    (cost,) = (x for x in book.lines if x.use == "reinvest" and x.category == "productivity and efficiency")
    assert np.asarray(cost.unit_value)[:, 0].tolist() == [0.0, -1.0, -2.0]
    mine.pop(next(iter(mine)))
    with pytest.raises(ModelError, match="draws of every number"):
        ledger(value, runs, draws=3, numbers=mine)
