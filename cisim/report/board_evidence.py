"""The board's second sheet: what the words of the first rest on, down to ledger lines and their sources."""

# ruff: noqa: RUF001 - a true minus sign is meant
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.analysis import patients_by_option
from cisim.analysis.board import by_owner_and_category
from cisim.report.assumptions import value_assumptions
from cisim.report.board_choice import searched
from cisim.report.choice import frontier_picture
from cisim.report.content import Bullets, Cell, Part, Picture, Table, Text
from cisim.report.digits import sure, told
from cisim.report.small_figures import cash_profile, returns
from cisim.report.told import Block, Row
from cisim.report.words import chance, day_text, join, measure_name, money, number, quantity, share

if TYPE_CHECKING:
    import pandas as pd

    from cisim.report.told import Told
    from cisim.value import Figure

__all__ = ["LINE_USES", "evidence"]

MOST_LINES = 12
FEWER_LINES = 4
"""Ledger lines of the second sheet, and how many where the picture of the choice stands there too."""
MOST_ROWS = 10
_YEARS = 3
"""Years of the cash profile that are told in numbers: the first ones and the last."""
LONGEST = 54
"""Letters of a source that are shown; the rest stands in tables/ledger-lines.csv."""
LINE_USES = {
    "programme": "programme",
    "running": "running the new way",
    "close": "cost of what is closed",
    "stranded": "what of that stays",
    "one_off": "the action, once",
    "optimism": "what such costs turn out above plan",
    "sustaining": "holding the effect up",
    "reopening": "opening again where service fails",
    "reinvest": "named patients",
    "absorb": "others who came",
    "lost": "patients no longer treated",
    "redeploy": "moved to another service",
    "redeployed": "moved to another service",
    "avoid": "cost that will not come",
    "avoided": "cost that will not come",
    "direct": "drugs, tests, harms",
    "outcome": "outcome",
    "release": "released",
    "closed": "closed",
    "reinvested": "used for named patients",
    "absorbed": "refilled by others",
    "idle_change": "held free",
}
"""The ledger's uses in words."""
_RETURNS = (
    ("cash for cash", "cash_return", "cash_benefit", "cash_cost"),
    ("all benefit for direct cost", "service_return_direct", "service_benefit", "direct_cost"),
    ("all benefit for all cost", "service_return_all", "service_benefit", "indirect_cost"),
)


def evidence(one: Told) -> tuple[Row, ...]:
    """Return the rows of the second sheet."""
    return (
        ((_returns(one),), (_cash(one),)),
        tuple((case,) for case in _cases(one)),
        *_frontier(one),
        ((_ledger(one),),),
        ((_strip(one),),),
        ((_trace(one),),),
    )


def _frontier(one: Told) -> tuple[Row, ...]:
    """Show close, reinvest and hold as corners of one choice, beside what the searches found and projects' credit."""
    picture = frontier_picture(one.results, "board-frontier", _MIXES, small=True)
    if picture is None:
        return ()
    credit = one.results.credit
    mine = credit[credit["of"] == "steps closed"] if not credit.empty else credit
    shares = [f"{r['project']} {number(float(r['credit']), 2)}" for r in mine.to_dict("records")]
    beside: tuple[Part, ...] = (*searched(one, "steps"), *searched(one, "patients_at_equal_service"))
    if shares:
        beside = (
            *beside,
            Text(f"Steps that can close, by project (Shapley value): {join(shares)}.", "small"),
        )
    title = one.frame.headings["choice"]
    return (
        (
            (Block("choice", title, (picture,)),),
            (Block("choice-words", "What fits at equal service", beside),),
        ),
    )


_MIXES = "Each mix that was simulated: green keeps service, red crosses do not; the ring is what the search decides."


def _returns(one: Told) -> Block:
    """Show the three returns: each draw's, and the ratio of means beside the chance of more than £1."""
    draws, figures = one.chosen.draws, one.chosen.figures
    hills: list[tuple[str, NDArray[np.float64], float]] = []
    rows = []
    for name, key, top, bottom in _RETURNS:
        benefit, cost = np.asarray(draws[top], float), np.asarray(draws[bottom], float)
        if bottom == "indirect_cost":
            cost = cost + np.asarray(draws["direct_cost"], float)
        figure = figures[key]
        above = Cell(chance(float(np.mean(benefit > cost))))
        rows.append((Cell(name), _ratio(figure), above))
        if np.isfinite(figure.value) and bool((cost > 0).all()):
            hills.append((name, benefit / cost, figure.value))
    columns = ("return", "back for £1", "more than £1 in")
    table = Table("board-returns", "", columns, tuple(rows), (1, 2), wide=True)
    title = one.frame.headings["returns"]
    if not hills:
        return Block("returns", title, (Text("There is no cost to set a return against."), table))
    label = "; ".join(f"{name}: £{number(value, 2)} for £1" for name, _, value in hills)
    terms = f"Over {one.years}, discounted; the dot is mean benefit over mean cost, the hill every draw's."
    picture = Picture("board-returns", terms, returns("board-returns", label, hills))
    return Block("returns", title, (picture, table))


