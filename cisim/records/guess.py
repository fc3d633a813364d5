"""A first mapping for a file, from the names of its columns and what stands in them: to be read, not to be trusted."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cisim.errors import DataError
from cisim.records.identifiers import naming
from cisim.records.rows import Source, plain_cell
from cisim.records.source import ONE_COLUMN, open_source
from cisim.records.stamps import text_pattern
from cisim.spec import Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["draft"]

_SAMPLE = 20_000
_FEW = 60
_TIME = re.compile(
    r"([01]?\d|2[0-4])[:.]?[0-5]\d([:.]?[0-5]\d(\.\d+)?)?\s*([AaPp]\.?[Mm]?\.?|(?i:h|hrs|hours))?"
    r"|\d{1,2}|1899-12-3[01].*|1900-01-0[01][ T].*|0?[.,]\d+"
)
_MIDNIGHT = re.compile(r"[T ]0?0:00(:00(\.0+)?)?$")
_ZONED = re.compile(r"\d[T ]\d.*(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})$")
_SLASHED = re.compile(r"(?:[A-Za-z]+[., ]+)?(\d{1,2})[-/. ](\d{1,2})[-/. ]\d{2,4}\b")
_NAMED = re.compile(
    r"[A-Za-z]{3,9}[a-z.,]* \d{1,2}\D|(?:[A-Za-z]+[., ]+)?\d{1,2}(?:st|nd|rd|th)?[-/. ]+[A-Za-z]{3,9}"
)
_SERIAL = re.compile(r"[2-7]\d{4}([.,]\d+)?|[2-7][.,]\d+[Ee]\+?0?4")
_EMPTY = {"", "null", "na", "n/a", "none", "nan", "nat", "-"}
_WORDS: dict[str, str] = {
    "arrived": r"arriv|attend|check.?in|admi(t\b|ssion|tted)|regist|presented|came|aufnahme|ankomst|entrada|entrée",
    "left": r"depart|left|discharg|exit|check.?out|leav|gone|entlassung|avg[aå]ng|sa[ií]da|salida|sortie",
    "in": r"\bin\b|start|begin|from|arriv|admi|aufnahme|entrada|entrée",
    "out": r"\bout\b|end|\bto\b|until|discharg|depart|left|entlassung|sa[ií]da|salida|sortie",
    "ready": r"ready|\bfit\b|criteria|optimi[sz]ed",
    "asked": r"request|asked|decision to admit|dta|refer",
    "patient": r"patient|nhs|mrn|hospital n|case|pseudo|person|client|fallnummer|paciente|pid\b|unit n|district n",
    "spell": r"spell|hospitali[sz]ation|episode|attendance|encounter|visit|cds identifier|^id$|\bcsn\b",
    "ward": r"ward|location.?category|location|\bunit|bed ?area|\bstation|avdelning|afdeling|\bsala\b",
    "activity": r"activity|event|concept.?name|action|task|step",
    "transition": r"lifecycle|transition|phase",
    "pathway": r"specialty|speciality|pathway|stream|treatment function|service|priority|acuity",
    "outcome": r"outcome|dispos|destination|discharged? ?to|discharge method",
    "order": r"seq|order|index|\bno\b|num|count|days|los\b|length|instance|variant|rank",
    "count": r"arrivals|attendances|count|number|total|admissions",
}


@dataclass(frozen=True, slots=True)
class _Column:
    """One column: its name, and what most of its cells are."""

    name: str
    kind: str  # stamp, date, time, label, id, number, text, empty
    values: Counter[str]
    rows: int

    def like(self, role: str) -> bool:
        words = re.sub(r"[_\-.:]", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.name)).lower()
        return re.search(_WORDS[role], words) is not None


def draft(path: str | Path) -> str:
    """Return a commented mapping for a file, as text: what can be told of it is said, and what cannot.

    Raises
    ------
    DataError
        Where the file cannot be read, or holds no stamps: hourly or monthly counts are no records of patients.
    """
    source = open_source(path, Layout())
    if _names_are_records(source):
        source = open_source(path, Layout(header_row=0))
    rows = [cells for _, cells in islice(source.rows(), _SAMPLE)]
    if not rows:
        raise DataError(f"{path}: got no rows below the names of the columns, want at least one")
    columns = [
        _column(name, [plain_cell(r[i]) if i < len(r) else "" for r in rows])
        for i, name in enumerate(source.columns)
    ]
    moments = _moments(columns)
    if {"entity_id", "event_type", "time"} <= set(source.columns):
        raise DataError(
            f"{path}: got a log for animation (vidigi), whose times are minutes since a start that it does not say; "
            "import the same log written as bupaR or XES"
        )
    if len(columns) == 1:
        raise DataError(f"{path}: {ONE_COLUMN}")
    if not moments or _counts(columns):
        told = ", ".join(f"'{c.name}'" for c in columns[:12])
        raise DataError(
            f"{path}: got a table of counts or without stamps (its columns are {told}), want a row a "
            "visit, a ward stay "
            "or an event, with the date and time of each. Counts by hour, day or month are no records of patients: "
            "fit arrivals to them with cisim.calibrate, or take them as targets"
        )
    return _written(source, columns, moments)


def _names_are_records(source: Source) -> bool:
    pattern = text_pattern()
    return sum(1 for c in source.columns if pattern.match(c)) > 0


def _column(name: str, cells: list[str]) -> _Column:
    said = [c for c in cells if c.lower() not in _EMPTY]
    values = Counter(said)
    if not said:
        return _Column(name, "empty", values, 0)
    pattern = text_pattern()
    few = list(values)[:2_000]

    def share(test: re.Pattern[str]) -> float:
        return sum(values[v] for v in few if test.fullmatch(v) or (test is pattern and test.match(v))) / sum(
            values[v] for v in few
        )

    if share(pattern) > 0.7:
        told = [
            v
            for v in few
            if re.search(r"\d[T ,]+(?:at )?\d{1,2}[:.hH]?\d{2}|^1\d{9,18}(\.\d+)?$|^\d{12,14}$", v)
        ]
        timed = sum(1 for v in told if not _MIDNIGHT.search(v))
        kind = "stamp" if timed > 0.3 * len(few) else "date"
    elif share(_SERIAL) > 0.9 and re.search(r"date|time|arriv|depart|start|end", name, re.IGNORECASE):
        kind = "stamp" if any("." in v or "," in v for v in few) else "date"
    elif share(_TIME) > 0.9 and re.search(r"time|hour|clock", name, re.IGNORECASE):
        kind = "time"
    elif len(values) <= max(_FEW, 2) and len(values) < max(len(said) * 0.5, 3):
        kind = "label"
    elif share(re.compile(r"-?\d+([.,]\d+)?")) > 0.95 and len(values) < 0.2 * len(said):
        kind = "number"
    else:
        # a footer may be longer than any number
        kind = "id" if sorted(map(len, few))[int(0.95 * (len(few) - 1))] <= 40 else "text"
    return _Column(name, kind, values, len(said))


_HOUR = re.compile(r"hour|hr|month|week", re.IGNORECASE)
_COUNTED = re.compile(
    r"\b(beds?|occupied|open|closed|closures|diverts|delays\d*|total|count|rate|attendances|admissions)\b|number of",
    re.IGNORECASE,
)


def _counts(columns: Sequence[_Column]) -> bool:
    """Say whether rows are counts: of an hour of a day, or of a day with several sums."""
    hours = any(_HOUR.fullmatch(c.name) for c in columns)
    timed = any(c.kind in ("stamp", "time") and not _HOUR.fullmatch(c.name) for c in columns)
    sums = sum(1 for c in columns if c.kind in ("number", "id", "label") and _COUNTED.search(c.name))
    days = sum(1 for c in columns if c.kind == "date") == 1 and sums >= 3
    return not timed and (days or (hours and any(c.like("count") for c in columns)))


def _moments(columns: Sequence[_Column]) -> list[tuple[str, ...]]:
    """Return the columns of each moment: a stamp, a date with its time of day, or a date alone."""
    out: list[tuple[str, ...]] = []
    times = {at: c for at, c in enumerate(columns) if c.kind == "time"}
    for at, one in enumerate(columns):
        if one.kind == "stamp":
            out.append((one.name,))
        if one.kind == "date" and not re.search(r"birth|dob", one.name, re.IGNORECASE):
            stem = _stem(one.name)
            mates = [i for i, t in times.items() if _stem(t.name) == stem]
            # of several times of one name, the one that stands next to it
            mate = times.pop(min(mates, key=lambda i: (abs(i - at), i < at))) if mates else None
            out.append((one.name, mate.name) if mate else (one.name,))
    return out


def _stem(name: str) -> str:
    return re.sub(r"[^a-z]", "", re.sub(r"date|time|hour|of", "", name.lower()))


def _order(columns: Sequence[_Column], moments: Sequence[tuple[str, ...]]) -> tuple[str, str]:
    """Return the order of dates, and why."""
    names = {m[0] for m in moments}
    first = second = slashed = other = named = 0
    example = ""
    for one in columns:
        if one.name not in names:
            continue
        for value in one.values:
            found = _SLASHED.match(value)
            if found is None:
                other += 1
                named += _NAMED.match(value) is not None
                continue
            slashed += 1
            a, b = int(found[1]), int(found[2])
            first += a > 12
            second += b > 12
            example = example or value
    mixed = f" Mixed: {slashed:,} are written so, {other:,} in another way." if slashed and other else ""
    if not slashed and named:
        return "day first", "months are written as words, so that no date is in doubt"
    if not slashed:
        return "year first", "never in doubt"
    if first and second:
        likely = "day first" if first >= second else "month first"
        return likely, (
            f"MIXED: {first:,} dates read only day first, {second:,} only month first; "
            f"the fewer are taken for swapped.{mixed}"
        )
    if first or second:
        return ("day first" if first else "month first"), f"{first or second:,} dates read only so.{mixed}"
    return "day first", (
        f"AMBIGUOUS: no date has a day above 12, such as '{example}'; day first is a guess. Ask who made "
        f"the file.{mixed}"
    )


def _pick(columns: Iterable[_Column], role: str, kinds: tuple[str, ...], used: set[str]) -> str | None:
    for one in columns:
        if one.kind in kinds and one.name not in used and one.like(role):
            used.add(one.name)
            return one.name
    return None


def _moment(moments: Sequence[tuple[str, ...]], role: str, used: set[str]) -> tuple[str, ...] | None:
    for one in moments:
        if one[0] not in used and _Column(one[0], "stamp", Counter(), 0).like(role):
            used.update(one)
            return one
    return None


def _timed_first(columns: Sequence[_Column], moments: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Put moments with a time of day before bare dates: an admission date beside a ward's start tells less than it."""
    kinds = {c.name: c.kind for c in columns}
    return sorted(moments, key=lambda m: len(m) == 1 and kinds[m[0]] == "date")


