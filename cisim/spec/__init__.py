"""The words: what a planner may write, and what is made of it.

Files are read whole, every mistake is told at once with its place (`read_model` and its like); a model is a
frozen tree of the classes below; `apply` makes a changed one.
"""

from cisim.spec.model import (
    Activity,
    Arrivals,
    Batch,
    Branch,
    Calendar,
    Delay,
    GoTo,
    Leave,
    Model,
    Partial,
    Pathway,
    Pool,
    Repeat,
    Round,
    Stay,
    Step,
    Way,
)
from cisim.spec.reading import (
    Question,
    read,
    read_experiment,
    read_model,
    read_question,
    read_scenario,
    read_value,
)

__all__ = [
    "Activity",
    "Arrivals",
    "Batch",
    "Branch",
    "Calendar",
    "Delay",
    "GoTo",
    "Leave",
    "Model",
    "Partial",
    "Pathway",
    "Pool",
    "Question",
    "Repeat",
    "Round",
    "Stay",
    "Step",
    "Way",
    "read",
    "read_experiment",
    "read_model",
    "read_question",
    "read_scenario",
    "read_value",
]
