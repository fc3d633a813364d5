"""The network lays out what the file says, and the draws are by address whatever is asked together."""

import time
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from cisim.engine import simulate
from cisim.errors import ModelError
from cisim.eventlog import Event
from cisim.network import STARTER_BAND, Draws, Kind, build_network, opening_times, rota_steps
from cisim.spec import Model, bank_holidays
from cisim.spec.model import Calendar, Pool
from cisim.streams import BAND_BITS, address, uniforms
from cisim.units import DAY, HOUR, MINUTE, YEAR

LEAVE = {"leave": "home"}


def model(arrivals):
    return Model.model_validate(
        {
            "cisim": 1,
            "model": "toy",
            "start": "2024-01-03",  # a Wednesday
            "pathways": {"p": {"arrivals": arrivals, "steps": [LEAVE]}},
        }
    )


def hospital(steps, *, arrivals=None, pools=None, start="2024-01-01", **pathway):
    """Return a model of one pathway with beds A, B and C and staff s and t."""
    beds = {name: {"number": 2} for name in "ABC"} | {name: {"kind": "staff", "number": 1} for name in "st"}
    return Model.model_validate(
        {
            "cisim": 1,
            "model": "toy",
            "start": start,
            "pools": beds | (pools or {}),
            "calendars": {"clinic": {"openings": ["daily 09:00"]}},
            "pathways": {
                "p": {"arrivals": arrivals or {"listed": ["1 h", "2 h"]}, "steps": steps, **pathway}
            },
        }
    )


def activity(name, needs=None, **more):
    return {"activity": name, "needs": needs or {"s": 1}, "duration": "1 h", **more}


def stay(name, beds, *steps, **more):
    return {
        "stay": name,
        "beds": beds,
        "steps": list(steps) or [{"delay": f"{name} care", "duration": "1 h"}],
        **more,
    }


def the(network, kind, step):
    """Return the first node of a kind and a step."""
    codes = {code for code, name in enumerate(network.steps) if name.name == step}
    return next(n for n, k in enumerate(network.kind) if k == kind and network.step[n] in codes)


def alternatives(network, node):
    """Return a node's alternatives as (after, {pool: units})."""
    first = network.queue_first[network.queue[node]]
    return [
        (
            int(network.alternative_after[a]),
            {
                network.pools[network.need_pool[n]].name: int(network.need_units[n])
                for n in range(
                    network.alternative_first[a], network.alternative_first[a] + network.alternative_count[a]
                )
            },
        )
        for a in range(first, first + network.queue_count[network.queue[node]])
    ]


# -- arrivals -----------------------------------------------------------------------------------------


