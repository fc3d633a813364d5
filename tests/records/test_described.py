"""What is described of a simulated log is what its model says, and nobody can be recognised in it."""

import json
import math

import numpy as np
import pytest

from cisim import simulate, textbook
from cisim.cli import main
from cisim.measures import standard
from cisim.records import describe, open_log, scratch, store_of
from cisim.units import DAY

VISITS = "id,came,gone,how\n" + "".join(
    f"{i},2024-03-{1 + i // 8:02d} {8 + i % 8:02d}:00,2024-03-{1 + i // 8:02d} "
    f"{9 + i % 8:02d}:30,{'home' if i > 2 else 'died'}\n"
    for i in range(160)
)
MAPPING = """cisim: 1
records: r
one_row: visit
dates: year first
patient: id
arrived: came
left: gone
outcome: how
"""


@pytest.fixture(scope="module")
def simulated():
    model = textbook.loss_ward(
        arrivals_per_hour=1.6, stay={"lognormal": {"mean": "5 h", "sd": "10 h"}}, beds=40
    )
    log = simulate(model, "400 d", seed=1)
    with scratch() as (con, _):
        return log, describe(store_of(con, log, (30 * DAY, 400 * DAY)), "a ward")


def test_a_poisson_process_has_a_variance_of_its_mean(simulated):
    _, found = simulated
    every = found.arrivals[0]
    # 370 days of 38.4 patients: the mean to sqrt(38.4 / 370), the ratio of a day's variance to sqrt(2 / 363)
    assert abs(every.a_day - 38.4) < 4 * math.sqrt(38.4 / 370)
    assert abs(every.day_dispersion - 1) < 4 * math.sqrt(2 / 363)
    assert abs(every.hour_dispersion - 1) < 4 * math.sqrt(2 / (370 * 24 - 168) * (1 + 1 / (2 * 1.6)))


def test_the_census_is_the_arrival_rate_times_the_stay_and_the_same_as_the_measures(simulated):
    log, found = simulated
    whole = next(s for s in found.stays if s.kind == "pathway")
    census = np.mean(found.census[0].by_hour)
    assert census == pytest.approx(found.arrivals[0].a_day * whole.mean, rel=0.02)
    told = {(m.measure, m.statistic, m.pool): m.value for m in found.measures}
    for one in standard(log, 30 * DAY, 400 * DAY):
        if one.statistic in ("mean", "patients"):
            assert told[one.measure, one.statistic, one.pool] == pytest.approx(one.value, nan_ok=True)


def test_a_count_under_five_is_not_shown(tmp_path):
    (tmp_path / "x.csv").write_text(VISITS)
    (tmp_path / "map.yaml").write_text(MAPPING)
    out = tmp_path / "out"
    assert (
        main(["import", str(tmp_path / "x.csv"), "--map", str(tmp_path / "map.yaml"), "--out", str(out)]) == 0
    )
    found = json.loads((out / "described.json").read_text())
    # what three left by is not named, and the number of 'home' would give theirs away
    assert found["outcomes"] == [["home", None]]
    assert found["hidden_outcomes"] == 1
    page = (out / "described.html").read_text()
    assert "under 5" in page
    assert "died" not in page + (out / "described.json").read_text()
    assert "http://" not in page.replace("http://www.w3.org", "")
    log, window = open_log(out)
    assert window == (0, 20 * DAY)
    assert len({(int(p), int(s)) for p, s in zip(log.patient, log.spell, strict=True)}) == 160
    assert main(["describe", str(out)]) == 0
    again = json.loads((out / "described.json").read_text())
    assert again["arrivals"] == found["arrivals"]
    assert again["stays"] == found["stays"]
    assert again["census"] == found["census"]
