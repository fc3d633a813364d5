"""Waiting and blocking: honest about those who gave up and those who wait still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cisim.measures.curves import NEVER, Floats, Ints
from cisim.measures.patients import percentiles
from cisim.measures.rows import ROUNDING, Measure, Windows, emit, ratio
from cisim.measures.scan import limit_ranks
from cisim.measures.tables import QUEUES, Interruptions, Visits, check_window, step_code, visits
from cisim.units import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cisim.eventlog import EventLog

__all__ = ["Waits", "blocked", "mean_wait", "queue_measures", "reached", "wait_percentiles", "waits"]

_SHARES = (0.5, 0.9, 0.95)
_NAMES = ("p50", "p90", "p95")


@dataclass(frozen=True, slots=True)
class Waits:
    """Those who asked in a window, each followed to the end of the log.

    Attributes
    ----------
    waited : ndarray of int64, shape (n,)
        Milliseconds in the queue; for who gave up or waits still, so far as it is known.
    served : ndarray of bool, shape (n,)
        Whether the wait ended in being served.
    gave_up : ndarray of bool, shape (n,)
        Whether it ended in giving up or being turned away; neither: waiting still.
    """

    waited: Ints
    served: NDArray[np.bool_]
    gave_up: NDArray[np.bool_]

    def percentile(self, share: float) -> float:
        """Return the wait (ms) within which this share would be served, by `reached`."""
        return float(reached(self.waited, self.served, np.array([share]))[0])


def waits(log: EventLog, pathway: str, step: str, start: int, end: int) -> Waits:
    """Return the waits of those who asked at `step` in [start, end)."""
    check_window(log, start, end)
    mine = visits(log).of(step_code(log, pathway, step))
    return _followed(mine, (mine.ask >= start) & (mine.ask < end), log.end)


def mean_wait(log: EventLog, pathway: str, step: str, start: int, end: int) -> float:
    """Return the time spent waiting in [start, end) by all, over the number who asked in it (ms).

    By Little's law this is the mean wait in the long run, and nobody is left out of it: who waits still has
    waited. Not a number where nobody asked.
    """
    check_window(log, start, end)
    mine = visits(log).of(step_code(log, pathway, step))
    windows = Windows.of(start, end, weekly=False)
    return float(ratio(_queue_time(mine, windows), windows.count(mine.ask))[0])


def blocked(log: EventLog, pathway: str, step: str, start: int, end: int) -> int:
    """Return the milliseconds in [start, end) for which a stay's beds were held by who was ready to go on."""
    check_window(log, start, end)
    mine = visits(log).of(step_code(log, pathway, step))
    return int(_blocked_time(mine, Windows.of(start, end, weekly=False))[0])


def reached(waited: Ints, served: NDArray[np.bool_], shares: Floats) -> Floats:
    """Return the waits within which `shares` of patients would be served, by the product limit.

    Who gave up, or waits still, counts as waiting for as long as was seen, and after that as anybody who
    had waited as long (Kaplan and Meier 1958). With nobody such it is the plain percentile: the least wait
    that so large a share does not exceed.

    Parameters
    ----------
    waited : ndarray of int64, shape (n,)
    served : ndarray of bool, shape (n,)
    shares : ndarray of float, shape (m,)
        Between 0 and 1.

    Returns
    -------
    ndarray of float, shape (m,)
        In the unit of `waited`; not a number where so large a share is never reached.

    Examples
    --------
    >>> reached(np.array([1, 2, 3, 4]), np.array([True, False, True, False]), np.array([0.5, 0.9]))
    array([ 3., nan])
    """
    return _ranks((waited.astype(np.int64) << 1) | ~served, np.asarray(shares, np.float64))


def wait_percentiles(waits: Ints, *, unserved: bool) -> Floats:
    """Return the 50th, 90th and 95th percentile of `waits`, twice the time and one more where not served."""
    if unserved or not len(waits):
        return _ranks(waits, np.array(_SHARES))
    return percentiles(waits) // 2


def _ranks(waits: Ints, shares: Floats) -> Floats:
    order = np.argsort(shares, kind="stable")
    out = np.empty(len(shares))
    out[order] = limit_ranks(np.sort(waits), shares[order], ROUNDING)
    return out


