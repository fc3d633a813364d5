"""From judged rows to spells and passages of steps, and from these to the rows of a log, still in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cisim.eventlog import Event, StepName
from cisim.records.judging import Period, literal, nothing_left

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from cisim.records.loading import Plan
    from cisim.spec import Records

__all__ = ["Books", "lay_moves", "rows_told", "shape"]

_EACH = (Event.ASK, Event.TAKE, Event.BEGIN, Event.READY, Event.END, Event.GIVE)
"""What can happen at a step, in the order of their codes."""


@dataclass(frozen=True, slots=True)
class Books:
    """The names in a log, by their codes.

    A row's code is 0 for an arrival, then one for each way of leaving, then six for each step: asked, took, began,
    ready, ended and gave back.

    Attributes
    ----------
    pathways, pools, outcomes : tuple of str
    steps : tuple of StepName
    pool_of : tuple of int
        The pool of each step; -1 for none.
    """

    pathways: tuple[str, ...]
    steps: tuple[StepName, ...]
    pools: tuple[str, ...]
    pool_of: tuple[int, ...]
    outcomes: tuple[str, ...]
    own: tuple[tuple[int, ...], ...] = ()

    @property
    def first(self) -> int:
        """The code of the first step's first event."""
        return 2 + len(self.outcomes)

    def book(self) -> tuple[list[int], list[int], list[int], list[int], list[int]]:
        """Return event, step, pool, units and detail by code, as `EventLog.coded` wants them."""
        if self.own:
            event, steps, pools, units, detail = (list(column) for column in self.own)
            return event, steps, pools, units, detail
        rows = [(int(Event.ARRIVE), -1, -1, 0, -1), (int(Event.LEAVE), -1, -1, 0, -1)]
        rows += [(int(Event.LEAVE), -1, -1, 0, i) for i in range(len(self.outcomes))]
        for step, pool in enumerate(self.pool_of):
            for one in _EACH:
                held = one in (Event.TAKE, Event.GIVE) and pool >= 0
                rows.append((int(one), step, pool if held else -1, 1 if held else 0, -1))
        event, steps, pools, units, detail = (list(column) for column in zip(*rows, strict=True))
        return event, steps, pools, units, detail


def shape(
    con: duckdb.DuckDBPyConnection,
    plan: Plan,
    mapping: Records,
    names: dict[str, tuple[str, ...]],
    period: Period,
    *,
    hashed: bool,
) -> tuple[Books, date]:
    """Turn `judged` into the tables `patients`, `spells` and `passages`, and return the books and the day of time 0.

    Times are milliseconds since that day; a step's passage has `asked`, `began`, `ready` and `ended`, each perhaps
    unknown. What had no departure is still there, or was left out by now.
    """
    _left_open(con, plan, mapping, period)
    if mapping.one_row == "visit":
        kinds = _visits(con, mapping)
    elif mapping.one_row == "stay":
        kinds = _stays(con, plan, mapping, names)
    else:
        kinds = _events(con, mapping, names, period)
    found = con.execute("SELECT CAST(min(arrive) AS DATE) FROM rough").fetchone()
    if found is None or found[0] is None:
        raise nothing_left(con)
    start: date = found[0]
    pathways = names.get("pathway") or ((mapping.pathway.always if mapping.pathway else None) or "all",)
    if (
        con.execute("SELECT count(*) FROM rough WHERE pathway IS NULL").fetchone() != (0,)
        and "pathway" in names
    ):
        pathways = (*pathways, "not said")
    outcomes = names.get("outcome", ())
    if mapping.one_row == "event" and mapping.leaves:
        outcomes = tuple(sorted(set(mapping.leaves.values())))
    _number(con, len(pathways) - 1, start, hashed=hashed)
    used = con.execute("SELECT DISTINCT pathway, step FROM passing ORDER BY 1, 2").fetchall()
    con.execute("CREATE TABLE steps (pathway INTEGER, name INTEGER, step INTEGER)")
    if used:
        con.executemany("INSERT INTO steps VALUES (?, ?, ?)", [(p, n, i) for i, (p, n) in enumerate(used)])
    pools = tuple(dict.fromkeys(kinds[n][2] for _, n in used if kinds[n][2]))
    books = Books(
        pathways,
        tuple(StepName(pathways[p], kinds[n][0], kinds[n][1]) for p, n in used),
        pools,
        tuple(pools.index(kinds[n][2]) if kinds[n][2] else -1 for _, n in used),
        outcomes,
    )
    con.execute(
        "CREATE TABLE passages AS SELECT p.spell_no, s.step, p.visit, p.place, p.asked, p.began, p.ready, p.ended "
        "FROM passing p JOIN steps s ON s.pathway = p.pathway AND s.name = p.step"
    )
    con.execute("DROP TABLE passing")
    return books, start


