"""What a planner may write in a study file: what is hidden in a model, and what is known that it must reach."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from cisim.spec.fields import Count, Date, Milliseconds, Name, Number, Share, Strict, Whole

__all__ = ["Hidden", "KeptOut", "Match", "Study", "StudyRun", "TableColumn", "Target"]


class Hidden(Strict):
    """A number of the model that no record shows, with what is believed of it beforehand."""

    name: Name
    at: str | Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Where it stands in the model file: 'pools.doctors.number'; several places take the same number."
    )
    prior: dict[str, Any] | None = Field(
        None,
        description="What is believed before: {uniform: {low: 4, high: 14}}, in the unit of the place; "
        "what the model file says of it as `uncertain`, if left out.",
    )
    source: str = ""
    note: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every place where it stands."""
        return (self.at,) if isinstance(self.at, str) else self.at


class TableColumn(Strict):
    """A column of a table of figures, one row a month, week or day: its mean is the figure."""

    file: str = Field(description="A table as CSV, from the study's own folder.")
    column: Name
    out_of: Name | None = Field(
        None, description="The column that it is a share of: the figure is the one's sum over the other's."
    )
    where: dict[Name, str | tuple[str, ...]] = Field(
        {}, description="The rows that count, {winter: ['1718', '1819']}; all, if left out."
    )
    rows_together: Whole = Field(
        1,
        ge=1,
        description="Neighbouring rows much alike, taken as one for the standard error: 7 where rows are days.",
    )
    unit: str = Field("", description="Of the column, where it is a time: h, d.")
    blanks: Literal["refused", "left out"] = Field(
        "refused", description="What is done with rows in which nothing stands."
    )


class Target(Strict):
    """A figure that the model must reach: fitted, or kept back and predicted."""

    name: Name
    measure: str
    statistic: str = "mean"
    pathway: Name | None = None
    step: Name | None = None
    pool: Name | None = None
    value: str | Number | None = Field(None, description="The figure, where it does not stand in a `table`.")
    table: TableColumn | None = Field(
        None, description="The table in which the figure stands, and its standard error with it."
    )
    se: str | Number | None = Field(
        None,
        description="Standard error of the figure, in its unit; what the rows of its table say, or none, if left out.",
    )
    tolerance: Share = Field(
        0.05,
        description="How near a right model is expected to come, as a share of the figure, 19 times in 20.",
    )
    role: Literal["fitted", "predicted"] = Field(
        "fitted",
        description="fitted: hidden numbers are chosen to match it; predicted: it is kept back to judge.",
    )
    source: str


class StudyRun(Strict):
    """How each point is simulated."""

    seed: Count = 1
    warm_up: Milliseconds = 0.0
    length: Milliseconds
    replications: Whole = Field(4, ge=2)


class Match(Strict):
    """How the search goes; the defaults serve ten hidden numbers or fewer."""

    points: Whole | None = Field(
        None, ge=10, le=1000, description="Points of a wave; twelve for each hidden number, and 40 at least."
    )
    waves: Whole = Field(
        4, ge=1, le=20, description="Waves at most; fewer where another would rule out little."
    )
    draws: Whole = Field(1000, ge=200, le=20_000, description="Draws from the posterior.")
    checked: Whole = Field(24, ge=8, le=500, description="Draws that are simulated anew, to judge the fit.")


class KeptOut(Strict):
    """Records of days that nothing was fitted to: the fitted model must foretell them."""

    records: str = Field(
        description="The folder that `cisim import` wrote, or a log as CSV; from the study's own folder."
    )
    since: Date = Field(alias="from", description="The first day that is foretold.")
    until: Date = Field(description="The day after the last one: four weeks or more after the first.")
    pathways: tuple[Name, ...] = Field(
        (), description="Those compared; all that records and model both have, if left out."
    )
    simulated: Whole = Field(
        40, ge=20, le=1000, description="Draws of the hidden numbers that are simulated for the same days."
    )


class Study(Strict):
    """A study file."""

    cisim: Literal[1]
    study: Name
    question: str
    model: str
    hidden: tuple[Hidden, ...] = Field(min_length=1, max_length=20)
    targets: tuple[Target, ...] = Field(min_length=1, max_length=60)
    observed: Milliseconds | None = Field(
        None,
        description="Length of the records behind the targets: their luck, which the model tells, is allowed for.",
    )
    held_out: KeptOut | None = Field(
        None,
        description="Records that nothing was fitted to: the model must foretell them to be called calibrated.",
    )
    run: StudyRun
    method: Match = Match()
    notes: tuple[str, ...] = Field((), description="What a reader must know beside the figures.")
