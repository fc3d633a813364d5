"""The workbook: the ledger with every total a live formula, from a headline to its lines and from these to sources.

Numbers that come from the run are blue, formulas black. Every formula carries its value, so that a viewer that
does not calculate shows the same.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cisim.analysis.board import line_ids
from cisim.report.assumptions import Assumption, model_assumptions, value_assumptions
from cisim.report.benefit_sheet import WIDTHS, net_benefit
from cisim.report.cells import Paper, safe_names
from cisim.report.ledger_sheet import SOURCES_FIRST, Valued, ledger_sheet, valued
from cisim.report.society_sheet import society, society_widths
from cisim.report.summary_sheet import WIDTHS as FRONT, read_me, summary
from cisim.report.view_sheets import by_year, capacity, sums_by, who_pays
from cisim.spec import change_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cisim.runs import Results

__all__ = ["write_workbook"]

SHEETS = {
    "Summary": "each option's headline figures: every mean is a formula over the ledger, with the lines it is made of",
    "Ledger": "a row for each line and year: quantity, value of one, amount as the mean over the draws, P10 and P90",
    "By owner": "whose the amounts are, not discounted",
    "By category": "what sort of benefit or cost the amounts are, not discounted",
    "By year": "discount rates and factors, the accounts of each option year by year, and cash summed from the start",
    "Net benefit": "net monetary and net health benefit at each value of a QALY that somebody holds to",
    "Society": "net present social value, benefit-cost ratio, internal rate of cash, and cost for a patient",
    "Who pays, who gains": "what each owner gains and pays, and payments between owners, which sum to zero",
    "Capacity": "what is freed, and what becomes of it; it has no price",
    "Sources": "each ledger line with its source, and how good the evidence is",
    "Assumptions": "every number that was put in, with its source",
    "Checks": "what must be zero: the workbook against the run, and its sheets against each other",
}


def write_workbook(results: Results) -> Path | None:
    """Write RUN/workbook.xlsx; nothing where nothing was valued. The same results give the same bytes.

    Parameters
    ----------
    results : Results
        From `cisim.runs.run` or `read_run`.

    Returns
    -------
    Path or None
    """
    told = valued(results)
    if told is None:
        return None
    path = results.folder / "workbook.xlsx"
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    paper = Paper(temporary)
    first = paper.sheet("Read me", (24, 105), tall=True)
    front = paper.sheet("Summary", FRONT)
    rows = ledger_sheet(paper, told)
    checks = sums_by(paper, told, rows, "By owner", "owner")
    checks += sums_by(paper, told, rows, "By category", "category")
    years = by_year(paper, told, rows)
    worthwhile = paper.sheet("Net benefit", WIDTHS)
    society(paper.sheet("Society", society_widths(told.book.years)), told, rows, years.cash)
    checks += who_pays(paper, told, rows)
    balanced = capacity(paper, told, rows)
    _sources(paper, told)
    _assumptions(paper, results)
    places = summary(front, told, rows, years, [*checks, *balanced])
    net_benefit(worthwhile, told, places, front.name)
    read_me(first, told, {k: v for k, v in SHEETS.items() if balanced or k != "Capacity"})
    paper.close()
    temporary.replace(path)
    return path


def _sources(paper: Paper, told: Valued) -> None:
    sheet = paper.sheet("Sources", (7, 30, 14, 34, 16, 14, 24, 70, 40))
    sheet.title(
        "Sources: each ledger line, and how it is known",
        "The second step from a figure. A line's id leads back to its rows in the ledger.",
        8,
    )
    heads = ("Line", "Option", "Use", "Item", "Owner", "Unit", "Status", "Source", "Evidence")
    sheet.heads(SOURCES_FIRST - 1, heads)
    sheet.made.freeze_panes(SOURCES_FIRST, 1)
    sheet.made.repeat_rows(SOURCES_FIRST - 1)
    lines = list(zip(line_ids(told.book), told.book.lines, strict=True))
    sheet.made.autofilter(SOURCES_FIRST - 1, 0, SOURCES_FIRST - 1 + len(lines), len(heads) - 1)
    owners = safe_names(line.owner for line in told.book.lines)
    place = {line: i for i, line in reversed(list(enumerate(told.frame["line"])))}
    for i, (key, line) in enumerate(lines):
        row = SOURCES_FIRST + i
        sheet.link(row, 0, f"'Ledger'!A{place[key] + SOURCES_FIRST + 1}", key)
        source = line.source or "no source named"
        texts = (
            line.option,
            line.use,
            line.item,
            owners[line.owner],
            line.unit,
            line.status,
            source,
            line.evidence,
        )
        for column, words in enumerate(texts, 1):
            sheet.words(row, column, words)


def _assumptions(paper: Paper, results: Results) -> None:
    sheet = paper.sheet("Assumptions", (34, 60, 50, 70))
    sheet.title(
        "Assumptions: every number that was put in",
        "Ranges hold 95 in 100 of what a number may be; a new value is drawn from them in each draw.",
        3,
    )
    sheet.heads(3, ("Where", "What", "Number", "Source"))
    sheet.made.freeze_panes(4, 0)
    sheet.made.repeat_rows(3)
    for i, (where, one) in enumerate(_assumed(results)):
        for column, words in enumerate(
            (where, one.name, one.value, one.source or "assumption: no source named")
        ):
            sheet.words(4 + i, column, words)


def _assumed(results: Results) -> Iterator[tuple[str, Assumption]]:
    question = results.question
    yield from ((question.model.model, one) for one in model_assumptions(question.model))
    for name, changes in question.scenarios:
        for change in changes:
            yield (
                f"scenario: {name}",
                Assumption(change_words(change), "decided", change.note or "what is tried"),
            )
    for case in question.experiment.cases:
        for change in case.changes:
            source = change.note or case.note or "a case: what cannot be known"
            yield f"case: {case.name}", Assumption(change_words(change), "supposed", source)
    if question.value is not None:
        yield from ((question.value.value, one) for one in value_assumptions(question.value))
