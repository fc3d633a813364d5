"""Pilots and numbers that are not known in a planner's words: no acronym, no more digits than the draws carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.report.digits import sure, told
from cisim.report.words import chance, join, money, number, share
from cisim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.decision import Chosen, Weighed
    from cisim.runs import Choice
    from cisim.spec import Unknown

__all__ = [
    "VERDICTS",
    "amount",
    "amount_text",
    "best_pilot",
    "brief_words",
    "earns",
    "label",
    "pilot_words",
    "size_text",
    "turning",
    "verdict_words",
    "why_words",
]

VERDICTS = {"run": "worth running", "do not run": "not worth running", "unsure": "too close to say"}
_NINETY_FIVE = 1.96
_PENNY, _NOTHING = 0.01, 0.005
_FIELDS = {
    "saves": "full yearly cost of a step",
    "stranded": "share of it that stays",
    "one_off": "cost of the action",
    "reopening": "cost of reopening",
    "once": "cost, once",
    "each_year": "cost a year",
    "cost": "cost",
    "people": "people",
    "hours": "hours of each",
    "an_hour": "worth of an hour",
    "marginal_cost": "cost of one more patient",
    "income": "income from one more patient",
    "qalys": "health gained",
    "money": "money for one more",
    "deaths": "deaths for one more",
    "carbon": "carbon for one more",
    "price": "price",
    "cap": "cap",
    "share": "share",
    "saves_there": "what is saved there",
    "patients": "patients",
    "fidelity": "share of the full effect where it is delivered",
    "attribution": "share of the difference that is ours",
    "displacement": "share that only moved elsewhere",
    "ramp_up": "time until the effect is whole",
    "sustaining": "cost of holding the effect up",
    "keeps": "share of the effect that stays for ever",
    "a_year": "rate at which the effect fades",
    "adoption": "share of wards that deliver",
    "benefit": "share by which benefits fall short",
    "mitigation": "share of overrun dealt with",
    "delay": "delay of benefits",
    "duration": "time",
    "rate": "arrivals",
}
_LISTS = ("options", "programme", "running", "payment", "outcomes", "absorbed", "pathways", "steps", "effect")
_SKIPPED = ("each", "relief", "mean", "decay", "optimism", *_LISTS)


def label(path: str) -> str:
    """Return a number's path as a planner would call it.

    >>> label("value.options.Close a bay.stranded")
    'Close a bay: share of it that stays'
    >>> label("value.effect.fidelity"), label("value.absorbed.hips.each.marginal_cost")
    ('share of the full effect where it is delivered', 'hips: cost of one more patient')
    >>> label("value.effect.adoption.2"), label("model.pathways.gastro.steps.medical need.mean")
    ('share of wards that deliver, year 2', 'gastro: medical need')
    """
    file, _, rest = path.partition(".")
    parts = rest.split(".") if file in ("value", "model") else path.split(".")
    year = f", year {parts.pop()}" if len(parts) > 1 and parts[-2] == "adoption" else ""
    kept = [part for part in parts if part not in _SKIPPED] or parts
    last = _FIELDS.get(kept[-1], kept[-1].replace("_", " ")) + year
    place = ", ".join(part for part in kept[:-1] if part != "changes")
    return f"{place}: {last}" if place else last


def amount(value: float, one: Unknown, digits: int = 2) -> str:
    """Return a value of a number that is not known, with its unit.

    >>> from cisim.distributions import Uniform
    >>> from cisim.spec import Unknown
    >>> amount(0.482, Unknown("a", Uniform(0, 1), 0.5, "share", ""))
    '48%'
    """
    if one.unit == "£":
        return money(value, digits)
    if one.unit in ("share", "%"):
        return share(value)
    unit = {"d": " days"}.get(one.unit, f" {one.unit}" if one.unit else "")
    return f"{number(value, digits)}{unit}"


def earns(weighed: Weighed) -> tuple[str, str]:
    """Return a pilot's net benefit at the size that is told, and its interval, with the digits that it carries."""
    at = weighed.place
    net, spread = float(weighed.sampling.net[at]), _NINETY_FIVE * float(weighed.sampling.se[at])
    if spread < max(_PENNY, _NOTHING * abs(net)):  # a range of next to nothing is no range
        return money(net, 2), ""
    return told(net, net - spread, net + spread, "£"), sure(net - spread, net + spread, "£")


