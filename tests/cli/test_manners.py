"""Small manners of the terminal: what is said when, of what, and where nobody listens any more."""

from __future__ import annotations

import importlib.util
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cisim
from cisim.cli import main
from cisim.cli.explaining import explain, patient_number
from cisim.errors import ModelError
from cisim.runs import read_run

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


def test_nearest_numbers_are_named(ran):
    came = read_run(ran)
    assert came.manifest["replications"] == 1
    with pytest.raises(ModelError) as caught:
        explain(ran, "999999", _whose())
    last = str(caught.value).split("the nearest is ")[1].split(";")[0]
    explain(ran, last, _whose())
    missing = next(n for n in range(int(last)) if not _there(ran, n))
    with pytest.raises(ModelError, match=f"has number {missing}; ") as caught:
        explain(ran, str(missing), _whose())
    near = str(caught.value).split("the nearest ")[1].split(";")[0]
    for one in near.split(" ", 1)[1].split(" and "):
        assert _there(ran, int(one))


def _whose():
    from cisim.cli.explaining import Whose

    return Whose()


_CAME = {}


def _there(folder, number):
    from cisim.cli.explaining import _log

    if folder not in _CAME:
        _CAME[folder] = set(np.unique(_log(read_run(folder), _whose()).patient).tolist())
    return number in _CAME[folder]


def test_numbers_of_another_band_are_told_as_they_are_written():
    from cisim.cli.explaining import _told

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
    import shutil

    folder = shutil.copytree(ran, tmp_path / "run")
    path = folder / "measures.parquet"
    path.write_bytes(path.read_bytes()[:1000])
    assert main(["report", str(folder)]) == 5
    said = capsys.readouterr().err
    assert "measures.parquet: is damaged" in said
    assert "the same `cisim run` makes it again" in said


def test_warnings_and_damage_are_told_with_the_answer(project, tmp_path, capsys):
    import shutil

    shutil.copytree(project / "scenarios", tmp_path / "scenarios")
    shutil.copytree(project / "experiments", tmp_path / "experiments")
    model = tmp_path / "scenarios" / "model.yaml"
    model.write_text(model.read_text(encoding="utf-8").replace("number: 12", "number: 5"), encoding="utf-8")
    words = ["run", str(tmp_path / "experiments" / "daily"), "--out", str(tmp_path / "run")]
    assert main(words) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Take note: In 'baseline' more is asked of 'ward' than it can give" in said
    assert "damaged" not in said
    next((tmp_path / "run" / "parts").glob("case*/audit.parquet")).write_bytes(b"PAR1")
    assert main(words) == 0
    assert "Take note: stored parts were damaged" in " ".join(capsys.readouterr().out.split())
