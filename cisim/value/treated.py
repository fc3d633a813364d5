"""What more patients, or fewer, cost and gain, and how they are paid for.

How a payer pays is data. Under ``block`` nothing follows one patient more; under ``activity`` the price does; under
``capped`` the price up to so many more a year, patients lost taken off, the named ones first; under ``blended`` a
share of the price. What one owner is paid another pays, so each payment is two lines that sum to zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cisim.spec import Reinvest, labels
from cisim.value.basis import stated
from cisim.value.book import NON_CASH, Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cisim.spec import PatientWorth, Uncertain
    from cisim.value.basis import Basis, Physical

__all__ = ["Group", "patients", "worth_of"]

Floats = NDArray[np.float64]
_USES = {"patients_reinvested": "reinvest", "patients_absorbed": "absorb", "patients_lost": "lost"}


@dataclass(frozen=True, slots=True)
class Group:
    """Patients of one pathway who came, or went, for one reason, and what each of them is worth.

    Attributes
    ----------
    use, pathway, path : str
        The use of its lines, and the path of its numbers in the value file.
    each : PatientWorth
    count : Physical
        How many more a year; below 0 where they are fewer.
    known : str
        What is added to how its numbers are known.
    """

    use: str
    pathway: str
    path: str
    each: PatientWorth
    count: Physical
    known: str = ""


def patients(basis: Basis) -> Iterator[Line]:
    """Yield the extra and the lost patients, and what those with a worth cost, bring in and gain."""
    found = [(use, pathway, count) for (use, _, pathway), count in basis.physical.items() if use in _USES]
    changed = [one for one in found if np.any(one[2].amount != 0)]
    groups = {one[:2]: group for one in changed if (group := _group(basis, *one)) is not None}
    for use, pathway, count in changed:
        yield Line(
            use.removeprefix("patients_"),
            "patients",
            count.amount,
            count.unit,
            item=pathway,
            category="outcomes and experience",
            source="simulation",
            evidence=basis.simulated(chosen=use == "patients_reinvested"),
        )
        group = groups.get((use, pathway))
        if group is not None:
            yield from worth_of(basis, group)
            yield from _payment(basis, group, list(groups.values()))


def _group(basis: Basis, use: str, pathway: str, count: Physical) -> Group | None:
    """Return patients with what each is worth; None where the value file does not say."""
    if use == "patients_reinvested":
        if not isinstance(basis.option, Reinvest):
            return None
        return Group("reinvest", pathway, f"options.{basis.option.name}.each", basis.option.each, count)
    items = basis.value.absorbed
    for label, item in zip(labels(items), items, strict=True):
        if item.pathway == pathway:
            more = count if use == "patients_absorbed" else replace(count, amount=-count.amount)
            return Group(_USES[use], pathway, f"absorbed.{label}.each", item.each, more, "; not chosen")
    return None


def worth_of(basis: Basis, group: Group) -> Iterator[Line]:
    """Yield what so many more patients cost, bring in and gain; with a count below 0, what is forgone."""
    path, each, count = group.path, group.each, group.count
    common = Line(
        group.use, count.owner, count.amount, count.unit, item=group.pathway, kind=NON_CASH, currency="GBP"
    )

    def told(line: Line, number: Uncertain[Any]) -> Line:
        line = stated(line, number, each.source)
        return replace(line, evidence=line.evidence + group.known)

    cost = basis.numbers[f"{path}.marginal_cost"]
    treated = replace(common, unit_value=-cost, category="productivity and efficiency")
    yield told(treated, each.marginal_cost)
    if each.income is not None:
        for line in _transfer(common, basis.numbers[f"{path}.income"], each.payer):
            yield told(line, each.income)
    if each.qalys is not None:
        gain = basis.numbers[f"{path}.qalys"]
        health = replace(common, owner="patients", currency="QALY", category="outcomes and experience")
        yield told(replace(health, unit_value=gain), each.qalys)


def _transfer(common: Line, price: Floats, payer: str) -> Iterator[Line]:
    paid = replace(common, category="income", transfer=f"{common.use} {common.item} income")
    yield replace(paid, unit_value=price)
    yield replace(paid, unit_value=-price, owner=payer)


def _payment(basis: Basis, group: Group, groups: list[Group]) -> Iterator[Line]:
    """Yield how a group is paid for under the rule of its pathway: nothing where there is none."""
    rule = next((p for p in basis.value.payment if p.pathway == group.pathway), None)
    if rule is None or rule.price is None or rule.rule == "block":
        return
    path, count = f"payment.{rule.pathway}", group.count
    price, number = basis.numbers[f"{path}.price"], count.amount
    if rule.rule == "blended":
        price = price * basis.numbers[f"{path}.share"]
    if rule.rule == "capped" and group.use != "lost":
        same = {g.use: g.count.amount for g in groups if g.pathway == group.pathway}
        # Those lost make room under the cap, and the named are paid for first: together min(net, cap).
        room = basis.numbers[f"{path}.cap"] - same.get("lost", 0.0)
        room = room - (same.get("reinvest", 0.0) if group.use == "absorb" else 0.0)
        number = np.minimum(np.maximum(room, 0.0), number)
    common = Line(
        group.use, count.owner, number, count.unit, item=group.pathway, kind=NON_CASH, currency="GBP"
    )
    for line in _transfer(common, price, rule.payer):
        known = stated(line, rule.price, rule.source)
        yield replace(known, evidence=f"{known.evidence}; paid by {rule.rule}{group.known}")
