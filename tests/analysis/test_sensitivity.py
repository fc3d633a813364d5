"""One-way, two-way and switching values, on a case worked by hand, and on answers that turn, jump or break."""

import math

import numpy as np
import pytest

from cisim.analysis import Switch, ranges, switching, tornado, two_way
from cisim.distributions import Normal, Uniform
from cisim.errors import ModelError

BASE = {"beds": 12.0, "vbd": 90.0, "fill": 0.85, "q": 0.02, "k": 25_000.0}
ENDS = {"beds": (8, 16), "fill": (0.6, 1), "k": (15_000, 35_000), "q": (0.01, 0.03), "vbd": (60, 140)}


def worth(x):
    """Net benefit of freed beds: some filled with ten-day patients who gain q QALYs, the others worth vbd a day."""
    day = (1 - x["fill"]) * x["vbd"] + x["fill"] * x["q"] * x["k"] / 10
    return 365 * x["beds"] * day - 150_000


def test_the_tornado_of_the_freed_beds():
    told = tornado(worth, BASE, ENDS)
    assert told.base == pytest.approx(95_280, abs=1e-9)
    swings = {"q": 186_150, "beds": 163_520, "k": 148_920, "fill": 70_080, "vbd": 52_560}
    assert [bar.path for bar in told.bars] == list(swings)
    for bar in told.bars:
        assert bar.swing == pytest.approx(swings[bar.path], abs=1e-9), bar.path
        assert not bar.turns
    q, fill = told.bars[0], told.bars[3]
    assert (q.at_low, q.at_high) == pytest.approx((2_205, 188_355), abs=1e-9)
    assert (fill.at_low, fill.at_high) == pytest.approx((139_080, 69_000), abs=1e-9)


def test_a_bar_counts_the_base_where_the_answer_turns_and_says_so():
    bar = tornado(lambda x: -(x["a"] ** 2), {"a": 0.0}, {"a": (-1, 2)}).bars[0]
    assert bar.turns
    assert bar.swing == 4
    assert tornado(lambda _: 1.0, {"a": 0.0}, {"a": (-1, 1)}).bars[0].swing == 0


def test_equal_swings_stay_in_their_written_order():
    told = tornado(lambda x: x["b"] + x["a"], {"a": 0, "b": 0}, {"b": (0, 1), "a": (0, 1)})
    assert [bar.path for bar in told.bars] == ["b", "a"]


def test_ranges_are_central_intervals():
    low, high = ranges({"x": Normal(10, 2)}, 0.95)["x"]
    assert (low, high) == pytest.approx((10 - 2 * 1.959963984540054, 10 + 2 * 1.959963984540054))
    assert ranges({"u": Uniform(0, 1)}, 0.5)["u"] == (0.25, 0.75)


def test_the_grid_is_indexed_first_by_the_first():
    beds, fill = [8, 12, 16], [0.6, 0.85]
    grid = two_way(worth, BASE, {"beds": beds, "fill": fill})
    assert grid.shape == (3, 2)
    for i, b in enumerate(beds):
        for j, f in enumerate(fill):
            assert grid[i, j] == worth({**BASE, "beds": b, "fill": f})


def test_the_freed_beds_break_even():
    found = switching(worth, BASE, "beds", (0, 20))
    assert found.values == pytest.approx((150_000 / (365 * 56),), abs=1e-9)
    assert found.values[0] == pytest.approx(7.33855186, abs=1e-8)
    assert not found.good_at_low
    assert found.told("beds") == "does not pay back below 7.3 beds"


@pytest.mark.parametrize(
    ("answer", "values", "told"),
    [
        (lambda x: 5 - x, (5.0,), "does not pay back above 5.0 beds"),
        (lambda x: (x - 2) * (7 - x), (2.0, 7.0), "does not pay back below 2.0 beds or above 7.0 beds"),
        (lambda x: (x - 2) * (x - 7), (2.0, 7.0), "does not pay back between 2.0 and 7.0 beds"),
        (lambda x: 1.0 + x, (), "pays back anywhere from 0 to 10 beds"),
        (lambda x: -1.0 - x, (), "does not pay back anywhere from 0 to 10 beds"),
        # whole bays of four beds: the crossing is the step, which touches nothing
        (lambda x: 10 * math.floor(x / 4) - 15, (8.0,), "does not pay back below 8.0 beds"),
        # exactly the target over a stretch: that is paid back
        (lambda x: min(x - 5.0, 0.0), (5.0,), "does not pay back below 5.0 beds"),
        (lambda x: min(5.0 - x, 0.0), (5.0,), "does not pay back above 5.0 beds"),
    ],
)
def test_every_crossing_is_found_and_told(answer, values, told):
    found = switching(lambda x: answer(x["beds"]), {"beds": 3.0}, "beds", (0, 10))
    assert found.values == pytest.approx(values, abs=1e-9)
    assert found.told("beds") == told


def test_a_target_other_than_zero_and_the_answer_at_the_crossing():
    found = switching(worth, BASE, "fill", (0, 1), target=100_000)
    assert worth({**BASE, "fill": found.values[0]}) == pytest.approx(100_000, abs=1e-6)


def test_numbers_are_told_to_two_digits():
    for value, said in [(12_345.0, "12,000"), (0.8534, "0.85"), (0.0, "0"), (-3.0, "-3.0"), (99.9, "100")]:
        assert Switch("x", -9.0, 9e9, 0.0, (value,), good_at_low=False).told().endswith(f"below {said}")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: tornado(worth, BASE, {"bedz": (1, 2)}), "bedz: .*did you mean 'beds'"),
        (lambda: tornado(worth, BASE, {"beds": (2, 1)}), "beds: got ends 2 and 1"),
        (lambda: tornado(lambda x: 1 / (x["beds"] - 8) if x["beds"] != 8 else math.nan, BASE, ENDS),
         "answer: got nan at beds = 8"),
        (lambda: tornado(lambda _: math.inf, BASE, {}), "answer: got inf at the base case"),
        (lambda: two_way(worth, BASE, {"beds": [1]}), "over: got 1 inputs, want exactly two"),
        (lambda: two_way(worth, BASE, {"beds": [1], "x": [2]}), "x: got a name that the base case"),
        (lambda: switching(worth, BASE, "bed", (0, 1)), "bed: got a name"),
        (lambda: switching(worth, BASE, "beds", (1, 1)), "beds: got 1 to 1"),
        (lambda: switching(worth, BASE, "beds", (0, 1), looks=1), "looks: got 1"),
        (lambda: ranges({}, 1.0), "level: got 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_reason(call, words):
    with pytest.raises(ModelError, match=words):
        call()


def test_the_crossing_does_not_depend_on_the_number_of_looks():
    found = [switching(worth, BASE, "beds", (0, 20), looks=looks).values for looks in (2, 5, 33)]
    assert np.ptp(found) < 1e-9
