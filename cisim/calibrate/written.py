"""A posterior as uncertain numbers of a model file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cisim.calibrate.aims import Floats
    from cisim.spec import Calibration, Place

__all__ = ["snippet"]

_LEVELS = (0.05, 0.5, 0.95)
_TOLD = 0.2
"""Rank correlation from which a pair is written down."""


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
