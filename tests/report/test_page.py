"""The page stands alone, reads in order, and says the same as the tables it is made of."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from cisim.analysis.summaries import dispositions
from cisim.report import answer, write_report
from cisim.report.answer import headline
from cisim.report.words import between, quantity
from cisim.runs import read_run

HEADINGS = [
    "The question",
    "The answer",
    "What is released, and where it went",
    "In the service's own currency",
    "What it is worth if closed, reinvested or held",
    "Health and money, rates, and cost for a patient",
    "Who gains and who pays",
    "What patients and staff would notice",
    "If what we cannot know were otherwise",
    "How the model compares with what is known",
    "What was assumed",
    "How sure this is",
    "The audit",
    "How to do it again",
    "How to cite this",
]
VOID = {"meta", "br", "path", "use", "rect"}


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.loads, self.headings, self.text = [], [], [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href", "action") and not value.startswith("#"):
                self.loads.append(value)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)
        self.text.append(data)


@pytest.fixture(scope="module")
def read(page):
    reader = Reader()
    reader.feed(page)
    assert not reader.open, "every tag that was opened is closed"
    return reader


def rows(results, name):
    with (results.folder / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_sections_in_order(read):
    assert read.headings == HEADINGS


def test_nothing_is_asked_of_the_network(page, read):
    assert not read.loads
    assert "@import" not in page
    assert "url(http" not in page
    assert "default-src 'none'" in page


def test_no_id_stands_twice_and_every_link_finds_its_place(page, read):
    assert len(read.ids) == len(set(read.ids))
    wanted = set(re.findall(r'href="#([^"]+)"', page)) | set(re.findall(r"url\(#([^)]+)\)", page))
    assert wanted <= set(read.ids)


def test_pictures_are_described(page):
    pictures = re.findall(r"<svg [^>]*>", page)
    assert len(pictures) >= 3
    assert all('role="img"' in p and 'aria-label="' in p for p in pictures)


def test_names_are_not_taken_for_markup(page):
    assert "more &lt;patients&gt;" in page
    assert "more <patients>" not in page


def test_the_same_bytes_again(results, page):
    figures = {p.name: p.read_bytes() for p in (results.folder / "figures").glob("*.svg")}
    again = write_report(read_run(results.folder)).read_text(encoding="utf-8")
    assert again == page
    assert {p.name: p.read_bytes() for p in (results.folder / "figures").glob("*.svg")} == figures
    assert len(figures) >= 4


def test_no_clock_on_the_page(results, page):
    other = {**results.manifest, "started": "1999-12-31T23:59:59+00:00", "duration_s": 98765.432}
    assert write_report(replace(results, manifest=other)).read_text(encoding="utf-8") == page


def test_what_was_released_adds_up(results, page):  # noqa: ARG001 - the page writes the tables
    found = rows(results, "release")
    assert {r["option"] for r in found} == {"two beds", "more <patients>", "keep it open"}
    for row in found:
        parts = [row[c] for c in ("= closed", "+ named extra patients", "+ others who came", "+ left free")]
        assert sum(map(float, parts)) == pytest.approx(float(row["released"]), abs=1e-6)
        assert float(row["sum of parts"]) == pytest.approx(float(row["released"]), abs=1e-6)
    assert all(abs(d.gap) < 1e-6 for d in dispositions(results.quantities))


def test_payments_between_owners_sum_to_zero(results, page):  # noqa: ARG001 - the page writes the tables
    found = [r for r in rows(results, "owners") if not r["owner"].startswith("all payments")]
    paid = {}
    for row in found:
        paid.setdefault(row["group"], []).append(float(row["of it paid between owners"]))
    assert any(any(abs(a) > 1 for a in amounts) for amounts in paid.values())
    assert all(sum(amounts) == pytest.approx(0, abs=1e-3) for amounts in paid.values())


def test_cash_is_never_added_to_what_is_not(results, page):  # noqa: ARG001 - the page writes the tables
    groups = {r["present value over the horizon"]: r["group"] for r in rows(results, "worth")}
    assert groups["cash that escapes"] == "Cash-releasing"
    assert groups["health gained (QALYs)"] == "Not cash-releasing"
    assert groups["other money: income less cost of extra patients"] == "Not cash-releasing"


def test_value_table_says_what_the_summary_says(results, page):  # noqa: ARG001 - the page writes the tables
    npv = next(
        r for r in rows(results, "worth") if r["present value over the horizon"] == "net present value"
    )
    for option in ("two beds", "more <patients>", "keep it open"):
        assert float(npv[option]) == pytest.approx(results.summary[f"npv:{option}"]["value"])
        assert float(npv[f"{option} (low)"]) == pytest.approx(results.summary[f"npv:{option}"]["low"])


def test_numbers_without_a_source_are_called_assumptions(results, page):
    found = {r["what"]: r["source"] for r in rows(results, "assumptions")}
    assert found["ward (beds)"] == "Bed report 2024"
    assert found["emergency: treatment"] == "assumption"
    assert found["leader: once"] == "Payroll"
    assert found["training: once"] == "assumption"
    count = sum(source.lower().startswith("assumption") for source in found.values())
    assert found["two beds: share of it that does not go away"] == "Assumption: to be agreed"
    assert f"{count} numbers are assumptions: check these first." in page
    assert found["more <patients>: health gained by one more patient"] == "Tariff 2024"


def test_facts_are_called_what_they_are(results, read):
    found = {r["figure"]: r for r in rows(results, "facts")}
    assert (found["stay before"]["role"], found["stay before"]["agrees?"]) == ("fitted", "yes")
    assert (found["far off"]["role"], found["far off"]["agrees?"]) == ("predicted", "no")
    text = " ".join(read.text)
    assert "0 of 1 figures that the model was not given" in text
    assert "off the mark on: far off" in text


def test_answer_names_every_option_and_is_on_the_page(results, read):
    first, second, third, fourth = answer(results).sentences
    assert first.startswith("With 'daily', the mean length of stay on emergency ")
    assert "bed-days a year in ward" in first
    assert "95% interval" in first
    for option in ("two beds", "more <patients>", "keep it open"):
        assert f"'{option}'" in second
    npv = results.chances.query("figure == 'npv'").set_index("option")
    best = npv.loc[npv["mean"].idxmax()]
    assert fourth.startswith(
        f"Of the spread in what '{best.name}' is worth, {best['unknown']:.0%} is what is not known"
    )
    assert f"{best['luck']:.0%} the luck of one run" in fourth
    assert f"{first} {second} {third} {fourth}" in " ".join(" ".join(read.text).split())


def test_the_answer_says_which_case_it_is_for_and_what_the_others_say(results):
    third = answer(results).sentences[2]
    key = "difference:length_of_stay:mean:emergency:daily"
    changes = [results.summary[k]["value"] for k in (key, f"{key}:slower")]
    assert third.startswith(
        "All this is for the case 'as found'; over the 2 cases the mean length of stay changes"
    )
    assert third.endswith(f"{between(changes, 'd')}.")


def test_the_headline_is_told_where_it_most_clearly_changed(results):
    def entry(value, half):
        return {"value": value, "low": value - half, "high": value + half, "unit": "d"}

    summary = {}
    for place, change in (
        ("first", entry(-5, 10)),
        ("second", entry(-2, 0.1)),
        ("second/bed", entry(-2, 0.01)),
    ):
        summary[f"level:length_of_stay:mean:{place}:baseline"] = entry(9, 1)
        summary[f"level:length_of_stay:mean:{place}:daily"] = entry(7, 1)
        summary[f"difference:length_of_stay:mean:{place}:daily"] = change
        summary[f"difference:length_of_stay:mean:{place}:daily:slower"] = entry(-100, 0.1)
    assert headline(replace(results, summary=summary)).place == "second"


def test_every_scenario_stands_beside_the_one_that_is_told(results, page):  # noqa: ARG001 - the page writes the tables
    found = {r["change against now"]: r for r in rows(results, "scenarios-noticed")}
    for name in ("daily", "once a week"):
        key = f"difference:length_of_stay:mean:emergency:{name}"
        told = float(found["emergency: length of stay, mean"][name])
        assert told == pytest.approx(results.summary[key]["value"])
    assert results.summary[key]["value"] > 0, "fewer rounds keep patients longer"


def test_changes_of_shares_are_told_in_points(results, page):
    change = results.summary["difference:turned_away:share:emergency:daily"]
    assert quantity(change["value"], "share", sign=True).endswith(" points")
    assert f'<td class="right ">{quantity(change["value"], "share", sign=True)}<' in page
    assert not re.search(r"[+\u2212][\d.]+%<", page), "a change in percent could be of anything"


def test_warnings_are_told_before_the_answer(results, tmp_path):
    warned = "of 'ward' more is asked than it can give"
    manifest = {**results.manifest, "warnings": [warned]}
    page = write_report(replace(results, folder=tmp_path, manifest=manifest)).read_text(encoding="utf-8")
    note = page.index("Take note: of &#39;ward&#39; more is asked than it can give")
    assert page.index("The answer") < note < page.index("With &#39;daily&#39;")
    assert not re.search("Take note", write_report(results).read_text(encoding="utf-8"))


def test_without_a_value_file_one_sentence_says_so(results, tmp_path):
    question = replace(results.question, value=None)
    none = results.quantities.iloc[:0], results.ledger.iloc[:0]
    bare = replace(results, folder=tmp_path, question=question, quantities=none[0], ledger=none[1])
    reader = Reader()
    reader.feed(write_report(bare).read_text(encoding="utf-8"))
    assert reader.headings == [h for h in HEADINGS if h not in HEADINGS[2:7]]
    assert " ".join(reader.text).count("names no value file") == 1


def test_the_picture_of_the_weeks_shows_who_waits_too(results, page):
    assert "patients waiting at the end of each week" in page
    assert "patients waiting, from" in (results.folder / "figures" / "warm-up.svg").read_text(
        encoding="utf-8"
    )


def test_chance_and_cases_are_kept_apart(read):
    text = " ".join(" ".join(read.text).split())
    assert (
        "the luck of one year, met by 4 replications, and what is not known, met by 40 draws of the prices"
        in text
    )
    assert "The cases above are a third kind, not in this picture." in text


def test_words_of_insiders_stay_out(read):
    text = " ".join(read.text).lower()
    for word in ("absorbed", "idle_change", "nan", "none of", "p95", "dataframe", "length_of_stay"):
        assert not re.search(rf"\b{word}\b", text), word