def _written(source: Source, columns: list[_Column], moments: list[tuple[str, ...]]) -> str:
    order, why = _order(columns, moments)
    lines = [
        "# A first mapping, drafted from the names and contents of the columns. Read every line:",
        "# what is guessed wrongly here is wrong in everything that follows.",
        "cisim: 1",
        f"records: {_quoted(re.sub(r'[^A-Za-z0-9 ]', ' ', source.path.name.split('.')[0]).strip()[:60] or 'records')}",
    ]
    named = {c.name: naming(c.name, list(c.values)[:500]) for c in columns}
    open_ = [c for c in columns if not named[c.name] or c.like("patient")]
    used: set[str] = set()
    shape, body = _body(open_, moments, used)
    lines += [
        f"one_row: {shape}   # visit: arrival to departure; stay: in one ward; event: of a case",
        f"dates: {order}   # {why}",
        _zone_line(columns, moments),
        "# covers: {from: 2024-01-01, until: 2025-01-01}   # what was asked for; the whole days of the extract",
    ]
    layout = ["header_row: 0"] * (source.header_row == 0 and source.told["kind"].startswith(("CSV", "Excel")))
    if any(note.startswith("Only the ") for note in source.notes):
        layout.append(f"sheet: {_quoted(source.told['sheet'])}")
    lines += [f"file: {{{', '.join(layout)}}}"] if layout else []
    lines += [f"# MIND: {note}" for note in source.notes if note.startswith("The same columns")]
    lines += body
    lines += [
        "missing_departure: still there   # or leave out: what it means where nobody wrote when the patient left",
        "doubts:   # keep, repair or leave out; all are counted in any case",
        "  swapped_dates: repair",
        "  duplicates: leave out",
        "  negative_duration: leave out",
    ]
    alone = [c.name for c in columns if c.kind == "time" and c.name not in used]
    lines += [f"# MIND: times of day without a date that is theirs: {', '.join(alone)}"] if alone else []
    rest = [c.name for c in columns if c.name not in used]
    lines += [f"# not used: {', '.join(rest)}"] if rest else []
    lines += [
        f"# seems to hold {w}: {n}. It is not carried over." for n, w in named.items() if w and n not in used
    ]
    return "\n".join(lines) + "\n"


