"""The Iowa study: what is stored is what the README says, beats the plain Poisson, and is what a fit gives now."""

import csv
import os
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STUDY = ROOT / "calibration" / "iowa-arrivals"
DATA = Path(os.environ.get("CISIM_DATA") or ROOT.parent / "shared" / "data")
FITS = (
    "2015: profile, season, day effect",
    "2015: profile, day effect",
    "2014-15: profile, season, growth, day effect",
)


def stored():
    with (STUDY / "results.csv").open(encoding="utf-8") as lines:
        return {(r["fit"], r["number"]): r for r in csv.DictReader(lines)}


def study():
    spec = spec_from_file_location("iowa_arrivals", STUDY / "study.py")
    module = module_from_spec(spec)
    sys.modules["iowa_arrivals"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("fit", FITS)
def test_each_fit_beats_the_plain_poisson_on_the_year_held_out(fit):
    gain = stored()[fit, "gain an hour over plain Poisson"]
    assert float(gain["low"]) > 0
    score, plain = (float(stored()[fit, f"log score an hour{x}"]["value"]) for x in ("", ", plain Poisson"))
    assert score - plain == pytest.approx(float(gain["value"]), abs=1e-4)


def test_the_page_says_what_is_stored():
    page = (STUDY / "README.md").read_text(encoding="utf-8")
    table = stored()
    for fit in FITS:
        gain = table[fit, "gain an hour over plain Poisson"]
        low, high = (f"{float(gain[end]):.4f}" for end in ("low", "high"))
        assert f"{float(gain['value']):.4f} ({low} to {high})" in page
        assert f"{float(table[fit, 'log score an hour']['value']):.4f}" in page
        assert f"{float(table[fit, 'came over expected, less 1']['value']):+.1%}" in page
        days = ", ".join(f"{float(table[fit, f'days inside {q}%']['value']):.0%}" for q in (50, 90, 95))
        assert days in page
        fits_days = float(table[fit, "passed: Daily totals in their forecast"]["value"])
        assert ("yes" if fits_days else "no: more came") in page
    assert re.search(r"57,396 patients", page)


def test_without_the_data_it_says_so_and_stops(monkeypatch, capsys):
    monkeypatch.delenv("CISIM_DATA", raising=False)
    assert study().main() == 0
    assert "Skipped: CISIM_DATA" in capsys.readouterr().out


@pytest.mark.skipif(
    not (DATA / "ed_iowa").is_dir(), reason="ed_iowa is not in CISIM_DATA nor beside the checkout"
)
def test_a_fit_now_gives_what_is_stored():
    module = study()
    first, counts = module.read(DATA / module.FILE)
    start, seen = module.years(first, counts, 2015, 2015)
    fit = module.fit_arrivals(seen, start)
    later, unseen = module.years(first, counts, 2016, 2016)
    held = module.score_arrivals(fit, unseen, later, module.plain(start, seen), draws=50)
    assert held.gain == pytest.approx(
        float(stored()[FITS[0], "gain an hour over plain Poisson"]["value"]), rel=1e-3
    )
    assert fit.cv == pytest.approx(float(stored()[FITS[0], "day_effect.cv"]["value"]), rel=1e-3)