def _ratio(figure: Figure) -> Cell:
    if not np.isfinite(figure.value):
        return Cell("no cost")
    if figure.value == 0.0 and figure.low == figure.high == 0.0:
        return Cell("£0")
    text = told(figure.value, figure.low, figure.high, "", finest=-2)
    ends = sure(figure.low, figure.high, "", finest=-2)
    return Cell(f"£{text}".replace("£−", "−£"), ends)


def _cash(one: Told) -> Block:
    """Show cash year by year: P10, P50 and P90 of the draws, and the mean summed."""
    cash = one.chosen.cash
    years = [int(y) for y in cash.index]
    columns = {c: cash[c].to_numpy(float) for c in ("p10", "p50", "p90", "cumulative")}
    rows = [
        (Cell(str(y)), *(Cell(_rounded(float(v[i]), cash)) for v in columns.values()))
        for i, y in enumerate(years)
    ]
    label = "; ".join(f"{r[0].text}: {r[1].text}, {r[2].text}, {r[3].text}" for r in rows)
    svg = cash_profile(
        "board-cash", label, years, (columns["p10"], columns["p50"], columns["p90"]), columns["cumulative"]
    )
    owners = one.chosen.perspective.owners
    whose = f"of the {join(list(owners))}" if owners else "of all owners together"
    caption = f"Cash {whose}, not discounted: above zero comes in. P10 is exceeded in nine draws of ten."
    few = rows if len(rows) <= _YEARS else [*rows[: _YEARS - 1], rows[-1]]
    heads = ("year", "P10", "P50", "P90", "mean, summed")
    table = Table("board-cash", "", heads, tuple(few), (1, 2, 3, 4), wide=True)
    return Block("cash", one.frame.headings["cash"], (Picture("board-cash", caption, svg), table))


def _rounded(value: float, cash: pd.DataFrame) -> str:
    """Return an amount of the profile, all of them to the digit that the widest year's spread carries."""
    width = float((cash["p90"] - cash["p10"]).max())
    return told(value, -width / 2, width / 2, "£") if width > 0 else money(value, 2)


def _cases(one: Told) -> list[Block]:
    """Return the social, the business and the economic case: views that overlap, of the same ledger."""
    cases = (
        ("Social case", "people", _social(one)),
        ("Business case", "the organisation's aims", _business(one)),
        ("Economic case", "worth for cost", _economic(one)),
    )
    blocks = [
        Block(title.lower().replace(" ", "-"), f"{title}: {what}", (Bullets(tuple(("", i) for i in items)),))
        for title, what, items in cases
    ]
    overlap = Text("Three views of one ledger: they overlap, and are not added.", "small")
    return [*blocks[:2], replace(blocks[2], parts=(*blocks[2].parts, overlap))]


def _social(one: Told) -> list[str]:
    health = one.chosen.figures["qalys"]
    unit = "QALYs"
    span = sure(*health[1:3], "")
    items = [f"health gained: {told(*health[:3], '')} {unit}" + (f" ({span})" if span else "")]
    found = patients_by_option(one.results.quantities, over_draws=one.results.over_draws)
    words = {
        "reinvested": "named patients treated, a year",
        "absorbed": "others treated who now are not, a year",
        "lost": "no longer treated who now are, a year",
    }
    for kind, what in words.items():
        total = [e for (o, _, k), e in found.items() if o == one.option.name and k == kind]
        if sum(e.value for e in total) > 0.5:
            ends = sum(e.low for e in total), sum(e.high for e in total)
            items.append(f"{told(sum(e.value for e in total), *ends, '', finest=0)} {what}")
    stay = _service(one, "length_of_stay", "mean")
    return items + ([stay] if stay else [])


def _service(one: Told, measure: str, statistic: str) -> str:
    """Return a measure of service now and under the choice, where it was measured."""
    mine = [c for c in one.service(measure) if c.statistic == statistic]
    if not mine:
        return ""
    c = max(mine, key=lambda c: abs(c.base.value))
    before = told(c.base.value, c.base.low, c.base.high, c.unit)
    after = told(c.level.value, c.level.low, c.level.high, c.unit)
    place = c.pathway or c.pool
    return f"{measure_name(c.measure, c.statistic)}, {place}: {before} now, {after} then"


