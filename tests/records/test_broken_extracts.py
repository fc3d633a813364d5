"""Broken extracts, as hospitals send them: each is read, with what was odd counted by row, or refused in words.

A case is the bytes of a file, what is added to the mapping, and what must be true of what was found. A row number is
that of a spreadsheet: the first row of the file is 1.
"""

import csv
import gzip
import io
import json
from datetime import datetime, timedelta

import openpyxl
import pytest

from cisim.cli import main
from cisim.errors import DataError
from cisim.eventlog import Event
from cisim.records import read_records
from cisim.spec import read_mapping

BASE = """cisim: 1
records: visits
one_row: visit
dates: day first
patient: id
arrived: came
left: gone
"""
FIRST = datetime(2024, 3, 4, 9, 0)  # noqa: DTZ001 - a local clock
HOURLY = [(f"P{i}", FIRST + timedelta(hours=i), FIRST + timedelta(hours=i + 2, minutes=7)) for i in range(40)]


def dotted(moment):
    return f"{moment:%d/%m/%Y %H:%M}"


def table(rows=None, head=("id", "came", "gone"), sep=",", write=dotted, more=()):
    """Return a CSV of forty visits, some of them changed: `rows` by their place."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sep, lineterminator="\n")
    writer.writerow(head)
    for i, (who, came, gone) in enumerate(HOURLY):
        writer.writerow((rows or {}).get(i, (who, write(came), write(gone), *more)))
    return out.getvalue()


def read(folder, data, mapping="", name="extract.csv", base=BASE, salt=None):
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    (folder / "map.yaml").write_text(base + mapping)
    return read_records(folder / name, folder / "map.yaml", salt=salt)


def counts(found):
    return {d.kind: (d.rows, d.done, d.examples[:1]) for d in found.quality.doubts}


def adds_up(found):
    quality = found.quality
    assert quality.rows == quality.used + sum(quality.left_out.values())
    return found


WHOLE = table()
SWAPPED = ("P5", "03/04/2024 14:00", dotted(HOURLY[5][2]))  # the third of April, written the American way
AGAINST = "P7,04/03/2024 16:00,03/04/2024 18:07"  # leaves a month later, unless it is turned


READ = {
    "nothing wrong": (WHOLE, "", {}),
    "utf-16 with its mark": (WHOLE.encode("utf-16"), "", {}),
    "utf-16 without its mark": (WHOLE.encode("utf-16-le"), "", {}),
    "utf-8 with its mark": (WHOLE.encode("utf-8-sig"), "", {}),
    "cp1252": (WHOLE.replace("P3,", "Zoë,").encode("cp1252"), "", {}),
    "semicolons": (table(sep=";"), "", {}),
    "tabs": (table(sep="\t"), "", {}),
    "bars": (table(sep="|"), "", {}),
    "gzipped": (gzip.compress(WHOLE.encode()), "", {}),
    "windows line ends": (WHOLE.replace("\n", "\r\n"), "", {}),
    "NUL bytes": (WHOLE.replace("P3,", "P\0003,"), "", {}),
    "a title above the names": ("Visits of March\nRun by A. Analyst\n\n" + WHOLE, "", {}),
    "blank rows": (WHOLE.replace("P3,", "\n\nP3,"), "", {"blank_row": (2, "left out", (5,))}),
    "a row of totals": (WHOLE + "Total,40,\n", "", {"totals_row": (1, "left out", (42,))}),
    "the header again": (
        WHOLE.replace("P9,", "id,came,gone\nP9,"),
        "",
        {"header_again": (1, "left out", (11,))},
    ),
    "a row too long": (
        table({4: ("P4", "04/03/2024 13:00", "x", "y", "z")}),
        "",
        {"too_many_cells": (1, "left out", (6,))},
    ),
    "a row too short": (table({39: ("P39", dotted(HOURLY[39][1]))}), "", {"still_there": (1, "kept", (41,))}),
    "empty columns at the end": (WHOLE.replace("\n", ",,,\n"), "", {}),
    "blank columns between": (table(head=("id", "came", "gone", "", " "), more=("", "")), "", {}),
    "a date swapped beyond the extract": (table({5: SWAPPED}), "", {"swapped_dates": (1, "repaired", (7,))}),
    "a departure before arrival, unless swapped": (
        table({7: ("P7", dotted(HOURLY[7][1]), "03/04/2024 18:07")}),
        "",
        {"swapped_dates": (1, "repaired", (9,))},
    ),
    "swapped, left out": (
        table({5: SWAPPED}),
        "doubts: {swapped_dates: leave out}\n",
        {"swapped_dates": (1, "left out", (7,))},
    ),
    "only the other order can be read": (
        table({5: ("P5", "03/14/2024 14:00", "03/14/2024 15:00")}),
        "",
        {"swapped_dates": (1, "repaired", (7,))},
    ),
    "left before arriving": (
        table({3: ("P3", dotted(HOURLY[3][2]), dotted(HOURLY[3][1]))}),
        "",
        {"negative_duration": (1, "left out", (5,))},
    ),
    "left before arriving, departure unknown": (
        table({39: ("P39", dotted(HOURLY[39][1]), dotted(HOURLY[38][1]))}),
        "doubts: {negative_duration: repair}\n",
        {"negative_duration": (1, "repaired", (41,))},
    ),
    "no time at all": (
        table({3: ("P3", dotted(HOURLY[3][1]), dotted(HOURLY[3][1]))}),
        "",
        {"zero_duration": (1, "kept", (5,))},
    ),
    "a duplicate": (
        table({3: (HOURLY[2][0], dotted(HOURLY[2][1]), dotted(HOURLY[2][2]))}),
        "",
        {"duplicates": (1, "left out", (5,))},
    ),
    "duplicates kept": (
        table({3: (HOURLY[2][0], dotted(HOURLY[2][1]), dotted(HOURLY[2][2]))}),
        "doubts: {duplicates: keep}\n",
        {"duplicates": (1, "kept", (5,)), "overlaps": (1, "kept", (4,))},
    ),
    "no arrival": (
        table({3: ("P3", "", dotted(HOURLY[3][2]))}),
        "",
        {"missing_start": (1, "left out", (5,))},
    ),
    "an arrival that is no moment": (
        table({3: ("P3", "about nine", dotted(HOURLY[3][2]))}),
        "",
        {"unreadable_start": (1, "left out", (5,))},
    ),
    "the 31st of April": (
        table({3: ("P3", "31/04/2024 09:00", dotted(HOURLY[3][2]))}),
        "",
        {"unreadable_start": (1, "left out", (5,))},
    ),
    "nobody named": (
        table({3: ("", dotted(HOURLY[3][1]), dotted(HOURLY[3][2]))}),
        "",
        {"no_patient": (1, "left out", (5,))},
    ),
    "NULL in words": (
        table({39: ("P39", dotted(HOURLY[39][1]), "NULL")}),
        "",
        {"still_there": (1, "kept", (41,))},
    ),
    "never left": (
        table({0: ("P0", dotted(FIRST - timedelta(days=6)), "")}),
        "",
        {"left_open": (1, "left out", (2,))},
    ),
    "a filler for not known": (
        table({39: ("P39", dotted(HOURLY[39][1]), "01/01/1900 00:00")}),
        "",
        {"filler": (1, "repaired", (41,)), "still_there": (1, "kept", (41,))},
    ),
    "24:00": (
        table({13: ("P13", "04/03/2024 22:00", "04/03/2024 24:00")}),
        "",
        {"hour_24": (1, "repaired", (15,))},
    ),
    "years of two digits": (
        table(write=lambda m: f"{m:%d/%m/%y %H:%M}"),
        "",
        {"short_year": (40, "kept", (2,))},
    ),
    "Excel's number of days": (
        table({3: ("P3", "45355.5", "45355.6")}),
        "",
        {"other_format": (1, "kept", (5,))},
    ),
    "Excel's number with a decimal comma": (
        table({3: ("P3", "45355,5", "45355,6")}, sep=";"),
        "",
        {"other_format": (1, "kept", (5,))},
    ),
    "dates without a time": (
        table({3: ("P3", "04/03/2024", dotted(HOURLY[3][2]))}),
        "",
        {"date_only": (1, "kept", (5,))},
    ),
    "mixed zones": (
        table({3: ("P3", "2024-03-04T12:00:00Z", "2024-03-04T15:07:00+01:00")}),
        "zone: Europe/London\n",
        {"other_zone": (1, "repaired", (5,)), "other_format": (1, "kept", (5,))},
    ),
    "the hour that spring skips": (
        table(
            {
                3: ("P3", "31/03/2024 01:30", "31/03/2024 03:00"),
                4: ("P4", "30/03/2024 01:30", "30/03/2024 03:00"),
            }
        ),
        "zone: Europe/London\ncovers: {from: 2024-03-01, until: 2024-04-02}\n",
        {"missing_hour": (1, "repaired", (5,))},
    ),
    "the hour that comes twice": (
        table(
            {
                3: ("P3", "27/10/2024 01:50", "27/10/2024 01:10"),
                4: ("P4", "27/10/2024 01:10", "27/10/2024 01:20"),
            }
        ),
        "zone: Europe/London\ncovers: {from: 2024-03-01, until: 2024-11-02}\n",
        {"doubled_hour": (1, "kept", (6,))},
    ),
    "after what it covers": (
        WHOLE,
        "covers: {from: 2024-03-01, until: 2024-03-06}\n",
        {"outside_period": (1, "left out", (41,))},
    ),
    "there before it begins": (
        WHOLE,
        "covers: {from: 2024-03-05, until: 2024-03-20}\n",
        {"outside_period": (13, "left out", (2,)), "there_before": (2, "kept", (15,))},
    ),
    "a quoted line break": (WHOLE.replace("P3,", '"P\n3",'), "", {}),
    "names of columns in capitals and spaces": (WHOLE.replace("id,came,gone", " ID , Came,GONE "), "", {}),
}


@pytest.mark.parametrize("case", READ)
def test_is_read_and_what_was_odd_is_counted_by_row(tmp_path, case):
    data, mapping, wanted = READ[case]
    found = adds_up(read(tmp_path, data, mapping))
    told = counts(found)
    for kind, (rows, done, first) in wanted.items():
        mine = [d for d in found.quality.doubts if d.kind == kind and d.done == done]
        assert mine, told
        assert (mine[0].rows, mine[0].examples[:1]) == (rows, first)
    if not wanted:
        assert told == {}
        assert found.quality.used == found.quality.rows == 40
    arrivals = (found.log.event == Event.ARRIVE).sum()
    assert arrivals == found.quality.spells
    assert found.quality.used >= 25


def test_there_are_at_least_twenty_five():
    assert len(READ) + len(REFUSED) >= 25


def test_a_swapped_date_is_put_where_it_belongs(tmp_path):
    found = read(tmp_path, table({5: SWAPPED}))
    assert sorted(found.log.time[found.log.event == Event.ARRIVE].tolist()) == [
        (came - FIRST + timedelta(hours=9)) // timedelta(milliseconds=1) for _, came, _ in HOURLY
    ]


def test_the_doubled_hour_is_repaired_where_the_order_needs_it(tmp_path):
    data, mapping, _ = READ["the hour that comes twice"]
    found = read(tmp_path, data, mapping)
    assert {(d.rows, d.done, d.examples) for d in found.quality.doubts if d.kind == "doubled_hour"} == {
        (1, "repaired", (5,)),
        (1, "kept", (6,)),
    }
    # 01:50 summer time to 01:10 winter time is twenty minutes
    leaves = found.log.time[found.log.event == Event.LEAVE]
    arrives = found.log.time[found.log.event == Event.ARRIVE]
    assert (leaves - arrives).min() == 10 * 60_000
    assert 20 * 60_000 in (leaves - arrives)


REFUSED = {
    "an empty file": (b"", "", "got an empty file"),
    "only white space": (b"\n\n  \n", "", "got an empty file"),
    "only names": (b"id,came,gone\n", "", "got no rows below the names of the columns"),
    "a column misspelt": (
        WHOLE.replace("gone", "gonne"),
        "",
        "got no column 'gone', want it, as the mapping names it; did you mean 'gonne'?",
    ),
    "no header": (WHOLE.partition("\n")[2], "", "got no column 'id'"),
    "not one stamp can be read": (
        table(write=lambda m: m.strftime("%H:%M")),
        "",
        "not one stamp could be read",
    ),
    "an old Excel file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "", "Excel file of the old kind"),
    "a packed file that is no workbook": (b"PK\x03\x04" + b"0" * 600, "", "no Excel workbook"),
    "a Parquet file cut short": (b"PAR1" + b"0" * 600, "", "cannot be read"),
    "a gzip cut short": (gzip.compress(WHOLE.encode())[:-90], "", "was it copied whole?"),
    "a quotation mark never closed": (
        WHOLE + 'P99,"04/03/2024 10:00,\n' + "P1,x,y\n" * 200_000,
        "",
        "a quotation mark is opened and never closed",
    ),
    "everything left out": (
        table(write=lambda m: m.strftime("%d/%m/%Y %H:%M")),
        "covers: {from: 2023-01-01, until: 2023-02-01}\n",
        "no row could be used; left out: outside period",
    ),
    "a sheet that is not there": (
        None,
        "file: {sheet: Sheat}\n",
        "want a sheet of the file; did you mean 'Sheet'?",
    ),
    "a folder": (..., "", "it is a folder"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused_in_words(tmp_path, case, capsys):
    data, mapping, words = REFUSED[case]
    path = tmp_path / "extract.csv"
    (tmp_path / "map.yaml").write_text(BASE + mapping)
    if data is ...:
        path.mkdir()
    elif data is None:
        workbook(path := tmp_path / "extract.xlsx")
    else:
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    code = main(["import", str(path), "--map", str(tmp_path / "map.yaml"), "--out", str(tmp_path / "out")])
    told = capsys.readouterr().err.replace("\n", " ")
    assert code == 2
    assert words in told
    assert "Traceback" not in told


def workbook(path, head=("id", "came", "gone"), above=(), write=lambda m: m):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in above:
        sheet.append(row)
    sheet.append(head)
    for who, came, gone in HOURLY:
        sheet.append([who, write(came), write(gone)])
    book.save(path)


def test_an_excel_sheet_is_read_with_its_own_moments(tmp_path):
    workbook(tmp_path / "x.xlsx")
    (tmp_path / "map.yaml").write_text(BASE)
    found = read_records(tmp_path / "x.xlsx", tmp_path / "map.yaml")
    same = read(tmp_path, WHOLE)
    assert found.log.rows() == same.log.rows()
    assert found.quality.told["kind"] == "Excel"


def test_merged_headings_of_two_rows_stand_before_the_names_below_them(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Patient", "Arrival", None, "Departure", None])
    sheet.append(["Number", "Date", "Time", "Date", "Time"])
    sheet.merge_cells("B1:C1")
    sheet.merge_cells("D1:E1")
    for who, came, gone in HOURLY:
        sheet.append([who, came.date(), came.time(), gone.date(), gone.time()])
    book.save(tmp_path / "x.xlsx")
    mapping = "cisim: 1\nrecords: r\none_row: visit\ndates: year first\npatient: Patient Number\n"
    mapping += "arrived: [Arrival Date, Arrival Time]\nleft: [Departure Date, Departure Time]\n"
    (tmp_path / "map.yaml").write_text(mapping)
    found = read_records(tmp_path / "x.xlsx", tmp_path / "map.yaml")
    assert found.log.rows() == read(tmp_path, WHOLE).log.rows()


def test_columns_of_one_name_are_told_apart_by_their_number(tmp_path):
    data = table(head=("id", "date", "date"))
    base = BASE.replace("came", "date").replace("gone", "date (2)")
    found = read(tmp_path, data, base=base)
    assert found.log.rows() == read(tmp_path, WHOLE).log.rows()
    assert any("one name" in note for note in found.quality.notes)


def test_a_file_without_names_is_read_by_the_number_of_the_column(tmp_path):
    base = BASE.replace("id", "column 1").replace("came", "column 2").replace("gone", "column 3")
    found = read(tmp_path, WHOLE.partition("\n")[2], "file: {header_row: 0}\n", base=base)
    assert found.log.rows() == read(tmp_path, WHOLE).log.rows()


FORMULA = '=HYPERLINK("http://x","y")'


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_formula_stays_text_and_is_never_written_so_that_a_spreadsheet_would_run_it(tmp_path, kind):
    (tmp_path / "map.yaml").write_text(BASE + "outcome: how\n")
    path = tmp_path / f"x.{kind}"
    rows = [[who, came, gone, FORMULA if i == 3 else "home"] for i, (who, came, gone) in enumerate(HOURLY)]
    if kind == "xlsx":
        book = openpyxl.Workbook()
        book.active.append(["id", "came", "gone", "how"])
        for row in rows:
            book.active.append(row)
        book.save(path)
    else:
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(
                [["id", "came", "gone", "how"], *([r[0], dotted(r[1]), dotted(r[2]), r[3]] for r in rows)]
            )
    out = tmp_path / "out"
    assert main(["import", str(path), "--map", str(tmp_path / "map.yaml"), "--out", str(out), "--csv"]) == 0
    quality = json.loads((out / "quality.json").read_text())
    assert [d["rows"] for d in quality["doubts"] if d["kind"] == "formula"] == [1]
    with gzip.open(out / "log.csv.gz", "rt", newline="") as file:
        cells = [c for row in csv.reader(file) for c in row]
    assert any(c.startswith("'=HYPERLINK") for c in cells)
    assert not any(c.startswith(("=", "+", "@")) for c in cells)


def test_an_identifier_in_free_text_is_told_and_goes_nowhere(tmp_path, capsys):
    data = table(
        {3: ("P3", dotted(HOURLY[3][1]), dotted(HOURLY[3][2]), "NHS 943 476 5919, SW1A 1AA")},
        head=("id", "came", "gone", "note"),
        more=("walked in",),
    )
    (tmp_path / "x.csv").write_text(data)
    (tmp_path / "map.yaml").write_text(BASE + "outcome: note\n")
    out = tmp_path / "out"
    assert (
        main(
            [
                "import",
                str(tmp_path / "x.csv"),
                "--map",
                str(tmp_path / "map.yaml"),
                "--out",
                str(out),
                "--csv",
            ]
        )
        == 0
    )
    assert "seems to hold NHS numbers" in capsys.readouterr().out
    for path in out.iterdir():
        held = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for secret in (b"943 476", b"4765919", b"SW1A", b"walked in"):
            assert secret not in held, path


def test_ten_digits_that_are_no_nhs_number_are_no_reason_to_drop_a_column(tmp_path):
    data = table(head=("id", "came", "gone", "bay"), more=("phone 9434765918",))
    assert read(tmp_path, data, "outcome: bay\n").quality.naming == {}


def test_patients_are_hashed_with_the_salt_and_nothing_of_them_is_written(tmp_path):
    salt = b"a long and secret salt"
    one, two, other = (read(tmp_path, WHOLE, salt=s) for s in (salt, salt, b"another long secret salt"))
    assert one.log.patients == two.log.patients
    assert not set(one.log.patients) & set(other.log.patients)
    assert len(set(one.log.patients)) == 40
    assert not any(name.startswith("P") and name[1:].isdigit() for name in one.log.patients)
    (tmp_path / "salt").write_bytes(salt)
    out = tmp_path / "out"
    words = ["import", str(tmp_path / "extract.csv"), "--map", str(tmp_path / "map.yaml"), "--out", str(out)]
    assert main([*words, "--salt", str(tmp_path / "salt"), "--csv"]) == 0
    for path in out.iterdir():
        held = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert salt not in held
        assert b"P17" not in held


def test_a_short_salt_and_a_missing_one_are_refused(tmp_path, capsys):
    (tmp_path / "x.csv").write_text(WHOLE)
    (tmp_path / "map.yaml").write_text(BASE + "identifiers: hashed\n")
    (tmp_path / "salt").write_text("abc")
    words = ["import", str(tmp_path / "x.csv"), "--map", str(tmp_path / "map.yaml")]
    assert main(words) == 2
    assert "wants a salt" in capsys.readouterr().err
    assert main([*words, "--salt", str(tmp_path / "salt")]) == 2
    assert "want 16 or more" in capsys.readouterr().err


def test_no_mapping_is_refused_with_how_to_draft_one(tmp_path, capsys):
    (tmp_path / "x.csv").write_text(WHOLE)
    assert main(["import", str(tmp_path / "x.csv")]) == 2
    assert "--guess` drafts one" in capsys.readouterr().err


@pytest.mark.parametrize("sep", [",", ";", "\t"])
def test_a_guessed_mapping_reads_its_file(tmp_path, sep, capsys):
    data = table(head=("Patient ID", "Arrival Time", "Departure Time"), sep=sep)
    (tmp_path / "x.csv").write_text(data)
    words = ["import", str(tmp_path / "x.csv"), "--guess", "--map", str(tmp_path / "g.yaml")]
    assert main(words) == 0
    assert "AMBIGUOUS" in (tmp_path / "g.yaml").read_text()  # the fourth and fifth of March: no day above 12
    assert read_mapping(tmp_path / "g.yaml").dates == "day first"
    found = read_records(tmp_path / "x.csv", tmp_path / "g.yaml")
    assert found.quality.used == 40
    assert main(words) == 2
    assert "not written over" in capsys.readouterr().err


def test_counts_by_hour_are_no_records_of_patients(tmp_path):
    from cisim.records import draft

    (tmp_path / "x.csv").write_text(
        "Date,Hour,Arrivals\n" + "".join(f"2024-03-0{d},{h},{h}\n" for d in range(1, 9) for h in range(24))
    )
    with pytest.raises(DataError, match="Counts by hour, day or month are no records of patients"):
        draft(tmp_path / "x.csv")
