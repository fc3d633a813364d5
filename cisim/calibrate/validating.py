"""What a study keeps out beside what its fitted model foretells: figures, and whole records of other days."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from cisim.calibrate.log_checks import Foretold, check_foretold, check_records, foretold
from cisim.calibrate.validate import Compared, Validation, ValidationCheck
from cisim.engine import simulate
from cisim.errors import ModelError
from cisim.eventlog import read_log
from cisim.records import open_log
from cisim.spec import HOURLY, LONG
from cisim.units import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from cisim.calibrate.judging import Judgement, Reached
    from cisim.calibrate.points import Task
    from cisim.calibrate.validate import Subject
    from cisim.eventlog import EventLog
    from cisim.spec import Calibration, KeptOut, Target

__all__ = ["KeptRecords", "read_kept", "simulate_kept", "validated"]

_SUBJECTS: dict[str, Subject] = {
    LONG: "stay",
    "length_of_stay": "stay",
    "blocked": "stay",
    "wait": "waits",
    "all_parts": "waits",
    "last_part_time": "waits",
    "interrupted": "waits",
    "turned_away": "waits",
    "throughput": "arrivals",
    "arrivals": "arrivals",
    "readmissions": "outcomes",
    "outcomes": "outcomes",
    "last_part": "outcomes",
    "openings": "outcomes",
    "seen": "outcomes",
}
"""What a measure is about; of all others, how many are inside or at work."""


@dataclass(frozen=True, slots=True)
class KeptRecords:
    """Records that were kept out, as numbers: nobody's row.

    Attributes
    ----------
    pathways : tuple of str
        Those that are compared.
    told : tuple of Foretold
        What the records say of each.
    checks : tuple of ValidationCheck
        Whether the records of each add up.
    passed_over : tuple of str
        Pathways of the records that the model does not have, or that the study leaves out.
    """

    pathways: tuple[str, ...]
    told: tuple[Foretold, ...]
    checks: tuple[ValidationCheck, ...]
    passed_over: tuple[str, ...]


def read_kept(calibration: Calibration) -> KeptRecords | None:
    """Return what the records say that a study keeps out; None where it has none.

    Raises
    ------
    ModelError
        Where they do not reach over the days that are to be foretold, or have no pathway of the model.
    DataError
        Where they cannot be read.
    """
    kept, place = calibration.study.held_out, calibration.records
    if kept is None or place is None:
        return None
    if place.is_dir():
        log, window = open_log(place)
    else:
        log = read_log(place)
        window = (0, log.end)
    start, end = _window(kept, log.start)
    if start < window[0] or end > window[1]:
        days = [log.start.fromordinal(log.start.toordinal() + int(w // DAY)) for w in window]
        text = (
            f"the records reach from {days[0]} to {days[1]}, want them to hold {kept.since} to {kept.until}"
        )
        raise ModelError("held_out.records", text)
    known = tuple(calibration.model_at({}).pathways)
    mine = kept.pathways or tuple(name for name in known if name in log.pathways)
    missing = [name for name in mine if name not in log.pathways]
    if missing or not mine:
        text = (
            f"the records have the pathways {_listed(log.pathways)}, the model {_listed(known)}: want "
            f"{_listed(missing) if missing else 'one or more of the same name'}; `recode` in the mapping file renames "
            "them"
        )
        raise ModelError("held_out.pathways", text)
    told = [_told(log, name, start, end) for name in mine]
    return KeptRecords(
        mine,
        tuple(one for one, _ in told),
        tuple(_named(c, name, mine) for name, (_, checks) in zip(mine, told, strict=True) for c in checks),
        tuple(name for name in log.pathways if name not in mine),
    )


def _told(log: EventLog, pathway: str, start: int, end: int) -> tuple[Foretold, tuple[ValidationCheck, ...]]:
    try:
        return foretold(log, pathway, start, end), check_records(log, pathway, start, end)
    except ModelError as error:
        text = f"{pathway}: too few patients to compare: {error.text}"
        raise ModelError("held_out.records", text) from None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _window(kept: KeptOut, first: date) -> tuple[int, int]:
    """Return the days that are compared, in milliseconds since midnight of `first`."""
    return (kept.since - first).days * DAY, (kept.until - first).days * DAY


def simulate_kept(calibration: Calibration, task: Task) -> dict[str, Any]:
    """Return what one draw foretells of the days that were kept out: by pathway, a `Foretold` as plain data.

    Raises
    ------
    ModelError, RunError
        Where there is no such model, or it cannot be run.
    """
    kept = calibration.study.held_out
    if kept is None:
        return {}
    names = [h.name for h in calibration.hidden]
    model = calibration.model_at(dict(zip(names, task.values, strict=True)))
    start, end = _window(kept, model.start)
    log = simulate(model, end, seed=calibration.study.run.seed, replication=task.first)
    return {name: asdict(foretold(log, name, start, end)) for name in kept.pathways or model.pathways}


def validated(
    calibration: Calibration,
    judgements: Sequence[Judgement],
    reached: Sequence[Reached],
    kept: KeptRecords | None,
    simulated: Sequence[dict[str, Any]],
) -> Validation:
    """Return every check of a fitted model: its fit, the figures kept back, and the records kept out.

    Parameters
    ----------
    calibration : Calibration
    judgements : sequence of Judgement
        Of the fit.
    reached : sequence of Reached
        All targets.
    kept : KeptRecords or None
    simulated : sequence
        What `simulate_kept` gave for each draw.
    """
    study = calibration.study
    checks = [ValidationCheck(j.check, "fit", j.passed, f"{j.words}.", held_out=False) for j in judgements]
    checks += _figures(study.targets, reached)
    held = (
        [f"{sum(t.role == 'predicted' for t in study.targets)} figures"]
        if len(checks) > len(judgements)
        else []
    )
    if kept is not None and study.held_out is not None:
        for i, name in enumerate(kept.pathways):
            draws = [_read(one[name]) for one in simulated]
            checks += [_named(c, name, kept.pathways) for c in check_foretold(kept.told[i], draws)]
        checks += kept.checks
        words = f"records of {study.held_out.since} to {study.held_out.until}"
        held.append(words + (f", without {', '.join(kept.passed_over)}" if kept.passed_over else ""))
    fitted = sum(t.role == "fitted" for t in study.targets)
    return Validation(study.study, f"{fitted} figures", " and ".join(held) or "nothing", tuple(checks))


def _read(raw: dict[str, Any]) -> Foretold:
    return Foretold(raw["figures"], {name: tuple(series) for name, series in raw["series"].items()})


def _named(check: ValidationCheck, pathway: str, every: Sequence[str]) -> ValidationCheck:
    """Return a check that says which pathway it is about, where there are several."""
    if len(every) == 1:
        return check
    return replace(check, name=f"{check.name}: {pathway}")


def _figures(targets: Sequence[Target], reached: Sequence[Reached]) -> list[ValidationCheck]:
    """Return a check of the figures kept back for each subject and unit."""
    back = [(_subject(t), r.unit, r) for t, r in zip(targets, reached, strict=True) if r.role == "predicted"]
    out = []
    for (about, unit), group in groupby(sorted(back, key=lambda one: one[:2]), key=lambda one: one[:2]):
        mine = [r for *_, r in group]
        missed = [r for r in mine if not r.within]
        compared = tuple(
            Compared(r.name, r.value, r.model, r.model - r.allowed, r.model + r.allowed) for r in mine
        )
        words = f"{len(mine) - len(missed)} of {len(mine)} figures that were kept back are within what was allowed"
        if missed:
            words += "; not: " + "; ".join(
                f"{r.name}: {r.model:.4g} against {r.value:.4g}, allowed ±{r.allowed:.2g}" for r in missed
            )
        name = f"Kept back, {about}" + (f" ({unit})" if unit else "")
        out.append(ValidationCheck(name, about, not missed, f"{words}.", compared=compared))
    return out


def _subject(target: Target) -> Subject:
    if target.measure == HOURLY:
        return "census" if target.statistic == "mean" else "hours"
    return _SUBJECTS.get(target.measure, "census")
