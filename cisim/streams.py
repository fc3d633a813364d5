"""Random numbers by address: the same question gets the same answer, whatever else is asked.

An address is a list of names and numbers (seed, replication, pathway, step, purpose); its digest is the
key of a counter-based generator (Philox 4x64-10, Salmon and others 2011), whose counter says which
patient and which visit. So adding or removing a step, a ward or a pathway moves no other number, and any
block of patients can be drawn at once, in any order, in any process.

A patient's number is ``band << 32 | index``: the band of arrival rate and the place within it.

References
----------
J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw (2011). Parallel random numbers: as easy as 1, 2, 3.
SC '11. doi:10.1145/2063384.2063405
"""

from __future__ import annotations

import hashlib
import threading

import numpy as np
from numpy.typing import NDArray

__all__ = ["BAND_BITS", "address", "uniforms", "uniforms_of"]

BAND_BITS = 32
_WORDS = 4  # one step of the counter gives four 64-bit words
_LOW_WORD = (1 << 64) - 1
_ONE = np.uint64(0x3FF << 52)  # the sign and exponent of the numbers from 1 up to 2
_HALF_STEP_BELOW_ONE = 1.0 - 2.0**-53


class _Source(threading.local):
    """One generator a thread, set to each place anew: a new one would cost five times as much."""

    def __init__(self) -> None:
        self.philox = np.random.Philox(key=0)
        self.empty = np.zeros(_WORDS, dtype=np.uint64)


_SOURCE = _Source()


def address(*parts: str | int) -> int:
    """Return the 128-bit key of an address; ``("a", "b")`` and ``("ab",)`` differ, as do 1 and "1".

    >>> address(1, 0, "ward", "need", "duration") == address(1, 0, "ward", "need", "duration")
    True
    >>> address("a", "b") == address("ab")
    False
    """
    texts = [("n" if isinstance(part, int) else "s", str(part).encode()) for part in parts]
    told = b"".join(b"%s%d:%s" % (kind.encode(), len(text), text) for kind, text in texts)
    return int.from_bytes(hashlib.blake2b(told, digest_size=16).digest(), "little")


def uniforms(key: int, first: int, count: int, *, visit: int = 0, band: int = 0) -> NDArray[np.float64]:
    """Return uniform numbers strictly between 0 and 1 for patients `first` .. `first + count - 1` of a band.

    Parameters
    ----------
    key : int
        From `address`.
    first, count : int
        Indices within the band, from 0.
    visit : int
        How often the patient has passed before.
    band : int
        Band of arrival rate.

    Returns
    -------
    ndarray of float, shape (count,)
        Each depends on its own index alone.

    >>> bool((uniforms(5, 0, 10)[3:] == uniforms(5, 3, 7)).all())
    True
    """
    start = first // _WORDS
    skip = first - start * _WORDS
    _SOURCE.philox.state = {
        "bit_generator": "Philox",
        "state": {
            "counter": np.array([start, visit, band, 0], dtype=np.uint64),
            "key": np.array([key & _LOW_WORD, key >> 64], dtype=np.uint64),
        },
        "buffer": _SOURCE.empty,
        "buffer_pos": _WORDS,
        "has_uint32": 0,
        "uinteger": 0,
    }
    words = _SOURCE.philox.random_raw(skip + count)[skip:]
    # 52 bits and a half: the highest is still below 1, the lowest above 0; with the exponent of 1 they are read as
    # 1 + bits / 2^52, and every operation is exact
    words >>= np.uint64(12)
    words |= _ONE
    unit: NDArray[np.float64] = words.view(np.float64)
    unit -= _HALF_STEP_BELOW_ONE
    return unit


def uniforms_of(key: int, patients: NDArray[np.int64], *, visit: int = 0) -> NDArray[np.float64]:
    """Return each patient's uniform number, shape (n,), for any patient numbers in any order."""
    out = np.empty(len(patients))
    bands = patients >> BAND_BITS
    indices = patients & ((1 << BAND_BITS) - 1)
    for band in np.unique(bands):
        mine = bands == band
        index = indices[mine]
        low = int(index.min())
        out[mine] = uniforms(key, low, int(index.max()) - low + 1, visit=visit, band=int(band))[index - low]
    return out
