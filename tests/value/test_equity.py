"""Inequality against the reference case, and what must hold for any groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cisim.errors import ModelError
from cisim.value import atkinson_equivalent, atkinson_weights, income_weights, kolm_equivalent

FIFTHS = np.array([62.0, 66.0, 69.0, 72.0, 75.0])
GAINS = np.array([0.30, 0.15, 0.10, 0.05, 0.02])
FORGONE = 0.70 * np.array([0.26, 0.22, 0.22, 0.16, 0.14])


def test_the_reference_case() -> None:
    equivalent = atkinson_equivalent(FIFTHS, 10.95)
    assert equivalent == pytest.approx(67.156476, abs=1e-6)
    assert 1 - equivalent / FIFTHS.mean() == pytest.approx(0.023888, abs=1e-6)
    assert kolm_equivalent(FIFTHS, 0.15) == pytest.approx(67.281579, abs=1e-6)
    want = [8.03955, 4.05429, 2.49186, 1.56362, 1.0]
    assert atkinson_weights(FIFTHS, 10.95) == pytest.approx(want, abs=1e-5)
    assert income_weights([15e3, 25e3, 50e3], 35e3) == pytest.approx(
        [3.0086372, 1.5486970, 0.6289664], abs=1e-7
    )


def test_less_health_in_all_may_be_better_shared() -> None:
    after = FIFTHS + GAINS
    assert after.mean() - FIFTHS.mean() == pytest.approx(0.124, abs=1e-9)
    start = atkinson_equivalent(FIFTHS, 10.95)
    assert atkinson_equivalent(after, 10.95) - start == pytest.approx(0.199808, abs=1e-6)
    net = after - FORGONE
    assert net.mean() - FIFTHS.mean() == pytest.approx(-0.016, abs=1e-9)
    assert atkinson_equivalent(net, 10.95) - start == pytest.approx(0.036603, abs=1e-6)


levels = st.lists(st.floats(1, 100), min_size=1, max_size=6)


@settings(deadline=None)
@given(levels, st.floats(0, 20))
def test_inequality_never_adds(values: list[float], aversion: float) -> None:
    mean = float(np.mean(values))
    for equivalent in (atkinson_equivalent(values, aversion), kolm_equivalent(values, aversion)):
        assert min(values) - 1e-9 <= equivalent <= mean + 1e-9
    assert atkinson_equivalent(values, 0.0) == pytest.approx(mean)
    assert kolm_equivalent(values, 0.0) == pytest.approx(mean)


@settings(deadline=None)
@given(levels, st.floats(0.1, 10), st.floats(0.5, 3))
def test_one_is_relative_and_the_other_absolute(values: list[float], aversion: float, times: float) -> None:
    scaled = [v * times for v in values]
    assert atkinson_equivalent(scaled, aversion) == pytest.approx(
        times * atkinson_equivalent(values, aversion)
    )
    moved = [v + times for v in values]
    assert kolm_equivalent(moved, aversion) == pytest.approx(kolm_equivalent(values, aversion) + times)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ModelError, match="levels"):
        atkinson_equivalent([0.0, 1.0], 2.0)
    with pytest.raises(ModelError, match="shares"):
        atkinson_equivalent([1.0, 2.0], 2.0, [0.5, 0.6])
    with pytest.raises(ModelError, match="incomes"):
        income_weights([0.0], 35_000)
