"""What the release is worth, option by option, and who gains and who pays."""

# ruff: noqa: RUF001, RUF002 - a true minus sign is meant
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.analysis import costs, not_cash
from cisim.report.content import Bullets, Cell, Note, Part, Picture, Section, Table, Text, measured, text
from cisim.report.figures import Spread, distributions
from cisim.report.words import MISSING, chance, day_text, money, patients_words, quantity
from cisim.spec import Avoid, Close, Redeploy, Reinvest
from cisim.value import book_of, perspective, who_gains, worth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cisim.runs import Results
    from cisim.spec import Value
    from cisim.value import Book, Figure, Worth

__all__ = ["owners", "valuations", "worths"]

FORMULAE = (
    ("Cash return", "cash that escapes ÷ cash cost of the change, of running it and of the action."),
    (
        "Service return on direct cost",
        "all benefit (cash, other money and health where it is priced) ÷ direct cost.",
    ),
    (
        "Service return on all cost",
        "the same benefit ÷ (direct cost + indirect cost: the time of staff already employed).",
    ),
    (
        "Net present value",
        "all benefit − direct cost − indirect cost (the last only where the point of view counts it).",
    ),
    (
        "Payback",
        "the first year in which cash, summed from the start and not discounted, is back above zero.",
    ),
    (
        "Return",
        "is pounds of benefit for each pound of cost over the horizon; less one, it is the net return.",
    ),
)


def valuations(results: Results, book: Book | None = None) -> list[Worth]:
    """Return the worth of every option under the value file's own perspective; with `book`, of that ledger."""
    value = results.question.value
    if value is None or results.ledger.empty:
        return []
    view = perspective(value.perspective, organisation=value.organisation)
    known = book_of(results.ledger) if book is None else book
    return [worth(known, o.name, view, cash_target=value.cash_target) for o in value.options]


def worths(results: Results, found: list[Worth]) -> Section | None:
    """Return the section that sets the options side by side; None where nothing was valued."""
    title = "What it is worth if closed, reinvested or held"
    value = results.question.value
    if value is None or not found:
        return None
    parts: list[Part] = [Text(_view(value, found[0])), _options(value), _table(results, found)]
    parts += [_picture(found), Bullets(FORMULAE)]
    unpriced = sorted({s for w in found for s in _sentences(w.words) if s.startswith("Not priced")})
    parts += [Note(s) for s in unpriced]
    return Section("worth", title, parts)


def _sentences(words: str) -> list[str]:
    return [s.rstrip(".") + "." for s in words.split(". ")]


def _view(value: Value, one: Worth) -> str:
    p = one.perspective
    health = f" and health at {p.health.name}" if p.pounds_per_qaly else ""
    years = f"{value.years} year{'s' * (value.years != 1)}"
    return (
        f"Seen from one point of view, {p.name}: {p.words}. Over {years} from {value.first_year}, in"
        " pounds of"
        f" {value.price_year}, money discounted at {p.money.name}{health}. Each figure is the mean over"
        f" {len(one.draws):,} draws, with the range that holds 95 in 100 of them below. Cash that leaves"
        " a budget is"
        " told apart from worth that does not, and the two are not added together in any line called cash."
    )


def _options(value: Value) -> Bullets:
    items = []
    for option in value.options:
        if isinstance(option, Close):
            steps = f"{option.steps} x {option.step}" if isinstance(option.steps, int) else "the most"
            what = f"close {option.step if option.steps == 1 else steps} places of {option.pool}"
            if option.named:
                days = option.dates or ((option.date,) if option.date else ())
                what += f"; cash from the budget line '{option.budget_line}', held by {option.holder},"
                what += f" from {', '.join(day_text(day) for day in days)}"
            else:
                what += "; no budget line, holder and date are all named, so it is room and no cash"
        elif isinstance(option, Reinvest):
            what = f"treat up to {patients_words(option.patients)} named extra patients a year on {option.pathway}"
        elif isinstance(option, Redeploy):
            what = (
                f"move {option.step * option.steps} places of {option.pool} to {option.to}; what they do is"
            )
            what += " counted there, once"
        elif isinstance(option, Avoid):
            what = f"a cost that would have begun on {day_text(option.begins)} does not come; it is no cash"
        else:
            what = "decide nothing: keep the room open and see who comes"
        items.append((option.name, what + "."))
    return Bullets(tuple(items))


