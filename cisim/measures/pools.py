"""Beds, staff, rooms and slots: what was held, rostered, idle and overrun."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cisim.eventlog import Event, EventLog, Pool
from cisim.measures.curves import NEVER, Curve, Ints, from_changes, from_levels
from cisim.measures.rows import Measure, Windows, emit, ratio
from cisim.measures.scan import changes_of
from cisim.measures.tables import Coding, Turnings, check_window, coding, pool_code, turned_round
from cisim.units import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "SHARES",
    "capacity_time",
    "census",
    "held",
    "held_time",
    "idle_time",
    "least_reached",
    "moves_of",
    "occupancy",
    "occupancy_distribution",
    "overrun_time",
    "pool_measures",
    "rostered",
]

SHARES = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("max", 1.0))
_BEDS = ("beds", "slots")


def held(log: EventLog, pool: str) -> Curve:
    """Return how many places of `pool` are held, through time."""
    return from_changes(*moves_of(coding(log), len(log.pools))[pool_code(log, pool)])


def rostered(pool: Pool) -> Curve:
    """Return the rostered number of `pool` through time; 0 throughout where nobody said it."""
    return from_levels(np.asarray(pool.times, np.int64), np.asarray(pool.numbers, np.int64))


def occupancy(log: EventLog, pool: str, start: int, end: int) -> float:
    """Return the mean places of `pool` held over [start, end), patients there from before included."""
    check_window(log, start, end)
    return float(ratio(held_time(log, pool, start, end), end - start))


def occupancy_distribution(log: EventLog, pool: str, start: int, end: int) -> dict[int, float]:
    """Return the share of [start, end) for which each number of places was held."""
    check_window(log, start, end)
    values, spent = held(log, pool).distribution(start, end)
    return dict(zip(values.tolist(), (spent / max(end - start, 1)).tolist(), strict=True))


def census(log: EventLog, pool: str, start: int, end: int) -> Ints:
    """Return the places of `pool` held at each midnight in [start, end)."""
    check_window(log, start, end)
    return held(log, pool).at(_midnights(start, end))


def held_time(log: EventLog, pool: str, start: int, end: int) -> int:
    """Return the place-milliseconds of `pool` held in [start, end)."""
    check_window(log, start, end)
    return held(log, pool).integral(start, end)


def capacity_time(log: EventLog, pool: str, start: int, end: int) -> int:
    """Return the place-milliseconds of `pool` rostered in [start, end); 0 where no number is known."""
    check_window(log, start, end)
    return rostered(log.pools[pool_code(log, pool)]).integral(start, end)


def idle_time(log: EventLog, pool: str, start: int, end: int) -> int:
    """Return rostered less held place-milliseconds of `pool` in [start, end); overrun counts against it."""
    return capacity_time(log, pool, start, end) - held_time(log, pool, start, end)


def overrun_time(log: EventLog, pool: str, start: int, end: int) -> int:
    """Return the place-milliseconds of `pool` held above its rostered number in [start, end); else 0."""
    check_window(log, start, end)
    this = log.pools[pool_code(log, pool)]
    if not this.rostered:
        return 0
    return int(held(log, pool).above(rostered(this), np.array([start, end]))[0])


def moves_of(read: Coding, pools: int) -> list[tuple[Ints, Ints]]:
    """Return, of each of so many pools, when something was taken or given back, and how many more were held."""
    room = np.zeros(pools, np.int64)
    moves = np.isin(read.book.event, (Event.TAKE, Event.GIVE)) & (read.book.pool >= 0)
    np.add.at(room, read.book.pool[moves], read.sizes[moves])
    first = np.append(0, np.cumsum(room))
    times, units, last = changes_of(read.rows, read.book, first)
    return [(times[a:b], units[a:b]) for a, b in zip(first[:-1].tolist(), last.tolist(), strict=True)]


def _midnights(start: int, end: int) -> Ints:
    return np.arange(-(-start // DAY), -(-end // DAY), dtype=np.int64) * DAY


def _least_reached(curve: Curve, windows: Windows) -> Ints:
    """Return, per window and share, the least number that so large a share of the time did not exceed."""
    out = np.zeros((len(windows.starts), len(SHARES)), np.int64)
    for row, (start, end) in enumerate(zip(windows.starts, windows.ends, strict=True)):
        out[row] = least_reached(*curve.distribution(int(start), int(end)))
    return out


def least_reached(values: Ints, spent: Ints) -> Ints:
    """Return the least of `values`, rising, that each share of the time `spent` at them did not exceed."""
    if not len(values):
        return np.zeros(len(SHARES), np.int64)
    wanted = np.array([share for _, share in SHARES]) * float(spent.sum())
    index = np.searchsorted(np.cumsum(spent), wanted - 0.5, side="left")
    out: Ints = values[np.minimum(index, len(values) - 1)]
    return out


def _occupancy_rows(pool: Pool, curve: Curve, taken: Ints, windows: Windows) -> Iterator[Measure]:
    owner = ("", "", pool.name)
    n = windows.count(taken) + curve.at(windows.starts - 1)
    used = curve.integrals(windows.starts, windows.ends)
    name = "occupancy"
    yield from emit((name, "mean"), owner, "places", windows, ratio(used, windows.lengths), n)
    if pool.rostered:
        offered = rostered(pool).integrals(windows.starts, windows.ends)
        yield from emit((name, "share"), owner, "share", windows, ratio(used, offered), n)
        if pool.kind in ("staff", "room", "equipment"):
            yield from emit(("used_share", "share"), owner, "share", windows, ratio(used, offered), n)
    ranks = np.where(windows.lengths[:, None] > 0, _least_reached(curve, windows), np.nan)
    for column, (statistic, _) in enumerate(SHARES):
        yield from emit((name, statistic), owner, "places", windows, ranks[:, column], n)
    whole = Windows(windows.starts[:1], windows.ends[:1], windows.weeks[:1])
    values, spent = curve.distribution(int(whole.starts[0]), int(whole.ends[0]))
    for value, time in zip(values.tolist(), spent.tolist(), strict=True):
        share = time / int(whole.lengths[0])
        yield from emit(("occupancy_distribution", str(value)), owner, "share", whole, share, n[:1])


def _census_rows(owner: tuple[str, str, str], curve: Curve, windows: Windows) -> Iterator[Measure]:
    counts = [curve.at(_midnights(int(a), int(b))) for a, b in zip(windows.starts, windows.ends, strict=True)]
    n = [len(c) for c in counts]
    mean = [c.mean() if len(c) else np.nan for c in counts]
    most = [c.max() if len(c) else np.nan for c in counts]
    yield from emit(("census_midnight", "mean"), owner, "places", windows, mean, n)
    yield from emit(("census_midnight", "max"), owner, "places", windows, most, n)


def _time_rows(pool: Pool, curve: Curve, turning: Ints, windows: Windows) -> Iterator[Measure]:
    owner = ("", "", pool.name)
    unit, size = ("bed-day", DAY) if pool.kind in _BEDS else ("hour", HOUR)
    used = curve.integrals(windows.starts, windows.ends)
    days = -(-windows.lengths // DAY)
    yield from emit(("held_time", "total"), owner, unit, windows, used / size, days)
    yield from emit(("turning_time", "total"), owner, unit, windows, turning / size, days)
    if pool.rostered:
        number = rostered(pool)
        offered = number.integrals(windows.starts, windows.ends)
        over = windows.with_whole(curve.above(number, windows.edges))
        yield from emit(("capacity_time", "total"), owner, unit, windows, offered / size, days)
        yield from emit(("idle_time", "total"), owner, unit, windows, (offered - used) / size, days)
        yield from emit(("overrun_time", "total"), owner, unit, windows, over / size, days)


def _turning(table: Turnings, code: int, windows: Windows) -> Ints:
    """Return the place-milliseconds of a pool that were spent being turned round, in each window."""
    mine = (table.pool == code) & (table.since < NEVER)
    units = table.units[mine]
    return windows.overlap(np.repeat(table.since[mine], units), np.repeat(table.until[mine], units))


def pool_measures(log: EventLog, read: Coding, windows: Windows) -> Iterator[Measure]:
    """Yield occupancy, census and held, rostered, idle and overrun time of every pool."""
    table = turned_round(log, read)
    moves = moves_of(read, len(log.pools))
    for code, (pool, (times, units)) in enumerate(zip(log.pools, moves, strict=True)):
        curve = from_changes(times, units)
        yield from _occupancy_rows(pool, curve, times[units > 0], windows)
        yield from _census_rows(("", "", pool.name), curve, windows)
        yield from _time_rows(pool, curve, _turning(table, code, windows), windows)
