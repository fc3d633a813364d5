"""What the answer rests on, all inputs moving at once: Morris effects, Sobol indices, PAWN.

A design says which rows of inputs to run, in the sampler's own order; the analysis reads the answers in that order.
Nothing here runs a model. SALib makes the rows and estimates Morris and Sobol; the intervals are cisim's own, because
SALib's bootstrap takes its points for independent, which those of a Sobol sequence are not.

==================  ====================================================================================
`morris`            screening, for (inputs + 1) rows a trajectory: how far the answer moves, and how evenly
`sobol`             shares of variance: of an input alone, of pairs, and with all that it takes part in
`pawn`              how much knowing an input moves the whole distribution, from any sample, beside the
                    same for dummies that do nothing
==================  ====================================================================================

Shares of variance need independent inputs: where some are correlated, `sobol` takes those that hang together as one.
`pawn` takes any sample, correlated or not; `morris` moves inputs apart, as correlated ones do not. Answers may be
noisy: with several replications a row, the same ones for every row (common random numbers), the means are analysed
and the share of noise left in them is told.

References
----------
Iwanaga, Usher, Herman (2022). Toward SALib 2.0. Socio-Environmental Systems Modelling 4, 18155.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cisim.analysis.intervals import Estimate, student
from cisim.errors import ModelError
from cisim.fitting import correlated
from cisim.streams import address, uniforms

if TYPE_CHECKING:
    from cisim.distributions import Distribution

__all__ = [
    "Design",
    "Effects",
    "Influence",
    "Shares",
    "morris",
    "morris_design",
    "pawn",
    "sobol",
    "sobol_design",
]

Floats = NDArray[np.float64]
LEAST_TRAJECTORIES = 4
LEAST_POINTS = 8  # of one scrambling
EDGE = 2.0**-53


@dataclass(frozen=True, slots=True)
class Design:
    """Rows of inputs to run, in an order that the analysis needs.

    Attributes
    ----------
    method : 'morris' or 'sobol'
    unit : ndarray of float, shape (rows, inputs)
        The points in the unit cube.
    values : dict of str to ndarray of float, shape (rows,)
        The inputs by path: run row 0, row 1 and so on.
    pieces : int
        Independent pieces, of equal numbers of rows: trajectories, or scramblings.
    levels : int
        Levels of Morris; 0 for Sobol.
    second_order : bool
    blocks : tuple of str
        What moves together, where inputs are correlated; empty where each moves alone.
    """

    method: Literal["morris", "sobol"]
    unit: Floats
    values: dict[str, Floats]
    pieces: int
    levels: int = 0
    second_order: bool = False
    blocks: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What has an index: the paths of the inputs, those that hang together as one."""
        return self.blocks or tuple(self.values)

    @property
    def rows(self) -> int:
        """How many runs it asks for, before replications."""
        return len(self.unit)


@dataclass(frozen=True, slots=True)
class Effects:
    """Elementary effects: changes of the answer, as if an input went across its whole range.

    Attributes
    ----------
    mu : dict of str to Estimate
        Mean effect, with its sign.
    mu_star : dict of str to Estimate
        Mean size of the effect: what to screen by.
    sigma : dict of str to float
        Standard deviation of the effects: curvature and interaction.
    noise : float
        Variance of the luck left in one answer; NaN with one replication.
    floor : float
        The `mu_star` that luck alone would give an input that does nothing; NaN likewise.
    """

    mu: dict[str, Estimate]
    mu_star: dict[str, Estimate]
    sigma: dict[str, float]
    noise: float
    floor: float

    def told(self) -> str:
        """Return the order of the inputs in plain words."""
        order = sorted(self.mu_star, key=lambda path: -self.mu_star[path].value)
        small = [p for p in order if self.mu_star[p].low <= self.floor]
        line = f"what moves the answer most, first to last: {', '.join(order)}"
        return line + (f"; not to be told from luck: {', '.join(small)}" if small else "")


