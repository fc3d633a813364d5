"""What the board's answer hangs on: the weakest assumption and its check, and the model beside the facts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cisim.analysis import against_facts
from cisim.analysis.board import Hinge, hinges, weakest
from cisim.report.answer import case_names
from cisim.report.assumptions import value_assumptions
from cisim.report.content import Bullets, Note, Part, Text
from cisim.report.digits import bare, sure, told
from cisim.report.words import chance, money, number, quantity, share
from cisim.value import uncertain_numbers

if TYPE_CHECKING:
    from cisim.analysis import Against
    from cisim.report.told import Told

__all__ = ["checked_facts", "weakest_words"]

MOST_FACTS = 2
_NOISE = 1e-9
"""Share of an amount below which draws differ by rounding alone."""
POUNDS = (
    "once",
    "each_year",
    "cost",
    "marginal_cost",
    "income",
    "saves",
    "one_off",
    "reopening",
    "an_hour",
    "sustaining",
    "price",
    "saves_there",
    "money",
)
SHARES = ("stranded", "adoption", "fidelity", "keeps", "attribution", "displacement", "share", "benefit")
CHECKS = {
    "stranded": "list with the budget holder, post by post and contract by contract, what really stops",
    "saves": "read the step's pay and contracts from last year's accounts",
    "one_off": "get the costs of the move quoted",
    "reopening": "cost a rota and a start-up for one step",
    "cost": "take it from the pay bill of the first month of the new way",
    "marginal_cost": "take the patient-level costs of the next hundred such patients",
    "income": "read the contract with the payer, and ask them",
    "price": "read the contract with the payer, and ask them",
    "qalys": "follow up the extra patients against those still waiting",
    "once": "read the invoices and the hours booked so far",
    "each_year": "read the invoices and the hours booked so far",
    "people": "count the names on the attendance lists",
    "hours": "count the hours on the attendance lists",
    "an_hour": "ask finance what an hour costs, and the ward what it would have been used for",
    "adoption": "count the wards that do it, three months on",
    "ramp_up": "measure the first two wards month by month",
    "fidelity": "watch ten rounds, and count what was done as meant",
    "keeps": "measure again after a year",
    "a_year": "measure again after a year",
    "attribution": "compare with wards that did not change",
    "displacement": "look for the same patients in the neighbouring wards",
    "benefit": "set what was promised before beside what came, for the last three programmes",
}
LEAVES = {
    "stranded": "the share of the cost that stays when the step goes",
    "saves": "the yearly cost of one step",
    "one_off": "the cost of the action",
    "reopening": "the cost of opening again",
    "cost": "the cost of each",
    "marginal_cost": "the cost of one more patient",
    "income": "the income for one more patient",
    "qalys": "the health that one more patient gains",
    "once": "its cost, once",
    "each_year": "its yearly cost",
}

DRAWN = "parameter:value."
"""What begins the columns of a probabilistic analysis that are numbers of the value file."""


def weakest_words(one: Told) -> list[str]:
    """Say which assumption the answer hangs on most, where it would turn, and what would check it."""
    psa = one.results.psa()  # what the ledger was drawn with, correlated or drawn with the model
    numbers = {
        str(name).removeprefix(DRAWN): psa[name].to_numpy(float)
        for name in psa
        if str(name).startswith(DRAWN)
    }
    mine = {p: v for p, v in numbers.items() if not p.startswith("options.") or _of(p, one.option.name)}
    npv = np.asarray(one.chosen.draws["npv"], float)
    if mine and np.ptp(npv) <= _NOISE * max(float(np.abs(npv).max()), 1.0):
        return [
            "Nothing that is not known moves what this choice is worth: only its best estimates stand here."
        ]
    found = hinges(mine, npv)
    if not found:
        return ["No number of the value file is uncertain: how sure the prices are was not asked."]
    assumed = _assumed(one)
    top = weakest(found, [p for p in mine if p in assumed])
    if top is None:
        return []
    leaf = top.path.rpartition(".")[2]
    what = f"{_name(top.path)}: {LEAVES.get(leaf, leaf.replace('_', ' '))}"
    worth = one.chosen.figures["npv"].value
    source = "an assumption" if top.path in assumed else "from a source"
    words = [
        (
            f"{what[0].upper()}{what[1:]}, taken as {_amount(top.mean, leaf)}, {source}. It carries"
            f" {share(top.share)} of what is not known about the worth. {_turn(top, leaf, worth)}"
        ),
        f"What would check it: {CHECKS.get(leaf, 'measure it for a month')}.",
    ]
    first = found[0]
    if first.path != top.path:
        leaf = first.path.rpartition(".")[2]
        name = f"{_name(first.path)}: {LEAVES.get(leaf, leaf.replace('_', ' '))}"
        words.append(f"More hangs on {name} ({share(first.share)}), but that has a source.")
    return words


def _of(path: str, option: str) -> bool:
    return path.startswith(f"options.{option}.")


def _name(path: str) -> str:
    """Return the item that a number belongs to: the name in the path of the value file.

    >>> _name("options.Close a bay.saves"), _name("absorbed.hips.each.income"), _name("effect.fidelity")
    ('Close a bay', 'hips', 'effect')
    """
    parts = path.split(".")
    if len(parts) > 2:
        return ".".join(parts[1:-1]).removesuffix(".each")
    return parts[0]


def _assumed(one: Told) -> set[str]:
    """Return the paths of numbers whose source is an assumption, or missing."""
    paths = list(uncertain_numbers(one.value))
    rows = value_assumptions(one.value)[: len(paths)]
    return {
        p
        for p, r in zip(paths, rows, strict=True)
        if not r.source or r.source.lower().startswith("assumption")
    }


def _amount(value: float, leaf: str) -> str:
    if leaf in POUNDS:
        return money(value, 2)
    return share(value) if leaf in SHARES else number(value, 2)


def _turn(top: Hinge, leaf: str, worth: float) -> str:
    """Say where the answer turns, and how likely that is."""
    if not math.isfinite(top.turns):
        return ""
    impossible = top.turns < 0 or (leaf in SHARES and top.turns > 1)
    if impossible or top.reached == 0.0:
        return "Nowhere in its range would the answer turn by this alone."
    side = "Above" if top.turns > top.mean else "Below"
    turned = "less" if worth > 0 else "more"
    where = f"{side} {_amount(top.turns, leaf)} it is worth {turned} than nothing"
    return f"{where}, which happens in {chance(top.reached)} draws."


def checked_facts(one: Told) -> tuple[Part, ...]:
    """Return the model beside facts from outside: which were given, fitted or predicted, and which it misses."""
    experiment = one.results.question.experiment
    if not experiment.facts:
        return (Note("No fact stands beside the model: the experiment names none, so nothing tests it."),)
    found = against_facts(one.results.measures, experiment.facts, main_case=case_names(one.results)[0])
    found = [a for a in found if a.got is not None]
    tested = [a for a in found if a.fact.role == "predicted"]
    hit = sum(a.within for a in tested)
    words = (
        f"{hit} of {len(tested)} figures that it was not fitted to agree with it."
        if tested
        else "No figure here was predicted, so none of them tests the model."
    )
    order = sorted(found, key=lambda a: a.fact.role != "predicted")
    if len(order) > MOST_FACTS:
        words += f" All {len(order)}: report.html."
    parts: list[Part] = [Text(words), Bullets(tuple(_beside(a) for a in order[:MOST_FACTS]))]
    return tuple(parts)


def _beside(one: Against) -> tuple[str, str]:
    """Return a fact and what is known, what the model says with its interval, and whether that agrees."""
    got, fact = one.got, one.fact
    if got is None:
        return fact.name, "the model has no such figure"
    shown, name = bare(got.unit)
    ends = sure(got.low, got.high, shown, finest=-2)
    model = told(got.value, got.low, got.high, shown, finest=-2)
    role = "" if fact.role == "predicted" else f", {fact.role}"
    agrees = "agrees" if one.within else "does not agree"
    said = f"{quantity(one.want, shown)} known, {model}{f' ({ends})' if ends else ''} in the model: {agrees}{role}"
    unit = f" ({name})" if name and name.removesuffix(" a year") not in fact.name else ""
    return f"{fact.name}{unit}", said
