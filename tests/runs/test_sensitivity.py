"""A question's headline as a function of what is not known, and what it rests on."""

from __future__ import annotations

import warnings
from contextlib import contextmanager

import numpy as np
import pytest
from typer.testing import CliRunner

from cisim.cli.app import app
from cisim.errors import CisimWarning, FileProblems, ModelError, RunError
from cisim.runs import asking, run, sensitivity
from cisim.spec import question_at, read_question

SAVES, STRANDED = "value.options.two beds.saves", "value.options.two beds.stranded"
STAY = "model.pathways.emergency.steps.bed.steps.treatment.duration.exponential.mean"
NPV = "npv:two beds"


@contextmanager
def quiet(*args, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisimWarning)
        with asking(*args, **more) as asked:
            yield asked


@pytest.fixture
def priced(written):
    """Only the value file is uncertain."""
    written.change(("saves: £200k", "saves: {gamma: {mean: £60k, sd: £30k}}"), of="value")
    written.change(("replications: 4", "replications: 3"))
    return written


@pytest.fixture
def drawn(priced):
    """The length of treatment is not known either."""
    priced.change(("mean: 2 d", "mean: {uncertain: {mean: 2 d, se: 0.3 d}, source: a guess}"), of="model")
    return priced


def test_where_only_prices_move_nothing_is_simulated_and_the_answer_is_the_ledgers(priced):
    heard = []
    with quiet(priced.path, priced.run, headline=NPV, progress=lambda *told: heard.append(told)) as asked:
        first = len(list((priced.run / "parts").glob("*")))
        asked.each([asked.whole({SAVES: x}) for x in (20_000.0, 90_000.0)])
        assert asked.runs == 0
        assert len(list((priced.run / "parts").glob("*"))) == first
        mine = asked.each([asked.whole({SAVES: 90_000.0})])[0]
    # The same by another way: the ledger of the question in which that number is written.
    at = question_at(read_question(priced.path), {SAVES: 90_000.0})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisimWarning)
        told = run(at, priced.folder / "again")
    assert told.psa()["npv:two beds"].to_numpy()[0] == pytest.approx(mine.mean(), rel=1e-12)
    assert len(mine) == 3


def test_the_tables_of_a_run_stay_what_they_were_and_its_replications_are_used(priced):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisimWarning)
        run(priced.path, priced.run)
    before = {p.name: p.stat().st_mtime_ns for p in priced.run.glob("*.*")}
    parts = sorted(p.name for p in (priced.run / "parts").glob("*"))
    with quiet(priced.path, priced.run) as asked:
        asked.mean({SAVES: 1.0})
    assert {p.name: p.stat().st_mtime_ns for p in priced.run.glob("*.*")} == before
    assert sorted(p.name for p in (priced.run / "parts").glob("*")) == parts


def test_a_point_of_the_model_is_the_run_of_that_model(drawn):
    with quiet(drawn.path, drawn.run, headline=NPV) as asked:
        mine = asked.each([asked.whole({STAY: 2.6, SAVES: 80_000.0})])[0]
        assert asked.runs == 1
        at = question_at(asked.question, {STAY: 2.6, SAVES: 80_000.0})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisimWarning)
        told = run(at, drawn.folder / "again")
    assert told.psa()["npv:two beds"].to_numpy()[0] == pytest.approx(mine.mean(), rel=1e-12)


def test_what_was_simulated_is_kept_and_not_simulated_again(drawn):
    with quiet(drawn.path, drawn.run, headline=NPV) as asked:
        before = asked.each([asked.whole({STAY: x}) for x in (1.8, 2.2)])
    parts = {p.name: p.stat().st_ctime_ns for p in (drawn.run / "parts").glob("draw*")}
    assert len(parts) == 2
    with quiet(drawn.path, drawn.run, headline=NPV) as asked:
        again = asked.each([asked.whole({STAY: x, SAVES: 60_000.0}) for x in (2.2, 1.8)])
        assert np.array_equal(again[::-1], before)
    assert {p.name: p.stat().st_ctime_ns for p in (drawn.run / "parts").glob("draw*")} == parts


def test_the_tornado_of_a_formula_known_by_hand(priced):
    with quiet(priced.path, priced.run, headline=NPV) as asked:
        found = sensitivity(asked, "tornado")
        # Worth is linear in what is saved: half of the two ends' worth is that at the middle between them.
        low, high, at_low, at_high = found.table.set_index("path").loc[
            SAVES, ["low", "high", "at_low", "at_high"]
        ]
        assert asked.mean({SAVES: (low + high) / 2}) == pytest.approx((at_low + at_high) / 2)
    assert found.table["swing"].is_monotonic_decreasing
    assert found.words[0].startswith("Net present value of two beds: ")
    assert found.runs == 0


