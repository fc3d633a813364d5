"""What was found as a file says it: a posterior as uncertain numbers, and what hangs together as correlations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from cisim.calibrate.aims import Floats
    from cisim.spec import Calibration, Place

__all__ = ["correlated", "snippet"]

_LEVELS = (0.05, 0.5, 0.95)
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


def snippet(calibration: Calibration, draws: Floats, ranks: Floats) -> str:
    """Return YAML to be copied: the uncertain number of each place, and correlations for an experiment.

    Parameters
    ----------
    calibration : Calibration
    draws : ndarray of float, shape (draws, hidden)
        In the model file's own units.
    ranks : ndarray of float, shape (hidden, hidden)
        Rank correlations.
    """
    study = calibration.study.study
    lines = [
        f"# Calibration study: {study}. Put each `uncertain` in its place in the model file,",
        "# and the correlations in the experiment file: without them the numbers are taken for independent.",
        "numbers:",
    ]
    for j, one in enumerate(calibration.hidden):
        low, middle, high = np.quantile(draws[:, j], _LEVELS).tolist()
        for place in one.places:
            lines += [
                f'  - of: "{place.path}"',
                "    uncertain: {quantiles: {5%: " + _text(place, low) + ", 50%: " + _text(place, middle)
                + ", 95%: " + _text(place, high) + "}}",
                f"    source: \"calibration study '{study}': {one.name}\"",
            ]  # fmt: skip
    pairs = [(i, j) for i in range(len(ranks)) for j in range(i + 1, len(ranks)) if abs(ranks[i, j]) >= _TOLD]
    if pairs:
        lines.append("correlations:")
    for i, j in pairs:
        between = [_path(calibration.hidden[k].places[0]) for k in (i, j)]
        lines.append(
            f'  - {{between: ["{between[0]}", "{between[1]}"], rank: {ranks[i, j]:.2f}, '
            f"source: \"calibration study '{study}'\"}}"
        )
    return "\n".join(lines) + "\n"


def _path(place: Place) -> str:
    return "model." + place.path.removeprefix("model.")


def _text(place: Place, value: float) -> str:
    told = value / place.scale
    if place.kind == "count":
        return f"{told:.0f}"
    return f"{told:.5g} {place.unit}" if place.kind in ("duration", "rate") else f"{told:.5g}"