def _figure(figure: Figure | None) -> Cell:
    return (
        Cell(MISSING, raw=("", "", ""))
        if figure is None
        else measured(figure.value, figure.low, figure.high, figure.unit)
    )


def _draws(values: NDArray[np.float64]) -> Cell:
    low, high = np.quantile(values, [0.025, 0.975])
    return measured(float(values.mean()), float(low), float(high), "£")


def _return(figure: Figure | None) -> Cell:
    if figure is None or not np.isfinite(figure.value):
        return Cell("no cost to set it against", raw=("", "", ""))
    cell = measured(figure.value, figure.low, figure.high, "£")
    low, high = (_pence(v) if np.isfinite(v) else "" for v in (figure.low, figure.high))
    ends = f"{low} to {high}" if low and high and low != high else ""
    return Cell(f"{_pence(figure.value)} for £1", ends, cell.raw)


def _pence(amount: float) -> str:
    """Return pounds and pence.

    >>> _pence(-1.234), _pence(0.001)
    ('−£1.23', '£0.00')
    """
    size = f"{abs(amount):,.2f}"
    return f"{'−' if amount < 0 and float(size.replace(',', '')) else ''}£{size}"


def _payback(figure: Figure | None) -> Cell:
    if figure is None or not np.isfinite(figure.value):
        nothing = figure is not None and "nothing to pay back" in figure.words
        return Cell("nothing to pay back" if nothing else "not within the horizon", raw=("", "", ""))
    early, late = (f"year {v:.0f}" if np.isfinite(v) else "never" for v in (figure.low, figure.high))
    return Cell(
        f"in year {figure.value:.0f}",
        f"{early} to {late}" if early != late else "",
        measured(*figure[:3], "").raw,
    )


def _other_money(results: Results) -> str:
    value = results.question.value
    avoided = value is not None and any(isinstance(option, Avoid) for option in value.options)
    outcomes = value is not None and any(outcome.kind != "unmonetised" for outcome in value.outcomes)
    more = [words for there, words in ((avoided, "costs avoided"), (outcomes, "outcomes")) if there]
    return f"other money: income less cost of extra patients{', and ' + ' and '.join(more) if more else ''}"


def _unpriced(found: list[Worth]) -> list[tuple[Cell, ...]]:
    """Return rows of what is told and not added up here: carbon and deaths, where outcomes hold them."""
    names = (("carbon", "carbon dioxide more or less (tonnes)"), ("deaths", "deaths more or fewer"))
    return [
        (text(words), *(_figure(w.figures.get(name)) for w in found))
        for name, words in names
        if any(name in w.figures for w in found)
    ]


