"""``cisim need``: what stay, occupancy and date must hold for so much recurrent cash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cisim.claims import (
    Closing,
    Sum,
    Ward,
    closing_of,
    needed,
    number_words,
    parse_sum,
    parse_year,
    steps_supported,
    ward_of,
)
from cisim.cli.checking import experiment_file
from cisim.cli.say import bad, say, table, title
from cisim.errors import FileProblems, ModelError, Problem, nearest
from cisim.spec import Close, Experiment, Model, apply, parse_figure, read, read_question
from cisim.units import YEAR, parse_duration, parse_share

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from cisim.claims import Need
    from cisim.spec import Question

__all__ = ["Asked", "tell_need"]

_MORE = 3
_READERS: dict[str, Callable[[str], float]] = {
    "saves": lambda text: parse_figure(text, "£").value,
    "stranded": parse_share,
    "after": lambda text: parse_duration(text) / YEAR,
}
_HARD = 0.05
"""The share of patients who find all beds full above which that is said first; an assumption."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of the step to close; empty where a value file says it."""

    option: str = ""
    pool: str = ""
    step: int = 0
    saves: str = ""
    stranded: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """The ward that is meant, what closing a step of it gives, and other scenarios of the same ward."""

    ward: Ward
    closing: Closing
    others: tuple[tuple[str, Ward], ...]


def tell_need(amount: str, path: Path, asked: Asked) -> None:
    """Tell what must hold for a sum.

    Raises
    ------
    FileProblems
        With every mistake of the files, or of the options.
    ModelError
        If the sum cannot be read, or the ward cannot give it.
    """
    wanted = parse_sum(amount)
    file = experiment_file(path)
    made = read(file)
    if isinstance(made, Experiment):
        question = read_question(file)
        place = _of_experiment(question, asked)
        if wanted.year is None and question.value is not None:
            wanted = replace(wanted, year=parse_year(str(question.value.first_year)))
    elif isinstance(made, Model):
        closing = _told_closing(asked)
        place = _Place(ward_of(made, _pool(made, asked)), closing, ())
    else:
        text = "want a model, or an experiment with its value file"
        raise FileProblems([Problem(str(file), 0, 0, "", f"got a file of another kind, {text}")])
    _tell(wanted, place)


def _of_experiment(question: Question, asked: Asked) -> _Place:
    base, cases = question.model, question.experiment.cases
    main = next((c for c in cases if c.name == question.experiment.main_case), cases[0] if cases else None)
    if main is not None:
        base = apply(base, main.changes)
    options = (
        [o for o in question.value.options if isinstance(o, Close)] if question.value is not None else []
    )
    if asked.saves or not options:
        closing, pool = _told_closing(asked), _pool(base, asked)
    else:
        option = _option(options, asked.option)
        closing, pool = closing_of(option), option.pool
    others = tuple((name, ward_of(apply(base, changes), pool)) for name, changes in question.scenarios)
    return _Place(ward_of(base, pool), closing, others)


def _option(options: list[Close], name: str) -> Close:
    names = [o.name for o in options]
    if not name and len(options) > 1:
        raise ModelError("--option", f"there are several, want one of: {', '.join(names)}")
    if name and name not in names:
        raise ModelError("--option", f"got {name!r}, want an option that closes{nearest(name, names)}")
    return options[names.index(name)] if name else options[0]


def _pool(model: Model, asked: Asked) -> str:
    beds = [name for name, pool in model.pools.items() if pool.kind == "beds" and pool.number != "unlimited"]
    if asked.pool or len(beds) == 1:
        return asked.pool or beds[0]
    raise ModelError("--pool", f"there are several, want one of: {', '.join(beds) or 'a pool of beds'}")


def _told_closing(asked: Asked) -> Closing:
    """Return the step that the options describe; every mistake of them at once."""
    problems = []
    found = {"saves": 0.0, "stranded": 0.0, "after": 0.0}
    for name, reader in _READERS.items():
        text = getattr(asked, name)
        try:
            found[name] = reader(text) if text else 0.0
        except ValueError as error:
            problems.append(Problem(f"--{name}", 0, 0, "", str(error)))
    if not 0 <= found["stranded"] <= 1:
        text = f"got {asked.stranded!r}, want a share between 0% and 100%"
        problems.append(Problem("--stranded", 0, 0, "", text))
    if not asked.saves:
        text = (
            "missing, want the full yearly cost of a step, such as £890k; or an experiment with a value file"
        )
        problems.append(Problem("--saves", 0, 0, "", text))
    if not asked.step:
        problems.append(Problem("--step", 0, 0, "", "missing, want the beds that close together, such as 6"))
    if problems:
        raise FileProblems(problems)
    return Closing("closing a step", asked.step, found["saves"], found["stranded"], after=found["after"])


