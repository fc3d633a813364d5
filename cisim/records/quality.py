"""What was found in the records: each doubt with its count, examples by row number, and what was done."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from cisim.records.judging import Period, literal
from cisim.records.loading import EXAMPLES
from cisim.records.stamps import Odd, clock_changes

if TYPE_CHECKING:
    import duckdb

    from cisim.records.loading import Passed, Plan
    from cisim.records.rows import Source
    from cisim.spec import Records

__all__ = ["WORDS", "Doubt", "Gap", "Quality", "Rounding", "found_quality"]

WORDS: dict[str, str] = {
    "blank_row": "Blank rows.",
    "header_again": "The names of the columns, again in the middle of the file.",
    "totals_row": "A row of totals, a line of dashes or a footer, which is no record.",
    "too_many_cells": "More cells than columns: which cell is which cannot be known.",
    "cut_number": "A patient's number that a spreadsheet has cut (7.00E+09): whose it was cannot be known.",
    "spelling": "A name that differs from another only in capitals or spaces: taken for the same.",
    "no_patient": "Nobody is named, so what belongs together cannot be known.",
    "no_spell": "No number of a spell.",
    "no_name": "No ward or activity.",
    "missing_start": "No stamp of arriving (of beginning, of the event).",
    "unreadable_start": "A stamp of arriving that is no moment: text, or a day that does not exist.",
    "unreadable_stop": "A stamp of leaving that is no moment.",
    "unreadable_point": "A stamp between that is no moment: it is taken as unknown.",
    "missing_departure": "No stamp of leaving.",
    "still_there": "No stamp of leaving: still there when the extract was drawn (right-censored).",
    "there_before": "Came before the extract begins (left-censored): counted as there at its beginning.",
    "left_open": "No stamp of leaving, and so long ago that nobody is still there: never closed.",
    "outside_period": "Outside of what the extract covers.",
    "duplicates": "Says in every column used what an earlier row says.",
    "swapped_dates": "Day and month in each other's place: only so the row is possible.",
    "negative_duration": "Left before arriving.",
    "zero_duration": "Left at the moment of arriving.",
    "overlaps": "Begins, for the same patient, before the stay before it is over.",
    "points_out_of_order": "A stamp between that lies before arriving or after leaving, or a step's own out of order.",
    "missing_hour": "In the hour that the clock skips in spring.",
    "doubled_hour": "In the hour that comes twice in autumn: an hour's doubt.",
    "other_zone": "Names its distance from UTC: put on the local clock.",
    "other_format": "Written in another way than the mapping says (year first, or Excel's number of days).",
    "unix_time": "Seconds since 1970, as computers count them, on universal time.",
    "short_year": "A year of two digits: 24 is 2024.",
    "hour_24": "24:00, which is midnight at the end of the day.",
    "date_only": "A date without a time of day, which counts as midnight.",
    "filler": "A date that stands for 'not known', such as 01/01/1900: taken as missing.",
    "formula": "A name that a spreadsheet would run (it begins with =, +, - or @): kept as text, after an apostrophe.",
    "other_transition": "Neither a beginning nor an end of an activity, nor asking for one.",
}
"""What each kind of doubt means."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One kind of doubt.

    Attributes
    ----------
    kind : str
        As in `WORDS` and in a mapping's `doubts`.
    rows : int
        How many rows.
    done : str
        ``left out``, ``repaired`` or ``kept``.
    examples : tuple of int
        The first rows, as a spreadsheet numbers them.
    """

    kind: str
    rows: int
    done: str
    examples: tuple[int, ...]

    @property
    def words(self) -> str:
        """What it means."""
        return WORDS[self.kind]


@dataclass(frozen=True, slots=True)
class Rounding:
    """How exactly a stamp was written: the shares of full hours, of multiples of five minutes, and of bare dates."""

    stamp: str
    rows: int
    missing: int
    on_hour: float
    on_five: float
    date_only: float

    @property
    def words(self) -> str:
        """What the shares say; by chance a full hour is 1 in 60, and five minutes 1 in 5."""
        if not self.rows:
            return "never written"
        if self.date_only > 0.5:
            return "dates without a time of day"
        if self.on_hour > 0.5:
            return "to the hour"
        if self.on_five > 0.9:
            return "to five minutes or more"
        if self.on_hour > 0.05 or self.on_five > 0.35:
            return "often rounded"
        return "to the minute"


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without an arrival that chance does not explain: how many would have been expected in it."""

    since: str
    until: str
    expected: float


