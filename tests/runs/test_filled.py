"""A run whose draws are filled up by an emulator: what adds up, what is said of it, and when it is refused."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from scipy.stats import linregress

from cisim.errors import CisimWarning, FileProblems
from cisim.report import write_pages
from cisim.runs import choice_of, read_run, run
from cisim.spec import describe_files, read_question
from cisim.value import checks

DRAWS, REPLICATIONS, MORE = 24, 4, 150


def _quiet(*args, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisimWarning)
        return run(*args, **more)


def _uncertain(written, *, length="20 wk", draws=DRAWS, more=MORE):
    written.change(("mean: 2 d", "mean: {uncertain: {mean: 2 d, se: 0.5 d}, source: a guess}"), of="model")
    written.change(("low: 20%, high: 60%", "low: 38%, high: 42%"), of="value")
    written.change(
        ("replications: 4", f"replications: {REPLICATIONS}"),
        ("length: 2 wk", f"length: {length}"),
        ("draws: 20", f"draws: 20\n  model_draws: {draws}\n  emulated_draws: {more}"),
    )
    return written


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    from tests.runs.conftest import Written

    written = _uncertain(Written(tmp_path_factory.mktemp("filled")))
    return _quiet(written.path, written.run)


def test_the_simulated_draws_stay_and_the_emulated_ones_come_after(results):
    psa = results.psa()
    assert psa["emulated"].tolist() == [0] * DRAWS + [1] * MORE
    assert results.manifest["draws"] == DRAWS
    assert results.manifest["emulated_draws"] == MORE
    simulated = results.chances.set_index(["option", "figure"]).loc["two beds", "npv"]
    assert simulated["draws"] == DRAWS  # what is luck is told of what was simulated
    assert psa["npv:two beds"][:DRAWS].mean() == pytest.approx(simulated["mean"])


def test_every_emulated_draw_has_its_own_prices_and_a_ledger_that_adds_up(results):
    assert all(check.passed for check in checks(results.ledger))
    assert sorted(results.ledger["draw"].unique()) == list(range(DRAWS + MORE))
    shares = results.psa()["parameter:value.options.two beds.stranded"]
    ledger = results.ledger
    saved, stays = (
        ledger[(ledger["scenario"] == "two beds") & (ledger["use"] == use)].groupby("draw")["amount"].sum()
        for use in ("close", "stranded")
    )
    assert (-stays / saved).to_numpy() == pytest.approx(shares.to_numpy())


def test_what_is_simulated_moves_emulated_draws_as_it_moves_simulated_ones(results):
    psa = results.psa()
    stay = next(name for name in psa if name.startswith("parameter:model"))
    simulated, emulated = (psa[psa["emulated"] == kind] for kind in (0, 1))
    found = [linregress(part[stay], part["npv:two beds"]) for part in (simulated, emulated)]
    apart = found[0].slope - found[1].slope
    assert abs(apart) < 4 * np.hypot(found[0].stderr, found[1].stderr)
    assert abs(found[1].slope) > 4 * found[1].stderr  # and say something
    assert emulated["npv:two beds"].std() == pytest.approx(simulated["npv:two beds"].std(), rel=0.5)
    errors = psa["se:npv:keep it open"].groupby(psa["emulated"]).mean()
    assert errors[1] > errors[0]  # luck and the emulator's own


def test_it_is_said_wherever_a_number_rests_on_it(results):
    words = results.summary["emulated_draws"]["words"]
    assert words.startswith(f"{MORE} of {DRAWS + MORE} draws are emulated, not simulated")
    assert "leave-one-out" in words
    assert results.ledger["evidence"].astype(str).str.contains(f"emulated on {MORE}").any()
    pages = write_pages(results).paths
    for name in ("report", "board", "sure"):
        assert "emulat" in pages[name].read_text(encoding="utf-8"), name


def test_the_choice_and_its_worth_are_over_all_draws(results):
    choice = choice_of(results)
    assert len(choice.benefit) == DRAWS + MORE
    assert choice_of(results, view="Green Book").benefit.shape == choice.benefit.shape


def test_the_same_question_gives_the_same_bytes_and_prices_are_told_anew(results):
    again = _quiet(results.question, results.folder)
    assert again.psa().equals(results.psa())
    assert read_run(results.folder).summary == results.summary


def test_a_bad_emulator_is_refused_and_everything_rests_on_what_was_simulated(written):
    """Two weeks of a ward are mostly luck: no emulator can be checked on them."""
    _uncertain(written, length="1 wk", draws=20)
    written.change(("stranded: {uniform: {low: 38%, high: 42%}}", "stranded: 40%"), of="value")
    with pytest.warns(CisimWarning, match="none was made: the emulator is not good enough"):
        found = run(written.path, written.run)
    assert "emulated" not in found.psa()
    assert len(found.psa()) == 20
    assert found.manifest["emulated_draws"] == 0
    told = json.loads((written.run / "summary.json").read_text())["emulated_draws"]
    assert told["value"] == 0
    assert "everything rests on the 20 simulated draws" in told["words"]
    assert any("none was made" in text for text in found.manifest["warnings"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("emulated_draws: 500", "run.emulated_draws: got 500 beside 0 'model_draws', want 20 or more"),
        ("model_draws: 19\n  emulated_draws: 500", "got 500 beside 19 'model_draws'"),
        ("model_draws: 40\n  emulated_draws: -1", "emulated_draws"),
        ("model_draws: 40\n  emulated_draws: many", "emulated_draws"),
        ("model_draws: 40\n  emulated_draws: 10.5", "emulated_draws"),
        ("model_draws: 40\n  emulated_draws: 200000", "emulated_draws"),
        ("model_draws: 40\n  emulated: 1000", "did you mean 'emulated_draws'?"),
    ],
)
def test_malformed_numbers_of_emulated_draws_are_told(written, text, told):
    written.change(("draws: 20", f"draws: 20\n  {text}"))
    with pytest.raises(FileProblems) as wrong:
        read_question(written.path)
    assert told in str(wrong.value)


def test_check_says_how_many(written):
    _uncertain(written)
    told = describe_files.describe_question(read_question(written.path))
    assert f"By an emulator of those, where it is good enough: {MORE} more draws." in told
