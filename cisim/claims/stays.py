"""What a shorter stay implies: the bed-days it releases, those filled again, and the whole steps that could close."""

from __future__ import annotations

from math import floor

from cisim.claims.implied import CashReading, Implied, Line, Part
from cisim.claims.returns import NO_CASH_NAMED, cash_stated
from cisim.claims.shares import move_words
from cisim.claims.words import words, words_with_ends
from cisim.spec import Figure, Move, StayClaim, combined, exactly
from cisim.units import DAYS_PER_YEAR

__all__ = ["implied_by_stay", "whole_steps"]


def whole_steps(bed_days: Figure, step: int) -> Figure:
    """Return how many whole steps could close for so many bed-days a year, as many beds standing empty as before.

    >>> whole_steps(exactly(4300.0), 6).value
    1.0
    """
    return combined(lambda d: float(floor(max(d, 0.0) / DAYS_PER_YEAR / step)), bed_days)


def implied_by_stay(claim: StayClaim) -> Implied:
    """Return what a shorter stay releases, what was filled again, and the whole steps in the rest."""
    made, left = _released(claim)
    steps, at_most, rule = _steps(claim, left)
    made += steps
    shown, stated = cash_stated(claim.cash)
    patients = claim.patients
    return Implied(
        claim.name,
        move_words(claim.stay, "stay")
        + (f", {move_words(patients, 'patients')}" if isinstance(patients, Move) else ""),
        "sized" if left is not None else "unsized",
        made.means,
        made.lines,
        None,
        CashReading(shown, at_most, stated if claim.cash is not None else f"{rule}; {NO_CASH_NAMED}"),
        made.missing,
        ("assumed: the same sort of patients, and all of the time was spent in a staffed bed",),
    )


def _released(claim: StayClaim) -> tuple[Part, Figure | None]:
    """Return the release, and the bed-days a year of it that were not filled again, if they have a size."""
    before, after, patients = claim.stay.before, claim.stay.after, claim.patients
    if before is None or after is None:
        return Part(
            ("Unsized: it is a share of an unknown stay.",), missing=("the stay before and after, in days",)
        ), None
    each = combined(lambda b, a: b - a, before, after)
    hundred = combined(lambda d: 100 * d / DAYS_PER_YEAR, each)
    part = Part(
        lines=(
            Line("bed-days released by each patient", each),
            Line("beds released by each 100 patients a year", hundred),
        )
    )
    number = patients.before if isinstance(patients, Move) else patients
    if number is None:
        told = (
            f"Each patient needs {words(each, '')} bed-days less. Unsized: without the number of patients nobody knows "
            "how many beds that is."
        )
        return part + Part((told,), missing=("how many patients a year",)), None
    released = combined(lambda d, n: d * n, each, number)
    beds = combined(lambda d: d / DAYS_PER_YEAR, released)
    told = (
        f"It releases {words_with_ends(released, '')} bed-days a year, {words(beds, '')} beds on average. "
        "That is room, not cash."
    )
    part += Part(
        (told,), (Line("bed-days released a year", released), Line("beds released, on average", beds))
    )
    if isinstance(patients, Move) and patients.after is not None:
        filled = combined(lambda a, m, n: a * (n - m), after, number, patients.after)
        left = combined(lambda b, a, m, n: b * m - a * n, before, after, number, patients.after)
        return part + _filled(filled, left), left
    return part, released


def _filled(filled: Figure, left: Figure) -> Part:
    """Return what more patients took of a release: release = filled again + fewer bed-days occupied."""
    told = f"More patients filled {words(filled, '')} bed-days of it again"
    if left.value < 0:
        more = words(combined(lambda d: -d, left), "")
        told += f": {more} more were occupied than before, and no bed could close"
    elif filled.value <= 0:
        told = "There were no more patients to fill it"
    lines = (
        Line("bed-days filled again by more patients", filled),
        Line("bed-days occupied, after less before", combined(lambda d: -d, left)),
    )
    return Part((f"{told}.",), lines)


def _steps(claim: StayClaim, left: Figure | None) -> tuple[Part, Figure | None, str]:
    """Return the whole steps in what is left, the most that could be cash, and the rule."""
    if left is None:
        return Part(), None, "money leaves only with a whole bay or ward"
    if left.high < 0:
        return Part(), exactly(0.0), "more bed-days were occupied than before, so no bed could close"
    if claim.step is None:
        part = Part(missing=("how many beds close together: a bay, a ward",))
        return part, None, "money leaves only with a whole bay or ward"
    rule = f"money leaves only with a whole step of {claim.step} beds, as many beds standing empty as before"
    whole = whole_steps(left, claim.step)
    part = Part(lines=(Line(f"whole steps of {claim.step} beds that could close", whole),))
    if claim.saves is None:
        return part + Part(missing=("what a step costs a year",)), None, rule
    stranded = claim.stranded or exactly(0.0)
    cash = combined(lambda n, s, k: n * s * (1 - k), whole, claim.saves, stranded)
    told = f"No whole step of {claim.step} beds could close."
    if whole.value > 0:
        steps = "1 whole step" if whole.value == 1 else f"{words(whole, '')} whole steps"
        told = (
            f"With as many beds empty as before, {steps} of {claim.step} beds could close and take {words(cash, '£')} "
            "a year out of budgets. `cisim need` and `cisim run` say how many could at the same service."
        )
    unsaid = () if claim.stranded is not None else ("the share of a step's cost that stays when it closes",)
    return part + Part((told,), (Line("would leave budgets, a year", cash, "£"),), unsaid), cash, rule
