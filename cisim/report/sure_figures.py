"""Figures of how sure an answer is: bars and lines that read in black and white, by dash and by name, not by colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.report.svg import HALF, INK, PALETTE, plain, row_names, sheet, svg_text, wrap
from cisim.report.words import money

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "Curve",
    "Range",
    "bars_with_floor",
    "curves_figure",
    "plane_figure",
    "ranges_figure",
    "tornado_figure",
]

Floats = NDArray[np.float64]
_COLOURS = ("blue", "red", "green", "purple", "orange", "sky", "grey")
_DASHES = ("solid", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), (0, (3, 1)), (0, (1, 3)), (0, (8, 3)))
_DOTS = 200
"""Draws of a strategy that are drawn, evenly among all."""
_MARKS = ("o", "s", "^", "D", "v", "P", "X")


class Curve(NamedTuple):
    """One line of a figure: its name, its height at each place, and how far it may be wrong, if that is drawn."""

    name: str
    values: Floats
    spread: Floats | None = None


def tornado_figure(
    name: str, label: str, rows: Sequence[tuple[str, str, str, float, float]], base: float
) -> str:
    """Return a bar for each number, from the answer at its low end to the answer at its high end.

    Parameters
    ----------
    name, label : str
        Prefix of ids; description for those who cannot see it.
    rows : sequence of (number, low end, high end, answer at low, answer at high)
        The widest first; the ends in words, the answers in pounds.
    base : float
        The answer on average.
    """
    ends = [v for row in rows for v in row[3:]]
    low, high = min([*ends, base]), max([*ends, base])
    room = (high - low) or 1.0
    with sheet(HALF, 0.34 * len(rows) + 0.5) as figure:
        axes = figure.subplots()
        for i, (_, at_low, at_high, first, last) in enumerate(rows):
            for value, end, colour, hatch in ((first, at_low, "sky", "////"), (last, at_high, "blue", "")):
                axes.barh(
                    i, value - base, left=base, height=0.56, color=PALETTE[colour], hatch=hatch,
                    edgecolor="white", linewidth=0.0,
                )  # fmt: skip
                right = value >= base if first != last else end == at_high
                axes.text(
                    value + (0.015 if right else -0.015) * room, i, end, va="center",
                    ha="left" if right else "right", fontsize=6.8,
                )  # fmt: skip
        axes.axvline(base, color=INK, linewidth=1.0)
        row_names(axes, [row[0] for row in rows], 26)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(low - 0.2 * room, high + 0.2 * room)
        axes.tick_params(left=False)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_formatter(lambda v, _: money(v))
        _few(axes)
        plain(axes)
        return svg_text(figure, name, label)


def _few(axes: Axes, count: int = 4) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axes.xaxis.set_major_locator(MaxNLocator(nbins=count))


def bars_with_floor(
    name: str, label: str, rows: Sequence[tuple[str, float, float, float]], floor: float
) -> str:
    """Return a dot with its interval for each number, and the line that a number without influence stays below.

    Parameters
    ----------
    name, label : str
    rows : sequence of (number, index, low, high)
    floor : float
    """
    with sheet(HALF, 0.34 * len(rows) + 0.62) as figure:
        axes = figure.subplots()
        for i, (_, value, low, high) in enumerate(rows):
            axes.plot([low, high], [i, i], color=PALETTE["blue"], linewidth=1.6)
            axes.plot([value], [i], "o", color=PALETTE["blue"], markersize=5)
        axes.axvline(floor, color=INK, linewidth=1.0, linestyle=(0, (3, 2)))
        row_names(axes, [row[0] for row in rows], 26)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0, max(1.15 * max([row[3] for row in rows] + [floor]), 0.05))
        axes.tick_params(left=False)
        axes.grid(axis="x")
        axes.set_xlabel("influence; none shows left of the dashes")
        _few(axes)
        plain(axes)
        return svg_text(figure, name, label)


def curves_figure(
    name: str,
    label: str,
    at: Sequence[float],
    curves: Sequence[Curve],
    *,
    across: str,
    up: str,
    shares: bool = False,
    pounds_across: bool = True,
) -> str:
    """Return lines over one number, each told by its dash and mark as well as by its colour.

    Parameters
    ----------
    name, label : str
    at : sequence of float
        Places along the bottom.
    curves : sequence of Curve
        The line of zero is drawn where any goes below it.
    across, up : str
        What the axes are.
    shares : bool
        Whether heights are shares; otherwise pounds.
    pounds_across : bool
        Whether places are pounds; otherwise plain numbers.
    """
    places = np.asarray(at, float)
    with sheet(HALF, 1.95 + 0.145 * len(curves)) as figure:
        axes = figure.subplots()
        for i, one in enumerate(curves):
            thick = one.name.startswith("*")
            colour = INK if thick else PALETTE[_COLOURS[i % len(_COLOURS)]]
            if one.spread is not None:
                axes.fill_between(
                    places, one.values - one.spread, one.values + one.spread, color=colour, alpha=0.15, lw=0
                )
            axes.plot(
                places, one.values, color=colour, linestyle="solid" if thick else _DASHES[i % len(_DASHES)],
                linewidth=2.6 if thick else 1.4, alpha=0.45 if thick else 1.0, label=wrap(one.name.lstrip("*"), 64, 1),
                marker="" if thick or len(places) > 12 else _MARKS[i % len(_MARKS)], markersize=3.6,
            )  # fmt: skip
        if any((one.values < 0).any() for one in curves):
            axes.axhline(0, color=INK, linewidth=0.9)
        if shares:
            axes.set_ylim(-0.02, 1.02)
            axes.yaxis.set_major_formatter(lambda v, _: f"{100 * v:.0f}")
        else:
            axes.yaxis.set_major_formatter(lambda v, _: money(v, 2))
        axes.xaxis.set_major_formatter((lambda v, _: money(v)) if pounds_across else (lambda v, _: f"{v:g}"))
        if not pounds_across and len(places) <= 8:
            axes.set_xticks(places)
        else:
            _few(axes, 5)
        axes.set_xlabel(across)
        axes.set_ylabel(up)
        axes.grid(axis="y")
        plain(axes)
        figure.legend(
            loc="outside lower left", ncols=1, frameon=False, fontsize=6.8, handlelength=2.6,
            columnspacing=1.0, handletextpad=0.5,
        )  # fmt: skip
        return svg_text(figure, name, label)


_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
"""Behind a figure's own words where a line may run through them."""


