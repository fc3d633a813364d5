"""What patients and staff would notice, the cases, and the model beside the facts."""

# ruff: noqa: RUF001 - a true minus sign is meant
from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.analysis import Against, Compared, against_facts, compared
from cisim.report.answer import case_names, headline, valued_name
from cisim.report.content import Cell, Note, Part, Picture, Section, Table, Text, measured, text
from cisim.report.figures import Point, points
from cisim.report.words import MISSING, measure_name, number, quantity, share, unit_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.analysis import Estimate
    from cisim.runs import Results

__all__ = ["cases", "facts", "noticed"]

WANTED = (
    ("length_of_stay", "mean"),
    ("length_of_stay", "p90"),
    ("throughput", "per_year"),
    ("wait", "mean"),
    ("wait", "p95"),
    ("turned_away", "share"),
    ("blocked", "mean_per_stay"),
    ("occupancy", "mean"),
    ("used_share", "share"),
    ("used_share", "mean"),
    ("used_share", "total"),
    ("overrun_time", "total"),
)
MAIN = (
    ("length_of_stay", "mean"),
    ("wait", "p95"),
    ("turned_away", "share"),
    ("throughput", "per_year"),
)
HEADINGS = {
    "length_of_stay": "Patients: how long they stay",
    "throughput": "Patients: how many are treated",
    "wait": "Patients: how long they wait",
    "turned_away": "Patients: how many are not served",
    "blocked": "Patients: days in a bed with nothing left to do there",
    "occupancy": "Staff: how full it is",
    "used_share": "Staff: share of working time taken up",
    "overrun_time": "Staff: work beyond the rota",
}
DAYS_BELOW = 2 / 24
ROLES = {
    "fed": "given to the model: it says nothing of how good the model is",
    "fitted": "a number was chosen to match it: it says little of how good the model is",
    "predicted": "neither given nor fitted: this is a test of the model",
}


def _place(one: Compared) -> str:
    return one.pool or (f"{one.pathway}: {one.step}" if one.step else one.pathway)


def _dull(one: Compared) -> bool:
    """Return whether a row says nothing: zero before and after, or the waits of a delay that nobody feels."""
    return abs(one.base.value) < 1e-12 and abs(one.level.value) < 1e-12


def noticed(results: Results) -> Section:
    """Return the section of waits, stays, people not served and staff time, before and after."""
    title = "What patients and staff would notice"
    arm = valued_name(results)
    wanted = tuple(dict.fromkeys([*WANTED, *_main(results)]))
    every = compared(results.measures, wanted, case=case_names(results)[0])
    mine = [c for c in every if c.scenario == arm and not _dull(c)]
    if not mine:
        return Section("noticed", title, [Text("Nothing that was measured changes.")])
    rows: list[tuple[Cell, ...]] = []
    heading = ""
    for one in mine:
        now = HEADINGS.get(one.measure, measure_name(one.measure))
        if now != heading:
            rows.append((text(now),))
            heading = now
        rows.append(_row(one))
    columns = ("", "as it is", f"'{arm}'", "change", "more than chance?")
    caption = (
        f"As it is, and under '{arm}' before anything is closed or reinvested. The change is taken"
        " replication by"
        " replication with the same patients' luck, and its 95% interval stands below it."
    )
    parts: list[Part] = [
        Table("noticed", caption, columns, tuple(rows), right=(1, 2, 3), measured=(1, 2, 3), wide=True)
    ]
    others = [n for n, _ in results.question.scenarios if n != arm]
    if others:
        caption = f"Every scenario's change against how it is now, in the main measures; '{arm}' is the one told above."
        parts += _against_now("scenarios-noticed", caption, every, [arm, *others], _main(results))
    value = results.question.value
    if value is not None:
        caption = (
            "What each decision would do to the people served, against how it is now: a closure that makes"
            " them wait longer"
            " shows here, not in the money."
        )
        names = [o.name for o in value.options]
        parts += _against_now("options-noticed", caption, every, names, MAIN)
    return Section("noticed", title, parts)


def _main(results: Results) -> tuple[tuple[str, str], ...]:
    """Return the headline, and the main measures after it."""
    found = headline(results)
    first = [(found.measure, found.statistic)] if found is not None else []
    return tuple(dict.fromkeys([*first, *MAIN]))


