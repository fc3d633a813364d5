"""A posterior as uncertain numbers of a model file, and what an experiment must say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.calibrate.written import correlated
from cisim.spec import uncertain_form, uncertain_path, with_uncertain

if TYPE_CHECKING:
    from pathlib import Path

    from cisim.calibrate.aims import Floats
    from cisim.spec import Calibration, Place

__all__ = ["fitted_model", "snippet"]


def snippet(calibration: Calibration, draws: Floats, ranks: Floats) -> str:
    """Return YAML to be copied: the uncertain number of each place, and what an experiment must say of them.

    Parameters
    ----------
    calibration : Calibration
    draws : ndarray of float, shape (draws, hidden)
        In the model file's own units.
    ranks : ndarray of float, shape (hidden, hidden)
        Rank correlations.
    """
    study, data = calibration.study.study, calibration.data
    lines = [
        f"# Calibration study: {study}. model.yaml, beside this file, has each `uncertain` in its place;",
        "# `same` and `correlations` belong into the experiment: without them the numbers are taken for independent.",
        "numbers:",
    ]
    for j, one in enumerate(calibration.hidden):
        for place in one.places:
            lines += [
                f'  - of: "{place.path}"',
                f"    uncertain: {uncertain_form(place, draws[:, j])[0]}",
                f"    source: \"calibration study '{study}': {one.name}\"",
            ]
    several = [one for one in calibration.hidden if len(one.places) > 1]
    lines += ["same:"] if several else []
    for one in several:
        listed = ", ".join(f'"{uncertain_path(data, place.trail)}"' for place in one.places)
        lines.append(f"  - {{numbers: [{listed}], source: \"calibration study '{study}': {one.name}\"}}")
    paths = [uncertain_path(data, one.places[0].trail) for one in calibration.hidden]
    pairs = correlated(paths, 2 * np.sin(np.pi / 6 * ranks), f"calibration study '{study}'")
    lines += ["correlations:"] if pairs else []
    for pair in pairs:
        first, second = pair["between"]
        lines.append(
            f'  - {{between: ["{first}", "{second}"], rank: {pair["rank"]}, source: "{pair["source"]}"}}'
        )
    return "\n".join(lines) + "\n"


def fitted_model(calibration: Calibration, draws: Floats, path: Path) -> None:
    """Write the model file with the posterior in it, as it is read by an experiment.

    Parameters
    ----------
    calibration : Calibration
    draws : ndarray of float, shape (draws, hidden)
    path : Path
        The file to write.

    Raises
    ------
    ModelError
        Where shares of one branch sum to more than one.
    """
    text = (calibration.path.parent / calibration.study.model).read_text(encoding="utf-8")
    study = calibration.study.study
    written: dict[Place, str] = {}
    best: dict[Place, float] = {}
    for j, one in enumerate(calibration.hidden):
        for place in one.places:
            form, best[place] = uncertain_form(place, draws[:, j])
            written[place] = f"{{uncertain: {form}, source: \"calibration study '{study}': {one.name}\"}}"
    path.write_text(with_uncertain(text, calibration.data, written, best), encoding="utf-8")
