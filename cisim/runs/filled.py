"""Filling up the draws of a run by an emulator of those that were simulated: what is counted, then priced as it is.

Only what is simulated is emulated: days, patients, openings a year. What they are worth is worked out of each
draw's own prices in the ledger, like that of any other draw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cisim.analysis import draw_unknowns, filling
from cisim.errors import ModelError
from cisim.runs.lasting import FAR
from cisim.runs.uncertain import CUBE, simulated_numbers
from cisim.spec import unknowns, value_numbers
from cisim.value import Counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cisim.analysis import Filling
    from cisim.runs.plan import Plan
    from cisim.runs.psa import Accounts, Crossed
    from cisim.runs.uncertain import Drawn
    from cisim.spec import Question

    Floats = NDArray[np.float64]

__all__ = ["Filled", "filled"]

APART = 500_009 * CUBE
"""Between the seed of the simulated draws and that of the emulated ones."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What the emulator added to the draws of a run, or why it added nothing.

    Attributes
    ----------
    asked, emulated : int
        Draws that were asked for, and that were made: all, or none.
    words : str
        How good the emulator is, or why it was refused.
    accounts : Accounts
        The simulated draws, and then the emulated ones.
    numbers : dict of path to ndarray of float, shape (draws,)
        Everything that is not known, of both.
    errors : dict of str to ndarray of float, shape (emulated,)
        By option, how far off the emulator may be of each emulated draw's net present value (a standard deviation).
    """

    asked: int
    emulated: int
    words: str
    accounts: Accounts
    numbers: dict[str, Floats]
    errors: dict[str, Floats]


def filled(
    question: Question,
    plan: Plan,
    accounts: Accounts,
    drawn: Drawn,
    tables: Crossed,
    numbers: dict[str, Floats] | None = None,
) -> Filled:
    """Return the draws of a run with those that it asks an emulator for.

    Parameters
    ----------
    question : Question
    plan : Plan
    accounts : Accounts
        Of the simulated draws.
    drawn : Drawn
    tables : Crossed
        What the simulated draws are worth.
    numbers : dict of path to ndarray of float, shape (emulated,), optional
        The draws that are wanted, in place of as many as the run plan asks for.
    """
    asked = question.experiment.run
    if numbers is None:
        numbers = draw_unknowns(question, asked.emulated_draws, seed=asked.seed + APART)
    wanted = len(next(iter(numbers.values())))
    paths = _moving(question, plan)
    worth = _at_best_prices(question, accounts)
    try:
        found = filling(
            {path: drawn.numbers[path] for path in paths},
            worth,
            {path: numbers[path] for path in paths},
            spread={name: float(of["npv"].mean(axis=1).var()) for name, of in tables.items()},
            seed=asked.seed,
        )
    except ModelError as wrong:
        words = (
            f"{wanted:,} emulated draws were asked for, and none was made: the emulator is not good enough"
            f" ({wrong.where}: {wrong.text}); everything rests on the {drawn.draws:,} simulated draws"
        )
        return Filled(wanted, 0, words, accounts, drawn.numbers, {})
    every = {path: np.concatenate([column, numbers[path]]) for path, column in drawn.numbers.items()}
    made = replace(
        accounts,
        options={name: _with_more(one, found, drawn) for name, one in accounts.options.items()},
        points={
            at: {name: _with_more(one, found, drawn) for name, one in of.items()}
            for at, of in accounts.points.items()
        },
        numbers={
            path: np.broadcast_to(np.asarray(column, float), (drawn.draws + wanted,))
            for path, column in value_numbers(question, every).items()
        },
        evidence=f"simulated on {drawn.draws:,} draws, emulated on {wanted:,}",
    )
    rests = found.rests_on or (
        "is the mean of those that were, at its own prices, because what is simulated moves what each option is"
        " worth by less than a twentieth of its variance"
    )
    words = f"{wanted:,} of {drawn.draws + wanted:,} draws are emulated, not simulated: each {rests}"
    return Filled(wanted, wanted, words, made, every, {name: found.error(one) for name, one in worth.items()})


def _moving(question: Question, plan: Plan) -> list[str]:
    """Return the paths of what is simulated; of shares that sum to one all but the last, which the others give."""
    known = unknowns(question)
    paths = simulated_numbers(question, plan)
    last = {known[path].group: path for path in paths if known[path].group}
    return [path for path in paths if last.get(known[path].group) != path]


def _at_best_prices(question: Question, accounts: Accounts) -> dict[str, Floats]:
    """Return what each option is worth on each draw with all prices at their best estimates: (draws, replications)."""
    best = {path: one.best for path, one in unknowns(question).items()}
    numbers = {
        path: np.broadcast_to(np.asarray(number, float), (accounts.draws,))
        for path, number in value_numbers(question, best).items()
    }
    return {name: of["npv"] for name, of in replace(accounts, numbers=numbers).crossed().items()}


def _with_more(one: Counts, found: Filling, drawn: Drawn) -> Counts:
    """Return the quantities of the simulated draws, and then of the emulated ones."""
    amounts = one.amounts.reshape(drawn.draws, drawn.replications, -1)
    more = found.fill(amounts)
    # A wait that is never reached is no point of a smooth surface.
    never = (np.abs(amounts) >= FAR).any(axis=(0, 1))
    more[:, :, never] = amounts[found.nearest][:, :, never]
    return Counts(one.rows, np.concatenate([one.amounts, more.reshape(-1, one.amounts.shape[1])]))
