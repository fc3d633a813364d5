"""Every mechanism's rows, measured and audited, on logs small enough to work out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from cisim.eventlog import STARTING_BAND, Event, Integrals, Pool
from cisim.measures import (
    audit,
    audit_text,
    mean_wait,
    measure,
    occupancy,
    spells,
    throughput,
    turned_away,
    visits,
)
from cisim.measures.tables import interrupted, turned_round
from cisim.units import DAY, HOUR

END = 2 * DAY
DOCTOR = Pool("doctor", "staff", "", np.array([0]), np.array([1]))
NOTHING = Integrals({}, {}, {}, {}, {}, {}, {}, {})


def failed(log):
    return {(c.check, c.where) for c in audit(log) if not c.passed}


def hours(rows):
    """Rows whose times are in hours."""
    return [(who, round(time * HOUR), *rest) for who, time, *rest in rows]


@pytest.fixture
def pre_empted(make_log):
    """Patient 1 is seen from 0 to 5, but from 1 to 3 patient 2 is, who came at 1."""
    rows = hours(
        [
            (1, 0, "arrive"),
            (1, 0, "ask", "see"),
            (1, 0, "take", "see", "doctor"),
            (1, 0, "begin", "see"),
            (1, 1, "interrupt", "see"),
            (1, 1, "give", "see", "doctor"),
            (1, 3, "take", "see", "doctor"),
            (1, 3, "resume", "see"),
            (1, 5, "end", "see"),
            (1, 5, "give", "see", "doctor"),
            (1, 5, "leave", "", "", "home"),
            (2, 1, "arrive"),
            (2, 1, "ask", "see"),
            (2, 1, "take", "see", "doctor"),
            (2, 1, "begin", "see"),
            (2, 3, "end", "see"),
            (2, 3, "give", "see", "doctor"),
            (2, 3, "leave", "", "", "home"),
        ]
    )
    integrals = replace(
        NOTHING,
        held={"doctor": 5 * HOUR},
        queue={("all", "see"): 2 * HOUR},
        inside={"all": 7 * HOUR},
        arrived={"all": 2},
        left={"all": 2},
    )
    return make_log(rows, END, pools=(DOCTOR,), kinds={"see": "activity"}, integrals=integrals)


def test_an_interrupted_patient_waits_again_but_the_wait_is_the_first(pre_empted, by_name):
    found = measure(pre_empted, 0, END)
    assert by_name(found, "wait", "mean", "all.see").value == 0
    assert by_name(found, "wait", "p95", "all.see").value == 0
    assert by_name(found, "seen", "patients", "all.see").value == 2
    times, mean = (by_name(found, "interrupted", s, "all.see") for s in ("times", "mean"))
    assert (times.value, mean.value, mean.unit, mean.n) == (1, 2.0, "h", 1)
    assert by_name(found, "held_time", "total", "doctor").value == 5
    assert visits(pre_empted).give.tolist() == [5 * HOUR, 3 * HOUR], "given back for good"
    assert failed(pre_empted) == set(), audit_text(audit(pre_empted))


def test_who_is_never_resumed_waits_to_the_end(pre_empted):
    few = pre_empted.select(~((pre_empted.patient == 1) & (pre_empted.time > 1 * HOUR)))
    table = interrupted(few)
    assert (table.since.tolist(), table.until.tolist()) == ([1 * HOUR], [np.iinfo(np.int64).max])
    assert visits(few).give.tolist() == [1 * HOUR, 3 * HOUR]


def test_resuming_what_was_not_interrupted_is_seen(pre_empted):
    spoilt = pre_empted.select(pre_empted.event != Event.INTERRUPT)
    assert failed(spoilt) == {("resumed what was interrupted", "")}


def test_interrupted_waiting_is_in_the_engines_queue(pre_empted):
    wrong = replace(pre_empted.integrals, queue={("all", "see"): 0})
    assert failed(replace(pre_empted, integrals=wrong)) == {("time waiting", "all.see")}


def test_turned_away_ends_the_wait_and_is_no_treatment(make_log, by_name):
    rows = hours(
        [
            (1, 0, "arrive"),
            (1, 0, "ask", "see"),
            (1, 1, "give_up", "see"),
            (1, 1, "leave"),
            (2, 0, "arrive"),
            (2, 0, "begin", "test"),
            (2, 2, "end", "test"),
            (2, 2, "ask", "see"),
            (2, 2, "turn_away", "see"),
            (2, 3, "leave"),
            (3, 0, "arrive"),
        ]
    )
    log = make_log(rows, END, kinds={"see": "activity", "test": "activity"})
    assert turned_away(log, "all", 0, END) == turned_away(log, "all", 0, END, step="see") == 2
    assert turned_away(log, "all", 2 * HOUR, END, step="see") == 1
    assert throughput(log, "all", 0, END) == 0
    assert mean_wait(log, "all", "see", 0, END) == HOUR / 2
    found = measure(log, 0, END)
    assert by_name(found, "turned_away", "share", "all.see").value == 1
    assert by_name(found, "turned_away", "patients", "all").value == 2
    assert by_name(found, "wait", "gave_up", "all.see").value == 1, "patience alone"
    assert by_name(found, "wait", "still_waiting", "all.see").value == 0
    assert failed(log) == set()


def moved_rows():
    """One patient: 0 to 4 in an outlying bed, cleaned until 6; then in the own ward to 10, cleaned until 13."""
    return hours(
        [
            (1, 0, "arrive"),
            (1, 0, "ask", "ward"),
            (1, 0, "take", "ward", "other"),
            (1, 0, "begin", "ward"),
            (1, 4, "move", "ward"),
            (1, 4, "give", "ward", "other"),
            (1, 4, "take", "ward", "own"),
            (1, 6, "free", "ward", "other"),
            (1, 9, "ready", "ward"),
            (1, 10, "give", "ward", "own"),
            (1, 10, "leave", "", "", "home"),
            (1, 13, "free", "ward", "own"),
        ]
    )


BEDS = tuple(Pool(n, "beds", "", np.array([0]), np.array([1])) for n in ("own", "other"))


@pytest.fixture
def moved(make_log):
    integrals = replace(
        NOTHING,
        held={"own": 6 * HOUR, "other": 4 * HOUR},
        queue={("all", "ward"): 0},
        inside={"all": 10 * HOUR},
        arrived={"all": 1},
        left={"all": 1},
        turning={"own": 3 * HOUR, "other": 2 * HOUR},
    )
    return make_log(moved_rows(), END, pools=BEDS, integrals=integrals)


def test_a_move_within_a_stay_keeps_the_stay(moved, by_name):
    found = measure(moved, 0, END)
    assert by_name(found, "length_of_stay", "mean", "all.ward").value == pytest.approx(10 / 24)
    assert by_name(found, "blocked", "total", "all.ward").value == pytest.approx(1 / 24)
    assert occupancy(moved, "own", 0, END) * END == 6 * HOUR
    assert occupancy(moved, "other", 0, END) * END == 4 * HOUR
    assert failed(moved) == set(), audit_text(audit(moved))
    middle = moved.select(moved.time <= 4 * HOUR)
    assert visits(middle).give.tolist() == [np.iinfo(np.int64).max], "a bed is held still"


def test_places_are_turned_round_and_not_held(moved, by_name):
    table = turned_round(moved)
    assert table.pool.tolist() == [1, 0]
    assert (table.until - table.since).tolist() == [2 * HOUR, 3 * HOUR]
    found = measure(moved, 0, END)
    assert by_name(found, "turning_time", "total", "own").value == pytest.approx(3 / 24)
    assert by_name(measure(moved, 5 * HOUR, END), "turning_time", "total", "other").value == pytest.approx(
        1 / 24
    )


@pytest.mark.parametrize(
    ("turning", "passes"),
    [(3 * HOUR - 1, False), (3 * HOUR, True), (3 * HOUR + 1, False)],
)
def test_turning_time_is_the_engines_where_all_is_free(moved, turning, passes):
    spoilt = replace(moved.integrals, turning={"own": turning, "other": 2 * HOUR})
    assert failed(replace(moved, integrals=spoilt)) == (set() if passes else {("time turning", "own")})


def test_what_turns_still_at_the_end_is_in_the_engines_time_alone(moved):
    last = moved.select(moved.time < 13 * HOUR)
    for turning, passes in ((0, True), (38 * HOUR, True), (38 * HOUR + 1, False)):
        sums = replace(moved.integrals, turning={"own": turning, "other": 2 * HOUR})
        assert failed(replace(last, integrals=sums)) == (set() if passes else {("time turning", "own")})


def test_nothing_is_free_that_was_not_given(moved):
    spoilt = moved.select(~((moved.event == Event.MOVE) | (moved.time == 10 * HOUR)))
    assert ("turned round what was given", "") in failed(spoilt)


def test_a_grant_of_a_place_that_is_being_turned_round_is_seen(make_log):
    def late(hour):
        return hours(
            [
                (2, 5, "arrive"),
                (2, 5, "ask", "ward"),
                (2, hour, "take", "ward", "other"),
                (2, hour, "begin", "ward"),
            ]
        )

    assert failed(make_log(moved_rows() + late(6), END, pools=BEDS)) == set()
    wrong = make_log(moved_rows() + late(5.5), END, pools=BEDS)
    assert failed(wrong) == {("granted within the number", "other")}


def test_who_comes_again_is_an_arrival_and_a_readmission(make_log, stay_rows, by_name):
    again = [(*row[:1], row[1] + 30 * HOUR, *row[2:]) for row in stay_rows(1, 0, HOUR, 3 * HOUR, 3 * HOUR)]
    rows = [*stay_rows(1, 0, 0, 4 * HOUR, 4 * HOUR), *again, *stay_rows(2, 0, 0, 6 * HOUR, 6 * HOUR)]
    integrals = replace(
        NOTHING,
        queue={("all", "ward"): HOUR},
        inside={"all": 13 * HOUR},
        arrived={"all": 2},
        returned={"all": 1},
        left={"all": 3},
        expected={"all": 2.0},
        variance={"all": 0.0},
    )
    log = make_log(rows, END, pools=(Pool("beds"),), integrals=integrals)
    assert spells(log).spell.tolist() == [0, 1, 0]
    found = measure(log, 0, END)
    assert by_name(found, "arrivals", "patients", "all").value == 3
    assert by_name(found, "readmissions", "patients", "all").value == 1
    assert by_name(found, "readmissions", "share", "all").value == pytest.approx(1 / 3)
    assert by_name(found, "length_of_stay", "mean", "all").value == pytest.approx((4 + 3 + 6) / 3 / 24)
    assert failed(log) == set(), audit_text(audit(log))
    lost = replace(integrals, returned={"all": 0})
    assert failed(replace(log, integrals=lost)) == {
        ("patients returned", "all"),
        ("patients still inside", "all"),
    }


def test_a_bed_may_be_free_after_its_patient_came_again(make_log):
    rows = [*moved_rows(), (1, 11 * HOUR, "arrive"), (1, 12 * HOUR, "leave")]
    log = make_log(rows, END, pools=BEDS)
    spell = log.spell.copy()
    spell[(log.event == Event.FREE) & (log.time == 13 * HOUR)] = 0
    order = np.lexsort((log.time, spell))
    columns = {
        c: getattr(log, c)[order] for c in ("time", "event", "step", "visit", "pool", "units", "detail")
    }
    log = replace(log, spell=spell[order], **columns)
    log = replace(log, sequence=np.concatenate((np.arange(12), np.arange(2))))
    assert failed(log) == set(), audit_text(audit(log))


def starter(make_log, number, **changes):
    """In a bed since 30 hours before the start, until hour 10; and who has waited for 2 hours at the start."""
    one, two = number, number + 1
    rows = hours(
        [
            (one, -30, "arrive"),
            (one, -30, "ask", "ward"),
            (one, -30, "take", "ward", "own"),
            (one, -30, "begin", "ward"),
            (one, 10, "ready", "ward"),
            (one, 10, "give", "ward", "own"),
            (one, 10, "leave", "", "", "home"),
            (two, -2, "arrive"),
            (two, -2, "ask", "ward"),
            (two, 10, "take", "ward", "own"),
            (two, 10, "begin", "ward"),
        ]
    )
    integrals = replace(
        NOTHING,
        held={"own": END},
        queue={("all", "ward"): 10 * HOUR},
        inside={"all": END + 10 * HOUR},
        arrived={"all": 0},
        present={"all": 2},
        left={"all": 1},
    )
    return make_log(rows, END, pools=BEDS, integrals=replace(integrals, **changes))


FIRST = STARTING_BAND << 32


def test_who_was_there_at_the_start_is_counted_from_it(make_log, by_name):
    log = starter(make_log, FIRST)
    assert failed(log) == set(), audit_text(audit(log))
    found = measure(log, 0, END)
    assert by_name(found, "occupancy", "mean", "own").value == 1
    assert by_name(found, "arrivals", "patients", "all").value == 0
    assert by_name(found, "length_of_stay", "mean", "all").value == pytest.approx(40 / 24)
    assert by_name(found, "wait", "completed_mean", "all.ward").value == 12, "since it was asked for"
    assert mean_wait(log, "all", "ward", 0, END) != mean_wait(log, "all", "ward", 0, END), (
        "nobody asked in it"
    )


def test_only_who_was_there_has_rows_before_the_start(make_log):
    assert ("rows within the run", "") in failed(starter(make_log, 0))
    lost = starter(make_log, FIRST, present={"all": 1})
    assert failed(lost) == {("patients there at the start", "all"), ("patients still inside", "all")}


def test_who_was_there_may_be_over_the_number(make_log):
    rows = [
        (FIRST + i, time, event, *rest)
        for i in range(2)
        for time, event, *rest in (
            (-5, "arrive"),
            (-5, "ask", "ward"),
            (-5, "take", "ward", "own"),
            (-5, "begin", "ward"),
        )
    ]
    assert failed(make_log(rows, END, pools=BEDS)) == set()
    late = [(FIRST + 2, -5, "arrive"), (FIRST + 2, -5, "ask", "ward"), (FIRST + 2, 7, "take", "ward", "own")]
    assert failed(make_log(rows + late, END, pools=BEDS)) == {("granted within the number", "own")}


def test_of_several_things_at_once_the_last_is_told(make_log, by_name):
    def discharge(who, begin, end, last):
        return [
            (who, begin, "arrive"),
            (who, begin, "begin", "discharge"),
            (who, end, "end", "discharge", "", last),
        ]

    rows = hours(
        [
            *discharge(1, 0, 2, "transport"),
            *discharge(2, 0, 4, "medicines"),
            *discharge(3, 1, 4, "transport"),
            (4, 3, "arrive"),
            (4, 3, "begin", "discharge"),
        ]
    )
    log = make_log(rows, END, kinds={"discharge": "all_of"})
    found = measure(log, 0, END)
    assert by_name(found, "all_parts", "mean", "all.discharge").value == 3
    assert by_name(found, "all_parts", "p95", "all.discharge").value == 4
    last = by_name(found, "last_part", "transport", "all.discharge")
    assert (last.value, last.unit, last.n) == (pytest.approx(2 / 3), "share", 3)
    assert by_name(found, "last_part_time", "transport", "all.discharge").value == 2.5
    assert by_name(found, "last_part_time", "medicines", "all.discharge").value == 4
    assert failed(log) == set()


def test_a_batch_together_begins_and_ends_for_all(make_log, by_name):
    rows = hours(
        [
            (1, 0, "arrive"),
            (1, 0, "ask", "run"),
            (2, 1, "arrive"),
            (2, 1, "ask", "run"),
            (1, 2, "take", "run", "doctor"),
            (1, 2, "begin", "run"),
            (2, 2, "begin", "run"),
            (1, 3, "end", "run"),
            (1, 3, "give", "run", "doctor"),
            (2, 3, "end", "run"),
        ]
    )
    log = make_log(rows, END, pools=(DOCTOR,), kinds={"run": "batch"})
    found = measure(log, 0, END)
    assert by_name(found, "wait", "mean", "all.run").value == 1.5
    assert by_name(found, "seen", "patients", "all.run").value == 2
    assert by_name(found, "used_share", "share", "doctor").value == pytest.approx(1 / 48)
    assert failed(log) == set()
