"""The first sheets of the workbook: what it is, and each option's headline figures over the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.report.accounts import ACCOUNTS, FIGURES, HEALTH, SOCIETY, USES, account, counts
from cisim.report.cells import Live, Range, Sheet, at, safe_names
from cisim.report.ledger_sheet import EVERYBODY, OWNERS_AT, SOCIETY_AT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cisim.report.ledger_sheet import Valued
    from cisim.report.view_sheets import Check, Years

__all__ = ["WIDTHS", "read_me", "summary"]

Floats = NDArray[np.float64]
Found = dict[str, tuple[str, float]]
"""Figures that were written: their cells and values."""

WIDTHS = (8, 46, 18, 16, 18, 13, 44, 36)
"""Of the summary's columns."""
TERMS = 3
LOW, HIGH, STAFF = 4, 5, 6
"""Rows of the terms: the owners, a QALY's low and high worth, and whether staff time is a cost."""
NO_COST = "no cost"
CHECKS_FIRST = 4
"""The first row of the sheet 'Checks'."""


class Row(NamedTuple):
    """One figure of one option: its name, cell, values on the draws, unit, how it is worked out, its accounts."""

    words: str
    cell: Live
    draws: Floats | None
    unit: str
    how: str
    accounts: tuple[str, ...]
    bold: bool = False


Put = Callable[[str, Row], tuple[str, Row]]


def summary(
    sheet: Sheet, told: Valued, rows: Range, years: Years, checks: Sequence[Check]
) -> dict[str, dict[str, tuple[int, float]]]:
    """Write the terms, the options beside each other, each option's figures, and what was checked.

    Returns the row and value of each figure, by option and name.
    """
    sheet.title(
        f"{told.results.question.experiment.experiment}: {told.value.value}",
        f"{told.results.question.experiment.question} Means over {told.book.draws:,} draws. Cash and what is no cash"
        " stand apart; health is in QALYs until a perspective values it. P10 and P90 come from the draws and do"
        " not add up.",
        6,
    )
    _terms(sheet, told)
    top = 11
    first = top + len(told.options) + 4
    heads = (
        "Option",
        "Name",
        "Net present value",
        "Net cash",
        "Cash that leaves budgets",
        "",
        "Health, QALYs",
    )
    sheet.heads(top, heads, (2, 3, 4, 6))
    sheet.made.set_row(top, 32)
    row, places = first, dict[str, dict[str, tuple[int, float]]]()
    for option in told.options:
        places[option], row = _option(sheet, told, rows, years, option, row)
    for i, (option, name) in enumerate(told.options.items()):
        line = top + 1 + i
        sheet.words(line, 0, option)
        sheet.words(line, 1, name)
        for column, figure in ((2, "npv"), (3, "net_cash"), (4, "cash_benefit"), (5, "qalys")):
            at_row, value = places[option][figure]
            unit = "QALY" if figure == "qalys" else "£"
            sheet.live(line, column, Live(f"={at(at_row, 2)}", value), unit)
    count = _checks(sheet, told, years, {o: places[o]["npv"][0] for o in told.options}, checks)
    where = f"Checks!$D${CHECKS_FIRST + 1}:$D${CHECKS_FIRST + count}"
    formula = f'=IF(COUNTIF({where},"agrees")={count},"all {count} agree","LOOK at the sheet Checks")'
    sheet.words(STAFF + 3, 1, "Checks of this workbook")
    sheet.live(STAFF + 3, 2, Live(formula, f"all {count} agree"), "words")
    return places


def _terms(sheet: Sheet, told: Valued) -> None:
    view = told.view
    top, left, right = OWNERS_AT
    sheet.words(TERMS - 1, 1, f"Perspective: {view.name}", "head")
    sheet.across(TERMS - 1, 2, 7, view.words)
    sheet.words(top, 1, "Whose money counts")
    for column, owner in zip(range(left, right + 1), _owners(told), strict=False):
        sheet.words(top, column, owner)
    worth = view.pounds_per_qaly
    for row, words, end in ((LOW, "Pounds for a QALY", 0), (HIGH, "Pounds for a QALY, upper value", 1)):
        sheet.words(row, 1, words)
        if worth is None:
            sheet.words(row, 2, "not priced")
        else:
            sheet.number(row, 2, worth[end], "£")
    sheet.words(STAFF, 1, "Staff time counts as a cost (1 yes, 0 no)")
    sheet.number(STAFF, 2, float(view.staff_time), "year")
    span = f"{told.value.years} year{'s' * (told.value.years != 1)} from {told.value.first_year}"
    sheet.words(SOCIETY_AT[0], 1, "Worth to society counts (1 yes, 0 no)")
    sheet.number(*SOCIETY_AT, float(view.societal), "year")
    sheet.words(STAFF + 2, 1, "Horizon and prices")
    sheet.across(STAFF + 2, 2, 4, f"{span}, pounds of {told.value.price_year}")


