"""A model told back in plain English, so that a planner sees what was understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.spec.amounts import (
    clock_text,
    count,
    days_text,
    duration_words,
    openings_text,
    rota_text,
    share_text,
)
from cisim.spec.describe_service import (
    needs_words,
    pool_words,
    service_words,
    starting_words,
    together_words,
    year_words,
)
from cisim.spec.model import (
    Activity,
    AllOf,
    Batch,
    Branch,
    ComesBack,
    Delay,
    GoTo,
    Leave,
    Own,
    Partial,
    Repeat,
    Round,
    Stay,
)
from cisim.spec.week import gaps, hourly_rates, mean_number, mean_wait
from cisim.units import DAY, HOUR, WEEK, WEEKDAYS, duration_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cisim.spec.model import (
        Arrivals,
        Calendar,
        Model,
        Pathway,
        Pool,
        Step,
    )

__all__ = [
    "clock_text",
    "count",
    "days_text",
    "describe",
    "duration_words",
    "openings_text",
    "rota_text",
    "share_text",
    "steps_words",
]


def describe(model: Model) -> str:
    """Return the model in words, as an outline: who comes, what happens to them, with what."""
    lines = [f"{model.model}, from {WEEKDAYS[model.start.weekday()]} {model.start.day} {model.start:%B %Y}"]
    if model.bank_holidays_of != "England":
        lines[0] += f", with the bank holidays of {model.bank_holidays_of}"
    for name, pathway in model.pathways.items():
        lines += ["", *_pathway(name, pathway, model.calendars)]
    if model.calendars:
        lines += ["", "Openings"]
        lines += [f"  {name}: {_calendar(calendar)}" for name, calendar in model.calendars.items()]
    if model.pools:
        lines += ["", "Pools"]
        lines += [f"  {name}: {_pool(pool)}" for name, pool in model.pools.items()]
    return "\n".join(lines) + "\n"


# Pathways


def _pathway(name: str, pathway: Pathway, calendars: Mapping[str, Calendar]) -> list[str]:
    lines = [f"Pathway {name}", *(f"  {line}" for line in _arrivals(pathway.arrivals))]
    for attribute, values in pathway.attributes.items():
        shares = ", ".join(f"{value} {share_text(share)}" for value, share in values.items())
        lines.append(f"  Each patient's {attribute}: {shares}.")
    lines += [f"  {starting_words(one)}" for one in pathway.starting]
    return lines + steps_words(pathway.steps, calendars, "  ")


def _arrivals(arrivals: Arrivals) -> list[str]:
    if arrivals.rate is None and not arrivals.listed:
        return ["Nobody arrives."]
    if arrivals.rate is None:
        return [f"{count(len(arrivals.listed or ()), 'arrival', 'arrivals')}, listed one by one."]
    line = f"About {arrivals.rate * DAY:.2f} patients a day, on average {arrivals.rate * WEEK:.1f} a week"
    rates = hourly_rates(arrivals)
    if max(rates) > min(rates):
        busiest = rates.index(max(rates))
        # A profile of 24 hours is the same every day, so no day is named.
        day = "" if rates[:24] * 7 == rates else f"{WEEKDAYS[busiest // 24]} "
        hour = busiest % 24
        line += f"; busiest hour {day}{hour:02d}:00-{hour + 1:02d}:00, with {max(rates) * HOUR:.2f}"
    lines = [line + ".", *year_words(arrivals)]
    if arrivals.day_effect is not None:
        lines.append(_day_effect(arrivals.rate, arrivals.day_effect.cv, arrivals.day_effect.group))
    return lines


def _day_effect(rate: float, cv: float, group: str) -> str:
    ratio = 1 + rate * DAY * cv**2  # of a Poisson count whose mean is gamma
    return (
        f"A day effect of {share_text(cv)}, shared by group '{group}': "
        f"a day's number has a variance of about {ratio:.2f} times its mean."
    )


def steps_words(steps: Sequence[Step], calendars: Mapping[str, Calendar], indent: str) -> list[str]:
    """Return one line for each step, those inside it indented below."""
    lines = []
    for step in steps:
        lines += _step(step, calendars, indent)
    return lines


def _step(step: Step, calendars: Mapping[str, Calendar], indent: str) -> list[str]:
    inner = indent + "  "
    if isinstance(step, (Activity, Stay, Round)):
        inside = steps_words(step.steps, calendars, inner) if isinstance(step, Stay) else []
        service = [f"{inner}{line}" for line in service_words(step)]
        return [f"{indent}{_asks(step, calendars)}", *service, *inside, *_aside(step, calendars, inner)]
    if isinstance(step, Repeat):
        return [f"{indent}{step.name}: {_times(step)}:", *steps_words(step.steps, calendars, inner)]
    if isinstance(step, Branch):
        return _branch(step, calendars, indent)
    if isinstance(step, AllOf):
        lines = [f"{indent}{step.name}: {len(step.parts)} parts at once, until the last is done:"]
        for part in step.parts:
            lines += [f"{inner}{part.name}:", *steps_words(part.steps, calendars, inner + "  ")]
        return lines
    if isinstance(step, Partial):
        lines = [f"{indent}For {share_text(step.share)} of patients (change '{step.change}'):"]
        lines += steps_words(step.changed, calendars, inner) or [f"{inner}Nothing; they go straight on."]
        return [*lines, f"{indent}For the others:", *steps_words(step.original, calendars, inner)]
    together = step.together if isinstance(step, Batch) else None
    taken = together_words(together) if together is not None else []
    return [f"{indent}{_leaf(step)}", *(f"{inner}{line}" for line in taken)]


def _asks(step: Activity | Stay | Round, calendars: Mapping[str, Calendar]) -> str:
    if isinstance(step, Stay):
        return f"{step.name}: in a bed of {_beds(step)}{_then(step)}."
    if isinstance(step, Activity):
        return f"{step.name}: takes {needs_words(step)} for {duration_words(step.duration)}."
    calendar = calendars.get(step.calendar)
    wait = f", a mean wait of {duration_text(mean_wait(calendar))}" if calendar else ""
    return f"{step.name}: waits for the next opening of {step.calendar}{wait}."


def _leaf(step: Batch | Delay | Leave | ComesBack | GoTo | Own) -> str:
    if isinstance(step, Batch):
        if step.number == 1:
            return f"{step.name}: passes at once."
        longest = f", or {duration_text(step.at_most)} have passed" if step.at_most is not None else ""
        return f"{step.name}: waits until {step.number} are gathered{longest}."
    if isinstance(step, Delay):
        no_time = step.duration.distribution().support() == (0.0, 0.0)
        return f"{step.name}: {'passes at once' if no_time else duration_words(step.duration)}."
    if isinstance(step, ComesBack):
        at = f" at {step.at}" if step.at is not None else ""
        return f"{step.name}: leaves ({step.outcome}) and comes back{at} after {duration_words(step.after)}."
    if isinstance(step, Own):
        return f"{step.name}: a step of your own, '{step.does}', on the reference engine alone."
    return f"Leaves: {step.name}." if isinstance(step, Leave) else f"Goes on at {step.name}."


def _beds(stay: Stay) -> str:
    first, *others = stay.beds
    words = [f"{b.pool} (after waiting {duration_text(b.after)})" if b.after else b.pool for b in others]
    return ", else ".join([first.pool, *words])


def _then(stay: Stay) -> str:
    return {
        "until next bed": ", kept until the next bed is given if one is wanted",
        "release": ", freed at once at its end",
        "hold": ", kept through what follows until the next bed or the end",
    }[stay.then]


def _aside(step: Activity | Stay | Round, calendars: Mapping[str, Calendar], indent: str) -> list[str]:
    """Return what becomes of those turned away, and of those who give up."""
    lines: list[str] = []
    limit = step.limit if not isinstance(step, Round) else None
    if limit is not None:
        who = f"{indent}Who would wait behind {limit.waiting} is turned away"
        lines += _then_steps(who, limit.steps, calendars, indent)
    if step.gives_up is not None:
        who = f"{indent}Who has waited {duration_words(step.gives_up.after)} gives up"
        lines += _then_steps(who, step.gives_up.steps, calendars, indent)
    return lines


def _then_steps(who: str, steps: Sequence[Step], calendars: Mapping[str, Calendar], indent: str) -> list[str]:
    if not steps:
        return [f"{who} and goes on with the next step."]
    return [f"{who}, and then:", *steps_words(steps, calendars, indent + "  ")]


def _times(step: Repeat) -> str:
    if isinstance(step.times, dict):
        shares = ", ".join(f"{count(n, 'time', 'times')} for {share_text(s)}" for n, s in step.times.items())
        return f"{shares} of patients ({sum(n * s for n, s in step.times.items()):.2f} on average)"
    return count(step.times, "time", "times")


def _branch(step: Branch, calendars: Mapping[str, Calendar], indent: str) -> list[str]:
    by = f" by {step.by}" if step.by is not None else ""
    lines = [f"{indent}{step.name}: one of {count(len(step.ways), 'way', 'ways')}{by}:"]
    for way in step.ways:
        who = (
            f"{share_text(way.share or 0.0)}"
            if step.by is None
            else f"where it is {way.when or 'anything else'}"
        )
        colon = ":" if way.steps else ", goes straight on."
        lines.append(f"{indent}  {way.name}, {who}{colon}")
        lines += steps_words(way.steps, calendars, indent + "    ")
    return lines


# Calendars and pools


def _calendar(calendar: Calendar) -> str:
    places = f", {count(calendar.places, 'place', 'places')} each" if calendar.places is not None else ""
    between = gaps(calendar)
    wait = f"a patient who comes at any moment waits {duration_text(mean_wait(calendar))} on average"
    holidays = ""
    if calendar.bank_holidays is not None:
        day = calendar.bank_holidays
        held = "closed on" if day == "closed" else f"as on {WEEKDAYS[int(day)]} on"
        holidays = f"; {held} bank holidays"
    longest = f", at most {duration_text(max(between))}"
    others = (
        f"; {count(len(calendar.exceptions), 'date differs', 'dates differ')}" if calendar.exceptions else ""
    )
    return f"{openings_text(calendar.openings)}{places}; {wait}{longest}{others}{holidays}."


def _pool(pool: Pool) -> str:
    mean = mean_number(pool)
    if pool.number == "unlimited":
        number = f"unlimited {pool.kind}"
    elif pool.rota:
        number = f"{pool.kind}: {rota_text(pool.rota, pool.otherwise)}"
    else:
        number = f"{pool.number if pool.number is not None else pool.otherwise} {pool.kind}"
    unit, hours = ("bed-days", 7.0) if pool.kind in ("beds", "slots") else ("hours", 168.0)
    unit = "slot-days" if pool.kind == "slots" else unit
    weekly = f", {mean * hours:.6g} {unit} a week" if mean is not None else ""
    others = f", {count(len(pool.exceptions), 'exception', 'exceptions')}" if pool.exceptions else ""
    return f"{number}{others}{weekly}; paid by {pool.owner}{pool_words(pool)}."
