"""Numbers that are not known: found by path, drawn, and put in."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from cisim.analysis import draw_unknowns
from cisim.errors import FileProblems, ModelError
from cisim.spec import (
    amount,
    digest,
    question_at,
    read_model,
    read_question,
    uncertain_numbers,
    unknowns,
    value_numbers,
)

_spec = importlib.util.spec_from_file_location("good_files", Path(__file__).parents[1] / "files" / "good.py")
assert _spec is not None
assert _spec.loader is not None
good = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(good)

WARD = "experiments/daily-ward-round"


@pytest.fixture(scope="module")
def ward():
    return read_question(WARD)


def test_the_unknowns_of_a_value_file_are_those_with_a_spread_by_path_and_in_their_unit(ward):
    found = unknowns(ward)
    assert [path for path in found if path.startswith("value.")] == [
        f"value.{path}" for path, one in uncertain_numbers(ward.value).items() if one.distribution().sd() > 0
    ]
    first = found["value.programme.improvement coach, one day a week for a year.once"]
    assert (first.best, first.unit, first.group) == (25_000, "£", "")
    assert first.distribution.sd() == 5_000


def test_a_question_at_no_numbers_has_its_best_estimates_and_nothing_left_unknown(ward):
    settled = question_at(ward, {})
    assert unknowns(settled) == {}
    assert settled.model == ward.model
    means = {path: one.distribution().mean() for path, one in uncertain_numbers(ward.value).items()}
    assert {p: one.distribution().mean() for p, one in uncertain_numbers(settled.value).items()} == means


def test_a_question_at_a_number_has_that_number_and_the_rest_at_best(ward):
    path = next(path for path in unknowns(ward) if path.startswith("value."))
    settled = question_at(ward, {path: 31_000.0})
    numbers = value_numbers(settled, {})
    assert numbers.pop(path.removeprefix("value.")) == 31_000
    best = value_numbers(ward, {})
    assert numbers == {p: x for p, x in best.items() if p != path.removeprefix("value.")}


def test_a_path_that_is_not_there_is_refused_with_the_nearest(ward):
    path = next(iter(unknowns(ward)))
    with pytest.raises(ModelError, match="did you mean"):
        question_at(ward, {path + "s": 1.0})


def test_draws_are_one_column_a_path_and_have_the_mean_of_their_distribution(ward):
    drawn = draw_unknowns(ward, 400, seed=3)
    found = unknowns(ward)
    assert list(drawn) == list(found)
    for path, column in drawn.items():
        assert column.shape == (400,)
        # A Latin hypercube's mean is nearer than that of independent draws.
        assert abs(column.mean() - found[path].best) < 4 * found[path].distribution.sd() / np.sqrt(400)


# Written in the files of a small project: (file, what stood there, what stands there now).
DIRICHLET = "{dirichlet: {readmitted: 10%, well: 90%}, size: 49}"
WRITTEN = (
    ("scenarios/model.yaml", "number: 24", "number: {uncertain: {mean: 24.4, se: 2}, source: census}"),
    ("scenarios/model.yaml", "2.7 per day", "{uncertain: {mean: 2.7 per day, interval: [2.4 per day, 3 per day]}}"),
    ("scenarios/model.yaml", "{high: 30%, low: 70%}", "{uncertain: {dirichlet: {high: 30, low: 70}}, source: audit}"),
    ("scenarios/model.yaml", "mean: 2 d", "mean: {uncertain: {quantiles: {5%: 36 h, 50%: 47 h, 95%: 61 h}}}"),
    ("scenarios/model.yaml", "branch: back\n", f"branch: back\n        uncertain: {DIRICHLET}\n"),
    ("scenarios/model.yaml", "share: 10%, ", ""),
    ("scenarios/model.yaml", ", share: 90%", ""),
    ("scenarios/daily.yaml", "by: 10%", "by: {uncertain: {beta: {mean: 10%, sd: 5%}}, source: the board}"),
    ("scenarios/value.yaml", "once: £20k", "once: {mean: £20k, interval: [£15k, £26k], level: 90%, source: quote}"),
    ("scenarios/value.yaml", "{normal: {mean: £420k, sd: £40k}}", "{uncertain: {normal: {mean: £420k, sd: £40k}}}"),
    ("experiments/experiment.yaml", "by: +5%", "by: {uncertain: {mean: +5%, se: 2%}}"),
    ("experiments/experiment.yaml", "by: 20%", "by: {uncertain: {uniform: {low: 10%, high: 30%}}}"),
)  # fmt: skip
WARD_BEDS = "model.pools.ward.number"
RATE = "model.pathways.emergency.arrivals.rate"
ACUITY = "model.pathways.emergency.attributes.acuity"
TREATMENT = "model.pathways.emergency.steps.ward stay.steps.treatment.duration.lognormal.mean"
BACK = "model.pathways.emergency.steps.back"
CUT = "daily.changes.cut emergency/treatment.by"
DEMAND = "more.changes.demand emergency.by"


def laid(folder: Path, *more: tuple[str, str, str]):
    """Return the question of the small project, with what is written above and `more` in its files."""
    files = dict(good.PROJECT)
    for name, old, new in (*WRITTEN, *more):
        assert files[name].count(old) == 1, old
        files[name] = files[name].replace(old, new)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_question(folder / "experiments" / "experiment.yaml")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return laid(tmp_path_factory.mktemp("small"))


def quantiles(one, *at):
    return [float(one.distribution.ppf(np.array(p))) for p in at]


def test_numbers_of_every_file_are_found_by_path_in_the_order_of_the_files(small):
    assert list(unknowns(small)) == [
        WARD_BEDS,
        RATE,
        f"{ACUITY}.high",
        f"{ACUITY}.low",
        TREATMENT,
        f"{BACK}.ways.readmitted.share",
        f"{BACK}.ways.well.share",
        DEMAND,
        CUT,
        "value.programme.training.once",
        "value.options.a bay.saves",
        "value.options.a bay.stranded",
        "case quick.changes.cut emergency/treatment.by",
    ]


def test_each_way_of_writing_gives_the_distribution_that_was_meant(small):
    found = unknowns(small)
    kinds = {path: type(one.distribution).__name__ for path, one in found.items()}
    # Implied by what the number can be: beds and rates not below zero, a change of demand on either side of it.
    assert (kinds[WARD_BEDS], kinds[RATE], kinds[DEMAND]) == ("Gamma", "Gamma", "Normal")
    assert (found[DEMAND].distribution.mean(), found[DEMAND].distribution.sd()) == (0.05, 0.02)
    assert (found[WARD_BEDS].best, found[WARD_BEDS].whole, found[WARD_BEDS].source) == (24, True, "census")
    assert found[WARD_BEDS].distribution.sd() == 2
    assert quantiles(found[RATE], 0.025, 0.975) == pytest.approx([2.4, 3.0], abs=0.02)
    assert (found[RATE].best, found[RATE].unit) == (2.7, "per day")
    assert found[TREATMENT].unit == "h"
    assert quantiles(found[TREATMENT], 0.05, 0.5, 0.95) == pytest.approx([36, 47, 61], abs=1)
    once = found["value.programme.training.once"]
    assert (once.best, once.unit, once.source) == (20_000, "£", "quote")
    assert quantiles(once, 0.05, 0.95) == pytest.approx([15_000, 26_000], rel=0.02)


def test_the_best_estimates_stand_in_the_model(small):
    pathway = small.model.pathways["emergency"]
    assert small.model.pools["ward"].number == 24
    assert pathway.attributes["acuity"] == {"high": 0.3, "low": 0.7}
    assert [way.share for way in pathway.steps[3].ways] == [0.1, 0.9]
    assert question_at(small, {}).model == small.model
    assert unknowns(question_at(small, {})) == {}


def test_a_model_read_alone_has_its_best_estimates_and_the_digest_of_a_model_that_says_them(small, tmp_path):
    plain = good.MODEL.replace("2.7 per day", "2.7 per day").replace(
        "mean: 2 d", f"mean: {unknowns(small)[TREATMENT].best!r} h"
    )
    (tmp_path / "plain.yaml").write_text(plain, encoding="utf-8")
    written = read_model(small.path.parents[1] / "scenarios" / "model.yaml")
    # The sources of what is uncertain are those of the estimates, and are not part of a number.
    assert digest(written) == digest(read_model(tmp_path / "plain.yaml"))


def test_numbers_are_put_where_they_stand_and_whole_ones_are_rounded(small):
    made = question_at(small, {WARD_BEDS: 21.6, RATE: 3.25, TREATMENT: 30.0, CUT: 0.25, DEMAND: -0.1})
    assert made.model.pools["ward"].number == 22
    assert made.model.pathways["emergency"].arrivals.rate * 86_400_000 == pytest.approx(3.25, rel=1e-14)
    treatment = made.model.pathways["emergency"].steps[2].steps[0].duration.lognormal
    assert (treatment.mean, treatment.sd) == (30 * 3_600_000, 3 * 86_400_000)
    assert dict(made.scenarios)["daily"][1].by == 0.25
    assert dict(made.scenarios)["more"][0].by == -0.1
    assert made.experiment.scenarios[1].changes[0].by == -0.1
    assert made.experiment.run == small.experiment.run


def test_shares_that_are_not_given_divide_what_is_left(small):
    made = question_at(small, {f"{BACK}.ways.readmitted.share": 0.25})
    assert [way.share for way in made.model.pathways["emergency"].steps[3].ways] == [0.25, 0.75]
    with pytest.raises(ModelError, match=r"got shares that sum to 1\.2, want"):
        question_at(small, {f"{ACUITY}.high": 1.2})
    with pytest.raises(ModelError, match=r"got shares that sum to 0\.9, want a sum of 1"):
        question_at(small, {f"{ACUITY}.high": 0.2, f"{ACUITY}.low": 0.7})


def test_a_draw_that_the_model_refuses_is_told_by_path_file_line_and_value(small):
    with pytest.raises(FileProblems) as caught:
        question_at(small, {WARD_BEDS: -3.0})
    told = str(caught.value)
    assert "model.yaml:5:" in told
    assert "pools.ward.number: got -3, want a whole number of 0 or more" in told
    assert f"with {WARD_BEDS} (" in told
    assert told.endswith("model.yaml:5) at -3")


def test_draws_of_shares_are_a_dirichlet(small):
    drawn = draw_unknowns(small, 2000, seed=11)
    high, low = drawn[f"{ACUITY}.high"], drawn[f"{ACUITY}.low"]
    assert np.abs(high + low - 1).max() < 1e-12
    assert stats.kstest(high, stats.beta(30, 70).cdf).pvalue > 0.001
    back = drawn[f"{BACK}.ways.readmitted.share"]
    assert stats.kstest(back, stats.beta(4.9, 44.1).cdf).pvalue > 0.001
    assert set(np.unique(drawn[WARD_BEDS] % 1)) == {0.0}


def test_every_draw_of_the_small_project_is_a_model(small):
    drawn = draw_unknowns(small, 20, seed=5)
    for i in range(20):
        made = question_at(small, {path: float(column[i]) for path, column in drawn.items()})
        assert made.model.pools["ward"].number == drawn[WARD_BEDS][i]


SAVES, STRANDED = "value.options.a bay.saves", "value.options.a bay.stranded"


def test_correlations_of_the_experiment_file_hold_in_the_draws(tmp_path):
    said = (
        f"valued: daily\ncorrelations:\n  - {{between: ['{CUT}', '{SAVES}'], rank: 0.6, source: made up}}\n"
    )
    asked = laid(tmp_path, ("experiments/experiment.yaml", "valued: daily\n", said))
    drawn = draw_unknowns(asked, 2000, seed=2)
    rank = stats.spearmanr(drawn[CUT], drawn[SAVES]).statistic
    assert abs(rank - 0.6) < 4 * (1 - 0.6**2) / math.sqrt(2000)
    assert abs(stats.spearmanr(drawn[CUT], drawn[STRANDED]).statistic) < 4 / math.sqrt(2000)


def test_correlations_that_cannot_be_together_are_refused_by_name_and_line(tmp_path):
    pairs = ((CUT, SAVES, 0.9), (SAVES, STRANDED, 0.9), (CUT, STRANDED, -0.5))
    said = "".join(f"  - {{between: ['{a}', '{b}'], rank: {r}}}\n" for a, b, r in pairs)
    text = f"valued: daily\ncorrelations:\n{said}"
    with pytest.raises(FileProblems, match=r"experiment\.yaml:18:.*beside the other correlations"):
        laid(tmp_path, ("experiments/experiment.yaml", "valued: daily\n", text))


def test_one_number_in_two_places_is_drawn_once_and_put_in_both(tmp_path):
    bay = "  - {close: a second bay, pool: ward, step: 6, saves: {normal: {mean: £420k, sd: £40k}}, stranded: 30%}\n"
    once = ("scenarios/value.yaml", "absorbed:\n", f"{bay}absorbed:\n")
    again = "value.options.a second bay.saves"
    said = f"valued: daily\nsame:\n  - {{numbers: ['{SAVES}', '{again}']}}\n"
    asked = laid(tmp_path, once, ("experiments/experiment.yaml", "valued: daily\n", said))
    assert again not in unknowns(asked)
    assert SAVES in unknowns(asked)
    made = question_at(asked, {SAVES: 300_000.0})
    assert [o.saves.constant for o in made.value.options if hasattr(o, "saves")] == [300_000, 300_000]
    assert value_numbers(asked, {SAVES: np.arange(3.0)})["options.a second bay.saves"].tolist() == [0, 1, 2]


def test_amounts_are_told_in_their_unit():
    assert [amount(0.1234, "share"), amount(-1234.5, "£"), amount(2.5, "per day")] == [
        "12.34%",
        "-£1,234",
        "2.5 per day",
    ]
