"""The ward team's page: one sheet of what changes for its patients and its people, and what was promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.report.content import Bullets, Cell, Note, Part, Picture, Table, Text
from cisim.report.digits import bare, sure, told
from cisim.report.small_figures import where_it_went
from cisim.report.told import Block, Page, Row, first_date, page_of, per_year
from cisim.report.words import day_text, join, measure_name, number, patients_words, quantity, slug
from cisim.spec import Close, Hold, Reinvest, apply

if TYPE_CHECKING:
    from cisim.analysis import Compared
    from cisim.report.told import Told
    from cisim.runs import Results

__all__ = ["team"]

MOST = 6
"""Rows of what patients would notice."""


def team(results: Results, frame: str | None = None) -> Page | None:
    """Return the ward team's page of a run, worded as `board` is; None where nothing was valued."""
    return page_of(results, frame, _team)


def _team(one: Told) -> Page:
    who = one.value.team.team if one.value.team is not None else "your team"
    rows: tuple[Row, ...] = (
        ((_proposed(one),),),
        ((_patients(one),), (_hours(one),)),
        ((_goes(one),), (_floor(one), _agreed(one), _keeps(one))),
    )
    foot = (
        f"'{one.scenario}' beside how it is now, with '{one.option.name}'. Ranges hold 95 in 100 runs of the model."
        " What is written here as agreed or promised stands in the value file; nothing is added to it."
        " Every figure: report.html."
    )
    title = f"What '{one.scenario}' means for {who}"
    return Page(
        "team",
        title,
        "For the people who do the work",
        one.results.question.experiment.question,
        (rows,),
        foot,
    )


def _pools(one: Told) -> tuple[str, ...]:
    """Return the team's own pools: those the file names, else all in which anything was released."""
    mine = one.value.team.pools if one.value.team is not None else ()
    return mine or one.pools


def _mine(one: Told, found: list[Compared]) -> list[Compared]:
    """Return what concerns the team: its pathways, and its pools."""
    told_team = one.value.team
    if told_team is None:
        return found
    return [
        c
        for c in found
        if (not c.pathway or not told_team.pathways or c.pathway in told_team.pathways)
        and (not c.pool or not told_team.pools or c.pool in told_team.pools)
    ]


def _proposed(one: Told) -> Block:
    """Say plainly what would be done, by whom and when."""
    option, since = one.option, first_date(one.option)
    when = f" from {day_text(since)}" if since else ""
    said = f"'{option.name}'{when}."
    if isinstance(option, Close):
        unit = "beds" if per_year(one.unit(option.pool))[1] == "beds" else "places"
        places = f"{option.step * option.steps}" if isinstance(option.steps, int) else _searched(one, option)
        who = f"; the {option.holder} would decide it" if option.holder else ""
        said = f"{places} {unit} would close in {option.pool}{when}{who}."
    if isinstance(option, Reinvest):
        many = f"{patients_words(option.patients)} named patients more a year"
        said = f"Up to {many} would be treated on {option.pathway}; nothing closes."
    if isinstance(option, Hold):
        said = "Nothing would close, and nobody is booked into the room that is made."
    decide = one.value.decide
    by = f" It is to be decided by {day_text(decide.by)}." if decide is not None and decide.by else ""
    status = "Proposed, not decided."
    return Block("proposed", "What is proposed", (Text(f"{status} {said}{by}", "lead"),))


def _searched(one: Told, option: Close) -> str:
    """Say how many places a closure that was searched for takes out."""
    found = one.results.summary.get(f"steps:{option.name}", {}).get("value")
    return f"As many times {option.step} as service allows" if found is None else f"{option.step * found:.0f}"


def _change_rows(found: list[Compared]) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for c in found:
        d, unit, by = c.difference, c.unit, 1.0
        if unit == "d" and abs(c.base.value) < 2 / 24 and abs(c.level.value) < 2 / 24:
            unit, by = "h", 24.0
        unit, name = bare(unit)
        change = (
            "as now" if d.low <= 0 <= d.high else told(d.value * by, d.low * by, d.high * by, unit, sign=True)
        )
        ends = "" if d.low <= 0 <= d.high else sure(d.low * by, d.high * by, unit, sign=True)
        now, then = (told(e.value * by, e.low * by, e.high * by, unit, finest=-2) for e in (c.base, c.level))
        place = c.step or c.pool or c.pathway
        rows.append(
            (
                Cell(measure_name(c.measure, c.statistic), f"{place}{', ' + name if name else ''}"),
                Cell(now),
                Cell(then),
                Cell(change, ends),
            )
        )
    return rows


def _patients(one: Told) -> Block:
    """Show what the team's patients would notice, now and then."""
    mine = _mine(one, one.service("length_of_stay", "wait", "turned_away", "throughput"))
    mine = [c for c in mine if max(abs(c.base.value), abs(c.level.value)) > 1e-12]
    # What changed stands first, and of each measure the order stays.
    mine = sorted(mine, key=lambda c: c.difference.low <= 0 <= c.difference.high)[:MOST]
    title = one.frame.headings["patients"]
    if not mine:
        return Block("patients", title, (Text("What patients would notice was not measured."),))
    columns = ("", "now", "then", "change")
    table = Table("team-patients", "", columns, tuple(_change_rows(mine)), (1, 2, 3), wide=True)
    return Block(
        "patients", title, (table, Text("As now: no change that could be told from chance.", "small"))
    )


