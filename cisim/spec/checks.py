"""What a model must also hold, once each setting is right by itself: names, sums, rotas, ways to the end.

Every check yields `Finding` with the trail of the place that it is about; nothing here raises.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cisim.spec.flow import flow_findings
from cisim.spec.model import Activity, AllOf, Branch, ComesBack, Partial, Repeat, Round, Stay
from cisim.spec.place_checks import all_of_findings, comes_back_findings, starting_findings
from cisim.spec.plain import Finding
from cisim.spec.service_checks import cover_findings, duration_findings, hint, service_findings
from cisim.spec.tree import inner_lists, kind_of
from cisim.units import DAY, WEEK, WEEKDAYS, parse_weekdays

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cisim.spec.model import Arrivals, Calendar, Model, Pathway, Pool, RotaException, RotaLine, Step
    from cisim.spec.yamltree import Trail

__all__ = [
    "SUM_TOLERANCE",
    "exception_findings",
    "model_findings",
    "pool_findings",
    "rota_findings",
    "shares_finding",
    "walk_steps",
]

SUM_TOLERANCE = 1e-9
_MOST_PLACES = 100_000
_MOST_TIMES = 1_000
_MOST_A_DAY = 100_000
_MOST_FACTOR = 100
_MOMENT = "%Y-%m-%d %H:%M"


def model_findings(model: Model) -> list[Finding]:
    """Return every mistake in a model whose settings are each right by themselves."""
    found: list[Finding] = []
    for name, pool in model.pools.items():
        found += pool_findings(pool, ("pools", name))
    for name, calendar in model.calendars.items():
        found += _calendar(calendar, ("calendars", name))
    for name, pathway in model.pathways.items():
        found += _pathway(model, pathway, ("pathways", name))
    found += cover_findings(model)
    for name in model.pathways:
        if "/" in name:
            found.append(
                Finding(("pathways", name), f"got the name {name!r}, want one without '/'", key=True)
            )
    return found


def shares_finding(shares: Mapping[str, float], trail: Trail, what: str) -> list[Finding]:
    """Return a finding if shares do not sum to one.

    >>> shares_finding({"a": 0.5, "b": 0.4}, ("x",), "shares")[0].text
    'got shares that sum to 90%, want a sum of 100%'
    """
    total = sum(shares.values())
    if not shares:
        return [Finding(trail, f"got no {what}, want at least one")]
    if abs(total - 1) > SUM_TOLERANCE:
        return [Finding(trail, f"got {what} that sum to {total * 100:.10g}%, want a sum of 100%")]
    return []


def _clock(milliseconds: int) -> str:
    minutes = milliseconds % DAY // 60_000
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _line_words(line: RotaLine) -> str:
    days = " ".join(WEEKDAYS[d] for d in line.days) if len(line.days) < 7 else "daily"
    return f"{days} {_clock(line.from_)} to {_clock(line.to) if line.to % DAY else '24:00'}"


def _spans(line: RotaLine) -> list[tuple[int, int]]:
    length = line.to - line.from_ if line.to > line.from_ else line.to + DAY - line.from_
    return [(d * DAY + line.from_, d * DAY + line.from_ + length) for d in line.days]


def _overlap(first: RotaLine, second: RotaLine) -> int | None:
    """Return the first moment of the week (ms) that lies in both lines."""
    both = [
        max(a, c + shift) % WEEK
        for a, b in _spans(first)
        for c, d in _spans(second)
        for shift in (-WEEK, 0, WEEK)
        if max(a, c + shift) < min(b, d + shift)
    ]
    return min(both) if both else None


def rota_findings(rota: Sequence[RotaLine], trail: Trail) -> Iterator[Finding]:
    """Yield the pairs of lines that overlap."""
    for j, second in enumerate(rota):
        for i, first in enumerate(rota[:j]):
            at = _overlap(first, second)
            if at is not None:
                moment = f"{WEEKDAYS[at // DAY]} {_clock(at)}"
                words = f"line {j + 1} ({_line_words(second)}) overlaps line {i + 1} ({_line_words(first)})"
                past = any(line.to <= line.from_ for line in (first, second))
                note = "; a line that ends at or before its beginning runs past midnight" if past else ""
                yield Finding((*trail, j), f"{words} on {moment}, want lines apart{note}")


def _span(one: RotaException) -> tuple[datetime, datetime]:
    if one.date is not None:
        begin = datetime.combine(one.date, datetime.min.time())
        return begin, begin + timedelta(days=1)
    begin = one.from_.when if one.from_ is not None else datetime.min  # noqa: DTZ901 - a local clock
    return begin, one.to.when if one.to is not None else datetime.max  # noqa: DTZ901 - a local clock


def exception_findings(exceptions: Sequence[RotaException], trail: Trail) -> Iterator[Finding]:
    """Yield exceptions that name no time, two times, a time that ends before it begins, or overlap."""
    for j, one in enumerate(exceptions):
        here = (*trail, j)
        if one.date is not None and (one.from_ is not None or one.to is not None):
            yield Finding(here, "got both 'date' and 'from' or 'to', want a date, or a time from and to")
        elif one.date is None and one.from_ is None:
            yield Finding(here, "missing 'date', want a date, or 'from' and 'to'", key=True)
        elif _span(one)[0] >= _span(one)[1]:
            yield Finding(
                (*here, "to"),
                f"got {_span(one)[1]:{_MOMENT}}, not after 'from' {_span(one)[0]:{_MOMENT}}, want it after",
            )
        else:
            for i, other in enumerate(exceptions[:j]):
                (a, b), (c, d) = _span(one), _span(other)
                if max(a, c) < min(b, d):
                    yield Finding(
                        here, f"overlaps exception {i + 1} on {max(a, c):{_MOMENT}}, want exceptions apart"
                    )


def pool_findings(pool: Pool, trail: Trail) -> Iterator[Finding]:
    """Yield the mistakes of one pool."""
    if pool.number is None and not pool.rota:
        yield Finding(trail, "missing 'number', want a whole number, 'unlimited', or a 'rota'", key=True)
    if pool.number is not None and pool.rota:
        yield Finding((*trail, "rota"), "got both a number and a rota, want one of them", key=True)
    if pool.number is not None and "otherwise" in pool.model_fields_set and not pool.rota:
        yield Finding((*trail, "otherwise"), "stands only beside a rota, want it taken away", key=True)
    if pool.number == "unlimited" and pool.exceptions:
        text = "got exceptions to 'unlimited', which change nothing: give a whole 'number', or take them away"
        yield Finding((*trail, "exceptions"), text, key=True)
    if isinstance(pool.number, int) and pool.number > _MOST_PLACES:
        text = f"got {pool.number}, want at most {_MOST_PLACES:,}; for a pool without limit write 'unlimited'"
        yield Finding((*trail, "number"), text)
    yield from _weekly(pool, trail)
    yield from rota_findings(pool.rota, (*trail, "rota"))
    yield from exception_findings(pool.exceptions, (*trail, "exceptions"))


def _weekly(pool: Pool, trail: Trail) -> Iterator[Finding]:
    """Yield the mistakes in breaks, bank holidays and turn-round."""
    if pool.breaks and pool.number == "unlimited":
        text = "got breaks in 'unlimited', which change nothing: give a whole 'number', or take them away"
        yield Finding((*trail, "breaks"), text, key=True)
    for i, one in enumerate(pool.breaks):
        here = (*trail, "breaks", i)
        if one.number < 1:
            yield Finding((*here, "number"), "got 0, want how many are away: a whole number of 1 or more")
        if one.from_ == one.to:
            text = f"got {_clock(one.to)}, where it begins, want the end of the break"
            yield Finding((*here, "to"), text)
    if pool.bank_holidays is not None and not (pool.rota or pool.breaks):
        text = "the number is the same every day, so bank holidays change nothing, want a 'rota', or none of this"
        yield Finding((*trail, "bank_holidays"), text, key=True)
    if pool.turn_round is not None:
        yield from duration_findings(pool.turn_round, (*trail, "turn_round"))


def _calendar(calendar: Calendar, trail: Trail) -> Iterator[Finding]:
    for i, opening in enumerate(calendar.openings):
        if not opening.at:
            yield Finding((*trail, "openings", i, "at"), "got nothing, want at least one time of day")
    seen: dict[object, int] = {}
    for i, exception in enumerate(calendar.exceptions):
        if exception.date in seen:
            text = (
                f"got {exception.date} again, as in exception {seen[exception.date] + 1}, want each date once"
            )
            yield Finding((*trail, "exceptions", i, "date"), text)
        seen.setdefault(exception.date, i)


def _arrivals(arrivals: Arrivals, trail: Trail) -> Iterator[Finding]:
    if arrivals.rate is None and arrivals.listed is None:
        yield Finding(trail, "missing 'rate', want a rate such as '2.7 per day', or 'listed' times", key=True)
    if arrivals.rate is not None and arrivals.listed is not None:
        yield Finding((*trail, "listed"), "got both a rate and listed times, want one of them", key=True)
    if arrivals.rate is not None and arrivals.rate * DAY > _MOST_A_DAY:
        yield Finding(
            (*trail, "rate"), f"got {arrivals.rate * DAY:,.0f} a day, want at most {_MOST_A_DAY:,} a day"
        )
    if arrivals.listed is not None:
        for name in (
            "profile",
            "day_effect",
            "band",
            "season",
            "growth",
            "bank_holidays",
            "bank_holiday_factor",
        ):
            usual = 1.0 if name == "bank_holiday_factor" else None
            if getattr(arrivals, name) not in (usual, None, {}, 0.0) or (
                name == "bank_holidays" and arrivals.bank_holidays is not None
            ):
                yield Finding((*trail, name), "stands only beside a rate, want it taken away", key=True)
    yield from _over_the_year(arrivals, trail)
    yield from _profile(arrivals, (*trail, "profile"))


def _over_the_year(arrivals: Arrivals, trail: Trail) -> Iterator[Finding]:
    for month, factor in arrivals.season.items():
        if not 0 <= factor <= _MOST_FACTOR:
            text = f"got {factor:g} for {month}, want a factor between 0 and {_MOST_FACTOR}, 1 for no change"
            yield Finding((*trail, "season"), text)
    if len(arrivals.season) == 12 and not any(arrivals.season.values()):
        yield Finding((*trail, "season"), "got a year in which nobody comes, want some months above 0")
    if not -1 < arrivals.growth <= 1:
        text = f"got {arrivals.growth:+.0%} a year, want growth between -99% and +100%"
        yield Finding((*trail, "growth"), text)
    if not 0 <= arrivals.bank_holiday_factor <= _MOST_FACTOR:
        text = f"got {arrivals.bank_holiday_factor:g}, want a factor between 0 and {_MOST_FACTOR}, 1 for no change"
        yield Finding((*trail, "bank_holiday_factor"), text)
    by_day = isinstance(arrivals.profile, dict) or len(arrivals.profile or ()) == 168
    if arrivals.bank_holidays is not None and arrivals.rate is not None and not by_day:
        text = "every day has the same hours, so bank holidays change nothing, want a 'profile' by day"
        yield Finding((*trail, "bank_holidays"), text, key=True)


def _profile(arrivals: Arrivals, trail: Trail) -> Iterator[Finding]:
    profile = arrivals.profile
    if isinstance(profile, dict):
        given: dict[int, str] = {}
        for words, hours in profile.items():
            if len(hours) != 24:
                yield Finding((*trail, words), f"got {len(hours)} weights, want 24, one for each hour")
            try:
                days = parse_weekdays(words)
            except ValueError as error:
                yield Finding((*trail, words), str(error), key=True)
                return
            twice = [WEEKDAYS[d] for d in days if d in given]
            if twice:
                yield Finding((*trail, words), f"got {', '.join(twice)} again, want each day once", key=True)
            given.update(dict.fromkeys(days, words))
        lacking = [WEEKDAYS[d] for d in range(7) if d not in given]
        if lacking:
            yield Finding(trail, f"got no weights for {', '.join(lacking)}, want all seven days")
        weights = [w for hours in profile.values() for w in hours]
    else:
        weights = list(profile or ())
        if profile is not None and len(weights) not in (24, 168):
            yield Finding(
                trail, f"got {len(weights)} weights, want 24, one for each hour, or 24 for each day"
            )
    if any(w < 0 for w in weights):
        yield Finding(trail, f"got the weight {min(weights):g}, want 0 or more")
    elif weights and sum(weights) <= 0:
        yield Finding(trail, "got weights that are all 0, want some hours above 0")


def walk_steps(steps: Sequence[Step]) -> Iterator[Step]:
    """Yield every step of a list and inside it, in the written order."""
    for step, _, _ in _walk(steps, (), ()):
        yield step


def _walk(
    steps: Sequence[Step], trail: Trail, stays: tuple[Stay, ...]
) -> Iterator[tuple[Step, Trail, tuple[Stay, ...]]]:
    for i, step in enumerate(steps):
        here = (*trail, i)
        yield step, here, stays
        for inner, part in inner_lists(step):
            if isinstance(step, Branch) and part[0] == "ways" and _again(step, int(part[1])):
                continue
            inside = (*stays, step) if isinstance(step, Stay) and part == ("steps",) else stays
            yield from _walk(inner, (*here, *part), inside)


def _pathway(model: Model, pathway: Pathway, trail: Trail) -> Iterator[Finding]:
    yield from _arrivals(pathway.arrivals, (*trail, "arrivals"))
    for attribute, values in pathway.attributes.items():
        yield from shares_finding(values, (*trail, "attributes", attribute), "shares")
    names: dict[str, Trail] = {}
    for step, here, stays in _walk(pathway.steps, (*trail, "steps"), ()):
        yield from _step(model, pathway, step, here)
        if isinstance(step, Stay):
            yield from _nested(step, here, stays)
        if isinstance(step, Partial) or kind_of(step) in ("leave", "go_to") or "original" in here:
            continue
        if step.name in names:
            text = f"'{step.name}' names a step of this pathway already, want another name"
            yield Finding((*here, kind_of(step)), text)
        names.setdefault(step.name, here)
    yield from starting_findings(pathway, trail)
    yield from flow_findings(pathway, trail)


def _step(model: Model, pathway: Pathway, step: Step, trail: Trail) -> Iterator[Finding]:
    if isinstance(step, (Activity, Stay, Round)) and step.gives_up is not None:
        yield from duration_findings(step.gives_up.after, (*trail, "gives_up", "after"))
    yield from service_findings(model, pathway, step, trail)
    if isinstance(step, Round) and step.calendar not in model.calendars:
        text = f"got {step.calendar!r}, want the name of a calendar{hint(step.calendar, model.calendars)}"
        yield Finding((*trail, "calendar"), text)
    elif isinstance(step, Branch):
        yield from _branch(pathway, step, trail)
    elif isinstance(step, Repeat):
        yield from _times(step, trail)
    elif isinstance(step, AllOf):
        yield from all_of_findings(step, trail)
    elif isinstance(step, ComesBack):
        yield from comes_back_findings(pathway, step, trail)
    for name in ("duration", "after_hold"):
        duration = getattr(step, name, None)
        if duration is not None:
            yield from duration_findings(duration, (*trail, name))


def _nested(step: Stay, trail: Trail, stays: tuple[Stay, ...]) -> Iterator[Finding]:
    for outer in stays:
        shared = [b.pool for b in step.beds if b.pool in {o.pool for o in outer.beds}]
        if shared:
            text = f"asks '{shared[0]}' inside '{outer.name}', which holds a bed there, want another pool"
            yield Finding((*trail, "beds"), f"{text}, or the stays one after the other")


def _times(step: Repeat, trail: Trail) -> Iterator[Finding]:
    here = (*trail, "times")
    times = step.times
    if isinstance(times, dict):
        yield from shares_finding({str(k): v for k, v in times.items()}, here, "shares")
    highest = max(times, default=0) if isinstance(times, dict) else times
    if highest > _MOST_TIMES:
        yield Finding(here, f"got {highest} times, want at most {_MOST_TIMES:,}")


def _again(branch: Branch, way: int) -> bool:
    """Say whether a way stands before with the same steps: more of it, as a change of route makes."""
    this = branch.ways[way]
    return any(w.name == this.name and w.steps == this.steps for w in branch.ways[:way])


def _branch(pathway: Pathway, step: Branch, trail: Trail) -> Iterator[Finding]:
    names: set[str] = set()
    for i, way in enumerate(step.ways):
        here = (*trail, "ways", i)
        if way.name in names and not _again(step, i):
            yield Finding(
                (*here, "way"), f"'{way.name}' names a way of this branch already, want another name"
            )
        names.add(way.name)
        wanted, refused = ("share", "when") if step.by is None else ("when", "share")
        if getattr(way, refused) is not None:
            cure = "without" if step.by is None else "with"
            yield Finding((*here, refused), f"'{refused}' cannot stand in a branch {cure} 'by'", key=True)
        if getattr(way, wanted) is None:
            example = (
                "its share, such as 30%"
                if step.by is None
                else f"the value of '{step.by}' that goes this way"
            )
            yield Finding(here, f"missing '{wanted}', want {example}", key=True)
    if step.by is not None:
        yield from _by(pathway, step, trail)
    elif all(w.share is not None for w in step.ways):
        shares = {str(i): w.share or 0.0 for i, w in enumerate(step.ways)}
        yield from shares_finding(shares, (*trail, "ways"), "shares")


def _by(pathway: Pathway, step: Branch, trail: Trail) -> Iterator[Finding]:
    if step.by not in pathway.attributes:
        text = f"got {step.by!r}, want an attribute of this pathway{hint(step.by or '', pathway.attributes)}"
        yield Finding((*trail, "by"), text)
        return
    values = pathway.attributes[step.by]
    covered: set[str] = set()
    for i, way in enumerate(step.ways):
        if way.when is None:
            continue
        here = (*trail, "ways", i, "when")
        if way.when not in values:
            yield Finding(here, f"got {way.when!r}, want a value of '{step.by}'{hint(way.when, values)}")
        elif way.when in covered:
            yield Finding(here, f"'{way.when}' goes another way already, want each value once")
        covered.add(way.when)
    lacking = [v for v in values if v not in covered]
    if lacking and all(w.when in values for w in step.ways):
        listed = ", ".join(f"'{v}'" for v in lacking)
        yield Finding((*trail, "ways"), f"got no way for {listed}, want one for each value of '{step.by}'")