def _zone_line(columns: Sequence[_Column], moments: Sequence[tuple[str, ...]]) -> str:
    names = {m[0] for m in moments}
    zones = Counter(
        found[1]
        for c in columns
        if c.name in names
        for v in c.values
        if (found := _ZONED.search(v)) is not None
    )
    away = {z for z in zones if z not in ("Z", "+00:00", "+0000", "+00", "+01:00", "+0100", "+01")}
    if zones and not away:
        return "zone: Europe/London   # GUESS: stamps name their distance from universal time; say the hospital's clock"
    if zones:
        return (
            f"# zone: Europe/London   # SAY IT: stamps name their distance from universal time ({min(away)}...), "
            "and are put on the hospital's clock"
        )
    return "# zone: Europe/London   # say it, and the hours that the clock skips or repeats are looked for"


def _ward(columns: Sequence[_Column]) -> _Column | None:
    """Return the column of wards: some hundred names at the most, which come again and again, and are no numbering."""
    found = [
        c
        for c in columns
        if c.kind in ("label", "id", "number")
        and c.like("ward")
        and not c.like("order")
        and len(c.values) <= 500
        and (c.kind == "label" or len(c.values) < 0.2 * c.rows)
    ]
    return min(found, key=lambda c: ("ward" not in c.name.lower(), c.kind != "label"), default=None)


