"""The project that `cisim new` lays down is whole, right, and never written over anything."""

from __future__ import annotations

import json

import pytest

from cisim.errors import CisimError
from cisim.spec.changes import apply
from cisim.spec.load import offered_load
from cisim.spec.reading import read_model, read_question, read_scenario, read_value
from cisim.spec.schema import schemas
from cisim.spec.starting import lay_down

EXPERIMENT = "experiments/daily-round/experiment.yaml"


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "new" / "ward"
    lay_down(folder)
    return folder


def test_every_file_is_laid_down_and_told(tmp_path):
    written = lay_down(tmp_path)
    assert sorted(written) == sorted(p for p in tmp_path.rglob("*") if p.is_file())
    names = {p.relative_to(tmp_path).as_posix() for p in written}
    assert names == {
        ".cisim/claims.schema.json",
        ".cisim/experiment.schema.json",
        ".cisim/model.schema.json",
        ".cisim/scenario.schema.json",
        ".cisim/records.schema.json",
        ".cisim/study.schema.json",
        ".cisim/value.schema.json",
        "README.md",
        "experiments/daily-round/README.md",
        EXPERIMENT,
        "experiments/daily-round/value.yaml",
        "scenarios/ward/daily-round.yaml",
        "scenarios/ward/model.yaml",
    }
    assert all(b"\r" not in p.read_bytes() for p in written)


def test_each_file_names_its_schema(project):
    for path in project.rglob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        schema = (path.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve()
        kind = schema.name.removesuffix(".schema.json")
        assert json.loads(schema.read_text(encoding="utf-8")) == schemas()[kind]
        assert f"\n{kind}: " in path.read_text(encoding="utf-8")


def test_the_project_reads_without_a_mistake(project):
    question = read_question(project / EXPERIMENT)
    assert [name for name, _ in question.scenarios] == ["daily round"]
    assert read_value(project / "experiments/daily-round/value.yaml") == question.value


def test_the_figures_in_its_readme(project):
    model = read_model(project / "scenarios/ward/model.yaml")
    scenario = read_scenario(project / "scenarios/ward/daily-round.yaml")
    loads = {one.pool: one for one in offered_load(model)}
    after = {one.pool: one for one in offered_load(apply(model, scenario))}
    assert all(one.keeps_up for one in loads.values())
    freed = loads["ward beds"].offered - after["ward beds"].offered
    assert freed == pytest.approx(1.5, abs=0.05)
    assert freed * 365.25 == pytest.approx(560, abs=10)
    assert loads["ward beds"].offered / 1.2 == pytest.approx(7.1, abs=0.1)


@pytest.mark.parametrize("there", ["file", "folder"])
def test_nothing_is_written_over(tmp_path, there):
    target = tmp_path / "mine"
    if there == "file":
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "notes.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CisimError, match=r"mine: got a f.*, want .*empty"):
        lay_down(target)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CisimError, match="cannot be written"):
        lay_down(tmp_path / "file" / "inside")