def test_a_switching_value_is_where_the_worth_is_nothing(priced):
    with quiet(priced.path, priced.run, headline=NPV) as asked:
        found = sensitivity(asked, "switching")
        crossing = float(found.table.set_index("path").loc[SAVES, "crossings"])
        assert asked.mean({SAVES: crossing}) == pytest.approx(0, abs=1)
    assert any(line.startswith(f"{SAVES}: does not pay back below") for line in found.words)


def test_morris_and_sobol_of_a_ledger_agree_with_the_exact_variance(priced):
    """Worth is (a + b x saves x (1 - stranded)) with independent inputs: indices of a product are known."""
    with quiet(priced.path, priced.run, headline=NPV) as asked:
        shares = sensitivity(asked, "sobol", rows=512)
        known = asked.known
        effects = sensitivity(asked, "morris")
    s, k = known[SAVES].distribution, known[STRANDED].distribution
    keep, spread = 1 - k.mean(), k.sd()
    whole = (s.mean() ** 2 + s.sd() ** 2) * (keep**2 + spread**2) - (s.mean() * keep) ** 2
    exact = {SAVES: (s.sd() * keep) ** 2 / whole, STRANDED: (s.mean() * spread) ** 2 / whole}
    table = shares.table.set_index("path")
    for path, share in exact.items():
        half = (table.loc[path, "first_high"] - table.loc[path, "first_low"]) / 2
        assert abs(table.loc[path, "first"] - share) < 2 * half
    assert effects.table["path"].tolist()[0] == SAVES
    assert shares.runs == effects.runs == 0


def test_an_emulator_of_a_few_points_finds_the_exact_shares_and_says_that_it_is_one(priced):
    """The same product, from forty points: each share alone and that of the pair lie in their intervals."""
    with quiet(priced.path, priced.run, headline=NPV) as asked:
        found = sensitivity(asked, "emulator")
        known = asked.known
    s, k = known[SAVES].distribution, known[STRANDED].distribution
    keep, spread = 1 - k.mean(), k.sd()
    parts = {SAVES: (s.sd() * keep) ** 2, STRANDED: (s.mean() * spread) ** 2}
    together = (s.sd() * spread) ** 2
    whole = sum(parts.values()) + together
    table = found.table.set_index(["index", "path"])
    for path, variance in parts.items():
        one = table.loc[("first", path)]
        assert one["low"] <= variance / whole <= one["high"]
        assert one["high"] - one["low"] < 0.4
    pair = found.table[found.table["index"] == "pair"].iloc[0]
    assert pair["low"] <= together / whole <= pair["high"]
    assert found.points == 40
    assert found.words[-1].startswith("Rests on an emulator of 40 simulated points (leave-one-out: ")


def test_the_grid_of_two_numbers_is_the_answer_at_each_pair(priced):
    with quiet(priced.path, priced.run, headline=NPV) as asked:
        found = sensitivity(asked, "two-way", rows=3)
        for _, (first, second, worth) in found.table.iterrows():
            assert asked.mean(
                {found.table.columns[0]: first, found.table.columns[1]: second}
            ) == pytest.approx(worth)
        same = sensitivity(asked, "two-way", rows=3, numbers=[STRANDED, SAVES])
    assert list(found.table.columns) == [SAVES, STRANDED, NPV], "what moves it most comes first"
    assert list(same.table.columns) == [STRANDED, SAVES, NPV]
    assert sorted(same.table[NPV]) == pytest.approx(sorted(found.table[NPV]))
    assert found.points == 9 + 1 + 2 * 2
    assert same.points == 9
    assert any("it pays back up to somewhere between" in line for line in found.words), found.words


def test_a_pair_has_the_share_of_the_product(priced):
    with quiet(priced.path, priced.run, headline=NPV) as asked:
        found = sensitivity(asked, "sobol", rows=1024, pairs=True)
        known = asked.known
    s, k = known[SAVES].distribution, known[STRANDED].distribution
    keep, spread = 1 - k.mean(), k.sd()
    together = (s.sd() * spread) ** 2
    whole = together + (s.sd() * keep) ** 2 + (s.mean() * spread) ** 2
    row = found.table.set_index("path").loc[f"{SAVES} and {STRANDED}"]
    half = (row["together_high"] - row["together_low"]) / 2
    assert abs(row["together"] - together / whole) < 2 * half < 0.2
    assert found.points == 1024 * (2 * 2 + 2)


