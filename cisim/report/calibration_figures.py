"""Figures of a calibration study: each returns the text of an SVG file."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from cisim.report.svg import INK, PALE, PALETTE, sheet, svg_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.calibrate import Known, Reached
    from cisim.report.figures import Floats

__all__ = ["before_and_after", "figures_reached", "pairs"]

WIDTH = 7.0


def _wrap(words: str, width: int) -> str:
    return "\n".join(textwrap.wrap(words, width)) or words


def before_and_after(known: Sequence[Known], prior: Floats, draws: Floats) -> str:
    """Return a strip for each hidden number: prior and posterior on its own axis.

    Parameters
    ----------
    known : sequence of Known
    prior, draws : ndarray of float, shapes (m, hidden) and (draws, hidden)
        In the units in which people are told them.
    """
    rows = len(known)
    with sheet(WIDTH, 0.95 * rows + 0.2) as figure:
        panels = figure.subplots(rows, 1, squeeze=False)
        for j, (axes, one) in enumerate(zip(panels.flat, known, strict=True)):
            low, high = float(prior[:, j].min()), float(prior[:, j].max())
            edges = np.linspace(low, high, 61)
            for values, colour in ((prior[:, j], PALE), (draws[:, j], PALETTE["blue"])):
                heights = np.histogram(values, edges)[0].astype(float)
                axes.stairs(
                    heights / max(heights.max(), 1.0), edges, fill=True, color=colour,
                    alpha=1.0 if colour == PALE else 0.75,
                )  # fmt: skip
            axes.plot(
                [one.after[0], one.after[2]], [-0.12] * 2, color=INK, linewidth=2.5, solid_capstyle="butt"
            )
            axes.plot([one.after[1]], [-0.12], "o", color="white", markeredgecolor=INK, markersize=5)
            axes.set_ylim(-0.3, 1.08)
            axes.set_xlim(low - 0.02 * (high - low), high + 0.02 * (high - low))
            axes.set_yticks([])
            axes.spines["left"].set_visible(False)
            unit = f" ({one.unit})" if one.unit and one.unit != "share" else ""
            axes.set_ylabel(_wrap(one.name + unit, 26), rotation=0, ha="right", va="center", fontsize=9)
            if one.unit == "share":
                axes.xaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
        label = "What was believed of each hidden number before, and what the targets leave."
        return svg_text(figure, "before_and_after", label)


def figures_reached(found: Sequence[Reached]) -> str:
    """Return for each target how far the model is from it, as a share of what was allowed."""
    reach = 1.6
    with sheet(WIDTH, 0.33 * len(found) + 0.7) as figure:
        axes = figure.subplots()
        axes.axvspan(-1, 1, color="#EAF2F8")
        axes.axvline(0, color=INK, linewidth=0.9)
        for i, one in enumerate(found):
            at, low, high = ((x - one.value) / one.allowed for x in (one.model, one.low, one.high))
            colour = PALETTE["blue" if one.role == "fitted" else "green"] if one.within else PALETTE["red"]
            axes.plot(np.clip([low, high], -reach, reach), [i, i], color=colour, linewidth=2)
            marker = "o" if abs(at) <= reach else (">" if at > 0 else "<")
            axes.plot([np.clip(at, -reach, reach)], [i], marker, color=colour, markersize=6)
        names = [r.name + (" (kept back)" if r.role == "predicted" else "") for r in found]
        axes.set_yticks(range(len(found)), [_wrap(n, 34) for n in names])
        axes.set_ylim(len(found) - 0.5, -0.5)
        axes.set_xlim(-reach * 1.05, reach * 1.05)
        axes.set_xticks([-1, 0, 1], ["lowest allowed", "as in the records", "highest allowed"])
        axes.tick_params(left=False)
        axes.spines["left"].set_visible(False)
        return svg_text(figure, "figures_reached", "How far the model is from each figure.")


def pairs(shown: Sequence[tuple[Known, Known, Floats, Floats]]) -> str:
    """Return a cloud of draws for each pair of hidden numbers."""
    columns = min(len(shown), 2)
    rows = -(-len(shown) // columns)
    with sheet(WIDTH, 2.9 * rows) as figure:
        panels = figure.subplots(rows, columns, squeeze=False)
        for axes, (one, other, x, y) in zip(panels.flat, shown, strict=False):
            step = max(1, len(x) // 500)
            axes.plot(x[::step], y[::step], "o", color=PALETTE["blue"], markersize=2.5, alpha=0.45)
            for name, known, put in (
                (axes.set_xlabel, one, axes.xaxis),
                (axes.set_ylabel, other, axes.yaxis),
            ):
                unit = f" ({known.unit})" if known.unit and known.unit != "share" else ""
                name(_wrap(known.name + unit, 34))
                if known.unit == "share":
                    put.set_major_formatter(lambda v, _: f"{v:.0%}")
            axes.grid()
        for axes in list(panels.flat)[len(shown) :]:
            axes.set_visible(False)
        return svg_text(figure, "pairs", "Pairs of hidden numbers that hang together.")
