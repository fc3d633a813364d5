"""Changes of priority, patience, shape, pools and arrivals: what each makes, and that what is left alone is."""

from __future__ import annotations

import pytest

from cisim.errors import ModelError
from cisim.spec import (
    Activity,
    Batch,
    Model,
    Partial,
    PriorityBy,
    Scenario,
    Stay,
    apply,
    change_words,
    describe,
    hourly_rates,
    offered_load,
    walk,
)
from cisim.spec.checks import model_findings
from cisim.spec.tree import named
from cisim.units import HOUR

FILE = {
    "cisim": 1,
    "model": "ward",
    "start": "2024-01-01",
    "pools": {
        "day doctor": {
            "kind": "staff",
            "rota": [{"days": "Mon-Fri", "from": "08:00", "to": "18:00", "number": 3}],
            "otherwise": 1,
            "covered_by": ["night doctor", "consultant"],
        },
        "night doctor": {
            "kind": "staff",
            "rota": [{"days": "daily", "from": "17:00", "to": "09:00", "number": 2}],
        },
        "consultant": {"kind": "staff", "number": 1, "covered_by": ["night doctor"]},
        "red ward": {"number": 10, "turn_round": "1 h", "exceptions": [{"date": "2024-12-25", "number": 6}]},
        "blue ward": {"number": 8, "turn_round": "1 h"},
        "porter": {"kind": "staff", "number": 1},
    },
    "pathways": {
        "emergency": {
            "arrivals": {"rate": "2 per day", "profile": [1] * 12 + [3] * 12},
            "attributes": {"acuity": {"high": "40%", "low": "60%"}},
            "starting": [{"at": "ward stay", "number": 3, "elapsed": "1 d", "bed": "blue ward"}],
            "steps": [
                {
                    "activity": "triage",
                    "needs": {"day doctor": 1},
                    "instead": [{"needs": {"night doctor": 1}, "after": "30 min"}],
                    "duration": "15 min",
                    "gives_up": {"after": {"exponential": {"mean": "6 h"}}, "steps": [{"leave": "left"}]},
                },
                {
                    "activity": "clerking",
                    "needs": {"day doctor": 1, "night doctor": 1},
                    "duration": "1 h",
                    "after_hold": "10 min",
                },
                {
                    "stay": "ward stay",
                    "beds": ["red ward", {"pool": "blue ward", "after": "4 h"}],
                    "repatriate": True,
                    "steps": [
                        {"delay": "treatment", "duration": {"lognormal": {"mean": "2 d", "sd": "3 d"}}},
                        {"activity": "assessment", "needs": {"consultant": 1}, "duration": "1 h"},
                        {"delay": "pharmacy", "duration": "3 h"},
                    ],
                },
                {
                    "batch": "transport",
                    "number": 3,
                    "at_most": "4 h",
                    "together": {"needs": {"porter": 1}, "duration": "30 min", "after_hold": "20 min"},
                },
                {"leave": "home"},
            ],
        },
        "minors": {
            "arrivals": {"rate": "1 per day"},
            "steps": [{"delay": "seen", "duration": "1 h"}, {"leave": "home"}],
        },
    },
}
BASE = Model.model_validate(FILE)


def changed(*changes: dict) -> Model:
    made = apply(BASE, Scenario.model_validate({"cisim": 1, "scenario": "s", "changes": changes}))
    assert model_findings(made) == []
    assert describe(made)
    offered_load(made)
    return made


