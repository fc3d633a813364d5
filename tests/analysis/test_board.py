"""What a board asks of a ledger: against a ledger small enough to add up by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from cisim.analysis.board import (
    budget_cash,
    by_owner_and_category,
    hinges,
    ledger_lines,
    shortfall,
    weakest,
)
from cisim.value import Book, Line

LINES = (
    Line("programme", "provider", 1.0, "programme", -100.0, item="coach", kind="cash-releasing", currency="GBP",
         recurrent=False, year=0, option="close"),
    Line("close", "provider", np.array([[0.5, 1.0]]), "step", np.array([[200.0], [400.0]]), kind="cash-releasing",
         currency="GBP", budget_line="ward pay", category="cost reduction", option="close"),
    Line("absorb", "provider", 2.0, "patient", 30.0, kind="non-cash-releasing", currency="GBP", category="income",
         transfer="t", option="close"),
    Line("absorb", "commissioner", 2.0, "patient", -30.0, kind="non-cash-releasing", currency="GBP",
         category="income", transfer="t", option="close"),
    Line("release", "provider", 7.0, "bed-day", pool="ward", option="hold"),
)  # fmt: skip


@pytest.fixture
def book():
    lines = tuple(line.over(2, 2) for line in LINES)
    return Book(lines, 2, 2025, 2, np.array([0, 1]))


def test_cash_by_budget_line_first_and_later(book):
    named, paid = budget_cash(book, "close")
    assert (named.budget_line, named.years) == ("ward pay", (2025, 2026))
    assert named.by_year.tolist() == [[100.0, 200.0], [200.0, 400.0]]
    assert (named.first.value, named.recurrent.value) == (150.0, 300.0)
    assert paid.by_year.tolist() == [[-100.0, 0.0], [-100.0, 0.0]]
    assert budget_cash(book, "hold") == []


def test_lines_have_ids_that_a_table_gives_again(book):
    found = ledger_lines(book)
    assert list(found["line"]) == ["A1", "A2", "A3", "A4", "B1"]
    assert list(found["amount"]) == [-100.0, 450.0, 120.0, -120.0, 0.0]
    assert found.loc[0, "quantity"] == 1.0, "a cost that comes once is one, not a half"
    assert list(ledger_lines(book.table())["line"]) == list(found["line"])
    assert list(ledger_lines(book.table())["amount"]) == list(found["amount"])


def test_owners_and_categories_name_their_lines_and_add_up(book):
    found = by_owner_and_category(ledger_lines(book), "close").set_index(["owner", "category"])
    assert found.loc[("provider", "cost reduction"), "cash"] == 450.0
    assert found.loc[("provider", "income"), "other_money"] == 120.0
    assert found.loc[("commissioner", "income"), "lines"] == ("A4",)
    assert found["other_money"].sum() == 0.0
    assert by_owner_and_category(ledger_lines(book), "hold").empty


def test_of_a_sum_of_independent_numbers_each_carries_its_share_of_the_variance():
    rng = np.random.default_rng(5)
    numbers = {
        "small": rng.normal(2, 1, 200_000),
        "large": rng.normal(5, 3, 200_000),
        "fixed": np.ones(200_000),
    }
    outcome = numbers["small"] + 2 * numbers["large"] - 4
    found = {h.path: h for h in hinges(numbers, outcome)}
    assert list(found) == ["large", "small"], "a number that never changes is no hinge"
    assert found["large"].share == pytest.approx(36 / 37, abs=0.005)
    # E[small] + 2 x - 4 = 0 at x = 1, four thirds of a standard deviation below its mean
    assert found["large"].turns == pytest.approx(1.0, abs=0.05)
    assert found["large"].reached == pytest.approx(0.0912, abs=0.01)


def test_the_weakest_is_an_assumption_though_more_hangs_on_a_source():
    rng = np.random.default_rng(6)
    numbers = {"known": rng.normal(0, 3, 5000), "guessed": rng.normal(0, 1, 5000)}
    found = hinges(numbers, numbers["known"] + numbers["guessed"])
    assert weakest(found, ["guessed"]).path == "guessed"
    assert weakest(found, []).path == "known"
    assert weakest([], []) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_the_worst_tenth_is_no_better_than_the_whole(values):
    worst = shortfall(np.array(values))
    assert min(values) - 1e-6 <= worst <= np.mean(values) + 1e-6
