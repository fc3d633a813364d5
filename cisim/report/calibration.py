"""The page of a calibration study: whether the model may be called calibrated, what was found, and what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import cisim
from cisim.calibrate import rank_correlations
from cisim.report.answer import Answer
from cisim.report.calibration_figures import before_and_after, figures_reached, pairs
from cisim.report.content import Bullets, Cell, Note, Picture, Section, Table, Text, text
from cisim.report.page import Head, write_page, write_parts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cisim.calibrate import Calibrated, Known, Reached
    from cisim.report.content import Part

__all__ = ["told_number", "write_calibration"]

_VERDICTS = {
    "found": "found",
    "narrowed": "narrowed",
    "not identified": "not identified",
}
_MOST_PAIRS = 4
_HANGS = 0.5
"""Rank correlation from which two numbers are shown together."""


def told_number(value: float, unit: str = "") -> str:
    """Return a number as people read it, three digits that count.

    >>> told_number(0.5425, "share"), told_number(94.177, "min"), told_number(1234.5)
    ('54%', '94.2 min', '1,230')
    """
    if unit == "share":
        return f"{value:.0%}" if abs(value) >= 0.1 else f"{value:.1%}"
    digits = 0 if value == 0 else max(0, 2 - int(np.floor(np.log10(abs(value)))))
    shown = round(value, 2 - int(np.floor(np.log10(abs(value))))) if value else 0.0
    out = f"{shown:,.{min(digits, 6)}f}"
    out = out.rstrip("0").rstrip(".") if "." in out else out
    return f"{out} {unit}".rstrip()


def _answer(found: Calibrated) -> Answer:
    words = found.words()
    failed = found.failures()
    if failed:
        number = sum(not passed for _, passed, _ in found.checks)
        what = "nothing was kept out of the fit" if not number else "it failed a check"
        what = what if number < 2 else f"it failed {number} checks"
        sentences = (
            f"The model is not calibrated: {what}. Its numbers are not to be used before that is mended.",
        )
        notes = failed
    else:
        sentences, notes = ("The model is calibrated: simulated anew, it passes every check.",), ()
    numbers = tuple(
        (told_number(k.after[1], k.unit), k.name, _sure(k))
        for k in found.known
        if k.verdict != "not identified"
    )[:6]
    return Answer((*sentences, *words[1:4]), numbers, notes)


def _sure(known: Known) -> str:
    low, high = (told_number(x, known.unit) for x in (known.after[0], known.after[2]))
    return f"9 chances in 10: {low} to {high}"


def _hidden(found: Calibrated) -> Section:
    rows = tuple(
        (
            text(k.name),
            _range(k.before, k.unit),
            _range(k.after, k.unit),
            text(f"{k.left:.0%}"),
            text(k.verdict, "off" if k.verdict == "not identified" else ""),
        )
        for k in found.known
    )
    names = [k.name for k in found.known if k.verdict == "not identified"]
    parts: list[Part] = []
    if names:
        parts.append(
            Note(
                f"Not identified: {', '.join(names)}. The targets say next to nothing of "
                f"{'it' if len(names) == 1 else 'them'}; what stands below is what was believed before."
            )
        )
    parts += [Text(r.told()) for r in found.ridges]
    draws = found.draws / np.array([h.places[0].scale for h in found.calibration.hidden])
    grid = (np.arange(2000) + 0.5) / 2000
    prior = np.column_stack(
        [np.asarray(h.prior.ppf(grid), float) / h.places[0].scale for h in found.calibration.hidden]
    )
    parts.append(
        Picture(
            "before_and_after",
            "Pale: what was believed before. Blue: what the targets leave. The bar holds 9 chances in 10.",
            before_and_after(found.known, prior, draws),
        )
    )
    parts.append(
        Table(
            "hidden", "Hidden numbers: the middle value, and the 90% interval below it.",
            ("number", "before", "after", "spread left", ""), rows, right=(3,),
        )
    )  # fmt: skip
    shown = _pairs(found)
    if shown:
        parts.append(
            Picture(
                "pairs",
                "Each dot is a possible pair: a thin slope means that only a combination of the two is known.",
                pairs([(found.known[i], found.known[j], draws[:, i], draws[:, j]) for i, j in shown]),
            )
        )
    return Section("hidden", "What no record shows", parts)


def _range(ends: tuple[float, float, float], unit: str) -> Cell:
    low, middle, high = (told_number(x, unit) for x in ends)
    return Cell(middle, f"{low} to {high}", ends)


def _pairs(found: Calibrated) -> list[tuple[int, int]]:
    """Return the pairs of hidden numbers that hang together most."""
    p = found.u.shape[1]
    if p < 2:
        return []
    ranks = rank_correlations(found.u)
    every = [(i, j) for i in range(p) for j in range(i + 1, p) if abs(ranks[i, j]) >= _HANGS]
    return sorted(every, key=lambda ij: -abs(ranks[ij]))[:_MOST_PAIRS]


def _targets(found: Calibrated) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for role, title in (("fitted", "Fitted"), ("predicted", "Kept back and predicted")):
        mine = [r for r in found.reached if r.role == role]
        rows += [(text(title),)] if mine else []
        rows += [_target_row(r) for r in mine]
    parts: list[Part] = [
        Picture(
            "figures_reached",
            "How far the fitted model is from each figure, as a share of what was allowed (its tolerance and 1.96 "
            "standard errors): within the pale band it reaches it. Bars: 9 draws in 10.",
            figures_reached(found.reached),
        ),
        Table(
            "targets", "Each figure, and what the model gives at numbers drawn from what was found, simulated anew.",
            ("figure", "records", "model", "allowed", "reached"), tuple(rows), right=(1, 2, 3), wide=True,
        ),
    ]  # fmt: skip
    return Section("targets", "What it had to reach", parts)


def _target_row(one: Reached) -> tuple[Cell, ...]:
    low, high = told_number(one.low, one.unit), told_number(one.high, one.unit)
    return (
        Cell(one.name, one.source, (one.name,)),
        Cell(told_number(one.value, one.unit), raw=(one.value,)),
        Cell(told_number(one.model, one.unit), f"{low} to {high}", (one.model, one.low, one.high)),
        Cell("±" + told_number(one.allowed, one.unit), raw=(one.allowed,)),
        text("yes" if one.within else "NO", "" if one.within else "off"),
    )


def _checks(found: Calibrated) -> Section:
    items = tuple(
        (f"{'Passed' if passed else 'FAILED'}, {check}", words + ".") for check, passed, words in found.checks
    )
    parts: list[Part] = [Bullets(items)]
    if found.validation is not None:
        parts.append(
            Text("fitness.html, beside this page, says for what the model is fit, and for what not.")
        )
    return Section("checks", "Checks", parts)


def _method(found: Calibrated) -> Section:
    study = found.calibration.study
    parts: list[Part] = [
        Text(
            f"{found.simulated:,} replications were simulated, in {len(found.waves)} waves and once more to judge. "
            "In each wave points are simulated, an emulator of every figure is fitted to them, and numbers are ruled "
            "out where the emulators are more than three standard deviations from a figure. The posterior comes from "
            "the emulators of the last wave, by sequential Monte Carlo; the judgement from the simulator."
        )
    ]
    rows = tuple(
        (text(str(i)), text(str(w.points)), text(_small(w.left)), text("; ".join(w.passed_over) or "none"))
        for i, w in enumerate(found.waves, 1)
    )
    heads = ("wave", "points", "left of what was believed", "figures passed over")
    parts.append(Table("waves", "What each wave left.", heads, rows, right=(0, 1, 2)))
    where = [
        (h.name, "; ".join(p.path for p in h.places) + (f". {h.source}" if h.source else ""))
        for h in found.calibration.hidden
    ]
    parts.append(
        Text("Where the hidden numbers stand in the model, and the source of what was believed before:")
    )
    parts.append(Bullets(tuple(where)))
    parts += [Text(note) for note in study.notes]
    parts.append(
        Text(
            "posterior.csv holds the draws; model.yaml is the model with them as uncertain numbers in their places; "
            "`same` and `correlations` of posterior.yaml belong into the experiment that runs it."
        )
    )
    return Section("method", "How it was done", parts)


def _small(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else f"{share:.1e}"


def write_calibration(found: Calibrated) -> Path:
    """Write FOLDER/report.html of a calibration study, with its figures and tables as files beside it.

    Returns
    -------
    Path
        The page; the same study gives the same bytes.
    """
    sections: Sequence[Section] = [_checks(found), _method(found)]
    if len(found.draws):
        sections = [_hidden(found), _targets(found), *sections]
    write_parts(found.folder, sections)
    study = found.calibration.study
    head = Head(study.study, "Calibration study", study.question, _answer(found))
    return write_page(found.folder / "report.html", head, sections, cisim.__version__)
