"""The page of how sure the answer is, what it rests on and what to measure next: words first, figures behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.analysis import pawn
from cisim.decision import (
    Weighed,
    Worth,
    better,
    curves,
    dominates,
    downside,
    evpi,
    evppi,
    swings,
    turns,
)
from cisim.report.board import VIEWS
from cisim.report.content import Bullets, Cell, Note, Part, Picture, Table, Text
from cisim.report.digits import sure as ends_of, told
from cisim.report.pilot_words import (
    VERDICTS,
    amount,
    amount_text,
    earns,
    label,
    size_text,
    turning,
    verdict_words,
    why_words,
)
from cisim.report.sure_figures import Curve, bars_with_floor, curves_figure, tornado_figure
from cisim.report.told import Block, Page, Row
from cisim.report.words import chance, join, money
from cisim.runs import choice_of, pilots_of
from cisim.value import PERSPECTIVES, book_of, cash_by_draw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cisim.runs import Choice, Results
    from cisim.spec import Value
    from cisim.value import Book

__all__ = ["Alternative", "has_sure", "sure_page"]

Floats = NDArray[np.float64]
_CAPTION = "Worth on average, and in how many of 100 draws. To do nothing is to leave all as it is now."
_SHOWN = 6
"""Numbers, and lines of a figure, that are told one by one."""
_ROWS = 3
"""Rows of figures on a sheet of A4."""
_SMALL = 0.1
"""Share of the widest bar below which a bar is as likely the noise of its regression."""
_TAIL = 0.1
_FEWEST_FOR_INDICES = 200
_THRESHOLDS = np.linspace(0.0, 70_000.0, 29)
_COARSE = np.linspace(0.0, 70_000.0, 8)


class Alternative(NamedTuple):
    """The headline under another structure of the model, run apart: never averaged with the others."""

    name: str
    value: float
    low: float
    high: float
    unit: str = "£"
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the page is made of.

    Attributes
    ----------
    results : Results
    value : Value
    book : Book
        The ledger.
    choice : Choice
    names : tuple of str
        Of the strategies that may be recommended.
    benefit : ndarray of float, shape (n, strategies that may be recommended)
    best : int
        Of those.
    subject : int
        The strategy whose worth is taken apart: the best, or where that is to do nothing, the next.
    whole : Worth
        Of knowing everything.
    worths : dict of path to Worth
        Of knowing one number, the most first.
    pilots : tuple of Weighed
    of : tuple of str
        What one of each pilot's size is.
    """

    results: Results
    value: Value
    book: Book = field(repr=False)
    choice: Choice
    names: tuple[str, ...]
    benefit: Floats = field(repr=False)
    best: int
    subject: int
    whole: Worth
    worths: dict[str, Worth]
    pilots: tuple[Weighed, ...]
    of: tuple[str, ...]

    @property
    def rival(self) -> int | None:
        """The strategy that is worth most on average of the others; None where there is no other."""
        others = [i for i in range(len(self.names)) if i != self.best]
        return max(others, key=lambda i: float(self.benefit[:, i].mean()), default=None)


def has_sure(results: Results) -> bool:
    """Return whether a run has what the page is made of: something valued, and draws enough to say how sure it is."""
    if results.question.value is None or not (results.folder / "psa.parquet").is_file():
        return False  # such as results that are told in another folder than they were run in
    return len(results.psa()) >= _FEWEST


def sure_page(results: Results, alternatives: Sequence[Alternative] | None = None) -> Page | None:
    """Return the page of how sure the answer is; None where nothing was valued, or too few draws were made.

    Parameters
    ----------
    results : Results
    alternatives : sequence of Alternative, optional
        The headline under other structures of the model, each printed by itself; left out, those that the run made.
    """
    if not has_sure(results):
        return None
    one = _known(results)
    if alternatives is None:
        alternatives = _apart(one)
    left, right = (_rests(one),), (_badly(one),)
    first: tuple[Row, ...] = (((_do(one),),), ((_sure(one),),), (left, right))
    second: tuple[Row, ...] = (((_next(one),),), ((_elsewhere(one), *_otherwise(alternatives)),))
    rows = _figures(one)
    drawn = [rows[i : i + _ROWS] for i in range(0, len(rows), _ROWS)]
    experiment = results.question.experiment
    value = one.value
    foot = (
        f"{len(one.benefit):,} draws of what is not known. Worth over {value.years} years from {value.first_year},"
        f" in pounds of {value.price_year}: {_view(one.choice.perspective.name)}. Ranges hold 95 in 100 draws."
        " Strategies that do not keep service are never recommended. Every figure: report.html."
    )
    return Page(
        "sure",
        experiment.experiment,
        "How sure, what matters, what to measure next",
        experiment.question,
        (first, second, *drawn),
        foot,
    )


