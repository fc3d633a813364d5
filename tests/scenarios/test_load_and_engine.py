"""The offered load, worked out, against the occupancy of a run in which nobody waits for a bed."""

from __future__ import annotations

import math

import pytest

from cisim.engine import simulate
from cisim.measures import measure
from cisim.spec import Model, apply, offered_load
from cisim.spec.fields import MONTHS
from cisim.spec.scenario import Scenario
from cisim.units import DAY, HOUR

MODEL = Model.model_validate(
    {
        "cisim": 1,
        "model": "endless",
        "start": "2024-01-01",
        "pools": {"beds": {"number": 500}, "nurse": {"kind": "staff", "number": 500}},
        "calendars": {"round": {"openings": ["Mon 09:00", "Thu 09:00"]}},
        "pathways": {
            "p": {
                "arrivals": {"rate": "5 per day"},
                "steps": [
                    {
                        "stay": "s",
                        "beds": ["beds"],
                        "steps": [
                            {"delay": "treatment", "duration": {"gamma": {"mean": "3 d", "sd": "2 d"}}},
                            {
                                "repeat": "r",
                                "times": {1: "50%", 2: "50%"},
                                "steps": [{"round": "x", "calendar": "round"}],
                            },
                            {
                                "activity": "a",
                                "needs": {"nurse": 2},
                                "duration": {"exponential": {"mean": "5 h"}},
                            },
                        ],
                    },
                    {
                        "branch": "again",
                        "ways": [
                            {"way": "yes", "share": "25%", "steps": [{"go_to": "s"}]},
                            {"way": "no", "share": "75%", "steps": [{"leave": "home"}]},
                        ],
                    },
                ],
            }
        },
    }
)
CHANGES = [
    {"unbatch": "p/x", "to": "continuous", "reach": "40%"},
    {"cut": "p/treatment", "by": "50%", "reach": "30%"},
    {"route": "p/again", "from": "yes", "to": "no", "move": "40%"},
    {"demand": "p", "by": "+10%"},
]


@pytest.mark.parametrize("changes", [[], CHANGES], ids=["base", "changed"])
def test_offered_load_is_what_a_run_without_waiting_holds(changes):
    model = apply(MODEL, Scenario.model_validate({"cisim": 1, "scenario": "s", "changes": changes}))
    start, end, runs = 56 * DAY, 196 * DAY, 12
    seen: dict[str, list[float]] = {"beds": [], "nurse": []}
    for replication in range(runs):
        log = simulate(model, end, seed=5, replication=replication)
        for one in measure(log, start, end, weekly=False):
            if (one.measure, one.statistic) == ("occupancy", "mean"):
                seen[one.pool].append(one.value)
    for load in offered_load(model):
        mean = sum(seen[load.pool]) / runs
        error = math.sqrt(sum((x - mean) ** 2 for x in seen[load.pool]) / (runs - 1) / runs)
        assert error < 0.04 * mean
        # Four standard errors: a right load fails once in some ten thousand.
        assert abs(mean - load.offered) < 4 * error


CARRIED = Model.model_validate(
    {
        "cisim": 1,
        "model": "carried",
        "start": "2024-01-01",
        "pools": {
            "beds": {"number": 500, "turn_round": {"exponential": {"mean": "6 h"}}},
            "porter": {"kind": "staff", "number": 500, "turn_round": "15 min"},
            "nurse": {"kind": "staff", "number": 500},
        },
        "pathways": {
            "p": {
                "arrivals": {"rate": "6 per day", "season": dict.fromkeys(MONTHS, 1.2)},
                "steps": [
                    {
                        "stay": "s",
                        "beds": ["beds"],
                        "after_hold": "3 h",
                        "steps": [
                            {"delay": "treatment", "duration": {"gamma": {"mean": "2 d", "sd": "1 d"}}},
                            {
                                "all_of": "discharge",
                                "parts": [
                                    {
                                        "part": "transport",
                                        "steps": [
                                            {
                                                "activity": "transport",
                                                "needs": {"porter": 1},
                                                "duration": {"gamma": {"mean": "8 h", "sd": "2 h"}},
                                                "after_hold": "1 h",
                                            }
                                        ],
                                    },
                                    {
                                        "part": "medicines",
                                        "steps": [
                                            {
                                                "delay": "write",
                                                "duration": {"gamma": {"mean": "4 h", "sd": "2 h"}},
                                            },
                                            {
                                                "activity": "pack",
                                                "needs": {"nurse": 2},
                                                "duration": {"gamma": {"mean": "5 h", "sd": "2 h"}},
                                            },
                                        ],
                                    },
                                ],
                            },
                        ],
                    },
                    {
                        "batch": "van",
                        "number": 4,
                        "at_most": "8 h",
                        "together": {"needs": {"porter": 1}, "duration": "2 h", "after_hold": "1 h"},
                    },
                    {
                        "branch": "again",
                        "ways": [
                            {
                                "way": "yes",
                                "share": "20%",
                                "steps": [
                                    {
                                        "comes_back": "readmission",
                                        "outcome": "home",
                                        "after": "5 d",
                                        "at": "s",
                                    }
                                ],
                            },
                            {"way": "no", "share": "80%", "steps": [{"leave": "home"}]},
                        ],
                    },
                ],
            }
        },
    }
)


def test_what_is_carried_cleaned_and_come_back_for_is_in_the_load():
    start, end, runs = 56 * DAY, 196 * DAY, 8
    loads = {load.pool: load.offered for load in offered_load(CARRIED)}
    taken: dict[str, list[float]] = {pool: [0.0] * runs for pool in loads}
    for replication in range(runs):
        log = simulate(CARRIED, end, seed=5, replication=replication)
        for one in measure(log, start, end, weekly=False):
            if one.measure in ("held_time", "turning_time"):
                hours = 24.0 if one.pool == "beds" else 1.0
                taken[one.pool][replication] += one.value * hours * HOUR / (end - start)
    for pool, seen in taken.items():
        mean = sum(seen) / runs
        error = math.sqrt(sum((x - mean) ** 2 for x in seen) / (runs - 1) / runs)
        assert error < 0.04 * mean
        assert abs(mean - loads[pool]) < 4 * error + 0.01 * mean  # the longest of two parts is nearly right
