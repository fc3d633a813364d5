"""Draws of what is not known: Latin hypercube and scrambled Sobol points over named paths, correlated by ranks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cisim.errors import ModelError, nearest
from cisim.spec import unknowns
from cisim.streams import address, uniforms

if TYPE_CHECKING:
    from cisim.distributions import Distribution
    from cisim.spec import Question

__all__ = ["Method", "copula_correlation", "draw_unknowns", "sample"]

Floats = NDArray[np.float64]
Method = Literal["latin", "sobol", "random"]
METHODS: tuple[Method, ...] = ("latin", "sobol", "random")
EDGE = 2.0**-53
LEAST_EIGENVALUE = 1e-10


def copula_correlation(spearman: float) -> float:
    r"""Return the correlation of normals whose ranks have the correlation `spearman`: :math:`2 \sin(\pi \rho_s / 6)`.

    Raises
    ------
    ModelError
        Outside the open interval from -1 to 1.

    References
    ----------
    Kruskal (1958), J. Am. Stat. Assoc. 53(284), 814-861.

    Examples
    --------
    >>> round(copula_correlation(0.5), 10)
    0.5176380902
    """
    if not -1 < spearman < 1:
        raise ModelError("correlation", f"got {spearman:g}, want between -1 and 1, both left out")
    return 2 * math.sin(math.pi * spearman / 6)


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
    return sample(
        {path: one.distribution for path, one in unknowns(question).items()}, n, method=method, seed=seed
    )


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
    for group, matrix in _groups(paths, correlations or {}):
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


# -- correlations -------------------------------------------------------------------------------------


def _groups(
    paths: list[str], correlations: Mapping[tuple[str, str], float]
) -> list[tuple[list[str], Floats]]:
    """Return each group of paths that hang together, in the order of `paths`, with the correlations of its normals."""
    pairs: dict[frozenset[str], float] = {}
    joined = {path: {path} for path in paths}
    for (one, other), rank in correlations.items():
        for path in (one, other):
            if path not in joined:
                raise ModelError(
                    "correlations", f"got {path!r}, want a path that is drawn{nearest(path, paths)}"
                )
        name = f"correlations.{one} and {other}"
        if one == other or frozenset((one, other)) in pairs:
            raise ModelError(name, "got a pair of the same or a pair given twice, want two paths, once")
        if not -1 < rank < 1:
            raise ModelError(name, f"got {rank:g}, want between -1 and 1, both left out")
        pairs[frozenset((one, other))] = copula_correlation(rank)
        both = joined[one] | joined[other]
        joined.update(dict.fromkeys(both, both))
    groups = []
    for path in paths:
        group = [p for p in paths if p in joined[path]]
        if len(group) > 1 and group[0] == path:
            matrix = np.array(
                [[1.0 if a == b else pairs.get(frozenset((a, b)), 0.0) for b in group] for a in group]
            )
            _possible(group, matrix, pairs)
            groups.append((group, matrix))
    return groups


def _possible(group: list[str], matrix: Floats, pairs: Mapping[frozenset[str], float]) -> None:
    """Refuse correlations that no numbers can have together, naming the pair whose mending takes least."""
    if np.linalg.eigvalsh(matrix)[0] > LEAST_EIGENVALUE:
        return
    best: tuple[float, str] | None = None
    named = [(i, j) for j in range(len(group)) for i in range(j) if frozenset((group[i], group[j])) in pairs]
    tried = np.linspace(-0.99, 0.99, 199)
    for i, j in named:
        bent = np.repeat(matrix[None], len(tried), axis=0)
        bent[:, i, j] = bent[:, j, i] = 2 * np.sin(np.pi * tried / 6)
        fits = tried[np.linalg.eigvalsh(bent)[:, 0] > LEAST_EIGENVALUE]
        if len(fits):
            rank = 6 / math.pi * math.asin(matrix[i, j] / 2)
            far = float(np.abs(fits - rank).min())
            told = f"{fits[0]:.2f} to {fits[-1]:.2f}"
            words = f"{group[i]} and {group[j]}: got {rank:g}, want {told} beside the other correlations"
            best = min(best, (far, words)) if best else (far, words)
    if best:
        raise ModelError("correlations", best[1])
    weight = np.linalg.eigh(matrix)[1][:, 0]
    i, j = max(named, key=lambda ij: abs(weight[ij[0]] * weight[ij[1]] * matrix[ij]))
    raise ModelError(
        "correlations",
        f"{group[i]} and {group[j]}, and others: no numbers can have all of these together, want weaker ones",
    )