_FEWEST = 100


def _known(results: Results) -> _Known:
    book = book_of(results.ledger)
    choice = choice_of(results, book=book)
    benefit = choice.among(choice.benefit)
    names = tuple(choice.strategies[i] for i in choice.open)
    best = choice.open.index(choice.best)
    others = range(1, len(names))
    subject = best or max(others, key=lambda i: float(benefit[:, i].mean()), default=0)
    found = {path: evppi(benefit, column) for path, column in choice.values.items() if np.ptp(column)}
    ranked = dict(sorted(found.items(), key=lambda item: -item[1].value))
    value = results.question.value
    assert value is not None  # noqa: S101 - asked before
    pilots = pilots_of(choice, value.pilots)
    of = tuple(pilot.of for pilot in value.pilots)
    return _Known(
        results, value, book, choice, names, benefit, best, subject, evpi(benefit), ranked, pilots, of
    )


def _view(name: str) -> str:
    return VIEWS.get(name, PERSPECTIVES[name].words)


def _do(one: _Known) -> Block:
    """Say in one sentence each what to choose, and what to measure before."""
    name = one.names[one.best]
    lead = f"As far as is known now, choose '{name}'."
    if one.best:
        lead += f" It is worth {amount_text(one.benefit[:, one.best])} more than doing nothing."
    elif one.subject:
        worth = amount_text(one.benefit[:, one.subject])
        lead += f" The next, '{one.names[one.subject]}', is worth {worth} beside it."
    parts: list[Part] = [Text(lead, "lead")]
    if one.pilots:
        parts.append(Text(verdict_words(one.pilots, one.choice, one.of), "lead"))
    elif one.whole.changes == 0:
        parts.append(Text("Nothing that could be learnt would change that: no draw would.", "lead"))
    else:
        most = _worth_text(one.whole)
        parts.append(Text(f"Before that, no study that costs more than {most} is worth making.", "lead"))
    shut = [n for i, n in enumerate(one.choice.strategies) if one.choice.fails(i)]
    if shut:
        told_names, asked = join([f"'{n}'" for n in shut]), chance(one.choice.asked)
        parts.append(Note(f"Not to be recommended, since service is not kept in {asked} runs: {told_names}."))
    return Block("do", "What to do", tuple(parts))


def _worth_text(worth: Worth) -> str:
    low, high = worth.value - 1.96 * worth.se, worth.value + 1.96 * worth.se
    return told(worth.value, low, high, "£")


def _sure(one: _Known) -> Block:
    """Show every strategy: what it is worth, how often it is best, whether it keeps service, and its worst tenth."""
    often = np.bincount(one.benefit.argmax(axis=1), minlength=len(one.names)) / len(one.benefit)
    rows = []
    for i, name in enumerate(one.choice.strategies):
        values = one.choice.benefit[:, i]
        mean, (low, high) = float(values.mean()), np.quantile(values, [0.025, 0.975])
        place = one.choice.open.index(i) if i in one.choice.open else None
        risk = downside(values, 0.0, _TAIL)
        kept, out, none = one.choice.kept[i], one.choice.fails(i), i in one.choice.empty
        service = "as now" if i == 0 else "not judged" if kept is None else chance(kept.share)
        if (
            out and kept is not None and kept.share >= one.choice.asked
        ):  # in the worst year, or in too few runs
            service = "not surely, or not in every year"
        service = "with nothing closed" if none else service
        same = "" if place is not None or out else "as another above"
        rows.append(
            (
                Cell(name, same, (), "chosen" if place == one.best else ""),
                Cell(told(mean, low, high, "£") if i else "£0", ends_of(low, high, "£") if i else ""),
                Cell("not to be chosen" if out else "" if place is None else chance(float(often[place]))),
                Cell("" if i == 0 else chance(risk.missing)),
                Cell("" if i == 0 else told(risk.tail_mean, low, high, "£")),
                Cell(service, "", (), "off" if out else ""),
            )
        )
    columns = (
        "strategy", "worth beside doing nothing", "is the best", "worth less than nothing", "worst tenth, mean",
        "keeps service",
    )  # fmt: skip
    table = Table("strategies", _CAPTION, columns, tuple(rows),
                  (1, 2, 3, 4, 5))  # fmt: skip
    return Block("sure", "How sure", (Text(_sure_words(one, often)), table))


