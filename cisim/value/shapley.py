r"""Credit for what several projects do together: the Shapley value, exact over every subset.

.. math:: \phi_i = \sum_{S \not\ni i} \frac{|S|!\,(n-|S|-1)!}{n!}\; [v(S \cup i) - v(S)]

The mean, over every order in which the projects could have come, of what each adds when it comes. It is the only
division with these four properties (Shapley 1953): the shares add up to what all do together; projects that add
the same everywhere share alike; one that adds nothing anywhere gets nothing; and the credit for two accounts
together is the sum of the credits. What each subset does is simulated with its projects together: effects are
never added up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.errors import ModelError

__all__ = ["MOST_PROJECTS", "shapley", "subsets"]

MOST_PROJECTS = 6
"""With six there are 64 subsets, and each is simulated."""


def subsets(projects: Sequence[str]) -> list[frozenset[str]]:
    """Return every subset, the smaller first, in the order of the projects; the empty one is first.

    >>> [sorted(s) for s in subsets(["a", "b"])]
    [[], ['a'], ['b'], ['a', 'b']]
    """
    return [frozenset(some) for size in range(len(projects) + 1) for some in combinations(projects, size)]


def shapley(
    projects: Sequence[str], worth: Mapping[frozenset[str], ArrayLike]
) -> dict[str, NDArray[np.float64]]:
    """Return the credit of each project.

    Parameters
    ----------
    projects : sequence of str
        At most six, each name once.
    worth : mapping of frozenset of str to array_like
        What each subset does together, all of one shape (a number, or one by draw or replication); the empty
        subset may be left out, and does nothing then.

    Returns
    -------
    dict of str to ndarray
        In the shape of `worth`; the shares add up to what all do together.

    Raises
    ------
    ModelError
        Where a subset is missing, a name comes twice, or there are too many projects.

    References
    ----------
    Shapley (1953), A value for n-person games, Contributions to the Theory of Games II, 307-317.

    Examples
    --------
    Each of two projects releases half a bay. Alone they close none, together one:

    >>> alone = {frozenset("a"): 0, frozenset("b"): 0}
    >>> {name: float(share) for name, share in shapley("ab", {**alone, frozenset("ab"): 1}).items()}
    {'a': 0.5, 'b': 0.5}
    """
    names = list(projects)
    n = len(names)
    if len(set(names)) < n:
        raise ModelError("projects", "got one project twice, want each once")
    if not 1 <= n <= MOST_PROJECTS:
        raise ModelError(
            "projects", f"got {n} projects, want 1 to {MOST_PROJECTS}: every subset is simulated"
        )
    known = {subset: np.asarray(value, np.float64) for subset, value in worth.items()}
    known.setdefault(frozenset(), np.zeros(()))
    missing = [subset for subset in subsets(names) if subset not in known]
    if missing:
        first = " with ".join(name for name in names if name in missing[0])
        raise ModelError("projects", f"got no run of {first}, want one of every subset, to share credit by")
    out = {}
    for name in names:
        others = [other for other in names if other != name]
        share = np.zeros(np.broadcast_shapes(*(value.shape for value in known.values())))
        for subset in subsets(others):
            size = len(subset)
            weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
            share = share + weight * (known[subset | {name}] - known[subset])
        out[name] = share
    return out
