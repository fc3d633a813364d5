"""A scenario, a value file and a question told back in plain English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.spec.amounts import count, share_text
from cisim.spec.describe import steps_words
from cisim.spec.describe_changes import change_words
from cisim.spec.scenario import AddStep, Route, SetPatience
from cisim.spec.telling_checks import told_words
from cisim.spec.value import Close, Hold, Reinvest
from cisim.units import duration_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.spec.fields import Uncertain
    from cisim.spec.reading import Question
    from cisim.spec.scenario import Change, Scenario
    from cisim.spec.value import Option, PatientWorth, ProgrammeItem, RunningItem, Value

__all__ = ["change_words", "describe_question", "describe_scenario", "describe_value"]


def _changes(changes: Sequence[Change], indent: str) -> list[str]:
    lines = []
    for i, change in enumerate(changes, 1):
        lines.append(f"{indent}{i}. {change_words(change)}")
        if isinstance(change, (Route, AddStep, SetPatience)) and change.steps:
            lines += steps_words(change.steps, {}, indent + "     ")
    return lines


def describe_scenario(scenario: Scenario) -> str:
    """Return a scenario in words: each change a sentence, in order."""
    base = f", written for {scenario.base}" if scenario.base else ""
    lines = [f"Scenario {scenario.scenario}{base}", *_changes(scenario.changes, "  ")]
    return "\n".join(lines if scenario.changes else [*lines, "  changes nothing."]) + "\n"


# Value


def _pounds(amount: float) -> str:
    return f"{'-' if amount < 0 else ''}£{abs(amount):,.2f}".removesuffix(".00")


def _money(number: Uncertain[float]) -> str:
    """Return an amount, with its standard deviation where it is uncertain."""
    distribution = number.distribution()
    spread = f" (sd {_pounds(distribution.sd())})" if distribution.sd() else ""
    return _pounds(distribution.mean()) + spread


def describe_value(value: Value) -> str:
    """Return a value file in words: what the change costs, what could be done, and what that is worth."""
    last = value.first_year + value.years - 1
    lines = [
        (
            f"Value {value.value}: {value.first_year} to {last}, in pounds of {value.price_year}, "
            f"as the {value.perspective} perspective sees it"
        )
    ]
    if value.cash_target is not None:
        lines.append(f"  Savings target over the whole time: {_pounds(value.cash_target)}.")
    lines += [f"  Programme: {_programme(item)}" for item in value.programme]
    lines += [f"  Running: {_running(item)}" for item in value.running]
    for option in value.options:
        lines.append(f"  Option {option.name}: {_option(option)}")
        lines += _changes(option.changes, "    ")
    lines += [f"  A patient of {a.pathway} who comes unchosen: {_worth(a.each)}" for a in value.absorbed]
    lines += [f"  {words}" for words in told_words(value.decide, value.finance, value.team)]
    return "\n".join(lines) + "\n"


def _programme(item: ProgrammeItem) -> str:
    once = f"{_money(item.once)} once" if item.once is not None else ""
    yearly = f"{_money(item.each_year)} a year" if item.each_year is not None else ""
    amounts = " and ".join(words for words in (once, yearly) if words) or "no amount"
    return f"{item.item}, {amounts}, {item.kind}, paid by {item.owner}."


def _running(item: RunningItem) -> str:
    cash = "paid in money" if item.cash else "done by staff already employed"
    return f"{item.item}, {_money(item.cost)} for each {item.for_each} of {item.of}, {cash}, {item.owner}."


def _option(option: Option) -> str:
    if isinstance(option, Hold):
        return "keep the room open and see who comes."
    if isinstance(option, Reinvest):
        return f"treat {option.patients} named patients a year of {option.pathway}: {_worth(option.each)}"
    return _close(option)


def _close(option: Close) -> str:
    steps = f"{option.steps} x {option.step} places" if option.steps > 1 else f"{option.step} places"
    after = f", {duration_text(option.after)} after the first year begins" if option.after else ""
    if option.after is None and option.date is not None:
        after = f", from {option.date} on"
    stranded = option.stranded.distribution().mean()
    cost = f", {_money(option.one_off)} once" if option.one_off is not None else ""
    named = option.budget_line and option.holder and option.date is not None
    cash = (
        f"from budget line '{option.budget_line}' held by {option.holder}"
        if named
        else ("capacity, no cash: that wants a budget line, its holder and a date")
    )
    return (
        f"close {steps} of {option.pool}{after}; one step costs {_money(option.saves)} a year, "
        f"of which {share_text(stranded)} stays{cost}; {cash}."
    )


def _worth(each: PatientWorth) -> str:
    words = [f"each costs {_money(each.marginal_cost)}"]
    if each.income is not None:
        words.append(f"brings in {_money(each.income)} from {each.payer}")
    if each.qalys is not None:
        words.append(f"gains {each.qalys.distribution().mean():.4g} QALYs")
    return ", ".join(words) + "."


# Questions


def describe_question(question: Question) -> str:
    """Return a question in words: what is asked, what is run and how often, and what it is compared with."""
    experiment = question.experiment
    run = experiment.run
    lines = [
        f"Experiment {experiment.experiment}",
        f"  {experiment.question}",
        f"  Model: {question.model.model}.",
    ]
    for name, changes in question.scenarios:
        lines.append(f"  Scenario {name}: {'changes nothing.' if not changes else ''}".rstrip())
        lines += _changes(changes, "    ")
    for case in experiment.cases:
        lines.append(f"  Case {case.name}: {'the model as it is.' if not case.changes else ''}".rstrip())
        lines += _changes(case.changes, "    ")
    warm_up = (
        "a warm-up found by itself" if run.warm_up == "auto" else f"a warm-up of {duration_text(run.warm_up)}"
    )
    times = count(run.replications, "replication", "replications")
    lines.append(f"  Runs: {times} of {duration_text(run.length)} after {warm_up}, seed {run.seed}.")
    if run.precision is not None:
        lines.append(
            f"  Runs on until the difference in {run.precision.measure} is sure within "
            f"{run.precision.within}, at most {run.precision.at_most} replications."
        )
    for fact in experiment.facts:
        lines.append(f"  Fact ({fact.role}): {fact.name}, {fact.value}, from {fact.source}.")
    if question.value is not None:
        valued = experiment.valued or question.scenarios[0][0]
        lines += [
            f"  Valued: {valued}.",
            *(f"  {line}" for line in describe_value(question.value).splitlines()),
        ]
    return "\n".join(lines) + "\n"
