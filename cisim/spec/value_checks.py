"""What a value file must also hold: by itself, and against the models that it is asked of."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from cisim.errors import nearest
from cisim.spec.counting import counted_findings, outcome_worth
from cisim.spec.double_counting import double_counted
from cisim.spec.model import Round
from cisim.spec.pilot_checks import pilot_findings
from cisim.spec.plain import Finding
from cisim.spec.service_checks import duration_findings, least, most
from cisim.spec.telling_checks import told_findings, told_in_models
from cisim.spec.value import Avoid, Close, Redeploy, Reinvest, SpendInstead
from cisim.spec.worth_checks import (
    MEASURES,
    applied,
    changes_findings,
    figure_wanted,
    is_time,
    measured,
    named,
    steps_of,
    twice,
)
from cisim.units import DAY, duration_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cisim.spec.fields import Uncertain, UncertainShare
    from cisim.spec.model import Model, Pool
    from cisim.spec.scenario import Change
    from cisim.spec.value import (
        Absorbed,
        Counted,
        Effect,
        EqualService,
        Grid,
        Optimism,
        Option,
        Outcome,
        Payment,
        ProgrammeItem,
        RunningItem,
        ServiceMeasure,
        Value,
    )
    from cisim.spec.yamltree import Trail

__all__ = ["value_findings", "value_in_models"]

_DAYS_APART = 31
"""How far the date of an action may lie from the delay given beside it."""


def value_findings(value: Value) -> list[Finding]:
    """Return the mistakes in a value file that can be seen without a model."""
    found = list(twice(((o.name, ("options", i)) for i, o in enumerate(value.options)), "an option"))
    found += twice(
        ((a.pathway, ("absorbed", i, "pathway")) for i, a in enumerate(value.absorbed)), "pathway here"
    )
    found += twice(((r.item, ("running", i, "item")) for i, r in enumerate(value.running)), "a running cost")
    found += twice(
        ((p.item, ("programme", i, "item")) for i, p in enumerate(value.programme)), "programme cost"
    )
    found += twice(((p.pathway, ("payment", i, "pathway")) for i, p in enumerate(value.payment)), "a payment")
    found += twice(((o.outcome, ("outcomes", i, "outcome")) for i, o in enumerate(value.outcomes)), "a line")
    for i, item in enumerate(value.programme):
        found += _programme(item, value.years, ("programme", i))
    for i, payment in enumerate(value.payment):
        found += _payment(payment, value, ("payment", i))
    for i, option in enumerate(value.options):
        found += changes_findings(option.changes, ("options", i, "changes"))
        found += _option(option, value, ("options", i))
    if value.effect is not None:
        found += _effect(value.effect, value.years, ("effect",))
    for i, outcome in enumerate(value.outcomes):
        found += _outcome(outcome, value, ("outcomes", i))
    if value.service is not None:
        found += _service(value.service, ("service",))
    found += double_counted(value)
    found += pilot_findings(value.pilots, value.years)
    lines = [o.budget_line for o in value.options if isinstance(o, (Close, Redeploy))]
    found += told_findings(value.decide, value.finance, [o.name for o in value.options], lines)
    return found


# Programme, payment


def _programme(item: ProgrammeItem, years: int, here: Trail) -> Iterator[Finding]:
    hours = {n: getattr(item, n) for n in ("people", "hours", "an_hour")}
    given = [n for n, v in hours.items() if v is not None]
    missing = [n for n, v in hours.items() if v is None]
    amounts = [n for n in ("once", "each_year") if getattr(item, n) is not None]
    if given and missing:
        text = f"missing '{missing[0]}', want 'people', 'hours' and 'an_hour' together"
        yield Finding(here, text, key=True)
    if not given and not amounts:
        text = "missing 'once', want 'once', 'each_year' or both, or 'people', 'hours' and 'an_hour'"
        yield Finding(here, text, key=True)
    if given and amounts:
        text = f"'{amounts[0]}' stands beside '{given[0]}', want one of them: two costs are two items"
        yield Finding((*here, amounts[0]), text, key=True)
    for name in given:
        yield from _not_below_zero(hours[name], (*here, name))
    yield from _hours_terms(item, years, here, by_hours=bool(given))


def _hours_terms(item: ProgrammeItem, years: int, here: Trail, *, by_hours: bool) -> Iterator[Finding]:
    """Yield what is wrong with the terms on which hours are valued, and with the year of a cost."""
    if item.valued_at != "pay" and item.kind == "direct":
        text = "but what is paid for directly is valued at pay: want kind: indirect, or valued_at: pay"
        yield Finding((*here, "valued_at"), f"got {item.valued_at!r}, {text}")
    elif item.valued_at != "pay" and not by_hours:
        text = f"got {item.valued_at!r}, want it beside 'people', 'hours' and 'an_hour' alone"
        yield Finding((*here, "valued_at"), text)
    if item.year == "each":
        if not by_hours:
            text = "got 'each', want it beside hours alone; an amount of every year is 'each_year'"
            yield Finding((*here, "year"), text)
    elif not 1 <= item.year <= years:
        text = f"got {item.year}, want a year of those counted, 1 to {years}"
        yield Finding((*here, "year"), text)


def _not_below_zero(number: Uncertain[float] | None, trail: Trail) -> Iterator[Finding]:
    if number is not None and number.distribution().mean() < 0:
        yield Finding(trail, f"got {number.distribution().mean():g}, want 0 or more")


def _payment(payment: Payment, value: Value, here: Trail) -> Iterator[Finding]:
    rule = payment.rule
    if rule != "block" and payment.price is None:
        yield Finding(here, f"missing 'price', want what is paid for one patient under '{rule}'", key=True)
    for name, of in (("cap", "capped"), ("share", "blended")):
        stated = getattr(payment, name)
        if rule == of and stated is None:
            yield Finding(here, f"missing '{name}', which the rule '{of}' needs", key=True)
        elif rule != of and stated is not None:
            text = (
                f"'{name}' belongs to the rule '{of}' and not to '{rule}': leave it out, or change the rule"
            )
            yield Finding((*here, name), text, key=True)
    yield from _share(payment.share, (*here, "share"))
    yield from _not_below_zero(payment.price, (*here, "price"))
    yield from _not_below_zero(payment.cap, (*here, "cap"))
    treated: list[tuple[Reinvest | Absorbed, Trail]] = [
        *((o, ("options", i)) for i, o in enumerate(value.options) if isinstance(o, Reinvest)),
        *((a, ("absorbed", i)) for i, a in enumerate(value.absorbed)),
    ]
    known = [one.pathway for one, _ in treated]
    if payment.pathway not in known:
        text = "want a pathway whose patients have a worth: in 'absorbed', or reinvested"
        yield Finding((*here, "pathway"), f"got {payment.pathway!r}, {text}{nearest(payment.pathway, known)}")
    for one, trail in treated:
        if one.pathway == payment.pathway and one.each.income is not None:
            text = f"'payment' says already how {one.pathway} is paid; 'income' is activity at that price"
            yield Finding((*trail, "each", "income"), f"{text}: leave one of them out", key=True)


# Options


def _option(option: Option, value: Value, here: Trail) -> Iterator[Finding]:
    if isinstance(option, Close):
        yield from _share(option.stranded, (*here, "stranded"))
        yield from _acted(option, value, (*here, "date"))
        if option.saves.distribution().mean() <= 0:
            yield Finding((*here, "saves"), "got no saving, want pounds above 0, such as '£1.2m'")
        yield from _steps(option, here)
        yield from _dates(option, value, (*here, "dates"))
    elif isinstance(option, Redeploy):
        yield from _acted(option, value, (*here, "date"))
        both = option.saves_there is not None, option.relief is not None
        if not any(both):
            text = "missing 'saves_there', want 'saves_there' or 'relief': what the step does where it lands"
            yield Finding(here, text, key=True)
        elif all(both):
            text = "got 'relief' beside 'saves_there': what a step does is counted once, want one of them"
            yield Finding((*here, "relief"), text, key=True)
        if option.relief is not None:
            yield from _not_below_zero(option.relief.patients, (*here, "relief", "patients"))
    elif isinstance(option, Avoid):
        yield from _avoid(option, value, here)
    elif isinstance(option, SpendInstead):
        for name in ("once", "each_year"):
            yield from _not_below_zero(getattr(option, name), (*here, name))


def _steps(option: Close, here: Trail) -> Iterator[Finding]:
    if option.at_most is not None and option.steps != "most":
        text = f"'at_most' belongs to 'steps: most', and 'steps' is {option.steps}: leave it out"
        yield Finding((*here, "at_most"), text, key=True)


def _dates(option: Close, value: Value, trail: Trail) -> Iterator[Finding]:
    """Yield what is wrong with the dates of the steps of one closure."""
    if not option.dates:
        return
    for name in ("date", "after"):
        if getattr(option, name) is not None:
            yield Finding(trail, f"got 'dates' beside '{name}', want one of them", key=True)
    if option.steps == "most" or len(option.dates) != option.steps:
        text = f"got {len(option.dates)} dates for {option.steps} steps, want one for each"
        yield Finding(trail, text)
    if any(later < sooner for sooner, later in pairwise(option.dates)):
        yield Finding(trail, "got dates out of order, want the first step's first")
    first, last = _counted(value)
    for i, day in enumerate(option.dates):
        if not first <= day <= last:
            text = f"got {day}, want a date in the years counted, {first} to {last}"
            yield Finding((*trail, i), text)


def _avoid(option: Avoid, value: Value, here: Trail) -> Iterator[Finding]:
    if option.in_run_rate:
        text = "got true: it is paid already, so ending it is cash and not avoided: use close"
        yield Finding((*here, "in_run_rate"), text)
    if option.cost.distribution().mean() <= 0:
        yield Finding((*here, "cost"), "got no cost, want pounds above 0, such as '£1.2m'")
    first, last = _counted(value)
    if not first <= option.begins <= last:
        text = f"got {option.begins}, want a date in the years counted, {first} to {last}"
        yield Finding((*here, "from"), text)


def _counted(value: Value) -> tuple[date, date]:
    return date(value.first_year, 1, 1), date(value.first_year + value.years - 1, 12, 31)


def _acted(option: Close | Redeploy, value: Value, trail: Trail) -> Iterator[Finding]:
    """Yield what is wrong with the date of an action: outside the years counted, or at odds with 'after'."""
    if option.date is None:
        return
    first, last = _counted(value)
    days = (option.date - first).days
    if option.after is not None and days >= 0 and abs(days - option.after / DAY) > _DAYS_APART:
        cure = "let them agree, or leave out 'after'"
        says = f"but 'after' says {duration_text(option.after)}: {cure}"
        yield Finding(trail, f"got {option.date}, {days} days after the first year begins, {says}")
    elif not first <= option.date <= last:
        yield Finding(trail, f"got {option.date}, want a date in the years counted, {first} to {last}")


def _share(share: UncertainShare | None, trail: Trail) -> Iterator[Finding]:
    if share is None:
        return
    low, high = share.distribution().support()
    if low < 0 or high > 1:
        yield Finding(
            trail, "got a distribution that goes beyond 0% to 100%, want beta, uniform or triangular"
        )


# Effect, outcomes, service


def _effect(effect: Effect, years: int, here: Trail) -> Iterator[Finding]:
    for i, share in enumerate(effect.adoption):
        yield from _share(share, (*here, "adoption", i))
    if len(effect.adoption) > years:
        text = f"got {len(effect.adoption)} shares for {years} years, want one a year at most"
        yield Finding((*here, "adoption"), text)
    for name in ("fidelity", "attribution", "displacement"):
        yield from _share(getattr(effect, name), (*here, name))
    if effect.ramp_up is not None:
        yield from duration_findings(effect.ramp_up, (*here, "ramp_up"))
    if effect.decay is not None:
        yield from _share(effect.decay.keeps, (*here, "decay", "keeps"))
    if effect.optimism is not None:
        yield from _optimism(effect.optimism, (*here, "optimism"))
    if effect.grid is not None:
        yield from _grid(effect.grid, years, (*here, "grid"))


def _optimism(optimism: Optimism, here: Trail) -> Iterator[Finding]:
    for name in ("mitigation", "benefit"):
        yield from _share(getattr(optimism, name), (*here, name))
    if optimism.mitigation is not None and optimism.cost is None:
        yield Finding(here, "missing 'cost', which 'mitigation' is a share of", key=True)
    if optimism.delay is not None:
        yield from duration_findings(optimism.delay, (*here, "delay"))


def _grid(grid: Grid, years: int, here: Trail) -> Iterator[Finding]:
    for name, values in (("reach", grid.reach), ("years", grid.years)):
        if not values:
            yield Finding((*here, name), "got nothing, want at least one")
        elif any(later <= sooner for sooner, later in pairwise(values)):
            yield Finding((*here, name), "got values out of order, want each larger than the one before")
    if grid.reach and (grid.reach[0], grid.reach[-1]) != (0.0, 1.0):
        yield Finding((*here, "reach"), "want it to begin with 0% and to end with 100%, to lie between them")
    if grid.years and grid.years[0] != 1:
        yield Finding((*here, "years"), f"got year {grid.years[0]} first, want 1, the model as it is")
    if grid.years and max(grid.years) > years:
        text = f"got year {max(grid.years)}, want years of those counted, 1 to {years}"
        yield Finding((*here, "years"), text)


def _outcome(outcome: Outcome, value: Value, here: Trail) -> Iterator[Finding]:
    yield from counted_findings(outcome.counts, (*here, "counts"))
    yield from outcome_worth(outcome, here)
    if outcome.kind == "cash-releasing" and not (outcome.budget_line and outcome.holder and outcome.date):
        text = "got 'cash-releasing', want a 'budget_line', its 'holder' and a 'date' beside it"
        yield Finding((*here, "kind"), text)
    first, last = _counted(value)
    if outcome.date is not None and not first <= outcome.date <= last:
        text = f"got {outcome.date}, want a date in the years counted, {first} to {last}"
        yield Finding((*here, "date"), text)
    if not outcome.source.strip():
        text = "got nothing, want where the worth comes from: a publication, local data, or 'assumption'"
        yield Finding((*here, "source"), text)


OUTLIERS = "outliers"
"""The share of a stay's beds that were of another pool than the first; measured for service alone."""


