"""The board's page: two sheets. The first decides, in words; the second shows what the words rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.analysis.board import shortfall
from cisim.report.answer import case_names, headline
from cisim.report.board_choice import decide, how_often, how_often_it_fails, nothing_closes
from cisim.report.board_evidence import evidence
from cisim.report.board_hinge import checked_facts, weakest_words
from cisim.report.content import Bullets, Note, Part, Picture, Text
from cisim.report.digits import sure, told
from cisim.report.small_figures import who_pays
from cisim.report.told import Block, Page, Row, first_date, page_of, per_year
from cisim.report.words import between, chance, day_text, join, measure_name, money, number, quantity
from cisim.spec import Avoid, Close, Hold, SpendInstead
from cisim.value import who_gains

if TYPE_CHECKING:
    from cisim.analysis import Compared
    from cisim.analysis.board import BudgetCash
    from cisim.report.told import Told
    from cisim.runs import Results
    from cisim.spec import Option

__all__ = ["VIEWS", "board"]

VIEWS = {
    "provider": "the organisation's own cash and payments, health and staff time not priced",
    "NICE": "all costs of health and care whoever pays, a year in full health at £20,000",
    "health department": "all costs whoever pays, a year in full health at £15,000",
    "Green Book": "all costs whoever pays, a year in full health at £70,000",
}
"""Each perspective in words without an acronym."""


def board(results: Results, frame: str | None = None) -> Page | None:
    """Return the board's page of a run in a frame's words, the file's if left out; None where nothing was valued."""
    return page_of(results, frame, _board)


def _board(one: Told) -> Page:
    left, right = (*_beds(one), *_owners(one), *_facts(one)), (_wrong(one), _weakest(one))
    first: tuple[Row, ...] = (((decide(one),),), ((_money(one),),), (left, right))
    experiment = one.results.question.experiment
    foot = (
        f"'{one.scenario}' beside how it is now, over {one.years} from {one.value.first_year}, in pounds of"
        f" {one.value.price_year}. Worth: {VIEWS.get(one.chosen.perspective.name, one.chosen.perspective.words)}."
        " Ranges hold 95 in 100 draws. Every figure: report.html."
    )
    return Page(
        "board",
        experiment.experiment,
        one.frame.kicker,
        experiment.question,
        (first, evidence(one)),
        foot,
    )


def _money(one: Told) -> Block:
    """Say what leaves which budget, this year and recurrently, by whose action, and the chance of paying back."""
    leaves = [b for b in one.budgets if b.budget_line and b.recurrent.value > 0]
    paid = [b for b in one.budgets if not b.budget_line or b.recurrent.value <= 0]
    parts: list[Part] = [Text(_leaves(one, b)) for b in leaves]
    if not leaves:
        parts.append(Note(no_cash(one, one.option)))
    if paid:
        first, after = (sum(float(b.by_year[:, k].mean()) for b in paid) for k in (0, -1))
        owners = list(dict.fromkeys(b.owner for b in paid))
        who, verb = join([named(o) for o in owners]), "pays" if len(owners) == 1 else "pay"
        again = f" and {money(-after, 2)} a year after that" if one.value.years > 1 else ""
        words = f"To have it, {who} {verb} in cash {money(-first, 2)} in {one.value.first_year}{again}"
        what = f"{words}: the programme, running the new way, and the action itself."
        parts.append(Text(f"{what} {_back(one)}"))
    else:
        parts.append(Text(_back(one)))
    return Block("money", one.frame.headings["money"], tuple(parts))


def _leaves(one: Told, line: BudgetCash) -> str:
    """Say what leaves a named budget line, in the first year and in each after, and who takes it out."""
    first, later, option = line.first, line.recurrent, one.option
    name, _, held = line.budget_line.partition(", held by ")
    holder, _, when = held.rpartition(", from ")
    date = first_date(option)
    since = f" from {day_text(date)}" if date else f" from {when}" if when else ""
    amount = f"{told(later.value, later.low, later.high, '£')} ({sure(later.low, later.high, '£')}) a year"
    this = f"{told(first.value, first.low, first.high, '£')} of it in {one.value.first_year}"
    by = f" by the {holder}" if holder else ""
    if one.value.years == 1:
        amount, this = f"{told(first.value, first.low, first.high, '£')} in {one.value.first_year}", ""
    return (
        f"{amount} leaves the budget line '{name}' of {named(line.owner)}{since}{', ' + this if this else ''}:"
        f" taken out{by}."
    )


