"""What draws from a posterior say of each hidden number, and which numbers the targets cannot tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from cisim.calibrate.aims import Floats
    from cisim.spec import HiddenNumber

__all__ = ["Known", "Ridge", "rank_correlations", "ridges", "what_is_known"]

WELL, NOT = 0.5, 0.8
"""Spread of the posterior over that of the prior below which a number is found, and above which it is not."""
SHARP = 0.4
"""Spread of a combination over that of its best known member, below which they are known together, not alone."""
_LOADED = 0.35
_LEVEL = (0.05, 0.5, 0.95)
_GRID = (np.arange(400) + 0.5) / 400


@dataclass(frozen=True, slots=True)
class Known:
    """A hidden number before and after.

    Attributes
    ----------
    name, unit : str
    before, after : tuple of float
        5, 50 and 95% of prior and posterior, in `unit`.
    left : float
        Spread of the posterior over that of the prior, both as quantiles of the prior: 1 is nothing learned.
    at_edge : bool
        Whether the posterior is piled up at an end of the prior, which then decides.
    """

    name: str
    unit: str
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    left: float
    at_edge: bool

    @property
    def verdict(self) -> str:
        """``found``, ``narrowed`` or ``not identified``."""
        return "found" if self.left <= WELL else "narrowed" if self.left <= NOT else "not identified"


@dataclass(frozen=True, slots=True)
class Ridge:
    """Hidden numbers that the targets tell together and not apart.

    Attributes
    ----------
    names : tuple of str
    powers : tuple of float
        Of each in the product that is known; the first is 1.
    together : float
        Half of the 90% interval of the product, as a share of it.
    alone : tuple of float
        The same of each by itself.
    """

    names: tuple[str, ...]
    powers: tuple[float, ...]
    together: float
    alone: tuple[float, ...]

    @property
    def formula(self) -> str:
        """The product in words.

        >>> Ridge(("doctors", "minutes"), (1.0, -1.0), 0.03, (0.2, 0.2)).formula
        'doctors / minutes'
        """
        out = self.names[0]
        for name, power in zip(self.names[1:], self.powers[1:], strict=True):
            size = "" if abs(abs(power) - 1) < 0.15 else f"^{abs(power):.1f}"
            out += f" {'×' if power > 0 else '/'} {name}{size}"  # noqa: RUF001 - a true sign of multiplication
        return out

    def told(self) -> str:
        """Return it as a sentence."""
        alone = " and ".join(f"{n} alone ±{a:.0%}" for n, a in zip(self.names, self.alone, strict=True))
        return f"Only {self.formula} is known, to ±{self.together:.1%}; {alone}."


def what_is_known(hidden: tuple[HiddenNumber, ...], u: Floats, values: Floats) -> list[Known]:
    """Return what draws say of each hidden number.

    Parameters
    ----------
    hidden : tuple of HiddenNumber
    u, values : ndarray of float, shape (draws, hidden)
        The draws as quantiles of the priors, and in the model file's own units.
    """
    out = []
    for j, one in enumerate(hidden):
        scale = one.places[0].scale
        before = np.asarray(one.prior.ppf(np.array(_LEVEL)), float) / scale
        after = np.quantile(values[:, j], _LEVEL) / scale
        column = u[:, j]
        left = float(min(column.std() * np.sqrt(12.0), 1.0))
        edge = max(float((column < 0.02).mean()), float((column > 0.98).mean()))
        out.append(Known(one.name, one.unit, _three(before), _three(after), left, edge > 0.2))
    return out


def _three(numbers: Floats) -> tuple[float, float, float]:
    low, middle, high = numbers.tolist()
    return low, middle, high


def rank_correlations(u: Floats) -> Floats:
    """Return Spearman's rank correlations of draws, shape (hidden, hidden)."""
    ranks = np.apply_along_axis(stats.rankdata, 0, u)
    if u.shape[1] == 1:
        return np.ones((1, 1))
    return np.asarray(np.nan_to_num(np.corrcoef(ranks.T)))


def ridges(hidden: tuple[HiddenNumber, ...], values: Floats) -> list[Ridge]:
    """Return the combinations that are known much better than their members, the sharpest first.

    The logarithms of the draws, each over the spread of its prior, are turned to their principal directions: a short
    direction is a product of powers that the targets know; it is named where its members alone are known badly.

    Parameters
    ----------
    hidden : tuple of HiddenNumber
    values : ndarray of float, shape (draws, hidden)
        In the model file's own units; numbers that may be 0 or less are left out.
    """
    usable = [j for j in range(len(hidden)) if (values[:, j] > 0).all()]
    if len(usable) < 2:
        return []
    logs = np.log(values[:, usable])
    spread = np.array([_prior_spread(hidden[j]) for j in usable])
    units = logs / spread
    size, turn = np.linalg.eigh(np.cov(units.T))
    own = units.std(axis=0)
    out = []
    for k in range(len(usable)):
        weight = turn[:, k]
        members = np.flatnonzero(np.abs(weight) >= _LOADED)
        if len(members) < 2 or len(members) > 3:
            continue
        if own[members].max() < WELL / 2 or np.sqrt(max(size[k], 0.0)) > SHARP * own[members].min():
            continue
        powers = weight[members] / spread[members]
        order = np.argsort(-np.abs(powers))
        powers, members = powers[order] / powers[order][0], members[order]
        half = _half(logs[:, members] @ powers)
        alone = tuple(_half(logs[:, m]) for m in members.tolist())
        names = tuple(hidden[usable[m]].name for m in members.tolist())
        if half < SHARP * min(alone):
            out.append(Ridge(names, tuple(powers.tolist()), half, alone))
    return sorted(out, key=lambda r: r.together)


def _half(logs: Floats) -> float:
    low, high = np.quantile(logs, (0.05, 0.95))
    return float(np.expm1((high - low) / 2))


def _prior_spread(one: HiddenNumber) -> float:
    grid = np.asarray(one.prior.ppf(_GRID), float)
    return float(np.log(grid[grid > 0]).std()) or 1.0
