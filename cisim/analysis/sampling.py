"""Draws of what is not known: Latin hypercube and scrambled Sobol points over named paths, correlated by ranks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cisim.distributions import Beta, Uniform
from cisim.errors import ModelError, nearest
from cisim.fitting import copula_correlation, correlated, dirichlet_draws
from cisim.spec import correlations, unknowns
from cisim.streams import address, uniforms

if TYPE_CHECKING:
    from cisim.distributions import Distribution
    from cisim.spec import Question, Unknown

__all__ = ["Method", "at_points", "copula_correlation", "draw_unknowns", "sample"]

Floats = NDArray[np.float64]
Method = Literal["latin", "sobol", "random"]
METHODS: tuple[Method, ...] = ("latin", "sobol", "random")
EDGE = 2.0**-53


def draw_unknowns(question: Question, n: int, *, method: Method = "latin", seed: int) -> dict[str, Floats]:
    """Return draws of everything that is not known in a question, model, scenarios and value file together.

    Parameters
    ----------
    question : Question
    n : int
        Draws; a power of two for Sobol points.
    method : 'latin', 'sobol' or 'random'
        As for `sample`.
    seed : int

    Returns
    -------
    dict of str to ndarray of float, shape (n,)
        By path, in the order and the units of `cisim.spec.unknowns`; empty where everything is known.

    Raises
    ------
    ModelError
        As `sample` does.
    """
    found = unknowns(question)
    points = sample(
        dict.fromkeys(found, Uniform(0, 1)), n, method=method, correlations=correlations(question), seed=seed
    )
    return at_points(found, points)


def at_points(known: Mapping[str, Unknown], points: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the values of unknowns at points of the unit cube, each strictly between 0 and 1.

    Numbers by themselves are at that quantile, rounded where only whole ones can stand; shares that sum to one are
    gamma variates divided by their sum, which makes them a Dirichlet where the points are independent.

    Parameters
    ----------
    known : mapping of path to Unknown
        From `cisim.spec.unknowns`; whole groups, or none of their members.
    points : mapping of path to ndarray of float, shape (n,)

    Returns
    -------
    dict of path to ndarray of float, shape (n,)
        In the unit of each.
    """
    out: dict[str, Floats] = {}
    for path, one in known.items():
        if not one.group:
            drawn = np.asarray(one.distribution.ppf(np.clip(points[path], EDGE, 1 - EDGE)), float)
            out[path] = np.rint(drawn) if one.whole else drawn
        elif path not in out:
            members = {p: m.distribution for p, m in known.items() if m.group == one.group}
            counts = [m.parameters()[0] for m in members.values() if isinstance(m, Beta)]
            u = np.clip(np.column_stack([points[p] for p in members]), EDGE, 1 - EDGE)
            out |= dict(zip(members, dirichlet_draws(counts, u).T, strict=True))
    return {path: out[path] for path in known}


def sample(
    distributions: Mapping[str, Distribution],
    n: int,
    *,
    method: Method = "latin",
    correlations: Mapping[tuple[str, str], float] | None = None,
    seed: int = 1,
) -> dict[str, Floats]:
    """Return draws of every number by path, each of shape (n,).

    Parameters
    ----------
    distributions : mapping of str to Distribution
        What is not known, by path.
    n : int
        Draws; for 'sobol' a power of two.
    method : 'latin', 'sobol' or 'random'
        See Notes.
    correlations : mapping of (str, str) to float, optional
        Spearman's rank correlation wanted of pairs of paths; a pair that is not named has none.
    seed : int

    Returns
    -------
    dict of str to ndarray of float, shape (n,)
        In the order of `distributions`. Deterministic by seed; quantiles are taken strictly between 0 and 1.

    Raises
    ------
    ModelError
        For a size that cannot be, an unknown path, a pair given twice, or correlations that no numbers can have
        together: the pair is named, and what it could be beside the others.

    Notes
    -----
    ============  ================================================  =====================================
    method        points                                            adding a path or a draw
    ============  ================================================  =====================================
    ``latin``     one in each n-th of every number's range          a path moves no other; a draw moves all
    ``sobol``     scrambled Sobol points: even in all directions    either moves all the others
    ``random``    independent; the draws of a value file            neither moves another
    ============  ================================================  =====================================

    Correlation is a Gaussian copula: only the order of the draws of a named path changes (under `latin`), or its place
    in the unit interval; paths that no pair names, and the first of each group of correlated paths, stay as they are.
    Adding a path to a group may move those written after it.

    References
    ----------
    McKay, Beckman, Conover (1979), Technometrics 21(2), 239-245; Owen (1997), Ann. Stat. 25(4), 1541-1562; Iman and
    Conover (1982), Commun. Stat. B 11(3), 311-334.

    Examples
    --------
    >>> from cisim.distributions import Uniform
    >>> draws = sample({"beds": Uniform(0, 4), "days": Uniform(0, 1)}, 4)
    >>> [int(x) for x in sorted(draws["beds"])]
    [0, 1, 2, 3]
    """
    if n < 1:
        raise ModelError("n", f"got {n}, want 1 or more")
    if method not in METHODS:
        raise ModelError(
            "method", f"got {method!r}, want one of: {', '.join(METHODS)}{nearest(method, METHODS)}"
        )
    paths = list(distributions)
    unit = dict(zip(paths, _points(paths, n, method, seed), strict=True))
    for group, matrix in correlated(paths, correlations or {}):
        scores = special.ndtri(np.array([unit[path] for path in group]))
        mixed = np.linalg.cholesky(matrix) @ scores
        for path, z in zip(group[1:], mixed[1:], strict=True):
            unit[path] = _placed(unit[path], z, method)
    return {
        path: np.broadcast_to(np.asarray(one.ppf(unit[path]), float), (n,)).copy()
        for path, one in distributions.items()
    }


def _placed(u: Floats, z: Floats, method: Method) -> Floats:
    """Return a number's points in the order of `z`: under Latin hypercube its own points, so that it stays one."""
    if method == "latin":
        return np.asarray(np.sort(u)[np.argsort(np.argsort(z, kind="stable"))])
    return np.clip(special.ndtr(z), EDGE, 1 - EDGE)


def _points(paths: list[str], n: int, method: Method, seed: int) -> Floats:
    """Return points strictly inside the unit cube, shape (paths, n)."""
    if not paths:
        return np.empty((0, n))
    if method == "random":
        return np.array([uniforms(address(seed, "value", path), 0, n) for path in paths])
    from scipy.stats import qmc  # noqa: PLC0415 - slow to load

    if method == "sobol":
        if n & (n - 1):
            raise ModelError(
                "n", f"got {n}, want a power of two for Sobol points, such as {1 << n.bit_length()}"
            )
        points = qmc.Sobol(len(paths), rng=np.random.default_rng(address(seed, "sobol"))).random(n).T
    else:
        columns = [
            qmc.LatinHypercube(1, rng=np.random.default_rng(address(seed, "latin", path))).random(n)[:, 0]
            for path in paths
        ]
        points = np.array(columns)
    return np.clip(points, EDGE, 1 - EDGE)
