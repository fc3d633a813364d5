"""Whether the house is still the house: format, lint, types, layers, sizes, doors."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "cisim").rglob("*.py"))
LONGEST_MODULE, LONGEST_FUNCTION = 700, 75
# one module, however long: what is compiled of it is kept on disk until this file changes, whatever it calls elsewhere
KERNEL = ROOT / "cisim" / "engine" / "compiled" / "kernel.py"

TOOLS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "layers": ["importlinter.cli"],
}


@pytest.mark.parametrize("tool", TOOLS)
def test_tool_finds_nothing(tool):
    command = [sys.executable, "-m", *TOOLS[tool]]
    if tool == "layers":
        command = [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
        ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_are_of_a_size_that_can_be_read_and_take_no_unnamed_arguments(path):
    if path != KERNEL:
        assert path.read_text(encoding="utf-8").count("\n") <= LONGEST_MODULE
    for function in functions(path):
        body = function.body
        documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
        first = body[1 if documented and len(body) > 1 else 0].lineno
        assert (function.end_lineno or first) - first <= LONGEST_FUNCTION, f"{function.name} is too long"
        assert function.args.kwarg is None, (
            f"{function.name} takes **{function.args.kwarg.arg if function.args.kwarg else ''}"
        )


def rooms():
    return sorted(p.parent.name for p in (ROOT / "cisim").glob("*/__init__.py"))


@pytest.mark.parametrize("room", rooms())
def test_every_door_is_documented_and_opens(room):
    module = __import__(f"cisim.{room}", fromlist=["__all__"])
    assert module.__doc__
    for name in module.__all__:
        assert getattr(module, name) is not None


def test_the_picture_of_the_rooms_tells_their_sizes():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    picture = text.split("<!-- rooms -->")[1].split("<!-- end rooms -->")[0]
    told = {
        name: int(re.search(rf"{name} +([\d,]+)", picture)[1].replace(",", ""))
        for name in ("runs", "claims", "decision", "calibrate", "records", "before_after")
    }
    told["streams"] = 100
    names = next(line for line in picture.splitlines() if line.strip().startswith("spec --->"))
    sizes = next(line for line in picture.splitlines() if re.fullmatch(r"[\d,\s]+", line) and "," in line)
    told |= dict(
        zip(re.findall(r"\w+", names), [int(n.replace(",", "")) for n in sizes.split()], strict=True)
    )
    assert set(rooms()) <= set(told)
    for room, lines in told.items():
        folder = ROOT / "cisim" / room
        files = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
        count = sum(len(f.read_text(encoding="utf-8").splitlines()) for f in files)
        assert abs(count - lines) <= max(100, 0.1 * count), f"{room} has {count} lines"
        assert f"{lines:,}" in picture or lines < 1000
