"""What records say before anything is modelled: arrivals, the pathway as it was walked, stays, departures and census.

The same of a hospital's records and of a simulated log. Whoever could be recognised is not shown: a count under five is
`None` and read as "under 5", no number that rests on fewer than five patients is given, and no name that fewer than
five bear is written: a ward or an outcome that somebody typed once may say more than its count.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cisim.eventlog import Event
from cisim.units import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.measures import Measure
    from cisim.measures.curves import Floats, Ints
    from cisim.records.store import Store

__all__ = ["LEAST", "Arrivals", "Census", "Described", "Edge", "Stays", "Weekday", "describe"]

LEAST = 5
"""Counts below this are not shown."""
_SHARES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
_NEEDED = {0.1: 20, 0.9: 20, 0.95: 100, 0.99: 500}
"""Patients that a quantile must rest on: its place is not one person's stay."""
_MOST = 12


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Who came, by hour of the week.

    Attributes
    ----------
    pathway : str
        Empty for all together.
    number, days : int
    a_day : float
    by_hour : tuple of float or None
        Mean arrivals in each of the 168 hours of a week, Monday 00:00 first; None where it rests on 1 to 4.
    hour_dispersion : float
        Variance to mean of an hour's count within weekday and hour: 1 for a Poisson process.
    day_dispersion : float
        The same of a day's count within weekday.
    day_cv : float
        The coefficient of variation of a day effect that would explain it; 0 where chance alone does.
    """

    pathway: str
    number: int
    days: int
    a_day: float
    by_hour: tuple[float | None, ...]
    hour_dispersion: float
    day_dispersion: float
    day_cv: float


@dataclass(frozen=True, slots=True)
class Edge:
    """One way between two steps: how many spells took it, and the median time between their beginnings (ms)."""

    since: str
    to: str
    number: int
    median: float


@dataclass(frozen=True, slots=True)
class Stays:
    """How long it took, of a pathway from arriving to leaving, or of a step from beginning to end.

    Attributes
    ----------
    what : str
    kind : str
        ``pathway``, or the kind of the step.
    number : int or None
        Those that ended in the window.
    open : int or None
        Not over when the records end.
    mean, sd : float or None
        Days.
    quantiles : tuple of float or None
        Days, at 10, 25, 50, 75, 90, 95 and 99%.
    over_week, over_three_weeks : float or None
        Shares longer than 7 and 21 days.
    """

    what: str
    kind: str
    number: int | None
    open: int | None
    mean: float | None
    sd: float | None
    quantiles: tuple[float | None, ...]
    over_week: float | None
    over_three_weeks: float | None


@dataclass(frozen=True, slots=True)
class Weekday:
    """Arrivals and departures a day, by weekday, Monday first; and departures by hour, as shares; None for 1 to 4."""

    arrivals: tuple[float | None, ...]
    departures: tuple[float | None, ...]
    by_hour: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Census:
    """Who is there: mean at each full hour of the day, mean by weekday at midnight, mean and highest midnight."""

    what: str
    by_hour: tuple[float, ...]
    by_weekday: tuple[float, ...]
    midnight: float
    midnight_highest: int | None


@dataclass(frozen=True, slots=True)
class Described:
    """Everything that is described of a log's window."""

    name: str
    since: str
    until: str
    patients: int
    spells: int
    arrivals: tuple[Arrivals, ...]
    edges: tuple[Edge, ...]
    hidden_edges: int
    hidden_names: int
    places: tuple[tuple[str, float], ...]
    stays: tuple[Stays, ...]
    weekday: Weekday
    census: tuple[Census, ...]
    outcomes: tuple[tuple[str, int | None], ...]
    hidden_outcomes: int
    measures: tuple[Measure, ...]

    def data(self) -> dict[str, Any]:
        """Return everything as plain data, for JSON."""
        out = asdict(self)
        out["measures"] = [
            m._asdict() | {"value": None if np.isnan(m.value) else m.value} for m in self.measures
        ]
        out["quantiles_at"] = list(_SHARES)
        return out


