"""Rows read are rows in the log and rows left out for a reason, whatever is wrong with them and is done about it."""

from datetime import datetime, timedelta

import numpy as np
import pytest
import typer

from cisim.cli import importing as command
from cisim.errors import AuditError
from cisim.records import importing as opened, read_records
from cisim.records.importing import _nothing_lost

SINCE = datetime(2024, 3, 20)  # noqa: DTZ001 - a local clock
CHOICES = {
    "swapped_dates": ("keep", "repair", "leave out"),
    "negative_duration": ("repair", "leave out"),
    "zero_duration": ("keep", "leave out"),
    "duplicates": ("keep", "leave out"),
    "overlaps": ("keep", "repair", "leave out"),
    "points_out_of_order": ("repair", "leave out"),
    "missing_hour": ("keep", "repair", "leave out"),
    "left_open": ("keep", "leave out"),
    "outside_period": ("keep", "leave out"),
}
SHAPES = {
    "visit": "one_row: visit\npatient: who\narrived: a\nleft: b\noutcome: what\n"
    "steps: [{step: seen, asked: a, began: c}, {step: place, kind: stay, began: a, pool: place}]\n",
    "stay": "one_row: stay\npatient: who\nward: what\nin: a\nout: b\nready: c\n",
    "stay by number": "one_row: stay\npatient: who\nspell: spell\nward: what\nin: a\nout: b\nasked: c\n",
    "event": "one_row: event\npatient: who\nactivity: what\ntime: a\nended: b\n",
    "event of two rows": "one_row: event\npatient: who\nactivity: what\ntime: a\ntransition: {column: phase}\n"
    "leaves: {W9: home}\nreturns: [W1]\n",
}  # fmt: skip


class Luck:
    """Choices by a seed."""

    def __init__(self, seed):
        self.drawn = np.random.default_rng(seed)

    def choice(self, values):
        return values[int(self.drawn.integers(len(values)))]

    def randrange(self, *ends):
        return int(self.drawn.integers(*ends))

    def random(self):
        return float(self.drawn.random())


def messy(luck):
    """Return rows of which about half are somehow wrong."""

    def stamp(moment):
        ways = ["%d/%m/%Y %H:%M"] * 12 + [
            "%m/%d/%Y %H:%M",
            "%Y-%m-%d %H:%M:%S",
            "%d/%m/%Y",
            "see notes",
            "",
            "31/12/9999",
        ]
        return moment.strftime(luck.choice(ways))

    rows = []
    for _ in range(150):
        a = SINCE + timedelta(minutes=luck.randrange(25 * 24 * 60))
        c = a + timedelta(minutes=luck.randrange(-30, 300))
        b = a + timedelta(minutes=luck.choice([0, -60, 45, 700, 4000, 900_000]))
        who = luck.choice(["", "NULL", "7.1E+09", *(f"P{luck.randrange(30)}" for _ in range(30))])
        what = luck.choice(["", "W1", "W2", "w2 ", "W9", "=1+1", "Total"])
        phase = luck.choice(["start", "complete", "schedule", ""])
        row = [who, luck.choice(["", "S1", "S2"]), what, phase, stamp(a), stamp(c), stamp(b)]
        rows += [row] * luck.choice([1, 1, 1, 1, 2])
        if luck.random() < 0.05:
            rows.append(
                luck.choice([[], ["who", "spell", "what", "phase", "a", "c", "b"], [*row, "x", "y"], row[:4]])
            )
    return "\n".join(",".join(r) for r in [["who", "spell", "what", "phase", "a", "c", "b"], *rows])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", SHAPES)
def test_rows_read_are_rows_in_the_log_and_rows_left_out(tmp_path, shape, seed):
    luck = Luck(seed)
    doubts = "".join(f"  {k}: {luck.choice(v)}\n" for k, v in CHOICES.items())
    missing = luck.choice(["still there", "leave out"])
    (tmp_path / "x.csv").write_text(messy(luck))
    covers = luck.choice(["", "covers: {from: 2024-03-22, until: 2024-04-10}\n"])
    mapping = f"cisim: 1\nrecords: r\ndates: day first\nzone: Europe/London\n{SHAPES[shape]}{covers}"
    (tmp_path / "m.yaml").write_text(f"{mapping}missing_departure: {missing}\ndoubts:\n{doubts}")
    quality = read_records(tmp_path / "x.csv", tmp_path / "m.yaml").quality  # every import counts its log
    assert quality.rows == quality.used + sum(quality.left_out.values())
    assert sum(d.rows for d in quality.doubts if d.done == "left out") == sum(quality.left_out.values())
    assert 0 < quality.used < quality.rows


GOOD = "who,a,b\n" + "".join(
    f"{i},{d:02d}/03/2024 0{i % 9}:00,{d:02d}/03/2024 09:30\n" for d in range(1, 29) for i in range(9)
)
MAP = "cisim: 1\nrecords: r\none_row: visit\ndates: day first\nzone: Europe/London\npatient: who\narrived: a\nleft: b\n"


def test_a_row_that_is_nowhere_stops_the_import(tmp_path):
    (tmp_path / "x.csv").write_text(GOOD)
    (tmp_path / "m.yaml").write_text(MAP)
    with opened(tmp_path / "x.csv", tmp_path / "m.yaml") as (store, quality):
        _nothing_lost("x.csv", quality, store.count("spells"))
        with pytest.raises(AuditError, match=r"252 rows were read, 251 stand in the log and 0 were left out"):
            _nothing_lost("x.csv", quality, store.count("spells") - 1)


def test_an_import_that_is_stopped_leaves_the_one_before_it_whole(tmp_path, monkeypatch, capsys):
    (tmp_path / "x.csv").write_text(GOOD)
    (tmp_path / "m.yaml").write_text(MAP)
    out = tmp_path / "out"
    given = (tmp_path / "x.csv", tmp_path / "m.yaml", out, None)
    command.import_records(*given, csv=True)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    assert set(before) == {
        "log.parquet",
        "log.csv.gz",
        "quality.json",
        "quality.html",
        "described.json",
        "described.html",
    }

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "write_quality", stopped)
    with pytest.raises(typer.Exit):
        command.import_records(*given, csv=False)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert "is as it was" in capsys.readouterr().err
    monkeypatch.undo()
    command.import_records(*given, csv=False)
    assert {p.name for p in out.iterdir()} == set(before) - {
        "log.csv.gz"
    }  # not of another import than the log


def test_the_hour_that_spring_skips_is_no_gap_in_recording(tmp_path):
    rows = "who,a,b\n"
    for i in range(28 * 24 * 20):
        at = datetime(2024, 3, 10) + timedelta(minutes=3 * i)  # noqa: DTZ001 - a local clock
        if not (at.day == 31 and at.hour == 1):
            rows += f"{i},{at:%d/%m/%Y %H:%M},{at + timedelta(minutes=90):%d/%m/%Y %H:%M}\n"
    (tmp_path / "x.csv").write_text(rows)
    (tmp_path / "m.yaml").write_text(MAP)
    assert read_records(tmp_path / "x.csv", tmp_path / "m.yaml").quality.gaps == ()
    (tmp_path / "m.yaml").write_text(MAP.replace("zone: Europe/London\n", ""))
    assert len(read_records(tmp_path / "x.csv", tmp_path / "m.yaml").quality.gaps) == 1
