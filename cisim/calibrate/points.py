"""Points of a search: a model at some hidden numbers, simulated, and what it gives for each target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.engine import simulate
from cisim.errors import AuditError, ModelError, nearest
from cisim.measures import audit, audit_text, inside_by_hour, measure, stayed_over
from cisim.spec import HOURLY, LONG
from cisim.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cisim.eventlog import EventLog
    from cisim.spec import Calibration, Target

__all__ = ["Task", "figures", "simulate_point", "values_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Task:
    """A point to simulate.

    Attributes
    ----------
    name : str
        Such as ``wave-1-07``: under it its result is kept.
    values : tuple of float
        The hidden numbers, in the model file's own units.
    first : int
        Number of its first replication: no two points share their luck.
    audited : bool
        Whether each log is audited too.
    """

    name: str
    values: tuple[float, ...]
    first: int
    audited: bool = False


def figures(log: EventLog, targets: Sequence[Target], start: int, end: int) -> Floats:
    """Return what a log gives for each target in [start, end), in the unit of its measure.

    The same function measures a simulated log and a hospital's own.

    Parameters
    ----------
    log : EventLog
    targets : sequence of Target
    start, end : int
        Milliseconds since the log's start.

    Returns
    -------
    ndarray of float, shape (targets,)
        Not a number where a percentile is never reached, or nobody came.

    Raises
    ------
    ModelError
        Where a target is about nothing in the log, or about several things.
    """
    hourly: dict[str, Floats] = {}
    plain = [t for t in targets if t.measure not in (HOURLY, LONG)]
    rows = measure(log, start, end, weekly=False) if plain else []
    out = np.empty(len(targets))
    for i, target in enumerate(targets):
        if target.measure == HOURLY:
            name = target.pathway or ""
            if name not in hourly:
                hourly[name] = inside_by_hour(log, start, end, pathway=name)
            out[i] = _of_day(hourly[name], target.statistic)
        elif target.measure == LONG:
            limit = round(parse_duration(target.statistic))
            out[i] = stayed_over(log, target.pathway or "", target.step or "", limit, start, end)
        else:
            found = [
                m
                for m in rows
                if (m.measure, m.statistic) == (target.measure, target.statistic)
                and m.step == (target.step or "")
                and m.pool == (target.pool or "")
                and target.pathway in (None, m.pathway)
            ]
            if len(found) != 1:
                known = sorted({m.pathway for m in rows if m.measure == target.measure and m.pathway})
                what = "nothing" if not found else f"{len(found)} things"
                raise ModelError(
                    f"targets.{target.name}",
                    f"is about {what} that the model measures, want one: say pathway, step or pool"
                    f"{nearest('', known)}",
                )
            out[i] = found[0].value
    return out


def _of_day(by_hour: Floats, statistic: str) -> float:
    if statistic == "mean":
        return float(by_hour.mean())
    if statistic in ("peak", "trough"):
        return float(by_hour.argmax() if statistic == "peak" else by_hour.argmin())
    return float(by_hour[int(statistic)])


def values_of(calibration: Calibration, shares: Floats) -> Floats:
    """Return hidden numbers, in the file's own units, at quantiles of their priors; both of shape (n, hidden)."""
    out = np.empty_like(shares)
    for j, one in enumerate(calibration.hidden):
        column = np.asarray(one.prior.ppf(shares[:, j]), float)
        out[:, j] = np.rint(column) if one.whole else column
    return out


def simulate_point(calibration: Calibration, task: Task) -> list[list[float]]:
    """Return what each replication of a point gives for each target, shape (replications, targets).

    Raises
    ------
    ModelError, RunError
        Where there is no such model, or it cannot be run.
    AuditError
        Where a log that is audited contradicts itself.
    """
    plan, names = calibration.study.run, [h.name for h in calibration.hidden]
    model = calibration.model_at(dict(zip(names, task.values, strict=True)))
    start = round(plan.warm_up)
    end = start + round(plan.length)
    out = []
    for number in range(task.first, task.first + plan.replications):
        log = simulate(model, end, seed=plan.seed, replication=number)
        if task.audited:
            _audited(log)
        out.append(figures(log, calibration.study.targets, start, end).tolist())
    return out


def _audited(log: EventLog) -> None:
    checks = audit(log)
    if not all(check.passed for check in checks):
        raise AuditError(audit_text(checks))
