"""Whether the peers of the benchmark do the same work as cisim, and the suite runs."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cisim import read_model, simulate
from cisim.measures import measure
from cisim.units import DAY

BENCHMARKS = Path(__file__).parents[2] / "experiments" / "benchmarks"
PEERS = BENCHMARKS / "peers"
PER_DAY = {"three_stage": 480, "ward_rounds": 10}
PATIENTS = 300
needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler here")


def has_mgcv():
    path = shutil.which("Rscript")
    return path is not None and not subprocess.run([path, "-e", "library(mgcv)"], check=False).returncode


def end_of(model):
    return round(PATIENTS / PER_DAY[model] * DAY)


def ran(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def python(peer, model, *options):
    return ran(sys.executable, PEERS / f"{peer}.py", "--end", end_of(model), *options)


def rows(path):
    table = np.fromfile(path, dtype=np.int64).reshape(-1, 4)
    return table[np.argsort(table[:, 0], kind="stable")]


@pytest.fixture(scope="module", params=["three_stage", "ward_rounds"])
def drawn(request, tmp_path_factory):
    """A model's name, its numbers, and cisim's rows from the reference engine."""
    folder, model = tmp_path_factory.mktemp(request.param), request.param
    path, numbers, log = BENCHMARKS / "models" / f"{model}.yaml", folder / "numbers", folder / "rows"
    python("draw_numbers", model, "--model", path, "--numbers", numbers)
    python("cisim_engines", model, "--model", path, "--engine", "simpy", "--log", log)
    return model, numbers, rows(log)


def test_simpy_by_hand_writes_the_same_rows(drawn, tmp_path):
    model, numbers, ours = drawn
    peer = {"three_stage": "plain_simpy", "ward_rounds": "plain_simpy_ward"}[model]
    told = python(peer, model, "--numbers", numbers, "--log", tmp_path / "rows")
    assert told["rows"] == len(ours) > 9 * PATIENTS
    assert np.array_equal(rows(tmp_path / "rows"), ours)


@needs_compiler
def test_the_loop_writes_the_same_rows(drawn, tmp_path):
    model, numbers, ours = drawn
    if model != "three_stage":
        pytest.skip("the loop is written for one model")
    source = PEERS / "three_stage.cpp"
    command = ["g++", "-O1", "-std=c++17", "-Wall", "-Werror", "-o", tmp_path / "loop", source]
    subprocess.run([str(c) for c in command], check=True)
    ran(tmp_path / "loop", numbers, end_of(model), tmp_path / "rows")
    assert np.array_equal(rows(tmp_path / "rows"), ours)


def test_the_ledger_by_hand_comes_to_the_same(tmp_path):
    found = []
    for peer in ("ledger_arrays", "ledger_loop"):
        out = tmp_path / f"{peer}.npy"
        told = ran(sys.executable, PEERS / f"{peer}.py", "--draws", 30, "--projects", 2, "--out", out)
        found.append((told["rows"], np.load(out)))
    (rows_a, arrays), (rows_b, loop) = found
    assert rows_a == rows_b > 0
    assert arrays.shape == loop.shape == (2, 3, 8, 30)
    np.testing.assert_allclose(arrays, loop, rtol=1e-10)


def test_the_worth_of_knowing_by_two_regressions_is_the_same(tmp_path):
    """Two smooths of the same 2,000 draws: each worth within a fifth of the largest, and that is the same."""
    if not has_mgcv():
        pytest.skip("R with its package mgcv is not installed here")
    numbers = tmp_path / "psa.bin"
    command = [sys.executable, PEERS / "psa_case.py", "--draws", 2000, "--parameters", 6, "--out", numbers]
    subprocess.run([str(c) for c in command], check=True)
    ours = ran(sys.executable, PEERS / "evppi_cisim.py", "--draws", 2000, "--numbers", numbers)
    theirs = ran("Rscript", PEERS / "evppi_mgcv.R", 2000, numbers)
    assert ours["activities"] == theirs["activities"] == 6
    worth = np.array([ours["worth"], theirs["worth"]])
    assert np.abs(worth[0] - worth[1]).max() < 0.2 * worth.max()
    assert np.ptp(worth.argmax(axis=1)) == 0


@pytest.mark.parametrize(("peer", "package"), [("ciw_queue", "ciw"), ("salabim_queue", "salabim")])
def test_peers_with_numbers_of_their_own_do_the_same_work(peer, package, tmp_path):
    """Their draws differ, so means are compared: of 300 durations, within five standard errors of an exponential."""
    pytest.importorskip(package)
    python(peer, "three_stage", "--seed", "7", "--log", tmp_path / "rows")
    table = rows(tmp_path / "rows")
    for step, mean in ((1, 10.2), (2, 15.3), (3, 102.0)):
        times = [table[(table[:, 3] == step) & (table[:, 2] == event)] for event in (1, 2, 3)]
        asked, began, ended = [dict(zip(t[:, 0].tolist(), t[:, 1].tolist(), strict=True)) for t in times]
        took = np.array([ended[p] - began[p] for p in ended]) / 60_000
        assert abs(took.mean() - mean) < 5 * mean / np.sqrt(len(took))
        assert all(asked[p] <= began[p] for p in began)
    first = table[np.unique(table[:, 0], return_index=True)[1]]
    assert set(first[:, 2].tolist()) == {0}


def _cisim_measures(end):
    log = simulate(read_model(BENCHMARKS / "models" / "three_stage.yaml"), end, engine="simpy")
    found = {}
    for m in measure(log, 0, end):
        found[m.measure, m.statistic, m.step or m.pool or m.pathway, m.week] = m.value
    return log, found


def test_the_measures_by_hand_in_pandas_are_the_standard_ones(monkeypatch):
    monkeypatch.syspath_prepend(str(PEERS))
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from pandas_measures import measure as by_hand

    end = 9 * DAY
    log, ours = _cisim_measures(end)
    events = {0: "arrive", 1: "ask", 2: "begin", 3: "end", 10: "leave"}
    table = [
        (int(p), int(t), events[int(e)], log.steps[s].name if 0 < e < 10 else "")
        for p, t, e, s in zip(log.patient, log.time, log.event, log.step, strict=True)
        if int(e) in events
    ]
    found = by_hand(table, {"triage": 4, "doctor": 6, "ward": 40}, end)
    theirs = found.set_index(["measure", "statistic", "of", "week"])["value"]
    assert theirs.index.is_unique
    missing = {key[:2] for key in ours if key not in theirs.index}
    for name in ("interrupted", "readmissions", "turning_time"):  # nothing of the kind is in this model
        missing = {key for key in missing if key[0] != name}
    assert missing == {
        ("turned_away", "patients"),
        ("turned_away", "share"),
        ("wait", "gave_up"),
        ("used_share", "share"),
    }
    both = pd.Series(ours).reindex(theirs.index)
    far = theirs[(both - theirs).abs() > 1e-9 + 1e-9 * both.abs()]
    assert set(far.index.get_level_values("statistic")) <= {"p50", "p90", "p95"}, far
    assert ((both - theirs).abs() <= 0.02 + 0.05 * both.abs()).all()


def test_a_quick_run_prints_a_table_and_keeps_every_time(tmp_path):
    path = tmp_path / "results.json"
    command = [sys.executable, BENCHMARKS / "run.py", "--quick", "--results", path]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    results = json.loads(path.read_text(encoding="utf-8"))
    assert set(results["parts"]) == {"three-stage", "ward", "economics"}
    assert results["machine"]["cores"] >= 1
    for part in results["parts"].values():
        for name, one in part["entrants"].items():
            assert len(one["seconds"]["process"]) == part["rounds"], name
            assert f"| {name} |" in done.stdout


def test_the_kept_table_is_that_of_the_kept_results():
    text = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    kept = text.split("<!-- table -->\n")[1].split("<!-- end table -->")[0].strip()
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--table"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout
    assert kept == printed.strip()
