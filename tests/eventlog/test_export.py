"""Logs of every kind of row: to a CSV and back, and to what other tools read."""

import csv
import gzip
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from datetime import date, datetime

import pytest

from cisim.errors import DataError, ModelError
from cisim.eventlog import export, read_log, same_log, write_log
from cisim.measures import audit, audit_text
from cisim.units import HOUR

HEAD = "pathway,patient,spell,time,event,step,visit,kind,pool,units,detail\n"
ROWS = (
    """
a,7,0,01T00:00,arrive,,,,,,
a,7,0,01T00:00,ask,see,0,activity,,,
a,7,0,01T01:00,take,see,0,activity,doctor,1,
a,7,0,01T01:00,take,see,0,activity,room,2,
a,7,0,01T01:00,begin,see,0,activity,,,
a,7,0,01T02:00,interrupt,see,0,activity,,,
a,7,0,01T02:00,give,see,0,activity,doctor,1,
a,7,0,01T02:00,give,see,0,activity,room,2,
a,7,0,01T03:00,take,see,0,activity,doctor,1,
a,7,0,01T03:00,take,see,0,activity,room,2,
a,7,0,01T03:00,resume,see,0,activity,,,
a,7,0,01T04:00,end,see,0,activity,,,
a,7,0,01T04:00,give,see,0,activity,doctor,1,
a,7,0,01T04:00,give,see,0,activity,room,2,
a,7,0,01T04:00,ask,ward,0,stay,,,
a,7,0,01T05:00,take,ward,0,stay,other,1,
a,7,0,01T05:00,begin,ward,0,stay,,,
a,7,0,01T05:00,ask,round,0,round,,,
a,7,0,01T06:00,begin,round,0,round,,,
a,7,0,01T07:00,move,ward,0,stay,,,
a,7,0,01T07:00,give,ward,0,stay,other,1,
a,7,0,01T07:00,take,ward,0,stay,own,1,
a,7,0,01T08:00,free,ward,0,stay,other,1,
a,7,0,01T08:00,begin,papers,0,all_of,,,
a,7,0,01T09:00,end,papers,0,all_of,,,transport
a,7,0,01T09:00,ready,ward,0,stay,,,
a,7,0,01T10:00,give,ward,0,stay,own,1,
a,7,0,01T10:00,leave,,,,,,home
a,7,0,01T15:00,free,ward,0,stay,own,1,
a,7,1,01T12:00,arrive,,,,,,
a,7,1,01T12:00,ask,see,1,activity,,,
a,7,1,01T12:00,turn_away,see,1,activity,,,
a,7,1,01T12:00,leave,,,,,,"gone, <full> & 'out'"
a,8,0,01T00:00,arrive,,,,,,
a,8,0,01T00:00,ask,run,0,batch,,,
a,8,0,01T02:00,take,run,0,batch,porter,1,
a,8,0,01T02:00,begin,run,0,batch,,,
a,8,0,01T03:00,end,run,0,batch,,,
a,8,0,01T03:00,give,run,0,batch,porter,1,
a,8,0,01T03:00,ask,ward,0,stay,,,
a,8,0,01T06:00,give_up,ward,0,stay,,,
a,8,0,01T06:00,leave,,,,,,home
a,1048576.0,0,P30T20:00,arrive,,,,,,
a,1048576.0,0,P30T20:00,ask,ward,0,stay,,,
a,1048576.0,0,P30T20:00,take,ward,0,stay,own,1,
a,1048576.0,0,P30T20:00,begin,ward,0,stay,,,
a,1048576.0,0,01T06:30,give,ward,0,stay,own,1,
a,1048576.0,0,01T06:30,leave,,,,,,home
""".strip()
    .replace("P30T", "2023-12-30T")
    .replace(",01T", ",2024-01-01T")
)
START = date(2024, 1, 1)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(HEAD + ROWS + "\n")
    return read_log(path, start=START)


def rows_of(path):
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(text.decode().splitlines()))


