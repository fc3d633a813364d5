"""Every malformed file is told by line and column with a cure, in plain words; nothing else is raised."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from cisim.errors import FileProblems
from cisim.spec import read

_spec = importlib.util.spec_from_file_location("malformed_files", Path(__file__).with_name("malformed.py"))
assert _spec is not None
assert _spec.loader is not None
malformed = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(malformed)

# The checker's own words, and Python's, are no words for a planner.
FORBIDDEN = re.compile(
    r"Input should|literal|Value error|tuple|\bdict|function-|step:[a-z]|change:[a-z]|option:[a-z]"
    r"|Extra inputs|Field required"
    r"|validator|NoneType|None\b|Traceback|discriminator"
)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def problems(path: str) -> FileProblems:
    with pytest.raises(FileProblems) as caught:
        read(path)
    return caught.value


def in_plain_words(error: FileProblems) -> None:
    for problem in error.problems:
        ours = re.sub(r"'[^']*'", "''", problem.text)  # between quotes stand the planner's own words
        assert not FORBIDDEN.search(ours), problem
        assert len(problem.text) < 500


@pytest.mark.parametrize("case", malformed.MALFORMED, ids=lambda c: c.name)
def test_told_with_place_and_cure(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, case.files)
    error = problems(case.main)
    in_plain_words(error)
    hits = [p for p in error.problems if case.words in str(p)]
    assert hits, f"want {case.words!r} in\n{error}"
    if case.line:
        places = [(p.file, p.line, p.column) for p in hits]
        assert (malformed.FILES[case.name], case.line, malformed.COLUMNS[case.name]) in places, (
            f"{places}\n{error}"
        )


def test_there_are_enough_and_their_names_differ():
    names = [c.name for c in malformed.MALFORMED]
    assert len(names) >= 45
    assert len(set(names)) == len(names)
