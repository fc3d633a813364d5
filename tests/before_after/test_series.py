"""Series from files and logs: what is read, and what is refused with its line."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from cisim import apply, read_model, simulate, textbook
from cisim.before_after import Series, as_change, before_after, read_series, series_of, together
from cisim.errors import FileProblems, ModelError
from cisim.eventlog import Event
from cisim.measures import measure
from cisim.spec import read_scenario, unknowns_in
from cisim.streams import address, uniforms
from cisim.units import DAY, WEEK

WARD = """\
cisim: 1
model: ward
start: 2024-01-01
pathways:
  emergency:
    arrivals: {rate: 10 per day}
    steps: [{delay: medical need, duration: {lognormal: {mean: 7 d, sd: 5 d}}}, {leave: home}]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "stays.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_weeks_and_months_are_read(tmp_path: Path) -> None:
    weeks = read_series(
        written(tmp_path, "from,ward 4,ward 5\n2024-01-29,7.5,6\n2024-02-05,,6.5\n"), unit="d"
    )
    assert list(weeks) == ["ward 4", "ward 5"]
    assert weeks["ward 4"].every == "week"
    assert np.isnan(weeks["ward 4"].values[1])
    assert weeks["ward 5"].values.tolist() == [6, 6.5]
    months = read_series(
        written(tmp_path, "from,a\n2023-11-01,1\n2023-12-01,2\n2024-01-01,3\n2024-02-01,3\n")
    )["a"]
    assert months.every == "month"
    assert months.place(date(2023, 12, 1)) == 1
    assert months.place(date(2023, 12, 2)) == 2
    with pytest.raises(ModelError, match="want a day after 2023-11-01"):
        months.place(date(2023, 11, 1))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("form,a\n2024-01-01,1\n", "did you mean 'form'"),
        ("from,a,a\n2024-01-01,1,2\n", "a name twice"),
        ("from,a\n2024-01-01,1\n2024-01-08,x\n2024-01-15,nan\n", "3:1: a: got 'x'"),
        ("from,a\n2024-01-01,1\n2024-01-08,2\n2024-01-22,3\n", "want 2024-01-15"),
        ("from,a\n2024-01-08,1\n2024-01-01,2\n", "want days, weeks or months"),
        ("from,a\n01/02/2024,1\n08/02/2024,2\n", "want a day such as"),
        ("from,a\n2024-01-01,1,2\n2024-01-08,2\n", "got 3 cells, want 2"),
        ("from,a\n2024-01-01,1\n", "got 1 periods"),
    ],
)
def test_what_is_no_series_is_refused_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(FileProblems) as refused:
        read_series(written(tmp_path, text))
    assert told in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileProblems, match="cannot be read"):
        read_series(tmp_path / "none.csv")


def test_a_measure_of_a_log_week_by_week() -> None:
    log = simulate(
        textbook.loss_ward(arrivals_per_hour=0.5, stay={"exponential": {"mean": "1 d"}}, beds=20), "100 d"
    )
    pathway = next(m.pathway for m in measure(log, 0, WEEK) if m.measure == "length_of_stay" and m.pathway)
    found = series_of(log, "length_of_stay", "mean", of={"pathway": pathway, "step": ""}, start=2 * DAY)
    assert len(found.values) == 14
    for week in (0, 13):
        first = 2 * DAY + week * WEEK
        want = next(
            m.value
            for m in measure(log, first, first + WEEK, weekly=False)
            if (m.measure, m.statistic, m.pathway, m.step) == ("length_of_stay", "mean", pathway, "")
        )
        assert found.values[week] == pytest.approx(want)
    with pytest.raises(ModelError, match="did you mean 'length_of_stay mean'"):
        series_of(log, "length_of_stays")
    with pytest.raises(ModelError, match="places"):
        series_of(log, "length_of_stay", of={"pathway": "nobody"})


def test_the_effect_as_a_scenario_says_it(ward_series: tuple[Series, Series]) -> None:
    series, other = ward_series
    found = before_after(series, series.starts[70], other=other)
    said = as_change(found, "emergency/medical need")
    assert said.startswith("- cut: emergency/medical need\n  by: {uncertain: {mean: ")
    assert "beside ward 5" in said
    with pytest.raises(ModelError, match="want a factor"):
        as_change(before_after(series, series.starts[70], ratio=False), "a/b")
    rising = Series("r", "d", "week", series.starts, series.values[::-1])
    risen = before_after(rising, rising.starts[60])
    assert "times: {uncertain: {mean: 1." in as_change(risen, "a/b")


def test_an_effect_that_is_not_shown_is_carried_into_a_scenario_and_runs(tmp_path: Path) -> None:
    """Its interval holds a rise: the scenario has a factor, with the same interval, and cisim simulates it."""
    luck = stats.norm.ppf(uniforms(address("none"), 0, 60))
    starts = tuple(date(2023, 1, 2) + timedelta(weeks=i) for i in range(60))
    found = before_after(Series("ward 4", "d", "week", starts, 8 * np.exp(0.1 * luck)), starts[30])
    assert not found.shown
    (tmp_path / "ward.yaml").write_text(WARD)
    change = as_change(found, "emergency/medical need").replace("\n", "\n  ")
    (tmp_path / "as.yaml").write_text(
        f"cisim: 1\nscenario: as\nbase: ward.yaml\nchanges:\n  {change.rstrip()}\n"
    )
    one = next(iter(unknowns_in(tmp_path / "as.yaml").values()))
    effect = found.best.effect
    ends = one.distribution.ppf(np.array([0.025, 0.975]))
    assert ends == pytest.approx([effect.low, effect.high], rel=0.02)
    scenario = read_scenario(tmp_path / "as.yaml")
    model = read_model(tmp_path / "ward.yaml")
    means = []
    for changes in ((), scenario.changes):
        log = simulate(apply(model, changes), 400 * DAY, seed=1)
        began, ended = (
            dict(zip(log.patient[at].tolist(), log.time[at].tolist(), strict=True))
            for at in (log.event == Event.BEGIN, log.event == Event.END)
        )
        early = [p for p, t in began.items() if t < 250 * DAY]
        means.append(np.mean([ended.get(p, log.end) - began[p] for p in early]))
    assert means[1] / means[0] == pytest.approx(one.best, rel=0.01)


def test_several_wards_to_compare_with_are_one_whose_level_no_gap_moves() -> None:
    rng = np.random.default_rng(1)
    starts = tuple(date(2023, 1, 2) + timedelta(weeks=i) for i in range(80))
    wave = 0.1 * np.sin(np.arange(80) / 9)
    table = [level * np.exp(wave + 0.1 * rng.standard_normal(80)) for level in (4.0, 7.0, 12.0)]
    table[2][10:20] = np.nan  # the ward of the long stays, closed for ten weeks
    wards = [Series(f"ward {i}", "d", "week", starts, y) for i, y in enumerate(table)]
    both = together(wards)
    assert both.name == "ward 0, ward 1 and ward 2"
    off = np.log(both.values) - wave
    assert off.std() < 0.075  # a tenth over the root of three
    assert abs(off[10:20].mean() - off.mean()) < 0.06
    ours = Series("ours", "d", "week", starts, 8 * np.exp(wave + 0.1 * rng.standard_normal(80)))
    widths = []
    for other in (wards[0], both):
        found = before_after(ours, starts[40], other=other)
        assert found.against is not None
        widths.append(np.log(found.against.effect.effect.high / found.against.effect.effect.low))
    assert widths[1] < widths[0]
    with pytest.raises(ModelError, match="same periods"):
        together([wards[0], Series("x", "d", "week", starts[1:], table[0][1:])])
