"""Every amount on the board's page, walked to the rows of the ledger whose sum it is: none stands there by itself.

The amounts are worked out anew from the ledger's rows, with nothing of the page's own sums, and written with the page's
digits. An amount on the page that no rows account for fails, and so does one of theirs that is not on the page.
"""

# ruff: noqa: RUF001 - a true minus sign is meant
from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pytest

from cisim.report.board import board
from cisim.report.content import Bullets, Picture, Table
from cisim.report.digits import sure, told
from cisim.report.words import money, number
from cisim.spec.telling import Decide

AMOUNT = re.compile(r"[−+]?£\d[\d,.]*(?:bn|m|k)?")
COSTS = ("programme", "running", "one_off", "optimism", "sustaining", "reopening")
INPUTS = {"weakest"}
"""Blocks of numbers of the value file, which no row of the ledger is the sum of."""
NAMED = {"£0", "£1", "+£0"}
"""What is said of doing nothing, of payments that cancel, and of 'for each pound'."""
OPTIONS = ("two beds", "more <patients>", "keep it open")
RATE = 1.035


@dataclass
class Walk:
    """Amounts of one option from the ledger's rows: the block each stands in, its text, and its rows."""

    ledger: object
    option: str
    found: list

    def add(self, block, text, rows):
        for one in AMOUNT.findall(text):
            self.found.append((block, one.rstrip(".,"), rows))

    def draws(self, rows, *, worth=False):
        """Return the amounts of rows by draw and year; the present value where worth is asked."""
        table = rows.assign(at=rows["year"] - self.ledger["year"].min())
        shape = (
            int(self.ledger["draw"].max()) + 1,
            int(self.ledger["year"].max() - self.ledger["year"].min()) + 1,
        )
        out = np.zeros(shape)
        np.add.at(out, (table["draw"].to_numpy(), table["at"].to_numpy()), table["amount"].to_numpy())
        return out / RATE ** np.arange(shape[1]) if worth else out

    def of(self, option=None, **where):
        rows = self.ledger[self.ledger["scenario"] == (option or self.option)]
        for column, value in where.items():
            rows = rows[rows[column].isin(value if isinstance(value, tuple) else (value,))]
        return rows


def ends(values):
    return tuple(float(v) for v in np.quantile(values, [0.025, 0.975]))


def said(values, digits="£", **more):
    low, high = ends(values)
    return f"{told(float(values.mean()), low, high, digits, **more)} {sure(low, high, digits)}"


def walked(results, option):
    """Return every amount that the board's page must tell of an option, by block, each with its rows."""
    ledger = results.ledger.astype(
        dict.fromkeys(("scenario", "use", "owner", "kind", "currency", "category"), object)
    )
    one = Walk(ledger, option, [])
    pounds = {"currency": "GBP"}
    cash = {**pounds, "kind": "cash-releasing"}
    for name in (o.name for o in results.question.value.options):
        mine = one.of(name, owner="provider", **cash)
        one.add("decide", said(one.draws(mine)[:, -1], sign=True), mine)
        worth = provider(one, name)
        one.add("decide", said(one.draws(worth, worth=True).sum(axis=1)), worth)
    for line, rows in one.of(**cash).groupby("budget_line", observed=True):
        by_year = one.draws(rows)
        if line:
            one.add("money", said(by_year[:, -1]), rows)
            one.add("money", said(by_year[:, 0]).partition(" ")[0], rows)
        else:
            one.add("money", " ".join(money(-float(by_year[:, y].mean()), 2) for y in (0, -1)), rows)
    worth = provider(one, option)
    npv = one.draws(worth, worth=True).sum(axis=1)
    worst = float(np.sort(npv)[: max(round(0.1 * len(npv)), 1)].mean())
    one.add("wrong", money(abs(worst), 2), worth)
    one.add("economic-case", said(npv), worth)
    owners(one, pounds)
    years(one, one.of(owner="provider", **cash))
    returns(one, worth)
    lines(one)
    return one.found


