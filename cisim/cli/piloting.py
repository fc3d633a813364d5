"""``cisim pilot``: whether a small study is worth running before the decision, how large, and what it could change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.cli.checking import experiment_file
from cisim.cli.running import default_folder
from cisim.cli.say import bad, good, say, table, title
from cisim.errors import ModelError, StoreError
from cisim.report import amount_text, pilot_words, verdict_words
from cisim.report.words import money
from cisim.runs import choice_of, pilots_of, read_run
from cisim.spec import read_question

if TYPE_CHECKING:
    from pathlib import Path

    from cisim.decision import Weighed
    from cisim.runs import Choice, Results
    from cisim.spec import Pilot, Question

__all__ = ["tell_pilots"]


def tell_pilots(place: Path, view: str | None = None, seed: int = 1) -> None:
    """Tell every pilot of a run, or of an experiment with the run that stands in its usual folder.

    Raises
    ------
    StoreError
        Where there is no finished run.
    ModelError
        Where nothing is valued, or no pilot is named.
    FileProblems
        With every mistake of an experiment's files.
    """
    results, question = _read(place)
    pilots = question.value.pilots if question.value is not None else ()
    choice = choice_of(results, question, view)
    if not pilots:
        text = "got none, want 'pilots:' in the value file: what each measures, its sizes and what it costs"
        raise ModelError("pilots", text)
    found = pilots_of(choice, pilots, seed=seed)
    _tell_choice(choice)
    for pilot, one in zip(pilots, found, strict=True):
        title(pilot.name)
        first, *rest = pilot_words(one, choice, pilot.of)
        (good if one.verdict == "run" else bad if one.verdict == "do not run" else say)(first)
        for words in rest:
            say(words)
        _tell_sizes(one, pilot)
    title("All together")
    say(verdict_words(found, choice, [pilot.of for pilot in pilots]))


def _read(place: Path) -> tuple[Results, Question]:
    """Return a run and its question; of an experiment, the question as it stands now and the run of its name."""
    if place.is_dir() and (place / "manifest.json").is_file():
        results = read_run(place)
        return results, results.question
    if not place.exists() or (place.is_dir() and (place / "parts").is_dir()):
        results = read_run(place)
        return results, results.question
    path = experiment_file(place)
    question = read_question(path)
    folder = default_folder(path)
    if not (folder / "manifest.json").is_file():
        msg = f"{folder}: holds no finished run of {path}; want `cisim run {place}` first, or a run folder"
        raise StoreError(msg)
    return read_run(folder), question


def _tell_choice(choice: Choice) -> None:
    best = choice.best
    say(
        f"{len(choice.benefit):,} draws. Net benefit is counted as {choice.perspective.name} does:"
        f" {choice.perspective.words}."
    )
    shut = [name for i, name in enumerate(choice.strategies) if choice.fails(i)]
    if shut:
        say(f"Not to be recommended, since service is not kept surely enough: {', '.join(shut)}.")
    worth = amount_text(choice.benefit[:, best])
    say(f"Now '{choice.strategies[best]}' would be chosen: worth {worth} on average.")


def _tell_sizes(one: Weighed, pilot: Pilot) -> None:
    rows = []
    for i, size in enumerate(one.study.sizes):
        here = one.sampling
        check = "" if one.check is None else money(float(one.check[i].value) * one.study.serves * one.left, 2)
        brings = f"{money(float(here.value[i]), 2)}", f"{money(float(here.cost[i]), 2)}"
        net = money(float(here.net[i]), 2), money(1.96 * float(here.se[i]), 2)
        rows.append([f"{size:g}", *brings, *net, check])
    heads = [pilot.of, "it brings", "it costs", "net", "give or take", "check: normal"]
    table(heads, rows, right=(0, 1, 2, 3, 4, 5))
    told = {text for worth in one.worth for text in worth.warnings if "too few" not in text}
    for text in sorted(told):
        bad(f"{text}.")
    if any("too few" in text for worth in one.worth for text in worth.warnings):
        few = np.flatnonzero([any("too few" in t for t in worth.warnings) for worth in one.worth])
        sizes = ", ".join(f"{one.study.sizes[i]:g}" for i in few)
        say(f"Too few draws in which it would change the choice, to size it: {sizes}.", "dim")
