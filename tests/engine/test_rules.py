"""Corners of the rules that a trace would not show."""

import numpy as np
import pytest

from cisim.engine import ENGINES, Replay, simulate
from cisim.errors import ModelError, RunError
from cisim.eventlog import Event
from cisim.measures import audit, measure
from cisim.network import build_network
from cisim.spec import Model, Scenario, apply
from cisim.units import DAY, HOUR, MINUTE


def model(pathways, **more):
    return Model.model_validate(
        {"cisim": 1, "model": "toy", "start": "2024-01-01", "pathways": pathways, **more}
    )


def changed(base, *changes):
    return apply(base, Scenario.model_validate({"cisim": 1, "scenario": "s", "changes": changes}))


def run(base, until=96 * HOUR, **more):
    log = simulate(base, until, **more)
    assert [c for c in audit(log) if not c.passed] == []
    return log


DOCTOR = {"doctor": {"kind": "staff", "number": 1}}
SEE = {"activity": "see", "needs": {"doctor": 1}, "duration": "5 h"}
AGAIN = {"way": "x", "share": 0.3, "steps": [{"go_to": "see"}]}
ROUND = {"r": {"openings": ["Mon 09:00", "Thu 09:00"]}}


@pytest.mark.parametrize(
    "steps",
    [
        [SEE, {"branch": "b", "ways": [AGAIN, {"way": "y", "share": 0.7}]}, {"leave": "home"}],
        [{**SEE, "activity": "home"}, {"leave": "home"}],
    ],
)  # fmt: skip
def test_a_name_that_stands_twice_is_told_apart(steps):
    log = run(model({"p": {"arrivals": {"rate": "4 per day"}, "steps": steps}}, pools=DOCTOR), 20 * DAY)
    waited = [
        m.value
        for m in measure(log, 0, 20 * DAY, weekly=False)
        if m.measure == "wait" and m.statistic == "mean"
    ]
    assert len(waited) == 1
    assert waited[0] > 0


def test_a_round_taken_away_for_some_is_one_step_for_all():
    steps = [{"round": "wr", "calendar": "r"}, {"leave": "seen"}]
    base = model({"p": {"arrivals": {"rate": "20 per day"}, "steps": steps}}, calendars=ROUND)
    half = changed(base, {"unbatch": "p/wr", "to": "continuous", "reach": 0.5})

    def mean_wait(made):
        log = run(made, 70 * DAY)
        found = [
            m for m in measure(log, 0, 70 * DAY, weekly=False) if (m.measure, m.statistic) == ("wait", "mean")
        ]
        assert len(found) == 1
        return found[0].value

    # 1,400 patients; the share reached has a standard error of .013
    assert abs(mean_wait(half) / mean_wait(base) - 0.5) < 0.06