def provider(one, option):
    rows = one.of(option, currency="GBP", owner="provider")
    return rows[(rows["kind"] == "cash-releasing") | ~rows["use"].isin(COSTS)]


def owners(one, pounds):
    for _, rows in one.of(**pounds).groupby("owner", observed=True):
        for cash in (True, False):
            mine = rows[(rows["kind"] == "cash-releasing") == cash]
            total = float(one.draws(mine).sum(axis=1).mean())
            if abs(total) >= 0.5:
                one.add("owners", money(total, 2, sign=True), mine)


def years(one, rows):
    by_year = one.draws(rows)
    tenth, middle, ninth = np.percentile(by_year, [10, 50, 90], axis=0)
    width = float((ninth - tenth).max())
    for y in range(by_year.shape[1]):
        for value in (tenth[y], middle[y], ninth[y], by_year.mean(axis=0)[: y + 1].sum()):
            one.add("cash", told(float(value), -width / 2, width / 2, "£"), rows)
    one.add("business-case", told(float(by_year[:, -1].mean()), -width / 2, width / 2, "£"), rows)


def returns(one, worth):
    """Pounds back for one: cash for cash, and all benefit for direct and for all cost, as ratios of means."""

    def total(rows):
        return one.draws(rows, worth=True).sum(axis=1)

    cost = worth["use"].isin(COSTS)
    cash = worth["kind"] == "cash-releasing"
    time = one.of(currency="GBP", owner="provider", use=COSTS)
    time = time[time["kind"] != "cash-releasing"]
    direct = -total(worth[cost & cash])
    for benefit, paid, rows in (
        (total(worth[~cost & cash]), direct, worth[cash]),
        (total(worth[~cost]), direct, worth),
        (total(worth[~cost]), direct - total(time), worth),
    ):
        if not benefit.any():
            one.add("returns", "£0", rows)
            continue
        ratio = float(benefit.mean() / paid.mean())
        text = told(ratio, *ends(benefit / paid), "", finest=-2)
        one.add("returns", f"£{text}".replace("£−", "−£"), rows)
        one.add("returns", f"£{number(ratio, 2)}".replace("£−", "−£"), rows)


def lines(one):
    """Amounts by owner and category, of the programme, and of single lines."""
    priced = one.of(currency=("GBP", "QALY"))
    count = int(one.ledger["draw"].max()) + 1
    for what, rows in {
        **dict(iter(priced.assign(cost=priced["use"].isin(COSTS)).groupby(["owner", "category", "cost"]))),
        "all": priced,
    }.items():
        for cash in (True, False):
            mine = rows[(rows["currency"] == "GBP") & ((rows["kind"] == "cash-releasing") == cash)]
            total = float(mine["amount"].sum()) / count
            if abs(total) >= 0.5 or what == "all":
                one.add("ledger", money(total, 3), mine)
    for cash in (True, False):
        mine = priced[(priced["use"] == "programme") & ((priced["kind"] == "cash-releasing") == cash)]
        one.add("strip", money(-float(mine["amount"].sum()) / count, 2), mine)
    keys = ["use", "item", "pool", "owner", "kind", "budget_line", "transfer", "unit", "currency"]
    for _, rows in priced[priced["currency"] == "GBP"].groupby(keys, observed=True):
        one.add("trace", money(float(rows["amount"].sum()) / count, 3), rows)
        one.add("trace", money(float(rows["unit_value"].mean()), 3), rows)


def amounts(page):
    """Return the amounts that stand on a page, by block: in words, in cells, and in what a picture shows."""
    out = {}
    for block in page.blocks:
        words = [block.title]
        for part in block.parts:
            if isinstance(part, Table):
                words += [f"{c.text} | {c.small}" for row in part.rows for c in row]
            elif isinstance(part, Bullets):
                words += [text for item in part.items for text in item]
            elif isinstance(part, Picture):
                words += [part.caption, re.search(r'aria-label="([^"]*)"', part.svg)[1]]
            else:
                words.append(part.words)
        out[block.anchor] = {one.rstrip(".,") for one in AMOUNT.findall(" ; ".join(words))}
    return out


