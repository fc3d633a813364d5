"""The frontier of close, reinvest and hold."""

import pytest

from cisim.analysis.frontier import FRONTIER_COLUMNS, Tried, frontier
from cisim.analysis.intervals import Estimate
from cisim.errors import ModelError


def tried(steps, sent, keeps, patients=0.0):
    return Tried(
        steps, sent, Estimate(patients, patients - 1, patients + 1, 0.95, 10), float(keeps), bool(keeps)
    )


LINE = [  # each step takes the room of 100 patients; 300 fit where nothing is closed
    tried(steps, sent, steps * 100 + sent <= 300, sent) for steps in range(5) for sent in range(0, 500, 50)
]


def test_the_edge_is_the_line_between_what_fits_and_what_does_not():
    found = frontier(LINE, step=6)
    assert tuple(found.columns) == FRONTIER_COLUMNS
    edge = found[found["edge"]]
    assert dict(zip(edge["steps"], edge["sent"], strict=1)) == {0: 300, 1: 200, 2: 100, 3: 0}
    corners = found[found["corner"] != ""]
    assert set(zip(corners["corner"], corners["places"], corners["sent"], strict=1)) == {
        ("hold", 0, 0),
        ("close", 18, 0),
        ("reinvest", 0, 300),
    }
    assert (found["keeps"] == (found["steps"] * 100 + found["sent"] <= 300)).all()


def test_what_keeps_by_luck_beyond_what_does_not_is_no_edge():
    found = frontier([tried(0, 0, 1), tried(0, 50, 0), tried(0, 90, 1), tried(1, 0, 0), tried(2, 0, 1)], 6)
    assert found[found["edge"]][["steps", "sent"]].to_numpy().tolist() == [[0, 0]]


def test_where_holding_fails_there_is_no_edge():
    found = frontier([tried(0, 0, 0), tried(1, 0, 1)], 6)
    assert not found["edge"].any()


def test_one_mix_is_chosen_and_it_was_tried():
    found = frontier(LINE, 6, chosen=(2, 100))
    assert found[found["chosen"]][["places", "sent"]].to_numpy().tolist() == [[12, 100]]
    with pytest.raises(ModelError, match="tried"):
        frontier(LINE, 6, chosen=(2, 101))
    with pytest.raises(ModelError, match="twice"):
        frontier([tried(0, 0, 1), tried(0, 0, 0)], 6)
