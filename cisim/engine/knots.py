"""Patients who wait for each other's beds."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["first_cycle", "knotted"]

Wants = Sequence[Sequence[tuple[int, bool]]]


def knotted(wants: Wants, holds: Sequence[Sequence[int]], full: dict[int, int]) -> list[int]:
    """Return the patients who wait only within a set of pools every place of which such patients hold.

    Parameters
    ----------
    wants : sequence, one entry a waiting patient in service order, of sequences of (pool, bool)
        Pools that would do, in written order, and whether each may already be asked.
    holds : sequence of sequences of int
        Pools of the beds each patient holds.
    full : dict of int to int
        Pools without a free place, and how many places of each are held.

    Returns
    -------
    list of int
        Indices of patients, in service order; empty where something can still move.

    >>> knotted([[(1, True)], [(0, True)]], [[0], [1]], {0: 1, 1: 1})
    [0, 1]
    >>> knotted([[(1, True)], [(2, True)]], [[0], [1]], {0: 1, 1: 1})
    []
    """
    pools = set(full)
    while True:
        stuck = [i for i, wanted in enumerate(wants) if all(pool in pools for pool, _ in wanted)]
        kept = {pool for pool in pools if full[pool] == sum(list(holds[i]).count(pool) for i in stuck)}
        if kept == pools:
            return stuck if any(full[pool] for pool in pools) else []
        pools = kept


def first_cycle(wants: Wants, gives: Sequence[Sequence[int]], stuck: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first cycle of knotted patients in service order; empty where beds kept for later leave none.

    Parameters
    ----------
    wants : as in `knotted`
    gives : sequence of sequences of int
        Pools of the beds that each patient would give back on being granted the next.
    stuck : sequence of int
        From `knotted`.

    Returns
    -------
    list of (patient, pool)
        Each patient takes a place of `pool` from the next of the list, the last from the first.

    >>> first_cycle([[(1, True)], [(0, True)]], [[0], [1]], [0, 1])
    [(0, 1), (1, 0)]
    """
    givers = [i for i in stuck if gives[i]]
    ways = {
        i: [(pool, j) for pool, may in wants[i] if may for j in givers if pool in gives[j]] for i in givers
    }
    done: set[int] = set()  # patients from whom no cycle can be reached
    for first in givers:
        path: list[int] = [first]
        untried = {first: iter(ways[first])}
        taken: list[tuple[int, int]] = []
        while path and path[-1] not in done:
            step = next(untried[path[-1]], None)
            if step is None:
                done.add(path.pop())
                if taken:
                    taken.pop()
                continue
            pool, holder = step
            if holder in done:
                continue
            taken.append((path[-1], pool))
            if holder in path:
                return taken[path.index(holder) :]
            path.append(holder)
            untried[holder] = iter(ways[holder])
    return []