def test_going_back_to_a_partly_changed_step_reaches_the_same_patients():
    back = {
        "branch": "b",
        "ways": [{"way": "x", "share": 0.5, "steps": [{"go_to": "d"}]}, {"way": "y", "share": 0.5}],
    }
    steps = [{"delay": "d", "duration": "1 h"}, back, {"leave": "home"}]
    base = model({"p": {"arrivals": {"rate": "50 per day"}, "steps": steps}})
    log = run(changed(base, {"cut": "p/d", "by": 0.5, "reach": 0.3}), 30 * DAY)
    begun, ended = log.event == Event.BEGIN, log.event == Event.END
    done = np.minimum.reduce([np.count_nonzero(begun), np.count_nonzero(ended)])
    assert done > 1000
    lengths = {}
    starts = dict(zip(zip(log.patient[begun], log.visit[begun], strict=True), log.time[begun], strict=True))
    for p, v, t in zip(log.patient[ended], log.visit[ended], log.time[ended], strict=True):
        lengths.setdefault(p, set()).add(int(t - starts[p, v]))
    assert all(len(of_one) == 1 for of_one in lengths.values())
    reached = np.mean([of_one == {HOUR // 2} for of_one in lengths.values()])
    assert abs(reached - 0.3) < 0.06  # 1,500 patients: four standard errors and a half


def test_serving_again_leaves_out_who_waited_for_a_round_to_the_end():
    steps = [
        {"round": "clinic", "calendar": "c"},
        {"stay": "ward", "beds": ["bed"], "steps": [{"delay": "care", "duration": "12 h"}]},
        {"leave": "home"},
    ]
    base = model(
        {"p": {"arrivals": {"listed": [f"{12 * i} h" for i in range(20)]}, "steps": steps}},
        pools={"bed": {"number": 50}},
        calendars={"c": {"openings": ["daily 09:00"], "places": 1}},
    )
    a = run(base, 10 * DAY)
    faster = changed(base, {"unbatch": "p/clinic", "to": ["daily 09:00", "daily 21:00"]})
    b = simulate(faster, 10 * DAY, replay=Replay.of(a))

    def served(log):
        return set(log.patient[log.event == Event.TAKE].tolist())

    assert len(served(a)) < 20
    assert served(b) == served(a)


def test_who_gives_up_may_ask_for_the_same_again_at_once():
    again = {**SEE, "activity": "again"}
    first = {**SEE, "gives_up": {"after": "0 min", "steps": [again, {"leave": "late"}]}}
    log = run(
        model(
            {"p": {"arrivals": {"listed": ["0 h", "1 h"]}, "steps": [first, {"leave": "home"}]}}, pools=DOCTOR
        )
    )
    assert [r[7] for r in log.rows() if r[3] == "leave"] == ["home", "late"]


def two_wards(first, then):
    return [
        {"stay": "first", "beds": [first], "steps": [{"delay": "care", "duration": "2 h"}]},
        {"stay": "second", "beds": then, "steps": [{"delay": "more care", "duration": "1 h"}]},
        {"leave": "home"},
    ]


def once(steps, at="0 h"):
    return {"arrivals": {"listed": [at]}, "steps": steps}


def swaps(log):
    return sorted({r[2] // HOUR for r in log.rows() if r[3] == "swap"})


def test_a_shut_ward_among_the_choices_does_not_hide_a_knot():
    pools = {"north": {"number": 1}, "south": {"number": 1}, "shut": {"number": 0}}
    paths = {"a": once(two_wards("north", ["south", "shut"])), "b": once(two_wards("south", ["north"]))}
    assert swaps(run(model(paths, pools=pools))) == [2]
    with pytest.raises(RunError, match="none can move"):
        simulate(model(paths, pools=pools, swap="never"), 96 * HOUR)


def test_waiting_for_a_shut_ward_alone_is_no_knot():
    pools = {
        "north": {"number": 1},
        "shut": {"number": 0, "exceptions": [{"from": "2024-01-02", "number": 1}]},
    }
    paths = {"a": once(two_wards("north", ["shut"])), "b": once(two_wards("shut", ["north"]), "40 h")}
    log = run(model(paths, pools=pools, swap="never"))
    assert swaps(log) == []
    assert [r[2] // HOUR for r in log.rows() if r[3] == "leave"] == [25, 43]


def test_a_dead_end_does_not_hide_a_cycle():
    inner = [
        {"delay": "care", "duration": "2 h"},
        {"stay": "inner", "beds": ["x"], "steps": [{"delay": "inside", "duration": "1 h"}]},
    ]
    pools = {name: {"number": 1} for name in ("v", "w", "x", "y")}
    paths = {
        "a": once(two_wards("v", ["w"])),
        "b": once(two_wards("x", ["y"])),
        "c": once(two_wards("y", ["x"])),
        "d": once([{"stay": "outer", "beds": ["w"], "steps": inner}, {"leave": "home"}]),
    }
    assert swaps(run(model(paths, pools=pools)))[0] == 2


def test_nested_stays_that_can_never_move_stop_a_run_without_exchange():
    inner = [
        {"delay": "care", "duration": "2 h"},
        {"stay": "inner", "beds": ["south"], "steps": [{"delay": "inside", "duration": "1 h"}]},
    ]
    pools = {"north": {"number": 1}, "south": {"number": 1}}
    paths = {
        "a": once([{"stay": "outer", "beds": ["north"], "steps": inner}, {"leave": "home"}]),
        "b": once(two_wards("south", ["north"])),
    }
    assert build_network(model(paths, pools=pools), DAY).can_knot
    with pytest.raises(RunError, match="none can move"):
        simulate(model(paths, pools=pools, swap="never"), 96 * HOUR)


@pytest.mark.parametrize(
    ("until", "more", "words"),
    [
        (365, {}, "until: got 365, want a duration such as '365 d'"),
        (365.0, {}, "until: got 365.0"),
        (-1, {}, "until: got -1"),
        ("365", {}, "until: got '365', want a number with its unit"),
        ("1 d", {"seed": -1}, "seed: got -1, want a whole number of 0 or more"),
        ("1 d", {"seed": "a"}, "seed: got 'a'"),
        ("1 d", {"engine": "simpi"}, "engine: got 'simpi', which is no engine; did you mean 'simpy'?"),
    ],
)
def test_what_cannot_be_simulated_is_told(until, more, words):
    with pytest.raises(ModelError) as caught:
        simulate(model({"p": once([SEE, {"leave": "home"}])}, pools=DOCTOR), until, **more)
    assert words in str(caught.value)


def test_a_path_is_no_model_and_a_duration_is_a_horizon():
    with pytest.raises(ModelError, match="read_model"):
        simulate("ward.yaml", "1 d")
    assert simulate(model({"p": once([SEE, {"leave": "home"}])}, pools=DOCTOR), "2 wk").end == 14 * DAY


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("order", ["first come", "urgent first"])
def test_a_long_line_turns_away_who_asked_last_and_nobody_else(order, engine):
    """Of 600 who come one by one never more than 100 wait: those who asked first, however urgent others are."""
    by = {"by": "age", "is": {"young": 2, "old": 1}} if order == "urgent first" else 1
    limit = {"waiting": 100, "steps": [{"leave": "lost"}]}
    step = {**SEE, "duration": "10 min", "priority": by, "limit": limit}
    words = {
        "arrivals": {"listed": [f"{i} min" for i in range(600)]},
        "attributes": {"age": {"young": 0.5, "old": 0.5}},
        "steps": [step, {"leave": "home"}],
    }
    log = run(model({"p": words}, pools=DOCTOR), 5 * DAY, engine=engine)
    turned = log.time[log.event == Event.TURN_AWAY] // MINUTE
    begun = log.time[log.event == Event.BEGIN] // MINUTE
    waiting = 0
    expected = []
    for minute in range(600):  # a doctor every ten minutes, whoever it is who is seen
        waiting += 1 - (minute % 10 == 0)
        if waiting > 100:
            waiting -= 1
            expected.append(minute)
    assert sorted(turned.tolist()) == expected
    assert len(begun) == 600 - len(expected)
