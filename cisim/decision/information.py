r"""What it is worth to know more before choosing: everything, some parameters, or what a study would show.

Net benefit depends on parameters that are not known. Chosen now, the strategy with the highest mean is the
best there is. Whoever knew something first could choose better where it turns out so; how much better on
average is what knowing is worth.

.. math::

    \mathrm{EVPI} = E \max_d B_d - \max_d E B_d, \qquad
    \mathrm{EVPPI}(\phi) = E_\phi \max_d E[B_d\mid\phi] - \max_d E B_d

The mean given the parameters is found by regression of the benefits on them (`cisim.decision.smoothing`),
with no further runs of the model. A study's worth (EVSI) is the same with the study's summaries in place of
the parameters.

**Standard errors** have two parts: the luck of the draws, and the error of the regression by the delta
method. Draws are taken as independent; for Latin hypercube or Sobol points they are on the safe side. The
estimate is biased upwards a little, because the highest of several noisy means is too high; the bias falls as
1/n. Where fewer than ten draws would change the choice, the standard error is at least what gains spread
normally might be worth: that no draw changes it is no proof.

**Nothing is cut off.** An estimate above that of perfect information stands as it is, with a warning: it says
that the regression is poor or the draws are few.

References
----------
Strong, Oakley, Brennan (2014), Medical Decision Making 34:311 (EVPPI by regression); with Breeze (2015)
35:570 (EVSI). Jalal, Alarid-Escudero (2018) 38:174 (Gaussian approximation). Rothery and others (2020), Value
in Health 23:277 (good practice). Giles, Goda (2019), Statistics and Computing 29:739 (nested Monte Carlo,
halves).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.decision.smoothing import Smooth, gaussian_process, smooth, splines
from cisim.decision.strategies import draws_of
from cisim.errors import ModelError, nearest
from cisim.value import Schedule, annuity

__all__ = [
    "METHODS",
    "Nested",
    "Sampling",
    "Worth",
    "affected",
    "evpi",
    "evppi",
    "evppi_nested",
    "evsi",
    "evsi_gaussian",
    "gains_after",
    "net_benefit_of_sampling",
]

Floats = NDArray[np.float64]
METHODS = ("auto", "splines", "gaussian process")
_TOGETHER = 6  # parameters that a Gaussian process takes together before its lengths are guesswork
_SURE = 5.0  # standard errors beyond which a pattern in the residuals is no chance
_BINS = 20
_ALONE = "there is one strategy, so nothing to choose"
_FEW = 10  # draws that change the choice, below which their own spread says too little


@dataclass(frozen=True, slots=True)
class Worth:
    """What knowing something is worth for one decision, in the unit of the net benefit.

    Attributes
    ----------
    value, se : float
        Estimate and its standard error.
    changes : float
        The share of draws in which knowing it would change the choice.
    method : str
        ``draws``, ``levels``, ``splines`` or ``gaussian process``.
    freedom : float
        Effective degrees of freedom of the regression, the most of any strategy; NaN without one.
    warnings : tuple of str
        What should be known before the estimate is used.
    """

    value: float
    se: float
    changes: float
    method: str
    freedom: float = float("nan")
    warnings: tuple[str, ...] = ()


class Nested(NamedTuple):
    """Nested Monte Carlo: the plain estimate, too high, and the one with most of its bias taken out.

    Attributes
    ----------
    value, se : float
        Too high by about c/m with m inner draws: the highest of several noisy means.
    remedied, remedied_se : float
        Twice the plain estimate less that from half the inner draws, in which the term in 1/m cancels.
    """

    value: float
    se: float
    remedied: float
    remedied_se: float


@dataclass(frozen=True, slots=True)
class Sampling:
    """A study at several sizes, for everybody whom the decision is for.

    Attributes
    ----------
    sizes, value, cost, net, se : ndarray of float, shape (k,)
        `value` is that of the study's information for all; `net` is `value` less `cost`, and `se` its
        standard error.
    best : int or None
        Place of the size with the highest net benefit; None where none is above zero: do not run it.
    """

    sizes: Floats
    value: Floats
    cost: Floats
    net: Floats
    se: Floats
    best: int | None


def _mean_and_error(gains: Floats) -> tuple[float, float]:
    spread = float(gains.std(ddof=1)) if len(gains) > 1 else float("inf")
    return float(gains.mean()), spread / float(np.sqrt(len(gains)))


def evpi(benefit: ArrayLike) -> Worth:
    """Return what it would be worth to know everything: the expected value of perfect information.

    Parameters
    ----------
    benefit : array_like of float, shape (n, s)
        Net benefit by draw and strategy.

    >>> evpi([[0, 5], [0, -3], [0, -5]]).value
    1.6666666666666667
    """
    values = draws_of(benefit, "net benefit")
    best = int(values.mean(axis=0).argmax())
    gains = values.max(axis=1) - values[:, best]
    value, se = _mean_and_error(gains)
    return Worth(value, se, float((gains > 0).mean()), "draws")


def _inputs(benefit: ArrayLike, parameters: ArrayLike, where: str) -> tuple[Floats, Floats]:
    benefits = draws_of(benefit, "net benefit")
    given = np.asarray(parameters, dtype=np.float64)
    values = draws_of(given[:, None] if given.ndim == 1 else given, where)
    if len(values) != len(benefits):
        raise ModelError(where, f"got {len(values)} rows, want one for each of {len(benefits)} draws")
    return benefits, values


def _against_best(benefits: Floats) -> Floats:
    """Return what each other strategy gains over the one to choose now, shape (n, s - 1)."""
    best = int(benefits.mean(axis=0).argmax())
    return np.delete(benefits - benefits[:, [best]], best, axis=1)


def _unit_loss(mean: Floats, spread: Floats) -> Floats:
    """Return the mean of what is above zero of a normal with mean -`mean` and such a spread."""
    z = np.divide(mean, spread, where=spread > 0, out=np.full_like(mean, np.inf))
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    return np.asarray(np.where(np.isinf(z), 0.0, spread * density - mean * special.ndtr(-z)))


def _worth(fit: Smooth, features: tuple[Floats, Floats]) -> Worth:
    """Return what knowing the fit at such features is worth; outputs are gains over the strategy to choose now."""
    gains = fit.at(features)
    count = len(gains)
    with_now = np.c_[np.zeros(count), gains]
    now = int(with_now.mean(axis=0).argmax())
    then = with_now.argmax(axis=1)
    rises = with_now[np.arange(count), then] - with_now[:, now]
    value, luck = _mean_and_error(rises)
    chosen = (then[:, None] == np.arange(with_now.shape[1])).astype(np.float64)
    chosen[:, now] -= 1.0
    error = fit.variance(features, chosen[:, 1:] / count)
    changed = int((rises > 0).sum())
    told, unseen = [], 0.0
    if changed < _FEW:
        told.append(f"would change the choice in {changed or 'none'} of {count:,} draws: too few to size it")
        # two standard errors towards more worth, in the mean of the gains and in how far they spread
        wrong = 2 * np.sqrt(fit.noise.diagonal() * fit.freedom / count)
        spread = gains.std(axis=0)
        mean = np.maximum(np.abs(gains.mean(axis=0)) - wrong - 2 * spread / np.sqrt(count), 0.0)
        unseen = float(_unit_loss(mean, spread + wrong).sum())
    changes = changed / count
    se = float(np.hypot(luck, np.sqrt(error)))
    return Worth(value, max(se, unseen), changes, fit.basis.name, float(fit.freedom.max()), tuple(told))


def _pattern(residuals: Floats, weights: Floats) -> float:
    """Return the largest number of standard errors by which residuals go with any column of weights."""
    below = np.sqrt((residuals**2).T @ weights**2)
    found = np.divide(residuals.T @ weights, below, where=below > 0, out=np.zeros_like(below))
    return float(np.abs(found).max(initial=0.0))


def _unexplained(fit: Smooth) -> Floats:
    """Return the residuals of the outputs of which more is left than rounding, in which patterns mean nothing."""
    return np.asarray(fit.residuals[:, fit.residuals.var(axis=0) > 1e-8 * fit.fitted.var(axis=0)])


def _interact(fit: Smooth, values: Floats) -> bool:
    """Return whether the residuals go with a product of two parameters."""
    spread = values.std(axis=0)
    scaled = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    first, second = np.triu_indices(values.shape[1], 1)
    return len(first) > 0 and _pattern(_unexplained(fit), scaled[:, first] * scaled[:, second]) > _SURE


def _misses_a_shape(fit: Smooth, values: Floats) -> bool:
    """Return whether the residuals of some stretch of a parameter are not zero on average."""
    residuals = _unexplained(fit)
    edges = np.arange(_BINS) * len(residuals) // _BINS
    for column in values.T if residuals.shape[1] else ():
        ordered = residuals[np.argsort(column, kind="stable")]
        below = np.sqrt(np.add.reduceat(ordered**2, edges))
        sums = np.add.reduceat(ordered, edges)
        if (np.abs(sums) > _SURE * below).any():
            return True
    return False


def _fit(benefits: Floats, values: Floats, method: str) -> tuple[Smooth, list[str]]:
    if method not in METHODS:
        raise ModelError(
            "method", f"got {method!r}, want one of {', '.join(METHODS)}{nearest(method, METHODS)}"
        )
    gains = _against_best(benefits)
    told: list[str] = []
    if method != "gaussian process":
        fit = smooth(splines(values), values, gains)
        if fit.basis.name == "levels" or not _interact(fit, values):
            return fit, told
        if method == "splines" or values.shape[1] > _TOGETHER:
            told.append(
                "parameters act through each other, which additive splines do not see: likely too low"
            )
            return fit, told
    return smooth(gaussian_process(values, gains), values, gains), told


def evppi(benefit: ArrayLike, parameters: ArrayLike, method: str = "auto") -> Worth:
    """Return what it would be worth to know some parameters: expected value of partial perfect information.

    Parameters
    ----------
    benefit : array_like of float, shape (n, s)
        Net benefit by draw and strategy.
    parameters : array_like of float, shape (n,) or (n, p)
        What would be known, in the same draws.
    method : str
        ``splines``, additive; ``gaussian process``, for a few parameters that act through each other;
        ``auto`` takes splines, and where their residuals show a product of two of at most six parameters, a
        Gaussian process.

    Raises
    ------
    ModelError
        For values that are no number, unequal rows, too few draws or an unknown method.

    >>> cards = [(b, v) for b in (10, 10, 10, 20, 20, 20, 20, 20, 30, 30) for v in (200, 200, 200, 500, 500)]
    >>> both = [[0, b * v - 6500, b * v / 2 - 2500] for b, v in cards]
    >>> round(evppi(both, [b for b, _ in cards]).value, 9), round(evppi(both, [v for _, v in cards]).value, 9)
    (430.0, 660.0)
    """
    benefits, values = _inputs(benefit, parameters, "parameters")
    if benefits.shape[1] == 1:
        return Worth(0.0, 0.0, 0.0, "draws", warnings=(_ALONE,))
    fit, told = _fit(benefits, values, method)
    found = _worth(fit, fit.seen)
    if _misses_a_shape(fit, values):
        told.append("the regression misses a shape in the draws: take the estimate with care")
    whole = evpi(benefits)
    if found.value > whole.value * (1 + 1e-9):
        told.append(
            f"above the value of knowing everything ({whole.value:.6g}), which cannot be: few draws or a poor fit"
        )
    return Worth(found.value, found.se, found.changes, found.method, found.freedom, (*found.warnings, *told))


def evppi_nested(benefits: ArrayLike) -> Nested:
    """Return EVPPI from a model that was run again and again at each value of what would be known.

    Dear, and biased upwards where the inner draws are few; a check on regression, not a replacement.

    Parameters
    ----------
    benefits : array_like of float, shape (outer, inner, s)
        Net benefit: for each value of what would be known, draws of the rest given that value.

    Raises
    ------
    ModelError
        For another shape, an odd number of inner draws, or values that are no number.
    """
    values = np.asarray(benefits, dtype=np.float64)
    if values.ndim != 3 or values.shape[1] < 2 or values.shape[1] % 2:
        raise ModelError("net benefit", f"got shape {values.shape}, want (outer, an even number, strategies)")
    draws_of(values.reshape(-1, values.shape[2]), "net benefit")
    half = values.shape[1] // 2
    first, second = values[:, :half].mean(axis=1), values[:, half:].mean(axis=1)
    mean = (first + second) / 2
    now = mean[:, int(mean.mean(axis=0).argmax())]
    plain = mean.max(axis=1)
    halves = (first.max(axis=1) + second.max(axis=1)) / 2
    return Nested(*_mean_and_error(plain - now), *_mean_and_error(2 * plain - halves - now))


def evsi(benefit: ArrayLike, summaries: ArrayLike, method: str = "auto") -> Worth:
    """Return what a study would be worth: the expected value of sample information, by regression on its summaries.

    Parameters
    ----------
    benefit : array_like of float, shape (n, s)
    summaries : array_like of float, shape (n,) or (n, q)
        For each draw, what the study would show if that draw were the truth: simulate its data, and sum them
        up (a mean, a share, an estimate).
    method : str
        As in `evppi`.
    """
    return evppi(benefit, summaries, method)


def gains_after(benefit: ArrayLike, summaries: ArrayLike, method: str = "auto") -> Floats:
    """Return what each strategy is expected to gain over the one to choose now, after what a study shows in each draw.

    Parameters
    ----------
    benefit : array_like of float, shape (n, s)
    summaries : array_like of float, shape (n,) or (n, q)
        As in `evsi`.
    method : str
        As in `evppi`.

    Returns
    -------
    ndarray of float, shape (n, s)
        0 throughout for the strategy to choose now; the highest of each row is to be chosen then.

    >>> gains_after([[0, 5], [0, -3], [0, 5], [0, -3]], [1.0, 0.0, 1.0, 0.0]).argmax(axis=1).tolist()
    [1, 0, 1, 0]
    """
    benefits, values = _inputs(benefit, summaries, "summaries")
    if benefits.shape[1] == 1:
        return np.zeros_like(benefits)
    fit, _ = _fit(benefits, values, method)
    now = int(benefits.mean(axis=0).argmax())
    return np.insert(fit.at(fit.features(values)), now, 0.0, axis=1)


def evsi_gaussian(
    benefit: ArrayLike,
    parameters: ArrayLike,
    prior_size: ArrayLike,
    sizes: ArrayLike,
    method: str = "auto",
) -> list[Worth]:
    """Return what a study of each size would be worth, by the Gaussian approximation.

    What is known now counts as `prior_size` observations; a study of n more moves the mean by the share
    sqrt(n / (n + prior size)) of the spread. One regression serves every size. Exact where the mean of the
    data is normal and benefit is a smooth function of it.

    Parameters
    ----------
    benefit : array_like of float, shape (n, s)
    parameters : array_like of float, shape (n,) or (n, p)
        What the study measures.
    prior_size : array_like of float, shape () or (p,)
        The variance of one observation over that of the parameter; 0 where the study would settle it.
    sizes : array_like of float, shape (k,)

    Raises
    ------
    ModelError
        As `evppi`, and for parameters of a few values, between which there is nothing to interpolate.
    """
    benefits, values = _inputs(benefit, parameters, "parameters")
    weight = np.broadcast_to(np.asarray(prior_size, float), (values.shape[1],))
    points = np.atleast_1d(np.asarray(sizes, float))
    if (weight < 0).any() or (points < 0).any() or not np.isfinite(points).all():
        raise ModelError("sizes", "got a size below 0 or infinite, want prior size and sizes of 0 or more")
    if benefits.shape[1] == 1:
        return [Worth(0.0, 0.0, 0.0, "draws", warnings=(_ALONE,)) for _ in points]
    fit, told = _fit(benefits, values, method)
    if fit.basis.lattice:
        text = "got one of a few different values, want continuous ones; simulate the study for evsi"
        raise ModelError("parameters", text)
    out = []
    middle = values.mean(axis=0)
    for size in points:
        share = np.sqrt(np.divide(size, size + weight, where=size + weight > 0, out=np.zeros_like(weight)))
        found = _worth(fit, fit.features(middle + share * (values - middle)))
        out.append(
            Worth(found.value, found.se, found.changes, found.method, found.freedom, (*found.warnings, *told))
        )
    return out


def affected(a_year: float, years: int, schedule: Schedule, *, first: float = 0.0, after: int = 0) -> float:
    """Return how many patients a decision is for, later ones discounted.

    Parameters
    ----------
    a_year : float
        Patients a year.
    years : int
        How long the decision will hold.
    schedule : Schedule
        Of discount rates.
    first : float
        0 for patients from the first day of each year, 1 for its end.
    after : int
        Years until a study has reported: its information serves only those who come later.

    >>> from cisim.value import NICE_RATE
    >>> round(affected(100, 10, NICE_RATE), 10), round(affected(100, 10, NICE_RATE, first=1), 10)
    (860.7686508868, 831.6605322578)
    """
    if not 0 <= after <= years:
        raise ModelError("after", f"got {after}, want between 0 and the {years} years of the decision")
    return a_year * annuity(years - after, schedule, first=first + after)


def net_benefit_of_sampling(
    sizes: ArrayLike, worth: Sequence[Worth], *, people: float, fixed: float = 0.0, each: float = 0.0
) -> Sampling:
    """Return what a study brings less what it costs at each size, and the best size if there is one.

    Parameters
    ----------
    sizes : array_like of float, shape (k,)
    worth : sequence of Worth, length k
        For one patient, as from `evsi_gaussian` or `evsi`.
    people : float
        Whom the decision is for, as from `affected`; 1 where net benefit is already for all.
    fixed, each : float
        Cost of the study, whatever its size, and of each observation.

    >>> found = net_benefit_of_sampling(
    ...     [10, 20], [Worth(3, 0, 0.1, ""), Worth(4, 0, 0.1, "")], people=100, each=15
    ... )
    >>> found.net.tolist(), found.best
    ([150.0, 100.0], 0)
    """
    points = np.atleast_1d(np.asarray(sizes, float))
    if len(worth) != len(points):
        raise ModelError("worth", f"got {len(worth)}, want one for each of {len(points)} sizes")
    value = people * np.array([one.value for one in worth])
    cost = fixed + each * points
    net = value - cost
    place = int(net.argmax())
    return Sampling(
        points,
        value,
        cost,
        net,
        people * np.array([one.se for one in worth]),
        place if net[place] > 0 else None,
    )
