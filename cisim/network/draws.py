"""Every random number of a run, made by address, in blocks of patients, outside the engines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cisim.distributions import Gamma
from cisim.network.flat import ArrivalProcess, Network
from cisim.streams import BAND_BITS, address, uniforms, uniforms_of
from cisim.units import DAY, HOUR

__all__ = ["Draws"]

Ints = NDArray[np.int64]
_BLOCK = (
    256  # patients drawn at once: large enough to vectorise, small enough not to draw what nobody asks for
)


class Draws:
    """The numbers of one replication of a network.

    Parameters
    ----------
    network : Network
    seed, replication : int

    Attributes
    ----------
    pathway, patient, time : ndarray of int, shape (n,)
        Arrivals in [0, end), by time, then pathway, then patient number.
    slot : ndarray of int, shape (n,)
        Each arrival's place among its pathway's patients, by number; what `number` is asked with.
    expected, variance : ndarray of float, shape (pathways,)
        Of the number of arrivals, day effects included.
    """

    def __init__(self, network: Network, seed: int, replication: int) -> None:
        self._network = network
        self._root = (seed, replication)
        counts = range(len(network.pathways))
        drawn = [self._arrivals(code, network.arrivals[code]) for code in counts]
        self._patients = [np.sort(patients) for patients, _ in drawn]
        self.pathway = np.repeat(np.array(counts, dtype=np.int64), [len(p) for p, _ in drawn])
        self.patient = np.concatenate([p for p, _ in drawn]) if drawn else np.array([], dtype=np.int64)
        self.time = np.concatenate([t for _, t in drawn]) if drawn else np.array([], dtype=np.int64)
        slots = [np.searchsorted(mine, p) for mine, (p, _) in zip(self._patients, drawn, strict=True)]
        self.slot = np.concatenate(slots) if slots else np.array([], dtype=np.int64)
        order = np.lexsort((self.patient, self.pathway, self.time))
        for column in ("pathway", "patient", "time", "slot"):
            setattr(self, column, getattr(self, column)[order])
        moments = [self._moments(process) for process in network.arrivals]
        self.expected = np.array([m for m, _ in moments])
        self.variance = np.array([v for _, v in moments])
        self._keys = [address(seed, replication, *stream.names) for stream in network.streams]
        self._blocks: dict[tuple[int, int, int], list[int]] = {}
        self._owner = [network.pathways.index(stream.names[0]) for stream in network.streams]

    def number(self, stream: int, slot: int, visit: int) -> int:
        """Return a patient's whole number from a stream: a duration (ms), a way, a count.

        Parameters
        ----------
        stream : int
            Index into the network's streams.
        slot : int
            The patient's slot.
        visit : int
            How often the patient has passed this step before.
        """
        which = self._network.streams[stream]
        if not which.per_visit:
            visit = 0
        block = slot // _BLOCK
        values = self._blocks.get((stream, visit, block))
        if values is None:
            patients = self._patients[self._owner[stream]][block * _BLOCK : (block + 1) * _BLOCK]
            u = uniforms_of(self._keys[stream], patients, visit=visit)
            values = np.rint(which.distribution.ppf(u)).astype(np.int64).tolist()
            self._blocks[stream, visit, block] = values
        return values[slot % _BLOCK]

    def attribute(self, code: int) -> Ints:
        """Return the value code of an attribute for all patients of its pathway, by slot."""
        pathway, name, choice = self._network.attributes[code]
        key = address(*self._root, self._network.pathways[pathway], name, "attribute")
        return choice.ppf(uniforms_of(key, self._patients[pathway])).astype(np.int64)

    # -- arrivals ---------------------------------------------------------------------------------

    def _day_factors(self, process: ArrivalProcess) -> NDArray[np.float64]:
        days = -(-self._network.end // DAY)
        if not process.day_cv:
            return np.ones(days)
        key = address(*self._root, process.day_group, "day effect")
        return Gamma(1.0, process.day_cv).ppf(uniforms(key, 0, days))

    def _moments(self, process: ArrivalProcess) -> tuple[float, float]:
        if len(process.listed):
            return float(np.count_nonzero(process.listed < self._network.end)), 0.0
        hourly = process.hourly
        widths = np.full(len(hourly), float(HOUR))
        if len(hourly):
            widths[-1] = self._network.end - (len(hourly) - 1) * HOUR
        expected = hourly * widths
        daily = np.add.reduceat(expected, np.arange(0, len(expected), 24)) if len(expected) else expected
        total = float(expected.sum())
        return total, total + float(np.square(daily * process.day_cv).sum())

    def _arrivals(self, code: int, process: ArrivalProcess) -> tuple[Ints, Ints]:
        """Return patient numbers and times: points of a unit Poisson process in (time, rate) under the rate.

        Band b holds the rates [b, b + 1) times the band's width; within it, points come at that width in time, each
        at a height of its own. A higher rate takes in more points and moves none.
        """
        if len(process.listed):
            times = process.listed[process.listed < self._network.end]
            return np.arange(len(times), dtype=np.int64), times
        rate = process.hourly * np.repeat(self._day_factors(process), 24)[: -(-self._network.end // HOUR)]
        bands = int(np.ceil(rate.max(initial=0.0) / process.band - 1e-12))
        kept = [self._band(code, process, rate, band) for band in range(bands)]
        nobody = np.array([], dtype=np.int64)
        return np.concatenate([nobody, *(p for p, _ in kept)]), np.concatenate(
            [nobody, *(t for _, t in kept)]
        )

    def _band(
        self, code: int, process: ArrivalProcess, rate: NDArray[np.float64], band: int
    ) -> tuple[Ints, Ints]:
        name = self._network.pathways[code]
        gaps = address(*self._root, name, "arrivals", "gap")
        heights = address(*self._root, name, "arrivals", "height")
        end, block = self._network.end, max(64, int(self._network.end * process.band * 1.1) + 16)
        last, first = 0, 0
        chunks: list[Ints] = []
        while last < end:
            u = uniforms(gaps, first, block, band=band)
            chunk = last + np.cumsum(np.rint(-np.log1p(-u) / process.band).astype(np.int64))
            chunks.append(chunk)
            last, first = int(chunk[-1]), first + block
        time = np.concatenate(chunks)
        time = time[time < end]
        height = (band + uniforms(heights, 0, len(time), band=band)) * process.band
        under = height < rate[time // HOUR]
        return np.flatnonzero(under).astype(np.int64) + (band << BAND_BITS), time[under]
