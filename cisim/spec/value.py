"""What a planner may write in a value file: what things cost, what we could do, and what it is worth."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from cisim.spec.fields import (
    Count,
    Date,
    Duration,
    Milliseconds,
    Money,
    Name,
    Number,
    Pounds,
    Share,
    SignedShare,
    Strict,
    UncertainNumber,
    UncertainRate,
    UncertainShare,
    Whole,
)
from cisim.spec.pilots import Pilot
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
Frame = Literal["value", "time for care", "waste removed", "benefits and risk"]
Kind = Literal["cash-releasing", "non-cash-releasing", "societal", "unmonetised"]
ValuedAt = Literal["pay", "what they would have done"]


class ProgrammeItem(Strict):
    """One cost of making and keeping the change: an amount, or people's hours at what an hour is worth."""

    item: Name
    kind: Literal["direct", "indirect"] = Field(
        description="direct: money paid for the change; indirect: time of staff already employed."
    )
    owner: Name = "provider"
    once: Money | None = None
    each_year: Money | None = None
    people: UncertainNumber | None = Field(None, description="How many people give their time.")
    hours: UncertainNumber | None = Field(None, description="Hours of each of them.")
    an_hour: Money | None = Field(
        None, description="What an hour is worth: pay, or the worth of the work that is not done meanwhile."
    )
    valued_at: ValuedAt = Field(
        "pay",
        description="Whether 'an_hour' is pay, or the worth of what they would have done with the hour.",
    )
    year: Literal["each"] | Whole = Field(
        1, description="The year in which 'once' or the hours fall, 1 the first; 'each' for hours every year."
    )
    sunk: bool = Field(
        default=False, description="Spent already, whatever is decided: listed, and left out of every sum."
    )
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


def _or_several(schema: dict[str, Any]) -> None:
    """Add to the schema of the steps of a closure that there may be several numbers of them: as many options."""
    several = {
        "type": "array",
        "items": {"type": "integer", "minimum": 1},
        "minItems": 1,
        "uniqueItems": True,
    }
    schema["anyOf"] = [*schema.get("anyOf", []), several]


class Close(Strict):
    """Take out whole steps of a pool: a bay, a ward."""

    name: Name = Field(alias="close")
    pool: Name
    step: Whole = Field(ge=1, description="Places in one whole step.")
    steps: Annotated[Whole, Field(ge=1)] | Literal["most"] = Field(1, json_schema_extra=_or_several)
    same_as: Name | None = Field(
        None,
        description="Another closure whose uncertain numbers these are too, as 'steps: [1, 2]' has them for each.",
    )
    at_most: Whole | None = Field(None, ge=1, description="The most steps that 'steps: most' may take out.")
    minimum_safe: Count | str | None = Field(
        None,
        description="Places of the pool that must stay at any hour; a text is told beside the option.",
    )
    after: Milliseconds | None = Field(
        None,
        description="Delay of the action from 1 January of the first year; left out, the date tells it.",
    )
    saves: Money = Field(description="Full yearly cost of one step.")
    stranded: UncertainShare = Field(description="Share of it that does not go away with the step.")
    one_off: Money | None = None
    reopening: Money | None = Field(
        None, description="Cost of opening one step again, where service turns out not to be kept."
    )
    budget_line: str = ""
    holder: str = ""
    date: Date | None = None
    dates: tuple[Date, ...] = Field(
        (), description="One date for each step, in order, in place of 'date'; each counts from its own on."
    )
    changes: tuple[Change, ...] = ()
    source: str = ""
    note: str = ""

    @property
    def named(self) -> bool:
        """Whether the budget line, its holder and the date of the action are all named."""
        return bool(self.budget_line and self.holder and (self.date or self.dates))


class Reinvest(Strict):
    """Treat named extra patients in the room that was made."""

    name: Name = Field(alias="reinvest")
    pathway: Name
    patients: Count | Literal["most"] = Field(
        description="Length of the list, a year; 'most': as many as keep the service that 'service' names."
    )
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


class Relief(Strict):
    """Patients whom a step that was moved lets another service treat, counted where it lands."""

    pathway: Name = Field(description="What they are called there; not a pathway of the model.")
    patients: UncertainNumber = Field(description="How many more a year, for each step.")
    each: PatientWorth


class Redeploy(Strict):
    """Move whole steps of a pool to a named service, where the relief is counted, once."""

    name: Name = Field(alias="redeploy")
    pool: Name
    step: Whole = Field(ge=1, description="Places in one whole step.")
    steps: Whole = Field(1, ge=1)
    to: Name = Field(description="The service that takes them.")
    owner: Name = "provider"
    saves_there: Money | None = Field(
        None, description="What that service no longer pays a year for each step, such as agency shifts."
    )
    relief: Relief | None = Field(None, description="The patients it can treat with them.")
    minimum_safe: Count | str | None = None
    after: Milliseconds | None = None
    one_off: Money | None = None
    budget_line: str = ""
    holder: str = ""
    date: Date | None = None
    changes: tuple[Change, ...] = ()
    source: str = ""
    note: str = ""

    @property
    def named(self) -> bool:
        """Whether the budget line, its holder and the date of the action are all named."""
        return bool(self.budget_line and self.holder and self.date)


