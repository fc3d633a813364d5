"""Published figures: what they say, what their rounding allows, and what is refused in words."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from cisim.spec import Figure, combined, exactly, parse_figure, parse_move


@pytest.mark.parametrize(
    ("text", "unit", "value", "low", "high"),
    [
        (15.41, "", 15.41, 15.405, 15.415),
        ("15.41", "", 15.41, 15.405, 15.415),
        (5, "", 5, 4.5, 5.5),
        ("5.00", "", 5, 4.995, 5.005),
        ("exactly 5", "", 5, 5, 5),
        ("about 5 for every £1", "", 5, 4.5, 5.5),
        ("£14.2m", "£", 14.2e6, 14.15e6, 14.25e6),
        ("over £14.2m", "£", 14.2e6, 14.2e6, 14.3e6),
        ("£14.2 million a year", "£", 14.2e6, 14.15e6, 14.25e6),
        ("GBP 52k", "£", 52e3, 51.5e3, 52.5e3),
        ("£200,000", "£", 200_000, 199_999.5, 200_000.5),
        ("about £200,000", "£", 200_000, 150_000, 250_000),
        ("nearly £200,000", "£", 200_000, 100_000, 200_000),
        ("£807.70", "£", 807.70, 807.695, 807.705),
        ("between £1m and 2m", "£", 1.5e6, 1e6, 2e6),
        ("24%", "%", 0.24, 0.235, 0.245),
        ("2.5%", "%", 0.025, 0.0245, 0.0255),
        (0.24, "%", 0.24, 0.235, 0.245),
        ("3,000 h", "d", 125, 2999.5 / 24, 3000.5 / 24),
        ("over 3,000 hours", "d", 125, 125, 4000 / 24),
        ("5.5 d", "d", 5.5, 5.45, 5.55),
        ("about 1,000 patients a year", "n", 1000, 500, 1500),
    ],
)
def test_a_figure_and_its_ends(text, unit, value, low, high):
    made = parse_figure(text, unit)
    assert (made.value, made.low, made.high) == pytest.approx((value, low, high))


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [
        ("14.2m", "£", "want pounds such as '£14.2m'"),
        ("£14.2n", "£", "want pounds"),
        ("$14.2m", "£", "want pounds"),
        ("£14,2m", "£", "a comma only stands between thousands"),
        ("£1m a fortnight and a bit", "£", "want pounds"),
        (14.2, "£", "want pounds"),
        ("fifteen", "", "want a number such as 15.41"),
        ("-3", "", "want a number"),
        (True, "", "want a number"),
        ("3000", "d", "want a number with its unit"),
        ("14 a week", "n", "want a number"),
        ("between 3 and 2", "", "want the lower end first"),
        ("between 3", "", "want a number"),
        ("9" * 40, "", "want a number"),
    ],
)
def test_what_is_refused(text, unit, words):
    with pytest.raises(ValueError, match=r"^got") as caught:
        parse_figure(text, unit)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "unit", "ratio"),
    [
        ("-21%", "£", 0.79),
        ("−21%", "£", 0.79),  # noqa: RUF001 - as pages print it
        ("+28.9%", "", 1.289),
        ("21% less", "", 0.79),
        ("30% more", "", 1.3),
        ("down 21%", "", 0.79),
        ("up by 115%", "", 2.15),
        ("fell by 100%", "", 0.0),
        ("£807.70 to £631.50", "£", 631.5 / 807.7),
        ("£807.70 to 631.50", "£", 631.5 / 807.7),
        ("from 739 to 1010", "", 1010 / 739),
        ("5.5 to 1.2 d", "d", 1.2 / 5.5),
        ("5.5 d to 29 h", "d", 29 / 24 / 5.5),
        ("87.7% to 58%", "", 58 / 87.7),
    ],
)
def test_how_something_moved(text, unit, ratio):
    assert parse_move(text, unit).ratio.value == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [
        ("21%", "£", "want its sign: + for more, - for less"),
        ("+21% less", "£", "want one sign"),
        ("-121%", "£", "at most 100%"),
        ("£807.70", "£", "'£807.70 to £631.50'"),
        ("807.70 to 631.50", "£", "want pounds"),
        ("0 to 3", "", "want a first number above 0"),
        (-0.21, "", "want how it moved"),
        ("halved", "d", "want how it moved"),
    ],
)
def test_moves_that_are_refused(text, unit, words):
    with pytest.raises(ValueError, match=r"^got") as caught:
        parse_move(text, unit)
    assert words in str(caught.value)


def between(low, high):
    return st.integers(int(1000 * low), int(1000 * high)).map(lambda n: n / 1000)


figures = st.builds(
    lambda value, down, up: Figure(value, value * (1 - down), value * (1 + up)),
    between(0.01, 10_000), between(0, 0.4), between(0, 0.4),
)  # fmt: skip
inside = between(0, 1)


@given(figures, figures, inside, inside)
def test_no_reading_of_two_rounded_figures_lies_outside_of_their_combination(a, b, x, y):
    made = combined(lambda p, q: p / q - q, a, b)
    one, other = a.low + x * (a.high - a.low), b.low + y * (b.high - b.low)
    assert made.holds(one / other - other)
    assert made.low <= made.value <= made.high


@given(st.decimals(0, 100_000, places=2), st.sampled_from(["", "about ", "over ", "under ", "exactly "]))
def test_a_figure_lies_within_its_ends_and_so_does_what_was_written(number, word):
    made = parse_figure(f"{word}{number}")
    assert made.low <= made.value <= made.high
    assert made.holds(float(number))
    assert made.high - made.low <= (0 if word.startswith("exactly") else 0.01) + 1e-9


@given(st.decimals("0.01", 1000, places=2))
def test_a_scale_is_only_a_scale(number):
    one, other = parse_figure(f"£{number}m", "£"), parse_figure(f"£{number}k", "£")
    assert [1000 * x for x in (other.value, other.low, other.high)] == pytest.approx(
        [one.value, one.low, one.high]
    )


def test_a_figure_holds_itself_and_meets_what_overlaps_it():
    assert exactly(0.3).holds(0.1 + 0.2)
    assert parse_figure(5).meets(parse_figure(4.6))
    assert parse_figure(4.6).meets(parse_figure(5))
    assert not parse_figure(5).meets(parse_figure(5.64))
