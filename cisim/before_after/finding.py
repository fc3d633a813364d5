"""What a change did, with all that speaks for and against it, in words; and the effect as a scenario says it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from cisim.analysis import Estimate
from cisim.before_after.beside import (
    SPELL,
    Beside,
    FalseDates,
    Spell,
    bad_spell,
    beside,
    false_dates,
    sizes_beside,
)
from cisim.before_after.control import Control, control
from cisim.before_after.interrupted import Interrupted, interrupted
from cisim.before_after.series import SEASONS, Series
from cisim.errors import ModelError

__all__ = ["Finding", "as_change", "before_after"]

_LEAST_FOR_A_TREND = (
    12  # periods before: with fewer a trend is mostly luck, and blurs the effect; an assumption
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a change did to a series.

    Attributes
    ----------
    series : Series
    day : date
        On which it was made.
    effect : Interrupted
        By itself: its own trend and season for what would have been.
    against : Beside or None
        With a comparison ward for what would have been.
    other : Series or None
        That ward.
    chart : Control
    spell : Spell or None
        The last periods before the change beside the earlier ones.
    false_dates : FalseDates or None
    settled : int
        Periods left out after the change, in which it was still being made.
    cautions : tuple of str
        What a reader must know before the figure, in words.
    """

    series: Series
    day: date
    effect: Interrupted
    against: Beside | None
    other: Series | None
    chart: Control
    spell: Spell | None
    false_dates: FalseDates | None
    settled: int
    cautions: tuple[str, ...]

    @property
    def best(self) -> Interrupted:
        """The estimate to use: beside a comparison ward where there is one that did not move apart before."""
        return self.against.effect if self.against and not self.against.moved_apart else self.effect

    @property
    def shown(self) -> bool:
        """Whether an effect is shown: its interval leaves out that there was none."""
        return self.best.told_from_none


def before_after(
    series: Series,
    day: date,
    *,
    other: Series | None = None,
    ratio: bool = True,
    slope: bool = False,
    settling: int = 0,
    spell: int = SPELL,
    level: float = 0.95,
) -> Finding:
    """Return what a change did.

    Parameters
    ----------
    series : Series
    day : date
        On which the change was made: the first period that begins then or later is the first one after it.
    other : Series, optional
        A ward where nothing was changed, for the same periods; of several, what `together` makes of them.
    ratio : bool
        Whether the change is by a factor (-20%), as a scenario takes it; else by a difference.
    slope : bool
        Whether the effect may grow or fade in a straight line.
    settling : int
        Periods after the change to leave out, in which it was still being made.
    spell : int
        Last periods before the change, looked at for a bad spell.
    level : float
        Of the intervals.

    Raises
    ------
    ModelError
        Where the series is too short, or the day lies outside of it.

    Notes
    -----
    A season is fitted from two whole years on, a trend from twelve periods before the change on.
    """
    changed = series.place(day)
    values = series.values.copy()
    values[changed : changed + settling] = np.nan
    year = SEASONS[series.every]
    season = year if len(values) >= 2 * year and series.every != "day" else 0.0
    trend = int((~np.isnan(values[:changed])).sum()) >= _LEAST_FOR_A_TREND
    size = series.sizes
    effect = interrupted(
        values, changed, season=season, trend=trend, slope=slope, ratio=ratio, level=level, sizes=size
    )
    against = None
    if other is not None:
        if other.starts != series.starts:
            raise ModelError(
                "comparison", f"{other.name!r} has other periods than {series.name!r}, want the same"
            )
        left = other.values.copy()
        left[changed : changed + settling] = np.nan
        both = sizes_beside(size, other.sizes)
        against = beside(
            values, left, changed, season=season, slope=slope, ratio=ratio, level=level, sizes=both
        )
    found = Finding(
        series,
        day,
        effect,
        against,
        other,
        control(series.values, changed),
        bad_spell(
            values, changed, periods=spell, season=season, trend=trend, ratio=ratio, level=level, sizes=size
        ),
        false_dates(
            values,
            changed,
            effect.effect.value,
            season=season,
            trend=trend,
            ratio=ratio,
            level=level,
            sizes=size,
        ),
        settling,
        (),
    )
    return replace(found, cautions=tuple(_cautions(found, season=season, trend=trend)))


