"""Durations and stays: a family chosen by what it foretells, with ends that were not seen and who was there before.

Families are compared by cross-validated log score: each duration is foretold by a fit to the others. The simplest
family within one standard error of the best is taken, if no more than one of its quantiles lies outside the interval of
what was seen. Beside the families stands what was seen itself, with a smooth tail.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.calibrate.estimates import Estimate
from cisim.calibrate.families import FAMILIES, Family, covariance, log_scores, most_likely
from cisim.calibrate.product_limit import Lasting, Stays, product_limit, stays
from cisim.calibrate.written import correlated
from cisim.distributions import Distribution, Empirical
from cisim.errors import ModelError, nearest

__all__ = ["DurationFit", "QuantileCheck", "fit_duration"]

Floats = NDArray[np.float64]
SEEN_ITSELF = "empirical"
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
MOST_SE = 1.0
"""Of the logarithm of a number: with more nobody knows it within a factor of seven, and its draws would be absurd."""
SURE, LEAST_WEIGHT = 0.99, 0.05
"""With so much weight a family is taken for known; with so little it is not told."""
RESAMPLED, WRITTEN_DRAWS = 1000, 400
OTHERS_SE = 0.5
"""A family that was not chosen has no weight where a number of it is known no better: its draws would be absurd."""
LAST_KNOT, KNOTS, LEAST_BEYOND = 0.9, 18, 20
"""What was seen is taken as it is up to this quantile, in so many steps, if at least so many are seen beyond it."""


@dataclass(frozen=True, slots=True)
class QuantileCheck:
    """A quantile of the fit beside that of the data.

    Attributes
    ----------
    level : float
    fitted, seen : float
        In the unit of the durations.
    low, high : float
        The 95% interval of what was seen; nan where it has no end.
    """

    level: float
    fitted: float
    seen: float
    low: float
    high: float

    @property
    def inside(self) -> bool:
        """Whether the fitted quantile lies inside the interval of what was seen."""
        return not (self.fitted < self.low or self.fitted > self.high)


class Candidate(NamedTuple):
    """A family that may be the right one.

    Attributes
    ----------
    family : str
    weight : float
        How much of the prediction is its: by how it foretells, with the luck of that (see `fit_duration`).
    free, covariance : ndarray, shapes (k,) and (k, k)
        As of `DurationFit`.
    """

    family: str
    weight: float
    free: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True)
class DurationFit:
    """A fitted duration.

    Attributes
    ----------
    family : str
        The one that was chosen.
    best : Distribution
        In the unit of the durations.
    unit : str
        'min', 'h' or 'd'.
    data : Stays
    resolution : float
        To what the durations were rounded; 0 where they were not.
    free, covariance : ndarray, shapes (k,) and (k, k)
        Free numbers of the family; empty for `empirical`.
    scores : dict of str to float
        Cross-validated log score a duration, by family.
    behind : dict of str to (float, float)
        By how much each family is behind the best, with the standard error of that.
    quantiles : tuple of QuantileCheck
    candidates : tuple of Candidate
        All families that may be the right one, heaviest first; their weights sum to 1.
    """

    family: str
    best: Distribution
    unit: str
    data: Stays
    resolution: float
    free: Floats
    covariance: Floats
    scores: dict[str, float]
    behind: dict[str, tuple[float, float]]
    quantiles: tuple[QuantileCheck, ...]
    candidates: tuple[Candidate, ...] = ()

    def numbers(self) -> dict[str, Estimate]:
        """Return the numbers of the family as cisim writes them, by name; none for `empirical`.

        Their errors are those of the family that was chosen: the choice itself is in `draws` and in `words`.
        """
        if self.family == SEEN_ITSELF:
            return {}
        made = FAMILIES[self.family]
        values, slope = made.numbers(self.free), _slope(made, self.free)
        se = np.sqrt(np.einsum("ij,jk,ik->i", slope, self.covariance, slope))
        units = [
            "" if n == "shape" else ("share" if n.startswith("shares") else self.unit) for n in made.names
        ]
        scales: list[Literal["log", "logit"]] = ["logit" if s == "logit" else "log" for s in made.scales]
        return {
            name: Estimate(value, float(error), scale, unit)
            for name, value, error, scale, unit in zip(made.names, values, se, scales, units, strict=True)
        }

    def correlations(self) -> Floats:
        """Return the correlations of the errors of `numbers`, shape (k, k): a mean and its sd err together."""
        slope = _slope(FAMILIES[self.family], self.free)
        c = slope @ self.covariance @ slope.T
        d = np.sqrt(np.diag(c))
        return np.asarray(c / np.outer(d, d), float)

    def draws(self, n: int, rng: np.random.Generator) -> list[Distribution]:
        """Return `n` distributions that the data allow, what is not known of the family among them.

        Each is of one of the `candidates`, by their weights. Of a family, its free numbers are drawn together from
        their normal approximation; of `empirical`, the patients are drawn anew (the bootstrap).
        """
        weights = np.array([c.weight for c in self.candidates])
        which = rng.choice(len(weights), size=n, p=weights / weights.sum())
        return [self._drawn(self.candidates[k], rng) for k in which]

    def _drawn(self, one: Candidate, rng: np.random.Generator) -> Distribution:
        if one.family == SEEN_ITSELF:
            for _ in range(20):  # a few patients, drawn anew, may all be alike
                try:
                    return _empirical(self.data.part(rng.integers(0, len(self.data), len(self.data))))
                except ModelError:
                    continue
            return self.best
        made = FAMILIES[one.family]
        root = np.linalg.cholesky(one.covariance)
        return made.distribution(one.free + root @ rng.standard_normal(len(one.free)))

    def _written(self) -> dict[str, Estimate]:
        """Return the numbers as they are written: mean and sd are so much less sure as the family is not known."""
        found = self.numbers()
        if self.candidates[0].weight > SURE and self.candidates[0].family == self.family:
            return found
        drawn = self.draws(WRITTEN_DRAWS, np.random.Generator(np.random.Philox(1)))
        moments = {"mean": [d.mean() for d in drawn], "sd": [d.sd() for d in drawn]}
        for name, each in moments.items():
            if name in found:
                off = np.abs(np.log(each) - math.log(found[name].value))
                wide = float(np.quantile(off, 0.9) / special.ndtri(0.95))
                found[name] = replace(found[name], se=max(found[name].se, min(wide, MOST_SE)))
        return found

    def words(self, source: str, *, uncertain: bool = True) -> dict[str, Any]:
        """Return the mapping that stands as a duration in a model file.

        Parameters
        ----------
        source : str
        uncertain : bool
            Whether each number stands as `uncertain`, or at its best value. The mean and sd of a family are as much
            less sure as the choice of the family makes them. The numbers of `empirical` must rise one after the other,
            so that they cannot be drawn one by one: they stand at their best, the note says so, and `draws` has what is
            not known of them.

        Notes
        -----
        Numbers of one family err together: `correlated` has what belongs into the experiment file.
        """
        if isinstance(self.best, Empirical):
            inside: dict[str, Any] = {
                "values": [self._told(v) for v in self.best.values],
                "chances": [float(f"{p:.6g}") for p in self.best.chances],
                "scale": self._told(self.best.scale),
                "shape": float(f"{self.best.shape:.4g}"),
            }
            told = {"note": "as it was seen: what is not known of it is not written"} if uncertain else {}
            return {SEEN_ITSELF: inside, "source": source, **told}
        numbers = self._written() if uncertain else self.numbers()

        def said(number: Estimate) -> Any:
            return number.words(source) if uncertain else number.written()

        if self.family == "mixture":
            first = replace(numbers["shares.2"], value=1 - numbers["shares.2"].value)
            inside = {
                "shares": [said(first)],  # the other is what remains
                "means": [said(numbers["means.1"]), said(numbers["means.2"])],
                "sds": [said(numbers["sds.1"]), said(numbers["sds.2"])],
            }
        else:
            inside = {name: said(number) for name, number in numbers.items()}
        told = {"note": self._families()} if uncertain and len(self._likely()) > 1 else {}
        return {self.family: inside, "source": source, **told}

    def correlated(self, path: str, source: str) -> list[dict[str, Any]]:
        """Return what belongs under `correlations:` of an experiment file, beside what `words` put into the model.

        Parameters
        ----------
        path : str
            Of the duration, as `cisim check` tells it after ``model.``: ``pathways.p.steps.care.duration``.
        source : str
        """
        numbers = self.numbers()
        if len(numbers) < 2:
            return []
        r = self.correlations()
        names = list(numbers)
        if self.family == "mixture":  # the first share is written, and not the second
            names[0] = "shares.1"
            r = r * np.outer(turned := np.where(np.arange(len(r)) == 0, -1.0, 1.0), turned)
        return correlated([f"model.{path}.{self.family}.{name}" for name in names], r, source)

    def _likely(self) -> list[Candidate]:
        return [c for c in self.candidates if c.weight >= LEAST_WEIGHT]

    def _families(self) -> str:
        told = ", ".join(f"{c.family} {c.weight:.0%}" for c in self._likely())
        return f"which family is not known: {told} of the weight"

    def _told(self, value: float) -> str:
        return f"{float(f'{value:.5g}'):g} {self.unit}"

    def told(self) -> str:
        """Return what was found, in sentences."""
        data = self.data
        unseen, late = int((~data.seen).sum()), int((data.entered > 0).sum())
        parts = [f"{len(data):,} durations"]
        if unseen:
            parts.append(f"{unseen:,} of them with an end not seen")
        if late:
            parts.append(f"{late:,} begun before the records")
        known = {c.family for c in self.candidates}
        others = [
            f"{name} {gap:.3f} behind (se {se:.3f})"
            for name, (gap, se) in self.behind.items()
            if name in known and name != self.family
        ]
        strange = [name for name in self.behind if name not in known]
        if strange:
            others.append(f"the data do not say the numbers of {', '.join(strange)}")
        off = [f"{q.level:.0%}" for q in self.quantiles if not q.inside]
        numbers = ", ".join(f"{name} {n.told()}" for name, n in self.numbers().items())
        mean = f"mean {self.best.mean():.4g} {self.unit}, sd {self.best.sd():.4g} {self.unit}"
        lines = [
            f"{', '.join(parts)}: {self.family} ({numbers or mean}).",
            *([f"{self._families().capitalize()}."] if len(self._likely()) > 1 else []),
            f"Log score a duration {self.scores[self.family]:.3f}; {'; '.join(others) or 'no other was tried'}.",
            f"Outside the 95% interval of what was seen lie its quantiles at {', '.join(off)}."
            if off
            else "Its quantiles lie inside the 95% intervals of what was seen.",
        ]
        step = _step(data.value[data.seen])
        if step > max(self.resolution, 0.0):
            lines.append(
                f"Most of them are the same as others, and all are whole numbers of {step:.4g} {self.unit}: they look "
                f"rounded, which the fit was not told. With resolution={step:.4g} it may be another."
            )
        return " ".join(lines)


def fit_duration(
    value: ArrayLike,
    seen: ArrayLike | None = None,
    entered: ArrayLike | None = None,
    *,
    unit: Literal["min", "h", "d"] = "d",
    families: Sequence[str] = (*FAMILIES, SEEN_ITSELF),
    resolution: float = 0.0,
    folds: int = 10,
    seed: int = 1,
) -> DurationFit:
    """Return the duration that foretells best, with its uncertainty.

    Parameters
    ----------
    value, seen, entered : array_like, shape (n,)
        Durations, whether their ends were seen, and how long each had lasted when the records begin; see `Stays`.
    unit : 'min', 'h' or 'd'
        Of the durations.
    families : sequence of str
        What may be chosen, of: exponential, lognormal, gamma, weibull, mixture, empirical.
    resolution : float
        To what the durations were rounded (1 where whole days are written); a duration of 0 is then below half of it.
    folds, seed : int
        Of the cross-validation.

    Raises
    ------
    ModelError
        For unknown families, fewer than 10 ends seen, or durations of 0 without a resolution.

    Notes
    -----
    The family is chosen to be simple, and it may be another. A family's weight is its share of the probability by
    cross-validated log score, averaged over patients drawn anew with Bayesian bootstrap weights (pseudo-BMA+; Yao,
    Vehtari, Simpson and Gelman 2018, Bayesian Analysis 13): `draws` and the spread that `words` writes rest on it.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> fit = fit_duration(rng.exponential(5.0, 400), families=["exponential", "lognormal"])
    >>> fit.family
    'exponential'
    """
    strange = [f for f in families if f not in FAMILIES and f != SEEN_ITSELF]
    if strange or not families:
        known = (*FAMILIES, SEEN_ITSELF)
        hint = nearest(strange[0], known) if strange else ""
        raise ModelError(
            "families", f"got {', '.join(strange) or 'none'}, want some of: {', '.join(known)}{hint}"
        )
    data = stays(value, seen, entered, zero=resolution > 0)
    scored = _cross_validated(
        data, [f for f in (*FAMILIES, SEEN_ITSELF) if f in families], resolution, folds, seed
    )
    means = {name: float(s.mean()) for name, s in scored.items()}
    curve = product_limit(data)
    fitted, refused = {}, []
    for name in sorted(means, key=means.__getitem__, reverse=True):
        try:
            fitted[name] = _whole(name, data, resolution)
        except (ModelError, OverflowError) as error:  # a mixture that closes in on one duration, for one
            refused.append(error)
    if not fitted:
        raise refused[0]
    top = next(iter(fitted))
    behind = {name: _behind(scored[top] - s) for name, s in scored.items()}
    checks = {name: _quantiles(made[0], curve) for name, made in fitted.items()}
    kept = [
        name
        for name, (gap, se) in behind.items()
        if name in fitted and gap <= se and sum(not q.inside for q in checks[name]) <= 1
    ]
    chosen = kept[0] if kept else top
    best, free, spread = fitted[chosen]
    sure = [n for n, (_, at, c) in fitted.items() if n == chosen or _least_sure(n, at, c) < OTHERS_SE]
    weights = _weights({name: scored[name] for name in sure}, seed)
    candidates = [Candidate(name, weights[name], *fitted[name][1:]) for name in sure]
    candidates.sort(key=lambda c: -c.weight)
    return DurationFit(
        chosen, best, unit, data, resolution, free, spread, means, behind, checks[chosen], tuple(candidates)
    )


def _weights(scored: dict[str, Floats], seed: int) -> dict[str, float]:
    """Return how much of a prediction is each family's, by their log scores and the luck of these."""
    if len(scored) == 1:
        return dict.fromkeys(scored, 1.0)
    each = np.stack(list(scored.values()))
    n = each.shape[1]
    rng = np.random.Generator(np.random.Philox([seed, n]))
    totals = np.empty((RESAMPLED, len(each)))
    for i in range(RESAMPLED):
        patients = rng.standard_exponential((n,))
        totals[i] = each @ (patients * (n / patients.sum()))
    made = special.softmax(totals, axis=1).mean(axis=0)
    return dict(zip(scored, made.tolist(), strict=True))


