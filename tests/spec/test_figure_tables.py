"""Targets of a study that stand in a table of monthly or daily figures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cisim.errors import FileProblems
from cisim.spec import describe_study, read_study
from cisim.spec.figure_tables import from_tables

MODEL = """\
cisim: 1
model: A ward
start: 2024-01-01
pools: {beds: {number: unlimited}}
pathways:
  emergency:
    arrivals: {rate: 5 per day}
    steps:
      - stay: ward stay
        beds: [beds]
        steps: [{delay: care, duration: {exponential: {mean: 6 d}}}]
      - {leave: home}
"""
STUDY = """\
cisim: 1
study: A ward
question: How long do patients stay?
model: model.yaml
hidden:
  - name: mean stay
    at: pathways.emergency.steps.ward stay.steps.care.duration.exponential.mean
    prior: {uniform: {low: 1 d, high: 9 d}}
    source: assumption
targets:
  - {name: the figure, %s, source: made up}
run: {seed: 3, warm_up: 40 d, length: 600 d, replications: 2}
"""
BEDS = "measure: occupancy, pool: beds"
LONG = 'measure: stayed_over, statistic: "7 d", pathway: emergency, step: ward stay'
STAY = "measure: length_of_stay, pathway: emergency, step: ward stay"
ROWS = [(600, 300), (1020, 400), (640, 310), (610, 300), (620, 330), (630, 320)]


def study(tmp_path, target, table):
    (tmp_path / "model.yaml").write_text(MODEL, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(STUDY % target, encoding="utf-8")
    (tmp_path / "months.csv").write_bytes(table)
    return read_study(tmp_path)


def written(rows=ROWS, encoding="utf-8-sig"):
    """Write rows as a spreadsheet does: with a mark, thousands with commas, blanks round the heads."""
    lines = ['" occupied ",over 7,winter'] + [
        f'"{a:,}",{b},{"a" if i < 4 else "b"}' for i, (a, b) in enumerate(rows)
    ]
    return ("\r\n".join(lines) + "\r\n,,\r\n").encode(encoding)


def refused(tmp_path, target, table):
    with pytest.raises(FileProblems) as caught:
        study(tmp_path, target, table)
    return "\n".join(map(str, caught.value.problems))


def test_a_column_is_its_mean_with_the_error_of_its_rows(tmp_path):
    made = study(tmp_path, f"{BEDS}, table: {{file: months.csv, column: occupied}}", written())
    a = np.array([a for a, _ in ROWS], dtype=float)
    value, se = made.figures[0]
    assert value == pytest.approx(a.mean(), rel=1e-5)
    assert se == pytest.approx(a.std(ddof=1) / np.sqrt(len(a)), rel=1e-5)
    assert "from 'months.csv'" in describe_study(made)
    assert any("months.csv" in name for name in made.files)


def test_a_share_is_the_sum_of_one_over_the_sum_of_the_other(tmp_path):
    made = study(
        tmp_path, f"{LONG}, table: {{file: months.csv, column: over 7, out_of: occupied}}", written()
    )
    a, b = np.array(ROWS, dtype=float).T
    value, se = made.figures[0]
    assert value == pytest.approx(b.sum() / a.sum(), rel=1e-5)
    # Leaving out one row at a time gives nearly the same error by another way.
    each = np.array([np.delete(b, i).sum() / np.delete(a, i).sum() for i in range(len(a))])
    jackknife = np.sqrt((len(a) - 1) / len(a) * ((each - each.mean()) ** 2).sum())
    assert se == pytest.approx(jackknife, rel=0.25)


def test_only_rows_that_count_and_neighbours_together(tmp_path):
    table = "{file: months.csv, column: occupied, where: {winter: a}, rows_together: 2}"
    value, se = study(tmp_path, f"{BEDS}, table: {table}", written()).figures[0]
    groups = np.array([(600 + 1020) / 2, (640 + 610) / 2])
    assert value == pytest.approx(groups.mean(), rel=1e-5)
    assert se == pytest.approx(groups.std(ddof=1) / np.sqrt(2), rel=1e-5)


def test_errors_of_days_alike_hold_as_often_as_theory_says(tmp_path):
    """Of days that are alike (.6), intervals from weeks hold the truth more often than intervals from days.

    Of such days the mean has (1 + r) / (1 - r) times the variance of independent ones, and groups of m show
    2 r (1 - r^m) / (m (1 - r)^2) less than that.
    """
    rng = np.random.default_rng(4)
    r, sets = 0.6, 200
    ways = {n: f"{BEDS}, table: {{file: months.csv, column: beds, rows_together: {n}}}" for n in (1, 7)}
    studies = {n: study(tmp_path, target, b"beds\n600\n").study for n, target in ways.items()}
    held = dict.fromkeys(ways, 0)
    for _ in range(sets):
        day, days = rng.standard_normal(), []
        for noise in rng.standard_normal(210):
            day = r * day + np.sqrt(1 - r * r) * noise
            days.append(600 + 10 * day)
        (tmp_path / "months.csv").write_text("beds\n" + "\n".join(f"{x:.3f}" for x in days), encoding="utf-8")
        for together, one in studies.items():
            target = from_tables(one, tmp_path)[0].targets[0]
            held[together] += abs(target.value - 600) < 1.645 * target.se
    whole = (1 + r) / (1 - r)
    for m, found in held.items():
        shown = whole - 2 * r * (1 - r**m) / (m * (1 - r) ** 2)
        chance = 2 * stats.norm.cdf(1.645 * np.sqrt(shown / whole)) - 1
        assert abs(found / sets - chance) < 3.5 * np.sqrt(chance * (1 - chance) / sets), m
    assert held[7] > held[1]


def test_times_have_a_unit_and_a_stated_error_stands(tmp_path):
    named = "{file: months.csv, column: days, unit: d}"
    value, se = study(tmp_path, f"{STAY}, se: 0.5 d, table: {named}", b"days\n4\n5\n6\n").figures[0]
    assert (value, se) == (5.0, 0.5)


def test_one_row_has_no_error_of_its_own(tmp_path):
    assert study(tmp_path, f"{BEDS}, table: {{file: months.csv, column: beds}}", b"beds\n600\n").figures[
        0
    ] == (600, 0)


@pytest.mark.parametrize(
    ("target", "table", "told"),
    [
        (f"{BEDS}, table: {{file: month.csv, column: beds}}", b"beds\n6\n", "did you mean 'months.csv'"),
        (f"{BEDS}, table: {{file: months.csv, column: bed}}", b"beds\n6\n", "did you mean 'beds'"),
        (
            f"{BEDS}, table: {{file: months.csv, column: beds, where: {{winter: c}}}}",
            b"beds,winter\n6,a\n",
            "winter: c",
        ),
        (
            f"{BEDS}, table: {{file: months.csv, column: beds}}",
            b"beds,x\n6,\n,1\n7,\n",
            "nothing stands in line 3",
        ),
        (
            f"{BEDS}, table: {{file: months.csv, column: beds}}",
            b"beds\n6\n*\n",
            "no number stands in line 3 ('*')",
        ),
        (f"{BEDS}, table: {{file: months.csv, column: beds}}", b"", "no column"),
        (f"{BEDS}, table: {{file: months.csv, column: beds}}", b"\xff\xfe\x00", "UTF-8"),
        (f"{BEDS}, table: {{file: months.csv, column: beds, unit: d}}", b"beds\n6\n", "want no unit"),
        (f"{STAY}, table: {{file: months.csv, column: beds}}", b"beds\n6\n", "want `unit`"),
        (f"{LONG}, table: {{file: months.csv, column: a, out_of: b}}", b"a,b\n6,0\n", "sums to 0"),
        (f"{BEDS}, value: 6, table: {{file: months.csv, column: beds}}", b"beds\n6\n", "got both"),
        (BEDS, b"beds\n6\n", "got neither"),
    ],
)
def test_mistakes_are_told_with_the_line_of_the_study(tmp_path, target, table, told):
    text = refused(tmp_path, target, table)
    assert told in text
    assert "study.yaml:11:" in text
