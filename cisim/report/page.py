"""The page: sections set in one HTML file, each table and figure beside it as a file of its own."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from cisim.report.answer import Answer, answer
from cisim.report.benefit import benefit
from cisim.report.choice import choice
from cisim.report.content import Picture, Section, Table
from cisim.report.emulated import emulated_words, marked
from cisim.report.money import owners, valuations, worths
from cisim.report.noticed import cases, facts, noticed
from cisim.report.own import own
from cisim.report.released import released
from cisim.report.sure import has_sure
from cisim.report.svg import inline
from cisim.report.trust import assumed, audit, cite, reproduce, sure
from cisim.value import book_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jinja2 import Environment

    from cisim.runs import Results

__all__ = ["Head", "environment", "write_page", "write_parts", "write_report", "write_words"]


def _sections(results: Results) -> list[Section]:
    book = book_of(results.ledger)
    found = valuations(results, book) if book.lines else []
    every = [
        released(results),
        own(results, book),
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
    sections = [s for s in every if s is not None]
    if emulated_words(results):
        return [replace(s, parts=[marked(part) for part in s.parts]) for s in sections]
    return sections


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
    write_parts(results.folder, sections)
    asked = results.question.experiment
    head = Head(asked.experiment, results.question.model.model, asked.question, answer(results))
    version = results.manifest["cisim"]
    return write_page(results.folder / "report.html", head, sections, version, sure=has_sure(results))


class Head(NamedTuple):
    """What stands first on a page: its title, the small words above it, the question and the answer."""

    title: str
    kicker: str
    question: str
    answer: Answer


def write_parts(folder: Path, sections: Sequence[Section]) -> None:
    """Write each figure and table of a page as a file of its own, in FOLDER/figures and FOLDER/tables."""
    for name in ("figures", "tables"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for part in (p for s in sections for p in s.parts):
        if isinstance(part, Picture):
            write_words(folder / "figures" / f"{part.name}.svg", part.svg)
        elif isinstance(part, Table):
            write_words(folder / "tables" / f"{part.name}.csv", part.csv())


def write_page(
    path: Path, head: Head, sections: Sequence[Section], version: str, *, sure: bool = False
) -> Path:
    """Write a page that stands alone: it asks nothing of the network, and the same words give the same bytes.

    Parameters
    ----------
    path : Path
    head : Head
    sections : sequence of Section
    version : str
        Of the cisim that it tells of.
    sure : bool
        Whether a page of how sure the answer is stands beside it.

    Returns
    -------
    Path
        The same.
    """
    room = files("cisim.report")
    template = environment().from_string((room / "template.html.j2").read_text(encoding="utf-8"))
    page = template.render(
        title=head.title,
        question=head.question,
        model=head.kicker,
        answer=head.answer,
        sections=sections,
        style=(room / "style.css").read_text(encoding="utf-8"),
        sure=sure,
        version=version,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
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
