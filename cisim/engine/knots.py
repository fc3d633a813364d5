"""Patients who wait for each other's beds."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["first_cycle"]


def first_cycle(
    wants: Sequence[Sequence[tuple[int, bool]]],
    holds: Sequence[Sequence[int]],
    gives: Sequence[Sequence[int]],
    full: dict[int, int],
) -> list[tuple[int, int]]:
    """Return the first cycle of blocked patients in service order, empty if something can still move.

    Parameters
    ----------
    wants : sequence, one entry a waiting patient in service order, of sequences of (pool, bool)
        Pools that would do, in written order, and whether each may already be asked.
    holds : sequence of sequences of int
        Pools of the beds each patient holds.
    gives : sequence of sequences of int
        Those of them that the patient would give back on being granted the next.
    full : dict of int to int
        Pools without a free place, and how many places of each are held.

    Returns
    -------
    list of (patient, pool)
        Each patient takes a place of `pool` from the next of the list, the last from the first.

    >>> first_cycle([[(1, True)], [(0, True)]], [[0], [1]], [[0], [1]], {0: 1, 1: 1})
    [(0, 1), (1, 0)]
    >>> first_cycle([[(1, True)], [(2, True)]], [[0], [1]], [[0], [1]], {0: 1, 1: 1})
    []
    """
    knotted = set(full)
    while True:
        stuck = [i for i, pools in enumerate(wants) if all(pool in knotted for pool, _ in pools)]
        waiting = {pool: sum(holds[i].count(pool) for i in stuck) for pool in knotted}
        kept = {pool for pool in knotted if waiting[pool] == full[pool]}
        if kept == knotted:
            break
        knotted = kept
    givers = [i for i in stuck if gives[i]]
    if not knotted or not givers:
        return []
    holder = {pool: next(i for i in givers if pool in gives[i]) for i in givers for pool in gives[i]}
    path: list[tuple[int, int]] = []
    here = givers[0]
    while here not in [i for i, _ in path]:
        target = next((pool for pool, may in wants[here] if may and pool in holder), None)
        if target is None:
            return []
        path.append((here, target))
        here = holder[target]
    return path[[i for i, _ in path].index(here) :]
