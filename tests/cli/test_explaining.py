"""A life with every kind of row, told in words."""

from datetime import date

from cisim.cli.explaining import story
from cisim.eventlog import read_log

ROWS = [
    ("arrive", "", "", ""),
    ("ask", "see", "", ""),
    ("take", "see", "room", ""),
    ("begin", "see", "", ""),
    ("interrupt", "see", "", ""),
    ("give", "see", "room", ""),
    ("take", "see", "room", ""),
    ("resume", "see", "", ""),
    ("end", "see", "", ""),
    ("give", "see", "room", ""),
    ("free", "see", "room", ""),
    ("ask", "ward", "", ""),
    ("take", "ward", "other", ""),
    ("begin", "ward", "", ""),
    ("move", "ward", "", ""),
    ("give", "ward", "other", ""),
    ("take", "ward", "own", ""),
    ("begin", "papers", "", ""),
    ("end", "papers", "", "transport"),
    ("ready", "ward", "", ""),
    ("give", "ward", "own", ""),
    ("ask", "lounge", "", ""),
    ("turn_away", "lounge", "", ""),
    ("leave", "", "", "home"),
    ("free", "ward", "own", ""),
]


def test_every_kind_of_row_has_its_words(tmp_path):
    lines = [f"1,2024-01-01T{i:02}:00,{','.join(row)}" for i, row in enumerate(ROWS[:24])]
    lines.append(f"1,2024-01-02T01:00,{','.join(ROWS[24])}")
    path = tmp_path / "log.csv"
    path.write_text("patient,time,event,step,pool,detail\n" + "\n".join(lines) + "\n")
    told = story(read_log(path, start=date(2024, 1, 1)), "all", 0)
    words = [line[26:].strip() for line in told]
    assert len(words) == len(ROWS), "and nobody is still here"
    for told_so in (
        "'see' is interrupted for somebody more urgent",
        "'see' goes on",
        "'room' is free again",
        "moves to another bed for 'ward'",
        "'papers' ends, 'transport' the last",
        "leaves: home",
        "'own' is free again",
    ):
        assert any(told_so in word for word in words), (told_so, words)
    assert any(word.startswith("is turned away from 'lounge': too many wait after 1 h") for word in words)
