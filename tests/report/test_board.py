"""The board's page and the ward team's: what they must say, in any frame, with any option put to the board."""

# ruff: noqa: RUF001 - a true minus sign is meant
from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cisim.analysis.board import budget_cash, by_owner_and_category, ledger_lines
from cisim.errors import ModelError
from cisim.report import FRAMES, frame, stops, write_pages
from cisim.report.board import board, named
from cisim.report.content import Bullets, Table
from cisim.report.stoppers import passages
from cisim.report.team import team
from cisim.report.told import told_of
from cisim.report.writing import render
from cisim.runs import read_run
from cisim.spec.telling import Decide, Finance, Team
from cisim.value import book_of, who_gains

SAID = ["decide", "money", "beds", "owners", "wrong", "weakest", "facts"]
PROVED = [
    "returns",
    "cash",
    "social-case",
    "business-case",
    "economic-case",
    "ledger",
    "strip",
    "trace",
]
OPTIONS = ["two beds", "more <patients>", "keep it open"]
NUMBER = re.compile(r"[−-]?£?\d[\d,.]*(?:bn|[mk])?%?")


def asked(results, **parts):
    """Return the results with those parts written into their value file."""
    value = results.question.value.model_copy(update=parts)
    return replace(results, question=replace(results.question, value=value))


def put(results, option):
    return asked(results, decide=Decide(option=option, by="2025-03-31"))


def words_of(page):
    return " ".join(p.words for p in passages(render(page, "0")))


def table(page, name):
    return next(p for b in page.blocks for p in b.parts if isinstance(p, Table) and p.name == name)


@pytest.fixture(scope="module")
def pages(results):
    return {name: (board(put(results, name)), team(put(results, name))) for name in OPTIONS}


def test_the_first_sheet_decides_and_the_second_proves(pages):
    for page, _ in pages.values():
        assert len(page.sheets) == 2
        anchors = [[b.anchor for row in sheet for column in row for b in column] for sheet in page.sheets]
        assert sorted(anchors[0]) == sorted(SAID)
        assert anchors[1] == PROVED


def test_it_says_by_when_and_what(pages):
    words = words_of(pages["two beds"][0])
    assert "By 31 March 2025: decide what to do with the room that 'daily' makes." in words
    assert "There are 3 choices. 'two beds' is put to you." in words


def test_without_a_day_the_first_dated_action_tells_it_and_without_one_it_says_so(results):
    dated = board(asked(results, decide=Decide(option="two beds")))
    assert "By 1 June 2025, when it would begin:" in words_of(dated)
    undated = board(asked(results, decide=Decide(option="keep it open")))
    assert "No day is named by which." in words_of(undated)


def judge(results, option, worse):
    """Return the results with an option judged by one measure of margin 1, that worsens by so much in each run."""
    rows = results.service[results.service["option"] == option].drop_duplicates("replication")
    rest = results.service[results.service["option"] != option]
    mine = rows.iloc[: len(worse)].assign(worsening=worse, margin=1.0)
    return replace(results, service=pd.concat([rest, mine]))


def all_judged(results, **worse):
    for option in OPTIONS:
        results = judge(results, option, worse.get(option.partition(" ")[0], [0.0, 0.0, 0.0, 0.0]))
    return results


def test_left_out_it_tells_the_option_worth_most_of_those_that_keep_service(results):
    every = all_judged(results)
    one = told_of(every)
    ranked = [w.option for w in sorted(one.worths, key=lambda w: -w.figures["npv"].value)]
    assert ranked[0] == one.chosen.option == "two beds"
    assert "'two beds' is worth most on average of those that keep service" in words_of(board(every))
    # 4 of 4 within its margin, but an upper limit beyond it; then 3 of 4
    for worse in ([0.9, 0.9, 0.9, -9.0], [0.0, 0.0, 0.0, 1.1]):
        bare = all_judged(results, two=worse)
        assert told_of(bare).chosen.option == ranked[1]
        words = words_of(board(bare))
        assert "Nothing can close in ward with service as good as it must be: no cash is released." in words
        assert f"Of those that keep service '{ranked[1]}' is worth most" in words
        assert "'two beds' would be worth most, but is ruled out: service is kept in" in words
        assert "No cash leaves any budget: nothing can close in ward" in words or ranked[1] != "keep it open"


