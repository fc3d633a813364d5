"""Whether a run agrees with itself: the engine's sums against the log's, the log against its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from cisim.eventlog import BAND_BITS, STARTING_BAND, Event, EventLog, Integrals
from cisim.eventlog.coded import Column
from cisim.measures.curves import NEVER, Curve, Ints, distinct, from_changes
from cisim.measures.pools import moves_of, rostered
from cisim.measures.scan import broken_rules, exchanges, not_freed
from cisim.measures.tables import (
    QUEUES,
    Coding,
    Mask,
    Spells,
    coding,
    interrupted,
    spells,
    turned_round,
    visits,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Check", "audit", "audit_text"]

_RAREST = float(special.ndtr(-5.0))
"""The chance of a normal number beyond five standard errors, on one side."""


class Check(NamedTuple):
    """One comparison of two things that must agree.

    Attributes
    ----------
    check, where : str
        What was compared, and of which pathway, step or pool (empty: of the whole log).
    got, want : float
        Whole numbers are exact up to 2**53; whether they agree was decided before they were made floats.
    passed : bool
    text : str
        The same in words.
    """

    check: str
    where: str
    got: float
    want: float
    passed: bool
    text: str


def audit(log: EventLog, *, everyone: bool = True, kept: bool = True) -> list[Check]:
    """Return the checks of a whole run, [0, log.end).

    Parameters
    ----------
    log : EventLog
        Without integrals (a hospital's own) it is checked against its own rules only.
    everyone : bool
        False where a replay left patients out: their number is then not compared with the model's.
    kept : bool
        False where the rows of only some patients were kept: the log is then checked against its own rules only.

    Returns
    -------
    list of Check
        Of patients: that all who arrived left or are inside, and that time inside pathways and in queues,
        summed over patients, is the integral of their number (Little's law as an identity). Of pools: that
        held, rostered and turning time agree, and that nothing was granted at or above the rostered number, places
        that are being turned round counted in. Of each patient's rows: their order, that all that is taken is given
        back, and that what goes on or is turned round was interrupted or given. Of demand: that as many
        arrivals, or as few, are no rarer than a normal number beyond five standard errors is, by the exact tail
        of a count with the model's mean and variance (exactly the mean, where the model lists them).
    """
    read = coding(log)
    checks = list(_rule_checks(log, read))
    checks += _grant_checks(log, read)
    if log.integrals is not None and kept:
        checks += _flow_checks(log, log.integrals, spells(log, read))
        checks += _little_checks(log, log.integrals, read)
        checks += _pool_checks(log, log.integrals, read)
        if everyone:
            checks += _arrival_checks(log.integrals)
    return checks


def audit_text(checks: Sequence[Check]) -> str:
    """Return the checks in words, a line each, those that failed first.

    >>> print(
    ...     audit_text(
    ...         [_same("patients arrived", "a", 2, 2, "patients"), _none("order", 1, "rows out of order")]
    ...     )
    ... )
    FAILED order: 1 rows out of order, want none
    passed patients arrived, a: 2 patients by the log, 2 by the engine
    """
    return "\n".join(
        f"{'passed' if c.passed else 'FAILED'} {c.text}" for c in sorted(checks, key=lambda c: c.passed)
    )


def _same(check: str, where: str, log: int, engine: int, unit: str) -> Check:
    """Compare what the log says with what the engine says."""
    text = f"{check}, {where}: {log} {unit} by the log, {engine} by the engine"
    return Check(check, where, float(log), float(engine), int(log) == int(engine), text)


def _none(check: str, number: int, words: str, where: str = "") -> Check:
    """Say how often a rule was broken."""
    place = f"{check}, {where}" if where else check
    return Check(check, where, float(number), 0.0, number == 0, f"{place}: {number} {words}, want none")


# -- each patient's rows ------------------------------------------------------------------------------


def _out_of_order(*keys: Column) -> int:
    """Return how many rows of a table would move if it were sorted by these keys, the first the weightiest."""
    falls, same = np.zeros(max(len(keys[0]) - 1, 0), bool), np.ones(max(len(keys[0]) - 1, 0), bool)
    for key in keys:
        falls |= same & (key[1:] < key[:-1])
        same &= key[1:] == key[:-1]
    if not falls.any():
        return 0
    return int(np.count_nonzero(np.lexsort(keys[::-1]) != np.arange(len(keys[0]))))


def _rule_checks(log: EventLog, read: Coding) -> Iterator[Check]:
    kept = read.kept
    keys = (kept.pathway_of, kept.patient_of, kept.spell_of)
    if log.coded_rows is None:
        moved = _out_of_order(log.pathway, log.patient, log.spell, log.sequence)
    else:
        moved = _out_of_order(*keys)
    yield _none("rows in order", moved, "rows out of the order of pathway, patient, spell and sequence")
    same = np.zeros(len(keys[0]), bool)
    same[1:] = np.logical_and.reduce([k[1:] == k[:-1] for k in keys[:2]])
    broken = broken_rules(
        read.rows, read.book, _may_be_there(log, kept.patient_of), same, log.end, len(log.pools)
    )
    outside, back, first, late, given, left = broken.tolist()
    yield _none("rows within the run", outside, "rows before its start or after its end")
    yield _none("a patient's clock", back, "rows go back in time")
    yield _none("arrival comes first", first, "rows break it")
    yield _none("nothing after leaving", late, "rows come after the patient left")
    yield _none("taken before given", given, "things given back that were not held")
    yield _none("all given back", left, "things still held by patients who left")
    yield _none("resumed what was interrupted", interrupted(log, read).unmatched, "rows resume what went on")
    free = int(np.count_nonzero(turned_round(log, read).since == NEVER))
    yield _none("turned round what was given", free, "places are free that had not been given back")


def _may_be_there(log: EventLog, patient: Column) -> Mask:
    """Return which patients may have been there at the start: those an engine numbers so, and any of a hospital's."""
    if log.patients:
        return np.ones(len(patient), bool)
    there: Mask = patient >> BAND_BITS == STARTING_BAND
    return there


# -- pools --------------------------------------------------------------------------------------------


def _busy(log: EventLog, read: Coding) -> Iterator[Curve]:
    """Yield, of each pool, how many places are held or being turned round, through time."""
    turned = turned_round(log, read)
    for code, (times, units) in enumerate(moves_of(read, len(log.pools))):
        mine = (turned.pool == code) & (turned.since < NEVER)
        more = turned.units[mine]
        yield from_changes(
            np.concatenate((times, turned.since[mine], turned.until[mine])),
            np.concatenate((units, more, -more)),
        )


def _grant_checks(log: EventLog, read: Coding) -> Iterator[Check]:
    """Check that whenever something was granted, no more than the rostered number was then held or turned round.

    Who exchanges beds in a cycle takes and gives at once: at such an instant the number must not rise. Who was there at
    the start has a bed whatever the number.
    """
    rows, book = read.rows, read.book
    swapped = exchanges(rows, book) if read.number(Event.SWAP) else None
    there = _may_be_there(log, read.kept.patient_of) & (rows.time[rows.first_row[:-1]] <= 0)
    for code, (pool, curve) in enumerate(zip(log.pools, _busy(log, read), strict=True)):
        if not pool.rostered or pool.unlimited:
            continue
        taking = np.flatnonzero(((book.event == Event.TAKE) & (book.pool == code))[rows.code])
        early = np.flatnonzero(rows.time[taking] <= 0)
        spell = np.searchsorted(rows.first_row, taking[early], side="right") - 1
        taking = np.delete(taking, early[there[spell]])
        exchange = swapped[taking] if swapped is not None else np.zeros(len(taking), bool)
        granted = distinct(rows.time[taking[~exchange]])
        wrong = int(np.count_nonzero(curve.at(granted) > rostered(pool).at(granted)))
        times = distinct(rows.time[taking[exchange]])
        if len(times):
            times = np.setdiff1d(times, granted)
        rise = (curve.at(times) > curve.at(times - 1)) & (curve.at(times) > rostered(pool).at(times))
        wrong += int(np.count_nonzero(rise))
        yield _none(
            "granted within the number", wrong, "moments at which more was granted than rostered", pool.name
        )


def _pool_checks(log: EventLog, engine: Integrals, read: Coding) -> Iterator[Check]:
    turned = turned_round(log, read)
    given = not_freed(read.rows, read.book, len(log.pools), log.end)
    moves = moves_of(read, len(log.pools))
    for code, pool in enumerate(log.pools):
        if pool.name in engine.held:
            mine = from_changes(*moves[code]).integral(0, log.end)
            yield _same("time held", pool.name, mine, engine.held[pool.name], "ms")
        if pool.name in engine.capacity:
            offered = rostered(pool).integral(0, log.end)
            yield _same("time rostered", pool.name, offered, engine.capacity[pool.name], "ms")
        if pool.name in engine.turning:
            ours = (turned.pool == code) & (turned.since < NEVER)
            since, until, units = turned.since[ours], turned.until[ours], turned.units[ours]
            done = int((units * (until - since)).sum())
            most = done + int(given[code]) - int((units * (log.end - since)).sum())
            yield _turning(pool.name, engine.turning[pool.name], done, most)


def _turning(pool: str, engine: int, done: int, most: int) -> Check:
    """Compare time spent on turning places round: what is not done at the end of the run is not in the log."""
    known = f"{done} by the log, and at most {most} with what is not done"
    text = f"time turning, {pool}: {engine} ms by the engine, {known}"
    return Check("time turning", pool, float(done), float(engine), done <= engine <= most, text)


# -- patients -----------------------------------------------------------------------------------------


def _flow_checks(log: EventLog, engine: Integrals, table: Spells) -> Iterator[Check]:
    there = (table.patient >> BAND_BITS == STARTING_BAND) & (table.spell == 0)
    first = (table.spell == 0) & ~there
    for code, name in enumerate(log.pathways):
        mine = (table.pathway == code) & (table.arrive < NEVER)
        arrived, gone = engine.arrived.get(name, 0), engine.left.get(name, 0)
        back, present = engine.returned.get(name, 0), engine.present.get(name, 0)
        yield _same("patients arrived", name, int(np.count_nonzero(mine & first)), arrived, "patients")
        for check, which, number in (
            ("patients returned", table.spell > 0, back),
            ("patients there at the start", there, present),
        ):
            mine_too = int(np.count_nonzero(mine & which))
            if mine_too or number:
                yield _same(check, name, mine_too, number, "patients")
        left = int(np.count_nonzero((table.pathway == code) & (table.leave < NEVER)))
        yield _same("patients left", name, left, gone, "patients")
        inside = int(np.count_nonzero((table.pathway == code) & (table.leave == NEVER)))
        yield _same("patients still inside", name, inside, arrived + back + present - gone, "patients")


def _little_checks(log: EventLog, engine: Integrals, read: Coding) -> Iterator[Check]:
    table, passages, breaks = spells(log, read), visits(log, read), interrupted(log, read)
    for code, name in enumerate(log.pathways):
        mine = table.pathway == code
        total = _clipped(table.arrive[mine], table.leave[mine], log.end)
        yield _same("time inside", name, total, engine.inside.get(name, 0), "patient-ms")
    for code, step in enumerate(log.steps):
        if step.kind in QUEUES:
            asked = passages.of(code)
            joined = asked.ask < NEVER
            total = _clipped(asked.ask[joined], asked.queue_end[joined], log.end)
            # Who is interrupted stands in the queue again.
            mine = breaks.step == code
            total += _clipped(breaks.since[mine], breaks.until[mine], log.end)
            where = f"{step.pathway}.{step.name}"
            yield _same(
                "time waiting", where, total, engine.queue.get((step.pathway, step.name), 0), "patient-ms"
            )


def _clipped(entry: Ints, out: Ints, end: int) -> int:
    """Return the sum of times between entry and exit that fall in the run."""
    return int((np.clip(out, 0, end) - np.clip(entry, 0, end)).sum())


def _arrival_checks(engine: Integrals) -> Iterator[Check]:
    for name, mean in engine.expected.items():
        got, variance = engine.arrived.get(name, 0), engine.variance.get(name, 0.0)
        check, text = (
            "arrivals as expected",
            f"arrivals as expected, {name}: {got} patients, the model expects ",
        )
        if variance == 0 or mean == 0:
            yield Check(check, name, got, mean, got == mean, f"{text}exactly {mean:g}")
            continue
        chance = _tail(got, mean, variance)
        side = "more" if got > mean else "fewer"
        text += f"{mean:.6g}; so many or {side} have a chance of {chance:.2g}, refused below {_RAREST:.2g}"
        yield Check(check, name, got, mean, chance >= _RAREST, text)


def _tail(got: int, mean: float, variance: float) -> float:
    """Return the chance of so many or more, above the mean, or so many or fewer, below it.

    The count is Poisson, or negative binomial where its variance is above its mean (days that differ).

    >>> [round(_tail(*count), 4) for count in ((1, 0.03, 0.03), (0, 2, 2), (0, 2, 6))]
    [0.0296, 0.1353, 0.3333]
    """
    above = got > mean
    if variance <= mean * (1 + 1e-9):
        return float(special.gammainc(got, mean) if above else special.gammaincc(got + 1, mean))
    size, more = mean * mean / (variance - mean), (variance - mean) / variance
    return float(special.betainc(got, size, more) if above else special.betaincc(got + 1, size, more))
