"""A value file and physical quantities to make ledgers of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from cisim.spec.value import Value
from cisim.value import Quantity

MakeValue = Callable[..., Value]
MakeQuantities = Callable[..., list[Quantity]]
BAY: dict[str, Any] = {
    "close": "Close one bay",
    "pool": "ward",
    "step": 6,
    "steps": 2,
    "saves": "£300,000",
    "stranded": "25%",
    "one_off": "£40,000",
    "budget_line": "ward 7 nursing",
    "holder": "head of nursing",
    "date": date(2025, 1, 1),
}
HIPS: dict[str, Any] = {
    "reinvest": "More hips",
    "pathway": "hips",
    "patients": 100,
    "each": {"marginal_cost": "£3,500", "income": "£6,000", "qalys": 0.8},
}
WAIT: dict[str, Any] = {"hold": "Wait and see"}


@pytest.fixture
def make_value() -> MakeValue:
    def make(*options: dict[str, Any], **fields: Any) -> Value:
        given = {"cisim": 1, "value": "v", "price_year": 2025, "first_year": 2025, "years": 3}
        return Value(**given, options=options or (BAY, HIPS, WAIT), **fields)

    return make


@pytest.fixture
def make_quantities() -> MakeQuantities:
    def make(
        option: str,
        *,
        release: float = 4380.0,
        closed: float = 0.0,
        reinvested: float = 0.0,
        absorbed: float = 0.0,
        patients: tuple[float, float, float] = (0.0, 0.0, 0.0),
        running: dict[str, float] | None = None,
    ) -> list[Quantity]:
        idle = release - closed - reinvested - absorbed
        split = {
            "release": release,
            "occupied_A": 30_000.0,
            "closed": closed,
            "reinvested": reinvested,
            "absorbed": absorbed,
            "idle_change": idle,
        }
        out = [Quantity(option, use, "ward", "", "provider", q, "bed-day") for use, q in split.items()]
        for use, q in zip(("reinvested", "absorbed", "lost"), patients, strict=True):
            out.append(Quantity(option, f"patients_{use}", "", "hips", "provider", q, "patient"))
        for item, q in (running or {}).items():
            out.append(Quantity(option, f"running:{item}", "", "emergency", "provider", q, "opening"))
        return out

    return make