class Avoid(Strict):
    """A cost not yet incurred that now will not come."""

    name: Name = Field(alias="avoid")
    cost: Money = Field(description="What it would have cost a year.")
    begins: Date = Field(alias="from", description="The day from which it would have been paid.")
    in_run_rate: bool = Field(
        description="Whether it is paid already; then it is not avoided, and ending it is cash: use close."
    )
    owner: Name = "provider"
    changes: tuple[Change, ...] = ()
    source: str = ""
    note: str = ""


class SpendInstead(Strict):
    """Spend the money on something else: its changes are made to the baseline, and the programme is not run.

    The programme and what sustains it are not paid; running costs are counted from the log, as ever.
    """

    name: Name = Field(alias="instead")
    changes: tuple[Change, ...] = Field(
        min_length=1, description="Made to the baseline, not to the scenario, such as two more beds."
    )
    once: Money | None = Field(None, description="What it costs once, in the year in which it is there.")
    each_year: Money | None = Field(None, description="What it costs in each year, from then on.")
    owner: Name = "provider"
    cash: bool = Field(
        default=True, description="Whether it is paid in money; false for staff already employed."
    )
    after: Milliseconds | None = Field(
        None, description="How long until it is there; until then all is as it is now."
    )
    source: str = ""
    note: str = ""


OPTION_KINDS = ("close", "redeploy", "avoid", "reinvest", "hold", "instead")


def option_kind(data: Any) -> str | None:
    """Return the kind of an option, written or built, as the tag that its error paths carry."""
    if isinstance(data, Strict):
        return f"option:{type(data).model_fields['name'].alias}"
    if isinstance(data, dict):
        found = [k for k in OPTION_KINDS if k in data]
        return "option:" + found[0] if len(found) == 1 else None
    return None


Option = Annotated[
    Annotated[Close, Tag("option:close")]
    | Annotated[Redeploy, Tag("option:redeploy")]
    | Annotated[Avoid, Tag("option:avoid")]
    | Annotated[Reinvest, Tag("option:reinvest")]
    | Annotated[Hold, Tag("option:hold")]
    | Annotated[SpendInstead, Tag("option:instead")],
    Discriminator(option_kind),
]


class Absorbed(Strict):
    """What an extra patient is worth who came because there was room, without being chosen."""

    pathway: Name
    each: PatientWorth


class Payment(Strict):
    """How a payer pays for more patients, or fewer, of one pathway: a transfer, no gain to all together.

    block: nothing for one more; activity: the price for each; capped: the price for each up to so many more a
    year; blended: a share of the price for each.
    """

    pathway: Name
    rule: Literal["block", "activity", "capped", "blended"]
    price: Money | None = Field(None, description="Paid for one patient; a block contract needs none.")
    payer: Name = "commissioner"
    cap: UncertainNumber | None = Field(
        None, description="Extra patients a year, those lost taken off, above which nothing is paid."
    )
    share: UncertainShare | None = Field(
        None, description="Share of the price that follows each patient; the rest is paid whoever comes."
    )
    source: str = ""
    note: str = ""


class Decay(Strict):
    """How a change wears off: keeps + (1 - keeps) exp(-a_year x years since it was full)."""

    keeps: UncertainShare = Field(description="Share that stays for ever.")
    a_year: UncertainRate = Field(description="Rate at which the rest goes, a year.")


class Optimism(Strict):
    """What is added to costs and taken off benefits because plans are hopeful; told with and without."""

    cost: UncertainRate | None = Field(None, description="Share by which costs overrun.")
    mitigation: UncertainShare | None = Field(
        None, description="Share of that overrun which is already dealt with; none, if left out."
    )
    benefit: UncertainShare | None = Field(None, description="Share by which benefits fall short.")
    delay: Duration | None = Field(None, description="How much later benefits begin.")


class Grid(Strict):
    """What is simulated of the effect over time; between them it is interpolated, and marked so."""

    reach: tuple[Share, ...] = Field((0.0, 1.0), description="Shares of the full effect.")
    years: tuple[Annotated[Whole, Field(ge=1)], ...] = Field(
        (1,), description="Years of demand, 1 the first."
    )
    growth: SignedShare = Field(
        0.0, description="Share by which all demand grows a year, before and after the change alike."
    )


