"""What the published cases share: an estimate with its error beside the value that it is to be compared with.

A case's `compare.py` writes expected.csv, one row a figure, and the table of its README:

=============== ==============================================================================
column          meaning
=============== ==============================================================================
figure          what is compared
expected, error the right value, and its standard error (0 where it is exact)
got, se         mean of our replications, and its standard error
wrong, wrong_se a value that is not right, such as a published one, which must be told apart
=============== ==============================================================================
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

__all__ = [
    "LIMIT",
    "away",
    "compared",
    "estimate",
    "finish",
    "markdown",
    "shown",
    "store",
    "stored",
    "wrong_by",
]

LIMIT = 3.0  # standard errors
BEGIN, END = "<!-- expected and got: begin -->", "<!-- expected and got: end -->"
_NUMBERS = ("expected", "error", "got", "se", "wrong", "wrong_se")


def estimate(values: ArrayLike) -> tuple[float, float]:
    """Return the mean over replications and its standard error.

    >>> mean, error = estimate([1.0, 2.0, 3.0])
    >>> mean, round(error, 4)
    (2.0, 0.5774)
    """
    found = np.asarray(values, dtype=float)
    found = found[np.isfinite(found)]
    return float(found.mean()), float(found.std(ddof=1) / np.sqrt(len(found)))


def compared(
    expected: Mapping[str, tuple[float, float]],
    got: Mapping[str, tuple[float, float]],
    wrong: Mapping[str, tuple[float, float]] | None = None,
) -> pd.DataFrame:
    """Return the table of figures; each is a value and its standard error."""
    rows = []
    for figure, (value, error) in expected.items():
        other = (wrong or {}).get(figure, (np.nan, np.nan))
        rows.append((figure, value, error, *got[figure], *other))
    return pd.DataFrame(rows, columns=["figure", *_NUMBERS])


def away(table: pd.DataFrame) -> pd.Series:
    """Return how many standard errors, of both values together, what we got lies from what is right."""
    return _apart(table, table["expected"], table["error"])


def wrong_by(table: pd.DataFrame) -> pd.Series:
    """Return how many standard errors what we got lies from the wrong value; not a number where there is none."""
    return _apart(table, table["wrong"], table["wrong_se"].fillna(0.0))


def _apart(table: pd.DataFrame, value: pd.Series, error: pd.Series) -> pd.Series:
    spread = np.hypot(table["se"], error)
    gap = table["got"] - value
    # What never varies has no error: it is right to the last digit that is printed, or it is not.
    never_varies = np.where(gap.abs() < 1e-6, 0.0, np.inf)
    return (gap / spread).where(spread > 0, never_varies).where(gap.notna())


def _text(value: float, error: float) -> str:
    if np.isnan(value):
        return ""
    value = 0.0 if abs(value) < 1e-12 else value
    return f"{value:.5g} ({error:.1g})" if error > 0 else f"{value:.5g}"


def markdown(table: pd.DataFrame, wrong: str = "") -> str:
    """Return the table as the README shows it; `wrong` heads the column of values that are not right."""
    heads = ["figure", "right", "cisim", "apart, standard errors", *([wrong, "apart"] if wrong else [])]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for row, z, other in zip(table.itertuples(), away(table), wrong_by(table), strict=True):
        cells = [row.figure, _text(row.expected, row.error), _text(row.got, row.se), f"{z:.1f}"]
        if wrong:
            cells += [_text(row.wrong, row.wrong_se), "" if np.isnan(other) else f"{other:.1f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def stored(folder: Path) -> pd.DataFrame:
    """Return the figures as they were last run in full."""
    return pd.read_csv(folder / "expected.csv")


def shown(folder: Path) -> str:
    """Return the table that the README shows."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def store(folder: Path, tables: Iterable[pd.DataFrame]) -> None:
    """Store the figures."""
    whole = pd.concat(list(tables), ignore_index=True)
    for name in _NUMBERS:
        whole[name] = [float(f"{value:.7g}") for value in whole[name]]
    whole.to_csv(folder / "expected.csv", index=False)


def finish(folder: Path, wrong: str = "") -> None:
    """Put the stored figures into the README, and print them."""
    page = folder / "README.md"
    text = markdown(stored(folder), wrong)
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    sys.stdout.write(text + "\n")
