"""How sure the answer is, what it rests on and what to measure next: one sheet, and what stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.report.sure_answer import answer_sheet
from cisim.report.sure_behind import tables
from cisim.report.sure_known import Alternative, apart, known_of, view_words
from cisim.report.sure_pictures import figures
from cisim.report.told import Page
from cisim.report.words import times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.runs import Results

__all__ = ["Alternative", "has_sure", "sure_page"]

_FEWEST = 100
"""Draws below which nothing is said of how sure an answer is."""
_ROWS = 3
"""Rows of figures on a sheet of A4."""


def has_sure(results: Results) -> bool:
    """Return whether a run has what the page is made of: something valued, and draws enough to say how sure it is."""
    if results.question.value is None or not (results.folder / "psa.parquet").is_file():
        return False  # such as results that are told in another folder than they were run in
    return len(results.psa()) >= _FEWEST


def sure_page(results: Results, alternatives: Sequence[Alternative] | None = None) -> Page | None:
    """Return the page of how sure the answer is; None where nothing was valued, or too few draws were made.

    The first sheet is the whole answer, in words first; the tables and figures that it rests on follow it.

    Parameters
    ----------
    results : Results
    alternatives : sequence of Alternative, optional
        The headline under other structures of the model, the model's own first, each printed by itself; left out,
        those that the run made.
    """
    if not has_sure(results):
        return None
    one = known_of(results)
    others = apart(one) if alternatives is None else list(alternatives)
    rows = figures(one)
    drawn = [rows[i : i + _ROWS] for i in range(0, len(rows), _ROWS)]
    experiment, value = results.question.experiment, one.value
    foot = (
        f"{times(len(one.benefit), 'draw')} of what is not known. Worth over {value.years} years from"
        f" {value.first_year}, in pounds of {value.price_year}: {view_words(one.choice.perspective.name)}. Ranges hold"
        " 95 in 100 draws. What does not keep service is never recommended. Every figure: report.html."
    )
    return Page(
        "sure",
        experiment.experiment,
        "How sure, what matters, what to measure next",
        experiment.question,
        (answer_sheet(one, others), tables(one, others), *drawn),
        foot,
    )
