"""Draws of what is not known: every draw in every replication, the same on each way, kept when a run is broken off."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cisim
from cisim.analysis import draw_unknowns
from cisim.engine import Replay, simulate
from cisim.errors import CisimWarning, FileProblems
from cisim.runs import plan_of, read_run, run
from cisim.runs.tables import read_table
from cisim.spec import question_at, read_question, value_numbers
from cisim.units import WEEK
from cisim.value import OPEN, by_draw, ledger, perspective, quantities

ROOT = Path(cisim.__file__).parents[1]
TABLES = ("ledger.parquet", "psa.parquet", "chances.parquet", "measures.parquet", "summary.json")
STAY = "model.pathways.emergency.steps.treatment.duration.exponential.mean"
DRAWS, REPLICATIONS = 6, 3


@pytest.fixture
def drawn(written):
    """A ward whose length of treatment is not known."""
    written.change(("mean: 2 d", "mean: {uncertain: {mean: 2 d, se: 0.3 d}, source: a guess}"), of="model")
    written.change(
        ("replications: 4", f"replications: {REPLICATIONS}"),
        ("draws: 20", f"draws: 20\n  model_draws: {DRAWS}"),
    )
    return written


def _quiet(*args, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisimWarning)
        return run(*args, **more)


def _bytes(folder):
    return {name: (folder / name).read_bytes() for name in TABLES}


def _parts(folder):
    return {p.name: p.stat().st_ctime_ns for p in (folder / "parts").glob("draw*")}


def test_a_draw_is_the_model_at_its_numbers_in_every_replication(drawn):
    results = _quiet(drawn.path, drawn.run)
    question = results.question
    numbers = draw_unknowns(question, DRAWS, seed=question.experiment.run.seed)
    psa = results.psa()
    path = next(name for name in numbers if name.startswith("model."))
    for name, column in numbers.items():
        assert psa[f"parameter:{name}"].to_numpy() == pytest.approx(column)
    assert results.manifest["replications"] == REPLICATIONS
    # one draw by hand, from the simulator to the present value
    draw = 5
    at = question_at(question, {path: float(numbers[path][draw])})
    start, end = WEEK, 3 * WEEK
    plan = replace(plan_of(at, 0), start=start, end=end)
    case = plan.cases[0]
    options = {name: [] for name in (OPEN, "keep it open", "two beds")}
    for number in range(REPLICATIONS):

        def one(model, replay=None, number=number):
            return simulate(model, end, seed=7, replication=number, replay=replay)

        a, arm = one(case.baseline), dict(case.arms)["daily"]
        b, c = one(arm, Replay.of(a)), one(arm)
        options[OPEN].append(quantities(a, b, c, None, plan.value, start, end))
        for option, model in case.options:
            found = quantities(a, b, c if model is None else one(model), option, plan.value, start, end)
            options[option.name].append(found)
    value = {
        name: np.full(REPLICATIONS, x[draw] if np.ndim(x) else x)
        for name, x in value_numbers(question, numbers).items()
    }
    waiting = options.pop(OPEN)
    book = ledger(question.value, options, draws=REPLICATIONS, numbers=value, open_queue=waiting)
    for option in options:
        npv = by_draw(book, option, perspective(question.value.perspective))["npv"]
        assert psa[f"npv:{option}"][draw] == pytest.approx(npv.mean())
        assert psa[f"se:npv:{option}"][draw] == pytest.approx(npv.std(ddof=1) / math.sqrt(REPLICATIONS))


def test_the_ledger_has_each_draw_in_a_replication_of_its_own(drawn):
    results = _quiet(drawn.path, drawn.run)
    pairs = results.ledger[["draw", "replication"]].drop_duplicates().to_numpy().tolist()
    assert pairs == [[d, d % REPLICATIONS] for d in range(DRAWS)]
    told = results.chances.set_index(["option", "figure"]).loc["two beds", "npv"]
    assert (told["draws"], told["replications"]) == (DRAWS, REPLICATIONS)
    assert 0 < told["unknown"] < 1
    assert "of the variance is what is not known" in results.summary["spread:npv:two beds"]["words"]
    assert results.summary["draws"]["value"] == DRAWS
    both = results.summary["difference:length_of_stay:mean:emergency:daily"]
    assert both["n"] == DRAWS * REPLICATIONS
    assert both["low"] < both["value"] < both["high"]
    assert "draws" in both["words"]


def test_one_worker_and_two_and_a_run_broken_off_give_the_same_bytes(drawn):
    _quiet(drawn.path, drawn.run)
    whole = _bytes(drawn.run)
    two = drawn.folder / "two"
    _quiet(drawn.path, two, workers=2)
    assert _bytes(two) == whole
    # what is left of a run that was broken off: some draws, one of them half written, and none of the tables
    kept = _parts(two)
    lost = sorted(kept)[3:]
    for name in lost[1:]:
        shutil.rmtree(two / "parts" / name)
    (two / "parts" / lost[0]).rename(two / "parts" / f".{lost[0]}.999999999")
    for name in (*TABLES, "manifest.json"):
        (two / name).unlink()
    heard = []
    _quiet(drawn.path, two, progress=lambda *told: heard.append(told))
    assert _bytes(two) == whole
    assert {name: when for name, when in _parts(two).items() if name in sorted(kept)[:3]} == {
        name: kept[name] for name in sorted(kept)[:3]
    }
    assert not list((two / "parts").glob(".draw*"))
    assert heard[-1][:2] == (REPLICATIONS + DRAWS, REPLICATIONS + DRAWS)
    assert heard[-1][2] == 0


def test_a_killed_run_loses_nothing(drawn):
    script = f"import sys; from cisim.runs import run; run({str(drawn.path)!r}, {str(drawn.run)!r})"
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", script], cwd=ROOT)
    while not list((drawn.run / "parts").glob("draw*")) and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = _parts(drawn.run)
    assert kept
    _quiet(drawn.path, drawn.run)
    assert {name: when for name, when in _parts(drawn.run).items() if name in kept} == kept
    again = drawn.folder / "again"
    _quiet(drawn.path, again)
    assert _bytes(again) == _bytes(drawn.run)


def test_a_damaged_draw_is_run_again(drawn):
    _quiet(drawn.path, drawn.run)
    whole = _bytes(drawn.run)
    part = drawn.run / "parts" / sorted(_parts(drawn.run))[2] / "service.parquet"
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.warns(CisimWarning, match="damaged"):
        run(drawn.path, drawn.run)
    assert _bytes(drawn.run) == whole


def test_other_prices_simulate_no_draw_again_and_another_spread_does(drawn):
    _quiet(drawn.path, drawn.run)
    before = _parts(drawn.run)
    drawn.change(("saves: £200k", "saves: {gamma: {mean: £200k, sd: £50k}}"), of="value")
    results = _quiet(drawn.path, drawn.run)
    assert _parts(drawn.run) == before
    assert "parameter:value.options.two beds.saves" in results.psa()
    drawn.change(("se: 0.3 d", "se: 0.2 d"), of="model")
    _quiet(drawn.path, drawn.run)
    assert len(_parts(drawn.run)) == 2 * len(before)


def test_where_no_number_of_the_model_is_uncertain_it_is_said_and_nothing_more_is_run(written):
    written.change(("draws: 20", "draws: 20\n  model_draws: 12"))
    with pytest.warns(CisimWarning, match="no number of the model"):
        results = run(written.path, written.run)
    assert not _parts(written.run)
    assert len(results.psa()) == 20


def test_draws_go_on_until_the_worth_is_known_well_enough(drawn):
    drawn.change(
        (f"model_draws: {DRAWS}", "model_draws: 20\n  precision: {worth: £9k, draws_at_most: 60, at_most: 3}")
    )
    results = _quiet(drawn.path, drawn.run)
    words = results.summary["draws"]["words"]
    draws = int(results.summary["draws"]["value"])
    assert draws in (20, 40, 60)
    assert len(results.psa()) == draws
    npv = results.chances.query("figure == 'npv'")
    halves = (npv["high"] - npv["low"]) / 2
    assert ((halves <= 9000).all()) == words.startswith("stopped after")


@pytest.mark.parametrize(
    ("precision", "words"),
    [
        ("{worth: £9k}", "want 'model_draws'"),
        ("{measure: length_of_stay}", "got no half-width"),
    ],
)
def test_a_precision_that_cannot_be_is_refused(written, precision, words):
    written.change(("draws: 20", f"draws: 20\n  precision: {precision}"))
    with pytest.raises(FileProblems, match=words):
        run(written.path, written.run)


def test_a_search_is_decided_over_draws_before_the_truth_is_known(drawn):
    drawn.change(("step: 2\n", "step: 2\n    steps: most\n    at_most: 2\n    minimum_safe: 4\n"), of="value")
    results = _quiet(drawn.path, drawn.run)
    steps = int(results.summary["steps:two beds"]["value"])
    chance = results.summary["chance:two beds"]
    assert "what is not known and luck together" in chance["words"]
    assert chance["n"] == DRAWS * REPLICATIONS
    assert set(results.quantities.query("option == 'two beds'")["steps"]) == {steps}
    # the same levels are decided where the run was broken off
    again = drawn.folder / "again"
    _quiet(drawn.path, again, workers=2)
    assert _bytes(again) == _bytes(drawn.run)


def test_a_run_of_draws_is_read_back(drawn):
    results = _quiet(drawn.path, drawn.run)
    again = read_run(drawn.run)
    assert again.psa().equals(results.psa())
    assert json.loads((drawn.run / "manifest.json").read_text())["draws"] == DRAWS
    assert read_question(drawn.path).experiment.run.model_draws == DRAWS


def test_what_is_released_is_told_over_draws_and_adds_up(drawn):
    """Means over draws and replications together, of quantities counted by hand from the draws' own parts."""
    results = _quiet(drawn.path, drawn.run)
    found = results.over_draws
    assert set(found["draws"]) == {DRAWS}
    assert set(found["replications"]) == {REPLICATIONS}
    one = found.query("option == 'two beds' and pool == 'ward'").set_index("use")["mean"]
    parts = one.drop("release")
    assert parts.sum() == pytest.approx(one["release"])
    paths = [str(p) for p in (drawn.run / "parts").glob("draw*/quantities.parquet")]
    assert len(paths) == DRAWS
    rows = pd.concat([read_table(Path(p)) for p in paths])
    mine = rows.query("option == @OPEN and use == 'release' and pool == 'ward' and reach == 1 and year == 1")
    assert len(mine) == DRAWS * REPLICATIONS
    told = results.summary["release:ward"]
    assert told["value"] == pytest.approx(mine["quantity"].mean())
    assert (told["low"], told["high"]) == pytest.approx(tuple(np.quantile(mine["quantity"], [0.025, 0.975])))
    assert told["n"] == DRAWS * REPLICATIONS
    assert "95% of draws and replications" in told["words"]
    # what is not known makes the range wider than luck alone does
    best = results.quantities.query("option == @OPEN and use == 'release' and pool == 'ward'")["quantity"]
    assert told["high"] - told["low"] > best.max() - best.min()


