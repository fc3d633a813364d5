"""Where draws were filled up by an emulator: said on every page and under every figure that rests on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cisim.report.content import Picture

if TYPE_CHECKING:
    from cisim.report.content import Part
    from cisim.report.told import Block, Page
    from cisim.runs import Results

__all__ = ["emulated_words", "marked", "with_emulated"]

RESTING = ("sure-", "where-", "board-beds", "board-returns", "board-cash", "board-owners", "npv")
"""How the names of the figures begin that are drawn over all draws."""
_ALSO = "Emulated draws are among them."


def emulated_words(results: Results) -> str:
    """Return in one sentence how many draws are emulated; '' where none is."""
    more, simulated = int(results.manifest.get("emulated_draws", 0)), int(results.manifest.get("draws", 0))
    if not more:
        return ""
    return (
        f"{more:,} of {simulated + more:,} draws are emulated: predicted from the {simulated:,} that were simulated,"
        " with their own prices."
    )


def with_emulated(page: Page, results: Results) -> Page:
    """Return a page that says so at its foot, and under each figure that rests on emulated draws."""
    words = emulated_words(results)
    if not words or page.name == "team":
        return page
    sheets = tuple(
        tuple(tuple(tuple(_block(block) for block in column) for column in row) for row in sheet)
        for sheet in page.sheets
    )
    short = words.partition(":")[0]  # the foot of one sheet has room for no more; the report says the rest
    return replace(page, sheets=sheets, foot=f"{page.foot} {short}.")


def _block(block: Block) -> Block:
    return replace(block, parts=tuple(marked(part) for part in block.parts))


def marked(part: Part) -> Part:
    """Return a part with a word under it, where it is a figure of all draws."""
    if isinstance(part, Picture) and part.name.startswith(RESTING):
        return replace(part, caption=f"{part.caption} {_ALSO}".strip())
    return part
