"""What a study file must also hold, by itself and against its model."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cisim.spec.plain import Finding
from cisim.spec.worth_checks import MEASURES, figure_wanted, is_time, measured, named, steps_of, twice
from cisim.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cisim.spec.model import Model
    from cisim.spec.study import Study, Target
    from cisim.spec.yamltree import Trail

_LEAST_DAYS = 28

__all__ = ["HOURLY", "LONG", "study_findings", "study_in_model"]

HOURLY, LONG = "inside_by_hour", "stayed_over"
"""Measures that a target may name beside those of a run: patients inside by hour of the day, bed time of long stays."""


def study_findings(study: Study) -> list[Finding]:
    """Return what is wrong with a study by itself."""
    found = [*twice(((h.name, ("hidden", i, "name")) for i, h in enumerate(study.hidden)), "a hidden number")]
    found += twice(((t.name, ("targets", i, "name")) for i, t in enumerate(study.targets)), "a target")
    for i, target in enumerate(study.targets):
        found += _target(target, ("targets", i), luck=study.observed is not None)
        if (target.value is None) == (target.table is None):
            got = "neither" if target.value is None else "both"
            found.append(
                Finding(("targets", i), f"got {got}, want `value` (the figure) or `table` (where it stands)")
            )
    if study.held_out is not None:
        days = (study.held_out.until - study.held_out.since).days
        if days < _LEAST_DAYS:
            text = f"got {days} days from {study.held_out.since}, want {_LEAST_DAYS} or more: weekdays are compared"
            found.append(Finding(("held_out", "until"), text))
    if all(t.role == "predicted" for t in study.targets):
        found.append(
            Finding(("targets",), "got no target that is fitted, want one or more with `role: fitted`")
        )
    return found


def _target(target: Target, here: Trail, *, luck: bool) -> Iterator[Finding]:
    time = is_time(target.measure, target.statistic)
    if target.measure == HOURLY:
        hours = [str(h) for h in range(24)]
        if target.statistic not in (*hours, "mean", "peak", "trough"):
            text = f"got {target.statistic!r}, want an hour from 0 to 23, or mean, peak or trough"
            yield Finding((*here, "statistic"), text)
    elif target.measure == LONG:
        try:
            parse_duration(target.statistic)
        except ValueError as error:
            yield Finding((*here, "statistic"), str(error))
        if target.pathway is None or target.step is None:
            yield Finding(here, f"{LONG} is about a stay, want `pathway` and `step`")
    else:
        yield from measured(target.measure, target.statistic, here)
        if target.measure not in MEASURES:
            return
    for key in ("value", "se"):
        written = getattr(target, key)
        wanted = figure_wanted(written, time=time) if written is not None else ""
        if wanted:
            yield Finding((*here, key), f"got {written!r}, want {wanted}")
    if target.se is None and target.table is None and target.tolerance == 0 and not luck:
        yield Finding(
            (*here, "tolerance"), "got 0, no `se` and no `observed`, want one of them: no figure is exact"
        )


def study_in_model(study: Study, model: Model) -> list[Finding]:
    """Return the names in targets that the model does not have."""
    found: list[Finding] = []
    for i, target in enumerate(study.targets):
        here = ("targets", i)
        found += named("pathway", target.pathway, model.pathways, (*here, "pathway"))
        found += named("pool", target.pool, model.pools, (*here, "pool"))
        inside = [target.pathway] if target.pathway in model.pathways else sorted(model.pathways)
        steps = {s for p in inside for s in steps_of(model, p)}
        found += named("step", target.step, steps, (*here, "step"))
    return [*found, *_kept_out(study, model)]


def _kept_out(study: Study, model: Model) -> Iterator[Finding]:
    """Yield what the records that were kept out name and the model does not have."""
    kept = study.held_out
    if kept is None:
        return
    for i, name in enumerate(kept.pathways):
        yield from named("pathway", name, model.pathways, ("held_out", "pathways", i))
    first = model.start + timedelta(milliseconds=study.run.warm_up)
    if kept.since < first:
        text = (
            f"got {kept.since}, but the model begins on {model.start} and warms up to {first}: want a day from then "
            "on, or an earlier `start` in the model"
        )
        yield Finding(("held_out", "from"), text)
