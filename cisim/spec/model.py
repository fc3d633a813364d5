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
    Month,
    Name,
    Number,
    RatePerMs,
    Share,
    SignedShare,
    Strict,
    Times,
    Weekday,
    Whole,
)
from cisim.spec.holidays import checked_country


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


class Break(Strict):
    """So many fewer between two times of day: lunch, handover, a training hour; never below nobody."""

    days: Days
    from_: ClockMs = Field(alias="from")
    to: ClockMs = Field(description="End of the break; before `from` means past midnight.")
    number: Count = Field(description="How many are away.")


class Cover(Strict):
    """A pool that may stand in for this one, joined after a stated wait."""

    pool: Name
    after: Milliseconds = Field(0.0, description="How long the patient has waited before it is asked.")


def _pool_name(data: object) -> object:
    return {"pool": data} if isinstance(data, str) else data


BankHolidays = Weekday | Literal["closed"]


class Pool(Strict):
    """Beds, staff, rooms, equipment or community slots, and who pays for them."""

    kind: Literal["beds", "staff", "room", "equipment", "slots"] = "beds"
    owner: Name = "provider"
    number: Count | Literal["unlimited"] | None = Field(None, description="A constant number, or unlimited.")
    rota: tuple[RotaLine, ...] = Field((), description="A weekly rota, instead of a number.")
    otherwise: Count = Field(0, description="The number outside every line of the rota.")
    exceptions: tuple[RotaException, ...] = ()
    bank_holidays: Weekday | None = Field(
        None, description="The day whose rota holds on bank holidays, such as Sun."
    )
    breaks: tuple[Break, ...] = Field((), description="So many fewer at stated times of the day.")
    turn_round: Duration | None = Field(
        None, description="Cleaning or making ready after each use, before anybody else has the place."
    )
    covered_by: tuple[Annotated[Cover, BeforeValidator(_pool_name)], ...] = Field(
        (), description="Pools that may stand in for this one in any activity, in this order."
    )
    source: str = ""
    note: str = ""


class OpeningLine(Strict):
    """Days and times at which a calendar opens: ``Mon-Fri 09:00``."""

    days: Days
    at: tuple[ClockMs, ...]
    places: Whole | None = Field(
        None, ge=1, description="Places at each of these openings; as for the calendar, if left out."
    )


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
    bank_holidays: BankHolidays | None = Field(
        None, description="The day whose openings hold on bank holidays, or closed."
    )
    source: str = ""
    note: str = ""


class DayEffect(Strict):
    """A gamma factor a day with mean one, shared by all pathways of its group."""

    cv: Number = Field(gt=0, description="Coefficient of variation of the factor.")
    group: Name = "all"


def _once_a_year(data: object) -> object:
    """Refuse a month that stands twice under two names: one of its factors would be lost."""
    months = [str(m).strip().title()[:3] for m in data] if isinstance(data, dict) else []
    twice = sorted({m for m in months if months.count(m) > 1})
    if twice:
        msg = f"got {', '.join(twice)} twice, want each month once"
        raise ValueError(msg)
    return data


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
    season: Annotated[dict[Month, Number], BeforeValidator(_once_a_year)] = Field(
        {}, description="Factors on the rate by month, such as {Jan: 1.05}; a month left out has 1."
    )
    growth: SignedShare = Field(0.0, description="Growth of the rate a year, from the start on.")
    bank_holidays: Weekday | None = Field(
        None, description="The day whose hours hold on bank holidays, such as Sun."
    )
    bank_holiday_factor: Number = Field(
        1.0, description="Factor on the rate on bank holidays, beside whose hours hold then."
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


class PriorityBy(Strict):
    """A priority for each value of an attribute, the lowest number served first."""

    by: Name = Field(description="An attribute of the pathway.")
    is_: dict[str, Whole] = Field(alias="is", description="The priority of each value, lowest first.")


Priority = Annotated[
    Whole | PriorityBy, Field(description="Lower is served first; first come inside a priority.")
]


class Age(Strict):
    """Having waited so long, the priority is at most this number."""

    after: Milliseconds = Field(description="The wait after which it holds.")
    to: Whole = Field(description="The highest that the priority number then is; lower is served first.")


class Limit(Strict):
    """How many may wait at a step, and what happens to those who are one too many."""

    waiting: Count = Field(description="The most who may wait; the last to ask is turned away.")
    steps: tuple[Step, ...] = Field((), description="What those turned away do; then the next step.")


class Instead(Strict):
    """Other needs that will do as well, asked for after a stated wait."""

    needs: dict[str, Whole]
    after: Milliseconds = 0.0


class BedChoice(Strict):
    """A pool that a stay may use, joined after a stated wait for those before it."""

    pool: Name
    after: Milliseconds = 0.0


_RESERVE = Field(
    default=False,
    description="Whether what it needs is set aside while it cannot have all, so none overtake.",
)
_AFTER_HOLD = Field(None, description="How long what was used is kept after the end: cleaning, paperwork.")
_AGES = Field((), description="A better priority for who has waited long, in steps.")
_LIMIT = Field(None, description="How many may wait, and what becomes of those turned away.")


class Activity(Strict):
    """Asks for all it needs at once, holds it for a drawn time."""

    name: Name = Field(alias="activity")
    needs: dict[str, Whole]
    instead: tuple[Instead, ...] = Field((), description="Other needs that will do, in this order.")
    duration: Duration
    priority: Priority = 0
    ages: tuple[Age, ...] = _AGES
    reserve: bool = _RESERVE
    pre_empts: bool = Field(
        default=False, description="Whether it interrupts activities of a higher priority number."
    )
    when_interrupted: Literal["resume", "restart"] = Field(
        "resume", description="Whether it goes on where it stopped, or begins again, once interrupted."
    )
    after_hold: Duration | None = _AFTER_HOLD
    limit: Limit | None = _LIMIT
    gives_up: GivesUp | None = None
    note: str = ""


class Stay(Strict):
    """Holds a bed through the steps inside it, until the next bed is granted."""

    name: Name = Field(alias="stay")
    beds: tuple[Annotated[BedChoice, BeforeValidator(_pool_name)], ...] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)
    then: Literal["until next bed", "release", "hold"] = Field(
        "until next bed",
        description="'until next bed': blocks only before another stay; 'release': freed at once; "
        "'hold': kept through the steps that follow until the next bed or the end.",
    )
    priority: Priority = 0
    ages: tuple[Age, ...] = _AGES
    reserve: bool = _RESERVE
    repatriate: bool = Field(
        default=False, description="Whether who lies elsewhere moves to the first choice once it has room."
    )
    after_hold: Duration | None = _AFTER_HOLD
    limit: Limit | None = _LIMIT
    gives_up: GivesUp | None = None
    note: str = ""


