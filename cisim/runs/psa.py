"""A valued run as a probabilistic analysis: what was drawn, what each option costs and gains, and of what it spreads.

Every draw is set beside every replication, so that the two kinds of chance can be told apart: a draw's row is its mean
over the replications, with the standard error that luck leaves in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisim.analysis import Estimate, Split, next_sizes, split
from cisim.runs.summary import summary_of
from cisim.spec import unknowns
from cisim.units import DAY
from cisim.value import OPEN, by_draw, ledger, perspective, pounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cisim.runs.summary import Headline
    from cisim.spec import Question, Value
    from cisim.value import Book, Counts

__all__ = [
    "CHANCE_KINDS",
    "DO_NOTHING",
    "Accounts",
    "Crossed",
    "chances_table",
    "psa_table",
    "spreads",
    "value_parameters",
]

Floats = NDArray[np.float64]
Crossed = dict[str, dict[str, Floats]]
"""By option: money, qalys, npv, pays and paid_back, each of shape (draws, replications)."""
DO_NOTHING = "do nothing"
VALUE = "value."
FIGURES = {"npv": "£", "pays": "share", "paid_back": "share"}
"""What is split: the net present value, whether it is above zero, and whether cash is paid back in the horizon."""
_TEXT, _REAL, _INT = "VARCHAR", "DOUBLE", "BIGINT"
CHANCE_KINDS = {
    "option": _TEXT,
    "figure": _TEXT,
    "unit": _TEXT,
    "draws": _INT,
    "replications": _INT,
    "mean": _REAL,
    "low": _REAL,
    "high": _REAL,
    "draws_var": _REAL,
    "luck_var": _REAL,
    "interaction_var": _REAL,
    "unknown": _REAL,
    "luck": _REAL,
    "words": _TEXT,
}
"""Columns of the table of chances: means with 95% intervals over both kinds of chance, and the parts of the spread."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """All that the ledger of a run is made of.

    Attributes
    ----------
    value : Value
        With the numbers that were searched for.
    project : str
    options : dict of str to Counts
        Of each option, and of ``OPEN``, by replication; where the model was drawn too by draw and replication.
    points : dict of (share, year) to the same
    numbers : dict of path to ndarray of float, shape (draws,)
        Of the value file.
    replications : int
    drawn : bool
        Whether the model was drawn too.
    evidence : str
        What stands in the ledger in place of 'simulated'; '' for that itself.
    """

    value: Value
    project: str
    options: dict[str, Counts]
    points: dict[tuple[float, int], dict[str, Counts]]
    numbers: dict[str, Floats]
    replications: int
    drawn: bool = False
    evidence: str = ""

    @property
    def draws(self) -> int:
        """How many there are."""
        return len(next(iter(self.numbers.values())))

    def book(self, number: int | None = None) -> Book:
        """Return the ledger: draw d in replication d modulo their number, or every draw in replication `number`."""
        draw = np.arange(self.draws)
        replication = draw % self.replications if number is None else np.full(self.draws, number)
        if self.drawn:
            picked = (draw * self.replications + replication).tolist()
        else:
            picked = list(range(self.replications)) if number is None else [number]
        names = [option.name for option in self.value.options]
        made = ledger(
            self.value,
            {name: self.options[name].pick(picked) for name in names},
            draws=self.draws,
            project=self.project,
            open_queue=self.options[OPEN].pick(picked),
            points={
                at: {name: one.pick(picked) for name, one in of.items()} for at, of in self.points.items()
            },
            numbers=self.numbers,
        )
        if self.evidence:
            told = [
                replace(x, evidence=x.evidence.replace("simulated", self.evidence, 1)) for x in made.lines
            ]
            made = replace(made, lines=tuple(told))
        return replace(made, replication=replication)

    def crossed(self) -> Crossed:
        """Return the worth of each option on every draw in every replication, from the value file's own perspective."""
        view = perspective(self.value.perspective, organisation=self.value.organisation)
        found: dict[str, dict[str, list[Floats]]] = {}
        for number in range(self.replications):
            book = self.book(number)
            for option in book.options:
                for name, column in _worth(by_draw(book, option, view)).items():
                    found.setdefault(option, {}).setdefault(name, []).append(column)
        return {
            option: {name: np.column_stack(parts) for name, parts in of.items()}
            for option, of in found.items()
        }


def _worth(drawn: pd.DataFrame) -> dict[str, Floats]:
    out = {name: drawn[name].to_numpy(float) for name in ("money", "qalys", "npv")}
    out["pays"] = (out["npv"] > 0) * 1.0
    out["paid_back"] = np.isfinite(drawn["payback"].to_numpy(float)) * 1.0
    return out