def test_every_kind_of_row_is_written_and_read_back(log, tmp_path):
    write_log(log, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text().count("\n") == len(log) + 1
    back = read_log(tmp_path / "again.csv", start=START)
    assert same_log(log, back)
    assert back.steps == log.steps
    assert {s.kind for s in log.steps} == {"activity", "stay", "round", "all_of", "batch"}
    assert log.time.min() == -28 * HOUR
    assert [c.text for c in audit(log) if not c.passed] == [], audit_text(audit(log))


def test_the_start_is_not_that_of_who_was_there(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(HEAD + ROWS + "\n")
    assert read_log(path).start == START
    path.write_text(HEAD + ROWS.replace("1048576.0", "9") + "\n")
    with pytest.raises(DataError, match="want a time from 2024-01-01"):
        read_log(path, start=START)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a,9,0,01T01:00,interrupt,see,0,activity,,,", "got interrupt at 'see' of '9', want begin before it"),
        ("a,9,0,01T01:00,resume,see,0,activity,,,", "got resume at 'see' of '9', want interrupt before it"),
        ("a,9,0,01T01:00,turn_away,see,0,activity,,,", "got turn_away at 'see' of '9', want ask before it"),
        ("a,9,0,01T01:00,move,see,0,activity,,,", "got move at 'see' of '9', want begin before it"),
        ("a,9,0,01T01:00,free,see,0,activity,room,1,", "got free at 'see' of '9', want give before it"),
        ("a,9,0,01T01:00,free,see,0,activity,,1,", "got nothing, want the pool of free"),
        ("a,9,0,01T01:00,move,,,,,,", "got nothing, want the step of move"),
    ],
)
def test_what_cannot_be_is_told(tmp_path, row, words):
    path = tmp_path / "rows.csv"
    path.write_text(HEAD + ("a,9,0,01T00:00,arrive,,,,,,\n" + row + "\n").replace("01T", "2024-01-01T"))
    with pytest.raises(DataError, match=words):
        read_log(path)


def test_bupar_columns_counts_and_lifecycles(log, tmp_path):
    export(log, tmp_path / "log.csv.gz", style="bupar")
    rows = rows_of(tmp_path / "log.csv.gz")
    assert list(rows[0]) == [
        *(
            "case_id",
            "activity_id",
            "activity_instance_id",
            "lifecycle_id",
            "timestamp",
            "resource_id",
            "pathway",
        )
    ]
    by_instance = defaultdict(list)
    for row in rows:
        by_instance[row["activity_instance_id"]].append(row)
    marks = {
        (mine[0]["case_id"], mine[0]["activity_id"]): [r["lifecycle_id"] for r in mine]
        for mine in by_instance.values()
    }
    assert marks == {
        ("a 7", "arrive"): ["complete"],
        ("a 7", "see"): ["schedule", "start", "suspend", "resume", "complete"],
        ("a 7", "ward"): ["schedule", "start", "reassign", "complete"],
        ("a 7", "round"): ["schedule", "start", "complete"],
        ("a 7", "papers"): ["start", "complete"],
        ("a 7", "leave (home)"): ["complete"],
        ("a 7 (2)", "arrive"): ["complete"],
        ("a 7 (2)", "see"): ["schedule", "withdraw"],
        ("a 7 (2)", "leave (gone, <full> & 'out')"): ["complete"],
        ("a 8", "arrive"): ["complete"],
        ("a 8", "run"): ["schedule", "start", "complete"],
        ("a 8", "ward"): ["schedule", "withdraw"],
        ("a 8", "leave (home)"): ["complete"],
        ("a 1048576.0", "arrive"): ["complete"],
        ("a 1048576.0", "ward"): ["schedule", "start", "complete"],
        ("a 1048576.0", "leave (home)"): ["complete"],
    }
    assert len(by_instance) == len(marks)
    mine = [r for r in rows if (r["case_id"], r["activity_id"]) == ("a 7", "ward")]
    stay = [(r["timestamp"][11:16], r["resource_id"]) for r in mine]
    assert stay == [("04:00", ""), ("05:00", "other"), ("07:00", "own"), ("10:00", "own")]
    assert [r["resource_id"] for r in rows if r["lifecycle_id"] == "suspend"] == ["doctor, room"]
    assert rows[-1]["timestamp"] == "2024-01-01 06:30:00.000"