@dataclass(frozen=True, slots=True)
class Shares:
    """Sobol indices: shares of the variance of the answer.

    An estimate below 0 or above 1 is the estimator's own noise; it is shown as it is, with its interval.

    Attributes
    ----------
    first : dict of str to Estimate
        What the variance falls by, on average, when the input is known.
    total : dict of str to Estimate
        What is left, on average, when all the others are known.
    second : dict of (str, str) to Estimate
        What a pair does together beyond each alone; empty without a second order.
    variance : float
        Of the answers.
    noise : float
        Share of that variance which is luck left in the answers; NaN with one replication. About so much is
        added to every total index.
    rests_on : str
        What stands in for the simulator, where something does; nothing where it was run.
    """

    first: dict[str, Estimate]
    total: dict[str, Estimate]
    second: dict[tuple[str, str], Estimate]
    variance: float
    noise: float
    rests_on: str = ""

    def told(self) -> tuple[str, ...]:
        """Return one line an input in plain words, the most important first, then the noise or what they rest on."""
        order = sorted(self.total, key=lambda path: -self.total[path].value)
        lines = []
        for path in order:
            one, all_of = self.first[path], self.total[path]
            lines.append(
                f"{path}: {one.value:.0%} of the variance alone ({one.low:.0%} to {one.high:.0%}), "
                f"{all_of.value:.0%} with what it takes part in ({all_of.low:.0%} to {all_of.high:.0%})"
            )
        if any(e.value < 0 for e in (*self.first.values(), *self.second.values())):
            lines.append("a share below 0% is noise of the estimate: read its interval, or run more rows")
        if self.rests_on:
            lines.append(self.rests_on)
        elif math.isnan(self.noise):
            lines.append("one replication a row: how much of this is luck cannot be told")
        else:
            lines.append(f"luck left in the answers: {self.noise:.0%} of their variance")
        return tuple(lines)


@dataclass(frozen=True, slots=True)
class Influence:
    """PAWN: the Kolmogorov-Smirnov distance between the answer's distribution and the same with an input known.

    Attributes
    ----------
    mean : dict of str to Estimate
        Mean over the slices of each input, between 0 and 1.
    least, median, most : dict of str to float
        Over the slices.
    floor : float
        The mean index that 19 in 20 dummies, which do nothing, stay below with so many rows.
    noise : float
        Share of the variance of the answers which is luck; NaN with one replication.
    """

    mean: dict[str, Estimate]
    least: dict[str, float]
    median: dict[str, float]
    most: dict[str, float]
    floor: float
    noise: float

    def told(self) -> str:
        """Return which inputs stand above the floor, the most influential first."""
        order = sorted(self.mean, key=lambda path: -self.mean[path].value)
        small = [path for path in order if self.mean[path].value <= self.floor]
        clear = [path for path in order if path not in small]
        line = f"moves the answer: {', '.join(clear)}" if clear else "no input stands above the dummies"
        return line + (f"; no more than a dummy would: {', '.join(small)}" if clear and small else "")


# -- rows ---------------------------------------------------------------------------------------------


def morris_design(
    distributions: Mapping[str, Distribution],
    trajectories: int = 20,
    *,
    levels: int = 4,
    tail: float = 0.005,
    seed: int = 1,
) -> Design:
    """Return the rows of Morris: trajectories in which one input after another takes a long step.

    Parameters
    ----------
    distributions : mapping of str to Distribution
        The inputs by path, independent.
    trajectories : int
        At least 4; 10 to 50 are usual.
    levels : int
        Even. The step is levels / (2 (levels - 1)) of the range.
    tail : float
        The range of an input is from this quantile to its opposite: infinite ends cannot be run.
    seed : int

    Returns
    -------
    Design
        trajectories times (inputs + 1) rows.

    Raises
    ------
    ModelError
        For a size that cannot be, or a tail at which an input is infinite.

    References
    ----------
    Morris (1991), Technometrics 33(2), 161-174.

    Examples
    --------
    >>> from cisim.distributions import Uniform
    >>> morris_design({"a": Uniform(0, 1), "b": Uniform(0, 1)}, 5).rows
    15
    """
    _some(distributions)
    if trajectories < LEAST_TRAJECTORIES:
        raise ModelError("trajectories", f"got {trajectories}, want {LEAST_TRAJECTORIES} or more")
    if levels < 2 or levels % 2:
        raise ModelError("levels", f"got {levels}, want an even number of 2 or more")
    if not 0 <= tail < 0.5:
        raise ModelError("tail", f"got {tail:g}, want 0 or more and less than 0.5")
    from SALib.sample import morris as rows_of  # noqa: PLC0415 - slow to load

    problem = _problem(len(distributions))
    with _quiet():
        unit = rows_of.sample(problem, trajectories, num_levels=levels, seed=_rng(seed, "morris"))
    values = _values(distributions, tail + (1 - 2 * tail) * unit)
    return Design("morris", unit, values, trajectories, levels=levels)


