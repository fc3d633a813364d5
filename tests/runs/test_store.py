"""The store: units appear whole or not at all, belong to one question, and give the same bytes each time."""

from __future__ import annotations

import json
import math
import os
import shutil

import numpy as np
import pandas as pd
import pytest

from cisim.errors import StoreError
from cisim.runs.plan import Unit
from cisim.runs.store import Store, open_store
from cisim.runs.tables import COLUMNS, ask, gather, read_table, write_frame
from cisim.runs.unit import UnitRows

IDENTITY = {"seed": "1", "model": "a" * 64}


def _rows(unit):
    measure = (
        "",
        "baseline",
        unit.replication,
        "wait",
        "mean",
        "p",
        "s",
        "",
        -1,
        unit.replication / 3,
        "h",
        4,
    )
    nothing = (*measure[:9], math.nan, "h", 0)
    return UnitRows(
        measures=[measure, nothing],
        quantities=[
            ("open queue", unit.replication, "release", "ward", "", "provider", 1.5, "bed-day", 0, 0)
        ],
        audit=[("", "baseline", unit.replication, "held", "ward", 1.0, 1.0, True, "held agrees")],
    )


@pytest.fixture
def store(tmp_path):
    return open_store(tmp_path / "run", IDENTITY)


def test_a_unit_is_kept_and_found_again(store):
    unit = Unit(0, 3)
    assert not store.has(unit)
    store.put(unit, _rows(unit))
    assert store.has(unit)
    again = open_store(store.folder, IDENTITY)
    assert again.has(unit)
    found = ask(again.paths([unit], "measures"), "n > ?", [0], ["replication", "value", "unit"])
    assert found == [(3, 1.0, "h")]
    assert ask(again.paths([unit], "warnings"), "TRUE", [], ["text"]) == []


def test_a_unit_stored_twice_is_kept_once(store):
    unit = Unit(0, 0)
    store.put(unit, _rows(unit))
    before = store.paths([unit], "measures")[0].stat().st_mtime_ns
    store.put(unit, _rows(unit))
    assert store.paths([unit], "measures")[0].stat().st_mtime_ns == before
    assert [p.name for p in store.parts.iterdir() if p.is_dir()] == [unit.folder]


def test_half_written_units_are_ignored_and_cleared_away(store):
    unit = Unit(0, 1)
    dead = store.parts / f".{unit.folder}.{_dead_process()}"
    alive = store.parts / f".{unit.folder}.{os.getpid()}"
    for folder in (dead, alive):
        folder.mkdir()
        (folder / "measures.parquet").write_bytes(b"PAR1 half")
    again = open_store(store.folder, IDENTITY)
    assert not again.has(unit)
    assert not dead.exists()
    assert alive.exists()
    again.put(unit, _rows(unit))
    assert again.has(unit)
    assert not alive.exists()


def _dead_process():
    process = os.fork()
    if process == 0:
        os._exit(0)
    os.waitpid(process, 0)
    return process


def test_another_question_is_refused_with_what_differs_and_the_cure(store):
    with pytest.raises(StoreError) as caught:
        open_store(store.folder, {"seed": "2", "model": "b" * 64})
    text = str(caught.value)
    assert "the seed was 1, now 2" in text
    assert "the model changed" in text
    assert "name another folder" in text
    assert caught.value.exit_code == 5
    with pytest.raises(StoreError, match="cases"):
        open_store(store.folder, {**IDENTITY, "cases": "x"})


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(StoreError, match="not a run folder"):
        open_store(tmp_path, IDENTITY)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(StoreError, match="not a run folder"):
        open_store(tmp_path / "thesis.txt", IDENTITY)


def test_a_run_killed_before_its_identity_was_written_can_begin_again(tmp_path):
    (tmp_path / "run" / "parts").mkdir(parents=True)
    (tmp_path / "run" / "parts" / "identity.json").write_text('{"identity": {"se')
    assert open_store(tmp_path / "run", IDENTITY).note("identity") == IDENTITY


def test_notes_stand_beside_the_identity(store):
    store.write_note("warm-up", {"days": 14})
    assert open_store(store.folder, IDENTITY).note("warm-up") == {"days": 14}
    assert json.loads((store.parts / "identity.json").read_text())["identity"] == IDENTITY


def test_gathered_tables_follow_the_order_of_units_and_repeat_to_the_byte(store, tmp_path):
    units = [Unit(0, number) for number in range(12)]
    for unit in reversed(units):
        store.put(unit, _rows(unit))
    other = Store(tmp_path / "other")
    for unit in units:
        other.put(unit, _rows(unit))
    for table in COLUMNS:
        gather(store.paths(units, table), tmp_path / "one.parquet")
        gather(other.paths(units, table), tmp_path / "two.parquet")
        assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    gather(store.paths(units, "measures"), tmp_path / "one.parquet")
    frame = read_table(tmp_path / "one.parquet")
    assert list(frame.columns) == list(COLUMNS["measures"])
    assert frame["replication"].tolist() == [n for n in range(12) for _ in range(2)]
    assert frame["value"].isna().tolist() == [False, True] * 12
    # To the last bit: thirds have no short form.
    assert frame["value"].to_numpy()[::2].tolist() == [n / 3 for n in range(12)]


def test_frames_of_numbers_text_and_categories_come_back(tmp_path):
    frame = pd.DataFrame(
        {
            "option": pd.Categorical(["b", "a", "b"]),
            "draw": np.arange(3),
            "recurrent": [True, False, True],
            "unit_value": [1 / 3, math.nan, -0.0],
            "it's text": pd.Series(["", "ü", "'"], dtype=object),
        }
    )
    path = tmp_path / "it's a run" / "t.parquet"
    path.parent.mkdir()
    write_frame(frame, path)
    back = read_table(path)
    assert list(back.columns) == list(frame.columns)
    for column in frame:
        assert [str(v) for v in back[column]] == [str(v) for v in frame[column]]
    books = read_table(path, categories=True)
    assert books["option"].cat.categories.tolist() == ["b", "a"]
    assert books["it's text"].tolist() == ["", "ü", "'"]
    assert books["draw"].tolist() == [0, 1, 2]
    assert math.isnan(books["unit_value"][1])
    empty = tmp_path / "empty.parquet"
    write_frame(frame.iloc[:0], empty)
    assert list(read_table(empty, categories=True).columns) == list(frame.columns)


def test_a_lost_disk_is_told(store, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cisim.runs.store.write_frame", full)
    with pytest.raises(OSError, match="No space"):
        store.put(Unit(0, 5), _rows(Unit(0, 5)))
    assert not store.has(Unit(0, 5))
    shutil.rmtree(store.folder)
