"""Small manners of the terminal: what is said when, of what, and where nobody listens any more."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import cisim
from cisim.cli import main
from cisim.cli.explaining import _near, _told, patient_number

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    spec = importlib.util.spec_from_file_location("small", ROOT / "tests" / "report" / "conftest.py")
    small = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(small)
    folder = tmp_path_factory.mktemp("manners")
    small.write(folder)
    path = folder / "experiments" / "daily" / "experiment.yaml"
    text = path.read_text(encoding="utf-8").replace("replications: 4", "replications: 1")
    path.write_text(text.replace("length: 56 d", "length: 28 d"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def ran(project):
    return cisim.run(project / "experiments" / "daily" / "experiment.yaml", project / "run").folder


def test_next_commands_can_be_pasted(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my project"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  cisim ")]
    for line in lines:
        words = shlex.split(line)
        assert len(words) == 3
        assert Path(words[2]).exists()
    assert [shlex.split(line)[1] for line in lines] == ["check", "run"]


def test_a_folder_is_named_only_once_it_is_accepted(project, ran, capsys):
    other = str(project / "thesis")
    (project / "thesis").mkdir()
    (project / "thesis" / "text.txt").write_text("years of work", encoding="utf-8")
    experiment = str(project / "experiments" / "daily")
    assert main(["run", experiment, "--out", other]) == 5
    assert main(["run", experiment, "--out", str(ran), "--seed", "99"]) == 5
    assert "Running into" not in capsys.readouterr().out


def test_nearest_numbers_are_named(ran, capsys):
    assert main(["explain", str(ran), "999999"]) == 2
    said = capsys.readouterr().err
    assert "nobody has number 999999; the nearest is " in said
    last = said.split("the nearest is ")[1].split(";")[0].strip()
    assert main(["explain", str(ran), last]) == 0


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("7", "the nearest are 5 and 8"),
        ("0", "the nearest is 1"),
        ("9", "the nearest is 8"),
        ("1.2", "the nearest are 1.0 and 1.4"),
        ("1.5", "the nearest is 1.4"),
        ("2.3", "the nearest is 1.4"),
    ],
)
def test_numbers_have_gaps(number, told):
    came = np.array([patient_number(text) for text in ("1", "5", "8", "1.0", "1.4", "6")])
    log = SimpleNamespace(patient=came, pathway=np.array([0, 0, 0, 0, 0, 1]))
    assert _near(log, 0, patient_number(number)) == told
    assert _near(log, 2, 3) == "nobody came at all"


def test_numbers_of_another_band_are_told_as_they_are_written():
    assert [_told(patient_number(text)) for text in ("7", "1.7", "2.0")] == ["7", "1.7", "2.0"]


def test_a_second_choice_is_not_called_unwanted(project, tmp_path, capsys):
    text = (project / "scenarios" / "model.yaml").read_text(encoding="utf-8")
    assert "beds: [ward]" in text
    text = text.replace("beds: [ward]", "beds: [ward, {pool: outliers, after: 2 h}]")
    text = text.replace("pools:\n", "pools:\n  outliers: {number: 3}\n  spare: {number: 2}\n")
    path = tmp_path / "model.yaml"
    path.write_text(text, encoding="utf-8")
    assert main(["check", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    told = {
        word: next(li for li in lines if word in li and "baseline" in li) for word in ("outliers", "spare")
    }
    assert "asked for only as a second choice, which is not counted here" in told["outliers"]
    assert "nobody asks for it" in told["spare"]


def test_a_reader_who_goes_away_is_no_fault(project):
    model = project / "scenarios" / "model.yaml"
    code = "import sys\nfrom cisim.cli import main\nsys.exit(main(sys.argv[1:]))"
    read, write = os.pipe()
    os.close(read)
    out = subprocess.run(
        [sys.executable, "-c", code, "check", str(model)],
        env=ENVIRONMENT,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (out.returncode, out.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_is_told(project):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        out = subprocess.run(
            [sys.executable, "-m", "cisim", "check", str(project / "scenarios" / "model.yaml")],
            env=ENVIRONMENT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert out.returncode == 1
    assert out.stderr.startswith("There is no space left to write to.")
    assert len(out.stderr.splitlines()) == 1


def test_a_damaged_table_is_told_with_its_cure(ran, tmp_path, capsys):
    folder = shutil.copytree(ran, tmp_path / "run")
    path = folder / "measures.parquet"
    path.write_bytes(path.read_bytes()[:1000])
    assert main(["report", str(folder)]) == 5
    said = capsys.readouterr().err
    assert "measures.parquet: is damaged" in said
    assert "the same `cisim run` makes it again" in said


def test_warnings_and_damage_are_told_with_the_answer(project, tmp_path, capsys):
    shutil.copytree(project / "scenarios", tmp_path / "scenarios")
    shutil.copytree(project / "experiments", tmp_path / "experiments")
    model = tmp_path / "scenarios" / "model.yaml"
    text = model.read_text(encoding="utf-8").replace("number: 12", "number: 5")
    model.write_text(text.replace("gives_up", "# gives_up"), encoding="utf-8")
    words = ["run", str(tmp_path / "experiments" / "daily"), "--out", str(tmp_path / "run")]
    assert main(words) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Take note: In 'baseline' more is asked of 'ward' than it can give" in said
    assert "damaged" not in said
    next((tmp_path / "run" / "parts").glob("case*/audit.parquet")).write_bytes(b"PAR1")
    assert main(words) == 0
    assert "Take note: stored parts were damaged" in " ".join(capsys.readouterr().out.split())