def sobol_design(
    distributions: Mapping[str, Distribution],
    n: int,
    *,
    second_order: bool = True,
    scramblings: int = 16,
    correlations: Mapping[tuple[str, str], float] | None = None,
    seed: int = 1,
) -> Design:
    """Return Saltelli's rows over scrambled Sobol points.

    Parameters
    ----------
    distributions : mapping of str to Distribution
        The inputs by path.
    n : int
        Base points, a power of two; the more the narrower the intervals.
    second_order : bool
        Whether pairs are wanted too: nearly twice the rows.
    scramblings : int
        Independent scramblings that the points are split into, a power of two of at least 4: what the intervals
        rest on. Each has `n` / `scramblings` points, at least 8.
    correlations : mapping of (str, str) to float, optional
        Spearman's rank correlations of pairs, as for `sample`. Inputs that hang together are drawn together and have
        one index: how the variance is shared among them has no single answer.
    seed : int

    Returns
    -------
    Design
        n (inputs + 2) rows, or n (2 inputs + 2) with pairs; those that hang together count as one.

    Raises
    ------
    ModelError
        For a size that cannot be.

    References
    ----------
    Saltelli and others (2010), Computer Physics Communications 181(2), 259-270; Owen (1997), Annals of Statistics
    25(4), 1541-1562, for intervals from independent scramblings.

    Examples
    --------
    >>> from cisim.distributions import Uniform
    >>> sobol_design({"a": Uniform(0, 1), "b": Uniform(0, 1)}, 128).rows
    768
    """
    _some(distributions)
    if scramblings < 4 or not _power_of_two(scramblings):
        raise ModelError("scramblings", f"got {scramblings}, want a power of two of 4 or more")
    if not _power_of_two(n) or n < LEAST_POINTS * scramblings:
        least = LEAST_POINTS * scramblings
        raise ModelError(
            "n", f"got {n}, want a power of two of at least {least} for {scramblings} scramblings"
        )
    from SALib.sample import sobol as rows_of  # noqa: PLC0415 - slow to load

    together = correlated(list(distributions), correlations or {})
    blocks = {path: path for path in distributions}
    blocks |= {path: " and ".join(group) for group, _ in together for path in group}
    problem = _problem(len(distributions))
    if together and len(set(blocks.values())) == 1:
        raise ModelError(
            "correlations", "got inputs that all hang together: as one they carry all of the variance"
        )
    if together:
        problem["groups"] = list(blocks.values())
    with _quiet():
        parts = [
            rows_of.sample(
                problem, n // scramblings, calc_second_order=second_order, seed=_rng(seed, "sobol", i)
            )
            for i in range(scramblings)
        ]
    unit = np.clip(np.concatenate(parts), EDGE, 1 - EDGE)
    for group, matrix in together:
        at = [list(distributions).index(path) for path in group]
        scores = special.ndtri(unit[:, at]) @ np.linalg.cholesky(matrix).T
        unit[:, at] = np.clip(special.ndtr(scores), EDGE, 1 - EDGE)
    names = tuple(dict.fromkeys(blocks.values())) if together else ()
    values = _values(distributions, unit)
    return Design("sobol", unit, values, scramblings, second_order=second_order, blocks=names)