def test_what_keeps_service_today_is_ruled_out_where_it_does_not_last(results):
    every = all_judged(results)
    table = every.ledger
    fails = table[(table["scenario"] == "two beds") & (table["use"] == "close")].assign(
        use="not_kept", kind="unmonetised", amount=0.0, unit_value=np.nan, currency="", unit="year", item="",
        quantity=lambda t: ((t["year"] == 2027) & (t["draw"] % 2 == 0)).astype(float),
    )  # fmt: skip
    plain = table.astype({c: object for c in table.columns if table[c].dtype == "category"})
    later = replace(every, ledger=pd.concat([plain, fails], ignore_index=True))
    found = told_of(later).keeping["two beds"]
    assert (found.keeps, found.share, found.year, found.in_year) == (False, 1.0, 2027, 0.5)
    assert "in 50 in 100 draws of 2027, at the effect that is there by then" in words_of(board(later))


def test_the_file_may_name_what_does_not_keep_service_and_the_page_says_so(results):
    bare = put(all_judged(results, two=[0.0, 0.0, 5.0, 5.0]), "two beds")
    words = words_of(board(bare))
    assert "It does not keep service as it must be kept: it is kept in 2 of 4 simulated runs" in words


def test_where_no_choice_keeps_service_nothing_is_taken_out(results):
    bare = all_judged(results, two=[9.0] * 4, more=[9.0] * 4, keep=[9.0] * 4)
    assert told_of(bare).chosen.option == "keep it open"
    assert "No choice keeps service as it must be kept" in words_of(board(bare))


def test_what_leaves_a_budget_is_what_the_ledger_says(results, pages):
    found = next(b for b in budget_cash(results.ledger, "two beds") if b.budget_line)
    rows = results.ledger
    rows = rows[
        (rows["scenario"] == "two beds") & (rows["budget_line"] != "") & (rows["year"] == rows["year"].max())
    ]
    mean = float(rows["amount"].sum()) / (int(results.ledger["draw"].max()) + 1)
    assert found.recurrent.value == pytest.approx(mean)
    words = words_of(pages["two beds"][0])
    assert re.search(
        r"£\d+k \(£\d+k to £\d+k\) a year leaves the budget line 'ward pay' of the provider from 1 June 2025,"
        r" £\d+k of it in 2025: taken out by the matron\.",
        words,
    )


@pytest.mark.parametrize("option", ["more <patients>", "keep it open"])
def test_where_no_cash_is_released_the_page_says_so_plainly(pages, option):
    block = next(b for b in pages[option][0].blocks if b.anchor == "money")
    assert block.parts[0].kind == "note"
    assert block.parts[0].words.startswith("No cash leaves any budget:")
    assert block.parts[0].words.endswith("What is freed is room, not cash.")
    assert "leaves the budget line" not in words_of(pages[option][0])


def test_a_closure_without_a_holder_is_no_cash_and_the_page_says_why(results):
    from cisim.report.board import no_cash

    one = told_of(put(results, "two beds"))
    bare = one.option.model_copy(update={"holder": ""})
    assert "no budget line, its holder and a dated action are all named" in no_cash(one, bare)


def test_the_parts_of_what_is_freed_add_up_as_they_are_written(results):
    one = told_of(results)
    for option in OPTIONS:
        for pool in one.pools:
            whole, *parts = one.parts(option, pool)
            assert sum(parts) == pytest.approx(whole, abs=1e-9)
            went = one.went(option, pool)
            assert whole == pytest.approx(went.release.value / 365.25, abs=0.1)


