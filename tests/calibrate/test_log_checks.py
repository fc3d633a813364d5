"""A model's own log is foretold by the model; by one with longer stays, it is not."""

import pytest

from cisim import simulate, textbook
from cisim.calibrate import Validation, check_log
from cisim.errors import ModelError
from cisim.units import DAY


def ward(days):
    return textbook.loss_ward(arrivals_per_hour=1.0, stay={"exponential": {"mean": f"{days} d"}}, beds=400)


@pytest.fixture(scope="module")
def held():
    return simulate(ward(3), 140 * DAY, seed=99)


def test_the_log_of_a_model_is_foretold_by_it_and_not_by_another(held):
    pathway, window = held.pathways[0], (28 * DAY, 140 * DAY)
    same = [simulate(ward(3), 140 * DAY, seed=s) for s in range(40)]
    others = [held, *(simulate(ward(3), 140 * DAY, seed=s) for s in range(100, 107))]
    found = [check_log(other, same, pathway, *window) for other in others]
    assert {c.about for c in found[0]} == {"arrivals", "stay", "census", "hours", "weekdays", "records"}
    failed = [c.name for checks in found for c in checks if not c.passed]
    assert len(failed) <= 4, (
        failed
    )  # of 56 that fail once in a hundred times: more than 4 once in five hundred times
    assert not [c for checks in found for c in checks if c.about == "records" and not c.passed]
    longer = [simulate(ward(4), 140 * DAY, seed=s) for s in range(25)]
    bad = Validation("ward", "a year", "112 days", check_log(held, longer, pathway, *window))
    failed = {c.about for c in bad.checks if not c.passed}
    assert {"stay", "census"} <= failed
    assert "arrivals" not in failed


def test_what_cannot_be_compared_is_refused(held):
    with pytest.raises(ModelError, match="28 or more"):
        check_log(held, [], held.pathways[0], 0, 5 * DAY)
    with pytest.raises(ModelError, match="want one of"):
        check_log(held, [], "nobody", 0, 28 * DAY)
