"""Where service is not kept: in each draw and year, from how far every named measure lies beyond its margin.

A measure worsens by so much at each simulated share of the effect and year; between them it is interpolated, as
every quantity is. Service is not kept in a draw and year where any measure is then beyond its margin: at the
effect and the demand of that year, not of the best one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.value.book import Line
from cisim.value.decisions import begins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cisim.value.basis import Basis

__all__ = ["BEYOND", "NOT_KEPT", "not_kept", "service"]

BEYOND = "beyond margin"
"""Use of the quantity that says by how much a measure is worse than its margin allows: above 0, it is not kept."""
NOT_KEPT = "not_kept"
"""Use of the ledger's lines that say in which draws and years service is not kept."""


def not_kept(basis: Basis) -> NDArray[np.float64]:
    """Return 1 where the option is in force and any named measure is beyond its margin, shape (draws or 1, years)."""
    years = np.arange(basis.value.years)[None, :]
    fails = np.zeros((1, basis.value.years), bool)
    for (use, _, _), beyond in basis.physical.items():
        if use == BEYOND:
            fails = fails | (beyond.amount > 0)
    return np.where(fails & (years >= begins(basis.option, basis.value.first_year)), 1.0, 0.0)


def service(basis: Basis) -> Iterator[Line]:
    """Yield in which draws and years service is not kept: told, and without a price; nothing where it always is."""
    fails = not_kept(basis)
    if fails.any():
        yield Line(
            NOT_KEPT, "patients", fails, "year", item="service beyond its margins",
            category="outcomes and experience", source="simulation", evidence=basis.simulated(),
        )  # fmt: skip
