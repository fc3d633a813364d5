"""What a planner may write in a scenario file: a base, and named changes in order."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag, model_validator

from cisim.spec.fields import (
    Count,
    Duration,
    Milliseconds,
    Moment,
    Name,
    RatePerMs,
    Share,
    SignedShare,
    Strict,
    Times,
    Whole,
)
from cisim.spec.model import Opening, RotaException, RotaLine, Step


def _one_of(change: BaseModel, first: str, second: str) -> None:
    """Refuse a change that gives both of two keys, or neither."""
    given = [k for k in (first, second) if getattr(change, k) is not None]
    if len(given) != 1:
        msg = f"got {'both' if given else 'neither'}, want exactly one of: {first}, {second}"
        raise ValueError(msg)


Path = Annotated[str, Field(description="pathway/step, or the name of a pool or pathway.")]


class Unbatch(Strict):
    """A round held more often, or a batch or round taken away (``to: continuous``)."""

    target: Path = Field(alias="unbatch")
    to: Literal["continuous"] | tuple[Opening, ...]
    reach: Share = Field(1.0, description="Share of patients reached.")
    note: str = ""


class Cut(Strict):
    """A delay or activity cut by a share, or to a mean; the same patients stay the longer ones."""

    target: Path = Field(alias="cut")
    by: Share | None = None
    to: Milliseconds | None = None
    reach: Share = Field(1.0, description="Share of patients reached.")
    note: str = ""

    @model_validator(mode="after")
    def _one(self) -> Cut:
        _one_of(self, "by", "to")
        return self


class SetNumber(Strict):
    """Another number in a pool, from the start or from a date; beds close as they empty."""

    target: Path = Field(alias="number")
    by: Whole | None = None
    to: Count | Literal["unlimited"] | None = None
    from_: Moment | None = Field(None, alias="from")
    note: str = ""

    @model_validator(mode="after")
    def _one(self) -> SetNumber:
        _one_of(self, "by", "to")
        return self


class SetRota(Strict):
    """Another weekly rota for a pool."""

    target: Path = Field(alias="rota")
    to: tuple[RotaLine, ...] = Field(min_length=1)
    otherwise: Count = 0
    exceptions: tuple[RotaException, ...] = ()
    note: str = ""


class Demand(Strict):
    """More or fewer patients on a pathway, or (-100%) nobody; more demand adds patients and moves none."""

    target: Path = Field(alias="demand")
    by: SignedShare | None = None
    to: RatePerMs | None = None
    note: str = ""

    @model_validator(mode="after")
    def _one(self) -> Demand:
        _one_of(self, "by", "to")
        return self


class Route(Strict):
    """A share of those on one way of a branch take another way, old or new, instead."""

    target: Path = Field(alias="route")
    from_: Name = Field(alias="from")
    to: Name
    move: Share = Field(description="Share of those on the way `from` who go the way `to` instead.")
    steps: tuple[Step, ...] | None = Field(None, description="The steps of a new way.")
    note: str = ""


class SetStep(Strict):
    """Another number of times for a repeat, or another duration for a delay or activity."""

    target: Path = Field(alias="set")
    times: Count | dict[Times, Share] | None = None
    duration: Duration | None = None
    note: str = ""

    @model_validator(mode="after")
    def _one(self) -> SetStep:
        _one_of(self, "times", "duration")
        return self


CHANGE_KINDS = ("unbatch", "cut", "number", "rota", "demand", "route", "set")
_CLASSES: dict[type, str] = {
    Unbatch: "unbatch",
    Cut: "cut",
    SetNumber: "number",
    SetRota: "rota",
    Demand: "demand",
    Route: "route",
    SetStep: "set",
}


def change_kind(data: Any) -> str | None:
    """Return the kind of a change, written or built, as the tag that its error paths carry."""
    if isinstance(data, Strict):
        return "change:" + _CLASSES[type(data)]
    if isinstance(data, dict):
        found = [k for k in CHANGE_KINDS if k in data]
        return "change:" + found[0] if len(found) == 1 else None
    return None


Change = Annotated[
    Annotated[Unbatch, Tag("change:unbatch")]
    | Annotated[Cut, Tag("change:cut")]
    | Annotated[SetNumber, Tag("change:number")]
    | Annotated[SetRota, Tag("change:rota")]
    | Annotated[Demand, Tag("change:demand")]
    | Annotated[Route, Tag("change:route")]
    | Annotated[SetStep, Tag("change:set")],
    Discriminator(change_kind),
]


class Scenario(Strict):
    """A scenario file."""

    cisim: Literal[1]
    scenario: Name
    base: str | None = Field(None, description="Path of the model that it was written for.")
    base_digest: str | None = Field(None, description="Digest of that model; apply refuses another.")
    changes: tuple[Change, ...] = ()
    note: str = ""
