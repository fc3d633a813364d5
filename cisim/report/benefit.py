"""Health and money set against each other, and what else a finance reader asks: rates, ratios, cash, cost a patient."""

# ruff: noqa: RUF001 - a true minus sign is meant
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.analysis import per_patient
from cisim.errors import ModelError
from cisim.report.answer import case_names
from cisim.report.content import Bullets, Cell, Part, Section, Table, Text, measured, text
from cisim.report.words import MISSING, chance, money, number, share
from cisim.value import POUNDS_PER_QALY, cost_per_qaly, internal_rate, net_benefits, perspective, worth

if TYPE_CHECKING:
    from cisim.runs import Results
    from cisim.value import Book, Worth

__all__ = ["benefit"]


def benefit(results: Results, found: list[Worth], book: Book) -> Section | None:
    """Return the section on net benefit, society's worth, rates of return, cash by year and cost for a patient."""
    value = results.question.value
    if value is None or not found:
        return None
    view = found[0].perspective
    parts: list[Part] = [
        Text(
            f"Net benefit is health in pounds plus money (or money in health), at each value of a QALY that somebody"
            f" holds to. Whose money: {view.name}, {view.words}; its own value of a QALY is not used."
        ),
        _net(book, found),
        Bullets(tuple((w.option, _per_qaly(book, w)) for w in found)),
        Text(
            "Seen by society as a whole, under the Green Book's own rates and values. Nothing here is added to a figure"
            " above."
        ),
        _society(results, found, book),
        Text(f"Cash of each year, as {view.name} counts it; nothing here is health or staff time."),
        _cash(found),
        *_patients(results, found, book),
    ]
    return Section("benefit", "Health and money, rates, and cost for a patient", parts)


def _net(book: Book, found: list[Worth]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        rows.append((text(one.option),))
        table = net_benefits(book, one.option, one.perspective)
        for pounds, r in zip(POUNDS_PER_QALY, table.to_dict("records"), strict=True):
            rows.append(
                (
                    Cell(money(pounds), POUNDS_PER_QALY[pounds], (pounds,)),
                    measured(r["money"], r["money_low"], r["money_high"], "£"),
                    measured(r["health"], r["health_low"], r["health_high"], ""),
                    Cell(chance(r["probability"]), raw=(r["probability"],)),
                )
            )
    columns = ("a QALY at", "net monetary benefit", "net health benefit (QALYs)", "above zero in draws")
    caption = (
        "Present values; ranges hold 95 in 100 draws. NICE's range for service change is 20 to 30 thousand."
    )
    return Table("net-benefit", caption, columns, tuple(rows), (1, 2, 3), (1, 2), wide=True)


def _per_qaly(book: Book, one: Worth) -> str:
    return cost_per_qaly(book, one.option, one.perspective).words.partition(": ")[2]


def _society(results: Results, found: list[Worth], book: Book) -> Table:
    value = results.question.value
    green = perspective("Green Book", organisation=value.organisation if value is not None else "provider")
    rows = []
    for one in found:
        seen = worth(book, one.option, green)
        ratio = seen.figures["service_return_all"]
        told = Cell("no cost") if not np.isfinite(ratio.value) else measured(*ratio[:3], "")
        rate = internal_rate(one.cash["mean"].to_numpy())
        rows.append(
            (
                text(one.option),
                measured(*seen.figures["npv"][:3], "£"),
                told,
                Cell(share(rate) if np.isfinite(rate) else "none", raw=(rate if np.isfinite(rate) else "",)),
            )
        )
    columns = ("option", "net present social value", "benefit-cost ratio", "internal rate of cash")
    caption = (
        f"{green.words}; money at {green.money.name}, health at {green.health.name}. The ratio is that of the means."
        " The internal rate is the one at which mean cash, as the perspective above counts it, is worth nothing: there"
        " is none where cash does not turn once from going out to coming in."
    )
    return Table("society", caption, columns, tuple(rows), (1, 2, 3), (1, 2))


def _cash(found: list[Worth]) -> Table:
    years = [str(y) for y in found[0].cash.index]
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        rows.append((text(one.option),))
        for name, column in (
            ("P10", "p10"),
            ("P50", "p50"),
            ("P90", "p90"),
            ("mean", "mean"),
            ("mean, summed", "cumulative"),
        ):
            values = one.cash[column].to_numpy(float)
            rows.append((text(name), *(Cell(money(v, 2), raw=(float(v),)) for v in values)))
    caption = "Pounds, not discounted; what is paid stands below zero. P10 is exceeded in nine draws of ten."
    return Table(
        "cash-by-year", caption, ("", *years), tuple(rows), tuple(range(1, len(years) + 1)), wide=True
    )


def _patients(results: Results, found: list[Worth], book: Book) -> list[Part]:
    value = results.question.value
    team, finance = (value.team, value.finance) if value is not None else (None, None)
    lines = finance.lines if finance is not None else ()
    spent = sum(line.a_year for line in lines) if lines else None
    rows = []
    try:
        for one in found:
            p = per_patient(
                results.measures, book, one.option, pathways=team.pathways if team is not None else (),
                case=case_names(results)[0], spent=spent,
            )  # fmt: skip
            then = [money(p.spent[k], 3) if p.spent else MISSING for k in ("before", "after")]
            all_told = f"{100 * p.spent['in_all']:+.1f}%".replace("-", "−") if p.spent else MISSING
            rows.append(
                (
                    text(one.option),
                    Cell(number(p.patients_then), f"{number(p.patients)} now", (p.patients_then,)),
                    Cell(money(p.each, 2), raw=(p.each,)),
                    Cell(money(p.each_week, 2), raw=(p.each_week,)),
                    Cell(then[1], f"{then[0]} now" if p.spent else "", (p.spent.get("after", ""),)),
                    Cell(all_told, raw=(p.spent.get("in_all", ""),)),
                )
            )
    except ModelError as error:
        return [Text(f"Cost for a patient cannot be told: {error}.")]
    columns = (
        "option", "patients a year", "the change, a patient", "the change, a patient week", "budget lines, a patient",
        "spent in all",
    )  # fmt: skip
    caption = (
        "What the change and the action cost in cash, over the patients treated and the weeks that they are there; and"
        " what the named budget lines hold, with the option's cash, over the same patients. A cost for a patient can"
        " fall while more is spent in all."
    )
    if spent is None:
        caption += (
            " What is spent now is in no file ('finance: lines:'), so the last two columns cannot be told."
        )
    return [Table("per-patient", caption, columns, tuple(rows), tuple(range(1, 6)), wide=True)]
