"""The pages: a run told to whoever must act on it, and in the few sentences that the terminal prints.

Nothing is worked out here that `cisim.analysis` and `cisim.value` have not worked out: this room chooses,
rounds and says. `write_report` writes RUN/report.html, all of it, with its figures and tables; `answer` is the
sentences and the few numbers at its head. `write_pages` writes what is printed too: the board's two sheets and
the ward team's one, in the words of a `frame`; and with `write_workbook` the ledger as a spreadsheet of live
formulas. `stops` finds what would make a reader of a page stop. `write_calibration` writes the page of a calibration
study, `write_before_after` that of a change already made, and `write_fitness` that
of what a fitted model is fit for.
"""

from cisim.report.answer import Answer, answer
from cisim.report.before_after import before_after_answer, write_before_after
from cisim.report.calibration import told_number, write_calibration
from cisim.report.fitness import write_fitness
from cisim.report.frames import FRAMES, Frame, frame
from cisim.report.page import write_report
from cisim.report.pilot_words import amount_text, pilot_words, verdict_words
from cisim.report.records import write_described, write_quality
from cisim.report.stoppers import Stop, stops
from cisim.report.workbook import write_workbook
from cisim.report.writing import Written, write_pages

__all__ = [
    "FRAMES",
    "Answer",
    "Frame",
    "Stop",
    "Written",
    "amount_text",
    "answer",
    "before_after_answer",
    "frame",
    "pilot_words",
    "stops",
    "told_number",
    "verdict_words",
    "write_before_after",
    "write_calibration",
    "write_described",
    "write_fitness",
    "write_pages",
    "write_quality",
    "write_report",
    "write_workbook",
]
