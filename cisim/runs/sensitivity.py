"""What a question's answer rests on, by the simulator itself: words first, and the table behind them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from cisim.analysis import (
    at_points,
    emulate,
    emulated_sobol,
    morris,
    morris_design,
    pawn,
    ranges,
    replicated,
    sample,
    sobol,
    sobol_design,
    switching,
    tornado,
    two_way,
)
from cisim.distributions import Normal, Uniform
from cisim.errors import ModelError, nearest
from cisim.spec import amount, correlations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cisim.analysis import Estimate
    from cisim.runs.asking import Asking

    Floats = NDArray[np.float64]

NAMES = {
    "npv": "Net present value",
    "money": "Money",
    "qalys": "Health gained",
    "level": "Level",
    "difference": "Difference from the baseline",
}
__all__ = ["METHODS", "Sensitivity", "sensitivity"]

TORNADO_LEVEL, SWITCHING_LEVEL = 0.9, 0.99
LOOKS = 9
GRID = 5
"""Values of each number of a two-way grid, unless said."""
SHOWN = 3
"""Paths that a sentence about many names."""
LEAST_ROWS = {"morris": 10, "sobol": 128, "pawn": 256, "emulator": 0}
"""Trajectories, base points and rows, unless said: assumptions, as few as the methods can be told anything by."""
EACH, LEAST_POINTS = 10, 40
"""Points of an emulator: so many for each input (Loeppky, Sacks, Welch 2009), and no fewer than this in all."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What an answer rests on.

    Attributes
    ----------
    method, headline, unit : str
    base : float
        The headline at the best estimates.
    words : tuple of str
        What it says, the most important first.
    table : DataFrame
        One row an input, or a pair.
    points, runs, replications : int
        Points that were asked for, how many of them were simulated or found in the store, each in so many replications.
    """

    method: str
    headline: str
    unit: str
    base: float
    words: tuple[str, ...]
    table: pd.DataFrame
    points: int
    runs: int
    replications: int


class _How(NamedTuple):
    """What is asked of a method."""

    rows: int
    numbers: tuple[str, ...]
    pairs: bool
    seed: int


def sensitivity(
    asked: Asking,
    method: str = "tornado",
    *,
    rows: int = 0,
    numbers: Sequence[str] = (),
    pairs: bool = False,
    seed: int = 1,
) -> Sensitivity:
    """Return what the headline of a question rests on.

    Parameters
    ----------
    asked : Asking
        From `asking`.
    method : 'tornado', 'switching', 'two-way', 'morris', 'sobol', 'pawn' or 'emulator'
        The last learns from a few points what the answer would be at others, and gives Sobol indices, of pairs too.
    rows : int
        Values of each number of a grid, trajectories of Morris, base points of Sobol (a power of two), rows of PAWN,
        points of the emulator; as few as can be told anything by, if left out.
    numbers : sequence of str
        Paths to be moved by a tornado, for switching values or over a grid; left out, all, or for a grid the two that
        move the answer most in a tornado.
    pairs : bool
        Whether Sobol indices of pairs are wanted too: nearly twice the points.
    seed : int

    Raises
    ------
    ModelError
        For an unknown method, rows that it cannot have, or an emulator that is not good enough.
    RunError
        Where the model cannot be at a point.

    Notes
    -----
    All points have the same luck. Morris, Sobol and PAWN move all numbers at once; their answers are means over the
    replications, and the luck left in them is told. Where the experiment states correlations, PAWN's rows are drawn
    with them, and Sobol's and the emulator's shares are of the numbers that hang together, as one; Morris and all that
    move one or two numbers leave them out. It is said which.
    """
    if method not in METHODS:
        raise ModelError(
            "method", f"got {method!r}, want one of: {', '.join(METHODS)}{nearest(method, METHODS)}"
        )
    for path in numbers:
        if path not in asked.known:
            raise ModelError(
                "numbers", f"got {path!r}, want one that is not known{nearest(path, asked.known)}"
            )
    if numbers and method not in ONES:
        raise ModelError("numbers", f"got some for {method}, which moves all; want {', '.join(ONES)}")
    if pairs and method not in ("sobol", "emulator"):
        raise ModelError("pairs", f"got {method}, want sobol: a share of variance of two numbers together")
    base = asked.mean({})
    how = _How(rows or LEAST_ROWS.get(method, GRID), tuple(numbers), pairs, seed)
    words, table, points = METHODS[method](asked, how)
    name, _, of = asked.headline.partition(":")
    told = f"{NAMES.get(name, name)} of {of}: {amount(base, asked.unit)} at the best estimates."
    said = (_CORRELATED[method],) if asked.question.experiment.correlations else ()
    return Sensitivity(
        method,
        asked.headline,
        asked.unit,
        base,
        (told, *words, *said),
        table,
        points,
        asked.runs,
        asked.replications,
    )


_APART = "The correlations of the experiment file are left out: numbers move apart from each other."
_TOGETHER = "Numbers that the experiment file correlates are drawn together and have one share: {}"
_CORRELATED = {
    "tornado": _APART,
    "switching": _APART,
    "two-way": _APART,
    "morris": _APART,
    "sobol": _TOGETHER.format("how it is divided among them has no single answer."),
    "emulator": _TOGETHER.format("how it is divided among them has no single answer."),
    "pawn": "Numbers that the experiment file correlates are drawn together: each stands also for those it goes with.",
}
"""What is said of correlations by each method."""

Told = tuple[tuple[str, ...], pd.DataFrame, int]


def _tornado(asked: Asking, how: _How) -> Told:
    ends = _ends(asked, TORNADO_LEVEL, how.numbers)
    moved = [{path: end} for path, pair in ends.items() for end in pair]
    values = asked.each([asked.whole({}), *(asked.whole(one) for one in moved)])
    found = tornado(_answer(asked), asked.best, ends)
    lines, still, table = [], [], []
    for bar in found.bars:
        low, high = (values[1 + moved.index({bar.path: end})] for end in (bar.low, bar.high))
        error = _error(high - low)
        unit = asked.known[bar.path].unit
        clear = bar.swing > 2 * error if math.isfinite(error) else True
        at = f"{amount(bar.at_low, asked.unit)} at {_short(bar.low, unit)}, {amount(bar.at_high, asked.unit)}"
        luck = "" if clear else "; no more than luck may do"
        if bar.swing:
            lines.append(f"{bar.path}: {at} at {_short(bar.high, unit)}{luck}.")
        else:
            still.append(bar.path)
        table.append((bar.path, unit, bar.low, bar.high, bar.at_low, bar.at_high, bar.swing, error))
    lines += _others("What does not move it at all", still)
    head = ("path", "unit", "low", "high", "at_low", "at_high", "swing", "se_of_the_difference")
    first = "Each number alone, from its 5th to its 95th percentile, what moves the answer most first:"
    return (first, *lines), pd.DataFrame(table, columns=list(head)), 1 + len(moved)


def _switching(asked: Asking, how: _How) -> Told:
    ends = _ends(asked, SWITCHING_LEVEL, how.numbers)
    looks = {path: [float(x) for x in np.linspace(*pair, LOOKS)] for path, pair in ends.items()}
    asked.each([asked.whole({path: x}) for path, places in looks.items() for x in places])
    lines, table = [], []
    points = sum(len(places) for places in looks.values())
    worth = asked.headline.startswith(("npv:", "money:"))
    good, bad = ("pays back", "does not pay back") if worth else ("is 0 or more", "is below 0")
    for path, pair in ends.items():
        one = asked.known[path]
        size = 100 if one.unit == "share" else 1
        found = switching(_answer(asked), asked.best, path, pair, looks=LOOKS)
        scaled = type(found)(
            path,
            found.low * size,
            found.high * size,
            found.target,
            tuple(x * size for x in found.values),
            found.good_at_low,
        )
        unit = {"share": "%", "£": "pounds"}.get(one.unit, one.unit)
        told = scaled.told(unit, good=good, bad=bad)
        lines.append(f"{path}: {told.replace(' %', '%')}.")
        table.append((path, one.unit, *pair, found.good_at_low, "; ".join(f"{x:.6g}" for x in found.values)))
    changing = [line for line, row in zip(lines, table, strict=True) if row[-1]]
    rest = _others(
        "What does not turn it by itself, anywhere in 99% of what it may be",
        [row[0] for row in table if not row[-1]],
    )
    head = ("path", "unit", "low", "high", "good_at_low", "crossings")
    return (*changing, *rest), pd.DataFrame(table, columns=list(head)), points


def _two_way(asked: Asking, how: _How) -> Told:
    chosen, points = how.numbers, 0
    if not chosen:
        told = _tornado(asked, how)[1]
        points, chosen = 1 + 2 * len(told), tuple(told["path"][:2])
    if len(chosen) != 2 or how.rows < 2:
        text = f"got {len(chosen)} numbers of {how.rows} values each, want two numbers that vary, of two values or more"
        raise ModelError("two-way", text)
    over = {}
    for path in chosen:
        one = asked.known[path]
        places = one.distribution.ppf(np.linspace((1 - TORNADO_LEVEL) / 2, (1 + TORNADO_LEVEL) / 2, how.rows))
        over[path] = np.unique(np.rint(places)) if one.whole else places
    (first, across), (second, down) = over.items()
    asked.each([asked.whole({first: float(x), second: float(y)}) for x in across for y in down])
    grid = two_way(_answer(asked), asked.best, over)
    rows = [(float(x), float(y), grid[i, j]) for i, x in enumerate(across) for j, y in enumerate(down)]
    table = pd.DataFrame(rows, columns=[first, second, asked.headline])
    share = float((grid >= 0).mean())
    worth = asked.headline.startswith(("npv:", "money:"))
    good, bad = ("pays back", "does not pay back") if worth else ("is 0 or more", "is below 0")
    units = asked.known[first].unit, asked.known[second].unit
    lines = [f"{first} and {second}, each from its 5th to its 95th percentile, the others as they are:"]
    for i, x in enumerate(across):
        ends = f"{amount(grid[i, 0], asked.unit)} to {amount(grid[i, -1], asked.unit)}"
        where = f"as {second} goes from {_short(down[0], units[1])} to {_short(down[-1], units[1])}"
        lines.append(
            f"At {_short(x, units[0])} of {first}: {ends} {where}{_turn(grid[i], down, units[1], good)}."
        )
    lines.append(
        f"It {good if share else bad} {'anywhere' if share in (0, 1) else f'in {share:.0%}'} of this grid."
    )
    return tuple(lines), table, points + grid.size


def _turn(row: Floats, places: Floats, unit: str, good: str) -> str:
    """Return between which two values of a row of a grid the answer turns; nothing where it does not."""
    at = np.flatnonzero((row[:-1] >= 0) != (row[1:] >= 0))
    if not len(at):
        return ""
    below = row[at[0]] >= 0
    ends = f"{_short(places[at[0]], unit)} and {_short(places[at[0] + 1], unit)}"
    return f"; it {good} {'up to' if below else 'from'} somewhere between {ends}"


def _morris(asked: Asking, how: _How) -> Told:
    design = morris_design(_cube(asked), how.rows, seed=how.seed)
    found = morris(design, asked.at(at_points(asked.known, design.values)))
    order = sorted(found.mu_star, key=lambda path: -found.mu_star[path].value)
    table = pd.DataFrame(
        [(p, *_ends_of(found.mu_star[p]), found.mu[p].value, found.sigma[p], found.floor) for p in order],
        columns=["path", "mu_star", "low", "high", "mu", "sigma", "floor"],
    )
    lines = [
        f"{p}: moves it by {amount(found.mu_star[p].value, asked.unit)} on average across its range "
        f"({amount(found.mu_star[p].low, asked.unit)} to {amount(found.mu_star[p].high, asked.unit)})."
        for p in order
    ]
    return (_sentence(found.told()), *lines), table, design.rows


def _sobol(asked: Asking, how: _How) -> Told:
    related = correlations(asked.question)
    design = sobol_design(_cube(asked), how.rows, second_order=how.pairs, correlations=related, seed=how.seed)
    found = sobol(design, asked.at(at_points(asked.known, design.values)))
    order = sorted(found.total, key=lambda path: -found.total[path].value)
    table = pd.DataFrame(
        [(p, *_ends_of(found.first[p]), *_ends_of(found.total[p]), found.noise) for p in order],
        columns=[
            "path",
            "first",
            "first_low",
            "first_high",
            "total",
            "total_low",
            "total_high",
            "noise_share",
        ],
    )
    together = sorted(found.second, key=lambda pair: -found.second[pair].value)
    rows = [(" and ".join(pair), *_ends_of(found.second[pair])) for pair in together]
    table = pd.concat(
        [table, pd.DataFrame(rows, columns=["path", "together", "together_low", "together_high"])]
    )
    lines = (*(f"{line}." for line in found.told()), *_together(found.second))
    if how.pairs and not _together(found.second):
        lines = (*lines, "No two numbers do more together than alone, as far as so many rows can show.")
    return lines, table if how.pairs else table.iloc[: len(order)].dropna(axis=1, how="all"), design.rows


def _emulated(asked: Asking, how: _How) -> Told:
    count = how.rows or max(LEAST_POINTS, EACH * len(asked.known))
    points = sample(_cube(asked), count, seed=how.seed)
    answers = asked.at(at_points(asked.known, points))
    means, luck = replicated(answers) if answers.shape[1] > 1 else (answers[:, 0], None)
    # As normal scores: a number with a long tail then bends little, and the tail is not beyond the last point.
    scores = {path: special.ndtri(points[path]) for path in points}
    emulator = emulate(scores, means, noise=luck, seed=how.seed)
    inputs = dict.fromkeys(asked.known, Normal(0, 1))
    found = emulated_sobol(emulator, inputs, correlations=correlations(asked.question), seed=how.seed)
    order = sorted(found.total, key=lambda path: -found.total[path].value)
    pairs = sorted(found.second, key=lambda pair: -found.second[pair].value)
    table = [("first", p, "", *_ends_of(found.first[p])) for p in order]
    table += [("total", p, "", *_ends_of(found.total[p])) for p in order]
    table += [("pair", *pair, *_ends_of(found.second[pair])) for pair in pairs]
    together = _together(found.second)
    *lines, rests = found.told()
    head = ["index", "path", "with", "share", "low", "high"]
    return (
        (*(f"{line}." for line in lines), *together, _sentence(rests)),
        pd.DataFrame(table, columns=head),
        count,
    )


def _pawn(asked: Asking, how: _How) -> Told:
    points = sample(_cube(asked), how.rows, correlations=correlations(asked.question), seed=how.seed)
    found = pawn(points, asked.at(at_points(asked.known, points)), seed=how.seed)
    order = sorted(found.mean, key=lambda path: -found.mean[path].value)
    table = pd.DataFrame(
        [(p, *_ends_of(found.mean[p]), found.most[p], found.floor, found.noise) for p in order],
        columns=["path", "mean", "low", "high", "most", "floor", "noise_share"],
    )
    luck = (
        "" if math.isnan(found.noise) else f"Luck left in the answers: {found.noise:.0%} of their variance."
    )
    return tuple(line for line in (_sentence(found.told()), luck) if line), table, how.rows


METHODS: dict[str, Callable[[Asking, _How], Told]] = {
    "tornado": _tornado,
    "switching": _switching,
    "two-way": _two_way,
    "morris": _morris,
    "sobol": _sobol,
    "pawn": _pawn,
    "emulator": _emulated,
}
"""By name."""
ONES = ("tornado", "switching", "two-way")
"""Methods that move one or two numbers."""


def _together(second: Mapping[tuple[str, str], Estimate]) -> tuple[str, ...]:
    """Return a sentence for each pair that surely does something together, the most first."""
    return tuple(
        f"{one} and {other}: {found.value:.0%} of the variance together, beyond each alone "
        f"({found.low:.0%} to {found.high:.0%})."
        for (one, other), found in sorted(second.items(), key=lambda pair: -pair[1].value)
        if found.low > 0
    )


def _ends(asked: Asking, level: float, numbers: Sequence[str] = ()) -> dict[str, tuple[float, float]]:
    """Return the ends of every unknown at a level; whole numbers are whole."""
    ends = ranges({path: asked.known[path].distribution for path in numbers or asked.known}, level)
    return {
        path: (float(round(low)), float(round(high))) if asked.known[path].whole else (low, high)
        for path, (low, high) in ends.items()
        if not asked.known[path].whole or round(low) < round(high)
    }


def _answer(asked: Asking) -> Callable[[Mapping[str, float]], float]:
    """Return the mean headline as the functions of one number at a time ask it; whole numbers are rounded."""
    best = asked.best

    def answer(x: Mapping[str, float]) -> float:
        moved = {path: number for path, number in x.items() if number != best[path]}
        return asked.mean({p: float(round(n)) if asked.known[p].whole else n for p, n in moved.items()})

    return answer


def _cube(asked: Asking) -> dict[str, Uniform]:
    return dict.fromkeys(asked.known, Uniform(0, 1))


def _ends_of(one: Estimate) -> tuple[float, float, float]:
    return one.value, one.low, one.high


def _error(differences: Floats) -> float:
    """Return the standard error of a mean difference between two points with the same luck."""
    n = len(differences)
    return float(differences.std(ddof=1) / math.sqrt(n)) if n > 1 else math.nan


def _others(what: str, paths: list[str]) -> tuple[str, ...]:
    """Return a sentence for what needs no line of its own; the table names all."""
    if not paths:
        return ()
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN + 1 else ""
    return (f"{what}: {', '.join(paths[: SHOWN if more else None])}{more}.",)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _short(number: float, unit: str) -> str:
    return amount(float(f"{number:.3g}"), unit)
