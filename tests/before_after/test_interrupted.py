"""What a change did, against dense generalised least squares, published figures, and series of known effect."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from cisim.before_after import bad_spell, before_after, beside, false_dates, interrupted, ratio_of_ratios
from cisim.before_after.interrupted import _RHO, _columns, _Fit
from cisim.errors import ModelError
from cisim.streams import address, uniforms

NILE = [  # annual flow at Aswan, 1871 to 1970, in 10^8 cubic metres: Cobb (1978), Biometrika 65(2), 243-251
    *(1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140),
    *(1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969),
    *(831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759),
    *(781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890),
    *(744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740),
]  # fmt: skip


def like_the_last(n: int, rho: float, *name: str | int) -> np.ndarray:
    """Normal numbers of variance one, each like the one before it by `rho`."""
    z = stats.norm.ppf(uniforms(address("before and after", *name), 0, n))
    out = np.empty(n)
    out[0] = z[0]
    for i in range(1, n):
        out[i] = rho * out[i - 1] + math.sqrt(1 - rho**2) * z[i]
    return out


@pytest.mark.parametrize("gaps", [(), (3, 4, 17)])
def test_each_fit_is_generalised_least_squares_with_a_dense_matrix(gaps: tuple[int, ...]) -> None:
    n, changed = 30, 14
    y = like_the_last(n, 0.4, "dense")
    t = np.delete(np.arange(n, dtype=float), gaps)
    x, _ = _columns(np.arange(n, dtype=float), changed, 12.0, trend=True, slope=True)
    x, y = np.delete(x, gaps, axis=0), np.delete(y, gaps)
    fit = _Fit.of(y, x, t, np.ones(len(y)), 0.9)
    logs = []
    for g, rho in enumerate(_RHO):
        v = rho ** np.abs(t[:, None] - t)
        inside = np.linalg.inv(x.T @ np.linalg.solve(v, x))
        beta = inside @ x.T @ np.linalg.solve(v, y)
        rest = (y - x @ beta) @ np.linalg.solve(v, y - x @ beta)
        assert fit.betas[g] == pytest.approx(beta, abs=1e-8)
        assert fit.roots[g] @ fit.roots[g].T == pytest.approx(inside * rest / fit.freedom, abs=1e-8)
        # the restricted likelihood of Harville (1977)
        ld = np.linalg.slogdet(v)[1] - np.linalg.slogdet(inside)[1]
        logs.append(-0.5 * ld - fit.freedom / 2 * math.log(rest))
    weights = np.exp(np.array(logs) - max(logs))
    assert fit.weights == pytest.approx(weights / weights.sum(), abs=1e-9)


def test_the_nile_falls_by_what_was_published() -> None:
    found = interrupted(NILE, 28, trend=False)
    assert found.plain == pytest.approx(849.97 - 1097.75, abs=0.01)  # Cobb's two means
    assert found.effect.low < -247.78 < found.effect.high
    assert found.told_from_none
    # at no earlier date is so large a fall found
    nothing = false_dates(NILE, 28, found.effect.value, trend=False)
    assert nothing is not None
    assert nothing.as_large == 0


def test_falls_beside_other_wards() -> None:
    """-25.9% against -2.5%: a published evaluation of falls, told as a difference in differences."""
    found = ratio_of_ratios((1000, 741), (1000, 975))
    assert found.value == pytest.approx(0.741 / 0.975)
    assert found.low == pytest.approx(
        0.76 * math.exp(-1.959964 * math.sqrt(2 / 1000 + 1 / 741 + 1 / 975)), rel=1e-6
    )


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.floats(-50, 50),
    st.floats(0.1, 20),
    st.sampled_from([{}, {"trend": False}, {"slope": True}]),
)
def test_moving_or_stretching_a_series_moves_the_effect_with_it(
    number: int, level: float, size: float, asked: dict[str, bool]
) -> None:
    y = like_the_last(40, 0.3, "moved", number)
    one = interrupted(y, 22, **asked)
    two = interrupted(level + size * y, 22, **asked)
    for a, b in ((one.effect, two.effect), (one.at_once, two.at_once)):
        assert (b.value, b.low, b.high) == pytest.approx(
            (size * a.value, size * a.low, size * a.high), rel=1e-6, abs=1e-7
        )
    assert sum(two.parts.values()) == pytest.approx(two.plain, abs=1e-9 * max(1, abs(level)))


def test_read_backwards_a_fall_is_a_rise() -> None:
    y = like_the_last(44, 0.5, "backwards")
    there, back = interrupted(y, 20, trend=False), interrupted(y[::-1], 24, trend=False)
    assert (back.effect.value, back.effect.low, back.effect.high) == pytest.approx(
        (-there.effect.value, -there.effect.high, -there.effect.low), abs=1e-8
    )


def test_by_a_factor_the_parts_multiply() -> None:
    y = np.exp(0.1 * like_the_last(60, 0.3, "factor") - 0.2 * (np.arange(60) >= 30))
    found = interrupted(y, 30, ratio=True, season=26)
    assert math.prod(found.parts.values()) == pytest.approx(found.plain)
    assert found.plain == pytest.approx(stats.gmean(y[30:]) / stats.gmean(y[:30]))


def test_a_trend_alone_is_no_effect_and_is_shown() -> None:
    y = 10 - 0.05 * np.arange(80) + 0.05 * like_the_last(80, 0.2, "trend")
    found = interrupted(y, 40)
    assert not found.told_from_none
    assert found.parts["trend"] == pytest.approx(found.plain, rel=0.1)  # all of the fall
    assert found.plain < -1.9
    assert interrupted(y, 40, trend=False).told_from_none  # taken without the trend, it looks like one


def test_a_season_alone_is_no_effect() -> None:
    t = np.arange(120)
    y = 10 + np.sin(2 * np.pi * t / 52) + 0.1 * like_the_last(120, 0.2, "season")
    found = interrupted(y, 104, season=52, trend=False)  # two whole years before, and a rising quarter after
    assert found.plain > 0.5
    assert found.parts["season"] == pytest.approx(found.plain, abs=0.1)
    assert abs(found.effect.value) < 0.1


@pytest.mark.parametrize(("rho", "season"), [(0.0, 0), (0.4, 0), (0.4, 26)])
def test_nine_intervals_of_ten_hold_the_effect(rho: float, season: float) -> None:
    sets, held = 120, 0
    t = np.arange(70)
    for number in range(sets):
        y = (
            like_the_last(70, rho, "held", number)
            + 0.01 * t
            - 1.5 * (t >= 40)
            + np.cos(t / 26 * 2 * np.pi) * bool(season)
        )
        found = interrupted(y, 40, season=season, level=0.9)
        held += found.effect.low <= -1.5 <= found.effect.high
    assert stats.binom.cdf(held, sets, 0.9) > 5e-4
    assert stats.binom.sf(held - 1, sets, 0.9) > 5e-4


def test_what_was_bad_by_luck_gets_better_by_itself() -> None:
    """Changed whenever eight weeks were bad, and nothing done: the bad weeks alone 'show' a fall."""
    by_spell, by_effect = [], []
    for number in range(60):
        y = like_the_last(160, 0.5, "selected", number)
        means = np.convolve(y, np.ones(8) / 8, mode="valid")  # means[i] ends at i + 7
        bad = next((i + 8 for i in range(52, 110) if means[i] > 0.6), None)
        if bad is None:
            continue
        spell = bad_spell(y[: bad + 40], bad, periods=8, trend=False)
        assert spell is not None
        by_spell.append(spell.against_spell)
        by_effect.append(spell.without.effect.value)
    assert len(by_spell) > 30
    se = np.std(by_effect, ddof=1) / math.sqrt(len(by_effect))
    assert np.mean(by_spell) < -0.5
    assert abs(np.mean(by_effect)) < 4 * se + 0.1
    assert np.mean(by_spell) < np.mean(by_effect) - 0.4


def test_a_shared_trend_falls_out_beside_another_ward() -> None:
    t = np.arange(60)
    shared = 20 * np.exp(-0.01 * t + 0.2 * np.sin(t / 5))
    ours = shared * np.exp(-0.3 * (t >= 30) + 0.03 * like_the_last(60, 0.2, "ours"))
    theirs = 0.7 * shared * np.exp(0.03 * like_the_last(60, 0.2, "theirs"))
    found = beside(ours, theirs, 30, ratio=True)
    assert found.effect.effect.low < math.exp(-0.3) < found.effect.effect.high
    assert not found.moved_apart
    assert beside(ours * np.exp(-0.02 * t), theirs, 30, ratio=True).moved_apart


@pytest.mark.parametrize(
    ("values", "changed", "more", "told"),
    [
        (np.arange(14.0), 7, {}, "7 known periods before"),
        (np.ones(30), 15, {}, "same value"),
        (np.arange(30.0), 15, {"season": 20}, "two whole seasons"),
        (np.arange(30.0), 15, {"ratio": True}, "above 0"),
        (np.arange(30.0), 15, {"level": 1.5}, "share between"),
        ([*np.arange(29.0), np.inf], 15, {}, "no list of numbers"),
        ([np.nan] * 10 + list(np.arange(20.0)), 15, {}, "5 known periods before"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    values: list[float], changed: int, more: dict[str, float], told: str
) -> None:
    with pytest.raises(ModelError, match=told):
        interrupted(values, changed, **more)


def test_before_after_is_the_front(ward_series) -> None:
    series, other = ward_series
    day = series.starts[70]
    alone, with_other = before_after(series, day), before_after(series, day, other=other)
    assert alone.best is alone.effect
    assert with_other.best is with_other.against.effect
    assert any("no comparison ward" in c for c in alone.cautions)
    assert not any("no comparison ward" in c for c in with_other.cautions)
    assert with_other.best.effect.low < 0.85 < with_other.best.effect.high
    left = before_after(series, day, settling=6)
    assert left.settled == 6
    assert np.isfinite(left.effect.effect.value)


def test_small_periods_count_for_less() -> None:
    """Weeks of 5 to 200 patients: by patients, intervals hold as often and are much narrower."""
    rng = np.random.default_rng(8)
    held, widths = [0, 0], [[], []]
    for _ in range(60):
        sizes = np.exp(rng.uniform(np.log(5), np.log(200), 60))
        y = 6.0 - 0.5 * (np.arange(60) >= 30) + rng.standard_normal(60) * 4 / np.sqrt(sizes)
        for i, said in enumerate((None, sizes)):
            effect = interrupted(y, 30, trend=False, sizes=said, level=0.9).effect
            held[i] += effect.low <= -0.5 <= effect.high
            widths[i].append(effect.high - effect.low)
    assert 47 <= held[1] <= 59  # 99% of a binomial of 60 at 90%
    assert np.median(widths[1]) < 0.7 * np.median(widths[0])


def test_sizes_all_alike_change_nothing_and_the_plain_comparison_is_of_patients() -> None:
    y = like_the_last(40, 0.3, "sizes") + 9
    alike = interrupted(y, 20, sizes=np.full(40, 30.0))
    assert alike.effect == interrupted(y, 20).effect
    sizes = np.arange(1.0, 41)
    plain = np.average(y[20:], weights=sizes[20:]) - np.average(y[:20], weights=sizes[:20])
    found = interrupted(y, 20, sizes=sizes)
    assert found.plain == pytest.approx(plain)
    assert sum(found.parts.values()) == pytest.approx(plain)
    with pytest.raises(ModelError, match="sizes"):
        interrupted(y, 20, sizes=sizes - 1)
