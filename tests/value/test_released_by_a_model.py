"""From a model through three runs to the ledger: the parts agree with each other and with the measures."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from cisim.engine import Replay, simulate
from cisim.measures import capacity_time, held_time
from cisim.spec.changes import apply
from cisim.spec.model import Model
from cisim.spec.scenario import Cut, SetNumber
from cisim.spec.value import Value
from cisim.units import DAY, YEAR
from cisim.value import (
    OPEN,
    checks,
    ledger,
    perspective,
    pool_times,
    quantities,
    who_gains,
    worth,
)

if TYPE_CHECKING:
    from cisim.eventlog import EventLog
    from cisim.value import Quantity

START, END = 30 * DAY, 150 * DAY


def model() -> Model:
    ward = {
        "stay": "ward",
        "beds": ["ward"],
        "steps": [{"delay": "recovery", "duration": {"exponential": {"mean": "5 d"}}}],
    }
    limited = {**ward, "gives_up": {"after": "1 d", "steps": [{"leave": "turned away"}]}}
    return Model(
        cisim=1,
        model="toy",
        start=date(2025, 1, 1),
        pools={"ward": {"number": 14}, "home": {"kind": "slots", "owner": "council", "number": "unlimited"}},
        pathways={
            "emergency": {
                "arrivals": {"rate": "1.5 per day"},
                "steps": [
                    ward,
                    {
                        "stay": "home",
                        "beds": ["home"],
                        "steps": [{"delay": "care", "duration": "2 d"}],
                    },
                    {"leave": "home"},
                ],
            },
            "hips": {"arrivals": {"rate": "2 per day"}, "steps": [limited, {"leave": "home"}]},
        },
    )


VALUE = Value(
    cisim=1,
    value="toy",
    price_year=2025,
    first_year=2025,
    years=3,
    programme=({"item": "Coaching", "kind": "direct", "once": "£50,000"},),
    running=(
        {
            "item": "home care",
            "owner": "council",
            "for_each": "bed-day held",
            "of": "home",
            "cost": "£50",
            "cash": True,
        },
    ),
    options=(
        {
            "close": "Close two beds",
            "pool": "ward",
            "step": 2,
            "saves": {"normal": {"mean": "£100,000", "sd": "£10,000"}},
            "stranded": "20%",
            "after": "1 yr",
            "budget_line": "ward nursing",
            "holder": "matron",
            "date": "2026-01-01",
        },
        {
            "reinvest": "More hips",
            "pathway": "hips",
            "patients": 30,
            "each": {"marginal_cost": "£3,500", "income": "£6,000", "qalys": 0.8},
        },
        {"hold": "Wait and see"},
    ),
)


def runs(replication: int) -> dict[str, tuple[EventLog, EventLog, EventLog]]:
    base = model()
    arm = apply(base, (Cut(target="emergency/recovery", by="30%"),))
    closed = apply(arm, (SetNumber(target="ward", by=-2),))
    a = simulate(base, END, seed=4, replication=replication)
    b = simulate(arm, END, seed=4, replication=replication, replay=Replay.of(a))
    c = simulate(arm, END, seed=4, replication=replication)
    d = simulate(closed, END, seed=4, replication=replication)
    return {"Close two beds": (a, b, d), "More hips": (a, b, c), "Wait and see": (a, b, c), OPEN: (a, b, c)}


@pytest.fixture(scope="module")
def found() -> list[dict[str, tuple[EventLog, EventLog, EventLog]]]:
    return [runs(r) for r in range(3)]


OPTIONS = {**{o.name: o for o in VALUE.options}, OPEN: None}


def test_every_pool_agrees_with_the_measures_and_the_identity_is_exact(
    found: list[dict[str, tuple[EventLog, EventLog, EventLog]]],
) -> None:
    for made in found:
        for name, (a, b, c) in made.items():
            for spent in pool_times(a, b, c, OPTIONS[name], START, END):
                u = spent.uses()
                assert u["release"] == u["closed"] + u["reinvested"] + u["absorbed"] + u["idle_change"]
                for log, use in ((a, "occupied_A"), (b, "occupied_B"), (c, "occupied_C")):
                    assert u[use] == pytest.approx(held_time(log, spent.pool, START, END))
                if spent.pool == "ward":
                    capacity = capacity_time(a, "ward", START, END)
                    assert u["idle_A"] == pytest.approx(capacity - u["occupied_A"])


def test_shorter_stays_release_beds_and_a_closure_takes_out_its_places(
    found: list[dict[str, tuple[EventLog, EventLog, EventLog]]],
) -> None:
    for made in found:
        for name, logs in made.items():
            rows = quantities(*logs, OPTIONS[name], VALUE, START, END)
            of = {(q.use, q.pool): q.quantity for q in rows}
            assert of["release", "ward"] > 0
            assert of["release", "home"] == pytest.approx(
                -of["running:home care", "home"] + of["absorbed", "home"] + of["reinvested", "home"]
            )
            assert of["closed", "ward"] == pytest.approx(2 * 365.25 if name == "Close two beds" else 0)
            named = sum(q.quantity for q in rows if q.use == "patients_reinvested")
            assert named == (
                pytest.approx(round(30 * (END - START) / YEAR) * YEAR / (END - START))
                if name == "More hips"
                else 0
            )


def test_the_ledger_of_a_model_reconciles(
    found: list[dict[str, tuple[EventLog, EventLog, EventLog]]],
) -> None:
    by_option: dict[str, list[list[Quantity]]] = {
        name: [quantities(*made[name], OPTIONS[name], VALUE, START, END) for made in found]
        for name in OPTIONS
    }
    waiting = by_option.pop(OPEN)
    table = ledger(VALUE, by_option, draws=60, open_queue=waiting).table()
    assert all(c.passed for c in checks(table))
    close = worth(table, "Close two beds", perspective("provider"))
    assert close.cash["mean"].iloc[0] == pytest.approx(-50_000)
    assert close.cash["mean"].iloc[1:].tolist() == pytest.approx([80_000, 80_000], abs=4 * 8_000 / 60**0.5)
    assert worth(table, "Wait and see", perspective("provider")).figures["cash_benefit"].value == 0
    gains = who_gains(table)
    assert gains.groupby("scenario")["transfers"].sum().abs().max() < 0.01
    assert set(gains["owner"]) == {"provider", "council", "commissioner", "patients"}
