"""Whose rows a log keeps, where it does not keep all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisim.network import Network
from cisim.streams import address, uniforms_of

__all__ = ["kept"]

Ints = NDArray[np.int64]


def kept(network: Network, pathway: Ints, patient: Ints, share: float) -> Ints:
    """Return 1 for each patient whose rows are kept, else 0: always the same, and more for a larger share."""
    out = np.full(len(pathway), int(share > 0), np.int64)
    if 0 < share < 1:
        for code, name in enumerate(network.pathways):
            mine = pathway == code
            out[mine] = uniforms_of(address("kept", name), patient[mine]) < share
    return out