def no_cash(one: Told, option: Option) -> str:
    """Say why an option releases no cash."""
    if isinstance(option, Hold):
        none = nothing_closes(one)
        why = (
            f"{none[0].lower()}{none[1:]}, so no payment stops"
            if none
            else "nothing is taken out, so no payment stops"
        )
    elif isinstance(option, Close):
        why = (
            "the places were not really taken out"
            if option.named
            else "no budget line, its holder and a dated action are all named"
        )
    elif isinstance(option, Avoid):
        why = "a cost that nobody pays yet will not come, and no payment stops"
    elif isinstance(option, SpendInstead):
        why = "the money is spent on something else, and no payment stops"
    else:
        why = "what is made is put to use, and no payment stops"
    return f"No cash leaves any budget: {why}. What is {one.frame.freed} is {one.frame.released}, not cash."


def _back(one: Told) -> str:
    """Say how likely it is that cash pays the change back within the horizon, and when."""
    cash = one.chosen.cash["mean"].to_numpy()
    if not (cash < -0.5).any():
        return "There is nothing to pay back: in no year does more cash go out than comes in."
    likely = chance(one.chance_back(one.option.name))
    year = one.chosen.figures["payback"]
    when = f", most often by year {year.value:.0f}" if np.isfinite(year.value) else ""
    return f"The chance that cash pays all of it back within {one.years} is {likely}{when}."


def _beds(one: Told) -> list[Block]:
    """Say how many beds are freed, and how many of them are closed, moved, used, held and refilled."""
    if not one.pools:
        return [Block("beds", one.frame.headings["beds"], (Text("Nothing was released."),))]
    pool = one.pools[0]
    uses, values = one.uses(pool), one.parts(one.option.name, pool)
    words = [number(v, 6) for v in values]
    unit = per_year(one.unit(pool))[1]
    said = [f"{w} {one.frame.uses[u]}" for u, w in zip(uses, words[1:], strict=True)]
    lead = f"{words[0]} {unit} in {pool} are {one.frame.freed}. What becomes of them: {join(said)}."
    idle = values[1 + uses.index("idle_change")]
    if idle < 0:
        lead += f" More goes than is made, so {number(-idle, 6)} fewer stand free than now."
    lead += _over_the_years(one, pool)
    return [Block("beds", one.frame.headings["beds"], (Text(lead),))]


def _over_the_years(one: Told, pool: str) -> str:
    """Say what is freed on average over the horizon, where the effect comes and goes; the rest is told of all of it."""
    if one.value.effect is None or not one.value.effect.over_time:
        return ""
    lines = [x for x in one.book.of_option(one.option.name) if (x.pool, x.use) == (pool, "release")]
    size = per_year(one.unit(pool))[0]
    mean = sum(float(np.mean(line.quantity)) for line in lines) / size
    return f" That is the whole effect; as it comes and goes, {number(mean, 2)} are freed on average."


def _wrong(one: Told) -> Block:
    """Say what happens if it is wrong: in money, in harm, and in reopening."""
    npv = np.asarray(one.chosen.draws["npv"], float)
    worst = shortfall(npv, 0.1)
    verb = f"loses {money(-worst, 2)}" if worst < 0 else f"is still worth {money(worst, 2)}"
    items = [("In money", f"in the worst tenth of what may happen it {verb} over {one.years}.")]
    items.append(("In harm", _harm(one)))
    reopening = getattr(one.option, "reopening", None)
    if isinstance(one.option, Close):
        said = (
            f"{money(reopening.distribution().mean(), 2)} for each step that must open again{how_often_it_fails(one)}."
            if reopening is not None
            else "what opening again would cost is not in the value file, and so in no figure here."
        )
    else:
        said = "nothing is taken out, so there is nothing to open again."
    items.append(("In reopening", said))
    return Block("wrong", one.frame.headings["wrong"], (Bullets(tuple(items)),))


def _harm(one: Told) -> str:
    """Say which main measure of service is worse under the option than now, beyond chance."""
    named_measures = _service_kept(one)
    if named_measures:
        return named_measures
    mine = one.service("length_of_stay", "wait", "turned_away")
    if not mine:
        return "service under this choice was not measured."
    worse = [c for c in mine if c.difference.low > 0]
    if not worse:
        return "no main measure of service (stay, wait, not served) is worse than now by more than chance."
    worst = sorted(worse, key=lambda c: -c.difference.low / max(abs(c.base.value), 1e-12))[:2]
    more = f"; {len(worse) - 2} more in report.html" if len(worse) > 2 else ""
    return f"{join([_rise(c) for c in worst])}{more}."


