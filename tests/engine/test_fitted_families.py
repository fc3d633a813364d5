"""Families fitted to records, in a model: both engines draw the same to the bit, and what they draw is the family."""

import json

import numpy as np

from cisim import read_model, simulate
from cisim.distributions import Empirical, Mixture
from cisim.eventlog import Event, same_log
from cisim.units import DAY, HOUR

TWO_KINDS = {"mixture": {"shares": [0.8, 0.2], "means": ["4 h", "40 h"], "sds": ["2 h", "30 h"]}}
SEEN = {
    "empirical": {"values": ["10 min", "1 h", "3 h"], "chances": [0, 0.5, 0.9], "scale": "2 h", "shape": 0.2}
}


def written(folder):
    ward = {
        "cisim": 1,
        "model": "ward",
        "start": "2024-01-01",
        "pools": {"ward": {"kind": "beds", "number": 30}},
        "pathways": {
            "in": {
                "arrivals": {"rate": "60 per day"},
                "steps": [
                    {"delay": "assessment", "duration": SEEN},
                    {"stay": "stay", "beds": ["ward"], "steps": [{"delay": "care", "duration": TWO_KINDS}]},
                    {"leave": "home"},
                ],
            }
        },
    }
    (folder / "model.yaml").write_text(json.dumps(ward))
    return read_model(folder / "model.yaml")


def test_both_engines_draw_the_same_and_it_is_the_family(tmp_path):
    model = written(tmp_path)
    compiled, simpy = (simulate(model, 60 * DAY, seed=3, engine=e) for e in ("compiled", "simpy"))
    assert same_log(compiled, simpy)
    for name, family in {
        "assessment": Empirical((10 / 60, 1.0, 3.0), (0.0, 0.5, 0.9), 2.0, 0.2),
        "care": Mixture((0.8, 0.2), (4.0, 40.0), (2.0, 30.0)),
    }.items():
        at = compiled.step == [s.name for s in compiled.steps].index(name)
        begin, end = (
            dict(zip(compiled.patient[at & which].tolist(), compiled.time[at & which].tolist(), strict=True))
            for which in (compiled.event == Event.BEGIN, compiled.event == Event.END)
        )
        hours = np.array([(end[p] - begin[p]) / HOUR for p in end if begin[p] < 40 * DAY])
        place = np.sort(family.cdf(hours))
        even = (np.arange(len(place)) + 0.5) / len(place)
        assert np.abs(place - even).max() < 1.9 / np.sqrt(len(place))  # Kolmogorov's 0.1% point is 1.95
