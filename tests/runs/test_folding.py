"""A run that is measured while it goes on says what its log would have said."""

import math

import pytest

from cisim import fold, simulate, textbook
from cisim.errors import ModelError
from cisim.measures import standard
from cisim.spec import Model
from cisim.units import DAY

DEPARTMENT = {
    "cisim": 1,
    "model": "department",
    "start": "2024-01-01",
    "pools": {
        "doctor": {"kind": "staff", "number": 2},
        "ward": {"number": 12, "turn_round": "1 h"},
        "other": {"number": 2},
    },
    "calendars": {"round": {"openings": ["daily 09:00"]}},
    "pathways": {
        "p": {
            "arrivals": {"rate": "20 per day"},
            "steps": [
                {
                    "activity": "see",
                    "needs": {"doctor": 1},
                    "duration": {"lognormal": {"mean": "90 min", "sd": "60 min"}},
                    "gives_up": {"after": "4 h", "steps": [{"leave": "not seen"}]},
                },
                {
                    "branch": "where to",
                    "ways": [
                        {"way": "admitted", "share": "30%"},
                        {"way": "discharged", "share": "70%", "steps": [{"leave": "home"}]},
                    ],
                },
                {
                    "stay": "ward",
                    "beds": ["ward", {"pool": "other", "after": "6 h"}],
                    "steps": [
                        {"delay": "care", "duration": {"exponential": {"mean": "36 h"}}},
                        {"round": "decision", "calendar": "round"},
                    ],
                },
                {"comes_back": "again", "after": {"exponential": {"mean": "20 d"}}, "outcome": "home"},
            ],
        }
    },
}


def told(measures):
    return {m[:6]: (m.unit, m.n, "none" if math.isnan(m.value) else m.value) for m in measures}


@pytest.mark.parametrize("start", ["0 d", "35 d"])
def test_a_fold_of_a_run_is_the_standard_measures_of_its_log(start):
    model = Model.model_validate(DEPARTMENT)
    first = int(start.split()[0]) * DAY
    log = simulate(model, 200 * DAY, seed=3, replication=2)
    want = told(standard(log, first, log.end))
    got = told(fold(model, "200 d", start=start, seed=3, replication=2))
    assert {key[0] for key in want} >= {"wait", "length_of_stay", "throughput", "occupancy"}
    assert want.keys() == got.keys()
    for key, (unit, n, value) in want.items():
        near = value if value == "none" else pytest.approx(value, rel=0.01)
        assert got[key] == (unit, n, near), key


@pytest.mark.parametrize("start", ["400 d", -1, "soon", True, 1.5])
def test_a_start_that_cannot_be_is_told(start):
    ward = textbook.loss_ward(arrivals_per_hour=1, stay="2 h", beds=3)
    with pytest.raises(ModelError, match="start"):
        fold(ward, "400 d", start=start)
