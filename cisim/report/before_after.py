"""The page of a change already made: what it did, what speaks against it, and the series to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim import __version__
from cisim.before_after import RULES, Finding, Interrupted, as_change
from cisim.errors import ModelError
from cisim.report.answer import Answer
from cisim.report.content import Bullets, Cell, Note, Part, Picture, Section, Table, Text, text
from cisim.report.page import Head, write_page
from cisim.report.svg import INK, PALETTE, sheet, svg_text
from cisim.report.words import interval, number, quantity, unit_name

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from cisim.analysis import Estimate

__all__ = ["before_after_answer", "write_before_after"]


def before_after_answer(found: Finding) -> Answer:
    """Return what the change did in a few sentences, and the numbers set large below them."""
    best = found.best
    name = found.series.name
    day = _day(found)
    moved = f"From {day} on {name} was {_moved(best.effect, best, found)} than it would have been"
    if not found.shown:
        moved = (
            f"Whether the change of {day} did anything to {name} cannot be told from chance: the estimate is "
            f"{_by(best.effect.value, best, found)}"
        )
    by_what = (
        f", by what happened beside it in {found.other.name}"
        if found.other and found.against and best is found.against.effect
        else ", by its own trend and season"
        if found.effect.trend is not None or "season" in found.effect.parts
        else ", by its own past"
    )
    sure = f" ({best.effect.level:.0%} interval {_ends(best.effect, best, found)})"
    plain = f"The plain comparison of before and after gives {_by(found.effect.plain, found.effect, found)}."
    numbers = (
        (
            _by(best.effect.value, best, found),
            f"what the change did to {name}",
            _ends(best.effect, best, found),
        ),
        (_by(found.effect.plain, found.effect, found), "the plain comparison of before and after", ""),
    )
    return Answer((f"{moved}{by_what}{sure}.", plain), numbers, found.cautions[:2])


def write_before_after(found: Finding, path: Path, cut: str = "") -> Path:
    """Write the page: one HTML file that opens offline.

    Parameters
    ----------
    found : Finding
    path : Path
    cut : str
        Path of a step, to say the effect as a change of it; not said, if left out.
    """
    unit = f" ({unit_name(found.series.unit)})" if found.series.unit else ""
    question = f"What did the change of {_day(found)} do to {found.series.name}{unit}?"
    head = Head(found.series.name, "before and after", question, before_after_answer(found))
    sections = [_seen(found), _made_of(found), _against(found), _chart(found), _scenario(found, cut)]
    return write_page(path, head, sections, __version__)


def _day(found: Finding) -> str:
    return f"{found.day.day} {found.day:%B %Y}"


def _by(value: float, of: Interrupted, found: Finding) -> str:
    if of.ratio:
        return f"{number(100 * (value - 1), 2, sign=True)}%"
    return quantity(value, found.series.unit, 2, sign=True)


def _moved(effect: Estimate, of: Interrupted, found: Finding) -> str:
    if of.ratio:
        by = abs(effect.value - 1)
        return f"{number(100 * by, 2)}% {'lower' if effect.value < 1 else 'higher'}"
    return f"{quantity(abs(effect.value), found.series.unit, 2)} {'lower' if effect.value < 0 else 'higher'}"


def _ends(effect: Estimate, of: Interrupted, found: Finding) -> str:
    if of.ratio:
        return interval(100 * (effect.low - 1), 100 * (effect.high - 1), "").replace(" to ", "% to ") + "%"
    return interval(effect.low, effect.high, found.series.unit)


def _seen(found: Finding) -> Section:
    words = (
        "Each dot is one period. The line is what was fitted; the broken line is what would have been without the "
        "change, with the interval of its mean."
    )
    picture = Picture("series", words, _series_figure(found))
    return Section("seen", "What was seen, and what would have been", (picture,))


def _shade(axes: Axes, found: Finding) -> None:
    changed = found.series.days[found.effect.changed]
    axes.axvline(changed, color=INK, linewidth=0.9)
    axes.annotate(
        "change", (changed, 1.0), xycoords=("data", "axes fraction"), xytext=(4, -10), textcoords="offset points",
        fontsize=8.5,
    )  # fmt: skip
    axes.grid(axis="y")
    axes.set_ylabel(unit_name(found.series.unit) if found.series.unit else found.series.name)
    axes.margins(x=0.01)


def _series_figure(found: Finding) -> str:
    of, days = found.effect, found.series.days
    with sheet(7.0, 3.2) as figure:
        axes = figure.subplots()
        axes.plot(days, found.series.values, ".", color=PALETTE["grey"], markersize=4, label="seen")
        axes.plot(days, of.fitted, color=PALETTE["blue"], linewidth=1.6, label="fitted")
        later = slice(of.changed, None)
        axes.fill_between(
            days[later], of.low[later], of.high[later], color=PALETTE["orange"], alpha=0.25, lw=0
        )
        axes.plot(
            days[later],
            of.without[later],
            "--",
            color=PALETTE["red"],
            linewidth=1.4,
            label="without the change",
        )
        if found.other is not None:
            axes.plot(
                found.other.days,
                found.other.values,
                "x",
                color=PALETTE["sky"],
                markersize=3,
                label=found.other.name,
            )
        _shade(axes, found)
        figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize=8.5)
        return svg_text(figure, "series", f"{found.series.name} before and after {_day(found)}")


def _made_of(found: Finding) -> Section:
    of = found.effect
    told = {
        "change": "the change",
        "trend": "the trend that was there already",
        "season": "the time of the year",
        "luck": "luck of the periods compared",
    }
    rows = [(text(told[k]), Cell(_by(v, of, found), raw=(v,))) for k, v in of.parts.items()]
    rows.append((text("before and after, plainly compared"), Cell(_by(of.plain, of, found), raw=(of.plain,))))
    how = "multiply to" if of.ratio else "add up to"
    table = Table(
        "parts",
        f"The parts {how} the plain comparison; what was there already is the ward's own.",
        ("part", "moved it by"),
        tuple(rows),
        right=(1,),
    )
    parts: list[Part] = [table]
    if of.trend is not None:
        parts.append(
            Text(
                f"Before the change the trend was {_by(of.trend.value, of, found)} a {found.series.every} "
                f"({_ends(of.trend, of, found)}). It is taken to have gone on."
            )
        )
    if of.slope is not None:
        parts.append(
            Text(
                f"Since the change each {found.series.every} brings {_by(of.slope.value, of, found)} more "
                f"({_ends(of.slope, of, found)}); at once it was {_by(of.at_once.value, of, found)}."
            )
        )
    parts.append(
        Text(
            f"A {found.series.every} is like the one before it: correlation {number(of.correlation, 1)}, averaged over "
            "all that fit what was seen. Taking the periods for independent would make the interval too narrow.",
            "small",
        )
    )
    return Section("parts", "What the plain comparison is made of", tuple(parts))


def _against(found: Finding) -> Section:
    none = 1.0 if found.effect.ratio else 0.0
    items: list[tuple[str, str]] = []
    spell, false = found.spell, found.false_dates
    if found.against is not None and found.other is not None:
        beside = found.against
        apart = (
            "were already moving apart" if beside.moved_apart else "did not move apart further than by chance"
        )
        told = (
            f"{found.series.name} moved by {_by(beside.changed_moved, beside.effect, found)}, "
            f"{found.other.name} by {_by(beside.other_moved, beside.effect, found)}; beside it the change did "
            f"{_by(beside.effect.effect.value, beside.effect, found)} "
            f"({_ends(beside.effect.effect, beside.effect, found)}). Before the change the two {apart}."
        )
        items.append((f"Beside {found.other.name}", told))
    if spell is not None:
        stood = "further out than by chance" if spell.stood_out(none) else "no further out than by chance"
        told = (
            f"the {spell.periods} {found.series.every}s just before the change stood "
            f"{_by(spell.stood.value, found.effect, found)} from those before them, {stood}. Compared with them "
            f"alone the change would look like {_by(spell.against_spell, found.effect, found)}; compared with the "
            f"time before them, like {_by(spell.against_earlier, found.effect, found)}. With them left out, the "
            f"estimate is {_by(spell.without.effect.value, found.effect, found)} "
            f"({_ends(spell.without.effect, found.effect, found)})."
        )
        items.append(("Regression to the mean", told))
    if false is not None:
        told = (
            f"asked of {false.dates} dates before the change, on which nothing was changed, the same question "
            f"finds an effect at {false.found}, and one as large at {false.as_large}. By chance it would be about "
            f"{number((1 - found.effect.effect.level) * false.dates, 1)}."
        )
        items.append(("False dates", told))
    parts: list[Part] = [Note(c) for c in found.cautions[2:]]
    if items:
        parts.append(Bullets(tuple(items)))
    return Section("against", "What speaks for and against it", tuple(parts) or (Text("Nothing was found."),))


def _chart(found: Finding) -> Section:
    chart = found.chart
    words = (
        f"The limits, {quantity(chart.low, found.series.unit)} to {quantity(chart.high, found.series.unit)}, are "
        "set by the time before the change alone. Filled dots take part in a signal."
    )
    kinds = dict.fromkeys((s.rule, s.up) for s in chart.after)
    rows = []
    for rule, up in kinds:
        of = [s for s in chart.after if (s.rule, s.up) == (rule, up)]
        side = "" if rule in ("close", "apart", "to and fro") else "up" if up else "down"
        first, last = (found.series.starts[i] for i in (of[0].first, max(s.last for s in of)))
        rows.append(
            (text(RULES[rule]), text(side), Cell(f"{len(of)}", raw=(len(of),)), text(f"{first} to {last}"))
        )
    parts: list[Part] = [Picture("chart", words, _chart_figure(found))]
    if rows:
        heads = ("rule", "", "times", "from the first to the last")
        parts.append(Table("signals", "Signals after the change, by rule.", heads, tuple(rows), right=(2,)))
    else:
        parts.append(Text("There is no signal after the change."))
    if abs(chart.likeness) > 0.2:
        parts.append(
            Text(
                f"Successive {found.series.every}s are alike (correlation {number(chart.likeness, 2)}), which makes "
                "runs longer than the rules expect, and the limits too narrow.",
                "small",
            )
        )
    return Section("chart", "The control chart", tuple(parts))


def _chart_figure(found: Finding) -> str:
    chart, days, values = found.chart, found.series.days, found.series.values
    marked = sorted(
        {
            i
            for s in chart.signals
            if s.rule not in ("close", "apart", "to and fro")
            for i in range(s.first, s.last + 1)
        }
    )
    with sheet(7.0, 2.8) as figure:
        axes = figure.subplots()
        axes.plot(days, values, color=PALETTE["grey"], linewidth=0.7)
        axes.plot(days, values, "o", markersize=3.2, markerfacecolor="white", markeredgecolor=PALETTE["grey"])
        axes.plot(days[marked], values[marked], "o", color=PALETTE["blue"], markersize=3.6)
        for height, style, label in (
            (chart.mean, "-", "mean before"), (chart.low, ":", "limits"), (chart.high, ":", "")
        ):  # fmt: skip
            axes.axhline(height, color=INK, linewidth=0.9, linestyle=style)
            if label:
                axes.annotate(
                    label, (1.0, height), xycoords=("axes fraction", "data"), xytext=(-2, 2),
                    textcoords="offset points", ha="right", fontsize=8,
                )  # fmt: skip
        _shade(axes, found)
        return svg_text(figure, "chart", f"Control chart of {found.series.name}")


def _scenario(found: Finding, cut: str) -> Section:
    say = Text(
        "What a change did in one place and time is evidence for a scenario, and not its size elsewhere. A stay is "
        "made of several steps: put the effect on the step that the change is about."
    )
    if not cut:
        return Section("scenario", "For a scenario", (say,))
    try:
        lines = as_change(found, cut)
    except ModelError as refused:
        return Section("scenario", "For a scenario", (say, Note(f"It cannot be said as a cut: {refused}.")))
    return Section("scenario", "For a scenario", (say, Bullets((("", lines),), code=True)))
