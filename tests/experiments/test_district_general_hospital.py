"""The hospital: every file fits, it looks like an English trust, and the pages say what was found."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cisim import apply, read_model, simulate
from cisim.cli import main
from cisim.spec import read_scenario
from cisim.spec.fields import Duration
from cisim.units import WEEK

ROOT = Path(__file__).parents[2]
HERE = ROOT / "experiments" / "district-general-hospital"
FILES = ROOT / "scenarios" / "district-general-hospital"
SCENARIOS = sorted(p.stem for p in FILES.glob("*.yaml") if p.stem != "model")
INTERVENTIONS = {
    "continuous-laboratory",
    "seven-day-review",
    "discharge-to-assess",
    "same-day-care-by-default",
    "minor-injuries-stream",
    "parallel-induction",
    "therapy-at-weekends",
    "frailty-unit",
}


def module(name):
    """Import a file of the experiment's folder, which imports its neighbours by their names."""
    sys.path.insert(0, str(HERE))
    try:
        loaded = importlib.util.spec_from_file_location(f"hospital_{name}", HERE / f"{name}.py")
        made = importlib.util.module_from_spec(loaded)
        sys.modules[loaded.name] = made  # dataclasses look their module up
        loaded.loader.exec_module(made)
    finally:
        sys.path.remove(str(HERE))
    return made


def table(folder, name):
    page = (folder / "README.md").read_text(encoding="utf-8")
    return re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end {name} -->", page, re.DOTALL)[1]


@pytest.fixture(scope="module")
def model():
    return read_model(FILES / "model.yaml")


@pytest.mark.parametrize("name", ["model", *SCENARIOS])
def test_check_accepts_every_file(name, capsys):
    assert main(["check", str(FILES / f"{name}.yaml")]) == 0
    assert "no mistakes" in capsys.readouterr().out


def test_every_intervention_is_there():
    assert set(SCENARIOS) >= INTERVENTIONS


def test_it_has_the_beds_of_a_district_general_hospital(model):
    beds = {n: p.number for n, p in model.pools.items() if p.kind == "beds" and p.owner == "provider"}
    assert sum(beds.values()) == 600
    assert len(beds) >= 8
    assert {p.owner for p in model.pools.values()} > {"provider", "council", "community trust"}


def numbers_without_source(thing, path=""):
    """Yield the pools, calendars, arrivals and durations that say neither source nor note."""
    own = path.count("/") == 2 and path.split("/")[1] in ("pools", "calendars")
    if (own or isinstance(thing, Duration)) and not (thing.source or thing.note):
        yield path
    if hasattr(thing, "model_fields_set"):
        for key in thing.model_fields_set:
            yield from numbers_without_source(getattr(thing, key), f"{path}/{key}")
    elif isinstance(thing, dict):
        for key, value in thing.items():
            yield from numbers_without_source(value, f"{path}/{key}")
    elif isinstance(thing, tuple):
        for i, value in enumerate(thing):
            yield from numbers_without_source(value, f"{path}/{getattr(value, 'name', i)}")


def test_every_number_says_where_it_is_from(model):
    assert list(numbers_without_source(model)) == []
    assert all(p.arrivals.source for p in model.pathways.values())


def test_the_figures_that_were_kept_are_those_of_an_english_trust():
    check = module("check")
    kept = pd.read_csv(check.EXPECTED)
    assert {check.within(row) for _, row in kept.iterrows()} == {"yes", ""}
    assert set(kept[np.isfinite(kept["tolerance"])]["figure"]) == {
        "occupancy",
        "over 7 days",
        "over 21 days",
        "weekend to weekday discharges",
        "admitted share",
    }


def test_the_page_of_the_hospital_shows_the_figures_that_were_kept():
    check = module("check")
    assert table(FILES, "figures") == check.markdown(pd.read_csv(check.EXPECTED))


def test_the_page_of_the_effects_shows_the_effects_that_were_kept():
    effects = module("effects")
    assert table(HERE, "effects") == effects.markdown(pd.read_csv(effects.EFFECTS))


def test_the_effects_come_out_as_the_page_says():
    """Rounds and the wait of all as published; leaving has the sign alone; tests do nothing for boarders."""
    effects = module("effects")
    found = pd.read_csv(effects.EFFECTS).set_index("effect")
    verdicts = {
        (row["row"], row["effect"]): effects.verdict(
            100 * (row["after"] / row["before"] - 1), found.loc[row["effect"], "change"]
        )
        for _, row in pd.read_csv(effects.PUBLISHED).iterrows()
    }
    near = "within a factor of two"
    assert verdicts["BOLTON_GASTRO", "rounds: mean stay in gastroenterology, d"] == near
    assert verdicts["STRATHROY_FT", "helping stream: mean wait for a doctor, h"] == near
    assert found.loc["helping stream: left without being seen", "change"] < 0
    assert verdicts["STRATHROY_FT", "stream: mean wait for a doctor, h"] == "wrong sign"
    assert verdicts["POCT_RCT_US", "bedside: median stay of those who go home, h"] == near
    assert verdicts["POCT_RCT_CA", "trial: median stay of those who board, h"] == "no effect"


def test_the_page_shows_what_the_interventions_do():
    interventions = module("interventions")
    assert table(HERE, "interventions") == interventions.markdown(pd.read_csv(interventions.KEPT))


def test_the_page_shows_what_hangs_on_patience():
    patience = module("patience")
    assert table(HERE, "patience") == patience.markdown(pd.read_csv(patience.KEPT))


def test_both_kinds_of_patience_fit_and_are_told_apart_by_how_long_those_who_left_had_waited():
    """As many leave under either; without memory they leave sooner, nearer to 70 minutes."""
    kept = pd.read_csv(HERE / "patience.csv").set_index(["patience", "figure"])["before"]
    for kind in ("the model's", "without memory"):
        assert abs(kept[kind, "left without being seen"] - 0.028) < 0.005
    waited = {k: kept[k, "hours waited by those who left"] for k in ("the model's", "without memory")}
    assert abs(waited["without memory"] - 70 / 60) < 0.1 < abs(waited["the model's"] - 70 / 60)


def test_a_shorter_run_with_other_luck_looks_the_same(model):
    """Half a year after half a year's warm-up: within the tolerances, widened by three standard errors."""
    figures, kept = module("figures"), pd.read_csv(HERE / "expected.csv").set_index("figure")
    log = simulate(model, 52 * WEEK, seed=1948)
    found = figures.trust_figures(log, 26 * WEEK, 52 * WEEK)
    for name in kept.index[np.isfinite(kept["tolerance"])]:
        error = kept.loc[name, "error"] * np.sqrt(5 * 2)  # of one replication, of half its length
        gap = abs(found[name] - kept.loc[name, "published"])
        assert gap <= kept.loc[name, "tolerance"] + 3 * error, name
    days = {d: found[f"occupancy {d}"] for d in figures.DAYS}
    assert max(days, key=days.get) == "Mon"


def test_census_of_long_stays_by_hand():
    """Three stays: in bed at the moment, longer than a week, and gone; a move between wards is one stay."""
    figures = module("figures")
    spells = figures.Spells(begin=np.array([0, 5, 6]), end=np.array([10, 20, 7]), visit=np.array([0, 1, 2]))
    assert figures.census(spells, np.array([8])).tolist() == [2]
    assert figures.census(spells, np.array([8]), elapsed=7).tolist() == [1]
    assert figures.census(spells, np.array([10, 20])).tolist() == [1, 0]


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_runs(model, name):
    log = simulate(apply(model, read_scenario(FILES / f"{name}.yaml")), WEEK, seed=1)
    assert len(log) > 10_000