def _hours(one: Told) -> Block:
    """Show what is asked of the team's time: work on the rota, and what the change itself takes."""
    people = {n for n, p in one.results.question.model.pools.items() if p.kind == "staff"}
    mine = [c for c in _mine(one, one.service("used_share", "overrun_time")) if c.pool in people]
    parts: list[Part] = []
    if mine:
        table = Table(
            "team-hours", "", ("", "now", "then", "change"), tuple(_change_rows(mine[:5])), (1, 2, 3)
        )
        parts.append(table)
    else:
        parts.append(Text("The model has no staff in it: how busy anyone would be was not asked."))
    lines = one.lines[
        (one.lines["scenario"] == one.option.name)
        & one.lines["use"].isin(("programme", "running"))
        & (one.lines["kind"] != "cash-releasing")
    ]
    asked = []
    for _, r in lines.iterrows():
        many = float(r["quantity"])
        size = quantity(many, str(r["unit"]), 2)
        often = f"{size} a year more" if r["recurrent"] else f"{size}, once"
        often = often.replace("1 programme, ", "")
        asked.append((str(r["item"]), f"{often} (line {r['line']})"))
    if asked:
        parts += [Text("The change itself takes from your own time:"), Bullets(tuple(asked))]
    else:
        parts.append(Text("Nothing of your own time is counted as asked for: check that this is so."))
    return Block("hours", one.frame.headings["hours"], tuple(parts))


def _floor(one: Told) -> Block:
    """Say that the staffing floor is unchanged, where that is known, and what it is."""
    told_team = one.value.team
    floor = told_team.staffing_floor if told_team is not None else ""
    safe = getattr(one.option, "minimum_safe", None)
    parts: list[Part] = []
    if floor:
        parts.append(Text(f"The floor, unchanged: {floor}."))
    if safe is not None:
        words = f"{safe} places of the pool stay at any hour" if isinstance(safe, int) else str(safe)
        parts.append(Text(f"Whatever is decided: {words}."))
    if not floor and safe is None:
        parts.append(Note("No staffing floor is written down. Ask for it before you agree."))
    if isinstance(one.option, Close) and one.option.budget_line:
        cash = (
            f"Cash is to leave '{one.option.budget_line}'. Ask which posts, shifts or contracts that means."
        )
        parts.append(Text(cash))
    parts.append(Text(_rotas(one)))
    return Block("floor", one.frame.headings["floor"], tuple(parts))


def _rotas(one: Told) -> str:
    """Say whether any rota of staff differs between now and what is proposed."""
    base = one.results.question.model
    changes = next(c for n, c in one.results.question.scenarios if n == one.scenario)
    then = apply(base, (*changes, *one.option.changes))
    mine = one.value.team.pools if one.value.team is not None else ()
    people = [n for n, p in base.pools.items() if p.kind == "staff" and (not mine or n in mine)]
    if not people:
        return "No rota of staff stands in the model, so none is changed by it; nor does it check the floor."
    changed = [
        n
        for n in people
        if n not in then.pools
        or (then.pools[n].rota, then.pools[n].number, then.pools[n].otherwise)
        != (base.pools[n].rota, base.pools[n].number, base.pools[n].otherwise)
    ]
    if changed:
        return f"Part of the change: the rota of {join(changed)} is not the same as now."
    return f"The rota of {join(people)} is the same, hour by hour, before and after."


def _goes(one: Told) -> Block:
    """Show where freed time goes, in beds or hours, and what the file says of it."""
    parts: list[Part] = []
    told_team = one.value.team
    if told_team is not None and told_team.freed_time:
        parts.append(Text(told_team.freed_time))
    for pool in _pools(one)[:2]:
        unit, uses = per_year(one.unit(pool))[1], one.uses(pool)
        whole, *values = one.parts(one.option.name, pool)
        shown = [(one.frame.uses[u], v) for u, v in zip(uses, values, strict=True)]
        label = "; ".join(f"{name}: {number(v, 6)} {unit}" for name, v in shown)
        name = f"team-{slug(pool)}"
        figure = where_it_went(name, label, (f"{unit} {one.frame.freed}", whole), shown, f"{unit}, {pool}")
        said = join([f"{number(v, 6)} {words}" for words, v in shown])
        parts += [
            Text(f"{number(whole, 6)} {unit} in {pool} {one.frame.freed}: {said}."),
            Picture(name, "", figure),
        ]
        idle = values[uses.index("idle_change")]
        if idle < 0:
            parts.append(
                Text(f"Fewer {unit} stand free than now: {number(-idle, 6)} fewer. It would feel fuller.")
            )
    if not parts:
        parts.append(Text("Nothing was released."))
    return Block("goes", one.frame.headings["goes"], tuple(parts))


def _agreed(one: Told) -> Block:
    told_team = one.value.team
    agreed = told_team.agreed if told_team is not None else ()
    title = one.frame.headings["agreed"]
    if not agreed:
        return Block("agreed", title, (Note("Nobody has agreed to this yet, as far as the file says."),))
    items = tuple((a.what, f"{a.who}{', ' + day_text(a.on) if a.on else ', no date'}") for a in agreed)
    return Block("agreed", title, (Bullets(items),))


def _keeps(one: Told) -> Block:
    told_team = one.value.team
    words = told_team.keeps if told_team is not None else ""
    said = words or "Nothing is promised in the file. Ask what stays with you before you agree."
    return Block("keeps", one.frame.headings["keeps"], (Text(said) if words else Note(said),))
