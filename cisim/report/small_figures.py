"""Figures for half the width of a printed page: plain numbers and words in, the text of an SVG file out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.report.svg import HALF, INK, PALETTE, plain, row_names, sheet, svg_text, wrap
from cisim.report.words import money, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["cash_profile", "returns", "where_it_went", "who_pays"]

Floats = NDArray[np.float64]
MINUS = "\N{MINUS SIGN}"
_SMALL = 7.6
_GREY = "#4A5560"


def _ticks(axes: Axes, count: int, *, steps: bool = False) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axes.xaxis.set_major_locator(MaxNLocator(nbins=count, integer=steps))


def who_pays(name: str, label: str, rows: Sequence[tuple[str, float, float, str]]) -> str:
    """Return a pair of bars for each owner, cash and other money apart: to the right gains, to the left pays.

    Parameters
    ----------
    name, label : str
        Prefix of ids; description for those who cannot see it.
    rows : sequence of (owner, cash, other money, note)
        In pounds; a note is written beside an owner without money.
    """
    ends = [v for _, cash, other, _ in rows for v in (cash, other)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    room = (high - low) or 1.0
    with sheet(HALF, 0.33 * len(rows) + 0.46) as figure:
        axes = figure.subplots()
        for i, (_, cash, other, note) in enumerate(rows):
            pairs = ((cash, -0.19, "blue", "cash"), (other, 0.19, "sky", "other money"))
            for amount, off, colour, kind in pairs:
                if abs(amount) < 0.5:
                    continue
                axes.barh(i + off, amount, height=0.34, color=PALETTE[colour], label=kind)
                side = 1 if amount > 0 else -1
                axes.text(
                    amount + side * 0.02 * room, i + off, money(amount, 2, sign=True), va="center",
                    ha="left" if side > 0 else "right", fontsize=_SMALL,
                )  # fmt: skip
            if note and max(abs(cash), abs(other)) < 0.5:
                axes.text(0.02 * room, i, note, va="center", ha="left", fontsize=_SMALL)
        axes.axvline(0, color=INK, linewidth=1.0)
        row_names(axes, [row[0] for row in rows], 16, size=_SMALL)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(low - 0.4 * room * (low < 0), high + 0.32 * room)
        axes.tick_params(left=False)
        axes.spines["left"].set_visible(False)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.set_xlabel("← pays\u2003\u2003\u2003\u2003gains →")
        plain(axes)
        handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
        if handles:
            figure.legend(
                handles.values(), handles.keys(), loc="outside upper right", ncols=2, frameon=False,
                fontsize=_SMALL, handlelength=1.0,
            )  # fmt: skip
        return svg_text(figure, name, label)


def where_it_went(
    name: str, label: str, whole: tuple[str, float], parts: Sequence[tuple[str, float]], unit: str
) -> str:
    """Return what was released above, and below it the parts, each beginning where the one above it ends."""
    colours = ("blue", "purple", "green", "sky", "orange")
    ends = [0.0, whole[1], *np.cumsum([p for _, p in parts])]
    low, high = min(ends), max(ends)
    room = (high - low) or 1.0
    with sheet(HALF, 0.25 * (len(parts) + 1) + 0.45) as figure:
        axes = figure.subplots()
        axes.barh(0, whole[1], height=0.62, color=_GREY)
        axes.text(max(whole[1], 0) + 0.02 * room, 0, number(whole[1], 2), va="center", fontsize=8.2)
        at = 0.0
        for i, (_, part) in enumerate(parts, start=1):
            axes.barh(i, part, left=at, height=0.62, color=PALETTE[colours[(i - 1) % 5]])
            text = number(part, 2) if abs(part) > 5e-3 else "0"
            axes.text(max(at, at + part) + 0.02 * room, i, text, va="center", fontsize=8.2)
            at += part
        axes.plot([whole[1]] * 2, [0, len(parts) + 0.4], color=_GREY, linewidth=0.8, linestyle=(0, (3, 2)))
        axes.axvline(0, color=INK, linewidth=0.8)
        row_names(axes, [t for t, _ in (whole, *parts)], 24, size=8.0)
        axes.set_ylim(len(parts) + 0.5, -0.5)
        axes.set_xlim(low - 0.03 * room, high + 0.16 * room)
        axes.tick_params(left=False)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(unit)
        _ticks(axes, 5)
        plain(axes)
        return svg_text(figure, name, label)


def returns(name: str, label: str, rows: Sequence[tuple[str, Floats, float]]) -> str:
    """Return one hill of draws for each return, its ratio of means as a dot, and the line where £1 comes back.

    Parameters
    ----------
    name, label : str
    rows : sequence of (name, returns by draw, ratio of means)
        Pounds back for £1.
    """
    everything = np.concatenate([r[1] for r in rows])
    low, high = (float(v) for v in np.quantile(everything, [0.005, 0.995]))
    low, high = min(low, 0.0), max(high, 1.25)
    edges = np.linspace(low - 0.03 * (high - low), high + 0.03 * (high - low), 49)
    with sheet(HALF, 0.33 * len(rows) + 0.46) as figure:
        axes = figure.subplots()
        for i, (_, values, ratio) in enumerate(rows):
            base = len(rows) - 1 - i
            heights = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0].astype(float)
            heights *= 0.66 / max(heights.max(), 1.0)
            colour = PALETTE[("blue", "green", "orange")[i % 3]]
            axes.stairs(base + heights, edges, baseline=base, fill=True, color=colour, alpha=0.55)
            axes.plot([ratio], [base + 0.08], "o", color="white", markeredgecolor=INK, markersize=4.5)
        axes.axvline(1, color=INK, linewidth=1.0)
        names = [wrap(r[0], 17, 3) for r in reversed(rows)]
        axes.set_yticks(range(len(rows)), names, va="bottom", multialignment="right")
        axes.set_ylim(-0.1, len(rows) - 0.15)
        axes.set_xlim(edges[0], edges[-1])
        axes.tick_params(left=False)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_formatter(lambda v, _: f"{MINUS if v < 0 else ''}£{abs(v):g}")
        axes.set_xlabel("back for each £1; the line is £1")
        _ticks(axes, 6)
        axes.grid(axis="x")
        plain(axes)
        return svg_text(figure, name, label)


def cash_profile(
    name: str, label: str, years: Sequence[int], ends: tuple[Floats, Floats, Floats], total: Floats
) -> str:
    """Return cash by year: the middle of the draws as a bar, from one in ten to nine in ten as a line.

    Parameters
    ----------
    name, label : str
    years : sequence of int
    ends : tuple of ndarray
        The tenth, the fiftieth and the ninetieth percentile of each year.
    total : ndarray of float, shape (years,)
        Mean cash summed from the first year on.
    """
    tenth, middle, ninth = ends
    with sheet(HALF, 1.32) as figure:
        axes = figure.subplots()
        at = np.arange(len(years))
        axes.bar(at, middle, width=0.62, color=PALETTE["blue"], label="middle (P50)")
        axes.vlines(at, tenth, ninth, color=INK, linewidth=1.6, label="P10 to P90")
        axes.plot(at, total, "D-", color="#A63D00", markersize=3.5, linewidth=1.0, label="mean, summed")
        axes.axhline(0, color=INK, linewidth=0.9)
        axes.set_xticks(at, [str(y) for y in years])
        if len(years) > 8:
            step = -(-len(years) // 6)
            axes.set_xticks(at[::step], [str(y) for y in years[::step]])
        axes.yaxis.set_major_formatter(lambda v, _: money(v))
        axes.grid(axis="y")
        plain(axes)
        figure.legend(
            loc="outside upper left", ncols=3, frameon=False, fontsize=7.0, handlelength=1.2,
            columnspacing=0.9, handletextpad=0.4,
        )  # fmt: skip
        return svg_text(figure, name, label)
