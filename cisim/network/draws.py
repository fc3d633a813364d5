"""Every random number of a run, made by address, in blocks of patients, outside the engines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from cisim.distributions import Choice, Distribution, Gamma, longer
from cisim.inverse import numbers, parameters
from cisim.network.arrivals import NOBODY, Arrivals, Run, Timing, band_of, in_order
from cisim.network.flat import STARTER_BAND, ArrivalProcess, Kind, Network, Starting
from cisim.streams import BAND_BITS, address, uniforms, uniforms_of
from cisim.units import DAY, HOUR

__all__ = ["Draws"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_SMALLEST, _LARGEST = (
    256,
    8192,
)  # of a block: enough to vectorise; not far more than is asked for, nor than a cache
_BLOCKS = 64  # about so many of them for the pathway with most patients, between these two
_TOGETHER = 1 << 17  # arrivals made at once where they come in pieces


class Draws:
    """The numbers of one replication of a network.

    Parameters
    ----------
    network : Network
    seed, replication : int

    Attributes
    ----------
    start_pathway, start_patient, start_slot, start_node, start_stay, start_pool : ndarray of int, shape (m,)
        Who is there at the beginning, by pathway and number; see `Starting`.
    start_since : ndarray of int, shape (m,)
        Since when each has been there (ms, at most 0).
    expected, variance : ndarray of float, shape (pathways,)
        Of the number of arrivals, day effects included.
    block_size : int
        How many slots `block` gives at once, a power of two.
    """

    def __init__(self, network: Network, seed: int, replication: int) -> None:
        self._network = network
        self._root = (seed, replication)
        self._given: dict[
            int, list[tuple[int, Ints]]
        ] = {}  # by stream: first slot, and times it is longer than
        self._blocks: dict[tuple[int, int, int], list[int]] = {}
        self._days: dict[tuple[str, float], Floats] = {}
        self._runs = [self._drawn(code, process) for code, process in enumerate(network.arrivals)]
        self._count = [sum(run.count for run in runs) for runs in self._runs]
        self._start()
        self._keys: dict[int, int] = {}
        codes = {name: code for code, name in enumerate(network.pathways)}
        self._owner = [codes[stream.names[0]] for stream in network.streams]
        moments = [self._moments(process) for process in network.arrivals]
        self.expected = np.array([m for m, _ in moments])
        self.variance = np.array([v for _, v in moments])
        most = max(self._count, default=0) // _BLOCKS
        self.block_size = min(max(1 << most.bit_length(), _SMALLEST), _LARGEST)

    def slots(self, pathway: int) -> int:
        """Return how many patients a pathway has, those who are there at the beginning among them."""
        return self._count[pathway]

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
        if not self._network.streams[stream].per_visit:
            visit = 0
        block, place = divmod(slot, self.block_size)
        values = self._blocks.get((stream, visit, block))
        if values is None:
            values = self._blocks[stream, visit, block] = self.block(stream, visit, block).tolist()
        return values[place]

    def key(self, stream: int) -> int:
        """Return the key of a stream, from its address."""
        if stream not in self._keys:
            self._keys[stream] = address(*self._root, *self._network.streams[stream].names)
        return self._keys[stream]

    def parameters(self, stream: int) -> list[float] | None:
        """Return what `cisim.inverse.number` wants for a stream's numbers; None where they are made in blocks alone."""
        return None if stream in self._given else parameters(self._network.streams[stream].distribution)

    def block(self, stream: int, visit: int, block: int) -> Ints:
        """Return the numbers of the slots from ``block * block_size`` on, the last block shorter than others.

        Who was there at the beginning has, at the first passage of the step they were at, a number that is longer
        than the time already passed.
        """
        which = self._network.streams[stream]
        if not which.per_visit:
            visit = 0
        owner = self._owner[stream]
        low = block * self.block_size
        high = min(low + self.block_size, self._count[owner])
        u = self._uniforms(owner, self.key(stream), low, high, visit)
        given = self._given.get(stream, []) if visit == 0 else []
        before = [(first, elapsed, u[max(first - low, 0) :].copy()) for first, elapsed in given]
        values = _whole(which.distribution, u)
        for first, elapsed, mine in before:
            start, stop = max(first, low), min(first + len(elapsed), high)
            if start < stop:
                than = elapsed[start - first : stop - first]
                long = np.rint(longer(which.distribution, than.astype(float), mine[: stop - start]))
                values[start - low : stop - low] = np.maximum(long.astype(np.int64), than + 1)
        return values

    def attribute(self, code: int) -> Ints:
        """Return the value code of an attribute for all patients of its pathway, by slot."""
        pathway, name, choice = self._network.attributes[code]
        key = address(*self._root, self._network.pathways[pathway], name, "attribute")
        return choice.ppf(self._uniforms(pathway, key, 0, self._count[pathway], 0)).astype(np.int64)

    def uniform(self, names: tuple[str, ...], patient: int, visit: int = 0) -> float:
        """Return a number strictly between 0 and 1 by an address of one's own, for a step written in Python.

        Parameters
        ----------
        names : tuple of str
            Pathway, step and purpose, not those of a stream of the network.
        patient, visit : int
            The patient's number, and how often they passed the step before.
        """
        return float(uniforms_of(address(*self._root, *names), np.array([patient]), visit=visit)[0])

    def _uniforms(self, pathway: int, key: int, low: int, high: int, visit: int) -> Floats:
        """Return the uniform numbers of a stretch of a pathway's slots."""
        runs = self._runs[pathway]
        if low >= high:
            return np.empty(0)
        at = bisect_right(runs, low, key=lambda run: run.first) - 1
        parts = [runs[at].uniforms(key, low, high, visit)]
        while at + 1 < len(runs) and runs[at + 1].first < high:
            at += 1
            parts.append(runs[at].uniforms(key, low, high, visit))
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    # -- who is there at the beginning ----------------------------------------------------------------

    def _start(self) -> None:
        """Put those who are there at the beginning after all who arrive, and draw since when they are."""
        columns: list[list[Ints]] = [[np.empty(0, np.int64)] for _ in range(7)]
        for pathway, groups in groupby(self._network.starting, key=lambda group: group.pathway):
            runs, first = self._runs[pathway], self._count[pathway]
            place = 0
            for group in groups:
                elapsed = self._elapsed(group, place)
                number = np.arange(place, place + len(elapsed), dtype=np.int64)
                at = (group.node, group.stay, group.pool)
                rows = (number + (STARTER_BAND << BAND_BITS), number + first)
                same = [np.full(len(number), code) for code in (pathway, *at)]
                for column, values in zip(columns, (same[0], *rows, *same[1:], -elapsed), strict=True):
                    column.append(values)
                self._condition(group.node, first + place, elapsed)
                place += len(elapsed)
            if place:
                runs.append(Run(STARTER_BAND, first, place))
                self._count[pathway] += place
        whole = [np.concatenate(column).astype(np.int64) for column in columns]
        self.start_pathway, self.start_patient, self.start_slot, *rest = whole
        self.start_node, self.start_stay, self.start_pool, self.start_since = rest

    def _elapsed(self, group: Starting, place: int) -> Ints:
        if isinstance(group.elapsed, tuple):
            return np.array(group.elapsed, dtype=np.int64)
        key = address(*self._root, self._network.pathways[group.pathway], group.step, "elapsed")
        u = uniforms(key, place, group.number, band=STARTER_BAND)
        return np.maximum(_whole(group.elapsed, u), 0)

    def _condition(self, node: int, first: int, elapsed: Ints) -> None:
        """Let what a node draws be longer than the time that has already passed there."""
        delay = self._network.kind[node] == Kind.DELAY
        stream = int((self._network.duration if delay else self._network.patience)[node])
        if stream >= 0:
            self._given.setdefault(stream, []).append((first, elapsed))

    # -- arrivals ---------------------------------------------------------------------------------

    def arrivals(self, together: int = _TOGETHER) -> Iterator[Arrivals]:
        """Yield who arrives in [0, end), in order: about so many at a time, and all who come at one moment together."""
        pieces = -(-len(self) // together)
        ends = [self._network.end * (piece + 1) // pieces for piece in range(pieces)]
        told = [run.until(code, ends) for code, runs in enumerate(self._runs) for run in runs if run.timing]
        for parts in zip(*told, strict=True):
            yield in_order(parts)

    def __len__(self) -> int:
        """Return how many arrive."""
        return sum(run.count for runs in self._runs for run in runs if run.timing)

    @cached_property
    def everybody(self) -> Arrivals:
        """All who arrive in [0, end)."""
        return next(self.arrivals(max(len(self), 1)), NOBODY)

    @property
    def time(self) -> Ints:
        """When each arrives (ms)."""
        return self.everybody.time

    @property
    def pathway(self) -> Ints:
        """The pathway of each who arrives."""
        return self.everybody.pathway

    @property
    def patient(self) -> Ints:
        """The number of each who arrives."""
        return self.everybody.patient

    @property
    def slot(self) -> Ints:
        """The place of each who arrives among the pathway's patients, by number; what `number` is asked with."""
        return self.everybody.slot

    def _day_factors(self, process: ArrivalProcess) -> Floats:
        """Return the factor of each day, the same for all pathways of a group with the same variation."""
        which = (process.day_group, process.day_cv)
        if which not in self._days:
            key = address(*self._root, process.day_group, "day effect")
            u = uniforms(key, 0, -(-self._network.end // DAY))
            self._days[which] = Gamma(1.0, process.day_cv).ppf(u)
        return self._days[which]

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

    def _drawn(self, code: int, process: ArrivalProcess) -> list[Run]:
        """Return a pathway's patients, band by band."""
        end = self._network.end
        if len(process.listed):
            times = process.listed[: np.searchsorted(process.listed, end)]
            return [Run(0, 0, len(times), None, Timing(times))] if len(times) else []
        rate = process.hourly
        if process.day_cv:
            rate = rate * np.repeat(self._day_factors(process), 24)[: len(rate)]
        bands = int(np.ceil(rate.max(initial=0.0) / process.band - 1e-12))
        name = self._network.pathways[code]
        keys = tuple(address(*self._root, name, "arrivals", purpose) for purpose in ("gap", "height"))
        drawn: list[Run] = []
        for band in range(bands):
            first = drawn[-1].first + drawn[-1].count if drawn else 0
            run = band_of((keys[0], keys[1]), process.band, band, first, rate, end)
            if run.count:
                drawn.append(run)
        return drawn


def _whole(of: Distribution, u: Floats) -> Ints:
    """Return the quantiles at `u` as whole numbers."""
    if isinstance(of, Choice) and len(of.values) == 1:
        return np.full(len(u), round(of.values[0]), dtype=np.int64)
    params = parameters(of)
    if params is None:
        return np.rint(of.ppf(u)).astype(np.int64)
    out = np.empty(len(u), np.int64)
    numbers(np.array(params), u, out)
    return out
