"""The urgent care centre: what the published program should have found, and its mistake in arrivals told apart."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from cisim import simulate
from cisim.eventlog import same_log
from cisim.measures import audit
from cisim.spec import read_question
from cisim.units import HOUR

FOLDER = Path(__file__).parents[2] / "experiments" / "urgent-care-centre"
BY_HOUR = [2.3667, 2.8, 8.8333, 10.4333, 14.8, 26.2667, 31.4, 18.0667, 16.4667, 12.0333, 11.6, 28.8667]
BY_HOUR += [18.0333, 11.5, 5.3, 4.0667, 2.2, 2.1, 2.3667]


def _module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compare = _module("urgent_compare", FOLDER / "compare.py")
comparing = sys.modules["comparing"]


@pytest.fixture(scope="module")
def models():
    return compare.models(read_question(FOLDER / "experiment.yaml"))


def test_the_arrivals_of_the_file_are_the_source_s(models):
    log = simulate(models["baseline"], compare.CLOSES, engine="compiled")
    assert log.integrals.expected["patient"] == pytest.approx(sum(BY_HOUR), rel=1e-6)
    assert sum(BY_HOUR) == pytest.approx(229.5, abs=0.01)


# The stored runs


def test_every_stored_figure_is_within_three_standard_errors():
    table = comparing.stored(FOLDER)
    assert len(table) == 38
    assert comparing.away(table).abs().max() <= comparing.LIMIT
    assert 0.5 < np.sqrt((comparing.away(table) ** 2).mean()) < 1.5


def test_arrivals_as_coded_are_told_apart():
    """The wrong arrivals fail the comparison that the right ones pass, and give the source's own figures."""
    table = comparing.stored(FOLDER).dropna(subset="wrong").set_index("figure")
    assert comparing.wrong_by(table).abs().min() > comparing.LIMIT
    for figure, source in (("baseline: arrivals", 226.95), ("baseline: throughput", 163.78)):
        row = table.loc[figure]
        assert abs(row["wrong"] - row["expected"]) > comparing.LIMIT * np.hypot(row["wrong_se"], row["error"])
        assert abs(row["wrong"] - source) <= comparing.LIMIT * np.hypot(row["wrong_se"], row["error"])


def test_the_readme_shows_the_stored_table():
    assert comparing.shown(FOLDER) == comparing.markdown(comparing.stored(FOLDER), "as coded")


# Here and now


def test_a_hundred_days_agree(models):
    found = compare.run(models["baseline"], 100, 13, until=compare.CLOSES + 12 * HOUR)
    assert comparing.away(compare.compare("baseline", found)).abs().max() <= comparing.LIMIT


@pytest.mark.parametrize("scenario", ["another treatment cubicle", "that, and shorter examinations"])
def test_a_hundred_days_of_a_scenario_agree(models, scenario):
    found = compare.run(models[scenario], 100, 14)
    assert comparing.away(compare.compare(scenario, found)).abs().max() <= comparing.LIMIT


def test_arrivals_as_coded_are_too_few(models):
    """Without any run of the centre: 1,500 days of arrivals know the mean to 0.4."""
    days = [
        len(compare.as_coded(models["baseline"], 77, day).pathways["patient"].arrivals.listed)
        for day in range(1500)
    ]
    mean, error = comparing.estimate(days)
    assert abs(mean - sum(BY_HOUR)) > comparing.LIMIT * error
    assert abs(mean - 226.95) <= comparing.LIMIT * np.hypot(error, 0.35)


def test_waits_of_those_served_leave_out_the_longest(models):
    log = simulate(models["baseline"], compare.CLOSES, seed=3, engine="compiled")
    table = compare.visits(log)
    code = next(i for i, step in enumerate(log.steps) if step.name == "treatment")
    mine = table.of(code)
    served = mine.begin < log.end
    so_far = log.end - mine.ask[~served]
    assert len(so_far) > 10
    waited = (mine.begin - mine.ask)[served]
    assert np.append(waited, so_far).mean() > waited.mean() * 1.05


def test_both_engines_tell_the_same_and_the_audit_holds(models):
    for replication in range(2):
        one, other = (
            simulate(models["baseline"], compare.CLOSES, seed=2, replication=replication, engine=e)
            for e in ("compiled", "simpy")
        )
        assert same_log(one, other)
        assert all(check.passed for check in audit(one))
