"""How often intervals of before-and-after effects hold the truth: the study's table, and its first sets again."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "calibration" / "parameter-recovery" / "before_after.py"


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("recovery_of_effects", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # named tuples with annotations look themselves up
    spec.loader.exec_module(module)
    return module


def test_every_coverage_lies_in_its_band(study):
    with study.TABLE.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["series"] for row in table] == [design.name for design in study.DESIGNS]
    low, high = study.band(study.SETS, len(study.DESIGNS))
    for row in table:
        assert int(row["sets"]) == study.SETS >= 100
        assert low <= float(row["coverage"]) <= high, row["series"]


@pytest.mark.parametrize("place", range(8))
def test_the_first_sets_hold_as_the_table_says(study, place):
    with study.TABLE.open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))[place]
    design = study.DESIGNS[place]
    held = sum(study.holds(design, number) for number in range(study.FIRST))
    assert held == int(told[f"held of the first {study.FIRST}"])


def test_the_grid_of_lengths_and_likeness_is_what_its_study_gives_now():
    spec = importlib.util.spec_from_file_location("grid", SCRIPT.with_name("before_after_grid.py"))
    assert spec is not None
    assert spec.loader is not None
    grid = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(grid)
    with grid.TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24
    low, high = grid.band()
    page = SCRIPT.with_name("README.md").read_text(encoding="utf-8")
    for row in rows:
        assert low <= float(row["coverage"]) <= high
        assert f"{float(row['coverage']):.3f}" in page
    for row in rows[::7]:
        asked = int(row["periods"]), float(row["alike"]), row["trend"] == "1"
        assert sum(grid.holds(*asked, number) for number in range(grid.FIRST)) == int(
            row["held of the first 5"]
        )
