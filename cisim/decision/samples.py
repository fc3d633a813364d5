"""A probabilistic analysis from a file: one row a draw, one column a parameter, or a strategy's cost or effect.

A strategy's columns are named by a word and the strategy: ``cost:usual`` and ``effect:usual``; a space, a dot, an
underscore or brackets may stand for the colon, ``qaly`` for ``effect``, and the word may come last: ``usual_cost``.
Or one row a draw *and* strategy, with columns ``strategy``, ``cost`` and ``effect``. Columns that only number the
draws are passed over; all others are parameters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisim.decision.cells import NOTHING, Cells, Mistakes, cells_of, number_of, numbers_of
from cisim.errors import nearest

__all__ = ["Sample", "read_sample"]

Floats = NDArray[np.float64]
COSTS, EFFECTS = ("cost", "costs"), ("effect", "effects", "eff", "qaly", "qalys")
_NUMBERING = {"", "draw", "sim", "sample", "simulation", "iteration", "iter", "run", "row", "id", "nsim"}
_STRATEGY = {
    "strategy",
    "strategies",
    "strategy_id",
    "arm",
    "intervention",
    "treatment",
    "option",
    "comparator",
}
_LEVELS = 12  # texts of one column up to which they are taken for categories


@dataclass(frozen=True, slots=True)
class Sample:
    """Draws of what is not known, and what each strategy costs and does in them.

    Attributes
    ----------
    strategies, parameters : tuple of str
        In the order of the columns.
    cost, effect : ndarray of float, shape (n, s)
    values : ndarray of float, shape (n, p)
        A category is counted from 0, by its name.
    passed_over : tuple of str
        Columns that were not used.
    health : bool
        Whether the effects are named as QALYs.
    told : tuple of str
        How the file was read, where it was not the plain way.
    """

    strategies: tuple[str, ...]
    parameters: tuple[str, ...]
    cost: Floats
    effect: Floats
    values: Floats
    passed_over: tuple[str, ...]
    health: bool
    told: tuple[str, ...] = ()


@dataclass(slots=True)
class _Roles:
    """Which column is what: costs and effects by strategy, parameters, and what is passed over."""

    costs: dict[str, int]
    effects: dict[str, int]
    parameters: list[int]
    passed: list[str]


# -- what a name says -----------------------------------------------------------------------------------


def _before(words: Sequence[str]) -> Callable[[str], str | None]:
    """Return a function that gives the strategy of a column whose name begins with one of `words`.

    >>> of = _before(COSTS)
    >>> of("cost:usual care"), of("Total cost (new)"), of("cost2"), of("costly")
    ('usual care', 'new', '2', None)
    """
    any_of = "|".join(map(re.escape, words))
    pattern = rf"(?:total[._ ]*)?(?:{any_of})(?:[:._ -]*[(\[](.+)[)\]]|[:._ -]+(.+)|(\d+))"
    return _finding(pattern)


def _behind(words: Sequence[str]) -> Callable[[str], str | None]:
    """Return a function that gives the strategy of a column whose name ends with one of `words`.

    >>> _behind(EFFECTS)("Usual care_QALYs"), _behind(EFFECTS)("QALYs")
    ('Usual care', None)
    """
    return _finding(rf"(.+?)[:._ -]+(?:total[._ ]*)?[(\[]?(?:{'|'.join(map(re.escape, words))})[)\]]?")


def _finding(pattern: str) -> Callable[[str], str | None]:
    compiled = re.compile(pattern, re.IGNORECASE)

    def strategy(name: str) -> str | None:
        found = compiled.fullmatch(name.strip())
        return next((g.strip() for g in found.groups() if g), None) if found else None

    return strategy


def _named(
    head: Sequence[str], words: tuple[Sequence[str], Sequence[str]], *, said: bool
) -> list[list[str | None]]:
    """Return, for costs and for effects, the strategy of every column, by the way of naming that pairs the most."""
    ways = [[_before(w) for w in words], [_behind(w) for w in words]]
    if not said:
        ways.append([_before(("c",)), _before(("e",))])  # as BCEA names its matrices
    found = [[[of(name) for name in head] for of in way] for way in ways]
    return max(found, key=lambda two: len(set(two[0]) & set(two[1]) - {None}))


def _place(cells: Sequence[str], column: int) -> int:
    return sum(len(cell) + 1 for cell in cells[:column]) + 1


def _roles(
    table: Cells,
    words: tuple[Sequence[str], Sequence[str]],
    leave_out: Sequence[str],
    told: Mistakes,
    *,
    said: bool,
) -> _Roles:
    """Return what every column is; a name of a cost without its effect is a mistake, or a parameter."""
    head, line = table.head, table.head_line
    of_cost, of_effect = _named(head, words, said=said)
    pairs = (set(of_cost) & set(of_effect)) - {None}
    alone = [{s for s in side if s and s not in pairs} for side in (of_cost, of_effect)]
    roles = _Roles({}, {}, [], [])
    for i, name in enumerate(head):
        mine, strategy = (roles.costs, of_cost[i]) if of_cost[i] else (roles.effects, of_effect[i])
        if name in leave_out or (not strategy and name.lower() in _NUMBERING):
            roles.passed.append(name)
        elif name in head[:i] or strategy in mine:
            told.wrong(line, _place(head, i), name, "got the same column twice, want one of it")
        elif strategy and (strategy in pairs or all(alone) or len(pairs) < 2 or ":" in name):
            mine[strategy] = i
        else:  # such as 'cost of the drug' beside the costs of strategies
            roles.parameters.append(i)
    for name in set(leave_out) - set(head):
        told.wrong(line, 1, "--leave-out", f"got {name!r}, want a column of the file{nearest(name, head)}")
    sides = ((roles.effects, roles.costs, words[1][0]), (roles.costs, roles.effects, words[0][0]))
    for missing, have, word in sides:
        for strategy in have:
            if strategy not in missing:
                text = f"want a column '{word}:{strategy}' as well{nearest(strategy, missing)}"
                told.wrong(line, _place(head, have[strategy]), strategy, text)
    if len(roles.costs | roles.effects) < 2:
        many = len(roles.costs | roles.effects)
        text = "want two or more, in columns such as 'cost:usual', 'effect:usual', 'cost:new', 'effect:new'"
        more = "; of differences alone, add two columns of 0 for what they are differences from"
        told.wrong(
            line, 1, "", f"got {many} strateg{'y' if many == 1 else 'ies'}, {text}{more if many == 1 else ''}"
        )
    return roles


# -- one row a draw and strategy ------------------------------------------------------------------------


_Draws = dict[str, dict[str, tuple[int, list[str]]]]
"""The line and the cells of each strategy's row, by draw."""