def _step(value: Floats) -> float:
    """Return to what durations look rounded, 0 where they do not: most are tied, and all are multiples of one step."""
    alike, times = np.unique(value, return_counts=True)
    if times[times > 1].sum() < len(value) / 2 or len(alike) < 3:
        return 0.0
    step = float(np.diff(alike).min())
    whole = np.abs(value / step - np.round(value / step)) < 1e-6 * np.maximum(value / step, 1.0)
    return step if whole.all() else 0.0


def _slope(made: Family, free: Floats) -> Floats:
    """Return how each number, on its scale, changes with each free number, shape (numbers, free)."""

    def scaled(at: Floats) -> Floats:
        n = np.asarray(made.numbers(at))
        rest = [math.log1p(-x) if s == "logit" else 0.0 for x, s in zip(n, made.scales, strict=True)]
        return np.asarray(np.log(n) - np.asarray(rest), float)

    steps = np.eye(len(free)) * 1e-5
    return np.stack([(scaled(free + up) - scaled(free - up)) / 2e-5 for up in steps], axis=1)


def _whole(name: str, data: Stays, resolution: float) -> tuple[Distribution, Floats, Floats]:
    """Return the fit to all durations, or raise `ModelError` where the data do not say what its numbers are."""
    if name == SEEN_ITSELF:
        return _empirical(data), np.empty(0), np.empty((0, 0))
    made = FAMILIES[name]
    free = most_likely(made, data, resolution)
    spread = covariance(made, free, data, resolution)
    if _least_sure(name, free, spread) > MOST_SE:
        raise ModelError(name, "got too few durations to tell its numbers, want more, or a simpler family")
    return made.distribution(free), free, spread


