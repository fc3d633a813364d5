"""A run from its files to its tables: the same bytes each time, and on from where it was broken off."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import cisim
from cisim.errors import AuditError, CisimWarning, FileProblems, ModelError, RunError, StoreError
from cisim.measures import Check
from cisim.runs import read_run, run
from cisim.value import OPEN

ROOT = Path(cisim.__file__).parents[1]
BYTES = (
    "measures.parquet",
    "quantities.parquet",
    "audit.parquet",
    "ledger.parquet",
    "psa.parquet",
    "chances.parquet",
    "summary.json",
)


def _bytes(folder):
    return {name: (folder / name).read_bytes() for name in BYTES}


def _parts(folder):
    return {p.name: p.stat().st_ctime_ns for p in (folder / "parts").iterdir() if p.is_dir()}


def test_a_run_folder_holds_what_it_says(written):
    heard = []
    results = run(written.path, written.run, progress=lambda *told: heard.append(told))
    names = ["baseline", "daily", "daily, same patients", "keep it open", "two beds"]
    assert list(dict.fromkeys(results.measures["scenario"])) == names
    assert sorted(set(results.measures["replication"])) == list(range(4))
    assert set(results.measures["case"]) == {""}
    assert set(results.quantities["option"]) == {OPEN, "keep it open", "two beds"}
    assert len(results.audit)
    assert results.audit["passed"].all()
    assert set(results.ledger["scenario"]) == {"keep it open", "two beds"}
    assert set(results.ledger["draw"]) == set(range(20))
    assert results.manifest["replications"] == 4
    assert results.manifest["warm_up"]["days"] == 7
    assert set(results.manifest["files"]) == {
        "experiments/daily/experiment.yaml",
        "scenarios/model.yaml",
        "scenarios/value.yaml",
    }
    assert heard[0] == (4, 0, None)
    assert [told[:2] for told in heard[1:]] == [(4, n) for n in range(1, 5)]
    assert heard[-1][2] == 0


def test_an_option_without_changes_is_the_arm_and_a_closure_takes_beds(written):
    measures = run(written.path, written.run).measures
    whole = measures[(measures["week"] == -1) & (measures["measure"] == "capacity_time")]
    total = whole.groupby("scenario")["value"].mean()
    assert total["two beds"] == pytest.approx(total["daily"] * 12 / 14)
    arm = measures[measures["scenario"] == "daily"].drop(columns="scenario").reset_index(drop=True)
    held = measures[measures["scenario"] == "keep it open"].drop(columns="scenario").reset_index(drop=True)
    assert arm.equals(held)


def test_headlines_are_the_paired_differences_of_the_tables(written):
    results = run(written.path, written.run)
    measures = results.measures
    stays = measures[
        (measures["measure"] == "length_of_stay")
        & (measures["statistic"] == "mean")
        & (measures["week"] == -1)
        & (measures["step"] == "")
    ]
    wide = stays.pivot_table(index="replication", columns="scenario", values="value")
    headline = results.summary["difference:length_of_stay:mean:emergency:daily"]
    assert headline["value"] == pytest.approx((wide["daily"] - wide["baseline"]).mean())
    assert headline["low"] < headline["value"] < headline["high"]
    assert (headline["n"], headline["unit"], headline["level"]) == (4, "d", 0.95)
    assert "less baseline" in headline["words"]
    quantities = results.quantities
    use = quantities[(quantities["option"] == OPEN) & (quantities["pool"] == "ward")]
    by_use = use.groupby("use")["quantity"].mean()
    assert results.summary["release:ward"]["value"] == pytest.approx(by_use["release"])
    parts = by_use[["closed", "reinvested", "absorbed", "idle_change"]].sum()
    assert by_use["release"] == pytest.approx(parts)
    for option in ("keep it open", "two beds"):
        for name in ("npv", "cash_return", "service_return_direct", "service_return_all", "payback"):
            assert set(results.summary[f"{name}:{option}"]) == set(headline)
        assert 0 <= results.summary[f"probability_npv_positive:{option}"]["value"] <= 1


def test_one_worker_and_two_give_the_same_bytes(written):
    run(written.path, written.run)
    run(written.path, written.folder / "two", workers=2)
    assert _bytes(written.run) == _bytes(written.folder / "two")


def test_a_killed_run_goes_on_and_gives_the_same_bytes(written):
    run(written.path, written.run)
    broken = written.folder / "broken"
    code = f"from cisim.runs import run\nrun({str(written.path)!r}, {str(broken)!r})"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment) as process:
        deadline = time.monotonic() + 60
        while not list((broken / "parts").glob("case*")):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    finished = _parts(broken)
    assert 1 <= len(finished) < 4
    with pytest.raises(StoreError, match="did not finish"):
        read_run(broken)
    run(written.path, broken)
    assert _bytes(broken) == _bytes(written.run)
    assert finished.items() <= _parts(broken).items()


def test_an_interrupted_run_says_how_to_go_on(written):
    def stop(_total, done, _left):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(RunError, match="the same command goes on"):
        run(written.path, written.run, progress=stop)
    assert len(_parts(written.run)) == 2
    run(written.path, written.folder / "whole")
    run(written.path, written.run)
    assert _bytes(written.run) == _bytes(written.folder / "whole")


def test_more_replications_use_those_that_are_stored(written):
    run(written.path, written.run)
    before = _parts(written.run)
    written.change(("replications: 4", "replications: 6"))
    more = run(written.path, written.run)
    assert more.manifest["replications"] == 6
    assert before.items() <= _parts(written.run).items()
    written.change(("replications: 6", "replications: 4"))
    run(written.path, written.run)
    run(written.path, written.folder / "fresh")
    assert _bytes(written.run) == _bytes(written.folder / "fresh")


def test_other_prices_simulate_nothing_again(written):
    first = run(written.path, written.run)
    written.change(("once: £1k", "once: £9k"), ("cost: £100", "cost: £200"), of="value")
    before = _parts(written.run)
    second = run(written.path, written.run)
    assert _parts(written.run) == before
    costs = [r.summary["direct_cost:keep it open"]["value"] for r in (first, second)]
    assert costs[1] - costs[0] == pytest.approx(8000)


@pytest.mark.parametrize(
    ("of", "swap", "words"),
    [
        ("model", ("number: 14", "number: 15"), "the model changed"),
        ("experiment", ("seed: 7", "seed: 8"), "the seed was 7, now 8"),
        ("experiment", ("daily 09:00", "daily 10:00"), "the scenarios changed"),
        ("value", ("step: 2", "step: 3"), "the options and running items changed"),
    ],
)
def test_another_question_is_refused(written, of, swap, words):
    written.change(("replications: 4", "replications: 1"), ("length: 2 wk", "length: 1 wk"))
    run(written.path, written.run)
    before = _bytes(written.run)
    written.change(swap, of=of)
    with pytest.raises(StoreError, match=words):
        run(written.path, written.run)
    assert _bytes(written.run) == before


def test_a_note_makes_no_other_question(written):
    written.change(("replications: 4", "replications: 1"), ("length: 2 wk", "length: 1 wk"))
    run(written.path, written.run)
    written.change(("model: tiny ward", "model: tiny ward\nnote: counted again"), of="model")
    assert run(written.path, written.run).manifest["replications"] == 1


def test_a_run_is_read_back_when_its_files_have_moved_on(written):
    made = run(written.path, written.run)
    written.change(("number: 14", "number: 99"), of="model")
    found = read_run(written.run)
    assert found.question.model == made.question.model
    assert found.question.files == made.question.files
    assert found.summary == made.summary
    for table in ("measures", "quantities", "audit", "ledger"):
        assert getattr(found, table).equals(getattr(made, table))


def test_precision_stops_at_the_first_block_that_is_narrow_enough(written):
    precision = "replications: 5\n  precision: {pathway: emergency, within: 12 h, at_most: 40}"
    written.change(("replications: 4", precision))
    results = run(written.path, written.run)
    n = results.manifest["replications"]
    found = results.summary["difference:length_of_stay:mean:emergency:daily"]
    assert n % 5 == 0
    assert found["n"] == n
    assert (found["high"] - found["low"]) / 2 <= 0.5
    assert "12 h was asked for" in results.manifest["replications_words"]
    assert results.manifest["warnings"] == []


def test_precision_that_is_not_reached_is_told(written):
    precision = "replications: 5\n  precision: {within: 1 min, at_most: 7}"
    written.change(("replications: 4", precision), ("length: 2 wk", "length: 1 wk"))
    with pytest.warns(CisimWarning, match="at the most that may be run, after 7 replications"):
        results = run(written.path, written.run)
    assert results.manifest["replications"] == 7
    assert "at the most" in results.summary["warnings"]["words"]


@pytest.mark.parametrize(
    ("precision", "words"),
    [
        ("{measure: length_of_sty, within: 1 d}", "did you mean 'length_of_stay'"),
        ("{within: 0.1}", "within"),
        ("{measure: occupancy, within: few}", "got 'few'"),
    ],
)
def test_a_precision_that_cannot_be_judged_is_refused(written, precision, words):
    written.change(
        ("replications: 4", f"replications: 5\n  precision: {precision}"), ("length: 2 wk", "length: 1 wk")
    )
    with pytest.raises((ModelError, FileProblems), match=words):
        run(written.path, written.run)


def test_an_automatic_warm_up_is_found_noted_and_used(written):
    written.change(("warm_up: 1 wk", "warm_up: auto"), ("replications: 4", "replications: 2"))
    results = run(written.path, written.run, workers=2)
    days = results.manifest["warm_up"]["days"]
    assert days % 7 == 0
    assert 7 <= days <= 91
    assert results.summary["warm_up"]["value"] == days
    lines = (written.run / "tables" / "warm_up.csv").read_text().splitlines()
    assert lines[0] == "case,day,inside"
    assert len(lines) == 1 + 26 * 7
    heard = []
    again = run(written.path, written.run, progress=lambda *told: heard.append(told))
    assert heard == [(2, 2, None)], "the pilot was run again"
    assert again.summary == results.summary


def test_a_model_that_never_settles_is_told(written):
    written.change(("warm_up: 1 wk", "warm_up: auto"), ("replications: 4", "replications: 1"))
    written.change(("rate: 3 per day", "rate: 9 per day"), ("gives_up", "# gives_up"), of="model")
    with pytest.warns(CisimWarning) as heard:
        results = run(written.path, written.run)
    assert any("had not settled" in str(one.message) for one in heard)
    assert any("had not settled" in text for text in results.manifest["warnings"])


def test_cases_change_the_model_before_anything_else(written):
    cases = "cases:\n  - name: as is\n  - name: busier\n    changes: [{demand: emergency, by: +20%}]\nrun:"
    written.change(("run:", cases), ("replications: 4", "replications: 3"))
    results = run(written.path, written.run)
    measures = results.measures
    arrivals = measures[
        (measures["measure"] == "arrivals")
        & (measures["statistic"] == "patients")
        & (measures["week"] == -1)
        & (measures["scenario"] == "baseline")
    ]
    count = arrivals.groupby("case")["value"].sum()
    assert count["busier"] > count["as is"]
    assert set(measures.loc[measures["case"] == "busier", "scenario"]) == {"baseline", "daily"}
    assert "two beds" in set(measures.loc[measures["case"] == "as is", "scenario"])
    assert "difference:length_of_stay:mean:emergency:daily:busier" in results.summary


def test_without_a_value_file_there_is_no_ledger(written):
    written.change(("value: ../../scenarios/value.yaml\n", ""), ("replications: 4", "replications: 2"))
    results = run(written.path, written.run)
    assert len(results.ledger) == 0
    assert len(results.quantities) == 0
    assert set(results.measures["scenario"]) == {"baseline", "daily"}
    assert not [name for name in results.summary if name.startswith(("npv", "release"))]
    assert read_run(written.run).ledger.columns.tolist() == results.ledger.columns.tolist()


def test_a_run_that_contradicts_itself_fails_after_all_is_stored(written, monkeypatch):
    written.change(("replications: 4", "replications: 2"), ("length: 2 wk", "length: 1 wk"))
    lie = Check("held time", "ward", 2.0, 1.0, passed=False, text="got 2, want 1")
    monkeypatch.setattr("cisim.runs.unit.audit", lambda *_, **__: [lie])
    with pytest.raises(AuditError) as caught:
        run(written.path, written.run)
    assert "baseline, replication 0: held time of ward: got 2, want 1" in str(caught.value)
    assert "and 5 more" in str(caught.value)
    assert len(_parts(written.run)) == 2
    assert (written.run / "audit.parquet").exists()
    assert not (written.run / "summary.json").exists()


def test_a_wrong_question_runs_nothing(written):
    written.change(("unbatch: emergency/decision", "unbatch: emergency/decisoin"))
    with pytest.raises(FileProblems, match="decision"):
        run(written.path, written.run)
    assert not written.run.exists()
    with pytest.raises(ModelError, match="want 1 or more"):
        run(written.path, written.run, workers=0)


def test_a_lost_or_broken_run_folder_is_told(written, tmp_path):
    with pytest.raises(StoreError, match="want a run folder"):
        read_run(tmp_path / "nowhere")
    written.change(("replications: 4", "replications: 1"), ("length: 2 wk", "length: 1 wk"))
    run(written.path, written.run)
    (written.run / "ledger.parquet").unlink()
    with pytest.raises(StoreError, match="has lost ledger"):
        read_run(written.run)
    run(written.path, written.run)
    (written.run / "summary.json").write_text("{")
    with pytest.raises(StoreError, match="makes it again"):
        read_run(written.run)
    run(written.path, written.run)
    (written.run / "question" / "experiments" / "daily" / "experiment.yaml").unlink()
    with pytest.raises(StoreError, match="no copy of its question"):
        read_run(written.run)


def test_nothing_in_the_summary_is_no_number(written):
    written.change(("replications: 4", "replications: 1"), ("length: 2 wk", "length: 1 wk"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results = run(written.path, written.run)
    level = results.summary["level:occupancy:mean:ward:baseline"]
    assert (level["low"], level["high"]) == (None, None)
    text = json.dumps(results.summary, allow_nan=False)
    assert "NaN" not in text
    ends = [h[e] for h in results.summary.values() for e in ("low", "high") if h[e] is not None]
    assert all(math.isfinite(e) for e in ends)
    assert np.isfinite(level["value"])