@dataclass(frozen=True, slots=True)
class Quality:
    """What was found in a file of records.

    Rows in are rows used and rows left out, each of these by its one reason.

    Attributes
    ----------
    records, file : str
    told : dict of str to str
        How the file is written.
    rows, used : int
    left_out : dict of str to int
        Rows by reason.
    doubts : tuple of Doubt
    rounding : tuple of Rounding
    gaps : tuple of Gap
    since, until : str
        What the records cover, in whole days.
    covers_said : bool
        Whether the mapping says so.
    identifiers : str
        What became of them.
    naming : dict of str to str
        Columns that seem to name people, by what; not carried over.
    notes : tuple of str
    patients, spells : int
    """

    records: str
    file: str
    told: dict[str, str]
    rows: int
    used: int
    left_out: dict[str, int]
    doubts: tuple[Doubt, ...]
    rounding: tuple[Rounding, ...]
    gaps: tuple[Gap, ...]
    since: str
    until: str
    covers_said: bool
    identifiers: str
    naming: dict[str, str]
    notes: tuple[str, ...]
    patients: int = 0
    spells: int = 0
    format: int = field(default=1)

    def doubt(self, kind: str) -> Doubt | None:
        """Return what was found of one kind, if anything was."""
        return next((d for d in self.doubts if d.kind == kind), None)

    def data(self) -> dict[str, Any]:
        """Return everything as plain data, for JSON."""
        out = asdict(self)
        for one in out["doubts"]:
            one["meaning"] = WORDS[one["kind"]]
        for made, one in zip(out["rounding"], self.rounding, strict=True):
            made["meaning"] = one.words
        return out


def found_quality(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    plan: Plan,
    mapping: Records,
    period: Period,
    passed: Passed,
    identifiers: str,
) -> Quality:
    """Return what was found, from `judged` and `overlapping`."""
    doubts = [Doubt(k, v[0], "left out", tuple(v[1:])) for k, v in passed.left.items()]
    doubts += [
        Doubt(k, v[0], "repaired" if k == "spelling" else "kept", tuple(sorted(v[1:])[:EXAMPLES]))
        for k, v in passed.noted.items()
    ]
    gone = con.execute(
        f"SELECT why, count(*), list_sort(min(row, {EXAMPLES})) FROM judged WHERE why <> '' GROUP BY why"
    ).fetchall()
    doubts += [Doubt(str(why), int(n), "left out", tuple(int(r) for r in rows)) for why, n, rows in gone]
    doubts += _kept(con, plan, mapping, period)
    left_out = {k: v[0] for k, v in passed.left.items()} | {str(why): int(n) for why, n, _ in gone}
    used = passed.taken - sum(int(n) for _, n, _ in gone)
    gaps = _gaps(con, period, mapping)
    rounding = tuple(_rounding(con, name, plan, mapping) for name in plan.stamps)
    notes = [*source.notes, *passed.notes, *_notes(con, plan, mapping, period)]
    return Quality(
        records=mapping.records,
        file=source.path.name,
        told=source.told,
        rows=passed.rows,
        used=used,
        left_out=dict(sorted(left_out.items(), key=lambda kv: (-kv[1], kv[0]))),
        doubts=tuple(sorted(doubts, key=lambda d: (-d.rows, d.kind))),
        rounding=rounding,
        gaps=gaps,
        since=period.since.date().isoformat(),
        until=period.until.date().isoformat(),
        covers_said=period.said,
        identifiers=identifiers,
        naming=passed.naming,
        notes=tuple(notes),
    )


