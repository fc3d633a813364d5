"""``cisim voi``: whether it is worth knowing more before choosing, and about what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cisim.cli.say import bad, good, say, table, title
from cisim.decision import Worth, affected, curves, evpi, evppi, incremental, net_benefit, read_sample
from cisim.errors import ModelError, nearest
from cisim.report.words import money as large
from cisim.value import NICE_RATE

if TYPE_CHECKING:
    from pathlib import Path

    from cisim.decision import Sample

__all__ = ["Choosing", "tell_voi"]

_THRESHOLDS = (15_000.0, 20_000.0, 30_000.0, 70_000.0)
"""Pounds a QALY: the health department's opportunity cost, the ends of NICE's range, and the Green Book."""
_SHOWN = 2  # standard errors above zero from which a worth counts as shown


def money(value: float, digits: int = 3) -> str:
    """Return pounds, with pence where there are few of them."""
    return f"£{value:.{digits}g}" if 0.005 <= value < 10 else large(value, digits)


@dataclass(frozen=True, slots=True)
class Choosing:
    """What the command line says beside the file."""

    threshold: float
    people: float = 0.0
    years: int = 1
    together: tuple[str, ...] = ()
    costs: str = ""
    effects: str = ""
    leave_out: tuple[str, ...] = ()


def tell_voi(path: Path, choosing: Choosing) -> None:
    """Tell the choice at the threshold, what not knowing costs, and which parameters that is about.

    Raises
    ------
    FileProblems
        With every mistake of the file.
    ModelError
        For a setting that cannot be.
    """
    if choosing.threshold < 0 or choosing.people < 0:
        raise ModelError("--threshold, --people", "got less than 0, want 0 or more")
    sample = read_sample(path, costs=choosing.costs, effects=choosing.effects, leave_out=choosing.leave_out)
    groups = [_group(text, sample) for text in choosing.together]
    unit = "QALY" if sample.health else "unit of effect"
    benefit = net_benefit(sample.cost, sample.effect, choosing.threshold)
    whole = evpi(benefit)
    people = affected(choosing.people, choosing.years, NICE_RATE)
    say(_what_there_is(sample))
    title(f"Which strategy, at {money(choosing.threshold)} a {unit}?")
    _tell_choice(sample, choosing.threshold)
    title("Is it worth knowing more?")
    _tell_worth(whole, people, choosing)
    if sample.parameters:
        title("About what?")
        _tell_parameters(sample, benefit, whole, groups, people)
    title("The strategies beside each other")
    _tell_ratios(sample, unit)
    _tell_thresholds(sample, unit, choosing.threshold)


def _group(text: str, sample: Sample) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in sample.parameters:
            raise ModelError(
                "--together", f"got {name!r}, want parameters of the file{nearest(name, sample.parameters)}"
            )
    return names


def _what_there_is(sample: Sample) -> str:
    over = f"; passed over: {', '.join(repr(n) for n in sample.passed_over)}" if sample.passed_over else ""
    return (
        f"{len(sample.cost):,} draws of {len(sample.parameters)} parameters, {len(sample.strategies)} strategies: "
        f"{', '.join(sample.strategies)}{over}."
    )


def _tell_choice(sample: Sample, threshold: float) -> None:
    found = curves(sample.cost, sample.effect, [threshold])
    best, chances = int(found.best[0]), found.probability[0]
    say(
        f"{sample.strategies[best]}: the best on average, and the best in {found.frontier[0]:.0%} of the draws."
    )
    often = int(chances.argmax())
    if often != best:
        say(
            f"{sample.strategies[often]} is best more often, in {chances[often]:.0%}, but by less: "
            "what counts is the average."
        )
    if found.tied[0] > 0:
        bad(f"In {found.tied[0]:.1%} of the draws several are best together; the first named counts.")


def _tell_worth(whole: Worth, people: float, choosing: Choosing) -> None:
    if whole.changes == 0:
        good("No: no draw would change the choice.")
        return
    say(
        f"Knowing everything would change the choice in {whole.changes:.0%} of the draws, and would be worth "
        f"{_about(whole)} a patient on average."
    )
    if people:
        say(
            f"For {choosing.people:,.0f} patients a year over {choosing.years} years, later years discounted at 3.5%: "
            f"{money(people * whole.value)}. No study that costs more is worth running, whatever it measures."
        )
    else:
        say("Times the patients whom the decision is for, no study is worth more: give --people and --years.")


def _about(worth: Worth) -> str:
    return f"{money(worth.value)} (standard error {money(worth.se, 2)})"


def _tell_parameters(
    sample: Sample,
    benefit: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    whole: Worth,
    groups: list[tuple[str, ...]],
    people: float,
) -> None:
    moving = [
        (name,) for name, column in zip(sample.parameters, sample.values.T, strict=True) if np.ptp(column) > 0
    ]
    found = {
        names: evppi(benefit, sample.values[:, [sample.parameters.index(n) for n in names]])
        for names in [*moving, *groups]
    }
    ranked = sorted(found, key=lambda names: -found[names].value)
    shown = [names for names in ranked if found[names].value > _SHOWN * found[names].se]
    single = [names for names in shown if len(names) == 1]
    if single:
        first = found[single[0]]
        share = f", {first.value / whole.value:.0%} of everything" if whole.value > 0 else ""
        say(f"Most about {single[0][0]!r}: knowing it would be worth {_about(first)} a patient{share}.")
    else:
        say("No parameter alone is worth knowing, as far as these draws can show.")
    heads = ["what would be known", "worth a patient", "standard error", "changes the choice in", "shown?"]
    rows = [
        [
            " and ".join(names), money(found[names].value), money(found[names].se, 2),
            f"{found[names].changes:.0%}", "yes" if names in shown else "no",
        ]
        for names in ranked
    ]  # fmt: skip
    if people:
        heads.append("for all")
        for names, row in zip(ranked, rows, strict=True):
            row.append(money(people * found[names].value))
    table(heads, rows, right=(1, 2, 3, 5))
    say("Worths of parameters do not add up: together they may be worth more or less.", "dim")
    still = [name for name in sample.parameters if (name,) not in moving]
    if still:
        say(f"Of one value throughout, so nothing to know: {', '.join(still)}.", "dim")
    few = [" and ".join(names) for names in ranked if any("too few" in w for w in found[names].warnings)]
    if few:
        say(f"Too few draws in which it would change the choice, to size it: {', '.join(few)}.", "dim")
    for names in ranked:
        for text in found[names].warnings:
            if "too few" not in text:
                bad(f"{' and '.join(names)}: {text}.")


def _tell_ratios(sample: Sample, unit: str) -> None:
    rows = []
    for one in incremental(sample.strategies, sample.cost, sample.effect):
        ratio = money(one.ratio) if np.isfinite(one.ratio) else ""
        by = f"{one.status}: {' and '.join(one.by)}" if one.by else one.status
        rows.append([one.name, money(one.cost), f"{one.effect:.4g}", ratio, by])
    table(["strategy", "cost", "effect", f"£ for one more {unit}", ""], rows, right=(1, 2, 3))


def _tell_thresholds(sample: Sample, unit: str, threshold: float) -> None:
    others = _THRESHOLDS if sample.health else (threshold / 2, threshold * 2)
    found = curves(sample.cost, sample.effect, sorted({*others, threshold}))
    rows = [
        [money(k), sample.strategies[best], f"{chance:.0%}", money(worth)]
        for k, best, chance, worth in zip(
            found.thresholds, found.best, found.frontier, found.information, strict=True
        )
    ]
    table([f"£ a {unit}", "to choose", "best in", "knowing everything, a patient"], rows, right=(0, 2, 3))
