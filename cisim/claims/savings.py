"""What an amount saved implies: its return, its price a bed-day, and the room that closing a ward needs."""

from __future__ import annotations

from cisim.claims.beds import most_offered
from cisim.claims.implied import CashReading, Implied, Line, Part
from cisim.claims.returns import cash_stated
from cisim.claims.words import words
from cisim.spec import Figure, SavingClaim, combined, exactly
from cisim.units import DAYS_PER_YEAR

__all__ = ["fullest_before_closing", "implied_by_saving"]

VARIABLE = 0.16
ROBERTS = "Roberts 1999 (JAMA): 84% of a hospital's cost is fixed, 16% varies with its patients"
SHORT = 0.01
FULL_AT = exactly(0.9)
"""How full a ward may be on average, where a claim does not say; an assumption."""


def fullest_before_closing(wards: int, full_at: Figure) -> Figure:
    """Return how full equal wards may be on average if one of them is to close and the others take its patients.

    >>> fullest_before_closing(2, exactly(0.9)).value
    0.45
    """
    return combined(lambda full: full * (wards - 1) / wards, full_at)


def _full_at(claim: SavingClaim) -> Figure:
    return claim.full_at or FULL_AT


def implied_by_saving(claim: SavingClaim) -> Implied:
    """Return what an amount saved implies."""
    made = _closure(claim) + _bed_days(claim) + _return(claim)
    if not made.means:
        made += Part(means=("An amount alone: nothing in it says whether a budget fell.",))
    missing = (
        "which budget fell, whose it is, and from when",
        "what would have been spent without the change",
    )
    holds = None
    if claim.wards is not None and claim.occupancy is not None:
        holds = claim.occupancy.low <= fullest_before_closing(claim.wards, _full_at(claim)).high
    shown, why = cash_stated(claim.cash)
    return Implied(
        claim.name,
        f"{words(claim.saving, '£')} a year saved",
        "sized",
        made.means,
        made.lines,
        holds,
        CashReading(shown, claim.saving, why),
        missing + made.missing,
        made.rests_on,
    )


def _return(claim: SavingClaim) -> Part:
    if claim.cost is None:
        return Part(missing=("what the change cost, with the hours of staff",))
    gross = combined(lambda s, c: s / c, claim.saving, claim.cost)
    share = combined(lambda s, c: c / s, claim.saving, claim.cost)
    return Part(
        (f"At least {words(share, '%')} of it must be cash to pay for the change.",),
        (
            Line("back for each £1, gross", gross),
            Line("back for each £1, net", combined(lambda g: g - 1, gross)),
            Line("share that must be cash to break even", share, "%"),
        ),
    )


def _bed_days(claim: SavingClaim) -> Part:
    if claim.bed_days is None:
        return Part()
    each = combined(lambda s, d: s / d, claim.saving, claim.bed_days)
    beds = combined(lambda d: d / DAYS_PER_YEAR, claim.bed_days)
    told = (
        f"It prices a bed-day at {words(each, '£')}. {words(claim.bed_days, '')} bed-days are {words(beds, '')} beds "
        "on average, and money leaves only with a whole bay or ward."
    )
    lines = (Line("saved for each bed-day", each, "£"), Line("beds, on average over a year", beds))
    return Part((told,), lines, ("which whole bay or ward closed",))


def _closure(claim: SavingClaim) -> Part:
    if claim.wards is None:
        return Part()
    most = fullest_before_closing(claim.wards, _full_at(claim))
    others = "the other" if claim.wards == 2 else "the others"
    room = (
        f"For one of {claim.wards} equal wards to close and {others} to take its patients, they must be at most about "
        f"{100 * most.value:.0f}% full on average; or the release came from other wards too."
    )
    saving, least = claim.saving, combined(lambda s: VARIABLE * s, claim.saving)
    part = Part(
        (room,),
        (Line("fullest that the wards may be when one closes", most, "%"),),
        rests_on=(
            f"assumed: a ward that stays may be {words(_full_at(claim), '%')} full on average",
            ROBERTS,
        ),
    )
    whole = (
        f"If {words(saving, '£')} is the ward's full cost, what left budgets is between {words(least, '£')} "
        "(only what varies with patients) and all of it, by what became of its posts."
    )
    escape = Part(
        (whole,),
        (
            Line(
                "leaves budgets if the saving is the ward's full cost and only what varies goes", least, "£"
            ),
            Line(
                "full cost of the ward if the saving is what varies",
                combined(lambda s: s / VARIABLE, saving),
                "£",
            ),
        ),
        ("whether the amount is the ward's full cost, or what left budgets",),
    )
    return part + _elsewhere(claim, claim.wards) + escape + _ward(claim, claim.wards)


def _elsewhere(claim: SavingClaim, wards: int) -> Part:
    if claim.occupancy is None:
        return Part(missing=("how full the wards were when one closed",))
    over = combined(lambda o, f: max(o * wards - f * (wards - 1), 0.0), claim.occupancy, _full_at(claim))
    line = Line("patients for whom there is no room, in wards", over)
    if over.value == 0:
        return Part((f"At {words(claim.occupancy, '%')} full, they are.",), (line,))
    told = f"At {words(claim.occupancy, '%')} they are not: others had to take {words(over, '')} of a ward of patients."
    return Part((told,), (line,))


def _ward(claim: SavingClaim, wards: int) -> Part:
    if claim.beds is None:
        return Part()
    beds = claim.beds
    offered = most_offered(beds * (wards - 1), SHORT)
    fullest = exactly(offered / (beds * wards))
    lines: tuple[Line, ...] = (
        Line(
            f"the same if the ward that stays may be full for 1 in {1 / SHORT:.0f} ({beds} beds)",
            fullest,
            "%",
        ),
    )
    told: tuple[str, ...] = ()
    if claim.bed_day is not None:
        cost = combined(lambda b: b * beds * DAYS_PER_YEAR, claim.bed_day)
        share = combined(lambda s, c: s / c, claim.saving, cost)
        lines += (
            Line(f"full cost of a ward of {beds} beds", cost, "£"),
            Line("the saving, as a share of it", share, "%"),
        )
        told = (
            f"Such a ward of {beds} beds costs {words(cost, '£')} a year; the saving is {words(share, '%')} of that.",
        )
    chance = (
        f"assumed: one patient in {1 / SHORT:.0f} may find the ward that stays full (Erlang's loss formula)"
    )
    return Part(told, lines, rests_on=(chance,))
