"""Every measure on logs small enough to work out by hand."""

import math

import numpy as np
import pytest

from cisim.errors import ModelError
from cisim.eventlog import Pool
from cisim.measures import (
    arrivals,
    blocked,
    capacity_time,
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
    turned_away,
    visits,
    waits,
)
from cisim.units import DAY, HOUR, WEEK, YEAR


@pytest.fixture
def log(make_log, stay_rows):
    """Four patients over ten days in two beds, which are closed from day 6 on.

    1: waits 0, stays days 1 to 4, the last blocked. 2: waits 1 day, stays 3 to 8. 3: asks on day 3, gives up
    on day 5. 4: asks on day 5 and waits still at the end.
    """
    rows = [
        *stay_rows(1, 1 * DAY, 1 * DAY, 3 * DAY, 4 * DAY),
        *stay_rows(2, 2 * DAY, 3 * DAY, 8 * DAY, 8 * DAY),
        *stay_rows(3, 3 * DAY, gave_up=5 * DAY),
        *stay_rows(4, 5 * DAY),
    ]
    beds = Pool("beds", "beds", "hospital", np.array([0, 6 * DAY]), np.array([2, 0]))
    return make_log(rows, 10 * DAY, pools=(beds, Pool("spare"), Pool("porter", "staff")))


def test_spells_and_visits(log):
    table, passages = spells(log), visits(log)
    assert table.treated.tolist() == [True, True, False, False]
    assert (passages.ready[0], passages.give[0]) == (3 * DAY, 4 * DAY)
    assert len(passages.spell) == 4


def test_patients(log):
    assert lengths_of_stay(log, "all", 0, 10 * DAY).tolist() == [3 * DAY, 6 * DAY]
    assert lengths_of_stay(log, "all", 0, 10 * DAY, step="ward").tolist() == [3 * DAY, 5 * DAY]
    assert throughput(log, "all", 0, 8 * DAY) == 1, "who leaves at the window's end is of the next window"
    assert arrivals(log, "all", 2 * DAY, 5 * DAY) == 2
    assert turned_away(log, "all", 0, 10 * DAY) == turned_away(log, "all", 5 * DAY, 6 * DAY, step="ward") == 1
    assert turned_away(log, "all", 0, 5 * DAY) == 0


