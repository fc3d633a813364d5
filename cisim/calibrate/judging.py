"""Whether a fitted model may be called calibrated: it must reach its targets when it is simulated anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from cisim.calibrate.aims import NORMAL

if TYPE_CHECKING:
    from cisim.calibrate.aims import Floats
    from cisim.calibrate.matching import Surfaces
    from cisim.spec import Calibration

__all__ = ["Judgement", "Reached", "judged", "reached"]

_LEAST_RIGHT = 0.8
"""Share of emulated figures within their 95% intervals of the simulated ones, below which the fit rests on sand."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A target beside what the fitted model gives.

    Attributes
    ----------
    name, unit, role, source : str
    value, se : float
        The target and its standard error: as stated, or else the luck of records of the length observed.
    model, low, high : float
        Mean over the draws that were simulated anew, and their 5 and 95%: what is not known of the hidden numbers and
        the luck of so many replications.
    allowed : float
        How far from the target the mean may lie: its tolerance and 1.96 standard errors.
    luck : float
        Standard error of one point from its few replications.
    """

    name: str
    unit: str
    role: str
    source: str
    value: float
    se: float
    model: float
    low: float
    high: float
    allowed: float
    luck: float

    @property
    def within(self) -> bool:
        """Whether the model reaches it."""
        return bool(abs(self.model - self.value) <= self.allowed)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One thing that must hold before a model is called calibrated."""

    check: str
    passed: bool
    words: str


def reached(calibration: Calibration, outputs: Floats, luck: Floats, units: list[str]) -> list[Reached]:
    """Return every target beside the simulated draws.

    Parameters
    ----------
    calibration : Calibration
    outputs : ndarray of float, shape (draws, replications, targets)
    luck : ndarray of float, shape (targets,)
        Variance of the luck of the records behind the targets.
    units : list of str
    """
    means = outputs.mean(axis=1)
    own = np.sqrt(outputs.var(axis=1, ddof=1).mean(axis=0) / outputs.shape[1])
    out = []
    for j, target in enumerate(calibration.study.targets):
        value, se = calibration.figures[j]
        se = se or float(np.sqrt(luck[j]))
        low, high = np.quantile(means[:, j], (0.05, 0.95)).tolist()
        allowed = target.tolerance * abs(value) + NORMAL * se
        out.append(
            Reached(
                target.name, units[j], target.role, target.source, value, se,
                float(means[:, j].mean()), low, high, allowed, float(own[j]),
            )
        )  # fmt: skip
    return out


def judged(found: list[Reached], emulated: float, figures: int) -> list[Judgement]:
    """Return what must hold of the fit, and whether it does; what was kept back is judged by `validated`.

    Parameters
    ----------
    found : list of Reached
    emulated : float
        Share of the simulated figures of the draws that lie within the emulators' 95% intervals.
    figures : int
        How many those are: of few figures a right emulator may miss more than a fifth by luck, once in a hundred times.
    """
    least = min(_LEAST_RIGHT, float(stats.binom.ppf(0.01, figures, 0.95)) / figures)
    return [
        _targets("targets reached", [r for r in found if r.role == "fitted"], "fitted"),
        Judgement(
            "emulators right where they were used",
            emulated >= least,
            f"{emulated:.0%} of the figures simulated at draws from the posterior lie within the emulators' 95% "
            f"intervals, want {least:.0%} or more",
        ),
        _replications(found),
    ]


def _targets(check: str, found: list[Reached], what: str) -> Judgement:
    missed = [r for r in found if not r.within]
    words = f"{len(found) - len(missed)} of {len(found)} figures that were {what} are within what was allowed"
    if missed:
        words += "; not: " + "; ".join(
            f"{r.name}: {r.model:.4g} against {r.value:.4g}, allowed ±{r.allowed:.2g}" for r in missed
        )
    return Judgement(check, not missed, words)


def _replications(found: list[Reached]) -> Judgement:
    noisy = [r for r in found if r.role == "fitted" and r.luck > r.allowed]
    words = "the luck of a point's replications is less than what each target allows"
    if noisy:
        worst = max(noisy, key=lambda r: r.luck / r.allowed)
        more = (worst.luck / worst.allowed) ** 2
        words = (
            f"the luck of a point's replications is {worst.luck:.2g} for {worst.name}, more than the "
            f"{worst.allowed:.2g} that it may be off: give {more:.1f} times the replications or length"
        )
    return Judgement("enough replications", not noisy, words)


def emulated_right(last: Surfaces, u: Floats, means: Floats, noise: Floats) -> float:
    """Return the share of simulated figures within the 95% intervals of the emulators.

    Parameters
    ----------
    last : Surfaces
    u : ndarray of float, shape (draws, p)
    means, noise : ndarray of float, shape (draws, targets)
        Of the targets that are emulated, on their scale.
    """
    m, s = last.at(u)
    return float((np.abs(means - m) <= NORMAL * np.sqrt(s**2 + noise)).mean())