def _by_draw(table: Cells, at: int, number: int | None, strategies: Sequence[str], told: Mistakes) -> _Draws:
    """Return the rows of each draw by strategy; without a number, the n-th row of each strategy is draw n."""
    draws: _Draws = {}
    seen: dict[str, int] = {}
    for line, cells in table.rows:
        if len(cells) != len(table.head):
            told.wrong(line, 1, "", f"got {len(cells)} cells, want {len(table.head)}, one under each name")
            continue
        strategy = cells[at].strip()
        seen[strategy] = seen.get(strategy, 0) + 1
        draw = str(seen[strategy]) if number is None else cells[number].strip()
        if strategy in draws.setdefault(draw, {}):
            text = f"got {strategy!r} twice, want each strategy once"
            told.wrong(line, _place(cells, at), f"draw {draw}", text)
        draws[draw][strategy] = (line, cells)
    for draw, of in draws.items():
        for strategy in set(strategies) - set(of):
            text = f"got no row of {strategy!r}, want each strategy in every draw"
            told.wrong(next(iter(of.values()))[0], 1, f"draw {draw}", text)
    told.stop()
    return draws


def _long(table: Cells, words: tuple[Sequence[str], Sequence[str]], told: Mistakes) -> Cells:
    """Return a table of one row a draw, from one of one row a draw and strategy; another table as it is."""
    lowered = [name.lower() for name in table.head]
    at = next((i for i, name in enumerate(lowered) if name in _STRATEGY), None)
    cost, effect = (
        next((i for i, name in enumerate(lowered) if name.removeprefix("total").strip("._ ") in side), None)
        for side in words
    )
    if at is None or cost is None or effect is None:
        return table
    number = next((i for i, name in enumerate(lowered) if name in _NUMBERING), None)
    strategies = list(dict.fromkeys(cells[at].strip() for _, cells in table.rows if at < len(cells)))
    draws = _by_draw(table, at, number, strategies, told)
    others = [i for i in range(len(table.head)) if i not in (at, number, cost, effect)]
    same = [i for i in others if all(len({c[i] for _, c in of.values()}) == 1 for of in draws.values())]
    head = [table.head[i] for i in same]
    for strategy in strategies:
        head += [f"{words[0][0]}:{strategy}", f"{table.head[effect]}:{strategy}"]
    rows = []
    for of in draws.values():
        line, first = of[strategies[0]]
        pairs = (of[s][1][i] for s in strategies for i in (cost, effect))
        rows.append((line, [*(first[i] for i in same), *pairs]))
    how = f"{table.told} One row for each draw and strategy.".strip()
    differ = [table.head[i] for i in others if i not in same]
    if differ:
        how += f" Not a parameter, for it differs between the strategies of one draw: {', '.join(differ)}."
    return table._replace(head=head, rows=rows, told=how)


