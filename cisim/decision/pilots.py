r"""Whether a pilot is worth running before a choice, how large it should be, and what it could change.

For each draw of what is not known the pilot's data are simulated as if that draw were the truth; the net
benefits are regressed on what the data sum up to (`cisim.decision.evsi`), so any way in which data come will
do. A draw's luck is the same at every size, so sizes differ by their size and not by chance.

.. math::

    \mathrm{ENBS}(n) = N \left[ E_x \max_d E(B_d \mid x_n) - \max_d E B_d \right] - c_0 - c_1 n - \ell

with N the places that decide by it, times the share of the worth that is still to come when it has
reported, and :math:`\ell` what is lost by waiting: what would be chosen now, less doing nothing, for that time.

References
----------
Strong, Oakley, Brennan, Breeze (2015), Medical Decision Making 35:570. Eckermann, Willan (2007), Health
Economics 16:195 (what waiting costs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from cisim.decision.information import (
    Sampling,
    Worth,
    evppi,
    evsi,
    evsi_gaussian,
    gains_after,
    net_benefit_of_sampling,
)
from cisim.decision.strategies import draws_of
from cisim.errors import ModelError, nearest
from cisim.streams import address, uniforms
from cisim.value import Schedule, annuity

__all__ = [
    "WAYS",
    "Chosen",
    "Observed",
    "Study",
    "Weighed",
    "findings",
    "prior_size",
    "still_to_come",
    "weigh",
]

Floats = NDArray[np.float64]
WAYS = ("mean", "share", "rate", "time")
_SURE = 2.0  # standard errors of net benefit above zero from which a pilot counts as worth running
_RARE = 0.01  # share of what may be found below which a choice is not told by itself


@dataclass(frozen=True, slots=True)
class Observed:
    """One number that a study measures, and how its data come.

    Attributes
    ----------
    parameter : str
    by : str
        ``mean``: observations that vary by `sd` about the number, normally; ``share``: a binomial count of so
        many; ``rate``: a Poisson count over a time; ``time``: times that vary exponentially about the number.
    sd : float
        Of one observation, for a mean.
    each : float
        Observations (or time, in the rate's own unit) from one of the study's size.
    """

    parameter: str
    by: str = "mean"
    sd: float = float("nan")
    each: float = 1.0

    def __post_init__(self) -> None:
        if self.by not in WAYS:
            raise ModelError("by", f"got {self.by!r}, want one of {', '.join(WAYS)}{nearest(self.by, WAYS)}")
        if self.by == "mean" and not self.sd > 0:
            raise ModelError("sd", f"got {self.sd:g}, want more than 0: how much one observation varies")
        if not self.each > 0:
            raise ModelError("each", f"got {self.each:g}, want more than 0")


@dataclass(frozen=True, slots=True)
class Study:
    """A study that could be made before the choice.

    Attributes
    ----------
    name : str
    measures : tuple of Observed
    sizes : tuple of float
        To be tried, rising.
    fixed, each : float
        Cost whatever its size, and of each one of its size.
    delay : float
        Years by which the choice waits for it.
    meanwhile : float or None
        What waiting loses; None to work it out.
    serves : float
        Places that decide by what it shows.
    """

    name: str
    measures: tuple[Observed, ...]
    sizes: tuple[float, ...]
    fixed: float = 0.0
    each: float = 0.0
    delay: float = 0.0
    meanwhile: float | None = None
    serves: float = 1.0

    def __post_init__(self) -> None:
        if not self.measures:
            raise ModelError("measures", "got none, want what the study would measure")
        if not self.sizes or min(self.sizes) <= 0 or list(self.sizes) != sorted(set(self.sizes)):
            raise ModelError("sizes", f"got {list(self.sizes)}, want sizes above 0, rising")
        if self.delay < 0 or min(self.fixed, self.each, self.meanwhile or 0.0) < 0 or self.serves <= 0:
            raise ModelError("study", "got a cost or a delay below 0, or nobody served, want 0 or more")


class Chosen(NamedTuple):
    """A strategy that would be chosen after a study, how likely that is, and what would then have been found.

    Attributes
    ----------
    strategy : int
    chance : float
    found : tuple of (float, float, float)
        For each number measured: lowest and highest found, infinite where it is open (for several numbers at
        once the middle four fifths of what is found), and the mean.
    """

    strategy: int
    chance: float
    found: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a study brings and costs.

    Attributes
    ----------
    study : Study
    now : int
        The strategy that would be chosen without it.
    sampling : Sampling
        Value, cost (waiting included), net benefit and its standard error at each size.
    worth : tuple of Worth
        Of the study's information at each size, for one place and without delay.
    perfect : Worth
        Of knowing for certain what it measures, for one place.
    check : tuple of Worth or None
        The same as `worth` by the Gaussian approximation, one regression for all sizes; None where what it measures
        takes a few values only.
    lost : float
        What waiting loses.
    left : float
        Share of the worth that is still to come when it has reported.
    chosen : tuple of Chosen
        At the best size, or at the largest where none is worth running; the most likely first.
    """

    study: Study
    now: int
    sampling: Sampling
    worth: tuple[Worth, ...]
    perfect: Worth
    check: tuple[Worth, ...] | None
    lost: float
    left: float
    chosen: tuple[Chosen, ...]

    @property
    def place(self) -> int:
        """The size that is told: the best, or the one that loses least where none is worth running."""
        return self.sampling.best if self.sampling.best is not None else int(self.sampling.net.argmax())

    @property
    def verdict(self) -> str:
        """Run, do not run, or unsure: the draws are too few to tell its net benefit from nothing."""
        net, se = self.sampling.net, self.sampling.se
        at = self.place
        if net[at] > _SURE * se[at]:
            return "run"
        return "do not run" if (net + _SURE * se < 0).all() or self.hopeless else "unsure"

    @property
    def hopeless(self) -> bool:
        """Whether even knowing for certain what it measures would not pay for the cheapest size."""
        most = self.perfect.value + _SURE * self.perfect.se
        return bool(most * self.study.serves * self.left < self.sampling.cost.min())

    @property
    def sure(self) -> float:
        """The probability that its net benefit is above zero, for all that these draws can tell."""
        net, se = self.sampling.net[self.place], self.sampling.se[self.place]
        return float(special.ndtr(net / se)) if se > 0 else float(net > 0)


def findings(study: Study, values: Mapping[str, ArrayLike], size: float, seed: int = 1) -> Floats:
    """Return what a study would find in each draw, if that draw were the truth, shape (n, numbers measured).

    Parameters
    ----------
    study : Study
    values : mapping of parameter to array_like of float, shape (n,)
    size : float
    seed : int
        A draw's luck is the same at every size.

    Raises
    ------
    ModelError
        For a number that was not drawn, or of which data cannot come so.

    >>> half = Study("notes", (Observed("share", "share"),), (10,))
    >>> findings(half, {"share": [0.0, 1.0]}, 10).tolist()
    [[0.0], [1.0]]
    """
    out = []
    for one in study.measures:
        if one.parameter not in values:
            got = f"got {one.parameter!r}, want a number that was drawn{nearest(one.parameter, values)}"
            raise ModelError(f"pilot {study.name!r}", got)
        truth = np.asarray(values[one.parameter], float)
        many = size * one.each
        u = uniforms(address(seed, "pilot", study.name, one.parameter), 0, len(truth))
        if one.by == "mean":
            found = truth + one.sd / np.sqrt(many) * special.ndtri(u)
        elif one.by == "share":
            count = max(round(many), 1)
            if truth.min() < 0 or truth.max() > 1:
                text = f"got draws of {one.parameter!r} beyond 0 to 1, want a share"
                raise ModelError(f"pilot {study.name!r}", text)
            found = stats.binom.ppf(u, count, truth) / count
        elif truth.min() < 0:
            text = f"got draws of {one.parameter!r} below 0, want a {one.by}"
            raise ModelError(f"pilot {study.name!r}", text)
        elif one.by == "time":
            found = truth * special.gammaincinv(many, u) / many
        else:
            found = stats.poisson.ppf(u, truth * many) / many
        out.append(np.maximum(found, 0.0) if one.by != "mean" else found)
    return np.column_stack(out)


def prior_size(observed: Observed, values: ArrayLike) -> float:
    """Return how many of a study's size what is known already counts for, by the conjugate family of its data.

    Normal for a mean, beta for a share, gamma for a rate, inverse gamma for a time, each with the mean and variance
    of the draws.

    >>> prior_size(Observed("p1", "mean", sd=2.0), [-1.0, 1.0])
    4.0
    >>> round(prior_size(Observed("p", "share"), [0.25, 0.75]), 9)
    3.0
    """
    numbers = np.asarray(values, float)
    mean, variance = float(numbers.mean()), float(numbers.var())
    if variance == 0:
        return float("inf")
    if observed.by == "mean":
        count = observed.sd**2 / variance
    elif observed.by == "share":
        count = max(mean * (1 - mean) / variance - 1, 0.0)
    elif observed.by == "time":
        count = mean**2 / variance + 1
    else:
        count = mean / variance
    return count / observed.each


def still_to_come(delay: float, years: int, schedule: Schedule) -> float:
    """Return the share of the worth of `years` equal years that comes after `delay` years, by discrete annuities.

    >>> from cisim.value import NICE_RATE
    >>> round(still_to_come(1, 10, NICE_RATE), 10), still_to_come(0, 10, NICE_RATE)
    (0.8838247653, 1.0)
    """
    if not 0 <= delay < years:
        raise ModelError("delay", f"got {delay:g} years, want within the {years} years of the decision")
    lost = np.clip(delay - np.arange(years), 0.0, 1.0) @ schedule.factor(np.arange(years))
    return 1.0 - float(lost) / annuity(years, schedule)


def weigh(
    benefit: ArrayLike,
    values: Mapping[str, ArrayLike],
    study: Study,
    *,
    people: float = 1.0,
    left: float = 1.0,
    nothing: int | None = None,
    seed: int = 1,
) -> Weighed:
    """Return what a study brings less what it costs at each size, and what it could change.

    Parameters
    ----------
    benefit : array_like of float, shape (n, s)
        Net benefit by draw and strategy; of all whom one decision is for, or of one patient, see `people`.
    values : mapping of parameter to array_like of float, shape (n,)
        In the same draws.
    study : Study
    people : float
        Whom the decision of one place is for, as from `affected`; 1 where net benefit is already for all.
    left : float
        Share of the worth still to come when it has reported, as from `still_to_come`.
    nothing : int, optional
        The strategy that holds while the study runs; left out, waiting loses nothing but time.
    seed : int

    Raises
    ------
    ModelError
        As `findings` and `evsi`.

    >>> rng = np.random.default_rng(1)
    >>> known = {"gain": rng.normal(1.0, 1.0, 4000)}
    >>> ten = Study("ten visits", (Observed("gain", sd=1.0),), (10,), fixed=0.02)
    >>> found = weigh(np.c_[np.zeros(4000), known["gain"]], known, ten)
    >>> round(float(found.sampling.value[0]), 2), found.verdict  # 0.0723 by the closed form
    (0.07, 'run')
    """
    benefits = draws_of(benefit, "net benefit")
    now = int(benefits.mean(axis=0).argmax())
    measured = {one.parameter: values[one.parameter] for one in study.measures if one.parameter in values}
    seen = [findings(study, values, size, seed) for size in study.sizes]
    worth = tuple(evsi(benefits, one) for one in seen)
    columns = np.column_stack([np.asarray(column, float) for column in measured.values()])
    lost = study.meanwhile
    if lost is None:
        gain = 0.0 if nothing is None else float((benefits[:, now] - benefits[:, nothing]).mean())
        lost = people * max(gain, 0.0) * (1.0 - left)
    sampling = net_benefit_of_sampling(
        study.sizes, worth, people=people * study.serves * left, fixed=study.fixed + lost, each=study.each
    )
    place = sampling.best if sampling.best is not None else len(study.sizes) - 1
    return Weighed(
        study,
        now,
        sampling,
        worth,
        evppi(benefits, columns),
        _check(benefits, columns, study),
        lost,
        left,
        _chosen(benefits, seen[place]),
    )


def _check(benefits: Floats, columns: Floats, study: Study) -> tuple[Worth, ...] | None:
    sizes = [prior_size(one, column) for one, column in zip(study.measures, columns.T, strict=True)]
    if not np.isfinite(sizes).all():
        return None
    try:
        return tuple(evsi_gaussian(benefits, columns, sizes, study.sizes))
    except ModelError:  # of a few different values there is nothing to interpolate between
        return None


def _chosen(benefits: Floats, seen: Floats) -> tuple[Chosen, ...]:
    """Return which strategies would be chosen, after which findings, the most likely first."""
    choice = gains_after(benefits, seen).argmax(axis=1)
    if seen.shape[1] == 1:
        return stretches(choice, seen[:, 0])
    out = []
    for strategy in np.unique(choice):
        mine = choice == strategy
        if mine.mean() < _RARE:
            continue
        ends = np.quantile(seen[mine], [0.1, 0.9], axis=0)
        means = seen[mine].mean(axis=0)
        found = tuple((float(a), float(b), float(m)) for a, b, m in zip(*ends, means, strict=True))
        out.append(Chosen(int(strategy), float(mine.mean()), found))
    return tuple(sorted(out, key=lambda one: -one.chance))


def stretches(choice: NDArray[np.int64], seen: Floats) -> tuple[Chosen, ...]:
    """Return stretches of one number's findings after which one strategy would be chosen."""
    order = np.argsort(seen, kind="stable")
    picked, found = choice[order], seen[order]
    runs: list[list[int]] = []  # strategy, first, end
    for first, end in _runs(picked):
        if runs and (end - first < _RARE * len(picked) or runs[-1][0] == picked[first]):
            runs[-1][2] = end
        elif not runs and end - first < _RARE * len(picked) and end < len(picked):
            picked[:end] = picked[end]
            runs.append([int(picked[end]), 0, end])
        else:
            runs.append([int(picked[first]), first, end])
    out = []
    for strategy, first, end in runs:
        low = -np.inf if first == 0 else float((found[first - 1] + found[first]) / 2)
        high = np.inf if end == len(found) else float((found[end - 1] + found[end]) / 2)
        told = ((low, high, float(found[first:end].mean())),)
        out.append(Chosen(strategy, (end - first) / len(found), told))
    return tuple(sorted(out, key=lambda one: -one.chance))


def _runs(picked: NDArray[np.int64]) -> Sequence[tuple[int, int]]:
    edges = [0, *(np.flatnonzero(np.diff(picked)) + 1).tolist(), len(picked)]
    return list(pairwise(edges))
