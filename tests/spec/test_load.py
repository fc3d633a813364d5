"""The offered load against what can be worked out by hand."""

from __future__ import annotations

import pytest

from cisim.errors import ModelError
from cisim.spec.changes import apply
from cisim.spec.load import Load, offered_load
from cisim.spec.model import Model
from cisim.spec.scenario import Scenario
from cisim.units import DAY


def model(*steps: dict, rate: str = "2 per day", attributes: dict | None = None) -> Model:
    return Model.model_validate(
        {
            "cisim": 1,
            "model": "m",
            "start": "2024-01-01",
            "pools": {
                "beds": {"number": 10},
                "overflow": {"number": 4},
                "nurse": {
                    "kind": "staff",
                    "rota": [
                        {"days": "Mon-Fri", "from": "08:00", "to": "18:00", "number": 3},
                        {"days": "Sat", "from": "22:00", "to": "04:00", "number": 2},
                    ],
                    "otherwise": 1,
                },
                "chairs": {"kind": "room", "number": "unlimited"},
            },
            "calendars": {
                "mon and thu": {"openings": ["Mon 09:00", "Thu 09:00"]},
                "daily": {"openings": ["daily 09:00"]},
            },
            "pathways": {"p": {"arrivals": {"rate": rate}, "attributes": attributes or {}, "steps": steps}},
        }
    )


def load(*steps: dict, pool: str = "beds", **words) -> float:
    return next(one.offered for one in offered_load(model(*steps, **words)) if one.pool == pool)


def stay(*steps: dict, name: str = "s", pool: str = "beds", **words) -> dict:
    return {"stay": name, "beds": [pool, {"pool": "overflow", "after": "4 h"}], "steps": steps, **words}


def delay(days: float, name: str = "d") -> dict:
    return {"delay": name, "duration": f"{days} d"}


ROUND = {"round": "r", "calendar": "mon and thu"}
RANDOM = (3**2 + 4**2) / 14  # days, gaps of three and four


def test_delays_and_activities_inside_a_stay():
    activity = {
        "activity": "a",
        "needs": {"nurse": 2, "chairs": 1},
        "duration": {"lognormal": {"mean": "12 h", "sd": "2 d"}},
    }
    assert load(stay(delay(3), activity)) == pytest.approx(2 * 3.5)
    assert load(stay(delay(3), activity), pool="nurse") == pytest.approx(2 * 0.5 * 2)
    assert load(stay(delay(3), activity), pool="chairs") == pytest.approx(2 * 0.5)
    assert load(stay(delay(3), activity), pool="overflow") == 0


def test_capacities():
    by_pool = {one.pool: one for one in offered_load(model(delay(1)))}
    assert by_pool["beds"].capacity == 10
    assert by_pool["chairs"].capacity is None
    assert by_pool["nurse"].capacity == pytest.approx(1 + (5 * 10 * 2 + 6 * 1) / 168)


def test_a_round_is_met_at_a_random_moment():
    assert load(stay(delay(1), ROUND)) == pytest.approx(2 * (1 + RANDOM))


def test_a_round_met_again_at_once_waits_a_whole_gap():
    second = (4 * 3 + 3 * 4) / 7
    assert load(stay({"repeat": "x", "times": 2, "steps": [ROUND]})) == pytest.approx(2 * (RANDOM + second))
    third = (4 * 4 + 3 * 3) / 7
    assert load(stay({"repeat": "x", "times": 3, "steps": [ROUND]})) == pytest.approx(
        2 * (RANDOM + second + third)
    )
    apart = {"repeat": "x", "times": 2, "steps": [ROUND, delay(1)]}
    assert load(stay(apart)) == pytest.approx(2 * 2 * (RANDOM + 1))


def test_three_rounds_of_a_daily_calendar_take_half_a_day_and_two_days():
    daily = {"repeat": "x", "times": 3, "steps": [{"round": "r", "calendar": "daily"}]}
    assert load(stay(daily)) == pytest.approx(2 * 2.5)


def test_branches_and_leaving():
    steps = (
        {
            "branch": "b",
            "ways": [
                {"way": "x", "share": "25%", "steps": [{"leave": "home"}]},
                {"way": "y", "share": "75%"},
            ],
        },
        stay(delay(4)),
    )
    assert load(*steps) == pytest.approx(2 * 0.75 * 4)


def test_a_loop_is_a_geometric_number_of_visits():
    again = {
        "branch": "again",
        "ways": [{"way": "yes", "share": "20%", "steps": [{"go_to": "s"}]}, {"way": "no", "share": "80%"}],
    }
    assert load(stay(delay(4)), again) == pytest.approx(2 * 4 / 0.8)


