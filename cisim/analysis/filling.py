r"""Filling up the draws of a run: each emulated draw is a weighted sum of the simulated ones.

A Gaussian process predicts a mean at another draw as a weighted sum of the means at its points, and the weights depend
on where the draws lie, not on what was counted there. So the weights that predict what an option is worth predict
everything that it is made of, with the same sum: what adds up in every simulated draw adds up in every emulated one,
and options stay comparable. Three things are added up:

.. math:: Q_{ir} = \sum_d w_{id} \bar Q_d
          \;+\; s_i \, z_{e(i)}
          \;+\; \bigl(Q_{n(i) r} - \bar Q_{n(i)}\bigr)

the prediction; an error of the emulator, which is the error that it made at a simulated draw :math:`e(i)` when that was
left out, brought to the size :math:`s_i` that the process gives for this one, or that leaving out shows, if more; and
the luck of replication r at the nearest simulated draw :math:`n(i)`.

References
----------
Rasmussen, Williams (2006), Gaussian Processes for Machine Learning, section 2.2 (the prediction is a linear smoother).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.stats import rankdata

from cisim.analysis.emulator import Checked, Emulator, emulate, replicated
from cisim.errors import ModelError
from cisim.streams import address, uniforms

__all__ = ["Filling", "filling", "normal_scores"]

Floats = NDArray[np.float64]
STILL = 0.05
"""Of the variance of an outcome over all that is not known: what is simulated moves it by less, so that it need not be
predicted well (an assumption)."""


@dataclass(frozen=True, slots=True)
class Filling:
    """How emulated draws are made of simulated ones.

    Attributes
    ----------
    weights : ndarray of float, shape (emulated, simulated)
        Of the means of the simulated draws, the error of the emulator included; each row sums to one.
    nearest : ndarray of int, shape (emulated,)
        The simulated draw whose luck is taken.
    sd : ndarray of float, shape (emulated,)
        How large the error of the emulator is at each, in standard deviations of an outcome over the simulated draws.
    emulator : Emulator or None
        None where nothing that is simulated moves any outcome.
    checks : dict of str to Checked
        Of each outcome that moves.
    rests_on : str
        What must stand beside every number and figure made of them.
    """

    weights: Floats = field(repr=False)
    nearest: NDArray[np.int64] = field(repr=False)
    sd: Floats = field(repr=False)
    emulator: Emulator | None
    checks: dict[str, Checked]
    rests_on: str

    def fill(self, amounts: ArrayLike) -> Floats:
        """Return amounts at the emulated draws in every replication.

        Parameters
        ----------
        amounts : array_like of float, shape (simulated, replications, ...)

        Returns
        -------
        ndarray of float, shape (emulated, replications, ...)
            What is the same in all simulated draws and replications is that here, to the last bit.
        """
        found = np.asarray(amounts, np.float64)
        flat = found.reshape(*found.shape[:2], -1)
        mean = flat.mean(axis=1)
        out = (self.weights @ mean)[:, None, :] + (flat - mean[:, None, :])[self.nearest]
        still = (flat == flat[:1, :1]).all(axis=(0, 1))
        out[:, :, still] = flat[0, 0, still]
        return np.asarray(out.reshape(len(self.nearest), *found.shape[1:]))

    def error(self, outcome: ArrayLike) -> Floats:
        """Return how far off the emulator may be at each emulated draw, as a standard deviation.

        Parameters
        ----------
        outcome : array_like of float, shape (simulated, replications)

        Returns
        -------
        ndarray of float, shape (emulated,)
        """
        if self.emulator is None:
            return np.zeros(len(self.nearest))
        errors, size = self.emulator.left_out()
        off = errors @ np.asarray(outcome, np.float64).mean(axis=1) / size
        return self.sd * float(np.sqrt(np.square(off).mean()))


def normal_scores(inputs: Mapping[str, ArrayLike]) -> dict[str, Floats]:
    """Return numbers as the normal scores of their ranks: a long tail then bends little. Equal numbers stay equal.

    Examples
    --------
    >>> normal_scores({"stay": [1.0, 100.0, 2.0]})["stay"].round(2).tolist()
    [-0.97, 0.97, 0.0]
    """
    out = {}
    for path, column in inputs.items():
        ranks = rankdata(np.asarray(column, np.float64))
        out[path] = np.asarray(special.ndtri((ranks - 0.5) / len(ranks)))
    return out


def filling(
    inputs: Mapping[str, ArrayLike],
    outcomes: Mapping[str, ArrayLike],
    at: Mapping[str, ArrayLike],
    *,
    spread: Mapping[str, float] | None = None,
    seed: int = 1,
) -> Filling:
    """Return how draws that were not simulated are made of those that were.

    An emulator of each outcome is tried, and the one whose weights predict all outcomes best, each left out in turn,
    is used for all.

    Parameters
    ----------
    inputs, at : mapping of str to array_like of float, shape (n,) and (m,)
        The simulated draws and those that are wanted, by path. A path that does not move is left out.
    outcomes : mapping of str to array_like of float, shape (n, replications)
        What options are worth with all prices at their best estimates, so that only what is simulated moves them.
    spread : mapping of str to float, optional
        Variance of the same outcomes with prices drawn too: an outcome that what is simulated moves by less than a
        twentieth of it need not be predicted well.
    seed : int

    Raises
    ------
    ModelError
        Where an outcome is not predicted well enough: which, why, and what may help.

    Examples
    --------
    >>> import numpy as np
    >>> stay = np.linspace(1.0, 3.0, 30)
    >>> worth = np.column_stack([50 * stay - 60, 50 * stay - 70])
    >>> found = filling({"stay": stay}, {"close": worth}, {"stay": [1.55, 2.25]})
    >>> bool(abs(found.fill(worth) - [[17.5, 7.5], [52.5, 42.5]]).max() < 4)  # with errors
    True
    """
    moving = {path: np.asarray(x, float) for path, x in inputs.items() if np.ptp(np.asarray(x, float)) > 0}
    rows = {len(np.asarray(x)) for x in at.values()}
    if len(rows) != 1 or not set(moving) <= set(at):
        raise ModelError("at", "got other paths or lengths than of the inputs, want each path, all as long")
    (m,) = rows
    n = len(next(iter(moving.values()))) if moving else 0
    both = normal_scores(
        {path: np.concatenate([x, np.asarray(at[path], float)]) for path, x in moving.items()}
    )
    points = {path: x[:n] for path, x in both.items()}
    wanted = {path: x[n:] for path, x in both.items()}
    nearest = _nearest(points, wanted)
    tables = {name: np.asarray(one, float) for name, one in outcomes.items()}
    moved = {name: one for name, one in tables.items() if _moves(one, (spread or {}).get(name, 0.0))}
    if not moved:
        return Filling(np.full((m, n), 1.0 / n), nearest, np.zeros(m), None, {}, "")
    used, checks = _best(points, moved, seed)
    weights, sd = used.weights(wanted)
    error, size = used.left_out()
    sd = sd * _widened(sd, error, size, moved)
    picked = np.floor(uniforms(address(seed, "filling", "errors"), 0, m) * n).astype(np.int64)
    weights = weights + (sd / size[picked])[:, None] * error[picked]
    worst = min(checks, key=lambda name: checks[name].q2)
    told = used.told(wanted, checks[worst]) + (
        f"; the least good of {len(checks)}" if len(checks) > 1 else ""
    )
    return Filling(weights, nearest, sd, used, checks, told)


def _moves(table: Floats, spread: float) -> bool:
    """Return whether what is simulated moves an outcome, by more than is little beside all that is not known."""
    mean = table.mean(axis=1)
    rounding = 1e-9 * max(float(np.abs(table).max()), 1e-300)
    return bool(np.ptp(mean) > rounding and mean.var() > STILL * spread)


def _best(
    points: Mapping[str, Floats], moved: Mapping[str, Floats], seed: int
) -> tuple[Emulator, dict[str, Checked]]:
    """Return the emulator that predicts all outcomes best, by the sum of their Q2, and how well it predicts each."""
    means = {name: replicated(one) if one.shape[1] > 1 else (one[:, 0], None) for name, one in moved.items()}
    tried = []
    for name, (mean, luck) in means.items():
        try:
            tried.append(emulate(points, mean, noise=luck, seed=seed).trusted())
        except ModelError as wrong:
            raise ModelError(name, wrong.text) from None
    of_all = [{name: one.checked(*of) for name, of in means.items()} for one in tried]
    best = max(range(len(tried)), key=lambda i: sum(check.q2 for check in of_all[i].values()))
    for name, check in of_all[best].items():
        if not check.good:
            raise ModelError(name, f"no one set of weights predicts all outcomes: {check.words}")
    return tried[best], of_all[best]


def _widened(sd: Floats, error: Floats, size: Floats, moved: Mapping[str, Floats]) -> float:
    """Return by how much errors must be larger for every outcome to have those that leaving out shows, luck taken off.

    The process gives the size of the errors of the outcome that it learned from: another may bend more.
    """
    most = 1.0
    for one in moved.values():
        mean, luck = replicated(one) if one.shape[1] > 1 else (one[:, 0], np.zeros(len(one)))
        off = error @ mean
        shown = float(np.square(off).mean() - luck.mean())
        stated = float(np.square(sd).mean() * np.square(off / size).mean())
        most = max(most, shown / stated) if stated > 0 else most
    return float(np.sqrt(most))


def _nearest(points: Mapping[str, Floats], wanted: Mapping[str, Floats]) -> NDArray[np.int64]:
    """Return the nearest point of each row."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - slow to load

    tree = cKDTree(np.column_stack(list(points.values())))
    return np.asarray(tree.query(np.column_stack(list(wanted.values())))[1], np.int64)