def _service(service: EqualService, here: Trail) -> Iterator[Finding]:
    if not 0.5 <= service.probability < 1:
        text = f"got {service.probability:.4g}, want 50% or more and less than 100%"
        yield Finding((*here, "probability"), text)
    for i, one in enumerate(service.measures):
        trail = (*here, "measures", i)
        if one.measure != OUTLIERS:
            yield from measured(one.measure, one.statistic, trail)
        if one.above is not None and one.measure != "wait":
            yield Finding((*trail, "above"), f"belongs to 'wait', not to {one.measure!r}", key=True)
        time = one.above is None and is_time(one.measure, one.statistic)
        wanted = figure_wanted(one.margin, time=time)
        if wanted and one.measure in (*MEASURES, OUTLIERS):
            yield Finding((*trail, "margin"), f"got {one.margin!r}, want {wanted}")


# Against the models


def value_in_models(
    value: Value, models: Sequence[Model], valued: Model, made: Sequence[Change] = ()
) -> list[Finding]:
    """Return what a value file says of pools, pathways and steps that stand in none of the models.

    `valued` is the model as the valued scenario makes it by the changes `made`; each option's own changes are
    made on it, or on the first of `models`, the baseline, where the scenario is not run for it.
    """
    pools = {n: p for m in models for n, p in m.pools.items()}
    pathways = {p for m in models for p in m.pathways}
    found: list[Finding] = []
    for i, option in enumerate(value.options):
        found += _option_in_model(option, pools, pathways, ("options", i))
        begins = models[0] if isinstance(option, SpendInstead) else valued
        found += applied(begins, option.changes, ("options", i, "changes"))[1]
    for i, absorbed in enumerate(value.absorbed):
        found += named("pathway", absorbed.pathway, pathways, ("absorbed", i, "pathway"))
    for i, item in enumerate(value.running):
        found += _running(item, models, ("running", i))
    for i, outcome in enumerate(value.outcomes):
        found += _places(outcome.counts, models, ("outcomes", i, "counts"))
    for i, one in enumerate(value.service.measures if value.service is not None else ()):
        found += _places(one, models, ("service", "measures", i))
    found += told_in_models(value.team, pathways, pools)
    found += double_counted(value, models, made)
    return found