def _cautions(found: Finding, *, season: float, trend: bool) -> list[str]:
    none = 1.0 if found.effect.ratio else 0.0
    out = []
    if found.against is not None and found.against.moved_apart:
        out.append(
            "The two wards were already moving apart before the change, so the comparison ward does not say what would "
            "have been: the estimate is the ward's own."
        )
    if found.against is None:
        out.append(
            "There is no comparison ward: whatever else changed at the same time is in the estimate too."
        )
    if found.spell is not None and found.spell.stood_out(none):
        out.append(
            f"The {found.spell.periods} {found.series.every}s just before the change stood apart from those before "
            "them. If that is why the change was made, part of what followed would have come by itself."
        )
    if found.false_dates is not None and found.false_dates.found > 0.15 * found.false_dates.dates:
        out.append(
            f"At {found.false_dates.found} of {found.false_dates.dates} dates on which nothing was changed the same "
            "question 'shows' an effect too: the series moves in ways that trend and season do not say."
        )
    if not season:
        out.append(
            "With less than two years no season can be told from the change."
            if found.series.every != "day"
            else "Days are taken without a season: take weeks or months where there is one."
        )
    if found.series.sizes is None and found.series.unit not in ("", "patients"):
        out.append(
            f"Of how many patients each {found.series.every} is was not said, so each counts alike, small or large."
        )
    if not trend:
        out.append(
            f"With fewer than {_LEAST_FOR_A_TREND} {found.series.every}s before the change no trend was fitted."
        )
    if found.chart.before:
        out.append("The process was not steady even before the change: the control chart has signals there.")
    return out


def as_change(found: Finding, path: str) -> str:
    """Return the effect as a change that a scenario can hold, its interval and its source with it.

    Parameters
    ----------
    found : Finding
        By a factor.
    path : str
        What is cut: a pathway and a step, such as ``emergency/medical need``.

    Returns
    -------
    str
        YAML: one entry of ``changes:``.

    Raises
    ------
    ModelError
        Where the effect was estimated as a difference: a lead time is cut by a share of itself.

    Notes
    -----
    A fall that is shown is a share that goes. Where the interval holds a rise too, or the effect is one, it stands as a
    factor: an effect that is not shown is not the same as none, and a scenario can carry it with all its doubt.
    """
    best = found.best
    if not best.ratio:
        raise ModelError(
            "effect", "got a difference, want a factor: a scenario cuts a time by a share of itself"
        )
    e: Estimate = best.effect
    how = (
        "beside " + found.other.name
        if found.against and found.other and found.against.effect is best
        else "interrupted time series"
    )
    source = (
        f"{found.series.name}, {len(found.series.starts)} {found.series.every}s, changed on {found.day}: {how}, "
        f"{e.level:.0%} interval"
    )
    if e.high >= 1:
        said = f"mean: {e.value:.3f}, interval: [{e.low:.3f}, {e.high:.3f}], level: {e.level:.0%}, family: lognormal"
        return f"- cut: {path}\n  times: {{uncertain: {{{said}}}, source: {source!r}}}\n"
    cut, low, high = 1 - e.value, 1 - e.high, 1 - e.low
    said = f"{{mean: {_percent(cut)}, interval: [{_percent(low)}, {_percent(high)}], level: {e.level:.0%}}}"
    return f"- cut: {path}\n  by: {{uncertain: {said}, source: {source!r}}}\n"


def _percent(share: float) -> str:
    return f"{100 * share:.{1 if math.fabs(share) < 0.995 else 0}f}%"
