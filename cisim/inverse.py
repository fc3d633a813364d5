"""One patient's number from its address, compiled: what `cisim.streams` and `cisim.distributions` say, one at a time.

A hospital asks most streams for few patients' numbers, here and there: in whole columns, ten numbers were made for each
that was used. `cisim.network.Draws` and the compiled engine use the same functions, so that a number is the same to the
last bit wherever it is made; a family that is not here is drawn by its own `ppf`, in columns.

The generator is Philox 4x64-10 (Salmon and others 2011), as NumPy has it; the quantile of the normal distribution is
that of the Cephes library (Moshier 1989), as SciPy has it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from cisim.distributions import Choice, Constant, Distribution, Exponential, Lognormal, Scaled, Uniform

__all__ = ["number", "numbers", "parameters", "uniform"]

CONSTANT, EXPONENTIAL, LOGNORMAL, UNIFORM, CHOICE = range(5)
_UNIT = 2.0**-52
_INDEX = (1 << 32) - 1
_M0, _M1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_W0, _W1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
_TAIL = 0.13533528323661269189  # exp(-2)


def _high_of(_context: Any, a: Any, b: Any) -> Any:
    """Return the upper 64 bits of a product."""

    def code(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        wide = context.get_value_type(types.uint64).__class__(128)
        one, other = (builder.zext(x, wide) for x in args)
        product = builder.lshr(builder.mul(one, other), wide(64))
        return builder.trunc(product, context.get_value_type(types.uint64))

    return types.uint64(a, b), code


_high: Any = intrinsic(_high_of)


@njit(cache=True)
def uniform(low, high, patient, visit):
    """Return the uniform number of a patient (band << 32 | index) from a key given as two halves."""
    index = patient & _INDEX
    c0, c1 = np.uint64((index >> 2) + 1), np.uint64(visit)
    c2, c3 = np.uint64(patient >> 32), np.uint64(0)
    k0, k1 = np.uint64(low), np.uint64(high)
    for _ in range(10):
        upper0, lower0 = _high(_M0, c0), _M0 * c0
        upper1, lower1 = _high(_M1, c2), _M1 * c2
        c0, c1, c2, c3 = upper1 ^ c1 ^ k0, lower1, upper0 ^ c3 ^ k1, lower0
        k0 += _W0
        k1 += _W1
    place = index & 3
    word = c0 if place == 0 else c1 if place == 1 else c2 if place == 2 else c3
    return (np.float64(word >> np.uint64(12)) + 0.5) * _UNIT


@njit(cache=True)
def _middle(x):
    top = -5.99633501014107895267e1 * x + 9.80010754185999661536e1
    top = (top * x - 5.66762857469070293439e1) * x + 1.39312609387279679503e1
    top = top * x - 1.23916583867381258016e0
    low = (x + 1.95448858338141759834e0) * x + 4.67627912898881538453e0
    low = (low * x + 8.63602421390890590575e1) * x - 2.25462687854119370527e2
    low = (low * x + 2.00260212380060660359e2) * x - 8.20372256168333339912e1
    low = (low * x + 1.59056225126211695515e1) * x - 1.18331621121330003142e0
    return top / low


@njit(cache=True)
def _near(z):
    top = (4.05544892305962419923e0 * z + 3.15251094599893866154e1) * z + 5.71628192246421288162e1
    top = (top * z + 4.40805073893200834700e1) * z + 1.46849561928858024014e1
    top = (top * z + 2.18663306850790267539e0) * z - 1.40256079171354495875e-1
    top = (top * z - 3.50424626827848203418e-2) * z - 8.57456785154685413611e-4
    low = (z + 1.57799883256466749731e1) * z + 4.53907635128879210584e1
    low = (low * z + 4.13172038254672030440e1) * z + 1.50425385692907503408e1
    low = (low * z + 2.50464946208309415979e0) * z - 1.42182922854787788574e-1
    low = (low * z - 3.80806407691578277194e-2) * z - 9.33259480895457427372e-4
    return z * top / low


@njit(cache=True)
def _far(z):
    top = (3.23774891776946035970e0 * z + 6.91522889068984211695e0) * z + 3.93881025292474443415e0
    top = (top * z + 1.33303460815807542389e0) * z + 2.01485389549179081538e-1
    top = (top * z + 1.23716634817820021358e-2) * z + 3.01581553508235416007e-4
    top = (top * z + 2.65806974686737550832e-6) * z + 6.23974539184983293730e-9
    low = (z + 6.02427039364742014255e0) * z + 3.67983563856160859403e0
    low = (low * z + 1.37702099489081330271e0) * z + 2.16236993594496635890e-1
    low = (low * z + 1.34204006088543189037e-2) * z + 3.28014464682127739104e-4
    low = (low * z + 2.89247864745380683936e-6) * z + 6.79019408009981274425e-9
    return z * top / low


@njit(cache=True)
def _normal(u):
    """Return the quantile of the standard normal distribution."""
    y = u
    negate = True
    if y > 1.0 - _TAIL:
        y = 1.0 - y
        negate = False
    if y > _TAIL:
        y -= 0.5
        square = y * y
        return (y + y * (square * _middle(square))) * 2.50662827463100050242e0
    x = math.sqrt(-2.0 * math.log(y))
    out = x - math.log(x) / x
    out -= _near(1.0 / x) if x < 8.0 else _far(1.0 / x)
    return -out if negate else out


@njit(cache=True)
def number(params, at, u):
    """Return the whole number of a family at a uniform number.

    Parameters
    ----------
    params : ndarray of float64
        From `at` on: the family, two parameters and a factor; for CHOICE, how many values, the values and the cuts
        between their shares.
    at : int
    u : float

    Notes
    -----
    CONSTANT: the first parameter. EXPONENTIAL: its mean. LOGNORMAL: mean and standard deviation of the logarithm.
    UNIFORM: both ends.
    """
    family = int(params[at])
    a, b = params[at + 1], params[at + 2]
    if family == EXPONENTIAL:
        value = -a * math.log1p(-u)
    elif family == LOGNORMAL:
        value = math.exp(a + b * _normal(u))
    elif family == UNIFORM:
        value = a + (b - a) * u
    elif family == CHOICE:
        count = int(a)
        place = 0
        while place < count - 1 and params[at + 4 + count + place] <= u:
            place += 1
        value = params[at + 4 + place]
    else:
        value = a
    return np.int64(np.rint(value * params[at + 3]))


@njit(cache=True)
def numbers(params, u, out):
    """Write the whole numbers at uniform numbers, shape (n,), into `out`."""
    for i in range(len(u)):
        out[i] = number(params, 0, u[i])


def parameters(distribution: Distribution) -> list[float] | None:
    """Return the parameters of a distribution as `number` takes them; None for a family that has none here."""
    factor = 1.0
    while isinstance(distribution, Scaled):
        factor *= distribution.factor
        distribution = distribution.of
    if isinstance(distribution, Constant):
        return [CONSTANT, distribution.value, 0.0, factor]
    if isinstance(distribution, Exponential):
        return [EXPONENTIAL, distribution.average, 0.0, factor]
    if isinstance(distribution, Lognormal):
        return [LOGNORMAL, *distribution.log_parameters(), factor]
    if isinstance(distribution, Uniform):
        return [UNIFORM, distribution.low, distribution.high, factor]
    if isinstance(distribution, Choice):
        cuts = np.cumsum(distribution.shares)[:-1].tolist()
        return [CHOICE, float(len(distribution.values)), 0.0, factor, *distribution.values, *cuts]
    return None