class Effect(Strict):
    """How the effect comes and goes, what of it is ours, and what is simulated of it."""

    adoption: tuple[UncertainShare, ...] = Field(
        (), description="Share of wards that deliver it, year by year; the last one lasts."
    )
    ramp_up: Duration | None = Field(
        None, description="Time in which it grows evenly from nothing to full within each that adopts it."
    )
    fidelity: UncertainShare | None = Field(
        None, description="Share of the full effect where it is delivered."
    )
    decay: Decay | None = None
    sustaining: Money | None = Field(
        None, description="Cost a year that holds it up; part of the programme's cost."
    )
    attribution: UncertainShare | None = Field(None, description="Share of the difference that is ours.")
    displacement: UncertainShare | None = Field(None, description="Share that only moved elsewhere.")
    optimism: Optimism | None = None
    grid: Grid | None = None
    source: str = ""
    note: str = ""

    @property
    def over_time(self) -> bool:
        """Whether anything makes the effect less than whole and the same in every year."""
        hope = self.optimism
        parts = (self.ramp_up, self.fidelity, self.decay, self.attribution, self.displacement, self.grid)
        later = (hope.benefit, hope.delay) if hope is not None else ()
        return bool(self.adoption) or any(part is not None for part in (*parts, *later))


class Counted(Strict):
    """What of the simulation an outcome is counted by: so many more a year in the scenario than in the baseline.

    Only what adds up can be counted: patients, times, hours and bed-days, and no mean, share or percentile.
    """

    measure: str
    statistic: str | None = Field(
        None, description="Left out: what adds up, such as patients, or the hours that all waited."
    )
    above: Milliseconds | None = Field(
        None, description="Of a wait or a length of stay: patients of whom it is longer than this."
    )
    below: Milliseconds | None = Field(
        None, description="Of a wait or a length of stay: patients of whom it is no longer than this."
    )
    since: Literal["asking", "arriving"] = Field(
        "asking",
        description="Whether a wait is counted from asking at the step, or from the patient's arrival.",
    )
    pathway: Name | None = None
    step: Name | None = None
    pool: Name | None = None


class OutcomeWorth(Strict):
    """What one more of an outcome is worth."""

    money: Money | None = None
    qalys: UncertainNumber | None = Field(None, description="Health gained, above 0, or lost, below.")
    deaths: UncertainNumber | None = Field(
        None, description="Deaths that go with one more: told as a number, and never given a price."
    )
    carbon: UncertainNumber | None = Field(
        None, description="Kilograms of carbon dioxide equivalent: above 0 emitted, below 0 spared."
    )


OutcomeOf = Literal[
    "deaths associated with crowding",
    "earlier treatment",
    "reassurance",
    "harm avoided",
    "readmission",
    "drugs and tests",
    "litigation",
    "turnover",
    "sickness",
    "overtime",
    "carbon",
]
Contained = Literal["bed-days", "staff time", "agency", "deaths", "QALYs", "carbon"]


class Outcome(Strict):
    """An optional line of health, people or planet: what is counted, what one more is worth, on whose word."""

    outcome: Name
    of: OutcomeOf = Field(
        description="What it is, so that it is not counted a second time under another name."
    )
    counts: Counted
    each: OutcomeWorth
    kind: Kind = "non-cash-releasing"
    category: Category = "outcomes and experience"
    owner: Name = "patients"
    contains: tuple[Contained, ...] = Field((), description="What the worth of one already holds.")
    budget_line: str = ""
    holder: str = ""
    date: Date | None = None
    source: str
    note: str = ""


class ServiceMeasure(Strict):
    """One measure that must not get worse by more than its margin."""

    measure: str
    statistic: str = "mean"
    above: Milliseconds | None = Field(
        None, description="Of a wait: the share who wait longer than this, in place of a statistic."
    )
    pathway: Name | None = None
    step: Name | None = None
    pool: Name | None = Field(None, description="Of a wait: at every step that asks for this pool.")
    margin: str | Number = Field(description="How much worse still counts as equal: '30 min', '2%', 1.5.")
    group: Literal["month", "pathway"] | None = Field(
        None,
        description="month: the worst month is judged too. Each pathway and step is judged by itself anyway.",
    )
    note: str = ""


class EqualService(Strict):
    """What must not get worse when something is taken out, and how sure we must be."""

    probability: Share = Field(
        0.9, description="How sure we must be that every measure is kept; the default is an assumption."
    )
    measures: tuple[ServiceMeasure, ...] = Field(min_length=1)
    source: str = ""
    note: str = ""


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
    frame: Frame = Field("value", description="Which words the pages use for the same numbers.")
    programme: tuple[ProgrammeItem, ...] = ()
    effect: Effect | None = None
    running: tuple[RunningItem, ...] = ()
    payment: tuple[Payment, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    service: EqualService | None = None
    options: tuple[Option, ...] = Field(min_length=1)
    absorbed: tuple[Absorbed, ...] = ()
    pilots: tuple[Pilot, ...] = Field((), description="Small studies that could be made before the decision.")
    decide: Decide | None = Field(None, description="What the board is asked to decide, and by when.")
    finance: Finance | None = Field(None, description="Who vouched for the figures, and the budget.")
    team: Team | None = Field(None, description="The team whose page is written, and what it was promised.")
    source: str = ""
    note: str = ""