Kinds = list[tuple[str, str, str]]
"""Each step by its number: its name, its kind, and its pool or nothing."""


def _left_open(con: duckdb.DuckDBPyConnection, plan: Plan, mapping: Records, period: Period) -> None:
    """Leave out who has no departure and came too long ago to be still there."""
    if mapping.one_row == "event" or "stop" not in plan.stamps or mapping.missing_departure == "leave out":
        return
    limit = f"{literal(period.end)} - to_seconds({_longest(mapping, period)})"
    ahead = "true"
    if mapping.one_row == "stay":  # a later stay says when this one was over
        ahead = (
            "NOT EXISTS (SELECT 1 FROM judged l WHERE l.who = judged.who AND l.why = '' AND l.start > judged.start "
            "AND l.start < judged.start + INTERVAL 365 DAY)"
        )
    if mapping.doubts.left_open == "leave out":
        con.execute(
            f"UPDATE judged SET why = 'left_open' WHERE why = '' AND stop IS NULL AND start < {limit} AND {ahead}"
        )


def _longest(mapping: Records, period: Period, usual: timedelta | None = None) -> int:
    """Return the seconds after which nobody without a departure is still there."""
    said = mapping.longest_stay
    return round((usual or period.longest).total_seconds() if said is None else said / 1000)


def _case(con: duckdb.DuckDBPyConnection) -> timedelta | None:
    """Return ten times the length that nine in ten cases are under, and a day."""
    row = con.execute("SELECT quantile_disc(leave - arrive, 0.9) FROM rough WHERE finished").fetchone()
    return row[0] * 10 + timedelta(days=1) if row and row[0] is not None else None


def _visits(con: duckdb.DuckDBPyConnection, mapping: Records) -> Kinds:
    """Make each row a spell, and each of its steps a passage; `rough` and `between` have moments still."""
    kinds: Kinds = []
    parts = []
    if not mapping.steps:  # the visit itself: a place held from arriving to leaving
        kinds.append(("visit", "stay", "places"))
        parts.append(
            "SELECT row, 0 AS step, 0 AS place, NULL::TIMESTAMP AS asked, start AS began, "
            "NULL::TIMESTAMP AS ready, stop AS ended FROM judged WHERE why = ''"
        )
    for i, step in enumerate(mapping.steps):
        pool = step.pool or (step.step if step.kind == "stay" else "")
        kinds.append((step.step, step.kind, pool))
        own = {mapping.left: "stop", mapping.arrived: "start", None: "NULL::TIMESTAMP"}
        asked, began, ready, ended = (
            own.get(there, f"{n}{i}")
            for n, there in (
                ("asked", step.asked),
                ("began", step.began),
                ("ready", step.ready),
                ("ended", step.ended),
            )
        )
        if pool:  # who has left holds nothing
            ended = f"coalesce({ended}, stop)"
        seen = f"{began} IS NOT NULL" + (f" OR ({asked} IS NOT NULL AND stop IS NULL)" if step.asked else "")
        parts.append(
            f"SELECT row, {i} AS step, {i} AS place, {asked} AS asked, {began} AS began, {ready} AS ready, "
            f"{ended} AS ended FROM judged WHERE why = '' AND ({seen})"
        )
    con.execute(
        "CREATE TABLE rough AS SELECT row AS id, who, pathway, outcome, start AS arrive, stop AS leave, "
        "row_number() OVER (PARTITION BY pathway, who ORDER BY start, row) - 1 AS spell FROM judged WHERE why = ''"
        if mapping.patient
        else "CREATE TABLE rough AS SELECT row AS id, who, pathway, outcome, start AS arrive, stop AS leave, "
        "0 AS spell FROM judged WHERE why = ''"
    )
    con.execute(
        f"CREATE TABLE between_ AS SELECT row AS id, *, 0 AS visit FROM ({' UNION ALL '.join(parts)})"
    )
    _overlapping(con, "SELECT id, who, arrive AS start, leave AS stop FROM rough" if mapping.patient else "")
    return kinds


