"""What draws from a posterior say of each hidden number, and which numbers the targets cannot tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

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

    The logarithms of the draws, each over the spread of its prior, are turned to their principal directions, of each
    pair and of all: a short direction is a product of powers that the targets know. It is named where its members
    alone are known badly; pairs that follow from sharper pairs are left out, and three are named only where no pair
    has them.

    Parameters
    ----------
    hidden : tuple of HiddenNumber
    values : ndarray of float, shape (draws, hidden)
        In the model file's own units; numbers that may be 0 or less are left out.
    """
    usable = [j for j in range(len(hidden)) if (values[:, j] > 0).all() and np.ptp(values[:, j]) > 0]
    logs = np.log(values[:, usable])
    spread = np.array([_prior_spread(hidden[j]) for j in usable])
    names = tuple(hidden[j].name for j in usable)
    pairs = [_shortest(names, logs, spread, np.array(two)) for two in combinations(range(len(usable)), 2)]
    joined = {name: {name} for name in names}
    out: list[Ridge] = []
    for one in sorted((r for r in pairs if r is not None), key=lambda r: r.together):
        first, second = (joined[name] for name in one.names)
        if first is not second:
            both = first | second
            joined.update(dict.fromkeys(both, both))
            out.append(one)
    alone = np.array([j for j, name in enumerate(names) if len(joined[name]) == 1])
    if len(alone) > 2:
        three = _shortest(names, logs, spread, alone)
        out += [three] if three is not None else []
    return sorted(out, key=lambda r: r.together)


def _shortest(
    names: tuple[str, ...], logs: Floats, spread: Floats, members: NDArray[np.int64]
) -> Ridge | None:
    """Return the shortest direction of some numbers, where it is one that is known much better than they are."""
    units = logs[:, members] / spread[members]
    own = units.std(axis=0)
    size, turn = np.linalg.eigh(np.cov(units.T))
    weight = turn[:, 0]
    loaded = np.flatnonzero(np.abs(weight) >= _LOADED)
    if not 2 <= len(loaded) <= 3 or own[loaded].max() < WELL / 2:
        return None
    if np.sqrt(max(size[0], 0.0)) > SHARP * own[loaded].min():
        return None
    powers, chosen = weight[loaded] / spread[members[loaded]], members[loaded]
    order = np.argsort(-np.abs(powers))
    powers, chosen = powers[order] / powers[order][0], chosen[order]
    half = _half(logs[:, chosen] @ powers)
    alone = tuple(_half(logs[:, m]) for m in chosen.tolist())
    if half >= SHARP * min(alone):
        return None
    return Ridge(tuple(names[m] for m in chosen.tolist()), tuple(powers.tolist()), half, alone)


def _half(logs: Floats) -> float:
    low, high = np.quantile(logs, (0.05, 0.95))
    return float(np.expm1((high - low) / 2))


def _prior_spread(one: HiddenNumber) -> float:
    grid = np.asarray(one.prior.ppf(_GRID), float)
    return float(np.log(grid[grid > 0]).std()) or 1.0
