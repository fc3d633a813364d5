"""How an effect comes and goes, against quadrature, closed forms and published cases."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import integrate

from cisim.errors import ModelError
from cisim.value import GREEN_BOOK_MONEY, bass, impact, present_value, reach, strength, with_optimism_bias

shares = st.floats(0, 1)
rates = st.one_of(st.just(0.0), st.floats(1e-6, 3))
times = st.one_of(st.just(0.0), st.floats(0.01, 4))


def test_ramp_and_decay_of_the_reference_case() -> None:
    def worth(t: float, rate: float) -> float:
        there = float(strength(t, ramp_up=1.5, keeps=0.4, fades=0.2))
        return 1e5 * there * math.exp(-math.log1p(rate) * t)

    def total(rate: float) -> float:
        return float(integrate.quad(worth, 0, 5, args=(rate,), points=[1.5], epsabs=1e-9)[0])

    assert total(0.035) == pytest.approx(333_808.4410, abs=1e-3)
    closed = 1e5 * (0.75 + 0.4 * 3.5 + 0.6 * (1 - math.exp(-0.7)) / 0.2)
    assert total(0.0) == pytest.approx(closed, abs=1e-6)
    assert closed == pytest.approx(366_024.4089, abs=1e-3)
    years = reach(5, ramp_up=1.5, keeps=0.4, fades=0.2)
    assert 1e5 * years.sum() == pytest.approx(closed, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(ramp=times, keeps=shares, fades=rates, delay=times, first=shares, rest=shares, best=shares)
def test_each_year_is_the_mean_of_what_is_there(
    ramp: float, keeps: float, fades: float, delay: float, first: float, rest: float, best: float
) -> None:
    adoption = (first, first + (1 - first) * rest)
    got = reach(4, adoption=adoption, ramp_up=ramp, fidelity=best, keeps=keeps, fades=fades, delay=delay)[0]

    def there(t: float) -> float:
        waves = ((adoption[0], 0), (adoption[1] - adoption[0], 1))
        return best * sum(
            share * float(strength(t - begun - delay, ramp_up=ramp, keeps=keeps, fades=fades))
            for share, begun in waves
        )

    for year in range(4):
        breaks = sorted({b + x for b in (delay, 1 + delay) for x in (0, ramp)} | {float(year)})
        inside = [year, *[b for b in breaks if year < b < year + 1], year + 1]
        pieces = [integrate.quad(there, a, b, epsabs=1e-11)[0] for a, b in itertools.pairwise(inside)]
        assert got[year] == pytest.approx(sum(pieces), abs=1e-8)
    assert ((got >= 0) & (got <= best + 1e-12)).all()


def test_nothing_said_is_the_whole_effect_from_the_first_day() -> None:
    assert (reach(4) == 1).all()


def test_draws_are_rows() -> None:
    got = reach(2, ramp_up=np.array([0.0, 1.0, 2.0]), adoption=(0.5, np.array([0.5, 0.75, 1.0])))
    alone = [reach(2, ramp_up=r, adoption=(0.5, a))[0] for r, a in ((0.0, 0.5), (1.0, 0.75), (2.0, 1.0))]
    assert got == pytest.approx(np.array(alone), abs=1e-15)


def test_two_in_three_are_kept_after_a_year() -> None:
    # what the design's decay is calibrated to: a third is lost within one year, if nothing is kept for ever
    assert float(strength(1.0, keeps=0.0, fades=0.4)) == pytest.approx(0.67, abs=0.005)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"adoption": (0.5, 0.4)}, "effect.adoption.1"),
        ({"adoption": (1.2,)}, "effect.adoption"),
        ({"keeps": -0.1}, "effect.keeps"),
        ({"ramp_up": -1}, "effect.ramp_up"),
        ({"fades": -1}, "effect.decay.a_year"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, float], told: str) -> None:
    with pytest.raises(ModelError, match=told):
        reach(3, **wrong)  # type: ignore[arg-type]


def test_the_bass_model_solves_its_equation() -> None:
    p, q = 0.03, 0.38
    found = integrate.solve_ivp(
        lambda _, n: (p + q * n) * (1 - n), (0, 10), [0.0], t_eval=[1, 5, 10], rtol=1e-10, atol=1e-12
    )
    assert bass([1, 5, 10], p=p, q=q) == pytest.approx(found.y[0], abs=1e-8)


def test_social_return_with_drop_off() -> None:
    first = float(impact(120_000, deadweight=0.3, displacement=0.1, attribution=0.8))
    assert first == pytest.approx(60_480, abs=1e-6)
    value = present_value(first * 0.8 ** np.arange(5), GREEN_BOOK_MONEY, first=1.0)
    assert value == pytest.approx(186_356.18, abs=0.005)


def test_optimism_bias_is_lowered_by_what_is_done_about_it() -> None:
    assert float(with_optimism_bias(100, uplift=0.41, mitigation=0.5)) == pytest.approx(120.5, abs=1e-9)
    assert float(with_optimism_bias(100, uplift=0.41, mitigation=1)) == 100.0
