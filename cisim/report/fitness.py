"""What a fitted model is fit for, and what not: one page, words first, from the checks of a validation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from cisim.report.answer import Answer
from cisim.report.content import Bullets, Part, Picture, Section, Table, Text, text
from cisim.report.page import Head, write_page
from cisim.report.svg import INK, PALETTE, sheet, svg_text
from cisim.report.words import number

if TYPE_CHECKING:
    from pathlib import Path

    from cisim.calibrate import Validation, ValidationCheck

__all__ = ["write_fitness"]

_BINS = 10


def write_fitness(validation: Validation, path: Path) -> Path:
    """Write the page that says what a fitted model is fit for, and what not.

    Parameters
    ----------
    validation : cisim.calibrate.Validation
    path : Path
        The file, such as `fitness.html`; it stands alone and asks nothing of the network.

    Returns
    -------
    Path
        The page.
    """
    from cisim import __version__  # noqa: PLC0415 - the package imports this room

    question = (
        f"{validation.model}: fitted to {validation.fitted_on}. Does it foretell what it has not seen "
        f"({validation.held_out}), and what may it therefore be used for?"
    )
    head = Head("What the model is fit for, and what not", validation.model, question, _answer(validation))
    return write_page(path, head, _sections(validation), __version__)


def _answer(validation: Validation) -> Answer:
    purposes = validation.purposes()
    fit = [p for p in purposes if p.fit]
    passed = sum(c.passed for c in validation.checks)
    verdict = (
        "The model is calibrated: no check failed."
        if validation.calibrated
        else "The model is not called calibrated. " + " ".join(validation.reasons())
    )
    purpose = (
        f"It is fit for: {'; '.join(p.name[0].lower() + p.name[1:] for p in fit)}."
        if fit
        else "It is fit for none of the purposes below."
    )
    compared = [c for check in validation.checks for c in check.compared]
    inside = sum(c.inside for c in compared)
    numbers = [
        (f"{passed} of {len(validation.checks)}", "checks passed", ""),
        (f"{len(fit)} of {len(purposes)}", "purposes that it is fit for", "named below"),
    ]
    if compared:
        numbers.append(
            (f"{inside} of {len(compared)}", "numbers inside their 95% interval", "19 of 20 should be")
        )
    return Answer((verdict, purpose), tuple(numbers))


def _sections(validation: Validation) -> list[Section]:
    parts: list[Part] = [
        Table(
            "purposes",
            "A model is fit for a purpose where each subject that the purpose needs was checked on what was held out, "
            "and no check of it failed.",
            ("What it is wanted for", "Fit?", "Why"),
            tuple((text(p.name), text("yes" if p.fit else "no"), text(p.why)) for p in validation.purposes()),
        )
    ]
    checks = Table(
        "checks",
        f"Fitted to {validation.fitted_on}; held out: {validation.held_out}. A check that holds fails by luck once in "
        "a hundred times.",
        ("Check", "Passed?", "What was found"),
        tuple((text(c.name), text("yes" if c.passed else "no"), text(c.words)) for c in validation.checks),
    )
    sections = [
        Section("fit-for", "What it is fit for, and what not", parts),
        Section("checks", "The checks", [checks]),
    ]
    pictures: list[Part] = [_beside(c) for c in validation.checks if c.compared]
    pictures += [_places(c) for c in validation.checks if c.places]
    if pictures:
        sections.append(Section("held-out", "What was held out, beside what was foretold", pictures))
    sections.append(Section("reading", "How to read this page", _reading()))
    return sections


_TERMS = {
    "Interval": "where a number should lie 19 times in 20, by the luck of so few patients and by what is not known of "
    "the model's own numbers",
    "Place in the forecast": "how much of what was foretold lies below what came; of many days or patients, all places "
    "should be as frequent",
    "Not checked": "nobody knows; a model is not fit for what was never checked",
}


def _reading() -> list[Part]:
    words = "A model that fits the records it was made from proves little: this page is about what it has not seen."
    return [Text(words), Bullets(tuple(_TERMS.items()))]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _beside(check: ValidationCheck) -> Picture:
    rows = check.compared
    told = "; ".join(
        f"{c.name}: {number(c.held)}, foretold {number(c.predicted)} ({number(c.low)} to {number(c.high)})"
        for c in rows
    )
    with sheet(7.0, 0.75 + 0.24 * len(rows)) as figure:
        axes = figure.subplots()
        at = np.arange(len(rows))[::-1]
        axes.hlines(at, [c.low for c in rows], [c.high for c in rows], color=PALETTE["sky"], linewidth=6)
        axes.plot([c.predicted for c in rows], at, "|", color=PALETTE["blue"], markersize=9, label="foretold")
        inside = np.array([c.inside for c in rows])
        held = np.array([c.held for c in rows])
        axes.plot(held[inside], at[inside], "o", color=INK, markersize=4.5, label="held out, inside")
        if not inside.all():
            axes.plot(
                held[~inside],
                at[~inside],
                "D",
                color=PALETTE["red"],
                markersize=5.5,
                label="held out, outside",
            )
        axes.set_yticks(at, [c.name for c in rows])
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, 1 + 0.45 / len(rows) + 0.06),
            ncols=3,
            frameon=False,
            fontsize=8,
        )
        svg = svg_text(figure, _slug(check.name), f"{check.name}. {told}")
    verdict = "passed" if check.passed else "failed"
    return Picture(
        _slug(check.name),
        f"{check.name}: {verdict}. The bars are the intervals; the dots are what was held out.",
        svg,
    )


def _places(check: ValidationCheck) -> Picture:
    share, _ = np.histogram(check.places, bins=_BINS, range=(0, 1))
    share = share / len(check.places)
    reach = 1.96 * float(np.sqrt(0.1 * 0.9 / len(check.places)))
    with sheet(7.0, 2.2) as figure:
        axes = figure.subplots()
        axes.axhspan(0.1 - reach, 0.1 + reach, color=PALETTE["sky"], alpha=0.35, linewidth=0)
        axes.bar((np.arange(_BINS) + 0.5) / _BINS, share, width=0.085, color=PALETTE["blue"])
        axes.axhline(0.1, color=INK, linewidth=0.8)
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
        axes.set_xlabel("place in the forecast: 0 is less than was ever foretold, 1 is more")
        axes.yaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
        axes.set_ylabel("share")
        svg = svg_text(figure, _slug(check.name), f"{check.name}: {check.words}")
    verdict = "passed" if check.passed else "failed"
    return Picture(
        _slug(check.name),
        f"{check.name}: {verdict}. All bars should be near the line, most of them within the band.",
        svg,
    )
