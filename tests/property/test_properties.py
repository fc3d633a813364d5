"""What must hold for every model."""

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from made_up_models import any_models, models

from cisim import textbook
from cisim.engine import Replay, simulate
from cisim.eventlog import Event, same_log
from cisim.measures import audit
from cisim.network import Draws, build_network
from cisim.spec import Model, apply
from cisim.spec.scenario import Scenario
from cisim.units import DAY, HOUR

UNTIL = 14 * DAY
pytestmark = pytest.mark.filterwarnings("ignore::cisim.errors.CisimWarning")
check = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def changed(model, *changes):
    return apply(model, Scenario.model_validate({"cisim": 1, "scenario": "s", "changes": changes}))


@check
@given(st.one_of(models(), any_models()), st.integers(0, 3))
def test_every_run_passes_its_audit(model, replication):
    """Patients conserved, held never above the rostered number, clock never back, Little's law, busy time, rotas."""
    log = simulate(model, UNTIL, replication=replication)
    assert [c for c in audit(log) if not c.passed] == []


@check
@given(models(giving_up=False))
def test_first_come_first_served_among_identical_needs(model):
    log = simulate(model, UNTIL)
    if (log.event == Event.SWAP).any():
        return  # an exchange of beds passes nobody in the queue, but is no service either
    network = build_network(model, UNTIL)
    queue_of = {int(network.step[n]): int(network.queue[n]) for n in np.flatnonzero(network.queue >= 0)}
    begun = {
        (p, n, s, v): t
        for p, n, s, v, t, e in zip(
            log.pathway, log.patient, log.step, log.visit, log.time, log.event, strict=True
        )
        if e == Event.BEGIN
    }
    lines = defaultdict(list)
    for p, n, s, v, t, e in zip(
        log.pathway, log.patient, log.step, log.visit, log.time, log.event, strict=True
    ):
        if e == Event.ASK and int(s) in queue_of:
            lines[queue_of[int(s)]].append(((t, p, n, v), begun.get((p, n, s, v), UNTIL)))
    for line in lines.values():
        # phases of an instant repeat: of those who asked at one moment, some may ask after others were served
        moments = sorted({key[0] for key, _ in line})
        begins = [[begin for key, begin in line if key[0] == moment] for moment in moments]
        for earlier, later in pairwise(begins):
            assert max(earlier) <= min(later)


@check
@given(st.one_of(models(), any_models()))
def test_an_unconnected_ward_changes_no_other_patient(model):
    more = model.model_dump(by_alias=True)
    more["pools"] = {"elsewhere": {"number": 2}, **more["pools"]}
    more["pathways"] = {
        "apart": {
            "arrivals": {"rate": "5 per day", "day_effect": {"cv": 0.5, "group": "all"}},
            "steps": [
                {"stay": "there", "beds": ["elsewhere"], "steps": [{"delay": "rest", "duration": "9 h"}]},
                {"leave": "home"},
            ],
        },
        **model.pathways,
    }
    more["pools"].update(model.pools)
    more["calendars"] = dict(model.calendars)
    both = simulate(Model.model_validate(more), UNTIL)
    assert same_log(simulate(model, UNTIL), both, pathways=tuple(model.pathways))


@check
@given(models(), st.floats(0.01, 1.5))
def test_more_demand_adds_patients_and_moves_none(model, share):
    more = changed(model, {"demand": "a", "by": share})
    few, many = (Draws(build_network(m, UNTIL), 1, 0) for m in (model, more))
    before = {(p, n): t for p, n, t in zip(few.pathway, few.patient, few.time, strict=True)}
    after = {(p, n): t for p, n, t in zip(many.pathway, many.patient, many.time, strict=True)}
    assert before.items() <= after.items()


@settings(max_examples=25, deadline=None)
@given(st.floats(0.05, 1.0), st.integers(0, 20))
def test_with_beds_for_all_more_demand_changes_nobody_s_log(share, replication):
    model = textbook.unlimited_ward(arrivals_per_hour=0.5, stay={"lognormal": {"mean": "9 h", "sd": "9 h"}})
    more = changed(model, {"demand": "patients", "by": share})
    few = set(simulate(model, UNTIL, replication=replication).rows())
    assert few <= set(simulate(more, UNTIL, replication=replication).rows())


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.floats(0.3, 1.4), st.integers(0, 50))
def test_more_beds_never_make_any_patient_wait_longer(beds, load, replication):
    """Each asks once, without patience, of a constant pool."""

    def begun(number):
        model = textbook.mgc(
            arrivals_per_hour=load * beds / 5,
            service={"lognormal": {"mean": "5 h", "sd": "8 h"}},
            servers=number,
        )
        log = simulate(model, UNTIL, replication=replication)
        mine = log.event == Event.BEGIN
        return dict(zip(log.patient[mine].tolist(), log.time[mine].tolist(), strict=True))

    fewer, more = begun(beds), begun(beds + 1)
    assert fewer.keys() <= more.keys()
    assert all(more[patient] <= time for patient, time in fewer.items())


@settings(max_examples=30, deadline=None)
@given(st.floats(0.0, 1.0), st.integers(0, 20))
def test_a_cut_shortens_the_same_patients_stay(share, replication):
    model = textbook.unlimited_ward(arrivals_per_hour=0.3, stay={"gamma": {"mean": "9 h", "sd": "5 h"}})
    short = changed(model, {"cut": "patients/care", "by": share})

    def lengths(log):
        begins = dict(zip(*ends(log, Event.BEGIN), strict=True))
        return {p: t - begins[p] for p, t in zip(*ends(log, Event.END), strict=True)}

    def ends(log, event):
        mine = (log.event == event) & (log.step == [s.name for s in log.steps].index("care"))
        return log.patient[mine].tolist(), log.time[mine].tolist()

    before, after = (lengths(simulate(m, UNTIL, replication=replication)) for m in (model, short))
    assert before.keys() <= after.keys()
    assert all(abs(after[p] - t * (1 - share)) <= 1 for p, t in before.items())


@settings(max_examples=20, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_those_reached_by_a_smaller_share_are_reached_by_a_larger(one, other):
    model = textbook.unlimited_ward(arrivals_per_hour=0.5, stay="9 h")

    def reached(share):
        log = simulate(changed(model, {"cut": "patients/care", "by": 1, "reach": share}), 10 * DAY)
        given = dict(
            zip(log.patient[log.event == Event.GIVE], log.time[log.event == Event.GIVE], strict=True)
        )
        taken = zip(log.patient[log.event == Event.TAKE], log.time[log.event == Event.TAKE], strict=True)
        return {p for p, t in taken if given.get(p, log.end) - t < 9 * HOUR and t < 9 * DAY}

    low, high = sorted((one, other))
    assert reached(low) <= reached(high)


@check
@given(models())
def test_serving_again_only_those_served_is_the_same_run(model):
    """Who was served is served in the same way, unless somebody left the queue."""
    log = simulate(model, UNTIL)
    again = simulate(model, UNTIL, replay=Replay.of(log))
    turned_away = (log.event == Event.GIVE_UP).any()
    skipped = len(np.unique(again.pathway * 10**12 + again.patient)) < len(
        np.unique(log.pathway * 10**12 + log.patient)
    )
    assert turned_away or skipped or same_log(log, again)
    assert {r[:2] for r in again.rows()} <= {r[:2] for r in log.rows()}
