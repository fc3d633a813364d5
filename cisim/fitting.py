"""Distributions from what people have: an interval, an expert's quantiles, errors of branches, rank correlations.

Mean and standard deviation need no fitting: the families of `cisim.distributions` take them as they are, and refuse
what cannot be, such as a share whose sd squared is not below mean times (1 - mean).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.distributions import Beta, Distribution, Gamma, Lognormal, Normal
from cisim.errors import ModelError, nearest

__all__ = [
    "Fitted",
    "copula_correlation",
    "correlated",
    "dirichlet",
    "dirichlet_draws",
    "from_quantiles",
    "from_ratio",
]

Floats = NDArray[np.float64]
FAMILIES: dict[str, Callable[[float, float], Distribution]] = {
    "beta": Beta,
    "gamma": Gamma,
    "lognormal": Lognormal,
    "normal": Normal,
}
LEAST, MOST = 1e-9, 1 - 1e-9
LEAST_EIGENVALUE = 1e-10


@dataclass(frozen=True, slots=True)
class Fitted:
    """A distribution and how well it keeps to what was said.

    Attributes
    ----------
    distribution : Distribution
    wanted, got : dict of float to float
        The values that were said, and those of the distribution, by their probability.
    misfit : float
        The largest difference, as a share of the distance from the lowest to the highest value that was said.
    """

    distribution: Distribution
    wanted: dict[float, float]
    got: dict[float, float]
    misfit: float

    def told(self) -> str:
        """Return the misfit in plain words."""
        worst = max(self.wanted, key=lambda p: abs(self.got[p] - self.wanted[p]))
        return (
            f"off by at most {self.misfit:.1%} of the range that was said: "
            f"{self.got[worst]:.4g} where {self.wanted[worst]:.4g} was said at {worst:.3g}"
        )


def from_quantiles(family: str, quantiles: Mapping[float, float], *, mean: float | None = None) -> Fitted:
    """Return the member of a family whose quantiles are nearest to those said, by least squares.

    Parameters
    ----------
    family : 'beta', 'gamma', 'lognormal' or 'normal'
    quantiles : mapping of float to float
        Value by probability: ``{0.05: 2, 0.5: 4, 0.95: 9}``; two at least.
    mean : float, optional
        Where the mean is known it is kept, and the spread alone is fitted: ``{0.025: low, 0.975: high}`` for a mean
        with its 95% interval.

    Raises
    ------
    ModelError
        For an unknown family, fewer than two quantiles, values that do not rise with their probability, or values that
        the family cannot have.

    References
    ----------
    O'Hagan and others (2006), Uncertain Judgements: Eliciting Experts' Probabilities, chapter 6.

    Examples
    --------
    >>> from_quantiles("normal", {0.025: 8.04, 0.975: 11.96}, mean=10).distribution.sd()  # doctest: +ELLIPSIS
    1.0000...
    """
    p, x = _checked(family, quantiles)
    make = FAMILIES[family]
    width = float(x[-1] - x[0])
    scores = special.ndtri(p)
    rough = width / float(scores[-1] - scores[0])
    middle = float(np.interp(0.5, p, x)) if mean is None else mean
    if family != "normal" and not 0 < middle < (1 if family == "beta" else math.inf):
        raise ModelError(family, f"got mean {middle:g}, want one that a {family} can have")

    def member(free: Floats) -> Distribution:
        m = middle if mean is not None else _location(family, middle, rough, float(free[1]))
        if family == "beta":
            most = math.sqrt(m * (1 - m))
            start = min(rough, 0.9 * most)
            share = float(special.expit(special.logit((start / most) ** 2) + 2 * free[0]))
            return make(m, most * math.sqrt(min(max(share, LEAST), MOST)))
        return make(m, rough * math.exp(float(np.clip(free[0], -20, 20))))

    def residuals(free: Floats) -> Floats:
        return np.asarray((member(free).ppf(p) - x) / width)

    from scipy import optimize  # noqa: PLC0415 - slow to load

    best = optimize.least_squares(
        residuals, np.zeros(1 if mean is not None else 2), xtol=1e-14, ftol=1e-14, gtol=1e-14
    )
    found = member(best.x)
    got = found.ppf(p)
    return Fitted(
        found,
        dict(zip(p.tolist(), x.tolist(), strict=True)),
        dict(zip(p.tolist(), got.tolist(), strict=True)),
        float(np.abs(got - x).max()) / width,
    )


def _checked(family: str, quantiles: Mapping[float, float]) -> tuple[Floats, Floats]:
    if family not in FAMILIES:
        raise ModelError(
            "family", f"got {family!r}, want one of: {', '.join(FAMILIES)}{nearest(family, FAMILIES)}"
        )
    if len(quantiles) < 2:
        raise ModelError(family, f"got {len(quantiles)} quantiles, want two or more")
    p, x = (np.array(part, float) for part in zip(*sorted(quantiles.items()), strict=True))
    if not (p[0] > 0 and p[-1] < 1 and np.isfinite(x).all() and (np.diff(x) > 0).all()):
        said = ", ".join(f"{value:g} at {chance:g}" for chance, value in zip(p, x, strict=True))
        raise ModelError(family, f"got {said}, want values that rise with probabilities between 0 and 1")
    low, high = (-math.inf, math.inf) if family == "normal" else (0, 1 if family == "beta" else math.inf)
    if not (low <= x[0] and x[-1] <= high):
        raise ModelError(
            family, f"got values from {x[0]:g} to {x[-1]:g}, want them between {low:g} and {high:g}"
        )
    return p, x


def _location(family: str, middle: float, rough: float, free: float) -> float:
    if family == "normal":
        return middle + rough * free
    if family == "beta":
        return float(np.clip(special.expit(special.logit(middle) + free), LEAST, MOST))
    return middle * math.exp(float(np.clip(free, -20, 20)))


def from_ratio(point: float, low: float, high: float, level: float = 0.95) -> Lognormal:
    """Return the lognormal of a relative risk, odds or hazard ratio with its interval.

    The point is the median, and the width of the interval gives that of the logarithm. The mean is above the point.

    Raises
    ------
    ModelError
        Unless 0 < low < point < high, and the level lies between 0 and 1.

    Examples
    --------
    >>> round(from_ratio(0.80, 0.65, 0.98).mean(), 10)
    0.8044003936
    """
    if not (0 < low < point < high and 0 < level < 1):
        raise ModelError("ratio", f"got {point:g} ({low:g} to {high:g}), want 0 < low < point < high")
    mu = math.log(point)
    sigma = (math.log(high) - math.log(low)) / (2 * float(special.ndtri((1 + level) / 2)))
    mean = math.exp(mu + sigma**2 / 2)
    return Lognormal(mean, mean * math.sqrt(math.expm1(sigma**2)))


def dirichlet(
    means: Sequence[float],
    errors: Sequence[float],
    rule: Literal["geometric", "arithmetic", "first"] = "geometric",
) -> tuple[float, ...]:
    r"""Return the parameters of a Dirichlet for branches, from the mean and standard error of each share.

    Each branch alone asks for a total of :math:`m (1 - m) / s^2 - 1`; they seldom agree, and one total must serve.

    Parameters
    ----------
    means : sequence of float
        Shares that sum to 1.
    errors : sequence of float
    rule : 'geometric', 'arithmetic' or 'first'
        The mean of the totals; 'first' takes that of the first branch alone, as the R package dampack does.

    Raises
    ------
    ModelError
        For shares that do not sum to 1, an error at or above sqrt(m (1 - m)), or an unknown rule.

    Examples
    --------
    >>> [round(a, 4) for a in dirichlet([0.5, 0.15, 0.35], [0.035, 0.025, 0.034])]
    [100.2988, 30.0897, 70.2092]
    """
    m, s = np.asarray(means, float), np.asarray(errors, float)
    if (
        m.shape != s.shape
        or m.ndim != 1
        or len(m) < 2
        or not ((m > 0) & (m < 1)).all()
        or abs(m.sum() - 1) > 1e-9
    ):
        raise ModelError(
            "dirichlet", f"got shares {list(means)}, want two or more that sum to 1, each with its error"
        )
    for mean, error in zip(m.tolist(), s.tolist(), strict=True):
        Beta(mean, error)  # refuses what cannot be, with the reason
    totals = m * (1 - m) / s**2 - 1
    rules = {"geometric": np.exp(np.log(totals).mean()), "arithmetic": totals.mean(), "first": totals[0]}
    if rule not in rules:
        raise ModelError("rule", f"got {rule!r}, want one of: {', '.join(rules)}{nearest(rule, rules)}")
    return tuple((m * float(rules[rule])).tolist())


def dirichlet_draws(parameters: Sequence[float], u: ArrayLike) -> Floats:
    """Return draws of all the shares, shape (n, branches), from independent uniforms of the same shape."""
    gammas = np.asarray(special.gammaincinv(np.asarray(parameters, float), np.asarray(u, float)))
    return np.asarray(gammas / gammas.sum(axis=1, keepdims=True))


# -- correlations -------------------------------------------------------------------------------------


def copula_correlation(spearman: float) -> float:
    r"""Return the correlation of normals whose ranks have the correlation `spearman`: :math:`2 \sin(\pi \rho_s / 6)`.

    Raises
    ------
    ModelError
        Outside the open interval from -1 to 1.

    References
    ----------
    Kruskal (1958), J. Am. Stat. Assoc. 53(284), 814-861.

    Examples
    --------
    >>> round(copula_correlation(0.5), 10)
    0.5176380902
    """
    if not -1 < spearman < 1:
        raise ModelError("correlation", f"got {spearman:g}, want between -1 and 1, both left out")
    return 2 * math.sin(math.pi * spearman / 6)


def correlated(
    paths: list[str], correlations: Mapping[tuple[str, str], float]
) -> list[tuple[list[str], Floats]]:
    """Return each group of paths that hang together, in the order of `paths`, with the correlations of its normals.

    Parameters
    ----------
    paths : list of str
        Everything that is drawn.
    correlations : mapping of two paths to float
        Spearman's rank correlation; pairs that are not named are not correlated.

    Raises
    ------
    ModelError
        For a path that is not drawn, a pair given twice, a correlation outside of -1 to 1, or a set of correlations
        that no numbers can have together; the pair whose mending takes least is named.
    """
    pairs: dict[frozenset[str], float] = {}
    joined = {path: {path} for path in paths}
    for (one, other), rank in correlations.items():
        for path in (one, other):
            if path not in joined:
                raise ModelError(
                    "correlations", f"got {path!r}, want a path that is drawn{nearest(path, paths)}"
                )
        name = f"correlations.{one} and {other}"
        if one == other or frozenset((one, other)) in pairs:
            raise ModelError(name, "got a pair of the same or a pair given twice, want two paths, once")
        if not -1 < rank < 1:
            raise ModelError(name, f"got {rank:g}, want between -1 and 1, both left out")
        pairs[frozenset((one, other))] = copula_correlation(rank)
        both = joined[one] | joined[other]
        joined.update(dict.fromkeys(both, both))
    groups = []
    for path in paths:
        group = [p for p in paths if p in joined[path]]
        if len(group) > 1 and group[0] == path:
            matrix = np.array(
                [[1.0 if a == b else pairs.get(frozenset((a, b)), 0.0) for b in group] for a in group]
            )
            _possible(group, matrix, pairs)
            groups.append((group, matrix))
    return groups


def _possible(group: list[str], matrix: Floats, pairs: Mapping[frozenset[str], float]) -> None:
    """Refuse correlations that no numbers can have together, naming the pair whose mending takes least."""
    if np.linalg.eigvalsh(matrix)[0] > LEAST_EIGENVALUE:
        return
    best: tuple[float, str] | None = None
    named = [(i, j) for j in range(len(group)) for i in range(j) if frozenset((group[i], group[j])) in pairs]
    tried = np.linspace(-0.99, 0.99, 199)
    for i, j in named:
        bent = np.repeat(matrix[None], len(tried), axis=0)
        bent[:, i, j] = bent[:, j, i] = 2 * np.sin(np.pi * tried / 6)
        fits = tried[np.linalg.eigvalsh(bent)[:, 0] > LEAST_EIGENVALUE]
        if len(fits):
            rank = 6 / math.pi * math.asin(matrix[i, j] / 2)
            far = float(np.abs(fits - rank).min())
            told = f"{fits[0]:.2f} to {fits[-1]:.2f}"
            words = f"{group[i]} and {group[j]}: got {rank:g}, want {told} beside the other correlations"
            best = min(best, (far, words)) if best else (far, words)
    if best:
        raise ModelError("correlations", best[1])
    weight = np.linalg.eigh(matrix)[1][:, 0]
    i, j = max(named, key=lambda ij: abs(weight[ij[0]] * weight[ij[1]] * matrix[ij]))
    raise ModelError(
        "correlations",
        f"{group[i]} and {group[j]}, and others: no numbers can have all of these together, want weaker ones",
    )
