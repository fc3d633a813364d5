"""One pass over a file: only the cells that the mapping names are taken, numbers of patients hashed on the way."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from cisim.errors import DataError
from cisim.records.identifiers import naming
from cisim.records.rows import plain_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import duckdb

    from cisim.records.rows import Source
    from cisim.spec import Label, Records

__all__ = ["EXAMPLES", "Passed", "Plan", "Told", "load", "plan_of"]

EXAMPLES = 5
"""Row numbers that are named for each kind of doubt."""
Told = "Callable[[str, float], None]"
_SAMPLE = 5_000
_EVERY = 50_000
_BETWEEN = "\x1f"
_NOBODY = frozenset(
    ("", "null", "nan", "nat", "n/a", "#n/a", "<na>", "-", "unknown", "not known", "not recorded")
)
"""What stands where a patient has no number: taken for one, all of them would be one patient. NA may be a number."""
_CUT = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")
_WHOLE = re.compile(r"(\d+)\.0+")
_RULER = re.compile(r"[-=_ ]{2,}|[-=_]")
_TOTAL = re.compile(
    r"(grand |sub)?totals?\b|sum\b|count\b|rows?:|\(?\d+ rows?( affected)?\)?$|end of (report|file)|\*{3}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is taken of each row.

    Attributes
    ----------
    stamps : dict of str to tuple of str
        Columns by name: `start` and `stop` of the row, and points between.
    labels : dict of str to Label
        Names that stand in a column.
    patient, spell : str or None
        Columns.
    """

    stamps: dict[str, tuple[str, ...]]
    labels: dict[str, Label]
    patient: str | None
    spell: str | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is needed, each once."""
        stamps = [c for columns in self.stamps.values() for c in columns]
        labels = [label.column for label in self.labels.values() if label.column is not None]
        keys = [c for c in (self.patient, self.spell) if c is not None]
        return tuple(dict.fromkeys([*keys, *stamps, *labels]))


def plan_of(mapping: Records) -> Plan:
    """Return what a mapping takes of each row."""
    if mapping.one_row == "visit":
        found = {"start": mapping.arrived, "stop": mapping.left}
        for i, step in enumerate(mapping.steps):
            found |= {
                f"asked{i}": step.asked,
                f"began{i}": step.began,
                f"ready{i}": step.ready,
                f"ended{i}": step.ended,
            }
        # a point that is arriving or leaving itself is put right with it
        own = (mapping.arrived, mapping.left)
        found = {n: c for n, c in found.items() if c not in own or n in ("start", "stop")}
    elif mapping.one_row == "stay":
        found = {
            "start": mapping.came_in, "stop": mapping.out, "asked": mapping.asked, "ready": mapping.ready,
            "came": mapping.arrived, "gone": mapping.left,
        }  # fmt: skip
    else:
        found = {"start": mapping.time, "stop": mapping.ended}
    labels = {
        "pathway": mapping.pathway,
        "outcome": mapping.outcome,
        "what": mapping.ward if mapping.one_row == "stay" else mapping.activity,
    }
    if mapping.transition is not None:
        from cisim.spec import Label  # noqa: PLC0415

        labels["transition"] = Label.model_validate(mapping.transition.column)
    return Plan(
        {name: columns for name, columns in found.items() if columns is not None},
        {name: label for name, label in labels.items() if label is not None and label.column is not None},
        mapping.patient,
        mapping.spell,
    )


@dataclass(slots=True)
class Passed:
    """What the pass over the file saw.

    Attributes
    ----------
    rows : int
        Rows below the header.
    taken : int
        Of them, those that went on to be read.
    left : dict of str to list
        Rows left out by kind: how many, and the first few numbers.
    noted : dict of str to list
        The same of rows that were kept.
    naming : dict of str to str
        Columns that seem to name people, and by what; none of them was carried over.
    notes : list of str
        What a reader should know of the cells.
    """

    rows: int = 0
    taken: int = 0
    left: dict[str, list[int]] = field(default_factory=dict)
    noted: dict[str, list[int]] = field(default_factory=dict)
    naming: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def note(self, where: dict[str, list[int]], kind: str, row: int) -> None:
        """Count a row: the count stands first, then the first few numbers."""
        found = where.setdefault(kind, [0])
        found[0] += 1
        if len(found) <= EXAMPLES:
            found.append(row)


def load(
    con: duckdb.DuckDBPyConnection, source: Source, plan: Plan, key: bytes, folder: Path, told: Any
) -> Passed:
    """Read a file into the table `raw` of a database.

    Parameters
    ----------
    con : DuckDBPyConnection
    source : Source
    plan : Plan
    key : bytes
        Of the hash of patients and spells.
    folder : Path
        Where the cells that are needed stand for a moment, without anybody's number.
    told : callable
        Told how far it is: words, and a share.

    Raises
    ------
    DataError
        Where the file cannot be read, or holds not one row.
    """
    cells = folder / "cells"
    passed = _pass(source, plan, key, cells, told)
    if not passed.taken and passed.left:
        reasons = ", ".join(
            f"{n[0]:,} {kind.replace('_', ' ')}, such as row {n[1]}" for kind, n in passed.left.items()
        )
        raise DataError(f"{source.path}: no row could be used: {reasons}. {_advice(passed)}".rstrip())
    if not passed.taken:
        raise DataError(f"{source.path}: got no rows below the names of the columns, want at least one")
    types = {"row": "BIGINT", "who": "UBIGINT", "spell": "UBIGINT"}
    types |= {f"s_{n}": "VARCHAR" for n in plan.stamps} | {f"l_{n}": "VARCHAR" for n in plan.labels}
    columns = ", ".join(f"'{n}': '{t}'" for n, t in types.items())
    con.execute(
        "CREATE TABLE raw AS SELECT * FROM read_csv(?, header = false, delim = ?, quote = '', escape = '', "
        f"auto_detect = false, nullstr = '', columns = {{{columns}}})",
        [str(cells), _BETWEEN],
    )
    cells.unlink()
    return passed


def _advice(passed: Passed) -> str:
    if "too_many_cells" in passed.left:
        return "Does a comma stand in cells without quotation marks around them?"
    if "cut_number" in passed.left:
        return (
            "A spreadsheet has cut the numbers of patients (7.00E+09 for 7000000123): ask for the extract anew, and "
            "format that column as text before saving"
        )
    return ""


def own_number(cell: str) -> str:
    """Return a patient's number as it is compared: nothing where it says that none is known.

    >>> own_number(" 'A123 "), own_number("7000013.0"), own_number("NULL")
    ('A123', '7000013', '')
    """
    cell = cell.strip().removeprefix("'")
    if cell.endswith("0") and (whole := _WHOLE.fullmatch(cell)):
        return whole[1]
    return "" if cell.casefold() in _NOBODY else cell


def _pass(source: Source, plan: Plan, key: bytes, cells: Path, told: Any) -> Passed:
    passed, width = Passed(), len(source.columns)
    texts = _texts(source, plan)
    who, spell = (None if c is None else source.place(c) for c in (plan.patient, plan.spell))
    keys = [at for at in (who, spell) if at is not None]
    needed = tuple(sorted({source.place(c) for c in plan.columns}))
    fields = len(plan.stamps) + len(plan.labels) - 1
    header = [plain_cell(c).casefold() for c in source.columns]
    sample: list[list[str]] = []
    blake = hashlib.blake2b

    def hashed(cell: str) -> str:
        cell = own_number(cell)
        if not cell:
            return ""
        return str(int.from_bytes(blake(cell.encode(), digest_size=8, key=key).digest()))

    with cells.open("w", encoding="utf-8", errors="replace", newline="\n") as out:
        write = out.write
        for number, given in source.rows():
            passed.rows += 1
            if passed.rows % _EVERY == 0:
                told("reading", source.progress())
            row = given if len(given) == width else _fitted(given, width)
            if row is None:
                passed.note(passed.left, "too_many_cells", number)
                continue
            kind = _no_record(row, needed, header, keys)
            if kind:
                passed.note(passed.left, kind, number)
                continue
            if len(sample) < _SAMPLE:
                sample.append(row)
            line = _BETWEEN.join(texts(row))
            if "\n" in line or "\r" in line or line.count(_BETWEEN) != fields:
                line = _BETWEEN.join([plain_cell(t) for t in texts(row)])
            one = str(number) if who is None else hashed(row[who])
            two = "" if spell is None else hashed(row[spell])
            write(f"{number}{_BETWEEN}{one}{_BETWEEN}{two}{_BETWEEN}{line}\n")
            passed.taken += 1
    told("reading", 1.0)
    _find_names(source, plan, sample, passed)
    if who is not None:
        _find_spellings(plan, [own_number(row[who]) for row in sample], passed)
    return passed


def _find_spellings(plan: Plan, numbers: list[str], passed: Passed) -> None:
    """Tell where patients' numbers differ by capitals, spaces or zeros alone: whose they are cannot be known here."""
    distinct = {n for n in numbers if n}
    alike = Counter(re.sub(r"[\s-]", "", n).casefold().lstrip("0") for n in distinct)
    twice = sum(n for n in alike.values() if n > 1)
    if twice:
        passed.notes.append(
            f"{twice:,} numbers in '{plan.patient}' differ from another only by capitals, spaces, hyphens or zeros at "
            f"the front (of {len(distinct):,} in the first {len(numbers):,} rows). They are counted as different "
            "patients: if they are the same, make them alike in the file first."
        )


