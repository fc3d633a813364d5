"""What became of released capacity, from event logs written by hand and by chance."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from cisim.errors import DataError, ModelError
from cisim.eventlog import Event, EventLog, Pool, StepName
from cisim.spec.value import Close, Hold, Redeploy, Reinvest, RunningItem, Value
from cisim.units import DAY, HOUR, YEAR
from cisim.value import OPEN, extra_patients, pool_times, quantities

Row = tuple[str, int, Event, int, str, str, int]
STEPS = (
    StepName("emergency", "ward", "stay"),
    StepName("emergency", "review", "round"),
    StepName("hips", "ward", "stay"),
    StepName("hips", "tail", "delay"),
)
WORTH = {"marginal_cost": "£100"}


def pool(name: str, number: int | None, kind: str = "beds", owner: str = "provider") -> Pool:
    if number is None:
        return Pool(name, kind, owner, unlimited=True)
    return Pool(name, kind, owner, np.array([0]), np.array([number]))


def stay(pathway: str, patient: int, arrive: int, begin: int, give: int, bed: str = "ward") -> list[Row]:
    rows: list[Row] = [
        (pathway, patient, Event.ARRIVE, arrive, "", "", 0),
        (pathway, patient, Event.ASK, arrive, "ward", "", 0),
        (pathway, patient, Event.BEGIN, begin, "ward", bed, 0),
        (pathway, patient, Event.TAKE, begin, "ward", bed, 1),
        (pathway, patient, Event.GIVE, give, "ward", bed, 1),
        (pathway, patient, Event.LEAVE, give, "", "", 0),
    ]
    return rows


def gave_up(pathway: str, patient: int, arrive: int) -> list[Row]:
    return [
        (pathway, patient, Event.ARRIVE, arrive, "", "", 0),
        (pathway, patient, Event.ASK, arrive, "ward", "", 0),
        (pathway, patient, Event.GIVE_UP, arrive + HOUR, "ward", "", 0),
        (pathway, patient, Event.LEAVE, arrive + HOUR, "", "", 0),
    ]


def log(
    rows: list[Row],
    pools: tuple[Pool, ...],
    end: int,
    openings: tuple[int, ...] = (),
    *,
    start: date = date(2025, 1, 1),
    pathways: tuple[str, ...] = ("emergency", "hips"),
) -> EventLog:
    order = sorted(range(len(rows)), key=lambda i: (pathways.index(rows[i][0]), rows[i][1], i))
    rows = [r for r in (rows[i] for i in order) if r[3] < end]
    step = {(s.pathway, s.name): i for i, s in enumerate(STEPS)}
    bed = {p.name: i for i, p in enumerate(pools)}
    n = len(rows)

    def column(values: list[int]) -> np.ndarray:
        return np.array(values, np.int64)

    return EventLog(
        start=start,
        end=end,
        pathways=pathways,
        steps=STEPS,
        pools=pools,
        details=("home",),
        pathway=column([pathways.index(r[0]) for r in rows]),
        patient=column([r[1] for r in rows]),
        spell=np.zeros(n, np.int64),
        sequence=np.arange(n, dtype=np.int64),
        time=column([r[3] for r in rows]),
        event=column([int(r[2]) for r in rows]),
        step=column([step.get((r[0], r[4]), -1) for r in rows]),
        visit=np.zeros(n, np.int64),
        pool=column([bed.get(r[5], -1) for r in rows]),
        units=column([r[6] for r in rows]),
        detail=np.full(n, -1, np.int64),
        openings=((1, column(list(openings))),),
    )


def value(running: tuple[RunningItem, ...] = ()) -> Value:
    return Value(
        cisim=1,
        value="v",
        price_year=2025,
        first_year=2025,
        years=3,
        options=(Hold(hold="wait"),),
        running=running,
    )


def hips(patients: int) -> Reinvest:
    return Reinvest(reinvest="more hips", pathway="hips", patients=patients, each=WORTH)


def uses(found: list[object], where: str = "ward") -> dict[str, float]:
    return {q.use: q.quantity for q in found if q.pool == where}


TWO = (pool("ward", 2),)
WINDOW = 10 * DAY
PER_YEAR = YEAR / WINDOW


def three_runs() -> tuple[EventLog, EventLog, EventLog]:
    """A: stays of 4 and 5 days; B: 2 and 3 days; C: those, a hip of 4 days and an emergency of 2."""
    same = stay("emergency", 1, 0, 0, 2 * DAY) + stay("emergency", 2, 0, 0, 3 * DAY)
    a = stay("emergency", 1, 0, 0, 4 * DAY) + stay("emergency", 2, 0, 0, 5 * DAY)
    a += gave_up("hips", 0, 0) + gave_up("emergency", 3, DAY)
    c = same + stay("hips", 0, 0, 2 * DAY, 6 * DAY) + stay("emergency", 3, DAY, 3 * DAY, 5 * DAY)
    return log(a, TWO, WINDOW, (DAY,)), log(same, TWO, WINDOW), log(c, TWO, WINDOW, (DAY, 2 * DAY, 9 * DAY))


def test_a_week_counted_by_hand() -> None:
    a, b, c = three_runs()
    got = uses(quantities(a, b, c, hips(100), value(), 0, WINDOW))
    want = {
        "release": 4,
        "occupied_A": 9,
        "occupied_B": 5,
        "occupied_C": 11,
        "idle_A": 11,
        "idle_C": 9,
        "closed": 0,
        "redeployed": 0,
        "reinvested": 4,
        "absorbed": 2,
        "idle_change": -2,
    }
    assert got == pytest.approx({k: v * PER_YEAR for k, v in want.items()})


def test_patients_are_named_only_by_an_option_that_names_them() -> None:
    a, b, c = three_runs()
    for option, named, others in (
        (hips(100), 1, 1),
        (Hold(hold="wait"), 0, 2),
        (None, 0, 2),
        (hips(0), 0, 2),
    ):
        rows = quantities(a, b, c, option, value(), 0, WINDOW)
        count = {u: sum(q.quantity for q in rows if q.use == u) for u in {q.use for q in rows}}
        assert count["patients_reinvested"] == pytest.approx(named * PER_YEAR)
        assert count["patients_absorbed"] == pytest.approx(others * PER_YEAR)
        assert count["patients_lost"] == 0
        assert uses(rows)["reinvested"] == pytest.approx(4 * named * PER_YEAR)
        assert {q.option for q in rows} == {OPEN if option is None else option.name}


def test_the_list_ends_with_the_earliest_arrivals() -> None:
    extra = [r for p in range(6) for r in stay("hips", p, (5 - p) * DAY, (5 - p) * DAY, 6 * DAY)]
    a, c = log([], TWO, YEAR), log(extra, TWO, YEAR)
    found = extra_patients(a, c, hips(2), 0, YEAR)
    assert [p.number for p in found.named] == [5, 4]
    assert [p.number for p in found.absorbed] == [3, 2, 1, 0]
    half = extra_patients(a, c, hips(2), 0, YEAR // 2)
    assert [p.number for p in half.named] == [5]


def test_congestion_goes_with_the_own_use_of_those_who_cause_it() -> None:
    same = stay("emergency", 1, 0, 0, 3 * DAY)
    crowded = stay("emergency", 1, 0, 0, 7 * DAY)
    more = stay("hips", 0, 0, 0, 3 * DAY) + stay("emergency", 2, 0, 0, DAY)
    a, b, c = log(same, TWO, WINDOW), log(same, TWO, WINDOW), log(crowded + more, TWO, WINDOW)
    got = uses(quantities(a, b, c, hips(100), value(), 0, WINDOW))
    # Own use 3 and 1 days; congestion 4 days, so 3 and 1 of it.
    assert got["reinvested"] == pytest.approx(6 * PER_YEAR)
    assert got["absorbed"] == pytest.approx(2 * PER_YEAR)


def test_a_closure_loses_patients_and_the_identity_still_holds() -> None:
    served = stay("emergency", 1, 0, 0, 4 * DAY) + stay("hips", 0, 0, 0, 4 * DAY)
    sooner = stay("emergency", 1, 0, 0, 3 * DAY) + stay("hips", 0, 0, 0, 3 * DAY)
    fewer = stay("emergency", 1, 0, 0, 3 * DAY) + gave_up("hips", 0, 0)
    a, b, c = log(served, TWO, WINDOW), log(sooner, TWO, WINDOW), log(fewer, (pool("ward", 1),), WINDOW)
    bay = Close(close="a bed", pool="ward", step=1, saves="£1", stranded=0)
    rows = quantities(a, b, c, bay, value(), 0, WINDOW)
    got = uses(rows)
    assert got["closed"] == pytest.approx(10 * PER_YEAR)
    assert got["release"] == pytest.approx(2 * PER_YEAR)
    assert got["absorbed"] == pytest.approx(-3 * PER_YEAR)
    assert got["idle_change"] == pytest.approx((2 - 10 + 3) * PER_YEAR)
    assert [(q.pathway, q.quantity > 0) for q in rows if q.use == "patients_lost"] == [
        ("emergency", False),
        ("hips", True),
    ]


def test_a_step_that_is_moved_is_redeployed_and_not_closed() -> None:
    served = stay("emergency", 1, 0, 0, 4 * DAY) + stay("hips", 0, 0, 0, 4 * DAY)
    sooner = stay("emergency", 1, 0, 0, 3 * DAY) + stay("hips", 0, 0, 0, 3 * DAY)
    both, moved = (pool("ward", 2), pool("clinic", 0)), (pool("ward", 1), pool("clinic", 1))
    a, b, c = (
        log(rows, pools, WINDOW) for rows, pools in ((served, both), (sooner, both), (sooner[:0], moved))
    )
    step = {"pool": "ward", "step": 1, "saves_there": "£1"}
    got = uses(quantities(a, b, c, Redeploy(redeploy="a bed", to="clinic", **step), value(), 0, WINDOW))
    assert (got["redeployed"], got["closed"]) == (pytest.approx(WINDOW / DAY * PER_YEAR), 0)
    parts = sum(got[u] for u in ("closed", "redeployed", "reinvested", "absorbed", "idle_change"))
    assert got["release"] == pytest.approx(parts)


def test_only_time_inside_the_window_counts_and_earlier_extras_are_told_apart() -> None:
    a = log([], TWO, 20 * DAY)
    c = log(stay("hips", 0, 2 * DAY, 2 * DAY, 14 * DAY), TWO, 20 * DAY)
    rows = quantities(a, a, c, hips(1000), value(), 10 * DAY, 20 * DAY)
    assert uses(rows)["reinvested"] == pytest.approx(4 * PER_YEAR)
    assert sum(q.quantity for q in rows if q.use == "patients_reinvested") == 0


def test_a_pool_without_limit_has_no_idle_time_but_keeps_the_identity() -> None:
    slots = (pool("home", None, "slots", "council"),)
    a = log(stay("hips", 0, 0, 0, 2 * DAY, "home"), slots, WINDOW)
    c = log(stay("hips", 0, 0, 0, 5 * DAY, "home"), slots, WINDOW)
    rows = quantities(a, a, c, None, value(), 0, WINDOW)
    got = uses(rows, "home")
    assert (got["idle_A"], got["closed"]) == (0, 0)
    assert got["idle_change"] == got["idle_C"] == pytest.approx(-3 * PER_YEAR)
    assert got["release"] == pytest.approx(got["absorbed"] + got["idle_change"])
    assert {q.unit for q in rows if q.pool == "home"} == {"bed-day"}
    assert {q.owner for q in rows if q.pool == "home" or q.pathway == "hips"} == {"council"}


def random_runs(seed: int) -> tuple[EventLog, EventLog, EventLog]:
    """Three logs with nothing in common but their patients: the identity is arithmetic, not behaviour."""
    rng = np.random.default_rng(seed)
    end = 60 * DAY + 12_345
    made = []
    for _ in range(3):
        pools = (
            Pool("ward", "beds", "provider", np.array([0, 7 * DAY, 31 * DAY]), rng.integers(0, 50, 3)),
            pool("nurses", int(rng.integers(0, 9)), "staff"),
            pool("home", None if rng.random() < 0.3 else 5, "slots", "council"),
        )
        rows: list[Row] = []
        for patient in range(40):
            pathway = "hips" if patient % 2 else "emergency"
            arrive = patient * DAY
            if rng.random() < 0.3:
                rows += gave_up(pathway, patient, arrive)
            else:
                begin = arrive + int(rng.integers(0, 9 * DAY))
                bed = pools[int(rng.integers(0, 3))].name
                rows += stay(pathway, patient, arrive, begin, begin + int(rng.integers(1, 30 * DAY)), bed)
        made.append(log(rows, pools, end))
    return made[0], made[1], made[2]


@pytest.mark.parametrize("seed", range(20))
def test_every_unit_of_capacity_has_one_use(seed: int) -> None:
    a, b, c = random_runs(seed)
    start, end = 9 * DAY + 777, a.end - 1
    for option in (hips(50), Hold(hold="wait")):
        for spent in pool_times(a, b, c, option, start, end):
            u = spent.uses()
            assert all(isinstance(v, int) for v in u.values())
            assert (
                u["release"]
                == u["closed"] + u["redeployed"] + u["reinvested"] + u["absorbed"] + u["idle_change"]
            )
            assert u["release"] == u["occupied_A"] - u["occupied_B"]
            assert u["idle_change"] == u["idle_C"] - u["idle_A"]
            assert u["reinvested"] + u["absorbed"] == u["occupied_C"] - u["occupied_B"]
        rows = quantities(a, b, c, option, value(), start, end)
        for name in ("ward", "nurses", "home"):
            f = uses(rows, name)
            parts = f["closed"] + f["reinvested"] + f["absorbed"] + f["idle_change"]
            assert parts == pytest.approx(f["release"], abs=1e-9 * max(1, f["occupied_A"]))


def test_nothing_changes_between_a_run_and_itself() -> None:
    a = random_runs(3)[0]
    rows = quantities(a, a, a, hips(50), value(), 0, a.end)
    changed = [q for q in rows if not q.use.startswith(("occupied", "idle_A", "idle_C")) and q.quantity != 0]
    assert changed == []


def test_running_items_count_scenario_less_baseline() -> None:
    items = (
        RunningItem(item="round", for_each="opening", of="emergency/review", cost="£1", cash=False),
        RunningItem(item="stays", for_each="patient seen", of="hips/ward", cost="£1", cash=True),
        RunningItem(item="days", for_each="bed-day held", of="ward", cost="£1", cash=True),
        RunningItem(item="hours", for_each="hour held", of="ward", cost="£1", cash=True),
    )
    a, b, c = three_runs()
    rows = quantities(a, b, c, None, value(items), 0, WINDOW)
    got = {q.use: (q.quantity / PER_YEAR, q.unit) for q in rows if q.use.startswith("running:")}
    assert got == {
        "running:round": (pytest.approx(2), "opening"),
        "running:stays": (pytest.approx(1), "patient seen"),
        "running:days": (pytest.approx(2), "bed-day held"),
        "running:hours": (pytest.approx(48), "hour held"),
    }
    late = quantities(a, b, c, None, value(items), 0, 5 * DAY)
    assert next(q.quantity for q in late if q.use == "running:round") == pytest.approx(YEAR / (5 * DAY))


def test_names_and_windows_that_cannot_be_are_refused() -> None:
    a, b, c = three_runs()
    wrong = value(
        (RunningItem(item="round", for_each="opening", of="emergency/reveiw", cost="£1", cash=False),)
    )
    with pytest.raises(ModelError, match=r"running\.0\.of.*did you mean 'emergency/review'"):
        quantities(a, b, c, None, wrong, 0, WINDOW)
    with pytest.raises(DataError, match="inside the time"):
        quantities(a, b, c, None, value(), 0, WINDOW + 1)
    other = log([], TWO, WINDOW, start=date(2025, 1, 2))
    with pytest.raises(DataError, match="one day"):
        quantities(a, b, other, None, value(), 0, WINDOW)


def test_who_gave_up_any_queue_is_not_treated() -> None:
    seen = stay("hips", 0, 0, 0, DAY)
    half = [
        *seen[:-1],
        ("hips", 0, Event.GIVE_UP, 2 * DAY, "ward", "", 0),
        ("hips", 0, Event.LEAVE, 2 * DAY, "", "", 0),
    ]
    waited = [("hips", 1, Event.ARRIVE, 0, "", "", 0), ("hips", 1, Event.BEGIN, DAY, "tail", "", 0)]
    nobody, everybody = log([], TWO, WINDOW), log(seen, TWO, WINDOW)
    assert len(extra_patients(nobody, everybody, None, 0, WINDOW).absorbed) == 1
    assert extra_patients(nobody, log(half + waited, TWO, WINDOW), None, 0, WINDOW).absorbed == ()
