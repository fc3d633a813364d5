"""The engine against queueing theory.

Seeds are declared before any run: `SEED`, replications 0 to R-1. Each case compares the mean over
replications with the exact answer. The family-wise error is 0.1%: each of the `CASES` comparisons may fail by
chance with probability 0.001 / CASES. The standard error is at most 0.5% of the truth (3% for probabilities
below .05), so that a pass means something.

Comparisons are sharpened by control variates (Law, Simulation Modeling and Analysis, 11.4): a run's own mean
service and gap between arrivals, and their products with the wait, differ from expectations that are inputs of the
model (a patient's wait is independent of their own service and of the gap after them), so nothing is learnt from
the answer.
"""

from functools import partial

import numpy as np
import pytest
from agreement import SEED, agree, erlang_b, erlang_c

from cisim import textbook
from cisim.engine import simulate
from cisim.eventlog import Event
from cisim.network import Draws, build_network
from cisim.units import DAY, HOUR

run = simulate


@pytest.fixture(autouse=True, params=["compiled", "simpy"])
def _engine(request, monkeypatch):
    """Every test here runs on both engines."""
    monkeypatch.setitem(globals(), "simulate", partial(run, engine=request.param))


def people(model, hours, replication, *, warm, tail):
    """Run once; return (log, asked, wait, service, gap after, refused) of the patients who came in a window.

    Everybody who asked between `warm` and `tail` hours before the end is there, with the service that was drawn for
    them (ms); the wait is NaN for those turned away.
    """
    end = hours * HOUR
    log = simulate(model, end, seed=SEED, replication=replication)
    network = build_network(model, end)
    draws = Draws(network, SEED, replication)
    stream = next(i for i, s in enumerate(network.streams) if s.names[2] == "duration")
    drawn = np.array([draws.number(stream, slot, 0) for slot in range(len(draws.slot))], float)
    order = np.argsort(draws.slot)  # by patient number, as the log is sorted
    time = draws.time[order].astype(float)
    asked = log.event == Event.ASK
    wait = np.full(len(time), np.nan)
    begun = (log.event == Event.BEGIN) & (log.step == log.step[asked][0])
    wait[np.searchsorted(log.patient[asked], log.patient[begun])] = log.time[begun]
    wait -= time
    by_time = np.argsort(time, kind="stable")
    time, wait, drawn = time[by_time], wait[by_time], drawn[by_time]
    gap = np.diff(time, append=end)
    mine = (time >= warm * HOUR) & (time < end - tail * HOUR)
    return log, time[mine], wait[mine], drawn[mine], gap[mine]


def controls_of(wait, service, gap, *, mean_service, mean_gap):
    """Return four numbers of mean zero."""
    s, g, w = service / mean_service - 1, gap / mean_gap - 1, np.nan_to_num(wait)
    return s.mean(), g.mean(), (w * s).mean(), (w * g).mean()


def first_waits(log):
    """Return the waits (ms) at a model's only step."""
    asked, begun = log.event == Event.ASK, log.event == Event.BEGIN
    return (
        log.time[begun] - log.time[asked][np.searchsorted(log.patient[asked], log.patient[begun])]
    ).astype(float)


def waits_of(model, per_hour, service, *, replications, hours):
    """Return each replication's waits (hours) and controls."""
    waits, controls = [], []
    for r in range(replications):
        _, _, wait, drawn, gap = people(model, hours, r, warm=20, tail=20)
        assert not np.isnan(wait).any()
        waits.append(wait / HOUR)
        controls.append(controls_of(wait, drawn, gap, mean_service=service * HOUR, mean_gap=HOUR / per_hour))
    return waits, controls


def test_mm1_mean_wait():
    rho, service = 0.4, 6 / 60
    model = textbook.mmc(arrivals_per_hour=rho / service, service="6 min", servers=1)
    waits, controls = waits_of(model, rho / service, service, replications=60, hours=1_500)
    agree([w.mean() for w in waits], rho * service / (1 - rho), controls=controls)
    agree([(w > 0).mean() for w in waits], rho, controls=controls)


def test_mmc_mean_wait_and_probability_of_waiting():
    servers, load, service = 3, 1.8, 6 / 60
    model = textbook.mmc(arrivals_per_hour=load / service, service="6 min", servers=servers)
    waits, controls = waits_of(model, load / service, service, replications=60, hours=850)
    wait = erlang_c(servers, load)
    agree([(w > 0).mean() for w in waits], wait, controls=controls)
    agree([w.mean() for w in waits], wait * service / (servers - load), controls=controls)


def test_mg1_pollaczek_khinchine():
    rho, service, cv = 0.4, 6 / 60, 0.5
    model = textbook.mgc(
        arrivals_per_hour=rho / service, service={"lognormal": {"mean": "6 min", "sd": "3 min"}}, servers=1
    )
    waits, controls = waits_of(model, rho / service, service, replications=60, hours=1_250)
    agree([w.mean() for w in waits], rho * service * (1 + cv**2) / 2 / (1 - rho), controls=controls)


