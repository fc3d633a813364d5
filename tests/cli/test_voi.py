"""`cisim voi` from the outside: what is said, every option, every mistake."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import stats

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
        ["--target", "100"],
        ["--measure", "gain", "--sd", "0.4"],
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
    psa.write_text(psa.read_text().replace("cost:", "spent_").replace("qaly:", "won_"))
    assert "got 0 strategies" in said(capsys, psa, code=2)
    renamed = said(capsys, psa, "--costs", "spent", "--effects", "won")
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
        ("cost:new,qaly:new", "a,b", "got 1 strategy, want two"),
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
    assert "got 1 draw, want many" in said(capsys, path, code=2)


# -- files as other programs save them ------------------------------------------------------------------


def answered(capsys, path, *words):
    """Return what is said from the choice on: the same for every way of saving the same draws."""
    text = said(capsys, path, *words)
    return text[text.index("Is it worth") : text.index("The strategies beside")]


NAMES = {  # as cost and effect of 'usual' are called: the way that is tried, and what the strategies are then called
    "cost_{}|qaly_{}": ("usual", "new"),
    "{}_Cost|{}_QALY": ("usual", "new"),
    "Total cost ({})|Total QALYs ({})": ("usual", "new"),
    "cost{}|qaly{}": ("1", "2"),
    "c.{}|e.{}": ("1", "2"),
}


@pytest.mark.parametrize("names", NAMES)
def test_columns_as_dampack_bcea_and_spreadsheets_call_them(psa, capsys, names):
    wanted = answered(capsys, psa)
    cost, effect = names.split("|")
    text = psa.read_text()
    for old, new in zip(("usual", "new"), NAMES[names], strict=True):
        text = text.replace(f"cost:{old}", cost.format(new)).replace(f"qaly:{old}", effect.format(new))
        wanted = wanted.replace(f"Beside {old}", f"Beside {new}").replace(f", {old} is", f", {new} is")
    psa.write_text(text)
    got = answered(capsys, psa)
    assert got == wanted


def in_rows(text):
    """Return the same draws with one row for each draw and strategy, and a result that differs between them."""
    rows = [line.split(",") for line in text.splitlines()[1:]]
    out = ["sim,strategy,cost,qaly,gain,price,fixed,years"]
    for name, at in (("new", 6), ("usual", 4)):
        out += [",".join([r[0], name, r[at], r[at + 1], *r[1:4], f"{at}{r[0]}"]) for r in rows]
    return "\n".join(out)


def test_one_row_for_each_draw_and_strategy(psa, capsys):
    wanted = answered(capsys, psa)
    psa.write_text(in_rows(psa.read_text()))
    text = said(capsys, psa)
    assert "400 draws of 3 parameters, 2 strategies: new, usual." in text
    assert "Not a parameter, for it differs between the strategies of one draw: years." in text
    assert text[text.index("Is it worth") : text.index("The strategies beside")] == wanted
    lines = psa.read_text().splitlines()
    psa.write_text("\n".join([*lines[:-1], lines[1]]))
    text = said(capsys, psa, code=2)
    assert "draw 399: got no row of 'usual'" in text
    assert "draw 0: got 'new' twice" in text


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (lambda t: t.encode("utf-8-sig"), ""),
        (lambda t: t.encode("utf-16"), "UTF-16"),
        (lambda t: t.replace(",", "\t").encode(), "tabs"),
        (lambda t: t.replace(",", ";").encode(), "semicolons"),
        (lambda t: t.replace(",", ";").replace(".", ",").encode(), "semicolons, decimal commas"),
        (lambda t: ("# drawn in R\n" + t + "\n\n,,,,,,,\n").encode(), ""),
        (lambda t: t.replace("gain", "Überleben").encode("cp1252"), "letters of Windows"),
    ],
    ids=["mark", "two bytes", "tabs", "semicolons", "commas", "comment", "windows"],
)
def test_files_as_spreadsheets_save_them(psa, capsys, how, told):
    wanted = answered(capsys, psa)
    psa.write_bytes(how(psa.read_text()))
    text = said(capsys, psa)
    assert (f"Read with {told}" if told else "Read with") in text or not told
    got = text[text.index("Is it worth") : text.index("The strategies beside")].replace("Überleben", "gain")
    assert got.split() == wanted.split()


def test_a_workbook_is_read_and_its_mistakes_told_without_its_bytes(psa, capsys):
    from openpyxl import Workbook

    wanted = answered(capsys, psa)
    book = Workbook()
    for line in psa.read_text().splitlines():
        book.active.append([float(c) if c[-1].isdigit() else c for c in line.split(",")])
    path = psa.with_suffix(".xlsx")
    book.save(path)
    assert answered(capsys, path) == wanted
    book.active["B7"] = "#N/A"
    book.save(path)
    text = said(capsys, path, code=2)
    assert ":7:" in text
    assert "row 6, gain: got '#N/A'" in text
    assert "   |" not in text, "there is no line of text to show"


def test_points_and_commas_in_one_file_are_not_guessed_at(psa, capsys):
    psa.write_text(psa.read_text().replace(",", ";").replace(";3;", ";3,5;"))
    assert "row 1, fixed: got '3,5', want a number" in said(capsys, psa, code=2)


def test_how_to_mend_a_cell_is_told(psa, capsys):
    psa.write_text(psa.read_text().replace(",3,", ',"£1,200",', 1).replace(",3,", ",10%,", 1))
    text = said(capsys, psa, code=2)
    assert "got '£1,200', want a number, such as 1200" in text
    assert "got '10%', want a number, such as 0.1" in text


def test_categories_are_taken_value_by_value(tmp_path, capsys):
    rng = np.random.default_rng(2)
    arm = rng.integers(0, 3, 600)
    gain = np.array([-1.0, 4.0, -2.0])[arm] + rng.normal(0, 1, 600)
    rows = [f"{['north', 'south', 'west'][a]},0,0,0,{g:.6f}" for a, g in zip(arm, gain, strict=True)]
    path = tmp_path / "arms.csv"
    path.write_text("\n".join(["arm,cost_a,effect_a,cost_b,effect_b", *rows]))
    text = said(capsys, path, "--threshold", "100")
    assert "Categories: arm." in text
    assert "Most about 'arm'" in text
    path.write_text(path.read_text().replace("north", "n/a"))
    assert "row" in said(capsys, path, code=2), "what says that nothing is known is no category"


def test_a_cost_without_an_effect_is_a_parameter_beside_whole_strategies(psa, capsys):
    psa.write_text(psa.read_text().replace("price", "cost of the drug"))
    text = said(capsys, psa)
    assert "400 draws of 3 parameters, 2 strategies" in text
    assert "cost of the drug" in text


# -- what is said beside the worth of knowing ------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 10])
def test_few_draws_are_told_and_do_not_stop_it(psa, capsys, count):
    psa.write_text("\n".join(psa.read_text().splitlines()[: count + 1]))
    text = said(capsys, psa)
    assert f"{count} draws are few" in text
    assert "Too few draws to tell what it is worth to know: gain (got" in text
    assert "The strategies beside each other" in text


def test_how_badly_it_may_go_is_that_of_two_normals(tmp_path, capsys):
    # saved 100 give or take 50; beside doing nothing, with no effect, net benefit is the saving
    saved = 100 + 50 * stats.norm.ppf((np.arange(2000) + 0.5) / 2000)
    path = tmp_path / "saving.csv"
    path.write_text(
        "x,cost:now,qaly:now,cost:new,qaly:new\n" + "".join(f"{s},0,0,{-s:.4f},0\n" for s in saved)
    )
    text = said(capsys, path, "--target", "100")
    found = re.search(
        r"Beside now, new is worse in 2% of the draws; in the worst 5% of them it is £([\d.]+) worse", text
    )
    assert found, text
    assert float(found[1]) == pytest.approx(50 * stats.norm.pdf(stats.norm.ppf(0.05)) / 0.05 - 100, abs=0.1)
    row = next(line.split() for line in text.splitlines() if line.startswith("new  "))
    assert row[1:4] == ["£100", "50%", "£20"]  # 50 phi(0) short on average


def test_dominance_and_strategies_that_are_the_same_are_told(psa, capsys):
    lines = psa.read_text().splitlines()
    rows = [f"{line},{line.split(',')[6]},{line.split(',')[7]},1e5,0" for line in lines[1:]]
    psa.write_text("\n".join([f"{lines[0]},cost:same,qaly:same,cost:dear,qaly:dear", *rows]))
    text = said(capsys, psa)
    assert "same is the same as new in every draw." in text
    assert "likelier to reach any net benefit than dear (first-order dominance)" in text


def test_a_study_of_a_normal_mean_brings_what_the_closed_form_says(tmp_path, capsys):
    """Reference case N7: 0.0723 a patient with ten observations, for 100 a year over ten years."""
    rng = np.random.default_rng(5)
    gain = rng.normal(1, 1, 6000)
    path = tmp_path / "study.csv"
    path.write_text(
        "gain,cost:a,effect:a,cost:b,effect:b\n" + "".join(f"{g:.8f},0,0,0,{g:.8f}\n" for g in gain)
    )
    asked = [
        "--threshold",
        1,
        "--people",
        100,
        "--measure",
        "gain",
        "--sd",
        1,
        "--sizes",
        "1,10",
        "--once",
        10,
    ]
    text = said(capsys, path, *asked)
    assert "Yes, with 10" in text
    row = next(line.split() for line in text.splitlines() if line.split()[:1] == ["10"])
    assert abs(float(row[1].strip("£")) - 0.0723251203 * 860.7686508868) < 12
    assert "a would be chosen if it finds below" in text
    later = said(capsys, path, *asked, "--delay", 3)
    row = next(line.split() for line in later.splitlines() if line.split()[:1] == ["10"])
    assert abs(float(row[1].strip("£")) - 0.0723251203 * (860.7686508868 - 289.969)) < 9
    assert "No, at none" in said(capsys, path, *asked[:-1], 100)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--threshold", "nan"], "--threshold: got nan"),
        (["--measure", "gian", "--sd", "1"], "did you mean 'gain'"),
        (["--measure", "gain"], "how much one observation varies"),
        (["--measure", "gain", "--sd", "1", "--sizes", "ten"], "want sizes to try"),
        (["--measure", "gain", "--sd", "1", "--once", "5"], "want how many patients"),
        (["--measure", "gain", "--sd", "1", "--delay", "10"], "less than the 10 years"),
        (["--measure", "gain", "--by", "share"], "want a share"),
    ],
)
def test_what_cannot_be_asked_is_refused(psa, capsys, more, words):
    assert words in said(capsys, psa, *more, code=2)
