"""What scenario, value and experiment files must also hold, by themselves and against their model."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cisim.errors import ModelError, nearest
from cisim.spec.changes import apply
from cisim.spec.checks import exception_findings, model_findings, rota_findings, walk_steps
from cisim.spec.fields import Uncertain
from cisim.spec.model import Partial, Round
from cisim.spec.plain import Finding
from cisim.spec.scenario import SetNumber, SetPatience, SetRota
from cisim.spec.service_checks import duration_findings, most
from cisim.spec.telling_checks import told_findings, told_in_models
from cisim.spec.value import Close, Hold, Reinvest
from cisim.units import DAY, duration_text, parse_duration, parse_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cisim.spec.experiment import Experiment, Fact
    from cisim.spec.fields import UncertainShare
    from cisim.spec.model import Model, Pool, Step
    from cisim.spec.scenario import Change
    from cisim.spec.value import Option, RunningItem, Value
    from cisim.spec.yamltree import Trail

__all__ = [
    "MEASURES",
    "applied",
    "changes_findings",
    "experiment_findings",
    "experiment_in_model",
    "value_findings",
    "value_in_models",
]

_DAYS_APART = 31
"""How far the date of a closure may lie from the delay given beside it."""
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


def _twice(names: Iterable[tuple[str, Trail]], what: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for name, trail in names:
        if name in seen:
            yield Finding(trail, f"'{name}' names {what} already, want another name")
        seen.add(name)


def _named(kind: str, name: str | None, known: Iterable[str], trail: Trail) -> Iterator[Finding]:
    names = list(known)
    if name is not None and name not in names:
        yield Finding(trail, f"got {name!r}, want the name of a {kind}{nearest(name, names)}")


def _is_time(measure: str, statistic: str = "mean") -> bool:
    """Say whether a figure of a measure is a length of time."""
    counts = ("served_share", "still_waiting", "gave_up", "times")
    timed = ("length_of_stay", "wait", "blocked", "interrupted", "all_parts", "last_part_time")
    return measure in timed and statistic not in counts


def _figure(text: str | float, *, time: bool) -> str:
    """Return what is wanted in place of a figure that cannot be read, or nothing if it can.

    >>> _figure("5.4 d", time=True), _figure("5.4 d", time=False)
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
    found = list(_twice(((n, ("scenarios", i, "name")) for i, n in enumerate(arms)), "a scenario"))
    found += _twice(((n, ("cases", i, "name")) for i, n in enumerate(cases)), "a case")
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
    found += _named("scenario of this experiment", experiment.valued, arms, ("valued",))
    found += _named("case of this experiment", experiment.main_case, cases, ("main_case",))
    found += _named("measure", experiment.headline, MEASURES, ("headline",))
    found += _run(experiment)
    found += _twice(((f.name, ("facts", i, "name")) for i, f in enumerate(experiment.facts)), "a fact")
    for i, fact in enumerate(experiment.facts):
        here = ("facts", i)
        found += _measured(fact, here)
        found += _named(
            "scenario of this experiment", fact.scenario, ["baseline", *arms], (*here, "scenario")
        )
        found += _named("case of this experiment", fact.case, cases, (*here, "case"))
    return found


def _run(experiment: Experiment) -> Iterator[Finding]:
    run = experiment.run
    if not run.length > 0:
        yield Finding(("run", "length"), "got no time at all, want more than 0, such as '365 d'")
    if run.precision is not None:
        here = ("run", "precision")
        yield from _named("measure", run.precision.measure, MEASURES, (*here, "measure"))
        wanted = _figure(run.precision.within, time=_is_time(run.precision.measure))
        if wanted and run.precision.measure in MEASURES:
            yield Finding((*here, "within"), f"got {run.precision.within!r}, want {wanted}")
        if run.precision.at_most < run.replications:
            text = (
                f"got {run.precision.at_most}, want at least the {run.replications} replications of the plan"
            )
            yield Finding((*here, "at_most"), text)


def _measured(fact: Fact, trail: Trail) -> Iterator[Finding]:
    yield from _named("measure", fact.measure, MEASURES, (*trail, "measure"))
    statistics = MEASURES.get(fact.measure, ())
    if statistics and fact.statistic not in statistics:
        hint = nearest(fact.statistic, statistics)
        text = f"got {fact.statistic!r}, want a statistic of {fact.measure}{hint}"
        yield Finding((*trail, "statistic"), text)
    wanted = _figure(fact.value, time=_is_time(fact.measure, fact.statistic))
    if wanted and fact.measure in MEASURES:
        yield Finding((*trail, "value"), f"got {fact.value!r}, want {wanted}")


def _steps(model: Model, pathway: str) -> dict[str, Step]:
    walked = walk_steps(model.pathways[pathway].steps)
    return {s.name: s for s in walked if not isinstance(s, Partial)}


def experiment_in_model(experiment: Experiment, models: Sequence[Model]) -> list[Finding]:
    """Return the names in an experiment that stand in none of the models (the base and each scenario's)."""
    pathways = {p for m in models for p in m.pathways}
    pools = {p for m in models for p in m.pools}
    found: list[Finding] = []
    if experiment.run.precision is not None:
        found += _named(
            "pathway", experiment.run.precision.pathway, pathways, ("run", "precision", "pathway")
        )
    for i, fact in enumerate(experiment.facts):
        here = ("facts", i)
        found += _named("pathway", fact.pathway, pathways, (*here, "pathway"))
        found += _named("pool", fact.pool, pools, (*here, "pool"))
        inside = [fact.pathway] if fact.pathway in pathways else sorted(pathways)
        steps = {s for m in models for p in inside if p in m.pathways for s in _steps(m, p)}
        found += _named("step", fact.step, steps, (*here, "step"))
    return found