def _sure_words(one: _Known, often: Floats) -> str:
    name = one.names[one.best]
    words = f"'{name}' is the best on average, and the best in {chance(float(often[one.best]))} draws."
    most = int(often.argmax())
    if most != one.best:
        words += f" '{one.names[most]}' is best more often, but by less: what counts is the average."
    table = one.results.chances
    option = one.names[one.subject]
    found = table[(table["option"] == option) & (table["figure"] == "npv")] if len(table) else table
    if len(found) and np.isfinite(found["unknown"].iloc[0]):
        luck, unknown = float(found["luck"].iloc[0]), float(found["unknown"].iloc[0])
        words += (
            f" Of the spread in what '{option}' is worth, {_percent(unknown)} is what is not known and could be"
            f" learnt; {_percent(luck)} is the luck of single years, which cannot."
        )
    return words


def _percent(share: float) -> str:
    """Return a share of a spread as people say it."""
    return "almost all" if share > 0.99 else "almost none" if share < 0.01 else f"{100 * share:.0f}%"


def _rests(one: _Known) -> Block:
    """Say at which value of which number the choice turns, those worth knowing most first."""
    items: list[tuple[str, str]] = []
    for path in list(one.worths):
        known = one.choice.known.get(path)
        if known is None or len(items) >= 5:
            continue
        for stretch in turns(one.benefit, one.choice.values[path]):
            low, high, _ = stretch.found[0]
            if stretch.strategy == one.best or (np.isinf(low) and np.isinf(high)):
                continue
            above = bool(np.isinf(high))
            edge = low if above else high
            words = turning(edge, known, one.names[stretch.strategy], above=above)
            items.append((_capital(label(path)), f"{words} ({chance(stretch.chance)} draws)."))
            break
    parts: list[Part] = []
    if items:
        now = one.names[one.best]
        parts.append(
            Text(f"One number at a time, the others as likely as they are: '{now}' stays the choice unless")
        )
        parts.append(Bullets(tuple(items)))
    else:
        parts.append(Text("No number by itself turns the choice anywhere in its range."))
    moves = swings(one.benefit[:, one.subject], one.choice.values)[:3]
    if moves and one.subject:
        said = [
            f"{label(m.parameter)} ({amount(m.low, one.choice.known[m.parameter])} to"
            f" {amount(m.high, one.choice.known[m.parameter])}) moves it by {money(m.size, 2)}"
            for m in moves
            if m.parameter in one.choice.known
        ]
        parts.append(Text(f"What '{one.names[one.subject]}' is worth rests most on: {'; '.join(said)}."))
    return Block("rests", "What it rests on", tuple(parts))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _badly(one: _Known) -> Block:
    """Say how it may turn out badly: the target missed, the worst tenth, and what is better whatever one's taste."""
    items: list[tuple[str, str]] = []
    name = one.names[one.subject]
    target = one.value.cash_target
    if target is not None and one.subject:
        cash = cash_by_draw(one.book, name, one.choice.perspective).sum(axis=1)
        missed = downside(cash, target, _TAIL)
        items.append(
            (
                f"The savings target of {money(target, 2)}",
                f"is missed by '{name}' in {chance(missed.missing)} draws, by {money(missed.shortfall, 2)} on average.",
            )
        )
    if one.subject:
        risk = downside(one.benefit[:, one.subject], 0.0, _TAIL)
        verb = (
            f"loses {money(-risk.tail_mean, 2)}"
            if risk.tail_mean < 0
            else f"comes to {money(risk.tail_mean, 2)}"
        )
        items.append(("The worst tenth", f"of what may happen, '{name}' {verb} on average."))
    items += [("Whatever anyone's taste", words) for words in _dominance(one)]
    if one.rival is not None:
        chosen, rival = one.benefit[:, one.best], one.benefit[:, one.rival]
        over = better(rival, chosen)
        loss = float(np.maximum(rival - chosen, 0.0).mean())
        other = one.names[one.rival]
        words = f"'{other}' would have been better in {chance(over)} draws; that costs {money(loss, 2)} on average."
        items.append(("If it is the wrong choice", words))
    return Block(
        "badly", "If it goes badly", (Bullets(tuple(items)),) if items else (Text("There is no other."),)
    )


