"""Each change on a small model: what it makes, what it leaves alone, and how it says no."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from cisim.errors import ModelError
from cisim.spec.changes import apply
from cisim.spec.checks import model_findings
from cisim.spec.digest import digest
from cisim.spec.fields import Duration
from cisim.spec.model import Activity, Batch, Branch, Model, Partial, Repeat, Round, Stay
from cisim.spec.scenario import Scenario
from cisim.spec.step_changes import scale_duration
from cisim.spec.tree import named, walk
from cisim.spec.week import mean_wait
from cisim.units import DAY, HOUR

FILE = {
    "cisim": 1,
    "model": "ward",
    "start": "2024-01-01",
    "pools": {
        "beds": {"number": 12},
        "nurse": {
            "kind": "staff",
            "rota": [{"days": "Mon-Fri", "from": "08:00", "to": "18:00", "number": 3}],
            "otherwise": 1,
        },
        "chairs": {"kind": "room", "number": "unlimited"},
    },
    "calendars": {
        "ward round": {
            "openings": ["Mon 09:00", "Thu 09:00"],
            "places": 8,
            "exceptions": [{"date": "2024-12-25"}],
        },
    },
    "pathways": {
        "emergency": {
            "arrivals": {"rate": "2 per day", "profile": [1] * 12 + [3] * 12},
            "attributes": {"age": {"old": "40%", "young": "60%"}},
            "steps": [
                {
                    "activity": "triage",
                    "needs": {"nurse": 1},
                    "duration": "15 min",
                    "gives_up": {
                        "after": {"exponential": {"mean": "6 h"}},
                        "steps": [{"delay": "way home", "duration": "1 h"}],
                    },
                },
                {
                    "stay": "ward stay",
                    "beds": ["beds"],
                    "steps": [
                        {"delay": "treatment", "duration": {"lognormal": {"mean": "2 d", "sd": "3 d"}}},
                        {
                            "repeat": "decisions",
                            "times": 2,
                            "steps": [{"round": "consultant round", "calendar": "ward round"}],
                        },
                        {"round": "pharmacy", "calendar": "ward round"},
                        {"batch": "transport", "number": 4, "at_most": "1 d"},
                    ],
                },
                {
                    "branch": "where to",
                    "ways": [
                        {"way": "home", "share": "60%", "steps": [{"leave": "home"}]},
                        {
                            "way": "care home",
                            "share": "40%",
                            "steps": [{"delay": "assessment", "duration": "3 d"}],
                        },
                    ],
                },
                {
                    "branch": "by age",
                    "by": "age",
                    "ways": [{"way": "a", "when": "old"}, {"way": "b", "when": "young"}],
                },
                {"leave": "done"},
            ],
        },
        "listed": {
            "arrivals": {"listed": ["1 h", "2 h"]},
            "steps": [{"delay": "look", "duration": "1 h"}, {"leave": "out"}],
        },
    },
}


@pytest.fixture(scope="module")
def base() -> Model:
    return Model.model_validate(FILE)


def changes(*written: dict):
    return Scenario.model_validate({"cisim": 1, "scenario": "s", "changes": list(written)}).changes


def change(model: Model, *written: dict) -> Model:
    return apply(model, changes(*written))


def step(model: Model, name: str, pathway: str = "emergency"):
    (found,) = named(model.pathways[pathway].steps, name)
    return found


def mean(step) -> float:
    return step.duration.distribution().mean()


# Bands


def test_no_changes_fix_the_bands_and_nothing_else(base):
    after = apply(base, ())
    band = after.pathways["emergency"].arrivals.band
    assert band == pytest.approx(2 / DAY * 3 / 2)
    assert after.pathways["listed"].arrivals.band is None
    arrivals = after.pathways["emergency"].arrivals.model_copy(update={"band": None})
    pathway = after.pathways["emergency"].model_copy(update={"arrivals": arrivals})
    assert after.model_copy(update={"pathways": {**after.pathways, "emergency": pathway}}) == base


def test_demand_changes_the_rate_and_not_the_band(base):
    before = apply(base, ()).pathways["emergency"].arrivals
    after = change(base, {"demand": "emergency", "by": "+25%"}).pathways["emergency"].arrivals
    assert after.rate == pytest.approx(before.rate * 1.25)
    assert after.band == before.band


def test_demand_taken_away_is_nobody(base):
    none = change(base, {"demand": "emergency", "by": "-100%"}).pathways["emergency"].arrivals
    assert none.listed == ()
    assert (none.rate, none.profile, none.day_effect, none.band) == (None, None, None, None)


def test_demand_and_its_inverse(base):
    up_and_down = change(base, {"demand": "emergency", "by": "+25%"}, {"demand": "emergency", "by": "-20%"})
    assert up_and_down.pathways["emergency"].arrivals.rate == pytest.approx(2 / DAY, rel=1e-12)
    to = change(base, {"demand": "emergency", "to": "3 per day"})
    assert to.pathways["emergency"].arrivals.rate == pytest.approx(3 / DAY, rel=1e-12)


# Unbatch


def test_a_continuous_round_passes_at_once_under_its_name(base):
    after = step(
        change(base, {"unbatch": "emergency/consultant round", "to": "continuous"}), "consultant round"
    )
    assert isinstance(after, Batch)  # asked for and passed at once: its wait is measured, and is nothing
    assert (after.number, after.at_most) == (1, None)


def test_a_round_with_openings_has_its_own_calendar_and_others_keep_theirs(base):
    after = change(base, {"unbatch": "emergency/consultant round", "to": ["daily 09:00"]})
    own = after.calendars[step(after, "consultant round").calendar]
    assert step(after, "consultant round").calendar == "ward round, changed"
    assert step(after, "pharmacy").calendar == "ward round"
    assert after.calendars["ward round"] == base.calendars["ward round"]
    assert (own.places, own.exceptions) == (8, ())
    assert mean_wait(own) == DAY / 2


def test_two_rounds_changed_differently_do_not_share_a_calendar(base):
    after = change(
        base,
        {"unbatch": "emergency/consultant round", "to": ["daily 09:00"]},
        {"unbatch": "emergency/pharmacy", "to": ["daily 17:00"]},
    )
    first, second = (after.calendars[step(after, n).calendar] for n in ("consultant round", "pharmacy"))
    assert first.openings[0].at == (9 * HOUR,)
    assert second.openings[0].at == (17 * HOUR,)


def test_a_batch_becomes_one_at_a_time(base):
    after = step(change(base, {"unbatch": "emergency/transport", "to": "continuous"}), "transport")
    assert isinstance(after, Batch)
    assert after.number == 1


@pytest.mark.parametrize(
    "kind",
    [{"unbatch": "emergency/pharmacy", "to": ["daily 09:00"]}, {"cut": "emergency/treatment", "by": "50%"}],
)
def test_a_partial_change_keeps_both(base, kind):
    name = next(iter(kind.values())).partition("/")[2]
    after = change(base, {**kind, "reach": "30%"})
    (partial,) = [s for s in walk(after.pathways["emergency"].steps) if isinstance(s, Partial)]
    assert partial.share == 0.3
    assert partial.change == f"{next(iter(kind))} emergency/{name}"
    assert partial.original == (step(base, name),)
    assert partial.changed == (step(change(base, kind), name),)


def test_reach_all_and_reach_none(base):
    cut = {"cut": "emergency/treatment", "by": "50%"}
    assert change(base, {**cut, "reach": "100%"}) == change(base, cut)
    assert change(base, {**cut, "reach": "0%"}) == apply(base, ())


def test_both_copies_of_a_partial_change_can_be_changed_again(base):
    after = change(
        base,
        {"cut": "emergency/treatment", "by": "50%", "reach": "30%"},
        {"cut": "emergency/treatment", "by": "10%"},
        {"cut": "emergency/treatment", "by": "10%", "reach": "50%"},
    )
    outer = after.pathways["emergency"].steps[1].steps[0]
    assert isinstance(outer, Partial)
    inner = outer.changed[0], outer.original[0]
    assert all(isinstance(p, Partial) for p in inner)
    assert {p.change for p in inner} == {"cut emergency/treatment (2)"}
    assert mean(inner[0].original[0]) == pytest.approx(2 * DAY * 0.5 * 0.9)
    assert mean(inner[1].changed[0]) == pytest.approx(2 * DAY * 0.9 * 0.9)


def test_a_round_already_continuous_for_some_can_become_so_for_all(base):
    part = {"unbatch": "emergency/pharmacy", "to": "continuous", "reach": "30%"}
    after = change(base, part, {"unbatch": "emergency/pharmacy", "to": "continuous"})
    assert {type(s) for s in named(after.pathways["emergency"].steps, "pharmacy")} == {Batch}


# Cut and set

FAMILIES = [
    "3 d",
    {"exponential": {"mean": "2 d"}},
    {"lognormal": {"mean": "2 d", "sd": "3 d"}},
    {"gamma": {"mean": "2 d", "sd": "1 d"}},
    {"normal": {"mean": "2 d", "sd": "3 h"}},
    {"weibull": {"shape": 1.5, "mean": "2 d"}},
    {"uniform": {"low": "1 d", "high": "2 d"}},
    {"triangular": {"low": "1 d", "mode": "2 d", "high": "4 d"}},
    {"choice": {"values": ["1 d", "5 d"], "shares": ["30%", "70%"]}},
    {"mixture": {"shares": ["80%", "20%"], "means": ["2 d", "9 d"], "sds": ["1 d", "8 d"]}},
    {"empirical": {"values": ["0 d", "1 d", "4 d"], "chances": [0, 0.5, 0.9], "scale": "2 d", "shape": 0.2}},
]


@pytest.mark.parametrize("written", FAMILIES, ids=lambda w: w if isinstance(w, str) else next(iter(w)))
def test_every_draw_is_multiplied(written):
    old = Duration.model_validate(written)
    new = scale_duration(old, 0.25)
    u = [0.01, 0.2, 0.5, 0.77, 0.999]
    assert new.distribution().ppf(u) == pytest.approx(0.25 * old.distribution().ppf(u), rel=1e-12)


def test_cut_to_a_mean_keeps_the_shape(base):
    after = step(
        change(base, {"cut": "emergency/treatment", "to": "12 h"}), "treatment"
    ).duration.distribution()
    assert after.mean() == pytest.approx(12 * HOUR)
    assert after.sd() == pytest.approx(18 * HOUR)


@pytest.mark.parametrize("cut", [{"by": "100%"}, {"to": "0 h"}])
def test_cut_to_nothing(base, cut):
    after = step(change(base, {"cut": "emergency/treatment", **cut}), "treatment")
    assert (mean(after), after.duration.distribution().sd()) == (0, 0)


def test_steps_are_found_in_ways_repeats_and_patience(base):
    for name in ("assessment", "way home"):
        after = step(change(base, {"cut": f"emergency/{name}", "by": "50%"}), name)
        assert mean(after) == mean(step(base, name)) / 2
    assert isinstance(step(base, "consultant round"), Round)


def test_set(base):
    after = change(
        base,
        {"set": "emergency/decisions", "times": {1: "50%", 3: "50%"}},
        {"set": "emergency/treatment", "duration": "9 d"},
        {"set": "emergency/triage", "duration": "20 min"},
    )
    assert isinstance(step(after, "decisions"), Repeat)
    assert step(after, "decisions").times == {1: 0.5, 3: 0.5}
    assert mean(step(after, "treatment")) == 9 * DAY
    assert isinstance(step(after, "triage"), Activity)
    assert step(after, "triage").gives_up == step(base, "triage").gives_up


# Number and rota


def test_number_by_and_to(base):
    assert change(base, {"number": "beds", "by": -2}).pools["beds"].number == 10
    assert change(base, {"number": "beds", "to": 7}).pools["beds"].number == 7
    assert change(base, {"number": "beds", "to": "unlimited"}).pools["beds"].number == "unlimited"


def test_number_shifts_every_line_of_a_rota(base):
    pool = change(base, {"number": "nurse", "by": 2}).pools["nurse"]
    assert (pool.rota[0].number, pool.otherwise) == (5, 3)


def test_number_from_a_moment_holds_from_then_on(base):
    pool = change(
        base,
        {"number": "beds", "by": -2, "from": "2024-06-01"},
        {"number": "beds", "by": -3, "from": "2024-09-01 08:00"},
        {"number": "beds", "by": 1},
    ).pools["beds"]
    assert pool.number == 13
    assert [(str(e.from_.when), e.to and str(e.to.when), e.number) for e in pool.exceptions] == [
        ("2024-06-01 00:00:00", "2024-09-01 08:00:00", 11),
        ("2024-09-01 08:00:00", None, 8),
    ]


def test_an_earlier_moment_shifts_the_later_numbers_too():
    pools = {
        **FILE["pools"],
        "beds": {"number": 12, "exceptions": [{"from": "2024-05-01", "to": "2024-07-01", "number": 6}]},
    }
    model = Model.model_validate({**FILE, "pools": pools})
    pool = change(
        model,
        {"number": "beds", "by": -3, "from": "2024-09-01"},
        {"number": "beds", "by": 2, "from": "2024-06-01"},
    ).pools["beds"]
    shown = [(str(e.from_.when.date()), e.to and str(e.to.when.date()), e.number) for e in pool.exceptions]
    assert shown == [
        ("2024-05-01", "2024-06-01", 6),
        ("2024-06-01", "2024-07-01", 8),
        ("2024-07-01", "2024-09-01", 14),
        ("2024-09-01", None, 11),
    ]


def test_a_number_from_a_moment_leaves_dated_numbers(base):
    exceptions = [{"date": "2024-12-25", "number": 6}, {"from": "2025-02-01", "number": 20}]
    pools = {**FILE["pools"], "beds": {"number": 12, "exceptions": exceptions}}
    model = base.model_validate({**FILE, "pools": pools})
    pool = change(model, {"number": "beds", "to": 10, "from": "2024-09-01 08:00"}).pools["beds"]
    shown = [
        (e.from_ and str(e.from_.when), e.to and str(e.to.when), str(e.date), e.number)
        for e in pool.exceptions
    ]
    assert shown == [
        ("2024-09-01 08:00:00", "2024-12-25 00:00:00", "None", 10),
        (None, None, "2024-12-25", 6),
        ("2024-12-26 00:00:00", None, "None", 10),
    ]


def test_rota_replaces_a_number(base):
    written = {"rota": "beds", "to": [{"days": "daily", "number": 5}], "otherwise": 1}
    pool = change(base, written).pools["beds"]
    assert (pool.number, pool.rota[0].number, pool.otherwise, pool.exceptions) == (None, 5, 1, ())


# Route


def shares(model: Model, branch: str = "where to") -> list[tuple[str, float]]:
    return [(w.name, round(w.share, 12)) for w in step(model, branch).ways]


def test_a_route_takes_the_upper_end(base):
    after = change(base, {"route": "emergency/where to", "from": "home", "to": "care home", "move": "50%"})
    assert shares(after) == [("home", 0.3), ("care home", 0.3), ("care home", 0.4)]
    assert step(after, "where to").ways[1].steps == step(base, "where to").ways[1].steps


def test_a_new_way_and_then_more_of_it(base):
    new = {
        "route": "emergency/where to",
        "from": "care home",
        "to": "discharge to assess",
        "move": "25%",
        "steps": [{"delay": "visit at home", "duration": "2 d"}],
    }
    after = change(
        base, new, {"route": "emergency/where to", "from": "home", "to": "discharge to assess", "move": "10%"}
    )
    assert shares(after) == [
        ("home", 0.54),
        ("discharge to assess", 0.06),
        ("care home", 0.3),
        ("discharge to assess", 0.1),
    ]


# Stacking


def test_order_matters(base):
    by, to = {"cut": "emergency/treatment", "by": "50%"}, {"cut": "emergency/treatment", "to": "1 d"}
    assert mean(step(change(base, by, to), "treatment")) == 1 * DAY
    assert mean(step(change(base, to, by), "treatment")) == 0.5 * DAY


def test_a_change_can_name_what_an_earlier_one_made(base):
    new = {
        "route": "emergency/where to",
        "from": "home",
        "to": "new",
        "move": "10%",
        "steps": [{"delay": "n", "duration": "2 d"}],
    }
    after = change(base, new, {"cut": "emergency/n", "by": "50%"})
    assert mean(step(after, "n")) == DAY


# Refusals

REFUSED = [
    ({"cut": "emergncy/treatment", "by": "5%"}, "there is no pathway 'emergncy'; did you mean 'emergency'?"),
    (
        {"cut": "emergency/treatmnt", "by": "5%"},
        "there is no step 'treatmnt' in pathway 'emergency'; did you mean 'treatment'?",
    ),
    ({"cut": "treatment", "by": "5%"}, "got 'treatment', want pathway/step, such as 'emergency/...'"),
    (
        {"cut": "emergency/ward stay", "by": "5%"},
        "'ward stay' is a stay, want a delay or an activity; name the",
    ),
    ({"cut": "emergency/treatment", "to": "3 d"}, "'treatment' takes 2 d on average, so 3 d is no cut"),
    (
        {"unbatch": "emergency/treatment", "to": "continuous"},
        "'treatment' is a delay, want a round or a batch",
    ),
    ({"unbatch": "emergency/transport", "to": ["daily 09:00"]}, "'transport' is a batch and has no openings"),
    ({"number": "bed", "by": 1}, "there is no pool 'bed'; did you mean 'beds'?"),
    ({"number": "beds", "by": -13}, "its number is 12, and 12 - 13 is below 0"),
    ({"number": "nurse", "by": -2}, "the number outside its rota is 1, and 1 - 2 is below 0"),
    ({"number": "nurse", "by": -4}, "a line of its rota is 3, and 3 - 4 is below 0"),
    (
        {"number": "nurse", "by": 1, "from": "2024-06-01"},
        "pool 'nurse' follows a rota, which cannot change part-way",
    ),
    ({"number": "chairs", "by": 1}, "pool 'chairs' is unlimited; write 'to' with a number"),
    ({"number": "chairs", "to": 1, "from": "2024-06-01"}, "unlimited cannot begin or end part-way"),
    (
        {"rota": "bedz", "to": [{"days": "daily", "number": 1}]},
        "there is no pool 'bedz'; did you mean 'beds'?",
    ),
    ({"demand": "elective", "by": "5%"}, "there is no pathway 'elective'"),
    ({"demand": "listed", "by": "5%"}, "the arrivals of 'listed' are listed one by one"),
    ({"demand": "emergency", "by": "-120%"}, "got -120%, want demand that does not fall below 0 (-100%)"),
    ({"set": "emergency/treatment", "times": 2}, "'treatment' is a delay, want a repeat"),
    (
        {"set": "emergency/decisions", "duration": "2 d"},
        "'decisions' is a repeat, want a delay or an activity",
    ),
    (
        {"route": "emergency/treatment", "from": "a", "to": "b", "move": 0.1},
        "'treatment' is a delay, want a branch",
    ),
    (
        {"route": "emergency/where to", "from": "hme", "to": "care home", "move": 0.1},
        "has no way 'hme'; did you mean 'home'?",
    ),
    (
        {"route": "emergency/where to", "from": "home", "to": "home", "move": 0.1},
        "`from` and `to` are both 'home'",
    ),
    ({"route": "emergency/where to", "from": "home", "to": "x", "move": 0.1}, "for a new way give its steps"),
    ({"route": "emergency/by age", "from": "a", "to": "b", "move": 0.1}, "goes by the attribute 'age'"),
    (
        {"route": "emergency/where to", "from": "home", "to": "care home", "move": 0.1, "steps": []},
        "has a way 'care home' already",
    ),
]
NEW_STEPS = [
    ({"delay": "treatment", "duration": "1 d"}, "there is a step 'treatment' in the pathway already"),
    (
        {"stay": "s", "beds": ["bed"], "steps": [{"leave": "home"}]},
        "'s' asks for pool 'bed', which is not there; did you",
    ),
    ({"round": "r", "calendar": "ward"}, "'r' waits for calendar 'ward', which is not there"),
    ({"go_to": "triag"}, "go_to 'triag': there is no such step; did you mean 'triage'?"),
]
REFUSED += [
    ({"route": "emergency/where to", "from": "home", "to": "x", "move": 0.1, "steps": [new]}, text)
    for new, text in NEW_STEPS
]


@pytest.mark.parametrize(("written", "text"), REFUSED)
def test_refusals_say_where_and_what(base, written, text):
    harmless = {"demand": "emergency", "by": "0%"}
    with pytest.raises(ModelError) as caught:
        change(base, harmless, written)
    kind = next(iter(written))
    assert caught.value.where == f"changes.1.{kind} {written[kind]}"
    assert text in caught.value.text


@pytest.mark.parametrize(
    "written",
    [
        {"cut": "a/b"},
        {"cut": "a/b", "by": "5%", "to": "1 d"},
        {"number": "a"},
        {"demand": "a", "by": "5%", "to": "1 per day"},
        {"set": "a/b"},
    ],
)
def test_one_of_two_keys(written):
    with pytest.raises(ValueError, match=r"want exactly one of"):
        changes(written)


def test_base_digest(base):
    def scenario(digest_: str) -> Scenario:
        return Scenario.model_validate({"cisim": 1, "scenario": "s", "base_digest": digest_})

    assert apply(base, scenario(digest(base))) == apply(base, ())
    assert apply(base, scenario(digest(base)[:12])) == apply(base, ())
    other = base.model_copy(update={"note": "another"})
    for model, wanted in ((other, digest(base)), (base, digest(base)[:8])):
        with pytest.raises(
            ModelError, match=r"base_digest: scenario 's' was written for a model with digest"
        ):
            apply(model, scenario(wanted))


# Properties

GOOD = [
    {"unbatch": "emergency/consultant round", "to": "continuous", "reach": "50%"},
    {"unbatch": "emergency/pharmacy", "to": ["Mon-Fri 09:00"]},
    {"cut": "emergency/treatment", "by": "10%", "reach": "20%"},
    {"number": "beds", "by": -1, "from": "2024-03-01"},
    {"route": "emergency/where to", "from": "home", "to": "care home", "move": "10%"},
    {"demand": "emergency", "by": "+3%"},
    {"set": "emergency/decisions", "times": 3},
    {"number": "nurse", "to": 4},
    {"number": "beds", "to": "unlimited"},
    {"rota": "beds", "to": [{"days": "daily", "number": 5}], "otherwise": 1},
]
ANY = [written for written, _ in REFUSED] + GOOD


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("written", GOOD, ids=str)
def test_what_a_change_makes_passes_the_checks_of_a_file(base, written, again):
    assert model_findings(change(base, *[written] * (1 + again))) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(ANY), max_size=5))
def test_the_base_is_never_altered_and_stacking_is_one_after_another(base, written):
    before = digest(base)
    stepwise = apply(base, ())
    try:
        for one in written:
            stepwise = apply(stepwise, changes(one))
    except ModelError:
        with pytest.raises(ModelError):
            change(base, *written)
    else:
        assert change(base, *written) == stepwise
    assert digest(base) == before


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 0.99))
def test_shares_of_a_branch_still_sum_to_one(base, move):
    after = change(base, {"route": "emergency/where to", "from": "home", "to": "care home", "move": move})
    branch = step(after, "where to")
    assert isinstance(branch, Branch)
    assert sum(w.share for w in branch.ways) == pytest.approx(1, abs=1e-12)
    assert isinstance(step(after, "ward stay"), Stay)


def test_more_of_a_pool_with_a_rota_leaves_its_closed_hours_closed():
    pool = {
        "kind": "staff",
        "rota": [{"days": "Mon-Fri", "from": "08:00", "to": "18:00", "number": 2}],
        "exceptions": [{"date": "2024-12-25", "number": 0}, {"date": "2024-12-27", "number": 1}],
    }
    steps = [{"activity": "see", "needs": {"nurse": 1}, "duration": "1 h"}, {"leave": "home"}]
    pathways = {"p": {"arrivals": {"rate": "1 per day"}, "steps": steps}}
    model = Model.model_validate(
        {"cisim": 1, "model": "m", "start": "2024-01-01", "pools": {"nurse": pool}, "pathways": pathways}
    )
    nurse = change(model, {"number": "nurse", "by": 1}).pools["nurse"]
    assert [line.number for line in nurse.rota] == [3]
    assert nurse.otherwise == 0
    assert [e.number for e in nurse.exceptions] == [0, 2]
