"""Twelve rules by which one thing is counted once; a value file that breaks one is refused, with the rule's name.

Each rule is a function of the value file, and of the models that it is asked of where their pools matter. It
yields the places at which the same thing is counted, in pairs. What a file does not tell apart is taken to be
the same: name the pathway, the step or the pool of both, and the rule sees that they differ.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from cisim.spec.checks import walk_steps
from cisim.spec.counting import BED_DAYS, OF_A_POOL, PATIENTS, bands_overlap
from cisim.spec.fields import Strict
from cisim.spec.model import Activity, Partial, Stay
from cisim.spec.plain import Finding
from cisim.spec.scenario import SetNumber
from cisim.spec.value import Close, Redeploy, Reinvest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cisim.spec.model import Model
    from cisim.spec.scenario import Change
    from cisim.spec.value import Counted, Outcome, OutcomeWorth, Value
    from cisim.spec.yamltree import Trail

__all__ = ["RULES", "Clash", "Rule", "double_counted"]


class Clash(NamedTuple):
    """Two places at which one thing is counted: the later one, the earlier one, and what it is."""

    here: Trail
    other: Trail
    text: str


class _File(NamedTuple):
    """What a rule looks at: a value file, the models that it is asked of, and the valued scenario's changes."""

    value: Value
    models: Sequence[Model]
    made: Sequence[Change]

    def outcomes(self, *of: str) -> list[tuple[Trail, Outcome]]:
        """Return the outcomes of some sorts (of every sort, if none is named), each with its trail."""
        found: list[tuple[Trail, Outcome]] = [
            (("outcomes", i), one) for i, one in enumerate(self.value.outcomes)
        ]
        return [(trail, one) for trail, one in found if not of or one.of in of]

    def pairs(self) -> Iterator[tuple[tuple[Trail, Outcome], tuple[Trail, Outcome]]]:
        """Yield every two outcomes that are counted at the same place, the later one first."""
        for one, other in combinations(self.outcomes(), 2):
            if self.same_place(one[1].counts, other[1].counts):
                yield other, one

    def taken_out(self) -> list[tuple[Trail, Close | Redeploy]]:
        """Return the options that take places out of a pool, each with its trail."""
        options = enumerate(self.value.options)
        return [(("options", i), one) for i, one in options if isinstance(one, (Close, Redeploy))]

    def patients(self) -> list[tuple[Trail, str, bool]]:
        """Return where extra patients have a worth: trail to it, their pathway, whether it has QALYs."""
        options = enumerate(self.value.options)
        found: list[tuple[Trail, str, bool]] = [
            (("options", i, "each"), o.pathway, o.each.qalys is not None)
            for i, o in options
            if isinstance(o, Reinvest)
        ]
        for i, one in enumerate(self.value.absorbed):
            found.append((("absorbed", i, "each"), one.pathway, one.each.qalys is not None))
        return found

    def same_place(self, one: Counted, other: Counted) -> bool:
        """Say whether two counts may be of the same patients, hours or beds.

        A pool and a pathway are told apart by the model alone: without one they are let be.
        """
        for name in ("pathway", "step", "pool"):
            mine, theirs = getattr(one, name), getattr(other, name)
            if mine is not None and theirs is not None and mine != theirs:
                return False
        for of_pool, of_pathway in ((one, other), (other, one)):
            pool, pathway = of_pool.pool, of_pathway.pathway
            if pool is not None and pathway is not None and pool not in self.pools_of(pathway):
                return False
        return True

    def pools_of(self, pathway: str) -> set[str]:
        """Return the pools that a pathway uses; none where no model is known."""
        found: set[str] = set()
        for model in self.models:
            steps = walk_steps(model.pathways[pathway].steps) if pathway in model.pathways else ()
            for step in steps:
                if isinstance(step, Partial):
                    continue
                if isinstance(step, Stay):
                    found |= {choice.pool for choice in step.beds}
                elif isinstance(step, Activity):
                    found |= {*step.needs, *(pool for other in step.instead for pool in other.needs)}
        return found

    def beds(self, pool: str | None) -> bool:
        """Say whether a pool is known to be one of beds or slots."""
        return any(m.pools[pool].kind in ("beds", "slots") for m in self.models if pool in m.pools)


class Rule(NamedTuple):
    """One rule against counting twice.

    Attributes
    ----------
    number : int
        As in `RULES`, from 1.
    name : str
        What a refusal calls it.
    sentence : str
        The rule in plain words.
    source : str
    finds : callable
        Returns the places of a value file that break it.
    """

    number: int
    name: str
    sentence: str
    source: str
    finds: Callable[[_File], Iterator[Clash]]


# 1, 2 and 4: capacity


