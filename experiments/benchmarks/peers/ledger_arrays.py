"""cisim's ledger: lines that are arrays over draws and years.

Prints one line of JSON, as the other peers do: `run` goes from the drawn numbers to every option's present values.
"""

from __future__ import annotations

import numpy as np
from ledger_case import numbers, quantities, value
from ledger_loop import options, tell

from cisim.value import OPEN, by_draw, ledger, perspective

COLUMNS = ("cash_benefit", "cash_cost", "direct_cost", "indirect_cost", "money", "qalys", "npv", "payback")


def worth(draws: int, projects: int) -> tuple[np.ndarray, int]:
    """Return present values, shape (projects, options, columns, draws), and how many rows the ledgers have."""
    runs = quantities(CASE)
    waiting = runs.pop(OPEN)
    view, found, rows = perspective("NICE"), [], 0
    for project in range(projects):
        drawn = DRAWN[project]
        book = ledger(CASE, runs, draws=draws, project=str(project), open_queue=waiting, numbers=drawn)
        rows += sum(draws * (1 if line.year is not None else book.years) for line in book.lines)
        found.append([by_draw(book, name, view)[list(COLUMNS)].to_numpy().T for name in runs])
    return np.array(found), rows


CASE = value()
DRAWN: list[dict[str, np.ndarray]] = []

if __name__ == "__main__":
    asked = options(__doc__)
    DRAWN[:] = [numbers(CASE, asked.draws, project) for project in range(asked.projects)]
    worth(10, 0)  # what is loaded once
    tell(lambda: worth(asked.draws, asked.projects), asked.out)
