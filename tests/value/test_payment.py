"""How more patients are paid for: what one owner is paid another pays, whatever the rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cisim.spec.value import Value
from cisim.value import Book, Quantity, ledger, net_health_benefit

MakeValue = Callable[..., Value]
MakeQuantities = Callable[..., list[Quantity]]
HIPS: dict[str, Any] = {
    "reinvest": "More hips",
    "pathway": "hips",
    "patients": 100,
    "each": {"marginal_cost": "£3,500", "qalys": 0.8},
}
ABSORBED = {"pathway": "hips", "each": {"marginal_cost": "£3,500", "qalys": 0.8}}


def paid(book: Book) -> dict[str, float]:
    """Return pounds by owner in the first year, on the first draw."""
    out: dict[str, float] = {}
    for line in book.lines:
        if line.currency == "GBP":
            out[line.owner] = out.get(line.owner, 0.0) + float(line.amount()[0, 0])
    return out


@pytest.fixture
def hips(make_value: MakeValue, make_quantities: MakeQuantities) -> Callable[..., Book]:
    """Return the ledger of so many hips (named, absorbed, lost), paid for as said."""

    def made(count: tuple[float, float, float] = (100, 0, 0), **rule: Any) -> Book:
        payment = ({"pathway": "hips", "price": "£6,000", **rule},) if rule else ()
        value = make_value(HIPS, absorbed=(ABSORBED,), payment=payment)
        return ledger(value, {"More hips": [make_quantities("More hips", patients=count)]}, draws=1)

    return made


def test_a_hundred_hips_reconcile_between_owners(hips: Callable[..., Book]) -> None:
    """Case N35 of the economics: whoever pays, the system loses the marginal cost and patients gain the same."""
    variable, block = paid(hips(rule="activity")), paid(hips(rule="block"))
    assert variable == {"provider": 250_000, "commissioner": -600_000}
    assert block == {"provider": -350_000}
    assert sum(variable.values()) == sum(block.values()) == -350_000
    health = [x for x in hips(rule="activity").lines if x.currency == "QALY"]
    gained = sum(float(x.amount()[0, 0]) for x in health)
    assert gained == pytest.approx(80)
    assert float(net_health_benefit(gained, -350_000, 15_000)) == pytest.approx(56.6667, abs=5e-5)
    assert float(net_health_benefit(gained, -350_000, 12_936)) == pytest.approx(52.9437, abs=5e-5)


def test_the_old_income_is_activity_at_that_price(
    make_value: MakeValue, make_quantities: MakeQuantities, hips: Callable[..., Book]
) -> None:
    each = {**HIPS["each"], "income": "£6,000"}
    value = make_value({**HIPS, "each": each})
    book = ledger(value, {"More hips": [make_quantities("More hips", patients=(100, 0, 0))]}, draws=1)
    assert paid(book) == paid(hips(rule="activity"))


@pytest.mark.parametrize(
    ("count", "want"),
    [
        ((100, 0, 0), 100),
        ((150, 0, 0), 120),
        ((100, 60, 0), 120),
        ((100, 60, 30), 120),
        ((100, 30, 40), 90),
        ((0, 0, 40), -40),
        ((130, 20, 10), 120),
    ],
)
def test_under_a_cap_the_net_number_is_paid_for_up_to_it(
    hips: Callable[..., Book], count: tuple[float, float, float], want: float
) -> None:
    cost = -3500 * (count[0] + count[1] - count[2])
    assert paid(hips(count, rule="capped", cap=120)) == pytest.approx(
        {"provider": cost + 6000 * want, "commissioner": -6000 * want}
    )


def test_a_blended_payment_is_a_share_of_the_price(hips: Callable[..., Book]) -> None:
    assert paid(hips(rule="blended", share="20%")) == pytest.approx(
        {"provider": 120_000 - 350_000, "commissioner": -120_000}
    )


@settings(max_examples=30, deadline=None)
@given(
    rule=st.sampled_from(("block", "activity", "capped", "blended")),
    count=st.tuples(*[st.floats(0, 500)] * 3),
    cap=st.floats(0, 300),
    share=st.floats(0, 1),
)
def test_whatever_the_rule_payments_cancel_and_the_system_is_the_same(
    rule: str, count: tuple[float, float, float], cap: float, share: float
) -> None:
    limits = {"capped": {"cap": cap}, "blended": {"share": share}}.get(rule, {})
    payment = {"pathway": "hips", "price": "£6,000", "rule": rule, **limits}
    given_value = {"cisim": 1, "value": "v", "price_year": 2025, "first_year": 2025, "years": 2}
    value = Value(**given_value, options=(HIPS,), absorbed=(ABSORBED,), payment=(payment,))
    rows = [
        Quantity("More hips", f"patients_{use}", "", "hips", "provider", number, "patient")
        for use, number in zip(("reinvested", "absorbed", "lost"), count, strict=True)
    ]
    book = ledger(value, {"More hips": [rows]}, draws=2)
    moved = [line for line in book.lines if line.transfer]
    assert np.abs(book.by_year(moved)).max() < 1e-6
    net = count[0] + count[1] - count[2]
    everybody = book.by_year(line for line in book.lines if line.currency == "GBP")
    assert everybody == pytest.approx(np.full((2, 2), -3500 * net), abs=1e-3)
    theirs = book.by_year(x for x in moved if x.owner == "commissioner")
    most = {"block": 0.0, "activity": net, "capped": min(net, cap), "blended": share * net}[rule]
    assert theirs == pytest.approx(np.full((2, 2), -6000 * most), abs=1e-3)
