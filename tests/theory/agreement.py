"""Holding the mean of replications to the truth: shared by the theory tests."""

import math

import numpy as np
from scipy import stats

SEED = 20261122
CASES = 29  # comparisons in tests/theory


def agree(samples, truth, *, controls=None, relative=0.005):
    """Hold a mean of independent replications to the truth; `controls`, shape (n, k), have mean zero."""
    samples = np.asarray(samples, float)
    n = len(samples)
    x = np.column_stack([np.ones(n), *([] if controls is None else np.asarray(controls).T)])
    beta, *_ = np.linalg.lstsq(x, samples, rcond=None)
    free = n - x.shape[1]
    variance = np.square(samples - x @ beta).sum() / free
    se = math.sqrt(variance * np.linalg.inv(x.T @ x)[0, 0])
    print(f"estimate {beta[0]:.6g} truth {truth:.6g} se {se / truth:.3%} z {(beta[0] - truth) / se:.2f}")
    assert se <= relative * truth, f"standard error {se / truth:.2%} of the truth: run longer"
    limit = stats.t.ppf(1 - 0.001 / CASES / 2, free)
    z = (beta[0] - truth) / se
    assert abs(z) <= limit, f"mean {beta[0]:.6g}, truth {truth:.6g}: {z:.2f} standard errors"


def erlang_b(servers, load):
    """Return the share lost of an Erlang loss system."""
    b = 1.0
    for k in range(1, servers + 1):
        b = load * b / (k + load * b)
    return b


def erlang_c(servers, load):
    """Return the share of patients who wait in an M/M/c queue."""
    b, rho = erlang_b(servers, load), load / servers
    return b / (1 - rho * (1 - b))
