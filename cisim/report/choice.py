"""One choice: close, reinvest, hold and what lies between them, and what each of several projects is credited with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cisim.report.content import Cell, Part, Picture, Section, Table, Text, measured, text
from cisim.report.frontier import frontier_figure, frontier_words
from cisim.report.words import chance, number
from cisim.spec import Close, Reinvest

if TYPE_CHECKING:
    import pandas as pd

    from cisim.runs import Results

__all__ = ["choice", "frontier_picture"]

_CAPTION = (
    "Every mix that was simulated: places closed, and extra patients treated beside them. Green dots keep every named"
    " measure of service as it must be kept, red crosses do not; the line joins the most that can be treated at equal"
    " service, and the ring is what the search decides. Close, reinvest and hold are its corners."
)


def choice(results: Results) -> Section | None:
    """Return the section on the choice and on the projects' credit; None where neither was asked."""
    parts: list[Part] = []
    picture = frontier_picture(results, "frontier")
    if picture is not None:
        parts += [Text(_said(results)), picture, _mixes(results)]
    if not results.credit.empty:
        parts += [Text(_CREDIT), _credit(results.credit)]
    return Section("choice", "Close, treat more, or hold: one choice", parts) if parts else None


def frontier_picture(
    results: Results, name: str, caption: str = _CAPTION, *, small: bool = False
) -> Picture | None:
    """Return the picture of the choice, `small` for half a printed page; None where nothing was searched for."""
    value = results.question.value
    if value is None or results.frontier.empty:
        return None
    pool, patients = _names(results)
    figure = frontier_figure(name, results.frontier, pool=pool, patients=patients, small=small)
    return Picture(name, caption, figure)


def _names(results: Results) -> tuple[str, str]:
    """Return the pool whose places are closed, and whom the extra patients are told as."""
    value = results.question.value
    options = value.options if value is not None else ()
    pool = next((o.pool for o in options if isinstance(o, Close) and o.steps == "most"), "")
    pool = pool or next((o.pool for o in options if isinstance(o, Close)), "beds")
    sent = next((o.pathway for o in options if isinstance(o, Reinvest) and o.patients == "most"), "")
    return pool, f"{sent} patients" if sent else "patients"


def _said(results: Results) -> str:
    table = results.frontier
    words = [frontier_words(table, _names(results)[1])]
    chosen = table[table["chosen"]]
    if len(chosen):
        one = chosen.iloc[0]
        closed = f"{int(one['places'])} places closed" if one["places"] else "nothing closed"
        words.append(
            f"What the search decides: {closed}, service kept in {chance(float(one['chance']))} runs."
        )
    if not (table["keeps"] & (table["places"] > 0)).any():
        words.append("With anything closed service is not kept as it must be: no cash can be released.")
    return " ".join(words)


def _mixes(results: Results) -> Table:
    rows = []
    for row in results.frontier.to_dict("records"):
        mark = ", ".join(w for w in (str(row["corner"]), "chosen" if row["chosen"] else "") if w)
        rows.append(
            (
                Cell(number(float(row["places"])), mark, (float(row["places"]),)),
                Cell(number(float(row["sent"])), raw=(float(row["sent"]),)),
                measured(float(row["patients"]), float(row["low"]), float(row["high"]), ""),
                Cell(chance(float(row["chance"])), raw=(float(row["chance"]),)),
                text("yes" if row["keeps"] else "no", "" if row["keeps"] else "off"),
            )
        )
    columns = (
        "places closed",
        "more sent a year",
        "extra treated a year",
        "all kept in runs",
        "service kept?",
    )
    caption = (
        "The same mixes in numbers. Kept means: on average every measure is within its margin, and in the share of"
        " the runs that the value file asks for all of them are at once."
    )
    return Table("frontier", caption, columns, tuple(rows), (0, 1, 2, 3), (2,))


_CREDIT = (
    "Several projects were run alone and together. What they do together is shared by Shapley value: each has the mean"
    " of what it adds, over every order in which they could have been begun. Effects are never added up."
)


_ACCOUNT = ["of", "pool", "unit"]
MOST_POOLS = 5
"""Pools whose release is shared on the page, those with the most; all stand in credit.parquet."""


def _credit(table: pd.DataFrame) -> Table:
    rows: list[tuple[Cell, ...]] = []
    accounts = [
        (str(of), str(pool), str(unit), g) for (of, pool, unit), g in table.groupby(_ACCOUNT, sort=False)
    ]
    size = {pool: float(g["together"].abs().max()) for of, pool, _, g in accounts if pool}
    shown = {"", *sorted((p for p in size if size[p] > 0), key=lambda p: -size[p])[:MOST_POOLS]}
    for of, pool, unit, group in accounts:
        if pool not in shown:
            continue
        where = f", {pool}" if pool else ""
        rows.append((text(f"{of}{where} ({unit})"),))
        for row in group.to_dict("records"):
            low, high = float(row["low"]), float(row["high"])
            ends = (low, high) if math.isfinite(low + high) else (float(row["credit"]),) * 2
            rows.append(
                (
                    text(str(row["project"])),
                    Cell(number(float(row["alone"]), 3), raw=(float(row["alone"]),)),
                    measured(float(row["credit"]), *ends, ""),
                    Cell(number(float(row["together"]), 3), raw=(float(row["together"]),)),
                )
            )
    columns = ("project", "alone", "its share", "all together")
    caption = (
        "What each project is credited with; the interval is that of the runs. All pools: credit.parquet."
    )
    return Table("credit", caption, columns, tuple(rows), (1, 2, 3), (2,))
