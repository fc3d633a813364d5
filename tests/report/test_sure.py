"""The page of how sure, what matters and what to measure next, and `cisim pilot`, from one run."""

# ruff: noqa: RUF001 - a true minus sign is meant

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from cisim.cli.app import app
from cisim.decision import evpi
from cisim.errors import FileProblems, ModelError
from cisim.report import stops
from cisim.report.content import Picture, Table
from cisim.report.printing import found
from cisim.report.stoppers import passages
from cisim.report.sure import Alternative, sure_page
from cisim.report.writing import render
from cisim.runs import choice_of, pilots_of, read_run, run
from cisim.spec import read_question
from cisim.value import book_of, by_draw, perspective
from tests.report.conftest import EXPERIMENT, MODEL, VALUE

OPTIONS = """
  - instead: Open two more beds
    changes: [{number: ward, by: +2}]
    each_year: {gamma: {mean: £90k, sd: £20k}}
absorbed:"""
WORLDS = (
    Alternative("as the files have it", 90e3, 10e3, 180e3),
    Alternative("twice the hidden demand", 120e3, 20e3, 220e3),
    Alternative("paid in block", -50e3, -90e3, -10e3),
)
PILOTS = """
pilots:
  - pilot: A look at 100 bills
    of: bill
    sizes: [25, 100]
    measures:
      - {number: value.options.two beds.stranded, by: share}
    costs: {once: £200, each: £5}
    delays: 2 wk
  - pilot: A time-and-motion week
    of: week
    sizes: [1, 4]
    measures:
      - {number: value.options.Open two more beds.each_year, sd: £9k}
    costs: {once: £500, each: £2k}
  - pilot: Four weeks on two wards
    of: ward
    sizes: [1, 2]
    measures:
      - {number: value.options.two beds.saves, sd: £60k, from_each: 2}
      - {number: value.options.two beds.stranded, sd: 20%}
    costs: {once: £5k, each: £4k}
    delays: 8 wk
"""


def write(folder, *, pilots=PILOTS):
    value = VALUE.replace("\nabsorbed:", OPTIONS)
    # what closing saves and the programme costs lie near each other, so that there is something to know
    value = value.replace("£200k, sd: £30k", "£62k, sd: £15k").replace(
        "{uniform: {low: 20%, high: 60%}", "{beta: {mean: 50%, sd: 15%}"
    )
    (folder / "scenarios").mkdir(exist_ok=True)
    (folder / "scenarios" / "model.yaml").write_text(MODEL)
    (folder / "scenarios" / "value.yaml").write_text(value + pilots)
    path = folder / "experiments" / "daily" / "experiment.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = re.sub(r"cases:\n.*\n.*\n", "", EXPERIMENT).replace("draws: 40", "draws: 600")
    path.write_text(re.sub(r"facts:\n(.*\n)*", "", text).replace("length: 56 d", "length: 28 d"))
    return path


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sure")
    return run(write(folder), folder / "run")


@pytest.fixture(scope="module")
def told(results):
    """Return the page with other structures beside it, which are printed apart."""
    return sure_page(results, WORLDS)


@pytest.fixture(scope="module")
def page(told):
    return render(told, "1")


@pytest.fixture(scope="module")
def bare(results):
    """Return the page of the same run with no pilot named, and no other structure."""
    question = results.question
    value = question.value.model_copy(update={"pilots": ()})
    return sure_page(replace(results, question=replace(question, value=value)), [])


def said(page):
    return " ".join(p.words for p in passages(page))


def test_the_strategies_are_the_real_ones_under_one_named_perspective(results):
    choice = choice_of(results)
    assert choice.strategies == (
        "do nothing",
        "two beds",
        "more <patients>",
        "keep it open",
        "Open two more beds",
    )
    assert (choice.benefit[:, 0] == 0).all()
    assert choice.perspective.name == "provider"
    # of another perspective the ledger says the same as it does by itself
    book = book_of(results.ledger)
    green = choice_of(results, view="Green Book")
    assert np.allclose(
        green.benefit[:, 4], by_draw(book, "Open two more beds", perspective("Green Book"))["npv"]
    )
    assert choice.values["value.options.two beds.stranded"].mean() == pytest.approx(0.5, abs=0.03)


def test_what_does_not_keep_service_is_never_chosen(results):
    choice = choice_of(results)
    for i, kept in enumerate(choice.kept):
        assert choice.fails(i) == (kept is not None and kept.share < 0.9)
        assert not (choice.fails(i) and i in choice.open)
    assert not choice.fails(choice.best)


def test_the_page_has_its_parts_and_stops_nobody(results, page):
    assert stops(page) == []
    for anchor in (
        "do",
        "sure",
        "rests",
        "strategies",
        "pilots",
        "next",
        "views",
        "rests-figure",
        "indices",
        "acceptability",
        "loss",
    ):
        assert f'id="{anchor}"' in page
    assert page.count('id="information"') == 1
    assert "src=" not in page  # opens offline
    assert 'href="http' not in page
    words = said(page)
    for pilot in results.question.value.pilots:
        assert pilot.name in words
    assert "Open two more beds" in words


