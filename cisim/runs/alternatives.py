"""Other ways to see the same question, each simulated and valued apart: headlines side by side, never a mean of them.

What can be had from what is stored is not simulated again: where prices, the payment rule or the horizon are otherwise
nothing is, and where only margins of service are, what is stored is judged anew.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from cisim.runs.accounting import accounts_of, decided_quantities
from cisim.runs.decided import searched
from cisim.runs.overload import overloads
from cisim.runs.plan import identity, plan_of
from cisim.runs.serving import Place, allowed
from cisim.runs.simulating import simulate_plan
from cisim.runs.store import open_store
from cisim.runs.summary import Headline, measured, valued
from cisim.runs.tables import COLUMNS, read_table, write_frame

if TYPE_CHECKING:
    from pathlib import Path

    from cisim.runs.plan import Plan
    from cisim.runs.simulating import Meter, Simulated
    from cisim.runs.store import Store
    from cisim.runs.workers import Crew
    from cisim.spec import Question

__all__ = ["ALTERNATIVE", "Apart", "apart_headlines", "simulate_apart"]

ALTERNATIVE = "alternative"
JUDGED = ("service", "service_over_time")
FIGURES = ("npv", "probability_npv_positive", "cash_benefit", "qalys", "payback")
"""What is told of an alternative's options."""


@dataclass(frozen=True, slots=True)
class Apart:
    """An alternative that was simulated.

    Attributes
    ----------
    name : str
    question : Question
        As it is seen so.
    done : Simulated
    store : Store
        Of the run itself where nothing had to be simulated for it, else its own.
    own : bool
        Whether its replications are its own: the patients, or what is done with them, are otherwise.
    """

    name: str
    question: Question
    done: Simulated
    store: Store
    own: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a planner should know of it beyond what is known of the question."""
        found = (*self.done.warnings, *overloads(self.done.plan.cases[self.done.plan.main]))
        return tuple(f"alternative {self.name!r}: {text}" for text in found) if self.own else ()


def simulate_apart(
    question: Question, store: Store, crew: Crew, meter: Meter, engine: str
) -> tuple[Apart, ...]:
    """Simulate each alternative of a question, once the question itself is simulated.

    Raises
    ------
    RunError, ModelError, StoreError
        As the question itself.
    """
    made = []
    for name, seen in question.alternatives:
        # The plan may have been changed since the file was read: more replications, another seed.
        asked = seen.experiment.model_copy(update={"run": question.experiment.run})
        other = replace(seen, experiment=asked)
        plan = replace(plan_of(other, 0), engine=engine)
        own = identity(_but_margins(other)) != identity(_but_margins(question))
        place = _store(question, other, name, store, plan, own=own)
        if place.folder != store.folder:
            other = _on_best_estimates(other)
        made.append(Apart(name, other, simulate_plan(other, plan, place, crew, meter), place, own))
    return tuple(made)


def apart_headlines(found: tuple[Apart, ...]) -> dict[str, Headline]:
    """Return the headlines of alternatives; keys are ``alternative:<name>:`` and the question's own.

    Where something is valued: what each option is worth (npv, probability_npv_positive, cash_benefit, qalys, payback)
    and the steps that can close. Where its patients are simulated apart: the headline measure too.
    """
    out: dict[str, Headline] = {}
    for one in found:
        mine: dict[str, Headline] = {}
        done, value = one.done, one.question.value
        if value is not None:
            accounts = accounts_of(one.question, done, one.store, decided_quantities(done, one.store))
            worth = valued(accounts.value, accounts.book())
            mine |= {key: told for key, told in worth.items() if key.split(":")[0] in FIGURES}
            steps = searched(done, one.store, accounts)
            mine |= {key: told for key, told in steps.items() if key.split(":")[0] == "steps"}
        if one.own:
            wanted = f"difference:{one.question.experiment.headline}:"
            parts = one.store.paths(done.units, "measures")
            differences = measured(done.plan, parts, one.question.experiment.headline)
            mine |= {key: told for key, told in differences.items() if key.startswith(wanted)}
        out |= {
            f"{ALTERNATIVE}:{one.name}:{key}": {**told, "words": f"{one.name}: {told['words']}"}
            for key, told in mine.items()
        }
    return out


def _on_best_estimates(question: Question) -> Question:
    """Return a question of which no number of the model is drawn: what is seen apart is seen at its best estimates."""
    run = question.experiment.run
    precision = run.precision
    if precision is not None:
        only_luck = precision.model_copy(update={"worth": None, "chance": None})
        precision = None if precision.within is None else only_luck
    asked = run.model_copy(update={"model_draws": 0, "precision": precision})
    return replace(question, experiment=question.experiment.model_copy(update={"run": asked}))


def _but_margins(question: Question) -> Question:
    """Return a question that allows nothing to worsen: two that differ in margins alone are then the same."""
    value = question.value
    if value is None or value.service is None:
        return question
    measures = tuple(one.model_copy(update={"margin": "0"}) for one in value.service.measures)
    service = value.service.model_copy(update={"measures": measures})
    return replace(question, value=value.model_copy(update={"service": service}))


def _store(question: Question, other: Question, name: str, store: Store, plan: Plan, *, own: bool) -> Store:
    """Return where the units of an alternative stand: the run's own, or a store inside its folder."""
    wanted = identity(other)
    if wanted == identity(question):
        return store
    digest = sha256(repr(sorted(wanted.items())).encode()).hexdigest()[:8]
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    mine = open_store(store.folder / "alternatives" / f"{slug}-{digest}", wanted)
    if not own:
        _judge_anew(store, mine, plan)
    return mine


def _judge_anew(store: Store, mine: Store, plan: Plan) -> None:
    """Take over every stored unit, with what may worsen as the plan says."""
    noted = store.note("warm-up")
    if noted is not None:
        mine.write_note("warm-up", noted)
    for part in sorted(store.parts.glob("case*")):
        if (mine.parts / part.name).is_dir():
            continue
        temporary = mine.parts / f".{part.name}.{os.getpid()}"
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.copytree(part, temporary)
        for table in JUDGED:
            _with_margins(temporary / f"{table}.parquet", table, plan)
        temporary.rename(mine.parts / part.name)


def _with_margins(path: Path, table: str, plan: Plan) -> None:
    frame = read_table(path)
    places = frame[["measure", "statistic", "pathway", "step", "pool", "group"]].itertuples(index=False)
    known = zip(places, frame["unit"], frame["value_a"], strict=True)
    frame["margin"] = [allowed(plan.service, Place(*place), unit, before) for place, unit, before in known]
    write_frame(frame, path, COLUMNS[table])
