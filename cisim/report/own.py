"""The headlines in the service's own currency: beds, waits, breaches and patients, before anything is in pounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.analysis import NOT_COUNTED, own_currency
from cisim.report.answer import case_names
from cisim.report.content import Bullets, Cell, Part, Section, Table, Text, measured, text

if TYPE_CHECKING:
    from cisim.runs import Results
    from cisim.value import Book

__all__ = ["own"]


def own(results: Results, book: Book) -> Section | None:
    """Return the section on beds, waits and patients of each option; None where nothing was valued."""
    value = results.question.value
    if value is None or not book.lines:
        return None
    rows: list[tuple[Cell, ...]] = []
    counted: set[str] = set()
    for option in book.options:
        rows.append((text(option),))
        found = own_currency(
            results.measures, book, option, case=case_names(results)[0], service=results.service
        )
        for one in found:
            counted.add(one.what)
            now = (
                Cell("")
                if one.now is None
                else measured(one.now.value, one.now.low, one.now.high, one.now.unit)
            )
            change = measured(one.change.value, one.change.low, one.change.high, one.change.unit, sign=True)
            rows.append((text(one.what), text(one.where), now, change))
    caption = (
        "Beds are means over the years; waits, shares and patients are those of the whole effect, beside now."
    )
    table = Table(
        "own-currency", caption, ("what", "where", "now", "change"), tuple(rows), (2, 3), (2, 3), wide=True
    )
    left = tuple(
        (what, why) for what, why in NOT_COUNTED.items() if not any(what in name for name in counted)
    )
    parts: list[Part] = [
        Text("What each choice does to beds, waits and patients, before any pounds."),
        table,
    ]
    return Section("own", "In the service's own currency", [*parts, *((Bullets(left),) if left else ())])
