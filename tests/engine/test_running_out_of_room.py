"""The compiled engine stops wherever a table is full, and goes on as if it had not: one log at every size of tables."""

import numpy as np
import pytest
from model_maker import UNTIL, made_up
from reading import unequal

from cisim.engine import simulate
from cisim.engine.compiled import laying, running
from cisim.spec import Model

pytestmark = pytest.mark.filterwarnings("ignore::cisim.errors.CisimWarning")
STARTS = {"cisim": 1, "model": "no room", "start": "2024-01-01"}


def served_at_one_instant(listed):
    """Patients who take no time twice, and stand behind those who came later: service must end before they go on."""
    steps = [
        {"activity": "first", "needs": {"nurse": 2}, "duration": "0 min", "priority": 1},
        {"activity": "again", "needs": {"nurse": 1}, "duration": "0 min", "priority": 0},
        {"leave": "home"},
    ]
    pools = {"nurse": {"kind": "staff", "number": 6}}
    pathways = {"a": {"arrivals": {"listed": ["0 min"] * listed}, "steps": steps}}
    return Model.model_validate({**STARTS, "pools": pools, "pathways": pathways})


def rounds_at_one_instant(listed):
    """A round, and another that is held at the same moment: nobody passes both at once."""
    steps = [{"round": "one", "calendar": "a"}, {"round": "other", "calendar": "b"}, {"leave": "home"}]
    calendars = {name: {"openings": ["daily 09:00"]} for name in "ab"}
    pathways = {"a": {"arrivals": {"listed": ["0 min"] * listed}, "steps": steps}}
    return Model.model_validate({**STARTS, "pools": {}, "calendars": calendars, "pathways": pathways})


def small(monkeypatch, rows):
    """Begin with room for very little."""
    monkeypatch.setattr(laying, "FIRST_TOKENS", 8)
    monkeypatch.setattr(running, "_FIRST_CHUNK", rows)
    monkeypatch.setattr(running, "_CHUNK", rows)


@pytest.mark.parametrize("make", [served_at_one_instant, rounds_at_one_instant])
def test_a_stop_for_room_within_a_phase_changes_nothing(monkeypatch, make):
    model = make(40)
    whole = simulate(model, UNTIL, engine="simpy")
    for rows in range(2, 400, 13):
        small(monkeypatch, rows)
        told = unequal(whole, simulate(model, UNTIL))
        assert not told, f"{rows} rows: {told}"


def test_made_up_models_do_not_depend_on_the_size_of_tables(monkeypatch):
    seeds = [
        20215,
        *range(40000, 40030),
    ]  # of the first, an activity was once ended where it should be interrupted
    wholes = {seed: simulate(model, UNTIL, seed=seed) for seed in seeds if (model := made_up(seed))}
    small(monkeypatch, 2)
    for seed, whole in wholes.items():
        told = unequal(whole, simulate(made_up(seed), UNTIL, seed=seed))
        assert not told, f"seed {seed}: {told}"
    assert any(np.any(whole.event == 11) for whole in wholes.values())