def describe(store: Store, name: str) -> Described:
    """Return what a log says of its window, whoever wrote it; memory does not grow with its rows.

    Parameters
    ----------
    store : Store
    name : str
        What it is called.
    """
    start, end = store.window
    edges, hidden, places = _edges(store)
    rare = _rare(store)
    stays = _stays(store, store.books.pathways, rare)
    outcomes, hidden_outcomes = _outcomes(store)
    return Described(
        name=name,
        since=str(np.datetime64(store.start) + np.timedelta64(start // DAY, "D")),
        until=str(np.datetime64(store.start) + np.timedelta64(end // DAY, "D")),
        patients=store.count("patients"),
        spells=store.count("spells"),
        arrivals=tuple(a for a in _arrivals(store) if a.number >= LEAST),
        edges=edges,
        hidden_edges=hidden,
        hidden_names=len(rare),
        places=places,
        stays=stays,
        weekday=_weekday(store),
        census=_census(store, rare),
        outcomes=outcomes,
        hidden_outcomes=hidden_outcomes,
        measures=tuple(_shown(m) for m in store.measures() if not {m.pathway, m.step, m.pool} & rare),
    )


def _shown(one: Measure) -> Measure:
    return one if one.n == 0 or one.n >= LEAST else one._replace(value=float("nan"), n=0)


def _rare(store: Store) -> set[str]:
    """Return the names of pathways, steps and pools that fewer than five spells or passages bear."""
    books = store.books
    spells = dict(store.con.execute("SELECT pathway, count(*) FROM spells GROUP BY pathway").fetchall())
    passed = dict(store.con.execute("SELECT step, count(*) FROM passages GROUP BY step").fetchall())
    borne: dict[str, int] = {}
    for code, name in enumerate(books.pathways):
        borne[name] = borne.get(name, 0) + spells.get(code, 0)
    for code, step in enumerate(books.steps):
        pool = books.pool_of[code]
        for name in {step.name, *([books.pools[pool]] if pool >= 0 else [])}:
            borne[name] = borne.get(name, 0) + passed.get(code, 0)
    return {name for name, number in borne.items() if 0 < number < LEAST}


def _first_weekday(store: Store) -> int:
    return store.start.weekday()


def _arrivals(store: Store) -> list[Arrivals]:
    """Return arrivals of all, and of each pathway where there are several."""
    start, end = store.window
    hours = (end - start) // HOUR
    rows = store.con.execute(
        f"SELECT pathway, (arrive - {start}) // {HOUR} AS h, count(*) AS n FROM spells "
        f"WHERE arrive >= {start} AND arrive < {start + hours * HOUR} GROUP BY 1, 2"
    ).fetchnumpy()
    of, at, n = (np.asarray(rows[c], np.int64) for c in ("pathway", "h", "n"))
    phase = (_first_weekday(store) * 24 + start // HOUR) % 168
    out = []
    names = ["", *store.books.pathways] if len(store.books.pathways) > 1 else [""]
    order = [-1, *range(len(store.books.pathways))]
    for name, code in zip(names, order, strict=False):
        counts = np.zeros(hours, np.int64)
        chosen = slice(None) if code < 0 else of == code
        np.add.at(counts, at[chosen], n[chosen])
        out.append(_profile(name, counts, phase))
    return [out[0], *sorted(out[1:], key=lambda a: -a.number)[:_MOST]]


def _profile(name: str, counts: Ints, phase: int) -> Arrivals:
    week = (np.arange(len(counts)) + phase) % 168
    times = np.bincount(week, minlength=168)
    total = np.bincount(week, counts, minlength=168)
    mean = total / np.maximum(times, 1)
    full = counts[: len(counts) // 24 * 24].reshape(-1, 24).sum(axis=1)
    day = (np.arange(len(full)) + phase // 24) % 7
    hour_ratio = _dispersion(counts, week)
    day_ratio = _dispersion(full, day)
    a_day = float(full.mean()) if len(full) else 0.0
    extra = max(day_ratio - 1.0, 0.0) / a_day if a_day else 0.0
    shown = tuple(None if 0 < t < LEAST else float(m) for t, m in zip(total, mean, strict=True))
    return Arrivals(
        name, int(counts.sum()), len(full), a_day, shown, hour_ratio, day_ratio, float(np.sqrt(extra))
    )


def _dispersion(counts: Ints, group: Ints) -> float:
    """Return the variance to mean of counts within groups: sums over groups of each, with the means estimated."""
    times = np.bincount(group)
    there = times > 1
    if not there.any():
        return float("nan")
    total, square = np.bincount(group, counts), np.bincount(group, counts.astype(float) ** 2)
    variance = (square[there] - total[there] ** 2 / times[there]) / (times[there] - 1)
    mean = total[there] / times[there]
    return float(variance.sum() / mean.sum()) if mean.sum() else float("nan")


def _middle(rows: int) -> str:
    return "approx_quantile(gap, 0.5)" if rows > 2_000_000 else "quantile_cont(gap, 0.5)"


def _edges(store: Store) -> tuple[tuple[Edge, ...], int, tuple[tuple[str, float], ...]]:
    """Return the ways between steps that five or more took, how many others there are, and where each step lies.

    A place held from arriving to leaving is no step on the way, unless there is no other.
    """
    con, books = store.con, store.books
    names = [s.name for s in books.steps]
    distinct = list(dict.fromkeys(names))
    con.execute("CREATE OR REPLACE TEMP TABLE node (step INTEGER, node INTEGER)")
    if names:
        con.executemany(
            "INSERT INTO node VALUES (?, ?)", [(i, distinct.index(n)) for i, n in enumerate(names)]
        )
    rows = store.count("passages")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE walk AS SELECT p.spell_no, n.node, p.began, lead(n.node) OVER w AS next, "
        "lead(p.began) OVER w AS then FROM (SELECT a.*, count(*) OVER (PARTITION BY a.spell_no) AS many, "
        "a.began = s.arrive AND a.ended IS NOT DISTINCT FROM s.leave AS whole FROM passages a JOIN spells "
        "s ON s.spell_no = a.spell_no "
        "WHERE a.began IS NOT NULL) p JOIN node n ON n.step = p.step WHERE p.many = 1 OR NOT coalesce(p.whole, false) "
        "WINDOW w AS (PARTITION BY p.spell_no ORDER BY p.began, p.place)"
    )
    found = con.execute(
        f"SELECT since, next, count(*) AS number, {_middle(rows)} FROM ("
        "SELECT node AS since, coalesce(next, CASE WHEN s.leave IS NULL THEN -3 ELSE -2 END) AS next, "
        "coalesce(w.then, s.leave) - w.began AS gap FROM walk w JOIN spells s ON s.spell_no = w.spell_no "
        "UNION ALL SELECT -1, first(w.node ORDER BY w.began), min(w.began) - min(s.arrive) FROM walk w "
        "JOIN spells s ON s.spell_no = w.spell_no GROUP BY w.spell_no) GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
    ).fetchall()
    median = con.execute(
        "SELECT node, quantile_cont(began - arrive, 0.5), count(*) FROM walk w JOIN spells s ON s.spell_no "
        "= w.spell_no "
        "GROUP BY node"
    ).fetchall()
    con.execute("DROP TABLE walk")
    ends = {-1: "arrives", -2: "leaves", -3: "still there"}

    def named(code: int) -> str:
        return ends.get(code) or distinct[code]

    shown = [Edge(named(a), named(b), int(n), float(m or 0.0)) for a, b, n, m in found if n >= LEAST]
    places = tuple((distinct[n], float(m or 0.0)) for n, m, count in median if count >= LEAST)
    return tuple(shown), len(found) - len(shown), tuple(sorted(places, key=lambda p: p[1]))


def _stays(store: Store, pathways: Sequence[str], rare: set[str]) -> tuple[Stays, ...]:
    start, end = store.window
    out = []
    spells = (
        f"SELECT pathway AS of, leave - arrive AS long, leave AS over FROM spells WHERE arrive < {store.end}"
    )
    for code, row in _lengths(store, spells, start, end).items():
        if pathways[code] not in rare:
            out.append(_stay(pathways[code], "pathway", row))
    steps = store.books.steps
    kinds = {i: s.kind for i, s in enumerate(steps) if s.kind in ("stay", "activity", "delay")}
    passages = (
        f"SELECT step AS of, ended - began AS long, ended AS over FROM passages WHERE began < {store.end}"
    )
    several = len(pathways) > 1
    for code, row in _lengths(store, passages, start, end).items():
        known = row[3] or 0
        if rare & {steps[code].name, steps[code].pathway}:
            continue
        if code in kinds and known > 0:  # a moment that has no length is no stay
            name = f"{steps[code].pathway}: {steps[code].name}" if several else steps[code].name
            out.append(_stay(name, kinds[code], row))
    order = {"pathway": 0, "stay": 1}
    return tuple(sorted(out, key=lambda s: (order.get(s.kind, 2), -(s.number or 0))))


def _lengths(store: Store, rows: str, start: int, end: int) -> dict[int, tuple[Any, ...]]:
    inside = f"over >= {start} AND over < {end}"
    shares = ", ".join(str(s) for s in _SHARES)
    big = store.count("spells") > 2_000_000
    quantile = f"approx_quantile(long, [{shares}])" if big else f"quantile_cont(long, [{shares}])"
    found = store.con.execute(
        f"SELECT of, count(*) FILTER ({inside}), count(*) FILTER (over IS NULL OR over >= {store.end}), "
        f"avg(long) FILTER ({inside}), stddev_samp(long) FILTER ({inside}), {quantile} FILTER ({inside}), "
        f"avg(CAST(long > {7 * DAY} AS INTEGER)) FILTER ({inside}), "
        f"avg(CAST(long > {21 * DAY} AS INTEGER)) FILTER ({inside}) FROM ({rows}) GROUP BY of ORDER BY of"
    ).fetchall()
    return {int(row[0]): tuple(row[1:]) for row in found}


def _stay(what: str, kind: str, row: tuple[Any, ...]) -> Stays:
    number, open_, mean, sd, quantiles, week, three = (row[0], row[1], *row[2:])
    if number < LEAST:
        return Stays(what, kind, None, _hidden(open_), None, None, (None,) * len(_SHARES), None, None)
    values = tuple(
        float(q) / DAY if number >= _NEEDED.get(share, LEAST) else None
        for share, q in zip(_SHARES, quantiles, strict=True)
    )
    return Stays(
        what,
        kind,
        int(number),
        _hidden(open_),
        float(mean) / DAY,
        float(sd or 0.0) / DAY,
        values,
        _share(week, number),
        _share(three, number),
    )


def _hidden(count: int) -> int | None:
    return None if 0 < count < LEAST else int(count)


def _share(share: float, number: int) -> float | None:
    """Return a share, unless it would tell of one to four people."""
    few = round(share * number)
    return None if 0 < few < LEAST or 0 < number - few < LEAST else float(share)


def _weekday(store: Store) -> Weekday:
    start, end = store.window
    first = _first_weekday(store)
    days = (np.arange(start // DAY, max(end // DAY, start // DAY + 1)) + first) % 7
    times = np.maximum(np.bincount(days, minlength=7), 1)

    def counted(column: str, unit: int, length: int) -> Floats:
        rows = store.con.execute(
            f"SELECT ({column} // {unit} + {first if unit == DAY else 0}) % {length} AS k, count(*) AS n FROM spells "
            f"WHERE {column} >= {start} AND {column} < {end} GROUP BY k"
        ).fetchall()
        out = np.zeros(length)
        for k, n in rows:
            out[int(k)] = n
        return out

    hours = counted("leave", HOUR, 24)
    share = hours / max(hours.sum(), 1)

    def shown(counts: Floats, values: Floats) -> tuple[float | None, ...]:
        return tuple(None if 0 < n < LEAST else float(v) for n, v in zip(counts, values, strict=True))

    came, left = counted("arrive", DAY, 7), counted("leave", DAY, 7)
    return Weekday(shown(came, came / times), shown(left, left / times), shown(hours, share))


def _census(store: Store, rare: set[str]) -> tuple[Census, ...]:
    """Return who is there at full hours: all patients, and the pools that hold most."""
    out = [
        _at_hours(
            store,
            "all patients",
            "SELECT arrive AS time, 1 AS moved FROM spells UNION ALL SELECT leave, -1 FROM spells WHERE "
            "leave IS NOT NULL",
        )
    ]
    event, _, pool, units, _ = (np.asarray(c, np.int64) for c in store.books.book())
    moved = np.where(event == Event.TAKE, units, 0) - np.where(event == Event.GIVE, units, 0)
    for code, name in enumerate(store.books.pools):
        codes = np.flatnonzero((pool == code) & (moved != 0))
        if not len(codes) or name in rare:
            continue
        cases = " ".join(f"WHEN {c} THEN {moved[c]}" for c in codes)
        listed = ", ".join(str(c) for c in codes)
        rows = f"SELECT time, CASE code {cases} END AS moved FROM moves WHERE code IN ({listed})"
        out.append(_at_hours(store, name, rows))
    return (out[0], *sorted((c for c in out[1:] if c.midnight >= 0), key=lambda c: -c.midnight)[:_MOST])


def _at_hours(store: Store, what: str, rows: str) -> Census:
    start, end = store.window
    # the state at an hour is that after everything that happens at it
    found = store.con.execute(
        f"SELECT greatest((time + {HOUR - 1} - {start}) // {HOUR}, 0) AS h, sum(moved) AS n FROM ({rows}) "
        f"WHERE time < {end} GROUP BY h"
    ).fetchnumpy()
    hours = max((end - start) // HOUR, 1)
    change = np.zeros(hours + 1, np.int64)
    at = np.asarray(found["h"], np.int64)
    np.add.at(change, np.minimum(at, hours), np.asarray(found["n"], np.int64))
    held = np.cumsum(change)[:hours]
    hour = (np.arange(hours) + start // HOUR) % 24
    times = np.maximum(np.bincount(hour, minlength=24), 1)
    midnight = held[hour == 0]
    day = (np.arange(len(midnight)) + (start + DAY - 1) // DAY + _first_weekday(store)) % 7
    by_day = np.bincount(day, midnight, minlength=7) / np.maximum(np.bincount(day, minlength=7), 1)
    return Census(
        what,
        tuple(float(v) for v in np.bincount(hour, held, minlength=24) / times),
        tuple(float(v) for v in by_day),
        float(midnight.mean()) if len(midnight) else 0.0,
        _hidden(int(midnight.max()) if len(midnight) else 0),
    )


def _outcomes(store: Store) -> tuple[tuple[tuple[str, int | None], ...], int]:
    """Return how many left so, and how many names are not shown; a name that fewer than five bear is written nowhere.

    Where the hidden are fewer than five together, the next smallest count is hidden too, or they could be worked out.
    """
    start, end = store.window
    rows = store.con.execute(
        f"SELECT outcome, count(*) FROM spells WHERE leave >= {start} AND leave < {end} AND outcome >= 0 "
        "GROUP BY outcome ORDER BY 2 DESC, 1"
    ).fetchall()
    shown = [(store.books.outcomes[int(o)], int(n)) for o, n in rows if n >= LEAST]
    few = [int(n) for _, n in rows if n < LEAST]
    counts: list[tuple[str, int | None]] = list(shown)
    if counts and 0 < sum(few) < LEAST:
        counts[-1] = (counts[-1][0], None)
    return tuple(counts), len(few)
