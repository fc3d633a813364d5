"""The report's sections on one choice, on projects' credit, and on health and money set against each other."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cisim.report.benefit import benefit
from cisim.report.choice import choice
from cisim.report.money import valuations
from cisim.value import book_of, by_draw, internal_rate, perspective

MIXES = pd.DataFrame(
    {
        "steps": [0, 0, 1, 1],
        "places": [0, 0, 6, 6],
        "sent": [0, 100, 0, 50],
        "patients": [0.0, 80.0, -5.0, 30.0],
        "low": [0.0, 70.0, -8.0, 20.0],
        "high": [0.0, 90.0, -2.0, 40.0],
        "chance": [1.0, 1.0, 1.0, 0.2],
        "keeps": [True, True, True, False],
        "corner": ["hold", "reinvest", "close", ""],
        "edge": [False, True, True, False],
        "chosen": [False, False, True, False],
    }
)
CREDIT = pd.DataFrame(
    {
        "project": ["round", "lounge"] * 2,
        "of": ["steps closed", "steps closed", "release", "release"],
        "pool": ["", "", "ward", "ward"],
        "unit": ["step", "step", "bed-day a year", "bed-day a year"],
        "alone": [0.0, 0.0, 900.0, 500.0],
        "credit": [0.5, 0.5, 1000.0, 600.0],
        "low": [np.nan, np.nan, 900.0, 500.0],
        "high": [np.nan, np.nan, 1100.0, 700.0],
        "together": [1.0, 1.0, 1600.0, 1600.0],
    }
)


def rows(section, name):
    table = next(p for p in section.parts if getattr(p, "name", "") == name and p.kind == "table")
    return list(csv.reader(io.StringIO(table.csv())))


def test_the_mix_that_is_chosen_is_marked_and_what_fails_is_told_apart(results):
    section = choice(replace(results, frontier=MIXES, credit=CREDIT))
    picture = next(p for p in section.parts if p.kind == "picture")
    for words in ("service kept", "service not kept", "chosen", "hold", "close", "reinvest"):
        assert words in picture.svg
    table = next(p for p in section.parts if getattr(p, "name", "") == "frontier" and p.kind == "table")
    assert [(r[0].text, r[0].small, r[4].text) for r in table.rows] == [
        ("0", "hold", "yes"), ("0", "reinvest", "yes"), ("6", "close, chosen", "yes"), ("6", "", "no"),
    ]  # fmt: skip
    assert "What the search decides: 6 places closed" in section.parts[0].words


def test_where_nothing_can_close_it_is_said(results):
    table = MIXES.assign(keeps=[True, True, False, False], chosen=[True, False, False, False])
    words = choice(replace(results, frontier=table)).parts[0].words
    assert "no cash can be released" in words


def test_shares_of_projects_add_up_to_what_they_do_together(results):
    found = rows(choice(replace(results, credit=CREDIT)), "credit")[1:]
    for group in {r[0] for r in found}:
        mine = [r for r in found if r[0] == group]
        assert sum(float(r[3]) for r in mine) == pytest.approx(float(mine[0][6]))


def test_without_a_search_or_projects_there_is_no_such_section(results):
    assert choice(results) is None


def test_net_benefits_ratios_and_rates_are_the_ledgers(results):
    book = book_of(results.ledger)
    section = benefit(results, valuations(results, book), book)
    for row in rows(section, "net-benefit")[1:]:
        draws = by_draw(book, row[0], perspective("provider"))
        net = float(row[1]) * draws["qalys"] + draws["money"]
        assert [float(row[2]), float(row[5])] == pytest.approx([net.mean(), net.mean() / float(row[1])])
        assert float(row[8]) == (net > 0).mean()
    for row in rows(section, "society")[1:]:
        draws = by_draw(book, row[0], perspective("Green Book"))
        cost = draws["direct_cost"] + draws["indirect_cost"]
        assert float(row[1]) == pytest.approx(draws["npv"].mean())
        assert float(row[4]) == pytest.approx(draws["service_benefit"].mean() / cost.mean())
        lines = [x for x in book.of_option(row[0]) if x.kind == "cash-releasing" and x.owner == "provider"]
        want = internal_rate(book.by_year(lines).mean(axis=0))
        assert row[7] == "" if np.isnan(want) else float(row[7]) == pytest.approx(want)
    cash = {(r[0], r[1]): [float(v) for v in r[2:]] for r in rows(section, "cash-by-year")[1:]}
    lines = [x for x in book.of_option("two beds") if x.kind == "cash-releasing" and x.owner == "provider"]
    assert cash["two beds", "P10"] == pytest.approx(list(np.percentile(book.by_year(lines), 10, axis=0)))
    assert len(rows(section, "per-patient")) == 1 + 3
