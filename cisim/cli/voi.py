"""``cisim voi``: whether it is worth knowing more before choosing, and about what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cisim.cli.say import bad, good, say, table, title
from cisim.decision import (
    Observed,
    Study,
    Worth,
    affected,
    curves,
    dominates,
    downside,
    evpi,
    evppi,
    incremental,
    net_benefit,
    read_sample,
    weigh,
)
from cisim.errors import ModelError, nearest
from cisim.report.words import join, money as large
from cisim.value import NICE_RATE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cisim.decision import Sample

    Floats = NDArray[np.float64]

__all__ = ["Choosing", "tell_voi"]

_THRESHOLDS = (15_000.0, 20_000.0, 30_000.0, 70_000.0)
"""Pounds a QALY: the health department's opportunity cost, the ends of NICE's range, and the Green Book."""
_SHOWN = 2  # standard errors above zero from which a worth counts as shown
_FEW = 100  # draws below which little can be told
_TAIL = 0.05  # the share of draws that are called the worst


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
    target: float | None = None
    study: Measuring | None = None


@dataclass(frozen=True, slots=True)
class Measuring:
    """A study that could be made first, as the command line says it."""

    measure: str
    by: str = "mean"
    sd: float = 0.0
    sizes: str = ""
    once: float = 0.0
    each: float = 0.0
    delay: int = 0


def tell_voi(path: Path, choosing: Choosing) -> None:
    """Tell the choice at the threshold, what not knowing costs, and which parameters that is about.

    Raises
    ------
    FileProblems
        With every mistake of the file.
    ModelError
        For a setting that cannot be.
    """
    for option, number in (("--threshold", choosing.threshold), ("--people", choosing.people)):
        if not 0 <= number < np.inf:
            raise ModelError(option, f"got {number:g}, want 0 or more")
    sample = read_sample(path, costs=choosing.costs, effects=choosing.effects, leave_out=choosing.leave_out)
    study = _study(choosing, sample)
    groups = [_group(text, sample) for text in choosing.together]
    unit = "QALY" if sample.health else "unit of effect"
    benefit = net_benefit(sample.cost, sample.effect, choosing.threshold)
    whole = evpi(benefit)
    people = affected(choosing.people, choosing.years, NICE_RATE)
    say(_what_there_is(sample))
    for words in sample.told:
        say(words, "dim")
    if len(sample.cost) < _FEW:
        bad(f"{len(sample.cost)} draws are few: take what follows with care, and draw some thousands.")
    title(f"Which strategy, at {money(choosing.threshold)} a {unit}?")
    _tell_choice(sample, choosing.threshold)
    title("Is it worth knowing more?")
    _tell_worth(whole, people, choosing)
    if sample.parameters:
        title("About what?")
        _tell_parameters(sample, benefit, whole, groups, people)
    if study is not None:
        title("Is the study worth running first?")
        _tell_study(sample, benefit, study, choosing)
    title("How badly may it go?")
    _tell_downside(sample, benefit, choosing.target)
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
    for i, name in enumerate(sample.strategies):
        for j in range(i):
            same = (sample.cost[:, i] == sample.cost[:, j]) & (sample.effect[:, i] == sample.effect[:, j])
            if same.all():
                bad(f"{name} is the same as {sample.strategies[j]} in every draw.")


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
    benefit: Floats,
    whole: Worth,
    groups: list[tuple[str, ...]],
    people: float,
) -> None:
    moving = [
        (name,) for name, column in zip(sample.parameters, sample.values.T, strict=True) if np.ptp(column) > 0
    ]
    found = _known_alone(sample, benefit, [*moving, *groups])
    if not found:
        return
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
    _tell_warnings(found, ranked)


def _known_alone(
    sample: Sample, benefit: Floats, asked: list[tuple[str, ...]]
) -> dict[tuple[str, ...], Worth]:
    """Return what knowing each is worth; those for which the draws are too few are told and left out."""
    found, short = {}, []
    for names in asked:
        try:
            found[names] = evppi(benefit, sample.values[:, [sample.parameters.index(n) for n in names]])
        except ModelError as problem:  # of fewer draws than a regression can bear
            short.append(f"{' and '.join(names)} ({problem.text})")
    if short:
        bad(f"Too few draws to tell what it is worth to know: {'; '.join(short)}.")
    return found


def _tell_warnings(found: dict[tuple[str, ...], Worth], ranked: list[tuple[str, ...]]) -> None:
    few = [" and ".join(names) for names in ranked if any("too few" in w for w in found[names].warnings)]
    if few:
        say(f"Too few draws in which it would change the choice, to size it: {', '.join(few)}.", "dim")
    for names in ranked:
        for text in found[names].warnings:
            if "too few" not in text:
                bad(f"{' and '.join(names)}: {text}.")


def _study(choosing: Choosing, sample: Sample) -> Study | None:
    """Return the study that the command line asks about."""
    asked = choosing.study
    if asked is None:
        return None
    names = tuple(name.strip() for name in asked.measure.split(","))
    for name in names:
        if name not in sample.parameters:
            text = f"got {name!r}, want parameters of the file{nearest(name, sample.parameters)}"
            raise ModelError("--measure", text)
    try:
        sizes = tuple(sorted({float(size) for size in asked.sizes.split(",")}))
    except ValueError:
        raise ModelError("--sizes", f"got {asked.sizes!r}, want sizes to try, such as 20,50,100") from None
    if asked.delay and asked.delay >= choosing.years:
        raise ModelError(
            "--delay", f"got {asked.delay}, want less than the {choosing.years} years of the decision"
        )
    if not choosing.people and (asked.once or asked.each):
        raise ModelError(
            "--people", "got none, want how many patients a year the study's cost is set against"
        )
    measures = tuple(Observed(name, asked.by, asked.sd or float("nan")) for name in names)
    return Study(", ".join(names), measures, sizes, asked.once, asked.each)


def _tell_study(sample: Sample, benefit: Floats, study: Study, choosing: Choosing) -> None:
    """Tell what a study brings less what it costs, by its size, and what it could change."""
    delay = choosing.study.delay if choosing.study is not None else 0
    all_of = affected(choosing.people, choosing.years, NICE_RATE) if choosing.people else 1.0
    later = affected(choosing.people, choosing.years, NICE_RATE, after=delay) if choosing.people else 1.0
    values = dict(zip(sample.parameters, sample.values.T, strict=True))
    # While it runs, what is chosen now goes on for those who come: waiting loses what it would have taught.
    found = weigh(benefit, values, study, people=all_of, left=later / all_of)
    at, place = found.sampling, found.place
    words = {
        "run": f"Yes, with {study.sizes[place]:g}: it brings {money(float(at.net[place]))} more than it costs.",
        "do not run": "No, at none of these sizes: what it shows would be worth less than it costs.",
        "unsure": "These draws are too few to say.",
    }
    (good if found.verdict == "run" else bad if found.verdict == "do not run" else say)(words[found.verdict])
    heads = ["size", "it brings", "it costs", "net", "give or take"]
    rows = [
        [
            f"{size:g}",
            *(money(float(of[i])) for of in (at.value, at.cost, at.net)),
            money(1.96 * float(at.se[i]), 2),
        ]
        for i, size in enumerate(study.sizes)
    ]
    table(heads, rows, right=(0, 1, 2, 3, 4))
    for one in found.chosen if len(study.measures) == 1 else ():
        low, high, _ = one.found[0]
        where = f"from {low:.4g} to {high:.4g}"
        where = f"below {high:.4g}" if np.isinf(low) else where
        where = f"above {low:.4g}" if np.isinf(high) else where
        where = "whatever it finds" if np.isinf(low) and np.isinf(high) else f"if it finds {where}"
        say(f"{sample.strategies[one.strategy]} would be chosen {where} ({one.chance:.0%}).")
    say(
        f"{'For all' if choosing.people else 'A patient'}; patients who come while it runs are not served by it.",
        "dim",
    )


def _tell_downside(sample: Sample, benefit: Floats, target: float | None) -> None:
    """Tell how badly the strategy to choose may do beside the others, and who misses a target of savings."""
    best = int(benefit.mean(axis=0).argmax())
    name = sample.strategies[best]
    always: list[str] = []
    careful: list[str] = []
    for i, other in enumerate(sample.strategies):
        if i == best:
            continue
        gain = benefit[:, best] - benefit[:, i]
        risk = downside(gain, 0.0, _TAIL)
        size = money(abs(risk.tail_mean))
        worst = f"{size} worse" if risk.tail_mean < 0 else f"{size} better"
        say(
            f"Beside {other}, {name} is worse in {risk.missing:.0%} of the draws; in the worst {_TAIL:.0%} of them"
            f" it is {worst} a patient on average."
        )
        first, second = (dominates(benefit[:, best], benefit[:, i], order) for order in (1, 2))
        (always if first else careful if second else []).append(other)
    if always:
        say(
            f"{name} is as likely or likelier to reach any net benefit than {join(always)} (first-order dominance)."
        )
    if careful:
        say(f"Everyone who dislikes risk prefers {name} to {join(careful)} (second-order dominance).")
    if target is None:
        return
    rows = []
    for i, other in enumerate(sample.strategies[1:], 1):
        saved = sample.cost[:, 0] - sample.cost[:, i]
        risk = downside(saved, target, _TAIL)
        mean, short, tail = (money(x) for x in (float(saved.mean()), risk.shortfall, risk.tail_mean))
        rows.append([other, mean, f"{risk.missing:.0%}", short, tail])
    say(f"Saved a patient beside {sample.strategies[0]}; the target is {money(target)}:")
    table(["strategy", "on average", "misses it in", "falls short by", "worst 5%"], rows, right=(1, 2, 3, 4))


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