def _least_sure(name: str, free: Floats, spread: Floats) -> float:
    """Return the largest standard error of a family's numbers, on their scales."""
    if name == SEEN_ITSELF:
        return 0.0
    slope = _slope(FAMILIES[name], free)
    return math.sqrt(float(np.einsum("ij,jk,ik->i", slope, spread, slope).max()))


def _quantiles(made: Distribution, curve: Lasting) -> tuple[QuantileCheck, ...]:
    return tuple(
        QuantileCheck(p, float(made.ppf(np.asarray(p))), curve.quantile(p), *curve.band(p))
        for p in LEVELS
        if math.isfinite(curve.quantile(p))
    )


def _behind(gaps: Floats) -> tuple[float, float]:
    return float(gaps.mean()), float(gaps.std(ddof=1) / math.sqrt(len(gaps)))


def _cross_validated(
    data: Stays, names: list[str], resolution: float, folds: int, seed: int
) -> dict[str, Floats]:
    """Return each duration's log score by a fit to the other folds, by family."""
    if len(names) == 1:
        whole = np.zeros(len(data))
        if names[0] != SEEN_ITSELF:
            whole = log_scores(
                FAMILIES[names[0]], most_likely(FAMILIES[names[0]], data, resolution), data, resolution
            )
        return {names[0]: whole}
    rng = np.random.Generator(np.random.Philox(seed))
    fold = rng.permutation(len(data)) % folds
    out = {}
    for name in names:
        if name == SEEN_ITSELF and data.seen.sum() * (1 - 1 / folds) * (1 - LAST_KNOT) < LEAST_BEYOND:
            continue
        try:
            scores = _held_scores(name, data, fold, resolution)
        except ModelError:  # durations of which no member of the family is most likely
            continue
        out[name] = np.maximum(scores, -50.0)  # one duration that a family rules out does not decide alone
    if not out:
        raise ModelError(
            "durations", "got too few for a tail of their own, want 250 or more, or another family"
        )
    return out