def _business(one: Told) -> list[str]:
    mean = float(one.chosen.cash["mean"].iloc[-1])
    items = [
        f"cash in {one.value.first_year + one.value.years - 1}: {_rounded(mean, one.chosen.cash)} a year",
    ]
    target = one.chosen.figures.get("probability_target")
    if target is not None and one.value.cash_target is not None:
        items.append(
            f"chance of the cash target of {money(one.value.cash_target, 2)}: {chance(target.value)}"
        )
    items += [w for w in (_service(one, "turned_away", "share"), _service(one, "occupancy", "mean")) if w]
    return items


def _economic(one: Told) -> list[str]:
    figures, view = one.chosen.figures, one.chosen.perspective
    npv = figures["npv"]
    items = [
        f"net present value {told(*npv[:3], '£')} ({sure(*npv[1:3], '£')})",
        f"above zero in {chance(figures['probability_npv_positive'].value)} draws",
        f"perspective {view.name}; money discounted at {view.money.name}",
    ]
    high = figures.get("npv_high")
    if view.pounds_per_qaly is not None:
        items.append(f"a QALY at {money(view.pounds_per_qaly[0])}, health discounted at {view.health.name}")
    if (
        high is not None
        and view.pounds_per_qaly is not None
        and view.pounds_per_qaly[1] > view.pounds_per_qaly[0]
    ):
        items.append(f"at {money(view.pounds_per_qaly[1])} a QALY: {told(*high[:3], '£')}")
    return items


def _ledger(one: Told) -> Block:
    """Show what each owner gains or pays in each category, with the ledger lines that it is the sum of."""
    found = by_owner_and_category(one.lines, one.option.name)
    money_kinds = ("cash", "other_money", *(("societal",) if found["societal"].abs().max() >= 0.5 else ()))
    size = found[list(money_kinds)].abs().max(axis=1)
    found = found.assign(size=size).sort_values(["size"], ascending=False, kind="stable")
    rows = []
    for _, r in found.head(MOST_ROWS).iterrows():
        rows.append(
            (
                Cell(str(r["owner"])),
                Cell(f"{r['category'] or 'no category'}{', what it costs' if r['cost'] else ''}"),
                *(Cell(money(float(r[c]), 3) if abs(r[c]) >= 0.5 else "–") for c in money_kinds),
                Cell(number(float(r["qalys"]), 2) if abs(r["qalys"]) > 1e-9 else "–"),
                Cell(_ids(r["lines"])),
            )
        )
    rows.append(
        (
            Cell("all", mark="sum"),
            Cell("every line"),
            *(Cell(money(float(found[c].sum()), 3)) for c in money_kinds),
            Cell(number(float(found["qalys"].sum()), 2)),
            Cell(""),
        )
    )
    social = ("worth to society",) if "societal" in money_kinds else ()
    columns = ("owner", "category", "cash", "other money", *social, "health (QALYs)", "ledger lines")
    caption = (
        f"Mean over the draws, summed over {one.years}, not discounted. What one owner pays another stands"
        " once above and once below zero."
    )
    table = Table("board-ledger", caption, columns, tuple(rows), tuple(range(2, len(columns) - 1)), wide=True)
    return Block("ledger", one.frame.headings["ledger"], (table,))


def _ids(ids: tuple[str, ...]) -> str:
    return ", ".join(ids)


def _strip(one: Told) -> Block:
    """Answer the four questions that published returns are judged by."""
    columns = (
        "Programme cost reported?",
        "Checked by finance?",
        "Sources given?",
        "Agrees with the organisation's budget?",
    )
    answers = (_programme(one), _finance(one), _sources(one), _budget(one))
    row = tuple(Cell("yes" if yes else "no", words, mark="yes" if yes else "no") for yes, words in answers)
    return Block("strip", one.frame.headings["strip"], (Table("board-strip", "", columns, (row,)),), "strip")


def _programme(one: Told) -> tuple[bool, str]:
    mine = one.lines[(one.lines["scenario"] == one.option.name) & (one.lines["use"] == "programme")]
    if mine.empty:
        return False, "the value file has no programme cost"
    cash = mine["kind"] == "cash-releasing"
    paid, time = (-float(mine.loc[m, "amount"].sum()) for m in (cash, ~cash))
    return True, f"{money(paid, 2)} paid, {money(time, 2)} in staff time (lines {_ids(tuple(mine['line']))})"


def _finance(one: Told) -> tuple[bool, str]:
    finance = one.value.finance
    if finance is None or not finance.validated_by:
        return False, "nobody from finance is named"
    on = f", {day_text(finance.on)}" if finance.on else ", no date"
    return finance.on is not None, f"{finance.validated_by}{on}"


