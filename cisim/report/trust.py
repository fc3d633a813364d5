"""Why anyone may believe it: what was assumed, how sure it is, the audit, and how to do it again."""

# ruff: noqa: RUF001 - a true minus sign is meant
from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cisim.analysis import audited
from cisim.report.answer import case_names
from cisim.report.assumptions import Assumption, model_assumptions, value_assumptions
from cisim.report.content import Bullets, Cell, Note, Part, Picture, Section, Table, Text, text
from cisim.report.figures import series, shares
from cisim.report.words import join, number, share, times
from cisim.spec import change_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.runs import Results
    from cisim.value import Worth

__all__ = ["assumed", "audit", "cite", "reproduce", "sure"]

SHORT_DIGEST = 12


def assumed(results: Results) -> Section:
    """Return the section that lists every number that was put in, with its source."""
    question = results.question
    groups: list[tuple[str, Sequence[Assumption]]] = [
        (f"The model: {question.model.model}", model_assumptions(question.model))
    ]
    for name, changes in question.scenarios:
        said = [Assumption(change_words(c), "decided", c.note) for c in changes]
        groups.append((f"The change '{name}'", said))
    for case in question.experiment.cases:
        if case.changes:
            said = [Assumption(change_words(c), "decided", c.note or case.note) for c in case.changes]
            groups.append((f"The case '{case.name}'", said))
    if question.value is not None:
        groups.append((f"Money and health: {question.value.value}", value_assumptions(question.value)))
    rows: list[tuple[Cell, ...]] = []
    marked = 0
    for title, found in groups:
        rows.append((text(title),))
        for one in found:
            decided = one.value == "decided"
            source = one.source or ("what is tried" if decided else "assumption")
            mark = "assumption" if source.lower().startswith("assumption") else ""
            marked += bool(mark)
            rows.append((text(one.name), text("" if decided else one.value), text(source, mark)))
    if marked:
        told = f"{times(marked, 'number is an assumption', 'numbers are assumptions')}: check"
        told += " it first." if marked == 1 else " these first."
    else:
        told = "Every number names a source."
    caption = "Every number that was put in. Ranges are what is not known; they are drawn anew in each draw."
    parts: list[Part] = [
        Text(told),
        Table("assumptions", caption, ("what", "number", "source"), tuple(rows), wide=True),
    ]
    if question.experiment.notes:
        parts.insert(0, Bullets(tuple(("", note) for note in question.experiment.notes)))
    return Section("assumed", "What was assumed", parts)


def sure(results: Results, found: list[Worth]) -> Section:
    """Return the section on uncertainty: replications, luck against what is not known, warm-up."""
    manifest = results.manifest
    count = int(manifest["replications"])
    parts: list[Part] = []
    words = str(manifest.get("replications_words", ""))
    drawn = int(manifest.get("draws", 0))
    what = f"{times(drawn, 'draw')} of the model and the prices, each in every replication"
    asked = f"{times(results.question.experiment.run.draws, 'draw')} of the prices"
    draws = f", met by {what if drawn else asked}" if found else ""
    parts.append(
        Text(
            "Two kinds of chance are kept apart: the luck of one year, met by"
            f" {times(count, 'replication')}, and what is"
            f" not known{draws}. {words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}"
            " Scenarios share the"
            " same patients with the same luck, so that what differs between them is the change."
        )
    )
    if more := str(manifest.get("emulated_words", "")):
        parts.append(Text(f"{more[:1].upper()}{more[1:]}."))
    if alone := _at_best(results):
        parts.append(Text(alone))
    npv = results.chances[results.chances["figure"] == "npv"]
    told = zip(npv["option"].astype(str), npv["luck"].astype(float), strict=True)
    rows = [(name, luck) for name, luck in told if math.isfinite(luck)]
    if rows:
        label = "; ".join(f"{name}: {share(luck)} luck, {share(1 - luck)} not known" for name, luck in rows)
        svg = shares("luck", label, rows, "luck of one run", "what is not known")
        caption = (
            "Where the spread of the net present value comes from, each draw set beside each replication. A longer look"
            " at one year narrows only the blue; the orange narrows only by finding out."
        )
        if manifest.get("emulated_draws"):
            caption += f" Of the {drawn:,} simulated draws alone."
        if len(results.question.experiment.cases) > 1:
            caption += " The cases above are a third kind, not in this picture."
        parts.append(Picture("luck", caption, svg))
    if found and npv.empty:
        parts.append(Text("Too few replications or draws to tell luck from what is not known."))
    if rows:
        parts.append(Bullets(tuple(("", f"{one['words']}.") for one in _spreads(results))))
    parts += _warm_up(results)
    return Section("sure", "How sure this is", parts)