@pytest.mark.parametrize(("beds", "load"), [(10, 8.0), (6, 2.0)])
@pytest.mark.parametrize(
    "stay", [{"exponential": {"mean": "5 h"}}, {"lognormal": {"mean": "5 h", "sd": "10 h"}}]
)
def test_mgcc_loss_is_erlang_b_whatever_the_stay(beds, load, stay):
    truth = erlang_b(beds, load)
    model = textbook.loss_ward(arrivals_per_hour=load / 5, stay=stay, beds=beds)
    lost, controls = [], []
    for r in range(60):
        _, _, wait, drawn, gap = people(model, 5_000 if beds == 10 else 7_000, r, warm=100, tail=0)
        lost.append(np.isnan(wait).mean())
        controls.append(controls_of(wait, drawn, gap, mean_service=5 * HOUR, mean_gap=5 * HOUR / load)[:2])
    agree(lost, truth, controls=controls, relative=0.005 if truth >= 0.05 else 0.03)


def test_mtg_infinity_census_at_hours_of_the_day():
    """M(t)/G/infinity: the census at t is Poisson with mean the integral of rate(t - u) P(stay > u) du."""
    profile = [1.0] * 8 + [3.0] * 8 + [2.0] * 8
    mean_hours = 10.0
    model = textbook.unlimited_ward(
        arrivals_per_hour=3.0, stay={"exponential": {"mean": "10 h"}}, profile=tuple(profile)
    )
    step = 0.001
    past = np.arange(step / 2, 400, step)
    survive = np.exp(-past / mean_hours)
    rate = 3.0 * np.array(profile) / np.mean(profile)
    hours = (0, 8, 16, 20)
    logs = [simulate(model, 220 * DAY, seed=SEED, replication=r) for r in range(30)]
    for hour in hours:
        truth = float((rate[np.floor((hour - past) % 24).astype(int)] * survive).sum() * step)
        census = []
        for log in logs:
            moments = np.arange(20, 220) * DAY + hour * HOUR
            taken = np.sort(log.time[log.event == Event.TAKE])
            given = np.sort(log.time[log.event == Event.GIVE])
            held = np.searchsorted(taken, moments, "right") - np.searchsorted(given, moments, "right")
            census.append(held.mean())
        agree(census, truth)


def test_tandem_with_blocking_has_the_answer_of_its_markov_chain():
    """Two single beds in series, exponential care, nobody waits in front: five states, solved exactly."""
    arrive, first, second = 0.8, 1.0, 2.0  # an hour
    # states: (empty, empty), (in care, empty), (empty, in care), (in care, in care), (blocked, in care)
    moves = {
        (0, 1): arrive,
        (1, 2): first,
        (2, 0): second,
        (2, 3): arrive,
        (3, 4): first,
        (3, 1): second,
        (4, 2): second,
    }
    q = np.zeros((5, 5))
    for (a, b), rate in moves.items():
        q[a, b] += rate
        q[a, a] -= rate
    p = np.linalg.lstsq(np.vstack([q.T, np.ones(5)]), np.array([0, 0, 0, 0, 0, 1.0]), rcond=None)[0]
    base = textbook.tandem(
        arrivals_per_hour=arrive,
        first={"exponential": {"mean": "60 min"}},
        second={"exponential": {"mean": "30 min"}},
        beds=(1, 1),
    )
    loss = textbook.loss_ward(arrivals_per_hour=1, stay="1 h", beds=1).pathways["patients"].steps[0]
    pathway = base.pathways["patients"]
    stay = pathway.steps[0].model_copy(update={"gives_up": loss.gives_up})
    pathway = pathway.model_copy(update={"steps": (stay, *pathway.steps[1:])})
    model = base.model_copy(update={"pathways": {"patients": pathway}})
    refused, blocked = [], []
    for r in range(30):
        log = simulate(model, 5_000 * HOUR, seed=SEED, replication=r)
        refused.append(
            np.count_nonzero(log.event == Event.GIVE_UP) / np.count_nonzero(log.event == Event.ARRIVE)
        )
        held = log.integrals.held["first bed"] / log.end
        caring = log.integrals.held["first bed"] - blocked_time(log)
        assert caring > 0
        blocked.append(blocked_time(log) / log.end)
        assert held < 1
    agree(refused, p[1] + p[3] + p[4])
    agree(blocked, p[4], relative=0.005 if p[4] >= 0.05 else 0.03)


def blocked_time(log):
    """Return the time (ms) from ready to give in the first bed, to the horizon where it is not over."""
    first = next(i for i, s in enumerate(log.steps) if s.name == "first")
    ready = dict(zip(*both(log, Event.READY, first), strict=True))
    given = dict(zip(*both(log, Event.GIVE, first), strict=True))
    return sum(given.get(p, log.end) - t for p, t in ready.items())


def both(log, event, step):
    mine = (log.event == event) & (log.step == step)
    return log.patient[mine].tolist(), log.time[mine].tolist()


@pytest.mark.parametrize(
    ("openings", "days"),
    [(["Mon 09:00", "Thu 09:00"], 25 / 14), (["Mon-Fri 09:00"], 13 / 14), (["daily 09:00"], 0.5)],
)
def test_wait_for_a_round_is_the_sum_of_squared_gaps(openings, days):
    model = textbook.round_wait(arrivals_per_hour=2, openings=openings)
    logs = [simulate(model, 200 * 7 * DAY, seed=SEED, replication=r) for r in range(4)]
    waits = []
    for log in logs:  # whole fortnights of arrivals that are all seen: each a sample
        seen = np.sort(
            log.patient[log.event == Event.BEGIN]
        )  # numbered in order of arrival, as nobody leaves early
        waits += [w.mean() / DAY for w in np.array_split(first_waits(log)[: len(seen) - 14 * 48], 20)]
    agree(waits, days)
