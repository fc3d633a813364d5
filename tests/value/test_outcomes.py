"""Outcomes: every count against a log made by hand, their lines in the ledger, and carbon against a published sum."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from cisim.errors import ModelError
from cisim.eventlog import EventLog, Pool
from cisim.spec import COUNTS, Counted, Value
from cisim.units import DAY, HOUR, YEAR
from cisim.value import (
    CARBON_VALUES,
    CROWDING,
    GREEN_BOOK_MONEY,
    Book,
    Quantity,
    at_prices_of,
    by_draw,
    cash_by_draw,
    checks,
    counted,
    ledger,
    perspective,
    quantities,
    who_gains,
    worth,
)
from tests.measures.conftest import build

END = 10 * DAY
HOLD: dict[str, Any] = {"hold": "Wait"}
BEDS = Pool("beds", "beds", "provider", np.array([0]), np.array([2]))


def stay(who: int, arrive: float, ask: float, begin: float, give: float) -> list[tuple[Any, ...]]:
    """Hours: one patient's stay; the last six of them blocked."""
    times = [
        (arrive, "arrive"),
        (ask, "ask", "ward"),
        (begin, "take", "ward", "beds"),
        (begin, "begin", "ward"),
    ]
    times += [(give - 6, "ready", "ward"), (give, "give", "ward", "beds"), (give, "leave", "", "", "home")]
    return [(who, int(t * HOUR), *rest) for t, *rest in times]


def by_hand() -> EventLog:
    """Six passages of a ward of two beds that is once held by three; one gives up, one waits to the end."""
    rows = stay(1, 0, 0, 7, 31) + stay(1, 100, 100, 100, 124) + stay(2, 0, 2, 9, 57) + stay(3, 10, 10, 18, 42)
    rows += [(4, 20 * HOUR, "arrive"), (4, 20 * HOUR, "ask", "ward"), (4, 26 * HOUR, "give_up", "ward")]
    rows += [
        (4, 26 * HOUR, "leave", "", "", "left"),
        (5, 233 * HOUR, "arrive"),
        (5, 233 * HOUR, "ask", "ward"),
    ]
    rows += [(6, 50 * HOUR, "arrive"), (6, 50 * HOUR, "ask", "scan"), (6, 51 * HOUR, "begin", "scan")]
    rows += [
        (6, 52 * HOUR, "interrupt", "scan"),
        (6, 53 * HOUR, "resume", "scan"),
        (6, 54 * HOUR, "end", "scan"),
    ]
    rows += [(6, 54 * HOUR, "leave", "", "", "home")]
    opened = ((2, np.array([9 * HOUR, 33 * HOUR])),)
    kinds = {"ward": "stay", "scan": "activity", "visit": "round"}
    return build(rows, END, pools=(BEDS,), kinds=kinds, openings=opened)


BY_HAND: list[tuple[dict[str, Any], float]] = [
    # waited: 7 and 0 (patient 1, twice), 7 (2), 8 (3), 6 until giving up (4), 7 so far (5); scan 1 (6)
    ({"measure": "wait", "step": "ward"}, 7 + 7 + 8 + 6 + 7),
    ({"measure": "wait"}, 36),
    ({"measure": "wait", "statistic": "gave_up", "step": "ward"}, 1),
    ({"measure": "wait", "above": "6 h", "below": "8 h", "step": "ward"}, 4),
    ({"measure": "wait", "above": "6 h", "below": "8 h", "step": "ward", "since": "arriving"}, 3),
    ({"measure": "wait", "above": "8 h", "below": "12 h", "step": "ward", "since": "arriving"}, 1),
    ({"measure": "wait", "above": "8 h"}, 0),
    ({"measure": "wait", "below": "6 h"}, 3),
    ({"measure": "length_of_stay", "step": "ward"}, 1 + 1 + 2 + 1),
    ({"measure": "length_of_stay", "pathway": "all"}, (31 + 24 + 57 + 32 + 4) / 24),
    ({"measure": "length_of_stay", "above": "1 d", "step": "ward"}, 1),
    ({"measure": "length_of_stay", "below": "1 d"}, 2),
    ({"measure": "throughput"}, 5),
    ({"measure": "arrivals", "pathway": "all"}, 7),
    ({"measure": "readmissions"}, 1),
    ({"measure": "turned_away"}, 1),
    ({"measure": "turned_away", "step": "ward"}, 1),
    ({"measure": "outcomes", "statistic": "left"}, 1),
    ({"measure": "outcomes", "statistic": "home"}, 5),
    ({"measure": "seen", "step": "ward"}, 4),
    ({"measure": "seen"}, 5),
    ({"measure": "openings", "step": "visit"}, 2),
    ({"measure": "blocked"}, 4 * 6 / 24),
    ({"measure": "interrupted"}, 1),
    ({"measure": "held_time", "pool": "beds"}, 5),
    ({"measure": "turning_time", "pool": "beds"}, 0),
    ({"measure": "capacity_time", "pool": "beds"}, 20),
    ({"measure": "idle_time", "pool": "beds"}, 15),
    ({"measure": "overrun_time", "pool": "beds"}, 13 / 24),  # three in two beds from hour 18 to hour 31
]