def _overlapping(con: duckdb.DuckDBPyConnection, rows: str) -> None:
    """Count rows of a patient that begin before an earlier one is over, into `overlapping`."""
    if not rows:
        con.execute("CREATE TABLE overlapping (row BIGINT)")
        return
    con.execute(
        "CREATE TABLE overlapping AS SELECT id AS row FROM (SELECT id, lead(start) OVER "
        f"(PARTITION BY who ORDER BY start, id) AS next, stop FROM ({rows})) WHERE next < stop"
    )


def _stays(
    con: duckdb.DuckDBPyConnection, plan: Plan, mapping: Records, names: dict[str, tuple[str, ...]]
) -> Kinds:
    """Put ward stays together into spells: as numbered, else where one begins soon after another."""
    if mapping.spell:
        number = "spell"
        con.execute("CREATE TABLE ordered AS SELECT * FROM judged WHERE why = '' AND spell IS NOT NULL")
        con.execute("UPDATE judged SET why = 'no_spell' WHERE why = '' AND spell IS NULL")
    else:
        number = "told"
        gap = f"to_seconds({round(mapping.same_spell_within / 1000)})"
        con.execute(
            "CREATE TABLE ordered AS SELECT *, sum(CASE WHEN before IS NULL OR start > before + "
            f"{gap} THEN 1 ELSE 0 END) OVER (PARTITION BY who ORDER BY start, row) AS told FROM ("
            "SELECT *, max(coalesce(stop, start)) OVER (PARTITION BY who ORDER BY start, row "
            "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM judged WHERE why = '')"
        )
    con.execute(
        f"CREATE TABLE following AS SELECT *, lead(start) OVER w AS next, row_number() OVER w AS place "
        f"FROM ordered WINDOW w AS (PARTITION BY who, {number} ORDER BY start, row)"
    )
    con.execute("DROP TABLE ordered")
    con.execute("CREATE TABLE overlapping AS SELECT row FROM following WHERE next < stop")
    if mapping.doubts.overlaps == "leave out":
        con.execute("UPDATE judged SET why = 'overlaps' WHERE row IN (SELECT row FROM overlapping)")
        con.execute("DELETE FROM following WHERE next < stop")
    cut = "CASE WHEN next < stop THEN next ELSE stop END" if mapping.doubts.overlaps == "repair" else "stop"
    asked, ready = (n if n in plan.stamps else "NULL::TIMESTAMP" for n in ("asked", "ready"))
    came, gone = (n if n in plan.stamps else "NULL::TIMESTAMP" for n in ("came", "gone"))
    con.execute(
        f"""CREATE TABLE between_ AS SELECT id, step, place, visit, asked, began, CASE WHEN ready <= ended OR
        ended IS NULL THEN ready END AS ready, ended FROM (
        SELECT {number} AS told, who, min(row) OVER (PARTITION BY who, {number}) AS id, what AS step, place,
        row_number() OVER (PARTITION BY who, {number}, what ORDER BY start, row) - 1 AS visit,
        {asked} AS asked, start AS began, {ready} AS ready, coalesce({cut}, next) AS ended FROM following)"""
    )
    con.execute(
        f"""CREATE TABLE rough AS SELECT min(row) AS id, who, arg_min(pathway, place) AS pathway,
        arg_max(outcome, place) AS outcome, least(min(start), min({came}), min({asked})) AS arrive,
        CASE WHEN bool_or(stop IS NULL AND next IS NULL) THEN NULL ELSE greatest(max(stop), max({gone})) END AS leave,
        0 AS spell, {number} AS told FROM following GROUP BY who, {number}"""
    )
    con.execute("DROP TABLE following")
    con.execute(
        "CREATE OR REPLACE TABLE rough AS SELECT * REPLACE (row_number() OVER (PARTITION BY pathway, who "
        "ORDER BY arrive, id) - 1 AS spell) FROM rough"
    )
    return [(ward, "stay", ward) for ward in names["what"]]


