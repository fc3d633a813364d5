"""Equal service and the commitment, on problems whose answers are known without any simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from cisim.analysis.service import (
    booked,
    committed,
    erlang_b,
    judged,
    perfect_information,
    required_places,
    upper_limit,
    worsening,
)
from cisim.errors import ModelError

Z = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)  # a normal population, without luck of its own


@pytest.mark.parametrize(("mean", "sd", "margin"), [(0.0, 1.0, 1.2), (1.0, 2.0, 4.0), (3.0, 1.0, 3.5)])
def test_the_chance_of_normal_worsening_is_the_normal_distribution(mean, sd, margin):
    found = judged((mean + sd * Z)[:, None], [margin])
    assert found.chance.value == pytest.approx(stats.norm.cdf((margin - mean) / sd), abs=1 / 4000)
    assert found.mean[0] == pytest.approx(mean, abs=1e-9)


@pytest.mark.parametrize("probability", [0.6, 0.8, 0.9, 0.95, 0.99])
def test_the_commitment_on_normal_worsening_is_the_largest_below_its_quantile(probability):
    worse = [(0.7 * k + Z)[:, None] for k in range(9)]
    want = math.floor((4.0 - stats.norm.ppf(probability)) / 0.7)
    found = committed(worse, [4.0], probability=probability)
    assert found.steps == want
    assert found.fails.mean() == pytest.approx(1 - stats.norm.cdf(4.0 - 0.7 * want), abs=1 / 4000)


def test_all_measures_must_keep_together():
    rng = np.random.default_rng(5)
    worse = rng.standard_normal((20_000, 5))
    margins = np.full(5, stats.norm.ppf(0.9))
    found = judged(worse, margins, probability=0.8)
    assert np.allclose(found.each, 0.9, atol=0.01)
    assert found.chance.value == pytest.approx(0.9**5, abs=0.015)
    assert found.within.all()
    assert not found.keeps
    assert judged(worse[:, :1], margins[:1], probability=0.8).keeps


def test_the_upper_limit_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(9)
    limits = upper_limit(rng.standard_normal((8, 20_000)), 0.95)
    covered = (limits >= 0).mean()
    assert abs(covered - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 20_000)


def test_a_measure_that_worsens_by_its_whole_margin_passes_once_in_twenty_however_many_pass_beside_it():
    rng = np.random.default_rng(11)
    passed = 0
    for _ in range(2000):
        worse = rng.normal([5.0, 0.0, 0.0], 1.0, (10, 3))
        passed += bool(judged(worse, [5.0, 9.0, 9.0]).within.all())
    assert abs(passed / 2000 - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 2000)


def test_a_mean_beyond_its_margin_is_not_kept_though_most_futures_keep():
    worse = np.where(np.arange(100) < 95, 0.0, 1000.0)[:, None]
    found = judged(worse, [1.0], probability=0.9)
    assert found.chance.value == 0.95
    assert not found.keeps


def test_luck_at_a_larger_number_repairs_nothing():
    one = np.zeros((10, 1))
    found = committed([one, one + 2, one], [1.0])
    assert [j.keeps for j in found.judged] == [True, False, True]
    assert found.steps == 0
    assert found.best.tolist() == [0] * 10


def test_nothing_closes_where_the_change_itself_harms():
    one = np.zeros((10, 1))
    found = committed([one + 2, one, one], [1.0])
    assert found.steps == 0
    assert found.fails.all()


LOADS = [14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0]


@pytest.mark.parametrize("bay", [2, 4, 6])
@pytest.mark.parametrize("accepted", [0.01, 0.05])
@pytest.mark.parametrize("probability", [0.5, 0.8, 0.9, 1.0])
def test_a_loss_ward_closes_what_erlangs_formula_says(bay, accepted, probability):
    """Ten futures of a 40-bed ward, one for each load: what may be turned away says how many beds are needed."""
    most = 40 // bay
    # in beds short of what is needed, so that the mean keeps wherever most futures do
    worse = [[[required_places(load, accepted) - (40 - k * bay)] for load in LOADS] for k in range(most)]
    by_formula = [(40 - required_places(load, accepted)) // bay for load in LOADS]
    found = committed(worse, [0.0], probability=probability)
    assert found.best.tolist() == by_formula
    held = [k for k in range(most) if np.mean([n >= k for n in by_formula]) >= probability]
    on_average = [j.steps for j in found.judged if j.within.all()]
    assert found.steps == min(max(held), max(on_average))
    for load in LOADS:
        beds = required_places(load, accepted)
        assert erlang_b(beds, load) <= accepted < erlang_b(beds - 1, load)


def wait_in_hours(beds, load):
    """Mean wait of an M/M/c queue with a mean stay of one day (Erlang C)."""
    lost = erlang_b(beds, load)
    waits = lost / (1 - load / beds * (1 - lost))
    return waits / (beds - load) * 24


def test_a_ward_with_a_queue_closes_while_the_formula_of_its_wait_allows():
    """A shorter stay takes the load from 20 to 16 in 24 beds; the wait may be half an hour longer than before."""
    beds, before = 24, wait_in_hours(24, 20.0)
    worse = [[[wait_in_hours(beds - 2 * k, 16.0) - before]] * 5 for k in range(4)]
    by_formula = max(k for k in range(4) if wait_in_hours(beds - 2 * k, 16.0) <= before + 0.5)
    assert by_formula == 2
    assert committed(worse, [0.5]).steps == by_formula


@pytest.mark.parametrize(
    ("release", "floor_of_mean", "mean_of_floors", "kept"),
    [
        ([3.0, 9.0] * 10, 1, 0.5, 0),
        ([5.0, 5.0, 17.0] * 10, 1, 2 / 3, 0),
        ([6.0, 7.0, 11.0] * 10, 1, 1.0, 1),
        ([15.0] * 19 + [5.0], 2, 1.9, 2),
    ],
)
def test_neither_the_floor_of_the_mean_nor_the_mean_of_floors_is_what_can_be_committed(
    release, floor_of_mean, mean_of_floors, kept
):
    """Beds released in each future; a step is six. Service is kept where no more is closed than was released."""
    released = np.array(release)
    worse = [(6 * k - released)[:, None] for k in range(5)]
    found = committed(worse, [0.0], probability=0.9)
    assert math.floor(released.mean() / 6) == floor_of_mean
    assert found.best.mean() == pytest.approx(mean_of_floors)
    assert found.steps == kept
    assert perfect_information(found, np.ones(len(release))).best == pytest.approx(mean_of_floors)


def test_cash_is_booked_in_every_future_and_reopening_where_service_fails():
    released = np.array([15.0] * 19 + [5.0])
    found = committed([(6 * k - released)[:, None] for k in range(4)], [0.0])
    cash, failing = booked(found, np.full(40, 100.0), 30.0)
    assert cash.tolist() == [200.0] * 40
    assert failing.tolist() == ([0.0] * 19 + [60.0]) * 2
    known = perfect_information(found, np.full(40, 100.0), 30.0)
    # 19 close two, one closes none: 190 a year; committed: 200 less 60 in one of twenty
    assert known.best == pytest.approx(1.9)
    assert known.worth == pytest.approx(190.0 - (200.0 - 3.0))


def test_luck_is_averaged_out_where_a_draw_has_several_replications():
    rng = np.random.default_rng(3)
    truth = np.where(np.arange(50) < 40, 0.0, 10.0)
    worse = truth[:, None, None] + rng.standard_normal((50, 400, 1))
    assert judged(worse, [5.0]).chance.value == 0.8
    assert judged(worse, [0.5]).kept.tolist() == (truth < 5).tolist()


def test_nothing_is_worse_than_never():
    nan, inf = math.nan, math.inf
    assert worsening([inf, 1.0, inf, nan], [5.0, inf, inf, 3.0]).tolist() == [0.0, inf, 0.0, 0.0]
    found = judged(worsening([1.0] * 5, [1.0] * 4 + [inf])[:, None], [2.0], probability=0.5)
    assert found.upper[0] == inf
    assert not found.keeps


def test_one_future_says_nothing_of_its_luck_and_occupancy_is_no_criterion():
    assert not judged([[0.0]], [1.0]).keeps
    assert judged([[0.0, 99.0], [0.0, 99.0]], [1.0, math.inf]).keeps


@pytest.mark.parametrize(
    ("worse", "margins", "probability", "words"),
    [
        ([], [1.0], 0.9, "want futures by measures"),
        ([[1.0, 2.0]], [1.0], 0.9, "a margin for each measure"),
        ([[math.nan]], [1.0], 0.9, "no number"),
        ([[1.0]], [math.nan], 0.9, "no number"),
        ([[1.0]], [1.0], 0.0, "probability"),
    ],
)
def test_what_cannot_be_judged_is_refused(worse, margins, probability, words):
    with pytest.raises(ModelError, match=words):
        judged(worse, margins, probability=probability)


def test_futures_must_be_the_same_with_every_number_closed():
    with pytest.raises(ModelError, match="the same"):
        committed([[[0.0]] * 3, [[0.0]] * 4], [1.0])
    with pytest.raises(ModelError, match="nothing closed"):
        committed([], [1.0])


def test_draws_and_replications_are_futures_together_where_luck_counts_too():
    rng = np.random.default_rng(5)
    not_known, luck = rng.normal(0, 1.0, (60, 1, 1)), rng.normal(0, 2.0, (1, 10, 1))
    worse = not_known + luck + rng.normal(0, 0.1, (60, 10, 1))
    found = judged(worse, [3.0], together=True)
    assert found.kept.shape == (600,)
    assert found.chance.value == np.mean(worse <= 3.0)
    # ten replications are all that is known of luck: the limit is not that of six hundred futures
    alone = judged(worse.reshape(600, 1), [3.0])
    assert found.upper[0] - found.mean[0] > 3 * (alone.upper[0] - alone.mean[0])
    spread = found.chance.high - found.chance.low
    assert spread > 2 * (alone.chance.high - alone.chance.low)
    one_kind = committed([worse * 0, worse, worse + 9], [3.0], probability=0.5, together=True)
    assert (one_kind.steps, len(one_kind.fails)) == (1, 600)
    never = worse.copy()
    never[3, 2] = np.inf
    assert np.isinf(judged(never, [3.0], together=True).upper).all()
