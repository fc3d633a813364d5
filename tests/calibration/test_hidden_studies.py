"""The stored tables of the studies, their files against the records where those are there, and something short."""

from __future__ import annotations

import csv
import json
import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from cisim.calibrate import Task, simulate_point
from cisim.spec import read_study

ROOT = Path(__file__).parents[2]
STUDIES = ROOT / "calibration"
DATA = Path(os.environ.get("CISIM_DATA") or ROOT.parent / "shared" / "data")


def script(study, name):
    """Return a study's script as a module."""
    spec = spec_from_file_location(f"{name}_of_{study}".replace("-", "_"), STUDIES / study / f"{name}.py")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def rows(study, name):
    with (STUDIES / study / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def needs(path):
    return pytest.mark.skipif(
        not (DATA / path).is_file(), reason=f"{path} is not in CISIM_DATA nor beside the checkout"
    )


def test_hidden_numbers_are_held_as_often_as_their_intervals_say():
    table = rows("parameter-recovery", "hidden.csv")
    names = [h.name for h in read_study(STUDIES / "parameter-recovery").hidden]
    assert {row["method"] for row in table} == {"emulator", "rejection and regression"}
    for method in ("emulator", "rejection and regression"):
        mine = [row for row in table if row["method"] == method]
        assert [row["number"] for row in mine] == names
        for row in mine:
            sets = int(row["data sets"])
            assert sets >= 100
            # The band anew: 99%, by Bonferroni over the numbers.
            tail = 0.01 / len(names) / 2
            low, high = stats.binom.ppf([tail, 1 - tail], sets, 0.9) / sets
            assert (float(row["band low"]), float(row["band high"])) == pytest.approx((low, high), abs=1e-4)
            assert low <= float(row["coverage"]) <= high, row
    widths = {(row["method"], row["number"]): float(row["width"]) for row in table}
    assert all(widths["emulator", n] < widths["rejection and regression", n] for n in names)


def test_ten_hidden_numbers_are_found_at_once():
    """The stored table: as many intervals hold as chance allows, by the ends that it has itself."""
    table = rows("parameter-recovery", "ten.csv")
    names = [h.name for h in read_study(STUDIES / "parameter-recovery" / "ten").hidden]
    assert len(names) == 10
    assert [row["number"] for row in table] == names * (len(table) // 10)
    for row in table:
        low, truth, high = (float(row[key]) for key in ("low", "truth", "high"))
        assert (row["held"] == "yes") == (low <= truth <= high)
    held = sum(row["held"] == "yes" for row in table)
    assert stats.binom.ppf(0.005, len(table), 0.9) <= held
    page = (STUDIES / "parameter-recovery" / "README.md").read_text(encoding="utf-8")
    assert f"{held} of {len(table)} intervals" in page
    for name in names:
        mine = [row for row in table if row["number"] == name]
        left = sorted(float(row["spread left"]) for row in mine)
        told = f"{sum(row['held'] == 'yes' for row in mine)} | {left[0]:.0%} to {left[-1]:.0%}"
        assert f"| {name} | {told} |" in page


def test_a_data_set_of_ten_comes_from_its_truth():
    """Another number gives another truth and other figures, each near the truth's own."""
    made = [script("parameter-recovery", "ten").set_of(number) for number in (0, 1)]
    (one, first), (other, second) = made
    assert not np.allclose(first, second)
    assert one.figures != other.figures
    priors = [(h.prior.ppf(np.array([0.05, 0.95]))) for h in one.hidden]
    assert all(low < x < high for (low, high), x in zip(priors, first, strict=True))


def test_the_data_sets_of_the_recovery_study_come_from_their_truths():
    """A shorter stay of registrars gives shorter waits, and the stored prior is that of the study."""
    study = read_study(STUDIES / "parameter-recovery")
    quick = study.study.run.model_copy(update={"length": 40 * 86_400_000.0, "replications": 2})
    import dataclasses

    short = dataclasses.replace(study, study=study.study.model_copy(update={"run": quick}))
    low, high = (
        np.array(simulate_point(short, Task("", (minutes * 60_000.0, 0.5, 4 * 86_400_000.0), 0))).mean(axis=0)
        for minutes in (50, 120)
    )
    assert low[0] < high[0]
    assert high[1:] == pytest.approx(low[1:], rel=0.5)


@pytest.mark.parametrize("study", ["swedish-emergency-department", "winter-sitreps"])
def test_a_study_is_read_without_its_records_and_its_points_can_be_simulated(study):
    read = read_study(STUDIES / study)
    quick = read.study.run.model_copy(update={"warm_up": 0.0, "length": 14 * 86_400_000.0, "replications": 2})
    import dataclasses

    short = dataclasses.replace(read, study=read.study.model_copy(update={"run": quick}))
    middle = tuple(float(h.prior.ppf(np.array([0.5]))[0]) for h in short.hidden)
    values = tuple(round(v) if h.whole else v for v, h in zip(middle, short.hidden, strict=True))
    outputs = np.array(simulate_point(short, Task("", values, 0)))
    assert outputs.shape == (2, len(read.study.targets))
    assert np.isfinite(outputs).all()
    assert not np.array_equal(outputs[0], outputs[1])


@needs("ed_malmo/visits.csv.gz")
def test_the_files_of_the_swedish_study_are_what_its_records_say(monkeypatch):
    monkeypatch.setenv("CISIM_DATA", str(DATA))
    found = script("swedish-emergency-department", "prepare").files()
    for name, text in found.items():
        assert (STUDIES / "swedish-emergency-department" / name).read_text(encoding="utf-8") == text


@needs("nhs_winter/trust_days.csv.gz")
def test_the_files_of_the_winter_study_are_what_the_reports_say(monkeypatch):
    monkeypatch.setenv("CISIM_DATA", str(DATA))
    prepare = script("winter-sitreps", "prepare")
    text, table = prepare.files()
    assert (STUDIES / "winter-sitreps" / "study.yaml").read_text(encoding="utf-8") == text
    stored = rows("winter-sitreps", "next_winter.csv")
    assert [list(row.values()) for row in stored] == [[str(cell) for cell in row] for row in table]
    # Intervals made from one pair of winters hold the next winter of the trusts about as often as they say.
    for row in stored:
        low, high = stats.binom.ppf([0.005 / 3, 1 - 0.005 / 3], int(row["trusts"]), 0.95) / int(row["trusts"])
        assert low <= float(row["share inside the interval"]) <= high


@pytest.mark.parametrize(
    ("study", "calibrated", "missed"),
    [
        ("winter-sitreps", True, set()),
        ("swedish-emergency-department", True, set()),
    ],
)
def test_the_stored_result_of_a_study_is_of_the_study_as_it_stands(study, calibrated, missed):
    read = read_study(STUDIES / study)
    table = {row["target"]: row for row in rows(study, "targets.csv")}
    assert list(table) == [t.name for t in read.study.targets]
    for target, (value, _) in zip(read.study.targets, read.figures, strict=True):
        row = table[target.name]
        assert float(row["value"]) == pytest.approx(value, rel=1e-6)
        within = abs(float(row["model"]) - value) <= float(row["allowed"])
        assert within == (row["within"] == "yes") == (target.name not in missed)
        assert float(row["allowed"]) >= target.tolerance * value * 0.999
    stored = json.loads((STUDIES / study / "summary.json").read_text(encoding="utf-8"))
    assert stored["calibrated"] is calibrated
    assert [h["name"] for h in stored["hidden"]] == [h.name for h in read.hidden]
    if study == "swedish-emergency-department":
        mean = table["mean number inside, second half"]
        assert abs(float(mean["model"]) / float(mean["value"]) - 1) < 0.05
        for hour in ("peak", "trough"):
            row = table[f"hour of the {hour}, second half"]
            assert round(float(row["model"])) == float(row["value"])