def _dominance(one: _Known) -> list[str]:
    """Say which strategies the chosen one beats at every level of risk, or for everyone who dislikes risk."""
    always, careful = [], []
    for i, name in enumerate(one.names):
        if i == one.best:
            continue
        if dominates(one.benefit[:, one.best], one.benefit[:, i]):
            always.append(f"'{name}'")
        elif dominates(one.benefit[:, one.best], one.benefit[:, i], order=2):
            careful.append(f"'{name}'")
    out = []
    if always:
        out.append(f"'{one.names[one.best]}' is as likely or likelier to reach any sum than {join(always)}.")
    if careful:
        out.append(f"everyone who dislikes risk prefers '{one.names[one.best]}' to {join(careful)}.")
    return out


def _next(one: _Known) -> Block:
    """Say what it is worth to know everything, each number, and what each pilot brings less what it costs."""
    parts: list[Part] = [Text(_whole_words(one))]
    shown = [(p, w) for p, w in one.worths.items() if w.value > 0 and p in one.choice.known][:_SHOWN]
    if shown and one.whole.changes:
        rows = tuple(
            (
                Cell(_capital(label(path))),
                Cell(_worth_text(worth)),
                Cell(chance(worth.changes)),
                Cell(money(1.96 * worth.se, 2)),
            )
            for path, worth in shown
        )
        caption = "What it would be worth to know one number for certain; worths do not add up."
        columns = ("number", "worth knowing", "changes the choice in", "give or take")
        parts.append(Table("knowing", caption, columns, rows, (1, 2, 3)))
    if one.pilots:
        parts.append(_pilots_table(one))
        told_of_each = tuple(
            (w.study.name, " ".join(why_words(w, one.choice, of)))
            for w, of in zip(one.pilots, one.of, strict=True)
        )
        parts.append(Bullets(told_of_each))
    else:
        parts.append(Text("No pilot is named in the value file, under 'pilots'.", "small"))
    return Block("next", "What to measure next", tuple(parts))


def _whole_words(one: _Known) -> str:
    if one.whole.changes == 0:
        return "Nothing: in no draw would knowing everything change the choice."
    return (
        f"Knowing everything would change the choice in {chance(one.whole.changes)} draws, and is worth"
        f" {_worth_text(one.whole)} to this decision: {_view(one.choice.perspective.name)}. No study is worth more."
    )


def _pilots_table(one: _Known) -> Table:
    rows = []
    for weighed, of in zip(one.pilots, one.of, strict=True):
        at = weighed.place
        worth, se = float(weighed.sampling.value[at]), 1.96 * float(weighed.sampling.se[at])
        net, ends = earns(weighed)
        mark = {"run": "yes", "do not run": "off"}.get(weighed.verdict, "")
        rows.append(
            (
                Cell(weighed.study.name),
                Cell(VERDICTS[weighed.verdict], "", (), mark),
                Cell(size_text(weighed, of)),
                Cell(told(worth, worth - se, worth + se, "£")),
                Cell(money(float(weighed.sampling.cost[at]), 2)),
                Cell(net, ends),
            )
        )
    columns = ("pilot", "before the decision", "best size", "brings", "costs, waiting included", "net")
    return Table("pilots", "Pilots that could be run first.", columns, tuple(rows), (3, 4, 5))


