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

import numpy as np
from numpy.typing import NDArray

__all__ = ["BAND_BITS", "address", "uniforms", "uniforms_of"]

BAND_BITS = 32
_WORDS = 4  # one step of the counter gives four 64-bit words
_UNIT = 2.0**-52  # 52 bits and a half: the highest is still below 1, the lowest above 0


def address(*parts: str | int) -> int:
    """Return the 128-bit key of an address; ``("a", "b")`` and ``("ab",)`` differ, as do 1 and "1".

    >>> address(1, 0, "ward", "need", "duration") == address(1, 0, "ward", "need", "duration")
    True
    >>> address("a", "b") == address("ab")
    False
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        kind = "n" if isinstance(part, int) else "s"
        text = str(part).encode()
        digest.update(f"{kind}{len(text)}:".encode())
        digest.update(text)
    return int.from_bytes(digest.digest(), "little")


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
    generator = np.random.Philox(key=key, counter=start | visit << 64 | band << 128)
    words = generator.random_raw(skip + count)[skip:]
    return ((words >> np.uint64(12)).astype(np.float64) + 0.5) * _UNIT


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
