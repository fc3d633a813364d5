"""Draws of the numbers of a value file, by path.

A path is the way to the number in the file, with names where the file has lists:
``options.Close one bay.saves``, ``programme.Coaching.once``, ``absorbed.hips.each.marginal_cost``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.errors import ModelError
from cisim.spec import uncertain_numbers
from cisim.streams import address, uniforms

if TYPE_CHECKING:
    from cisim.spec import Value

__all__ = ["draw_numbers"]

Floats = NDArray[np.float64]


def draw_numbers(value: Value, draws: int, seed: int) -> dict[str, Floats]:
    """Return the draws of every number, by path, each of shape (draws,).

    A draw depends on the seed, the path and its own number alone: not on the other numbers, not on how many
    draws are made. A number without a distribution is the same on every draw.

    Raises
    ------
    ModelError
        For fewer than one draw.
    """
    if draws < 1:
        raise ModelError("draws", f"got {draws}, want 1 or more")
    out = {}
    for path, number in uncertain_numbers(value).items():
        u = uniforms(address(seed, "value", path), 0, draws)
        out[path] = np.broadcast_to(np.asarray(number.distribution().ppf(u), float), (draws,))
    return out