def _texts(source: Source, plan: Plan) -> Callable[[Sequence[str]], Sequence[str]]:
    """Return what takes the texts of a row: of stamps first, then of labels."""
    places = [tuple(source.place(c) for c in columns) for columns in plan.stamps.values()]
    places += [(source.place(label.column or ""),) for label in plan.labels.values()]
    if all(len(p) == 1 for p in places):
        singles = [p[0] for p in places]
        if len(singles) == 1:
            only = singles[0]
            return lambda row: (row[only],)
        return itemgetter(*singles)
    short = {p[1]: _hours_alone(source, p[1]) for p in places if len(p) == 2}

    def moment(row: Sequence[str], day: int, time: int) -> str:
        return _moment(row[day], row[time], hours=short[time])

    return lambda row: [row[p[0]] if len(p) == 1 else moment(row, *p) for p in places]


def _hours_alone(source: Source, at: int) -> bool:
    """Say whether a column of times holds whole hours alone: 9 is then 09:00, and elsewhere 00:09, its zeros lost."""
    seen = [row[at].strip() for _, row in islice(source.rows(), _SAMPLE) if at < len(row)]
    bare = [int(t) for t in seen if t.isdecimal()]
    return bool(bare) and max(bare) <= 24


def _moment(day: str, time: str, *, hours: bool = False) -> str:
    """Put a date and a time of day together, however Excel keeps either.

    >>> _moment("08/01/2024", "5"), _moment("08/01/2024", "5", hours=True)
    ('08/01/2024 00:05', '08/01/2024 05:00')
    >>> _moment("2024-01-02 00:00:00", "09:30:00"), _moment("02/01/2024", "930"), _moment("45293", "0.5")
    ('2024-01-02 09:30:00', '02/01/2024 09:30', '45293.5')
    """
    day, time = day.strip(), time.strip()
    if not day or not time:
        return day
    day = re.sub(r"[T ]00:00(:00(\.0+)?)?$", "", day)
    if re.fullmatch(r"\d{5}", day) and re.fullmatch(r"0?[.,]\d+", time):
        return day + "." + re.split(r"[.,]", time)[1]
    if re.fullmatch(r"\d{1,4}", time):
        time = f"{int(time):02d}:00" if hours else f"{int(time) // 100:02d}:{int(time) % 100:02d}"
    elif re.fullmatch(r"\d{5,6}", time):  # with seconds
        time = f"{int(time) // 10_000:02d}:{int(time) // 100 % 100:02d}:{int(time) % 100:02d}"
    # a time of day as Excel or a database keeps it: on its first day
    time = re.sub(r"^(1899-12-3[01]|1900-01-0[01])[T ]", "", time)
    return f"{day} {time}"


