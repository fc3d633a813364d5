"""A probabilistic analysis to be worked through: three strategies on twenty parameters, some bent, some idle."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

STRATEGIES = 3


def psa(draws: int, parameters: int) -> np.ndarray:
    """Return parameters and then net benefits of the strategies (pounds), shape (draws, parameters + 3)."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(draws, parameters))
    slope = 2_000 / (1 + np.arange(parameters))
    bend = 1_000 / (1 + np.arange(parameters)[::-1])
    first = 500 + x @ slope + rng.normal(0, 2_000, draws)
    second = 300 + (x**2 - 1) @ bend + x @ slope[::-1] + rng.normal(0, 2_000, draws)
    return np.column_stack([x, np.zeros(draws), first, second])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, required=True)
    parser.add_argument("--parameters", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="column by column, as 64-bit numbers")
    asked = parser.parse_args()
    psa(asked.draws, asked.parameters).T.astype("<f8").tofile(asked.out)
