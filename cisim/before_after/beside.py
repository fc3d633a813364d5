"""What may look like an effect and be none: a bad spell before, false dates, a comparison ward that moved too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.analysis import Estimate
from cisim.before_after.interrupted import LEAST_PERIODS, Interrupted, interrupted
from cisim.errors import ModelError

__all__ = ["SPELL", "Beside", "FalseDates", "Spell", "bad_spell", "beside", "false_dates", "ratio_of_ratios"]

Floats = NDArray[np.float64]
SPELL = 12
"""Last periods looked at for a bad spell: an assumption, a quarter of weeks or a year of months."""
MOST_DATES = 40


@dataclass(frozen=True, slots=True)
class Spell:
    """The last periods before a change beside all those before them: regression to the mean, shown.

    Attributes
    ----------
    periods : int
        How many last periods.
    stood : Estimate
        How far they stood from the earlier ones: a difference, or a factor.
    against_spell, against_earlier : float
        The plain comparison of the time after with those last periods alone, and with the earlier ones alone.
    without : Interrupted
        The effect with those periods left out.
    """

    periods: int
    stood: Estimate
    against_spell: float
    against_earlier: float
    without: Interrupted

    def stood_out(self, none: float) -> bool:
        """Whether they stood further out than luck explains; `none` is 0, or 1 of a factor."""
        return not self.stood.low <= none <= self.stood.high


class FalseDates(NamedTuple):
    """The same question at dates on which nothing was changed.

    Attributes
    ----------
    dates : int
        How many dates before the change were tried.
    found : int
        At how many an effect was 'shown'.
    as_large : int
        At how many it was as large as at the true date.
    """

    dates: int
    found: int
    as_large: int


@dataclass(frozen=True, slots=True)
class Beside:
    """A ward that changed beside one that did not: difference in differences, with the luck of both as one series.

    Attributes
    ----------
    effect : Interrupted
        Of the difference of the two, or the logarithm of their ratio.
    changed_moved, other_moved : float
        The plain comparison of each by itself.
    apart : Estimate
        By how much the two moved apart each period before the change; the method rests on there being nothing.
    """

    effect: Interrupted
    changed_moved: float
    other_moved: float
    apart: Estimate

    @property
    def moved_apart(self) -> bool:
        """Whether the two moved apart before anything was changed, further than luck explains."""
        none = 1.0 if self.effect.ratio else 0.0
        return not self.apart.low <= none <= self.apart.high


def bad_spell(
    values: ArrayLike,
    changed: int,
    *,
    periods: int = SPELL,
    season: float = 0,
    trend: bool = True,
    ratio: bool = False,
    level: float = 0.95,
    sizes: ArrayLike | None = None,
) -> Spell | None:
    """Return the last periods before a change beside the earlier ones; None where there are too few.

    A change is often made because things had got bad. Things that were bad by luck get better by themselves, and a
    comparison with the bad time alone takes that for the change's doing.

    Parameters
    ----------
    values, changed, season, trend, ratio, level, sizes
        As of `interrupted`. No season is fitted where the time before holds less than two.
    periods : int
        How many last periods.

    Raises
    ------
    ModelError
        As `interrupted`.
    """
    y = np.asarray(values, dtype=np.float64)
    before, first = y[:changed], changed - periods
    if min(_known(before[: max(first, 0)]), _known(before[max(first, 0) :])) < LEAST_PERIODS:
        return None
    seasons = season if len(before) >= 2 * season else 0.0
    then = None if sizes is None else np.asarray(sizes)[:changed]
    stood = interrupted(before, first, season=seasons, trend=trend, ratio=ratio, level=level, sizes=then)
    left = y.copy()
    left[first:changed] = np.nan
    without = interrupted(left, changed, season=season, trend=trend, ratio=ratio, level=level, sizes=sizes)
    spell, earlier = y[first:], np.concatenate([y[:first], y[changed:]])
    return Spell(
        periods,
        stood.effect,
        _moved(spell, periods, ratio=ratio),
        _moved(earlier, first, ratio=ratio),
        without,
    )


def false_dates(
    values: ArrayLike,
    changed: int,
    effect: float,
    *,
    season: float = 0,
    trend: bool = True,
    ratio: bool = False,
    level: float = 0.95,
    sizes: ArrayLike | None = None,
) -> FalseDates | None:
    """Return what the same question finds at dates on which nothing was changed; None where there is room for none.

    Parameters
    ----------
    values, changed, season, trend, ratio, level, sizes
        As of `interrupted`; only the periods before `changed` are used.
    effect : float
        What was found at the true date.

    Raises
    ------
    ModelError
        As `interrupted`.
    """
    before = np.asarray(values, dtype=np.float64)[:changed]
    dates = [
        c
        for c in range(LEAST_PERIODS, len(before) - LEAST_PERIODS + 1)
        if min(_known(before[:c]), _known(before[c:])) >= LEAST_PERIODS
    ]
    dates = dates[:: 1 + len(dates) // MOST_DATES]
    if not dates:
        return None
    seasons = season if len(before) >= 2 * season else 0.0
    then = None if sizes is None else np.asarray(sizes)[:changed]
    found = [
        interrupted(before, c, season=seasons, trend=trend, ratio=ratio, level=level, sizes=then)
        for c in dates
    ]
    sizes = [abs(math.log(f.effect.value)) if ratio else abs(f.effect.value) for f in found]
    true = abs(math.log(effect)) if ratio else abs(effect)
    return FalseDates(len(dates), sum(f.told_from_none for f in found), sum(size >= true for size in sizes))


def sizes_beside(one: Floats | None, two: Floats | None) -> Floats | None:
    """Return of how many patients the difference of two wards is: what varies as the sum of both variances does."""
    if one is None or two is None:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 / (1 / one + 1 / two))


def _known(y: Floats) -> int:
    return int((~np.isnan(y)).sum())


def beside(
    values: ArrayLike,
    other: ArrayLike,
    changed: int,
    *,
    season: float = 0,
    slope: bool = False,
    ratio: bool = False,
    level: float = 0.95,
    sizes: ArrayLike | None = None,
) -> Beside:
    """Return what a change did to one series, another one taken for what would have been.

    Parameters
    ----------
    values, other : array_like of float, shape (n,)
        The same periods of the ward that changed and of one that did not.
    changed, season, slope, ratio, level, sizes
        As of `interrupted`, the sizes those of both together (`sizes_beside`). A trend that both share falls out of
        their difference, so none is fitted.

    Raises
    ------
    ModelError
        For series of different lengths, and as `interrupted`.

    References
    ----------
    Lopez Bernal, Cummins, Gasparrini (2018), Int. J. Epidemiol. 47(6), 2082-2093 (controlled interrupted time series).

    Examples
    --------
    >>> ours = [
    ...     20.1,
    ...     19.2,
    ...     21.0,
    ...     20.3,
    ...     18.9,
    ...     20.4,
    ...     19.8,
    ...     20.5,
    ...     14.8,
    ...     15.1,
    ...     14.2,
    ...     15.3,
    ...     15.0,
    ...     14.6,
    ...     15.2,
    ...     14.9,
    ... ]
    >>> theirs = [10.2, 9.8, 10.1, 10.4, 9.5, 10.0, 10.3, 9.9, 9.7, 10.1, 9.6, 9.9, 9.4, 10.0, 9.8, 9.5]
    >>> found = beside(ours, theirs, 8, ratio=True)
    >>> round(found.changed_moved, 2), round(found.other_moved, 2), round(found.effect.effect.value, 2)
    (0.74, 0.97, 0.76)
    """
    one, two = np.asarray(values, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if one.shape != two.shape:
        raise ModelError("other", f"got {two.size} periods beside {one.size}, want the same periods of both")
    if ratio and (np.nanmin(one) <= 0 or np.nanmin(two) <= 0):
        raise ModelError("values", "got a value at or below 0, want all above 0 where the change is a factor")
    between = one / two if ratio else one - two
    settings = {"season": season, "ratio": ratio, "level": level, "sizes": sizes}
    found = interrupted(between, changed, trend=False, slope=slope, **settings)  # type: ignore[arg-type]
    drift = interrupted(between, changed, **settings)  # type: ignore[arg-type]
    assert drift.trend is not None  # noqa: S101 - asked for
    return Beside(found, _moved(one, changed, ratio=ratio), _moved(two, changed, ratio=ratio), drift.trend)


def _moved(y: Floats, changed: int, *, ratio: bool) -> float:
    seen = np.log(y) if ratio else y
    by = float(np.nanmean(seen[changed:]) - np.nanmean(seen[:changed]))
    return math.exp(by) if ratio else by


def ratio_of_ratios(
    counts: Sequence[float], others: Sequence[float], *, times: Sequence[float] = (1, 1), level: float = 0.95
) -> Estimate:
    """Return by what factor a count fell beside another one, from four published numbers.

    Parameters
    ----------
    counts, others : (float, float)
        Before and after, where something was changed and where nothing was.
    times : (float, float)
        For how long, or of how many, each was counted before and after.
    level : float

    Returns
    -------
    Estimate
        The interval takes each count as Poisson: it knows of no luck beyond that.

    Raises
    ------
    ModelError
        For a count at or below 0.

    Examples
    --------
    >>> round(ratio_of_ratios((1000, 741), (1000, 975)).value, 3)
    0.76
    """
    four = np.array([*counts, *others], dtype=np.float64)
    if four.shape != (4,) or not (four > 0).all() or not min(times) > 0:
        raise ModelError("counts", "want two counts above 0 of each, before and after")
    exposure = times[0] / times[1]
    value = (four[1] / four[0] * exposure) / (four[3] / four[2] * exposure)
    reach = float(special.ndtri((1 + level) / 2)) * math.sqrt(float((1 / four).sum()))
    value = float(value)
    return Estimate(value, value * math.exp(-reach), value * math.exp(reach), level, 4)
