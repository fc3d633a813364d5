"""One pass over a log's coded rows: everything here is compiled.

What calls each other stands in this one module, because what is kept on disk of a compiled function does not see
that another file has changed.

A passage is one visit of a step in a spell. Its rows need not stand together (a bed is given back after the next was
granted), so each spell remembers, for each step, its latest passage, and each passage the one before it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cisim.eventlog import Event

__all__ = [
    "BINS",
    "NEVER",
    "WHOLE",
    "Book",
    "Rows",
    "Spread",
    "broken_rules",
    "changes_of",
    "exchanges",
    "fold_changes",
    "fold_values",
    "interruptions",
    "levels",
    "limit_ranks",
    "not_freed",
    "passages",
    "sizes",
    "spell_times",
    "tally",
    "turnings",
]

Ints = NDArray[np.int64]
NEVER = int(np.iinfo(np.int64).max)

_ARRIVE, _ASK, _BEGIN, _END = (int(e) for e in (Event.ARRIVE, Event.ASK, Event.BEGIN, Event.END))
_READY, _TAKE, _GIVE, _LEAVE = (int(e) for e in (Event.READY, Event.TAKE, Event.GIVE, Event.LEAVE))
_GIVE_UP, _TURN_AWAY, _FREE = (int(e) for e in (Event.GIVE_UP, Event.TURN_AWAY, Event.FREE))
_INTERRUPT, _RESUME, _SWAP = int(Event.INTERRUPT), int(Event.RESUME), int(Event.SWAP)


class Rows(NamedTuple):
    """The rows, as `cisim.eventlog.Coded` has them."""

    first_row: Ints
    pathway_of: NDArray[Any]
    time: Ints
    code: NDArray[np.int32]
    visit: NDArray[Any]


class Book(NamedTuple):
    """What each code means, and of each step whether it is a queue, and whether it is care."""

    event: Ints
    step: Ints
    pool: Ints
    units: Ints
    detail: Ints
    queue: NDArray[np.bool_]
    care: NDArray[np.bool_]


class Spread(NamedTuple):
    """What `tally` fills: sums, and values that stand by step, pathway or pool one after the other.

    Attributes
    ----------
    queue : ndarray of int64, shape (4, steps)
        How many asked, how many of them went unserved, the time that all waited in the window, and where the
        step's `waits` begin.
    waits : ndarray of int64
        Twice the milliseconds waited, and one more where the wait did not end in being served.
    pathway : ndarray of int64, shape (3, pathways)
        How many came, how many left treated, and where the pathway's `stays` begin.
    stays : ndarray of int64
        Milliseconds from arrival to leaving.
    pool : ndarray of int64, shape (5, pools)
        How many were held before the window, place-milliseconds in it, how often something was taken, how many
        `changes` there are, and where they begin.
    changes : ndarray of int64
        Milliseconds since the window's start, shifted, with the place of the change in the lowest bits.
    """

    queue: Ints
    waits: Ints
    pathway: Ints
    stays: Ints
    pool: Ints
    changes: Ints


@njit(cache=True)
def sizes(code: NDArray[np.int32], codes: int) -> Ints:
    """Return how many rows have each code."""
    out = np.zeros(codes, np.int64)
    for c in code:
        out[c] += 1
    return out


@njit(cache=True)
def _longest(first_row: Ints) -> int:
    """Return the most rows of a spell, and no less than one."""
    most = 1
    for s in range(len(first_row) - 1):
        most = max(most, first_row[s + 1] - first_row[s])
    return most


# The passages of one spell: of each step the spell that was there last, its latest passage, and whether the visits of
# its passages have only risen; of each passage its visit, the passage of the step before it, and what the caller wants.
_OWNER, _LATEST, _RISING = range(3)
_VISIT, _BEFORE, _STEP, _SINCE, _OPEN = range(5)
_ROW = _SINCE


@njit(cache=True, inline="always")
def _find(spell: int, step: int, visit: int, steps: Ints, kept: Ints) -> int:
    """Return the passage of this visit, or -1."""
    at = int(steps[_LATEST, step]) if steps[_OWNER, step] == spell else -1
    while at >= 0 and kept[_VISIT, at] != visit:
        if steps[_RISING, step] and kept[_VISIT, at] < visit:
            return -1
        at = int(kept[_BEFORE, at])
    return at


@njit(cache=True, inline="always")
def _add(at: int, spell: int, step: int, visit: int, steps: Ints, kept: Ints) -> None:
    """Note a new passage."""
    if steps[_OWNER, step] != spell:
        steps[_OWNER, step] = spell
        steps[_RISING, step] = 1
        kept[_BEFORE, at] = -1
    else:
        last = steps[_LATEST, step]
        kept[_BEFORE, at] = last
        if kept[_VISIT, last] >= visit:
            steps[_RISING, step] = 0
    steps[_LATEST, step] = at
    kept[_VISIT, at] = visit
    kept[_STEP, at] = step


# -- the standard measures ----------------------------------------------------------------------------


@njit(cache=True)
def tally(  # noqa: C901, PLR0912 - one reading is one loop over the events
    rows: Rows, book: Book, change: Ints, shift: int, window: tuple[int, int, int], out: Spread
) -> None:
    """Add spells to the tallies of a window.

    Parameters
    ----------
    rows, book
    change : ndarray of int64, shape (codes,)
        The place of each code's change in a list of changes.
    shift : int
        Bits for it.
    window : (start, end, end of the log)
    out : Spread
        Its first rows are filled, and its values from where the step, pathway or pool has them.
    """
    # Arrays are taken out of their tuples once: in the loop each taking would count references.
    start, end, limit = window
    first_row, pathway_of, time, code, visit = rows
    events, step_of, pool_of, units, _, queues, care = book
    queue, waits, pathway, stays, pool, changes = out
    most = _longest(first_row)
    steps, kept = np.full((3, len(queues)), -1), np.empty((5, most), np.int64)
    for s in range(len(pathway_of)):
        count = 0
        begun, away = False, False
        arrive, leave = NEVER, NEVER
        for r in range(first_row[s], first_row[s + 1]):
            c, t = code[r], time[r]
            event, step = events[c], step_of[c]
            if event in (_TAKE, _GIVE):
                if pool_of[c] >= 0 and t < end:
                    key, number = (
                        ((t - start) << shift) | change[c],
                        units[c] if event == _TAKE else -units[c],
                    )
                    _move(key, number, pool_of[c], t - start, end - start, pool, changes)
            elif event == _ASK:
                if step >= 0 and queues[step]:
                    _add(count, s, step, visit[r], steps, kept)
                    kept[_SINCE, count], kept[_OPEN, count] = t, 1
                    count += 1
            elif event in (_BEGIN, _GIVE_UP, _TURN_AWAY):
                away |= event != _BEGIN
                if step >= 0:
                    begun |= event == _BEGIN and care[step]
                    at = _find(s, step, visit[r], steps, kept)
                    if at >= 0 and kept[_OPEN, at]:
                        kept[_OPEN, at] = 0
                        _waited(step, kept[_SINCE, at], t, event != _BEGIN, start, end, queue, waits)
            elif event == _ARRIVE:
                arrive = min(arrive, t)
            elif event == _LEAVE:
                leave = min(leave, t)
        for at in range(count):
            if kept[_OPEN, at]:
                _waited(kept[_STEP, at], kept[_SINCE, at], limit, 1, start, end, queue, waits)
        if begun and not away and start <= leave < end:
            stays[pathway[2, pathway_of[s]] + pathway[1, pathway_of[s]]] = leave - arrive
            pathway[1, pathway_of[s]] += 1
        pathway[0, pathway_of[s]] += start <= arrive < end


@njit(cache=True, inline="always")
def _move(key: int, units: int, which: int, since: int, end: int, pool: Ints, changes: Ints) -> None:
    """Add a taking or giving back, `since` milliseconds after the window's start."""
    if since < 0:
        pool[0, which] += units
        pool[1, which] += units * end
        return
    pool[1, which] += units * (end - since)
    changes[pool[4, which] + pool[3, which]] = key
    pool[3, which] += 1
    pool[2, which] += units > 0


