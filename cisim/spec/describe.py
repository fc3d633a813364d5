"""A model told back in plain English, so that a planner sees what was understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.distributions import Constant
from cisim.spec.model import (
    Activity,
    Batch,
    Branch,
    Delay,
    GoTo,
    Leave,
    Partial,
    Repeat,
    Round,
    Stay,
)
from cisim.spec.week import gaps, hourly_rates, mean_number, mean_wait
from cisim.units import DAY, HOUR, WEEK, WEEKDAYS, duration_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cisim.spec.fields import Duration
    from cisim.spec.model import (
        Arrivals,
        Calendar,
        GivesUp,
        Model,
        OpeningLine,
        Pathway,
        Pool,
        RotaLine,
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
    for name, pathway in model.pathways.items():
        lines += ["", *_pathway(name, pathway, model.calendars)]
    if model.calendars:
        lines += ["", "Openings"]
        lines += [f"  {name}: {_calendar(calendar)}" for name, calendar in model.calendars.items()]
    if model.pools:
        lines += ["", "Pools"]
        lines += [f"  {name}: {_pool(pool)}" for name, pool in model.pools.items()]
    return "\n".join(lines) + "\n"


# Words for numbers


def share_text(share: float) -> str:
    """Return a share as a percentage.

    >>> share_text(0.24), share_text(0.125), share_text(-0.05)
    ('24%', '12.5%', '-5%')
    """
    return f"{share * 100:.4g}%"


def clock_text(time: int) -> str:
    """Return a time of day.

    >>> clock_text(9 * 3_600_000)
    '09:00'
    """
    return f"{time // HOUR:02d}:{time % HOUR // 60_000:02d}"


def days_text(days: Sequence[int]) -> str:
    """Return days of the week, runs of three or more from end to end.

    >>> days_text((0, 1, 2, 3, 4)), days_text(range(7)), days_text((0, 3)), days_text((0, 1, 2, 5, 6))
    ('Mon-Fri', 'daily', 'Mon Thu', 'Mon-Wed Sat Sun')
    """
    if len(days) == 7:
        return "daily"
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    words = []
    for run in runs:
        names = [WEEKDAYS[d] for d in run]
        words.append(f"{names[0]}-{names[-1]}" if len(run) > 2 else " ".join(names))
    return " ".join(words)


def duration_words(duration: Duration) -> str:
    """Return a duration's mean and spread.

    >>> from cisim.spec.fields import Duration
    >>> (
    ...     duration_words(Duration(lognormal={"mean": "2 d", "sd": "3 d"})),
    ...     duration_words(Duration(constant="35 min")),
    ... )
    ('2 d on average (sd 3 d, lognormal)', '35 min')
    """
    distribution = duration.distribution()
    if isinstance(distribution, Constant):
        return duration_text(distribution.value) if distribution.value else "no time"
    family = type(distribution).__name__.lower()
    return (
        f"{duration_text(distribution.mean())} on average (sd {duration_text(distribution.sd())}, {family})"
    )


def openings_text(lines: Sequence[OpeningLine]) -> str:
    """Return when a calendar opens.

    >>> from cisim.spec.model import Calendar
    >>> openings_text(Calendar(openings=("Mon-Fri 09:00", "Sat 11:00")).openings)
    'Mon-Fri 09:00, Sat 11:00'
    """
    return ", ".join(f"{days_text(o.days)} {' and '.join(clock_text(t) for t in o.at)}" for o in lines)


def rota_text(lines: Sequence[RotaLine], otherwise: int) -> str:
    """Return a weekly rota.

    >>> from cisim.spec.model import Pool
    >>> line = {"days": "Mon-Fri", "from": "08:00", "to": "18:00", "number": 3}
    >>> rota_text(Pool(rota=(line,)).rota, 1)
    '3 Mon-Fri 08:00-18:00, otherwise 1'
    """
    words = [f"{r.number} {days_text(r.days)} {clock_text(r.from_)}-{clock_text(r.to)}" for r in lines]
    return ", ".join([*words, f"otherwise {otherwise}"])


def count(number: int, one: str, many: str) -> str:
    """Return a number of things.

    >>> count(1, "time", "times"), count(0, "time", "times")
    ('1 time', '0 times')
    """
    return f"{number} {one if number == 1 else many}"


# Pathways


def _pathway(name: str, pathway: Pathway, calendars: Mapping[str, Calendar]) -> list[str]:
    lines = [f"Pathway {name}", *(f"  {line}" for line in _arrivals(pathway.arrivals))]
    for attribute, values in pathway.attributes.items():
        shares = ", ".join(f"{value} {share_text(share)}" for value, share in values.items())
        lines.append(f"  Each patient's {attribute}: {shares}.")
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
    lines = [line + "."]
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
    if isinstance(step, Stay):
        lines = [f"{indent}{step.name}: in a bed of {_beds(step)}{_then(step)}."]
        lines += steps_words(step.steps, calendars, inner)
        return lines + _patience(step.gives_up, calendars, inner)
    if isinstance(step, Activity):
        needs = " and ".join(f"{number} of {pool}" for pool, number in step.needs.items()) or "nothing"
        lines = [f"{indent}{step.name}: takes {needs} for {duration_words(step.duration)}."]
        return lines + _patience(step.gives_up, calendars, inner)
    if isinstance(step, Repeat):
        return [f"{indent}{step.name}: {_times(step)}:", *steps_words(step.steps, calendars, inner)]
    if isinstance(step, Branch):
        return _branch(step, calendars, indent)
    if isinstance(step, Partial):
        lines = [f"{indent}For {share_text(step.share)} of patients (change '{step.change}'):"]
        lines += steps_words(step.changed, calendars, inner)
        return [*lines, f"{indent}For the others:", *steps_words(step.original, calendars, inner)]
    return [f"{indent}{_leaf(step, calendars)}"]


def _leaf(step: Round | Batch | Delay | Leave | GoTo, calendars: Mapping[str, Calendar]) -> str:
    if isinstance(step, Round):
        calendar = calendars.get(step.calendar)
        wait = f", a mean wait of {duration_text(mean_wait(calendar))}" if calendar else ""
        return f"{step.name}: waits for the next opening of {step.calendar}{wait}."
    if isinstance(step, Batch):
        if step.number == 1:
            return f"{step.name}: passes at once."
        longest = f", or {duration_text(step.at_most)} have passed" if step.at_most is not None else ""
        return f"{step.name}: waits until {step.number} are gathered{longest}."
    if isinstance(step, Delay):
        no_time = step.duration.distribution().support() == (0.0, 0.0)
        return f"{step.name}: {'passes at once' if no_time else duration_words(step.duration)}."
    if isinstance(step, Leave):
        return f"Leaves: {step.name}."
    return f"Goes on at {step.name}."


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


def _patience(gives_up: GivesUp | None, calendars: Mapping[str, Calendar], indent: str) -> list[str]:
    if gives_up is None:
        return []
    after = f"{indent}Who has waited {duration_words(gives_up.after)} gives up"
    if not gives_up.steps:
        return [f"{after} and goes on with the next step."]
    return [f"{after}, and then:", *steps_words(gives_up.steps, calendars, indent + "  ")]


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
    longest = f", at most {duration_text(max(between))}"
    others = (
        f"; {count(len(calendar.exceptions), 'date differs', 'dates differ')}" if calendar.exceptions else ""
    )
    return f"{openings_text(calendar.openings)}{places}; {wait}{longest}{others}."


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
    return f"{number}{others}{weekly}; paid by {pool.owner}."
