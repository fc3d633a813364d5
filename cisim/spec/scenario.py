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
    Number,
    RatePerMs,
    Share,
    SignedShare,
    Strict,
    Times,
    Whole,
)
from cisim.spec.model import Age, Opening, Priority, RotaException, RotaLine, Step


def _one_of(change: BaseModel, *keys: str) -> None:
    """Refuse a change that gives more than one of some keys, or none."""
    given = [k for k in keys if getattr(change, k) is not None]
    if len(given) != 1:
        none, many = ("neither", "both") if len(keys) == 2 else ("none", " and ".join(given))
        msg = f"got {many if given else none}, want exactly one of: {', '.join(keys)}"
        raise ValueError(msg)


Path = Annotated[str, Field(description="pathway/step, or the name of a pool or pathway.")]


class Unbatch(Strict):
    """A round held more often, or a batch or round taken away (``to: continuous``)."""

    target: Path = Field(alias="unbatch")
    to: Literal["continuous"] | tuple[Opening, ...]
    reach: Share = Field(1.0, description="Share of patients reached.")
    note: str = ""


class Cut(Strict):
    """A delay or activity cut by a share, to a mean, or times a factor; the same patients stay the longer ones."""

    target: Path = Field(alias="cut")
    by: Share | None = None
    to: Milliseconds | None = None
    times: Number | None = Field(None, ge=0)
    reach: Share = Field(1.0, description="Share of patients reached.")
    note: str = ""

    @model_validator(mode="after")
    def _one(self) -> Cut:
        _one_of(self, "by", "to", "times")
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
    """Another number of times for a repeat, or another duration or after-hold for a step that has one."""

    target: Path = Field(alias="set")
    times: Count | dict[Times, Share] | None = None
    duration: Duration | None = None
    after_hold: Duration | None = None
    note: str = ""

    @model_validator(mode="after")
    def _one(self) -> SetStep:
        _one_of(self, "times", "duration", "after_hold")
        return self


class SetPriority(Strict):
    """Another priority for a step: who is served first, how it ages, whether it interrupts others."""

    target: Path = Field(alias="priority")
    to: Priority
    ages: tuple[Age, ...] | None = Field(None, description="Another ageing; as it was, if left out.")
    pre_empts: bool | None = Field(
        None, description="Whether it interrupts activities of a higher number; as it was, if left out."
    )
    note: str = ""


class SetPatience(Strict):
    """Another patience: shorter or longer for every patient, or another altogether."""

    target: Path = Field(alias="patience")
    by: SignedShare | None = Field(None, description="So much longer or shorter: +20%, -50%.")
    to: Literal["endless"] | Duration | None = Field(
        None, description="How long patients wait before they give up, or endless."
    )
    steps: tuple[Step, ...] | None = Field(
        None, description="What those who give up do; as it was, if left out."
    )
    reach: Share = Field(1.0, description="Share of patients reached.")
    note: str = ""

    @model_validator(mode="after")
    def _one(self) -> SetPatience:
        _one_of(self, "by", "to")
        return self


class AddStep(Strict):
    """New steps before or after one that is there."""

    target: Path = Field(alias="add")
    place: Literal["before", "after"] = Field("after", description="Whether they come before it or after it.")
    steps: tuple[Step, ...] = Field(min_length=1, description="The new steps.")
    reach: Share = Field(1.0, description="Share of patients reached.")
    note: str = ""


class RemoveStep(Strict):
    """A step taken away, with all that stands inside it."""

    target: Path = Field(alias="remove")
    reach: Share = Field(1.0, description="Share of patients reached.")
    note: str = ""


class MoveOut(Strict):
    """A step moved out of its stay, to directly after it: done without a bed, as in discharge to assess."""

    target: Path = Field(alias="move_out")
    reach: Share = Field(1.0, description="Share of patients reached.")
    note: str = ""


class Merge(Strict):
    """Pools made into one: their places are added up, and whoever asked for either asks for it."""

    target: Path = Field(alias="merge")
    with_: tuple[Name, ...] = Field(alias="with", min_length=1, description="The pools that go into it.")
    note: str = ""


class SetTurnRound(Strict):
    """Another turn-round of a pool's places after each use: cut by a share, or another time."""

    target: Path = Field(alias="turn_round")
    by: Share | None = None
    to: Duration | None = None
    note: str = ""

    @model_validator(mode="after")
    def _one(self) -> SetTurnRound:
        _one_of(self, "by", "to")
        return self


class Divert(Strict):
    """A share of a pathway's arrivals go elsewhere: to another pathway, or away."""

    target: Path = Field(alias="divert")
    share: Share = Field(description="Share of its arrivals that go elsewhere.")
    to: Name | None = Field(None, description="The pathway that they come to; away, if left out.")
    note: str = ""


_CLASSES: dict[type, str] = {
    Unbatch: "unbatch",
    Cut: "cut",
    SetNumber: "number",
    SetRota: "rota",
    Demand: "demand",
    Route: "route",
    SetStep: "set",
    SetPriority: "priority",
    SetPatience: "patience",
    AddStep: "add",
    RemoveStep: "remove",
    MoveOut: "move_out",
    Merge: "merge",
    SetTurnRound: "turn_round",
    Divert: "divert",
}
CHANGE_KINDS = tuple(_CLASSES.values())


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
    | Annotated[SetStep, Tag("change:set")]
    | Annotated[SetPriority, Tag("change:priority")]
    | Annotated[SetPatience, Tag("change:patience")]
    | Annotated[AddStep, Tag("change:add")]
    | Annotated[RemoveStep, Tag("change:remove")]
    | Annotated[MoveOut, Tag("change:move_out")]
    | Annotated[Merge, Tag("change:merge")]
    | Annotated[SetTurnRound, Tag("change:turn_round")]
    | Annotated[Divert, Tag("change:divert")],
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
