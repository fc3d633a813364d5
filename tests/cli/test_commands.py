"""Every command and option, from the outside: what is printed, and the exit code."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import cisim
from cisim.cli import main
from cisim.runs import read_run

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


malformed = load("malformed_for_cli", ROOT / "tests" / "files" / "malformed.py")
small = load("small_for_cli", ROOT / "tests" / "report" / "conftest.py")


@pytest.fixture
def project(tmp_path, monkeypatch):
    small.write(tmp_path)
    path = tmp_path / "experiments" / "daily" / "experiment.yaml"
    text = path.read_text(encoding="utf-8").replace("replications: 4", "replications: 2")
    path.write_text(text.replace("length: 56 d", "length: 28 d"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("done")
    small.write(folder)
    assert (
        main(
            [
                "run",
                str(folder / "experiments" / "daily"),
                "--out",
                str(folder / "run"),
                "--replications",
                "2",
            ]
        )
        == 0
    )
    return folder / "run"


def test_version_is_the_package_s(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"cisim {cisim.__version__}"
    written = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert written == cisim.__version__


def test_importing_costs_nothing_heavy():
    heavy = ("numpy", "pandas", "pydantic", "matplotlib", "simpy")
    code = f"import cisim, sys; print([m for m in {heavy} if m in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    out = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "[]"


def test_help_loads_no_engine():
    code = (
        "import sys\nfrom cisim.cli import main\nmain(['--help'])\n"
        "print([m for m in ('numpy','pandas','pydantic','matplotlib','simpy') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    out = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip().endswith("[]")
    for command in (
        "new",
        "check",
        "run",
        "report",
        "claim",
        "need",
        "schema",
        "explain",
        "export",
        "environment",
    ):
        assert f"\n  {command} " in out.stdout


def test_the_python_door():
    assert set(dir(cisim)) == set(cisim.__all__)
    for name in cisim.__all__:
        assert getattr(cisim, name) is not None
    with pytest.raises(AttributeError, match="has no name 'rum'"):
        cisim.rum  # noqa: B018


@pytest.mark.parametrize("case", malformed.MALFORMED, ids=lambda c: c.name)
def test_malformed_files_are_told_without_a_traceback(case, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, text in case.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert main(["check", case.main]) == 2
    said = capsys.readouterr()
    assert case.words in said.err
    assert "Traceback" not in said.err
    assert "no mistakes" not in said.out


def test_a_mistake_is_shown_with_its_line_and_a_caret(project, capsys):
    path = project / "scenarios" / "model.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("beds: [ward]", "beds: [wrd]"), encoding="utf-8")
    assert main(["check", "scenarios/model.yaml"]) == 2
    said = capsys.readouterr().err.splitlines()
    at = next(i for i, line in enumerate(said) if line.startswith("scenarios/model.yaml:"))
    line, column = (int(n) for n in said[at].split(":")[1:3])
    assert path.read_text(encoding="utf-8").splitlines()[line - 1] in said[at + 1]
    assert said[at + 2].index("^") == len("   | ") + column - 1
    assert "did you mean 'ward'" in said[at]


def test_check_tells_several_files_at_once(project, capsys):
    (project / "one.yaml").write_text("cisim: 1\nmodel: x\n", encoding="utf-8")
    (project / "two.yaml").write_text("cisim: 1\nscenario: x\nchanges: [{cut: a/b}]\n", encoding="utf-8")
    assert main(["check", "one.yaml", "two.yaml", "none.yaml"]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in ("one.yaml", "two.yaml", "none.yaml"))


def test_check_says_what_was_understood_and_who_cannot_keep_up(project, capsys):
    assert main(["check", "experiments/daily", "scenarios/value.yaml"]) == 0
    said = capsys.readouterr().out
    assert "What does a round on every day release?" in said
    assert "baseline: ward cannot keep up" not in said
    model = project / "scenarios" / "model.yaml"
    few = model.read_text(encoding="utf-8").replace("number: 12", "number: 5")
    model.write_text(few, encoding="utf-8")
    assert main(["check", "scenarios/model.yaml"]) == 0
    said = capsys.readouterr().out
    assert "more than it has: some give up or are turned away" in said
    assert "cannot keep up" not in said
    model.write_text(few.replace("gives_up", "# gives_up"), encoding="utf-8")
    assert main(["check", "scenarios/model.yaml"]) == 0
    said = capsys.readouterr().out
    assert "CANNOT KEEP UP" in said
    assert "baseline: ward cannot keep up" in said


def test_check_of_a_scenario_tells_what_it_changes_and_who_cannot_keep_up_after_it(project, capsys):
    model = project / "scenarios" / "model.yaml"
    text = model.read_text(encoding="utf-8").replace("gives_up", "# gives_up")
    model.write_text(text, encoding="utf-8")
    words = "cisim: 1\nscenario: few\nbase: model.yaml\nchanges: [{number: ward, to: %s}]\n"
    few = project / "scenarios" / "few.yaml"
    for beds in (5, 50):
        few.write_text(words % beds, encoding="utf-8")
        assert main(["check", "scenarios/few.yaml"]) == 0
        said = capsys.readouterr().out
        told = {
            line.split()[0]: line.split()[3]
            for line in said.splitlines()
            if " ward " in line and "  " in line
        }
        assert told == {"baseline": "12", "few": str(beds)}
        assert ("few: ward cannot keep up" in said) == (beds == 5)
        assert "baseline: ward cannot keep up" not in said
    few.write_text((words % 5).replace("base: model.yaml\n", ""), encoding="utf-8")
    assert main(["check", "scenarios/few.yaml"]) == 0
    assert "names no base" in capsys.readouterr().out


def test_run_writes_to_the_folder_of_its_name_and_goes_on(project, capsys):
    assert main(["run", "experiments/daily"]) == 0
    said = capsys.readouterr().out
    assert "Report: " in said
    assert "net present value" in said
    assert (project / "runs" / "daily" / "report.html").is_file()
    assert main(["run", "experiments/daily/experiment.yaml"]) == 0
    assert "4 of 4 done" in capsys.readouterr().out.splitlines()[2]


def test_run_options_change_what_they_name(project, capsys):
    assert main(["run", "experiments/daily", "--out", "a", "--replications", "3"]) == 0
    assert main(["run", "experiments/daily", "--out", "b", "--replications", "3", "--seed", "8"]) == 0
    a, b = read_run(project / "a"), read_run(project / "b")
    assert a.manifest["replications"] == b.manifest["replications"] == 3
    assert (a.manifest["seed"], b.manifest["seed"]) == (7, 8)
    assert not a.measures["value"].equals(b.measures["value"])
    assert main(["run", "experiments/daily", "--out", "a", "--seed", "9"]) == 5
    assert "seed" in capsys.readouterr().err


def test_report_writes_the_pages_that_are_asked_for(done, capsys):
    for page in ("report", "board", "team"):
        (done / f"{page}.html").unlink(missing_ok=True)
    assert main(["report", str(done), "--pages", "board, team"]) == 0
    said = capsys.readouterr().out
    assert "Board page: " in said
    assert "Report: " not in said
    assert [(done / f"{p}.html").is_file() for p in ("board", "team", "report")] == [True, True, False]
    assert main(["report", str(done), "--pages", "bord"]) == 2
    assert (
        "got 'bord', want pages of report, board, team, sure, workbook, cheers, stress; did you mean 'board'"
        in capsys.readouterr().err
    )
    assert main(["report", str(done)]) == 0
    assert all((done / f"{page}.html").is_file() for page in ("report", "board", "team"))


def test_a_page_is_printed_or_a_sentence_says_how(done, capsys, monkeypatch):
    from cisim.report import printing

    printed = []

    def printer(page, target):
        printed.append(page.name)
        target.write_bytes(b"%PDF")
        return 2 if page.name == "board.html" else 1

    monkeypatch.setattr(printing, "found", lambda: {"a printer": printer})
    assert main(["report", str(done), "--pages", "board,team", "--pdf"]) == 0
    assert "2 pages of A4, printed by a printer" in capsys.readouterr().out
    assert printed == ["board.html", "team.html"]
    assert (done / "board.pdf").read_bytes() == b"%PDF"
    monkeypatch.setattr(printing, "found", dict)
    assert main(["report", str(done), "--pages", "board", "--pdf"]) == 0
    assert "print it from the browser" in capsys.readouterr().out


def test_report_is_written_anew(done, capsys):
    before = (done / "report.html").read_bytes()
    (done / "report.html").unlink()
    assert main(["report", str(done)]) == 0
    assert (done / "report.html").read_bytes() == before
    assert "net present value" in capsys.readouterr().out
    assert main(["report", str(done.parent)]) == 5
    assert "holds no finished run" in capsys.readouterr().err


def test_new_makes_a_project_that_checks(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "mine"]) == 0
    experiment = next((tmp_path / "mine").rglob("experiment.yaml"))
    assert main(["check", str(experiment)]) == 0
    capsys.readouterr()
    assert main(["new", "mine"]) == 2
    assert "empty" in capsys.readouterr().err


def test_schema_prints_and_writes(tmp_path, capsys):
    assert main(["schema"]) == 0
    kinds = {"model", "scenario", "value", "experiment", "claims", "records", "study"}
    assert set(json.loads(capsys.readouterr().out)) == kinds
    assert main(["schema", "--kind", "value"]) == 0
    assert "options" in json.loads(capsys.readouterr().out)["properties"]
    assert main(["schema", str(tmp_path / "s"), "--kind", "model"]) == 0
    assert [p.name for p in (tmp_path / "s").iterdir()] == ["model.schema.json"]
    assert main(["schema", "--kind", "modell"]) == 2
    assert "did you mean 'model'" in capsys.readouterr().err


def test_explain_tells_a_patient_s_story(done, capsys):
    assert main(["explain", str(done), "5"]) == 0
    first = capsys.readouterr().out
    assert "arrives" in first
    assert "takes 'ward'" in first
    assert "2024" in first
    assert main(["explain", str(done), "5", "--replication", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[3:] != first.splitlines()[3:]
    stories = []
    for scenario in ("daily", "daily, same patients", "two beds", "keep it open"):
        assert main(["explain", str(done), "5", "--scenario", scenario]) == 0
        stories.append(capsys.readouterr().out.splitlines()[3:])
    assert stories[0] == stories[3] != first.splitlines()[3:]
    assert main(["explain", str(done), "5", "--case", "slower", "--pathway", "emergency"]) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["x7"], "want a patient's number"),
        (["999999"], "nobody has number 999999; the nearest is"),
        (["5", "--scenario", "dayly"], "did you mean 'daily'"),
        (["5", "--pathway", "emergancy"], "did you mean 'emergency'"),
        (["5", "--case", "slow"], "did you mean 'slower'"),
    ],
)
def test_explain_says_what_it_cannot_find(done, words, told, capsys):
    assert main(["explain", str(done), *words]) == 2
    assert told in capsys.readouterr().err


def test_export_writes_what_other_tools_read(done, tmp_path, capsys):
    heads = {
        "bupar": "case_id,activity_id,activity_instance_id,lifecycle_id,timestamp,resource_id,pathway",
        "vidigi": "entity_id,pathway,event,event_type,time,resource_id",
        "xes": '<?xml version="1.0" encoding="UTF-8"?>',
    }
    for style, head in heads.items():
        file = tmp_path / f"log.{style}"
        assert main(["export", str(done), str(file), "--style", style, "--scenario", "daily"]) == 0
        assert f"rows of daily, replication 0, for {style}" in capsys.readouterr().out
        assert file.read_text().splitlines()[0] == head
    assert main(["export", str(done), str(tmp_path / "log"), "--style", "bupaR"]) == 2
    assert "did you mean 'bupar'" in capsys.readouterr().err
    assert not (tmp_path / "log").exists()


def test_environment_names_the_versions(capsys):
    assert main(["environment"]) == 0
    said = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert said["cisim"] == cisim.__version__
    assert {"python", "numpy", "simpy", "numba", "holidays", "duckdb"} <= set(said)


def test_wrong_commands_are_told(capsys):
    assert main(["rum"]) == 2
    assert "No such command" in capsys.readouterr().err
    assert main(["run", "x.yaml", "--replications", "0"]) == 2


def test_our_own_fault_is_owned(monkeypatch, capsys):
    monkeypatch.setattr("cisim.cli.environment.environment", lambda: 1 / 0)
    assert main(["environment"]) == 70
    said = capsys.readouterr().err
    assert "our fault" in said
    assert "Traceback" not in said
    path = Path(said.split("is written in ")[1].splitlines()[0].rstrip("."))
    assert "ZeroDivisionError" in path.read_text(encoding="utf-8")
    path.unlink()


@pytest.mark.usefixtures("project")
def test_stopping_says_how_to_go_on(monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["cisim.runs.run"], "simulate_plan", stop)
    assert main(["run", "experiments/daily", "--out", "a"]) == 130
    assert "the same command goes on" in capsys.readouterr().err
    monkeypatch.setattr("cisim.cli.environment.environment", stop)
    assert main(["environment"]) == 130


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_every_console_can_show_it(done, encoding):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding, "NO_COLOR": "1"}
    out = subprocess.run(
        [sys.executable, "-m", "cisim", "report", str(done)], env=environment, capture_output=True, check=True
    )
    said = out.stdout.decode(encoding)
    assert "net present value" in said
    assert "\x1b[" not in said
    assert ("GBP" in said) == (encoding == "ascii")
