"""What relative claims imply: a cost for each patient, a share that something fell by, a lead time."""

from __future__ import annotations

from cisim.claims.implied import CashReading, Implied, Line, Part
from cisim.claims.returns import NO_CASH_NAMED, cash_stated
from cisim.claims.words import words, words_with_ends
from cisim.spec import ChangeClaim, Figure, LeadTimeClaim, Move, UnitCostClaim, combined, exactly

__all__ = [
    "against_comparison",
    "break_even_growth",
    "implied_by_change",
    "implied_by_lead_time",
    "implied_by_unit_cost",
    "move_words",
    "total_beside",
]

_TINY = 1e-12


def _moved(ratio: Figure) -> Figure:
    return combined(lambda r: r - 1, ratio)


def move_words(move: Move, what: str) -> str:
    """Return how something moved: by its ends where they are known, by its share where not."""
    if move.before is not None and move.after is not None:
        return f"{what} {words(move.before, move.unit)} to {words(move.after, move.unit)}".strip()
    return f"{what} {words(_moved(move.ratio), '+%')}".strip()


# -- a cost for each patient ---------------------------------------------------------------------------


def total_beside(unit_cost: Figure, patients: Figure) -> Figure:
    """Return how total spend moved, from the ratios after/before of the cost for each patient and of patients.

    >>> from cisim.spec import parse_move
    >>> total = total_beside(parse_move("-21%").ratio, parse_move("+30%").ratio)
    >>> round(total.value, 4), round(total.low, 3), round(total.high, 3)
    (0.027, 0.017, 0.037)
    """
    return combined(lambda cost, number: cost * number - 1, unit_cost, patients)


def break_even_growth(unit_cost: Figure) -> Figure:
    """Return the growth in patients at which total spend stays as it was, from the ratio of the unit cost."""
    return combined(lambda cost: 1 / max(cost, _TINY) - 1, unit_cost)


def implied_by_unit_cost(claim: UnitCostClaim) -> Implied:
    """Return what a cost for each patient implies of total spend."""
    cost, patients = claim.unit_cost, claim.patients
    made = _unit_cost(cost)
    shown, why = cash_stated(claim.cash)
    at_most = None
    if patients is None:
        made += _without_patients(cost)
    else:
        total = total_beside(cost.ratio, patients.ratio)
        made += _total(total, cost, patients)
        at_most = _fallen(cost, patients)
        if total.low > 0:
            at_most, why = exactly(0.0), "total spend did not fall, so no net cash left"
    return Implied(
        claim.name,
        move_words(cost, "cost a patient") + (f", {move_words(patients, 'patients')}" if patients else ""),
        "sized" if at_most is not None else "unsized",
        made.means,
        made.lines,
        claim.as_share.ratio.meets(cost.ratio) if claim.as_share is not None else None,
        CashReading(shown, at_most, why),
        made.missing,
    )


def _unit_cost(cost: Move) -> Part:
    lines = [Line("cost for each patient", _moved(cost.ratio), "+%")]
    growth = break_even_growth(cost.ratio)
    if growth.value > 0:
        lines.append(Line("more patients at which total spend is as before", growth, "%"))
    return Part(lines=tuple(lines))


def _without_patients(cost: Move) -> Part:
    told = "Unsized: the number of patients is not given."
    if cost.ratio.value < 1:
        growth = words(break_even_growth(cost.ratio), "%")
        told = (
            "Unsized: without the number of patients nobody knows whether spending fell. It fell only if there "
            f"were less than {growth} more of them."
        )
    return Part((told,), missing=("how the number of patients moved", "total spend before"))


def _total(total: Figure, cost: Move, patients: Move) -> Part:
    lines: tuple[Line, ...] = (
        Line("patients", _moved(patients.ratio), "+%"),
        Line("total spend", total, "+%"),
    )
    moved = words_with_ends(total, "+%")
    missing: tuple[str, ...] = ("the number of patients before, and total spend before",)
    told: tuple[str, ...]
    if cost.before is not None and cost.after is not None and patients.before and patients.after:
        spent = combined(lambda c, n: c * n, cost.before, patients.before)
        then = combined(lambda c, n: c * n, cost.after, patients.after)
        lines += (Line("total spend before", spent, "£"), Line("total spend after", then, "£"))
        missing = ()
    if total.low > 0 and cost.ratio.value < 1:
        more = words(_moved(patients.ratio), "%")
        told = (
            f"Total spend rose: {moved}. No net cash left.",
            f"Each patient costs less because there are {more} more of them, and all of them together cost more.",
        )
    elif total.low > 0:
        told = (f"Total spend rose: {moved}. No net cash left.",)
    elif total.high < 0:
        told = (f"Total spend fell: {moved}. That share can be cash, if a budget was cut by it.",)
    else:
        told = (f"Whether total spend rose or fell cannot be told from the rounding: {moved}.",)
    return Part(told, lines, missing)


def _fallen(cost: Move, patients: Move) -> Figure | None:
    """Return the pounds by which total spend fell, not below none; None where the amounts are not given."""
    if cost.before is None or cost.after is None or patients.before is None or patients.after is None:
        return None
    return combined(
        lambda c, d, m, n: max(c * m - d * n, 0.0), cost.before, cost.after, patients.before, patients.after
    )