def test_a_profile_may_be_written_by_ranges_of_days():
    office = [0.0] * 9 + [1.0] * 8 + [0.0] * 7
    made = model({"rate": "5 per day", "profile": {"Mon-Fri": office, "Sat Sun": [0.0] * 24}})
    hourly = build_network(made, 7 * DAY).arrivals[0].hourly
    assert np.isclose(hourly.sum() * HOUR, 35)
    assert hourly[24 * 3 : 24 * 5].sum() == 0  # from a Wednesday on
    log = simulate(made, 60 * 7 * DAY)
    arrived = log.time[log.event == Event.ARRIVE]
    assert len(arrived) > 1000
    weekday, hour = (arrived // DAY + 2) % 7, arrived % DAY // HOUR
    assert weekday.max() == 4
    assert hour.min() == 9
    assert hour.max() == 16


def test_a_flat_profile_may_have_the_hours_of_a_week():
    week = [0.0] * 168
    week[30] = 1.0
    log = simulate(model({"rate": "20 per week", "profile": tuple(week)}), 20 * 7 * DAY)
    arrived = log.time[log.event == Event.ARRIVE]
    assert len(arrived) > 100
    assert set((arrived // HOUR + 48) % 168) == {30}


def test_season_and_growth_multiply_the_rate_and_move_nobody():
    plain = {"rate": "24 per day"}
    changed = plain | {"season": {"Jan": 1.5, "Mar": 0.5}, "growth": "10%"}
    networks = [build_network(hospital([LEAVE], arrivals=a), 400 * DAY) for a in (plain, changed)]
    hourly = networks[1].arrivals[0].hourly * HOUR
    assert np.isclose(hourly[0], 1.5)
    assert np.isclose(hourly[31 * 24], 1.1 ** (31 * DAY / YEAR))  # February
    assert np.isclose(hourly[60 * 24], 0.5 * 1.1 ** (60 * DAY / YEAR))
    assert np.isclose(hourly[366 * 24], 1.5 * 1.1 ** (366 * DAY / YEAR))
    assert networks[0].arrivals[0].band == networks[1].arrivals[0].band
    before, after = (Draws(network, 1, 0) for network in networks)
    first = after.patient >> BAND_BITS == 0
    where = dict(zip(before.patient.tolist(), before.time.tolist(), strict=True))
    assert all(
        where[p] == t for p, t in zip(after.patient[first].tolist(), after.time[first].tolist(), strict=True)
    )
    assert np.count_nonzero(~first) > 100
    assert set(after.patient[~first] >> BAND_BITS) == {1}
    march = (before.time >= 60 * DAY) & (before.time < 61 * DAY)
    assert np.count_nonzero((after.time >= 60 * DAY) & (after.time < 61 * DAY)) < np.count_nonzero(march)


def test_on_a_bank_holiday_another_days_patients_come():
    days = {"Mon-Sat": [1.0] * 24, "Sun": [0.0] * 24}
    arrivals = {"rate": "12 per week", "profile": days, "bank_holidays": "Sun"}
    hourly = (
        build_network(hospital([LEAVE], arrivals=arrivals), 8 * DAY).arrivals[0].hourly.reshape(8, 24) * HOUR
    )
    assert np.allclose(hourly.sum(axis=1), [0, 2, 2, 2, 2, 2, 0, 2])  # from New Year's Day, a Monday


# -- rotas and calendars ------------------------------------------------------------------------------


def hours(pool, start, days):
    """Return a pool's number in each hour."""
    times, numbers = rota_steps(Pool.model_validate(pool), start, days * DAY)
    assert (np.diff(times) > 0).all()
    assert times[0] == 0
    return numbers[np.searchsorted(times, np.arange(days * 24) * HOUR, side="right") - 1].reshape(days, 24)


def test_the_bank_holidays_are_those_of_england():
    assert sorted(bank_holidays(2024)) == [
        date(2024, *day) for day in ((1, 1), (3, 29), (4, 1), (5, 6), (5, 27), (8, 26), (12, 25), (12, 26))
    ]


def test_a_bank_holiday_has_its_factor_and_its_own_country():
    arrivals = {"rate": "10 per day", "bank_holiday_factor": 0.7}
    pathways = {"p": {"arrivals": arrivals, "steps": [LEAVE]}}
    model = {"cisim": 1, "model": "m", "start": "2024-01-01", "pathways": pathways}
    for of, second in (("England", 10), ("Scotland", 7)):  # Scotland keeps 2 January too
        made = Model.model_validate(model | {"bank_holidays_of": of})
        assert [round(simulate(made, days * DAY, seed=1).integrals.expected["p"], 6) for days in (1, 2)] == [
            7,
            7 + second,
        ]


def test_on_a_bank_holiday_another_days_lines_begin():
    rota = [
        {"days": "Mon-Fri", "from": "08:00", "to": "18:00", "number": 5},
        {"days": "Sun", "from": "10:00", "to": "12:00", "number": 2},
        {"days": "daily", "from": "20:00", "to": "02:00", "number": 1},
    ]
    numbers = hours({"rota": rota, "bank_holidays": "Sun"}, date(2023, 12, 31), 3)  # Sunday, holiday, Tuesday
    assert (numbers[1, :8] == [1, 1, 0, 0, 0, 0, 0, 0]).all()  # of Sunday night
    assert (numbers[1, 8:14] == [0, 0, 2, 2, 0, 0]).all()
    assert (numbers[2, 8:18] == 5).all()
    exception = [{"date": "2024-01-01", "number": 7}]
    assert (
        hours({"rota": rota, "bank_holidays": "Sun", "exceptions": exception}, date(2024, 1, 1), 1) == 7
    ).all()


def test_breaks_come_off_whatever_the_number_is_and_never_below_nobody():
    breaks = [
        {"days": "daily", "from": "12:00", "to": "14:00", "number": 1},
        {"days": "daily", "from": "13:00", "to": "15:00", "number": 2},
        {"days": "Tue", "from": "23:00", "to": "01:00", "number": 1},
    ]
    exceptions = [{"date": "2024-01-02", "number": 4}]
    numbers = hours({"number": 2, "breaks": breaks, "exceptions": exceptions}, date(2024, 1, 1), 3)
    assert (numbers[0, 11:16] == [2, 1, 0, 0, 2]).all()
    assert (numbers[1, 11:16] == [4, 3, 1, 2, 4]).all()
    assert (numbers[1, 22:] == [4, 3]).all()
    assert (numbers[2, :2] == [1, 2]).all()


def test_a_break_on_a_bank_holiday_is_that_of_the_day_it_goes_by():
    breaks = [{"days": "Mon", "from": "12:00", "to": "13:00", "number": 1}]
    pool = {"rota": [{"days": "daily", "number": 3}], "breaks": breaks}
    assert hours(pool, date(2024, 1, 1), 1)[0, 12] == 2
    assert hours(pool | {"bank_holidays": "Sun"}, date(2024, 1, 1), 1)[0, 12] == 3


def test_openings_have_places_of_their_own_and_holidays():
    lines = [
        "Mon-Fri 09:00",
        {"days": "Mon-Tue", "at": ["11:00"], "places": 2},
        {"days": "Sun", "at": ["10:00"]},
    ]
    calendar = {"openings": lines, "places": 5, "exceptions": [{"date": "2024-01-03", "openings": ["16:00"]}]}
    start = date(2024, 1, 1)

    def opened(**more):
        times, places = opening_times(Calendar.model_validate(calendar | more), start, 3 * DAY)
        return [(t / HOUR, n) for t, n in zip(times.tolist(), places.tolist(), strict=True)]

    assert opened() == [(9, 5), (11, 2), (33, 5), (35, 2), (64, 5)]
    assert opened(bank_holidays="closed") == [(33, 5), (35, 2), (64, 5)]
    assert opened(bank_holidays="Sun") == [(10, 5), (33, 5), (35, 2), (64, 5)]
    assert opened(bank_holidays="closed", exceptions=[{"date": "2024-01-01", "openings": ["08:00"]}])[0] == (
        8,
        5,
    )
    both = [{"days": "Mon", "at": ["09:00"], "places": 1}, {"days": "Mon", "at": ["09:00"], "places": 3}]
    assert opened(openings=both) == [(9, 3), (64, 5)]
    network = build_network(hospital([{"round": "r", "calendar": "clinic"}, LEAVE]), 2 * DAY)
    assert network.opening_places.tolist() == [-1, -1]


# -- queues and their order ---------------------------------------------------------------------------


def test_cover_comes_after_what_is_written_and_waits_for_the_slowest():
    pools = {
        "s": {"kind": "staff", "number": 1, "covered_by": ["t", {"pool": "C", "after": "20 min"}]},
        "t": {"kind": "staff", "number": 1, "covered_by": [{"pool": "C", "after": "5 min"}]},
    }
    instead = [{"needs": {"A": 1}, "after": "10 min"}, {"needs": {"t": 2}, "after": "10 min"}]
    network = build_network(
        hospital([activity("see", {"t": 1, "s": 1}, instead=instead), LEAVE], pools=pools), DAY
    )
    assert alternatives(network, the(network, Kind.ACTIVITY, "see")) == [
        (0, {"s": 1, "t": 1}),
        (10 * MINUTE, {"A": 1}),
        (10 * MINUTE, {"t": 2}),
        (5 * MINUTE, {"s": 1, "C": 1}),
        (0, {"t": 2}),
        (5 * MINUTE, {"t": 1, "C": 1}),
        (20 * MINUTE, {"C": 1, "t": 1}),
        (20 * MINUTE, {"C": 2}),
        (10 * MINUTE, {"C": 2}),
    ]


def test_the_same_needs_in_another_order_are_one_queue():
    pools = {name: {"kind": "staff", "number": 1, "covered_by": ["A"]} for name in "st"}
    steps = [activity("one", {"s": 1, "t": 1}), activity("two", {"t": 1, "s": 1}), LEAVE]
    network = build_network(hospital(steps, pools=pools), DAY)
    assert len(network.queue_first) == 1


def test_priorities_are_numbers_or_by_an_attribute_and_age():
    attributes = {"acuity": {"red": 0.2, "amber": 0.3, "green": 0.5}}
    by = {"by": "acuity", "is": {"green": 3, "red": 1, "amber": 2}}
    ages = [{"after": "2 h", "to": 1}, {"after": "4 h", "to": 0}]
    steps = [
        activity("one", priority=by, ages=ages),
        {
            "round": "r",
            "calendar": "clinic",
            "priority": -2,
            "order": "arrival",
            "gives_up": {"after": "2 d"},
        },
        stay("bed", ["A"]),
        {"batch": "b", "number": 2, "together": {"needs": {"t": 1}, "duration": "5 min", "priority": 7}},
        {"batch": "alone", "number": 2},
        LEAVE,
    ]
    n = build_network(hospital(steps, attributes=attributes), DAY)
    one, r, bed = the(n, Kind.ACTIVITY, "one"), the(n, Kind.ROUND, "r"), the(n, Kind.STAY, "bed")
    b, alone = the(n, Kind.BATCH, "b"), the(n, Kind.BATCH, "alone")
    assert n.priority_attribute[[one, r, bed, b]].tolist() == [0, -1, -1, -1]
    assert n.priority_value[n.priority_first[one] : n.priority_first[one] + 3].tolist() == [1, 2, 3]
    assert n.priority_value[n.priority_first[[r, bed, b]]].tolist() == [-2, 0, 7]
    assert n.ageing_count[[one, r, bed, b]].tolist() == [2, 0, 0, 0]
    where = slice(n.ageing_first[one], n.ageing_first[one] + 2)
    assert n.ageing_after[where].tolist() == [2 * HOUR, 4 * HOUR]
    assert n.ageing_to[where].tolist() == [1, 0]
    assert n.by_arrival[[r, one]].tolist() == [1, 0]
    assert n.patience[r] >= 0
    assert n.kind[n.aside[r]] == Kind.STAY  # nothing to do on giving up: the next step
    assert alternatives(n, b) == [(0, {"t": 1})]
    assert n.duration[b] >= 0
    assert (n.queue[alone], n.duration[alone], n.priority_first[alone]) == (-1, -1, -1)


def test_marks_of_service_and_what_is_held_longer():
    pools = {
        "A": {"number": 1, "turn_round": "1 h"},
        "s": {"kind": "staff", "number": 1, "turn_round": "2 min"},
    }
    limit = {"waiting": 3, "steps": [{"leave": "elsewhere"}]}
    steps = [
        activity(
            "one", {"s": 1}, instead=[{"needs": {"t": 1, "A": 1}}], reserve=True, pre_empts=True, limit=limit
        ),
        activity("two", {"t": 1}, when_interrupted="restart", after_hold="5 min"),
        stay("bed", ["A", "B"], repatriate=True, after_hold="10 min", limit={"waiting": 0}),
        stay("only", ["A"], repatriate=True),
        LEAVE,
    ]
    n = build_network(hospital(steps, pools=pools), DAY)
    one, two = the(n, Kind.ACTIVITY, "one"), the(n, Kind.ACTIVITY, "two")
    bed, only = the(n, Kind.STAY, "bed"), the(n, Kind.STAY, "only")
    assert n.reserve[[one, two, bed]].tolist() == [1, 0, 0]
    assert n.preempts[[one, two]].tolist() == [1, 0]
    assert n.restart[[one, two]].tolist() == [0, 1]
    assert n.limit[[one, two, bed]].tolist() == [3, -1, 0]
    assert n.kind[n.turned[one]] == Kind.LEAVE
    assert n.turned[bed] == only
    assert n.home[[bed, only]].tolist() == [n.queue[only], -1]
    turned = slice(n.turn_first[one], n.turn_first[one] + n.turn_count[one])
    assert [n.pools[p].name for p in n.turn_pool[turned]] == ["A", "s"]
    assert [n.streams[s].names for s in n.turn_stream[turned]] == [
        ("p", "one", "turn-round", "A"),
        ("p", "one", "turn-round", "s"),
    ]
    assert n.turn_count[[two, bed]].tolist() == [0, 1]
    assert n.streams[n.after_hold[bed]].names == ("p", "bed", "after-hold")
    assert n.after_hold[one] == -1


# -- the new steps ------------------------------------------------------------------------------------


def all_of(*lists):
    return {
        "all_of": "fork",
        "parts": [{"part": f"part {i}", "steps": steps} for i, steps in enumerate(lists)],
    }


def test_all_of_is_a_fork_whose_parts_end_in_joins():
    parts = all_of([activity("one"), activity("two")], [{"delay": "d", "duration": "1 h"}])
    n = build_network(hospital([stay("bed", ["A"], parts), LEAVE]), DAY)
    fork = the(n, Kind.ALL_OF, "fork")
    ways = slice(n.first_way[fork], n.first_way[fork] + n.ways[fork])
    assert n.kind[n.way_node[ways]].tolist() == [Kind.ACTIVITY, Kind.DELAY]
    assert [n.details[d] for d in n.way_detail[ways]] == ["part 0", "part 1"]
    join = n.next[n.way_node[ways][1]]
    assert n.kind[join] == Kind.JOIN
    assert (n.body[join], n.number[join], n.step[join]) == (fork, 1, n.step[fork])
    assert n.kind[n.next[fork]] == Kind.READY
    assert n.next[join] == n.next[fork]
    assert n.steps[n.step[fork]].kind == "all_of"


def test_nobody_jumps_out_of_a_part():
    parts = all_of([activity("one"), {"go_to": "one"}], [activity("two")])
    n = build_network(hospital([activity("before"), parts, LEAVE]), DAY)
    assert n.next[n.kind == Kind.PASS].tolist() == [the(n, Kind.ACTIVITY, "one")]
    parts = all_of([{"go_to": "before"}], [activity("two")])
    made = hospital([activity("before"), parts, LEAVE])
    with pytest.raises(ModelError, match="no step 'before'"):
        build_network(made, DAY)


def test_who_comes_back_begins_at_a_step_of_the_pathways_own_list():
    branch = {
        "branch": "after",
        "ways": [
            {
                "way": "again",
                "share": 0.2,
                "steps": [{"comes_back": "readmission", "outcome": "home", "after": "3 d"}],
            },
            {
                "way": "ward",
                "share": 0.2,
                "steps": [{"comes_back": "w", "outcome": "lost", "after": "3 d", "at": "bed"}],
            },
            {"way": "never", "share": 0.6},
        ],
    }
    n = build_network(hospital([activity("see"), stay("bed", ["A"]), branch, LEAVE]), DAY)
    back, ward = the(n, Kind.RETURN, "readmission"), the(n, Kind.RETURN, "w")
    assert n.next[back] == n.entry[0] == the(n, Kind.ACTIVITY, "see")
    assert n.next[ward] == the(n, Kind.STAY, "bed")
    assert [n.details[d] for d in n.outcome[[back, ward]]] == ["home", "lost"]
    assert n.streams[n.duration[back]].names == ("p", "readmission", "return")
    assert {"home", "lost"} <= {s.name for s in n.steps if s.kind == "leave"}
    assert n.steps[n.step[back]].kind == "comes_back"
    inside = {"comes_back": "r", "outcome": "home", "after": "3 d", "at": "bed care"}
    made = hospital([stay("bed", ["A"]), inside])
    with pytest.raises(ModelError, match="own list"):
        build_network(made, DAY)


def test_an_own_step_names_what_it_does():
    n = build_network(hospital([{"own": "puzzle", "does": "solve"}, LEAVE]), DAY)
    node = the(n, Kind.OWN, "puzzle")
    assert n.details[n.outcome[node]] == "solve"
    assert n.kind[n.next[node]] == Kind.LEAVE


@pytest.mark.parametrize(
    ("steps", "knots"),
    [
        ([stay("a", ["A"]), stay("b", ["B"])], False),
        ([stay("a", ["A"]), stay("b", ["B"]), stay("c", ["A"])], True),
        ([stay("a", ["A"]), activity("see"), stay("b", ["B"]), stay("c", ["A"])], False),
        ([stay("a", ["A", "B"], repatriate=True)], False),
        ([stay("a", ["A"]), stay("b", ["B"], limit={"waiting": 0, "steps": [stay("c", ["A"])]})], True),
        ([all_of([stay("a", ["A"])], [stay("b", ["B"])])], True),
        ([all_of([stay("a", ["A"])], [activity("see")]), stay("b", ["B"])], False),
        ([stay("a", ["A"], all_of([stay("b", ["B"])], [activity("see")]))], False),
        ([stay("a", ["A"], all_of([activity("do")], [activity("see")])), stay("b", ["A"])], True),
    ],
)  # fmt: skip
def test_where_a_circle_of_blocked_patients_could_be(steps, knots):
    assert build_network(hospital([*steps, LEAVE]), DAY).can_knot is knots


def test_whoever_leaves_to_come_back_takes_no_bed_along():
    back = {"comes_back": "again", "outcome": "home", "after": "1 d"}
    assert not build_network(hospital([stay("a", ["A"], then="hold"), back]), DAY).can_knot


# -- who is there at the beginning --------------------------------------------------------------------


def test_who_is_there_at_the_beginning_is_listed_by_pathway_and_number():
    steps = [
        activity("see"),
        stay("bed", ["A", "B"], {"delay": "care", "duration": {"exponential": {"mean": "3 d"}}}),
        {"round": "r", "calendar": "clinic", "gives_up": {"after": {"exponential": {"mean": "5 d"}}}},
        LEAVE,
    ]
    starting = [
        {"at": "bed", "number": 300, "elapsed": {"exponential": {"mean": "4 d"}}, "bed": "B"},
        {"at": "bed", "elapsed_each": ["3 d", "5 h"]},
        {"at": "r", "number": 300, "elapsed": "2 d"},
        {"at": "see", "elapsed_each": ["0 h"]},
    ]
    made = hospital(steps, starting=starting)
    n = build_network(made, DAY)
    d = Draws(n, 3, 1)
    assert d.slots(0) == 2 + 603
    assert len(d.time) == 2
    assert (d.start_patient == (STARTER_BAND << BAND_BITS) + np.arange(603)).all()
    assert (d.start_slot == 2 + np.arange(603)).all()
    care, r, see = the(n, Kind.DELAY, "care"), the(n, Kind.ROUND, "r"), the(n, Kind.ACTIVITY, "see")
    assert d.start_node.tolist() == [care] * 302 + [r] * 300 + [see]
    assert d.start_stay.tolist() == [the(n, Kind.STAY, "bed")] * 302 + [-1] * 301
    assert [n.pools[p].name for p in d.start_pool[[0, 299, 300, 301]]] == ["B", "B", "A", "A"]
    assert d.start_pool[302] == -1
    assert d.start_since[300:].tolist() == [-3 * DAY, -5 * HOUR] + [-2 * DAY] * 300 + [0]
    u = uniforms(address(3, 1, "p", "bed", "elapsed"), 0, 300, band=STARTER_BAND)
    assert (d.start_since[:300] == -np.rint(-4 * DAY * np.log1p(-u))).all()
    stayed = np.array([d.number(int(n.duration[care]), slot, 0) for slot in range(605)])
    more = stayed[2:304] + d.start_since[:302]
    assert more.min() > 0
    assert abs(more.mean() - 3 * DAY) < 0.5 * DAY  # an exponential forgets
    waited = np.array([d.number(int(n.patience[r]), slot, 0) for slot in range(605)])
    assert waited[304:604].min() > 2 * DAY
    assert waited[2:304].min() < DAY  # they come to the round anew
    again = np.array([d.number(int(n.duration[care]), slot, 1) for slot in range(2, 304)])
    assert again.min() < 0.1 * DAY


def test_where_nothing_is_longer_a_millisecond_is_left():
    steps = [stay("bed", ["A"], {"delay": "care", "duration": "1 d"}), LEAVE]
    n = build_network(hospital(steps, starting=[{"at": "bed", "elapsed_each": ["1 d", "3 d", "23 h"]}]), DAY)
    d = Draws(n, 1, 0)
    stream = int(n.duration[the(n, Kind.DELAY, "care")])
    assert [d.number(stream, slot, 0) for slot in range(5)] == [DAY, DAY, DAY + 1, 3 * DAY + 1, DAY]


def test_starters_at_a_step_that_nobody_waits_at_are_refused():
    made = hospital(
        [{"delay": "d", "duration": "1 d"}, LEAVE], starting=[{"at": "d", "elapsed_each": ["1 d"]}]
    )
    with pytest.raises(ModelError, match="want a stay, or a step with a queue"):
        build_network(made, DAY)


# -- draws --------------------------------------------------------------------------------------------

BUSY = {
    "rate": "100 per day",
    "profile": [1.0] * 12 + [3.0] * 12,
    "day_effect": {"cv": 0.3},
    "band": "2 per hour",
}


def test_numbers_do_not_depend_on_the_size_of_the_blocks():
    steps = [
        {"delay": "d", "duration": {"lognormal": {"mean": "3 d", "sd": "5 d"}}},
        {"round": "r", "calendar": "clinic"},
    ]
    starting = [{"at": "r", "number": 40, "elapsed": "2 d"}]
    n = build_network(hospital([*steps, LEAVE], arrivals=BUSY, starting=starting), 30 * DAY)
    small, large = Draws(n, 1, 0), Draws(n, 1, 0)
    small.block_size, large.block_size = 16, 1 << 14
    count = large.slots(0)
    assert count == len(large.time) + 40
    whole = large.block(0, 1, 0)
    assert len(whole) == count
    parts = np.concatenate([small.block(0, 1, block) for block in range(-(-count // 16))])
    assert (parts == whole).all()
    assert [small.number(0, slot, 1) for slot in range(0, count, 97)] == whole[::97].tolist()
    patient = int(np.flatnonzero(large.patient >> BAND_BITS == 2)[5])
    number, slot = int(large.patient[patient]), int(large.slot[patient])
    key = address(1, 0, "p", "d", "duration")
    u = uniforms(key, number & ((1 << BAND_BITS) - 1), 1, visit=1, band=2)
    assert whole[slot] == np.rint(n.streams[0].distribution.ppf(u))[0]


def test_arrivals_are_in_the_order_of_time_pathway_and_number():
    made = Model.model_validate(
        {
            "cisim": 1,
            "model": "toy",
            "start": "2024-01-01",
            "pathways": {
                "b": {"arrivals": BUSY, "steps": [LEAVE]},
                "a": {"arrivals": {"listed": ["1 h", "1 h", "3 h"]}, "steps": [LEAVE]},
                "none": {"arrivals": {"listed": []}, "steps": [LEAVE]},
                "c": {"arrivals": {"listed": ["3 h", "1 h"]}, "steps": [LEAVE]},
            },
        }
    )
    d = Draws(build_network(made, 20 * DAY), 1, 0)
    assert (np.lexsort((d.patient, d.pathway, d.time)) == np.arange(len(d.time))).all()
    for pathway in range(4):
        mine = d.patient[d.pathway == pathway]
        assert len(mine) == d.slots(pathway)
        assert (np.sort(mine)[d.slot[d.pathway == pathway]] == mine).all()


@pytest.mark.parametrize("together", [1, 37, 1000])
def test_arrivals_in_pieces_are_those_of_the_whole(together):
    few = {"rate": "3 per day", "band": "1 per day", "day_effect": {"cv": 0.8}}
    listed = {"listed": ["1 h", "1 h", "3 h", "19 d"]}
    pathways = {"b": BUSY, "a": listed, "none": {"listed": []}, "few": few}
    made = Model.model_validate(
        {
            "cisim": 1,
            "model": "toy",
            "start": "2024-01-01",
            "pathways": {name: {"arrivals": how, "steps": [LEAVE]} for name, how in pathways.items()},
        }
    )
    d = Draws(build_network(made, 60 * DAY), 1, 0)
    pieces = list(d.arrivals(together))
    assert len(pieces) == -(-len(d) // together) or together < 37
    assert all(a.time.max(initial=-1) < b.time.min(initial=60 * DAY) for a, b in pairwise(pieces))
    for column in ("time", "pathway", "patient", "slot"):
        assert np.concatenate([getattr(p, column) for p in pieces]).tolist() == getattr(d, column).tolist()
    assert max(len(p.time) for p in pieces) < 2 * together + 40


def test_points_under_the_rate_are_patients_and_each_has_numbers_of_its_own():
    """A wide band with a low rate: few of its points are patients."""
    steps = [{"delay": "d", "duration": {"exponential": {"mean": "3 d"}}}, LEAVE]
    n = build_network(hospital(steps, arrivals={"rate": "40 per day", "band": "90 per day"}), 400 * DAY)
    d, process = Draws(n, 1, 0), n.arrivals[0]
    assert len(d) == len(d.patient) > 15_000
    index = d.patient

    def u(*names):
        return uniforms(address(1, 0, "p", *names), 0, int(index[-1]) + 1)

    under = u("arrivals", "height") * process.band < process.hourly[0]
    assert np.flatnonzero(under).tolist() == index.tolist()
    times = np.cumsum(np.rint(np.log1p(-u("arrivals", "gap")) / -process.band))[index]
    assert d.time.tolist() == times.astype(np.int64).tolist()
    wanted = np.rint(n.streams[0].distribution.ppf(u("d", "duration")[index])).astype(np.int64)
    d.block_size = 16
    drawn = np.concatenate([d.block(0, 0, block) for block in range(-(-len(d) // 16))])
    assert drawn.tolist() == wanted.tolist()


def test_a_million_patients_are_drawn_in_a_moment():
    steps = [{"delay": name, "duration": {"exponential": {"mean": "10 min"}}} for name in "abc"]
    n = build_network(hospital([*steps, LEAVE], arrivals={"rate": "60 per hour"}), int(1e6 / 60 * HOUR))
    began = time.perf_counter()
    d = Draws(n, 1, 0)
    for stream in range(3):
        for block in range(-(-d.slots(0) // d.block_size)):
            d.block(stream, 0, block)
    assert d.slots(0) > 990_000
    assert d.block_size == 8192
    assert time.perf_counter() - began < 2  # a fifteenth of a second on a quiet machine
