"""What a return for each pound implies: the cost behind it, the cash it needs, the spread at which it breaks even.

With a benefit B and a cost C, the gross return is B/C and the net return (B - C)/C; a net return of r is a gross
return of r + 1. Over a spread s (the share of wards that deliver) the benefit is taken to be s B, and the cost
F + s V: a part that is there anyway and a part that comes with each ward.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal

from cisim.claims.implied import CashReading, Implied, Line
from cisim.claims.words import number_words, words, words_with_ends
from cisim.spec import Figure, ReturnClaim, SpreadClaim, combined, exactly

if TYPE_CHECKING:
    from cisim.spec import Cashed

    Reading = Literal["gross", "net"]
    Point = tuple[float, Figure]

__all__ = [
    "break_even_spread",
    "cash_share_to_break_even",
    "cash_stated",
    "cost_behind",
    "extra_cost_of_spread",
    "gross_return",
    "implied_by_return",
    "implied_by_spread",
    "return_at",
]

_UNKNOWN = (
    "whose cost it is: paid in money only, or with the hours of staff in training and meetings",
    "over how many years, and whether discounted",
    "compared with what: what would have happened without it",
)
_GROSS_OR_NET = "whether it is gross (benefit / cost) or net ((benefit - cost) / cost)"
_SPREAD_RESTS_ON = (
    "assumed: all wards that deliver give the same, and the cost is a fixed part and a part that grows with the wards",
    "assumed: the shares of wards are scenarios, and so exact",
)
NO_CASH_NAMED = "no budget line, holder and date are named"


def gross_return(a_pound: Figure, reading: Reading) -> Figure:
    """Return benefit over cost, from a return in either reading."""
    return combined(lambda r: r + (reading == "net"), a_pound)


def cost_behind(benefit: Figure, a_pound: Figure, reading: Reading = "gross") -> Figure:
    """Return the cost that a return and a benefit imply, in pounds.

    >>> from cisim.spec import parse_figure
    >>> benefit, a_pound = parse_figure("£14.2m", "£"), parse_figure(15.41)
    >>> [round(cost_behind(benefit, a_pound, r).value / 1e6, 2) for r in ("gross", "net")]
    [0.92, 0.87]
    """
    return combined(lambda b, r: b / r, benefit, gross_return(a_pound, reading))


def cash_share_to_break_even(a_pound: Figure, reading: Reading = "gross") -> Figure:
    """Return the share of the benefit that must leave budgets for the cash alone to pay the cost."""
    return combined(lambda r: 1 / r, gross_return(a_pound, reading))


def extra_cost_of_spread(first: Point, second: Point, reading: Reading = "gross") -> Figure | None:
    """Return V/F, the cost that comes with full spread over the cost that is there anyway.

    Points are (spread, return), the smaller spread first. With g the second return over what proportion makes of
    the first, V/F = (1 - g) / (g s2 - s1): nothing where g is 1, without end where the return does not rise.

    Returns
    -------
    Figure or None
        The value is that of the figures as they are written, below 0 where no cost could give them exactly; the ends
        are what their rounding allows, never below 0. None where no rounding allows any.

    >>> from cisim.spec import exactly, parse_figure
    >>> round(extra_cost_of_spread((0.3, exactly(2.32)), (0.6, parse_figure("5"))).high, 3)
    0.107
    """
    (s1, r1), (s2, r2) = first, second
    g = combined(lambda a, b: (b / a) / (s2 / s1), gross_return(r1, reading), gross_return(r2, reading))

    def extra(one: float) -> float:
        under = one * s2 - s1
        return (1 - one) / under if under > 0 else inf

    # Returns that more than keep pace with the wards would need costs below none.
    if g.low > 1 or extra(min(g.high, 1.0)) == inf:
        return None
    return Figure(extra(g.value), extra(min(g.high, 1.0)), extra(g.low))


def return_at(spread: float, first: Point, extra: float, reading: Reading = "gross") -> Figure:
    """Return the return at another spread, in the same reading, from one point and V/F."""
    s1, a_pound = first

    def there(r: float) -> float:
        return r * (spread / s1) * (1 + extra * s1) / (1 + extra * spread) - (reading == "net")

    return combined(there, gross_return(a_pound, reading))


def break_even_spread(first: Point, extra: float = 0.0, reading: Reading = "gross") -> Figure:
    """Return the spread at which benefit and cost are equal; above 1, they never are.

    From s B = F + s V, with B = R (F + s1 V) / s1.

    >>> from cisim.spec import parse_figure
    >>> round(break_even_spread((0.3, parse_figure(2.32))).value, 3)
    0.129
    """
    s1, a_pound = first

    def spread(r: float) -> float:
        under = r * (1 + extra * s1) / s1 - extra
        return 1 / under if under > 0 else inf

    return combined(spread, gross_return(a_pound, reading))


def cash_stated(cash: Cashed | None) -> tuple[Figure | None, str]:
    """Return what is shown to be cash, and what it lacks if nothing is."""
    if cash is None:
        return None, NO_CASH_NAMED
    lacks = [
        word
        for word, given in (("budget line", cash.budget_line), ("holder", cash.holder), ("date", cash.date))
        if not given
    ]
    if lacks:
        return None, f"{words(cash.amount, '£')} is called cash, but its {' and '.join(lacks)} is not named"
    return cash.amount, f"{cash.budget_line}, {cash.holder}, {cash.date}"


def _readings(given: Reading | None) -> tuple[Reading, ...]:
    return (given,) if given else ("gross", "net")


def implied_by_return(claim: ReturnClaim) -> Implied:
    """Return what a return implies; with both a benefit and a cost, also whether they make it."""
    readings = _readings(claim.reading)
    means, holds = _return_means(claim, readings)
    shown, why = cash_stated(claim.cash)
    benefit = claim.benefit
    if benefit is None and claim.cost is not None:
        benefit = _benefit(claim.cost, claim.a_pound, readings[0])
    missing = list(_UNKNOWN)
    if claim.reading is None and holds is None:
        missing.insert(0, _GROSS_OR_NET)
    if claim.benefit is None:
        missing.insert(
            0, "the benefit: what was added up, by line" if claim.cost is None else "the benefit itself"
        )
    if claim.cost is None:
        missing.insert(0, "the cost")
    return Implied(
        claim.name,
        f"{_pounds_each(claim.a_pound)} for each £1" + (f", {claim.reading}" if claim.reading else ""),
        "sized" if benefit is not None else "unsized",
        means,
        tuple(_return_lines(claim, readings)),
        holds,
        CashReading(shown, benefit, why),
        tuple(missing),
    )


def _pounds_each(a_pound: Figure) -> str:
    return f"£{a_pound.value:g}"


def _benefit(cost: Figure, a_pound: Figure, reading: Reading) -> Figure:
    return combined(lambda c, r: c * r, cost, gross_return(a_pound, reading))


def _return_lines(claim: ReturnClaim, readings: tuple[Reading, ...]) -> list[Line]:
    if claim.benefit is not None and claim.cost is not None:
        made = combined(lambda b, c: b / c, claim.benefit, claim.cost)
        return [
            Line("benefit over cost (gross)", made),
            Line("benefit less cost, over cost (net)", combined(lambda m: m - 1, made)),
            Line("benefit less cost", combined(lambda b, c: b - c, claim.benefit, claim.cost), "£"),
            Line("share that must be cash to break even", combined(lambda m: 1 / m, made), "%"),
        ]
    return [line for reading in readings for line in _read_as(claim, reading)]


def _read_as(claim: ReturnClaim, reading: Reading) -> list[Line]:
    """Return what a return implies in one reading, with its benefit, its cost or neither."""
    out = []
    if claim.benefit is not None:
        cost = cost_behind(claim.benefit, claim.a_pound, reading)
        left = combined(lambda b, r: b - b / r, claim.benefit, gross_return(claim.a_pound, reading))
        out = [Line("cost behind it", cost, "£", reading), Line("benefit less cost", left, "£", reading)]
    elif claim.cost is not None:
        out = [Line("benefit it speaks of", _benefit(claim.cost, claim.a_pound, reading), "£", reading)]
    share = cash_share_to_break_even(claim.a_pound, reading)
    return [*out, Line("share that must be cash to break even", share, "%", reading)]


def _return_means(claim: ReturnClaim, readings: tuple[Reading, ...]) -> tuple[tuple[str, ...], bool | None]:
    share = cash_share_to_break_even(claim.a_pound, readings[0])
    if claim.benefit is not None and claim.cost is not None:
        return _agreement(claim, claim.benefit, claim.cost, readings)
    if claim.benefit is not None:
        costs = [cost_behind(claim.benefit, claim.a_pound, r) for r in readings]
        first = f"The cost behind it is {words_with_ends(costs[0], '£')}"
        if len(costs) > 1:
            first += f", or {words_with_ends(costs[1], '£')} if the return is net"
        means = [first + "."]
    elif claim.cost is not None:
        benefit = _benefit(claim.cost, claim.a_pound, readings[0])
        means = [f"It speaks of a benefit of {words_with_ends(benefit, '£')}."]
    else:
        means = ["No amount follows from it: a return has no size without its cost or its benefit."]
    means.append(_cash_sentence(claim, share))
    return tuple(means), None


def _cash_sentence(claim: ReturnClaim, share: Figure) -> str:
    if share.low > 1:
        return "The benefit is less than the cost: no share of it could pay for it."
    amount = ""
    if claim.benefit is not None:
        amount = f" of {words(claim.benefit, '£')}"
    return (
        f"Cash alone pays for it only if at least {words(share, '%')} of the benefit{amount} left a budget; "
        "the rest of a return is room, time or health, and may be worth having."
    )


def _agreement(
    claim: ReturnClaim, benefit: Figure, cost: Figure, readings: tuple[Reading, ...]
) -> tuple[tuple[str, ...], bool]:
    made = combined(lambda b, c: b / c, benefit, cost)
    fits = [r for r in readings if gross_return(claim.a_pound, r).meets(made)]
    words_of = {"gross": "benefit over cost", "net": "benefit less cost, over cost"}
    if fits:
        first = f"Benefit and cost make this return, read as {words_of[fits[0]]}."
    else:
        net = combined(lambda m: m - 1, made)
        first = (
            f"Benefit and cost do not make it: they make {words_with_ends(made, '')} gross "
            f"and {words_with_ends(net, '')} net, not {claim.a_pound.value:g}."
        )
    share = combined(lambda b, c: c / b, benefit, cost)
    return (first, _cash_sentence(claim, share)), bool(fits)


def implied_by_spread(claim: SpreadClaim) -> Implied:
    """Return what two returns at two spreads imply of the cost that comes with each ward."""
    first, second = sorted(claim.returns.items())
    lines: list[Line] = []
    means: list[str] = []
    for reading in _readings(claim.reading):
        lines += _spread_lines(first, second, reading)
        means.append(_spread_sentence(first, second, reading))
    even = break_even_spread(first, 0.0, _readings(claim.reading)[0])
    means.append(f"If all the cost is fixed, it pays for itself from {words(even, '%')} of wards.")
    holds = any(extra_cost_of_spread(first, second, reading) for reading in _readings(claim.reading))
    shown, why = cash_stated(claim.cash)
    return Implied(
        claim.name,
        " and ".join(f"{_pounds_each(r)} for each £1 at {s:.0%} of wards" for s, r in (first, second)),
        "unsized",
        tuple(means),
        tuple(lines),
        holds,
        CashReading(shown, None, why),
        (
            "the cost and the benefit: no amount is given",
            *(() if claim.reading else (_GROSS_OR_NET,)),
            *_UNKNOWN,
        ),
        _SPREAD_RESTS_ON,
    )


def _spread_lines(first: Point, second: Point, reading: Reading) -> list[Line]:
    extra = extra_cost_of_spread(first, second, reading)
    fixed = return_at(second[0], first, 0.0, reading)
    even = break_even_spread(first, 0.0, reading)
    cash = cash_share_to_break_even(first[1], reading)
    lines = [
        Line(f"return at {second[0]:.0%} if all the cost is fixed", fixed, "", reading),
        Line("wards from which it pays, if all the cost is fixed", even, "%", reading),
        Line(f"share that must be cash to break even at {first[0]:.0%}", cash, "%", reading),
    ]
    if extra is not None:
        shown = Figure(max(extra.value, extra.low), extra.low, extra.high)
        lines.append(Line("extra cost of all wards, of the fixed cost", shown, "%", reading))
        even = combined(lambda v: break_even_spread(first, v, reading).value, shown)
        lines.append(Line("wards from which it pays, with that extra cost", even, "%", reading))
    return lines


def _spread_sentence(first: Point, second: Point, reading: Reading) -> str:
    fixed, extra = return_at(second[0], first, 0.0, reading), extra_cost_of_spread(first, second, reading)
    written = second[1]
    said = f"Read as {reading}: if all the cost is fixed, {second[0]:.0%} of wards return {fixed.value:.2f}, "
    said += f"{'which rounds' if written.meets(fixed) else 'which does not round'} to {written.value:g}; "
    if extra is None:
        return said + "no cost of the extra wards makes both figures."
    if extra.value < 0:
        exact = extra_cost_of_spread((first[0], exactly(first[1].value)), second, reading)
        known = (
            f" ({number_words(exact.high, '%')} if {first[1].value:g} is exact)" if exact is not None else ""
        )
        return said + (
            f"an exact {written.value:.2f} is impossible, but its rounding allows each ward to cost extra, all of them "
            f"together up to {number_words(extra.high, '%')} of the fixed cost{known}."
        )
    most = number_words(extra.high, "%") if extra.high < inf else "any amount"
    return said + (
        f"an exact {written.value:.2f} needs an extra cost of all wards of {number_words(extra.value, '%')} of the "
        f"fixed cost, and its rounding allows {number_words(extra.low, '%')} to {most}."
    )
