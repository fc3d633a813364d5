"""Whether a fitted model foretells what it has not seen, and what it may therefore be used for.

A check compares the model with what was held out, or the records with what must hold of any. Every check is about one
subject (arrivals, stay, census...); a purpose needs some subjects; a model is fit for a purpose where each subject that
it needs was checked and none of its checks failed. A model is called calibrated only where no check failed at all and
at least one looked at what was held out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.calibrate.product_limit import product_limit, stays
from cisim.errors import ModelError
from cisim.streams import address

__all__ = [
    "PURPOSES",
    "Compared",
    "Purpose",
    "Validation",
    "ValidationCheck",
    "census_age_check",
    "coverage_check",
    "days_check",
    "little_check",
    "pit_check",
    "predicted_check",
]

Floats = NDArray[np.float64]
Subject = Literal["arrivals", "stay", "census", "hours", "weekdays", "waits", "outcomes", "records", "fit"]
SUBJECTS = ("arrivals", "stay", "census", "hours", "weekdays", "waits", "outcomes", "records", "fit")
ALPHA = 0.01
"""A check that holds fails by luck once in a hundred times; where one check compares many numbers, all together."""

PURPOSES: dict[str, tuple[Subject, ...]] = {
    "How many beds are needed, and what shorter stays would release": ("arrivals", "stay", "census"),
    "How many patients come on a day, and how far that can be from the mean": ("arrivals",),
    "How long patients stay, the longest stays included": ("stay",),
    "When in the day patients come, leave or wait": ("hours",),
    "How weekends differ from weekdays": ("weekdays",),
    "How long patients wait, and what more staff or rounds would do": ("arrivals", "waits"),
    "Who goes where, and how patients leave": ("outcomes",),
}
"""What models are asked for, and the subjects that each needs."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A number that was held out, beside what the model foretold.

    Attributes
    ----------
    name : str
    held : float
    predicted, low, high : float
        The mean of the predictions, and the ends of their interval.
    """

    name: str
    held: float
    predicted: float
    low: float
    high: float

    @property
    def inside(self) -> bool:
        """Whether what was held out lies inside the interval."""
        return self.low <= self.held <= self.high


@dataclass(frozen=True, slots=True)
class ValidationCheck:
    """One check.

    Attributes
    ----------
    name : str
    about : str
        Its subject.
    passed : bool
    words : str
        What was found, in a sentence.
    held_out : bool
        Whether the model had not seen what it was compared with.
    compared : tuple of Compared
        The numbers, where there are such.
    places : tuple of float
        Places in the predictive distribution, where there are such.
    """

    name: str
    about: Subject
    passed: bool
    words: str
    held_out: bool = True
    compared: tuple[Compared, ...] = ()
    places: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Purpose:
    """Whether a model is fit for a purpose, and why."""

    name: str
    fit: bool
    why: str


@dataclass(frozen=True, slots=True)
class Validation:
    """All checks of a fitted model.

    Attributes
    ----------
    model : str
    fitted_on, held_out : str
        What it was fitted to and what it then foretold, in words.
    checks : tuple of ValidationCheck
    """

    model: str
    fitted_on: str
    held_out: str
    checks: tuple[ValidationCheck, ...]

    def reasons(self) -> tuple[str, ...]:
        """Return why the model is not called calibrated; nothing, where it is."""
        failed = tuple(f"{c.name}: {c.words}" for c in self.checks if not c.passed)
        if not any(c.held_out for c in self.checks):
            return (*failed, "nothing was held out: a model is judged by what it has not seen")
        return failed

    @property
    def calibrated(self) -> bool:
        """Whether no check failed, and at least one looked at what was held out."""
        return not self.reasons()

    def require(self) -> None:
        """Do nothing where the model is calibrated.

        Raises
        ------
        ModelError
            With every reason, where it is not.
        """
        reasons = self.reasons()
        if reasons:
            raise ModelError(
                self.model, "not calibrated. " + " ".join(f"{i}) {r}" for i, r in enumerate(reasons, 1))
            )

    def purposes(self) -> tuple[Purpose, ...]:
        """Return what the model is fit for and what not, and why."""
        return tuple(self._purpose(name, needs) for name, needs in PURPOSES.items())

    def _purpose(self, name: str, needs: tuple[Subject, ...]) -> Purpose:
        whole = [c for c in self.checks if c.about == "records" and not c.passed]
        unfit = [c for c in self.checks if c.about == "fit" and not c.passed]
        missing = [s for s in needs if not any(c.about == s and c.held_out for c in self.checks)]
        failed = [c for c in self.checks if c.about in needs and not c.passed]
        if whole:
            return Purpose(name, fit=False, why=f"the records themselves do not add up: {whole[0].words}")
        if unfit:
            return Purpose(name, fit=False, why=f"the fit itself failed. {_listed(unfit)}")
        if failed:
            return Purpose(name, fit=False, why=_listed(failed))
        if missing:
            return Purpose(name, fit=False, why=f"not checked on what was held out: {', '.join(missing)}.")
        return Purpose(name, fit=True, why=_listed([c for c in self.checks if c.about in needs]))

    def told(self) -> str:
        """Return the verdict and each check, one a line."""
        verdict = "calibrated" if self.calibrated else "NOT calibrated"
        lines = [f"{self.model}: {verdict}. Fitted to {self.fitted_on}; held out: {self.held_out}."]
        lines += [f"  {'passed' if c.passed else 'FAILED'}  {c.name}: {c.words}" for c in self.checks]
        return "\n".join(lines)


def _listed(checks: Sequence[ValidationCheck]) -> str:
    return " ".join(f"{c.name}: {c.words}" for c in checks)


def predicted_check(
    name: str,
    about: Subject,
    held: Mapping[str, float],
    simulated: Sequence[Mapping[str, float]],
    *,
    level: float = 0.95,
    unit: str = "",
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> ValidationCheck:
    """Return whether numbers that were held out are such as the model foretells.

    Parameters
    ----------
    name : str
    about : str
        Its subject.
    held : mapping of str to float
        What was held out.
    simulated : sequence of mapping of str to float
        The same numbers of as many simulated patients or days, each with its own luck and, where they are not known,
        its own draw of the parameters; 20 or more.
    level : float
        Of the intervals that are told.
    unit : str
    bounds : (float, float)
        Between which such numbers lie.

    Raises
    ------
    ModelError
        For fewer than 20 simulations, or numbers that are missing in some.

    Notes
    -----
    The check fails where any number is further off than luck and what is not known allow once in a hundred times, all
    numbers together (Bonferroni); the intervals are of Student's t for the next of so many simulations.
    """
    n = len(simulated)
    absent = [k for k in held if any(k not in s for s in simulated)]
    if n < 20 or absent or not held:
        raise ModelError(
            name, f"got {n} simulations{', without ' + ', '.join(absent) if absent else ''}, want 20 or more"
        )
    table = np.array([[s[k] for k in held] for s in simulated], float)
    mean, spread = table.mean(axis=0), table.std(axis=0, ddof=1) * math.sqrt(1 + 1 / n)
    reach = float(special.stdtrit(n - 1, (1 + level) / 2))
    compared = tuple(
        Compared(
            k, float(h), float(m), max(bounds[0], float(m - reach * s)), min(bounds[1], float(m + reach * s))
        )
        for (k, h), m, s in zip(held.items(), mean, spread, strict=True)
    )
    most = float(special.stdtrit(n - 1, 1 - ALPHA / 2 / len(held)))
    values = np.array(list(held.values()), float)
    off = np.abs(values - mean) > most * spread + 1e-12
    inside = sum(c.inside for c in compared)
    worst = int(np.argmax(np.abs(values - mean) / np.maximum(spread, 1e-300)))
    c = compared[worst]
    ends = f"{_short(c.low)} to {_short(c.high)}"
    beside = f"{_short(c.held)}{unit} against {_short(c.predicted)}{unit} foretold ({ends})"
    words = (
        f"{inside} of {len(compared)} lie inside their {level:.0%} interval; the furthest off is {c.name}: {beside}."
        if len(compared) > 1
        else f"{beside}: {'inside' if inside else 'outside'} its {level:.0%} interval."
    )
    return ValidationCheck(name, about, not bool(off.any()), words, compared=compared)


def _short(value: float) -> str:
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def coverage_check(
    name: str, about: Subject, inside: ArrayLike, level: float, *, block: int = 1
) -> ValidationCheck:
    """Return whether intervals hold as often as they say.

    Parameters
    ----------
    name, about : str
    inside : array_like of bool, shape (n,)
        Whether each held-out number lay inside its interval.
    level : float
        What the intervals say.
    block : int
        How many neighbours count as one because they resemble each other: 7 for days that follow each other.

    Notes
    -----
    The band is the 99% binomial one of n / block numbers. Above it the intervals are too wide: that is told, and fails
    only where the shares differ by more than five in a hundred, because counts have no narrower interval.
    """
    within = np.asarray(inside, bool)
    n, got = len(within), float(within.mean())
    reach = float(special.ndtri(1 - ALPHA / 2)) * math.sqrt(level * (1 - level) * block / n)
    narrow, wide = got < level - reach, got > level + reach
    told = "too narrow" if narrow else ("wider than need be" if wide else "as wide as they should be")
    words = f"{got:.1%} of {n:,} lay inside their {level:.0%} intervals: {told}."
    return ValidationCheck(name, about, not narrow and not (wide and got > level + 0.05), words)


def pit_check(name: str, about: Subject, places: ArrayLike, *, block: int = 1) -> ValidationCheck:
    """Return whether places in the predictive distribution are spread evenly (probability integral transform).

    Parameters
    ----------
    name, about : str
    places : array_like, shape (n,)
        Place of each held-out number in its predictive distribution, from 0 to 1.
    block : int
        As in `coverage_check`.

    Notes
    -----
    Kolmogorov's test with n / block numbers. Words say which way it fails: too low, too high, too narrow, too wide.

    References
    ----------
    Dawid (1984), Statistical theory: the prequential approach, JRSS A 147.

    Examples
    --------
    >>> pit_check("days", "arrivals", (np.arange(100) + 0.5) / 100).passed
    True
    """
    u = np.asarray(places, float)
    n = len(u)
    if n < 20 or (u < 0).any() or (u > 1).any():
        raise ModelError(name, f"got {n} places, want 20 or more from 0 to 1")
    distance = _distance(u)
    p = float(special.kolmogorov(distance * math.sqrt(n / block)))
    lean, spread = float(u.mean() - 0.5), float(u.var() * 12)
    if p >= ALPHA:
        shape = "spread evenly, as they should be"
    elif abs(lean) * math.sqrt(12 * n / block) > 2.6:
        shape = "more came than was foretold" if lean > 0 else "less came than was foretold"
    else:
        shape = "too narrow a forecast" if spread > 1 else "too wide a forecast"
    words = f"{shape} ({n:,} places in the forecast, Kolmogorov's distance {distance:.3f}, p = {p:.2g})."
    return ValidationCheck(
        name, about, p >= ALPHA, words, places=tuple(float(x) for x in np.asarray(places, float))
    )


def days_check(
    name: str,
    about: Subject,
    held: Sequence[float],
    simulated: Sequence[Sequence[float]],
    *,
    level: float = 0.9,
) -> ValidationCheck:
    """Return whether days that were held out take their places among the same days as they were foretold.

    Parameters
    ----------
    name, about : str
    held : sequence of float
        A number for each day.
    simulated : sequence of sequence of float
        The same days in as many simulations, 20 or more, each with its own luck and draw of what is not known.
    level : float
        Of the intervals whose coverage is told.

    Raises
    ------
    ModelError
        For fewer than 20 simulations.

    Notes
    -----
    A day's place is its rank among the simulated (probability integral transform; ties are split by lot). How far the
    places are from even (Kolmogorov's distance), how many days lie inside their intervals, and how widely the places
    are spread is compared with the same of each simulation among the others: days follow each other and share what is
    not known, so no table of Kolmogorov's test holds. All three together fail once in a hundred times.
    """
    n = len(simulated)
    if n < 20:
        raise ModelError(name, f"got {n} simulations, want 20 or more")
    every = np.array([held, *simulated], float)
    rng = np.random.default_rng(address(1, "validate", name))
    places = [_places(one, np.delete(every, [0, i], axis=0), rng) for i, one in enumerate(every)]
    edge = (1 - level) / 2
    far = np.log([_distance(u) for u in places])
    share = np.array([float(((u >= edge) & (u <= 1 - edge)).mean()) for u in places])
    spread = np.array([float(u.var()) for u in places])

    def beyond(found: Floats) -> float:
        """Return how many standard deviations the first lies above the others."""
        return float((found[0] - found[1:].mean()) / (found[1:].std(ddof=1) * math.sqrt(1 + 1 / n) + 1e-12))

    one_sided, two_sided = (float(special.stdtrit(n - 1, 1 - ALPHA / 3 / k)) for k in (1, 2))
    wide = beyond(spread)
    passed = beyond(far) <= one_sided and max(abs(beyond(share)), abs(wide)) <= two_sided
    lean = beyond(np.array([u.mean() for u in places]))
    if passed:
        shape = "their places in the forecast are spread as evenly as they should be"
    elif abs(lean) > two_sided:
        shape = "more than was foretold" if lean > 0 else "fewer than was foretold"
    else:
        shape = "too narrow a forecast" if wide > 0 else "too wide a forecast"
    words = (
        f"{share[0]:.1%} of {len(held):,} days lay inside their {level:.0%} intervals, where {share[1:].mean():.1%} of "
        f"simulated days do; {shape} (Kolmogorov's distance {math.exp(far[0]):.3f}, of simulations "
        f"{math.exp(far[1:].mean()):.3f})."
    )
    return ValidationCheck(name, about, passed, words, places=tuple(places[0].tolist()))


def _places(one: Floats, others: Floats, rng: np.random.Generator) -> Floats:
    """Return the places of days among the same days of others, ties split by lot, shape (days,)."""
    below, ties = (others < one).sum(axis=0), (others == one).sum(axis=0)
    return np.asarray((below + rng.random(len(one)) * (ties + 1)) / (len(others) + 1))


def _distance(places: Floats) -> float:
    """Return Kolmogorov's distance of places from an even spread."""
    u, edges = np.sort(places), np.arange(len(places) + 1) / len(places)
    return float(max((edges[1:] - u).max(), (u - edges[:-1]).max()))


def little_check(
    census: float, arrivals_per_day: float, mean_stay_days: float, *, tolerance: float = 0.05
) -> ValidationCheck:
    """Return whether the mean census is the arrival rate times the mean stay, as it must be (Little 1961).

    Parameters
    ----------
    census : float
        Mean number in bed, counted by itself.
    arrivals_per_day, mean_stay_days : float
        Of the same patients.
    tolerance : float
        By what share they may differ: stays that reach over the ends of the records (an assumption).

    Examples
    --------
    >>> little_check(100.0, 20.0, 5.0).passed, little_check(130.0, 20.0, 5.0).passed
    (True, False)
    """
    expected = arrivals_per_day * mean_stay_days
    gap = census / expected - 1
    words = (
        f"{census:,.1f} in bed on average; {arrivals_per_day:,.2f} a day staying {mean_stay_days:,.2f} days make "
        f"{expected:,.1f}: {gap:+.1%}."
    )
    return ValidationCheck("Little's law", "records", bool(abs(gap) <= tolerance), words, held_out=False)


def census_age_check(
    ages: ArrayLike,
    value: ArrayLike,
    seen: ArrayLike | None = None,
    entered: ArrayLike | None = None,
    *,
    tolerance: float = 0.05,
) -> ValidationCheck:
    """Return whether who is found in bed has been there as long as stays say.

    The share of patients in bed who have been there at least x days is the mean of what stays have beyond x, over
    the mean stay.

    Parameters
    ----------
    ages : array_like, shape (m,)
        Days since admission of those in bed, at moments spread over the records.
    value, seen, entered : array_like, shape (n,)
        Stays in days, as `cisim.calibrate.stays` takes them.
    tolerance : float
        By how much a share may differ (an assumption: moments are few and follow each other).

    Notes
    -----
    At 0, 1, 2, 4, 7, 14 and 21 days. Where the longest stays were not seen to end, the curve goes as far as it
    was seen.
    """
    there = np.asarray(ages, float)
    curve = product_limit(stays(value, seen, entered, zero=True))
    time, longer = np.append(0.0, curve.time), np.append(1.0, curve.longer)
    widths = np.append(np.diff(time), 0.0)
    mean = float(widths @ longer)
    compared = []
    for x in (1, 2, 4, 7, 14, 21):
        beyond = float(np.maximum(np.append(time[1:], time[-1]) - np.maximum(time, x), 0.0) @ longer) / mean
        compared.append(
            Compared(
                f"{x} days or more",
                float((there >= x).mean()),
                beyond,
                beyond - tolerance,
                beyond + tolerance,
            )
        )
    worst = max(compared, key=lambda c: abs(c.held - c.predicted))
    words = (
        f"of those in bed {worst.held:.1%} have been there {worst.name}, where stays say {worst.predicted:.1%}: "
        f"{worst.held - worst.predicted:+.1%}, the furthest apart."
    )
    return ValidationCheck(
        "Census and elapsed stay",
        "records",
        all(c.inside for c in compared),
        words,
        held_out=False,
        compared=tuple(compared),
    )