def _option_in_model(
    option: Option, pools: dict[str, Pool], pathways: set[str], here: Trail
) -> Iterator[Finding]:
    if isinstance(option, (Close, Redeploy)):
        yield from named("pool", option.pool, pools, (*here, "pool"))
        if option.pool in pools:
            yield from _taken_out(option, pools[option.pool], here)
    if isinstance(option, Reinvest):
        yield from named("pathway", option.pathway, pathways, (*here, "pathway"))
    if isinstance(option, Redeploy) and option.relief is not None and option.relief.pathway in pathways:
        text = (
            f"got {option.relief.pathway!r}, whose patients the simulation counts already: change the model by"
            " 'changes' instead, and leave 'relief' to services outside of it"
        )
        yield Finding((*here, "relief", "pathway"), text)


def _taken_out(option: Close | Redeploy, pool: Pool, here: Trail) -> Iterator[Finding]:
    steps = 1 if option.steps == "most" else option.steps
    places, has, stays = option.step * steps, most(pool), option.minimum_safe
    if places > has:
        text = f"takes out {places} places, but '{option.pool}' never has more than {has:g}, want fewer"
        yield Finding((*here, "step"), text)
    elif isinstance(stays, int) and least(pool) - places < stays:
        text = f"takes out {places} places of '{option.pool}', which has {least(pool):g} at its lowest hour"
        yield Finding((*here, "step"), f"{text}, and {stays} must stay: want fewer")


