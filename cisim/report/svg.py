"""Figures as SVG text: the same bytes each time, safe to stand side by side in one page."""

from __future__ import annotations

import io
import re
import textwrap
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["HALF", "INK", "PALE", "PALETTE", "inline", "plain", "row_names", "sheet", "svg_text", "wrap"]

# Okabe and Ito's colours, which people with the common kinds of colour blindness tell apart.
PALETTE = {
    "blue": "#0072B2",
    "green": "#009E73",
    "orange": "#E69F00",
    "red": "#D55E00",
    "sky": "#56B4E9",
    "purple": "#CC79A7",
    "grey": "#6B7280",
}
INK = "#1F2933"
PALE = "#D5DAE0"
HALF = 3.45
"""Width in inches of half a page of A4 between its margins."""
_SMALL = 7.6

_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "cisim",
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.edgecolor": "#8A94A0",
    "axes.labelcolor": INK,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": "#E6E9ED",
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": "#4A5560",
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 9.0,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


@contextmanager
def sheet(width: float, height: float) -> Iterator[Figure]:
    """Give an empty figure, its size in inches, under the report's own settings and no one else's."""
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    # Both contexts give back whatever a caller had set.
    with mpl.rc_context():
        mpl.rcdefaults()
        with mpl.rc_context(cast("Any", _STYLE)):
            yield Figure(figsize=(width, height), layout="constrained")


def wrap(text: str, width: int, lines: int = 2) -> str:
    """Return a text on at most so many lines, the rest of it as dots."""
    return "\n".join(textwrap.wrap(text, width, max_lines=lines, placeholder=" …")) or text


def plain(axes: Axes) -> None:
    """Set the letters of half a page's axes."""
    axes.tick_params(labelsize=_SMALL, length=2.5)
    axes.xaxis.label.set_fontsize(_SMALL)
    axes.yaxis.label.set_fontsize(_SMALL)


def row_names(axes: Axes, names: Sequence[str], width: int, *, lines: int = 2, size: float = 7.0) -> None:
    """Write the names of rows 0, 1 ... to the left of the axes, each line ending at them.

    A line is a text by itself: lines of one text begin where the layout's own type would have had them, and end
    raggedly in the page's.
    """
    axes.set_yticks([])
    for row, name in enumerate(names):
        told = wrap(name, width, lines).split("\n")
        for k, line in enumerate(told):
            off = ((len(told) - 1) / 2 - k) * 1.15 * size
            axes.annotate(
                line, (0, row), (-4, off), xycoords=axes.get_yaxis_transform(), textcoords="offset points",
                ha="right", va="center", fontsize=size, annotation_clip=False,
            )  # fmt: skip


def svg_text(figure: Figure, name: str, label: str) -> str:
    """Return the figure as a whole SVG file; call it inside `sheet`.

    Parameters
    ----------
    figure : Figure
    name : str
        Put before every id, so that two figures in one page never share one.
    label : str
        What the picture shows, for those who cannot see it.
    """
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": "cisim"})
    text = out.getvalue()
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    # The page's own type is narrower than the one that the layout was measured with, so nothing collides.
    text = text.replace("'DejaVu Sans'", "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif")
    return text.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)


def inline(text: str) -> str:
    """Return an SVG file as it stands in a page: no XML heading, no description block, its own width."""
    body = text[text.index("<svg ") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    return re.sub(
        r'(<svg [^>]*?)width="([\d.]+)pt" height="[\d.]+pt"', r'\1style="width:\2pt"', body, count=1
    )