def _owners(told: Valued) -> tuple[str, ...]:
    if told.view.owners is None:
        return (EVERYBODY,)
    known = safe_names(line.owner for line in told.book.lines)
    return tuple(known.get(owner, owner) for owner in told.view.owners)


def _option(
    sheet: Sheet, told: Valued, rows: Range, years: Years, option: str, row: int
) -> tuple[dict[str, tuple[int, float]], int]:
    """Write an option's figures; return the row and value of those named, and the next free row."""
    heads = (
        option,
        told.options[option],
        "Mean",
        "P10",
        "P90",
        "Unit",
        "How it is worked out",
        "Ledger lines",
    )
    for i, words in enumerate(heads):
        sheet.words(row, i, words, "band")
    places: dict[str, tuple[int, float]] = {}
    for name, one in _figures(told, rows, years, option, row + 1):
        row += 1
        kind = "total" if one.bold else ""
        sheet.words(row, 0, option, kind)
        sheet.words(row, 1, one.words, kind)
        if one.cell.formula:
            sheet.live(row, 2, one.cell, one.unit, kind)
        else:
            sheet.number(row, 2, float(one.cell.value), one.unit, kind)
        ends = (np.nan, np.nan) if one.draws is None else np.percentile(one.draws, [10, 90])
        for i, end in enumerate(ends):
            sheet.number(row, 3 + i, float(end), one.unit, kind)
        sheet.words(
            row, 5, {"£ each": "£ for £1", "QALY": "QALYs", "share": "of draws"}.get(one.unit, one.unit), kind
        )
        sheet.words(row, 6, one.how, kind)
        lines = told.made_of(option, one.accounts) if one.accounts else ""
        sheet.words(row, 7, lines, kind)
        sheet.tall(row, ((one.words, WIDTHS[1]), (one.how, WIDTHS[6]), (lines, WIDTHS[7])))
        value = one.cell.value
        places[name] = (row, value if isinstance(value, float) else float("nan"))
    return places, row + 2


def _draws(told: Valued, option: str) -> dict[str, Floats]:
    """Return each account's present value on every draw, as the perspective counts it."""
    book, view = told.book, told.view
    years = np.arange(book.years)
    out = {name: np.zeros(book.draws) for name in ACCOUNTS}
    for line in book.of_option(told.options[option]):
        if counts(line, view):
            factor = (view.health if line.currency == "QALY" else view.money).factor(years)
            out[account(line)] = out[account(line)] + line.summed(factor)
    return out


def _figures(told: Valued, rows: Range, years: Years, option: str, first: int) -> Iterator[tuple[str, Row]]:
    draws = _draws(told, option)
    row, found = first, dict[str, tuple[str, float]]()

    def put(name: str, one: Row) -> tuple[str, Row]:
        nonlocal row
        value = one.cell.value
        found[name] = (at(row, 2, fixed=False), value if isinstance(value, float) else float("nan"))
        row += 1
        return name, one

    def of_ledger(name: str) -> Row:
        """Return a figure that is one account of the ledger."""
        (part, sign) = next(iter(FIGURES[name].accounts.items()))
        where = [("option", at(row, 0), option), ("account", f'"{part}"', part)]
        cell = rows.total("present", where, sign)
        unit = "QALY" if part == HEALTH else "£"
        how = f"present value of the ledger's rows of account '{part}'"
        return Row(FIGURES[name].words, cell, sign * draws[part], unit, how, (part,))

    yield put("cash_benefit", of_ledger("cash_benefit"))
    yield put("cash_cost", of_ledger("cash_cost"))
    paid, cash = found["cash_cost"], found["cash_benefit"]
    net = Live(f"={cash[0]}-{paid[0]}", cash[1] - paid[1])
    both = draws["cash benefit"] + draws["cash cost"]
    accounts = tuple(FIGURES["net_cash"].accounts)
    yield put(
        "net_cash",
        Row("Net cash", net, both, "£", "cash that leaves budgets - cash cost", accounts, bold=True),
    )
    yield put("other_benefit", of_ledger("other_benefit"))
    if SOCIETY in set(told.frame["account"]):
        yield put("societal_benefit", of_ledger("societal_benefit"))
    yield put("indirect_cost", of_ledger("indirect_cost"))
    yield put("qalys", of_ledger("qalys"))
    yield from _worth(told, draws, found, put)
    yield from _returns(draws, told, found, put)
    yield put(
        "payback",
        Row("Year in which cash is paid back", years.payback[option], None, "year", _PAID, accounts),
    )
    npv = _npv(told, draws)
    share = float((npv > 0).mean())
    how = "counted on the draws: it cannot be worked out from means"
    yield put(
        "chance", Row("Chance that the net present value is above 0", Live("", share), None, "share", how, ())
    )


