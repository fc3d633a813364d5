"""What a planner may write in a mapping file: which column of a hospital's records is what, and what a doubt means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from cisim.errors import nearest
from cisim.spec.fields import Count, Date, Milliseconds, Name, Strict
from cisim.spec.plain import Finding
from cisim.units import HOUR

__all__ = [
    "DOUBTS",
    "Covers",
    "Doubts",
    "Label",
    "Layout",
    "PassedPoint",
    "Records",
    "Transition",
    "records_findings",
]


def _column(raw: object) -> str:
    text = str(raw).strip() if isinstance(raw, (str, int)) and not isinstance(raw, bool) else ""
    if not text or len(text) > 200:
        msg = f"got {raw!r}, want the name of a column, as it stands in the file"
        raise ValueError(msg)
    return text


ColumnName = Annotated[str, BeforeValidator(_column)]


def _stamp(raw: object) -> object:
    if isinstance(raw, (str, int)) and not isinstance(raw, bool):
        return (raw,)
    if not isinstance(raw, (list, tuple)) or not 1 <= len(raw) <= 2:
        msg = f"got {raw!r}, want a column, or two: [its date, its time of day]"
        raise ValueError(msg)
    return tuple(raw)


Stamp = Annotated[
    tuple[ColumnName, ...],
    BeforeValidator(_stamp),
    WithJsonSchema(
        {
            "type": ["string", "array"],
            "items": {"type": "string"},
            "description": "The column of a stamp; or two, of its date and of its time of day.",
            "examples": ["Arrival", ["Arrival Date", "Arrival Time"]],
        }
    ),
]
"""The columns that a moment stands in."""
Decision = Literal["keep", "repair", "leave out"]


class Label(Strict):
    """A name in each row: of a pathway, ward, activity or outcome.

    Only a column may be given in its place: ``ward: Ward Code`` is ``ward: {column: Ward Code}``.
    """

    column: ColumnName | None = Field(None, description="The column that it stands in.")
    always: Name | None = Field(None, description="Instead of a column: the same name in every row.")
    recode: dict[str, Name] = Field(
        default_factory=dict, description="What a value of the column is called in the model: {A1: ward A}."
    )
    others: Name | None = Field(
        None, description="What all values that `recode` does not name are called; themselves, if left out."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: object) -> object:
        if isinstance(data, (dict, Label)):
            return data
        return {"column": data}

    @model_validator(mode="after")
    def _one(self) -> Label:
        if (self.column is None) == (self.always is None):
            msg = "got both or neither, want either 'column' or 'always'"
            raise ValueError(msg)
        return self


class PassedPoint(Strict):
    """A step of a visit: which stamps say when it was asked for, began and ended."""

    step: Name = Field(description="The name of the step.")
    kind: Literal["activity", "stay", "round", "delay"] = Field(
        "activity",
        description="What sort of step: stay where a bed or place is held, activity where somebody works.",
    )
    asked: Stamp | None = Field(
        None, description="When the patient joined the queue; no wait is measured without."
    )
    began: Stamp = Field(description="When it began: seen, bed given.")
    ended: Stamp | None = Field(None, description="When it was over, and the place free again.")
    ready: Stamp | None = Field(None, description="In a stay: when the patient was ready to leave it.")
    pool: Name | None = Field(None, description="The pool of which a place is held from beginning to end.")


class Layout(Strict):
    """How the file is written, where that cannot be seen from the file itself."""

    separator: str | None = Field(None, description="What stands between cells: ',', ';', 'tab' or '|'.")
    encoding: str | None = Field(None, description="How letters are written: utf-8, cp1252, utf-16...")
    sheet: str | None = Field(
        None, description="Of an Excel file: the name of the sheet; the first, if left out."
    )
    header_row: Count | None = Field(
        None,
        description="The row that names the columns; 0: none does, and they are 'column 1', 'column 2'...",
    )


class Covers(Strict):
    """What the extract covers: all that came from the first day, and before the last."""

    since: Date = Field(alias="from", description="The first whole day of the extract.")
    until: Date = Field(description="The day after the last whole one.")


class Transition(Strict):
    """The column of an event log that says whether an activity began or ended in this row."""

    column: ColumnName = Field(description="The column.")
    start: str = Field("start", description="What it says where an activity began.")
    complete: str = Field("complete", description="What it says where it ended.")
    asked: str = Field("schedule", description="What it says where it was asked for.")


class Doubts(Strict):
    """What is done with each kind of doubt: keep, repair or leave out. Counted and told in any case."""

    swapped_dates: Decision = Field(
        "repair", description="Day and month change places where only then the row is possible."
    )
    negative_duration: Literal["repair", "leave out"] = Field(
        "leave out", description="Left before arriving; repaired, the departure is not known."
    )
    zero_duration: Literal["keep", "leave out"] = Field("keep", description="Left at the moment of arriving.")
    duplicates: Literal["keep", "leave out"] = Field(
        "leave out", description="A row that says in every column used what an earlier row says."
    )
    overlaps: Decision = Field(
        "repair", description="In two wards at once; repaired, the earlier stay ends as the later begins."
    )
    points_out_of_order: Literal["repair", "leave out"] = Field(
        "repair",
        description="A stamp between that lies before arrival or after departure; repaired, it is unknown.",
    )
    missing_hour: Decision = Field(
        "repair", description="A stamp in the hour that is skipped in spring; repaired, an hour later."
    )
    doubled_hour: Decision = Field(
        "repair",
        description="A stamp in the hour that comes twice in autumn; repaired where the order needs it.",
    )
    other_zone: Literal["repair", "leave out"] = Field(
        "repair",
        description="A stamp that names its distance from UTC; repaired, it is put on the local clock.",
    )
    left_open: Literal["keep", "leave out"] = Field(
        "leave out", description="No departure, though so long ago that `longest_stay` is over."
    )
    outside_period: Literal["keep", "leave out"] = Field(
        "leave out", description="Came after what the extract covers, or left before it."
    )


DOUBTS: dict[str, str] = {name: str(field.default) for name, field in Doubts.model_fields.items()}
"""Each kind of doubt that a mapping decides, and what is done unless it does."""


class Records(Strict):
    """A mapping file: how to read a hospital's records."""

    cisim: Literal[1]
    records: Name = Field(description="A name for these records.")
    one_row: Literal["visit", "stay", "event"] = Field(
        description="What one row is: a visit (arrival to departure), a ward stay, or an event of a case."
    )
    dates: Literal["day first", "month first", "year first"] = Field(
        description="The order of a date: 02/01/2024 is the second of January, day first. Year first is never in doubt."
    )
    zone: str | None = Field(
        None,
        description="The local clock, such as Europe/London; its changes are looked for where it is said.",
    )
    stamps: Literal["local", "utc"] = Field(
        "local", description="What clock a stamp is on that does not say so itself."
    )
    covers: Covers | None = Field(None, description="What the extract covers; from the stamps, if left out.")
    file: Layout = Field(
        default_factory=Layout, description="How the file is written, where it must be said."
    )
    patient: ColumnName | None = Field(
        None,
        description="Who: the column of a number or name, hashed or left out. Of an event log, the case.",
    )
    identifiers: Literal["hashed", "left out"] | None = Field(
        None,
        description="hashed: with the salt; left out: patients are numbered. Hashed where there is a salt.",
    )
    spell: ColumnName | None = Field(
        None, description="The column that numbers a patient's spells or visits."
    )
    same_spell_within: Milliseconds = Field(
        float(6 * HOUR),
        description="Without `spell`: a stay that begins so soon after another goes on with it.",
    )
    pathway: Label | None = Field(None, description="The pathway: a column, or the same for all.")
    arrived: Stamp | None = Field(None, description="When the patient came.")
    left: Stamp | None = Field(None, description="When the patient left.")
    outcome: Label | None = Field(None, description="How the patient left: home, died...")
    steps: tuple[PassedPoint, ...] = Field(
        (), description="Of visits: the steps that stamps between tell of."
    )
    ward: Label | None = Field(
        None, description="Of stays: the ward, which is the step and the pool of beds."
    )
    came_in: Stamp | None = Field(None, alias="in", description="Of stays: when the bed was given.")
    out: Stamp | None = Field(None, description="Of stays: when it was given back.")
    asked: Stamp | None = Field(None, description="Of stays: when the bed was asked for.")
    ready: Stamp | None = Field(None, description="Of stays: when the patient was ready to leave.")
    activity: Label | None = Field(None, description="Of events: what was done.")
    time: Stamp | None = Field(None, description="Of events: when.")
    ended: Stamp | None = Field(None, description="Of events: when it was over, where the row says so too.")
    transition: Transition | None = Field(
        None,
        description="Of events: whether the row is a beginning or an end, where two rows tell of an activity.",
    )
    kinds: dict[str, Literal["activity", "stay", "round", "delay"]] = Field(
        default_factory=dict, description="Of events: the kind of an activity; activity, if left out."
    )
    leaves: dict[str, Name] = Field(
        default_factory=dict,
        description="Of events: activities by which the patient leaves, with the outcome.",
    )
    arrives: tuple[str, ...] = Field(
        (), description="Of events: activities that say that the patient came, and are no step."
    )
    pools: dict[str, Name] = Field(
        default_factory=dict,
        description="Of events: the pool of which a place is held in an activity; of a stay its own, if left out.",
    )
    returns: tuple[str, ...] = Field((), description="Of events: activities with which a new spell begins.")
    missing_departure: Literal["still there", "leave out"] = Field(
        "still there", description="What it means where nobody wrote when the patient left."
    )
    longest_stay: Milliseconds | None = Field(
        None,
        description="Who came longer ago than this and has no departure was never closed; if left out, a day and ten "
        "times the stay that nine in ten are under (assumption).",
    )
    doubts: Doubts = Field(default_factory=Doubts, description="What is done with each kind of doubt.")
    source: str = ""
    note: str = ""