@pytest.fixture
def related(priced):
    pair = f"correlations: [{{between: [{SAVES}, {STRANDED}], rank: 0.8}}]\n"
    priced.change(("scenarios:\n", f"{pair}scenarios:\n"))
    priced.change(("once: £1k", "once: {uniform: {low: £0, high: £200k}}"), of="value")
    return priced


@pytest.mark.parametrize(
    ("method", "words", "rows"),
    [
        ("tornado", "left out: numbers move apart", 3),
        ("morris", "left out: numbers move apart", 3),
        ("sobol", "drawn together and have one share", 2),
        ("pawn", "drawn together: each stands also", 3),
        ("emulator", "drawn together and have one share", 5),
    ],
)
def test_what_becomes_of_stated_correlations_is_told(related, method, words, rows):
    with quiet(related.path, related.run, headline=NPV) as asked:
        found = sensitivity(asked, method)
    assert words in found.words[-1]
    assert len(found.table) == rows
    if method in ("sobol", "emulator"):
        assert any(SAVES in path and STRANDED in path for path in found.table["path"])


@pytest.mark.parametrize(
    ("method", "more", "words"),
    [
        ("tornado", {"numbers": ["saves"]}, "want one that is not known"),
        ("sobol", {"numbers": [SAVES]}, "want tornado, switching, two-way"),
        ("morris", {"pairs": True}, "want sobol"),
        ("two-way", {"numbers": [SAVES]}, "want two numbers"),
        ("two-way", {"rows": 1}, "of two values or more"),
    ],
)
def test_what_a_method_cannot_take_is_refused(priced, method, more, words):
    with quiet(priced.path, priced.run, headline=NPV) as asked, pytest.raises(ModelError, match=words):
        sensitivity(asked, method, **more)


def test_a_measure_may_be_the_headline_and_prices_do_not_move_it(drawn):
    with quiet(drawn.path, drawn.run, headline="level:length_of_stay:mean:emergency:daily") as asked:
        found = sensitivity(asked, "tornado")
    assert f"What does not move it at all: {SAVES}, {STRANDED}." in found.words
    bar = found.table.set_index("path").loc[STAY]
    assert bar["at_high"] > bar["at_low"]


def test_a_model_that_cannot_be_is_told_with_its_number(priced):
    priced.change(("number: 14", "number: {uncertain: {normal: {mean: 14, sd: 1}}}"), of="model")
    with pytest.raises(FileProblems, match="goes below 0"), quiet(priced.path, priced.run):
        pass
    priced.change(
        ("{uncertain: {normal: {mean: 14, sd: 1}}}", "{uncertain: {uniform: {low: 0, high: 28}}}"), of="model"
    )
    with quiet(priced.path, priced.run, headline=NPV) as asked, pytest.raises(RunError, match="cannot be"):
        asked.mean({"model.pools.ward.number": 0.0})


@pytest.mark.parametrize(
    ("headline", "words"),
    [
        ("npv:two bed", "did you mean 'two beds'"),
        ("length_of_stay", "want npv:OPTION"),
        ("level:length_of_stay:mean:emergency:daily", "want one that an uncertain number can move"),
    ],
)
def test_a_headline_that_cannot_be_is_refused(priced, headline, words):
    with pytest.raises(ModelError, match=words), quiet(priced.path, priced.run, headline=headline) as asked:
        asked.mean({})


def test_an_unknown_method_is_refused(priced):
    with quiet(priced.path, priced.run) as asked, pytest.raises(ModelError, match="did you mean 'sobol'"):
        sensitivity(asked, "sobel")


def test_the_command_tells_it_in_words_and_writes_the_table(priced):
    told = CliRunner().invoke(
        app, ["sensitivity", str(priced.path), "--out", str(priced.run), "--headline", NPV]
    )
    assert told.exit_code == 0, told.output
    assert "Net present value of two beds:" in told.output
    assert "none of them simulated" in told.output
    assert (
        (priced.run / "tables" / "sensitivity-tornado.csv")
        .read_text()
        .startswith("path,unit,low,high,at_low")
    )


def test_a_run_without_draws_of_the_model_keeps_to_the_stated_correlations(priced):
    pair = f"correlations: [{{between: [{SAVES}, {STRANDED}], rank: 0.8}}]\n"
    priced.change(("draws: 20", "draws: 400"), ("scenarios:\n", f"{pair}scenarios:\n"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisimWarning)
        psa = run(priced.path, priced.run).psa()
    rank = psa[[f"parameter:{SAVES}", f"parameter:{STRANDED}"]].corr("spearman").iloc[0, 1]
    assert abs(rank - 0.8) < 4 * (1 - 0.8**2) / np.sqrt(400)
