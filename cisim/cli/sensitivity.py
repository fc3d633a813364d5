"""``cisim sensitivity``: what the answer of a question rests on, by the simulator itself."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

from cisim.cli.checking import experiment_file
from cisim.cli.running import default_folder, progress_shown
from cisim.cli.say import good, say, title
from cisim.errors import CisimWarning, ModelError, nearest
from cisim.runs import METHODS, asking, sensitivity

__all__ = ["Wanted", "tell_sensitivity"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for; '' and 0 where it does not say."""

    method: str
    headline: str = ""
    rows: int = 0
    replications: int = 0
    workers: int = 1
    numbers: tuple[str, ...] = ()
    pairs: bool = False


def tell_sensitivity(path: Path, out: Path | None, wanted: Wanted) -> None:
    """Run a question, ask its headline at other numbers, say what it rests on, and write the table behind it.

    Raises
    ------
    CisimError
        As `asking` and `sensitivity` do.
    """
    if wanted.method not in METHODS:
        words = f"got {wanted.method!r}, want one of: {', '.join(METHODS)}{nearest(wanted.method, METHODS)}"
        raise ModelError("--method", words)
    file = experiment_file(path)
    folder = default_folder(file) if out is None else out
    with warnings.catch_warnings(), progress_shown() as progress:
        warnings.simplefilter("ignore", CisimWarning)  # told by `cisim run`
        with asking(
            file,
            folder,
            headline=wanted.headline,
            replications=wanted.replications,
            workers=wanted.workers,
            progress=progress,
        ) as asked:
            found = sensitivity(
                asked, wanted.method, rows=wanted.rows, numbers=wanted.numbers, pairs=wanted.pairs
            )
    title(f"What the answer rests on: {found.method}")
    for line in found.words:
        say(line)
    table = folder / "tables" / f"sensitivity-{found.method}.csv"
    table.parent.mkdir(parents=True, exist_ok=True)
    found.table.to_csv(table, index=False)
    say()
    simulated = (
        f"{found.runs:,} of them simulated, each in {found.replications} replications with the same luck"
        if found.runs
        else "none of them simulated: only prices and shares of the value file move"
    )
    say(f"{found.points:,} points, {simulated}.")
    good(f"The table: {table}")