def test_payback_is_the_share_of_draws_whose_cash_is_not_below_zero_at_the_end(results):
    one = told_of(results)
    book = book_of(results.ledger)
    for option in OPTIONS:
        lines = [x for x in book.of_option(option) if x.kind == "cash-releasing" and x.currency == "GBP"]
        assert one.chance_back(option) == np.mean(book.by_year(lines).sum(axis=1) >= 0)


def losers(results, option):
    gains = who_gains(results.ledger)
    mine = gains[gains["scenario"] == option]
    less = (mine[["cash", "other_money"]] < -0.5).any(axis=1) | (mine["qalys"] < -1e-9)
    return list(mine.loc[less, "owner"])


@pytest.mark.parametrize("option", OPTIONS)
def test_whoever_loses_is_named_and_payments_sum_to_zero(results, pages, option):
    page = render(pages[option][0], "0")
    found = losers(results, option)
    assert found, "somebody pays for a round"
    assert not [s for s in stops(page, found) if s.why == "who loses is not named"]
    assert "Payments from one to the other sum to £0" in page


@pytest.mark.parametrize("option", OPTIONS)
def test_no_reader_stops(results, pages, option):
    for page in pages[option]:
        found = losers(results, option) if page.name == "board" else []
        assert stops(render(page, "0"), found) == []


@pytest.fixture(scope="module")
def framed(results):
    """Return the words of both pages in each frame, and where a reader would stop."""
    out = {}
    for name in FRAMES:
        texts = [render(make(results, name), "0") for make in (board, team)]
        out[name] = (
            [" ".join(p.words for p in passages(t)) for t in texts],
            [s for t in texts for s in stops(t)],
        )
    return out


def test_frames_change_words_and_no_number(framed):
    numbers = [[Counter(NUMBER.findall(words)) for words in both] for both, _ in framed.values()]
    assert all(n == numbers[0] for n in numbers)
    assert sum(numbers[0][0].values()) > 100
    assert len({both[0] for both, _ in framed.values()}) == len(FRAMES) == 4
    with pytest.raises(ModelError, match="want one of the known; did you mean 'waste removed'"):
        frame("waste remove")


def test_no_frame_calls_room_cash_or_hides_what_fills_up(framed):
    for name, (both, found) in framed.items():
        assert found == []
        assert all(FRAMES[name].uses["absorbed"] in words for words in both)


def test_the_frame_of_the_file_is_the_page_s(results):
    page = board(asked(results, frame="time for care"))
    assert page.kicker == FRAMES["time for care"].kicker
    assert "given back to care" in words_of(page)


def test_the_ledger_on_the_page_sums_to_the_ledger(results):
    lines = ledger_lines(results.ledger)
    book = book_of(results.ledger)
    for option in OPTIONS:
        found = by_owner_and_category(lines, option)
        mine = book.of_option(option)
        pounds = sum(float(x.summed().mean()) for x in mine if x.currency == "GBP")
        health = sum(float(x.summed().mean()) for x in mine if x.currency == "QALY")
        assert found["cash"].sum() + found["other_money"].sum() == pytest.approx(pounds)
        assert found["qalys"].sum() == pytest.approx(health)
        assert sum(len(ids) for ids in found["lines"]) == sum(x.currency != "" for x in mine)


def test_any_figure_leads_to_lines_and_those_to_sources_in_two_steps(results, tmp_path):
    other = replace(put(results, "two beds"), folder=tmp_path)
    write_pages(other, ("board",))
    with (tmp_path / "tables" / "ledger-lines.csv").open(encoding="utf-8", newline="") as file:
        known = {r["line"]: r for r in csv.DictReader(file)}
    page = board(other)
    ids = {i for row in table(page, "board-ledger").rows[:-1] for i in row[5].text.split(", ")}
    assert ids
    assert ids <= set(known)
    for row in table(page, "board-lines").rows:
        line = known[row[0].text]
        assert row[5].text in (line["source"], "no source")
    assert {r[0].text for r in table(page, "board-lines").rows} == ids
    assert known["A1"]["source"] == "Payroll"


