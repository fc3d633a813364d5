"""Files of a run folder that were lost or damaged: parts are made again, tables are told with the cure."""

from __future__ import annotations

import shutil
import warnings

import pytest

from cisim.errors import CisimWarning, StoreError
from cisim.runs import read_run, run

TABLES = ("measures.parquet", "quantities.parquet", "audit.parquet", "ledger.parquet", "summary.json")


def _cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _scribble(path):
    content = bytearray(path.read_bytes())
    content[4:200] = bytes(196)
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("workers", [1, 2])
def test_damaged_parts_are_done_again(written, workers):
    run(written.path, written.run)
    before = {name: (written.run / name).read_bytes() for name in TABLES}
    parts = written.run / "parts"
    _cut(parts / "case0-replication00000" / "measures.parquet")
    (parts / "case0-replication00001" / "warnings.parquet").unlink()
    _scribble(parts / "case0-replication00003" / "measures.parquet")
    whole = (parts / "case0-replication00002").stat().st_ctime_ns
    with pytest.warns(CisimWarning, match="damaged and cleared away") as heard:
        results = run(written.path, written.run, workers=workers)
    told = [str(one.message) for one in heard if "damaged" in str(one.message)]
    assert all(f"replication0000{n}" in told[0] for n in (0, 1, 3))
    assert "replication00002" not in told[0]
    assert len(results.manifest["made_again"]) == 3
    assert (parts / "case0-replication00002").stat().st_ctime_ns == whole
    # What happened to the disk is no part of the answer.
    assert {name: (written.run / name).read_bytes() for name in TABLES} == before
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run(written.path, written.run).manifest["made_again"] == []


@pytest.mark.parametrize("damage", [_cut, _scribble])
@pytest.mark.parametrize("table", ["measures", "ledger"])
def test_a_damaged_table_is_told_and_made_again(written, damage, table):
    written.change(("replications: 4", "replications: 1"), ("length: 2 wk", "length: 1 wk"))
    made = run(written.path, written.run)
    damage(written.run / f"{table}.parquet")
    with pytest.raises(StoreError, match=r"makes it again from the parts") as caught:
        read_run(written.run)
    assert f"{table}.parquet" in str(caught.value)
    assert run(written.path, written.run).summary == made.summary
    assert getattr(read_run(written.run), table).equals(getattr(made, table))


def test_a_folder_written_before_can_still_be_read(written):
    written.change(("replications: 4", "replications: 1"), ("length: 2 wk", "length: 1 wk"))
    run(written.path, written.run)
    manifest = written.run / "manifest.json"
    manifest.write_text(manifest.read_text().replace(' "made_again": [],\n', ""))
    assert "made_again" not in read_run(written.run).manifest
    shutil.rmtree(written.run / "parts")
    assert read_run(written.run).manifest["replications"] == 1


def test_results_are_told_in_a_few_lines(written):
    written.change(("replications: 4", "replications: 2"), ("length: 2 wk", "length: 1 wk"))
    lines = repr(run(written.path, written.run)).splitlines()
    assert len(lines) == 4
    assert lines[0] == f"Results of 'daily round' in {written.run}"
    assert lines[1:3] == ["  scenarios: baseline, daily", "  replications: 2"]
    assert lines[3].startswith("  length_of_stay (mean) of emergency, daily, less baseline: ")
