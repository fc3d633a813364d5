"""The picture of one choice: close, reinvest, hold, and what lies between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.report.svg import INK, PALETTE, sheet, svg_text
from cisim.report.words import number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["frontier_figure", "frontier_words"]

WORDS = {"hold": "hold", "close": "close", "reinvest": "reinvest"}
KEPT, FAILED = "service kept", "service not kept"


def frontier_words(table: pd.DataFrame, patients: str = "patients") -> str:
    """Return what the picture shows, for those who cannot see it.

    Parameters
    ----------
    table : DataFrame
        As `cisim.analysis.frontier`.
    patients : str
        Whom the extra patients are told as.
    """
    edge = table[table["edge"]]
    told = [
        f"with {row['places']} places closed {number(row['patients'])} extra {patients} a year"
        for row in edge.to_dict("records")
    ]
    if not told:
        return "No mix that was tried keeps service."
    return f"At equal service: {'; '.join(told)}."


def frontier_figure(
    name: str, table: pd.DataFrame, *, pool: str, patients: str = "patients", small: bool = False
) -> str:
    """Return the mixes that were tried: places closed against extra patients treated, what keeps service told apart.

    Parameters
    ----------
    name : str
        Prefix of ids.
    table : DataFrame
        As `cisim.analysis.frontier`, with at least one row.
    pool : str
        Whose places are closed.
    patients : str
        Whom the extra patients are told as.
    small : bool
        For half the width of a printed page.
    """
    kept, failed = table[table["keeps"]], table[~table["keeps"]]
    edge, chosen = table[table["edge"]], table[table["chosen"]]
    letters = 7.0 if small else 8.5
    with sheet(*((3.45, 1.28) if small else (7.0, 3.6))) as figure:
        axes = figure.subplots()
        axes.grid(axis="both")
        if len(edge) > 1:
            axes.plot(edge["places"], edge["patients"], color=PALETTE["green"], linewidth=1.4, zorder=1)
        axes.errorbar(
            edge["places"],
            edge["patients"],
            yerr=[edge["patients"] - edge["low"], edge["high"] - edge["patients"]],
            fmt="none",
            ecolor=PALETTE["green"],
            elinewidth=1.0,
            capsize=3,
            zorder=1,
        )
        axes.plot(kept["places"], kept["patients"], "o", color=PALETTE["green"], markersize=5, label=KEPT)
        axes.plot(
            failed["places"],
            failed["patients"],
            "x",
            color=PALETTE["red"],
            markersize=5,
            markeredgewidth=1.3,
            label=FAILED,
        )
        axes.plot(
            chosen["places"], chosen["patients"], "o", markersize=12, markerfacecolor="none", markeredgecolor=INK,
            markeredgewidth=1.4, label="chosen",
        )  # fmt: skip
        _corners(axes, table, letters)
        places = sorted(set(table["places"]))
        axes.set_xticks(places)
        room = max(places[-1], 1)
        axes.set_xlim(-0.08 * room, 1.12 * room)
        axes.set_xlabel(f"places of {pool} closed")
        axes.set_ylabel("extra treated a year" if small else f"extra {patients} treated a year")
        figure.legend(
            loc="outside upper left", ncols=3, frameon=False, fontsize=letters, handletextpad=0.4,
            columnspacing=1.2, markerscale=0.6 if small else 0.8,
        )  # fmt: skip
        if small:
            axes.tick_params(labelsize=letters)
            axes.xaxis.label.set_fontsize(letters)
            axes.yaxis.label.set_fontsize(letters)
        return svg_text(figure, name, frontier_words(table, patients))


def _corners(axes: Axes, table: pd.DataFrame, letters: float) -> None:
    """Name the corners, beside their points."""
    for row in table[table["corner"] != ""].to_dict("records"):
        axes.annotate(
            WORDS[str(row["corner"])],
            (float(row["places"]), float(row["patients"])),
            xytext=(9, -8 if row["corner"] == "hold" else 4),
            textcoords="offset points",
            fontsize=letters,
            fontweight="bold",
        )