def test_a_loop_without_end_is_told():
    with pytest.raises(ModelError, match=r"pathways\.p: patients can go round for ever"):
        load(stay(delay(4)), {"go_to": "s"})


def test_two_branches_by_one_attribute_are_not_independent():
    def by(name: str, days: float) -> dict:
        ways = [
            {"way": f"{name} old", "when": "old", "steps": [delay(days, f"{name} d")]},
            {"way": f"{name} young", "when": "young"},
        ]
        return {"branch": name, "by": "age", "ways": ways}

    leave = {
        "branch": "out",
        "by": "age",
        "ways": [{"way": "o", "when": "old"}, {"way": "y", "when": "young", "steps": [{"leave": "home"}]}],
    }
    age = {"age": {"old": "40%", "young": "60%"}}
    assert load(leave, stay(by("b", 5)), attributes=age) == pytest.approx(2 * 0.4 * 5)


def test_repeat_by_shares():
    repeat = {"repeat": "x", "times": {0: "50%", 1: "25%", 4: "25%"}, "steps": [delay(2)]}
    assert load(stay(repeat)) == pytest.approx(2 * 2 * (0.25 + 1))


def test_a_batch_gathers_for_half_its_number():
    batch = {"batch": "van", "number": 5}
    assert load(stay(batch)) == pytest.approx(2 * (4 / 2 / 2))
    assert load(stay({**batch, "at_most": "6 h"})) == pytest.approx(2 * 0.25)
    assert load(stay({**batch, "number": 1})) == 0


def test_a_held_bed_is_kept_until_the_next_bed():
    steps = (
        stay(delay(1), then="hold"),
        delay(2, "after"),
        stay(delay(5, "e"), name="t", pool="overflow"),
        delay(9, "home"),
    )
    assert load(*steps) == pytest.approx(2 * 3)
    assert load(stay(delay(1)), delay(2, "after")) == pytest.approx(2 * 1)
    assert load(stay(delay(1), then="hold"), delay(2, "after")) == pytest.approx(2 * 3)


def test_a_partial_change_counts_by_its_share():
    base = model(stay(delay(4), delay(1, "e")))
    cut = {"cisim": 1, "scenario": "s", "changes": [{"cut": "p/d", "by": "50%", "reach": "30%"}]}
    after = apply(base, Scenario.model_validate(cut))
    assert offered_load(after)[0].offered == pytest.approx(2 * (1 + 0.3 * 2 + 0.7 * 4))


def test_patience_counts_for_nothing_and_no_steps_for_none():
    patient = stay(delay(4), gives_up={"after": "1 h", "steps": [{"delay": "home", "duration": "9 d"}]})
    assert load(patient) == pytest.approx(8)


def test_keeps_up():
    assert Load("beds", 9.9, 10).keeps_up
    assert not Load("beds", 10.0, 10).keeps_up
    assert Load("beds", 99.0, None).keeps_up
    assert Load("beds", 0.0, 0).keeps_up
    assert "cannot keep up" in Load("beds", 1.0, 0).words()


# Cover, batches served together, turn-round, parts, returns and waiting lists


def whole(steps: list[dict], pools: dict, rate: str = "2 per day", calendars: dict | None = None, **arrivals):
    return Model.model_validate(
        {
            "cisim": 1,
            "model": "m",
            "start": "2024-01-01",
            "pools": pools,
            "calendars": calendars or {},
            "pathways": {"p": {"arrivals": {"rate": rate, **arrivals}, "steps": [*steps, {"leave": "home"}]}},
        }
    )


def loads(*args, **words) -> dict[str, Load]:
    return {one.pool: one for one in offered_load(whole(*args, **words))}


def activity(name: str, hours: float, needs: dict | str, **words) -> dict:
    needs = {needs: 1} if isinstance(needs, str) else needs
    return {"activity": name, "needs": needs, "duration": f"{hours} h", **words}


def test_what_is_kept_and_turned_round_counts():
    pools = {"room": {"number": 1, "turn_round": "15 min"}, "nurse": {"number": 1}}
    step = activity("a", 1, {"room": 1, "nurse": 2}, after_hold="30 min")
    got = loads([step], pools, rate="6 per day")
    assert got["room"].offered == pytest.approx(6 * 1.75 / 24)
    assert got["nurse"].offered == pytest.approx(6 * 2 * 1.5 / 24)
    bed = {"stay": "s", "beds": ["room"], "after_hold": "45 min", "steps": [delay(0.25)]}
    assert loads([bed], pools)["room"].offered == pytest.approx(2 * (6 + 0.75 + 0.25) / 24)