def _followed(table: Visits, chosen: NDArray[np.bool_], end: int) -> Waits:
    out = np.minimum(table.queue_end[chosen], end)
    served = table.begin[chosen] < NEVER
    return Waits(out - table.ask[chosen], served, ~served & (table.away[chosen] < NEVER))


def _joined(table: Visits) -> NDArray[np.bool_]:
    return table.ask < NEVER


def _queue_time(table: Visits, windows: Windows) -> Ints:
    joined = _joined(table)
    return windows.overlap(table.ask[joined], table.queue_end[joined])


def _blocked_time(table: Visits, windows: Windows) -> Ints:
    ready = table.ready < NEVER
    return windows.overlap(table.ready[ready], table.give[ready])


def _wait_rows(log: EventLog, code: int, table: Visits, windows: Windows) -> Iterator[Measure]:
    owner = (log.steps[code].pathway, log.steps[code].name, "")
    joined = _joined(table)
    asked = windows.count(table.ask)
    yield from emit(
        ("wait", "mean"), owner, "h", windows, ratio(_queue_time(table, windows), asked) / HOUR, asked
    )
    yield from _percentile_rows(owner, _followed(table, joined, log.end), table.ask[joined], windows)
    done = joined & (table.begin < NEVER)
    begun = table.begin[done]
    number = windows.count(begun)
    mean = ratio(windows.sum(begun, begun - table.ask[done]), number) / HOUR
    yield from emit(("wait", "completed_mean"), owner, "h", windows, mean, number)
    waiting = windows.before_end(table.ask[joined]) - windows.before_end(table.queue_end[joined])
    yield from emit(("wait", "still_waiting"), owner, "patients", windows, waiting, asked)
    away = windows.count(table.gave_up[joined])
    yield from emit(("wait", "gave_up"), owner, "patients", windows, away, asked)


def _percentile_rows(
    owner: tuple[str, str, str], followed: Waits, asked: Ints, windows: Windows
) -> Iterator[Measure]:
    groups = windows.groups(asked, (followed.waited << 1) | ~followed.served)
    n = [len(g) for g in groups]
    served = [m - int((g & 1).sum()) for m, g in zip(n, groups, strict=True)]
    ranks = np.array([wait_percentiles(g, unserved=m < len(g)) for m, g in zip(served, groups, strict=True)])
    for column, name in enumerate(_NAMES):
        yield from emit(("wait", name), owner, "h", windows, ranks[:, column] / HOUR, n)
    yield from emit(("wait", "served_share"), owner, "share", windows, ratio(served, n), n)


def _interrupted_rows(log: EventLog, code: int, table: Interruptions, windows: Windows) -> Iterator[Measure]:
    owner = (log.steps[code].pathway, log.steps[code].name, "")
    mine = table.step == code
    times = windows.count(table.since[mine])
    yield from emit(("interrupted", "times"), owner, "times", windows, times, times)
    waited = windows.overlap(table.since[mine], table.until[mine])
    yield from emit(("interrupted", "mean"), owner, "h", windows, ratio(waited, times) / HOUR, times)


def _blocked_rows(log: EventLog, code: int, table: Visits, windows: Windows) -> Iterator[Measure]:
    owner = (log.steps[code].pathway, log.steps[code].name, "")
    over = (table.ready < NEVER) & (table.give < NEVER)
    given = table.give[over]
    n = windows.count(given)
    total = _blocked_time(table, windows) / DAY
    yield from emit(("blocked", "total"), owner, "d", windows, total, n)
    each = ratio(windows.sum(given, given - table.ready[over]), n) / DAY
    yield from emit(("blocked", "mean_per_stay"), owner, "d", windows, each, n)


def queue_measures(
    log: EventLog, passages: list[Visits], breaks: Interruptions, windows: Windows
) -> Iterator[Measure]:
    """Yield the waits of every queue, the interruptions of every activity and the blocked time of every stay."""
    for code, step in enumerate(log.steps):
        if step.kind in QUEUES:
            table = passages[code]
            yield from _wait_rows(log, code, table, windows)
            if step.kind == "activity":
                yield from _interrupted_rows(log, code, breaks, windows)
            if step.kind == "stay":
                yield from _blocked_rows(log, code, table, windows)