def _table(results: Results, found: list[Worth]) -> Table:
    spent = [costs(results.ledger, w.option, w.perspective) for w in found]
    zero = [
        all(not c[use, cash].any() for c in spent) for use, cash in (("one_off", True), ("running", False))
    ]

    def row(name: str, cells: list[Cell]) -> tuple[Cell, ...]:
        return (text(name), *cells)

    def paid(name: str, use: str, *, cash: bool) -> tuple[Cell, ...]:
        return row(name, [_draws(c[use, cash]) for c in spent])

    rows: list[tuple[Cell, ...]] = [
        (text("Cash-releasing"),),
        row("cash that escapes", [_figure(w.figures["cash_benefit"]) for w in found]),
        (text("Not cash-releasing"),),
        row(_other_money(results), [_draws(not_cash(w.draws)) for w in found]),
        row("health gained (QALYs)", [_figure(w.figures["qalys"]) for w in found]),
        *_unpriced(found),
        (text("Costs"),),
        paid("programme, direct (paid)", "programme", cash=True),
        paid("programme, indirect (staff time)", "programme", cash=False),
        paid("running the new way (paid)", "running", cash=True),
    ]
    if not zero[1]:
        rows.append(paid("running the new way (staff time)", "running", cash=False))
    if not zero[0]:
        rows.append(paid("the action itself, once", "one_off", cash=True))
    for cash, told in ((True, "paid"), (False, "staff time")):
        if any(c["optimism", cash].any() for c in spent):
            rows.append(paid(f"what such costs turn out above plan ({told})", "optimism", cash=cash))
    rows += [
        (text("Altogether, from this point of view"),),
        row("net present value", [_figure(w.figures["npv"]) for w in found]),
    ]
    worth_of = found[0].perspective.pounds_per_qaly
    if worth_of is not None and worth_of[1] > worth_of[0]:
        rows.append(
            row(
                f"the same at {money(worth_of[1])} a QALY",
                [_figure(w.figures.get("npv_high")) for w in found],
            )
        )
    chances = [w.figures["probability_npv_positive"] for w in found]
    rows += [
        row(
            "chance that it is above zero",
            [Cell(f"{chance(f.value)}", raw=(f.value, f.low, f.high)) for f in chances],
        ),
        row("cash return", [_return(w.figures["cash_return"]) for w in found]),
        row("service return on direct cost", [_return(w.figures["service_return_direct"]) for w in found]),
        row("service return on all cost", [_return(w.figures["service_return_all"]) for w in found]),
        row("payback in cash", [_payback(w.figures["payback"]) for w in found]),
    ]
    target = [w.figures.get("probability_target") for w in found]
    if (
        all(f is not None for f in target)
        and results.question.value
        and results.question.value.cash_target is not None
    ):
        name = f"chance of reaching the cash target of {money(results.question.value.cash_target)}"
        rows.append(
            row(name, [Cell(chance(f.value), raw=(f.value, f.low, f.high)) for f in target if f is not None])
        )
    across = tuple(range(1, len(found) + 1))
    caption = (
        "The options side by side. No line adds cash to what is not cash but the ones under 'altogether'."
    )
    return Table(
        "worth",
        caption,
        ("present value over the horizon", *(w.option for w in found)),
        tuple(rows),
        across,
        across,
        wide=True,
    )


def _picture(found: list[Worth]) -> Picture:
    rows = []
    for one in found:
        npv = one.figures["npv"]
        likely = chance(one.figures["probability_npv_positive"].value)
        note = f"mean {money(npv.value)}\nabove zero in\n{likely} draws"
        values = np.asarray(one.draws["npv"], float)
        rows.append(Spread(one.option, values, npv.low, npv.value, npv.high, note))
    label = "; ".join(f"{w.option}: {w.figures['npv'].words}" for w in found)
    svg = distributions(
        "npv", label, rows, f"net present value over {found[0].years} years ({found[0].perspective.name})"
    )
    caption = (
        "How the net present value falls out over the draws of what is not known and the luck of the"
        " runs. The dot is"
        " the mean, the black line holds 95 in 100 draws; what lies left of zero is a loss."
    )
    return Picture("npv", caption, svg)


def owners(results: Results) -> Section | None:
    """Return the section on who gains and who pays; None where nothing was valued."""
    title = "Who gains and who pays"
    if results.question.value is None or results.ledger.empty:
        return None
    gains = who_gains(results.ledger)
    rows: list[tuple[Cell, ...]] = []
    for option in dict.fromkeys(gains["scenario"]):
        mine = gains[gains["scenario"] == option]
        rows.append((text(str(option)),))
        for _, one in mine.iterrows():
            amounts = [float(one[c]) for c in ("cash", "other_money", "transfers", "societal")]
            health = float(one["qalys"])
            rows.append(
                (
                    text(str(one["owner"])),
                    *(Cell(money(a) if abs(a) >= 0.5 else "–", raw=(a,)) for a in amounts),
                    Cell(quantity(health, "") if abs(health) > 1e-9 else "–", raw=(health,)),
                )
            )
        total = float(mine["transfers"].sum())
        moved = text(money(total) if abs(total) >= 0.5 else "£0")
        rows.append(
            (text("all payments between owners, summed", "sum"), *(text(""),) * 2, moved, *(text(""),) * 2)
        )
    caption = (
        "Mean over the draws, summed over the horizon and not discounted. What one owner pays another is"
        " a payment"
        " between owners: it makes nobody better off as a whole, so it sums to zero. Cash and other"
        " money are not added."
    )
    columns = (
        "owner", "cash", "other money", "of it paid between owners", "worth to society", "health (QALYs)",
    )  # fmt: skip
    return Section("owners", title, [Table("owners", caption, columns, tuple(rows), right=(1, 2, 3, 4, 5))])
