"""The commands and their options; what each does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

__all__ = ["app"]

# Typer reads these hints while the program runs, and `Path | None` inside Annotated is fine only as Optional.
app = typer.Typer(
    name="cisim",
    help="What will a change in a hospital release, what can we do with it, and what is it worth?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, as `cisim run` writes it.")]


def _version(*, asked: bool) -> None:
    if asked:
        from cisim import __version__  # noqa: PLC0415
        from cisim.cli.say import say  # noqa: PLC0415

        say(f"cisim {__version__}")
        raise typer.Exit


def _asked_version(value: bool) -> bool:  # noqa: FBT001 - typer calls it with the option's value
    _version(asked=value)
    return value


@app.callback()
def _cisim(
    version: Annotated[  # noqa: FBT002 - a switch of the command line
        bool, typer.Option("--version", help="Print the version.", callback=_asked_version, is_eager=True)
    ] = False,
) -> None:
    """Say what a change in a hospital will release, what can be done with it, and what it is worth."""


@app.command()
def new(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or an empty folder.")]) -> None:
    """Write a small project to begin with: a ward, a change, prices and a question, commented."""
    from cisim.cli.starting import start  # noqa: PLC0415

    start(folder)


@app.command()
def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Files of any kind, or experiment folders.")
    ],
) -> None:
    """Read files, tell every mistake, and say what was understood and who cannot keep up."""
    from cisim.cli.checking import check_files  # noqa: PLC0415

    check_files(files)


@app.command()
def run(
    experiment: Annotated[
        Path, typer.Argument(metavar="EXPERIMENT", help="An experiment file, or its folder.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="RUN", help="The run folder.", show_default="runs/<name>"),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes to work with.")] = 1,
    engine: Annotated[
        str, typer.Option(help="compiled, or simpy: the reference, slower, for steps written in Python.")
    ] = "compiled",
    replications: Annotated[
        Optional[int], typer.Option(min=1, help="Replications, instead of what the file says.")  # noqa: UP045
    ] = None,
    seed: Annotated[Optional[int], typer.Option(min=0, help="Seed, instead of the file's.")] = None,  # noqa: UP045
) -> None:
    """Run a question, write its report, and print the answer. A run that was stopped goes on."""
    from cisim.cli.running import run_experiment  # noqa: PLC0415

    run_experiment(experiment, out, workers=workers, engine=engine, replications=replications, seed=seed)


@app.command()
def report(run: Run) -> None:
    """Write the report of a finished run anew, from its tables."""
    from cisim.cli.running import rewrite  # noqa: PLC0415

    rewrite(run)


@app.command()
def schema(
    folder: Annotated[
        Optional[Path], typer.Argument(metavar="[DIR]", help="Where to write them; printed, if left out.")  # noqa: UP045
    ] = None,
    kind: Annotated[
        Optional[str], typer.Option(help="Only one of: model, scenario, value, experiment.")  # noqa: UP045
    ] = None,
) -> None:
    """Write the JSON schemas by which an editor completes and checks files while you type."""
    from cisim.cli.starting import write_schemas  # noqa: PLC0415

    write_schemas(folder, kind)


@app.command()
def explain(
    run: Run,
    patient: Annotated[
        str, typer.Argument(metavar="PATIENT", help="The patient's number, such as 7 or 1.7.")
    ],
    scenario: Annotated[
        str, typer.Option(help="The baseline, a scenario or an option of the run.")
    ] = "baseline",
    replication: Annotated[int, typer.Option(min=0, help="Which replication; they count from 0.")] = 0,
    pathway: Annotated[
        Optional[str], typer.Option(help="The patient's pathway; needed where there are several.")  # noqa: UP045
    ] = None,
    case: Annotated[Optional[str], typer.Option(help="The case; the main one, if left out.")] = None,  # noqa: UP045
) -> None:
    """Tell the story of one patient: who asked, waited and held what, when, and why."""
    from cisim.cli.explaining import Whose, explain as tell  # noqa: PLC0415

    tell(run, patient, Whose(scenario, replication, pathway, case))


@app.command()
def export(
    run: Run,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; gzipped where it ends in .gz.")],
    style: Annotated[str, typer.Option(help="Whose columns: bupar, xes or vidigi.")] = "bupar",
    scenario: Annotated[
        str, typer.Option(help="The baseline, a scenario or an option of the run.")
    ] = "baseline",
    replication: Annotated[int, typer.Option(min=0, help="Which replication; they count from 0.")] = 0,
    case: Annotated[Optional[str], typer.Option(help="The case; the main one, if left out.")] = None,  # noqa: UP045
) -> None:
    """Write what happened to whom, for process-mining and animation tools."""
    from cisim.cli.explaining import Whose  # noqa: PLC0415
    from cisim.cli.exporting import export_run  # noqa: PLC0415

    export_run(run, file, style, Whose(scenario, replication, None, case))


@app.command()
def environment() -> None:
    """Print the versions that a bug report needs."""
    from cisim.cli.environment import environment as versions  # noqa: PLC0415
    from cisim.cli.say import say  # noqa: PLC0415

    for name, version in versions():
        say(f"{name}: {version}")