def _elsewhere(one: _Known) -> Block:
    """Say what would be chosen, and be worth knowing, to whoever counts other money or health."""
    rows = []
    for name in PERSPECTIVES:
        choice = (
            one.choice
            if name == one.choice.perspective.name
            else choice_of(one.results, view=name, book=one.book)
        )
        benefit = choice.among(choice.benefit)
        best = choice.open.index(choice.best)
        often = float((benefit.argmax(axis=1) == best).mean())
        whole = evpi(benefit)
        good = verdict_of(choice, one)
        mark = "chosen" if name == one.choice.perspective.name else ""
        rows.append(
            (
                Cell(_capital(_view(name)), "the value file's own view" if mark else "", (), mark),
                Cell(choice.strategies[choice.best]),
                Cell(chance(often)),
                Cell(_worth_text(whole) if whole.changes else "£0"),
                Cell(good),
            )
        )
    columns = ("whose net benefit", "choose", "is the best", "knowing everything", "pilot worth running")
    caption = "The same draws, counted by others; no total mixes two."
    return Block("views", "Seen by others", (Table("views", caption, columns, tuple(rows), (2, 3)),))


def verdict_of(choice: Choice, one: _Known) -> str:
    """Return the pilots worth running under one view, or that none is."""
    same = choice.perspective.name == one.choice.perspective.name
    found = one.pilots if same else pilots_of(choice, one.value.pilots)
    good = [w.study.name for w in found if w.verdict == "run"]
    return join(good) if good else "none" if found else "none is named"


def _apart(one: _Known) -> list[Alternative]:
    """Return what the strategy taken apart is worth in each other way of seeing the question, the file's own first."""
    name = one.names[one.subject]
    key, seen = f"npv:{name}", one.results.alternatives()
    found = {"as the files have it": one.results.summary, **seen} if seen else {}
    out = []
    for other, figures in found.items():
        figure = figures.get(key)
        if figure is not None and figure["value"] is not None:
            ends = float(figure["low"]), float(figure["high"])
            note = f"what '{name}' is worth{_closes(figures)}"
            out.append(Alternative(other, float(figure["value"]), *ends, note=note))
    return out