def _sources(one: Told) -> tuple[bool, str]:
    rows = value_assumptions(one.value)
    guesses = sum(not r.source or r.source.lower().startswith("assumption") for r in rows)
    if not guesses:
        return True, f"all {len(rows)} numbers of money and health name one"
    return (
        False,
        f"{len(rows) - guesses} of {len(rows)} numbers of money and health; {guesses} are assumptions",
    )


def _budget(one: Told) -> tuple[bool, str]:
    """Say whether what leaves each named budget line is in that line, and that line in the whole budget."""
    finance = one.value.finance
    leaving = [b for b in one.budgets if b.budget_line and b.recurrent.value > 0]
    if not leaving:
        return False, "no cash leaves any budget, so there is nothing to agree"
    known = {line.line: line.a_year for line in finance.lines} if finance is not None else {}
    told_lines, good = [], True
    for b in leaving:
        name = b.budget_line.partition(", held by ")[0]
        amount = money(b.recurrent.value, 2)
        if name not in known:
            return False, f"what '{name}' holds in a year is not in the file"
        good = good and b.recurrent.value <= known[name]
        told_lines.append(f"{amount} of the {money(known[name])} a year of '{name}'")
    whole = finance.enterprise_budget if finance is not None else None
    if whole is None:
        return False, f"{join(told_lines)}; the whole budget is not in the file"
    part = share(sum(b.recurrent.value for b in leaving) / whole)
    return good, f"{join(told_lines)}, {part} of the {money(whole)} of the organisation"


def _trace(one: Told) -> Block:
    """Show the way from any figure to ledger lines, and from these to a source, in two steps."""
    mine = one.lines[one.lines["scenario"] == one.option.name]
    priced = mine[mine["currency"].isin(("GBP", "QALY"))]
    pool = one.pools[0] if one.pools else ""
    beds = mine[(mine["pool"] == pool) & (mine["currency"] == "")]
    leaving = priced[(priced["kind"] == "cash-releasing") & (priced["budget_line"] != "")]
    paid = priced[(priced["kind"] == "cash-releasing") & (priced["budget_line"] == "")]
    named = (
        ("cash that leaves", leaving),
        ("cash that is paid", paid),
        ("beds", beds),
        ("worth", priced),
    )
    steps = "; ".join(f"{name}: {_range(rows)}" for name, rows in named if len(rows))
    words = (
        f"Step one, from a figure to its lines: {steps}. Step two, from a line to its source: below;"
        " the whole of it, every choice, is tables/ledger-lines.csv."
    )
    rows = []
    most = MOST_LINES if one.results.frontier.empty else FEWER_LINES
    largest = priced["amount"].abs().sort_values(ascending=False, kind="stable").index[:most]
    shown = priced.loc[sorted(largest)]
    for _, r in shown.iterrows():
        pounds = r["currency"] == "GBP"
        amount = money(float(r["amount"]), 3) if pounds else f"{number(float(r['amount']), 2)} QALYs"
        price = money(float(r["unit_value"]), 3) if pounds else number(float(r["unit_value"]), 2)
        what = f"{LINE_USES.get(r['use'], r['use'])}: {_clip(str(r['item'] or r['pool']), 32)}"
        each = f"{quantity(float(r['quantity']), str(r['unit']), 3)} at {price}"
        cells = (r["line"], what, r["owner"], each, amount, _clip(str(r["source"]) or "no source", LONGEST))
        rows.append(tuple(Cell(str(c)) for c in cells))
    columns = ("line", "what", "owner", "a year, mean", f"over {one.years}", "source")
    parts: list[Part] = [
        Text(words, "small"),
        Table("board-lines", "", columns, tuple(rows), (3, 4), wide=True),
    ]
    left = len(priced) - len(shown)
    if left > 0:
        parts.append(Text(f"{left} more lines stand in tables/ledger-lines.csv.", "small"))
    return Block("trace", one.frame.headings["trace"], tuple(parts), "fine")


def _range(rows: pd.DataFrame) -> str:
    """Return the ids of lines, neighbours drawn together: 'A1, A6 to A10'."""
    ids = list(rows["line"])
    letters = ids[0].rstrip("0123456789")
    numbers = sorted(int(i.removeprefix(letters)) for i in ids)
    groups: list[list[int]] = []
    for n in numbers:
        if groups and n == groups[-1][-1] + 1:
            groups[-1].append(n)
        else:
            groups.append([n])
    return ", ".join(
        f"{letters}{g[0]}" if len(g) == 1 else f"{letters}{g[0]} to {letters}{g[-1]}" for g in groups
    )


def _clip(text: str, most: int) -> str:
    """Return text, cut at a word where it is long.

    >>> _clip("a source of some length", 12)
    'a source of …'
    """
    if len(text) <= most:
        return text
    return text[: most + 1].rpartition(" ")[0].rstrip(",;: ") + " …"