def test_what_the_page_says_is_what_the_arrays_say(results, page):
    choice = choice_of(results)
    benefit = choice.among(choice.benefit)
    whole = evpi(benefit)
    assert f"choose '{choice.strategies[choice.best]}'" in said(page)
    assert f"{100 * whole.changes:.0f} in 100 draws" in said(page)
    found = pilots_of(choice, results.question.value.pilots)
    verdicts = [cell.words for cell in passages(page) if cell.over == "before the decision"]
    names = {"run": "worth running", "do not run": "not worth running", "unsure": "too close to say"}
    assert verdicts == [names[one.verdict] for one in found]
    # no pilot is worth more than knowing everything
    for one in found:
        assert (one.sampling.value <= whole.value + 4 * (whole.se + one.sampling.se)).all()


def test_other_structures_are_printed_apart_and_not_averaged(page):
    words = said(page)
    assert "twice the hidden demand £120k" in words
    assert "paid in block −£50k" in words
    assert "£35k" not in words
    assert "£53k" not in words
    # the first sheet says in words which of them turn the sign
    assert "turns: −£50k with 'paid in block'" in words.partition("Every strategy")[0]


@pytest.mark.parametrize("which", ["told", "bare"])
def test_the_answer_is_one_sheet_of_a4(which, request, tmp_path):
    one = request.getfixturevalue(which)
    first, *behind = one.sheets
    words = [p for row in first for column in row for block in column for p in block.parts]
    assert {b.anchor for row in first for column in row for b in column} >= {"do", "sure", "rests", "next"}
    assert not [p for p in words if isinstance(p, Table)]  # words, and the few figures that decide
    assert 1 <= len([p for p in words if isinstance(p, Picture)]) <= 3
    assert behind
    printers = found()
    if not printers:
        pytest.skip("no printer on this machine: WeasyPrint, Edge, Chrome or Chromium")
    page = tmp_path / "sure.html"
    page.write_text(render(replace(one, sheets=(first,)), "1"), encoding="utf-8")
    printer = next(iter(printers.values()))
    # in the letter that the page has, not in a smaller one
    assert printer(page, tmp_path / "sure.pdf") == 1


def test_without_pilots_the_numbers_worth_knowing_stand_in_their_place(bare):
    words = said(render(bare, "1"))
    assert "No pilot is named in the value file" in words
    assert "Of single numbers, those most worth knowing" in words
    assert "If the world is built otherwise" not in words


def test_what_is_behind_the_first_sheet_is_not_said_twice(page):
    titles = re.findall(r"<h2[^>]*>(.*?)</h2>", page)
    assert len(titles) == len(set(titles))


def test_the_command_answers_for_each_pilot(results):
    done = CliRunner().invoke(app, ["pilot", str(results.folder), "--view", "NICE"])
    assert done.exit_code == 0, done.output
    words = " ".join(done.output.split())
    for name in ("A look at 100 bills", "A time-and-motion week", "Four weeks on two wards"):
        assert re.search(rf"{name}: (worth running|not worth running|these draws are too few)", words)
    assert "counted as NICE does" in words


def test_an_experiment_is_asked_with_its_pilots_as_they_stand_now(results, monkeypatch, tmp_path):
    path = write(tmp_path, pilots=PILOTS.replace("A time-and-motion week", "Another week"))
    monkeypatch.chdir(tmp_path)
    missing = CliRunner().invoke(app, ["pilot", str(path)])
    assert missing.exit_code != 0
    assert "cisim run" in str(missing.exception) + missing.output
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "daily").symlink_to(results.folder)
    done = CliRunner().invoke(app, ["pilot", str(path.parent)])
    assert "Another week" in done.output


def test_without_pilots_or_without_enough_draws_it_says_so(results, tmp_path):
    none = read_question(write(tmp_path, pilots=""))
    assert none.value.pilots == ()
    done = CliRunner().invoke(app, ["pilot", str(read_run(results.folder).folder / "nowhere")])
    assert done.exit_code != 0
    with pytest.raises(ModelError, match="known"):
        choice_of(results, view="Greenbook")


@pytest.mark.parametrize(
    ("swap", "text"),
    [
        (
            ("two beds.stranded, by: share", "two bed.stranded, by: share"),
            "did you mean 'value.options.two beds",
        ),
        (("two beds.stranded, by: share", "programme.leader.once, by: share"), "there is nothing to learn"),
        (("two beds.stranded, by: share", "two beds.saves, by: share"), "beyond 0% to 100%"),
        (("by: share}", "by: share, sd: 2}"), "'sd' belongs to a mean"),
        (("sd: £9k", "note: none"), "missing 'sd'"),
        (("sd: £9k", "sd: 3 d"), "want"),
        (("sizes: [25, 100]", "sizes: [100, 25]"), "each larger than the one before"),
        (("delays: 8 wk", "delays: 4 yr"), "within the 3 years"),
        (("pilot: A time-and-motion week", "pilot: A look at 100 bills"), "names a pilot already"),
        (("costs: {once: £200, each: £5}", "costs: {once: £200, for_each: £5}"), "for_each"),
    ],
)
def test_a_wrong_pilot_is_told_by_file_and_line(tmp_path, swap, text):
    assert swap[0] in PILOTS
    path = write(tmp_path, pilots=PILOTS.replace(*swap))
    with pytest.raises(FileProblems) as told:
        read_question(path)
    message = str(told.value)
    assert text in message
    assert re.search(r"value\.yaml:\d+", message)
