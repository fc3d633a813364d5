"""What is described of an extract is what pandas says of the same file, worked out by other means."""

import numpy as np
import pandas as pd
import pytest

from cisim.records import describe, importing

DAYS = 84
HOUR = pd.Timedelta(hours=1)
MAPPING = """cisim: 1
records: a department
one_row: visit
dates: day first
patient: id
pathway: stream
arrived: came
left: gone
outcome: how
covers: {from: 2024-01-01, until: 2024-03-25}
steps:
  - {step: seen, asked: came, began: seen}
  - {step: decided, asked: seen, began: decided}
  - {step: cubicle, kind: stay, began: came, pool: cubicles}
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    luck = np.random.default_rng(11)
    days = luck.gamma(40, 1 / 40, DAYS)  # good and bad days
    rate = (
        3
        * (1 + 0.8 * np.sin(2 * np.pi * (np.arange(DAYS * 24) % 24 - 8) / 24))
        * days[np.arange(DAYS * 24) // 24]
    )
    hours = np.repeat(np.arange(DAYS * 24), luck.poisson(rate))
    size = len(hours)
    start = pd.Timestamp("2024-01-01")
    made = pd.DataFrame(
        {"came": start + pd.to_timedelta(hours * 60 + luck.integers(0, 60, size), unit="min")}
    )
    made["seen"] = made.came + pd.to_timedelta(5 + luck.exponential(50, size).astype(int), unit="min")
    made["decided"] = made.seen + pd.to_timedelta(10 + luck.exponential(40, size).astype(int), unit="min")
    made["gone"] = made.decided + pd.to_timedelta(20 + luck.gamma(2, 60, size).astype(int), unit="min")
    made.loc[luck.random(size) < 0.6, "decided"] = pd.NaT
    made["stream"] = luck.choice(["majors", "minors"], size)
    made["how"] = luck.choice(["home", "ward", "left"], size, p=[0.7, 0.25, 0.05])
    made.loc[[10, 20, 30], "how"] = "daughter Jane rang"
    made = made[made.gone < start + pd.Timedelta(days=DAYS)].sort_values("came").reset_index(drop=True)
    folder = tmp_path_factory.mktemp("hand")
    made.rename_axis("id").to_csv(folder / "x.csv", date_format="%d/%m/%Y %H:%M")
    (folder / "map.yaml").write_text(MAPPING)
    with importing(folder / "x.csv", folder / "map.yaml") as (store, quality):
        assert quality.used == len(made)
        return made, describe(store, "a department")


def test_arrivals_by_hour_of_the_week_and_how_they_vary(both):
    made, found = both
    every = found.arrivals[0]
    hourly = made.set_index("came").resample("h").size().reindex(
        pd.date_range("2024-01-01", periods=DAYS * 24, freq="h"), fill_value=0
    )  # fmt: skip
    week = hourly.groupby([hourly.index.day_of_week, hourly.index.hour])
    wanted = [None if 0 < n < 5 else m for n, m in zip(week.sum(), week.mean(), strict=True)]
    assert every.by_hour == pytest.approx(wanted)
    assert every.hour_dispersion == pytest.approx(week.var().sum() / week.mean().sum())
    daily = hourly.resample("D").sum()
    weekday = daily.groupby(daily.index.day_of_week)
    ratio = weekday.var().sum() / weekday.mean().sum()
    assert every.day_dispersion == pytest.approx(ratio)
    assert every.day_cv == pytest.approx(np.sqrt(max(ratio - 1, 0) / daily.mean()))
    assert {a.pathway: a.number for a in found.arrivals[1:]} == made.stream.value_counts().to_dict()
    assert found.weekday.arrivals == pytest.approx(list(weekday.mean()))


def test_stays_by_pathway(both):
    made, found = both
    long = (made.gone - made.came) / pd.Timedelta(days=1)
    for name, one in long.groupby(made.stream):
        told = next(s for s in found.stays if s.kind == "pathway" and s.what == name)
        assert (told.number, told.open) == (len(one), 0)
        assert (told.mean, told.sd) == pytest.approx((one.mean(), one.std()))
        assert told.quantiles == pytest.approx(list(one.quantile([0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])))


def test_the_pathway_as_it_was_walked(both):
    made, found = both
    told = {(e.since, e.to): (e.number, e.median / 60_000) for e in found.edges}
    minute = pd.Timedelta(minutes=1)
    decided = made.decided.notna()
    ways = {
        ("arrives", "seen"): (made.seen - made.came) / minute,
        ("seen", "decided"): ((made.decided - made.seen) / minute)[decided],
        ("decided", "leaves"): ((made.gone - made.decided) / minute)[decided],
        ("seen", "leaves"): ((made.gone - made.seen) / minute)[~decided],
    }
    assert told == {k: (len(v), v.median()) for k, v in ways.items()}


def test_the_census_at_full_hours(both):
    made, found = both
    at = pd.date_range("2024-01-01", periods=DAYS * 24, freq="h")
    there = pd.Series([((made.came <= t) & (made.gone > t)).sum() for t in at], at)
    for told in found.census:  # all patients, and the cubicles that each holds
        assert told.by_hour == pytest.approx(list(there.groupby(there.index.hour).mean()))
        midnight = there[there.index.hour == 0]
        assert (told.midnight, told.midnight_highest) == pytest.approx((midnight.mean(), midnight.max()))
        assert told.by_weekday == pytest.approx(list(midnight.groupby(midnight.index.day_of_week).mean()))


def test_departures_by_weekday_and_hour(both):
    made, found = both
    left = made.gone.dt.day_of_week.value_counts().sort_index() / (DAYS / 7)
    assert found.weekday.departures == pytest.approx(list(left))
    hours = made.gone.dt.hour.value_counts().reindex(range(24), fill_value=0)
    wanted = [None if 0 < n < 5 else n / len(made) for n in hours]
    assert found.weekday.by_hour == pytest.approx(wanted)


def test_what_was_typed_once_is_nowhere(both):
    made, found = both
    assert dict(found.outcomes) | {"left": None} == made.how.value_counts().loc[
        ["home", "ward"]
    ].to_dict() | {"left": None}
    assert found.hidden_outcomes == 1
    assert "Jane" not in str(found.data())
