"""Lines of the ledger: what one option costs, brings in and yields.

A line is one owner's amount for one reason. On every priced line amount = quantity x unit value, and the value
carries the sign: what the owner gains is above 0, what it pays below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.spec import Avoid, Close, Redeploy, SpendInstead
from cisim.value.basis import Basis, Physical
from cisim.value.book import DISPOSITIONS, Line
from cisim.value.costs import programme, running, with_optimism
from cisim.value.decisions import avoidance, closure, redeployment, replacement, share_decided
from cisim.value.kept import not_kept, service
from cisim.value.outcomes import outcome_lines
from cisim.value.treated import patients

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Basis", "Physical", "lines", "share_decided"]


def lines(basis: Basis) -> list[Line]:
    """Return every line of one option, in a fixed order."""
    option = basis.option
    own = replacement(basis, option) if isinstance(option, SpendInstead) else programme(basis)
    costs = [*own, *running(basis)]
    out = [*_capacity(basis), *service(basis), *patients(basis), *outcome_lines(basis)]
    if isinstance(option, Close):
        out += closure(basis, option, not_kept(basis))
    elif isinstance(option, Redeploy):
        out += redeployment(basis, option)
    elif isinstance(option, Avoid):
        out += avoidance(basis, option)
    found = [*costs, *out]
    found = [*found, *with_optimism(basis, found)]
    # An option that changes nothing still has its line, so that it can be asked about.
    nothing = Line("release", "provider", 0.0, "bed-day", category=_CAPACITY, source="simulation")
    return found or [nothing]


_CAPACITY = "productivity and efficiency"


def _capacity(basis: Basis) -> Iterator[Line]:
    """Yield bed-days and hours by use: without a price, here so that they can be counted on every draw."""
    changed = {
        pool
        for (use, pool, _), spent in basis.physical.items()
        if use in DISPOSITIONS and bool(np.any(spent.amount != 0))
    }
    for (use, pool, _), spent in basis.physical.items():
        if use in DISPOSITIONS and pool in changed:
            yield Line(
                use,
                spent.owner,
                spent.amount,
                spent.unit,
                pool=pool,
                category=_CAPACITY,
                source="simulation",
                evidence=basis.simulated(chosen=use not in {"absorbed", "idle_change"}),
            )
