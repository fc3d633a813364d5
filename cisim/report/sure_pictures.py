"""The figures behind the page of how sure an answer is: each a block with its heading and what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.analysis import pawn
from cisim.decision import Swing, curves, evpi, evppi, swings
from cisim.report.content import Picture
from cisim.report.pilot_words import VERDICTS, amount, label
from cisim.report.sure_figures import Curve, bars_with_floor, curves_figure, plane_figure, tornado_figure
from cisim.report.sure_known import capital
from cisim.report.told import Block
from cisim.report.words import join

if TYPE_CHECKING:
    from cisim.report.sure_known import Known
    from cisim.report.told import Row

__all__ = ["figures", "moving", "named_in", "tornado"]

_SHOWN = 6
"""Lines of a figure."""
_SMALL = 0.1
"""Share of the widest bar below which a bar is as likely the noise of its regression."""
_FEWEST_FOR_INDICES = 200
_THRESHOLDS = np.linspace(0.0, 70_000.0, 29)
_COARSE = np.linspace(0.0, 70_000.0, 8)


def figures(one: Known) -> tuple[Row, ...]:
    """Return the figures behind the page, two beside each other."""
    pictures = [
        *_plane(one), *_by_threshold(one), *_information(one), *_indices(one), *_sizes(one),
    ]  # fmt: skip
    return tuple(tuple((block,) for block in pictures[i : i + 2]) for i in range(0, len(pictures), 2))


def moving(one: Known) -> list[Swing]:
    """Return the numbers that move the worth of the strategy taken apart, the widest first; without the noise."""
    moves = swings(one.benefit[:, one.subject], one.choice.values)
    found = [s for s in moves if s.parameter in one.choice.known]
    if not found or not one.subject or found[0].size <= 0:
        return []
    return [s for s in found if s.size > _SMALL * found[0].size]


def named_in(one: Known, path: str) -> str:
    """Return a number's name, without the name of the strategy that all is told of."""
    return capital(label(path).removeprefix(f"{one.names[one.subject]}: "))


def tornado(one: Known, most: int = _SHOWN) -> Picture | None:
    """Return what one number at a time does to the worth of the strategy taken apart; None where nothing does."""
    found = moving(one)
    if not found:
        return None
    rows = [
        (
            named_in(one, s.parameter),
            amount(s.low, one.choice.known[s.parameter]),
            amount(s.high, one.choice.known[s.parameter]),
            s.at_low,
            s.at_high,
        )
        for s in found[:most]
    ]
    name = one.names[one.subject]
    caption = f"Mean worth of '{name}' with one number at each end of its range (95 in 100 draws)."
    svg = tornado_figure("sure-tornado", caption, rows, float(one.benefit[:, one.subject].mean()))
    return Picture("sure-tornado", caption, svg)


def _plane(one: Known) -> list[Block]:
    cost, qalys = one.choice.among(one.choice.cost), one.choice.among(one.choice.qalys)
    clouds = [(name, qalys[:, i], cost[:, i]) for i, name in enumerate(one.names) if i]
    if not any(np.ptp(health) for _, health, _ in clouds):
        return []
    caption = (
        "Each dot is a draw, the large ones the means, beside doing nothing: right of the line health is gained,"
        f" below it money is saved. Costs: {_owners_words(one)}."
    )
    svg = plane_figure("sure-plane", caption, clouds)
    return [Block("plane", "Money beside health", (Picture("sure-plane", caption, svg),))]


def _indices(one: Known) -> list[Block]:
    moving = {p: v for p, v in one.choice.values.items() if np.ptp(v)}
    answers = one.benefit[:, one.subject]
    if len(one.benefit) < _FEWEST_FOR_INDICES or not one.subject or not np.ptp(answers) or not moving:
        return []
    found = pawn(moving, answers)
    order = sorted(found.mean, key=lambda path: -found.mean[path].value)[:_SHOWN]
    rows = [(named_in(one, p), found.mean[p].value, found.mean[p].low, found.mean[p].high) for p in order]
    caption = (
        f"How much knowing one number changes the whole spread of what '{one.names[one.subject]}' is worth."
    )
    svg = bars_with_floor("sure-indices", caption, rows, found.floor)
    return [Block("indices", "All numbers at once", (Picture("sure-indices", caption, svg),))]


