"""What a planner may write in a value file: what things cost, what we could do, and what it is worth."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from cisim.spec.fields import (
    Count,
    Date,
    Milliseconds,
    Money,
    Name,
    Pounds,
    Strict,
    UncertainNumber,
    UncertainShare,
    Whole,
)
from cisim.spec.scenario import Change
from cisim.spec.telling import Decide, Finance, Team

Category = Literal[
    "outcomes and experience",
    "staff experience",
    "productivity and efficiency",
    "cost avoidance",
    "cost reduction",
    "income",
    "sustainability",
]
PerspectiveName = Literal["provider", "NICE", "health department", "Green Book"]


class ProgrammeItem(Strict):
    """One cost of making and keeping the change: once in the first year, or each year."""

    item: Name
    kind: Literal["direct", "indirect"] = Field(
        description="direct: money paid for the change; indirect: time of staff already employed."
    )
    owner: Name = "provider"
    once: Money | None = None
    each_year: Money | None = None
    source: str = ""
    note: str = ""


class RunningItem(Strict):
    """What the new way of working itself costs, priced from the event log against the old way."""

    item: Name
    owner: Name = "provider"
    for_each: Literal["opening", "patient seen", "hour held", "bed-day held"] = Field(
        description="opening and patient seen: of a pathway/step; hour and bed-day held: of a pool."
    )
    of: str
    cost: Money
    cash: bool = Field(description="Whether it is paid in money; false where staff already employed do it.")
    source: str = ""
    note: str = ""


class PatientWorth(Strict):
    """What one more patient costs, brings in, and gains."""

    marginal_cost: Money
    income: Money | None = Field(
        None, description="Paid to the pool's owner if the payment rule pays; a transfer."
    )
    payer: Name = "commissioner"
    qalys: UncertainNumber | None = Field(
        None, description="Gain over the care they would have had otherwise."
    )
    source: str = ""
    note: str = ""


class Close(Strict):
    """Take out whole steps of a pool: a bay, a ward."""

    name: Name = Field(alias="close")
    pool: Name
    step: Whole = Field(ge=1, description="Places in one whole step.")
    steps: Whole = Field(1, ge=1)
    after: Milliseconds | None = Field(
        None,
        description="Delay of the action from 1 January of the first year; left out, the date tells it.",
    )
    saves: Money = Field(description="Full yearly cost of one step.")
    stranded: UncertainShare = Field(description="Share of it that does not go away with the step.")
    one_off: Money | None = None
    budget_line: str = ""
    holder: str = ""
    date: Date | None = None
    changes: tuple[Change, ...] = ()
    source: str = ""
    note: str = ""


class Reinvest(Strict):
    """Treat named extra patients in the room that was made."""

    name: Name = Field(alias="reinvest")
    pathway: Name
    patients: Count = Field(description="Length of the list, a year.")
    each: PatientWorth
    changes: tuple[Change, ...] = ()
    source: str = ""
    note: str = ""


class Hold(Strict):
    """Decide nothing: keep the room open and see who comes."""

    name: Name = Field(alias="hold")
    changes: tuple[Change, ...] = ()
    source: str = ""
    note: str = ""


OPTION_KINDS = ("close", "reinvest", "hold")


def option_kind(data: Any) -> str | None:
    """Return the kind of an option, written or built, as the tag that its error paths carry."""
    if isinstance(data, Strict):
        return "option:" + type(data).__name__.lower()
    if isinstance(data, dict):
        found = [k for k in OPTION_KINDS if k in data]
        return "option:" + found[0] if len(found) == 1 else None
    return None


Option = Annotated[
    Annotated[Close, Tag("option:close")]
    | Annotated[Reinvest, Tag("option:reinvest")]
    | Annotated[Hold, Tag("option:hold")],
    Discriminator(option_kind),
]


class Absorbed(Strict):
    """What an extra patient is worth who came because there was room, without being chosen."""

    pathway: Name
    each: PatientWorth


class Value(Strict):
    """A value file."""

    cisim: Literal[1]
    value: Name
    price_year: Whole = Field(ge=1990, le=2100)
    first_year: Whole = Field(ge=1990, le=2100)
    years: Whole = Field(ge=1, le=60)
    perspective: PerspectiveName = "provider"
    organisation: Name = Field(
        "provider", description="The owner whose money the provider perspective counts."
    )
    cash_target: Pounds | None = Field(None, description="A savings target for the whole horizon.")
    programme: tuple[ProgrammeItem, ...] = ()
    running: tuple[RunningItem, ...] = ()
    options: tuple[Option, ...] = Field(min_length=1)
    absorbed: tuple[Absorbed, ...] = ()
    decide: Decide | None = Field(None, description="What the board is asked to decide, and by when.")
    finance: Finance | None = Field(None, description="Who vouched for the figures, and the budget.")
    team: Team | None = Field(None, description="The team whose page is written, and what it was promised.")
    source: str = ""
    note: str = ""
