"""Simulating a plan to its end: a pilot for the warm-up, then replications until there are enough."""

from __future__ import annotations

import csv
import io
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from cisim.analysis import warm_up_from
from cisim.runs.plan import Level, Unit, searched_for
from cisim.runs.precision import decision, decision_words, first_look
from cisim.runs.searching import Found, searches
from cisim.runs.tables import ask, write_text
from cisim.runs.uncertain import decided_over_draws, drawn_concerns, nothing_to_draw, run_draws
from cisim.runs.unit import do_pilot, do_unit, finish
from cisim.units import DAY, WEEK

if TYPE_CHECKING:
    from collections.abc import Callable

    from cisim.analysis import WarmUp
    from cisim.runs.drawn import Drawing, DrawRows
    from cisim.runs.plan import Plan
    from cisim.runs.store import Store
    from cisim.runs.uncertain import Drawn
    from cisim.runs.unit import UnitRows
    from cisim.runs.workers import Crew
    from cisim.spec import Question, RunPlan

__all__ = ["Meter", "Progress", "Simulated", "replicate", "simulate_plan"]

PILOTS = 5
LEAST_PILOT = 26 * WEEK


class Progress(Protocol):
    """What is told after each piece of work: how many there are, how many are done, seconds left if known."""

    def __call__(self, total: int, done: int, left: float | None) -> None:
        """Show it."""


@dataclass(slots=True)
class Meter:
    """Counts pieces of work, and guesses the time left from those done by this run."""

    progress: Progress | None = None
    total: int = 0
    done: int = 0
    worked: int = 0
    begun: float = field(default_factory=time.monotonic)

    def expect(self, pieces: int, done: int) -> None:
        """Say that there are so many more pieces, of which some are done."""
        self.total += pieces
        self.done += done
        self._tell()

    def one(self, _: object = None) -> None:
        """Say that a piece is done."""
        self.done += 1
        self.worked += 1
        self._tell()

    def _tell(self) -> None:
        if self.progress is not None:
            each = (time.monotonic() - self.begun) / self.worked if self.worked else None
            self.progress(self.total, self.done, None if each is None else each * (self.total - self.done))


@dataclass(frozen=True, slots=True)
class Simulated:
    """What is known once all is simulated.

    Attributes
    ----------
    plan : Plan
        With the window that was measured.
    replications : int
    replications_words, warm_up_words : str
        Why so many, and why so long.
    warnings : tuple of str
        What a planner should know.
    found : Found
        What was searched for.
    over_time : tuple of Unit
        What was simulated of the effect over time, beside the whole effect in the first year.
    drawn : Drawn or None
        What was simulated of what is not known, draw by draw.
    """

    plan: Plan
    replications: int
    replications_words: str
    warm_up_words: str
    warnings: tuple[str, ...]
    found: Found
    over_time: tuple[Unit, ...] = ()
    drawn: Drawn | None = None

    @property
    def units(self) -> list[Unit]:
        """The units of the plan, in the order of the tables."""
        return self.plan.units(self.replications)

    @property
    def all_units(self) -> list[Unit]:
        """Those of the plan, and then what was tried in searches."""
        return [*self.units, *self.found.units]


