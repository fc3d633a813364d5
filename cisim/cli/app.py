"""The commands and their options; what each does is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

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

PDF = "Print the board's and the team's page, by WeasyPrint or an installed Edge, Chrome or Chromium."
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
def run(  # noqa: PLR0913, PLR0917 - one option for each number of the run plan
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
    draws: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            min=0, help="Draws of what is not known, each simulated, instead of what the file says."
        ),
    ] = None,
    emulated: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=0, max=100_000, help="More draws, predicted from those, instead of the file's."),
    ] = None,
    precision: Annotated[
        str,
        typer.Option(
            metavar="SIZE",
            help="Run on until the answer is known to so much on either side: £50k (what options are worth), 5% (the"
            " chance that they pay) or 0.1 d (the change in the headline).",
        ),
    ] = "",
    at_most: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=2, help="With --precision: draws, or replications of a time, and no more."),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help=PDF)] = False,  # noqa: FBT002 - a switch
) -> None:
    """Run a question, write its pages, and print the answer. A run that was stopped goes on."""
    from cisim.cli.running import Instead, run_experiment  # noqa: PLC0415

    numbers: dict[str, int | None] = {"replications": replications, "seed": seed, "model_draws": draws}
    numbers["emulated_draws"] = emulated
    instead = Instead(numbers, precision, at_most)
    run_experiment(experiment, out, workers=workers, engine=engine, instead=instead, pdf=pdf)


@app.command()
def calibrate(
    study: Annotated[
        Path, typer.Argument(metavar="STUDY", help="A study file, or its folder, such as calibration/NAME.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to.", show_default="runs/<name>"),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes to work with.")] = 1,
) -> None:
    """Find numbers that no record shows, and say whether the model may be called calibrated (exit 6: it may not).

    A study that was stopped goes on.
    """
    from cisim.cli.calibrating import calibrate_study  # noqa: PLC0415

    calibrate_study(study, out, workers=workers)


@app.command()
def report(
    run: Run,
    pages: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="NAMES",
            help="Which: report, board, team, sure, workbook; checklists: cheers, stress.",
        ),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help=PDF)] = False,  # noqa: FBT002 - a switch
) -> None:
    """Write the pages of a finished run anew, from its tables, and its workbook."""
    from cisim.cli.running import rewrite  # noqa: PLC0415

    rewrite(run, pages, pdf=pdf)


def _option(words: str) -> Any:
    return typer.Option(help=words, show_default=False)


@app.command()
def claim(  # noqa: PLR0913, PLR0917 - one option for each figure that is published
    file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(metavar="[FILE]", help="A claims file; or give one claim with the options."),
    ] = None,
    a_pound: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--return", help="What came back for each £1: 15.41. Two, by spread: '2.32 at 30%'."),
    ] = None,
    benefit: Annotated[str, _option("With --return: the whole benefit, such as £14.2m.")] = "",
    cost: Annotated[str, _option("With --return or --saving: what it cost.")] = "",
    reading: Annotated[str, _option("With --return: gross or net; both are told, if left out.")] = "",
    saving: Annotated[str, _option("An amount saved, a year: £1m.")] = "",
    bed_days: Annotated[str, _option("With --saving: the bed-days saved, a year.")] = "",
    wards: Annotated[int, _option("With --saving: how many equal wards there were before one closed.")] = 0,
    beds: Annotated[int, _option("With --saving and --wards: beds in a ward.")] = 0,
    occupancy: Annotated[str, _option("With --saving and --wards: how full they were.")] = "",
    unit_cost: Annotated[str, _option("A cost for each patient: -21%, or '£807.70 to £631.50'.")] = "",
    patients: Annotated[
        str, _option("With --unit-cost: +28.9%. With --stay: 1000, or '739 to 1010' a year.")
    ] = "",
    change: Annotated[str, _option("A share by which something moved: -25.9%.")] = "",
    of: Annotated[str, _option("With --change: what moved, such as falls.")] = "",
    compared: Annotated[str, _option("With --change: how it moved where nothing was done.")] = "",
    count: Annotated[str, _option("With --change: how many there were a year, before.")] = "",
    each: Annotated[str, _option("With --change: what each costs.")] = "",
    lead_time: Annotated[str, _option("Hours of lead time taken out: '3,000 h'.")] = "",
    stay: Annotated[str, _option("A mean stay: '5.5 d to 1.2 d'.")] = "",
    step: Annotated[int, _option("With --stay: beds that close together, such as 6.")] = 0,
    saves: Annotated[str, _option("With --stay and --step: the full yearly cost of a step.")] = "",
    stranded: Annotated[str, _option("With --saves: the share of it that stays, such as 60%.")] = "",
) -> None:
    """Say what a published or local claim implies, without a model; and what is missing to size it.

    One of --return, --saving, --unit-cost, --change, --lead-time and --stay says what sort of claim it is.
    """
    from cisim.cli.claiming import claim_file, claim_said  # noqa: PLC0415

    given: dict[str, object] = {
        "return": a_pound, "benefit": benefit, "cost": cost, "reading": reading, "saving": saving,
        "bed_days": bed_days, "wards": wards, "beds": beds, "occupancy": occupancy, "unit_cost": unit_cost,
        "patients": patients, "change": change, "of": of, "compared": compared, "count": count, "each": each,
        "lead_time": lead_time, "stay": stay, "step": step, "saves": saves, "stranded": stranded,
    }  # fmt: skip
    settings = {name: value for name, value in given.items() if value}
    if file is None:
        claim_said(settings)
    else:
        claim_file(file, settings)


@app.command()
def need(
    amount: Annotated[
        str, typer.Argument(metavar="AMOUNT", help="A sum a year: '1m recurrent', or '£1m in 2026/27'.")
    ],
    place: Annotated[
        Path, typer.Argument(metavar="FILE", help="An experiment with its value file, or a model.")
    ],
    option: Annotated[str, _option("Which option of the value file closes, if several do.")] = "",
    pool: Annotated[str, _option("Without a value file: the pool of beds.")] = "",
    step: Annotated[int, _option("Without a value file: beds that close together, such as 6.")] = 0,
    saves: Annotated[str, _option("Without a value file: the full yearly cost of a step.")] = "",
    stranded: Annotated[str, _option("Without a value file: the share of it that stays.")] = "",
    after: Annotated[str, _option("Without a value file: from deciding to closing, such as 26 wk.")] = "",
) -> None:
    """Say what must hold for so much recurrent cash: whole steps closed, the mean stay, how full, and by when."""
    from cisim.cli.needing import Asked, tell_need  # noqa: PLC0415

    tell_need(amount, place, Asked(option, pool, step, saves, stranded, after))


@app.command()
def sensitivity(  # noqa: PLR0913, PLR0917 - one option for each thing that may be asked
    experiment: Annotated[
        Path, typer.Argument(metavar="EXPERIMENT", help="An experiment file, or its folder.")
    ],
    method: Annotated[
        str, typer.Option(help="tornado, switching, two-way, morris, sobol, pawn or emulator.")
    ] = "tornado",
    headline: Annotated[
        str, _option("npv:OPTION, money:OPTION, qalys:OPTION, or a measure as named in summary.json.")
    ] = "",
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--out", metavar="RUN", help="The run folder.", show_default="runs/<name>"),
    ] = None,
    rows: Annotated[
        int,
        typer.Option(
            min=0, help="Rows of morris, sobol or pawn, values of two-way, points of the emulator; 0: few."
        ),
    ] = 0,
    replications: Annotated[int, typer.Option(min=0, help="Of each point; 0: as many as the run has.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes to work with.")] = 1,
    number: Annotated[
        Optional[list[str]],  # noqa: UP045
        _option("The path of a number to move, twice for two-way; not for methods that move all."),
    ] = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="With sobol: of pairs too.")] = False,  # noqa: FBT002
) -> None:
    """Say what the answer of a question rests on: which uncertain numbers move it, and where it turns."""
    from cisim.cli.sensitivity import Wanted, tell_sensitivity  # noqa: PLC0415

    moved = tuple(number or ())
    tell_sensitivity(experiment, out, Wanted(method, headline, rows, replications, workers, moved, pairs))


@app.command()
def voi(  # noqa: PLR0913, PLR0917 - one option for each thing that may be asked
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A CSV or .xlsx: parameters, and cost and effect of each strategy."
        ),
    ],
    threshold: Annotated[float, typer.Option(help="Pounds for one unit of effect, such as a QALY.")] = 20_000,
    people: Annotated[float, typer.Option(help="Patients a year whom the decision is for.")] = 0,
    years: Annotated[int, typer.Option(min=1, help="With --people: years that the decision holds.")] = 10,
    together: Annotated[
        Optional[list[str]],  # noqa: UP045
        _option("Parameters to know at once, with commas; may be given again."),
    ] = None,
    costs: Annotated[str, _option("The word that begins columns of cost, if not cost.")] = "",
    effects: Annotated[str, _option("The word that begins columns of effect, if not effect or qaly.")] = "",
    leave_out: Annotated[
        Optional[list[str]],  # noqa: UP045
        _option("A column to pass over; may be given again."),
    ] = None,
    target: Annotated[
        Optional[float],  # noqa: UP045
        _option("A saving a patient, in pounds: how likely each strategy is to miss it."),
    ] = None,
    measure: Annotated[
        str, _option("A study first: the parameters that it would measure, with commas.")
    ] = "",
    sizes: Annotated[str, typer.Option(help="With --measure: sizes of it to try.")] = "10,30,100,300",
    by: Annotated[
        str, typer.Option(help="With --measure: mean (give --sd), share (binomial), rate (Poisson) or time.")
    ] = "mean",
    sd: Annotated[float, typer.Option(min=0, help="With --measure: how much one observation varies.")] = 0,
    once: Annotated[float, typer.Option(min=0, help="With --measure: its cost, whatever its size.")] = 0,
    each: Annotated[float, typer.Option(min=0, help="With --measure: its cost for each observation.")] = 0,
    delay: Annotated[int, typer.Option(min=0, help="With --measure: years until it has reported.")] = 0,
) -> None:
    """Say whether it is worth knowing more before choosing, and about what, from any probabilistic analysis."""
    from cisim.cli.voi import Choosing, Measuring, tell_voi  # noqa: PLC0415

    study = Measuring(measure, by, sd, sizes, once, each, delay) if measure else None
    left_out = tuple(leave_out or ())
    tell_voi(
        file,
        Choosing(threshold, people, years, tuple(together or ()), costs, effects, left_out, target, study),
    )


@app.command("before-after")
def before_after(  # noqa: PLR0913, PLR0917 - one option for each thing that may be asked
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A CSV of days, weeks or months; an event log; or the folder of an import.",
        ),
    ],
    changed: Annotated[str, typer.Option(help="The day of the change, such as 2024-05-06.")],
    of: Annotated[str, _option("The column, or the pathway, step or pool of a log.")] = "",
    beside: Annotated[str, _option("Others, where nothing was changed, with commas between them.")] = "",
    sizes: Annotated[
        str, _option("Columns that say of how many patients each number is, of each ward in turn.")
    ] = "",
    measure: Annotated[
        str, typer.Option(help="Of a log: what is measured, week by week.")
    ] = "length_of_stay",
    statistic: Annotated[str, typer.Option(help="Of a log: mean, p90, patients...")] = "mean",
    unit: Annotated[str, _option("Of the numbers of a CSV, such as d.")] = "",
    settling: Annotated[int, typer.Option(min=0, help="Periods after the change to leave out.")] = 0,
    slope: Annotated[bool, typer.Option("--slope", help="The effect may grow or fade.")] = False,  # noqa: FBT002
    difference: Annotated[  # noqa: FBT002
        bool, typer.Option("--difference", help="Tell the effect as a difference, not by a factor.")
    ] = False,
    cut: Annotated[str, _option("A step of a model: say the effect as a change of it.")] = "",
    out: Annotated[Optional[Path], typer.Option(help="Where the page goes.")] = None,  # noqa: UP045
) -> None:
    """Say what a change did, from records of the time before and after it."""
    from cisim.cli.before_after import Asked, Which, tell_before_after  # noqa: PLC0415

    which = Which(of, beside, measure, statistic, unit, sizes)
    tell_before_after(file, changed, Asked(which, settling, slope, difference, cut, out))


@app.command()
def pilot(
    place: Annotated[
        Path,
        typer.Argument(metavar="EXPERIMENT|RUN", help="An experiment that was run, or a run folder."),
    ],
    view: Annotated[
        Optional[str],  # noqa: UP045
        _option(
            "Whose net benefit, if not the value file's: provider, NICE, 'health department', 'Green Book'."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="For what the pilots would find.")] = 1,
) -> None:
    """Say whether a pilot is worth running before the decision, how large, and what it could change."""
    from cisim.cli.piloting import tell_pilots  # noqa: PLC0415

    tell_pilots(place, view, seed)


@app.command("import")
def import_(
    records: Annotated[Path, typer.Argument(metavar="RECORDS", help="A CSV, Excel (.xlsx) or Parquet file.")],
    mapping: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--map", metavar="MAP", help="Which column is what; see --guess."),
    ] = None,
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="FOLDER", show_default="records/<name>", help="Where to."),
    ] = None,
    *,
    draft: Annotated[bool, typer.Option("--guess", help="Draft a mapping from the columns instead.")] = False,
    salt: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="A file whose words hash patients' numbers; CISIM_SALT, if left out."),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write the log as a table, too.")] = False,
) -> None:
    """Read a hospital's own records into a log, and say what was found in them and what they say."""
    from cisim.cli.importing import guess, import_records, mapping_wanted  # noqa: PLC0415

    if draft:
        guess(records, mapping)
    elif mapping is None:
        raise mapping_wanted(records)
    else:
        import_records(records, mapping, out, salt, csv=csv)


@app.command()
def describe(
    records: Annotated[
        Path,
        typer.Argument(metavar="RECORDS", help="Records with --map, the folder of an import, or a log."),
    ],
    mapping: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--map", metavar="MAP", help="Which column is what."),
    ] = None,
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="FOLDER", help="Where to; beside the log, if left out."),
    ] = None,
    salt: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="A file whose words hash patients' numbers; CISIM_SALT, if left out."),
    ] = None,
) -> None:
    """Write a page of what records say before anything is modelled: arrivals, pathway, stays, week and census."""
    from cisim.cli.importing import describe_any  # noqa: PLC0415

    describe_any(records, mapping, out, salt)


@app.command()
def schema(
    folder: Annotated[
        Optional[Path], typer.Argument(metavar="[DIR]", help="Where to write them; printed, if left out.")  # noqa: UP045
    ] = None,
    kind: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only one of: model, scenario, value, experiment, claims, records, study."),
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
