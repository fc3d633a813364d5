"""Tables and curves of strategies against published cases, closed forms and plain definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from cisim.decision import (
    DOMINATED,
    EXTENDED,
    FRONTIER,
    better,
    curves,
    dominates,
    downside,
    incremental,
    net_benefit,
    plane,
)
from cisim.errors import ModelError


def table(names, cost, effect):
    found = incremental(names, cost, effect)
    ratios = {one.name: one.ratio for one in found if one.status == FRONTIER}
    return ratios, {one.name: one.status for one in found if one.status != FRONTIER}


def test_the_herc_example():
    # dampack's own test of calculate_icers (HERC, Oxford)
    ratios, others = table(
        ["UC", "A", "B", "C", "D", "E"], [5000, 12000, 10000, 25000, 35000, 55000], [1, 1.5, 2, 3, 4, 5]
    )
    assert list(ratios) == ["UC", "B", "D", "E"]
    assert list(ratios.values())[1:] == [5000, 12500, 20000]
    assert others == {"A": DOMINATED, "C": EXTENDED}


def test_who_dominates_is_named():
    found = {
        one.name: one.by
        for one in incremental(["UC", "A", "B", "C", "D"], [5, 12, 10, 25, 35], [1, 1.5, 2, 3, 4])
    }
    assert (found["A"], found["C"], found["B"]) == (("B",), ("B", "D"), ())


def test_screening_for_hiv():
    months = np.array([277.25, 277.57, 277.78, 277.83, 277.76])
    names = ["status quo", "one time", "5yr", "3yr", "annual"]
    ratios, others = table(names, [26000, 27000, 28020, 28440, 29440], months / 12)
    assert list(ratios)[1:] == ["one time", "5yr", "3yr"]
    # the vignette prints four decimals
    assert [ratios[n] for n in names[1:4]] == pytest.approx([37500, 58285.714285714, 100800], rel=1e-9)
    assert others == {"annual": DOMINATED}


def test_of_equal_effect_the_cheaper_wins():
    ratios, others = table(
        ["none", "all", "test"], [163771.0, 164848.7, 163765.1], [6.48273, 6.52861, 6.52861]
    )
    assert list(ratios) == ["test"]
    assert others == {"none": DOMINATED, "all": DOMINATED}


C_DIFF = """
s3 57336.0059896538 12.9399639202408
s27 57541.2526373815 13.0140640696275
s33 57642.2587507842 13.0389116321918
s31 57934.0743411241 13.0966257932217
s43 58072.1137208494 13.11285766912
s44 58665.7823044647 13.1283328397025
s39 57814.6470919581 13.0462790163185
s4 57887.481549326 12.9970657153765
s13 58018.6252420203 13.0650412387992
s37 58081.7947984323 13.1029711156978
s20 58634.2026441398 13.1100568867995
"""


def test_eleven_strategies_that_one_pass_does_not_sort_out():
    # dampack, vignettes/cdiff_icers.csv
    rows = [line.split() for line in C_DIFF.strip().splitlines()]
    ratios, others = table([r[0] for r in rows], [float(r[1]) for r in rows], [float(r[2]) for r in rows])
    want = {
        "s27": 2769.85470915,
        "s33": 4065.03105249,
        "s31": 5056.22164704,
        "s43": 8504.21606166,
        "s44": 38362.6519947,
    }
    assert list(ratios) == ["s3", *want]
    # the sources print costs and effects with about 13 decimals, the ratios with 12 digits
    assert [ratios[n] for n in want] == pytest.approx(list(want.values()), rel=1e-9)
    assert others == {"s39": EXTENDED} | dict.fromkeys(["s4", "s13", "s37", "s20"], DOMINATED)


def test_a_second_pass_is_needed_where_leaving_one_out_shows_another():
    # c is above b-d only; once c is out, b is above a-d as well
    ratios, others = table(list("abcd"), [0, 10, 19, 20], [0, 1, 1.5, 3])
    assert (list(ratios), others) == (["a", "d"], {"b": EXTENDED, "c": EXTENDED})


def test_ties_on_the_frontier_are_by_rule():
    assert table(["a", "b"], [1, 1], [2, 2])[1] == {"b": DOMINATED}  # the first named stands
    ratios, others = table(["a", "b", "c"], [0, 1, 2], [0, 1, 2])  # b lies on the line: it stays
    assert (list(ratios.values())[1:], others) == ([1, 1], {})


@given(st.integers(1, 8), st.integers(0, 100_000))
def test_the_frontier_is_what_somebody_with_some_threshold_would_choose(count, seed):
    cost, effect = np.random.default_rng(seed).integers(0, 13, (2, count)).astype(float)
    names = [f"s{i}" for i in range(count)]
    ratios, _ = table(names, cost, effect)
    on, found = [names.index(n) for n in ratios], list(ratios.values())[1:]
    assert found == sorted(found)
    # nobody, whatever the threshold, loses by choosing from the frontier alone
    thresholds = np.geomspace(1e-3, 1e3, 60)
    benefit = thresholds[:, None] * effect - cost
    assert benefit[:, on].max(axis=1) == pytest.approx(benefit.max(axis=1))
    # and each strategy on it is best between its own ratio and the next
    for i, low, high in zip(on, [0.0, *found], [*found, 1e4], strict=True):
        here = (low + high) / 2 * effect - cost
        assert here[i] == pytest.approx(here.max())


def test_two_simulations_of_bcea():
    cost, effect = np.array([[0, 100], [0, 10]]), np.array([[0, 1], [0, -2]])
    # BCEA writes the reference less the other
    for k, want in ((5, [95, 20]), (10, [90, 30])):
        benefit = net_benefit(cost, effect, k)
        assert (benefit[:, 0] - benefit[:, 1]).tolist() == want


def test_the_published_summary_of_the_vaccine():
    # BCEA's Vaccine: mean differences over 1,000 draws; what rests on the means alone
    found = incremental(["none", "vaccine"], [0, 5.035982871], [0, 0.000250576437])
    assert found[1].ratio == pytest.approx(20097.59148, rel=1e-8)
    grid = np.arange(0, 50001, 100)
    choice = curves([[0, 5.035982871]], [[0, 0.000250576437]], grid)
    assert grid[choice.best.argmax()] == 20100
    for k, want in (
        (20000, -0.0244541249),
        (25000, 1.2284280616),
        (30000, 2.4813102481),
        (50000, 7.4928389942),
    ):
        benefit = net_benefit([0, 5.035982871], [0, 0.000250576437], k)[0]
        assert benefit[1] - benefit[0] == pytest.approx(want, abs=2e-8)  # the means have ten digits


def test_the_ratio_is_of_means():
    cost, effect = np.array([[0, 10], [0, 30]]), np.array([[0, 1], [0, 9]])
    assert incremental(["a", "b"], cost, effect)[1].ratio == 4.0  # the mean of ratios is 6.67


NORMAL = {  # threshold: acceptability and perfect information, two normal differences with correlation -.3
    0: (0.11506967, 28.051225),
    10000: (0.44537290, 243.170011),
    15000: (0.56700854, 284.625212),
    20000: (0.64664873, 253.755622),
    30000: (0.73519035, 230.471048),
}


@pytest.mark.parametrize("threshold", NORMAL)
def test_normal_differences_give_the_closed_form(threshold):
    n = 40_000
    z = np.random.default_rng(10).normal(size=(n, 2))
    gain = 0.05 + 0.04 * z[:, 0]
    more = 600 + 500 * (-0.3 * z[:, 0] + math.sqrt(1 - 0.09) * z[:, 1])
    nothing = np.zeros(n)
    found = curves(np.c_[nothing, more], np.c_[nothing, gain], [threshold])
    chance, information = NORMAL[threshold]
    assert found.probability[0, 1] == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / n))
    spread = np.minimum(np.abs(threshold * gain - more), 5000).std() / math.sqrt(n)
    assert found.information[0] == pytest.approx(information, abs=4 * spread)


def test_information_is_worth_most_where_the_choice_is_even():
    """The same two differences in closed form: half and half at the ratio of means, 12,000 a unit of effect."""
    grid = np.arange(0.0, 30_001, 500)
    mean = 0.05 * grid - 600
    spread = np.sqrt((grid * 0.04) ** 2 + 500**2 + 2 * grid * 0.3 * 0.04 * 500)
    loss = spread * stats.norm.pdf(mean / spread) - np.abs(mean) * stats.norm.cdf(-np.abs(mean) / spread)
    for k, (chance, information) in NORMAL.items():
        at = list(grid).index(k)
        assert stats.norm.cdf(mean[at] / spread[at]) == pytest.approx(chance, abs=5e-9)
        assert loss[at] == pytest.approx(information, abs=5e-7)
    assert stats.norm.cdf(mean / spread)[list(grid).index(12_000)] == 0.5
    assert 10_000 < grid[loss.argmax()] < 20_000
    z = np.random.default_rng(12).normal(size=(20_000, 2))
    gain, more = 0.05 + 0.04 * z[:, 0], 600 + 500 * (-0.3 * z[:, 0] + math.sqrt(1 - 0.09) * z[:, 1])
    nothing = np.zeros(len(z))
    found = curves(np.c_[nothing, more], np.c_[nothing, gain], grid[::4])
    assert 10_000 < found.thresholds[found.information.argmax()] < 20_000


def test_the_frontier_is_not_the_highest_acceptability():
    # b is best in 60 of 100 draws by a little, c in 40 by much
    rows = np.array([[0.0, 1.0, 0.0]] * 6 + [[0.0, 0.0, 9.0]] * 4)
    found = curves(np.zeros_like(rows), rows, [1.0])
    assert found.best.tolist() == [2]
    assert found.frontier[0] == 0.4 < found.probability[0].max() == 0.6


@given(st.integers(0, 10_000))
def test_curves_keep_their_identities(seed):
    rng = np.random.default_rng(seed)
    cost, effect = rng.integers(0, 5, (2, 30, 4)).astype(float)
    found = curves(cost, effect, [0.0, 0.5, 1.0, 3.0])
    assert found.probability.sum(axis=1) == pytest.approx(1)
    # least loss is that of the strategy to choose, and is perfect information
    assert found.information == pytest.approx(found.loss.min(axis=1))
    assert found.loss - found.loss.min(axis=1, keepdims=True) == pytest.approx(
        found.mean.max(axis=1, keepdims=True) - found.mean
    )
    assert (found.information >= 0).all()


def test_strategies_that_are_the_same_are_never_better_and_the_first_counts():
    cost = np.random.default_rng(1).normal(size=(50, 1)).repeat(2, axis=1)
    found = curves(cost, np.zeros_like(cost), [20000.0])
    assert better(-cost[:, 1], -cost[:, 0]) == better(-cost[:, 0], -cost[:, 1]) == 0.0
    assert found.probability.tolist() == [[1.0, 0.0]]
    assert (found.best.tolist(), found.tied.tolist(), found.information.tolist()) == ([0], [1.0], [0.0])


def test_quarters_of_the_plane():
    cost, effect = (
        np.array([[0, 1], [0, -1], [0, -1], [0, 1], [0, 0]]),
        np.array([[0, 1], [0, 1], [0, -1], [0, -1], [0, 0]]),
    )
    found = plane(cost, effect)
    assert found.shares[:, 1] == pytest.approx(
        [0.2, 0.2, 0.4, 0.2]
    )  # no difference at all is no more and no better
    assert plane(cost, effect, reference=1).cost[:, 0].tolist() == [-1, 1, 1, -1, 0]


def test_stochastic_dominance_of_normals():
    quantiles = stats.norm.ppf((np.arange(999) + 0.5) / 999)
    assert dominates(quantiles + 0.1, quantiles)
    assert not dominates(quantiles, 2 * quantiles)  # same mean, wider: crosses in the middle
    assert dominates(quantiles, 2 * quantiles, order=2)
    assert not dominates(2 * quantiles + 0.1, quantiles, order=2)
    for order in (1, 2):
        assert not dominates(quantiles, quantiles[::-1], order=order)  # the same sum does not beat itself


@pytest.mark.parametrize("tail", [0.05, 0.2, 1.0])
def test_the_worst_share_of_a_normal(tail):
    n = 100_001
    values = 3 + 2 * stats.norm.ppf((np.arange(n) + 0.5) / n)
    found = downside(values, target=1.0, tail=tail)
    z = stats.norm.ppf(tail)
    assert found.missing == pytest.approx(stats.norm.cdf(-1), abs=1e-4)
    assert found.shortfall == pytest.approx(2 * (stats.norm.pdf(1) - stats.norm.sf(1)), abs=1e-3)
    assert found.tail_mean == pytest.approx(3 - 2 * stats.norm.pdf(z) / tail, abs=1e-3)
    if tail < 1:
        assert found.at_risk == pytest.approx(3 + 2 * z, abs=1e-3)


def test_just_the_target_is_no_miss():
    assert downside([5, 5], target=5).missing == 0.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: curves([[1, 2], [math.nan, 3]], [[1, 2], [3, 4]], [1]), "row 1, column 0"),
        (lambda: curves([[1, 2]], [[1, 2, 3]], [1]), "that of cost"),
        (lambda: curves(np.empty((0, 2)), np.empty((0, 2)), [1]), "a row for each draw"),
        (lambda: incremental(["a", "a"], [1, 2], [1, 2]), "2 different names"),
        (lambda: dominates([1], [2], order=3), "want 1 or 2"),
        (lambda: dominates([1, 2], [2]), "as many draws"),
        (lambda: downside([1], 0, tail=0), "want a share"),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(ModelError, match=words):
        call()
