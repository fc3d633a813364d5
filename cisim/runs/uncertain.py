"""The draws of a run: how many, at which numbers, what is decided over them, and what they come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisim.analysis import Estimate, Look, draw_unknowns, precise_enough, split
from cisim.runs.commitments import decided_value, named_patients
from cisim.runs.drawn import AUDIT, WARNING, Drawing
from cisim.runs.lasting import beyond
from cisim.runs.plan import BASELINE, Draw, Level, Unit, searched_for
from cisim.runs.psa import Accounts
from cisim.runs.searching import KEY, Found, searches_over_draws
from cisim.runs.summary import USES, summary_of
from cisim.runs.tables import ask
from cisim.spec import unknowns, value_numbers
from cisim.value import OPEN, Quantity, counts_of

if TYPE_CHECKING:
    from cisim.runs.plan import Plan
    from cisim.runs.store import Store
    from cisim.runs.summary import Headline
    from cisim.spec import Question

__all__ = [
    "CUBE",
    "RELEASED_KINDS",
    "Drawn",
    "accounts_of_draws",
    "decided_over_draws",
    "drawn_audit",
    "drawn_concerns",
    "drawn_headlines",
    "drawn_released",
    "nothing_to_draw",
    "released_headlines",
    "run_draws",
    "simulated_numbers",
]

Floats = NDArray[np.float64]
Do = Callable[[Drawing, list[Unit]], None]
SEARCHED_DRAWS, SEARCHED_REPLICATIONS = 40, 5
"""What a number that is searched for is judged on at most: 200 futures, of which a share of 90% is known to 2%."""
FULL = (1.0, 1)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn and simulated.

    Attributes
    ----------
    numbers : dict of path to ndarray of float, shape (draws,)
        Everything that is not known, by path, in the units of `cisim.spec.unknowns`.
    replications : int
        Of each draw.
    units : tuple of Unit
        Draw by draw.
    words : str
        Why so many.
    reached : bool
        Whether the precision asked for was reached; true where none was.
    """

    numbers: dict[str, Floats]
    replications: int
    units: tuple[Unit, ...]
    words: str
    reached: bool = True

    @property
    def draws(self) -> int:
        """How many there are."""
        return len(next(iter(self.numbers.values())))


def simulated_numbers(question: Question, plan: Plan) -> list[str]:
    """Return the paths of what is not known of what is simulated: the model, the valued scenario and the main case."""
    asked = question.experiment
    ours = (plan.valued, *(asked.projects if plan.valued == asked.jointly else ()))
    others = [name for name, _ in question.scenarios if name not in ours]
    others += [f"case {case.name}" for case in plan.cases if case.name != plan.cases[plan.main].name]
    outside = tuple(f"{name}." for name in others)
    return [
        path
        for path in unknowns(question)
        if not path.startswith(outside) and (not path.startswith("value.") or ".changes." in path)
    ]


def nothing_to_draw(question: Question, plan: Plan) -> str:
    """Return why nothing is simulated draw by draw; '' where it is, or was not asked for."""
    asked = question.experiment.run.model_draws
    if not asked:
        return ""
    if plan.value is None or not plan.cases[plan.main].options:
        return f"{asked:,} draws of the model were asked for, and nothing is valued: none is simulated"
    if not simulated_numbers(question, plan):
        return (
            f"{asked:,} draws of the model were asked for, and no number of the model or of the scenario that is valued"
            " is uncertain: nothing more is simulated, and the value file alone is drawn"
        )
    return ""