def _closes(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return how far each searched closure may go, and what that is worth: what the margins of service decide."""
    told_of = ""
    for key in (k for k in figures if k.startswith("steps:")):
        option, steps = key.removeprefix("steps:"), int(figures[key]["value"] or 0)
        worth = figures.get(f"npv:{option}", {}).get("value")
        value = f", worth {money(worth, 2)}" if steps and worth is not None else ""
        told_of += f"; '{option}': {steps or 'none'} can close{value}"
    return told_of


def _otherwise(alternatives: Sequence[Alternative]) -> tuple[Block, ...]:
    """Print the headline under other structures of the model, each by itself; nothing where there is none."""
    if not alternatives:
        return ()
    rows = tuple(
        (Cell(a.name, a.note), Cell(told(a.value, a.low, a.high, a.unit), ends_of(a.low, a.high, a.unit)))
        for a in alternatives
    )
    caption = "Each was run apart; they are not averaged, for nobody knows how likely each is."
    table = Table("otherwise", caption, ("if", "headline"), rows, (1,))
    return (Block("otherwise", "If the world is built otherwise", (table,)),)


# Figures


def _figures(one: _Known) -> tuple[Row, ...]:
    pictures = [
        *_tornado(one), *_indices(one), *_by_threshold(one), *_information(one), *_sizes(one),
    ]  # fmt: skip
    return tuple(tuple((block,) for block in pictures[i : i + 2]) for i in range(0, len(pictures), 2))


def _tornado(one: _Known) -> list[Block]:
    found = [
        s for s in swings(one.benefit[:, one.subject], one.choice.values) if s.parameter in one.choice.known
    ]
    if not found or not one.subject or found[0].size <= 0:
        return []
    found = [s for s in found if s.size > _SMALL * found[0].size]
    rows = [
        (
            _capital(label(s.parameter)),
            amount(s.low, one.choice.known[s.parameter]),
            amount(s.high, one.choice.known[s.parameter]),
            s.at_low,
            s.at_high,
        )
        for s in found[:_SHOWN]
    ]
    name = one.names[one.subject]
    title = "One number at a time"
    caption = f"Mean worth of '{name}' with one number at each end of its range (95 in 100 draws)."
    svg = tornado_figure("sure-tornado", caption, rows, float(one.benefit[:, one.subject].mean()))
    return [Block("tornado", title, (Picture("sure-tornado", caption, svg),))]


def _indices(one: _Known) -> list[Block]:
    moving = {p: v for p, v in one.choice.values.items() if np.ptp(v)}
    answers = one.benefit[:, one.subject]
    if len(one.benefit) < _FEWEST_FOR_INDICES or not one.subject or not np.ptp(answers) or not moving:
        return []
    found = pawn(moving, answers)
    order = sorted(found.mean, key=lambda path: -found.mean[path].value)[:_SHOWN]
    rows = [(_capital(label(p)), found.mean[p].value, found.mean[p].low, found.mean[p].high) for p in order]
    caption = (
        f"How much knowing one number changes the whole spread of what '{one.names[one.subject]}' is worth."
    )
    svg = bars_with_floor("sure-indices", caption, rows, found.floor)
    return [Block("indices", "All numbers at once", (Picture("sure-indices", caption, svg),))]


def _by_threshold(one: _Known) -> list[Block]:
    cost, qalys = one.choice.among(one.choice.cost), one.choice.among(one.choice.qalys)
    if len(one.names) < 2:
        return []
    found = curves(cost, qalys, _THRESHOLDS)
    chances = [Curve(name, found.probability[:, i]) for i, name in enumerate(one.names)]
    chances = [Curve("*the one to choose", found.frontier), *chances]
    losses = [Curve(name, found.loss[:, i]) for i, name in enumerate(one.names)]
    losses = [Curve("*the one to choose", found.information), *losses]
    across = "pounds that a year in full health is worth"
    about = f"Costs: {_owners_words(one)}."
    first = f"In how many of 100 draws each is the best. {about}"
    second = f"What choosing each loses on average beside choosing rightly in every draw. {about}"
    return [
        Block("acceptability", "Which is the best, by what health is worth", (Picture("sure-acceptability", first,
              curves_figure("sure-acceptability", first, _THRESHOLDS.tolist(), chances, across=across,
                            up="best in, of 100 draws", shares=True)),)),
        Block("loss", "What a wrong choice costs", (Picture("sure-loss", second,
              curves_figure("sure-loss", second, _THRESHOLDS.tolist(), losses, across=across,
                            up="lost on average")),)),
    ]  # fmt: skip


def _owners_words(one: _Known) -> str:
    owners = one.choice.perspective.owners
    return f"those of {join(list(owners))} alone" if owners else "whoever pays"


def _information(one: _Known) -> list[Block]:
    cost, qalys = one.choice.among(one.choice.cost), one.choice.among(one.choice.qalys)
    if len(one.names) < 2:
        return []
    by_hand = {k: k * qalys - cost for k in _COARSE.tolist()}
    lines = [Curve("everything", np.array([evpi(b).value for b in by_hand.values()]))]
    totals = {
        path: np.array([evppi(b, column).value for b in by_hand.values()])
        for path, column in one.choice.values.items()
        if np.ptp(column) and path in one.choice.known
    }
    top = sorted(totals, key=lambda p: -float(totals[p].sum()))[:3]
    lines += [Curve(_capital(label(path)), totals[path]) for path in top]
    caption = (
        "What it is worth to know everything, and the three numbers worth most, by what health is worth."
    )
    svg = curves_figure("sure-information", caption, _COARSE.tolist(), lines,
                        across="pounds that a year in full health is worth", up="worth knowing")  # fmt: skip
    return [Block("information", "What knowing is worth", (Picture("sure-information", caption, svg),))]


def _sizes(one: _Known) -> list[Block]:
    blocks = []
    for number, (weighed, of) in enumerate(zip(one.pilots, one.of, strict=True), 1):
        sizes = list(weighed.study.sizes)
        lines = [
            Curve("what it brings, less what it costs", weighed.sampling.net, 1.96 * weighed.sampling.se),
            Curve("what it brings", weighed.sampling.value),
            Curve("what it costs, waiting included", weighed.sampling.cost),
        ]
        caption = (
            f"{weighed.study.name}: {VERDICTS[weighed.verdict]}. The band is what these draws leave open."
        )
        svg = curves_figure(
            f"sure-pilot-{number}",
            caption,
            sizes,
            lines,
            across=f"size, {of}s",
            up="pounds",
            pounds_across=False,
        )
        blocks.append(
            Block(f"pilot-{number}", weighed.study.name, (Picture(f"sure-pilot-{number}", caption, svg),))
        )
    return blocks