def put(results, option):
    value = results.question.value.model_copy(update={"decide": Decide(option=option, by="2025-03-31")})
    return replace(results, question=replace(results.question, value=value))


def apart(results, option):
    """Return what stands on the page and no rows account for, and what rows come to and the page does not say."""
    shown, wanted = amounts(board(put(results, option))), {}
    for block, text, _ in walked(results, option):
        wanted.setdefault(block, set()).add(text)
    loose = {b: s - wanted.get(b, set()) - NAMED for b, s in shown.items() if b not in INPUTS}
    lost = {b: s - shown[b] - NAMED for b, s in wanted.items()}
    return {b: s for b, s in loose.items() if s}, {b: s for b, s in lost.items() if s}


@pytest.mark.parametrize("option", OPTIONS)
def test_every_amount_on_the_page_is_the_sum_of_its_rows(results, option):
    assert apart(results, option) == ({}, {})
    assert sum(len(found) for found in amounts(board(put(results, option))).values()) > 25


def test_a_changed_line_changes_its_figures_and_they_are_still_its_rows(results):
    ledger, option = results.ledger, "two beds"
    mine = ledger[(ledger["scenario"] == option) & (ledger["currency"] == "GBP")]
    before = amounts(board(put(results, option)))
    uses = [u for u in mine["use"].unique() if float(mine.loc[mine["use"] == u, "amount"].abs().sum()) > 0]
    assert len(uses) >= 3
    for use in uses:
        one = ledger.index.isin(mine.index[mine["use"] == use])
        changed = ledger.assign(
            amount=ledger["amount"].where(~one, ledger["amount"] * 1.6),
            unit_value=ledger["unit_value"].where(~one, ledger["unit_value"] * 1.6),
        )
        again = replace(results, ledger=changed)
        assert apart(again, option) == ({}, {}), use
        after = amounts(board(put(again, option)))
        moved = {block for block in before if before[block] != after[block]}
        assert {"ledger", "trace"} <= moved, use


def test_an_amount_that_no_row_accounts_for_is_found(results):
    """A ledger without one line, beside a page of the whole: the walk must not pass."""
    ledger = results.ledger
    less = ledger[~((ledger["scenario"] == "two beds") & (ledger["use"] == "running"))]
    shown = amounts(board(put(results, "two beds")))
    wanted = {(block, text) for block, text, _ in walked(replace(results, ledger=less), "two beds")}
    loose = [
        (b, t)
        for b, s in shown.items()
        if b not in INPUTS
        for t in s
        if (b, t) not in wanted and t not in NAMED
    ]
    assert len(loose) > 5


@pytest.mark.parametrize("option", OPTIONS)
def test_beds_on_the_page_are_the_ledgers_unpriced_lines(results, option):
    """Bed-days a year of the ledger as beds; parts are rounded so that they add up, so each to a tenth of its own."""
    page = board(put(results, option))
    block = next(b for b in page.blocks if b.anchor == "beds")
    shown = [float(t.replace("−", "-")) for t in re.findall(r"−?\d+(?:\.\d+)?", block.parts[0].words)]
    ledger = results.ledger  # its last year, when every dated action is in force
    rows = ledger[(ledger["scenario"] == option) & (ledger["year"] == ledger["year"].max())]
    rows = rows[rows["unit"] == "bed-day"]
    mean = rows.groupby("use", observed=True)["quantity"].mean() / 365.25
    wanted = [mean[use] for use in ("release", "closed", "reinvested", "idle_change", "absorbed")]
    assert shown[:5] == pytest.approx(wanted, abs=0.11)
