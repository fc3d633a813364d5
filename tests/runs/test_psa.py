"""A run as a probabilistic analysis: its table is the ledger's own figures, draw by draw, and its spread is split."""

from __future__ import annotations

import pytest

from cisim.runs import read_run, run
from cisim.value import by_draw, draw_numbers, perspective


def test_a_row_is_a_draw_with_its_means_over_replications(written):
    results = run(written.path, written.run)
    psa = results.psa()
    assert results.strategies() == ("do nothing", "keep it open", "two beds")
    assert psa["draw"].tolist() == list(range(20))
    drawn = [name for name in psa if name.startswith("parameter:")]
    assert drawn == ["parameter:value.options.two beds.stranded"]
    numbers = draw_numbers(results.question.value, 20, results.question.experiment.run.seed)
    assert psa[drawn[0]].to_numpy() == pytest.approx(numbers["options.two beds.stranded"])
    assert not psa[[f"{what}:do nothing" for what in ("cost", "qalys", "npv", "se:npv")]].any(axis=None)
    view = perspective(results.question.value.perspective)
    for option in results.strategies()[1:]:
        found = by_draw(results.ledger, option, view)
        # all but luck is the same on the ledger's own replication
        gap = (psa[f"npv:{option}"] - found["npv"].to_numpy()).abs()
        assert (gap <= 8 * psa[f"se:npv:{option}"] + 1e-6).all()
        assert psa[f"npv:{option}"].mean() == pytest.approx(found["npv"].mean(), rel=0.05)
        assert (psa[f"npv:{option}"] == -psa[f"cost:{option}"]).all()


def test_the_mean_over_replications_is_of_the_ledgers_of_each(written):
    results = run(written.path, written.run)
    written.change(("replications: 4", "replications: 1"))
    one = run(written.path, written.run)
    assert one.psa()["se:npv:two beds"].isna().all()
    view = perspective(results.question.value.perspective)
    alone = by_draw(one.ledger, "two beds", view)["npv"]
    assert one.psa()["npv:two beds"].to_numpy() == pytest.approx(alone.to_numpy())
    assert one.chances.empty


def test_both_kinds_of_chance_are_told(written):
    results = run(written.path, written.run)
    told = results.chances.set_index(["option", "figure"])
    npv = told.loc["two beds", "npv"]
    assert (npv["draws"], npv["replications"]) == (20, 4)
    assert npv["unknown"] + npv["luck"] == pytest.approx(1)
    assert npv["low"] < npv["mean"] < npv["high"]
    assert npv["mean"] == pytest.approx(results.psa()["npv:two beds"].mean())
    held = told.loc["keep it open", "npv"]
    assert held["unknown"] == 0  # nothing that concerns it is uncertain
    assert (told.loc["keep it open", "paid_back"]["mean"]) == 0
    assert read_run(written.run).chances.equals(results.chances)


def test_what_is_not_valued_has_no_draws(written):
    written.change(("value: ../../scenarios/value.yaml\n", ""))
    results = run(written.path, written.run)
    assert results.psa().empty
    assert results.strategies() == ()
    assert results.chances.empty
