"""The emergency department of six areas: right values found, and the average between events told apart."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cisim import read_model, simulate
from cisim.eventlog import Event, same_log
from cisim.measures import audit, occupancy
from cisim.spec import offered_load, read_question
from cisim.units import DAY, HOUR

FOLDER = Path(__file__).parents[2] / "experiments" / "emergency-department-calendar"
QUIET = ("shock places", "intensive places", "examination places")


def _module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compare = _module("department_compare", FOLDER / "compare.py")
comparing = sys.modules["comparing"]


@pytest.fixture(scope="module")
def model():
    return read_model(FOLDER / "model.yaml")


@pytest.fixture(scope="module")
def weeks():
    return compare.run(80, seed=61)


# The file


def test_the_patients_are_the_source_s(model):
    log = simulate(model, DAY)
    by_day = {"shock": 6.9, "observed": 13.2, "urgent": 13.2, "minor": 79.2}
    assert log.integrals.expected == pytest.approx(by_day, rel=1e-9)
    assert read_question(FOLDER / "experiment.yaml").model == model


def test_the_lognormal_times_are_the_source_s(model):
    logs = {"shock room": (-0.88056, 1.1467), "observation": (-1.4285, 1.6902), "yellow": (-0.97632, 1.3974)}
    logs |= {
        "green": (-0.40614, 0.90126),
        "examination": (-2.2664, 1.1463),
        "intensive treatment": (-0.88056, 1.1467),
    }
    seen = set()
    for pathway in model.pathways.values():
        for stay in pathway.steps:
            mu, sigma = stay.steps[0].duration.distribution().log_parameters()
            assert (mu - np.log(HOUR), sigma) == pytest.approx(logs[stay.name], abs=1e-4)
            seen.add(stay.name)
    assert seen == set(logs)


def test_the_places_wanted_are_those_of_the_traffic_equations(model):
    """Flows by hand: half of observation and of examination goes to yellow, three in ten of yellow to examination."""
    shock, half = 0.2875, 0.55
    intensive = 0.975 * shock
    yellow = (1.5 * half + 0.05 * intensive) / (1 - 0.15)
    examination = 0.1 * intensive + 0.3 * yellow
    green = 3.3 + 0.1 * examination
    wanted = {
        "shock places": shock * 0.8,
        "intensive places": intensive * 1.2,
        "observation places": half * 1.125,
        "yellow places": yellow,
        "green places": green * 1.15,
        "examination places": examination * 0.3,
    }
    assert {load.pool: load.offered for load in offered_load(model)} == pytest.approx(wanted, rel=2e-4)


def test_the_exact_places_held_are_those_wanted_less_the_empty_beginning(model):
    exact = compare.exact(model)
    for load in offered_load(model):
        assert 0.95 * load.offered < exact[f"occupancy of {load.pool}"] < load.offered


# The stored weeks


def test_the_stored_figures_are_within_three_standard_errors():
    table = comparing.stored(FOLDER)
    assert len(table) == 16
    assert comparing.away(table).abs().max() <= comparing.LIMIT


def test_the_program_written_anew_agrees_with_the_exact_places_held(model):
    """Its 500 weeks, and our 4,000, about the same value."""
    exact = compare.exact(model)
    rows = pd.read_csv(FOLDER / "published.csv").dropna(subset="right_se").set_index("quantity")
    table = comparing.stored(FOLDER).set_index("figure")
    for figure, value in exact.items():
        if figure not in rows.index:
            continue
        row = rows.loc[figure]
        assert abs(row["right"] - value) <= comparing.LIMIT * row["right_se"]
        assert abs(row["right"] - table.loc[figure, "got"]) <= comparing.LIMIT * np.hypot(
            row["right_se"], table.loc[figure, "se"]
        )


def test_the_published_places_held_are_told_apart():
    """At the quiet areas whose published values are farthest off; by their own error of 100 weeks, too."""
    table = comparing.stored(FOLDER).set_index("figure")
    wrong = comparing.wrong_by(table)
    for pool in ("observation places", "examination places"):
        row = table.loc[f"occupancy of {pool}"]
        assert abs(wrong[f"occupancy of {pool}"]) > comparing.LIMIT
        assert abs(row["got"] - row["wrong"]) > comparing.LIMIT * np.hypot(row["se"], row["wrong_se"])


def test_the_stored_average_between_events_is_the_published_one_at_the_shock_room():
    between = pd.read_csv(FOLDER / "between-events.csv", index_col="places")
    table = comparing.stored(FOLDER).set_index("figure")
    for pool in ("shock places", "intensive places"):
        row, found = table.loc[f"occupancy of {pool}"], between.loc[f"between events, {pool}"]
        assert abs(found["got"] - row["wrong"]) <= comparing.LIMIT * np.hypot(found["se"], row["wrong_se"])
        assert (
            abs(found["got"] - row["expected"]) > comparing.LIMIT * found["se"]
        )  # and told apart from the right one


def test_the_readme_shows_the_stored_table():
    assert comparing.shown(FOLDER) == comparing.markdown(comparing.stored(FOLDER), "published")


# Here and now


def test_eighty_weeks_agree(weeks):
    table = compare.compare(weeks)
    assert comparing.away(table).abs().max() <= comparing.LIMIT


def test_averaging_between_events_makes_quiet_areas_seem_fuller(weeks):
    """Week by week on the same logs: told apart at the quiet areas, and hardly there at the busy one."""
    more = {
        pool: comparing.estimate(weeks[f"between events, {pool}"] - weeks[f"occupancy of {pool}"])
        for pool in (*QUIET, "green places")
    }
    for pool in QUIET:
        mean, error = more[pool]
        assert mean > comparing.LIMIT * error
    relative = {pool: mean / weeks[f"occupancy of {pool}"].mean() for pool, (mean, _) in more.items()}
    assert min(relative[pool] for pool in QUIET) > 5 * relative["green places"]


def test_the_shock_room_has_more_places_by_day_and_keeps_who_is_there_by_night(model):
    log = simulate(model, 21 * DAY, seed=5)
    pool = next(pool for pool in log.pools if pool.name == "shock places")
    assert pool.capacity_time(0, DAY) == (12 * 3 + 12 * 6) * HOUR
    rejected = log.time[log.event == Event.TURN_AWAY]
    begun = [log.steps[s].name for s in log.step[log.event == Event.TURN_AWAY]]
    assert set(begun) <= {"shock room"}
    assert len(rejected) < 5


def test_the_places_held_are_the_measure_s(model):
    log = simulate(model, compare.WEEK, seed=8)
    found = compare.figures(log)
    for pool in log.pools:
        name = f"occupancy of {pool.name}"
        assert found[name] == pytest.approx(occupancy(log, pool.name, 0, log.end), rel=1e-12)


def test_both_engines_tell_the_same_and_the_audit_holds(model):
    one, other = (simulate(model, compare.WEEK, seed=9, engine=engine) for engine in ("compiled", "simpy"))
    assert same_log(one, other)
    assert all(check.passed for check in audit(one))
