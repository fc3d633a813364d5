"""``cisim calibrate``: what no record shows, found by simulation, and whether the model may be called calibrated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cisim.calibrate import calibrate
from cisim.cli.running import announced, progress_shown
from cisim.cli.say import bad, error, good, say, table, title
from cisim.errors import CisimError, StoreError
from cisim.report import told_number, write_calibration, write_fitness
from cisim.spec import read_study

if TYPE_CHECKING:
    from cisim.calibrate import Calibrated

__all__ = ["NOT_CALIBRATED", "calibrate_study", "study_folder"]

NOT_CALIBRATED = 6
"""What the command ends with where a model failed its checks: its files are written all the same."""


def study_folder(study: Path) -> Path:
    """Return runs/<name of the study's folder>; the file's own name where it is called otherwise.

    >>> study_folder(Path("calibration/winter-sitreps/study.yaml")).as_posix()
    'runs/winter-sitreps'
    """
    inside = study / "study.yaml" if study.is_dir() else study
    return Path("runs") / (inside.resolve().parent.name if inside.stem == "study" else inside.stem)


def calibrate_study(study: Path, out: Path | None, *, workers: int) -> None:
    """Carry out a study into its folder, write its page and print what was found.

    Raises
    ------
    typer.Exit
        With 6 where the model may not be called calibrated.
    """
    calibration = read_study(study)
    folder = out if out is not None else study_folder(study)
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder}: got a file, want a folder for the study")
    say(calibration.study.question)
    try:
        with progress_shown() as progress:
            found = calibrate(calibration, folder, workers=workers, progress=announced(folder, progress))
    except KeyboardInterrupt:
        error(f"Stopped. What is finished is kept in {folder}; the same command goes on.")
        raise typer.Exit(130) from None
    except CisimError as stopped:
        if isinstance(stopped.__context__, KeyboardInterrupt):
            error(str(stopped))
            raise typer.Exit(130) from None
        raise
    page = write_calibration(found)
    _tell(found)
    say()
    say(f"The page: {page}")
    if found.validation is not None:
        say(f"What it is fit for, and what not: {write_fitness(found.validation, folder / 'fitness.html')}")
    if len(found.draws):
        say(
            f"Draws: {folder / 'posterior.csv'}; the model with them in it: {folder / 'model.yaml'}; what hangs "
            f"together, for the experiment: {folder / 'posterior.yaml'}"
        )
    if not found.calibrated:
        raise typer.Exit(NOT_CALIBRATED)


def _tell(found: Calibrated) -> None:
    title(found.calibration.study.question)
    first, *rest = found.words()
    (good if found.calibrated else bad)(first)
    for sentence in rest:
        say(sentence)
    if found.known:
        say()
        rows = [
            [k.name, *(told_number(x, k.unit) for x in k.after), f"{k.left:.0%}", k.verdict]
            for k in found.known
        ]
        table(["hidden number", "5%", "middle", "95%", "spread left", ""], rows, right=(1, 2, 3, 4))
    if found.reached:
        say()
        rows = [
            [
                r.name, r.role, told_number(r.value, r.unit), told_number(r.model, r.unit),
                "±" + told_number(r.allowed, r.unit), "yes" if r.within else "NO",
            ]
            for r in found.reached
        ]  # fmt: skip
        table(["figure", "", "records", "model", "allowed", "reached"], rows, right=(2, 3, 4))
    say()
    for check, passed, words in found.checks:
        (good if passed else bad)(f"{'passed' if passed else 'FAILED'}  {check}: {words}")
    if found.validation is not None:
        fit = [p.name[0].lower() + p.name[1:] for p in found.validation.purposes() if p.fit]
        say()
        say(f"Fit for: {'; '.join(fit)}." if fit else "Fit for none of the purposes that were checked.")