def _kept(con: duckdb.DuckDBPyConnection, plan: Plan, mapping: Records, period: Period) -> list[Doubt]:
    """Return what was found in rows that are used."""
    stamps = list(dict.fromkeys(["start", "stop", *plan.stamps]))
    flags = f"({' | '.join(f'f_{n}' for n in stamps)})"
    points = [n for n in plan.stamps if n not in ("start", "stop")]
    unread = " | ".join(f"f_{n}" for n in points) or "0"
    has_stop = mapping.one_row != "event" and "stop" in plan.stamps
    doubts = mapping.doubts

    def odd(flag: Odd) -> str:
        return f"({flags} & {int(flag)}) > 0"

    conditions: list[tuple[str, str, str]] = [
        (
            "swapped_dates",
            f"turn > 0 OR {odd(Odd.OTHER_ORDER)}",
            "repaired" if doubts.swapped_dates == "repair" else "kept",
        ),
        ("other_format", odd(Odd.OTHER_FORMAT), "kept"),
        ("unix_time", odd(Odd.UNIX), "repaired" if mapping.zone else "kept"),
        ("hour_24", odd(Odd.HOUR_24), "repaired"),
        ("short_year", odd(Odd.SHORT_YEAR), "kept"),
        ("other_zone", odd(Odd.ZONED), "repaired" if mapping.zone else "kept"),
        ("missing_hour", odd(Odd.MISSING_HOUR), "repaired" if doubts.missing_hour == "repair" else "kept"),
        ("doubled_hour", f"{odd(Odd.DOUBLED_HOUR)} AND NOT hour_later", "kept"),
        ("doubled_hour", "hour_later", "repaired"),
        ("date_only", odd(Odd.DATE_ONLY), "kept"),
        ("filler", odd(Odd.FILLER), "repaired"),
        ("unreadable_point", f"(({unread}) & {int(Odd.UNREADABLE)}) > 0", "repaired"),
        ("duplicates", "repeated", "kept"),
        ("negative_duration", "negative", "repaired"),
        ("points_out_of_order", "strayed", "repaired"),
        ("overlaps", "row IN (SELECT row FROM overlapping)", _overlap_done(mapping)),
        ("outside_period", "outside", "kept"),
    ]
    if has_stop:
        conditions += [
            ("zero_duration", "stop = start", "kept"),
            ("still_there", "stop IS NULL AND NOT negative", "kept"),
        ]
    if period.said:
        conditions.append(("there_before", f"start < {literal(period.since)}", "kept"))
    asked = ", ".join(f"count(*) FILTER ({c}), min(row, {EXAMPLES}) FILTER ({c})" for _, c, _ in conditions)
    found = con.execute(f"SELECT {asked} FROM judged WHERE why = ''").fetchone() or ()
    out = []
    for i, (kind, _, done) in enumerate(conditions):
        number, rows = found[2 * i], found[2 * i + 1]
        if number:
            out.append(Doubt(kind, int(number), done, tuple(sorted(int(r) for r in rows))))
    return out


def _overlap_done(mapping: Records) -> str:
    return "repaired" if mapping.one_row == "stay" and mapping.doubts.overlaps == "repair" else "kept"


def _rounding(con: duckdb.DuckDBPyConnection, name: str, plan: Plan, mapping: Records) -> Rounding:
    rows, there, hour, five, bare = con.execute(
        f"SELECT count(*), count({name}), count(*) FILTER (minute({name}) = 0), "
        f"count(*) FILTER (minute({name}) % 5 = 0), count(*) FILTER ({name} = date_trunc('day', {name})) "
        "FROM judged WHERE why = ''"
    ).fetchone() or (0, 0, 0, 0, 0)
    if mapping.transition is not None and name == "stop":
        there = 0
    share = [n / there if there else 0.0 for n in (hour, five, bare)]
    return Rounding(" + ".join(plan.stamps[name]), int(there), int(rows - there), *share)


_CHANCE = 1e-3
_EXTRA = 0.1
"""Squared coefficient of variation of a day's rate that is allowed for (assumption): days vary more than chance."""