# -- answers ------------------------------------------------------------------------------------------


def morris(design: Design, answers: ArrayLike, *, level: float = 0.95) -> Effects:
    r"""Return the elementary effects of every input.

    Parameters
    ----------
    design : Design
        From `morris_design`.
    answers : array_like of float, shape (rows,) or (rows, replications)
        In the order of the design; a column is the same luck in every row.
    level : float

    Raises
    ------
    ModelError
        For a design of another method, another number of answers, or one that is no number, by its row.

    Notes
    -----
    Intervals are Student's over the trajectories, which are independent: an input has one effect in each.
    With luck of variance v left in each answer, an input that does nothing shows a mean size of
    :math:`2\sqrt{v/\pi}/\Delta`.
    """
    _method(design, "morris")
    _level(level)
    y, noise = _answers(answers, design.rows, design.values)
    from SALib.analyze import morris as effects_of  # noqa: PLC0415 - slow to load

    problem = _problem(len(design.names))
    with _quiet():  # its bootstrap is not used: the seed says only that no shared generator is touched
        got = effects_of.analyze(problem, design.unit, y, num_levels=design.levels, num_resamples=2, seed=1)
    r = design.pieces
    mu, size, sigma = (np.asarray(got[key], float) for key in ("mu", "mu_star", "sigma"))
    half = student(r, level) / math.sqrt(r)
    squares = sigma**2 * (r - 1) / r + mu**2
    spread = np.sqrt(np.maximum(squares - size**2, 0.0) * r / (r - 1))
    step = design.levels / (2 * (design.levels - 1))
    estimate = _estimates(design.names, level, r)
    return Effects(
        estimate(mu, half * sigma),
        estimate(size, half * spread),
        dict(zip(design.names, sigma.tolist(), strict=True)),
        noise,
        2 * math.sqrt(noise / math.pi) / step,
    )


def sobol(design: Design, answers: ArrayLike, *, level: float = 0.95) -> Shares:
    """Return first, total and second-order Sobol indices with their intervals.

    Parameters
    ----------
    design : Design
        From `sobol_design`.
    answers : array_like of float, shape (rows,) or (rows, replications)
        In the order of the design; a column is the same luck in every row.
    level : float

    Raises
    ------
    ModelError
        For a design of another method, another number of answers, one that is no number, by its row, or
        answers that are all the same.

    Notes
    -----
    The estimate is SALib's over all the rows. Its interval is Student's over the jackknife's pseudo-values of the
    independent scramblings: the points of one scrambling are not independent, and a bootstrap over them is too wide.
    """
    _method(design, "sobol")
    _level(level)
    y, noise = _answers(answers, design.rows, design.values)
    if np.ptp(y) <= 1e-12 * float(np.abs(y).max()):
        raise ModelError("answers", "got the same answer in every row: there is no variance to explain")
    names, pairs = design.names, list(combinations(range(len(design.names)), 2))
    whole = shares_of(design, y)
    parts = y.reshape(design.pieces, -1)
    left_out = np.array(
        [shares_of(design, np.delete(parts, i, axis=0).ravel()) for i in range(design.pieces)]
    )
    half = _jackknife_half(left_out, level)
    d, estimate = len(names), _estimates(names, level, design.pieces)
    second = {
        (names[j], names[k]): Estimate(v, v - h, v + h, level, design.pieces)
        for (j, k), v, h in zip(pairs, whole[2 * d :].tolist(), half[2 * d :].tolist(), strict=False)
    }
    variance = float(y.var(ddof=1))
    return Shares(
        estimate(whole[:d], half[:d]),
        estimate(whole[d : 2 * d], half[d : 2 * d]),
        second,
        variance,
        noise / variance,
    )


def shares_of(design: Design, y: Floats) -> Floats:
    """Return SALib's indices in one row, without intervals: first, total, then pairs in their order."""
    from SALib.analyze import sobol as indices_of  # noqa: PLC0415 - slow to load

    problem = _problem(len(design.names))
    with _quiet():  # a seed of 0 would be none, and draw from a generator that everybody shares
        got = indices_of.analyze(problem, y, calc_second_order=design.second_order, num_resamples=2, seed=1)
    pairs = combinations(range(len(design.names)), 2) if design.second_order else ()
    return np.concatenate([got["S1"], got["ST"], np.array([got["S2"][pair] for pair in pairs])])


def pawn(
    values: Mapping[str, ArrayLike],
    answers: ArrayLike,
    *,
    slices: int = 10,
    dummies: int = 100,
    level: float = 0.95,
    seed: int = 1,
) -> Influence:
    """Return PAWN indices from any sample, beside those of dummies.

    Parameters
    ----------
    values : mapping of str to array_like of float, shape (rows,)
        The inputs by path, as from `sample`; only their order matters. One that is correlated with others stands for
        them too.
    answers : array_like of float, shape (rows,) or (rows, replications)
    slices : int
        Slices of equal numbers of rows that each input is cut into; at least 20 rows each.
    dummies : int
        Inputs that do nothing, drawn to find the floor.
    level : float
    seed : int
        For the dummies.

    Raises
    ------
    ModelError
        For inputs and answers of different lengths, too few rows, or a value that is no number, by its row.

    Notes
    -----
    The distance is above 0 with any finite sample, hence the dummies. The intervals, by jackknife over ten groups of
    rows, say how far another sample of this size would move the index; they do not mend that a finite sample's index
    is too high, by up to the floor where an input does nothing and by far less where it does much.

    References
    ----------
    Pianosi and Wagener (2018), Environmental Modelling & Software 108, 197-207.
    """
    _level(level)
    if not values:
        raise ModelError("values", "got no inputs, want at least one")
    columns = {path: np.asarray(x, float) for path, x in values.items()}
    rows = len(np.asarray(answers))
    for path, x in columns.items():
        _finite(x, rows, path)
    y, noise = _answers(answers, rows, columns)
    if slices < 2 or rows < 20 * slices:
        raise ModelError("slices", f"got {slices} for {rows} rows, want 2 or more, of at least 20 rows each")
    if dummies < 1:
        raise ModelError("dummies", f"got {dummies}, want 1 or more")
    x = np.column_stack(list(columns.values()))
    whole = _pawn_once(x, y, slices)
    groups = np.arange(rows) % 10
    left_out = np.array([_pawn_once(x[groups != g], y[groups != g], slices)[1] for g in range(10)])
    idle = np.column_stack([uniforms(address(seed, "pawn", "dummy", i), 0, rows) for i in range(dummies)])
    floor = float(np.quantile(_pawn_once(idle, y, slices)[1], 0.95))
    estimate = _estimates(tuple(columns), level, rows)
    least, mean, median, most = whole
    return Influence(
        estimate(mean, _jackknife_half(left_out, level)),
        dict(zip(columns, least.tolist(), strict=True)),
        dict(zip(columns, median.tolist(), strict=True)),
        dict(zip(columns, most.tolist(), strict=True)),
        floor,
        noise / float(y.var(ddof=1)) if np.ptp(y) > 0 else math.nan,
    )


def _pawn_once(x: Floats, y: Floats, slices: int) -> Floats:
    """Return least, mean, median and most over the slices, shape (4, inputs).

    SALib's numbers, in a hundredth of its time: it works out a p-value for every distance, and nobody reads them. It
    also cuts by value and leaves out whoever has the highest, who with ties (beds are whole) are many. Here rows are
    cut by their place in the order, ties in the order of the rows.
    """
    rows = len(y)
    order = np.argsort(y, kind="stable")
    last = np.flatnonzero(np.append(np.diff(y[order]) > 0, True))  # where a value of the answer is passed
    overall = (last + 1) / rows
    out = []
    for column in x.T:
        place = np.argsort(np.argsort(column, kind="stable"))
        piece = place[order] * slices // rows
        among = np.cumsum(piece[:, None] == np.arange(slices), axis=0)
        distance = np.abs(among[last] / among[-1] - overall[:, None]).max(axis=0)
        out.append((distance.min(), distance.mean(), np.median(distance), distance.max()))
    return np.array(out).T


