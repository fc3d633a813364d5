"""Real extracts are read by a mapping, add up, and say what is published of them; their rows are not in the project."""

import os
from pathlib import Path

import pytest

from cisim.errors import DataError
from cisim.measures import audit
from cisim.records import describe, draft, importing, read_records

DATA = Path(os.environ.get("CISIM_DATA") or Path(__file__).parents[3] / "shared" / "data")
MALMO = """cisim: 1
records: a Swedish emergency department
one_row: visit
dates: year first
arrived: arrival_at_hospital
left: exit_ed
steps: [{step: department, kind: stay, began: arrival_at_hospital, pool: department}]
"""


REAL = {
    "sepsis/sepsis.csv.gz": 3,
    "ed_malmo/visits.csv.gz": 0,
    "mimic_demo/clif_adt.parquet": 0,
    "mimic_demo/clif_hospitalization.parquet": 0,
}


def needs(path):
    return pytest.mark.skipif(not (DATA / path).is_file(), reason=f"{path} is not in CISIM_DATA")


@pytest.mark.parametrize("name", [pytest.param(n, marks=needs(n)) for n in REAL])
def test_a_guessed_mapping_reads_real_records_and_the_log_passes_its_audit(tmp_path, name):
    (tmp_path / "map.yaml").write_text(draft(DATA / name), encoding="utf-8")
    found = read_records(DATA / name, tmp_path / "map.yaml")
    quality = found.quality
    assert quality.rows == quality.used + sum(quality.left_out.values())
    # the guess unaided loses no row but three exact duplicates; the case that is numbered NA is one
    assert quality.rows - quality.used == REAL[name]
    assert all(check.passed for check in audit(found.log))


@needs("ed_malmo/visits.csv.gz")
def test_the_census_of_the_swedish_department_peaks_at_sixteen_and_is_least_at_seven(tmp_path):
    (tmp_path / "map.yaml").write_text(MALMO, encoding="utf-8")
    with importing(DATA / "ed_malmo" / "visits.csv.gz", tmp_path / "map.yaml") as (store, quality):
        found = describe(store, "department")
    assert quality.rows == quality.used == 53_265
    census = found.census[0].by_hour
    assert max(range(24), key=census.__getitem__) in (15, 16)
    assert min(range(24), key=census.__getitem__) == 7


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=needs(n))
        for n in ("ed_iowa/hourly_2013_2016.csv.gz", "nhs_winter/trust_days.csv.gz")
    ],
)
def test_counts_by_hour_or_day_are_refused_with_what_to_do_instead(name):
    with pytest.raises(DataError, match="Counts by hour, day or month are no records"):
        draft(DATA / name)
