"""Present values, returns, payback, who gains, and how much of the spread is luck."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cisim.errors import ModelError
from cisim.spec.value import Value
from cisim.value import (
    PERSPECTIVES,
    Book,
    Quantity,
    Worth,
    annuity,
    by_draw,
    cash_by_year,
    ledger,
    perspective,
    pounds,
    ratio_of_means,
    split_spread,
    who_gains,
    worth,
)
from cisim.value.returns import payback

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

MakeValue = Callable[..., Value]
MakeQuantities = Callable[..., list[Quantity]]
BAY: dict[str, Any] = {
    "close": "Close one bay",
    "pool": "ward",
    "step": 6,
    "saves": "£300,000",
    "stranded": "20%",
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
PROGRAMME = (
    {"item": "Coaching", "kind": "direct", "once": "£300,000"},
    {"item": "Staff time", "kind": "indirect", "each_year": "£10,000"},
)
MONEY = PERSPECTIVES["Green Book"].money
HEALTH = PERSPECTIVES["Green Book"].health


@pytest.fixture(params=["book", "table"])
def table(
    request: pytest.FixtureRequest, make_value: MakeValue, make_quantities: MakeQuantities
) -> Book | pd.DataFrame:
    value = make_value(BAY, HIPS, {"hold": "Wait"}, programme=PROGRAMME)
    found = {
        "Close one bay": [make_quantities("Close one bay", closed=6 * 365.25)],
        "More hips": [make_quantities("More hips", reinvested=500.0, patients=(100, 0, 0))],
        "Wait": [make_quantities("Wait")],
    }
    book = ledger(value, found, draws=3)
    return book if request.param == "book" else book.table()


def test_a_closure_for_the_provider_is_cash(table: Book | pd.DataFrame) -> None:
    found = by_draw(table, "Close one bay", perspective("provider")).iloc[0]
    escapes = 240_000 * annuity(3, MONEY)
    assert found["cash_benefit"] == pytest.approx(escapes)
    assert found["cash_cost"] == found["direct_cost"] == pytest.approx(300_000)
    assert found["indirect_cost"] == pytest.approx(10_000 * annuity(3, MONEY))
    assert found["service_benefit"] == pytest.approx(escapes)
    assert found["npv"] == pytest.approx(escapes - 300_000)
    assert found["qalys"] == 0


def test_extra_hips_by_perspective(table: Book | pd.DataFrame) -> None:
    cost = 300_000 + 10_000 * annuity(3, MONEY)
    provider = by_draw(table, "More hips", perspective("provider")).iloc[0]
    assert provider["cash_benefit"] == 0
    assert provider["npv"] == pytest.approx(250_000 * annuity(3, MONEY) - 300_000)
    for name, worth_of, schedule in (
        ("health department", 15_000, HEALTH),
        ("Green Book", 70_000, HEALTH),
        ("NICE", 20_000, PERSPECTIVES["NICE"].health),
    ):
        found = by_draw(table, "More hips", perspective(name)).iloc[0]
        health = 80 * annuity(3, schedule)
        assert found["qalys"] == pytest.approx(health)
        want = worth_of * health - 350_000 * annuity(3, MONEY) - cost
        assert found["npv"] == pytest.approx(want)
        assert found["service_benefit"] - found["direct_cost"] - found["indirect_cost"] == pytest.approx(want)
    nice = by_draw(table, "More hips", perspective("NICE")).iloc[0]
    assert nice["npv_high"] - nice["npv"] == pytest.approx(10_000 * nice["qalys"])


def test_returns_use_their_formulae(table: Book | pd.DataFrame) -> None:
    close = worth(table, "Close one bay", perspective("provider"))
    escapes, staff = 240_000 * annuity(3, MONEY), 10_000 * annuity(3, MONEY)
    assert close.figures["cash_return"].value == pytest.approx(escapes / 300_000)
    assert close.figures["service_return_direct"].value == pytest.approx(escapes / 300_000)
    assert close.figures["service_return_all"].value == pytest.approx(escapes / (300_000 + staff))
    hips = worth(table, "More hips", perspective("Green Book"))
    benefit = 70_000 * 80 * annuity(3, HEALTH) - 350_000 * annuity(3, MONEY)
    assert hips.figures["cash_return"].value == 0
    assert hips.figures["service_return_direct"].value == pytest.approx(benefit / 300_000)
    assert hips.figures["service_return_all"].value == pytest.approx(benefit / (300_000 + staff))


def test_cash_holds_no_income_no_staff_time_and_no_health(table: Book | pd.DataFrame) -> None:
    for name in PERSPECTIVES:
        cash = cash_by_year(table, "More hips", perspective(name))
        assert cash["mean"].tolist() == [-300_000, 0, 0]
        assert by_draw(table, "More hips", perspective(name))["cash_benefit"].eq(0).all()
    gains = who_gains(table).set_index(["scenario", "owner"])
    assert gains.loc[("More hips", "provider"), "cash"] == -300_000
    assert gains.loc[("More hips", "provider"), "other_money"] == pytest.approx(3 * 250_000 - 30_000)
    assert gains.loc[("More hips", "provider"), "transfers"] == pytest.approx(3 * 600_000)
    assert gains.loc[("More hips", "commissioner"), "other_money"] == pytest.approx(-3 * 600_000)
    assert gains.loc[("More hips", "patients"), "qalys"] == pytest.approx(240)
    sums = gains["transfers"].groupby("scenario").sum()
    assert sums.abs().max() == pytest.approx(0)


def test_payback_is_the_first_year_of_summed_cash_not_below_zero(table: Book | pd.DataFrame) -> None:
    assert by_draw(table, "Close one bay", perspective("provider"))["payback"].tolist() == [2, 2, 2]
    assert worth(table, "Close one bay", perspective("provider")).figures["payback"].value == 2
    never = worth(table, "More hips", perspective("provider")).figures["payback"]
    assert np.isnan(never.value)
    assert "is not paid back within 3 years" in never.words
    cash = cash_by_year(table, "Close one bay", perspective("provider"))
    assert cash["cumulative"].tolist() == pytest.approx([-60_000, 180_000, 420_000])
    assert cash.index.tolist() == [2025, 2026, 2027]


def cash_table(
    make_value: MakeValue, make_quantities: MakeQuantities, saves: str, yearly: str
) -> pd.DataFrame:
    """A closure that saves so much from half a year on, against a cost once and each year."""
    bay = {**BAY, "saves": saves, "stranded": 0}
    cost = {"item": "Rounds", "kind": "direct", "each_year": yearly}
    found = {"Close one bay": [make_quantities("Close one bay", closed=6 * 365.25)]}
    return ledger(make_value(bay, programme=(cost,)), found, draws=2)


def test_what_is_lost_again_is_never_paid_back(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    assert payback(np.array([[1.0, -2.0, -2.0], [1.0, -2.0, 3.0]])).tolist()[1] == 3
    assert np.isnan(payback(np.array([[1.0, -2.0, -2.0]]))).all()
    loss = worth(
        cash_table(make_value, make_quantities, "£10", "£30"), "Close one bay", perspective("provider")
    )
    assert np.isnan(loss.figures["payback"].value)
    assert "is not paid back within 3 years; within the horizon it is on 0%" in loss.figures["payback"].words


def test_without_a_cost_in_cash_there_is_nothing_to_pay_back(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    free = worth(
        cash_table(make_value, make_quantities, "£10", "£0"), "Close one bay", perspective("provider")
    )
    assert np.isnan(free.figures["payback"].value)
    assert free.figures["payback"].words == "Close one bay: in cash there is nothing to pay back."
    assert free.draws["payback"].isna().all()


def test_lost_health_is_dearer_at_the_higher_value_of_a_qaly(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    each = {"marginal_cost": "£0", "qalys": -0.1}
    value = make_value({**HIPS, "each": each})
    table = ledger(value, {"More hips": [make_quantities("More hips", patients=(100, 0, 0))]}, draws=2)
    found = by_draw(table, "More hips", perspective("NICE")).iloc[0]
    assert found["qalys"] < 0
    assert found["npv_high"] == pytest.approx(1.5 * found["npv"])


def test_another_owner_is_counted_by_its_name(make_value: MakeValue, make_quantities: MakeQuantities) -> None:
    value = make_value({"hold": "Wait"}, programme=({**PROGRAMME[0], "owner": "council"}, PROGRAMME[1]))
    table = ledger(value, {"Wait": [make_quantities("Wait")]}, draws=1)
    assert by_draw(table, "Wait", perspective("provider"))["npv"].tolist() == [0]
    assert by_draw(table, "Wait", perspective("provider", organisation="council"))["npv"].tolist() == [
        -300_000
    ]


def uncertain(make_value: MakeValue, make_quantities: MakeQuantities, luck: float, unknown: float) -> Worth:
    rng = np.random.default_rng(8)
    each = {"marginal_cost": "£0", "income": {"normal": {"mean": "£6,000", "sd": f"£{unknown}"}}}
    value = make_value({**HIPS, "each": each}, programme=PROGRAMME[:1])
    runs = [
        [make_quantities("More hips", reinvested=9.0, patients=(100 + luck * rng.normal(), 0, 0))][0]
        for _ in range(200)
    ]
    table = ledger(value, {"More hips": runs}, draws=4000)
    return worth(table, "More hips", perspective("provider"), cash_target=1.0)


def test_spread_is_split_between_luck_and_what_is_not_known(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    # Income of n patients at p pounds: n has sd 10 of 100, p has sd 600 of 6,000, so half and half, nearly.
    found = uncertain(make_value, make_quantities, 10, 600)
    want = 10**2 * 6000**2 / (10**2 * 6000**2 + 600**2 * 100**2 + 10**2 * 600**2)
    assert found.spread.luck == pytest.approx(want, abs=0.12)
    assert found.spread.luck + found.spread.unknown == pytest.approx(1)
    assert uncertain(make_value, make_quantities, 10, 0.01).spread.luck == pytest.approx(1, abs=1e-3)
    assert uncertain(make_value, make_quantities, 0, 600).spread.luck == pytest.approx(0, abs=0.03)


def test_the_split_of_known_variances_and_its_edges() -> None:
    rng = np.random.default_rng(1)
    group = np.arange(30_000) % 300
    values = 3 * rng.normal(size=300)[group] + 4 * rng.normal(size=30_000)
    assert split_spread(values, group).luck == pytest.approx(9 / 25, abs=4 * 0.36 * np.sqrt(2 / 300))
    # Groups more alike than chance makes them: a component below nothing is told as nothing.
    alike = split_spread(np.tile([-1.0, 1.0], 50), np.repeat(np.arange(50), 2))
    assert (alike.luck, alike.unknown) == (0, 1)
    assert np.isnan(split_spread(np.arange(4.0), np.zeros(4, np.int64)).luck)
    assert split_spread(np.ones(6), np.arange(6) % 2).told == "there is no spread"


def lognormals(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(11)
    return np.exp(np.log(1.5) + 0.5 * rng.normal(size=n)), np.exp(0.3 * rng.normal(size=n))


def test_a_return_is_the_ratio_of_means_and_never_the_mean_of_ratios() -> None:
    n = 200_000
    benefit, cost = lognormals(n)
    found = ratio_of_means(benefit, cost, level=0.9)
    # Relative standard error of a ratio of independent means, by its first two moments.
    error = 1.624931 * np.sqrt((np.expm1(0.25) + np.expm1(0.09)) / n)
    assert found.value == pytest.approx(1.624931, abs=4 * error)
    assert abs(found.value - 1.777957) > 20 * error
    assert (benefit / cost).mean() == pytest.approx(1.777957, abs=4 * error)
    assert found.low == pytest.approx(0.574853, rel=0.02)
    assert found.high == pytest.approx(3.914045, rel=0.02)
    assert (benefit > cost).mean() == pytest.approx(0.75658731, abs=4 * 0.43 / np.sqrt(n))


def test_a_return_without_cost_cannot_be_said(make_value: MakeValue, make_quantities: MakeQuantities) -> None:
    assert np.isnan(ratio_of_means(np.ones(3), np.zeros(3)).value)
    mixed = ratio_of_means(np.ones(3), np.array([1.0, 1.0, -0.5]))
    assert mixed.value == pytest.approx(2)
    assert np.isnan(mixed.low)
    table = ledger(make_value({"hold": "Wait"}), {"Wait": [make_quantities("Wait")]}, draws=2)
    found = worth(table, "Wait", perspective("provider"))
    assert "no cost to set the cash against" in found.figures["cash_return"].words
    assert found.figures["npv"].value == 0


def test_intervals_chances_and_words(make_value: MakeValue, make_quantities: MakeQuantities) -> None:
    found = uncertain(make_value, make_quantities, 0, 600)
    figure = found.figures["npv"]
    mean, sd = 600_000 * annuity(3, MONEY) - 300_000, 60_000 * annuity(3, MONEY)
    assert figure.value == pytest.approx(mean, abs=4 * sd / np.sqrt(4000))
    assert figure.low == pytest.approx(mean - 1.96 * sd, abs=0.15 * sd)
    assert figure.high == pytest.approx(mean + 1.96 * sd, abs=0.15 * sd)
    assert figure.n == 4000
    assert "provider perspective, 3 years, money discounted at 3.5% falling to 1%" in figure.words
    chance = found.figures["probability_npv_positive"]
    assert chance.value == 1
    assert 0.99 < chance.low < 1
    # Income is no cash: a savings target is reached by cash alone.
    assert found.figures["probability_target"].value == 0
    assert found.words.startswith("More hips: net present value is £")


def test_patients_without_a_worth_are_told(make_value: MakeValue, make_quantities: MakeQuantities) -> None:
    each = {"marginal_cost": "£1,000"}
    rows = {"Wait": [make_quantities("Wait", absorbed=90.0, patients=(0, 12.5, 3))]}
    bare = ledger(make_value({"hold": "Wait"}), rows, draws=2)
    told = worth(bare, "Wait", perspective("provider")).words
    assert "12.5 patients a year of hips who came because there was room" in told
    assert "3.0 patients a year of hips who were not treated any more" in told
    priced = ledger(
        make_value({"hold": "Wait"}, absorbed=({"pathway": "hips", "each": each},)), rows, draws=2
    )
    assert "Not priced" not in worth(priced, "Wait", perspective("provider")).words


def test_rounding_is_no_spread(table: Book | pd.DataFrame) -> None:
    found = worth(table, "More hips", perspective("provider"))
    assert found.spread.told.startswith(("there is no spread", "too few"))


def test_an_option_that_changes_nothing_can_still_be_asked_about(
    make_value: MakeValue, make_quantities: MakeQuantities
) -> None:
    nothing = ledger(make_value({"hold": "Wait"}), {"Wait": [make_quantities("Wait", release=0.0)]}, draws=2)
    assert not any(np.any(line.quantity) for line in nothing.lines)
    assert worth(nothing, "Wait", perspective("provider")).figures["npv"].value == 0


def test_a_target_counts_cash_less_its_costs(table: Book | pd.DataFrame) -> None:
    for target, want in ((419_999.0, 1.0), (420_001.0, 0.0)):
        found = worth(table, "Close one bay", perspective("provider"), cash_target=target)
        assert found.figures["probability_target"].value == want


def test_what_cannot_be_asked_is_refused(table: Book | pd.DataFrame) -> None:
    with pytest.raises(ModelError, match="did you mean 'More hips'"):
        by_draw(table, "More hip", perspective("provider"))
    with pytest.raises(ModelError, match="between 0 and 1"):
        worth(table, "More hips", perspective("provider"), level=95)


def test_pounds_are_read_aloud() -> None:
    assert [pounds(v) for v in (0.4, -0.4, 1e6, -2500)] == ["£0", "£0", "£1,000,000", "-£2,500"]