# -- a share -------------------------------------------------------------------------------------------


def against_comparison(change: Figure, compared: Figure) -> Figure:
    """Return the ratio after/before over that of the comparison: a difference in differences, as a ratio.

    >>> from cisim.spec import parse_move
    >>> falls = against_comparison(parse_move("-25.9%").ratio, parse_move("-2.5%").ratio)
    >>> round(falls.value, 3)  # 0.741/0.975
    0.76
    """
    return combined(lambda here, there: here / max(there, _TINY), change, compared)


def implied_by_change(claim: ChangeClaim) -> Implied:
    """Return what a relative change implies: nothing in money, unless it says of how many and at what cost."""
    ratio = claim.change.ratio
    made = Part(lines=(Line("change", _moved(ratio), "+%"),))
    said = move_words(claim.change, claim.of)
    if claim.compared is None:
        made += Part(missing=("what happened meanwhile where nothing was done",))
    else:
        ratio = against_comparison(ratio, claim.compared.ratio)
        made += _compared(claim, claim.compared, ratio)
        said += f", compared with {words(_moved(claim.compared.ratio), '+%')}"
    sized, at_most = _counted(claim, ratio)
    made = sized + made
    shown, why = cash_stated(claim.cash)
    if at_most is None and claim.cash is None:
        why = f"no amount, so no cash; {NO_CASH_NAMED}"
    return Implied(
        claim.name,
        said,
        "sized" if at_most is not None else "unsized",
        made.means,
        made.lines,
        None,
        CashReading(shown, at_most, why),
        made.missing,
    )


def _compared(claim: ChangeClaim, compared: Move, ratio: Figure) -> Part:
    what = claim.of or "it"
    beside = words(combined(lambda r: 1 - r, ratio), "%")
    alone = words(combined(lambda r: 1 - r, claim.change.ratio), "%")
    told = f"Beside the comparison {what} fell by {beside}, not {alone}."
    if ratio.value >= 1:
        told = f"Beside the comparison {what} did not fall."
    lines = (
        Line("change where nothing was done", _moved(compared.ratio), "+%"),
        Line("change beside the comparison", _moved(ratio), "+%"),
        Line("ratio to the comparison", ratio),
    )
    return Part((told,), lines)


def _counted(claim: ChangeClaim, ratio: Figure) -> tuple[Part, Figure | None]:
    """Return what a count makes of a ratio, and the pounds of it that could be cash at most."""
    thing = claim.of or "there were"
    price = f"what each {'of them ' if claim.of else ''}costs, and which part of that is paid in money"
    if claim.count is None:
        told = "Unsized: it is a share of an unknown number. No amount follows from it."
        missing = (f"how many {thing} a year, before", *((price,) if claim.each is None else ()))
        return Part((told,), missing=missing), None
    fewer = combined(lambda n, r: n * (1 - r), claim.count, ratio)
    lines: tuple[Line, ...] = (Line("fewer a year", fewer),)
    if claim.each is None:
        told = f"Unsized: about {words(fewer, '')} fewer a year, at a cost that is not given."
        return Part((told,), lines, (price,)), None
    amount = combined(lambda f, e: f * e, fewer, claim.each)
    lines += (Line("amount a year", amount, "£"),)
    if claim.in_beds is None:
        told = f"{words(amount, '£')} a year, if each costs what is said."
        missing = ("which share of that cost is bed-days: those are released, and not cash",)
        return Part((told,), lines, missing), combined(lambda a: max(a, 0.0), amount)
    rest = combined(lambda a, b: a * (1 - b), amount, claim.in_beds)
    lines += (Line("of it, not bed-days", rest, "£"),)
    told = f"{words(amount, '£')} a year, of which only {words(rest, '£')} is not bed-days."
    return Part((told,), lines), combined(lambda r: max(r, 0.0), rest)


# -- a lead time ---------------------------------------------------------------------------------------


def implied_by_lead_time(claim: LeadTimeClaim) -> Implied:
    """Return what a lead time implies: its own before and after, and no capacity."""
    lines: tuple[Line, ...] = ()
    if claim.as_share is not None:
        before = combined(lambda t, r: 24 * t / (1 - r), claim.lead_time, claim.as_share.ratio)
        after = combined(lambda t, r: 24 * t * r / (1 - r), claim.lead_time, claim.as_share.ratio)
        lines = (Line("lead time before, in hours", before), Line("lead time after, in hours", after))
    shown, why = cash_stated(claim.cash)
    return Implied(
        claim.name,
        f"{24 * claim.lead_time.value:,.0f} hours of lead time less",
        "elapsed time",
        (
            "This is time that passed: not time that somebody worked or that a bed was held. It has no value yet.",
            "It becomes room only when it is shown to hold a bed or a person, and for how many patients.",
        ),
        lines,
        None,
        CashReading(shown, None, why if claim.cash else f"elapsed time is no capacity; {NO_CASH_NAMED}"),
        (
            "how many patients a year go through it",
            "what is held meanwhile: a bed, a room, a person's hours, or nothing",
            "whether the hours are of one passage through each process, or of a whole year",
        ),
    )
