"""Rows of the three shapes become the log that a pencil gives: waits, beds held, spells, and who is still there."""

import pytest

from cisim.eventlog import read_log, same_log, write_log
from cisim.measures import audit, blocked, census, held_time, lengths_of_stay, standard, waits
from cisim.records import importing, read_records, store_of
from cisim.records.store import scratch
from cisim.units import DAY, HOUR, MINUTE


def made(folder, table, mapping):
    (folder / "records.csv").write_text(table, encoding="utf-8")
    (folder / "map.yaml").write_text("cisim: 1\n" + mapping, encoding="utf-8")
    return folder / "records.csv", folder / "map.yaml"


VISITS = """Visit,Came,Seen,Gone,How,Site
1,01/03/2024 09:00,01/03/2024 10:30,01/03/2024 12:00,home,A
2,01/03/2024 23:30,02/03/2024 00:15,02/03/2024 01:30,ward,A
3,02/03/2024 08:00,02/03/2024 08:20,,,B
"""
VISIT_MAP = """records: visits
one_row: visit
dates: day first
patient: Visit
pathway: {column: Site, recode: {A: main}, others: other sites}
arrived: Came
left: Gone
outcome: How
steps:
  - {step: doctor, asked: Came, began: Seen}
  - {step: department, kind: stay, began: Came, pool: cubicles}
"""


def test_a_visit_is_a_spell_with_its_wait_and_its_place(tmp_path):
    found = read_records(*made(tmp_path, VISITS, VISIT_MAP))
    log = found.log
    assert (waits(log, "main", "doctor", 0, log.end).waited / MINUTE).tolist() == [90, 45]
    assert (waits(log, "other sites", "doctor", 0, log.end).waited / MINUTE).tolist() == [20]
    # 3 h and 2 h, and from 8:00 to the end of the last day for who is still there
    assert held_time(log, "cubicles", 0, log.end) == (3 + 2 + 16) * HOUR
    assert log.rows()[-1][3] == "begin"
    assert found.quality.rows == found.quality.used == 3
    assert found.quality.doubt("still_there").examples == (4,)
    assert all(check.passed for check in audit(log))


STAYS = """patient,ward,in,out,ready
P,A1,2024-03-01 10:00,2024-03-03 10:00,2024-03-02 22:00
P,B1,2024-03-03 10:00,2024-03-05 08:00,
Q,B1,2024-03-02 00:00,2024-03-02 12:00,
P,A1,2024-03-20 10:00,2024-03-21 10:00,
"""
STAY_MAP = """records: stays
one_row: stay
dates: year first
patient: patient
ward: {column: ward, recode: {A1: assessment, B1: ward B}}
in: in
out: out
ready: ready
"""


def test_ward_stays_become_spells_of_beds_held_one_after_the_other(tmp_path):
    log = read_records(*made(tmp_path, STAYS, STAY_MAP)).log
    assert sorted((lengths_of_stay(log, "all", 0, log.end) / HOUR).tolist()) == [12, 24, 94]
    assert held_time(log, "assessment", 0, log.end) == 3 * DAY
    assert blocked(log, "all", "assessment", 0, log.end) == 12 * HOUR
    assert census(log, "ward B", 0, log.end).tolist()[:4] == [0, 1, 0, 1]
    assert len({(int(p), int(s)) for p, s in zip(log.patient, log.spell, strict=True)}) == 3
    at_move = [r[3:6] for r in log.rows() if r[1] == "0" and r[2] == 2 * DAY + 10 * HOUR]
    assert at_move == [
        ("give", "assessment", "assessment"),
        ("take", "ward B", "ward B"),
        ("begin", "ward B", ""),
    ]


EVENTS = """case;activity;when;phase
1;triage;01.03.2024 10:00;start
1;triage;01.03.2024 10:10;complete
1;scan;01.03.2024 11:00;start
1;discharge;01.03.2024 12:00;complete
2;triage;01.03.2024 10:05;complete
"""
EVENT_MAP = """records: events
one_row: event
dates: day first
patient: case
activity: activity
time: when
transition: {column: phase}
leaves: {discharge: home}
"""


def test_events_of_a_case_are_paired_and_end_where_the_patient_leaves(tmp_path):
    log = read_records(*made(tmp_path, EVENTS, EVENT_MAP)).log
    told = [(r[1], r[2] // MINUTE - 600, r[3], r[4], r[7]) for r in log.rows()]
    assert told == [
        ("0", 0, "arrive", "", ""),
        ("0", 0, "begin", "triage", ""),
        ("0", 10, "end", "triage", ""),
        ("0", 60, "begin", "scan", ""),
        ("0", 60, "end", "scan", ""),
        ("0", 120, "leave", "", "home"),
        ("1", 5, "arrive", "", ""),
        ("1", 5, "begin", "triage", ""),
        ("1", 5, "end", "triage", ""),
    ]


@pytest.mark.parametrize(("table", "mapping"), [(VISITS, VISIT_MAP), (STAYS, STAY_MAP), (EVENTS, EVENT_MAP)])
def test_the_log_is_the_same_from_parquet_from_csv_and_from_the_database(tmp_path, table, mapping):
    with importing(*made(tmp_path, table, mapping)) as (store, _):
        log = store.log()
        told = store.measures()
        store.write(tmp_path / "log.parquet")
    write_log(log, tmp_path / "log.csv")
    again = read_log(tmp_path / "log.csv", start=log.start)
    assert sorted(again.rows()) == sorted(log.rows())
    assert [m._replace(value=0) for m in told] == [m._replace(value=0) for m in standard(log, *store.window)]
    with scratch() as (con, _):
        back = store_of(con, log, (0, log.end))
        assert same_log(back.log(), log)
