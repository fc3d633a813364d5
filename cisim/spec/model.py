"""What a planner may write in a model file: pools, calendars, pathways and their steps."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from cisim.spec.fields import (
    ClockMs,
    Count,
    Date,
    Days,
    Duration,
    Milliseconds,
    Moment,
    Name,
    Number,
    RatePerMs,
    Share,
    Strict,
    Times,
    Whole,
)


class RotaLine(Strict):
    """One line of a weekly rota; lines do not overlap, and outside every line the number is `otherwise`."""

    days: Days
    from_: ClockMs = Field(0, alias="from")
    to: ClockMs = Field(
        86_400_000, description="End of the line; '24:00' or before `from` means past midnight."
    )
    number: Count


class RotaException(Strict):
    """Another number on one date, from one moment to another, or from a moment on."""

    date: Date | None = None
    from_: Moment | None = Field(None, alias="from")
    to: Moment | None = Field(None, description="Until this moment; from then on, if left out.")
    number: Count
    note: str = ""


class Pool(Strict):
    """Beds, staff, rooms, equipment or community slots, and who pays for them."""

    kind: Literal["beds", "staff", "room", "equipment", "slots"] = "beds"
    owner: Name = "provider"
    number: Count | Literal["unlimited"] | None = Field(None, description="A constant number, or unlimited.")
    rota: tuple[RotaLine, ...] = Field((), description="A weekly rota, instead of a number.")
    otherwise: Count = Field(0, description="The number outside every line of the rota.")
    exceptions: tuple[RotaException, ...] = ()
    source: str = ""
    note: str = ""


class OpeningLine(Strict):
    """Days and times at which a calendar opens: ``Mon-Fri 09:00``."""

    days: Days
    at: tuple[ClockMs, ...]


def _opening(data: object) -> object:
    if isinstance(data, str):
        days, _, at = data.strip().rpartition(" ")
        return {"days": days, "at": [at]}
    return data


Opening = Annotated[OpeningLine, BeforeValidator(_opening)]


class CalendarException(Strict):
    """Other openings on one date (none, if the list is empty)."""

    date: Date
    openings: tuple[ClockMs, ...] = ()
    note: str = ""


class Calendar(Strict):
    """When a round is held, and how many patients each opening has places for."""

    openings: tuple[Opening, ...] = Field(min_length=1)
    places: Whole | None = Field(None, ge=1, description="Places at each opening; no limit, if left out.")
    exceptions: tuple[CalendarException, ...] = ()
    source: str = ""
    note: str = ""


class DayEffect(Strict):
    """A gamma factor a day with mean one, shared by all pathways of its group."""

    cv: Number = Field(gt=0, description="Coefficient of variation of the factor.")
    group: Name = "all"


class Arrivals(Strict):
    """Emergency arrivals: a rate, its shape over the week, good and bad days; or listed times, for toys."""

    rate: RatePerMs | None = Field(None, description="Mean rate over the week.")
    profile: tuple[Number, ...] | dict[str, tuple[Number, ...]] | None = Field(
        None, description="Weights of the 24 hours, or of each day's 24 hours; scaled to the mean rate."
    )
    day_effect: DayEffect | None = None
    band: RatePerMs | None = Field(
        None, description="Width of the bands of rate; the base model's highest rate, if left out."
    )
    listed: tuple[Milliseconds, ...] | None = Field(
        None, description="Times since the start, instead of a rate; nobody comes, if the list is empty."
    )
    source: str = ""
    note: str = ""


class GivesUp(Strict):
    """How long a patient waits before leaving the queue, and the way then taken."""

    after: Duration
    steps: tuple[Step, ...] = ()


class BedChoice(Strict):
    """A pool that a stay may use, joined after a stated wait for those before it."""

    pool: Name
    after: Milliseconds = 0.0


def _bed(data: object) -> object:
    return {"pool": data} if isinstance(data, str) else data


class Activity(Strict):
    """Asks for all it needs at once, holds it for a drawn time."""

    name: Name = Field(alias="activity")
    needs: dict[str, Whole]
    duration: Duration
    gives_up: GivesUp | None = None
    note: str = ""


class Stay(Strict):
    """Holds a bed through the steps inside it, until the next bed is granted."""

    name: Name = Field(alias="stay")
    beds: tuple[Annotated[BedChoice, BeforeValidator(_bed)], ...] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)
    then: Literal["until next bed", "release", "hold"] = Field(
        "until next bed",
        description="'until next bed': blocks only before another stay; 'release': freed at once; "
        "'hold': kept through the steps that follow until the next bed or the end.",
    )
    gives_up: GivesUp | None = None
    note: str = ""


class Round(Strict):
    """Waits for the next opening of a calendar."""

    name: Name = Field(alias="round")
    calendar: Name
    note: str = ""


class Batch(Strict):
    """Waits until so many are gathered, or so long has passed since the oldest joined."""

    name: Name = Field(alias="batch")
    number: Whole = Field(ge=1)
    at_most: Milliseconds | None = None
    note: str = ""


class Delay(Strict):
    """Time passes and nothing is asked for."""

    name: Name = Field(alias="delay")
    duration: Duration
    note: str = ""


class Way(Strict):
    """One way of a branch."""

    name: Name = Field(alias="way")
    share: Share | None = None
    when: Name | None = Field(None, description="The attribute's value, for a branch by attribute.")
    steps: tuple[Step, ...] = ()


class Branch(Strict):
    """Takes one of several ways, by probability or by an attribute."""

    name: Name = Field(alias="branch")
    by: Name | None = Field(None, description="An attribute; shares are used, if left out.")
    ways: tuple[Way, ...] = Field(min_length=1)
    note: str = ""


class Repeat(Strict):
    """Does its steps so many times: a number, or each number with its share."""

    name: Name = Field(alias="repeat")
    times: Count | dict[Times, Share]
    steps: tuple[Step, ...] = Field(min_length=1)
    note: str = ""


class Leave(Strict):
    """The end of the pathway, and its outcome."""

    name: Name = Field(alias="leave")
    note: str = ""


class GoTo(Strict):
    """Goes on at a named step of this pathway, earlier or later, of this list or one around it."""

    name: Name = Field(alias="go_to")
    note: str = ""


class Partial(Strict):
    """A step changed for a share of patients only; made by `apply`, never written by a planner."""

    change: str
    share: Share
    changed: tuple[Step, ...]
    original: tuple[Step, ...]

    @property
    def name(self) -> str:
        """The name of the step that was changed, by which it is still gone to."""
        return self.original[0].name


STEP_KINDS = ("activity", "stay", "round", "batch", "delay", "branch", "repeat", "leave", "go_to")
_CLASSES: dict[type, str] = {
    Activity: "activity",
    Stay: "stay",
    Round: "round",
    Batch: "batch",
    Delay: "delay",
    Branch: "branch",
    Repeat: "repeat",
    Leave: "leave",
    GoTo: "go_to",
    Partial: "partial",
}


def step_kind(data: Any) -> str | None:
    """Return the kind of a step, written or built, as the tag that its error paths carry."""
    if isinstance(data, Strict):
        return "step:" + _CLASSES[type(data)]
    if isinstance(data, dict):
        found = [k for k in STEP_KINDS if k in data]
        return "step:" + found[0] if len(found) == 1 else None
    return None


Step = Annotated[
    Annotated[Activity, Tag("step:activity")]
    | Annotated[Stay, Tag("step:stay")]
    | Annotated[Round, Tag("step:round")]
    | Annotated[Batch, Tag("step:batch")]
    | Annotated[Delay, Tag("step:delay")]
    | Annotated[Branch, Tag("step:branch")]
    | Annotated[Repeat, Tag("step:repeat")]
    | Annotated[Leave, Tag("step:leave")]
    | Annotated[GoTo, Tag("step:go_to")]
    | Annotated[Partial, Tag("step:partial")],
    Discriminator(step_kind),
]


class Pathway(Strict):
    """Who comes, and what happens to them, step by step."""

    arrivals: Arrivals
    attributes: dict[str, dict[str, Share]] = Field(
        {}, description="Attributes drawn on arrival, with shares."
    )
    steps: tuple[Step, ...] = Field(min_length=1)
    note: str = ""


class Model(Strict):
    """A model file."""

    cisim: Literal[1]
    model: Name
    start: Date
    pools: dict[str, Pool] = Field({})
    calendars: dict[str, Calendar] = Field({})
    pathways: dict[str, Pathway] = Field(min_length=1)
    swap: Literal["first cycle", "never"] = Field(
        "first cycle", description="Whether blocked patients may exchange beds when nothing else can move."
    )
    source: str = ""
    note: str = ""


for _class in (GivesUp, Stay, Way, Branch, Repeat, Partial, Activity, Pathway, Model):
    _class.model_rebuild()
