"""`cisim voi` from the outside: what is said, every option, every mistake."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.cli import main

HEAD = "draw,gain,price,fixed,cost:usual,qaly:usual,cost:new,qaly:new"


@pytest.fixture
def psa(tmp_path):
    """Return a file of the bivariate normal case: 0.05 QALYs for £600, both uncertain."""
    rng = np.random.default_rng(3)
    gain, price = rng.normal(0.05, 0.04, 400), rng.normal(600, 500, 400)
    rows = [
        f"{i},{g:.6g},{p:.6g},3,0,0,{p:.6g},{g:.6g}" for i, (g, p) in enumerate(zip(gain, price, strict=True))
    ]
    path = tmp_path / "psa.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    return path


def said(capsys, *words, code=0):
    assert main(["voi", *map(str, words)]) == code
    out = capsys.readouterr()
    return out.out if code == 0 else out.err


def test_it_answers_in_words(psa, capsys):
    text = said(capsys, psa)
    assert "400 draws of 3 parameters, 2 strategies: usual, new; passed over: 'draw'." in text
    assert "new: the best on average" in text
    assert "Most about 'gain'" in text
    assert "Of one value throughout, so nothing to know: fixed." in text
    assert "give --people and --years" in text
    assert "QALY" in text


def test_where_nothing_could_change_the_choice_the_answer_is_no(tmp_path, capsys):
    path = tmp_path / "sure.csv"
    path.write_text("x,cost:a,effect:a,cost:b,effect:b\n" + "".join(f"{i},0,0,-5,{i}\n" for i in range(60)))
    assert "No: no draw would change the choice." in said(capsys, path)


@pytest.mark.parametrize(
    "more",
    [
        ["--threshold", "12000"],
        ["--people", "500"],
        ["--together", "gain,price"],
        ["--leave-out", "price"],
    ],
    ids=lambda more: more[0],
)
def test_every_option_changes_what_is_said(psa, capsys, more):
    assert said(capsys, psa, *more) != said(capsys, psa)


def test_years_change_what_it_is_worth_to_all(psa, capsys):
    few, many = (said(capsys, psa, "--people", "500", "--years", y) for y in ("1", "10"))
    assert few != many


def test_other_words_for_cost_and_effect(psa, capsys):
    named = said(capsys, psa)
    psa.write_text(psa.read_text().replace("cost:", "c_").replace("qaly:", "e_"))
    assert "got 0 strategies" in said(capsys, psa, code=2)
    renamed = said(capsys, psa, "--costs", "c", "--effects", "e")
    assert renamed.splitlines()[0] == named.splitlines()[0]


def spoilt(psa, old, new):
    psa.write_text(psa.read_text().replace(old, new, 1))
    return psa


@pytest.mark.parametrize("value", ["", "inf", "nan", "-inf", "n/a", "1,2"])
def test_no_draw_is_dropped_in_silence(psa, capsys, value):
    lines = psa.read_text().splitlines()
    cells = lines[7].split(",")
    cells[2] = value
    lines[7] = ",".join(cells)
    psa.write_text("\n".join(lines))
    text = said(capsys, psa, code=2)
    assert ":8:" in text
    assert "row 7" in text
    assert ("price" in text) == ("," not in value)
    assert "1 mistake; nothing was run." in text


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("qaly:new", "qaly:news", "want a column 'effect:new' as well; did you mean 'news'?"),
        ("price", "gain", "got the same column twice"),
        ("cost:new", "cost:usual", "got the same column twice"),
        ("cost:new,qaly:new", "a,b", "got 1 strategies"),
    ],
)
def test_columns_that_do_not_pair_are_named(psa, capsys, old, new, words):
    assert words in said(capsys, spoilt(psa, old, new), code=2)


def test_all_mistakes_are_told_at_once_and_many_are_counted(psa, capsys):
    text = said(capsys, psa.parent / "no.csv", code=2)
    assert "cannot be read" in text
    psa.write_text(psa.read_text().replace(",3,0,", ",,x,"))
    text = said(capsys, psa, code=2)
    assert "row 1, fixed: got nothing" in text
    assert "row 1, cost:usual: got 'x'" in text
    assert "and 780 more such mistakes" in text


def test_wrong_names_and_settings_are_refused(psa, capsys):
    assert "did you mean 'gain'" in said(capsys, psa, "--together", "gian", code=2)
    assert "did you mean 'price'" in said(capsys, psa, "--leave-out", "prices", code=2)
    assert "want 0 or more" in said(capsys, psa, "--threshold", "-1", code=2)


def test_an_empty_file_and_one_draw_are_refused(tmp_path, capsys):
    path = tmp_path / "x.csv"
    path.write_text("")
    assert "is empty" in said(capsys, path, code=2)
    path.write_text(HEAD + "\n1,1,1,1,1,1,1,1\n")
    assert "got 1 draws" in said(capsys, path, code=2)
