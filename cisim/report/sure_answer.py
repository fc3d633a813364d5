"""The page of how sure an answer is: one sheet of A4, in words first, with the few figures that decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.decision import better, downside, turns
from cisim.report.content import Bullets, Note, Part, Picture, Text
from cisim.report.digits import sure as ends_of, told
from cisim.report.pilot_words import (
    VERDICTS,
    amount_text,
    brief_words,
    earns,
    label,
    turning,
    verdict_words,
)
from cisim.report.sure_figures import Range, ranges_figure
from cisim.report.sure_known import Alternative, Known, capital, view_words, worth_text
from cisim.report.sure_pictures import moving, named_in, tornado
from cisim.report.told import Block, Row
from cisim.report.words import chance, join, money, percent, times
from cisim.value import cash_by_draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.decision import Weighed, Worth


__all__ = ["TAIL", "answer_sheet"]

TAIL = 0.1
"""Share of the draws that is told as the worst of what may happen."""
_TOLD = 3
"""Numbers, pilots and other structures told on the sheet; all stand behind it."""
_BARS = 4
_CLOSE = 0.65
"""A choice that is the best in fewer of the draws than this is told as hardly surer than the next."""
_SELDOM = 0.005
"""The chance below which `chance` says less than 1 in 100."""
_NINETY_FIVE = 1.96


def answer_sheet(one: Known, alternatives: Sequence[Alternative]) -> tuple[Row, ...]:
    """Return the rows of the one sheet: what to do, how sure that is, what matters, what to measure next.

    Parameters
    ----------
    one : Known
    alternatives : sequence of Alternative
        The headline under other structures of the model.
    """
    return (
        ((_do(one),),),
        _beside(_sure(one), "How sure the figures are", _strategies(one)),
        _beside(_matters(one, alternatives), "What the worth rests on", tornado(one, _BARS)),
        _beside(_next(one), "What it would bring", _learning(one)),
    )


def _beside(words: Block, title: str, picture: Picture | None) -> Row:
    """Return words with their figure to the right; alone where there is nothing to draw."""
    if picture is None:
        return ((words,),)
    return ((words,), (Block(f"{words.anchor}-figure", title, (picture,)),))


# What to do


def _do(one: Known) -> Block:
    """Say in one sentence each what to choose, what to measure before, and what service rules out."""
    best, next_best = one.names[one.best], one.names[one.subject]
    if one.best:
        lead = f"As far as is known now, choose '{best}': {_against_nothing(one, one.best)}."
    elif one.subject:
        lead = (
            f"As far as is known now, leave all as it is ('{best}'). Of what keeps service the nearest is"
            f" '{next_best}': {_against_nothing(one, one.subject)}."
        )
    else:
        lead = f"As far as is known now, leave all as it is ('{best}'): nothing else keeps service."
    parts: list[Part] = [Text(lead, "lead")]
    if one.pilots:
        parts.append(Text(verdict_words(one.pilots, one.choice, one.of), "lead"))
    elif one.whole.changes == 0:
        parts.append(Text("Nothing that could be learnt would change that: no draw would.", "lead"))
    else:
        most = worth_text(one.whole)
        parts.append(Text(f"Before that, no study that costs more than {most} is worth making.", "lead"))
    shut = _shut(one)
    return Block("do", "What to do", (*parts, Note(shut)) if shut else tuple(parts))


def _against_nothing(one: Known, strategy: int) -> str:
    """Return what a strategy is worth beside doing nothing, in words that need no sign."""
    values = one.benefit[:, strategy]
    low, high = (float(v) for v in np.quantile(values, [0.025, 0.975]))
    mean = float(values.mean())
    if high <= 0:
        ends = ends_of(-high, -low, "£")
        return f"it would lose {told(-mean, -high, -low, '£')}{f' ({ends})' if ends else ''}"
    return f"it is worth {amount_text(values)} beside doing nothing"


def _shut(one: Known) -> str:
    """Return what may not be recommended and why, the one that would be worth most with its figures."""
    choice = one.choice
    failing = [i for i in range(len(choice.strategies)) if choice.fails(i) and i not in choice.empty]
    said: list[str] = []
    if failing:
        asked = f"{chance(choice.asked)} simulated runs"
        top = max(failing, key=lambda i: float(choice.benefit[:, i].mean()))
        worth, kept = choice.benefit[:, top], choice.kept[top]
        tempting = float(worth.mean()) > float(one.benefit[:, one.best].mean())
        if tempting and kept is not None:
            low, high = (float(v) for v in np.quantile(worth, [0.025, 0.975]))
            ends = told(float(worth.mean()), low, high, "£")
            where = f"only in {chance(kept.share)}" if kept.share < choice.asked else "not in every year"
            said.append(
                f"'{choice.strategies[top]}' would be worth {ends}, but is not to be chosen: service must be kept"
                f" in {asked}, and is kept {where}."
            )
            failing.remove(top)
        if failing:
            names = join([f"'{choice.strategies[i]}'" for i in failing])
            said.append(
                f"Nor is {names}." if said else f"Not to be chosen, service not kept in {asked}: {names}."
            )
    if choice.empty:
        names = join([f"'{choice.strategies[i]}'" for i in choice.empty])
        said.append(f"{names}: nothing can close with service kept.")
    return " ".join(said)


# How sure


def _sure(one: Known) -> Block:
    """Say how often the choice is the best, what it costs if it is wrong, and how much could be learnt."""
    often, name = one.often, one.names[one.best]
    drawn = times(len(one.benefit), "draw")
    words = (
        f"Of {drawn} of what nobody knows for certain, each a way in which things may turn out, '{name}' is the best"
        f" in {chance(float(often[one.best]))}."
    )
    most = int(often.argmax())
    if most != one.best:
        words += f" '{one.names[most]}' is best more often, but by less: what counts is the average."
    elif often[one.best] < _CLOSE:
        words += " That is hardly surer than not."
    parts: list[Part] = [Text(words)]
    items = [*_wrong(one), *_target(one), *_worst(one)]
    luck = _luck(one)
    if luck:
        items.append(("Chance", luck))
    if items:
        parts.append(Bullets(tuple(items)))
    return Block("sure", "How sure", tuple(parts))


def _wrong(one: Known) -> list[tuple[str, str]]:
    if one.rival is None:
        return []
    chosen, rival = one.benefit[:, one.best], one.benefit[:, one.rival]
    often, loss = better(rival, chosen), float(np.maximum(rival - chosen, 0.0).mean())
    if often < _SELDOM:
        return []
    words = f"'{one.names[one.rival]}' would be better in {chance(often)} draws; over all draws that loses"
    return [("If it is the wrong choice", f"{words} {money(loss, 2)} on average.")]


def _target(one: Known) -> list[tuple[str, str]]:
    if one.value.cash_target is None or not one.subject:
        return []
    name, target = one.names[one.subject], one.value.cash_target
    cash = cash_by_draw(one.book, name, one.choice.perspective).sum(axis=1)
    missed = downside(cash, target, TAIL)
    words = (
        f"missed by '{name}' in {chance(missed.missing)} draws, by {money(missed.shortfall, 2)} on average."
    )
    return [(f"The savings target of {money(target, 2)}", words)]


def _worst(one: Known) -> list[tuple[str, str]]:
    if not one.subject:
        return []
    risk = downside(one.benefit[:, one.subject], 0.0, TAIL)
    worst = risk.tail_mean
    verb = f"loses {money(-worst, 2)}" if worst < 0 else f"still brings {money(worst, 2)}"
    return [("The worst tenth of the draws", f"'{one.names[one.subject]}' {verb} on average.")]


def _luck(one: Known) -> str:
    """Return how the spread of the worth divides between what can be learnt and what cannot; empty where unknown."""
    table, option = one.results.chances, one.names[one.subject]
    found = table[(table["option"] == option) & (table["figure"] == "npv")] if len(table) else table
    if not len(found) or not np.isfinite(found["unknown"].iloc[0]):
        return ""
    luck, unknown = float(found["luck"].iloc[0]), float(found["unknown"].iloc[0])
    return (
        f"of the spread in what '{option}' is worth, {percent(unknown)} is what is not known and could be learnt;"
        f" {percent(luck)} is the luck of single years, which cannot."
    )


def _strategies(one: Known) -> Picture | None:
    """Draw what each strategy is worth beside doing nothing, those that do not keep service marked."""
    choice = one.choice
    rows = []
    for i, name in enumerate(choice.strategies):
        if i == 0 or (i not in choice.open and not choice.fails(i)) or i in choice.empty:
            continue
        values = choice.benefit[:, i]
        low, high = (float(v) for v in np.quantile(values, [0.025, 0.975]))
        mean = float(values.mean())
        rows.append(Range(name, mean, low, high, told(mean, low, high, "£"), off=choice.fails(i)))
    if not rows:
        return None
    many = max(len(rows) - _BARS, 0)
    rows = sorted(rows, key=lambda r: -r.value)[:_BARS]
    caption = "Worth beside doing nothing (the line); the bars hold 95 in 100 draws."
    if any(r.off for r in rows):
        caption += " Hollow: does not keep service."
    if many:
        caption += f" {many} worth less stand behind this page."
    return Picture("sure-worth", caption, ranges_figure("sure-worth", caption, rows))


# What matters


def _matters(one: Known, alternatives: Sequence[Alternative]) -> Block:
    """Say where the choice turns, what its worth rests on, and who would choose otherwise."""
    turned = _turning(one)
    now = one.names[one.best]
    parts: list[Part] = []
    if turned:
        parts.append(Text(f"One number at a time, '{now}' stays the choice unless"))
        parts.append(Bullets(tuple(turned[:_TOLD])))
    else:
        parts.append(Text(f"No number by itself turns the choice from '{now}', anywhere in its range."))
    moves = moving(one)
    items: list[tuple[str, str]] = []
    if moves:
        told_of = [f"{named_in(one, m.parameter)} ({money(m.size, 2)})" for m in moves[:2]]
        items.append((f"What moves '{one.names[one.subject]}' most", f"{join(told_of)}."))
    items.append(("Counted by others", _others(one)))
    if len(alternatives) > 1:
        items.append(("If the world is built otherwise", _otherwise(one, alternatives)))
    return Block("rests", "What matters", (*parts, Bullets(tuple(items))))


def _turning(one: Known) -> list[tuple[str, str]]:
    """Return at which value of which number the choice turns, those worth knowing most first."""
    items: list[tuple[str, str]] = []
    for path in one.worths:
        known = one.choice.known.get(path)
        if known is None:
            continue
        for stretch in turns(one.benefit, one.choice.values[path]):
            low, high, _ = stretch.found[0]
            if stretch.strategy == one.best or (np.isinf(low) and np.isinf(high)):
                continue
            above = bool(np.isinf(high))
            words = turning(low if above else high, known, one.names[stretch.strategy], above=above)
            items.append((capital(label(path)), f"{words} ({chance(stretch.chance)} draws)."))
            break
    return items


def _others(one: Known) -> str:
    """Return in words who would choose otherwise, or be less sure, if other money or health counted."""
    other, unsure, same = [], [], one.names[one.best]
    for name, choice in one.views().items():
        if name == one.choice.perspective.name:
            continue
        best = choice.strategies[choice.best]
        column = choice.among(choice.benefit)
        often = float((column.argmax(axis=1) == choice.open.index(choice.best)).mean())
        whose = view_words(name)
        if best != same:
            other.append(f"with {whose}, '{best}' (best in {chance(often)} draws)")
        elif often < _CLOSE:
            unsure.append(f"with {whose} it is the best in only {chance(often)} draws")
    whole = f"'{same}' is the choice" + ("" if other else " whoever counts")
    if other:
        return f"the choice would be another {'; '.join(other)}."
    return f"{whole}; {'; '.join(unsure)}." if unsure else f"{whole}."


def _otherwise(one: Known, alternatives: Sequence[Alternative]) -> str:
    """Return in words what other structures of the model do to the headline, each run apart; the first is as it is."""
    base, *rest = alternatives
    side, subject = base.value > 0, one.names[one.subject]
    turned = [a for a in rest if (a.value > 0) != side]
    low, high = (money(end(a.value for a in rest), 2) for end in (min, max))
    if turned:
        names = join([f"{money(a.value, 2)} with '{a.name}'" for a in turned[:_TOLD]])
        words = f"what '{subject}' is worth, {money(base.value, 2)}, turns: {names}."
    else:
        words = (
            f"'{subject}' stays worth {'more' if side else 'less'} than nothing in each of"
            f" {times(len(rest), 'run')} of another structure ({low if low == high else f'{low} to {high}'})."
        )
    closes = [f"with '{a.name}', {a.note}" for a in rest if a.note != base.note]
    return f"{words} {capital('; '.join(closes))}." if closes else words


# What to measure next


def _next(one: Known) -> Block:
    """Say what it is worth to know everything, and of each pilot whether it is worth running and why."""
    parts: list[Part] = [Text(_whole_words(one))]
    if one.pilots:
        items = [
            (w.study.name, brief_words(w, one.choice, of)) for w, of in zip(one.pilots, one.of, strict=True)
        ]
        order = sorted(
            range(len(items)), key=lambda i: -float(one.pilots[i].sampling.net[one.pilots[i].place])
        )
        parts.append(Bullets(tuple(items[i] for i in order[:_TOLD])))
        if len(items) > _TOLD:
            more = len(items) - _TOLD
            parts.append(Text(f"{more} more {'stands' if more == 1 else 'stand'} behind this page.", "small"))
    else:
        top = [(p, w) for p, w in one.worths.items() if w.value > 0 and p in one.choice.known][:_TOLD]
        if top and one.whole.changes:
            said = [f"{label(p)} ({worth_text(w)})" for p, w in top]
            parts.append(Text(f"Of single numbers, those most worth knowing: {join(said)}."))
        parts.append(Text("No pilot is named in the value file, under 'pilots'.", "small"))
    return Block("next", "What to measure next", tuple(parts))


def _whole_words(one: Known) -> str:
    if one.whole.changes == 0:
        return "Nothing: in no draw would knowing everything change the choice."
    return (
        f"Knowing everything for certain would change the choice in {chance(one.whole.changes)} draws, and is worth"
        f" {worth_text(one.whole)} to this decision. No study can be worth more."
    )


def _learning(one: Known) -> Picture | None:
    """Draw what each pilot brings less what it costs; without pilots, what knowing each number is worth."""
    if one.pilots:
        rows = [_earning(weighed) for weighed in one.pilots]
        caption = "What each pilot brings, less what it costs; the bars are what these draws leave open."
        if any(r.off for r in rows):
            caption += f" Hollow: {VERDICTS['do not run']}, or {VERDICTS['unsure']}."
    else:
        shown = [(p, w) for p, w in one.worths.items() if p in one.choice.known and w.value > 0]
        rows = [_knowing(path, worth) for path, worth in shown] if one.whole.changes else []
        caption = "What it would be worth to know one number for certain; worths do not add up."
    if not rows:
        return None
    rows = sorted(rows, key=lambda r: -r.value)[:_BARS]
    return Picture("sure-learning", caption, ranges_figure("sure-learning", caption, rows))


def _earning(weighed: Weighed) -> Range:
    at = weighed.place
    net, spread = float(weighed.sampling.net[at]), _NINETY_FIVE * float(weighed.sampling.se[at])
    return Range(
        weighed.study.name, net, net - spread, net + spread, earns(weighed)[0], off=weighed.verdict != "run"
    )


def _knowing(path: str, worth: Worth) -> Range:
    spread = _NINETY_FIVE * worth.se
    return Range(
        capital(label(path)), worth.value, worth.value - spread, worth.value + spread, worth_text(worth)
    )
