"""A model told back: what a planner must be able to read there."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from cisim.spec.changes import apply
from cisim.spec.describe import describe
from cisim.spec.describe_files import change_words, describe_scenario, describe_value
from cisim.spec.model import Model
from cisim.spec.scenario import Scenario
from cisim.spec.value import Value

_good = importlib.util.spec_from_file_location("good_files", Path(__file__).parents[1] / "files" / "good.py")
assert _good is not None
assert _good.loader is not None
_files = importlib.util.module_from_spec(_good)
_good.loader.exec_module(_files)
FULL = Model.model_validate(YAML(typ="safe").load(_files.FULL))

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


@pytest.mark.parametrize(
    "line",
    [
        "  By season, times Jan 1.05, Aug 0.95; other months as stated.",
        "  Each year 2% more than the year before.",
        "  On bank holidays as on Sun.",
        "  At the start 12 are at ward stay in a bed of acute ward, for 3 d on average (sd 3 d, exponential).",
        "  At the start 2 are at see doctor, for 10 min, 1 h.",
        "    Priority -1 (lower is served first).",
        "    Interrupts activities of a higher priority number.",
        (
            "  see doctor: takes 1 of sho and 1 of majors, else 1 of registrar and 1 of majors "
            "(after waiting 30 min) for 30 min."
        ),
        "    Priority red 1, amber 2, green 3 by acuity (lower is served first).",
        "    Who has waited 2 h has at most priority 2.",
        "    What it needs is set aside while it cannot have all.",
        "    Begins again when it was interrupted.",
        "    What was used is kept 5 min longer.",
        "    Who would wait behind 20 is turned away, and then:",
        "    Together they take 1 of porter for 10 min.",
        "    Who lies elsewhere moves to acute ward once it has room.",
        "      Who arrived first is seen first.",
        "    discharge: 2 parts at once, until the last is done:",
        "        transport: takes 1 of porter for 2 h.",
        (
            "      readmission: leaves (home) and comes back at see doctor "
            "after 9 d on average (sd 9 d, exponential)."
        ),
        (
            "  theatre list: Mon-Thu 09:00, Fri 09:00 (2 places), 4 places each; a patient who comes at any "
            "moment waits 22.29 h on average, at most 3 d; closed on bank holidays."
        ),
        (
            "  sho: staff: 4 Mon-Fri 08:00-20:00, otherwise 2, 453.5 hours a week; paid by provider; "
            "1 fewer Mon-Fri 12:00-12:30; on bank holidays as on Sun; "
            "covered by registrar, then consultant (after waiting 20 min)."
        ),
        "  majors: 12 room, 2016 hours a week; paid by provider; made ready after each use in 15 min.",
    ],
)
def test_every_word_is_told_back(line):
    assert line in describe(FULL).splitlines()


def test_a_step_of_ones_own_is_told():
    own = {
        "arrivals": {"rate": "1 per day"},
        "steps": [{"own": "triage", "does": "my triage"}, {"leave": "home"}],
    }
    model = Model.model_validate({"cisim": 1, "model": "m", "start": "2024-01-01", "pathways": {"p": own}})
    assert "  triage: a step of your own, 'my triage', on the reference engine alone." in describe(model)
