"""Extracts as three users have them, unlike those that the import was made with: guessed unaided, and read whole.

An analyst's ward stays written in forty ways are one log. What cannot be read is refused in words that say what to do.
"""

import bz2
import csv
import io
import json
import lzma
import zipfile
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest

from cisim.errors import DataError
from cisim.eventlog import Event
from cisim.records import draft, read_records

SINCE = datetime(2024, 1, 8, 6, 0)  # noqa: DTZ001 - a local clock
HEAD = (
    "Hospital Number",
    "Spell Number",
    "Ward Stay Seq",
    "Ward Code",
    "Ward Start Date/Time",
    "Ward End Date/Time",
)
STAYS = []
for spell in range(24):
    began = SINCE + timedelta(hours=29 * spell, minutes=7 * spell)
    for place, ward in enumerate(("AMU", "W7", "W9")[: 1 + spell % 3]):
        ended = began + timedelta(hours=5 + 11 * (spell % 5), minutes=13)
        STAYS.append((f"{7000000 + spell % 19}", f"S{100 + spell}", place + 1, ward, began, ended))
        began = ended


def uk(moment):
    return f"{moment:%d/%m/%Y %H:%M}"


def lines(rows, head=HEAD, sep=",", end="\r\n"):
    out = io.StringIO()
    csv.writer(out, delimiter=sep, lineterminator=end).writerows([head, *rows])
    return out.getvalue()


def written(write, other=None, ward=lambda _, w: w, who=lambda _, p: p):
    other = other or write
    return lines(
        [(who(i, p), s, k, ward(i, w), write(a), other(b)) for i, (p, s, k, w, a, b) in enumerate(STAYS)]
    )


def serial(moment):
    return (moment - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001


def unix(moment, times=1):
    return round(moment.replace(tzinfo=UTC).timestamp()) * times


def english(moment, hour="%I:%M %p"):
    return f"{moment:%d/%m/%Y }{moment.strftime(hour)}"


def nth(moment):
    day = moment.day
    ending = "th" if 4 <= day <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending} {moment:%B %Y %H:%M}"