def _pounds(value: float) -> str:
    return number_words(value, "£")


def _percent(share: float) -> str:
    return number_words(share, "%")


def _steps(number: int) -> str:
    return f"{number} whole step{'' if number == 1 else 's'}"


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day is not None else ""


def _tell(wanted: Sum, place: _Place) -> None:
    ward, closing = place.ward, place.closing
    first = needed(wanted, closing, ward)
    left = ward.beds - first.beds
    title(f"{_pounds(wanted.pounds)} a year, from '{ward.pool}' ({ward.beds} beds): {closing.name}")
    say(
        f"It takes {_steps(first.steps)} of {closing.step} beds: {first.beds} of the {ward.beds}, and "
        f"{_pounds(first.cash)} a year. A step costs {_pounds(closing.saves)}; {_percent(closing.stranded)} stays."
    )
    say(
        f"The mean stay must fall from {ward.stay:.1f} to {first.stay:.1f} days, for as many patients as now: "
        f"{first.bed_days:,.0f} bed-days a year less."
    )
    say(
        f"The {left} beds that stay would then be {first.occupancy:.0%} full on average; the {ward.beds} are "
        f"{ward.occupancy:.0%} full now."
    )
    if ward.full > _HARD:
        bad(
            f"Already now about {ward.full:.0%} of those who ask find all {ward.beds} beds full. That stays as it is: "
            "a shorter stay that served them too would close less."
        )
    for name, other in place.others:
        _scenario(name, other, place, first)
    if wanted.year is not None:
        _landing(wanted, closing, first)
    _rows(wanted, place)
    _rests_on(wanted, closing, ward)


def _scenario(name: str, other: Ward, place: _Place, first: Need) -> None:
    supported = steps_supported(place.closing, place.ward, other.offered)
    text = f"'{name}' makes the mean stay {other.stay:.1f} days"
    if supported >= first.steps:
        say(f"{text}: enough.")
    elif supported:
        bad(f"{text}: enough for {supported} of the {first.steps} steps.")
    else:
        bad(f"{text}: not enough to close one step at the same service.")


def _landing(wanted: Sum, closing: Closing, first: Need) -> None:
    assert wanted.year is not None  # noqa: S101 - asked for by the caller
    name = wanted.year.name
    if first.lands:
        say(
            f"To land all of {_pounds(wanted.pounds)} in {name}, decide by {_day(first.decided_by)}, "
            f"and have the beds closed by {_day(first.closed_by)}."
        )
        return
    earlier = ""
    if closing.after:
        earlier = f", {round(closing.after * 365.25 / 7)} weeks before,"
    bad(
        f"All of {_pounds(wanted.pounds)} lands in {name} only with a decision by {_day(first.decided_by)}{earlier} "
        f"and the beds closed by {_day(first.closed_by)}: that begins before the year does."
    )


def _rows(wanted: Sum, place: _Place) -> None:
    """Print the fewest steps, and a few more, beside each other."""
    rows = []
    for more in range(_MORE):
        try:
            one = needed(wanted, place.closing, place.ward, more=more)
        except ModelError:
            break  # the ward has no more steps
        dates = (_day(one.closed_by), _day(one.decided_by)) if wanted.year is not None else ()
        rows.append(
            (
                f"{one.steps}", f"{one.beds}", _pounds(one.cash), f"{one.stay:.1f} d", f"{one.occupancy:.0%}",
                f"{one.bed_days:,.0f}", *dates,
            )
        )  # fmt: skip
    heads = ("steps", "beds closed", "a year", "mean stay", "full", "bed-days less")
    say()
    table(
        (*heads, "closed by", "decided by") if wanted.year is not None else heads,
        rows,
        right=range(len(heads)),
    )


def _rests_on(wanted: Sum, closing: Closing, ward: Ward) -> None:
    say()
    if wanted.year is None:
        say(f"Say a year to see by when, such as '{_pounds(wanted.pounds)} in 2026/27'.")
    if not closing.named:
        bad("It is cash only once a budget line, its holder and a dated action are named.")
    if closing.cautious is not None and 0 < closing.cautious < closing.cash:
        steps = -int(-wanted.pounds // closing.cautious)
        say(
            "What a step saves and what stays are not known exactly: if both turn out badly (their worst tenths), "
            f"a step gives {_pounds(closing.cautious)} and it takes {steps}."
        )
    if closing.one_off:
        say(f"Closing costs {_pounds(closing.one_off)} a step once, which is not taken off.")
    say(
        f"Rests on: as many patients as now ({ward.full:.1%}) find all beds full, by Erlang's loss formula; patients "
        "come by chance, evenly over the year; no other ward stands in. Stays as `cisim check` works them out: nobody "
        "waits for staff, and the beds next on the way are free. `cisim run` does without these.",
        "dim",
    )
