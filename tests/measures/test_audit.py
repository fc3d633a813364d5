"""The audit passes what is right, and can fail: every check is seen to fail on a log spoilt for it."""

from dataclasses import replace

import numpy as np
import pytest

from cisim.eventlog import Event, Integrals, Pool
from cisim.measures import audit, audit_text
from cisim.measures.audit import _RAREST, _tail
from cisim.units import DAY

END = 10 * DAY


@pytest.fixture
def log(make_log, stay_rows):
    rows = [
        *stay_rows(1, 1 * DAY, 1 * DAY, 3 * DAY, 4 * DAY),
        *stay_rows(2, 2 * DAY, 4 * DAY, 8 * DAY, 8 * DAY),
        *stay_rows(3, 3 * DAY, gave_up=5 * DAY),
        *stay_rows(4, 5 * DAY),
    ]
    integrals = Integrals(
        held={"beds": 7 * DAY},
        capacity={"beds": 6 * DAY},
        queue={("all", "ward"): (0 + 2 + 2 + 5) * DAY},
        inside={"all": (3 + 6 + 2 + 5) * DAY},
        arrived={"all": 4},
        left={"all": 3},
        expected={"all": 5.0},
        variance={"all": 5.0},
    )
    beds = Pool("beds", "beds", "hospital", np.array([0, 6 * DAY]), np.array([1, 0]))
    return make_log(rows, END, pools=(beds,), integrals=integrals)


def failed(log, **options):
    return {(c.check, c.where) for c in audit(log, **options) if not c.passed}


def test_a_right_run_passes_every_check(log):
    checks = audit(log)
    assert failed(log) == set(), audit_text(checks)
    assert len({(c.check, c.where) for c in checks}) == len(checks)
    assert len(checks) == 18


def test_a_log_without_integrals_is_checked_against_its_own_rules(log):
    checks = audit(replace(log, integrals=None))
    assert {c.check for c in checks} == {
        "rows in order",
        "rows within the run",
        "a patient's clock",
        "arrival comes first",
        "nothing after leaving",
        "taken before given",
        "all given back",
        "resumed what was interrupted",
        "turned round what was given",
        "granted within the number",
    }


def test_where_only_some_rows_were_kept_the_engines_sums_are_not_compared(log):
    few = replace(log.select(log.patient != 2), integrals=log.integrals)
    assert ("patients arrived", "all") in failed(few)
    assert failed(few, kept=False) == set()


def test_an_empty_log_passes(make_log):
    assert failed(make_log([], DAY)) == set()


@pytest.mark.parametrize(
    ("field", "key", "check", "where"),
    [
        ("held", "beds", "time held", "beds"),
        ("capacity", "beds", "time rostered", "beds"),
        ("queue", ("all", "ward"), "time waiting", "all.ward"),
        ("inside", "all", "time inside", "all"),
    ],
)
def test_one_millisecond_is_seen(log, field, key, check, where):
    sums = getattr(log.integrals, field)
    spoilt = replace(log.integrals, **{field: {**sums, key: sums[key] + 1}})
    assert failed(replace(log, integrals=spoilt)) == {(check, where)}


def test_flow_balance_fails_where_a_patient_is_lost(log):
    spoilt = replace(log.integrals, left={"all": 2})
    assert failed(replace(log, integrals=spoilt)) == {
        ("patients left", "all"),
        ("patients still inside", "all"),
    }
    spoilt = replace(log.integrals, arrived={"all": 5})
    assert failed(replace(log, integrals=spoilt)) == {
        ("patients arrived", "all"),
        ("patients still inside", "all"),
    }


@pytest.mark.parametrize(
    ("expected", "variance", "passes"),
    [
        (24.0, 24.0, True),  # four or fewer: 6.2e-7
        (25.0, 25.0, False),  # 2.7e-7
        (25.0, 75.0, True),
        (0.2, 0.2, True),  # four or more: 5.7e-5, though 8.5 standard errors away
        (0.03, 0.03, False),  # 3.3e-8
        (4.0, 0.0, True),
        (5.0, 0.0, False),
        (0.0, 0.5, False),
    ],
)
def test_arrivals_are_as_likely_as_five_standard_errors_or_exactly_as_listed(log, expected, variance, passes):
    sums = replace(log.integrals, expected={"all": expected}, variance={"all": variance})
    spoilt = replace(log, integrals=sums)
    assert failed(spoilt) == (set() if passes else {("arrivals as expected", "all")})
    assert failed(spoilt, everyone=False) == set()


def test_one_arrival_of_a_rare_pathway_passes_and_five_standard_errors_hold_for_large_counts():
    assert _tail(1, 0.03, 0.03) == pytest.approx(-np.expm1(-0.03))
    for variance in (1e6, 3e6):
        got = [round(1e6 + z * variance**0.5) for z in (-5, 5)]
        assert [_tail(n, 1e6, variance) for n in got] == pytest.approx([_RAREST] * 2, rel=0.1)


