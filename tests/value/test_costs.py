"""What a programme costs: amounts and hours, sunk costs, holding it up, and what plans leave out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cisim.spec.value import Value
from cisim.value import (
    PERSPECTIVES,
    Book,
    Quantity,
    by_draw,
    ledger,
    perspective,
    without_optimism,
)

MakeValue = Callable[..., Value]
MakeQuantities = Callable[..., list[Quantity]]
TRAINING: dict[str, Any] = {
    "item": "training",
    "kind": "indirect",
    "people": 40,
    "hours": 4,
    "an_hour": "£50",
    "source": "s",
}
PAY = {"item": "coach", "kind": "direct", "once": "£100"}
BIAS = {"optimism": {"cost": "41%", "mitigation": "50%"}}


@pytest.fixture
def cost(make_value: MakeValue, make_quantities: MakeQuantities) -> Callable[..., Book]:
    """Return the ledger of a hold with so many programme items."""

    def made(*items: dict[str, Any], draws: int = 1, **fields: Any) -> Book:
        value = make_value({"hold": "Wait"}, programme=items, **fields)
        return ledger(value, {"Wait": [make_quantities("Wait", release=0.0)]}, draws=draws)

    return made


def yearly(book: Book, use: str) -> list[float]:
    return book.by_year(line for line in book.lines if line.use == use)[0].tolist()


@pytest.mark.parametrize(
    ("given", "want"),
    [
        ({}, [-8000, 0, 0]),
        ({"year": 3}, [0, 0, -8000]),
        ({"year": "each"}, [-8000] * 3),
        ({"people": 10, "hours": 1.5, "an_hour": "£100"}, [-1500, 0, 0]),
    ],
)
def test_people_times_hours_at_what_an_hour_is_worth(
    cost: Callable[..., Book], given: dict[str, Any], want: list[float]
) -> None:
    book = cost({**TRAINING, **given})
    assert yearly(book, "programme") == want
    assert {(x.kind, x.unit) for x in book.lines} == {("non-cash-releasing", "hour")}
    assert cost({"item": "t", "kind": "direct", "once": "£5", "year": 2}).table()["year"].tolist() == [2026]


def test_how_an_hour_is_valued_is_told(cost: Callable[..., Book]) -> None:
    pay = cost(TRAINING).lines[0].evidence
    other = cost({**TRAINING, "valued_at": "what they would have done", "an_hour": "£140"})
    assert pay == "source named; hours valued at pay"
    assert other.lines[0].evidence.endswith("hours valued at what they would have done")
    assert yearly(other, "programme")[0] == -22_400


def test_uncertain_people_hours_and_pay_multiply_on_every_draw(cost: Callable[..., Book]) -> None:
    spread = {"gamma": {"mean": 40, "sd": 8}}
    book = cost({**TRAINING, "people": spread, "hours": {"uniform": {"low": 2, "high": 6}}}, draws=4000)
    drawn = book.lines[0].summed()
    sd = 50 * np.sqrt((40**2 + 8**2) * (4**2 + 16 / 12) - 160**2)
    assert drawn.mean() == pytest.approx(-8000, abs=4 * sd / np.sqrt(4000))
    assert drawn.std() == pytest.approx(sd, rel=0.1)


def test_sunk_costs_are_listed_and_in_no_sum(cost: Callable[..., Book]) -> None:
    book = cost(PAY, {**PAY, "item": "pilot", "once": "£90,000", "sunk": True})
    [sunk] = [line for line in book.lines if line.use == "sunk"]
    assert "sunk: spent already" in sunk.evidence
    assert float(np.asarray(sunk.unit_value)[0, 0]) == -90_000
    assert not sunk.amount().any()
    for view in PERSPECTIVES.values():
        assert by_draw(book, "Wait", view)["npv"].tolist() == [-100.0]


def test_holding_an_effect_up_is_a_cost_of_every_year(cost: Callable[..., Book]) -> None:
    assert yearly(cost(effect={"sustaining": "£20k"}), "programme") == [-20_000] * 3


def test_optimism_bias_is_told_with_and_without(cost: Callable[..., Book]) -> None:
    """Case N37 of the economics: £100 at an uplift of 41%, half of it mitigated, is £120.50."""
    book = cost(PAY, effect=BIAS)
    view = perspective("provider")
    assert by_draw(book, "Wait", view)["direct_cost"].tolist() == [pytest.approx(120.5)]
    assert by_draw(without_optimism(book), "Wait", view)["direct_cost"].tolist() == [100.0]
    whole = cost(PAY, effect={"optimism": {"cost": "200%"}})
    assert by_draw(whole, "Wait", view)["direct_cost"].tolist() == [pytest.approx(300)]


def test_bias_goes_with_every_cost_in_its_own_kind_and_with_no_benefit(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    bay = {
        "close": "a bay", "pool": "ward", "step": 6, "saves": "£300k", "stranded": "20%", "one_off": "£40k",
        "budget_line": "ward", "holder": "matron", "date": "2026-01-01",
    }  # fmt: skip
    value = make_value(bay, programme=(PAY, TRAINING), effect={**BIAS, "sustaining": "£1,000"})
    rows = make_quantities("a bay", closed=6 * 365.25)
    book = ledger(value, {"a bay": [rows]}, draws=1)
    bias = [line for line in book.lines if line.use == "optimism"]
    assert [(x.item, x.kind) for x in bias] == [
        ("coach", "cash-releasing"),
        ("training", "non-cash-releasing"),
        ("sustaining the effect", "cash-releasing"),
        ("a bay", "cash-releasing"),
    ]
    assert book.by_year(bias)[0].tolist() == pytest.approx(
        [0.205 * x for x in (-100 - 8000 - 1000, -1000 - 40_000, -1000)]
    )
