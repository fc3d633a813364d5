"""Queues with more mechanisms, against theory: patience, priority, bulk service, rotas, gates, closed loops.

Sampled on the compiled engine; the first replication of each is run on the reference too, and is the same log.
"""

import numpy as np
import pytest
from agreement import SEED, agree, erlang_c
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.stats import poisson

from cisim.engine import simulate
from cisim.eventlog import COLUMNS, Event
from cisim.measures import occupancy
from cisim.spec import Model
from cisim.units import DAY, HOUR, MINUTE


def model(pools, pathways, calendars=None):
    return Model.model_validate(
        {
            "cisim": 1,
            "model": "theory",
            "start": "2024-01-01",
            "pools": pools,
            "calendars": calendars or {},
            "pathways": pathways,
        }
    )


def exponential(minutes):
    return {"exponential": {"mean": f"{minutes:.9f} min"}}


def logs(queue, until, replications):
    """Yield the log of each replication; the first is run on both engines."""
    for r in range(replications):
        log = simulate(queue, until, seed=SEED, replication=r)
        if r == 0:
            other = simulate(queue, until, seed=SEED, replication=r, engine="simpy")
            assert all(np.array_equal(getattr(log, c), getattr(other, c)) for c in COLUMNS)
        yield log


def waits(log, pathway, start):
    """Return the waits (ms) of who asked in a pathway from `start` on, by patient: of everybody who was served."""
    mine = (log.pathway == log.pathways.index(pathway)) & (log.step >= 0)
    asked, begun = mine & (log.event == Event.ASK), mine & (log.event == Event.BEGIN)
    ask = dict(zip(log.patient[asked].tolist(), log.time[asked].tolist(), strict=True))
    pairs = zip(log.patient[begun].tolist(), log.time[begun].tolist(), strict=True)
    return np.array([t - ask[p] for p, t in pairs if ask[p] >= start], float)


def arrivals_above(log, rate, start):
    """Return how many more came than expected: a control of mean zero."""
    came = np.count_nonzero((log.event == Event.ARRIVE) & (log.time >= start))
    return came / (rate * (log.end - start) / HOUR) - 1


def stationary(up, down):
    """Return the stationary distribution of a birth-death chain."""
    p = np.cumprod(np.concatenate(([1.0], np.asarray(up, float) / np.asarray(down, float))))
    return p / p.sum()


def test_erlang_a_patients_who_leave_the_queue():
    """M/M/c with exponential patience (Palm; Garnett and others 2002): a birth-death chain."""
    servers, rate, service, patience = 3, 30.0, 6 / 60, 12 / 60  # an hour, hours
    levels = np.arange(1, 400)
    death = np.minimum(levels, servers) / service + np.maximum(levels - servers, 0) / patience
    p = stationary(np.full(len(levels), rate), death)
    queue = (p * np.maximum(np.arange(400) - servers, 0)).sum()
    doctor = {"doctor": {"kind": "staff", "number": servers}}
    see = {
        "activity": "see", "needs": {"doctor": 1}, "duration": exponential(6),
        "gives_up": {"after": exponential(12), "steps": [{"leave": "unseen"}]},
    }  # fmt: skip
    steps = [see, {"leave": "seen"}]
    found = model(doctor, {"p": {"arrivals": {"rate": "30 per hour"}, "steps": steps}})
    lost, waiting, controls = [], [], []
    for log in logs(found, 2_000 * HOUR, 30):
        gone = np.count_nonzero((log.event == Event.GIVE_UP) & (log.time >= 10 * HOUR))
        lost.append(gone / (1_990 * rate))
        waiting.append(log.integrals.queue["p", "see"] / log.end)
        controls.append([arrivals_above(log, rate, 10 * HOUR)])
    agree(lost, queue / patience / rate, controls=controls, relative=0.01)
    agree(waiting, queue, controls=controls, relative=0.01)


def test_cobham_priority_without_interruption():
    """M/M/c with two classes (Cobham 1954): W_k = W_0 / ((1 - s_(k-1)) (1 - s_k))."""
    servers, service, rates = 2, 6 / 60, (5.0, 9.0)
    load = sum(rates) * service
    now = erlang_c(servers, load) * service / servers
    part = np.cumsum(rates) * service / servers
    truth = [now / (1 - part[0]), now / ((1 - part[0]) * (1 - part[1]))]
    pathways = {
        name: {
            "arrivals": {"rate": f"{rate} per hour"},
            "steps": [
                {"activity": "see", "needs": {"doctor": 1}, "duration": exponential(6), "priority": level},
                {"leave": "seen"},
            ],
        }
        for level, (name, rate) in enumerate(zip(("urgent", "other"), rates, strict=True))
    }
    found = model({"doctor": {"kind": "staff", "number": servers}}, pathways)
    means, controls = {"urgent": [], "other": []}, []
    for log in logs(found, 4_000 * HOUR, 40):
        for name, found_waits in means.items():
            found_waits.append(waits(log, name, 20 * HOUR).mean() / HOUR)
        controls.append([arrivals_above(log, sum(rates), 0), busy_above(log, "doctor", load)])
    for name, expected in zip(("urgent", "other"), truth, strict=True):
        agree(means[name], expected, controls=controls, relative=0.01)


