"""Reading stamps as people write them: in SQL, so that ten million rows are read at once.

A stamp is read into a moment on the local clock and a sum of flags that say what was odd about it. What a text says is
never guessed: the mapping tells the order of day and month, and a year of four digits at the front is never in doubt.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import IntFlag
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Odd", "clock_changes", "reading", "swapped", "text_pattern"]


class Odd(IntFlag):
    """What was odd about a stamp."""

    UNREADABLE = 1
    OTHER_ORDER = 2
    OTHER_FORMAT = 4
    HOUR_24 = 8
    SHORT_YEAR = 16
    ZONED = 32
    MISSING_HOUR = 64
    DOUBLED_HOUR = 128
    DATE_ONLY = 256
    FILLER = 512
    UNIX = 1024


_MISSING = (
    "",
    "null",
    "none",
    "na",
    "n/a",
    "#n/a",
    "nan",
    "nat",
    "-",
    "--",
    ".",
    "?",
    "unknown",
    "not recorded",
)
_NEVER = "(0001|1600|1601|1753|1800|1899|1900|2999|3000|4000|9999)"
"""Years in which nobody was in hospital."""
_FAR = "(1970|2049|2050|2099|2100)"
"""Years that stand for 'not known' on their first and last day alone: the records of some hospitals are moved there."""
_CLOCK = r"([ T]?\d{4}(\d{2})?)?"
_FILLERS = "|".join(
    (
        rf"{_NEVER}[-/.]\d{{2}}[-/.]\d{{2}}.*|{_NEVER}\d{{4}}{_CLOCK}",
        rf"\d{{1,2}}[-/. ](\d{{1,2}}|[A-Za-z]{{3,9}})[-/. ]{_NEVER}.*",
        rf"(31[-/. ](12|(?i:dec[a-z]*))|12[-/.]31|0?1[-/. ](0?1|(?i:jan[a-z]*)))[-/. ]{_FAR}.*",
        rf"{_FAR}[-/.](12[-/.]31|01[-/.]01).*|{_FAR}(1231|0101){_CLOCK}",
        r"2079-06-06.*|0?6[-/]0?6[-/]2079.*|2958465(\..*)?|0|00/00/0000.*|0000-?00-?00.*",
    )
)
"""Dates that stand where none is known; 2079 and 2958465 are the last days of SQL Server and of Excel."""
_ISO = r"\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d+)?)?"
_USUAL = r"\d{2}/\d{2}/\d{4} ([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d+)?)?"
_NTH = "(?i:st|nd|rd|th)?"
_PARTS = (
    r"^(?:(?i:mon|tue|wed|thu|fri|sat|sun)[A-Za-z]*[., ]+)?"
    rf"(\d{{1,4}}|[A-Za-z]{{3,9}}){_NTH}[-/. ]+(\d{{1,2}}|[A-Za-z]{{3,9}}){_NTH}[-/., ]+(\d{{1,4}})"
    r"(?:[T ,]+(?i:at +)?(\d{1,2})[:.hH]?(\d{2})?(?:[:.](\d{2})(?:[.,](\d+))?)?"
    r"\s*(?:([AaPp])\.? ?[Mm]?\.?|(?i:h|hrs|hours))?)?"
    r"\s*(Z|UTC|GMT|BST|[+-]\d{2}:?(?:\d{2})?)?$"
)
_NAMES = ("a", "b", "c", "h", "mi", "se", "fr", "ap", "z")
_MONTHS = "['jan','feb','mar','apr','may','jun','jul','aug','sep','oct','nov','dec']"
_SERIAL = r"\d{5}([.,]\d+)?|\d[.,]\d+[Ee]\+?0?4"
_UNIX = r"1\d{9}(\.\d+)?|1\d{12}|1\d{15}|1\d{18}"
"""Seconds since 1970 on UTC, or thousandths, millionths or milliardths of them: from 2001 to 2033."""
_COMPACT = rf"\d{{8}}{_CLOCK}"


def text_pattern() -> re.Pattern[str]:
    """Return what any stamp looks like, for finding columns of them."""
    compact = r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:[ T]?\d{4}(?:\d{2})?)?"
    return re.compile(f"{_PARTS}|^{compact}$|^(?:{_UNIX})$")


def reading(column: str, order: str, zone: str | None, *, utc: bool) -> str:
    """Return the SQL expression that reads a column of text: a struct of `t`, a moment or NULL, and `f`, its flags.

    Parameters
    ----------
    column : str
        An SQL name.
    order : {'day first', 'month first', 'year first'}
    zone : str or None
        The local clock, by which stamps that name their distance from UTC are put on it.
    utc : bool
        Whether stamps that do not are on UTC.
    """
    x = f"trim({column})"
    missing = ", ".join(f"'{m}'" for m in _MISSING)
    usual = {"day first": ("4:5", "1:2"), "month first": ("1:2", "4:5")}.get(order)
    iso = f"TRY_CAST({x} AS TIMESTAMP)"
    clocked, odd = _local(iso, zone) if utc else iso, 0 if usual is None else int(Odd.OTHER_FORMAT)
    ways = [
        *(_quick(x, *way, _local if utc else None, zone) for way in _common(order)),
        f"WHEN {column} IS NULL OR lower({x}) IN ({missing}) THEN struct_pack(t := NULL::TIMESTAMP, f := 0)",
        f"WHEN regexp_full_match({x}, '{_FILLERS}') THEN struct_pack(t := NULL::TIMESTAMP, f := {int(Odd.FILLER)})",
        f"WHEN regexp_full_match({x}, '{_ISO}') AND {iso} IS NOT NULL THEN struct_pack(t := {clocked}, f := {odd})",
    ]
    if usual is not None:
        # the most common way of writing, put the other way round: several times quicker than taking it apart
        month, day = usual
        turned = f"TRY_CAST({x}[7:10] || '-' || {x}[{month}] || '-' || {x}[{day}] || {x}[11:] AS TIMESTAMP)"
        ways.append(
            f"WHEN regexp_full_match({x}, '{_USUAL}') AND {turned} IS NOT NULL "
            f"THEN struct_pack(t := {_local(turned, zone) if utc else turned}, f := 0)"
        )
    return f"CASE {' '.join(ways)} ELSE {_slow(x, order, zone, utc=utc)} END"


def _common(order: str) -> list[tuple[tuple[str, ...], int]]:
    """Return the ways in which nearly all stamps are written, and what is odd of them."""
    iso = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
    if order == "year first":
        return [(iso, 0)]
    front = "%d/%m" if order == "day first" else "%m/%d"
    return [((f"{front}/%Y %H:%M", f"{front}/%Y %H:%M:%S"), 0), (iso, int(Odd.OTHER_FORMAT))]


def _quick(
    x: str, ways: tuple[str, ...], odd: int, local: Callable[[str, str | None], str] | None, zone: str | None
) -> str:
    """Return what reads stamps written in one of a few ways: twenty times quicker than taking them apart.

    Only in years in which no date stands for 'not known'.
    """
    read = f"try_strptime({x}, [{', '.join(repr(w) for w in ways)}])"
    moment = read if local is None else local(read, zone)
    years = "BETWEEN TIMESTAMP '1971-01-01' AND TIMESTAMP '2048-12-31'"
    return f"WHEN {read} {years} THEN struct_pack(t := {moment}, f := {odd})"


def _local(utc: str, zone: str | None) -> str:
    """Return a moment of UTC on the local clock."""
    if zone is None:
        return utc
    return f"(({utc}) AT TIME ZONE 'UTC' AT TIME ZONE '{zone}')"


def _chain(*steps: tuple[str, str]) -> str:
    """Return an expression in steps: each names what comes before it, so that it is written once.

    A list of one value is mapped over, which is how SQL says 'let'.
    """
    name, made = steps[0]
    if len(steps) == 1:
        return made
    return f"list_transform([{made}], lambda {name}: {_chain(*steps[1:])})[1]"


def _slow(x: str, order: str, zone: str | None, *, utc: bool) -> str:
    names = ", ".join(f"'{n}'" for n in _NAMES)
    parts = f"regexp_extract({x}, '{_PARTS}', [{names}])"
    first = (
        "struct_pack("
        "a := TRY_CAST(p.a AS INTEGER), b := TRY_CAST(p.b AS INTEGER), c := TRY_CAST(p.c AS INTEGER), "
        f"ma := list_position({_MONTHS}, lower(p.a[1:3])), mb := list_position({_MONTHS}, lower(p.b[1:3])), "
        "front := length(p.a) = 4 AND TRY_CAST(p.a AS INTEGER) IS NOT NULL, p := p, "
        "short := length(p.c) <= 2)"
    )
    # 08-JAN-24 is the eighth wherever it is written: nobody puts a named month between a year and a day
    year = "NOT coalesce(n.mb > 0, false)" if order == "year first" else "false"
    year_first = f"(n.front OR (n.short AND {year}))"
    day_leads = "false" if order == "month first" else "true"
    ymd = (
        "struct_pack("
        f"y := CASE WHEN {year_first} THEN n.a ELSE n.c END, "
        f"m := CASE WHEN n.mb > 0 THEN n.mb WHEN n.ma > 0 THEN n.ma WHEN {year_first} THEN n.b "
        f"WHEN {day_leads} THEN n.b ELSE n.a END, "
        f"d := CASE WHEN n.ma > 0 THEN n.b WHEN {year_first} THEN n.c "
        f"WHEN n.mb > 0 OR {day_leads} THEN n.a ELSE n.b END, "
        f"other := {year_first} AND {'false' if order == 'year first' else 'true'}, "
        f"named := coalesce(n.ma > 0 OR n.mb > 0, false), yf := {year_first}, p := n.p)"
    )
    made = (
        "struct_pack("
        "y := CASE WHEN q.y < 70 THEN 2000 + q.y WHEN q.y < 100 THEN 1900 + q.y ELSE q.y END, "
        "m := CASE WHEN q.m > 12 AND q.d <= 12 AND NOT q.named AND NOT q.yf THEN q.d ELSE q.m END, "
        "d := CASE WHEN q.m > 12 AND q.d <= 12 AND NOT q.named AND NOT q.yf THEN q.m ELSE q.d END, "
        "h := CASE WHEN q.p.h = '' THEN 0 ELSE TRY_CAST(q.p.h AS INTEGER) END "
        "+ CASE WHEN lower(q.p.ap) = 'p' AND TRY_CAST(q.p.h AS INTEGER) < 12 THEN 12 "
        "WHEN lower(q.p.ap) = 'a' AND TRY_CAST(q.p.h AS INTEGER) = 12 THEN -12 ELSE 0 END, "
        "mi := coalesce(TRY_CAST(q.p.mi AS INTEGER), 0), se := coalesce(TRY_CAST(q.p.se AS INTEGER), 0), "
        "us := CASE WHEN q.p.fr = '' THEN 0 ELSE TRY_CAST(rpad(q.p.fr, 6, '0')[1:6] AS BIGINT) END, z := q.p.z, "
        f"f := CASE WHEN q.m > 12 AND q.d <= 12 AND NOT q.named AND NOT q.yf THEN {int(Odd.OTHER_ORDER)} ELSE 0 END "
        f"+ CASE WHEN q.other THEN {int(Odd.OTHER_FORMAT)} ELSE 0 END "
        f"+ CASE WHEN q.y < 100 THEN {int(Odd.SHORT_YEAR)} ELSE 0 END "
        f"+ CASE WHEN q.p.h = '' THEN {int(Odd.DATE_ONLY)} ELSE 0 END "
        f"+ CASE WHEN q.p.h = '24' THEN {int(Odd.HOUR_24)} ELSE 0 END "
        f"+ CASE WHEN q.p.z <> '' THEN {int(Odd.ZONED)} ELSE 0 END)"
    )
    good = (
        "r.y BETWEEN 1901 AND 2261 AND r.m BETWEEN 1 AND 12 AND r.d BETWEEN 1 AND 31 AND r.mi < 60 AND r.se < 60 "
        "AND (r.h < 24 OR (r.h = 24 AND r.mi = 0 AND r.se = 0))"
    )
    at = (
        "TRY_CAST(printf('%04d-%02d-%02d', r.y, r.m, r.d) AS TIMESTAMP) "
        "+ to_seconds(r.h * 3600 + r.mi * 60 + r.se) + to_microseconds(r.us)"
    )
    offset = (
        "to_minutes(CASE WHEN r.z = 'BST' THEN 60 WHEN r.z[1] IN ('+', '-') "
        "THEN (CASE WHEN r.z[1] = '-' THEN -1 ELSE 1 END) * "
        "(TRY_CAST(r.z[2:3] AS INTEGER) * 60 "
        "+ coalesce(TRY_CAST(right(replace(r.z, ':', ''), -3) AS INTEGER), 0)) ELSE 0 END)"
    )
    zoned = _local(f"{at} - {offset}", zone) if zone is not None else at
    unsaid = _local(at, zone) if utc else at
    moment = f"CASE WHEN {good} THEN CASE WHEN r.z <> '' THEN {zoned} ELSE {unsaid} END END"
    spelled = _chain(
        ("p", parts),
        ("n", first),
        ("q", ymd),
        ("r", made),
        ("s", f"struct_pack(t := {moment}, f := r.f)"),
        ("", f"struct_pack(t := s.t, f := CASE WHEN s.t IS NULL THEN {int(Odd.UNREADABLE)} ELSE s.f END)"),
    )
    serial, compact = _digits(x)
    seconds = f"make_timestamp(CAST({x}[1:10] AS BIGINT) * 1000000)"
    unix = f"struct_pack(t := {_local(seconds, zone)}, f := {int(Odd.UNIX)})"
    return (
        f"CASE WHEN regexp_full_match({x}, '{_UNIX}') THEN {unix} "
        f"WHEN regexp_full_match({x}, '{_SERIAL}') THEN {serial} "
        f"WHEN regexp_full_match({x}, '{_COMPACT}') THEN {compact} ELSE {spelled} END"
    )


def _digits(x: str) -> tuple[str, str]:
    """Return how Excel's number of days is read, and how digits without signs between them are."""
    number = f"TRY_CAST(replace({x}, ',', '.') AS DOUBLE)"
    serial = (
        f"struct_pack(t := CASE WHEN {number} BETWEEN 20000 AND 80000 THEN TIMESTAMP '1899-12-30' "
        f"+ to_seconds(CAST(round({number} * 86400) AS BIGINT)) END, "
        f"f := CASE WHEN {number} BETWEEN 20000 AND 80000 THEN {int(Odd.OTHER_FORMAT)} "
        f"+ CASE WHEN {number} % 1 = 0 THEN {int(Odd.DATE_ONLY)} ELSE 0 END ELSE {int(Odd.UNREADABLE)} END)"
    )
    digits = f"rpad(regexp_replace({x}, '[ T]', ''), 14, '0')"
    compact = (
        f"struct_pack(t := try_strptime({digits}, '%Y%m%d%H%M%S'), f := CASE WHEN try_strptime({digits}, "
        f"'%Y%m%d%H%M%S') IS NULL THEN {int(Odd.UNREADABLE)} WHEN length({x}) = 8 THEN {int(Odd.DATE_ONLY)} ELSE 0 END)"
    )
    return serial, compact


