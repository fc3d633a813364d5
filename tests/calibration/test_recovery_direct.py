"""Recovery by direct fits: the stored table keeps its band, and a few data sets made anew agree with it."""

import csv
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from scipy import stats

STUDY = Path(__file__).parents[2] / "calibration" / "parameter-recovery"


def direct():
    spec = spec_from_file_location("recovery_direct", STUDY / "direct.py")
    module = module_from_spec(spec)
    sys.modules["recovery_direct"] = module
    spec.loader.exec_module(module)
    return module


def stored():
    with (STUDY / "direct.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_every_parameter_of_the_stored_table_keeps_its_band():
    rows = stored()
    low, high = direct().band(200, len(rows))
    tail = 0.01 / 2 / len(rows)
    assert stats.binom.cdf(low - 1, 200, 0.9) <= tail <= stats.binom.cdf(low, 200, 0.9)
    for row in rows:
        assert (int(row["sets"]), int(row["least"]), int(row["most"])) == (200, low, high)
        assert low <= int(row["held"]) <= high, row["parameter"]


def test_the_page_says_how_many_held():
    page = (STUDY / "README.md").read_text(encoding="utf-8")
    for row in stored():
        assert f"| {row['parameter']} | {float(row['truth']):.4g} | {row['held']} |" in page


@pytest.mark.parametrize(
    ("study", "sets"), [("branch", 60), ("exponential", 12), ("gamma", 6), ("coming back", 4)]
)
def test_data_sets_made_anew_give_intervals_that_hold_as_often(study, sets):
    found = direct().recover(study, range(sets))
    known = {row["parameter"] for row in stored()}
    low, high = direct().band(sets, 20)
    for name, values in found.items():
        assert name in known
        assert low <= sum(a <= truth <= b for truth, a, b in values) <= high, name


def test_a_mean_that_forgets_what_was_not_seen_would_be_caught():
    """The band is narrow enough: fits to ended stays alone hold far too seldom."""
    module = direct()
    held = 0
    for i in range(25):
        rng = module.np.random.default_rng(i)
        value, seen, entered = module.watched(module.Lognormal(6.0, 6.0), rng)
        keep = seen & (value < 20)
        fit = module.fit_duration(value[keep], entered=entered[keep], families=["lognormal"])
        low, high = fit.numbers()["mean"].interval(0.9)
        held += low <= 6.0 <= high
    assert held < module.band(25, 21)[0]