def value_findings(value: Value) -> list[Finding]:
    """Return the mistakes in a value file that can be seen without a model."""
    found = list(_twice(((o.name, ("options", i)) for i, o in enumerate(value.options)), "an option"))
    found += _twice(
        ((a.pathway, ("absorbed", i, "pathway")) for i, a in enumerate(value.absorbed)), "pathway here"
    )
    found += _twice(((r.item, ("running", i, "item")) for i, r in enumerate(value.running)), "a running cost")
    found += _twice(
        ((p.item, ("programme", i, "item")) for i, p in enumerate(value.programme)), "programme cost"
    )
    for i, item in enumerate(value.programme):
        if item.once is None and item.each_year is None:
            found.append(
                Finding(("programme", i), "missing 'once', want 'once', 'each_year' or both", key=True)
            )
    for i, option in enumerate(value.options):
        here = ("options", i)
        found += changes_findings(option.changes, (*here, "changes"))
        if isinstance(option, Close):
            found += _share(option.stranded, (*here, "stranded"))
            found += _acted(option, value, (*here, "date"))
            if option.saves.distribution().mean() <= 0:
                found.append(Finding((*here, "saves"), "got no saving, want pounds above 0, such as '£1.2m'"))
    lines = [o.budget_line for o in value.options if isinstance(o, Close)]
    found += told_findings(value.decide, value.finance, [o.name for o in value.options], lines)
    return found


def _acted(option: Close, value: Value, trail: Trail) -> Iterator[Finding]:
    """Yield what is wrong with the date of a closure: outside the years counted, or at odds with 'after'."""
    if option.date is None:
        return
    first, last = date(value.first_year, 1, 1), date(value.first_year + value.years - 1, 12, 31)
    days = (option.date - first).days
    if option.after is not None and days >= 0 and abs(days - option.after / DAY) > _DAYS_APART:
        cure = "let them agree, or leave out 'after'"
        says = f"but 'after' says {duration_text(option.after)}: {cure}"
        yield Finding(trail, f"got {option.date}, {days} days after the first year begins, {says}")
    elif not first <= option.date <= last:
        yield Finding(trail, f"got {option.date}, want a date in the years counted, {first} to {last}")


def _share(share: UncertainShare, trail: Trail) -> Iterator[Finding]:
    low, high = share.distribution().support()
    if low < 0 or high > 1:
        yield Finding(
            trail, "got a distribution that goes beyond 0% to 100%, want beta, uniform or triangular"
        )


def value_in_models(value: Value, models: Sequence[Model], valued: Model) -> list[Finding]:
    """Return what a value file says of pools, pathways and steps that stand in none of the models.

    `valued` is the model as the valued scenario makes it, on which each option's own changes are made.
    """
    pools = {n: p for m in models for n, p in m.pools.items()}
    pathways = {p for m in models for p in m.pathways}
    found: list[Finding] = []
    for i, option in enumerate(value.options):
        found += _option(option, pools, pathways, valued, ("options", i))
    for i, absorbed in enumerate(value.absorbed):
        found += _named("pathway", absorbed.pathway, pathways, ("absorbed", i, "pathway"))
    for i, item in enumerate(value.running):
        found += _running(item, models, ("running", i))
    found += told_in_models(value.team, pathways, pools)
    return found


def _option(
    option: Option, pools: dict[str, Pool], pathways: set[str], valued: Model, here: Trail
) -> Iterator[Finding]:
    if isinstance(option, Close):
        yield from _named("pool", option.pool, pools, (*here, "pool"))
        places, has = (
            option.step * option.steps,
            most(pools[option.pool]) if option.pool in pools else float("inf"),
        )
        if places > has:
            text = f"takes out {places} places, but '{option.pool}' never has more than {has:g}, want fewer"
            yield Finding((*here, "step"), text)
    elif isinstance(option, Reinvest):
        yield from _named("pathway", option.pathway, pathways, (*here, "pathway"))
    if isinstance(option, (Close, Reinvest, Hold)):
        yield from applied(valued, option.changes, (*here, "changes"))[1]


def _running(item: RunningItem, models: Sequence[Model], trail: Trail) -> Iterator[Finding]:
    here = (*trail, "of")
    if item.for_each in ("hour held", "bed-day held"):
        yield from _named("pool", item.of, {p for m in models for p in m.pools}, here)
        return
    pathway, slash, step = item.of.partition("/")
    if not slash:
        yield Finding(here, f"got {item.of!r}, want pathway/step, such as 'emergency/consultant round'")
        return
    missing = list(_named("pathway", pathway, {p for m in models for p in m.pathways}, here))
    yield from missing
    if missing:
        return
    steps = {n: s for m in models if pathway in m.pathways for n, s in _steps(m, pathway).items()}
    yield from _named("step", step, steps, here)
    if item.for_each == "opening" and step in steps and not isinstance(steps[step], Round):
        rounds = [n for n, s in steps.items() if isinstance(s, Round)]
        yield Finding(
            here, f"'{step}' is not a round and has no openings, want a round{nearest(step, rounds)}"
        )