class Round(Strict):
    """Waits for the next opening of a calendar."""

    name: Name = Field(alias="round")
    calendar: Name
    priority: Priority = 0
    ages: tuple[Age, ...] = _AGES
    order: Literal["joined", "arrival"] = Field(
        "joined", description="Who is first inside a priority: who joined first, or who arrived first."
    )
    gives_up: GivesUp | None = None
    note: str = ""


class Together(Strict):
    """What a released batch takes once for all: a porter's walk, a machine's run, a theatre."""

    needs: dict[str, Whole]
    duration: Duration
    priority: Priority = 0
    after_hold: Duration | None = _AFTER_HOLD


class Batch(Strict):
    """Waits until so many are gathered, or so long has passed since the oldest joined."""

    name: Name = Field(alias="batch")
    number: Whole = Field(ge=1)
    at_most: Milliseconds | None = None
    together: Together | None = Field(None, description="What the whole batch takes once for all.")
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


class Part(Strict):
    """One of the things that go on at the same time."""

    name: Name = Field(alias="part")
    steps: tuple[Step, ...] = Field(min_length=1)


class AllOf(Strict):
    """Does all its parts at the same time, and goes on when the last is done."""

    name: Name = Field(alias="all_of")
    parts: tuple[Part, ...] = Field(min_length=2)
    note: str = ""


class ComesBack(Strict):
    """Leaves with an outcome, and arrives again after a time, as a new spell of the same patient."""

    name: Name = Field(alias="comes_back")
    outcome: Name = Field(description="The outcome of the spell that ends, such as home.")
    after: Duration
    at: Name | None = Field(
        None, description="The step of the pathway's own list to begin at; its first, if left out."
    )
    note: str = ""


class Own(Strict):
    """A step of your own in Python, for the reference engine alone."""

    name: Name = Field(alias="own")
    does: Name = Field(description="The name under which the kind of step is registered.")
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


STEP_KINDS = (
    "activity", "stay", "round", "batch", "delay", "branch", "repeat", "all_of", "leave", "comes_back", "go_to", "own",
)  # fmt: skip
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
    AllOf: "all_of",
    ComesBack: "comes_back",
    Own: "own",
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
    | Annotated[AllOf, Tag("step:all_of")]
    | Annotated[ComesBack, Tag("step:comes_back")]
    | Annotated[Own, Tag("step:own")]
    | Annotated[Partial, Tag("step:partial")],
    Discriminator(step_kind),
]


class Starting(Strict):
    """Who is there when the model starts: today's census or waiting list at one step, by time already spent."""

    at: Name = Field(description="A stay, or a step where patients wait: activity, round or batch.")
    number: Count | None = Field(None, description="How many; the length of `elapsed_each`, if left out.")
    elapsed: Duration | None = Field(None, description="How long each has been there or waited already.")
    elapsed_each: tuple[Milliseconds, ...] | None = Field(
        None, description="How long each one has been there, instead of a number and a distribution."
    )
    bed: Name | None = Field(None, description="The pool they lie in; the stay's first, if left out.")
    source: str = ""
    note: str = ""


class Pathway(Strict):
    """Who comes, and what happens to them, step by step."""

    arrivals: Arrivals
    attributes: dict[str, dict[str, Share]] = Field(
        {}, description="Attributes drawn on arrival, with shares."
    )
    starting: tuple[Starting, ...] = Field((), description="Who is there already when the model starts.")
    steps: tuple[Step, ...] = Field(min_length=1)
    note: str = ""


class Model(Strict):
    """A model file."""

    cisim: Literal[1]
    model: Name
    start: Date
    bank_holidays_of: Annotated[str, BeforeValidator(checked_country)] = Field(
        "England",
        description="Whose bank holidays: England, Wales, Scotland, Northern Ireland, or such as SE or US-IA.",
    )
    pools: dict[str, Pool] = Field({})
    calendars: dict[str, Calendar] = Field({})
    pathways: dict[str, Pathway] = Field(min_length=1)
    swap: Literal["first cycle", "never"] = Field(
        "first cycle", description="Whether blocked patients may exchange beds when nothing else can move."
    )
    source: str = ""
    note: str = ""


for _class in (
    Limit, GivesUp, Stay, Way, Branch, Repeat, Part, AllOf, Partial, Activity, Round, Batch, Pathway, Model,
):  # fmt: skip
    _class.model_rebuild()