def _one_use(file: _File) -> Iterator[Clash]:
    for trail, option in file.taken_out():
        for here, outcome in file.outcomes():
            counts = outcome.counts
            priced = outcome.each.money is not None and counts.measure in OF_A_POOL[:4]
            if priced and counts.pool in (None, option.pool):
                text = f"the time of '{option.pool}' has a price here, and its places are taken out there"
                yield Clash((*here, "each", "money"), (*trail, "pool"), text)
        for i, change in enumerate(option.changes):
            if isinstance(change, SetNumber) and change.target == option.pool and (change.by or 0) < 0:
                text = f"these changes take places out of '{option.pool}', and so do its own steps"
                yield Clash((*trail, "changes", i), (*trail, "step"), text)


def _saved_or_refilled(file: _File) -> Iterator[Clash]:
    for here, outcome in file.outcomes():
        counts = outcome.counts
        beds = counts.measure in BED_DAYS and (counts.measure not in OF_A_POOL or file.beds(counts.pool))
        banded = counts.above is not None or counts.below is not None
        if outcome.each.money is None or not beds or banded:
            continue
        for trail, pathway, _ in file.patients():
            text = (
                f"a bed-day has a price here, and the patients of '{pathway}' who fill it have a worth there"
            )
            yield Clash((*here, "each", "money"), trail, text)


def _own_bed_days(file: _File) -> Iterator[Clash]:
    for here, outcome in file.outcomes():
        if outcome.each.money is None or "bed-days" not in outcome.contains:
            continue
        used = [(trail, "are closed or moved") for trail, _ in file.taken_out()]
        used += [(trail, "are filled again") for trail, _, _ in file.patients()]
        for trail, how in used[:1]:
            text = f"the cost of one holds bed-days, which the simulation frees and which {how} there: take them off"
            yield Clash((*here, "contains"), trail, text)


# 3: income


def _income(file: _File) -> Iterator[Clash]:
    for here, outcome in file.outcomes():
        if outcome.category == "income" and outcome.each.money is not None:
            paid: list[Trail] = [("payment", i) for i, _ in enumerate(file.value.payment)]
            paid += [(*trail, "income") for trail, _, _ in file.patients() if _has_income(file.value, trail)]
            text = "what one owner is paid another pays, and this is counted as a gain of all: use 'payment'"
            yield Clash((*here, "category"), paid[0] if paid else (), text)


def _has_income(value: Value, trail: Trail) -> bool:
    listed, number = value.options if trail[0] == "options" else value.absorbed, trail[1]
    each = getattr(listed[int(number)], "each", None)
    return each is not None and each.income is not None


# 5 and 8: health


_BETTER = ("earlier treatment",)
_SPARED = ("harm avoided", "readmission")


def _health_once(file: _File) -> Iterator[Clash]:
    for here, outcome in file.outcomes():
        if outcome.each.qalys is not None and outcome.each.money is not None and "QALYs" in outcome.contains:
            text = "the money of one holds its health already"
            yield Clash((*here, "each", "qalys"), (*here, "contains"), text)
        if outcome.each.qalys is None or outcome.of not in _SPARED:
            continue
        for trail, pathway, qalys in file.patients():
            if qalys and outcome.counts.pathway in (None, pathway):
                text = f"health is gained here by '{outcome.of}', and by the patients of '{pathway}' there"
                yield Clash((*here, "each", "qalys"), (*trail, "qalys"), text)
    for (here, one), (trail, other) in file.pairs():
        both = {one.of, other.of}
        if both & set(_SPARED) and both & set(_BETTER) and _have("qalys", one, other):
            text = "health of the same patients is gained by earlier treatment and by harm that is spared"
            yield Clash((*here, "each", "qalys"), (*trail, "each", "qalys"), text)


def _have(name: str, *outcomes: Outcome) -> bool:
    return all(getattr(one.each, name) is not None for one in outcomes)


_CROWDING = "deaths associated with crowding"


def _one_death(file: _File) -> Iterator[Clash]:
    for (here, one), (trail, other) in file.pairs():
        if one.of == other.of == _CROWDING and bands_overlap(one.counts, other.counts):
            text = "the same waits stand in both: let one band begin where the other ends"
            yield Clash((*here, "counts"), (*trail, "counts"), text)
        elif {one.of, other.of} == {_CROWDING, *_BETTER} and _deadly(one) and _deadly(other):
            text = "the same patients are spared a death by shorter waits and by earlier treatment"
            yield Clash((*here, "of"), (*trail, "of"), text)


def _deadly(outcome: Outcome) -> bool:
    each = outcome.each
    return each.qalys is not None or each.deaths is not None or "deaths" in outcome.contains


# 6 and 7: staff