class Range(NamedTuple):
    """One row of `ranges_figure`: a value with its ends, as it is told, hollow where it is ruled out."""

    name: str
    value: float
    low: float
    high: float
    told: str
    off: bool = False


def ranges_figure(name: str, label: str, rows: Sequence[Range]) -> str:
    """Return a dot with its range for each row, in pounds, and the line of nothing.

    Parameters
    ----------
    name, label : str
    rows : sequence of Range
        From above to below.
    """
    ends = [0.0, *(v for row in rows for v in (row.low, row.high, row.value))]
    low, high = min(ends), max(ends)
    room = (high - low) or 1.0
    with sheet(HALF, 0.33 * len(rows) + 0.42) as figure:
        axes = figure.subplots()
        for i, row in enumerate(rows):
            colour = PALETTE["grey" if row.off else "blue"]
            axes.plot([row.low, row.high], [i, i], color=colour, linewidth=1.6)
            axes.plot(
                [row.value], [i], "o", markersize=5.5, markeredgecolor=colour,
                color="white" if row.off else colour,
            )  # fmt: skip
            axes.text(row.value, i - 0.24, row.told, va="bottom", ha="center", fontsize=6.8, bbox=_WHITE)
        axes.axvline(0, color=INK, linewidth=1.0)
        row_names(axes, [row.name for row in rows], 30)
        axes.set_ylim(len(rows) - 0.5, -0.75)
        axes.set_xlim(low - 0.12 * room, high + 0.12 * room)
        axes.tick_params(left=False)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_formatter(lambda v, _: money(v, 2))
        axes.grid(axis="x")
        _few(axes)
        plain(axes)
        return svg_text(figure, name, label)


def plane_figure(name: str, label: str, clouds: Sequence[tuple[str, Floats, Floats]]) -> str:
    """Return each strategy's draws on the cost-effectiveness plane: health to the right, cost upwards.

    Parameters
    ----------
    name, label : str
    clouds : sequence of (name, QALYs by draw, cost by draw)
        Beside doing nothing; at most so many draws of each are drawn as an eye can tell apart.
    """
    with sheet(HALF, 1.95 + 0.145 * len(clouds)) as figure:
        axes = figure.subplots()
        for i, (one, qalys, cost) in enumerate(clouds):
            colour, step = PALETTE[_COLOURS[i % len(_COLOURS)]], max(len(qalys) // _DOTS, 1)
            axes.plot(
                qalys[::step], cost[::step], _MARKS[i % len(_MARKS)], color=colour, markersize=2.2, alpha=0.35,
                markeredgewidth=0, label=wrap(one, 64, 1), rasterized=False,
            )  # fmt: skip
            axes.plot(
                [qalys.mean()], [cost.mean()], _MARKS[i % len(_MARKS)], color=colour, markersize=7,
                markeredgecolor=INK,
            )  # fmt: skip
        axes.axhline(0, color=INK, linewidth=0.9)
        axes.axvline(0, color=INK, linewidth=0.9)
        axes.yaxis.set_major_formatter(lambda v, _: money(v, 2))
        axes.set_xlabel("years in full health gained")
        axes.set_ylabel("costs more")
        axes.grid()
        _few(axes, 5)
        plain(axes)
        figure.legend(
            loc="outside lower left", ncols=1, frameon=False, fontsize=6.8, handletextpad=0.5, markerscale=2.0
        )
        return svg_text(figure, name, label)
