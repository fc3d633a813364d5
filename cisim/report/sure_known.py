"""What the page of how sure an answer is, is made of: one decision, all that bears on it, and its pilots weighed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.decision import Weighed, Worth, evpi, evppi
from cisim.report.board import VIEWS
from cisim.report.digits import told
from cisim.report.words import money
from cisim.runs import choice_of, pilots_of
from cisim.value import PERSPECTIVES, book_of

if TYPE_CHECKING:
    from cisim.runs import Choice, Results
    from cisim.spec import Value
    from cisim.value import Book

__all__ = ["Alternative", "Known", "apart", "capital", "known_of", "view_words", "worth_text"]

Floats = NDArray[np.float64]


class Alternative(NamedTuple):
    """The headline under another structure of the model, run apart: never averaged with the others.

    Attributes
    ----------
    name : str
    value, low, high : float
    unit : str
    note : str
        How far each searched closure may go.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str = "£"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the page is made of.

    Attributes
    ----------
    results : Results
    value : Value
    book : Book
        The ledger.
    choice : Choice
    names : tuple of str
        Of the strategies that may be recommended.
    benefit : ndarray of float, shape (n, strategies that may be recommended)
    best : int
        Of those.
    subject : int
        The strategy whose worth is taken apart: the best, or where that is to do nothing, the next.
    whole : Worth
        Of knowing everything.
    worths : dict of path to Worth
        Of knowing one number, the most first.
    pilots : tuple of Weighed
    of : tuple of str
        What one of each pilot's size is.
    """

    results: Results
    value: Value
    book: Book = field(repr=False)
    choice: Choice
    names: tuple[str, ...]
    benefit: Floats = field(repr=False)
    best: int
    subject: int
    whole: Worth
    worths: dict[str, Worth]
    pilots: tuple[Weighed, ...]
    of: tuple[str, ...]

    @property
    def often(self) -> Floats:
        """In which share of the draws each is the best."""
        return np.bincount(self.benefit.argmax(axis=1), minlength=len(self.names)) / len(self.benefit)

    def views(self) -> dict[str, Choice]:
        """Return the same draws as a choice by each perspective."""
        own = self.choice.perspective.name
        return {
            name: self.choice if name == own else choice_of(self.results, view=name, book=self.book)
            for name in PERSPECTIVES
        }

    @property
    def rival(self) -> int | None:
        """The strategy that is worth most on average of the others; None where there is no other."""
        others = [i for i in range(len(self.names)) if i != self.best]
        return max(others, key=lambda i: float(self.benefit[:, i].mean()), default=None)


def known_of(results: Results) -> Known:
    """Return what the page is made of, from a run that has a value and draws enough."""
    book = book_of(results.ledger)
    choice = choice_of(results, book=book)
    benefit = choice.among(choice.benefit)
    names = tuple(choice.strategies[i] for i in choice.open)
    best = choice.open.index(choice.best)
    others = range(1, len(names))
    subject = best or max(others, key=lambda i: float(benefit[:, i].mean()), default=0)
    found = {path: evppi(benefit, column) for path, column in choice.values.items() if np.ptp(column)}
    ranked = dict(sorted(found.items(), key=lambda item: -item[1].value))
    value = results.question.value
    assert value is not None  # noqa: S101 - asked before
    pilots = pilots_of(choice, value.pilots)
    of = tuple(pilot.of for pilot in value.pilots)
    return Known(
        results, value, book, choice, names, benefit, best, subject, evpi(benefit), ranked, pilots, of
    )


def apart(one: Known) -> list[Alternative]:
    """Return what the strategy taken apart is worth in each other way of seeing the question, the file's own first."""
    name = one.names[one.subject]
    key, seen = f"npv:{name}", one.results.alternatives()
    found = {"as the files have it": one.results.summary, **seen} if seen else {}
    out = []
    for other, figures in found.items():
        figure = figures.get(key)
        if figure is not None and figure["value"] is not None:
            ends = float(figure["low"]), float(figure["high"])
            out.append(Alternative(other, float(figure["value"]), *ends, note=_closes(figures)))
    return out


def _closes(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return how far each searched closure may go, and what that is worth: what the margins of service decide."""
    found = []
    for key in (k for k in figures if k.startswith("steps:")):
        option, steps = key.removeprefix("steps:"), int(figures[key]["value"] or 0)
        worth = figures.get(f"npv:{option}", {}).get("value")
        value = f", worth {money(worth, 2)}" if steps and worth is not None else ""
        found.append(f"'{option}': {steps or 'none'} can close{value}")
    return "; ".join(found)


def worth_text(worth: Worth) -> str:
    """Return what knowing something is worth, with the digits that these draws carry."""
    low, high = worth.value - 1.96 * worth.se, worth.value + 1.96 * worth.se
    return told(max(worth.value, 0.0), low, high, "£")


def view_words(name: str) -> str:
    """Return whose money and health a perspective counts."""
    return VIEWS.get(name, PERSPECTIVES[name].words)


def capital(text: str) -> str:
    """Return a text that begins a sentence."""
    return text[:1].upper() + text[1:]
