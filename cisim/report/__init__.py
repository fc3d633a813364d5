"""The report: a run told in one page that opens anywhere, and in the few sentences that the terminal prints.

Nothing is worked out here that `cisim.analysis` and `cisim.value` have not worked out: this room chooses,
rounds and says. `write_report` writes RUN/report.html with its figures and tables; `answer` is the two
sentences and the few numbers at its head.
"""

from cisim.report.answer import Answer, answer
from cisim.report.page import write_report

__all__ = ["Answer", "answer", "write_report"]