@njit(cache=True, inline="always")
def _waited(
    step: int, asked: int, gone: int, unserved: int, start: int, end: int, queue: Ints, waits: Ints
) -> None:
    """Add a wait."""
    queue[2, step] += min(max(gone, start), end) - min(max(asked, start), end)
    if start <= asked < end:
        waits[queue[3, step] + queue[0, step]] = ((gone - asked) << 1) | unserved
        queue[0, step] += 1
        queue[1, step] += unserved


@njit(cache=True)
def levels(keys: Ints, change: Ints, shift: int, before: int, length: int) -> tuple[int, Ints]:
    """Return the least number held in a window, and the milliseconds for which it and each number above were.

    Parameters
    ----------
    keys : ndarray of int64
        Changes as `Spread` has them, rising.
    change : ndarray of int64
        The list of changes.
    shift, before, length : int
        Bits, the number held before the window, its milliseconds.
    """
    mask = (1 << shift) - 1
    low, high, level = before, before, before
    for key in keys:
        level += change[key & mask]
        low, high = min(low, level), max(high, level)
    spent = np.zeros(high - low + 1, np.int64)
    level, last = before, 0
    for key in keys:
        t = key >> shift
        spent[level - low] += t - last
        level += change[key & mask]
        last = t
    spent[level - low] += length - last
    return low, spent