def _by_threshold(one: Known) -> list[Block]:
    cost, qalys = one.choice.among(one.choice.cost), one.choice.among(one.choice.qalys)
    if len(one.names) < 2:
        return []
    found = curves(cost, qalys, _THRESHOLDS)
    chances = [Curve(name, found.probability[:, i]) for i, name in enumerate(one.names)]
    chances = [Curve("*the one to choose", found.frontier), *chances]
    losses = [Curve(name, found.loss[:, i]) for i, name in enumerate(one.names)]
    losses = [Curve("*the one to choose", found.information), *losses]
    across = "pounds that a year in full health is worth"
    about = f"Costs: {_owners_words(one)}."
    first = f"In how many of 100 draws each is the best. {about}"
    second = f"What choosing each loses on average beside choosing rightly in every draw. {about}"
    return [
        Block("acceptability", "Which is the best, by what health is worth", (Picture("sure-acceptability", first,
              curves_figure("sure-acceptability", first, _THRESHOLDS.tolist(), chances, across=across,
                            up="best in, of 100 draws", shares=True)),)),
        Block("loss", "What a wrong choice costs", (Picture("sure-loss", second,
              curves_figure("sure-loss", second, _THRESHOLDS.tolist(), losses, across=across,
                            up="lost on average")),)),
    ]  # fmt: skip


def _owners_words(one: Known) -> str:
    owners = one.choice.perspective.owners
    return f"those of {join(list(owners))} alone" if owners else "whoever pays"


def _information(one: Known) -> list[Block]:
    cost, qalys = one.choice.among(one.choice.cost), one.choice.among(one.choice.qalys)
    if len(one.names) < 2:
        return []
    by_hand = {k: k * qalys - cost for k in _COARSE.tolist()}
    lines = [Curve("everything", np.array([evpi(b).value for b in by_hand.values()]))]
    if not lines[0].values.any():
        return []
    totals = {
        path: np.array([evppi(b, column).value for b in by_hand.values()])
        for path, column in one.choice.values.items()
        if np.ptp(column) and path in one.choice.known
    }
    top = sorted(totals, key=lambda p: -float(totals[p].sum()))[:3]
    lines += [Curve(named_in(one, path), totals[path]) for path in top]
    caption = (
        "What it is worth to know everything, and the three numbers worth most, by what health is worth."
    )
    svg = curves_figure("sure-information", caption, _COARSE.tolist(), lines,
                        across="pounds that a year in full health is worth", up="worth knowing")  # fmt: skip
    return [Block("information", "What knowing is worth", (Picture("sure-information", caption, svg),))]


def _sizes(one: Known) -> list[Block]:
    blocks = []
    for number, (weighed, of) in enumerate(zip(one.pilots, one.of, strict=True), 1):
        sizes = list(weighed.study.sizes)
        lines = [
            Curve("what it brings, less what it costs", weighed.sampling.net, 1.96 * weighed.sampling.se),
            Curve("what it brings", weighed.sampling.value),
            Curve("what it costs, waiting included", weighed.sampling.cost),
        ]
        caption = (
            f"{weighed.study.name}: {VERDICTS[weighed.verdict]}. The band is what these draws leave open."
        )
        svg = curves_figure(
            f"sure-pilot-{number}",
            caption,
            sizes,
            lines,
            across=f"size, {of}s",
            up="pounds",
            pounds_across=False,
        )
        blocks.append(
            Block(f"pilot-{number}", weighed.study.name, (Picture(f"sure-pilot-{number}", caption, svg),))
        )
    return blocks