def best_pilot(found: tuple[Weighed, ...]) -> Weighed | None:
    """Return the pilot with the highest net benefit of those that are worth running; None where none is."""
    good = [one for one in found if one.verdict == "run"]
    return max(good, key=lambda one: float(one.sampling.net[one.place]), default=None)


def size_text(weighed: Weighed, of: str) -> str:
    """Return the size that is told: '4 wards', '1 week'."""
    size = weighed.study.sizes[weighed.place]
    return f"{number(size, 6)} {of}{'' if size == 1 or of.endswith('s') else 's'}"


def pilot_words(weighed: Weighed, choice: Choice, of: str) -> list[str]:
    """Return what is to be said of one pilot, sentence by sentence: verdict, why, what it could change.

    Parameters
    ----------
    weighed : Weighed
        As from `pilots_of`.
    choice : Choice
    of : str
        What one of its size is.
    """
    size = size_text(weighed, of)
    name, verdict = weighed.study.name, weighed.verdict
    if verdict == "run":
        first = f"{name}: worth running before the decision, with {size}."
    elif verdict == "unsure":
        first = f"{name}: these draws are too few to say whether it is worth running; best with {size}."
    else:
        first = f"{name}: not worth running, at any size that was tried."
    return [first, *why_words(weighed, choice, of)]


def why_words(weighed: Weighed, choice: Choice, of: str) -> list[str]:
    """Return the reasons of one pilot's verdict, and what it could change, sentence by sentence."""
    names = [choice.strategies[i] for i in choice.open]
    if weighed.verdict == "do not run" and weighed.perfect.changes == 0:
        return _why(weighed, size_text(weighed, of))
    return [*_why(weighed, size_text(weighed, of)), *_changes(weighed, choice, names)]


def brief_words(weighed: Weighed, choice: Choice, of: str) -> str:
    """Return one pilot's verdict with the one reason for it, for where there is little room."""
    size, verdict = size_text(weighed, of), VERDICTS[weighed.verdict]
    net, ends = earns(weighed)
    costs = money(float(weighed.sampling.cost[weighed.place]), 2)
    if weighed.verdict == "do not run":
        if weighed.perfect.changes == 0:
            return f"{verdict}; it costs {costs}, and whatever it found the choice would stay the same."
        return f"{verdict}; with {size} it costs {costs} and would bring less than that."
    about = f"with {size} it brings {net}{f' ({ends})' if ends else ''} more than it costs"
    if weighed.verdict == "unsure":
        return f"{verdict}; {about}."
    turned = [one for one in weighed.chosen if one.strategy != weighed.now]
    names = [choice.strategies[i] for i in choice.open]
    changed = (
        f"; in {chance(turned[0].chance)} cases it turns the choice to '{names[turned[0].strategy]}'"
        if turned
        else ""
    )
    return f"{verdict}; {about}{changed}."


def _why(weighed: Weighed, size: str) -> list[str]:
    at, study = weighed.place, weighed.study
    worth = float(weighed.sampling.value[at])
    spread = _NINETY_FIVE * float(weighed.sampling.se[at])
    paid = study.fixed + study.each * study.sizes[at]
    brings = told(worth, worth - spread, worth + spread, "£")
    wait = ""
    if study.delay and weighed.lost >= 1:
        wait = f", and waiting {_weeks(study.delay)} for it loses {money(weighed.lost, 2)}"
    places = f" for {number(study.serves, 3)} places" if study.serves != 1 else ""
    net, ends = earns(weighed)
    said = f"With {size} it costs {money(paid, 2)}{wait}."
    most = max(weighed.perfect.value, 0.0) * study.serves * weighed.left
    about = told(
        most, most - _NINETY_FIVE * weighed.perfect.se, most + _NINETY_FIVE * weighed.perfect.se, "£"
    )
    if weighed.verdict == "do not run" and weighed.perfect.changes == 0:
        return [said, "Whatever it found, the choice would stay the same: knowing it is worth nothing here."]
    if weighed.verdict == "do not run" and weighed.hopeless:
        return [said, f"Even knowing for certain what it measures would be worth no more than about {about}."]
    ends = f" ({ends})" if ends else ""
    if weighed.worth[at].changes == 0:
        return [
            said,
            "In none of these draws would what it finds change the choice: too few to say that none could.",
        ]
    return [
        said,
        f"What it shows would be worth {brings}{places}: {net}{ends} when what it costs is taken off.",
        f"That it brings more than it costs is sure to {chance(weighed.sure)}.",
        f"Knowing for certain what it measures would be worth {about}.",
    ]