def _activity(columns: Sequence[_Column], used: set[str]) -> _Column | None:
    found = [
        c
        for c in columns
        if c.kind in ("label", "id") and c.like("activity") and c.name not in used and not c.like("order")
    ]
    return min(found, key=lambda c: c.kind != "label", default=None)


def _body(columns: list[_Column], moments: list[tuple[str, ...]], used: set[str]) -> tuple[str, list[str]]:
    labels = ("label", "id", "number")
    patient = _pick(columns, "patient", ("id", "number", "label"), used)
    spell = _pick(
        [c for c in columns if not c.like("order") or c.like("patient")], "spell", ("id", "number"), used
    )
    spell = spell or _pick(columns, "spell", ("id", "number"), used)
    activity, ward = _activity(columns, used), _ward(columns)
    moments = _timed_first(columns, moments)
    who, of_spell = patient or spell, spell if patient else None
    lines = [
        f"patient: {_quoted(who)}   # hashed with your salt (--salt FILE), or left out"
        if who
        else "# patient: COLUMN"
    ]
    repeats = _repeats(columns, of_spell or who)
    if activity is not None and len(moments) <= 2 and repeats and who:
        used.add(activity.name)
        return "event", lines + _events(columns, activity, moments, used)
    visits = any(_Column(m[0], "stamp", Counter(), 0).like("arrived") for m in moments)
    if ward is not None and len(moments) >= 2 and (repeats or not visits) and who:
        used.add(ward.name)
        if of_spell:
            lines.append(f"spell: {_quoted(of_spell)}")
        return "stay", lines + _stays(columns, ward, moments, used)
    episodes = [c for c in moments if re.search(r"episode", c[0], re.IGNORECASE)]
    specialty = next((c for c in columns if c.kind == "label" and c.like("pathway")), None)
    if len(episodes) >= 2 and of_spell and specialty is not None:
        used.add(specialty.name)
        lines += [
            f"spell: {_quoted(of_spell)}",
            "# a row seems to be an episode of a spell: each is read as a stay under its specialty",
        ]
        return "stay", lines + _stays(columns, specialty, episodes, used)
    if of_spell:
        used.discard(of_spell)
    lines += _visits(moments, used)
    pathway = _pick(columns, "pathway", labels, used)
    outcome = _pick(columns, "outcome", labels, used)
    lines.append(f"pathway: {_quoted(pathway)}" if pathway else "# pathway: COLUMN   # such as a specialty")
    lines.append(
        f"outcome: {_quoted(outcome)}" if outcome else "# outcome: COLUMN   # where the patient went"
    )
    return "visit", lines


def _repeats(columns: Iterable[_Column], name: str | None) -> bool:
    found = next((c for c in columns if c.name == name), None)
    return found is not None and len(found.values) < 0.9 * found.rows


