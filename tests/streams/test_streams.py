"""Draws by address: independent of everything but their own address, uniform, and uncorrelated."""

import numpy as np
from hypothesis import given, strategies as st
from scipy import stats

from cisim.streams import address, uniforms, uniforms_of

names = st.text(min_size=0, max_size=5)


@given(st.lists(names | st.integers(0, 99), max_size=4), st.lists(names | st.integers(0, 99), max_size=4))
def test_addresses_differ_unless_they_are_the_same(one, other):
    assert (address(*one) == address(*other)) == (one == other)


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(0, 5), st.integers(0, 5))
def test_a_number_depends_on_its_own_index_visit_and_band_alone(first, count, visit, band):
    block = uniforms(11, first, count, visit=visit, band=band)
    for i in (0, count - 1):
        assert uniforms(11, first + i, 1, visit=visit, band=band)[0] == block[i]


def test_blocks_of_any_patients_agree_with_single_draws():
    patients = np.array([5, 3, (2 << 32) + 7, 900, (1 << 32)])
    block = uniforms_of(4, patients, visit=2)
    for patient, value in zip(patients, block, strict=True):
        assert uniforms_of(4, np.array([patient]), visit=2)[0] == value


def test_numbers_are_uniform_and_neighbouring_addresses_are_uncorrelated():
    n = 200_000
    base = uniforms(address("a"), 0, n)
    assert stats.kstest(base, "uniform").pvalue > 1e-4
    assert base.min() > 0
    assert base.max() < 1
    others = [
        uniforms(address("b"), 0, n),
        uniforms(address("a"), 0, n, visit=1),
        uniforms(address("a"), 0, n, band=1),
    ]
    for other in [*others, np.roll(base, 1)]:
        assert abs(np.corrcoef(base, other)[0, 1]) < 4.5 / np.sqrt(n)