def _held_scores(name: str, data: Stays, fold: NDArray[np.int64], resolution: float) -> Floats:
    scores = np.empty(len(data))
    start = most_likely(FAMILIES[name], data, resolution) if name != SEEN_ITSELF else None
    for k in range(int(fold.max()) + 1):
        rest, held = data.part(fold != k), data.part(fold == k)
        if name == SEEN_ITSELF:
            scores[fold == k] = _empirical_scores(_empirical(rest), held, resolution)
        else:
            free = most_likely(FAMILIES[name], rest, resolution, start)
            scores[fold == k] = log_scores(FAMILIES[name], free, held, resolution)
    return scores


def _empirical(data: Stays) -> Empirical:
    """Return what was seen, straight between quantiles, and a generalised Pareto tail that is most likely beyond."""
    from scipy import optimize  # noqa: PLC0415 - slow to load

    curve = product_limit(data)
    reach = min(LAST_KNOT, float(1 - curve.longer[max(0, len(curve.time) - LEAST_BEYOND - 1)]))
    levels = np.linspace(0, reach, KNOTS + 1)[1:]
    at = np.minimum(np.searchsorted(1 - curve.longer, levels - 1e-12), len(curve.time) - 1)
    values = np.unique(curve.time[at])
    chances = 1 - curve.longer[np.searchsorted(curve.time, values)]
    kept = (chances > 1e-9) & (chances < 1 - 1e-9) & (values > 0)
    values, chances = values[kept], chances[kept]
    if not len(values):
        raise ModelError("durations", "got durations all alike, want some that differ")
    last = float(values[-1])
    beyond = data.part(data.value > last)
    over, from_ = beyond.value - last, np.maximum(beyond.entered - last, 0.0)

    def cost(free: Floats) -> float:
        scale, shape = math.exp(float(free[0])), 0.45 / (1 + math.exp(-float(free[1])))
        longer, before = (np.log1p(shape * x / scale) / shape for x in (over, from_))
        seen = longer + np.log1p(shape * over / scale) + free[0]
        return float(np.where(beyond.seen, seen, longer).sum() - before.sum()) + 0.01 * float(free[1]) ** 2

    begin = np.array([math.log(max(float(over.mean()), 1e-9)), -1.0]) if len(over) else np.array([0.0, -1.0])
    best = optimize.minimize(cost, begin, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-6})
    scale, shape = math.exp(float(best.x[0])), 0.45 / (1 + math.exp(-float(best.x[1])))
    return Empirical((0.0, *values.tolist()), (0.0, *chances.tolist()), scale, shape)


def _empirical_scores(made: Empirical, held: Stays, resolution: float) -> Floats:
    """Return log scores; the density is that of the straight lines, and of the tail."""
    width = resolution if resolution > 0 else 0.0
    x = held.value
    with np.errstate(divide="ignore"):
        if width:
            ended = np.log(made.cdf(x + width / 2) - made.cdf(np.maximum(x - width / 2, 0.0)))
        else:
            slopes = np.diff(made.chances) / np.diff(made.values)
            at = np.clip(np.searchsorted(made.values, x) - 1, 0, len(slopes) - 1)
            over = np.maximum(x - made.values[-1], 0.0)
            tail = np.log(1 - made.chances[-1]) - math.log(made.scale)
            tail = tail - (1 + 1 / made.shape) * np.log1p(made.shape * over / made.scale)
            ended = np.where(x > made.values[-1], tail, np.log(slopes[at]))
        out = np.where(held.seen, ended, np.log(1 - made.cdf(x)))
        return np.asarray(out - np.log(1 - made.cdf(held.entered)))
