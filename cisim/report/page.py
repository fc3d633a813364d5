"""The page: sections set in one HTML file, each table and figure beside it as a file of its own."""

from __future__ import annotations

import os
from importlib.resources import files
from typing import TYPE_CHECKING

from cisim.report.answer import answer
from cisim.report.benefit import benefit
from cisim.report.choice import choice
from cisim.report.content import Picture, Section, Table
from cisim.report.money import owners, valuations, worths
from cisim.report.noticed import cases, facts, noticed
from cisim.report.released import released
from cisim.report.sure import has_sure
from cisim.report.svg import inline
from cisim.report.trust import assumed, audit, cite, reproduce, sure
from cisim.value import book_of

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Environment

    from cisim.runs import Results

__all__ = ["environment", "write_report", "write_words"]


def _sections(results: Results) -> list[Section]:
    book = book_of(results.ledger)
    found = valuations(results, book) if book.lines else []
    every = [
        released(results),
        choice(results),
        worths(results, found),
        benefit(results, found, book),
        owners(results),
        noticed(results),
        cases(results),
        facts(results),
        assumed(results),
        sure(results, found),
        audit(results),
        reproduce(results),
        cite(results),
    ]
    return [s for s in every if s is not None]


def write_report(results: Results) -> Path:
    """Write RUN/report.html, and each of its figures and tables as a file in RUN/figures and RUN/tables.

    The page stands alone: it asks nothing of the network, and the same results give the same bytes.

    Parameters
    ----------
    results : Results
        From `cisim.runs.run` or `read_run`.

    Returns
    -------
    Path
        The page.
    """
    sections = _sections(results)
    for folder in ("figures", "tables"):
        (results.folder / folder).mkdir(parents=True, exist_ok=True)
    for part in (p for s in sections for p in s.parts):
        if isinstance(part, Picture):
            write_words(results.folder / "figures" / f"{part.name}.svg", part.svg)
        elif isinstance(part, Table):
            write_words(results.folder / "tables" / f"{part.name}.csv", part.csv())
    room = files("cisim.report")
    template = environment().from_string((room / "template.html.j2").read_text(encoding="utf-8"))
    page = template.render(
        title=results.question.experiment.experiment,
        question=results.question.experiment.question,
        model=results.question.model.model,
        answer=answer(results),
        sections=sections,
        style=(room / "style.css").read_text(encoding="utf-8"),
        sure=has_sure(results),
        version=results.manifest["cisim"],
    )
    path = results.folder / "report.html"
    write_words(path, page)
    return path


def environment() -> Environment:
    """Return what templates are set with: every word escaped, a name that is missing an error."""
    import jinja2  # noqa: PLC0415

    out = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    out.filters["inline"] = inline
    return out


def write_words(path: Path, words: str) -> None:
    """Write a file whole: a reader never meets half a page."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(words, encoding="utf-8", newline="\n")
    temporary.replace(path)
