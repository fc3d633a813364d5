"""The report's figures: each takes plain numbers and words, and returns the text of an SVG file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.report.svg import INK, PALE, PALETTE, sheet, svg_text
from cisim.report.words import money, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.ticker import MaxNLocator

__all__ = ["Point", "Spread", "Steps", "distributions", "points", "series", "shares", "waterfall"]

Floats = NDArray[np.float64]
WIDTH = 7.0
_PART_COLOURS = ("blue", "green", "orange", "sky", "purple", "red")


@dataclass(frozen=True, slots=True)
class Steps:
    """One panel of a waterfall: what was released, and the parts that add up to it."""

    title: str
    whole: float
    parts: tuple[float, ...]
    colours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """One row of a figure of distributions."""

    name: str
    values: Floats
    low: float
    middle: float
    high: float
    note: str


@dataclass(frozen=True, slots=True)
class Point:
    """One dot with its interval, in a group and a row, and the published figure to set beside it."""

    group: str
    row: str
    value: float
    low: float
    high: float
    published: float | None = None


def _wrap(text: str, width: int) -> str:
    import textwrap  # noqa: PLC0415

    return "\n".join(textwrap.wrap(text, width)) or text


def _step_panel(axes: Axes, panel: Steps, reach: tuple[float, float]) -> None:
    rows = len(panel.parts)
    gap = (reach[1] - reach[0]) * 0.025
    axes.barh(0, panel.whole, height=0.62, color="#4A5560")
    axes.text(max(panel.whole, 0) + gap, 0, number(panel.whole), va="center", ha="left", fontsize=8.5)
    at = 0.0
    for i, part in enumerate(panel.parts, start=1):
        axes.barh(i, part, left=at, height=0.62, color=PALETTE[panel.colours[i - 1]])
        axes.plot([at, at], [i - 1, i], color="#8A94A0", linewidth=0.7)
        axes.text(
            max(at, at + part) + gap,
            i,
            number(part if abs(part) > 5e-4 * abs(panel.whole) else 0.0),
            va="center",
            ha="left",
            fontsize=8.5,
        )
        at += part
    axes.plot(
        [panel.whole, panel.whole], [0, rows + 0.45], color="#4A5560", linewidth=0.9, linestyle=(0, (3, 2))
    )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_xlim(*reach)
    axes.set_ylim(rows + 0.5, -0.5)
    axes.set_title(_wrap(panel.title, 24))
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def waterfall(name: str, label: str, panels: Sequence[Steps], rows: Sequence[str], unit: str) -> str:
    """Return a panel for each option: the release above, and below it where it went, step by step up to it.

    Parameters
    ----------
    name, label : str
        Prefix of ids; description for those who cannot see it.
    panels : sequence of Steps
        All with as many parts as `rows` has names less one.
    rows : sequence of str
        Name of the whole, then of the parts.
    unit : str
        Of all numbers.
    """
    ends = [0.0]
    for panel in panels:
        ends += [panel.whole, *np.cumsum(panel.parts)]
    low, high = min(ends), max(ends)
    room = (high - low) or 1.0
    reach = (low - (0.06 * room if low < 0 else 0), high + 0.34 * room)
    columns = min(3, len(panels))
    lines = -(-len(panels) // columns)
    with sheet(WIDTH, lines * (0.36 * len(rows) + 0.85)) as figure:
        grid = figure.subplots(lines, columns, sharex=True, squeeze=False)
        for k, axes in enumerate(grid.flat):
            if k >= len(panels):
                axes.set_visible(False)
                continue
            _step_panel(axes, panels[k], reach)
            axes.set_yticks(
                range(len(rows)),
                [_wrap(r, 22) for r in rows] if k % columns == 0 else [""] * len(rows),
                multialignment="left",
            )
            axes.xaxis.set_major_locator(_few_ticks(3))
            axes.xaxis.set_major_formatter(lambda v, _: number(v))
        figure.supxlabel(unit, fontsize=9)
        return svg_text(figure, name, label)


def _few_ticks(count: int) -> MaxNLocator:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    return MaxNLocator(nbins=count)


def distributions(name: str, label: str, rows: Sequence[Spread], axis: str) -> str:
    """Return one hill for each option: how often each result came up, its middle, and where 95 in 100 lie."""
    everything = np.concatenate([r.values for r in rows])
    low, high = np.quantile(everything, [0.002, 0.998])
    low, high = min(float(low), 0.0), max(float(high), 0.0)
    room = (high - low) or 1.0
    edges = np.linspace(low - 0.03 * room, high + 0.03 * room, 61)
    with sheet(WIDTH, 0.75 * len(rows) + 0.75) as figure:
        axes = figure.subplots()
        for i, row in enumerate(rows):
            base = len(rows) - 1 - i
            heights = np.histogram(np.clip(row.values, edges[0], edges[-1]), edges)[0].astype(float)
            heights *= 0.62 / max(heights.max(), 1.0)
            colour = PALETTE[_PART_COLOURS[i % len(_PART_COLOURS)]]
            axes.stairs(base + heights, edges, baseline=base, fill=True, color=colour, alpha=0.55)
            axes.plot([row.low, row.high], [base, base], color=INK, linewidth=2.2, solid_capstyle="butt")
            axes.plot([row.middle], [base], "o", color="white", markeredgecolor=INK, markersize=5.5)
            axes.text(
                1.01,
                base + 0.25,
                row.note,
                transform=axes.get_yaxis_transform(),
                va="center",
                fontsize=8.5,
                linespacing=1.3,
            )
        axes.axvline(0, color=INK, linewidth=1.0)
        axes.set_yticks(
            range(len(rows)), [_wrap(r.name, 22) for r in reversed(rows)], va="bottom", multialignment="left"
        )
        axes.set_ylim(-0.25, len(rows) - 0.2)
        axes.set_xlim(edges[0], edges[-1])
        axes.tick_params(left=False)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(_few_ticks(6))
        axes.xaxis.set_major_formatter(lambda v, _: money(v))
        axes.grid(axis="x")
        axes.set_xlabel(axis)
        return svg_text(figure, name, label)


def points(name: str, label: str, dots: Sequence[Point], axis: str) -> str:
    """Return dots with 95% intervals, grouped, with published figures as open diamonds beside them."""
    groups = list(dict.fromkeys(d.group for d in dots))
    names = list(dict.fromkeys(d.row for d in dots))
    colours = {n: PALETTE[("grey", *_PART_COLOURS)[i % 7]] for i, n in enumerate(names)}
    places: list[float] = []
    labels: list[tuple[float, str]] = []
    at = 0.0
    for group in groups:
        members = [d for d in dots if d.group == group]
        labels.append((at + (len(members) - 1) / 2, group))
        places += [at + i for i in range(len(members))]
        at += len(members) + 0.8
    ordered = [d for g in groups for d in dots if d.group == g]
    with sheet(WIDTH, 0.23 * at + 1.0) as figure:
        axes = figure.subplots()
        seen: set[str] = set()
        for place, dot in zip(places, ordered, strict=True):
            axes.plot([dot.low, dot.high], [place, place], color=colours[dot.row], linewidth=2.4)
            axes.plot(
                [dot.value], [place], "o", color=colours[dot.row], markersize=6,
                label="_" if dot.row in seen else dot.row,
            )  # fmt: skip
            seen.add(dot.row)
            if dot.published is not None:
                known = "published figure"
                axes.plot(
                    [dot.published], [place], "D", markersize=6.5, markerfacecolor="none",
                    markeredgecolor=INK,
                    label="_" if known in seen else known,
                )  # fmt: skip
                seen.add(known)
        axes.set_yticks([p for p, _ in labels], [_wrap(t, 26) for _, t in labels], multialignment="left")
        axes.set_ylim(max(places) + 0.7, -0.7)
        axes.tick_params(left=False)
        axes.grid(axis="x")
        axes.set_xlabel(axis)
        figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=8.5, handletextpad=0.4)
        return svg_text(figure, name, label)


def series(name: str, label: str, lines: Sequence[tuple[str, Floats]], cut: int, axis: str) -> str:
    """Return named lines over the weeks of a run, all equally long, with the weeks that were left out shaded."""
    length = len(lines[0][1])
    with sheet(WIDTH, 1.9) as figure:
        axes = figure.subplots()
        for i, (line, values) in enumerate(lines):
            colour, dashes = (("blue", "solid"), ("orange", (0, (4, 1.5))))[i % 2]
            axes.plot(
                np.arange(length), values, color=PALETTE[colour], linestyle=dashes, linewidth=1.3, label=line
            )
        if cut > 0:
            axes.axvspan(0, cut, color=PALE, alpha=0.7, linewidth=0)
        axes.set_xlim(0, max(length - 1, 1))
        axes.set_ylim(bottom=0)
        axes.set_xlabel(axis)
        figure.legend(loc="outside upper left", ncols=2, frameon=False, fontsize=8.5)
        axes.grid(axis="y")
        return svg_text(figure, name, label)


def shares(name: str, label: str, rows: Sequence[tuple[str, float]], first: str, second: str) -> str:
    """Return bars split in two: the share that is of the first kind, and the rest."""
    with sheet(WIDTH, 0.36 * len(rows) + 0.75) as figure:
        axes = figure.subplots()
        for i, (_, part) in enumerate(rows):
            axes.barh(i, part, height=0.6, color=PALETTE["sky"], label=first if i == 0 else "_")
            axes.barh(
                i, 1 - part, left=part, height=0.6, color=PALETTE["orange"], label=second if i == 0 else "_"
            )
            for middle, size in ((part / 2, part), ((1 + part) / 2, 1 - part)):
                if size > 0.07:
                    axes.text(
                        middle, i, f"{100 * size:.0f}%", ha="center", va="center", fontsize=8.5, color="black"
                    )
        axes.set_yticks(range(len(rows)), [_wrap(r, 26) for r, _ in rows], multialignment="left")
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0, 1)
        axes.set_xticks([])
        axes.tick_params(left=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        figure.legend(loc="outside upper left", ncols=2, frameon=False, fontsize=8.5)
        return svg_text(figure, name, label)