def _unit(one: Compared) -> tuple[str, float]:
    """Return the unit to tell a measure in, and what to multiply by: short times in hours or minutes."""
    if one.unit == "d" and max(abs(one.base.value), abs(one.level.value)) < DAYS_BELOW:
        return "h", 24.0
    if one.unit == "h" and max(abs(one.base.value), abs(one.level.value)) >= 48:
        return "d", 1 / 24
    if one.unit == "h" and max(abs(one.base.value), abs(one.level.value)) < 1:
        return "min", 60.0
    return one.unit, 1.0


def _row(one: Compared) -> tuple[Cell, ...]:
    unit, by = _unit(one)
    d = one.difference
    if d.low == d.high == 0:
        sure = "no change"
    elif d.low <= 0 <= d.high:
        sure = "cannot tell"
    else:
        sure = "yes, less" if d.value < 0 else "yes, more"
    change = measured(d.value * by, d.low * by, d.high * by, unit, sign=True)
    return (
        text(f"{_place(one)}: {measure_name('', one.statistic).removeprefix(', ')}"),
        Cell(
            quantity(one.base.value * by, unit),
            "",
            (one.base.value * by, one.base.low * by, one.base.high * by),
        ),
        Cell(
            quantity(one.level.value * by, unit),
            "",
            (one.level.value * by, one.level.low * by, one.level.high * by),
        ),
        change,
        text(sure),
    )


def _against_now(
    table: str,
    caption: str,
    every: list[Compared],
    names: list[str],
    wanted: tuple[tuple[str, str], ...],
) -> list[Part]:
    """Return a table of the changes in the wanted measures, a column for each name; none where there are none."""
    mine = [c for c in every if (c.measure, c.statistic) in wanted and c.scenario in names and not _dull(c)]
    mine = [c for c in mine if c.measure not in ("length_of_stay", "turned_away") or not c.step]
    keys = list(dict.fromkeys((c.measure, c.statistic, _place(c)) for c in mine))
    found = {(c.measure, c.statistic, _place(c), c.scenario): c for c in mine}
    if not keys:
        return []
    keys.sort(key=lambda k: wanted.index(k[:2]))
    rows: list[tuple[Cell, ...]] = []
    for measure, statistic, place in keys:
        cells = []
        first = next(c for c in mine if (c.measure, c.statistic, _place(c)) == (measure, statistic, place))
        unit, by = _unit(first)
        for name in names:
            one = found.get((measure, statistic, place, name))
            if one is None:
                cells.append(Cell("as it is", raw=("", "", "")))
                continue
            d = one.difference
            cells.append(measured(d.value * by, d.low * by, d.high * by, unit, sign=True))
        base = Cell(quantity(first.base.value * by, unit), raw=(first.base.value * by,))
        rows.append((text(f"{place}: {measure_name(measure, statistic)}"), base, *cells))
    across = tuple(range(2, 2 + len(names)))
    columns = ("change against now", "as it is", *names)
    return [Table(table, caption, columns, tuple(rows), (1, *across), across, wide=True)]


def cases(results: Results) -> Section | None:
    """Return the section on assumptions that the facts cannot settle; None where there is one case."""
    experiment = results.question.experiment
    if len(experiment.cases) < 2:
        return None
    wanted = _wanted_in_cases(results)
    names = ["baseline", *(name for name, _ in results.question.scenarios)]
    checks = {
        (f.scenario, f.case, f.measure, f.statistic): a
        for a in against_facts(results.measures, experiment.facts, main_case=case_names(results)[0])
        if not ((f := a.fact).step or f.pool)
    }
    dots: list[Point] = []
    rows: list[tuple[Cell, ...]] = []
    unit = ""
    for case in experiment.cases:
        rows.append((text(case.name + (f" – {case.note}" if case.note else "")),))
        levels = _levels(compared(results.measures, wanted, case=case.name), names)
        for name in names:
            cells = [text(name)]
            for what in wanted:
                known = checks.get((name, case.name, *what)) or checks.get((name, None, *what))
                found = levels.get((name, *what))
                if found is None:
                    cells += [text(""), text("")]
                    continue
                e, u = found
                cells += [measured(e.value, e.low, e.high, u), _known(known, e.value, u, case.name, results)]
                if what == wanted[0]:
                    unit = u
                    want = known.want if known is not None else None
                    dots.append(Point(case.name, name, e.value, e.low, e.high, want))
            rows.append(tuple(cells))
    heading = measure_name(*wanted[0])
    caption = (
        f"{heading[0].upper()}{heading[1:]}, by case: dots with 95% intervals; open diamonds are published"
        " figures. Cases agree where they were fitted; where they part, only better records can tell."
    )
    parts: list[Part] = [Text(_case_words(results))]
    if dots:
        label = "; ".join(f"{d.group}, {d.row}: {number(d.value)}" for d in dots)
        parts.append(Picture("cases", caption, points("cases", label, dots, f"{heading}, {unit_name(unit)}")))
    columns = ["scenario"]
    for what in wanted:
        columns += [measure_name(*what), f"{measure_name(*what)}, published"]
    right = tuple(range(1, len(columns)))
    models = tuple(range(1, len(columns), 2))
    parts.append(
        Table("cases", "The same in numbers.", tuple(columns), tuple(rows), right, models, wide=True)
    )
    return Section("cases", "If what we cannot know were otherwise", parts)


