"""The words: what a planner may write, and what is made of it.

Files are read whole, every mistake is told at once with its place (`read_model` and its like); a model is a
frozen tree of the classes below; `apply` makes a changed one. `describe` and its like tell back what was
understood, `offered_load` says who cannot keep up before anything runs, `schemas` is for editors, and
`lay_down` writes a project to begin with.
"""

from cisim.spec.amounts import duration_words, openings_text, rota_text
from cisim.spec.changes import apply, check_base
from cisim.spec.describe import describe
from cisim.spec.describe_changes import change_words
from cisim.spec.describe_files import describe_question, describe_scenario, describe_value
from cisim.spec.describe_service import pool_words, service_words, starting_words, together_words, year_words
from cisim.spec.digest import digest
from cisim.spec.experiment import Experiment, Fact, Precision, RunPlan
from cisim.spec.fields import Strict, Uncertain
from cisim.spec.load import Load, mean_rate, offered_load
from cisim.spec.model import (
    Activity,
    Age,
    AllOf,
    Arrivals,
    Batch,
    BedChoice,
    Branch,
    Break,
    Calendar,
    ComesBack,
    Cover,
    DayEffect,
    Delay,
    GivesUp,
    GoTo,
    Instead,
    Leave,
    Limit,
    Model,
    Own,
    Part,
    Partial,
    Pathway,
    Pool,
    Priority,
    PriorityBy,
    Repeat,
    Round,
    Starting,
    Stay,
    Step,
    Together,
    Way,
)
from cisim.spec.reaching import at_reach, in_year
from cisim.spec.reading import (
    Question,
    read,
    read_experiment,
    read_model,
    read_question,
    read_scenario,
    read_value,
)
from cisim.spec.scenario import Change, Scenario, SetNumber
from cisim.spec.schema import schemas
from cisim.spec.starting import lay_down
from cisim.spec.tree import walk
from cisim.spec.value import Close, Hold, Option, PatientWorth, Reinvest, RunningItem, Value
from cisim.spec.week import highest_rate, hourly_rates, mean_number, mean_wait

__all__ = [
    "Activity",
    "Age",
    "AllOf",
    "Arrivals",
    "Batch",
    "BedChoice",
    "Branch",
    "Break",
    "Calendar",
    "Change",
    "Close",
    "ComesBack",
    "Cover",
    "DayEffect",
    "Delay",
    "Experiment",
    "Fact",
    "GivesUp",
    "GoTo",
    "Hold",
    "Instead",
    "Leave",
    "Limit",
    "Load",
    "Model",
    "Option",
    "Own",
    "Part",
    "Partial",
    "Pathway",
    "PatientWorth",
    "Pool",
    "Precision",
    "Priority",
    "PriorityBy",
    "Question",
    "Reinvest",
    "Repeat",
    "Round",
    "RunPlan",
    "RunningItem",
    "Scenario",
    "SetNumber",
    "Starting",
    "Stay",
    "Step",
    "Strict",
    "Together",
    "Uncertain",
    "Value",
    "Way",
    "apply",
    "at_reach",
    "change_words",
    "check_base",
    "describe",
    "describe_question",
    "describe_scenario",
    "describe_value",
    "digest",
    "duration_words",
    "highest_rate",
    "hourly_rates",
    "in_year",
    "lay_down",
    "mean_number",
    "mean_rate",
    "mean_wait",
    "offered_load",
    "openings_text",
    "pool_words",
    "read",
    "read_experiment",
    "read_model",
    "read_question",
    "read_scenario",
    "read_value",
    "rota_text",
    "schemas",
    "service_words",
    "starting_words",
    "together_words",
    "walk",
    "year_words",
]