@njit(cache=True)
def limit_ranks(keys: Ints, shares: NDArray[np.float64], rounding: float) -> NDArray[np.float64]:
    """Return the waits within which `shares`, rising, would be served, by the product limit.

    `keys` are waits as `Spread` has them, rising. The survivors' share is worked out anew from the last moment
    at which somebody went unserved, so that it is exact where nobody did.
    """
    out = np.full(len(shares), np.nan)
    total, first, found = len(keys), 0, 0
    base, risk, served = 1.0, len(keys), 0
    while first < total and found < len(shares):
        waited, here, last = keys[first] >> 1, 0, first
        while last < total and keys[last] >> 1 == waited:
            here += 1 - (keys[last] & 1)
            last += 1
        served += here
        left = base * ((risk - served) / risk)
        while here > 0 and found < len(shares) and left <= 1.0 - shares[found] + rounding:
            out[found] = waited
            found += 1
        if last - first > here:
            base, risk, served = left, total - last, 0
        first = last
    return out


WHOLE = 256
"""Milliseconds up to which `fold_values` gives every one a class of its own."""
BINS = WHOLE + 40 * (WHOLE // 2)
"""Classes up to 2 ** 48 milliseconds: each further doubling has 128."""


@njit(cache=True)
def fold_values(keys: Ints, counts: Ints) -> None:
    """Count times by class: `keys` are twice the milliseconds, and one more for the second row of `counts`."""
    for key in keys:
        value, power = max(key >> 1, 0), 0
        while value >> power >= WHOLE:
            power += 1
        at = value if power == 0 else WHOLE + (power - 1) * (WHOLE // 2) + (value >> power) - WHOLE // 2
        counts[key & 1, min(at, counts.shape[1] - 1)] += 1


@njit(cache=True)
def fold_changes(keys: Ints, change: Ints, shift: int, step: int, held: NDArray[np.int32]) -> None:
    """Add changes, as `Spread` has them, to the step of time that they fall in."""
    mask = (1 << shift) - 1
    for key in keys:
        held[(key >> shift) // step] += change[key & mask]


# -- tables -------------------------------------------------------------------------------------------


@njit(cache=True)
def spell_times(rows: Rows, book: Book) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Return when each spell arrived, left and first went unserved, its outcome, and whether care was begun."""
    first_row, pathway_of, time, code, _ = rows
    events, step_of, detail, care = book.event, book.step, book.detail, book.care
    size = len(pathway_of)
    times = np.full((3, size), NEVER)
    outcome = np.full(size, -1)
    begun = np.zeros(size, np.bool_)
    for s in range(size):
        for r in range(first_row[s], first_row[s + 1]):
            c, t = code[r], time[r]
            event = events[c]
            if event == _ARRIVE:
                times[0, s] = min(times[0, s], t)
            elif event == _LEAVE:
                times[1, s] = min(times[1, s], t)
                outcome[s] = detail[c]
            elif event in (_GIVE_UP, _TURN_AWAY):
                times[2, s] = min(times[2, s], t)
            elif event == _BEGIN and step_of[c] >= 0 and care[step_of[c]]:
                begun[s] = True
    return times, outcome, begun


_GIVEN, _TOOK, _NOTHING = 4, -1, -2
_TOLD = np.full(len(Event), _NOTHING)
"""Which of a passage's times each event tells."""
_TOLD[[_ASK, _BEGIN, _END, _READY, _GIVE, _GIVE_UP, _TURN_AWAY, _TAKE]] = (0, 1, 2, 3, _GIVEN, 5, 6, _TOOK)


@njit(cache=True)
def passages(rows: Rows, book: Book, lane: Ints, first: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the number of passages in each lane, and of each its spell, step and the detail of its end; and its times.

    The times stand in seven rows: asked, begun, ended, ready, given back, given up and turned away.

    Parameters
    ----------
    rows, book
    lane : ndarray of int64, shape (steps,)
        Where each step's passages are to stand: all in one lane by spell, or each step in its own.
    first : ndarray of int64, shape (lanes + 1,)
        Where each lane begins and the last ends. Passages for which there is no room are counted and left out.
    """
    first_row, pathway_of, time, code, visit = rows
    events, step_of, _, units, detail, queues, _ = book
    most = _longest(first_row)
    steps, kept = np.full((3, len(queues)), -1), np.empty((5, most), np.int64)
    of = np.full((3, first[-1]), -1)
    times = np.full((7, first[-1]), NEVER)
    place = first[:-1].copy()
    for s in range(len(pathway_of)):
        count = 0
        for r in range(first_row[s], first_row[s + 1]):
            c, t = code[r], time[r]
            step, what = step_of[c], _TOLD[events[c]]
            if step < 0 or what == _NOTHING:
                continue
            at = _find(s, step, visit[r], steps, kept)
            if at < 0:
                at = count
                _add(at, s, step, visit[r], steps, kept)
                kept[_OPEN, at] = 0
                count += 1
                row, end = place[lane[step]], first[lane[step] + 1]
                place[lane[step]] += 1
                kept[_ROW, at] = row if row < end else -1
                if row < end:
                    of[0, row], of[1, row] = s, step
            row = kept[_ROW, at]
            if row >= 0:
                if events[c] == _END:
                    of[2, row] = detail[c]
                _note(times, row, what, t, kept, at, units[c])
    return place - first[:-1], of, times


@njit(cache=True, inline="always")
def _note(times: Ints, row: int, what: int, t: int, kept: Ints, at: int, units: int) -> None:
    """Note the first time of each kind; given back is when nothing is held any more."""
    if what == _TOOK:
        kept[_OPEN, at] += units
        times[_GIVEN, row] = NEVER
    elif what == _GIVEN:
        kept[_OPEN, at] -= units
        times[_GIVEN, row] = t if kept[_OPEN, at] <= 0 else NEVER
    else:
        times[what, row] = min(times[what, row], t)


@njit(cache=True)
def interruptions(rows: Rows, book: Book, size: int) -> tuple[int, Ints]:
    """Return how many resumed what was not interrupted, and of each interruption its spell, step, beginning and end."""
    first_row, pathway_of, time, code, visit = rows
    events, step_of = book.event, book.step
    out = np.full((4, size), NEVER)
    visits = np.empty(size, np.int64)
    total, wrong = 0, 0
    for s in range(len(pathway_of)):
        mine = total
        for r in range(first_row[s], first_row[s + 1]):
            c = code[r]
            if events[c] == _INTERRUPT:
                out[0, total], out[1, total], out[2, total] = s, step_of[c], time[r]
                visits[total] = visit[r]
                total += 1
            elif events[c] == _RESUME:
                at = total - 1
                while at >= mine and not (out[1, at] == step_of[c] and visits[at] == visit[r]):
                    at -= 1
                if at >= mine and out[3, at] == NEVER:
                    out[3, at] = time[r]
                else:
                    wrong += 1
    return wrong, out


@njit(cache=True)
def turnings(rows: Rows, book: Book, size: int) -> Ints:
    """Return of each turning round its pool, units, beginning (NEVER: nothing had been given) and end.

    What is free now was given last of what this passage gave of the pool and was not yet free.
    """
    first_row, pathway_of, time, code, visit = rows
    events, step_of, pool_of, units = book.event, book.step, book.pool, book.units
    out = np.empty((4, size), np.int64)
    total = 0
    for s in range(len(pathway_of)):
        for r in range(first_row[s], first_row[s + 1]):
            c = code[r]
            if events[c] != _FREE:
                continue
            since, free, q = NEVER, 0, r - 1
            while q >= first_row[s] and since == NEVER:
                d = code[q]
                same = step_of[d] == step_of[c] and pool_of[d] == pool_of[c] and units[d] == units[c]
                if same and visit[q] == visit[r]:
                    if events[d] == _GIVE and free == 0:
                        since = time[q]
                    free += events[d] == _FREE
                    free -= events[d] == _GIVE
                q -= 1
            out[0, total], out[1, total], out[2, total], out[3, total] = pool_of[c], units[c], since, time[r]
            total += 1
    return out


@njit(cache=True)
def changes_of(rows: Rows, book: Book, first: Ints) -> tuple[Ints, Ints, Ints]:
    """Return when something was taken or given back, and how many more were held then, pool after pool.

    Pool `p` has its changes from ``first[p]``; the last of what is returned says where they end.
    """
    time, code = rows.time, rows.code
    change, pool = np.zeros(len(book.pool), np.int64), book.pool
    for c in range(len(change)):
        if pool[c] >= 0 and (book.event[c] in (_TAKE, _GIVE)):
            change[c] = book.units[c] if book.event[c] == _TAKE else -book.units[c]
    times, units = np.empty(first[-1], np.int64), np.empty(first[-1], np.int64)
    place = first[:-1].copy()
    for r in range(len(code)):
        c = code[r]
        if change[c] != 0:
            at = place[pool[c]]
            times[at], units[at] = time[r], change[c]
            place[pool[c]] += 1
    return times, units, place


# -- the audit ----------------------------------------------------------------------------------------


@njit(cache=True)
def broken_rules(
    rows: Rows,
    book: Book,
    starts_before: NDArray[np.bool_],
    same_patient: NDArray[np.bool_],
    end: int,
    pools: int,
) -> Ints:
    """Return how often each rule of a patient's rows is broken.

    Parameters
    ----------
    rows, book
    starts_before, same_patient : ndarray of bool, shape (spells,)
        Whether the patient may have been there at the start, and whether the spell before is of the same patient.
    end, pools : int
        The end of the log, and how many pools there are.

    Returns
    -------
    ndarray of int64, shape (6,)
        Rows out of the run; rows that go back in time; spells' first rows that are no arrivals, and arrivals that are
        no first rows; rows after leaving; things given back that were not held; things held by who left.
    """
    first_row, pathway_of, time, code, _ = rows
    events, pool_of, units = book.event, book.pool, book.units
    out = np.zeros(6, np.int64)
    owner, held = np.full(pools + 1, -1), np.zeros(pools + 1, np.int64)
    last = 0
    for s in range(len(pathway_of)):
        left, holding = False, 0
        before = last if same_patient[s] else time[first_row[s]]
        for r in range(first_row[s], first_row[s + 1]):
            c, t = code[r], time[r]
            event = events[c]
            early = t < 0 and not (starts_before[s] and event in (_ARRIVE, _ASK, _TAKE, _BEGIN))
            out[0] += early or t >= end
            out[1] += t < before
            out[2] += (event == _ARRIVE) != (r == first_row[s])
            out[3] += left and event != _FREE
            before = t
            last = t if event != _FREE or r == first_row[s] else last
            left |= event == _LEAVE
            if event in (_TAKE, _GIVE):
                at = pool_of[c] + 1
                had = held[at] if owner[at] == s else 0
                owner[at], held[at] = s, had + (units[c] if event == _TAKE else -units[c])
                out[4] += held[at] < 0
                holding += (held[at] > 0) - (had > 0)
        out[5] += holding if left else 0
    return out


@njit(cache=True)
def exchanges(rows: Rows, book: Book) -> NDArray[np.bool_]:
    """Return which rows are a taking by a patient who exchanges beds at that moment."""
    first_row, pathway_of, time, code, _ = rows
    events = book.event
    out = np.zeros(len(code), np.bool_)
    for s in range(len(pathway_of)):
        for r in range(first_row[s], first_row[s + 1]):
            if events[code[r]] == _SWAP:
                at = r
                while at > first_row[s] and time[at - 1] == time[r]:
                    at -= 1
                while at < first_row[s + 1] and time[at] == time[r]:
                    out[at] = out[at] or events[code[at]] == _TAKE
                    at += 1
    return out


@njit(cache=True)
def not_freed(rows: Rows, book: Book, pools: int, end: int) -> Ints:
    """Return, by pool, the place-milliseconds from all that was given back, and not interrupted, to the end."""
    time, code = rows.time, rows.code
    out = np.zeros(pools, np.int64)
    for r in range(len(code)):
        c = code[r]
        if book.event[c] == _GIVE and book.pool[c] >= 0:
            out[book.pool[c]] += book.units[c] * (end - max(time[r], 0))
    return out