def _events(
    con: duckdb.DuckDBPyConnection,
    mapping: Records,
    names: dict[str, tuple[str, ...]],
    period: Period,
) -> Kinds:
    """Put the events of a case together: beginnings with their ends, and a new spell where the patient returns."""
    what = names["what"]
    source = (
        _paired(con, mapping, names)
        if mapping.transition
        else "SELECT *, NULL::TIMESTAMP AS asked, start AS began, []::BIGINT[] AS mates FROM judged WHERE why = ''"
    )
    returns = _codes(what, mapping.returns)
    leaving = _codes(what, tuple(mapping.leaves))
    ends = _codes(what, (*mapping.leaves, *mapping.arrives))
    con.execute(
        f"""CREATE TABLE ordered AS SELECT *, sum(CASE WHEN what IN ({returns}) THEN 1 ELSE 0 END) OVER w AS told,
        row_number() OVER w AS pos FROM ({source}) WINDOW w AS (PARTITION BY who ORDER BY start, row)"""
    )
    outcomes = sorted(set(mapping.leaves.values()))
    cases = " ".join(
        f"WHEN {what.index(a)} THEN {outcomes.index(o)}" for a, o in mapping.leaves.items() if a in what
    )
    outcome = f"CASE arg_max(what, pos) {cases} END" if cases else "arg_max(outcome, pos)"
    con.execute(
        f"""CREATE TABLE rough AS SELECT min(row) AS id, who, arg_min(pathway, pos) AS pathway, {outcome} AS outcome,
        least(min(start), min(asked)) AS arrive, greatest(max(start), max(stop)) AS leave,
        {f"arg_max(what, pos) IN ({leaving})" if cases else "true"} AS finished, told FROM ordered GROUP BY who, told"""
    )
    open_since = f"{literal(period.end)} - to_seconds({_longest(mapping, period, _case(con))})"
    if cases and mapping.missing_departure == "leave out":
        _leave_out_cases(con, "missing_departure", "NOT finished")
    elif cases and mapping.doubts.left_open == "leave out":
        _leave_out_cases(con, "left_open", f"NOT finished AND arrive < {open_since}")
    con.execute(
        "CREATE OR REPLACE TABLE rough AS SELECT id, who, told, pathway, outcome, arrive, "
        "CASE WHEN finished THEN leave END AS leave, "
        "row_number() OVER (PARTITION BY pathway, who ORDER BY arrive, id) - 1 AS spell FROM rough"
    )
    con.execute(
        f"""CREATE TABLE between_ AS SELECT r.id, o.what AS step, o.pos AS place, row_number() OVER (PARTITION BY o.who,
        o.told, o.what ORDER BY o.pos) - 1 AS visit, o.asked, o.began,
        NULL::TIMESTAMP AS ready, o.stop AS ended FROM ordered o JOIN rough r ON r.who = o.who AND r.told = o.told
        WHERE o.what NOT IN ({ends})"""
    )
    con.execute(
        f"""CREATE TABLE told AS SELECT CAST(count(*) FILTER (o.what IN ({ends}))
        + coalesce(sum(len(o.mates)), 0) AS BIGINT) AS n FROM ordered o
        JOIN rough r ON r.who = o.who AND r.told = o.told"""
    )
    con.execute("DROP TABLE ordered")
    con.execute("CREATE TABLE overlapping (row BIGINT)")
    kinds: Kinds = []
    for name in what:
        kind = next(
            (k for raw, k in mapping.kinds.items() if name in (raw, _recoded(mapping, raw))), "activity"
        )
        pool = next((p for raw, p in mapping.pools.items() if name in (raw, _recoded(mapping, raw))), "")
        kinds.append((name, kind, pool or (name if kind == "stay" else "")))
    return kinds


def _recoded(mapping: Records, raw: str) -> str:
    return mapping.activity.recode.get(raw, raw) if mapping.activity is not None else raw