def _wanted_in_cases(results: Results) -> tuple[tuple[str, str], ...]:
    """Return the headline, and what else the facts tell of whole pathways."""
    experiment = results.question.experiment
    told = [(f.measure, f.statistic) for f in experiment.facts if not (f.step or f.pool)]
    found = headline(results)
    first = (found.measure, found.statistic) if found is not None else (experiment.headline, "mean")
    return tuple(dict.fromkeys([first, *told]))


def _levels(
    found: Sequence[Compared], names: Sequence[str]
) -> dict[tuple[str, str, str], tuple[Estimate, str]]:
    """Return each scenario's figure of each measure, of the first pathway that every scenario has."""
    out: dict[tuple[str, str, str], tuple[Estimate, str]] = {}
    for one in (c for c in found if not c.step and c.scenario in names):
        out.setdefault(("baseline", one.measure, one.statistic), (one.base, one.unit))
        out.setdefault((one.scenario, one.measure, one.statistic), (one.level, one.unit))
    return out


def _known(one: Against | None, got: float, unit: str, case: str, results: Results) -> Cell:
    """Return the published figure and its role in this case, where it may be missed though met in the main one."""
    if one is None:
        return text("")
    role: str = one.fact.role
    if (one.fact.case or case_names(results)[0]) != case:
        met = abs(got - one.want) <= one.fact.tolerance * abs(one.want)
        role = "not fitted" if one.fact.scenario != "baseline" else "fitted" if met else "cannot be met"
    return Cell(f"{quantity(one.want, unit)} ({role})", one.fact.source, (one.want,))


def _case_words(results: Results) -> str:
    names = case_names(results)
    return (
        "Each case is one assumption that the facts do not settle. The answer above is for the case"
        f" '{names[0]}'; the"
        " others show how much hangs on it."
    )


def facts(results: Results) -> Section | None:
    """Return the section that sets the model beside facts; None where none are given."""
    experiment = results.question.experiment
    if not experiment.facts:
        return None
    found = against_facts(results.measures, experiment.facts, main_case=case_names(results)[0])
    rows = []
    for one in found:
        fact, got = one.fact, one.got
        unit = got.unit if got is not None else ""
        model = (
            Cell(MISSING, raw=("", "", "")) if got is None else measured(got.value, got.low, got.high, unit)
        )
        where = [w for w in (fact.scenario, fact.case) if w and w != "baseline"]
        label = fact.name + (f" ({', '.join(where)})" if where else "")
        told = "not measured" if got is None else "yes" if one.within else "no"
        rows.append(
            (
                Cell(label, measure_name(fact.measure, fact.statistic), (fact.name,)),
                Cell(quantity(one.want, unit), fact.source, (one.want,)),
                model,
                Cell(told, f"within {share(fact.tolerance)}", (told,), "" if told == "yes" else "off"),
                text(fact.role),
            )
        )
    tested = [a for a in found if a.fact.role == "predicted" and a.got is not None]
    hit = sum(a.within for a in tested)
    said = (
        f"{hit} of {len(tested)} figures that the model was not given and not fitted to lie within their"
        " tolerance."
        if tested
        else "No figure here was predicted: all were given or fitted, so none of them tests the model."
    )
    roles = {f.role for f in experiment.facts}
    meaning = " ".join(f"{r.capitalize()}: {w}." for r, w in ROLES.items() if r in roles)
    parts: list[Part] = [Text(f"{said} {meaning}")]
    missed = [a.fact.name for a in found if a.got is not None and not a.within]
    if missed:
        parts.append(Note(f"The model is off the mark on: {'; '.join(missed)}."))
    caption = "Each figure from outside, the model's own with its 95% interval, and whether the two agree."
    columns = ("figure", "published or local", "model", "agrees?", "role")
    parts.append(Table("facts", caption, columns, tuple(rows), (1, 2), (2,), wide=True))
    return Section("facts", "How the model compares with what is known", parts)