@pytest.mark.parametrize(("of", "want"), BY_HAND, ids=lambda x: str(x)[:60])
def test_each_count_of_a_log_made_by_hand(of: dict[str, Any], want: float) -> None:
    assert counted(by_hand(), Counted(**of), 0, END) == pytest.approx(want, abs=1e-12)


def test_every_measure_that_adds_up_is_counted_by_hand() -> None:
    assert {of["measure"] for of, _ in BY_HAND} == set(COUNTS)


def test_a_band_and_its_rest_are_everybody_and_only_the_window_counts() -> None:
    log = by_hand()
    parts = [("6 h", None), (None, "6 h")]
    sums = [counted(log, Counted(measure="wait", step="ward", above=a, below=b), 0, END) for a, b in parts]
    assert sum(sums) == 6  # who asked for the ward
    assert counted(log, Counted(measure="wait", step="ward"), 8 * HOUR, 9 * HOUR) == 1.0  # patient 2 alone
    with pytest.raises(ModelError, match="got nowhere by wait, of which the run has nothing to count"):
        counted(log, Counted(measure="wait", step="nowhere"), 0, END)


def valued(*outcomes: dict[str, Any], **fields: Any) -> Value:
    given = {"cisim": 1, "value": "v", "price_year": 2024, "first_year": 2025, "years": 5, "options": (HOLD,)}
    return Value(**{**given, **fields}, outcomes=tuple({"source": "made up", **o} for o in outcomes))


LATE = {
    "outcome": "six to eight hours",
    "of": "deaths associated with crowding",
    "counts": {"measure": "wait", "above": "6 h", "below": "8 h", "step": "ward"},
    "each": {"deaths": 1 / 82, "qalys": -0.1},
}


def test_scenario_less_baseline_a_year_and_what_neither_has_is_refused() -> None:
    empty = build(stay(1, 0, 0, 0, 24), END, pools=(BEDS,), kinds={"ward": "stay", "scan": "activity"})
    value = valued(LATE)
    found = [
        q for q in quantities(by_hand(), empty, empty, None, value, 0, END) if q.use.startswith("outcome")
    ]
    assert [(q.use, q.pathway, q.owner, q.unit) for q in found] == [
        ("outcome:six to eight hours", "", "patients", "patient")
    ]
    assert found[0].quantity == pytest.approx(-4 * YEAR / END)
    odd = valued({**LATE, "counts": {"measure": "openings", "step": "scan"}})
    with pytest.raises(ModelError, match=r"outcomes\.0\.counts: got scan by openings, of which neither run"):
        quantities(empty, empty, empty, None, odd, 0, END)
    once = valued({**LATE, "counts": {"measure": "openings", "step": "visit"}})
    [fewer] = [q for q in quantities(by_hand(), empty, empty, None, once, 0, END) if "outcome" in q.use]
    assert (fewer.quantity, fewer.unit) == (pytest.approx(-2 * YEAR / END), "opening")


