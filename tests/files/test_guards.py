"""What stands before the parser: odd files, odd places, huge files; and good files read as they are."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import time
from datetime import date
from pathlib import Path

import pytest

from cisim.errors import FileProblems
from cisim.spec import read, read_experiment, read_model, read_question, read_scenario, read_value
from cisim.spec.yamltree import read_tree
from cisim.units import DAY, HOUR, MINUTE

_spec = importlib.util.spec_from_file_location("good_for_guards", Path(__file__).with_name("good.py"))
assert _spec is not None
assert _spec.loader is not None
good = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(good)


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    for name, text in good.PROJECT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def told(path, reader=read_model) -> str:
    with pytest.raises(FileProblems) as caught:
        reader(path)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_folder_in_place_of_a_file():
    assert told("scenarios") == "scenarios: got a folder, want a file; name the .yaml file inside it"


def test_a_missing_file_names_the_nearest():
    assert (
        told("scenarios/modle.yaml")
        == "scenarios/modle.yaml: there is no such file; did you mean 'model.yaml'?"
    )
    assert "its folder 'nowhere' does not exist either" in told("nowhere/model.yaml")


def test_a_hundred_megabytes_are_refused_before_reading():
    with Path("big.yaml").open("wb") as file:
        file.truncate(100_000_000)
    begin = time.perf_counter()
    assert (
        told("big.yaml") == "big.yaml: got 100 MB, want 1 MB or less; put long lists of data into a CSV file"
    )
    assert time.perf_counter() - begin < 1


def test_a_pipe_is_refused_without_waiting():
    os.mkfifo("pipe.yaml")
    assert "not an ordinary file" in told("pipe.yaml")


def test_a_name_that_cannot_be():
    assert "the file cannot be read" in told("a\0b.yaml")
    assert "the file cannot be read" in told("x" * 5000)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read():
    Path("scenarios/model.yaml").chmod(0)
    assert "the file cannot be read: permission denied" in told("scenarios/model.yaml")


def test_other_encodings_are_told_by_place():
    Path("latin.yaml").write_bytes(b"cisim: 1\nmodel: caf\xe9\n")
    assert told("latin.yaml").startswith(
        "latin.yaml:2:11: got a character that is not UTF-8, want UTF-8 text"
    )
    Path("wide.yaml").write_bytes("cisim: 1\n".encode("utf-16"))
    assert "not UTF-8" in told("wide.yaml")


def test_a_byte_order_mark_and_windows_lines_are_welcome():
    text = good.MODEL.replace("\n", "\r\n")
    Path("marked.yaml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_model("marked.yaml") == read_model("scenarios/model.yaml")


def test_hostile_texts_are_refused_quickly():
    begin = time.perf_counter()
    for text in (
        "a: " + "[" * 400_000,
        "a: " + "{" * 400_000,
        "- " * 400_000,
        "a:\n" * 250_000,
        "a: &a [" + "*a," * 200_000,
    ):
        Path("hostile.yaml").write_text(text)
        told("hostile.yaml")
    assert time.perf_counter() - begin < 10


def test_a_link_out_of_the_project_is_refused(project):
    outside = project.parent / "outside.yaml"
    outside.write_text(good.MODEL)
    Path("scenarios/link.yaml").symlink_to(outside)
    path = Path("experiments/experiment.yaml")
    path.write_text(good.EXPERIMENT.replace("../scenarios/model.yaml", "../scenarios/link.yaml"))
    words = told("experiments/experiment.yaml", read_question)
    assert words.startswith(
        "experiments/experiment.yaml:4:8: model: got '../scenarios/link.yaml', which lies outside"
    )


def test_links_in_a_ring_and_folders_are_refused():
    Path("scenarios/a.yaml").symlink_to("b.yaml")
    Path("scenarios/b.yaml").symlink_to("a.yaml")
    path = Path("experiments/experiment.yaml")
    for name in ("../scenarios/a.yaml", "../scenarios"):
        path.write_text(good.EXPERIMENT.replace("../scenarios/model.yaml", name))
        assert "experiments/experiment.yaml:4:8: model: got" in told(
            "experiments/experiment.yaml", read_question
        )


def test_without_a_scenarios_folder_the_root_is_the_file_s_own(tmp_path):
    folder = tmp_path / "alone"
    folder.mkdir()
    (folder / "m.yaml").write_text(good.MODEL)
    plain = good.EXPERIMENT.replace("../scenarios/model.yaml", "m.yaml").replace(
        "value: ../scenarios/value.yaml\n", ""
    )
    plain = plain.replace("    file: ../scenarios/daily.yaml\n", "")
    (folder / "e.yaml").write_text(plain)
    assert set(read_question(folder / "e.yaml").files) == {"e.yaml", "m.yaml"}


def test_a_question_is_read_whole():
    question = read_question("experiments/experiment.yaml")
    assert [name for name, _ in question.scenarios] == ["daily", "more"]
    assert [c.target for c in question.scenarios[0][1]] == [
        "emergency/decision",
        "emergency/treatment",
        "ward",
    ]
    assert question.value is not None
    assert question.model == read_model("scenarios/model.yaml")
    assert question.experiment == read_experiment("experiments/experiment.yaml")
    for name, digest in question.files.items():
        assert digest == hashlib.sha256(Path(name).read_bytes()).hexdigest()
    assert set(question.files) == set(good.PROJECT) - {
        "scenarios/full.yaml",
        "experiments/claims.yaml",
    }  # which nothing names


def test_files_say_what_they_say():
    model = read_model(Path("scenarios/model.yaml"))
    assert model.start == date(2025, 4, 1)
    assert model.pools["nurse"].rota[0].from_ == 8 * HOUR
    triage = model.pathways["emergency"].steps[0]
    assert triage.duration.distribution().mean() == 12 * MINUTE
    stay = model.pathways["emergency"].steps[2]
    assert [(b.pool, b.after) for b in stay.beds] == [("ward", 0), ("outliers", 4 * HOUR)]
    assert stay.steps[0].duration.distribution().sd() == 3 * DAY
    assert stay.steps[1].times == {1: 0.5, 2: 0.5}
    assert read_scenario("scenarios/daily.yaml").changes[0].to[0].at == (9 * HOUR,)
    assert read_value("scenarios/value.yaml").options[0].saves.distribution().mean() == 420_000


def test_any_kind_of_file_is_known_by_its_key():
    for name in good.PROJECT:
        assert type(read(name)).__name__.lower() in Path(name).read_text().splitlines()[1]
    Path("none.yaml").write_text("cisim: 1\nname: x\n")
    assert "missing 'model', 'scenario', 'value', 'experiment', 'claims', 'records' or 'study'" in told(
        "none.yaml", read
    )
    assert "got a value file, want a file that begins with" in told("scenarios/value.yaml", read_model)


def test_scalars_keep_their_kind():
    Path("kinds.yaml").write_text(
        "a: 12:30\nb: 2025-01-01\nc: no\nd: 1e3\ne: '5'\nf: 007\ng: ~\nh: .inf\ni: 0x10\n"
    )
    tree, _ = read_tree(Path("kinds.yaml"), "kinds.yaml")
    assert tree.data == {
        "a": "12:30",
        "b": "2025-01-01",
        "c": "no",
        "d": 1000.0,
        "e": "5",
        "f": 7,
        "g": None,
        "h": ".inf",
        "i": "0x10",
    }
    assert tree.at(("d",)) == (4, 4)
    assert tree.at(("d",), key=True) == (4, 1)


def test_all_mistakes_are_told_at_once_in_the_order_of_lines():
    text = good.MODEL
    for old, new in (
        ("2025-04-01", "2025-02-30"),
        ("number: 24", "number: -3"),
        ("kind: staff", "kind: stafff"),
        ("otherwise: 2", "otherwise: 2\n    otherwize: 1"),
        ("12 min", "12 minuets"),
        ("beds: [ward,", "beds: [wrad,"),
        ("calendar: consultant round", "calendar: consultant"),
        ("share: 90%", "share: 80%"),
        ("- leave: home\n", "- leve: home\n"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    Path("many.yaml").write_text(text)
    with pytest.raises(FileProblems) as caught:
        read_model("many.yaml")
    problems = caught.value.problems
    assert [p.line for p in problems] == sorted(p.line for p in problems)
    words = str(caught.value)
    for part in (
        "2025-02-30",
        "got -3",
        "'staff'",
        "'otherwize'",
        "minuets",
        "'wrad'",
        "'consultant'",
        "90%",
        "'leve'",
    ):
        assert part in words, f"{part} not in\n{words}"
    assert len(problems) == 9, words
    assert "pathways.emergency.steps.ward stay.beds.1: got 'wrad'" in words


def test_mistakes_of_several_files_are_told_together():
    Path("scenarios/model.yaml").write_text(good.MODEL.replace("number: 24", "number: -3"))
    Path("scenarios/value.yaml").write_text(good.VALUE.replace("years: 5", "years: 500"))
    Path("scenarios/daily.yaml").write_text(good.SCENARIO.replace("by: 10%", "by: 110%"))
    words = told("experiments/experiment.yaml", read_question)
    for part in (
        "scenarios/model.yaml:5:",
        "scenarios/value.yaml:5:8: years: got 500",
        "scenarios/daily.yaml:8:9",
    ):
        assert part in words


def test_a_scenario_s_base_is_tried():
    Path("scenarios/bad.yaml").write_text(good.SCENARIO.replace("emergency/treatment", "emergency/treatmnt"))
    words = told("scenarios/bad.yaml", read_scenario)
    assert words.startswith("scenarios/bad.yaml:7:5: changes.cut emergency/treatmnt:")
    assert "'treatment'" in words
