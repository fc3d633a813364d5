"""What was found together as a file says it: correlations for an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from cisim.calibrate.aims import Floats

__all__ = ["correlated"]

_TOLD = 0.2
"""Rank correlation from which a pair is written down."""
_APART = 0.02
"""The least eigenvalue that is left to correlations, so that two digits of each do not make them impossible."""


def correlated(paths: Sequence[str], r: Floats, source: str, least: float = _TOLD) -> list[dict[str, Any]]:
    """Return what stands under `correlations:` of an experiment file, of numbers whose errors are jointly normal.

    Parameters
    ----------
    paths : sequence of str, length k
        As `cisim check` tells them, such as ``model.pathways.emergency.arrivals.rate``.
    r : ndarray, shape (k, k)
        Pearson's correlations on the scales on which the errors are normal.
    source : str
    least : float
        Smaller ones are left out; those that stay are drawn in together as far as makes them possible.

    Examples
    --------
    >>> correlated(["model.a", "model.b"], np.array([[1, 0.9], [0.9, 1]]), "records")
    [{'between': ['model.a', 'model.b'], 'rank': 0.89, 'source': 'records'}]
    """
    ranks = 6 / np.pi * np.arcsin(np.clip(r, -0.99, 0.99) / 2)  # Spearman's of a normal pair
    ranks = np.where(np.abs(ranks) >= least, ranks, 0.0)
    np.fill_diagonal(ranks, 1.0)
    smallest = float(np.linalg.eigvalsh(2 * np.sin(np.pi / 6 * ranks))[0])
    if smallest < _APART:
        inside = ranks - np.eye(len(ranks))
        ranks = np.eye(len(ranks)) + inside * (1 - _APART) / (1 - smallest)
    return [
        {"between": [paths[i], paths[j]], "rank": round(float(ranks[i, j]), 2), "source": source}
        for i in range(len(paths))
        for j in range(i + 1, len(paths))
        if abs(ranks[i, j]) >= 0.01
    ]
