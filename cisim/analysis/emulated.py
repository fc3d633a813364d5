"""What thousands of runs would be needed for, from a few hundred and an emulator: Sobol indices, and many draws.

Everything here asks the emulator whether it is to be trusted first, carries its own uncertainty into the interval, and
says that it rests on one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.analysis.emulator import Emulator, emulate, replicated
from cisim.analysis.indices import Shares, shares_of, sobol, sobol_design
from cisim.analysis.intervals import Estimate, student
from cisim.errors import ModelError

if TYPE_CHECKING:
    from cisim.distributions import Distribution

__all__ = ["Predicted", "emulated_sobol", "predicted"]

Floats = NDArray[np.float64]
_SURFACES = 24


@dataclass(frozen=True, slots=True)
class Predicted:
    """Outputs at many draws, by emulators of some that were simulated.

    Attributes
    ----------
    values : dict of str to ndarray of float, shape (m,)
        The expected output at each draw, by the name of the output.
    sd : dict of str to ndarray of float, shape (m,)
        How far off each may be; 0 for an output that never varies.
    emulators : dict of str to Emulator
        One for each output that varies.
    rests_on : str
        What must stand beside every number and figure made from them; empty where nothing varies.
    """

    values: dict[str, Floats]
    sd: dict[str, Floats]
    emulators: dict[str, Emulator]
    rests_on: str


def emulated_sobol(
    emulator: Emulator,
    distributions: Mapping[str, Distribution],
    *,
    n: int = 1024,
    second_order: bool = True,
    level: float = 0.95,
    correlations: Mapping[tuple[str, str], float] | None = None,
    seed: int = 1,
) -> Shares:
    r"""Return Sobol indices of the expected output, with the emulator's own uncertainty in their intervals.

    Parameters
    ----------
    emulator : Emulator
    distributions : mapping of str to Distribution
        Every input of the emulator.
    n : int
        Base points, a power of two of at least 128.
    second_order : bool
        Whether pairs are wanted too.
    level : float
    correlations : mapping of (str, str) to float, optional
        As for `sobol_design`: inputs that hang together have one index.
    seed : int

    Returns
    -------
    Shares
        Their `noise` is 0, as luck is not in the expected output; `rests_on` says what they rest on.

    Raises
    ------
    ModelError
        Where the emulator is not to be trusted, inputs that do not fit it, or a size that cannot be.

    Notes
    -----
    Indices are worked out on 24 surfaces that the points leave possible; their mean is the estimate. Its interval adds
    the spread over surfaces to that of the rows. Where the emulator misses a share m of the variance, nobody knows
    whose that is: the interval goes from :math:`(1 - m)` times its low end to :math:`(1 - m)` times its high end,
    plus m.

    References
    ----------
    Le Gratiet, Cannamela, Iooss (2014), SIAM/ASA Journal on Uncertainty Quantification 2(1), 336-363.
    """
    emulator.trusted()
    design = sobol_design(distributions, n, second_order=second_order, correlations=correlations, seed=seed)
    surfaces = emulator.draw(design.values, _SURFACES, seed=seed)
    rows = sobol(design, emulator.predict(design.values)[0], level=level)
    each = np.array([shares_of(design, surface) for surface in surfaces])
    value, spread = each.mean(axis=0), each.std(axis=0, ddof=1) * math.sqrt(1 + 1 / _SURFACES)
    half = np.hypot([one.half_width for one in _flat(rows)], student(_SURFACES, level) * spread)
    missed = emulator.missed / max(emulator.check.reachable, emulator.missed, 1e-12)
    low, high = (1 - missed) * (value - half), (1 - missed) * (value + half) + missed
    told = [
        Estimate(v, a, b, level, emulator.points)
        for v, a, b in zip(value.tolist(), low.tolist(), high.tolist(), strict=True)
    ]
    names, d = design.names, len(design.names)
    pairs = list(combinations(names, 2)) if second_order else []
    return replace(
        rows,
        first=dict(zip(names, told[:d], strict=True)),
        total=dict(zip(names, told[d : 2 * d], strict=True)),
        second=dict(zip(pairs, told[2 * d :], strict=True)),
        variance=float(surfaces.var(axis=1, ddof=1).mean()),
        noise=0.0,
        rests_on=emulator.told(design.values),
    )


def _flat(shares: Shares) -> tuple[Estimate, ...]:
    return (*shares.first.values(), *shares.total.values(), *shares.second.values())


def predicted(
    inputs: Mapping[str, ArrayLike],
    outputs: Mapping[str, ArrayLike],
    at: Mapping[str, ArrayLike],
    *,
    noise: Mapping[str, ArrayLike] | None = None,
    seed: int = 1,
) -> Predicted:
    """Return what some outputs would be, on average, at many draws, from those that were simulated.

    What a decision analysis needs: a thousand draws and more of costs, health and net benefit, where a few hundred
    were run.

    Parameters
    ----------
    inputs : mapping of str to array_like of float, shape (n,)
        The draws that were simulated, by path. A path that is the same in all of them is left out.
    outputs : mapping of str to array_like of float, shape (n,) or (n, replications)
        By name, such as ``npv:close a bay``. With replications their luck is worked out here.
    at : mapping of str to array_like of float, shape (m,)
        The draws that are wanted: the same paths.
    noise : mapping of str to array_like of float, shape (n,), optional
        Variances of the luck left in outputs that are means already.
    seed : int

    Raises
    ------
    ModelError
        Where an output's emulator is not to be trusted, named, and for what does not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> beds = np.linspace(10.0, 20.0, 40)
    >>> got = predicted({"beds": beds}, {"cost": 100 * beds, "nothing": 0 * beds}, {"beds": [12.5, 17.5]})
    >>> got.values["cost"].round(3).tolist(), got.values["nothing"].tolist()
    ([1250.0, 1750.0], [0.0, 0.0])
    """
    moving = {path: x for path, x in inputs.items() if np.ptp(np.asarray(x, float)) > 0}
    wanted = {path: at[path] for path in moving if path in at}
    rows = sorted({len(np.asarray(x)) for x in at.values()})
    if len(rows) != 1:
        raise ModelError("at", f"got {len(rows)} different numbers of draws, want the same of each path")
    values, sd, emulators = {}, {}, {}
    for name, output in outputs.items():
        y = np.asarray(output, float)
        mean, luck = replicated(y) if y.ndim == 2 else (y, (noise or {}).get(name))
        if mean.size and np.ptp(mean) <= 1e-12 * np.abs(mean).max():
            values[name], sd[name] = (np.full(rows[0], x) for x in (float(mean[0]), 0.0))
            continue
        try:
            emulators[name] = emulate(moving, mean, noise=luck, seed=seed).trusted()
        except ModelError as wrong:
            raise ModelError(f"{name}: {wrong.where}", wrong.text) from None
        values[name], sd[name] = emulators[name].predict(wanted)
    return Predicted(values, sd, emulators, _worst(emulators, wanted))


def _worst(emulators: Mapping[str, Emulator], at: Mapping[str, ArrayLike]) -> str:
    """Return what the least good of several emulators says of itself."""
    if not emulators:
        return ""
    name = min(emulators, key=lambda one: emulators[one].check.q2)
    return emulators[name].told(at) + (f"; the least good of {len(emulators)}" if len(emulators) > 1 else "")
