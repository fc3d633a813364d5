"""A scenario, a value file and a question told back in plain English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cisim.spec.amounts import count, share_text
from cisim.spec.describe import steps_words
from cisim.spec.describe_changes import change_words
from cisim.spec.scenario import AddStep, Route, SetPatience
from cisim.spec.telling_checks import told_words
from cisim.spec.value import Avoid, Close, Hold, Redeploy, Reinvest, SpendInstead
from cisim.units import duration_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.spec.experiment import Precision
    from cisim.spec.fields import Uncertain
    from cisim.spec.reading import Question
    from cisim.spec.scenario import Change, Scenario
    from cisim.spec.value import (
        Effect,
        Option,
        Outcome,
        PatientWorth,
        Payment,
        ProgrammeItem,
        RunningItem,
        ServiceMeasure,
        Value,
    )

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
    if value.effect is not None:
        lines += [f"  Effect: {words}." for words in _effect(value.effect)]
    lines += [f"  Running: {_running(item)}" for item in value.running]
    lines += [f"  Payment: {_payment(item)}" for item in value.payment]
    lines += [f"  Outcome {_outcome(item)}" for item in value.outcomes]
    if value.service is not None:
        sure = share_text(value.service.probability)
        lines += [f"  Must not get worse, {sure} sure: {_kept(one)}." for one in value.service.measures]
    for option in value.options:
        lines.append(f"  Option {option.name}: {_option(option)}")
        lines += _changes(option.changes, "    ")
    lines += [f"  A patient of {a.pathway} who comes unchosen: {_worth(a.each)}" for a in value.absorbed]
    lines += [f"  {words}" for words in told_words(value.decide, value.finance, value.team)]
    return "\n".join(lines) + "\n"


def _programme(item: ProgrammeItem) -> str:
    once = f"{_money(item.once)} once" if item.once is not None else ""
    yearly = f"{_money(item.each_year)} a year" if item.each_year is not None else ""
    amounts = " and ".join(words for words in (once, yearly, _hours(item)) if words) or "no amount"
    sunk = ", spent already and left out of every sum" if item.sunk else ""
    return f"{item.item}, {amounts}, {item.kind}, paid by {item.owner}{sunk}."


def _hours(item: ProgrammeItem) -> str:
    if item.people is None or item.hours is None or item.an_hour is None:
        return ""
    people, hours = (f"{n.distribution().mean():,.4g}" for n in (item.people, item.hours))
    worth = "pay" if item.valued_at == "pay" else f"the worth of {item.valued_at}"
    when = "every year" if item.year == "each" else f"in year {item.year}"
    return f"{people} people for {hours} hours at {_money(item.an_hour)} an hour ({worth}) {when}"


def _effect(effect: Effect) -> list[str]:
    shares = ", ".join(share_text(s.distribution().mean()) for s in effect.adoption)
    words = [f"adopted by {shares} of wards, year by year"] if shares else []
    if effect.ramp_up is not None:
        words.append(f"grows to full in {duration_text(effect.ramp_up.distribution().mean())}")
    told = {"fidelity": "of it delivered", "attribution": "of it ours", "displacement": "of it only moved"}
    for name, what in told.items():
        share = getattr(effect, name)
        words += [f"{share_text(share.distribution().mean())} {what}"] if share is not None else []
    if effect.decay is not None:
        keeps, rate = (share_text(n.distribution().mean()) for n in (effect.decay.keeps, effect.decay.a_year))
        words.append(f"keeps {keeps}, the rest wears off at {rate} a year")
    hope = effect.optimism
    if hope is not None and hope.cost is not None:
        dealt = share_text(hope.mitigation.distribution().mean()) if hope.mitigation is not None else "none"
        words.append(
            f"costs turn out {share_text(hope.cost.distribution().mean())} above plan, {dealt} dealt with"
        )
    if effect.sustaining is not None:
        words.append(f"{_money(effect.sustaining)} a year to sustain it")
    return words


def _payment(payment: Payment) -> str:
    price = _money(payment.price) if payment.price is not None else ""
    if payment.rule == "block":
        how = "nothing for one patient more or fewer"
    elif payment.rule == "capped":
        how = (
            f"{price} each, up to {payment.cap.distribution().mean():,.4g} more a year" if payment.cap else ""
        )
    elif payment.rule == "blended":
        how = f"{share_text(payment.share.distribution().mean())} of {price} each" if payment.share else ""
    else:
        how = f"{price} each"
    return f"{payment.payer} pays for {payment.pathway} by {payment.rule}: {how}."


def _outcome(outcome: Outcome) -> str:
    each = outcome.each
    worth = [_money(each.money)] if each.money is not None else []
    worth += [f"{each.qalys.distribution().mean():.4g} QALYs"] if each.qalys is not None else []
    worth += [f"{each.deaths.distribution().mean():.4g} deaths"] if each.deaths is not None else []
    worth += [f"{each.carbon.distribution().mean():.4g} kg of carbon"] if each.carbon is not None else []
    what = f"{outcome.outcome} ({outcome.of}), counted by {outcome.counts.measure}"
    return f"{what}, {' and '.join(worth) or 'no amount'} each, to {outcome.owner}."


def _kept(one: ServiceMeasure) -> str:
    place = one.pool or "/".join(name for name in (one.pathway, one.step) if name)
    of = f" of {place}" if place else ""
    each = f", by {one.group}" if one.group else ""
    return f"{one.measure} ({one.statistic}){of}, by more than {one.margin}{each}"


def _running(item: RunningItem) -> str:
    cash = "paid in money" if item.cash else "done by staff already employed"
    return f"{item.item}, {_money(item.cost)} for each {item.for_each} of {item.of}, {cash}, {item.owner}."


def _option(option: Option) -> str:
    if isinstance(option, Hold):
        return "keep the room open and see who comes."
    if isinstance(option, SpendInstead):
        return _instead(option)
    if isinstance(option, Reinvest):
        return f"treat {option.patients} named patients a year of {option.pathway}: {_worth(option.each)}"
    if isinstance(option, Redeploy):
        return _redeploy(option)
    if isinstance(option, Avoid):
        return f"{_money(option.cost)} a year, from {option.begins} on, is not incurred; no cash."
    return _close(option)


def _instead(option: SpendInstead) -> str:
    costs = [f"{_money(option.once)} once"] if option.once is not None else []
    costs += [f"{_money(option.each_year)} a year"] if option.each_year is not None else []
    when = f" after {duration_text(option.after)}" if option.after else ""
    return f"change the baseline instead{when}, for {' and '.join(costs) or 'nothing'}; the programme is not run."


def _redeploy(option: Redeploy) -> str:
    what = f"move {_places(option)} of {option.pool} to {option.to}{_when(option)}"
    if option.saves_there is not None:
        gain = f"one step saves {_money(option.saves_there)} a year there"
        return f"{what}; {gain}; {_cash(option)}."
    relief = option.relief
    if relief is None:
        return f"{what}."
    more = f"{relief.patients.distribution().mean():,.4g} more patients a year of {relief.pathway}"
    return f"{what}; one step treats {more}: {_worth(relief.each)}"


def _places(option: Close | Redeploy) -> str:
    if option.steps == "most":
        limit = f", at most {option.at_most} steps" if option.at_most else ""
        return f"as many steps of {option.step} places as keep the service{limit}"
    return f"{option.steps} x {option.step} places" if option.steps > 1 else f"{option.step} places"


def _when(option: Close | Redeploy) -> str:
    if option.after is not None:
        return f", {duration_text(option.after)} after the first year begins" if option.after else ""
    if isinstance(option, Close) and option.dates:
        return f", one step each on {', '.join(str(day) for day in option.dates)}"
    return f", from {option.date} on" if option.date is not None else ""


def _cash(option: Close | Redeploy) -> str:
    if option.named:
        return f"from budget line '{option.budget_line}' held by {option.holder}"
    return "capacity, no cash: that wants a budget line, its holder and a date"


def _close(option: Close) -> str:
    stranded = option.stranded.distribution().mean()
    cost = f", {_money(option.one_off)} once" if option.one_off is not None else ""
    safe = f"; {option.minimum_safe} must stay" if option.minimum_safe is not None else ""
    return (
        f"close {_places(option)} of {option.pool}{_when(option)}; one step costs {_money(option.saves)} a year, "
        f"of which {share_text(stranded)} stays{cost}{safe}; {_cash(option)}."
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
    for other in experiment.alternatives:
        lines.append(
            f"  Run and valued apart: {other.name}{f', in the case {other.case}' * bool(other.case)}."
        )
        lines += _changes(other.changes, "    ")
        lines += [f"    In the value file, {path} is {entry}." for path, entry in other.value.items()]
    warm_up = (
        "a warm-up found by itself" if run.warm_up == "auto" else f"a warm-up of {duration_text(run.warm_up)}"
    )
    times = count(run.replications, "replication", "replications")
    lines.append(f"  Runs: {times} of {duration_text(run.length)} after {warm_up}, seed {run.seed}.")
    if run.model_draws:
        drawn = count(run.model_draws, "draw", "draws")
        each = count(run.draw_replications or 0, "replication", "replications")
        where = f"the first {each}" if run.draw_replications else "every replication"
        lines.append(f"  What is not known: {drawn} of all uncertain numbers, each in {where}.")
    if run.emulated_draws:
        drawn = count(run.emulated_draws, "more draw", "more draws")
        lines.append(f"  By an emulator of those, where it is good enough: {drawn}.")
    if run.precision is not None and run.precision.within is not None:
        lines.append(
            f"  Runs on until the difference in {run.precision.measure} is sure within "
            f"{run.precision.within}, at most {run.precision.at_most} replications."
        )
    if run.precision is not None:
        lines += _sure(run.precision)
    for fact in experiment.facts:
        lines.append(f"  Fact ({fact.role}): {fact.name}, {fact.value}, from {fact.source}.")
    if question.value is not None:
        valued = experiment.valued or question.scenarios[0][0]
        lines += [
            f"  Valued: {valued}.",
            *(f"  {line}" for line in describe_value(question.value).splitlines()),
        ]
    return "\n".join(lines) + "\n"


def _sure(precision: Precision) -> list[str]:
    """Return until when draws are added."""
    wanted = [f"what each option is worth is sure within £{precision.worth:,.0f}"] if precision.worth else []
    wanted += [f"the probability that it pays within {precision.chance:.0%}"] if precision.chance else []
    if not wanted:
        return []
    most = f"at most {precision.draws_at_most:,} draws in {precision.at_most} replications"
    return [f"  Draws on until {' and '.join(wanted)}, {most}."]
