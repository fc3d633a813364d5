"""``cisim run`` and ``cisim report``: the wait, the answer and where to read it."""

from __future__ import annotations

import sys
import time
import warnings
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from cisim.cli.checking import experiment_file
from cisim.cli.precision import with_precision
from cisim.cli.say import bad, error, good, plain, say, title
from cisim.errors import CisimError, CisimWarning, ModelError, StoreError
from cisim.report import answer, stops, write_pages
from cisim.runs import Progress, Results, damaged_words, read_run, run
from cisim.spec import Question, read_question
from cisim.units import duration_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Instead", "announced", "default_folder", "progress_shown", "rewrite", "run_experiment"]

NAMES = {
    "report": "Report",
    "board": "Board page",
    "team": "Team page",
    "sure": "How sure",
    "workbook": "Workbook",
    "cheers": "CHEERS 2022",
    "stress": "STRESS-DES",
}
SHOWN = 5
"""Words that a reader may stop at which are told."""
EVERY = 30.0
"""Seconds between two lines of progress in a pipe, unless a tenth of the work is done sooner."""


def default_folder(experiment: Path) -> Path:
    """Return runs/<name of the experiment's folder>; the file's own name where it is called otherwise.

    >>> default_folder(Path("experiments/daily-round/experiment.yaml")).as_posix()
    'runs/daily-round'
    >>> default_folder(Path("experiments/quick.yaml")).as_posix()
    'runs/quick'
    """
    name = experiment.resolve().parent.name if experiment.stem == "experiment" else experiment.stem
    return Path("runs") / (name or "run")


class Instead(NamedTuple):
    """What the command line says instead of an experiment's file.

    Attributes
    ----------
    numbers : mapping of str to int or None
        Of the run plan; None for what is not said.
    precision : str
        Such as '£50k'; '' for the file's own.
    at_most : int or None
        Draws or replications after which it stops in any case.
    """

    numbers: Mapping[str, int | None]
    precision: str = ""
    at_most: int | None = None


def _asked(question: Question, instead: Instead) -> Question:
    """Return the question with what the command line says instead of what its file says."""
    plan = question.experiment.run
    update: dict[str, object] = {
        name: number for name, number in instead.numbers.items() if number is not None
    }
    if ("replications" in update or "model_draws" in update) and not instead.precision:
        # A number that was asked for is meant: it stands instead of a precision, too.
        update["precision"] = None
    if instead.at_most is not None and not instead.precision:
        raise ModelError("--at-most", "got no --precision beside it, want one, such as --precision £50k")
    plan = plan.model_copy(update=update)
    if instead.precision:
        plan = with_precision(question, plan, instead.precision, instead.at_most)
    return replace(question, experiment=question.experiment.model_copy(update={"run": plan}))


class _Lines:
    """Progress in a pipe: a plain line at each tenth, and when nothing was said for a while."""

    def __init__(self) -> None:
        self.told = -1
        self.when = time.monotonic()

    def __call__(self, total: int, done: int, left: float | None) -> None:
        tenth = 10 * done // max(total, 1)
        now = time.monotonic()
        if tenth == self.told and now - self.when < EVERY:
            return
        self.told, self.when = tenth, now
        say(f"{done} of {total} done{_left(left, done < total)}")
        sys.stdout.flush()


def _left(left: float | None, going: bool = True) -> str:  # noqa: FBT001, FBT002 - a word of a sentence
    if left is None or not going:
        return ""
    size = 60 if left >= 60 else 5 if left >= 10 else 1  # nobody needs the seconds of six minutes
    return f", about {duration_text(1000 * size * max(round(left / size), 1))} left"


@contextmanager
def progress_shown() -> Iterator[Progress]:
    """Give what to call after each piece of work: a bar on a terminal, lines in a pipe."""
    if not sys.stdout.isatty():
        yield _Lines()
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress as Bar, TextColumn  # noqa: PLC0415

    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}"))
    with Bar(*columns, console=Console(file=sys.stdout, highlight=False), transient=True) as bar:
        task = bar.add_task("", total=None, left="")

        def tell(total: int, done: int, left: float | None) -> None:
            bar.update(
                task, total=total, completed=done, left=plain(_left(left, done < total).removeprefix(", "))
            )

        yield tell


def announced(folder: Path, progress: Progress) -> Progress:
    """Return progress that first says where the run goes: it is told of nothing before the folder is accepted."""
    said = False

    def tell(total: int, done: int, left: float | None) -> None:
        nonlocal said
        if not said:
            said = True
            say(f"Running into {folder}. Ctrl-C stops it; the same command then goes on.")
        progress(total, done, left)

    return tell


def run_experiment(
    experiment: Path,
    out: Path | None,
    *,
    workers: int,
    engine: str,
    instead: Instead,
    pdf: bool = False,
) -> None:
    """Run a question into its folder, write its pages and print the answer."""
    path = experiment_file(experiment)
    question = _asked(read_question(path), instead)
    folder = out if out is not None else default_folder(path)
    if folder.exists() and not folder.is_dir():
        msg = f"{folder}: got a file, want a folder for the run"
        raise StoreError(msg)
    say(f"{question.experiment.question}")
    with warnings.catch_warnings():
        # The run's own warnings are told below, with the answer.
        warnings.simplefilter("ignore", CisimWarning)
        try:
            with progress_shown() as progress:
                results = run(
                    question, folder, workers=workers, engine=engine, progress=announced(folder, progress)
                )
        except CisimError as stopped:
            if isinstance(stopped.__context__, KeyboardInterrupt):
                error(str(stopped))
                raise typer.Exit(130) from None
            raise
    tell(results, pdf=pdf)
    again = results.manifest["made_again"]
    if again:
        bad(f"Take note: {damaged_words(again)}")


def tell(results: Results, pages: tuple[str, ...] | None = None, *, pdf: bool) -> None:
    """Write the pages, and print the same answer as they give, the warnings, and where to read the rest."""
    written = write_pages(results, pages, pdf=pdf)
    found = answer(results)
    title(results.question.experiment.question)
    for sentence in found.sentences:
        good(sentence)
    if found.numbers:
        say()
    for figure, label, sure in found.numbers:
        say(f"  {figure}  {label} ({sure})", "bold")
    for warning in results.manifest["warnings"]:
        bad(f"Take note: {warning}")
    say()
    for name, page in written.paths.items():
        say(f"{NAMES.get(name, name)}: {page}")
    for words in written.words:
        say(words)
    for name in ("board", "team"):
        if name in written.paths:
            _stops(NAMES[name], written.paths[name])


def _stops(name: str, page: Path) -> None:
    """Say at which words a reader would stop; they come from the files, since the pages bring none of their own."""
    found = stops(page.read_text(encoding="utf-8"))
    for one in found[:SHOWN]:
        bad(f"{name}: {one.reader} may stop at {one.words!r}: {one.why}")


def rewrite(folder: Path, pages: str | None, *, pdf: bool) -> None:
    """Write pages of a finished run anew."""
    names = tuple(name.strip() for name in (pages or "").split(",") if name.strip())
    tell(read_run(folder), names or None, pdf=pdf)