_PAID = (
    "first year from which cash, summed from the start and not discounted, stays at or above 0; sheet By year"
)


def _npv(told: Valued, draws: dict[str, Floats], end: int = 0) -> Floats:
    worth = told.view.pounds_per_qaly
    health = worth[end] * draws[HEALTH] if worth else 0.0 * draws[HEALTH]
    time = draws["indirect cost"] if told.view.staff_time else 0.0
    return np.asarray(_benefit(told, draws) + draws["cash cost"] + time + health - _health(told, draws))


def _health(told: Valued, draws: dict[str, Floats]) -> Floats:
    worth = told.view.pounds_per_qaly
    return worth[0] * draws[HEALTH] if worth else 0.0 * draws[HEALTH]


def _benefit(told: Valued, draws: dict[str, Floats]) -> Floats:
    """Return all service benefit, health at its lower worth."""
    money = draws["cash benefit"] + draws["other benefit"] + draws[SOCIETY]
    return np.asarray(money + _health(told, draws))


def _worth(told: Valued, draws: dict[str, Floats], found: Found, put: Put) -> Iterator[tuple[str, Row]]:
    """Yield the valued health, all service benefit, and the net present value."""
    worth = told.view.pounds_per_qaly
    parts = ["cash_benefit", "other_benefit"] + ["societal_benefit"] * ("societal_benefit" in found)
    qalys = found["qalys"]
    if worth is not None:
        cell = Live(f"={qalys[0]}*{at(LOW, 2)}", qalys[1] * worth[0])
        how = "health gained x pounds for a QALY"
        yield put("health_worth", Row("Health in pounds", cell, _health(told, draws), "£", how, (HEALTH,)))
        parts.append("health_worth")
    cell = Live("=" + "+".join(found[p][0] for p in parts), sum(found[p][1] for p in parts))
    how = "cash that leaves budgets + other benefit" + " + societal benefit" * ("societal_benefit" in parts)
    how += " + health in pounds" * (worth is not None)
    accounts = tuple(a for a in FIGURES["service_benefit"].accounts if a != HEALTH or worth is not None)
    whole = FIGURES["service_benefit"].words
    yield put("service_benefit", Row(whole, cell, _benefit(told, draws), "£", how, accounts, bold=True))
    benefit, paid, time = (found[n] for n in ("service_benefit", "cash_cost", "indirect_cost"))
    counted = time[1] if told.view.staff_time else 0.0
    formula = f"={benefit[0]}-{paid[0]}-{at(STAFF, 2)}*{time[0]}"
    cell = Live(formula, benefit[1] - paid[1] - counted)
    how = "all service benefit - cash cost" + " - indirect cost" * told.view.staff_time
    accounts = (*accounts, "cash cost", *(("indirect cost",) * told.view.staff_time))
    words = FIGURES["npv"].words
    yield put("npv", Row(words, cell, _npv(told, draws), "£", how, accounts, bold=True))
    if worth is not None and worth[1] > worth[0]:
        more = f"={found['npv'][0]}+{qalys[0]}*({at(HIGH, 2)}-{at(LOW, 2)})"
        cell = Live(more, found["npv"][1] + qalys[1] * (worth[1] - worth[0]))
        high = "Net present value, health at its upper worth"
        yield put(
            "npv_high", Row(high, cell, _npv(told, draws, 1), "£", "the same, at the upper worth", accounts)
        )


def _returns(draws: dict[str, Floats], told: Valued, found: Found, put: Put) -> Iterator[tuple[str, Row]]:
    """Yield the three returns: ratios of means, never means of ratios."""
    cash, paid, time = draws["cash benefit"], -draws["cash cost"], -draws["indirect cost"]
    whole = _benefit(told, draws)
    kinds = {
        "cash_return": ("Cash return for £1 of cash cost", "cash_benefit", ("cash_cost",), cash, paid),
        "service_return_direct": (
            "Service return for £1 of cash cost",
            "service_benefit",
            ("cash_cost",),
            whole,
            paid,
        ),
        "service_return_all": (
            "Service return for £1 of all cost",
            "service_benefit",
            ("cash_cost", "indirect_cost"),
            whole,
            paid + time,
        ),
    }
    for name, (words, gain, costs, above, below) in kinds.items():
        cost = sum(found[c][1] for c in costs)
        over = "+".join(found[c][0] for c in costs)
        value: float | str = found[gain][1] / cost if cost > 0 else NO_COST
        cell = Live(f'=IF(({over})>0,{found[gain][0]}/({over}),"{NO_COST}")', value)
        ratios = above / below if bool((below > 0).all()) else None
        told_words = " + ".join(c.replace("_", " ") for c in costs)
        how = f"{gain.replace('_', ' ')} / ({told_words}): of the means, never the mean of ratios"
        yield put(name, Row(words, cell, ratios, "£ each", how, ()))


