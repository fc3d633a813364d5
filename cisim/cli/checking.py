"""``cisim check``: every mistake of every file at once; then what was understood, and who cannot keep up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.cli.say import bad, good, say, table, title
from cisim.errors import FileProblems, Problem
from cisim.spec import (
    Activity,
    Experiment,
    Load,
    Model,
    Records,
    Scenario,
    Stay,
    Study,
    Unknown,
    Value,
    apply,
    describe,
    describe_question,
    describe_scenario,
    describe_study,
    describe_value,
    offered_load,
    read,
    read_model,
    read_question,
    read_study,
    unknown_words,
    unknowns,
    unknowns_in,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["check_files", "experiment_file"]


def experiment_file(path: Path) -> Path:
    """Return the experiment file that is meant: the file itself, or the one in a folder."""
    if not path.is_dir():
        return path
    found = path / "experiment.yaml"
    if not found.is_file():
        others = sorted(p.name for p in path.glob("*.y*ml"))
        hint = f"; there are {', '.join(others[:5])}" if others else ""
        text = f"got a folder without an experiment.yaml{hint}; want an experiment file, or a folder with one"
        raise FileProblems([Problem(str(path), 0, 0, "", text)])
    return found


def check_files(paths: Sequence[Path]) -> None:
    """Read every file and tell what it says.

    Raises
    ------
    FileProblems
        All the mistakes of all the files.
    """
    problems: list[Problem] = []
    for path in paths:
        try:
            study = path / "study.yaml"
            _check(study if study.is_file() else experiment_file(path))
        except FileProblems as found:
            problems += found.problems
    if problems:
        # A mistake of a model that several experiments name is told once.
        raise FileProblems(list(dict.fromkeys(problems)))


def _check(path: Path) -> None:
    made = read(path)
    if isinstance(made, Experiment):
        question = read_question(path)
        title(f"{path}: an experiment, and all that it names")
        say(describe_question(question).rstrip())
        _not_known(unknowns(question))
        title("The model")
        say(describe(question.model).rstrip())
        models = [("baseline", question.model)]
        models += [(name, apply(question.model, changes)) for name, changes in question.scenarios]
        _loads(models)
    elif isinstance(made, Model):
        title(f"{path}: a model")
        say(describe(made).rstrip())
        _not_known(unknowns_in(path))
        _loads([("baseline", made)])
    elif isinstance(made, Scenario):
        title(f"{path}: a scenario")
        say(describe_scenario(made).rstrip())
        _not_known(unknowns_in(path))
        if made.base is None:
            say(
                "It names no base: no model was there to try it on. With `base: model.yaml` its loads are told."
            )
        else:
            base = read_model(path.parent / made.base)
            _loads([("baseline", base), (made.scenario, apply(base, made))])
    elif isinstance(made, Value):
        title(f"{path}: what things cost and are worth")
        say(describe_value(made).rstrip())
    elif isinstance(made, Records):
        title(f"{path}: how to read records")
        say(
            f"{made.records}: a row is {'an' if made.one_row == 'event' else 'a'} {made.one_row}, dates {made.dates}."
        )
        say("`cisim import RECORDS --map` reads them so.")
    elif isinstance(made, Study):
        title(f"{path}: a calibration study")
        say(describe_study(read_study(path)).rstrip())
    else:
        title(f"{path}: what was claimed")
        say("; ".join(claim.name for claim in made.stated) + ".")
        say("`cisim claim` says what each of them implies.")
    say()
    good(f"{path}: no mistakes.")


def _not_known(found: Mapping[str, Unknown]) -> None:
    """Print every number that is not known: its path, best estimate, range and source."""
    if not found:
        return
    title("What is not known")
    for path, one in found.items():
        say(f"{path}: {unknown_words(one)}")


def _second_choices(model: Model) -> set[str]:
    """Return the pools that stand in for others: later beds, what will do instead, cover."""
    steps = [step for pathway in model.pathways.values() for step in walk(pathway.steps)]
    beds = {choice.pool for step in steps if isinstance(step, Stay) for choice in step.beds[1:]}
    instead = {
        pool for step in steps if isinstance(step, Activity) for other in step.instead for pool in other.needs
    }
    return beds | instead | {cover.pool for pool in model.pools.values() for cover in pool.covered_by}


def _with_other_choices(model: Model) -> set[str]:
    """Return the pools whose users may go elsewhere: to a later bed, to what will do instead, to who covers."""
    steps = [step for pathway in model.pathways.values() for step in walk(pathway.steps)]
    beds = {step.beds[0].pool for step in steps if isinstance(step, Stay) and len(step.beds) > 1}
    needs = {pool for step in steps if isinstance(step, Activity) and step.instead for pool in step.needs}
    return beds | needs | {name for name, pool in model.pools.items() if pool.covered_by}


def _verdict(load: Load, second: set[str], elsewhere: set[str]) -> str:
    if load.capacity is None:
        return "no limit"
    if load.offered == 0:
        return _unasked(load, second)
    if not load.keeps_up:
        return _overloaded(load, elsewhere)
    share = load.offered / load.capacity if load.capacity else 0.0
    if load.shared:
        return f"{share:.0%} of it; others may stand in for the rest"
    return f"{share:.0%} of it" + (", tight" if share > 0.92 else "")


def _unasked(load: Load, second: set[str]) -> str:
    if load.listed:
        return "whoever is listed comes at the start: there is no mean"
    if load.pool in second:
        return "asked for only as a second choice, which is not counted here"
    return "nobody asks for it"


def _overloaded(load: Load, elsewhere: set[str]) -> str:
    if load.bounded:
        until = "until the last of those listed has come"
        return f"more than it has: {until if load.listed else 'some give up or are turned away'}"
    if load.pool in elsewhere:
        return "more than it has: the rest must go to another choice"
    return "CANNOT KEEP UP"


def _loads(models: Sequence[tuple[str, Model]]) -> None:
    """Print what each pool is asked for and has, under the baseline, and where that is otherwise under a scenario."""
    title("What is asked for, before anybody waits (mean places)")
    rows: list[tuple[str, ...]] = []
    scenarios = [(name, offered_load(model)) for name, model in models]
    for (name, loads), (_, model) in zip(scenarios, models, strict=True):
        second, elsewhere = _second_choices(model), _with_other_choices(model)
        for load in loads:
            has = "no limit" if load.capacity is None else f"{load.capacity:.3g}"
            what = f"{load.pool} (a week)" if load.what == "calendar" else load.pool
            row = (what, f"{load.offered:.3g}", has, _verdict(load, second, elsewhere))
            if name == models[0][0] or (models[0][0], *row) not in rows:
                rows.append((name, *row))
    table(("scenario", "pool or calendar", "asked for", "has", ""), rows, right=(2, 3))
    if len(models) > 1:
        say("Rows of a scenario that are as in the baseline are left out.")
    for (name, loads), (_, model) in zip(scenarios, models, strict=True):
        elsewhere = _with_other_choices(model)
        short = [
            load.pool
            for load in loads
            if not load.keeps_up and not load.bounded and load.pool not in elsewhere
        ]
        if short:
            bad(
                f"{name}: {', '.join(short)} cannot keep up: the queue would grow as long as the run lasts."
                " Is a number wrong? Do patients give up, or go elsewhere, in a way that is not written here?"
            )
