"""What a value file may say of those who decide, vouch and do the work: the pages for them are made of it."""

from __future__ import annotations

from pydantic import Field

from cisim.spec.fields import Date, Name, Pounds, Strict

__all__ = ["Agreed", "BudgetLine", "Decide", "Finance", "Team"]


class Decide(Strict):
    """What the board is asked to decide, and by when."""

    option: Name | None = Field(
        None,
        description="The option put to the board; left out, the one worth most on average of those that keep service.",
    )
    by: Date | None = Field(
        None, description="The last day on which it can be decided; left out, the first dated action."
    )


class BudgetLine(Strict):
    """A line of the organisation's own budget, from which cash may leave."""

    line: str = Field(min_length=1, description="As an option's budget_line names it.")
    a_year: Pounds = Field(description="What the line holds in a year.")
    source: str = Field("", description="Where the line can be looked up.")


class Finance(Strict):
    """Who vouched for the figures, and the budget that they must agree with."""

    validated_by: str = Field("", description="Name and post of who checked the figures.")
    on: Date | None = Field(None, description="The day on which they were checked.")
    enterprise_budget: Pounds | None = Field(
        None, description="The whole organisation's spending in a year, which the lines are part of."
    )
    lines: tuple[BudgetLine, ...] = Field((), description="The budget lines that cash may leave.")
    source: str = Field("", description="Where the budget can be looked up.")


class Agreed(Strict):
    """Something that was agreed with the people who do the work."""

    what: str = Field(min_length=1, description="What was agreed.")
    who: str = Field(min_length=1, description="Name or post of who agreed to it.")
    on: Date | None = Field(None, description="The day on which it was agreed.")


class Team(Strict):
    """The team whose page is written: what stays, where freed time goes, and who agreed."""

    team: Name = Field(description="Name of the team, such as a ward.")
    pathways: tuple[Name, ...] = Field((), description="Whose patients; left out, all.")
    pools: tuple[Name, ...] = Field((), description="Whose beds and hours; left out, all.")
    staffing_floor: str = Field("", description="The least staffing that never changes, in words.")
    freed_time: str = Field("", description="Where freed time goes, in words.")
    keeps: str = Field("", description="What the team keeps of what it releases, in words.")
    agreed: tuple[Agreed, ...] = Field((), description="What was agreed with the team, and with whom.")