def test_the_strip_answers_yes_only_where_the_file_says_so(results):
    def answers(changed):
        return [c.text for c in table(board(changed), "board-strip").rows[0]]

    bare = put(results, "two beds")
    assert answers(bare) == ["yes", "no", "no", "no"]
    checked = Finance(
        validated_by="J. Smith",
        on="2025-03-01",
        enterprise_budget="£600m",
        lines=[{"line": "ward pay", "a_year": "£3m"}],
    )
    assert answers(asked(bare, finance=checked)) == ["yes", "yes", "no", "yes"]
    small = checked.model_copy(
        update={"lines": Finance(lines=[{"line": "ward pay", "a_year": "£10k"}]).lines}
    )
    assert answers(asked(bare, finance=small))[3] == "no", "more leaves the line than it holds"
    undated = checked.model_copy(update={"on": None})
    assert answers(asked(bare, finance=undated))[1] == "no", "a name without a day is no check"


def test_the_weakest_assumption_is_one_and_says_what_would_check_it(pages):
    words = [p.words for b in pages["two beds"][0].blocks if b.anchor == "weakest" for p in b.parts]
    assert "an assumption" in words[0]
    assert words[1].startswith("What would check it: ")
    assert words[-1].startswith("All this is for the case 'as found'.")


def test_where_nothing_moves_the_worth_no_number_is_called_the_weakest(results):
    """Draws that differ by rounding alone: a share of their variance would be a number without a meaning."""
    ledger = results.ledger
    same = ledger.assign(
        amount=ledger["amount"].where(ledger["scenario"] != "two beds", 0.0),
        unit_value=ledger["unit_value"].where(ledger["scenario"] != "two beds", 0.0),
    )
    page = board(put(replace(results, ledger=same), "two beds"))
    words = [p.words for b in page.blocks if b.anchor == "weakest" for p in b.parts]
    assert words[0].startswith("Nothing that is not known moves what this choice is worth")


def test_the_model_stands_beside_the_facts(pages):
    block = next(b for b in pages["two beds"][0].blocks if b.anchor == "facts")
    rows = dict(next(p for p in block.parts if isinstance(p, Bullets)).items)
    assert rows["far off (days)"].startswith("30 known")
    assert rows["far off (days)"].endswith("does not agree")
    assert rows["stay before (days)"].endswith("agrees, fitted")


def test_the_team_is_told_what_stays_and_who_agreed(results):
    bare = words_of(team(put(results, "two beds")))
    assert "2 beds would close in ward from 1 June 2025; the matron would decide it." in bare
    for told in ("Nobody has agreed to this yet", "No staffing floor is written down", "Nothing is promised"):
        assert told in bare
    ours = Team(
        team="Ward 7",
        staffing_floor="two nurses at night",
        freed_time="Half goes to teaching.",
        keeps="the first bed kept free",
        agreed=[{"what": "no post goes", "who": "ward sister", "on": "2025-02-01"}],
    )
    words = words_of(team(asked(put(results, "two beds"), team=ours)))
    for told in (
        "What 'daily' means for Ward 7",
        "The floor, unchanged: two nurses at night.",
        "Half goes to teaching.",
        "the first bed kept free",
        "no post goes: ward sister, 1 February 2025",
    ):
        assert told in words
    assert not re.search("Nobody has agreed|No staffing floor|Nothing is promised", words)


def test_the_team_page_is_one_sheet_and_owns_up_to_a_fuller_ward(results, pages):
    assert all(len(page.sheets) == 1 for _, page in pages.values())
    one = told_of(put(results, "two beds"))
    idle = one.parts("two beds", "ward")[1 + one.uses("ward").index("idle_change")]
    assert ("It would feel fuller" in words_of(pages["two beds"][1])) == (idle < 0)


