"""Pools that are asked for more than they can give are told; those whose users all give up are not."""

from __future__ import annotations

import json

import pytest

from cisim.errors import CisimWarning
from cisim.runs import plan_of, run
from cisim.runs.overload import overloads
from cisim.spec import read_question


def _told(written):
    plan = plan_of(read_question(written.path), 0)
    return overloads(plan.cases[plan.main])


def test_each_scenario_and_pool_that_cannot_keep_up_is_named(written):
    assert _told(written) == ()
    written.change(("gives_up", "# gives_up"), of="model")
    assert _told(written) == ()
    # 6 a day x (2 d of treatment + the mean wait for a weekday round, 1 + 6/7 of half a day: 13/14 d)
    written.change(("rate: 3 per day", "rate: 6 per day"), of="model")
    baseline, daily = _told(written)
    assert baseline.startswith("In 'baseline' more is asked of 'ward' than it can give: 17.6 places of 14;")
    assert daily.startswith("In 'daily' more is asked of 'ward' than it can give: 15 places of 14;")
    assert baseline.endswith("queues grow for as long as the run lasts.")


def test_nothing_is_said_where_everybody_gives_up(written):
    written.change(("rate: 3 per day", "rate: 30 per day"), of="model")
    assert _told(written) == ()


def test_a_way_out_for_some_is_told(written):
    other = """  - stay: other bed
        beds: [{pool: ward}, {pool: outliers, after: 2 h}]
        steps: [{delay: rest, duration: 4 d}]
      - leave: home"""
    written.change(("rate: 3 per day", "rate: 6 per day"), ("  - leave: home", other), of="model")
    written.change(
        ("  ward: {kind: beds, number: 14}", "  ward: {kind: beds, number: 14}\n  outliers: {number: 9}"),
        of="model",
    )
    told = _told(written)
    assert len(told) == 2
    assert told[0].endswith(
        "lasts, unless enough patients give up or enough patients take a bed of another choice."
    )
    assert "outliers" not in "".join(told)


def test_listed_arrivals_end_and_are_not_told(written):
    written.change(("gives_up", "# gives_up"), ("{rate: 3 per day}", "{listed: [0 d, 1 h, 2 h]}"), of="model")
    assert _told(written) == ()


def test_a_pool_asked_for_just_what_it_has_is_told_of_as_that(written):
    written.change(("gives_up", "# gives_up"), ("rate: 3 per day", "rate: 5.601 per day"), of="model")
    daily = _told(written)[-1]
    assert "at least 14 places of 14" in daily


def test_a_run_warns_and_keeps_what_it_said(written):
    written.change(("gives_up", "# gives_up"), ("rate: 3 per day", "rate: 6 per day"), of="model")
    written.change(("replications: 4", "replications: 1"))
    with pytest.warns(CisimWarning) as heard:
        results = run(written.path, written.run)
    assert [str(one.message) for one in heard] == results.manifest["warnings"]
    assert "In 'baseline' more is asked of 'ward' than it can give" in results.manifest["warnings"][0]
    assert len(results.manifest["warnings"]) == 2
    assert results.summary["warnings"]["value"] == 2
    assert "In 'daily'" in results.summary["warnings"]["words"]
    first = (written.run / "summary.json").read_bytes()
    with pytest.warns(CisimWarning):
        run(written.path, written.run)
    assert (written.run / "summary.json").read_bytes() == first
    assert json.loads(first)["warnings"]["value"] == 2