def _spreads(results: Results) -> list[dict[str, Any]]:
    """Return what the summary says of the spread of each option's worth."""
    return [one for key, one in results.summary.items() if key.startswith("spread:npv:")]


def _at_best(results: Results) -> str:
    """Return what was worked out at best estimates although the model was drawn; '' where nothing was."""
    if not results.manifest.get("draws"):
        return ""
    asked = results.question.experiment
    alone = ["the table of all scenarios side by side and the weeks"]
    alone += ["credit between projects"] if not results.credit.empty else []
    alone += ["mixes of closing and sending more"] if not results.frontier.empty else []
    alone += ["the cases"] if len(asked.cases) > 1 else []
    alone += ["other ways to see the question"] if asked.alternatives else []
    return (
        f"At the best estimates, with intervals over luck alone: {join(alone)}. What is released, what becomes of it"
        " and what it is worth is told over all draws."
    )


def _warm_up(results: Results) -> list[Part]:
    told = dict(results.manifest["warm_up"])
    days, length = float(told["days"]), float(results.manifest["length_days"])
    words = str(told["words"])
    reason = "; that is what the experiment asks for" if words == "as asked" else f": {words}"
    said = Text(
        f"Every run begins with {times(round(days), 'day')} that are not counted, because a model starts"
        f" empty{reason}."
        f" Then {times(round(length), 'day')} are measured."
    )
    daily = _pilot(results)
    name, axis = "warm-up", "patients inside"
    if daily is not None:
        weeks = daily[: len(daily) // 7 * 7].reshape(-1, 7).mean(axis=1)
        caption = (
            "The number of patients inside, week by week from an empty start. The shaded weeks are left out."
        )
        cut = round(days / 7)
        label = f"Weekly mean number inside; the first {times(cut, 'week')} are left out"
        svg = series(name, label, ((axis, weeks),), cut, "week of the run")
        return [said, Picture(name, caption, svg)]
    in_use = _weekly(results, "occupancy", "mean")
    waiting = _weekly(results, "wait", "still_waiting")
    if len(in_use) < 4:
        return [said]
    lines = [("places in use", in_use)]
    caption = "Places in use (mean of each week, all pools together)"
    best = ", at the best estimates: what is not known is not in it" if results.manifest.get("draws") else ""
    if len(waiting) == len(in_use):
        lines.append(("patients waiting", waiting))
        caption += (
            " and patients waiting at the end of each week (for anything, so also those who wait in a bed)"
        )
    caption += (
        f", in the weeks that were measured: the baseline, mean of the replications{best}. Places in use stop climbing"
        " when all are taken; where the number waiting climbs from week to week, the run was measured too early"
        " or cannot keep up. The weeks that were not counted are not shown."
    )
    label = "; ".join(f"{line}, from {number(v[0])} to {number(v[-1])}" for line, v in lines)
    return [said, Picture(name, caption, series(name, label, lines, 0, "week that was measured"))]


def _pilot(results: Results) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None:
    """Return the daily number inside of the first case, where a pilot was run."""
    path = results.folder / "tables" / "warm_up.csv"
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    first = rows[0]["case"] if rows else ""
    values = [float(r["inside"]) for r in rows if r["case"] == first]
    return np.array(values) if len(values) >= 28 else None


def _weekly(
    results: Results, measure: str, statistic: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return a measure of the baseline in the main case, week by week: all places summed, replications averaged."""
    m = results.measures
    rows = m[
        (m["measure"] == measure)
        & (m["statistic"] == statistic)
        & (m["scenario"] == "baseline")
        & (m["case"] == case_names(results)[0])
        & (m["week"] >= 0)
    ]
    each = rows.groupby(["replication", "week"])["value"].sum()
    return np.asarray(each.groupby("week").mean().to_numpy(), float)


def audit(results: Results) -> Section:
    """Return the section on the checks that every run passed."""
    found = audited(results.audit)
    if not found:
        return Section("audit", "The audit", [Text("No checks were made.")])
    passed, count = sum(a.passed for a in found), sum(a.count for a in found)
    if passed == count:
        said: Part = Text(f"Every run was checked against itself: all {count:,} checks passed.")
    else:
        said = Note(
            f"{count - passed:,} of {count:,} checks failed: do not use these results, and report it."
        )
    rows = tuple(
        (
            text(a.check),
            Cell(
                f"{a.passed:,} of {a.count:,}",
                raw=(f"{a.passed} of {a.count}",),
                mark="" if a.passed == a.count else "off",
            ),
            Cell(number(a.worst) if math.isfinite(a.worst) else "–", raw=(a.worst,)),
            text(a.where),
        )
        for a in found
    )
    caption = "Each check over all runs, and the widest gap between the two ways of counting."
    return Section(
        "audit",
        "The audit",
        [said, Table("audit", caption, ("check", "passed", "widest gap", "where"), rows, (1, 2), wide=True)],
    )


def command(results: Results) -> str:
    """Return the command that makes the same run again."""
    manifest: dict[str, Any] = results.manifest
    path = results.question.path
    place = str(manifest.get("question") or "") or path.name
    place = place.removeprefix("question/")
    return f"cisim run {place} --seed {manifest['seed']} --replications {manifest['replications']}"


def reproduce(results: Results) -> Section:
    """Return the section that lets someone else get the same numbers."""
    manifest = results.manifest
    versions = ", ".join(f"{k} {v}" for k, v in manifest["versions"].items())
    said = Text(
        f"Made with cisim {manifest['cisim']}. The same files, seed and versions give the same numbers"
        " to the last digit,"
        " whatever the number of workers. The run folder keeps a copy of the files below, every table"
        " behind this page"
        " and its figures."
    )
    rows = [(text(name), text(str(d)[:SHORT_DIGEST])) for name, d in manifest["files"].items()]
    rows += [(text(name), text(str(d)[:SHORT_DIGEST])) for name, d in manifest["tables"].items()]
    listed = tuple((Cell(a.text, raw=a.raw), Cell(b.text, raw=b.raw, mark="code")) for a, b in rows)
    parts: list[Part] = [
        said,
        Bullets((("", command(results)),), code=True),
        Table(
            "files",
            "Files that went in and tables that came out, with the first letters of their SHA-256.",
            ("file", "SHA-256"),
            listed,
        ),
        Text(f"Versions: {versions}.", "small"),
    ]
    return Section("reproduce", "How to do it again", parts)


def cite(results: Results) -> Section:
    """Return the section on how to name this run elsewhere."""
    manifest = results.manifest
    plan = str(next(iter(manifest["tables"].values()), ""))[:SHORT_DIGEST]
    words = (
        f"cisim (version {manifest['cisim']}): '{manifest['experiment']}', a simulation of"
        f" {results.question.model.model},"
        f" seed {manifest['seed']}, {times(int(manifest['replications']), 'replication')}, measures {plan}."
    )
    return Section("cite", "How to cite this", [Text(words)])
