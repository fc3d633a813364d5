"""Steps at which the run for the baseline's patients can no longer turn away whom the baseline turned away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.runs.plan import same_patients
from cisim.spec import Activity, Round, Stay, walk

if TYPE_CHECKING:
    from cisim.runs.plan import Plan
    from cisim.spec import Model

__all__ = ["stranded"]


def stranded(plan: Plan) -> tuple[str, ...]:
    """Return a sentence for each step whose patience or limit the valued scenario takes away, where it is valued."""
    case = plan.cases[plan.main]
    if plan.value is None or not case.options:
        return ()
    changed = dict(case.arms)[plan.valued]
    return tuple(
        f"'{pathway}/{step}' has no {what} any more in '{plan.valued}': whoever {does} there in the baseline waits"
        f" there to the end in '{same_patients(plan.valued)}', with the bed they have, and so much less is released."
        for pathway, step, what, does in _ways_out(case.baseline)
        if any(_is_gone(what, other) for other in _copies(changed, pathway, step))
    )


def _ways_out(model: Model) -> list[tuple[str, str, str, str]]:
    """Return the steps that are given up, and those that turn away."""
    found = []
    for name, pathway in model.pathways.items():
        for step in walk(pathway.steps):
            if isinstance(step, (Activity, Stay, Round)) and step.gives_up is not None:
                found.append((name, step.name, "patience", "gives up"))
            if isinstance(step, (Activity, Stay)) and step.limit is not None:
                found.append((name, step.name, "limit", "is turned away"))
    return list(dict.fromkeys(found))


def _copies(model: Model, pathway: str, name: str) -> list[Activity | Stay | Round]:
    """Return the steps of that name: more than one, where a change is partial."""
    steps = walk(model.pathways[pathway].steps) if pathway in model.pathways else ()
    return [step for step in steps if isinstance(step, (Activity, Stay, Round)) and step.name == name]


def _is_gone(what: str, step: Activity | Stay | Round) -> bool:
    """Whether nobody can be turned away again; whoever was may also give up."""
    if step.gives_up is not None:
        return False
    return what == "patience" or isinstance(step, Round) or step.limit is None
