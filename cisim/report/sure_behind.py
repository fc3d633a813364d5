"""What stands behind the page of how sure an answer is: strategies, pilots, other views, other structures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.decision import dominates, downside, evpi
from cisim.report.content import Bullets, Cell, Part, Table
from cisim.report.digits import sure as ends_of, told
from cisim.report.pilot_words import VERDICTS, earns, label, size_text, why_words
from cisim.report.sure_answer import TAIL
from cisim.report.sure_known import capital, view_words, worth_text
from cisim.report.told import Block
from cisim.report.words import chance, join, money
from cisim.runs import pilots_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.report.sure_known import Alternative, Known
    from cisim.report.told import Row
    from cisim.runs import Choice

__all__ = ["tables"]

_SHOWN = 6
"""Numbers that are told one by one."""
_CAPTION = (
    "Worth on average, and in how many of 100 draws. To do nothing is to leave all as it is now. The worst tenth is"
    " the mean of the tenth of the draws in which the strategy is worth least."
)


def tables(one: Known, alternatives: Sequence[Alternative]) -> tuple[Row, ...]:
    """Return the tables behind the page: strategies, what knowing is worth, pilots, other views and structures."""
    return tuple(((block,),) for block in (
        _strategies(one), *_knowing(one), *_pilots(one), _elsewhere(one), *_otherwise(one, alternatives),
    ))  # fmt: skip


def _strategies(one: Known) -> Block:
    """Show every strategy: what it is worth, how often it is best, whether it keeps service, and its worst tenth."""
    often = one.often
    rows = []
    for i, name in enumerate(one.choice.strategies):
        values = one.choice.benefit[:, i]
        mean, (low, high) = float(values.mean()), np.quantile(values, [0.025, 0.975])
        place = one.choice.open.index(i) if i in one.choice.open else None
        risk = downside(values, 0.0, TAIL)
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
    parts: list[Part] = [table]
    taste = _dominance(one)
    if taste:
        parts.append(Bullets(tuple(("Whatever anyone's taste for risk", words) for words in taste)))
    return Block("strategies", "Every strategy", tuple(parts))


def _dominance(one: Known) -> list[str]:
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


def _knowing(one: Known) -> tuple[Block, ...]:
    """Show what it is worth to know each number; nothing where no number is worth knowing."""
    shown = [(p, w) for p, w in one.worths.items() if w.value > 0 and p in one.choice.known][:_SHOWN]
    if not shown or not one.whole.changes:
        return ()
    rows = tuple(
        (
            Cell(capital(label(path))),
            Cell(worth_text(worth)),
            Cell(money(1.96 * worth.se, 2)),
            Cell(chance(worth.changes)),
        )
        for path, worth in shown
    )
    caption = (
        "What it would be worth to know one number for certain; worths do not add up. Give or take: what these draws"
        " leave open."
    )
    columns = ("number", "worth knowing", "give or take", "changes the choice in")
    table = Table("knowing", caption, columns, rows, (1, 2, 3))
    return (Block("knowing", "What one number is worth knowing", (table,)),)


def _pilots(one: Known) -> tuple[Block, ...]:
    """Show each pilot and why it is worth running or not; nothing where none is named."""
    if not one.pilots:
        return ()
    reasons = tuple(
        (w.study.name, " ".join(why_words(w, one.choice, of)))
        for w, of in zip(one.pilots, one.of, strict=True)
    )
    return (Block("pilots", "Pilots that could be run first", (_pilots_table(one), Bullets(reasons))),)


def _pilots_table(one: Known) -> Table:
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
    caption = "At the size that is best, or that loses least. Net: what it brings less what it costs."
    columns = ("pilot", "before the decision", "best size", "brings", "costs, waiting included", "net")
    return Table(
        "pilots",
        caption,
        columns,
        tuple(rows),
        (3, 4, 5),
    )


def _elsewhere(one: Known) -> Block:
    """Say what would be chosen, and be worth knowing, to whoever counts other money or health."""
    rows = []
    for name, choice in one.views().items():
        benefit = choice.among(choice.benefit)
        best = choice.open.index(choice.best)
        often = float((benefit.argmax(axis=1) == best).mean())
        whole = evpi(benefit)
        good = _worth_running(choice, one)
        mark = "chosen" if name == one.choice.perspective.name else ""
        rows.append(
            (
                Cell(capital(view_words(name)), "the value file's own view" if mark else "", (), mark),
                Cell(choice.strategies[choice.best]),
                Cell(chance(often)),
                Cell(worth_text(whole) if whole.changes else "£0"),
                Cell(good),
            )
        )
    columns = ("whose net benefit", "choose", "is the best", "knowing everything", "pilot worth running")
    caption = "The same draws, counted by others; no total mixes two."
    return Block("views", "Seen by others", (Table("views", caption, columns, tuple(rows), (2, 3)),))


def _worth_running(choice: Choice, one: Known) -> str:
    """Return the pilots worth running under one view, or that none is."""
    same = choice.perspective.name == one.choice.perspective.name
    found = one.pilots if same else pilots_of(choice, one.value.pilots)
    good = [w.study.name for w in found if w.verdict == "run"]
    return join(good) if good else "none" if found else "none is named"


def _otherwise(one: Known, alternatives: Sequence[Alternative]) -> tuple[Block, ...]:
    """Print the headline under other structures of the model, each by itself; nothing where there is none."""
    if not alternatives:
        return ()
    rows = tuple(
        (Cell(a.name, a.note), Cell(told(a.value, a.low, a.high, a.unit), ends_of(a.low, a.high, a.unit)))
        for a in alternatives
    )
    caption = (
        f"What '{one.names[one.subject]}' is worth; each was run apart, and they are not averaged, for nobody knows"
        " how likely each is."
    )
    table = Table("otherwise", caption, ("if", "worth"), rows, (1,))
    return (Block("otherwise", "If the world is built otherwise", (table,)),)
