"""What scenario and experiment files must also hold, by themselves and against their model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.errors import ModelError, nearest
from cisim.spec.changes import apply
from cisim.spec.checks import exception_findings, model_findings, rota_findings, walk_steps
from cisim.spec.fields import Uncertain
from cisim.spec.model import Partial
from cisim.spec.plain import Finding
from cisim.spec.scenario import SetNumber, SetPatience, SetRota
from cisim.spec.service_checks import duration_findings
from cisim.units import parse_duration, parse_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cisim.spec.experiment import Experiment, Fact, Precision, RunPlan
    from cisim.spec.model import Model, Step
    from cisim.spec.scenario import Change
    from cisim.spec.yamltree import Trail

__all__ = [
    "MEASURES",
    "applied",
    "changes_findings",
    "experiment_findings",
    "experiment_in_model",
    "figure_wanted",
    "is_time",
    "measured",
    "named",
    "steps_of",
    "twice",
]

_TIMES = ("mean", "sd", "p50", "p90", "p95")
_USES = ("total",)
MEASURES: dict[str, tuple[str, ...]] = {
    "length_of_stay": _TIMES,
    "wait": ("mean", "p50", "p90", "p95", "completed_mean", "served_share", "still_waiting", "gave_up"),
    "occupancy": ("mean", "share", "p50", "p90", "p95", "max"),
    "occupancy_distribution": (),
    "census_midnight": ("mean", "max"),
    "throughput": ("patients", "per_year"),
    "arrivals": (),
    "readmissions": ("patients", "share"),
    "turned_away": ("patients", "share"),
    "outcomes": (),
    "blocked": ("total", "mean_per_stay"),
    "interrupted": ("times", "mean"),
    "all_parts": ("mean", "p50", "p90", "p95"),
    "last_part": (),
    "last_part_time": (),
    "held_time": _USES,
    "turning_time": _USES,
    "capacity_time": _USES,
    "idle_time": _USES,
    "overrun_time": _USES,
    "openings": (),
    "seen": (),
    "used_share": (),
}
"""The measures that a fact may name, each with its statistics (empty: any)."""


def changes_findings(changes: Sequence[Change], trail: Trail) -> Iterator[Finding]:
    """Yield the mistakes in changes that can be seen without a model."""
    for i, change in enumerate(changes):
        here = (*trail, i)
        for name in ("duration", "after_hold", "to"):
            duration = getattr(change, name, None)
            if isinstance(duration, Uncertain):
                yield from duration_findings(duration, (*here, name))
        if isinstance(change, SetRota):
            yield from rota_findings(change.to, (*here, "to"))
            yield from exception_findings(change.exceptions, (*here, "exceptions"))
        if isinstance(change, SetNumber) and change.by == 0:
            yield Finding((*here, "by"), "got 0, which changes nothing, want more or fewer")
        if isinstance(change, SetPatience) and change.by is not None and change.by <= -1:
            text = f"got {change.by:+.0%}, which leaves no patience at all, want more than -100%"
            yield Finding((*here, "by"), text)


def applied(model: Model, changes: Sequence[Change], trail: Trail) -> tuple[Model, list[Finding]]:
    """Return the model with those changes made that can be, and what is wrong with the others."""
    found: list[Finding] = []
    told = {f.text for f in model_findings(model)}
    for i, change in enumerate(changes):
        try:
            model = apply(model, (change,))
        except ModelError as error:
            found.append(Finding((*trail, i), error.text))
            continue
        fresh = [f for f in model_findings(model) if f.text not in told]
        told |= {f.text for f in fresh}
        found += [Finding((*trail, i), f"makes a model that cannot be: {f.text}") for f in fresh]
    return model, found


def twice(names: Iterable[tuple[str, Trail]], what: str) -> Iterator[Finding]:
    """Yield a finding for each name that comes again."""
    seen: set[str] = set()
    for name, trail in names:
        if name in seen:
            yield Finding(trail, f"'{name}' names {what} already, want another name")
        seen.add(name)


def named(kind: str, name: str | None, known: Iterable[str], trail: Trail) -> Iterator[Finding]:
    """Yield a finding, with the nearest name, where a name that is given is not known."""
    names = list(known)
    if name is not None and name not in names:
        yield Finding(trail, f"got {name!r}, want the name of a {kind}{nearest(name, names)}")


def is_time(measure: str, statistic: str = "mean") -> bool:
    """Say whether a figure of a measure is a length of time."""
    counts = ("served_share", "still_waiting", "gave_up", "times")
    timed = ("length_of_stay", "wait", "blocked", "interrupted", "all_parts", "last_part_time")
    return measure in timed and statistic not in counts


def figure_wanted(text: str | float, *, time: bool) -> str:
    """Return what is wanted in place of a figure that cannot be read, or nothing if it can.

    >>> figure_wanted("5.4 d", time=True), figure_wanted("5.4 d", time=False)
    ('', "a plain number or a share such as '85%'")
    """
    if isinstance(text, (int, float)):
        return ""
    try:
        (parse_duration if time else parse_share)(text)
    except ValueError:
        return "a duration such as '11.5 d'" if time else "a plain number or a share such as '85%'"
    return ""


def experiment_findings(experiment: Experiment) -> list[Finding]:
    """Return the mistakes in an experiment that can be seen without its other files."""
    arms = [a.name for a in experiment.scenarios]
    cases = [c.name for c in experiment.cases]
    found = list(twice(((n, ("scenarios", i, "name")) for i, n in enumerate(arms)), "a scenario"))
    found += twice(((n, ("cases", i, "name")) for i, n in enumerate(cases)), "a case")
    for i, arm in enumerate(experiment.scenarios):
        if arm.name == "baseline":
            found.append(
                Finding(("scenarios", i, "name"), "'baseline' is the model unchanged, want another name")
            )
        if arm.file is None and not arm.changes:
            found.append(Finding(("scenarios", i), "missing 'changes', want a 'file' or 'changes'", key=True))
        found += changes_findings(arm.changes, ("scenarios", i, "changes"))
    for i, case in enumerate(experiment.cases):
        found += changes_findings(case.changes, ("cases", i, "changes"))
    found += _alternatives(experiment, cases)
    found += _projects(experiment, arms)
    valued = [*arms, experiment.jointly] if experiment.jointly else arms
    found += named("scenario of this experiment", experiment.valued, valued, ("valued",))
    found += named("case of this experiment", experiment.main_case, cases, ("main_case",))
    found += named("measure", experiment.headline, MEASURES, ("headline",))
    found += _run(experiment)
    found += twice(((f.name, ("facts", i, "name")) for i, f in enumerate(experiment.facts)), "a fact")
    for i, fact in enumerate(experiment.facts):
        here = ("facts", i)
        found += measured(fact.measure, fact.statistic, here)
        found += _fact_figure(fact, here)
        found += named("scenario of this experiment", fact.scenario, ["baseline", *arms], (*here, "scenario"))
        found += named("case of this experiment", fact.case, cases, (*here, "case"))
    return found


def _alternatives(experiment: Experiment, cases: list[str]) -> Iterator[Finding]:
    """Yield what is wrong with the other ways to see the question."""
    made = experiment.alternatives
    yield from twice(((a.name, ("alternatives", i, "name")) for i, a in enumerate(made)), "an alternative")
    for i, one in enumerate(made):
        here = ("alternatives", i)
        if one.case is None and not one.changes and not one.value:
            yield Finding(here, "nothing is otherwise, want a 'case', 'changes' or 'value'", key=True)
        yield from named("case of this experiment", one.case, cases, (*here, "case"))
        yield from changes_findings(one.changes, (*here, "changes"))


def _projects(experiment: Experiment, arms: list[str]) -> Iterator[Finding]:
    """Yield what is wrong with the projects that are done together."""
    projects = experiment.projects
    yield from twice(((n, ("projects", i)) for i, n in enumerate(projects)), "a project")
    for i, name in enumerate(projects):
        yield from named("scenario of this experiment", name, arms, ("projects", i))
    if len(projects) == 1:
        yield Finding(("projects",), "got one project, want two or more that are done together")
    for i, some in enumerate(experiment.together):
        for j, name in enumerate(some):
            yield from named("project above", name, projects, ("together", i, j))


def _run(experiment: Experiment) -> Iterator[Finding]:
    run = experiment.run
    if not run.length > 0:
        yield Finding(("run", "length"), "got no time at all, want more than 0, such as '365 d'")
    if run.emulated_draws and run.model_draws < FEWEST_TO_EMULATE:
        text = f"got {run.emulated_draws:,} beside {run.model_draws} 'model_draws'"
        want = (
            f"want {FEWEST_TO_EMULATE} or more of those, which are simulated, for the emulator to learn from"
        )
        yield Finding(("run", "emulated_draws"), f"{text}, {want}")
    if run.precision is not None:
        yield from _precision(run, run.precision)


FEWEST_TO_EMULATE = 20
"""Simulated draws: below it no leave-one-out can say how good an emulator is (an assumption)."""


def _precision(run: RunPlan, precision: Precision) -> Iterator[Finding]:
    here = ("run", "precision")
    yield from named("measure", precision.measure, MEASURES, (*here, "measure"))
    if precision.within is not None:
        wanted = figure_wanted(precision.within, time=is_time(precision.measure))
        if wanted and precision.measure in MEASURES:
            yield Finding((*here, "within"), f"got {precision.within!r}, want {wanted}")
    if precision.at_most < run.replications:
        text = f"got {precision.at_most}, want at least the {run.replications} replications of the plan"
        yield Finding((*here, "at_most"), text)
    over_draws = {name: getattr(precision, name) for name in ("worth", "chance")}
    asked = {name: half for name, half in over_draws.items() if half is not None}
    if precision.within is None and not asked:
        yield Finding(here, "got no half-width, want 'within', 'worth' or 'chance'")
    for name, half in asked.items():
        if not half > 0:
            yield Finding((*here, name), f"got {half:g}, want more than 0")
        if not run.model_draws:
            text = "got a precision over what is not known, want 'model_draws' in the run plan too"
            yield Finding((*here, name), text)
    if asked and precision.draws_at_most < run.model_draws:
        text = f"got {precision.draws_at_most}, want at least the {run.model_draws} draws of the plan"
        yield Finding((*here, "draws_at_most"), text)


def measured(measure: str, statistic: str, trail: Trail) -> Iterator[Finding]:
    """Yield what is wrong with the names of a measure and of its statistic."""
    yield from named("measure", measure, MEASURES, (*trail, "measure"))
    statistics = MEASURES.get(measure, ())
    if statistics and statistic not in statistics:
        hint = nearest(statistic, statistics)
        yield Finding((*trail, "statistic"), f"got {statistic!r}, want a statistic of {measure}{hint}")


def _fact_figure(fact: Fact, trail: Trail) -> Iterator[Finding]:
    wanted = figure_wanted(fact.value, time=is_time(fact.measure, fact.statistic))
    if wanted and fact.measure in MEASURES:
        yield Finding((*trail, "value"), f"got {fact.value!r}, want {wanted}")


def steps_of(model: Model, pathway: str) -> dict[str, Step]:
    """Return the steps of a pathway by name, at whatever depth."""
    walked = walk_steps(model.pathways[pathway].steps)
    return {s.name: s for s in walked if not isinstance(s, Partial)}


def experiment_in_model(experiment: Experiment, models: Sequence[Model]) -> list[Finding]:
    """Return the names in an experiment that stand in none of the models (the base and each scenario's)."""
    pathways = {p for m in models for p in m.pathways}
    pools = {p for m in models for p in m.pools}
    found: list[Finding] = []
    if experiment.run.precision is not None:
        found += named("pathway", experiment.run.precision.pathway, pathways, ("run", "precision", "pathway"))
    for i, fact in enumerate(experiment.facts):
        here = ("facts", i)
        found += named("pathway", fact.pathway, pathways, (*here, "pathway"))
        found += named("pool", fact.pool, pools, (*here, "pool"))
        inside = [fact.pathway] if fact.pathway in pathways else sorted(pathways)
        steps = {s for m in models for p in inside if p in m.pathways for s in steps_of(m, p)}
        found += named("step", fact.step, steps, (*here, "step"))
    return found
