"""`cisim before-after` from the outside: what is said, its page, every mistake."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cisim import simulate, textbook
from cisim.cli import main
from cisim.eventlog import write_log
from cisim.records import open_log, write_practice

HEAD = "from,ward 4,ward 5"
OURS = [7.0, 7.4, 6.8, 7.1, 7.3, 6.9, 7.2, 7.0, 6.1, 6.0, 6.3, 5.8, 6.1, 6.2, 5.9, 6.0]
THEIRS = [6.1, 6.0, 6.2, 5.9, 6.1, 6.0, 6.2, 5.9, 6.0, 6.1, 6.0, 5.9, 6.1, 6.0, 6.2, 5.9]


@pytest.fixture
def stays(tmp_path):
    """Return weekly mean stays of a ward that changed on 26 February, and of one that did not."""
    lines = [
        f"{date(2024, 1, 1) + timedelta(weeks=i)},{a},{b}"
        for i, (a, b) in enumerate(zip(OURS, THEIRS, strict=True))
    ]
    path = tmp_path / "stays.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n")
    return path


def said(capsys, *words, code=0):
    assert main(["before-after", *map(str, words)]) == code
    out = capsys.readouterr()
    return out.out if code == 0 else out.err


def test_it_answers_in_words_and_writes_a_page(stays, capsys):
    text = said(capsys, stays, "--changed", "2024-02-26", "--of", "ward 4", "--unit", "d", "--cut", "a/b")
    assert "ward 4 was 15% lower than it would have been, by its own past" in text
    assert "There is no comparison ward" in text
    page = stays.with_name("before-after.html").read_text()
    assert "What the plain comparison is made of" in page
    assert "- cut: a/b" in page
    assert "There is no comparison ward" in page


def test_beside_another_ward(stays, capsys, tmp_path):
    out = tmp_path / "page.html"
    text = said(
        capsys,
        stays,
        "--changed",
        "2024-02-26",
        "--of",
        "ward 4",
        "--beside",
        "ward 5",
        "--difference",
        "--out",
        out,
    )
    assert "by what happened beside it in ward 5" in text
    assert "Beside ward 5" in out.read_text()


def test_what_cannot_be_told_from_chance_is_said_so(stays, capsys):
    text = said(capsys, stays, "--changed", "2024-02-26", "--of", "ward 5")
    assert "cannot be told from chance" in text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--changed", "26/02/2024", "--of", "ward 4"], "want a day such as"),
        (["--changed", "2024-02-26", "--of", "ward4"], "did you mean 'ward 4'"),
        (["--changed", "2024-02-26"], "want one of: ward 4, ward 5"),
        (["--changed", "2024-01-15", "--of", "ward 4"], "2 known periods before"),
        (["--changed", "2023-01-15", "--of", "ward 4"], "want a day after 2024-01-01"),
        (["--changed", "2024-02-26", "--of", "ward 4", "--settling", "3"], "5 after it"),
    ],
)
def test_mistakes_are_told_and_nothing_is_written(stays, capsys, words, told):
    assert told in said(capsys, stays, *words, code=2)
    assert not stays.with_name("before-after.html").exists()


def test_of_an_event_log(tmp_path, capsys):
    ward = textbook.loss_ward(arrivals_per_hour=0.3, stay={"exponential": {"mean": "1 d"}}, beds=30)
    log = simulate(ward, "150 d")
    path = tmp_path / "log.csv"
    write_log(log, path)
    changed = "2024-03-18"
    text = said(
        capsys,
        path,
        "--changed",
        changed,
        "--of",
        log.pathways[0],
        "--measure",
        "throughput",
        "--statistic",
        "patients",
    )
    assert "cannot be told from chance" in text or "than it would have been" in text
    assert "did you mean" in said(capsys, path, "--changed", changed, "--of", "warrd", code=2)


def test_of_a_folder_that_was_imported(tmp_path, capsys):
    extract = tmp_path / "stays.csv"
    write_practice(extract)
    mapping, folder = tmp_path / "map.yaml", tmp_path / "imported"
    salt = tmp_path / "salt"
    salt.write_text("some words that nobody knows")
    assert main(["import", str(extract), "--guess", "--map", str(mapping)]) == 0
    assert (
        main(["import", str(extract), "--map", str(mapping), "--salt", str(salt), "--out", str(folder)]) == 0
    )
    log, _ = open_log(folder)
    changed = log.start + timedelta(weeks=26)
    capsys.readouterr()
    pathway = max(log.pathways, key=len)
    text = said(
        capsys,
        folder,
        "--changed",
        changed,
        "--of",
        pathway,
        "--measure",
        "arrivals",
        "--statistic",
        "patients",
    )
    assert "cannot be told from chance" in text or "than it would have been" in text
    assert (folder / "before-after.html").exists()


def test_several_wards_beside_and_of_how_many_patients(tmp_path, capsys):
    rows = [
        f"{date(2024, 1, 1) + timedelta(weeks=i)},{a},{b},{b * 2},{20 + i},{30 - i},40"
        for i, (a, b) in enumerate(zip(OURS, THEIRS, strict=True))
    ]
    path = tmp_path / "stays.csv"
    path.write_text("\n".join(["from,a,b,c,na,nb,nc", *rows]) + "\n")
    asked = (path, "--changed", "2024-02-26", "--of", "a", "--beside", "b, c", "--unit", "d")
    text = said(capsys, *asked, "--sizes", "na,nb,nc")
    assert "by what happened beside it in b and c" in text
    assert "counts alike" not in text
    assert "each counts alike" in said(capsys, *asked)
    assert "got 1 columns of sizes, want 3" in said(capsys, *asked, "--sizes", "na", code=2)
    assert "'nz'" in said(capsys, *asked, "--sizes", "nz,nb,nc", code=2)
