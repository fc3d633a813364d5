"""Step functions of time, against reading them off moment by moment."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cisim.measures.curves import from_changes, from_levels
from cisim.measures.rows import Windows
from cisim.measures.stretches import by_time
from cisim.units import WEEK

END = 40
moves = st.lists(st.tuples(st.integers(-5, END - 1), st.integers(-3, 3)), max_size=60)


def levels(changes):
    """Return the level in each millisecond of [0, END)."""
    return [sum(change for time, change in changes if time <= now) for now in range(END)]


@given(moves, moves, st.integers(0, END), st.integers(0, END))
@settings(max_examples=200, deadline=None)
def test_a_curve_is_the_sum_of_its_changes(changes, others, one, other):
    start, end = sorted((one, other))
    curve, limit = (from_changes(*np.array(c, np.int64).reshape(-1, 2).T) for c in (changes, others))
    there, most = levels(changes), levels(others)
    assert curve.at(np.arange(END)).tolist() == there
    assert curve.integral(start, end) == sum(there[start:end])
    values, spent = curve.distribution(start, end)
    assert dict(zip(values.tolist(), spent.tolist(), strict=True)) == {
        v: there[start:end].count(v) for v in there[start:end]
    }
    over = [max(a - b, 0) for a, b in zip(there, most, strict=True)]
    edges = np.array([0, start, end, END])
    wanted = [sum(over[a:b]) for a, b in ((0, start), (start, end), (end, END))]
    assert curve.above(limit, edges).tolist() == wanted
    same = from_levels(curve.times, curve.values)
    assert same.at(curve.times).tolist() == curve.values.tolist()


@pytest.mark.parametrize("crowded", [False, True])
def test_changes_are_put_in_order_whether_times_are_crowded_or_not(crowded):
    rng = np.random.default_rng(5)
    times = rng.integers(0, 10**9, 5000)
    if crowded:  # most of them in one second of many days
        times[:4000] = rng.integers(5 * 10**8, 5 * 10**8 + 1000, 4000)
    changes = rng.integers(-9, 10, 5000)
    assert by_time(times, changes)[0] is not crowded
    curve = from_changes(times, changes)
    asked = np.concatenate((rng.integers(0, 10**9, 300), times[:300]))
    assert curve.at(asked).tolist() == [int(changes[times <= t].sum()) for t in asked]


@given(st.lists(st.integers(-5, 3 * WEEK), max_size=30), st.integers(0, WEEK), st.booleans())
@settings(deadline=None)
def test_windows_count_and_sum_what_falls_in_them(moments, start, weekly):
    windows, times = Windows.of(start, 2 * WEEK + 100, weekly=weekly), np.array(moments, np.int64)
    spans = list(zip(windows.starts.tolist(), windows.ends.tolist(), strict=True))
    assert windows.count(times).tolist() == [sum(a <= t < b for t in moments) for a, b in spans]
    assert windows.sum(times, 2 * times).tolist() == [
        sum(2 * t for t in moments if a <= t < b) for a, b in spans
    ]
    assert windows.before_end(times).tolist() == [sum(t < b for t in moments) for _, b in spans]