def busy_above(log, pool, load):
    """Return how much more was held than is offered: a control whose mean is as good as zero."""
    return log.integrals.held[pool] / log.end / load - 1


@pytest.mark.parametrize(("when", "truth"), [("resume", (1.25, 6.25))])
def test_preemptive_resume_priority(when, truth):
    """M/M/1, rates .2 and .6, service 1: mean times in the system 1.25 and 6.25 (r-simmer's and Ciw's own check)."""
    pathways = {
        name: {
            "arrivals": {"rate": f"{rate} per hour"},
            "steps": [
                {
                    "activity": "see", "needs": {"doctor": 1}, "duration": exponential(60), "priority": level,
                    "pre_empts": level == 0, "when_interrupted": when,
                },
                {"leave": "seen"},
            ],
        }
        for level, (name, rate) in enumerate((("urgent", 0.2), ("other", 0.6)))
    }  # fmt: skip
    found = model({"doctor": {"kind": "staff", "number": 1}}, pathways)
    inside = {"urgent": [], "other": []}
    controls = []
    for log in logs(found, 40_000 * HOUR, 60):
        for name, rate in (("urgent", 0.2), ("other", 0.6)):
            inside[name].append(log.integrals.inside[name] / log.end / rate)  # Little's law
        controls.append([arrivals_above(log, 0.8, 0), busy_above(log, "doctor", 0.8)])
    agree(inside["urgent"], truth[0], controls=controls, relative=0.01)
    agree(inside["other"], truth[1], controls=controls, relative=0.01)


def test_bulk_service_of_whole_batches():
    """Patients gather in fours and are carried together: an E_4/M/1 queue of batches (GI/M/1, Kendall 1953)."""
    size, rate, carry = 4, 30.0, 6 / 60
    mu = 1 / carry
    root = brentq(lambda s: s - (rate / (rate + mu * (1 - s))) ** size, 1e-9, 1 - 1e-9)
    truth = root / (mu * (1 - root)) + (size - 1) / (2 * rate)
    steps = [
        {
            "batch": "ride", "number": size,
            "together": {"needs": {"porter": 1}, "duration": exponential(6)},
        },
        {"leave": "there"},
    ]  # fmt: skip
    found = model(
        {"porter": {"kind": "staff", "number": 1}},
        {"p": {"arrivals": {"rate": f"{rate} per hour"}, "steps": steps}},
    )
    means, controls = [], []
    for log in logs(found, 3_000 * HOUR, 30):
        means.append(waits(log, "p", 20 * HOUR)[:-400].mean() / HOUR)
        controls.append([arrivals_above(log, rate, 0), busy_above(log, "porter", rate / size * carry)])
    agree(means, truth, controls=controls)


def test_round_with_places_is_a_bulk_service_queue():
    """Five places every hour (Bailey 1954): X' = max(0, X + A - 5), A Poisson; Little's law gives the wait."""
    places, rate = 5, 4.2
    n = 400
    come = poisson.pmf(np.arange(n + places), rate)
    move = np.zeros((n, n))
    for x in range(n):
        after = np.maximum(np.arange(len(come)) + x - places, 0)
        np.add.at(move[x], np.minimum(after, n - 1), come)
    p = np.full(n, 1 / n)
    for _ in range(5_000):
        p = p @ move
    truth = ((p * np.arange(n)).sum() + rate / 2) / rate
    clinic = [{"round": "clinic", "calendar": "clinic"}, {"leave": "seen"}]
    found = model(
        {},
        {"p": {"arrivals": {"rate": f"{rate} per hour"}, "steps": clinic}},
        {"clinic": {"openings": [{"days": "daily", "at": [f"{h:02}:00" for h in range(24)]}], "places": places}},
    )  # fmt: skip
    waiting, controls = [], []
    for log in logs(found, 20_000 * HOUR, 40):
        waiting.append(log.integrals.queue["p", "clinic"] / log.end / rate)
        controls.append([arrivals_above(log, rate, 0)])
    agree(waiting, truth, controls=controls, relative=0.01)


MOST, SERVERS = 160, 4  # the states of the equations below: up to so many waiting, up to so many in service


