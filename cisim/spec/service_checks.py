"""What the words of service must hold: needs and what may stand in, priorities, ageing, limits, cover.

Every check yields `Finding` with the trail of the place that it is about; nothing here raises.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cisim.errors import nearest
from cisim.spec.model import Activity, Batch, PriorityBy, Round, Stay
from cisim.spec.plain import Finding
from cisim.spec.tree import walk
from cisim.spec.week import numbers_of_week
from cisim.units import DAY, duration_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cisim.spec.fields import Duration
    from cisim.spec.model import Age, Model, Pathway, Pool, Priority, Step
    from cisim.spec.yamltree import Trail

__all__ = ["cover_findings", "duration_findings", "hint", "least", "most", "service_findings"]

_MOST_WAYS = 1_000


def hint(name: str, known: Mapping[str, object]) -> str:
    """Return a hint at the name that was probably meant.

    >>> hint("x", {})
    '; there are none in this file'
    """
    return nearest(name, known) if known else "; there are none in this file"


def most(pool: Pool) -> float:
    """Return the most places that a pool can ever have."""
    if pool.number == "unlimited":
        return float("inf")
    weekly = (
        [pool.number] if pool.number is not None else [pool.otherwise, *(line.number for line in pool.rota)]
    )
    return max([*weekly, *(e.number for e in pool.exceptions)])


def least(pool: Pool) -> float:
    """Return the fewest places that a pool has in an ordinary week, of the hours in which it has any."""
    if pool.number == "unlimited":
        return float("inf")
    return min((n for begin, end, n in numbers_of_week(pool) if end > begin and n > 0), default=0)


def duration_findings(duration: Duration, trail: Trail) -> Iterator[Finding]:
    """Yield a finding if a duration can fall below zero, or is given as a share."""
    if duration.normal is not None:
        text = "a normal distribution goes below 0, want lognormal or gamma with the same mean and sd"
        yield Finding((*trail, "normal"), text, key=True)
    if duration.beta is not None:
        text = "a beta distribution is for shares, want lognormal or gamma with the same mean and sd"
        yield Finding((*trail, "beta"), text, key=True)


def service_findings(model: Model, pathway: Pathway, step: Step, trail: Trail) -> Iterator[Finding]:
    """Yield the mistakes in what a step asks for, and in how it is served."""
    if isinstance(step, Activity):
        yield from _activity(model, step, trail)
    elif isinstance(step, Stay):
        yield from _beds(model, step, trail)
        yield from _repatriate(model, step, trail)
    elif isinstance(step, Batch):
        yield from _together(model, pathway, step, trail)
    if isinstance(step, (Activity, Stay, Round)):
        yield from _priority(pathway, step.priority, (*trail, "priority"))
        yield from _ages(step.priority, step.ages, (*trail, "ages"))
    if isinstance(step, (Activity, Stay)):
        yield from _limit(model, step, trail)


# What is asked for


def _activity(model: Model, step: Activity, trail: Trail) -> Iterator[Finding]:
    yield from _needs(model, step.needs, (*trail, "needs"), "a delay")
    yield from _too_long(step.duration, trail)
    asked = [step.needs]
    for i, other in enumerate(step.instead):
        here = (*trail, "instead", i, "needs")
        yield from _needs(model, other.needs, here, "nothing here")
        if other.needs in asked:
            yield Finding(here, "got the same needs as before, want other needs, or none here")
        asked.append(other.needs)
    ways = _ways(model, step)
    if ways > _MOST_WAYS:
        text = f"got needs that can be covered in {ways:,} ways, want at most {_MOST_WAYS:,}"
        yield Finding((*trail, "needs"), f"{text}: fewer pools in 'covered_by', or fewer needs")
    if step.pre_empts:
        yield from _pre_empts(model, step, trail)


def _ways(model: Model, step: Activity) -> int:
    """Return in how many ways an activity can be done: as written, and with each of its pools covered or not."""
    written = (step.needs, *(other.needs for other in step.instead))
    return sum(
        prod(1 + len(model.pools[p].covered_by) if p in model.pools else 1 for p in needs)
        for needs in written
    )


def _needs(model: Model, needs: Mapping[str, int], trail: Trail, other: str) -> Iterator[Finding]:
    if not needs:
        yield Finding(trail, f"got nothing, want what it needs, such as {{nurse: 1}}; else write {other}")
    for pool, units in needs.items():
        here = (*trail, pool)
        if pool not in model.pools:
            yield Finding(here, f"got {pool!r}, want the name of a pool{hint(pool, model.pools)}", key=True)
        elif units < 1:
            yield Finding(here, f"got {units}, want a whole number of 1 or more")
        elif units > most(model.pools[pool]):
            yield Finding(
                here, f"got {units}, but '{pool}' never has more than {most(model.pools[pool]):g}, want fewer"
            )


def _too_long(duration: Duration, trail: Trail) -> Iterator[Finding]:
    mean = duration.distribution().mean()
    if mean > 100 * 365 * DAY:
        text = f"got a mean of {duration_text(mean)}, want less than 100 years"
        yield Finding((*trail, "duration"), text)


def _together(model: Model, pathway: Pathway, step: Batch, trail: Trail) -> Iterator[Finding]:
    if step.together is None:
        return
    here = (*trail, "together")
    yield from _needs(model, step.together.needs, (*here, "needs"), "no 'together'")
    yield from _priority(pathway, step.together.priority, (*here, "priority"))
    yield from duration_findings(step.together.duration, (*here, "duration"))
    yield from _too_long(step.together.duration, here)
    if step.together.after_hold is not None:
        yield from duration_findings(step.together.after_hold, (*here, "after_hold"))


def _beds(model: Model, step: Stay, trail: Trail) -> Iterator[Finding]:
    seen: set[str] = set()
    for i, bed in enumerate(step.beds):
        here = (*trail, "beds", i, "pool")
        if bed.pool not in model.pools:
            yield Finding(here, f"got {bed.pool!r}, want the name of a pool{hint(bed.pool, model.pools)}")
        if bed.pool in seen:
            yield Finding(here, f"got '{bed.pool}' again, want each pool once")
        seen.add(bed.pool)
    known = [model.pools[b.pool] for b in step.beds if b.pool in model.pools]
    if len(known) == len(step.beds) and max(most(p) for p in known) < 1:
        yield Finding(
            (*trail, "beds"), "got pools that never have a place, want at least one place at some time"
        )


def _repatriate(model: Model, step: Stay, trail: Trail) -> Iterator[Finding]:
    if not step.repatriate:
        return
    first = model.pools.get(step.beds[0].pool)
    why = ""
    if len(step.beds) < 2:
        why = "'beds' has one choice only, so nobody lies elsewhere"
    elif first is not None and first.number == "unlimited":
        why = f"'{step.beds[0].pool}' is unlimited, so nobody lies elsewhere"
    if why:
        yield Finding((*trail, "repatriate"), f"{why}, want a second choice of bed, or no 'repatriate'")


# Who is served first


def _priority(pathway: Pathway, priority: Priority, trail: Trail) -> Iterator[Finding]:
    if not isinstance(priority, PriorityBy):
        return
    if priority.by not in pathway.attributes:
        known = hint(priority.by, pathway.attributes)
        text = f"got {priority.by!r}, want an attribute of this pathway{known}"
        yield Finding((*trail, "by"), text)
        return
    values = pathway.attributes[priority.by]
    for value in priority.is_:
        if value not in values:
            text = f"got {value!r}, want a value of '{priority.by}'{hint(value, values)}"
            yield Finding((*trail, "is", value), text, key=True)
    lacking = ", ".join(f"'{v}'" for v in values if v not in priority.is_)
    if lacking and all(v in values for v in priority.is_):
        text = f"got no priority for {lacking}, want one for each value of '{priority.by}'"
        yield Finding((*trail, "is"), text)


def _numbers(priority: Priority) -> tuple[int, ...]:
    """Return every number that a priority may be."""
    return tuple(priority.is_.values()) or (0,) if isinstance(priority, PriorityBy) else (priority,)


def _ages(priority: Priority, ages: Iterable[Age], trail: Trail) -> Iterator[Finding]:
    before_to, before_after = max(_numbers(priority)), -1.0
    for i, age in enumerate(ages):
        if age.after <= before_after:
            text = f"got {duration_text(age.after)}, not after the step before, want the steps in order"
            yield Finding((*trail, i, "after"), text)
        if age.to >= before_to:
            text = f"got {age.to}, which serves nobody sooner, want a number below {before_to}"
            yield Finding((*trail, i, "to"), f"{text}: lower is served first")
        before_to, before_after = min(before_to, age.to), age.after


def _limit(model: Model, step: Activity | Stay, trail: Trail) -> Iterator[Finding]:
    if step.limit is None:
        return
    # Who needs only what is unlimited never waits, so nobody is ever turned away.
    ways = [[*step.needs]] if isinstance(step, Activity) else [[b.pool] for b in step.beds[:1]]
    pools = [p for way in ways for p in way]
    if pools and all(p in model.pools and model.pools[p].number == "unlimited" for p in pools):
        listed = " and ".join(f"'{p}'" for p in pools)
        verb = "is" if len(pools) == 1 else "are"
        text = f"{listed} {verb} unlimited, so nobody ever waits, want no limit, or a number in the pool"
        yield Finding((*trail, "limit"), text, key=True)


# Who interrupts whom


def _asked(model: Model, step: Activity) -> set[str]:
    """Return every pool that an activity may hold: its own, those of `instead`, those that cover them."""
    own = {pool for needs in (step.needs, *(i.needs for i in step.instead)) for pool in needs}
    cover = {c.pool for pool in own if pool in model.pools for c in model.pools[pool].covered_by}
    return own | cover


def _pre_empts(model: Model, step: Activity, trail: Trail) -> Iterator[Finding]:
    """Tell if nothing could ever be interrupted: no activity of a higher number shares a pool with it."""
    mine, first = _asked(model, step), min(_numbers(step.priority))
    sharing = [
        other
        for pathway in model.pathways.values()
        for other in walk(pathway.steps)
        if isinstance(other, Activity) and _asked(model, other) & mine
    ]
    if all(max(_numbers(other.priority)) <= first for other in sharing):
        text = f"no activity that shares a pool with it has a priority number above {first}"
        yield Finding((*trail, "pre_empts"), f"{text}, want a higher 'priority' there, or no 'pre_empts'")


# Who stands in for whom


def cover_findings(model: Model) -> Iterator[Finding]:
    """Yield the mistakes in who may cover for whom; two pools may cover for each other."""
    needed = {
        pool
        for pathway in model.pathways.values()
        for step in walk(pathway.steps)
        if isinstance(step, Activity)
        for needs in (step.needs, *(i.needs for i in step.instead))
        for pool in needs
    }
    lain_in = {
        bed.pool
        for pathway in model.pathways.values()
        for step in walk(pathway.steps)
        if isinstance(step, Stay)
        for bed in step.beds
    }
    for name, pool in model.pools.items():
        here = ("pools", name, "covered_by")
        seen: set[str] = set()
        for i, cover in enumerate(pool.covered_by):
            there = (*here, i, "pool")
            if cover.pool not in model.pools:
                known = hint(cover.pool, {p: None for p in model.pools if p != name})
                yield Finding(there, f"got {cover.pool!r}, want the name of a pool{known}")
            elif cover.pool == name:
                yield Finding(there, f"'{name}' cannot stand in for itself, want another pool")
            elif cover.pool in seen:
                yield Finding(there, f"got '{cover.pool}' again, want each pool once")
            seen.add(cover.pool)
        if pool.covered_by and pool.number == "unlimited":
            text = "stands in for nobody, as the pool is unlimited, want it taken away"
            yield Finding(here, text, key=True)
        elif pool.covered_by and name in lain_in - needed:
            text = f"no activity needs '{name}', want further choices in the 'beds' of its stays instead"
            yield Finding(here, text, key=True)
