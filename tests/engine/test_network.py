"""The network lays out what the file says."""

import numpy as np

from cisim.engine import simulate
from cisim.eventlog import Event
from cisim.network import build_network
from cisim.spec import Model
from cisim.units import DAY, HOUR


def model(arrivals):
    return Model.model_validate(
        {
            "cisim": 1,
            "model": "toy",
            "start": "2024-01-03",  # a Wednesday
            "pathways": {"p": {"arrivals": arrivals, "steps": [{"leave": "home"}]}},
        }
    )


def test_a_profile_may_be_written_by_ranges_of_days():
    office = [0.0] * 9 + [1.0] * 8 + [0.0] * 7
    made = model({"rate": "5 per day", "profile": {"Mon-Fri": office, "Sat Sun": [0.0] * 24}})
    hourly = build_network(made, 7 * DAY).arrivals[0].hourly
    assert np.isclose(hourly.sum() * HOUR, 35)
    assert hourly[24 * 3 : 24 * 5].sum() == 0  # from a Wednesday on
    log = simulate(made, 60 * 7 * DAY)
    arrived = log.time[log.event == Event.ARRIVE]
    assert len(arrived) > 1000
    weekday, hour = (arrived // DAY + 2) % 7, arrived % DAY // HOUR
    assert weekday.max() == 4
    assert hour.min() == 9
    assert hour.max() == 16


def test_a_flat_profile_may_have_the_hours_of_a_week():
    week = [0.0] * 168
    week[30] = 1.0
    log = simulate(model({"rate": "20 per week", "profile": tuple(week)}), 20 * 7 * DAY)
    arrived = log.time[log.event == Event.ARRIVE]
    assert len(arrived) > 100
    assert set((arrived // HOUR + 48) % 168) == {30}
