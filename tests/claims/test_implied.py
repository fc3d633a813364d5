"""What the field's own claims imply, to the digits given; and what holds of every claim."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from cisim.claims import (
    against_comparison,
    break_even_growth,
    break_even_spread,
    chance_full,
    cost_behind,
    extra_cost_of_spread,
    fullest_before_closing,
    implied,
    most_offered,
    required_beds,
    return_at,
    total_beside,
    words_with_ends,
)
from cisim.errors import FileProblems, ModelError
from cisim.spec import Figure, claim_from, combined, exactly, parse_figure, parse_move


def said(**settings):
    names = {"a_pound": "return"}
    return implied(claim_from({"claim": "c", **{names.get(k, k): v for k, v in settings.items()}}))


# Leeds


def test_leeds_the_cost_behind_a_return_of_15_41():
    leeds = said(a_pound=15.41, benefit="£14.2m")
    assert round(leeds.figure("cost behind it", "gross").value / 1e6, 2) == 0.92
    assert round(leeds.figure("cost behind it", "net").value / 1e6, 2) == 0.87
    assert leeds.grade == "sized"
    assert leeds.holds is None  # no cost was published


def test_leeds_on_the_whole_waste_reduction():
    assert (
        round(said(a_pound=15.41, benefit="£54.5m").figure("cost behind it", "gross").value / 1e6, 2) == 3.54
    )


def test_leeds_pays_in_cash_alone_only_if_6_5_per_cent_left_budgets():
    leeds = said(a_pound=15.41, benefit="£14.2m")
    assert round(100 * leeds.figure("share that must be cash to break even", "gross").value, 1) == 6.5
    assert round(100 * leeds.figure("share that must be cash to break even", "net").value, 1) == 6.1
    assert any("6.5%" in sentence for sentence in leeds.means)
    assert leeds.cash.shown is None
    assert leeds.cash.at_most.value == 14.2e6


def test_the_rounding_of_both_figures_is_carried_to_the_cost():
    cost = said(a_pound=15.41, benefit="£14.2m").figure("cost behind it", "gross")
    assert cost.low == pytest.approx(14.15e6 / 15.415)
    assert cost.high == pytest.approx(14.25e6 / 15.405)


def test_a_cost_and_a_benefit_that_do_not_make_the_return_are_told():
    assert said(a_pound=15.41, benefit="£14.2m", cost="£921k").holds is True
    assert said(a_pound=15.41, benefit="£14.2m", cost="£865k").holds is True  # as a net return
    assert said(a_pound=15.41, benefit="£14.2m", cost="£865k", reading="gross").holds is False
    wrong = said(a_pound=15.41, benefit="£14.2m", cost="£2m")
    assert wrong.holds is False
    assert "7.1" in wrong.means[0]
    assert wrong.figure("share that must be cash to break even").value == pytest.approx(2 / 14.2)


def test_a_return_below_one_has_no_share_that_pays_for_it():
    assert "no share of it" in said(a_pound=0.8, reading="gross").means[1]


# NHS Highland: 2.32 at 30% of wards, 5 at 60%

FIRST, SECOND = (0.3, parse_figure(2.32)), (0.6, parse_figure(5))
EXACT = (0.3, exactly(2.32))


def test_highland_a_pure_fixed_cost_gives_4_64_which_rounds_to_5():
    assert return_at(0.6, EXACT, 0.0).value == pytest.approx(4.64)
    assert SECOND[1].holds(4.64)


def test_highland_the_rounding_of_five_allows_an_extra_cost_of_0_107():
    extra = extra_cost_of_spread(EXACT, SECOND)
    assert round(extra.high, 3) == 0.107
    assert extra.low == 0
    assert return_at(0.6, EXACT, extra.high).value == pytest.approx(4.5)


def test_highland_with_2_32_rounded_too_it_is_0_115():
    extra = extra_cost_of_spread(FIRST, SECOND)
    assert round(extra.high, 3) == 0.115
    assert return_at(0.6, (0.3, exactly(2.325)), extra.high).value == pytest.approx(4.5)


def test_highland_breaks_even_near_13_per_cent_of_wards():
    assert round(100 * break_even_spread(EXACT).value, 1) == 12.9
    assert round(100 * break_even_spread(EXACT, 0.107).value, 1) == 12.7


def test_highland_an_exact_five_is_impossible_gross_and_needs_0_40_net():
    exact = (0.6, exactly(5.0))
    assert extra_cost_of_spread(EXACT, exact) is None
    net = extra_cost_of_spread(EXACT, exact, "net")
    assert round(net.value, 2) == 0.40
    assert return_at(0.6, EXACT, net.value, "net").value == pytest.approx(5.0)


def test_highland_read_as_net_a_pure_fixed_cost_would_round_to_six():
    fixed = return_at(0.6, EXACT, 0.0, "net").value
    assert fixed == pytest.approx(5.64)
    assert not SECOND[1].holds(fixed)


def test_highland_as_a_claim():
    claim = said(returns={"60%": "about 5", "30%": 2.32})
    assert claim.holds
    assert claim.grade == "unsized"
    assert claim.cash.at_most is None
    assert "4.64" in claim.means[0]
    assert "impossible" in claim.means[0]
    assert "10.7%" in claim.means[0]
    assert round(claim.figure("extra cost of all wards, of the fixed cost", "net").value, 2) == 0.40


def test_returns_that_outgrow_the_wards_hold_in_no_reading():
    assert said(returns={"30%": 1.0, "60%": "3.00"}, reading="gross").holds is False
    assert said(returns={"30%": "2.00", "60%": "1.90"}).holds is False


# The Highland teams


@pytest.mark.parametrize(
    ("unit_cost", "patients", "total"),
    [
        ("-21%", "+30%", 2.7),
        ("-16%", "+115%", 80.6),
        ("-11%", "+2%", -9.2),
        ("£807.70 to £631.50", "+28.9%", 0.8),
    ],
)
def test_total_spend_beside_the_cost_for_each_patient(unit_cost, patients, total):
    claim = said(unit_cost=unit_cost, patients=patients)
    assert round(100 * claim.figure("total spend").value, 1) == total
    assert ("No net cash" in claim.means[0]) == (total > 0)
    assert claim.cash.shown is None
    if total > 0:
        assert claim.cash.at_most == exactly(0.0)
    else:
        assert claim.cash.at_most is None


def test_the_published_ward_s_percentage_is_that_of_its_pounds():
    assert said(unit_cost="£807.70 to £631.50", as_share="-21.8%").holds is True
    assert said(unit_cost="£807.70 to £631.50", as_share="-21%").holds is False


def test_what_the_rounding_does_not_tell_is_said_not_to_be_told():
    claim = said(unit_cost="-21%", patients="+27%")
    assert "cannot be told" in claim.means[0]
    assert claim.cash.at_most is None


def test_a_cost_a_patient_without_patients_is_unsized():
    claim = said(unit_cost="-10%")
    assert claim.grade == "unsized"
    assert round(100 * claim.figure("more patients at which total spend is as before").value, 1) == 11.1
    assert any("patients" in lacks for lacks in claim.missing)


def test_with_numbers_of_patients_the_pounds_follow():
    claim = said(unit_cost="£100 to £90", patients="exactly 1000 to exactly 1000")
    assert claim.grade == "sized"
    assert claim.cash.at_most.value == pytest.approx(10_000)


# East London


def test_two_equal_wards_must_average_below_45_per_cent():
    assert fullest_before_closing(2, exactly(0.9)).value == pytest.approx(0.45)
    claim = said(saving="about £1m", wards=2)
    assert "45% full" in claim.means[0]
    assert "came from other wards" in claim.means[0]
    assert claim.figure(
        "leaves budgets if the saving is the ward's full cost and only what varies goes"
    ).value == (pytest.approx(160_000))


def test_were_both_as_full_as_ivory_a_quarter_of_a_ward_had_no_room():
    claim = said(saving="about £1m", wards=2, occupancy="58%")
    assert round(claim.figure("patients for whom there is no room, in wards").value, 2) == 0.26
    assert claim.holds is False


def test_erlang_asks_for_more_room_than_the_average_does():
    claim = said(saving="about £1m", wards=2, beds=18, bed_day="£719.10")
    by_chance = next(line.figure.value for line in claim.lines if "may be full" in line.what)
    assert by_chance < 0.45
    assert chance_full(18, 36 * by_chance) == pytest.approx(0.01)
    assert round(claim.figure("full cost of a ward of 18 beds").value / 1e6, 2) == 4.73


# Virginia Mason, falls, prescribing, litigation


def test_lead_time_has_no_amount_of_any_sort():
    claim = said(lead_time="over 3,000 h", as_share="-62%")
    assert claim.grade == "elapsed time"
    assert not [line for line in claim.lines if line.unit == "£"]
    assert claim.cash.at_most is None
    assert claim.figure("lead time before, in hours").value == pytest.approx(3000 / 0.62)


def test_falls_beside_the_comparison():
    ratio = against_comparison(parse_move("-25.9%").ratio, parse_move("-2.5%").ratio)
    assert ratio.value == pytest.approx(0.741 / 0.975)
    claim = said(change="-25.9%", compared="-2.5%", of="falls")
    assert claim.grade == "unsized"
    assert round(100 * claim.figure("change beside the comparison").value, 1) == -24.0


@pytest.mark.parametrize("change", ["-24%", "-91%"])
def test_relative_claims_without_counts_get_no_amount(change):
    claim = said(change=change)
    assert claim.grade == "unsized"
    assert not [line for line in claim.lines if line.unit == "£"]
    assert claim.cash.at_most is None
    assert "Unsized" in claim.means[0]


def test_with_a_count_and_a_cost_bed_days_are_set_apart():
    claim = said(
        change="-25.9%",
        compared="-2.5%",
        of="falls",
        count="exactly 400",
        each="exactly £2,600",
        in_beds="exactly 88%",
    )
    assert claim.grade == "sized"
    assert claim.figure("fewer a year").value == pytest.approx(400 * (1 - 0.741 / 0.975))
    assert claim.cash.at_most.value == pytest.approx(400 * (1 - 0.741 / 0.975) * 2600 * 0.12)


# Stays


def test_discharge_to_assess_without_patients_is_unsized():
    claim = said(stay="5.5 d to 1.2 d")
    assert claim.grade == "unsized"
    assert claim.figure("bed-days released by each patient").value == pytest.approx(4.3)


def test_only_whole_steps_take_money_out_of_budgets():
    claim = said(stay="5.5 d to 1.2 d", patients=1000, step=6, saves="£890k", stranded="60%")
    assert claim.figure("whole steps of 6 beds that could close").value == 1
    assert claim.cash.at_most.value == pytest.approx(356_000)
    few = said(stay="5.5 d to 1.2 d", patients=100, step=6, saves="£890k", stranded="60%")
    assert few.cash.at_most.value == 0
    assert "No whole step" in " ".join(few.means)


def test_bolton_s_release_was_more_than_filled_again():
    claim = said(stay="11.5 d to 8.9 d", patients="739 to 1010", step=2)
    assert round(claim.figure("bed-days released a year").value) == 1921
    assert round(claim.figure("bed-days filled again by more patients").value) == 2412
    assert round(claim.figure("bed-days occupied, after less before").value) == 490
    assert claim.cash.at_most == exactly(0.0)
    assert "no bed could close" in claim.cash.why


# Cash is what is named


def test_cash_needs_a_line_a_holder_and_a_date():
    whole = {
        "amount": "£400k",
        "budget_line": "ward pay",
        "holder": "director of nursing",
        "date": "2025-04-01",
    }
    assert said(saving="£1m", cash=whole).cash.shown.value == 400_000
    for name in ("budget_line", "holder", "date"):
        some = said(saving="£1m", cash={k: v for k, v in whole.items() if k != name}).cash
        assert some.shown is None
        assert name.replace("_", " ") in some.why


# What is refused


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"return": 15.41, "benefit": "14.2m"}, "--benefit: got '14.2m', want pounds such as '£14.2m'"),
        ({"saving": "£1m", "wards": 1}, "--wards: got 1, want a whole number of 2 or more"),
        ({"saving": "£1m", "wards": 2, "occupancy": "106%"}, "--occupancy: got '106%', want a share of at most 100%"),
        ({"return": 3, "saves": "£1"}, "--saves: does not go with --return"),
        ({"stay": "5.5 d to 1.2 d", "saves": "£1"}, "want 'step' too"),
        ({"returns": {"30%": 2}}, "want two, such as"),
        ({"change": "-5%", "compared": "-100%"}, "--compared: got a fall of the whole of it"),
    ],
)  # fmt: skip
def test_mistakes_are_told_by_their_option(settings, words):
    with pytest.raises(FileProblems) as caught:
        claim_from({"claim": "c", **settings})
    assert words in str(caught.value)


@pytest.mark.parametrize("settings", [{}, {"return": 3, "saving": "£1m"}])
def test_a_claim_is_of_one_kind(settings):
    with pytest.raises(ModelError, match="want exactly one of --return"):
        claim_from({"claim": "c", **settings})


# What holds of every claim

numbers = st.floats(0.05, 500).map(lambda x: round(x, 3))
rounded = st.tuples(numbers, st.floats(0, 0.2)).map(
    lambda t: Figure(t[0], t[0] * (1 - t[1]), t[0] * (1 + t[1]))
)
readings = st.sampled_from(["gross", "net"])


@given(rounded, rounded, readings)
def test_a_cost_gives_back_its_return(benefit, a_pound, reading):
    cost = cost_behind(benefit, a_pound, reading)
    back = (benefit.value - (reading == "net") * cost.value) / cost.value
    assert back == pytest.approx(a_pound.value)
    assert cost.low <= cost.value <= cost.high


@given(rounded, rounded)
def test_a_net_return_is_a_gross_return_of_one_more(benefit, a_pound):
    more = combined(lambda r: r + 1, a_pound)
    assert cost_behind(benefit, a_pound, "net") == cost_behind(benefit, more, "gross")


@given(rounded, rounded, st.floats(0.001, 1000))
def test_costs_follow_the_benefit_s_scale(benefit, a_pound, scale):
    bigger = combined(lambda b: b * scale, benefit)
    assert cost_behind(bigger, a_pound).value == pytest.approx(scale * cost_behind(benefit, a_pound).value)


@given(st.floats(0.05, 0.5), st.floats(1.1, 2.0), st.floats(0.2, 50), st.floats(0, 5), readings)
def test_the_extra_cost_that_made_two_returns_is_found_again(first, times, a_pound, extra, reading):
    point = (first, exactly(a_pound))
    second = first * times
    later = return_at(second, point, extra, reading)
    if later.value <= 0:
        return
    found = extra_cost_of_spread(point, (second, later), reading)
    assert found is not None
    assert found.value == pytest.approx(extra, rel=1e-4, abs=1e-6)
    even = break_even_spread(point, extra, reading).value
    if even < 1e6:
        assert return_at(even, point, extra, reading).value == pytest.approx(
            {"gross": 1.0, "net": 0.0}[reading], abs=1e-6
        )


@given(st.floats(0.05, 3), st.floats(0.05, 3))
def test_at_break_even_growth_total_spend_is_as_before(cost, other):
    growth = break_even_growth(exactly(cost)).value
    assert total_beside(exactly(cost), exactly(1 + growth)).value == pytest.approx(0, abs=1e-9)
    assert total_beside(exactly(cost), exactly(other)) == total_beside(exactly(other), exactly(cost))


@given(st.integers(1, 40), st.floats(0.001, 0.9))
def test_most_offered_is_the_inverse_of_the_chance_of_being_full(beds, short):
    offered = most_offered(beds, short)
    assert chance_full(beds, offered) == pytest.approx(short, rel=1e-6)
    assert required_beds(offered * 0.999, short) <= beds
    assert required_beds(offered * 1.001, short) > beds - 1


@pytest.mark.parametrize(
    ("beds", "offered", "chance"),
    [(1, 1.0, 0.5), (2, 1.0, 0.2), (3, 2.0, 4 / 19), (10, 8.0, 0.12166), (0, 3.0, 1.0), (5, 0.0, 0.0)],
)
def test_erlang_s_loss_formula(beds, offered, chance):
    assert chance_full(beds, offered) == pytest.approx(chance, abs=5e-6)


def test_required_beds_refuses_what_no_ward_can_promise():
    with pytest.raises(ModelError, match="short"):
        required_beds(8.0, 0.0)


@pytest.mark.parametrize("bad", [{"return": 3, "reading": "netto"}, {"saving": "£1m", "beds": 0, "wards": 2}])
def test_the_classes_refuse_what_the_files_refuse(bad):
    with pytest.raises((ValidationError, FileProblems)):
        claim_from({"claim": "c", **bad})


# Whatever can be read is told

POUNDS = ["£1", "£14.2m", "about £1m", "over £3bn", "exactly £5"]
MOVES = ["-21%", "+115%", "-100%", "-0%", "739 to 1010", "100 to 50"]
KINDS = {
    "return": {
        "return": [15.41, 0.8, "about 5", "exactly 1"], "benefit": POUNDS, "cost": POUNDS, "reading": ["gross", "net"],
    },
    "returns": {
        "returns": [{"30%": 2.32, "60%": 5}, {"10%": 5, "100%": "1.0"}, {"50%": 1, "50.1%": 9}], "reading": ["net"],
    },
    "saving": {
        "saving": POUNDS, "cost": POUNDS, "bed_days": [1800, "about 1"], "wards": [2, 5], "beds": [1, 30],
        "occupancy": ["1%", "58%", "100%"], "full_at": ["85%"], "bed_day": POUNDS,
    },
    "unit_cost": {
        "unit_cost": ["-21%", "-100%", "£1 to £2", "£807.70 to £631.50"], "patients": MOVES, "as_share": MOVES,
    },
    "change": {
        "change": MOVES, "compared": MOVES, "of": ["falls"], "count": [400], "each": POUNDS, "in_beds": ["88%", "100%"],
    },
    "lead_time": {"lead_time": ["3,000 h", "1 wk"], "as_share": MOVES},
    "stay": {
        "stay": ["5.5 d to 1.2 d", "1 d to 2 d", "-50%"], "patients": [1000, "739 to 1010", "-5%", "+300%"],
        "step": [1, 6], "saves": POUNDS, "stranded": ["0%", "60%", "100%"],
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_every_claim_that_can_be_read_is_told_and_no_end_lies_on_the_wrong_side(kind, data):
    settings = {"claim": "c"}
    for name, values in KINDS[kind].items():
        if name == kind or data.draw(st.booleans(), name):
            settings[name] = data.draw(st.sampled_from(values), name)
    try:
        claim = claim_from(settings)
    except FileProblems:
        return
    made = implied(claim)
    assert made.means
    assert len({(line.what, line.reading) for line in made.lines}) == len(made.lines)
    for line in made.lines:
        assert line.figure.low <= line.figure.value <= line.figure.high
        assert words_with_ends(line.figure, line.unit)
    if made.grade != "sized":
        assert made.cash.at_most is None
    assert made.cash.shown is None
