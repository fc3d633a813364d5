"""Every block of every page is run: files are written, Python and the terminal's commands give what is shown.

====================  ==================================================================================
fence                 what is done with it
====================  ==================================================================================
```yaml               its first line is ``# file: NAME``; it is written there and must be read without a
                      mistake, unless the fence's own line says ``wrong``
```python             a doctest; all of a page share one set of names
```console            each ``$ cisim ...`` is run; what follows must be printed (``...`` stands for anything),
                      numbers with a decimal point within 3%, as another version of a library may move them;
                      ``exit=2`` in the fence's own line is the exit code wanted instead of 0
```trace NAME         the model in NAME is simulated for four days, and its log must say exactly this
```csv NAME           a table, written to NAME
```text               a drawing or a formula: not run
====================  ==================================================================================
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cisim.cli import main
from cisim.engine import simulate
from cisim.measures import audit
from cisim.spec import read, read_model
from cisim.units import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from cisim.eventlog import EventLog

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [p for p in sorted(DOCS.rglob("*.md")) if p.name != "traces.md" and p.parent.name != "reference"]
FENCE = re.compile(r"^```([a-z]+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NUMBER = r"(?<![\d.:-])\d+\.\d+(?![\d.])"
KNOWN = {"yaml", "python", "console", "trace", "csv", "text"}


@dataclass(frozen=True)
class Block:
    """One fenced block: its kind, the rest of its first line, its body and the line that it begins on."""

    kind: str
    info: str
    body: str
    line: int


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [Block(m[1], m[2].strip(), m[3], text.count("\n", 0, m.start()) + 1) for m in FENCE.finditer(text)]


def told(log: EventLog) -> str:
    """Say a log in the words of docs/traces.md."""
    lines: dict[tuple[str, str], list[str]] = {}
    for pathway, patient, time, event, step, pool, units, detail in log.rows():
        words = [event.replace("_", " "), *([step] if event != "leave" else []), pool]
        words += [f"x{units}" if units > 1 else "", detail]
        stamp = f"{time // HOUR}:{time % HOUR // MINUTE:02}"
        line = lines.setdefault((pathway, patient), [])
        text = " ".join(w for w in words if w)
        if line and line[-1].startswith(stamp + " "):
            line[-1] += f", {text}"
        else:
            line.append(f"{stamp} {text}")
    return "\n".join(f"{p} {n} | " + " | ".join(line) for (p, n), line in lines.items())


def write_file(block: Block) -> None:
    """Write a file, and read it: what only names other files is read when all of them are there."""
    name = re.match(r"# file: (\S+)\n", block.body)
    assert name, "the first line of a yaml block is '# file: NAME'"
    path = Path(name[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.body, encoding="utf-8")
    if "wrong" not in block.info:
        read(path)


class Shown(io.StringIO):
    """What the terminal prints, where it can show any sign."""

    encoding = "utf-8"


def run_python(block: Block, page: Path, names: dict[str, object]) -> None:
    test = doctest.DocTestParser().get_doctest(block.body, names, page.name, str(page), block.line)
    assert test.examples, "a python block shows at least one '>>>'"
    said = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    runner.run(test, out=said.write, clear_globs=False)
    assert not runner.failures, said.getvalue()
    names.update(test.globs)


def alike(shown: str, said: str) -> bool:
    """Say whether a page shows what a command said: `...` is anything, a decimal number one within 3%."""
    said = said.replace("\\", "/")  # of paths on Windows
    numbers = [float(n) for n in re.findall(NUMBER, shown)]
    places = re.split(rf"(\.\.\.|{NUMBER}|\s+)", shown.strip())
    pattern = "".join(
        r".*?"
        if p == "..."
        else rf"({NUMBER})"
        if re.fullmatch(NUMBER, p)
        else r"\s+"
        if p.isspace()
        else re.escape(p)
        for p in places
    ).replace(r"\s+.*?\s+", r"\s.*?\s")
    found = re.fullmatch(rf"\s*{pattern}\s*", said, flags=re.DOTALL)
    return found is not None and [float(n) for n in found.groups()] == pytest.approx(numbers, rel=0.03)


def run_console(block: Block) -> None:
    wanted = int(block.info.removeprefix("exit=") or 0)
    for part in re.split(r"^\$ ", block.body, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        words = shlex.split(command)
        if words[0] == "cd":
            continue
        assert words[0] == "cisim", f"only cisim is run here, not {words[0]}"
        said = Shown()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main(words[1:])
        assert code == wanted, f"{command}: exit code {code}\n{said.getvalue()}"
        if shown.strip():
            assert alike(shown, said.getvalue()), f"{command}: wanted\n{shown}\ngot\n{said.getvalue()}"


def run_trace(block: Block) -> None:
    log = simulate(read_model(block.info), 4 * DAY)
    assert told(log) == block.body.strip()
    assert all(check.passed for check in audit(log))


@pytest.mark.parametrize("page", PAGES, ids=[p.relative_to(DOCS).as_posix() for p in PAGES])
def test_every_block_of_a_page_runs(page: Path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks_of(page):
        where = f"{page.relative_to(DOCS.parent)}:{block.line}"
        assert block.kind in KNOWN, f"{where}: no such kind of block: {block.kind}"
        try:
            if block.kind == "yaml":
                write_file(block)
            elif block.kind == "python":
                run_python(block, page, names)
            elif block.kind == "console":
                run_console(block)
            elif block.kind == "csv":
                Path(block.info).write_text(block.body, encoding="utf-8")
            elif block.kind == "trace":
                run_trace(block)
        except Exception as error:
            error.add_note(f"in the block at {where}")
            raise


def test_no_fence_is_left_open():
    for page in PAGES:
        fences = re.findall(r"^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert len(fences) == 2 * len(blocks_of(page)), page


def test_the_tests_would_see_a_wrong_number(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\n>>> 1 + 1\n3\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="Expected"):
        run_python(blocks_of(page)[0], page, {})
    with pytest.raises(AssertionError, match="wanted"):
        run_console(Block("console", "", "$ cisim --version\ncisim 99\n", 1))