def zipped(text, name="stays.csv"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("__MACOSX/._stays.csv", b"\0")
        archive.writestr(name, text)
    return out.getvalue()


def parted(day, time, head=("Start Date", "Start Time", "End Date", "End Time")):
    rows = [(p, s, w, day(a), time(a), day(b), time(b)) for p, s, _, w, a, b in STAYS]
    return lines(rows, ("Hospital Number", "Spell Number", "Ward Code", *head))


def book(*sheets):
    out = io.BytesIO()
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows, state in sheets:
        sheet = made.create_sheet(name)
        sheet.sheet_state = state
        for row in rows:
            sheet.append(list(row))
    made.save(out)
    return out.getvalue()


WHOLE = written(uk)
DATED = [HEAD, *STAYS]
date_of, clock_of = "{:%d/%m/%Y}".format, "{:%H:%M}".format

SAME = {
    "am and pm": written(english),
    "a.m. and p.m.": written(lambda m: english(m, "%I:%M ") + ("a.m." if m.hour < 12 else "p.m.")),
    "months in capitals and years of two digits": written(lambda m: f"{m:%d-%b-%y %H:%M:%S}".upper()),
    "a database's twelve-hour stamps": written(lambda m: f"{m:%d-%b-%y %I.%M.%S.000000000 %p}".upper()),
    "days of the week": written("{:%A %d %B %Y %H:%M}".format, "{:%a, %d %b %Y %H:%M:%S}".format),
    "the 1st, 2nd and 3rd": written(nth),
    "month first": written("{:%m/%d/%Y %H:%M}".format),
    "seconds since 1970": written(unix),
    "thousandths since 1970": written(lambda m: unix(m, 1000)),
    "digits without signs": written("{:%Y%m%d%H%M}".format, "{:%Y%m%d%H%M%S}".format),
    "Excel's number of days": written(lambda m: f"{serial(m):.8f}"),
    "universal time, said by Z": written("{:%Y-%m-%dT%H:%M:%SZ}".format),
    "universal time to seven places": written("{:%Y-%m-%d %H:%M:%S.0000000 +00:00}".format),
    "ISO and day first, mixed": written(
        lambda m: uk(m) if m.minute % 2 else f"{m:%Y-%m-%d %H:%M:%S}", "{:%d.%m.%y %H:%M}".format
    ),
    "numbers of patients as decimals": written(uk, who=lambda i, p: f"{p}.0" if i % 2 else p),
    "numbers with an apostrophe": written(uk, who=lambda i, p: f"'{p}" if i % 2 else f" {p} "),
    "wards in capitals or not, with blanks": written(
        uk, ward=lambda i, w: (w, f"{w}  ", w.lower(), f"{w}\xa0")[i % 4 if i > 9 else 0]
    ),
    "a zip of one file": zipped(WHOLE),
    "bzip2": bz2.compress(WHOLE.encode()),
    "xz": lzma.compress(WHOLE.encode()),
    "carets": lines([(*r[:4], uk(r[4]), uk(r[5])) for r in STAYS], sep="^"),
    "sep= in the first line": "sep=;\r\n" + lines([(*r[:4], uk(r[4]), uk(r[5])) for r in STAYS], sep=";"),
    "carriage returns alone": lines([(*r[:4], uk(r[4]), uk(r[5])) for r in STAYS], end="\r"),
    "a database's line of dashes and count": WHOLE.replace("\r\n", "\r\n---,---,---,---,---,---\r\n", 1)
    + "\r\n(46 rows affected)\r\n",
    "a total in the middle of its row": WHOLE + ",,,Total,46,\r\n",
    "a nameless first column": "\r\n".join("," + line for line in WHOLE.split("\r\n") if line),
    "notes over several lines": lines(
        [(*r[:4], uk(r[4]), uk(r[5]), 'said:\n"home" soon') for r in STAYS], (*HEAD, "Notes")
    ),
    "times of four digits without their zeros": parted(date_of, lambda m: str(int(f"{m:%H%M}"))),
    "times with am and pm apart": parted(date_of, "{:%I:%M %p}".format),
    "times with hrs": parted(date_of, "{:%H%Mhrs}".format),
    "columns of one name": parted(date_of, clock_of, ("Date", "Time", "Date", "Time")),
    "midnight for the date, and the time apart": parted("{:%Y-%m-%d 00:00:00}".format, clock_of),
    "a cover sheet": book(("Cover", [["Ward stays"], ["Run in May"]], "visible"), ("Data", DATED, "visible")),
    "a hidden sheet first": book(("codes", [["code", "name"], ["W7", "Seven"]], "hidden"), ("D", DATED, "visible")),
    "numbers of days in Excel": book(("D", [HEAD, *((*r[:4], serial(r[4]), serial(r[5])) for r in STAYS)], "visible")),
    "text and dates mixed in Excel": book(
        ("D", [HEAD, *((*r[:4], uk(r[4]) if i % 3 else r[4], r[5]) for i, r in enumerate(STAYS))], "visible")
    ),
    "dates and times in cells of their own": book(
        (
            "D",
            [
                ("Hospital Number", "Spell Number", "Ward Code", "Start Date", "Start Time", "End Date", "End Time"),
                *((p, s, w, a.date(), a.time(), b.date(), b.time()) for p, s, _, w, a, b in STAYS),
            ],
            "visible",
        )
    ),
}  # fmt: skip
LEFT_OUT = {
    "a database's line of dashes and count": {"totals_row": 2, "blank_row": 1},
    "a total in the middle of its row": {"totals_row": 1},
}


def guessed(folder, data, mend=lambda text: text):
    content = data if isinstance(data, bytes) else data.encode()
    workbook = content.startswith(b"PK") and b"[Content_Types].xml" in content
    path = folder / ("extract.xlsx" if workbook else "extract.csv")
    path.write_bytes(content)
    (folder / "map.yaml").write_text(mend(draft(path)), encoding="utf-8")
    return read_records(path, folder / "map.yaml")


def sorted_rows(found):
    """Return what happened to whom, by the order in which patients came; names of steps as they are."""
    return [r[1:] for r in found.log.rows()]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    found = guessed(tmp_path_factory.mktemp("plain"), WHOLE)
    assert found.quality.used == found.quality.rows == len(STAYS)
    assert (found.quality.patients, found.quality.spells) == (19, 24)
    assert found.quality.doubts == ()
    starts = sorted(found.log.time[found.log.event == Event.ARRIVE].tolist())
    midnight = SINCE.replace(hour=0)
    wanted = sorted((a - midnight) // timedelta(milliseconds=1) for _, _, k, _, a, _ in STAYS if k == 1)
    assert starts == wanted
    return sorted_rows(found)


@pytest.mark.parametrize("way", SAME)
def test_the_same_stays_however_written_are_guessed_and_read_into_the_same_log(tmp_path, plain, way):
    found = guessed(tmp_path, SAME[way])
    assert sorted_rows(found) == plain
    assert found.quality.left_out == LEFT_OUT.get(way, {})
    assert found.quality.rows == found.quality.used + sum(found.quality.left_out.values())


REFUSED = {
    "a web page called .xls": (b"<html><table><tr><td>Ward</td></tr></table></html>", "got a web page"),
    "JSON": (json.dumps([{"ward": "W7"}]).encode(), "got JSON"),
    "JSON in lines": (b'{"ward": "W7"}\n{"ward": "W9"}\n', "got JSON"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", "got a PDF"),
    "noise": (bytes(range(1, 256)) * 40, "got a file that is no text"),
    "XML that is no log": (b"<?xml version='1.0'?><wards><ward/></wards>", "an XML file that is no event log"),
    "another packer": (b"7z\xbc\xaf\x27\x1c" + b"0" * 99, "unpack it first"),
    "columns at fixed places": ("\n".join("".join(f"{c!s:<21}" for c in r) for r in DATED).encode(), "one column"),
    "a comma in a cell of each row": (
        WHOLE.replace("W7", "W7, bay A").replace("AMU", "A,U").replace("W9", "W,9").encode(), "too many cells",
    ),
    "numbers that a spreadsheet has cut": (written(uk, who=lambda *_: "7.00E+09").encode(), "cut the numbers of"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_of_records_is_refused_with_what_to_do(tmp_path, case):
    data, words = REFUSED[case]
    with pytest.raises(DataError, match=words):
        guessed(tmp_path, data)


def test_an_archive_of_several_files_is_refused_by_their_names(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", WHOLE)
        archive.writestr("b.csv", WHOLE)
    with pytest.raises(DataError, match=r"'a\.csv', 'b\.csv', want one CSV"):
        guessed(tmp_path, out.getvalue())


FILLERS = (
    "31/12/2099 00:00",
    "31-DEC-9999",
    "1/1/1900 0:00",
    "06/06/2079 00:00",
    "01/01/1970 00:00",
    "0",
    "2958465",
)


@pytest.mark.parametrize("filler", FILLERS)
def test_a_date_that_stands_for_none_means_still_there_and_leaves_nobody_out(tmp_path, filler):
    last = max(range(len(STAYS)), key=lambda i: STAYS[i][5])
    rows = [(*r[:4], uk(r[4]), filler if i == last else uk(r[5])) for i, r in enumerate(STAYS)]
    found = guessed(tmp_path, lines(rows))
    assert found.quality.used == len(STAYS)
    assert found.quality.doubt("filler").rows == found.quality.doubt("still_there").rows == 1


def test_capitals_and_blanks_of_wards_are_told(tmp_path):
    found = guessed(tmp_path, SAME["wards in capitals or not, with blanks"])
    told = found.quality.doubt("spelling")
    assert told.done == "repaired"
    assert told.rows == sum(1 for i, r in enumerate(STAYS) if i > 9 and i % 4 == 2)


def test_numbers_that_differ_by_zeros_or_capitals_are_told_and_not_guessed_at(tmp_path):
    data = written(uk, who=lambda i, p: f"00{p}" if i % 2 else p)
    found = guessed(tmp_path, data)
    assert any("zeros at the front" in note for note in found.quality.notes)
    assert found.quality.patients == len({r[0] + str(i % 2) for i, r in enumerate(STAYS)})


@pytest.mark.parametrize("word", ["NULL", "nan", "Unknown", "-"])
def test_who_is_not_known_is_nobody_and_not_one_patient_with_many_stays(tmp_path, word):
    found = guessed(tmp_path, written(uk, who=lambda i, p: word if i < 3 else p))
    assert found.quality.left_out == {"no_patient": 3}


def test_one_number_in_a_large_part_of_the_rows_is_told(tmp_path):
    rows = [(f"{i}" if i > 60 else "9999999", uk(SINCE + timedelta(hours=i)), uk(SINCE + timedelta(hours=i + 1)))
            for i in range(200)]  # fmt: skip
    found = guessed(tmp_path, lines(rows, ("Patient", "Arrival", "Departure")))
    assert any("stands in 61 rows (30%)" in note for note in found.quality.notes)


def test_a_clock_of_twelve_hours_without_am_or_pm_is_told(tmp_path):
    rows = [
        (i, english(SINCE + timedelta(hours=7 * i), "%I:%M"), uk(SINCE + timedelta(hours=7 * i + 30)))
        for i in range(90)
    ]
    found = guessed(tmp_path, lines(rows, ("Patient", "Arrival", "Departure")))
    told = [note for note in found.quality.notes if "clock of twelve hours" in note]
    assert len(told) == 1
    assert "'Arrival'" in told[0]


def test_departures_after_a_morning_round_are_no_clock_of_twelve_hours(tmp_path):
    gone = [SINCE.replace(hour=10) + timedelta(days=i, minutes=i % 50) for i in range(90)]
    rows = [(i, uk(t - timedelta(hours=5 * i % 70 + 1)), uk(t)) for i, t in enumerate(gone)]
    found = guessed(tmp_path, lines(rows, ("Patient", "Arrival", "Departure")))
    assert not any("clock of twelve hours" in note for note in found.quality.notes)


def test_stamps_of_universal_time_without_a_zone_are_told(tmp_path):
    found = guessed(
        tmp_path,
        SAME["universal time, said by Z"],
        lambda t: t.replace("zone: Europe/London", "# zone: Europe/London"),
    )
    assert any("are not those of the hospital's clock" in note for note in found.quality.notes)


def test_a_slip_of_the_pen_in_the_mapping_is_told(tmp_path):
    found = guessed(
        tmp_path,
        WHOLE,
        lambda t: t.replace(
            "ward: {column: Ward Code}", "ward: {column: Ward Code, recode: {W77: seven, amu: front}}"
        ),
    )
    assert any("no row says 'W77' in 'Ward Code'" in note and "'W7'" in note for note in found.quality.notes)
    assert {s.name for s in found.log.steps} == {"front", "W7", "W9"}


def test_a_formula_is_read_as_what_excel_made_of_it(tmp_path):
    rows = [(p, s, k, w, a, f"=E{i}+1.5") for i, (p, s, k, w, a, _) in enumerate(STAYS, 2)]
    made = book(("D", [HEAD, *rows], "visible"))
    unknown = guessed(tmp_path, made)
    assert any("formula whose result the file does not keep" in note for note in unknown.quality.notes)
    # as Excel saves it: the formula, and what it came to
    source, out = zipfile.ZipFile(io.BytesIO(made)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text = data.decode()
                for i, r in enumerate(STAYS, 2):
                    text = text.replace(
                        f"<f>E{i}+1.5</f><v />", f"<f>E{i}+1.5</f><v>{serial(r[4]) + 1.5:.9f}</v>"
                    )
                    text = text.replace(
                        f"<f>E{i}+1.5</f><v></v>", f"<f>E{i}+1.5</f><v>{serial(r[4]) + 1.5:.9f}</v>"
                    )
                data = text.encode()
            archive.writestr(name, data)
    known = guessed(tmp_path, out.getvalue())
    assert known.quality.notes == tuple(n for n in known.quality.notes if "formula" not in n)
    assert known.quality.used == len(STAYS)
    gave = known.log.time[known.log.event == Event.LEAVE]
    assert len(gave) > 0


def test_sheets_of_the_same_columns_are_told_as_not_read(tmp_path):
    made = book(("Jan", DATED[:20], "visible"), ("Feb", [HEAD, *STAYS[20:]], "visible"))
    assert "MIND: The same columns stand in 'Jan'" in _draft(tmp_path, made)


def _draft(folder, data):
    (folder / "d.xlsx").write_bytes(data)
    return draft(folder / "d.xlsx")


def test_episodes_of_a_spell_are_guessed_as_stays_and_not_as_visits(tmp_path):
    head = ("NHS Number", "Provider Spell No", "Episode Number", "Episode Start", "Episode End", "Main Specialty",
            "Admission Date", "Discharge Date")  # fmt: skip
    rows = [
        (p, s, k, uk(a), uk(b), ("300", "301")[k % 2], f"{a:%d/%m/%Y}", f"{b:%d/%m/%Y}")
        for p, s, k, _, a, b in STAYS
    ]
    found = guessed(tmp_path, lines(rows, head))
    assert (found.quality.spells, found.quality.used) == (24, len(STAYS))


def test_a_step_that_begins_before_it_was_asked_for_is_told_and_not_dropped_in_silence(tmp_path):
    data = "id,Arrival,Triage,Seen,Departure\n" + "".join(
        f"{i},{uk(SINCE + timedelta(hours=i))},{uk(SINCE + timedelta(hours=i, minutes=30))},"
        f"{uk(SINCE + timedelta(hours=i, minutes=10 if i == 4 else 50))},{uk(SINCE + timedelta(hours=i + 2))}\n"
        for i in range(30)
    )
    (tmp_path / "x.csv").write_text(data)
    (tmp_path / "m.yaml").write_text(
        "cisim: 1\nrecords: r\none_row: visit\ndates: day first\npatient: id\narrived: Arrival\nleft: Departure\n"
        "steps: [{step: doctor, asked: Triage, began: Seen}]\n"
    )
    told = read_records(tmp_path / "x.csv", tmp_path / "m.yaml").quality.doubt("points_out_of_order")
    assert (told.rows, told.done, told.examples) == (1, "repaired", (6,))


def test_who_came_and_left_in_the_hour_that_spring_skips_stays_in_the_log(tmp_path):
    data = "id,came,gone\n" + "".join(
        f"{d},{d:02d}/03/2024 09:00,{d:02d}/03/2024 10:00\n" for d in range(1, 31)
    )
    data += "x,31/03/2024 01:55,31/03/2024 02:10\n"  # a quarter of an hour, on a clock that nobody had put on
    (tmp_path / "x.csv").write_text(data)
    (tmp_path / "m.yaml").write_text(
        "cisim: 1\nrecords: r\none_row: visit\ndates: day first\nzone: Europe/London\npatient: id\n"
        "arrived: came\nleft: gone\n"
    )
    found = read_records(tmp_path / "x.csv", tmp_path / "m.yaml")
    assert found.quality.left_out == {}
    arrives, leaves = (found.log.time[found.log.event == e] for e in (Event.ARRIVE, Event.LEAVE))
    assert (leaves - arrives).min() == 15 * 60_000


def test_a_column_of_e_mail_or_telephone_is_not_carried_over(tmp_path):
    rows = [(*r[:4], uk(r[4]), uk(r[5]), "home" if i else "jo@nhs.net") for i, r in enumerate(STAYS)]
    found = guessed(tmp_path, lines(rows, (*HEAD, "Destination")), lambda t: t + "outcome: Destination\n")
    assert found.quality.naming == {"Destination": "addresses of e-mail"}
    rows = [(*r[:6], "ring 01865 741166" if not i else "home") for i, r in enumerate(rows)]
    found = guessed(tmp_path, lines(rows, (*HEAD, "Destination")), lambda t: t + "outcome: Destination\n")
    assert found.quality.naming == {"Destination": "telephone numbers"}
    assert found.log.details == ()
