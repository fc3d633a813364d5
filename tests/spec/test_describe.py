"""A model told back: what a planner must be able to read there."""

from __future__ import annotations

import pytest

from cisim.spec.changes import apply
from cisim.spec.describe import describe
from cisim.spec.describe_files import change_words, describe_scenario, describe_value
from cisim.spec.model import Model
from cisim.spec.scenario import Scenario
from cisim.spec.value import Value

MODEL = Model.model_validate(
    {
        "cisim": 1,
        "model": "toy ward",
        "start": "2024-01-01",
        "pools": {
            "beds": {"number": 12, "exceptions": [{"date": "2024-12-25", "number": 6}]},
            "nurse": {
                "kind": "staff",
                "owner": "trust",
                "rota": [{"days": "Mon-Fri", "from": "08:00", "to": "18:00", "number": 3}],
                "otherwise": 1,
            },
            "chairs": {"kind": "room", "number": "unlimited"},
        },
        "calendars": {"ward round": {"openings": ["Mon 09:00", "Thu 09:00"], "places": 8}},
        "pathways": {
            "emergency": {
                "arrivals": {
                    "rate": "2.7 per day",
                    "profile": {"Mon": [1] * 11 + [5] + [1] * 12, "Tue-Sun": [1] * 24},
                    "day_effect": {"cv": 0.5},
                },
                "attributes": {"age": {"old": "40%", "young": "60%"}},
                "steps": [
                    {
                        "activity": "triage",
                        "needs": {"nurse": 1},
                        "duration": "15 min",
                        "gives_up": {"after": "4 h"},
                    },
                    {
                        "stay": "ward stay",
                        "beds": ["beds", {"pool": "chairs", "after": "4 h"}],
                        "steps": [
                            {"delay": "treatment", "duration": {"lognormal": {"mean": "2 d", "sd": "3 d"}}},
                            {
                                "repeat": "decisions",
                                "times": {1: "50%", 3: "50%"},
                                "steps": [{"round": "round", "calendar": "ward round"}],
                            },
                            {"batch": "van", "number": 4, "at_most": "1 d"},
                        ],
                    },
                    {
                        "branch": "where to",
                        "ways": [
                            {"way": "home", "share": "62.5%", "steps": [{"leave": "home"}]},
                            {"way": "again", "share": "37.5%", "steps": [{"go_to": "triage"}]},
                        ],
                    },
                ],
            },
        },
    }
)


@pytest.mark.parametrize(
    "line",
    [
        "toy ward, from Mon 1 January 2024",
        "Pathway emergency",
        "  About 2.70 patients a day, on average 18.9 a week; busiest hour Mon 11:00-12:00, with 0.55.",
        (
            "  A day effect of 50%, shared by group 'all': "
            "a day's number has a variance of about 1.68 times its mean."
        ),
        "  Each patient's age: old 40%, young 60%.",
        "  triage: takes 1 of nurse for 15 min.",
        "    Who has waited 4 h gives up and goes on with the next step.",
        (
            "  ward stay: in a bed of beds, else chairs (after waiting 4 h), "
            "kept until the next bed is given if one is wanted."
        ),
        "    treatment: 2 d on average (sd 3 d, lognormal).",
        "    decisions: 1 time for 50%, 3 times for 50% of patients (2.00 on average):",
        "      round: waits for the next opening of ward round, a mean wait of 1.786 d.",
        "    van: waits until 4 are gathered, or 1 d have passed.",
        "  where to: one of 2 ways:",
        "    home, 62.5%:",
        "      Leaves: home.",
        "      Goes on at triage.",
        (
            "  ward round: Mon 09:00, Thu 09:00, 8 places each; "
            "a patient who comes at any moment waits 1.786 d on average, at most 4 d."
        ),
        "  beds: 12 beds, 1 exception, 84 bed-days a week; paid by provider.",
        "  nurse: staff: 3 Mon-Fri 08:00-18:00, otherwise 1, 268 hours a week; paid by trust.",
        "  chairs: unlimited room; paid by provider.",
    ],
)
def test_a_model_in_words(line):
    assert line in describe(MODEL).splitlines()