def test_pages_stand_alone_and_are_described(results):
    for make in (board, team):
        text = render(make(results), "0")
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        assert not re.search(r'(?:src|href)="(?!#)', text)
        assert "url(http" not in text
        assert "default-src 'none'" in text
        pictures = re.findall(r"<svg [^>]*>", text)
        assert pictures
        assert all(
            re.search(r'role="img".*aria-label="[^"]+"|aria-label="[^"]+".*role="img"', p) for p in pictures
        )
        assert re.findall(r"<(h\d)", text)[:2] == ["h1", "h2"]
        assert 'lang="en-GB"' in text
        assert "more <patients>" not in text


def test_the_same_bytes_again(results, tmp_path):
    here = replace(results, folder=tmp_path)
    first = {p.name: p.read_bytes() for p in write_pages(here).paths.values()}
    assert set(first) == {"report.html", "board.html", "team.html", "workbook.xlsx"}
    other = replace(read_run(results.folder), folder=tmp_path)
    assert {p.name: p.read_bytes() for p in write_pages(other).paths.values()} == first


def test_without_a_value_file_there_is_a_sentence_and_no_page(results, tmp_path):
    question = replace(results.question, value=None)
    bare = replace(results, folder=tmp_path, question=question, ledger=results.ledger.iloc[:0])
    written = write_pages(bare, ("board", "team"), pdf=True)
    assert written.paths == {}
    assert written.words == (
        "No board page: the experiment names no value file.",
        "No team page: the experiment names no value file.",
    )
    with pytest.raises(
        ModelError,
        match=r"got 'bord', want pages of report, board, team, sure, workbook, cheers, stress; did you mean 'board'",
    ):
        write_pages(bare, ("bord",))


def test_owners_in_a_sentence():
    assert (named("provider"), named("Anytown NHS Trust")) == ("the provider", "Anytown NHS Trust")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_words_stand_out_from_what_is_behind_them(results):
    """WCAG 2.2, success criterion 1.4.3: 4.5 to 1, on white and on every tint that words stand on."""
    style = render(board(results), "0").split("<style>")[1].split("</style>")[0]
    known = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style))
    inks = [known[n] for n in ("ink", "soft", "mark", "accent")] + re.findall(
        r"[; {]color: (#[0-9a-f]{6})", style
    )
    papers = {"#ffffff", *re.findall(r"background: (#[0-9a-f]{6})", style)} - {"#e6e9ed"}
    assert len(papers) >= 3
    for ink in inks:
        for paper in papers:
            light, dark = sorted((luminance(paper), luminance(ink)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, paper)


def test_what_the_searches_at_equal_service_found_is_told_with_its_chance(results):
    def entry(value, low, words):
        return {
            "value": value,
            "low": low,
            "high": low + 1,
            "level": 0.95,
            "unit": "",
            "n": 4,
            "words": words,
        }

    kept = {
        "steps:two beds": entry(1.0, 1.0, "1 step of 2 places of ward can close at equal service"),
        "service:wait:p95:emergency:two beds": entry(0.2, 0.1, "two beds: wait for emergency: 0.2 h worse"),
        "service:turned_away:share:emergency:two beds": entry(0.0, -0.1, "two beds: no difference"),
    }
    bare = put(all_judged(results, two=[0.0, 0.0, 0.0, 5.0]), "two beds")
    rest = {k: v for k, v in results.summary.items() if not k.startswith("service:")}
    words = words_of(board(replace(bare, summary={**rest, **kept})))
    assert "two beds: 1 step of 2 places of ward can close at equal service." in words
    told = "all that must not get worse is kept in 3 of 4 simulated runs, where 90 in 100 are asked for; wait"
    assert f"{told} for emergency: 0.2 h worse." in words
    fine = {k: v for k, v in kept.items() if "p95" not in k}
    words = words_of(board(replace(bare, summary={**rest, **fine})))
    assert "none of the 1 measures named gets worse by more than chance on average" in words
