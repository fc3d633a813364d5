"""Coming back: the share who ever do, and after how long, where many have not been followed for long enough."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.calibrate.estimates import Estimate
from cisim.calibrate.families import FAMILIES
from cisim.distributions import Distribution
from cisim.errors import ModelError, nearest

__all__ = ["Returning", "fit_return"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Returning:
    """Who comes back.

    Attributes
    ----------
    share : Estimate
        Of those who left, the share who ever come back.
    interval : Distribution
        From leaving to coming back, of those who do; in the unit of the data.
    numbers : dict of str to Estimate
        Its numbers as cisim writes them.
    family, unit : str
    left, returned : int
        Patients who left, and who were seen to come back.
    free, covariance : ndarray
        Logit of the share, then the family's free numbers.
    """

    share: Estimate
    interval: Distribution
    numbers: dict[str, Estimate]
    family: str
    unit: str
    left: int
    returned: int
    free: Floats
    covariance: Floats

    def within(self, time: float) -> float:
        """Return the share of all who left that is back within a time, such as 30 days."""
        return float(self.share.value * self.interval.cdf(np.asarray(time)))

    def draws(self, n: int, rng: np.random.Generator) -> list[tuple[float, Distribution]]:
        """Return `n` shares and intervals that the data allow, drawn together."""
        root = np.linalg.cholesky(self.covariance)
        drawn = [self.free + root @ rng.standard_normal(len(self.free)) for _ in range(n)]
        return [(float(special.expit(f[0])), FAMILIES[self.family].distribution(f[1:])) for f in drawn]

    def words(self, source: str, *, uncertain: bool = True) -> dict[str, Any]:
        """Return the share of the way that comes back, and the duration after which, as a model file takes them."""
        numbers = {k: v.words(source) if uncertain else v.written() for k, v in self.numbers.items()}
        share = self.share.words(source) if uncertain else self.share.written()
        return {"share": share, "after": {self.family: numbers, "source": source}}

    def told(self) -> str:
        """Return what was found, in words."""
        seen = self.returned / self.left
        low, high = self.share.interval()
        return (
            f"{self.returned:,} of {self.left:,} were seen to come back ({seen:.1%}); with those not followed for long "
            f"enough {self.share.value:.1%} ever do (95% interval {low:.1%} to {high:.1%}), on average after "
            f"{self.interval.mean():.3g} {self.unit}."
        )


def fit_return(
    after: ArrayLike, returned: ArrayLike, *, family: str = "lognormal", unit: str = "d"
) -> Returning:
    """Return the share who come back and after how long, by maximum likelihood.

    Parameters
    ----------
    after : array_like, shape (n,)
        From leaving to coming back; of who did not, how long they were followed (infinite where they never will).
    returned : array_like of bool, shape (n,)
    family : str
        Of the interval: exponential, lognormal, gamma or weibull.
    unit : str

    Raises
    ------
    ModelError
        For fewer than 10 who came back, nobody who did not, or an unknown family.

    Notes
    -----
    A share never comes back, and nobody knows who of those not yet back are of it (a mixture cure model). Where nobody
    was followed for much longer than the longest intervals, share and interval cannot be told apart, and the standard
    errors say so.

    References
    ----------
    Boag (1949), Maximum likelihood estimates of the proportion of patients cured by cancer therapy, JRSS B 11.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> true = np.where(rng.random(4000) < 0.3, rng.exponential(20, 4000), np.inf)
    >>> fit = fit_return(np.minimum(true, 30), true < 30, family="exponential")
    >>> abs(fit.share.value - 0.3) < 0.05, float((true < 30).mean()) < 0.25
    (True, True)
    """
    from scipy import optimize  # noqa: PLC0415 - slow to load

    x, back = np.asarray(after, float), np.asarray(returned, bool)
    known = [f for f in FAMILIES if f != "mixture"]
    if family not in known:
        raise ModelError("family", f"got {family!r}, want one of: {', '.join(known)}{nearest(family, known)}")
    if (
        len(x) != len(back)
        or back.sum() < 10
        or back.all()
        or not (x > 0).all()
        or not np.isfinite(x[back]).all()
    ):
        raise ModelError(
            "returns", f"got {int(back.sum())} of {len(x)} back, want 10 or more, all after more than 0"
        )
    made = FAMILIES[family]
    never = ~np.isfinite(x[~back])
    until = np.where(never, 1.0, x[~back])

    def scores(free: Floats) -> float:
        share = float(special.expit(free[0]))
        here = np.log(share) + made.log_density(free[1:], x[back])
        later = np.where(never, 0.0, share * np.exp(made.log_longer(free[1:], until)))
        return float(here.sum() + np.log(1 - share + later).sum())

    begin = np.array([float(special.logit(back.mean())), *made.start(np.log(x[back]))])

    def cost(free: Floats) -> float:
        return -scores(free) / len(x)

    best = optimize.minimize(
        cost, begin, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12, "maxiter": 5000}
    )
    free = np.asarray(best.x, float)
    spread = _covariance(scores, free)
    values = made.numbers(free[1:])
    step = np.eye(len(free)) * 1e-5
    slope = np.stack(
        [(np.log(made.numbers((free + s)[1:])) - np.log(made.numbers((free - s)[1:]))) / 2e-5 for s in step],
        axis=1,
    )
    errors = np.sqrt(np.einsum("ij,jk,ik->i", slope, spread, slope))
    numbers = {
        name: Estimate(v, float(e), "log", "" if name == "shape" else unit)
        for name, v, e in zip(made.names, values, errors, strict=True)
    }
    share = Estimate(float(special.expit(free[0])), math.sqrt(spread[0, 0]), "logit", "share")
    return Returning(
        share, made.distribution(free[1:]), numbers, family, unit, len(x), int(back.sum()), free, spread
    )


def _covariance(scores: Any, free: Floats) -> Floats:
    k, h = len(free), 1e-4
    unit = np.eye(k) * h
    information = np.array([
        [
            -(scores(free + a + b) - scores(free + a - b) - scores(free + b - a) + scores(free - a - b)) / (4 * h * h)
            for b in unit
        ]
        for a in unit
    ])  # fmt: skip
    values, vectors = np.linalg.eigh(information)
    if values[0] <= 1e-8 * max(values[-1], 1.0):
        raise ModelError(
            "returns", "got too short a follow-up to tell the share from the interval, want a longer one"
        )
    return np.asarray((vectors / values) @ vectors.T)
