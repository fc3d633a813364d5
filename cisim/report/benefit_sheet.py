"""The workbook's sheet of net benefit: health and money set against each other at each value of a QALY, live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.report.cells import Live, at
from cisim.report.summary_sheet import LOW
from cisim.value import POUNDS_PER_QALY, net_benefits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cisim.report.cells import Sheet
    from cisim.report.ledger_sheet import Valued

__all__ = ["WIDTHS", "net_benefit"]

WIDTHS = (8, 40, 16, 58, 20, 20, 16)
FIRST = 4
Places = dict[str, tuple[int, float]]
"""Row on the summary, and value, of a figure by its name."""


def net_benefit(sheet: Sheet, told: Valued, places: Mapping[str, Places], front: str) -> None:
    """Write each option's net monetary and net health benefit at each value of a QALY.

    Parameters
    ----------
    sheet : Sheet
    told : Valued
    places : mapping of option to Places
        Of the summary: the net present value and the QALYs.
    front : str
        Name of the summary's sheet.
    """
    view = told.view
    sheet.title(
        "Net benefit: health and money at each value of a QALY",
        f"Money as {view.name} counts it, present values. Net monetary benefit = net present value + (this value of a"
        " QALY - the perspective's own) x QALYs; net health benefit is that over the value of a QALY. Change a blue"
        " value and all follows. The chance is counted on the draws.",
        6,
    )
    heads = (
        "Option", "Name", "£ for a QALY", "Whose value", "Net monetary benefit", "Net health benefit, QALYs",
        "Chance above 0",
    )  # fmt: skip
    sheet.heads(FIRST - 1, heads, (2, 4, 5, 6))
    sheet.made.freeze_panes(FIRST, 2)
    row = FIRST
    own = view.pounds_per_qaly[0] if view.pounds_per_qaly is not None else 0.0
    for option, name in told.options.items():
        chances = net_benefits(told.book, name, view)["probability"]
        npv, qalys = places[option]["npv"], places[option]["qalys"]
        for pounds, whose in POUNDS_PER_QALY.items():
            value = npv[1] + (pounds - own) * qalys[1]
            worth = at(row, 2)
            money = f"={at(npv[0], 2, front)}+({worth}-N({at(LOW, 2, front)}))*{at(qalys[0], 2, front)}"
            sheet.words(row, 0, option)
            sheet.words(row, 1, name)
            sheet.number(row, 2, pounds, "£")
            sheet.words(row, 3, whose)
            sheet.live(row, 4, Live(money, value), "£")
            sheet.live(row, 5, Live(f"={at(row, 4)}/{worth}", value / pounds), "QALY")
            sheet.number(row, 6, float(chances[pounds]), "share")
            row += 1
        row += 1