def test_who_is_there_still_has_started_and_not_completed(log, tmp_path):
    few = log.select(log.time < 8 * HOUR)
    export(few, tmp_path / "log.csv")
    count = Counter((r["activity_id"], r["lifecycle_id"]) for r in rows_of(tmp_path / "log.csv"))
    assert count["ward", "start"] - count["ward", "complete"] == 1
    assert count["see", "start"] == count["see", "complete"] == 1


def test_xes_is_well_formed_and_says_the_same(log, tmp_path):
    export(log, tmp_path / "log.csv")
    export(log, tmp_path / "log.xes", style="xes")
    space = "{http://www.xes-standard.org/}"
    root = ET.parse(tmp_path / "log.xes").getroot()  # noqa: S314 - written here
    assert root.tag == f"{space}log"
    told = []
    for trace in root.findall(f"{space}trace"):
        name = trace.find(f"{space}string").get("value")
        for event in trace.findall(f"{space}event"):
            cells = {child.get("key"): child.get("value") for child in event}
            told.append(
                (
                    name,
                    cells["concept:name"],
                    cells["concept:instance"],
                    cells["lifecycle:transition"],
                    datetime.fromisoformat(cells["time:timestamp"]).replace(tzinfo=None),
                    cells.get("org:resource", ""),
                )
            )
    assert told == [
        (*list(r.values())[:4], datetime.fromisoformat(r["timestamp"]), r["resource_id"])
        for r in rows_of(tmp_path / "log.csv")
    ]
    assert {e.get("prefix") for e in root.findall(f"{space}extension")} == {
        "concept",
        "lifecycle",
        "org",
        "time",
    }


def test_vidigi_uses_each_place_once_at_a_time(log, tmp_path):
    export(log, tmp_path / "log.csv", style="vidigi")
    rows = rows_of(tmp_path / "log.csv")
    assert list(rows[0]) == ["entity_id", "pathway", "event", "event_type", "time", "resource_id"]
    count = Counter(r["event_type"] for r in rows)
    assert count["arrival_departure"] == 8
    assert count["resource_use"] == count["resource_use_end"] == 6
    first = [(r["event"], float(r["time"]), r["resource_id"]) for r in rows if r["entity_id"] == "0"]
    assert first[:6] == [
        ("arrival", 0, ""),
        ("see_wait_begins", 0, ""),
        ("see_begins", 60, "1"),
        ("see_ends", 120, "1"),
        ("see_wait_begins", 120, ""),
        ("see_begins", 180, "1"),
    ]
    assert ("papers_begins", 480, "") in first
    assert {r["event_type"] for r in rows if r["event"] == "papers_begins"} == {"queue"}
    assert float(next(r["time"] for r in rows if r["entity_id"] == "3")) == -28 * 60


def test_of_two_who_share_a_pool_the_second_has_another_place(tmp_path):
    rows = [
        *(f"{who},2024-01-01T0{hour}:00,{event},{step},{pool}" for who, hour, event, step, pool in [
            (1, 0, "arrive", "", ""), (1, 0, "take", "see", "room"), (1, 0, "begin", "see", ""),
            (1, 4, "end", "see", ""), (1, 4, "give", "see", "room"),
            (2, 1, "arrive", "", ""), (2, 1, "take", "see", "room"), (2, 1, "begin", "see", ""),
            (2, 2, "end", "see", ""), (2, 2, "give", "see", "room"),
            (3, 2, "arrive", "", ""), (3, 2, "take", "see", "room"), (3, 2, "begin", "see", ""),
            (3, 2, "end", "see", ""), (3, 2, "give", "see", "room"),
        ])
    ]  # fmt: skip
    path = tmp_path / "rows.csv"
    path.write_text("patient,time,event,step,pool\n" + "\n".join(rows) + "\n")
    export(read_log(path), path, style="vidigi")
    used = {(r["entity_id"], r["event_type"]): r["resource_id"] for r in rows_of(path)}
    assert [used[str(who), e] for who in range(3) for e in ("resource_use", "resource_use_end")] == list(
        "112222"
    )


def test_a_wrong_style_is_told(log, tmp_path):
    with pytest.raises(ModelError, match="did you mean 'bupar'"):
        export(log, tmp_path / "log.csv", style="bupaR")
