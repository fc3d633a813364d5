"""Records of real patients, put into rows by a few lines, pass what any census must pass.

The data (sepsis cases of a Dutch hospital, 4TU 915d2bfb; MIMIC-IV demo in the CLIF format, ODbL) are not in
the project. They are looked for in the folder that CISIM_DATA names, else beside the checkout.
"""

import os
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from cisim.eventlog import read_log, same_log, write_log
from cisim.measures import (
    arrivals,
    audit,
    audit_text,
    census,
    held,
    lengths_of_stay,
    measure,
    occupancy,
    visits,
)
from cisim.units import DAY

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("CISIM_DATA") or ROOT.parent / "shared" / "data")


def needs(path):
    where = DATA / path
    return pytest.mark.skipif(
        not where.is_file(), reason=f"{path} is not in CISIM_DATA nor beside the checkout"
    )


def ward_stay(patient, step, begin, end):
    """A stay in a ward as four rows; it was not asked for, so its wait is not known."""
    return [
        (patient, begin, "take", step, step),
        (patient, begin, "begin", step, ""),
        (patient, end, "ready", step, ""),
        (patient, end, "give", step, step),
    ]


def read_rows(rows, folder):
    table = pd.DataFrame(rows, columns=["patient", "time", "event", "step", "pool"])
    table["time"] = [t.isoformat() for t in table["time"]]
    table.to_csv(folder / "rows.csv", index=False)
    return read_log(folder / "rows.csv")


@pytest.fixture(scope="module")
def sepsis(tmp_path_factory):
    """One stay a case: from the first stamp to the last before a return to the emergency department."""
    table = pd.read_csv(DATA / "sepsis" / "sepsis.csv.gz", keep_default_na=False)
    table["time"] = pd.to_datetime(table["Complete Timestamp"], format="%Y/%m/%d %H:%M:%S.%f")
    rows, stays = [], []
    for case, events in table[table["Activity"] != "Return ER"].groupby("Case ID"):
        begin, end = (t.to_pydatetime() for t in (events["time"].min(), events["time"].max()))
        rows += [
            (case, begin, "arrive", "", ""),
            *ward_stay(case, "hospital", begin, end),
            (case, end, "leave", "", ""),
        ]
        stays.append((end - begin).total_seconds() * 1000)
    return read_rows(rows, tmp_path_factory.mktemp("sepsis")), np.array(stays)


@needs("sepsis/sepsis.csv.gz")
def test_sepsis_census_is_arrivals_times_stay(sepsis):
    log, stays = sepsis
    assert len(stays) == 521
    assert sorted(lengths_of_stay(log, "all", 0, log.end)) == sorted(stays)
    rate = arrivals(log, "all", 0, log.end) / log.end
    assert occupancy(log, "hospital", 0, log.end) == pytest.approx(rate * stays.mean(), rel=1e-12)
    checks = audit(log)
    assert all(c.passed for c in checks), audit_text(checks)


@needs("sepsis/sepsis.csv.gz")
def test_sepsis_share_of_long_stays_in_the_census(sepsis):
    """The share of the census there for at least x days is sum over k >= x of P(stay > k) / mean stay."""
    log, _ = sepsis
    table = visits(log)
    midnights = np.arange(0, log.end, DAY)
    nights = -(-table.give // DAY) - -(-table.begin // DAY)  # midnights at which the patient was counted
    assert census(log, "hospital", 0, log.end).sum() == nights.sum()
    there = (table.begin <= midnights[:, None]) & (midnights[:, None] < table.give)
    elapsed = (midnights[:, None] - table.begin) // DAY
    for days in (0, 1, 3, 7, 14, 21):
        share = np.count_nonzero(there & (elapsed >= days)) / np.count_nonzero(there)
        formula = sum(np.mean(nights > k) for k in range(days, nights.max() + 1)) / nights.mean()
        assert share == pytest.approx(formula, rel=1e-12)


@needs("sepsis/sepsis.csv.gz")
def test_sepsis_time_of_long_stays_in_the_census(sepsis):
    """The same through time: who is there for more than x days is the census of stays begun x days later."""
    log, stays = sepsis
    whole = held(log, "hospital").integral(0, log.end)
    for days in (1, 7, 21):
        late = np.minimum(visits(log).begin + days * DAY, visits(log).give)
        assert (visits(log).give - late).sum() / whole == pytest.approx(
            np.maximum(stays - days * DAY, 0).mean() / stays.mean(), rel=1e-12
        )


@needs("sepsis/sepsis.csv.gz")
def test_sepsis_written_and_read_again_measures_the_same(sepsis, tmp_path):
    log, _ = sepsis
    write_log(log, tmp_path / "again.csv.gz")
    again = read_log(tmp_path / "again.csv.gz")
    assert same_log(log, again)
    one, other = (measure(x, 0, x.end, weekly=False) for x in (log, again))
    assert [m[:6] for m in one] == [m[:6] for m in other]
    assert np.array_equal([m.value for m in one], [m.value for m in other], equal_nan=True)


@needs("mimic_demo/clif_adt.parquet")
def test_mimic_wards_hold_what_their_segments_say(tmp_path):
    """Nine hundred segments of three hundred hospital stays, each kind of ward a pool of its own."""
    table = duckdb.execute(  # reads parquet by itself, where pandas would want one more package
        "select hospitalization_id, location_category, epoch_ms(in_dttm) as in_dttm, "
        "epoch_ms(out_dttm) as out_dttm from read_parquet(?)",
        [str(DATA / "mimic_demo" / "clif_adt.parquet")],
    ).df()
    for column in ("in_dttm", "out_dttm"):
        table[column] = pd.to_datetime(table[column], unit="ms") - pd.Timedelta(hours=5)
    table = table[table["out_dttm"] > table["in_dttm"]].sort_values(["hospitalization_id", "in_dttm"])
    rows = []
    for stay, parts in table.groupby("hospitalization_id"):
        first, last = parts["in_dttm"].min().to_pydatetime(), parts["out_dttm"].max().to_pydatetime()
        rows.append((stay, first, "arrive", "", ""))
        for ward, begin, end in zip(
            parts["location_category"], parts["in_dttm"], parts["out_dttm"], strict=True
        ):
            rows += ward_stay(stay, ward, begin.to_pydatetime(), end.to_pydatetime())
        rows.append((stay, last, "leave", "", ""))
    log = read_rows(rows, tmp_path)
    assert log.start == datetime.fromisoformat(min(r[1] for r in rows).isoformat()).date()
    lengths = (table["out_dttm"] - table["in_dttm"]).dt.total_seconds() * 1000
    for ward, mine in lengths.groupby(table["location_category"]):
        assert held(log, ward).integral(0, log.end) == mine.sum()
        stays = lengths_of_stay(log, "all", 0, log.end, step=ward)
        assert occupancy(log, ward, 0, log.end) == pytest.approx(
            len(stays) / log.end * stays.mean(), rel=1e-12
        )
        assert sorted(stays) == sorted(mine)
    checks = audit(log)
    assert all(c.passed for c in checks), audit_text(checks)
