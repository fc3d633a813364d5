"""The README's own words hold: its Python runs, its commands exist, its links lead somewhere."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_block_gives_erlang_s_answer():
    code = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)[1]
    names = {}
    exec(compile(code, "README.md", "exec"), names)  # noqa: S102 - our own page
    assert len(names["shares"]) >= 1
    # 14,000 patients, of whom 12% find no bed: a standard error of about .005, with their dependence
    assert all(abs(share - 0.1217) < 0.02 for share in names["shares"])


def test_the_two_commands_are_there_and_are_what_ci_runs():
    main = TEXT.split("<!-- main command -->")[1].split("```")[1]
    tests = TEXT.split("<!-- test command -->")[1].split("```")[1]
    assert "pip install -c constraints.txt . && cisim run experiments/daily-ward-round" in main
    assert 'pip install -c constraints.txt -e ".[test]" && python -m pytest' in tests
    assert "test command" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#]+)", TEXT)
    assert len(links) > 8
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []
