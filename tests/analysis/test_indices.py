"""Morris, Sobol and PAWN against their closed forms, the intervals against repeated seeds, and SALib's traps."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from cisim.analysis import Design, morris, morris_design, pawn, sample, sobol, sobol_design
from cisim.analysis.intervals import student
from cisim.distributions import Constant, Lognormal, Normal, Uniform
from cisim.errors import ModelError

ISHIGAMI = {name: Uniform(-math.pi, math.pi) for name in "abc"}
FIRST = {"a": 0.3139051911, "b": 0.4424111448, "c": 0.0}
TOTAL = {"a": 0.5575888552, "b": 0.4424111448, "c": 0.2436836641}
PAIRS = {("a", "b"): 0.0, ("a", "c"): 0.2436836641, ("b", "c"): 0.0}


def ishigami(x):
    return np.sin(x["a"]) + 7 * np.sin(x["b"]) ** 2 + 0.1 * x["c"] ** 4 * np.sin(x["a"])


def within(estimates, truth, widths, known=0.03):
    """Hold every estimate to the truth within so many standard errors, which are small enough to mean something."""
    for name, want in truth.items():
        got = estimates[name]
        error = got.half_width / student(got.n, got.level)
        assert abs(got.value - want) <= widths * error + 1e-9, f"{name}: {got}, want {want}"
        assert error < known, f"{name} is not known well enough to be a test: {got}"


# -- Sobol --------------------------------------------------------------------------------------------


def test_sobol_of_ishigami():
    design = sobol_design(ISHIGAMI, 2048, seed=3)
    assert design.rows == 2048 * 8
    told = sobol(design, ishigami(design.values))
    within(told.first, FIRST, 4)
    within(told.total, TOTAL, 4)
    within(told.second, PAIRS, 4)
    assert told.variance == pytest.approx(13.8445879407, rel=0.02)
    assert math.isnan(told.noise)
    assert told.told()[0].startswith("a: 3")
    assert told.told()[-1] == "one replication a row: how much of this is luck cannot be told"


G_CASES = [
    (
        (0, 1, 4.5, 9, 99, 99, 99, 99),
        (0.71619217, 0.17904804, 0.02367577, 0.00716192, *[0.00007162] * 4),
        (0.78714413, 0.24219819, 0.03431691, 0.01046039, *[0.00010495] * 4),
        0.4654244319,
    ),
    (
        (78, 12, 0.5, 2, 97, 33),
        (0.00027607, 0.01019480, 0.76574307, 0.19143577, 0.00017940, 0.00149042),
        (0.00032946, 0.01214324, 0.79596977, 0.22031306, 0.00021410, 0.00177825),
        0.1934697868,
    ),
]


@pytest.mark.parametrize(("a", "first", "total", "variance"), G_CASES)
def test_sobol_of_the_g_function(a, first, total, variance):
    names = [f"x{i}" for i in range(len(a))]
    design = sobol_design({n: Uniform(0, 1) for n in names}, 1024, second_order=False)
    assert design.rows == 1024 * (len(a) + 2)
    answers = np.prod(
        [(abs(4 * design.values[n] - 2) + k) / (1 + k) for n, k in zip(names, a, strict=True)], axis=0
    )
    told = sobol(design, answers)
    within(told.first, dict(zip(names, first, strict=True)), 4, known=0.05)
    within(told.total, dict(zip(names, total, strict=True)), 4, known=0.05)
    assert told.variance == pytest.approx(variance, rel=0.05)
    assert told.second == {}


@pytest.mark.parametrize(
    "inputs",
    [
        {"x": Normal(10, 2), "y": Normal(5, 1)},
        {"x": Lognormal(10, 2), "y": Uniform(5 - math.sqrt(3), 5 + math.sqrt(3))},
    ],
    ids=["normal", "lognormal and uniform"],
)
def test_a_product_has_the_same_shares_whatever_the_families(inputs):
    design = sobol_design(inputs, 1024)
    told = sobol(design, design.values["x"] * design.values["y"])
    assert told.variance == pytest.approx(204, rel=0.03)
    within(told.first, dict.fromkeys(inputs, 0.4901960784), 4)
    within(told.second, {("x", "y"): 0.0196078431}, 4)


def test_the_intervals_of_sobol_cover_as_often_as_they_say():
    product = {"x": Normal(10, 2), "y": Normal(5, 1)}
    hits = []
    for seed in range(40):
        design = sobol_design(ISHIGAMI, 128, seed=seed)
        told = sobol(design, ishigami(design.values))
        for got, want in ((told.first, FIRST), (told.total, TOTAL), (told.second, PAIRS)):
            hits += [got[k].low - 1e-12 <= v <= got[k].high + 1e-12 for k, v in want.items()]
        design = sobol_design(product, 128, seed=seed)
        told = sobol(design, design.values["x"] * design.values["y"])
        hits += [e.low <= 100 / 204 <= e.high for e in told.first.values()]
        hits += [e.low <= 104 / 204 <= e.high for e in told.total.values()]
        hits += [e.low <= 4 / 204 <= e.high for e in told.second.values()]
    assert len(hits) == 40 * 14
    assert 0.90 <= np.mean(hits) <= 0.98


G_OF_THREE = (0, 1, 9)


def g_function(x):
    return np.prod(
        [(abs(4 * x[n] - 2) + k) / (1 + k) for n, k in zip("abc", G_OF_THREE, strict=True)], axis=0
    )


def shares_of_g():
    """Return the closed form of first, total and second-order indices of the G function (Sobol 1998)."""
    parts = {n: 1 / (3 * (1 + k) ** 2) for n, k in zip("abc", G_OF_THREE, strict=True)}
    whole = math.prod(1 + v for v in parts.values()) - 1
    first = {n: v / whole for n, v in parts.items()}
    total = {n: v * (1 + whole) / (1 + v) / whole for n, v in parts.items()}
    pairs = {(i, j): parts[i] * parts[j] / whole for i, j in itertools.combinations("abc", 2)}
    return first, total, pairs


def test_the_intervals_of_sobol_cover_on_the_g_function_too():
    inputs, hits = {n: Uniform(0, 1) for n in "abc"}, []
    for seed in range(40):
        design = sobol_design(inputs, 128, seed=seed)
        told = sobol(design, g_function(design.values))
        for got, want in zip((told.first, told.total, told.second), shares_of_g(), strict=True):
            hits += [got[k].low <= v <= got[k].high for k, v in want.items()]
    assert len(hits) == 40 * 9
    assert 0.90 <= np.mean(hits) <= 0.98


def test_inputs_that_hang_together_have_one_share_and_it_is_that_of_normals():
    """y = a + 2 b + c + b c: what is normal and correlated adds up with its covariance; c acts through b as well."""
    rank = 0.6
    plain = 2 * math.sin(math.pi * rank / 6)  # the correlation of the normals behind a rank correlation
    inputs = {name: Normal(0, 1) for name in "abc"}
    design = sobol_design(inputs, 4096, correlations={("a", "b"): rank})
    assert design.names == ("a and b", "c")
    assert design.rows == 4096 * (2 * 2 + 2)
    x = design.values
    base = {name: column.reshape(16, -1, 6)[:, :, 0].ravel() for name, column in x.items()}
    assert stats.spearmanr(base["a"], base["b"])[0] == pytest.approx(rank, abs=0.02)
    assert abs(stats.spearmanr(base["a"], base["c"])[0]) < 0.02
    told = sobol(design, x["a"] + 2 * x["b"] + x["c"] + x["b"] * x["c"])
    together = 1 + 4 + 4 * plain
    whole = together + 1 + 1
    for got, want in (
        (told.first["a and b"], together / whole),
        (told.total["a and b"], (together + 1) / whole),
        (told.first["c"], 1 / whole),
        (told.total["c"], 2 / whole),
        (told.second["a and b", "c"], 1 / whole),
    ):
        assert got.low - got.half_width < want < got.high + got.half_width
        assert got.half_width < 0.1
    with pytest.raises(ModelError, match="all hang together"):
        sobol_design({name: Normal(0, 1) for name in "ab"}, 128, correlations={("a", "b"): rank})


def test_an_input_that_does_nothing_stands_for_the_one_it_goes_with():
    inputs = {"a": Uniform(0, 1), "b": Uniform(0, 1), "c": Uniform(0, 1)}
    apart, together = (sample(inputs, 2000, correlations=r) for r in ({}, {("a", "b"): 0.8}))
    assert pawn(apart, apart["a"]).mean["b"].value < 1.5 * pawn(apart, apart["a"]).floor
    found = pawn(together, together["a"])
    assert found.mean["b"].low > 3 * found.floor
    assert found.mean["c"].value < 1.5 * found.floor


def test_a_negative_share_is_shown_and_explained():
    for seed in range(20):
        design = sobol_design(ISHIGAMI, 128, seed=seed)
        told = sobol(design, ishigami(design.values))
        if told.first["c"].value < 0:
            break
    else:
        pytest.fail("twenty estimates of a share of zero, and none below it: they are clipped")
    assert told.first["c"].high > told.first["c"].value
    assert any("below 0% is noise" in line for line in told.told())


def test_luck_is_told_and_lifts_the_total_of_an_input_that_does_nothing():
    inputs = {"x": Normal(0, 1), "nothing": Normal(0, 1)}
    design = sobol_design(inputs, 512, second_order=False)
    rng = np.random.default_rng(5)
    luck = rng.normal(0, math.sqrt(2), (design.rows, 4))  # variance of a mean of four: 2 / 4, beside 1 of x
    shared = rng.normal(0, 30, 4)  # a good or bad year, the same for every row: it moves nothing
    told = sobol(design, design.values["x"][:, None] + luck + shared)
    assert told.noise == pytest.approx(1 / 3, abs=0.03)
    assert told.total["nothing"].value == pytest.approx(1 / 3, abs=0.06)
    assert told.first["x"].value == pytest.approx(2 / 3, abs=0.12)
    assert told.told()[-1] == f"luck left in the answers: {told.noise:.0%} of their variance"
    quiet = sobol(design, design.values["x"][:, None] + shared)
    assert quiet.noise == pytest.approx(0, abs=1e-9)
    assert quiet.total["nothing"].value == pytest.approx(0, abs=1e-9)


def test_order_is_the_samplers_and_matters():
    design = sobol_design(ISHIGAMI, 256)
    answers = ishigami(design.values)
    mixed = np.random.default_rng(1).permutation(answers)
    assert sobol(design, mixed).first["b"].value < 0.25 < sobol(design, answers).first["b"].value


# -- Morris -------------------------------------------------------------------------------------------


def every_trajectory():
    """All the trajectories of three inputs at four levels: every start, order and direction."""
    rows = []
    for start in itertools.product((0, 1 / 3), repeat=3):
        for order in itertools.permutations(range(3)):
            for up in itertools.product((False, True), repeat=3):
                point = [s if u else s + 2 / 3 for s, u in zip(start, up, strict=True)]
                rows.append(tuple(point))
                for j in order:
                    point[j] += 2 / 3 if up[j] else -2 / 3
                    rows.append(tuple(point))
    return np.array(rows)


def test_morris_of_ishigami_over_every_trajectory():
    unit = every_trajectory()
    values = {name: math.pi * (2 * unit[:, j] - 1) for j, name in enumerate("abc")}
    told = morris(Design("morris", unit, values, len(unit) // 4, levels=4), ishigami(values))
    r = len(unit) // 4
    assert [told.mu_star[n].value for n in "abc"] == pytest.approx([7.704054, 7.875, 6.248796], abs=1e-6)
    assert [told.mu[n].value for n in "abc"] == pytest.approx([7.704054, 0, 0], abs=1e-6)
    population = [told.sigma[n] * math.sqrt((r - 1) / r) for n in "abc"]
    assert population == pytest.approx([6.248796, 7.875, 8.837132], abs=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_one_effect_of_ishigami_is_the_same_along_any_trajectory(seed):
    design = morris_design(ISHIGAMI, 6, tail=0, seed=seed)
    told = morris(design, ishigami(design.values))
    assert told.mu_star["b"].value == pytest.approx(7.875, abs=1e-9)
    assert told.mu_star["b"].half_width == pytest.approx(0, abs=1e-6)


def test_a_straight_line_has_the_same_effect_everywhere():
    design = morris_design({"a": Uniform(0, 10), "b": Uniform(-1, 1)}, 5, tail=0)
    told = morris(design, 3 * design.values["a"] - 4 * design.values["b"])
    assert told.mu["a"].value == pytest.approx(30)
    assert told.mu["b"].value == pytest.approx(-8)
    assert told.mu_star["b"].value == pytest.approx(8)
    assert list(told.sigma.values()) == pytest.approx([0, 0], abs=1e-9)
    assert told.told().startswith("what moves the answer most, first to last: a, b")


def test_the_intervals_of_morris_cover_as_often_as_they_say():
    hits = []
    for seed in range(150):
        design = morris_design(ISHIGAMI, 20, tail=0, seed=seed)
        told = morris(design, ishigami(design.values))
        wants = {"a": (7.704054, 7.704054), "b": (7.875, 0), "c": (6.248796, 0)}
        for name, (size, mean) in wants.items():
            if name != "b":  # its size never varies
                hits.append(told.mu_star[name].low <= size <= told.mu_star[name].high)
            hits.append(told.mu[name].low <= mean <= told.mu[name].high)
    assert 0.90 <= np.mean(hits) <= 0.98


def test_the_intervals_of_morris_cover_on_the_g_function_too():
    unit = every_trajectory()
    values = {n: unit[:, j] for j, n in enumerate("abc")}
    truth = morris(Design("morris", unit, values, len(unit) // 4, levels=4), g_function(values))
    inputs, hits, known = {n: Uniform(0, 1) for n in "abc"}, [], 0
    for seed in range(150):
        design = morris_design(inputs, 20, tail=0, seed=seed)
        told = morris(design, g_function(design.values))
        for name in "abc":
            for got, want in ((told.mu_star, truth.mu_star), (told.mu, truth.mu)):
                if truth.sigma[name] > 0 and got[name].half_width > 1e-9:
                    hits.append(got[name].low <= want[name].value <= got[name].high)
                else:
                    known += 1
                    assert got[name].value == pytest.approx(want[name].value, abs=1e-9)
    assert len(hits) > 4 * known
    assert 0.90 <= np.mean(hits) <= 0.98


def test_luck_gives_an_idle_input_a_size_and_the_floor_says_which():
    design = morris_design({"x": Uniform(0, 1), "nothing": Uniform(0, 1)}, 200, tail=0)
    luck = np.random.default_rng(2).normal(0, 1, (design.rows, 2))
    told = morris(design, 20 * design.values["x"][:, None] + luck)
    assert told.noise == pytest.approx(0.5, rel=0.2)
    assert told.mu_star["nothing"].value == pytest.approx(told.floor, rel=0.2)
    assert told.told().endswith("not to be told from luck: nothing")
    assert "x" not in told.told().split(";")[1]


def test_morris_stays_within_the_tails_of_a_number_without_ends():
    design = morris_design({"x": Normal(0, 1)}, 10, tail=0.005)
    assert float(abs(design.values["x"]).max()) == pytest.approx(2.5758293)
    with pytest.raises(ModelError, match="x: got infinite values, want a tail above 0"):
        morris_design({"x": Normal(0, 1)}, 10, tail=0)


# -- PAWN ---------------------------------------------------------------------------------------------


def two_inputs(n, seed):
    rng = np.random.default_rng(seed)
    return {"x": rng.random(n), "nothing": rng.random(n)}


def test_pawn_of_one_input_that_is_all():
    values = two_inputs(20_000, 1)
    told = pawn(values, values["x"])
    # slice j of ten is uniform on (j/10, (j+1)/10): its distance is max(j/10, 1 - (j+1)/10)
    assert told.mean["x"].value == pytest.approx(0.7, abs=0.005)
    assert told.median["x"] == pytest.approx(0.7, abs=0.01)
    assert told.least["x"] == pytest.approx(0.5, abs=0.01)
    assert told.most["x"] == pytest.approx(0.9, abs=0.005)
    assert told.mean["nothing"].value == pytest.approx(0.021, abs=0.008)  # not zero: the trap
    assert told.floor == pytest.approx(0.024, abs=0.006)
    assert told.told().startswith("moves the answer: x")


def test_the_floor_stands_above_19_of_20_idle_inputs_and_falls_with_the_rows():
    rng = np.random.default_rng(4)
    names, above = [f"idle {i}" for i in range(50)], 0
    for _ in range(4):
        told = pawn({n: rng.random(400) for n in names}, rng.random(400))
        above += sum(told.mean[n].value > told.floor for n in names)
        assert told.told().startswith("no input") == all(told.mean[n].value <= told.floor for n in names)
    assert (
        0 < above <= 25
    )  # of 200 with a chance of about 1 in 20, the floor itself being found from 100 dummies
    assert pawn(two_inputs(1600, 2), rng.random(1600)).floor == pytest.approx(told.floor / 2, rel=0.2)


def test_the_standard_error_of_pawn_is_that_of_repeated_samples():
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = rng.random(1000)
        found.append(pawn({"x": x}, x + 0.5 * rng.random(1000), dummies=1).mean["x"])
    spread = np.std([e.value for e in found], ddof=1)
    told = np.mean([e.half_width for e in found]) / student(10, 0.95)
    assert 0.7 < told / spread < 1.4  # sixty samples know a standard deviation to 9%


def test_pawn_is_that_of_salib_where_nothing_ties():
    from SALib.analyze import pawn as theirs

    rng = np.random.default_rng(8)
    x = rng.random((1001, 2))  # places 0 to 1000, which SALib cuts into tens and leaves out the last
    y = x[:, 0] ** 2 + x[:, 1] * rng.random(1001)
    got = pawn({"a": x[:, 0], "b": x[:, 1]}, y)
    with np.errstate(all="ignore"):
        want = theirs.analyze({"num_vars": 2, "names": ["a", "b"], "bounds": [[0, 1]] * 2}, x, y, S=10)
    assert [e.value for e in got.mean.values()] == pytest.approx(want["mean"], abs=0.003)
    assert list(got.most.values()) == pytest.approx(want["maximum"], abs=0.012)
    assert list(got.median.values()) == pytest.approx(want["median"], abs=0.012)
    assert list(got.least.values()) == pytest.approx(want["minimum"], abs=0.012)


def test_whole_numbers_with_many_ties_lose_nobody():
    rng = np.random.default_rng(6)
    beds = rng.integers(0, 2, 2000).astype(float)  # half the rows have the highest value
    told = pawn({"beds": beds}, beds)
    assert told.most["beds"] == pytest.approx(0.5, abs=0.05)
    assert told.mean["beds"].value == pytest.approx(0.5, abs=0.06)


# -- what all of them hold to -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make", [lambda s: sobol_design(ISHIGAMI, 128, seed=s), lambda s: morris_design(ISHIGAMI, seed=s)]
)
def test_a_seed_of_zero_is_a_seed(make):
    assert (make(0).unit == make(0).unit).all()
    assert (make(0).unit != make(1).unit).any()


def test_nothing_touches_the_generator_that_everybody_shares():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - it is what is looked at
    design = sobol_design(ISHIGAMI, 128, seed=0)
    sobol(design, ishigami(design.values))
    screen = morris_design(ISHIGAMI, seed=0)
    morris(screen, ishigami(screen.values))
    pawn(design.values, ishigami(design.values), seed=0)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def with_hole(n):
    y = np.arange(float(n))
    y[5] = math.nan
    return y


SOBOL = sobol_design(ISHIGAMI, 128)
MORRIS = morris_design(ISHIGAMI)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sobol(SOBOL, with_hole(SOBOL.rows)), r"answers: got nan in row 5 .*inputs are a = .*, b = "),
        (lambda: morris(MORRIS, with_hole(MORRIS.rows)), "answers: got nan in row 5"),
        (lambda: pawn(SOBOL.values, with_hole(SOBOL.rows)), "answers: got nan in row 5"),
        (lambda: pawn({"x": with_hole(500)}, np.arange(500.0)), "x: got nan in row 5"),
        (lambda: sobol(SOBOL, np.full((SOBOL.rows, 2), math.inf)), "in row 0, replication 0 .*and 2047 more"),
        (lambda: sobol(SOBOL, [1.0, 2.0]), r"answers: got an array of shape \(2,\), want 1024 rows"),
        (lambda: sobol(SOBOL, np.ones(SOBOL.rows)), "the same answer in every row"),
        (lambda: sobol(MORRIS, np.ones(MORRIS.rows)), "got a design of morris, want one of sobol"),
        (lambda: morris(SOBOL, np.ones(SOBOL.rows)), "got a design of sobol, want one of morris"),
        (lambda: sobol_design(ISHIGAMI, 200), "n: got 200, want a power of two"),
        (lambda: sobol_design(ISHIGAMI, 64), "n: got 64, want a power of two of at least 128"),
        (lambda: sobol_design(ISHIGAMI, 64, scramblings=3), "scramblings: got 3"),
        (lambda: sobol_design({}, 128), "got no inputs"),
        (lambda: sobol_design({"x": Constant(1)}, 128), "x: got a number that does not vary"),
        (lambda: morris_design(ISHIGAMI, 3), "trajectories: got 3"),
        (lambda: morris_design(ISHIGAMI, levels=5), "levels: got 5"),
        (lambda: morris_design(ISHIGAMI, tail=0.5), "tail: got 0.5"),
        (lambda: pawn({}, [1.0]), "values: got no inputs"),
        (lambda: pawn({"x": np.arange(100.0)}, np.arange(100.0)), "slices: got 10 for 100 rows"),
        (lambda: pawn({"x": np.arange(500.0)}, np.arange(500.0), dummies=0), "dummies: got 0"),
        (lambda: sobol(SOBOL, np.ones(SOBOL.rows), level=95), "level: got 95"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(call, words):
    with pytest.raises(ModelError, match=words):
        call()