def refused(change: dict, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        apply(BASE, Scenario.model_validate({"cisim": 1, "scenario": "s", "changes": [change]}))


def words(change: dict) -> str:
    scenario = Scenario.model_validate({"cisim": 1, "scenario": "s", "changes": [change]})
    return change_words(scenario.changes[0])


def step(model: Model, name: str, pathway: str = "emergency"):
    (found,) = named(model.pathways[pathway].steps, name)
    return found


def names(model: Model, pathway: str = "emergency") -> list[str]:
    return [s.name for s in model.pathways[pathway].steps]


def test_the_base_is_sound():
    assert model_findings(BASE) == []


def test_priority():
    change = {"priority": "emergency/triage", "to": {"by": "acuity", "is": {"high": 1, "low": 2}}}
    made = changed({**change, "ages": [{"after": "2 h", "to": 1}]})
    triage = step(made, "triage")
    assert triage.priority == PriorityBy(by="acuity", is_={"high": 1, "low": 2})
    assert [(a.after, a.to) for a in triage.ages] == [(2 * HOUR, 1)]
    assert triage.model_copy(update={"priority": 0, "ages": ()}) == step(BASE, "triage")
    assert words(change) == "'emergency/triage' has priority high 1, low 2 by acuity."
    assert step(changed({"priority": "emergency/transport", "to": 3}), "transport").together.priority == 3
    interrupts = {"priority": "emergency/triage", "to": -1, "pre_empts": True}
    assert step(changed(interrupts), "triage").pre_empts
    assert words(interrupts) == "'emergency/triage' has priority -1, and interrupts others."
    refused({"priority": "emergency/treatment", "to": 1}, "is a delay, want an activity, a stay or a round")
    refused(
        {"priority": "emergency/ward stay", "to": 1, "pre_empts": True}, "want an activity, as `pre_empts`"
    )
    refused({"priority": "emergency/transport", "to": 1, "ages": []}, "a batch, which has no ageing")


def test_patience():
    shorter = step(changed({"patience": "emergency/triage", "by": "-50%"}), "triage").gives_up
    assert shorter.after.distribution().mean() == pytest.approx(3 * HOUR)
    assert shorter.steps == step(BASE, "triage").gives_up.steps
    assert step(changed({"patience": "emergency/triage", "to": "endless"}), "triage").gives_up is None
    new = {"patience": "emergency/clerking", "to": "2 h", "steps": [{"leave": "gone"}]}
    assert step(changed(new), "clerking").gives_up.after.distribution().mean() == 2 * HOUR
    partly = changed({**new, "reach": "25%"}).pathways["emergency"].steps[1]
    assert isinstance(partly, Partial)
    assert partly.share == 0.25
    assert words({"patience": "emergency/triage", "by": "+20%"}) == (
        "'emergency/triage' has a patience 20% longer."
    )
    assert words({"patience": "emergency/triage", "to": "endless"}) == "'emergency/triage' is never given up."
    refused({"patience": "emergency/clerking", "by": "10%"}, "nobody gives up at 'clerking' now; write `to`")
    refused(
        {"patience": "emergency/clerking", "to": "1 h"}, "nobody gives up at 'clerking' now; write `steps`"
    )
    refused({"patience": "emergency/treatment", "to": "1 h"}, "is a delay")


def test_a_step_is_added():
    new = {"delay": "handover", "duration": "5 min"}
    assert names(changed({"add": "emergency/triage", "steps": [new]}))[:3] == [
        "triage",
        "handover",
        "clerking",
    ]
    before = {"add": "emergency/triage", "place": "before", "steps": [new]}
    assert names(changed(before))[:2] == ["handover", "triage"]
    assert words(before) == "'emergency/triage' has 'handover' before it."
    partly = changed({**before, "reach": "30%"}).pathways["emergency"].steps[0]
    assert [s.name for s in partly.changed] == ["handover", "triage"]
    assert [s.name for s in partly.original] == ["triage"]
    inside = changed({"add": "emergency/pharmacy", "steps": [{**new, "delay": "packing"}]})
    assert [s.name for s in step(inside, "ward stay").steps][-1] == "packing"
    refused(
        {"add": "emergency/triage", "steps": [{**new, "delay": "pharmacy"}]}, "a step 'pharmacy' in the path"
    )
    refused({"add": "emergency/home", "steps": [new]}, "nobody comes after 'home'; write 'place: before'")
    refused({"add": "emergency/triag", "steps": [new]}, "there is no step 'triag'.*did you mean 'triage'")


def test_a_step_is_removed():
    assert "clerking" not in names(changed({"remove": "emergency/clerking"}))
    partly = changed({"remove": "emergency/clerking", "reach": "30%"}).pathways["emergency"].steps[1]
    assert (partly.changed, [s.name for s in partly.original]) == ((), ["clerking"])
    assert words({"remove": "emergency/clerking"}) == "'emergency/clerking' is taken away."
    refused({"remove": "emergency/home"}, "is a leave, want a step that can be taken away")
    refused({"remove": "emergency/ward stay"}, "patients are at 'ward stay' when the model starts")
    load = {one.pool: one.offered for one in offered_load(changed({"remove": "emergency/assessment"}))}
    assert load["consultant"] == 0


def test_discharge_to_assess():
    change = {"move_out": "emergency/assessment"}
    made = changed(change)
    assert names(made)[2:4] == ["ward stay", "assessment"]
    assert [s.name for s in step(made, "ward stay").steps] == ["treatment", "pharmacy"]
    before, after = (next(x for x in offered_load(m) if x.pool == "red ward") for m in (BASE, made))
    assert before.offered - after.offered == pytest.approx(2 / 24)  # an hour of two patients a day
    assert words(change) == "'emergency/assessment' is done after the stay, without its bed."
    half = changed({**change, "reach": "50%"})
    (partly,) = [s for s in half.pathways["emergency"].steps if isinstance(s, Partial)]
    assert [s.name for s in partly.changed] == ["ward stay", "assessment"]
    assert partly.original == (step(BASE, "ward stay"),)
    both = changed({"cut": "emergency/assessment", "by": "50%", "reach": "40%"}, change)
    assert isinstance(both.pathways["emergency"].steps[3], Partial)  # the cut moves with its step
    refused({"move_out": "emergency/triage"}, "'triage' does not stand directly in a stay")


def test_pools_are_merged():
    made = changed({"merge": "day doctor", "with": ["night doctor"]})
    assert "night doctor" not in made.pools
    doctors = made.pools["day doctor"]
    # Monday to Friday 3 by day, 1 by night, and 2 from 17:00 to 09:00
    assert doctors.otherwise == 1
    hours = {}
    for line in doctors.rota:
        for day in line.days:
            for hour in range(line.from_ // HOUR, line.to // HOUR):
                hours[day, hour] = line.number
    assert [hours.get((0, h), 1) for h in (0, 7, 8, 9, 16, 17, 18, 23)] == [3, 3, 5, 3, 3, 5, 3, 3]
    assert [hours.get((5, h), 1) for h in (0, 8, 9, 16, 17)] == [3, 3, 1, 1, 3]
    assert [c.pool for c in doctors.covered_by] == ["consultant"]
    assert [c.pool for c in made.pools["consultant"].covered_by] == ["day doctor"]
    triage, clerking = step(made, "triage"), step(made, "clerking")
    assert (triage.needs, triage.instead) == ({"day doctor": 1}, ())
    assert clerking.needs == {"day doctor": 2}
    assert words({"merge": "a", "with": ["b", "c"]}) == "'a' takes in 'b' and 'c', as one pool."


def test_wards_are_merged():
    made = changed({"merge": "red ward", "with": ["blue ward"]})
    ward = made.pools["red ward"]
    assert (ward.number, [(e.from_.when.isoformat(), e.number) for e in ward.exceptions]) == (
        18,
        [("2024-12-25T00:00:00", 14)],
    )
    stay = step(made, "ward stay")
    assert isinstance(stay, Stay)
    assert ([b.pool for b in stay.beds], stay.repatriate) == (["red ward"], False)
    assert made.pathways["emergency"].starting[0].bed == "red ward"
    refused({"merge": "red ward", "with": ["porter"]}, "have not the same kind")
    refused({"merge": "red ward", "with": ["red ward"]}, "got a pool twice")
    cut = {"turn_round": "blue ward", "by": "50%"}
    with pytest.raises(ModelError, match="have not the same turn-round"):
        changed(cut, {"merge": "red ward", "with": ["blue ward"]})


def test_turn_round():
    made = changed({"turn_round": "red ward", "by": "25%"}, {"turn_round": "porter", "to": "5 min"})
    assert made.pools["red ward"].turn_round.distribution().mean() == 0.75 * HOUR
    assert made.pools["porter"].turn_round.distribution().mean() == HOUR / 12
    assert made.pools["blue ward"] == BASE.pools["blue ward"]
    assert words({"turn_round": "a", "by": "25%"}) == "'a' is made ready 25% sooner after each use."
    refused({"turn_round": "porter", "by": "25%"}, "has no turn-round to cut")
    refused({"turn_round": "porters", "to": "1 h"}, "there is no pool 'porters'; did you mean 'porter'")


def test_a_number_keeps_what_else_a_pool_has():
    made = changed({"number": "day doctor", "to": 4}, {"number": "red ward", "to": 12})
    doctors, ward = made.pools["day doctor"], made.pools["red ward"]
    assert (doctors.number, doctors.rota, doctors.covered_by) == (4, (), BASE.pools["day doctor"].covered_by)
    assert (ward.number, ward.turn_round) == (12, BASE.pools["red ward"].turn_round)
    assert changed({"number": "day doctor", "to": "unlimited"}).pools["day doctor"].covered_by == ()


def test_arrivals_are_diverted():
    away = changed({"divert": "emergency", "share": "20%"})
    before = apply(BASE, ())
    for name in ("emergency", "minors"):
        assert away.pathways[name].arrivals.band == before.pathways[name].arrivals.band
    assert sum(hourly_rates(away.pathways["emergency"].arrivals)) == pytest.approx(
        0.8 * sum(hourly_rates(BASE.pathways["emergency"].arrivals))
    )
    assert away.pathways["minors"] == before.pathways["minors"]
    made = changed({"divert": "emergency", "share": "20%", "to": "minors"})
    theirs, own = (hourly_rates(BASE.pathways[n].arrivals) for n in ("emergency", "minors"))
    got = hourly_rates(made.pathways["minors"].arrivals)
    assert got == pytest.approx([a + 0.2 * b for a, b in zip(own, theirs, strict=True)])
    assert words({"divert": "a", "share": "20%", "to": "b"}) == "'a' sends 20% of its arrivals to 'b'."
    refused({"divert": "emergency", "share": "20%", "to": "emergency"}, "want another pathway")
    refused({"divert": "emergency", "share": "20%", "to": "minor"}, "did you mean 'minors'")


def test_a_carrier_may_be_made_quicker():
    made = changed(
        {"cut": "emergency/transport", "by": "50%"}, {"set": "emergency/transport", "after_hold": "5 min"}
    )
    transport = step(made, "transport")
    assert isinstance(transport, Batch)
    assert transport.together.duration.distribution().mean() == HOUR / 4
    assert transport.together.after_hold.distribution().mean() == HOUR / 12
    clerking = step(changed({"set": "emergency/clerking", "after_hold": "0 min"}), "clerking")
    assert isinstance(clerking, Activity)
    assert clerking.after_hold.distribution().mean() == 0
    refused(
        {"set": "emergency/treatment", "after_hold": "1 h"}, "want an activity or a stay, as `after_hold`"
    )


def test_nothing_else_moves():
    for change in ({"priority": "emergency/triage", "to": 2}, {"move_out": "emergency/assessment"}):
        made = changed(change)
        assert made.pathways["minors"].steps is BASE.pathways["minors"].steps
        touched = {"triage", "ward stay", "assessment"}
        kept = [s for s in walk(BASE.pathways["emergency"].steps) if s.name not in touched]
        after = {s.name: s for s in walk(made.pathways["emergency"].steps)}
        assert all(after[s.name] == s for s in kept)