def _fitted(row: list[str], width: int) -> list[str] | None:
    """Return a row as wide as the header: short ones filled with blanks; None where there is too much in it."""
    if len(row) > width:
        return row[:width] if not any(c.strip() for c in row[width:]) else None
    return row + [""] * (width - len(row))


def _no_record(row: list[str], needed: tuple[int, ...], header: list[str], keys: list[int]) -> str:
    """Say what a row is that is no record, such as a total or the header again; nothing where it is one."""
    first = row[needed[0]]
    if first and row[needed[-1]] and first[0] not in "-=_" and first.casefold() != header[needed[0]]:
        cut = any("+" in row[at] and _CUT.fullmatch(row[at].strip()) for at in keys)
        return "cut_number" if cut else ""
    said = [c.strip() for c in row if c.strip()]
    if not said:
        return "blank_row"
    if [plain_cell(c).casefold() for c in row] == header:
        return "header_again"
    ruler = all(_RULER.fullmatch(c) for c in said)
    if ruler or (len(said) <= max(2, len(row) // 2) and _TOTAL.match(said[0])):
        return "totals_row"
    return ""


def _find_names(source: Source, plan: Plan, sample: list[list[str]], passed: Passed) -> None:
    """Find columns that name people among those that are not the patient's own."""
    stamps = {c.casefold() for columns in plan.stamps.values() for c in columns}
    own = {c.casefold() for c in (plan.patient, plan.spell) if c is not None}
    for at, column in enumerate(source.columns):
        if column.casefold() in own | stamps:
            continue
        values = Counter(row[at].strip() for row in sample)
        found = naming(column, [v for v in values if v])
        if found:
            passed.naming[column] = found