def _staff_or_agency(file: _File) -> Iterator[Clash]:
    for (here, one), (trail, other) in file.pairs():
        if not _have("money", one, other):
            continue
        for mine, theirs in ((one, other), (other, one)):
            if _staff_time(mine) and "agency" in theirs.contains:
                text = "the same hours are saved as staff time and as agency shifts"
                yield Clash((*here, "each", "money"), (*trail, "each", "money"), text)
                break
    for here, outcome in file.outcomes():
        for trail, option in file.taken_out():
            lands = isinstance(option, Redeploy) and option.saves_there is not None
            if lands and _staff_time(outcome) and outcome.counts.pool in (None, option.pool):
                text = f"hours of '{option.pool}' are saved here, and stand in for other staff there"
                yield Clash((*here, "each", "money"), (*trail, "saves_there"), text)


def _staff_time(outcome: Outcome) -> bool:
    timed = outcome.of == "overtime" or "staff time" in outcome.contains
    return timed and outcome.each.money is not None and "agency" not in outcome.contains


def _turnover_or_agency(file: _File) -> Iterator[Clash]:
    for (here, one), (trail, other) in file.pairs():
        for mine, theirs in ((one, other), (other, one)):
            if (
                mine.of == "turnover" != theirs.of
                and "agency" in theirs.contains
                and _have("money", one, other)
            ):
                text = "one vacancy is saved as a leaver who stays and as agency shifts that fill the post"
                yield Clash((*here, "each", "money"), (*trail, "each", "money"), text)
                break


# 9: carbon


def _carbon_once(file: _File) -> Iterator[Clash]:
    for here, outcome in file.outcomes():
        if (
            outcome.each.carbon is not None
            and outcome.each.money is not None
            and "carbon" in outcome.contains
        ):
            yield Clash((*here, "each", "carbon"), (*here, "contains"), "the money of one holds its carbon")
    for (here, one), (trail, other) in file.pairs():
        measures = {one.counts.measure, other.counts.measure}
        if _have("carbon", one, other) and measures & set(BED_DAYS) and measures & set(PATIENTS):
            text = "the carbon of a patient's days is counted by the day and by the patient"
            yield Clash((*here, "each", "carbon"), (*trail, "each", "carbon"), text)


# 10: what lies inside something else


def _nested(file: _File) -> Iterator[Clash]:
    for (here, one), (trail, other) in file.pairs():
        same = one.of == other.of != _CROWDING and one.counts.measure == other.counts.measure
        if same and bands_overlap(one.counts, other.counts) and _priced_alike(one.each, other.each):
            text = f"'{one.of}' is counted over the one and over the other, which lie inside each other"
            yield Clash((*here, "counts"), (*trail, "counts"), text)
    made = [_plain(change) for change in file.made]
    for i, option in enumerate(file.value.options):
        for j, change in enumerate(option.changes):
            if _plain(change) in made:
                text = "the valued scenario makes this change already: write one change of the whole size"
                yield Clash(("options", i, "changes", j), (), text)


def _priced_alike(one: OutcomeWorth, other: OutcomeWorth) -> bool:
    return any(
        getattr(one, name) is not None and getattr(other, name) is not None
        for name in ("money", "qalys", "carbon", "deaths")
    )


def _plain(change: Change) -> dict[str, object]:
    return change.model_dump(exclude={"note"})


# 11 and 12: prices

_FULL_COST = re.compile(
    r"national cost collection|reference costs?\b|unit costs of health|\bPSSRU\b|\bNCC\b", re.IGNORECASE
)
_OVERHEAD = re.compile(r"overhead", re.IGNORECASE)
_ADDED = re.compile(r"(?:\bplus\b|\+|\badding\b|\bwith\b)[^.;]{0,30}overhead|overheads? added", re.IGNORECASE)
_PRICES = re.compile(r"\b((?:19|20)\d\d)(?:/(\d\d))?(?:\s+|-)prices", re.IGNORECASE)
_NOMINAL = re.compile(r"\bnominal\b|\bcash[- ]terms\b|\binflated (?:each|every) year\b", re.IGNORECASE)


def _overheads(file: _File) -> Iterator[Clash]:
    for trail, text in _said(file.value):
        if _FULL_COST.search(text) and _ADDED.search(text):
            yield Clash(trail, (), "costs of this source hold their overheads, and these are added again")
    for name in ("programme", "running"):
        items = list(enumerate(getattr(file.value, name)))
        full = [i for i, item in items if _FULL_COST.search(item.source)]
        for i, item in items:
            if _OVERHEAD.search(item.item) and full and full != [i]:
                other = next(j for j in full if j != i)
                text = "overheads are a cost here, and the other cost's source holds them already"
                yield Clash((name, i, "item"), (name, other, "source"), text)