def _places(of: Counted | ServiceMeasure, models: Sequence[Model], here: Trail) -> Iterator[Finding]:
    pathways = {p for m in models for p in m.pathways}
    yield from named("pathway", of.pathway, pathways, (*here, "pathway"))
    yield from named("pool", of.pool, {p for m in models for p in m.pools}, (*here, "pool"))
    inside = [of.pathway] if of.pathway in pathways else sorted(pathways)
    steps = {s for m in models for p in inside if p in m.pathways for s in steps_of(m, p)}
    yield from named("step", of.step, steps, (*here, "step"))


def _running(item: RunningItem, models: Sequence[Model], trail: Trail) -> Iterator[Finding]:
    here = (*trail, "of")
    if item.for_each in ("hour held", "bed-day held"):
        yield from named("pool", item.of, {p for m in models for p in m.pools}, here)
        return
    pathway, slash, step = item.of.partition("/")
    if not slash:
        yield Finding(here, f"got {item.of!r}, want pathway/step, such as 'emergency/consultant round'")
        return
    missing = list(named("pathway", pathway, {p for m in models for p in m.pathways}, here))
    yield from missing
    if missing:
        return
    steps = {n: s for m in models if pathway in m.pathways for n, s in steps_of(m, pathway).items()}
    yield from named("step", step, steps, here)
    if item.for_each == "opening" and step in steps and not isinstance(steps[step], Round):
        rounds = [n for n, s in steps.items() if isinstance(s, Round)]
        yield Finding(
            here, f"'{step}' is not a round and has no openings, want a round{nearest(step, rounds)}"
        )