def flow(p, rate, mu, doctors):
    """Return how the chances of (waiting, in service) move: work in hand is finished when doctors go home."""
    p = p.reshape(MOST, SERVERS + 1)
    out = np.zeros_like(p)
    for b in range(SERVERS + 1):
        if b < doctors:  # nobody waits while there is room
            out[0, b] -= rate * p[0, b]
            out[0, b + 1] += rate * p[0, b]
        else:
            out[:-1, b] -= rate * p[:-1, b]
            out[1:, b] += rate * p[:-1, b]
        ending = b * mu * p[:, b]
        out[:, b] -= ending
        if b > doctors:  # the place goes
            out[:, b - 1] += ending
        elif b:
            out[:-1, b] += ending[1:]
            out[0, b - 1] += ending[0]
    return out.reshape(-1)


def taken_in(state, doctors):
    """Return the chances after a change of the rota: where it rises, people are taken in at once."""
    before = state.reshape(MOST, SERVERS + 1)
    after = np.zeros_like(before)
    for waiting in range(MOST):
        for b in range(SERVERS + 1):
            taken = min(waiting, max(0, doctors - b))
            after[waiting - taken, b + taken] += before[waiting, b]
    return after.reshape(-1)


def waited_in_a_day(profile, doctors, mu):
    """Return the hours waited in a first day, from nobody there: arrivals and doctors by the hour."""
    state, total = np.zeros(MOST * (SERVERS + 1)), 0.0
    state[0] = 1.0
    times = np.linspace(0, 1, 101)
    for rate, c in zip(profile, doctors, strict=True):
        done = solve_ivp(
            lambda _, p, r=rate, c=c: flow(p, r, mu, c), (0, 1), taken_in(state, c),
            t_eval=times, rtol=1e-8, atol=1e-10,
        ).y  # fmt: skip
        queue = (done.reshape(MOST, SERVERS + 1, -1).sum(axis=1) * np.arange(MOST)[:, None]).sum(axis=0)
        total += np.trapezoid(queue, times)
        state = done[:, -1]
    assert state.reshape(MOST, -1)[-5:].sum() < 1e-9, "too few states"
    return total


def test_patients_by_the_hour_and_a_rota_that_falls():
    """M(t)/M/c(t) over its first day, its equations solved numerically for (waiting, in service)."""
    profile = [2.0] * 8 + [9.0] * 10 + [4.0] * 6
    rota = {0: 1, 8: 4, 16: 2, 22: 1}
    total = waited_in_a_day(profile, [1] * 8 + [4] * 8 + [2] * 6 + [1] * 2, mu=2.0)
    lines = [
        {"days": "daily", "from": f"{a:02}:00", "to": f"{b:02}:00", "number": rota[a]}
        for a, b in ((0, 8), (8, 16), (16, 22), (22, 24))
    ]
    steps = [{"activity": "see", "needs": {"doctor": 1}, "duration": exponential(30)}, {"leave": "seen"}]
    came = {"rate": f"{np.mean(profile)} per hour", "profile": profile}
    found = model({"doctor": {"kind": "staff", "rota": lines}}, {"p": {"arrivals": came, "steps": steps}})
    waiting, controls = [], []
    for log in logs(found, DAY, 3_000):
        waiting.append(log.integrals.queue["p", "see"] / HOUR)
        arrived = log.time[log.event == Event.ARRIVE] / HOUR
        early, late = (arrived < 8).sum() - 16, ((arrived >= 8) & (arrived < 18)).sum() - 90
        controls.append([early, late, late * late - 90, (arrived >= 18).sum() - 24])
    agree(waiting, total, controls=controls, relative=0.02)


def test_machines_that_break_again_and_again():
    """A closed loop (machine repair; Palm, Feller): five patients who come back, two doctors."""
    patients, doctors, away, care = 5, 2, 10.0, 4.0  # hours
    levels = np.arange(1, patients + 1)
    p = stationary((patients - levels + 1) / away, np.minimum(levels, doctors) / care)
    busy = (p * np.minimum(np.arange(patients + 1), doctors)).sum()
    queue = (p * np.maximum(np.arange(patients + 1) - doctors, 0)).sum()
    steps = [
        {"activity": "see", "needs": {"doctor": 1}, "duration": exponential(60 * care)},
        {"comes_back": "again", "after": exponential(60 * away), "outcome": "home"},
    ]
    found = model(
        {"doctor": {"kind": "staff", "number": doctors}},
        {"p": {"arrivals": {"listed": ["0 h"] * patients}, "steps": steps}},
    )
    held, waiting = [], []
    for log in logs(found, 30_000 * HOUR, 30):
        held.append(occupancy(log, "doctor", 500 * HOUR, log.end))
        asked = np.sort(log.time[log.event == Event.ASK])
        begun = np.sort(log.time[log.event == Event.BEGIN])
        moments = np.arange(500 * HOUR, log.end, 10 * MINUTE)
        waiting.append(
            (np.searchsorted(asked, moments, "right") - np.searchsorted(begun, moments, "right")).mean()
        )
    agree(held, busy)
    agree(waiting, queue, relative=0.01)
