"""Several pools made into one: their numbers added up through the week and on dates, and their names replaced."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from cisim.spec.fields import Moment
from cisim.spec.model import Activity, Batch, BedChoice, Model, Pool, RotaException, RotaLine, Stay, Step
from cisim.spec.pool_changes import pool_of, span
from cisim.spec.step_changes import ChangeRefusedError
from cisim.spec.tree import rewrite
from cisim.spec.week import numbers_of_week
from cisim.units import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cisim.spec.scenario import Merge

__all__ = ["merge_pools"]

_NEVER, _EVER = datetime.min, datetime.max  # noqa: DTZ901 - a local clock


def merge_pools(model: Model, change: Merge) -> Model:
    """Return the model with some pools put into one, which everybody who asked for any of them asks for.

    Raises
    ------
    ChangeRefusedError
        Where a pool is not there, or the pools differ in what cannot be added up.
    """
    names = (change.target, *change.with_)
    if len(set(names)) < len(names):
        raise ChangeRefusedError(f"got a pool twice in {', '.join(names)}, want each once")
    pools = [pool_of(model, name) for name in names]
    first = pools[0]
    for name, pool in zip(names[1:], pools[1:], strict=True):
        for key, words in (("kind", "kind"), ("owner", "owner"), ("turn_round", "turn-round")):
            if getattr(pool, key) != getattr(first, key):
                raise ChangeRefusedError(f"'{change.target}' and '{name}' have not the same {words}")
    merged = _renamed_pool(_sum(names, pools), names)
    kept = {
        name: merged if name == change.target else _renamed_pool(pool, names, name)
        for name, pool in model.pools.items()
        if name not in change.with_
    }
    pathways = {}
    for name, pathway in model.pathways.items():
        steps = rewrite(pathway.steps, lambda step: _renamed(step, names))
        starting = tuple(
            one.model_copy(update={"bed": change.target}) if one.bed in names else one
            for one in pathway.starting
        )
        same = steps is pathway.steps and starting == pathway.starting
        pathways[name] = (
            pathway if same else pathway.model_copy(update={"steps": steps, "starting": starting})
        )
    return model.model_copy(update={"pools": kept, "pathways": pathways})


# Numbers


def _sum(names: Sequence[str], pools: Sequence[Pool]) -> Pool:
    first = pools[0]
    covers = tuple(cover for pool in pools for cover in pool.covered_by)
    if any(pool.number == "unlimited" for pool in pools):
        said = {"kind": first.kind, "owner": first.owner, "turn_round": first.turn_round}
        return Pool(number="unlimited", source=first.source, note=first.note, **said)
    held = {pool.bank_holidays for pool in pools if pool.rota or pool.breaks}
    if len(held) > 1:
        raise ChangeRefusedError(f"{' and '.join(names)} have not the same bank holidays")
    update: dict[str, object] = {
        "covered_by": covers,
        "breaks": tuple(one for pool in pools for one in pool.breaks),
        "bank_holidays": next(iter(held), None),
        "exceptions": _exceptions(names, pools),
    }
    if any(pool.rota for pool in pools):
        lines, otherwise = _rota(pools)
        update |= {"number": None, "rota": lines, "otherwise": otherwise}
    else:
        update["number"] = sum(int(pool.number or 0) for pool in pools)
    return first.model_copy(update=update)


def _rota(pools: Sequence[Pool]) -> tuple[tuple[RotaLine, ...], int]:
    """Return the sum of weekly rotas as lines of one day each or of days alike, and the number outside of them."""
    weeks = [numbers_of_week(pool.model_copy(update={"breaks": ()})) for pool in pools]
    edges = sorted({begin for week in weeks for begin, _, _ in week} | {d * DAY for d in range(8)})
    total = {
        (begin, end): sum(n for week in weeks for a, b, n in week if a <= begin < b)
        for begin, end in pairwise(edges)
    }
    otherwise = min(total.values())
    lines: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for (begin, end), number in total.items():
        day = begin // DAY
        if number != otherwise:
            lines[begin - day * DAY, end - day * DAY, number].append(day)
    made = tuple(
        RotaLine.model_construct(days=tuple(days), from_=a, to=b, number=n)
        for (a, b, n), days in lines.items()
    )
    return made, otherwise


def _exceptions(names: Sequence[str], pools: Sequence[Pool]) -> tuple[RotaException, ...]:
    """Return the dated numbers of all pools together: where one has an exception, the others their own number."""
    spans = [[(*span(e), e.number) for e in pool.exceptions] for pool in pools]
    edges = sorted({t for mine in spans for begin, end, _ in mine for t in (begin, end)})
    out: list[RotaException] = []
    for begin, end in pairwise(edges):
        dated = [next((n for a, b, n in mine if a <= begin < b), None) for mine in spans]
        if all(n is None for n in dated):
            continue
        number = 0
        for name, pool, own in zip(names, pools, dated, strict=True):
            if own is None and pool.rota:
                raise ChangeRefusedError(
                    f"'{name}' follows a rota, and another pool has dated exceptions, which cannot be added up; "
                    "write a 'rota' change with its own exceptions for each first"
                )
            number += own if own is not None else int(pool.number or 0)
        from_ = None if begin == _NEVER else Moment(when=begin)
        to = None if end == _EVER else Moment(when=end)
        out.append(RotaException(from_=from_, to=to, number=number))
    return tuple(out)


# Names


def _renamed_pool(pool: Pool, names: Sequence[str], name: str = "") -> Pool:
    """Return a pool with its cover renamed: each once, and none for itself."""
    own = name or names[0]
    seen = {own}
    covers = []
    for cover in pool.covered_by:
        by = names[0] if cover.pool in names else cover.pool
        if by not in seen:
            covers.append(cover if by == cover.pool else cover.model_copy(update={"pool": by}))
        seen.add(by)
    return pool if tuple(covers) == pool.covered_by else pool.model_copy(update={"covered_by": tuple(covers)})


def _units(needs: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    units: dict[str, int] = {}
    for pool, number in needs.items():
        name = names[0] if pool in names else pool
        units[name] = units.get(name, 0) + number
    return units


def _renamed(step: Step, names: Sequence[str]) -> Step:
    if isinstance(step, Activity):
        return _renamed_activity(step, names)
    if isinstance(step, Batch) and step.together is not None:
        needs = _units(step.together.needs, names)
        if needs != step.together.needs:
            return step.model_copy(update={"together": step.together.model_copy(update={"needs": needs})})
    if isinstance(step, Stay) and any(bed.pool in names for bed in step.beds):
        beds: dict[str, BedChoice] = {}
        for bed in step.beds:
            name = names[0] if bed.pool in names else bed.pool
            beds.setdefault(name, bed.model_copy(update={"pool": name}))
        home = step.repatriate and len(beds) > 1
        return step.model_copy(update={"beds": tuple(beds.values()), "repatriate": home})
    return step


def _renamed_activity(step: Activity, names: Sequence[str]) -> Activity:
    needs = _units(step.needs, names)
    asked, instead = [needs], []
    for other in step.instead:
        units = _units(other.needs, names)
        if units not in asked:  # what is the same by now is asked for once
            instead.append(other.model_copy(update={"needs": units}))
            asked.append(units)
    if needs == step.needs and tuple(instead) == step.instead:
        return step
    return step.model_copy(update={"needs": needs, "instead": tuple(instead)})