def test_what_a_scenario_did_shows():
    changes = Scenario.model_validate(
        {
            "cisim": 1,
            "scenario": "s",
            "changes": [
                {"unbatch": "emergency/round", "to": "continuous", "reach": "30%"},
                {"unbatch": "emergency/van", "to": "continuous"},
            ],
        }
    )
    lines = describe(apply(MODEL, changes)).splitlines()
    at = lines.index("      For 30% of patients (change 'unbatch emergency/round'):")
    assert lines[at + 1 : at + 3] == ["        round: passes at once.", "      For the others:"]
    assert "    van: passes at once." in lines


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"unbatch": "p/r", "to": "continuous"},
            "'p/r' no longer makes anyone wait for others or for an opening.",
        ),
        ({"unbatch": "p/r", "to": ["daily 09:00"]}, "'p/r' is held daily 09:00."),
        ({"cut": "p/d", "by": "12.5%"}, "'p/d' is cut by 12.5%."),
        (
            {"cut": "p/d", "to": "3 h"},
            "'p/d' is cut to 3 h on average, every patient's in the same proportion.",
        ),
        ({"number": "b", "by": -4}, "'b' has 4 fewer places, closing as they empty."),
        ({"number": "b", "by": 2, "from": "2024-06-01"}, "'b' has 2 more places from 2024-06-01 00:00 on."),
        ({"number": "b", "to": "unlimited"}, "'b' has unlimited places."),
        (
            {"rota": "n", "to": [{"days": "daily", "number": 2}]},
            "'n' has the rota 2 daily 00:00-24:00, otherwise 0.",
        ),
        ({"demand": "p", "by": "-10%"}, "'p' has 10% fewer patients."),
        ({"demand": "p", "by": "+5%"}, "'p' has 5% more patients."),
        ({"demand": "p", "to": "3 per day"}, "'p' has 3.00 patients a day."),
        (
            {"set": "p/x", "times": {1: "40%", 2: "60%"}},
            "'p/x' is done 1 time for 40% of patients, 2 times for 60% of patients.",
        ),
        ({"set": "p/d", "duration": "2 d"}, "'p/d' takes 2 d."),
        (
            {"route": "p/b", "from": "home", "to": "hospital", "move": "10%"},
            "'p/b' sends 10% of those on way 'home' by way 'hospital' instead.",
        ),
    ],
)
def test_each_change_is_a_sentence(change, words):
    scenario = Scenario.model_validate({"cisim": 1, "scenario": "s", "changes": [change]})
    assert change_words(scenario.changes[0]) == words
    assert describe_scenario(scenario) == f"Scenario s\n  1. {words}\n"


def test_a_scenario_without_changes():
    assert "changes nothing" in describe_scenario(Scenario(cisim=1, scenario="s"))


def test_value_in_words():
    value = Value.model_validate(
        {
            "cisim": 1,
            "value": "toy",
            "price_year": 2024,
            "first_year": 2025,
            "years": 3,
            "programme": [{"item": "training", "kind": "direct", "once": "£10,000"}],
            "running": [
                {"item": "round", "for_each": "opening", "of": "p/r", "cost": "£250.50", "cash": False}
            ],
            "options": [
                {"close": "bay", "pool": "beds", "step": 4, "saves": "£200k", "stranded": "30%"},
                {
                    "reinvest": "list",
                    "pathway": "elective",
                    "patients": 100,
                    "each": {
                        "marginal_cost": "£900",
                        "income": {"normal": {"mean": "£1,500", "sd": "£200"}},
                        "qalys": 0.1,
                    },
                },
                {"hold": "keep", "changes": [{"demand": "p", "by": "5%"}]},
            ],
        }
    )
    words = describe_value(value)
    for line in (
        "Value toy: 2025 to 2027, in pounds of 2024, as the provider perspective sees it",
        "  Programme: training, £10,000 once, direct, paid by provider.",
        "  Running: round, £250.50 for each opening of p/r, done by staff already employed, provider.",
        (
            "  Option bay: close 4 places of beds; one step costs £200,000 a year, of which 30% stays; "
            "capacity, no cash: that wants a budget line, its holder and a date."
        ),
        (
            "  Option list: treat 100 named patients a year of elective: each costs £900, "
            "brings in £1,500 (sd £200) from commissioner, gains 0.1 QALYs."
        ),
        "    1. 'p' has 5% more patients.",
    ):
        assert line in words.splitlines()
