"""What a planner may write of a pilot: a small study before the decision, what it measures, and what it costs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cisim.spec.fields import Milliseconds, Name, Number, Pounds, Strict, Whole
from cisim.units import DAY, parse_duration, parse_money, parse_share

__all__ = ["Measured", "Pilot", "PilotCosts", "spread_of_one"]


class Measured(Strict):
    """One number that a pilot measures, and how its data come.

    mean: observations that vary by `sd` about the number; share: so many of the notes, visits or patients looked
    at; rate: so many events in a time; time: waits or stays that vary exponentially about the number.
    """

    number: str = Field(
        description="The path of a number that is not known, such as 'value.running.Porters.cost'."
    )
    by: Literal["mean", "share", "rate", "time"] = Field(
        "mean", description="How its data come: what is counted."
    )
    sd: str | Number | None = Field(
        None,
        description="Of a mean: how much one observation varies, in the number's own unit: '£60', '1.5 d'.",
    )
    from_each: Number = Field(
        1.0,
        gt=0,
        description="Observations from one of the pilot's size; of a rate, time in the rate's own unit.",
    )
    note: str = ""


class PilotCosts(Strict):
    """What a pilot costs, whoever's time it is."""

    once: Pounds = Field(0.0, ge=0, description="Whatever its size.")
    each: Pounds = Field(0.0, ge=0, description="For each one of its size.")


class Pilot(Strict):
    """A small study that could be made before the decision."""

    name: Name = Field(alias="pilot", description="What it is called.")
    measures: tuple[Measured, ...] = Field(min_length=1)
    sizes: tuple[Whole, ...] = Field(min_length=1, description="Sizes to try, from small to large.")
    of: Name = Field("observation", description="What one of its size is: ward, week, note.")
    costs: PilotCosts = Field(PilotCosts(), description="What it costs to make.")
    delays: Milliseconds = Field(
        0.0, description="By how much the decision waits for it; meanwhile all stays as it is now."
    )
    meanwhile: Pounds | None = Field(
        None,
        ge=0,
        description="What waiting loses; left out, it is worked out from what would be chosen now.",
    )
    serves: Whole = Field(
        1, ge=1, description="How many hospitals or wards like this one would decide by what it shows."
    )
    source: str = ""
    note: str = ""


def spread_of_one(sd: str | float, unit: str) -> float:
    """Return how much one observation varies, in the unit of its number.

    Parameters
    ----------
    sd : str or float
        ``'1.5 d'``, ``'£60'``, ``'20%'`` or a plain number, as the number's unit wants.
    unit : str
        ``d``, ``£``, ``share`` or '', as an `Unknown` has it.

    Raises
    ------
    ValueError
        For another form than the unit's.

    >>> (
    ...     spread_of_one("36 h", "d"),
    ...     spread_of_one("£60", "£"),
    ...     spread_of_one("20%", "share"),
    ...     spread_of_one(3, ""),
    ... )
    (1.5, 60.0, 0.2, 3.0)
    """
    if unit == "d":
        return float(parse_duration(sd)) / DAY
    if unit == "£":
        return float(parse_money(sd))
    if unit == "share":
        return float(parse_share(sd))
    if isinstance(sd, str):
        msg = f"got {sd!r}, want a plain number, such as 1.5"
        raise ValueError(msg)  # noqa: TRY004 - of a file: a wrong value, not a wrong type of the program
    return float(sd)
