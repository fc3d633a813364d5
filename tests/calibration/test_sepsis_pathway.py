"""The sepsis study: stays that were held out lie inside what was foretold, and the page says what is stored."""

import csv
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from cisim import read_model, simulate
from cisim.eventlog import Event
from cisim.units import DAY

STUDY = Path(__file__).parents[2] / "calibration" / "sepsis-pathway"
STAY = "Stay from the first bed to release, days"


def rows(name):
    with (STUDY / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def study():
    spec = spec_from_file_location("sepsis_pathway", STUDY / "study.py")
    module = module_from_spec(spec)
    sys.modules["sepsis_pathway"] = module
    spec.loader.exec_module(module)
    return module


def test_the_quantiles_of_stay_lie_inside_what_was_foretold():
    stay = {r["number"]: r for r in rows("results.csv") if r["check"] == STAY}
    assert list(stay) == ["25%", "50%", "75%", "90%"]
    for row in stay.values():
        assert float(row["low"]) <= float(row["held"]) <= float(row["high"])


def test_the_page_says_what_is_stored_and_what_failed():
    page = (STUDY / "README.md").read_text(encoding="utf-8")
    stored = rows("results.csv")
    assert f"{sum(int(r['inside']) for r in stored)} of {len(stored)} numbers" in page
    assert page.count("**outside**") == sum(not int(r["inside"]) for r in stored)
    for r in stored:
        if r["check"] == STAY:
            assert (
                f"| {float(r['held']):.1f} d | {float(r['foretold']):.1f} d | {float(r['low']):.1f} to"
                in page
            )
    splits = rows("splits.csv")
    stay = [r for r in splits if r["check"] == STAY]
    assert (
        f"{sum(int(r['inside']) for r in stay)} of the {sum(int(r['splits']) for r in stay)} quantiles"
        in page
    )
    assert f"{sum(int(r['inside']) for r in splits)} of\n{sum(int(r['splits']) for r in splits)}" in page
    assert all(r["check passed"] == "10" for r in stay)


def test_the_stored_model_runs_and_stays_as_long_as_foretold():
    """The best values, once: the stored predictions are means over draws, so within half their intervals."""
    log = simulate(read_model(STUDY / "model.json"), 800 * DAY, seed=1)
    found = study().numbers(study().of_log(log))[STAY]
    assert (log.event == Event.ARRIVE).sum() > 260  # some come back
    for r in rows("results.csv"):
        if r["check"] == STAY:
            assert found[r["number"]] == pytest.approx(
                float(r["foretold"]), abs=float(r["high"]) - float(r["low"])
            )


def test_without_the_data_it_says_so_and_stops(monkeypatch, capsys):
    monkeypatch.delenv("CISIM_DATA", raising=False)
    assert study().main() == 0
    assert "Skipped: CISIM_DATA" in capsys.readouterr().out
