"""The same money spent on something else: changes made to the baseline, its own cost, the programme not paid."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.runs import run
from cisim.spec import read_question
from cisim.value import book_of

INSTEAD = """
  - instead: Open two more beds
    changes: [{number: ward, by: +2}]
    each_year: £300k
    once: £10k
    after: 26 wk
absorbed:"""


@pytest.fixture
def found(written):
    written.change(("\nabsorbed:", INSTEAD), of="value")
    return run(written.path, written.run)


def test_its_changes_are_made_to_the_baseline_and_everything_adds_up(found):
    q = found.quantities
    mine = q[q["option"] == "Open two more beds"].pivot(
        index="replication", columns=["use", "pool"], values="quantity"
    )
    rounds = q[(q["option"] == "Open two more beds") & (q["use"] == "running:rounds")]["quantity"]
    assert (rounds == 0).all()  # no more openings than now: the daily round is not run
    assert (q[(q["option"] == "keep it open") & (q["use"] == "running:rounds")]["quantity"] > 0).all()
    # two beds more, every day of the year
    assert np.allclose(mine["closed", "ward"], -2 * 365.25)
    parts = (
        mine["closed", "ward"]
        + mine["reinvested", "ward"]
        + mine["absorbed", "ward"]
        + mine["idle_change", "ward"]
    )
    assert np.allclose(mine["release", "ward"], parts)
    # for the same patients, two more beds leave fewer to be waited for: nobody stays longer than now
    assert (mine["occupied_C", "ward"] >= mine["occupied_A", "ward"]).all()


def test_it_pays_its_own_cost_and_not_the_programme(found):
    lines = book_of(found.ledger).of_option("Open two more beds")
    assert not [x for x in lines if x.item == "leader"]
    paid = {(x.recurrent): -x.amount().mean(axis=0) for x in lines if x.use == "programme"}
    half = 0.5 * 300e3  # it is there after half of the first year
    assert paid[True] == pytest.approx([300e3 - half, 300e3], rel=5e-3)
    assert paid[False].tolist() == [10e3, 0]
    # who comes because of the beds comes from then on alone
    came = [x for x in lines if x.use == "absorbed" and x.unit == "patient"]
    years = np.sum([x.quantity for x in came], axis=0).mean(axis=0)
    assert years[0] == pytest.approx(years[1] * 0.5, rel=5e-3)


def test_a_wrong_change_is_told_against_the_baseline(written):
    written.change(("\nabsorbed:", INSTEAD.replace("{number: ward,", "{number: wards,")), of="value")
    with pytest.raises(Exception, match="wards") as told:
        read_question(written.path)
    assert "did you mean" in str(told.value)
