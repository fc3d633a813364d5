"""``cisim run --precision``: what a planner types, as the precision of a run plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.errors import ModelError
from cisim.spec import Precision, unknowns
from cisim.spec.worth_checks import is_time
from cisim.units import parse_duration, parse_money, parse_share

if TYPE_CHECKING:
    from cisim.spec import Question, RunPlan

__all__ = ["with_precision"]

WHERE = "--precision"
FIRST = 50
"""Draws to begin with, where the run plan has none (an assumption); as many are added at a time."""


def with_precision(question: Question, plan: RunPlan, text: str, most: int | None) -> RunPlan:
    """Return a run plan that runs on until the answer is as sure as is asked.

    Parameters
    ----------
    question : Question
    plan : RunPlan
        With whatever else the command line says.
    text : str
        ``£50k``: what every option is worth on average; ``5%``: the probability that it pays; ``0.1 d``: the change in
        the headline measure. To either side, in 95% intervals.
    most : int or None
        Draws, or replications for a measure, after which it stops in any case; the plan's own, if left out.

    Raises
    ------
    ModelError
        For what is neither, is not above zero, or cannot be reached with these files.
    """
    asked = text.strip()
    told = plan.precision or Precision(within="1 d")
    fields: dict[str, object] = {"worth": None, "chance": None, "within": None}
    try:
        if "£" in asked:
            fields["worth"] = size = parse_money(asked)
        elif asked.endswith("%"):
            fields["chance"] = size = parse_share(asked)
        else:
            size = parse_duration(asked)
            fields |= {"within": asked, "measure": question.experiment.headline}
    except ValueError:
        want = "want pounds ('£50k'), a chance ('5%') or a time ('0.1 d')"
        raise ModelError(WHERE, f"got {text!r}, {want}") from None
    if not size > 0:
        raise ModelError(WHERE, f"got {text!r}, want more than 0")
    if fields["within"] is not None:
        if not is_time(question.experiment.headline):
            what = question.experiment.headline.replace("_", " ")
            raise ModelError(WHERE, f"got {text!r}, and the headline is {what}, which is no time")
        fields["at_most"] = _most(most or told.at_most, plan.replications, "replications")
        return plan.model_copy(update={"precision": told.model_copy(update=fields)})
    _drawable(question)
    first = plan.model_draws or FIRST
    fields["draws_at_most"] = _most(most or told.draws_at_most, first, "draws")
    fields["at_most"] = max(told.at_most, plan.replications)
    return plan.model_copy(update={"model_draws": first, "precision": told.model_copy(update=fields)})


def _most(most: int, first: int, of: str) -> int:
    if most < first:
        raise ModelError("--at-most", f"got {most:,} {of}, want at least the {first:,} that it begins with")
    return most


def _drawable(question: Question) -> None:
    if question.value is None:
        raise ModelError(WHERE, "the experiment names no value file, want a time such as '0.1 d'")
    if all(path.startswith("value.") for path in unknowns(question)):
        text = "no number of the model or of a scenario is uncertain, so that more draws would simulate nothing new"
        raise ModelError(WHERE, f"{text}; want a time such as '0.1 d'")