# -- numbers --------------------------------------------------------------------------------------------


def _numbers(table: Cells, roles: _Roles, told: Mistakes) -> tuple[Floats, list[str]]:
    """Return all numbers, shape (n, columns), and which columns are categories; every cell that is none is told."""
    head, whole = table.head, []
    for r, (line, cells) in enumerate(table.rows):
        if not any(cell.strip() for cell in cells):
            told.wrong(line, 1, f"row {r + 1}", "got an empty row, want a draw")
        elif len(cells) != len(head):
            text = f"got {len(cells)} cells, want {len(head)}, one under each name"
            told.wrong(line, 1, f"row {r + 1}", text)
        else:
            whole.append((r, line, cells))
    out = np.full((len(whole), len(head)), np.nan)
    categories = []
    for i in sorted([*roles.costs.values(), *roles.effects.values(), *roles.parameters]):
        column = [cells[i] for _, _, cells in whole]
        out[:, i] = numbers_of(column, comma=table.comma)
        wrong = np.flatnonzero(~np.isfinite(out[:, i]))
        words = sorted({cell.strip() for cell in column})
        named = len(wrong) == len(column) > len(words) and not any(map(_nearly_a_number, words))
        if named and len(words) <= _LEVELS and i in roles.parameters:
            out[:, i] = [words.index(cell.strip()) for cell in column]
            categories.append(head[i])
            continue
        for r in wrong.tolist():
            row, line, cells = whole[r]
            told.wrong(line, _place(cells, i), f"row {row + 1}, {head[i]}", _no_number(cells[i]))
    return out, categories


def _bare(text: str) -> float:
    """Return the number that stands behind a currency, a percentage or thousands; NaN where none does."""
    return number_of(re.sub(r"[£$€, ]", "", text.removesuffix("%")))


def _nearly_a_number(word: str) -> bool:
    """Return whether a text is no category: a number in other dress, or what stands for none."""
    return word.lower() in NOTHING or bool(np.isfinite(_bare(word)))


def _no_number(cell: str) -> str:
    """Return what is wrong with a cell, and how to mend it where that can be seen.

    >>> _no_number("£1,200")
    "got '£1,200', want a number, such as 1200"
    >>> _no_number("10%")
    "got '10%', want a number, such as 0.1"
    """
    text = cell.strip()
    bare = _bare(text)
    shown = f", such as {bare / 100 if text.endswith('%') else bare:g}" if np.isfinite(bare) else ""
    return f"got {cell!r}, want a number{shown}" if text else "got nothing, want a number"


def read_sample(
    path: str | Path,
    *,
    costs: str = "",
    effects: str = "",
    leave_out: Sequence[str] = (),
) -> Sample:
    """Return the draws of a file.

    Parameters
    ----------
    path : str or Path
        A CSV with a head of names, parted by commas, semicolons or tabs, decimals after a point or (not with commas
        between) a comma; or an Excel workbook, of which the first sheet is read.
    costs, effects : str
        The word that begins or ends the columns of cost or effect, if it is another one: ``spent`` for ``spent_usual``.
    leave_out : sequence of str
        Columns to pass over.

    Raises
    ------
    FileProblems
        With every mistake: a cell that is missing, infinite or no number, by row and column (no draw is ever
        dropped in silence), rows of another length, columns without their pair or twice.
    """
    told = Mistakes(Path(path))
    words = ((costs,) if costs else COSTS, (effects,) if effects else EFFECTS)
    table = _long(cells_of(Path(path), told), words, told)
    roles = _roles(table, words, leave_out, told, said=bool(costs or effects))
    if told.problems and len(roles.costs | roles.effects) < 2:
        told.stop()  # of such a head nothing more can be said of the rows
    numbers, categories = _numbers(table, roles, told)
    if len(table.rows) < 2:
        count = len(table.rows)
        told.wrong(
            table.head_line, 1, "", f"got {count} draw{'s' * (count != 1)}, want many: at least some hundreds"
        )
    told.stop()
    strategies = tuple(roles.costs)
    how = [table.told] if table.told else []
    how += [f"Categories: {', '.join(categories)}."] if categories else []
    return Sample(
        strategies,
        tuple(table.head[i] for i in roles.parameters),
        numbers[:, [roles.costs[s] for s in strategies]],
        numbers[:, [roles.effects[s] for s in strategies]],
        numbers[:, roles.parameters],
        tuple(roles.passed),
        all("qaly" in table.head[roles.effects[s]].lower() for s in strategies),
        tuple(how),
    )
