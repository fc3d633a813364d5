"""What must hold for any log at all: random stays on a pool, whatever its number of places allows."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import CensoredData, ecdf

from cisim.eventlog import Pool
from cisim.measures import (
    arrivals,
    census,
    held_time,
    idle_time,
    lengths_of_stay,
    mean_wait,
    measure,
    occupancy,
    occupancy_distribution,
    overrun_time,
    spells,
    throughput,
    visits,
    waits,
)
from cisim.measures.queues import reached
from cisim.units import DAY, HOUR, WEEK

END = 4 * WEEK
hours = st.integers(0, 24 * 40)
stays = st.lists(st.tuples(st.integers(0, 24 * 28 - 1), hours, hours, hours, st.booleans()), max_size=25)
edges = st.integers(0, END)


@pytest.fixture(scope="session")
def random_log(make_log):
    def build(drawn):
        rows = []
        for who, (at, wait, stay, block, gives_up) in enumerate(drawn):
            times = np.cumsum([at, wait, stay, block]) * HOUR
            story = [(who, times[0], "arrive"), (who, times[0], "ask", "ward")]
            if gives_up:
                story += [(who, times[1], "give_up", "ward"), (who, times[1], "leave")]
            else:
                story += [(who, times[1], "take", "ward", "beds"), (who, times[1], "begin", "ward")]
                story += [(who, times[2], "ready", "ward"), (who, times[3], "give", "ward", "beds")]
                story += [(who, times[3], "leave")]
            rows += [r for r in story if r[1] < END]
        beds = Pool("beds", "beds", "", np.array([0, WEEK, 3 * WEEK]), np.array([5, 2, 8]))
        return make_log(rows, END, pools=(beds,))

    return build


def window(pair):
    return min(pair), max(pair)


@given(stays, st.tuples(edges, edges))
@settings(max_examples=60, deadline=None)
def test_littles_law_is_an_identity(random_log, drawn, pair):
    """The integral of a number equals the sum of everybody's time, clipped to the window."""
    log, (start, end) = random_log(drawn), window(pair)
    passages = visits(log)
    held = np.clip(passages.give, start, end) - np.clip(passages.begin, start, end)
    assert held_time(log, "beds", start, end) == held.sum()
    asked = int(np.count_nonzero((passages.ask >= start) & (passages.ask < end)))
    if asked:
        queue = np.clip(passages.queue_end, start, end) - np.clip(passages.ask, start, end)
        assert mean_wait(log, "all", "ward", start, end) == pytest.approx(queue.sum() / asked)


@given(stays, st.tuples(edges, edges))
@settings(max_examples=60, deadline=None)
def test_the_distribution_of_occupancy_is_one_and_its_mean_is_the_mean(random_log, drawn, pair):
    log, (start, end) = random_log(drawn), window(pair)
    shares = occupancy_distribution(log, "beds", start, end)
    if start == end:
        assert shares == {}
        return
    assert sum(shares.values()) == pytest.approx(1)
    assert sum(n * s for n, s in shares.items()) == pytest.approx(occupancy(log, "beds", start, end))
    found = {(m.measure, m.statistic): m.value for m in measure(log, start, end, weekly=False) if m.pool}
    assert found["occupancy", "max"] == max(shares)
    below = sum(s for n, s in shares.items() if n <= found["occupancy", "p90"])
    assert below >= 0.9 - 1e-9


@given(stays, st.tuples(edges, edges))
@settings(max_examples=40, deadline=None)
def test_weeks_add_up_to_the_window(random_log, drawn, pair):
    log, (start, end) = random_log(drawn), window(pair)
    whole, weeks = {}, {}
    for m in measure(log, start, end):
        if m.statistic in ("total", "patients", "gave_up"):
            key = (m.measure, m.statistic, m.pathway, m.step, m.pool)
            if m.week < 0:
                whole[key] = m.value
            else:
                weeks[key] = weeks.get(key, 0) + m.value
    assert {k: weeks.get(k, 0) for k in whole} == pytest.approx(whole)


@given(stays, st.lists(edges, min_size=3, max_size=3))
@settings(max_examples=40, deadline=None)
def test_neighbouring_windows_add_up(random_log, drawn, cuts):
    log, (start, middle, end) = random_log(drawn), sorted(cuts)
    for function in (held_time, idle_time, overrun_time):
        parts = function(log, "beds", start, middle) + function(log, "beds", middle, end)
        assert parts == function(log, "beds", start, end)
    for function in (arrivals, throughput):
        parts = function(log, "all", start, middle) + function(log, "all", middle, end)
        assert parts == function(log, "all", start, end)


@given(stays, st.tuples(edges, edges))
@settings(max_examples=40, deadline=None)
def test_nobody_is_lost_from_a_queue(random_log, drawn, pair):
    """Who waited at the start, and asked in the window, was served, gave up, or waits at its end."""
    log, (start, end) = random_log(drawn), window(pair)
    found = {m.statistic: m for m in measure(log, start, end, weekly=False) if m.measure == "wait"}
    passages = visits(log)
    before = int(np.count_nonzero((passages.ask < start) & (passages.queue_end >= start)))
    out = found["completed_mean"].n + found["gave_up"].value + found["still_waiting"].value
    assert before + found["still_waiting"].n == out
    assert len(waits(log, "all", "ward", start, end).waited) == found["p50"].n


@given(stays, st.integers(0, 27))
@settings(max_examples=40, deadline=None)
def test_midnights_agree_with_who_is_there(random_log, drawn, day):
    log = random_log(drawn)
    passages = visits(log)
    there = np.count_nonzero((passages.begin <= day * DAY) & (passages.give > day * DAY))
    assert census(log, "beds", day * DAY, day * DAY + 1).tolist() == [there]


@given(stays)
@settings(max_examples=40, deadline=None)
def test_whoever_came_left_or_is_inside(random_log, drawn):
    log = random_log(drawn)
    inside = int(np.count_nonzero(spells(log).leave >= END))
    away = [
        m.value
        for m in measure(log, 0, END, weekly=False)
        if (m.measure, m.statistic, m.step) == ("turned_away", "patients", "")
    ]
    assert arrivals(log, "all", 0, END) == throughput(log, "all", 0, END) + away[0] + inside
    assert len(lengths_of_stay(log, "all", 0, END)) == throughput(log, "all", 0, END)


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40), st.floats(0.01, 0.99))
@settings(max_examples=200, deadline=None)
def test_percentiles_are_kaplan_and_meiers(people, share):
    """Against scipy's product limit; a share within rounding of a step is left alone."""
    waited, served = np.array([w for w, _ in people]), np.array([s for _, s in people])
    data = CensoredData(uncensored=waited[served], right=waited[~served])
    curve = ecdf(data).cdf
    if np.min(np.abs(curve.probabilities - share), initial=1.0) < 1e-9:
        return
    over = curve.quantiles[curve.probabilities >= share]
    want = over[0] if len(over) else math.nan
    assert reached(waited, served, np.array([share]))[0] == pytest.approx(want, nan_ok=True)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60))
def test_with_everybody_served_they_are_plain_percentiles(times):
    waited = np.array(times)
    shares = np.array([0.5, 0.9, 0.95])
    want = np.quantile(waited, shares, method="inverted_cdf")
    assert reached(waited, np.ones(len(waited), bool), shares) == pytest.approx(want)
