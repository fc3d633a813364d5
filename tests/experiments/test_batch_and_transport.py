"""Batch and transport: the published times of every batch and way, and the lesson that a check tells before a run."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cisim import apply, read_model, simulate
from cisim.cli import main
from cisim.eventlog import same_log
from cisim.measures import audit
from cisim.spec import offered_load, read_question, read_scenario
from cisim.units import HOUR, MINUTE

FOLDER = Path(__file__).parents[2] / "experiments" / "batch-and-transport"


def _module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compare = _module("batch_compare", FOLDER / "compare.py")
comparing = sys.modules["comparing"]
PUBLISHED = pd.read_csv(FOLDER / "published.csv")


@pytest.fixture(scope="module")
def days():
    """Return one day of each published size of batch and length of way."""
    return {(row.way, row.number): compare.one_run(row.number, row.way, 0) for row in PUBLISHED.itertuples()}


def loads(model):
    return {load.pool: load for load in offered_load(model)}


# The stored ten days of each


def test_the_stored_times_are_the_published_ones():
    table = comparing.stored(FOLDER)
    assert len(table) == len(PUBLISHED)
    assert ((table["got"] - table["expected"]).abs() <= compare.WITHIN).all()
    assert comparing.away(table).abs().max() <= comparing.LIMIT
    assert ((PUBLISHED["again"] - PUBLISHED["published"]).abs() <= compare.WITHIN).all()


def test_the_clerk_who_is_back_at_once_is_told_apart():
    table = comparing.stored(FOLDER).dropna(subset="wrong")
    assert len(table) == 4
    assert comparing.wrong_by(table).abs().min() > comparing.LIMIT
    assert ((table["wrong"] - table["expected"]).abs() > compare.WITHIN).all()


def test_the_readme_shows_the_stored_table():
    table = comparing.markdown(comparing.stored(FOLDER), "if the clerk is back at once")
    assert comparing.shown(FOLDER) == table


# One day of each, here and now


@pytest.mark.parametrize(
    "row", list(PUBLISHED.itertuples()), ids=lambda r: f"{r.number} at a time, {r.way} s"
)
def test_a_day_takes_the_published_time(days, row):
    log = days[row.way, row.number]
    found = compare.times(log).mean()
    assert found == pytest.approx(row.published, abs=compare.WITHIN)
    # wait / way / work as the published best solutions: 26.36 / 6 / 4, 13.16 / 3 / 4, 0 / 0 / 4
    assert compare.carried(log) == pytest.approx(3 * row.way, abs=1e-9)
    assert found - compare.carried(log) - 4 == pytest.approx(
        row.published - 3 * row.way - 4, abs=compare.WITHIN
    )


def test_side_by_side_and_one_by_one_nobody_ever_waits(days):
    assert np.unique(compare.times(days[0, 1])).tolist() == [4.0]


def test_the_gaps_are_those_of_the_example():
    gaps = np.diff(compare.gaps(7, 0))
    assert gaps.min() >= 1000
    assert gaps.max() <= 2000
    assert gaps.mean() == pytest.approx(1500, abs=5)
    assert gaps.std() == pytest.approx(1000 / np.sqrt(12), rel=0.01)


def test_both_engines_tell_the_same_and_the_audit_holds():
    one, other = (
        compare.one_run(9, 2, 0, horizon=30 * MINUTE, engine=engine) for engine in ("compiled", "simpy")
    )
    assert same_log(one, other)
    assert all(check.passed for check in audit(one))


# The lesson


@pytest.mark.parametrize(("way", "least"), [(2, 9), (1, 5), (0.5, 3), (0, 1)])
def test_it_keeps_up_only_with_batches_of_more_than_four_ways(way, least):
    base = read_model(FOLDER / "model.yaml")
    rate = base.pathways["form"].arrivals
    for number in range(1, 13):
        made = compare.model_of(base, number, way, way, ())
        pathway = made.pathways["form"].model_copy(update={"arrivals": rate})
        load = loads(made.model_copy(update={"pathways": {"form": pathway}}))["clerk 1"]
        assert load.offered == pytest.approx((number + 2 * way) / (1.5 * number))
        if number != 4 * way:  # exactly one clerk wanted: rounding decides
            assert load.keeps_up == (number >= least)


def test_unbatching_alone_cannot_be_and_is_told_before_any_run(capsys):
    base = read_model(FOLDER / "model.yaml")
    alone = loads(apply(base, read_scenario(FOLDER / "unbatch-only.yaml")))
    assert [alone[f"clerk {i}"].keeps_up for i in (1, 2, 3, 4)] == [False, False, False, True]
    assert alone["clerk 1"].offered == pytest.approx(5 / 1.5)
    assert main(["check", str(FOLDER / "one-by-one.yaml")]) == 0
    assert "clerk 1, clerk 2, clerk 3 cannot keep up" in capsys.readouterr().out


@pytest.mark.parametrize(("file", "load"), [("cut-transport-too", 1 / 1.5), ("cut-transport-only", 1 / 1.5)])
def test_cutting_the_way_keeps_up(file, load):
    changed = loads(apply(read_model(FOLDER / "model.yaml"), read_scenario(FOLDER / f"{file}.yaml")))
    assert all(one.keeps_up for one in changed.values())
    assert changed["clerk 2"].offered == pytest.approx(load)


def test_a_run_of_the_impossible_only_grows():
    base = read_model(FOLDER / "model.yaml")
    alone = apply(base, read_scenario(FOLDER / "unbatch-only.yaml"))
    log = simulate(alone, 2 * HOUR, seed=1, engine="compiled")
    found = compare.times(log)
    first, last = found[: len(found) // 4].mean(), found[-len(found) // 4 :].mean()
    assert last > 3 * first


def test_the_scenarios_are_the_models_that_were_compared():
    base = read_model(FOLDER / "model.yaml")
    rate = base.pathways["form"].arrivals
    for file, number in (("cut-transport-too", 1), ("cut-transport-only", 9)):
        changed = apply(base, read_scenario(FOLDER / f"{file}.yaml")).pathways["form"]
        made = compare.model_of(base, number, 0, 0, ()).pathways["form"]
        assert changed.steps == made.model_copy(update={"arrivals": rate}).steps


def test_the_question_can_be_read():
    question = read_question(FOLDER / "experiment.yaml")
    assert [name for name, _ in question.scenarios] == [
        "one by one, desks side by side",
        "in nines, desks side by side",
    ]