def _one_price_year(file: _File) -> Iterator[Clash]:
    wanted = file.value.price_year
    for trail, text in _said(file.value):
        years = {int(y) for y, _ in _PRICES.findall(text)}
        years |= {int(y) + 1 for y, second in _PRICES.findall(text) if second}
        if years and wanted not in years:
            told = f"its prices are of {min(years)}, and the file's are of {wanted}: bring them to {wanted}, and say so"
            yield Clash(trail, ("price_year",), told)
        elif _NOMINAL.search(text):
            told = f"rising prices are discounted as if they were real: want prices of {wanted} in every year"
            yield Clash(trail, ("price_year",), told)


def _said(value: Value) -> Iterator[tuple[Trail, str]]:
    """Yield every source of a value file with the trail to it."""
    yield from _walk(value, ())


def _walk(node: object, trail: Trail) -> Iterator[tuple[Trail, str]]:
    if isinstance(node, Strict):
        for name in type(node).model_fields:
            child = getattr(node, name)
            if name == "source" and isinstance(child, str):
                yield (*trail, name), child
            elif name != "changes":
                yield from _walk(child, (*trail, name))
    elif isinstance(node, tuple):
        for i, child in enumerate(node):
            yield from _walk(child, (*trail, i))


_GREEN_BOOK = (
    "HM Treasury, The Green Book (2022): real prices of one base year; transfers are no cost to society"
)
_IDENTITY = "accounting: release = closed + redeployed + reinvested + absorbed + idle change, in every pool"
_ONCE = "no publication: it follows from counting each thing once"
RULES: tuple[Rule, ...] = (
    Rule(
        1,
        "one unit, one use",
        "A bed, an hour or a shift that is closed or moved has no other worth beside it.",
        _IDENTITY,
        _one_use,
    ),
    Rule(
        2,
        "bed-day saved or refilled",
        "A bed-day is saved, or it is used by the next patient, and never both.",
        "King's Fund (2023): beds set free would otherwise be filled by other people",
        _saved_or_refilled,
    ),
    Rule(
        3,
        "income is a transfer",
        "What one organisation is paid another pays, and to all together it is worth nothing.",
        _GREEN_BOOK,
        _income,
    ),
    Rule(
        4,
        "a harm's own bed-days",
        "The published cost of a harm is mostly bed-days: where the simulation frees them, take them off.",
        "NHS Improvement (2017): extra days in hospital are 88% of the cost of inpatient falls",
        _own_bed_days,
    ),
    Rule(
        5,
        "health gained once",
        "A patient's health is gained by harm that is spared or by better treatment, and counted in one of them.",
        _ONCE,
        _health_once,
    ),
    Rule(
        6,
        "staff time or agency",
        "An hour that staff no longer work is their time saved or an agency shift not booked.",
        _ONCE,
        _staff_or_agency,
    ),
    Rule(
        7,
        "turnover or agency",
        "A post that stays filled saves the cost of a leaver or of agency cover for the same vacancy.",
        _ONCE,
        _turnover_or_agency,
    ),
    Rule(
        8,
        "one wait, one death",
        "A death is spared by less crowding or by earlier treatment, and each patient's wait is used once.",
        "Jones and others (2022), Emergency Medicine Journal: each wait stands in one band",
        _one_death,
    ),
    Rule(
        9,
        "carbon by the day or by the patient",
        "Carbon is counted by the bed-day or by the admission, for an admission is made of bed-days.",
        "Prasad and others (2022): the footprint of a hospital stay, told by the bed-day",
        _carbon_once,
    ),
    Rule(
        10,
        "one joint run",
        "What lies inside something else is not added to it: changes made together are run together, once.",
        "design of this program: several changes are one joint run, and their effects are never added up",
        _nested,
    ),
    Rule(
        11,
        "overheads once",
        "Full unit costs hold their overheads, so none are added to them.",
        "National Cost Collection; Unit Costs of Health and Social Care: both are full costs",
        _overheads,
    ),
    Rule(
        12,
        "real prices of one year",
        "Every amount is in the prices of one year, without inflation to come.",
        _GREEN_BOOK,
        _one_price_year,
    ),
)
"""The rules, in the order of their numbers."""


def double_counted(value: Value, models: Sequence[Model] = (), made: Sequence[Change] = ()) -> list[Finding]:
    """Return where a value file counts one thing twice, each with the name of the rule that it breaks.

    Parameters
    ----------
    value : Value
    models : sequence of Model
        The models that the file is asked of; without any, places are compared by their names alone.
    made : sequence of Change
        What the valued scenario changes.
    """
    file = _File(value, models, made)
    found = []
    for rule in RULES:
        for clash in rule.finds(file):
            text = f"counted twice, by the rule '{rule.name}': {clash.text}"
            found.append(Finding(clash.here, text, other=clash.other))
    return found
