"""Targets of a study that stand in a table, as the monthly figures of situation reports do."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from typing import TYPE_CHECKING

import numpy as np

from cisim.errors import ModelError, nearest
from cisim.spec.plain import Finding
from cisim.spec.worth_checks import is_time
from cisim.units import parse_share

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cisim.spec.study import Study, TableColumn, Target

__all__ = ["from_tables"]

Rows = list[tuple[int, dict[str, str]]]
_THOUSANDS = re.compile(r",(?=\d{3}(?:\D|$))")
_SHOWN = 3
"""Rows at fault that are named one by one."""


def from_tables(study: Study, folder: Path) -> tuple[Study, dict[str, str], list[Finding]]:
    """Return the study with every figure of a table in its place, the sha256 of the tables, and what is wrong.

    Parameters
    ----------
    study : Study
    folder : Path
        Of the study file: tables are named from there, and may lie outside of the project.

    Notes
    -----
    The figure is the mean of the rows that count; a share is the sum of one column over the sum of another. Its
    standard error is that of the means of groups of neighbouring rows (for a ratio, of what is left of the first column
    beside the ratio times the second: Cochran, Sampling Techniques, chapter 6).
    """
    found: list[Finding] = []
    digests: dict[str, str] = {}
    targets: list[Target] = []
    for i, target in enumerate(study.targets):
        table = target.table
        if table is None:
            targets.append(target)
            continue
        here = ("targets", i, "table")
        place = folder / table.file
        if not place.is_file():
            names = sorted(p.name for p in folder.glob("*.csv"))
            text = f"got {table.file!r}, but there is no such file{nearest(table.file, names)}"
            found.append(Finding((*here, "file"), text))
            continue
        raw = place.read_bytes()
        digests[f"figures: {place.name}"] = hashlib.sha256(raw).hexdigest()
        try:
            targets.append(_resolved(target, table, raw))
        except ModelError as error:
            found.append(Finding((*here, *filter(None, [error.where])), error.text))
    return (study if found else study.model_copy(update={"targets": tuple(targets)})), digests, found


def _resolved(target: Target, table: TableColumn, raw: bytes) -> Target:
    """Return the target with its figure."""
    heads, rows = _read(table, raw)
    for key, names in (
        ("column", [table.column]),
        ("out_of", [table.out_of or table.column]),
        ("where", table.where),
    ):
        for name in names:
            if name not in heads:
                raise ModelError(
                    key, f"got {name!r}, which is no column of '{table.file}'{nearest(name, heads)}"
                )
    time = is_time(target.measure, target.statistic)
    if time and not table.unit:
        raise ModelError("", f"{target.measure} is a time, want `unit`, such as `unit: h`")
    if table.unit and not time:
        raise ModelError("unit", f"got {table.unit!r}, but {target.measure} is no time, want no unit")
    value, se = _estimate(*_columns(rows, table), table.rows_together)
    if not math.isfinite(value):
        raise ModelError("out_of", f"got {table.out_of!r}, which sums to 0, want a column that does not")
    told = {"value": _written(value, table.unit)}
    if target.se is None and se is not None:
        told["se"] = _written(se, table.unit)
    return target.model_copy(update=told)


def _read(table: TableColumn, raw: bytes) -> tuple[list[str], Rows]:
    """Return the heads, and the rows in which anything stands with their lines."""
    try:
        lines = csv.reader(io.StringIO(raw.decode("utf-8-sig")))
        heads = [head.strip() for head in next(lines, [])]
        rows = [
            (
                lines.line_num,
                {**dict.fromkeys(heads, ""), **dict(zip(heads, map(str.strip, cells), strict=False))},
            )
            for cells in lines
            if any(cell.strip() for cell in cells)
        ]
    except (UnicodeDecodeError, csv.Error):
        text = f"got {table.file!r}, want a table as CSV in UTF-8 (Excel saves it as 'CSV UTF-8')"
        raise ModelError("file", text) from None
    return heads, rows


def _columns(rows: Rows, table: TableColumn) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the column and what it is divided by (ones, if nothing) in the rows that count, shapes (rows,)."""
    kept = [(line, row) for line, row in rows if all(row[k] in _any(v) for k, v in table.where.items())]
    if not kept:
        said = ", ".join(f"{k}: {' or '.join(_any(v))}" for k, v in table.where.items())
        raise ModelError(
            "where" if said else "file", f"no row of '{table.file}' counts" + (f" ({said})" if said else "")
        )
    names = [table.column] if table.out_of is None else [table.column, table.out_of]
    blank = [line for line, row in kept if "" in (row[name] for name in names)]
    if blank and table.blanks == "refused":
        text = (
            f"nothing stands in line {_some(blank)} of '{table.file}': want a number, or `blanks: left out`"
        )
        raise ModelError("column", text)
    whole = [(line, [row[name] for name in names]) for line, row in kept if line not in set(blank)]
    if not whole:
        raise ModelError("column", f"every row of '{table.file}' that counts is blank, want numbers")
    wrong = [
        f"{line} ({', '.join(map(repr, cells))})" for line, cells in whole if None in map(_number, cells)
    ]
    if wrong:
        text = f"no number stands in line {_some(wrong)} of '{table.file}': want such as 612 or 48%"
        raise ModelError("column", text)
    made = np.array([[_number(cell) for cell in cells] for _, cells in whole], dtype=float)
    return made[:, 0], made[:, 1] if table.out_of else np.ones(len(made))


def _number(cell: str) -> float | None:
    """Return a number or share, thousands with or without commas; None for anything else.

    >>> _number("1,021.5"), _number("48%"), _number("*")
    (1021.5, 0.48, None)
    """
    try:
        value = parse_share(_THOUSANDS.sub("", cell))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _any(wanted: str | tuple[str, ...]) -> tuple[str, ...]:
    return (wanted,) if isinstance(wanted, str) else wanted


def _some(things: Sequence[object]) -> str:
    more = f" and {len(things) - _SHOWN} more" if len(things) > _SHOWN else ""
    return ", ".join(map(str, things[:_SHOWN])) + more


def _estimate(a: NDArray[np.float64], b: NDArray[np.float64], together: int) -> tuple[float, float | None]:
    """Return the ratio of sums and its standard error; none where fewer than two groups of rows are whole.

    >>> value, se = _estimate(np.array([10.0, 12.0, 14.0]), np.ones(3), 1)
    >>> value, round(se, 4)
    (12.0, 1.1547)
    """
    whole = float(b.sum())
    if whole == 0:
        return math.nan, None
    value = float(a.sum()) / whole
    groups = len(a) // together
    if groups < 2:
        return value, None
    left = (a - value * b)[: groups * together].reshape(groups, together).mean(axis=1)
    return value, float(left.std(ddof=1) / math.sqrt(groups) / abs(float(b.mean())))


def _written(value: float, unit: str) -> str | float:
    """Return a figure as a file has it: no more than six digits."""
    short = float(f"{value:.6g}")
    return f"{short} {unit}" if unit else short