def _events(
    columns: list[_Column], activity: _Column, moments: list[tuple[str, ...]], used: set[str]
) -> list[str]:
    lines = [f"activity: {_quoted(activity.name)}", f"time: {_stamped(moments[0])}"]
    used.update(moments[0])
    if len(moments) > 1:
        lines.append(f"ended: {_stamped(moments[1])}")
        used.update(moments[1])
    transition = next((c for c in columns if c.like("transition")), None)
    said = {v.lower() for v in transition.values} if transition is not None else set()
    if transition is not None and "complete" in said and len(said) > 1:
        lines.append(f"transition: {{column: {_quoted(transition.name)}}}")
        used.add(transition.name)
    ends = [v for v in activity.values if re.search(r"discharg|releas|left|died|leave", v, re.IGNORECASE)]
    begins = [v for v in activity.values if re.search(r"return|re-?admi", v, re.IGNORECASE)]
    if begins:
        lines.append(f"returns: [{', '.join(_quoted(v) for v in begins)}]   # a new spell begins")
    if "arrive" in activity.values:
        lines.append("arrives: [arrive]   # no step: the patient comes")
    if ends:
        named = all("(" in v for v in ends)  # leave (home)
        ways = ", ".join(f"{_quoted(v)}: {_quoted(v.partition('(')[2].rstrip(')') or 'home')}" for v in ends)
        lines.append(f"{'' if named else '# '}leaves: {{{ways}}}   # then others are still there")
    lines.append("# kinds: {ACTIVITY: stay}   # where a bed or place is held, not where somebody works")
    lines.append("# pools: {ACTIVITY: POOL}   # of which a place is held in it")
    return lines


def _stays(
    columns: list[_Column], ward: _Column, moments: list[tuple[str, ...]], used: set[str]
) -> list[str]:
    recode = ", ".join(
        f"{_quoted(v)}: {_quoted(v[:80])}" for v in sorted(v for v, n in ward.values.items() if n >= 5)[:12]
    )
    lines = [
        f"ward: {{column: {_quoted(ward.name)}}}",
        f"#   recode: {{{recode}}}   # to what the model calls them",
    ]
    begin = _moment(moments, "in", used) or moments[0]
    used.update(begin)
    end = _moment(moments, "out", used) or next(
        m for m in [*moments, begin] if m != begin or len(moments) == 1
    )
    used.update(end)
    lines += [f"in: {_stamped(begin)}", f"out: {_stamped(end)}"]
    for role in ("ready", "asked"):
        found = _moment(moments, role, used)
        lines += [f"{role}: {_stamped(found)}"] if found else []
    pathway = _pick(columns, "pathway", ("label", "number"), used)
    lines.append(f"pathway: {_quoted(pathway)}" if pathway else "# pathway: COLUMN   # such as a specialty")
    outcome = _pick(columns, "outcome", ("label",), used)
    lines += [f"outcome: {_quoted(outcome)}"] if outcome else []
    return lines


def _visits(moments: list[tuple[str, ...]], used: set[str]) -> list[str]:
    begin = _moment(moments, "arrived", used) or moments[0]
    used.update(begin)
    end = _moment(moments, "left", used)
    rest = [m for m in moments if not set(m) & used]
    if end is None and rest:
        end = rest.pop()
        used.update(end)
    lines = [f"arrived: {_stamped(begin)}"]
    lines.append(f"left: {_stamped(end)}" if end else "# left: COLUMN")
    lines.append("steps:   # what the stamps between tell of; delete what is no step")
    for one in rest:
        used.update(one)
        name = re.sub(r"[_/\[\]]", " ", one[0])
        name = re.sub(r"(?i)\b(date|time|dttm|datetime|timestamp|emergency care|\(2\))(?=\b|\s|$)", " ", name)
        name = " ".join(name.split())[:60].lower() or one[0].lower()
        lines.append(f"  - {{step: {_quoted(name)}, asked: {_stamped(begin)}, began: {_stamped(one)}}}")
    if end:
        lines.append(f"  - {{step: department, kind: stay, began: {_stamped(begin)}, pool: department}}")
    if not rest and not end:
        lines.pop()
    return lines


def _stamped(names: tuple[str, ...]) -> str:
    return _quoted(names[0]) if len(names) == 1 else "[" + ", ".join(_quoted(n) for n in names) + "]"


def _quoted(name: str | None) -> str:
    """Return a name as YAML.

    >>> _quoted("Arrival Date"), _quoted("a: b"), _quoted("no")
    ('Arrival Date', '"a: b"', '"no"')
    """
    text = name or ""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9 _/()]*[A-Za-z0-9_)]", text) is not None
    word = text.lower() in ("no", "yes", "on", "off", "true", "false", "null", "none", "nan")
    return text if plain and not word else json.dumps(text, ensure_ascii=False)
