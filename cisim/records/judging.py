"""What each row says, and whether it can be: stamps read, doubts found, repaired or left out, and every one counted.

Everything happens in a database on disk, column by column, so that memory does not grow with the rows.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cisim.errors import DataError, nearest
from cisim.records.identifiers import naming
from cisim.records.rows import plain_cell
from cisim.records.stamps import Odd, clock_changes, reading, swapped
from cisim.units import DAY

if TYPE_CHECKING:
    import duckdb

    from cisim.records.loading import Passed, Plan
    from cisim.spec import Label, Records

__all__ = ["Period", "judge", "literal", "nothing_left", "read_labels", "read_rows"]

_MOST_LABELS = 2_000
_EARLIEST, _LATEST = "TIMESTAMP '1901-01-01'", "TIMESTAMP '2262-01-01'"
_LONGEST = timedelta(days=5 * 366)
_WILD = timedelta(days=400)
"""So far outside of the bulk of the stamps a year must be wrong."""


@dataclass(frozen=True, slots=True)
class Period:
    """What the extract covers.

    Attributes
    ----------
    since, until : datetime
        From the first, and before the last.
    said : bool
        Whether the mapping says so; else they are drawn around the bulk of the stamps.
    longest : timedelta
        The longest stay that is plausible where a date is put right.
    end : datetime
        Nothing is known from here on: the end as said, else the midnight after the last stamp.
    """

    since: datetime
    until: datetime
    said: bool
    longest: timedelta
    end: datetime


def literal(moment: datetime) -> str:
    """Return a moment as SQL."""
    return f"TIMESTAMP '{moment.isoformat(sep=' ')}'"


def read_labels(con: duckdb.DuckDBPyConnection, plan: Plan, passed: Passed) -> dict[str, tuple[str, ...]]:
    """Give the names in each column of labels their numbers, in tables `names_X`, and return the names.

    A name that a spreadsheet would run is made text by an apostrophe; a column that names people is not carried over.

    Raises
    ------
    DataError
        Where the ward or activity is such a column, or has thousands of values.
    """
    out: dict[str, tuple[str, ...]] = {}
    for name, label in plan.labels.items():
        query = (
            f"SELECT coalesce(l_{name}, '') AS t, count(*), min(row) FROM raw GROUP BY t ORDER BY t "
            f"LIMIT {_MOST_LABELS + 1}"
        )
        found = [(str(t), int(n), int(row)) for t, n, row in con.execute(query).fetchall()]
        column = label.column or ""
        why = naming("", [t for t, _, _ in found])
        if len(found) > _MOST_LABELS:
            why = why or f"free text: more than {_MOST_LABELS:,} values"
        if why and name == "what":
            raise DataError(
                f"the column '{column}' seems to hold {why}, and cannot be a ward or activity; "
                "name another column, or recode it in the file first"
            )
        if why:
            passed.naming[column] = why
            found = [] if len(found) > _MOST_LABELS else [(t, n, row) for t, n, row in found if not t]
        named = _named_alike(found, label, passed)
        _unused_recodes(name, label, found, passed)
        names = tuple(sorted(set(named.values()) - {""}))
        con.execute(f"CREATE TABLE names_{name} (t VARCHAR, code INTEGER)")
        pairs = [(t, names.index(n)) for t, n in named.items() if n]
        if pairs:
            con.executemany(f"INSERT INTO names_{name} VALUES (?, ?)", pairs)
        out[name] = names
    return out


def _named_alike(found: list[tuple[str, int, int]], label: Label, passed: Passed) -> dict[str, str]:
    """Return what each value is called: of names that differ in capitals or spaces alone, the most common one."""
    named = {text: _named(text, label) for text, _, _ in found}
    weight: Counter[str] = Counter()
    for text, count, _ in found:
        weight[named[text]] += count
    best: dict[str, str] = {}
    for name, _ in weight.most_common():
        best.setdefault(name.casefold(), name)
    for text, count, row in found:
        name = named[text]
        if best[name.casefold()] != name:
            _note(passed, "spelling", count, row)
            named[text] = best[name.casefold()]
        if name.startswith("'") and not text.startswith("'"):
            _note(passed, "formula", count, row)
    return named


def _note(passed: Passed, kind: str, count: int, row: int) -> None:
    kept = passed.noted.setdefault(kind, [0])
    kept[0] += count
    kept.append(row)


def _unused_recodes(name: str, label: Label, found: list[tuple[str, int, int]], passed: Passed) -> None:
    """Tell of names in the mapping that no row has: a slip of the pen leaves a ward as it was."""
    there = {plain_cell(text).casefold() for text, _, _ in found}
    common = [plain_cell(text) for text, count, _ in found if count >= _SHOWN]  # a rare value is never shown
    where = {"what": "ward or activity"}.get(name, name)
    for raw in label.recode:
        if plain_cell(raw).casefold() not in there:
            hint = nearest(raw, common)
            passed.notes.append(f"{where}: recode: no row says '{raw}' in '{label.column}'{hint}.")


_SHOWN = 5
_UNSAID = frozenset(("", "null", "nan", "nat", "#n/a", "<na>", "-"))


def _named(text: str, label: Label) -> str:
    """Return what a value is called: never anything that a spreadsheet would run.

    >>> from cisim.spec import Label
    >>> _named("=1+1", Label(column="c")), _named("a1 ", Label(column="c", recode={"A1": "ward A"}))
    ("'=1+1", 'ward A')
    """
    plain = plain_cell(text)
    folded = {plain_cell(k).casefold(): v for k, v in label.recode.items()}
    if plain.casefold() in folded:
        return label.recode.get(plain, folded[plain.casefold()])
    if plain.casefold() in _UNSAID:
        return ""
    if label.others is not None:
        return label.others
    name = plain.replace("/", "-")[:80].strip()
    return f"'{name}" if name[0] in "=+-@" else name


def read_rows(con: duckdb.DuckDBPyConnection, plan: Plan, mapping: Records) -> None:
    """Read the texts of `raw` into the table `seen`: moments, what is odd of each, and the numbers of names."""
    stamps = [
        f"{reading(f's_{n}', mapping.dates, mapping.zone, utc=mapping.stamps == 'utc')} AS r_{n}"
        for n in plan.stamps
    ]
    texts = [*(f"s_{n}" for n in plan.stamps), *(f"l_{n}" for n in plan.labels)]
    same = f"hash({', '.join(['who', 'spell', *texts])})" if plan.patient else "NULL::UBIGINT"
    joins = " ".join(f"LEFT JOIN names_{n} ON names_{n}.t = coalesce(raw.l_{n}, '')" for n in plan.labels)
    codes = [f"names_{n}.code AS {n}" for n in plan.labels]
    inner = (
        f"SELECT {', '.join(['row', 'who', 'spell', f'{same} AS same', *codes, *stamps])} FROM raw {joins}"
    )
    outer = [
        f"CASE WHEN r_{n}.t >= {_EARLIEST} AND r_{n}.t < {_LATEST} THEN r_{n}.t END AS {n}, CASE WHEN r_{n}.t "
        f">= {_EARLIEST} AND r_{n}.t < {_LATEST} OR r_{n}.t IS NULL THEN r_{n}.f ELSE "
        f"{int(Odd.UNREADABLE)} END AS f_{n}"
        for n in plan.stamps
    ]
    if "stop" not in plan.stamps:
        outer.append("NULL::TIMESTAMP AS stop, 0 AS f_stop")
    labels = [n if n in plan.labels else f"NULL::INTEGER AS {n}" for n in ("pathway", "outcome", "what")]
    labels += ["transition"] if "transition" in plan.labels else []
    con.execute(
        f"CREATE TABLE seen AS SELECT {', '.join(['row', 'who', 'spell', 'same', *labels, *outer])} FROM ({inner})"
    )
    con.execute("DROP TABLE raw")


def _one(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    return con.execute(query).fetchone() or ()


def _period(con: duckdb.DuckDBPyConnection, mapping: Records) -> Period:
    (number,) = _one(con, "SELECT count(start) FROM seen")
    if not number:
        raise DataError(
            f"not one stamp could be read with 'dates: {mapping.dates}'; look at how a date is written in the file"
        )
    share = 0.005 if number >= 2_000 else 0.05
    low, high, long = _one(
        con,
        f"SELECT quantile_disc(start, {share}), quantile_disc(start, {1 - share}), "
        "quantile_disc(stop - start, 0.9) FILTER (stop >= start) FROM seen",
    )
    longest = min((long or timedelta(0)) * 10 + timedelta(days=1), _LONGEST)
    if mapping.covers is not None:
        since, until = (
            datetime.fromisoformat(d.isoformat()) for d in (mapping.covers.since, mapping.covers.until)
        )
        return Period(since, until, said=True, longest=longest, end=until)
    # the bulk, and so much beyond that an arrival there is no chance: a quarter of its length and a week
    spare = (high - low) * 0.25 + timedelta(days=7)
    if mapping.dates == "year first":  # never in doubt by itself; only its order with another stamp can be
        spare = max(spare, _WILD)
    since, until = low - spare, high + spare
    return Period(since, until, said=False, longest=longest, end=until)


def judge(con: duckdb.DuckDBPyConnection, plan: Plan, mapping: Records) -> Period:
    """Judge every row of `seen` into the table `judged`: its moments as used, what was done, and `why` it is left out.

    Returns
    -------
    Period
        What the extract covers, as far as the rows that can be used say.
    """
    period = _period(con, mapping)
    points = [n for n in plan.stamps if n not in ("start", "stop")]
    low, high = period.since, period.until
    reach = low - period.longest if period.said else low
    known = high + period.longest
    odd_hours = _hours(mapping, low - timedelta(days=800), known + timedelta(days=800))
    stamps = ["start", "stop", *points]
    shifted = ", ".join(f"{_missing_hour(n, odd_hours[0], mapping)} AS {n}" for n in stamps)
    flags = ", ".join(
        f"f_{n} + CASE WHEN {_within(n, odd_hours[0])} THEN {int(Odd.MISSING_HOUR)} "
        f"WHEN {_within(n, odd_hours[1])} THEN {int(Odd.DOUBLED_HOUR)} ELSE 0 END AS f_{n}"
        for n in stamps
    )
    others = ["row", "who", "spell", "same", "pathway", "outcome", "what"]
    others += ["transition"] if "transition" in plan.labels else []
    rest = ", ".join(others)
    before = f"start < {literal(low)}"
    if period.said:  # who was there before the first day may have come earlier
        before += (
            f" AND NOT coalesce(stop >= {literal(low)} AND stop - start <= {_span(period.longest)}, true)"
        )
    bad = (
        f"coalesce(stop < start OR start >= {literal(high)} OR ({before}) OR stop >= {literal(known)}, false)"
    )

    def fine(a: str, b: str) -> str:
        span = f"{b} >= {a} AND {b} - {a} <= {_span(period.longest)} AND {b} < {literal(known)}"
        return f"({a} >= {literal(reach)} AND {a} < {literal(high)} AND coalesce({span}, stop IS NULL))"

    choice = (
        f"CASE WHEN NOT bad THEN 0 WHEN {fine('x0', 'stop')} AND {fine('start', 'x1')} AND stop IS NOT NULL THEN "
        "CASE WHEN stop - x0 <= x1 - start THEN 1 ELSE 2 END "
        f"WHEN {fine('x0', 'stop')} THEN 1 WHEN stop IS NOT NULL AND {fine('start', 'x1')} THEN 2 "
        f"WHEN {fine('x0', 'x1')} AND stop IS NOT NULL THEN 3 ELSE 0 END"
    )
    repair = mapping.doubts.swapped_dates == "repair"
    twice = f"((f_start | f_stop) & {int(Odd.DOUBLED_HOUR)}) > 0"
    later = (
        f"{twice} AND b < a AND b + INTERVAL 1 HOUR >= a"
        if mapping.doubts.doubled_hour == "repair"
        else "false"
    )
    # who came in the hour that spring skips was written on a clock not yet put on: so was a leaving before it
    skipped = (
        f"(f_start & {int(Odd.MISSING_HOUR)}) > 0 AND b < a AND b + INTERVAL 1 HOUR >= a"
        if mapping.doubts.missing_hour == "repair"
        else "false"
    )
    con.execute(
        f"""CREATE TABLE turned AS
        WITH clocked AS (SELECT {rest}, {shifted}, {flags} FROM seen),
        doubted AS (SELECT *, {bad} AS bad FROM clocked),
        other AS (SELECT *, CASE WHEN bad THEN {swapped("start")} END AS x0,
                  CASE WHEN bad THEN {swapped("stop")} END AS x1 FROM doubted),
        chosen AS (SELECT *, coalesce({choice}, 0) AS turn FROM other),
        made AS (SELECT *, {"CASE WHEN turn IN (1, 3) THEN x0 ELSE start END" if repair else "start"} AS a,
                 {"CASE WHEN turn IN (2, 3) THEN x1 ELSE stop END" if repair else "stop"} AS b FROM chosen)
        SELECT {rest}, turn, a AS start, coalesce({later}, false) AS hour_later,
               CASE WHEN {later} OR {skipped} THEN b + INTERVAL 1 HOUR ELSE b END AS stop,
               {", ".join([*points, *(f"f_{n}" for n in stamps)])} FROM made"""
    )
    con.execute("DROP TABLE seen")
    _reasons(con, plan, mapping, period, points)
    con.execute("DROP TABLE turned")
    return _known(con, period)


def _span(length: timedelta) -> str:
    return f"to_seconds({round(length.total_seconds())})"


def _hours(mapping: Records, first: datetime, last: datetime) -> tuple[list[tuple[datetime, datetime]], ...]:
    if mapping.zone is None:
        return [], []
    return clock_changes(mapping.zone, range(first.year, min(last.year, first.year + 60) + 1))


def _within(name: str, stretches: list[tuple[datetime, datetime]]) -> str:
    ways = [f"({name} >= {literal(a.replace(fold=0))} AND {name} < {literal(b)})" for a, b in stretches]
    return f"({' OR '.join(ways)})" if ways else "false"


def _missing_hour(name: str, stretches: list[tuple[datetime, datetime]], mapping: Records) -> str:
    if not stretches or mapping.doubts.missing_hour != "repair":
        return name
    return f"CASE WHEN {_within(name, stretches)} THEN {name} + INTERVAL 1 HOUR ELSE {name} END"


def _reasons(
    con: duckdb.DuckDBPyConnection, plan: Plan, mapping: Records, period: Period, points: list[str]
) -> None:
    """Write why a row is left out (nothing where it is used), and put points in their order."""
    doubts = mapping.doubts
    con.execute(
        "CREATE TABLE again AS SELECT same, min(row) AS first FROM turned WHERE same IS NOT NULL "
        "GROUP BY same HAVING count(*) > 1"
    )
    stamps = ["start", "stop", *points]
    any_flag = f"({' | '.join(f'f_{n}' for n in stamps)})"
    negative = "stop < start"
    outside = f"start >= {literal(period.until)} OR stop < {literal(period.since)}"
    if not period.said:
        outside = (
            f"start >= {literal(period.until + _WILD)} OR start < {literal(period.since - _WILD)} "
            f"OR stop >= {literal(period.until + period.longest + _WILD)}"
        )
    has_stop = mapping.one_row != "event" and "stop" in plan.stamps
    reasons = [("no_patient", "who IS NULL")] if plan.patient else []
    if mapping.one_row != "visit":
        reasons.append(("no_name", "what IS NULL"))
    reasons += [
        ("unreadable_start", f"start IS NULL AND (f_start & {int(Odd.UNREADABLE)}) > 0"),
        ("missing_start", "start IS NULL"),
        ("unreadable_stop", f"(f_stop & {int(Odd.UNREADABLE)}) > 0"),
    ]
    left_out = {
        "duplicates": "again.first < turned.row",
        "swapped_dates": f"turn > 0 OR ({any_flag} & {int(Odd.OTHER_ORDER)}) > 0",
        "missing_hour": f"({any_flag} & {int(Odd.MISSING_HOUR)}) > 0",
        "doubled_hour": f"({any_flag} & {int(Odd.DOUBLED_HOUR)}) > 0",
        "other_zone": f"({any_flag} & {int(Odd.ZONED)}) > 0",
        "outside_period": outside,
        "negative_duration": negative,
        "zero_duration": "stop = start" if has_stop else "false",
    }
    reasons += [(k, c) for k, c in left_out.items() if getattr(doubts, k) == "leave out"]
    if has_stop and mapping.missing_departure == "leave out":
        reasons.append(("missing_departure", "stop IS NULL"))
    wrong = {p: _misplaced(p, mapping, points) for p in points}
    strayed = " OR ".join(f"coalesce({w}, false)" for w in wrong.values()) or "false"
    if doubts.points_out_of_order == "leave out":
        reasons.append(("points_out_of_order", strayed))
    why = " ".join(f"WHEN {condition} THEN '{name}'" for name, condition in reasons)
    put = [f"CASE WHEN coalesce({w}, false) THEN NULL ELSE {p} END AS {p}" for p, w in wrong.items()]
    stop = f"CASE WHEN {negative} THEN NULL ELSE stop END" if doubts.negative_duration == "repair" else "stop"
    flags = [f"f_{n}" for n in stamps]
    rest = ["row", "who", "spell", "pathway", "outcome", "what"]
    rest += ["transition"] if "transition" in plan.labels else []
    con.execute(
        f"""CREATE TABLE judged AS SELECT {", ".join(f"turned.{n}" for n in rest)}, start, {stop} AS stop,
        {"".join(f"{p}, " for p in put)}{", ".join(flags)}, turn, hour_later,
        coalesce(again.first < turned.row, false) AS repeated, coalesce({negative}, false) AS negative,
        coalesce({outside}, false) AS outside, ({strayed}) AS strayed,
        CAST(CASE {why} ELSE '' END AS VARCHAR) AS why
        FROM turned LEFT JOIN again ON again.same = turned.same"""
    )


def _misplaced(point: str, mapping: Records, points: list[str]) -> str:
    """Return when a point cannot be where it is."""
    if mapping.one_row == "stay":
        return {
            "asked": "asked > start",
            "ready": "ready < start OR ready > stop",
            "arrived": "arrived > start",
            "left": '"left" < stop',
        }[point]
    outside = f"{point} < start OR {point} > stop"
    kind, step = re.fullmatch(r"([a-z]+)(\d+)", point).groups()  # type: ignore[union-attr]
    began = (
        f"began{step}"
        if f"began{step}" in points
        else "start"
        if mapping.steps[int(step)].began == mapping.arrived
        else "stop"
    )
    # a step is asked for, begins, is ready and ends in this order
    if kind == "asked":
        return f"{outside} OR {point} > {began}"
    if kind in ("ready", "ended"):
        return f"{outside} OR {point} < {began}" + (
            f" OR {point} > ended{step}" if f"ended{step}" in points else ""
        )
    return outside


def _known(con: duckdb.DuckDBPyConnection, period: Period) -> Period:
    """Return the period in whole days: as said, else from the first arrival to the midnight after the last."""
    first, last, latest = _one(con, "SELECT min(start), max(start), max(stop) FROM judged WHERE why = ''")
    if first is None:
        raise nothing_left(con)
    if period.said:
        return period
    day = timedelta(milliseconds=DAY)
    since, until, end = (
        moment.replace(hour=0, minute=0, second=0, microsecond=0)
        for moment in (first, last + day, max(last, latest or last) + day)
    )
    return Period(since, until, said=False, longest=period.longest, end=end)


def nothing_left(con: duckdb.DuckDBPyConnection) -> DataError:
    """Return what is said where every row of `judged` was left out."""
    found = con.execute(
        "SELECT why, count(*) FROM judged WHERE why <> '' GROUP BY why ORDER BY 2 DESC LIMIT 5"
    ).fetchall()
    reasons = ", ".join(f"{why.replace('_', ' ')} ({number:,} rows)" for why, number in found)
    return DataError(f"no row could be used; left out: {reasons}. Do the mapping and the file fit?")
