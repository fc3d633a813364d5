"""What a planner may write in a claims file: what somebody said that a change returned, saved or cut."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from cisim.spec.fields import Date, Name, Strict, Whole
from cisim.spec.figures import (
    CountFigure,
    DurationFigure,
    Figure,
    Move,
    MoveField,
    NumberFigure,
    PoundsFigure,
    ShareFigure,
    parse_figure,
    parse_move,
)
from cisim.units import parse_share

__all__ = [
    "CLAIM_KINDS",
    "Cashed",
    "ChangeClaim",
    "Claim",
    "Claims",
    "LeadTimeClaim",
    "ReturnClaim",
    "SavingClaim",
    "SpreadClaim",
    "StayClaim",
    "UnitCostClaim",
    "claim_kind",
]

Reading = Literal["gross", "net"]


class Cashed(Strict):
    """What is said to have left a budget; it counts as shown only with the line, its holder and the date."""

    amount: PoundsFigure
    budget_line: str = ""
    holder: str = ""
    date: Date | None = None


class _Said(Strict):
    name: Name = Field(alias="claim", description="A short name for the claim.")
    cash: Cashed | None = Field(None, description="What is said to have left a budget.")
    source: str = ""
    note: str = ""


class ReturnClaim(_Said):
    """A return for each pound: ``return: 15.41``."""

    a_pound: NumberFigure = Field(alias="return", description="What came back for each pound.")
    benefit: PoundsFigure | None = Field(None, description="The whole benefit that the return is made of.")
    cost: PoundsFigure | None = Field(None, description="The whole cost that the return is made of.")
    reading: Reading | None = Field(
        None, description="gross: benefit over cost; net: benefit less cost, over cost; both, if left out."
    )


def _reach(raw: object) -> float:
    share = parse_figure(raw, "%").value if isinstance(raw, str) else parse_share(raw)
    if not 0 < share <= 1:
        msg = f"got {raw!r}, want a share above 0% and up to 100%"
        raise ValueError(msg)
    return share


Reach = Annotated[float, BeforeValidator(_reach)]


def _points(raw: object) -> object:
    if not isinstance(raw, dict) or len(raw) != 2:
        number = len(raw) if isinstance(raw, dict) else "no"
        msg = f"got {number} spreads, want two, such as {{30%: 2.32, 60%: about 5}}"
        raise ValueError(msg)
    return raw


class SpreadClaim(_Said):
    """A return at two shares of the places that a change is spread to: ``returns: {30%: 2.32, 60%: about 5}``."""

    returns: Annotated[
        dict[Reach, NumberFigure],
        BeforeValidator(_points),
        WithJsonSchema(
            {
                "type": "object",
                "description": "The return for each pound, by the share of wards that deliver.",
                "additionalProperties": {"type": ["string", "number"]},
                "minProperties": 2,
                "maxProperties": 2,
                "examples": [{"30%": 2.32, "60%": "about 5"}],
            }
        ),
    ]
    reading: Reading | None = Field(
        None, description="gross: benefit over cost; net: benefit less cost, over cost; both, if left out."
    )


class SavingClaim(_Said):
    """An amount saved, a year: ``saving: £1m``."""

    saving: PoundsFigure = Field(description="What is said to have been saved, a year.")
    cost: PoundsFigure | None = Field(None, description="What the change cost, a year.")
    bed_days: CountFigure | None = Field(None, description="Bed-days said to have been saved, a year.")
    wards: Whole | None = Field(None, ge=2, description="How many equal wards there were, before one closed.")
    beds: Whole | None = Field(None, ge=1, description="Beds in one ward.")
    occupancy: ShareFigure | None = Field(None, description="How full the wards were when one closed.")
    full_at: ShareFigure | None = Field(
        None, description="How full the wards that stay may be; 90%, if left out."
    )
    bed_day: PoundsFigure | None = Field(None, description="The full cost of a bed-day in such a ward.")


class UnitCostClaim(_Said):
    """A cost for each patient: ``unit_cost: -21%`` or ``£807.70 to £631.50``."""

    unit_cost: Annotated[
        Move,
        BeforeValidator(lambda raw: parse_move(raw, "£")),
        WithJsonSchema(
            {
                "type": "string",
                "description": "How the cost for each patient moved.",
                "examples": ["-21%", "£807.70 to £631.50"],
            }
        ),
    ]
    as_share: MoveField | None = Field(
        None, description="The same as a percentage, where both were published: the two are set side by side."
    )
    patients: MoveField | None = Field(None, description="How the number of patients moved.")


class ChangeClaim(_Said):
    """Something became rarer or shorter by a share: ``change: -25.9%``."""

    change: MoveField = Field(description="How it moved.")
    of: str = Field("", description="What moved, such as falls.")
    compared: MoveField | None = Field(None, description="How it moved meanwhile where nothing was done.")
    count: CountFigure | None = Field(None, description="How many there were, a year, before.")
    each: PoundsFigure | None = Field(None, description="What each costs.")
    in_beds: ShareFigure | None = Field(
        None, description="The share of that cost that is bed-days: released, and not cash."
    )


class LeadTimeClaim(_Said):
    """Hours of lead time taken out: ``lead_time: 3,000 h``. Elapsed time is no capacity."""

    lead_time: DurationFigure = Field(description="The time that was taken out.")
    as_share: MoveField | None = Field(None, description="The same as a percentage.")


def _patients(raw: object) -> object:
    if raw is None or isinstance(raw, (Figure, Move)):
        return raw
    if isinstance(raw, str) and " to " in raw:
        return parse_move(raw)
    figure = parse_figure(raw, "n")
    if not figure.low > 0:
        msg = f"got {raw!r}, want a number of patients above 0"
        raise ValueError(msg)
    return figure


class StayClaim(_Said):
    """A stay, or a part of it, became shorter: ``stay: 5.5 d to 1.2 d``."""

    stay: Annotated[
        Move,
        BeforeValidator(lambda raw: parse_move(raw, "d")),
        WithJsonSchema(
            {
                "type": "string",
                "description": "How the mean stay moved.",
                "examples": ["5.5 d to 1.2 d"],
            }
        ),
    ]
    patients: Annotated[
        Figure | Move | None,
        BeforeValidator(_patients),
        WithJsonSchema(
            {
                "type": ["string", "number"],
                "description": "Patients a year; before and after, where both are known.",
                "examples": [739, "739 to 1010"],
            }
        ),
    ] = None
    step: Whole | None = Field(None, ge=1, description="Beds in one whole step, such as a bay.")
    saves: PoundsFigure | None = Field(None, description="Full yearly cost of one step.")
    stranded: ShareFigure | None = Field(None, description="Share of it that stays when the step closes.")


CLAIM_KINDS = ("return", "returns", "saving", "unit_cost", "change", "lead_time", "stay")
_BY_CLASS = {
    "ReturnClaim": "return",
    "SpreadClaim": "returns",
    "SavingClaim": "saving",
    "UnitCostClaim": "unit_cost",
    "ChangeClaim": "change",
    "LeadTimeClaim": "lead_time",
    "StayClaim": "stay",
}


def claim_kind(data: Any) -> str | None:
    """Return the kind of a claim, written or built, as the tag that its error paths carry."""
    if isinstance(data, Strict):
        return "claim:" + _BY_CLASS[type(data).__name__]
    if isinstance(data, dict):
        found = [k for k in CLAIM_KINDS if k in data]
        return "claim:" + found[0] if len(found) == 1 else None
    return None


Claim = Annotated[
    Annotated[ReturnClaim, Tag("claim:return")]
    | Annotated[SpreadClaim, Tag("claim:returns")]
    | Annotated[SavingClaim, Tag("claim:saving")]
    | Annotated[UnitCostClaim, Tag("claim:unit_cost")]
    | Annotated[ChangeClaim, Tag("claim:change")]
    | Annotated[LeadTimeClaim, Tag("claim:lead_time")]
    | Annotated[StayClaim, Tag("claim:stay")],
    Discriminator(claim_kind),
]


class Claims(Strict):
    """A claims file."""

    cisim: Literal[1]
    claims: Name = Field(description="Name of the file.")
    stated: tuple[Claim, ...] = Field(min_length=1, description="The claims, each with its source.")
    source: str = ""
    note: str = ""
