"""Whether a run agrees with itself: the engine's sums against the log's, the log against its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from cisim.eventlog import Event, EventLog, Integrals
from cisim.measures.curves import NEVER, Ints
from cisim.measures.pools import held, rostered
from cisim.measures.tables import QUEUES, Mask, spells, visits

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


def audit(log: EventLog, *, everyone: bool = True) -> list[Check]:
    """Return the checks of a whole run, [0, log.end).

    Parameters
    ----------
    log : EventLog
        Without integrals (a hospital's own) it is checked against its own rules only.
    everyone : bool
        False where a replay left patients out: their number is then not compared with the model's.

    Returns
    -------
    list of Check
        Of patients: that all who arrived left or are inside, and that time inside pathways and in queues,
        summed over patients, is the integral of their number (Little's law as an identity). Of pools: that
        held and rostered time agree, and that nothing was granted at or above the rostered number. Of each
        patient's rows: their order, and that all that is taken is given back. Of demand: that as many
        arrivals, or as few, are no rarer than a normal number beyond five standard errors is, by the exact tail
        of a count with the model's mean and variance (exactly the mean, where the model lists them).
    """
    checks = list(_rule_checks(log))
    checks += _grant_checks(log)
    if log.integrals is not None:
        checks += _flow_checks(log, log.integrals)
        checks += _little_checks(log, log.integrals)
        checks += _pool_checks(log, log.integrals)
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


def _together(*columns: Ints) -> Mask:
    """Return whether each row but the first agrees with the one before in all columns."""
    same: Mask = np.logical_and.reduce([c[1:] == c[:-1] for c in columns])
    return same


def _rule_checks(log: EventLog) -> Iterator[Check]:
    keys = (log.pathway, log.patient, log.spell)
    order = np.lexsort((log.sequence, *keys[::-1]))
    moved = int(np.count_nonzero(order != np.arange(len(log))))
    yield _none("rows in order", moved, "rows out of the order of pathway, patient, spell and sequence")
    outside = int(np.count_nonzero((log.time < 0) | (log.time >= log.end)))
    yield _none("rows within the run", outside, "rows before its start or after its end")
    patient, spell = _together(*keys[:2]), _together(*keys)
    back = int(np.count_nonzero(patient & (np.diff(log.time) < 0)))
    yield _none("a patient's clock", back, "rows go back in time")
    arriving = log.event == Event.ARRIVE
    first = np.ones(len(log), bool)
    first[1:] = ~spell
    yield _none("arrival comes first", int(np.count_nonzero(first != arriving)), "rows break it")
    late = int(np.count_nonzero(spell & (log.event[:-1] == Event.LEAVE)))
    yield _none("nothing after leaving", late, "rows come after the patient left")
    yield from _given_back(log, np.cumsum(first) - 1)


def _given_back(log: EventLog, spell: Ints) -> Iterator[Check]:
    """Check that nobody gives what they have not taken, or leaves with it."""
    rows = np.flatnonzero((log.event == Event.TAKE) | (log.event == Event.GIVE))
    key = spell[rows] * (len(log.pools) + 1) + log.pool[rows]
    order = np.argsort(key, kind="stable")
    rows, key = rows[order], key[order]
    running = np.cumsum(np.where(log.event[rows] == Event.TAKE, log.units[rows], -log.units[rows]))
    last = np.flatnonzero(np.append(key[1:] != key[:-1], True)) if len(key) else np.zeros(0, np.int64)
    before = np.concatenate(([0], running[last[:-1]])) if len(last) else np.zeros(0, np.int64)
    running -= np.repeat(before, np.diff(np.append(-1, last)))
    yield _none(
        "taken before given", int(np.count_nonzero(running < 0)), "things given back that were not held"
    )
    gone = np.zeros(int(spell[-1]) + 1 if len(spell) else 0, bool)
    gone[spell[log.event == Event.LEAVE]] = True
    kept = int(np.count_nonzero((running[last] > 0) & gone[spell[rows[last]]]))
    yield _none("all given back", kept, "things still held by patients who left")


# -- pools --------------------------------------------------------------------------------------------


def _grant_checks(log: EventLog) -> Iterator[Check]:
    """Check that whenever something was granted, no more than the rostered number was then held.

    Who exchanges beds in a cycle takes and gives at once: at such an instant the number held must not rise.
    """
    swapped = _exchanges(log)
    for code, pool in enumerate(log.pools):
        if not pool.rostered or pool.unlimited:
            continue
        taking = (log.event == Event.TAKE) & (log.pool == code)
        exchange = taking & swapped
        curve = held(log, pool.name)
        granted = np.unique(log.time[taking & ~exchange])
        wrong = int(np.count_nonzero(curve.at(granted) > rostered(pool).at(granted)))
        times = np.setdiff1d(log.time[exchange], granted)
        rise = (curve.at(times) > curve.at(times - 1)) & (curve.at(times) > rostered(pool).at(times))
        wrong += int(np.count_nonzero(rise))
        yield _none(
            "granted within the number", wrong, "moments at which more was granted than rostered", pool.name
        )


def _exchanges(log: EventLog) -> Mask:
    """Return which rows are a taking by a patient who exchanges beds at that moment."""
    out = np.zeros(len(log), bool)
    rows = np.flatnonzero((log.event == Event.TAKE) | (log.event == Event.SWAP))
    swap = log.event[rows] == Event.SWAP
    if swap.any():
        moments = np.stack((log.pathway, log.patient, log.time))[:, rows]
        _, index = np.unique(moments, axis=1, return_inverse=True)
        index = np.asarray(index).reshape(-1)
        out[rows] = ~swap & np.isin(index, index[swap])
    return out


def _pool_checks(log: EventLog, engine: Integrals) -> Iterator[Check]:
    for pool in log.pools:
        if pool.name in engine.held:
            mine = held(log, pool.name).integral(0, log.end)
            yield _same("time held", pool.name, mine, engine.held[pool.name], "ms")
        if pool.name in engine.capacity:
            offered = rostered(pool).integral(0, log.end)
            yield _same("time rostered", pool.name, offered, engine.capacity[pool.name], "ms")


# -- patients -----------------------------------------------------------------------------------------


def _flow_checks(log: EventLog, engine: Integrals) -> Iterator[Check]:
    table = spells(log)
    for code, name in enumerate(log.pathways):
        mine = table.pathway == code
        came = int(np.count_nonzero(mine & (table.arrive < NEVER)))
        left = int(np.count_nonzero(mine & (table.leave < NEVER)))
        arrived, gone = engine.arrived.get(name, 0), engine.left.get(name, 0)
        yield _same("patients arrived", name, came, arrived, "patients")
        yield _same("patients left", name, left, gone, "patients")
        inside = int(np.count_nonzero(mine & (table.leave == NEVER)))
        yield _same("patients still inside", name, inside, arrived - gone, "patients")


def _little_checks(log: EventLog, engine: Integrals) -> Iterator[Check]:
    table, passages = spells(log), visits(log)
    for code, name in enumerate(log.pathways):
        mine = table.pathway == code
        total = _clipped(table.arrive[mine], table.leave[mine], log.end)
        yield _same("time inside", name, total, engine.inside.get(name, 0), "patient-ms")
    for code, step in enumerate(log.steps):
        if step.kind in QUEUES:
            asked = passages.of(code)
            joined = asked.ask < NEVER
            total = _clipped(asked.ask[joined], asked.queue_end[joined], log.end)
            where = f"{step.pathway}.{step.name}"
            yield _same(
                "time waiting", where, total, engine.queue.get((step.pathway, step.name), 0), "patient-ms"
            )


def _clipped(entry: Ints, out: Ints, end: int) -> int:
    """Return the sum of times between entry and exit, or the end of the run."""
    return int((np.minimum(out, end) - np.minimum(entry, end)).sum())


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