def made(value: Value, number: float, unit: str = "patient", draws: int = 1) -> Book:
    rows = [
        Quantity(
            "Wait", f"outcome:{o.outcome}", o.counts.pool or "", o.counts.pathway or "", o.owner, number, unit
        )
        for o in value.outcomes
    ]
    return ledger(value, {"Wait": [rows]}, draws=draws)


def test_deaths_are_told_and_health_is_worth_what_the_perspective_says() -> None:
    book = made(valued(LATE), -82.0)
    lines = [
        (line.unit, line.currency, line.kind, float(np.asarray(line.quantity)[0, 0])) for line in book.lines
    ]
    assert lines == [
        ("patient", "", "unmonetised", -82.0),
        ("patient", "QALY", "non-cash-releasing", -82.0),
        ("death", "", "unmonetised", pytest.approx(-1.0)),
    ]
    found = worth(book, "Wait", perspective("NICE"))
    assert found.figures["deaths"].value == pytest.approx(-5)
    told = "Wait: -5.0 deaths over 5 years (95% of draws: -5.0 to -5.0; not discounted)."
    assert found.figures["deaths"].words == told
    assert found.figures["qalys"].value == pytest.approx(8.2 * GREEN_BOOK_MONEY.factor(np.arange(5)).sum())
    assert found.figures["service_benefit"].value == pytest.approx(20_000 * found.figures["qalys"].value)
    assert worth(book, "Wait", perspective("provider")).figures["npv"].value == 0
    assert all(check.passed for check in checks(book))


def test_crowding_is_jones_and_others_by_band() -> None:
    assert [(b.above, b.below, b.patients_a_death) for b in CROWDING] == [
        ("6 h", "8 h", 82),
        ("8 h", "12 h", 72),
    ]
    assert all("not shown to be cause" in b.source for b in CROWDING)


CARBON = {
    "outcome": "carbon of bed-days",
    "of": "carbon",
    "counts": {"measure": "held_time", "pool": "ward"},
    "each": {"carbon": 45},
}


def test_carbon_of_a_published_sum() -> None:
    # economics: 4,380 bed-days a year at 45 kg are 197.1 t, worth £259,015.5577 over 2025 to 2029 at 3.5%
    book = made(valued(CARBON, price_year=2022), -4380.0, "bed-day")
    [line] = [line for line in book.lines if line.unit == "kgCO2e"]
    assert (line.kind, line.category, line.owner) == ("societal", "sustainability", "everybody")
    assert np.asarray(line.quantity)[0].tolist() == [-197_100.0] * 5
    assert line.amount().sum() == pytest.approx(277_424.1630, abs=1e-4)
    for name, want in (
        ("Green Book", 259_015.5577),
        ("health department", 259_015.5577),
        ("NICE", 0),
        ("provider", 0),
    ):
        draws = by_draw(book, "Wait", perspective(name))
        assert draws.loc[0, "service_benefit"] == pytest.approx(want, abs=1e-4)
        assert draws.loc[0, ["cash_benefit", "cash_cost", "qalys"]].tolist() == [0, 0, 0]
        assert worth(book, "Wait", perspective(name)).figures["carbon"].value == pytest.approx(-197.1 * 5)
    assert CARBON_VALUES.each_year(2025, 5) == pytest.approx([273.06, 277.22, 281.44, 285.73, 290.08])


def test_carbon_is_in_the_files_own_prices() -> None:
    [then, now] = [made(valued(CARBON, price_year=y), -1000.0).lines[1].amount()[0, 0] for y in (2022, 2024)]
    assert now / then == pytest.approx(100 / 90.5005)
    assert at_prices_of(395, 2022, 2024) == (pytest.approx(436.46, abs=0.01), 2024)
    later = made(valued(CARBON, price_year=2026), -1000.0).lines[1]
    assert "here in 2024 prices" in later.source
    assert later.amount()[0, 0] == pytest.approx(now)