def _service_kept(one: Told) -> str:
    """Say what the measures that must not get worse came to; nothing where the file names none."""
    option, summary = one.option.name, one.results.summary
    found = {k: v for k, v in summary.items() if k.startswith("service:") and k.endswith(f":{option}")}
    if not found:
        return ""
    kept = one.keeping[option]
    sure_of = "" if kept.keeps is None else f"all that must not get worse is kept {how_often(kept)}; "
    judged = [v for v in found.values() if not str(v["words"]).endswith("no criterion")]
    worse = [v for v in judged if v["low"] is None or v["low"] > 0]
    if not worse:
        return f"{sure_of}none of the {len(judged)} measures named gets worse by more than chance on average."
    said = [str(v["words"]).removeprefix(f"{option}: ") for v in worse[:2]]
    return f"{sure_of}{'; '.join(said)}."


def _rise(c: Compared) -> str:
    d = c.difference
    by = told(d.value, d.low, d.high, c.unit, sign=True).removeprefix("+")
    where = c.pathway or c.pool
    return f"{measure_name(c.measure, c.statistic)}, on {where} rises by {by} from {quantity(c.base.value, c.unit)}"


def _owners(one: Told) -> list[Block]:
    """Show who pays and who gains, name who loses, and say that payments between owners sum to zero."""
    gains = who_gains(one.book)
    mine = gains[gains["scenario"] == one.option.name]
    rows, told_rows, losers, winners = [], [], [], []
    for _, r in mine.iterrows():
        owner, cash, other, health = (
            str(r["owner"]),
            float(r["cash"]),
            float(r["other_money"]),
            float(r["qalys"]),
        )
        social = float(r["societal"])
        if max(abs(cash), abs(other), abs(social)) < 0.5 and abs(health) < 1e-9:
            continue
        notes = [f"{number(health, 2, sign=True)} years in full health"] if abs(health) > 1e-9 else []
        notes += [f"{money(social, 2, sign=True)} worth to society"] if abs(social) >= 0.5 else []
        note = ", ".join(notes)
        rows.append((owner, cash, other, note))
        amounts = [
            f"{money(a, 2, sign=True)} {k}"
            for a, k in ((cash, "cash"), (other, "other money"))
            if abs(a) >= 0.5
        ]
        told_rows.append(f"{owner} {' and '.join([*amounts, *([note] if note else [])])}")
        kinds = ((cash, "cash"), (other, "other money"), (social, "worth to society"), (health, "health"))
        less, more = ([k for a, k in kinds if sign * a > 1e-9] for sign in (-1, 1))
        losers += [f"{owner} (in {join(less)})"] if less else []
        winners += [f"{owner} (in {join(more)})"] if more else []
    if not rows:
        return []
    lost = f"Loses: {join(losers)}." if losers else "Nobody loses."
    paid = float(mine["transfers"].sum())
    zero = "£0" if abs(paid) < 0.5 else money(paid, 2)
    words = f"{lost} {'Gains: ' + join(winners) + '.' if winners else 'Nobody gains.'}"
    words += f" Payments from one to the other sum to {zero}; cash and other money are not added."
    picture = Picture("board-owners", "", who_pays("board-owners", "; ".join(told_rows), rows))
    title = f"{one.frame.headings['owners']}, over {one.years}"
    return [Block("owners", title, (picture, Text(words, "small")))]


def _weakest(one: Told) -> Block:
    parts: list[Part] = [Text(w) for w in weakest_words(one)]
    names = case_names(one.results)
    found = headline(one.results)
    if len(names) > 1 and found is not None:
        key = f"difference:{found.measure}:{found.statistic}:{found.place}:{one.scenario}"
        others = [one.results.summary.get(f"{key}:{n}", {}).get("value") for n in names[1:]]
        changes = [found.difference["value"], *(c for c in others if c is not None)]
        parts.append(
            Text(
                f"All this is for the case '{names[0]}'. Over the {len(changes)} cases that the facts allow or"
                f" nearly, the {found.name} changes by {between(changes, found.base['unit'])}."
            )
        )
    return Block("weakest", one.frame.headings["weakest"], tuple(parts))


def _facts(one: Told) -> list[Block]:
    return [Block("facts", one.frame.headings["facts"], checked_facts(one))]


def named(owner: str) -> str:
    """Return an owner as a sentence has it.

    >>> named("provider"), named("Anytown Hospital")
    ('the provider', 'Anytown Hospital')
    """
    return f"the {owner}" if owner[:1].islower() else owner