@pytest.mark.parametrize("number", [3, 8, 9, 20])
def test_a_carrier_who_walks_there_and_back_keeps_up_with_batches_large_enough(number):
    """One person works 1 s at each item, carries so many for 2 s and walks back for 2 s; one comes each 1.5 s."""
    walk = {"needs": {"desk": 1}, "duration": "2 s", "after_hold": "2 s"}
    steps = [
        {"activity": "work", "needs": {"desk": 1}, "duration": "1 s"},
        {"batch": "carry", "number": number, "together": walk},
    ]
    desk = loads(steps, {"desk": {"number": 1}}, rate="40 per min")["desk"]
    assert desk.offered == pytest.approx((1 + 4 / number) / 1.5)
    assert desk.keeps_up == (number > 8)  # it cannot where number <= 4 x 2 s
    assert ("cannot keep up" in desk.words()) == (number <= 8)


def test_unbatching_without_a_shorter_walk_cannot_keep_up():
    walk = {"needs": {"desk": 1}, "duration": "2 s", "after_hold": "2 s"}
    steps = [
        {"activity": "work", "needs": {"desk": 1}, "duration": "1 s"},
        {"batch": "carry", "number": 10, "together": walk},
    ]
    base = whole(steps, {"desk": {"number": 1}}, rate="40 per min")
    unbatched = apply(
        base,
        Scenario.model_validate(
            {"cisim": 1, "scenario": "s", "changes": [{"unbatch": "p/carry", "to": "continuous"}]}
        ),
    )
    assert offered_load(base)[0].keeps_up
    assert not offered_load(unbatched)[0].keeps_up


def test_a_batch_released_by_the_clock_is_smaller():
    together = {"needs": {"porter": 1}, "duration": "1 h"}
    steps = [{"batch": "b", "number": 2, "at_most": "12 h", "together": together}]
    # at 2 a day another comes within 12 h with chance 1 - 1/e
    size = 1 + (1 - 2.718281828459045**-1)
    assert loads(steps, {"porter": {"number": 1}})["porter"].offered == pytest.approx(2 / 24 / size)


def test_cover_is_counted_where_the_first_choice_cannot_keep_up():
    pools = {"sho": {"number": 1, "covered_by": ["registrar"]}, "registrar": {"number": 1}}
    both = [activity("a", 1, "sho"), activity("b", 1, "registrar")]
    got = loads(both[:1], pools, rate="36 per day")
    assert got["sho"].offered == pytest.approx(1.5)
    assert got["registrar"].offered == 0
    assert got["sho"].shared
    assert got["sho"].keeps_up
    assert "others who may stand in for it" in got["sho"].words()
    got = loads(both, pools, rate="36 per day")  # 1.5 each
    assert not got["sho"].keeps_up
    assert not got["registrar"].keeps_up
    got = loads([activity("a", 1.5, "sho"), activity("b", 0.6, "registrar")], pools, rate="24 per day")
    assert got["sho"].offered == pytest.approx(1.5)
    assert not got["sho"].keeps_up  # 2.1 of 2
    assert got["registrar"].keeps_up  # of its own work


def test_something_else_instead_is_counted_likewise():
    pools = {"scanner": {"number": 1}, "mobile": {"number": 1}, "radiographer": {"number": 1}}
    scan = activity("scan", 1, "scanner", instead=[{"needs": {"mobile": 1, "radiographer": 1}}])
    assert loads([scan], pools, rate="36 per day")["scanner"].shared
    slower = activity("x", 0.5, "radiographer")
    got = loads([scan, slower], pools, rate="36 per day")  # the radiographer has room for .25 of .5
    assert not got["scanner"].keeps_up


def test_parts_hold_the_bed_until_the_last_is_done():
    def both(first: dict, second: dict) -> dict:
        parts = [{"part": "x", "steps": [first]}, {"part": "y", "steps": [second]}]
        return {"stay": "s", "beds": ["beds"], "steps": [{"all_of": "out", "parts": parts}]}

    pools = {"beds": {"number": 9}, "porter": {"number": 1}}
    fetch = activity("fetch", 12, "porter")
    got = loads([both(delay(2), fetch)], pools)
    assert got["beds"].offered == pytest.approx(2 * 2)
    assert got["porter"].offered == pytest.approx(2 * 0.5)
    chance = {"duration": {"exponential": {"mean": "1 d"}}}
    got = loads([both({"delay": "a", **chance}, {"delay": "b", **chance})], pools)
    assert got["beds"].offered == pytest.approx(2 * 1.5, rel=0.05)  # 1.5 d, by Clark 1.56