def swapped(moment: str) -> str:
    """Return the SQL of a moment with day and month in each other's place; NULL where that is no other date.

    Parameters
    ----------
    moment : str
        An SQL expression of a timestamp.
    """
    return (
        f"CASE WHEN day({moment}) <= 12 AND day({moment}) <> month({moment}) THEN "
        f"CAST(make_date(year({moment}), day({moment}), month({moment})) AS TIMESTAMP) "
        f"+ ({moment} - date_trunc('day', {moment})) END"
    )


def clock_changes(zone: str, years: Sequence[int]) -> tuple[list[tuple[datetime, datetime]], ...]:
    """Return the stretches of a local clock that never come, and those that come twice.

    >>> missing, doubled = clock_changes("Europe/London", [2024])
    >>> [(str(a), str(b)) for a, b in missing]
    [('2024-03-31 01:00:00', '2024-03-31 02:00:00')]
    >>> [(str(a), str(b)) for a, b in doubled]
    [('2024-10-27 01:00:00', '2024-10-27 02:00:00')]
    """
    clock = ZoneInfo(zone)
    missing: list[tuple[datetime, datetime]] = []
    doubled: list[tuple[datetime, datetime]] = []
    for year in years:
        at = datetime(year, 1, 1, tzinfo=UTC)
        end = datetime(year + 1, 1, 1, tzinfo=UTC)
        while at < end:
            after = at + timedelta(minutes=15 if _moves(at, clock) else 1440)
            before, then = (
                at.astimezone(clock).replace(tzinfo=None),
                after.astimezone(clock).replace(tzinfo=None),
            )
            step = (then - before) - (after - at)
            if step > timedelta(0):
                missing.append((before + (after - at), then))
            elif step < timedelta(0):
                doubled.append((then, before + (after - at)))
            at = after
    return missing, doubled


def _moves(at: datetime, clock: ZoneInfo) -> bool:
    return at.astimezone(clock).utcoffset() != (at + timedelta(days=1)).astimezone(clock).utcoffset()