def _gaps(con: duckdb.DuckDBPyConnection, period: Period, mapping: Records) -> tuple[Gap, ...]:
    """Return stretches without an arrival that are improbable, by the mean of each hour of the week."""
    hours = int((period.until - period.since) / timedelta(hours=1))
    if not 7 * 24 <= hours <= 24 * 366 * 60:
        return ()
    rows = con.execute(
        f"SELECT date_diff('hour', {literal(period.since)}, start) AS h, count(*) FROM judged "
        f"WHERE why = '' AND start >= {literal(period.since)} AND start < {literal(period.until)} GROUP BY h"
    ).fetchnumpy()
    counts = np.zeros(hours, np.int64)
    at = np.asarray(rows["h"], np.int64)
    inside = (at >= 0) & (at < hours)
    counts[at[inside]] = np.asarray(rows["count_star()"], np.int64)[inside]
    if not period.said and counts.any():  # the last day ends with its last arrival
        hours = int(np.flatnonzero(counts)[-1]) + 1
        counts = counts[:hours]
    week = np.arange(hours) % (7 * 24)
    expected = (np.bincount(week, counts) / np.bincount(week))[week]
    if mapping.zone is not None:  # nobody comes in an hour that there is not
        skipped, _ = clock_changes(mapping.zone, range(period.since.year, period.until.year + 1))
        never = np.array([(a - period.since) // timedelta(hours=1) for a, _ in skipped], np.int64)
        expected[never[(never >= 0) & (never < hours)]] = 0.0
    empty = np.concatenate([[0], (counts == 0).astype(np.int8), [0]])
    begins, ends = np.flatnonzero(np.diff(empty) == 1), np.flatnonzero(np.diff(empty) == -1)
    total = np.concatenate([[0.0], np.cumsum(expected)])
    missed = total[ends] - total[begins]
    chance = (1 + _EXTRA * missed) ** (-1 / _EXTRA)
    found = np.flatnonzero(chance < _CHANCE / max(len(begins), 1))
    moments = [
        (period.since + timedelta(hours=int(h)))
        for pair in zip(begins[found], ends[found], strict=True)
        for h in pair
    ]
    return tuple(
        Gap(
            a.isoformat(sep=" ", timespec="minutes"),
            b.isoformat(sep=" ", timespec="minutes"),
            round(float(e), 1),
        )
        for a, b, e in zip(moments[::2], moments[1::2], missed[found], strict=True)
    )


_LEAST = 10.0


def _notes(con: duckdb.DuckDBPyConnection, plan: Plan, mapping: Records, period: Period) -> list[str]:
    """Return what the extract as a whole seems to be."""
    out = [*_clock_notes(con, plan, mapping), *_patient_notes(con, plan)]
    if mapping.one_row == "event" or "stop" not in plan.stamps:
        return out
    number, mean, open_, before = con.execute(
        f"SELECT count(*), avg(date_diff('minute', start, stop)), count(*) FILTER (stop IS NULL), "
        f"count(*) FILTER (start < {literal(period.since)}) FROM judged WHERE why = ''"
    ).fetchone() or (0, 0, 0, 0)
    minutes = (period.until - period.since) / timedelta(minutes=1)
    present = number * (mean or 0) / minutes
    if present >= _LEAST and not open_ and period.said:
        out.append(
            f"About {present:.0f} patients are there at any time, but nobody is still there at the end: the extract "
            "was probably chosen by departures; long stays of its last weeks are missing. Ask for those still there."
        )
    if present >= _LEAST and not before and period.said:
        out.append(
            f"About {present:.0f} patients are there at any time, but nobody was there already on the first day: the "
            "extract was chosen by arrivals, and the first weeks count too few. Ask for those who were there."
        )
    return out


_ENOUGH = 50
_ROUND_THE_CLOCK = 9
"""Hours of twelve that occur where people come or leave at any time; a round in the morning has fewer."""


def _clock_notes(con: duckdb.DuckDBPyConnection, plan: Plan, mapping: Records) -> list[str]:
    """Return what the hours of the stamps seem to be."""
    out = []
    zoned = f"(f_start & {int(Odd.ZONED | Odd.UNIX)}) > 0"
    bare = f"(f_start & {int(Odd.DATE_ONLY)}) > 0"
    (other,) = con.execute(f"SELECT count(*) FILTER ({zoned}) FROM judged WHERE why = ''").fetchone() or (0,)
    if mapping.zone is None and other:
        out.append(
            f"{other:,} stamps of arriving name their distance from universal time (such as Z), but the mapping says "
            "no zone: their hours are not those of the hospital's clock. Say zone: Europe/London."
        )
    elif mapping.zone is None:
        out.append(
            "No zone is said in the mapping, so the hours that clocks skip or repeat were not looked for."
        )
    for name in dict.fromkeys(["start", *(n for n in plan.stamps if n == "stop")]):
        late, hours, number = con.execute(
            f"SELECT count(*) FILTER (hour({name}) > 12 OR hour({name}) = 0), count(DISTINCT hour({name})), "
            f"count(*) FROM judged WHERE why = '' AND {name} IS NOT NULL AND NOT {bare.replace('f_start', f'f_{name}')}"
        ).fetchone() or (1, 0, 0)
        if number >= _ENOUGH and not late and hours > _ROUND_THE_CLOCK:
            out.append(
                f"No '{' + '.join(plan.stamps.get(name, (name,)))}' lies after 12:59: is it written on a clock of "
                "twelve hours, without am or pm? Then half of the hours are wrong, and nothing here can tell which."
            )
    return out


def _patient_notes(con: duckdb.DuckDBPyConnection, plan: Plan) -> list[str]:
    """Return whether a patient is probably none: one number in a large part of the rows."""
    if plan.patient is None:
        return [
            "No patient is named in the mapping: each row is a patient, and duplicates were not looked for."
        ]
    top, every = con.execute(
        "SELECT max(n, 2), sum(n) FROM (SELECT count(*) AS n FROM judged WHERE why = '' GROUP BY who)"
    ).fetchone() or ([], 1)
    most, second = (*(top or []), 0, 0)[:2]
    if most >= _ENOUGH and most > 0.02 * every and most > 5 * second:
        share = f"{most / every:.0%}"
        words = f"One number in '{plan.patient}' stands in {most:,} rows ({share}): does it stand for 'not known'?"
        return [words]
    return []