def _codes(names: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    return ", ".join(str(names.index(n)) for n in wanted if n in names) or "-1"


def _leave_out_cases(con: duckdb.DuckDBPyConnection, why: str, condition: str) -> None:
    """Leave out every row of the cases that a condition on `rough` names."""
    con.execute(
        f"""UPDATE judged SET why = '{why}' WHERE why = '' AND row IN (SELECT unnest(list_append(o.mates, o.row))
        FROM ordered o JOIN rough r ON r.who = o.who AND r.told = o.told WHERE {condition})"""
    )
    con.execute(f"DELETE FROM rough WHERE {condition}")


def _paired(con: duckdb.DuckDBPyConnection, mapping: Records, names: dict[str, tuple[str, ...]]) -> str:
    """Return the query of activities whose beginnings and ends stand in rows of their own: first with first."""
    transition = mapping.transition
    if transition is None:
        return ""
    words = names["transition"]
    begin, end, ask = (
        _folded_code(words, w) for w in (transition.start, transition.complete, transition.asked)
    )
    con.execute(
        "UPDATE judged SET why = 'other_transition' WHERE why = '' "
        f"AND (transition IS NULL OR transition NOT IN ({begin}, {end}, {ask}))"
    )
    con.execute("ALTER TABLE judged DROP COLUMN stop")
    con.execute("ALTER TABLE judged ADD COLUMN stop TIMESTAMP")
    either = ("row", "who", "pathway", "outcome", "what", "start", "k")

    def side(code: int) -> str:
        return (
            "(SELECT *, row_number() OVER (PARTITION BY who, what ORDER BY start, row) AS k FROM judged "
            f"WHERE why = '' AND transition = {code})"
        )

    done = (
        f"SELECT {', '.join(f'coalesce(b.{n}, e.{n}) AS {n}' for n in either)}, e.row AS over, "
        "CASE WHEN e.start >= b.start OR b.start IS NULL THEN e.start END AS stop "
        f"FROM {side(begin)} b FULL JOIN {side(end)} e ON b.who = e.who AND b.what = e.what AND b.k = e.k"
    )
    return (
        f"SELECT {', '.join(f'coalesce(d.{n}, a.{n}) AS {n}' for n in either[:-1])}, d.stop, a.start AS asked, "
        "d.start AS began, list_filter([d.over, a.row], lambda x: x IS NOT NULL AND x <> coalesce(d.row, a.row)) "
        "AS mates "
        f"FROM ({done}) d FULL JOIN {side(ask)} a ON d.who = a.who AND d.what = a.what AND d.k = a.k"
    )


def _folded_code(names: tuple[str, ...], word: str) -> int:
    return next((i for i, n in enumerate(names) if n.casefold() == word.casefold()), -1)


def _number(con: duckdb.DuckDBPyConnection, last_pathway: int, start: date, *, hashed: bool) -> None:
    """Give patients and spells numbers, and moments as milliseconds: `patients`, `spells` and `passing`."""
    order = "who" if hashed else "first, row"
    con.execute(
        f"CREATE TABLE patients AS SELECT who, row_number() OVER (ORDER BY {order}) - 1 AS patient FROM "
        "(SELECT who, min(arrive) AS first, min(id) AS row FROM rough GROUP BY who)"
    )
    ms = f"date_diff('millisecond', TIMESTAMP '{start.isoformat()}', {{}})"
    con.execute(
        f"""CREATE TABLE spells AS SELECT CAST(row_number() OVER (ORDER BY coalesce(r.pathway, {last_pathway}),
        p.patient, r.spell) - 1 AS INTEGER) AS spell_no, r.id, CAST(coalesce(r.pathway, {last_pathway}) AS SMALLINT)
        AS pathway, CAST(p.patient AS INTEGER) AS patient, CAST(r.spell AS INTEGER) AS spell,
        {ms.format("r.arrive")} AS arrive, {ms.format("r.leave")} AS leave,
        CAST(coalesce(r.outcome, -1) AS SMALLINT) AS outcome
        FROM rough r JOIN patients p ON p.who = r.who ORDER BY spell_no"""
    )
    con.execute("DROP TABLE rough")
    times = ", ".join(f"{ms.format(f'b.{n}')} AS {n}" for n in ("asked", "began", "ready", "ended"))
    con.execute(
        f"""CREATE TABLE passing AS SELECT s.spell_no, s.pathway, b.step, b.visit, b.place,
        CASE WHEN asked <= began OR began IS NULL THEN asked END AS asked, began,
        CASE WHEN ready >= began AND (ended IS NULL OR ready <= ended) THEN ready END AS ready,
        CASE WHEN ended >= began THEN ended END AS ended
        FROM (SELECT id, step, visit, place, {times} FROM between_ b) b JOIN spells s ON s.id = b.id"""
    )
    con.execute("DROP TABLE between_")


def rows_told(con: duckdb.DuckDBPyConnection, mapping: Records) -> int:
    """Return how many rows of the file the log tells of, counted in the log: as many as are used, or some were lost.

    A visit is a spell and a ward stay a passage. An event is a passage too, unless the patient leaves by it or a
    beginning and its end are two rows of one.
    """
    if mapping.one_row == "visit":
        query = "SELECT count(*) FROM spells"
    elif mapping.one_row == "stay":
        query = "SELECT count(*) FROM passages"
    else:
        query = "SELECT (SELECT count(*) FROM passages) + (SELECT n FROM told)"
    found = con.execute(query).fetchone()
    return int(found[0]) if found else 0


def lay_moves(con: duckdb.DuckDBPyConnection, books: Books, end: int, mapping: Records) -> None:
    """Write the rows of the log, in its order, into the table `moves`: spell, time, code and visit.

    An event without an end is one moment; where beginnings and ends are rows of their own, only if the patient is gone.

    Parameters
    ----------
    con : DuckDBPyConnection
    books : Books
    end : int
        The horizon (ms); what is later is not known.
    mapping : Records
    """
    con.execute("CREATE TABLE kinds (step INTEGER, kind VARCHAR, pool BOOLEAN)")
    rows = [(i, s.kind, books.pool_of[i] >= 0) for i, s in enumerate(books.steps)]
    if rows:
        con.executemany("INSERT INTO kinds VALUES (?, ?, ?)", rows)
    codes = {e: i for i, e in enumerate(_EACH)}
    late = "100 + p.place * 10"

    def happens(event: Event, time: str, condition: str, rank: str) -> str:
        return (
            f"SELECT p.spell_no, p.{time} AS time, {books.first} + p.step * {len(_EACH)} + {codes[event]} AS code, "
            f"p.visit, {rank} AS rank FROM p WHERE p.{time} IS NOT NULL AND {condition}"
        )

    def ending(time: str, early: int) -> str:
        # what began at the same moment ends after it; what began before, before anything else begins
        return f"CASE WHEN p.{time} > p.began THEN {early} ELSE {late} + {early // 2} END"

    ended = "a.ended"
    if mapping.one_row == "event":
        over = "AND z.leave IS NOT NULL " if mapping.transition is not None else ""
        ended = f"CASE WHEN a.ended IS NULL AND k.kind <> 'stay' {over}THEN a.began ELSE a.ended END"
    left = "SELECT spell_no, leave AS time, 2 + outcome AS code, -1 AS visit, 2147483647 AS rank FROM spells"
    parts = [
        happens(Event.ASK, "asked", "true", late),
        happens(Event.TAKE, "began", "p.pool", f"{late} + 1"),
        happens(Event.BEGIN, "began", "true", f"{late} + 2"),
        happens(Event.READY, "free", "p.kind = 'stay'", ending("free", 6)),
        happens(Event.END, "ended", "p.kind <> 'stay'", ending("ended", 8)),
        happens(Event.GIVE, "ended", "p.pool", ending("ended", 10)),
        "SELECT spell_no, arrive AS time, 0 AS code, -1 AS visit, -1 AS rank FROM spells",
        f"{left} WHERE leave IS NOT NULL",
    ]
    con.execute(
        f"""CREATE TABLE moves AS WITH p AS (SELECT a.spell_no, a.step, a.visit, a.place, a.asked, a.began, k.kind,
        k.pool, {ended} AS ended, coalesce(a.ready, a.ended) AS free FROM passages a JOIN kinds k ON k.step = a.step
        {"JOIN spells z ON z.spell_no = a.spell_no" if mapping.transition is not None else ""})
        SELECT CAST(spell_no AS INTEGER) AS spell_no, time, CAST(code AS INTEGER) AS code,
        CAST(visit AS INTEGER) AS visit
        FROM ({" UNION ALL ".join(parts)}) WHERE time < {end} ORDER BY spell_no, time, rank"""
    )