def _weeks(years: float) -> str:
    """Return a time as people plan it.

    >>> _weeks(56 / 365.25), _weeks(1 / 365.25)
    ('8 weeks', '1 day')
    """
    days = years * DAYS_PER_YEAR
    count, name = (days / 7, "week") if days >= 7 else (days, "day")
    return f"{number(count, 2)} {name}{'' if round(count, 1) == 1 else 's'}"


def verdict_words(found: Sequence[Weighed], choice: Choice, of: Sequence[str]) -> str:
    """Return one sentence of recommendation over all pilots.

    Parameters
    ----------
    found : sequence of Weighed
    choice : Choice
    of : sequence of str
        What one of each pilot's size is.
    """
    now = choice.strategies[choice.best]
    good = best_pilot(tuple(found))
    if good is not None:
        what = dict(zip([one.study.name for one in found], of, strict=True))[good.study.name]
        net, ends = earns(good)
        ends = f" ({ends})" if ends else ""
        size = size_text(good, what)
        return f"Before deciding, run '{good.study.name}' with {size}: it is worth {net}{ends} more than it costs."
    if any(one.verdict == "unsure" for one in found):
        return f"No pilot is surely worth running: decide for '{now}' now, or draw more numbers to be sure."
    return f"No pilot is worth running: decide for '{now}' now."


def amount_text(values: NDArray[np.float64]) -> str:
    """Return the mean of draws in pounds, with the interval that holds 95 in 100 of them."""
    mean = float(values.mean())
    low, high = (float(v) for v in np.quantile(values, [0.025, 0.975]))
    ends = sure(low, high, "£")
    return f"{told(mean, low, high, '£')}{f' ({ends})' if ends else ''}"


def _changes(weighed: Weighed, choice: Choice, names: list[str]) -> list[str]:
    now = names[weighed.now]
    others = [one for one in weighed.chosen if one.strategy != weighed.now]
    if not others:
        return [f"'{now}' would be chosen now, and after it too."]
    said = [_finding(one, weighed, choice, names) for one in others[:3]]
    return [f"Now '{now}' would be chosen. {'; '.join(said)}; otherwise '{now}' stays."]


def _finding(one: Chosen, weighed: Weighed, choice: Choice, names: list[str]) -> str:
    measures = weighed.study.measures
    known = [choice.known[m.parameter] for m in measures]
    if len(measures) == 1:
        low, high, _ = one.found[0]
        what = label(measures[0].parameter)
        if np.isinf(low):
            found = f"below {amount(high, known[0])}"
        elif np.isinf(high):
            found = f"above {amount(low, known[0])}"
        else:
            found = f"between {amount(low, known[0])} and {amount(high, known[0])}"
        return f"If {what} is found {found} ({chance(one.chance)}), '{names[one.strategy]}' would be"
    found = join(
        [
            f"{label(m.parameter)} about {amount(mean, k)}"
            for m, k, (_, _, mean) in zip(measures, known, one.found, strict=True)
        ]
    )
    return f"In {chance(one.chance)} cases '{names[one.strategy]}' would be: typically {found}"


def turning(value: float, one: Unknown, better: str, *, above: bool) -> str:
    """Return where the choice turns as one number moves, in plain words.

    >>> from cisim.distributions import Uniform
    >>> from cisim.spec import Unknown
    >>> stays = Unknown("value.options.Close a bay.stranded", Uniform(0, 1), 0.5, "share", "")
    >>> turning(0.63, stays, "Hold", above=True)
    "above 63%, 'Hold' would be worth more"
    """
    side = "above" if above else "below"
    return f"{side} {amount(value, one)}, '{better}' would be worth more"
