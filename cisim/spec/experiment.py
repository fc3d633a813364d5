"""What a planner may write in an experiment file: a question, its runs, and the facts to compare with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from cisim.spec.fields import Count, Milliseconds, Name, Number, Pounds, Share, Strict, Whole
from cisim.spec.scenario import Change


class Arm(Strict):
    """A scenario to run: a file, or changes written here."""

    name: Name
    file: str | None = None
    changes: tuple[Change, ...] = ()
    note: str = ""


class Case(Strict):
    """An assumption that the facts cannot settle: changes made to the model before anything else."""

    name: Name
    changes: tuple[Change, ...] = ()
    note: str = ""


class Alternative(Strict):
    """Another way to see the question, run and valued apart: its headline stands beside the others, never in a mean."""

    name: Name
    case: Name | None = Field(None, description="The case that is valued, in place of the main one.")
    changes: tuple[Change, ...] = Field((), description="Made to the model, after those of the case.")
    value: dict[str, Any] = Field(
        {}, description="Entries of the value file as they are here, by path: 'payment.planned.rule: block'."
    )
    note: str = ""


def _warm_up(data: object) -> object:
    return "auto" if data == "auto" else data


class Precision(Strict):
    """Run until 95% intervals are this narrow on either side.

    Of the paired difference in a mean, over luck; of what options are worth and whether they pay, over luck and what
    is not known together.
    """

    measure: str = "length_of_stay"
    pathway: Name | None = None
    within: str | None = Field(None, description="Half-width of the difference, with its unit: '0.1 d'.")
    at_most: Whole = Field(200, ge=2, description="Replications.")
    worth: Pounds | None = Field(
        None,
        description="Half-width of the expected net present value of every option; wants 'model_draws'.",
    )
    chance: Share | None = Field(
        None,
        description="Half-width of the probability that an option pays (a net present value above zero);"
        " wants 'model_draws'.",
    )
    draws_at_most: Whole = Field(1000, ge=2, description="Draws of what is not known.")


class RunPlan(Strict):
    """How to run."""

    seed: Count = 1
    warm_up: Annotated[Milliseconds | Literal["auto"], BeforeValidator(_warm_up)] = 0.0
    length: Milliseconds
    replications: Whole = Field(10, ge=1)
    draw_replications: Whole | None = Field(
        None, ge=1, description="Replications of each of 'model_draws', the first of all; all, if left out."
    )
    precision: Precision | None = None
    draws: Whole = Field(1000, ge=1, description="Draws of the uncertain numbers in the value file.")
    model_draws: Whole = Field(
        0,
        description="Draws of every uncertain number of model, scenarios and value file together, each simulated with"
        " all replications, or 'draw_replications' of them; 0: the model runs on its best estimates.",
    )
    emulated_draws: Whole = Field(
        0,
        ge=0,
        le=100_000,
        description="More draws, not simulated but predicted from those of 'model_draws', where the emulator is good"
        " enough; their prices are drawn as ever.",
    )
    weekly: bool = Field(default=True, description="Measure each week too; long runs are smaller without.")


class Fact(Strict):
    """A published or local figure beside the model's own."""

    name: Name
    measure: str
    statistic: str = "mean"
    pathway: Name | None = None
    step: Name | None = None
    pool: Name | None = None
    scenario: Name = "baseline"
    case: Name | None = None
    value: str | Number
    tolerance: Share = 0.05
    role: Literal["fed", "fitted", "predicted"] = Field(
        description="fed: given to the model; fitted: a number was chosen to match it; predicted: neither."
    )
    source: str


class Correlated(Strict):
    """Two uncertain numbers that are high together, or one high where the other is low."""

    between: tuple[str, str] = Field(description="Their two paths, as `cisim check` tells them.")
    rank: Number = Field(gt=-1, lt=1, description="Spearman's rank correlation.")
    source: str = ""
    note: str = ""


class Same(Strict):
    """Uncertain numbers in several places that are one number, drawn once."""

    numbers: tuple[str, ...] = Field(
        min_length=2, description="Their paths; each says the same mean and spread where it stands."
    )
    source: str = ""
    note: str = ""


class Experiment(Strict):
    """An experiment file."""

    cisim: Literal[1]
    experiment: Name
    question: str
    model: str
    value: str | None = None
    scenarios: tuple[Arm, ...] = Field(min_length=1)
    valued: Name | None = Field(None, description="The scenario that is valued; the first, if left out.")
    projects: tuple[Name, ...] = Field(
        (),
        max_length=6,
        description="Scenarios that are done together: each subset is run jointly, and credit shared.",
    )
    together: tuple[tuple[Name, ...], ...] = Field(
        (), description="Only these projects together, in place of every subset; credit is then not shared."
    )
    cases: tuple[Case, ...] = ()
    main_case: Name | None = Field(None, description="The case that is valued; the first, if left out.")
    alternatives: tuple[Alternative, ...] = Field(
        (), description="Other ways to see the question, each run and valued apart; never averaged."
    )
    run: RunPlan
    facts: tuple[Fact, ...] = ()
    correlations: tuple[Correlated, ...] = Field(
        (), description="Uncertain numbers that hang together, by rank; all others are independent."
    )
    same: tuple[Same, ...] = Field((), description="Uncertain numbers that are one number in several places.")
    headline: str = Field("length_of_stay", description="The measure told first.")
    notes: tuple[str, ...] = Field((), description="What a reader must know beside the figures.")

    @property
    def jointly(self) -> str:
        """The name of all projects together, run as a scenario of its own; '' where there are not several."""
        return " + ".join(self.projects) if len(self.projects) > 1 else ""