def test_who_comes_back_is_counted_each_time():
    back = {"comes_back": "readmission", "outcome": "home", "after": "9 d", "at": "s"}
    again = {
        "branch": "again",
        "ways": [{"way": "yes", "share": "20%", "steps": [back]}, {"way": "no", "share": "80%"}],
    }
    ward = {"stay": "s", "beds": ["beds"], "steps": [delay(4)], "then": "hold"}
    assert loads([ward, again], {"beds": {"number": 9}})["beds"].offered == pytest.approx(2 * 4 / 0.8)
    for_ever: dict = {"cisim": 1, "model": "m", "start": "2024-01-01", "pools": {"beds": {"number": 9}}}
    for_ever["pathways"] = {"p": {"arrivals": {"rate": "2 per day"}, "steps": [ward, back]}}
    assert offered_load(Model.model_validate(for_ever))[0].offered == pytest.approx(8)


def test_a_waiting_list_that_cannot_keep_up_is_told():
    calendar = {"openings": ["Mon-Thu 09:00", {"days": "Fri", "at": ["09:00"], "places": 1}], "places": 3}
    steps = [{"round": "operation", "calendar": "lists"}]
    got = loads(steps, {}, rate="13 per week", calendars={"lists": calendar})["lists"]
    assert (got.what, got.offered, got.capacity) == ("calendar", pytest.approx(13), 13)
    assert not got.keeps_up
    assert got.words() == (
        "lists: 13.00 of 13 places a week wanted on average (100%): it cannot keep up, its queue grows without end"
    )
    assert loads(steps, {}, rate="12 per week", calendars={"lists": calendar})["lists"].keeps_up
    assert "lists" not in loads(steps, {}, calendars={"lists": {"openings": ["daily 09:00"]}})


def test_breaks_and_seasons():
    pools = {
        "nurse": {
            "rota": [{"days": "Mon-Fri", "from": "08:00", "to": "20:00", "number": 3}],
            "breaks": [{"days": "daily", "from": "12:00", "to": "13:00", "number": 2}],
            "otherwise": 1,
        }
    }
    got = loads([activity("a", 1, "nurse")], pools, season={"Jan": 2.0})
    assert got["nurse"].capacity == pytest.approx(1 + (5 * (12 * 2 - 2) - 2 * 1) / 168)
    assert got["nurse"].offered == pytest.approx(2 / 24 * (1 + 31 / 365.25))


def test_a_queue_that_is_given_up_or_limited_is_bounded():
    pools = {"nurse": {"number": 1}, "beds": {"number": 1}}
    busy = activity("a", 30, "nurse")
    assert not loads([busy], pools)["nurse"].bounded
    limited = loads([{**busy, "limit": {"waiting": 3}}], pools)["nurse"]
    assert limited.bounded
    assert not limited.keeps_up
    assert limited.words().endswith("it cannot keep up, some must give up or be turned away")
    both = [{**busy, "gives_up": {"after": "1 h"}}, activity("b", 1, "nurse")]
    assert not loads(both, pools)["nurse"].bounded
    assert loads(both[:1], pools)["nurse"].bounded


def test_a_list_of_arrivals_ends_and_so_does_its_queue():
    def loads(listed, rate="2 per day", besides=None):
        words = model(
            {"stay": "s", "beds": ["beds"], "steps": [{"delay": "d", "duration": "2 d"}]}, rate=rate
        )
        list_of = words.pathways["p"].arrivals.model_copy(update={"rate": None, "listed": listed})
        more = words.pathways["p"].model_copy(update={"arrivals": list_of})
        both = words.model_copy(
            update={"pathways": {**(words.pathways if besides is None else besides), "q": more}}
        )
        return next(one for one in offered_load(both) if one.pool == "beds")

    ten = loads(tuple(DAY // 10 * n for n in range(1, 11)))  # 2 x 2, and 10 x 2 for a day
    assert ten.offered == pytest.approx(4 + 20)
    assert not ten.keeps_up
    assert ten.bounded
    assert "until the last of those listed" in ten.words()
    too_many = loads((DAY,), "6 per day")  # 6 x 2 without end
    assert not too_many.bounded
    assert "without end" in too_many.words()
    none = loads((), "6 per day")
    assert (none.bounded, none.listed) == (False, False)
    at_once = loads((0, 0), besides={})
    assert (at_once.offered, at_once.keeps_up, at_once.listed) == (0, True, True)
    assert "comes at the start" in at_once.words()
