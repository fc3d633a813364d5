"""What a change makes of the pools: their numbers, rotas and turn-round, and several made into one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cisim.errors import nearest
from cisim.spec.fields import Moment
from cisim.spec.model import Model, Pool, RotaException
from cisim.spec.step_changes import ChangeRefusedError, scale_duration

if TYPE_CHECKING:
    from cisim.spec.scenario import SetNumber, SetRota, SetTurnRound

__all__ = ["pool_of", "set_number", "set_rota", "set_turn_round", "span"]


def pool_of(model: Model, name: str) -> Pool:
    """Return a pool by its name; refuse one that is not there."""
    if name not in model.pools:
        raise ChangeRefusedError(f"there is no pool '{name}'{nearest(name, model.pools)}")
    return model.pools[name]


def _with_pool(model: Model, name: str, update: dict[str, object]) -> Model:
    return model.model_copy(
        update={"pools": {**model.pools, name: model.pools[name].model_copy(update=update)}}
    )


def _shifted(what: str, number: int, by: int) -> int:
    if number + by < 0:
        raise ChangeRefusedError(
            f"{what} is {number}, and {number} {'-' if by < 0 else '+'} {abs(by)} is below 0"
        )
    return number + by


def _shifted_in_hours(what: str, number: int, by: int) -> int:
    """Return a rota's number, shifted; hours and dates on which nobody is there stay so."""
    return _shifted(what, number, by) if number else 0


def set_number(model: Model, change: SetNumber) -> Model:
    """Return the model with another number in a pool, from the start or from a moment on."""
    pool = pool_of(model, change.target)
    if change.from_ is not None:
        return _with_pool(model, change.target, {"exceptions": _from_then_on(pool, change)})
    dated = tuple(e for e in pool.exceptions if not _lasting(e))
    if change.by is None:
        if change.to == "unlimited":
            dated = ()
        made = Pool(
            kind=pool.kind,
            owner=pool.owner,
            number=change.to,
            exceptions=dated,
            turn_round=pool.turn_round,
            # Where there is no limit nobody is missed, and nobody has to stand in.
            breaks=() if change.to == "unlimited" else pool.breaks,
            bank_holidays=pool.bank_holidays if pool.breaks and change.to != "unlimited" else None,
            covered_by=() if change.to == "unlimited" else pool.covered_by,
            source=pool.source,
            note=pool.note,
        )
        return model.model_copy(update={"pools": {**model.pools, change.target: made}})
    if pool.number == "unlimited":
        raise ChangeRefusedError(f"pool '{change.target}' is unlimited; write 'to' with a number")
    exceptions = tuple(_shift(e, change.by) for e in pool.exceptions)
    if pool.rota:
        lines = tuple(
            line.model_copy(
                update={"number": _shifted_in_hours("a line of its rota", line.number, change.by)}
            )
            for line in pool.rota
        )
        otherwise = _shifted_in_hours("the number outside its rota", pool.otherwise, change.by)
        return _with_pool(
            model, change.target, {"rota": lines, "otherwise": otherwise, "exceptions": exceptions}
        )
    number = _shifted("its number", pool.number or 0, change.by)
    return _with_pool(model, change.target, {"number": number, "exceptions": exceptions})


def _lasting(exception: RotaException) -> bool:
    return exception.date is None and exception.to is None


def _shift(exception: RotaException, by: int) -> RotaException:
    number = _shifted_in_hours("the number of an exception", exception.number, by)
    return exception.model_copy(update={"number": number})


def _from_then_on(pool: Pool, change: SetNumber) -> tuple[RotaException, ...]:
    """Return the exceptions with another number from a moment on; they never overlap.

    What is dated keeps its time, a bank holiday's number too, shifted where the change is `by`; a number that
    held from then on is shifted by `by` and replaced by `to`.
    """
    if pool.rota:
        raise ChangeRefusedError(
            f"pool '{change.target}' follows a rota, which cannot change part-way; leave out `from`, "
            "or write a 'rota' change with dated exceptions"
        )
    if change.from_ is None or not isinstance(pool.number, int) or change.to == "unlimited":
        raise ChangeRefusedError("unlimited cannot begin or end part-way; leave out `from`, or write numbers")
    when = change.from_.when
    before = [e for old in pool.exceptions for e in _clipped(old, datetime.min, when)]  # noqa: DTZ901 - local
    after = [e for old in pool.exceptions for e in _clipped(old, when, _EVER)]
    by = change.by
    after = [e for e in after if not _lasting(e)] if by is None else [_shift(e, by) for e in after]
    new: list[RotaException] = []
    begin = when
    for start, end in [*sorted(span(e) for e in after), (_EVER, _EVER)]:
        if begin < start:
            number = change.to if by is None else _shifted("its number then", pool.number, by)
            to = None if start == _EVER else Moment(when=start)
            new.append(RotaException(from_=Moment(when=begin), to=to, number=number, note=change.note))
        begin = end
    return tuple(sorted([*before, *new, *after], key=span))


_EVER = datetime.max  # noqa: DTZ901 - a local clock


def span(exception: RotaException) -> tuple[datetime, datetime]:
    """Return when an exception begins and ends; what holds from then on ends never."""
    if exception.date is not None:
        begin = datetime.combine(exception.date, datetime.min.time())
        return begin, begin + timedelta(days=1)
    begin = exception.from_.when if exception.from_ is not None else datetime.min  # noqa: DTZ901 - local
    return begin, exception.to.when if exception.to is not None else _EVER


def _clipped(exception: RotaException, low: datetime, high: datetime) -> tuple[RotaException, ...]:
    """Return what of an exception lies from `low` to `high`: itself, a part of it, or nothing."""
    begin, end = span(exception)
    start, stop = max(begin, low), min(end, high)
    if start >= stop:
        return ()
    if (start, stop) == (begin, end):
        return (exception,)
    to = None if stop == _EVER else Moment(when=stop)
    return (exception.model_copy(update={"date": None, "from_": Moment(when=start), "to": to}),)


def set_rota(model: Model, change: SetRota) -> Model:
    """Return the model with another weekly rota for a pool."""
    pool_of(model, change.target)
    return _with_pool(
        model,
        change.target,
        {"number": None, "rota": change.to, "otherwise": change.otherwise, "exceptions": change.exceptions},
    )


def set_turn_round(model: Model, change: SetTurnRound) -> Model:
    """Return the model with another turn-round of a pool."""
    pool = pool_of(model, change.target)
    if change.to is not None:
        return _with_pool(model, change.target, {"turn_round": change.to})
    if pool.turn_round is None:
        raise ChangeRefusedError(
            f"pool '{change.target}' has no turn-round to cut; write 'to' with a duration"
        )
    shorter = scale_duration(pool.turn_round, 1.0 - (change.by or 0.0))
    return _with_pool(model, change.target, {"turn_round": shorter})