def value_parameters(question: Question, numbers: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the draws of a value file's own numbers by the paths, and in the units, of `cisim.spec.unknowns`."""
    found = {path: one for path, one in unknowns(question).items() if path.startswith(VALUE)}
    return {
        path: numbers[path.removeprefix(VALUE)] / (DAY if one.unit == "d" else 1)
        for path, one in found.items()
    }


def psa_table(
    numbers: Mapping[str, Floats], tables: Crossed, errors: Mapping[str, Floats] | None = None
) -> pd.DataFrame:
    """Return one row a draw: what was drawn, and each option's cost, health and worth as means over replications.

    Parameters
    ----------
    numbers : mapping of path to ndarray of float, shape (draws,)
        What was drawn.
    tables : Crossed
    errors : mapping of str to ndarray of float, shape (emulated,), optional
        Of the last draws, which were emulated: by option, how far off their net present value may be.

    Returns
    -------
    DataFrame
        ``draw``, ``emulated`` (1 or 0) where some are, ``parameter:PATH``..., then for each option ``cost:``,
        ``qalys:``, ``npv:`` (pounds and QALYs, discounted) and ``se:npv:``, the standard error of that mean from luck
        (missing with one replication), and from the emulator. The first option is to do nothing: 0 throughout.
    """
    draws = len(next(iter(next(iter(tables.values())).values())))
    out: dict[str, NDArray[np.float64] | NDArray[np.int64]] = {"draw": np.arange(draws)}
    emulated = len(next(iter(errors.values()))) if errors else 0
    if emulated:
        out["emulated"] = (out["draw"] >= draws - emulated).astype(np.int64)
    out |= {f"parameter:{path}": np.asarray(column, float) for path, column in numbers.items()}
    nothing = {"money": np.zeros((draws, 2)), "qalys": np.zeros((draws, 2)), "npv": np.zeros((draws, 2))}
    for option, of in {DO_NOTHING: nothing, **tables}.items():
        many = of["npv"].shape[1]
        out[f"cost:{option}"] = 0.0 - of["money"].mean(axis=1)
        out[f"qalys:{option}"] = of["qalys"].mean(axis=1)
        out[f"npv:{option}"] = of["npv"].mean(axis=1)
        alone = np.full(draws, np.nan)
        luck = of["npv"].std(axis=1, ddof=1) / np.sqrt(many) if many > 1 else alone
        if errors is not None and option in errors:
            luck = np.hypot(luck, np.concatenate([np.zeros(draws - emulated), errors[option]]))
        out[f"se:npv:{option}"] = luck
    return pd.DataFrame(out)


def spreads(tables: Crossed) -> dict[tuple[str, str], Split]:
    """Return the split of each figure of each option; empty where there are too few draws or replications."""
    out = {}
    for option, of in tables.items():
        for name in FIGURES:
            if min(of[name].shape) > 1:
                out[option, name] = split(of[name])
    return out


def chances_table(found: Mapping[tuple[str, str], Split]) -> pd.DataFrame:
    """Return the two kinds of chance of each figure, one row each; columns ``CHANCE_KINDS``."""
    rows = [
        (
            option,
            name,
            FIGURES[name],
            one.draws,
            one.replications,
            one.mean,
            one.mean - one.half_width,
            one.mean + one.half_width,
            one.draws_var,
            one.luck_var,
            one.interaction_var,
            one.unknown,
            one.luck,
            one.told,
        )
        for (option, name), one in found.items()
    ]
    return pd.DataFrame(rows, columns=list(CHANCE_KINDS))


def spread_headlines(found: Mapping[tuple[str, str], Split]) -> dict[str, Headline]:
    """Return how much of each option's spread is not known, and how many draws and replications would be worth having.

    Keys are ``spread:<figure>:<option>``; the value is the share of the variance that is not known.
    """
    out: dict[str, Headline] = {}
    for (option, name), one in found.items():
        if math.isnan(one.unknown):
            continue
        what = {
            "npv": "net present value",
            "pays": "whether it pays",
            "paid_back": "whether cash is paid back",
        }[name]
        mean = pounds(one.mean) if name == "npv" else f"{one.mean:.0%}"
        half = pounds(one.half_width) if name == "npv" else f"{one.half_width:.1%}"
        more = next_sizes(one, one.half_width / 2)
        about = int(float(f"{more.draws:.2g}"))  # two digits: a size is planned by, not met
        twice = (
            f"to know that mean twice as well, have about {about:,} draws by {more.replications:,} replications"
            if more.reached
            else "that mean cannot be known twice as well by more of either"
        )
        words = (
            f"{option}: {what}: {one.told}; the mean of {mean} is known to {half} on either side, over both kinds of"
            f" chance ({one.draws:,} draws by {one.replications} replications); {twice}"
        )
        share = one.unknown
        out[f"spread:{name}:{option}"] = summary_of(
            Estimate(share, share, share, one.level, one.draws, "share"), words
        )
    return out
