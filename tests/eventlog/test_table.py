"""CSV in and out: what is read, what is refused and in which words, and that a round trip changes nothing."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cisim.errors import CisimWarning, DataError
from cisim.eventlog import Event, EventLog, Pool, StepName, read_log, read_pools, same_log, write_log
from cisim.units import DAY, HOUR, MINUTE, clock

GOOD = """patient,time,event,step,pool,detail
Ann,2024-01-02T09:30,arrive,,,
Ann,2024-01-02T09:30,ask,ward,,
Ann,2024-01-02T10:00,take,ward,beds,
Ann,2024-01-02T10:00,begin,ward,,
Bob,2024-01-03 08:00:00.250,arrive,,,
Ann,2024-01-05T12:00,ready,ward,,
Ann,2024-01-05T18:00,give,ward,beds,
Ann,2024-01-05T18:00,leave,,,home
Ann,2024-01-09T18:00,arrive,,,
"""


@pytest.fixture
def csv(tmp_path):
    def write(text, name="log.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def complaint(path, **options):
    with pytest.raises(DataError) as error:
        read_log(path, **options)
    return str(error.value).replace(str(path), "log.csv")


def test_a_ward_book_is_read(csv):
    log = read_log(csv(GOOD))
    assert (log.start, log.end) == (date(2024, 1, 2), 8 * DAY)
    assert (log.pathways, log.patients) == (("all",), ("Ann", "Bob"))
    assert log.steps == (StepName("all", "ward", "stay"),)
    assert [p.name for p in log.pools] == ["beds"]
    assert log.rows()[2] == ("all", "Ann", 10 * HOUR, "take", "ward", "beds", 1, "")
    assert log.rows()[-1] == ("all", "Bob", 32 * HOUR + 250, "arrive", "", "", 0, "")
    assert log.spell.tolist() == [0] * 7 + [1, 0]
    assert log.sequence.tolist() == [*range(7), 0, 0]


def test_start_and_end_may_be_said(csv):
    log = read_log(csv(GOOD), start=date(2024, 1, 1), end=datetime.fromisoformat("2024-01-10T06:00"))
    assert (log.time[0], log.end) == (33 * HOUR + 30 * MINUTE, 9 * DAY + 6 * HOUR)
    assert read_log(csv(GOOD), end=date(2024, 2, 1)).end == 30 * DAY


def test_rows_outside_start_and_end_are_refused(csv):
    text = complaint(csv(GOOD), start=date(2024, 1, 3), end=date(2024, 1, 9))
    assert "log.csv:2: time: got 2024-01-02 09:30:00, want a time from 2024-01-03 00:00:00" in text
    assert "log.csv:10: time: got 2024-01-09 18:00:00" in text
    assert text.count("\n") == 4


def test_rows_in_any_order_are_sorted_and_it_is_said(csv):
    head, *rows = GOOD.strip().split("\n")
    mixed = "\n".join([head, rows[4], *rows[5:], *rows[:4]])
    with pytest.warns(CisimWarning, match="1 rows stood before an earlier row"):
        log = read_log(csv(mixed))
    assert same_log(log, read_log(csv(GOOD)))


def test_numbers_are_sorted_as_numbers(csv):
    rows = "".join(f"{n},2024-01-01T00:00,arrive\n" for n in ("10", "9", "1.3", "x"))
    assert read_log(csv("patient,time,event\n" + rows)).patients == ("9", "10", "1.3", "x")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("Bob,2024-01-03,arrive,,,", "time: got '2024-01-03', want a date and a time on the local clock"),
        ("Bob,03/01/2024 10:00,arrive,,,", "time: got '03/01/2024 10:00', want"),
        ("Bob,2024-02-30T10:00,arrive,,,", "time: got '2024-02-30T10:00', want"),
        ("Bob,2024-01-03T10:00+01:00,arrive,,,", "time: got '2024-01-03T10:00+01:00', want"),
        (
            "Bob,2024-01-03T10:00,arive,,,",
            "event: got 'arive', want the name of an event; did you mean 'arrive'?",
        ),
        ("Bob,2024-01-03T10:00,xyz,,,", "event: got 'xyz', want the name of an event; known: arrive, ask"),
        (",2024-01-03T10:00,arrive,,,", "patient: got nothing, want who it was"),
        ("Bob,2024-01-03T10:00,ask,,,", "step: got nothing, want the step of ask"),
        ("Bob,2024-01-03T10:00,take,ward,,", "pool: got nothing, want the pool of take"),
        ("Bob,2024-01-03T10:00,arrive", "got 3 cells, want 6"),
    ],
)
def test_a_wrong_cell_is_told_with_its_line_and_column(csv, line, text):
    want = f"log.csv:11: {text}"
    assert complaint(csv(GOOD + line + "\n")).startswith(want)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (
            ["give,ward,beds"],
            "log.csv:3: units: got give of 1 'beds' by 'Cy', want no more than the 0 taken before",
        ),
        (
            ["take,ward,beds", "leave,,"],
            "log.csv:4: pool: got leave with 'beds' still taken of 'Cy', want give before it",
        ),
        (["end,scan,"], "log.csv:3: event: got end at 'scan' of 'Cy', want begin before it"),
        (["give_up,scan,"], "log.csv:3: event: got give_up at 'scan' of 'Cy', want ask before it"),
        (["ready,ward,"], "log.csv:3: event: got ready at 'ward' of 'Cy', want begin before it"),
        (["arrive,,"], "log.csv:3: event: got arrive as the first"),
        (["leave,,", "ask,ward,"], "log.csv:4: event: got ask of 'Cy', want nothing after leave (line 3)"),
    ],
)
def test_a_story_that_cannot_be_is_told(csv, lines, text):
    rows = [f"Cy,2024-01-02T1{i}:00,{line}\n" for i, line in enumerate(["arrive,,", *lines])]
    if lines == ["arrive,,"]:
        rows = ["Cy,2024-01-02T10:00,ask,ward,\n", "Cy,2024-01-02T11:00,arrive,,\n"]
        text = "log.csv:2: event: got ask as the first of 'Cy', want arrive"
    assert text in complaint(csv("patient,time,event,step,pool\n" + "".join(rows)))


def test_a_second_arrival_begins_a_spell_only_in_a_file_without_numbers(csv):
    rows = "Cy,2024-01-02T10:00,arrive,0\nCy,2024-01-02T11:00,arrive,0\n"
    assert "got a second arrive of 'Cy'" in complaint(csv("patient,time,event,spell\n" + rows))
    half = "Cy,2024-01-02T10:00,arrive,0\nCy,2024-01-02T11:00,leave,\n"
    assert "log.csv:3: spell: got nothing, want a number" in complaint(
        csv("patient,time,event,spell\n" + half)
    )


def test_columns_are_checked_first(csv):
    text = complaint(csv("patient,tme,event,ward\n"))
    assert "log.csv:1: time: got no such column, want one; did you mean 'tme'?" in text
    assert "log.csv:1: ward: got a column 'ward', want pathway, patient" in text
    assert "more than once" in complaint(csv("patient,time,event,event\n"))


def test_kinds_and_units_are_checked(csv):
    head = "patient,time,event,step,kind,pool,units\nA,2024-01-01T00:00,arrive,,,,\n"
    rows = [
        ("ask,ward,sty,,", "kind: got 'sty', want activity, stay"),
        ("take,ward,stay,beds,0", "units: got '0', want a whole number from 1 on"),
        ("take,ward,stay,beds,1.5", "units: got '1.5', want a whole number from 1 on"),
        ("ask,ward,stay,,2", "units: got '2', want nothing"),
        (
            "ask,ward,stay,,\nA,2024-01-01T00:00,begin,ward,round,,",
            "kind: got 'round', want 'stay', as 'ward' has in line 3",
        ),
    ]
    for row, text in rows:
        assert text in complaint(csv(f"{head}A,2024-01-01T00:00,{row}\n"))


def test_kinds_are_told_by_what_happens_where_nobody_wrote_them(csv):
    rows = [
        "arrive,,",
        "begin,journey,",
        "end,journey,",
        "ask,scan,",
        "take,scan,scanner",
        "begin,scan,",
        "end,scan,",
    ]
    rows += [
        "give,scan,scanner",
        "way,result,",
        "ask,ward,",
        "take,ward,beds",
        "begin,ward,",
        "give,ward,beds",
        "leave,home,",
    ]
    text = "".join(f"A,2024-01-01T00:{i:02},{row}\n" for i, row in enumerate(rows))
    log = read_log(csv("patient,time,event,step,pool\n" + text))
    assert {s.name: s.kind for s in log.steps} == {
        "journey": "delay", "scan": "activity", "result": "branch", "ward": "stay", "home": "leave",
    }  # fmt: skip
    assert set(log.visit.tolist()) == {-1, 0}


def test_all_mistakes_are_told_up_to_fifty(csv):
    text = complaint(csv("patient,time,event\n" + "A,now,arrive\n" * 53))
    assert text.count("log.csv:") == 50
    assert text.endswith("... and 3 more")


def test_files_that_cannot_be_read(csv, tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_log(tmp_path / "nowhere.csv")
    assert "got no rows" in complaint(csv("patient,time,event\n"))
    assert "got no such column" in complaint(csv(""))
    assert len(read_log(csv("patient,time,event\n"), start=date(2024, 1, 1))) == 0
    (tmp_path / "not.csv.gz").write_bytes(b"no archive")
    with pytest.raises(DataError, match="cannot be read"):
        read_log(tmp_path / "not.csv.gz")


def test_pools_have_numbers_that_change(csv):
    pools = csv(
        "pool,kind,owner,time,number\nbeds,beds,trust,,20\nbeds,beds,trust,2024-01-03T08:00,18\n"
        "home,slots,council,,unlimited\nporter,staff,trust,,\n",
        "pools.csv",
    )
    log = read_log(csv(GOOD), pools=pools)
    beds, home, porter = log.pools
    assert (beds.times.tolist(), beds.numbers.tolist(), beds.owner) == ([0, 32 * HOUR], [20, 18], "trust")
    assert home.unlimited
    assert not porter.rostered
    assert log.pool.max() == 0


def test_wrong_pools_are_told(csv):
    path = csv(
        "pool,kind,time,number\nbeds,bed,,20\nslots,slots,,unlimited\nslots,slots,2024-01-04T00:00,3\nx,room,,-1\n"
        "x,room,,2\nx,staff,2023-12-01T00:00,2\n,,,\n"
    )
    with pytest.raises(DataError) as error:
        read_pools(path, date(2024, 1, 1))
    for text in (
        "2: kind: got 'bed'",
        "4: number: got 'slots' as unlimited",
        "5: number: got '-1'",
        "6: time: got a second",
        "7: pool: got 'x' as staff",
        "7: time: got 2023",
    ):
        assert text in str(error.value)


# -- round trip ---------------------------------------------------------------------------------------

stays = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.integers(0, 5),
        st.integers(0, 20 * DAY),
        st.lists(st.integers(0, 2 * DAY), min_size=3, max_size=3),
        st.integers(1, 5),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda s: s[:2],
)


def engine_like(drawn):
    """A log as an engine writes it: patients numbered within pathways and bands."""
    rows = []
    for pathway, number, at, waits, units, stays_on in drawn:
        step = "ab".index(pathway)
        times = at + np.cumsum([0, *waits])
        who = number + ((number % 2) << 32)
        story = [
            (0, Event.ARRIVE, -1, -1, -1, 0, -1),
            (0, Event.ASK, step, 0, -1, 0, -1),
            (1, Event.TAKE, step, 0, step, units, -1),
            (1, Event.BEGIN, step, 0, -1, 0, -1),
            (2, Event.READY, step, 0, -1, 0, -1),
            (3, Event.GIVE, step, 0, step, units, -1),
            (3, Event.LEAVE, -1, -1, -1, 0, step),
        ][: 5 if stays_on else 7]
        rows += [
            (step, who, 0, i, times[t], e, s, v, p, u, d) for i, (t, e, s, v, p, u, d) in enumerate(story)
        ]
    table = np.array(sorted(rows), np.int64).reshape(-1, 11)
    steps = (StepName("a", "ward, 'east'", "stay"), StepName("b", "ward", "stay"))
    return EventLog(
        date(2024, 2, 27),
        30 * DAY,
        ("a", "b"),
        steps,
        (Pool("x"), Pool("y")),
        ("home", 'to "B"'),
        *table.T.copy(),
    )


@given(stays)
@settings(max_examples=40, deadline=None)
def test_a_log_written_is_read_back_the_same(tmp_path_factory, drawn):
    log = engine_like(drawn)
    for name in ("log.csv", "log.csv.gz"):
        path = tmp_path_factory.mktemp("round") / name
        write_log(log, path)
        back = read_log(path, start=log.start, end=clock(log.start, log.end), pools=log.pools)
        assert same_log(log, back)
        assert (back.start, back.end, back.pools) == (log.start, log.end, log.pools)
        seen = {log.steps[s] for s in log.step if s >= 0}
        assert set(back.steps) == seen
        assert back.visit.tolist() == log.visit.tolist()
        write_log(back, path)
        assert same_log(back, read_log(path, start=log.start))


def test_times_are_written_as_local_iso_text(tmp_path):
    log = engine_like([("a", 1, 36 * HOUR + 7, [1, 2, 3], 2, False)])
    write_log(log, tmp_path / "log.csv")
    head, first, *_ = (tmp_path / "log.csv").read_text().split("\n")
    assert head == "pathway,patient,spell,time,event,step,visit,kind,pool,units,detail"
    assert first == "a,1.1,0,2024-02-28T12:00:00.007,arrive,,,,,,"
    assert datetime.fromisoformat(first.split(",")[3]) - clock(log.start, 0) == timedelta(
        milliseconds=36 * HOUR + 7
    )
