"""A run without weekly figures: the whole window is measured as ever, and the parts are not mixed with others."""

from __future__ import annotations

import pandas as pd
import pytest

from cisim.errors import StoreError
from cisim.runs import run


def test_weeks_can_be_left_out(written):
    written.change(("replications: 4", "replications: 2"))
    weekly = run(written.path, written.folder / "weekly").measures
    written.change(("replications: 2", "replications: 2\n  weekly: false"))
    whole = run(written.path, written.folder / "whole").measures
    assert set(whole["week"]) == {-1}
    assert set(weekly["week"]) == {-1, 0, 1}
    pd.testing.assert_frame_equal(whole, weekly[weekly["week"] == -1].reset_index(drop=True))


def test_runs_with_and_without_weeks_are_not_mixed(written):
    written.change(("replications: 4", "replications: 2"))
    run(written.path, written.run)
    written.change(("replications: 2", "replications: 2\n  weekly: false"))
    with pytest.raises(StoreError, match="weeks measured"):
        run(written.path, written.run)
