"""What is released, and where it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.analysis import PARTS, Disposition, dispositions, patients_by_option
from cisim.report.answer import released_pools, valued_name
from cisim.report.content import Cell, Part, Picture, Section, Table, Text, measured, text
from cisim.report.figures import Steps, waterfall
from cisim.report.words import USES, join, number, slug, unit_name
from cisim.value import OPEN

if TYPE_CHECKING:
    from cisim.runs import Results

__all__ = ["released"]

FIGURES = 3
COLUMNS = {
    "closed": "closed",
    "redeployed": "moved elsewhere",
    "reinvested": "named extra patients",
    "absorbed": "others who came",
    "idle_change": "left free",
}
COLOURS = {
    "closed": "blue",
    "redeployed": "purple",
    "reinvested": "green",
    "absorbed": "orange",
    "idle_change": "sky",
}


def released(results: Results) -> Section | None:
    """Return the section on the release and what became of it; None where nothing was valued."""
    title = "What is released, and where it went"
    if results.quantities.empty:
        return None
    found = dispositions(results.quantities, over_draws=results.over_draws)
    pools = released_pools(found)
    if not pools:
        return Section("released", title, [Text("Nothing was released.")])
    parts: list[Part] = [Text(_meaning(valued_name(results)))]
    names = _options(results, found)
    for pool in pools[:FIGURES]:
        mine = [d for n in names for d in found if d.pool == pool and d.option == n]
        # What cannot be told from chance is in the table, and needs no picture.
        if pool == pools[0] or any(d.release.low * d.release.high > 0 for d in mine):
            parts.append(_picture(pool, mine))
    parts.append(_table(results, pools, names, found))
    patients = _patients(results, names)
    if patients is not None:
        parts.append(patients)
    return Section("released", title, parts)


def _meaning(scenario: str) -> str:
    return (
        "Released means: the time in beds, or at work, that the same patients no longer need under"
        f" '{scenario}'. It"
        " is room, not money. Room is closed, used for extra patients, or left free, and the parts add"
        " up to the"
        " release exactly. More patients may come because there is room: what they fill is counted apart"
        " from what"
        " was chosen."
    )


def _options(results: Results, found: list[Disposition]) -> list[str]:
    value = results.question.value
    named = [o.name for o in value.options] if value else []
    present = {d.option for d in found}
    return [n for n in named if n in present] or [OPEN]


def _rows(found: list[Disposition]) -> list[str]:
    """Return the uses to show: all that took up anything anywhere, and what is left free."""
    return [u for u in PARTS if u == "idle_change" or any(abs(d.parts[u].value) > 1e-9 for d in found)]


def _picture(pool: str, found: list[Disposition]) -> Picture:
    uses, unit = _rows(found), unit_name(found[0].unit)
    panels = [
        Steps(
            d.option, d.release.value, tuple(d.parts[u].value for u in uses), tuple(COLOURS[u] for u in uses)
        )
        for d in found
    ]
    labels = [USES["release"], *(USES[u] for u in uses)]
    told = []
    for one in found:
        said = join([f"{number(one.parts[u].value)} {USES[u]}" for u in uses])
        told.append(f"{one.option}: of {number(one.release.value)} {unit} a year released, {said}")
    svg = waterfall(f"where-{slug(pool)}", "; ".join(told) + ".", panels, labels, f"{unit} a year")
    caption = (
        f"Where the room released in {pool} went, by what is decided. Each bar begins where the one"
        " above it ends; the"
        " last ends at the dashed line, the release. A last bar that runs to the left (a number below"
        " zero) means"
        " that more was taken up than was released, and free time shrank."
    )
    return Picture(f"where-{slug(pool)}", caption, svg)


def _table(results: Results, pools: list[str], names: list[str], found: list[Disposition]) -> Table:
    uses = [u for u in PARTS if u != "redeployed" or any(abs(d.parts[u].value) > 1e-9 for d in found)]
    heads = [f"{'+' if i else '='} {COLUMNS[u]}" for i, u in enumerate(uses)]
    columns = ("option", "released", *heads, "sum of parts")
    rows: list[tuple[Cell, ...]] = []
    for pool in pools:
        mine = [d for n in names for d in found if d.pool == pool and d.option == n]
        rows.append((text(f"{pool} ({unit_name(mine[0].unit)} a year, owner {mine[0].owner})"),))
        for one in mine:
            total = one.release.value - one.gap
            cells = [
                measured(e.value, e.low, e.high, one.unit, bare=True)
                for e in (one.release, *(one.parts[u] for u in uses))
            ]
            rows.append((text(one.option), *cells, Cell(number(total), raw=(total,))))
    return Table(
        "release",
        f"The same in numbers, means over {_over(results)} below. The last column is"
        " the sum of the"
        " parts: it equals what was released.",
        columns,
        tuple(rows),
        right=tuple(range(1, len(uses) + 3)),
        measured=tuple(range(1, len(uses) + 2)),
        wide=True,
    )


def _over(results: Results) -> str:
    """Return what the means are taken over, and what stands below them."""
    if results.over_draws.empty:
        return "the replications with 95% intervals"
    return "draws of what is not known and replications, with the ends that hold 95 in 100 of them"


def _patients(results: Results, names: list[str]) -> Table | None:
    found = patients_by_option(results.quantities, over_draws=results.over_draws)
    kinds = ("reinvested", "absorbed", "lost")
    rows = []
    for name in names:
        pathways = list(dict.fromkeys(p for o, p, _ in found if o == name))
        for pathway in pathways:
            cells = [found.get((name, pathway, kind)) for kind in kinds]
            if not any(c is not None and abs(c.value) > 1e-9 for c in cells):
                continue
            shown = [
                measured(c.value, c.low, c.high, "patients", bare=True)
                if c is not None
                else Cell("0", raw=(0.0, 0.0, 0.0))
                for c in cells
            ]
            rows.append((text(name), text(pathway), *shown))
    if not rows:
        return None
    caption = "Patients a year treated beyond the baseline, and those treated in it who now are not."
    columns = ("option", "pathway", "named extra", "came because there was room", "no longer treated")
    return Table("patients", caption, columns, tuple(rows), right=(2, 3, 4), measured=(2, 3, 4))