def drawn_numbers(question: Question, draws: int) -> dict[str, Floats]:
    """Return draws of everything that is not known, in Latin hypercubes of as many draws as were asked for at first."""
    asked = question.experiment.run
    cubes = [
        draw_unknowns(question, asked.model_draws, seed=asked.seed + CUBE * number)
        for number in range(-(-draws // asked.model_draws))
    ]
    return {path: np.concatenate([cube[path] for cube in cubes])[:draws] for path in cubes[0]}


CUBE = 1_000_003
"""Between the seeds of one hypercube and the next."""


def _drawing(question: Question, plan: Plan, numbers: dict[str, Floats]) -> Drawing:
    return Drawing(question, {path: numbers[path] for path in simulated_numbers(question, plan)})


def decided_over_draws(
    question: Question,
    plan: Plan,
    store: Store,
    found: Found,
    do: tuple[Callable[[list[Unit]], None], Do],
    replications: int,
) -> Found:
    """Return what is searched for, decided over draws and replications together: before the truth is known."""
    if not any(searched_for(option) for option, _ in plan.cases[plan.main].options):
        return found
    asked = question.experiment.run
    drawing = _drawing(question, plan, drawn_numbers(question, asked.model_draws))
    number = min(SEARCHED_DRAWS, asked.model_draws)
    past = min(SEARCHED_REPLICATIONS, asked.draw_replications or replications, replications)
    draws = tuple(Draw(i, drawing.digest(i), past) for i in range(number))

    def over_draws(units: list[Unit]) -> None:
        do[1](drawing, units)

    return searches_over_draws(found, plan, store, (do[0], over_draws), replications, draws)


def run_draws(question: Question, plan: Plan, store: Store, found: Found, do: Do, replications: int) -> Drawn:
    """Run every draw with all replications at what was decided, until the precision asked for is reached.

    More draws come in whole Latin hypercubes of as many as at first, so that those that are there stay what they are.
    """
    asked = question.experiment.run
    levels = []
    for option, _ in plan.cases[plan.main].options:
        one = found.of(option.name) if searched_for(option) else None
        levels.append(Level(0, 0) if one is None else one.level)
    draws, blocks = asked.model_draws, [(0, replications)]
    while True:
        numbers = drawn_numbers(question, draws)
        drawing = _drawing(question, plan, numbers)
        units = [
            Unit(plan.main, first, draw=Draw(number, drawing.digest(number), past, tuple(levels)))
            for number in range(draws)
            for first, past in blocks
        ]
        do(drawing, units)
        words = f"{draws:,} draws of what is not known, each in {blocks[-1][1]} replications, as asked"
        drawn = Drawn(numbers, blocks[-1][1], tuple(units), words)
        look = _look(question, plan, store, found, drawn, replications)
        if look is None:
            return drawn
        if look.decided:
            told = _stopping_words(question, look)
            return replace(drawn, words=told, reached=look.reached)
        draws = look.draws
        if look.replications > blocks[-1][1]:
            blocks.append((blocks[-1][1], look.replications))


def _look(
    question: Question, plan: Plan, store: Store, found: Found, drawn: Drawn, replications: int
) -> Look | None:
    """Return whether what is drawn is precise enough; None where no precision was asked for over draws."""
    asked = question.experiment.run
    precision = asked.precision
    if precision is None or (precision.worth is None and precision.chance is None):
        return None
    tables, within = {}, {}
    for option, of in accounts_of_draws(question, plan, store, found, drawn).crossed().items():
        for name, half in (("npv", precision.worth), ("pays", precision.chance)):
            if half is not None:
                tables[f"{name} of {option}"], within[f"{name} of {option}"] = of[name], half
    return precise_enough(
        tables,
        within,
        first=(asked.model_draws, replications),
        at_most=(precision.draws_at_most, max(precision.at_most, replications)),
    )


def _stopping_words(question: Question, look: Look) -> str:
    """Return why there are as many draws as there are, in a sentence."""
    precision = question.experiment.run.precision
    worth = [half for name, half in look.half_widths.items() if name.startswith("npv")]
    pays = [half for name, half in look.half_widths.items() if name.startswith("pays")]
    asked_worth, asked_pays = (precision.worth or 0.0, precision.chance or 0.0) if precision else (0.0, 0.0)
    told = [f"net present values £{max(worth):,.0f} (£{asked_worth:,.0f} was asked for)"] if worth else []
    told += (
        [f"probabilities that an option pays {max(pays):.1%} ({asked_pays:.1%} was asked for)"]
        if pays
        else []
    )
    reached = "stopped" if look.reached else "stopped at the most that may be run,"
    return (
        f"{reached} after {look.draws:,} draws of what is not known in {look.replications} replications: the"
        f" 95% intervals over both kinds of chance reach, of {' and of '.join(told)} to either side"
    )


def drawn_concerns(store: Store, drawn: Drawn) -> list[str]:
    """Return what the draws' own runs warned of, each with the number of draws that it was heard on."""
    heard: dict[str, set[int]] = {}
    notes = ask(store.paths(list(drawn.units), "notes"), "kind = ?", [WARNING], ("draw", "text"))
    for draw, text in notes:
        heard.setdefault(text, set()).add(draw)
    told = [f"{text} (on {len(draws):,} of {drawn.draws:,} draws)" for text, draws in heard.items()]
    return [*told, *([] if drawn.reached else [drawn.words])]


def drawn_audit(store: Store, drawn: Drawn) -> list[tuple[Any, ...]]:
    """Return the failed checks of the draws, as the table of checks has them: case, scenario, replication and so on."""
    columns = ("draw", "replication", "text")
    notes = ask(store.paths(list(drawn.units), "notes"), "kind = ?", [AUDIT], columns)
    return [("", f"draw {draw}", number, "", "", text) for draw, number, text in notes]


def accounts_of_draws(question: Question, plan: Plan, store: Store, found: Found, drawn: Drawn) -> Accounts:
    """Return what the ledger is made of: every draw in every replication, with its own numbers."""
    value = question.value
    assert value is not None  # noqa: S101 - only what is valued is drawn
    columns = (
        "reach",
        "year",
        "option",
        "draw",
        "replication",
        "use",
        "pool",
        "pathway",
        "owner",
        "quantity",
        "unit",
    )
    rows = ask(store.paths(list(drawn.units), "quantities"), "TRUE", [], columns)
    futures: dict[tuple[float, int], dict[str, dict[tuple[int, int], list[Quantity]]]] = {}
    for reach, year, option, draw, number, *rest in rows:
        of = futures.setdefault((reach, year), {}).setdefault(option, {})
        of.setdefault((draw, number), []).append(Quantity(option, *rest))
    judging = ("reach", "year", "option", "draw", "replication", *KEY, "worsening", "margin")
    judged: dict[tuple[float, int], dict[str, list[tuple[Any, ...]]]] = {}
    for reach, year, option, draw, number, *rest in ask(
        store.paths(list(drawn.units), "service"), "TRUE", [], judging
    ):
        judged.setdefault((reach, year), {}).setdefault(option, []).append(((draw, number), *rest))
    points = {
        at: {name: list(by_future.values()) for name, by_future in of.items()} for at, of in futures.items()
    }
    for at, of_options in judged.items():
        for name, those in of_options.items():
            both = zip(points[at][name], beyond(name, those), strict=True)
            points[at][name] = [[*own, *more] for own, more in both]
    tables = {at: {name: counts_of(one) for name, one in of.items()} for at, of in points.items()}
    options = tables.pop(FULL)
    value = decided_value(value, found, named_patients(options))
    numbers = {
        path: np.broadcast_to(np.asarray(column, float), (drawn.draws,))
        for path, column in value_numbers(question, drawn.numbers).items()
    }
    return Accounts(value, plan.valued, options, tables, numbers, drawn.replications, drawn=True)


def drawn_headlines(store: Store, drawn: Drawn) -> dict[str, Headline]:
    """Return the told measures, and their differences from the baseline, over draws and replications together.

    Keys as of `cisim.runs.summary.measured`; the ends hold 95% of all draws and replications.
    """
    columns = (
        "draw",
        "replication",
        "scenario",
        "measure",
        "statistic",
        "pathway",
        "step",
        "pool",
        "unit",
        "value",
    )
    found: dict[tuple[str, ...], dict[str, Floats]] = {}
    for draw, number, scenario, *what, value in ask(
        store.paths(list(drawn.units), "measures"), "TRUE", [], columns
    ):
        table = found.setdefault(tuple(what), {})
        if scenario not in table:
            table[scenario] = np.full((drawn.draws, drawn.replications), np.nan)
        table[scenario][draw, number] = np.nan if value is None else value
    out: dict[str, Headline] = {}
    for (measure, statistic, pathway, step, pool, unit), table in found.items():
        place = pool or (f"{pathway}/{step}" if step else pathway)
        for scenario, values in table.items():
            ending = f"{measure}:{statistic}:{place}:{scenario}"
            told = f"{measure} ({statistic}){f' of {place}' if place else ''}, {scenario}"
            out |= _over_both(f"level:{ending}", told, values, unit)
            if scenario != BASELINE and BASELINE in table:
                less = values - table[BASELINE]
                out |= _over_both(f"difference:{ending}", f"{told}, less baseline", less, unit)
    return out


RELEASED_KINDS = {
    **dict.fromkeys(("option", "pool", "owner", "unit", "pathway", "use"), "VARCHAR"),
    **dict.fromkeys(("draws", "replications"), "BIGINT"),
    **dict.fromkeys(("mean", "low", "high"), "DOUBLE"),
    "words": "VARCHAR",
}
"""Columns of the table of what is released over draws: means, and the ends that hold 95% of draws and replications."""
TOLD = ("release", *USES)


def drawn_released(accounts: Accounts) -> pd.DataFrame:
    """Return what each pool released a year, what became of it, and the patients, over draws and replications together.

    A row for each option, pool and use, or pathway and use; columns ``RELEASED_KINDS``. Means of the uses add up to
    that of the release, as they do in every draw.
    """
    rows = []
    for option, counts in accounts.options.items():
        sums: dict[tuple[str, str, str, str, str], Floats] = {}
        for i, one in enumerate(counts.rows):
            if (one.use in TOLD and one.pool) or one.use.startswith("patients_"):
                pathway = "" if one.use in TOLD else one.pathway
                key = one.pool, one.owner, one.unit, pathway, one.use
                sums[key] = sums.get(key, 0.0) + counts.amounts[:, i]
        for key, values in sums.items():
            table = values.reshape(accounts.draws, accounts.replications)
            low, high = np.quantile(table, [0.025, 0.975])
            told = split(table).told if min(table.shape) > 1 and np.ptp(table) > 0 else ""
            rows.append((option, *key, *table.shape, table.mean(), low, high, told))
    return pd.DataFrame(rows, columns=list(RELEASED_KINDS))


def released_headlines(found: pd.DataFrame) -> dict[str, Headline]:
    """Return the same as headlines, by the keys of `cisim.runs.summary.released`."""
    out: dict[str, Headline] = {}
    for row in found.to_dict("records"):
        option, use, pool = str(row["option"]), str(row["use"]), str(row["pool"])
        if use not in TOLD or (use == "release") != (option == OPEN):
            continue
        mean, low, high = float(row["mean"]), float(row["low"]), float(row["high"])
        if use == "redeployed" and low == high == 0:
            continue  # most options move nothing anywhere
        what = f"released in {pool}" if use == "release" else f"{use.replace('_', ' ')} in {pool}, {option}"
        unit = f"{row['unit']} a year"
        n = int(row["draws"]) * int(row["replications"])
        more = f"; {row['words']}" if row["words"] else ""
        words = f"{what}: {mean:.4g} {unit} (95% of draws and replications: {low:.4g} to {high:.4g}{more})"
        key = f"release:{pool}" if use == "release" else f"{use}:{pool}:{option}"
        out[key] = summary_of(Estimate(mean, low, high, 0.95, n, unit), words)
    return out


def _over_both(name: str, told: str, values: Floats, unit: str) -> dict[str, Headline]:
    """Return one figure over draws by replications; nothing where it cannot be said in one of them."""
    if not np.isfinite(values).all():
        return {}
    low, high = np.quantile(values, [0.025, 0.975])
    split_up = f"; {split(values).told}" if min(values.shape) > 1 else ""
    mean, unit_words = float(values.mean()), f" {unit}" if unit else ""
    words = (
        f"{told}: {mean:.4g}{unit_words} (95% of draws and replications: {low:.4g} to {high:.4g}{split_up})"
    )
    estimate = Estimate(mean, float(low), float(high), 0.95, values.size, unit)
    return {name: summary_of(estimate, words)}
