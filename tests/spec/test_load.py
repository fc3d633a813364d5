"""The offered load against what can be worked out by hand."""

from __future__ import annotations

import pytest

from cisim.errors import ModelError
from cisim.spec.changes import apply
from cisim.spec.load import Load, offered_load
from cisim.spec.model import Model
from cisim.spec.scenario import Scenario


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
