"""The pages of a run as files: the report, the board's page and the ward team's, their PDFs, and the workbook."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from cisim.analysis.board import ledger_lines
from cisim.errors import ModelError, nearest
from cisim.report.board import board
from cisim.report.checklists import write_cheers, write_stress
from cisim.report.content import Picture
from cisim.report.emulated import with_emulated
from cisim.report.page import environment, write_report, write_words
from cisim.report.printing import print_page
from cisim.report.sure import sure_page
from cisim.report.team import team
from cisim.report.workbook import write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cisim.report.told import Page
    from cisim.runs import Results

__all__ = ["PAGES", "Written", "render", "write_pages"]

PAGES: dict[str, Callable[[Results], Page | None]] = {"board": board, "team": team, "sure": sure_page}
WHOLE = {"report": write_report, "workbook": write_workbook, "cheers": write_cheers, "stress": write_stress}
USUAL = ("report", *PAGES, "workbook")
"""What is written as one file, or not at all where nothing was valued."""


class Written(NamedTuple):
    """The files that were written, by page, and what a reader should know of them."""

    paths: dict[str, Path]
    words: tuple[str, ...]


def render(page: Page, version: str) -> str:
    """Return a page as the text of an HTML file that stands alone."""
    room = files("cisim.report")
    template = environment().from_string((room / "pages.html.j2").read_text(encoding="utf-8"))
    style = (room / "pages.css").read_text(encoding="utf-8")
    return str(template.render(page=page, style=style, version=version))


def write_pages(results: Results, pages: Sequence[str] | None = None, *, pdf: bool = False) -> Written:
    """Write the pages of a run into its folder: RUN/report.html, RUN/board.html, RUN/team.html, RUN/workbook.xlsx.

    Parameters
    ----------
    results : Results
    pages : sequence of str, optional
        report, board, team, sure, workbook, and the checklists cheers and stress; left out, all but the checklists,
        where the run has something for them.
    pdf : bool
        Print the board's and the team's page too, where the machine has a printer for it; where it has none,
        a sentence says so.

    Raises
    ------
    ModelError
        Where there is no such page.
    """
    paths: dict[str, Path] = {}
    words: list[str] = []
    known = (*USUAL, "cheers", "stress")
    for name in USUAL if pages is None else pages:
        if name not in known:
            raise ModelError("pages", f"got {name!r}, want pages of {', '.join(known)}{nearest(name, known)}")
        made = WHOLE[name](results) if name in WHOLE else None
        if made is not None:
            paths[name] = made
            continue
        page = PAGES[name](results) if name in PAGES else None
        if page is None:
            what = f"{name} page" if name in PAGES else name
            why = (
                "the experiment names no value file"
                if name != "sure"
                else "want a value file, and 100 draws or more"
            )
            words += [f"No {what}: {why}."] if pages is not None else []
            continue
        page = with_emulated(page, results)
        paths[name] = _write(results, page)
        if pdf:
            printed = print_page(paths[name], len(page.sheets))
            words.append(printed.words)
            if printed.path is not None:
                paths[f"{name}.pdf"] = printed.path
    return Written(paths, tuple(words))


def _write(results: Results, page: Page) -> Path:
    for folder in ("figures", "tables"):
        (results.folder / folder).mkdir(parents=True, exist_ok=True)
    parts = [p for block in page.blocks for p in block.parts]
    for part in parts:
        if isinstance(part, Picture):
            write_words(results.folder / "figures" / f"{part.name}.svg", part.svg)
    lines = ledger_lines(results.ledger)
    write_words(
        results.folder / "tables" / "ledger-lines.csv", lines.to_csv(index=False, lineterminator="\n")
    )
    path = results.folder / f"{page.name}.html"
    write_words(path, render(page, str(results.manifest["cisim"])))
    return path