def test_waits_count_those_who_wait_still(log):
    queue = waits(log, "all", "ward", 0, 10 * DAY)
    assert sorted(zip(queue.waited // DAY, queue.served, queue.gave_up, strict=True)) == [
        (0, True, False),
        (1, True, False),
        (2, False, True),
        (5, False, False),
    ]
    assert mean_wait(log, "all", "ward", 0, 10 * DAY) == (0 + 1 + 2 + 5) / 4 * DAY
    assert math.isnan(mean_wait(log, "all", "ward", 6 * DAY, 7 * DAY)), "somebody waits, but nobody asked"
    assert queue.percentile(0.5) == 1 * DAY
    assert math.isnan(queue.percentile(0.9)), "half were never served"


def test_pools(log):
    assert held_time(log, "beds", 0, 10 * DAY) == 8 * DAY
    assert occupancy(log, "beds", 2 * DAY, 4 * DAY) == 1.5, "who was there before the window is inside it"
    assert occupancy_distribution(log, "beds", 0, 10 * DAY) == {0: 0.3, 1: 0.6, 2: 0.1}
    assert census(log, "beds", 0, 10 * DAY).tolist() == [0, 1, 1, 2, 1, 1, 1, 1, 0, 0]
    assert capacity_time(log, "beds", 0, 10 * DAY) == 12 * DAY
    assert idle_time(log, "beds", 0, 10 * DAY) == 4 * DAY
    assert overrun_time(log, "beds", 0, 10 * DAY) == 2 * DAY
    assert capacity_time(log, "beds", 5 * DAY, 7 * DAY) == 2 * DAY
    assert overrun_time(log, "spare", 0, 10 * DAY) == 0
    assert blocked(log, "all", "ward", 0, int(3.5 * DAY)) == DAY // 2


@pytest.mark.parametrize(
    ("name", "statistic", "owner", "value", "unit", "n"),
    [
        ("length_of_stay", "mean", "all", 4.5, "d", 2),
        ("length_of_stay", "sd", "all", math.sqrt(4.5), "d", 2),
        ("length_of_stay", "p50", "all", 3.0, "d", 2),
        ("length_of_stay", "p95", "all.ward", 5.0, "d", 2),
        ("wait", "mean", "all.ward", 48.0, "h", 4),
        ("wait", "p50", "all.ward", 24.0, "h", 4),
        ("wait", "completed_mean", "all.ward", 12.0, "h", 2),
        ("wait", "served_share", "all.ward", 0.5, "share", 4),
        ("wait", "still_waiting", "all.ward", 1.0, "patients", 4),
        ("wait", "gave_up", "all.ward", 1.0, "patients", 4),
        ("occupancy", "mean", "beds", 0.8, "places", 2),
        ("occupancy", "share", "beds", 8 / 12, "share", 2),
        ("occupancy", "p50", "beds", 1.0, "places", 2),
        ("occupancy", "p90", "beds", 1.0, "places", 2),
        ("occupancy", "p95", "beds", 2.0, "places", 2),
        ("occupancy", "max", "beds", 2.0, "places", 2),
        ("occupancy_distribution", "2", "beds", 0.1, "share", 2),
        ("census_midnight", "mean", "beds", 0.8, "places", 10),
        ("census_midnight", "max", "beds", 2.0, "places", 10),
        ("throughput", "patients", "all", 2.0, "patients", 2),
        ("throughput", "per_year", "all", 2 * YEAR / (10 * DAY), "patients per year", 2),
        ("arrivals", "patients", "all", 4.0, "patients", 4),
        ("turned_away", "patients", "all", 1.0, "patients", 4),
        ("turned_away", "share", "all.ward", 0.25, "share", 4),
        ("outcomes", "home", "all", 2.0, "patients", 3),
        ("outcomes", "gave up", "all", 1.0, "patients", 3),
        ("seen", "patients", "all.ward", 2.0, "patients", 2),
        ("blocked", "total", "all.ward", 1.0, "d", 2),
        ("blocked", "mean_per_stay", "all.ward", 0.5, "d", 2),
        ("held_time", "total", "beds", 8.0, "bed-day", 10),
        ("capacity_time", "total", "beds", 12.0, "bed-day", 10),
        ("idle_time", "total", "beds", 4.0, "bed-day", 10),
        ("overrun_time", "total", "beds", 2.0, "bed-day", 10),
        ("held_time", "total", "porter", 0.0, "hour", 10),
    ],
)
def test_measure_of_the_whole_window(log, by_name, name, statistic, owner, value, unit, n):
    found = by_name(measure(log, 0, 10 * DAY), name, statistic, owner)
    assert (found.value, found.unit, found.n) == (pytest.approx(value), unit, n)


def test_weeks_begin_at_the_window_and_the_last_may_be_short(log, by_name):
    found = measure(log, DAY, 9 * DAY)
    assert {m.week for m in found} == {-1, 0, 1}
    assert by_name(found, "held_time", "total", "beds", week=0).value == 8.0
    assert by_name(found, "held_time", "total", "beds", week=1).value == 0.0
    assert by_name(found, "census_midnight", "mean", "beds", week=1).n == 1
    assert {m.week for m in measure(log, 0, 10 * DAY, weekly=False)} == {-1}


def test_nothing_is_measured_of_nobody_and_says_so(make_log, by_name):
    empty = make_log([], WEEK, pools=(Pool("beds", times=np.array([0]), numbers=np.array([0])),))
    found = measure(empty, 0, WEEK)
    for name, statistic, owner in [
        ("length_of_stay", "mean", "all"),
        ("wait", "p95", "all.ward"),
        ("wait", "mean", "all.ward"),
    ]:
        one = by_name(found, name, statistic, owner)
        assert math.isnan(one.value)
        assert one.n == 0
    assert math.isnan(by_name(found, "occupancy", "share", "beds").value), "nothing was rostered"
    assert by_name(found, "occupancy", "mean", "beds").value == 0
    assert by_name(found, "arrivals", "patients", "all").value == 0
    assert len(measure(empty, WEEK, WEEK)) > 0, "a window of no length"


def test_no_pools_no_steps(make_log, by_name):
    log = make_log([(1, 0, "arrive"), (1, HOUR, "leave")], DAY, kinds={})
    found = measure(log, 0, DAY)
    assert by_name(found, "throughput", "patients", "all").value == 0, "nothing was begun: not treated"
    assert by_name(found, "outcomes", "not named", "all").value == 1
    assert not [m for m in found if m.pool]


def test_an_outcome_that_nobody_had_is_nought(make_log, by_name):
    log = make_log([(1, 0, "arrive")], DAY, kinds={"died": "leave"})
    assert by_name(measure(log, 0, DAY), "outcomes", "died", "all").value == 0


def test_each_visit_and_spell_is_a_wait_of_its_own(make_log, by_name):
    rows = [(1, 0, "arrive")]
    for hour in (0, 4):
        rows += [
            (1, hour * HOUR, "ask", "doctor"),
            (1, (hour + 1) * HOUR, "begin", "doctor"),
            (1, (hour + 2) * HOUR, "end", "doctor"),
        ]
    rows += [
        (1, 6 * HOUR, "leave"),
        (1, 8 * HOUR, "arrive"),
        (1, 8 * HOUR, "ask", "doctor"),
        (1, 12 * HOUR, "begin", "doctor"),
    ]
    log = make_log(rows, DAY, kinds={"doctor": "activity"})
    assert by_name(measure(log, 0, DAY), "wait", "completed_mean", "all.doctor").value == 2.0
    assert spells(log).spell.tolist() == [0, 1]


def test_a_round_tells_its_openings(make_log, by_name):
    rows = [(1, 0, "arrive"), (1, 0, "ask", "round"), (1, 9 * HOUR, "begin", "round")]
    openings = ((0, np.array([9 * HOUR, 33 * HOUR])),)
    found = measure(make_log(rows, 2 * DAY, kinds={"round": "round"}, openings=openings), 0, 2 * DAY)
    assert by_name(found, "openings", "count", "all.round").value == 2
    assert by_name(found, "seen", "patients", "all.round").value == 1


def test_pathways_are_kept_apart(make_log, by_name, stay_rows):
    rows = [*stay_rows("a:1", 0, 0, DAY, DAY), *stay_rows("b:1", 0, HOUR, 2 * DAY, 2 * DAY)]
    found = measure(make_log(rows, WEEK, pools=(Pool("beds"),), pathways=("a", "b")), 0, WEEK)
    assert by_name(found, "wait", "mean", "a.ward").value == 0
    assert by_name(found, "wait", "mean", "b.ward").value == 1
    assert by_name(found, "length_of_stay", "mean", "b").value == 2


@pytest.mark.parametrize("window", [(-1, DAY), (DAY, 0), (0, 11 * DAY)])
def test_a_window_outside_the_log_is_refused(log, window):
    with pytest.raises(ModelError, match="window: got"):
        measure(log, *window)


def test_wrong_names_are_told_with_the_nearest(log):
    with pytest.raises(ModelError, match="did you mean 'beds'"):
        occupancy(log, "bedz", 0, DAY)
    with pytest.raises(ModelError, match="did you mean 'ward'"):
        waits(log, "all", "wards", 0, DAY)
    with pytest.raises(ModelError, match="pathway: got 'b'"):
        throughput(log, "b", 0, DAY)
