"""Searching for what can close at equal service, on a ward whose answer Erlang's formula gives."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from cisim.analysis import erlang_b
from cisim.errors import FileProblems
from cisim.runs import read_run, run
from cisim.runs.serving import months
from cisim.spec import read_question
from cisim.units import DAY

# Twenty beds, sixteen patients a day, a day each; whoever finds no bed goes elsewhere. Each project saves six hours.
MODEL = """
cisim: 1
model: loss ward
start: 2025-01-06
pools:
  ward: {kind: beds, number: 20}
pathways:
  all:
    arrivals: {rate: 16 per day}
    steps:
      - stay: bed
        beds: [ward]
        gives_up: {after: 0 min, steps: [{leave: elsewhere}]}
        steps:
          - {delay: tests, duration: {exponential: {mean: 12 h}}}
          - {delay: treatment, duration: {exponential: {mean: 12 h}}}
      - leave: home
"""
VALUE = """
cisim: 1
value: loss ward
price_year: 2025
first_year: 2025
years: 2
service:
  probability: 60%
  measures:
    - {measure: turned_away, statistic: share, pathway: all, margin: 1.5%}
    - {measure: occupancy, statistic: share, pool: ward, margin: 0}
options:
  - close: bays of eight
    pool: ward
    step: 8
    steps: most
    saves: £800k
    stranded: 50%
    one_off: £10k
    reopening: £100k
    budget_line: ward pay
    holder: matron
    date: 2025-01-01
  - close: bays of four
    pool: ward
    step: 4
    steps: most
    saves: £400k
    stranded: 50%
  - reinvest: more patients
    pathway: all
    patients: most
    each: {marginal_cost: £300}
  - hold: keep it open
"""
EXPERIMENT = """
cisim: 1
experiment: two projects
question: Which bays can close?
model: ../../scenarios/model.yaml
value: ../../scenarios/value.yaml
scenarios:
  - name: quick tests
    changes: [{set: all/tests, duration: {exponential: {mean: 6 h}}}]
  - name: quick treatment
    changes: [{set: all/treatment, duration: {exponential: {mean: 6 h}}}]
