"""A question's headline at any numbers: the simulator as a function, with the same luck at every point, and kept.

Points that differ in the model are simulated, each once, and kept beside the replications of the run; those that differ
only in the value file cost no simulation.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.engine import DEFAULT_ENGINE, prepare
from cisim.errors import AuditError, ModelError, nearest
from cisim.runs.accounting import accounts_of, decided_quantities
from cisim.runs.drawn import Drawing
from cisim.runs.plan import BASELINE, Draw, Level, Unit, identity, plan_of, searched_for
from cisim.runs.simulating import Meter, Progress, Simulated, replicate, simulate_plan
from cisim.runs.store import Store, open_store
from cisim.runs.tables import ask
from cisim.runs.uncertain import Drawn, accounts_of_draws, drawn_audit, simulated_numbers
from cisim.runs.workers import Crew
from cisim.spec import Question, read_question, unknowns, value_numbers, with_shares

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cisim.runs.psa import Accounts
    from cisim.spec import Unknown

__all__ = ["Asking", "asking"]

Floats = NDArray[np.float64]
FIGURES = {"npv": "£", "money": "£", "qalys": "QALYs"}
"""What may be asked of an option: ``npv:OPTION`` and so on."""
CHUNK = 200
"""Points that are valued at once."""
POINTS = "points"


@dataclass(slots=True)
class Asking:
    """The headline of a question as a function of its unknowns; made by `asking`.

    Attributes
    ----------
    question : Question
    headline : str
        ``npv:OPTION``, ``money:OPTION`` or ``qalys:OPTION``; or a measure, ``level:...`` or ``difference:...``, named
        as in the summary of a run.
    unit : str
    known : dict of str to Unknown
        What is not known, by path.
    replications : int
        Of every point: the same luck at each.
    simulated : frozenset of str
        The paths of which another number is another simulation.
    runs : int
        Points that were simulated, or found in the store.
    """

    question: Question
    headline: str
    unit: str
    known: dict[str, Unknown]
    replications: int
    simulated: frozenset[str]
    _done: Simulated
    _store: Store
    _crew: Crew
    _meter: Meter
    _base: Accounts
    runs: int = 0
    _kept: dict[tuple[float, ...], Floats] = field(default_factory=dict)

    @property
    def best(self) -> dict[str, float]:
        """The best estimate of every unknown, by path."""
        return {path: one.best for path, one in self.known.items()}

    def whole(self, moved: Mapping[str, float]) -> dict[str, float]:
        """Return every unknown with some of them moved, the others at best; shares of a group still sum to one."""
        return {**self.best, **with_shares(self.known, moved)}

    def mean(self, moved: Mapping[str, float]) -> float:
        """Return the mean headline over the replications with some unknowns moved, the others at best."""
        return float(self.each([self.whole(moved)])[0].mean())

    def each(self, points: Sequence[Mapping[str, float]]) -> Floats:
        """Return the headline at points, shape (points, replications); what was asked before is not asked again.

        Parameters
        ----------
        points : sequence of mapping of path to float
            Every unknown at each, in its unit.

        Raises
        ------
        RunError
            Where the model cannot be at a point; what is finished is kept.
        """
        keys = [tuple(float(point[path]) for path in self.known) for point in points]
        new = [key for key in dict.fromkeys(keys) if key not in self._kept]
        for first in range(0, len(new), CHUNK):
            some = new[first : first + CHUNK]
            columns = {path: np.array([key[i] for key in some]) for i, path in enumerate(self.known)}
            self._kept |= dict(zip(some, self._answers(columns), strict=True))
        return np.array([self._kept[key] for key in keys])

    def at(self, columns: Mapping[str, Floats]) -> Floats:
        """Return the headline at points given as columns by path, shape (points, replications)."""
        rows = len(next(iter(columns.values())))
        return self.each([{path: float(columns[path][i]) for path in self.known} for i in range(rows)])

    def _answers(self, columns: Mapping[str, Floats]) -> Floats:
        """Return the headline at new points."""
        rows = len(next(iter(columns.values()))) if columns else 1
        moving = [path for path in self.known if path in self.simulated]
        drawn, where = (
            self._simulated({path: columns[path] for path in moving}, rows) if moving else (None, None)
        )
        name, _, option = self.headline.partition(":")
        if name not in FIGURES:
            return self._measured(drawn, where)
        numbers = {
            path: np.broadcast_to(np.asarray(column, float), (rows,))
            for path, column in value_numbers(self.question, columns).items()
        }
        accounts = self._base
        if drawn is not None and where is not None:
            made = accounts_of_draws(self.question, self._done.plan, self._store, self._done.found, drawn)
            places = [int(u) * self.replications + r for u in where for r in range(self.replications)]
            accounts = replace(
                made,
                options={of: counts.pick(places) for of, counts in made.options.items()},
                points={
                    at: {of: counts.pick(places) for of, counts in by.items()}
                    for at, by in made.points.items()
                },
            )
        return replace(accounts, numbers=numbers).crossed()[option][name]

    def _simulated(self, columns: dict[str, Floats], rows: int) -> tuple[Drawn, NDArray[np.int64]]:
        """Simulate the points that are not stored yet; return them, and which of them each row is."""
        unique: dict[tuple[float, ...], int] = {}
        where = np.array(
            [
                unique.setdefault(tuple(float(c[i]) for c in columns.values()), len(unique))
                for i in range(rows)
            ]
        )
        of = {path: np.array([key[j] for key in unique]) for j, path in enumerate(columns)}
        digests = [Drawing(self.question, of).digest(i) for i in range(len(unique))]
        noted = self._store.note(POINTS)
        numbers: dict[str, int] = dict(noted) if isinstance(noted, dict) else {}
        for digest in digests:
            numbers.setdefault(digest, len(numbers))
        self._store.write_note(POINTS, numbers)
        placed = {path: np.full(len(numbers), np.nan) for path in of}
        for i, digest in enumerate(digests):
            for path, column in of.items():
                placed[path][numbers[digest]] = column[i]
        levels = []
        for option, _ in self._done.plan.cases[self._done.plan.main].options:
            one = self._done.found.of(option.name) if searched_for(option) else None
            levels.append(Level(0, 0) if one is None else one.level)
        units = [
            Unit(
                self._done.plan.main, 0, draw=Draw(numbers[digest], digest, self.replications, tuple(levels))
            )
            for digest in digests
        ]
        drawing = Drawing(self.question, placed)
        replicate(drawing, self._done.plan, self._store, units, self._crew, self._meter)
        self.runs += len(units)
        # What is not simulated stands at its best estimate there: prices are put in afterwards.
        every = {path: np.full(len(unique), one.best) for path, one in self.known.items()} | of
        drawn = Drawn(every, self.replications, tuple(units), "")
        _audited([row[-3:] for row in drawn_audit(self._store, drawn)], self._store)
        return drawn, where

    def _measured(self, drawn: Drawn | None, where: NDArray[np.int64] | None) -> Floats:
        """Return a measure, or its difference from the baseline, at new points."""
        if drawn is None or where is None:
            raise ModelError("headline", f"got {self.headline!r}, want one that an uncertain number can move")
        kind, measure, statistic, *place, scenario = self.headline.split(":")
        table = {name: np.full((drawn.draws, self.replications), np.nan) for name in (scenario, BASELINE)}
        number = {unit.draw.number: i for i, unit in enumerate(drawn.units) if unit.draw is not None}
        columns = ("draw", "replication", "scenario", "pathway", "step", "pool", "value")
        paths = self._store.paths(list(drawn.units), "measures")
        asked = "measure = ? AND statistic = ?"
        for draw, replication, name, pathway, step, pool, value in ask(
            paths, asked, [measure, statistic], columns
        ):
            there = pool or (f"{pathway}/{step}" if step else pathway)
            if name in table and there == ":".join(place) and value is not None:
                table[name][number[draw], replication] = value
        found = table[scenario] - (table[BASELINE] if kind == "difference" else 0.0)
        if not np.isfinite(found).all():
            raise ModelError("headline", f"got {self.headline!r}, which a run has not in every replication")
        return found[where]


@contextmanager
def asking(
    experiment: Path | str | Question,
    folder: Path | str,
    *,
    headline: str = "",
    replications: int = 0,
    workers: int = 1,
    engine: str = DEFAULT_ENGINE,
    progress: Progress | None = None,
) -> Iterator[Asking]:
    """Give a question's headline as a function of what is not known.

    The question is simulated first, at its best estimates and without draws of the model; what is stored is not
    simulated again. No table of a run is written, nor written over.

    Parameters
    ----------
    experiment : path or Question
    folder : path
        The run folder; what is simulated at other numbers is kept in it too.
    headline : str
        ``npv:OPTION`` and its like; the net present value of the first option, if left out.
    replications : int
        Of every point; those of the run, if left out.
    workers : int
    engine : str
    progress : callable, optional
        Told after each unit of work.

    Raises
    ------
    ModelError
        Where nothing is uncertain, nothing is valued, or there is no such headline.
    FileProblems, StoreError, RunError, AuditError
        As `run` does.
    """
    question = experiment if isinstance(experiment, Question) else read_question(Path(experiment))
    plan_at_best = question.experiment.run.model_copy(update={"model_draws": 0})
    question = replace(question, experiment=question.experiment.model_copy(update={"run": plan_at_best}))
    known = unknowns(question)
    if not known:
        raise ModelError(
            "sensitivity", "got a question of which every number is known, want an 'uncertain' one"
        )
    headline, unit = _headline(question, headline)
    prepare(engine)
    store = open_store(Path(folder), identity(question))
    meter = Meter(progress)
    with Crew(workers) as crew:
        done = simulate_plan(question, replace(plan_of(question, 0), engine=engine), store, crew, meter)
        columns = ("check", "where", "text")
        _audited(ask(store.paths(done.all_units, "audit"), "NOT passed", [], columns), store)
        base = accounts_of(question, done, store, decided_quantities(done, store))
        simulated = frozenset(simulated_numbers(question, done.plan)) & set(known)
        number = replications if replications and simulated else done.replications
        yield Asking(question, headline, unit, known, number, simulated, done, store, crew, meter, base)


def _audited(failed: Sequence[tuple[object, ...]], store: Store) -> None:
    """Stop where a run contradicts itself."""
    if failed:
        told = " ".join(str(part) for part in failed[0] if part)
        msg = (
            f"a run contradicts itself: {len(failed)} checks failed, such as {told}. This is a fault of cisim,"
            f" not of the question; all is kept in {store.folder}"
        )
        raise AuditError(msg)


def _headline(question: Question, headline: str) -> tuple[str, str]:
    """Return the headline that is asked for and its unit."""
    if question.value is None:
        raise ModelError("sensitivity", "got a question without a value file, want one that is valued")
    options = [option.name for option in question.value.options]
    if not headline:
        return f"npv:{options[0]}", "£"
    name, _, rest = headline.partition(":")
    if name in FIGURES:
        if rest not in options:
            raise ModelError("headline", f"got {rest!r}, want an option{nearest(rest, options)}")
        return headline, FIGURES[name]
    if name not in ("level", "difference") or headline.count(":") < 3:
        wanted = (
            "npv:OPTION, money:OPTION, qalys:OPTION, or level:... or difference:... as in the run's summary"
        )
        raise ModelError("headline", f"got {headline!r}, want {wanted}")
    return headline, ""