def test_without_draws_what_is_released_is_told_over_replications(written):
    results = _quiet(written.path, written.run)
    assert results.over_draws.empty
    assert results.summary["release:ward"]["n"] == 4


def test_each_draw_may_have_the_first_few_replications_alone(drawn):
    """Its draws are those replications of a run that has them all; the best estimates keep all of theirs."""
    whole = _quiet(drawn.path, drawn.run)
    all_rows = read_table(drawn.run / "chances.parquet")
    assert set(all_rows["replications"]) == {REPLICATIONS}
    drawn.change(("model_draws: ", "draw_replications: 2\n  model_draws: "))
    few = drawn.run.parent / "few"
    found = _quiet(drawn.path, few)
    assert set(read_table(few / "chances.parquet")["replications"]) == {2}
    assert found.manifest["replications"] == whole.manifest["replications"] == REPLICATIONS
    book, kept = (read_table(folder / "ledger.parquet") for folder in (few, drawn.run))
    # draw d stands in replication d modulo their number: draws 0, 1, 6, 7... are in the same one in both
    same = [d for d in range(DRAWS) if d % 2 == d % REPLICATIONS]
    assert len(same) >= 2
    columns = ["draw", "year", "use", "item", "quantity", "amount"]

    def of(table):
        # a line stands where it is other than nothing in any draw: which draws those are may differ
        some = table["draw"].isin(same) & (table[["quantity", "amount"]].fillna(0) != 0).any(axis=1)
        return table[some][columns].reset_index(drop=True)

    assert len(of(book)) > 20
    pd.testing.assert_frame_equal(of(book), of(kept))