def simulate_plan(question: Question, plan: Plan, store: Store, crew: Crew, meter: Meter) -> Simulated:
    """Simulate until there are enough replications, and then what is not known, draw by draw.

    Raises
    ------
    RunError
        Where a run cannot go on; what is finished is stored.
    ModelError
        Where the precision asked for cannot be judged.
    """
    asked = question.experiment.run
    start, told, concerns = _warm_up(asked, plan, store, crew, meter)
    plan = replace(plan, start=start, end=start + plan.end - plan.start)
    target = first_look(asked)
    begun: set[Unit] = set()
    while True:
        units = [unit for unit in plan.units(target) if unit not in begun]
        begun.update(units)
        replicate(do_unit, plan, store, units, crew, meter)
        found, unit = decision(asked, plan, store, target)
        if found.decided:
            break
        target = found.replications
    words = decision_words(asked, found, unit)
    if not found.reached:
        concerns.append(words)

    def more(units: list[Unit]) -> None:
        replicate(do_unit, plan, store, units, crew, meter)

    def over_draws(drawing: Drawing, units: list[Unit]) -> None:
        replicate(drawing, plan, store, units, crew, meter)

    done = searches(plan, store, more, found.replications)
    nothing = nothing_to_draw(question, plan)
    draws = asked.model_draws > 0 and not nothing
    if draws:
        done = decided_over_draws(question, plan, store, done, (more, over_draws), found.replications)
    later = _over_time(plan, done, found.replications)
    if later:
        more(later)
    each = min(asked.draw_replications or found.replications, found.replications)
    drawn = run_draws(question, plan, store, done, over_draws, each) if draws else None
    units = [*plan.units(found.replications), *done.units, *later]
    heard = ask(store.paths(units, "warnings"), "TRUE", [], ["text"])
    concerns += [str(row[0]) for row in heard]
    if drawn is not None:
        concerns += drawn_concerns(store, drawn)
    elif nothing:
        concerns.append(nothing)
    unique = tuple(dict.fromkeys(concerns))
    return Simulated(plan, found.replications, words, told, unique, done, tuple(later), drawn)


def _over_time(plan: Plan, found: Found, replications: int) -> list[Unit]:
    """Return the units of the effect over time, with every option at the level that was decided."""
    levels = []
    for option, _ in plan.cases[plan.main].options if plan.grid else ():
        decided = found.of(option.name) if searched_for(option) else None
        levels.append(Level(0, 0) if decided is None else decided.level)
    points = [point._replace(levels=tuple(levels)) for point in plan.grid]
    return [Unit(plan.main, number, point=point) for point in points for number in range(replications)]


def replicate(
    do: Callable[[Plan, Unit], UnitRows | DrawRows],
    plan: Plan,
    store: Store,
    units: list[Unit],
    crew: Crew,
    meter: Meter,
) -> None:
    """Do and store those of `units` that are not stored yet.

    Raises
    ------
    RunError
        At the first unit that cannot be done; what is finished is stored.
    """
    missing = [unit for unit in units if not store.has(unit)]
    meter.expect(len(units), len(units) - len(missing))
    crew.work(partial(finish, do, plan, store), missing, meter.one)


def _warm_up(
    asked: RunPlan, plan: Plan, store: Store, crew: Crew, meter: Meter
) -> tuple[int, str, list[str]]:
    """Return the warm-up (ms), why so long, and concerns; a pilot finds it once, and the store notes it."""
    if asked.warm_up != "auto":
        return round(asked.warm_up), "as asked", []
    noted = store.note("warm-up")
    if not isinstance(noted, dict):
        noted = _pilot(plan, store, crew, meter)
        store.write_note("warm-up", noted)
    words = str(noted["words"])
    return int(str(noted["days"])) * DAY, words, [] if noted["settled"] else [words]


def _pilot(plan: Plan, store: Store, crew: Crew, meter: Meter) -> dict[str, object]:
    """Run the baseline of every case, and return the longest warm-up that one needs."""
    days = -(-max(plan.end - plan.start, LEAST_PILOT) // DAY)
    pilot = replace(plan, start=0, end=days * DAY)
    units = pilot.units(PILOTS)
    meter.expect(len(units), 0)
    series = np.array(crew.work(partial(do_pilot, pilot), units, meter.one))
    found = [warm_up_from(series[i * PILOTS : (i + 1) * PILOTS]) for i in range(len(plan.cases))]
    write_text(store.folder / "tables" / "warm_up.csv", _csv(plan, found))
    settled = all(one.settled for one in found)
    # What has not settled is told, even where another case takes longer.
    longest = max((one for one in found if one.settled == settled), key=lambda one: one.days)
    return {"days": max(one.days for one in found), "settled": settled, "words": longest.words}


def _csv(plan: Plan, found: list[WarmUp]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("case", "day", "inside"))
    for case, one in zip(plan.cases, found, strict=True):
        writer.writerows((case.name, day, repr(float(number))) for day, number in enumerate(one.series))
    return out.getvalue()