projects: [quick tests, quick treatment]
run: {seed: 3, warm_up: 2 wk, length: 20 wk, replications: 6, draws: 12, weekly: false}
"""
JOINT = "quick tests + quick treatment"
MARGIN = 0.015


def write(folder, value=VALUE, experiment=EXPERIMENT, model=MODEL):
    for name, text in (
        ("scenarios/model.yaml", model),
        ("scenarios/value.yaml", value),
        ("experiments/e/experiment.yaml", experiment),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "experiments/e/experiment.yaml"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loss")
    return run(write(folder), folder / "run")


def closable(step, load):
    """Steps of a 20-bed ward that may go while the share turned away is at most the margin above load 16's."""
    may = erlang_b(20, 16.0) + MARGIN
    return max(k for k in range(20 // step) if erlang_b(20 - step * k, load) <= may)


def test_what_can_close_is_what_erlangs_formula_says(results):
    assert (closable(8, 8.0), closable(4, 8.0)) == (1, 2)
    assert results.summary["steps:bays of eight"]["value"] == 1
    assert results.summary["steps:bays of four"]["value"] == 2


def test_the_share_turned_away_at_each_level_is_erlangs(results):
    rows = results.service[
        (results.service["option"] == "bays of four") & (results.service["measure"] == "turned_away")
    ]
    for steps, group in rows.groupby("steps"):
        found, n = group["value_c"], len(group)
        want = erlang_b(20 - 4 * steps, 8.0)
        assert abs(found.mean() - want) < 5 * found.std() / np.sqrt(n) + 0.002, steps
        assert n == 6


def test_two_projects_of_half_a_bay_share_one_bay(results):
    assert closable(8, 12.0) == 0
    credit = results.credit[results.credit["of"] == "steps closed"].set_index("project")
    assert credit["alone"].to_dict() == {"quick tests": 0, "quick treatment": 0}
    assert credit["credit"].to_dict() == {"quick tests": 0.5, "quick treatment": 0.5}
    assert set(credit["together"]) == {1}
    released = results.credit[results.credit["of"] == "release"]
    assert released["credit"].sum() == pytest.approx(released["together"].iloc[0])
    assert (released["low"] < released["credit"]).all()


def test_everything_released_is_accounted_for_at_the_level_decided(results):
    rows = results.quantities[results.quantities["pool"] == "ward"]
    wide = rows.pivot_table(index=["option", "replication"], columns="use", values="quantity")
    parts = wide[["closed", "redeployed", "reinvested", "absorbed", "idle_change"]].sum(axis=1)
    assert np.allclose(wide["release"], parts, rtol=1e-9)
    closed = wide["closed"].groupby("option").mean()
    assert closed["bays of eight"] == pytest.approx(8 * 365.25)
    assert closed["bays of four"] == pytest.approx(8 * 365.25)
    assert closed["keep it open"] == 0
    assert set(rows[rows["option"] == "bays of four"]["steps"]) == {2}


def test_more_demand_adds_patients_until_service_is_as_it_was(results):
    edge = results.frontier
    alone = edge[edge["steps"] == 0]
    assert alone.sort_values("sent")["patients"].is_monotonic_increasing
    # with one bay of eight closed, 12 beds may be asked for what turns away no more than the margin
    may = erlang_b(20, 16.0) + MARGIN
    fits = [x for x in np.arange(0, 1, 0.001) if erlang_b(12, 8.0 * (1 + x)) <= may]
    sent = edge[(edge["steps"] == 1) & edge["edge"]]["sent"].iloc[0]
    assert sent / (16 * 365.25) == pytest.approx(max(fits), abs=0.07)
    assert edge[edge["corner"] == "close"]["places"].iloc[0] == 8
    assert edge["chosen"].sum() == 1


def test_occupancy_is_told_and_is_no_criterion(results):
    rows = results.service[results.service["measure"] == "occupancy"]
    assert len(rows)
    assert np.isinf(rows["margin"]).all()


def test_cash_is_booked_for_the_steps_that_are_committed(results):
    ledger = results.ledger
    booked = ledger[(ledger["scenario"] == "bays of eight") & (ledger["use"] == "close")]
    assert set(booked["amount"]) == {800_000.0}
    again = ledger[ledger["item"] == "bays of eight: reopening"]
    fails = results.service[
        (results.service["option"] == "bays of eight")
        & (results.service["steps"] == 1)
        & (results.service["worsening"] > results.service["margin"])
    ]["replication"]
    assert set(again[again["amount"] < 0]["replication"]) == set(fails)


def test_words_say_what_stops_the_next_step(results):
    assert "share turned away" in results.summary["steps:bays of four"]["words"]
    assert "with 3 steps closed it is not kept" in results.summary["steps:bays of four"]["words"]
    assert "4 of 4" not in results.summary["chance:bays of four"]["words"]


def bytes_of(folder):
    names = ("measures", "quantities", "service", "ledger", "frontier", "credit")
    return {name: (folder / f"{name}.parquet").read_bytes() for name in names}


def test_a_search_that_was_broken_off_goes_on_and_gives_the_same(results, tmp_path):
    folder = tmp_path / "project"
    shutil.copytree(results.folder.parent, folder)
    parts = sorted((folder / "run" / "parts").glob("*-search*"))
    assert parts
    for part in parts[::3]:
        shutil.rmtree(part)
    run(folder / "experiments/e/experiment.yaml", folder / "run", workers=2)
    assert bytes_of(folder / "run") == bytes_of(results.folder)
    assert read_run(folder / "run").frontier.equals(results.frontier)


def test_where_nothing_can_close_no_cash_is_booked_and_it_is_said(tmp_path):
    value = VALUE.replace("margin: 1.5%", "margin: 0.1%")
    lines = EXPERIMENT.replace("projects: [quick tests, quick treatment]\n", "").replace(
        "mean: 6 h", "mean: 11.9 h"
    )
    found = run(write(tmp_path, value, lines), tmp_path / "run")
    assert found.summary["steps:bays of eight"]["value"] == 0
    assert "no step of 8 places" in found.summary["steps:bays of eight"]["words"]
    ledger = found.ledger[found.ledger["scenario"] == "bays of eight"]
    assert not ledger["use"].isin(["close", "stranded", "one_off"]).any()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "projects: [quick tests, quick treatment]",
            "projects: [quick test, quick treatment]",
            "quick tests",
        ),
        ("projects: [quick tests, quick treatment]", "projects: [quick tests]", "two or more"),
        ("projects: [quick tests, quick treatment]", "projects: [quick tests, quick tests]", "already"),
    ],
)
def test_projects_that_cannot_be_are_told(tmp_path, old, new, words):
    with pytest.raises(FileProblems, match=words):
        read_question(write(tmp_path, experiment=EXPERIMENT.replace(old, new)))


def test_the_joint_run_is_valued_where_nothing_else_is_said(tmp_path):
    question = read_question(write(tmp_path))
    assert question.experiment.valued == JOINT
    assert [name for name, _ in question.scenarios] == ["quick tests", "quick treatment", JOINT]


def test_whole_months_alone_are_judged():
    from datetime import date

    edges = months(date(2025, 1, 6), 14 * DAY, 154 * DAY)
    days = [(pd.Timestamp("2025-01-06") + pd.Timedelta(days=e // DAY)).date() for e in edges]
    assert days == [date(2025, m, 1) for m in (2, 3, 4, 5, 6)]
    assert months(date(2025, 1, 6), 0, 30 * DAY) == []
