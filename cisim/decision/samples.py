"""A probabilistic analysis from a CSV file: one row a draw, one column a parameter, or a strategy's cost or effect.

A strategy's columns are named by a word and the strategy: ``cost:usual`` and ``effect:usual``; a space, a dot
or an underscore may stand for the colon, and ``qaly`` for ``effect``. Columns that only number the draws are
passed over; all others are parameters.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisim.errors import FileProblems, Problem, nearest

__all__ = ["Sample", "read_sample"]

Floats = NDArray[np.float64]
COSTS, EFFECTS = ("cost", "costs"), ("effect", "effects", "qaly", "qalys")
_NUMBERING = {"", "draw", "sim", "simulation", "iteration", "iter", "run", "row", "id"}
_TOLD = 20  # mistakes of a file that are told one by one


@dataclass(frozen=True, slots=True)
class Sample:
    """Draws of what is not known, and what each strategy costs and does in them.

    Attributes
    ----------
    strategies, parameters : tuple of str
        In the order of the columns.
    cost, effect : ndarray of float, shape (n, s)
    values : ndarray of float, shape (n, p)
    passed_over : tuple of str
        Columns that were not used.
    health : bool
        Whether the effects are named as QALYs.
    """

    strategies: tuple[str, ...]
    parameters: tuple[str, ...]
    cost: Floats
    effect: Floats
    values: Floats
    passed_over: tuple[str, ...]
    health: bool


def _after(name: str, words: Sequence[str]) -> str | None:
    """Return the strategy of a column named by one of `words`.

    >>> _after("cost:usual care", COSTS), _after("QALY_new", EFFECTS), _after("costly", COSTS)
    ('usual care', 'new', None)
    """
    found = re.fullmatch(rf"(?:{'|'.join(map(re.escape, words))})[:._ ]+(.+)", name.strip(), re.IGNORECASE)
    return found[1].strip() if found else None


def _place(cells: Sequence[str], column: int) -> int:
    return sum(len(cell) + 1 for cell in cells[:column]) + 1


class _Reading:
    """The mistakes of one file, gathered."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.problems: list[Problem] = []

    def wrong(self, line: int, column: int, where: str, text: str) -> None:
        self.problems.append(Problem(self.path, line, column, where, text))

    def stop(self) -> None:
        if not self.problems:
            return
        more = len(self.problems) - _TOLD
        if more > 0:
            self.problems = self.problems[:_TOLD]
            self.wrong(self.problems[-1].line + 1, 0, "", f"and {more:,} more such mistakes")
        raise FileProblems(self.problems)


def _roles(
    head: Sequence[str], words: tuple[Sequence[str], Sequence[str]], leave_out: Sequence[str], told: _Reading
) -> tuple[dict[str, int], dict[str, int], list[int], list[str]]:
    """Return the columns of costs and effects by strategy, those of parameters, and names passed over."""
    costs: dict[str, int] = {}
    effects: dict[str, int] = {}
    parameters: list[int] = []
    passed: list[str] = []
    for i, name in enumerate(head):
        of_cost, of_effect = _after(name, words[0]), _after(name, words[1])
        mine = costs if of_cost else effects
        strategy = of_cost or of_effect
        if name in leave_out or (not strategy and name.strip().lower() in _NUMBERING):
            passed.append(name)
        elif name in head[:i] or strategy in mine:
            told.wrong(1, _place(head, i), name, "got the same column twice, want one of it")
        elif strategy:
            mine[strategy] = i
        else:
            parameters.append(i)
    for name in set(leave_out) - set(head):
        told.wrong(1, 1, "--leave-out", f"got {name!r}, want a column of the file{nearest(name, head)}")
    for missing, have, word in ((effects, costs, words[1][0]), (costs, effects, words[0][0])):
        for strategy in have:
            if strategy not in missing:
                hint = nearest(strategy, missing)
                text = f"want a column '{word}:{strategy}' as well{hint}"
                told.wrong(1, _place(head, have[strategy]), strategy, text)
    if len(costs | effects) < 2:
        text = "want two or more, in columns such as 'cost:usual', 'effect:usual', 'cost:new', 'effect:new'"
        text = f"got {len(costs | effects)} strategies, {text}"
        told.wrong(1, 1, "", text)
    return costs, effects, parameters, passed


def _rows(path: Path, told: _Reading) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for row in reader:
                if row:
                    yield reader.line_num, row
    except OSError as problem:
        told.wrong(0, 0, "", f"cannot be read: {problem.strerror or problem}")
    except UnicodeDecodeError:
        told.wrong(0, 0, "", "is no text in UTF-8; save it as CSV UTF-8")
    except csv.Error as problem:
        told.wrong(0, 0, "", f"is no CSV: {problem}")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def read_sample(
    path: str | Path,
    *,
    costs: str = "",
    effects: str = "",
    leave_out: Sequence[str] = (),
) -> Sample:
    """Return the draws of a CSV file.

    Parameters
    ----------
    path : str or Path
        With a head of names; commas between; UTF-8.
    costs, effects : str
        The word that begins the columns of cost or effect, if it is another one: ``c`` for ``c_usual``.
    leave_out : sequence of str
        Columns to pass over.

    Raises
    ------
    FileProblems
        With every mistake: a cell that is missing, infinite or no number, by row and column (no draw is ever
        dropped in silence), rows of another length, columns without their pair or twice.
    """
    told = _Reading(Path(path))
    lines = list(_rows(Path(path), told))
    if not lines and not told.problems:
        told.wrong(0, 0, "", "is empty, want a head of names and a row for each draw")
    told.stop()
    words = ((costs,) if costs else COSTS, (effects,) if effects else EFFECTS)
    head = [name.strip() for name in lines[0][1]]
    by_cost, by_effect, parameters, passed = _roles(head, words, leave_out, told)
    used = [*by_cost.values(), *by_effect.values(), *parameters]
    table = np.full((len(lines) - 1, len(head)), math.nan)
    for r, (line, cells) in enumerate(lines[1:]):
        if len(cells) != len(head):
            told.wrong(
                line, 1, f"row {r + 1}", f"got {len(cells)} cells, want {len(head)}, one under each name"
            )
            continue
        for i in used:
            table[r, i] = number = _number(cells[i])
            if not math.isfinite(number):
                got = repr(cells[i]) if cells[i].strip() else "nothing"
                told.wrong(line, _place(cells, i), f"row {r + 1}, {head[i]}", f"got {got}, want a number")
    if len(table) < 2:
        told.wrong(1, 1, "", f"got {len(table)} draws, want many: at least some hundreds")
    told.stop()
    strategies = tuple(by_cost)
    return Sample(
        strategies,
        tuple(head[i] for i in parameters),
        table[:, [by_cost[s] for s in strategies]],
        table[:, [by_effect[s] for s in strategies]],
        table[:, parameters],
        tuple(passed),
        all(head[by_effect[s]].lower().startswith("qaly") for s in strategies),
    )