def changed(log, row, **cells):
    columns = {name: getattr(log, name).copy() for name in cells}
    for name, value in cells.items():
        columns[name][row] = value
    return replace(log, integrals=None, **columns)


def row_of(log, patient, event):
    return int(np.flatnonzero((log.patient == patient) & (log.event == event))[0])


def test_rules_of_a_patients_rows_can_fail(log):
    early = changed(log, row_of(log, 1, Event.GIVE), time=2 * DAY)
    assert ("a patient's clock", "") in failed(early)
    late = changed(log, row_of(log, 1, Event.LEAVE), time=END)
    assert failed(late) == {("rows within the run", "")}
    assert ("arrival comes first", "") in failed(changed(log, row_of(log, 1, Event.ARRIVE), event=Event.WAY))
    after = changed(log, row_of(log, 1, Event.ASK), event=Event.LEAVE)
    assert ("nothing after leaving", "") in failed(after)
    kept = changed(log, row_of(log, 1, Event.GIVE), event=Event.WAY)
    assert ("all given back", "") in failed(kept)
    given = changed(log, row_of(log, 1, Event.TAKE), event=Event.GIVE)
    assert ("taken before given", "") in failed(given)
    assert failed(changed(log, row_of(log, 2, Event.ASK), sequence=9)) == {("rows in order", "")}


def test_a_grant_above_the_number_is_seen(log):
    assert failed(changed(log, row_of(log, 2, Event.TAKE), time=4 * DAY - 1)) == {
        ("granted within the number", "beds")
    }
    closed = replace(log.pools[0], times=np.array([0, 4 * DAY]))
    spoilt = replace(log, pools=(closed,), integrals=None)
    assert failed(spoilt) == {("granted within the number", "beds")}, (
        "a rota that falls at the moment comes first"
    )
    free = replace(log.pools[0], numbers=(), times=(), unlimited=True)
    assert failed(replace(spoilt, pools=(free,))) == set()


def test_work_in_hand_may_outlast_its_rota_but_nothing_new_begin(make_log, stay_rows):
    beds = Pool("beds", "beds", "", np.array([0, 2 * DAY]), np.array([2, 1]))
    rows = [*stay_rows(1, 0, 0, 4 * DAY, 4 * DAY), *stay_rows(2, 0, 0, 3 * DAY, 3 * DAY)]
    assert failed(make_log(rows, END, pools=(beds,))) == set()
    rows += stay_rows(3, 3 * DAY, 3 * DAY, 5 * DAY, 5 * DAY)
    assert failed(make_log(rows, END, pools=(beds,))) == {("granted within the number", "beds")}


def swap_log(make_log, swap):
    """Two patients who want each other's ward; both wards have closed all but the beds they hold."""
    pools = tuple(Pool(n, "beds", "", np.array([0, DAY]), np.array([1, 0])) for n in ("a", "b"))
    rows = []
    for who, own, other in ((1, "a", "b"), (2, "b", "a")):
        rows += [(who, 0, "arrive"), (who, 0, "ask", own), (who, 0, "take", own, own), (who, 0, "begin", own)]
        rows += [(who, DAY, "ready", own), (who, DAY, "ask", other), *swap(who, other)]
        rows += [
            (who, 2 * DAY, "give", own, own),
            (who, 2 * DAY, "take", other, other),
            (who, 2 * DAY, "begin", other),
        ]
    return make_log(rows, END, pools=pools, kinds={"a": "stay", "b": "stay"})


def test_a_swap_of_beds_takes_nothing_new(make_log):
    assert failed(swap_log(make_log, lambda who, other: [(who, 2 * DAY, "swap", other)])) == set()
    wrong = failed(swap_log(make_log, lambda _who, _other: []))
    assert wrong == {("granted within the number", "a"), ("granted within the number", "b")}


def test_a_swap_that_adds_a_patient_is_seen(make_log):
    log = swap_log(make_log, lambda who, other: [(who, 2 * DAY, "swap", other)])
    given = np.flatnonzero((log.patient == 1) & (log.event == Event.GIVE))
    spoilt = changed(log, given, time=2 * DAY + 1, sequence=99)
    assert ("granted within the number", "a") in failed(spoilt)


def test_the_words_put_failures_first(log):
    spoilt = replace(log.integrals, left={"all": 2})
    lines = audit_text(audit(replace(log, integrals=spoilt))).splitlines()
    assert lines[0] == "FAILED patients left, all: 3 patients by the log, 2 by the engine"
    assert [line.startswith("FAILED") for line in lines] == [True, True] + [False] * (len(lines) - 2)