def _checks(front: Sheet, told: Valued, years: Years, npv: dict[str, int], checks: Sequence[Check]) -> int:
    """Write what must be zero: against the run, over the years, and in each view; return how many there are."""
    sheet = front.paper.sheet("Checks", (8, 90, 18, 14), tall=True)
    sheet.title(
        "Checks: what must be zero",
        "Each is worked out anew with the workbook. After a number was changed, the first kind shows by how much the"
        " answer moved.",
        3,
    )
    sheet.heads(CHECKS_FIRST - 1, ("", "What", "Difference", ""), (2,))
    sheet.made.freeze_panes(CHECKS_FIRST, 0)
    every = []
    for option, name in told.options.items():
        here = at(npv[option], 2, front.name)
        kept = told.results.summary.get(f"npv:{name}")
        if kept is not None and kept["value"] is not None:
            words = f"Net present value, option {option}: less what the run itself found"
            every.append((words, f"={here}-{float(kept['value'])!r}"))
        worth = years.present[option]
        parts = [worth[a] for a in ("cash benefit", "other benefit", SOCIETY, "cash cost") if a in worth]
        parts.append(f"{at(STAFF, 2, front.name)}*{worth['indirect cost']}")
        parts.append(f"N({at(LOW, 2, front.name)})*{worth[HEALTH]}")
        words = f"Net present value, option {option}: less the same added up year by year"
        every.append((words, f"={here}-({'+'.join(parts)})"))
    for i, (words, formula) in enumerate([*every, *checks]):
        row = CHECKS_FIRST + i
        sheet.words(row, 1, words)
        sheet.live(row, 2, Live(formula, 0.0), "£ each")
        sheet.live(row, 3, Live(f'=IF(ABS({at(row, 2)})<0.005,"agrees","LOOK")', "agrees"), "words")
    return len(every) + len(checks)


_SPREAD = "P10 and P90 hold 8 draws in 10 between them. They do not add up, so only means are totalled."
_STEPS = (
    "step one: the summary names the ledger lines of each figure; its formula adds them up, and filtering the ledger by"
    " option and account shows them. Step two: click a line's id for its source."
)
_APART = (
    "cash to what is no cash, and QALYs to pounds. The net present value adds up what its perspective counts, and says"
    " how."
)


def read_me(sheet: Sheet, told: Valued, sheets: dict[str, str]) -> None:
    """Write what the workbook is, in plain words."""
    results, value = told.results, told.value
    sheet.title("What this workbook is", results.question.experiment.question, 1)
    view = told.view
    rates = f"money at {view.money.name} a year, health at {view.health.name}; the first year counts in full"
    made = f"cisim {results.manifest['cisim']}, seed {results.manifest['seed']}"
    rows = {
        "What it holds": f"what each option of '{value.value}' is worth, line by line, from a simulation.",
        "Point of view": f"{view.name}: {view.words}.",
        "Prices": f"pounds of {value.price_year}, no inflation. {told.book.years} years from {told.book.first_year}.",
        "Later years": f"discounted: {rates} ({view.money.source}).",
        "How sure": f"every mean is over {told.book.draws:,} draws of what is not known. {_SPREAD}",
        "To follow a figure": _STEPS,
        "Colours": "blue numbers come from the run. Black numbers are formulas: change a blue number, and they follow.",
        "Never added": _APART,
        "Made with": f"{made}, {results.manifest['replications']} replications of '{results.manifest['experiment']}'.",
    }
    row = 3
    for name, words in rows.items():
        row = _said(sheet, row, name, words)
    for head, terms in (("Sheet", sheets), ("Account", ACCOUNTS), ("Use", _uses(told))):
        row += 1
        sheet.words(row, 0, head, "head")
        sheet.words(row, 1, "what it holds", "head")
        row += 1
        for name, words in terms.items():
            row = _said(sheet, row, name, words)


def _said(sheet: Sheet, row: int, name: str, words: str) -> int:
    sheet.words(row, 0, name)
    sheet.words(row, 1, words[:1].upper() + words[1:])
    return row + 1


def _uses(told: Valued) -> dict[str, str]:
    return {use: USES[use] for use in dict.fromkeys(told.frame["use"]) if use in USES}
