"""Two kinds of chance apart: unbiased, intervals that cover, sizes that are enough and cheap, a rule that stops."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cisim.analysis import next_sizes, precise_enough, split
from cisim.analysis.chances import expected_half_width
from cisim.errors import ModelError

CASES = [(3.0, 1.0, 2.0, 40, 10), (1.0, 0.0, 2.0, 30, 5), (2.0, 2.0, 0.5, 60, 6), (0.1, 3.0, 1.0, 60, 8)]


def table(rng, draws, luck, both, shape, mean=5.0):
    a, b = rng.normal(0, draws, (shape[0], 1)), rng.normal(0, luck, (1, shape[1]))
    return mean + a + b + rng.normal(0, both, shape)


@pytest.mark.parametrize(("draws", "luck", "both", "d", "r"), CASES)
def test_components_are_unbiased_and_intervals_cover(draws, luck, both, d, r):
    rng, n = np.random.default_rng(d * r), 600
    found = [split(table(rng, draws, luck, both, (d, r))) for _ in range(n)]
    for truth, name in ((draws**2, "of_draws"), (luck**2, "of_luck"), (both**2, "of_both")):
        values = np.array([getattr(one, name) for one in found])
        estimates, low, high = values.T
        assert abs(estimates.mean() - truth) < 4 * estimates.std() / math.sqrt(n)
        assert 0.93 < ((low <= truth) & (truth <= high)).mean() <= 1
    covered = np.mean([abs(one.mean - 5) <= one.half_width for one in found])
    assert 0.92 < covered < 0.99


def test_unbiased_for_what_is_not_normal():
    rng, n = np.random.default_rng(7), 2000
    found = []
    for _ in range(n):
        y = rng.exponential(2, (30, 1)) + rng.uniform(0, 6, (1, 5)) * rng.choice([0.5, 1.5], (30, 1))
        found.append(split(y))
    # var of the draw effect: 4 + 3^2 / 4; of the luck: 36 / 12; of both: 36 / 12 / 4
    for truth, name in ((6.25, "of_draws"), (3.0, "of_luck"), (0.75, "of_both")):
        estimates = np.array([getattr(one, name).value for one in found])
        assert abs(estimates.mean() - truth) < 4 * estimates.std() / math.sqrt(n)


def test_words_and_shares():
    rng = np.random.default_rng(1)
    only_draws = split(np.repeat(rng.normal(0, 1, (50, 1)), 4, axis=1))
    assert only_draws.unknown == 1
    assert only_draws.told.startswith("100% of the variance is what is not known")
    only_luck = split(np.repeat(rng.normal(0, 1, (1, 4)), 50, axis=0))
    assert only_luck.luck == 1
    mixed = split(table(rng, 1, 0, 1, (400, 10)))
    assert "falls otherwise on each draw" in mixed.told
    assert split(np.full((3, 3), 0.1)).told == "there is no spread"
    assert math.isnan(split(np.full((3, 3), 0.1)).unknown)
    assert mixed.interval("£").half_width == pytest.approx(mixed.half_width)


def test_mean_is_no_better_known_with_more_draws_when_luck_is_shared():
    rng = np.random.default_rng(2)
    few, many = (split(table(rng, 1, 1, 0.1, (d, 5))) for d in (50, 5000))
    assert many.half_width > 0.5 * few.half_width
    assert many.freedom < 10  # the five replications are all that is known of luck


def test_next_sizes_are_enough_and_no_cheaper_table_is():
    rng = np.random.default_rng(3)
    found = split(table(rng, 3, 1, 4, (50, 5)))
    sizes = next_sizes(found, 0.5, cost_draw=5, cost_replication=1)
    assert sizes.reached
    assert sizes.half_width <= 0.5
    assert "more draws" in sizes.told
    for r in range(5, 60, 3):
        for d in range(50, 700, 7):
            cost = 5 * (d - 50) + d * r - 250
            if cost < sizes.cost:
                assert expected_half_width(found, d, r) > 0.5
    wide = split(table(rng, 3, 1, 4, (100, 60)))
    assert next_sizes(wide, 5.0).told.startswith("nothing more is needed")
    assert not next_sizes(found, 0.01, most_draws=100, most_replications=10).reached


def test_dear_draws_get_more_replications():
    rng = np.random.default_rng(4)
    found = split(table(rng, 1, 0.0, 4, (40, 4)))
    cheap = next_sizes(found, 0.3, cost_draw=0, cost_replication=1)
    dear = next_sizes(found, 0.3, cost_draw=500, cost_replication=1)
    assert dear.replications > cheap.replications
    assert dear.draws < cheap.draws


def test_rule_does_not_depend_on_what_happens_to_be_there():
    rng = np.random.default_rng(5)
    y = table(rng, 2, 0.3, 1, (600, 16))
    tables = {"npv": y, "above zero": (y > 5) * 1.0}
    within = {"npv": 0.5, "above zero": 0.08}
    rule = {"first": (40, 4), "at_most": (600, 16)}
    answer = precise_enough(tables, within, **rule)
    assert answer.decided
    assert answer.reached
    assert all(answer.half_widths[name] <= within[name] for name in within)
    here = {name: one[: answer.draws, : answer.replications] for name, one in tables.items()}
    assert precise_enough(here, within, **rule) == answer
    less = {name: one[: answer.draws - 1] for name, one in tables.items()}
    earlier = precise_enough(less, within, **rule)
    assert not earlier.decided
    assert earlier.draws == answer.draws


def test_rule_adds_what_the_error_is_made_of_and_gives_up_at_the_most():
    rng = np.random.default_rng(6)
    lucky = precise_enough(
        {"npv": table(rng, 0.2, 3, 0.1, (200, 64))}, {"npv": 1.0}, first=(50, 4), at_most=(200, 64)
    )
    assert (lucky.draws, lucky.replications > 4) == (50, True)
    unknown = precise_enough(
        {"npv": table(rng, 3, 0.1, 0.1, (200, 64))}, {"npv": 0.5}, first=(50, 4), at_most=(200, 64)
    )
    assert (unknown.draws > 50, unknown.replications) == (True, 4)
    never = precise_enough(
        {"npv": table(rng, 3, 3, 1, (200, 8))}, {"npv": 0.01}, first=(50, 4), at_most=(200, 8)
    )
    assert (never.decided, never.reached) == (True, False)


def test_refuses_what_cannot_be_split():
    with pytest.raises(ModelError, match="two of each"):
        split(np.zeros((1, 5)))
    holed = np.zeros((3, 3))
    holed[1, 2] = math.nan
    with pytest.raises(ModelError, match="on draw 1 in replication 2"):
        split(holed)
    with pytest.raises(ModelError, match="between 0 and 1"):
        split(np.zeros((3, 3)), level=95)
    found = split(np.eye(4))
    with pytest.raises(ModelError, match="want more than 0"):
        next_sizes(found, 0)
    with pytest.raises(ModelError, match="fewer"):
        next_sizes(found, 1, most_draws=2)
    with pytest.raises(ModelError, match="of a table that is there"):
        precise_enough({"npv": np.eye(4)}, {"npw": 1.0}, first=(20, 2), at_most=(40, 4))
    with pytest.raises(ModelError, match="at least 2"):
        precise_enough({"npv": np.eye(4)}, {"npv": 1.0}, first=(20, 2), at_most=(1, 4))