def test_carbon_values_go_on_at_their_own_growth() -> None:
    assert CARBON_VALUES.each_year(2031, 1)[0] == pytest.approx(294.5 * 1.015)
    assert CARBON_VALUES.each_year(2024, 2) == pytest.approx([273.06 / 1.015, 273.06])
    steps = np.diff(CARBON_VALUES.pounds) / np.array(CARBON_VALUES.pounds[:-1])
    assert steps == pytest.approx(CARBON_VALUES.growth, abs=3e-4)


OVERTIME = {
    "outcome": "overtime",
    "of": "overtime",
    "counts": {"measure": "overrun_time", "pool": "nurse"},
    "each": {"money": "-£50"},
    "kind": "cash-releasing",
    "category": "cost reduction",
    "owner": "provider",
    "budget_line": "nursing overtime",
    "holder": "matron",
    "date": date(2026, 7, 2),
}


def test_cash_names_its_line_and_holder_and_begins_on_its_day() -> None:
    book = made(valued(OVERTIME), -100.0, "hour")
    cash = cash_by_draw(book, "Wait", perspective("provider"))
    assert cash[0] == pytest.approx([0, 5000 * (1 - 182 / 365), 5000, 5000, 5000])
    [line] = [line for line in book.lines if line.currency == "GBP"]
    assert line.budget_line == "nursing overtime, held by matron, from 2026-07-02"
    bare = Book.of(book.table().assign(budget_line=""))
    assert [check.check for check in checks(bare) if not check.passed] == ["named"]


def test_without_a_dated_action_nothing_is_cash() -> None:
    time = {k: v for k, v in OVERTIME.items() if k not in ("kind", "budget_line", "holder", "date")}
    book = made(valued(time), -100.0, "hour")
    assert not cash_by_draw(book, "Wait", perspective("provider")).any()
    draws = by_draw(book, "Wait", perspective("provider"))
    assert draws.loc[0, "service_benefit"] == pytest.approx(
        5000 * GREEN_BOOK_MONEY.factor(np.arange(5)).sum()
    )
    assert draws.loc[0, "cash_benefit"] == 0


def test_society_counts_where_the_perspective_says_so_and_health_is_never_cash() -> None:
    both = {**OVERTIME, "each": {"money": "£10", "qalys": 0.01}, "kind": "societal", "owner": "patients"}
    book = made(valued({k: v for k, v in both.items() if k not in ("budget_line", "holder", "date")}), 100.0)
    money = {n: by_draw(book, "Wait", perspective(n)).loc[0, "money"] for n in ("NICE", "Green Book")}
    assert money["NICE"] == 0
    assert money["Green Book"] == pytest.approx(1000 * GREEN_BOOK_MONEY.factor(np.arange(5)).sum())
    cash = made(valued({**OVERTIME, "each": {"money": "-£50", "qalys": -0.01}}), -100.0)
    assert {line.currency: line.kind for line in cash.lines if line.currency} == {
        "GBP": "cash-releasing",
        "QALY": "non-cash-releasing",
    }


def test_unmonetised_outcomes_are_counted_and_priced_nowhere() -> None:
    book = made(valued({**CARBON, "each": {"carbon": 45, "money": "-£3"}, "kind": "unmonetised"}), -10.0)
    assert not sum(np.abs(line.amount()).sum() for line in book.lines)
    assert [line.unit for line in book.lines] == ["patient", "kgCO2e"]


def test_an_uncertain_worth_is_drawn_and_the_table_comes_back() -> None:
    value = valued({**LATE, "each": {"qalys": {"normal": {"mean": -0.1, "sd": 0.02}}}}, CARBON)
    book = made(value, -50.0, draws=200)
    health = by_draw(book, "Wait", perspective("NICE"))["qalys"]
    assert health.std() > 0
    back = Book.of(book.table())
    assert by_draw(back, "Wait", perspective("Green Book"))["npv"].to_numpy() == pytest.approx(
        by_draw(book, "Wait", perspective("Green Book"))["npv"].to_numpy()
    )
    gains = who_gains(book).set_index("owner")
    assert gains.loc["everybody", "societal"] > 0
    assert gains.loc["everybody", "other_money"] == 0, "nobody is paid what society is worth"
    assert gains.loc["patients", "qalys"] > 0