# -- what they share ----------------------------------------------------------------------------------


def _some(distributions: Mapping[str, Distribution]) -> None:
    if not distributions:
        raise ModelError("distributions", "got no inputs, want at least one")
    fixed = [path for path, one in distributions.items() if not one.sd() > 0]
    if fixed:
        raise ModelError(fixed[0], "got a number that does not vary, want an uncertain one: leave it out")


def _power_of_two(n: int) -> bool:
    return n > 0 and n & (n - 1) == 0


def _problem(inputs: int) -> dict[str, Any]:
    """Return SALib's words for the unit cube; our own distributions do the rest."""
    return {
        "num_vars": inputs,
        "names": [f"x{i}" for i in range(inputs)],
        "bounds": [[0.0, 1.0]] * inputs,
    }


def _rng(seed: int, *what: str | int) -> np.random.Generator:
    return np.random.default_rng(address(seed, *what))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep SALib's own warnings from readers: what they are about is refused or told here in words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _values(distributions: Mapping[str, Distribution], unit: Floats) -> dict[str, Floats]:
    values = {
        path: np.asarray(one.ppf(unit[:, j]), float) for j, (path, one) in enumerate(distributions.items())
    }
    for path, x in values.items():
        if not np.isfinite(x).all():
            raise ModelError(path, "got infinite values, want a tail above 0 for a number without ends")
    return values


def _method(design: Design, wanted: str) -> None:
    if design.method != wanted:
        raise ModelError("design", f"got a design of {design.method}, want one of {wanted}")


def _level(level: float) -> None:
    if not 0 < level < 1:
        raise ModelError("level", f"got {level:g}, want a share between 0 and 1, such as 0.95")


def _finite(y: Floats, rows: int, where: str) -> None:
    if y.ndim not in {1, 2} or len(y) != rows or not y.size:
        raise ModelError(where, f"got an array of shape {y.shape}, want {rows} rows")
    bad = np.argwhere(~np.isfinite(y))
    if len(bad):
        first = bad[0].tolist()
        place = f"row {first[0]}" + (f", replication {first[1]}" if y.ndim == 2 else "")
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        raise ModelError(
            where, f"got {y[tuple(first)]} in {place} (counted from 0){more}, want finite numbers"
        )


def _answers(answers: ArrayLike, rows: int, values: Mapping[str, Floats]) -> tuple[Floats, float]:
    """Return the mean of each row, and the variance of the luck left in such a mean.

    Luck that a replication brings to every row alike moves no row against another and is left out: what is left is
    the residual of rows and columns.
    """
    y = np.asarray(answers, float)
    try:
        _finite(y, rows, "answers")
    except ModelError as wrong:
        if len(y) != rows:
            raise
        row = int(np.argwhere(~np.isfinite(y))[0][0])
        inputs = ", ".join(f"{path} = {x[row]:.4g}" for path, x in values.items())
        raise ModelError("answers", f"{wrong.text}; its inputs are {inputs}") from None
    if y.ndim == 1 or y.shape[1] == 1:
        return y.reshape(rows), math.nan
    mean = y.mean(axis=1)
    left = y - mean[:, None] - y.mean(axis=0) + y.mean()
    r = y.shape[1]
    return mean, float(np.square(left).sum()) / ((rows - 1) * (r - 1)) / r


def _estimates(
    names: tuple[str, ...], level: float, n: int
) -> Callable[[Floats, Floats], dict[str, Estimate]]:
    def estimates(values: Floats, half: Floats) -> dict[str, Estimate]:
        both = zip(names, values.tolist(), half.tolist(), strict=True)
        return {name: Estimate(v, v - h, v + h, level, n) for name, v, h in both}

    return estimates


def _jackknife_half(left_out: Floats, level: float) -> Floats:
    """Return half-widths from estimates that each leave one of k equal groups out, shape (k, ...)."""
    k = len(left_out)
    return np.asarray(student(k, level) * math.sqrt((k - 1) / k) * np.sqrt(k * left_out.var(axis=0)))
