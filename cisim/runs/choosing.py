"""A valued run as a choice: what each strategy is worth by draw, which keep service, and what pilots bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.analysis.board import Keeping, keeping
from cisim.decision import Observed, Study, Weighed, still_to_come, weigh
from cisim.errors import ModelError
from cisim.runs.searching import PROBABILITY
from cisim.spec import spread_of_one, unknowns
from cisim.units import YEAR
from cisim.value import book_of, by_draw, perspective

if TYPE_CHECKING:
    import pandas as pd

    from cisim.runs.results import Results
    from cisim.spec import Pilot, Question, Unknown
    from cisim.value import Book, Perspective

__all__ = ["Choice", "choice_of", "pilots_of", "study_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """Strategies beside each other in the same draws of what is not known.

    Attributes
    ----------
    strategies : tuple of str
        To do nothing first, then the options in their order.
    benefit, cost, qalys : ndarray of float, shape (n, s)
        Net benefit under the perspective, pounds and QALYs, discounted, as means over the replications.
    kept : tuple of Keeping or None
        How surely each keeps service; None where that was not judged, and for doing nothing.
    empty : tuple of int
        Strategies of which nothing can be done with service kept: searches that end with nothing closed.
    asked : float
        How sure it must be that service is kept.
    values : mapping of path to ndarray of float, shape (n,)
        What was drawn.
    known : mapping of path to Unknown
    perspective : Perspective
        Whose net benefit it is.
    years : int
        The horizon.
    """

    strategies: tuple[str, ...]
    benefit: Floats = field(repr=False)
    cost: Floats = field(repr=False)
    qalys: Floats = field(repr=False)
    kept: tuple[Keeping | None, ...]
    empty: tuple[int, ...]
    asked: float
    values: Mapping[str, Floats] = field(repr=False)
    known: Mapping[str, Unknown] = field(repr=False)
    perspective: Perspective = field(repr=False)
    years: int

    @property
    def open(self) -> tuple[int, ...]:
        """The strategies that may be recommended: those that keep service as surely as is asked, or were not judged.

        To do nothing is always among them; of several that are the same in every draw, the first.
        """
        found: list[int] = []
        for i in range(len(self.strategies)):
            if self.fails(i):
                continue
            if not any(np.array_equal(self.benefit[:, i], self.benefit[:, j]) for j in found):
                found.append(i)
        return tuple(found)

    def fails(self, strategy: int) -> bool:
        """Return whether a strategy was found not to keep service as surely as is asked, at any number of steps."""
        kept = self.kept[strategy]
        return strategy in self.empty or (kept is not None and kept.keeps is False)

    @property
    def best(self) -> int:
        """The strategy that is worth most on average of those that may be recommended."""
        return max(self.open, key=lambda i: float(self.benefit[:, i].mean()))

    def among(self, of: Floats) -> Floats:
        """Return the columns of the strategies that may be recommended."""
        return np.ascontiguousarray(of[:, list(self.open)])


def choice_of(
    results: Results, question: Question | None = None, view: str | None = None, *, book: Book | None = None
) -> Choice:
    """Return a run as a choice between doing nothing and each of its options.

    Parameters
    ----------
    results : Results
    question : Question, optional
        In place of the run's own, such as a value file with other pilots.
    view : str, optional
        Name of another perspective than the value file's. It is worked out from the ledger, whose draws are each of
        one replication, so that what perfect information would add holds the luck of single runs too.
    book : Book, optional
        The ledger, where it was read already.

    Raises
    ------
    ModelError
        Where the run values nothing, or has too few draws to say anything.
    """
    asked = question or results.question
    value, table = asked.value, results.psa()
    if value is None or table.empty:
        raise ModelError("run", "got one that values nothing, want a value file in the experiment")
    if len(table) < _FEWEST:
        raise ModelError("draws", f"got {len(table)}, want {_FEWEST} or more: set 'draws' under 'run'")
    names, book = results.strategies(), book if book is not None else book_of(results.ledger)
    sight = perspective(view or value.perspective, organisation=value.organisation)
    if view is None or view == value.perspective:
        columns = [_columns(table, of, names) for of in ("npv", "cost", "qalys")]
    else:
        columns = _from_ledger(book, names, sight, len(table))
    parameters = [str(c) for c in table.columns if str(c).startswith(_PARAMETER)]
    values = {c.removeprefix(_PARAMETER): table[c].to_numpy(float) for c in parameters}
    sure = value.service.probability if value.service is not None else PROBABILITY
    kept = tuple(_kept(results, book, name, sure) for name in names)
    known = {path: one for path, one in unknowns(asked).items() if path in values}
    closed = [results.summary.get(f"steps:{name}") for name in names]
    empty = tuple(i for i, found in enumerate(closed) if found is not None and found["value"] == 0)
    benefit, cost, qalys = columns
    return Choice(names, benefit, cost, qalys, kept, empty, sure, values, known, sight, value.years)


_PARAMETER = "parameter:"
_FEWEST = 100
"""Draws below which nothing is said of what is not known."""


def _columns(table: pd.DataFrame, of: str, names: Sequence[str]) -> Floats:
    return np.column_stack([table[f"{of}:{name}"].to_numpy(float) for name in names])


def _from_ledger(book: Book, names: Sequence[str], view: Perspective, draws: int) -> list[Floats]:
    if book.draws != draws:
        text = f"got a ledger of {book.draws} draws beside {draws} of the analysis, want the value file's own view"
        raise ModelError("view", text)
    tables = {name: by_draw(book, name, view) for name in names if name in book.options}
    out = []
    for of, sign in (("npv", 1.0), ("money", -1.0), ("qalys", 1.0)):
        zero = np.zeros(draws)
        found = [sign * tables[n][of].to_numpy(float) + 0.0 if n in tables else zero for n in names]
        out.append(np.column_stack(found))
    return out


def _kept(results: Results, book: Book, option: str, asked: float) -> Keeping | None:
    """Return how surely an option keeps service, at the level that a search decided for it; None where not judged."""
    if option not in book.options:
        return None
    mine = results.quantities[results.quantities["option"] == option]
    level = None if mine.empty else (int(mine["steps"].iloc[0]), int(mine["extra"].iloc[0]))
    found = keeping(results.service, book, option, level=level, probability=asked)
    return found if found.keeps is not None else None


def study_of(pilot: Pilot, known: Mapping[str, Unknown]) -> Study:
    """Return a pilot of a value file as a study of arrays, spreads in the units of its numbers."""
    measures = tuple(
        Observed(
            one.number,
            one.by,
            spread_of_one(one.sd, known[one.number].unit) if one.sd is not None else float("nan"),
            one.from_each,
        )
        for one in pilot.measures
    )
    sizes = tuple(float(size) for size in pilot.sizes)
    return Study(
        pilot.name,
        measures,
        sizes,
        pilot.costs.once,
        pilot.costs.each,
        pilot.delays / YEAR,
        pilot.meanwhile,
        float(pilot.serves),
    )


def pilots_of(choice: Choice, pilots: Sequence[Pilot], *, seed: int = 1) -> tuple[Weighed, ...]:
    """Return what each pilot brings and costs for a choice, strategies that do not keep service left out.

    Strategies are counted as in `Choice.open`.

    Raises
    ------
    ModelError
        Where a pilot measures what was not drawn.
    """
    benefit = choice.among(choice.benefit)
    out = []
    for pilot in pilots:
        for one in pilot.measures:
            if one.number not in choice.values:
                text = f"measures {one.number!r}, which this run did not draw: run the experiment again"
                raise ModelError(f"pilot {pilot.name!r}", text)
        study = study_of(pilot, choice.known)
        left = still_to_come(study.delay, choice.years, choice.perspective.money)
        out.append(weigh(benefit, choice.values, study, left=left, nothing=0, seed=seed))
    return tuple(out)
