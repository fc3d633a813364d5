"""How an effect comes and goes: the share of the full effect that is there in each year.

Wards adopt the change one after the other; within each, the effect rises in a straight line and then fades
towards what is kept:

    g(t) = t / ramp_up                                        while it rises, 0 <= t < ramp_up
    g(t) = keeps + (1 - keeps) exp(-fades (t - ramp_up))      afterwards

The share of a year is the mean of g over that year, worked out exactly, so that no grid of times has to be
chosen. Everything is in years from the first day of the first year.

References
----------
L. Maher, D. Gustafson, A. Evans (2010). NHS Sustainability Model: 33% of projects not sustained at one year.
S. W. Stirman and others (2012). Implementation Science 7:17: of 125 studies, 45% kept parts of a programme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.errors import ModelError
from cisim.units import YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from cisim.spec import Effect

__all__ = ["bass", "impact", "reach", "reached", "strength", "with_optimism_bias"]

Floats = NDArray[np.float64]


def strength(
    t: ArrayLike, *, ramp_up: ArrayLike = 0.0, keeps: ArrayLike = 1.0, fades: ArrayLike = 0.0
) -> Floats:
    """Return the share of the full effect that is there `t` years after a ward began.

    Parameters
    ----------
    t : array of float
        Years; before 0 there is no effect.
    ramp_up : array of float
        Years until the effect is whole; 0 for at once.
    keeps : array of float
        Share that is never lost.
    fades : array of float
        Rate a year at which the rest is lost.

    Returns
    -------
    ndarray of float
        All arguments broadcast together.

    >>> strength([0.75, 1.5, 5.0], ramp_up=1.5, keeps=0.4, fades=0.2).round(4).tolist()
    [0.5, 1.0, 0.698]
    """
    t, ramp_up, keeps, fades = np.broadcast_arrays(
        *(np.asarray(x, float) for x in (t, ramp_up, keeps, fades))
    )
    rising = np.divide(t, ramp_up, out=np.ones_like(t), where=ramp_up > 0)
    later = np.maximum(t - ramp_up, 0.0)
    return np.where(t < 0, 0.0, np.where(t < ramp_up, rising, keeps + (1 - keeps) * np.exp(-fades * later)))


def _summed(t: Floats, ramp_up: Floats, keeps: Floats, fades: Floats) -> Floats:
    """Return the integral of `strength` from 0 to t."""
    t = np.maximum(t, 0.0)
    risen = np.minimum(t, ramp_up)
    rising = np.divide(risen * risen, 2 * ramp_up, out=np.zeros_like(risen * ramp_up), where=ramp_up > 0)
    later = np.maximum(t - ramp_up, 0.0)
    still = np.broadcast_to(fades == 0, np.broadcast_shapes(later.shape, fades.shape))
    lost = np.divide(-np.expm1(-fades * later), fades, out=np.zeros(still.shape), where=~still)
    return np.asarray(rising + keeps * later + (1 - keeps) * np.where(still, later, lost))


def reach(
    years: int,
    *,
    adoption: Sequence[ArrayLike] = (1.0,),
    ramp_up: ArrayLike = 0.0,
    fidelity: ArrayLike = 1.0,
    keeps: ArrayLike = 1.0,
    fades: ArrayLike = 0.0,
    delay: ArrayLike = 0.0,
) -> Floats:
    """Return the mean share of the full effect that is there in each year.

    Parameters
    ----------
    years : int
    adoption : sequence of float or ndarray of shape (draws,)
        Share of the wards that deliver, from the first day of each year on; the last one lasts. Wards that
        begin later rise and fade later.
    ramp_up, fidelity, keeps, fades, delay : float or ndarray of shape (draws,)
        As in `strength`; `fidelity` is the share of the effect that a ward reaches at its best, `delay` the
        years by which everything begins later.

    Returns
    -------
    ndarray of float, shape (draws, years)
        `draws` is 1 where every argument is a single number.

    Raises
    ------
    ModelError
        Where adoption falls (a ward that stops is decay), or a share is not between 0 and 1.

    >>> reach(3, adoption=(0.2, 0.6, 1.0), ramp_up=1).round(3).tolist()
    [[0.1, 0.4, 0.8]]
    """
    columns = [np.atleast_1d(np.asarray(x, float))[:, None] for x in (ramp_up, keeps, fades, delay)]
    up, kept, rate, late = columns
    wards = [np.atleast_1d(np.asarray(share, float))[:, None] for share in adoption]
    best = np.atleast_1d(np.asarray(fidelity, float))[:, None]
    for name, share in (
        ("adoption", np.hstack(np.broadcast_arrays(*wards))),
        ("fidelity", best),
        ("keeps", kept),
    ):
        if share.size and not (share.min() >= 0 and share.max() <= 1):
            got = share.min() if share.min() < 0 else share.max()
            raise ModelError(f"effect.{name}", f"got {got:g}, want a share between 0% and 100%")
    for name, number in (("ramp_up", up), ("decay.a_year", rate), ("optimism.delay", late)):
        if number.min() < 0:
            raise ModelError(f"effect.{name}", f"got {number.min():g}, want 0 or more")
    ends = np.arange(years + 1.0)[None, :]
    total: Floats = np.zeros((1, years))
    before: Floats = np.zeros((1, 1))
    for year, share in enumerate(wards):
        more = share - before
        if more.min() < 0:
            text = (
                "falls from one year to the next, want shares that rise: wards that lose the change are decay"
            )
            raise ModelError(f"effect.adoption.{year}", text)
        total = total + more * np.diff(_summed(ends - year - late, up, kept, rate), axis=1)
        before = share
    return np.asarray(total * best)


def reached(effect: Effect, numbers: Mapping[str, Floats], years: int, *, optimism: bool = True) -> Floats:
    """Return the share of the full effect that is there, and is ours, in each draw and year.

    What would have come anyway, what only moved elsewhere and what hope added are taken off the share itself:
    they release nothing, rather than something that is worth less.

    Parameters
    ----------
    effect : Effect
    numbers : mapping of str to ndarray of float, shape (draws, 1)
        Draws of a value file's numbers by path, from `draw_numbers`.
    years : int
    optimism : bool
        Whether benefits are lowered and put off for optimism, where the file says by how much.

    Returns
    -------
    ndarray of float, shape (draws, years), or (1, years) where nothing is uncertain
    """

    def of(path: str, otherwise: float) -> Floats:
        return np.ravel(numbers[path]) if path in numbers else np.full(1, otherwise)

    hopeful = optimism and effect.optimism is not None
    stages = [of(f"effect.adoption.{i}", 1.0) for i in range(1, len(effect.adoption) + 1)]
    there = reach(
        years,
        adoption=stages or (1.0,),
        ramp_up=of("effect.ramp_up", 0.0) / YEAR,
        fidelity=of("effect.fidelity", 1.0),
        keeps=of("effect.decay.keeps", 1.0),
        fades=of("effect.decay.a_year", 0.0),
        delay=of("effect.optimism.delay", 0.0) / YEAR if hopeful else 0.0,
    )
    ours = impact(
        1.0 - (of("effect.optimism.benefit", 0.0) if hopeful else 0.0),
        displacement=of("effect.displacement", 0.0),
        attribution=of("effect.attribution", 1.0),
    )
    return np.asarray(there * ours[:, None])


def bass(t: ArrayLike, *, p: float, q: float) -> Floats:
    """Return the share of wards that have adopted after `t` years, by the Bass model of diffusion.

    Parameters
    ----------
    t : array of float
        Years, not below 0.
    p, q : float
        Rates a year of those who adopt by themselves (above 0), and of those who follow others.

    References
    ----------
    F. M. Bass (1969). Management Science 15:215.

    >>> bass([0.0, 5.0], p=0.03, q=0.38).round(4).tolist()
    [0.0, 0.3312]
    """
    if p <= 0 or q < 0:
        raise ModelError("adoption", f"got p {p:g} and q {q:g}, want p above 0 and q not below 0")
    gone = np.exp(-(p + q) * np.asarray(t, float))
    return np.asarray((1 - gone) / (1 + q / p * gone))


def impact(
    outcome: ArrayLike,
    *,
    deadweight: ArrayLike = 0.0,
    displacement: ArrayLike = 0.0,
    attribution: ArrayLike = 1.0,
) -> Floats:
    """Return what of an outcome is ours: not what would have come anyway, moved elsewhere, or is others' doing.

    Parameters
    ----------
    outcome : array of float
    deadweight : array of float
        Share that would have come anyway; 0 where the outcome is already a difference from a counterfactual.
    displacement : array of float
        Share that only moved elsewhere.
    attribution : array of float
        Share of the rest that is ours.

    >>> float(impact(120_000, deadweight=0.3, displacement=0.1, attribution=0.8).round(6))
    60480.0
    """
    parts = (np.asarray(x, float) for x in (outcome, deadweight, displacement, attribution))
    whole, anyway, moved, ours = parts
    return np.asarray(whole * (1 - anyway) * (1 - moved) * ours)


def with_optimism_bias(cost: ArrayLike, *, uplift: ArrayLike, mitigation: ArrayLike = 0.0) -> Floats:
    """Return a cost raised by what such costs turned out above plan, less what has been done about it.

    References
    ----------
    HM Treasury, Green Book supplementary guidance: optimism bias (Mott MacDonald 2002).

    >>> float(with_optimism_bias(100, uplift=0.41, mitigation=0.5).round(6))
    120.5
    """
    raised = np.asarray(uplift, float) * (1 - np.asarray(mitigation, float))
    return np.asarray(np.asarray(cost, float) * (1 + raised))
