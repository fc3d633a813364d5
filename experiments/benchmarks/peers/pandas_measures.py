"""cisim's standard measures of the three-stage pathway, by hand in pandas, from a log that is a list of tuples.

The same numbers as `cisim.measures.measure` gives for this model: of the whole run and of every week of it. Nobody
gives up here, so percentiles of a wait are the plain ones of those served.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from common import Rows

HOUR, DAY, WEEK, YEAR = 3_600_000, 86_400_000, 604_800_000, 31_557_600_000
SHARES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
POOLS = {"triage": "triage nurses", "doctor": "doctors", "ward": "ward beds"}
WHOLE = -1

Found = list[pd.DataFrame]


def _column(measure: str, statistic: str, owner: str, values: pd.Series) -> pd.DataFrame:
    """Return a measure by week as rows of the table."""
    return pd.DataFrame(
        {
            "measure": measure,
            "statistic": statistic,
            "of": owner,
            "week": values.index,
            "value": values.to_numpy(),
        }
    )


def _sized(end: int) -> pd.Series:
    """Return the length of every window, the whole first."""
    starts = np.arange(0, end, WEEK)
    sizes = pd.Series(np.minimum(starts + WEEK, end) - starts)
    return pd.concat([pd.Series([end], index=[WHOLE]), sizes])


def _counts(times: pd.Series, sizes: pd.Series) -> pd.Series:
    """Return how many moments fall into every window."""
    weekly = (times // WEEK).value_counts()
    return pd.concat([pd.Series([len(times)], index=[WHOLE]), weekly]).reindex(sizes.index, fill_value=0)


def _grouped(values: pd.Series, times: pd.Series, names: tuple[str, ...]) -> pd.DataFrame:
    """Return statistics of values by window; those with a p are percentiles."""
    shares = [SHARES[n] for n in names if n in SHARES]
    plain = [{"sd": "std"}.get(n, n) for n in names if n not in SHARES]
    groups = values.groupby(times // WEEK)
    weekly = groups.agg(plain).join(groups.quantile(shares, interpolation="higher").unstack())
    whole = [*(values.agg(p) for p in plain), *(values.quantile(s, interpolation="higher") for s in shares)]
    table = pd.concat([pd.DataFrame([whole], index=[WHOLE], columns=weekly.columns), weekly])
    table.columns = [n for n in names if n not in SHARES] + [n for n in names if n in SHARES]
    return table


def _levels(entries: pd.Series, exits: pd.Series, end: int) -> pd.DataFrame:
    """Return how many are inside, from each moment on and for how long, cut at the ends of weeks."""
    edges = pd.Series(np.arange(0, end, WEEK))
    moves = pd.concat(
        [
            pd.DataFrame({"time": entries, "change": 1}),
            pd.DataFrame({"time": exits.dropna(), "change": -1}),
            pd.DataFrame({"time": edges, "change": 0}),
        ]
    )
    curve = moves.groupby("time")["change"].sum().cumsum().rename("level").reset_index()
    curve["time"] = curve["time"].astype("int64")
    curve["spent"] = np.diff(np.append(curve["time"].to_numpy(), end))
    curve["week"] = curve["time"] // WEEK
    return curve


def _integrals(curve: pd.DataFrame) -> pd.Series:
    """Return the place-milliseconds of every window."""
    weekly = (curve["level"] * curve["spent"]).groupby(curve["week"]).sum()
    return pd.concat([pd.Series([weekly.sum()], index=[WHOLE]), weekly])


def _reached(curve: pd.DataFrame, week: pd.Series) -> pd.DataFrame:
    """Return the number that so large a share of the time did not exceed, by window."""
    spent = curve.groupby([week, "level"])["spent"].sum()
    spent = spent[spent > 0].reset_index(name="spent")
    groups = spent.groupby(spent.columns[0])["spent"]
    share = groups.cumsum() / groups.transform("sum")
    found = {
        name: spent[share >= wanted - 1e-12].groupby(spent.columns[0])["level"].first()
        for name, wanted in {**SHARES, "max": 1.0}.items()
    }
    return pd.DataFrame(found)


def _patients(log: pd.DataFrame, sizes: pd.Series) -> Found:
    """Return lengths of stay, arrivals, throughput and outcomes."""
    arrive = log[log["event"] == "arrive"].set_index("patient")["time"]
    leave = log[log["event"] == "leave"].set_index("patient")["time"]
    stay = (leave - arrive[leave.index]) / DAY
    table = _grouped(stay, leave, ("mean", "sd", "p50", "p90", "p95"))
    found = [_column("length_of_stay", name, "emergency", table[name]) for name in table]
    came, left = _counts(arrive, sizes), _counts(leave, sizes)
    for name, count in (("arrivals", came), ("throughput", left)):
        found.append(_column(name, "patients", "emergency", count))
        found.append(_column(name, "per_year", "emergency", count / (sizes / YEAR)))
    found.append(_column("outcomes", "home", "emergency", left))
    return found


def _queue(step: str, visits: pd.DataFrame, sizes: pd.Series, end: int) -> Found:
    """Return the waits of one step."""
    asked, seen = _counts(visits["ask"], sizes), _counts(visits["begin"].dropna(), sizes)
    curve = _levels(visits["ask"], visits["begin"], end)
    served = visits.dropna(subset="begin")
    wait = (served["begin"] - served["ask"]) / HOUR
    ranks = _grouped(wait, served["ask"], ("count", "p50", "p90", "p95"))
    found = [_column("wait", name, step, ranks[name]) for name in SHARES]
    found.append(_column("wait", "mean", step, _integrals(curve) / asked / HOUR))
    found.append(_column("wait", "served_share", step, ranks["count"] / asked))
    completed = _grouped(wait, served["begin"], ("mean",))
    found.append(_column("wait", "completed_mean", step, completed["mean"]))
    last = curve.groupby("week")["level"].last()
    found.append(
        _column("wait", "still_waiting", step, pd.concat([pd.Series([last.iloc[-1]], index=[WHOLE]), last]))
    )
    found.append(_column("seen", "patients", step, seen))
    return found


def _pool(step: str, number: int, visits: pd.DataFrame, sizes: pd.Series, end: int) -> Found:
    """Return occupancy, census and time held, rostered and idle of the pool that a step needs."""
    pool = POOLS[step]
    served = visits.dropna(subset="begin")
    curve = _levels(served["begin"].astype("int64"), served["end"], end)
    used, offered = _integrals(curve), sizes * number
    ranks = pd.concat(
        [_reached(curve, pd.Series(WHOLE, index=curve.index, name="week")), _reached(curve, curve["week"])]
    )
    found = [_column("occupancy", name, pool, ranks[name]) for name in ranks]
    found.append(_column("occupancy", "mean", pool, used / sizes))
    found.append(_column("occupancy", "share", pool, used / offered))
    shares = curve.groupby("level")["spent"].sum() / end
    found += [
        _column("occupancy_distribution", str(n), pool, pd.Series([s], index=[WHOLE]))
        for n, s in shares.items()
    ]
    midnights = pd.Series(np.arange(0, end, DAY))
    held = pd.Series(curve["level"].to_numpy()[np.searchsorted(curve["time"], midnights, side="right") - 1])
    census = _grouped(held, midnights, ("mean", "max"))
    found += [_column("census_midnight", name, pool, census[name]) for name in census]
    unit = DAY if step == "ward" else HOUR
    over = _integrals(curve.assign(level=(curve["level"] - number).clip(lower=0)))
    times = {"held_time": used, "capacity_time": offered, "idle_time": offered - used, "overrun_time": over}
    found += [_column(name, "total", pool, values / unit) for name, values in times.items()]
    return found


def measure(rows: Rows, capacity: dict[str, int], end: int) -> pd.DataFrame:
    """Return every measure of the whole run and of its weeks, one a row."""
    log = pd.DataFrame(rows, columns=["patient", "time", "event", "step"])
    sizes = _sized(end)
    found = _patients(log, sizes)
    steps = log[log["step"] != ""]
    for step, number in capacity.items():
        mine = steps[steps["step"] == step]
        visits = mine.pivot(index="patient", columns="event", values="time")
        found += _queue(step, visits, sizes, end)
        found += _pool(step, number, visits, sizes, end)
    return pd.concat(found, ignore_index=True)
