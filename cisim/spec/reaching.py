"""A scenario while it spreads, and a model in a later year: what is simulated of an effect over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.errors import ModelError
from cisim.spec.amounts import share_text
from cisim.spec.changes import apply
from cisim.spec.scenario import Demand, Divert, Route, SetTurnRound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.spec.model import Model
    from cisim.spec.scenario import Change

__all__ = ["at_reach", "in_year"]


def at_reach(changes: Sequence[Change], share: float) -> tuple[Change, ...]:
    """Return the changes as they are while only a share of the patients have them.

    The patients whom 30% reach are among those whom 60% reach, wherever a change reaches patients one by one.

    Parameters
    ----------
    changes : sequence of Change
    share : float
        0 for none of the changes, 1 for all as they are written.

    Raises
    ------
    ModelError
        Where a change is made for everybody or nobody, such as another rota, and the share is neither 0 nor 1.

    >>> from cisim.spec.scenario import Cut
    >>> at_reach((Cut(target="stay/scan", by=0.5, reach=0.8),), 0.5)[0].reach
    0.4
    """
    if not 0 <= share <= 1:
        raise ModelError("reach", f"got {share:g}, want a share between 0% and 100%")
    if share == 1:
        return tuple(changes)
    if share == 0:
        return ()
    return tuple(_partial(change, share, i) for i, change in enumerate(changes))


def _partial(change: Change, share: float, number: int) -> Change:
    if hasattr(change, "reach"):
        return change.model_copy(update={"reach": change.reach * share})
    if isinstance(change, Route):
        return change.model_copy(update={"move": change.move * share})
    if isinstance(change, Divert):
        return change.model_copy(update={"share": change.share * share})
    if isinstance(change, (Demand, SetTurnRound)) and change.by is not None:
        return change.model_copy(update={"by": change.by * share})
    text = (
        f"'{change.target}' is changed for everybody or not at all, so it cannot reach {share_text(share)}: "
        "want 'reach: [0%, 100%]', between which figures are interpolated"
    )
    raise ModelError(f"changes.{number}", text)


def in_year(model: Model, year: int, growth: float = 0.0) -> Model:
    """Return the model with the demand of a later year: what its arrivals' growth, and more of it, make of it.

    Parameters
    ----------
    model : Model
    year : int
        1 for the first year, which is the model as it is.
    growth : float
        Share by which the demand of every pathway with a rate grows a year, beside its own growth.

    Raises
    ------
    ModelError
        For a year before the first.
    """
    if year < 1:
        raise ModelError("years", f"got {year}, want 1 or later")
    more = [
        Demand(target=name, by=((1.0 + own) * (1.0 + growth)) ** (year - 1) - 1.0)
        for name, pathway in model.pathways.items()
        if year > 1 and (own := getattr(pathway.arrivals, "growth", None)) is not None and (own or growth)
    ]
    return apply(model, tuple(more)) if more else model
