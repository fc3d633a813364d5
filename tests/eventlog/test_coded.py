"""A log kept coded says what the same log in full columns says."""

import copy
import pickle
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from cisim.eventlog import COLUMNS, Event, EventLog, Integrals, Pool, StepName, same_log

BOOK = (
    [Event.ARRIVE, Event.ASK, Event.TAKE, Event.BEGIN, Event.READY, Event.GIVE, Event.LEAVE],
    [-1, 0, 0, 0, 0, 0, -1],
    [-1, -1, 0, -1, -1, 0, -1],
    [0, 0, 2, 0, 0, 2, 0],
    [-1, -1, -1, -1, -1, -1, 0],
)


def coded(**changes):
    stay = [0, 1, 2, 3, 4, 5, 6]
    said = {
        "start": date(2024, 1, 1),
        "end": 1000,
        "pathways": ("a", "b"),
        "steps": (StepName("a", "ward", "stay"),),
        "pools": (Pool("beds"),),
        "details": ("home",),
        "book": BOOK,
        "first_row": np.array([0, 7, 10, 11]),
        "pathway_of": [0, 0, 1],
        "patient_of": [3, 3, (2 << 32) + 1],
        "spell_of": [0, 1, 0],
        "time": np.array([-5, -5, -5, -5, 40, 60, 60, 100, 100, 120, 7]),
        "code": np.array([*stay, 0, 1, 2, 0]),
        "visit": np.array([-1, 0, 0, 0, 0, 0, -1, -1, 1, 1, -1]),
        "integrals": Integrals({}, {}, {}, {}, {}, {}, {}, {}),
    }
    return EventLog.coded(**{**said, **changes})


@pytest.fixture
def pair():
    log = coded()
    return log, replace(coded(), patients=())


def test_columns_are_decoded_once(pair):
    log, full = pair
    assert log.coded_rows is not None
    assert full.coded_rows is None
    for name in COLUMNS:
        assert getattr(log, name) is getattr(log, name)
        assert getattr(log, name).dtype == getattr(full, name).dtype == np.int64
        assert np.array_equal(getattr(log, name), getattr(full, name))
    assert log.sequence.tolist() == [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 0]
    assert log.spell.tolist() == [0] * 7 + [1] * 3 + [0]
    assert log.patient.tolist() == [3] * 10 + [(2 << 32) + 1]
    assert len(log) == len(full) == 11
    with pytest.raises(AttributeError, match="no attribute 'tme'"):
        _ = log.tme


def test_rows_names_and_moments(pair):
    log, full = pair
    assert log.rows() == full.rows()
    assert log.rows()[2] == ("a", "3", -5, "take", "ward", "beds", 2, "")
    assert log.moments()[0] == "2023-12-31 23:59:59.995000"
    assert same_log(log, full)
    assert not same_log(log, coded(time=log.time + 1))
    assert same_log(log, coded(pools=(Pool("beds"), Pool("spare"))), pathways=("a",))


@pytest.mark.parametrize("keep", [[0, 9, 10], [-1], [], [True, False] * 5 + [True]])
def test_some_rows_are_chosen_without_decoding_all(pair, keep):
    log, full = pair
    mask = np.array(keep, bool if keep and keep[0] is True else np.int64)
    few = log.select(mask)
    assert not set(COLUMNS) & set(vars(log))
    assert few.rows() == full.select(mask).rows()
    assert few.sequence.tolist() == full.sequence[mask].tolist()
    assert few.integrals is None


def test_a_pickle_keeps_16_bytes_a_row(pair):
    log, full = pair
    assert log.patient is not None
    for back in (pickle.loads(pickle.dumps(log)), copy.copy(log)):  # noqa: S301 - its own
        assert not set(COLUMNS) & set(vars(back))
        assert back.rows() == log.rows()
        assert back.integrals == log.integrals
    assert pickle.loads(pickle.dumps(full)).rows() == full.rows()  # noqa: S301


def test_numbers_too_wide_are_kept_wide():
    log = coded(spell_of=[0, 1 << 15, 0])
    assert log.coded_rows.spell_of.dtype == np.int32
    assert int(log.spell[7]) == 1 << 15
    full = replace(log, units=np.full(len(log), 1 << 31))
    assert (full.units.dtype, int(full.units[0])) == (np.dtype(np.int64), 1 << 31)


def test_memory_is_16_bytes_a_row():
    rows = coded().coded_rows
    assert rows.time.itemsize + rows.code.itemsize + rows.visit.itemsize == 16
    time = np.arange(3)
    assert np.shares_memory(
        coded(time=time, code=np.zeros(3), first_row=np.array([0, 1, 2, 3])).coded_rows.time, time
    )


def test_full_columns_are_coded_to_the_same():
    log = replace(coded(), patients=())
    rows = log.as_coded()
    assert [len(column) for column in rows.book] == [7] * 5
    assert rows.first_row.tolist() == [0, 7, 10, 11]
    for name in COLUMNS:
        assert np.array_equal(rows.column(name), getattr(log, name)), name
    wide = replace(log, units=np.arange(len(log)) * (1 << 40))
    assert np.array_equal(wide.as_coded().column("units"), wide.units)
    empty = log.select(np.zeros(len(log), bool)).as_coded()
    assert empty.first_row.tolist() == [0]
    assert len(empty.column("patient")) == len(empty.column("event")) == 0
    assert coded().as_coded().time is not None
