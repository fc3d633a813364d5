r"""Approximate Bayesian computation with regression adjustment: the other way, without an emulator.

Of many points simulated over the priors those nearest to the target are kept, and moved by what a straight line says
that they are off: :math:`u_i^* = u_i - (s_i - z) \hat\beta`. It needs no model of the simulator, and many more points.

References
----------
Beaumont, Zhang, Balding (2002), Genetics 162(4), 2025-2035. Blum, François (2010), Stat. Comput. 20(1), 63-73.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from cisim.errors import ModelError

if TYPE_CHECKING:
    from cisim.calibrate.aims import Floats

__all__ = ["adjusted"]


def adjusted(u: Floats, figures: Floats, target: Floats, *, keep: float = 0.1) -> tuple[Floats, Floats]:
    """Return draws from the posterior by rejection and regression, and the weight of each.

    Parameters
    ----------
    u : ndarray of float, shape (n, p)
        Points over the priors, as their quantiles.
    figures : ndarray of float, shape (n, targets)
        What one simulated set of records at each point gives: its luck is the luck of the records.
    target : ndarray of float, shape (targets,)
    keep : float
        Share of the points that is kept.

    Returns
    -------
    draws : ndarray of float, shape (kept, p)
    weights : ndarray of float, shape (kept,)
        They sum to one.

    Raises
    ------
    ModelError
        Where fewer points are kept than a straight line needs.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> u = rng.random((4000, 1))
    >>> draws, weights = adjusted(u, u + 0.01 * rng.standard_normal((4000, 1)), np.array([0.3]))
    >>> bool(abs(draws[:, 0] @ weights - 0.3) < 0.01), bool(0.008 < draws.std() < 0.013)
    (True, True)
    """
    size = np.median(np.abs(figures - np.median(figures, axis=0)), axis=0)
    off = (figures - target) / np.where(size > 0, size, 1.0)
    far = np.sqrt((off**2).sum(axis=1))
    kept = np.argsort(far, kind="stable")[: int(np.ceil(keep * len(u)))]
    if len(kept) < 4 * (figures.shape[1] + 1):
        raise ModelError("keep", f"got {len(kept)} points, want {4 * (figures.shape[1] + 1)} or more")
    weight = 1 - (far[kept] / far[kept].max()) ** 2
    logit = special.logit(np.clip(u[kept], 1e-6, 1 - 1e-6))
    straight = np.column_stack([np.ones(len(kept)), off[kept]])
    root = np.sqrt(weight)[:, None]
    beta = np.linalg.lstsq(straight * root, logit * root, rcond=None)[0]
    return special.expit(logit - off[kept] @ beta[1:]), weight / weight.sum()
