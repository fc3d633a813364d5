"""The offered load, worked out, against the occupancy of a run in which nobody waits for a bed."""

from __future__ import annotations

import math

import pytest

from cisim.engine import simulate
from cisim.measures import measure
from cisim.spec import Model, apply, offered_load
from cisim.spec.scenario import Scenario
from cisim.units import DAY

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
