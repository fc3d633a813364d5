"""Credit by Shapley value, held to its axioms."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cisim.errors import ModelError
from cisim.value.shapley import shapley, subsets

NAMES = "abcdef"


@st.composite
def games(draw, most=5, accounts=1):
    n = draw(st.integers(1, most))
    names = list(NAMES[:n])
    value = st.floats(-100, 100)
    made = [
        {
            s: np.array(draw(st.lists(value, min_size=3, max_size=3))) if s else np.zeros(3)
            for s in subsets(names)
        }
        for _ in range(accounts)
    ]
    return names, made


@given(games())
@settings(max_examples=40, deadline=None)
def test_credit_adds_up_to_what_all_do_together(game):
    names, (worth,) = game
    assert np.allclose(sum(shapley(names, worth).values()), worth[frozenset(names)])


@given(games(), st.floats(-50, 50))
@settings(max_examples=40, deadline=None)
def test_who_adds_only_its_own_gets_its_own_and_who_adds_nothing_gets_nothing(game, own):
    names, (worth,) = game
    null = {**worth, **{s | {"z"}: v for s, v in worth.items()}}
    assert np.allclose(shapley([*names, "z"], null)["z"], 0)
    fixed = {**worth, **{s | {"z"}: v + own for s, v in worth.items()}}
    assert np.allclose(shapley([*names, "z"], fixed)["z"], own)
    for name in names:
        assert np.allclose(shapley([*names, "z"], fixed)[name], shapley(names, worth)[name])


@given(st.lists(st.floats(-100, 100), min_size=7, max_size=7), st.integers(2, 6))
@settings(max_examples=40, deadline=None)
def test_projects_that_do_the_same_share_alike(by_number, n):
    names = list(NAMES[:n])
    found = shapley(names, {s: by_number[len(s)] if s else 0.0 for s in subsets(names)})
    assert np.allclose(list(found.values()), by_number[n] / n)


@given(games(accounts=2))
@settings(max_examples=40, deadline=None)
def test_credit_for_two_accounts_together_is_the_sum_of_the_credits(game):
    names, (one, two) = game
    both = shapley(names, {s: one[s] + two[s] for s in one})
    for name in names:
        assert np.allclose(both[name], shapley(names, one)[name] + shapley(names, two)[name])


def test_against_the_mean_over_every_order():
    from itertools import permutations

    names = list("abcd")
    rng = np.random.default_rng(1)
    worth = {s: float(rng.normal()) if s else 0.0 for s in subsets(names)}
    orders = list(permutations(names))
    for name in names:
        adds = [
            worth[frozenset(o[: o.index(name) + 1])] - worth[frozenset(o[: o.index(name)])] for o in orders
        ]
        assert shapley(names, worth)[name] == pytest.approx(np.mean(adds))


def test_a_glove_market():
    """One left glove and two right ones (Shapley's own kind of example): 4/6, 1/6, 1/6."""
    worth = {s: float("l" in s and len(s) > 1) for s in subsets(["l", "r", "q"])}
    found = shapley(["l", "r", "q"], worth)
    assert [float(found[n]) for n in ("l", "r", "q")] == pytest.approx([4 / 6, 1 / 6, 1 / 6])


def test_half_a_bay_each_closes_one_together():
    beds = {"rounds": 3.0, "lounge": 3.0}
    worth = {s: sum(beds[name] for name in s) // 6 for s in subsets(list(beds))}
    assert [worth[s] for s in subsets(list(beds))] == [0, 0, 0, 1]
    assert {n: float(v) for n, v in shapley(list(beds), worth).items()} == {"rounds": 0.5, "lounge": 0.5}


@pytest.mark.parametrize(
    ("names", "worth", "words"),
    [
        (["a", "a"], {}, "twice"),
        (list("abcdefg"), {}, "got 7 projects"),
        ([], {}, "got 0 projects"),
        (["a", "b"], {frozenset("a"): 1, frozenset("ab"): 1}, "no run of b"),
    ],
)
def test_what_cannot_be_shared_is_refused(names, worth, words):
    with pytest.raises(ModelError, match=words):
        shapley(names, worth)
