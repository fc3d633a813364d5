"""Disciplines: what simulation libraries test theirs by, exactly, or by the clock to the millisecond."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from cisim import simulate
from cisim.eventlog import Event, same_log
from cisim.measures import audit, spells, visits
from cisim.spec.model import Arrivals
from cisim.units import DAY, HOUR

FOLDER = Path(__file__).parents[2] / "experiments" / "disciplines"
ENGINES = ("compiled", "simpy")


def _module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compare = _module("disciplines_compare", FOLDER / "compare.py")
comparing = sys.modules["comparing"]
model_of = compare.model_of


# Chance: exact values


def test_the_formulas_are_those_of_the_literature():
    assert compare.cobham((0.2, 0.6)) == pytest.approx([1.0, 5.0])
    assert compare.interrupting((0.2, 0.6)) == pytest.approx([1.25, 6.25])
    assert compare.states(0.75, 2, 3) == pytest.approx([0.468007, 0.351005, 0.131627, 0.049360], abs=5e-7)


def test_every_stored_figure_is_within_three_standard_errors():
    table = comparing.stored(FOLDER)
    assert len(table) == 13
    assert comparing.away(table).abs().max() <= comparing.LIMIT
    assert (3 * table["se"] / table["expected"]).max() < 0.02


def test_every_other_rule_is_told_apart():
    table = comparing.stored(FOLDER).dropna(subset="wrong")
    assert comparing.wrong_by(table).abs().min() > comparing.LIMIT


def test_the_short_runs_of_another_library_are_told_apart():
    """25 runs of 180 units from empty gave 1.847 and 5.711."""
    table = comparing.stored(FOLDER).set_index("figure")
    for figure, short in (
        ("urgent first: time of urgent, h", 1.847),
        ("urgent first: time of routine, h", 5.711),
    ):
        assert abs(table.loc[figure, "got"] - short) > comparing.LIMIT * table.loc[figure, "se"]


def test_the_readme_shows_the_stored_table():
    assert comparing.shown(FOLDER) == comparing.markdown(comparing.stored(FOLDER), "by another rule")


@pytest.mark.parametrize("case", compare.CASES)
def test_a_small_run_agrees(case):
    table = compare.compare(case, seed=2000, runs=8)
    assert comparing.away(table).abs().max() <= comparing.LIMIT


@pytest.mark.parametrize(
    "which", [which for which, *_ in compare.CASES.values()], ids=lambda w: "+".join(map(str, w))
)
def test_both_engines_tell_the_same_and_the_audit_holds(which):
    one, other = (simulate(model_of(*which), 10 * DAY, seed=6, engine=engine) for engine in ENGINES)
    assert same_log(one, other)
    assert all(check.passed for check in audit(one))


# The clock


def totals(model, engine):
    """Return the total waits (h) of those whose visits ended within 35 hours, by pathway."""
    log = simulate(model, 35 * HOUR, engine=engine)
    table = visits(log)
    out = {}
    for code, step in enumerate(log.steps):
        if step.kind == "activity":
            mine = table.of(code)
            ended = mine.end < log.end
            out[step.pathway] = float((mine.begin - mine.ask)[ended].sum()) / HOUR
    return out


def _changed(model, **steps_or_arrivals):
    pathways = {name: p.model_copy(update=steps_or_arrivals[name]) for name, p in model.pathways.items()}
    return model.model_copy(update={"pathways": pathways})


@pytest.mark.parametrize("engine", ENGINES)
def test_clockwork_first_come_first_served(engine):
    model = model_of("clockwork")
    plain = {
        name: {"steps": (p.steps[0].model_copy(update={"priority": 0}), *p.steps[1:])}
        for name, p in model.pathways.items()
    }
    assert totals(_changed(model, **plain), engine) == {"urgent": 126.5, "routine": 132.0}


@pytest.mark.parametrize("engine", ENGINES)
def test_clockwork_by_priority(engine):
    """By hand: the urgent wait 0, 30 and 15 minutes in turn, eleven times and a first patient more."""
    assert totals(model_of("clockwork"), engine) == {"urgent": 8.25, "routine": 118.25}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("first", range(4, 32, 3))
def test_clockwork_where_a_coin_decides_what_comes_first(engine, first):
    """The published 12.75 and 135.75: at 34:00 and at six of the ten ties before, the doctor begins first.

    Which six does not matter: `first` only turns the circle of the ten.
    """
    ties = list(range(4, 32, 3))
    turned = [ties[(ties.index(first) + i) % 10] for i in range(6)]
    late = {*turned, 34}
    listed = tuple(h * HOUR + (h in late) for h in range(1, 36))
    arrivals = {"arrivals": Arrivals.model_construct(listed=tuple(float(t) for t in listed))}
    found = totals(_changed(model_of("clockwork"), urgent=arrivals, routine=arrivals), engine)
    assert found == pytest.approx({"urgent": 12.75, "routine": 135.75}, abs=0.0001)
    assert totals(model_of("clockwork"), engine) != pytest.approx(found, abs=1.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_balking(engine):
    log = simulate(model_of("balking"), 51 * HOUR, engine=engine)
    hours = {
        event: (log.time[log.event == event] / HOUR).tolist()
        for event in (Event.BEGIN, Event.END, Event.TURN_AWAY)
    }
    assert hours[Event.TURN_AWAY] == [20, 25, 35, 40, 45]
    assert hours[Event.BEGIN] == [5, 26, 47]
    assert hours[Event.END] == [26, 47]
    people = spells(log)
    went = people.leave < log.end
    done = went & (people.gave_up >= log.end)
    assert (people.arrive[done] / HOUR).tolist() == [5, 10]


def test_without_balking_nobody_is_sent_away():
    log = simulate(model_of("balking", "no-limit"), 51 * HOUR)
    assert not np.any(log.event == Event.TURN_AWAY)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("file", "seen"),
    [
        ("slots", [1.5, 4.4, 4.4, 4.4, 5.9, 8.8, 8.8, 17.6]),
        ("slots-of-many-sizes", [1, 1, 1, 2, 2, 3, 3, 3, 4]),
    ],
)
def test_slots(file, seen, engine):
    log = simulate(model_of(file), 20 * HOUR, engine=engine)
    code = next(i for i, step in enumerate(log.steps) if step.kind == "round")
    table = visits(log).of(code)
    order = np.argsort(table.ask, kind="stable")  # first come, first seen
    assert (table.begin[order] / HOUR).tolist() == seen


def test_rounds_with_equal_places_are_another_model():
    model = model_of("slots")
    equal = model.calendars["round"].model_copy(
        update={
            "openings": tuple(o.model_copy(update={"places": 1}) for o in model.calendars["round"].openings)
        }
    )
    log = simulate(model.model_copy(update={"calendars": {"round": equal}}), 20 * HOUR)
    table = visits(log).of(next(i for i, step in enumerate(log.steps) if step.kind == "round"))
    assert (np.sort(table.begin) / HOUR).tolist() != [1.5, 4.4, 4.4, 4.4, 5.9, 8.8, 8.8, 17.6]