_NEEDED: dict[str, tuple[str, ...]] = {
    "visit": ("arrived",),
    "stay": ("patient", "ward", "in", "out"),
    "event": ("patient", "activity", "time"),
}
_MAY: dict[str, tuple[str, ...]] = {
    "visit": ("left", "steps"),
    "stay": ("asked", "ready", "arrived", "left", "same_spell_within"),
    "event": ("ended", "transition", "kinds", "leaves", "arrives", "pools", "returns"),
}
_ONLY = sorted({n for table in (_NEEDED, _MAY) for names in table.values() for n in names} - {"patient"})


def records_findings(made: Records) -> list[Finding]:
    """Return what is wrong with a mapping by itself: settings of another sort of row, or missing ones."""
    found: list[Finding] = []
    given = {made.__class__.model_fields[n].alias or n for n in made.model_fields_set}
    found += [
        Finding(("one_row",), f"got '{made.one_row}' without '{name}', want the column of it")
        for name in _NEEDED[made.one_row]
        if name not in given
    ]
    fits = (*_NEEDED[made.one_row], *_MAY[made.one_row])
    for name in _ONLY:
        if name in given and name not in fits:
            rows = " or ".join(k for k in _NEEDED if name in (*_NEEDED[k], *_MAY[k]))
            text = f"got it where one row is a {made.one_row}, want it only where one row is a {rows}"
            found.append(Finding((name,), text, key=True))
    if made.covers is not None and made.covers.until <= made.covers.since:
        found.append(Finding(("covers", "until"), f"got {made.covers.until}, want a day after 'from'"))
    if made.zone is not None and made.zone not in _zones():
        words = (
            f"got '{made.zone}', want the name of a clock such as Europe/London{nearest(made.zone, _zones())}"
        )
        found.append(Finding(("zone",), words))
    if made.zone is None and made.stamps == "utc":
        found.append(
            Finding(("stamps",), "got 'utc' without 'zone', want the local clock, such as Europe/London")
        )
    names = [s.step for s in made.steps]
    found += [
        Finding(("steps", i, "step"), f"got '{name}' twice, want each step once")
        for i, name in enumerate(names)
        if name in names[:i]
    ]
    return found


def _zones() -> set[str]:
    from zoneinfo import available_timezones  # noqa: PLC0415

    return available_timezones()
