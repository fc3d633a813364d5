"""Interpolation over shares and years."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from cisim.errors import ModelError
from cisim.value import between, simulated_years

Floats = NDArray[np.float64]

SHARES, YEARS = (0.0, 0.5, 1.0), (1, 4)


def _runs(of: Callable[[float, int, int], float]) -> dict[tuple[float, int], Floats]:
    return {(s, y): np.array([of(s, y, r) for r in range(3)]) for s in SHARES for y in YEARS}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=6, max_size=6), st.integers(0, 2))
def test_what_is_linear_in_both_is_met_exactly(shares: list[float], replication: int) -> None:
    def plane(share: float, year: int, r: int) -> float:
        return 3 + 2 * share - year + 5 * share * year + r

    reach = np.array([shares])
    got = between(_runs(plane), reach, np.array([replication]))
    # beyond the last simulated year, the last holds
    want = [plane(s, min(y, 4), replication) for s, y in zip(shares, range(1, 7), strict=True)]
    assert got[0] == pytest.approx(want, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_an_identity_at_the_points_holds_between_them(seed: int) -> None:
    draw = np.random.default_rng(seed)
    parts = [_runs(lambda *_: draw.normal()) for _ in range(3)]
    whole = {point: parts[0][point] + parts[1][point] + parts[2][point] for point in parts[0]}
    reach, of = draw.uniform(size=(20, 5)), draw.integers(0, 3, 20)
    total = np.sum([between(p, reach, of) for p in parts], axis=0)
    assert between(whole, reach, of) == pytest.approx(total, abs=1e-12)


def test_points_that_were_simulated_are_met() -> None:
    runs = _runs(lambda s, y, r: s**2 * y**3 + r)
    got = between(runs, np.array([[0.5, 0.0, 0.0, 1.0]]), np.array([2]))
    assert got[0, 0] == pytest.approx(0.25 + 2)
    assert got[0, 3] == pytest.approx(64 + 2)


def test_one_point_is_every_year_alike() -> None:
    assert (
        between({(1.0, 1): np.array([7.0])}, np.full((2, 3), 0.4), np.zeros(2, int)).tolist()
        == [[7.0] * 3] * 2
    )


def test_a_missing_run_is_named() -> None:
    runs = _runs(lambda *_: 0.0)
    del runs[0.5, 4]
    with pytest.raises(ModelError, match="no run at 50% in year 4"):
        between(runs, np.ones((1, 4)), np.zeros(1, int))


def test_every_year_says_how_it_came_about() -> None:
    runs = _runs(lambda *_: 0.0)
    assert simulated_years(runs, 5) == [
        "simulated",
        "interpolated",
        "interpolated",
        "simulated",
        "as in year 4",
    ]
    assert simulated_years({(1.0, 1): np.zeros(1)}, 2) == ["simulated", "simulated"]
